"""What sales told marketing about its leads (C10, C14): decisions in time, reasons, and how old the last word is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from alignment_lib.blocks.agenda import agenda, evidence, metric, metric_of
from alignment_lib.blocks.listing import counted, listing
from alignment_lib.blocks.loop import NEEDS, PARTS, Judged, by_week, numbers, reasons_known, share_of, span, sums, what
from alignment_lib.facts import Facts
from alignment_lib.facts import effort_frames as frames
from alignment_lib.page.block import Block, Cell, Column, Evidence, Metric, Stat, Table
from alignment_lib.stats import wording

# The tables of sales's decisions: reasons by source, and decisions in time by source, rep and week.

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


__all__ = ["by_week", "judged", "numbers"]


@agenda(
    id="judged",
    title="Decisions and reasons",
    question="Did sales tell marketing in time what became of its leads, and why it turned some down?",
    side="sales",
    needs=NEEDS,
)
def judged(facts: Facts, block: Block) -> Block:
    """Decisions and rejections of this week; decisions in time by week, rep and source."""
    found = numbers(facts)
    told = (decided_sentence(facts), sentence(facts), *reason_sentence(found))
    ask = ("What do the reasons say about whom marketing brings, and about what sales needs to know?",)
    return replace(
        block,
        sentences=told,
        stats=_stats(facts, found),
        tables=(*by_reason(facts, found), *in_time(facts, found), *weekly(facts, found)),
        prompts=ask if len(found.rejected) else (),
        evidence=_evidence(facts, found),
        metrics=_metrics(facts, found),
    )


def decided_sentence(facts: Facts) -> str:
    """Decisions made this week, whenever the leads arrived."""
    found = numbers(facts)
    n, yes, no, blank = (len(x) for x in (found.made, found.accepted, found.rejected, found.unexplained))
    if not n:
        return "Sales decided on no lead this week."
    told = f"Sales decided on {wording.plural(n, 'lead')} this week"
    why = _why(no, blank) if reasons_known(facts) else ""
    if not no:
        return f"{told} and accepted {'it' if n == 1 else 'all of them'}."
    if not yes:
        return f"{told} and rejected {'it' if n == 1 else 'all of them'}{why}."
    both = yes + no - n
    twice = f"; {wording.plural(both, 'lead')} {'was' if both == 1 else 'were'} both" if both else ""
    return f"{told}: {wording.count(yes)} accepted and {wording.count(no)} rejected{why}{twice}."


def _why(rejected: int, blank: int) -> str:
    if rejected == 1:
        return ", without a reason" if blank else ", with a reason"
    if blank in (0, rejected):
        return f", {'none' if blank else 'each'} of them with a reason"
    return f", {wording.count(blank)} of them without a reason"


def sentence(facts: Facts) -> str:
    """The share of the newest week's MQLs that were decided in time, with a reason where rejected."""
    found, run, name = numbers(facts), facts.run, what(facts)
    if found.newest is None:
        ready = wording.short_day(frames.ready_day(run, len(run.weeks) - 1))
        told = f"No week is old enough yet to say how many {name}s were decided in time"
        return f"{told}; this week's can be told after {ready}."
    week = run.weeks[found.newest].label
    done, leads = found.closed[found.newest] or (0, 0)
    limit = wording.plural(run.params.sla.sales.decision_days, "day")
    also = ", with a reason where it was no" if reasons_known(facts) else ""
    if not leads:
        return f"There was no {name} in {week} to decide on."
    if leads == 1:
        return f"The one {name} of {week} had {'a' if done else 'no'} decision within {limit}{also if done else ''}."
    share = (
        f"({wording.percent(found.share.estimate, width=found.share.high - found.share.low)},"
        f" {wording.percent_range(found.share.low, found.share.high)})"
    )
    had = {0: "none", leads: "all"}.get(done, wording.count(done))
    return f"Of the {wording.plural(leads, name)} of {week}, {had} had a decision within {limit}{also} {share}."


