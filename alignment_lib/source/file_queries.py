"""A query over a folder of files: each file is a table under its own name, and nothing outside the folder is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from alignment_lib.errors import MappingError, quoted
from alignment_lib.params import RunParams
from alignment_lib.params.files import nearest
from alignment_lib.params.mapping import From, Part, TableMapping
from alignment_lib.source.files import ENDINGS, LINE, Raw, find
from alignment_lib.source.mapped import run_query
from alignment_lib.stats import wording

SECRET = {"getenv"}
"""Functions that tell what lies outside of any file."""


@dataclass(frozen=True)
class Query:
    """A query over files of a folder, by the names that it gives them; `place` is where the mapping says it."""

    text: str
    dialect: str
    place: str
    files: Mapping[str, Path]


def together(folder: Path, parts: Sequence[Part], *, place: str) -> Query | Path | None:
    """Several files as one table: every row, by name of column; None where no file is there.

    Raises
    ------
    MappingError
        A file that is named in full is not there, while others are.
    """
    found = [(part, path) for part in parts for path in _matching(folder, part.file, place)]
    there = {part.file for part, _ in found}
    lost = [part.file for part in parts if part.file not in there and not set("*?[") & set(part.file)]
    if found and lost:
        raise MappingError(
            f"{place}: {folder.name or folder} holds no file {quoted(lost[0])}; export it, or leave it out"
        )
    if len(found) == 1 and not found[0][0].columns:
        return found[0][1]
    rows = []
    for number, (part, _) in enumerate(found):
        renamed = "".join(f", {_quoted(theirs)} AS {_quoted(ours)}" for ours, theirs in part.columns.items())
        rows.append(f"SELECT *{renamed} FROM part_{number}")
    files = {f"part_{number}": path for number, (_, path) in enumerate(found)}
    return Query(" UNION ALL BY NAME ".join(rows), "duckdb", place, files) if rows else None


def _matching(folder: Path, name: str, place: str) -> list[Path]:
    if not set("*?[") & set(name):
        path = find(folder, name)
        return [path] if path is not None else []
    if "/" in name or "\\" in name:
        raise MappingError(f"{place}: {quoted(name)} leads out of the folder; name files that lie in it")
    return sorted(p for p in folder.iterdir() if fnmatch(p.name, name) and p.suffix.lower() in ENDINGS and p.is_file())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def ask(folder: Path, origin: From, *, dialect: str | None, place: str) -> Query:
    """A query of the mapping and the files that it names.

    Raises
    ------
    MappingError
        It is no query over files of the folder: another statement, a function or a path in place of a name, a name
        that no file has.
    """
    text = str(origin.sql)
    named = {table.name for table in _tables(text, dialect, place)}
    found = {name: find(folder, origin.files.get(name, name)) for name in sorted(named)}
    for name, path in found.items():
        if path is None:
            present = sorted(p.name for p in folder.iterdir() if p.suffix.lower() in ENDINGS)
            told = f"{place}: the query names {quoted(name)}, and {folder.name or folder} holds no such file"
            raise MappingError(f"{told} ({nearest(name, present)})")
    return Query(text, dialect or "duckdb", place, {name: path for name, path in found.items() if path is not None})


def read(
    params: RunParams, backend: Any, mapping: TableMapping, query: Query, read_file: Callable[[TableMapping], Raw]
) -> Raw:
    """The rows of a query over files, every value as its text; which line one comes of is not known."""
    import ibis
    import sqlglot

    plain = {name: mapping.model_copy(update={"origin": From(file=path.name)}) for name, path in query.files.items()}
    raws = {name: read_file(one) for name, one in plain.items()}
    asked = sqlglot.parse_one(query.text, read=query.dialect)
    main = _main(asked, raws)
    for table in [t for t in _named(asked) if t.name in raws]:
        rows = sqlglot.parse_one(backend.compile(raws[table.name].table.drop(LINE)), read="duckdb")
        inner: Any = sqlglot.exp.Subquery(this=rows, alias=sqlglot.exp.TableAlias(this=_name(table)))
        inner.set("pivots", table.args.get("pivots"))
        table.replace(inner)
    about = query.place.removeprefix(f"{params.mapping_file}, ")
    found = run_query(backend, asked.sql("duckdb"), params, about, dialect="duckdb")
    texts = {c: _text(found[c]) for c in found.columns if c != LINE}
    told = tuple(text for raw in raws.values() for text in raw.told)
    rejected = tuple(one for raw in main for one in raw.rejected)
    table = found.select(**texts, **{LINE: ibis.null("int64")})
    more = len(raws) - len(main)
    called = " + ".join(raw.name for raw in main) + (f" and {wording.plural(more, 'other file')}" if more else "")
    return Raw(table, called, rejected, told=told)


def _text(column: Any) -> Any:
    """A value's text; what is no number has none."""
    return column.isnan().ifelse(None, column.cast("string")) if column.type().is_floating() else column.cast("string")


def _main(asked: Any, raws: Mapping[str, Raw]) -> list[Raw]:
    """The files that the rows of a query are of; the others it looks something up in."""
    from sqlglot import exp

    parts = [asked]
    while any(isinstance(one, exp.SetOperation) for one in parts):
        sides = [(one.left, one.right) if isinstance(one, exp.SetOperation) else (one,) for one in parts]
        parts = [side for pair in sides for side in pair]
    tables = [t.name for one in parts for f in [one.find(exp.From)] if f for t in [f.find(exp.Table)] if t]
    return [raws[name] for name in dict.fromkeys(tables) if name in raws] or list(raws.values())


def _name(table: Any) -> Any:
    import sqlglot

    return sqlglot.exp.to_identifier(table.alias_or_name, quoted=True)


def _tables(text: str, dialect: str | None, place: str) -> list[Any]:
    import sqlglot
    from sqlglot import exp

    try:
        asked = sqlglot.parse_one(text, read=dialect or "duckdb")
    except sqlglot.errors.SqlglotError as problem:
        cause = str(problem).partition("\n")[0][:200]
        raise MappingError(f"{place}: the query cannot be read ({cause}); correct it") from None
    tables = _named(asked)
    every = list(asked.find_all(exp.Table))
    odd: list[Any] = [t for t in every if t.db or not isinstance(t.this, exp.Identifier) or {"/", "\\"} & set(t.name)]
    odd += [call for call in asked.find_all(exp.Anonymous) if call.name.lower() in SECRET]
    if not isinstance(asked, exp.Query) or odd or not tables:
        what = quoted(odd[0].sql()) if odd else "no query over files"
        raise MappingError(f"{place}: {what}; write a SELECT over the names of files that lie in the folder")
    return tables


def _named(asked: Any) -> list[Any]:
    """The tables of a query that are none of its own `WITH`."""
    from sqlglot import exp

    own = {cte.alias_or_name for cte in asked.find_all(exp.CTE)}
    return [t for t in asked.find_all(exp.Table) if t.name not in own or t.db]
