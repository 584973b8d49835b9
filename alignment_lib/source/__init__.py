"""The only room that touches a CRM: files or a database through Ibis, the mapping applied, the provenance kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alignment_lib.errors import MappingError, SourceError
from alignment_lib.params import RunParams
from alignment_lib.params.files import nearest
from alignment_lib.params.mapping import TableMapping
from alignment_lib.source.convert import Converted, Reading, convert
from alignment_lib.source.database import connect, is_url, redact, scrub, secrets_in
from alignment_lib.source.files import ENDINGS, LINE, Raw, find, missing_column, read

__all__ = ["LINE", "Converted", "Input", "Mapped", "Source", "is_url", "open_source", "redact", "scrub", "secrets_in"]

WHERE = "_kept"
"""Boolean column: whether the mapping's `where` holds for the row."""


@dataclass(frozen=True)
class Input:
    """A file that was read; its hash is worked out beside the run."""

    name: str
    size_bytes: int
    digest: Future[str]


@dataclass(frozen=True)
class Mapped:
    """A canonical table before its checks: the raw rows and, by canonical column, the converted expression."""

    raw: Raw
    columns: Mapping[str, Converted]
    mapping: TableMapping
    place: str


@dataclass(frozen=True)
class Source:
    """An opened CRM."""

    backend: Any
    place: str
    tables: Mapping[str, Mapped]
    missing: Mapping[str, str]
    """Tables that are mapped but not there, and what was looked for."""
    inputs: tuple[Input, ...] = ()
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def engine(self) -> str:
        return str(self.backend.name)


def open_source(params: RunParams, *, backend: Any = None) -> Source:
    """Open the data and apply the mapping; rows stay where they are.

    Parameters
    ----------
    params
        Frozen parameters; `params.data` is a folder or a database URL.
    backend
        An Ibis connection to use in place of `params.data` (JupyterLab, tests, Spark).

    Raises
    ------
    SourceError
        No such folder, database down.
    MappingError
        A file, table or column that the mapping names and the data lacks.
    """
    if backend is not None:
        return _from_database(params, backend, f"{backend.name} (a connection given)")
    if is_url(params.data):
        return _from_database(params, connect(params.data), redact(params.data))
    return _from_folder(params, Path(params.data))


def _from_folder(params: RunParams, folder: Path) -> Source:
    if not params.data:
        raise SourceError(f"source '{params.mapping.name}' reads a folder: give it, for instance DATA=exports/2018-03")
    if not folder.is_dir():
        raise SourceError(f"{folder}: no such folder; give the folder that holds the export as DATA")
    backend = local_engine()
    pool, raws, inputs = ThreadPoolExecutor(1), {}, []  # one thread hashes what the engine reads
    tables, missing = {}, {}
    for name, mapping in params.mapping.tables.items():
        wanted = mapping.origin.file
        path = find(folder, wanted) if wanted else None
        if wanted and path is None:
            missing[name] = _absent(params, folder, name, wanted)
            continue
        key = (str(path or mapping.origin.sql), mapping.delimiter, mapping.encoding)
        if key not in raws:
            raws[key] = _raw_file(backend, path, mapping, f"raw_{len(raws)}")
            if path:
                inputs.append(Input(path.name, path.stat().st_size, pool.submit(_sha256, path)))
        tables[name] = _map(params, backend, name, mapping, raws[key])
    pool.shutdown(wait=False)
    return Source(backend, str(folder), tables, missing, tuple(inputs))


def local_engine() -> Any:
    """DuckDB, in memory, UTC, spilling to a temporary folder when memory runs short."""
    import ibis

    backend = ibis.duckdb.connect()
    backend.raw_sql("SET TimeZone = 'UTC'; SET memory_limit = '1GB'; SET preserve_insertion_order = true")
    return backend


def _raw_file(backend: Any, path: Path | None, mapping: TableMapping, name: str) -> Raw:
    if path is None:
        raise MappingError("from: a folder of files has neither tables nor queries; name a file")
    return read(backend, path, mapping, name)


