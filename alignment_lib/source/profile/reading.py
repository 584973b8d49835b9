"""An export as it lies there: every file of a folder or table of a database, its rows counted, its columns sampled."""

from __future__ import annotations

import codecs
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alignment_lib.errors import AlignmentError, SourceError
from alignment_lib.params.mapping import TableMapping
from alignment_lib.params.run import fill_secrets
from alignment_lib.source import LINE, Source, heads, local_engine, redact, scrub, secrets_in, typed
from alignment_lib.source.database import connect, is_url, stored
from alignment_lib.source.files import ENDINGS, TEXTS, Raw, broken, read
from alignment_lib.source.texts import encoding_of
from alignment_lib.source.unpacked import folder_of

ROWS = 50_000
"""Rows of a table that are looked at; all of them are counted."""
CELLS = 5_000_000
"""Cells that are looked at; a very wide table is looked at in fewer rows."""
KEPT = 20_000
"""Different values of a column that are kept, the most frequent first."""
_TEXT = frozenset({".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson"})


@dataclass(frozen=True)
class Column:
    """A raw column. `typed`: what a database or Parquet says it is; empty for text."""

    name: str
    rows: int
    """Rows that were looked at."""
    filled: int
    distinct: int
    values: tuple[str, ...]
    counts: tuple[int, ...]
    """How many rows hold each of the values."""
    typed: str = ""
    cells: Any = field(default=None, compare=False, repr=False)
    """The texts of the rows that were looked at, blanks trimmed, as pyarrow has them; None where nothing was."""

    @property
    def unique(self) -> bool:
        """Whether no value is there twice."""
        return 0 < self.filled == self.distinct


@dataclass(frozen=True)
class Export:
    """One file or table: how many rows there are, how many were looked at, and its columns."""

    name: str
    rows: int
    looked_at: int
    columns: tuple[Column, ...]
    encoding: str | None = None
    is_file: bool = True

    @property
    def whole(self) -> bool:
        """Whether every row and every value was looked at."""
        return self.rows == self.looked_at and all(c.distinct <= KEPT for c in self.columns)

    def column(self, name: str) -> Column:
        """A column by its heading."""
        return next(c for c in self.columns if c.name == name)


@dataclass(frozen=True)
class Found:
    """Everything that DATA holds: what was read, and what could not be, with the reason."""

    exports: tuple[Export, ...]
    unread: tuple[tuple[str, str], ...]
    engine: str = "duckdb"
    from_files: bool = True


def look(data: str, *, without: Collection[str] = ()) -> Found:
    """Profile a folder of files, or the tables of a database.

    Parameters
    ----------
    without
        Files that are left out, as they are known already.

    Raises
    ------
    SourceError
        There is no such folder, it holds no file that can be read, or the database does not answer.
    """
    return _tables(fill_secrets(data, where="DATA")) if is_url(data) else _files(folder_of(Path(data)), without)


def _paths(folder: Path, shown: str = "") -> list[Path]:
    paths = sorted(p for p in folder.iterdir() if p.is_file() and p.suffix.lower() in ENDINGS)
    if not paths:
        raise SourceError(f"{shown or folder}: holds no export; looked for files that end in {', '.join(ENDINGS)}")
    return paths


def heads_of_folder(folder: Path, shown: str) -> dict[str, tuple[str, ...]]:
    """The headings of every file of a folder, which the user knows as `shown`; none of one that cannot be read."""
    return {path.name: _heads_of(path) for path in _paths(folder, shown)}


def _heads_of(path: Path) -> tuple[str, ...]:
    if path.suffix.lower() in TEXTS:
        with path.open("rb") as file:
            start = file.read(1 << 18)
        return heads.find(_decoded(start), None, ()).cells
    backend = local_engine(path.parent)
    try:
        return tuple(c for c in read(backend, path, _blank(path.name, None), "export").table.columns if c != LINE)
    except Exception:  # told where the file is read in earnest
        return ()
    finally:
        backend.disconnect()


def _decoded(start: bytes) -> str:
    """The beginning of a text."""
    while start.startswith(codecs.BOM_UTF8 * 2):
        start = start[3:]
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return start.decode("utf-16", errors="replace")
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(start)
    except UnicodeDecodeError:
        return start.decode("cp1252", errors="replace")


def heads_of_database(backend: Any, url: str) -> dict[str, tuple[str, ...]]:
    """The columns of every table that a login sees; none of one that it may not read."""
    found = {}
    for name in _listed(backend, url):
        try:
            found[name] = tuple(backend.table(name).columns)
        except Exception:  # every driver has its own class for "you may not read this"
            found[name] = ()
    return found


