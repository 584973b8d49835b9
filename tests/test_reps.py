"""Reps against a target: drawn funnel limits and exact tails."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.reps import FUNNEL_SHARES, funnel_limits, funnel_point

pytestmark = pytest.mark.filterwarnings("error")


def test_limits_as_computed_elsewhere() -> None:
    """Spiegelhalter DJ (2005), Stat Med 24:1185-1202, A.1.1, computed in R with qbinom, pbinom, dbinom."""
    assert funnel_limits(leads=50, target=0.2) == pytest.approx((0.034776, 0.084405, 0.307094, 0.379144), abs=1e-6)
    assert funnel_limits(leads=20, target=0.05) == pytest.approx((0, 0, 0.142365, 0.235060), abs=1e-6)


@settings(deadline=None)
@given(st.integers(1, 2000), st.floats(0.001, 0.999), st.sampled_from(FUNNEL_SHARES))
def test_limits_equal_scipys_binomial(leads: int, target: float, share: float) -> None:
    r = binom.ppf(share, leads, target)
    part = (binom.cdf(r, leads, target) - share) / binom.pmf(r, leads, target)
    [limit] = funnel_limits(leads=leads, target=target, shares=(share,))
    assert limit == pytest.approx(min(1, max(0, (r - part) / leads)), abs=1e-6)


@settings(deadline=None)
@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0, 1))
def test_tails_equal_scipy_and_mirror(rep: tuple[int, int], target: float) -> None:
    x, n = rep
    point = funnel_point(converted=x, leads=n, target=target)
    assert point.tail_low == pytest.approx(binom.cdf(x, n, target), abs=1e-9)
    assert point.tail_high == pytest.approx(binom.sf(x - 1, n, target), abs=1e-9)
    mirror = funnel_point(converted=n - x, leads=n, target=1 - target)
    assert mirror.tail_low == pytest.approx(point.tail_high, abs=1e-9)
    assert bool(point.flag) == (min(point.tail_low, point.tail_high) <= 0.025)


def test_limits_close_in_with_more_leads() -> None:
    widths = [funnel_limits(leads=n, target=0.2)[2] - funnel_limits(leads=n, target=0.2)[1] for n in (20, 80, 320)]
    assert widths == sorted(widths, reverse=True)


def test_hostile_reps() -> None:
    assert all(math.isnan(limit) for limit in funnel_limits(leads=0, target=0.2))
    assert funnel_limits(leads=10, target=0) == (0, 0, 0, 0)
    assert funnel_limits(leads=10, target=1) == (1, 1, 1, 1)
    assert funnel_limits(leads=10**6, target=0.1)[1:3] == pytest.approx((0.099412, 0.100588), abs=1e-5)
    idle = funnel_point(converted=0, leads=0, target=0.2)
    assert math.isnan(idle.estimate) and (idle.tail_low, idle.tail_high, idle.flag) == (1, 1, "")
    assert funnel_point(converted=1, leads=10, target=0).level == 0.001
    assert funnel_point(converted=0, leads=30, target=0.2).flag == "below"
    for leads, target, name in ((-1, 0.2, "leads"), (2.5, 0.2, "leads"), (9, 1.2, "target"), (9, math.nan, "target")):
        with pytest.raises(StatisticsError, match=name):
            funnel_limits(leads=leads, target=target)
    with pytest.raises(StatisticsError, match="converted"):
        funnel_point(converted=11, leads=10, target=0.2)
