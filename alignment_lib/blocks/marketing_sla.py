"""Marketing's side of the SLA (C12): MQLs or points of the month against the promise, and where the month may end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from alignment_lib.blocks.agenda import agenda, evidence, metric
from alignment_lib.blocks.listing import counted
from alignment_lib.blocks.month import LIKELY, MonthSoFar, month_so_far, points_so_far, promises
from alignment_lib.facts import Facts, happened
from alignment_lib.page import charts
from alignment_lib.page.block import Block, Cell, Column, Metric, Stat, Table
from alignment_lib.stats import goals, wording
from alignment_lib.stats.days import epoch_day

__all__ = ["LIKELY", "MonthSoFar", "finding", "marketing_sla", "month_so_far", "promises", "sentence"]


@agenda(
    id="marketing-sla",
    title="Marketing's promise",
    question="Is marketing delivering the MQLs it promised, and will the month end there?",
    side="marketing",
    needs=("leads.mql_at",),
)
def marketing_sla(facts: Facts, block: Block) -> Block:
    """The month's burn-up against the promise, with the range of its end."""
    so_far, points = month_so_far(facts), points_so_far(facts)
    if so_far is None:
        text = (
            "No promise for this month: add targets of metric mqls, or mqls_per_month or points_per_month under"
            f" marketing in {facts.run.params.file('sla.yaml')}."
        )
        return replace(block, missing=text)
    total, parts = so_far.total, [so_far, *([points] if points and points is not so_far else [])]
    picture = charts.draw(
        charts.burn_up,
        days=so_far.days,
        done=so_far.cumulative,
        goal=so_far.promise_line,
        target=total.target,
        low=total.low,
        mean=total.estimate,
        high=total.high,
        as_of_day=so_far.days[so_far.done_days - 1],
        write=wording.count,
        title=finding(so_far),
        alt=_alt(so_far),
        id="marketing-sla",
    )
    return replace(
        block,
        stats=_stats(so_far),
        sentences=tuple(text for part in parts for text in (sentence(part), required(part)) if text),
        pictures=(picture,),
        tables=(_segments(facts, so_far),) if so_far.parts else (),
        prompts=_prompts(so_far),
        evidence=evidence(
            facts,
            "mql_pace",
            n=f"{wording.count(total.done)} {so_far.unit} in {so_far.done_days} of {len(so_far.days)} days",
            method=f"promise from {so_far.promised_in}; weekday weights and spread from the 13 weeks before the month;"
            f" {wording.percent(facts.run.params.weekly.range)} prediction range",
        ),
        metrics=tuple(record for part in parts for record in _metrics(part)),
    )


def sentence(so_far: MonthSoFar) -> str:
    """So far, against the promise by now, and the likely end of the month."""
    total, month = so_far.total, wording.month(so_far.days[0])
    done, promised = wording.count(total.done), wording.count(total.target)
    told = f"Marketing has delivered {done} of the {promised} {so_far.unit} promised for {month}"
    if wording.defined(total.attainment):
        due = wording.count(total.target_to_date)
        told += f", where {due} {'was' if due == '1' else 'were'} due by now"
    if so_far.done_days == len(so_far.days):
        return told + "; the month is over."
    if not wording.defined(total.estimate):
        return told + "; no working day has passed yet."
    end, odds = wording.between(total.low, total.high), wording.chance(total.probability)
    return told + f"; it will likely end at {end}, the chance of keeping the promise is {odds}."


def required(so_far: MonthSoFar) -> str:
    """The rate from today that the promise asks for, beside the rate so far (C39); nothing where the month is over."""
    total = so_far.total
    if so_far.done_days == len(so_far.days) or not wording.defined(total.per_day_so_far):
        return ""
    if total.done >= total.target:
        return "The promise is kept already."
    return (
        f"From now on {wording.pace(total.per_day_needed)} {so_far.unit} are needed on an average day; so far it was"
        f" {wording.pace(total.per_day_so_far)}."
    )


def named(so_far: MonthSoFar) -> str:
    """The unit at the beginning of a line: `MQLs`, `Points`."""
    return so_far.unit[0].upper() + so_far.unit[1:]


def finding(so_far: MonthSoFar) -> str:
    """The title of the chart."""
    total = so_far.total
    if not wording.defined(total.attainment):
        return "No working day has passed yet"
    gap = total.done - total.target_to_date
    if abs(gap) < 0.5:
        return f"{named(so_far)} are on the promised line"
    return f"{named(so_far)} are {wording.count(abs(gap))} {'ahead of' if gap > 0 else 'behind'} the promised line"


