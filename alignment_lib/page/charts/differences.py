"""A chart of differences: dots and whiskers on both sides of zero, and the line from which a difference matters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from alignment_lib.page.block import Side
from alignment_lib.page.charts import layout, palette, rows
from alignment_lib.page.charts.layout import Write, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def differences(
    axes: Axes,
    *,
    labels: Sequence[str],
    estimates: Sequence[float | None],
    lows: Sequence[float | None],
    highs: Sequence[float | None],
    n: Sequence[int],
    texts: Sequence[str],
    words: tuple[str, str] = ("worse", "better"),
    matters: float | None = None,
    matters_label: str = "",
    side: Side = "both",
    write: Write = plain,
) -> Axes:
    """One dot and whisker per label on both sides of zero, its n and its reading beside it.

    Parameters
    ----------
    labels, estimates, lows, highs, n, texts : sequence
        One entry per row, the row that matters first; values are differences of shares. None: undefined.
    words : tuple of str
        What lies left and right of zero, written above the plot.
    matters : float or None
        A difference beyond this, on its side of zero, matters; drawn as a dashed line.
    """
    names = [layout.tidy(label, 26) for label in labels]
    counts = [f"n = {write(count)}" for count in n]
    stacked = rows.columns(axes, names, counts, texts, below=36 if matters_label else 22)
    _points_axis(axes, [value for value in (*lows, *highs, matters) if value is not None])
    _lines(axes, words, matters, matters_label)
    for row, told in enumerate(zip(names, counts, texts, strict=True)):
        values = (estimates[row], lows[row], highs[row])
        rows.whisker(axes, rows.middle(row, stacked), values, palette.of_side(side))
        rows.texts(axes, row, told, stacked=stacked, rows=len(names))
    return axes


def _points_axis(axes: Axes, values: Sequence[float]) -> None:
    """The scale holds zero and every limit, and reads in points."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    low, high = min((*values, -0.02)), max((*values, 0.02))
    room = (high - low) * 0.05
    axes.set_xlim(low - room, high + room)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))
    axes.grid(axis="x", color=palette.RULE, linewidth=0.6)


def _tick(value: float) -> str:
    """A place on the scale: `−20`, `0`, `+20`; ticks are round numbers already."""
    whole = f"{round(value * 100):+d}" if value else "0"
    return whole.replace("-", "−")


def _lines(axes: Axes, words: tuple[str, str], matters: float | None, label: str) -> None:
    """Zero, its two sides, and where a difference begins to matter."""
    axes.axvline(0, color=palette.GOAL, linewidth=1, zorder=1)
    width, height = layout.size(axes)
    low, high = axes.get_xlim()
    zero, above = -low / (high - low), 1 + 9 / height
    layout.write(axes, zero - layout.GAP / width, above, words[0], colour=palette.QUIET, align="right")
    layout.write(axes, zero + layout.GAP / width, above, words[1], colour=palette.QUIET)
    if matters:
        axes.axvline(matters, color=palette.GOAL, linewidth=1, linestyle=(0, (4, 2)), zorder=1)
    if matters and label:
        axes.set_xlabel(label, color=palette.QUIET, loc="center")
