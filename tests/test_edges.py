"""What happens exactly on a boundary, and a second or a day beside it, each on its own row of one small company.

The month is March 2020, as of 1 April, 00:00 in Berlin (31 March, 22:00 in UTC). Amounts and names are the project's.
"""

from __future__ import annotations

from datetime import date, datetime

import pytest

from alignment_lib.facts import Facts, follow_up, routing_times
from alignment_lib.facts import content_frames as content
from alignment_lib.facts import revenue_frames as revenue
from alignment_lib.facts.cohort_frames import conversions
from alignment_lib.facts.money_frames import pipeline_flow, spend_by_day
from alignment_lib.facts.stage_frames import stage_times
from alignment_lib.stats.days import epoch_day
from tests.company import CALLS, LEADS, Rows
from tests.fixture_month import month_of

HOUR_S = 3600
LEAD_ROWS: Rows = [
    LEADS[0],
    # routed in the minute in which it became an MQL; called at 17:00, after the eight hours of 9 to 17
    ["in time", "10.03.2020 08:00", "Web", "mid", "r1", "10.03.2020 09:00", "10.03.2020 09:00", "", "", ""],
    # called when those and one more second are over
    ["late", "10.03.2020 08:00", "Web", "mid", "r1", "10.03.2020 09:00", "10.03.2020 09:00", "", "", ""],
    ["both", "02.03.2020 10:00", "Web", "mid", "r2", "", "", "06.03.2020 09:00", "06.03.2020 09:00", ""],
    ["rejected", "02.03.2020 10:00", "Web", "mid", "r2", "", "", "06.03.2020 08:59", "06.03.2020 09:00", ""],
    *([name, "03.03.2020 10:00", "Web", "mid", "r2", *[""] * 5] for name in ("won twice", "lost twice", "half lost")),
    ["as-of", "31.03.2020 23:59", "Web", "mid", "r3", "31.03.2020 23:59", "01.04.2020 00:00", "", "", ""],
    ["too late", "01.04.2020 00:00", "Web", "mid", "r3", "", "", "", "", ""],
]
CALL_ROWS: Rows = [
    CALLS[0],
    ["a1", "in time", "2020-03-10T16:00:00Z", "out", "r1"],
    ["a2", "late", "2020-03-11T08:00:01Z", "out", "r1"],
    ["a3", "as-of", "2020-03-31T22:00:00Z", "out", "r3"],
]
DEAL_ROWS: Rows = [
    ["Deal ID", "Lead ID", "Created", "Amount", "Closed", "Stage", "Owner"],
    *([name, "", "02.03.2020 10:00", "1", "12.03.2020", "Won", "r1"] for name in ("z1", "z2", "z3")),
    *([name, "", "02.01.2019 10:00", "5", "", "Talks", "r1"] for name in ("z4", "z5", "z6", "z7", "z8", "z9", "back")),
    ["w1", "won twice", "03.03.2020 11:00", "9", "04.03.2020", "Won", "r1"],
    ["w2", "won twice", "03.03.2020 11:00", "9", "06.03.2020", "Won", "r1"],
    ["l1", "lost twice", "03.03.2020 11:00", "9", "04.03.2020", "Lost", "r1"],
    ["l2", "lost twice", "03.03.2020 11:00", "9", "06.03.2020", "Lost", "r1"],
    ["l3", "half lost", "03.03.2020 11:00", "9", "04.03.2020", "Lost", "r1"],
    ["l4", "half lost", "03.03.2020 11:00", "9", "", "Talks", "r1"],
    ["y1", "", "02.01.2019 10:00", "7", "01.04.2019", "Won", "r1"],  # the day before the year begins
    ["y2", "", "02.01.2019 10:00", "7", "02.04.2019", "Won", "r1"],
]
STAGE_ROWS: Rows = [
    ["opportunity_id", "stage", "entered_at"],
    ["z1", "Signed", "2020-03-10T23:00:00Z"],  # a day before it closed
    ["z2", "Sealed", "2020-03-10T22:59:59Z"],  # and a second
    ["z3", "Paused", "2020-03-11T22:00:00Z"],
    ["z4", "Paused", "2020-03-04T09:00:00Z"],  # of two, one went on: for half of the deals it is the end
    ["z4", "Talks", "2020-03-05T09:00:00Z"],
    ["z5", "Door", "2020-02-29T23:00:00Z"],  # 1 March, 00:00 in Berlin
    ["z6", "Door", "2020-02-29T22:59:59Z"],
    ["z7", "Door", "2019-11-30T23:00:00Z"],  # 1 December, 91 days before
    ["z8", "Door", "2019-11-30T22:59:59Z"],
    ["z9", "Door", "2020-03-31T22:00:00Z"],  # as-of
    ["back", "Lost", "2020-02-20T09:00:00Z"],
    ["back", "Again", "2020-03-10T09:00:00Z"],
]
CONTENT_ROWS: Rows = [
    ["asset_id", "title", "stage", "published_on"],
    ["A1", "Price list", "", "2020-03-12"],  # on the day on which z1 to z3 closed
    ["A2", "Film", "", "2018-01-01"],
]
USE_ROWS: Rows = [
    ["asset_id", "opportunity_id", "used_at"],
    ["A1", "z1", "2020-03-12T22:59:59Z"],  # on the day of the closing, whose hour nobody knows
    ["A1", "z2", "2020-03-12T23:00:00Z"],
    ["A2", "y1", "2019-03-01T10:00:00Z"],
    ["A2", "y2", "2019-03-01T10:00:00Z"],
]
SPEND_ROWS: Rows = [
    ["spent_on", "source", "kind", "team", "amount"],
    ["2020-03-15", "Web", "media", "marketing", "10"],
    ["2020-03-16", "Web", "media", "marketing", "100"],
]


