"""Defects of admired libraries of the field that must not come back here (their list is in the project's style notes).

Tested elsewhere:

* Ties at the horizon: `test_cohorts.test_ties_on_one_day`,
  `test_cohorts.test_a_lead_last_seen_on_the_day_of_the_horizon_was_followed_to_it`; here once more from the tables.
* The clock is never asked: `test_rooms.test_nothing_but_the_command_line_reads_the_clock`,
  `test_cohorts.test_nothing_asks_for_the_time_or_for_chance`; here an old week run again years later.
* Without leads no rate: `test_reps.test_hostile_reps`, `test_estimates.test_without_leads_nothing_is_known`,
  `test_blocks.test_an_undefined_number_is_null_with_its_reason_never_zero`; here a rep who closed nothing.
* Limits for small n as published: `test_estimates.test_wilson_as_published` (0/20, 1/29); here for every small table.
* Without variance no test: `test_money.test_hostile_geo_ratios`, `test_strata.test_no_interval_of_no_width`,
  `test_limits.test_too_few_weeks_or_no_variation_give_no_range`; here that the effect stays what it is.
"""

from __future__ import annotations

import itertools
import math
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from alignment_lib.checks import build as build_tables
from alignment_lib.facts import build, cohort_frames, daily, deal_frames
from alignment_lib.measures import REGISTRY
from alignment_lib.params import Request, load
from alignment_lib.source import open_source
from alignment_lib.stats import estimates, incidences, money, reps, strata, waiting
from alignment_lib.stats.days import epoch_day
from tests.company import Company, Rows
from tests.fixture_cohorts import cohorts_company
from tests.test_blocks import results, value

EVER = {"first_day": 0, "last_day": 40_000}


def leads_only(root: Path, rows: Rows) -> Company:
    """A company of nothing but leads: creation, MQL and acceptance of each (Berlin)."""
    made = Company(root)
    made.mapping["tables"] = {"leads": made.mapping["tables"]["leads"]}
    made.rows = {"leads": [made.rows["leads"][0]]}
    made.rows["leads"] += [
        [f"L{i}", row[0], "Search", "mid", "r1", row[1], "", row[2], "", ""] for i, row in enumerate(rows)
    ]
    return made.write()


def test_ten_leads_aged_thirty_days_five_converting_on_day_thirty_read_one_half(tmp_path: Path) -> None:
    """convoys puts the open leads before the conversions of their day, and reads 100 %. In both orders of the rows."""
    won = [["14.02.2020 00:00", "", "14.03.2020 23:00"]] * 5  # after 29 days and 23 hours: by day 30
    still_open = [["14.02.2020 00:00", "", ""]] * 5  # followed to day 30 and no further, as-of is 20 hours later
    fresh = [["14.03.2020 10:00", "", ""]]  # of another cohort; without it the data would be called stale
    for name, rows in (("won first", won + still_open + fresh), ("open first", fresh + still_open + won)):
        facts = leads_only(tmp_path / name, rows).facts(as_of="2020-03-15T20:00:00+01:00")
        valentine = epoch_day(date(2020, 2, 14))
        frame = cohort_frames.conversions(facts, "accepted", first_day=valentine, last_day=valentine)
        assert frame[["age", "converted", "censored"]].values.tolist() == [[30, 5, 5]]
        table = incidences.follow_up(ages=frame["age"], converted=frame["converted"], censored=frame["censored"])
        assert incidences.incidence(table, horizon=30).estimate == 0.5
        assert waiting.kaplan_meier(table).surviving.tolist() == [0.5]


def test_an_old_week_run_again_years_later_is_the_same(tmp_path: Path) -> None:
    """A statistic that asks what time it is would call every open lead years old."""
    made = cohorts_company(tmp_path)
    asked = Request(source="tiny", data=str(made.data), params=str(made.params_folder / "weekly.yaml"), week="2020-W11")
    found = []
    for now in (datetime(2020, 3, 20, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)):
        params = load(asked, now=now)
        facts = build(build_tables(open_source(params), params))
        days = cohort_frames.conversions(facts, "won", span="month", **EVER)
        numbers = [{k: v for k, v in m.items() if k != "definition"} for m in results(facts)["metrics"]]
        found.append((days.values.tolist(), numbers))
    assert found[0] == found[1]


