"""Each rep's day: the leads of tests/fixture_rep_day.py, and what is due when as-of is at night, on a weekend, on a
holiday, or beside a change of the clocks. Every expectation was worked out by hand in the comment beside it."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alignment_lib.blocks.rep_day import numbers, rep_day
from alignment_lib.facts import Facts
from alignment_lib.facts.rep_frames import LATER, OVERDUE, TODAY, open_leads, undecided, usual_day, workdays
from alignment_lib.page.block import Block, Count
from alignment_lib.params import Calendar
from alignment_lib.params.period import midnight
from alignment_lib.stats import clock
from tests.fixture_numbers import plain, strangers
from tests.fixture_rep_day import HEAD, REPS, facts_of, lead, made

H = 3600
SLA_S = 4 * H


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return facts_of(made(tmp_path_factory.mktemp("reps")))


@pytest.fixture(scope="module")
def shown(facts: Facts) -> Block:
    return rep_day(facts)


def one(tmp_path: Path, assigned: str, owner: str, at: str, **settings: Any) -> tuple[str, int]:
    """State and business seconds left of a lead handed over at a Berlin wall clock, seen at an instant."""
    rows = [HEAD, lead("x", assigned, owner), lead("first", "2019-06-03 09:00", "r1", created_at="2019-06-01 09:00")]
    built = made(tmp_path, leads=rows, settings={k: v for k, v in settings.items() if k != "day"})
    found = open_leads(facts_of(built, settings.get("day", ""), now=datetime.fromisoformat(at)), sla_s=SLA_S)
    [row] = [r for r in found.itertuples() if r.lead_id == "x"]
    return row.state, row.left_s


def test_open_leads_one_by_one(facts: Facts) -> None:
    """The time left of each is in the comment beside the lead; overdue first, the latest of them first."""
    found = open_leads(facts, sla_s=SLA_S)
    assert [(r.lead_id, r.state, r.left_s) for r in found.itertuples()] == [
        ("minute", OVERDUE, -60),
        ("gone", OVERDUE, -2 * H),  # 5 h and 1 h of 4
        ("tokyo", OVERDUE, -3 * H),
        ("late", OVERDUE, -10 * H),
        ("old", OVERDUE, 4 * H - (5 + 25 * 8 + 8 + 1) * H),  # 5 h, then 3 February to 6 March: 25 days; Monday; 1 h
        ("now", TODAY, 0),
        ("evening", TODAY, 2 * H),
        ("begins", TODAY, 3 * H),
        ("nobody", TODAY, 3 * H),
        ("stranger", TODAY, 3 * H),
        ("today", TODAY, int(3.5 * H)),
        ("called before", LATER, 4 * H),  # Tokyo has closed
        ("night", TODAY, 4 * H),  # New York has all of its Tuesday before it
    ]


@pytest.mark.parametrize(
    ("assigned", "owner", "at", "expected"),
    [
        # Tuesday 22:00 in Berlin: 1 h of 4 is over, and so is the day
        ("2020-03-10 16:00", "r1", "2020-03-10T21:00+00:00", (LATER, 3 * H)),
        # midnight: Wednesday begins, with its 8 h
        ("2020-03-10 16:00", "r1", "2020-03-10T23:00+00:00", (TODAY, 3 * H)),
        # midnight in Berlin is 19:00 of Tuesday in New York, where half an hour is over; the report's Wednesday counts
        ("2020-03-10 21:30", "r2", "2020-03-10T23:00+00:00", (TODAY, int(3.5 * H))),
        # 14:00: 1 h is over, 3 h left, 3 h until 17:00; a minute later handed over, a minute too much
        ("2020-03-10 13:00", "r1", "2020-03-10T13:00+00:00", (TODAY, 3 * H)),
        ("2020-03-10 13:01", "r1", "2020-03-10T13:00+00:00", (LATER, 3 * H + 60)),
        # Saturday and Sunday have no hours: what has 2 h left is due on Monday
        ("2020-03-13 15:00", "r1", "2020-03-14T10:00+00:00", (LATER, 2 * H)),
        ("2020-03-13 15:00", "r1", "2020-03-15T22:59+00:00", (LATER, 2 * H)),
        ("2020-03-13 15:00", "r1", "2020-03-15T23:00+00:00", (TODAY, 2 * H)),
        # its four hours ended with Friday: the clock has not gone on since
        ("2020-03-13 13:00", "r1", "2020-03-14T10:00+00:00", (TODAY, 0)),
        ("2020-03-13 12:59", "r1", "2020-03-14T10:00+00:00", (OVERDUE, -60)),
        # Berlin's summer begins on Sunday 29 March: Friday 15:00 to Monday 09:30 (07:30 UTC) are 2.5 h
        ("2020-03-27 15:00", "r1", "2020-03-30T07:30+00:00", (TODAY, int(1.5 * H))),
        # New York's on 8 March: Friday 15:00 (21:00 in Berlin) to Monday 09:30 (13:30 UTC) are 2.5 h
        ("2020-03-06 21:00", "r2", "2020-03-09T13:30+00:00", (TODAY, int(1.5 * H))),
        # Berlin's winter begins on 25 October: Friday 15:00 to Monday 09:30 (08:30 UTC) are 2.5 h
        ("2020-10-23 15:00", "r1", "2020-10-26T08:30+00:00", (TODAY, int(1.5 * H))),
        # Tuesday 18:00 in Berlin is Wednesday 02:00 in Tokyo: 16:00 to 17:00 is 1 h, and Wednesday is ahead
        ("2020-03-10 08:00", "r5", "2020-03-10T17:00+00:00", (TODAY, 3 * H)),
    ],
)
def test_due_when_as_of_is_at_night_on_a_weekend_or_beside_a_change_of_the_clocks(
    tmp_path: Path, assigned: str, owner: str, at: str, expected: tuple[str, int]
) -> None:
    assert one(tmp_path, assigned, owner, at) == expected


def test_a_holiday_has_no_hours(tmp_path: Path) -> None:
    """Tuesday is a holiday: Monday 15:00 to 17:00 are 2 h, and the other 2 are Wednesday's."""
    calendar = {"hours": {"mon-fri": ["09:00-17:00"]}, "holidays": {"extra": [date(2020, 3, 10)]}}
    company = {"company": {"name": "Tiny", "timezone": "Europe/Berlin", "calendar": calendar}}
    assert one(tmp_path / "a", "2020-03-09 15:00", "r1", "2020-03-10T09:00+00:00", **company) == (LATER, 2 * H)
    assert one(tmp_path / "b", "2020-03-09 15:00", "r1", "2020-03-10T23:00+00:00", **company) == (TODAY, 2 * H)


