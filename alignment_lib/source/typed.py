"""What typed storage holds and no type of ours does: other kinds of columns, NaN, infinity, values out of range."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from alignment_lib.contract import Kind

_LIMITS: dict[Kind, float] = {"money": 10**16, "integer": 10**16, "number": 1e300}
"""Numbers at or beyond which there is no value: amounts have 16 digits before the point."""
_EXACT = {2: 2**11, 4: 2**24, 8: 2**53}
"""By bytes of a floating number, the whole number from which on it may stand for several: no id is one."""
_SHORTENED = r"^\s*\d(\.\d+)?[eE]\+\d\d+\s*$"
"""A number as spreadsheets write those of more digits than they hold."""
FIRST_YEAR = 1000
"""The first year that a text can say."""
_FIRST_DAYS = timedelta(days=2)
"""Days of the year 1 that a zone, or the beginning of a day in one, could move before it: `0001-01-01` is no time."""
_EPOCH_SECONDS = -62_135_596_800, 253_402_300_800
"""The years 1 to 9999 as seconds since 1970."""


def known(raw: Any, kind: Kind, format: str) -> Any:
    """The column where its type is one of which the kind is made, else its text: a list, a uuid, an enum."""
    of = raw.type()
    fits = {
        "instant": of.is_timestamp() or of.is_date() or (of.is_numeric() and format.startswith("epoch")),
        "date": of.is_timestamp() or of.is_date(),
        "bool": of.is_boolean(),
    }.get(kind, of.is_numeric())
    if fits or of.is_string():
        return raw
    return whole(raw) if of.is_numeric() else raw.cast("string")


def whole(number: Any) -> Any:
    """Numbers as texts; those that some tool turned into 123.0 as `123`, what is no number as nothing."""
    of = number.type()
    if of.is_decimal():
        return number.cast("string").re_replace(r"\.0+$", "")
    if not of.is_floating():
        return number.cast("string")
    is_small = ~number.isnan() & (number.abs() < float(2**63))
    small = is_small.ifelse(number, None)  # a cast of anything else would end the query
    text = (~number.isnan()).ifelse(number.cast("string"), None)
    return (small == small.floor()).fill_null(False).ifelse(small.cast("int64").cast("string"), text)


def within(raw: Any, kind: Kind, *, format: str, engine: str, later_s: int = 0) -> tuple[Any, Any | None]:
    """The column with null for what no value can be, and where that is not NaN; None: it cannot be.

    `later_s` are the seconds by which a wall clock may become later in another zone.
    """
    fits = _fits(raw, kind, format, later_s)
    if fits is None:
        return raw, None
    return fits.ifelse(raw, None), raw.notnull() & ~fits & ~_is_nan(raw, engine)


def exact(text: Any) -> tuple[Any, Any]:
    """A column of ids in text without those whose last digits were lost (`3.45876E+18`), and where these are."""
    is_lost = (text.contains("+") & text.re_search(_SHORTENED)).fill_null(False)  # hardly an id is searched
    return is_lost.ifelse(None, text), is_lost


def _fits(raw: Any, kind: Kind, format: str, later_s: int) -> Any | None:
    """Whether a value can be one of the kind; None: every value can.

    Engines order NaN behind infinity; yet it is asked by itself, as DuckDB goes by the smallest and largest value that
    a Parquet file names of its column, of which NaN is none.
    """
    of = raw.type()
    if of.is_timestamp() or of.is_date():
        early = _FIRST_DAYS if kind == "instant" else timedelta()
        late = timedelta(seconds=later_s)
        return _in_the_calendar(raw, early=early, late=late) if kind in ("instant", "date") else None
    if not of.is_numeric():
        return None
    fits = _in_range(raw, kind, format)
    if not of.is_floating():
        return fits
    return ~raw.isnan() if fits is None else ~raw.isnan() & fits


def _in_range(raw: Any, kind: Kind, format: str) -> Any | None:
    if kind == "text":
        return None
    if kind == "instant":
        first, last = (bound * (1000 if format == "epoch_ms" else 1) for bound in _EPOCH_SECONDS)
        return (raw >= first) & (raw < last)
    limit = _limit(raw.type(), kind)
    return None if limit is None else (raw > -limit) & (raw < limit)


def _limit(of: Any, kind: Kind) -> float | None:
    """The limit that a column of numbers can reach."""
    if of.is_floating():
        return float(_EXACT.get(of.nbytes, 2**53) if kind == "id" else _LIMITS[kind])
    if of.is_decimal():
        digits = None if of.precision is None else of.precision - (of.scale or 0)
        if kind == "id" or (digits is not None and digits <= (38 if kind == "number" else 16)):
            return None
        return int(min(_LIMITS[kind], 10**18))  # of a numeric without bounds; whole, as no double could be compared
    return _LIMITS[kind] if of.nbytes == 8 and kind in ("money", "integer") else None


def fetchable(raw: Any) -> Any:
    """The column without what Python has no value for: infinity in a calendar, NaN; of other kinds its text."""
    return raw if raw.type().is_decimal() or (found := shown(raw)) is None else found


def shown(raw: Any) -> Any | None:
    """The column as what can be fetched and looked at; None: nothing of it can, it is a list, a structure, bytes."""
    of = raw.type()
    if of.is_timestamp() or of.is_date():
        return _in_the_calendar(raw).ifelse(raw, None)
    if of.is_floating():
        return (~raw.isnan()).ifelse(raw, None)
    if of.is_decimal() or of.is_uuid() or of.is_unknown():
        return raw.cast("string").nullif("NaN")
    return raw if of.is_string() or of.is_numeric() or of.is_boolean() else None


def _in_the_calendar(moment: Any, *, early: timedelta = timedelta(), late: timedelta = timedelta()) -> Any:
    """Years 1 to 9999, less what is said at both ends: those that a report can print.

    PostgreSQL has `infinity`, others a year 0.
    """
    import ibis

    kind = moment.type()
    if kind.is_timestamp() and (kind.scale or 0) > 6:  # years 1677 to 2262
        return moment.notnull()
    name, ends = "date" if kind.is_date() else "timestamp", (datetime.min + early, datetime.max - late)
    first, last = (ibis.literal(end.date() if kind.is_date() else end, type=name).cast(kind) for end in ends)
    return (moment >= first) & (moment <= last)


def _is_nan(raw: Any, engine: str) -> Any:
    import ibis

    of = raw.type()
    if of.is_floating():
        return raw.isnan()
    return raw.cast("string") == "NaN" if of.is_decimal() and engine == "postgres" else ibis.literal(False)


def sane(value: Any, kind: Kind) -> Any:
    """What was read of a text, but for years and numbers that no report can print.

    A year of fewer than four digits is one of this century cut short (`26`), or what programs write for none (`0001`).
    """
    if kind in ("instant", "date"):
        return (_in_the_calendar(value) & (value.year() >= FIRST_YEAR)).ifelse(value, None)
    return (value.abs() < _LIMITS["number"]).ifelse(value, None) if kind == "number" else value
