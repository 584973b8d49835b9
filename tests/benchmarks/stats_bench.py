"""The statistics in process: a league table of 500 sources, and incidence from 10,000 days; best of several."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from alignment_lib.stats import comparisons, estimates, incidences, pooling

SOURCES, DAYS, ROUNDS, SEED = 500, 10_000, 7, 20260907


def league_table(converted: list[int], leads: list[int]) -> None:
    """Intervals, differences with q-values, and shrunken rates of every source."""
    for x, n in zip(converted, leads, strict=True):
        estimates.proportion(converted=x, leads=n)
    comparisons.compare_groups(converted=converted, leads=leads)
    pooling.shrink(converted=converted, leads=leads)


def incidence(ages: list[int], converted: list[int], competing: list[int], censored: list[int]) -> None:
    """Check and merge the day table, and read it at half of its length."""
    table = incidences.follow_up(ages=ages, converted=converted, competing=competing, censored=censored)
    incidences.incidence(table, horizon=DAYS / 2)


def times() -> tuple[float, float]:
    """Seconds of the league table and of the incidence."""
    chance = np.random.default_rng(SEED)
    leads = chance.integers(10, 2_000, SOURCES)
    converted = chance.binomial(leads, chance.beta(4, 16, SOURCES))
    columns = chance.poisson([[3.0], [4.0], [2.0]], (3, DAYS)).tolist()
    return (
        best(lambda: league_table(converted.tolist(), leads.tolist())),
        best(lambda: incidence(list(range(DAYS)), *columns)),
    )


def best(work: Callable[[], None]) -> float:
    """The shortest of several rounds, as noise only ever adds."""
    seconds = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    return min(seconds)
