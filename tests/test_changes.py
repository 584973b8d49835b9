"""Trends along ordered groups; the change of an overall rate split into mix and rate."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import Table

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.changes import mix_and_rate, trend
from alignment_lib.stats.estimates import Estimate, difference, proportion

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


def values(parts: Iterable[Estimate]) -> tuple[float, ...]:
    return tuple(part.estimate for part in parts)


def test_only_the_mix_changed() -> None:
    """Hand calculation: 10 % and 40 % as before, but half instead of a quarter of the leads of the first kind."""
    split = mix_and_rate(converted=[10, 40], leads=[100, 100], baseline_converted=[5, 60], baseline_leads=[50, 150])
    assert split.rate_effect.estimate == pytest.approx(0)
    assert split.mix.estimate == pytest.approx(0.25 - 0.325)
    assert all(part.estimate < 0 for part in split.mix_by_segment)  # more of the worse kind, less of the better one


def test_only_the_rates_changed() -> None:
    """Hand calculation: shares stay 1:3, rates rise by 10 and fall by 4 points."""
    split = mix_and_rate(converted=[20, 54], leads=[100, 300], baseline_converted=[5, 33], baseline_leads=[50, 150])
    assert split.mix.estimate == pytest.approx(0)
    assert values(split.rate_effect_by_segment) == pytest.approx((0.025, -0.03))


def test_a_new_segment_is_mix() -> None:
    split = mix_and_rate(converted=[10, 30], leads=[100, 100], baseline_converted=[10, 0], baseline_leads=[100, 0])
    new = split.rate_effect_by_segment[1]
    assert split.rate_effect.estimate == new.estimate == new.low == new.high == 0
    assert split.mix.estimate == pytest.approx(0.1)


@settings(deadline=None)
@given(st.lists(st.tuples(cell, cell), min_size=1, max_size=8))
def test_the_parts_add_up_to_the_change(rows: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    now, before = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    split = mix_and_rate(
        converted=now[:, 0], leads=now[:, 1], baseline_converted=before[:, 0], baseline_leads=before[:, 1]
    )
    if split.reason:
        assert math.isnan(split.mix.estimate) and math.isnan(split.rate_effect.low) and split.mix.reason
        return
    parts = (*split.mix_by_segment, *split.rate_effect_by_segment)
    assert split.mix.estimate + split.rate_effect.estimate == pytest.approx(split.estimate, abs=1e-12)
    assert math.fsum(values(parts)) == pytest.approx(split.estimate, abs=1e-12)
    assert all(-1 <= p.low <= p.estimate <= p.high <= 1 for p in (split.mix, split.rate_effect, *parts))
    back = mix_and_rate(
        converted=before[:, 0], leads=before[:, 1], baseline_converted=now[:, 0], baseline_leads=now[:, 1]
    )
    for mine, theirs in ((split.mix, back.mix), (split.rate_effect, back.rate_effect)):
        turned = (-theirs.estimate, -theirs.high, -theirs.low)
        assert (mine.estimate, mine.low, mine.high) == pytest.approx(turned, abs=1e-12)


def test_hostile_mix() -> None:
    empty = mix_and_rate(converted=[], leads=[], baseline_converted=[], baseline_leads=[])
    assert empty.reason and math.isnan(empty.estimate)
    for bad in ([-1], [11], [math.nan]):
        with pytest.raises(StatisticsError, match="converted"):
            mix_and_rate(converted=bad, leads=[10], baseline_converted=[1], baseline_leads=[10])
    with pytest.raises(StatisticsError, match="equally long"):
        mix_and_rate(converted=[1], leads=[10], baseline_converted=[1, 2], baseline_leads=[10, 20])


def test_limits_of_the_mix_by_hand() -> None:
    """Rates .1 and .4 in both periods, shares .5 and .5 after .25 and .75, 200 leads each; z = 1.96.

    Shares: variance of the rate over the segments, .5 x .01 + .5 x .16 - .25² = .0225 and .25 x .01 + .75 x .16 - .325²
    = .016875, together over 200: .00019688, times z²: .00075630.
    Rates: each counts .125 times; Wilson's limits are .0552 to .1744 of 10/100, .3094 to .4980 of 40/100, .0435 to
    .2136 of 5/50 and .3250 to .4800 of 60/150. Downwards: .125² x (.0448² + .0980² + .0565² + .0800²) = .0003312;
    upwards .125² x (.0744² + .0906² + .1136² + .0750²) = .0005044.
    """
    split = mix_and_rate(converted=[10, 40], leads=[100, 100], baseline_converted=[5, 60], baseline_leads=[50, 150])
    below, above = math.sqrt(0.00075630 + 0.0003312), math.sqrt(0.00075630 + 0.0005044)
    assert (split.mix.low, split.mix.high) == pytest.approx((-0.075 - below, -0.075 + above), abs=2e-5)


@pytest.mark.parametrize(("x", "n", "x0", "n0"), [(56, 70, 48, 80), (9, 10, 3, 10), (5, 56, 0, 29), (0, 10, 0, 20)])
def test_one_segment_has_newcombes_limits(x: int, n: int, x0: int, n0: int) -> None:
    """Newcombe (1998), Stat Med 17:873-890, Table II; one segment has no mix."""
    split = mix_and_rate(converted=[x], leads=[n], baseline_converted=[x0], baseline_leads=[n0])
    whole = difference(rate=proportion(converted=x, leads=n), baseline=proportion(converted=x0, leads=n0))
    assert (split.rate_effect.low, split.rate_effect.high) == pytest.approx((whole.low, whole.high), abs=1e-12)
    assert split.mix.low == split.mix.high == 0


def kitagawa(now: np.ndarray, before: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The two parts by segment from converted and not converted, without the library: [replicate, segment, 2]."""
    n1, n0 = now.sum(axis=2), before.sum(axis=2)
    r1, r0 = now[..., 0] / n1, before[..., 0] / n0
    s1, s0 = n1 / n1.sum(axis=1, keepdims=True), n0 / n0.sum(axis=1, keepdims=True)
    overall = [(s * r).sum(axis=1, keepdims=True) for s, r in ((s1, r1), (s0, r0))]
    return (s1 - s0) * ((r1 + r0) - sum(overall)) / 2, (r1 - r0) * (s1 + s0) / 2


