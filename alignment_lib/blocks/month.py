"""The month against marketing's promise, in MQLs or in points: pace, range and chance of its end (C12, C39)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import pandas as pd

from alignment_lib.blocks.history import data_begins
from alignment_lib.facts import Facts, daily, promised
from alignment_lib.page.block import Status
from alignment_lib.params.period import days_of_month
from alignment_lib.stats import goals, wording
from alignment_lib.stats.days import day_of, epoch_day

HISTORY_DAYS = 91
LIKELY = 0.8
"""A chance that is called on course; its complement is called at risk."""


@dataclass(frozen=True, eq=False)
class MonthSoFar:
    """MQLs (or points) of the month of the last visible day; `parts` by segment, in the order of the promises."""

    unit: str
    """`MQLs` or `points`."""
    days: tuple[date, ...]
    done_days: int
    cumulative: tuple[float, ...]
    promise_line: tuple[float, ...]
    total: goals.Projection
    parts: Mapping[str, goals.Projection]
    promised_in: str

    @property
    def period(self) -> str:
        return f"{self.days[0]:%Y-%m}"

    @property
    def status(self) -> tuple[Status, str]:
        """By the chance of keeping the promise: 80 % and more, 20 % and less, between."""
        chance = self.total.probability
        if not wording.defined(chance):
            return "none", ""
        return (
            ("good", "on course")
            if chance >= LIKELY
            else ("bad", "at risk")
            if chance <= 1 - LIKELY
            else ("open", "open")
        )


def promises(facts: Facts) -> tuple[dict[str | None, float], str]:
    """MQLs promised for the month, by segment (None: all), and where that is written."""
    days = days_of_month(day_of(facts.run.last_day))
    found, where = promised(facts, "mqls", first=days[0], last=days[-1]), "the table of targets"
    if not found:
        written = facts.run.params.sla.marketing.mqls_per_month
        where = facts.run.params.file("sla.yaml")
        found = {k if k != "total" else None: v for k, v in written.items()}
    sliced = facts.run.params.slice
    if sliced:
        name, value = sliced
        found = {value: found[value]} if name == "segment" and value in found else {}
    return found, where


@lru_cache(maxsize=8)
def month_so_far(facts: Facts) -> MonthSoFar | None:
    """The month against its promise of MQLs, else of points; None where nothing is promised."""
    promise, where = promises(facts)
    by_segment = {k: v for k, v in promise.items() if k is not None}
    target = promise.get(None, sum(by_segment.values()))
    if not target:
        return points_so_far(facts)
    return _so_far(facts, _daily(facts), "MQLs", target, by_segment, where)


@lru_cache(maxsize=8)
def points_so_far(facts: Facts) -> MonthSoFar | None:
    """The month in points, each MQL counting what the SLA gives its segment; None where none are promised."""
    params = facts.run.params
    rule = params.sla.marketing
    if rule.points_per_month is None or params.slice:
        return None
    frame = _daily(facts)
    worth = frame["segment"].map(lambda segment: rule.points_per_mql.get(segment, 1.0)).astype(float)
    return _so_far(
        facts, frame.assign(n=frame["n"] * worth), "points", rule.points_per_month, {}, params.file("sla.yaml")
    )


@lru_cache(maxsize=8)
def _daily(facts: Facts) -> pd.DataFrame:
    """MQLs by day and segment, of the month and of the history before it."""
    first = epoch_day(days_of_month(day_of(facts.run.last_day))[0])
    return daily(facts, "mqls", first_day=first - HISTORY_DAYS, last_day=facts.run.last_day, by=("segment",))


def _so_far(
    facts: Facts, frame: pd.DataFrame, unit: str, target: float, by_segment: Mapping[str, float], where: str
) -> MonthSoFar:
    days = days_of_month(day_of(facts.run.last_day))
    first = epoch_day(days[0])
    done_days = facts.run.last_day - first + 1
    closed = facts.run.params.company.calendar.holidays.days(days[0].year - 1, days[-1].year)
    usual = _rhythm(facts, frame, first, closed)
    weights = [goals.working_weight(usual, days=[d], closed=closed) for d in days]
    everything = sum(weights) or 1.0
    month = frame[frame["day"] >= first]
    per_day = [month.loc[month["day"] == first + i, "n"].sum() for i in range(done_days)]
    parts = {name: (frame[frame["segment"] == name], part) for name, part in by_segment.items()}
    return MonthSoFar(
        unit=unit,
        days=tuple(days),
        done_days=done_days,
        cumulative=tuple(float(sum(per_day[: i + 1])) for i in range(done_days)),
        promise_line=tuple(target * sum(weights[: i + 1]) / everything for i in range(len(days))),
        total=_project(facts, frame, target, usual, closed),
        parts={
            n: _project(facts, rows, part, _rhythm(facts, rows, first, closed), closed)
            for n, (rows, part) in parts.items()
        },
        promised_in=where,
    )


def _rhythm(facts: Facts, frame: pd.DataFrame, first: int, closed: frozenset[date]) -> goals.Rhythm:
    """The weekdays of the 13 weeks before the month, as far as the data goes back."""
    begins = max(first - HISTORY_DAYS, data_begins(facts, "leads"))
    counts = frame.groupby("day")["n"].sum()
    days = list(range(begins, first))
    return goals.rhythm(days=[day_of(d) for d in days], daily=[float(counts.get(d, 0)) for d in days], closed=closed)


def _project(
    facts: Facts, frame: pd.DataFrame, target: float, usual: goals.Rhythm, closed: frozenset[date]
) -> goals.Projection:
    days = days_of_month(day_of(facts.run.last_day))
    passed = [d for d in days if epoch_day(d) <= facts.run.last_day]
    left = [d for d in days if epoch_day(d) > facts.run.last_day]
    return goals.project(
        done=float(frame.loc[frame["day"] >= epoch_day(days[0]), "n"].sum()),
        target=target,
        weight_done=goals.working_weight(usual, days=passed, closed=closed),
        weight_left=goals.working_weight(usual, days=left, closed=closed),
        usual=usual,
        conf=facts.run.params.weekly.range,
    )
