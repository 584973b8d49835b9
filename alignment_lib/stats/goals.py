"""Pace: where a period will end and how likely its goal is, from what is done and what is usual on each weekday."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.counts import Floats, number, numbers
from alignment_lib.stats.estimates import Estimate
from alignment_lib.stats.rhythms import Rhythm, rhythm, working_weight

__all__ = ["Projection", "Rhythm", "predictive_pmf", "project", "project_from", "rhythm", "working_weight"]

MOST = 1e12  # a count beyond this comes of a day that weighs next to nothing, not of a business
HISTORY_WORTH_DAYS = 14.0  # two weeks: enough to steady the first days of a month, little against a full one


@dataclass(frozen=True, kw_only=True)
class Projection(Estimate):
    """Count expected at the end of the period, with a prediction interval, beside the goal."""

    done: float
    target: float
    weight_done: float
    weight_left: float
    overdispersion: float
    probability: float
    """Chance of reaching the target; nan if undefined."""
    target_to_date: float
    """The target's share for the days done; nan if the period has no working day."""
    attainment: float
    """done / target_to_date; nan before the first working day."""
    per_day_so_far: float
    """Count per average working day so far; nan before the first."""
    per_day_needed: float
    """Count per average working day needed from today; 0 when reached, nan when no day is left for it."""


def project(
    *,
    done: float,
    target: float,
    weight_done: float,
    weight_left: float,
    usual: Rhythm | None = None,
    conf: float = 0.8,
) -> Projection:
    """Project a count to the end of its period and give the chance of its target, learning from the usual pace.

    Parameters
    ----------
    done, target : float
        Count so far and count promised, >= 0.
    weight_done, weight_left : float
        Working weight of the days done and left, >= 0; see `working_weight`.
    usual : Rhythm, optional
        History, worth two weeks of average days; without it the period speaks for itself.
    conf : float
        Probability that the prediction interval is meant to hold the outcome with.

    Returns
    -------
    Projection
        As of `project_from`.

    Raises
    ------
    StatisticsError
        For negative or nan input.

    Notes
    -----
    Prior: shape 14·mean per day/overdispersion, rate 14 days; without history shape ½, rate 0.

    References
    ----------
    See `project_from`.

    Examples
    --------
    >>> outlook = project(done=40, target=80, weight_done=12, weight_left=10)
    >>> outlook.estimate, outlook.low, outlook.high, round(outlook.probability, 3)
    (73.75, 64.0, 84.0, 0.224)
    """
    shape, rate, overdispersion = 0.5, 0.0, 1.0
    if usual and usual.days:
        rate, overdispersion = HISTORY_WORTH_DAYS, usual.overdispersion
        shape = HISTORY_WORTH_DAYS * usual.mean_per_day / overdispersion
    return project_from(
        done=done,
        target=target,
        weight_done=weight_done,
        weight_left=weight_left,
        prior_shape=shape,
        prior_rate=rate,
        overdispersion=overdispersion,
        conf=conf,
    )


def project_from(
    *,
    done: float,
    target: float,
    weight_done: float,
    weight_left: float,
    prior_shape: float,
    prior_rate: float,
    overdispersion: float = 1.0,
    conf: float = 0.8,
) -> Projection:
    """Project a count from an explicit prior; `project` chooses the prior.

    Parameters
    ----------
    done, target, weight_done, weight_left, conf : float
        As in `project`.
    prior_shape, prior_rate : float
        Gamma prior of the count per average day, in units of `overdispersion`; shape > 0, rate >= 0.
    overdispersion : float
        Variance over mean of a day's count, >= 1.

    Returns
    -------
    Projection
        Exactly `done` when no working day is left. nan within (done, inf), with the reason, before the first working
        day of a period without history, or so early that the projection is beyond any count.

    Raises
    ------
    StatisticsError
        For negative or nan input, a shape of 0, an overdispersion under 1.

    Notes
    -----
    With φ the overdispersion and A = shape + done/φ: mean = done + φ A/(rate + weight done) · weight left; what is
    to come is φ times negative binomial(A, (rate + weight done)/(rate + weight done + weight left)).
    The target to date is target · weight done/(weight done + weight left).

    References
    ----------
    Hoff PD (2009), A First Course in Bayesian Statistical Methods, section 3.2 (the predictive distribution);
    the rest checked by simulation.

    Examples
    --------
    >>> outlook = project_from(
    ...     done=0, target=60, weight_done=3, weight_left=19, prior_shape=0.5, prior_rate=0
    ... )
    >>> round(outlook.estimate, 3), outlook.low, outlook.high, round(outlook.per_day_needed, 3)
    (3.167, 0.0, 9.0, 3.158)
    """
    inputs = {"done": done, "target": target, "weight_done": weight_done, "weight_left": weight_left}
    done, target, weight_done, weight_left = (number(name, value, low=0) for name, value in inputs.items())
    phi, exposure = number("overdispersion", overdispersion, low=1), number("prior_rate", prior_rate, low=0)
    if number("prior_shape", prior_shape, low=0) == 0:
        raise StatisticsError("prior_shape: must be above 0, got 0; without history it is 0.5")
    if not 0 < number("conf", conf) < 1:
        raise StatisticsError(f"conf: must lie strictly between 0 and 1, got {conf:g}; 80 % is 0.8")
    mean, low, high, chance, reason = _outlook(
        done, target, prior_shape + done / phi, exposure + weight_done, weight_left, phi, conf
    )
    to_date = _over(target * weight_done, weight_done + weight_left)
    return Projection(
        estimate=mean,
        low=low,
        high=high,
        conf=conf,
        reason=reason,
        done=done,
        target=target,
        weight_done=weight_done,
        weight_left=weight_left,
        overdispersion=phi,
        probability=chance,
        target_to_date=to_date,
        attainment=_over(done, to_date) if weight_done else math.nan,
        per_day_so_far=_over(done, weight_done),
        per_day_needed=_over(target - done, weight_left) if done < target else 0.0,
    )


