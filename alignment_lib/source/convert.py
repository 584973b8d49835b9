"""Raw column → canonical column, as an Ibis expression; what cannot be read is told apart from what is blank."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from alignment_lib.contract import Kind
from alignment_lib.source import moments, numerals, typed
from alignment_lib.source.reading import Days, Reading, castable, stripped
from alignment_lib.source.zones import later_s, to_wall

MONEY = "decimal(18, 2)"
_SIXTEEN = r"^[+-]?0*\d{1,16}(\.\d*)?(E-\d\d?)?$|^[+-]?\d{1,7}(\.\d+)?E\+?0?\d$|^[+-]?\d(\.\d+)?E\+?1[0-5]$"
"""Numbers whose digits before the point are no more than a column of money holds."""
_TRUE = ("true", "yes", "y", "1", "t", "x", "1.0", "wahr", "ja", "oui", "vrai", "si", "sí", "verdadero")
_FALSE = ("false", "no", "n", "0", "f", "0.0", "falsch", "nein", "non", "faux", "falso")
BLANKS = " \t\r\n\u00a0\u2007\u2009\u202f"
"""Blanks of every kind."""


@dataclass(frozen=True)
class Converted:
    """A canonical column: its value, and where it was text that could not be read (None: cannot happen)."""

    value: Any
    raw: Any
    unreadable: Any | None = None
    told: tuple[str, ...] = ()
    """What was guessed of this column, a sentence each; the user is told."""
    day: bool = False
    """An instant column that holds days: each is the company's midnight that begins it."""
    timed: int = 0
    """Of such a column, how many values have a time of day all the same."""
    midnights: int = 0
    """Of a column of instants, how many values are days among them."""
    zone: str = ""
    """Of an instant or a date, the zone of its wall clock."""


def convert(raw: Any, kind: Kind, reading: Reading) -> Converted:
    """One column.

    Parameters
    ----------
    raw
        Ibis column as the source holds it.
    kind
        What the contract wants it to be.
    """
    mapped = prepared(raw, kind, reading)
    lost = _held(raw, kind, reading)[1]
    value = value_of(mapped, kind, reading)
    day = kind == "instant" and reading.days is not None
    found = Converted(value, raw, lost, day=day, timed=reading.timed if day else 0, midnights=reading.midnights)
    if not mapped.type().is_string() or kind in ("id", "text"):
        return found
    found = replace(found, zone=reading.zone if kind in ("instant", "date") else "")
    if reading.form:
        return replace(found, unreadable=None)
    unread = mapped.notnull() & value.isnull()
    return replace(found, unreadable=unread if lost is None else lost | unread)


def value_of(mapped: Any, kind: Kind, reading: Reading) -> Any:
    """What is read of a prepared column; null where it cannot be."""
    value = _BY_KIND[kind](mapped, reading)
    return typed.sane(value, kind) if mapped.type().is_string() and kind not in ("id", "text") else value


def prepared(raw: Any, kind: Kind, reading: Reading) -> Any:
    """The raw column without blanks around its texts and without what fits no type, its `map:` applied."""
    held = _held(raw, kind, reading)[0]
    return _mapped(_clean(held, reading, trim=reading.text or kind != "id"), reading)


def _held(raw: Any, kind: Kind, reading: Reading) -> tuple[Any, Any]:
    """What of a column its type can hold, and where it holds something else."""
    column = typed.known(raw, kind, reading.format)
    if kind == "id" and reading.text and column.type().is_string():
        return typed.exact(column)
    later = _later_s(column.type(), kind, reading)
    return typed.within(column, kind, format=reading.format, engine=reading.engine, later_s=later)


def _later_s(of: Any, kind: Kind, reading: Reading) -> int:
    """By how much a value of typed storage may become later in another zone."""
    zoned = of.is_timestamp() and of.timezone is not None
    is_moved = of.is_timestamp() and (kind == "instant" or zoned or reading.mapping.timezone is not None)
    return later_s("UTC" if zoned else reading.zone, reading.company_zone) if is_moved else 0


def _clean(raw: Any, reading: Reading, *, trim: bool) -> Any:
    """Text without blanks around it, null where nothing is left; ids of typed storage carry no padding."""
    if not raw.type().is_string():
        return raw
    return stripped(raw, reading).nullif("").nullif("\u00a0") if trim else raw.nullif("")


