"""Chance of the demo company: one stream of random numbers per purpose, so that no table disturbs another."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from zlib import crc32

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def stream(seed: int, block: int, purpose: str) -> np.random.Generator:
    """Random numbers of their own for a purpose within a block of the history."""
    return np.random.default_rng([seed, block, crc32(purpose.encode())])


def lognormal(rng: np.random.Generator, *, median: ArrayLike, sigma: float, size: int) -> Floats:
    """Draw lognormal values around a median, one of its own for each or one for all."""
    drawn: Floats = np.asarray(median, dtype=np.float64) * np.exp(sigma * rng.standard_normal(size))
    return drawn


def pick(rng: np.random.Generator, shares: Sequence[float], *, size: int) -> Ints:
    """Draw indices with the given shares, which add up to 1."""
    cumulative = np.cumsum(shares)[:-1]
    return np.searchsorted(cumulative, rng.random(size), side="right").astype(np.int64)


def pick_by_row(rng: np.random.Generator, shares: Floats) -> Ints:
    """Draw one index per row of a matrix of shares (n rows that each add up to 1)."""
    cumulative = np.cumsum(shares, axis=1)[:, :-1]
    drawn: Ints = (rng.random(len(shares))[:, np.newaxis] >= cumulative).sum(axis=1)
    return drawn


def passes(latent: Floats, rate: Floats) -> Bools:
    """Turn a standard normal quality into success with exactly the given probability: the better, the likelier."""
    unique, place = np.unique(rate, return_inverse=True)
    cuts = np.array([_quantile(value) for value in unique])
    succeeded: Bools = latent < cuts[place]
    return succeeded


def _quantile(rate: float) -> float:
    if rate <= 0 or rate >= 1:
        return float("-inf") if rate <= 0 else float("inf")
    return NormalDist().inv_cdf(float(rate))
