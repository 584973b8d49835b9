"""Cohorts side by side at equal ages, and what a young one will come to.

What a cohort consists of, and its rate at one age, is in `incidences`; its names are at hand here too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.counts import Floats, counts, number
from alignment_lib.stats.estimates import Estimate, effective_n
from alignment_lib.stats.incidences import FollowUp, Incidence, aalen_johansen, curve, follow_up, incidence

__all__ = [
    "Cell",
    "Cohort",
    "FollowUp",
    "Forecast",
    "Incidence",
    "curve",
    "follow_up",
    "forecast",
    "incidence",
    "triangle",
]


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """Leads created together. `last_created` is the last day on which the cohort can gain a lead."""

    name: str
    last_created: date
    follow_up: FollowUp


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cohort at one age. Not `matured`: partly observed, and complete on `matures_on`."""

    cohort: str
    incidence: Incidence
    matured: bool
    matures_on: date


@dataclass(frozen=True, kw_only=True)
class Forecast(Estimate):
    """Conversions by the horizon: those done plus those expected of the open leads, with a prediction interval."""

    done: float
    open_leads: float
    horizon: float
    rate: float
    """Mean chance of an open lead; nan if none is open and younger than the horizon."""
    effective_n: float


def triangle(
    cohorts: Sequence[Cohort],
    *,
    ages: Sequence[int] = (30, 60, 90, 180),
    as_of: date,
    conf: float = 0.95,
    min_at_risk: float = 10,
) -> tuple[tuple[Cell, ...], ...]:
    """Set cohorts side by side at equal ages: one row per cohort, one cell per age in days.

    Parameters
    ----------
    cohorts : sequence of Cohort
    ages : sequence of int
        Ages in days, >= 0.
    as_of : date
        The last day that was seen to its end.
    conf, min_at_risk : float
        As in `incidence`.

    Returns
    -------
    tuple of tuple of Cell
        A cell is matured if every lead has reached the age. Else its incidence is the censored estimate, partly
        observed, or nan with a reason; it is never the raw rate of a cohort that is too young.

    Raises
    ------
    StatisticsError
        For a negative age.

    Notes
    -----
    matures_on = last_created + age; matured if that day is over and no lead was lost from sight before the age.

    Examples
    --------
    >>> march = Cohort(
    ...     name="March",
    ...     last_created=date(2025, 3, 31),
    ...     follow_up=follow_up(ages=[12, 35, 64], converted=[3, 1, 0], censored=[0, 20, 20]),
    ... )
    >>> ((at_30, at_60),) = triangle([march], ages=[30, 60], as_of=date(2025, 5, 5))
    >>> at_30.matured, at_60.matured, at_60.matures_on.isoformat()
    (True, False, '2025-05-30')
    """
    return tuple(
        tuple(_cell(cohort, age=age, as_of=as_of, conf=conf, min_at_risk=min_at_risk) for age in ages)
        for cohort in cohorts
    )


