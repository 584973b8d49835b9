"""League tables of small sources: each rate is drawn towards the others as far as its few leads require."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from alignment_lib.stats.counts import Floats, at_most, counts
from alignment_lib.stats.estimates import Proportion, normal_quantile

POOLING_POINTS = 41
"""Nodes over the weight of the pool; the grid over the mean has three times as many points after refinement.

Gauss-Legendre nodes: equally many midpoints leave an error of .0015 in the upper limit of a 1 of 1, these 1e-5.
"""


@dataclass(frozen=True, kw_only=True)
class Pooled:
    """The shrunken rates of all sources.

    Attributes
    ----------
    rows : tuple of Proportion
        One per source in the given order; a source without leads has the rate of the population.
    order : tuple of int
        Positions sorted by the shrunken lower limit, best first: the order of a league table.
    reason : str
        Why there was nothing to pool; empty otherwise.
    """

    rows: tuple[Proportion, ...]
    order: tuple[int, ...]
    conf: float
    reason: str = ""


def shrink(*, converted: npt.ArrayLike, leads: npt.ArrayLike, conf: float = 0.95) -> Pooled:
    """Estimate the rates of many sources together.

    Parameters
    ----------
    converted, leads : array_like
        Counts, one per source.
    conf : float
        Confidence, 0 < conf < 1.

    Returns
    -------
    Pooled
        With one source only the result is driven by the prior and `reason` says so; without any leads all is nan.

    Raises
    ------
    StatisticsError
        If a count is negative or NaN, or converted > leads.

    Notes
    -----
    θᵢ ~ Beta(μM, (1 - μ)M); asin√μ uniform, and B = z₀/(z₀ + M) uniform with z₀ the median number of leads.
    The posterior of (μ, M) is summed on a grid; means and limits of θᵢ are those of the mixture of
    Beta(μM + xᵢ, (1 - μ)M + nᵢ - xᵢ).

    Sort by the lower limit: sorted by the mean, a lucky 1 of 1 still comes first in nearly half of the tables.

    References
    ----------
    Christiansen CL, Morris CN (1997), JASA 92:618-632 (uniform-shrinkage prior); Gelman A et al. (2013),
    Bayesian Data Analysis, 3rd ed., section 5.3 (the hierarchical model).

    Examples
    --------
    >>> table = shrink(converted=[1, 30, 12, 0, 5], leads=[1, 400, 90, 0, 25])
    >>> [round(row.estimate, 2) for row in table.rows]
    [0.17, 0.08, 0.13, 0.14, 0.15]
    >>> table.order
    (2, 4, 1, 0, 3)
    """
    won, n = counts(converted=converted, leads=leads)
    at_most("converted", won, "leads", n)
    normal_quantile(conf)
    sources = int((n > 0).sum())
    reason = {0: "no leads", 1: "no pool: only one source has leads"}.get(sources, "")
    grid = _posterior(won[n > 0], n[n > 0]) if sources else None
    # Sources with equal counts have equal results: small ones repeat often, and the limits are the costly part.
    distinct, where = np.unique(np.column_stack([won, n]), axis=0, return_inverse=True)
    solved = [_shrunken(x, size, grid, conf) for x, size in distinct.tolist()]
    rows = tuple(solved[i] for i in where.ravel())
    order = sorted(range(len(rows)), key=lambda i: (-rows[i].low, -rows[i].leads, i))
    return Pooled(rows=rows, order=tuple(order), conf=conf, reason=reason)


def _posterior(won: Floats, n: Floats) -> tuple[Floats, Floats, Floats]:
    """Weights of the population's (a, b) = (μM, (1 - μ)M), and these, as equal arrays, heaviest first."""
    nodes, gauss = np.polynomial.legendre.leggauss(POOLING_POINTS)
    strengths = np.asarray(np.median(n) * (1 - nodes) / (1 + nodes), dtype=np.float64)
    step = math.pi / 2 / 400
    angles: Floats = (np.arange(400, dtype=np.float64) + 0.5) * step
    log_weight = _log_weights(angles, strengths, won, n)
    marginal = gauss @ np.exp(log_weight - log_weight.max())
    kept = angles[marginal > 1e-9 * marginal.max()]
    # Not mean ± 6 sd: the posterior of the mean is skewed, and the upper limit of a 1 of 1 would move.
    low, high = max(0.0, kept[0] - step), min(math.pi / 2, kept[-1] + step)
    points = 3 * POOLING_POINTS
    angles = low + (np.arange(points) + 0.5) / points * (high - low)
    log_weight = _log_weights(angles, strengths, won, n)
    weight = (gauss[:, None] * np.exp(log_weight - log_weight.max())).ravel()
    means = np.sin(angles) ** 2
    a, b = np.outer(strengths, means).ravel(), np.outer(strengths, 1 - means).ravel()
    heavy_first = np.argsort(weight)[::-1]
    return weight[heavy_first] / weight.sum(), a[heavy_first], b[heavy_first]


