"""Where the head of a table is: the row that names the columns, which may stand below titles and blank lines."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from alignment_lib.errors import quoted

_LOOKED_AT = 30
"""Rows among which the head is looked for."""
_VALUE = re.compile(r"[\s\d.,:/+-]*\d[\s\d.,:/+TZ-]*")
_SEP = re.compile(r'\ufeff?"?sep=([^\r\n])"?[,;\t]*', re.IGNORECASE)
"""How Excel is told the delimiter, in the first line."""


@dataclass(frozen=True)
class Head:
    """The head of a CSV: the line it begins on (the file's first is 1), how many it spans, its cells, what is above."""

    line: int
    span: int
    cells: tuple[str, ...]
    delimiter: str
    above: str = ""


@dataclass(frozen=True)
class _Record:
    line: int
    span: int
    cells: tuple[str, ...]


def place(rows: Sequence[Sequence[str]], wanted: Collection[str]) -> int:
    """The index of the head among the first rows of a table.

    It is the first of those in which most of the `wanted` columns are named. Where none is, it is the first row that
    fills half as many cells as any other, or more, with names: a number or a day is none.
    """
    known = [len(set(wanted) & {c.strip() for c in row}) for row in rows]
    if any(known):
        return known.index(max(known))
    filled = [sum(bool(c.strip()) for c in row) for row in rows]
    names = (i for i, row in enumerate(rows) if 2 * filled[i] >= max(filled) and not any(map(_VALUE.fullmatch, row)))
    return next(names, 0)


def find(text: str, delimiter: str | None, wanted: Collection[str]) -> Head:
    """The head of a CSV, under the delimiter with which most of the wanted columns are found in it.

    Parameters
    ----------
    text
        The beginning of the file.
    delimiter
        As the mapping declares it; None: as the file's first line says (`sep=;`), else it is looked for.
    """
    said = _SEP.fullmatch(text.partition("\n")[0].rstrip("\r"))
    if said:
        delimiter = delimiter or said[1]
    tried = [_head(text, d, wanted, 1 if said else 0) for d in ([delimiter] if delimiter else [",", ";", "\t", "|"])]
    return max(tried, key=lambda h: (len(set(wanted) & set(h.cells)), len(h.cells)))


def _head(text: str, delimiter: str, wanted: Collection[str], skipped: int) -> Head:
    rows = [r for r in _records(text, delimiter) if r.line > skipped]
    if not rows:
        return Head(1, 1, (), delimiter)
    index = place([r.cells for r in rows], wanted)
    above = next((c.strip() for r in rows[:index] for c in r.cells if c.strip()), "")
    return Head(rows[index].line, rows[index].span, tuple(c.strip() for c in rows[index].cells), delimiter, above)


def _records(text: str, delimiter: str) -> Iterator[_Record]:
    """The first records, whichever way their lines end; none after one that cannot be read."""
    rows, begins = csv.reader(io.StringIO(text, newline=None), delimiter=delimiter), 1
    try:
        for row, _ in zip(rows, range(_LOOKED_AT), strict=False):
            yield _Record(begins, rows.line_num + 1 - begins, tuple(row))
            begins = rows.line_num + 1
    except csv.Error:
        return


def told(name: str, line: int, above: str) -> tuple[str, ...]:
    """That the head is not the first line; nothing where nothing stands above it."""
    if not above:
        return ()
    left = "line 1 is" if line == 2 else f"lines 1 to {line - 1} are"
    return (f"{name}: line {line} names the columns; {left} not read ({quoted(above)})",)
