"""From tables to counts: every adapter on the eight leads of tests/fixture_cohorts.py, worked out by hand there."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from alignment_lib.errors import ParamsError
from alignment_lib.facts import Facts, cohort_frames, deal_frames, quality_frames
from alignment_lib.stats import attribution, incidences, money, quality, thresholds, triangles
from alignment_lib.stats.days import epoch_day
from tests.fixture_cohorts import all_facts, cohorts_company

FEBRUARY, MARCH = epoch_day(date(2020, 2, 1)), epoch_day(date(2020, 3, 1))
DAYS = {"first_day": FEBRUARY, "last_day": epoch_day(date(2020, 3, 31))}
IN_MARCH = {"first_day": MARCH, "last_day": epoch_day(date(2020, 3, 31))}


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return all_facts(cohorts_company(tmp_path_factory.mktemp("cohorts")))


def rows(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    """The frame's rows, nothing being None."""
    return list(frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None))


# --- day tables


def test_acceptance_by_month_of_creation_on_the_companys_wall(facts: Facts) -> None:
    frame = cohort_frames.conversions(facts, "accepted", span="month", **DAYS)
    assert list(frame.columns) == ["cohort", "age", "converted", "competing", "censored"]
    assert rows(frame) == [
        (FEBRUARY, 1, 1, 0, 0),
        (FEBRUARY, 2, 0, 1, 0),
        (FEBRUARY, 7, 1, 0, 0),
        (FEBRUARY, 15, 0, 0, 1),
        (MARCH, 0, 1, 0, 1),
        (MARCH, 2, 1, 0, 0),
    ]


def test_winning_ends_with_the_last_loss_and_not_while_a_deal_is_open(facts: Facts) -> None:
    frame = cohort_frames.conversions(facts, "won", span="month", **DAYS)
    assert rows(frame) == [
        (FEBRUARY, 2, 0, 1, 0),
        (FEBRUARY, 15, 0, 0, 1),
        (FEBRUARY, 19, 1, 0, 0),
        (FEBRUARY, 36, 0, 1, 0),
        (MARCH, 0, 1, 0, 1),
        (MARCH, 14, 0, 0, 1),
    ]


def test_a_stage_that_was_skipped_is_not_inferred_and_a_loss_ends_the_way_to_it(facts: Facts) -> None:
    """Only L1 has an SQL's day. L3 was lost without one; L6, won without one, stays open (13), as L5 does (14)."""
    frame = cohort_frames.conversions(facts, "sql", span="month", **DAYS)
    assert rows(frame) == [
        (FEBRUARY, 2, 0, 1, 0),
        (FEBRUARY, 3, 1, 0, 0),
        (FEBRUARY, 15, 0, 0, 1),
        (FEBRUARY, 36, 0, 1, 0),
        (MARCH, 0, 0, 0, 1),
        (MARCH, 13, 0, 0, 1),
        (MARCH, 14, 0, 0, 1),
    ]


def test_a_rejection_that_a_deal_followed_is_no_end_of_winning_but_of_acceptance(tmp_path: Path) -> None:
    """L2, rejected on 5 February, has a deal from the 6th on: 41 days old at as-of."""
    made = cohorts_company(tmp_path)
    made.rows["deals"] = [*made.rows["deals"], ["d7", "L2", "06.02.2020 10:00", "100", "", "Talks", "r1"]]
    facts = made.write().facts()
    assert (FEBRUARY, 41, 0, 0, 1) in rows(cohort_frames.conversions(facts, "won", **DAYS))
    beside_l5 = (FEBRUARY, 2, 1, 1, 0)
    assert beside_l5 in rows(cohort_frames.conversions(facts, "accepted", **DAYS))


def test_a_rejection_that_an_acceptance_followed_is_no_end(tmp_path: Path) -> None:
    """L3, rejected on 4 and accepted on 10 February, without its deals: 41 days old at as-of."""
    made = cohorts_company(tmp_path)
    made.rows["deals"] = [row for row in made.rows["deals"] if row[1] != "L3"]
    facts = made.write().facts()
    for stage in ("won", "opportunity"):
        assert (FEBRUARY, 41, 0, 0, 1) in rows(cohort_frames.conversions(facts, stage, **DAYS))


