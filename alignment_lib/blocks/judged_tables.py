"""The tables of sales's decisions: reasons by source, and decisions in time by source, rep and week."""

from __future__ import annotations

from typing import Any

import pandas as pd

from alignment_lib.blocks.listing import counted
from alignment_lib.blocks.loop import PARTS, Judged, reasons_known, share_of, span, sums, what
from alignment_lib.facts import Facts
from alignment_lib.facts import effort_frames as frames
from alignment_lib.page.block import Cell, Column, Table
from alignment_lib.stats import wording

SOURCES, REASONS = 6, 12
"""Columns and rows of the table of reasons; what is rarer shares one."""
BLANK = "no reason given"


def by_reason(facts: Facts, found: Judged) -> tuple[Table, ...]:
    """Rejections of this week, reason × source."""
    if not len(found.rejected):
        return ()
    order = found.rejected["source"].value_counts().sort_index().sort_values(ascending=False, kind="stable").index
    own, rare = list(found.reasons.index[:REASONS]), list(found.reasons.index[REASONS:])
    blank = BLANK if reasons_known(facts) else "reason not in this data"
    lines = [*((r, [r]) for r in own), ("other reasons", rare), (blank, [""])]

    def cells(rows: pd.DataFrame) -> tuple[Cell, ...]:
        each = [rows[rows["source"] == s] for s in order[:SOURCES]]
        rest = [rows[rows["source"].isin(order[SOURCES:])]] if len(order) > SOURCES else []
        return tuple(counted(facts, part) for part in (*each, *rest, rows))

    rows = tuple(
        (label, *cells(part))
        for label, reasons in lines
        if len(part := found.rejected[found.rejected["reason"].isin(reasons)])
    )
    heads = [*(str(s) for s in order[:SOURCES]), *(["other sources"] if len(order) > SOURCES else []), "All"]
    columns = (Column("Reason"), *(Column(h, numeric=True) for h in heads))
    caption = "Rejected this week, by reason and source of the lead"
    return (Table(caption, columns, rows, total=("All", *cells(found.rejected))),)


def in_time(facts: Facts, found: Judged) -> tuple[Table, ...]:
    """By source and by rep, over the weeks that are old enough."""
    if not len(found.counts):
        return ()
    weeks, limit = span(facts, found), facts.run.params.sla.sales.decision_days
    heads = [_began(facts), f"Decided within {limit} days", "of these rejected"]
    heads += ["of these with a reason"] if reasons_known(facts) else []
    columns = [Column(h, numeric=True) for h in (*heads, _decided(facts))]
    sources = [
        (str(name), *_parts(facts, part), _age(found.heard.get(str(name)))) for name, part in found.by_source.iterrows()
    ]
    reps = sorted((facts.rep(str(o)), *_parts(facts, part)) for o, part in sums(found.counts, "owner_id").iterrows())
    total = ("All", *_parts(facts, found.counts.sum(numeric_only=True)))
    heard = Column("Last heard from sales", "days ago", numeric=True)
    return (
        Table(
            f"By source, {weeks}", (Column("Source"), *columns, heard), tuple(sources), total=(*total, ""), folded=True
        ),
        Table(
            f"By rep, by name, {weeks}; the intervals say why this is no ranking",
            (Column("Rep"), *columns),
            tuple(reps),
            total=total,
            folded=True,
        ),
    )


def _began(facts: Facts) -> str:
    return "MQLs" if what(facts) == "MQL" else "Leads"


def _decided(facts: Facts) -> str:
    return "Decided in time, with reasons" if reasons_known(facts) else "Decided in time"


def _parts(facts: Facts, row: Any) -> tuple[str, ...]:
    shown = PARTS[:4] if reasons_known(facts) else PARTS[:3]
    share = share_of(facts, int(row["closed"]), int(row["leads"]))
    return (*(wording.count(row[p]) for p in shown), wording.estimate(share.estimate, share.low, share.high))


def _age(days: int | None) -> str:
    return "never" if days is None else wording.count(days)


def weekly(facts: Facts, found: Judged) -> tuple[Table, ...]:
    """By week, this one first; where a week is too young, the day on which it can be said."""
    rows = []
    for i, (week, leads, closed) in enumerate(zip(facts.run.weeks, found.leads, found.closed, strict=True)):
        if leads is None:
            continue
        shown = f"open until {wording.short_day(frames.ready_day(facts.run, i))}"
        if closed is not None:
            share = share_of(facts, *closed)
            shown = wording.estimate(share.estimate, share.low, share.high)
        rows.append((week.label, wording.count(leads), wording.count(closed[0] if closed else None), shown))
    heads = (_began(facts), _decided(facts), "Share")
    columns = (Column("Week"), *(Column(h, numeric=True) for h in heads))
    return (
        (Table(f"By week of the {what(facts)}", columns, tuple(rows[::-1]), folded=True),) if any(found.leads) else ()
    )
