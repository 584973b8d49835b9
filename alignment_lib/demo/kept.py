"""Tables that people keep by hand: rows of text, shown as far as they were written by the day of the export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from alignment_lib.demo import columns as col

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Kept:
    """A hand-kept table: `written` names the column with the day of a row, `later` those that are filled in later.

    `later` maps a column of days to the columns that are blank, with it, until that day. Rows are written `ahead_days`
    before their day (plans).
    """

    headings: tuple[str, ...]
    rows: Sequence[Row]
    written: str | None
    later: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ahead_days: int = 0


def kept_table(kept: Kept, until: date) -> pa.Table:
    """Show a hand-kept table as of a day; types follow from all rows, so that they are the same on every day."""
    rows = [row for row in kept.rows if _is_written(kept, row, until)]
    shown = [_as_of(kept, row, until) for row in rows]
    return col.table({
        heading: col.text([row[place] for row in shown], _kind([row[place] for row in kept.rows]))
        for place, heading in enumerate(kept.headings)
    })  # fmt: skip


def _is_written(kept: Kept, row: Row, until: date) -> bool:
    if kept.written is None:
        return True
    day: date = row[kept.headings.index(kept.written)]
    return day <= until + timedelta(days=kept.ahead_days)


def _as_of(kept: Kept, row: Row, until: date) -> list[Any]:
    values = list(row)
    for heading, dependents in kept.later.items():
        day = row[kept.headings.index(heading)]
        if day is not None and day > until:
            for name in (heading, *dependents):
                values[kept.headings.index(name)] = None
    return values


def _kind(values: Sequence[Any]) -> pa.DataType:
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, date) for value in known):
        return pa.date32()
    if known and all(isinstance(value, bool) for value in known):
        return pa.bool_()
    if known and all(isinstance(value, int | float) for value in known):
        return pa.float64()
    return pa.string()
