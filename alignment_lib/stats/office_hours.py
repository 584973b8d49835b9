"""When somebody can be expected to answer: time zone, windows per weekday, holidays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from itertools import pairwise
from zoneinfo import ZoneInfo

from alignment_lib.errors import StatisticsError

DAY_S = 86_400
Wall = time | str
"""A time on the wall clock: `time(17, 30)`, or as it is written, "17:30"; "24:00" is midnight at the day's end."""


@dataclass(frozen=True)
class Calendar:
    """When somebody can be expected to answer.

    Parameters
    ----------
    timezone : str
        IANA name; `hours` and `holidays` are read in it.
    hours : mapping of weekday to windows
        0 is Monday. Windows are (open, close) without overlap, as `time` or text; a close of "24:00", "00:00" or
        `time(0, 0)` is midnight at the end of the day. A weekday left out, or without windows, is closed. A night
        shift, ("22:00", "06:00"), goes on into the next day, and is the same as two windows parted at midnight.
    holidays : frozenset of date
        Local dates without any opening: a night shift ends at the midnight before one, and goes on after one.
    always_open : bool
        Around the clock; `hours` and `holidays` are then not used.
    """

    timezone: str
    hours: Mapping[int, Sequence[tuple[Wall, Wall]]] = field(default_factory=dict)
    holidays: frozenset[date] = frozenset()
    always_open: bool = False

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.timezone)
        except (KeyError, ValueError, OSError) as error:
            raise StatisticsError(f"timezone must be a name of the IANA list, got {self.timezone!r}") from error
        wall_windows(self.hours)


def wall_windows(hours: Mapping[int, Sequence[tuple[Wall, Wall]]]) -> dict[int, list[tuple[int, int]]]:
    """Return the windows of each weekday in seconds since its midnight, a night shift in two parts.

    Raises
    ------
    StatisticsError
        A weekday or a time that there is none of, a window without length, windows that overlap.

    Examples
    --------
    >>> wall_windows({4: [("22:00", "06:00")], 5: [("08:00", "24:00")]})
    {4: [(79200, 86400)], 5: [(0, 21600), (28800, 86400)]}
    """
    found: dict[int, list[tuple[int, int]]] = {}
    for weekday, windows in hours.items():
        if weekday not in range(7):
            raise StatisticsError(f"hours: weekday must be 0 (Monday) to 6, got {weekday!r}")
        for opens, closes in windows:
            for day, start, end in _parts(weekday, opens, closes):
                found.setdefault(day, []).append((start, end))
    for weekday, parts in found.items():
        parts.sort()
        if any(end > start for (_, end), (start, _) in pairwise(parts)):
            raise StatisticsError(f"hours: windows of weekday {weekday} must not overlap, got {hours}")
    return found


def _parts(weekday: int, opens: Wall, closes: Wall) -> list[tuple[int, int, int]]:
    """One window as (weekday, open, close); two where it goes on past midnight."""
    start, end = wall_seconds(opens), wall_seconds(closes) or DAY_S
    if start in (end, DAY_S):
        raise StatisticsError(f"hours: a window must have a length, got {opens} to {closes} on weekday {weekday}")
    if start < end:
        return [(weekday, start, end)]
    return [(weekday, start, DAY_S), ((weekday + 1) % 7, 0, end)]


def wall_seconds(wall: Wall) -> int:
    """Return the seconds on the wall clock since midnight.

    Examples
    --------
    >>> wall_seconds(time(9)), wall_seconds("24:00")
    (32400, 86400)
    """
    if wall in ("24:00", "24:00:00"):
        return DAY_S
    try:
        told = time.fromisoformat(wall) if isinstance(wall, str) else wall
    except ValueError as error:
        raise StatisticsError(f"hours: a time of day must be 00:00 to 24:00, got {wall!r}") from error
    if told.microsecond or told.tzinfo:
        raise StatisticsError(f"hours: a time of day must be whole seconds, without a zone (24:00 ends a day): {wall}")
    return told.hour * 3600 + told.minute * 60 + told.second
