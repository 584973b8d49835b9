"""Campaigns by week and the log of remarks, on the six leads of tests/company.py; expectations worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from alignment_lib.blocks.campaigns import campaigns, prompts, sentence
from alignment_lib.blocks.typed import quoted
from alignment_lib.facts import Facts
from alignment_lib.page.block import Block, Count, Listing
from tests.company import Company, csv_text
from tests.fixture_numbers import plain, strangers

FEEDBACK = [
    ["given_on", "rep_id", "campaign", "lead_id", "verdict", "note", "answer", "answered_on"],
    ["2020-02-01", "r1", "Old", "", "working", "long ago", "", ""],
    ["2020-03-03", "r1", "A", "3458764513820540928", "working", "good", "thanks", "2020-03-05"],
    ["2020-03-10", "r1", "a ", "007", "not_working", "a student", "", ""],
    ["2020-03-12", "r2", "C", "", "", "who is this for?", "for Ben", "2020-03-20"],
    ["2020-03-17", "r2", "A", "", "working", "not yet said", "", ""],
]
"""As of Sunday 15 March: one answer is still to come, and one remark."""


def made(tmp_path: Path, *, feedback: Any = FEEDBACK, leads: bool = True, settings: str = "") -> Company:
    """The company with campaigns A (three leads), B (two) and none (one), two weeks of feedback, horizon 7 days."""
    built = Company(tmp_path)
    for row, campaign in zip(built.rows["leads"], ("Campaign", "A", "A", "A", "B", "", "B"), strict=True):
        row.append(campaign)
    tables = built.mapping["tables"]
    if leads:
        tables["leads"]["columns"]["campaign"] = "Campaign"
    if feedback is not None:
        built.rows["feedback"] = feedback
        tables["feedback"] = {"from": "feedback", "columns": {name: name for name in FEEDBACK[0]}}
    built.write()
    text = settings or "feedback_weeks: 2\nacceptance_days: 7\nmin_n: 2\n"
    (built.params_folder / "weekly.yaml").write_text(text, encoding="utf-8")
    return built


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return made(tmp_path_factory.mktemp("campaigns")).facts()


def cells(block: Block, table: int = 0) -> list[list[str]]:
    return [[plain(str(cell)) for cell in row] for row in block.tables[table].rows]


def value(block: Block, name: str, source: str | None = None) -> float | None:
    [record] = [m for m in block.metrics if (m.name, m.source) == (name, source)]
    return record.value


def test_leads_and_judgement_by_campaign(facts: Facts) -> None:
    """Weeks of 2 and 9 March. A: 2 and 1 leads; its two of 2 and 3 March are older than 7 days, one accepted and one
    rejected: 1 of 2, Wilson 9 to 91 % (Newcombe 1998, method 3). B: 0 and 2, created 10 and 15 March, so old enough
    once 15 + 7 + 1 = 23 March has passed. One lead without a campaign, fewer than min_n. C: only a remark."""
    block = campaigns(facts)
    assert cells(block) == [
        ["A", "Webinar and 1 more", "2", "1", "3", "1 of 2, 50 % (9 to 91 %)", "1", "1", "a student"],
        ["B", "(unknown) and 1 more", "0", "2", "2", "open until 23 Mar 2020", "–", "–", "–"],
        ["(unknown)", "Café", "0", "1", "1", "too few", "–", "–", "–"],
        ["C", "–", "0", "0", "0", "–", "0", "0", "who is this for?"],
    ]
    assert value(block, "campaign_leads") == 6
    assert value(block, "campaign_leads", "A") == 3
    assert value(block, "campaign_acceptance", "A") == 0.5
    assert not [m for m in block.metrics if m.name == "campaign_acceptance" and m.source == "B"]


def test_the_leads_of_the_week_open_their_list(facts: Facts) -> None:
    cell = campaigns(facts).tables[0].rows[0][3]
    assert isinstance(cell, Count)
    assert cell.listing == Listing("leads", (("Ada", ("007",)),))


def test_remarks_are_told_with_those_that_wait(facts: Facts) -> None:
    """Two weeks: 3, 10 and 12 March. Waiting on 15 March: 1 February (28 + 15 = 43 days, a leap year), 10 and 12 March,
    whose answer of 20 March is not known yet. One of four is answered: S = 3/4, no median."""
    block = campaigns(facts)
    assert [plain(s) for s in block.sentences] == [
        "Of the 6 leads of the last 2 weeks, the campaign “A” brought the most, 3.",
        "In the last 2 weeks sales made 3 remarks on campaigns: 1 says that the campaign works and 1 that it does not;"
        " of all remarks so far 3 wait for an answer, the oldest for 43 days.",
        "Fewer than half of all remarks have an answer yet, so no usual time can be told.",
    ]
    assert strangers(block, 2) == []
    assert block.prompts == (
        "Which campaign should stop, and which should get more? Sales spoke most often against “A”.",
    )


def test_the_log_has_what_waits_first(facts: Facts) -> None:
    log = cells(campaigns(facts), 1)
    assert [(row[0], row[3], row[6]) for row in log] == [
        ("1 Feb 2020", "works", "waiting for 43 days"),
        ("10 Mar 2020", "does not work", "waiting for 5 days"),
        ("12 Mar 2020", "no verdict", "waiting for 3 days"),
        ("3 Mar 2020", "works", "after 2 days"),
    ]
    assert log[2][5] == "–"


def test_remarks_that_wait_count_in_the_time_to_an_answer(tmp_path: Path) -> None:
    """Answered after 1 and 2 days, two waiting for 10: S is 3/4, then 1/2 from day 2 to day 10, so 6 days. Those
    answered alone would have said 1.5."""
    rows = [
        FEEDBACK[0],
        ["2020-03-05", "", "A", "", "working", "", "yes", "2020-03-06"],
        ["2020-03-05", "", "A", "", "working", "", "yes", "2020-03-07"],
        ["2020-03-05", "", "A", "", "working", "", "", ""],
        ["2020-03-05", "", "A", "", "working", "", "", ""],
    ]
    facts = made(tmp_path, feedback=rows).facts()
    block = campaigns(facts)
    assert value(block, "feedback_answer_days") == 6
    assert plain(block.sentences[1]).startswith(
        "In the last 2 weeks sales made 4 remarks on campaigns: 4 say that the campaign works; of all remarks so far 2"
    )
    assert plain(block.sentences[2]).startswith("Half of all remarks are answered within 6 days")
    assert strangers(block, 2) == []
    assert prompts(facts) == ("Which campaign should stop, and which should get more?",)


def test_without_campaigns_the_log_is_still_there(tmp_path: Path) -> None:
    block = campaigns(made(tmp_path, leads=False).facts())
    assert [t.caption for t in block.tables] == ["What sales said and what marketing answered; what waits comes first"]
    assert "map leads.campaign" in block.sentences[-1]
    assert not [m for m in block.metrics if m.name == "campaign_leads"]


def test_with_neither_it_is_one_line(tmp_path: Path) -> None:
    block = campaigns(made(tmp_path, leads=False, feedback=None).facts())
    assert block.missing is not None
    assert not block.sentences and not block.tables and not block.metrics


def test_an_empty_table_of_feedback_is_a_sentence(tmp_path: Path) -> None:
    block = campaigns(made(tmp_path, feedback=FEEDBACK[:1]).facts())
    assert block.sentences[1] == "Nobody in sales has written down what they think of a campaign yet."
    assert value(block, "feedback_remarks") == 0
    assert value(block, "feedback_oldest_days") is None
    assert len(block.tables) == 1


def test_a_week_without_a_lead(tmp_path: Path) -> None:
    built = made(tmp_path, feedback=None, settings="feedback_weeks: 1\n")
    built.file("leads.csv", csv_text(built.rows["leads"][:3]))
    block = campaigns(built.facts())
    assert block.sentences == ("No lead arrived this week.",)
    assert block.tables == ()


def test_the_campaigns_of_few_leads_are_named_in_plain_words(tmp_path: Path) -> None:
    """The first lead alone, of A; the first two, both of A; one of A and one of B; one without a campaign."""
    built = made(tmp_path, feedback=None)
    head, one, two, _, b, none, _ = built.rows["leads"]
    said = [
        ([one], "The campaign “A” brought the one lead of the last 2 weeks."),
        ([one, two], "The campaign “A” brought all of the 2 leads of the last 2 weeks."),
        ([one, b], "Of the 2 leads of the last 2 weeks, no campaign brought more than 1."),
        ([none], "Nobody knows the campaign of the one lead of the last 2 weeks."),
    ]
    for rows, expected in said:
        built.file("leads.csv", csv_text([head, *rows]))
        assert plain(sentence(built.facts())) == expected


def test_the_cap_leaves_out_those_nobody_spoke_of(tmp_path: Path) -> None:
    """Thirteen campaigns of one lead each, and N without any; of the twelve shown, N is one because of its remark."""
    built = made(tmp_path, feedback=[FEEDBACK[0], ["2020-03-10", "", "N", "", "working", "", "", ""]])
    head, first = built.rows["leads"][0], built.rows["leads"][4]
    built.rows["leads"] = [head, *([f"x{name}", *first[1:-1], name] for name in "ABCDEFGHIJKLM")]
    built.write()
    table = campaigns(built.facts()).tables[0]
    assert [row[0] for row in table.rows] == [*"ABCDEFGHIJK", "N"]
    assert plain(table.note).startswith("2 more campaigns with 2 leads are not listed.")


def test_typed_text_stays_within_its_quotation_marks() -> None:
    assert quoted(" two\nlines “and” a mark") == "“two lines ‘and’ a mark”"
    assert quoted("x" * 200) == f"“{'x' * 139}…”"
