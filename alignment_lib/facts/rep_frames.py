"""Facts → the leads that wait for their first contact, one row each, and what is undecided by rep and origin.

A lead is open while it is handed over, untouched, and neither accepted, rejected, sales-qualified nor closed. Its time
left is what remains of the agreed business hours on its owner's calendar; it is due today where that is no more than
what remains of the owner's working hours on the report's day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import pandas as pd

from alignment_lib.facts.calendars import DAY_S, clocks
from alignment_lib.facts.cohort_frames import require, tidy
from alignment_lib.facts.facts import Facts
from alignment_lib.params import Calendar
from alignment_lib.params.period import local_day, midnight
from alignment_lib.source.tables import RESPONSE
from alignment_lib.stats.office_hours import wall_seconds

OVERDUE, TODAY, LATER = STATES = "overdue", "due today", "due later"
_DECIDED = ("accepted_s", "rejected_s", "sql_s", "won_s", "lost_s")


@dataclass(frozen=True)
class Workday:
    """The report's day on the calendar of one time zone."""

    zone: str
    day: date
    left_s: int
    """Working seconds from as-of to the end of the day."""
    full_s: int
    """Working seconds of a usual day; 0 on a calendar that never opens."""


@lru_cache(maxsize=8)
def workdays(facts: Facts) -> tuple[Workday, ...]:
    """By zone, in the order of the business clock's; the company's first.

    The day is the report's own; where the zone's date is already a later one, it is that.
    """
    run, zones = facts.run, facts.clocks.zones
    days = [max(run.period.first, local_day(run.as_of, zone)) for zone in zones]
    ends = [midnight(day + timedelta(days=1), zone) for day, zone in zip(days, zones, strict=True)]
    # as-of may lie days before the report's day, farther than the clock of the facts reaches
    clock = clocks(run.params, zones[1:], first=run.as_of, last=max(ends))
    company = run.params.company.calendar
    return tuple(
        Workday(
            zone=zone,
            day=days[i],
            left_s=clock.open_seconds(i, int(ends[i].timestamp())) - clock.open_seconds(i, run.as_of_s),
            full_s=usual_day(company.zones.get(zone, company)),
        )
        for i, zone in enumerate(zones)
    )


def usual_day(calendar: Calendar) -> int:
    """Working seconds of the day that is most frequent in a week; of equally frequent ones, the longest."""
    if calendar.always_open:
        return DAY_S
    lengths = [
        sum((wall_seconds(closes) or DAY_S) - wall_seconds(opens) for opens, closes in windows)
        for windows in calendar.windows().values()
    ]
    return max((s for s in lengths if s), key=lambda s: (lengths.count(s), s), default=0)


@lru_cache(maxsize=8)
def zones_of_reps(facts: Facts) -> Mapping[str, int]:
    """The place in `workdays` of each rep who works by another calendar than the company's."""
    if not facts.tables.has("reps.rep_id", "reps.timezone"):
        return {}
    rows = facts.tables["reps"].select("rep_id", "timezone").to_pyarrow().to_pylist()
    known = {zone: place for place, zone in enumerate(facts.clocks.zones)}
    return {r["rep_id"]: place for r in rows if (place := known.get(r["timezone"], 0))}


@lru_cache(maxsize=8)
def open_leads(facts: Facts, *, sla_s: int) -> pd.DataFrame:
    """Leads that wait for their first contact.

    Parameters
    ----------
    sla_s
        Business seconds agreed from the hand-over to the first contact.

    Returns
    -------
    DataFrame
        Columns `lead_id`, `owner_id` (null: nobody), `source`, `campaign`, `segment`, `start_s` (epoch seconds of the
        hand-over), `left_s` (business seconds, below 0 when overdue), `state` (of `STATES`); overdue first, the one
        nearest to its time first, then by the time left.
    """
    import ibis

    require(facts, *RESPONSE)
    table = _undecided(facts).filter(lambda t: t.waited_s.notnull())
    table = table.mutate(left_s=ibis.literal(sla_s, "int64") - table.waited_s, rest_s=_rest(facts, table))
    state = ibis.cases((table.left_s < 0, OVERDUE), (table.left_s <= table.rest_s, TODAY), else_=ibis.literal(LATER))
    columns = ("lead_id", "owner_id", "source", "campaign", "segment", "start_s", "left_s")
    frame = table.select(*columns, state=state).to_pandas()
    frame[["start_s", "left_s"]] = frame[["start_s", "left_s"]].astype("int64")
    order = frame.assign(_late=frame["left_s"] >= 0, _near=frame["left_s"].abs())
    order = order.sort_values(["_late", "_near", "lead_id"], kind="stable")
    return order.drop(columns=["_late", "_near"]).reset_index(drop=True)


def _undecided(facts: Facts) -> Any:
    leads = facts.leads.filter(facts.leads.start_s.notnull())
    for instant in _DECIDED:
        leads = leads.filter(leads[instant].isnull())
    return leads


def _rest(facts: Facts, table: Any) -> Any:
    """What is left of the owner's day."""
    import ibis

    days, places = workdays(facts), zones_of_reps(facts)
    branches = []
    for place in sorted(set(places.values())):
        owners = sorted(rep for rep, theirs in places.items() if theirs == place)
        branches.append((table.owner_id.isin(owners), ibis.literal(days[place].left_s, "int64")))
    company = ibis.literal(days[0].left_s, "int64")
    return ibis.cases(*branches, else_=company) if branches else company


@lru_cache(maxsize=8)
def undecided(facts: Facts) -> pd.DataFrame:
    """Leads handed over that are neither accepted, rejected nor closed, touched or not, by owner and origin.

    Returns
    -------
    DataFrame
        Columns `owner_id` (null: nobody), `source`, `campaign`, `n`; sorted.
    """
    keys = ["owner_id", "source", "campaign"]
    table = _undecided(facts)
    return tidy(table.group_by(keys).aggregate(n=table.count()).to_pandas(), keys)