def _absent(params: RunParams, folder: Path, name: str, wanted: str) -> str:
    """Why a table is missing; a table that the report cannot do without ends the run instead."""
    present = sorted(p.name for p in folder.iterdir() if p.suffix.lower() in ENDINGS)
    text = f"{folder.name or folder} holds no file '{wanted}' ({nearest(wanted, present)})"
    needed = {"leads", "opportunities"} & set(params.mapping.tables)
    if name == "leads" or needed == {name}:
        raise SourceError(f"source '{params.mapping.name}', table {name}: {text}")
    return text


def _from_database(params: RunParams, backend: Any, place: str) -> Source:
    tables: dict[str, Mapped] = {}
    missing: dict[str, str] = {}
    for name, mapping in params.mapping.tables.items():
        raw = _raw_table(backend, mapping, params)
        if raw is None:
            missing[name] = f"{place} has no table '{mapping.origin.name}'"
            if name == "leads" or "leads" not in params.mapping.tables:
                raise MappingError(f"source '{params.mapping.name}', table {name}: {missing[name]}")
            continue
        tables[name] = _map(params, backend, name, mapping, raw)
    return Source(backend, place, tables, missing, secrets=secrets_in(params.data))


def _raw_table(backend: Any, mapping: TableMapping, params: RunParams) -> Raw | None:
    import ibis

    wanted = mapping.origin
    if wanted.sql:
        table = _query(backend, wanted.sql, params, "the query")
    else:
        schema, _, plain = str(wanted.table or wanted.file).rpartition(".")
        try:
            table = backend.table(plain, database=schema or None)
        except Exception:  # every driver has its own class for "no such table"
            return None
    return Raw(table.mutate(**{LINE: ibis.null("int64")}), wanted.name, text=False)


def _map(params: RunParams, backend: Any, name: str, mapping: TableMapping, raw: Raw) -> Mapped:
    place = f"params/sources/{params.mapping.name}.yaml, {name}"
    for column, rule in mapping.columns.items():
        if rule.column is not None and rule.column not in raw.table.columns:
            raise missing_column(raw, rule.column, f"{place}.{column}")
    raw = _with_sql(params, backend, mapping, raw, place)
    columns = {}
    for column, rule in mapping.columns.items():
        reading = Reading(
            rule, params.mapping.defaults.timestamp, params.timezone, str(backend.name), f"{place}.{column}"
        )
        columns[column] = convert(_raw_column(raw, column, rule.column, rule), _kind(name, column), reading)
    return Mapped(raw, columns, mapping, place)


def _kind(table: str, column: str) -> Any:
    from alignment_lib.contract import CONTRACT

    return CONTRACT[table].columns[column].kind


def _raw_column(raw: Raw, column: str, named: str | None, rule: Any) -> Any:
    import ibis

    if named is not None:
        return raw.table[named]
    if rule.sql is not None:
        return raw.table[f"_sql_{column}"]
    return ibis.null("string") if rule.value is None else ibis.literal(str(rule.value))


def _with_sql(params: RunParams, backend: Any, mapping: TableMapping, raw: Raw, place: str) -> Raw:
    """The raw rows with one more column for `where` and for every `sql:`, all in one query."""
    parts = {f"_sql_{c}": rule.sql for c, rule in mapping.columns.items() if rule.sql}
    if mapping.where:
        parts[WHERE] = f"coalesce(({mapping.where}), false)"
    if not parts:
        return raw
    table = raw.table.alias("raw_rows")
    chosen = ", ".join(f"{text} AS {name}" for name, text in parts.items())
    try:
        found = table.sql(f"SELECT *, {chosen} FROM raw_rows", dialect=params.mapping.dialect)
        found.schema()
    except Exception as problem:
        cause = scrub(" ".join(str(problem).split()), secrets_in(params.data))[:300]
        raise MappingError(f"{place}: the SQL of where: or sql: does not run ({cause}); correct it") from None
    return Raw(found, raw.name, raw.rejected, raw.text)


def _query(backend: Any, sql: str, params: RunParams, place: str) -> Any:
    try:
        return backend.sql(sql, dialect=params.mapping.dialect)
    except Exception as problem:
        cause = scrub(" ".join(str(problem).split()), secrets_in(params.data))[:300]
        raise MappingError(f"params/sources/{params.mapping.name}.yaml: {place} does not run ({cause})") from None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
