"""From a revenue goal back to customers and leads (C24), and what one more rep or one more point would bring."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import pandas as pd

from alignment_lib.blocks.agenda import agenda, evidence, metric, metric_of
from alignment_lib.blocks.monthly.joint_goals import target
from alignment_lib.blocks.monthly.mature import told_from
from alignment_lib.facts import Facts, daily
from alignment_lib.facts.ages import newest_old_day
from alignment_lib.facts.cohort_frames import matured, needs
from alignment_lib.facts.deal_frames import won_amounts
from alignment_lib.facts.people_frames import reps
from alignment_lib.page.block import Block, Cell, Column, Evidence, Metric, Table
from alignment_lib.params.period import month_start
from alignment_lib.source.tables import DATED_WINS
from alignment_lib.stats import estimates, money, rates, strata, wording
from alignment_lib.stats.days import day_of, epoch_day

# The steps from a revenue goal to leads (C24), in numbers with their ranges.

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
        return set_, quarter, quarter_ends, facts.run.params.file("monthly.yaml")
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
    spread, last_seen = money.concentration(amounts), newest_old_day(run, days=settings.horizon_days)
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


ONE_POINT = 0.01
NEEDS = ("leads.created_at", "opportunities.closed_at", DATED_WINS, "opportunities.amount")


@agenda(
    id="planner",
    title="From the revenue goal back to leads",
    question="How many leads does the next goal take, and what would one more rep or one more point bring?",
    needs=NEEDS,
)
def planner(facts: Facts, block: Block) -> Block:
    """Each step in one table, so that everybody can multiply along."""
    if facts.tables.lacking(*needs(facts, "won")):
        return replace(block, missing="Deals and leads are not linked in this data: map the lead of each deal.")
    if goal_of(facts) is None:
        place = facts.run.params.file("monthly.yaml")
        text = f"No revenue goal: set planner.goal in {place}, or add a target of metric won_value."
        return replace(block, missing=text)
    plan = numbers(facts)
    if plan is None:
        return replace(block, sentences=("Too few deals were won, or leads are too young, to plan from.",))
    return replace(
        block,
        sentences=(sentence(facts, plan), leads_sentence(plan), *what_if(facts, plan), *few(facts, plan)),
        tables=(_steps(facts, plan), _by_source(plan), _what_if_table(facts, plan)),
        prompts=("Which of these numbers do we not believe, and which one can we change?",),
        evidence=_evidence(facts, plan),
        metrics=_metrics(facts, plan),
    )


def span(r: Range) -> str:
    """`64 to 84`; open where nothing bounds it."""
    if math.isinf(r.high):
        return f"{wording.count(r.low)} or more"
    return wording.between(r.low, r.high)


def sentence(facts: Facts, plan: Plan) -> str:
    """The goal and its customers."""
    currency = facts.run.params.company.currency
    months = f"{plan.first:%B} to {wording.month(plan.last)}" if plan.months > 1 else wording.month(plan.first)
    return (
        f"The goal for {months}, {wording.money(plan.goal, currency)}, takes"
        f" {wording.plural(plan.customers.value, 'customer')} ({span(plan.customers)}) at"
        f" {wording.money(plan.amount.value, currency)} each."
    )


def leads_sentence(plan: Plan) -> str:
    """The leads that takes, beside today's pace."""
    if not plan.conversion.value:
        return f"No lead was won within {plan.horizon} days, so that nobody can say how many leads that takes."
    rate = wording.estimate(plan.conversion.value, plan.conversion.low, plan.conversion.high)
    return (
        f"{rate} of the leads become customers within {plan.horizon} days, so that it takes"
        f" {wording.plural(plan.leads.value, 'lead')} ({span(plan.leads)}) in today's mix of sources; today's pace"
        f" gives {wording.count(plan.pace)} in that time."
    )


def what_if(facts: Facts, plan: Plan) -> tuple[str, ...]:
    """What more reps and more points would bring."""
    currency, told = facts.run.params.company.currency, []
    if plan.reps and plan.extra_reps and wording.defined(plan.handed.estimate):
        customers, value = plan.by_reps
        who = "One more rep" if plan.extra_reps == 1 else f"{wording.plural(plan.extra_reps, 'more rep')}"
        told.append(
            f"{who} could take {wording.plural(plan.rep_leads, 'lead')} in that time, worth"
            f" {_few(customers)} and {_worth(value, currency)}, if marketing brings these leads."
        )
    if plan.extra_points:
        customers, value = plan.by_points
        one = plan.extra_points == ONE_POINT
        points = "One more point" if one else f"{plan.extra_points * 100:g} more points"
        told.append(
            f"{points} of conversion at today's pace would bring {_few(customers)} and {_worth(value, currency)}."
        )
    return tuple(told)


def few(facts: Facts, plan: Plan) -> tuple[str, ...]:
    """A warning where the plan stands on next to nothing."""
    if plan.deals >= facts.run.params.weekly.min_n:
        return ()
    return (f"All of this stands on {wording.plural(plan.deals, 'deal')} won, too few to lean on.",)


def _few(customers: Range) -> str:
    if customers.value < 1:
        return "less than one customer"
    text = f"{wording.pace(customers.value)} customers"
    if customers.low == customers.high:
        return text
    return f"{text} ({wording.pace(customers.low)} to {wording.pace(customers.high)})"


def _worth(value: Range, currency: str) -> str:
    low, high = (wording.money(x, currency) for x in (value.low, value.high))
    return f"{wording.money(value.value, currency)} ({low} to {high})"


