"""The dispute page (C25): a claim about lead quality, answered among leads of the same mix, in words from a list."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Literal

import pandas as pd

from alignment_lib.blocks.agenda import agenda, connect, evidence, metric, metric_of, points_of
from alignment_lib.blocks.history import data_begins
from alignment_lib.blocks.monthly.whatif import window
from alignment_lib.errors import ParamsError
from alignment_lib.facts import Facts
from alignment_lib.facts.cohort_frames import STAGES, matured, needs, side_by_side
from alignment_lib.facts.facts import TEXTS, UNKNOWN
from alignment_lib.page import charts
from alignment_lib.page.block import Block, Column, Evidence, Metric, Picture, Table
from alignment_lib.page.charts.differences import differences
from alignment_lib.params.files import nearest
from alignment_lib.stats import strata, wording
from alignment_lib.stats.days import day_of
from alignment_lib.stats.estimates import Difference, Estimate, difference, proportion
from alignment_lib.stats.strata import LEAST

# What settles a dispute (C25): the difference among leads of the same mix, and how many more leads it would take.

Verdict = Literal["settled yes", "settled no", "not settled"]
REST = "rest"
COUNTS = ("converted", "leads", "baseline_converted", "baseline_leads")


@dataclass(frozen=True, eq=False)
class Dispute:
    """The claim's two groups side by side, stratum by stratum."""

    sources: tuple[str, ...]
    """Every source in the data."""
    source: str | None
    """As the data spells it; None where the data has no such source."""
    versus: str | None
    what: str
    """`MQL` or `lead`."""
    adjust: tuple[str, ...]
    """What is held equal: those of the claim's dimensions that are connected."""
    unknown_mix: bool
    """Whether a dimension of the claim's is not connected."""
    names: tuple[str, ...]
    """Of the strata."""
    gap: strata.Stratified
    own: tuple[Difference, ...]
    """Each stratum's own difference."""
    few: bool
    """Whether one of the two has too few leads to be judged."""
    young: int
    verdict: Verdict
    more: float
    """Leads of the two together that would settle it; 0 where it is settled, nan where that cannot be told."""
    ready: date | None
    """When they will be there at the present rate."""
    choices: int
    """Comparisons of two sources at a stage that could have been made."""

    @property
    def leads(self) -> tuple[int, int]:
        return int(sum(self.gap.leads)), int(sum(self.gap.baseline_leads))

    @property
    def caution(self) -> str:
        """Why there is no verdict though there is an interval; empty where there is one, or none of them."""
        return "" if math.isnan(self.gap.estimate) or math.isnan(self.gap.low) else self.gap.reason


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Dispute:
    """The claim of the settings on the leads of the last months that are old enough."""
    run, claim = facts.run, facts.run.params.monthly.claim
    for name in claim.adjust:
        if name not in TEXTS or name == "source":
            raise ParamsError(f"claim: adjust: '{name}' ({nearest(name, [t for t in TEXTS if t != 'source'])})")
    start = start_of(facts)
    adjust = tuple(name for name in claim.adjust if facts.tables.has(f"leads.{name}"))
    first = window(facts)
    frame = matured(
        facts,
        claim.stage,
        horizon=claim.horizon_days,
        start=start,
        first_day=first,
        last_day=run.last_day,
        by=("source", *adjust),
    )
    sources = tuple(sorted(set(frame["source"]) - {UNKNOWN}))
    source, versus = spelt(claim.source, sources), REST if claim.versus == REST else spelt(claim.versus, sources)
    mine = frame["source"] == source
    other = ~mine if versus == REST else frame["source"] == versus
    days = run.last_day - max(first, data_begins(facts, "leads")) + 1
    what = "MQL" if start == "mql" else "lead"
    return _judged(facts, (source, versus, what), sources, adjust, frame[mine], frame[other], days)


