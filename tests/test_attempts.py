"""What the block of attempts says of the eleven leads of tests/fixture_effort.py.

Of the eleven, a, b, d, e, g, h and j were worked as agreed (reached, decided on, or tried five times), 7 of 11; c, f,
i and k were given up early. Attempts: 2 1 2 3 5 0 2 1 1 1 0, median 1. Wilson's interval of 7 of 11 (Newcombe 1998,
method 3): (7/11 + z²/22 ± z √(28/1331 + z²/484)) / (1 + z²/11) = 0.354 to 0.848. W12 has one lead, tried once.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from alignment_lib.blocks import attempts as block
from alignment_lib.facts import Facts
from alignment_lib.page.block import Block, Count
from alignment_lib.stats import estimates, money
from tests.fixture_effort import AS_OF, eleven, facts_of
from tests.fixture_numbers import plain, strangers


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return facts_of(eleven(tmp_path_factory.mktemp("eleven")))


@pytest.fixture(scope="module")
def shown(facts: Facts) -> Block:
    return block.attempts(facts)


def test_sentences(shown: Block) -> None:
    assert [plain(s) for s in shown.sentences] == [
        "Of the 11 leads handed over in 2020-W11, 7 were worked as agreed (64 %, 35 to 85 %): reached, decided on, or"
        " tried 5 times; 4 were given up early.",
        "No lead was handed over this week.",
    ]


def test_records(shown: Block) -> None:
    found = {(m.name, m.period): (m.value, m.n) for m in shown.metrics}
    assert found == {
        ("attempts_median", None): (None, 0),
        ("worked", "2020-W11"): (pytest.approx(7 / 11), 11),
        ("leads_worked", "2020-W11"): (7, 11),
        ("leads_unworked", "2020-W11"): (4, 11),
        ("attempts_median", "2020-W11"): (1, 11),
    }
    [share] = [m for m in shown.metrics if m.name == "worked"]
    assert (round(share.low or 0, 3), round(share.high or 0, 3)) == (0.354, 0.848)
    [none] = [m for m in shown.metrics if m.value is None]
    assert none.reason == "no leads"


def test_every_number_of_a_sentence_is_recorded_or_agreed(shown: Block) -> None:
    assert strangers(shown, 5) == []


def test_by_week_for_the_scorecard(facts: Facts) -> None:
    """Weeks before the first activity, and weeks that are too young, are not known."""
    assert block.by_week(facts) == (None,) * 11 + ((7, 11), None, None)


def test_attempts_by_how_they_ended(shown: Block) -> None:
    table = shown.tables[0]
    assert [[str(c) for c in row] for row in table.rows] == [
        ["0", "0", "0", "2", "2"],  # f, k
        ["1", "2", "1", "1", "4"],  # b, j; h; i
        ["2", "1", "1", "1", "3"],  # a; g; c
        ["3", "0", "1", "0", "1"],  # d
        ["4", "0", "0", "0", "0"],
        ["5 or more", "0", "0", "1", "1"],  # e
    ]
    assert table.total is not None
    assert [str(c) for c in table.total] == ["All", "3", "3", "5", "11"]
    cell = table.rows[0][3]
    assert isinstance(cell, Count)
    assert cell.listing.groups == (("(nobody)", ("f",)), ("Ben", ("k",)))


def test_by_rep_in_order_of_name(shown: Block) -> None:
    """Ada: a, b, c, d with 2 1 2 3 attempts; Ben: e, g, h, i, j, k with 5 2 1 1 1 0."""
    assert [[plain(str(c)).partition(" %")[0] for c in row] for row in shown.tables[1].rows] == [
        ["(nobody)", "1", "0", "0", "1"],
        ["Ada", "4", "2", "75", "1"],
        ["Ben", "6", "1", "67", "2"],
    ]


def test_young_weeks_say_until_when_they_are_open(shown: Block) -> None:
    assert [[plain(str(c)) for c in row] for row in shown.tables[2].rows] == [
        ["2020-W13", "0", "–", "open until Sun 12 Apr"],
        ["2020-W12", "1", "–", "open until Sun 5 Apr"],
        ["2020-W11", "11", "7", "64 % (35 to 85 %)"],
    ]


def test_those_given_up_are_listed_and_asked_about(shown: Block) -> None:
    [stat] = [s for s in shown.stats if s.label == "Given up early"]
    assert stat.value == "4"
    assert stat.listing is not None
    assert {i for _, ids in stat.listing.groups for i in ids} == {"c", "f", "i", "k"}
    assert len(shown.prompts) == 1


def test_a_week_short_of_the_day_is_not_told(tmp_path: Path) -> None:
    facts = eleven(tmp_path).write().facts(week="2020-W12", as_of="2020-03-23T00:00:00")
    found = block.attempts(facts)
    assert [plain(s) for s in found.sentences] == [
        "No week is old enough yet to say how its leads were worked; this week's can be told after Sun 5 Apr.",
        "The one lead handed over this week has had 1 attempt so far.",
    ]
    assert set(block.by_week(facts)) == {None}
    assert [(m.name, m.value) for m in found.metrics] == [("attempts_median", 1)]


def test_without_attempts_the_block_says_what_to_connect(tmp_path: Path) -> None:
    made = eleven(tmp_path)
    del made.mapping["tables"]["activities"]["columns"]["lead_id"]
    facts = facts_of(made)
    assert "activities.lead_id" in (block.attempts(facts).missing or "")
    assert set(block.by_week(facts)) == {None}


def rows(worked: int, given_up: int) -> pd.DataFrame:
    flags = [True] * worked + [False] * given_up
    return pd.DataFrame({"worked": flags, "lead_id": "x", "owner_id": "r1", "attempts": 0, "state": "open"})


@pytest.mark.parametrize(
    ("worked", "given_up", "said"),
    [
        (0, 0, "No lead was handed over in 2020-W11."),
        (1, 0, "The one lead handed over in 2020-W11 was worked as agreed: reached, decided on, or tried 5 times."),
        (0, 1, "The one lead handed over in 2020-W11 was given up early."),
        (
            2,
            0,
            "Of the 2 leads handed over in 2020-W11, all were worked as agreed (100 %, 34 to 100 %): reached, decided"
            " on, or tried 5 times.",
        ),
        (
            0,
            2,
            "Of the 2 leads handed over in 2020-W11, none was worked as agreed (0 %, 0 to 66 %): reached, decided on,"
            " or tried 5 times.",
        ),
        (
            1,
            1,
            "Of the 2 leads handed over in 2020-W11, 1 was worked as agreed (50 %, 9 to 91 %): reached, decided on, or"
            " tried 5 times; 1 was given up early.",
        ),
    ],
)
def test_few_leads(facts: Facts, monkeypatch: pytest.MonkeyPatch, worked: int, given_up: int, said: str) -> None:
    """Wilson's intervals of 2, 0 and 1 of 2: 0.342 to 1, 0 to 0.658, 0.095 to 0.905."""
    found = replace(
        block.numbers(facts),
        rows=rows(worked, given_up),
        share=estimates.proportion(converted=worked, leads=worked + given_up),
    )
    monkeypatch.setattr(block, "numbers", lambda facts: found)
    assert plain(block.sentence(facts)) == said


@pytest.mark.parametrize(
    ("tries", "said"),
    [
        ([0], "The one lead handed over this week has had no attempt so far."),
        ([0, 0, 3], "At least half of the 3 leads handed over this week have had no attempt so far."),
        ([1, 1, 3], "In the median, the 3 leads handed over this week have had 1 attempt so far."),
        ([1, 2], "In the median, the 2 leads handed over this week have had 1.5 attempts so far."),
    ],
)
def test_attempts_so_far(facts: Facts, tries: list[int], said: str) -> None:
    found = replace(block.numbers(facts), leads=(len(tries),), tried_now=money.median_ci(tries))
    assert plain(block.so_far_sentence(found)) == said


def test_many_agreed_attempts_share_a_row(tmp_path: Path) -> None:
    made = eleven(tmp_path).write()
    (made.params_folder / "sla.yaml").write_text("sales: {attempts: 12}\n")
    table = block.attempts(made.facts(week="2020-W13", as_of=AS_OF)).tables[0]
    assert [str(r[0]) for r in table.rows] == [*"01234567", "8 to 11", "12 or more"]
    assert str(table.rows[5][3]) == "1"  # e, tried five times of twelve
