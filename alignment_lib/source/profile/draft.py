"""From exports to a draft of a mapping: which file is which table, its columns, its links, what is left over."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from alignment_lib.contract import CONTRACT
from alignment_lib.errors import MappingError
from alignment_lib.params.crm import Crm
from alignment_lib.params.mapping import ColumnMapping, From
from alignment_lib.source.profile.columns import CHECK, Chosen, Rule, World, choose, declare, fits
from alignment_lib.source.profile.crm import Recognised
from alignment_lib.source.profile.finish import finished
from alignment_lib.source.profile.kinds import Seen, see
from alignment_lib.source.profile.links import MOST, keys_of, linked, share
from alignment_lib.source.profile.reading import Export, Found
from alignment_lib.source.profile.synonyms import headings, keys, table_named
from alignment_lib.source.profile.table_draft import TableDraft
from alignment_lib.stats import wording

_NAMED = 100
"""What a telling file name is worth beside headings."""
_LEAST = 2
"""Telling headings that a file with a meaningless name must have."""
_LISTED = ("timezone", "currency", "direction")
"""Columns that hold words of a list; one with others is not read, whatever its heading."""
FILL_IN = "FILL IN"
"""Stands where nothing in a file is called as what is wanted."""
_WANTED = {
    "closed_at": "a day of closing",
    "created_at": "a day of creation",
    "occurred_at": "a time",
    "entered_at": "a time",
    "amount": "an amount",
}
"""How required columns are spoken of; others by their name."""
_DERIVED = {"opportunities": ("outcome",)}
"""Required columns that are worked out rather than found."""


@dataclass(frozen=True)
class Draft:
    """A first mapping: its tables in the contract's order, and the exports that are none."""

    tables: tuple[TableDraft, ...]
    left: tuple[Export, ...]
    found: Found

    def why(self, export: Export) -> str:
        """Why an export is no table, and the nearest thing that would make it one."""
        named, taken = table_named(export.name), {t.table: t.export.name for t in self.tables}
        if proposed := _pair(export, self.tables) or _labels(export, self.tables):
            return proposed
        if named in taken:
            return f"{named} are read from {taken[named]}; join or put together what belongs to them, as {{sql: …}}"
        if not named:
            return "by name and headings it is none of the tables that a report reads"
        lost = [_WANTED.get(c, c) for c in _lacking(named, choose(named, see(export), World("UTC")).rules)]
        return f"it would be {named}, and nothing in it is called {' or '.join(lost)}; map it by hand where it has it"


def _pair(export: Export, tables: Sequence[TableDraft]) -> str | None:
    """What is said of a table that does nothing but to pair the keys of two others."""
    keys = {t.table: (t.export.name, values) for t in tables if (values := keys_of(t, CONTRACT[t.table].key))}
    seen, found = see(export), dict[str, str]()
    for one in seen.values():
        for table, (_, key) in keys.items():
            if table not in found and one.kind == "id" and share(one, key) >= MOST:
                found[table] = one.name
                break
    if len(found) != 2:
        return None
    (a, first), (b, second) = found.items()
    query = f'SELECT a.*, b."{second}" FROM "{keys[a][0]}" a LEFT JOIN "{export.name}" b ON b."{first}" = a.…'
    return f"its rows pair {a} with {b}; to use it, {a}: from: {{sql: '{query}'}}"


def _labels(export: Export, tables: Sequence[TableDraft]) -> str | None:
    """What is said of a table in which the stages that deals have by id are called something."""
    deals = next((t for t in tables if t.table == "opportunities" and "stage" in t.rules), None)
    stage = deals.seen.get(deals.rules["stage"].raw or "") if deals is not None else None
    if deals is None or stage is None or not stage.column.values:
        return None
    seen, wanted = see(export), set(stage.column.values)
    ids = [s for s in seen.values() if s.column.unique and len(wanted & set(s.column.values)) > MOST * len(wanted)]
    names = [s for s in seen.values() if s not in ids and set(keys(s.name)) & {"label", "name", "stagename", "title"}]
    if not ids or not names:
        return None
    query = f'SELECT a.*, b."{names[0].name}" FROM "{deals.export.name}" a'
    query += f' LEFT JOIN "{export.name}" b ON b."{ids[0].name}" = a."{stage.name}"'
    return f"it names the stages that deals have by id; to use it, opportunities: from: {{sql: '{query}'}}"


def _halves(found: Found, seen: Mapping[str, Mapping[str, Seen]], world: World) -> dict[str, TableDraft]:
    """Leads or deals of which nothing but the id can be told; what is lacking is left for the user to name."""
    halves = dict[str, TableDraft]()
    named = {e.name: t for e in found.exports if (t := table_named(e.name)) in ("leads", "opportunities")}
    for export in found.exports:
        with_id = any(s.kind == "id" and s.column.unique for s in seen[export.name].values())
        table = named.get(export.name, "leads" if with_id and not named else "")
        if not table or table in halves or not export.rows:
            continue
        chosen = _with_key(table, choose(table, seen[export.name], world), seen[export.name], True)
        wanted = _lacking(table, chosen.rules) or ["closed_at"]
        if CONTRACT[table].key in chosen.rules:
            left = {c: Rule({"column": FILL_IN}, (f"name the column that holds {_WANTED.get(c, c)}",)) for c in wanted}
            halves[table] = TableDraft(table, export, seen[export.name], {**chosen.rules, **left}, notes=chosen.notes)
    return halves


