"""What is known of a lead besides the facts: its score, grade, persona and tier."""

from __future__ import annotations

from typing import Any

from alignment_lib.facts.facts import PROFILE, Facts


def with_profile(facts: Facts, rows: Any, *names: str) -> Any:
    """Rows that have a `lead_id`, with columns of that lead; null where they are not connected or nobody knows.

    Parameters
    ----------
    names
        Of `facts.PROFILE`. What the rows hold already is left as it is: the leads are not looked at again.
    """
    import ibis

    lacking = [name for name in names if name not in rows.columns]
    there = [name for name in lacking if facts.tables.has(f"leads.{name}")]
    if there:
        own = facts.tables["leads"]
        known = own.select(_profile_of=own.lead_id, **{f"_{name}": own[name] for name in there})
        rows = rows.left_join(known, [rows.lead_id == known["_profile_of"]])
        rows = rows.mutate(**{name: rows[f"_{name}"] for name in there})
        rows = rows.drop("_profile_of", *(f"_{name}" for name in there))
    return rows.mutate(**{name: ibis.null(PROFILE[name]) for name in lacking if name not in there})
