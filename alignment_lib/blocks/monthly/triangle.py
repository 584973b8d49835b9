"""The cohort triangle (C23): of the leads of each month, how many were won by each age; too young, no rate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import pandas as pd

from alignment_lib.blocks.agenda import agenda, evidence, metric, metric_of
from alignment_lib.blocks.history import data_begins
from alignment_lib.blocks.monthly.mature import first_deal, is_known
from alignment_lib.facts import Facts
from alignment_lib.facts.ages import newest_old_day
from alignment_lib.facts.cohort_frames import conversions
from alignment_lib.page.block import Block, Cell, Column, Metric, Quiet, Table
from alignment_lib.params.period import Month
from alignment_lib.stats import incidences, triangles, wording
from alignment_lib.stats.days import day_of, epoch_day

BEFORE = "not on record"
"""In cells of months whose leads began before deals were recorded: 0 % would be a claim that nobody can make."""


@dataclass(frozen=True, eq=False)
class Triangle:
    """One row per month, oldest first, one cell per age; in `unknown` months wins are not on record."""

    months: tuple[date, ...]
    leads: tuple[int, ...]
    cells: tuple[tuple[triangles.Cell, ...], ...]
    ages: tuple[int, ...]
    unknown: frozenset[date]
    first_deal: int
    """Epoch day of the first deal on record."""


@lru_cache(maxsize=4)
def numbers(facts: Facts) -> Triangle:
    """Cohorts of the months whose every day the data holds."""
    run, settings = facts.run, facts.run.params.monthly
    begins = data_begins(facts, "leads")
    months = tuple(m for m in run.months if epoch_day(m) >= begins) or run.months[-1:]
    frame = conversions(facts, "won", first_day=epoch_day(months[0]), last_day=run.last_day, span="month")
    groups = [_cohort(m, frame[frame["cohort"] == epoch_day(m)]) for m in months]
    cells = triangles.triangle(
        groups,
        ages=settings.triangle_days,
        as_of=day_of(newest_old_day(run, days=0)),
        conf=run.params.weekly.confidence,
        min_at_risk=run.params.weekly.min_n,
    )
    unknown = frozenset(m for m in months if not is_known(facts, m, "won"))
    leads = tuple(int(g.follow_up.leads) for g in groups)
    return Triangle(months, leads, cells, settings.triangle_days, unknown, first_deal(facts, "won"))


def _cohort(month: date, frame: pd.DataFrame) -> triangles.Cohort:
    table = incidences.follow_up(
        ages=frame["age"], converted=frame["converted"], competing=frame["competing"], censored=frame["censored"]
    )
    return triangles.Cohort(name=Month(month).label, last_created=Month(month).last, follow_up=table)


@agenda(
    id="triangle",
    title="How each month's leads turned out",
    question="Of the leads of each month, how many were won by the same age?",
    needs=("leads.created_at", "opportunities.closed_at"),
)
def triangle(facts: Facts, block: Block) -> Block:
    """Months beside each other at equal ages."""
    if not (facts.tables.has("opportunities.lead_id") or facts.tables.has("leads.opportunity_id")):
        return replace(block, missing="Deals and leads are not linked in this data: map the lead of each deal.")
    found = numbers(facts)
    return replace(
        block,
        sentences=sentences(found),
        tables=(_table(found),),
        evidence=evidence(
            facts,
            "cohort_won",
            n=f"{wording.plural(sum(found.leads), 'lead')} of {wording.plural(len(found.months), 'month')}",
            method="a rate only where every lead of the month has reached the age; Wilson interval",
        ),
        metrics=_metrics(found),
    )


def sentences(found: Triangle) -> tuple[str, ...]:
    """The youngest month that is old enough at each age, beside the one a year before."""
    told = []
    for place, age in enumerate(found.ages):
        ready = [i for i, m in enumerate(found.months) if found.cells[i][place].matured and _told(found, m, i)]
        if ready and place in (0, len(found.ages) - 1):
            cell = found.cells[ready[-1]][place].incidence
            rate = wording.estimate(cell.estimate, cell.low, cell.high)
            told.append(f"Of the leads of {wording.month(found.months[ready[-1]])}, {rate} were won within {age} days.")
    if found.unknown == frozenset(found.months):
        first = wording.day(found.first_deal)
        return (f"The first deal on record is of {first}: who was won of earlier months' leads is unknown.",)
    return tuple(told) or ("No month's leads are old enough yet to say how many were won.",)


def _told(found: Triangle, month: date, place: int) -> bool:
    return bool(found.leads[place]) and month not in found.unknown


def _table(found: Triangle) -> Table:
    rows = [
        (wording.month(m), wording.count(n), *(Quiet(BEFORE) if m in found.unknown else _shown(cell) for cell in row))
        for m, n, row in zip(found.months, found.leads, found.cells, strict=True)
    ]
    first = wording.day(found.first_deal)
    unknown = f" “{BEFORE}”: before the first deal on record, of {first}, so nobody can tell who was won."
    heads = (Column(f"by day {age}", numeric=True) for age in found.ages)
    return Table(
        "Won, of the leads created in each month",
        (Column("Month"), Column("Leads", numeric=True), *heads),
        tuple(rows[::-1]),
        note="“from”: the day on which every lead of the month has reached that age; before it no rate is shown."
        + (unknown if found.unknown else ""),
    )


def _shown(cell: triangles.Cell) -> Cell:
    rate = cell.incidence
    if not rate.leads:
        return wording.NOTHING
    if cell.matured:
        return wording.estimate(rate.estimate, rate.low, rate.high)
    # the cohort's last lead may have come at the end of its day
    return Quiet(f"from {wording.day(cell.matures_on + timedelta(days=1))}")


def _metrics(found: Triangle) -> tuple[Metric, ...]:
    records = []
    for month, leads, row in zip(found.months, found.leads, found.cells, strict=True):
        for age, cell in zip(found.ages, row, strict=True):
            where: dict[str, Any] = {"segment": f"day {age}", "period": Month(month).label}
            if month in found.unknown:
                reason = f"before the first deal on record, of {day_of(found.first_deal).isoformat()}"
                records.append(metric("cohort_won", None, n=leads, reason=reason, **where))
            elif cell.matured:
                records.append(metric_of("cohort_won", cell.incidence, n=leads, **where))
            else:
                reason = f"too young until {cell.matures_on.isoformat()}"
                records.append(metric("cohort_won", None, n=leads, reason=reason, **where))
    return tuple(records)
