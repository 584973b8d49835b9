"""Columns of an export: native types for Parquet, and a note on the field of how a CRM prints it in a CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from alignment_lib.demo.chance import Bools, Floats, Ints
from alignment_lib.demo.history import DAY_S, NEVER, to_local

Column = tuple[pa.Array, str]
"""Values and how a CSV prints them: iso, wall, wall day, amount, or plain."""
PRINT = b"print"


def table(columns: Mapping[str, Column]) -> pa.Table:
    """Put columns together under their headings."""
    fields = [pa.field(name, values.type, metadata={PRINT: how.encode()}) for name, (values, how) in columns.items()]
    return pa.Table.from_arrays([values for values, _ in columns.values()], schema=pa.schema(fields))


def record_id(base: int, row: Ints, *, known: Bools | None = None) -> Column:
    """Identifiers as text: a number that counts rows from a base."""
    return pa.array(row + base, mask=_unknown(known)).cast(pa.string()), "plain"


def category(index: Ints, names: Sequence[str], *, known: Bools | None = None) -> Column:
    """Names by index; nothing where the index is negative, the name is empty, or it is not known."""
    blank = (index < 0) | np.array([not name for name in names])[index]
    if known is not None:
        blank |= ~known
    places = pa.array(np.where(blank, 0, index).astype(np.int32), mask=blank)
    return pa.DictionaryArray.from_arrays(places, pa.array(names, pa.string())), "plain"


def instant(epoch_s: Ints, *, known: Bools | None = None, how: str = "iso") -> Column:
    """Instants in UTC; nothing for NEVER or where not known."""
    blank = epoch_s == NEVER if known is None else ~known | (epoch_s == NEVER)
    micros = np.where(blank, 0, epoch_s) * 1_000_000
    return pa.array(micros, mask=blank).cast(pa.timestamp("us", "UTC")), how


def day(epoch_day: Ints, *, known: Bools | None = None) -> Column:
    """Calendar dates."""
    return pa.array(epoch_day.astype(np.int32), mask=_unknown(known)).cast(pa.date32()), "plain"


def number(values: Ints | Floats, *, known: Bools | None = None) -> Column:
    """Numbers as they are."""
    return pa.array(values, mask=_unknown(known)), "plain"


def amount(values: Floats, *, readable: Bools, instead: Sequence[str]) -> Column:
    """Money; in a CSV like "€ 3.500,00", and where not readable one of the given texts in turn."""
    return pa.array(values, mask=~readable), "amount|" + "|".join(instead)


def text(values: Sequence[Any], kind: pa.DataType | None = None) -> Column:
    """Hand-written values; None is nothing."""
    return pa.array(values, kind or pa.string()), "plain"


def printed(column: pa.ChunkedArray, how: str) -> pa.Array:
    """Turn a column into what the CSV export shows."""
    values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(values, pa.ChunkedArray):
        values = values.chunk(0) if values.num_chunks else pa.array([], column.type)
    if pa.types.is_dictionary(values.type):
        return values.cast(pa.string())
    if pa.types.is_timestamp(values.type):
        return _printed_instant(values, how)
    if how.startswith("amount"):
        return _printed_amount(values, how.split("|")[1:])
    return values


def _printed_instant(values: pa.Array, how: str) -> pa.Array:
    blank = np.asarray(values.is_null())
    seconds = np.asarray(values.cast(pa.int64()).fill_null(0)) // 1_000_000
    if how != "iso":
        seconds = to_local(seconds)
    iso = np.datetime_as_string(seconds.astype("datetime64[s]"))
    if how == "iso":
        return pa.array(np.char.add(iso, "Z"), pa.string(), mask=blank)
    date_text = iso.astype("U10")
    if how == "wall day":
        return pa.array(date_text, pa.string(), mask=blank)
    return pa.array(_german(seconds), pa.string(), mask=blank)


def _german(wall_s: Ints) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    """Wall-clock seconds as 31.12.2025 23:59."""
    day_of, minute = np.unique(wall_s // DAY_S, return_inverse=True), wall_s // 60 % 1440
    days = [f"{d[8:10]}.{d[5:7]}.{d[:4]} " for d in np.datetime_as_string(day_of[0].astype("datetime64[D]"))]
    minutes = [f"{m // 60:02d}:{m % 60:02d}" for m in range(1440)]
    return np.char.add(np.array(days, dtype="U11")[day_of[1]], np.array(minutes)[minute])


def _printed_amount(values: pa.Array, instead: Sequence[str]) -> pa.Array:
    shown = [None if v is None else f"€ {v:,.2f}".translate({44: ".", 46: ","}) for v in values.to_pylist()]
    for turn, place in enumerate(np.flatnonzero(np.asarray(values.is_null()))):
        shown[place] = instead[turn % len(instead)]
    return pa.array(shown, pa.string())


def _unknown(known: Bools | None) -> Bools | None:
    return None if known is None else ~known