def _mapped(raw: Any, reading: Reading) -> Any:
    """The values of `map`, also where they are written in another case or with other blanks, one for one."""
    import ibis

    mapping = reading.mapping
    if not mapping.map and reading.flags is None:
        return raw
    text = raw if raw.type().is_string() else typed.whole(raw) if raw.type().is_numeric() else raw.cast("string")
    blank = [value for key, value in mapping.map.items() if key == ""]
    branches = [(text == key, _literal(value)) for key, value in mapping.map.items() if key != ""]
    known = [text.isnull()] if mapping.otherwise != "keep" and reading.flags is None else []
    branches += [(k, _literal(blank[0] if blank else None)) for k in known or ([text.isnull()] if blank else [])]
    branches += [(_folded(text, reading) == fold, _literal(value)) for fold, value in folds(mapping.map).items()]
    if reading.flags is not None:
        branches += _flagged(*reading.flags)
    return ibis.cases(*branches, else_=text if mapping.otherwise == "keep" else ibis.literal(mapping.otherwise))


def flagged(won: Any, closed: Any) -> Any:
    """What the flags of a CRM say of a deal: `won`, `lost` or `open`; null where they say nothing."""
    import ibis

    return ibis.cases(*_flagged(won, closed), else_=ibis.null("string"))


def _flagged(won: Any, closed: Any) -> list[tuple[Any, str]]:
    return [(_says(won, _TRUE), "won"), (_says(closed, _TRUE), "lost"), (_says(closed, _FALSE), "open")]


def folds(values: Mapping[str, Any]) -> dict[str, Any]:
    """A map by what its keys have in common in any case and with any blanks; keys that differ in these only are out."""
    found: dict[str, Any] = {}
    several: set[str] = set()
    for key, value in values.items():
        fold = re.sub(f"[{BLANKS}]+", " ", key.lower()).strip()
        if fold in found and found[fold] != value:
            several.add(fold)
        found[fold] = value
    return {fold: value for fold, value in found.items() if fold and fold not in several}


def _folded(text: Any, reading: Reading) -> Any:
    return stripped(text.lower().re_replace(f"[{BLANKS}]+", " "), reading)


def _says(flag: Any, words: Sequence[str]) -> Any:
    """Whether a column of yes and no says one of the words; blank says neither."""
    return flag.cast("string").strip().lower().isin(words).fill_null(False)


def _literal(value: Any) -> Any:
    import ibis

    return ibis.null("string") if value is None else ibis.literal(str(value))


def _text(raw: Any, reading: Reading) -> Any:
    if raw.type().is_string():
        return raw
    return typed.whole(raw) if raw.type().is_numeric() else raw.cast("string")


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


def _instant(raw: Any, reading: Reading) -> Any:
    said = moments.said(raw, reading)
    if reading.days is Days.AS_WRITTEN:
        midnight = said.wall.truncate("D")
        day = moments.at(midnight, reading.company_zone, reading)
        return (said.wall == midnight).ifelse(day, moments.day_begins(raw, said, reading)) if reading.timed else day
    return moments.day_begins(raw, said, reading) if reading.timed else said.instant


def _date(raw: Any, reading: Reading) -> Any:
    import ibis

    if raw.type().is_date():
        return raw
    said = moments.said(raw, reading)
    if reading.days is Days.AS_WRITTEN and not reading.timed:
        value = said.wall.date()
    else:
        zoned = ibis.literal(True) if reading.mapping.timezone else said.zoned
        if reading.days is Days.AS_WRITTEN:
            zoned = zoned & (said.wall != said.wall.truncate("D"))
        local = to_wall(said.instant, reading.company_zone, reading.macros, reading.years)
        value = zoned.ifelse(local, said.wall).date()
    if reading.format != "iso" or not raw.type().is_string():
        return value
    day = raw.re_search(r"^\d{4}-\d{2}-\d{2}([T ][\d:., ]*)?$").ifelse(raw.substr(0, 10), None)
    return ibis.coalesce(value, castable(day, moments.DAY, reading).try_cast("date"))


def _number(raw: Any, reading: Reading) -> Any:
    return _digits(raw, reading).try_cast("float64") if raw.type().is_string() else raw.cast("float64")


def _money(raw: Any, reading: Reading) -> Any:
    return (
        castable(_digits(raw, reading), _SIXTEEN, reading).try_cast(MONEY)
        if raw.type().is_string()
        else raw.cast(MONEY)
    )


def _integer(raw: Any, reading: Reading) -> Any:
    return (
        castable(_digits(raw, reading), _SIXTEEN, reading).try_cast("int64")
        if raw.type().is_string()
        else raw.cast("int64")
    )


def _digits(text: Any, reading: Reading) -> Any:
    """`€ 3.500,00` → `3500.00`; null unless the marks stand where the declaration says, so that 4.5 is never 45."""
    rule = reading.mapping
    bare, decimal = stripped(numerals.without(text, rule.strip), reading), rule.decimal or "."
    return numerals.digits(bare, decimal, rule.thousands, plainly=reading.form == "plain")


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
