"""Which columns hold days only: what a CRM writes as midnight, or as the instant of it, is a day and no instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from alignment_lib.contract import Kind
from alignment_lib.source.convert import prepared
from alignment_lib.source.moments import always_days, clocks, said
from alignment_lib.source.reading import Days, Reading

DAYS = 0.95
"""The share of values without a time of day from which on a column holds days.

By chance one minute of 1,440 is midnight; and hours that one value in twenty tells say nothing of the others.
"""

LEAST = 20
"""Values from which on a share of midnights among times of day says anything."""
_PART = 12
"""One in so many rows is looked at first: enough for a column of instants to show that it is none of days."""


@dataclass(frozen=True)
class Asked:
    """A canonical column before its conversion."""

    raw: Any
    kind: Kind
    reading: Reading
    told: tuple[str, ...] = ()


def with_days(asked: Mapping[str, Asked], table: Any) -> dict[str, Asked]:
    """The columns, with days told from instants: by type and format, else by all of their values in the engine.

    Nearly all at 00:00:00, with a zone beside it or without, are days as they are written; nearly all at instants that
    are the company's midnight are its days. A column of blanks is neither.
    """
    of_time = {n: one for n, one in asked.items() if one.kind in ("instant", "date") and not one.reading.form}
    found = {
        n: _of_days(one, Days.AS_WRITTEN) for n, one in of_time.items() if always_days(_prepared(one), one.reading)
    }
    left = _undecided({n: one for n, one in of_time.items() if n not in found}, table)
    found |= {n: with_clocks(left[n], *counts) for n, counts in _counted(left, table).items()}
    return {**asked, **found}


def _prepared(one: Asked) -> Any:
    return prepared(one.raw, one.kind, one.reading)


def _undecided(columns: Mapping[str, Asked], table: Any) -> dict[str, Asked]:
    """The columns of which the first rows do not show enough times of day for instants, or show midnights among them.

    A time that is no quarter of an hour is a midnight nowhere, whichever offset a zone has: there is none to work out.
    """
    if not columns:
        return {}
    filled = _sums({name: one.raw.notnull() for name, one in columns.items()}, table)
    walls = {name: said(_prepared(one), one.reading).wall for name, one in columns.items()}
    rows = max(500, table.count().to_pandas() // _PART)
    first = {f"{name} t": wall.epoch_seconds() % 900 != 0 for name, wall in walls.items()}
    first |= {f"{name} m": wall.epoch_seconds() % 86_400 == 0 for name, wall in walls.items()}
    seen, few = _sums(first, table, rows), {name: (1 - DAYS) * n for name, n in filled.items()}
    timed = [n for n in columns if seen[f"{n} t"] > few[n] and seen[f"{n} m"] <= (1 - DAYS) * seen[f"{n} t"]]
    return {name: one for name, one in columns.items() if name not in timed}


def _sums(conditions: Mapping[str, Any], table: Any, rows: int | None = None) -> dict[str, int]:
    """How often each holds, in all rows or the first."""
    chosen = table.select(**{name: condition.ifelse(1, 0) for name, condition in conditions.items()})
    chosen = chosen if rows is None else chosen.limit(rows)
    row = chosen.aggregate(**{name: chosen[name].sum().fill_null(0) for name in chosen.columns}).to_pandas().iloc[0]
    return {name: int(row[name]) for name in conditions}


def _counted(columns: Mapping[str, Asked], table: Any) -> dict[str, tuple[int, int, int]]:
    """Values, and how many of them have a time of day as written and on the company's wall."""
    parts: dict[str, Any] = {}
    for name, one in columns.items():
        written, local = clocks(_prepared(one), one.reading)
        parts |= {f"{name} n": written.notnull(), f"{name} w": written == 1, f"{name} l": local == 1}
    found = _sums(parts, table) if parts else {}
    return {name: (found[f"{name} n"], found[f"{name} w"], found[f"{name} l"]) for name in columns}


def with_clocks(one: Asked, n: int, written: int, local: int) -> Asked:
    """The column as days or not, by how many of its `n` values have a time: as written, on the company's wall."""
    if not n:
        return one
    for days, timed in ((Days.AS_WRITTEN, written), (Days.LOCAL_MIDNIGHT, local)):
        if n - timed >= DAYS * n:
            return _of_days(one, days, timed, n)
    midnights, few = n - min(written, local), (1 - DAYS) * n
    if one.kind != "instant" or n < LEAST or midnights <= few:
        return one
    one = replace(one, reading=replace(one.reading, midnights=midnights))
    if n - local > few:  # they fall on the company's own days, whatever they are
        return one
    text = f"{one.reading.place}: {midnights} of {n} values stand at midnight, which few events do by chance: days"
    text += " among times, each counted as the instant that it says; map a column that holds one or the other"
    return replace(one, told=(*one.told, text))


def _of_days(one: Asked, days: Days, timed: int = 0, n: int = 0) -> Asked:
    told = (_told(one, timed, n),) if timed and one.kind == "instant" else ()
    return replace(one, reading=replace(one.reading, days=days, timed=timed), told=one.told + told)


def _told(one: Asked, timed: int, n: int) -> str:
    has, it = ("has", "it counts as its day") if timed == 1 else ("have", "they count as their days")
    text = f"{one.reading.place}: {timed} of {n} values {has} a time of day, the others are days; {it}, and no hours"
    return f"{text} are told of that column; map one with times for them"
