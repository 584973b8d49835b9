"""The only room that touches a CRM: files or a database through Ibis, the mapping applied, the provenance kept."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from alignment_lib.contract import CONTRACT
from alignment_lib.errors import AlignmentError, MappingError, SourceError
from alignment_lib.params import RunParams
from alignment_lib.params.files import nearest
from alignment_lib.params.mapping import ColumnMapping, TableMapping
from alignment_lib.source import file_queries
from alignment_lib.source import kept as keeping
from alignment_lib.source.convert import Converted
from alignment_lib.source.database import able, connect, held, is_url, redact, scrub, secrets_in, stored, with_instants
from alignment_lib.source.file_queries import Query
from alignment_lib.source.files import (
    ENDINGS,
    LINE,
    TEXTS,
    Raw,
    even_lines,
    even_rows,
    find,
    is_torn,
    read,
)
from alignment_lib.source.kept import KeptFolder, Place
from alignment_lib.source.mapped import WHERE, Mapped, map_table, raw_column, run_query, said, sql_failed, with_sql
from alignment_lib.source.scratch import spill_folder
from alignment_lib.source.typed import fetchable
from alignment_lib.source.unpacked import folder_of
from alignment_lib.source.zones import Macros

__all__ = [
    "LINE", "Converted", "Input", "Mapped", "Place", "Source", "is_url", "kept_only", "open_source", "redact", "scrub",
    "secrets_in",
]  # fmt: skip


@dataclass(frozen=True)
class Input:
    """A file that was read; its hash is worked out beside the run."""

    name: str
    size_bytes: int
    digest: Future[str]


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
        files: Mapping[str, Path] | None = None,
        beside: Sequence[Path] = (),
        joined: Sequence[Path] = (),
    ) -> None:
        self.backend = backend
        self.place = place
        self.now = max(params.now, params.asked_as_of or params.now)
        """The run's clock."""
        self.names = tuple(tables)
        self.missing = dict(missing)
        """Tables that are mapped but not there, and what was looked for."""
        self.remarks: dict[str, tuple[str, ...]] = {}
        """By hand-kept table, what could not be read in one place while another holds it."""
        self.beside = beside
        """Texts of the folder that no table of the mapping reads."""
        self.joined = joined
        """Texts that are read together with others."""
        self.inputs: list[Input] = []
        self._params = params
        self._mappings = tables
        self._read = read
        self._files = files or {}
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
            self._mapped[name] = map_table(self._params, self.backend, name, mapping, self._read(mapping), self._macros)
        return self._mapped[name]

    def raw(self, name: str) -> Raw:
        """A table's rows before the mapping."""
        return self._read(self._mappings[name])

    def failed(self, mapped: Mapped, problem: Exception) -> MappingError | None:
        """What is told of rows that the engine could not read, where SQL of the mapping made them; None: it did not."""
        return sql_failed(problem, mapped.mapping, mapped.raw, self._params, mapped.place)

    @cached_property
    def folder(self) -> KeptFolder:
        """What the kept folder holds."""
        return keeping.look(self._params.kept_folder)

    def forget_folder(self) -> None:
        """Look into the kept folder anew when it is asked for."""
        self.__dict__.pop("folder", None)

    def kept(self, name: str) -> tuple[Place, ...]:
        """A hand-kept table's rows: the source's, then the kept folder's; why there are none is told in `missing`."""
        found, troubles = list[Place](), list[str]()
        for wanted, place in ((self._mappings, self._mapped_place), (self.folder.files, self._folder_place)):
            if name not in wanted:
                continue
            try:
                found.append(place(name))
            except AlignmentError as problem:
                troubles.append(str(problem))
            except Exception as problem:  # a driver's own complaint, told only when rows are fetched
                troubles.append(f"{self._mappings[name].origin.rows_of(name)}: {said(problem, self._params)}")
        if troubles and found:
            self.remarks[name] = tuple(troubles)
        elif troubles:
            self.missing[name] = "; ".join(troubles)
        return tuple(found)

    def _mapped_place(self, name: str) -> Place:
        mapping, path = self._mappings[name], self._files.get(name)
        if path is None or path.suffix.lower() not in keeping.TEXT_FILES:
            return keeping.from_engine(name, self._read(mapping), mapping, self)
        found = keeping.from_file(name, path, mapping, self)
        self.note(path, path.name)
        return found

    def _folder_place(self, name: str) -> Place:
        path, shown = self.folder.files[name], self.folder.name(name)
        found = keeping.from_folder(name, path, shown)
        self.note(path, shown)
        return found

    def note(self, path: Path, name: str) -> None:
        """Count a small file among the inputs."""
        if all(known.name != name for known in self.inputs):
            self.inputs.append(Input(name, *keeping.fingerprint(path)))

    def is_keyed(self, name: str) -> bool:
        """Whether a table has a key that is mapped, which tells a row that is there twice."""
        return CONTRACT[name].key in self._mappings[name].columns

    def twice(self, name: str) -> tuple[int, str]:
        """How many rows a table has where each is there an even number of times, else 0; and what it is called.

        Of a text only its lines are looked at, so that one that no block reads costs little.
        """
        path = self._files.get(name)
        if path is not None and path.suffix.lower() in TEXTS:
            return even_lines(self.backend, path), path.name
        raw = self._read(self._mappings[name])
        return even_rows(raw.table, self.engine), raw.name

    def torn(self, name: str) -> int | None:
        """The line in whose middle the text of a table ends; None where it does not."""
        path = self._files.get(name)
        if path is None or path.suffix.lower() not in TEXTS or name not in self._mapped:
            return None
        rejected = self._mapped[name].raw.rejected
        return rejected[-1].line if rejected and is_torn(path, rejected[-1]) else None

    def rows(
        self, raw: Raw, rules: Mapping[str, ColumnMapping], mapping: TableMapping, name: str
    ) -> dict[str, list[Any]]:
        """Cells of canonical columns as the engine holds them, with `_line` and whether `where` holds."""
        raw = with_sql(self._params, self.backend, mapping, raw, f"{self._params.mapping_file}, {name}")
        wanted = {c: fetchable(raw_column(raw, c, rule.column, rule)) for c, rule in rules.items()}
        more = [c for c in (LINE, WHERE) if c in raw.table.columns]
        found: dict[str, list[Any]] = raw.table.select(*more, **wanted).to_pyarrow().to_pydict()
        return found

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
        place = f"{backend.name} (a connection given)"
        return _from_database(params, able(backend, place), place)
    if is_url(params.data):
        return _from_database(params, connect(params.data), redact(params.data))
    return _from_folder(params, Path(params.data))


