"""Agreement on the same leads; the gap between two sides' answers."""

from __future__ import annotations

import itertools
import math
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu
from statsmodels.stats.inter_rater import cohens_kappa

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.agreements import agreement, kappa, ordinal_gap
from alignment_lib.stats.quality import auc

pytestmark = pytest.mark.filterwarnings("error")

# Landis JR, Koch GG (1977), Biometrics 33:363-374, two pathologists; in Agresti, CDA, table 11.8.
PATHOLOGISTS = [[22, 2, 2, 0], [5, 7, 14, 0], [0, 2, 36, 0], [0, 1, 17, 10]]
FLEISS_1981 = [[75, 1, 4], [5, 4, 1], [0, 0, 10]]

answers = st.lists(st.integers(0, 5), min_size=4, max_size=4)


def squares(largest: int = 30) -> st.SearchStrategy[list[list[int]]]:
    return st.integers(2, 4).flatmap(
        lambda k: st.lists(st.lists(st.integers(0, largest), min_size=k, max_size=k), min_size=k, max_size=k)
    )


@pytest.mark.parametrize(
    ("table", "value", "se"),
    [
        (PATHOLOGISTS, 0.4930, 0.0567),  # Agresti, CDA, 11.5.4
        (FLEISS_1981, 0.6765, 0.0877),  # Fleiss (1981), 13.1
        ([[40, 9], [6, 45]], 0.6995, 0.0714),  # Feinstein & Cicchetti (1990), J Clin Epidemiol 43:543-549
        ([[80, 10], [5, 5]], 0.3182, 0.1335),  # the same agreement of 85 %, other prevalence
    ],
)
def test_kappa_as_published(table: list[list[int]], value: float, se: float) -> None:
    result = agreement(table).kappa
    assert (result.estimate, result.se) == pytest.approx((value, se), abs=5e-5)


def test_the_paradox_does_not_touch_the_adjusted_share() -> None:
    for table in ([[40, 9], [6, 45]], [[80, 10], [5, 5]]):
        both = agreement(table)
        assert (both.estimate, both.adjusted.estimate) == pytest.approx((0.85, 0.7))
        assert (both.low, both.high) == pytest.approx((0.7672, 0.9069), abs=5e-5)
        assert (both.adjusted.low, both.adjusted.high) == pytest.approx((2 * both.low - 1, 2 * both.high - 1))


@settings(deadline=None)
@given(squares())
def test_kappa_equals_statsmodels_and_sides_swap(table: list[list[int]]) -> None:
    cells = np.array(table)
    result, turned = kappa(cells), kappa(cells.T)
    assert turned.estimate == pytest.approx(result.estimate, nan_ok=True)
    assert bool(result.reason) == math.isnan(result.low) or math.isnan(result.estimate)
    if not math.isnan(result.estimate):
        with warnings.catch_warnings():  # the oracle divides by its own zero variance
            warnings.simplefilter("ignore", RuntimeWarning)
            oracle = cohens_kappa(cells)
        assert result.estimate == pytest.approx(oracle.kappa, abs=1e-9)
        assert result.se**2 == pytest.approx(oracle.var_kappa, abs=1e-9)


def test_kappas_interval_is_withheld_where_it_cannot_be_trusted() -> None:
    assert kappa([[5, 2], [1, 9]]).reason == "no interval: fewer than 50 leads"
    assert kappa(FLEISS_1981).reason == "no interval: a category has fewer than 10 leads"
    assert kappa([[30, 0], [0, 30]]).reason == "no interval: both sides agree on every lead"
    assert not kappa([[40, 9], [6, 45]]).reason


def test_ten_leads_in_a_category_are_enough_for_kappas_interval() -> None:
    """Marketing's second category: 2 + 8, then 2 + 7."""
    assert not kappa([[40, 10], [2, 8]]).reason
    assert kappa([[40, 11], [2, 7]]).reason == "no interval: a category has fewer than 10 leads"


def test_hostile_tables() -> None:
    one = agreement([[12, 0], [0, 0]])
    assert (one.estimate, one.adjusted.estimate) == (1, 1)
    assert math.isnan(one.kappa.estimate) and one.kappa.reason == "both sides use one and the same category"
    none = agreement([[0, 0], [0, 0]])
    assert math.isnan(none.estimate) and math.isnan(none.adjusted.estimate) and none.kappa.reason == "no leads"
    assert none.adjusted.reason
    assert agreement([[0, 5], [5, 0]]).kappa.estimate == -1
    assert agreement([[10**6, 1], [0, 10**6]]).kappa.high <= 1
    wrong: list[Any] = [[[1, 2]], [[1]], [1, 2], [[1, -1], [0, 2]], [[1, math.nan], [0, 2]], "no"]
    for bad in wrong:
        with pytest.raises(StatisticsError, match="table"):
            agreement(bad)


