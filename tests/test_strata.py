"""Differences within strata: Simpson's paradox, standardised rates."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import StratifiedTable

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.estimates import proportion
from alignment_lib.stats.strata import Stratified, standardised_rate, stratified

pytestmark = pytest.mark.filterwarnings("error")

# Bickel PJ, Hammel EA, O'Connell JW (1975), Science 187:398-404: admitted men, men, admitted women, women.
BERKELEY = [
    (512, 825, 89, 108), (353, 560, 17, 25), (120, 325, 202, 593),
    (138, 417, 131, 375), (53, 191, 94, 393), (22, 373, 24, 341),
]  # fmt: skip
UGDP = [(8, 106, 5, 120), (22, 98, 16, 85)]

arm = st.integers(0, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
tables = st.lists(st.tuples(arm, arm).map(lambda row: (*row[0], *row[1])), min_size=1, max_size=6)


def compare(table: Any) -> Stratified:
    x1, n1, x2, n2 = np.asarray(table, dtype=float).reshape(-1, 4).T
    return stratified(converted=x1, leads=n1, baseline_converted=x2, baseline_leads=n2)


def test_berkeley_admissions_are_simpsons_paradox() -> None:
    """R ?mantelhaen.test: odds ratio .9047 (.7719, 1.0603), M² uncorrected 1.5246; metafor for the difference."""
    men = compare(BERKELEY)
    assert men.crude.estimate == pytest.approx(0.1416, abs=5e-5)
    assert (men.estimate, men.low, men.high) == pytest.approx((-0.0184, -0.0475, 0.0106), abs=5e-5)
    assert (men.chi2, men.p) == pytest.approx((1.5246, 0.2169), abs=5e-5)
    odds = men.odds_ratio
    assert (odds.estimate, odds.low, odds.high) == pytest.approx((0.9047, 0.7719, 1.0603), abs=5e-5)
    assert men.simpson


def test_diabetes_trial() -> None:
    """Rothman KJ, Modern Epidemiology, UGDP: risk ratio 1.33, difference .035."""
    tolbutamide = compare(UGDP)
    assert (tolbutamide.estimate, tolbutamide.low, tolbutamide.high) == pytest.approx(
        (0.0349, -0.0276, 0.0974), abs=5e-5
    )
    risk = tolbutamide.risk_ratio
    assert (risk.estimate, risk.low, risk.high) == pytest.approx((1.3256, 0.7979, 2.2021), abs=5e-5)
    assert not tolbutamide.simpson


@settings(deadline=None)
@given(tables)
def test_ratios_equal_statsmodels_and_sides_swap(table: list[tuple[int, ...]]) -> None:
    result = compare(table)
    swapped = compare([(row[2], row[3], row[0], row[1]) for row in table])
    assert (swapped.estimate, swapped.low, swapped.high) == pytest.approx(
        (-result.estimate, -result.high, -result.low), nan_ok=True, abs=1e-9
    )
    assert swapped.simpson == result.simpson
    assert (swapped.opposite, swapped.dropped) == (result.opposite, result.dropped)
    assert not math.isnan(result.low) or result.reason
    kept = [row for row in table if row[1] and row[3]]
    if kept and not math.isnan(result.chi2):
        cube = np.array([[[x1, n1 - x1], [x2, n2 - x2]] for x1, n1, x2, n2 in kept], dtype=float)
        oracle = StratifiedTable(np.moveaxis(cube, 0, 2))
        if 0 < result.odds_ratio.estimate < math.inf:
            assert result.odds_ratio.estimate == pytest.approx(oracle.oddsratio_pooled, rel=1e-9)
            assert math.log(result.odds_ratio.high / result.odds_ratio.estimate) == pytest.approx(
                1.959964 * oracle.logodds_pooled_se, rel=1e-6
            )
        if all(row[1] + row[3] > 1 for row in kept):
            assert result.chi2 == pytest.approx(oracle.test_null_odds(correction=False).statistic, rel=1e-6, abs=1e-9)


@settings(deadline=None)
@given(tables)
def test_won_and_lost_mirror_each_other(table: list[tuple[int, ...]]) -> None:
    result, lost = compare(table), compare([(n1 - x1, n1, n2 - x2, n2) for x1, n1, x2, n2 in table])
    assert (lost.estimate, lost.low, lost.high, lost.p) == pytest.approx(
        (-result.estimate, -result.high, -result.low, result.p), nan_ok=True, abs=1e-9
    )


def test_pairs_of_leads_are_mcnemars_test() -> None:
    """Strata of two, one lead a side. Each pair that differs gives ±½ with variance 1·1·1·1/(2²·1) = ¼, the others
    nothing: of 8 pairs for and 2 against (½(8 - 2))²/(10·¼) = (8 - 2)²/(8 + 2), which is McNemar's."""
    result = compare([*[(1, 1, 0, 1)] * 8, *[(0, 1, 1, 1)] * 2, *[(1, 1, 1, 1)] * 3])
    assert result.chi2 == pytest.approx(3.6)
    assert result.p == pytest.approx(0.05778, abs=1e-5)  # of the tabulated chi-squared


