"""A query over a folder of files: each file is a table under its own name, and nothing outside the folder is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from alignment_lib.errors import MappingError, quoted
from alignment_lib.params import RunParams
from alignment_lib.params.files import nearest
from alignment_lib.params.mapping import From, TableMapping
from alignment_lib.source.files import ENDINGS, LINE, Raw, find
from alignment_lib.source.mapped import run_query

SECRET = {"getenv"}
"""Functions that tell what lies outside of any file."""


def paths(folder: Path, text: str, *, dialect: str | None, place: str) -> dict[str, Path]:
    """The files that a query names, by the names that it gives them.

    Raises
    ------
    MappingError
        It is no query over files of the folder: another statement, a function or a path in place of a name, a name
        that no file has.
    """
    named = {table.name for table in _tables(text, dialect, place)}
    found = {name: find(folder, name) for name in sorted(named)}
    for name, path in found.items():
        if path is None:
            present = sorted(p.name for p in folder.iterdir() if p.suffix.lower() in ENDINGS)
            told = f"{place}: the query names {quoted(name)}, and {folder.name or folder} holds no such file"
            raise MappingError(f"{told} ({nearest(name, present)})")
    return {name: path for name, path in found.items() if path is not None}


def read(
    params: RunParams,
    backend: Any,
    mapping: TableMapping,
    files: Mapping[str, Path],
    place: str,
    read_file: Callable[[TableMapping], Raw],
) -> Raw:
    """The rows of a query over files, every value as its text; which line one comes of is not known."""
    import ibis
    import sqlglot

    plain = {name: mapping.model_copy(update={"origin": From(file=path.name)}) for name, path in files.items()}
    raws = {name: read_file(one) for name, one in plain.items()}
    dialect = params.mapping.dialect or "duckdb"
    asked = sqlglot.parse_one(str(mapping.origin.sql), read=dialect)
    for table in [t for t in _named(asked) if t.name in raws]:
        rows = sqlglot.parse_one(backend.compile(raws[table.name].table.drop(LINE)), read="duckdb")
        inner: Any = rows.subquery(f'"{table.alias_or_name}"')  # type: ignore[attr-defined]
        inner.set("pivots", table.args.get("pivots"))
        table.replace(inner)
    about = place.removeprefix(f"{params.mapping_file}, ")
    found = run_query(backend, asked.sql("duckdb"), params, about, dialect="duckdb")
    texts = {c: found[c].cast("string") for c in found.columns if c != LINE}
    told = tuple(text for raw in raws.values() for text in raw.told)
    rejected = tuple(one for raw in raws.values() for one in raw.rejected)
    table = found.select(**texts, **{LINE: ibis.null("int64")})
    return Raw(table, " + ".join(raw.name for raw in raws.values()), rejected, told=told)


def _tables(text: str, dialect: str | None, place: str) -> list[Any]:
    import sqlglot
    from sqlglot import exp

    try:
        asked = sqlglot.parse_one(text, read=dialect or "duckdb")
    except sqlglot.errors.SqlglotError as problem:
        cause = str(problem).partition("\n")[0][:200]
        raise MappingError(f"{place}: the query cannot be read ({cause}); correct it") from None
    tables = _named(asked)
    odd: list[Any] = [t for t in tables if t.db or not isinstance(t.this, exp.Identifier) or {"/", "\\"} & set(t.name)]
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
