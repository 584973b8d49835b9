"""What the block of decisions says of the eight leads of tests/fixture_effort.py.

MQLs of W11 are a to g. Decided within 14 days: a (to the second), c, d and e (before its MQL); b was late by a minute,
f was rejected and then accepted late, g is undecided. d was rejected without a reason: 3 of 7. Wilson's interval
(Newcombe 1998, method 3): (3/7 + z²/14 ± z √(12/343 + z²/196)) / (1 + z²/7) = 0.158 to 0.750. In W13 a, b and f were
accepted.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from alignment_lib.blocks import judged, loop
from alignment_lib.blocks import judged as block
from alignment_lib.facts import Facts
from alignment_lib.page.block import Block, Count
from tests.fixture_effort import eight, facts_of
from tests.fixture_numbers import plain, strangers


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return facts_of(eight(tmp_path_factory.mktemp("eight")))


@pytest.fixture(scope="module")
def shown(facts: Facts) -> Block:
    return block.judged(facts)


@pytest.fixture(scope="module")
def first_week(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """The same leads seen from W11's end: rejected were c (too small), d (no reason), f (x); h was accepted."""
    return eight(tmp_path_factory.mktemp("first")).write().facts(week="2020-W11", as_of="2020-03-16T00:00:00")


def test_sentences(shown: Block) -> None:
    assert [plain(s) for s in shown.sentences] == [
        "Sales decided on 3 leads this week and accepted all of them.",
        "Of the 7 MQLs of 2020-W11, 3 had a decision within 14 days, with a reason where it was no (43 %, 16 to 75 %).",
    ]


def test_records(shown: Block) -> None:
    found = {(m.name, m.source, m.period): (m.value, m.n) for m in shown.metrics}
    span = "2020-W10 to 2020-W11"
    assert found == {
        ("decided", None, None): (3, 3),
        ("accepted", None, None): (3, 3),
        ("rejected", None, None): (0, 0),
        ("rejected_without_reason", None, None): (0, 0),
        ("loop_closure", None, "2020-W10"): (None, 0),
        ("loop_closure", None, "2020-W11"): (pytest.approx(3 / 7), 7),
        ("loop_closed", None, "2020-W11"): (3, 7),
        ("loop_closure", None, span): (pytest.approx(3 / 7), 7),
        ("loop_closure", "Search", span): (0.5, 4),  # a and c of a, b, c, d
        ("loop_closure", "(unknown)", span): (pytest.approx(1 / 3), 3),  # e of e, f, g
        ("feedback_age", "Search", None): (6, None),  # b on 23 March, seen on the 29th
        ("feedback_age", "(unknown)", None): (5, None),  # f on the day after
    }
    [share] = [m for m in shown.metrics if m.name == "loop_closure" and m.period == "2020-W11"]
    assert (round(share.low or 0, 3), round(share.high or 0, 3)) == (0.158, 0.75)


def test_every_number_of_a_sentence_is_recorded_or_agreed(shown: Block, first_week: Facts) -> None:
    assert strangers(shown, 14) == strangers(block.judged(first_week), 14) == []


def test_by_week_for_the_scorecard(facts: Facts) -> None:
    """The data begins on Sunday of W10, which has no MQL; W12 and W13 are too young."""
    assert block.by_week(facts) == (None,) * 10 + ((0, 0), (3, 7), None, None)


def test_by_source_and_by_rep(shown: Block) -> None:
    sources, reps, weeks = shown.tables
    assert [[plain(str(c)).partition(" %")[0] for c in row] for row in sources.rows] == [
        ["Search", "4", "3", "2", "1", "50", "6"],
        ["(unknown)", "3", "1", "1", "1", "33", "5"],
    ]
    assert [[plain(str(c)).partition(" %")[0] for c in row] for row in reps.rows] == [
        ["(nobody)", "3", "1", "1", "1", "33"],
        ["Ada", "4", "3", "2", "1", "50"],
    ]
    assert [plain(str(c)) for c in weeks.rows[0]] == ["2020-W13", "0", "–", "open until Sun 12 Apr"]
    assert [plain(str(c)) for c in weeks.rows[2]] == ["2020-W11", "7", "3", "43 % (16 to 75 %)"]


def test_rejections_of_the_week_by_reason_and_source(first_week: Facts) -> None:
    shown = block.judged(first_week)
    assert [plain(s) for s in shown.sentences] == [
        "Sales decided on 4 leads this week: 1 accepted and 3 rejected, 1 of them without a reason.",
        "No week is old enough yet to say how many MQLs were decided in time; this week's can be told after Sun 29"
        " Mar.",
        "The reasons given most often were “too small” and “x”, for 1 of 3 each.",
    ]
    table = shown.tables[0]
    assert [c.label for c in table.columns] == ["Reason", "Search", "(unknown)", "All"]
    assert [[str(c) for c in row] for row in table.rows] == [
        ["too small", "1", "0", "1"], ["x", "0", "1", "1"], ["no reason given", "1", "0", "1"],
    ]  # fmt: skip
    cell = table.rows[2][3]
    assert isinstance(cell, Count)
    assert cell.listing.groups == (("Ada", ("d",)),)


