"""Which CRM an export is of, by its files' names and headings, and the tables that its YAML makes of its files."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from alignment_lib.params.crm import Crm, CrmFile, CrmTable, crms, folded
from alignment_lib.params.mapping import From, Part

_DAY = re.compile(r"(?<!\d)(?:19|20)\d\d[-_.]?(?:0\d|1[0-2])[-_.]?[0-3]\d(?!\d)")
Heads = Mapping[str, Sequence[str]]
"""By file or table, its headings."""


@dataclass(frozen=True)
class Recognised:
    """An export of a known kind."""

    crm: Crm
    files: Mapping[str, str]
    """By the name that the CRM's YAML gives it, the file or table."""
    heads: Heads
    more: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By the same name, further files of which it is made: Task_2.csv beside Task_1.csv."""
    older: tuple[str, ...] = ()
    """Files that are there as of a later day, too."""

    def headings(self, name: str) -> Sequence[str]:
        """Those of a file by the YAML's name, with those of its further parts; none where it is not there."""
        parts = (self.files[name], *self.more.get(name, ())) if name in self.files else ()
        return tuple(dict.fromkeys(h for part in parts for h in self.heads[part]))


def recognise(heads: Heads, *, only: str | None = None) -> Recognised | None:
    """The kind of export that most of the files are of, one that tells it among them; None where there is none.

    Parameters
    ----------
    only
        The kind that was named, which then needs no file that tells it.
    """
    known = [crms()[only]] if only else list(crms().values())
    best, most = None, 0.0
    for crm in known:
        found, worth = _matched(crm, heads)
        if worth > most and (only or is_told(found)):
            best, most = found, worth
    return best


def _matched(crm: Crm, heads: Heads) -> tuple[Recognised, float]:
    """Which file is which, the surest first, and how much speaks for it.

    Of files that are called the same but for a day, the latest is it; those called the same but for a number are parts.
    """
    taken = set[str]()
    marks = [(_worth(crm, file, name, heads[name]), alias, name) for alias, file in crm.files.items() for name in heads]
    files, more, older, worth = dict[str, str](), dict[str, tuple[str, ...]](), list[str](), 0.0
    for mark, alias, name in sorted((m for m in marks if m[0]), key=lambda m: (-m[0], m[1], m[2])):
        if alias not in files and name not in taken:
            files[alias] = name
            worth += mark
            alike = [n for m, a, n in marks if a == alias and m == mark and n != name and _plain(n) == _plain(name)]
            if alike and _DAY.search(name):
                *before, files[alias] = sorted([name, *alike])
                older += before
            elif alike:
                files[alias], *others = sorted([name, *alike])
                more[alias] = tuple(others)
            taken |= {name, *alike}
    return Recognised(crm, files, heads, more, tuple(older)), worth


def _plain(name: str) -> str:
    """A file's name without days and numbers."""
    return re.sub(r"[\d_\-. ()]+", " ", _DAY.sub("", name)).strip().casefold()


def is_told(found: Recognised) -> bool:
    """Whether a file tells by itself whose export it is: by its headings, and not by its name."""
    core = {name: file for name, file in found.crm.files.items() if file.core and name in found.files}
    return any(_met(found.crm, file, found.headings(name)) == len(file.has) for name, file in core.items())


def _met(crm: Crm, file: CrmFile, headings: Sequence[str]) -> int:
    """How many of the headings by which a file is known it has."""
    return sum(any(crm.find(h, headings) for h in one.split("|")) for one in file.has)


def _worth(crm: Crm, file: CrmFile, name: str, headings: Sequence[str]) -> float:
    """How sure it is that a file is this one; nothing where its name and headings do not say so."""
    met = _met(crm, file, headings)
    stem = re.sub(r"\.\w+$|_(data|export)(?=\.|$)|^(sf|salesforce|hs|hubspot|crm|stg|raw)_", "", name.lower())
    named = bool(file.named) and re.fullmatch(file.named, stem, re.IGNORECASE) is not None
    whole = bool(file.has) and met == len(file.has)
    return met + named * 1.5 if whole or (named and (met or not file.has)) else 0.0


def rows_of(found: Recognised, table: CrmTable, *, table_wanted: bool) -> From | None:
    """Where the rows of a table come from in this export; None where none of its files is there.

    Parameters
    ----------
    table_wanted
        Whether the export is a database, whose tables go by their own names in a query.
    """
    import sqlglot

    if table.sql in found.crm.files:
        name = found.files.get(table.sql)
        if name is None:
            return None
        if table.sql in found.more:
            return From(parts=tuple(Part(file=part) for part in (name, *found.more[table.sql])))
        return From(table=name) if table_wanted else From(file=table.sql, files={table.sql: name})
    text = _wide(found, table)
    asked = sqlglot.parse_one(text, read="duckdb") if text else None
    if asked is None or not any(t.name in found.files for t in _froms(asked)):
        return None
    _without_clashes(found, asked)
    for one in _tables(asked, found.crm.files):
        one.replace(_there(found, one, _columns_of(asked, one), table_wanted))
    names = {t.name for t in _tables(asked, found.crm.files)}
    files = {} if table_wanted else {n: found.files[n] for n in names if n in found.files}
    files |= {f"{n}__{i}": part for n in files for i, part in enumerate(found.more.get(n, ()))}
    return From(sql=asked.sql("duckdb", pretty=True), files=files) if files else From(sql=asked.sql("duckdb"))


