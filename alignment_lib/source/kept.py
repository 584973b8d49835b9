"""Where the rows of a hand-kept table come from: the source as its mapping says, and the kept folder."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alignment_lib.contract import CONTRACT, KEPT
from alignment_lib.errors import MappingError, quoted
from alignment_lib.params.files import nearest
from alignment_lib.params.mapping import ColumnMapping, TableMapping
from alignment_lib.source.files import LINE, Raw, Rejected
from alignment_lib.source.kept_files import Sheet, plain, read_sheet

TEXT_FILES = (".csv", ".tsv", ".txt")


@dataclass(frozen=True)
class Place:
    """Rows of a hand-kept table in one place, by canonical column, as they are written there."""

    table: str
    file: str
    lines: tuple[int | None, ...]
    cells: Mapping[str, Sequence[Any]]
    rules: Mapping[str, ColumnMapping]
    excluded: tuple[bool, ...] = ()
    """Rows that the mapping's `where` takes out; none where empty."""
    rejected: tuple[Rejected, ...] = ()
    short: tuple[int, ...] = ()
    """Lines that have fewer cells than the head."""
    remarks: tuple[str, ...] = ()
    """What is odd about the file itself."""
    keep_last: bool = False
    """Whether the last of several rows of a key is the one that counts."""
    dotted: bool = True
    """Whether a decimal point is the plain one: cells are parted by commas, or the mapping declares the marks."""
    in_folder: bool = False


@dataclass(frozen=True)
class KeptFolder:
    """The kept folder's files: by table, and what is odd about the others."""

    path: Path
    files: Mapping[str, Path] = field(default_factory=dict)
    remarks: Mapping[str, str] = field(default_factory=dict)
    """By table (empty: none), a sentence."""

    def name(self, table: str) -> str:
        """The file as the user knows it: kept/mycrm/decisions.csv."""
        file = self.files.get(table)
        return shown(self.path, file.name if file else f"{table}.csv")


def shown(folder: Path, name: str = "") -> str:
    """A place in the kept folder, from the folder of all sources on."""
    return "/".join(filter(None, [folder.parent.name, folder.name, name]))


def look(folder: str) -> KeptFolder:
    """What the kept folder holds; a folder that is not there holds nothing."""
    path = Path(folder)
    try:
        found = sorted(p for p in path.iterdir() if not p.name.startswith((".", "~"))) if folder else []
    except FileNotFoundError:
        found = []
    except OSError as problem:
        return KeptFolder(path, {}, {"": f"{shown(path)}: cannot be opened as a folder ({problem.strerror})"})
    names, files, remarks = {plain(k): k for k in KEPT}, dict[str, Path](), dict[str, str]()
    for file in sorted(found, key=lambda p: (p.stem not in KEPT, p.name)):
        place, table = shown(path, file.name), names.get(plain(file.stem))
        if plain(file.stem) == "mailevents" and not file.is_dir():
            remarks[place] = (
                f"{place} is not read; lay what a mail service told into the folder {shown(path)}/mail_events"
            )
        elif table is None:
            if file.suffix.lower() in (*TEXT_FILES, ".xlsx", ".xls", ".ods"):
                remarks[place] = f"{place} is no table kept by hand ({nearest(file.stem, KEPT)}); it is not read"
        elif file.suffix.lower() != ".csv":
            remarks[place] = f"{place} is not read; save it as CSV, under the name {table}.csv"
        elif table in files:
            remarks[place] = f"{place} is not read, as {files[table].name} holds that table; join the two"
        else:
            files[table] = file
    return KeptFolder(path, files, remarks)


def fingerprint(path: Path) -> tuple[int, Future[str]]:
    """Size and hash of a small file."""
    done, data = Future[str](), path.read_bytes()
    done.set_result(hashlib.sha256(data).hexdigest())
    return len(data), done


def from_folder(table: str, path: Path, name: str) -> Place:
    """A file of the kept folder: its heads are the canonical names.

    Raises
    ------
    MappingError, SourceError, DataError
        A required column is missing, or it cannot be read.
    """
    columns = CONTRACT[table].columns
    rules = {column: ColumnMapping(column=column) for column in columns}
    sheet = read_sheet(path, name, tuple(columns))
    wanted = {column: column for column in columns}
    return _from_sheet(table, sheet, rules, wanted, _misspelt(sheet, columns), in_folder=True)


