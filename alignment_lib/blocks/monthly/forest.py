"""Sources beside each other (C23): each against the rest at one age, as one family of comparisons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from alignment_lib.blocks.agenda import agenda, evidence, metric, metric_of, points_of
from alignment_lib.blocks.monthly.mature import (
    NO_STAGE,
    SHORT,
    TOLD,
    furthest,
    known_months,
    ready,
    signed_range,
    untold,
)
from alignment_lib.facts import Facts
from alignment_lib.facts.cohort_frames import matured
from alignment_lib.page import charts
from alignment_lib.page.block import Block, Cell, Column, Metric, Picture, Table
from alignment_lib.stats import comparisons, estimates, pooling, wording
from alignment_lib.stats.days import epoch_day

SHOWN = 12
"""Sources in the chart; the table has more."""
WORDS: dict[comparisons.Verdict, str] = {
    "above": "differs from the rest: higher",
    "below": "differs from the rest: lower",
    "borderline": "cannot tell",
    "no difference shown": "cannot tell",
}


@dataclass(frozen=True, eq=False)
class Source:
    """One source's leads that are old enough, and how it stands to all others together."""

    name: str
    rate: estimates.Proportion
    gap: comparisons.Comparison
    verdict: str
    """`differs from the rest: higher`, `… lower`, `cannot tell`, `too few`, `nothing to compare with`."""

    @property
    def leads(self) -> int:
        return self.gap.leads


@dataclass(frozen=True, eq=False)
class Forest:
    """Sources, the best lower limit of the pooled estimate first."""

    stage: str
    sources: tuple[Source, ...]
    overall: estimates.Proportion
    young: int

    @property
    def tested(self) -> tuple[Source, ...]:
        return tuple(s for s in self.sources if wording.defined(s.gap.q))

    def told(self, end: str) -> tuple[Source, ...]:
        """Sources whose verdict ends in a word."""
        return tuple(s for s in self.sources if s.verdict.endswith(end))


@lru_cache(maxsize=4)
def numbers(facts: Facts) -> Forest:
    """Every source that has leads which are old enough."""
    run, settings = facts.run, facts.run.params
    stage = furthest(facts) or ""
    frame = matured(
        facts,
        stage,
        horizon=settings.monthly.horizon_days,
        first_day=epoch_day(known_months(facts, stage)[0]),
        last_day=run.last_day,
        by=("source",),
    )
    young = int(frame["young"].sum())
    frame = frame[frame["leads"] > 0]
    found = compared(
        [str(s) for s in frame["source"]],
        [int(x) for x in frame["converted"]],
        [int(n) for n in frame["leads"]],
        conf=settings.weekly.confidence,
        min_leads=settings.weekly.min_n,
    )
    total = {"converted": int(frame["converted"].sum()), "leads": int(frame["leads"].sum())}
    return Forest(stage, found, estimates.proportion(**total, conf=settings.weekly.confidence), young)


def compared(
    names: list[str], converted: list[int], leads: list[int], *, conf: float, min_leads: int
) -> tuple[Source, ...]:
    """Each source against the rest, sorted by the lower limit of the pooled estimate."""
    if not names:
        return ()
    gaps = comparisons.compare_groups(converted=converted, leads=leads, min_leads=min_leads, conf=conf)
    order = pooling.shrink(converted=converted, leads=leads, conf=conf).order
    rates = [estimates.proportion(converted=x, leads=n, conf=conf) for x, n in zip(converted, leads, strict=True)]
    return tuple(Source(names[i], rates[i], gaps[i], _verdict(gaps[i], min_leads)) for i in order)


def _verdict(gap: comparisons.Comparison, min_leads: int) -> str:
    if gap.leads < min_leads:
        return "too few"
    verdict = gap.verdict()
    return WORDS.get(verdict, "nothing to compare with") if gap.baseline_leads else "nothing to compare with"


@agenda(
    id="forest",
    title="Sources compared",
    question="Which sources really convert better or worse than the rest? Only leads that are old enough count.",
    side="marketing",
    needs=("leads.created_at", "leads.source"),
)
def forest(facts: Facts, block: Block) -> Block:
    """Each source against the rest at the age at which leads are compared."""
    stage = furthest(facts)
    if stage is None:
        return replace(block, missing=NO_STAGE)
    since = wording.month(known_months(facts, stage)[0])
    found, horizon = numbers(facts), facts.run.params.monthly.horizon_days
    if not found.sources:
        return replace(block, sentences=(f"No lead is old enough yet: {ready(facts, horizon, stage)}.",))
    young = f"{wording.plural(found.young, 'lead')} not older than {horizon} days" if found.young else ""
    tests = wording.plural(len(found.tested), "comparison")
    return replace(
        block,
        sentences=sentences(facts, found),
        pictures=(_picture(facts, found),),
        tables=(_table(facts, found),),
        evidence=evidence(
            facts,
            "source_conversion",
            "source_difference",
            n=f"{wording.plural(found.overall.leads, 'lead')} created since {since}",
            excluded="; ".join(filter(None, (young, untold(facts, stage)))),
            method=f"{tests} made together: N-1 chi-squared or Fisher mid-P, Benjamini-Hochberg at a false discovery"
            " rate of 10 %; difference with Newcombe's interval; sorted by the lower limit of a partially pooled"
            " estimate; sources differ in whom they bring, so this is no proof of cause",
        ),
        metrics=_metrics(found),
    )


