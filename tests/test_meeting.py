"""Decisions and open issues with their state, worked out by hand for the week 9 to 15 March 2020."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alignment_lib.blocks.meeting import decisions
from alignment_lib.memory.runs import Earlier
from alignment_lib.page.block import Block, Mark
from alignment_lib.params.period import Week
from tests.company import Company

TABLES = {
    "decisions": "decision_id decided_on decision owner due_on measure done_on",
    "issues": "issue_id opened_on what team metric action owner due_on closed_on",
}
DECISIONS = [
    ["E-1", "2020-02-03", "Call within a day", "Ben", "2020-03-01", "in time", ""],  # overdue 14 days
    ["E-2", "2020-02-03", "Drop the fair", "Ada", "2020-02-28", "", "2020-03-08"],  # done before the week: not shown
    ["E-3", "2020-02-10", "Ask for reasons", "Ada", "2020-03-06", "", "2020-03-09"],  # done this week
    ["E-4", "2020-03-09", "Pair Ada and Ben", "", "2020-03-15", "", ""],  # due on the last day: not overdue
    ["E-5", "2020-03-10", "New price page", "Ada", "", "", ""],  # open, no day
    ["E-6", "2020-03-02", "Later done", "Ada", "2020-03-20", "", "2020-03-16"],  # done after the week: still open
    ["E-7", "2020-03-16", "Next week's", "Ada", "", "", ""],  # decided after the week: not known yet
]
ISSUES = [
    ["P-1", "2020-01-15", "No reasons", "sales", "rejected", "Ask", "Ada", "2020-03-10", ""],  # 60 days, overdue 5
    ["P-2", "2020-02-01", "Slow lists", "marketing", "", "", "Ben", "2020-03-01", "2020-03-12"],  # closed this week
    ["P-3", "2020-01-01", "Old", "", "", "", "", "", "2020-02-01"],  # closed long ago
    ["P-4", "2020-03-15", "New", "", "clicks", "", "", "", ""],  # opened today
]


def kept(made: Company, **tables: list[list[str]]) -> Company:
    for name, rows in tables.items():
        columns = TABLES[name].split()
        made.mapping["tables"][name] = {"from": name, "columns": {c: c for c in columns}}
        made.rows[name] = [columns, *rows]
    return made.write()


def plain(block: Block) -> list[str]:
    return [s.replace("\u00a0", " ") for s in block.sentences]


def values(block: Block) -> dict[str, Any]:
    return {m.name: m.value for m in block.metrics}


def states(block: Block, table: int) -> list[tuple[str, str]]:
    """Id and state of each row."""
    return [
        (str(row[0]), str(next(c for c in row if isinstance(c, Mark))).replace("\u00a0", " "))
        for row in block.tables[table].rows
    ]


def test_state_and_order_of_each_row(tmp_path: Path) -> None:
    block = decisions(kept(Company(tmp_path), decisions=DECISIONS, issues=ISSUES).facts())
    assert states(block, 0) == [
        ("E-1", "overdue 14 days"), ("E-4", "open"), ("E-6", "open"), ("E-5", "open"), ("E-3", "done"),
    ]  # fmt: skip
    assert states(block, 1) == [("P-1", "overdue 5 days"), ("P-4", "open"), ("P-2", "closed")]
    assert [str(row[2]) for row in block.tables[1].rows] == ["60", "0", "40"]  # days open
    assert [row[3] for row in block.tables[1].rows] == ["sales: Rejected", "clicks", "marketing"]
    assert (block.tables[0].highlight, block.tables[1].highlight) == ((0,), (0,))
    assert block.space


def test_sentences_and_numbers(tmp_path: Path) -> None:
    """Open: E-1, E-4, E-5, E-6; taken since Monday: E-4 and E-5."""
    block = decisions(kept(Company(tmp_path), decisions=DECISIONS, issues=ISSUES).facts())
    assert plain(block) == [
        "1 decision was done this week and 2 were taken; 4 are open, 1 of them overdue.",
        "2 issues are open, the oldest for 60 days, and 1 of them is overdue; 1 was closed this week.",
    ]
    assert values(block) == {
        "decisions_open": 4, "decisions_overdue": 1, "decisions_done": 1, "decisions_made": 2,
        "issues_open": 2, "issues_overdue": 1, "issues_closed": 1, "issue_oldest_days": 60,
    }  # fmt: skip
    assert [p.replace("\u00a0", " ") for p in block.prompts] == [
        "What will we decide about “Call within a day”? Ben had it, due 1 Mar 2020.",
        "What will we decide about “No reasons”? Ada had it, due 10 Mar 2020.",
    ]


def test_what_was_decided_since_the_report_before_counts_as_taken(tmp_path: Path) -> None:
    """That report was made in the night to 2 March: E-6 of that day was taken since."""
    facts = kept(Company(tmp_path), decisions=DECISIONS).facts()
    before = Earlier(Week.parse("2020-W09"), datetime(2020, 3, 1, 23, tzinfo=UTC), ())
    assert values(decisions(dataclasses.replace(facts, earlier=(before,))))["decisions_made"] == 3


def test_neither_table_is_one_line_that_says_how_to_begin(tmp_path: Path) -> None:
    block = decisions(Company(tmp_path).write().facts())
    assert "`alignment decide`" in (block.missing or "")
    assert f"{tmp_path.name}/kept/tiny/decisions.csv" in (block.missing or "")


def test_tables_without_a_row_are_plain_sentences(tmp_path: Path) -> None:
    block = decisions(kept(Company(tmp_path), decisions=[], issues=[]).facts())
    assert (block.missing, block.tables) == (None, ())
    assert plain(block) == ["No decision is open, and none was taken since the last report.", "No issue is open."]
    [oldest] = [m for m in block.metrics if m.name == "issue_oldest_days"]
    assert (oldest.value, oldest.reason) == (None, "no issue is open")


def test_one_and_none_read_well(tmp_path: Path) -> None:
    one = kept(Company(tmp_path / "a"), decisions=DECISIONS[:1], issues=ISSUES[:1]).facts()
    assert plain(decisions(one)) == [
        "No decision was done this week and none was taken; 1 is open and overdue.",
        "1 issue has been open for 60 days and is overdue.",
    ]
    done = kept(Company(tmp_path / "b"), decisions=DECISIONS[2:3], issues=ISSUES[3:]).facts()
    assert plain(decisions(done)) == ["1 decision was done this week and none was taken; none is open.",
                                      "1 issue is open."]  # fmt: skip


def test_one_table_is_enough(tmp_path: Path) -> None:
    block = decisions(kept(Company(tmp_path), issues=ISSUES[:1]).facts())
    assert plain(block)[0] == "No decision is recorded yet; `alignment decide` records one."
    assert len(block.tables) == 1


def test_what_the_scorecard_opened_is_an_issue(tmp_path: Path) -> None:
    """2, 4 and 0 leads in three weeks with a goal of 5, and an issue that the report of W11 had opened."""
    made = Company(tmp_path).write()
    text = "scorecard: {measures: [{metric: leads, owner: Mia, goal: 5}]}\n"
    (made.params_folder / "weekly.yaml").write_text(text, encoding="utf-8")
    facts = made.facts(week="2020-W12", as_of="2020-03-22T23:00:00Z")
    old = {"issue_id": "S-2020-W11-mqls", "opened_on": "2020-03-15", "metric": "mqls", "what": "MQLs was 1.",
           "owner": "Sam", "due_on": "2020-03-20"}  # fmt: skip
    before = Earlier(Week.parse("2020-W11"), datetime(2020, 3, 15, 23, tzinfo=UTC), (), {}, (old,))
    block = decisions(dataclasses.replace(facts, earlier=(before,)))
    assert states(block, 0) == [("S-2020-W11-mqls", "overdue 2 days"), ("S-2020-W12-leads", "open")]
    assert [row[4] for row in block.tables[0].rows] == [
        "none yet; opened by the scorecard", "none yet; opened by this report",
    ]  # fmt: skip
    assert [row[5] for row in block.tables[0].rows] == ["Sam", "Mia"]
