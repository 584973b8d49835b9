"""One clock for "within N days": every frame that asks it counts the same leads, to the second. N is 14 here.

Berlin's wall; as-of is Monday 16 March 2020, 00:00. Each lead was created, an MQL and handed over at the same instant.

========= =================== ====================== ==============================================================
lead      began               accepted               by hand
========= =================== ====================== ==============================================================
at-once   1 Jan 10:00:00      1 Jan 10:00:00         within 0 days
before    1 Jan 10:00:00      15 Jan 09:00:00        13 days and 23 hours: within 14
last      1 Jan 10:00:00      15 Jan 10:00:00        14 days: within 14
late      1 Jan 10:00:00      15 Jan 10:00:01        a second more: within 15
spring    20 Mar 19 10:00:00  3 Apr 19 10:00:00      clocks went forward on the 31st: 14 days on the wall, within 14
spring-2  20 Mar 19 10:00:00  3 Apr 19 10:00:01      within 15
autumn    20 Oct 19 10:00:00  3 Nov 19 10:00:00      clocks went back on the 27th: 14 days on the wall, within 14
autumn-2  20 Oct 19 10:00:00  3 Nov 19 10:00:01      within 15
old       1 Mar 23:59:59      -                      its 14 days end a second before as-of: followed for 14
young     2 Mar 00:00:00      -                      they end at as-of, which is not seen: followed for 13
half      10 Mar 12:00:00     15 Mar 18:00:00        after 5¼ days, in a sixth that is not over: followed for 5, open
========= =================== ====================== ==============================================================
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from alignment_lib.facts import (
    Facts,
    ages,
    campaign_frames,
    cohort_frames,
    effort_frames,
    funnel_frames,
    plan_frames,
    quality_frames,
    whatif_frames,
)
from alignment_lib.stats.days import day_of, epoch_day
from tests.company import Company
from tests.fixture_cohorts import all_facts

LEADS = [
    ("at-once", "2020-01-01T10:00:00", "2020-01-01T10:00:00"),
    ("before", "2020-01-01T10:00:00", "2020-01-15T09:00:00"),
    ("last", "2020-01-01T10:00:00", "2020-01-15T10:00:00"),
    ("late", "2020-01-01T10:00:00", "2020-01-15T10:00:01"),
    ("spring", "2019-03-20T10:00:00", "2019-04-03T10:00:00"),
    ("spring-2", "2019-03-20T10:00:00", "2019-04-03T10:00:01"),
    ("autumn", "2019-10-20T10:00:00", "2019-11-03T10:00:00"),
    ("autumn-2", "2019-10-20T10:00:00", "2019-11-03T10:00:01"),
    ("old", "2020-03-01T23:59:59", ""),
    ("young", "2020-03-02T00:00:00", ""),
    ("half", "2020-03-10T12:00:00", "2020-03-15T18:00:00"),
]
EVER = {"first_day": 0, "last_day": epoch_day(date(2020, 3, 31))}
N = 14


def company(root: Path) -> Company:
    made = Company(root)
    columns = made.mapping["tables"]["leads"]["columns"]
    for name in ("created_at", "mql_at", "assigned_at", "accepted_at", "rejected_at"):
        columns[name] = columns[name]["column"]  # ISO, so with seconds
    columns["campaign"] = "Source"
    rows = [[lead, began, "Search", "mid", "r1", began, began, yes, "", ""] for lead, began, yes in LEADS]
    made.rows["leads"] = [made.rows["leads"][0], *rows]
    made.rows["deals"] = made.rows["deals"][:2]  # of no lead here
    made.rows["criteria"] = [["Lead", "Criterion", "Met"], *([lead, "fit", "true"] for lead, *_ in LEADS)]
    criteria = {"lead_id": "Lead", "criterion": "Criterion", "met": "Met"}
    made.mapping["tables"]["criteria"] = {"from": "criteria", "columns": criteria}
    return made.write()


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return all_facts(company(tmp_path_factory.mktemp("ages")))


def test_ages_are_the_least_days_of_an_event_and_the_most_days_followed(facts: Facts) -> None:
    frame = cohort_frames.conversions(facts, "accepted", start="mql", span="month", **EVER)
    assert frame.assign(cohort=[day_of(day).month for day in frame["cohort"]]).values.tolist() == [
        # month, days, accepted, rejected, open
        [3, 14, 1, 0, 0],
        [3, 15, 1, 0, 0],
        [10, 14, 1, 0, 0],
        [10, 15, 1, 0, 0],
        [1, 0, 1, 0, 0],
        [1, 14, 2, 0, 0],
        [1, 15, 1, 0, 0],
        [3, 5, 0, 0, 1],
        [3, 13, 0, 0, 1],
        [3, 14, 0, 0, 1],
    ]


def test_every_frame_counts_by_the_same_clock(facts: Facts) -> None:
    """Nine leads are old enough; accepted within their days were at-once, before, last, spring and autumn."""
    found = {
        "matured": cohort_frames.matured(facts, "accepted", horizon=N, start="mql", **EVER)[["leads", "converted"]],
        "criteria": quality_frames.criteria(facts, "accepted", horizon=N, start="mql", **EVER)[
            ["met_leads", "met_converted"]
        ],
        "arms": plan_frames.arm_days(facts, ["Search"], horizons={"accepted": N}, **EVER)[
            ["accepted_old", "accepted_done"]
        ],
    }
    assert {name: frame.sum().tolist() for name, frame in found.items()} == {name: [9, 5] for name in found}
    funnel = funnel_frames.stage_patterns(facts, horizon=N, **EVER)
    assert [funnel["leads"].sum(), funnel.loc[funnel["accepted"].astype(bool), "leads"].sum()] == [9, 5]
    scored = whatif_frames.scored(facts, (), width=10, horizon=N, decided_days=N, recent_day=0, **EVER)
    assert [(scored["leads"] * scored[name]).sum() for name in ("old", "judged", "accepted")] == [9, 9, 5]


def test_a_decision_in_time_goes_by_it_too(facts: Facts) -> None:
    """Weeks are judged once they are old enough, so that no lead is left out here: half was decided in time, too."""
    frame = effort_frames.judgements(facts, **EVER)
    assert frame[["leads", "decided"]].sum().tolist() == [11, 6]


def test_a_campaigns_leads_are_judged_once_they_are_old_enough(facts: Facts) -> None:
    """Nine are; eight of them were accepted, whenever that was. The others began on 2 and 10 March."""
    first = epoch_day(date(2019, 3, 18))
    frame = campaign_frames.campaign_weeks(facts, first_day=first, last_day=EVER["last_day"], horizon=N)
    assert frame[["leads", "accepted", "rejected"]].sum().tolist() == [11, 8, 0]
    assert set(frame["young_day"]) == {-1, epoch_day(date(2020, 3, 2)), epoch_day(date(2020, 3, 10))}


@pytest.mark.parametrize(
    ("as_of", "newest"),
    [
        ("2020-03-16T00:00:00", date(2020, 3, 1)),
        ("2020-03-15T23:59:59", date(2020, 2, 29)),
        ("2020-03-16T12:00:00", date(2020, 3, 1)),
        ("2020-03-30T00:00:00", date(2020, 3, 15)),  # an hour was skipped the night before
    ],
)
def test_the_newest_day_that_is_old_enough(tmp_path: Path, as_of: str, newest: date) -> None:
    params = company(tmp_path).params(as_of=as_of, week="2020-W11")
    run = params.at(params.settled(date(2020, 3, 16)))
    assert ages.newest_old_day(run, days=N) == epoch_day(newest)
    assert ages.ready_day(epoch_day(newest), days=N) <= ages.newest_old_day(run, days=0) + 1


def test_a_decision_has_fallen_due_when_its_days_are_over(tmp_path: Path) -> None:
    """Of the leads whose days end in the week, of 24 February to 1 March, old is the one: at Sunday's last second."""
    due = {
        as_of: effort_frames.judgements_due(all_facts(company(tmp_path / as_of[:10]), as_of=as_of))["leads"].sum()
        for as_of in ("2020-03-16T00:00:00", "2020-03-15T12:00:00")
    }
    assert list(due.values()) == [1, 0]
