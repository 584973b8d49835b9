"""What was found, in a few lines for the terminal: tables, files, rows, and what is missing for which block."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from alignment_lib.source.profile.draft import Draft, lacking, only_head
from alignment_lib.source.profile.kinds import Seen
from alignment_lib.source.profile.synonyms import keys
from alignment_lib.source.profile.table_draft import TableDraft
from alignment_lib.stats import wording

BLOCKS: dict[str, tuple[str, ...]] = {
    "marketing's promise": ("leads.mql_at",),
    "sales's follow-up": ("leads.created_at", "activities.occurred_at", "activities.direction", "activities.lead_id"),
    "what closed": ("opportunities.closed_at",),
    "sources": ("leads.created_at", "leads.source"),
}
"""What the blocks of the weekly report need; a test holds it against the blocks themselves."""


PARTS = {"pipeline", "pipelinename", "recordtype", "recordtypename", "opportunitytype", "dealtype"}
ACTIVE, NO = {"isactive", "active", "status"}, {"false", "0", "no", "inactive", "deleted"}
WEIGHTY = ("amount", "timestamp", "date", "id")
"""Kinds of columns that a user misses first."""
SHOWN = 5
"""Columns that are named; all of them stand in the mapping."""


def lines(draft: Draft) -> Iterator[str]:
    """The summary: each file and what it is used as or why it is not; what the report will tell, and what not."""
    for table in draft.tables:
        yield f"{table.table}: {_file(table)}"
    for name, why in draft.found.unread:
        yield why if why.startswith(name) else f"{name}: {why}"
    yield from _parts(draft.tables)
    yield from _joined(draft)
    for export in draft.left:
        yield f"{export.name}: not used; {draft.why(export)}" if export.rows else only_head(export)
    missing = {block: lacking(draft.tables, *needs) for block, needs in BLOCKS.items()}
    told = [block for block, needs in missing.items() if not needs]
    yield f"the report will tell: {wording.listing(told)}" if told else "the report has nothing to tell of this yet"
    for block, needs in missing.items():
        if needs:
            yield f"{block} will say what to connect: {wording.listing(list(needs))}"


def _parts(tables: Sequence[TableDraft]) -> Iterator[str]:
    """Into what deals and users fall, of which a part may be none of the report's."""
    for one in tables:
        for name, seen in one.seen.items():
            several = seen.column.distinct > 1 and seen.kind == "text"
            if one.table == "opportunities" and several and set(keys(name)) & PARTS:
                told = f"deals by {name}: {_counts(seen)}; each counts, unless `where:` leaves it out"
                yield told
        currency = one.rules.get("currency")
        money = one.seen.get(currency.raw or "") if currency is not None else None
        if money is not None and money.column.distinct > 1:
            yield f"currencies of {one.table}: {_counts(money)}; params/README.md says how they are converted"
        active = next((s for n, s in one.seen.items() if one.table == "reps" and set(keys(n)) & ACTIVE), None)
        if active is not None:
            gone = sum(n for v, n in zip(active.column.values, active.column.counts, strict=True) if v.lower() in NO)
            users = wording.plural(one.export.rows, "user")
            yield f"{wording.count(gone)} of {users} {'is' if gone == 1 else 'are'} inactive; what was theirs stays"


def _counts(seen: Seen) -> str:
    pairs = list(zip(seen.column.values, seen.column.counts, strict=True))
    more = f" and {wording.count(len(pairs) - SHOWN)} more" if len(pairs) > SHOWN else ""
    return ", ".join(f"{value[:40]} {wording.count(n)}" for value, n in pairs[:SHOWN]) + more


def _joined(draft: Draft) -> Iterator[str]:
    """Files that no table is read from, but in which something of its rows is looked up."""
    own = {part for t in draft.tables for part in re.split(r" \+ | and \d+\s", t.export.name)}
    for name in sorted({f for t in draft.tables if t.origin for f in t.origin.files.values()} - own):
        tables = [t.table for t in draft.tables if t.origin and name in t.origin.files.values()]
        yield f"{name}: looked up for {wording.listing(tables)}"


def _few(names: Sequence[str]) -> str:
    """The first names of many, and how many more there are."""
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {wording.count(more)} more" if more > 0 else "")


def _file(one: TableDraft) -> str:
    persons = [name for name in one.persons if name not in one.hidden]
    rest = [seen for seen in one.unmapped if seen.kind != "empty" and seen.name not in persons]
    weak = [c for c, rule in one.rules.items() if any("check" in n or "ambiguous" in n for n in rule.notes)]
    columns = [seen for seen in one.seen.values() if seen.kind != "empty" and seen.name not in one.hidden]
    found = f"{one.export.name}, {wording.plural(one.export.rows, 'row')}"
    if columns:
        used = len(columns) - len(rest) - len(persons)
        found += f"; {used} of its {wording.plural(len(columns), 'filled column')} used"
    heavy = [f"{s.name} ({s.kind})" for s in rest if s.kind in WEIGHTY]
    found += f"; left out, for nothing of ours is called so: {_few(heavy)}" if heavy else ""
    light = [s.name for s in rest if s.kind not in WEIGHTY]
    found += f"; not mapped: {_few(light)}" if light else ""
    found += f"; not read, for they are of persons: {_few(persons)}" if persons else ""
    return found + (f"; check {wording.listing(weak)}" if weak else "")
