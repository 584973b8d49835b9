"""Events per exposure: breaches per week, customers per spend, and what a customer costs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from alignment_lib.stats.counts import number, whole
from alignment_lib.stats.estimates import Estimate, normal_quantile

# scipy.special is imported inside the functions, so that importing the module stays cheap.


@dataclass(frozen=True, kw_only=True)
class Rate(Estimate):
    """Events per unit of exposure."""

    events: int
    exposure: float


@dataclass(frozen=True, kw_only=True)
class RateRatio(Estimate):
    """One rate of events over another."""

    events: int
    exposure: float
    other_events: int
    other_exposure: float


@dataclass(frozen=True, kw_only=True)
class Cac(Estimate):
    """Spend per customer won, from the spend and the customers of the same cohort month."""

    spend: float
    customers: int


def _garwood(events: int, conf: float) -> tuple[float, float]:
    """Limits of a Poisson mean: halves of chi² quantiles, which are gamma quantiles."""
    from scipy.special import gammainccinv, gammaincinv

    normal_quantile(conf)
    tail = (1 - conf) / 2
    return float(gammaincinv(events, tail)) if events else 0.0, float(gammainccinv(events + 1, tail))


def rate(*, events: float, exposure: float, conf: float = 0.95) -> Rate:
    """Return events per unit of exposure (customers per 1000 spent, breaches per week).

    Parameters
    ----------
    events : float
        Whole number of events.
    exposure : float
        What they are counted against, >= 0.
    conf : float
        Confidence, 0 < conf < 1.

    Returns
    -------
    Rate
        nan within (0, inf) without exposure.

    Raises
    ------
    StatisticsError
        If events is negative or not whole, or exposure is negative or NaN.

    Notes
    -----
    χ²(α/2; 2k)/2 to χ²(1 - α/2; 2k + 2)/2, each divided by the exposure.

    References
    ----------
    Garwood F (1936), Biometrika 28:437-442.

    Examples
    --------
    >>> breaches = rate(events=10, exposure=1)
    >>> round(breaches.low, 3), round(breaches.high, 3)
    (4.795, 18.39)
    """
    k = whole("events", events)
    size = number("exposure", exposure, low=0)
    low, high = _garwood(k, conf)
    if size == 0:
        return Rate(estimate=math.nan, low=0.0, high=math.inf, conf=conf, reason="no exposure", events=k, exposure=size)
    return Rate(estimate=k / size, low=low / size, high=high / size, conf=conf, events=k, exposure=size)


def rate_ratio(
    *, events: float, exposure: float, other_events: float, other_exposure: float, conf: float = 0.95
) -> RateRatio:
    """Compare two rates of events.

    Parameters
    ----------
    events, other_events : float
        Whole numbers of events.
    exposure, other_exposure : float
        What they are counted against, in one unit, >= 0.
    conf : float
        Confidence, 0 < conf < 1.

    Returns
    -------
    RateRatio
        inf if only the other side has no events; nan within (0, inf) if neither has any, or an exposure is 0.

    Raises
    ------
    StatisticsError
        If a count is negative or not whole, or an exposure is negative or NaN.

    Notes
    -----
    Given their sum, the events of one side are binomial: Clopper-Pearson limits p, mapped by p/(1 - p) e₂/e₁.

    References
    ----------
    Lehmann EL, Romano JP (2005), Testing Statistical Hypotheses, 3rd ed., section 4.5.

    Examples
    --------
    >>> times = rate_ratio(events=11, exposure=800, other_events=21, other_exposure=3011)
    >>> round(times.estimate, 3), round(times.low, 3), round(times.high, 3)
    (1.971, 0.858, 4.277)
    """
    from scipy.special import betainccinv, betaincinv

    normal_quantile(conf)
    k1, k2 = whole("events", events), whole("other_events", other_events)
    e1, e2 = number("exposure", exposure, low=0), number("other_exposure", other_exposure, low=0)
    reason = "no exposure" if e1 == 0 or e2 == 0 else "no events on either side" if k1 == k2 == 0 else ""
    estimate, low, high = math.nan, 0.0, math.inf
    if not reason:
        tail = (1 - conf) / 2
        estimate = (k1 / e1) / (k2 / e2) if k2 else math.inf
        # p and 1 - p each from its own quantile: subtracting would lose the digits of a rare side.
        if k1:
            low = float(betaincinv(k1, k2 + 1, tail)) / float(betainccinv(k2 + 1, k1, tail)) * e2 / e1
        if k2:
            high = float(betainccinv(k1 + 1, k2, tail)) / float(betaincinv(k2, k1 + 1, tail)) * e2 / e1
    return RateRatio(
        estimate=estimate,
        low=low,
        high=high,
        conf=conf,
        reason=reason,
        events=k1,
        exposure=e1,
        other_events=k2,
        other_exposure=e2,
    )


def cac(*, spend: float, customers: float, conf: float = 0.95) -> Cac:
    """Return the cost of acquiring a customer.

    Parameters
    ----------
    spend : float
        Money spent, >= 0.
    customers : float
        Whole number of customers won from it.
    conf : float
        Confidence, 0 < conf < 1.

    Returns
    -------
    Cac
        inf, with a lower limit, if nobody was won; nan within (0, inf) if nothing was spent on nobody.

    Raises
    ------
    StatisticsError
        If a number is negative or NaN, or customers is not whole.

    Notes
    -----
    spend / k; limits spend / (Garwood limits of k).

    References
    ----------
    Garwood F (1936), Biometrika 28:437-442.

    Examples
    --------
    >>> cost = cac(spend=48_000, customers=12)
    >>> cost.estimate, round(cost.low), round(cost.high)
    (4000.0, 2290, 7741)
    """
    money, k = number("spend", spend, low=0), whole("customers", customers)
    fewest, most = _garwood(k, conf)
    if money == 0 and k == 0:
        return Cac(
            estimate=math.nan,
            low=0.0,
            high=math.inf,
            conf=conf,
            reason="no spend and no customers",
            spend=money,
            customers=k,
        )
    estimate, high = (money / k, money / fewest) if k else (math.inf, math.inf)
    return Cac(estimate=estimate, low=money / most, high=high, conf=conf, spend=money, customers=k)