def start_of(facts: Facts) -> str:
    """From when the leads' age counts: sales can only accept or qualify what was handed over."""
    handed_over = facts.run.params.monthly.claim.stage in ("accepted", "sql") and facts.tables.has("leads.mql_at")
    return "mql" if handed_over else "created"


def spelt(name: str, sources: tuple[str, ...]) -> str | None:
    """A source as the data spells it."""
    return {s.casefold().strip(): s for s in sources}.get(name.casefold().strip())


def _judged(
    facts: Facts,
    named: tuple[str | None, str | None, str],
    sources: tuple[str, ...],
    adjust: tuple[str, ...],
    mine: pd.DataFrame,
    other: pd.DataFrame,
    days: int,
) -> Dispute:
    settings, claim, (source, versus, what) = facts.run.params.weekly, facts.run.params.monthly.claim, named
    keys = adjust or ("source",)
    table = side_by_side(*(part.assign(**({} if adjust else {"source": "all"})) for part in (mine, other)), on=keys)
    table = table[table["leads"] + table["baseline_leads"] > 0]
    gap = strata.stratified(**{c: table[c].to_numpy() for c in COUNTS}, conf=settings.confidence)
    if not adjust:  # one and the same difference by one method
        crude = gap.crude
        gap = replace(gap, estimate=crude.estimate, low=crude.low, high=crude.high, reason=crude.reason)
    own = tuple(_own(row, settings.confidence) for row in table[list(COUNTS)].itertuples(index=False))
    few = min(sum(gap.leads), sum(gap.baseline_leads)) < settings.min_n
    called: Verdict = "not settled" if few else verdict(gap, says=claim.says, matters=claim.matters)
    compared = sum(gap.leads) + sum(gap.baseline_leads) - gap.dropped_leads
    more, young = 0.0, int(mine["young"].sum() + other["young"].sum())
    if called == "not settled":
        more = (
            math.nan if few or gap.reason else more_leads(gap, leads=compared, says=claim.says, matters=claim.matters)
        )
    arriving = (int(mine["leads"].sum() + other["leads"].sum()) + young) / max(days, 1)
    return Dispute(
        sources=sources,
        source=source,
        versus=versus,
        what=what,
        adjust=adjust,
        unknown_mix=adjust != claim.adjust,
        names=tuple(" / ".join(str(row[k]) for k in keys) for row in table.to_dict("records")),
        gap=gap,
        own=own,
        few=few,
        young=young,
        verdict=called,
        more=more,
        ready=_ready(facts, more - young, arriving) if more > 0 else None,
        choices=_choices(facts, len(sources), rest=versus == REST),
    )


def _own(row: tuple[float, ...], conf: float) -> Difference:
    x1, n1, x2, n2 = row
    return difference(
        rate=proportion(converted=x1, leads=n1, conf=conf), baseline=proportion(converted=x2, leads=n2, conf=conf)
    )


def verdict(gap: Estimate, *, says: Literal["worse", "better"], matters: float) -> Verdict:
    """Say whether a claim is settled.

    Parameters
    ----------
    gap
        The difference of the claim's source and the other, of the same mix; its limits decide.
    matters
        A difference on the claim's side matters when it is larger than this.

    Returns
    -------
    Verdict
        `settled yes`: the whole interval lies beyond `matters` on the claim's side of 0. `settled no`: no part of it
        does, so that every difference that would matter is ruled out; an interval wholly on the other side, or wholly
        within ± `matters`, is of this kind. `not settled`: the interval holds both, there is none, or a reason says
        that it allows no verdict.

    Notes
    -----
    The rule of superiority and non-inferiority by a margin: Piaggio G et al. (2012), JAMA 308:2594-2604, figure 1.
    """
    low, high = _as_claimed(gap, says)[1:]
    if gap.reason:
        return "not settled"
    if low > matters:
        return "settled yes"
    return "settled no" if high <= matters else "not settled"


