"""What a column says of time: the wall clock as written, and the instant that it means; a written zone counts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from alignment_lib.errors import MappingError
from alignment_lib.source.month_names import MONTH, MONTHS
from alignment_lib.source.reading import Reading, castable
from alignment_lib.source.zones import abbreviations, midnight, to_utc, to_wall

DAY = (  # of the calendar, leap years included
    r"^([1-9]\d{3}-((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|1\d|2[0-8]))"
    r"|([1-9]\d(0[48]|[2468][048]|[13579][26])|([2468][048]|[13579][26])00)-02-29)"
)
_MOMENT = DAY + r"([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-](0\d|1[0-4])(:?[0-5]\d)?)?)?$"
_WALL = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?$"
_ZONED = r"\d:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)$"
BESIDE = (  # a time, the zone that is written beside it, and a year that may follow
    r"^(.*(?:\d:\d{2}|T\d{4}|T\d{6})(?:[.,]\d+)?(?: ?[AaPp][Mm])?)"
    r" ?([Zz]|UTC|GMT|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?|(?:UTC|GMT)[+-]\d{1,2}(?::?[0-5]\d)?|[A-Z]{3,5})( \d{4})?$"
)
_PER_S = {"epoch_s": 1, "epoch_ms": 1000}
_EXCEL_DAY_0_S = -2_209_161_600
"""30 December 1899, from which spreadsheets count days, in epoch seconds."""
_LAST_SERIAL = 200_000
_OTHER_NAMES = {"CET": "MEZ", "CEST": "MESZ", "EET": "OEZ", "EEST": "OESZ"}
"""Abbreviations of zones in German."""


@dataclass(frozen=True)
class Said:
    """A column of time, read. `wall`: as written, null where it cannot be read; `instant`: UTC without a zone."""

    wall: Any
    instant: Any
    zoned: Any
    """Whether a zone is written beside the value, or its type says one."""


def said(raw: Any, reading: Reading) -> Said:
    """Read a column of any type as wall clock and instant.

    Raises
    ------
    MappingError
        Text in a pattern of its own, which only files can be read in.
    """
    import ibis

    kind = raw.type()
    if kind.is_timestamp() and kind.timezone:
        instant = _naive(raw, reading)
        return Said(instant, instant, ibis.literal(True))
    if kind.is_timestamp() or kind.is_date():
        return _on_the_wall(raw.cast("timestamp"), reading)
    if reading.format in _PER_S:
        instant = _from_epoch(raw, reading)
        return Said(instant, instant, ibis.literal(True))
    if reading.format == "excel":
        return _on_the_wall(_from_serial(raw, reading), reading)
    text = raw.cast("string")
    return _from_text(text, reading) if reading.engine == "duckdb" or reading.format != "iso" else _cast(text, reading)


def abbreviation(text: str) -> str:
    """The abbreviation of a zone that is written in a value; empty where none is."""
    found = re.search(BESIDE, text)
    return found[2] if found and re.fullmatch("[A-Z]{3,5}", found[2]) and found[2] not in ("UTC", "GMT") else ""


def at(wall: Any, zone: str, reading: Reading) -> Any:
    """A wall clock of a zone → UTC."""
    return wall if zone == "UTC" else to_utc(wall, zone, reading.macros, reading.years)


def always_days(raw: Any, reading: Reading) -> bool:
    """Whether type or format leave no room for a time of day."""
    if raw.type().is_timestamp() or raw.type().is_date():
        return bool(raw.type().is_date())
    return "%" in reading.format and not re.search("%[HI]", reading.format)


def clocks(raw: Any, reading: Reading) -> tuple[Any, Any]:
    """Whether a value has a time of day as it is written, and on the company's wall: 1, 0, or null where unread."""
    found = said(raw, reading)
    kind = raw.type()
    own = reading.form == "plain" and reading.zone == reading.company_zone
    if own or (reading.macros is None and not (kind.is_timestamp() and kind.timezone)):
        # without macros two changes of zone, one within the other, would make too long a query
        return _timed(found.wall), _timed(found.wall)
    return _timed(found.wall), _timed(to_wall(found.instant, reading.company_zone, reading.macros, reading.years))


