"""The agreement, the month against it, joint goals and the planner (C12, C13, C14, C24, C38, C39), worked out by hand.

In March 2020 the small company has four MQLs, all handed over: two of enterprise (…928 of the 2nd, 007 of the 9th,
touched after 1.5 and 1 hours) and two of mid-market (…929 of the 3rd and 008 of the 10th, never touched).
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from alignment_lib.blocks.monthly.agreement_text import agreement_text
from alignment_lib.blocks.monthly.joint_goals import joint_goals
from alignment_lib.blocks.monthly.joint_goals import numbers as joint_numbers
from alignment_lib.blocks.monthly.planner import Range, goal_of, planner
from alignment_lib.blocks.monthly.planner import numbers as plan_of
from alignment_lib.blocks.monthly.sla_month import sla_month
from alignment_lib.facts import Facts
from alignment_lib.page.block import Block
from tests.company import Rows
from tests.fixture_month import LATER, cells, month_of, record, said

PROMISE = "version: '7'\nsigned_on: 2020-01-31\ntext: Each does its part.\nmarketing: {mqls_per_month: %s}\n"
TARGETS = ["metric", "period_start", "period_end", "target", "set_on", "milestone", "due_on"]
DONE = [*TARGETS, "done_on"]


def once(block: Block) -> None:
    """No number is recorded twice."""
    keys = [(m.name, m.source, m.segment, m.period) for m in block.metrics]
    assert len(keys) == len(set(keys))
    assert all(len(row) == len(t.columns) for t in block.tables for row in (*t.rows, *([t.total] if t.total else [])))


def test_without_a_text_one_line_says_that_there_is_no_agreement(tmp_path: Path) -> None:
    block = agreement_text(month_of(tmp_path))
    assert block.missing is not None and block.missing.startswith("There is no agreement in writing")


@pytest.mark.parametrize(
    ("signed", "told"),
    [
        ("2020-01-31", "signed on 31 Jan 2020."),
        ("2020-03-01", "signed on 1 Mar 2020."),
        ("2020-03-31", "signed on 31 Mar 2020 in the course of this month."),
        ("2020-04-01", "signed on 1 Apr 2020, after this month: it is applied here all the same."),
        ("null", "which nobody has signed."),
    ],
)
def test_the_day_of_signing_is_told_beside_the_month(tmp_path: Path, signed: str, told: str) -> None:
    text = (PROMISE % "{}").replace("2020-01-31", signed)
    block = agreement_text(month_of(tmp_path, settings={"sla": text}))
    assert said(block)[0] == f"The agreement stands in version 7, {told}"
    assert block.terms[0] == ("Version 7", "Each does its part.")


@pytest.mark.parametrize(
    ("promise", "told", "uncovered"),
    [
        ("{enterprise: 4}", "Nothing is promised for 2 of the 4 MQLs of March 2020: mid.", 2),
        ("{enterprise: 4, mid: 1}", "Marketing's promise covers every segment that brought MQLs in March 2020.", 0),
        ("{total: 9}", "Marketing's promise is for the whole company, whatever the segment.", 0),
        ("{}", "It does not say how many MQLs marketing was to deliver in March 2020.", None),
    ],
)
def test_segments_without_a_promise_are_named(tmp_path: Path, promise: str, told: str, uncovered: int | None) -> None:
    block = agreement_text(month_of(tmp_path, settings={"sla": PROMISE % promise}))
    assert said(block)[1] == told
    if uncovered is not None:
        assert record(block, "mqls_without_promise").value == uncovered
    once(block)


def test_both_sides_of_the_month_by_hand(tmp_path: Path) -> None:
    """4 MQLs of 4 + 1 promised; 2 met and 2 missed; of the four leads of W10 and W11 only 008 was not worked."""
    block = sla_month(month_of(tmp_path, settings={"sla": PROMISE % "{enterprise: 4, mid: 1}"}))
    told = said(block)
    assert told[3].endswith("but fewer than 95 % have had one so far.")
    assert [*told[:3], told[4]] == [
        "Marketing delivered 4 of the 5 MQLs promised for March 2020, 80 % of its promise.",
        "It fell short with 2 of 4 in enterprise.",
        "Sales followed up 2 of 4 leads within 8 business hours, 50 % (15 to 85 %), where 90 % is promised.",
        "Of the 4 leads handed over in 2020-W10 to 2020-W11, 75 % (30 to 95 %) were worked as agreed; later weeks are"
        " too young to say.",
    ]
    rows = cells(block, "By seven days")
    assert [r[0] for r in rows] == ["1 to 7 Mar", "8 to 14 Mar", "15 to 21 Mar", "22 to 28 Mar", "29 to 31 Mar",
                                    "The month"]  # fmt: skip
    assert [r[2:6] for r in rows] == [
        ["2", "1", "1", "0"],
        ["2", "1", "1", "0"],
        *[["0"] * 4] * 3,
        ["4", "2", "2", "0"],
    ]
    assert cells(block, "Marketing's promise")[-1] == ["All", "5", "4", "80 %"]
    assert {r[1] for r in cells(block, "The 2 breaches")} == {"3458764513820540929", "008"}
    once(block)


def test_a_month_that_goes_on_is_projected_not_judged(tmp_path: Path) -> None:
    now = datetime(2020, 3, 20, 12, tzinfo=UTC)
    block = sla_month(month_of(tmp_path, settings={"sla": PROMISE % "{total: 9}"}, now=now))
    assert "it will likely end at" in said(block)[0] and "fell short" not in " ".join(said(block))


def test_without_a_promise_sales_is_told_all_the_same(tmp_path: Path) -> None:
    told = said(sla_month(month_of(tmp_path)))
    assert told[0] == "No promise of marketing's is written down for this month." and len(told) == 4


def goals_of(root: Path, *rows: list[str], month: str = "2020-02", heads: list[str] = TARGETS) -> Block:
    """Deals won: 2,000 on 10 February and, later than the month, d1."""
    deals: Rows = [
        ["Deal ID", "Lead ID", "Created", "Amount", "Closed", "Stage", "Owner"],
        ["e1", "", "05.01.2020 10:00", "2000", "10.02.2020", "Won", "r1"],
        ["d1", "", "04.03.2020 10:00", "3500", "12.03.2020", "Won", "r1"],
    ]
    return joint_goals(month_of(root, {"targets": [heads, *rows]}, month=month, deals=deals))


def quarter(number: int, target: str, set_on: str = "2020-01-01") -> list[str]:
    ends = ["2020-03-31", "2020-06-30", "2020-09-30", "2020-12-31"][number - 1]
    return ["won_value", f"2020-{3 * number - 2:02d}-01", ends, target, set_on, "", ""]


def test_what_the_quarter_takes_by_hand(tmp_path: Path) -> None:
    """2,000 of 10,000 by the end of February: 8,000 in the 22 working days of March are 363.64 a day; January and
    February had 23 + 20 of them, 46.51 a day; at the one deal's 2,000 the 8,000 are 4 deals."""
    block = goals_of(tmp_path, quarter(1, "12000"), quarter(1, "10000", "2020-02-03"))
    assert said(block)[0] == (
        "This quarter's goal is € 10,000: € 2,000 is won, 20 %. It takes € 364 a working day from here; so far it was"
        " € 47."
    )
    assert said(block)[1].startswith("At the usual € 2,000 a deal that is 4 more deals, where ")
    where = {"period": "2020-Q1"}
    assert record(block, "value_needed_per_day", **where).value == pytest.approx(8000 / 22)
    assert record(block, "value_per_day", **where).value == pytest.approx(2000 / 43)
    assert (record(block, "workdays_left", **where).value, record(block, "deals_needed", **where).value) == (22, 4)
    chance, deals = record(block, "joint_probability", **where), record(block, "deals_expected", **where)
    assert 0 < chance.value < 0.5 and deals.low <= deals.value <= deals.high
    assert said(block)[-1].endswith("1 goal was changed in the last 13 weeks.")
    once(block)


