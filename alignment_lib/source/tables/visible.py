"""As of an instant: what happened at or after it has not happened yet."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from alignment_lib.params.run import Run
from alignment_lib.source.tables.inspect import Inspected

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
        table = _opportunities(table, columns, limit)
    instants = [c for c in columns if seen.contract.columns[c].kind == "instant" and c != born]
    changed = {c: (table[c] < limit).ifelse(table[c], None) for c in instants}
    for column, instant in _FOLLOWS.items():
        if column in columns and instant in columns:
            changed[column] = (table[instant] < limit).ifelse(table[column], None)
    if seen.contract.name == "leads" and {"owner_id", "assigned_at"} <= set(columns):
        # who got the lead later did not own it yet; an owner without a day of assignment is taken as it is
        changed["owner_id"] = (table.assigned_at >= limit).fill_null(False).ifelse(None, table.owner_id)
    return table.mutate(**changed) if changed else table


def _opportunities(table: Any, columns: Any, limit: datetime) -> Any:
    """Deals that exist by then; without a creation date a deal is known from its closing on."""
    if "closed_at" in columns:
        closed = (table.closed_at < limit).fill_null(False)
        table = table.mutate(outcome=(closed & table.outcome.isin(["won", "lost"])).ifelse(table.outcome, "open"))
        if "created_at" in columns:
            return table.filter((table.created_at < limit).fill_null(closed))
        return table.filter(closed | table.closed_at.isnull())
    return table.filter(table.created_at < limit) if "created_at" in columns else table
