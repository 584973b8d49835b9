"""Load, pay and reps beside chance (C15, C16, C17), worked out by hand."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from alignment_lib.blocks.monthly.load import load
from alignment_lib.blocks.monthly.pay import pay
from alignment_lib.blocks.monthly.rep_funnel import rep_funnel
from tests.company import LEADS, Rows
from tests.fixture_month import cells, month_of, record, said

REPS: Rows = [
    ["rep_id", "name", "role", "lead_capacity", "started_on", "ended_on"],
    ["r1", "Ada", "Rep", "0.4", "2019-01-01", ""],
    ["r2", "Ben", "Rep", "4", "2020-03-18", ""],
    ["r3", "Cy", "Rep", "4", "2019-01-01", "2020-02-29"],
    ["r4", "Di", "Lead", "", "2019-01-01", ""],
]
STAFF: Rows = [
    ["team", "role", "headcount", "planned", "open_since"],
    ["sales", "Rep", "2", "4", "2020-02-01"],
    ["sales", "Lead", "1", "1", ""],
    ["marketing", "Writer", "0", "1", "2020-01-15"],
]


def test_load_counts_the_days_that_a_rep_was_here(tmp_path: Path) -> None:
    """March has 31 days: Ada's 2 leads are 2 × 7/31 = 0.45 a week of 0.4, 113 %; Ben is here for 14 days, so his 2
    are 1 a week of 4, 25 %; Cy left in February. Open is d3 of Ada. Seats: 6 planned, 3 filled, 3 open."""
    block = load(month_of(tmp_path, {"reps": REPS, "staffing": STAFF}))
    rows = cells(block, "Load by rep")
    assert [r[0] for r in rows] == ["Ada", "Ben", "All"]
    assert [r[1] for r in rows] == ["2", "2", "4"] and [r[4] for r in rows] == ["113 %", "25 %", ""]
    assert [r[5] for r in rows] == ["1", "0", "1"] and {r[6] for r in rows[:2]} == {"too few to say"}
    assert record(block, "lead_load", segment="r1").value == pytest.approx(2 * 7 / 31 / 0.4)
    used = (2 * 7 / 31 + 1) / 4.4
    assert record(block, "lead_load").value == pytest.approx(used)
    assert said(block) == [
        f"4 leads were handed to 2 reps, {used * 100:.0f} % of what they have capacity for; one of them got more than"
        " they can take.",
        "Of 6 planned seats, 3 are empty; open the longest: Writer, since 15 Jan 2020.",
    ]


def test_whoever_gets_just_what_they_can_take_is_not_over(tmp_path: Path) -> None:
    """February 2019 has four weeks: four leads are one a week."""
    leads: Rows = [
        LEADS[0],
        *(
            [f"L{i}", f"0{i}.02.2019 10:00", "Web", "mid", "r1", "", f"0{i}.02.2019 10:00", "", "", ""]
            for i in range(1, 5)
        ),
    ]
    people: Rows = [["rep_id", "name", "lead_capacity"], ["r1", "Ada", "1"]]
    facts = month_of(tmp_path, {"reps": people}, month="2019-02", leads=leads)
    assert said(load(facts)) == [
        "4 leads were handed to 1 rep, 100 % of what they have capacity for; nobody got more than they can take."
    ]


def test_without_capacity_and_seats_one_line(tmp_path: Path) -> None:
    block = load(month_of(tmp_path))
    assert block.missing is not None and "reps.lead_capacity" in block.missing and not block.sentences


def test_pay_by_team_counts_each_role_once(tmp_path: Path) -> None:
    """Sales: rep won_value .8 and sla .2, lead won_value 1; marketing: mqls 3 and won_value 1, stretched to .75, .25.
    Shared is won_value: sales (.8 + 1)/2 = 90 %, marketing 25 %, all (.8 + 1 + .25)/3 = 68.3 %."""
    rows: Rows = [
        ["team", "role", "metric", "weight"],
        ["sales", "Rep", "won_value", "0.8"],
        ["sales", "Rep", "sla_follow_up", "0.2"],
        ["sales", "Lead", "won_value", "1"],
        ["marketing", "CMO", "mqls", "3"],
        ["marketing", "CMO", "won_value", "1"],
    ]
    block = pay(month_of(tmp_path, {"compensation": rows}))
    assert said(block) == [
        "Of the 3 metrics that people are paid on, Won value is the only one that both sides share.",
        "Shared metrics carry 25 % of the pay of marketing and 90 % of the pay of sales; each role counts once.",
    ]
    assert record(block, "pay_shared_weight").value == pytest.approx(2.05 / 3)
    assert cells(block, "Share of")[0] == ["Won value", "25 %", "90 %", "shared"]


def test_pay_that_nobody_shares_or_of_one_team(tmp_path: Path) -> None:
    head = ["team", "metric", "weight"]
    apart = month_of(tmp_path / "a", {"compensation": [head, ["sales", "won", "1"], ["marketing", "mqls", "1"]]})
    assert said(pay(apart)) == ["No metric pays both sides: each of the 2 belongs to one team only."]
    one = month_of(tmp_path / "b", {"compensation": [head, ["sales", "won", "1"]]})
    assert said(pay(one)) == ["Only the pay of sales is written down, so nothing can be shared."]


def closed(wins: dict[tuple[str, str], tuple[int, int]]) -> Rows:
    """Deals by owner and segment: won, closed."""
    rows: Rows = [["Deal ID", "Lead ID", "Created", "Amount", "Closed", "Stage", "Owner", "Segment"]]
    for (owner, segment), (won, n) in wins.items():
        for i in range(n):
            stage = "Won" if i < won else "Lost"
            rows.append([f"{owner}{segment}{i}", "", "01.02.2020 10:00", "1", "02.03.2020", stage, owner, segment])
    return rows


def test_a_rep_is_judged_by_what_the_segments_lead_to_expect(tmp_path: Path) -> None:
    """Easy deals are won in 90 % (72 of 80), hard ones in 20 % (24 of 120): against all, 96 of 200, everybody would lie
    outside. Against their segments only r5 does: 16 of 40 where 8 are expected, a chance of 0.3 %; r6 with 9 deals is
    not judged."""
    wins = {("r1", "easy"): (36, 40), ("r2", "easy"): (36, 40), ("r3", "hard"): (4, 40), ("r4", "hard"): (4, 40),
            ("r5", "hard"): (16, 40), ("r6", "other"): (9, 9)}  # fmt: skip
    tail = sum(math.comb(40, k) * 0.2**k * 0.8 ** (40 - k) for k in range(16, 41))
    assert tail < 0.025 < sum(math.comb(40, k) * 0.2**k * 0.8 ** (40 - k) for k in range(5))
    training: Rows = [
        ["held_on", "rep_id", "topic"], ["2020-03-20", "r1", "Calls"], ["2020-03-20", "r2", "Calls"],
        ["2020-01-02", "r1", "At the edge"], ["2020-01-01", "r1", "Long ago"], ["2020-04-02", "r1", "Not yet"],
    ]  # fmt: skip
    block = rep_funnel(month_of(tmp_path, {"training": training}, deals=closed(wins)))
    assert said(block)[1] == "Won: of 5 reps, r5 lies above what chance explains."
    rows = cells(block, "Won by rep")
    assert [r[0] for r in rows] == ["Ada", "Ben", "r3", "r4", "r5", "r6", "All"]
    assert [r[-1] for r in rows[:6]] == [*["within"] * 4, "above the limits", "under 10: not judged"]
    assert rows[5][3:5] == ["", ""] and rows[-1][1:3] == ["209", "105"]
    assert sum(int(r[1]) for r in rows[:-1]) == 209 and sum(int(r[2]) for r in rows[:-1]) == 105
    assert cells(block, "Trainings") == [["20 Mar 2020", "Calls", "Ada and Ben"], ["2 Jan 2020", "At the edge", "Ada"]]
    assert said(block)[2] == "2 trainings were held in the last ninety days, the latest on 20 Mar 2020: “Calls”."
    keys = [(m.name, m.source, m.segment, m.period) for m in block.metrics]
    assert len(keys) == len(set(keys))


def test_ten_deals_of_365_days_are_enough_to_be_judged(tmp_path: Path) -> None:
    """Up to 31 March 2020 the year begins on 2 April 2019: Ben's tenth deal was closed on the day before."""
    deals = closed({("r1", "mid"): (5, 10), ("r2", "mid"): (5, 10)})
    deals[1][4], deals[11][4] = "02.04.2019", "01.04.2019"
    deals[1][2] = deals[11][2] = "01.02.2019 10:00"
    rows = cells(rep_funnel(month_of(tmp_path, deals=deals)), "Won by rep")
    assert [(r[0], r[1], r[-1]) for r in rows[:2]] == [("Ada", "10", "within"), ("Ben", "9", "under 10: not judged")]


def test_a_rep_who_has_left_is_named_with_the_day(tmp_path: Path) -> None:
    """By 31 March: r5's last day was 10 March; r4's is the 31st itself, so that r4 is still here."""
    wins = {("r3", "hard"): (4, 40), ("r4", "hard"): (4, 40), ("r5", "hard"): (20, 40)}
    people = [["r4", "Di", "Rep", "", "", "2020-03-31"], ["r5", "Ed", "Rep", "", "", "2020-03-10"]]
    block = rep_funnel(month_of(tmp_path, {"reps": [REPS[0], *people]}, deals=closed(wins)))
    assert [r[0] for r in cells(block, "Won by rep")] == ["Di", "Ed (left 10 Mar 2020)", "r3", "All"]
    assert "Ed (left 10 Mar 2020) lies above" in said(block)[1]


def test_with_few_decisions_nobody_is_judged(tmp_path: Path) -> None:
    block = rep_funnel(month_of(tmp_path))
    assert all(s.endswith("yet, so nobody is judged.") for s in said(block)) and not block.pictures
