"""The six mistakes (C41): for each a measure that stands for it, the limit that was agreed, and pass or warn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from alignment_lib.blocks.agenda import agenda, evidence, metric, metric_of
from alignment_lib.blocks.closed import knows_losses
from alignment_lib.blocks.loop import NEEDS, what
from alignment_lib.blocks.monthly.closed_loop import numbers as due
from alignment_lib.blocks.monthly.prospects import numbers as profiles
from alignment_lib.facts import Facts
from alignment_lib.facts import effort_frames as efforts
from alignment_lib.facts import stage_frames as stages
from alignment_lib.page.block import Block, Column, Mark, Metric, Table
from alignment_lib.stats import estimates, wording

UNREACHED = ("not reached", "unreachable", "no answer", "no response", "wrong contact", "wrong person", "wrong number")
"""Words in a reason that say that nobody, or the wrong person, was reached."""
TINY = 0.0005
"""A share that would be printed as 0.0 %."""
NUMBERS = ("none", "one", "two", "three", "four", "five", "six")


@dataclass(frozen=True, eq=False)
class Mistake:
    """A mistake, what stands for it, its share and its limit; `share` None where the data does not tell."""

    name: str
    measure: str
    limit: float
    share: estimates.Estimate | None
    n: int
    enough: int
    whole: bool = False
    """Whether everything was counted, so that there is no interval and no smallest number."""

    @property
    def mark(self) -> Mark:
        """Warn where the measure lies over its limit."""
        if self.share is None:
            return Mark("none", "not in this data")
        if not self.n or (not self.whole and self.n < self.enough):
            return Mark("none", "too few")
        return Mark("bad", "warn") if self.share.estimate > self.limit else Mark("good", "pass")


Count = tuple[int, int]


@lru_cache(maxsize=4)
def numbers(facts: Facts) -> tuple[Mistake, ...]:
    """The six, in the order of the agenda."""
    limits, days = facts.run.params.monthly.mistakes, facts.run.params.sla.sales.decision_days
    rows: tuple[tuple[str, str, float, Callable[[Facts], Count | None]], ...] = (
        ("Wrong prospects", f"{what(facts)}s of the month outside the ideal profile", limits.outside_profile, _outside),
        ("Wrong people", "rejections of the month because nobody or the wrong person was reached", limits.unreached,
         _unreached),
        ("Wrong data", "rows that could not be used, of all that were read", limits.unreadable, _unreadable),
        ("Wrong external information", "deals lost in the month with neither a reason nor a competitor",
         limits.blank_reason, _blank),
        ("Wrong internal information", f"{what(facts)}s due in the month without a decision within {days} days",
         limits.open_loop, _undecided),
    )  # fmt: skip
    settings = facts.run.params.weekly
    found = []
    for name, measure, limit, count in rows:
        parts = count(facts)
        share = estimates.proportion(converted=parts[0], leads=parts[1], conf=settings.confidence) if parts else None
        found.append(Mistake(name, measure, limit, share, parts[1] if parts else 0, settings.min_n))
    return (*found, _one_sided(facts))


def _outside(facts: Facts) -> Count | None:
    if not facts.tables.has("leads.created_at", "leads.icp_tier"):
        return None
    found = profiles(facts)
    share = found.ideal(found.leads)
    return int(share.leads - share.converted), int(share.leads)


def _unreached(facts: Facts) -> Count | None:
    if not facts.tables.has("leads.accepted_at", "leads.rejected_at", "leads.reject_reason"):
        return None
    made = efforts.decided(facts, first_day=facts.run.first_day, last_day=facts.run.last_day)
    reasons = made.loc[made["rejected"] & (made["reason"] != ""), "reason"].str.casefold()
    return int(reasons.map(lambda text: any(word in text for word in UNREACHED)).sum()), len(reasons)


def _unreadable(facts: Facts) -> Count | None:
    accounts = facts.tables.accounts
    return sum(a.set_aside for a in accounts), sum(a.read for a in accounts)


def _blank(facts: Facts) -> Count | None:
    if not facts.tables.has("opportunities.closed_at", "opportunities.loss_reason") or not knows_losses(facts):
        return None
    lost, blank = stages.lost_deals(facts)
    return blank, lost


def _undecided(facts: Facts) -> Count | None:
    if not facts.tables.has(*NEEDS):
        return None
    counts = due(facts).counts
    return int(counts["leads"].sum() - counts["decided"].sum()), int(counts["leads"].sum())


def _one_sided(facts: Facts) -> Mistake:
    """Paid weight on metrics that only one team is paid on; a plan, so every weight is counted."""
    rows = [r for r in facts.kept("compensation") if r["weight"]]
    teams: dict[str, set[str]] = {}
    for r in rows:
        teams.setdefault(r["metric"], set()).add(r["team"])
    total = sum(r["weight"] for r in rows)
    alone = sum(r["weight"] for r in rows if len(teams[r["metric"]]) == 1)
    share = estimates.Estimate(estimate=alone / total, low=float("nan"), high=float("nan")) if total else None
    measure = "pay that hangs on metrics on which only one of the teams is paid, every role alike"
    limit = facts.run.params.monthly.mistakes.one_sided
    return Mistake("Wrong metrics", measure, limit, share, len(rows), 1, whole=True)


@agenda(
    id="mistakes",
    title="The six mistakes",
    question="Which of the six mistakes of marketing and sales are we making?",
)
def mistakes(facts: Facts, block: Block) -> Block:
    """A panel: measure, value, limit, pass or warn."""
    found = numbers(facts)
    words = ", ".join(f"“{w}”" for w in UNREACHED)
    params = facts.run.params
    note = (
        f"Warn: the measure lies over the limit of {params.file('monthly.yaml')}; pass: it does not; too few: fewer"
        f" than {params.weekly.min_n}, so that it is not judged. Each measure stands for its mistake and does not"
        f" prove it. Rejections count as not reached where the reason holds {words}; those without one are left"
        " out."
    )
    columns = [Column("Mistake"), Column("What stands for it"), Column("Value"), Column("of", numeric=True)]
    columns += [Column("Limit", numeric=True), Column("Verdict")]
    rows = tuple(
        (m.name, m.measure, _value(m), wording.count(m.n) if m.n else "", wording.percent(m.limit), m.mark)
        for m in found
    )
    warned = tuple(i for i, m in enumerate(found) if m.mark.status == "bad")
    return replace(
        block,
        sentences=(sentence(found),),
        tables=(Table("Six mistakes, each with its proxy", tuple(columns), rows, note=note, highlight=warned),),
        prompts=("Which warning do we act on first, and who owns it?",) if warned else (),
        evidence=evidence(
            facts,
            "mistake",
            n=f"{NUMBERS[sum(m.mark.word in ('pass', 'warn') for m in found)]} of six measures judged",
            method="Wilson intervals; pay is counted in full and has none; the value is judged, not its interval",
        ),
        metrics=_metrics(found),
    )


def _value(m: Mistake) -> str:
    if m.share is None or not m.n:
        return wording.NOTHING
    if not wording.defined(m.share.low):
        return wording.percent(m.share.estimate)
    if 0 < m.share.estimate < TINY:
        return f"under {wording.percent(2 * TINY, width=0.0)}"
    return wording.estimate(m.share.estimate, m.share.low, m.share.high)


def sentence(found: tuple[Mistake, ...]) -> str:
    """How many are a warning, and which."""
    warned = [m for m in found if m.mark.word == "warn"]
    judged = [m for m in found if m.mark.word in ("warn", "pass")]
    if not judged:
        return "None of the six mistakes can be judged with this data."
    known, k = NUMBERS[len(judged)], len(warned)
    named = f": {wording.listing([m.name.lower() for m in warned])}" if k else ""
    if len(judged) == 1:
        return f"Only one of the six mistakes can be judged; it gives {'a' if k else 'no'} warning{named}."
    told = f"{NUMBERS[k]} {'gives' if k < 2 else 'give'} a warning{named}."
    if len(judged) == len(found):
        return f"Of the six mistakes, {told}"
    return f"{known.capitalize()} of the six mistakes can be judged; {told}"


def _metrics(found: tuple[Mistake, ...]) -> tuple[Metric, ...]:
    warned = sum(m.mark.word == "warn" for m in found)
    records = [metric("mistakes_warned", warned, n=sum(m.mark.word in ("pass", "warn") for m in found))]
    for m in found:
        if m.share is None:
            records.append(metric("mistake", None, segment=m.name, reason="not in this data"))
        else:
            records.append(metric_of("mistake", m.share, n=m.n, segment=m.name))
    return tuple(records)