def test_limits_by_hand() -> None:
    """8/10 v 10/40: w = 8, RD = .55, slope (1000 - 12800 + 6000)/2500, level (240 + 20)/100."""
    result = compare([(8, 10, 10, 40)])
    variance = (0.55 * (1000 - 12800 + 6000) / 2500 + (8 * 30 + 10 * 2) / 100) / 64
    assert result.estimate == pytest.approx(0.55)
    assert result.low == pytest.approx(0.55 - 1.959964 * math.sqrt(variance), abs=1e-6)


@settings(deadline=None)
@given(tables)
def test_order_and_empty_strata_change_nothing(table: list[tuple[int, ...]]) -> None:
    result, again = compare(table), compare([*table[::-1], (0, 0, 3, 7)])
    assert (again.estimate, again.low, again.p) == pytest.approx(
        (result.estimate, result.low, result.p), nan_ok=True, abs=1e-9
    )
    assert again.dropped_leads == result.dropped_leads + 7


def test_strata_of_the_other_sign_are_named() -> None:
    result = compare([(90, 100, 60, 100), (80, 100, 50, 100), (10, 100, 50, 100), (0, 0, 5, 9)])
    assert result.estimate > 0
    assert result.opposite == (2,)
    assert (result.dropped, result.dropped_leads) == ((3,), 9)


def test_on_fewer_than_thirty_leads_a_side_nothing_is_flagged() -> None:
    """Hard ones 6 of 24 against 1 of 6, easy ones 5 of 6 against 18 of 24: each 8.3 points better, yet 11 of 30 against
    19 of 30 in all. With a hard lead fewer on the first side the numbers stand, and nothing is said of them."""
    whole, fewer = compare([(6, 24, 1, 6), (5, 6, 18, 24)]), compare([(6, 23, 1, 6), (5, 6, 18, 24)])
    assert (whole.estimate, whole.crude.estimate) == pytest.approx((1 / 12, -8 / 30))
    assert whole.simpson and not whole.reason
    assert fewer.reason == "fewer than 30 leads on a side that can be compared"
    assert not fewer.simpson and fewer.low < 0 < fewer.estimate < fewer.high and fewer.p < 1
    beside = compare([(6, 23, 1, 6), (5, 6, 18, 24), (2, 9, 0, 0)])  # nine more have nobody to be compared with
    assert beside.reason == fewer.reason and beside.dropped_leads == 9
    apart = [compare([(n, n, 1, 20), (0, 10, 9, 10)]).opposite for n in (19, 20)]
    assert apart == [(), (1,)]


def test_no_interval_of_no_width() -> None:
    """0 of 5 against 0 of 5, or all against none, do not prove a difference to the last digit."""
    for table in ([(0, 5, 0, 5)], [(5, 5, 5, 5)], [(5, 5, 0, 5)]):
        result = compare(table)
        assert not math.isnan(result.estimate)
        assert math.isnan(result.low) and result.reason == "no interval: the strata do not vary"


def test_hostile_strata() -> None:
    for table in ([], [(1, 2, 0, 0)], [(0, 0, 0, 0)]):
        result = compare(table)
        assert math.isnan(result.estimate) and (result.low, result.high, result.p) == (-1, 1, 1)
        assert result.reason == "no stratum has leads on both sides"
        assert not result.simpson
    assert compare([(10**6, 10**6, 1, 2), (1, 10**6, 0, 1)]).high <= 1
    for bad in ((-1, 2, 1, 2), (3, 2, 1, 2), (math.nan, 2, 1, 2)):
        with pytest.raises(StatisticsError, match="converted"):
            compare([bad])
    with pytest.raises(StatisticsError, match="baseline_converted"):
        compare([(1, 2, 3, 2)])


def test_standardised_rate_by_hand() -> None:
    """Mix ½, ½: p = (.1 + .2)/2, var = ¼(.1·.9/100 + .2·.8/10) = .004225."""
    rate = standardised_rate(converted=[10, 2], leads=[100, 10], mix=[7, 7])
    assert rate.estimate == pytest.approx(0.15)
    assert rate.effective_n == pytest.approx(0.15 * 0.85 / 0.004225)


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(1, 200))
def test_with_its_own_mix_and_one_stratum_it_is_the_plain_rate(x: int, n: int) -> None:
    x = min(x, n)
    rate, plain = standardised_rate(converted=[x], leads=[n], mix=[3]), proportion(converted=x, leads=n)
    assert (rate.estimate, rate.low, rate.high) == pytest.approx((plain.estimate, plain.low, plain.high), abs=1e-9)


def test_hostile_standardised_rates() -> None:
    rate = standardised_rate(converted=[10, 0, 1], leads=[100, 0, 4], mix=[5, 3, 2])
    assert (rate.dropped, rate.dropped_share) == ((1,), 0.3)
    assert rate.estimate == pytest.approx((5 * 0.1 + 2 * 0.25) / 7)
    for nothing in ([0, 0], [0, 0]), ([0, 0], [5, 5]):
        empty = standardised_rate(converted=[0, 0], leads=nothing[1], mix=[0, 0])
        assert math.isnan(empty.estimate) and empty.reason == "no leads"
    never = standardised_rate(converted=[0, 0], leads=[50, 50], mix=[1, 1])
    assert never.low == 0 < never.high == pytest.approx(proportion(converted=0, leads=100).high)
    with pytest.raises(StatisticsError, match="mix"):
        standardised_rate(converted=[1], leads=[2], mix=[-1])