def made(*reasons: str, accepted: int = 0) -> pd.DataFrame:
    """So many leads rejected for these reasons (empty: none given), and so many accepted."""
    flags = [False] * len(reasons) + [True] * accepted
    return pd.DataFrame(
        {
            "lead_id": [str(i) for i in range(len(flags))], "owner_id": "r1", "source": "Search",
            "accepted": flags, "rejected": [not f for f in flags], "reason": [*reasons, *[""] * accepted],
        }
    ).astype({"accepted": bool, "rejected": bool})  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (made(), "Sales decided on no lead this week."),
        (made(accepted=1), "Sales decided on 1 lead this week and accepted it."),
        (made("x"), "Sales decided on 1 lead this week and rejected it, with a reason."),
        (made(""), "Sales decided on 1 lead this week and rejected it, without a reason."),
        (made("", ""), "Sales decided on 2 leads this week and rejected all of them, none of them with a reason."),
        (made("x", "y"), "Sales decided on 2 leads this week and rejected all of them, each of them with a reason."),
        (made("x", accepted=2), "Sales decided on 3 leads this week: 2 accepted and 1 rejected, with a reason."),
        (
            made("x", "").assign(accepted=[True, False]),
            "Sales decided on 2 leads this week: 1 accepted and 2 rejected, 1 of them without a reason; 1 lead was"
            " both.",
        ),
    ],
)
def test_decisions_of_a_week(facts: Facts, monkeypatch: pytest.MonkeyPatch, rows: pd.DataFrame, said: str) -> None:
    found = replace(loop.numbers(facts), made=rows)
    monkeypatch.setattr(block, "numbers", lambda facts: found)
    assert plain(block.decided_sentence(facts)) == said
    assert strangers(block.judged(facts), 14) == []


@pytest.mark.parametrize(
    ("reasons", "said"),
    [
        ([""], []),
        (["x"], ["The reason was “x”."]),
        (["x", "y", "x"], ["The reason given most often was “x”, for 2 of 3."]),
        (["x", "y", ""], ["The reasons given most often were “x” and “y”, for 1 of 3 each."]),
        (list("vwxy"), ["No reason stands out: the most frequent ones were given for 1 of 4 each."]),
    ],
)
def test_the_reason_given_most_often(facts: Facts, reasons: list[str], said: list[str]) -> None:
    found = replace(loop.numbers(facts), made=made(*reasons))
    assert [plain(s) for s in block.reason_sentence(found)] == said


def test_reasons_that_differ_by_capitals_are_one(tmp_path: Path) -> None:
    """c: too small; d: Too small; f: Too small. Most people spell it with a capital."""
    company = eight(tmp_path)
    for row in company.rows["leads"]:
        if row[0] in ("d", "f"):
            row[9] = "Too small"
    facts = company.write().facts(week="2020-W11", as_of="2020-03-16T00:00:00")
    assert loop.numbers(facts).reasons.to_dict() == {"Too small": 3}


def test_rare_reasons_and_sources_share_a_row_and_a_column(facts: Facts) -> None:
    """Fourteen reasons, once each but the first: twelve rows of their own, the other two in one; eight sources."""
    rows = made("reason 00", *(f"reason {i:02}" for i in range(14)), "")
    rows["source"] = [f"source {min(i, 7)}" for i in range(len(rows))]
    [table] = judged.by_reason(facts, replace(loop.numbers(facts), made=rows))
    assert [str(r[0]) for r in table.rows] == [
        *(f"reason {i:02}" for i in range(12)),
        "other reasons",
        "no reason given",
    ]
    assert len(table.columns) == 9
    assert table.total is not None
    assert [str(c) for c in table.total] == ["All", "9", "1", "1", "1", "1", "1", "2", "16"]
    assert sum(int(str(r[-1])) for r in table.rows) == 16


def test_where_reasons_are_not_connected_none_is_asked_for(tmp_path: Path) -> None:
    """d counts as decided in time too: 4 of 7."""
    company = eight(tmp_path)
    del company.mapping["tables"]["leads"]["columns"]["reject_reason"]
    facts = facts_of(company)
    shown = block.judged(facts)
    assert plain(shown.sentences[1]) == "Of the 7 MQLs of 2020-W11, 4 had a decision within 14 days (57 %, 25 to 84 %)."
    assert "rejected_without_reason" not in {m.name for m in shown.metrics}
    assert "with a reason" not in " ".join(c.label for t in shown.tables for c in t.columns)


@pytest.mark.parametrize("column", ["accepted_at", "rejected_at"])
def test_without_decisions_the_block_says_what_to_connect(tmp_path: Path, column: str) -> None:
    company = eight(tmp_path)
    del company.mapping["tables"]["leads"]["columns"][column]
    facts = facts_of(company)
    assert f"leads.{column}" in (block.judged(facts).missing or "")
    assert set(block.by_week(facts)) == {None}
