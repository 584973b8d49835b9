"""Deal values: medians, geometric means, concentration, velocity."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, quantile_test, ttest_ind

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.money import concentration, geo_ratio, median_ci, velocity

pytestmark = pytest.mark.filterwarnings("error")

# Proschan F (1963), Technometrics 5:375-383: hours between failures of air-conditioning equipment.
AIRCONDIT = [3, 5, 7, 18, 43, 85, 91, 98, 100, 130, 230, 487]
# Efron B, Tibshirani RJ (1993), An Introduction to the Bootstrap, table 2.1: survival of mice.
TREATED, CONTROL = [94, 197, 16, 38, 99, 141, 23], [52, 104, 146, 10, 51, 30, 40, 27, 46]

amounts = st.lists(st.floats(0.01, 1e7), min_size=2, max_size=30)


def test_median_by_hand() -> None:
    """n = 12: P(Bin(12, ½) <= 2) = .0193 <= .025 < P(<= 3) = .073, so the third smallest and largest."""
    deals = median_ci(AIRCONDIT)
    assert (deals.estimate, deals.low, deals.high, deals.n_deals) == (88, 7, 130, 12)
    assert deals.total == 1297


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60), st.sampled_from([0.8, 0.95, 0.99]))
def test_median_equals_scipy_and_ignores_order(values: list[float], conf: float) -> None:
    deals = median_ci(values, conf=conf)
    assert median_ci(sorted(values), conf=conf) == pytest.approx(deals) or deals == median_ci(values[::-1], conf=conf)
    assert deals.estimate == pytest.approx(float(np.median(values)))
    oracle = quantile_test(values, p=0.5).confidence_interval(confidence_level=conf)
    assert (deals.low, deals.high) == pytest.approx((oracle.low, oracle.high), nan_ok=True)


def test_median_covers_for_every_size() -> None:
    """Exact: P(x(k) <= median <= x(n+1-k)) = 1 - 2 P(Bin(n, ½) <= k - 1)."""
    for n in range(1, 200):
        deals = median_ci(range(1, n + 1))
        assert math.isnan(deals.low) == (n <= 5) == bool(deals.reason)
        if n > 5:
            assert 1 - 2 * binom.cdf(deals.low - 1, n, 0.5) >= 0.95
            assert 1 - 2 * binom.cdf(deals.low, n, 0.5) < 0.95  # the next pair would cover less


def test_hostile_medians() -> None:
    assert median_ci([]).reason == "no deals" and math.isnan(median_ci([]).estimate)
    assert median_ci([7]).estimate == 7
    assert (median_ci([5] * 9).low, median_ci([5] * 9).high) == (5, 5)
    assert median_ci(np.arange(1_000_000)).estimate == 499_999.5
    with pytest.raises(StatisticsError, match=r"values\[1\]"):
        median_ci([1, math.nan])


def test_geometric_means_of_the_mice() -> None:
    """R t.test(log(treated), log(control))."""
    mice = geo_ratio(values=TREATED, other_values=CONTROL)
    assert (mice.estimate, mice.low, mice.high, mice.p) == pytest.approx((1.4190, 0.5369, 3.7501, 0.4464), abs=5e-5)


@settings(deadline=None)
@given(amounts, amounts)
def test_geo_ratio_equals_scipy_and_inverts(values: list[float], others: list[float]) -> None:
    times, back = geo_ratio(values=values, other_values=others), geo_ratio(values=others, other_values=values)
    assert times.estimate * back.estimate == pytest.approx(1)
    if not times.reason and max(np.ptp(np.log(values)), np.ptp(np.log(others))) > 1e-3:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the oracle's own, where one side does not vary
            oracle = ttest_ind(np.log(values), np.log(others), equal_var=False)
        assert times.p == pytest.approx(oracle.pvalue, abs=1e-9)
        interval = oracle.confidence_interval()
        assert math.log(times.low) == pytest.approx(interval.low, abs=1e-6)
        assert times.low * back.high == pytest.approx(1)


def test_hostile_geo_ratios() -> None:
    free = geo_ratio(values=[0, -5, 10, 20], other_values=[0, 10, 30])
    assert (free.n_deals, free.excluded, free.other_deals, free.other_excluded) == (2, 2, 2, 1)
    for values in ([], [5], [0, 0, 0]):
        nothing = geo_ratio(values=values, other_values=[1, 2, 3])
        assert math.isnan(nothing.estimate) and (nothing.low, nothing.high) == (0, math.inf) and nothing.reason
    still = geo_ratio(values=[7.7, 7.7, 7.7], other_values=[3.3, 3.3])
    assert still.estimate == pytest.approx(7.7 / 3.3)
    assert math.isnan(still.p) and math.isnan(still.low) and still.reason == "no interval: the values do not vary"
    wild = geo_ratio(values=[1e-300, 1e300], other_values=[1, 2])
    assert wild.low == 0 and wild.high == math.inf
    with pytest.raises(StatisticsError, match="other_values"):
        geo_ratio(values=[1, 2], other_values=[1, math.inf])


def test_concentration_of_the_merger_guideline() -> None:
    """US DOJ/FTC guidelines: shares of 30, 30, 20, 20 % have an HHI of 2600 points."""
    deals = concentration([20, 30, 20, 30])
    assert (deals.hhi, deals.top1, deals.top3) == pytest.approx((0.26, 0.3, 0.8))
    assert deals.effective_number == pytest.approx(1 / 0.26)


@settings(deadline=None)
@given(st.lists(st.one_of(st.just(0.0), st.floats(0.01, 1e9)), min_size=1, max_size=40), st.floats(0.01, 100))
def test_concentration_does_not_depend_on_the_currency(values: list[float], rate: float) -> None:
    deals = concentration(values)
    if deals.reason:
        assert math.isnan(deals.hhi) and deals.total == 0
        return
    assert concentration(np.array(values[::-1]) * rate).hhi == pytest.approx(deals.hhi)
    assert 1 / len(values) - 1e-12 <= deals.hhi <= deals.top1 + 1e-12 <= 1 + 2e-12


def test_hostile_concentration() -> None:
    assert concentration([]).reason == "no deals"
    assert concentration([0, 0]).reason == "no value"
    assert concentration([5]).top3 == 1
    with pytest.raises(StatisticsError, match="values"):
        concentration([5, -1])


def test_velocity_by_hand() -> None:
    assert velocity(
        opportunities=50, win_rate=0.2, mean_won_value=10_000, cycle_days=60
    ).value_per_day == pytest.approx(100_000 / 60)
    assert velocity(opportunities=50, win_rate=0).value_per_day == 0
    assert velocity(opportunities=0, win_rate=math.nan).value_per_day == 0


def test_hostile_velocity() -> None:
    unknown = velocity(opportunities=5, win_rate=0.5, mean_won_value=10)
    assert math.isnan(unknown.value_per_day) and unknown.reason == "unknown: cycle_days"
    same_day = velocity(opportunities=5, win_rate=0.5, mean_won_value=10, cycle_days=0)
    assert math.isnan(same_day.value_per_day) and same_day.reason
    wrong: list[dict[str, float]] = [
        {"cycle_days": -3},
        {"opportunities": -1},
        {"opportunities": math.nan},
        {"win_rate": 1.5},
    ]
    for change in wrong:
        with pytest.raises(StatisticsError, match=next(iter(change))):
            velocity(**{"opportunities": 5, "win_rate": 0.5, "mean_won_value": 10, "cycle_days": 9, **change})
