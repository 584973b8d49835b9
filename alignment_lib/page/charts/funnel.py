"""A funnel plot: reps by how many leads they had and what share came through, with the limits that chance sets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from alignment_lib.page.block import Side
from alignment_lib.page.charts import layout, palette
from alignment_lib.page.charts.layout import Label, Write, plain

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
    """One dot per rep; who lies outside is named beside the plot.

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

    colour = palette.of_side(side)
    labels = [Label(share, name, colour) for share, name in zip(shares, names, strict=True) if name]
    labels.append(Label(target, f"all {write(target)}", palette.GOAL))
    layout.margins(axes, left=36, right=layout.room(axes, labels, 60), top=24 if label else 10, bottom=36)
    layout.quiet(axes)
    for curve in limits:
        axes.plot(sizes, curve, color=palette.RULE, linewidth=1.2)
    axes.axhline(target, color=palette.GOAL, linewidth=1, linestyle=DASHES)
    for count, share, name in zip(n, shares, names, strict=True):
        axes.plot([count], [share], color=colour if name else palette.PAST, marker="o", markersize=6, clip_on=False)
    top = max([target, *shares, *(c[len(c) // 4] for c in limits if len(c))], default=1.0)
    axes.set_ylim(0, min(1.0, top * 1.15) or 1.0)
    axes.set_xlim(0, max([*n, *sizes], default=1) * 1.03)
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.set_xlabel(unit, color=palette.QUIET, loc="left")
    layout.beside(axes, labels)
    width, height = layout.size(axes)
    if label:
        layout.write(axes, -30 / width, 1 + 15 / height, label, colour=palette.INK, bold=True)
    return axes
