"""Wilson, MOVER-D and MOVER-R: published tables, other implementations, identities, hostile counts."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.proportion import confint_proportions_2indep

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.estimates import (
    Estimate,
    Proportion,
    difference,
    effective_n,
    normal_quantile,
    proportion,
    ratio,
    wilson,
)

pytestmark = pytest.mark.filterwarnings("error")


@st.composite
def shares(draw: st.DrawFn, smallest: int = 0, largest: int = 10**6) -> Proportion:
    leads = draw(st.integers(smallest, largest))
    return proportion(converted=draw(st.integers(0, leads)), leads=leads)


def share(text: str) -> Proportion:
    converted, leads = text.split("/")
    return proportion(converted=int(converted), leads=int(leads))


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [("81/263", 0.2553, 0.3662), ("15/148", 0.0624, 0.1605), ("0/20", 0, 0.1611), ("1/29", 0.0061, 0.1718)],
)
def test_wilson_as_published(counts: str, low: float, high: float) -> None:
    """Newcombe RG (1998), Stat Med 17:857-872, Table I, method 3."""
    rate = share(counts)
    assert (rate.low, rate.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("rate", "baseline", "low", "high"),
    [
        ("56/70", "48/80", 0.0524, 0.3339),
        ("9/10", "3/10", 0.1705, 0.8090),
        ("5/56", "0/29", -0.0381, 0.1926),
        ("0/10", "0/20", -0.1611, 0.2775),
        ("10/10", "0/20", 0.6791, 1),
    ],
)
def test_difference_as_published(rate: str, baseline: str, low: float, high: float) -> None:
    """Newcombe RG (1998), Stat Med 17:873-890, Table II, method 10."""
    gap = difference(rate=share(rate), baseline=share(baseline))
    assert (gap.low, gap.high) == pytest.approx((low, high), abs=5e-5)


def test_ratio_as_published() -> None:
    """Fagerland MW, Lydersen S, Laake P (2017), Statistical Analysis of Contingency Tables, ch. 4: 7/34 v 1/34."""
    times = ratio(rate=share("7/34"), baseline=share("1/34"))
    assert (times.estimate, times.low, times.high) == pytest.approx((7, 1.1537, 41.9763), abs=5e-5)


def test_ratio_against_none_is_open_upwards() -> None:
    """R contingencytables 3.0.1, MOVER_R_Wilson_CI_ratio_2x2 for 5/56 v 0/29."""
    times = ratio(rate=share("5/56"), baseline=share("0/29"))
    assert times.estimate == times.high == math.inf
    assert times.low == pytest.approx(0.6292412275, abs=1e-9)


@settings(deadline=None)
@given(shares(smallest=1))
def test_wilson_equals_scipy(rate: Proportion) -> None:
    oracle = binomtest(int(rate.converted), int(rate.leads)).proportion_ci(method="wilson")
    assert (rate.low, rate.high) == pytest.approx((oracle.low, oracle.high), abs=1e-9)


@settings(deadline=None)
@given(shares(smallest=1, largest=1000), shares(smallest=1, largest=1000))
def test_difference_equals_statsmodels(rate: Proportion, baseline: Proportion) -> None:
    gap = difference(rate=rate, baseline=baseline)
    oracle = confint_proportions_2indep(
        int(rate.converted), int(rate.leads), int(baseline.converted), int(baseline.leads), method="newcomb"
    )
    assert (gap.low, gap.high) == pytest.approx(oracle, abs=1e-9)


@settings(deadline=None)
@given(shares(), st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99]))
def test_a_limit_is_exact_only_at_the_end(rate: Proportion, conf: float) -> None:
    again = proportion(converted=rate.converted, leads=rate.leads, conf=conf)
    assert 0 <= again.low <= again.high <= 1
    if rate.leads:
        assert (again.low == 0) == (rate.converted == 0)
        assert (again.high == 1) == (rate.converted == rate.leads)
        assert again.low <= again.estimate <= again.high


@settings(deadline=None)
@given(shares(), shares())
def test_swapping_negates_the_difference_and_inverts_the_ratio(rate: Proportion, baseline: Proportion) -> None:
    gap, back = difference(rate=rate, baseline=baseline), difference(rate=baseline, baseline=rate)
    assert (gap.low, gap.high) == pytest.approx((-back.high, -back.low), abs=1e-12)
    times, inverse = ratio(rate=rate, baseline=baseline), ratio(rate=baseline, baseline=rate)
    assert math.isnan(times.estimate) == math.isnan(inverse.estimate) == bool(times.reason)
    if not times.reason and rate.converted and baseline.converted:
        assert times.estimate * inverse.estimate == pytest.approx(1, rel=1e-9)
        assert times.low * inverse.high == pytest.approx(1, rel=1e-6)
        assert times.low <= times.estimate <= times.high


@settings(deadline=None)
@given(shares(smallest=1))
def test_equal_rates_never_differ(rate: Proportion) -> None:
    gap = difference(rate=rate, baseline=rate)
    assert gap.low <= 0 <= gap.high
    assert gap.estimate == 0


@settings(deadline=None)
@given(shares(smallest=1))
def test_a_simple_share_is_worth_its_leads(rate: Proportion) -> None:
    p, n = rate.estimate, rate.leads
    assert wilson(estimate=p, effective_n=n) == Estimate(estimate=p, low=rate.low, high=rate.high)
    if 0 < p < 1:
        assert effective_n(estimate=p, variance=p * (1 - p) / n) == pytest.approx(n, rel=1e-9)


def test_doubling_the_leads_narrows_by_the_root_of_two() -> None:
    """Hand calculation: the width goes with 1/√n."""
    once, twice = share("60/300"), share("120/600")
    assert (once.high - once.low) / (twice.high - twice.low) == pytest.approx(math.sqrt(2), rel=0.01)


def test_without_leads_nothing_is_known() -> None:
    nobody = share("0/0")
    assert (nobody.low, nobody.high, nobody.reason) == (0, 1, "no leads")
    gap, times = difference(rate=share("3/10"), baseline=nobody), ratio(rate=share("0/9"), baseline=share("0/10"))
    assert (gap.low, gap.high, gap.reason) == (-1, 1, "baseline: no leads")
    assert (times.low, times.high, times.reason) == (0, math.inf, "both rates are 0")
    assert all(math.isnan(result.estimate) for result in (nobody, gap, times))
    assert math.isnan(effective_n(estimate=0.0, variance=0.0))


def test_fractional_and_huge_counts_are_defined() -> None:
    assert 0 <= wilson(estimate=0.5, effective_n=1e-300).low < wilson(estimate=0.5, effective_n=1e300).low
    assert proportion(converted=1, leads=1_000_000).low > 0


@pytest.mark.parametrize(
    ("converted", "leads", "message"),
    [
        (-1, 10, "converted: must be at least 0, got -1"),
        (1, -10, "leads: must be at least 0, got -10"),
        (11, 10, "converted: must be at most leads, got 11 of 10"),
        (math.nan, 10, "converted: must be a finite number"),
        (1, math.inf, "leads: must be a finite number"),
    ],
)
def test_bad_counts_are_refused(converted: float, leads: float, message: str) -> None:
    with pytest.raises(StatisticsError, match=message):
        proportion(converted=converted, leads=leads)


def test_counts_may_come_from_a_database() -> None:
    """DuckDB sums come as Decimal, pandas' as numpy integers."""
    assert proportion(converted=Decimal(3), leads=10.0) == proportion(converted=np.int64(3), leads=10)  # type: ignore[arg-type]


def test_bad_confidence_is_refused() -> None:
    for conf in (0, 1, 95, -0.5, math.nan):
        with pytest.raises(StatisticsError, match="conf"):
            normal_quantile(conf)
    with pytest.raises(StatisticsError, match="baseline: its confidence must be that of rate"):
        difference(rate=proportion(converted=1, leads=2, conf=0.8), baseline=share("1/2"))


def test_two_rates_compared_by_hand() -> None:
    """Hand calculation of MOVER-D with round limits: .5 (.3, .8) minus .2 (.16, .23)."""
    gap = difference(
        rate=Estimate(estimate=0.5, low=0.3, high=0.8), baseline=Estimate(estimate=0.2, low=0.16, high=0.23)
    )
    assert gap.low == pytest.approx(0.3 - np.hypot(0.2, 0.03))
    assert gap.high == pytest.approx(0.3 + np.hypot(0.3, 0.04))
