"""Why a rate changed: another mix of sources, or the same sources converting differently (C23)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import pandas as pd

from alignment_lib.blocks.agenda import agenda, evidence, metric, metric_of, points_of
from alignment_lib.blocks.monthly.by_day import Rate, acceptance, conversion, counts, of_months
from alignment_lib.blocks.monthly.mature import (
    NO_STAGE,
    known_months,
    label,
    mature_months,
    points,
    ready,
    signed,
    signed_range,
    span,
    untold,
)
from alignment_lib.facts import Facts
from alignment_lib.facts.cohort_frames import side_by_side
from alignment_lib.page.block import Block, Cell, Column, Metric, Table
from alignment_lib.params.period import Month
from alignment_lib.stats import changes, limits, wording
from alignment_lib.stats.estimates import Estimate

MONTHS, SPAN = 3, "three months"
"""Months on either side, where the data holds twice as many that are old enough; else one."""


@dataclass(frozen=True, eq=False)
class Change:
    """A rate of two spans of months, its change in two parts, in total and by source, and what change is usual."""

    rate: Rate
    earlier: tuple[Month, ...]
    later: tuple[Month, ...]
    sources: tuple[str, ...]
    leads: tuple[tuple[int, int], ...]
    """Leads of each source, earlier and later."""
    split: changes.MixAndRate
    usual: limits.NormalRange
    """In which the change is no news, from the months before the later span."""

    @property
    def totals(self) -> tuple[int, int]:
        return sum(n for n, _ in self.leads), sum(n for _, n in self.leads)


def rate_of(facts: Facts) -> Rate | None:
    """Acceptance, which is known soonest; else the furthest stage."""
    return acceptance(facts) or conversion(facts)


@lru_cache(maxsize=4)
def numbers(facts: Facts) -> Change | None:
    """None where fewer than two months are old enough."""
    rate = rate_of(facts)
    months = mature_months(facts, rate.horizon, rate.stage) if rate else ()
    if rate is None or len(months) < 2:
        return None
    size = MONTHS if len(months) >= 2 * MONTHS else 1
    earlier, later = months[-2 * size : -size], months[-size:]
    frame = counts(facts, rate)
    pair = side_by_side(of_months(frame, later), of_months(frame, earlier), on=("source",))
    names = ("converted", "leads", "baseline_converted", "baseline_leads")
    split = changes.mix_and_rate(**{n: pair[n] for n in names}, conf=facts.run.params.weekly.confidence)
    leads = tuple((int(b), int(n)) for b, n in zip(pair["baseline_leads"], pair["leads"], strict=True))
    usual = _usual(frame, months[:-size], leads)
    return Change(rate, earlier, later, tuple(str(s) for s in pair["source"]), leads, split, usual)


def _usual(frame: pd.DataFrame, before: tuple[Month, ...], leads: tuple[tuple[int, int], ...]) -> limits.NormalRange:
    """The normal range of the change: how far chance alone moves the rate, as the report looks at it every month."""
    sums = [of_months(frame, (month,))[["converted", "leads"]].sum() for month in before]
    return limits.change_chart(
        earlier_converted=[s["converted"] for s in sums],
        earlier_leads=[s["leads"] for s in sums],
        leads=sum(n for _, n in leads),
        baseline_leads=sum(n for n, _ in leads),
    )


@agenda(
    id="mix_rate",
    title="Mix or rate",
    question="Did the rate change because other leads came in, or because the same kinds of leads fare differently?",
    needs=("leads.created_at", "leads.source"),
)
def mix_rate(facts: Facts, block: Block) -> Block:
    """The change of the overall rate in two parts that add up to it."""
    rate = rate_of(facts)
    if rate is None:
        return replace(block, missing=NO_STAGE)
    found = numbers(facts)
    if found is None:
        young = len(mature_months(facts, rate.horizon, rate.stage)) < len(known_months(facts, rate.stage))
        when = f"; {ready(facts, rate.horizon, rate.stage)}" if young else ""
        return replace(block, sentences=(f"Fewer than two whole months are old enough to be compared{when}.",))
    before, now = found.totals
    defined = wording.defined(found.split.estimate)
    return replace(
        block,
        sentences=sentences(found),
        tables=(_table(found),) if defined else (),
        evidence=evidence(
            facts,
            "rate_change",
            "mix_effect",
            "rate_effect",
            "usual_change",
            n=f"{wording.count(before)} {rate.what} of {span(found.earlier)} and {wording.count(now)} of"
            f" {span(found.later)}",
            excluded="; ".join(filter(None, (f"{rate.what} that are too young", untold(facts, rate.stage)))),
            method="Kitagawa's split by source; intervals: the whole change by Newcombe's method 10, its parts from"
            " Wilson's limits of each source's rate (MOVER) and the delta method for the shares; normal range of the"
            " change: three standard errors (p-chart), widened where the months before differ more than chance lets"
            " them, as a report that looks every month would else find news in chance",
        ),
        metrics=_metrics(found),
    )


def sentences(found: Change) -> tuple[str, ...]:
    """The change, whether it is more than chance, and its two parts."""
    split, rate = found.split, found.rate
    if not wording.defined(split.estimate):
        empty = found.later if not found.totals[1] else found.earlier
        return (f"There were no {rate.what} in {span(empty)}, so there is nothing to compare.",)
    was, now = (wording.estimate(e.estimate, e.low, e.high) for e in (split.baseline, split.rate))
    first = f"Of the {rate.what} of {span(found.later)}, {now} {rate.told}, after {was} in {span(found.earlier)}."
    if not wording.shown_points(split.estimate, 1):
        return (first, "The rate did not change.")
    way = "rise" if split.estimate > 0 else "fall"
    parts = wording.listing(
        [_part(split.mix, "the mix of sources"), _part(split.rate_effect, "the sources' own rates")]
    )
    return (first, f"It is a {way} of {points(split.estimate)} {_limits(split)}: {parts}.", _news(found, way))


def _part(part: Estimate, what: str) -> str:
    if not wording.shown_points(part.estimate, 1):
        return f"{what} changed nothing {_limits(part)}"
    return f"{what} {'added' if part.estimate > 0 else 'took away'} {points(part.estimate)} {_limits(part)}"


def _limits(part: Estimate) -> str:
    return f"({signed(part.low)} to {signed(part.high)})"


def _news(found: Change, way: str) -> str:
    """Whether the change is more than chance brings to whoever looks every month."""
    usual, split = found.usual, found.split
    if not wording.defined(usual.high):
        chance = "; by its interval there may be none at all" if split.low <= 0 <= split.high else ""
        return f"Too few months are known to say whether such a {way} is usual{chance}."
    size = "one month" if len(found.later) == 1 else SPAN
    moves = f"chance alone moves this rate by up to {points(usual.high)} from {size} to the next"
    months = f"as the {wording.plural(usual.weeks, 'month')} before show"
    if usual.verdict(split.estimate) == "within":
        return f"The {way} is no news: {moves}, {months}."
    return f"The {way} is news: {moves}, {months}, and this is more."


def _ranged(part: Estimate) -> str:
    return signed_range(part.estimate, part.low, part.high)


def _table(found: Change) -> Table:
    split = found.split
    before, now = found.totals
    parts = list(zip(split.mix_by_segment, split.rate_effect_by_segment, strict=True))
    sizes = [-abs(mix.estimate) - abs(own.estimate) for mix, own in parts]
    order = sorted(range(len(parts)), key=lambda i: (sizes[i], found.sources[i]))
    rows: list[tuple[Cell, ...]] = []
    for i in order:
        (a, b), (mix, own) = found.leads[i], parts[i]
        shares = (
            f"{wording.count(a)} ({wording.percent(a / before)})",
            f"{wording.count(b)} ({wording.percent(b / now)})",
        )
        rows.append((found.sources[i], *shares, _ranged(mix), _ranged(own), signed(mix.estimate + own.estimate)))
    total: tuple[Cell, ...] = ("All", wording.count(before), wording.count(now), _ranged(split.mix),
                               _ranged(split.rate_effect), _ranged(split))  # fmt: skip
    return Table(
        f"{found.rate.what[0].upper()}{found.rate.what[1:]} by source, and the change of the rate in points",
        (
            Column("Source"),
            Column(span(found.earlier), numeric=True),
            Column(span(found.later), numeric=True),
            Column("by the mix", numeric=True),
            Column("by its own rate", numeric=True),
            Column("together", numeric=True),
        ),
        tuple(rows),
        total=total,
        note="A source that grows counts as good only if it converts better than the rest.",
        folded=True,
    )


def _metrics(found: Change) -> tuple[Metric, ...]:
    split = found.split
    records = [
        metric_of("period_rate", e, n=n, segment=found.rate.stage, period=label(months))
        for e, n, months in zip((split.baseline, split.rate), found.totals, (found.earlier, found.later), strict=True)
    ]
    when, both = label(found.later), sum(found.totals)
    records.append(points_of("rate_change", split, n=both, period=when))
    for name, part, of_sources in (
        ("mix_effect", split.mix, split.mix_by_segment),
        ("rate_effect", split.rate_effect, split.rate_effect_by_segment),
    ):
        records.append(points_of(name, part, n=both, period=when))
        for source, leads, own in zip(found.sources, found.leads, of_sources, strict=True):
            records.append(points_of(name, own, n=sum(leads), source=source, period=when))
    usual = found.usual
    records.append(metric("usual_change", usual.high * 100, n=usual.weeks, period=when, reason=usual.reason))
    return tuple(records)
