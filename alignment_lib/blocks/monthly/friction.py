"""Where friction entered (C7): time in stage, deals that are stuck, and the steps that slowed most."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import pandas as pd

from alignment_lib.blocks.agenda import agenda, evidence, metric, metric_of
from alignment_lib.blocks.closed import knows_losses, no_losses
from alignment_lib.facts import Facts
from alignment_lib.facts import stage_frames as frames
from alignment_lib.page import charts
from alignment_lib.page.block import Block, Column, Metric, Picture, Side, Table
from alignment_lib.page.charts.delays import delays
from alignment_lib.page.charts.rows import Values
from alignment_lib.stats import incidences, waiting, wording

# Time in stage and waits of leads (C7), of the month and of the thirteen weeks before, and the stuck deals.

OWNERS: dict[str, Side] = {"routing": "marketing", "first contact": "sales", "decision": "sales"}
"""Whose step it is; stages of deals are sales's."""
DAY = 24
MOST = 3
LEAST = 0.05
"""Days under which nothing has slowed."""


@dataclass(frozen=True, eq=False)
class Step:
    """The days a stage or a wait takes, of this period and of the 13 weeks before."""

    name: str
    side: Side
    p50: waiting.Quantile
    p90: waiting.Quantile
    before: waiting.Quantile
    before_p90: waiting.Quantile
    enough: int

    @property
    def slower(self) -> float | None:
        """Days by which the median grew; None where it is not known or either side has too few."""
        known = wording.defined(self.p50.estimate) and wording.defined(self.before.estimate)
        few = min(self.p50.leads, self.before.leads) < self.enough
        return None if few or not known else self.p50.estimate - self.before.estimate

    @property
    def settled(self) -> bool:
        """Whether the interval of the period lies above that of the weeks before."""
        return self.p50.low > self.before.high


@dataclass(frozen=True, eq=False)
class Friction:
    """Stages by the number of deals that entered them, steps of leads, and the stuck deals."""

    stages: tuple[Step, ...]
    steps: tuple[Step, ...]
    limits: dict[str, waiting.Quantile]
    """By stage, the 90th percentile of the year before the period."""
    stuck: pd.DataFrame
    open_deals: int

    @property
    def by_growth(self) -> tuple[Step, ...]:
        """All of them, the one that slowed most first; last those that nobody can compare."""
        return tuple(
            sorted((*self.stages, *self.steps), key=lambda s: -s.slower if s.slower is not None else float("inf"))
        )

    @property
    def slowest(self) -> tuple[Step, ...]:
        """Up to three whose median grew, the largest first."""
        grown = [(s.slower, s) for s in (*self.stages, *self.steps) if s.slower is not None and s.slower >= LEAST]
        return tuple(s for _, s in sorted(grown, key=lambda g: (-g[0], g[1].name))[:MOST])


@lru_cache(maxsize=4)
def open_deals(facts: Facts) -> pd.DataFrame:
    """Every open deal with its stage, which other blocks ask for as well."""
    return frames.open_deals(facts)


@lru_cache(maxsize=4)
def numbers(facts: Facts) -> Friction:
    """Everything the block prints."""
    times, waits = frames.stage_times(facts), frames.lead_steps(facts)
    entered = times.assign(n=times["left"] + times["still"]).groupby("stage")["n"].sum()
    order = sorted(entered.index, key=lambda s: (-entered[s], s))
    year = times[times["window"] != frames.MONTH]
    limits = {str(s): _quantile(facts, year[year["stage"] == s], 0.9) for s in order}
    deals = open_deals(facts)
    factor = facts.run.params.monthly.stuck_factor
    allowed = deals["stage"].map({s: q.estimate * factor for s, q in limits.items() if enough(facts, q)})
    return Friction(
        stages=tuple(_step(facts, str(s), "sales", times[times["stage"] == s]) for s in order),
        steps=tuple(
            _step(facts, n, side, waits[waits["step"] == n]) for n, side in OWNERS.items() if (waits["step"] == n).any()
        ),
        limits=limits,
        stuck=deals.assign(days=deals["hours"] / DAY, limit=allowed)[deals["hours"] / DAY > allowed],
        open_deals=len(deals),
    )


def enough(facts: Facts, quantile: waiting.Quantile) -> bool:
    return wording.defined(quantile.estimate) and quantile.leads >= facts.run.params.weekly.min_n


def _step(facts: Facts, name: str, side: Side, rows: pd.DataFrame) -> Step:
    now, before = (rows[rows["window"] == w] for w in (frames.MONTH, frames.QUARTER))
    p50, p90, was50, was90 = (_quantile(facts, part, share) for part in (now, before) for share in (0.5, 0.9))
    return Step(name, side, p50, p90, was50, was90, facts.run.params.weekly.min_n)


def _quantile(facts: Facts, rows: pd.DataFrame, share: float) -> waiting.Quantile:
    sums = rows.groupby("hours")[["left", "still"]].sum()
    table = incidences.follow_up(ages=sums.index / DAY, converted=sums["left"], censored=sums["still"])
    return waiting.km_quantile(table, share=share, conf=facts.run.params.weekly.confidence)


