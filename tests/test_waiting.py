"""Kaplan-Meier and its quantiles against published trials, lifelines and scipy."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.triangles import FollowUp, follow_up
from alignment_lib.stats.waiting import kaplan_meier, km_quantile, log_log_limits

pytestmark = pytest.mark.filterwarnings("error")

# Freireich et al. (1963), weeks in remission: 6-MP with the censored ones apart, and the control group.
SIX_MP = follow_up(
    ages=[6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 34, 35],
    converted=[3, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0],
    censored=[0, 1, 0, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 0, 1, 2, 1, 1],
)
CONTROL = follow_up(
    ages=[1, 2, 3, 4, 5, 8, 11, 12, 15, 17, 22, 23],
    converted=[2, 2, 1, 2, 2, 4, 2, 2, 1, 1, 1, 1],
    censored=[0] * 12,
)

lots = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 4), st.integers(0, 4)).filter(lambda row: row[1] + row[2] > 0),
    min_size=1,
    max_size=20,
)


def table(rows: list) -> FollowUp:
    return follow_up(
        ages=[row[0] for row in rows], converted=[row[1] for row in rows], censored=[row[2] for row in rows]
    )


def leads_of(rows: list) -> tuple[list[int], list[bool]]:
    pairs = [(age, happened) for age, events, still in rows for happened in [True] * events + [False] * still]
    return [age for age, _ in pairs], [happened for _, happened in pairs]


def test_six_mercaptopurine() -> None:
    # Freireich (1963) as printed in every textbook: S(6) = .857 (se .0764), S(23) = .448; limits from R survival
    curve = kaplan_meier(SIX_MP)
    assert curve.ages.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert curve.surviving[[0, -1]] == pytest.approx([0.8571428571429, 0.4481792717087], abs=1e-12)
    assert np.sqrt(curve.variance[[0, -1]]) == pytest.approx([0.07636035483212, 0.1345914567558], abs=1e-12)
    assert curve.low[[0, -1]] == pytest.approx([0.619717955266, 0.1880520059592], abs=1e-10)
    assert curve.at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert (curve.leads, curve.last_age, curve.reason) == (21, 35, "")


@pytest.mark.parametrize(
    ("leads", "share", "estimate", "low", "high"),
    [
        (SIX_MP, 0.25, 13, 6, 22),  # R survival; the median is in the 1963 paper
        (SIX_MP, 0.5, 23, 13, math.nan),
        (SIX_MP, 0.75, math.nan, 23, math.nan),
        (CONTROL, 0.25, 4, 1, 5),
        (CONTROL, 0.5, 8, 4, 11),
        (CONTROL, 0.75, 12, 8, 22),
        (follow_up(ages=[1, 2, 3, 4], converted=[1] * 4, censored=[0] * 4), 0.5, 2.5, 1, math.nan),  # R's midpoint
        (follow_up(ages=[5], converted=[4], censored=[0]), 0.5, 5, math.nan, math.nan),
        # R, quantile.survfit: a curve that ends at one half is halved between its last step and the last lead seen
        (follow_up(ages=[5, 100], converted=[1, 0], censored=[0, 1]), 0.5, 52.5, 5, math.nan),
    ],
)
def test_quantiles(leads: FollowUp, share: float, estimate: float, low: float, high: float) -> None:
    result = km_quantile(leads, share=share)
    assert (result.estimate, result.low, result.high) == pytest.approx((estimate, low, high), nan_ok=True)
    assert bool(result.reason) == math.isnan(estimate)


def test_untouched_leads_are_not_left_out() -> None:
    # by hand: five touched after 1 to 5 hours, five still waiting after 40: no median within sight, not 3 hours
    waiting = follow_up(ages=[1, 2, 3, 4, 40], converted=[1, 1, 1, 1, 0], censored=[0, 0, 0, 0, 6])
    median = km_quantile(waiting)
    assert math.isnan(median.estimate)
    assert median.reason == "fewer than 50% had it happen while followed"


@settings(max_examples=50, deadline=None)
@given(rows=lots)
def test_equals_lifelines(rows: list) -> None:
    lifelines = pytest.importorskip("lifelines")
    curve = kaplan_meier(table(rows))
    durations, happened = leads_of(rows)
    with np.errstate(all="ignore"):
        oracle = lifelines.KaplanMeierFitter().fit(durations, happened)
    assert curve.surviving == pytest.approx(oracle.survival_function_at_times(curve.ages).to_numpy(), abs=1e-9)
    limits = oracle.confidence_interval_.loc[curve.ages].to_numpy()
    inside = (curve.surviving > 0) & (curve.surviving < 1)
    assert np.column_stack([curve.low, curve.high])[inside] == pytest.approx(limits[inside], abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(rows=lots)
def test_equals_scipy(rows: list) -> None:
    stats = pytest.importorskip("scipy.stats")
    durations, happened = leads_of(rows)
    curve = kaplan_meier(table(rows))
    oracle = stats.ecdf(stats.CensoredData.right_censored(durations, ~np.array(happened))).sf
    assert curve.surviving == pytest.approx(oracle.evaluate(curve.ages), abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(rows=lots, data=st.data())
def test_order_and_split_rows_change_nothing(rows: list, data: st.DataObject) -> None:
    mixed = data.draw(st.permutations([*rows, (3, 0, 0), (rows[0][0], 0, 0)]))
    for share in (0.25, 0.5):
        one, other = (vars(km_quantile(table(each), share=share)) for each in (rows, mixed))
        assert {**one, "reason": ""} == pytest.approx({**other, "reason": ""}, nan_ok=True)


@settings(max_examples=50, deadline=None)
@given(ages=st.lists(st.integers(0, 100), min_size=1, max_size=30))
def test_without_censoring_the_median_is_the_median(ages: list[int]) -> None:
    result = km_quantile(follow_up(ages=ages, converted=[1] * len(ages), censored=[0] * len(ages)))
    assert result.estimate == pytest.approx(np.median(ages))


@pytest.mark.parametrize(
    ("leads", "reason"),
    [
        (follow_up(ages=[], converted=[], censored=[]), "no leads"),
        (follow_up(ages=range(1, 7), converted=[0] * 6, censored=[1] * 6), "nothing has happened yet"),
    ],
)
def test_undefined_has_a_reason(leads: FollowUp, reason: str) -> None:
    curve, median = kaplan_meier(leads), km_quantile(leads)
    assert curve.ages.size == 0
    assert curve.reason == median.reason == reason
    assert np.isnan([median.estimate, median.low, median.high]).all()


def test_a_million_events() -> None:
    # by hand: one age, so S falls from 1 to one half
    curve = kaplan_meier(follow_up(ages=[3], converted=[10**6], censored=[10**6]))
    assert curve.surviving.tolist() == [0.5]
    assert curve.high - curve.low == pytest.approx(2 * 1.96 * math.sqrt(0.25 / 2e6), rel=1e-3)


@pytest.mark.parametrize("share", [0, 1, -1, math.nan])
def test_share_must_lie_inside(share: float) -> None:
    with pytest.raises(StatisticsError, match="share"):
        km_quantile(SIX_MP, share=share)


def test_other_ends_are_refused() -> None:
    lost = follow_up(ages=[1, 2], converted=[0, 5], competing=[5, 0], censored=[0, 0])
    for function in (kaplan_meier, km_quantile):
        with pytest.raises(StatisticsError, match=r"5 that ended otherwise.*incidence"):
            function(lost)


def test_confidence_must_lie_inside() -> None:
    with pytest.raises(StatisticsError, match="conf"):
        kaplan_meier(SIX_MP, conf=1)


def test_a_millionth_of_a_lead_has_limits_of_nearly_everything() -> None:
    # no data come so; weights may. Without a guard the exponential overflows
    curve = kaplan_meier(follow_up(ages=[1], converted=[1e-7], censored=[1e-8]))
    assert 0 <= curve.low[0] < 1e-9
    assert 1 - 1e-9 < curve.high[0] <= 1


def test_log_log_is_undefined_at_the_ends() -> None:
    low, high = log_log_limits(estimate=[0, 1, math.nan, 0.5], variance=[0, 0, math.nan, 0.01])
    assert np.isnan(low).tolist() == np.isnan(high).tolist() == [True, True, True, False]
