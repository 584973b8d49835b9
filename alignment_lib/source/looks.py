"""How a column of text is written, looked at once: where all of it is plain, its conversion is a short query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from alignment_lib.source.convert import prepared, value_of
from alignment_lib.source.days import Asked, with_clocks
from alignment_lib.source.moments import always_days, clocks, said
from alignment_lib.source.reading import Days, Form, Reading
from alignment_lib.source.typed import FIRST_YEAR
from alignment_lib.source.zones import Years

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
    fits = {c: form for c, forms in tried.items() for form in forms[::-1] if _fits(row, c, form)}
    seen = [int(y) for c, form in fits.items() for end in "yz" if (y := row.get(f"{c}_{form}_{end}")) and y == y]
    years = (min(seen), max(seen)) if seen else None
    return {c: _settled(one, c, fits[c], row, years) if c in fits else one for c, one in asked.items()}


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
    """How many values a form reads, and of times how many have a time of day."""
    reading = _as(one.reading, form)
    text = prepared(one.raw, one.kind, reading)
    if one.kind not in _TIME:
        return {name: value_of(text, one.kind, reading).count()}
    wall = said(text, reading).wall
    year = wall.year()
    parts = {name: wall.count(), f"{name}_y": year.min(), f"{name}_z": year.max()}
    if not always_days(text, reading):
        written, local = clocks(text, reading)
        parts |= {f"{name}_w": written.sum(), f"{name}_l": local.sum()}
    return parts


def _fits(row: Mapping[str, Any], column: str, form: Form) -> bool:
    """Whether a form reads every value of a column; and times lie in years that can be, in any zone."""
    name, n = f"{column}_{form}", row[f"{column}_n"]
    if not n:
        return True  # a column of blanks is written in any form
    if row[name] != n:
        return False
    return f"{name}_y" not in row or bool(row[f"{name}_y"] >= FIRST_YEAR and row[f"{name}_z"] < 9999)


def _settled(one: Asked, column: str, form: Form, row: Mapping[str, Any], years: Years | None) -> Asked:
    n, name = int(row[f"{column}_n"]), f"{column}_{form}"
    one = replace(one, reading=replace(_as(one.reading, form), years=years))
    if f"{name}_w" in row:
        return with_clocks(one, n, int(row[f"{name}_w"]), int(row[f"{name}_l"])) if n else one
    return replace(one, reading=replace(one.reading, days=Days.AS_WRITTEN)) if one.kind in _TIME else one
