"""Which leads and deals a count holds now, and what became of those that it no longer holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from alignment_lib.facts.facts import Facts
from alignment_lib.facts.frames import DEAL_EVENTS, LEAD_EVENTS
from alignment_lib.source.tables.inspect import REASON


def occurrences(facts: Facts, event: str, *, first_day: int, last_day: int) -> pd.DataFrame:
    """The leads or deals that a count holds in the days given.

    Returns
    -------
    DataFrame
        Columns `id`, `day`, `seconds` (of the event, epoch) and, for deals, `amount` (null where it is unknown);
        sorted by day and id.
    """
    table, at = _table(facts, event)
    columns = {"id": table[_key(event)], "day": table[f"{at}_day"], "seconds": table[f"{at}_s"]}
    if event in DEAL_EVENTS:
        columns["amount"] = table.amount.cast("float64")
    inside = table[f"{at}_day"].between(first_day, last_day)
    if event in ("won", "lost"):
        inside &= table.outcome == event
    frame = table.filter(inside).select(**columns).to_pandas()
    return frame.sort_values(["day", "id"], kind="stable").reset_index(drop=True)


def whereabouts(facts: Facts, kind: str, ids: Sequence[str]) -> pd.DataFrame:
    """What has become of some leads or deals.

    Parameters
    ----------
    kind
        `leads` or `opportunities`.

    Returns
    -------
    DataFrame
        Columns `id`, `reason` (why the row is set aside; null: it is used), `inside` (whether the report counts it at
        all: it falls into its slice) and the epoch day of each event, `leads` and `mqls` or `opportunities` and `won`;
        one row for each row of the source, sorted; an id that is not there has none.
    """
    table, _ = _table(facts, kind)
    key = _key(kind)
    full = facts.tables.inspected[kind].full
    rows = full.filter(full[key].isin(list(ids))).select(id=full[key], reason=full[REASON])
    days = {kind: table.created_day, **_later_event(table, kind)}
    facts_of = table.filter(table[key].isin(list(ids))).select(_id=table[key], **days)
    joined = rows.left_join(facts_of, [("id", "_id")])
    kept = {name: joined[name] for name in days}
    frame = joined.select("id", "reason", inside=joined["_id"].notnull(), **kept).to_pandas()
    return frame.sort_values(["id", "reason"], kind="stable").reset_index(drop=True)


def _table(facts: Facts, event: str) -> tuple[Any, str]:
    if event in LEAD_EVENTS:
        return facts.leads, LEAD_EVENTS[event]
    return facts.deals, "created" if event == "opportunities" else "closed"


def _later_event(table: Any, kind: str) -> dict[str, Any]:
    if kind == "leads":
        return {"mqls": table.mql_day}
    return {"won": (table.outcome == "won").ifelse(table.closed_day, None)}


def _key(event: str) -> str:
    return "lead_id" if event in LEAD_EVENTS else "opportunity_id"