def more_leads(gap: Estimate, *, leads: float, says: Literal["worse", "better"], matters: float) -> float:
    """How many more leads of the two would settle it if the difference, the mix and the rates stay as they are.

    Returns
    -------
    float
        Rounded up to tens; nan without an interval, inf where the difference is just what matters.

    Notes
    -----
    The half width h = z √V must shrink to d = |difference - matters|. For two proportions V is
    p₁(1 - p₁)/n₁ + p₂(1 - p₂)/n₂, so n = z²(p₁(1 - p₁) + p₂(1 - p₂))/d² each where the groups are equal; at constant
    mix V falls as 1/n, within strata too, so that n leads in all must become n (h/d)².

    References
    ----------
    Fleiss JL, Levin B, Paik MC (2003), Statistical Methods for Rates and Proportions, 3rd ed., chapter 4.
    """
    estimate, low, high = _as_claimed(gap, says)
    half, distance = (estimate - low if estimate > matters else high - estimate), abs(estimate - matters)
    if math.isnan(half) or math.isnan(distance):
        return math.nan
    if distance == 0:
        return math.inf
    return max(10.0, math.ceil(leads * ((half / distance) ** 2 - 1) / 10) * 10.0)


def _as_claimed(gap: Estimate, says: str) -> tuple[float, float, float]:
    """Estimate and limits, positive where the claim is right."""
    return (-gap.estimate, -gap.high, -gap.low) if says == "worse" else (gap.estimate, gap.low, gap.high)


def _ready(facts: Facts, missing: float, per_day: float) -> date | None:
    """The day on which so many leads more will have come and be old enough; None beyond ten years."""
    days = max(0.0, missing) / per_day if per_day else math.inf
    if not days < 3650:
        return None
    return day_of(facts.run.as_of_day + math.ceil(days) + facts.run.params.monthly.claim.horizon_days)


def _choices(facts: Facts, sources: int, *, rest: bool) -> int:
    stages = sum(facts.tables.has(*needs(facts, stage)) for stage in STAGES)
    return stages * (sources if rest else math.comb(sources, 2))


WORDS = {"settled yes": "Settled yes", "settled no": "Settled no", "not settled": "Not settled"}
CAME = {
    "accepted": ("were accepted by sales", "accepted"),
    "sql": ("became sales-qualified", "sales-qualified"),
    "opportunity": ("led to a deal", "with a deal"),
    "won": ("led to a deal that was won", "won"),
}
"""What leads came to, in a sentence and at the head of a column."""
SHOWN = 8
"""Strata in the chart; the table has all of them."""


@agenda(
    id="dispute",
    title="A dispute, settled with numbers",
    question="Is the claim about our leads true, when leads of the same kind are compared?",
    needs=("leads.created_at", "leads.source"),
)
def dispute(facts: Facts, block: Block) -> Block:
    """The claim, raw and mix-adjusted, the verdict, and what would settle it."""
    claim = facts.run.params.monthly.claim
    lacking = facts.tables.lacking(*needs(facts, claim.stage, start=start_of(facts)))
    if lacking:
        return replace(block, missing=connect(facts, lacking))
    found = numbers(facts)
    if absent := _absent(facts, found):
        return replace(block, missing=absent)
    sentences: tuple[str, ...] = (sentence(facts, found),)
    if not found.few:
        sentences += (*_ruled(facts, found), *_mix(found), *_left(found), _comparisons(facts, found))
    return replace(
        block,
        sentences=sentences,
        pictures=() if found.few else (_picture(facts, found),),
        tables=(_table(facts, found),),
        evidence=_evidence(facts, found),
        metrics=_metrics(facts, found),
    )


def _absent(facts: Facts, found: Dispute) -> str:
    """One line where the data has no such source."""
    claim = facts.run.params.monthly.claim
    unknown = [name for name, is_ in ((claim.source, found.source), (claim.versus, found.versus)) if is_ is None]
    there = wording.listing(found.sources[:12]) or "none"
    if unknown:
        named = wording.listing([f"“{name}”" for name in unknown])
        return f"No lead of the last months comes from {named}. Choose the claim among the sources there are: {there}."
    if found.source == found.versus:
        return f"The claim compares “{found.source}” with itself. Choose two of the sources there are: {there}."
    return ""