BEFORE = "the thirteen weeks before"
NAMED = {"routing": "routing a lead to a rep", "first contact": "the first contact", "decision": "sales's decision"}


@agenda(
    id="friction",
    title="Where friction entered",
    question="Where did leads and deals wait longer than before, which deals are stuck, and whose step is it?",
    needs=("stage_changes.entered_at", "opportunities.closed_at"),
)
def friction(facts: Facts, block: Block) -> Block:
    """Steps by their growth, time in stage, and the list of stuck deals."""
    if not knows_losses(facts):
        return replace(block, missing=no_losses(facts, "nobody can tell which deals are open"))
    found = numbers(facts)
    if not found.stages:
        return replace(block, sentences=("No deal entered a stage in this month or the year before.",))
    n = sum(int(s.p50.leads) for s in found.stages)
    return replace(
        block,
        sentences=(sentence(found), stuck_sentence(facts, found)),
        pictures=_picture(found),
        tables=(_delays(found), _stages(facts, found), *_stuck(facts, found)),
        prompts=("What would take a day out of the step that slowed most, and who will try it?",)
        if found.slowest
        else (),
        evidence=evidence(
            facts,
            "time_in_stage",
            "stuck_deals",
            n=f"{wording.plural(n, 'entry', 'entries')} into a stage in the month,"
            f" {wording.plural(found.open_deals, 'open deal')}",
            excluded="stages that deals enter as they close; routing dated before its MQL",
            method="Kaplan-Meier quantiles with log-log intervals, hours of the calendar ÷ 24; no test: a difference"
            " whose intervals overlap may be chance",
        ),
        metrics=_metrics(facts, found),
    )


def sentence(found: Friction) -> str:
    """The steps whose median grew most."""
    if not any(s.slower is not None for s in (*found.stages, *found.steps)):
        return f"Too few leads and deals have passed a step to compare the month with {BEFORE}."
    if not found.slowest:
        return f"No step took longer in the median than in {BEFORE}."
    told = wording.listing([f"{_what(s)} by {_more(s.slower)} ({s.side}'s step)" for s in found.slowest])
    chance = "" if any(s.settled for s in found.slowest) else "; none by more than chance explains"
    which = "these medians" if len(found.slowest) > 1 else "one median"
    return f"Compared with {BEFORE}, {which} grew{' most' if len(found.slowest) > 1 else ''}: {told}{chance}."


def _what(step: Step) -> str:
    return NAMED.get(step.name, f"the time in {step.name}")


def _more(days: float | None) -> str:
    """A difference, with one decimal."""
    if days is None:
        return wording.NOTHING
    return f"{days:,.1f}\u00a0days"


def stuck_sentence(facts: Facts, found: Friction) -> str:
    """How many open deals are stuck, and the one that has been so longest."""
    if not found.open_deals:
        return "No deal is open."
    if not any(enough(facts, q) for q in found.limits.values()):
        return "Too few deals have left a stage to say which open deals are stuck."
    n = len(found.stuck)
    if not n:
        if found.open_deals == 1:
            return "The one open deal is not stuck in its stage."
        return f"None of the {wording.plural(found.open_deals, 'open deal')} is stuck in its stage."
    first, factor = found.stuck.iloc[0], facts.run.params.monthly.stuck_factor
    if found.open_deals == 1:
        return f"The one open deal is stuck: it has been in {first['stage']} for {_long(first['days'])}."
    times = "" if factor == 1 else f"{factor:g} times what "
    return (
        f"Of {wording.plural(found.open_deals, 'open deal')}, {wording.count(n)} {'is' if n == 1 else 'are'} stuck:"
        f" longer in {'its' if n == 1 else 'their'} stage than {times}nine of ten deals needed in the year before;"
        f" the longest has been in {first['stage']} for {_long(first['days'])}."
    )


def _long(days: float) -> str:
    return wording.whole(days, "day")


def _picture(found: Friction) -> tuple[Picture, ...]:
    """Each step's median now over its median before; none where no step can be compared."""
    steps = [s for s in found.by_growth if s.slower is not None]
    if not steps:
        return ()
    alt = "; ".join(f"{s.name} ({s.side}) {_days(s.p50)} days, before {_days(s.before)}" for s in steps)
    return (
        charts.draw(
            delays,
            labels=[s.name for s in steps],
            now=[_limits(s.p50) for s in steps],
            before=[_limits(s.before) for s in steps],
            texts=[f"{s.p50.estimate:,.1f}, was {s.before.estimate:,.1f}" for s in steps],
            marked=[s in found.slowest for s in steps],
            sides=[s.side for s in steps],
            unit="days, median; small and grey: the thirteen weeks before",
            title=_finding(found),
            alt=f"Median days of each step: {alt}.",
            id="friction",
            height_in=0.8 + 0.32 * len(steps),
        ),
    )