def day(month: int, number: int) -> int:
    return epoch_day(date(2020, month, number))


def second(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


CLOSED_S = second("2020-03-12T00:00+01:00")
MARCH = {"first_day": day(3, 1), "last_day": day(3, 31)}


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    tables = {"stage_changes": STAGE_ROWS, "content": CONTENT_ROWS, "content_uses": USE_ROWS, "spend": SPEND_ROWS}
    return month_of(tmp_path_factory.mktemp("edges"), tables, leads=LEAD_ROWS, deals=DEAL_ROWS, calls=CALL_ROWS)


def lead(facts: Facts, name: str) -> dict[str, object]:
    [row] = facts.leads.filter(facts.leads.lead_id == name).to_pyarrow().to_pylist()
    return row


def test_what_happens_at_as_of_has_not_happened(facts: Facts) -> None:
    """Created a minute before, assigned and called at the instant; a lead created at it is not there."""
    seen = lead(facts, "as-of")
    assert (seen["assigned_s"], seen["touch_s"], seen["attempts"], seen["owner_id"]) == (None, None, 0, None)
    assert "too late" not in facts.leads.lead_id.to_pyarrow().to_pylist()


def test_a_first_contact_in_the_last_second_is_in_time(facts: Facts) -> None:
    frame = follow_up(facts, sla_s=8 * HOUR_S, first_day=day(3, 9), last_day=day(3, 15))
    [row] = frame[frame["owner_id"] == "r1"].to_dict("records")
    assert (row["met"], row["missed"], row["not_due"]) == (1, 1, 0)
    assert (lead(facts, "in time")["response_s"], lead(facts, "late")["response_s"]) == (8 * HOUR_S, 8 * HOUR_S + 1)


def test_a_lead_assigned_in_the_minute_of_its_mql_took_no_time_to_route(facts: Facts) -> None:
    frame = routing_times(facts, first_day=day(3, 10), last_day=day(3, 10))
    assert frame.to_dict("list") == {"seconds": [0], "n": [2]}


def test_a_lead_accepted_in_the_minute_of_its_rejection_goes_on(facts: Facts) -> None:
    """Of the two of 2 March only the one accepted a minute before it was rejected is over, for winning."""
    frame = conversions(facts, "won", first_day=day(3, 2), last_day=day(3, 2))
    assert (frame["converted"].sum(), frame["competing"].sum(), frame["censored"].sum()) == (0, 1, 1)


def test_a_lead_is_won_with_the_first_of_its_deals_and_lost_with_the_last(facts: Facts) -> None:
    """Closed on 4 and 6 March; while one of its deals is open a lead is not decided."""
    early, late = (second(f"2020-03-0{number}T00:00+01:00") for number in (4, 6))
    found = {name: lead(facts, name) for name in ("won twice", "lost twice", "half lost")}
    assert {name: (row["won_s"], row["lost_s"]) for name, row in found.items()} == {
        "won twice": (early, None),
        "lost twice": (None, late),
        "half lost": (None, None),
    }


def test_a_deal_that_closes_as_the_period_ends_closes_after_it(facts: Facts) -> None:
    """z1 to z3 are open as a period ends that ends with their closing, beside the eight that nobody closed."""
    begin_s, told = second("2020-03-09T00:00+01:00"), []
    for end_s in (CLOSED_S, CLOSED_S + 1):
        frame = pipeline_flow(facts, begin_s=begin_s, end_s=end_s)
        told.append((frame.loc[frame["ended"] == "won", "n"].sum(), frame.loc[frame["open_after"], "n"].sum()))
    assert told == [(0, 11), (3, 8)]


def test_spend_counts_on_its_day(facts: Facts) -> None:
    assert spend_by_day(facts, last_day=day(3, 15))["amount"].tolist() == [10]
    assert revenue.spend_by_source(facts, last_day=day(3, 15))["amount"].tolist() == [10]


def test_a_stage_is_an_ending_up_to_a_day_before_the_closing_and_for_half_of_its_deals(facts: Facts) -> None:
    frame = stage_times(facts)
    assert set(frame["stage"]) & {"Signed", "Sealed", "Paused"} == {"Sealed"}
    assert frame.loc[frame["stage"] == "Sealed", ["hours", "left"]].to_numpy().tolist() == [[24, 1]]


def test_a_window_begins_with_its_first_midnight(facts: Facts) -> None:
    """z5; z6 and z7; z8."""
    frame = stage_times(facts)
    door = frame[frame["stage"] == "Door"].groupby("window")["still"].sum()
    assert door.to_dict() == {"month": 1, "quarter": 2, "year": 1}


def test_an_asset_counts_from_its_first_day_and_up_to_a_day_after_the_closing(facts: Facts) -> None:
    frame = revenue.asset_uses(facts, stages=(), **MARCH)
    assert frame.to_dict("records") == [{"asset_id": "A1", "won": 1, "lost": 0}]
    assert content.asset_uses(facts).loc["A1", ["ever", "deals"]].tolist() == [2, 1]


def test_a_year_of_deals_has_365_days(facts: Facts) -> None:
    """Up to 31 March 2020 it begins on 2 April 2019."""
    assert content.deals_by_content(facts, ("A2",)).set_index("used").loc["carrying"].tolist() == [1, 0]


def test_a_deal_is_reopened_in_the_period_that_begins_with_it(facts: Facts) -> None:
    at = second("2020-03-10T09:00+00:00")
    found = [
        len(revenue.reopenings(facts, closing={"Lost": "lost"}, begin_s=begin, end_s=end))
        for begin, end in ((at - 60, at), (at - 60, at + 1), (at, at + 60), (at + 1, at + 60))
    ]
    assert found == [0, 1, 1, 0]
