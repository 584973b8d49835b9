"""Reach a database through Ibis without ever letting its password out."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from alignment_lib.errors import SourceError

_URL = re.compile(r"^[a-z][a-z0-9+.-]+://", re.IGNORECASE)


def is_url(text: str) -> bool:
    """Whether DATA names a database (`postgres://…`) and not a folder."""
    return bool(_URL.match(text))


def redact(url: str) -> str:
    """The URL without user, password and query, fit to be shown; nothing of one whose login cannot be told apart."""
    if not is_url(url):
        return url
    scheme, _, rest = url.partition("://")
    before_query, _, query = rest.partition("?")
    if "@" in query and "@" not in before_query:
        return f"{scheme}://***"
    place, *_ = re.split("[?#]", rest.rpartition("@")[2])
    return f"{scheme}://{place}"


def secrets_in(url: str) -> tuple[str, ...]:
    """Every text of a URL that must appear nowhere: the URL itself, the password raw and encoded, query values."""
    if not is_url(url):
        return ()
    rest = url.partition("://")[2]
    login, at, _ = rest.rpartition("@")
    password = login.partition(":")[2] if at else ""
    values = [pair.partition("=")[2] for pair in rest.partition("?")[2].split("&")]
    hidden = [url, login] if password or any(values) else []
    for word in (password, *values):
        hidden += [word, unquote(word), quote(unquote(word), safe="")]
    return tuple(sorted({h for h in hidden if len(h) > 2}, key=len, reverse=True))


def scrub(text: str, secrets: tuple[str, ...]) -> str:
    """The text with every secret replaced by ***."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def connect(url: str) -> Any:
    """An Ibis backend.

    Raises
    ------
    SourceError
        The URL cannot be read, the engine is unknown, its driver is not installed, or the database does not answer.
    """
    import ibis

    _check(url)
    try:
        backend = ibis.connect(url)
        if backend.name == "postgres":
            # its planner cannot know how many rows our conditions leave, takes one, and joins row by row;
            # every join of ours is an equi-join
            backend.raw_sql("SET TIME ZONE 'UTC'; SET enable_nestloop = off; SET jit = off").close()
    except Exception as problem:  # every driver has its own classes; the cause is told in one sentence
        raise SourceError(_sentence(url, problem)) from None
    return able(backend, redact(url))


def able(backend: Any, place: str) -> Any:
    """The backend, where its engine has what every conversion asks for.

    Raises
    ------
    SourceError
        It has not, as SQLite and SQL Server.
    """
    import ibis.expr.operations as ops

    lacking = [n for op, n in ((ops.TryCast, "a cast that gives null"), (ops.RegexSearch, "regular expressions"))
               if not backend.has_operation(op)]  # fmt: skip
    if lacking:
        raise SourceError(
            f"{place}: the engine {backend.name} cannot be used, it lacks {' and '.join(lacking)}; tried are DuckDB,"
            " PostgreSQL and Spark: copy the tables into one of them, or export them as files"
        )
    return backend


def with_instants(backend: Any, table: Any) -> Any:
    """The table with its instants told apart from wall clocks: Ibis takes Spark's two timestamp types for one."""
    if backend.name != "pyspark":
        return table
    types = backend.raw_sql(backend.compile(table)).dtypes
    return table.mutate(**{name: table[name].cast("timestamp('UTC')") for name, kind in types if kind == "timestamp"})


def query(backend: Any, text: str, *, dialect: str | None = None, raw_rows: Any = None) -> Any:
    """The rows of a SQL text as a table; a table given as `raw_rows` goes by that name in the text."""
    import sqlglot

    own = backend.dialect
    asked = sqlglot.parse_one(text, read=dialect or own)
    if raw_rows is not None:  # in place of their name: two tables in one query may each have rows that are called so
        rows: Any = sqlglot.parse_one(backend.compile(raw_rows), read=own)
        for table in [t for t in asked.find_all(sqlglot.exp.Table) if t.name == "raw_rows" and not t.db]:
            table.replace(rows.subquery(table.alias or "raw_rows"))
    text = asked.sql(own)
    return _typed(backend, text, _columns(backend, text)) if backend.name == "postgres" else backend.sql(text)