def sentence(facts: Facts, found: Dispute) -> str:
    """The claim as it was said, the verdict, the raw rates and the difference among leads of the same mix."""
    claim = facts.run.params.monthly.claim
    said = f"“{claim.text.rstrip('.')}.” {WORDS[found.verdict]}"
    (mine, other), rates = found.leads, found.gap.crude
    if found.few:
        both = f"{whose(found, found.source, mine)} and {whose(found, found.versus, other)}"
        return f"{said}: {both} are old enough, too few to judge."
    by = f"{CAME[claim.stage][0]} within {wording.plural(claim.horizon_days, 'day')}"
    raw = (
        f"of {whose(found, found.source, mine)} {wording.percent(rates.rate.estimate)} {by},"
        f" of {whose(found, found.versus, other)} {wording.percent(rates.baseline.estimate)}"
    )
    return f"{said}: {raw}; {_adjusted(found)}."


def whose(found: Dispute, source: str | None, n: int) -> str:
    """`639 Webinar MQLs`."""
    things, many = (f"{found.what}s" if n > 1 else found.what), wording.count(n) if n else "no"
    return f"{many} {things} of all other sources" if source == REST else f"{many} {source} {things}"


def _adjusted(found: Dispute) -> str:
    gap = found.gap
    if math.isnan(gap.estimate):
        return f"they have no {found.what}s of the same {' and '.join(found.adjust)} that could be compared"
    told = f"{found.source} is {points(gap)}"
    if not found.adjust:
        return f"{told}, without regard to the mix{', which is not connected' if found.unknown_mix else ''}"
    return f"among {found.what}s of the same {' and '.join(found.adjust)} {told}"


def points(gap: Estimate) -> str:
    """`9 points better (5 to 13)`, `1 point worse (6 worse to 4 better)`."""
    shown = f"{_points(gap.estimate)} {_side(gap.estimate)}" if wording.shown_points(gap.estimate) else "as good"
    if math.isnan(gap.low):
        return shown
    if wording.shown_points(gap.low) * wording.shown_points(gap.high) > 0:
        near, far = sorted((abs(gap.low), abs(gap.high)))
        return f"{shown} ({wording.between(near * 100, far * 100)})"
    return f"{shown} ({_limit(gap.low)} to {_limit(gap.high)})"


def signed(gap: Estimate) -> str:
    """`+7 (−1 to +16)`: the same beside a scale that says which side is better."""
    if math.isnan(gap.low):
        return wording.signed_points(gap.estimate, whole=True)
    return wording.signed_points_range(gap.estimate, gap.low, gap.high, whole=True)


def _points(value: float) -> str:
    whole = wording.shown_points(abs(value))
    return f"{wording.count(whole)} {'point' if whole == 1 else 'points'}"


def _side(value: float) -> str:
    return "better" if value > 0 else "worse"


def _limit(value: float) -> str:
    return f"{wording.count(abs(value) * 100)} {_side(value)}" if wording.shown_points(value) else "no difference"


def _ruled(facts: Facts, found: Dispute) -> tuple[str, ...]:
    """What the verdict means in points, or what would settle the claim."""
    claim = facts.run.params.monthly.claim
    matters = f"more than {_points(claim.matters)}" if claim.matters else "anything"
    if found.verdict == "settled yes":
        return (f"{found.source} is {claim.says} by {matters}, which is what matters; no more leads are needed.",)
    if found.verdict == "settled no":
        told = f"A difference that matters, {matters} {claim.says}, is ruled out"
        return (f"{told}; no more leads are needed to settle this.",)
    if found.caution:
        return (f"No verdict is given with {found.caution}.",)
    things = f"{found.what}s of the two"
    if not math.isfinite(found.more):
        return (f"No number of further {things} can be named that would settle it.",)
    when = (
        f"at the present rate that is on {wording.day(found.ready)}"
        if found.ready
        else "at the present rate that takes more than ten years"
    )
    return (f"About {wording.count(found.more)} more {things} would settle it, if the difference stays; {when}.",)


