"""A draft as YAML with comments. Headings and values of a CRM are data: quoted where YAML would read them otherwise."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from alignment_lib.errors import MappingError
from alignment_lib.params.files import read
from alignment_lib.params.mapping import UNSAID, SourceMapping
from alignment_lib.source.profile.columns import Rule
from alignment_lib.source.profile.company import Guess
from alignment_lib.source.profile.draft import Draft
from alignment_lib.source.profile.kinds import Seen
from alignment_lib.source.profile.reading import Export
from alignment_lib.source.profile.table_draft import TableDraft
from alignment_lib.stats import wording

_PLAIN = re.compile(r"[^\W\d_][\w /().€$+-]*(?<! )")
_DIALECT = "duckdb"
_LEFT = 40
"""Unmapped columns and files that are listed; a warehouse's table may have hundreds."""


def text(draft: Draft, *, name: str, head: tuple[str, ...], company: Mapping[str, Guess], extends: str = "") -> str:
    """The mapping, read back and compared with what was meant.

    Parameters
    ----------
    head
        Lines of comment on top: what to do next.
    company
        Settings of the company, by name.
    extends
        The mapping that ships which this one extends: then only what that does not say is written.

    Raises
    ------
    MappingError
        The name cannot be one, or what was written does not read as what was meant.
    """
    draft = _changes(draft) if extends else draft
    lines = [*(comment(line) for line in head), f"name: {scalar(name)}"]
    lines += [f"extends: {extends}"] if extends else []
    lines += (
        [f"dialect: {_DIALECT}  # in which the SQL below is written"] if _foreign_sql(draft) and not extends else []
    )
    lines += _company(company)
    lines += ["tables:"] if draft.tables else []
    for table in draft.tables:
        lines += _table(table)
    lines += _left(draft.left)
    written = "\n".join(lines) + "\n"
    known = {setting: guess.value for setting, guess in company.items() if guess.value}
    said = meant(draft, name) | ({"company": known} if known else {})
    if extends:
        said = {k: v for k, v in said.items() if k != "dialect"} | {"extends": extends}
    _checked(written, said)
    return written


def _changes(draft: Draft) -> Draft:
    """A draft with nothing but what the mapping that it extends does not say."""
    tables = []
    for one in draft.tables:
        if one.origin is not None:
            rules = {c: _named_only(rule) for c, rule in one.rules.items() if c not in one.fixed}
            taken = {raw for c in one.fixed if (raw := one.rules[c].raw)}
            one = replace(one, rules=rules, hidden=one.hidden | taken, origin=UNSAID)
        tables += [one] if one.rules else []
    return replace(draft, tables=tuple(tables))


def _named_only(rule: Rule) -> Rule:
    """A rule without how its values are written: that is looked at in every run."""
    left = {k: v for k, v in rule.declared.items() if k not in ("format", "timezone", "decimal", "thousands", "strip")}
    notes = () if set(left) == {"column"} else rule.notes
    return Rule(left, notes)


def _company(company: Mapping[str, Guess]) -> Iterator[str]:
    yield "company:  # goes before params/company.yaml" if any(g.value for g in company.values()) else "# company:"
    for setting, guess in company.items():
        told = f"  {setting}: {scalar(guess.value)}" if guess.value else f"# {setting}:"
        yield f"{told}  {comment(guess.why)}"


def meant(draft: Draft, name: str) -> dict[str, Any]:
    """What the YAML has to say."""
    said = {"name": name, "tables": {t.table: _meant_table(t) for t in draft.tables}}
    return {"dialect": _DIALECT} | said if _foreign_sql(draft) else said


def _foreign_sql(draft: Draft) -> bool:
    """Whether SQL of ours is to run in a database, which may have a dialect of its own."""
    rules = [rule for t in draft.tables for rule in t.rules.values()]
    return not draft.found.from_files and (
        any(t.where for t in draft.tables) or any("sql" in r.declared for r in rules)
    )


def _meant_table(one: TableDraft) -> dict[str, Any]:
    rows = one.origin.model_dump(exclude_unset=True) if one.origin else one.export.name
    said = {"from": rows, "encoding": one.export.encoding, "where": one.where, "duplicates": one.duplicates}
    said = {} if one.origin == UNSAID else said
    columns = {c: _short(rule) for c, rule in one.rules.items()}
    return {k: v for k, v in said.items() if v is not None} | {"columns": columns}


