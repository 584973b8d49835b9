"""Marketing's side of the SLA (C12): MQLs of the month against the promise, pace, and where the month may end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

import pandas as pd

from alignment_lib import charts, goals, wording
from alignment_lib.block import Block, Column, Metric, Stat, Status, Table
from alignment_lib.blocks.agenda import agenda, evidence, metric
from alignment_lib.blocks.history import data_begins
from alignment_lib.metrics import Facts, daily, targets
from alignment_lib.params.period import day_of, days_of_month, epoch_day

HISTORY_DAYS = 91
LIKELY = 0.8
"""A chance that is called on course; its complement is called at risk."""


@dataclass(frozen=True, eq=False)
class MonthSoFar:
    """MQLs of the month of the last visible day; `parts` by segment, in the order of the promises."""

    days: tuple[date, ...]
    done_days: int
    cumulative: tuple[int, ...]
    promise_line: tuple[float, ...]
    total: goals.Projection
    parts: Mapping[str, goals.Projection]
    promised_in: str

    @property
    def period(self) -> str:
        return f"{self.days[0]:%Y-%m}"

    @property
    def status(self) -> tuple[Status, str]:
        """By the chance of keeping the promise: 80 % and more, 20 % and less, between."""
        chance = self.total.probability
        if not wording.defined(chance):
            return "none", ""
        return (
            ("good", "on course")
            if chance >= LIKELY
            else ("bad", "at risk")
            if chance <= 1 - LIKELY
            else ("open", "open")
        )


def promises(facts: Facts) -> tuple[dict[str | None, float], str]:
    """MQLs promised for the month, by segment (None: all), and where that is written."""
    days = days_of_month(day_of(facts.run.last_day))
    frame = targets(facts, "mqls", first_day=epoch_day(days[0]), last_day=epoch_day(days[-1]))
    sliced = facts.run.params.slice
    if len(frame):
        found = {
            s if isinstance(s, str) else None: float(t) for s, t in zip(frame["segment"], frame["target"], strict=True)
        }
        where = "the table of targets"
    else:
        found = {k if k != "total" else None: v for k, v in facts.run.params.sla.marketing.mqls_per_month.items()}
        where = "params/sla.yaml"
    if sliced:
        name, value = sliced
        found = {value: found[value]} if name == "segment" and value in found else {}
    return found, where


@lru_cache(maxsize=8)
def month_so_far(facts: Facts) -> MonthSoFar | None:
    """The month against its promise; None where nothing is promised."""
    promised, where = promises(facts)
    by_segment = {k: v for k, v in promised.items() if k is not None}
    target = promised.get(None, sum(by_segment.values()))
    if not target:
        return None
    days = days_of_month(day_of(facts.run.last_day))
    first = epoch_day(days[0])
    frame = daily(facts, "mqls", first_day=first - HISTORY_DAYS, last_day=facts.run.last_day, by=("segment",))
    closed = facts.run.params.company.calendar.holidays.days(days[0].year - 1, days[-1].year)
    usual = _rhythm(facts, frame, first, closed)
    done_days = facts.run.last_day - first + 1
    month = frame[frame["day"] >= first]
    per_day = [int(month.loc[month["day"] == first + i, "n"].sum()) for i in range(done_days)]
    weights = [goals.working_weight(usual, days=[d], closed=closed) for d in days]
    everything = sum(weights) or 1.0
    return MonthSoFar(
        days=tuple(days),
        done_days=done_days,
        cumulative=tuple(sum(per_day[: i + 1]) for i in range(done_days)),
        promise_line=tuple(target * sum(weights[: i + 1]) / everything for i in range(len(days))),
        total=_project(facts, month, frame, target, days, usual, closed),
        parts={
            name: _project(
                facts, month[month["segment"] == name], frame[frame["segment"] == name], part, days, None, closed
            )
            for name, part in by_segment.items()
        },
        promised_in=where,
    )


def _rhythm(facts: Facts, frame: pd.DataFrame, first: int, closed: frozenset[date]) -> goals.Rhythm:
    """The weekdays of the 13 weeks before the month, as far as the data goes back."""
    begins = max(first - HISTORY_DAYS, data_begins(facts, "leads"))
    counts = frame.groupby("day")["n"].sum()
    days = list(range(begins, first))
    return goals.rhythm(days=[day_of(d) for d in days], daily=[float(counts.get(d, 0)) for d in days], closed=closed)


def _project(
    facts: Facts,
    month: pd.DataFrame,
    frame: pd.DataFrame,
    target: float,
    days: Sequence[date],
    usual: goals.Rhythm | None,
    closed: frozenset[date],
) -> goals.Projection:
    first = epoch_day(days[0])
    usual = usual or _rhythm(facts, frame, first, closed)
    passed = [d for d in days if epoch_day(d) <= facts.run.last_day]
    left = [d for d in days if epoch_day(d) > facts.run.last_day]
    return goals.project(
        done=float(month["n"].sum()),
        target=target,
        weight_done=goals.working_weight(usual, days=passed, closed=closed),
        weight_left=goals.working_weight(usual, days=left, closed=closed),
        usual=usual,
        conf=facts.run.params.weekly.range,
    )


@agenda(
    id="marketing-sla",
    title="Marketing's promise",
    question="Is marketing delivering the MQLs it promised, and will the month end there?",
    side="marketing",
    needs=("leads.mql_at",),
)
def marketing_sla(facts: Facts, block: Block) -> Block:
    """The month's burn-up against the promise, with the range of its end."""
    so_far = month_so_far(facts)
    if so_far is None:
        text = "No promise for this month: add targets of metric mqls, or marketing.mqls_per_month in params/sla.yaml."
        return replace(block, missing=text)
    total = so_far.total
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
        sentences=(sentence(so_far),),
        pictures=(picture,),
        tables=(_segments(so_far),) if so_far.parts else (),
        evidence=evidence(
            facts,
            "mql_pace",
            n=f"{wording.count(total.done)} MQLs in {so_far.done_days} of {len(so_far.days)} days",
            method=f"promise from {so_far.promised_in}; weekday weights and spread from the 13 weeks before the month;"
            f" {wording.percent(facts.run.params.weekly.range)} prediction range",
        ),
        metrics=_metrics(so_far),
    )


