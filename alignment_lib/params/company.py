"""The company: name, time zone, currency and the calendars on which follow-up is measured."""

from __future__ import annotations

import re
from datetime import date, time
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from alignment_lib.params.files import Strict, nearest

DAY_MIN = 24 * 60
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Windows = tuple[tuple[time, time], ...]
_Code = Annotated[str, Field(pattern="^[A-Z]{3}$")]
_MonthKey = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
Rates = dict[_Code, dict[_MonthKey, Annotated[Decimal, Field(ge=Decimal("1e-8"), lt=100_000_000)]]]
"""`{USD: {2026-07: 0.92}}`: exact decimals, as they are written."""


def check_zone(name: str) -> str:
    """An IANA time zone's name, or a ValueError that suggests one."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        from zoneinfo import available_timezones

        hint = nearest(name, sorted(available_timezones())) if len(name) > 2 else "for instance Europe/Berlin"
        hint = hint if len(hint) < 80 else "for instance Europe/Berlin"
        raise ValueError(f"is not an IANA time zone; {hint}") from None
    return name


Hours = dict[str, tuple[str, ...] | None]
"""Windows by day or span of days; an empty one is a day off."""
OFFICE: Hours = {"mon-fri": ("09:00-17:00",)}


class Holidays(Strict):
    """Public holidays of a country (package `holidays`), and days added by hand."""

    country: str | None = None
    subdivision: str | None = None
    extra: tuple[date, ...] = ()

    @model_validator(mode="after")
    def _known(self) -> Holidays:
        if self.country and not re.fullmatch("[A-Z]{2}", self.country):
            raise ValueError(f"country must be a two-letter code such as DE (found {self.country!r})")
        return self

    def days(self, first: int, last: int) -> frozenset[date]:
        """All holidays of the years `first` to `last`; raises ValueError for a country nobody knows."""
        if self.country is None:
            return frozenset(self.extra)
        import holidays

        years = range(first, last + 1)
        try:
            known = holidays.country_holidays(self.country, subdiv=self.subdivision, years=years)
        except NotImplementedError:
            where = "-".join(p for p in (self.country, self.subdivision) if p)
            raise ValueError(f"holidays of '{where}' are not known; leave them out or list them under extra") from None
        return frozenset(known) | frozenset(self.extra)


class Calendar(Strict):
    """Working hours by weekday: `{mon-fri: ["09:00-17:30"]}`, or `always` for a clock that never stops.

    `["00:00-24:00"]` is a whole day, of 23 or 25 hours where the clocks change; `["22:00-06:00"]` is a night shift;
    `[]` is a day off. Holidays are closed from midnight to midnight; `always` knows none.
    """

    hours: Literal["always"] | Hours = OFFICE
    holidays: Holidays = Holidays()
    zones: dict[str, Calendar] = Field(default_factory=dict)
    """Calendars of reps who work elsewhere, by their time zone."""

    @field_validator("hours")
    @classmethod
    def _hours(cls, hours: str | Hours) -> str | Hours:
        if isinstance(hours, dict):
            windows_by_weekday(hours)
        return hours

    @field_validator("zones")
    @classmethod
    def _zones(cls, zones: dict[str, Calendar]) -> dict[str, Calendar]:
        for name in zones:
            check_zone(name)
        return zones

    @property
    def always_open(self) -> bool:
        return self.hours == "always"

    def windows(self) -> dict[int, Windows]:
        """Windows of each weekday, 0 = Monday."""
        return windows_by_weekday(self.hours) if isinstance(self.hours, dict) else {}


def windows_by_weekday(hours: Hours) -> dict[int, Windows]:
    """`{"mon-fri": ("09:00-17:30",)}` → `{0: ((09:00, 17:30),), …}`; ValueError says what is wrong.

    A night shift, `fri: ["22:00-06:00"]`, is parted at midnight: Friday's until 00:00, and Saturday's from 00:00.
    """
    given: dict[int, list[tuple[int, int]]] = {}
    for key, texts in hours.items():
        windows = [_window(text) for text in texts or ()]
        for day in _weekdays(key):
            if day in given:
                raise ValueError(f"{DAYS[day]} is given twice; keep one")
            given[day] = windows
    found: dict[int, list[tuple[int, int]]] = {day: [] for day in given}
    for day, windows in given.items():
        for start, end in windows:
            found[day].append((start, end if end > start else DAY_MIN))
            if end < start:
                found.setdefault((day + 1) % 7, []).append((0, end))
    return {day: _apart(day, windows) for day, windows in found.items()}


def _apart(day: int, windows: list[tuple[int, int]]) -> Windows:
    """The windows of a day from morning to night; ValueError where two overlap."""
    windows = sorted(windows)
    if any(later < earlier for (_, earlier), (later, _) in pairwise(windows)):
        raise ValueError(f"{DAYS[day]}: windows overlap (that of the night before counts); make one of them")
    return tuple((_time(start), _time(end)) for start, end in windows)


def _time(minutes: int) -> time:
    return time(minutes // 60 % 24, minutes % 60)


def _weekdays(key: str) -> range:
    first, _, last = key.strip().lower().partition("-")
    for name in (first, last or first):
        if name not in DAYS:
            raise ValueError(f"unknown day '{name}' in '{key}' ({nearest(name, DAYS)})")
    start, end = DAYS.index(first), DAYS.index(last or first)
    if end < start:
        raise ValueError(f"'{key}' runs backwards; start with the earlier day")
    return range(start, end + 1)


def _window(text: str) -> tuple[int, int]:
    """Opening and close in minutes of the day; a close that is not after the opening is the next morning's."""
    match = re.fullmatch(r"\s*(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)\s*", text)
    if not match:
        raise ValueError(f"'{text}' is no window; write it as 09:00-17:30")
    start_h, start_m, end_h, end_m = (int(g) for g in match.groups())
    if start_h > 23 or start_m > 59 or end_m > 59 or end_h * 60 + end_m > DAY_MIN:
        raise ValueError(f"'{text}' is no time of day; write it as 09:00-17:30")
    start, end = start_h * 60 + start_m, end_h * 60 + end_m or DAY_MIN
    if start == end:
        raise ValueError(f"'{text}' ends as it starts; write 00:00-24:00 for the whole day, [] for a day off")
    return start, end


