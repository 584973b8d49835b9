"""Attribution: worked examples, credits that add up, touches that may not count."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.attribution import MODELS, Attribution, attribute, rank_changes, to_cents

pytestmark = pytest.mark.filterwarnings("error")

DAYS: list[float] = [0, 5, 12, 30, 38]
"""Days of the touches of a deal of $12,000 (coreyhaines31/marketingskills, attribution-models.md)."""

journeys = st.fixed_dictionaries(
    {
        "times": st.lists(st.one_of(st.integers(0, 60), st.floats(0, 60)), max_size=12),
        "model": st.sampled_from(MODELS),
        "close": st.integers(0, 60),
        "lead": st.one_of(st.none(), st.integers(0, 60)),
        "deal": st.one_of(st.none(), st.integers(0, 60)),
        "lookback": st.one_of(st.none(), st.integers(0, 60)),
        "value": st.floats(0, 1e7),
    }
)


def credit(
    model: str, times: list[float] = DAYS, value: float = 12_000, close: float = 38, **days: float
) -> list[float]:
    return list(attribute(times=times, model=model, close=close, value=value, **days).credit)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("first", [12_000, 0, 0, 0, 0]),
        ("last", [0, 0, 0, 0, 12_000]),
        ("linear", [2400] * 5),
        ("position", [4800, 800, 800, 800, 4800]),
    ],
)
def test_simple_models_of_the_worked_deal(model: str, expected: list[float]) -> None:
    assert credit(model) == pytest.approx(expected)


def test_time_decay_of_the_worked_deal() -> None:
    """Published to the nearest $5: 175, 290, 575, 3415, 7545. By hand: weights 2^(-38/7), 2^(-33/7), …, 1."""
    assert credit("time_decay") == pytest.approx([175, 290, 575, 3415, 7545], abs=5)
    weights = np.array([2 ** (-(38 - day) / 7) for day in DAYS])
    assert credit("time_decay") == pytest.approx(12_000 * weights / weights.sum())


def test_anchored_models_by_hand() -> None:
    days: dict[str, Any] = {"times": [0, 3, 10, 20, 40], "close": 45}
    assert credit("u", value=300, lead=10, **days) == pytest.approx([120, 20, 120, 20, 20])
    assert credit("w", value=300, lead=10, deal=25, **days) == pytest.approx([90, 15, 90, 90, 15])
    assert credit("full", value=400, lead=10, deal=25, **days) == pytest.approx([90, 40, 90, 90, 90])


def test_missing_anchors_are_dropped_and_the_rest_is_stretched() -> None:
    assert credit("w", times=[7], value=100, lead=7, deal=8, close=9) == pytest.approx([100])
    assert credit("position", times=[0, 4], value=100, close=9) == pytest.approx([50, 50])
    # u without a touch before the contact was created: first .4 and rest .2 of .6
    assert credit("u", times=[5, 6], value=90, lead=1, close=9) == pytest.approx([60, 30])
    # w without a deal date: .3, .3 and .1 of .7
    assert credit("w", times=[0, 3, 5], value=70, lead=3, close=9) == pytest.approx([30, 30, 10])


def test_only_touches_before_the_close_and_within_the_lookback_count() -> None:
    result = attribute(times=[0, 20, 30, 41], model="linear", close=40, value=100, lookback=25)
    assert result.credit == (0, 50, 50, 0)
    edge = attribute(times=[14, 15, 40], model="linear", close=40, value=100, lookback=25)  # 15 is 25 days before
    assert edge.credit == (0, 50, 50)
    none = attribute(times=[41, 50], model="first", close=40, value=99.99)
    assert (none.credit, none.unattributed, none.unattributed_cents) == ((0, 0), 99.99, 9999)


@settings(deadline=None)
@given(journeys)
def test_credits_add_up_to_the_value(journey: dict[str, Any]) -> None:
    result = attribute(**journey)
    assert math.fsum((*result.credit, result.unattributed)) == pytest.approx(journey["value"], rel=1e-12, abs=1e-9)
    assert sum(result.cents) + result.unattributed_cents == round(journey["value"] * 100)
    assert all(abs(cent - 100 * part) <= 1.001 for cent, part in zip(result.cents, result.credit, strict=True))
    for day, part in zip(result.times, result.credit, strict=True):
        assert part >= 0
        assert part == 0 or day <= journey["close"]


@settings(deadline=None)
@given(journeys)
def test_the_order_of_distinct_touches_does_not_matter(journey: dict[str, Any]) -> None:
    days = sorted(set(journey["times"]))
    straight = attribute(**{**journey, "times": days})
    turned = attribute(**{**journey, "times": days[::-1]})
    assert straight.shares == pytest.approx(turned.shares[::-1])


@settings(deadline=None)
@given(journeys, st.integers(-1000, 1000))
def test_only_time_differences_matter(journey: dict[str, Any], shift: int) -> None:
    def moved(by: float) -> Attribution:
        when = {k: None if journey[k] is None else journey[k] + by for k in ("close", "lead", "deal")}
        return attribute(**{**journey, **when, "times": [round(t, 2) + by for t in map(float, whole)]})

    whole = [int(day) for day in journey["times"]]
    assert moved(0).shares == pytest.approx(moved(shift).shares)


@settings(deadline=None)
@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=200), st.floats(0, 1e9))
def test_cents_reconcile(weights: list[float], value: float) -> None:
    shares = np.array(weights) / sum(weights)
    cents = to_cents(list(shares), value)
    assert sum(cents) == round(value * 100)
    assert min(cents) >= 0


def test_cents_by_hand() -> None:
    """Hamilton: quotas 33.4, 33.3, 33.3 leave one cent for the largest remainder."""
    assert to_cents([0.334, 0.333, 0.333], 1) == [34, 33, 33]
    assert to_cents([0.1] * 10, 0.3) == [3] * 10
    with pytest.raises(StatisticsError, match=r"shares: must add up to 1, got 0.5"):
        to_cents([0.5], 10)


def test_ancient_touches_do_not_underflow() -> None:
    old = attribute(times=[500_000, 500_001], model="time_decay", close=1_000_000, value=100, half_life=1)
    assert sum(old.credit) == pytest.approx(100)
    assert old.credit[1] == pytest.approx(2 * old.credit[0])


def test_hostile_journeys() -> None:
    for model in MODELS:
        assert attribute(times=[], model=model, close=1, value=5).unattributed == 5
        assert attribute(times=[3], model=model, close=3, value=5).credit == (5,)
        assert sum(attribute(times=[3] * 7, model=model, close=3, lead=3, deal=3, value=1).cents) == 100
        assert attribute(times=[3], model=model, close=3, value=0).credit == (0,)
    bad: list[tuple[str, dict[str, Any]]] = [
        ("model: must be one of first, last", {"model": "shapley"}),
        ("times", {"times": [1, math.nan]}),
        ("value", {"value": -1}),
        ("close", {"close": math.inf}),
        ("lead", {"model": "u", "lead": math.nan}),
        ("lookback", {"lookback": -1}),
        ("half_life", {"half_life": 0}),
    ]
    for message, change in bad:
        with pytest.raises(StatisticsError, match=message):
            attribute(**{"times": [1], "model": "first", "close": 2, "value": 1, **change})


def test_sources_whose_rank_depends_on_the_model() -> None:
    assert rank_changes({"first": [50, 30, 20], "last": [50, 20, 30], "w": [60, 20, 20]}) == (1, 2)
    assert rank_changes({"first": [5, 3], "last": [9, 1]}) == ()
    assert rank_changes({}) == ()
    with pytest.raises(StatisticsError, match="credits"):
        rank_changes({"first": [1], "last": [1, 2]})
