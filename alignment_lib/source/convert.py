"""Raw column → canonical column, as an Ibis expression; what cannot be read is told apart from what is blank."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from alignment_lib.contract import Kind
from alignment_lib.errors import MappingError
from alignment_lib.params.mapping import ColumnMapping, Timestamp
from alignment_lib.source.zones import Macros, to_utc, to_wall

MONEY = "decimal(18, 2)"
_OFFSET = r":\d{2}(\.\d+)?[+-]\d{2}(:?\d{2})?$"
_DAY = (  # of the calendar, leap years included
    r"^([1-9]\d{3}-((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|1\d|2[0-8]))"
    r"|([1-9]\d(0[48]|[2468][048]|[13579][26])|([2468][048]|[13579][26])00)-02-29)"
)
_SIXTEEN = r"^[+-]?0*\d{1,16}(\.|$)"
_MOMENT = _DAY + r"([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-](0\d|1[0-4])(:?[0-5]\d)?)?)?$"
_TRUE, _FALSE = ("true", "yes", "y", "1", "t", "x"), ("false", "no", "n", "0", "f")


@dataclass(frozen=True)
class Converted:
    """A canonical column: its value, and where it was text that could not be read (None: cannot happen)."""

    value: Any
    raw: Any
    unreadable: Any | None = None
    told: tuple[str, ...] = ()
    """What was guessed of this column, a sentence each; the user is told."""


@dataclass(frozen=True)
class Reading:
    """How a column is to be read: its mapping, the source's defaults, and where to say so."""

    mapping: ColumnMapping
    default: Timestamp
    company_zone: str
    engine: str
    place: str
    macros: Macros | None = None
    flags: tuple[Any, Any] | None = None
    """Of an outcome: raw columns that say that a deal is won, and that it is closed."""
    text: bool = True
    """Whether the source holds nothing but text."""

    @property
    def zone(self) -> str:
        return self.mapping.timezone or self.default.timezone

    @property
    def format(self) -> str:
        return self.mapping.format or self.default.format


def convert(raw: Any, kind: Kind, reading: Reading) -> Converted:
    """One column.

    Parameters
    ----------
    raw
        Ibis column as the source holds it.
    kind
        What the contract wants it to be.
    """
    blank_free = _clean(raw, reading, trim=reading.text or kind != "id")
    mapped = _mapped(blank_free, reading)
    value = _BY_KIND[kind](mapped, reading)
    if not mapped.type().is_string() or kind in ("id", "text"):
        return Converted(value, raw)
    return Converted(value, raw, mapped.notnull() & value.isnull())


def _clean(raw: Any, reading: Reading, *, trim: bool) -> Any:
    """Text without blanks around it, null where nothing is left; ids of typed storage carry no padding."""
    if not raw.type().is_string():
        return raw
    return _stripped(raw, reading).nullif("") if trim else raw.nullif("")


def _stripped(text: Any, reading: Reading) -> Any:
    """Without blanks around it; Spark takes the form feed among those that Ibis names for a letter, and strips an f."""
    return text.re_replace(r"^\s+|\s+$", "") if reading.engine == "pyspark" else text.strip()


def _mapped(raw: Any, reading: Reading) -> Any:
    """The values of `map`, also where they are written in another case or with other blanks, one for one."""
    import ibis

    mapping = reading.mapping
    if not mapping.map:
        return raw
    text = raw.cast("string")
    blank = [value for key, value in mapping.map.items() if key == ""]
    branches = [(text == key, _literal(value)) for key, value in mapping.map.items() if key != ""]
    known = [text.isnull()] if mapping.otherwise != "keep" and reading.flags is None else []
    branches += [(k, _literal(blank[0] if blank else None)) for k in known or ([text.isnull()] if blank else [])]
    branches += [(_folded(text, reading) == fold, _literal(value)) for fold, value in folds(mapping.map).items()]
    if reading.flags is not None:
        branches += [(_yes(reading.flags[0]), ibis.literal("won")), (_yes(reading.flags[1]), ibis.literal("lost"))]
    return ibis.cases(*branches, else_=text if mapping.otherwise == "keep" else ibis.literal(mapping.otherwise))