def forecast(
    pooled: FollowUp,
    *,
    open_ages: npt.ArrayLike,
    open_leads: npt.ArrayLike,
    done: float,
    horizon: float,
    conf: float = 0.8,
    min_at_risk: float = 10,
) -> Forecast:
    """Forecast how many of a young cohort's leads will have converted by an age.

    Parameters
    ----------
    pooled : FollowUp
        What happened to earlier leads: the last 6 to 12 cohorts.
    open_ages, open_leads : array of float
        Ages of the cohort's open leads and how many there are of each, >= 0.
    done : float
        Conversions of the cohort so far, >= 0.
    horizon : float
        Age by which a conversion counts.
    conf : float
        Probability that the prediction interval is meant to hold the outcome with.
    min_at_risk : float
        Rule of `incidence`, asked of `pooled` at the horizon.

    Returns
    -------
    Forecast
        Exactly `done` if no lead is open and younger than the horizon. nan within (done, done + open leads), with
        the reason, if the pool does not reach far enough.

    Raises
    ------
    StatisticsError
        For negative or nan input, or arrays of different length.

    Notes
    -----
    For a lead open at age a, q = incidence at the horizon in the pool restricted to ages > a. With the means of q
    and of its standard deviation over the open leads (deviations add: the errors share a pool), n = q(1-q)/sd²,
    conversions to come are beta-binomial(open leads, q n + ½, (1-q) n + ½).

    References
    ----------
    None for the whole; see `incidence` for q. Checked by simulation.

    Examples
    --------
    >>> pooled = follow_up(ages=[10, 20, 90], converted=[30, 10, 0], censored=[0, 0, 160])
    >>> outlook = forecast(pooled, open_ages=[15], open_leads=[50], done=9, horizon=60)
    >>> round(outlook.estimate, 2), outlook.low, outlook.high
    (11.94, 10.0, 15.0)
    """
    number("done", done, low=0)
    number("horizon", horizon, low=0)
    if not 0 < number("conf", conf) < 1:
        raise StatisticsError(f"conf: must lie strictly between 0 and 1, got {conf:g}; 80 % is 0.8")
    ages, leads = counts(open_ages=open_ages, open_leads=open_leads)
    young = (ages < horizon) & (leads > 0)
    ages, leads = ages[young], leads[young]
    total = float(np.sum(leads))
    if not total.is_integer():
        raise StatisticsError(f"open_leads: must be whole leads, got {total:g} in all")
    done = float(done)
    certain = Forecast(
        estimate=done,
        low=done,
        high=done,
        conf=conf,
        done=done,
        open_leads=total,
        horizon=float(horizon),
        rate=math.nan,
        effective_n=math.nan,
    )
    if not total:
        return certain
    rate, worth, no_rate = _chance(pooled, ages, leads, horizon)
    if reason := incidence(pooled, horizon=horizon, min_at_risk=min_at_risk).reason or no_rate:
        return replace(certain, estimate=math.nan, high=done + total, reason=reason)
    low, high = _beta_binomial(total, rate, worth, conf)
    expected = done + total * rate
    return replace(certain, estimate=expected, low=done + low, high=done + high, rate=rate, effective_n=worth)


def _cell(cohort: Cohort, *, age: int, as_of: date, conf: float, min_at_risk: float) -> Cell:
    share = incidence(cohort.follow_up, horizon=age, conf=conf, min_at_risk=min_at_risk)
    matures_on = cohort.last_created + timedelta(days=age)
    return Cell(
        cohort=cohort.name,
        incidence=share,
        matured=as_of >= matures_on and not share.censored,
        matures_on=matures_on,
    )


def _chance(pooled: FollowUp, ages: Floats, leads: Floats, horizon: float) -> tuple[float, float, str]:
    """Return the mean chance of the open leads, the leads it is worth and why it is undefined, if so."""
    chances = [aalen_johansen(pooled, since=age, horizon=horizon) for age in ages]
    # Averaging deviations, not variances: all chances come from one pool, so their errors do not cancel.
    means = np.average([(q, math.sqrt(v), n) for q, v, n in chances], axis=0, weights=leads)
    rate, spread, known = (float(mean) for mean in means)
    if math.isnan(rate):
        return math.nan, math.nan, "no earlier lead was still open at the age of some open lead"
    worth = effective_n(estimate=rate, variance=spread**2) if spread and 0 < rate < 1 else known
    return rate, worth, ""


def _beta_binomial(trials: float, rate: float, worth: float, conf: float) -> tuple[float, float]:
    """Return the limits that hold a beta-binomial count with probability `conf`."""
    from scipy.special import betaln  # here, so that importing the module stays cheap

    # Of so many leads the beta-binomial is a binomial, and its logarithms begin to lose digits.
    worth = min(worth, 1e8)
    a, b = rate * worth + 0.5, (1 - rate) * worth + 0.5
    count = np.arange(trials + 1)
    choose = -betaln(trials - count + 1, count + 1) - math.log(trials + 1)
    reached = np.cumsum(np.exp(choose + betaln(count + a, trials - count + b) - betaln(a, b)))
    low, high = np.searchsorted(reached, [(1 - conf) / 2, (1 + conf) / 2])
    return float(low), min(float(high), trials)