def sentence(so_far: MonthSoFar) -> str:
    """So far, against the promise by now, and the likely end of the month."""
    total, month = so_far.total, wording.month(so_far.days[0])
    done, promised = wording.count(total.done), wording.count(total.target)
    told = f"Marketing has delivered {done} of the {promised} MQLs promised for {month}"
    if wording.defined(total.attainment):
        told += f", where {wording.count(total.target_to_date)} were due by now"
    if so_far.done_days == len(so_far.days):
        return told + "; the month is over."
    if not wording.defined(total.estimate):
        return told + "; no working day has passed yet."
    end, odds = wording.between(total.low, total.high), wording.chance(total.probability)
    return told + f"; it will likely end at {end}, the chance of keeping the promise is {odds}."


def finding(so_far: MonthSoFar) -> str:
    """The title of the chart."""
    total = so_far.total
    if not wording.defined(total.attainment):
        return "No working day has passed yet"
    gap = total.done - total.target_to_date
    if abs(gap) < 0.5:
        return "MQLs are on the promised line"
    return f"MQLs are {wording.count(abs(gap))} {'ahead of' if gap > 0 else 'behind'} the promised line"


def _alt(so_far: MonthSoFar) -> str:
    total = so_far.total
    done, due, promised = (wording.count(x) for x in (total.done, total.target_to_date, total.target))
    return (
        f"Cumulative MQLs of {wording.month(so_far.days[0])}: {done} after {so_far.done_days} days, {due} were due by"
        f" then of {promised} promised; the month may end at {wording.between(total.low, total.high)}."
    )


def _stats(so_far: MonthSoFar) -> tuple[Stat, ...]:
    total = so_far.total
    return (
        Stat("MQLs this month", wording.count(total.done), f"of {wording.count(total.target)} promised", "marketing"),
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


def _segments(so_far: MonthSoFar) -> Table:
    columns = ("Promised", "Due by now", "So far", "Pace", "Month end", "Chance")
    rows = [_row(name, part) for name, part in so_far.parts.items()]
    return Table(
        "By segment",
        (Column("Segment"), *(Column(c, numeric=True) for c in columns)),
        tuple(rows),
        total=_row("All", so_far.total),
        note="The ranges of the segments do not add up to that of the total: not all are unlucky together.",
    )


def _row(name: str, part: goals.Projection) -> tuple[str, ...]:
    return (
        name,
        wording.count(part.target),
        wording.count(part.target_to_date),
        wording.count(part.done),
        wording.percent(part.attainment),
        wording.between(part.low, part.high),
        wording.chance(part.probability),
    )


def _metrics(so_far: MonthSoFar) -> tuple[Metric, ...]:
    records: list[Metric] = []
    for segment, part in ((None, so_far.total), *so_far.parts.items()):
        where: dict[str, Any] = {"segment": segment, "period": so_far.period}
        if segment is not None:  # the total is already recorded by the history
            records.append(metric("mqls", part.done, n=part.done, **where))
        records += [
            metric("mql_goal", part.target, **where),
            metric("mql_pace", part.attainment, n=part.done, reason=part.reason, **where),
            metric(
                "mql_month_end", part.estimate, low=part.low, high=part.high, n=part.done, reason=part.reason, **where
            ),
            metric("mql_goal_probability", part.probability, n=part.done, reason=part.reason, **where),
        ]
    return tuple(records)