def _mix(found: Dispute) -> tuple[str, ...]:
    """Where the mix makes the raw difference: the stratum whose share differs most."""
    (mine, other), gap = found.leads, found.gap
    if len(found.names) < 2 or gap.reason or gap.low <= gap.crude.estimate <= gap.high:
        return ()
    shares = [(a / mine, b / other) for a, b in zip(gap.leads, gap.baseline_leads, strict=True)]
    i = max(range(len(shares)), key=lambda k: abs(shares[k][0] - shares[k][1]))
    turned = gap.estimate * gap.crude.estimate < 0
    told = "The raw difference misleads" if turned else "Part of the raw difference is the mix"
    versus = "all others" if found.versus == REST else str(found.versus)
    return (
        f"{told}: {wording.percent(shares[i][0])} of the {found.what}s of {found.source} are {found.names[i]},"
        f" of those of {versus} {wording.percent(shares[i][1])}.",
    )


def _left(found: Dispute) -> tuple[str, ...]:
    """Leads of strata that only one side has."""
    n = int(found.gap.dropped_leads)
    if not n or math.isnan(found.gap.estimate):
        return ()
    things = wording.plural(n, found.what)
    return (f"{things} {'is' if n == 1 else 'are'} left out: only one of the two has any of that kind.",)


def _comparisons(facts: Facts, found: Dispute) -> str:
    stage = CAME[facts.run.params.monthly.claim.stage][1]
    return (
        f"This is the only comparison made ({stage}); {wording.count(found.choices)} of two groups on a stage could"
        " have been chosen, and among so many some would mislead by chance alone."
    )


def _rows(found: Dispute) -> list[tuple[str, Estimate, int]]:
    """Adjusted, raw and the strata's own differences, with the leads behind each."""
    gap = found.gap
    sizes = [int(a + b) for a, b in zip(gap.leads, gap.baseline_leads, strict=True)]
    both = sum(sizes)
    strata = sorted(zip(found.names, found.own, sizes, strict=True), key=lambda row: -row[2]) if found.adjust else []
    adjusted = [(f"same {' and '.join(found.adjust)}", gap, both - int(gap.dropped_leads))] if found.adjust else []
    return [*adjusted, ("raw", gap.crude, both), *strata[:SHOWN]]


def _picture(facts: Facts, found: Dispute) -> Picture:
    rows, claim = _rows(found), facts.run.params.monthly.claim
    texts = [wording.NOTHING if math.isnan(gap.estimate) else points(gap) for _, gap, _ in rows]
    known = [not math.isnan(gap.estimate) for _, gap, _ in rows]
    sign = -1 if claim.says == "worse" else 1
    told = "; ".join(f"{name}: {text}, n {wording.count(n)}" for (name, _, n), text in zip(rows, texts, strict=True))
    return charts.draw(
        differences,
        labels=[name for name, _, _ in rows],
        estimates=[gap.estimate if ok else None for (_, gap, _), ok in zip(rows, known, strict=True)],
        lows=[gap.low if ok and not math.isnan(gap.low) else None for (_, gap, _), ok in zip(rows, known, strict=True)],
        highs=[
            gap.high if ok and not math.isnan(gap.high) else None for (_, gap, _), ok in zip(rows, known, strict=True)
        ],
        n=[n for _, _, n in rows],
        texts=[signed(gap) if ok else wording.NOTHING for (_, gap, _), ok in zip(rows, known, strict=True)],
        matters=sign * claim.matters or None,
        matters_label="points; dashed: where it begins to matter" if claim.matters else "",
        write=wording.count,
        title=f"{WORDS[found.verdict]}: {_adjusted(found)}",
        alt=f"{told}.",
        id="dispute",
        height_in=0.75 + 0.3 * len(rows),
    )