def test_answers_as_published() -> None:
    """Hogarty KY, Kromrey JD (1999), SUGI 24: delta -.25; p from R coin::wilcox_test, exact."""
    gap = ordinal_gap(marketing=[2, 3, 3, 1, 1], sales=[1, 1, 1, 2, 1])
    assert gap.estimate == pytest.approx(-0.25)
    assert gap.p == pytest.approx(0.4516733, abs=1e-7)


def test_placenta_permeability() -> None:
    """Hollander & Wolfe in R ?wilcox.test: W = 35 of 10 and 5 without ties, one-sided .1272, two-sided .2544."""
    gap = ordinal_gap(
        marketing=[1, 0, 1, 1, 0, 0, 1, 0, 0, 1, 1, 1, 1, 1, 1], sales=[0, 1, 0, 0, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0]
    )
    assert (gap.estimate + 1) / 2 * 50 == pytest.approx(35)
    assert gap.p == pytest.approx(0.2544, abs=5e-5)


@settings(max_examples=25, deadline=None)
@given(answers, answers)
def test_exact_p_equals_every_split_counted(marketing: list[int], sales: list[int]) -> None:
    """A second implementation that does it differently: all splits of the pooled answers, one by one."""
    marketing, sales = [min(n, 2) for n in marketing], [min(n, 2) for n in sales]
    gap = ordinal_gap(marketing=marketing, sales=sales, min_answers=0)
    turned = ordinal_gap(marketing=marketing[::-1], sales=sales[::-1], min_answers=0)
    assert (turned.estimate, turned.p) == pytest.approx((-gap.estimate, gap.p), nan_ok=True)
    if gap.reason:
        assert math.isnan(gap.p)
        return
    pooled = np.repeat(np.arange(4), np.add(marketing, sales))
    ranks = np.array([(pooled < value).sum() + (pooled == value).sum() / 2 for value in pooled])
    first = sum(marketing)
    middle = first * ranks.mean()
    seen = abs(np.dot(marketing, [ranks[pooled == value][0] if value in pooled else 0 for value in range(4)]) - middle)
    splits = [abs(ranks[list(chosen)].sum() - middle) for chosen in itertools.combinations(range(len(ranks)), first)]
    assert gap.p == pytest.approx(np.mean(np.array(splits) >= seen - 1e-9))


@settings(deadline=None)
@given(st.lists(st.integers(0, 40), min_size=5, max_size=5), st.lists(st.integers(0, 40), min_size=5, max_size=5))
def test_many_answers_equal_scipys_normal_test(marketing: list[int], sales: list[int]) -> None:
    gap = ordinal_gap(marketing=marketing, sales=sales)
    if sum(marketing) + sum(sales) > 60 and not gap.reason and np.count_nonzero(np.add(marketing, sales)) > 1:
        rows = (np.repeat(np.arange(5), side) for side in (marketing, sales))
        assert gap.p == pytest.approx(mannwhitneyu(*rows, method="asymptotic", use_continuity=False).pvalue, abs=1e-9)
    if not gap.reason:
        area = auc(won=marketing, lost=sales)
        assert (gap.low, gap.high) == pytest.approx((2 * area.low - 1, 2 * area.high - 1))


def test_few_answers_stay_counts() -> None:
    gap = ordinal_gap(marketing=[3, 1, 0], sales=[0, 2, 3])
    assert math.isnan(gap.estimate) and math.isnan(gap.p)
    assert (gap.low, gap.high, gap.reason) == (-1, 1, "fewer than 5 answers on a side: counts only")


def test_hostile_answers() -> None:
    tied = ordinal_gap(marketing=[9, 0], sales=[9, 0])
    assert (tied.estimate, tied.p) == (0, 1)
    assert ordinal_gap(marketing=[90, 0], sales=[90, 0]).p == 1
    apart = ordinal_gap(marketing=[0, 5], sales=[5, 0])
    assert apart.p == pytest.approx(2 / 252) and apart.low < 1
    assert math.isnan(ordinal_gap(marketing=[], sales=[], min_answers=0).estimate)
    assert ordinal_gap(marketing=[500_000, 500_000], sales=[400_000, 600_000]).p == 0
    for bad in ([-1, 9], [0.5, 9], [math.nan, 9]):
        with pytest.raises(StatisticsError, match="marketing"):
            ordinal_gap(marketing=bad, sales=[5, 5])
