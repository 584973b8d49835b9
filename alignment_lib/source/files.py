"""Read files into DuckDB as text, every row with its line; nothing is converted and nothing is lost here."""

from __future__ import annotations

import codecs
import csv
import io
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alignment_lib.errors import DataError, MappingError, SourceError
from alignment_lib.params.files import nearest
from alignment_lib.params.mapping import TableMapping

LINE = "_line"
"""The row's number as a spreadsheet shows it: the head is row 1."""
ENDINGS = (".csv", ".tsv", ".txt", ".parquet", ".json", ".jsonl", ".ndjson", ".xlsx")
_LONGEST = 64 << 20
"""Bytes of the longest record that is read; DuckDB's own limit is 2 MB."""


@dataclass(frozen=True)
class Rejected:
    """A line that is no row: too few or too many cells, a quote that never closes."""

    line: int
    value: str
    reason: str


@dataclass(frozen=True)
class Raw:
    """One raw table: an Ibis expression with the column `_line` (null in databases), and its lines that are no rows."""

    table: Any
    name: str
    rejected: tuple[Rejected, ...] = ()
    text: bool = True
    """True: held in memory as text, so a canonical table is worth materialising."""
    told: tuple[str, ...] = ()
    """What was guessed or mended when the file was read, a sentence each; the user is told."""


def find(folder: Path, wanted: str) -> Path | None:
    """The file of a mapping's `from`: by full name, or by stem when exactly one file has it."""
    exact = folder / wanted
    if exact.is_file():
        return exact
    found = sorted(p for p in folder.glob("*") if p.stem == wanted and p.suffix.lower() in ENDINGS)
    if len(found) > 1:
        names = ", ".join(p.name for p in found)
        raise MappingError(f"{folder}: '{wanted}' may be any of {names}; write the ending in the mapping")
    return found[0] if found else None


def read(backend: Any, path: Path, mapping: TableMapping, name: str) -> Raw:
    """Read one file; `name` is the DuckDB table that it becomes.

    Raises
    ------
    DataError, SourceError
        The file is empty, is no text in the declared encoding, or cannot be parsed.
    """
    if path.stat().st_size == 0:
        raise DataError(f"{path.name}: the file is empty (0 bytes); export it again")
    ending = path.suffix.lower()
    if ending == ".parquet":
        return _parquet(backend, path, name)
    if ending in {".json", ".jsonl", ".ndjson"}:
        return _json(backend, path, mapping, name)
    if ending == ".xlsx":
        return _xlsx(backend, path, name)
    return _csv(backend, path, mapping, name)


