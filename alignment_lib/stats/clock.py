"""Business time: how many seconds of opening hours lie between two instants.

The clock is portable: a table with one row per UTC day, `before_s` open seconds before that day and the day's
windows as epoch seconds, gives B(t) = before + sum clip(t - open, 0, close - open); elapsed = B(end) - B(start).
An engine that can join and add computes the same as `business_seconds` here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.office_hours import DAY_S, Calendar, wall_windows

__all__ = ["Calendar", "DayTable", "business_seconds", "day_table", "deadline_s", "open_seconds_at"]

EPOCH = date(1970, 1, 1)
MIDNIGHT_1970 = datetime(1970, 1, 1)
FIRST, LAST = date(1900, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True)
class DayTable:
    """The portable clock: n UTC days in a row, k windows a day; all int64, times in epoch seconds.

    Windows are clipped to their UTC day; a day with fewer than k is padded with windows of no length.
    """

    epoch_day: NDArray[np.int64]
    before_s: NDArray[np.int64]
    """Open seconds before the day, counted from the table's first day."""
    open_s: NDArray[np.int64]
    close_s: NDArray[np.int64]


def day_table(calendar: Calendar, *, first: date, last: date) -> DayTable:
    """Tabulate the windows of the UTC days `first` to `last`, both included.

    Parameters
    ----------
    calendar : Calendar
    first, last : date
        Between 1900 and 2199, in order.

    Returns
    -------
    DayTable

    Raises
    ------
    StatisticsError
        For days out of order or out of that range.

    Notes
    -----
    A window runs from the first instant at which the wall clock has reached its opening to the first at which it has
    reached its close, so windows that touch still touch when the clocks change, and a skipped hour or day is empty.

    Examples
    --------
    >>> from datetime import time
    >>> berlin = Calendar("Europe/Berlin", {6: ((time(0), time(0)),)})
    >>> day_table(berlin, first=date(2025, 3, 29), last=date(2025, 3, 31)).before_s.tolist()
    [0, 3600, 82800]
    """
    if not FIRST <= first <= last <= LAST:
        raise StatisticsError(f"first and last must be in order within {FIRST} to {LAST}, got {first} and {last}")
    epoch_day = np.arange((first - EPOCH).days, (last - EPOCH).days + 1, dtype=np.int64)
    open_s, close_s = _windows(calendar, epoch_day)
    seconds = (close_s - open_s).sum(axis=0)
    return DayTable(epoch_day, np.cumsum(seconds) - seconds, open_s, close_s)


