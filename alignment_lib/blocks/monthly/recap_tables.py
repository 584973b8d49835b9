"""Tables of the month's recap: beside earlier months, by source, by segment, velocity."""

from __future__ import annotations

from typing import Any

import pandas as pd

from alignment_lib.blocks.agenda import metric, metric_of
from alignment_lib.blocks.closed import knows_losses
from alignment_lib.blocks.listing import counted
from alignment_lib.blocks.monthly.recap_numbers import Point, Recap, knows_open, total
from alignment_lib.facts import Facts
from alignment_lib.facts.facts import UNKNOWN
from alignment_lib.page.block import Cell, Column, Metric, Table
from alignment_lib.stats import money, wording

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
    columns.append(Column(f"Days from {found.timed}", "median", numeric=True))
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


def _days(found: Recap, won: pd.DataFrame) -> money.Median:
    return money.median_ci(won[found.days_name].dropna().to_numpy(), conf=found.conf)


def _cells(facts: Facts, found: Recap, rows: pd.DataFrame, still: pd.DataFrame, losses: bool) -> tuple[Cell, ...]:
    point = Point(found.now.month, rows, found.now.priced)
    days = _days(found, point.won)
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
    days, ages = _days(found, point.won), still["days"].dropna()
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
        value, why = total(point.won), "no won deal has an amount"
        records.append(
            metric("won_value", value, n=int(point.won["amount"].notna().sum()), period=label,
                   reason="" if wording.defined(value) else why, currency=facts.run.params.company.currency, **where)
        )  # fmt: skip
    return records
