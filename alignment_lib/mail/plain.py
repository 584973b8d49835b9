"""The plain-text part: lines that fit, tables that align, in the columns that letters really take."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from alignment_lib.mail import safe
from alignment_lib.mail.letter import Figure, Grid

WIDTH = 76
"""Columns of a line; mail programs quote and indent, and terminals have eighty."""
GAP = 2
"""Columns between those of a table."""
_FIXED = "\u00a0"
"""Keeps `85 %` on one line until the lines are made."""


def columns(text: str) -> int:
    """Columns that a text takes: two for a wide letter, none for a mark above another."""
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def wrap(text: str, indent: str = "", first: str | None = None) -> str:
    """The text in lines of at most `WIDTH` columns.

    Parameters
    ----------
    indent, first : str
        What every line, and the first one instead, begins with.
    """
    lines, line, empty = [], indent if first is None else first, True
    for word in _words(text, WIDTH - columns(indent)):
        if not empty and columns(line) + 1 + columns(word) > WIDTH:
            lines.append(line)
            line, empty = indent, True
        line, empty = (line + word if empty else f"{line} {word}"), False
    return "\n".join([*lines, line]).rstrip()


def heading(text: str, rule: str = "-") -> str:
    """A heading with a line below it."""
    told = wrap(text)
    return f"{told}\n{rule * max(columns(line) for line in told.splitlines() or [''])}"


def _words(text: str, room: int) -> Iterator[str]:
    """Words of a text; one of a script without blanks is cut where a line ends, an address never."""
    for word in re.split(r"[^\S\u00a0]+", safe.body(text).strip()):
        wide = any(unicodedata.east_asian_width(c) in "WF" for c in word)
        yield from _cut(word, room) if wide and columns(word) > room else [word]


def _cut(word: str, room: int) -> Iterator[str]:
    piece = ""
    for letter in word:
        if columns(piece + letter) > room:
            yield piece
            piece = ""
        piece += letter
    yield piece


def tidy(text: str) -> str:
    """Lines without ends of blanks, at most one empty line between them, ordinary blanks throughout."""
    lines = (line.rstrip() for line in text.replace(_FIXED, " ").splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def aside(figure: Figure) -> str:
    """What stands behind a number: its note and its status in words."""
    told = "; ".join(filter(None, (figure.note, figure.status_word)))
    return f" ({told})" if told else ""


def table(grid: Grid) -> str:
    """A table whose columns align where it fits into a line, otherwise a few labelled lines for each row."""
    cells = [[" ".join(safe.body(cell).split(" ")) for cell in row] for row in (grid.heads, *grid.rows)]
    widths = [max(columns(cell) for cell in column) for column in zip(*cells, strict=True)]
    fits = sum(widths) + GAP * (len(widths) - 1) <= WIDTH and not any("\n" in cell for row in cells for cell in row)
    return _aligned(grid, cells, widths) if fits else _labelled(grid)


def _aligned(grid: Grid, cells: Sequence[Sequence[str]], widths: Sequence[int]) -> str:
    told = [_row(row, widths, grid.numeric) for row in cells]
    told.insert(1, (" " * GAP).join("-" * width for width in widths))
    for place, address in enumerate(_links(grid)):
        told[place + 2] += f"\n  {address}" if address else ""
    return "\n".join(told)


def _row(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[int]) -> str:
    room = [" " * (width - columns(cell)) for cell, width in zip(cells, widths, strict=True)]
    told = [
        gap + cell if place in numeric else cell + gap
        for place, (cell, gap) in enumerate(zip(cells, room, strict=True))
    ]
    return (" " * GAP).join(told).rstrip()


def _labelled(grid: Grid) -> str:
    told = []
    for row, address in zip(grid.rows, _links(grid), strict=True):
        lines = [wrap(row[0], "  ", "* ")]
        lines += [
            wrap(f"{head}: {cell}", "    ", "  ") for head, cell in zip(grid.heads[1:], row[1:], strict=True) if cell
        ]
        told.append("\n".join([*lines, *([f"  {address}"] if address else [])]))
    return "\n".join(told)


def _links(grid: Grid) -> list[str]:
    return [safe.link(address) for address in grid.links] or [""] * len(grid.rows)
