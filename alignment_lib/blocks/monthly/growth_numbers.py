"""Quarters beside the same days a year before, and how both sides kept the SLA meanwhile (C33)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import pandas as pd

from alignment_lib.blocks.history import data_begins
from alignment_lib.blocks.spans import goal
from alignment_lib.facts import Facts, daily
from alignment_lib.facts.revenue_frames import follow_up_by_day
from alignment_lib.params.period import Month, month_start
from alignment_lib.stats import estimates, rates, wording
from alignment_lib.stats.days import day_of, epoch_day

QUARTERS = 5
"""Quarters that are shown, the running one last: a year and the quarter that it is compared with."""
ACTIVITY = ("leads.created_at", "activities.occurred_at", "activities.direction")


@dataclass(frozen=True, eq=False)
class Quarter:
    """One calendar quarter up to the report's last day; parts that nobody knows are None."""

    first: date
    months: int
    """Months of it that are counted."""
    begins: date | None
    """The day on which the data begins, where that lies within the quarter."""
    won: int | None
    won_before: int | None
    value: float
    value_before: float
    followed: estimates.Proportion | None
    mqls: int | None
    promised: float | None
    """Both of whole months alone: part of a month is not held against a whole month's promise."""
    kept_months: int
    conf: float

    @property
    def label(self) -> str:
        return f"{self.first.year}-Q{(self.first.month + 2) // 3}"

    @property
    def words(self) -> str:
        """`April to June 2026`; of a running quarter the months so far."""
        return spoken(self.first, self.months)

    @property
    def year_before(self) -> str:
        """The same months, a year before."""
        return spoken(month_start(self.first, 12), self.months)

    @property
    def ratio(self) -> float:
        return self.value / self.value_before if self.value_before > 0 else math.nan

    @property
    def counts(self) -> rates.RateRatio | None:
        """Deals won over those won a year before."""
        if self.won is None or self.won_before is None:
            return None
        return rates.rate_ratio(
            events=self.won, exposure=1, other_events=self.won_before, other_exposure=1, conf=self.conf
        )

    @property
    def kept(self) -> float:
        return self.mqls / self.promised if self.promised and self.mqls is not None else math.nan


def spoken(first: date, months: int) -> str:
    """`April 2026`, `April and May 2026`, `April to June 2026`."""
    last = wording.month(month_start(first, 1 - months))
    return last if months == 1 else f"{first:%B} {'to' if months == 3 else 'and'} {last}"


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> tuple[Quarter, ...]:
    """Quarters, oldest first."""
    run, tables = facts.run, facts.tables
    month = run.period.first
    running = month_start(month, (month.month - 1) % 3)
    starts = [month_start(running, 3 * back) for back in range(QUARTERS - 1, -1, -1)]
    days = {"first_day": epoch_day(starts[0]), "last_day": run.last_day}
    won = daily(facts, "won", first_day=epoch_day(month_start(starts[0], 12)), last_day=run.last_day)
    mqls = daily(facts, "mqls", **days) if tables.has("leads.mql_at") else None
    seconds = int(run.params.sla.sales.follow_up_hours * 3_600)
    followed = follow_up_by_day(facts, sla_s=seconds, **days) if tables.has(*ACTIVITY) else None
    return tuple(_quarter(facts, start, won, mqls, followed) for start in starts)


def _quarter(
    facts: Facts, start: date, won: pd.DataFrame, mqls: pd.DataFrame | None, followed: pd.DataFrame | None
) -> Quarter:
    run, conf = facts.run, facts.run.params.weekly.confidence
    first, end = epoch_day(start), min(epoch_day(month_start(start, -3)) - 1, run.last_day)
    months = [m for m in (month_start(start, -i) for i in range(3)) if epoch_day(m) <= end]
    before = epoch_day(month_start(start, 12))
    before_end = epoch_day(month_start(months[-1], 11)) - 1
    if run.as_of < run.ends and end == run.last_day:
        before_end = min(before_end, epoch_day(month_start(months[-1], 12)) + end - epoch_day(months[-1]))
    deals_from = data_begins(facts, "opportunities")
    now, then = _between(won, first, end), _between(won, before, before_end)
    amounts = facts.tables.has("opportunities.amount")
    whole = [m for m in months if epoch_day(Month(m).last) < run.last_day or run.as_of >= run.ends]
    promises = [goal(facts, "mqls", first=m, last=Month(m).last) for m in whole]
    known = mqls is not None and first >= data_begins(facts, "leads") and whole
    return Quarter(
        first=start,
        months=len(months),
        begins=day_of(deals_from) if first < deals_from <= end else None,
        won=int(now["n"].sum()) if end >= deals_from else None,
        won_before=int(then["n"].sum()) if before >= deals_from else None,
        value=_value(now) if amounts and end >= deals_from else math.nan,
        value_before=_value(then) if amounts and before >= deals_from else math.nan,
        followed=_share(_between(followed, first, end), conf) if followed is not None else None,
        mqls=int(_between(mqls, first, epoch_day(Month(whole[-1]).last))["n"].sum())
        if mqls is not None and known
        else None,
        promised=math.fsum(p for p in promises if p) if promises and all(promises) else None,
        kept_months=len(whole),
        conf=conf,
    )


def _between(frame: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    return frame[frame["day"].between(first, last)]


def _value(frame: pd.DataFrame) -> float:
    """The amounts; nan where deals were won and none has one."""
    return math.nan if len(frame) and not frame["n_amount"].sum() else math.fsum(frame["amount"].dropna())


def _share(frame: pd.DataFrame, conf: float) -> estimates.Proportion:
    met, missed = int(frame["met"].sum()), int(frame["missed"].sum())
    return estimates.proportion(converted=met, leads=met + missed, conf=conf)
