"""Campaigns by week, as sales sees them (C50), and what became of sales's remarks (C44)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from alignment_lib.blocks import remarks
from alignment_lib.blocks.agenda import agenda, connect, evidence, metric, metric_of
from alignment_lib.blocks.listing import counted
from alignment_lib.blocks.typed import quoted
from alignment_lib.facts import Facts
from alignment_lib.facts.ages import ready_day
from alignment_lib.facts.campaign_frames import campaign_weeks
from alignment_lib.facts.facts import UNKNOWN
from alignment_lib.facts.frames import happened
from alignment_lib.page.block import Block, Cell, Column, Evidence, Metric, Table, Trend
from alignment_lib.stats import estimates, wording
from alignment_lib.stats.days import day_of, epoch_day

SHOWN = 12
"""Campaigns in the table."""
WRITTEN_OUT = 6
"""Weeks up to which the numbers of the weeks stand in the table; more are drawn."""


@dataclass(frozen=True, eq=False)
class Campaign:
    """Leads of one campaign by week, this week last, how sales decided on those old enough, and what sales said."""

    name: str
    sources: tuple[str, ...]
    weeks: tuple[int, ...]
    decided: estimates.Proportion
    ready_on: date | None
    """The day from which the last of its young leads is old enough; None where none is young."""
    remarks: tuple[Mapping[str, Any], ...]

    @property
    def leads(self) -> int:
        return sum(self.weeks)

    def said(self, verdict: str) -> int:
        return sum(r["verdict"] == verdict for r in self.remarks)


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> tuple[Campaign, ...]:
    """Every campaign with leads or remarks in the weeks of the feedback, most leads first."""
    said = remarks.numbers(facts).given
    if not facts.tables.has("leads.campaign"):
        return ()
    frame = campaign_weeks(
        facts,
        first_day=remarks.first_monday(facts),
        last_day=facts.run.last_day,
        horizon=facts.run.params.weekly.acceptance_days,
    )
    parts: dict[str, list[Any]] = {}
    for cell in frame.itertuples(index=False):
        parts.setdefault(str(cell.campaign), []).append(cell)
    spelt = {name.casefold().strip(): name for name in parts}
    named: dict[str, list[Mapping[str, Any]]] = {}
    for row in said:
        name = (row["campaign"] or UNKNOWN).strip()
        named.setdefault(spelt.get(name.casefold(), name), []).append(row)
    rows = [
        _campaign(facts, name, parts.get(name, []), tuple(named.get(name, ()))) for name in sorted({*parts, *named})
    ]
    return tuple(sorted(rows, key=lambda c: (-c.leads, -len(c.remarks), c.name)))


def _campaign(facts: Facts, name: str, cells: list[Any], said: tuple[Mapping[str, Any], ...]) -> Campaign:
    """One campaign from its cells, one for each source and week."""
    settings = facts.run.params.weekly
    weeks, sources = Counter[int](), Counter[str]()
    for cell in cells:
        weeks[int(cell.week)] += int(cell.leads)
        sources[str(cell.source)] += int(cell.leads)
    yes, no = sum(int(c.accepted) for c in cells), sum(int(c.rejected) for c in cells)
    young = max((int(c.young_day) for c in cells), default=-1)
    return Campaign(
        name=name,
        sources=tuple(sorted(sources, key=lambda s: (-sources[s], s))),
        weeks=tuple(weeks[w] for w in range(settings.feedback_weeks)),
        decided=estimates.proportion(converted=yes, leads=yes + no, conf=settings.confidence),
        ready_on=day_of(ready_day(young, days=settings.acceptance_days)) if young >= 0 else None,
        remarks=said,
    )


@agenda(
    id="campaigns",
    title="Campaigns, as sales sees them",
    question="Which campaigns work, and what did sales say?",
    side="marketing",
)
def campaigns(facts: Facts, block: Block) -> Block:
    """Campaign by week with sales's judgement, and the log of remarks and answers."""
    named, facts = facts.run.noun != "week", facts.on_week()
    lacking = facts.tables.lacking("leads.campaign")
    said = remarks.numbers(facts)
    if lacking and not said.connected:
        return replace(block, missing=connect(facts, ("leads.campaign", "feedback")))
    rows, shown = numbers(facts), _shown(numbers(facts))
    absent = [f"Leads by campaign: {connect(facts, lacking)}"] if lacking else []
    tables = (_table(facts, rows, shown, facts.run.week.label if named else "This week"), remarks.log(facts))
    return replace(
        block,
        sentences=(*([] if lacking else [sentence(facts)]), *remarks.sentences(facts), *absent),
        tables=tuple(t for t in tables if t.rows),
        prompts=prompts(facts),
        evidence=_evidence(facts, rows),
        metrics=(*_metrics(facts, rows, shown), *remarks.metrics(facts)),
    )


