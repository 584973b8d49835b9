"""A rep's rate against a target: how far from it chance alone would carry so few leads (Spiegelhalter's funnel)."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from typing import Literal

from alignment_lib.stats.counts import number, numbers, whole
from alignment_lib.stats.estimates import Proportion, proportion

FUNNEL_SHARES = (0.001, 0.025, 0.975, 0.999)
"""Chances of lying below each drawn limit."""


@dataclass(frozen=True, kw_only=True)
class FunnelPoint(Proportion):
    """A rep's rate against a target: exact chances of being this low or this high if the target were true.

    `flag` is "" within the limits, else "above" or "below"; `level` is 0, 0.025 or 0.001.
    """

    target: float
    tail_low: float
    tail_high: float
    flag: Literal["", "above", "below"]
    level: float


def funnel_limits(*, leads: float, target: float, shares: tuple[float, ...] = FUNNEL_SHARES) -> tuple[float, ...]:
    """Return the rates between which a rep with this many leads lies by chance; for drawing the funnel.

    Parameters
    ----------
    leads : float
        Whole number of leads of the rep.
    target : float
        Rate that is expected of everybody, 0 to 1.
    shares : tuple of float
        Probabilities below each limit, strictly between 0 and 1.

    Returns
    -------
    tuple of float
        One limit per share, 0 to 1; nan without leads. A target of 0 or 1 leaves no room: all limits equal it.

    Raises
    ------
    StatisticsError
        If leads is negative or not whole, or target or a share lies outside its range.

    Notes
    -----
    r = smallest count with F(r) >= share, limit = (r - (F(r) - share)/f(r))/n, F and f binomial. Do not judge by
    this smoothed curve: `funnel_point` uses the exact tails.

    References
    ----------
    Spiegelhalter DJ (2005), Stat Med 24:1185-1202, appendix A.1.1.

    Examples
    --------
    >>> [round(limit, 4) for limit in funnel_limits(leads=50, target=0.2)]
    [0.0348, 0.0844, 0.3071, 0.3791]
    """
    n = whole("leads", leads)
    number("target", target, low=0, high=1)
    numbers("shares", shares, low=0, high=1)
    if n == 0:
        return (math.nan,) * len(shares)
    if target in (0, 1):
        return (float(target),) * len(shares)
    limits = []
    for share in shares:
        r = bisect_left(range(n), share, key=lambda k: _at_most(k, n, target))
        below = _at_most(r - 1, n, target)
        mass = _at_most(r, n, target) - below
        # (F(r) - share)/f(r) = 1 - (share - F(r - 1))/f(r); f(r) underflows only where the limit is r/n anyway.
        part = 1 - (share - below) / mass if mass > 0 else 0.0
        limits.append(min(1.0, max(0.0, (r - part) / n)))
    return tuple(limits)


def _at_most(k: int, n: int, rate: float) -> float:
    """Binomial chance of at most k of n."""
    from scipy.special import bdtr  # here, so that importing the module stays cheap

    return 0.0 if k < 0 else float(bdtr(k, n, rate))


def funnel_point(*, converted: float, leads: float, target: float, conf: float = 0.95) -> FunnelPoint:
    """Judge a rep's rate against a target by exact tails.

    Parameters
    ----------
    converted, leads : float
        Whole counts of the rep.
    target : float
        Rate that is expected of everybody, 0 to 1.
    conf : float
        Confidence of the interval of the rate, 0 < conf < 1.

    Returns
    -------
    FunnelPoint
        Without leads nan within (0, 1), both tails 1 and no flag.

    Raises
    ------
    StatisticsError
        If a count is negative or not whole, converted > leads, or target lies outside 0 to 1.

    Notes
    -----
    Flagged at .025 (or .001) if P(X >= x) or P(X <= x) under Binomial(leads, target) is at most that.

    References
    ----------
    Spiegelhalter DJ (2005), Stat Med 24:1185-1202.

    Examples
    --------
    >>> rep = funnel_point(converted=18, leads=50, target=0.2)
    >>> rep.flag, rep.level, round(rep.tail_high, 4)
    ('above', 0.025, 0.0063)
    """
    x, n = whole("converted", converted), whole("leads", leads)
    rate = proportion(converted=x, leads=n, conf=conf)
    number("target", target, low=0, high=1)
    tail_low, tail_high = _at_most(x, n, target), _at_most(n - x, n, 1 - target)
    flag: Literal["", "above", "below"] = "above" if tail_high < tail_low else "below"
    level = next((level for level in (0.001, 0.025) if min(tail_low, tail_high) <= level), 0.0)
    return FunnelPoint(
        **vars(rate), target=target, tail_low=tail_low, tail_high=tail_high, flag=flag if level else "", level=level
    )
