"""Conversion by rep in a funnel plot, and the training log (C17): who lies farther out than chance carries anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import pandas as pd

from alignment_lib.blocks.agenda import agenda, connect, evidence, metric, metric_of
from alignment_lib.blocks.closed import knows_losses
from alignment_lib.facts import Facts
from alignment_lib.facts.cohort_frames import matured
from alignment_lib.facts.people_frames import closed_by_owner
from alignment_lib.facts.people_frames import reps as reps_table
from alignment_lib.page import charts
from alignment_lib.page.block import Block, Cell, Column, Metric, Picture, Table
from alignment_lib.page.charts.funnel import funnel
from alignment_lib.stats import reps, wording
from alignment_lib.stats.days import day_of

YEAR = 365
TRAINING_DAYS = 90
CURVES = (0.025, 0.975)
POINTS = 40
NAMED = 3
THINGS = {"accepted": "lead", "won": "deal"}


@dataclass(frozen=True)
class RepShare:
    """A rep's share, what the segments of their leads lead to expect, and the exact tails around that."""

    owner: str
    name: str
    point: reps.FunnelPoint
    adjusted: float
    """The share that the rep would have with the leads of all: overall × share ÷ expected; at most 1."""


@dataclass(frozen=True, eq=False)
class Stage:
    """A step of the funnel by rep."""

    key: str
    label: str
    verb: str
    unit: str
    overall: float
    judged: Sequence[RepShare]
    """By name; everybody with as many leads as anybody is judged by."""
    few: Sequence[tuple[str, str, int, int]]
    """Owner, name, converted and leads of those with fewer."""

    @property
    def outside(self) -> list[RepShare]:
        return [r for r in self.judged if r.point.flag]


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> tuple[Stage, ...]:
    """The stages that the data knows."""
    run, found = facts.run, []
    first, age = run.as_of_day - YEAR + 1, run.params.weekly.acceptance_days
    if facts.tables.has("leads.accepted_at", "leads.rejected_at", "leads.owner_id"):
        start = "mql" if facts.tables.has("leads.mql_at") else "created"
        frame = matured(facts, "accepted", horizon=age, start=start, first_day=first, last_day=run.as_of_day,
                        by=("owner_id", "segment"))  # fmt: skip
        frame = frame.assign(n=frame["converted"] + frame["competing"])
        told = ("rep_accepted", "Accepted", "accepted", "leads decided")
        found.append(_stage(facts, told, frame))
    if facts.tables.has("opportunities.closed_at", "opportunities.owner_id") and knows_losses(facts):
        frame = closed_by_owner(facts, first_day=first, last_day=run.as_of_day)
        frame = frame.rename(columns={"won": "converted", "closed": "n"})
        found.append(_stage(facts, ("rep_win_rate", "Won", "won", "deals closed"), frame))
    return tuple(stage for stage in found if stage.judged or stage.few)


def _stage(facts: Facts, told: tuple[str, str, str, str], frame: pd.DataFrame) -> Stage:
    """Each rep against what the shares of their segments, all reps together, lead to expect."""
    frame = frame[frame["n"] > 0]
    segments = frame.groupby("segment")[["converted", "n"]].sum()
    rate = segments["converted"] / segments["n"]
    frame = frame.assign(expected=frame["n"] * frame["segment"].map(rate))
    owned, left = frame.groupby("owner_id")[["converted", "n", "expected"]].sum(), gone(facts)
    overall = float(frame["converted"].sum() / frame["n"].sum()) if len(frame) else float("nan")
    least, judged, few = facts.run.params.monthly.min_rep_n, [], []
    for owner, row in owned.iterrows():
        x, n = int(row["converted"]), int(row["n"])
        if n < least:
            few.append((str(owner), named(facts, str(owner), left), x, n))
            continue
        target = min(1.0, float(row["expected"]) / n)
        conf = facts.run.params.weekly.confidence
        point = reps.funnel_point(converted=x, leads=n, target=target, conf=conf)
        adjusted = min(1.0, overall * point.estimate / target) if target else 0.0
        judged.append(RepShare(str(owner), named(facts, str(owner), left), point, adjusted))
    judged.sort(key=lambda r: (r.name, r.owner))
    return Stage(*told, overall, judged, sorted(few, key=lambda r: (r[1], r[0])))