def day_begins(raw: Any, found: Said, reading: Reading) -> Any:
    """The instant at which the company's day of each value begins; of a column read of `raw`."""
    kind, zone = raw.type(), reading.company_zone
    if reading.macros is not None:
        return at(to_wall(found.instant, zone, reading.macros, reading.years).truncate("D"), zone, reading)
    if kind.is_timestamp() and kind.timezone:
        return midnight(found.instant, zone)
    return at(found.wall.truncate("D"), zone, reading)  # as `clocks` has it there


def _timed(wall: Any) -> Any:
    """1 with a time of day, 0 without; null where nothing is read."""
    import ibis

    return ibis.cases((wall != wall.truncate("D"), 1), (wall.notnull(), 0), else_=None)


def _on_the_wall(wall: Any, reading: Reading) -> Said:
    import ibis

    return Said(wall, at(wall, reading.zone, reading), ibis.literal(False))


def _naive(aware: Any, reading: Reading) -> Any:
    """An instant with a zone → the same in UTC without; DuckDB's own cast asks a library for the zone of every row."""
    if reading.macros is not None:
        return reading.macros.naive(aware)
    return aware.cast("timestamp")


def _from_epoch(raw: Any, reading: Reading) -> Any:
    unit = "s" if reading.format == "epoch_s" else "ms"
    if raw.type().is_string():
        raw = castable(raw, r"^-?\d{1,18}$", reading).try_cast("int64")
    return _at_epoch(raw.cast("int64"), unit, reading)


