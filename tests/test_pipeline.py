"""The week's pipeline on deals worked out by hand: the waterfall, what was opened, and how far it covers the goal.

The week is 2020-W11, Monday 9 to Sunday 15 March 2020; as-of is Monday 00:00 in Berlin.

Deal  created    closed          amount   week
p1    2 Mar      -                100.01  open before and after; expected 31 Mar
p2    2 Mar      -                200.02  open before and after; expected 10 Mar, which has passed
p3    2 Mar      12 Mar won       300.03  open before, won
p4    2 Mar      13 Mar lost           -  open before, lost
p5    11 Mar     -                400.10  opened; expected 15 Apr, after March
p6    9 Mar      14 Mar won        50.05  opened and won
p7    -          10 Mar lost       70.07  closed without a day of creation: never seen open
p8    11 Mar     6 Mar won         25.00  closed before it was created: opened, and at no time open
p9    2 Mar      6 Mar won         11.00  over before the week
p0    8 Mar      -                     -  open before and after; nobody says when it will close

Before p1 p2 p3 p4 p0, 600.06; + opened p5 p6 p8, 475.15; - won p3 p6, 350.08; - lost p4 p7, 70.07; + without a day of
creation p7, 70.07; + closed before created p8, -25.00; after p1 p2 p5 p0, 700.13 = 600.06 + 475.15 - 350.08 - 70.07
+ 70.07 - 25.00.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from alignment_lib.blocks.closed import closed
from alignment_lib.blocks.history import history
from alignment_lib.blocks.pipeline import pipeline
from alignment_lib.facts import Facts
from alignment_lib.facts.money_frames import expected_to_close, pipeline_flow
from alignment_lib.page.block import Block, Count
from tests.company import Company, Rows

DEALS: Rows = [
    ["Deal ID", "Lead ID", "Created", "Amount", "Closed", "Stage", "Owner", "Expected"],
    ["p1", "", "02.03.2020 10:00", "100,01", "", "Talks", "r1", "2020-03-31"],
    ["p2", "", "02.03.2020 10:00", "200,02", "", "Talks", "r2", "2020-03-10"],
    ["p3", "", "02.03.2020 10:00", "300,03", "09.03.2020", "Won", "r1", "2020-03-12"],
    ["p4", "", "02.03.2020 10:00", "", "13.03.2020", "Lost", "r1", ""],
    ["p5", "007", "11.03.2020 10:00", "400,10", "", "Talks", "", "2020-04-15"],
    ["p6", "008", "09.03.2020 10:00", "50,05", "14.03.2020", "Won", "r1", ""],
    ["p7", "", "", "70,07", "10.03.2020", "Lost", "r1", ""],
    ["p8", "", "11.03.2020 10:00", "25", "06.03.2020", "Won", "r1", ""],
    ["p9", "", "02.03.2020 10:00", "11", "06.03.2020", "Won", "r1", ""],
    ["p0", "", "08.03.2020 10:00", "", "", "Talks", "r2", ""],
]
GOALS: Rows = [
    ["metric", "period_start", "period_end", "target"],
    ["won_value", "2020-03-01", "2020-03-31", "500"],
]


def made(root: Path, goals: Rows = GOALS) -> Company:
    company = Company(root)
    company.rows |= {"deals": [list(row) for row in DEALS], "goals": goals}
    company.mapping["tables"]["opportunities"]["columns"]["expected_close_on"] = "Expected"
    company.mapping["tables"]["targets"] = {"from": "goals", "columns": {c: c for c in GOALS[0]}}
    return company


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return made(tmp_path_factory.mktemp("deals")).write().facts()


def values(block: Block) -> dict[tuple[str, str | None, str | None], float | None]:
    return {(m.name, m.period, m.source): m.value for m in block.metrics}


def rows(block: Block, table: int) -> list[list[str]]:
    found = block.tables[table]
    return [[str(c).replace("\u00a0", " ") for c in r] for r in (*found.rows, *([found.total] if found.total else []))]


def told(block: Block) -> list[str]:
    return [s.replace("\u00a0", " ") for s in block.sentences]


def test_the_largest_amount_that_can_be_read_is_summed_to_the_cent(tmp_path: Path) -> None:
    """By hand: p1 of 16 digits before the point, p2 of 200.02 and p5 of 400.10 are open; p0 has no amount."""
    company = made(tmp_path)
    company.rows["deals"][1][3] = "9999999999999999,99"
    facts = company.write().facts()
    week = facts.run.begins, facts.run.ends
    begin_s, end_s = (int(instant.timestamp()) for instant in week)
    flow = pipeline_flow(facts, begin_s=begin_s, end_s=end_s)
    assert flow.cents[flow.open_after].sum() == 999_999_999_999_999_999 + 20_002 + 40_010
    due = expected_to_close(facts, open_at_s=end_s, last_day=20_000)
    assert due.cents.max() == 999_999_999_999_999_999
    assert pipeline(facts).missing is None


def test_the_waterfall_adds_up_by_hand(facts: Facts) -> None:
    block = pipeline(facts)
    assert rows(block, 0) == [
        ["Open as the week began", "5", "600", "2"],
        ["+ opened", "3", "475", "0"],
        ["− won", "2", "350", "0"],
        ["− lost", "2", "70", "1"],
        ["+ closed without a day of creation", "1", "70", "0"],
        ["+ closed before they were created, or on an unknown day", "-1", "-25", "0"],
        ["Open as the week ended", "4", "700", "1"],
    ]
    found = {name: value for (name, _, source), value in values(block).items() if source is None}
    assert found["pipeline_open_before"] == 600.06
    assert found["pipeline_won"] == 350.08
    assert found["pipeline_lost"] == 70.07
    assert found["pipeline_moved"] == 45.07  # 70.07 - 25.00
    assert found["pipeline_open"] == 700.13
    assert found["pipeline_created"] == pytest.approx(475.15)
    assert (found["pipeline_open_deals_before"], found["opportunities"], found["pipeline_open_deals"]) == (5, 3, 4)


def test_coverage_counts_what_is_due_and_sets_overdue_apart(facts: Facts) -> None:
    """March: won p3, p6, p8 and p9, 386.08 of 500, so 113.92 is missing; due by the 31st is p1, 100.01: 0.878 times.

    p2's day has passed, p5's comes after March, nobody says p0's.
    """
    block = pipeline(facts)
    found = values(block)
    assert found[("goal_missing", "2020-03", None)] == pytest.approx(113.92)
    assert found[("pipeline_expected", "2020-03", None)] == 100.01
    assert found[("coverage", "2020-03", None)] == pytest.approx(100.01 / 113.92)
    assert found[("pipeline_overdue", None, None)] == 200.02
    assert rows(block, 2) == [
        ["On a day that has passed", "1", "200"],
        ["By Tue 31 Mar", "1", "100"],
        ["Later", "1", "400"],
        ["No day given", "1", "–"],
        ["Open", "4", "700"],
    ]
    assert told(block) == [
        "Sales opened 3 deals worth € 475 this week, and there are too few earlier weeks to say what is usual.",
        "Open deals are worth € 700; € 100 of it is expected to close by Tue 31 Mar, 0.9 times the € 114 that is"
        " missing to the goal for the month.",
        "That is no forecast: not all of it will be won. One more deal, worth € 200, is past the day on which it was"
        " expected to close.",
    ]


def test_counts_open_their_deals(facts: Facts) -> None:
    waterfall, by_source, expected = pipeline(facts).tables
    cells = [waterfall.rows[1][1], waterfall.rows[2][1], by_source.rows[0][1], expected.rows[0][1]]
    groups = [cell.listing.groups for cell in cells if isinstance(cell, Count)]
    assert groups == [
        (("Ada", ("p5", "p6", "p8")),),
        (("Ada", ("p3", "p6")),),
        (("Ada", ("p5", "p6")),),
        (("Ben", ("p2",)),),
    ]


def test_opened_by_source_with_the_median_amount(facts: Facts) -> None:
    """p5 and p6 are of leads that searched: 400.10 and 50.05, median 225.075; p8 has no lead."""
    block = pipeline(facts)
    assert rows(block, 1) == [
        ["Search", "2", "450", "225"], ["(unknown)", "1", "25", "25"], ["All", "3", "475", "50"],
    ]  # fmt: skip
    assert values(block)[("pipeline_created", None, "Search")] == pytest.approx(450.15)


def test_it_never_contradicts_history_and_closed_deals(facts: Facts) -> None:
    mine = values(pipeline(facts))
    others = values(history(facts)) | values(closed(facts))
    both = mine.keys() & others.keys()
    assert ("opportunities", None, None) in both
    assert {key: mine[key] for key in both} == {key: others[key] for key in both}


def test_a_week_that_is_not_over_is_no_news(tmp_path: Path) -> None:
    """As of Tuesday 10 March, 13:00: p6 is opened and not yet won; p3 and p7 have closed; p2 is due today, not overdue.

    Open are p1, p2, p4, p6 and p0, 350.08; due in March are p1 and p2, 300.03.
    """
    block = pipeline(made(tmp_path).write().facts(as_of="2020-03-10T12:00:00Z"))
    assert [row[:3] for row in rows(block, 0)] == [
        ["Open as the week began", "5", "600"],
        ["+ opened", "1", "50"],
        ["− won", "1", "300"],
        ["− lost", "1", "70"],
        ["+ closed without a day of creation", "1", "70"],
        ["Open now", "5", "350"],
    ]
    assert rows(block, 2)[:2] == [["On a day that has passed", "0", "0"], ["By Tue 31 Mar", "2", "300"]]
    assert told(block)[0].startswith("Sales opened 1 deal worth € 50 this week so far, ")


def test_a_goal_that_is_reached_has_no_coverage(tmp_path: Path) -> None:
    block = pipeline(made(tmp_path, [GOALS[0], [*GOALS[1][:3], "386.08"]]).write().facts())
    assert told(block)[1] == (
        "Open deals are worth € 700; € 100 of it is expected to close by Tue 31 Mar; the goal for the month is reached."
    )
    [record] = [m for m in block.metrics if m.name == "coverage"]
    assert (record.value, record.reason) == (None, "the goal is reached")


def test_without_a_goal_or_expected_days_it_says_what_to_connect(tmp_path: Path) -> None:
    company = made(tmp_path, [GOALS[0], ["won_value", "2020-05-01", "2020-05-31", "1"]])
    assert told(pipeline(company.write().facts()))[1] == (
        "Open deals are worth € 700; € 100 of it is expected to close by Tue 31 Mar; to see how far that covers a goal,"
        " add a target of won value."
    )
    columns = company.mapping["tables"]["opportunities"]["columns"]
    del columns["expected_close_on"]
    company.write_mapping()
    block = pipeline(company.facts())
    assert told(block)[1] == (
        "Open deals are worth € 700; to see how far that covers a goal, map opportunities.expected_close_on in"
        f" {company.known_as}/sources/tiny.yaml."
    )
    assert len(block.tables) == 2
    del columns["amount"]
    company.write_mapping()
    block = pipeline(company.facts())
    assert told(block)[0] == "Sales opened 3 deals this week."
    assert [c.label for c in block.tables[0].columns] == ["Pipeline", "Deals"]
    assert not [m for m in block.metrics if m.unit == "EUR"]


def test_won_deals_alone_are_no_pipeline(tmp_path: Path) -> None:
    company = made(tmp_path)
    columns = company.mapping["tables"]["opportunities"]["columns"]
    columns["outcome"] = {"value": "won"}
    assert "won deals only" in (pipeline(company.write().facts()).missing or "")
    del columns["created_at"]
    company.write_mapping()
    assert "opportunities.created_at" in (pipeline(company.facts()).missing or "")


def test_a_quiet_week_has_one_sentence(tmp_path: Path) -> None:
    company = made(tmp_path)
    company.rows["deals"] = [DEALS[0], DEALS[9]]
    block = pipeline(company.write().facts())
    assert told(block) == ["No deal was open, opened or closed this week."]
    assert block.tables == ()
