"""Which columns hold days only: what a CRM writes as midnight, or as the instant of it, is a day and no instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from alignment_lib.contract import Kind
from alignment_lib.source.convert import prepared
from alignment_lib.source.moments import always_days, clocks
from alignment_lib.source.reading import Days, Reading

_FIRST_ROWS = 500
"""Rows that are looked at first; in most columns of instants one of them has a time of day."""


_INSTANTS = "a value has a time of day"


@dataclass(frozen=True)
class Asked:
    """A canonical column before its conversion."""

    raw: Any
    kind: Kind
    reading: Reading
    told: tuple[str, ...] = ()


def with_days(asked: Mapping[str, Asked], table: Any) -> dict[str, Asked]:
    """The columns, with days told from instants: by type and format, else by all of their values in the engine.

    All at 00:00:00, with a zone beside it or without, are days as they are written; all at instants that are the
    company's midnight are its days. A column of blanks is neither.
    """
    of_time = {n: one for n, one in asked.items() if one.kind in ("instant", "date") and not one.reading.form}
    certain = {name for name, one in of_time.items() if always_days(_prepared(one), one.reading)}
    found = dict.fromkeys(certain, Days.AS_WRITTEN)
    left = [name for name in of_time if name not in certain]
    for rows in (_FIRST_ROWS, None):
        seen = _seen({name: of_time[name] for name in left}, table, rows)
        left = [name for name in left if seen[name] is not _INSTANTS]
    found |= {name: days for name in left if isinstance(days := seen[name], Days)}
    return {n: replace(a, reading=replace(a.reading, days=found[n])) if n in found else a for n, a in asked.items()}


def _prepared(one: Asked) -> Any:
    return prepared(one.raw, one.kind, one.reading)


def _seen(columns: Mapping[str, Asked], table: Any, rows: int | None) -> dict[str, Days | str | None]:
    """What some rows of a table, or all, say of each column; None where they hold nothing that can be read."""
    if not columns:
        return {}
    clocked = [clocks(_prepared(one), one.reading) for one in columns.values()]
    chosen = table.select(
        **{f"{end}{i}": clock for i, pair in enumerate(clocked) for end, clock in zip("wl", pair, strict=True)}
    )
    chosen = chosen if rows is None else chosen.limit(rows)
    row = chosen.aggregate(**{name: chosen[name].max() for name in chosen.columns}).to_pandas().iloc[0]
    return {name: said_of(row[f"w{i}"], row[f"l{i}"]) for i, name in enumerate(columns)}


def said_of(written: Any, local: Any) -> Days | str | None:
    """What the latest time of day of a column says, as it is written and on the company's wall."""
    if written is None or written != written:
        return None
    return Days.AS_WRITTEN if not written else Days.LOCAL_MIDNIGHT if not local else _INSTANTS
