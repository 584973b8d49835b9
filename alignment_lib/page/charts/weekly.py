"""Charts over weeks and days: a measure's history, a month against its promise, follow-up in counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from alignment_lib.page.block import Side
from alignment_lib.page.charts import layout, palette
from alignment_lib.page.charts.layout import Label, Write, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes


DASHES = (0, (4, 2))
"""A goal or an overall value, as against data."""


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
    axis: Write = layout.compact,
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
    write, axis : callable
        Turn a value into the text of its label, of a tick of the axis.
    """
    labels = _history_labels(values, normal, goal, palette.of_side(side), unit, write)
    layout.margins(axes, left=26, right=layout.room(axes, labels, 96), top=24 if label else 8)
    layout.quiet(axes)
    layout.from_zero(axes, [*values, goal, *(normal or ())], axis=axis)
    axes.set_xlim(-0.3, max(len(periods) - 0.7, 0.7))
    _series(axes, values, palette.of_side(side))
    _context(axes, normal, goal)
    layout.along(axes, periods, {0, len(periods) - 1} if periods else set())
    layout.beside(axes, labels)
    if label:
        width, height = layout.size(axes)
        layout.write(axes, -26 / width, 1 + 15 / height, label, colour=palette.INK, bold=True)
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
        axes.axhline(goal, color=palette.GOAL, linewidth=1, linestyle=DASHES)


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
        labels.append(Label(sum(normal) / 2, f"normal {write(normal[0])} to {write(normal[1])}"))
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
    promised: str = "promised",
    ending: str = "month end",
    needed: str = "",
) -> Axes:
    """What was delivered so far of a promise, and where its period, a month or any other, may end.

    Parameters
    ----------
    days : sequence of date
        Every day of the period.
    done : sequence of float
        Cumulative, one value per day up to `as_of_day`.
    goal : sequence of float
        The pro-rata promise, one value per day of `days`.
    target : float
        The promise for the whole period.
    low, mean, high : float
        The range of the period's end, drawn as a bar at the last day; nan where nobody can tell.
    as_of_day : date
        The last day that is counted.
    promised, ending : str
        What the target and the range of the end are called.
    needed : str
        The rate that the promise takes from here, in words, written at a line from here to the target; empty: none.
    """
    colour = palette.of_side(side)
    labels = [Label(target, f"{promised} {write(target)}", palette.GOAL)]
    if not math.isnan(mean):
        labels.append(Label(mean, f"{ending} {write(low)} to {write(high)}", colour, bold=True))
    layout.margins(axes, left=34, right=layout.room(axes, labels))
    layout.quiet(axes)
    layout.from_zero(axes, [*done, target, *([] if math.isnan(high) else [high])], ticks=4, axis=layout.compact)
    axes.set_xlim(-0.3, len(days) - 0.1)
    axes.plot(layout.numbers(goal), color=palette.GOAL, linewidth=1, linestyle=DASHES)
    _end(axes, len(days) - 1, (low, mean, high), colour)
    _so_far(axes, done, len(days) - 1, (low, high), f"by {_day(as_of_day)}", colour, write)
    _needed(axes, (len(done) - 1, done[-1] if done else 0.0), (len(days) - 1, target), needed)
    _day_labels(axes, days, as_of_day)
    layout.beside(axes, labels)
    return axes


def _end(axes: Axes, end: int, ends: tuple[float, float, float], colour: str) -> None:
    """The range of the period's end as a bar at the last day, its mean as a dot."""
    low, mean, high = ends
    if math.isnan(mean):
        return
    axes.plot([end, end], [low, high], color=colour, linewidth=7, solid_capstyle="butt", alpha=0.45, clip_on=False)
    axes.plot([end], [mean], color=colour, marker="o", markersize=5, clip_on=False)


def _needed(axes: Axes, here: tuple[int, float], there: tuple[int, float], text: str) -> None:
    """The way that is left, dotted, and what it takes, in words below it."""
    if not text:
        return
    axes.plot([here[0], there[0]], [here[1], there[1]], color=palette.GOAL, linewidth=1.2, linestyle=(0, (1, 1.5)))
    layout.write(axes, 1, 9 / layout.size(axes)[1], text, colour=palette.GOAL, align="right")


def _so_far(
    axes: Axes,
    done: Sequence[float],
    end: int,
    ends: tuple[float, float],
    when: str,
    colour: str,
    write: Write,
) -> None:
    """What was delivered, its latest value in words, and a quiet wedge towards the period's end."""
    if not done:
        return
    here, reached = len(done) - 1, done[-1]
    if not math.isnan(ends[0]):
        low, high = ([reached, edge] for edge in ends)
        axes.fill_between([here, end], low, high, color=palette.BAND, linewidth=0, zorder=0.5)
    axes.plot(layout.numbers(done), color=colour, linewidth=2.2, solid_capstyle="round")
    axes.plot([here], [reached], color=colour, marker="o", markersize=6.5, clip_on=False)
    if here < end / 2:
        layout.at(axes, (here, reached), (8, -9), f"{write(reached)} {when}", colour=colour, align="left")
    else:
        layout.at(axes, (here, reached), (-8, 11), f"{write(reached)} {when}", colour=colour, align="right")


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
    labels = _part_labels(met[-1], missed[-1], not_due[-1], write) if weeks else []
    layout.margins(axes, left=34, right=layout.room(axes, labels))
    layout.quiet(axes)
    layout.from_zero(axes, [sum(parts) for parts in zip(met, missed, not_due, strict=True)], axis=layout.compact)
    axes.set_xlim(-0.55, len(weeks) - 0.45)
    late = [sum(parts) for parts in zip(met, missed, strict=True)]
    _bars(axes, met, [0] * len(weeks), facecolor=palette.SALES)
    _bars(axes, missed, met, facecolor=palette.QUIET)
    _bars(axes, not_due, late, facecolor=palette.PAPER, hatch="////")
    layout.along(axes, weeks, {0, len(weeks) - 1} if weeks else set())
    layout.beside(axes, labels)
    return axes


def _bars(axes: Axes, counts: Sequence[int], below: Sequence[int], *, facecolor: str, hatch: str = "") -> None:
    """One part of the stacked bars, set apart from its neighbours by a hair of paper; hatched where immature."""
    edge = palette.PAST if hatch else palette.PAPER
    axes.bar(range(len(counts)), counts, 0.76, below, facecolor=facecolor, edgecolor=edge, hatch=hatch, linewidth=0.8)


def _part_labels(met: int, missed: int, not_due: int, write: Write) -> list[Label]:
    """The names of the parts beside the last bar, with its counts."""
    return [
        Label(met / 2, f"{write(met)} in time", palette.SALES, bold=True),
        Label(met + missed / 2, f"{write(missed)} missed", palette.QUIET, bold=True),
        Label(met + missed + not_due / 2, f"{write(not_due)} not yet due", palette.QUIET),
    ]
