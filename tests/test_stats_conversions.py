"""Cohorts of a data frame: the exact clock, what is not seen yet, and other implementations of the estimate."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import AalenJohansenFitter
from statsmodels.stats.proportion import proportion_confint

from alignment_lib import stats
from alignment_lib.errors import StatisticsError
from alignment_lib.stats import CohortAnswer
from tests.test_ages import LEADS as REPORTED

pytestmark = pytest.mark.filterwarnings("error")


def leads(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """One row per lead of (start, event, end), texts read as instants."""
    frame = pd.DataFrame([(*row, None, None)[:3] for row in rows], columns=["created_at", "won_at", "lost_at"])
    return frame.apply(lambda column: pd.to_datetime(column, format="ISO8601"))


def ask(frame: pd.DataFrame, as_of: Any, **more: Any) -> CohortAnswer:
    asked = {"start": "created_at", "event": "won_at", "end": "lost_at", **more}
    return stats.cohorts(frame, as_of=as_of, **asked)


def cell(answer: CohortAnswer, cohort: str, day: int) -> Any:
    return next(c for row in answer.cells for c in row if (c.cohort, c.day) == (cohort, day))


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def random_leads(n: int, seed: int) -> pd.DataFrame:
    """Leads of half a year, to the second, some won, some lost, some open."""
    chance = np.random.default_rng(seed)
    began = pd.Timestamp("2025-01-01") + pd.to_timedelta(chance.integers(0, 181 * 86_400, n), unit="s")
    wait, fate = pd.to_timedelta(chance.integers(1, 150 * 86_400, n), unit="s"), chance.random(n)
    frame = pd.DataFrame({"created_at": began, "source": chance.choice(["Web", "Fair"], n)})
    frame["won_at"] = (began + wait).where(fate < 0.3)
    frame["lost_at"] = (began + wait).where(fate > 0.7)
    return frame


# --- the clock


@pytest.mark.parametrize(
    ("won", "counts"),
    [("2025-01-31 12:00", True), ("2025-01-31 12:00:00.000001", False), ("2025-01-31 23:00", False)],
)
def test_day_30_is_30_times_24_hours(won: str, counts: bool) -> None:
    answer = ask(leads(("2025-01-01 12:00", won)), "2025-06-01")
    assert cell(answer, "2025-01", 30).estimate == counts
    assert cell(answer, "2025-01", 60).estimate == 1


def test_a_changed_clock_changes_no_age() -> None:
    """30 days on the wall: Berlin's clocks changed on 30 March and 26 October 2025."""
    spring = leads(("2025-03-20 12:00", "2025-04-19 12:00"), ("2025-03-20 12:00", "2025-04-19 12:00:01"))
    autumn = leads(("2025-10-20 12:00", "2025-11-19 12:00"), ("2025-10-20 12:00", "2025-11-19 12:00:01"))
    for frame, month in ((spring, "2025-03"), (autumn, "2025-10")):
        berlin = frame.apply(lambda column: column.dt.tz_localize("Europe/Berlin"))
        utc = berlin.assign(won_at=berlin.won_at.dt.tz_convert("UTC"))
        for zoned in (frame, berlin, utc):
            assert cell(ask(zoned, "2026-09-01"), month, 30).estimate == 0.5


def test_it_is_the_clock_of_the_reports() -> None:
    """The leads of tests/test_ages.py, worked out by hand there."""
    frame = pd.DataFrame(REPORTED, columns=["lead", "created_at", "won_at"])
    for column in ("created_at", "won_at"):
        frame[column] = pd.to_datetime(frame[column].replace("", None)).dt.tz_localize("Europe/Berlin")
    answer = ask(frame, "2020-03-16", end=None, by="lead", horizons=[13, 14, 15])
    in_time = [{name for name, *_ in REPORTED if cell(answer, name, day).estimate == 1} for day in (13, 14, 15)]
    assert in_time[0] == {"at-once"}
    assert in_time[1] - in_time[0] == {"before", "last", "spring", "autumn"}
    assert in_time[2] - in_time[1] == {"late", "spring-2", "autumn-2"}
    followed = {name: [cell(answer, name, day).matured for day in (13, 14, 15)] for name in ("old", "young", "half")}
    assert followed == {"old": [True, True, False], "young": [True, False, False], "half": [False] * 3}


