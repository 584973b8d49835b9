"""Deal values and the speed of the pipeline.

Deal values are skewed: a median with limits and a ratio of geometric means, never an interval for a mean.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from alignment_lib.stats.counts import number, numbers
from alignment_lib.stats.estimates import Estimate, normal_quantile

# scipy.special is imported inside the functions, so that importing the module stays cheap.


@dataclass(frozen=True, kw_only=True)
class Median(Estimate):
    """The median of deal values with `n_deals` and their `total`."""

    n_deals: int
    total: float


@dataclass(frozen=True, kw_only=True)
class GeoRatio(Estimate):
    """How many times larger a typical deal is; `excluded` deals had a value of 0 or less."""

    n_deals: int
    other_deals: int
    excluded: int
    other_excluded: int
    p: float


@dataclass(frozen=True, kw_only=True)
class Concentration:
    """How much of a total hangs on few deals; all nan, with a `reason`, if the total is 0."""

    total: float
    n_deals: int
    top1: float
    top3: float
    hhi: float
    effective_number: float
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Velocity:
    """Won value per day that the pipeline moves, with its four factors; show them beside it."""

    opportunities: float
    win_rate: float
    mean_won_value: float
    cycle_days: float
    value_per_day: float
    reason: str = ""


def median_ci(values: npt.ArrayLike, *, conf: float = 0.95) -> Median:
    """Return the median with limits that hold for any distribution.

    Parameters
    ----------
    values : array_like
        Deal values, in any order.
    conf : float
        Confidence, at least this much, 0 < conf < 1.

    Returns
    -------
    Median
        Limits are nan for too few values (five or fewer at 95 %); the median is nan for none.

    Raises
    ------
    StatisticsError
        If a value is NaN or infinite.

    Notes
    -----
    x₍k₎ to x₍n+1-k₎ with the largest k such that P(Bin(n, ½) <= k - 1) <= (1 - conf)/2.

    References
    ----------
    Conover WJ (1999), Practical Nonparametric Statistics, 3rd ed., section 3.2.

    Examples
    --------
    >>> deals = median_ci([3, 5, 7, 18, 43, 85, 91, 98, 100, 130, 230, 487])
    >>> deals.estimate, deals.low, deals.high
    (88.0, 7.0, 130.0)
    """
    from scipy.special import bdtr

    normal_quantile(conf)
    x = np.sort(numbers("values", values))
    n = len(x)
    # The number of counts j with F(j) <= α/2 is k itself.
    k = bisect_right(range(n // 2), (1 - conf) / 2, key=lambda j: float(bdtr(j, n, 0.5))) if n else 0
    low, high = (float(x[k - 1]), float(x[n - k])) if k else (math.nan, math.nan)
    reason = "" if k else f"no interval: {n} deals are too few" if n else "no deals"
    middle = float((x[(n - 1) // 2] + x[n // 2]) / 2) if n else math.nan
    return Median(estimate=middle, low=low, high=high, conf=conf, reason=reason, n_deals=n, total=math.fsum(x))


def geo_ratio(*, values: npt.ArrayLike, other_values: npt.ArrayLike, conf: float = 0.95) -> GeoRatio:
    """Compare typical deal values: the ratio of geometric means.

    Parameters
    ----------
    values, other_values : array_like
        Deal values of the group and of the one that it is compared with; 0 and less are left out and counted.
    conf : float
        Confidence, 0 < conf < 1.

    Returns
    -------
    GeoRatio
        nan within (0, inf) with fewer than two positive values on a side; limits and p are nan if neither side varies.

    Raises
    ------
    StatisticsError
        If a value is NaN or infinite.

    Notes
    -----
    Welch's t on the logarithms: exp(ȳ₁ - ȳ₂ ± t √(s₁²/n₁ + s₂²/n₂)).

    References
    ----------
    Welch BL (1947), Biometrika 34:28-35.

    Examples
    --------
    >>> mouse = geo_ratio(values=[94, 197, 16, 38, 99, 141, 23], other_values=[52, 104, 146, 10, 51, 30, 40, 27, 46])
    >>> round(mouse.estimate, 3), round(mouse.low, 3), round(mouse.high, 3)
    (1.419, 0.537, 3.75)
    """
    from scipy.special import stdtr, stdtrit

    normal_quantile(conf)
    given = numbers("values", values), numbers("other_values", other_values)
    a, b = (np.log(side[side > 0]) for side in given)
    estimate, low, high, p, reason = math.nan, 0.0, math.inf, math.nan, ""
    if min(len(a), len(b)) < 2:
        reason = "fewer than two deals with a value above 0 on a side"
    else:
        gap = float(a.mean() - b.mean())
        va, vb = float(a.var(ddof=1)) / len(a), float(b.var(ddof=1)) / len(b)
        estimate = math.exp(gap)
        # Logs of equal values may differ in their last bit from their mean.
        if va + vb <= 1e-28 * (1 + gap**2):
            low, high, reason = math.nan, math.nan, "no interval: the values do not vary"
        else:
            df = (va + vb) ** 2 / (va**2 / (len(a) - 1) + vb**2 / (len(b) - 1))
            se = math.sqrt(va + vb)
            half = float(stdtrit(df, (1 + conf) / 2)) * se
            low, high, p = _exp(gap - half), _exp(gap + half), 2 * float(stdtr(df, -abs(gap) / se))
    return GeoRatio(
        estimate=estimate,
        low=low,
        high=high,
        conf=conf,
        reason=reason,
        n_deals=len(a),
        other_deals=len(b),
        excluded=len(given[0]) - len(a),
        other_excluded=len(given[1]) - len(b),
        p=p,
    )


def _exp(power: float) -> float:
    """exp without an overflow error: two deals a side may leave limits beyond any number."""
    return math.exp(power) if power < 709 else math.inf


def concentration(values: npt.ArrayLike) -> Concentration:
    """Return how much of the won value hangs on the largest deals.

    Parameters
    ----------
    values : array_like
        Deal values, >= 0.

    Returns
    -------
    Concentration
        Shares of the largest and the three largest, Herfindahl's index and the number of equal deals that would
        be as concentrated; nan if the total is 0.

    Raises
    ------
    StatisticsError
        If a value is negative or NaN.

    Notes
    -----
    HHI = Σs², effective number 1/HHI.

    References
    ----------
    US Department of Justice and FTC (2010), Horizontal Merger Guidelines, section 5.3.

    Examples
    --------
    >>> deals = concentration([30, 30, 20, 20])
    >>> round(deals.hhi, 2), round(deals.top3, 2)
    (0.26, 0.8)
    """
    x = np.sort(numbers("values", values, low=0))[::-1]
    total = math.fsum(x)
    if total == 0:
        nan, reason = math.nan, "no value" if len(x) else "no deals"
        return Concentration(
            total=total, n_deals=len(x), top1=nan, top3=nan, hhi=nan, effective_number=nan, reason=reason
        )
    shares = x / total
    hhi = float((shares**2).sum())
    return Concentration(
        total=total,
        n_deals=len(x),
        top1=float(shares[0]),
        top3=min(1.0, float(shares[:3].sum())),
        hhi=hhi,
        effective_number=1 / hhi,
    )


def velocity(
    *, opportunities: float, win_rate: float, mean_won_value: float = math.nan, cycle_days: float = math.nan
) -> Velocity:
    """Return the value that the pipeline wins per day.

    Parameters
    ----------
    opportunities : float
        Open opportunities, >= 0.
    win_rate : float
        Share of them that is won, 0 to 1; nan if unknown.
    mean_won_value : float
        Mean value of a won deal, >= 0; nan if none was won.
    cycle_days : float
        Median days from opening to winning, >= 0; nan if none was won.

    Returns
    -------
    Velocity
        0 without opportunities or wins; nan if another factor is unknown or the cycle takes no time. It has no
        interval: four noisy factors that hang together, and the cycle is too short while long deals are open.

    Raises
    ------
    StatisticsError
        If a factor is negative or infinite, or win_rate is above 1.

    Notes
    -----
    opportunities × win rate × mean won value / cycle days.

    References
    ----------
    The usual definition of sales velocity; hand calculation 50 × 0.2 × 10 000 / 60.

    Examples
    --------
    >>> round(velocity(opportunities=50, win_rate=0.2, mean_won_value=10_000, cycle_days=60).value_per_day, 2)
    1666.67
    """
    n = number("opportunities", opportunities, low=0)
    factors = {"win_rate": win_rate, "mean_won_value": mean_won_value, "cycle_days": cycle_days}
    for name, value in factors.items():
        if not math.isnan(value):
            number(name, value, low=0, high=1 if name == "win_rate" else math.inf)
    unknown = [name for name, value in factors.items() if math.isnan(value)]
    per_day, reason = math.nan, ""
    if n == 0 or win_rate == 0:
        per_day = 0.0
    elif unknown:
        reason = f"unknown: {', '.join(unknown)}"
    elif cycle_days == 0:
        reason = "deals close on the day they open"
    else:
        per_day = n * win_rate * mean_won_value / cycle_days
    return Velocity(opportunities=n, **factors, value_per_day=per_day, reason=reason)