def test_the_year_is_the_sum_of_its_quarters_only_where_all_have_a_goal(tmp_path: Path) -> None:
    rows = [quarter(i, "10000") for i in (1, 2, 3, 4)]
    assert "This year's goal is € 40,000, the sum of its quarters: € 2,000 is won, 5 %." in " ".join(
        said(goals_of(tmp_path / "all", *rows))
    )
    assert "This year" not in " ".join(said(goals_of(tmp_path / "three", *rows[:3])))


def test_a_goal_that_is_reached_or_over_says_so(tmp_path: Path) -> None:
    assert said(goals_of(tmp_path / "a", quarter(1, "2000")))[0] == (
        "This quarter's goal is € 2,000: € 2,000 is won, 100 %, so that it is reached."
    )
    over = said(goals_of(tmp_path / "b", quarter(1, "10000"), month="2020-03"))
    assert over[0] == "This quarter's goal is € 10,000: € 5,500 is won, 55 %, and no working day is left."


def test_milestones_of_the_month_and_ahead(tmp_path: Path) -> None:
    """February 2020 has 29 days; 31 days on from the 29th is 31 March."""
    days = ["2020-01-31", "2020-02-01", "2020-02-29", "2020-03-01", "2020-03-31", "2020-04-01"]
    stones = [["milestones", "2020-01-01", "2020-12-31", "1", "2020-01-01", d, d] for d in days]
    block = goals_of(tmp_path, *stones)
    assert [r[0] for r in cells(block, "Milestones")] == days[1:5]
    assert said(block)[-1].startswith("2 milestones fell due this month, 2 more are ahead; no goal was changed")
    assert said(block)[0] == "No goal of won value is written for this quarter or year."


