"""What was found, in a few lines for the terminal: tables, files, rows, and what is missing for which block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from alignment_lib.contract import CONTRACT
from alignment_lib.source.profile.draft import Draft, lacking, only_head
from alignment_lib.source.profile.table_draft import TableDraft
from alignment_lib.stats import wording

BLOCKS: dict[str, tuple[str, ...]] = {
    "marketing's promise": ("leads.mql_at",),
    "sales's follow-up": ("leads.created_at", "activities.occurred_at", "activities.direction", "activities.lead_id"),
    "what closed": ("opportunities.closed_at",),
    "sources": ("leads.created_at", "leads.source"),
}
"""What the blocks of the weekly report need; a test holds it against the blocks themselves."""


SHOWN = 5
"""Columns that are named; all of them stand in the mapping."""


def lines(draft: Draft) -> Iterator[str]:
    """The summary."""
    for table in draft.tables:
        yield f"{table.table}: {_file(table)}"
    for name, why in draft.found.unread:
        yield why if why.startswith(name) else f"{name}: {why}"
    yield from (only_head(e) for e in draft.left if not e.rows)
    left = [e.name for e in draft.left if e.rows]
    if left:
        yield f"not used: {wording.listing(left)}"
    for block, needs in BLOCKS.items():
        missing = lacking(draft.tables, *needs)
        if missing:
            yield f"{block} will say what to connect: {wording.listing(list(missing))}"


def _few(names: Sequence[str]) -> str:
    """The first names of many, and how many more there are."""
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {wording.count(more)} more" if more > 0 else "")


def _file(one: TableDraft) -> str:
    known, rest = CONTRACT[one.table].columns, [seen.name for seen in one.unmapped if seen.kind != "empty"]
    weak = [c for c, rule in one.rules.items() if any("check" in n or "ambiguous" in n for n in rule.notes)]
    found = f"{one.export.name}, {wording.plural(one.export.rows, 'row')}"
    found += f"; {len(one.rules)} of {len(known)} columns of {one.table} found"
    found += f"; of the file not mapped: {_few(rest)}" if rest else ""
    return found + (f"; check {wording.listing(weak)}" if weak else "")
