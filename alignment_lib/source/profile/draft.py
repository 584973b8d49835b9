"""From exports to a draft of a mapping: which file is which table, its columns, its links, what is left over."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from alignment_lib.contract import CONTRACT
from alignment_lib.errors import MappingError
from alignment_lib.source.profile.columns import CHECK, Chosen, Rule, World, choose
from alignment_lib.source.profile.finish import finished
from alignment_lib.source.profile.kinds import Seen, see
from alignment_lib.source.profile.links import linked
from alignment_lib.source.profile.reading import Export, Found
from alignment_lib.source.profile.synonyms import TELLING, keys, table_named
from alignment_lib.source.profile.table_draft import TableDraft
from alignment_lib.stats import wording

_NAMED = 100
"""What a telling file name is worth beside headings."""
_LEAST = 2
"""Telling headings that a file with a meaningless name must have."""
_DERIVED = {"opportunities": ("outcome",)}
"""Required columns that are worked out rather than found."""


@dataclass(frozen=True)
class Draft:
    """A first mapping: its tables in the contract's order, and the exports that are none."""

    tables: tuple[TableDraft, ...]
    left: tuple[Export, ...]
    found: Found


def draft(found: Found, *, timezone: str) -> Draft:
    """Guess a mapping.

    Raises
    ------
    MappingError
        Nothing looks like leads or deals.
    """
    seen = {e.name: see(e) for e in found.exports}
    world = World(timezone, found.engine)
    options = [o for e in found.exports if e.rows and (o := _table(e, seen[e.name], world)) is not None]
    best: dict[str, TableDraft] = {}
    for option, _ in sorted(options, key=lambda o: (-o[1], -o[0].export.rows, o[0].export.name)):
        kept = best.setdefault(option.table, option)
        if kept is not option:
            best[option.table] = replace(kept, notes=(*kept.notes, _also(option)))
    if not {"leads", "opportunities"} & set(best):
        raise MappingError(_nothing(found))
    tables = linked(best)
    used = {t.export.name for t in tables.values()}
    ordered = tuple(finished(tables[name], tables) for name in CONTRACT if name in tables)
    return Draft(ordered, tuple(e for e in found.exports if e.name not in used), found)


def _also(other: TableDraft) -> str:
    rows = wording.plural(other.export.rows, "row")
    return f"{other.export.name} ({rows}) looks like {other.table}, too; a table is read from one place: join them"


def _nothing(found: Found) -> str:
    names = [e.name for e in found.exports]
    shown = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
    troubles = [*(only_head(e) for e in found.exports if not e.rows), *(why for _, why in found.unread)]
    unread = f"; not read: {'; '.join(troubles[:3])}" if troubles else ""
    return (
        "nothing here looks like leads (an id and the time of creation, in a file of contacts or leads) or deals (an"
        f" id with a stage, an amount or a closing date); looked at {shown or 'no table'}{unread};"
        f" {_rename(found)}write the mapping by hand (params/README.md)"
    )


def _rename(found: Found) -> str:
    """Nobody is told to rename a file to what it is called already."""
    told = any(table_named(e.name) in ("leads", "opportunities") for e in found.exports)
    return "" if told else f"rename the {'file' if found.from_files else 'table'} to leads or deals, or "


def only_head(export: Export) -> str:
    """What is said of an export without rows."""
    remedy = "export it again, with its rows" if export.is_file else "it is left out until it has some"
    return f"{export.name}: {'only the head, no rows' if export.is_file else 'holds no rows'}; {remedy}"


def _table(export: Export, seen: Mapping[str, Seen], world: World) -> tuple[TableDraft, float] | None:
    """The table that an export is, with how much speaks for it."""
    named = table_named(export.name)
    if named == "" or not export.columns:
        return None
    options = [named] if named else []
    options += [t for t in TELLING if t != named and _telling(t, seen) >= _LEAST]
    zone = "UTC" if any(name.startswith("_fivetran") for name in seen) else world.timezone
    drafts = []
    for table in options:
        chosen = _with_key(table, choose(table, seen, replace(world, timezone=zone)), seen, named == table)
        if _complete(table, chosen):
            worth = _worth(table, export, named) + 2 * _telling(table, seen) + len(chosen.rules)
            one = TableDraft(table, export, seen, chosen.rules, chosen.empty, notes=chosen.notes)
            drafts.append((one, worth))
    return max(drafts, key=lambda d: d[1], default=None)


def _worth(table: str, export: Export, named: str | None) -> float:
    """What its name and its size say for it: leads before contacts, and the larger of two alike."""
    leads = table == "leads" and re.search("lead|mql", export.name.lower())
    return _NAMED * ((table == named) + bool(leads)) + 3 * math.log10(1 + export.rows)


def _telling(table: str, seen: Mapping[str, Seen]) -> int:
    words = set(TELLING[table].split()) if table in TELLING else set()
    return sum(bool(words & set(keys(name))) for name in seen)


def _with_key(table: str, chosen: Chosen, seen: Mapping[str, Seen], named: bool) -> Chosen:
    """Where no heading says that it is the key, the first column whose values are all different may be it."""
    key = CONTRACT[table].key
    if key is None or key in chosen.rules or not named:
        return chosen
    texts = (s for s in seen.values() if s.kind in ("id", "text"))
    first = next((s for s in texts if s.column.unique and s.column.filled > 1), None)
    if first is None:
        return chosen
    rule = Rule({"column": first.name}, (f"{CHECK} (its values are all different)",))
    return Chosen({key: rule, **chosen.rules}, chosen.empty, chosen.notes)


def _complete(table: str, chosen: Chosen) -> bool:
    needed = [c for c, rule in CONTRACT[table].columns.items() if rule.required]
    found = all(c in chosen.rules or c in _DERIVED.get(table, ()) for c in needed)
    return found and (
        table != "opportunities" or bool({"stage", "amount", "closed_at"} & {*chosen.rules, *chosen.empty})
    )


def lacking(tables: Sequence[TableDraft], *names: str) -> tuple[str, ...]:
    """Those of the named `table.column` that are not mapped."""
    there = {f"{t.table}.{c}" for t in tables for c in t.rules} | {t.table for t in tables}
    if {"activities.contact_id", "leads.contact_id"} <= there:
        there.add("activities.lead_id")  # the contact tells it
    return tuple(n for n in names if n not in there)
