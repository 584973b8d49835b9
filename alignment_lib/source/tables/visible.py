"""As of an instant: what happened at or after it has not happened yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from alignment_lib.params.run import Run
from alignment_lib.source.tables.inspect import Inspected

RECENT_DAYS = 31
"""How long before the newest row of the data a report is still of its end."""
_BORN = {"leads": "created_at", "activities": "occurred_at", "touches": "occurred_at", "stage_changes": "entered_at"}
_FOLLOWS = {"reject_reason": "rejected_at", "loss_reason": "closed_at", "decision_driver": "closed_at"}
"""Columns that are known only once another column's instant has passed."""


def visible(seen: Inspected, run: Run) -> Any:
    """The used rows of a table with everything at or after as-of taken out.

    A deal closed later is open; an instant later is null; a row born later is not there.
    """
    import ibis

    table, columns = seen.used, seen.mapped.columns
    limit = ibis.literal(run.as_of.replace(tzinfo=None))
    born = _BORN.get(seen.contract.name)
    if born:
        table = table.filter(table[born] < limit)
    if seen.contract.name == "opportunities":
        table = _opportunities(table, columns, limit, ends(seen, run))
    instants = [c for c in columns if seen.contract.columns[c].kind == "instant" and c != born]
    changed = {c: (table[c] < limit).ifelse(table[c], None) for c in instants}
    for column, instant in _FOLLOWS.items():
        if column in columns and instant in columns:
            changed[column] = (table[instant] < limit).ifelse(table[column], None)
    if seen.contract.name == "leads" and {"owner_id", "assigned_at"} <= set(columns):
        # who got the lead later did not own it yet; an owner without a day of assignment is taken as it is
        changed["owner_id"] = (table.assigned_at >= limit).fill_null(False).ifelse(None, table.owner_id)
    return table.mutate(**changed) if changed else table


def ends(seen: Inspected, run: Run) -> bool:
    """Whether the run is of the end of this data, so that what is open in the export is open in the report."""
    return seen.newest is None or seen.newest.replace(tzinfo=UTC) - run.as_of <= timedelta(days=RECENT_DAYS)


def _opportunities(table: Any, columns: Any, limit: datetime, ends: bool) -> Any:
    """Deals that exist by then; without a creation date a deal is known from its closing on.

    A deal that was won or lost on a day that nobody wrote down is not open, whenever that was. One that is open and has
    no day of creation is there where the data ends; of an earlier day nobody knows.
    """
    if "closed_at" not in columns:
        return table.filter(table.created_at < limit) if "created_at" in columns else table
    ended = table.outcome.isin(["won", "lost"]).fill_null(False)
    closed = (table.closed_at < limit).fill_null(False)
    known = ended & (closed | table.closed_at.isnull())
    there = closed | (table.closed_at.isnull() if "created_at" not in columns else known)
    if ends:
        there = there | ~ended
    there = (table.created_at < limit).fill_null(there) if "created_at" in columns else there
    table = table.mutate(outcome=known.ifelse(table.outcome, "open"), _there=there)
    return table.filter(table["_there"]).drop("_there")