def stored(backend: Any, name: str, schema: str | None = None) -> Any:
    """A table of the database; one of PostgreSQL with the types that its columns have, of which Ibis mistakes some."""
    table = backend.table(name, database=schema)
    if backend.name != "postgres":
        return table
    rows = f"SELECT * FROM {'.'.join(_quoted(part) for part in (schema, name) if part)}"
    columns = _columns(backend, rows)
    taken = {c: kind.is_string() for c, kind in table.schema().items()}
    alike = all(column.cast is None and column.kind.is_string() == taken[c] for c, column in columns.items())
    return table if alike else _typed(backend, rows, columns)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True)
class _Column:
    """A column of PostgreSQL: its type, and into what it is cast because its own compares with nothing but itself."""

    kind: Any
    cast: str | None = None


def _columns(backend: Any, text: str) -> dict[str, _Column]:
    """The columns of a PostgreSQL query; Ibis would make a temporary view to learn them, which not every login may."""
    with backend.raw_sql(f"SELECT * FROM ({text}) AS asked LIMIT 0") as cursor:
        codes = {column.name: column.type_code for column in cursor.description}
    kinds = ", ".join(
        f"format_type({code}, NULL), (SELECT typtype = 'e' FROM pg_type WHERE oid = {code})" for code in codes.values()
    )
    with backend.raw_sql(f"SELECT {kinds}") as cursor:
        found = cursor.fetchone()
    return {c: _column(backend, *found[2 * i : 2 * i + 2]) for i, c in enumerate(codes)}


def _column(backend: Any, kind: str, is_enum: bool) -> _Column:
    types = backend.compiler.type_mapper
    as_text = is_enum or kind == "character" or types.from_string(kind).is_geospatial()
    cast = "text" if as_text else {"money": "numeric"}.get(kind)
    return _Column(types.from_string(cast or kind), cast)


def _typed(backend: Any, text: str, columns: Mapping[str, _Column]) -> Any:
    """The query with enums, padded texts and places as text, money as numbers."""
    if any(column.cast for column in columns.values()):
        names = {c: '"' + c.replace('"', '""') + '"' for c in columns}
        chosen = (
            f"{names[c]}::{column.cast} AS {names[c]}" if column.cast else names[c] for c, column in columns.items()
        )
        text = f"SELECT {', '.join(chosen)} FROM ({text}) AS asked"
    return backend.sql(text, schema={c: column.kind for c, column in columns.items()})


def held(backend: Any, columns: Mapping[str, Sequence[int]], name: str) -> Any:
    """Whole numbers of ours, by column, as a table of the engine.

    In PostgreSQL they are part of the query: a login that may only read cannot make a table, not even a temporary one.
    """
    import ibis
    import pandas as pd

    frame = pd.DataFrame(dict(columns))
    if backend.name == "postgres":
        arrays = ", ".join(f"CAST('{{{','.join(map(str, frame[c]))}}}' AS BIGINT[])" for c in frame)
        return query(backend, f"SELECT * FROM UNNEST({arrays}) AS {name} ({', '.join(frame)})")
    if backend.name == "pyspark":
        name = ibis.util.gen_name(name)
        backend.raw_sql("SELECT 1").sparkSession.createDataFrame(frame).createOrReplaceTempView(name)
        return backend.table(name)
    return ibis.memtable(frame)


def _check(url: str) -> None:
    """A password with marks of its own would be taken for parts of the address, and shown as such."""
    try:
        parts = urlsplit(url)
        torn = "@" in parts.path + parts.query + parts.fragment or (parts.port or 1) < 1
    except ValueError:  # what follows the colon is no port
        torn = True
    if torn:
        raise SourceError(
            f"{redact(url)}: this address cannot be read; write / ? # @ : % within a user, a password or an option as"
            " %2F %3F %23 %40 %3A %25"
        )


def _sentence(url: str, problem: Exception) -> str:
    scheme = urlsplit(url).scheme
    cause = scrub(" ".join(str(problem).split()), secrets_in(url))[:300]
    if isinstance(problem, ModuleNotFoundError | ImportError):
        return (
            f"{redact(url)}: the driver for {scheme} is not installed; install it with: {sys.executable} -m pip install"
            f" 'ibis-framework[{scheme.replace('postgresql', 'postgres')}]'"
        )
    return f"{redact(url)}: the database cannot be reached ({cause}); check that it is up, the address and the login"
