"""The business clock against hand-worked cases and against a clock that steps minute by minute."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.clock import Calendar, business_seconds, day_table, deadline_s, open_seconds_at

pytestmark = pytest.mark.filterwarnings("error")

NINE_TO_FIVE = {weekday: ((time(9), time(17)),) for weekday in range(5)}
LUNCH = {weekday: ((time(8, 30), time(12)), (time(13), time(17, 15))) for weekday in range(6)}
ROUND_THE_CLOCK = {weekday: ((time(0), time(0)),) for weekday in range(7)}
NIGHTS = {weekday: ((time(0), time(2, 30)), (time(2, 30), time(6)), (time(22), time(0))) for weekday in range(7)}
AROUND = {weekday: [("00:00", "24:00")] for weekday in range(7)}
SHIFTS = {
    **{weekday: [("22:00", "06:00")] for weekday in range(5)},
    5: [],
    6: [("12:00", "12:30"), (time(20), time(1))],
}
NEW_YORK = Calendar("America/New_York", NINE_TO_FIVE, frozenset({date(2025, 7, 4), date(2025, 11, 27)}))


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def minute(wall: time | str) -> int:
    hour, minutes = (wall.hour, wall.minute) if isinstance(wall, time) else map(int, wall.split(":"))
    return hour * 60 + minutes


def inside(hours: dict, now: datetime) -> bool:
    """Whether the wall clock shows a time within a window of today, or of one that began yesterday."""
    shown, today = now.hour * 60 + now.minute, now.weekday()
    shifts = [(day, minute(a), minute(b) or 1440) for day in (today, (today - 1) % 7) for a, b in hours.get(day, ())]
    same = any(day == today and a <= shown < (b if a < b else 1440) for day, a, b in shifts)
    return same or any(day != today and b <= a and shown < b for day, a, b in shifts)


def stepped_minutes(calendar: Calendar, start_s: int, end_s: int) -> int:
    """Open minutes by stepping: open whenever the furthest that the wall clock has come lies in a window.

    Nothing is shared with the code under test but the time zone database: no days, no cumulation, no offsets.
    """
    zone, furthest, count = ZoneInfo(calendar.timezone), datetime.min, 0
    for now in range(start_s - 2 * 86400, end_s, 60):
        furthest = max(furthest, datetime.fromtimestamp(now, zone).replace(tzinfo=None))
        working = inside(calendar.hours, furthest) and furthest.date() not in calendar.holidays
        count += now >= start_s and (working or calendar.always_open)
    return count


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2025-03-07T16:30-05:00", "2025-03-10T09:30-04:00", 1),  # STATS 5: Friday to Monday over DST
        ("2025-07-02T15:00-04:00", "2025-07-07T10:00-04:00", 11),  # STATS 5: 39 600 s over 4 July
        ("2025-03-08T10:00-05:00", "2025-03-09T12:00-04:00", 0),  # by hand: a weekend
        ("2025-06-02T08:00-04:00", "2025-06-02T18:00-04:00", 8),  # by hand: one day, from before to after
        ("2025-01-15T13:00+00:00", "2025-01-15T15:00+00:00", 1),  # by hand: opens at 14:00 UTC in winter
        ("2025-07-15T12:30+00:00", "2025-07-15T14:15+00:00", 1.25),  # by hand: opens at 13:00 UTC in summer
        ("2025-06-02T10:00-04:00", "2025-06-02T10:00-04:00", 0),
    ],
)
def test_hand_worked(start: str, end: str, hours: float) -> None:
    assert business_seconds(NEW_YORK, start_s=seconds(start), end_s=seconds(end)) == hours * 3600


CHANGES = [  # zone, day on which the clocks change, what is special about it (IANA time zone database)
    ("America/New_York", date(2025, 3, 9), "west, spring"),
    ("America/New_York", date(2025, 11, 2), "west, autumn"),
    ("Europe/Berlin", date(2025, 3, 30), "east, spring"),
    ("Europe/Berlin", date(2025, 10, 26), "east, autumn"),
    ("Australia/Lord_Howe", date(2025, 4, 6), "half an hour"),
    ("America/Sao_Paulo", date(2018, 11, 4), "midnight does not exist"),
    ("America/Sao_Paulo", date(2018, 2, 17), "the last hour of the day comes twice"),
    ("America/St_Johns", date(2010, 11, 7), "one minute past midnight, back into yesterday"),
    ("Pacific/Apia", date(2011, 12, 30), "a date that does not exist"),
    ("Pacific/Kiritimati", date(2025, 6, 2), "14 hours east"),
    ("Asia/Kathmandu", date(2025, 6, 2), "a quarter of an hour"),
    ("UTC", date(2025, 6, 2), "none"),
]


@pytest.mark.parametrize(("zone", "day", "_why"), CHANGES, ids=[f"{zone} {why}" for zone, _, why in CHANGES])
@pytest.mark.parametrize(
    "hours",
    [NINE_TO_FIVE, LUNCH, ROUND_THE_CLOCK, AROUND, NIGHTS, SHIFTS],
    ids=["9-17", "lunch", "24h", "24:00", "nights", "shifts"],
)
def test_equals_minute_stepping_when_clocks_change(zone: str, day: date, _why: str, hours: dict) -> None:
    calendar = Calendar(zone, hours, holidays=frozenset({day + timedelta(days=2)}))
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    start, middle, end = (int((noon + timedelta(hours=h)).timestamp()) + 23 * 60 for h in (-41, -5, 50))
    for a, b in ((start, end), (start, middle), (middle, end)):
        assert business_seconds(calendar, start_s=a, end_s=b) == 60 * stepped_minutes(calendar, a, b)


BERLIN_AROUND, BERLIN_SHIFTS = Calendar("Europe/Berlin", AROUND), Calendar("Europe/Berlin", SHIFTS)


@pytest.mark.parametrize(
    ("calendar", "start", "end", "hours"),
    [  # by hand: in Berlin 02:00 to 03:00 is skipped on 30 March 2025, and comes twice on 26 October
        (BERLIN_AROUND, "2025-03-30T00:00+01:00", "2025-03-31T00:00+02:00", 23),
        (BERLIN_AROUND, "2025-10-26T00:00+02:00", "2025-10-27T00:00+01:00", 25),
        (BERLIN_AROUND, "2025-01-01T00:00+01:00", "2026-01-01T00:00+01:00", 365 * 24),
        (BERLIN_SHIFTS, "2025-06-06T20:00+02:00", "2025-06-07T20:00+02:00", 8),  # Friday's shift, into a day off
        (BERLIN_SHIFTS, "2025-06-07T07:00+02:00", "2025-06-08T12:00+02:00", 0),  # the rest of the day off, until noon
        (BERLIN_SHIFTS, "2025-06-07T07:00+02:00", "2025-06-09T12:00+02:00", 5.5),  # Sunday: half an hour, and 20 to 01
        (BERLIN_SHIFTS, "2025-03-30T12:00+02:00", "2025-03-31T22:00+02:00", 5.5),  # the change was in the night before
        (Calendar("Europe/Berlin", {5: [("22:00", "06:00")]}), "2025-03-29T12:00+01:00", "2025-03-30T12:00+02:00", 7),
        (Calendar("Europe/Berlin", {5: [("22:00", "06:00")]}), "2025-10-25T12:00+02:00", "2025-10-26T12:00+01:00", 9),
        # 9 June is a holiday: what Sunday began ends at its midnight, and Monday's shift begins after it
        (
            Calendar("Europe/Berlin", SHIFTS, frozenset({date(2025, 6, 9)})),
            "2025-06-08T18:00+02:00",
            "2025-06-10T12:00+02:00",
            4 + 6,
        ),
    ],
)
def test_whole_days_and_nights(calendar: Calendar, start: str, end: str, hours: float) -> None:
    assert business_seconds(calendar, start_s=seconds(start), end_s=seconds(end)) == hours * 3600
    # and back: the deadline is the first instant at which so much has passed
    due = deadline_s(calendar, start_s=seconds(start), business_seconds=hours * 3600)
    assert due <= seconds(end)
    assert business_seconds(calendar, start_s=seconds(start), end_s=due) == hours * 3600


def test_a_night_shift_is_two_windows_parted_at_midnight() -> None:
    parted = Calendar("Europe/Berlin", {0: ((time(22), time(0)),), 1: ((time(0), time(6)), (time(22), time(23)))})
    whole = Calendar("Europe/Berlin", {1: [["22:00", "23:00"]], 0: [["22:00", "06:00"]]})
    span = {"first": date(2025, 3, 1), "last": date(2025, 11, 30)}
    np.testing.assert_array_equal(day_table(whole, **span).before_s, day_table(parted, **span).before_s)


def minutes_of(bounds: list[int]) -> tuple[tuple[time, time], ...]:
    clock = [time(m // 60 % 24, m % 60) for m in sorted(bounds)]
    return tuple(zip(clock[::2], clock[1::2], strict=True))


@settings(max_examples=25, deadline=None)
@given(
    zone=st.sampled_from(sorted({zone for zone, _, _ in CHANGES})),
    week=st.lists(st.lists(st.integers(0, 1440), min_size=0, max_size=6, unique=True), min_size=7, max_size=7),
    start=st.integers(int(seconds("2009-01-01T00:00Z")) // 60, int(seconds("2026-01-01T00:00Z")) // 60),
    length=st.integers(0, 3000),
    around=st.booleans(),
)
def test_equals_minute_stepping(zone: str, week: list[list[int]], start: int, length: int, around: bool) -> None:
    hours = {weekday: minutes_of(bounds[: len(bounds) // 2 * 2]) for weekday, bounds in enumerate(week)}
    holiday = datetime.fromtimestamp(start * 60, UTC).date() + timedelta(days=1)
    calendar = Calendar(zone, hours, frozenset({holiday}), always_open=around)
    got = business_seconds(calendar, start_s=start * 60, end_s=(start + length) * 60)
    assert got == 60 * stepped_minutes(calendar, start * 60, (start + length) * 60)


@settings(max_examples=50, deadline=None)
@given(
    zone=st.sampled_from(sorted({zone for zone, _, _ in CHANGES})),
    start=st.integers(int(seconds("2009-01-01T00:00Z")), int(seconds("2026-01-01T00:00Z"))),
    allowed=st.integers(1, 400_000),
)
def test_deadline_is_the_first_instant_with_the_allowance_used(zone: str, start: int, allowed: int) -> None:
    calendar = Calendar(zone, LUNCH)
    due = deadline_s(calendar, start_s=start, business_seconds=allowed)
    assert business_seconds(calendar, start_s=start, end_s=due) == allowed
    assert business_seconds(calendar, start_s=start, end_s=due - 1) == allowed - 1


def test_deadline_at_the_edges() -> None:
    friday_close = seconds("2025-06-06T17:00-04:00")
    # by hand: a lead that waits from 16:00 with one hour allowed is due at the close, not on Monday
    assert deadline_s(NEW_YORK, start_s=friday_close - 3600, business_seconds=3600) == friday_close
    # nor is one of the morning's due after lunch: three and a half hours from the opening at 8:30 are over at noon
    lunch, opens = Calendar("America/New_York", LUNCH), seconds("2025-06-06T08:30-04:00")
    assert deadline_s(lunch, start_s=opens, business_seconds=3.5 * 3600) == opens + 3.5 * 3600
    assert deadline_s(NEW_YORK, start_s=friday_close, business_seconds=0) == friday_close
    assert deadline_s(NEW_YORK, start_s=friday_close, business_seconds=1) == seconds("2025-06-09T09:00:01-04:00")
    saturday_noon = friday_close + 19 * 3600
    assert deadline_s(NEW_YORK, start_s=saturday_noon, business_seconds=0) == saturday_noon
    several = deadline_s(NEW_YORK, start_s=[friday_close, np.nan, friday_close], business_seconds=[[1], [40 * 3600]])
    assert several.shape == (2, 3)
    assert np.isnan(several[:, 1]).all()
    assert several[1, 0] == seconds("2025-06-13T17:00-04:00")
    assert np.isnan(deadline_s(Calendar("UTC"), start_s=[0.0], business_seconds=1)).all()
    assert np.isnan(deadline_s(NEW_YORK, start_s=np.nan, business_seconds=1))
    assert deadline_s(Calendar("UTC", always_open=True), start_s=5, business_seconds=1e6) == 1_000_005
    far = deadline_s(NEW_YORK, start_s=friday_close, business_seconds=2000 * 3600)
    assert business_seconds(NEW_YORK, start_s=friday_close, end_s=far) == 2000 * 3600


def test_table_is_what_the_engine_joins() -> None:
    table = day_table(Calendar("Asia/Tokyo", LUNCH), first=date(2025, 6, 1), last=date(2025, 6, 3))
    assert table.epoch_day.tolist() == [20240, 20241, 20242]
    # by hand: Tokyo is nine hours ahead, so the morning of 2 June, 8:30 to 12:00, is cut at UTC midnight (9:00)
    assert table.open_s[0, 0] == table.epoch_day[1] * 86400 - 1800
    assert table.open_s[0, 1] == table.epoch_day[1] * 86400
    assert table.before_s.tolist() == [0, 1800, 1800 + 27900]
    arrays = (table.epoch_day, table.before_s, table.open_s, table.close_s)
    assert all(array.dtype == np.int64 for array in arrays)
    assert table.open_s.shape == table.close_s.shape == (3, 3)
    assert (table.open_s <= table.close_s).all()
    assert (table.open_s >= table.epoch_day * 86400).all()
    assert (table.close_s <= (table.epoch_day + 1) * 86400).all()


def test_closed_calendar_has_one_empty_window() -> None:
    table = day_table(Calendar("UTC"), first=date(2025, 6, 1), last=date(2025, 6, 3))
    assert table.open_s.shape == (1, 3)
    assert open_seconds_at(table, [table.epoch_day[0] * 86400, (table.epoch_day[-1] + 1) * 86400]).tolist() == [0, 0]


def test_unknown_and_reversed_times_are_nan() -> None:
    start, end = [0.0, np.nan, 0.0, 9e8], [np.nan, 0.0, 0.0, 8e8]
    elapsed = business_seconds(NEW_YORK, start_s=start, end_s=end)
    assert np.isnan(elapsed).tolist() == [True, True, False, True]
    assert elapsed[2] == 0
    assert np.isnan(business_seconds(NEW_YORK, start_s=[np.nan], end_s=[np.nan])).all()
    assert business_seconds(NEW_YORK, start_s=[], end_s=[]).shape == (0,)


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda: Calendar("Europe/Atlantis"), "timezone.*Atlantis"),
        (lambda: Calendar("../etc/passwd"), "timezone.*passwd"),
        (lambda: Calendar("UTC", {7: ()}), "weekday.*7"),
        (lambda: Calendar("UTC", {0: ((time(9), time(9)),)}), "a length, got 09:00:00 to 09:00:00 on weekday 0"),
        (lambda: Calendar("UTC", {0: [("24:00", "02:00")]}), "a length, got 24:00"),
        (lambda: Calendar("UTC", {0: [("22:00", "06:00")], 1: [("05:59", "07:00")]}), "weekday 1 must not overlap"),
        (lambda: Calendar("UTC", {0: [("09:00", "24:01")]}), "00:00 to 24:00, got '24:01'"),
        (lambda: Calendar("UTC", {0: [("9am", "17:00")]}), "00:00 to 24:00, got '9am'"),
        (lambda: Calendar("UTC", {0: [("09:00+02:00", "17:00")]}), "without a zone"),
        (lambda: Calendar("UTC", {0: ((time(9), time(13)), (time(12), time(17)))}), "overlap"),
        (lambda: Calendar("UTC", {0: ((time(9), time(0)), (time(12), time(17)))}), "overlap"),
        (lambda: Calendar("UTC", {0: ((time(9), time(23, 59, 59, 999999)),)}), "whole seconds"),
        (lambda: day_table(NEW_YORK, first=date(2025, 1, 2), last=date(2025, 1, 1)), "2025-01-02 and 2025-01-01"),
        (lambda: business_seconds(NEW_YORK, start_s=0, end_s=1.7e12), "end_s.*milliseconds.*1700000000000"),
        (lambda: business_seconds(NEW_YORK, start_s=["soon"], end_s=0), "start_s.*soon"),
        (lambda: business_seconds(NEW_YORK, start_s=-np.inf, end_s=0), "start_s.*-inf"),
        (lambda: deadline_s(NEW_YORK, start_s=0, business_seconds=-1), "business_seconds.*-1"),
        (lambda: deadline_s(NEW_YORK, start_s=0, business_seconds=np.nan), "business_seconds.*nan"),
        (
            lambda: open_seconds_at(day_table(NEW_YORK, first=date(2025, 1, 1), last=date(2025, 1, 1)), 5),
            "epoch_s.*table.*5",
        ),
    ],
)
def test_bad_input_is_one_clear_error(make, names: str) -> None:
    with pytest.raises(StatisticsError, match=names):
        make()
