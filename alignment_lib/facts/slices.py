"""A slice of the facts: the rows in which one dimension has one value."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from alignment_lib.errors import ParamsError, quoted
from alignment_lib.params.files import nearest
from alignment_lib.params.period import iso
from alignment_lib.params.run import Run


def known_slice(run: Run, tables: list[Any]) -> None:
    """A slice that nothing falls into is a misspelling, not a week without leads."""
    if run.params.slice is None:
        return
    name, value = run.params.slice
    values = sorted({v for t in tables for v in t.select(name).distinct().to_pandas()[name] if isinstance(v, str)})
    if value not in values:
        hint = nearest(value, values if len(values) <= 20 else get_close_matches(value, values, n=20))
        raise ParamsError(
            f"slice {quoted(f'{name}={value}')}: no lead or deal by {iso(run.as_of)} has that {name} ({hint})"
        )


def sliced(table: Any, run: Run) -> Any:
    if table is None or run.params.slice is None:
        return table
    name, value = run.params.slice
    return table.filter(table[name] == value)