def test_a_milestone_is_done_ahead_due_today_or_overdue(tmp_path: Path) -> None:
    """Seen on 29 February: a day that lies ahead of it has not come to pass, whatever the table says by now."""
    days = {"late": ("2020-02-01", ""), "kept": ("2020-02-10", "2020-02-09"), "today": ("2020-02-29", "2020-03-02"),
            "ahead": ("2020-03-01", "2020-02-20"), "soon": ("2020-03-02", "")}  # fmt: skip
    stones = [["milestones", "2020-01-01", "2020-12-31", "1", "2020-01-01", name, *d] for name, d in days.items()]
    block = goals_of(tmp_path, *stones, heads=DONE)
    assert {r[0]: r[3] for r in cells(block, "Milestones")} == {
        "late": "overdue 28 days", "kept": "done 9 Feb 2020", "today": "due today", "ahead": "done 20 Feb 2020",
        "soon": "in 2 days",
    }  # fmt: skip
    assert said(block)[-1].startswith("3 milestones fell due this month, 1 of them is done, 2 more are ahead;")
    assert record(block, "milestones_done").value == 1


def test_the_burn_up_says_what_the_table_says(tmp_path: Path) -> None:
    """2,000 of 10,000 by 29 February, the 60th of the quarter's 91 days; 8,000 in 22 working days are 363.64 a day."""
    (picture,) = goals_of(tmp_path, quarter(1, "10000")).pictures
    alt, svg = (text.replace("\u00a0", " ") for text in (picture.alt, picture.svg))
    assert alt.startswith(
        "Won value of 2020-Q1, added up by day: € 2,000 of € 10,000 after 60 of 91 days, € 364 a working day from here;"
        " it may end at "
    )
    assert all(text in svg for text in ("31 Mar", "goal € 10,000", "dotted: € 364 a working day from here"))


def test_the_likely_end_is_what_was_won_and_the_deals_to_come(tmp_path: Path) -> None:
    """One deal of 2,000: the end is 2,000 + the deals still to come × 2,000."""
    block = goals_of(tmp_path, quarter(1, "10000"))
    end, deals = (record(block, name, period="2020-Q1") for name in ("joint_value_expected", "deals_expected"))
    for told, came in ((end.value, deals.value), (end.low, deals.low), (end.high, deals.high)):
        assert told == pytest.approx(2000 + came * 2000)


