"""Conversion that takes time: what share of leads has converted by an age, although some are still open.

Everything starts from a `FollowUp`: per age, how many leads converted, ended otherwise, or were still open when last
seen. Two incidences at one horizon are compared by `estimates.difference`, which takes the rate of a finished cohort
just as well: all of them stand on one interval engine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from alignment_lib.stats.counts import Floats, counts, number
from alignment_lib.stats.estimates import Estimate, effective_n, wilson

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
    share, variance, known = aalen_johansen(leads, since=-1, horizon=horizon)
    worth = effective_n(estimate=share, variance=variance) if variance > 0 else known
    needed = min(number("min_at_risk", min_at_risk, low=0), 0.05 * leads.leads)
    reason = ""
    if censored and (at_risk < needed or not known):
        followed = f"{at_risk:g} of {leads.leads:g} leads were followed to {horizon:g}"
        reason = f"{followed}, at least {max(1, math.ceil(needed))} must be"
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


def aalen_johansen(leads: FollowUp, *, since: float, horizon: float) -> tuple[float, float, float]:
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
