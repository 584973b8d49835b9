"""Wall clock and instant in the engine: a CASE over a zone's offset changes, exact and the same on every engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

Years = tuple[int, int]
"""The first and the last in which a column has values: only the changes of these are asked about."""
_FIRST_YEAR, _LAST_YEAR = 2000, 2040


@dataclass(frozen=True)
class Change:
    """An instant (epoch seconds) at which a zone's offset (seconds east of UTC) changes."""

    at_s: int
    before_s: int
    after_s: int


@lru_cache(maxsize=64)
def changes(
    timezone: str, first_year: int = _FIRST_YEAR, last_year: int = _LAST_YEAR
) -> tuple[int, tuple[Change, ...]]:
    """The offset before `first_year`, and every change of it up to the end of `last_year`."""
    zone = ZoneInfo(timezone)
    # no zone has changed twice within a week since 2000; a test compares with steps of an hour
    step, now = timedelta(days=7), datetime(first_year, 1, 1, tzinfo=UTC)
    first, found = _offset(zone, now), []
    end = datetime(last_year + 1, 1, 1, tzinfo=UTC)
    while now < end:
        before, after = _offset(zone, now), _offset(zone, now + step)
        if before != after:
            at = _search(zone, int(now.timestamp()), int((now + step).timestamp()))
            found.append(Change(at, before, after))
        now += step
    return first, tuple(found)


def within(years: Years | None) -> Years:
    """The years whose changes are asked about, those before and after included; all that are known for None."""
    if years is None:
        return _FIRST_YEAR, _LAST_YEAR
    first, last = (min(max(year, _FIRST_YEAR), _LAST_YEAR) for year in (years[0] - 1, years[1] + 1))
    return first, last


def later_s(timezone: str, company_zone: str) -> int:
    """The most seconds by which UTC or the company's wall clock may be later than a wall clock of a zone."""
    company, zone = (_offsets(name) for name in (company_zone, timezone))
    return max(0, -min(zone), 0 if timezone == company_zone else max(company) - min(zone))


def _offsets(timezone: str) -> tuple[int, ...]:
    """Every offset of a zone that is known, in seconds east of UTC."""
    first, found = changes(timezone)
    return first, *(c.after_s for c in found)


def _offset(zone: ZoneInfo, instant: datetime) -> int:
    offset = instant.astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset else 0


def _search(zone: ZoneInfo, low: int, high: int) -> int:
    start = _offset(zone, datetime.fromtimestamp(low, UTC))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(zone, datetime.fromtimestamp(middle, UTC)) == start else (low, middle)
    return high


def to_utc(wall: Any, timezone: str, macros: Macros | None = None, years: Years | None = None) -> Any:
    """A wall-clock timestamp column → UTC; the hour that comes twice is its first one, one that is skipped moves on."""
    first, found = changes(timezone)
    if not found:
        return _minus(wall, first)
    if macros is not None:
        return macros.call("to_utc", timezone, wall, years)
    branches = [(wall >= _literal(wall_threshold(c)), _minus(wall, c.after_s)) for c in reversed(found)]
    return _cases(branches, _minus(wall, first))


def to_wall(instant: Any, timezone: str, macros: Macros | None = None, years: Years | None = None) -> Any:
    """A UTC timestamp column → what that zone's wall clock shows."""
    first, found = changes(timezone)
    if found and macros is not None:
        return macros.call("to_wall", timezone, instant, years)
    branches = [(instant >= _literal(c.at_s), _minus(instant, -c.after_s)) for c in reversed(found)]
    return _cases(branches, _minus(instant, -first))


def midnight(instant: Any, timezone: str) -> Any:
    """A UTC timestamp column → the instant at which that zone's day of it began, without one CASE within another."""
    second, (_, found) = instant.truncate("s"), changes(timezone)
    wall = to_wall(second, timezone)
    elapsed = wall.epoch_seconds() - wall.truncate("D").epoch_seconds()
    days = ((c.at_s, *_ends_of_day(c.at_s, timezone)) for c in reversed(found))  # when clocks and time do not agree
    branches = [((second >= _literal(at)) & (second < _literal(end)), _literal(begin)) for at, begin, end in days]
    return _cases(branches, second - elapsed.as_interval("s"))


def _ends_of_day(epoch_s: int, timezone: str) -> tuple[int, int]:
    """When that zone's day of an instant begins and ends, in epoch seconds."""
    zone = ZoneInfo(timezone)
    day = datetime.fromtimestamp(epoch_s, zone).date()
    begin, end = (datetime.combine(d, time(), zone) for d in (day, day + timedelta(days=1)))
    return int(begin.timestamp()), int(end.timestamp())


def wall_threshold(change: Change) -> int:
    """The first wall-clock second, read as if it were UTC, from which the new offset holds."""
    return change.at_s + max(change.before_s, change.after_s)


