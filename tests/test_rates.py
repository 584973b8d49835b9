"""Events per exposure: Garwood limits, rate ratios, cost per customer."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, chi2

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.rates import cac, rate, rate_ratio

pytestmark = pytest.mark.filterwarnings("error")


@pytest.mark.parametrize(
    ("events", "low", "high"), [(0, 0, 3.689), (1, 0.025, 5.572), (10, 4.795, 18.390), (20, 12.217, 30.888)]
)
def test_poisson_limits_as_tabulated(events: int, low: float, high: float) -> None:
    """Ulm K (1990), Am J Epidemiol 131:373-375 (Garwood's limits)."""
    result = rate(events=events, exposure=1)
    assert (result.low, result.high) == pytest.approx((low, high), abs=6e-4)


@settings(deadline=None)
@given(st.integers(0, 10**6), st.floats(1e-3, 1e6))
def test_rate_equals_chi2_quantiles(events: int, exposure: float) -> None:
    result = rate(events=events, exposure=exposure)
    low = chi2.ppf(0.025, 2 * events) / 2 if events else 0
    assert result.low * exposure == pytest.approx(low, rel=1e-8)
    assert result.high * exposure == pytest.approx(chi2.ppf(0.975, 2 * events + 2) / 2, rel=1e-8)
    assert result.low <= result.estimate <= result.high


def test_rate_ratio_of_r() -> None:
    """R ?poisson.test: 11 in 800 against 21 in 3011, 1.971488 (.8584264, 4.2772659)."""
    times = rate_ratio(events=11, exposure=800, other_events=21, other_exposure=3011)
    assert (times.estimate, times.low, times.high) == pytest.approx((1.971488, 0.8584264, 4.2772659), abs=1e-6)


@settings(deadline=None)
@given(st.integers(0, 500), st.integers(0, 500), st.floats(0.1, 1e4), st.floats(0.1, 1e4))
def test_rate_ratio_equals_clopper_pearson_and_inverts(k1: int, k2: int, e1: float, e2: float) -> None:
    times = rate_ratio(events=k1, exposure=e1, other_events=k2, other_exposure=e2)
    back = rate_ratio(events=k2, exposure=e2, other_events=k1, other_exposure=e1)
    if k1 == k2 == 0:
        assert math.isnan(times.estimate) and (times.low, times.high) == (0, math.inf) and times.reason
        return
    exact = binomtest(k1, k1 + k2).proportion_ci(method="exact")
    assert times.low == pytest.approx(exact.low / (1 - exact.low) * e2 / e1, rel=1e-6)
    if k2:
        assert times.high == pytest.approx(exact.high / (1 - exact.high) * e2 / e1, rel=1e-6)
    assert (times.high == math.inf) == (k2 == 0) == (back.low == 0)
    if k1 and k2:
        assert times.low * back.high == pytest.approx(1)


def test_cost_per_customer() -> None:
    """Garwood's limits for 12, 6.201 and 20.962, and for 0, 3.689; hand division."""
    cost = cac(spend=48_000, customers=12)
    assert (cost.estimate, cost.low, cost.high) == pytest.approx((4000, 48_000 / 20.962, 48_000 / 6.2006), rel=1e-4)
    nobody = cac(spend=5000, customers=0)
    assert nobody.estimate == nobody.high == math.inf
    assert nobody.low == pytest.approx(5000 / 3.688879)


def test_hostile_rates() -> None:
    idle = rate(events=3, exposure=0)
    assert math.isnan(idle.estimate) and (idle.low, idle.high, idle.reason) == (0, math.inf, "no exposure")
    assert rate_ratio(events=1, exposure=0, other_events=2, other_exposure=1).reason == "no exposure"
    assert cac(spend=0, customers=0).reason == "no spend and no customers"
    assert cac(spend=0, customers=3).estimate == 0
    million = rate_ratio(events=10**6, exposure=1, other_events=1, other_exposure=1)
    assert 0 < million.low < 10**6 < million.high < math.inf
    for bad in (-1, 1.5, math.nan):
        with pytest.raises(StatisticsError, match="events"):
            rate(events=bad, exposure=1)
        with pytest.raises(StatisticsError, match="customers"):
            cac(spend=1, customers=bad)
    with pytest.raises(StatisticsError, match="exposure"):
        rate(events=1, exposure=-1)
    with pytest.raises(StatisticsError, match="other_exposure"):
        rate_ratio(events=1, exposure=1, other_events=1, other_exposure=math.nan)
