"""Every rate that a report prints: one interval engine and the two ways to set rates side by side.

An `Estimate` is a number with its limits. `wilson` makes one from a share and the number of leads that it is
worth; `difference` and `ratio` take any two, so that a finished cohort (n leads) and an unfinished one (fewer
effective leads) stand on one scale. Undefined is nan with a reason, never 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.counts import at_most, number


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A number with its limits.

    Attributes
    ----------
    estimate : float
        The number; nan where it is undefined.
    low, high : float
        Limits of the interval at `conf`; nan where no interval exists.
    conf : float
        Confidence of the interval, 0 < conf < 1.
    reason : str
        Why the estimate, or its interval, is undefined; empty otherwise.
    """

    estimate: float
    low: float
    high: float
    conf: float = 0.95
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Proportion(Estimate):
    """A share of leads and the counts that it was made from."""

    converted: float
    leads: float


@dataclass(frozen=True, kw_only=True)
class Difference(Estimate):
    """`rate` minus `baseline`, in points (0.05 is five points)."""

    rate: Estimate
    baseline: Estimate


@dataclass(frozen=True, kw_only=True)
class Ratio(Estimate):
    """`rate` over `baseline` ("x times")."""

    rate: Estimate
    baseline: Estimate


def normal_quantile(conf: float) -> float:
    """Return z such that a standard normal lies within ±z with probability `conf`.

    Examples
    --------
    >>> round(normal_quantile(0.95), 4)
    1.96
    """
    if not 0 < number("conf", conf) < 1:
        raise StatisticsError(f"conf: must lie strictly between 0 and 1, got {conf:g}; 95 % is 0.95")
    return NormalDist().inv_cdf((1 + conf) / 2)


def effective_n(*, estimate: float, variance: float) -> float:
    """Return the number of leads that a rate with this variance is worth.

    Parameters
    ----------
    estimate : float
        The rate, 0 to 1.
    variance : float
        Its variance, >= 0, however it was estimated.

    Returns
    -------
    float
        nan if the variance is 0: the caller then says how many leads the rate stands on.

    Notes
    -----
    n_eff = p(1 - p) / var(p); for a simple share n_eff = n.

    References
    ----------
    Rothman KJ (1978), J Chronic Dis 31:557-560 (the idea, for survival curves).

    Examples
    --------
    >>> round(effective_n(estimate=0.2, variance=0.2 * 0.8 / 50), 9)
    50.0
    """
    number("estimate", estimate, low=0, high=1)
    if number("variance", variance, low=0) == 0:
        return math.nan
    return estimate * (1 - estimate) / variance


def wilson(*, estimate: float, effective_n: float, conf: float = 0.95) -> Estimate:
    """Put a score interval around a share that is worth `effective_n` leads.

    Parameters
    ----------
    estimate : float
        The share, 0 to 1; nan if there is none.
    effective_n : float
        Number of leads, >= 0; may be fractional.
    conf : float
        Confidence, 0 < conf < 1.

    Returns
    -------
    Estimate
        The limit is exactly 0 for a share of 0 and exactly 1 for a share of 1. Without leads: nan within (0, 1).

    Raises
    ------
    StatisticsError
        If the share lies outside 0 to 1, or n is negative or infinite.

    Notes
    -----
    (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n), written without dividing by n.

    References
    ----------
    Wilson EB (1927), JASA 22:209-212; Newcombe RG (1998), Stat Med 17:857-872, method 3.

    Examples
    --------
    >>> share = wilson(estimate=81 / 263, effective_n=263)
    >>> round(share.low, 4), round(share.high, 4)
    (0.2553, 0.3662)
    """
    z = normal_quantile(conf)
    n = number("effective_n", effective_n, low=0)
    if n == 0 or math.isnan(estimate):
        return Estimate(estimate=math.nan, low=0.0, high=1.0, conf=conf, reason="no leads")
    p = number("estimate", estimate, low=0, high=1)
    centre = (n * p + z * z / 2) / (n + z * z)
    half = z * math.sqrt(n * p * (1 - p) + z * z / 4) / (n + z * z)
    # Bounded by p itself, so that rounding cannot take the limit of a share of 0 or 1 off the end.
    low, high = max(0.0, min(p, centre - half)), min(1.0, max(p, centre + half))
    return Estimate(estimate=p, low=low, high=high, conf=conf)


def proportion(*, converted: float, leads: float, conf: float = 0.95) -> Proportion:
    """Return the share of leads that converted, with its Wilson interval.

    Parameters
    ----------
    converted : float
        Number of leads that converted, 0 <= converted <= leads.
    leads : float
        Number of leads.
    conf : float
        Confidence, 0 < conf < 1.

    Returns
    -------
    Proportion
        nan within (0, 1) if there are no leads.

    Raises
    ------
    StatisticsError
        If a count is negative or NaN, or converted > leads.

    Notes
    -----
    converted / leads; see `wilson`.

    References
    ----------
    Newcombe RG (1998), Stat Med 17:857-872, method 3.

    Examples
    --------
    >>> share = proportion(converted=0, leads=20)
    >>> share.estimate, share.low, round(share.high, 4)
    (0.0, 0.0, 0.1611)
    """
    x, n = number("converted", converted, low=0), number("leads", leads, low=0)
    at_most("converted", x, "leads", n)
    share = wilson(estimate=x / n if n else math.nan, effective_n=n, conf=conf)
    return Proportion(**vars(share), converted=x, leads=n)


