"""A chart of steps from one amount to another: a waterfall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from alignment_lib.page.charts import layout, palette

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def waterfall(
    axes: Axes, *, labels: Sequence[str], lows: Sequence[float], highs: Sequence[float], texts: Sequence[str],
    totals: Sequence[int],
) -> Axes:  # fmt: skip
    """Bars from one level to the next, each with its amount in words.

    Parameters
    ----------
    labels, texts : sequence of str
        The name of each bar, and its amount.
    lows, highs : sequence of float
        From where to where each bar reaches.
    totals : sequence of int
        The bars that are levels, not steps; they stand on zero and are drawn dark.
    """
    layout.margins(axes, left=34, right=8, top=16)
    layout.quiet(axes)
    layout.from_zero(axes, highs, axis=layout.compact)
    axes.set_xlim(-0.55, len(labels) - 0.45)
    for place, (low, high, text) in enumerate(zip(lows, highs, texts, strict=True)):
        colour = palette.INK if place in totals else palette.SALES
        axes.bar([place], [high - low], 0.7, [low], facecolor=colour, edgecolor=palette.PAPER, linewidth=0.8)
        layout.at(axes, (place, high), (0, 6), text, colour=colour, align="center")
    layout.along(axes, labels, range(len(labels)))
    return axes
