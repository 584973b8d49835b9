"""Removal effects of channels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.journeys import markov

pytestmark = pytest.mark.filterwarnings("error")

paths = st.lists(
    st.tuples(st.lists(st.sampled_from("ABCD"), max_size=5), st.integers(0, 9), st.integers(0, 9)), max_size=6
)


def test_two_channels_as_published() -> None:
    """Puzyrov S (2019), attribution with Markov chains: base .8, removal .75 and .5."""
    removal = markov([(["Google Ads"], 2, 1), (["Mailing"], 1, 0), (["Google Ads", "Mailing"], 1, 0)])
    assert removal.channels == ("Google Ads", "Mailing")
    assert removal.conversion == pytest.approx(0.8)
    assert removal.removal == pytest.approx((0.75, 0.5))
    assert removal.share == pytest.approx((0.6, 0.4))


def test_a_walk_of_many_journeys_agrees() -> None:
    """A second implementation that walks the chain instead of inverting it: 200 000 journeys, se .001."""
    known = [(["A", "B"], 3, 2), (["B", "A", "C"], 2, 4), (["C"], 1, 3)]
    steps: dict[str, list[str]] = {}
    for path, won, lost in known:
        for end, times in (("won", won), ("lost", lost)):
            for start, stop in zip(["start", *path], [*path, end], strict=True):
                steps.setdefault(start, []).extend([stop] * times)
    random, won = np.random.default_rng(7), 0
    at = np.array(["start"] * 200_000, dtype=object)
    while True:
        moving = [state for state in set(at) if state in steps]
        if not moving:
            break
        for state in moving:
            here = at == state
            at[here] = random.choice(np.array(steps[state], dtype=object), here.sum())
    won = (at == "won").mean()
    assert markov(known).conversion == pytest.approx(won, abs=0.005)


@settings(deadline=None)
@given(paths)
def test_names_and_repeats_change_nothing(journeys: list[tuple[list[str], int, int]]) -> None:
    result = markov(journeys)
    renamed = markov([([f"x{c}" for c in path for _ in range(2)], won, lost) for path, won, lost in journeys])
    assert renamed.share == pytest.approx(result.share, nan_ok=True)
    assert renamed.conversion == pytest.approx(result.conversion, nan_ok=True)
    if not result.reason:
        assert math.fsum(result.share) == pytest.approx(1)
        assert all(-1e-9 <= effect <= 1 + 1e-9 for effect in result.removal)


def test_hostile_paths() -> None:
    assert math.isnan(markov([]).conversion) and markov([]).reason == "no path converts"
    lost = markov([(["A"], 0, 5)])
    assert lost.conversion == 0 and math.isnan(lost.share[0]) and lost.reason == "no path converts"
    assert markov([([], 3, 1)]).reason == "no path has a channel"
    assert markov([(["start"], 1, 0)]).share == (1,)  # a channel of that name is not the start
    for bad in (-1, math.nan, 0.5):
        with pytest.raises(StatisticsError, match="conversions"):
            markov([(["A"], bad, 1)])