def _alt(so_far: MonthSoFar) -> str:
    total = so_far.total
    done, due, promised = (wording.count(x) for x in (total.done, total.target_to_date, total.target))
    return (
        f"Cumulative {so_far.unit} of {wording.month(so_far.days[0])}: {done} after {so_far.done_days} days, {due} were"
        f" due by then of {promised} promised; the month may end at {wording.between(total.low, total.high)}."
    )


def _stats(so_far: MonthSoFar) -> tuple[Stat, ...]:
    total = so_far.total
    return (
        Stat(
            f"{named(so_far)} this month",
            wording.count(total.done),
            f"of {wording.count(total.target)} promised",
            "marketing",
        ),
        Stat(
            "Pace",
            wording.percent(total.attainment),
            f"of the {wording.count(total.target_to_date)} due by now",
            "marketing",
        ),
        Stat(
            "Month end",
            wording.between(total.low, total.high),
            f"best guess {wording.count(total.estimate)}",
            "marketing",
        ),
        Stat(
            "Chance of the promise",
            wording.chance(total.probability),
            "if the pace stays as it is",
            "marketing",
            *so_far.status,
        ),
    )


def _prompts(so_far: MonthSoFar) -> tuple[str, ...]:
    late = [name for name, part in so_far.parts.items() if part.probability <= 1 - LIKELY]
    if late:
        return (f"What brings {wording.listing(late)} back to the promised line, and what would that cost elsewhere?",)
    return ("What would make next month's promise more useful to sales?",)


def _segments(facts: Facts, so_far: MonthSoFar) -> Table:
    columns = ("Promised", "Due by now", "So far", "Pace", "Month end", "Chance")
    mqls = happened(facts, "mqls", first_day=epoch_day(so_far.days[0]), last_day=facts.run.last_day)
    rows = [_row(facts, name, part, mqls[mqls["segment"] == name]) for name, part in so_far.parts.items()]
    return Table(
        "By segment",
        (Column("Segment"), *(Column(c, numeric=True) for c in columns)),
        tuple(rows),
        total=_row(facts, "All", so_far.total, mqls),
        note=_note(so_far, mqls),
    )


def _note(so_far: MonthSoFar, mqls: pd.DataFrame) -> str:
    other = int((~mqls["segment"].isin(list(so_far.parts))).sum())
    rest = f" {wording.plural(other, 'MQL')} of segments without a promise count in the total." if other else ""
    return f"The ranges of the segments do not add up to that of the total: not all are unlucky together.{rest}"


def _row(facts: Facts, name: str, part: goals.Projection, mqls: pd.DataFrame) -> tuple[Cell, ...]:
    return (
        name,
        wording.count(part.target),
        wording.count(part.target_to_date),
        counted(facts, mqls),
        wording.percent(part.attainment),
        wording.between(part.low, part.high),
        wording.chance(part.probability),
    )


_NAMES = {
    "MQLs": ("mqls", "mql_goal", "mql_pace", "mql_month_end", "mql_goal_probability", "mql"),
    "points": (
        "mql_points", "mql_points_goal", "mql_points_pace", "mql_points_month_end", "mql_points_probability",
        "mql_points",
    ),
}  # fmt: skip


def _metrics(so_far: MonthSoFar) -> tuple[Metric, ...]:
    records: list[Metric] = []
    done, goal, pace, end, chance, stem = _NAMES[so_far.unit]
    for segment, part in ((None, so_far.total), *so_far.parts.items()):
        where: dict[str, Any] = {"segment": segment, "period": so_far.period}
        records += [
            metric(done, part.done, n=part.done, **where),
            metric(goal, part.target, **where),
            metric(goal, part.target_to_date, **where | {"period": f"{so_far.period} to date"}),
            metric(pace, part.attainment, n=part.done, reason=_why(part.attainment, part, _EARLY), **where),
            metric(end, part.estimate, low=part.low, high=part.high, n=part.done, reason=part.reason, **where),
            metric(chance, part.probability, n=part.done, reason=part.reason, **where),
            metric(f"{stem}_per_day", part.per_day_so_far, n=part.done,
                   reason=_why(part.per_day_so_far, part, _EARLY), **where),
            metric(f"{stem}_needed_per_day", part.per_day_needed,
                   reason=_why(part.per_day_needed, part, "no working day is left"), **where),
        ]  # fmt: skip
    return tuple(records)


_EARLY = "no working day has passed yet"


def _why(value: float, part: goals.Projection, reason: str) -> str:
    """Why a number is undefined, where it is."""
    return "" if wording.defined(value) else part.reason or reason
