"""Wins and candidates for case studies, in the company of tests/company.py; expectations worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from alignment_lib.blocks.wins import candidates_sentence, highlight, told_sentence, wins
from alignment_lib.facts import Facts
from alignment_lib.page.block import Block
from tests.company import Company
from tests.fixture_numbers import plain, strangers

WINS = [
    ["won_on", "opportunity_id", "headline", "quote", "credit"],
    ["2020-02-20", "w1", "Old story", "", ""],
    ["2020-03-11", "", "No deal is named", "", ""],
    ["2020-03-12", "w8", "100 branches “at once”", "You called back.", "Ada (sales)"],
    ["2020-03-16", "w3", "After the week", "", ""],
]
"""Two of the week of 9 March; the one whose deal is known is larger, so it comes first."""


def won(number: int, amount: str, days: int, closed: date, outcome: str = "Won") -> list[str]:
    """A deal that closed so many days after its own creation and belongs to no lead."""
    opened = closed - timedelta(days=days)
    return [f"w{number}", "", f"{opened:%d.%m.%Y} 00:00", amount, f"{closed:%d.%m.%Y}", outcome, "r1"]


DEALS = [
    won(1, "900", 90, date(2020, 2, 18)),
    won(2, "100", 80, date(2019, 6, 3)),
    won(3, "800", 10, date(2020, 3, 9)),
    won(4, "200", 20, date(2020, 3, 1)),
    won(5, "300", 70, date(2020, 3, 2)),
    won(6, "700", 60, date(2020, 1, 6)),
    won(7, "400", 50, date(2019, 12, 2)),
    won(8, "600", 40, date(2020, 3, 12)),
    won(9, "9000", 1, date(2019, 3, 15)),
    won(10, "9000", 1, date(2020, 3, 10), "Lost"),
]
"""52 weeks end on 15 March 2020 and begin on 18 March 2019: w1 to w8, for w9 closed before and w10 was lost.
A quarter of eight is two: the largest are w1 (900) and w3 (800), the fastest w3 (10 days) and w4 (20 days)."""


def made(tmp_path: Path, *, told: Any = WINS, deals: Any = DEALS) -> Company:
    built = Company(tmp_path)
    built.rows["deals"] = [built.rows["deals"][0], *deals]
    if told is not None:
        built.rows["wins"] = told
        built.mapping["tables"]["wins"] = {"from": "wins", "columns": {name: name for name in WINS[0]}}
    return built.write()


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return made(tmp_path_factory.mktemp("wins")).facts()


def value(block: Block, name: str) -> float | None:
    [record] = [m for m in block.metrics if m.name == name]
    return record.value


def test_candidates_are_the_large_and_the_fast_of_the_last_weeks(facts: Facts) -> None:
    """Four weeks begin on 17 February: w1, w3, w4, w5 and w8. w1 is told already; w5 and w8 are neither large nor
    fast; w3 is both and comes first, though told after the week."""
    block = wins(facts)
    [table] = block.tables
    assert [(r[0], plain(str(r[4])), plain(str(r[5])), r[7]) for r in table.rows] == [
        ("w3", "800", "10", "large and fast"),
        ("w4", "200", "20", "fast"),
    ]
    assert plain(table.note) == (
        "A candidate is a deal won in the last 4 weeks that is among the largest 25 % or the fastest 25 % of the deals"
        " won in the last 52 weeks and is not told as a win yet; with fewer than 8 won deals there is none."
    )
    assert table.columns[5].unit == "deal to won"
    assert value(block, "case_candidates") == 2
    assert value(block, "won_largest") == 800


def test_wins_of_the_week_are_told_the_largest_deal_first(facts: Facts) -> None:
    block = wins(facts)
    assert [plain(s) for s in block.sentences] == [
        "2 wins were told this week, the first is “100 branches ‘at once’”, with credit to “Ada (sales)”.",
        "2 deals won in the last 4 weeks stand out enough for a case study, by size or by speed.",
    ]
    assert [(c.title, plain(c.when), c.points) for c in block.cards] == [
        (
            "100 branches “at once”",
            "12 Mar 2020",
            (("Quote", "You called back."), ("Credit", "Ada (sales)"), ("Deal", "w8, €\u00a0600")),
        ),
        ("No deal is named", "11 Mar 2020", ()),
    ]
    assert highlight(facts) == "This week's win is “100 branches ‘at once’”, with credit to “Ada (sales)”."
    assert strangers(block, 4, sentences=(*block.sentences, highlight(facts))) == []


def test_a_week_without_a_told_win_names_the_last_and_the_largest_deal(tmp_path: Path) -> None:
    facts = made(tmp_path, told=WINS[:2]).facts()
    assert plain(told_sentence(facts)) == "No win was told this week; the last, of 20 Feb 2020, was “Old story”."
    assert plain(highlight(facts)) == "The largest deal won this week is worth € 800, won by Ada."
    assert [c.title for c in wins(facts).cards] == ["Old story"]


def test_too_few_deals_name_no_candidate(tmp_path: Path) -> None:
    """Seven deals won in the year, without amounts; none in the week once w3 and w8 are gone, and no win is told."""
    deals = [won(n, "", 9, date(2020, 3, 2)) for n in range(7)]
    facts = made(tmp_path, told=WINS[:1], deals=deals).facts()
    block = wins(facts)
    assert block.sentences == (
        "No win has been written down yet.",
        "Too few deals were won within a year to say which of them stand out enough for a case study.",
    )
    assert (block.tables, block.cards) == ((), ())
    assert value(block, "case_candidates") is None
    assert highlight(facts) == "Nothing was won this week."


def test_equal_amounts_make_no_deal_large(tmp_path: Path) -> None:
    """Eight deals of one amount and speed: all of them are as large as the largest, which is no quarter."""
    deals = [won(n, "500", 9, date(2020, 3, 11)) for n in range(8)]
    facts = made(tmp_path, told=None, deals=deals).facts()
    assert plain(candidates_sentence(facts)) == (
        "No deal won in the last 4 weeks stands out enough for a new case study."
    )
    assert wins(facts).sentences[0].startswith("Wins in people's own words: Not in this data.")
    assert "kept/tiny/wins.csv" in wins(facts).sentences[0]
    assert not [m for m in wins(facts).metrics if m.name == "wins_told"]


def test_deals_won_without_an_amount(tmp_path: Path) -> None:
    facts = made(tmp_path, told=None, deals=[won(1, "", 9, date(2020, 3, 11))]).facts()
    assert highlight(facts) == "Deals were won this week, but no amount is known of any of them."


def test_without_deals_and_wins_it_is_one_line(tmp_path: Path) -> None:
    built = made(tmp_path, told=None)
    del built.mapping["tables"]["opportunities"]
    built.write_mapping()
    block = wins(built.facts())
    assert (block.missing or "").startswith("Not in this data. To see it, write one row for each win into")
    assert not block.sentences and not block.tables


def test_wins_without_deals_are_told(tmp_path: Path) -> None:
    built = made(tmp_path)
    del built.mapping["tables"]["opportunities"]
    built.write_mapping()
    block = wins(built.facts())
    assert plain(block.sentences[0]).startswith("2 wins were told this week, the first is “100 branches")
    assert "map opportunities.closed_at" in block.sentences[1]
    assert [c.title for c in block.cards] == ["100 branches “at once”", "No deal is named"]