def _limits(quantile: waiting.Quantile) -> Values:
    """The estimate with its limits; an upper one that nothing bounds is None."""
    low, high = (x if wording.defined(x) and math.isfinite(x) else None for x in (quantile.low, quantile.high))
    return quantile.estimate, low, high


def _finding(found: Friction) -> str:
    """The title of the chart: the step that slowed most."""
    if not found.slowest:
        return "No step takes longer in the median than before"
    first = found.slowest[0]
    what = _what(first)
    chance = "" if first.settled else ", no more than chance explains"
    return f"{what[0].upper()}{what[1:]} grew by {_more(first.slower)}{chance}"


def _delays(found: Friction) -> Table:
    rows = tuple(
        (s.name, s.side, _days(s.p50), _days(s.before), _signed(s.slower) if s.slower is not None else "too few")
        for s in found.by_growth
    )
    columns = [Column("Step"), Column("Whose"), Column("Median, month", "days", numeric=True)]
    columns += [Column(f"Median, {BEFORE[4:]}", "days", numeric=True), Column("Longer by", "days", numeric=True)]
    note = (
        "Stages of deals, and waits of leads; “longer by” is of days not rounded. “open”: nothing bounds"
        " it yet; “too few”: a side is under the smallest number, or has no median yet."
    )
    return Table("What each step takes, the one that slowed most first", tuple(columns), rows, note=note, folded=True)


def _signed(days: float) -> str:
    """`+4.7`, `−1.0`, `0.0`."""
    shown = f"{days:+,.1f}".replace("-", "−")
    return shown[1:] if shown[1:] == "0.0" else shown


def _days(quantile: waiting.Quantile) -> str:
    """`4.2 (3.1 to 5.0)`."""
    if not wording.defined(quantile.estimate):
        return "not reached" if quantile.leads else wording.NOTHING
    low, high = (f"{x:,.1f}" if wording.defined(x) else "open" for x in (quantile.low, quantile.high))
    return f"{quantile.estimate:,.1f} ({low} to {high})"


def _stages(facts: Facts, found: Friction) -> Table:
    rows = tuple(
        (
            s.name,
            wording.count(s.p50.leads), _days(s.p50), _days(s.p90),
            wording.count(s.before.leads), _days(s.before), _days(s.before_p90),
            _days(found.limits[s.name]),
        )
        for s in found.stages
    )  # fmt: skip
    heads = ["Entries, month", "half left within", "90 % within", "Entries before", "half left within", "90 % within"]
    heads.append("90 % within, year before")
    columns = (Column("Stage"), *(Column(h, numeric=True) for h in heads))
    note = f"Days. Before: {BEFORE}. “not reached”: too many are still in the stage."
    return Table("Time in stage", columns, rows, note=note, folded=True)


def _stuck(facts: Facts, found: Friction) -> tuple[Table, ...]:
    if not len(found.stuck):
        return ()
    cap, money = facts.run.params.weekly.list_rows, facts.tables.has("opportunities.open_amount")
    columns = [Column("Deal"), Column("Stage"), Column("In it", "days", True), Column("Stuck from", "days", True)]
    columns += [Column("Owner")]
    columns += [Column("Amount", facts.run.params.company.currency, numeric=True)] if money else []
    rows = tuple(
        (
            str(r.opportunity_id), str(r.stage), wording.count(r.days), wording.count(r.limit),
            facts.rep(r.owner_id if isinstance(r.owner_id, str) else None),
            *([wording.count(r.amount)] if money else []),
        )
        for r in found.stuck.head(cap).itertuples()
    )  # fmt: skip
    left = len(found.stuck) - len(rows)
    note = f"{wording.plural(left, 'more deal')} not listed." if left else ""
    return (Table("Stuck deals, the longest first", tuple(columns), rows, note=note, folded=True),)


def _metrics(facts: Facts, found: Friction) -> tuple[Metric, ...]:
    records = [metric("stuck_deals", len(found.stuck), n=found.open_deals)]
    if len(found.stuck):
        records.append(metric("longest_stuck", float(found.stuck["days"].iloc[0]), n=1))
    factor = facts.run.params.monthly.stuck_factor
    for s in found.stages:
        limit = found.limits[s.name]
        records += _step_metrics(s, "time_in_stage")
        records.append(metric_of("time_in_stage_p90", s.p90, n=s.p90.leads, segment=s.name))
        records.append(
            metric_of("time_in_stage_p90", s.before_p90, n=s.before_p90.leads, segment=s.name, period=BEFORE)
        )
        records.append(metric_of("stuck_limit", limit, scale=factor, n=limit.leads, segment=s.name))
    return (*records, *(m for s in found.steps for m in _step_metrics(s, "step_days")))


def _step_metrics(step: Step, name: str) -> list[Metric]:
    records = [
        metric_of(name, step.p50, n=step.p50.leads, segment=step.name),
        metric_of(name, step.before, n=step.before.leads, segment=step.name, period=BEFORE),
    ]
    if step.slower is not None:
        records.append(metric("step_slower", step.slower, n=step.p50.leads, segment=step.name))
    return records
