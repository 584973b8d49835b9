"""Shrinkage of many sources: published data, an independent quadrature, order of the league table."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import dblquad
from scipy.special import betaln

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.pooling import shrink

pytestmark = pytest.mark.filterwarnings("error")

# Tarone RE (1982), Biometrics 38:215-220: rats with tumours in 70 historical groups, and the group of interest.
RATS_X = [*[0] * 14, *[1] * 8, *[2] * 9, 1, 5, 2, 5, 3, 2, 7, 7, 3, 3, 2, 9, 10, *[4] * 7, 10, *[4] * 3, 5, 11, 12,
          5, 5, 6, 5, *[6] * 4, 16, 15, 15, 9, 4]  # fmt: skip
RATS_N = [*[20] * 7, *[19] * 4, 18, 18, 17, *[20] * 4, 19, 19, 18, 18, 25, 24, 23, *[20] * 6, 10, 49, 19, 46, 27, 17,
          49, 47, 20, 20, 13, 48, 50, *[20] * 7, 48, 19, 19, 19, 22, 46, 49, 20, 20, 23, 19, 22, *[20] * 3, 52, 46, 47,
          24, 14]  # fmt: skip


def test_rat_tumours() -> None:
    """Gelman et al., BDA3, section 5.3: a moment fit of the prior gives .223 for 4 of 14; R quadrature .2080."""
    unit = shrink(converted=RATS_X, leads=RATS_N).rows[70]
    assert (unit.converted, unit.leads) == (4, 14)
    assert unit.estimate == pytest.approx(0.223, abs=0.02)
    assert (unit.estimate, unit.low, unit.high) == pytest.approx((0.20801, 0.08634, 0.37193), abs=1e-4)


def test_small_sources_as_integrated_elsewhere() -> None:
    """R, adaptive quadrature on logit μ and logit B, for 1/1, 30/400, 12/90, 0/0, 5/25."""
    rows = shrink(converted=[1, 30, 12, 0, 5], leads=[1, 400, 90, 0, 25]).rows
    assert [row.estimate for row in rows] == pytest.approx([0.16834, 0.08202, 0.12839, 0.13905, 0.15311], abs=1e-4)
    assert (rows[0].low, rows[0].high) == pytest.approx((0.05390, 0.48804), abs=1e-4)


def test_posterior_mean_by_two_dimensional_quadrature() -> None:
    """A second implementation that does everything differently: scipy's adaptive integration over (φ, B)."""
    x, n = np.array([3, 8, 1]), np.array([10, 12, 15])

    def weight(share: float, angle: float) -> float:
        m, mu = 12 * (1 - share) / share, math.sin(angle) ** 2
        a, b = mu * m, (1 - mu) * m
        return math.exp((betaln(a + x, b + n - x) - betaln(a, b)).sum() + 20)

    def weighted(share: float, angle: float) -> float:
        m, mu = 12 * (1 - share) / share, math.sin(angle) ** 2
        return weight(share, angle) * (mu * m + 3) / (m + 10)

    box = (1e-6, math.pi / 2 - 1e-6, 1e-6, 1 - 1e-6)
    mean = dblquad(weighted, *box, epsabs=1e-7)[0] / dblquad(weight, *box, epsabs=1e-7)[0]
    assert shrink(converted=x, leads=n).rows[0].estimate == pytest.approx(mean, abs=1e-4)


def test_a_lucky_source_leads_by_its_mean_not_in_the_table() -> None:
    """2 of 2 among four sources: first by the shrunken mean, behind both solid sources by the lower limit."""
    table = shrink(converted=[2, 30, 4, 20], leads=[2, 200, 100, 80])
    assert max(table.rows, key=lambda row: row.estimate) == table.rows[0]
    assert table.order == (3, 1, 0, 2)


sources = st.lists(
    st.integers(0, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=2, max_size=6
)


@settings(max_examples=25, deadline=None)
@given(sources)
def test_between_the_source_and_the_pool_in_any_order(groups: list[tuple[int, int]]) -> None:
    x, n = np.array(groups).T
    table = shrink(converted=x, leads=n)
    back = shrink(converted=x[::-1], leads=n[::-1]).rows[::-1]
    for row, other in zip(table.rows, back, strict=True):
        assert row.estimate == pytest.approx(other.estimate, abs=1e-9, nan_ok=True)
        if n.any():
            assert 0 <= row.low <= row.estimate <= row.high <= 1
            assert row.low < row.high
    lows = [table.rows[i].low for i in table.order]
    assert lows == sorted(lows, reverse=True)
    assert sorted(table.order) == list(range(len(groups)))


@settings(max_examples=10, deadline=None)
@given(sources)
def test_won_and_lost_mirror_each_other(groups: list[tuple[int, int]]) -> None:
    x, n = np.array(groups).T
    for row, lost in zip(shrink(converted=x, leads=n).rows, shrink(converted=n - x, leads=n).rows, strict=True):
        assert (row.estimate, row.low) == pytest.approx((1 - lost.estimate, 1 - lost.high), abs=1e-5, nan_ok=True)


def test_hostile_sources() -> None:
    nobody = shrink(converted=[0, 0], leads=[0, 0])
    assert nobody.reason == "no leads" and all(math.isnan(row.estimate) and row.reason for row in nobody.rows)
    assert shrink(converted=[], leads=[]).rows == ()
    alone = shrink(converted=[3], leads=[10])
    assert alone.reason == "no pool: only one source has leads" and 0 < alone.rows[0].low < 0.3 < alone.rows[0].high
    for x in (0, 1, 10**6):
        row = shrink(converted=[x, 0], leads=[10**6, 1]).rows[0]
        assert row.low <= row.estimate <= row.high and row.low < row.high
    for won, n in (([0, 0, 0], [5, 9, 1]), ([5, 9, 1], [5, 9, 1]), ([1] * 40, [1] * 40)):
        assert all(0 <= row.low < row.high <= 1 for row in shrink(converted=won, leads=n).rows)
    for bad in ([-1, 1], [math.nan, 1], [3, 1]):
        with pytest.raises(StatisticsError, match="converted"):
            shrink(converted=bad, leads=[2, 2])


def test_five_hundred_sources_in_a_second() -> None:
    random = np.random.default_rng(1)
    n = np.round(random.lognormal(3.2, 1.3, 500))
    x = random.binomial(n.astype(int), 0.1)
    shrink(converted=x[:3], leads=n[:3])  # imports scipy
    start = time.process_time()
    shrink(converted=x, leads=n)
    assert time.process_time() - start < 2  # about 0.5 s on one free core; the bench holds the limit of 1 s
