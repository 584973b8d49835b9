"""What people typed by hand: how a sentence quotes it, and where to write a table of it."""

from __future__ import annotations

from pathlib import PurePath

from alignment_lib.metrics import Facts

LONGEST = 140
"""Characters of typed text in a sentence; the whole of it stands in the card or table."""


def quoted(text: object) -> str:
    """Typed text in quotation marks, on one line, so that nobody takes its numbers for the report's."""
    words = " ".join(str(text).replace("“", "‘").replace("”", "’").split())
    return f"“{words if len(words) <= LONGEST else words[: LONGEST - 1].rstrip() + '…'}”"


def where_to_write(facts: Facts, table: str, row: str) -> str:
    """The line of a block without its hand-kept table: the file to write, or what to map."""
    params = facts.run.params
    file = (PurePath(params.company.kept) / params.mapping.name / f"{table}.csv").as_posix()
    return f"Not in this data. To see it, write {row} into {file}, or map {table} in {params.mapping_file}."