def _misspelt(sheet: Sheet, columns: Mapping[str, Any]) -> tuple[str, ...]:
    """Headings that are nearly one of ours; all others are the user's own and no concern of this report."""
    lacking = [c for c in columns if sheet.place(c) is None]
    known, told = {plain(c) for c in columns}, []
    for head in sheet.names:
        hint = nearest(head.replace(" ", "_"), lacking) if head and plain(head) not in known and lacking else ""
        if hint.startswith("did you mean"):
            told.append(f"{sheet.name}: column {quoted(head)} is not read ({hint})")
    return tuple(told)


def from_file(table: str, path: Path, mapping: TableMapping, source: Any) -> Place:
    """A CSV of the export, as the mapping says; SQL of the mapping is asked of the engine."""
    wanted = {c: rule.column for c, rule in mapping.columns.items() if rule.column is not None}
    sheet = read_sheet(path, path.name, list(wanted.values()), delimiter=mapping.delimiter, encoding=mapping.encoding)
    if mapping.where or any(rule.sql for rule in mapping.columns.values()):
        return from_engine(table, _held(table, sheet, source), mapping, source, rejected=sheet.rejected)
    return _from_sheet(table, sheet, mapping.columns, wanted, (), keep_last=mapping.duplicates == "last")


def _from_sheet(
    table: str,
    sheet: Sheet,
    rules: Mapping[str, ColumnMapping],
    wanted: Mapping[str, str],
    remarks: tuple[str, ...],
    *,
    in_folder: bool = False,
    keep_last: bool = False,
) -> Place:
    cells, told = dict[str, Sequence[Any]](), [*sheet.told, *remarks]
    if sheet.head is not None:
        for column, rule in rules.items():
            place = sheet.place(wanted[column]) if column in wanted else None
            if place is not None:
                cells[column] = [r.cells[place] if place < len(r.cells) else None for r in sheet.records]
            elif column not in wanted:
                cells[column] = [rule.value] * len(sheet.records)
            else:
                told += _lacking(table, column, wanted[column], sheet.name, sheet.names, quiet=in_folder)
    return Place(
        table,
        sheet.name,
        tuple(r.line for r in sheet.records),
        cells if sheet.head is not None else dict.fromkeys(rules, ()),
        rules,
        rejected=sheet.rejected,
        short=sheet.short,
        remarks=tuple(told),
        keep_last=keep_last,
        dotted=sheet.delimiter == "," or not in_folder,
        in_folder=in_folder,
    )


def _lacking(table: str, column: str, named: str, file: str, heads: Sequence[str], *, quiet: bool) -> list[str]:
    """What a missing column means: the end of this table where it is required, else a blank."""
    hint = nearest(named, [h for h in heads if h])
    if CONTRACT[table].columns[column].required:
        raise MappingError(f"{file}: has no column {quoted(named)} ({hint}), without which no row can be read; add it")
    return [] if quiet else [f"{file}: has no column {quoted(named)} ({hint}); {column} is left blank"]


def _held(table: str, sheet: Sheet, source: Any) -> Raw:
    """The sheet's rows as text in the engine, under the file's own headings."""
    import pyarrow as pa

    from alignment_lib.source.files import unique

    data = {}
    for place, name in enumerate(unique(sheet.names)):
        cells = [r.cells[place] if place < len(r.cells) else None for r in sheet.records]
        data[name] = pa.array([c or None for c in cells], pa.string())
    data[LINE] = pa.array([r.line for r in sheet.records], pa.int64())
    return Raw(source.hold(data, f"kept_{table}"), sheet.name)


def from_engine(
    table: str, raw: Raw, mapping: TableMapping, source: Any, *, rejected: tuple[Rejected, ...] = ()
) -> Place:
    """Rows that the engine holds, with the engine's own types."""
    told, rules = list[str](), dict(mapping.columns)
    for column, rule in mapping.columns.items():
        if rule.column is not None and rule.column not in raw.table.columns:
            heads = [c for c in raw.table.columns if c != LINE]
            told += _lacking(table, column, rule.column, raw.name, heads, quiet=False)
            del rules[column]
    found = source.rows(raw, rules, mapping, table)
    kept, lines = found.pop("_kept", None), found.pop(LINE)
    return Place(
        table,
        raw.name,
        tuple(lines),
        found,
        rules,
        excluded=tuple(not k for k in kept) if kept else (),
        rejected=rejected or raw.rejected,
        remarks=tuple(told),
        keep_last=mapping.duplicates == "last",
    )
