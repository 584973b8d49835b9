"""Reach a database through Ibis without ever letting its password out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from alignment_lib.errors import SourceError

_URL = re.compile(r"^[a-z][a-z0-9+.-]+://", re.IGNORECASE)


def is_url(text: str) -> bool:
    """Whether DATA names a database (`postgres://…`) and not a folder."""
    return bool(_URL.match(text))


def redact(url: str) -> str:
    """The URL without user, password and query, fit to be shown."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{place}{parts.path}" if is_url(url) else url


def secrets_in(url: str) -> tuple[str, ...]:
    """Every text of a URL that must appear nowhere: the URL itself, the password raw and encoded, query values."""
    if not is_url(url):
        return ()
    userinfo, at, _ = urlsplit(url).netloc.rpartition("@")
    password = userinfo.partition(":")[2] if at else ""
    values = [pair.partition("=")[2] for pair in urlsplit(url).query.split("&")]
    hidden = [url] if password or any(values) else []
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
        The engine is unknown, its driver is not installed, or the database does not answer.
    """
    import ibis

    try:
        backend = ibis.connect(url)
        if backend.name == "postgres":
            # its planner cannot know how many rows our conditions leave, takes one, and joins row by row;
            # every join of ours is an equi-join
            backend.raw_sql("SET TIME ZONE 'UTC'; SET enable_nestloop = off; SET jit = off").close()
        return backend
    except Exception as problem:  # every driver has its own classes; the cause is told in one sentence
        raise SourceError(_sentence(url, problem)) from None


def with_instants(backend: Any, table: Any) -> Any:
    """The table with its instants told apart from wall clocks: Ibis takes Spark's two timestamp types for one."""
    if backend.name != "pyspark":
        return table
    types = backend.raw_sql(backend.compile(table)).dtypes
    return table.mutate(**{name: table[name].cast("timestamp('UTC')") for name, kind in types if kind == "timestamp"})


def held(backend: Any, columns: Mapping[str, Sequence[int]], name: str) -> Any:
    """Whole numbers of ours, by column, as a table of the engine.

    In PostgreSQL they are part of the query: a login that may only read cannot make a table, not even a temporary one.
    """
    import ibis
    import pandas as pd

    frame = pd.DataFrame(dict(columns))
    if backend.name == "postgres":
        arrays = ", ".join(f"CAST('{{{','.join(map(str, frame[c]))}}}' AS BIGINT[])" for c in frame)
        return backend.sql(f"SELECT * FROM UNNEST({arrays}) AS {name} ({', '.join(frame)})")
    if backend.name == "pyspark":
        name = ibis.util.gen_name(name)
        backend.raw_sql("SELECT 1").sparkSession.createDataFrame(frame).createOrReplaceTempView(name)
        return backend.table(name)
    return ibis.memtable(frame)


def _sentence(url: str, problem: Exception) -> str:
    scheme = urlsplit(url).scheme
    cause = scrub(" ".join(str(problem).split()), secrets_in(url))[:300]
    if isinstance(problem, ModuleNotFoundError | ImportError):
        return (
            f"{redact(url)}: the driver for {scheme} is not installed ({cause}); "
            f"install it with: pip install 'ibis-framework[{scheme.replace('postgresql', 'postgres')}]'"
        )
    return f"{redact(url)}: the database cannot be reached ({cause}); check that it is up, the address and the login"
