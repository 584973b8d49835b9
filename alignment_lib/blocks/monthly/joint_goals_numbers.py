"""Won value of the quarter and the year against the goals that both sides share: what is left, and the chance (C39)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

import pandas as pd

from alignment_lib.blocks.history import data_begins
from alignment_lib.blocks.month import HISTORY_DAYS
from alignment_lib.facts import Facts, daily, promised
from alignment_lib.params.period import month_start
from alignment_lib.stats import goals, wording
from alignment_lib.stats.days import day_of, epoch_day

YEAR = 365
NEEDS = ("opportunities.closed_at", "opportunities.amount")


@dataclass(frozen=True, eq=False)
class Goal:
    """A goal of won value for a period, and how far it is."""

    what: str
    """`quarter`, `year`."""
    label: str
    days: Sequence[date]
    target: float
    summed: str
    """What the target is the sum of; empty where it was written itself."""
    won: float
    work_passed: int
    work_left: int
    mean: float
    """Mean amount of a deal won in twelve months; nan where none was."""
    outlook: goals.Projection | None
    """Deals of the period; its target is what the goal takes at the mean amount."""
    done: Sequence[float] = ()
    """Won value by the end of each day that has passed."""
    line: Sequence[float] = ()
    """The goal spread over the working days, by the end of each day of the period."""

    @property
    def missing(self) -> float:
        return max(0.0, self.target - self.won)

    @property
    def needed(self) -> float:
        """Deals of the mean amount that are missing."""
        return math.ceil(self.missing / self.mean - 1e-9) if wording.defined(self.mean) and self.mean else math.nan

    @property
    def expected(self) -> tuple[float, float, float]:
        """Deals still to come: mean, low, high."""
        o = self.outlook
        return (o.estimate - o.done, o.low - o.done, o.high - o.done) if o else (math.nan,) * 3

    @property
    def ends(self) -> tuple[float, float, float]:
        """Won value at the end, if deals stay as large as they were: mean, low, high; nan where nobody can tell."""
        mean, low, high = (self.won + deals * self.mean for deals in self.expected)
        return mean, low, high


def periods(day: date) -> list[tuple[str, str, date, date]]:
    """The quarter and the year of a day: what, label, first and last day."""
    quarter = month_start(day, (day.month - 1) % 3)
    ends = month_start(quarter, -3) - timedelta(days=1)
    label = f"{quarter:%Y}-Q{(quarter.month + 2) // 3}"
    return [("quarter", label, quarter, ends), ("year", f"{day:%Y}", date(day.year, 1, 1), date(day.year, 12, 31))]


def target(facts: Facts, first: date, last: date) -> tuple[float, str] | None:
    """What was written for the period, else the sum of its quarters or months where each has a target."""
    found = promised(facts, "won_value", first=first, last=last)
    if found:
        return found.get(None, sum(found.values())), ""
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    for size, name in ((3, "quarters"), (1, "months")):
        if size < months:
            starts = [month_start(first, -i) for i in range(0, months, size)]
            ends = [month_start(s, -size) - timedelta(days=1) for s in starts]
            parts = [promised(facts, "won_value", first=a, last=b) for a, b in zip(starts, ends, strict=True)]
            if all(parts):
                return sum(p.get(None, sum(p.values())) for p in parts), name
    return None


def works(facts: Facts, day: date, closed: frozenset[date]) -> bool:
    """Whether the company works on a day."""
    calendar = facts.run.params.company.calendar
    return day not in closed and (calendar.always_open or bool(calendar.windows().get(day.weekday())))


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> tuple[Goal, ...]:
    """The goals of the quarter and the year; none where deals have no amount, or under a slice."""
    if not facts.tables.has(*NEEDS) or facts.run.params.slice is not None:
        return ()
    run = facts.run
    today, spans = day_of(run.last_day), periods(day_of(run.last_day))
    first = min(epoch_day(spans[1][2]) - HISTORY_DAYS, run.last_day - YEAR + 1)
    frame = daily(facts, "won", first_day=first, last_day=run.last_day)
    recent = frame[frame["day"] > run.last_day - YEAR]
    priced = recent["n_amount"].sum()
    mean = float(recent["amount"].sum() / priced) if priced else math.nan
    found = []
    for what, label, begins, ends in spans:
        wanted = target(facts, begins, ends)
        if wanted is not None:
            days = [begins + timedelta(days=i) for i in range((ends - begins).days + 1)]
            found.append(_goal(facts, frame, (what, label, days, today), wanted, mean))
    return tuple(found)


def _goal(
    facts: Facts, frame: pd.DataFrame, period: tuple[str, str, list[date], date], wanted: tuple[float, str], mean: float
) -> Goal:
    what, label, days, today = period
    closed = facts.run.params.company.calendar.holidays.days(days[0].year - 1, days[-1].year)
    mine = frame[frame["day"] >= epoch_day(days[0])]
    passed = [d for d in days if d <= today]
    open_ = [works(facts, d, closed) for d in days]
    a_day = mine.groupby("day")["amount"].sum()
    done = list(itertools.accumulate(float(a_day.get(epoch_day(d), 0.0)) for d in passed))
    working = list(itertools.accumulate(open_))
    goal = Goal(
        what, label, days, wanted[0], wanted[1], math.fsum(mine["amount"].dropna()),
        sum(open_[: len(passed)]), sum(open_[len(passed) :]), mean, None,
        done, [wanted[0] * n / (working[-1] or 1) for n in working],
    )  # fmt: skip
    if not wording.defined(goal.needed):
        return goal
    usual = _rhythm(facts, frame, epoch_day(days[0]), closed)
    deals = float(mine["n"].sum())
    outlook = goals.project(
        done=deals,
        target=deals + goal.needed,
        weight_done=goals.working_weight(usual, days=passed, closed=closed),
        weight_left=goals.working_weight(usual, days=[d for d in days if d > today], closed=closed),
        usual=usual,
        conf=facts.run.params.weekly.range,
    )
    return replace(goal, outlook=outlook)


def _rhythm(facts: Facts, frame: pd.DataFrame, first: int, closed: frozenset[date]) -> goals.Rhythm:
    """Deals won by weekday in the 13 weeks before the period, as far as the data goes back."""
    history = range(max(first - HISTORY_DAYS, data_begins(facts, "opportunities")), first)
    counts = frame.groupby("day")["n"].sum()
    return goals.rhythm(
        days=[day_of(d) for d in history], daily=[float(counts.get(d, 0)) for d in history], closed=closed
    )
