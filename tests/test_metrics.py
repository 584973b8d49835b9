"""Metrics against a calculation by hand on the six leads of tests/company.py.

The week is 2020-W11, Monday 9 to Sunday 15 March; as-of is Monday 00:00 in Berlin (15 March 23:00Z).

* Created in it (Berlin): 007, 008, 009 and 010 (Sunday 23:59): 4 leads. MQL in it: 007, 008.
* 007 belongs to r1 (Berlin): assigned Monday 11:00, first call 11:00Z = 12:00 there: 1 open hour.
* 008 belongs to r2 (New York, where summer time began on 8 March): assigned Tuesday 11:00 Berlin = 06:00 there, never
  called; Tuesday to Friday are four days of 8 open hours: it has waited 32.
* Routing: 007 from 10:00 to 11:00 in Berlin's hours: 1 h; 008 from 05:00 to 06:00 in New York: 0 h.
* Closed: d1 won on the 12th (3,500, lead created 2 March 10:00: 9.58 days, deal created 4 March 10:00: 7.58 days),
  d2 lost on the 13th (900.50). Created: d3 on the 11th (1,000).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from alignment_lib.errors import ParamsError
from alignment_lib.facts import (
    Facts,
    closed_deals,
    daily,
    decisions,
    follow_up,
    handed_over,
    happened,
    promised,
    response_times,
    routing_times,
)
from alignment_lib.measures import REGISTRY, definition
from alignment_lib.stats.days import epoch_day
from tests.company import Company, company

HOUR = 3600


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return company(tmp_path_factory.mktemp("tiny")).facts()


def days(facts: Facts) -> dict[str, int]:
    """The week's first and last day."""
    return {"first_day": epoch_day(facts.run.week.monday), "last_day": facts.run.last_day}


@pytest.mark.parametrize(
    ("event", "expected"),
    [("leads", 4), ("mqls", 2), ("accepted", 1), ("rejected", 0), ("opportunities", 1), ("won", 1), ("lost", 1)],
)
def test_counts_of_the_week(facts: Facts, event: str, expected: int) -> None:
    assert daily(facts, event, **days(facts))["n"].sum() == expected


def test_days_are_those_of_the_companys_wall(facts: Facts) -> None:
    frame = daily(facts, "leads", **days(facts))
    monday = epoch_day(facts.run.week.monday)
    assert dict(zip(frame["day"] - monday, frame["n"], strict=True)) == {0: 1, 1: 1, 2: 1, 6: 1}


def test_amounts_are_summed_by_outcome(facts: Facts) -> None:
    sums = {e: daily(facts, e, **days(facts))["amount"].sum() for e in ("won", "lost", "opportunities")}
    assert sums == {"won": 3500.0, "lost": 900.5, "opportunities": 1000.0}


def test_parts_add_to_the_whole_and_nothing_is_dropped(facts: Facts) -> None:
    frame = daily(facts, "leads", by=("source",), **days(facts))
    assert dict(frame.groupby("source")["n"].sum()) == {"Search": 2, "Café": 1, "(unknown)": 1}


def test_follow_up_on_each_reps_own_clock(facts: Facts) -> None:
    frame = follow_up(facts, sla_s=8 * HOUR, **days(facts)).set_index("owner_id")
    assert frame.loc["r1", ["met", "missed", "not_due", "untouched"]].tolist() == [1, 0, 0, 0]
    assert frame.loc["r2", ["met", "missed", "not_due", "untouched"]].tolist() == [0, 1, 0, 1]
    assert len(frame) == 2  # 009 and 010 were never handed to sales


@pytest.mark.parametrize(("hours", "expected"), [(32, [0, 0, 1]), (31.99, [0, 1, 0])])
def test_a_lead_is_due_only_when_the_agreed_hours_have_passed(facts: Facts, hours: float, expected: list[int]) -> None:
    frame = follow_up(facts, sla_s=int(hours * HOUR), **days(facts)).set_index("owner_id")
    assert frame.loc["r2", ["met", "missed", "not_due"]].tolist() == expected


def test_untouched_leads_keep_waiting_in_the_response_times(facts: Facts) -> None:
    frame = response_times(facts, **days(facts))
    assert frame.to_dict("list") == {"seconds": [HOUR, 32 * HOUR], "touched": [1, 0], "waiting": [0, 1]}


def test_routing_is_apart_from_the_reps_time(facts: Facts) -> None:
    assert routing_times(facts, **days(facts)).to_dict("list") == {"seconds": [0, HOUR], "n": [1, 1]}


def test_leads_handed_over_name_lead_rep_and_wait(facts: Facts) -> None:
    late, met = handed_over(facts, **days(facts)).to_dict("records")
    assert (late["lead_id"], late["owner_id"], late["seconds"], late["touched"]) == ("008", "r2", 32 * HOUR, False)
    assert (met["lead_id"], met["owner_id"], met["seconds"], met["touched"]) == ("007", "r1", HOUR, True)


def test_what_happened_is_what_was_counted(facts: Facts) -> None:
    """Four leads of the week by day: 9, 10, 11 and 15 March; one deal won, of 3,500."""
    frame = happened(facts, "leads", **days(facts))
    assert frame["lead_id"].tolist() == ["007", "008", "009", "010"]
    assert frame["source"].tolist() == ["Search", "Search", "Café", "(unknown)"]
    [won] = happened(facts, "won", **days(facts)).to_dict("records")
    assert (won["opportunity_id"], won["owner_id"], won["amount"]) == ("d1", "r1", 3500.0)


