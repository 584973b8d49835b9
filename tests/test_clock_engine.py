"""STATS 5: the business clock as an expression of the engine equals the plain function, which test_clock.py proves."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pytest

from tests import fixture_clocks as fixture


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
    Kiritimati 22:00 to Saturday 08:00: 0; always open: 10; never open: 0.
    """
    start = int(pd.Timestamp("2025-03-28T08:00Z").timestamp())
    zones = range(len(fixture.CALENDARS))
    frame = pd.DataFrame({"zone": zones, "start_s": start, "end_s": start + 36_000, "row": zones})
    engine = ibis.duckdb.connect()
    days = engine.create_table("business_clock", pd.DataFrame(fixture.clocks().columns()))
    found = fixture.in_the_engine(engine.create_table("instants", frame), days)
    assert (found["seconds"] / 3_600).tolist() == [0, 5, 2, 7, 3.5, 0, 10, 0]