def gone(facts: Facts) -> dict[str, date]:
    """The last day of everybody who has left by as-of."""
    if not facts.tables.has("reps.ended_on"):
        return {}
    today = day_of(facts.run.as_of_day)
    return {r.rep_id: r.ended for r in reps_table(facts) if r.ended is not None and r.ended < today}


def named(facts: Facts, owner: str, left: Mapping[str, date]) -> str:
    """A rep's name; of one who has left with the day: nobody can help them any more, others may learn from them."""
    name = facts.rep(owner)
    return f"{name} (left {wording.day(left[owner])})" if owner in left else name


@agenda(
    id="rep-funnel",
    title="Conversion by rep, and training",
    question="Does anybody convert so differently that it is worth learning from or helping with?",
    side="sales",
)
def rep_funnel(facts: Facts, block: Block) -> Block:
    """Funnel plots by stage; trainings of the last ninety days."""
    found, held = numbers(facts), trainings(facts)
    if not found and not facts.kept("training"):
        if facts.tables.has("opportunities.closed_at") and not knows_losses(facts):
            return replace(
                block, missing="This data holds won deals only and no decisions, so nobody's share is known."
            )
        known = facts.tables.lacking("leads.owner_id", "opportunities.owner_id", "opportunities.closed_at")
        return replace(block, missing=connect(facts, known)) if known else replace(
            block, sentences=("No lead was decided on and no deal was closed by a rep in the last twelve months.",)
        )  # fmt: skip
    least = facts.run.params.monthly.min_rep_n
    return replace(
        block,
        sentences=(*(sentence(facts, s) for s in found), *_trained(facts, held)),
        pictures=_pictures(found),
        tables=(*(_table(facts, s) for s in found), *([_log(held)] if held else [])),
        prompts=("What could the others learn from how one of us works?",),
        evidence=evidence(
            facts,
            *(s.key for s in found),
            n="; ".join(f"{wording.count(_n(s))} {s.unit} by {wording.plural(_all(s), 'rep')}" for s in found)
            or wording.plural(len(held), "training"),
            excluded=f"leads and deals that nobody owns; reps with fewer than {least} are not judged",
            method="exact binomial tails of 2.5 % a side around what the segments of a rep's leads lead to expect"
            " (indirect standardisation; Spiegelhalter's funnel); one rep in twenty lies outside by chance alone;"
            " Wilson interval",
        ),
        metrics=(
            *(m for s in found for m in _metrics(s)),
            metric("trainings", len(held), n=sum(len(h[2]) for h in held)),
        ),
    )


def _n(stage: Stage) -> int:
    return int(sum(r.point.leads for r in stage.judged)) + sum(f[3] for f in stage.few)


def _all(stage: Stage) -> int:
    return len(stage.judged) + len(stage.few)


def sentence(facts: Facts, stage: Stage) -> str:
    """Who lies outside the limits, or that nobody does."""
    n = len(stage.judged)
    least = facts.run.params.monthly.min_rep_n
    if not n:
        return f"{stage.label}: no rep has {least} {stage.unit} yet, so nobody is judged."
    if _all(stage) == 1:
        return f"{stage.label}: only one rep has {stage.unit}, so that there is nobody to compare with."
    if not stage.overall:
        return f"{stage.label}: nobody has {stage.verb} a {THINGS[stage.verb]} in twelve months, so nobody is judged."
    if not stage.outside:
        reps_ = "the one rep" if n == 1 else f"each of the {wording.plural(n, 'rep')}"
        return f"{stage.label}: the share of {reps_} is what their segments lead to expect, give or take chance."
    sides = {flag: [r.name for r in stage.outside if r.point.flag == flag] for flag in ("above", "below")}
    told = [f"{_named(names)} {'lies' if len(names) == 1 else 'lie'} {flag}" for flag, names in sides.items() if names]
    return f"{stage.label}: of {wording.plural(n, 'rep')}, {' and '.join(told)} what chance explains."


def _named(names: Sequence[str]) -> str:
    """Up to three names, else how many."""
    return wording.listing(names) if len(names) <= NAMED else wording.count(len(names))


def _pictures(found: Sequence[Stage]) -> tuple[Picture, ...]:
    found = [s for s in found if s.judged and _all(s) > 1 and s.overall]
    panels = [(s.label, _panel(s)) for s in found]
    if not panels:
        return ()
    out = sorted({r.name for s in found for r in s.outside})
    who = wording.listing(out) if len(out) <= NAMED else wording.plural(len(out), "rep")
    title = f"{who} outside the limits of chance" if out else "Nobody outside the limits of chance"
    alt = ". ".join(
        f"{s.label} by rep, adjusted for segments, all {wording.percent(s.overall)}: "
        + ", ".join(f"{r.name} {wording.percent(r.adjusted)} of {wording.count(r.point.leads)}" for r in s.judged)
        for s in found
    )
    picture = charts.draw_many(funnel, panels, title=title, alt=alt + ".", id="rep-funnel", height_in=2.3)
    return (picture,)