def test_opportunities_by_week_and_source(facts: Facts) -> None:
    """L1 within 4 days, L3 9, L5 4, L6 (after an hour) 1; a month's first week begins before it."""
    frame = cohort_frames.conversions(facts, "opportunity", span="week", by=("source",), **DAYS)
    mondays = [epoch_day(date(2020, month, day)) for month, day in ((1, 27), (2, 3), (2, 24), (3, 2), (3, 9))]
    assert rows(frame) == [
        (mondays[0], "Webinar", 4, 1, 0, 0),
        (mondays[1], "Search", 9, 1, 0, 0),
        (mondays[1], "Webinar", 2, 0, 1, 0),
        (mondays[2], "Search", 15, 0, 0, 1),
        (mondays[2], "Webinar", 4, 1, 0, 0),
        (mondays[3], "(unknown)", 1, 1, 0, 0),
        (mondays[4], "Search", 0, 0, 0, 1),
    ]


def test_age_may_count_from_the_mql(facts: Facts) -> None:
    """L1 was accepted before it was an MQL (0), L3 six days after; nobody else is an MQL."""
    frame = cohort_frames.conversions(facts, "accepted", start="mql", **DAYS)
    assert rows(frame) == [(FEBRUARY, 0, 1, 0, 0), (FEBRUARY, 6, 1, 0, 0)]


def test_nothing_after_as_of_has_happened(tmp_path: Path) -> None:
    """As of 20 Feb 00:00, the instant at which d1 and d2 close: L1 is 18 days old, L3 16.

    Both are open: L1 was rejected eight days before, but its deal goes on.
    """
    facts = all_facts(cohorts_company(tmp_path), week="2020-W08", as_of="2020-02-20T00:00:00+01:00")
    assert rows(cohort_frames.conversions(facts, "won", **DAYS)) == [
        (FEBRUARY, 2, 0, 1, 0),
        (FEBRUARY, 16, 0, 0, 1),
        (FEBRUARY, 18, 0, 0, 1),
    ]
    assert deal_frames.journeys(facts, **DAYS).empty
    assert rows(deal_frames.rep_counts(facts, **DAYS)) == [("r1", 0, 0, 2)]


def test_a_slice_is_kept_to(tmp_path: Path) -> None:
    """Search: L3, L4, L7 and the deals d2 and d3, which were lost."""
    facts = all_facts(cohorts_company(tmp_path), slice="source=Search")
    assert rows(cohort_frames.conversions(facts, "won", **DAYS)) == [
        (FEBRUARY, 0, 0, 0, 1),
        (FEBRUARY, 15, 0, 0, 1),
        (FEBRUARY, 36, 0, 1, 0),
    ]
    assert rows(cohort_frames.matured(facts, "won", horizon=7, **DAYS)) == [(2, 0, 0, 1)]
    assert rows(quality_frames.levels(facts, "accepted", horizon=7, **DAYS))[0] == (75, 1, 1, 0, 0)
    assert rows(quality_frames.criteria(facts, "accepted", horizon=7, **DAYS)) == [("budget", 1, 1, 0, 0)]
    assert rows(quality_frames.ratings(facts, **DAYS)) == [("B", "A", 1)]
    assert rows(deal_frames.rep_counts(facts, **DAYS)) == [("r1", 0, 1, 0), ("r2", 0, 1, 0)]
    assert deal_frames.won_amounts(facts, **DAYS).empty
    assert deal_frames.journeys(facts, **DAYS).empty


