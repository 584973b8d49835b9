"""Days, ISO weeks and calendar months in the company's time zone, and the instants at which they begin and end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from alignment_lib.errors import ParamsError


def midnight(day: date, timezone: str) -> datetime:
    """The instant (UTC) at which a local day begins."""
    return datetime.combine(day, time(), tzinfo=ZoneInfo(timezone)).astimezone(UTC)


def local_day(instant: datetime, timezone: str) -> date:
    """The calendar day of an instant on the company's wall."""
    return instant.astimezone(ZoneInfo(timezone)).date()


@dataclass(frozen=True, order=True)
class Day:
    """A calendar day."""

    first: date

    @classmethod
    def parse(cls, text: str) -> Day:
        """`2018-03-21` → the day; ParamsError for anything else."""
        try:
            if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text.strip()):
                raise ValueError
            return cls(date.fromisoformat(text.strip()))
        except ValueError:
            raise ParamsError(f"day '{text}' is no day; write it as 2018-03-21") from None

    @classmethod
    def of(cls, day: date) -> Day:
        """The day itself."""
        return cls(day)

    @property
    def label(self) -> str:
        return self.first.isoformat()

    @property
    def last(self) -> date:
        return self.first

    def shifted(self, days: int) -> Day:
        """The day that many days later (earlier where negative)."""
        return Day(self.first + timedelta(days=days))


@dataclass(frozen=True, order=True)
class Week:
    """An ISO week, Monday to Sunday."""

    monday: date

    @classmethod
    def parse(cls, text: str) -> Week:
        """`2018-W12` → the week; ParamsError for anything else, week 53 of a 52-week year included."""
        match = re.fullmatch(r"(\d{4})-?[Ww](\d{1,2})", text.strip())
        try:
            if match is None:
                raise ValueError
            return cls(date.fromisocalendar(int(match[1]), int(match[2]), 1))
        except ValueError:
            raise ParamsError(f"week '{text}' is no ISO week; write it as 2018-W12 (weeks 1 to 52 or 53)") from None

    @classmethod
    def of(cls, day: date) -> Week:
        """The week a day falls in."""
        return cls(day - timedelta(days=day.weekday()))

    @property
    def label(self) -> str:
        year, number, _ = self.monday.isocalendar()
        return f"{year}-W{number:02d}"

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def first(self) -> date:
        """Its first day, under the name that weeks and months share; `last` likewise."""
        return self.monday

    @property
    def last(self) -> date:
        return self.sunday

    def shifted(self, weeks: int) -> Week:
        """The week that many weeks later (earlier where negative)."""
        return Week(self.monday + timedelta(weeks=weeks))

    def history(self, weeks: int) -> tuple[Week, ...]:
        """This week and those before it, oldest first, `weeks` in all."""
        return tuple(self.shifted(-back) for back in range(weeks - 1, -1, -1))


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month."""

    first: date

    @classmethod
    def parse(cls, text: str) -> Month:
        """`2018-04` → the month; ParamsError for anything else."""
        match = re.fullmatch(r"(\d{4})-(\d{1,2})", text.strip())
        try:
            if match is None:
                raise ValueError
            return cls(date(int(match[1]), int(match[2]), 1))
        except ValueError:
            raise ParamsError(f"month '{text}' is no month; write it as 2018-04") from None

    @classmethod
    def of(cls, day: date) -> Month:
        """The month a day falls in."""
        return cls(day.replace(day=1))

    @property
    def label(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def last(self) -> date:
        return month_start(self.first, -1) - timedelta(days=1)

    def shifted(self, months: int) -> Month:
        """The month that many months later (earlier where negative)."""
        return Month(month_start(self.first, -months))

    def history(self, months: int) -> tuple[Month, ...]:
        """This month and those before it, oldest first, `months` in all."""
        return tuple(self.shifted(-back) for back in range(months - 1, -1, -1))


Period = Day | Week | Month
"""What a report is about."""


def month_start(day: date, back: int = 0) -> date:
    """The first day of the month `back` months before that of `day`."""
    months = day.year * 12 + day.month - 1 - back
    return date(months // 12, months % 12 + 1, 1)


def days_of_month(day: date) -> Sequence[date]:
    """All days of the month a day falls in."""
    first, after = month_start(day), month_start(day, -1)
    return [first + timedelta(days=i) for i in range((after - first).days)]


def parse_instant(text: str, timezone: str) -> datetime:
    """An ISO 8601 instant in UTC; without an offset it is the company's wall clock."""
    try:
        parsed = datetime.fromisoformat(text.strip())
        if parsed.tzinfo is None:
            parsed = parsed.replace(tzinfo=ZoneInfo(timezone))
        return parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ParamsError(f"as-of '{text}' is no ISO 8601 instant; write it as 2018-03-26T00:00:00Z") from None


def iso(instant: datetime) -> str:
    """`2018-03-26T00:00:00Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
