"""What a qualified lead is (C11): the definition, what each criterion is worth, and a proposed definition replayed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from alignment_lib.blocks.agenda import agenda, connect, evidence, metric, metric_of, points_of, why_not
from alignment_lib.blocks.monthly import whatif
from alignment_lib.blocks.monthly.whatif import Replay, window
from alignment_lib.facts import Facts
from alignment_lib.facts.whatif_frames import criteria_named, patterns
from alignment_lib.page.block import Block, Column, Evidence, Metric, Table
from alignment_lib.stats import comparisons, estimates, wording

STAGES = ("accepted", "won")
VERDICTS = {
    "above": "more with it",
    "below": "fewer with it",
    "borderline": "not certain",
    "no difference shown": "no difference shown",
    "not tested": "too few",
}


@dataclass(frozen=True, eq=False)
class Criterion:
    """One criterion at one stage: how leads with it and without it fared."""

    name: str
    stage: str
    gap: comparisons.Comparison

    @property
    def verdict(self) -> str:
        return VERDICTS[self.gap.verdict()]


@dataclass(frozen=True, eq=False)
class Defined:
    """Every criterion at every stage, and the replay; None where there is nothing to replay on."""

    names: tuple[str, ...]
    leads: int
    criteria: tuple[Criterion, ...]
    replay: Replay | None

    def at(self, stage: str) -> list[Criterion]:
        return [c for c in self.criteria if c.stage == stage]


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Defined | None:
    """What the criteria are worth on mature leads; None where criteria are not connected."""
    run, settings = facts.run, facts.run.params
    if facts.tables.lacking("criteria.criterion", "leads.created_at"):
        return None
    names = criteria_named(facts)
    frame = patterns(
        facts,
        names,
        horizon=settings.monthly.horizon_days,
        decided_days=settings.weekly.acceptance_days,
        first_day=window(facts),
        last_day=run.last_day,
    )
    rows: list[tuple[str, str, tuple[int, int, int, int]]] = []
    for stage in stages(facts):
        for i, name in enumerate(names):
            pool = frame[frame["judged"] == 1] if stage == "accepted" else frame
            sides = [pool[pool[f"c{i}"] == met] for met in (1, 0)]
            got = [int((s["leads"] * s[stage]).sum()) for s in sides]
            n = [int(s["leads"].sum()) for s in sides]
            rows.append((name, stage, (got[0], n[0], got[1], n[1])))
    family = _family(facts, [counts for *_, counts in rows])
    judged = tuple(Criterion(name, stage, gap) for (name, stage, _), gap in zip(rows, family, strict=True))
    return Defined(names, int(frame["leads"].sum()), judged, whatif.replayed(facts, names, frame))


def stages(facts: Facts) -> tuple[str, ...]:
    """What criteria can be measured by."""
    linked = facts.tables.has("opportunities.lead_id") or facts.tables.has("leads.opportunity_id")
    there = {
        "accepted": facts.tables.has("leads.accepted_at"),
        "won": linked and facts.tables.has("opportunities.closed_at"),
    }
    return tuple(stage for stage in STAGES if there[stage])


def _family(facts: Facts, rows: list[tuple[int, int, int, int]]) -> list[comparisons.Comparison]:
    """With minus without for all criteria and stages: one family, tested where both sides have enough leads."""
    settings = facts.run.params.weekly
    tested = [
        comparisons.two_group_p(converted=a, leads=b, other_converted=c, other_leads=d).p
        if min(b, d) >= settings.min_n
        else math.nan
        for a, b, c, d in rows
    ]
    q = comparisons.benjamini_hochberg(tested)
    conf = settings.confidence
    made = []
    for (a, b, c, d), p, one in zip(rows, tested, q, strict=True):
        gap = estimates.difference(
            rate=estimates.proportion(converted=a, leads=b, conf=conf),
            baseline=estimates.proportion(converted=c, leads=d, conf=conf),
        )
        made.append(
            comparisons.Comparison(
                **vars(gap), converted=a, leads=b, baseline_converted=c, baseline_leads=d, p=p, q=float(one)
            )
        )
    return made


@agenda(
    id="lead-definition",
    title="What a qualified lead is",
    question="Does our definition pick the leads that sales wants, and would the proposed one do better?",
)
def lead_definition(facts: Facts, block: Block) -> Block:
    """The definition box, the criteria, and the replay of the proposal."""
    found, box = numbers(facts), _box(facts)
    if not box and found is None:
        told = connect(facts, ("criteria",)).replace(
            "To see it, map", "To see it, write it into definitions.yaml and map"
        )
        return replace(block, missing=told)
    sentences = (
        *_changed(facts),
        *([] if box else ["Nobody has written down yet what an MQL is; it belongs in definitions.yaml."]),
    )
    if found is None:
        cannot = why_not(facts, facts.tables.lacking("criteria.criterion", "leads.created_at"))
        why = "they cannot be told of this data, see the checks." if cannot else connect(facts, ("criteria",))
        return replace(block, terms=box, sentences=(*sentences, f"Criteria: {why}"))
    if not found.leads or not found.names:
        return replace(block, terms=box, sentences=(*sentences, _too_young(facts, found)))
    return replace(
        block,
        terms=box,
        sentences=(*sentences, *_best(facts, found), *whatif.sentences(facts, found.replay)),
        tables=(*_table(facts, found), *whatif.tables(facts, found.replay)),
        prompts=("Do both teams want the proposed definition, and from which day?",) if found.replay else (),
        evidence=_evidence(facts, found),
        metrics=(*_metrics(found), *whatif.metrics(found.replay)),
    )


def _box(facts: Facts) -> tuple[tuple[str, str], ...]:
    """MQL and SQL as they are defined on the period's last day."""
    named = (("MQL", "mql"), ("SQL", "sql"))
    held = [(label, facts.run.params.definitions.at(name, facts.run.period.last)) for label, name in named]
    return tuple(
        (f"{label}, version {d.version}, since {wording.day(d.effective)}", d.text)
        for label, d in held
        if d is not None
    )


