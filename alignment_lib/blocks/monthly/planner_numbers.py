"""The steps from a revenue goal to leads (C24), in numbers with their ranges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import pandas as pd

from alignment_lib.blocks.monthly.joint_goals_numbers import target
from alignment_lib.blocks.monthly.mature import told_from
from alignment_lib.facts import Facts, daily
from alignment_lib.facts.cohort_frames import matured
from alignment_lib.facts.deal_frames import won_amounts
from alignment_lib.facts.people_frames import reps
from alignment_lib.params.period import month_start
from alignment_lib.stats import estimates, money, rates, strata
from alignment_lib.stats.days import day_of, epoch_day

YEAR = 365
NOW_MONTHS = 3
OTHER = "(sources with few leads)"


@dataclass(frozen=True)
class Range:
    """A number with the worst and the best that it may be."""

    value: float
    low: float
    high: float

    def over(self, other: Range) -> Range:
        """A quotient; its range takes both ends at their worst."""
        return Range(_over(self.value, other.value), _over(self.low, other.high), _over(self.high, other.low))

    def times(self, other: Range) -> Range:
        """A product, likewise."""
        return Range(self.value * other.value, self.low * other.low, self.high * other.high)


@dataclass(frozen=True)
class Source:
    """A source's part in today's leads, and how its leads turned out."""

    name: str
    now: int
    """Leads of the last three whole months."""
    rate: estimates.Proportion
    leads: Range
    """Needed for the goal."""
    customers: float


@dataclass(frozen=True, eq=False)
class Plan:
    """Every step from the goal to the leads."""

    goal: float
    first: date
    last: date
    where: str
    amount: Range
    deals: int
    largest: float
    """Share of the largest deal in the value won."""
    customers: Range
    conversion: Range
    old: int
    """Leads that the conversion stands on."""
    leads: Range
    sources: Sequence[Source]
    now: int
    """Leads of the last three whole months."""
    months: int
    """Length of the goal's period."""
    horizon: int
    reps: int
    """With a capacity, today."""
    capacity: float
    """Mean leads a week of these."""
    handed: estimates.Proportion
    extra_reps: int
    extra_points: float

    @property
    def pace(self) -> float:
        """Leads in a period as long as the goal's at today's pace."""
        return self.now * self.months / NOW_MONTHS

    @property
    def rep_leads(self) -> float:
        return self.capacity * ((self.last - self.first).days + 1) / 7 * self.extra_reps

    @property
    def by_reps(self) -> tuple[Range, Range]:
        """Customers and value of the extra reps."""
        p = self.handed
        customers = Range(*(self.rep_leads * x for x in (p.estimate, p.low, p.high)))
        return customers, customers.times(self.amount)

    @property
    def by_points(self) -> tuple[Range, Range]:
        """Customers and value of the extra points."""
        n = self.pace * self.extra_points
        customers = Range(n, n, n)
        return customers, customers.times(self.amount)


