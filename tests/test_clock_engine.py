"""STATS 5: the business clock as an expression of the engine equals the plain function, which test_clock.py proves."""

from __future__ import annotations

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest
import yaml

from alignment_lib.facts.calendars import Clocks, _table
from alignment_lib.params.company import Calendar as CompanyCalendar
from alignment_lib.stats.clock import Calendar
from tests import fixture_clocks as fixture
from tests.test_clock import seconds, stepped_minutes


@pytest.mark.parametrize("seed", [1, 2])
def test_the_engine_equals_the_plain_function(seed: int) -> None:
    frame, engine = fixture.instants(seed=seed), ibis.duckdb.connect()
    rows = engine.create_table("instants", frame)
    days = engine.create_table("business_clock", pd.DataFrame(fixture.clocks().columns()))
    found = fixture.in_the_engine(rows, days)["seconds"].to_numpy(dtype=float, na_value=np.nan)
    expected = fixture.plain(frame)
    np.testing.assert_array_equal(found, expected)
    for zone, calendar in enumerate(fixture.CALENDARS):
        own = expected[frame["zone"] == zone]
        assert np.isnan(own).any()  # no end, no duration
        assert (np.nansum(own) > 0) == bool(calendar.hours or calendar.always_open)


def test_around_the_clock_every_second_counts() -> None:
    frame, engine = fixture.instants(seed=3, per_zone=50), ibis.duckdb.connect()
    always = [i for i, calendar in enumerate(fixture.CALENDARS) if calendar.always_open]
    frame = frame[frame["zone"].isin(always) & frame["end_s"].notna()].reset_index(drop=True)
    days = engine.create_table("business_clock", pd.DataFrame(fixture.clocks().columns()))
    found = fixture.in_the_engine(engine.create_table("instants", frame), days)
    assert found["seconds"].tolist() == (frame["end_s"] - frame["start_s"]).tolist() != []


def test_every_zone_counts_by_its_own_calendar() -> None:
    """By hand: Friday 28 March 2025, 08:00 to 18:00 UTC, the last working day before summer time in Berlin.

    Berlin's holiday (0); New York 08:00Z = 04:00 to 18:00Z = 14:00, open from 09:00: 5 hours; its nights 04:00 to
    06:00: 2; Lord Howe 19:00 to 05:00 on Saturday, nights 22:00 to 05:00: 7; Kathmandu 13:45 to 17:15: 3.5;
    Kiritimati 22:00 to Saturday 08:00: 0; always open: 10; never open: 0; Berlin around the clock: 10; New York's
    night shift, 04:00 to 06:00: 2.
    """
    start = int(pd.Timestamp("2025-03-28T08:00Z").timestamp())
    zones = range(len(fixture.CALENDARS))
    frame = pd.DataFrame({"zone": zones, "start_s": start, "end_s": start + 36_000, "row": zones})
    engine = ibis.duckdb.connect()
    days = engine.create_table("business_clock", pd.DataFrame(fixture.clocks().columns()))
    found = fixture.in_the_engine(engine.create_table("instants", frame), days)
    assert (found["seconds"] / 3_600).tolist() == [0, 5, 2, 7, 3.5, 0, 10, 0, 10, 2]


WRITTEN: dict[str, dict[int, list[tuple[str, str]]]] = {
    "{mon-sun: [00:00-24:00]}": {day: [("00:00", "24:00")] for day in range(7)},
    "{mon-thu: [22:00-06:00], fri: [], sat: , sun: ['23:00-00:30', '02:00-03:00']}": {
        **{day: [("22:00", "06:00")] for day in range(4)},
        6: [("23:00", "00:30"), ("02:00", "03:00")],
    },
    "always": {},
}
"""Hours as params hold them, and as the arithmetic of the test reads them."""


@pytest.mark.parametrize("hours", WRITTEN)
def test_the_calendar_of_params_counts_minute_by_minute(hours: str) -> None:
    """From the YAML that a user writes to the seconds of the engine, over both changes of Berlin's clocks."""
    company = CompanyCalendar.model_validate({"hours": yaml.safe_load(hours), "holidays": {"extra": ["2025-10-24"]}})
    table = _table(company, "Europe/Berlin", fixture.FIRST, fixture.LAST)
    own = Calendar("Europe/Berlin", WRITTEN[hours], frozenset({date(2025, 10, 24)}), always_open=hours == "always")
    instants = [int(seconds(day)) + 37 * 60 for day in ("2025-03-28T12:00Z", "2025-10-23T12:00Z")]
    rows = [(start, start + hour * 3600) for start in instants for hour in (7, 31, 50, 80)]
    frame = pd.DataFrame(rows, columns=["start_s", "end_s"]).assign(zone=0, row=range(len(rows)))
    engine = ibis.duckdb.connect()
    days = engine.create_table("business_clock", pd.DataFrame(Clocks(("Europe/Berlin",), (table,)).columns()))
    found = fixture.in_the_engine(engine.create_table("instants", frame), days)["seconds"]
    assert found.tolist() == [60 * stepped_minutes(own, start, end) for start, end in rows]
