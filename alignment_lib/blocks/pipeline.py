"""The week's pipeline: a waterfall that adds up, what was added by source, and how far it covers the goal (C6)."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import pandas as pd

from alignment_lib.blocks import coverage
from alignment_lib.blocks.agenda import agenda, evidence, metric, worth
from alignment_lib.blocks.closed import knows_losses, no_losses
from alignment_lib.blocks.listing import counted
from alignment_lib.blocks.pipeline_week import Part, PipelineWeek, week
from alignment_lib.facts import Facts, deal_frames
from alignment_lib.page.block import Block, Cell, Column, Metric, Table
from alignment_lib.stats import wording


@agenda(
    id="pipeline",
    title="Pipeline",
    question="What was added to the open deals this week, what left them, and do they cover the goal?",
    side="sales",
    needs=("opportunities.created_at", "opportunities.closed_at"),
)
def pipeline(facts: Facts, block: Block) -> Block:
    """The week's waterfall, deals opened by source, and coverage."""
    if not knows_losses(facts):
        return replace(block, missing=no_losses(facts, "nobody can tell which deals are open"))
    found = week(facts)
    if not (found.before.deals or found.opened.deals or found.after.deals or len(found.ended_rows)):
        return replace(block, sentences=("No deal was open, opened or closed this week.",))
    tables = (waterfall(facts, found), by_source(facts, found), coverage.table(facts))
    return replace(
        block,
        sentences=tuple(s for s in (sentence(facts), open_sentence(facts), coverage.caveats(facts)) if s),
        tables=tuple(t for t in tables if t is not None),
        evidence=evidence(
            facts,
            "coverage",
            n=f"{wording.plural(found.opened.deals, 'deal')} opened this week, {wording.count(found.after.deals)} open",
            excluded="; ".join(_excluded(facts, found)),
            method="normal range: XmR chart of the weeks before (mean ± 2.66 × mean moving range); amounts are added up"
            " to the cent",
        ),
        metrics=(*_metrics(facts, found), *coverage.metrics(facts)),
    )


def sentence(facts: Facts) -> str:
    """What was opened, beside what is usual."""
    found = week(facts)
    opened = wording.plural(found.opened.deals, "deal") if found.opened.deals else "no deal"
    valued = f" worth {_worth(facts, found.opened)}" if found.opened.priced else ""
    return f"Sales opened {opened}{valued} this week{'' if _whole(facts) else ' so far'}{_usual(facts, found)}."


def open_sentence(facts: Facts) -> str:
    """What is open, and how far it covers the goal."""
    after = week(facts).after
    if not after.deals:
        return "No deal is open."
    if wording.defined(after.amount):
        return f"Open deals are worth {_worth(facts, after)}{coverage.clause(facts)}."
    return f"{wording.plural(after.deals, 'deal')} {'is' if after.deals == 1 else 'are'} open{coverage.clause(facts)}."


def _whole(facts: Facts) -> bool:
    return facts.run.as_of >= facts.run.ends


def _worth(facts: Facts, part: Part) -> str:
    return worth(facts, part.amount, part.deals - part.priced)


def _usual(facts: Facts, found: PipelineWeek) -> str:
    """Whether the amount opened is news; a week that is not over is not judged."""
    if found.usual is None or not wording.defined(found.opened.amount):
        return ""
    normal, money = found.usual.normal, partial(wording.money, currency=facts.run.params.company.currency)
    if math.isnan(normal.low):
        return ", and there are too few earlier weeks to say what is usual"
    if not _whole(facts):
        return f", where {money(normal.low)} to {money(normal.high)} is normal for a whole week"
    return f", {wording.against_normal(found.opened.amount, normal.low, normal.high, money)}"


def waterfall(facts: Facts, found: PipelineWeek) -> Table:
    """Open at the start, what came and went, open at the end; the rows add up to the total."""
    ended = found.ended_rows
    won, lost = (counted(facts, ended[ended["outcome"] == outcome], "deals") for outcome in ("won", "lost"))
    rows: list[tuple[Cell, Part, Cell]] = [
        ("Open as the week began", found.before, wording.count(found.before.deals)),
        ("+ opened", found.opened, counted(facts, found.opened_rows, "deals")),
        ("− won", found.won, won),
        ("− lost", found.lost, lost),
    ]
    if found.undated.deals:
        rows.append(("+ closed without a day of creation", found.undated, wording.count(found.undated.deals)))
    if found.disorder.deals or found.disorder.cents:
        rows.append(
            (
                "+ closed before they were created, or on an unknown day",
                found.disorder,
                wording.count(found.disorder.deals),
            )
        )
    end = "Open as the week ended" if _whole(facts) else "Open now"
    total: tuple[Cell, Part, Cell] = (end, found.after, wording.count(found.after.deals))
    columns = [Column("Pipeline"), Column("Deals", numeric=True)]
    if facts.tables.has("opportunities.open_amount"):
        currency = facts.run.params.company.currency
        columns.append(Column("Amount", currency, numeric=True))
        if any(part.deals != part.priced for _, part, _ in (*rows, total)):
            columns.append(Column("without an amount", "deals", numeric=True))
    *shown, last = (_row(row, len(columns)) for row in (*rows, total))
    return Table("What moved the open deals this week", tuple(columns), tuple(shown), total=last)


