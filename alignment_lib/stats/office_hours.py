"""When somebody can be expected to answer: time zone, windows per weekday, holidays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from zoneinfo import ZoneInfo

from alignment_lib.errors import StatisticsError

DAY_S = 86_400
MIDNIGHT = time(0, 0)


@dataclass(frozen=True)
class Calendar:
    """When somebody can be expected to answer.

    Parameters
    ----------
    timezone : str
        IANA name; `hours` and `holidays` are read in it.
    hours : mapping of weekday to windows
        0 is Monday. Windows are (open, close) in order and without overlap; close `time(0, 0)` is midnight at the
        end of the day. A weekday left out is closed. A night shift is two windows, one on each side of midnight.
    holidays : frozenset of date
        Local dates without any opening.
    always_open : bool
        Around the clock; `hours` and `holidays` are then not used.
    """

    timezone: str
    hours: Mapping[int, tuple[tuple[time, time], ...]] = field(default_factory=dict)
    holidays: frozenset[date] = frozenset()
    always_open: bool = False

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.timezone)
        except (KeyError, ValueError, OSError) as error:
            raise StatisticsError(f"timezone must be a name of the IANA list, got {self.timezone!r}") from error
        for weekday, windows in self.hours.items():
            if weekday not in range(7):
                raise StatisticsError(f"hours: weekday must be 0 (Monday) to 6, got {weekday!r}")
            _check_windows(weekday, windows)


def wall_seconds(wall: time) -> int:
    """Return the seconds on the wall clock since midnight."""
    return wall.hour * 3600 + wall.minute * 60 + wall.second


def _check_windows(weekday: int, windows: tuple[tuple[time, time], ...]) -> None:
    """Raise unless the windows are whole seconds, in order and apart."""
    bounds = [bound for window in windows for bound in window]
    if any(bound.microsecond for bound in bounds):
        raise StatisticsError(f"hours: weekday {weekday} must use whole seconds (00:00 closes at midnight): {windows}")
    seconds = [wall_seconds(bound) for bound in bounds]
    if seconds and bounds[-1] == MIDNIGHT:
        seconds[-1] = DAY_S
    opens, closes = seconds[::2], seconds[1::2]
    apart = all(close <= following for close, following in zip(closes, opens[1:], strict=False))
    if not (apart and all(start < end for start, end in zip(opens, closes, strict=True))):
        raise StatisticsError(
            f"hours: windows of weekday {weekday} must each open before they close, in order and without overlap "
            f"(split a night shift at midnight), got {windows}"
        )
