"""Rows of a plot of intervals: a name, its n, a dot with its whisker, and the reading in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from alignment_lib.page.charts import layout, palette

if TYPE_CHECKING:
    from matplotlib.axes import Axes


NARROW = 170
"""Points of width below which a plot of intervals cannot be read."""
PITCH = 31
"""Points that a row of one dot needs where its name stands above it."""
ABOVE = 12
"""Points between a dot and the name above it."""
Values = tuple[float | None, float | None, float | None]
"""An estimate, its lower and its upper limit; None: undefined, a limit of None: open."""


def columns(
    axes: Axes,
    names: Sequence[str],
    counts: Sequence[str],
    told: Sequence[str],
    *,
    below: float = 22,
    pitch: float = PITCH,
) -> bool:
    """Leave room for the texts beside the plot, and set the scale of rows.

    Returns
    -------
    bool
        Whether the figure is narrow: names then stand above their rows, and the figure is made as tall as that takes.
    """
    left = layout.width_of(names) + layout.width_of(counts) + 4 * layout.GAP
    right = layout.width_of(told) + 2 * layout.GAP
    layout.margins(axes, left=left, right=right, top=20, bottom=below)
    stacked = layout.size(axes)[0] < NARROW
    if stacked:
        layout.at_least(axes, pitch * len(names) + 20 + below)
        layout.margins(axes, left=2 * layout.GAP, right=right, top=20, bottom=below)
    layout.quiet(axes)
    axes.set_ylim(max(len(names), 1) - 0.5, -0.5)
    axes.set_yticks([])
    return stacked


def middle(row: int, stacked: bool) -> float:
    """Where the dot of a row stands."""
    return row + 0.2 if stacked else row


def whisker(axes: Axes, height: float, values: Values, colour: str, *, size: float = 6.5) -> None:
    """A whisker and its dot, or nothing where the estimate is undefined."""
    estimate, low, high = values
    if estimate is None:
        return
    if low is not None and high is not None:
        axes.plot([low, high], [height, height], color=colour, linewidth=1.6, solid_capstyle="butt", clip_on=False)
    axes.plot([estimate], [height], color=colour, marker="o", markersize=size, clip_on=False)


def texts(axes: Axes, row: int, told: tuple[str, str, str], *, stacked: bool, rows: int, bold: bool = False) -> None:
    """Name, n and reading of a row: in columns, or the first two above the row."""
    (width, tall), gap = layout.size(axes), 2 * layout.GAP
    height = 1 - (middle(row, stacked) + 0.5) / rows
    name, count, reading = told
    if stacked:
        above = f"{name}, {count}" if count else name
        layout.write(axes, 0, height + ABOVE / tall, above, colour=palette.INK, bold=bold, on_paper=True)
    else:
        left = axes.get_position().x0 / axes.get_position().width
        layout.write(axes, -left, height, name, colour=palette.INK, bold=bold)
        layout.write(axes, -gap / width, height, count, colour=palette.QUIET, align="right")
    layout.write(axes, 1 + layout.GAP / width, height, reading, colour=palette.INK, bold=bold)