@pytest.mark.parametrize(("as_of", "won"), [("2025-02-10 09:00", 0), ("2025-02-10 09:00:00.000001", 1)])
def test_what_happens_at_as_of_is_not_seen(as_of: str, won: int) -> None:
    frame = leads(*[("2025-01-01", "2025-02-10 09:00")] * 20)
    assert cell(ask(frame, as_of), "2025-01", 60).so_far.converted == 20 * won


def test_what_is_not_seen_yet_is_not_known_either() -> None:
    """A lead closed at as-of is still open, and one of exactly 30 days has not lived through day 30."""
    closed = ask(leads(*[("2025-01-01", None, "2025-01-15")] * 20), "2025-01-15")
    of_30_days = ask(leads(*[("2025-01-01",)] * 20), "2025-01-31")
    for answer in (closed, of_30_days):
        assert math.isnan(cell(answer, "2025-01", 30).so_far.estimate)
    assert cell(ask(leads(*[("2025-01-01",)] * 20), "2025-01-31 00:01"), "2025-01", 30).so_far.estimate == 0


def test_a_lead_that_begins_at_as_of_is_left_out_and_counted() -> None:
    answer = ask(leads(("2025-01-01",), ("2025-02-10",), ("2025-02-11",), (None,)), "2025-02-10")
    assert cell(answer, "2025-01", 30).so_far.leads == 1
    told = "left out: 1 row without 'created_at' and 2 rows not yet begun on 2025-02-10."
    assert plain(answer.sentence).endswith(told)


def test_a_cell_is_ready_when_its_last_lead_has_lived_through_the_day() -> None:
    """By hand: the last lead of January began on the 20th at noon; 30 × 24 hours later is 19 February at noon."""
    frame = leads(*[("2025-01-05", "2025-01-09")] * 3, ("2025-01-20 12:00",))
    for as_of, matured in (("2025-02-19 12:00", False), ("2025-02-19 12:00:00.000001", True), ("2025-02-20", True)):
        found = cell(ask(frame, as_of), "2025-01", 30)
        assert (found.matured, found.ready_on) == (matured, date(2025, 2, 20))
        assert found.estimate == 0.75 if matured else math.isnan(found.estimate)
    assert found.so_far.leads == 4


def test_a_date_is_a_midnight_and_its_day_must_be_over() -> None:
    """Created on 1 January, won 30 days later: as of that day's midnight the win is not seen, the cell not ready."""
    frame = pd.DataFrame({"created_at": [date(2025, 1, 1)], "won_at": [date(2025, 1, 31)], "source": "Fair"})
    early, late = (ask(frame, day, end=None, by="source") for day in (date(2025, 1, 31), date(2025, 2, 1)))
    assert not cell(early, "Fair", 30).matured and cell(early, "Fair", 30).ready_on == date(2025, 2, 1)
    assert cell(late, "Fair", 30).estimate == 1


def test_a_month_can_gain_leads_until_it_ends() -> None:
    """By hand: January ends as 1 February begins, and 30 days later it is 3 March."""
    answer = ask(leads(("2025-01-05",)), "2025-01-31")
    assert answer.frame()[["value", "low", "high", "so_far", "so_far_low", "so_far_high"]].isna().all(axis=None)
    found = cell(answer, "2025-01", 30)
    assert found.ready_on == date(2025, 3, 3)
    assert found.reason.replace("\u00a0", " ") == "too young: ready on 3 Mar 2025"


def test_an_hour_that_a_changed_clock_left_out_or_had_twice_is_an_instant() -> None:
    frame = leads(("2025-01-01", "2025-03-30 01:30")).apply(lambda column: column.dt.tz_localize("Europe/Berlin"))
    assert str(ask(frame, "2025-03-30 02:30").as_of) == "2025-03-30 03:00:00+02:00"
    assert str(ask(frame, "2025-10-26 02:30").as_of) == "2025-10-26 02:30:00+02:00"


