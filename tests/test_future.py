"""Days after the present, which for this company is noon of 20 March 2020. By hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixture_stranger import Stranger, stranger


@pytest.fixture
def odd(tmp_path: Path) -> Stranger:
    return stranger(tmp_path)


def test_deals_that_are_won_after_the_present_are_told(odd: Stranger) -> None:
    won = [row for row in odd.rows["deals"][1:] if row[5] == "Won"]
    for row in won[:3]:
        row[4] = "31.12.2041"
    assert odd.told("future") == [
        "deals.csv: 3 deals are won or lost after the present, up to 31 Dec 2041, and open until that day; correct"
        f" closed_at in the CRM, or see {odd.known_as}/sources/tiny.yaml, opportunities.closed_at"
    ]
    deals = odd.known().deals
    assert int(deals.filter(deals.outcome == "won").count().to_pandas()) == len(won) - 3


def test_the_day_on_which_an_open_deal_is_expected_lies_ahead(odd: Stranger) -> None:
    for row in odd.rows["deals"][1:]:
        row[4] = row[4] or "31.12.2041"
    assert odd.told("future") == []


def test_what_is_created_after_the_present_is_told_and_not_said_to_be_counted(odd: Stranger) -> None:
    """Two deals of 2041 that were closed in 2020, and a third deal out of order that counts; four leads of 2041."""
    closed = [row for row in odd.rows["deals"][1:] if row[4]]
    for row in closed[:2]:
        row[2] = row[2].replace("2020", "2041")
    closed[2][4] = "01.01.2020"
    for row in odd.rows["leads"][1:5]:
        row[1] = row[1].replace("2020", "2041")
    leads, deals = odd.told("future")
    assert leads.startswith("leads.csv: 4 leads are created after the present, up to 7 Jan 2041, and counted nowhere")
    assert deals.startswith("deals.csv: 2 deals are created after the present, up to ")
    assert odd.told("order") == [
        "deals.csv: 1 row has closed_at before created_at; it is counted but leaves durations",
        "deals.csv: 1 deal created or closed on a day before their own lead was created; counted, and in no cohort,"
        " lead-to-deal rate or duration",
    ]


def test_what_comes_after_the_week_and_before_the_present_is_nothing_to_tell(odd: Stranger) -> None:
    """19 March: after the week that is reported, which ends on the 15th."""
    odd.rows["deals"].append(["N1", "", "18.03.2020 10:00", "7", "19.03.2020", "Won", "r1"])
    assert odd.told("future") == []
