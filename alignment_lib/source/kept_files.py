"""Read the CSV that people keep by hand: any dialect, each row with its line, a bad one by itself."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from alignment_lib.errors import DataError, SourceError
from alignment_lib.source.files import Rejected

DELIMITERS = (",", ";", "\t", "|")
MANY, UNCLOSED, QUOTE = "more cells than the head", "a quote is opened and not closed", "a quote in the wrong place"
_MARKS = (
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_LONGEST = 200
"""Lines that a quoted cell may span; further down a closing quote belongs to another row."""


@dataclass(frozen=True)
class Record:
    """A row: the line it begins on (the file's first is 1), how many lines it spans, and its cells."""

    line: int
    span: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Text:
    """A file's text in physical lines, ends included, and how it is written."""

    lines: tuple[str, ...]
    encoding: str
    mark: bytes = b""
    nul: bool = False
    """Whether NUL bytes were left out of it."""


@dataclass(frozen=True)
class Sheet:
    """A table as people keep it. Blank lines are no rows; `short` are rows whose last cells are left out."""

    name: str
    text: Text
    delimiter: str = ","
    head: Record | None = None
    records: tuple[Record, ...] = ()
    rejected: tuple[Rejected, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The head's cells."""
        return self.head.cells if self.head else ()

    @property
    def short(self) -> tuple[int, ...]:
        return tuple(r.line for r in self.records if len(r.cells) < len(self.names))

    @property
    def told(self) -> tuple[str, ...]:
        """What was mended when it was read, a sentence each."""
        return (f"{self.name}: NUL bytes were left out of its text; save it again",) if self.text.nul else ()

    def place(self, name: str) -> int | None:
        """Where a column is: under its own name, else under one that differs in case, blanks and dashes only."""
        if name in self.names:
            return self.names.index(name)
        return next((i for i, cell in enumerate(self.names) if plain(cell) == plain(name)), None)


def plain(name: str) -> str:
    """A heading without what people write differently: `Decision ID` is `decision_id`."""
    return re.sub(r"[\W_]+", "", name).casefold()


def read_sheet(
    path: Path, name: str, known: Sequence[str], *, delimiter: str | None = None, encoding: str | None = None
) -> Sheet:
    """Read one file.

    Parameters
    ----------
    known
        Headings that are looked for; the delimiter is the one under which most of them are found.

    Raises
    ------
    SourceError, DataError
        It cannot be opened, or is no text.
    """
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise SourceError(f"{name}: cannot be opened ({problem.strerror}); see who may read it") from None
    return parse(data, name, known, delimiter=delimiter, encoding=encoding)


def parse(
    data: bytes, name: str, known: Sequence[str], *, delimiter: str | None = None, encoding: str | None = None
) -> Sheet:
    """The same, of a file's bytes."""
    text = decode(data, name, encoding)
    first = next((i for i, line in enumerate(text.lines) if line.strip()), None)
    if first is None:
        return Sheet(name, text)
    told = re.fullmatch(r"sep=(.)\s*", text.lines[first], re.IGNORECASE)
    if told:  # Excel's own way to say it
        delimiter, first = told[1], first + 1
    heads = {d: _head(text.lines, first, d) for d in ([delimiter] if delimiter else DELIMITERS)}
    wanted = {plain(k) for k in known}
    best = max(heads, key=lambda d: (len(wanted & {plain(c) for c in heads[d].cells}), len(heads[d].cells)))
    head, rows, rejected = heads[best], [], []
    for found in _records(text.lines, first + head.span, best, len(head.cells)):
        if isinstance(found, Rejected):
            rejected.append(found)
        elif any(found.cells):
            rows.append(found)
    return Sheet(name, text, best, head, tuple(rows), tuple(rejected))


def decode(data: bytes, name: str, declared: str | None = None) -> Text:
    """The text, by its mark, as declared, as UTF-8, else line by line as UTF-8 or Windows's own (cp1252)."""
    if data.startswith(_WORKBOOKS):
        raise DataError(f"{name}: this is a workbook, not CSV; save it as CSV")
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _text(data[len(mark) :].decode(encoding, "replace"), encoding, mark)
    zeros = data[0::2].count(0), data[1::2].count(0)
    if 0 < max(zeros) <= len(data) // 16:  # far from every other byte: fallen into a text of single bytes
        return replace(decode(data.replace(b"\0", b""), name, declared), nul=True)
    if any(zeros):
        encoding = "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"
        text = data.decode(encoding, "replace")
        if "\0" in text or "\ufffd" in text:
            raise DataError(f"{name}: this is no text; save it as CSV")
        return _text(text, encoding)
    for wanted in (declared or "utf-8", "utf-8"):
        try:
            return _text(data.decode(wanted), wanted)
        except UnicodeDecodeError:
            continue
    return _text("\n".join(_line(line) for line in data.split(b"\n")), "cp1252")


def _text(text: str, encoding: str, mark: bytes = b"") -> Text:
    return Text(tuple(re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)), encoding, mark)


def _line(line: bytes) -> str:
    for encoding in ("utf-8", "cp1252"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return line.decode("latin-1")


def _head(lines: Sequence[str], first: int, delimiter: str) -> Record:
    """The head under one delimiter; trailing empty cells are none of its columns."""
    if first >= len(lines):
        return Record(first + 1, 1, ())
    found = _record(lines, first, delimiter, None)
    cells = [c.strip() for c in found.cells] if isinstance(found, Record) else [lines[first].strip()]
    while cells and not cells[-1]:
        cells.pop()
    return Record(first + 1, found.span if isinstance(found, Record) else 1, tuple(cells))


def _records(lines: Sequence[str], place: int, delimiter: str, width: int) -> Iterator[Record | Rejected]:
    while place < len(lines):
        found = _record(lines, place, delimiter, width)
        if isinstance(found, Record):
            cells = [c.strip() for c in found.cells]
            if any(cells[width:]):
                yield Rejected(found.line, _shown(lines[place]), MANY)
            else:
                yield Record(found.line, found.span, tuple(cells[:width]))
        else:
            yield found
        place += found.span if isinstance(found, Record) else 1


def _record(lines: Sequence[str], place: int, delimiter: str, width: int | None) -> Record | Rejected:
    """The row that begins on a line; over several lines only where it then has exactly the head's cells."""
    if '"' not in lines[place]:
        return Record(place + 1, 1, tuple(lines[place].rstrip("\r\n").split(delimiter)))
    text = ""
    for end in range(place, min(place + _LONGEST, len(lines))):
        text += lines[end]
        try:
            cells = next(csv.reader([text], delimiter=delimiter, strict=True))
        except csv.Error as problem:
            if "unexpected end" in str(problem):
                continue
            return Rejected(place + 1, _shown(lines[place]), QUOTE if end == place else UNCLOSED)
        if end > place and width is not None and (len(cells) < width or any(cells[width:])):
            break
        return Record(place + 1, end - place + 1, tuple(cells))
    return Rejected(place + 1, _shown(lines[place]), UNCLOSED)


def _shown(line: str) -> str:
    return line.strip("\r\n")[:500]
