"""What was won so far, beside the same point before and the goal, on deals worked out by hand.

The week is 2020-W11, Monday 9 to Sunday 15 March 2020; as-of is Monday 00:00 in Berlin.

Deal  closed  amount   day  week  March  quarter  before
d01   15.03.  100.10   x    x     x      x
d02   14.03.  200.20        x     x      x        yesterday
d03   09.03.  -             x     x      x
d04   02.03.  300.30              x      x        the first day of last week
d05   08.03.   50.00              x      x        its last
d06   15.02. 1000.00                     x        the same day of February
d07   16.02. 2000.00                     x        a day too late
d08   20.01.   70.00                     x
lost: d09 10.03., d10 29.02. (too late), d11 03.02.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from alignment_lib.blocks.closed import closed
from alignment_lib.blocks.history import history
from alignment_lib.blocks.progress import progress
from alignment_lib.blocks.spans import same_point, spans
from alignment_lib.facts import Facts
from alignment_lib.page.block import Block, Count
from tests.company import Company, Rows

HEAD = ["Deal ID", "Lead ID", "Created", "Amount", "Closed", "Stage", "Owner"]


def deal(name: str, closed_on: str, amount: str, stage: str = "Won", created: str = "02.01.2020 10:00") -> list[str]:
    return [name, "", created, amount, closed_on, stage, "r1"]


DEALS: Rows = [
    HEAD,
    deal("d01", "15.03.2020", "100,10"),
    deal("d02", "14.03.2020", "200,20"),
    deal("d03", "09.03.2020", ""),
    deal("d04", "02.03.2020", "300,30"),
    deal("d05", "08.03.2020", "50"),
    deal("d06", "15.02.2020", "1.000"),
    deal("d07", "16.02.2020", "2.000"),
    deal("d08", "20.01.2020", "70"),
    deal("d09", "10.03.2020", "10", "Lost"),
    deal("d10", "29.02.2020", "20", "Lost"),
    deal("d11", "03.02.2020", "30", "Lost"),
]
GOALS: Rows = [
    ["metric", "period_start", "period_end", "segment", "target", "set_on"],
    ["won_value", "2020-03-01", "2020-03-31", "", "1000", "2019-12-01"],
    ["won_value", "2020-03-01", "2020-03-31", "", "2000", "2020-03-10"],
    ["won_value", "2020-03-01", "2020-03-31", "", "3000", "2020-03-18"],
    ["won", "2020-03-01", "2020-03-31", "enterprise", "4", ""],
    ["won", "2020-03-01", "2020-03-31", "mid", "6", ""],
    ["won_value", "2020-01-01", "2020-03-31", "", "5000", ""],
]
"""Of the March goals of won value the second holds: the third was set after the week."""


def made(root: Path, deals: Rows = DEALS, goals: Rows | None = None) -> Company:
    company = Company(root)
    company.rows["deals"] = deals
    if goals is not None:
        company.rows["goals"] = goals
        company.mapping["tables"]["targets"] = {"from": "goals", "columns": {c: c for c in goals[0]}}
    return company.write()


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return made(tmp_path_factory.mktemp("deals"), goals=GOALS).facts()


def values(block: Block) -> dict[tuple[str, str | None], float | None]:
    return {(m.name, m.period): m.value for m in block.metrics}


def rows(block: Block) -> list[list[str]]:
    return [[str(cell).replace("\u00a0", " ") for cell in row] for row in block.tables[0].rows]


def told(block: Block) -> list[str]:
    return [s.replace("\u00a0", " ") for s in block.sentences]


def test_day_week_month_and_quarter_by_hand(facts: Facts) -> None:
    """March 650.60 of 2,000 is 32.5 %, 5 of 10 deals 50 %; the quarter 3,720.60 of 5,000 is 74.4 %.

    What came before the quarter is not known: the data begins with d01's creation on 2 January.
    """
    block = progress(facts)
    assert [c.label for c in block.tables[0].columns] == [
        "Period", "Won", "same point before", "of the goal", "Won value", "same point before", "of the goal", "Lost",
        "same point before",
    ]  # fmt: skip
    assert rows(block) == [
        ["Sun 15 Mar", "1", "1", "–", "100", "200", "–", "0", "0"],
        ["Week 2020-W11", "3", "2", "–", "300", "350", "–", "1", "0"],
        ["March so far", "5", "1", "50 % of 10", "651", "1,000", "33 % of 2,000", "1", "1"],
        ["Quarter so far", "8", "–", "–", "3,721", "–", "74 % of 5,000", "3", "–"],
    ]
    assert told(block) == [
        "In March so far 5 deals were won, worth € 651 (1 of them without an amount); by the same day of February it"
        " was 1, worth € 1,000.",
        "That is 33 % of the goal of € 2,000 and 50 % of the goal of 10 deals for the month.",
        "Since Wed 1 Jan, when the quarter began, 8 deals were won, worth € 3,721 (1 of them without an amount). That"
        " is 74 % of the goal of € 5,000 for the quarter.",
    ]
    found = values(block)
    expected = {
        ("won", "2020-03-15"): 1, ("won_value", "2020-03-15"): 100.10, ("won_value_before", "2020-03-15"): 200.20,
        ("won", None): 3, ("won_before", None): 2, ("won_value_before", None): 350.30, ("lost", None): 1,
        ("won", "2020-03"): 5, ("won_value", "2020-03"): 650.60, ("won_before", "2020-03"): 1,
        ("lost_before", "2020-03"): 1, ("won_value_goal", "2020-03"): 2000, ("goal_reached", "2020-03"): 0.3253,
        ("won_goal", "2020-03"): 10, ("won_goal_reached", "2020-03"): 0.5,
        ("won_value", "2020-Q1"): 3720.60, ("goal_reached", "2020-Q1"): 0.74412,
    }  # fmt: skip
    assert {key: found[key] for key in expected} == pytest.approx(expected)
    assert ("won_before", "2020-Q1") not in found
    assert ("won_value", None) not in found  # it is recorded with the deals that closed


def test_each_count_opens_its_deals(facts: Facts) -> None:
    month = progress(facts).tables[0].rows[2]
    [now, before] = [cell for cell in month[1:3] if isinstance(cell, Count)]
    assert now.listing.groups == (("Ada", ("d01", "d02", "d03", "d04", "d05")),)
    assert before.listing.groups == (("Ada", ("d06",)),)


def test_it_never_contradicts_history_and_closed_deals(facts: Facts) -> None:
    mine, others = values(progress(facts)), values(history(facts)) | values(closed(facts))
    both = mine.keys() & others.keys()
    assert {("won", None), ("lost", None), ("won", "2020-03")} <= both
    assert {key: mine[key] for key in both} == {key: others[key] for key in both}


def test_a_last_day_that_is_not_over_is_cut_at_its_time_of_day(tmp_path: Path) -> None:
    """As of Thursday 12 March, 13:00: d1 of 10:00 and, the day before, d2 of 09:00 but not d3 of 15:00.

    The week before is taken up to Thursday 5 March, 13:00: d4 of that moment is a moment too late, d5 is not.
    """
    company = Company(tmp_path)
    times = {"d1": "12.03.2020 10:00", "d2": "11.03.2020 09:00", "d3": "11.03.2020 15:00", "d4": "05.03.2020 13:00",
             "d5": "05.03.2020 12:59"}  # fmt: skip
    company.rows["deals"] = [HEAD, *(deal(name, at, "5") for name, at in times.items())]
    company.mapping["tables"]["opportunities"]["columns"]["closed_at"]["format"] = "%d.%m.%Y %H:%M"
    block = progress(company.write().facts(as_of="2020-03-12T12:00:00Z"))
    assert [row[:3] for row in rows(block)[:2]] == [["Thu 12 Mar", "1", "1"], ["Week 2020-W11", "3", "1"]]
    assert block.tables[0].note.endswith("the last day is not over, so up to the same time of day.")


def test_a_shorter_month_before_is_taken_to_its_end(tmp_path: Path) -> None:
    """As of the end of Tuesday 31 March 2020: all of February, its 29th included."""
    deals = [HEAD, deal("d1", "31.03.2020", "1"), deal("d2", "29.02.2020", "2"), deal("d3", "30.03.2020", "3")]
    facts = made(tmp_path, deals).facts(week="2020-W14", as_of="2020-03-31T22:00:00Z")
    assert rows(progress(facts))[2][:3] == ["March so far", "2", "1"]


def test_the_last_day_of_the_month_before_is_the_same_point_where_it_has_that_day(tmp_path: Path) -> None:
    """As of noon of 29 March, an hour earlier in UTC as summer has begun: up to noon of 29 February."""
    facts = made(tmp_path).facts(week="2020-W13", as_of="2020-03-29T10:00:00Z")
    month = spans(facts)["month"]
    assert not month.shorter and same_point(facts, month) == datetime(2020, 2, 29, 11, tzinfo=UTC).timestamp()


def test_a_goal_without_anything_won_is_named_not_nought_percent(tmp_path: Path) -> None:
    block = progress(made(tmp_path, [HEAD, deal("d1", "03.02.2020", "5")], GOALS[:4]).facts())
    assert told(block) == [
        "In March so far no deal was won; by the same day of February it was 1, worth € 5.",
        "The goal for the month is € 2,000.",
    ]
    assert values(block)[("goal_reached", "2020-03")] == 0


def test_before_any_deal_closed_one_sentence_and_no_table(tmp_path: Path) -> None:
    block = progress(made(tmp_path, [HEAD, deal("d1", "", "5", "Talks")]).facts())
    assert told(block) == ["In March so far no deal was won; by the same day of February it was none."]
    assert block.tables == ()


def test_data_that_begins_later_is_not_compared(tmp_path: Path) -> None:
    """The only deal began on 4 February, so that nobody knows all of February."""
    deals = [HEAD, deal("d1", "10.03.2020", "5", created="04.02.2020 10:00")]
    block = progress(made(tmp_path, deals).facts())
    assert told(block) == [
        "In March so far 1 deal was won, worth € 5; this data does not reach back to the first of February."
    ]
    assert rows(block)[2][2] == "–"


def test_no_amounts_no_losses_no_columns_for_them(tmp_path: Path) -> None:
    company = Company(tmp_path)
    columns = company.mapping["tables"]["opportunities"]["columns"]
    del columns["amount"]
    columns["outcome"] = {"value": "won"}
    company.rows["deals"] = DEALS[:6]
    block = progress(company.write().facts())
    assert [c.label for c in block.tables[0].columns] == ["Period", "Won", "same point before"]
    assert told(block)[0].startswith("In March so far 5 deals were won; ")
    assert not [m for m in block.metrics if m.name.startswith(("lost", "won_value"))]


def test_a_slice_is_held_against_its_segments_goal_alone(tmp_path: Path) -> None:
    """d1 is of the enterprise lead 007; 1 of the 4 promised for enterprises."""
    deals = [HEAD, ["d1", "007", "09.03.2020 10:00", "5", "10.03.2020", "Won", "r1"]]
    block = progress(made(tmp_path, deals, GOALS).facts(slice="segment=enterprise"))
    assert rows(block)[2][3] == "25 % of 4"
    assert [m.name for m in block.metrics if m.name.endswith("goal")] == ["won_goal"]


def test_wins_without_an_amount_are_worth_an_unknown_sum(tmp_path: Path) -> None:
    block = progress(made(tmp_path, [HEAD, deal("d1", "10.03.2020", "")], GOALS[:3]).facts())
    [record] = [m for m in block.metrics if (m.name, m.period) == ("won_value", "2020-03")]
    assert (record.value, record.reason) == (None, "no won deal has an amount")
    assert told(block) == ["In March so far 1 deal was won; by the same day of February it was none."]
    assert block.evidence is not None
    assert block.evidence.excluded == "from the amounts, 1\u00a0won deal without one"


def test_a_quarter_of_any_three_months_may_have_a_goal(tmp_path: Path) -> None:
    """February to April: 5 deals of March and 2 of February, 3,650.60 of 10,000."""
    goals = [GOALS[0], ["won_value", "2020-02-01", "2020-04-30", "", "10000", ""]]
    found = values(progress(made(tmp_path, goals=goals).facts()))
    assert found[("won", "2020-02 to 2020-04")] == 7
    assert found[("goal_reached", "2020-02 to 2020-04")] == pytest.approx(0.36506)


def test_without_closing_dates_it_says_what_to_connect(tmp_path: Path) -> None:
    company = Company(tmp_path)
    del company.mapping["tables"]["opportunities"]["columns"]["closed_at"]
    assert "opportunities.closed_at (when each deal closed)" in (progress(company.write().facts()).missing or "")
