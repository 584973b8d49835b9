"""Who gets a mail, and who does not and why; each case is one row of the table of reps."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from alignment_lib.errors import ParamsError
from alignment_lib.mail.people import LeftOut, Person, readers
from tests.fixture_mail import opened, rep, settings


def left_out(row: dict[str, str | None], **changes: Any) -> str:
    """Why the only one of two reps is left out."""
    found = readers(opened([row, rep(9)], report="reps"), settings(**changes))
    assert [p.rep_id for p in found.people] == ["9"]
    [one] = found.left_out
    assert one.name == (row["name"] or row["email"] or f"rep {row['rep_id']}")
    return one.reason


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"email": None}, "no address"),
        ({"email": "  "}, "no address"),
        ({"email": "not an address"}, "invalid address"),
        ({"email": "a..b@nordlicht.example"}, "invalid address"),
        ({"email": ".a@nordlicht.example"}, "invalid address"),
        ({"email": "a@nordlicht.example, b@nordlicht.example"}, "invalid address"),
        ({"email": "a@nordlicht.example\r\nBcc: all@nordlicht.example"}, "invalid address"),
        ({"email": "a@elsewhere.example"}, "outside the allowed domains"),
        ({"email": "a@sub.nordlicht.example"}, "outside the allowed domains"),
        ({"email": "a@nordlicht.example.evil.example"}, "outside the allowed domains"),
        ({"ended_on": "2020-03-16"}, "left on 16 Mar 2020"),  # the run's day is Tuesday 17 March
        ({"started_on": "2020-03-18"}, "not started yet, begins on 18 Mar 2020"),
        ({"ended_on": "soon"}, "the days of work cannot be read"),
        ({"email": None, "name": ""}, "no address"),
    ],
)
def test_who_is_left_out_is_named_with_the_reason(more: dict[str, str | None], reason: str) -> None:
    assert left_out(rep(1, **more)).replace("\u00a0", " ") == reason


@pytest.mark.parametrize(
    "more", [{"ended_on": "2020-03-17"}, {"started_on": "2020-03-17"}, {"ended_on": "2020-03-17 00:00:00"}]
)
def test_the_first_and_the_last_day_of_work_count(more: dict[str, str | None]) -> None:
    assert len(readers(opened([rep(1, **more)], report="reps"), settings()).people) == 1


def test_who_left_is_left_out() -> None:
    assert left_out(rep(1), unsubscribed=["REP1@nordlicht.example"]) == "unsubscribed"


def test_who_leaves_between_the_run_and_the_sending_gets_nothing() -> None:
    """The weekly of 9 to 15 March, mailed on Tuesday: gone on Monday is gone."""
    run = opened([rep(1, ended_on="2020-03-16"), rep(2)])
    assert [p.rep_id for p in readers(run, settings()).people] == ["1", "2"]
    assert [p.rep_id for p in readers(run, settings(), date(2020, 3, 17)).people] == ["2"]


def test_each_address_once_sorted_whatever_its_case() -> None:
    rows = [rep(2, email="Ben@nordlicht.example"), rep(1, email="ada@NORDLICHT.example")]
    lists = {"weekly": [{"reps": True}, {"address": "ben@nordlicht.example", "name": "Benjamin"}]}
    found = readers(opened(rows), settings(lists=lists)).people
    assert found == (
        Person("ada@NORDLICHT.example", "Rep 1", "1"),
        Person("Ben@nordlicht.example", "Rep 2", "2"),
    )


def test_an_address_of_a_list_that_is_a_rep_who_left_gets_nothing() -> None:
    lists = {"weekly": [{"address": "rep1@nordlicht.example"}, {"address": "boss@nordlicht.example", "name": "Boss"}]}
    found = readers(opened([rep(1, ended_on="2020-01-31")]), settings(lists=lists))
    assert found.people == (Person("boss@nordlicht.example", "Boss", None),)
    assert [(one.name, one.reason.replace("\u00a0", " ")) for one in found.left_out] == [
        ("Rep 1", "left on 31 Jan 2020")
    ]


def test_who_came_back_is_there() -> None:
    rows = [rep(1, ended_on="2019-12-31"), rep("1b", email="rep1@nordlicht.example", started_on="2020-02-01")]
    found = readers(opened(rows, report="reps"), settings())
    assert [p.rep_id for p in found.people] == ["1b"] and found.left_out == ()


def test_an_address_of_two_reps_gets_nobodys_leads() -> None:
    """One of them would read the other's; the whole company's report may go there."""
    rows = [rep(1, name="Ada"), rep(2, name="Ben", email="REP1@nordlicht.example"), rep(3)]
    found = readers(opened(rows, report="reps"), settings())
    assert [p.rep_id for p in found.people] == ["3"]
    assert found.left_out == (LeftOut("rep1@nordlicht.example", "the address of more than one rep: Ada and Ben"),)
    assert [p.rep_id for p in readers(opened(rows), settings()).people] == ["1", "3"]


@pytest.mark.parametrize(
    ("member", "ids"),
    [
        ({"reps": True}, ["1", "3", "5"]),  # of sales, or of no team
        ({"team": "Marketing"}, ["2"]),
        ({"team": "sales", "role": "SDR"}, ["1"]),
        ({"reps": True, "region": "emea"}, ["5"]),
        ({"role": "sdr"}, ["1", "2"]),
    ],
)
def test_a_list_chooses_by_team_role_and_region(member: dict[str, Any], ids: list[str]) -> None:
    rows = [rep(1, role="SDR", team="Sales"), rep(2, role="sdr", team="marketing"), rep(3, team=None),
            rep(4, team="support"), rep(5, region="EMEA")]  # fmt: skip
    found = readers(opened(rows), settings(lists={"weekly": [member]}))
    assert [p.rep_id for p in found.people] == ids and found.left_out == ()


def test_each_rep_gets_their_own_without_any_list() -> None:
    rows = [rep(1), rep(2, team="marketing")]
    assert [p.rep_id for p in readers(opened(rows, report="reps"), settings(lists={})).people] == ["1"]


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("Ada\r\nBcc: all@nordlicht.example", "Ada Bcc: all@nordlicht.example"),
        ("Ada\u2028\x0bB", "Ada B"),
        ("A\u202eda", "Ada"),
        ("x" * 500, "x" * 119 + "…"),
    ],
)
def test_a_name_is_one_plain_line(name: str, clean: str) -> None:
    [person] = readers(opened([rep(1, name=name)]), settings()).people
    assert person.name == clean


@pytest.mark.parametrize(
    ("rows", "report", "changes", "sentence"),
    [
        (
            [rep(1)],
            "pulse",
            {},
            "nobody gets 'pulse': the lists of the recipients' file do not name it; add `pulse: [...]`",
        ),
        ([], "weekly", {}, "nobody gets 'weekly' of 2020-W11: no table of reps is connected, and no address is listed"),
        ([rep(1, team="support")], "weekly", {}, "its list chooses nobody of the table of reps"),
        ([rep(1, team="support")], "weekly", {"lists": {"weekly": []}}, "its list chooses nobody"),
        ([rep(1, email=None)], "reps", {}, "everybody on its list is left out (Rep 1: no address); nothing is sent"),
    ],
)
def test_an_empty_list_is_one_clear_sentence(rows: Any, report: str, changes: Any, sentence: str) -> None:
    with pytest.raises(ParamsError) as told:
        readers(opened(rows, report=report), settings(**changes))
    assert sentence in str(told.value) and told.value.exit_code == 2


def test_a_thousand_reps_out_of_order() -> None:
    rows = [rep(f"{number:04d}") for number in reversed(range(1000))]
    assert [p.rep_id for p in readers(opened(rows), settings()).people] == [f"{n:04d}" for n in range(1000)]
