"""How far the deals that are expected to close cover what is missing to the goal of won value (C6)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import pandas as pd

from alignment_lib.blocks.agenda import metric, worth
from alignment_lib.blocks.listing import counted
from alignment_lib.blocks.pipeline_week import Part, end_s, week
from alignment_lib.blocks.progress import Line
from alignment_lib.blocks.progress import numbers as won_so_far
from alignment_lib.facts import Facts
from alignment_lib.facts.money_frames import expected_to_close
from alignment_lib.page.block import Cell, Column, Metric, Table
from alignment_lib.params.period import local_day
from alignment_lib.stats import wording
from alignment_lib.stats.days import epoch_day

NEEDS = "opportunities.expected_close_on"


@dataclass(frozen=True, eq=False)
class Coverage:
    """Open deals by the day on which their closing is expected, against the goal of a quarter, else of a month."""

    what: str
    """`quarter` or `month`."""
    line: Line
    due_rows: pd.DataFrame
    """Expected from now to the end of that period."""
    overdue_rows: pd.DataFrame
    """Expected on a day that has passed."""
    today: int
    """Epoch day from which an expected day has not passed."""

    @property
    def due(self) -> Part:
        return _part(self.due_rows)

    @property
    def overdue(self) -> Part:
        return _part(self.overdue_rows)

    @property
    def goal(self) -> float | None:
        return self.line.value_goal

    @property
    def missing(self) -> float:
        """To the goal; nan without one, or where the won value is not known."""
        return max(self.goal - self.line.value, 0.0) if self.goal else math.nan

    @property
    def over(self) -> bool:
        return self.today > epoch_day(self.line.span.last)

    @property
    def ratio(self) -> float:
        """Amount due over what is missing; nan where nothing is missing, and once the period is over."""
        return self.due.amount / self.missing if self.missing and not self.over else math.nan

    @property
    def reason(self) -> str:
        """Why there is no ratio."""
        if wording.defined(self.ratio):
            return ""
        if not self.goal:
            return "no goal of won value"
        if self.over:
            return f"the {self.what} is over"
        return "the goal is reached" if self.missing == 0 else "no amounts are known"


@lru_cache(maxsize=8)
def coverage(facts: Facts) -> Coverage | None:
    """Coverage of the quarter where a goal of won value is set for it, else of the month; None without days."""
    if not facts.tables.has(NEEDS, "opportunities.open_amount"):
        return None
    lines = won_so_far(facts)
    what = "quarter" if "quarter" in lines and lines["quarter"].value_goal else "month"
    line, at_s = lines[what], end_s(facts)
    today = epoch_day(local_day(datetime.fromtimestamp(at_s, UTC), facts.run.params.timezone))
    rows = expected_to_close(facts, open_at_s=at_s, last_day=max(epoch_day(line.span.last), today - 1))
    passed = rows["expected_day"] < today
    return Coverage(what, line, rows[~passed], rows[passed], today)


def _part(rows: pd.DataFrame) -> Part:
    return Part(len(rows), int(rows["cents"].sum()), int(rows["cents"].notna().sum()))


def clause(facts: Facts) -> str:
    """What of the open pipeline is expected by when, and how that stands to the goal; else what to connect."""
    found = coverage(facts)
    if found is None:
        lacking = facts.tables.lacking(NEEDS, "opportunities.open_amount")
        if set(lacking) & set(facts.tables.cannot):
            return "; how far that covers a goal this data cannot tell"
        return f"; to see how far that covers a goal, map {lacking[0]} in {facts.run.params.mapping_file}"
    if found.over:
        return ""
    currency = facts.run.params.company.currency
    part = wording.money(found.due.amount, currency) if wording.defined(found.due.amount) else "an unknown part"
    due = part if found.due.deals else "none"
    told = f"; {due} of it is expected to close by {wording.short_day(found.line.span.last)}"
    if not found.goal and facts.run.params.slice is not None:
        return f"{told}; no goal of won value is set for this slice of the company"
    if not found.goal:
        return f"{told}; to see how far that covers a goal, add a target of won value"
    if found.missing == 0:
        return f"{told}; the goal for the {found.what} is reached"
    missing = wording.money(found.missing, currency)
    if not found.due.deals:
        return f"{told}; {missing} is missing to the goal for the {found.what}"
    return f"{told}, {wording.times(found.ratio)} the {missing} that is missing to the goal for the {found.what}"


def caveats(facts: Facts) -> str:
    """That coverage is no forecast, and which deals have passed their expected day."""
    found = coverage(facts)
    if found is None:
        return ""
    parts = []
    if found.due.deals and wording.defined(found.ratio):
        parts.append("That is no forecast: not all of it will be won.")
    if found.overdue.deals:
        value = worth(facts, found.overdue.amount, found.overdue.deals - found.overdue.priced)
        many = (
            f"Another {wording.plural(found.overdue.deals, 'deal')}, worth {value}, are past the day on which they were"
        )
        one = f"One more deal, worth {value}, is past the day on which it was"
        parts.append(f"{one if found.overdue.deals == 1 else many} expected to close.")
    return " ".join(parts)


def table(facts: Facts) -> Table | None:
    """Every open deal by when it is expected to close; the rows add up."""
    found, now = coverage(facts), week(facts)
    if found is None or not now.after.deals:
        return None
    parts = (now.unexpected, found.due, found.overdue)
    later = Part(
        now.after.deals - sum(p.deals for p in parts),
        now.after.cents - sum(p.cents for p in parts),
        now.after.priced - sum(p.priced for p in parts),
    )
    by = "" if found.over else f"By {wording.short_day(found.line.span.last)}"
    rows: list[tuple[Cell, ...]] = [
        ("On a day that has passed", counted(facts, found.overdue_rows, "deals"), wording.count(found.overdue.amount)),
        (by, counted(facts, found.due_rows, "deals"), wording.count(found.due.amount)),
        ("Later", wording.count(later.deals), wording.count(later.amount)),
        ("No day given", wording.count(now.unexpected.deals), wording.count(now.unexpected.amount)),
    ]
    currency = facts.run.params.company.currency
    return Table(
        "Open deals by the day on which they are expected to close",
        (Column("Expected"), Column("Deals", numeric=True), Column("Amount", currency, numeric=True)),
        tuple(r for r in rows if r[0]),
        total=("Open", wording.count(now.after.deals), wording.count(now.after.amount)),
    )


def metrics(facts: Facts) -> list[Metric]:
    """Coverage with what it is made of."""
    found = coverage(facts)
    if found is None:
        return []
    period, currency = found.line.span.period, facts.run.params.company.currency
    due, overdue = found.due, found.overdue
    records = [
        metric("pipeline_overdue_deals", overdue.deals, n=overdue.deals),
        metric("pipeline_overdue", overdue.amount, n=overdue.priced, reason=_why(facts, overdue), currency=currency),
    ]
    if not found.over:
        records.append(
            metric(
                "pipeline_expected", due.amount, n=due.priced, reason=_why(facts, due), period=period, currency=currency
            )
        )
    if found.goal:
        records.append(
            metric("goal_missing", found.missing, reason=_won(facts, found), period=period, currency=currency)
        )
        records.append(metric("coverage", found.ratio, n=due.priced, reason=found.reason, period=period))
    return records


def _why(facts: Facts, part: Part) -> str:
    return "" if wording.defined(part.amount) else f"none of these deals has an amount{facts.in_currency}"


def _won(facts: Facts, found: Coverage) -> str:
    return "" if wording.defined(found.missing) else f"no won deal has an amount{facts.in_currency}"
