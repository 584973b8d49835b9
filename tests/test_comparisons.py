"""Two-group tests, q-values, groups against the rest."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, false_discovery_control, hypergeom

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.comparisons import benjamini_hochberg, chi2_tail, compare_groups, two_group_p
from alignment_lib.stats.estimates import proportion

pytestmark = pytest.mark.filterwarnings("error")

P_1995 = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
    0.7590, 1.0000,
]  # fmt: skip

pairs = st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def p_of(x1: int, n1: int, x2: int, n2: int) -> float:
    return two_group_p(converted=x1, leads=n1, other_converted=x2, other_leads=n2).p


@pytest.mark.parametrize(
    ("table", "p", "method"),
    [
        ((7, 34, 1, 34), 0.02966, "Fisher mid-P"),  # Fagerland, Lydersen & Laake (2017), ch. 4
        ((3, 4, 1, 4), 0.257143, "Fisher mid-P"),  # hand: (1 + 1)/70 + ½·(16 + 16)/70
        ((6, 7, 2, 7), 0.053613, "Fisher mid-P"),  # exact ties that floating comparison misses
        ((56, 70, 48, 80), 0.008258, "N-1 chi2"),  # R chisq.test, times (N-1)/N
        ((0, 10, 0, 20), 1, "none"),
        ((10, 10, 20, 20), 1, "none"),
        ((0, 0, 3, 20), 1, "none"),
    ],
)
def test_two_groups_as_published(table: tuple[int, int, int, int], p: float, method: str) -> None:
    x1, n1, x2, n2 = table
    test = two_group_p(converted=x1, leads=n1, other_converted=x2, other_leads=n2)
    assert test.p == pytest.approx(p, abs=5e-6)
    assert test.method == method


@settings(deadline=None)
@given(pairs, pairs)
def test_p_equals_scipy_and_ignores_order(first: tuple[int, int], second: tuple[int, int]) -> None:
    (x1, n1), (x2, n2) = first, second
    test = two_group_p(converted=x1, leads=n1, other_converted=x2, other_leads=n2)
    total, won = n1 + n2, x1 + x2
    if test.method == "N-1 chi2":
        plain = chi2_contingency([[x1, n1 - x1], [x2, n2 - x2]], correction=False).statistic
        assert test.p == pytest.approx(chi2_tail(plain * (total - 1) / total), abs=1e-9)
    elif test.method == "Fisher mid-P":
        mass = hypergeom(total, won, n1).pmf(np.arange(max(0, won - n2), min(won, n1) + 1))
        seen = hypergeom(total, won, n1).pmf(x1)
        tied = np.isclose(mass, seen, rtol=1e-7, atol=0)
        assert test.p == pytest.approx(mass[~tied & (mass < seen)].sum() + mass[tied].sum() / 2, abs=1e-9)
    assert 0 < test.p <= 1
    assert test.p == pytest.approx(p_of(x2, n2, x1, n1), abs=1e-12)
    assert test.p == pytest.approx(p_of(n1 - x1, n1, n2 - x2, n2), abs=1e-12)


def test_a_million_leads_lose_no_digits() -> None:
    """Poisson limit: 3 of a million against 0 of a million is a fair coin's three heads, mid-P 2·½·1/8."""
    assert p_of(3, 10**6, 0, 10**6) == pytest.approx(0.125, abs=1e-5)
    assert p_of(0, 1, 0, 10**6) == 1


@pytest.mark.parametrize("bad", [{"converted": -1}, {"converted": 11}, {"leads": math.nan}, {"other_leads": 2.5}])
def test_two_groups_refuse_bad_counts(bad: dict[str, float]) -> None:
    with pytest.raises(StatisticsError, match=next(iter(bad))):
        two_group_p(**{"converted": 1, "leads": 10, "other_converted": 1, "other_leads": 10, **bad})


def test_four_of_fifteen_as_published() -> None:
    """Benjamini Y, Hochberg Y (1995), section 3.2: four rejections at .05, where Bonferroni finds three."""
    q = benjamini_hochberg(P_1995)
    assert (q <= 0.05).sum() == 4
    assert q[3:5] == pytest.approx([0.035625, 0.0603])


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.randoms())
def test_q_equals_scipy_and_ignores_order_and_the_untested(p: list[float], random: object) -> None:
    q = benjamini_hochberg(p)
    assert q == pytest.approx(false_discovery_control(p), abs=1e-12)
    order = np.argsort(np.sin(np.arange(len(p)) * 7))
    assert benjamini_hochberg(np.array(p)[order]) == pytest.approx(q[order])
    with_gap = benjamini_hochberg([*p, math.nan])
    assert with_gap[:-1] == pytest.approx(q)
    assert math.isnan(with_gap[-1])