def _changed(facts: Facts) -> tuple[str, ...]:
    """Definitions that took effect in the period."""
    period, told = facts.run.period, []
    for label, name in (("MQL", "mql"), ("SQL", "sql")):
        now = facts.run.params.definitions.at(name, period.last)
        if now is not None and period.first <= now.effective and _known_before(facts, name, period.first):
            told.append(
                f"The definition of the {label} changed on {wording.day(now.effective)} to version {now.version}."
            )
    return tuple(told)


def _known_before(facts: Facts, name: str, first: date) -> bool:
    return facts.run.params.definitions.at(name, first - timedelta(days=1)) is not None


def _too_young(facts: Facts, found: Defined) -> str:
    if not found.names:
        return "No criterion is recorded for any lead."
    days = wording.plural(facts.run.params.monthly.horizon_days, "day")
    return f"No lead of the last months is older than {days} yet, so nothing can be replayed."


def _best(facts: Facts, found: Defined) -> tuple[str, ...]:
    """The criterion that tells accepted leads apart best, and how many do."""
    stage = next((s for s in STAGES if found.at(s)), None)
    if stage is None:
        return ()
    rows = found.at(stage)
    sure = sorted((c for c in rows if c.gap.verdict() == "above"), key=lambda c: -c.gap.estimate)
    things = "MQLs" if stage == "accepted" and facts.tables.has("leads.mql_at") else "leads"
    did = "accepts more" if stage == "accepted" else "wins more"
    if not sure:
        return (f"For no criterion can it be shown that sales {did} of the {things} that meet it.",)
    best = sure[0]
    with_, without = wording.percent(best.gap.rate.estimate), wording.percent(best.gap.baseline.estimate)
    how = "accepted" if stage == "accepted" else "won"
    many = "each of them" if len(sure) == len(rows) else wording.count(len(sure))
    return (
        f"Of {wording.plural(len(rows), 'criterion', 'criteria')}, {many} goes with more {things} {how}, most of all"
        f" “{best.name}”: {with_} with it, {without} without it.",
    )


def _table(facts: Facts, found: Defined) -> tuple[Table, ...]:
    settings = facts.run.params
    heads = {
        "accepted": f"accepted in {settings.weekly.acceptance_days} days",
        "won": f"won in {settings.monthly.horizon_days} days",
    }
    rows = [
        (
            c.name,
            heads[c.stage],
            wording.count(c.gap.leads),
            wording.estimate(c.gap.rate.estimate, c.gap.rate.low, c.gap.rate.high),
            wording.count(c.gap.baseline_leads),
            wording.estimate(c.gap.baseline.estimate, c.gap.baseline.low, c.gap.baseline.high),
            c.verdict,
        )
        for c in sorted(found.criteria, key=lambda c: (c.stage, -c.gap.estimate if c.gap.leads else 0, c.name))
    ]
    if not rows:
        return ()
    columns = ("Criterion", "Outcome", "Leads with", "rate with", "Leads without", "rate without", "verdict")
    return (
        Table(
            "What each criterion is worth",
            tuple(Column(name, numeric=2 <= i <= 5) for i, name in enumerate(columns)),
            tuple(rows),
            note="Leads: for acceptance MQLs that sales had time to judge. A criterion that nobody recorded of a lead"
            " counts on neither side.",
            folded=True,
        ),
    )


def _evidence(facts: Facts, found: Defined) -> Evidence:
    settings = facts.run.params
    return evidence(
        facts,
        "criterion_accepted",
        "whatif_accepted",
        n=f"{wording.plural(found.leads, 'lead')} of the last {settings.monthly.history_months} months",
        excluded=f"leads not older than {settings.monthly.horizon_days} days",
        method=f"Wilson intervals; with against without: N-1 chi-squared or Fisher mid-P over"
        f" {len(found.criteria)} comparisons (Benjamini-Hochberg, 10 %), none with fewer than {settings.weekly.min_n}"
        " leads on a side; replayed on what sales saw",
    )


def _metrics(found: Defined) -> tuple[Metric, ...]:
    records = [metric("criteria", len(found.names), n=found.leads)]
    for c in found.criteria:
        name = f"criterion_{c.stage}"
        records.append(metric_of(name, c.gap.rate, n=c.gap.leads, segment=f"with {c.name}"))
        records.append(metric_of(name, c.gap.baseline, n=c.gap.baseline_leads, segment=f"without {c.name}"))
        both = c.gap.leads + c.gap.baseline_leads
        records.append(points_of("criterion_gap", c.gap, n=both, segment=f"{c.name}, {c.stage}"))
    for stage in STAGES:
        sure = sum(c.gap.verdict() == "above" for c in found.at(stage))
        records.append(metric("criteria_sure", sure, n=len(found.at(stage)), segment=stage))
    return tuple(records)