def test_a_report_of_monday_seen_on_friday_evening(tmp_path: Path) -> None:
    """Friday 15:00 to 17:00 are 2 h; the other 2 are over at 11:00 on Monday, the report's day."""
    at = "2020-03-13T17:00+00:00"
    assert one(tmp_path, "2020-03-13 15:00", "r1", at, day="2020-03-16") == (TODAY, 2 * H)


@pytest.mark.parametrize(
    ("at", "hours"), [("2020-03-28T23:00", 23), ("2020-10-24T22:00", 25), ("2020-06-05T22:00", 24)]
)
def test_a_day_on_which_the_clocks_change_is_shorter_or_longer(tmp_path: Path, at: str, hours: int) -> None:
    """Open around the clock: the Sundays of the changes have 23 and 25 hours, others 24."""
    company = {"name": "Tiny", "timezone": "Europe/Berlin", "calendar": {"hours": {"mon-sun": ["00:00-24:00"]}}}
    found = workdays(facts_of(made(tmp_path, settings={"company": company}), now=datetime.fromisoformat(f"{at}+00:00")))
    assert (found[0].left_s, found[0].full_s) == (hours * H, 24 * H)


def test_usual_days() -> None:
    """The most frequent length; of as frequent ones the longest."""
    split = {"mon-thu": ("09:00-12:00", "13:00-18:00"), "fri": ("09:00-15:00",)}
    assert usual_day(Calendar(hours=split)) == 8 * H
    assert usual_day(Calendar(hours={"mon": ("09:00-12:00",), "tue": ("09:00-13:00",)})) == 4 * H
    assert (usual_day(Calendar(hours="always")), usual_day(Calendar(hours={}))) == (24 * H, 0)


