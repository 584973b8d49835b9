"""Is this week news? The normal range of a weekly measure, made from the weeks before it.

One function per kind of measure; whoever calls it chooses, and the result names the method.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from alignment_lib.stats.counts import Floats, at_most, counts, number, numbers

WEEKS = 13
"""Earlier weeks that the normal range is made from: a quarter."""

MIN_WEEKS = 6
"""Fewer earlier weeks give no range; a default chosen here, not a result."""


@dataclass(frozen=True, kw_only=True)
class NormalRange:
    """The range in which a week is no news.

    Attributes
    ----------
    centre, low, high : float
        Mean of the earlier weeks and its limits; nan, with a `reason`, where there is no range.
    weeks : int
        Number of earlier weeks used.
    method : str
        "p-chart", "c-chart" or "XmR chart".
    """

    centre: float
    low: float
    high: float
    weeks: int
    method: str
    reason: str = ""

    def verdict(self, value: float) -> Literal["above", "below", "within", "unknown"]:
        """Say where a week's value lies.

        Examples
        --------
        >>> c_chart(earlier_counts=[4, 6, 5, 3, 7, 5, 5]).verdict(16)
        'above'
        """
        if math.isnan(self.low) or math.isnan(value):
            return "unknown"
        return "above" if value > self.high else "below" if value < self.low else "within"


def _no_range(weeks: int, varies: bool) -> str:
    if weeks < MIN_WEEKS:
        return f"{weeks} earlier weeks; a normal range needs {MIN_WEEKS}"
    return "" if varies else "the earlier weeks do not vary"


def _range(centre: float, half: float, bounds: tuple[float, float], weeks: int, method: str) -> NormalRange:
    """Build the range; without variation there is none, for a range of no width makes every week news."""
    reason = _no_range(weeks, half > 0)
    if reason:
        return NormalRange(centre=centre, low=math.nan, high=math.nan, weeks=weeks, method=method, reason=reason)
    low, high = max(bounds[0], centre - half), min(bounds[1], centre + half)
    return NormalRange(centre=centre, low=low, high=high, weeks=weeks, method=method)


def p_chart(
    *, earlier_converted: npt.ArrayLike, earlier_leads: npt.ArrayLike, leads: float, weeks: int = WEEKS
) -> NormalRange:
    """Return the normal range of a weekly share, for a week with this many leads.

    Parameters
    ----------
    earlier_converted, earlier_leads : array_like
        Counts of the weeks before, oldest first; the last `weeks` of them count, weeks without leads do not.
    leads : float
        Number of leads in the week that is judged.
    weeks : int
        How many earlier weeks to use.

    Returns
    -------
    NormalRange
        nan limits if fewer than six earlier weeks have leads, if nobody or everybody converted in them, or if the
        week has no leads.

    Raises
    ------
    StatisticsError
        If a count is negative or NaN, or converted > leads.

    Notes
    -----
    p̄ ± 3 √(p̄(1 - p̄)/n), within 0 and 1; p̄ is the pooled share.

    References
    ----------
    Montgomery DC (2013), Introduction to Statistical Quality Control, 7th ed., section 7.2.

    Examples
    --------
    >>> week = p_chart(earlier_converted=[10, 12, 8, 11, 9, 10], earlier_leads=[100] * 6, leads=100)
    >>> round(week.centre, 3), round(week.low, 3), round(week.high, 3)
    (0.1, 0.01, 0.19)
    """
    x, n = counts(earlier_converted=earlier_converted, earlier_leads=earlier_leads)
    at_most("earlier_converted", x, "earlier_leads", n)
    number("leads", leads, low=0)
    x, n = _last(x, weeks), _last(n, weeks)
    centre = x.sum() / n.sum() if n.sum() else math.nan
    half = 3 * math.sqrt(centre * (1 - centre) / leads) if leads and n.sum() else math.nan
    result = _range(float(centre), half, (0.0, 1.0), int((n > 0).sum()), "p-chart")
    return result if leads else NormalRange(**{**vars(result), "reason": "no leads in this week"})


def c_chart(*, earlier_counts: npt.ArrayLike, weeks: int = WEEKS) -> NormalRange:
    """Return the normal range of a weekly count of rare, independent events (deals won, breaches).

    Parameters
    ----------
    earlier_counts : array_like
        Counts of the weeks before, oldest first; the last `weeks` of them count.
    weeks : int
        How many earlier weeks to use.

    Returns
    -------
    NormalRange
        nan limits with fewer than six earlier weeks, or if nothing happened in them.

    Raises
    ------
    StatisticsError
        If a count is negative or NaN.

    Notes
    -----
    c̄ ± 3 √c̄, not below 0. Counts that vary more than chance (leads, with their campaigns) need `xmr_chart`.

    References
    ----------
    Montgomery DC (2013), Introduction to Statistical Quality Control, 7th ed., section 7.3.

    Examples
    --------
    >>> week = c_chart(earlier_counts=[9, 8, 10, 9, 7, 11])
    >>> week.centre, week.low, week.high
    (9.0, 0.0, 18.0)
    """
    recent = _last(numbers("earlier_counts", earlier_counts, low=0), weeks)
    centre = float(recent.mean()) if recent.size else math.nan
    return _range(centre, 3 * math.sqrt(centre) if recent.size else math.nan, (0.0, math.inf), len(recent), "c-chart")


def xmr_chart(
    *, earlier_values: npt.ArrayLike, weeks: int = WEEKS, lowest: float = -math.inf, highest: float = math.inf
) -> NormalRange:
    """Return the normal range of any weekly measure from how much it moves from week to week.

    Parameters
    ----------
    earlier_values : array_like
        Values of the weeks before, oldest first; nan where a week has none. The last `weeks` of them count.
    weeks : int
        How many earlier weeks to use.
    lowest, highest : float
        Bounds of the measure itself: 0 for hours, 0 and 1 for a share.

    Returns
    -------
    NormalRange
        nan limits with fewer than six earlier weeks that have a value, or if these are all equal.

    Raises
    ------
    StatisticsError
        If a value is infinite or not a number at all.

    Notes
    -----
    X̄ ± 2.66 times the mean of |xᵢ - xᵢ₋₁| over neighbouring weeks that both have a value (2.66 = 3/1.128).

    References
    ----------
    Wheeler DJ (2000), Understanding Variation, 2nd ed., chapter 3 and appendix; Montgomery DC (2013),
    Introduction to Statistical Quality Control, 7th ed., section 6.4.

    Examples
    --------
    >>> week = xmr_chart(earlier_values=[10, 12, 11, 13, 11, 12])
    >>> round(week.low, 3), round(week.high, 3)
    (7.244, 15.756)
    """
    values = np.asarray(earlier_values, dtype=np.float64)
    numbers("earlier_values", values[~np.isnan(values)])
    recent = _last(values, weeks)
    known = recent[~np.isnan(recent)]
    moves = np.abs(np.diff(recent))
    moves = moves[~np.isnan(moves)]
    centre = float(known.mean()) if known.size else math.nan
    half = 2.66 * float(moves.mean()) if moves.size else math.nan
    return _range(centre, half, (lowest, highest), len(known), "XmR chart")


def change_chart(
    *, earlier_converted: npt.ArrayLike, earlier_leads: npt.ArrayLike, leads: float, baseline_leads: float
) -> NormalRange:
    """Return the range in which the change of a share from one span to the next is no news.

    Parameters
    ----------
    earlier_converted, earlier_leads : array_like
        Counts of the months (or weeks) before the later span, oldest first; those without leads do not count.
    leads, baseline_leads : float
        Number of leads in the later span and in the one that it is compared with.

    Returns
    -------
    NormalRange
        Around 0, in points; `weeks` is the number of months used. nan limits with fewer than six, if nobody or
        everybody converted in them, or if a span has no leads.

    Raises
    ------
    StatisticsError
        If a count is negative or NaN, or converted > leads.

    Notes
    -----
    0 ± 3 √(φ p̄(1 - p̄)(1/n₁ + 1/n₀)), the p-chart of a difference; p̄ is the pooled share, φ = max(1, χ²/(m - 1)) how
    much more the m months differ than chance lets them (χ² is Pearson's). Whoever looks every month finds a change
    whose 95 % interval leaves out 0 in more than a third of the years in which there is nothing but chance, and one
    beyond this range in fewer than one of thirty (tests/test_limits.py).

    References
    ----------
    Montgomery DC (2013), Introduction to Statistical Quality Control, 7th ed., section 7.2; Laney DB (2002), Quality
    Engineering 14:531-537 (months that differ more than chance); Spiegelhalter DJ (2005), Qual Saf Health Care
    14:347-351 (φ).

    Examples
    --------
    >>> usual = change_chart(earlier_converted=[50] * 6, earlier_leads=[100] * 6, leads=300, baseline_leads=300)
    >>> round(usual.low, 3), round(usual.high, 3), usual.verdict(-0.1)
    (-0.122, 0.122, 'within')
    """
    x, n = counts(earlier_converted=earlier_converted, earlier_leads=earlier_leads)
    at_most("earlier_converted", x, "earlier_leads", n)
    number("leads", leads, low=0)
    number("baseline_leads", baseline_leads, low=0)
    x, n = x[n > 0], n[n > 0]
    share = x.sum() / n.sum() if n.size else math.nan
    variance, months, method = share * (1 - share), n.size, "p-chart of a difference"
    reason = "" if leads and baseline_leads else "no leads in one of the two spans"
    if months < MIN_WEEKS:
        reason = f"{months} earlier months; a normal range needs {MIN_WEEKS}"
    elif not variance:
        reason = "the earlier months do not vary"
    if reason:
        return NormalRange(centre=0.0, low=math.nan, high=math.nan, weeks=months, method=method, reason=reason)
    excess = max(1.0, float(((x - n * share) ** 2 / n).sum()) / variance / (months - 1))
    half = 3 * math.sqrt(excess * variance * (1 / leads + 1 / baseline_leads))
    return NormalRange(centre=0.0, low=-half, high=half, weeks=months, method=method)


def _last(values: Floats, weeks: int) -> Floats:
    number("weeks", weeks, low=1)
    return values[-int(weeks) :]