def open_seconds_at(table: DayTable, epoch_s: ArrayLike) -> NDArray[np.float64]:
    """Count the open seconds from the table's first day to each instant: B(t).

    Parameters
    ----------
    table : DayTable
    epoch_s : array of float
        Epoch seconds within the table; nan gives nan.

    Returns
    -------
    array of float

    Raises
    ------
    StatisticsError
        For an instant outside the table.

    Notes
    -----
    B(t) = before + sum over the day's windows of clip(t - open, 0, close - open).

    Examples
    --------
    >>> from datetime import time
    >>> utc = Calendar("UTC", {0: ((time(9), time(12)), (time(13), time(17)))})
    >>> monday = day_table(utc, first=date(2025, 6, 2), last=date(2025, 6, 2))
    >>> open_seconds_at(monday, [1748865600.0]) / 3600  # at noon
    array([3.])
    """
    times = np.asarray(epoch_s, dtype=np.float64)
    start, end = table.epoch_day[0] * DAY_S, (table.epoch_day[-1] + 1) * DAY_S
    outside = (times < start) | (times > end)
    if outside.any():
        raise StatisticsError(f"epoch_s must lie within the table, {start} to {end}, got {times[outside].flat[0]}")
    known = np.where(np.isnan(times), start, times)
    # The end of the last day belongs to no row of its own; the last row counts it in full.
    row = np.minimum((known // DAY_S).astype(np.int64), table.epoch_day[-1]) - table.epoch_day[0]
    opened, closed = table.open_s[:, row], table.close_s[:, row]
    total = table.before_s[row] + np.clip(known - opened, 0, closed - opened).sum(axis=0)
    return np.where(np.isnan(times), np.nan, total)


def business_seconds(calendar: Calendar, *, start_s: ArrayLike, end_s: ArrayLike) -> NDArray[np.float64]:
    """Measure the open seconds between two instants.

    Parameters
    ----------
    calendar : Calendar
    start_s, end_s : array of float
        Epoch seconds, of one shape or to be broadcast.

    Returns
    -------
    array of float
        nan where the end lies before the start (bad data, to be counted as such) or either is nan.

    Raises
    ------
    StatisticsError
        For an instant outside the years 1900 to 2199: most often milliseconds taken for seconds.

    Examples
    --------
    >>> from datetime import time
    >>> office = Calendar("America/New_York", {day: ((time(9), time(17)),) for day in range(5)})
    >>> friday_1630 = datetime.fromisoformat("2025-03-07T16:30-05:00").timestamp()
    >>> monday_0930 = datetime.fromisoformat("2025-03-10T09:30-04:00").timestamp()  # summer time began
    >>> float(business_seconds(office, start_s=friday_1630, end_s=monday_0930))
    3600.0
    """
    start, end = np.broadcast_arrays(_times("start_s", start_s), _times("end_s", end_s))
    known = np.concatenate([start.ravel(), end.ravel()])
    known = known[~np.isnan(known)]
    if not known.size:
        return np.full(start.shape, np.nan)
    table = day_table(calendar, first=_utc_day(known.min()), last=_utc_day(known.max()))
    elapsed = open_seconds_at(table, end) - open_seconds_at(table, start)
    return np.where(end >= start, elapsed, np.nan)


def deadline_s(calendar: Calendar, *, start_s: ArrayLike, business_seconds: ArrayLike) -> NDArray[np.float64]:
    """Find the first instant at which so many open seconds have passed since the start.

    Parameters
    ----------
    calendar : Calendar
    start_s : array of float
        Epoch seconds.
    business_seconds : array of float
        Open seconds allowed, not negative; of one shape with `start_s` or to be broadcast.

    Returns
    -------
    array of float
        Epoch seconds; the start itself when nothing is allowed; nan where the start is nan or the calendar does not
        open for so long before 2200.

    Raises
    ------
    StatisticsError
        For a negative or nan allowance, or a start outside 1900 to 2199.

    Examples
    --------
    >>> from datetime import time
    >>> office = Calendar("America/New_York", {day: ((time(9), time(17)),) for day in range(5)})
    >>> friday_1630 = datetime.fromisoformat("2025-03-07T16:30-05:00").timestamp()
    >>> due = deadline_s(office, start_s=friday_1630, business_seconds=3600)
    >>> datetime.fromtimestamp(float(due), ZoneInfo("America/New_York")).strftime("%A %H:%M")
    'Monday 09:30'
    """
    start, allowed = np.broadcast_arrays(_times("start_s", start_s), np.asarray(business_seconds, dtype=np.float64))
    if not (allowed >= 0).all():
        raise StatisticsError(f"business_seconds must not be negative or nan, got {allowed[~(allowed >= 0)].flat[0]}")
    if np.isnan(start).all():
        return np.full(start.shape, np.nan)
    table, target = _table_up_to(calendar, start, allowed)
    per_day = table.close_s - table.open_s
    ends = table.before_s + per_day.sum(axis=0)
    reached = target <= ends[-1]
    row = np.where(reached, np.searchsorted(ends, target), 0)
    used = np.cumsum(per_day[:, row], axis=0)
    left = np.where(reached, target - table.before_s[row], 0)
    window = np.argmax(used >= left, axis=0)[np.newaxis]
    closes = np.take_along_axis(table.close_s[:, row], window, axis=0)[0]
    due = closes - (np.take_along_axis(used, window, axis=0)[0] - left)
    return np.where(np.isnan(start) | (allowed == 0), start, np.where(reached, due, np.nan))


def _table_up_to(
    calendar: Calendar, start: NDArray[np.float64], allowed: NDArray[np.float64]
) -> tuple[DayTable, NDArray[np.float64]]:
    """Return a table long enough that B reaches every start plus its allowance, if it ever does, and those B."""
    first, latest = _utc_day(np.nanmin(start)), _utc_day(np.nanmax(start))
    days = 14
    while True:
        last = min(latest + timedelta(days=days), LAST)
        table = day_table(calendar, first=first, last=last)
        target = open_seconds_at(table, start) + allowed
        if last == LAST or np.nanmax(target) <= open_seconds_at(table, (table.epoch_day[-1] + 1) * DAY_S):
            return table, target
        days *= 4


def _windows(calendar: Calendar, epoch_day: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Lay the calendar's windows out as (k, n) arrays, cut at the UTC days' ends."""
    day_start = epoch_day * DAY_S
    if calendar.always_open:
        return day_start[np.newaxis], day_start[np.newaxis] + DAY_S
    # A zone is less than a day away from UTC, so one local date more on each side is enough.
    pairs = np.array([*_local_windows(calendar, int(epoch_day[0]) - 1, int(epoch_day[-1]) + 1)], dtype=np.int64)
    opened, closed = pairs.reshape(-1, 2).T
    # A local day of at most 25 hours touches at most three UTC days.
    day = (opened // DAY_S + np.arange(3)[:, np.newaxis]).ravel()
    opened, closed = np.maximum(np.tile(opened, 3), day * DAY_S), np.minimum(np.tile(closed, 3), (day + 1) * DAY_S)
    keep = (opened < closed) & (day >= epoch_day[0]) & (day <= epoch_day[-1])
    order = np.argsort(opened[keep])
    opened, closed, row = opened[keep][order], closed[keep][order], (day[keep] - epoch_day[0])[order]
    slot = np.arange(row.size) - np.searchsorted(row, row)
    open_s = np.repeat(day_start[np.newaxis], max(slot.max(initial=0) + 1, 1), axis=0)
    close_s = open_s.copy()
    open_s[slot, row], close_s[slot, row] = opened, closed
    return open_s, close_s


def _local_windows(calendar: Calendar, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Yield open and close, in epoch seconds, of the windows of the local dates `first` to `last` (epoch days)."""
    zone = ZoneInfo(calendar.timezone)
    hours = wall_windows(calendar.hours)
    next_midnight = _instant(first * DAY_S, zone)
    for number in range(first, last + 1):
        midnight, next_midnight = next_midnight, _instant((number + 1) * DAY_S, zone)
        day = date.fromordinal(EPOCH.toordinal() + number)
        if day in calendar.holidays:
            continue
        for opens, closes in hours.get(day.weekday(), ()):
            if next_midnight - midnight == DAY_S:  # no change of clocks: the quick way, on all but two days a year
                yield midnight + opens, midnight + closes
            else:
                yield _instant(number * DAY_S + opens, zone), _instant(number * DAY_S + closes, zone)


def _instant(wall_s: int, zone: ZoneInfo) -> int:
    """Return the first epoch second at which the wall clock, itself read as if it were UTC, has reached `wall_s`."""
    local = MIDNIGHT_1970 + timedelta(seconds=wall_s)
    early, late = (int(local.replace(tzinfo=zone, fold=fold).timestamp()) for fold in (1, 0))
    if early >= late:  # they differ only when clocks change; fold 0 is the first of two equal wall times
        return late
    # The wall time is skipped (fold 1 reads it with the offset after the gap): find the second at which it is passed.
    seconds = range(early, late + 1)
    return seconds[bisect_left(seconds, local, key=lambda s: datetime.fromtimestamp(s, zone).replace(tzinfo=None))]


def _times(name: str, epoch_s: ArrayLike) -> NDArray[np.float64]:
    """Return epoch seconds as an array, or raise when one lies outside the years of the clock."""
    try:
        times = np.asarray(epoch_s, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise StatisticsError(f"{name} must be seconds since 1970, got {epoch_s!r}") from error
    low, high = (FIRST - EPOCH).days * DAY_S, (LAST - EPOCH).days * DAY_S
    outside = (times < low) | (times >= high)
    if outside.any():
        raise StatisticsError(
            f"{name} must be seconds since 1970 within {FIRST} to {LAST} (milliseconds?), got {times[outside].flat[0]}"
        )
    return times


def _utc_day(epoch_s: float) -> date:
    return EPOCH + timedelta(days=int(epoch_s // DAY_S))
