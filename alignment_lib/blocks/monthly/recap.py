"""The month in revenue: won and lost beside earlier months and goals, by source, by segment, velocity (C1, C2)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

import pandas as pd

from alignment_lib.blocks.agenda import agenda, evidence, metric, metric_of, worth
from alignment_lib.blocks.closed import days_to_win, knows_losses, lacks_losses, timed_from, undated, untimed
from alignment_lib.blocks.history import data_begins, series
from alignment_lib.blocks.listing import counted, listing
from alignment_lib.blocks.progress import Line
from alignment_lib.blocks.progress import numbers as won_so_far
from alignment_lib.blocks.spans import goal
from alignment_lib.facts import Facts, closed_deals
from alignment_lib.facts.facts import UNKNOWN
from alignment_lib.facts.revenue_frames import open_deals
from alignment_lib.page.block import Block, Cell, Column, Metric, Stat, Table
from alignment_lib.params.period import Month, month_start
from alignment_lib.stats import estimates, money, wording
from alignment_lib.stats.days import epoch_day

# The month's won and lost deals beside the month before, the same month a year before, and the goal.


@dataclass(frozen=True, eq=False)
class Point:
    """The deals closed in a month."""

    month: Month
    rows: pd.DataFrame
    priced: bool
    """Whether the data knows amounts at all."""

    @property
    def won(self) -> pd.DataFrame:
        return self.rows[self.rows["outcome"] == "won"]

    @property
    def lost(self) -> pd.DataFrame:
        return self.rows[self.rows["outcome"] == "lost"]

    @property
    def value(self) -> float:
        return total(self.won) if self.priced else math.nan

    @property
    def words(self) -> str:
        return wording.month(self.month.first)

    @property
    def label(self) -> str:
        return self.month.label


@dataclass(frozen=True, eq=False)
class Recap:
    """What the block prints; months that the data does not reach back to are None."""

    now: Point
    before: Point | None
    year: Point | None
    goal: float | None
    value_goal: float | None
    quarter: Line | None
    open: pd.DataFrame
    """Deals open when the month ended; `days` is their age."""
    rate: estimates.Proportion
    shares: money.Concentration
    velocity: money.Velocity
    cycle: money.Median
    """Days from deal to won."""
    conf: float

    @property
    def timed(self) -> str:
        """From where the days to win count."""
        return timed_from(self.now.won)


def total(rows: pd.DataFrame) -> float:
    """The amounts of some deals; nan where there are deals but none has an amount."""
    priced = rows["amount"].dropna()
    return math.fsum(priced) if len(priced) or not len(rows) else math.nan


def knows_open(facts: Facts) -> bool:
    """Whether the data tells which deals are open: those that are not won are in it, with the day of their creation."""
    return knows_losses(facts) and facts.tables.has("opportunities.created_at")


def end_of(facts: Facts) -> int:
    """The instant, in epoch seconds, at which the period ends, or as-of where that is earlier."""
    return int(min(facts.run.as_of, facts.run.ends).timestamp())


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Recap:
    """Everything the block prints."""
    run, conf = facts.run, facts.run.params.weekly.confidence
    month = Month(run.period.first)
    now = _point(facts, month, run.last_day)
    rate = estimates.proportion(converted=len(now.won), leads=len(now.rows), conf=conf)
    still = open_deals(facts, at_s=end_of(facts))
    cycle = money.median_ci(now.won["deal_days"].dropna().to_numpy(), conf=conf)
    priced = now.won["amount"].dropna() if now.priced else pd.Series(dtype=float)
    return Recap(
        now=now,
        before=_known(facts, month.shifted(-1)),
        year=_known(facts, month.shifted(-12)),
        goal=goal(facts, "won", first=month.first, last=month.last),
        value_goal=goal(facts, "won_value", first=month.first, last=month.last),
        quarter=won_so_far(facts).get("quarter"),
        open=still.assign(days=still["lead_days"].fillna(still["deal_days"])),
        rate=rate,
        shares=money.concentration(priced[priced >= 0]),
        velocity=money.velocity(
            opportunities=len(still),
            win_rate=rate.estimate,
            mean_won_value=max(float(priced.mean()), 0.0) if len(priced) else math.nan,
            cycle_days=cycle.estimate,
        ),
        cycle=cycle,
        conf=conf,
    )


def _point(facts: Facts, month: Month, last_day: int) -> Point:
    rows = closed_deals(facts, first_day=epoch_day(month.first), last_day=last_day)
    return Point(month, rows, facts.tables.has("opportunities.amount"))


def _known(facts: Facts, month: Month) -> Point | None:
    """A whole month before; None where the data begins later."""
    if epoch_day(month.first) < data_begins(facts, "opportunities"):
        return None
    return _point(facts, month, epoch_day(month.last))


def year_before(facts: Facts) -> date:
    """The first day of the month a year before the report's."""
    return month_start(facts.run.period.first, 12)


# Tables of the month's recap: beside earlier months, by source, by segment, velocity.

GROUPS = {"source": "Source", "segment": "Segment"}


