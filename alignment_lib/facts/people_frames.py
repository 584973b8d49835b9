"""Facts → who got which leads and what became of them: by day and owner, by owner and segment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import pandas as pd

from alignment_lib.facts.cohort_frames import require, tidy
from alignment_lib.facts.facts import ENDED, Facts

PARTS = ["leads", "met", "missed", "not_due", "untouched"]
"""Leads handed over, and how they stand to the agreed hours; `untouched` is a part of `missed`."""


@dataclass(frozen=True)
class Rep:
    """A row of the table of reps."""

    rep_id: str
    name: str
    role: str
    capacity: float | None
    """Leads a week."""
    started: date | None
    ended: date | None

    def there(self, first: date, last: date) -> bool:
        """Whether the rep worked here on one of these days."""
        return (self.started is None or self.started <= last) and (self.ended is None or self.ended >= first)


@lru_cache(maxsize=8)
def handed_by_day(facts: Facts, *, sla_s: int, first_day: int, last_day: int) -> pd.DataFrame:
    """Leads whose clock started in the days given, by day and owner, and how they stand to the agreed hours.

    Returns
    -------
    DataFrame
        Columns `day` (epoch day), `owner_id` (null: nobody) and `PARTS`; sorted. A lead whose instants are in an
        impossible order is counted in `leads` only.
    """
    leads = facts.leads
    table = leads.filter(leads.start_day.between(first_day, last_day))
    late = (table.response_s > sla_s) | (table.waited_s > sla_s)
    frame = table.group_by(day=table.start_day, owner_id=table.owner_id).aggregate(
        leads=table.count(),
        met=(table.response_s <= sla_s).fill_null(False).sum(),
        missed=late.fill_null(False).sum(),
        not_due=(table.waited_s <= sla_s).fill_null(False).sum(),
        untouched=(table.waited_s > sla_s).fill_null(False).sum(),
    )
    return tidy(frame.to_pandas(), ["day", "owner_id"])


def open_deals(facts: Facts) -> pd.DataFrame:
    """Deals open as of the run, by owner: columns `owner_id` (null: nobody), `open`; sorted."""
    require(facts, "opportunities.closed_at", "opportunities.owner_id")
    deals = facts.deals
    table = deals.filter(deals.outcome == "open")
    return tidy(table.group_by("owner_id").aggregate(open=table.count()).to_pandas(), ["owner_id"])


def closed_by_owner(facts: Facts, *, first_day: int, last_day: int) -> pd.DataFrame:
    """Deals closed in the days given, by owner and segment: columns `owner_id`, `segment`, `won`, `closed`; sorted."""
    require(facts, "opportunities.closed_at", "opportunities.owner_id")
    deals = facts.deals
    table = deals.filter(deals.closed_day.between(first_day, last_day) & deals.outcome.isin(ENDED))
    keys = ["owner_id", "segment"]
    frame = table.group_by(keys).aggregate(won=(table.outcome == "won").sum(), closed=table.count())
    return tidy(frame.to_pandas(), keys)


@lru_cache(maxsize=8)
def reps(facts: Facts) -> tuple[Rep, ...]:
    """Everybody in the table of reps, by name; empty where it is not connected."""
    if not facts.tables.has("reps.rep_id"):
        return ()
    table = facts.tables["reps"]
    wanted = [c for c in ("rep_id", "name", "role", "lead_capacity", "started_on", "ended_on") if c in table.columns]
    found = [_rep(row) for row in table.select(*wanted).to_pandas().to_dict("records")]
    return tuple(sorted(found, key=lambda r: (r.name, r.rep_id)))


def _rep(row: dict[str, object]) -> Rep:
    known = {str(k): v for k, v in row.items() if not pd.isna(v)}
    capacity = known.get("lead_capacity")
    started, ended = (pd.Timestamp(str(known[c])).date() if c in known else None for c in ("started_on", "ended_on"))
    return Rep(
        rep_id=str(known.get("rep_id", "")),
        name=str(known.get("name", known.get("rep_id", ""))),
        role=str(known.get("role", "")),
        capacity=float(str(capacity)) if capacity is not None else None,
        started=started,
        ended=ended,
    )


PERSON = ("rep_id", "name", "email", "team", "role", "region", "started_on", "ended_on")
"""What is told of a person: who gets mail is chosen from it."""


@lru_cache(maxsize=8)
def addressed(facts: Facts) -> tuple[Mapping[str, str | None], ...]:
    """The people in the table of reps, as text (days as 2018-03-21), sorted by id; None where nothing is known.

    Returns
    -------
    tuple of mappings
        Keys `PERSON`; empty where the table is not connected.
    """
    if not facts.tables.has("reps"):
        return ()
    reps = facts.tables["reps"]
    there = [name for name in PERSON if facts.tables.has(f"reps.{name}")]
    rows = reps.select(there).order_by("rep_id").to_pyarrow().to_pylist()
    return tuple({name: None if row.get(name) is None else str(row[name]) for name in PERSON} for row in rows)