SHARES = np.array([[0.2, 0.5, 0.3], [0.35, 0.4, 0.25]])
RATES = np.array([[0.1, 0.3, 0.6], [0.15, 0.3, 0.5]])
"""Of three segments, now and before."""


def leads_of(rng: np.random.Generator, period: int, n: int, size: int) -> np.ndarray:
    """Leads drawn one by one: each of a segment, converted or not."""
    cells = np.stack([SHARES[period] * RATES[period], SHARES[period] * (1 - RATES[period])], axis=1)
    return rng.multinomial(n, cells.ravel(), size=size).reshape(size, -1, 2)


def test_with_many_leads_the_limits_are_those_of_the_sampling_distribution() -> None:
    """20,000 pairs of periods drawn: the standard deviation of each part, in all and by segment."""
    rng = np.random.default_rng(5)
    drawn = kitagawa(leads_of(rng, 0, 6_000, 20_000), leads_of(rng, 1, 9_000, 20_000))
    now, before = (np.round(n * SHARES[p]) for p, n in ((0, 6_000), (1, 9_000)))
    split = mix_and_rate(
        converted=now * RATES[0], leads=now, baseline_converted=before * RATES[1], baseline_leads=before
    )
    found = ((split.mix, split.mix_by_segment), (split.rate_effect, split.rate_effect_by_segment))
    for (total, own), part in zip(found, drawn, strict=True):
        for estimate, values in ((total, part.sum(axis=1)), *zip(own, part.T, strict=True)):
            assert (estimate.high - estimate.low) / (2 * 1.959964) == pytest.approx(values.std(), rel=0.03)
            assert estimate.estimate == pytest.approx(values.mean(), abs=4 * values.std() / math.sqrt(20_000))


@pytest.mark.parametrize("n", [60, 300])
def test_the_limits_hold_the_true_parts(n: int) -> None:
    """400 pairs of periods: .95 less the dip of MOVER (.03) and three standard errors (.033)."""
    rng, size = np.random.default_rng(n), 400
    truth = [part.sum() for part in kitagawa(*(np.stack([s * r, s * (1 - r)], axis=1)[None]
                                               for s, r in zip(SHARES, RATES, strict=True)))]  # fmt: skip
    pairs = zip(leads_of(rng, 0, n, size), leads_of(rng, 1, n, size), strict=True)
    held = np.zeros(2)
    for now, before in pairs:
        split = mix_and_rate(
            converted=now[:, 0],
            leads=now.sum(axis=1),
            baseline_converted=before[:, 0],
            baseline_leads=before.sum(axis=1),
        )
        held += [p.low <= t <= p.high for p, t in zip((split.mix, split.rate_effect), truth, strict=True)]
    assert (held / size > 0.95 - 0.03 - 0.033).all()
