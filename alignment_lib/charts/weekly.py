"""Charts over weeks and days: a measure's history, a month against its promise, follow-up in counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from alignment_lib.block import Side
from alignment_lib.charts import layout, palette
from alignment_lib.charts.layout import Label, Write, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def history(
    axes: Axes,
    *,
    periods: Sequence[str],
    values: Sequence[float | None],
    side: Side,
    normal: tuple[float, float] | None,
    goal: float | None,
    unit: str = "",
    label: str = "",
    write: Write = plain,
) -> Axes:
    """A measure's last weeks in grey, this week in the colour of its side, before its normal range and its goal.

    Parameters
    ----------
    periods, values : sequence
        Oldest first, this week last; None where the measure is undefined, drawn as a gap.
    normal : (low, high) or None
        The normal range, drawn as a quiet band.
    goal : float or None
        Drawn as a labelled line.
    unit, label : str
        Written after the last value; above the chart.
    write : callable
        Turns a value into its text.
    """
    layout.margins(axes, left=30, right=92, top=22 if label else 8)
    layout.quiet(axes)
    layout.from_zero(axes, [*values, goal, *(normal or ())])
    axes.set_xlim(-0.3, max(len(periods) - 0.7, 0.7))
    _series(axes, values, palette.of_side(side))
    _context(axes, normal, goal)
    layout.along(axes, periods, {0, len(periods) - 1} if periods else set())
    layout.beside(axes, _history_labels(values, normal, goal, palette.of_side(side), unit, write))
    if label:
        axes.set_title(layout.tidy(label), loc="left", color=palette.INK, fontweight="bold", fontsize=10, pad=8, x=0)
    return axes


def _series(axes: Axes, values: Sequence[float | None], colour: str) -> None:
    """The line of all weeks and the dot of the last."""
    heights = layout.numbers(values)
    axes.plot(heights, color=palette.PAST, linewidth=1.4, marker="o", markersize=2.6, markeredgewidth=0, clip_on=False)
    if heights:
        axes.plot([len(heights) - 1], heights[-1:], color=colour, marker="o", markersize=6.5, clip_on=False)


def _context(axes: Axes, normal: tuple[float, float] | None, goal: float | None) -> None:
    """The quiet band of the normal range and the line of the goal."""
    if normal is not None:
        axes.axhspan(*normal, color=palette.BAND, linewidth=0, zorder=0.5)
    if goal is not None:
        axes.axhline(goal, color=palette.GOAL, linewidth=1, linestyle=(0, (4, 2)))


def _history_labels(
    values: Sequence[float | None],
    normal: tuple[float, float] | None,
    goal: float | None,
    colour: str,
    unit: str,
    write: Write,
) -> list[Label]:
    """What stands right of a history: this week's value, the goal, the normal range."""
    labels = []
    last = values[-1] if values else None
    if last is not None:
        labels.append(Label(last, f"{write(last)} {unit}".strip(), colour, bold=True))
    if goal is not None:
        labels.append(Label(goal, f"goal {write(goal)}", palette.GOAL))
    if normal is not None:
        labels.append(Label(sum(normal) / 2, f"normal {write(normal[0])}–{write(normal[1])}"))
    return labels


