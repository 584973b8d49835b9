"""What settles a dispute (C25): the difference among leads of the same mix, and how many more leads it would take."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Literal

import pandas as pd

from alignment_lib.blocks.history import data_begins
from alignment_lib.blocks.monthly.whatif import window
from alignment_lib.errors import ParamsError
from alignment_lib.facts import Facts
from alignment_lib.facts.cohort_frames import STAGES, matured, needs, side_by_side
from alignment_lib.facts.facts import TEXTS, UNKNOWN
from alignment_lib.params.files import nearest
from alignment_lib.stats import strata
from alignment_lib.stats.days import day_of
from alignment_lib.stats.estimates import Difference, Estimate, difference, proportion

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
        more = math.nan if few else more_leads(gap, leads=compared, says=claim.says, matters=claim.matters)
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
        within ± `matters`, is of this kind. `not settled`: the interval holds both, or there is none.

    Notes
    -----
    The rule of superiority and non-inferiority by a margin: Piaggio G et al. (2012), JAMA 308:2594-2604, figure 1.
    """
    low, high = _as_claimed(gap, says)[1:]
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
