"""What people typed by hand: how a sentence quotes it, and where to write a table of it."""

from __future__ import annotations

import unicodedata
from pathlib import PurePath

from alignment_lib.facts import Facts

LONGEST = 140
"""Characters of typed text in a sentence; the whole of it stands in the card or table."""


_TURNING = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
"""Marks that turn the direction of the text around them, with which `gpj.exe` can be made to read `exe.jpg`."""
_GONE = ("Cc", "Cs", "Zl", "Zp")
"""Control characters, halves of characters, and ends of lines."""


def one_line(text: object) -> str:
    """Typed text as one line: ends of lines and control characters become blanks; every script stays as it is."""
    kept = (" " if unicodedata.category(c) in _GONE else c for c in str(text).translate(_TURNING))
    return " ".join("".join(kept).split())


def quoted(text: object) -> str:
    """Typed text in quotation marks, on one line, so that nobody takes its numbers for the report's."""
    words = one_line(text).replace("“", "‘").replace("”", "’")
    return f"“{words if len(words) <= LONGEST else words[: LONGEST - 1].rstrip() + '…'}”"


def where_to_write(facts: Facts, table: str, row: str) -> str:
    """The line of a block without its hand-kept table: the file to write, or what to map."""
    mapping = facts.run.params.mapping_file
    return f"Not in this data. To see it, write {row} into {kept_file(facts, table)}, or map {table} in {mapping}."


def kept_file(facts: Facts, table: str) -> str:
    """The file of a table kept by hand, beside the settings, as the user knows it: `kept/mycrm/wins.csv`."""
    params = facts.run.params
    kept = PurePath(params.folder).parent / params.company.kept / params.mapping.name
    return (kept / f"{table}.csv").as_posix()