def _steps(facts: Facts, plan: Plan) -> Table:
    currency = facts.run.params.company.currency

    def cash(x: float) -> str:
        return wording.money(x, currency)

    rate = plan.conversion
    rows = [
        ("Goal", cash(plan.goal), "", f"from {plan.where}"),
        ("÷ mean amount won", cash(plan.amount.value), f"{cash(plan.amount.low)} to {cash(plan.amount.high)}",
         f"{wording.plural(plan.deals, 'deal')} of twelve months; the largest is {wording.percent(plan.largest)} of"
         " their value"),
        ("= customers", wording.pace(plan.customers.value), span(plan.customers), ""),
        (f"÷ won within {plan.horizon} days", wording.percent(rate.value, width=0),
         wording.percent_range(rate.low, rate.high),
         f"{wording.plural(plan.old, 'lead')} that are old enough, in today's mix"),
        ("= leads", wording.count(plan.leads.value), span(plan.leads), f"today's pace: {wording.count(plan.pace)}"),
    ]  # fmt: skip
    heads = (Column("Step"), Column("Number", numeric=True), Column("Range", numeric=True), Column("From"))
    return Table(
        "From the goal to the leads",
        heads,
        tuple(rows),
        note="Shown rounded. A range takes the worst of each step together.",
    )


def _by_source(plan: Plan) -> Table:
    rows = [
        (
            s.name,
            wording.percent(s.now / sum(x.now for x in plan.sources), width=0),
            wording.estimate(s.rate.estimate, s.rate.low, s.rate.high),
            wording.count(s.rate.leads),
            wording.count(s.leads.value),
            span(s.leads),
            wording.pace(s.customers),
        )
        for s in plan.sources
    ]
    total: tuple[Cell, ...] = (
        "All", wording.percent(1.0, width=0),
        wording.estimate(plan.conversion.value, plan.conversion.low, plan.conversion.high),
        wording.count(plan.old), wording.count(plan.leads.value), span(plan.leads), wording.pace(plan.customers.value),
    )  # fmt: skip
    heads = ("Share of today's leads", "Become customers", "of leads", "Leads needed", "Range", "Customers")
    return Table(
        "Leads needed, by source",
        (Column("Source"), *(Column(h, numeric=True) for h in heads)),
        tuple(rows),
        total=total,
        note="Leads needed × share that become customers = customers.",
        folded=True,
    )


def _what_if_table(facts: Facts, plan: Plan) -> Table:
    currency, rows = facts.run.params.company.currency, []
    if plan.reps and plan.extra_reps and wording.defined(plan.handed.estimate):
        customers, value = plan.by_reps
        p = plan.handed
        how = (
            f"{wording.plural(plan.rep_leads, 'lead')}, what a rep can take in the mean of {wording.count(plan.reps)},"
            f" × {wording.estimate(p.estimate, p.low, p.high)}, won of {wording.count(p.leads)} handed over"
        )
        rows.append((f"+ {wording.plural(plan.extra_reps, 'rep')}", how, _few(customers), _worth(value, currency)))
    if plan.extra_points:
        customers, value = plan.by_points
        how = f"{wording.count(plan.pace)} leads at today's pace × {wording.percent(plan.extra_points)}"
        rows.append(("+ conversion", how, _few(customers), _worth(value, currency)))
    heads = (Column("What"), Column("How"), Column("Customers", numeric=True), Column("Value", numeric=True))
    return Table("What a little more would bring", heads, tuple(rows), folded=True)


def _evidence(facts: Facts, plan: Plan) -> Evidence:
    left = plan.now - sum(s.now for s in plan.sources)
    new = f"; {wording.plural(left, 'lead')} of sources without any lead that is old enough" if left else ""
    return evidence(
        facts,
        "plan_conversion",
        n=f"{wording.plural(plan.deals, 'deal')} won, {wording.plural(plan.old, 'lead')} old enough",
        excluded=f"customers won after {plan.horizon} days, who come on top; deals without an amount"
        f"{facts.in_currency}{new}",
        method="Garwood interval of the number of deals; Wilson interval on the rate standardised to today's mix; the"
        " spread of amounts is not in the ranges",
    )


def _metrics(facts: Facts, plan: Plan) -> tuple[Metric, ...]:
    currency = facts.run.params.company.currency
    where: dict[str, Any] = {"period": f"{plan.first} to {plan.last}"}

    def of(name: str, r: Range, n: float, source: str | None = None) -> Metric:
        return metric(name, r.value, low=r.low, high=r.high, n=n, source=source, currency=currency, **where)

    records = [
        metric("plan_goal", plan.goal, currency=currency, **where),
        of("plan_amount", plan.amount, plan.deals),
        metric("plan_largest", plan.largest, n=plan.deals, **where),
        of("plan_customers", plan.customers, plan.deals),
        of("plan_conversion", plan.conversion, plan.old),
        of("plan_leads", plan.leads, plan.old),
        metric("plan_leads_now", plan.pace, n=plan.now, **where),
        *(of("plan_leads", s.leads, s.rate.leads, s.name) for s in plan.sources),
        *(metric_of("plan_source_conversion", s.rate, n=s.rate.leads, source=s.name, **where) for s in plan.sources),
    ]
    if plan.extra_points:
        customers, value = plan.by_points
        records += [of("plan_point_customers", customers, plan.now), of("plan_point_value", value, plan.deals)]
    if plan.reps and plan.extra_reps and wording.defined(plan.handed.estimate):
        customers, value = plan.by_reps
        records += [
            metric_of("plan_mql_conversion", plan.handed, n=plan.handed.leads, **where),
            metric("plan_rep_leads", plan.rep_leads, n=plan.reps, **where),
            of("plan_rep_customers", customers, plan.handed.leads),
            of("plan_rep_value", value, plan.deals),
        ]
    return tuple(records)