def _literal(epoch_s: int) -> Any:
    import ibis

    return ibis.literal(datetime.fromtimestamp(epoch_s, UTC).replace(tzinfo=None))


def _minus(timestamp: Any, seconds: int) -> Any:
    import ibis

    return timestamp - ibis.interval(seconds=seconds) if seconds else timestamp


def _cases(branches: list[tuple[Any, Any]], otherwise: Any) -> Any:
    import ibis

    return ibis.cases(*branches, else_=otherwise) if branches else otherwise


class Macros:
    """The same CASE as a macro of the embedded DuckDB: one node of an expression in place of a hundred."""

    def __init__(self, run: Callable[[str], Any]) -> None:
        self._run = run
        self._made: dict[tuple[str, str, Years | None], Any] = {}

    def call(self, kind: str, timezone: str, column: Any, years: Years | None = None) -> Any:
        """Apply `to_utc` or `to_wall` of a zone to a timestamp column."""
        key = (kind, timezone, years)
        if key not in self._made:
            self._made[key] = self._make(kind, f"{kind}_{len(self._made)}", timezone, years)
        return self._made[key](column)

    def naive(self, column: Any) -> Any:
        """An instant with a zone as UTC without one."""
        if ("naive", "UTC", None) not in self._made:
            self._run("CREATE OR REPLACE TEMP MACRO instant_utc(moment) AS make_timestamp(epoch_us(moment))")
            self._made["naive", "UTC", None] = _known_as("instant_utc", of="UTC")
        return self._made["naive", "UTC", None](column)

    def _make(self, kind: str, name: str, timezone: str, years: Years | None) -> Any:
        first, found = changes(timezone, *within(years))
        to_utc = kind == "to_utc"
        begins = ((wall_threshold(c) if to_utc else c.at_s, c.after_s) for c in reversed(found))
        cases = " ".join(f"WHEN w >= make_timestamp({at * 1_000_000}) THEN {after_s}" for at, after_s in begins)
        offset = f"CASE {cases} ELSE {first} END" if cases else str(first)
        # in a lambda the argument is worked out once; as the macro's own it would be copied into each of a hundred
        # branches, and planning a column of text in local time took seconds
        moved = f"list_transform([wall], lambda w: w {'-' if to_utc else '+'} to_seconds({offset}))[1]"
        self._run(f"CREATE OR REPLACE TEMP MACRO {name}(wall) AS {moved}")
        return _known_as(name)


@cache
def _known_as(name: str, of: str | None = None) -> Any:
    """A macro of a timestamp as Ibis knows it; one for each name, so that two sources make equal expressions."""
    import ibis
    import ibis.expr.datatypes as dt

    def macro(moment):  # type: ignore[no-untyped-def]
        """What the engine does under that name."""

    macro.__name__ = name
    return ibis.udf.scalar.builtin(macro, name=name, signature=((dt.Timestamp(timezone=of),), dt.timestamp))


def local_day(epoch_s: Any, timezone: str, *, first_s: int, last_s: int) -> Any:
    """An integer column of epoch seconds within `first_s` to `last_s` → the epoch day on that zone's wall."""
    return (local_seconds(epoch_s, timezone, first_s=first_s, last_s=last_s) / 86_400).floor().cast("int64")


def local_seconds(epoch_s: Any, timezone: str, *, first_s: int, last_s: int) -> Any:
    """The same → seconds on that zone's wall, counted as if its clocks had never been changed.

    Only the offset changes of that span are asked about, which keeps the expression small.
    """
    import ibis

    offset, found = changes(timezone)
    earlier = [c for c in found if c.at_s <= first_s]
    offset = earlier[-1].after_s if earlier else offset
    within = [c for c in found if first_s < c.at_s <= last_s]
    shift = _cases(
        [(epoch_s >= c.at_s, ibis.literal(c.after_s, "int64")) for c in reversed(within)], ibis.literal(offset, "int64")
    )
    return epoch_s + shift


@lru_cache(maxsize=64)
def abbreviations(timezone: str) -> dict[str, tuple[int, ...]]:
    """What a zone's clocks have been called since 2000 (CET, CEST), each with its offsets in seconds east of UTC."""
    zone, (_, found) = ZoneInfo(timezone), changes(timezone)
    names: dict[str, tuple[int, ...]] = {}
    for at_s in (int(datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp()), *(c.at_s for c in found)):
        local = datetime.fromtimestamp(at_s, UTC).astimezone(zone)
        name, offset = local.tzname() or "", int((local.utcoffset() or timedelta()).total_seconds())
        if name.isalpha() and offset not in names.get(name, ()):
            names[name] = (*names.get(name, ()), offset)
    return names
