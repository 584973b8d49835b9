"""A funnel plot: reps by how many leads they had and what share came through, with the limits that chance sets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from alignment_lib.block import Side
from alignment_lib.charts import layout, palette
from alignment_lib.charts.layout import Write, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DASHES = (0, (4, 2))


def funnel(
    axes: Axes,
    *,
    n: Sequence[int],
    shares: Sequence[float],
    names: Sequence[str],
    target: float,
    sizes: Sequence[int],
    limits: Sequence[Sequence[float]],
    side: Side = "sales",
    label: str = "",
    unit: str = "leads decided",
    write: Write = plain,
) -> Axes:
    """One dot per rep; who lies outside is named.

    Parameters
    ----------
    n, shares, names : sequence
        One entry per rep; an empty name is a rep within the limits.
    target : float
        What is expected of everybody, drawn as a line.
    sizes, limits : sequence
        Numbers of leads along the axis, and one curve of shares for each limit.
    label, unit : str
        Above the plot; below its axis.
    """
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    layout.margins(axes, left=36, right=14, top=24 if label else 10, bottom=36)
    layout.quiet(axes)
    for curve in limits:
        axes.plot(sizes, curve, color=palette.RULE, linewidth=1.2)
    axes.axhline(target, color=palette.GOAL, linewidth=1, linestyle=DASHES)
    for count, share, name in zip(n, shares, names, strict=True):
        axes.plot([count], [share], color=palette.of_side(side) if name else palette.PAST, marker="o", markersize=6)
    top = max([target, *shares, *(c[len(c) // 4] for c in limits if len(c))], default=1.0)
    axes.set_ylim(0, min(1.0, top * 1.15) or 1.0)
    axes.set_xlim(0, max([*n, *sizes], default=1) * 1.03)
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.set_xlabel(unit, color=palette.QUIET, loc="left")
    _names(axes, n, shares, names)
    width, height = layout.size(axes)
    layout.write(axes, 1, target / axes.get_ylim()[1] + 7 / height, f"all {write(target)}", colour=palette.GOAL,
                 align="right")  # fmt: skip
    if label:
        layout.write(axes, -30 / width, 1 + 15 / height, label, colour=palette.INK, bold=True)
    return axes


def _names(axes: Axes, n: Sequence[int], shares: Sequence[float], names: Sequence[str]) -> None:
    """Beside their dots, towards the middle of the plot."""
    middle = axes.get_xlim()[1] / 2
    for count, share, name in zip(n, shares, names, strict=True):
        if name:
            right = count <= middle
            layout.at(axes, (count, share), (7 if right else -7, 0), layout.tidy(name, 22), colour=palette.INK,
                      align="left" if right else "right")  # fmt: skip