class Company(Strict):
    """Who the report is about."""

    name: str = Field(min_length=1, max_length=80)
    timezone: str = "UTC"
    currency: str = Field(default="EUR", pattern="^[A-Z]{3}$")
    rates: Rates = Field(default_factory=dict)
    """What one unit of another currency is worth in this one: by currency, by month."""
    calendar: Calendar = Calendar()
    source: str = ""
    """The default source: a name in params/sources/ or a path to a YAML."""
    kept: str = "kept"
    """Folder of the tables that people keep by hand, one folder a source inside: kept/SOURCE/decisions.csv."""
    slash_dates: Literal["day first", "month first"] | None = None
    """How 03/04/2026 is read in a table kept by hand; without it such a date is set aside, for nobody can tell."""

    _zone = field_validator("timezone")(check_zone)


class CompanyOverride(Strict):
    """What a source may say about its own company, in place of params/company.yaml."""

    name: str | None = Field(default=None, min_length=1, max_length=80)
    timezone: str | None = None
    currency: str | None = Field(default=None, pattern="^[A-Z]{3}$")
    rates: Rates | None = None
    calendar: Calendar | None = None

    @field_validator("timezone")
    @classmethod
    def _zone(cls, name: str | None) -> str | None:
        return check_zone(name) if name else name

    def applied_to(self, company: Company) -> Company:
        """The company with this source's own answers in place."""
        said = {name: value for name in self.model_fields_set if (value := getattr(self, name)) is not None}
        return company.model_copy(update=said)