def _row(row: tuple[Cell, Part, Cell], columns: int) -> tuple[Cell, ...]:
    name, part, count = row
    return (name, count, wording.count(part.amount), wording.count(part.deals - part.priced))[:columns]


def by_source(facts: Facts, found: PipelineWeek) -> Table | None:
    """Deals opened this week by the source of their lead, with the median amount."""
    rows = found.opened_rows
    if not len(rows):
        return None
    groups = [(str(source), group) for source, group in rows.groupby("source", sort=True)]
    groups.sort(key=lambda g: (-len(g[1]), g[0]))
    columns = [Column("Source"), Column("Deals", numeric=True)]
    if facts.tables.has("opportunities.open_amount"):
        currency = facts.run.params.company.currency
        columns += [Column("Amount", currency, numeric=True), Column("Amount of a deal", "median", numeric=True)]
    cells = tuple((name, *_opened(facts, group))[: len(columns)] for name, group in groups)
    total = ("All", *_opened(facts, rows))[: len(columns)]
    return Table("Opened this week, by source", tuple(columns), cells, total=total, folded=len(cells) > 12)


def _opened(facts: Facts, rows: pd.DataFrame) -> tuple[Cell, ...]:
    priced = rows["amount"].dropna()
    median = float(priced.median()) if len(priced) else None
    return (counted(facts, rows, "deals"), wording.count(_sum(rows)), wording.count(median))


def _sum(rows: pd.DataFrame) -> float | None:
    priced = rows["amount"].dropna()
    return math.fsum(priced) if len(priced) else None


def _excluded(facts: Facts, found: PipelineWeek) -> list[str]:
    parts, unpriced = [], found.after.deals - found.after.priced
    if unpriced and facts.tables.has("opportunities.open_amount"):
        parts.append(f"from the amounts, {wording.plural(unpriced, 'open deal')} without one{facts.in_currency}")
    undated = deal_frames.undated(facts)
    if undated:
        parts.append(
            f"{wording.plural(undated, 'deal')} won or lost without a closing date are in no week, and not open"
        )
    return parts


def _metrics(facts: Facts, found: PipelineWeek) -> list[Metric]:
    """Deals won and lost in the week are recorded with the deals that closed."""
    currency = facts.run.params.company.currency
    records = [
        metric("opportunities", found.opened.deals, n=found.opened.deals),
        metric("pipeline_open_deals_before", found.before.deals, n=found.before.deals),
        metric("pipeline_open_deals", found.after.deals, n=found.after.deals),
    ]
    sources = list(found.opened_rows.groupby("source", sort=True))
    records += [metric("opportunities", len(rows), n=len(rows), source=str(s)) for s, rows in sources]
    if found.usual is None:
        return records
    parts = {"pipeline_open_before": found.before, "pipeline_open": found.after}
    parts |= {"pipeline_won": found.won, "pipeline_lost": found.lost}
    if found.undated.deals or found.disorder.deals:
        moved = (found.undated, found.disorder)
        parts["pipeline_moved"] = Part(
            sum(p.deals for p in moved), sum(p.cents for p in moved), sum(p.priced for p in moved)
        )
    normal = found.usual.normal
    records += [
        metric(name, p.amount, n=abs(p.priced), reason=_reason(facts, p.amount), currency=currency)
        for name, p in parts.items()
    ]
    created = found.usual.values[-1]
    records.append(
        metric("pipeline_created", created, n=found.opened.priced, reason=_reason(facts, created), currency=currency)
    )
    records.append(
        metric(
            "pipeline_usual",
            normal.centre,
            low=normal.low,
            high=normal.high,
            n=normal.weeks,
            reason=normal.reason,
            currency=currency,
        )
    )
    records += [
        metric("pipeline_created", value, n=int(rows["amount"].notna().sum()), source=str(s), currency=currency)
        for s, rows in sources
        if (value := _sum(rows)) is not None
    ]
    return records


def _reason(facts: Facts, amount: float | None) -> str:
    return "" if wording.defined(amount) else f"none of these deals has an amount{facts.in_currency}"
