"""Business calendars of several zones, and random instants around their clock changes, for either engine."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import numpy as np
import pandas as pd

from alignment_lib.facts.calendars import Clocks, with_open_seconds
from alignment_lib.stats.clock import Calendar, business_seconds, day_table

OFFICE = {weekday: ((time(9), time(17)),) for weekday in range(5)}
LUNCH = {weekday: ((time(8, 30), time(12)), (time(13), time(17, 15))) for weekday in range(6)}
NIGHTS = {weekday: ((time(0), time(6)), (time(22), time(0))) for weekday in range(7)}
AROUND = {weekday: [("00:00", "24:00")] for weekday in range(7)}
SHIFTS = {**{weekday: [("22:00", "06:00")] for weekday in range(5)}, 5: []}
CALENDARS = (
    Calendar("Europe/Berlin", LUNCH, frozenset({date(2025, 3, 28), date(2025, 10, 27)})),
    Calendar("America/New_York", OFFICE, frozenset({date(2025, 7, 4), date(2025, 11, 4)})),
    Calendar("America/New_York", NIGHTS),
    Calendar("Australia/Lord_Howe", NIGHTS, frozenset({date(2025, 4, 7)})),  # moves by half an hour
    Calendar("Asia/Kathmandu", LUNCH),  # a quarter of an hour
    Calendar("Pacific/Kiritimati", OFFICE),  # 14 hours east
    Calendar("UTC", always_open=True),
    Calendar("Europe/Berlin"),  # never open
    Calendar("Europe/Berlin", AROUND),
    Calendar("America/New_York", SHIFTS, frozenset({date(2025, 7, 4), date(2025, 11, 2)})),
)
CHANGES = ("2025-03-09", "2025-03-30", "2025-04-06", "2025-10-05", "2025-10-26", "2025-11-02")
"""Days on which clocks change somewhere in `CALENDARS` (IANA time zone database)."""
FIRST, LAST = date(2024, 12, 1), date(2026, 1, 31)


def clocks() -> Clocks:
    """The calendars with their day tables, as a run has those of its reps."""
    tables = tuple(day_table(c, first=FIRST, last=LAST) for c in CALENDARS)
    return Clocks(tuple(c.timezone for c in CALENDARS), tables)


def instants(*, seed: int, per_zone: int = 300) -> pd.DataFrame:
    """Columns `zone`, `start_s`, `end_s` (null for one in ten): half of the starts within a day of a clock change."""
    chance = np.random.default_rng(seed)
    n = per_zone * len(CALENDARS)
    changes = np.array([datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() for day in CHANGES])
    new_year = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())
    year = new_year + chance.integers(0, 86_400 * 360, n)
    near = chance.choice(changes, n) + chance.integers(-86_400, 2 * 86_400, n)
    start = np.where(chance.random(n) < 0.5, year, near).astype("int64")
    start = np.where(chance.random(n) < 0.2, start // 3_600 * 3_600, start)  # opening and closing times themselves
    end = start + chance.integers(0, 86_400 * 12, n)
    frame = pd.DataFrame({"zone": np.repeat(np.arange(len(CALENDARS)), per_zone), "start_s": start, "end_s": end})
    return frame.assign(row=np.arange(n), end_s=frame["end_s"].astype("Int64").mask(chance.random(n) < 0.1))


def in_the_engine(rows: Any, days: Any) -> pd.DataFrame:
    """The engine's business seconds of the rows of `instants`, in their order, null without an end."""
    table = with_open_seconds(rows, days, "start_s", "end_s")
    table = table.select("row", seconds=table.b_end_s - table.b_start_s)
    return table.to_pandas().sort_values("row").reset_index(drop=True)


def plain(frame: pd.DataFrame) -> np.ndarray:
    """The same by `clock.business_seconds`, zone by zone; nan without an end."""
    parts = [
        business_seconds(
            CALENDARS[int(str(zone))],
            start_s=part["start_s"].to_numpy(dtype=float),
            end_s=part["end_s"].astype("Float64").to_numpy(dtype=float, na_value=np.nan),
        )
        for zone, part in frame.groupby("zone")
    ]
    return np.concatenate(parts)
