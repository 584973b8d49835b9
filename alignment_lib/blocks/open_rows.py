"""Open decisions and issues as plain rows for the mails, overdue first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from alignment_lib.stats import wording

Row = Mapping[str, Any]


def days_over(row: Row, today: date) -> int:
    """Days since an open row was due; 0 where it is not overdue."""
    ended = row["closed_on"] if "closed_on" in row else row["done_on"]
    return 0 if ended is not None or row["due_on"] is None else max(0, (today - row["due_on"]).days)


def handed_on(decisions: Sequence[Row], issues: Sequence[Row], today: date) -> tuple[Row, ...]:
    """Whatever is open: what it is, whose it is, when it was due, and its state in words."""
    rows = [(row["due_on"] or date.max, "Decision", row["decision_id"], row["decision"], row) for row in decisions]
    rows += [(row["due_on"] or date.max, "Issue", row["issue_id"], row["what"], row) for row in issues]
    return tuple(_plain(kind, id, what, row, today) for _, kind, id, what, row in sorted(rows, key=lambda r: r[:3]))


def _plain(kind: str, id: str, what: str, row: Row, today: date) -> Row:
    over = days_over(row, today)
    return {
        "kind": kind,
        "id": id,
        "what": what,
        "owner": row["owner"] or "nobody",
        "due_on": row["due_on"].isoformat() if row["due_on"] else None,
        "due": wording.day(row["due_on"]) if row["due_on"] else wording.NOTHING,
        "status": "bad" if over else "open",
        "state": f"overdue {wording.plural(over, 'day')}" if over else "open",
    }
