"""Which column holds another table's key: by heading, and by how many of its values are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from alignment_lib.contract import CONTRACT
from alignment_lib.source.forms import form_of
from alignment_lib.source.profile.columns import Rule, candidates
from alignment_lib.source.profile.kinds import Seen
from alignment_lib.source.profile.outcomes import quoted
from alignment_lib.source.profile.table_draft import TableDraft
from alignment_lib.stats import wording

TARGETS = {"lead_id": "leads", "contact_id": "leads", "opportunity_id": "opportunities", "owner_id": "reps",
           "rep_id": "reps"}  # fmt: skip
MOST, NEARLY_ALL = 0.5, 0.8
_LONG = 7
"""Digits from which on a number is an id that no other table has by chance."""
FEW = 5
"""With fewer different values than this, a match by value alone proves nothing."""


@dataclass(frozen=True)
class Keys:
    """The values of a table's key that were looked at, and which share of its rows they stand for."""

    file: str
    values: frozenset[str]
    seen: float = 1.0

    @cached_property
    def forms(self) -> frozenset[str]:
        """What each has in common with other writings of it."""
        return frozenset(map(form_of, self.values))


def link(table: str, column: str, seen: Mapping[str, Seen], target: Keys, *, whole: bool) -> Rule | str | None:
    """The rule of a column that points to `target`; a text says why there is none, None that nothing is called so."""
    named = [s for s, weak in candidates(table, column, seen) if s.kind != "empty"]
    matching = next((s for s in named if share(s, target) >= MOST * target.seen), None)
    if matching is not None:
        return _rule(matching)
    other = _by_value(table, seen, target)
    if other is not None:
        return _rule(other, f"guessed: its values are keys of {target.file}: check")
    if not named:
        return None
    found = max(named, key=lambda s: share(s, target))
    matched = min(1.0, share(found, target) / target.seen)
    if matched or target.seen < 1 or not whole:
        return _rule(found, f"guessed: {wording.percent(matched)} of its values are keys of {target.file}: check")
    return f"{column}: '{found.name}' is called so, but none of its values is a key of {target.file}"


def share(one: Seen, target: Keys) -> float:
    """Share of a column's different values that are keys of the other table, in whichever form."""
    values = {form_of(_first(v)) for v in one.column.values}
    return len(values & target.forms) / len(values) if values else 0.0


def _by_value(table: str, seen: Mapping[str, Seen], target: Keys) -> Seen | None:
    """A column whose values are the other table's keys; counting numbers are those of any table."""
    if all(v.isdigit() and len(v) < _LONG for v in target.values):
        return None
    own = CONTRACT[table].key
    taken = {s.name for s, _ in candidates(table, own, seen)} if own else set()
    free = [s for s in seen.values() if s.kind in ("id", "text") and s.name not in taken]
    options = [s for s in free if s.column.distinct >= FEW]
    best = max(options, key=lambda s: share(s, target), default=None)
    return best if best is not None and share(best, target) >= NEARLY_ALL else None


def _rule(one: Seen, *notes: str) -> Rule:
    if any(";" in v for v in one.column.values):
        text = f"trim(split_part({quoted(one.name)}, ';', 1))"
        return Rule({"sql": text}, (*notes, "several ids in one cell: the first is taken"))
    return Rule({"column": one.name}, notes)


def _first(value: str) -> str:
    return value.partition(";")[0].strip()


def linked(best: Mapping[str, TableDraft]) -> dict[str, TableDraft]:
    """The tables with their references to each other settled by the values."""
    tables = dict(best)
    if "reps" in tables:
        tables["reps"] = _rep_key(tables)
    found = {t: k for t, d in tables.items() if (k := keys_of(d, CONTRACT[t].key)) is not None}
    contacts = keys_of(tables["leads"], "contact_id") if "leads" in tables else None
    found |= {"contacts": contacts} if contacts is not None else {}
    return {name: _with_links(d, found) for name, d in tables.items()}


def keys_of(one: TableDraft, column: str | None) -> Keys | None:
    """The values of a key that were looked at."""
    raw = one.rules[column].raw if column is not None and column in one.rules else None
    if raw is None:
        return None
    values = one.seen[raw].column.values
    looked_at = len(values) / max(one.seen[raw].column.distinct, 1) * one.export.looked_at / max(one.export.rows, 1)
    return Keys(one.export.name, frozenset(values), looked_at) if values else None


def _rep_key(tables: Mapping[str, TableDraft]) -> TableDraft:
    """Reps by the column, of those that tell them apart, that owners of leads, deals and activities are named by."""
    reps = tables["reps"]
    owners = {
        v
        for name in ("leads", "opportunities", "activities") if name in tables
        for c in ("owner_id", "rep_id") if c in CONTRACT[name].columns
        for v in _owners(tables[name], c)
    }  # fmt: skip
    named = [r.raw for c in ("rep_id", "name", "email") if (r := reps.rules.get(c)) is not None]
    unique = [n for n in named if n is not None and reps.seen[n].column.unique]
    best = max(unique, key=lambda n: len(owners & set(reps.seen[n].column.values)), default=None)
    if best is None or not owners & set(reps.seen[best].column.values):
        return reps
    return replace(reps, rules={**reps.rules, "rep_id": Rule({"column": best})})


def _owners(one: TableDraft, column: str) -> set[str]:
    return {v for s, _ in candidates(one.table, column, one.seen) for v in s.column.values}


def _with_links(one: TableDraft, found: Mapping[str, Keys]) -> TableDraft:
    rules, notes = dict(one.rules), list(one.notes)
    if one.table == "activities" and "contacts" not in found:
        rules.pop("contact_id", None)
    for column, target in _pointers(one.table, found):
        rule = link(one.table, column, one.seen, found[target], whole=one.export.whole)
        if isinstance(rule, Rule):
            rules[column] = rule
        elif rule is not None and target != "reps":
            notes.append(rule)
            if not CONTRACT[one.table].columns[column].required:
                rules.pop(column, None)
    return replace(one, rules=rules, notes=tuple(notes))


def _pointers(table: str, found: Mapping[str, Keys]) -> list[tuple[str, str]]:
    """Columns of a table that point to another one which is there."""
    own = CONTRACT[table].key
    known = [(c, "contacts" if c == "contact_id" else t) for c, t in TARGETS.items() if c in CONTRACT[table].columns]
    return [(c, t) for c, t in known if c != own and t in found and t != table and (table, t) != ("leads", "contacts")]