def _at_epoch(number: Any, unit: str, reading: Reading) -> Any:
    """Ibis takes for a wall clock what engines make of a number, an instant with a zone; PostgreSQL it cannot ask."""
    if reading.engine == "postgres":
        import ibis

        return ibis.literal(datetime(1970, 1, 1)) + (number // (1 if unit == "s" else 1000)).as_interval("s")
    return _naive(number.as_timestamp(unit).cast("timestamp('UTC')"), reading)


def _from_serial(raw: Any, reading: Reading) -> Any:
    """A spreadsheet's days since 30 December 1899, to the second."""
    if raw.type().is_string():
        raw = castable(raw, r"^\d{1,6}(\.\d+)?$", reading).try_cast("float64")
    days = raw.cast("float64")
    days = days.between(1, _LAST_SERIAL).ifelse(days, None)
    return _at_epoch((days * 86_400 + 0.5).floor().cast("int64") + _EXCEL_DAY_0_S, "s", reading)


def _cast(text: Any, reading: Reading) -> Said:
    """ISO 8601 as engines read it that have no parser of ours."""
    text = text.re_replace(r" ?(UTC|GMT|Z)$", "Z").replace(" +", "+").replace(" -", "-")
    value = castable(text, _MOMENT, reading).try_cast("timestamp('UTC')").cast("timestamp")
    zoned = text.re_search(_ZONED)
    plain = castable(text.substr(0, 19), _MOMENT, reading).try_cast("timestamp('UTC')").cast("timestamp")
    return Said(zoned.ifelse(plain, value), zoned.ifelse(value, at(value, reading.zone, reading)), zoned)


def _from_text(text: Any, reading: Reading) -> Said:
    """The text as it stands; where that cannot be read, without the zone that is written in it."""
    import ibis

    if reading.form == "utc":
        instant = _parsed(text.re_search("Z$").ifelse(text.re_replace("Z$", ""), None), reading)
        return Said(instant, instant, ibis.literal(True))
    plain = _parsed(text, reading)
    if reading.form == "plain":
        return Said(plain, at(plain, reading.zone, reading), ibis.literal(False))
    zoned_instant = _once(text, lambda t: _once(_beside(t, reading), lambda wall: _with_zone(wall, _zone(t), reading)))
    zoned = (plain.isnull() & zoned_instant.notnull()).fill_null(False)
    wall = ibis.coalesce(plain, zoned.ifelse(_beside(text, reading), None))
    return Said(wall, ibis.coalesce(at(plain, reading.zone, reading), zoned_instant), zoned)


def _once(value: Any, make: Callable[[Any], Any]) -> Any:
    """What is made of a value that is worked out once, however often it is named: a query would repeat it each time."""
    import ibis

    return ibis.array([value]).map(make)[0]


def _zone(text: Any) -> Any:
    """The zone that is written in a text; empty where none is."""
    return text.re_extract(BESIDE, 2)


def _beside(text: Any, reading: Reading) -> Any:
    """The wall clock beside which a zone is written."""
    return _parsed(text.re_replace(BESIDE, r"\1\3"), reading)


def _with_zone(wall: Any, zone: Any, reading: Reading) -> Any:
    """Wall clock and written zone → UTC; null where the zone says nothing, or not what the declared one says then."""
    import ibis

    branches = [(zone.isin(["Z", "z", "UTC", "GMT"]), wall)]
    branches += [(zone == name, _agreed(wall, offsets, reading)) for name, offsets in _names(reading.zone).items()]
    return ibis.cases(*branches, (zone.re_search(r"[+-]\d"), _less(wall, zone)), else_=None)


def _names(timezone: str) -> dict[str, tuple[int, ...]]:
    known = abbreviations(timezone)
    return known | {_OTHER_NAMES[n]: offsets for n, offsets in known.items() if n in _OTHER_NAMES}


def _agreed(wall: Any, offsets: tuple[int, ...], reading: Reading) -> Any:
    """UTC under the first of the offsets that the declared zone has at that instant; null where it has none of them."""
    import ibis

    hour = ibis.interval(seconds=3600)
    branches = []
    for offset in offsets:
        instant = wall - ibis.interval(seconds=offset)
        # of the hour that comes twice the zone alone tells the first; an hour later it tells one time again
        holds = (at(wall, reading.zone, reading) == instant) | (
            at(wall + hour, reading.zone, reading) == instant + hour
        )
        branches.append((holds, instant))
    return ibis.cases(*branches, else_=None)


def _less(wall: Any, zone: Any) -> Any:
    """A wall clock less an offset as it is written: +02:00, -0430, GMT+2."""
    import ibis

    digits = zone.re_replace("[^0-9]", "")
    hours = (digits.length() <= 2).ifelse(digits, digits.substr(0, 2)).try_cast("int64")
    minutes = (digits.length() == 4).ifelse(digits.substr(2, 2), "0").try_cast("int64")
    sign = zone.contains("-").ifelse(-1, 1)
    return wall - (sign * (hours * 3600 + minutes * 60)) * ibis.interval(seconds=1)


def _parsed(text: Any, reading: Reading) -> Any:
    """A text without a zone → the wall clock it tells; null where it does not fit the format."""
    if reading.format == "iso":
        return text.re_search(_WALL).ifelse(text, None).try_cast("timestamp")
    if reading.engine != "duckdb":
        raise MappingError(
            f"{reading.place}: text with format '{reading.format}' can be read from files only; in a database convert"
            " it with `sql:` in the database's own dialect"
        )
    pattern = re.sub(r" ?(%[zZ]|(?<!%)Z|UTC|GMT)(?=$| %Y$)", "", reading.format)
    if pattern.startswith(("%a", "%A")):  # the day of the week tells nothing that the date does not
        pattern, text = re.sub("^%[aA][.,]* ", "", pattern), text.re_replace(r"^[^\s\d.,]+[.,]* ", "")
    if "%b" in pattern or "%B" in pattern:
        pattern, text = re.sub("%[bB]", "%m", pattern), _with_month_number(text)
    return _try_strptime()(text, pattern)


def _with_month_number(text: Any) -> Any:
    """The name of a month, in any of the languages known, as its number; `1er` and `2nd` as 1 and 2."""
    import ibis

    numbers = [(name, f"{number:02}") for name, number in MONTHS.items()]

    def numbered(plain: Any, word: Any) -> Any:
        number = word.lower().replace(".", "").cases(*numbers, else_=ibis.literal("?"))
        return (word == "").ifelse(None, plain.replace(word, number))

    text = text.re_replace(r"^(\D*\d{1,2})(?:er|st|nd|rd|th)\b", r"\1")
    return _once(text, lambda plain: _once(plain.re_extract(MONTH, 0), lambda word: numbered(plain, word)))


@cache
def _try_strptime() -> Any:
    import ibis
    import ibis.expr.datatypes as dt

    @ibis.udf.scalar.builtin(signature=((dt.string, dt.string), dt.timestamp))
    def try_strptime(text, pattern):  # type: ignore[no-untyped-def]
        """DuckDB's own: null where the text does not fit."""

    return try_strptime