def _short(rule: Rule) -> Any:
    """A column and nothing else is written as its name."""
    return rule.raw if set(rule.declared) == {"column"} else dict(rule.declared)


def _checked(written: str, wanted: Mapping[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "mapping.yaml"
        path.write_text(written, encoding="utf-8")
        try:
            found = read(path, SourceMapping, MappingError)
        except MappingError as problem:
            raise MappingError(str(problem).replace(f"{path}", "the mapping that was guessed")) from None
    if found != SourceMapping.model_validate(wanted):
        raise MappingError("the mapping that was guessed would read as something else; write it by hand, and tell us")


def _table(one: TableDraft) -> Iterator[str]:
    said = _meant_table(one)
    columns = said.pop("columns")
    yield f"  {one.table}:"
    yield comment(f"{one.export.name}: {wording.plural(one.export.rows, 'row')}", 4)
    for note in one.notes:
        yield comment(note, 4)
    if one.duplicates:
        yield comment("its key is there more than once: the last of the rows is taken; check that", 4)
    for key, value in said.items():
        yield f"    {key}: {scalar(value)}"
    yield "    columns:"
    for column, declared in columns.items():
        notes = "; ".join(one.rules[column].notes)
        yield f"      {column}: {_flow(declared)}" + (f"  {comment(notes)}" if notes else "")
    yield from _unmapped(one)


def _unmapped(one: TableDraft) -> Iterator[str]:
    for column, raw in ((c, raw) for c, raw in one.empty.items() if raw not in one.hidden):
        yield comment(f"empty in this export: {column}: {scalar(raw)}", 6)
    rest = one.unmapped
    filled = [s for s in rest if s.kind not in ("empty", "other")]
    if filled:
        yield comment("not mapped:", 6)
    for seen in filled[:_LEFT]:
        yield comment(f"  {_described(seen, one.export)}", 6)
    more = len(rest) - len(filled[:_LEFT])
    if more:
        yield comment(f"  and {wording.plural(more, 'more column')}, {_empty_ones(len(rest) - len(filled))}", 6)


def _empty_ones(count: int) -> str:
    return f"{wording.count(count)} of them empty" if count else "none of them empty"


def _described(seen: Seen, export: Export) -> str:
    filled = wording.percent(seen.column.filled / export.looked_at) if export.looked_at else wording.NOTHING
    values = wording.plural(seen.column.distinct, "value")
    example = f", e.g. {seen.examples[0]}" if seen.examples else ""
    return f"{seen.name[:60]}: {seen.kind}, {filled} filled, {values}{example}"


def _left(exports: tuple[Export, ...]) -> Iterator[str]:
    if exports:
        yield "# not used:"
    for export in exports[:_LEFT]:
        names = ", ".join(c.name[:40] for c in export.columns[:12]) + (", …" if len(export.columns) > 12 else "")
        yield comment(f"  {export.name}: {wording.plural(export.rows, 'row')}; {names}")


def _flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    return scalar(value)


def scalar(value: Any) -> str:
    """A text plain where every YAML reader takes it for that text, else in double quotes with escapes.

    >>> scalar("Create Date"), scalar("No"), scalar('a: "b" #c'), scalar("two\\nlines")
    ('Create Date', '"No"', '"a: \\\\"b\\\\" #c"', '"two\\\\nlines"')
    """
    if not isinstance(value, str):
        return json.dumps(value)
    if _PLAIN.fullmatch(value) and value.isascii() and yaml.safe_load(value) == value:
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(c if _printable(c) else _escaped(c) for c in quoted)


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 1 << 16 else f"\\U{code:08x}"


def _printable(character: str) -> bool:
    return character == " " or (character.isprintable() and character != "\ufeff")


def comment(words: str, indent: int = 0) -> str:
    """One line of comment, whatever the words hold."""
    plain = "".join(c if _printable(c) else " " for c in words)
    return f"{' ' * indent}# {plain.rstrip()}"