def _lacking(table: str, rules: Mapping[str, Rule]) -> list[str]:
    """Required columns that nothing tells."""
    needed = [c for c, rule in CONTRACT[table].columns.items() if rule.required and c not in _DERIVED.get(table, ())]
    return [c for c in needed if c not in rules]


def draft(
    found: Found,
    *,
    timezone: str,
    known: Recognised | None = None,
    staged: Mapping[str, tuple[Export, From]] = MappingProxyType({}),
) -> Draft:
    """Guess a mapping.

    Parameters
    ----------
    found
        What is not known by a kind of export.
    timezone
        The company's.
    known, staged
        The kind of the export, and by table what its YAML makes of it.

    Raises
    ------
    MappingError
        Nothing looks like leads or deals.
    """
    seen = {e.name: see(e) for e in found.exports}
    is_synced = any(name.startswith("_fivetran") for columns in seen.values() for name in columns)
    world = World("UTC" if is_synced else timezone, found.engine)  # two tables of one sync share a zone
    best: dict[str, TableDraft] = {}
    if known is not None:
        within = World(known.crm.timezone or timezone, found.engine)
        best = {n: one for n, rows in staged.items() if (one := _staged(n, known, *rows, within))}
    options = [o for e in found.exports if e.rows and (o := _table(e, seen[e.name], world)) is not None]
    for option, _ in sorted(options, key=lambda o: (-o[1], -o[0].export.rows, o[0].export.name)):
        kept = best.setdefault(option.table, option)
        if kept is not option:
            best[option.table] = replace(kept, notes=(*kept.notes, _also(option)))
    if not {"leads", "opportunities"} & set(best):
        best |= _halves(found, seen, world)
    if not {"leads", "opportunities"} & set(best):
        raise MappingError(_nothing(found, known))
    tables = {name: _with_fixed(one, best[name]) for name, one in linked(best).items()}
    used = {t.export.name for t in tables.values()}
    ordered = tuple(finished(tables[name], tables) for name in CONTRACT if name in tables)
    return Draft(ordered, tuple(e for e in found.exports if e.name not in used), found)


def _staged(name: str, known: Recognised, export: Export, origin: From, world: World) -> TableDraft | None:
    """A table as a CRM's YAML makes it, with the company's own columns by the synonyms; None without a key or a day."""
    crm, seen = known.crm, see(export)
    table = crm.tables[name]
    chosen = choose(name, seen, world)
    always = _declared(name, table.columns, seen, world, crm)
    rules = {c: rule for c, rule in chosen.rules.items() if c not in table.leave} | always
    if crm.timezone:  # what it writes without a zone is in its own
        rules = {
            c: replace(r, notes=tuple(n for n in r.notes if "no zone is written" not in n)) for c, r in rules.items()
        }
    instead = {c: r for c, r in _declared(name, table.otherwise, seen, world, crm).items() if c not in rules}
    rules |= instead
    if _lacking(name, rules):
        return None
    one = TableDraft(name, export, seen, rules, chosen.empty, table.where, table.duplicates, chosen.notes)
    own = {h.strip() for headings in known.heads.values() for h in headings}
    hidden = frozenset(n for n in seen if n not in own or re.fullmatch(crm.system, n, re.IGNORECASE) or crm.uses(n))
    return replace(one, fixed=frozenset(always | instead), origin=origin, hidden=hidden)


def _declared(
    name: str, wanted: Mapping[str, ColumnMapping], seen: Mapping[str, Seen], world: World, crm: Crm
) -> dict[str, Rule]:
    """The rules that a CRM's YAML gives, of columns that are there; what it leaves open is as the values say."""
    rules = {}
    for column, given in wanted.items():
        said = given.model_dump(exclude_unset=True)
        one = seen.get(crm.find(given.column, seen) or "") if given.column else None
        odd = (
            one is None or one.kind in ("empty", "other") or (column in _LISTED and not fits(name, column, one, world))
        )
        if one is not None and not odd:
            rules[column] = Rule({**declare(name, column, one, world).declared, **said, "column": one.name})
        elif given.column is None:
            rules[column] = Rule(said)
    return rules


def _with_fixed(one: TableDraft, before: TableDraft) -> TableDraft:
    """A table whose fixed columns are what they were before links were looked for by values."""
    return replace(one, rules={**one.rules, **{c: before.rules[c] for c in one.fixed}})


def _also(other: TableDraft) -> str:
    rows = wording.plural(other.export.rows, "row")
    return f"{other.export.name} ({rows}) looks like {other.table}, too; a table is read from one place: join them"


def _nothing(found: Found, known: Recognised | None) -> str:
    names = [e.name for e in found.exports] if known is None else list(known.heads)
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
    options += [t for t in headings().telling if t != named and _telling(t, seen) >= _LEAST]
    drafts = []
    for table in options:
        chosen = _with_key(table, choose(table, seen, world), seen, named == table)
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
    words = set(headings().telling.get(table, "").split())
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
    return not _lacking(table, chosen.rules) and (
        table != "opportunities" or bool({"stage", "amount", "closed_at"} & {*chosen.rules, *chosen.empty})
    )


def lacking(tables: Sequence[TableDraft], *names: str) -> tuple[str, ...]:
    """Those of the named `table.column` that are not mapped."""
    there = {f"{t.table}.{c}" for t in tables for c in t.rules} | {t.table for t in tables}
    if {"activities.contact_id", "leads.contact_id"} <= there:
        there.add("activities.lead_id")  # the contact tells it
    return tuple(n for n in names if n not in there)