def test_due_today_agrees_with_the_deadline_worked_out_another_way(tmp_path: Path) -> None:
    """300 leads around both changes of spring: `clock.deadline_s` finds the instant itself; due today is a deadline
    between as-of and the end of the owner's day."""
    dice, at = random.Random(5), datetime(2020, 3, 30, 7, 45, tzinfo=UTC)
    zones = {"r1": "Europe/Berlin", "r2": "America/New_York", "r5": "Asia/Tokyo"}
    starts = {}
    for i in range(300):
        minutes = dice.randrange(5 * 24 * 60)
        starts[f"x{i}"] = (datetime(2020, 3, 25, 8, tzinfo=UTC) + timedelta(minutes=minutes), dice.choice([*zones]))
    wall = {k: s.astimezone(ZoneInfo("Europe/Berlin")) for k, (s, _) in starts.items()}
    rows = [lead(k, f"{wall[k]:%Y-%m-%d %H:%M}", owner) for k, (_, owner) in starts.items()]
    reps = [REPS[0], *([r[0], *r[1:6], ""] for r in REPS[1:])]
    found = open_leads(facts_of(made(tmp_path, leads=[HEAD, *rows], reps=reps), now=at), sla_s=SLA_S)
    states = {r.lead_id: r.state for r in found.itertuples()}
    office = {d: ((time(9), time(17)),) for d in range(5)}
    for key, (start, owner) in starts.items():
        own = clock.Calendar(zones[owner], office)
        due = float(clock.deadline_s(own, start_s=start.timestamp(), business_seconds=SLA_S))
        end = midnight(date(2020, 3, 31), zones[owner]).timestamp()
        assert states[key] == (OVERDUE if due < at.timestamp() else TODAY if due < end else LATER), (key, start, owner)
    assert len(set(states.values())) == 3


def test_sentences(shown: Block) -> None:
    """Overdue: minute, late, old of Ada, tokyo of Eve. Due today: now, today; evening, night. Later: called before.
    Due of the last 28 days are Ada's minute, late, touched (met), accepted, rejected; Cy's gone is not here."""
    assert [plain(s) for s in shown.sentences] == [
        "4 leads of 2 reps are overdue, 4 are due today and 1 is due later.",
        "Of the overdue ones, 1 was handed over more than 30 days ago: accept or reject it, so that it no longer hides"
        " those that can still be saved.",
        "1 lead belongs to nobody, 1 to people who have left, 1 to people who have not begun yet and 1 to people who"
        " are not in the table of reps: give them to somebody who is here.",
        "2 plans of the next 14 days touch leads of 2 reps.",
        "In the last four weeks 1 of 5 leads that were due was followed up in time.",
    ]
    assert strangers(shown, 14, 30) == []


