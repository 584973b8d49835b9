"""Normal ranges of weekly measures."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.limits import c_chart, change_chart, p_chart, xmr_chart

pytestmark = pytest.mark.filterwarnings("error")

# Montgomery DC, Introduction to Statistical Quality Control, example 7.1: nonconforming cans in 30 samples of 50.
CANS = [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6]
# The same book, example 7.3: nonconformities in 26 samples of 100 circuit boards.
BOARDS = [
    21, 24, 16, 12, 15, 5, 28, 20, 31, 25, 20, 24, 16, 19, 10, 17, 13, 22, 18, 39, 30, 24, 16, 19, 17, 15,
]  # fmt: skip


def test_p_chart_of_the_juice_cans() -> None:
    """Montgomery, example 7.1: p̄ = .2313, limits .0524 and .4102; samples 15 and 23 lie above."""
    week = p_chart(earlier_converted=CANS, earlier_leads=[50] * 30, leads=50, weeks=30)
    assert (week.centre, week.low, week.high) == pytest.approx((0.2313, 0.0524, 0.4102), abs=1e-4)
    assert [i + 1 for i, cans in enumerate(CANS) if week.verdict(cans / 50) == "above"] == [15, 23]


def test_c_chart_of_the_circuit_boards() -> None:
    """Montgomery, example 7.3: c̄ = 19.85, limits 6.48 and 33.22; samples 6 and 20 lie outside."""
    week = c_chart(earlier_counts=BOARDS, weeks=26)
    assert (week.centre, week.low, week.high) == pytest.approx((19.85, 6.48, 33.22), abs=0.01)
    assert [week.verdict(BOARDS[5]), week.verdict(BOARDS[19])] == ["below", "above"]


def test_a_value_on_a_limit_is_within() -> None:
    """9 ± 3·√9: eighteen deals are no news yet, and nor is none."""
    week = c_chart(earlier_counts=[9, 8, 10, 9, 7, 11])
    assert (week.low, week.high) == (0, 18)
    assert [week.verdict(n) for n in (18, 19, 0)] == ["within", "above", "within"]
    twice = xmr_chart(earlier_values=[40, 140, 40, 140, 40, 140])  # 90 ± 2.66·100
    assert (twice.low, twice.high) == (-176, 356)
    assert [twice.verdict(n) for n in (-177, -176, 356, 357)] == ["below", "within", "within", "above"]


def test_xmr_chart_by_hand() -> None:
    """Moves 2 1 2 2 1 have mean 1.6; 11.5 ± 2.66·1.6."""
    week = xmr_chart(earlier_values=[10, 12, 11, 13, 11, 12])
    assert (week.centre, week.low, week.high) == pytest.approx((11.5, 11.5 - 4.256, 11.5 + 4.256))


def test_a_week_without_a_value_breaks_the_chain_of_moves() -> None:
    week = xmr_chart(earlier_values=[10, 12, math.nan, 20, 22, 20, 22], lowest=0)
    assert week.weeks == 6
    assert week.high == pytest.approx(106 / 6 + 2.66 * 2)


def test_only_the_last_weeks_count() -> None:
    assert xmr_chart(earlier_values=[1000, *range(13)]) == xmr_chart(earlier_values=range(13))
    assert c_chart(earlier_counts=[1000, *[5] * 13]) == c_chart(earlier_counts=[5] * 13)


def test_too_few_weeks_or_no_variation_give_no_range() -> None:
    """A range of no width makes every week news; one of two weeks makes none or all of them news."""
    few = c_chart(earlier_counts=[4, 5])
    assert math.isnan(few.low) and few.reason == "2 earlier weeks; a normal range needs 6"
    assert few.verdict(99) == "unknown"
    for still in (
        c_chart(earlier_counts=[0] * 9),
        xmr_chart(earlier_values=[7] * 9),
        p_chart(earlier_converted=[0] * 9, earlier_leads=[5] * 9, leads=5),
        p_chart(earlier_converted=[5] * 9, earlier_leads=[5] * 9, leads=5),
    ):
        assert math.isnan(still.low) and math.isnan(still.high)
        assert still.reason == "the earlier weeks do not vary"


def test_hostile_weeks() -> None:
    for empty in (
        c_chart(earlier_counts=[]),
        xmr_chart(earlier_values=[]),
        p_chart(earlier_converted=[], earlier_leads=[], leads=3),
        xmr_chart(earlier_values=[math.nan] * 9),
    ):
        assert math.isnan(empty.centre) and empty.reason.startswith("0 earlier weeks")
    idle = p_chart(earlier_converted=[1] * 9, earlier_leads=[5] * 9, leads=0)
    assert idle.reason == "no leads in this week"
    calls: tuple[Callable[[], object], ...] = (
        lambda: c_chart(earlier_counts=[-1]),
        lambda: c_chart(earlier_counts=[math.nan]),
        lambda: p_chart(earlier_converted=[6], earlier_leads=[5], leads=1),
        lambda: p_chart(earlier_converted=[1], earlier_leads=[5], leads=-1),
        lambda: xmr_chart(earlier_values=[math.inf]),
        lambda: c_chart(earlier_counts=[1], weeks=0),
    )
    for call in calls:
        with pytest.raises(StatisticsError):
            call()
    many = p_chart(earlier_converted=[1] * 13, earlier_leads=[10**6] * 13, leads=10**6)
    assert many.low == 0 < many.high < 1e-5


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=6, max_size=13), st.floats(-1e3, 1e3))
def test_xmr_moves_with_its_values(values: list[float], shift: float) -> None:
    week, moved = xmr_chart(earlier_values=values), xmr_chart(earlier_values=np.array(values) + shift)
    if not week.reason and not moved.reason:
        assert moved.centre == pytest.approx(week.centre + shift, abs=1e-6)
        assert moved.high - moved.low == pytest.approx(week.high - week.low, rel=1e-6, abs=1e-6)
        assert week.low <= week.centre <= week.high


# --- the change of a share


def test_the_usual_change_by_hand() -> None:
    """Half of 600 leads: 3 √(.25 (1/300 + 1/200)) = .1369; χ² is 0, so that nothing is widened."""
    usual = change_chart(earlier_converted=[50] * 6, earlier_leads=[100] * 6, leads=300, baseline_leads=200)
    assert (usual.low, usual.high) == pytest.approx((-0.1369, 0.1369), abs=1e-4)
    assert [usual.verdict(v) for v in (-0.14, 0.13, 0.14)] == ["below", "within", "above"]


def test_months_that_differ_more_than_chance_widen_it() -> None:
    """40 and 60 of 100 in turn: each 10 from 50, χ² = 6 x 100 / 25 = 24 over 5 degrees: √4.8 times as wide."""
    usual = change_chart(earlier_converted=[40, 60] * 3, earlier_leads=[100] * 6, leads=300, baseline_leads=200)
    assert usual.high == pytest.approx(0.1369 * math.sqrt(4.8), abs=2e-4)


@pytest.mark.parametrize(
    ("converted", "leads", "spans", "reason"),
    [
        ([5] * 5, [10] * 5, (10, 10), "5 earlier months; a normal range needs 6"),
        ([5] * 5 + [0], [10] * 5 + [0], (10, 10), "5 earlier months; a normal range needs 6"),
        ([0] * 6, [10] * 6, (10, 10), "the earlier months do not vary"),
        ([10] * 6, [10] * 6, (10, 10), "the earlier months do not vary"),
        ([5] * 6, [10] * 6, (0, 10), "no leads in one of the two spans"),
        ([], [], (10, 10), "0 earlier months; a normal range needs 6"),
    ],
)
def test_no_usual_change(converted: list[int], leads: list[int], spans: tuple[int, int], reason: str) -> None:
    usual = change_chart(earlier_converted=converted, earlier_leads=leads, leads=spans[0], baseline_leads=spans[1])
    assert math.isnan(usual.low) and usual.reason == reason and usual.verdict(0.5) == "unknown"


def test_whoever_looks_every_month_is_not_told_of_chance() -> None:
    """Two years of months with a rate that never changes; twelve looks at three months against the three before.

    An interval of 95 % leaves out 0 at least once in more than a third of such years, the range in fewer than 1 of 30.
    """
    rng, years = np.random.default_rng(3), 500
    surprised = told = 0
    for _ in range(years):
        n = rng.integers(170, 250, 24)
        x = rng.binomial(n, 0.52)
        looks = [(range(e - 3, e), range(e - 6, e - 3), range(e - 12, e - 3)) for e in range(13, 25)]
        found = [(_look(x, n, later, first), _usual(x, n, later, first, before)) for later, first, before in looks]
        surprised += any(abs(change) > 1.96 * se for (change, se), _ in found)
        told += any(abs(change) > usual for (change, _), usual in found)
    assert surprised / years > 1 / 3
    assert told / years < 1 / 30


def _look(x: np.ndarray, n: np.ndarray, later: range, first: range) -> tuple[float, float]:
    """The change and its standard error."""
    (a, m), (b, k) = ((x[list(s)].sum(), n[list(s)].sum()) for s in (later, first))
    return a / m - b / k, math.sqrt((a + b) / (m + k) * (1 - (a + b) / (m + k)) * (1 / m + 1 / k))


def _usual(x: np.ndarray, n: np.ndarray, later: range, first: range, before: range) -> float:
    sizes = {"leads": n[list(later)].sum(), "baseline_leads": n[list(first)].sum()}
    return change_chart(earlier_converted=x[list(before)], earlier_leads=n[list(before)], **sizes).high
