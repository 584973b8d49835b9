"""The only room that touches a CRM: files or a database through Ibis, the mapping applied, the provenance kept."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alignment_lib.errors import MappingError, SourceError
from alignment_lib.params import RunParams
from alignment_lib.params.files import nearest
from alignment_lib.params.mapping import TableMapping
from alignment_lib.source.convert import Converted, Reading, convert
from alignment_lib.source.database import connect, held, is_url, query, redact, scrub, secrets_in, with_instants
from alignment_lib.source.files import ENDINGS, LINE, Raw, find, missing_column, read
from alignment_lib.source.zones import Macros

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


class Source:
    """An opened CRM. A table is read and mapped when it is first asked for, and a file only once."""

    def __init__(
        self,
        params: RunParams,
        backend: Any,
        place: str,
        tables: Mapping[str, TableMapping],
        missing: Mapping[str, str],
        read: Callable[[TableMapping], Raw],
    ) -> None:
        self.backend = backend
        self.place = place
        self.names = tuple(tables)
        self.missing = missing
        """Tables that are mapped but not there, and what was looked for."""
        self.inputs: list[Input] = []
        self._params = params
        self._mappings = tables
        self._read = read
        self._mapped: dict[str, Mapped] = {}
        self._macros = Macros(backend.raw_sql) if self.engine == "duckdb" else None

    @property
    def engine(self) -> str:
        """The Ibis backend's name."""
        return str(self.backend.name)

    def __getitem__(self, name: str) -> Mapped:
        """A canonical table with its columns converted; KeyError where it is not mapped."""
        if name not in self._mapped:
            mapping = self._mappings[name]
            self._mapped[name] = _map(self._params, self.backend, name, mapping, self._read(mapping), self._macros)
        return self._mapped[name]

    def hold(self, columns: Mapping[str, Any], name: str) -> Any:
        """A small table of ours, by column, as a table of the engine."""
        import pyarrow as pa

        if self.engine == "duckdb":
            self.backend.con.register(name, pa.table(dict(columns)))
            return self.backend.table(name)
        return held(self.backend, columns, name)

    def keep(self, expression: Any, name: str) -> Any:
        """The expression's rows, held by the engine for this run; left as a query where it may not hold any."""
        if self.engine == "duckdb":
            self.backend.raw_sql(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {self.backend.compile(expression)}')
            return self.backend.table(name)
        if self.engine == "pyspark":
            return expression.cache()
        try:
            from ibis.util import gen_name

            return self.backend.create_table(gen_name(name), expression, temp=True)
        except Exception:  # a read-only login may not even have temporary tables: slower, the same numbers
            return expression


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
    tables, paths, missing = {}, {}, {}
    for name, mapping in params.mapping.tables.items():
        wanted = mapping.origin.file
        if wanted is None:
            place = f"{params.mapping_file}, {name}.from"
            raise MappingError(f"{place}: a folder of files has neither tables nor queries; name a file")
        path = find(folder, wanted)
        if path is None:
            missing[name] = _absent(params, folder, name, wanted)
        else:
            tables[name], paths[wanted] = mapping, path
    backend, raws = local_engine(), dict[tuple[str, str | None, str | None], Raw]()
    pool = ThreadPoolExecutor(1)  # one thread hashes what the engine reads

    def read_once(mapping: TableMapping) -> Raw:
        path = paths[str(mapping.origin.file)]
        key = (str(path), mapping.delimiter, mapping.encoding)
        if key not in raws:
            raws[key] = read(backend, path, mapping, f"raw_{len(raws)}")
            source.inputs.append(Input(path.name, path.stat().st_size, pool.submit(_sha256, path)))
        return raws[key]

    source = Source(params, backend, str(folder), tables, missing, read_once)
    return source


def local_engine() -> Any:
    """DuckDB, in memory, UTC, spilling to a temporary folder when memory runs short."""
    import ibis

    backend = ibis.duckdb.connect()
    spill = str(spill_folder(os.getpid())).replace("'", "''")
    backend.raw_sql(f"SET TimeZone = 'UTC'; SET memory_limit = '1GB'; SET temp_directory = '{spill}'")
    return backend


def spill_folder(pid: int) -> Path:
    """Where the engine of a process puts what does not fit into memory; made only when that happens."""
    return Path(tempfile.gettempdir()) / f"alignment-run-{pid}-spill"


def _absent(params: RunParams, folder: Path, name: str, wanted: str) -> str:
    """Why a table is missing; a table that the report cannot do without ends the run instead."""
    present = sorted(p.name for p in folder.iterdir() if p.suffix.lower() in ENDINGS)
    text = f"{folder.name or folder} holds no file '{wanted}' ({nearest(wanted, present)})"
    needed = {"leads", "opportunities"} & set(params.mapping.tables)
    if name == "leads" or needed == {name}:
        raise SourceError(f"source '{params.mapping.name}', table {name}: {text}")
    return text


def _from_database(params: RunParams, backend: Any, place: str) -> Source:
    raws: dict[str, Raw] = {}
    missing: dict[str, str] = {}
    for name, mapping in params.mapping.tables.items():
        raw = _raw_table(backend, mapping, params)
        if raw is not None:
            raws[name] = raw
            continue
        missing[name] = f"{place} has no table '{mapping.origin.name}'"
        if name == "leads" or "leads" not in params.mapping.tables:
            raise MappingError(f"source '{params.mapping.name}', table {name}: {missing[name]}")
    tables = {name: params.mapping.tables[name] for name in raws}
    by_origin = {id(mapping): raws[name] for name, mapping in tables.items()}
    return Source(params, backend, place, tables, missing, lambda mapping: by_origin[id(mapping)])


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
    table = with_instants(backend, table)
    return Raw(table.mutate(**{LINE: ibis.null("int64")}), wanted.name, text=False)


def _map(params: RunParams, backend: Any, name: str, mapping: TableMapping, raw: Raw, macros: Macros | None) -> Mapped:
    place = f"{params.mapping_file}, {name}"
    for column, rule in mapping.columns.items():
        if rule.column is not None and rule.column not in raw.table.columns:
            raise missing_column(raw, rule.column, f"{place}.{column}")
    raw = _with_sql(params, backend, mapping, raw, place)
    columns = {}
    for column, rule in mapping.columns.items():
        default, engine = params.mapping.defaults.timestamp, str(backend.name)
        reading = Reading(rule, default, params.timezone, engine, f"{place}.{column}", macros, raw.text)
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
    chosen = ", ".join(f"{text} AS {name}" for name, text in parts.items())
    try:
        text = f"SELECT *, {chosen} FROM raw_rows"
        found = with_instants(backend, query(backend, text, dialect=params.mapping.dialect, raw_rows=raw.table))
        found.schema()
    except Exception as problem:
        cause = _said(problem, params)
        raise MappingError(f"{place}: the SQL of where: or sql: does not run ({cause}); correct it") from None
    return Raw(found, raw.name, raw.rejected, raw.text)


def _query(backend: Any, sql: str, params: RunParams, place: str) -> Any:
    try:
        return query(backend, sql, dialect=params.mapping.dialect)
    except Exception as problem:
        cause = _said(problem, params)
        raise MappingError(f"{params.mapping_file}: {place} does not run ({cause}); correct it") from None


def _said(problem: Exception, params: RunParams) -> str:
    """What an engine complains of, on one line, without colours and without secrets."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", str(problem))
    return scrub(" ".join(plain.split()), secrets_in(params.data))[:300]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