def test_closed_deals_with_source_value_and_days(facts: Facts) -> None:
    won, lost = closed_deals(facts, **days(facts)).to_dict("records")
    assert (won["opportunity_id"], won["source"], won["amount"]) == ("d1", "Webinar", 3500.0)
    assert won["lead_days"] == pytest.approx(9 + 14 / 24)
    assert won["deal_days"] == pytest.approx(7 + 14 / 24)
    assert (lost["opportunity_id"], lost["outcome"], lost["amount"]) == ("d2", "lost", 900.5)


def test_decisions_by_age_with_undecided_leads(facts: Facts) -> None:
    """MQLs of two weeks: accepted after 1.9 days (by day 2) and 0.96 (1), rejected 2.9 (3); undecided for 5.5 (5)."""
    first = epoch_day(facts.run.week.monday) - 7
    frame = decisions(facts, first_day=first, last_day=facts.run.last_day)
    found = {(r.source, r.age): (r.accepted, r.rejected, r.undecided) for r in frame.itertuples()}
    assert found == {
        ("Webinar", 2): (1, 0, 0),
        ("Webinar", 3): (0, 1, 0),
        ("Search", 1): (1, 0, 0),
        ("Search", 5): (0, 0, 1),
    }


def test_nothing_after_as_of_is_visible(tmp_path: Path) -> None:
    """As of Thursday the 12th, 00:00 Berlin: d1 closes at that very midnight, so it is still open; 010 is not there."""
    facts = company(tmp_path).facts(as_of="2020-03-12T00:00:00+01:00")
    assert daily(facts, "leads", **days(facts))["n"].sum() == 3
    assert closed_deals(facts, **days(facts)).empty
    assert set(facts.deals.outcome.execute()) == {"open"}
    later = company(tmp_path / "later").facts(as_of="2020-03-12T00:00:01+01:00")
    assert daily(later, "won", **days(later))["n"].sum() == 1


def test_an_owner_is_not_known_before_the_lead_is_assigned(tmp_path: Path) -> None:
    """At 10:30 on Monday lead 007 is an MQL (10:00) that nobody has been given (11:00); it waits on Berlin's clock."""
    facts = company(tmp_path).facts(as_of="2020-03-09T10:30:00+01:00")
    [row] = facts.leads.filter(facts.leads.lead_id == "007").execute().to_dict("records")
    assert (row["owner_id"], row["waited_s"]) == (None, 1800)
    [owned] = facts.leads.filter(facts.leads.lead_id == "3458764513820540929").execute().to_dict("records")
    assert owned["owner_id"] == "r2"
    frame = follow_up(facts, sla_s=8 * HOUR, **days(facts))
    assert frame.drop(columns="week").fillna("").values.tolist() == [["", 0, 0, 1, 0]]  # nobody's, not yet due


def test_a_slice_takes_leads_and_deals_of_that_value_only(tmp_path: Path) -> None:
    facts = company(tmp_path).facts(slice="segment=enterprise")
    assert daily(facts, "leads", **days(facts))["n"].sum() == 2
    assert closed_deals(facts, **days(facts))["opportunity_id"].tolist() == ["d1"]


def test_activities_join_through_the_contact(tmp_path: Path) -> None:
    """The CRM logs calls on contacts: a call of contact k7 answers lead 007, which has that contact."""
    made = Company(tmp_path)
    made.mapping["tables"]["leads"]["columns"]["contact_id"] = "Contact"
    made.mapping["tables"]["activities"]["columns"]["contact_id"] = "Contact"
    made.rows["leads"] = [[*row, "Contact" if i == 0 else f"k{i}"] for i, row in enumerate(made.rows["leads"])]
    calls = [["c2", "", "2020-03-09T11:00:00Z", "out", "r1", "k3"]]
    made.rows["calls"] = [[*made.rows["calls"][0], "Contact"], *calls]
    frame = response_times(made.write().facts(), **days(made.facts()))
    assert frame.to_dict("list") == {"seconds": [HOUR, 32 * HOUR], "touched": [1, 0], "waiting": [0, 1]}


def test_targets_of_the_month_by_segment(tmp_path: Path) -> None:
    made = Company(tmp_path)
    made.rows["goals"] = [
        ["Metric", "From", "To", "Segment", "Goal", "Set"],
        ["mqls", "2020-03-01", "2020-03-31", "enterprise", "10", "2020-03-02"],
        ["mqls", "2020-03-01", "2020-03-31", "enterprise", "30", "2020-01-02"],
        ["mqls", "2020-03-01", "2020-03-31", "enterprise", "40", "2020-03-16"],
        ["mqls", "2020-03-01", "2020-03-31", "mid", "5", ""],
        ["mqls", "2020-02-01", "2020-02-28", "mid", "99", ""],
        ["sqls", "2020-03-01", "2020-03-31", "mid", "77", ""],
    ]
    columns = {"metric": "Metric", "period_start": "From", "period_end": "To", "segment": "Segment", "target": "Goal"}
    columns["set_on"] = "Set"  # the later word counts, but not the one of the day after the week
    made.mapping["tables"]["targets"] = {"from": "goals", "columns": columns}
    facts = made.write().facts()
    march = {"first": date(2020, 3, 1), "last": date(2020, 3, 31)}
    assert promised(facts, "mqls", **march) == {"enterprise": 10.0, "mid": 5.0}


def test_every_metric_is_defined_once_and_a_wrong_name_is_helped() -> None:
    assert len({d.label for d in REGISTRY.values()}) == len(REGISTRY)
    with pytest.raises(ParamsError, match="did you mean 'response_hours'"):
        definition("response_hour")