def folds(values: Mapping[str, Any]) -> dict[str, Any]:
    """A map by what its keys have in common in any case and with any blanks; keys that differ in these only are out."""
    found: dict[str, Any] = {}
    several: set[str] = set()
    for key, value in values.items():
        fold = " ".join(key.replace("\u00a0", " ").lower().split())
        if fold in found and found[fold] != value:
            several.add(fold)
        found[fold] = value
    return {fold: value for fold, value in found.items() if fold and fold not in several}


def _folded(text: Any, reading: Reading) -> Any:
    return _stripped(text.replace("\u00a0", " ").lower(), reading)


def _yes(flag: Any) -> Any:
    return (flag if flag.type().is_boolean() else flag.cast("string").lower().isin(_TRUE)).fill_null(False)


def _literal(value: Any) -> Any:
    import ibis

    return ibis.null("string") if value is None else ibis.literal(str(value))


def _text(raw: Any, reading: Reading) -> Any:
    if raw.type().is_string():
        return raw
    if raw.type().is_floating():  # an id that some tool turned into 123.0
        whole = raw == raw.floor()
        return whole.ifelse(raw.cast("int64").cast("string"), raw.cast("string"))
    return raw.cast("string")


def _instant(raw: Any, reading: Reading) -> Any:
    kind = raw.type()
    if kind.is_timestamp():
        if kind.timezone:
            return _naive(raw, reading)
        return _at(raw, reading.zone, reading)
    if kind.is_date():
        return _at(raw.cast("timestamp"), reading.mapping.timezone or reading.company_zone, reading)
    if kind.is_numeric() and reading.format in {"epoch_s", "epoch_ms"}:
        return raw.cast("int64").as_timestamp("s" if reading.format == "epoch_s" else "ms").cast("timestamp")
    return _instant_from_text(raw.cast("string"), reading)


def _naive(aware: Any, reading: Reading) -> Any:
    """An instant with a zone → the same in UTC without; DuckDB's own cast asks a library for the zone of every row."""
    if reading.macros is not None:
        return reading.macros.naive(aware)
    return aware.cast("timestamp")


def _at(wall: Any, zone: str, reading: Reading) -> Any:
    return wall if zone == "UTC" else to_utc(wall, zone, reading.macros)


def _instant_from_text(text: Any, reading: Reading) -> Any:
    if reading.format in {"epoch_s", "epoch_ms"}:
        return (
            _castable(text, r"^-?\d{1,18}$", reading)
            .try_cast("int64")
            .as_timestamp("s" if reading.format == "epoch_s" else "ms")
            .cast("timestamp")
        )
    if reading.format != "iso":
        return _at(_strptime(text, reading), reading.zone, reading)
    shape = text.re_search(r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}|$)")
    text = shape.ifelse(text, None)
    if (
        reading.engine == "duckdb"
    ):  # its cast to a plain timestamp passes over an offset; few texts are long enough for one
        plain, zoned = text.try_cast("timestamp"), _naive(text.try_cast("timestamp('UTC')"), reading)
        value = (text.length() <= 19).ifelse(plain, text.re_search(_OFFSET).ifelse(zoned, plain))
    else:
        value = _castable(text, _MOMENT, reading).try_cast("timestamp('UTC')").cast("timestamp")
    if reading.zone == "UTC":
        return value
    return text.re_search(f"Z$|{_OFFSET}").ifelse(value, to_utc(value, reading.zone, reading.macros))


def _strptime(text: Any, reading: Reading) -> Any:
    if reading.engine != "duckdb":
        raise MappingError(
            f"{reading.place}: text with format '{reading.format}' can be read from files only; in a database convert"
            " it with `sql:` in the database's own dialect"
        )
    return _try_strptime()(text, reading.format)


