"""The stage funnel with its skips (C23): how far the leads of the newest month that is old enough have come."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import pandas as pd

from alignment_lib.blocks.agenda import agenda, evidence, metric, metric_of
from alignment_lib.blocks.monthly.mature import NO_STAGE, SHORT, TOLD, furthest, mature_months, ready
from alignment_lib.facts import Facts
from alignment_lib.facts.funnel_frames import stage_patterns, stages
from alignment_lib.page.block import Block, Cell, Column, Metric, Table
from alignment_lib.params.period import Month
from alignment_lib.stats import estimates, wording
from alignment_lib.stats.days import epoch_day


@dataclass(frozen=True, eq=False)
class Step:
    """One stage: who reached it by the horizon, of all leads and of those of the stage before, and who skipped it."""

    stage: str
    share: estimates.Proportion
    of_before: estimates.Proportion
    skipped: int


@dataclass(frozen=True, eq=False)
class Funnel:
    """The stages of one month's leads, in their order."""

    month: Month
    leads: int
    steps: tuple[Step, ...]
    skippers: int
    """Leads that skipped at least one stage."""


@lru_cache(maxsize=4)
def numbers(facts: Facts) -> Funnel | None:
    """None where no month is old enough."""
    horizon = facts.run.params.monthly.horizon_days
    months = mature_months(facts, horizon, furthest(facts) or "")
    if not months:
        return None
    month = months[-1]
    first, last = epoch_day(month.first), epoch_day(month.last)
    frame = stage_patterns(facts, horizon=horizon, first_day=first, last_day=last)
    return funnel_of(frame, month, facts.run.params.weekly.confidence)


def funnel_of(frame: pd.DataFrame, month: Month, conf: float) -> Funnel:
    """Counts of the patterns of stages, by stage."""
    names, n = [c for c in frame.columns if c != "leads"], frame["leads"]
    skipped_any = pd.Series(False, index=frame.index)
    steps = []
    for place, name in enumerate(names):
        here = frame[name].astype(bool)
        before = frame[names[place - 1]].astype(bool) if place else pd.Series(True, index=frame.index)
        skipped = ~here & frame[names[place + 1 :]].any(axis=1)
        skipped_any |= skipped
        steps.append(
            Step(
                name,
                estimates.proportion(converted=int(n[here].sum()), leads=int(n.sum()), conf=conf),
                estimates.proportion(converted=int(n[here & before].sum()), leads=int(n[before].sum()), conf=conf),
                int(n[skipped].sum()),
            )
        )
    return Funnel(month, int(n.sum()), tuple(steps), int(n[skipped_any].sum()))


@agenda(
    id="funnel",
    title="How far leads came",
    question="Of the newest leads that are old enough, how many reached each stage, and which stages were skipped?",
    needs=("leads.created_at",),
)
def funnel(facts: Facts, block: Block) -> Block:
    """Stages reached by the age at which leads are compared."""
    stage = furthest(facts)
    if stage is None:
        return replace(block, missing=NO_STAGE)
    found, horizon = numbers(facts), facts.run.params.monthly.horizon_days
    if found is None:
        return replace(block, sentences=(f"No month is old enough yet: {ready(facts, horizon, stage)}.",))
    absent = [SHORT[s] for s in SHORT if s not in stages(facts)]
    return replace(
        block,
        sentences=sentences(found, horizon),
        tables=(_table(found, horizon),) if found.leads else (),
        evidence=evidence(
            facts,
            "funnel_reached",
            "funnel_skipped",
            n=f"{wording.plural(found.leads, 'lead')} of {wording.month(found.month.first)}",
            excluded=f"younger months ({ready(facts, horizon, stage)})"
            + (f"; not in this data: {wording.listing(absent)}" if absent else ""),
            method="Wilson interval",
        ),
        metrics=_metrics(found),
    )


def sentences(found: Funnel, horizon: int) -> tuple[str, ...]:
    """How many reached the last stage, and how many skipped one on their way."""
    when = wording.month(found.month.first)
    if not found.leads:
        return (f"No lead was created in {when}.",)
    last = found.steps[-1]
    rate = wording.estimate(last.share.estimate, last.share.low, last.share.high)
    of = "the one lead" if found.leads == 1 else f"the {wording.plural(found.leads, 'lead')}"
    done = f"Of {of} created in {when}, {rate} {TOLD[last.stage]} within {horizon} days."
    if not found.skippers:
        return (done, "None of them skipped a stage on the way.")
    skips = wording.listing([f"{wording.count(s.skipped)} without {SHORT[s.stage]}" for s in found.steps if s.skipped])
    came = f"{wording.plural(found.skippers, 'lead')} came further without a stage that stands before it: {skips}."
    return (done, came)


def _table(found: Funnel, horizon: int) -> Table:
    rows: list[tuple[Cell, ...]] = [("Created", wording.count(found.leads), "", "", "")]
    for place, s in enumerate(found.steps):
        share, step = s.share, s.of_before
        rows.append(
            (
                SHORT[s.stage],
                wording.count(share.converted),
                wording.estimate(share.estimate, share.low, share.high),
                wording.estimate(step.estimate, step.low, step.high) if place else "",
                wording.count(s.skipped) if place < len(found.steps) - 1 else "",
            )
        )
    return Table(
        f"Leads created in {wording.month(found.month.first)}, by day {horizon}",
        (
            Column("Stage"),
            Column("Reached", numeric=True),
            Column("of all leads", numeric=True),
            Column("of the stage before", numeric=True),
            Column("Skipped it", numeric=True),
        ),
        tuple(rows),
        note="“Skipped it”: reached a later stage without this one. Such leads are not in the share of the stage"
        " before that follows.",
    )


def _metrics(found: Funnel) -> tuple[Metric, ...]:
    when = Month(found.month.first).label
    records = [metric("funnel_skipped", found.skippers, n=found.leads, period=when)]
    for s in found.steps:
        records.append(metric_of("funnel_reached", s.share, n=found.leads, segment=s.stage, period=when))
        records.append(metric("funnel_skipped", s.skipped, n=found.leads, segment=s.stage, period=when))
    return tuple(records)