def _wide(found: Recognised, table: CrmTable) -> str:
    """The SQL of a table; of wide columns one query for each that is there."""
    if table.wide is None:
        return table.sql
    parts = []
    for file in found.crm.files:
        for heading in found.headings(file) if re.search(rf"\bFROM {file}\b", table.sql) else ():
            if match := re.fullmatch(table.wide, heading.strip(), re.IGNORECASE):
                value = next((g for g in match.groups() if g), heading).replace("'", "''")
                put = {"value": f"'{value}'", "column": '"' + heading.replace('"', '""') + '"'}
                texts = re.split(r"\{(value|column)\}", table.sql)
                parts.append("".join(put[text] if n % 2 else text for n, text in enumerate(texts)))
    return " UNION ALL ".join(parts)


def _without_clashes(found: Recognised, asked: Any) -> None:
    """Every column of a file, written as `x.*`, but those that have the name of one that the query makes."""
    from sqlglot import exp

    files = {t.alias_or_name: t.name for t in _tables(asked, found.crm.files)}
    for select in asked.find_all(exp.Select):
        made = {e.alias.casefold() for e in select.expressions if e.alias}
        for star in [e for e in select.expressions if isinstance(e, exp.Column) and isinstance(e.this, exp.Star)]:
            headings = found.headings(files[star.table])
            kept = [h for h in headings if h.strip() and folded(h) not in made]
            if len(kept) < len(headings):
                own = exp.to_identifier(star.table)
                columns = [exp.Column(this=exp.to_identifier(h, quoted=True), table=own) for h in kept]
                rest = [e for e in select.expressions if e is not star]
                select.set("expressions", [*columns, *rest])


def _froms(asked: Any) -> list[Any]:
    from sqlglot import exp

    return [f.this for f in asked.find_all(exp.From) if isinstance(f.this, exp.Table)]


def _tables(asked: Any, known: Collection[str]) -> list[Any]:
    from sqlglot import exp

    return [t for t in asked.find_all(exp.Table) if t.name in known]


def _columns_of(asked: Any, table: Any) -> dict[str, str]:
    """The columns that a query names of a table, by how names are compared."""
    from sqlglot import exp

    own = table.alias_or_name
    return {c.name.casefold(): c.name for c in asked.find_all(exp.Column) if c.table == own and c.name != "*"}


def _there(found: Recognised, table: Any, wanted: Mapping[str, str], table_wanted: bool) -> Any:
    """A file with every column that the query names: those that it has not are blank, and without a file, all.

    What the query names is text, whatever the storage says.
    """
    import sqlglot
    from sqlglot import exp

    headings, given = found.headings(table.name), found.files.get(table.name)
    has = {key: found.crm.find(name, headings) for key, name in wanted.items()}
    own = exp.TableAlias(this=exp.to_identifier(table.alias_or_name, quoted=True))
    if given is None:
        nothing = exp.select(*(list(map(_blank, wanted.values())) or [_blank("nothing")])).where(exp.false())
        return exp.Subquery(this=nothing, alias=own)
    is_text = not table_wanted and not given.lower().endswith(".parquet")
    plain: Any = exp.Table(this=exp.to_identifier(given if table_wanted else table.name, quoted=True))
    if table.name in found.more:
        names = (table.name, *(f"{table.name}__{i}" for i in range(len(found.more[table.name]))))
        whole = " UNION ALL BY NAME ".join(f'SELECT * FROM "{name}"' for name in names)
        plain = exp.Subquery(this=sqlglot.parse_one(whole, read="duckdb"), alias=exp.TableAlias(this="parts"))
    if (
        is_text
        and table.name not in found.more
        and all(h is not None and h.casefold() == key for key, h in has.items())
    ):
        plain.set("alias", own)
        return plain
    named = {h for h in has.values() if h is not None and h.casefold() in has}
    rest = ["*"] if is_text else [_quoted(h) for h in headings if h not in named]
    more = [_text(h, wanted[key]) for key, h in has.items() if h is not None and not (is_text and h in named)]
    blank = [_blank(wanted[key]) for key, h in has.items() if h is None]
    return exp.Subquery(this=exp.select(*rest, *more, *blank).from_(plain), alias=own)


def _quoted(name: str) -> Any:
    from sqlglot import exp

    return exp.column(exp.to_identifier(name, quoted=True))


def _text(heading: str, name: str) -> Any:
    """A column as text, under the name that the query has for it."""
    from sqlglot import exp

    return exp.alias_(exp.cast(_quoted(heading), "text"), exp.to_identifier(name, quoted=True))


def _blank(name: str) -> Any:
    from sqlglot import exp

    nothing = exp.cast(exp.null(), "text")
    return exp.alias_(nothing, exp.to_identifier(name, quoted=True))