def _log_weights(angles: Floats, strengths: Floats, won: Floats, n: Floats) -> Floats:
    """Log posterior of the grid: Σ ln B(a + xᵢ, b + nᵢ - xᵢ) - ln B(a, b), one row per strength."""
    from scipy.special import gammaln  # here, so that importing the module stays cheap

    means = np.sin(angles) ** 2
    parts = [np.unique(part, return_counts=True) for part in (won, n - won, n)]

    def summed(start: Floats, part: int) -> Floats:
        values, times = parts[part]
        return np.asarray(gammaln(start[:, None] + values) @ times - len(n) * gammaln(start))

    return np.array(
        [summed(means * m, 0) + summed((1 - means) * m, 1) - summed(np.array([m]), 2)[0] for m in strengths]
    )


def _shrunken(won: float, n: float, grid: tuple[Floats, Floats, Floats] | None, conf: float) -> Proportion:
    if grid is None:
        return Proportion(estimate=math.nan, low=0.0, high=1.0, conf=conf, reason="no leads", converted=won, leads=n)
    weight, a, b = grid
    mean = float(weight @ ((a + won) / (a + b + n)))
    # The limits only see the grid points that carry the mass; the rest changes a tail by less than 1e-5.
    heavy = slice(0, int(np.searchsorted(np.cumsum(weight), 1 - 1e-5)) + 1)
    mix = weight[heavy] / weight[heavy].sum(), a[heavy] + won, b[heavy] + n - won
    low, high = (_mixture_quantile(share, *mix) for share in ((1 - conf) / 2, (1 + conf) / 2))
    return Proportion(estimate=mean, low=low, high=high, conf=conf, converted=won, leads=n)


def _mixture_quantile(share: float, weight: Floats, a: Floats, b: Floats) -> float:
    """Solve Σ w I_t(a, b) = share by Newton's steps within a shrinking bracket."""
    from scipy.special import betainc, betaincinv, betaln

    mean = weight @ (a / (a + b))
    variance = weight @ (a * (a + 1) / ((a + b) * (a + b + 1))) - mean**2
    size = mean * (1 - mean) / variance - 1
    t = min(max(float(betaincinv(mean * size, (1 - mean) * size, share)), 1e-12), 1 - 1e-12)
    log_beta = betaln(a, b)
    low, high = 0.0, 1.0
    for _ in range(200):
        gap = float(weight @ betainc(a, b, t)) - share
        low, high = (t, high) if gap < 0 else (low, t)
        slope = float(weight @ np.exp((a - 1) * math.log(t) + (b - 1) * math.log1p(-t) - log_beta))
        following = t - gap / slope if slope > 0 else -1.0
        following = following if low < following < high else (low + high) / 2
        if abs(following - t) < 1e-7:
            break
        t = following
    return following