def test_records_and_tables(shown: Block) -> None:
    found = {(m.name, m.segment): (m.value, m.n) for m in shown.metrics}
    assert found["rep_overdue", None] == (4, 9) and found["rep_due_today", None] == (4, 9)
    assert found["rep_due_later", None] == (1, 9) and found["leads_adrift", None] == (4, 13)
    assert found["leads_adrift", "left"] == (1, 4) and found["rep_overdue_old", None] == (1, 4)
    assert found["rep_overdue", "r1"] == (3, 5) and found["rep_due_later", "r5"] == (1, 2)
    assert found["rep_in_time_met", "r1"] == (1, 5) and ("rep_in_time", "r1") not in found
    table = {plain(t.caption): [[plain(str(c)) for c in row] for row in t.rows] for t in shown.tables}
    assert table["By rep, most overdue first"] == [
        ["Ada", "3", "1", "2", "0", "due now", "1 of 5", "2"],
        ["Eve", "1", "0", "0", "1", "4 h left", "–", "0"],
        ["Ben", "0", "0", "2", "0", "2 h left", "–", "2"],
    ]
    assert [r[:5] for r in table["Leads that belong to nobody, or to somebody who is not here"]] == [
        ["(nobody)", "no owner", "0", "1", "0"],
        ["Cy", "left on 9 Mar 2020", "1", "0", "0"],
        ["Di", "begins on 16 Mar 2020", "0", "1", "0"],
        ["x9", "not in the table of reps", "0", "1", "0"],
    ]
    # undecided Webinar leads: Ada's now, late, old, touched, Ben's evening; of the campaign Brand: today and night
    assert table["Plans of the next 14 days that touch leads which are not decided on"] == [
        ["Ads", "until today", "Brand", "2", "Ada and Ben"],
        ["Audit 101", "Mon 23 Mar 2020", "Webinar, Audit", "5", "Ada and Ben"],
    ]
    cell = shown.tables[0].rows[0][1]
    assert isinstance(cell, Count) and cell.listing.groups == (("Ada", ("late", "minute", "old")),)


def test_parts_add_to_totals(facts: Facts, shown: Block) -> None:
    values = {(m.name, m.segment): m.value or 0 for m in shown.metrics}
    for name in ("rep_overdue", "rep_due_today", "rep_due_later", "rep_in_time_met", "leads_adrift"):
        assert sum(v for (n, s), v in values.items() if n == name and s) == values[name, None], name
    states = sum(values[n, None] for n in ("rep_overdue", "rep_due_today", "rep_due_later", "leads_adrift"))
    assert states == len(open_leads(facts, sla_s=SLA_S)) == 13
    assert int(undecided(facts)["n"].sum()) == 14  # and the one that was touched


def test_rows_for_the_mails(shown: Block) -> None:
    rows = {row["rep_id"]: row for row in shown.handover}
    assert [*rows] == ["r1", "r2", "r5"]  # nobody who left, has not begun, or is not in the table
    ada = rows["r1"]
    assert (ada["overdue"], ada["due_today"], ada["due_later"]) == (3, 2, 0)
    assert [(x["lead_id"], x["state"], plain(x["hours"])) for x in ada["leads"]] == [
        ("minute", "overdue", "overdue by 1 min"),
        ("late", "overdue", "overdue by 1 day 2 h"),
        ("old", "overdue", "overdue by 26 days"),
        ("now", "due today", "due now"),
        ("today", "due today", "3 h 30 min left"),
    ]
    assert {k: ada["leads"][3][k] for k in ("source", "campaign", "segment")} == {
        "source": "Webinar", "campaign": "Audit", "segment": "mid"
    }  # fmt: skip
    assert ada["leads"][0]["source"] is None
    assert [plain(x["handed_over"]) for x in rows["r2"]["leads"]] == ["Mon 9 Mar, 15:00", "Tue 10 Mar, 04:00"]
    assert [(plain(p["why"]), p["how_to_respond"]) for p in ada["coming"]] == [
        ("1 lead of yours came from this campaign", None),
        ("4 leads of yours came from Webinar", "Call"),
    ]
    assert plain(ada["sentence"]) == "3 leads of yours are overdue and 2 are due today."
    assert plain(rows["r5"]["sentence"]) == "1 lead of yours is overdue and 1 is due later."
    assert rows["r5"]["day"] == "2020-03-10" and "Asia/Tokyo" in rows["r5"]["note"]


