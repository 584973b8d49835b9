"""Why a rate changed: another mix of sources, or the same sources converting differently (C23)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from alignment_lib import changes, wording
from alignment_lib.block import Block, Cell, Column, Metric, Table
from alignment_lib.blocks.agenda import agenda, evidence, metric, metric_of, points_of
from alignment_lib.blocks.monthly.by_day import Rate, acceptance, conversion, counts, of_months
from alignment_lib.blocks.monthly.mature import (
    NO_STAGE,
    known_months,
    mature_months,
    points,
    ready,
    signed,
    signed_range,
    span,
)
from alignment_lib.metrics import Facts
from alignment_lib.metrics.cohort_frames import side_by_side
from alignment_lib.params.period import Month

MONTHS = 3
"""Months on either side, where the data holds twice as many that are old enough; else one."""


@dataclass(frozen=True, eq=False)
class Change:
    """A rate of two spans of months, and its change in two parts, in total and by source."""

    rate: Rate
    earlier: tuple[Month, ...]
    later: tuple[Month, ...]
    sources: tuple[str, ...]
    leads: tuple[tuple[int, int], ...]
    """Leads of each source, earlier and later."""
    split: changes.MixAndRate

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
    months = mature_months(facts, rate.horizon) if rate else ()
    if rate is None or len(months) < 2:
        return None
    size = MONTHS if len(months) >= 2 * MONTHS else 1
    earlier, later = months[-2 * size : -size], months[-size:]
    frame = counts(facts, rate)
    pair = side_by_side(of_months(frame, later), of_months(frame, earlier), on=("source",))
    names = ("converted", "leads", "baseline_converted", "baseline_leads")
    split = changes.mix_and_rate(**{n: pair[n] for n in names}, conf=facts.run.params.weekly.confidence)
    leads = tuple((int(b), int(n)) for b, n in zip(pair["baseline_leads"], pair["leads"], strict=True))
    return Change(rate, earlier, later, tuple(str(s) for s in pair["source"]), leads, split)


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
        young = len(mature_months(facts, rate.horizon)) < len(known_months(facts))
        when = f"; {ready(facts, rate.horizon)}" if young else ""
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
            n=f"{wording.count(before)} {rate.what} of {span(found.earlier)} and {wording.count(now)} of"
            f" {span(found.later)}",
            excluded=f"{rate.what} that are too young",
            method="Kitagawa's split by source; interval of the whole change by Newcombe's method 10, the parts have"
            " none",
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
    chance = "" if split.low > 0 or split.high < 0 else ", no more than chance alone may bring"
    way = "rise" if split.estimate > 0 else "fall"
    parts = wording.listing(
        [_part(split.mix, "the mix of sources"), _part(split.rate_effect, "the sources' own rates")]
    )
    return (first, f"It is a {way} of {points(split.estimate)}{chance}: {parts}.")


def _part(value: float, what: str) -> str:
    if not wording.shown_points(value, 1):
        return f"{what} changed nothing"
    return f"{what} {'added' if value > 0 else 'took away'} {points(value)}"


def _table(found: Change) -> Table:
    split = found.split
    before, now = found.totals
    order = sorted(
        range(len(found.sources)),
        key=lambda i: (-abs(split.mix_by_segment[i]) - abs(split.rate_effect_by_segment[i]), found.sources[i]),
    )
    rows: list[tuple[Cell, ...]] = []
    for i in order:
        (a, b), mix, own = found.leads[i], split.mix_by_segment[i], split.rate_effect_by_segment[i]
        shares = (
            f"{wording.count(a)} ({wording.percent(a / before)})",
            f"{wording.count(b)} ({wording.percent(b / now)})",
        )
        rows.append((found.sources[i], *shares, signed(mix), signed(own), signed(mix + own)))
    whole = signed_range(split.estimate, split.low, split.high)
    total: tuple[Cell, ...] = ("All", wording.count(before), wording.count(now), signed(split.mix),
                               signed(split.rate_effect), whole)  # fmt: skip
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
        metric_of("period_rate", e, n=n, segment=found.rate.stage, period=_label(months))
        for e, n, months in zip((split.baseline, split.rate), found.totals, (found.earlier, found.later), strict=True)
    ]
    when = _label(found.later)
    records.append(points_of("rate_change", split, n=sum(found.totals), period=when))
    whole, reason = {"mix_effect": split.mix, "rate_effect": split.rate_effect}, split.reason
    records += [metric(name, value * 100, period=when, reason=reason) for name, value in whole.items()]
    for i, source in enumerate(found.sources):
        for name, part in (("mix_effect", split.mix_by_segment), ("rate_effect", split.rate_effect_by_segment)):
            records.append(metric(name, part[i] * 100, source=source, period=when, reason=reason))
    return tuple(records)


def _label(months: tuple[Month, ...]) -> str:
    first, last = months[0].label, months[-1].label
    return first if first == last else f"{first} to {last}"