def _panel(stage: Stage) -> Mapping[str, Any]:
    most = max(int(r.point.leads) for r in stage.judged)
    step = max(1, most // POINTS)
    sizes = [*range(max(2, step), most, step), most]
    drawn = [reps.funnel_limits(leads=k, target=stage.overall, shares=CURVES) for k in sizes]
    return {
        "n": [int(r.point.leads) for r in stage.judged],
        "shares": [r.adjusted for r in stage.judged],
        "names": [r.name if r.point.flag else "" for r in stage.judged],
        "target": stage.overall,
        "sizes": sizes,
        "limits": list(zip(*drawn, strict=True)),
        "unit": stage.unit,
        "write": wording.percent,
    }


def _table(facts: Facts, stage: Stage) -> Table:
    least = facts.run.params.monthly.min_rep_n
    rows: list[tuple[Cell, ...]] = [
        (r.name, wording.count(r.point.leads), wording.count(r.point.converted),
         wording.estimate(r.point.estimate, r.point.low, r.point.high), wording.percent(r.point.target),
         f"{r.point.flag} the limits" if r.point.flag else "within")
        for r in stage.judged
    ]  # fmt: skip
    rows += [(n, wording.count(k), wording.count(x), "", "", f"under {least}: not judged") for _, n, x, k in stage.few]
    rows.sort(key=lambda row: str(row[0]))
    done = sum(int(r.point.converted) for r in stage.judged) + sum(f[2] for f in stage.few)
    heads = (stage.unit.capitalize(), stage.label, "Share", "Expected")
    return Table(
        f"{stage.label} by rep, in the order of their names",
        (Column("Rep"), *(Column(h, numeric=True) for h in heads), Column("Beside chance")),
        tuple(rows),
        total=("All", wording.count(_n(stage)), wording.count(done), "", "", ""),
        note="Expected: what all reps together make of leads of the same segments.",
        folded=True,
    )


def trainings(facts: Facts) -> list[tuple[Any, str, list[str]]]:
    """Day, topic and who took part, of the last ninety days; the newest first."""
    since = day_of(facts.run.as_of_day) - timedelta(days=TRAINING_DAYS)
    found: dict[tuple[Any, str], list[str]] = {}
    for row in facts.kept("training"):
        if row["held_on"] > since:
            who = facts.rep(row["rep_id"]) if row["rep_id"] else (row["team"] or "everybody")
            found.setdefault((row["held_on"], row["topic"]), []).append(who)
    return [(day, topic, sorted(who)) for (day, topic), who in sorted(found.items(), reverse=True)]


def _trained(facts: Facts, held: Sequence[tuple[Any, str, list[str]]]) -> tuple[str, ...]:
    if not facts.kept("training"):
        return ()
    if not held:
        return ("No training was held in the last ninety days.",)
    day, topic, _ = held[0]
    n = wording.plural(len(held), "training")
    was = "was" if len(held) == 1 else "were"
    return (f"{n} {was} held in the last ninety days, the latest on {wording.day(day)}: “{topic}”.",)


def _log(held: Sequence[tuple[Any, str, list[str]]]) -> Table:
    rows = [(wording.day(day), topic, wording.listing(who)) for day, topic, who in held]
    return Table(
        f"Trainings of the last {TRAINING_DAYS} days",
        (Column("Held on"), Column("Topic"), Column("Who")),
        tuple(rows),
        folded=True,
    )


def _metrics(stage: Stage) -> list[Metric]:
    records = [
        metric("reps_judged", len(stage.judged), n=_all(stage), segment=stage.label.lower()),
        metric("reps_outside", len(stage.outside), n=len(stage.judged), segment=stage.label.lower()),
    ]
    for flag in ("above", "below"):
        n = sum(r.point.flag == flag for r in stage.outside)
        records.append(metric("reps_outside", n, n=len(stage.judged), segment=f"{stage.label.lower()}, {flag}"))
    records += [metric_of(stage.key, r.point, n=r.point.leads, segment=r.owner) for r in stage.judged]
    return records
