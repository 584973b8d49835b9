"""How much the headlines hang on choices (C23): windows moved by a week, credit by last instead of first touch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import pandas as pd

from alignment_lib.blocks.agenda import agenda, evidence, metric, metric_of
from alignment_lib.blocks.monthly import by_day
from alignment_lib.blocks.monthly.attribution_view import numbers as credit_by_source
from alignment_lib.blocks.monthly.mature import SHORT, known_months, signed
from alignment_lib.facts import Facts
from alignment_lib.facts.funnel_frames import follow_up_by_day
from alignment_lib.page.block import Block, Cell, Column, Metric, Table
from alignment_lib.source.tables import RESPONSE_HOURS
from alignment_lib.stats import estimates, wording
from alignment_lib.stats.days import epoch_day

DAYS = 7
"""By how much windows are moved."""
SOURCES = 3
"""Sources whose credit is shown: those with the most by first touch."""


@dataclass(frozen=True, eq=False)
class Moved:
    """A rate as the page tells it, and on as many days a week earlier."""

    name: str
    label: str
    window: str
    base: estimates.Proportion
    earlier: estimates.Proportion

    @property
    def difference(self) -> float:
        return self.earlier.estimate - self.base.estimate

    @property
    def holds(self) -> bool:
        """Whether the rate of a week earlier lies within the interval of the one told."""
        return self.base.low <= self.earlier.estimate <= self.base.high


@dataclass(frozen=True, eq=False)
class Credit:
    """A source's credit in cents by the two conventions."""

    source: str
    first: int
    last: int


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """Rates that have leads in both windows, and credit where touches are known."""

    rates: tuple[Moved, ...]
    credits: tuple[Credit, ...]
    quarter: str


@lru_cache(maxsize=4)
def numbers(facts: Facts) -> Sensitivity:
    """The same leads and outcomes; only which days count is moved."""
    found = [_cohort(facts, "acceptance", by_day.acceptance(facts))]
    conversion = by_day.conversion(facts)
    if conversion is not None and conversion.stage != "accepted":
        found.append(_cohort(facts, "conversion", conversion))
    found.append(_follow_up(facts))
    rates = [r for r in found if r is not None and r.base.leads and r.earlier.leads]
    if not facts.tables.has("opportunities.closed_at", "opportunities.amount", "touches.occurred_at"):
        return Sensitivity(tuple(rates), (), "")
    shared = credit_by_source(facts)
    top = shared.cents.head(SOURCES)
    credits = tuple(Credit(str(s), int(r["first"]), int(r["last"])) for s, r in top.iterrows())
    return Sensitivity(tuple(rates), credits, shared.quarter)


def _cohort(facts: Facts, name: str, rate: by_day.Rate | None) -> Moved | None:
    """The newest month that is old enough, beside as many days a week earlier."""
    month = by_day.newest(facts, rate) if rate else None
    if rate is None or month is None or epoch_day(month.first) - DAYS < epoch_day(known_months(facts, rate.stage)[0]):
        return None
    label = f"{SHORT[rate.stage]} within {rate.horizon} days"
    window = f"{rate.what} of {wording.month(month.first)}"
    days = epoch_day(month.first), epoch_day(month.last)
    return moved(name, label, window, by_day.counts(facts, rate), days, facts.run.params.weekly.confidence)


def _follow_up(facts: Facts) -> Moved | None:
    """Leads of the report's month that were touched in time, of those whose deadline has passed."""
    run = facts.run
    if not facts.tables.has(RESPONSE_HOURS):
        return None
    if run.first_day - DAYS < epoch_day(known_months(facts)[0]):
        return None
    sla_s = int(run.params.sla.sales.follow_up_hours * 3600)
    frame = follow_up_by_day(facts, sla_s=sla_s, first_day=run.first_day - DAYS, last_day=run.last_day)
    frame = frame.assign(converted=frame["met"], leads=frame["met"] + frame["missed"])
    window = f"leads to follow up in {wording.month(run.period.first)}"
    days = run.first_day, run.last_day
    return moved("follow_up", "Followed up in time", window, frame, days, run.params.weekly.confidence)


