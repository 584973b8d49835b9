"""The score: area under the curve, calibration of forecasts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.quality import auc, calibration

pytestmark = pytest.mark.filterwarnings("error")

levels = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=6)


def test_auc_of_the_scans() -> None:
    """Hanley JA, McNeil BJ (1982), Radiology 143:29-36, table 1: .893; limits from R uniroot."""
    scans = auc(won=[3, 2, 2, 11, 33], lost=[33, 6, 6, 11, 2])
    assert (scans.estimate, scans.low, scans.high) == pytest.approx((0.8932, 0.8117, 0.9400), abs=5e-5)


def test_auc_of_the_kg_score() -> None:
    """DeLong et al. (1988), data in the SAS LOGISTIC manual: .7258; limits from R uniroot."""
    score = auc(won=[0, 0, 0, 4, 9, 13, 3, 2], lost=[1, 1, 3, 1, 3, 1, 2, 0])
    assert (score.estimate, score.low, score.high) == pytest.approx((0.7258, 0.5317, 0.8550), abs=5e-5)


def test_perfect_separation_keeps_its_interval() -> None:
    """R uniroot; θ = 1 is a false root of the equation and would collapse the interval to a point."""
    perfect, worst = auc(won=[0, 5], lost=[200, 0]), auc(won=[5, 0], lost=[0, 200])
    assert (perfect.estimate, perfect.low, perfect.high) == pytest.approx((1, 0.80563, 1), abs=5e-6)
    assert (worst.low, worst.high) == pytest.approx((0, 1 - 0.80563), abs=5e-6)


@settings(deadline=None)
@given(levels)
def test_auc_equals_sklearn_and_labels_mirror(counts: list[tuple[int, int]]) -> None:
    won, lost = np.array(counts).T
    area, mirror = auc(won=won, lost=lost), auc(won=lost, lost=won)
    if area.reason:
        assert math.isnan(area.estimate) and (area.low, area.high) == (0, 1)
        return
    score = np.repeat(np.arange(len(won)), won), np.repeat(np.arange(len(won)), lost)
    truth = np.repeat([1, 0], [won.sum(), lost.sum()])
    assert area.estimate == pytest.approx(roc_auc_score(truth, np.concatenate(score)))
    assert (mirror.estimate, mirror.low) == pytest.approx((1 - area.estimate, 1 - area.high))
    assert area.low <= area.estimate <= area.high
    assert area.low < area.high
    z, m, n = 1.959964, won.sum(), lost.sum()
    for limit in (area.low, area.high):  # the equation itself
        if 0 < limit < 1:
            extra = ((m + n) / 2 - 1) * ((1 - limit) / (2 - limit) + limit / (1 + limit))
            variance = limit * (1 - limit) * (1 + extra) / (m * n)
            assert abs(area.estimate - limit) == pytest.approx(z * math.sqrt(variance), abs=1e-6)


@settings(deadline=None)
@given(levels)
def test_auc_ignores_empty_levels_and_uniform_scaling_narrows(counts: list[tuple[int, int]]) -> None:
    won, lost = np.array(counts).T
    area, gap = auc(won=won, lost=lost), auc(won=np.insert(won, 1, 0), lost=np.insert(lost, 1, 0))
    assert (gap.estimate, gap.low) == pytest.approx((area.estimate, area.low), nan_ok=True)
    if not area.reason:
        more = auc(won=won * 4, lost=lost * 4)
        assert more.high - more.low < area.high - area.low


def test_hostile_scores() -> None:
    assert auc(won=[0, 0], lost=[3, 4]).reason == "nothing was won"
    assert auc(won=[3], lost=[0]).reason == "nothing was lost"
    assert auc(won=[], lost=[]).reason
    assert auc(won=[7], lost=[9]).estimate == 0.5
    one = auc(won=[1], lost=[1])
    assert 0 < one.low < 0.5 < one.high < 1
    million = auc(won=[10**6, 1], lost=[1, 10**6])
    assert 0 <= million.low <= million.estimate <= million.high
    for bad in ([-1, 1], [math.nan, 1], [1]):
        with pytest.raises(StatisticsError, match="won"):
            auc(won=bad, lost=[1, 1])


def test_brier_of_1950() -> None:
    """Brier GW (1950): P = .19 for rain and no rain, twice the score of one event."""
    rain = calibration(
        forecast=[0.7, 0.9, 0.8, 0.4, 0.2, 0, 0, 0, 0, 0.1], converted=[0, 1, 1, 1, 0, 0, 0, 0, 0, 0], leads=[1] * 10
    )
    assert rain.brier == pytest.approx(0.19 / 2)


bands = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 50).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))),
    min_size=1,
    max_size=8,
)


@settings(deadline=None)
@given(bands)
def test_brier_equals_sklearn_and_its_parts_add_up(rows: list[tuple[float, tuple[int, int]]]) -> None:
    forecast = [row[0] for row in rows]
    x, n = np.array([row[1] for row in rows]).T
    result = calibration(forecast=forecast, converted=x, leads=n)
    if not n.sum():
        assert math.isnan(result.brier) and result.reason == "no leads"
        return
    parts = result.reliability - result.resolution + result.uncertainty
    assert result.brier == pytest.approx(parts, abs=1e-12)
    truth = np.concatenate([np.repeat([1, 0], [won, size - won]) for won, size in zip(x, n, strict=True)])
    if 0 < truth.sum() < len(truth):
        assert result.brier == pytest.approx(brier_score_loss(truth, np.repeat(forecast, n)))
        assert result.skill <= 1
    else:
        assert math.isnan(result.skill) and result.reason
    again = calibration(forecast=[*forecast, 0.9], converted=[*x, 0], leads=[*n, 0])
    assert (again.brier, again.calibration_error) == pytest.approx((result.brier, result.calibration_error))


def test_hostile_calibration() -> None:
    assert calibration(forecast=[], converted=[], leads=[]).reason == "no leads"
    for forecast in ([1.2], [-0.1], [math.nan], [60]):
        with pytest.raises(StatisticsError, match="forecast"):
            calibration(forecast=forecast, converted=[1], leads=[2])
    with pytest.raises(StatisticsError, match="converted"):
        calibration(forecast=[0.5], converted=[3], leads=[2])