def test_q_of_nothing_and_of_nonsense() -> None:
    assert benjamini_hochberg([]).size == 0
    assert np.isnan(benjamini_hochberg([math.nan])).all()
    with pytest.raises(StatisticsError, match=r"p\[0\]: must be between 0 and 1, got 1.2"):
        benjamini_hochberg([1.2])


def test_each_source_against_the_rest() -> None:
    """R contingencytables (Newcombe) and p.adjust for five sources."""
    rows = compare_groups(converted=[12, 30, 3, 1, 40], leads=[120, 200, 8, 1, 800], min_leads=0)
    assert [row.estimate for row in rows] == pytest.approx(
        [0.026660, 0.089720, 0.300959, 0.924645, -0.089818], abs=1e-6
    )
    assert [row.low for row in rows] == pytest.approx([-0.018815, 0.043537, 0.062210, 0.131015, -0.133465], abs=1e-6)
    assert [row.q for row in rows] == pytest.approx([0.298198, 3.6132e-5, 0.016500, 0.047609, 1.1872e-6], rel=1e-4)


def test_a_lucky_single_lead_is_not_tested() -> None:
    rows = compare_groups(converted=[12, 30, 3, 1, 40], leads=[120, 200, 8, 1, 800])
    assert [math.isnan(row.q) for row in rows] == [False, False, True, True, False]
    assert rows[3].reason == "fewer than 10 leads: not tested"
    assert rows[3].verdict() == "not tested"
    assert rows[3].estimate > 0.9  # shown all the same
    tested = benjamini_hochberg([rows[0].p, rows[1].p, rows[4].p])
    assert [rows[0].q, rows[1].q, rows[4].q] == pytest.approx(list(tested))


def test_a_group_of_just_enough_leads_is_tested() -> None:
    ten, nine = (compare_groups(converted=[3, 40], leads=[n, 400])[0] for n in (10, 9))
    assert not math.isnan(ten.q) and ten.reason == ""
    assert math.isnan(nine.q) and nine.reason == "fewer than 10 leads: not tested"


def test_a_q_value_just_at_the_limit_is_a_finding() -> None:
    [row, _] = compare_groups(converted=[60, 20], leads=[100, 100])
    assert row.low > 0
    assert [replace(row, q=q).verdict(max_q=0.1) for q in (0.1, 0.100001)] == ["above", "borderline"]


def test_the_reference_is_not_compared_with_itself() -> None:
    rows = compare_groups(converted=[50, 10, 20], leads=[100, 100, 100], reference=0)
    assert rows[0].reason == "the reference itself"
    assert math.isnan(rows[0].estimate) and math.isnan(rows[0].q)
    assert (rows[1].baseline_converted, rows[1].baseline_leads) == (50, 100)
    assert [row.verdict() for row in rows[1:]] == ["below", "below"]


def test_where_q_and_interval_disagree_it_is_borderline() -> None:
    """Thirty equal groups and one that stands out just enough for its interval, not for the family."""
    rows = compare_groups(converted=[21, *[12] * 30], leads=[100] * 31)
    assert rows[0].low > 0 and rows[0].q > 0.1
    assert rows[0].verdict() == "borderline"
    assert rows[1].verdict() == "no difference shown"


def test_hostile_groups() -> None:
    assert compare_groups(converted=[], leads=[]) == ()
    [alone] = compare_groups(converted=[5], leads=[50])
    assert math.isnan(alone.estimate) and alone.reason == "baseline: no leads"
    empty, full = compare_groups(converted=[0, 10**6], leads=[0, 10**6])
    assert math.isnan(empty.estimate) and empty.q != empty.q and full.reason
    assert [row.q for row in compare_groups(converted=[0, 0], leads=[50, 50])] == [1, 1]
    for bad in ([-1, 2], [math.nan, 2], [60, 2], [1.5, 2]):
        with pytest.raises(StatisticsError, match="converted"):
            compare_groups(converted=bad, leads=[50, 50])
    for reference in (2, -1, "web"):
        with pytest.raises(StatisticsError, match="reference: must be 'rest' or a position below 2, got"):
            compare_groups(converted=[1, 2], leads=[50, 50], reference=reference)  # type: ignore[arg-type]


@settings(max_examples=30, deadline=None)
@given(st.lists(pairs, min_size=2, max_size=8))
def test_groups_do_not_depend_on_their_order(groups: list[tuple[int, int]]) -> None:
    rows = compare_groups(converted=[x for x, _ in groups], leads=[n for _, n in groups])
    back = compare_groups(converted=[x for x, _ in groups[::-1]], leads=[n for _, n in groups[::-1]])[::-1]
    for row, other in zip(rows, back, strict=True):
        assert (row.estimate, row.q) == pytest.approx((other.estimate, other.q), nan_ok=True)
        assert row.rate == proportion(converted=row.converted, leads=row.leads)
        assert bool(row.reason) or not math.isnan(row.estimate)
