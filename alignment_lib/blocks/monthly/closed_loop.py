"""The closed loop (C10): whether sales told marketing in time what became of its MQLs, by rep and source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import pandas as pd

from alignment_lib.blocks.agenda import agenda, evidence, metric, metric_of
from alignment_lib.blocks.loop import NEEDS, PARTS, reasons_known, share_of, sums, what
from alignment_lib.facts import Facts
from alignment_lib.facts import effort_frames as frames
from alignment_lib.facts.facts import UNKNOWN
from alignment_lib.page.block import Block, Column, Metric, Table
from alignment_lib.stats import estimates, wording


@dataclass(frozen=True, eq=False)
class Loop:
    """The MQLs on which a decision fell due in the period: `owner_id`, `source` and `PARTS`."""

    counts: pd.DataFrame
    total: estimates.Proportion
    heard: dict[str, int]
    """Days since sales last decided or remarked, by source."""

    @property
    def unexplained(self) -> int:
        return int(self.counts["rejected"].sum() - self.counts["with_reason"].sum())


@lru_cache(maxsize=4)
def numbers(facts: Facts) -> Loop:
    """Everything the block prints: as the week's block counts, but by the instant at which the decision fell due."""
    frame = frames.judgements_due(facts)
    frame["closed"] = frame["decided"] - frame["rejected"] + frame["with_reason"]
    heard = frames.last_heard(facts, facts.kept("feedback"))
    return Loop(
        counts=frame,
        total=share_of(facts, int(frame["closed"].sum()), int(frame["leads"].sum())),
        heard={source: max(0, facts.run.as_of_day - day) for source, day in heard.items()},
    )


@agenda(
    id="closed-loop",
    title="The closed loop",
    question="Did marketing hear in time what became of its leads, and why some were turned down?",
    side="sales",
    needs=NEEDS,
)
def closed_loop(facts: Facts, block: Block) -> Block:
    """Loop closure of the month by rep and source, rejections without a reason, and how old the last word is."""
    found = numbers(facts)
    limit, name = facts.run.params.sla.sales.decision_days, what(facts)
    return replace(
        block,
        sentences=tuple(s for s in (sentence(facts), blank_sentence(facts), heard_sentence(found)) if s),
        tables=_tables(facts, found),
        evidence=evidence(
            facts,
            "loop_month",
            n=f"{wording.plural(int(found.total.leads), name)} whose {limit} days ended in the month",
            excluded=f"{name}s that are younger"
            + ("" if reasons_known(facts) else "; reasons of rejections are not connected, so none is asked for"),
            method=f"Wilson interval; days from the {name if name == 'MQL' else 'creation'} on, to the second",
        ),
        metrics=_metrics(facts, found),
    )


def sentence(facts: Facts) -> str:
    """Decided in time, of those due."""
    total, name = numbers(facts).total, what(facts)
    days = wording.plural(facts.run.params.sla.sales.decision_days, "day")
    if not total.leads:
        return f"No decision on any {name} fell due this month."
    why = ", with a reason where it was no" if reasons_known(facts) else ""
    if total.leads == 1:
        return f"The one {name} whose {days} ended this month had {'a' if total.converted else 'no'} decision in time."
    return (
        f"Of the {wording.plural(int(total.leads), name)} whose {days} ended this month,"
        f" {wording.estimate(total.estimate, total.low, total.high)} had a decision in time{why}."
    )


def blank_sentence(facts: Facts) -> str:
    """Rejections without a reason."""
    found = numbers(facts)
    rejected = int(found.counts["rejected"].sum())
    if not rejected or not reasons_known(facts):
        return ""
    if rejected == 1:
        return f"The one rejection came {'without' if found.unexplained else 'with'} a reason."
    if found.unexplained in (0, rejected):
        return (
            f"{'None' if found.unexplained else 'Each'} of the {wording.count(rejected)} rejections came with a reason."
        )
    n = found.unexplained
    return f"{wording.count(n)} of the {wording.count(rejected)} rejections came without a reason."


def heard_sentence(found: Loop) -> str:
    """The source of which marketing has heard nothing for longest."""
    if not found.heard:
        return "Sales has never decided or remarked on a source."
    named = {source: days for source, days in found.heard.items() if source != UNKNOWN} or found.heard
    source, days = max(named.items(), key=lambda h: (h[1], h[0]))
    if not days:
        return "Sales spoke of every source on the last day."
    return f"The source that sales has been silent on for longest is {source}, for {wording.plural(days, 'day')}."


def _tables(facts: Facts, found: Loop) -> tuple[Table, ...]:
    if not len(found.counts):
        return ()
    limit = facts.run.params.sla.sales.decision_days
    heads = ["MQLs due" if what(facts) == "MQL" else "Leads due", f"Decided within {limit} days", "of these rejected"]
    heads += ["of these without a reason"] if reasons_known(facts) else []
    columns = tuple(Column(h, numeric=True) for h in (*heads, "Loop closed"))
    total = ("All", *_cells(facts, found.counts[PARTS].sum()))
    reps = [(facts.rep(str(o)), *_cells(facts, part)) for o, part in sums(found.counts, "owner_id").iterrows()]
    sources = [
        (str(s), *_cells(facts, part), _age(found.heard.get(str(s))))
        for s, part in sums(found.counts, "source").iterrows()
    ]
    heard = Column("Last heard from sales", "days ago", numeric=True)
    return (
        Table("By source", (Column("Source"), *columns, heard), tuple(sources), total=(*total, "")),
        Table("By rep, by name; no ranking", (Column("Rep"), *columns), tuple(sorted(reps)), total=total, folded=True),
    )


def _cells(facts: Facts, row: Any) -> tuple[str, ...]:
    counts = [row["leads"], row["decided"], row["rejected"]]
    counts += [row["rejected"] - row["with_reason"]] if reasons_known(facts) else []
    share = share_of(facts, int(row["closed"]), int(row["leads"]))
    return (*(wording.count(c) for c in counts), wording.estimate(share.estimate, share.low, share.high))


def _age(days: int | None) -> str:
    return "never" if days is None else wording.count(days)


def _metrics(facts: Facts, found: Loop) -> tuple[Metric, ...]:
    rejected = int(found.counts["rejected"].sum())
    records = [metric_of("loop_month", found.total, n=found.total.leads)]
    if reasons_known(facts):
        records.append(metric("loop_unexplained", found.unexplained, n=rejected))
    for by in ("source", "owner_id"):
        for name, row in sums(found.counts, by).iterrows():
            share = share_of(facts, int(row["closed"]), int(row["leads"]))
            source, segment = (str(name), None) if by == "source" else (None, str(name) or "(nobody)")
            records.append(metric_of("loop_month", share, n=share.leads, source=source, segment=segment))
    records += [metric("loop_heard", days, source=source) for source, days in sorted(found.heard.items())]
    return tuple(records)
