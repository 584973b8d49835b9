"""The issues that the scorecard opens, carries on and lets go.

2, 4 and 0 leads in 2020-W10 to W12 of tests/company.py; 5 a week are wanted.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from alignment_lib.blocks.scorecard import open_issues, scorecard
from alignment_lib.facts import Facts
from alignment_lib.memory.runs import Earlier
from alignment_lib.page.block import Mark
from alignment_lib.params.period import Week
from tests.company import Company
from tests.fixture_scorecard import W12, with_issues, with_measures


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


RED = {
    "issue_id": "S-2020-W12-leads",
    "opened_on": "2020-03-22",
    "metric": "leads",
    "what": "Leads was 0 in 2020-W12; the goal of 5 was missed 3 weeks in a row.",
    "owner": "Mia",
    "due_on": "2020-04-05",
}
"""2, 4 and 0 leads in W10 to W12, 5 wanted: open since the last visible day, due 14 days later."""


def carrying(facts: Facts, *issues: dict[str, Any], week: str = "2020-W11") -> Facts:
    """The facts, with an earlier report that had these issues open."""
    report = Earlier(Week.parse(week), datetime(2020, 3, 16, tzinfo=UTC), (), {}, issues)
    return dataclasses.replace(facts, earlier=(report,))


def test_a_measure_off_track_opens_an_issue(tmp_path: Path) -> None:
    facts = with_issues(Company(tmp_path)).facts(**W12)
    assert open_issues(facts) == (RED,)
    assert plain(scorecard(facts).sentences[1]).endswith("closes it: leads (Mia, due 5 Apr 2020).")
    assert scorecard(facts).prompts == ("What do we change about leads, and who does it by when?",)
    [row] = scorecard(facts).tables[0].rows
    assert row[6] == Mark("bad", "off track")


def test_it_stays_until_it_is_closed_though_the_measure_recovers(tmp_path: Path) -> None:
    facts = with_measures(Company(tmp_path), {"metric": "leads", "owner": "Mia", "goal": 0}).facts(**W12)
    older = RED | {"issue_id": "S-2020-W11-leads", "opened_on": "2020-03-15"}
    assert open_issues(facts) == ()
    assert open_issues(carrying(facts, older)) == (older,)
    assert open_issues(carrying(facts, older, week="2020-W12")) == ()  # a report of the same week is no earlier one


def test_a_carried_issue_stands_and_no_second_is_opened(tmp_path: Path) -> None:
    older = RED | {"issue_id": "S-2020-W11-leads", "opened_on": "2020-03-15"}
    assert open_issues(carrying(with_issues(Company(tmp_path)).facts(**W12), older)) == (older,)


def test_the_table_has_the_last_word(tmp_path: Path) -> None:
    """Its owner and day hold while the issue is open there; closed there it is gone."""
    older = RED | {"issue_id": "S-2020-W11-leads", "opened_on": "2020-03-15"}
    kept = ["S-2020-W11-leads", "2020-03-15", "Too few leads", "leads", "Ada", "2020-03-31"]
    opened = with_issues(Company(tmp_path / "a"), [*kept, ""]).facts(**W12)
    told = {"what": "Too few leads", "owner": "Ada", "due_on": "2020-03-31"}
    assert open_issues(carrying(opened, older)) == (older | told,)
    closed = with_issues(Company(tmp_path / "b"), [*kept, "2020-03-15"]).facts(**W12)
    assert open_issues(carrying(closed, older)) == (RED,)  # closed in W11, off track in W12: a new one


@pytest.mark.parametrize("closed_on", ["2020-03-16", "2020-03-22"])
def test_closed_in_the_week_that_is_judged_opens_no_new_one(tmp_path: Path, closed_on: str) -> None:
    kept = ["P-1", "2020-03-02", "Too few leads", "leads", "Ada", "", closed_on]
    assert open_issues(with_issues(Company(tmp_path), kept).facts(**W12)) == ()


def test_an_open_issue_that_people_wrote_for_the_measure_is_enough(tmp_path: Path) -> None:
    kept = ["P-1", "2020-03-02", "Too few leads", "leads", "Ada", "2020-03-20", ""]
    facts = with_issues(Company(tmp_path), kept).facts(**W12)
    assert open_issues(facts) == ()
    assert plain(scorecard(facts).sentences[1]).endswith("closes it: leads (Ada, due 20 Mar 2020).")


def test_issues_are_flat_text_for_the_record(tmp_path: Path) -> None:
    [issue] = open_issues(with_issues(Company(tmp_path)).facts(**W12))
    assert all(isinstance(v, str) for v in issue.values())
    assert date.fromisoformat(issue["due_on"] or "") == date(2020, 4, 5)


def test_a_slice_opens_issues_of_its_own(tmp_path: Path) -> None:
    """Small teams read a slice: what is off track there must not be closed with the company's."""
    facts = with_issues(Company(tmp_path)).facts(slice="segment=mid", **W12)
    [issue] = open_issues(facts)
    assert issue["issue_id"] == "S-2020-W12-leads-mid"
    assert (issue["what"] or "").startswith("Leads of mid was 0 in 2020-W12")
