"""A measure's goal for one week: its own, the SLA's, or the week's part of what was promised for the month."""

from __future__ import annotations

import math
from datetime import date, timedelta
from functools import lru_cache

from alignment_lib.blocks.history import data_begins
from alignment_lib.blocks.measures import MEASURES, RHYTHM_DAYS, days
from alignment_lib.facts import Facts
from alignment_lib.facts.frames import NEEDS
from alignment_lib.facts.promises import promised
from alignment_lib.measures import definition
from alignment_lib.params.period import Week, days_of_month, month_start
from alignment_lib.params.settings import Measure
from alignment_lib.stats import goals
from alignment_lib.stats.days import day_of, epoch_day


def goal(facts: Facts, measure: Measure, week: Week) -> tuple[float | None, str]:
    """The goal of a week and where it comes from; None where nobody set one.

    Notes
    -----
    A month's promise is spread over its days by the weights of the weekdays and without holidays, as its pace is; a
    week across a month boundary gets the parts of both months. A quarter's promise is used where the month has none.
    Counts are promised in whole leads and deals.
    """
    if measure.goal is not None:
        return measure.goal, "the settings of the scorecard"
    if measure.metric == "sla_follow_up":
        return facts.run.params.sla.sales.met_share, "the SLA"
    if not MEASURES[measure.metric].event:
        return None, ""
    parts = [_part(facts, measure.metric, month, week) for month in _months(week)]
    known = [p for p in parts if p is not None]
    if len(known) < len(parts):
        return None, ""
    total = sum(known)
    whole = definition(measure.metric).unit != "currency"
    return (float(math.ceil(total - 1e-9)) if whole else total), "the week's part of the target"


def _months(week: Week) -> list[date]:
    return sorted({month_start(week.monday), month_start(week.sunday)})


def _part(facts: Facts, name: str, month: date, week: Week) -> float | None:
    """What the days of the week in this month are promised."""
    found = _target(facts, name, month)
    if found is None:
        return None
    target, period = found
    inside = [d for d in _days(week) if month_start(d) == month]
    weights, closed = _weights(facts, name, period[0]), _holidays(facts, period)
    everything = goals.working_weight(weights, days=period, closed=closed)
    return target * goals.working_weight(weights, days=inside, closed=closed) / everything if everything else None


def _days(week: Week) -> list[date]:
    return [week.monday + timedelta(days=i) for i in range(7)]


def _target(facts: Facts, name: str, month: date) -> tuple[float, tuple[date, ...]] | None:
    """The promise for the month, else for its quarter, with the days that it is for."""
    quarter = month_start(month, (month.month - 1) % 3)
    whole = tuple(d for back in range(3) for d in days_of_month(month_start(quarter, -back)))
    for period in (tuple(days_of_month(month)), whole):
        found = promised(facts, name, first=period[0], last=period[-1])
        if not found and name == "mqls" and period is not whole:
            written = facts.run.params.sla.marketing.mqls_per_month
            found = {k if k != "total" else None: v for k, v in written.items()}
        target = _of_slice(facts, found)
        if target is not None:
            return target, period
    return None


def _of_slice(facts: Facts, found: dict[str | None, float]) -> float | None:
    """The whole company's, else the segments' sum; under a slice only that segment's own."""
    if facts.run.params.slice is not None:
        name, value = facts.run.params.slice
        return found.get(value) if name == "segment" else None
    return found.get(None, sum(found.values())) if found else None


def _holidays(facts: Facts, period: tuple[date, ...]) -> frozenset[date]:
    return facts.run.params.company.calendar.holidays.days(period[0].year - 1, period[-1].year)


@lru_cache(maxsize=64)
def _weights(facts: Facts, name: str, first: date) -> goals.Rhythm:
    """The weekdays of the 13 weeks before the period, as far as the data goes back."""
    event = MEASURES[name].event
    until = epoch_day(first)
    frame, begins = days(facts, event), data_begins(facts, NEEDS[event][0].partition(".")[0])
    history = range(max(until - RHYTHM_DAYS, begins), until)
    counts = frame.groupby("day")["n"].sum()
    closed = facts.run.params.company.calendar.holidays.days(first.year - 1, first.year)
    return goals.rhythm(
        days=[day_of(d) for d in history], daily=[float(counts.get(d, 0)) for d in history], closed=closed
    )