@cache
def _try_strptime() -> Any:
    import ibis
    import ibis.expr.datatypes as dt

    @ibis.udf.scalar.builtin(signature=((dt.string, dt.string), dt.timestamp))
    def try_strptime(text, pattern):  # type: ignore[no-untyped-def]
        """DuckDB's own: null where the text does not fit."""

    return try_strptime


def key_hash(key: Any, engine: str) -> Any:
    """8 bytes that stand for a key."""
    return _hash()(key) if engine == "duckdb" else key.hash()


@cache
def _hash() -> Any:
    import ibis
    import ibis.expr.datatypes as dt

    @ibis.udf.scalar.builtin(name="hash", signature=((dt.string,), dt.uint64))
    def own_hash(key):  # type: ignore[no-untyped-def]
        """DuckDB's own, as it is: Ibis would have it signed, which costs as much again."""

    return own_hash


def _date(raw: Any, reading: Reading) -> Any:
    kind = raw.type()
    if kind.is_date():
        return raw
    if kind.is_timestamp():
        return (to_wall(raw.cast("timestamp"), reading.company_zone) if kind.timezone else raw).date()
    if reading.format not in {"iso", "epoch_s", "epoch_ms"}:
        return _strptime(raw.cast("string"), reading).date()
    text = raw.cast("string")
    day = text.re_search(r"^\d{4}-\d{2}-\d{2}").ifelse(text.substr(0, 10), None)
    return _castable(day, _DAY, reading).try_cast("date")


def _number(raw: Any, reading: Reading) -> Any:
    return _digits(raw, reading).try_cast("float64") if raw.type().is_string() else raw.cast("float64")


def _money(raw: Any, reading: Reading) -> Any:
    return (
        _castable(_digits(raw, reading), _SIXTEEN, reading).try_cast(MONEY)
        if raw.type().is_string()
        else raw.cast(MONEY)
    )


def _integer(raw: Any, reading: Reading) -> Any:
    return (
        _castable(_digits(raw, reading), _SIXTEEN, reading).try_cast("int64")
        if raw.type().is_string()
        else raw.cast("int64")
    )


def _castable(text: Any, pattern: str, reading: Reading) -> Any:
    """Only texts that a cast can read where the engine has no cast that gives null; elsewhere all of them."""
    return text.re_search(pattern).ifelse(text, None) if reading.engine == "postgres" else text


def _digits(text: Any, reading: Reading) -> Any:
    """`€ 3.500,00` → `3500.00`; null unless the marks stand where the declaration says, so that 4.5 is never 45."""
    decimal, thousands = reading.mapping.decimal or ".", reading.mapping.thousands
    text = _without(text, reading)
    point = re.escape(decimal)
    shape = rf"^[+-]?\d+({point}\d+)?$"
    if thousands:
        group = re.escape(thousands)
        shape = rf"^[+-]?(\d+|\d{{1,3}}({group}\d{{3}})+)({point}\d+)?$"
    fits = text.re_search(shape)
    plain = text.replace(thousands, "") if thousands else text
    return fits.ifelse(plain.replace(decimal, ".") if decimal != "." else plain, None)


def _without(text: Any, reading: Reading) -> Any:
    for character in dict.fromkeys(reading.mapping.strip + "\u00a0\u202f"):
        text = text.replace(character, "")
    return _stripped(text, reading)


def _bool(raw: Any, reading: Reading) -> Any:
    import ibis

    if raw.type().is_boolean():
        return raw
    words = [(word, True) for word in _TRUE] + [(word, False) for word in _FALSE]
    # one comparison after the other: an engine may join a list of words, once for each place that asks
    return raw.cast("string").lower().cases(*words, else_=ibis.null("boolean"))


_BY_KIND: dict[str, Any] = {
    "id": _text,
    "text": _text,
    "instant": _instant,
    "date": _date,
    "money": _money,
    "number": _number,
    "integer": _integer,
    "bool": _bool,
}
