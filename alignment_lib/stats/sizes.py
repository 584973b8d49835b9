"""How many leads a test needs before it can tell two rates apart."""

from __future__ import annotations

import math

from alignment_lib.stats.counts import number
from alignment_lib.stats.estimates import normal_quantile


def leads_per_arm(*, rate: float, baseline: float, conf: float = 0.95, power: float = 0.8) -> float:
    """Return how many leads each of two equal groups needs for their difference to show.

    Parameters
    ----------
    rate, baseline : float
        The two shares that are supposed to be true.
    conf : float
        Confidence of the two-sided comparison, 0 < conf < 1.
    power : float
        Chance that it shows, 0.5 < power < 1.

    Returns
    -------
    float
        Not rounded; inf where the shares are equal, nan where one of them is.

    Raises
    ------
    StatisticsError
        If a share lies outside 0 to 1, or power outside 0.5 to 1.

    Notes
    -----
    n = (z √(2 p̄(1 - p̄)) + z_power √(p₁(1 - p₁) + p₂(1 - p₂)))² / (p₁ - p₂)², p̄ the mean of the two, without
    continuity correction. Observed shares put in for the true ones make it a rough guide, nothing more.

    References
    ----------
    Fleiss JL, Levin B, Paik MC (2003), Statistical Methods for Rates and Proportions, 3rd ed., section 4.3.

    Examples
    --------
    >>> round(leads_per_arm(rate=0.75, baseline=0.50, power=0.9), 1)  # power.prop.test of R
    76.7
    """
    if math.isnan(rate) or math.isnan(baseline):
        return math.nan
    p1, p2 = number("rate", rate, low=0, high=1), number("baseline", baseline, low=0, high=1)
    if p1 == p2:
        return math.inf
    z, z_power = normal_quantile(conf), normal_quantile(2 * number("power", power, low=0.5, high=1) - 1)
    middle = (p1 + p2) / 2
    spread = z * math.sqrt(2 * middle * (1 - middle)) + z_power * math.sqrt(p1 * (1 - p1) + p2 * (1 - p2))
    return spread**2 / (p1 - p2) ** 2
