"""The tables of sales's promise: met and missed by rep, and every breach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from alignment_lib.blocks.listing import counted
from alignment_lib.facts import Facts
from alignment_lib.page.block import Cell, Column, Table
from alignment_lib.stats import estimates, wording

HOUR = 3600
PARTS = ("met", "missed", "untouched", "not_due")
"""What became of a lead; `untouched` is a part of `missed`."""


def by_rep(facts: Facts, parts: Mapping[str, pd.DataFrame]) -> Table:
    """Counts by rep, each of which opens its leads; most missed first."""
    owners = {part: frame.groupby("owner_id", dropna=False) for part, frame in parts.items()}
    groups = {part: {_owner(o): rows for o, rows in grouped} for part, grouped in owners.items()}
    names = sorted({o for found in groups.values() for o in found}, key=lambda o: (o is not None, o or ""))
    empty = parts["met"].iloc[:0]
    rows = [(owner, {part: groups[part].get(owner, empty) for part in PARTS}) for owner in names]
    rows.sort(key=lambda row: -len(row[1]["missed"]))
    heads = ("Met", "Missed", "of these untouched", "Not yet due", "In time")
    return Table(
        "By rep, most missed first; the intervals say why this is no ranking",
        (Column("Rep"), *(Column(h, numeric=True) for h in heads)),
        tuple(_rep(facts, owner, found) for owner, found in rows),
    )


def _owner(owner: Any) -> str | None:
    return owner if isinstance(owner, str) else None


def _rep(facts: Facts, owner: str | None, found: Mapping[str, pd.DataFrame]) -> tuple[Cell, ...]:
    met, due = len(found["met"]), len(found["met"]) + len(found["missed"])
    share = estimates.proportion(converted=met, leads=due, conf=facts.run.params.weekly.confidence)
    counts = (counted(facts, found[part]) for part in PARTS)
    return (facts.rep(owner), *counts, wording.estimate(share.estimate, share.low, share.high))


def breaches(facts: Facts, late: pd.DataFrame) -> Table:
    """Every lead that was not touched in time, by rep, the longest wait first."""
    shown, zone = facts.run.params.weekly.list_rows, facts.run.params.timezone
    frame = late.assign(rep=[facts.rep(_owner(o)) for o in late["owner_id"]])
    frame = frame.sort_values(["rep", "seconds"], ascending=[True, False], kind="stable")
    rows = [
        (
            r.rep,
            r.lead_id,
            r.source,
            wording.epoch(r.start_s, zone),
            wording.hours(r.seconds / HOUR),
            "late" if r.touched else "untouched",
        )
        for r in frame.head(shown).itertuples()
    ]
    left = len(frame) - len(rows)
    heads = (Column("Rep"), Column("Lead"), Column("Source"), Column("Handed over"))
    return Table(
        f"The {wording.plural(len(frame), 'breach', 'breaches')} of the week, by rep",
        (*heads, Column("Waited", "business hours", numeric=True), Column("State")),
        tuple(rows),
        note=f"{wording.count(left)} more are not listed." if left else "",
        folded=True,
    )