def burn_up(
    axes: Axes,
    *,
    days: Sequence[date],
    done: Sequence[float],
    goal: Sequence[float],
    target: float,
    low: float,
    mean: float,
    high: float,
    as_of_day: date,
    side: Side = "marketing",
    write: Write = plain,
) -> Axes:
    """What was delivered so far this month against the promise, and where the month may end.

    Parameters
    ----------
    days : sequence of date
        Every day of the month.
    done : sequence of float
        Cumulative, one value per day up to `as_of_day`.
    goal : sequence of float
        The pro-rata promise, one value per day of `days`.
    target : float
        The promise for the whole month.
    low, mean, high : float
        The range of the month's end, drawn as a bar at the last day.
    as_of_day : date
        The last day that is counted.
    """
    layout.margins(axes, left=34, right=118)
    layout.quiet(axes, ticks=4)
    layout.from_zero(axes, [*done, target, high])
    end = len(days) - 1
    axes.set_xlim(-0.3, end + 0.9)
    colour = palette.of_side(side)
    axes.plot(layout.numbers(goal), color=palette.GOAL, linewidth=1, linestyle=(0, (4, 2)))
    axes.plot(layout.numbers(done), color=colour, linewidth=2.2, solid_capstyle="round")
    axes.plot([len(done) - 1], [done[-1]], color=colour, marker="o", markersize=6.5)
    axes.fill_between(
        [len(done) - 1, end], [done[-1], low], [done[-1], high], color=palette.BAND, linewidth=0, zorder=0.5
    )
    axes.plot([end, end], [low, high], color=colour, linewidth=7, solid_capstyle="butt", alpha=0.55, clip_on=False)
    axes.plot([end], [mean], color=colour, marker="o", markersize=5, clip_on=False)
    _day_labels(axes, days, as_of_day)
    so_far = f"{write(done[-1])} by {_day(as_of_day)}"
    axes.annotate(
        so_far,
        (len(done) - 1, done[-1]),
        (0, 8),
        textcoords="offset points",
        ha="right",
        color=colour,
        fontweight="bold",
    )
    ends = f"month end {write(low)}–{write(high)}"
    layout.beside(
        axes, [Label(target, f"promised {write(target)}", palette.GOAL), Label(mean, ends, colour, bold=True)]
    )
    return axes


def _day(day: date) -> str:
    """A day as a label: 14 Mar."""
    return f"{day.day} {day:%b}"


def _day_labels(axes: Axes, days: Sequence[date], as_of_day: date) -> None:
    """First, current and last day; the current one only where it has room."""
    here = days.index(as_of_day) if as_of_day in days else 0
    shown = {0, len(days) - 1} | ({here} if 5 <= here <= len(days) - 6 else set())
    layout.along(axes, [_day(day) for day in days], shown)


def follow_up(
    axes: Axes,
    *,
    weeks: Sequence[str],
    met: Sequence[int],
    missed: Sequence[int],
    not_due: Sequence[int],
    write: Write = plain,
) -> Axes:
    """Leads of every week by what became of the promise to follow up: in time, late, not yet due (hatched).

    Parameters
    ----------
    weeks : sequence of str
        Oldest first, this week last.
    met, missed, not_due : sequence of int
        Three counts per week; their sum is the week's leads.
    """
    layout.margins(axes, left=34, right=108)
    layout.quiet(axes)
    totals = [sum(parts) for parts in zip(met, missed, not_due, strict=True)]
    layout.from_zero(axes, totals)
    axes.set_xlim(-0.55, len(weeks) - 0.45)
    places = range(len(weeks))
    late = [m + l for m, l in zip(met, missed, strict=True)]
    axes.bar(places, met, width=0.72, color=palette.SALES, linewidth=0)
    axes.bar(places, missed, width=0.72, bottom=met, color=palette.GOAL, linewidth=0)
    axes.bar(
        places,
        not_due,
        width=0.72,
        bottom=late,
        facecolor=palette.PAPER,
        edgecolor=palette.PAST,
        hatch="////",
        linewidth=0.8,
    )
    layout.along(axes, weeks, {0, len(weeks) - 1} if weeks else set())
    if weeks:
        layout.beside(axes, _part_labels(met[-1], missed[-1], not_due[-1], write))
    return axes


def _part_labels(met: int, missed: int, not_due: int, write: Write) -> list[Label]:
    """The names of the parts beside the last bar, with its counts."""
    parts = [
        Label(met / 2, f"{write(met)} in time", palette.SALES, bold=True),
        Label(met + missed / 2, f"{write(missed)} missed", palette.GOAL, bold=True),
        Label(met + missed + not_due / 2, f"{write(not_due)} not yet due", palette.QUIET),
    ]
    return parts
