"""Wall clock and instant in the engine: a CASE over a zone's offset changes, exact and the same on every engine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

_FIRST_YEAR, _LAST_YEAR = 2000, 2040


@dataclass(frozen=True)
class Change:
    """An instant (epoch seconds) at which a zone's offset (seconds east of UTC) changes."""

    at_s: int
    before_s: int
    after_s: int


@lru_cache(maxsize=64)
def changes(timezone: str, first_year: int = _FIRST_YEAR, last_year: int = _LAST_YEAR) -> tuple[int, tuple[Change, ...]]:
    """The offset before `first_year`, and every change of it up to the end of `last_year`."""
    zone = ZoneInfo(timezone)
    step, now = timedelta(days=1), datetime(first_year, 1, 1, tzinfo=UTC)
    first, found = _offset(zone, now), []
    end = datetime(last_year + 1, 1, 1, tzinfo=UTC)
    while now < end:
        before, after = _offset(zone, now), _offset(zone, now + step)
        if before != after:
            at = _search(zone, int(now.timestamp()), int((now + step).timestamp()))
            found.append(Change(at, before, after))
        now += step
    return first, tuple(found)


def _offset(zone: ZoneInfo, instant: datetime) -> int:
    offset = instant.astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset else 0


def _search(zone: ZoneInfo, low: int, high: int) -> int:
    start = _offset(zone, datetime.fromtimestamp(low, UTC))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(zone, datetime.fromtimestamp(middle, UTC)) == start else (low, middle)
    return high


def to_utc(wall: Any, timezone: str) -> Any:
    """A wall-clock timestamp column → UTC; the hour that comes twice is its first one, one that is skipped moves on."""
    import ibis

    first, found = changes(timezone)
    if not found:
        return wall - ibis.interval(seconds=first) if first else wall
    branches = []
    for change in reversed(found):
        threshold = datetime.fromtimestamp(change.at_s + max(change.before_s, change.after_s), UTC).replace(tzinfo=None)
        branches.append((wall >= ibis.literal(threshold), wall - ibis.interval(seconds=change.after_s)))
    return ibis.cases(*branches, else_=wall - ibis.interval(seconds=first))


def to_wall(instant: Any, timezone: str) -> Any:
    """A UTC timestamp column → what that zone's wall clock shows."""
    import ibis

    first, found = changes(timezone)
    branches = [
        (
            instant >= ibis.literal(datetime.fromtimestamp(c.at_s, UTC).replace(tzinfo=None)),
            instant + ibis.interval(seconds=c.after_s),
        )
        for c in reversed(found)
    ]
    before = instant + ibis.interval(seconds=first)
    return ibis.cases(*branches, else_=before) if branches else before


def local_day(epoch_s: Any, timezone: str) -> Any:
    """An integer column of epoch seconds → the epoch day on that zone's wall (64-bit integer)."""
    import ibis

    first, found = changes(timezone)
    offset: Any = ibis.literal(first, "int64")
    if found:
        branches = [(epoch_s >= c.at_s, ibis.literal(c.after_s, "int64")) for c in reversed(found)]
        offset = ibis.cases(*branches, else_=offset)
    return ((epoch_s + offset) / 86400).floor().cast("int64")
