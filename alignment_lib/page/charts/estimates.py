"""Charts of estimates: rates with their intervals, and the share of leads touched as hours pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from alignment_lib.page.block import Side
from alignment_lib.page.charts import layout, palette, rows
from alignment_lib.page.charts.layout import Write, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def intervals(
    axes: Axes,
    *,
    labels: Sequence[str],
    estimates: Sequence[float | None],
    lows: Sequence[float | None],
    highs: Sequence[float | None],
    n: Sequence[int],
    overall: float | None,
    unit_percent: bool = True,
    side: Side = "both",
    texts: Sequence[str] | None = None,
    overall_label: str = "all",
    write: Write = plain,
) -> Axes:
    """One dot and whisker per label, its n beside it, the overall value as a line.

    Parameters
    ----------
    labels, estimates, lows, highs, n : sequence
        One entry per row, the row that matters first. An estimate of None is undefined: its row says so.
    overall : float or None
        The value of all rows together.
    unit_percent : bool
        Values are shares between 0 and 1, the axis reads in per cent.
    texts : sequence of str or None
        The estimate in words, made by `wording`, written right of each row.
    """
    names = [layout.tidy(label, 26) for label in labels]
    counts = [f"n = {write(count)}" for count in n]
    told = texts if texts is not None else ["undefined" if value is None else "" for value in estimates]
    stacked = rows.columns(axes, names, counts, told)
    _share_axis(axes, highs, unit_percent)
    _overall(axes, overall, overall_label)
    for row, texts_of in enumerate(zip(names, counts, told, strict=True)):
        values = (estimates[row], lows[row], highs[row])
        rows.whisker(axes, rows.middle(row, stacked), values, palette.of_side(side))
        rows.texts(axes, row, texts_of, stacked=stacked, rows=len(names))
    return axes


def _share_axis(axes: Axes, highs: Sequence[float | None], unit_percent: bool) -> None:
    """The scale starts at zero and is read below the rows."""
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    largest = max((high for high in highs if high is not None), default=1.0)
    axes.set_xlim(0, largest * 1.05 if largest > 0 else 1)
    axes.xaxis.set_major_locator(MaxNLocator(4 if layout.size(axes)[0] > rows.NARROW * 1.5 else 2))
    axes.grid(axis="x", color=palette.RULE, linewidth=0.6)
    if unit_percent:
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=None if largest < 0.05 else 0, symbol=" %"))


def _overall(axes: Axes, overall: float | None, label: str) -> None:
    """The line of all rows together, named above the plot."""
    if overall is None:
        return
    axes.axvline(overall, color=palette.GOAL, linewidth=1, linestyle=(0, (4, 2)), zorder=1)
    place = overall / axes.get_xlim()[1]
    layout.write(axes, place, 1 + 9 / layout.size(axes)[1], label, colour=palette.GOAL, align="center")


def curve(
    axes: Axes,
    *,
    times: Sequence[float],
    share: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
    marks: Sequence[tuple[str, float | None]] = (),
    side: Side = "sales",
    unit: str = "business hours",
    note: str = "",
) -> Axes:
    """Share of leads touched as business hours pass, a step curve with its band.

    Parameters
    ----------
    times, share, low, high : sequence of float
        The steps of 1 − KM and its band, shares between 0 and 1.
    marks : sequence of (text, time or None)
        For instance ``("half within 3.2 h", 3.2)``; a time of None is written without a place.
    note : str
        What was censored, for instance "12 leads not touched yet".
    """
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    layout.margins(axes, left=38, right=22, bottom=36)
    layout.quiet(axes)
    colour = palette.of_side(side)
    axes.fill_between(times, low, high, step="post", color=palette.BAND, linewidth=0)
    axes.step(times, share, where="post", color=colour, linewidth=2)
    axes.set_ylim(0, 1)
    axes.set_xlim(0, max(times, default=1.0) or 1.0)
    axes.yaxis.set_major_locator(MaxNLocator(2))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    axes.grid(axis="y", color=palette.RULE, linewidth=0.6)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.set_xlabel(unit, color=palette.QUIET, loc="left")
    _marks(axes, times, share, marks)
    if note:
        layout.write(axes, 1, -0.22, note, colour=palette.QUIET, align="right")
    return axes


def _marks(
    axes: Axes, times: Sequence[float], share: Sequence[float], marks: Sequence[tuple[str, float | None]]
) -> None:
    """Drop lines with their text beside the foot; marks without a place are listed at the right."""
    nowhere = 0
    for text, time in marks:
        if time is None:
            layout.write(axes, 1, 0.08 + 0.13 * nowhere, text, colour=palette.QUIET, align="right")
            nowhere += 1
            continue
        reached = max((s for t, s in zip(times, share, strict=True) if t <= time), default=0.0)
        axes.plot([time, time], [0, reached], color=palette.GOAL, linewidth=1, linestyle=(0, (1, 2)))
        layout.at(axes, (time, reached), (7, -9), text, colour=palette.INK, align="left")
