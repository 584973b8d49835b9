"""How a column of text is written, looked at once: where all of it is plain, its conversion is a short query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from alignment_lib.source.convert import prepared, value_of
from alignment_lib.source.days import Asked, said_of
from alignment_lib.source.moments import always_days, clocks
from alignment_lib.source.reading import Days, Form, Reading

_TIME, _NUMBERS = ("instant", "date"), ("money", "number", "integer")


def looked_at(asked: Mapping[str, Asked], table: Any) -> dict[str, Asked]:
    """The columns, those that are written plainly marked as such, with days told from instants.

    Plain is a wall clock without a zone, an instant in UTC (`Z`), a number with the declared marks and nothing beside
    it: whatever any value is more than that, the column is read with everything that strangers write.
    """
    tried = {c: forms for c, one in asked.items() if (forms := _forms(one))}
    if not tried:
        return dict(asked)
    parts: dict[str, Any] = {}
    for column, forms in tried.items():
        one = asked[column]
        parts[f"{column}_n"] = prepared(one.raw, one.kind, one.reading).count()
        for form in forms:
            parts |= _counted(one, form, f"{column}_{form}")
    row = table.aggregate(**{name: part.name(name) for name, part in parts.items()}).to_pandas().iloc[0].to_dict()
    return {c: _settled(one, c, tried.get(c, ()), row) for c, one in asked.items()}


def _forms(one: Asked) -> tuple[Form, ...]:
    """The forms that a column may have; none where there is nothing to look at."""
    reading = one.reading
    if reading.engine != "duckdb" or reading.mapping.value is not None:
        return ()
    if not prepared(one.raw, one.kind, reading).type().is_string():
        return ()
    if one.kind in _NUMBERS:
        return ("plain",)
    if one.kind not in _TIME or reading.format in ("epoch_s", "epoch_ms", "excel"):
        return ()
    return ("plain", "utc") if reading.format == "iso" else ("plain",)


def _as(reading: Reading, form: Form) -> Reading:
    return replace(reading, form=form)


def _counted(one: Asked, form: Form, name: str) -> dict[str, Any]:
    """How many values a form reads, and of times whether any has a time of day."""
    reading = _as(one.reading, form)
    text = prepared(one.raw, one.kind, reading)
    parts = {name: value_of(text, one.kind, reading).count()}
    if one.kind in _TIME and not always_days(text, reading):
        written, local = clocks(text, reading)
        parts |= {f"{name}_w": written.max(), f"{name}_l": local.max()}
    return parts


def _settled(one: Asked, column: str, forms: tuple[Form, ...], row: Mapping[str, Any]) -> Asked:
    n = row.get(f"{column}_n")
    fits = [form for form in forms if n and row[f"{column}_{form}"] == n]
    if not fits:
        return one
    reading = _as(one.reading, fits[0])
    name = f"{column}_{fits[0]}"
    if f"{name}_w" in row:
        days = said_of(row[f"{name}_w"], row[f"{name}_l"])
        reading = replace(reading, days=days if isinstance(days, Days) else None)
    elif one.kind in _TIME:
        reading = replace(reading, days=Days.AS_WRITTEN)
    return replace(one, reading=reading)
