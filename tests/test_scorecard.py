"""The scorecard: values by week, goals, the one rule, and the issues that it opens; all worked out by hand.

The six leads of tests/company.py, weeks 2020-W10 (2 to 8 March) and 2020-W11 (9 to 15 March); nothing before.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from alignment_lib.blocks import follow_up, history
from alignment_lib.blocks.judgement import judge, numbers
from alignment_lib.blocks.measures import MEASURES, ByWeek, by_week
from alignment_lib.blocks.scorecard import scorecard
from alignment_lib.blocks.week_goals import goal
from alignment_lib.errors import ParamsError
from alignment_lib.facts import Facts
from alignment_lib.measures import definition
from alignment_lib.page.block import Trend
from alignment_lib.params.period import Week
from alignment_lib.params.settings import Measure
from alignment_lib.stats.limits import NormalRange
from tests.company import Company, company
from tests.fixture_scorecard import W12, with_measures, with_targets


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return company(tmp_path_factory.mktemp("tiny")).facts()


@pytest.mark.parametrize(
    ("name", "before", "now"),
    [
        ("leads", 2, 4),
        ("mqls", 2, 2),
        ("accepted", 1, 1),
        ("rejected", 1, 0),
        ("opportunities", 2, 1),
        ("pipeline_created", 4400.5, 1000),  # d1 and d2; d3
        ("won", 0, 1),  # the first deal began on 4 March: none was won in that week, which is known
        ("lost", 0, 1),
        ("won_value", 0, 3500),
        ("win_rate", None, 0.5),  # nothing closed in W10
        ("acceptance_week", 0.5, 1),  # accepted 4 March, rejected 6 March; accepted 10 March
        ("sla_follow_up", 0.5, 0.5),  # Ada in time, Ben not at all, in both weeks
        # Ada's lead took 1.5 h; Ben's waits since 3 March 09:00 in New York, 9 working days: half way between
        ("response_hours", (1.5 + 72) / 2, (1 + 32) / 2),  # then 1 h, and 4 working days since the 10th
    ],
)
def test_values_by_week(facts: Facts, name: str, before: float | None, now: float) -> None:
    found = by_week(facts, name)
    assert found.values[-2:] == (before, now)
    assert set(found.values[:-2]) == {None}  # before the data begins nothing is known


def test_the_median_of_the_week_is_the_one_that_follow_up_prints(facts: Facts) -> None:
    assert by_week(facts, "response_hours").values[-1] == follow_up.numbers(facts).p50.estimate


def test_each_measure_has_one_method_and_a_definition() -> None:
    methods = {name: kind.method for name, kind in MEASURES.items()}
    assert {n for n, m in methods.items() if m == "c-chart"} == {"won", "lost"}
    assert {n for n, m in methods.items() if m == "p-chart"} == {n for n in MEASURES if definition(n).unit == "share"}
    assert set(methods.values()) == {"XmR chart", "c-chart", "p-chart"}


def series(low: float, high: float) -> ByWeek:
    normal = NormalRange(centre=(low + high) / 2, low=low, high=high, weeks=13, method="XmR chart")
    return ByWeek("leads", (), (), 13, normal)


@pytest.mark.parametrize(
    ("values", "goal_of_each", "less", "status"),
    [
        ((9, 9, 15), 15, False, "good"),  # reaches its goal, whatever came before
        ((9, 9, 12), 15, False, "bad"),  # the third week in a row below it
        ((9, 15, 12), 15, False, "open"),  # missed, but not the week before
        ((None, 9, 12), 15, False, "open"),  # a week without a value is no miss
        ((16, 16, 9), 15, False, "bad"),  # below the normal range of 10 to 20
        ((3, 3, 9), 8, False, "good"),  # below it, yet at the goal
        ((9, 9, 21), None, False, "good"),  # no goal: above the range is the good side
        ((9, 9, 9), None, False, "bad"),
        ((9, 9, 20), None, False, "good"),
        ((9, 9, None), 15, False, "none"),
        ((9, 9, 4), 4, True, "good"),  # hours: at most 4
        ((5, 5, 5), 4, True, "bad"),
        ((4, 5, 5), 4, True, "open"),
        ((9, 9, 21), None, True, "bad"),
        ((9, 9, 9), None, True, "good"),
    ],
)
def test_the_rule(values: Any, goal_of_each: float | None, less: bool, status: str) -> None:
    assert judge(values, (goal_of_each,) * 3, series(10, 20), less_is_better=less)[0] == status


def test_without_goal_and_range_nothing_is_judged() -> None:
    assert judge((9, 9, 9), (None,) * 3, series(math.nan, math.nan), less_is_better=False)[0] == "none"
    assert judge((9, 9), (15, 15), series(math.nan, math.nan), less_is_better=False)[0] == "open"  # two weeks only


def test_a_weeks_goal_is_its_part_of_the_months(tmp_path: Path) -> None:
    """March: no day before it is known, so all 31 count the same: 7 of 31 days of 62 are 14."""
    rows = [["mqls", "2020-03-01", "2020-03-31", "", "", target, on] for target, on in
            (("62", "2020-02-01"), ("31", "2020-01-01"), ("310", "2020-03-16"))]  # fmt: skip
    by_source = ["mqls", "2020-03-01", "2020-03-31", "", "Webinar", "9", "2020-03-02"]
    found = with_targets(Company(tmp_path), *rows, by_source).facts()
    assert goal(found, Measure(metric="mqls", owner="x"), found.run.week) == (14, "the week's part of the target")


def test_a_months_rhythm_is_learnt_from_the_days_before_it(tmp_path: Path) -> None:
    """From 3 to 29 February there was no MQL on four of each weekday and three Sundays: weights as ½/4 to ½/3. So March
    with 5 Sundays is worth 26 + 5 × 4/3 other days, 98/3, and the week 22/3: 22 of 98. Sunday 1 March is no part of it.
    """
    made = Company(tmp_path)
    made.rows["leads"].append(["old", "03.02.2020 10:00", "Search", "mid", "r1", *[""] * 5])
    sunday = "01.03.2020 10:00"
    made.rows["leads"] += [[f"s{i}", sunday, "Search", "mid", "r1", sunday, *[""] * 4] for i in range(60)]
    found = with_targets(made, ["mqls", "2020-03-01", "2020-03-31", "", "", "98", ""]).facts()
    assert goal(found, Measure(metric="mqls", owner="x"), found.run.week)[0] == 22


def test_a_week_across_a_month_boundary_gets_both_parts(tmp_path: Path) -> None:
    """2020-W14: 30 and 31 March, 1 to 5 April.

    March: 2 of 31 equal days of 62 are 4. April's weekdays are learnt from 2 to 31 March, with 2 MQLs on its 5 Mondays,
    2 on its 5 Tuesdays, none on 4 of each other day: weights as (2 + ½)/5 to (0 + ½)/4 = 4 to 1. April has 4 Mondays,
    4 Tuesdays and 22 other days: 54 in all, of which the week has 5. 5/54 of 108 are 10; 4 + 10 = 14.
    """
    march = ["mqls", "2020-03-01", "2020-03-31", "", "", "62", ""]
    segments = [["mqls", "2020-04-01", "2020-04-30", s, "", "54", ""] for s in ("mid", "enterprise")]
    made = with_targets(Company(tmp_path), march, *segments)
    mqls, week = Measure(metric="mqls", owner="x"), Week.parse("2020-W14")
    assert goal(made.facts(), mqls, week)[0] == 14
    assert goal(made.facts(slice="segment=mid"), mqls, week)[0] is None  # March names no segment


def test_a_quarters_target_stands_in_for_a_month_without_one(tmp_path: Path) -> None:
    """The first quarter of 2020 has 91 days, all alike as nothing is known before: 7 of 91 of 9,100 are 700."""
    made = with_targets(Company(tmp_path), ["won_value", "2020-01-01", "2020-03-31", "", "", "9100", ""])
    found = made.facts()
    assert goal(found, Measure(metric="won_value", owner="x"), found.run.week)[0] == pytest.approx(700)


def test_goals_of_the_settings_and_the_sla(facts: Facts) -> None:
    week = facts.run.week
    assert goal(facts, Measure(metric="mqls", owner="x", goal=3), week)[0] == 3
    assert goal(facts, Measure(metric="sla_follow_up", owner="x"), week) == (0.9, "the SLA")
    assert goal(facts, Measure(metric="acceptance_week", owner="x"), week) == (None, "")
    assert goal(facts, Measure(metric="mqls", owner="x"), week) == (None, "")


def test_the_page_of_the_week(tmp_path: Path) -> None:
    """4 leads of 4 wanted: on track. 2 MQLs of 3, W10 2 of 3, nothing known of W09: to watch.

    Accepted: no goal, and two weeks make no normal range: not judged. SLA: 50 % twice of 90 %: to watch.
    """
    made = with_measures(
        Company(tmp_path),
        {"metric": "leads", "owner": "Mia", "goal": 4},
        {"metric": "mqls", "owner": "Mia", "goal": 3},
        {"metric": "accepted", "owner": "Sam"},
        {"metric": "sla_follow_up", "owner": "Sam"},
    )
    block = scorecard(made.facts())
    assert [plain(s) for s in block.sentences] == [
        "Of 4 measures 1 is on track, 2 are to watch, none is off track and 1 is not judged."
    ]
    assert {m.name: m.value for m in block.metrics} == {
        "scorecard_measures": 4, "scorecard_on_track": 1, "scorecard_watch": 2, "scorecard_off_track": 0,
        "scorecard_unjudged": 1,
    }  # fmt: skip
    main = block.tables[0]
    assert [[plain(str(c)) for c in row if not isinstance(c, Trend)] for row in main.rows] == [
        ["Leads", "Mia", "4", "2", "4", "on track"],
        ["MQLs", "Mia", "3", "2", "2", "watch"],
        ["Accepted", "Sam", "–", "1", "1", "not judged"],
        ["Followed up in time", "Sam", "90 %", "50 %", "50 %", "watch"],
    ]
    assert "both weeks before" in main.note
    assert [t.caption for t in block.tables if t.folded] == ["The weeks in numbers", "How each measure is judged"]
    assert [row[3] for row in block.tables[-1].rows] == ["XmR chart", "XmR chart", "XmR chart", "p-chart"]


def test_a_count_of_this_week_opens_its_list(facts: Facts) -> None:
    [leads] = [row for row in scorecard(facts).tables[0].rows if row[0] == "Leads"]
    assert dict(leads[5].listing.groups) == {"(nobody)": ("010",), "Ada": ("007", "009"), "Ben": ("008",)}


def test_a_week_that_is_not_over_is_shown_and_the_one_before_is_judged(tmp_path: Path) -> None:
    made = with_measures(Company(tmp_path), {"metric": "leads", "owner": "Mia", "goal": 3})
    facts = made.facts(as_of="2020-03-11T23:00:00Z")  # Wednesday night: 2 leads in W10, 3 so far in W11
    [row] = scorecard(facts).tables[0].rows
    assert [str(c) for c in row[4:]] == ["2", "3", "watch"]
    assert scorecard(facts).tables[0].columns[5].label == "This week so far"


def test_a_measure_without_its_columns_is_named_and_left_out(tmp_path: Path) -> None:
    made = Company(tmp_path)
    del made.mapping["tables"]["activities"]
    block = scorecard(made.write().facts())
    assert "Followed up in time" not in [row[0] for row in block.tables[0].rows]
    assert block.evidence is not None
    assert (
        "Followed up in time (activities.occurred_at, activities.direction and activities.lead_id)"
        in block.evidence.excluded
    )


def test_nothing_that_can_be_measured_is_one_line(tmp_path: Path) -> None:
    made = Company(tmp_path)
    del made.mapping["tables"]["opportunities"]
    block = scorecard(with_measures(made, {"metric": "won", "owner": "Sam"}).facts())
    assert "opportunities.closed_at (when each deal closed)" in (block.missing or "")


def test_a_file_of_won_deals_only_has_no_lost_ones_and_no_win_rate(tmp_path: Path) -> None:
    made = Company(tmp_path)
    made.rows["deals"] = [row for row in made.rows["deals"] if row[5] != "Lost"]
    made.mapping["tables"]["opportunities"]["columns"]["outcome"] = {"value": "won"}
    measures = [{"metric": name, "owner": "Sam"} for name in ("won", "lost", "win_rate")]
    assert [line.measure.metric for line in numbers(with_measures(made, *measures).facts()).lines] == ["won"]


@pytest.mark.parametrize(
    ("measures", "said"),
    [
        ([{"metric": "lead", "owner": "x"}], r"scorecard\.measures\[0\]: unknown metric 'lead' \(did you mean 'leads'"),
        ([{"metric": "leads", "owner": "x"}] * 2, r"measures\[1\]: metric 'leads' is named twice"),
        ([{"metric": "sla_follow_up", "owner": "x", "goal": 90}], r"goal 90 of a share is above 1; write 90 % as 0\.9"),
    ],
)
def test_a_measure_that_cannot_be(tmp_path: Path, measures: Any, said: str) -> None:
    with pytest.raises(ParamsError, match=said):
        scorecard(with_measures(Company(tmp_path), *measures).facts())


def test_the_methods_are_those_of_the_history_beside_it() -> None:
    assert {name: MEASURES[name].method for name in history.METHODS} == history.METHODS


def test_the_share_of_leads_worked_is_judged_for_the_last_week_that_is_old_enough(tmp_path: Path) -> None:
    """14 days to decide: on 22 March W10 is old enough, and sales decided on both of its leads."""
    made = with_measures(Company(tmp_path), {"metric": "worked", "owner": "Sam", "goal": 0.9})
    assert numbers(made.facts()).lines[0].why == "no complete week yet"
    facts = made.facts(**W12)
    assert by_week(facts, "worked").values[-3:] == (1, None, None)
    [row] = scorecard(facts).tables[0].rows
    assert [plain(str(c)) for c in row[5:]] == ["100 % (W10)", "on track"]
    assert "2020-W10 is judged for worked as agreed" in scorecard(facts).tables[0].note
