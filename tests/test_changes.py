"""Trends along ordered groups; the change of an overall rate split into mix and rate."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import Table

from alignment_lib.changes import mix_and_rate, trend
from alignment_lib.errors import StatisticsError

pytestmark = pytest.mark.filterwarnings("error")

cell = st.integers(0, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("converted", "leads", "score", "chi2", "p"),
    [
        ([83, 90, 129, 70], [86, 93, 136, 82], None, 8.2249, 0.004132),  # Fleiss (1981) in R ?prop.trend.test
        ([48, 38, 5, 1, 1], [17114, 14502, 793, 127, 38], [0, 0.5, 1.5, 4, 7], 6.570, 0.0104),  # Agresti, CDA, 3.4.4
        ([210, 190, 160, 120], [1000] * 4, None, 31.892, 1.6296e-8),  # R prop.trend.test
    ],
)
def test_trend_as_published(
    converted: list[int], leads: list[int], score: list[float] | None, chi2: float, p: float
) -> None:
    result = trend(converted=converted, leads=leads, score=score)
    assert result.chi2 == pytest.approx(chi2, abs=6e-4)
    assert result.p == pytest.approx(p, rel=5e-3)
    assert (result.p < 0.05) == (result.high < 0 or result.low > 0)


@settings(deadline=None)
@given(st.lists(cell, min_size=2, max_size=6))
def test_trend_equals_statsmodels_and_turns_with_the_order(groups: list[tuple[int, int]]) -> None:
    x, n = np.array(groups).T
    result = trend(converted=x, leads=n)
    back = trend(converted=x[::-1], leads=n[::-1])
    assert back.estimate == pytest.approx(-result.estimate, nan_ok=True, abs=1e-12)
    assert back.p == pytest.approx(result.p, abs=1e-9)
    if not result.reason:
        used = n > 0
        table = Table(np.column_stack([n - x, x])[used], shift_zeros=False)
        oracle = table.test_ordinal_association(row_scores=np.arange(len(n))[used], col_scores=np.array([0, 1]))
        size = n.sum()  # statsmodels divides by N - 1
        assert result.chi2 == pytest.approx(oracle.zscore**2 * size / (size - 1), rel=1e-6, abs=1e-9)


def test_the_slope_is_the_fall_per_period() -> None:
    """Hand calculation: exactly two points less each week."""
    result = trend(converted=[20, 18, 16], leads=[100, 100, 100])
    assert result.estimate == pytest.approx(-0.02)
    assert result.last_minus_first.estimate == pytest.approx(-0.04)


@pytest.mark.parametrize(
    ("converted", "leads", "reason"),
    [
        ([], [], "fewer than two periods with leads"),
        ([5], [10], "fewer than two periods with leads"),
        ([5, 0], [10, 0], "fewer than two periods with leads"),
        ([0, 0], [10, 20], "nobody converted"),
        ([10, 20], [10, 20], "everybody converted"),
    ],
)
def test_no_trend_without_variation(converted: list[int], leads: list[int], reason: str) -> None:
    result = trend(converted=converted, leads=leads)
    assert math.isnan(result.estimate) and math.isnan(result.chi2)
    assert (result.p, result.reason) == (1, reason)


def test_trend_refuses_nonsense() -> None:
    for score in ([1, 0], [0], [0, math.nan]):
        with pytest.raises(StatisticsError, match="score"):
            trend(converted=[1, 2], leads=[5, 5], score=score)
    for bad in ([-1, 2], [6, 2], [math.nan, 2]):
        with pytest.raises(StatisticsError, match="converted"):
            trend(converted=bad, leads=[5, 5])
    assert trend(converted=[1, 500_000], leads=[1, 1_000_000]).p > 0.1
    same_day = trend(converted=[1, 2], leads=[5, 5], score=[3, 3])
    assert same_day.reason == "fewer than two periods with leads"


def test_only_the_mix_changed() -> None:
    """Hand calculation: 10 % and 40 % as before, but half instead of a quarter of the leads of the first kind."""
    split = mix_and_rate(converted=[10, 40], leads=[100, 100], baseline_converted=[5, 60], baseline_leads=[50, 150])
    assert split.rate_effect == pytest.approx(0)
    assert split.mix == pytest.approx(0.25 - 0.325)
    assert all(part < 0 for part in split.mix_by_segment)  # more of the worse kind, less of the better one


def test_only_the_rates_changed() -> None:
    """Hand calculation: shares stay 1:3, rates rise by 10 and fall by 4 points."""
    split = mix_and_rate(converted=[20, 54], leads=[100, 300], baseline_converted=[5, 33], baseline_leads=[50, 150])
    assert split.mix == pytest.approx(0)
    assert split.rate_effect_by_segment == pytest.approx((0.025, -0.03))


def test_a_new_segment_is_mix() -> None:
    split = mix_and_rate(converted=[10, 30], leads=[100, 100], baseline_converted=[10, 0], baseline_leads=[100, 0])
    assert split.rate_effect == 0
    assert split.mix == pytest.approx(0.1)


@settings(deadline=None)
@given(st.lists(st.tuples(cell, cell), min_size=1, max_size=8))
def test_the_parts_add_up_to_the_change(rows: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    now, before = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    split = mix_and_rate(
        converted=now[:, 0], leads=now[:, 1], baseline_converted=before[:, 0], baseline_leads=before[:, 1]
    )
    if split.reason:
        assert math.isnan(split.mix) and math.isnan(split.rate_effect)
        return
    assert split.mix + split.rate_effect == pytest.approx(split.estimate, abs=1e-12)
    assert math.fsum((*split.mix_by_segment, *split.rate_effect_by_segment)) == pytest.approx(split.estimate, abs=1e-12)
    back = mix_and_rate(
        converted=before[:, 0], leads=before[:, 1], baseline_converted=now[:, 0], baseline_leads=now[:, 1]
    )
    assert (back.mix, back.rate_effect) == pytest.approx((-split.mix, -split.rate_effect), abs=1e-12)


def test_hostile_mix() -> None:
    empty = mix_and_rate(converted=[], leads=[], baseline_converted=[], baseline_leads=[])
    assert empty.reason and math.isnan(empty.estimate)
    for bad in ([-1], [11], [math.nan]):
        with pytest.raises(StatisticsError, match="converted"):
            mix_and_rate(converted=bad, leads=[10], baseline_converted=[1], baseline_leads=[10])
    with pytest.raises(StatisticsError, match="equally long"):
        mix_and_rate(converted=[1], leads=[10], baseline_converted=[1, 2], baseline_leads=[10, 20])
