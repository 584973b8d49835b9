"""A hand-kept file as it lies there: a row added or changed, all other bytes as they were, written in one step."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from alignment_lib.contract import CONTRACT
from alignment_lib.errors import AlignmentError, ParamsError
from alignment_lib.source.kept_files import Record, Sheet, parse
from alignment_lib.source.tables.account import spreadsheet_safe
from alignment_lib.source.tables.kept_values import written

MARK = b"\xef\xbb\xbf"
"""Of a new file: without it Excel takes UTF-8 for something else."""


@dataclass(frozen=True)
class Ledger:
    """A file's bytes and what is read from them."""

    table: str
    name: str
    data: bytes
    sheet: Sheet

    @property
    def key(self) -> str:
        return str(CONTRACT[self.table].key)

    @property
    def end(self) -> str:
        """How this file ends its lines."""
        head = self.sheet.head
        text = self.sheet.text.lines[head.line + head.span - 2] if head else ""
        return text[len(text.rstrip("\r\n")) :] or "\n"

    @property
    def lines(self) -> list[bytes]:
        """The physical lines, ends included, without the mark at the start."""
        body = self.data[len(self.sheet.text.mark) :]
        if self.sheet.text.encoding.startswith("utf-16"):
            found = [line.encode(self.sheet.text.encoding) for line in self.sheet.text.lines]
        else:
            found = re.findall(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", body)
        if b"".join(found) != body or len(found) != len(self.sheet.text.lines):
            raise ParamsError(f"{self.name}: holds text that cannot be kept as it is; save it again as CSV (UTF-8)")
        return found

    def find(self, key: str) -> Record | None:
        """The first row of a key."""
        place = self.sheet.place(self.key)
        rows = (r for r in self.sheet.records if place is not None and place < len(r.cells))
        return next((r for r in rows if written(r.cells[place or 0]) == key), None)

    def added(self, row: Mapping[str, str]) -> Ledger:
        """The file with one more row at its end."""
        if self.sheet.head is None:
            head = self._line(list(CONTRACT[self.table].columns), "\n")
            return self._with(self.sheet.text.mark + self._encoded(head)).added(row)
        ledger = self._widened(row)
        lines = ledger.lines
        if lines and not ledger.sheet.text.lines[-1].endswith(("\r", "\n")):
            lines[-1] += ledger._encoded(ledger.end)
        cells = ledger._cells([""] * len(ledger.sheet.names), row)
        return ledger._of([*lines, ledger._encoded(ledger._line(cells, ledger.end))])

    def changed(self, key: str, row: Mapping[str, str]) -> Ledger:
        """The file with some cells of the row of a key changed."""
        ledger = self._widened(row)
        record, lines = ledger.find(key), ledger.lines
        if record is None:
            raise ParamsError(f"{self.name}: has no row {key}")
        last = ledger.sheet.text.lines[record.line + record.span - 2]
        cells = list(record.cells) + [""] * (len(ledger.sheet.names) - len(record.cells))
        text = ledger._line(ledger._cells(cells, row), last[len(last.rstrip("\r\n")) :])
        lines[record.line - 1 : record.line - 1 + record.span] = [ledger._encoded(text)]
        return ledger._of(lines)

    def _cells(self, cells: list[str], row: Mapping[str, str]) -> list[str]:
        for column, value in row.items():
            place = self.sheet.place(column)
            if place is not None:
                cells[place] = spreadsheet_safe(value)
        return cells

    def _widened(self, row: Mapping[str, str]) -> Ledger:
        """With those columns added at the right that the row needs and the file lacks; rows that are none stay."""
        new = [column for column, value in row.items() if value and self.sheet.place(column) is None]
        head, old = self.sheet.head, len(self.sheet.names)
        if not new or head is None:
            return self
        texts, lines = self.sheet.text.lines, self.lines
        for record in (head, *self.sheet.records):
            at = record.line + record.span - 2
            body = texts[at].rstrip("\r\n")
            end = texts[at][len(body) :]
            whole = "".join(texts[record.line - 1 : at]) + body
            n = len(next(csv.reader([whole], delimiter=self.sheet.delimiter)))
            if record is head:
                body = body.rstrip(self.sheet.delimiter + " ") + "".join(self.sheet.delimiter + c for c in new)
            else:
                body += self.sheet.delimiter * max(0, old + len(new) - n)
            lines[at] = self._encoded(body + end)
        return self._of(lines)

    def _line(self, cells: list[str], end: str) -> str:
        out = io.StringIO()
        head = self.sheet.head
        quoted = head is not None and self.sheet.text.lines[head.line - 1].lstrip().startswith('"')
        style: Any = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
        csv.writer(out, delimiter=self.sheet.delimiter, lineterminator="", quoting=style).writerow(cells)
        return out.getvalue() + end

    def _encoded(self, text: str) -> bytes:
        try:
            return text.encode(self.sheet.text.encoding)
        except UnicodeEncodeError as problem:
            letter = text[problem.start]
            raise ParamsError(
                f"{self.name}: is in Windows's own alphabet, which lacks '{letter}'; save the file as CSV UTF-8, or"
                " write it without that letter"
            ) from None

    def _of(self, lines: list[bytes]) -> Ledger:
        return self._with(self.sheet.text.mark + b"".join(lines))

    def _with(self, data: bytes) -> Ledger:
        return replace(self, data=data, sheet=_sheet(data, self.name, self.table))


def open_ledger(path: Path, table: str, name: str) -> Ledger:
    """The file, or an empty one in its place.

    Raises
    ------
    ParamsError
        It cannot be read, or lacks a column without which no row counts.
    """
    try:
        data = path.read_bytes() if path.exists() else MARK
    except OSError as problem:
        raise ParamsError(f"{name}: cannot be opened ({problem.strerror}); see who may read it") from None
    sheet = _sheet(data, name, table)
    needed = [c for c, rule in CONTRACT[table].columns.items() if rule.required]
    lacking = [c for c in needed if sheet.head is not None and sheet.place(c) is None]
    if lacking:
        raise ParamsError(f"{name}: has no column '{lacking[0]}', without which no row can be read; add it")
    return Ledger(table, name, data, sheet)


def _sheet(data: bytes, name: str, table: str) -> Sheet:
    try:
        return parse(data, name, tuple(CONTRACT[table].columns))
    except AlignmentError as problem:
        raise ParamsError(str(problem)) from None


@contextlib.contextmanager
def locked(folder: Path, settings: str) -> Iterator[None]:
    """One at a time writes into a folder, which is made where it is not there yet; the settings say which it is."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / ".lock").open("a")
    except OSError as problem:
        raise ParamsError(f"{folder}: cannot be written ({problem.strerror}); see `kept` in {settings}") from None
    with file:
        with contextlib.suppress(ImportError, OSError):  # a system or a file system without locks
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write(path: Path, data: bytes) -> None:
    """Put a file's new bytes in the place of the old ones in one step; a kill leaves the one or the other."""
    path = path.resolve()  # a link stays one
    new = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        for left in path.parent.glob(f".{path.name}.*.tmp"):  # of somebody who was killed; the lock is ours
            left.unlink(missing_ok=True)
        with new.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, new)
        os.replace(new, path)
        _settle(path.parent)
    except OSError as problem:
        new.unlink(missing_ok=True)
        raise ParamsError(f"{path}: cannot be written ({problem.strerror}); nothing was recorded") from None


def _settle(folder: Path) -> None:
    """Make the renaming itself last; where a folder cannot be opened, the system sees to it."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