def kept_only(params: RunParams) -> Source:
    """The kept folder without the source: nothing is opened."""
    return Source(params, SimpleNamespace(name="none"), "", {}, {}, lambda mapping: Raw(None, ""))


def _from_folder(params: RunParams, folder: Path) -> Source:
    if not params.data:
        raise SourceError(f"source '{params.mapping.name}' reads a folder: give it, for instance DATA=exports/2018-03")
    lying = folder_of(folder)
    tables, missing, places = {}, {}, dict[int, Path | Query]()
    for name, mapping in params.mapping.tables.items():
        try:
            place = _place(lying, mapping, params, f"{params.mapping_file}, {name}.from")
        except MappingError as problem:  # several files of that name
            if not CONTRACT[name].kept or mapping.origin.sql:
                raise
            missing[name] = str(problem)
            continue
        if place is None:
            missing[name] = _absent(params, folder, lying, name, mapping.origin.rows_of(name))
        else:
            tables[name], places[id(mapping)] = mapping, place
    backend, raws = local_engine(lying), dict[tuple[str, str | None, str | None], Raw]()
    pool = ThreadPoolExecutor(1)  # one thread hashes what the engine reads

    def read_once(mapping: TableMapping) -> Raw:
        path = places.get(id(mapping)) or lying / str(mapping.origin.file)
        if isinstance(path, Query):
            return file_queries.read(params, backend, mapping, path, read_once)
        key = (str(path), mapping.delimiter, mapping.encoding)
        if key not in raws:
            raws[key] = read(backend, path, mapping, f"raw_{len(raws)}")
            source.inputs.append(Input(path.name, path.stat().st_size, pool.submit(_sha256, path)))
        return raws[key]

    texts = (p for p in sorted(lying.iterdir()) if p.suffix.lower() in TEXTS and p.is_file())
    used = {p for place in places.values() for p in (place.files.values() if isinstance(place, Query) else [place])}
    files = {n: place for n, one in tables.items() if isinstance(place := places[id(one)], Path)}
    beside = [p for p in texts if p not in used]
    asked = {p for place in places.values() if isinstance(place, Query) for p in place.files.values()}
    joined = sorted(p for p in asked if p.suffix.lower() in TEXTS)
    source = Source(params, backend, str(folder), tables, missing, read_once, files, beside, joined)
    return source