def sentence(facts: Facts) -> str:
    """The campaign that brought most leads in these weeks."""
    rows = [c for c in numbers(facts) if c.leads]
    weeks = remarks.span(facts)
    if not rows:
        return f"No lead arrived {remarks.within(facts)}."
    count = sum(c.leads for c in rows)
    total = f"the one lead of {weeks}" if count == 1 else f"the {wording.plural(count, 'lead')} of {weeks}"
    named = [c for c in rows if c.name != UNKNOWN]
    if not named:
        return f"Nobody knows the campaign of {total}."
    most = named[0]
    if most.leads == count:
        return f"The campaign {quoted(most.name)} brought {'' if count == 1 else 'all of '}{total}."
    if len(named) > 1 and named[1].leads == most.leads:
        return f"Of {total}, no campaign brought more than {wording.count(most.leads)}."
    return f"Of {total}, the campaign {quoted(most.name)} brought the most, {wording.count(most.leads)}."


def prompts(facts: Facts) -> tuple[str, ...]:
    """The question for the room, with the campaign that sales spoke against most often."""
    against = [c for c in numbers(facts) if c.said("not_working") and c.name != UNKNOWN]
    worst = max(against, key=lambda c: c.said("not_working"), default=None)
    name = worst.name if worst else remarks.most_against(remarks.numbers(facts).given)
    named = f" Sales spoke most often against {quoted(name)}." if name else ""
    return (f"Which campaign should stop, and which should get more?{named}",)


def _shown(rows: tuple[Campaign, ...]) -> tuple[Campaign, ...]:
    """The largest, but none that sales spoke of gives way to one that nobody spoke of."""
    first = sorted(rows, key=lambda c: not c.remarks)[:SHOWN]
    return tuple(c for c in rows if c in first)


def _table(facts: Facts, rows: tuple[Campaign, ...], shown: tuple[Campaign, ...], this: str) -> Table:
    weeks, run = facts.run.params.weekly.feedback_weeks, facts.run
    judged = facts.tables.has("leads.accepted_at")
    now = happened(facts, "leads", first_day=epoch_day(run.week.monday), last_day=run.last_day) if rows else None
    cells = [
        (
            c.name,
            _sources(c),
            *([_before(c)] if weeks > 1 else []),
            counted(facts, now[now["campaign"] == c.name]) if now is not None else "",
            *([wording.count(c.leads)] if weeks > 1 else []),
            *([judgement(facts, c)] if judged else []),
            *_remark_cells(facts, c),
        )
        for c in shown
    ]
    return Table(
        f"By campaign, most leads first, {remarks.period_note(facts)}",
        _columns(facts, judged, this),
        tuple(cells),
        note=" ".join([*_left_out(rows, shown), *([_judged_note(facts)] if judged else [])]),
    )


def _left_out(rows: tuple[Campaign, ...], shown: tuple[Campaign, ...]) -> tuple[str, ...]:
    left = len(rows) - len(shown)
    leads = sum(c.leads for c in rows) - sum(c.leads for c in shown)
    if not left:
        return ()
    is_ = "is" if left == 1 else "are"
    return (f"{wording.plural(left, 'more campaign')} with {wording.plural(leads, 'lead')} {is_} not listed.",)


