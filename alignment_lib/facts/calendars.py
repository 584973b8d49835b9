"""The business clock in the engine: day tables of every zone that reps work in, joined by zone and UTC day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from typing import Any

import numpy as np

from alignment_lib.errors import ParamsError
from alignment_lib.params import Calendar, RunParams
from alignment_lib.stats import clock

DAY_S = 86_400


@dataclass(frozen=True)
class Clocks:
    """Business calendars by time zone. `tables` share first and last day; zone 0 is the company's."""

    zones: tuple[str, ...]
    tables: tuple[clock.DayTable, ...]

    def open_seconds(self, zone: int, epoch_s: int) -> int:
        """B(t) of one instant on one zone's clock."""
        return int(clock.open_seconds_at(self.tables[zone], [epoch_s])[0])

    def columns(self) -> dict[str, Any]:
        """The day tables of all zones under each other: zone, day, before, open_i, close_i; int64 arrays."""
        width = max(t.open_s.shape[0] for t in self.tables)
        parts: dict[str, list[Any]] = {}
        for zone, table in enumerate(self.tables):
            rows = {"zone": np.full(len(table.epoch_day), zone, dtype=np.int64), "day": table.epoch_day}
            rows["before"] = table.before_s
            for i in range(width):
                inside = i < table.open_s.shape[0]
                rows[f"open_{i}"] = table.open_s[i] if inside else table.epoch_day * DAY_S
                rows[f"close_{i}"] = table.close_s[i] if inside else table.epoch_day * DAY_S
            for name, values in rows.items():
                parts.setdefault(name, []).append(values)
        return {name: np.concatenate(values) for name, values in parts.items()}


def clocks(params: RunParams, zones: tuple[str, ...], *, first: datetime, last: datetime) -> Clocks:
    """Calendars of the company and of the zones that reps name, from `first` to `last`."""
    company = params.company.calendar
    names = (params.timezone, *(z for z in zones if z != params.timezone))
    start, end = _within(first - timedelta(days=2)), _within(last + timedelta(days=2))
    return Clocks(names, tuple(_table(company.zones.get(n, company), n, start, end) for n in names))


def _within(instant: datetime) -> date:
    return min(max(instant.astimezone(UTC).date(), date(1990, 1, 1)), date(2100, 1, 1))


def _table(calendar: Calendar, zone: str, first: date, last: date) -> clock.DayTable:
    try:
        holidays = calendar.holidays.days(first.year, last.year)
    except ValueError as problem:
        raise ParamsError(f"calendar of {zone}: {problem}") from None
    windows: Mapping[int, Any] = calendar.windows()
    plain = clock.Calendar(zone, windows, holidays, always_open=calendar.always_open)
    return clock.day_table(plain, first=first, last=last)


def with_open_seconds(table: Any, days: Any, *columns: str) -> Any:
    """Add `b_<column>`: open seconds before that instant on the row's own zone; null where the instant is null.

    Parameters
    ----------
    table
        Ibis table with integer columns `zone` and the named `<column>` in epoch seconds.
    days
        `Clocks.columns()` as a table of the engine.
    """
    width = sum(c.startswith("open_") for c in days.columns)
    for column in columns:
        day = (table[column] / DAY_S).floor().cast("int64")
        renamed = days.rename({f"{column}__{c}": c for c in days.columns})
        joined = table.mutate(_day=day).left_join(renamed, [("zone", f"{column}__zone"), ("_day", f"{column}__day")])
        parts = [_clip(joined, column, i) for i in range(width)]
        seconds = reduce(lambda a, b: a + b, parts, joined[f"{column}__before"])
        keep = {c: joined[c] for c in table.columns}
        table = joined.select(**keep, **{f"b_{column}": seconds.cast("int64")})
    return table


def _clip(joined: Any, column: str, i: int) -> Any:
    import ibis

    opens, closes = joined[f"{column}__open_{i}"], joined[f"{column}__close_{i}"]
    return ibis.greatest(ibis.least(joined[column], closes) - opens, ibis.literal(0, "int64"))