def test_a_triangle_of_months(facts: Facts) -> None:
    """Of February's 4 leads 1 is accepted by day 1 and 1 rejected by day 2; March's youngest has not had its day 2."""
    frame = cohort_frames.conversions(facts, "accepted", span="month", **DAYS)
    parts = {c: part.drop(columns="cohort") for c, part in frame.groupby("cohort")}
    made = [
        triangles.Cohort(
            name=str(first),
            last_created=last,
            follow_up=incidences.follow_up(
                **{n: parts[first][f] for n, f in {"ages": "age"}.items()},
                **{n: parts[first][n] for n in ("converted", "competing", "censored")},
            ),
        )
        for first, last in ((FEBRUARY, date(2020, 2, 29)), (MARCH, date(2020, 3, 31)))
    ]
    (early, late), (_, young) = triangles.triangle(made, ages=(2, 10), as_of=date(2020, 3, 14), min_at_risk=0)
    assert (early.incidence.estimate, late.incidence.estimate) == (0.25, 0.5)
    assert (early.matured, late.matured, young.matured) == (True, True, False)


# --- leads old enough


def test_strata_of_the_leads_that_are_old_enough(facts: Facts) -> None:
    frame = cohort_frames.matured(facts, "accepted", horizon=7, by=("source", "segment"), **DAYS)
    assert list(frame.columns) == ["source", "segment", "leads", "converted", "competing", "young"]
    assert rows(frame) == [
        ("(unknown)", "enterprise", 1, 1, 0, 0),
        ("Search", "enterprise", 1, 1, 0, 1),
        ("Search", "mid", 1, 0, 0, 0),
        ("Webinar", "enterprise", 1, 1, 0, 0),
        ("Webinar", "mid", 2, 1, 1, 0),
    ]


@pytest.mark.parametrize(
    ("horizon", "expected"),
    [
        (6, (6, 3, 1, 1)),  # L3 is accepted on day 7
        (14, (5, 3, 1, 2)),  # L5 began 14 days and 23½ hours before as-of
        (15, (4, 2, 1, 3)),  # L4 15 days and half an hour
        (400, (0, 0, 0, 7)),
    ],
)
def test_old_enough_once_the_days_of_the_horizon_are_over(
    facts: Facts, horizon: int, expected: tuple[int, ...]
) -> None:
    assert rows(cohort_frames.matured(facts, "accepted", horizon=horizon, **DAYS)) == [expected]


def test_two_sources_side_by_side_lose_no_stratum(facts: Facts) -> None:
    frame = cohort_frames.matured(facts, "accepted", horizon=7, by=("source", "segment"), **DAYS)
    webinar, unknown = (frame[frame["source"] == name] for name in ("Webinar", "(unknown)"))
    joined = cohort_frames.side_by_side(webinar, unknown, on=("segment",))
    assert list(joined.columns) == ["segment", "converted", "leads", "baseline_converted", "baseline_leads"]
    assert rows(joined) == [("enterprise", 1, 1, 1, 1), ("mid", 1, 2, 0, 0)]
    turned = cohort_frames.side_by_side(unknown, webinar, on=("segment",))
    assert rows(turned) == [("enterprise", 1, 1, 1, 1), ("mid", 0, 0, 1, 2)]


def test_score_levels_from_the_lowest_to_the_highest(facts: Facts) -> None:
    frame = quality_frames.levels(facts, "accepted", horizon=7, width=10, **DAYS)
    assert list(frame.columns) == ["level", "leads", "converted", "competing", "young"]
    assert rows(frame) == [(40, 2, 1, 1, 0), (70, 1, 1, 0, 0), (80, 2, 2, 0, 0), (90, 0, 0, 0, 1), (None, 1, 0, 0, 0)]
    ranked = frame.dropna()
    # by hand: accepted 40, 75, 82, 82 against the rejected 40: three wins and a tie of four
    assert quality.auc(won=ranked["converted"], lost=ranked["competing"]).estimate == 3.5 / 4
    table = thresholds.threshold_table(accepted=ranked["converted"], rejected=ranked["competing"], benefit=1, cost=2)
    assert [cut.utility for cut in table.cuts] == [2, 3, 2, 0]