def tables(facts: Facts, found: Recap) -> tuple[Table, ...]:
    """All of them; those without rows are left out."""
    made = [_beside(facts, found), *(_by(facts, found, name) for name in GROUPS), _velocity(facts, found)]
    return tuple(t for t in made if t is not None)


def _beside(facts: Facts, found: Recap) -> Table:
    """The month, the month before, the year before."""
    currency, losses = facts.run.params.company.currency, knows_losses(facts)
    columns = [Column("Month"), Column("Won", "deals", numeric=True)]
    columns += [Column("Won value", currency, numeric=True)] if found.now.priced else []
    columns += [Column("Lost", "deals", numeric=True)] if losses else []
    points = [p for p in (found.now, found.before, found.year) if p is not None]
    rows: list[tuple[Cell, ...]] = [(p.words, *_counts(facts, p, losses)) for p in points]
    if found.goal or found.value_goal:
        goal = ("Goal of the month", wording.count(found.goal), wording.count(found.value_goal), wording.NOTHING)
        shown = [True, True, found.now.priced, losses]
        rows.append(tuple(cell for cell, there in zip(goal, shown, strict=True) if there))
    return Table("The month beside earlier ones and its goal", tuple(columns), tuple(rows))


def _counts(facts: Facts, point: Point, losses: bool) -> tuple[Cell, ...]:
    value: list[Cell] = [wording.count(point.value)] if point.priced else []
    lost = [counted(facts, point.lost, "deals")] if losses else []
    return (counted(facts, point.won, "deals"), *value, *lost)


def _by(facts: Facts, found: Recap, name: str) -> Table | None:
    """Won, lost, value and days by a dimension, with what is still open."""
    rows, still = found.now.rows, found.open
    names = sorted(set(rows[name]) | set(still[name]))
    if not set(names) - {UNKNOWN}:
        return None
    currency, losses = facts.run.params.company.currency, knows_losses(facts)
    won = {value: int(((rows[name] == value) & (rows["outcome"] == "won")).sum()) for value in names}
    names.sort(key=lambda value: (-won[value], value))
    columns = [Column(GROUPS[name]), Column("Won", "deals", numeric=True)]
    columns += [Column("Won value", currency, numeric=True)] if found.now.priced else []
    columns += [Column("Lost", "deals", numeric=True)] if losses else []
    columns.append(Column("Days to win", "median", numeric=True))
    if knows_open(facts):
        columns += [Column("Open", "deals", numeric=True), Column("Their age", "days, median", numeric=True)]
    body = tuple(
        (value, *_cells(facts, found, rows[rows[name] == value], still[still[name] == value], losses))
        for value in names
    )
    return Table(
        f"By {name}",
        tuple(columns),
        body,
        total=("All", *_cells(facts, found, rows, still, losses)),
        note=_note(knows_open(facts)) if name == "source" else "",
        folded=len(body) > 12,
    )


def _note(opened: bool) -> str:
    fast = "The days are those of deals that are won already; open deals have not got there yet, so that slow deals are"
    return f"{fast} missing from them." if opened else ""


def _cells(facts: Facts, found: Recap, rows: pd.DataFrame, still: pd.DataFrame, losses: bool) -> tuple[Cell, ...]:
    point = Point(found.now.month, rows, found.now.priced)
    days = days_to_win(point.won, conf=found.conf)
    shown = wording.count(days.estimate)
    if wording.defined(days.low):
        shown = f"{shown} ({wording.between(days.low, days.high)})"
    ages = still["days"].dropna()
    age = wording.count(float(ages.median()) if len(ages) else None)
    return (
        *_counts(facts, point, losses),
        shown,
        *((counted(facts, still, "deals"), age) if knows_open(facts) else ()),
    )


def _velocity(facts: Facts, found: Recap) -> Table | None:
    """The four factors and their product."""
    if not knows_open(facts) or not found.now.priced:
        return None
    currency, speed, rate, cycle = facts.run.params.company.currency, found.velocity, found.rate, found.cycle
    limits = f" ({wording.between(cycle.low, cycle.high)})" if wording.defined(cycle.low) else ""
    cells: tuple[Cell, ...] = (
        counted(facts, found.open, "deals"),
        wording.estimate(rate.estimate, rate.low, rate.high),
        wording.money(speed.mean_won_value, currency),
        f"{wording.count(cycle.estimate)}{limits}",
        wording.money(speed.value_per_day, currency),
    )
    heads = ("Open deals", "× win rate", "× mean won value", "÷ days from deal to won", "= value a day")
    why = f" It cannot be told: {speed.reason.replace('_', ' ')}." if speed.reason else ""
    return Table(
        "Velocity and its four factors",
        tuple(Column(h, numeric=True) for h in heads),
        (cells,),
        note=f"Four noisy factors that hang together: read them one by one; the product is no forecast.{why}",
    )


