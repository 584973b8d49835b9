"""The month in revenue: won and lost beside earlier months and goals, by source, by segment, velocity (C1, C2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from alignment_lib.blocks.agenda import agenda, evidence, metric, metric_of
from alignment_lib.blocks.closed import knows_losses, undated
from alignment_lib.blocks.history import series
from alignment_lib.blocks.listing import listing
from alignment_lib.blocks.monthly import recap_tables
from alignment_lib.blocks.monthly.recap_numbers import Point, Recap, knows_open, numbers
from alignment_lib.facts import Facts
from alignment_lib.page.block import Block, Metric, Stat
from alignment_lib.stats import wording

NO_AMOUNT = "no won deal has an amount"


@agenda(
    id="recap",
    title="What was won and lost",
    question="What did the month bring, from where, and how does that stand to earlier months and the goal?",
    needs=("opportunities.closed_at",),
)
def recap(facts: Facts, block: Block) -> Block:
    """Won and lost of the month, by source and segment, concentration and velocity."""
    found = numbers(facts)
    told = (sentence(facts), _earlier(facts), _goals(facts), _quarter(facts), _concentration(found), _pace(facts))
    return replace(
        block,
        stats=_stats(facts, found),
        sentences=tuple(s for s in told if s),
        tables=recap_tables.tables(facts, found),
        evidence=evidence(
            facts,
            "cycle_days",
            *(("velocity",) if knows_open(facts) else ()),
            n=f"{wording.plural(len(found.now.rows), 'deal')} closed"
            + (f", {wording.count(len(found.open))} open" if knows_open(facts) else ""),
            excluded="; ".join(_excluded(facts, found)),
            method="medians with exact binomial limits; win rate with Wilson's interval; earlier months are whole",
        ),
        metrics=(*_metrics(facts, found), *recap_tables.metrics(facts, found)),
    )


def _currency(facts: Facts) -> str:
    return facts.run.params.company.currency


def _won(facts: Facts, point: Point, number: str) -> str:
    """`18 deals were won, worth € 213,450`."""
    worth = wording.money(point.value, _currency(facts)) if len(point.won) and wording.defined(point.value) else ""
    verb = "was" if len(point.won) < 2 else "were"
    return f"{number} {verb} won{f', worth {worth}' if worth else ''}"


def sentence(facts: Facts) -> str:
    """Won, their value, and lost."""
    now = numbers(facts).now
    so_far = "" if facts.run.as_of >= facts.run.ends else " so far"
    number = wording.plural(len(now.won), "deal") if len(now.won) else "no deal"
    lost = ""
    if knows_losses(facts):
        many = wording.count(len(now.lost)) if len(now.lost) else "none"
        lost = f"{', and' if len(now.won) else ' and'} {many} {'was' if len(now.lost) < 2 else 'were'} lost"
    return f"In {now.words}{so_far}, {_won(facts, now, number)}{lost}."


def _earlier(facts: Facts) -> str:
    """The month before and the same month a year before."""
    found, whole = numbers(facts), "" if facts.run.as_of >= facts.run.ends else "the whole of "
    parts = []
    for point in (found.before, found.year):
        if point is not None:
            number = wording.count(len(point.won)) if len(point.won) else "none"
            parts.append(f"in {whole}{point.words}, {_won(facts, point, number)}")
    if not parts:
        return "This data does not reach back to the month before."
    gap = "; this data does not reach back to the same month a year before" if found.year is None else ""
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}{gap}."


def _shares(facts: Facts, goals: tuple[tuple[float, float | None], tuple[float, float | None]]) -> str:
    (won, goal), (value, value_goal) = goals
    parts = []
    if goal:
        parts.append(f"{wording.percent(won / goal)} of the goal of {wording.plural(goal, 'deal')}")
    if value_goal and wording.defined(value):
        parts.append(
            f"{wording.percent(value / value_goal)} of the goal of {wording.money(value_goal, _currency(facts))}"
        )
    return wording.listing(parts)


def _goals(facts: Facts) -> str:
    found = numbers(facts)
    told = _shares(facts, ((len(found.now.won), found.goal), (found.now.value, found.value_goal)))
    if not told:
        return "No goal of deals or of won value is set for this month."
    if not len(found.now.won):
        return f"The goal of the month is {_wanted(facts, found.goal, found.value_goal)}."
    return f"That is {told} for the month."


def _wanted(facts: Facts, goal: float | None, value_goal: float | None) -> str:
    """`22 deals and € 335,000`."""
    value = wording.money(value_goal, _currency(facts)) if value_goal else ""
    return wording.listing([x for x in (wording.plural(goal, "deal") if goal else "", value) if x])


def _quarter(facts: Facts) -> str:
    line = numbers(facts).quarter
    if line is None:
        return ""
    told = _shares(facts, ((len(line.won), line.goal), (line.value, line.value_goal)))
    if told and not len(line.won):
        told = f"the goal is {_wanted(facts, line.goal, line.value_goal)}"
    number = wording.plural(len(line.won), "deal") if len(line.won) else "no deal"
    worth = wording.defined(line.value) and len(line.won)
    value = f", worth {wording.money(line.value, _currency(facts))}" if worth else ""
    verb = "was" if len(line.won) < 2 else "were"
    began = wording.day(line.span.first)
    return f"Since the quarter began on {began}, {number} {verb} won{value}{f': {told}' if told else ''}."


def _concentration(found: Recap) -> str:
    """How much of the value hangs on the three largest; nothing to say of three deals or fewer."""
    if found.shares.n_deals <= 3 or not wording.defined(found.shares.top3):
        return ""
    return f"The three largest deals make up {wording.percent(found.shares.top3)} of the won value."


def _pace(facts: Facts) -> str:
    speed = numbers(facts).velocity
    if not knows_open(facts) or not wording.defined(speed.value_per_day) or not speed.value_per_day:
        return ""
    day = wording.money(speed.value_per_day, _currency(facts))
    return f"At the month's win rate, deal size and time to win, the open deals bring in {day} a day."


def _excluded(facts: Facts, found: Recap) -> list[str]:
    unpriced = int(found.now.won["amount"].isna().sum()) if found.now.priced else 0
    parts = [f"from the amounts, {wording.plural(unpriced, 'won deal')} without one"] if unpriced else []
    untimed = int(found.now.won[found.days_name].isna().sum())
    if untimed:
        parts.append(f"from the days, {wording.plural(untimed, 'won deal')} without a usable date of its beginning")
    parts += undated(facts)
    if not knows_losses(facts):
        parts.append("this data holds won deals only")
    elif not knows_open(facts):
        parts.append("open deals: this data does not say when a deal was created")
    return parts


def _stats(facts: Facts, found: Recap) -> tuple[Stat, ...]:
    now, history = found.now, series(facts, "won")
    of_goal = f"of {wording.count(found.goal)} promised" if found.goal else ""
    opened = listing(facts, now.won, "deals") if len(now.won) else None
    months = tuple(history.months[-13:]) if history else ()
    stats = [Stat("Won", wording.count(len(now.won)), of_goal, "sales", history=months, listing=opened)]
    if wording.defined(now.value):
        of_value = f"of {wording.money(found.value_goal, _currency(facts))}" if found.value_goal else ""
        stats.append(Stat("Won value", wording.money(now.value, _currency(facts)), of_value, "both"))
    if knows_losses(facts):
        opened = listing(facts, now.lost, "deals") if len(now.lost) else None
        stats.append(Stat("Lost", wording.count(len(now.lost)), "", "sales", listing=opened))
        rate = found.rate
        stats.append(
            Stat("Win rate", wording.percent(rate.estimate), wording.percent_range(rate.low, rate.high), "sales")
        )
    return tuple(stats)


def _metrics(facts: Facts, found: Recap) -> list[Metric]:
    now, currency = found.now, _currency(facts)
    records = []
    for point in (p for p in (now, found.before, found.year) if p is not None):
        where: dict[str, Any] = {"period": point.label}
        records.append(metric("won", len(point.won), n=len(point.won), **where))
        if point.priced:
            priced, told = int(point.won["amount"].notna().sum()), "" if wording.defined(point.value) else NO_AMOUNT
            records.append(metric("won_value", point.value, n=priced, reason=told, currency=currency, **where))
        if knows_losses(facts):
            records.append(metric("lost", len(point.lost), n=len(point.lost), **where))
    if knows_losses(facts):
        records.append(metric_of("win_rate", found.rate, n=len(now.rows), period=now.label))
    spans = [(now.label, len(now.won), now.value, found.goal, found.value_goal)]
    if found.quarter is not None and found.quarter.span.period != now.label:
        line = found.quarter
        spans.append((line.span.period or "", len(line.won), line.value, line.goal, line.value_goal))
        records.append(metric("won", len(line.won), n=len(line.won), period=line.span.period))
        if now.priced:
            priced, told = int(line.won["amount"].notna().sum()), "" if wording.defined(line.value) else NO_AMOUNT
            where = {"period": line.span.period}
            records.append(metric("won_value", line.value, n=priced, reason=told, currency=currency, **where))
    for period, won, value, goal, value_goal in spans:
        records += _goal_metrics(period, won, value, goal, value_goal, currency)
    return records + _speed(facts, found, currency)


def _goal_metrics(
    period: str, won: int, value: float, goal: float | None, value_goal: float | None, currency: str
) -> list[Metric]:
    records = []
    if goal:
        records.append(metric("won_goal", goal, period=period))
        records.append(metric("won_goal_reached", won / goal, n=won, period=period))
    if value_goal:
        reason = "" if wording.defined(value) else NO_AMOUNT
        records.append(metric("won_value_goal", value_goal, period=period, currency=currency))
        records.append(metric("goal_reached", value / value_goal, n=won, reason=reason, period=period))
    return records


def _speed(facts: Facts, found: Recap, currency: str) -> list[Metric]:
    label, speed, n = found.now.label, found.velocity, len(found.now.won)
    records = [
        metric("top_three_share", found.shares.top3, n=found.shares.n_deals, reason=found.shares.reason, period=label),
        metric("mean_won_value", speed.mean_won_value, n=n, currency=currency, period=label,
               reason="" if wording.defined(speed.mean_won_value) else NO_AMOUNT),
        metric_of("deal_days", found.cycle, n=found.cycle.n_deals, period=label),
    ]  # fmt: skip
    if knows_open(facts):
        records += [
            metric("open_deals", len(found.open), n=len(found.open), period=label),
            metric("velocity", speed.value_per_day, n=n, reason=speed.reason, currency=currency, period=label),
        ]
    return records
