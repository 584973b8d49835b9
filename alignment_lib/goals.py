"""Pace: where a period will end and how likely its goal is, from what is done and what is usual on each weekday."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from alignment_lib.counts import Floats, number, numbers
from alignment_lib.errors import StatisticsError
from alignment_lib.estimates import Estimate

HISTORY_WORTH_DAYS = 14.0  # two weeks: enough to steady the first days of a month, little against a full one


@dataclass(frozen=True, kw_only=True)
class Rhythm:
    """How much is usual on each weekday, learnt from the days before the period."""

    weights: tuple[float, ...]
    """Monday to Sunday, as multiples of an average day."""
    mean_per_day: float
    """nan without history."""
    overdispersion: float
    """Variance over mean within weekdays, >= 1; 1 is a Poisson count."""
    days: int


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


def rhythm(*, days: Sequence[date], daily: npt.ArrayLike, closed: Collection[date] = frozenset()) -> Rhythm:
    """Learn the weekdays' weights and the overdispersion from daily counts.

    Parameters
    ----------
    days : sequence of date
        Each day of the history once, days without any lead included: 13 weeks are a good length.
    daily : array of float, shape (n,)
        Count of each day, >= 0.
    closed : collection of date
        Holidays; not used, as their weight is 0 by rule.

    Returns
    -------
    Rhythm
        A weekday that the history lacks counts as an average day. Without history all do.

    Raises
    ------
    StatisticsError
        For a day given twice, arrays of different length, a negative or nan count.

    Notes
    -----
    weight = ((sum + ½)/days of the weekday) / ((total + ½ per weekday)/days); mean = (total + ½)/days, so that an
    empty history does not promise 0 for ever. Overdispersion = max(1, Pearson χ²/(days - 7)) around the weekday means;
    a weekday without any lead tells nothing about spread and is left out of both.

    References
    ----------
    McCullagh P, Nelder JA (1989), Generalized Linear Models, section 6.2.3 (overdispersion).

    Examples
    --------
    >>> week = [date(2025, 6, day) for day in range(2, 9)]
    >>> usual = rhythm(days=week, daily=[6, 6, 6, 6, 6, 0, 0])
    >>> [round(weight, 2) for weight in usual.weights]
    [1.36, 1.36, 1.36, 1.36, 1.36, 0.1, 0.1]
    """
    counted = numbers("daily", daily, low=0)
    if len(days) != counted.size or len(set(days)) != len(days):
        raise StatisticsError(f"days: must be {counted.size} different days, one per count, got {len(set(days))}")
    used = np.array([day not in closed for day in days], dtype=np.bool_)
    weekday = np.array([day.weekday() for day in days], dtype=np.int64)[used]
    counted = counted[used]
    total, n = float(counted.sum()), counted.size
    if not n:
        return Rhythm(weights=(1.0,) * 7, mean_per_day=math.nan, overdispersion=1.0, days=0)
    days_of = np.bincount(weekday, minlength=7)
    sum_of: Floats = np.bincount(weekday, counted, minlength=7).astype(np.float64)
    average = (total + 0.5 * np.count_nonzero(days_of)) / n
    weights = np.divide(sum_of + 0.5, days_of * average, where=days_of > 0, out=np.ones(7))
    return Rhythm(
        weights=tuple(weights.tolist()),
        mean_per_day=(total + 0.5) / n,
        overdispersion=_overdispersion(counted, weekday, days_of, sum_of),
        days=n,
    )


def working_weight(usual: Rhythm, *, days: Collection[date], closed: Collection[date] = frozenset()) -> float:
    """Add up the weights of days, 0 for closed ones: how many average days they are worth.

    Examples
    --------
    >>> usual = Rhythm(weights=(1.2, 1, 1, 1, 0.8, 0, 0), mean_per_day=4, overdispersion=1, days=91)
    >>> working_weight(usual, days=[date(2025, 6, 2), date(2025, 6, 3)], closed={date(2025, 6, 3)})
    1.2
    """
    return float(sum(usual.weights[day.weekday()] for day in days if day not in closed))


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
        day of a period without history.

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
    pmf: Floats = _to_come(shape, rate, number("weight_left", weight_left, low=0)).pmf(counted)
    return pmf


def _outlook(
    done: float, target: float, shape: float, exposure: float, weight_left: float, phi: float, conf: float
) -> tuple[float, float, float, float, str]:
    """Return mean, limits, chance of the target and why they are undefined, if so."""
    reached = 1.0 if done >= target else 0.0
    if not weight_left:
        return done, done, done, reached, ""
    if not exposure:
        return math.nan, done, math.inf, reached or math.nan, "no working day yet"
    to_come = _to_come(shape, exposure, weight_left)
    low, high = (float(done + phi * count) for count in to_come.ppf([(1 - conf) / 2, (1 + conf) / 2]))
    # The slack keeps (80 - 40)/1.6 at 25 when the division lands just above.
    missing = math.ceil((target - done) / phi - 1e-9)
    chance = reached or float(to_come.sf(missing - 1))
    return done + phi * shape / exposure * weight_left, low, high, chance, ""


def _to_come(shape: float, exposure: float, weight_left: float) -> Any:
    """Return the distribution of the count of the days left (a frozen scipy distribution)."""
    from scipy.stats import nbinom  # here, so that importing the module stays cheap

    return nbinom(shape, exposure / (exposure + weight_left))


def _overdispersion(
    counted: Floats, weekday: npt.NDArray[np.int64], days_of: npt.NDArray[np.int64], sum_of: Floats
) -> float:
    """Return Pearson's χ² around the weekday means over its degrees of freedom, at least 1."""
    usable = sum_of > 0
    freedom = int((days_of[usable] - 1).sum())
    if not freedom:
        return 1.0
    mean = (sum_of / np.maximum(days_of, 1))[weekday]
    told = mean > 0
    return max(1.0, float(((counted - mean)[told] ** 2 / mean[told]).sum()) / freedom)


def _over(part: float, whole: float) -> float:
    return part / whole if whole else math.nan