def reason_sentence(found: Judged) -> tuple[str, ...]:
    """The reason given most often this week; up to three where they tie."""
    if not len(found.reasons):
        return ()
    top = [str(r) for r in found.reasons[found.reasons == found.reasons.iloc[0]].index]
    named = wording.listing([f"“{r}”" for r in top])
    most, n = wording.count(found.reasons.iloc[0]), wording.count(len(found.rejected))
    if len(found.rejected) == 1:
        return (f"The reason was {named}.",)
    if len(top) == 1:
        return (f"The reason given most often was {named}, for {most} of {n}.",)
    if len(top) <= 3:
        return (f"The reasons given most often were {named}, for {most} of {n} each.",)
    return (f"No reason stands out: the most frequent ones were given for {most} of {n} each.",)


def _stats(facts: Facts, found: Judged) -> tuple[Stat, ...]:
    def stat(label: str, note: str, rows: pd.DataFrame) -> Stat:
        opens = listing(facts, rows) if len(rows) else None
        return Stat(label, wording.count(len(rows)), note, "sales", listing=opens)

    blank = f"{wording.count(len(found.unexplained))} without a reason" if reasons_known(facts) else ""
    shown = [stat("Accepted", "decided this week", found.accepted), stat("Rejected", blank, found.rejected)]
    if found.newest is not None and wording.defined(found.share.estimate):
        shares = tuple(w[0] / w[1] if w and w[1] else None for w in found.closed)
        band = (found.normal.low, found.normal.high) if wording.defined(found.normal.low) else None
        interval = wording.percent_range(found.share.low, found.share.high)
        shown.append(
            Stat(
                "Decided in time", wording.percent(found.share.estimate, width=found.share.high - found.share.low),
                f"{interval}; {what(facts)}s of {facts.run.weeks[found.newest].label}", "sales",
                history=shares[: found.newest + 1][-13:], normal=band,
            )
        )  # fmt: skip
    return tuple(shown)


def _evidence(facts: Facts, found: Judged) -> Evidence:
    old = sum(int(c[1]) for c in found.closed if c is not None)
    return evidence(
        facts,
        "loop_closure",
        n=f"{wording.plural(len(found.made), 'decision')} this week;"
        f" decided in time: {wording.plural(old, what(facts))}"
        + (f" of {span(facts, found)}" if found.newest is not None else ""),
        excluded="weeks that are not old enough yet"
        + ("" if reasons_known(facts) else "; reasons of rejections are not connected, so none is asked for"),
        method="Wilson interval; p-chart of the weeks before; days from the"
        f" {what(facts) if what(facts) == 'MQL' else 'creation'} on, to the second; a decision dated before that counts"
        " as made at once, a rejection that an acceptance followed not at all",
    )


def _metrics(facts: Facts, found: Judged) -> tuple[Metric, ...]:
    made, no = len(found.made), len(found.rejected)
    records = [
        metric("decided", made, n=made),
        metric("accepted", len(found.accepted), n=len(found.accepted)),
        metric("rejected", no, n=no),
    ]
    both = len(found.accepted) + no - made
    records += [metric("decided_twice", both, n=made)] if both else []
    if reasons_known(facts):
        records.append(metric("rejected_without_reason", len(found.unexplained), n=no))
        records += [metric("top_reason", int(found.reasons.iloc[0]), n=no)] if len(found.reasons) else []
    return (*records, *_closure(facts, found))


def _closure(facts: Facts, found: Judged) -> tuple[Metric, ...]:
    """By week, and over the weeks that are old enough by source."""
    run, records = facts.run, []
    period = [w.label if w != run.week else None for w in run.weeks]
    for label, closed in zip(period, found.closed, strict=True):
        if closed is not None:
            records.append(metric_of("loop_closure", share_of(facts, *closed), n=closed[1], period=label))
    if found.newest is None:
        return tuple(records)
    done, leads = found.closed[found.newest] or (0, 0)
    records.append(metric("loop_closed", done, n=leads, period=period[found.newest]))
    total = share_of(facts, int(found.counts["closed"].sum()), int(found.counts["leads"].sum()))
    records.append(metric_of("loop_closure", total, n=total.leads, period=span(facts, found)))
    for name, row in found.by_source.iterrows():
        share = share_of(facts, int(row["closed"]), int(row["leads"]))
        records.append(metric_of("loop_closure", share, n=share.leads, source=str(name), period=span(facts, found)))
        age = found.heard.get(str(name))
        records.append(metric("feedback_age", age, source=str(name), reason="" if age is not None else "never heard"))
    return tuple(records)