def test_grades_from_the_lowest_to_the_highest(facts: Facts) -> None:
    frame = quality_frames.levels(facts, "accepted", level="grade", horizon=7, **DAYS)
    assert rows(frame) == [("C", 2, 1, 1, 0), ("B", 1, 1, 0, 1), ("A", 2, 2, 0, 0), (None, 1, 0, 0, 0)]
    turned = quality_frames.levels(facts, "accepted", level="grade", horizon=7, order=("A", "D", "C", "B"), **DAYS)
    assert turned["level"].tolist() == ["A", "C", "B", None]
    with pytest.raises(ParamsError, match="order: lacks the level 'C'"):
        quality_frames.levels(facts, "accepted", level="grade", horizon=7, order=("B", "A"), **DAYS)


def test_criteria_met_and_unmet(facts: Facts) -> None:
    """Budget: L1 and L3 have it and were accepted, L5 was without it, L2 was not; L7 is too young, L8 not there."""
    frame = quality_frames.criteria(facts, "accepted", horizon=7, **DAYS)
    assert list(frame.columns) == ["criterion", "met_leads", "met_converted", "unmet_leads", "unmet_converted"]
    assert rows(frame) == [("budget", 2, 2, 2, 1), ("fit", 0, 0, 2, 1)]
    budget, fit = thresholds.criterion_lifts(**{name: frame[name] for name in frame.columns[1:]})
    assert budget.estimate == pytest.approx(4 / 3)
    assert fit.reason


def test_an_acceptance_after_the_horizon_does_not_meet_a_criterion_in_time(facts: Facts) -> None:
    assert rows(quality_frames.criteria(facts, "accepted", horizon=6, **DAYS))[0] == ("budget", 2, 1, 2, 1)


def test_leads_that_both_sides_rated(facts: Facts) -> None:
    assert rows(quality_frames.ratings(facts, **DAYS)) == [("A", "A", 2), ("B", "A", 1), ("C", "D", 1)]
    assert rows(quality_frames.ratings(facts, **IN_MARCH)) == [("A", "A", 1)]


# --- deals


def test_reps_with_what_they_closed_in_the_days_given(facts: Facts) -> None:
    assert list(deal_frames.rep_counts(facts, **DAYS).columns) == ["owner_id", "won", "lost", "open"]
    assert rows(deal_frames.rep_counts(facts, **IN_MARCH)) == [("r1", 0, 1, 0), ("r2", 1, 1, 0), ("r3", 0, 0, 1)]


def test_amounts_won_one_by_one(facts: Facts) -> None:
    frame = deal_frames.won_amounts(facts, **DAYS)
    assert rows(frame) == [("(unknown)", "enterprise", None), ("Webinar", "enterprise", 3500.0)]
    assert money.median_ci(frame["amount"].dropna()).estimate == 3500


def test_journeys_of_the_deals_won(facts: Facts) -> None:
    """Touches up to the instant of the closing; d6 has none, so its value can only stay unattributed."""
    frame = deal_frames.journeys(facts, **DAYS)
    touches = frame[["opportunity_id", "touch_source", "touch_campaign"]]
    assert rows(touches) == [
        ("d1", "Search", "(unknown)"),
        ("d1", "Webinar", "(unknown)"),
        ("d1", "(unknown)", "(unknown)"),
        ("d6", None, None),
    ]
    d1 = frame[frame["opportunity_id"] == "d1"]
    assert d1["close_s"].unique().tolist() == [pd.Timestamp("2020-02-19T23:00Z").timestamp()]
    assert d1["lead_s"].unique().tolist() == [pd.Timestamp("2020-02-01T09:00Z").timestamp()]
    assert d1["deal_s"].unique().tolist() == [pd.Timestamp("2020-02-05T09:00Z").timestamp()]
    credit = attribution.attribute(
        times=d1["touch_s"].astype(float) / 86_400,
        model="u",
        lead=d1["lead_s"].iloc[0] / 86_400,
        close=d1["close_s"].iloc[0] / 86_400,
        value=d1["amount"].iloc[0],
    )
    # by hand: .4 to the first touch, .4 to the one at which the lead was created, .2 to the rest, of 3,500
    assert credit.credit == pytest.approx((1400, 1400, 700))


