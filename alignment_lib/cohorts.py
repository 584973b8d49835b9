"""Conversion that takes time: what share of leads has converted by an age, although some are still open.

Everything starts from a `FollowUp`: per age, how many leads converted, ended otherwise, or were still open when last
seen. Two incidences at one horizon are compared by `estimates.difference`, which takes the rate of a finished cohort
just as well: all of them stand on one interval engine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from alignment_lib.counts import Floats, counts, number
from alignment_lib.errors import StatisticsError
from alignment_lib.estimates import Estimate, effective_n, wilson

SAME = 1e-9  # shares closer than this are equal: products of many fractions do not meet exactly


@dataclass(frozen=True, kw_only=True, eq=False)
class FollowUp:
    """Leads by the age at which they were last seen; one row per age, ascending. Made by `follow_up`."""

    ages: Floats
    converted: Floats
    competing: Floats
    """Leads that ended in any other way: lost, rejected."""
    censored: Floats
    """Leads still open when last seen at that age."""

    @property
    def at_risk(self) -> Floats:
        """Leads that reached each age without having ended before."""
        return np.cumsum((self.converted + self.competing + self.censored)[::-1])[::-1]

    @property
    def leads(self) -> float:
        """Leads in all."""
        return float(np.sum(self.converted + self.competing + self.censored))


@dataclass(frozen=True, kw_only=True)
class Incidence(Estimate):
    """The share of leads that converted by the age `horizon`, with what it rests on."""

    horizon: float
    leads: float
    converted: float
    """Leads seen to convert by the horizon: not a numerator of the share when some leads are younger."""
    at_risk: float
    """Leads seen at the horizon or later, not ended before."""
    censored: float
    """Leads lost from sight before the horizon; 0 means that the cohort is complete."""
    variance: float
    effective_n: float


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


def follow_up(
    *,
    ages: npt.ArrayLike,
    converted: npt.ArrayLike,
    censored: npt.ArrayLike,
    competing: npt.ArrayLike | None = None,
) -> FollowUp:
    """Check and merge a table of leads by age.

    Parameters
    ----------
    ages : array of float, shape (n,)
        Age in days when last seen, >= 0: at the event, or as of the report for a lead still open. Hours of the
        business clock do as well. Rows may come in any order and share an age.
    converted, censored : array of float, shape (n,)
        Leads that converted at that age; leads still open at that age.
    competing : array of float, shape (n,), optional
        Leads that ended otherwise at that age (lost, rejected): all reasons together, as only the sum matters.

    Returns
    -------
    FollowUp

    Raises
    ------
    StatisticsError
        For arrays of different length, a negative or nan age or count.

    Examples
    --------
    >>> follow_up(ages=[30, 5, 30], converted=[0, 2, 1], censored=[4, 0, 0]).at_risk
    array([7., 5.])
    """
    competing = np.zeros(np.shape(ages)) if competing is None else competing
    day, *columns = counts(ages=ages, converted=converted, competing=competing, censored=censored)
    used = np.sum(columns, axis=0) > 0
    merged, row = np.unique(day[used], return_inverse=True)
    sums: list[Floats] = [np.bincount(row, column[used], merged.size).astype(np.float64) for column in columns]
    return FollowUp(ages=merged, converted=sums[0], competing=sums[1], censored=sums[2])


def incidence(leads: FollowUp, *, horizon: float, conf: float = 0.95, min_at_risk: float = 10) -> Incidence:
    """Estimate the share of leads that converts by an age, counting the leads that are too young fairly.

    Parameters
    ----------
    leads : FollowUp
    horizon : float
        Age, in the unit of the follow-up, >= 0.
    conf : float
        Confidence, 0 < conf < 1.
    min_at_risk : float
        Leads that must have been followed to the horizon, or 5 % of all if that is fewer; 0 lifts the rule.

    Returns
    -------
    Incidence
        nan within (0, 1) without leads, or if too few were followed to the horizon and others were lost from sight
        before. A cohort of which no lead was lost from sight is exact at any horizon.

    Raises
    ------
    StatisticsError
        For a negative or nan horizon or rule.

    Notes
    -----
    Aalen-Johansen with n_j leads at risk at age j, d_j ending there (k_j by conversion), S_j = Π(1 - d/n):
    I(t) = Σ S_{j-1} k_j/n_j, at equal age events before censoring. Greenwood-type variance
    Σ (I(t) - I_j)² d_j/(n_j(n_j - d_j)) + Σ S²_{j-1} k_j(n_j - k_j)/n_j³ - 2 Σ (I(t) - I_j) S_{j-1} k_j/n_j²,
    the first term 0 where n_j = d_j. Wilson's interval on n = I(1-I)/variance; where that variance is 0, on the
    leads that ended by the horizon or were followed to it. Without censoring this is Wilson's interval of the share.
    The complement of Kaplan-Meier with lost leads censored is not this, and not a conversion rate.

    References
    ----------
    Aalen OO, Johansen S (1978), Scand J Stat 5:141-150; Rothman KJ (1978), J Chronic Dis 31:557-560 (effective n).

    Examples
    --------
    Ten leads aged 30 days, five of which converted on day 30:

    >>> half = incidence(follow_up(ages=[30], converted=[5], censored=[5]), horizon=30)
    >>> half.estimate, round(half.low, 3), round(half.high, 3)
    (0.5, 0.237, 0.763)
    """
    number("horizon", horizon, low=0)
    before, seen = leads.ages < horizon, leads.ages <= horizon
    at_risk = leads.leads - float(np.sum((leads.converted + leads.competing + leads.censored)[before]))
    censored = float(np.sum(leads.censored[before]))
    share, variance, known = _aalen_johansen(leads, since=-1, horizon=horizon)
    worth = effective_n(estimate=share, variance=variance) if variance > 0 else known
    needed = min(number("min_at_risk", min_at_risk, low=0), 0.05 * leads.leads)
    reason = ""
    if censored and (at_risk < needed or not known):
        followed = f"{at_risk:g} of {leads.leads:g} leads were followed to {horizon:g}"
        reason = f"{followed}, at least {max(1, math.ceil(needed))} are needed"
    interval = wilson(estimate=math.nan if reason else share, effective_n=worth, conf=conf)
    return Incidence(
        **{**vars(interval), "reason": reason or interval.reason},
        horizon=float(horizon),
        leads=leads.leads,
        converted=float(np.sum(leads.converted[seen])),
        at_risk=at_risk,
        censored=censored,
        variance=variance,
        effective_n=worth,
    )


def curve(
    leads: FollowUp, *, horizons: Sequence[float], conf: float = 0.95, min_at_risk: float = 10
) -> tuple[Incidence, ...]:
    """Estimate `incidence` at several ages: the points of a conversion curve.

    Examples
    --------
    >>> leads = follow_up(ages=[5, 10, 60], converted=[2, 1, 0], censored=[0, 0, 9])
    >>> [round(point.estimate, 2) for point in curve(leads, horizons=[0, 5, 30])]
    [0.0, 0.17, 0.25]
    """
    return tuple(incidence(leads, horizon=horizon, conf=conf, min_at_risk=min_at_risk) for horizon in horizons)


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
        The day of the report.
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
    matures_on = last_created + age; matured if that day has come and no lead was lost from sight before the age.

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
    low, high = _beta_binomial(total, rate * worth + 0.5, (1 - rate) * worth + 0.5, conf)
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


def _aalen_johansen(leads: FollowUp, *, since: float, horizon: float) -> tuple[float, float, float]:
    """Return incidence, variance and leads ended or followed to the horizon, of the leads seen after `since`."""
    later = leads.ages > since
    if not later.any():
        return math.nan, math.nan, 0.0
    within = later & (leads.ages <= horizon)
    n, k = leads.at_risk[within], leads.converted[within]
    d = k + leads.competing[within]
    known = float(leads.at_risk[later][0] - np.sum(leads.censored[later & (leads.ages < horizon)]))
    before = np.cumprod(np.concatenate([[1.0], 1 - d / n]))[:-1]
    reached = np.cumsum(before * k / n)
    share = float(reached[-1]) if reached.size else 0.0
    if share > 1 - SAME:  # all converted; what is left of the variance is rounding
        return 1.0, 0.0, known
    gap = share - reached
    ended = np.divide(d, n * (n - d), where=n > d, out=np.zeros(n.shape))
    variance = gap**2 * ended + before**2 * k * (n - k) / n**3 - 2 * gap * before * k / n**2
    return share, max(0.0, float(np.sum(variance))), known


def _chance(pooled: FollowUp, ages: Floats, leads: Floats, horizon: float) -> tuple[float, float, str]:
    """Return the mean chance of the open leads, the leads it is worth and why it is undefined, if so."""
    chances = [_aalen_johansen(pooled, since=age, horizon=horizon) for age in ages]
    # Averaging deviations, not variances: all chances come from one pool, so their errors do not cancel.
    means = np.average([(q, math.sqrt(v), n) for q, v, n in chances], axis=0, weights=leads)
    rate, spread, known = (float(mean) for mean in means)
    if math.isnan(rate):
        return math.nan, math.nan, "no earlier lead was still open at the age of some open lead"
    worth = effective_n(estimate=rate, variance=spread**2) if spread and 0 < rate < 1 else known
    return rate, worth, ""


def _beta_binomial(trials: float, a: float, b: float, conf: float) -> tuple[float, float]:
    """Return the limits that hold a beta-binomial count with probability `conf`."""
    from scipy.stats import betabinom  # here, so that importing the module stays cheap

    low, high = betabinom.ppf([(1 - conf) / 2, (1 + conf) / 2], trials, a, b)
    return float(low), float(high)