def test_the_mean_amount_is_of_365_days_and_no_day_is_left_after_the_last(tmp_path: Path) -> None:
    """As of the end of 2020: the year that ends with 31 December begins on 2 January, as 2020 has 366 days."""
    deals: Rows = [["Deal ID", "Lead ID", "Created", "Amount", "Closed", "Stage", "Owner"]]
    deals += [[day, "", "05.12.2019 10:00", amount, f"{day}.01.2020", "Won", "r1"]
              for day, amount in (("01", "9000"), ("02", "1000"))]  # fmt: skip
    targets = [TARGETS, ["won_value", "2020-01-01", "2020-12-31", "20000", "2020-01-01", "", ""]]
    now = datetime(2021, 1, 10, tzinfo=UTC)
    [year] = joint_numbers(month_of(tmp_path, {"targets": targets}, month="2020-12", now=now, deals=deals))
    assert (year.won, year.mean, year.needed) == (10_000, 1000, 10)
    assert year.outlook is not None and year.outlook.weight_left == 0 < year.outlook.weight_done


def planning(root: Path, *, early: int = 0, sold: tuple[str, ...] = (), now: datetime = LATER) -> Facts:
    """Old leads of 1 December: Search 4 won of 20, Webinar 1 of 20, each worth 1,000; new ones: 10 and 30; early ones
    of Search, of the month before the first deal on record; and deals without a lead sold on the days given.
    """
    leads: Rows = [["Lead ID", "Created", "Source", "Segment", "Owner", "MQL", "Assigned", "Accepted", "Rejected",
                    "Reason"]]  # fmt: skip
    deals: Rows = [["Deal ID", "Lead ID", "Created", "Amount", "Closed", "Stage", "Owner"]]
    for source, wins, new in (("Search", 4, 10), ("Webinar", 1, 30)):
        for i in range(20 + new):
            day = "01.12.2019 10:00" if i < 20 else "20.03.2020 10:00"
            leads.append([f"{source}{i}", day, source, "mid", "r1", day, "", "", "", ""])
        for i in range(early if source == "Search" else 0):
            leads.append([f"early{i}", "01.11.2019 10:00", source, "mid", "r1", "01.11.2019 10:00", "", "", "", ""])
        for i in range(wins):
            deals.append([f"{source}{i}", f"{source}{i}", "05.12.2019 10:00", "1000", "15.12.2019", "Won", "r1"])
    reps: Rows = [["rep_id", "name", "lead_capacity"], ["r1", "Ada", "10"], ["r2", "Ben", "12"], ["r3", "Cy", ""]]
    deals += [[f"sold{i}", "", "01.11.2019 10:00", "1000", day, "Won", "r1"] for i, day in enumerate(sold)]
    monthly = "horizon_days: 30\nplanner: {goal: 7000, extra_reps: 1, extra_points: 0.01}\n"
    return month_of(root, {"reps": reps}, settings={"monthly": monthly}, now=now, leads=leads, deals=deals)


def test_every_step_of_the_plan_multiplies_along(tmp_path: Path) -> None:
    """7,000 at 1,000 each are 7 customers; a quarter Search at 20 % and three Webinar at 5 % convert 8.75 %, so that it
    takes 80 leads: 20 of Search for 4 customers, 60 of Webinar for 3. Garwood's limits of 5 deals are 1.6235 and
    11.6683, so 2.27 to 16.34 customers. A rep takes 11 leads a week for 13 weeks, 143; 5 of 40 handed over were won."""
    block = planner(planning(tmp_path))
    where = {"period": "2020-04-01 to 2020-06-30"}
    customers = record(block, "plan_customers", **where)
    assert (customers.value, customers.low, customers.high) == pytest.approx((7, 7 * 0.32470, 7 * 2.33366), rel=1e-4)
    assert record(block, "plan_conversion", **where).value == pytest.approx(0.0875)
    assert record(block, "plan_leads", **where).value == pytest.approx(80)
    rows = cells(block, "Leads needed")
    assert [(r[0], r[4], r[6]) for r in rows] == [
        ("Webinar", "60", "3.0"),
        ("Search", "20", "4.0"),
        ("All", "80", "7.0"),
    ]
    assert record(block, "plan_rep_leads", **where).value == pytest.approx(143)
    assert record(block, "plan_rep_customers", **where).value == pytest.approx(143 * 5 / 40)
    assert record(block, "plan_point_customers", **where).value == pytest.approx(0.4)
    assert record(block, "plan_point_value", **where).value == pytest.approx(400)
    once(block)