def test_months_are_of_the_wall_of_the_start() -> None:
    utc = leads(("2025-01-31 23:30", "2025-02-03")).apply(lambda column: column.dt.tz_localize("UTC"))
    assert ask(utc, "2025-09-01").cells[0][0].cohort == "2025-01"
    berlin = utc.assign(created_at=utc.created_at.dt.tz_convert("Europe/Berlin"))
    assert ask(berlin, "2025-09-01").cells[0][0].cohort == "2025-02"


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 2))
def test_on_the_day_that_is_told_every_cell_is_ready_and_the_day_before_it_is_not(seed: int, column: int) -> None:
    """A month that is over is exact; as of a day the cell of the last lead has just become final."""
    frame = random_leads(40, seed)
    row = ask(frame, "2025-07-01").cells[-1]
    ready = row[column].ready_on
    assert cell(ask(frame, ready), row[column].cohort, row[column].day).matured
    before = cell(ask(frame, max(ready - timedelta(days=1), date(2025, 7, 1))), row[column].cohort, row[column].day)
    assert not before.matured


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.dates(date(2025, 1, 2), date(2025, 12, 31)))
def test_the_future_changes_nothing(seed: int, as_of: date) -> None:
    """Erasing everything from as-of on gives the same answer but for the count of the leads left out."""
    frame = random_leads(60, seed)
    seen = frame[frame.created_at < pd.Timestamp(as_of)].copy()
    for column in ("won_at", "lost_at"):
        seen[column] = seen[column].where(seen[column] < pd.Timestamp(as_of))
    pd.testing.assert_frame_equal(ask(frame, as_of).frame(), ask(seen, as_of).frame())


# --- the estimate


@pytest.mark.parametrize("by", [None, "source"])
def test_a_matured_cell_is_the_plain_share_with_wilsons_interval(by: str | None) -> None:
    frame = random_leads(400, 5)
    answer = ask(frame, "2025-12-01", by=by)
    own = frame.created_at.dt.strftime("%Y-%m") if by is None else frame.source
    assert len(answer.cells) == own.nunique()
    for found in (c for row in answer.cells for c in row):
        waits = frame[own == found.cohort].eval("won_at - created_at")
        x, n = int((waits <= pd.Timedelta(days=found.day)).sum()), len(waits)
        assert found.matured
        assert (found.estimate, found.so_far.leads) == (pytest.approx(x / n), n)
        assert (found.low, found.high) == pytest.approx(proportion_confint(x, n, method="wilson"))


def test_partly_observed_is_lifelines_aalen_johansen() -> None:
    """No two ages are equal here, so that lifelines does not jitter them."""
    frame, as_of = random_leads(300, 11), pd.Timestamp("2025-06-01")
    frame = frame[frame.created_at < as_of]
    seen = frame.where(frame[["won_at", "lost_at"]].lt(as_of).assign(created_at=True, source=True))
    ended = seen.won_at.fillna(seen.lost_at)
    ages = (ended.fillna(as_of) - seen.created_at) / pd.Timedelta(days=1)
    kinds = np.select([seen.won_at.notna(), seen.lost_at.notna()], [1, 2], 0)
    assert ages.is_unique
    fitted = AalenJohansenFitter(calculate_variance=False).fit(ages, kinds, event_of_interest=1)
    answer = ask(frame.assign(all="x"), as_of, by="all")
    for found in answer.cells[0]:
        assert not found.matured and math.isnan(found.estimate)
        expected = fitted.cumulative_density_.loc[: found.day].iloc[-1, 0]
        assert found.so_far.estimate == pytest.approx(expected, abs=1e-9)


def test_an_end_does_not_undo_an_event_and_stays_in_the_denominator() -> None:
    """By hand: lost and won again counts as won, a closing date of both kinds does no harm, a lost lead is no win."""
    frame = leads(
        ("2025-01-01", "2025-01-20", "2025-01-10"),
        ("2025-01-01", "2025-01-20", "2025-01-20"),
        ("2025-01-01", None, "2025-01-10"),
        ("2025-01-01", None, None),
    )
    assert cell(ask(frame, "2025-06-01"), "2025-01", 30).estimate == 0.5
    assert cell(ask(frame, "2025-01-15"), "2025-01", 30).so_far.converted == 0


def test_impossible_orders_are_left_out_and_counted_but_not_a_date_without_its_hour() -> None:
    frame = leads(
        ("2025-01-10 15:00", "2025-01-10"),  # closed on the day itself, of which only the day is known
        ("2025-01-10 15:00", "2025-01-09 23:00"),
        ("2025-01-10 15:00", None, "2025-01-02"),
        ("2025-01-10 15:00", None),
    )
    answer = ask(frame, "2025-06-01")
    assert cell(answer, "2025-01", 30).estimate == 0.5
    assert plain(answer.sentence).endswith("; left out: 2 rows closed before the day of 'created_at'.")