def metrics(facts: Facts, found: Recap) -> list[Metric]:
    """What the tables by source and segment hold, and the total's days and ages."""
    records = _of_group(facts, found, found.now.rows, found.open, {}, whole=True)
    for name in GROUPS:
        rows, still = found.now.rows, found.open
        for value in sorted(set(rows[name]) | set(still[name])):
            where: dict[str, Any] = {name: str(value)}
            records += _of_group(facts, found, rows[rows[name] == value], still[still[name] == value], where)
    return records


def _of_group(
    facts: Facts, found: Recap, rows: pd.DataFrame, still: pd.DataFrame, where: dict[str, Any], *, whole: bool = False
) -> list[Metric]:
    point, label, losses = Point(found.now.month, rows, found.now.priced), found.now.label, knows_losses(facts)
    days, ages = days_to_win(point.won, conf=found.conf), still["days"].dropna()
    records = [metric_of("cycle_days", days, n=days.n_deals, period=label, **where)]
    if knows_open(facts):
        age = float(ages.median()) if len(ages) else None
        why = "" if len(ages) else "no open deal has a date"
        records.append(metric("open_age_days", age, n=len(ages), reason=why, period=label, **where))
    if whole:
        return records
    records.append(metric("won", len(point.won), n=len(point.won), period=label, **where))
    if losses:
        records.append(metric("lost", len(point.lost), n=len(point.lost), period=label, **where))
    if knows_open(facts):
        records.append(metric("open_deals", len(still), n=len(still), period=label, **where))
    if point.priced:
        value = total(point.won)
        records.append(
            metric("won_value", value, n=int(point.won["amount"].notna().sum()), period=label,
                   reason=_unpriced(facts, value), currency=facts.run.params.company.currency, **where)
        )  # fmt: skip
    return records


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
        tables=tables(facts, found),
        evidence=evidence(
            facts,
            "cycle_days",
            *(("velocity",) if knows_open(facts) else ()),
            n=f"{wording.plural(len(found.now.rows), 'deal')} closed"
            + (f", {wording.count(len(found.open))} open" if knows_open(facts) else ""),
            excluded="; ".join(_excluded(facts, found)),
            method="medians with exact binomial limits; win rate with Wilson's interval; earlier months are whole",
        ),
        metrics=(*_metrics(facts, found), *metrics(facts, found)),
    )


def _unpriced(facts: Facts, value: float) -> str:
    return "" if wording.defined(value) else f"no won deal has an amount{facts.in_currency}"


def _currency(facts: Facts) -> str:
    return facts.run.params.company.currency


def _won(facts: Facts, point: Point, number: str) -> str:
    """`18 deals were won, worth € 213,450`."""
    verb = "was" if len(point.won) < 2 else "were"
    return f"{number} {verb} won{_worth(facts, point.won, point.value)}"


def _worth(facts: Facts, won: pd.DataFrame, value: float) -> str:
    if not len(won) or not wording.defined(value):
        return ""
    return f", worth {worth(facts, value, int(won['amount'].isna().sum()))}"


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
    verb = "was" if len(line.won) < 2 else "were"
    began = wording.day(line.span.first)
    value = _worth(facts, line.won, line.value)
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
    one = f"one{facts.in_currency}"
    parts = [f"from the amounts, {wording.plural(unpriced, 'won deal')} without {one}"] if unpriced else []
    parts += untimed(found.now.won) + undated(facts)
    if not knows_losses(facts):
        parts.append(lacks_losses(facts))
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
            priced, told = int(point.won["amount"].notna().sum()), _unpriced(facts, point.value)
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
            priced, told = int(line.won["amount"].notna().sum()), _unpriced(facts, line.value)
            where = {"period": line.span.period}
            records.append(metric("won_value", line.value, n=priced, reason=told, currency=currency, **where))
    for period, won, value, promised, value_goal in spans:
        records += _goal_metrics(facts, period, won, value, promised, value_goal)
    return records + _speed(facts, found, currency)


def _goal_metrics(
    facts: Facts, period: str, won: int, value: float, goal: float | None, value_goal: float | None
) -> list[Metric]:
    records = []
    if goal:
        records.append(metric("won_goal", goal, period=period))
        records.append(metric("won_goal_reached", won / goal, n=won, period=period))
    if value_goal:
        reason = _unpriced(facts, value)
        records.append(metric("won_value_goal", value_goal, period=period, currency=_currency(facts)))
        records.append(metric("goal_reached", value / value_goal, n=won, reason=reason, period=period))
    return records


def _speed(facts: Facts, found: Recap, currency: str) -> list[Metric]:
    label, speed, n = found.now.label, found.velocity, len(found.now.won)
    records = [
        metric("top_three_share", found.shares.top3, n=found.shares.n_deals, reason=found.shares.reason, period=label),
        metric("mean_won_value", speed.mean_won_value, n=n, currency=currency, period=label,
               reason=_unpriced(facts, speed.mean_won_value)),
        metric_of("deal_days", found.cycle, n=found.cycle.n_deals, period=label),
    ]  # fmt: skip
    if knows_open(facts):
        records += [
            metric("open_deals", len(found.open), n=len(found.open), period=label),
            metric("velocity", speed.value_per_day, n=n, reason=speed.reason, currency=currency, period=label),
        ]
    return records
