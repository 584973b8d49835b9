"""From rows of ids and owners to the list that a count opens (C32)."""

from __future__ import annotations

import pandas as pd

from alignment_lib.facts import Facts
from alignment_lib.page.block import Cell, Count, Listing
from alignment_lib.stats import wording


def listing(facts: Facts, rows: pd.DataFrame, what: str = "leads") -> Listing:
    """The ids of `lead_id` (or `opportunity_id` for deals) by owner, as many as `list_rows` allows.

    Parameters
    ----------
    rows : DataFrame
        Columns `lead_id` or `opportunity_id`, and `owner_id`; one row per thing counted.
    """
    key = "opportunity_id" if what == "deals" else "lead_id"
    named = [
        (facts.rep(o if isinstance(o, str) else None), str(i)) for o, i in zip(rows["owner_id"], rows[key], strict=True)
    ]
    named.sort()
    shown = named[: facts.run.params.weekly.list_rows]
    groups: dict[str, list[str]] = {}
    for owner, identity in shown:
        groups.setdefault(owner, []).append(identity)
    return Listing(what, tuple((o, tuple(ids)) for o, ids in groups.items()), len(named) - len(shown))


def counted(facts: Facts, rows: pd.DataFrame, what: str = "leads") -> Cell:
    """The number of rows as a cell that opens their list; plain text where there is none."""
    text = wording.count(len(rows))
    return Count(text, listing(facts, rows, what)) if len(rows) else text