def test_journeys_look_back_as_far_as_asked(facts: Facts) -> None:
    """20 days before 20 Feb 00:00 is 31 Jan 00:00: the touch of 20 January is too long ago."""
    frame = deal_frames.journeys(facts, lookback_days=20, **DAYS)
    assert frame["touch_source"].tolist() == ["Webinar", "(unknown)", None]
    assert deal_frames.journeys(facts, lookback_days=5, **IN_MARCH)["opportunity_id"].tolist() == ["d6"]


# --- what is not connected, or misspelt


def test_what_a_stage_needs(facts: Facts, tmp_path: Path) -> None:
    assert cohort_frames.needs(facts, "won", start="mql") == (
        "leads.mql_at", "opportunities.closed_at", "opportunities.lead_id",
    )  # fmt: skip
    made = cohorts_company(tmp_path)
    del made.mapping["tables"]["opportunities"]["columns"]["lead_id"]
    made.write_mapping()
    apart = made.facts()
    assert apart.tables.lacking(*cohort_frames.needs(apart, "won")) == ("opportunities.lead_id",)
    with pytest.raises(ParamsError, match=r"opportunities\.lead_id: not connected; map it in .*tiny\.yaml"):
        cohort_frames.conversions(apart, "won", **DAYS)
    made.mapping["tables"]["leads"]["columns"]["opportunity_id"] = "Deal"
    made.rows["leads"] = [
        [*row, "Deal" if i == 0 else "d1" if i == 1 else ""] for i, row in enumerate(made.rows["leads"])
    ]
    linked = made.write().facts()
    won = {h: cohort_frames.matured(linked, "won", horizon=h, **DAYS)["converted"].tolist() for h in (18, 19)}
    assert won == {18: [0], 19: [1]}  # L1's deal was won 18 days and 14 hours after the lead had come


def test_what_was_never_recorded_is_not_zero(tmp_path: Path) -> None:
    made = cohorts_company(tmp_path)
    for column in ("score", "grade", "sales_rating"):
        del made.mapping["tables"]["leads"]["columns"][column]
    for table in ("touches", "criteria"):
        del made.mapping["tables"][table]
    made.write_mapping()
    facts = made.facts()
    for column in ("score", "grade"):
        with pytest.raises(ParamsError, match=rf"leads\.{column}: not connected"):
            quality_frames.levels(facts, "accepted", level=column, horizon=7, **DAYS)
    with pytest.raises(ParamsError, match=r"leads\.grade, leads\.sales_rating: not connected"):
        quality_frames.ratings(facts, **DAYS)
    with pytest.raises(ParamsError, match="touches"):
        deal_frames.journeys(facts, **DAYS)
    with pytest.raises(ParamsError, match="criteria"):
        quality_frames.criteria(facts, "accepted", horizon=7, **DAYS)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"stage": "acepted"}, "unknown stage 'acepted' .*accepted"),
        ({"start": "create"}, "unknown start 'create' .*created"),
        ({"span": "monht"}, "unknown span 'monht' .*month"),
    ],
)
def test_a_misspelt_word_is_helped(facts: Facts, wrong: dict[str, str], message: str) -> None:
    with pytest.raises(ParamsError, match=message):
        cohort_frames.conversions(facts, **{"stage": "accepted", **DAYS, **wrong})  # type: ignore[arg-type]


def test_days_without_leads_are_an_empty_table(facts: Facts) -> None:
    early = {"first_day": FEBRUARY - 60, "last_day": FEBRUARY - 30}
    for span in cohort_frames.SPANS:
        assert cohort_frames.conversions(facts, "won", span=span, **early).empty
    assert rows(cohort_frames.matured(facts, "won", horizon=7, **early)) == [(0, 0, 0, 0)]
    assert cohort_frames.matured(facts, "won", horizon=7, by=("source",), **early).empty
    assert deal_frames.won_amounts(facts, **early).empty