def _place(folder: Path, mapping: TableMapping, params: RunParams, place: str) -> Path | Query | None:
    """The file of a table, or the query over several; None where no file is there."""
    origin = mapping.origin
    if origin.sql is not None:
        return file_queries.ask(folder, origin, dialect=params.mapping.dialect, place=place)
    if origin.together:
        return file_queries.together(folder, origin.together, place=place)
    if origin.file is None:
        raise MappingError(f"{place}: a folder of files has no tables; name a file, or write {{sql: …}} over files")
    return find(folder, origin.files.get(origin.file, origin.file))


def local_engine(folder: Path | None = None) -> Any:
    """DuckDB, in memory, UTC, spilling to a temporary folder when memory runs short.

    Parameters
    ----------
    folder
        The one whose files it may read, whatever SQL it is given, beside those that this program writes for it.
    """
    import ibis

    backend = ibis.duckdb.connect()
    spill = str(spill_folder(os.getpid())).replace("'", "''")
    backend.raw_sql(f"SET TimeZone = 'UTC'; SET memory_limit = '1500MB'; SET temp_directory = '{spill}'")
    if folder is not None:
        links = [p.resolve() for p in folder.iterdir() if p.is_symlink()]  # the engine looks where a link leads
        own, paths = _texts([folder.absolute(), folder.resolve(), spill_folder(os.getpid())]), _texts(links)
        backend.raw_sql(f"SET allowed_directories = {own}; SET allowed_paths = {paths}")
        backend.raw_sql("SET enable_external_access = false")
    return backend


def _texts(paths: Sequence[Path]) -> str:
    """Paths as a list in the engine's SQL."""
    return "[" + ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths) + "]"


def _absent(params: RunParams, folder: Path, lying: Path, name: str, wanted: str) -> str:
    """Why a table is missing; a table that the report cannot do without ends the run instead."""
    present = sorted(p.name for p in lying.iterdir() if p.suffix.lower() in ENDINGS)
    text = f"{folder.name or folder} holds no file '{wanted}' ({nearest(wanted, present)})"
    needed = {"leads", "opportunities"} & set(params.mapping.tables)
    if name == "leads" or needed == {name}:
        raise SourceError(f"source '{params.mapping.name}', table {name}: {text}")
    return text


def _from_database(params: RunParams, backend: Any, place: str) -> Source:
    raws: dict[str, Raw] = {}
    missing: dict[str, str] = {}
    for name, mapping in params.mapping.tables.items():
        missing[name] = f"{place} has no table '{mapping.origin.rows_of(name)}'"
        try:
            raw = _raw_table(backend, name, mapping, params)
        except MappingError as problem:  # its query does not run
            if not CONTRACT[name].kept:
                raise
            raw, missing[name] = None, str(problem)
        if raw is not None:
            raws[name] = raw
            del missing[name]
            continue
        if name == "leads" or "leads" not in params.mapping.tables:
            raise MappingError(f"source '{params.mapping.name}', table {name}: {missing[name]}")
    tables = {name: params.mapping.tables[name] for name in raws}
    by_origin = {id(mapping): raws[name] for name, mapping in tables.items()}
    return Source(params, backend, place, tables, missing, lambda mapping: by_origin[id(mapping)])


def _raw_table(backend: Any, name: str, mapping: TableMapping, params: RunParams) -> Raw | None:
    import ibis

    wanted = mapping.origin
    if wanted.together:
        raise MappingError(f"{params.mapping_file}, {name}.from: several files are of a folder; write {{sql: …}} here")
    if wanted.sql:
        table = run_query(backend, wanted.sql, params, f"the query of {name}")
    else:
        schema, _, plain = str(wanted.table or wanted.file).rpartition(".")
        try:
            table = stored(backend, plain, schema or None)
        except Exception:  # every driver has its own class for "no such table"
            return None
    table = with_instants(backend, table)
    return Raw(table.mutate(**{LINE: ibis.null("int64")}), wanted.rows_of(name), text=False)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