def moved(name: str, label: str, window: str, frame: pd.DataFrame, days: tuple[int, int], conf: float) -> Moved:
    """A rate of some days, and of the same number of days a week earlier."""
    parts = [by_day.within(frame, days[0] - back, days[1] - back) for back in (0, DAYS)]
    base, earlier = (
        estimates.proportion(converted=int(p["converted"].sum()), leads=int(p["leads"].sum()), conf=conf) for p in parts
    )
    return Moved(name, label, window, base, earlier)


@agenda(
    id="sensitivity",
    title="How firm the headlines are",
    question="Would the page say something else had it been made a week earlier, or credit been given otherwise?",
    needs=("leads.created_at",),
)
def sensitivity(facts: Facts, block: Block) -> Block:
    """Base, varied and difference of the headline numbers."""
    found, currency = numbers(facts), facts.run.params.company.currency
    if not found.rates and not found.credits:
        return replace(block, sentences=("There is no headline yet whose window could be moved by a week.",))
    leads = [f"{wording.count(r.base.leads)} {r.window}" for r in found.rates]
    return replace(
        block,
        sentences=(*_rates_told(found), *_credit_told(found, currency)),
        tables=(_table(found, currency),),
        evidence=evidence(
            facts,
            n="; ".join([*leads, *([f"credit of {found.quarter} so far"] if found.credits else [])]),
            excluded="leads that are too young",
            method="rates: every window of days begins and ends a week earlier, as for a page made a week earlier;"
            " outcomes are those known today. Credit: last touch in place of first touch",
        ),
        metrics=_metrics(found, currency),
    )


def _rates_told(found: Sensitivity) -> tuple[str, ...]:
    if not found.rates:
        return ()
    odd = [r for r in found.rates if not r.holds]
    if not odd:
        each = "each of the rates stays" if len(found.rates) > 1 else "the rate stays"
        return (f"A week earlier {each} within its own interval: nothing hangs on the day of the report.",)
    told = [f"{r.label[0].lower()}{r.label[1:]} would read {_rate(r.earlier)} instead of {_rate(r.base)}" for r in odd]
    return (f"A week earlier {wording.listing(told)}.",)


def _rate(share: estimates.Proportion) -> str:
    return wording.estimate(share.estimate, share.low, share.high)


def _credit_told(found: Sensitivity, currency: str) -> tuple[str, ...]:
    if not found.credits:
        return ()
    most = max(found.credits, key=lambda c: abs(c.last - c.first))
    if most.last == most.first:
        return ("First and last touch give the same credit to the largest sources.",)
    first, last = (wording.money(cents / 100, currency) for cents in (most.first, most.last))
    return (f"{most.source} gets {first} of credit by first touch and {last} by last touch.",)


def _table(found: Sensitivity, currency: str) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for r in found.rates:
        shown = _rate(r.base), _rate(r.earlier), f"{signed(r.difference)} points"
        rows.append((f"{r.label}, {r.window}", "a week earlier", *shown))
    for c in found.credits:
        first, last = (wording.money(cents / 100, currency) for cents in (c.first, c.last))
        gap = f"{'−' if c.last < c.first else '+'}{wording.money(abs(c.last - c.first) / 100, currency)}"
        rows.append((f"Credit to {c.source}", "last for first touch", first, last, gap))
    return Table(
        "The headlines, as told and varied",
        (
            Column("Number"),
            Column("What is varied"),
            Column("As told", numeric=True),
            Column("Varied", numeric=True),
            Column("Difference", numeric=True),
        ),
        tuple(rows),
    )


def _metrics(found: Sensitivity, currency: str) -> tuple[Metric, ...]:
    records: list[Metric] = []
    for r in found.rates:
        records.append(metric_of("rate_as_told", r.base, n=r.base.leads, segment=r.name))
        records.append(metric_of("rate_moved", r.earlier, n=r.earlier.leads, segment=r.name))
        records.append(metric("rate_moved_by", r.difference * 100, segment=r.name))
    for c in found.credits:
        for model, cents in (("first", c.first), ("last", c.last)):
            records.append(metric("credit_of_largest", cents / 100, source=c.source, segment=model, currency=currency))
        gap = (c.last - c.first) / 100
        records.append(metric("credit_changed_by", gap, source=c.source, currency=currency))
    return tuple(records)
