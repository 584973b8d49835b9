"""From a revenue goal back to customers and leads (C24), and what one more rep or one more point would bring."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from alignment_lib.blocks.agenda import agenda, evidence, metric, metric_of
from alignment_lib.blocks.monthly.planner_numbers import Plan, Range, goal_of, numbers
from alignment_lib.facts import Facts
from alignment_lib.facts.cohort_frames import needs
from alignment_lib.page.block import Block, Cell, Column, Evidence, Metric, Table
from alignment_lib.stats import wording

ONE_POINT = 0.01
NEEDS = ("leads.created_at", "opportunities.closed_at", "opportunities.amount")


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
        text = "No revenue goal: set planner.goal in params/monthly.yaml, or add a target of metric won_value."
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
        excluded=f"customers won after {plan.horizon} days, who come on top; deals without an amount{new}",
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
