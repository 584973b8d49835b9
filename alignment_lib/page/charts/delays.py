"""A chart of delays: what each step takes now, in the colour of its side, over what it took before, in grey."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from alignment_lib.page.block import Side
from alignment_lib.page.charts import layout, palette, rows
from alignment_lib.page.charts.rows import Values

if TYPE_CHECKING:
    from matplotlib.axes import Axes

APART = 0.32
"""Rows between the dot of now and the dot of before, one above the other."""
PITCH = 38
"""Points that a row of two dots needs where its name stands above them."""


def delays(
    axes: Axes,
    *,
    labels: Sequence[str],
    now: Sequence[Values],
    before: Sequence[Values],
    texts: Sequence[str],
    marked: Sequence[bool],
    sides: Sequence[Side],
    unit: str = "",
) -> Axes:
    """Two dots with their whiskers per step: now above, before below it in grey.

    Parameters
    ----------
    labels, texts : sequence of str
        The name of each step, and what became longer in words; the step that matters first.
    now, before : sequence of (estimate, low, high)
        None: undefined; an upper limit of None is open and drawn to the edge with an arrow.
    marked : sequence of bool
        The steps that the finding names: they are written bold and drawn in their side's colour, the others in grey.
    unit : str
        Below the axis: the unit, and which dot is which.
    """
    names = [layout.tidy(label, 26) for label in labels]
    stacked = rows.columns(axes, names, [""] * len(names), texts, below=36, pitch=PITCH)
    _days_axis(axes, [value for values in (*now, *before) for value in values if value is not None])
    for row, (name, told) in enumerate(zip(names, texts, strict=True)):
        place = rows.middle(row, stacked) - (0 if stacked else APART / 2)
        colour = palette.of_side(sides[row]) if marked[row] else palette.QUIET
        _row(axes, place + APART, before[row], palette.PAST, 4.5)
        _row(axes, place, now[row], colour, 6.5)
        rows.texts(axes, row, (name, "", told), stacked=stacked, rows=len(names), bold=marked[row])
    axes.set_xlabel(unit, color=palette.QUIET, loc="left")
    return axes


def _row(axes: Axes, height: float, values: Values, colour: str, size: float) -> None:
    """A dot with its whisker; an open one ends in an arrow at the edge of the plot."""
    estimate, low, high = values
    edge = axes.get_xlim()[1]
    rows.whisker(axes, height, (estimate, low, edge if high is None and low is not None else high), colour, size=size)
    if estimate is not None and high is None and low is not None:
        axes.plot([edge], [height], color=colour, marker=">", markersize=4, clip_on=False)


def _days_axis(axes: Axes, values: Sequence[float]) -> None:
    """The scale starts at zero and holds every limit that is known."""
    from matplotlib.ticker import MaxNLocator

    largest = max(values, default=0.0)
    axes.set_xlim(0, largest * 1.1 if largest > 0 else 1)
    axes.xaxis.set_major_locator(MaxNLocator(4 if layout.size(axes)[0] > rows.NARROW * 1.5 else 2))
    axes.grid(axis="x", color=palette.RULE, linewidth=0.6)