def goal_of(facts: Facts) -> tuple[float, date, date, str] | None:
    """The goal, its days and where it is written: the settings, else the targets of the next quarter or month."""
    after = month_start(day_of(facts.run.last_day), -1)
    quarter = month_start(after, -(-(after.month - 1) % 3))
    quarter_ends = month_start(quarter, -3) - timedelta(days=1)
    set_ = facts.run.params.monthly.planner.goal
    if set_ is not None:
        return set_, quarter, quarter_ends, "params/monthly.yaml"
    if facts.run.params.slice is not None:
        return None
    for first, last in ((quarter, quarter_ends), (after, month_start(after, -1) - timedelta(days=1))):
        found = target(facts, first, last)
        if found is not None:
            return found[0], first, last, "the table of targets"
    return None


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Plan | None:
    """None without a goal, a deal won with an amount, or leads that are old enough."""
    wanted = goal_of(facts)
    if wanted is None:
        return None
    run, settings, conf = facts.run, facts.run.params.monthly, facts.run.params.weekly.confidence
    amounts = won_amounts(facts, first_day=run.last_day - YEAR + 1, last_day=run.last_day)["amount"].dropna()
    spread, last_seen = money.concentration(amounts), run.as_of_day - settings.horizon_days
    if not len(amounts) or not spread.total > 0:
        return None
    per_value = rates.rate(events=len(amounts), exposure=spread.total, conf=conf)
    amount = Range(*(1 / x for x in (per_value.estimate, per_value.high, per_value.low)))
    customers = Range(wanted[0], wanted[0], wanted[0]).over(amount)
    frame = matured(facts, "won", horizon=settings.horizon_days, first_day=_since(facts, last_seen),
                    last_day=run.last_day, by=("source",))  # fmt: skip
    now = _leads_now(facts)
    table = _sources(frame, now, run.params.weekly.min_n)
    if not table["leads"].sum() or not now.sum():
        return None
    mixed = strata.standardised_rate(converted=table["converted"], leads=table["leads"], mix=table["now"], conf=conf)
    conversion = Range(mixed.estimate, mixed.low, mixed.high)
    leads = customers.over(conversion)
    sources = [_source(name, row, leads, int(table["now"].sum()), conf) for name, row in table.iterrows()]
    capacities = [r.capacity for r in reps(facts) if r.capacity and r.there(day_of(run.last_day), day_of(run.last_day))]
    return Plan(
        *wanted, amount, len(amounts), spread.top1, customers, conversion, int(table["leads"].sum()), leads,
        sources, int(now.sum()), (wanted[2].year - wanted[1].year) * 12 + wanted[2].month - wanted[1].month + 1,
        settings.horizon_days, len(capacities), sum(capacities) / len(capacities) if capacities else math.nan,
        _handed(facts, last_seen, conf), settings.planner.extra_reps, settings.planner.extra_points,
    )  # fmt: skip


def _leads_now(facts: Facts) -> pd.Series:
    """Leads of the last three whole months by source; a month that goes on is not one of them."""
    run = facts.run
    last = run.last_day if run.as_of >= run.ends else run.first_day - 1
    first = epoch_day(month_start(day_of(last), NOW_MONTHS - 1))
    frame = daily(facts, "leads", first_day=first, last_day=last, by=("source",))
    return frame.groupby("source")["n"].sum()


def _sources(frame: pd.DataFrame, now: pd.Series, least: int) -> pd.DataFrame:
    """Leads that are old enough, converted and of today by source; sources with few of the old ones share a row."""
    table = frame.set_index("source")[["leads", "converted"]].assign(now=0)
    table = table.reindex(table.index.union(now.index), fill_value=0)
    table["now"] = now.reindex(table.index, fill_value=0)
    names = [str(s) if n >= least else OTHER for s, n in zip(table.index, table["leads"], strict=True)]
    table = table.groupby(names).sum()
    table = table[(table["leads"] > 0) & (table["now"] > 0)]
    return table.sort_index().sort_values("now", ascending=False, kind="stable")


def _source(name: object, row: pd.Series, leads: Range, everything: int, conf: float) -> Source:
    rate = estimates.proportion(converted=int(row["converted"]), leads=int(row["leads"]), conf=conf)
    part = int(row["now"]) / everything
    mine = leads.times(Range(part, part, part))
    return Source(str(name), int(row["now"]), rate, mine, mine.value * rate.estimate)


def _since(facts: Facts, last_seen: int) -> int:
    """A year of leads, but for those of whom nobody recorded whether they were won."""
    return max(last_seen - YEAR + 1, told_from(facts, "won"))


def _handed(facts: Facts, last_seen: int, conf: float) -> estimates.Proportion:
    """Won by the horizon of the leads handed over, all sources together."""
    run, start = facts.run, "mql" if facts.tables.has("leads.mql_at") else "created"
    frame = matured(facts, "won", horizon=run.params.monthly.horizon_days, start=start,
                    first_day=_since(facts, last_seen), last_day=last_seen)  # fmt: skip
    done, leads = (int(frame[c].sum()) for c in ("converted", "leads"))
    return estimates.proportion(converted=done, leads=leads, conf=conf)


def _over(part: float, whole: float) -> float:
    return part / whole if whole else math.inf