# --- what is said


def test_the_sentence_tells_the_newest_month_that_is_ready() -> None:
    march, april = [("2025-03-10", "2025-03-20")] * 6, [("2025-04-10", "2025-04-20")] * 2
    frame = leads(*march, *[("2025-03-31",)] * 14, *april, *[("2025-04-29",)] * 18)
    assert plain(ask(frame, "2025-07-01").sentence) == (
        "By day 90 'won_at' came for 30 % (15 to 52 %) of the 20 of 2025-03; "
        "2025-04 is ready for day 90 on 29 Jul 2025."
    )
    assert plain(ask(frame, "2025-09-01").sentence) == (
        "By day 90 'won_at' came for 10 % (3 to 30 %) of the 20 of 2025-04, "
        "after 30 % (15 to 52 %) of the 20 of 2025-03."
    )


def test_the_sentence_tells_other_cohorts_highest_first() -> None:
    rows = [("2025-01-01", "2025-01-05")] * 3 + [("2025-01-01",)] * 7
    frame = pd.concat([leads(*rows[1:9]).assign(source="Fair"), leads(*rows[:8]).assign(source="Web")])
    assert plain(ask(frame, "2025-06-01", by="source").sentence) == (
        "By day 90 'won_at' came for 38 % (14 to 69 %) of the 8 of Web and 25 % (7 to 59 %) of the 8 of Fair."
    )


def test_the_sentence_tells_cohorts_that_go_on_as_far_as_they_are_observed() -> None:
    frame = random_leads(400, 3)
    answer = ask(frame, "2025-07-01", by="source")
    last = frame[frame.source == "Web"].created_at.max() + pd.Timedelta(days=31)
    told = f"No cohort is old enough for day 30; Web is ready for day 30 on {last:%d %b %Y} and 1 other later; "
    assert plain(answer.sentence).startswith(told)
    assert "; partly observed, by day 90: " in answer.sentence
    assert (
        not answer.frame().matured.any() and answer.frame().value.isna().all() and (answer.frame().reason != "").all()
    )


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([], "No rows began before 2025-06-01: there are no cohorts."),
        (
            [(None, "2025-01-01")],
            "No rows began before 2025-06-01: there are no cohorts; left out: 1 row without 'created_at'.",
        ),
        ([("2025-01-01", "2025-01-01")], "By day 90 'won_at' came for 100 % (21 to 100 %) of the 1 of 2025-01."),
        ([("2025-01-01",)] * 3, "By day 90 'won_at' came for 0 % (0 to 56 %) of the 3 of 2025-01."),
        ([("2025-05-30",)], "No cohort is old enough for day 30; 2025-05 is ready for day 30 on 30 Jun 2025."),
    ],
)
def test_little_to_tell(rows: list[tuple[Any, ...]], told: str) -> None:
    assert plain(ask(leads(*rows), "2025-06-01").sentence) == told


def test_a_cohort_without_a_name_is_one() -> None:
    answer = ask(leads(*[("2025-01-01",)] * 3).assign(source=["Web", None, ""]), "2025-06-01", by="source")
    assert [(row[0].cohort, row[0].so_far.leads) for row in answer.cells] == [("Web", 1), ("(unknown)", 2)]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(seed: int, random: Any) -> None:
    frame = random_leads(30, seed)
    order = list(range(30))
    random.shuffle(order)
    pd.testing.assert_frame_equal(ask(frame, "2025-05-05").frame(), ask(frame.iloc[order], "2025-05-05").frame())