def _csv(backend: Any, path: Path, mapping: TableMapping, name: str) -> Raw:
    with tempfile.TemporaryDirectory() as scratch:
        utf8 = _as_utf8(path, mapping.encoding, Path(scratch))
        wanted = [c.column for c in mapping.columns.values() if c.column]
        delimiter, header = _header(path, utf8, mapping.delimiter, wanted)
        options = (
            f"columns={_struct(header)}, delim={_quote(delimiter)}, header=true, auto_detect=false, quote='\"',"
            f" escape='\"', store_rejects=true, {_line_size(utf8.stat().st_size)}"
        )
        rows = f"SELECT *, row_number() OVER () + 1 AS {LINE} FROM read_csv({_quote(str(utf8))}, {options})"
        try:
            backend.raw_sql(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {rows}')
        except Exception as problem:
            raise SourceError(f"{path.name}: cannot be read as CSV ({_first_line(problem)}); export it again") from None
    rejected = _rejects(backend, path, name)
    return Raw(_renumbered(backend.table(name), rejected), path.name, rejected)


def _line_size(file_bytes: int) -> str:
    """Options for long records; the buffer is told, as it would otherwise grow to sixteen records."""
    longest = min(_LONGEST, max(2 << 20, file_bytes))
    return f"max_line_size={longest}, buffer_size={max(32 << 20, longest)}"


def _as_utf8(path: Path, encoding: str | None, scratch: Path) -> Path:
    """The file itself, or a copy in UTF-8 where it is declared (or marked) as something else."""
    with path.open("rb") as file:
        start = file.read(4)
    if encoding is None and start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    if encoding in {None, "utf-8", "utf-8-sig"}:
        marked = start.startswith(codecs.BOM_UTF8) and "json" in path.suffix.lower()
        return _copied(path, "utf-8-sig", scratch) if marked else path
    return _copied(path, encoding, scratch)


def _copied(path: Path, encoding: str, scratch: Path) -> Path:
    copy = scratch / "utf8.csv"
    try:
        with path.open(encoding=encoding, newline="") as source, copy.open("w", encoding="utf-8", newline="") as target:
            while chunk := source.read(1 << 20):
                target.write(chunk)
    except UnicodeDecodeError as problem:
        raise DataError(
            f"{path.name}: byte {problem.start} is not {encoding} as the mapping declares; correct `encoding:`"
        ) from None
    return copy


def _header(path: Path, utf8: Path, delimiter: str | None, wanted: Sequence[str]) -> tuple[str, list[str]]:
    """The delimiter under which most of the mapped columns are found in the head, and the head's cells."""
    with utf8.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        head = file.read(1 << 20)
    if "\0" in head.partition("\n")[0]:
        raise DataError(
            f"{path.name} line 1: this is no text in UTF-8; declare `encoding:` in the mapping, or export CSV"
        )
    tried = [delimiter] if delimiter else [",", ";", "\t", "|"]
    heads = {d: _cells(head, d) for d in tried}
    best = max(tried, key=lambda d: (len(set(wanted) & {c.strip() for c in heads[d]}), len(heads[d])))
    cells = [c.strip() for c in heads[best]]
    if not any(cells):
        raise DataError(f"{path.name} line 1: there are no column names; the first line must name the columns")
    return best, unique(cells)


def _cells(head: str, delimiter: str) -> list[str]:
    """The first line's cells, whichever way its lines end; none where it cannot be the head of a table."""
    try:
        return next(csv.reader(io.StringIO(head, newline=None), delimiter=delimiter), [])
    except csv.Error:
        return []


def unique(cells: Iterable[str]) -> list[str]:
    """Column names made distinct: a second `Name` becomes `Name_2`, a blank one `column_3`."""
    names: list[str] = []
    taken: set[str] = {LINE, "_kept"}
    for position, cell in enumerate(cells, start=1):
        base, name, count = cell or f"column_{position}", cell or f"column_{position}", 1
        while name.lower() in taken:
            count += 1
            name = f"{base}_{count}"
        taken.add(name.lower())
        names.append(name)
    return names


def _rejects(backend: Any, path: Path, name: str) -> tuple[Rejected, ...]:
    rows = backend.con.execute(
        "SELECT line, any_value(csv_line), list(error_type::VARCHAR ORDER BY error_type)[1], any_value(error_message)"
        " FROM reject_errors GROUP BY line ORDER BY line"
    ).fetchall()
    backend.raw_sql("DROP TABLE reject_errors; DROP TABLE reject_scans")
    for line, text, kind, message in rows:
        if kind == "INVALID ENCODING":
            raise DataError(
                f"{path.name} line {line}: the text is not UTF-8 ({text.strip()[:60]!r}); declare it in the mapping,"
                " for instance `encoding: latin-1` or `encoding: cp1252`"
            )
        if kind not in {"MISSING COLUMNS", "TOO MANY COLUMNS", "UNQUOTED VALUE"}:
            raise DataError(f"{path.name} line {line}: {_first_line(message)}; correct that line in the export")
        if kind == "UNQUOTED VALUE" and "\n" in text.strip():
            raise DataError(
                f"{path.name} line {line}: a quote is opened and not closed ({text.strip()[:60]!r}), which takes the"
                " lines after it with it; close it in the export"
            )
    reasons = {
        "MISSING COLUMNS": "fewer cells than the head",
        "TOO MANY COLUMNS": "more cells than the head",
        "UNQUOTED VALUE": "a quote in the wrong place",
    }
    return tuple(Rejected(int(line), text.strip("\r\n")[:500], reasons[kind]) for line, text, kind, _ in rows)


def _renumbered(table: Any, rejected: tuple[Rejected, ...]) -> Any:
    """Line numbers that count the rejected lines too."""
    if not rejected:
        return table
    line = table[LINE]
    for before, reject in enumerate(rejected):
        line = line + (table[LINE] + before >= reject.line).cast("int64") if before < 1000 else line
    return table.mutate(**{LINE: line})


def _parquet(backend: Any, path: Path, name: str) -> Raw:
    try:
        backend.raw_sql(
            f'CREATE OR REPLACE TEMP VIEW "{name}" AS SELECT * EXCLUDE file_row_number,'
            f" file_row_number + 2 AS {LINE} FROM read_parquet({_quote(str(path))}, file_row_number=true)"
        )
    except Exception as problem:
        cause = _first_line(problem).replace(str(path), path.name)
        raise SourceError(f"{path.name}: cannot be read as Parquet ({cause}); export it again") from None
    return Raw(backend.table(name), path.name, text=False)


def _json(backend: Any, path: Path, mapping: TableMapping, name: str) -> Raw:
    """Objects, in a list or one a line, each value as its text: a number keeps all its digits."""
    with tempfile.TemporaryDirectory() as scratch:
        file = _quote(str(_as_utf8(path, mapping.encoding, Path(scratch))))
        options = f"maximum_object_size={_LONGEST}"
        try:
            described = f"DESCRIBE SELECT * FROM read_json({file}, sample_size=-1, {options})"
            columns = [row[0] for row in backend.con.execute(described).fetchall()]
            rows = f"read_json({file}, columns={_struct(columns)}, {options})"
            query = f"SELECT *, row_number() OVER () AS {LINE} FROM {rows}"
            if columns != ["json"]:
                backend.raw_sql(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {query}')
        except Exception as problem:
            cause = _first_line(problem).replace(file[1:-1], path.name)
            raise SourceError(f"{path.name}: cannot be read as JSON ({cause}); export it again") from None
    if columns == ["json"]:
        raise DataError(f"{path.name}: holds no objects; export a list of objects, or one object a line")
    return Raw(backend.table(name), path.name)


def _xlsx(backend: Any, path: Path, name: str) -> Raw:
    """The first sheet; whole numbers without a decimal point, dates as ISO text."""
    import pyarrow as pa
    from python_calamine import CalamineWorkbook

    try:
        rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except Exception as problem:
        raise SourceError(f"{path.name}: cannot be read as XLSX ({_first_line(problem)}); export it again") from None
    if not rows or not any(str(c).strip() for c in rows[0]):
        raise DataError(f"{path.name} line 1: there are no column names; the first row must name the columns")
    header = unique(str(c).strip() for c in rows[0])
    columns = [[_cell(row[i]) if i < len(row) else None for row in rows[1:]] for i in range(len(header))]
    data = {h: pa.array(c, pa.string()) for h, c in zip(header, columns, strict=True)}
    data[LINE] = pa.array(range(2, len(rows) + 1), pa.int64())
    backend.create_table(name, pa.table(data), temp=True, overwrite=True)
    return Raw(backend.table(name), path.name)


def _cell(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def missing_column(raw: Raw, column: str, place: str) -> MappingError:
    """A column that the mapping names and the file lacks."""
    known = [c for c in raw.table.columns if c != LINE]
    return MappingError(f"{place}: {raw.name} has no column '{column}' ({nearest(column, known)})")


def _struct(columns: Sequence[str]) -> str:
    return "{" + ", ".join(f"{_quote(c)}: 'VARCHAR'" for c in columns) + "}"


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _first_line(problem: object) -> str:
    return str(problem).strip().splitlines()[0][:200] if str(problem).strip() else "unknown reason"
