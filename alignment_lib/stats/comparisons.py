"""Does a group convert differently from the others? Differences with limits, and false alarms held down.

No p-value stands alone: it only feeds the q-values, which alone decide the verdict; the interval is what is shown.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.counts import Floats, at_most, counts, number, numbers, whole
from alignment_lib.stats.estimates import Difference, difference, proportion

Verdict = Literal["above", "below", "borderline", "no difference shown", "not tested"]


@dataclass(frozen=True, kw_only=True)
class GroupTest:
    """A p-value for two groups; `method` is "N-1 chi2", "Fisher mid-P" or "none" (nothing to compare)."""

    converted: int
    leads: int
    other_converted: int
    other_leads: int
    p: float
    method: str


@dataclass(frozen=True, kw_only=True)
class Comparison(Difference):
    """One group minus its baseline. `p` and `q` are nan, and `reason` says why, if it is not in the family."""

    converted: int
    leads: int
    baseline_converted: int
    baseline_leads: int
    p: float = math.nan
    q: float = math.nan
    method: str = "none"

    def verdict(self, *, max_q: float = 0.1) -> Verdict:
        """Say in a word what the q-value decides; "borderline" where q and the interval disagree.

        Examples
        --------
        >>> compare_groups(converted=[30, 56], leads=[400, 800])[0].verdict()
        'no difference shown'
        """
        if math.isnan(self.q):
            return "not tested"
        excludes_zero = self.low > 0 or self.high < 0
        if (self.q <= max_q) != excludes_zero:
            return "borderline"
        if not excludes_zero:
            return "no difference shown"
        return "above" if self.estimate > 0 else "below"


def two_group_p(*, converted: float, leads: float, other_converted: float, other_leads: float) -> GroupTest:
    """Test whether two groups convert alike.

    Parameters
    ----------
    converted, leads : float
        Whole counts of the group.
    other_converted, other_leads : float
        Whole counts of the group that it is compared with.

    Returns
    -------
    GroupTest
        p = 1 by method "none" if a group is empty, or if nobody or everybody converted.

    Raises
    ------
    StatisticsError
        If a count is negative, NaN or not whole, or converted > leads.

    Notes
    -----
    If the smallest expected count is at least 5: (N - 1)(x₁(n₂ - x₂) - x₂(n₁ - x₁))² / (n₁n₂m(N - m)) on chi² with
    1 df. Otherwise Fisher's exact test with mid-P: the tables less likely than this one, and half of those as likely.
    The rule depends on the margins only, so it does not choose the result; its size was enumerated to be <= .057.

    References
    ----------
    Campbell I (2007), Stat Med 26:3661-3675; Lydersen S, Fagerland MW, Laake P (2009), Stat Med 28:1159-1175.

    Examples
    --------
    >>> test = two_group_p(converted=7, leads=34, other_converted=1, other_leads=34)
    >>> round(test.p, 5), test.method
    (0.02966, 'Fisher mid-P')
    """
    x1, n1 = whole("converted", converted), whole("leads", leads)
    x2, n2 = whole("other_converted", other_converted), whole("other_leads", other_leads)
    at_most("converted", x1, "leads", n1)
    at_most("other_converted", x2, "other_leads", n2)
    total, won = n1 + n2, x1 + x2
    if not (n1 and n2 and won and total - won):
        p, method = 1.0, "none"
    elif min(n1, n2) * min(won, total - won) / total >= 5:
        cross = x1 * (n2 - x2) - x2 * (n1 - x1)
        p, method = chi2_tail((total - 1) * cross**2 / (n1 * n2 * won * (total - won))), "N-1 chi2"
    else:
        p, method = _fisher_mid_p(x1, n1, n2, won), "Fisher mid-P"
    return GroupTest(converted=x1, leads=n1, other_converted=x2, other_leads=n2, p=p, method=method)


def chi2_tail(statistic: float) -> float:
    """Return the upper tail of chi² with one degree of freedom.

    Examples
    --------
    >>> round(chi2_tail(3.8415), 4)
    0.05
    """
    return math.erfc(math.sqrt(statistic / 2))


def _fisher_mid_p(x1: int, n1: int, n2: int, won: int) -> float:
    first, last = max(0, won - n2), min(won, n1)
    k = np.arange(first, last, dtype=np.float64)
    # Ratios of neighbouring hypergeometric terms: exact for a million leads, where log-factorials lose digits.
    steps = np.log((n1 - k) * (won - k)) - np.log((k + 1) * (n2 - won + k + 1))
    log_mass = np.concatenate(([0.0], np.cumsum(steps)))
    mass = np.exp(log_mass - log_mass.max())
    mass /= mass.sum()
    seen = mass[x1 - first]
    tied = np.isclose(mass, seen, rtol=1e-7, atol=0)  # equal tables differ in the last bits only
    return min(1.0, float(mass[(mass < seen) & ~tied].sum() + mass[tied].sum() / 2))


def benjamini_hochberg(p: npt.ArrayLike) -> Floats:
    """Turn the p-values of one family into q-values.

    Parameters
    ----------
    p : array_like
        p-values, 0 to 1; nan marks a member that was not tested.

    Returns
    -------
    ndarray
        q-values in the same order; nan stays nan and does not count in the family.

    Raises
    ------
    StatisticsError
        If a p-value lies outside 0 to 1.

    Notes
    -----
    q of the i-th smallest of m is the minimum over j >= i of m p_j / j, at most 1.

    References
    ----------
    Benjamini Y, Hochberg Y (1995), JRSS B 57:289-300, section 3.1.

    Examples
    --------
    >>> benjamini_hochberg([0.01, float("nan"), 0.03, 0.04]).round(3).tolist()
    [0.03, nan, 0.04, 0.04]
    """
    values = np.atleast_1d(np.asarray(p, dtype=np.float64))
    tested = np.flatnonzero(~np.isnan(values))
    numbers("p", values[tested], low=0, high=1)
    q = np.full(values.shape, math.nan)
    falling = tested[np.argsort(-values[tested], kind="stable")]
    ranks = np.arange(len(falling), 0, -1)
    q[falling] = np.minimum.accumulate(np.minimum(1.0, values[falling] * len(falling) / ranks))
    return q


def compare_groups(
    *,
    converted: npt.ArrayLike,
    leads: npt.ArrayLike,
    reference: int | Literal["rest"] = "rest",
    min_leads: int = 10,
    conf: float = 0.95,
) -> tuple[Comparison, ...]:
    """Compare every group with all others together, or with one reference group.

    Parameters
    ----------
    converted, leads : array_like
        Whole counts, one per group.
    reference : int or "rest"
        Position of the reference group, or "rest": for each group the pooled others.
    min_leads : int
        Smaller groups are shown but not tested and not in the family: one lead that converted would look like news.
    conf : float
        Confidence of the intervals, 0 < conf < 1.

    Returns
    -------
    tuple of Comparison
        One per group, in the given order. The reference itself, a group without leads and a group without others
        have nan within (-1, 1).

    Raises
    ------
    StatisticsError
        If a count is negative, NaN or not whole, converted > leads, or there is no such reference.

    Notes
    -----
    Intervals by MOVER-D, p by `two_group_p`, q by Benjamini-Hochberg over the groups tested. Word a verdict
    "differs from the rest": if two large groups differ, each is part of the other's rest.

    References
    ----------
    Newcombe RG (1998), Stat Med 17:873-890, method 10; Benjamini Y, Hochberg Y (1995), JRSS B 57:289-300.

    Examples
    --------
    >>> rows = compare_groups(converted=[12, 30, 1, 40], leads=[120, 200, 1, 800])
    >>> [row.verdict() for row in rows]
    ['no difference shown', 'above', 'not tested', 'below']
    """
    won, n = counts(converted=converted, leads=leads)
    at_most("converted", won, "leads", n)
    if reference != "rest" and reference not in range(len(n)):
        raise StatisticsError(f"reference: must be 'rest' or a position below {len(n)}, got {reference!r}")
    number("min_leads", min_leads, low=0)
    rows = []
    for i in range(len(n)):
        if reference == "rest":
            others_won, others = won.sum() - won[i], n.sum() - n[i]
        else:
            others_won, others = won[reference], n[reference]
        rows.append(_comparison(won[i], n[i], others_won, others, i == reference, min_leads, conf))
    family = benjamini_hochberg([row.p for row in rows])
    return tuple(replace(row, q=float(q)) for row, q in zip(rows, family, strict=True))


def _comparison(
    won: float, n: float, others_won: float, others: float, is_reference: bool, min_leads: int, conf: float
) -> Comparison:
    rate = proportion(converted=won, leads=n, conf=conf)
    gap = difference(rate=rate, baseline=proportion(converted=others_won, leads=others, conf=conf))
    test = two_group_p(converted=won, leads=n, other_converted=others_won, other_leads=others)
    row = Comparison(
        **vars(gap),
        converted=test.converted,
        leads=test.leads,
        baseline_converted=test.other_converted,
        baseline_leads=test.other_leads,
    )
    if is_reference:
        return replace(row, estimate=math.nan, low=-1.0, high=1.0, reason="the reference itself")
    if n < min_leads:
        return replace(row, reason=row.reason or f"fewer than {min_leads} leads: not tested")
    return replace(row, p=test.p, method=test.method)