def test_instants_may_be_of_any_kind() -> None:
    frame = random_leads(50, 1)
    expected = ask(frame, "2025-05-05 12:00").frame()
    python = frame.assign(
        created_at=[t.to_pydatetime() for t in frame.created_at],
        won_at=pd.Series([None if pd.isna(t) else t.to_pydatetime() for t in frame.won_at], dtype=object),
        lost_at=frame.lost_at.astype("datetime64[s]"),
    )
    for as_of in (
        "2025-05-05T12:00",
        datetime(2025, 5, 5, 12),
        np.datetime64("2025-05-05T12:00"),
        pd.Timestamp("2025-05-05 12:00"),
    ):
        pd.testing.assert_frame_equal(ask(python, as_of).frame(), expected)
    zoned = frame.assign(**{c: frame[c].dt.tz_localize("UTC") for c in ("created_at", "won_at", "lost_at")})
    for as_of in ("2025-05-05 12:00", datetime(2025, 5, 5, 12, tzinfo=UTC), "2025-05-05 14:00+02:00"):
        pd.testing.assert_frame_equal(ask(zoned, as_of).frame(), expected)
    for kind in ("timestamp[us][pyarrow]", "timestamp[ns][pyarrow]"):
        arrow = frame.assign(**{c: frame[c].astype(kind) for c in ("created_at", "won_at", "lost_at")})
        pd.testing.assert_frame_equal(ask(arrow, "2025-05-05 12:00").frame(), expected)
    days = pd.DataFrame({"created_at": [date(2025, 1, 1)] * 2, "won_at": [date(2025, 1, 5), None]})
    told = ask(days.astype("datetime64[s]"), "2025-05-05", end=None).frame()
    pd.testing.assert_frame_equal(ask(days.astype("date32[pyarrow]"), "2025-05-05", end=None).frame(), told)
    nobody_lost = ask(zoned.assign(lost_at=np.nan), "2025-05-05 12:00").frame()
    pd.testing.assert_frame_equal(nobody_lost, ask(zoned, "2025-05-05 12:00", end=None).frame())


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"start": "created"}, "start: there is no column 'created'; did you mean 'created_at'?"),
        ({"event": "text"}, r"event: column 'text' must hold dates or instants, got '3.1.2025' in row 0; read"),
        ({"event": "won"}, "event: column 'won' must hold dates or instants, got True in row 0"),
        ({"end": "zoned"}, r"'zoned' has a time zone, column 'created_at' of start has none; .*frame\['created_at'\]"),
        ({"start": "zoned"}, r"'won_at' has no time zone, column 'zoned' of start has one; .*frame\['won_at'\]"),
        ({"as_of": "5.5.2025"}, "as_of: must be a date or an instant such as '2025-06-30', got '5.5.2025'"),
        ({"as_of": None}, "as_of: must be a date or an instant such as '2025-06-30', got None"),
        ({"as_of": pd.NaT}, "as_of: must be a date or an instant such as '2025-06-30', got NaT"),
        ({"as_of": datetime(2025, 1, 1, tzinfo=UTC)}, "as_of: must have no time zone where the columns have none"),
        ({"horizons": 30}, r"horizons: must be a list of days such as \(30, 60, 90\), got 30"),
        ({"horizons": []}, "horizons: must be a list of days"),
        ({"horizons": [30.5]}, "horizons: must be a whole number, got 30.5"),
        ({"horizons": [-1]}, "horizons: must be at least 0, got -1"),
        ({"conf": 0}, "conf: must lie strictly between 0 and 1, got 0"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(asked: dict[str, Any], told: str) -> None:
    frame = leads(("2025-01-01", "2025-01-02", "2025-01-02")).assign(text="3.1.2025", won=True)
    frame["zoned"] = frame.created_at.dt.tz_localize("UTC")
    with pytest.raises(StatisticsError, match=told):
        ask(frame, **{"as_of": "2025-06-01", **asked})


def test_mixed_zones_in_a_column_are_refused() -> None:
    mixed = pd.Series([pd.Timestamp("2025-01-01"), pd.Timestamp("2025-01-01", tz="UTC")], dtype=object)
    with pytest.raises(StatisticsError, match="start: column 'created_at' must hold instants of one time zone"):
        stats.cohorts(
            pd.DataFrame({"created_at": mixed, "won_at": None}), start="created_at", event="won_at", as_of="2025-06-01"
        )


def test_a_horizon_beyond_all_calendars_is_refused() -> None:
    frame = pd.DataFrame({"c": ["2025-01-01"], "e": [None]})
    with pytest.raises(StatisticsError, match="horizons: must be at most 36500 days, got 1000000000"):
        stats.cohorts(frame, start="c", event="e", as_of="2025-07-01", horizons=[10**9])