def test_a_rep_who_closed_nothing_has_no_win_rate(tmp_path: Path) -> None:
    """dbt_salesforce shows 0 %. r3 of tests/fixture_cohorts.py has a deal open and none closed."""
    frame = deal_frames.rep_counts(cohorts_company(tmp_path).facts(), **EVER).set_index("owner_id")
    won, lost = (int(frame.loc["r3", name]) for name in ("won", "lost"))
    point = reps.funnel_point(converted=won, leads=won + lost, target=0.3)
    assert math.isnan(point.estimate) and (point.low, point.high) == (0, 1)
    assert (point.reason, point.flag) == ("no leads", "")


def test_leads_converted_this_week_are_never_divided_by_leads_created_this_week(tmp_path: Path) -> None:
    """dbt_salesforce forms that ratio. One lead came in the week and sales accepted three of February: 300 %.

    Acceptance is of the four MQLs of the history instead, three of which were accepted on day 27 or later: by day 14
    of their own it is 0 of 4.
    """
    early = [["10.02.2020 10:00", "10.02.2020 11:00", f"{day}.03.2020 12:00"] for day in (9, 10, 11)]
    facts = leads_only(tmp_path, [*early, ["12.03.2020 10:00", "12.03.2020 11:00", ""]]).facts()
    week = {"first_day": epoch_day(facts.run.week.monday), "last_day": facts.run.last_day}
    assert [daily(facts, event, **week)["n"].sum() for event in ("leads", "accepted")] == [1, 3]
    found = results(facts)
    shares = [m for m in found["metrics"] if m["unit"] == "share"]
    assert {m["name"] for m in shares} >= {"acceptance"}
    assert all(m["value"] is None or 0 <= m["value"] <= 1 for m in shares)
    assert value(found, "acceptance") == 0
    assert all(d.denominator for d in REGISTRY.values() if d.unit == "share" and d.name != "mql_goal_probability")


SMALL = [(x, n) for n in range(1, 5) for x in range(n + 1)]


def test_every_small_table_has_its_interval() -> None:
    """tea-tasting's `auto` changes the test for small n and drops the interval."""
    rates = [estimates.proportion(converted=x, leads=n) for x, n in SMALL]
    for rate in rates:
        assert 0 <= rate.low < rate.high <= 1 and rate.low <= rate.estimate <= rate.high
    for one, other in itertools.product(rates, rates):
        gap = estimates.difference(rate=one, baseline=other)
        assert -1 <= gap.low < gap.high <= 1 and gap.low <= gap.estimate <= gap.high
        times = estimates.ratio(rate=one, baseline=other)
        assert times.low < times.high and (times.reason or times.low <= times.estimate <= times.high)
    for (x, n), rate in zip(SMALL, rates, strict=True):
        table = incidences.follow_up(ages=[3, 9], converted=[x, 0], censored=[0, n - x])
        share = incidences.incidence(table, horizon=5, min_at_risk=0)
        assert (share.low, share.high) == pytest.approx((rate.low, rate.high), abs=1e-12)


def test_without_variance_the_effect_stays_and_nothing_is_claimed_of_chance() -> None:
    """gbstats reports effect 0 with p = 1. By hand: 200 against 100 is twice as much, 5/5 against 0/5 is 100 points."""
    twice = money.geo_ratio(values=[200, 200, 200], other_values=[100, 100])
    assert twice.estimate == pytest.approx(2) and math.isnan(twice.p) and math.isnan(twice.low) and twice.reason
    apart = strata.stratified(converted=[5], leads=[5], baseline_converted=[0], baseline_leads=[5])
    assert apart.estimate == 1 and math.isnan(apart.low) and apart.reason and apart.p < 0.01
    gap = estimates.difference(
        rate=estimates.proportion(converted=5, leads=5), baseline=estimates.proportion(converted=0, leads=5)
    )
    assert gap.estimate == 1 and gap.low > 0


def test_the_tests_named_above_are_there() -> None:
    named = re.findall(r"`(test_\w+)\.(test_\w+)`", __doc__ or "")
    assert len(named) > 9
    for file, function in named:
        text = (Path(__file__).parent / f"{file}.py").read_text(encoding="utf-8")
        assert f"def {function}(" in text, (file, function)