def export_of(source: Source, name: str, *, is_file: bool) -> Export:
    """One table of an open source, as an export."""
    return _export(source.raw(name), None, is_file=is_file)


def _files(folder: Path, without: Collection[str]) -> Found:
    exports, unread = [], []
    for path in (p for p in _paths(folder) if p.name not in without):
        try:
            exports.append(_file(path))
        except AlignmentError as problem:
            unread.append((path.name, str(problem)))
    return Found(tuple(exports), tuple(unread))


def _file(path: Path) -> Export:
    backend, encoding = local_engine(path.parent), _encoding(path) if path.suffix.lower() in _TEXT else None
    try:
        raw = read(backend, path, _blank(path.name, encoding), "export")
        return _export(raw, encoding, is_file=True)
    except AlignmentError:
        raise
    except Exception as problem:  # a page of Parquet that is found to be broken only now
        raise broken(path.name, problem) from None
    finally:
        backend.disconnect()


def _blank(name: str, encoding: str | None) -> TableMapping:
    """A mapping of no column yet, as the readers of files ask for one."""
    nothing = {"lead_id": {"value": None}}
    return TableMapping.model_validate({"from": {"file": name}, "encoding": encoding, "columns": nothing})


def _encoding(path: Path) -> str | None:
    """The encoding to declare for a whole text; None: the reader knows by itself."""
    found = encoding_of(path)
    return None if found.marked or found.name == "utf-8" else found.name


def _tables(url: str) -> Found:
    import ibis

    backend = connect(url)
    exports, unread = [], []
    try:
        for name in sorted(_listed(backend, url)):
            try:
                table = stored(backend, name).mutate(**{LINE: ibis.null("int64")})
                exports.append(_export(Raw(table, name, text=False), None, is_file=False))
            except Exception as problem:  # every driver has its own class for "you may not read this"
                unread.append((name, _said(problem, url)))
        return Found(tuple(exports), tuple(unread), str(backend.name), from_files=False)
    finally:
        backend.disconnect()


def _listed(backend: Any, url: str) -> list[str]:
    try:
        names: list[str] = backend.list_tables()
    except Exception as problem:
        raise SourceError(f"{redact(url)}: its tables cannot be listed ({_said(problem, url)})") from None
    if not names:
        raise SourceError(f"{redact(url)}: holds no table that this login may see; name the schema in the address")
    return names


def _said(problem: Exception, url: str) -> str:
    return scrub(" ".join(str(problem).split()), secrets_in(url))[:200]


def _export(raw: Raw, encoding: str | None, *, is_file: bool) -> Export:
    table = raw.table.drop(LINE)
    bound = max(1, min(ROWS, CELLS // len(table.columns)))
    rows, kinds = int(raw.table.count().to_pandas()), table.schema()
    looked_at = {n: shown for n in table.columns if (shown := typed.shown(table[n])) is not None}
    sample = table.select(**{LINE: 1}, **looked_at).limit(bound).to_pyarrow()
    columns = tuple(
        _column(n, sample[n], "" if raw.text else _typed(kinds[n])) if n in looked_at else _closed(n, len(sample))
        for n in table.columns
    )
    return Export(raw.name, rows + len(raw.rejected), len(sample), columns, encoding, is_file)


def _closed(name: str, rows: int) -> Column:
    """A list, a structure, bytes: nothing that is looked into."""
    return Column(name, rows, 0, 0, (), (), "other")


def _typed(kind: Any) -> str:
    """What the storage says: instant, wall, date, bool, number, text (which has to be read), or other."""
    if kind.is_timestamp():
        return "instant" if kind.timezone else "wall"
    tests = {"date": kind.is_date, "bool": kind.is_boolean, "number": kind.is_numeric, "": kind.is_string}
    return next((name for name, test in tests.items() if test()), "id" if kind.is_uuid() else "")


def _column(name: str, sample: Any, typed: str) -> Column:
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pc.utf8_trim_whitespace(sample.cast(pa.string()))
    counted = pc.value_counts(text.filter(pc.not_equal(text, "").fill_null(False)).combine_chunks())
    values = sorted(_pairs(counted), key=lambda pair: (-pair[1], pair[0]))
    kept, counts = tuple(v for v, _ in values[:KEPT]), tuple(n for _, n in values[:KEPT])
    return Column(name, len(sample), sum(n for _, n in values), len(values), kept, counts, typed, text)


def _pairs(counted: Any) -> Iterator[tuple[str, int]]:
    return zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True)