def test_leads_of_whom_no_deal_was_recorded_yet_do_not_count_as_lost(tmp_path: Path) -> None:
    block = planner(planning(tmp_path, early=15))
    where = {"period": "2020-04-01 to 2020-06-30"}
    assert record(block, "plan_conversion", **where).value == pytest.approx(0.0875)
    assert record(block, "plan_rep_customers", **where).value == pytest.approx(143 * 5 / 40)


def test_the_planners_year_has_365_days(tmp_path: Path) -> None:
    """One lead a day for two years, of February's report: the youngest that counts is the last of whom each is old
    enough, and 364 days before it another one counts, not a day more and not one less. A lead in five was won."""
    first, days = date(2018, 3, 1), 731
    created = [(first + timedelta(days=i)).strftime("%d.%m.%Y 10:00") for i in range(days)]
    leads: Rows = [["Lead ID", "Created", "Source", "Segment", "Owner", "MQL", "Assigned", "Accepted", "Rejected",
                    "Reason"]]  # fmt: skip
    leads += [[f"L{i}", day, "Search", "mid", "r1", day, "", "", "", ""] for i, day in enumerate(created)]
    deals: Rows = [["Deal ID", "Lead ID", "Created", "Amount", "Closed", "Stage", "Owner"]]
    deals += [[f"d{i}", f"L{i}", created[i], "1000", created[i][:10], "Won", "r1"] for i in range(0, days, 5)]
    monthly = "horizon_days: 30\nplanner: {goal: 7000, extra_reps: 1, extra_points: 0.01}\n"
    plan = plan_of(month_of(tmp_path, settings={"monthly": monthly}, month="2020-02", leads=leads, deals=deals))
    assert plan is not None
    assert (plan.old, plan.handed.leads, plan.handed.converted) == (365, 365, 73)


def test_the_planners_deals_are_those_of_365_days(tmp_path: Path) -> None:
    """Up to 31 March 2020 these begin on 2 April 2019; the five of 15 December are among them."""
    plan = plan_of(planning(tmp_path, sold=("01.04.2019", "02.04.2019", "31.03.2020")))
    assert plan is not None and plan.deals == 7


def test_a_month_that_goes_on_is_none_of_the_planners_three(tmp_path: Path) -> None:
    """On 25 March these are December to February, with 20 leads of either source; not yet March with 10 and 30."""
    plan = plan_of(planning(tmp_path, now=datetime(2020, 3, 25, tzinfo=UTC)))
    assert plan is not None and {s.name: s.now for s in plan.sources} == {"Search": 20, "Webinar": 20}


def test_ranges_take_the_worst_of_each_step() -> None:
    a, b = Range(6, 4, 8), Range(2, 1, 4)
    assert a.over(b) == Range(3, 1, 8) and a.times(b) == Range(12, 4, 32)
    assert math.isinf(a.over(Range(2, 0, 4)).high)


def test_without_a_goal_the_planner_says_where_to_set_one(tmp_path: Path) -> None:
    block = planner(month_of(tmp_path))
    assert block.missing is not None and "planner.goal" in block.missing


def test_the_goal_is_the_next_quarters_else_the_next_months(tmp_path: Path) -> None:
    """After March the next quarter is April to June; after February it is the same, and its next month is March."""
    month = ["won_value", "2020-04-01", "2020-04-30", "50", "2020-01-01", "", ""]
    both = month_of(tmp_path / "a", {"targets": [TARGETS, month, quarter(2, "90")]})
    only = month_of(tmp_path / "b", {"targets": [TARGETS, month]})
    assert (goal_of(both) or (0,))[0] == 90 and (goal_of(only) or (0,))[0] == 50
    assert plan_of(only) is None  # no lead is ninety days old
