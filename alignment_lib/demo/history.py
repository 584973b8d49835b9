"""The time axis of the demo company: blocks of history, local wall time, the calendars of business time.

Instants are UTC epoch seconds (int64), days are days since 1970 of the local calendar.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import ArrayLike

from alignment_lib.demo import truth
from alignment_lib.demo.chance import Bools, Floats, Ints
from alignment_lib.stats.clock import Calendar, deadline_s

DAY_S = 86_400
NEVER = np.iinfo(np.int64).max
"""An instant that does not come; later than every `until`."""
EXTENSION_WEEKS = 26
EPOCH = date(1970, 1, 1)
OFFICE = (time(9), time(17, 30))
OFFICE_NEW_YORK = (time(9), time(17))


@dataclass(frozen=True)
class Block:
    """A stretch of history that is generated whole, whatever of it is known yet: days `first` to before `last`."""

    number: int
    first: int
    last: int
    leads: int


def blocks(*, leads: int, weeks: int, until: datetime) -> list[Block]:
    """Cut the history into the asked weeks before the fixed end and, for a later `until`, half-years after it."""
    end = epoch_day(truth.END.date())
    cut = [Block(0, end - 7 * weeks, end, leads)]
    per_extension = max(round(leads * EXTENSION_WEEKS / weeks), 1)
    while cut[-1].last * DAY_S < until.timestamp():
        first = cut[-1].last
        cut.append(Block(len(cut), first, first + 7 * EXTENSION_WEEKS, per_extension))
    return cut


def epoch_day(day: date) -> int:
    return (day - EPOCH).days


def calendar_date(day: int) -> date:
    return EPOCH + timedelta(days=day)


@cache
def public_holidays(country: str, subdivision: str | None = None) -> frozenset[date]:
    """Public holidays of the years that the demo can touch."""
    from holidays import country_holidays  # slow to import

    return frozenset(country_holidays(country, subdiv=subdivision, years=range(2020, 2033), language="en_US"))


@cache
def calendar(timezone: str) -> Calendar:
    """The working hours of the company's two offices."""
    berlin = timezone == truth.TIMEZONE
    window = OFFICE if berlin else OFFICE_NEW_YORK
    days_off = public_holidays("DE", "BE") if berlin else public_holidays("US")
    return Calendar(timezone, dict.fromkeys(range(5), (window,)), days_off)


def after(start_s: Ints, *, open_s: ArrayLike, timezone: str = truth.TIMEZONE) -> Ints:
    """Return the instants at which so many business seconds have passed since each start."""
    if not start_s.size:
        return start_s
    due = deadline_s(calendar(timezone), start_s=start_s, business_seconds=np.rint(open_s))
    return np.rint(due).astype(np.int64)


@cache
def _changes() -> tuple[Ints, Ints]:
    """Instants at which the local offset from UTC changes, and the offsets from then on, in seconds."""
    zone = ZoneInfo(truth.TIMEZONE)
    hours = np.arange(epoch_day(date(2015, 1, 1)) * 24, epoch_day(date(2033, 1, 1)) * 24)
    noon = hours[::24]
    offsets = [_offset(int(hour), zone) for hour in noon]
    at, then = [int(noon[0]) * 3600], [offsets[0]]
    for place in np.flatnonzero(np.diff(offsets)):
        day = hours[place * 24 : place * 24 + 25]
        found = next(int(hour) for hour in day if _offset(int(hour), zone) == offsets[place + 1])
        at.append(found * 3600)
        then.append(offsets[place + 1])
    return np.array(at), np.array(then)


def _offset(hour: int, zone: ZoneInfo) -> int:
    shift = datetime.fromtimestamp(hour * 3600, zone).utcoffset()
    return int(shift.total_seconds()) if shift else 0


def to_local(instant_s: Ints) -> Ints:
    """Wall-clock seconds of instants, as if the wall clock showed UTC."""
    at, then = _changes()
    return instant_s + then[np.maximum(np.searchsorted(at, instant_s, side="right") - 1, 0)]


def to_utc(wall_s: Ints) -> Ints:
    """Instants of wall-clock seconds; the hours in which clocks change are never asked for."""
    at, then = _changes()
    return wall_s - then[np.maximum(np.searchsorted(at + then, wall_s, side="right") - 1, 0)]


def workday_from(day: Ints) -> Ints:
    """The day itself or the next one on which the Berlin office is open."""
    off = np.array(sorted(calendar(truth.TIMEZONE).holidays), dtype="datetime64[D]")
    rolled = np.busday_offset(day.astype("datetime64[D]"), 0, roll="forward", holidays=off)
    return rolled.astype(np.int64)


def is_early_monday(instant_s: Ints) -> Bools:
    """Whether an instant lies within the first business hour of a Monday in Berlin."""
    wall = to_local(instant_s)
    opening = OFFICE[0].hour * 3600
    monday = (wall // DAY_S + 3) % 7 == 0
    within: Bools = monday & (wall % DAY_S >= opening) & (wall % DAY_S < opening + truth.WEEKEND_SHIFT_S)
    return within


def day_weights(block: Block) -> Floats:
    """How many leads each day of a block draws, relative to each other: growth, season, weekday, holidays."""
    day = np.arange(block.first, block.last)
    years = (day - epoch_day(truth.END.date())) / 365.25
    week = np.array([calendar_date(int(d)).isocalendar().week for d in day])
    season = 1 + 0.10 * np.sin(2 * np.pi * (week - 5) / 52.18)
    quiet = np.where(np.isin(week, (52, 1)), 0.45, np.where((week >= 30) & (week <= 33), 0.85, 1.0))
    weekday = np.array([1.1, 1.2, 1.2, 1.1, 0.9, 0.22, 0.28])[(day + 3) % 7]
    off = {epoch_day(d) for d in public_holidays("DE", "BE")}
    holiday = np.where(np.isin(day, np.array(sorted(off))), 0.3, 1.0)
    weights: Floats = (1 + truth.GROWTH_PER_YEAR) ** years * season * quiet * weekday * holiday
    return weights


def instant(moment: datetime) -> int:
    """Epoch seconds of an aware datetime."""
    return int(moment.astimezone(UTC).timestamp())