def sentences(facts: Facts, found: Forest) -> tuple[str, ...]:
    """Which sources differ, and of how many nothing can be told."""
    horizon, least = facts.run.params.monthly.horizon_days, facts.run.params.weekly.min_n
    rate = wording.estimate(found.overall.estimate, found.overall.low, found.overall.high)
    n = wording.plural(found.overall.leads, "lead")
    told = [f"Of the {n} that are older than {horizon} days, {rate} {TOLD[found.stage]} within {horizon} days."]
    if found.young:
        told[0] = f"{told[0][:-1]}; the curves count the younger ones too."
    higher, lower, few = found.told("higher"), found.told("lower"), found.told("too few")
    parts = [f"{where} the rest: {_named(part)}" for part, where in ((higher, "above"), (lower, "below")) if part]
    if parts:
        text = "; ".join(parts)
        told.append(f"{text[0].upper()}{text[1:]}.")
    unknown = len(found.tested) - len(higher) - len(lower)
    if not found.tested or len(found.sources) == 1:
        told.append("There are no two sources with enough leads to compare.")
    elif not parts:
        told.append("No source can be told apart from the rest.")
    elif unknown:
        others = f"the {wording.plural(unknown, 'other source')}" if unknown > 1 else "the one other source"
        told.append(f"Of {others} we cannot tell.")
    if few:
        have = "source has" if len(few) == 1 else "sources have"
        count = "One" if len(few) == 1 else wording.count(len(few))
        told.append(f"{count} {have} fewer than {least} leads that are old enough, so nothing is said of them.")
    return tuple(told)


def _named(part: tuple[Source, ...]) -> str:
    return wording.listing(
        [f"{s.name} with {wording.percent(s.rate.estimate, width=s.rate.high - s.rate.low)}" for s in part]
    )


def _rate(s: Source) -> str:
    return wording.estimate(s.rate.estimate, s.rate.low, s.rate.high)


def _picture(facts: Facts, found: Forest) -> Picture:
    rows = [s for s in found.sources if s.verdict != "too few"][:SHOWN] or list(found.sources[:SHOWN])
    apart = len(found.told("higher")) + len(found.told("lower"))
    horizon = facts.run.params.monthly.horizon_days
    title = f"{wording.plural(apart, 'source')} {'differs' if apart == 1 else 'differ'} from the rest"
    compared = any(s.verdict not in ("too few", "nothing to compare with") for s in found.sources)
    none = "No source is shown to differ from the rest" if compared else "There are no two sources to compare"
    title = title if apart else none
    alt = "; ".join(f"{s.name}: {_rate(s)}, n {wording.count(s.leads)}, {s.verdict}" for s in rows)
    return charts.draw(
        charts.intervals,
        labels=[s.name for s in rows],
        estimates=[s.rate.estimate for s in rows],
        lows=[s.rate.low for s in rows],
        highs=[s.rate.high for s in rows],
        n=[s.leads for s in rows],
        overall=found.overall.estimate,
        overall_label=f"all {wording.percent(found.overall.estimate, width=0)}",
        side="marketing",
        texts=[s.verdict.replace("differs from the rest: ", "differs, ") for s in rows],
        write=wording.count,
        title=f"{title} ({SHORT[found.stage]} by day {horizon}, of leads older than that)",
        alt=alt + ".",
        id="forest",
        height_in=0.5 + 0.27 * len(rows),
    )


def _table(facts: Facts, found: Forest) -> Table:
    limit = facts.run.params.weekly.list_rows
    rows: list[tuple[Cell, ...]] = [
        (
            s.name, wording.count(s.leads), wording.count(s.gap.converted), _rate(s),
            signed_range(s.gap.estimate, s.gap.low, s.gap.high) if s.verdict != "too few" else wording.NOTHING,
            s.verdict,
        )
        for s in found.sources[:limit]
    ]  # fmt: skip
    rest = found.sources[limit:]
    if rest:
        won, n = sum(s.gap.converted for s in rest), sum(s.leads for s in rest)
        rows.append((f"{wording.count(len(rest))} more", wording.count(n), wording.count(won), "", "", ""))
    all_ = found.overall
    total = ("All", wording.count(all_.leads), wording.count(all_.converted),
             wording.estimate(all_.estimate, all_.low, all_.high), "", "")  # fmt: skip
    return Table(
        f"Each source against all others together, by day {facts.run.params.monthly.horizon_days}",
        (
            Column("Source"),
            Column("Leads", numeric=True),
            Column(SHORT[found.stage], numeric=True),
            Column("Share", numeric=True),
            Column("against the rest", "points", numeric=True),
            Column("Verdict"),
        ),
        tuple(rows),
        total=total,
        folded=True,
    )


def _metrics(found: Forest) -> tuple[Metric, ...]:
    apart = len(found.told("higher")) + len(found.told("lower"))
    tested = len(found.tested)
    records = [metric_of("source_conversion", found.overall, n=found.overall.leads)]
    records.append(metric("sources_told_apart", apart, n=tested))
    records.append(metric("sources_told_apart", tested - apart, n=tested, segment="cannot tell"))
    records.append(metric("sources_told_apart", len(found.told("too few")), segment="too few"))
    for s in found.sources:
        records.append(metric_of("source_conversion", s.rate, n=s.leads, source=s.name))
        if s.verdict != "too few":
            records.append(points_of("source_difference", s.gap, n=s.leads, source=s.name))
    return tuple(records)
