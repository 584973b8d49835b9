"""Conversion curves by source (C23): how many leads had converted as days passed, and how many were still followed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import pandas as pd

from alignment_lib.blocks.agenda import agenda, evidence, metric_of
from alignment_lib.blocks.monthly.mature import NO_STAGE, SHORT, TOLD, furthest, known_months, untold
from alignment_lib.facts import Facts
from alignment_lib.facts.cohort_frames import conversions
from alignment_lib.facts.facts import UNKNOWN
from alignment_lib.page import charts
from alignment_lib.page.block import Block, Cell, Column, Metric, Picture, Table
from alignment_lib.page.charts.curves import conversion
from alignment_lib.stats import incidences, wording
from alignment_lib.stats.days import epoch_day

LARGEST = 5
"""Sources with a curve of their own."""
AT_RISK = 10
"""A curve is drawn as far as so many leads have been followed."""
OTHERS = "Other sources"


@dataclass(frozen=True, eq=False)
class Curve:
    """One source: its steps as far as enough leads were followed, and the share at each age of the table."""

    name: str
    follow_up: incidences.FollowUp
    steps: tuple[incidences.Incidence, ...]
    at: tuple[incidences.Incidence, ...]
    """At the ages of `Curves.ages`."""
    last_age: float
    """The last age at which enough leads were still followed."""

    @property
    def leads(self) -> int:
        return int(self.follow_up.leads)


@dataclass(frozen=True, eq=False)
class Curves:
    """All leads together, then the largest sources, then the others."""

    stage: str
    ages: tuple[int, ...]
    everyone: Curve
    sources: tuple[Curve, ...]
    young: int
    """Leads that have not been followed to the age at which sources are compared, nor ended before it."""


@lru_cache(maxsize=4)
def numbers(facts: Facts) -> Curves:
    """One table of ages by source."""
    run, settings = facts.run, facts.run.params.monthly
    stage = furthest(facts) or ""
    first = epoch_day(known_months(facts, stage)[0])
    frame = conversions(facts, stage, first_day=first, last_day=run.last_day, by=("source",))
    ages = tuple(sorted({*settings.triangle_days, settings.horizon_days}))
    conf, least = run.params.weekly.confidence, run.params.weekly.min_n
    parts = ((name, frame[frame["shown"] == name]) for name in _named(frame))
    young = frame.loc[frame["age"] < settings.horizon_days, "censored"].sum()
    return Curves(
        stage,
        ages,
        curve_of("All leads", frame, ages, conf=conf, min_at_risk=least),
        tuple(curve_of(name, part, ages, conf=conf, min_at_risk=least) for name, part in parts),
        int(young),
    )


def _named(frame: pd.DataFrame) -> list[str]:
    """The sources shown, most leads first; the column `shown` of the frame says under which name a row goes."""
    leads = frame[["converted", "competing", "censored"]].sum(axis=1)
    sizes = leads.groupby(frame["source"]).sum().drop(UNKNOWN, errors="ignore")
    largest = sorted(sizes.index, key=lambda name: (-sizes[name], name))[:LARGEST]
    frame["shown"] = frame["source"].where(frame["source"].isin(largest), OTHERS)
    return [*largest, *([OTHERS] if (frame["shown"] == OTHERS).any() else [])]


def curve_of(name: str, frame: pd.DataFrame, ages: Iterable[int], *, conf: float, min_at_risk: float) -> Curve:
    """The curve of a table of ages, at each age at which a lead converted."""
    table = incidences.follow_up(
        ages=frame["age"], converted=frame["converted"], competing=frame["competing"], censored=frame["censored"]
    )
    enough = table.ages[table.at_risk >= AT_RISK]
    last = float(enough[-1]) if enough.size else 0.0
    longest = max(ages)
    steps = [float(a) for a in table.ages[table.converted > 0] if a <= min(last, longest)]
    rules: dict[str, Any] = {"conf": conf, "min_at_risk": min_at_risk}
    return Curve(
        name,
        table,
        incidences.curve(table, horizons=steps, conf=conf, min_at_risk=0),
        incidences.curve(table, horizons=list(ages), **rules),
        last,
    )


@agenda(
    id="curves",
    title="How fast leads of each source convert",
    question="How many leads of each source had become customers as the days went by? Every lead counts, young ones"
    " for as long as they have been followed.",
    side="marketing",
    needs=("leads.created_at", "leads.source"),
)
def curves(facts: Facts, block: Block) -> Block:
    """Conversion curves of the largest sources."""
    stage = furthest(facts)
    if stage is None:
        return replace(block, missing=NO_STAGE)
    found, horizon = numbers(facts), facts.run.params.monthly.horizon_days
    if not found.everyone.leads:
        return replace(block, sentences=("The history's months have no lead.",))
    return replace(
        block,
        sentences=sentences(found, horizon),
        pictures=_pictures(found, horizon),
        tables=(_table(found, horizon),),
        evidence=evidence(
            facts,
            "conversion_curve",
            n=f"{wording.plural(found.everyone.leads, 'lead')} created since"
            f" {wording.month(known_months(facts, stage)[0])}, {wording.count(found.young)} of them not followed to day"
            f" {horizon} yet",
            excluded=untold(facts, stage),
            method=f"Aalen-Johansen with Wilson interval on the effective n at day {horizon}; a curve ends where fewer"
            f" than {AT_RISK} leads have been followed; curves describe, the next block compares sources",
        ),
        metrics=_metrics(found),
    )


def sentences(found: Curves, horizon: int) -> tuple[str, ...]:
    """All leads at the horizon and at the oldest age, and how much of it is still to come for the youngest."""
    told = [f"{wording.estimate(p.estimate, p.low, p.high)} {{}}by day {age}" for age, p in _headline(found, horizon)]
    if not told:
        return (f"Too few leads have been followed for {horizon} days to say how many {TOLD[found.stage]}.",)
    first, *later = told
    parts = wording.listing([first.format(TOLD[found.stage] + " "), *(t.format("") for t in later)])
    n = wording.plural(found.everyone.leads, "lead")
    return (f"Of all {n}, the young ones counted for as long as they have been followed, {parts}.",)


def _headline(found: Curves, horizon: int) -> list[tuple[int, incidences.Incidence]]:
    """All leads at the age of comparison and at the oldest, where enough were followed."""
    points = zip(found.ages, found.everyone.at, strict=True)
    return [(a, p) for a, p in points if a in (horizon, found.ages[-1]) and wording.defined(p.estimate)]


def _pictures(found: Curves, horizon: int) -> tuple[Picture, ...]:
    drawn = [c for c in found.sources if c.last_age > 0]
    if not drawn or not any(c.steps for c in drawn):
        return ()
    here = found.ages.index(horizon)
    tops = [p.estimate for c in (*drawn, found.everyone) for p in c.steps]
    tops += [c.at[here].high for c in drawn if wording.defined(c.at[here].estimate)]
    ends = (float(found.ages[-1]), max(tops) * 1.08)
    everyone = _steps(found.everyone, ends[0])
    panels = [(c.name, _panel(c, here, horizon, ends) | _all(everyone)) for c in drawn]
    alt = "; ".join(f"{c.name}: {_reading(c.at[here])} by day {horizon}, n {wording.count(c.leads)}" for c in drawn)
    read = [f"{wording.percent(p.estimate, width=p.high - p.low)} by day {a}" for a, p in _headline(found, horizon)]
    whose = f"{SHORT[found.stage]} of all leads, young ones too"
    title = f"{whose} (grey): {wording.listing(read)}" if read else whose
    return (charts.draw_many(conversion, panels, title=title, alt=alt + ".", id="curves", height_in=1.25),)


def _panel(c: Curve, here: int, horizon: int, ends: tuple[float, float]) -> dict[str, Any]:
    point = c.at[here]
    ages, shares = _steps(c, ends[0])
    known = wording.defined(point.estimate)
    note = f"followed to day {c.last_age:.0f}" if c.last_age < ends[0] else ""
    return {
        "ages": ages, "shares": shares, "horizon": horizon, "ends": ends,
        "whisker": (point.estimate, point.low, point.high) if known else None,
        "text": wording.percent(point.estimate, width=point.high - point.low) if known else "",
        "note": note if known else f"too few followed to day {horizon}",
    }  # fmt: skip


def _all(steps: tuple[list[float], list[float]]) -> dict[str, Any]:
    return {"all_ages": steps[0], "all_shares": steps[1]}


def _steps(c: Curve, oldest: float) -> tuple[list[float], list[float]]:
    """The curve from 0 to the last age that is drawn."""
    end = min(c.last_age, oldest)
    ages, shares = [p.horizon for p in c.steps], [p.estimate for p in c.steps]
    return [0.0, *ages, end], [0.0, *shares, shares[-1] if shares else 0.0]


def _reading(point: incidences.Incidence) -> str:
    if not wording.defined(point.estimate):
        return "too few followed" if point.leads else wording.NOTHING
    return wording.estimate(point.estimate, point.low, point.high)


def _table(found: Curves, horizon: int) -> Table:
    here = found.ages.index(horizon)

    def row(c: Curve) -> tuple[Cell, ...]:
        followed = (wording.count(p.at_risk) for p in c.at)
        return (c.name, wording.count(c.leads), _reading(c.at[here]), *followed)

    return Table(
        f"{SHORT[found.stage]} by day {horizon}, and leads still followed at each age",
        (
            Column("Source"),
            Column("Leads", numeric=True),
            Column(f"by day {horizon}", numeric=True),
            *(Column(f"followed at {age}", "days", numeric=True) for age in found.ages),
        ),
        tuple(row(c) for c in found.sources),
        total=row(found.everyone),
        note="“followed”: neither converted nor lost before that age, and old enough to be seen at it.",
        folded=True,
    )


def _metrics(found: Curves) -> tuple[Metric, ...]:
    return tuple(
        metric_of("conversion_curve", point, n=c.leads, source=name, segment=f"day {age}")
        for name, c in ((None, found.everyone), *((c.name, c) for c in found.sources))
        for age, point in zip(found.ages, c.at, strict=True)
    )
