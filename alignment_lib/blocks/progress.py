"""What was won in the day, week and month so far, beside the same point before and the goal (C1)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import pandas as pd

from alignment_lib.blocks.agenda import agenda, evidence, metric, worth
from alignment_lib.blocks.closed import knows_losses, undated
from alignment_lib.blocks.history import data_begins
from alignment_lib.blocks.listing import counted
from alignment_lib.blocks.spans import Span, goal, same_point, spans
from alignment_lib.facts import Facts
from alignment_lib.facts.money_frames import closings
from alignment_lib.page.block import Block, Cell, Column, Metric, Table
from alignment_lib.stats import wording
from alignment_lib.stats.days import epoch_day


@dataclass(frozen=True, eq=False)
class Line:
    """Deals won and lost in a span so far and by the same point before; None where the data begins later."""

    span: Span
    won: pd.DataFrame
    lost: pd.DataFrame
    won_before: pd.DataFrame | None
    lost_before: pd.DataFrame | None
    value: float
    value_before: float
    goal: float | None
    """Of deals won."""
    value_goal: float | None

    @property
    def counts(self) -> int:
        """Deals in any of the four counts."""
        parts = (self.won, self.lost, self.won_before, self.lost_before)
        return sum(len(rows) for rows in parts if rows is not None)

    @property
    def reached(self) -> float:
        return len(self.won) / self.goal if self.goal else math.nan

    @property
    def value_reached(self) -> float:
        return self.value / self.value_goal if self.value_goal else math.nan


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> dict[str, Line]:
    """By `day`, `week`, `month` and, where it has a goal, `quarter`."""
    begun = spans(facts)
    first = min(s.before_first for s in begun.values())
    frame = closings(facts, first_day=epoch_day(first), last_day=facts.run.last_day)
    return {name: _line(facts, frame, span) for name, span in begun.items()}


def _line(facts: Facts, frame: pd.DataFrame, span: Span) -> Line:
    began, first = epoch_day(span.first), epoch_day(span.before_first)
    then = frame["closed_day"].between(first, epoch_day(span.before_last)) & (
        frame["closed_s"] < same_point(facts, span)
    )
    now, before = frame[frame["closed_day"] >= began], frame[then]
    known = first >= data_begins(facts, "opportunities")
    won, won_before = _of(now, "won"), _of(before, "won") if known else None
    return Line(
        span=span,
        won=won,
        lost=_of(now, "lost"),
        won_before=won_before,
        lost_before=_of(before, "lost") if known else None,
        value=_value(facts, won),
        value_before=_value(facts, won_before),
        goal=goal(facts, "won", first=span.first, last=span.last),
        value_goal=goal(facts, "won_value", first=span.first, last=span.last),
    )


def _of(frame: pd.DataFrame, outcome: str) -> pd.DataFrame:
    return frame[frame["outcome"] == outcome]


def _value(facts: Facts, won: pd.DataFrame | None) -> float:
    """The amount of deals; nan where it is not known of any."""
    if won is None or not facts.tables.has("opportunities.amount"):
        return math.nan
    priced = won["amount"].dropna()
    return math.fsum(priced) if len(priced) or not len(won) else math.nan


@agenda(
    id="progress",
    title="Day, week and month so far",
    question="How much was won, beside the same point before and the goal?",
    side="sales",
    needs=("opportunities.closed_at",),
)
def progress(facts: Facts, block: Block) -> Block:
    """Count and amount of the last day, the week, the month and a quarter that has a goal."""
    lines = numbers(facts)
    month = lines["month"]
    lost = f" and {wording.count(len(month.lost))} lost" if knows_losses(facts) else ""
    told = (sentence(facts), _goals(facts, "month", month), _quarter(facts))
    return replace(
        block,
        sentences=tuple(s for s in told if s),
        tables=(_table(facts, lines),) if any(line.counts for line in lines.values()) else (),
        evidence=evidence(
            facts,
            "won_before",
            n=f"{wording.plural(len(month.won), 'deal')} won{lost} in {month.span.name}",
            excluded="; ".join(_excluded(facts, lines)),
            method="plain counts and sums; small counts differ from month to month by chance alone",
        ),
        metrics=tuple(m for line in lines.values() for m in _metrics(facts, line)),
    )


def sentence(facts: Facts) -> str:
    """The month so far beside the same point of the month before."""
    month = numbers(facts)["month"]
    name = f"{month.span.before_first:%B}"
    before = f"this data does not reach back to the first of {name}"
    if month.won_before is not None:
        count = wording.count(len(month.won_before)) if len(month.won_before) else "none"
        before = f"by the same day of {name} it was {count}{_worth(facts, month.won_before, month.value_before)}"
    return f"In {month.span.name} {_won(facts, month)}; {before}."


def _won(facts: Facts, line: Line) -> str:
    count = len(line.won)
    number = wording.plural(count, "deal") if count else "no deal"
    return f"{number} {'were' if count > 1 else 'was'} won{_worth(facts, line.won, line.value)}"


def _worth(facts: Facts, won: pd.DataFrame, value: float) -> str:
    if not len(won) or not wording.defined(value):
        return ""
    return f", worth {worth(facts, value, int(won['amount'].isna().sum()))}"


def _goals(facts: Facts, what: str, line: Line) -> str:
    """How much of each goal of a span is reached; empty without a goal."""
    parts = []
    if line.value_goal and wording.defined(line.value):
        parts.append((line.value_reached, wording.money(line.value_goal, facts.run.params.company.currency)))
    if line.goal:
        parts.append((line.reached, wording.plural(line.goal, "deal")))
    if not parts:
        return ""
    if not len(line.won):
        return f"The goal for the {what} is {wording.listing([goal for _, goal in parts])}."
    told = wording.listing([f"{wording.percent(share)} of the goal of {goal}" for share, goal in parts])
    return f"That is {told} for the {what}."


def _quarter(facts: Facts) -> str:
    line = numbers(facts).get("quarter")
    if line is None:
        return ""
    began = wording.short_day(line.span.first)
    return f"Since {began}, when the quarter began, {_won(facts, line)}. {_goals(facts, 'quarter', line)}".strip()


def _excluded(facts: Facts, lines: dict[str, Line]) -> list[str]:
    won, begins = lines["month"].won, data_begins(facts, "opportunities")
    unpriced = int(won["amount"].isna().sum()) if facts.tables.has("opportunities.amount") else 0
    one = f"one{facts.in_currency}"
    parts = [f"from the amounts, {wording.plural(unpriced, 'won deal')} without {one}"] if unpriced else []
    if min(epoch_day(line.span.first) for line in lines.values()) < begins:
        parts.append(f"what closed before this data begins, {wording.day(begins)}")
    parts += undated(facts)
    return parts


def _table(facts: Facts, lines: dict[str, Line]) -> Table:
    currency, before = facts.run.params.company.currency, Column("same point before", numeric=True)
    heads = [Column("Period"), Column("Won", numeric=True), before]
    if any(line.goal for line in lines.values()):
        heads.append(Column("of the goal", "deals", numeric=True))
    if facts.tables.has("opportunities.amount"):
        heads += [Column("Won value", currency, numeric=True), Column("same point before", currency, numeric=True)]
        if any(line.value_goal for line in lines.values()):
            heads.append(Column("of the goal", currency, numeric=True))
    if knows_losses(facts):
        heads += [Column("Lost", numeric=True), before]
    partial = "" if facts.run.as_of >= facts.run.ends else "; the last day is not over, so up to the same time of day"
    return Table(
        "Won so far, beside the same point before",
        tuple(heads),
        tuple(_row(facts, heads, line) for line in lines.values()),
        note=f"Same point before: the day, week, month or quarter before, up to the same day{partial}.",
    )


def _row(facts: Facts, heads: list[Column], line: Line) -> tuple[Cell, ...]:
    """As many cells as there are heads: what the data or the goals do not hold has no column."""
    cells: list[Cell] = [line.span.name, counted(facts, line.won, "deals"), _counted(facts, line.won_before)]
    shown = {(h.label, h.unit) for h in heads}
    currency = facts.run.params.company.currency
    if ("of the goal", "deals") in shown:
        cells.append(_share(line.reached, line.goal))
    if ("Won value", currency) in shown:
        cells += [wording.count(line.value), wording.count(line.value_before)]
    if ("of the goal", currency) in shown:
        cells.append(_share(line.value_reached, line.value_goal))
    if knows_losses(facts):
        cells += [counted(facts, line.lost, "deals"), _counted(facts, line.lost_before)]
    return tuple(cells)


def _counted(facts: Facts, rows: pd.DataFrame | None) -> Cell:
    return wording.NOTHING if rows is None else counted(facts, rows, "deals")


def _share(reached: float, goal: float | None) -> str:
    return f"{wording.percent(reached)} of {wording.count(goal)}" if wording.defined(reached) else wording.NOTHING


def _metrics(facts: Facts, line: Line) -> list[Metric]:
    """The week's won value is recorded with the deals that closed."""
    period, currency = line.span.period, facts.run.params.company.currency
    counts = {"won": line.won, "won_before": line.won_before}
    if knows_losses(facts):
        counts |= {"lost": line.lost, "lost_before": line.lost_before}
    records = [metric(name, len(r), n=len(r), period=period) for name, r in counts.items() if r is not None]
    values = {"won_value": (line.value, line.won), "won_value_before": (line.value_before, line.won_before)}
    if facts.tables.has("opportunities.amount"):
        records += [
            metric(
                name,
                value,
                n=int(r["amount"].notna().sum()),
                reason=_reason(facts, value),
                period=period,
                currency=currency,
            )
            for name, (value, r) in values.items()
            if r is not None and (name, period) != ("won_value", None)
        ]
    if line.goal:
        records.append(metric("won_goal", line.goal, period=period))
        records.append(metric("won_goal_reached", line.reached, n=len(line.won), period=period))
    if line.value_goal and facts.tables.has("opportunities.amount"):
        records.append(metric("won_value_goal", line.value_goal, period=period, currency=currency))
        reached = line.value_reached
        records.append(metric("goal_reached", reached, n=len(line.won), reason=_reason(facts, reached), period=period))
    return records


def _reason(facts: Facts, value: float) -> str:
    return "" if wording.defined(value) else f"no won deal has an amount{facts.in_currency}"