def _table(facts: Facts, found: Dispute) -> Table:
    claim, gap = facts.run.params.monthly.claim, found.gap
    versus = "All others" if found.versus == REST else str(found.versus)
    came = CAME[claim.stage][1]

    def cells(name: str, own: Estimate, rate: Estimate, n: float, other: Estimate, m: float) -> tuple[str, ...]:
        difference = points(own) if not math.isnan(own.estimate) else wording.NOTHING
        shown = [wording.estimate(r.estimate, r.low, r.high) for r in (rate, other)]
        return (name, wording.count(n), shown[0], wording.count(m), shown[1], difference)

    rows = [
        cells(name, own, own.rate, n, own.baseline, m)
        for name, own, n, m in zip(found.names, found.own, gap.leads, gap.baseline_leads, strict=True)
    ]
    mine, other = found.leads
    head = (" and ".join(found.adjust) or "All").capitalize()
    return Table(
        f"{found.source} beside {versus}, {claim.horizon_days} days after they began",
        (
            Column(head),
            Column(f"{found.source} {found.what}s", numeric=True),
            Column(came, numeric=True),
            Column(f"{versus} {found.what}s", numeric=True),
            Column(came, numeric=True),
            Column(f"{found.source} is, in points", numeric=True),
        ),
        tuple(rows) if found.adjust else (),
        total=cells("All, raw", gap.crude, gap.crude.rate, mine, gap.crude.baseline, other),
        note=""
        if found.few
        else f"No verdict: {found.caution}."
        if found.caution
        else f"The verdict: {_adjusted(found)}.",
        folded=len(rows) > SHOWN,
    )


def _evidence(facts: Facts, found: Dispute) -> Evidence:
    claim, (mine, other) = facts.run.params.monthly.claim, found.leads
    return evidence(
        facts,
        "claim_difference",
        n=f"{whose(found, found.source, mine)}, {whose(found, found.versus, other)}",
        excluded=f"{wording.plural(found.young, found.what)} not older than {claim.horizon_days} days"
        + (f"; {wording.count(gone)} without a counterpart" if (gone := int(found.gap.dropped_leads)) else ""),
        method="difference within each stratum, averaged with Mantel-Haenszel weights, interval by Sato; raw"
        " difference and strata by Newcombe. Settled yes: the whole interval lies beyond what matters; settled no: no"
        f" part of it does; neither with fewer than {LEAST} leads of the same mix on a side",
    )


def _metrics(facts: Facts, found: Dispute) -> tuple[Metric, ...]:
    gap, (mine, other) = found.gap, found.leads
    versus = str(found.versus)
    records = [
        metric_of("claim_rate", gap.crude.rate, n=mine, source=found.source),
        metric_of("claim_rate", gap.crude.baseline, n=other, source=versus),
        points_of("claim_difference_raw", gap.crude, n=mine + other),
        points_of("claim_difference", gap, n=mine + other - int(gap.dropped_leads)),
        metric("claim_left_out", gap.dropped_leads, n=mine + other),
        metric("claim_too_young", found.young, n=found.young),
        metric("claim_matters", facts.run.params.monthly.claim.matters * 100),
        metric("claim_more", found.more, reason="" if math.isfinite(found.more) else "cannot be told"),
        metric("claim_comparisons", 1, n=found.choices),
    ]
    for name, own, n, m in zip(found.names, found.own, gap.leads, gap.baseline_leads, strict=True):
        if found.adjust:
            records.append(points_of("claim_difference", own, n=n + m, segment=name))
            for source, rate, size, whole in ((found.source, own.rate, n, mine), (versus, own.baseline, m, other)):
                records.append(metric_of("claim_rate", rate, n=size, source=source, segment=name))
                share, why = (size / whole, "") if whole else (None, f"no {found.what} of the source")
                records.append(metric("claim_mix", share, n=whole, source=source, segment=name, reason=why))
    return tuple(records)
