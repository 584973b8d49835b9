"""Waiting for one event that every lead could have: the share still waiting, and the age by which half had it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.counts import Floats, number
from alignment_lib.stats.estimates import Estimate, normal_quantile
from alignment_lib.stats.incidences import SAME, FollowUp


@dataclass(frozen=True, kw_only=True, eq=False)
class Survival:
    """The share still waiting (Kaplan-Meier) just after each age at which something happened."""

    ages: Floats
    at_risk: Floats
    surviving: Floats
    variance: Floats
    low: Floats
    high: Floats
    conf: float
    leads: float
    last_age: float
    """The oldest age at which any lead was seen; nan without leads."""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Quantile(Estimate):
    """The age by which `share` of the leads had their event; `low` or `high` is nan where never reached."""

    share: float
    leads: float


def log_log_limits(*, estimate: npt.ArrayLike, variance: npt.ArrayLike, conf: float = 0.95) -> tuple[Floats, Floats]:
    """Put the log(-log) interval around shares, as R and SAS print it for curves.

    Parameters
    ----------
    estimate, variance : array of float
        Shares 0 to 1 and their variances.
    conf : float
        Confidence, 0 < conf < 1.

    Returns
    -------
    low, high : array of float
        nan where the share is 0, 1 or nan: the reason why `incidence` uses Wilson's instead.

    Notes
    -----
    p^exp(±z √variance / (p ln p)).

    References
    ----------
    Kalbfleisch JD, Prentice RL (1980), The Statistical Analysis of Failure Time Data, section 1.3.

    Examples
    --------
    >>> low, high = log_log_limits(estimate=0.857143, variance=0.0763604**2)  # 6-MP trial at 6 weeks
    >>> round(float(low), 3), round(float(high), 3)
    (0.62, 0.952)
    """
    share, spread = np.asarray(estimate, dtype=np.float64), np.sqrt(np.asarray(variance, dtype=np.float64))
    inside = (share > 0) & (share < 1)
    p = np.where(inside, share, 0.5)
    theta = np.where(inside, -normal_quantile(conf) * spread / (p * np.log(p)), np.nan)
    exponent = np.exp(np.minimum(theta, 700.0))  # beyond that, of some millionth of a lead, exp overflows
    return p**exponent, p ** (1 / exponent)


def kaplan_meier(leads: FollowUp, *, conf: float = 0.95) -> Survival:
    """Estimate the share of leads still waiting for their one event, such as the first touch.

    Parameters
    ----------
    leads : FollowUp
        Without competing ends.
    conf : float
        Confidence, 0 < conf < 1.

    Returns
    -------
    Survival
        One row per age with an event; limits are nan where nobody is left. No rows, and a reason, without events.

    Raises
    ------
    StatisticsError
        If leads ended otherwise: 1 - S would be the rate of a world in which nothing is lost.

    Notes
    -----
    S = Π(1 - d/n), at equal age events before censoring; Greenwood's variance S² Σ d/(n(n-d)); log-log limits.

    References
    ----------
    Kaplan EL, Meier P (1958), JASA 53:457-481; Greenwood M (1926).

    Examples
    --------
    >>> from alignment_lib.stats.incidences import follow_up
    >>> waiting = kaplan_meier(follow_up(ages=[1, 2, 4], converted=[2, 1, 0], censored=[0, 0, 1]))
    >>> waiting.surviving.tolist()
    [0.5, 0.25]
    """
    if leads.competing.any():
        raise StatisticsError(
            f"leads: Kaplan-Meier knows one way to end, got {np.sum(leads.competing):g} that ended otherwise; "
            "use incidence"
        )
    event = leads.converted > 0
    n, d = leads.at_risk[event], leads.converted[event]
    surviving: Floats = np.cumprod(1 - d / n, dtype=np.float64)
    left = n > d
    greenwood = np.cumsum(np.divide(d, n * (n - d), where=left, out=np.full(n.shape, np.nan)))
    variance = surviving**2 * greenwood
    low, high = log_log_limits(estimate=surviving, variance=variance, conf=conf)
    return Survival(
        ages=leads.ages[event],
        at_risk=n,
        surviving=surviving,
        variance=variance,
        low=low,
        high=high,
        conf=conf,
        leads=leads.leads,
        last_age=float(np.max(leads.ages, initial=-1)) if leads.leads else math.nan,
        reason="" if event.any() else "nothing has happened yet" if leads.leads else "no leads",
    )


def km_quantile(leads: FollowUp, *, share: float = 0.5, conf: float = 0.95) -> Quantile:
    """Find the age by which a share of the leads had their event: the median time to first response.

    Parameters
    ----------
    leads : FollowUp
        Without competing ends; leads still waiting are censored, not left out.
    share : float
        0 < share < 1; 0.5 is the median.
    conf : float
        Confidence, 0 < conf < 1.

    Returns
    -------
    Quantile
        In the unit of the ages. nan, with the reason, if fewer had their event; each limit is nan likewise.

    Raises
    ------
    StatisticsError
        For a share outside 0 to 1, or competing ends.

    Notes
    -----
    The first age with S <= 1 - share; if S equals 1 - share for a while, the middle of that while (to the last
    age seen, if S stays there). Limits: the first ages at which the log-log limits of S get there.

    References
    ----------
    Brookmeyer R, Crowley J (1982), Biometrics 38:29-41; R package survival, quantile.survfit.

    Examples
    --------
    >>> from alignment_lib.stats.incidences import follow_up
    >>> median = km_quantile(follow_up(ages=[1, 2, 3, 4], converted=[1, 1, 1, 1], censored=[0, 0, 0, 0]))
    >>> median.estimate, median.low, median.high
    (2.5, 1.0, nan)
    """
    if not 0 < number("share", share) < 1:
        raise StatisticsError(f"share: must lie strictly between 0 and 1, got {share:g}; the median is 0.5")
    waiting = kaplan_meier(leads, conf=conf)
    waits = 1 - share
    first = _first_age(waiting.ages, waiting.surviving <= waits + SAME)
    past = _first_age(waiting.ages, waiting.surviving < waits - SAME)
    middle = (first + (waiting.last_age if math.isnan(past) else past)) / 2
    flat = bool((np.abs(waiting.surviving - waits) <= SAME).any())
    never = f"fewer than {share:.0%} had it happen while followed" if math.isnan(first) else ""
    return Quantile(
        estimate=middle if flat else first,
        low=_first_age(waiting.ages, waiting.low <= waits + SAME),
        high=_first_age(waiting.ages, waiting.high <= waits + SAME),
        conf=conf,
        reason=waiting.reason or never,
        share=share,
        leads=leads.leads,
    )


def _first_age(ages: Floats, reached: npt.NDArray[np.bool_]) -> float:
    return float(ages[np.argmax(reached)]) if reached.any() else math.nan