def _judged_note(facts: Facts) -> str:
    settings = facts.run.params.weekly
    return (
        f"Accepted: of the leads that are older than {wording.plural(settings.acceptance_days, 'day')} and that sales"
        " decided on; “open until”: the day from which all of them are old enough; “too few”: fewer than"
        f" {settings.min_n} decided."
    )


def _columns(facts: Facts, judged: bool, this: str) -> tuple[Column, ...]:
    weeks = facts.run.params.weekly.feedback_weeks
    columns = [Column("Campaign"), Column("Source")]
    columns += [Column("Leads in the weeks before", "oldest first")] if weeks > 1 else []
    columns.append(Column(this, numeric=True))
    columns += [Column(f"All {weeks} weeks", numeric=True)] if weeks > 1 else []
    columns += [Column("Accepted")] if judged else []
    if remarks.numbers(facts).connected:
        columns += [Column("Works", numeric=True), Column("Does not", numeric=True), Column("Latest note")]
    return tuple(columns)


def _sources(c: Campaign) -> str:
    if not c.sources:
        return wording.NOTHING
    return c.sources[0] + (f" and {len(c.sources) - 1} more" if len(c.sources) > 1 else "")


def _before(c: Campaign) -> Cell:
    if len(c.weeks) > WRITTEN_OUT:
        return Trend(c.weeks, side="marketing")
    return ", ".join(wording.count(n) for n in c.weeks[:-1])


def judgement(facts: Facts, c: Campaign) -> str:
    """Accepted of decided with its interval; why not, where too few are old enough and decided (D2)."""
    enough = facts.run.params.weekly.min_n
    if c.decided.leads >= enough:
        of = f"{wording.count(c.decided.converted)} of {wording.count(c.decided.leads)}"
        return f"{of}, {wording.estimate(c.decided.estimate, c.decided.low, c.decided.high)}"
    if c.ready_on is not None and c.leads >= enough:
        return f"open until {wording.day(c.ready_on)}"
    return "too few" if c.leads else wording.NOTHING


def _remark_cells(facts: Facts, c: Campaign) -> tuple[str, ...]:
    if not remarks.numbers(facts).connected:
        return ()
    notes = [r["note"] for r in c.remarks if r["note"]]
    said = (c.said("working"), c.said("not_working"))
    shown = (wording.count(n) if c.remarks else wording.NOTHING for n in said)
    return (*shown, notes[-1] if notes else wording.NOTHING)


def _evidence(facts: Facts, rows: tuple[Campaign, ...]) -> Evidence:
    said = remarks.numbers(facts)
    counts = [f"{wording.plural(sum(c.leads for c in rows), 'lead')}"] if facts.tables.has("leads.campaign") else []
    counts += [f"{wording.plural(len(said.given), 'remark')} of sales"] if said.connected else []
    judged = bool(rows) and facts.tables.has("leads.accepted_at")
    left_out = ["sales's decisions on leads, which are not in this data"] if rows and not judged else []
    if facts.run.params.slice and said.connected and facts.run.params.slice[0] != "campaign":
        left_out.append("remarks are not filtered, they are the whole company's")
    names = [*(["campaign_acceptance"] if judged else []), *(["feedback_answer_days"] if said.everything else [])]
    methods = [*(["Wilson interval"] if judged else []), *(["Kaplan-Meier for answers"] if said.everything else [])]
    return evidence(
        facts,
        *names,
        n=f"{' and '.join(counts)}, {remarks.period_note(facts)}",
        excluded="; ".join(left_out),
        method="; ".join(methods),
    )


def _metrics(facts: Facts, rows: tuple[Campaign, ...], shown: tuple[Campaign, ...]) -> tuple[Metric, ...]:
    total = sum(c.leads for c in rows)
    records = [metric("campaign_leads", total, n=total)] if rows else []
    for c in shown:
        records.append(metric("campaign_leads", c.leads, n=c.leads, source=c.name))
        if c.decided.leads >= facts.run.params.weekly.min_n:
            records.append(metric_of("campaign_acceptance", c.decided, n=c.decided.leads, source=c.name))
    return tuple(records)