def test_the_one_number_is_a_share_from_enough_leads_on(tmp_path: Path, shown: Block) -> None:
    """Wilson's interval of 1 of 5 is 3.6 to 62.4 % (Newcombe 1998, method 3)."""
    few = {row["rep_id"]: row["number"] for row in shown.handover}
    assert plain(few["r1"]["value"]) == "1 of 5 leads"
    assert plain(few["r1"]["note"]).endswith("in the last four weeks; a share is told from 10 leads on")
    assert few["r2"]["value"] == "–" and "is due yet" in few["r2"]["note"]
    enough = rep_day(facts_of(made(tmp_path, settings={"monthly": {"min_rep_n": 5}})))
    number = enough.handover[0]["number"]
    assert plain(number["value"]) == "20 %"
    assert plain(number["note"]) == (
        "1 of 5 leads handed over to you in the last four weeks (95 % interval 4 to 62 %); 90 % is promised"
    )
    [record] = [m for m in enough.metrics if (m.name, m.segment) == ("rep_in_time", "r1")]
    assert (record.value, round(record.low or 0, 3), round(record.high or 0, 3)) == (0.2, 0.036, 0.624)
    assert strangers(enough, 14, 30, 90) == []


@pytest.mark.parametrize(
    "without", ["leads.campaign", "leads.segment", "leads.source", "leads.accepted_at", "leads.mql_at", "calendar",
                "reps.timezone", "reps.name", "reps.ended_on", "calendar.looks_like", "calendar.campaign"]
)  # fmt: skip
def test_columns_that_are_missing(tmp_path: Path, without: str) -> None:
    block = rep_day(facts_of(made(tmp_path, without=(without,))))
    assert block.missing is None and block.handover[0]["rep_id"] == "r1"
    assert strangers(block, 14, 30) == []


def test_without_the_table_of_reps_each_owner_has_a_row_and_nobody_a_mail(tmp_path: Path) -> None:
    block = rep_day(facts_of(made(tmp_path, without=("reps",))))
    assert sorted(str(row[0]) for row in block.tables[0].rows) == ["r1", "r2", "r3", "r4", "r5", "x9"]
    assert block.handover == () and "without a table of reps" in block.sentences[-1]


@pytest.mark.parametrize("without", ["activities", "leads.owner_id", "activities.lead_id"])
def test_what_cannot_be_told_says_what_to_connect(tmp_path: Path, without: str) -> None:
    block = rep_day(facts_of(made(tmp_path, without=(without,))))
    assert block.missing is not None and without.partition(".")[0] in block.missing and not block.sentences


def test_nothing_is_open(tmp_path: Path) -> None:
    """One lead, decided on: no row, no plan, no share, and no number stands for nothing."""
    rows = [HEAD, lead("done", "2020-02-03 10:00", "r1", accepted_at="2020-02-03 11:00")]
    block = rep_day(facts_of(made(tmp_path, leads=rows)))
    assert [plain(s) for s in block.sentences] == [
        "No lead of anybody who is here waits for a first contact.",
        "No plan of the next 14 days touches a lead of anybody who is here.",
        "No lead handed over in the last four weeks is due yet.",
    ]
    assert block.tables == () and block.handover == ()
    assert [s.value for s in block.stats] == ["0", "0", "0", "–"]


def test_who_has_nothing_open_is_on_the_page_but_gets_no_mail(tmp_path: Path) -> None:
    """Ben's one lead was decided on, untouched: missed in the four weeks. Ada's is open."""
    rows = [HEAD, lead("a", "2020-03-10 09:30", "r1"),
            lead("b", "2020-03-05 15:00", "r2", accepted_at="2020-03-06 09:00")]  # fmt: skip
    block = rep_day(
        facts_of(made(tmp_path, leads=rows, calendar=[["item_id", "starts_on", "title"], ["p", "2020-03-11", "p"]]))
    )
    assert [[str(c) for c in row][::6] for row in block.tables[0].rows] == [["Ada", "–"], ["Ben", "0 of 1"]]
    assert [row["rep_id"] for row in block.handover] == ["r1"]


def test_a_slice_has_only_its_own_leads(tmp_path: Path) -> None:
    found = numbers(facts_of(made(tmp_path), slice="source=Search"))
    assert sorted(found.leads["lead_id"]) == ["called before", "night", "today", "tokyo"]
