"""The rhythm of a business: what is usual on each weekday, and how far a day strays from it."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.counts import Floats, numbers


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