def predictive_pmf(*, events: npt.ArrayLike, shape: float, rate: float, weight_left: float) -> Floats:
    """Give the chance of each count in the days to come, when the daily rate is gamma(shape, rate).

    Parameters
    ----------
    events : array of int, shape (n,)
        Counts, >= 0.
    shape, rate : float
        Of the gamma distribution, > 0.
    weight_left : float
        Days to come, in average days, >= 0.

    Returns
    -------
    array of float, shape (n,)

    Raises
    ------
    StatisticsError
        For negative or nan input, a shape or rate of 0.

    Notes
    -----
    Negative binomial with size `shape` and success probability rate/(rate + weight_left).

    References
    ----------
    Hoff PD (2009), A First Course in Bayesian Statistical Methods, section 3.2.

    Examples
    --------
    >>> predictive_pmf(events=[0, 1, 2], shape=219, rate=112, weight_left=1).round(4)
    array([0.1427, 0.2767, 0.2693])
    """
    counted = numbers("events", events, low=0)
    if not (number("shape", shape, low=0) and number("rate", rate, low=0)):
        raise StatisticsError(f"shape and rate: must be above 0, got {shape:g} and {rate:g}")
    return _ToCome(shape, rate, number("weight_left", weight_left, low=0)).pmf(counted)


def _outlook(
    done: float, target: float, shape: float, exposure: float, weight_left: float, phi: float, conf: float
) -> tuple[float, float, float, float, str]:
    """Return mean, limits, chance of the target and why they are undefined, if so."""
    reached = 1.0 if done >= target else 0.0
    if not weight_left:
        return done, done, done, reached, ""
    if not exposure:
        return math.nan, done, math.inf, reached or math.nan, "no working day yet"
    expected = phi * shape / exposure * weight_left
    if expected > MOST:
        return math.nan, done, math.inf, reached or math.nan, "too little of the period is done to project it"
    to_come = _ToCome(shape, exposure, weight_left)
    low, high = (done + phi * to_come.quantile(share) for share in ((1 - conf) / 2, (1 + conf) / 2))
    # The slack keeps (80 - 40)/1.6 at 25 when the division lands just above.
    missing = math.ceil((target - done) / phi - 1e-9)
    chance = reached or to_come.at_least(missing)
    return done + expected, low, high, chance, ""


class _ToCome:
    """The count of the days left: negative binomial, by the beta integral.

    scipy.stats has the same distribution, but takes longer to import than a report has for all its numbers.
    """

    def __init__(self, shape: float, exposure: float, weight_left: float) -> None:
        self.shape, self.chance = shape, exposure / (exposure + weight_left)

    def at_most(self, count: float) -> float:
        """P(X <= count)."""
        from scipy.special import betainc

        return float(betainc(self.shape, count + 1, self.chance)) if count >= 0 else 0.0

    def at_least(self, count: float) -> float:
        """P(X >= count), without the loss of 1 - P(X < count) in the far tail."""
        from scipy.special import betaincc

        return float(betaincc(self.shape, count, self.chance)) if count > 0 else 1.0

    def quantile(self, share: float) -> float:
        """The smallest count with P(X <= count) >= share."""
        top = 1
        while self.at_most(top) < share:
            top *= 2
        return float(bisect_left(range(top + 1), share, key=self.at_most))

    def pmf(self, counts: Floats) -> Floats:
        """P(X = count); 0 for what is no whole number."""
        from scipy.special import gammaln, xlog1py, xlogy

        logs = gammaln(counts + self.shape) - gammaln(counts + 1) - gammaln(self.shape)
        logs += xlogy(self.shape, self.chance) + xlog1py(counts, -self.chance)
        chances: Floats = np.where(counts == np.floor(counts), np.exp(logs), 0.0)
        return chances


def _over(part: float, whole: float) -> float:
    return part / whole if whole else math.nan
