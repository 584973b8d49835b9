"""What the pulse says of a day: counts beside the same weekday before, deadlines passed, deals, the month so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import pandas as pd

from alignment_lib.blocks.follow_up_tables import HOUR
from alignment_lib.blocks.history import data_begins, normal_range
from alignment_lib.blocks.month import MonthSoFar, month_so_far
from alignment_lib.facts import Facts, daily, follow_up, promised
from alignment_lib.facts.due_frames import due
from alignment_lib.facts.frames import NEEDS
from alignment_lib.params.period import local_day, month_start
from alignment_lib.stats import limits
from alignment_lib.stats.days import day_of, epoch_day

LATELY = 30
"""Days within which an overdue lead is still warm."""
ACTIVITIES = ("leads.created_at", "activities.occurred_at", "activities.direction")
COUNTS = ("leads", "mqls", "opportunities", "won")


@dataclass(frozen=True, eq=False)
class Counted:
    """An event of the day, and of its month so far."""

    now: int
    month: int
    normal: limits.NormalRange
    """Of the same weekday in the weeks before."""
    value: float
    """Amount of the day's deals; nan where none has one."""
    month_value: float
    priced: int
    month_priced: int


@dataclass(frozen=True, eq=False)
class FollowUp:
    """Leads whose deadline passed on the day; and all that are overdue at its end, as the weekly counts them."""

    due: int
    met: int
    overdue: int
    lately: int

    @property
    def missed(self) -> int:
        return self.due - self.met


@dataclass(frozen=True, eq=False)
class Pulse:
    """One day."""

    day: date
    working: bool
    """Whether the company works on it."""
    newest: date
    """The day of the newest row."""
    known: bool
    """Whether the data reaches the day."""
    counts: Mapping[str, Counted]
    """By event; only those whose columns are connected and whose table has begun."""
    month: MonthSoFar | None
    follow_up: FollowUp | None
    targets: Mapping[str, float]
    """Of the month: `won`, `won_value`."""

    @property
    def silent(self) -> bool:
        """Whether there is nothing to tell: no data, or a day off on which nothing happened."""
        happened = any(c.now for c in self.counts.values()) or bool(self.follow_up and self.follow_up.due)
        return not self.known or not (self.working or happened)


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Pulse:
    """Everything the pulse prints."""
    run, tables = facts.run, facts.tables
    day = run.period.first
    newest = local_day(tables.newest, run.params.timezone)
    known = newest >= day
    counts = {name: found for name in COUNTS if known and (found := _counted(facts, name)) is not None}
    return Pulse(
        day=day,
        working=_working(facts, day),
        newest=newest,
        known=known,
        counts=counts,
        month=month_so_far(facts) if "mqls" in counts else None,
        follow_up=_follow_up(facts) if known and tables.has(*ACTIVITIES) else None,
        targets={name: t for name in ("won", "won_value") if (t := _target(facts, name)) is not None},
    )


def _working(facts: Facts, day: date) -> bool:
    calendar = facts.run.params.company.calendar
    if calendar.always_open:
        return True
    return bool(calendar.windows().get(day.weekday())) and day not in calendar.holidays.days(day.year, day.year)


def _counted(facts: Facts, name: str) -> Counted | None:
    """None where it is not connected, or begins after the day."""
    if not facts.tables.has(*NEEDS[name]):
        return None
    day, weeks = facts.run.last_day, facts.run.params.weekly.history_weeks
    begins = data_begins(facts, NEEDS[name][0].partition(".")[0])
    if begins > day:
        return None
    month = epoch_day(month_start(day_of(day)))
    frame = daily(facts, name, first_day=min(month, day - 7 * weeks), last_day=day)
    by_day = frame.groupby("day")["n"].sum()
    earlier = [int(by_day.get(d, 0)) if d >= begins else None for d in range(day - 7 * weeks, day, 7)]
    today, so_far = frame[frame["day"] == day], frame[frame["day"] >= month]
    return Counted(
        now=int(today["n"].sum()),
        month=int(so_far["n"].sum()),
        normal=normal_range(name, tuple(earlier)),
        value=_value(today),
        month_value=_value(so_far),
        priced=_priced(today),
        month_priced=_priced(so_far),
    )


def _priced(frame: pd.DataFrame) -> int:
    return int(frame["n_amount"].sum()) if "n_amount" in frame else 0


def _value(frame: pd.DataFrame) -> float:
    return float(frame["amount"].sum()) if _priced(frame) else float("nan")


def _follow_up(facts: Facts) -> FollowUp:
    run = facts.run
    sla_s = int(run.params.sla.sales.follow_up_hours * HOUR)
    frame = due(facts, sla_s=sla_s, first_day=run.first_day, last_day=run.last_day)
    overdue, lately = (
        int(follow_up(facts, sla_s=sla_s, first_day=first, last_day=run.last_day)["untouched"].sum())
        for first in (data_begins(facts, "leads"), run.last_day + 1 - LATELY)
    )
    return FollowUp(due=len(frame), met=int(frame["met"].sum()), overdue=overdue, lately=lately)


def _target(facts: Facts, name: str) -> float | None:
    """The month's target: of the whole company, else the sum of its segments; of a segment's slice its own."""
    first = month_start(day_of(facts.run.last_day))
    found = promised(facts, name, first=first, last=month_start(first, -1) - timedelta(days=1))
    dimension, value = facts.run.params.slice or ("", "")
    if dimension:
        return found.get(value) if dimension == "segment" else None
    return found.get(None, sum(found.values())) if found else None