def _missing(rate: Estimate, baseline: Estimate) -> str:
    """Say which side of a comparison has no rate; empty if both have one."""
    sides = [
        f"{name}: {side.reason or 'undefined'}"
        for name, side in (("rate", rate), ("baseline", baseline))
        if math.isnan(side.estimate)
    ]
    return "; ".join(sides)


def difference(*, rate: Estimate, baseline: Estimate) -> Difference:
    """Subtract `baseline` from `rate`, keeping what both intervals say.

    Parameters
    ----------
    rate, baseline : Estimate
        Two independent shares with their limits, of one confidence, each from any method.

    Returns
    -------
    Difference
        In points. nan within (-1, 1) if either rate is undefined.

    Raises
    ------
    StatisticsError
        If the two have different confidences.

    Notes
    -----
    MOVER-D: p₁ - p₂ - √((p₁ - l₁)² + (u₂ - p₂)²) to p₁ - p₂ + √((u₁ - p₁)² + (p₂ - l₂)²).
    With two simple shares this is Newcombe's method 10.

    References
    ----------
    Newcombe RG (1998), Stat Med 17:873-890, method 10.

    Examples
    --------
    >>> gap = difference(rate=proportion(converted=56, leads=70), baseline=proportion(converted=48, leads=80))
    >>> round(gap.estimate, 4), round(gap.low, 4), round(gap.high, 4)
    (0.2, 0.0524, 0.3339)
    """
    conf = _common_conf(rate, baseline)
    if reason := _missing(rate, baseline):
        return Difference(estimate=math.nan, low=-1.0, high=1.0, conf=conf, reason=reason, rate=rate, baseline=baseline)
    gap = rate.estimate - baseline.estimate
    down = math.hypot(rate.estimate - rate.low, baseline.high - baseline.estimate)
    up = math.hypot(rate.high - rate.estimate, baseline.estimate - baseline.low)
    return Difference(
        estimate=gap, low=max(-1.0, gap - down), high=min(1.0, gap + up), conf=conf, rate=rate, baseline=baseline
    )


def ratio(*, rate: Estimate, baseline: Estimate) -> Ratio:
    """Divide `rate` by `baseline`; print it only beside the difference in points.

    Parameters
    ----------
    rate, baseline : Estimate
        Two independent shares with their limits, of one confidence, each from any method.

    Returns
    -------
    Ratio
        inf if only the baseline is 0. nan within (0, inf) if both are 0 or either is undefined.

    Raises
    ------
    StatisticsError
        If the two have different confidences.

    Notes
    -----
    MOVER-R, with a = p₁p₂; the lower limit is the published one with numerator and denominator multiplied by
    the conjugate, which stays stable where 2p₂ - u₂ <= 0:

    l = l₁(2p₁ - l₁) / (a + √(a² - l₁u₂(2p₁ - l₁)(2p₂ - u₂))),
    u = (a + √(a² - u₁l₂(2p₁ - u₁)(2p₂ - l₂))) / (l₂(2p₂ - l₂)), inf if l₂ = 0.

    References
    ----------
    Donner A, Zou GY (2012), Stat Methods Med Res 21:347-359.

    Examples
    --------
    >>> times = ratio(rate=proportion(converted=7, leads=34), baseline=proportion(converted=1, leads=34))
    >>> round(times.estimate, 1), round(times.low, 3), round(times.high, 2)
    (7.0, 1.154, 41.98)
    """
    conf = _common_conf(rate, baseline)
    p1, l1, u1 = rate.estimate, rate.low, rate.high
    p2, l2, u2 = baseline.estimate, baseline.low, baseline.high
    reason = _missing(rate, baseline) or ("both rates are 0" if p1 == p2 == 0 else "")
    if reason:
        return Ratio(estimate=math.nan, low=0.0, high=math.inf, conf=conf, reason=reason, rate=rate, baseline=baseline)
    a = p1 * p2
    low_part, high_part = l1 * (2 * p1 - l1), l2 * (2 * p2 - l2)
    low_root = math.sqrt(max(0.0, a * a - low_part * u2 * (2 * p2 - u2)))
    high_root = math.sqrt(max(0.0, a * a - u1 * (2 * p1 - u1) * high_part))
    return Ratio(
        estimate=p1 / p2 if p2 else math.inf,
        low=low_part / (a + low_root) if low_part else 0.0,
        high=(a + high_root) / high_part if high_part else math.inf,
        conf=conf,
        rate=rate,
        baseline=baseline,
    )


def _common_conf(rate: Estimate, baseline: Estimate) -> float:
    if rate.conf != baseline.conf:
        raise StatisticsError(f"baseline: its confidence must be that of rate ({rate.conf:g}), got {baseline.conf:g}")
    return rate.conf
