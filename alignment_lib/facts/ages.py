"""The one clock of "within N days", on every engine: to the second, on the company's wall.

An event counts within N days when it happened no later than N days on at the start's time of day: N × 24 hours after
it, the last second included, and an hour more or less only where the clocks were changed in between. So a promise of
fourteen days ends as the calendar says, days exported without a time keep their distance, and a week or a month is old
enough with the end of a day. An event that is dated before its start happened at once (a closing known by its day only
is that day's midnight; `tables` warns of the others).

As-of is exclusive, so a lead is old enough for N days when these end before as-of: what it did within them is then seen
to the end, and no later page can tell otherwise.

Statistics take ages in whole days. An event's is the least N within which it happened, a lead's the most N that it is
old enough for: an event at 29 days and 23 hours is in by day 30, a lead of that age has been followed to day 29.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from alignment_lib.facts.facts import Facts, on_the_wall
from alignment_lib.params.run import Run
from alignment_lib.stats.days import epoch_day

DAY_S = 86_400


def within(facts: Facts, event_s: Any, start_s: Any, *, days: int) -> Any:
    """Whether an event happened within so many days of its start; false where either is unknown."""
    return (_lag_s(facts, event_s, start_s) <= days * DAY_S).fill_null(False)


def old_enough(facts: Facts, start_s: Any, *, days: int) -> Any:
    """Whether so many days since the start have been seen to the end; false where it is unknown."""
    return (on_the_wall(start_s, facts.tables) + days * DAY_S < _now_s(facts.run)).fill_null(False)


def event_age(facts: Facts, event_s: Any, start_s: Any) -> Any:
    """The least days within which an event happened, 0 where it came with its start or before it."""
    return _whole_days(_lag_s(facts, event_s, start_s) + (DAY_S - 1))


def lead_age(facts: Facts, start_s: Any) -> Any:
    """The most days that a lead is old enough for."""
    import ibis

    return _whole_days(ibis.literal(_now_s(facts.run) - 1, "int64") - on_the_wall(start_s, facts.tables))


def ready_day(last_day: int, *, days: int) -> int:
    """The epoch day that begins with each lead old enough that began up to another day, included."""
    return last_day + days + 1


def newest_old_day(run: Run, *, days: int) -> int:
    """The newest epoch day of which every lead is old enough."""
    return epoch_day((_now(run) - timedelta(days=days)).date()) - 1


def _lag_s(facts: Facts, event_s: Any, start_s: Any) -> Any:
    return on_the_wall(event_s, facts.tables) - on_the_wall(start_s, facts.tables)


def _now(run: Run) -> datetime:
    """As-of on the wall."""
    return run.as_of.astimezone(ZoneInfo(run.params.timezone))


def _now_s(run: Run) -> int:
    return int(_now(run).replace(tzinfo=UTC).timestamp())


def _whole_days(seconds: Any) -> Any:
    import ibis

    return ibis.greatest((seconds / DAY_S).floor().cast("int64"), ibis.literal(0, "int64"))
