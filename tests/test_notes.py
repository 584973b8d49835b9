"""The presenter's notes of each half, in the company of tests/company.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from alignment_lib.blocks import weekly as blocks
from alignment_lib.blocks.notes import marketing_notes, plan, sales_notes
from alignment_lib.blocks.wins import highlight
from alignment_lib.facts import Facts
from alignment_lib.page.block import Block
from tests.company import Company, company
from tests.fixture_numbers import plain, strangers

TITLES: dict[str, Any] = {
    "Marketing's promise": blocks.marketing_sla,
    "Where leads come from": blocks.sources,
    "Campaigns, as sales sees them": blocks.campaigns,
    "What is coming": blocks.coming,
    "Sales's promise": blocks.follow_up,
    "Attempts": blocks.attempts,
    "Decisions and reasons": blocks.judged,
    "What closed this week": blocks.closed,
    "Day, week and month so far": blocks.progress,
    "Pipeline": blocks.pipeline,
    "What a customer costs": blocks.cost,
    "What went well": blocks.wins,
}


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return company(tmp_path_factory.mktemp("notes")).facts()


def shown(block: Block) -> list[str]:
    """Titles without their minutes."""
    return [title.partition(" (")[0] for title, _ in block.notes]


def test_notes_are_those_of_the_blocks_that_have_data(facts: Facts) -> None:
    """No promise, no campaigns, no calendar and no spend in this company."""
    there = [title for title, function in TITLES.items() if function(facts).missing is None]
    assert shown(marketing_notes(facts)) + shown(sales_notes(facts)) == there
    assert there[0] == "Where leads come from"


def test_each_note_begins_with_a_sentence_of_its_block(facts: Facts) -> None:
    """Of the wins it is that of the first screen."""
    for title, text in (*marketing_notes(facts).notes, *sales_notes(facts).notes):
        said = text.removeprefix("Say first: ").partition(" Ask ")[0]
        assert said in (*TITLES[title.partition(" (")[0]](facts).sentences, highlight(facts))


def test_minutes_are_half_of_the_meeting(facts: Facts) -> None:
    """30 minutes by default: 15 a half."""
    block = sales_notes(facts)
    minutes = [int(title.partition(" (")[2].split("\u00a0")[0]) for title, _ in block.notes]
    assert sum(minutes) == 15
    assert [plain(s) for s in block.sentences] == ["The presenter of sales has 15 minutes."]
    assert strangers(block) == []


def test_the_presenter_and_the_minutes_come_from_the_settings(tmp_path: Path) -> None:
    """35 minutes are 17 a half."""
    made = Company(tmp_path).write()
    text = "meeting: {minutes: 35, marketing: Greta Molin}\n"
    (made.params_folder / "weekly.yaml").write_text(text, encoding="utf-8")
    facts = made.facts()
    assert plain(marketing_notes(facts).sentences[0]) == "Greta Molin has 17 minutes."
    assert plain(sales_notes(facts).sentences[0]) == "The presenter of sales has 17 minutes."


def test_minutes_by_weight_add_up() -> None:
    """15 by 4, 3, 4, 4 are themselves; by 1, 1 they are 7.5 each, and the first has the half; 5 by seven ones leave
    two without; 10 by 3, 2, 1 are 5, 3.33 and 1.67, so the last is rounded up."""
    assert plan(15, [4, 3, 4, 4]) == [4, 3, 4, 4]
    assert plan(15, [1, 1]) == [8, 7]
    assert plan(5, [1] * 7) == [1, 1, 1, 1, 1, 0, 0]
    assert plan(10, [3, 2, 1]) == [5, 3, 2]


def test_a_half_without_data_is_one_line(tmp_path: Path) -> None:
    made = Company(tmp_path)
    for name in ("opportunities", "activities", "reps"):
        del made.mapping["tables"][name]
    del made.mapping["tables"]["leads"]["columns"]["accepted_at"]
    block = sales_notes(made.write().facts())
    assert block.missing == "There is nothing to present in this half: its data is not connected yet."
    assert not block.notes and not block.sentences


@pytest.mark.parametrize("slice", ["", "segment=mid"])
def test_notes_leave_out_what_the_page_leaves_out(tmp_path: Path, slice: str) -> None:
    """Calls without leads, won deals only, spend that is not booked by segment."""
    made = Company(tmp_path)
    del made.mapping["tables"]["activities"]["columns"]["lead_id"]
    made.mapping["tables"]["opportunities"]["columns"]["outcome"] = {"value": "won"}
    made.rows["spend"] = [["Day", "Amount"], ["2020-02-03", "100"]]
    made.mapping["tables"]["spend"] = {"from": "spend", "columns": {"spent_on": "Day", "amount": "Amount"}}
    facts = made.write().facts(slice=slice)
    there = [title for title, function in TITLES.items() if function(facts).missing is None]
    assert shown(marketing_notes(facts)) + shown(sales_notes(facts)) == there
