"""Do marketing and sales see the same thing? Agreement on the same leads, and the gap between their answers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.counts import Floats, counts, number, numbers
from alignment_lib.stats.estimates import Estimate, Proportion, normal_quantile, proportion
from alignment_lib.stats.quality import auc

MIN_ANSWERS = 5
"""Fewer answers on a side: only the counts are shown, for anonymity and because 3 against 3 can prove nothing."""

EXACT_ANSWERS = 60
"""Up to so many answers in all, the permutation distribution is enumerated."""


@dataclass(frozen=True, kw_only=True)
class Kappa(Estimate):
    """Agreement beyond chance with its standard error `se`."""

    se: float


@dataclass(frozen=True, kw_only=True)
class Agreement(Proportion):
    """The share of leads on which both sides agree (`converted` of `leads` agreed).

    `adjusted` is the share corrected for the number of categories (1 = all, 0 = as by chance with equal
    categories), `kappa` Cohen's correction for the categories' sizes.
    """

    table: tuple[tuple[float, ...], ...]
    adjusted: Estimate
    kappa: Kappa


@dataclass(frozen=True, kw_only=True)
class OrdinalGap(Estimate):
    """P(marketing answers higher) - P(sales answers higher), -1 to 1, with the permutation test's `p`."""

    marketing: tuple[float, ...]
    sales: tuple[float, ...]
    p: float


def _square(table: npt.ArrayLike) -> Floats:
    try:
        cells = np.asarray(table, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise StatisticsError(f"table: must be a square table of counts, got {table!r}") from error
    if cells.ndim != 2 or cells.shape[0] != cells.shape[1] or len(cells) < 2:
        raise StatisticsError(f"table: must be square with at least two categories, got shape {cells.shape}")
    numbers("table", cells.ravel(), low=0)
    return cells


def agreement(table: npt.ArrayLike, *, conf: float = 0.95) -> Agreement:
    """Measure how far marketing and sales judge the same leads alike.

    Parameters
    ----------
    table : array_like, shape (k, k)
        Number of leads by marketing's category (rows) and sales' (columns), same categories in the same order.
    conf : float
        Confidence, 0 < conf < 1.

    Returns
    -------
    Agreement
        nan within (0, 1) without leads.

    Raises
    ------
    StatisticsError
        If the table is not square or a count is negative or NaN.

    Notes
    -----
    Both must have judged the same leads; where sales sees only what marketing passed on, this is not estimable.
    Raw share with Wilson limits; adjusted (k p - 1)/(k - 1) with the same limits mapped; kappa as in `kappa`.

    References
    ----------
    Brennan RL, Prediger DJ (1981), Educ Psychol Meas 41:687-699; Byrt T, Bishop J, Carlin JB (1993),
    J Clin Epidemiol 46:423-429.

    Examples
    --------
    >>> both = agreement([[40, 9], [6, 45]])
    >>> both.estimate, round(both.adjusted.estimate, 2), round(both.kappa.estimate, 2)
    (0.85, 0.7, 0.7)
    """
    cells = _square(table)
    k = len(cells)
    agreed = proportion(converted=float(np.trace(cells)), leads=float(cells.sum()), conf=conf)
    adjusted = Estimate(
        estimate=(k * agreed.estimate - 1) / (k - 1),
        low=(k * agreed.low - 1) / (k - 1),
        high=(k * agreed.high - 1) / (k - 1),
        conf=conf,
        reason=agreed.reason,
    )
    return Agreement(
        **vars(agreed),
        table=tuple(tuple(row) for row in cells.tolist()),
        adjusted=adjusted,
        kappa=kappa(cells, conf=conf),
    )


def kappa(table: npt.ArrayLike, *, credit: npt.ArrayLike | None = None, conf: float = 0.95) -> Kappa:
    """Return Cohen's kappa; its interval only where it can be trusted.

    Parameters
    ----------
    table : array_like, shape (k, k)
        Number of leads by both sides' categories.
    credit : array_like, shape (k, k), optional
        Agreement credited to each cell, 0 to 1; by default 1 on the diagonal and 0 elsewhere.
    conf : float
        Confidence, 0 < conf < 1.

    Returns
    -------
    Kappa
        nan if both sides use one and the same category. Limits are nan with fewer than 50 leads, with a margin
        below 10 (the interval covers as little as a fifth there), or without any disagreement.

    Raises
    ------
    StatisticsError
        If the table is not square, or a count is negative or NaN.

    Notes
    -----
    (p_o - p_e)/(1 - p_e); var = [Σ pᵢⱼ(wᵢⱼ - (w̄ᵢ. + w̄.ⱼ)(1 - κ))² - (κ - p_e(1 - κ))²] / (n(1 - p_e)²).

    References
    ----------
    Cohen J (1960), Educ Psychol Meas 20:37-46; Fleiss JL, Cohen J, Everitt BS (1969), Psychol Bull 72:323-327.

    Examples
    --------
    >>> chance = kappa([[75, 1, 4], [5, 4, 1], [0, 0, 10]])
    >>> round(chance.estimate, 4), round(chance.se, 4), chance.reason
    (0.6765, 0.0877, 'no interval: a category has fewer than 10 leads')
    """
    cells = _square(table)
    w = np.eye(len(cells)) if credit is None else np.asarray(credit, dtype=np.float64)
    numbers("credit", w.ravel(), low=0, high=1)
    z, n = normal_quantile(conf), cells.sum()
    p = cells / n if n else cells
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    seen, chance = float((w * p).sum()), float(rows @ w @ columns)
    if not n or chance > 1 - 1e-12:
        reason = "both sides use one and the same category" if n else "no leads"
        return Kappa(estimate=math.nan, low=-1.0, high=1.0, conf=conf, reason=reason, se=math.nan)
    value = (seen - chance) / (1 - chance)
    margins = (w @ columns)[:, None] + rows @ w
    spread = (p * (w - margins * (1 - value)) ** 2).sum() - (value - chance * (1 - value)) ** 2
    se = math.sqrt(max(0.0, float(spread)) / n) / (1 - chance)
    smallest = min(rows.min(), columns.min()) * n
    reason = ""
    if n < 50:
        reason = "no interval: fewer than 50 leads"
    elif smallest < 10 - 1e-9:
        reason = "no interval: a category has fewer than 10 leads"
    elif seen == 1:
        reason = "no interval: both sides agree on every lead"
    low, high = (math.nan, math.nan) if reason else (max(-1.0, value - z * se), min(1.0, value + z * se))
    return Kappa(estimate=value, low=low, high=high, conf=conf, reason=reason, se=se)


def ordinal_gap(
    *, marketing: npt.ArrayLike, sales: npt.ArrayLike, min_answers: int = MIN_ANSWERS, conf: float = 0.95
) -> OrdinalGap:
    """Compare how marketing and sales answer one question on an ordered scale.

    Parameters
    ----------
    marketing, sales : array_like
        Whole numbers of answers per category, from the lowest to the highest.
    min_answers : int
        With fewer on a side nothing but the counts is given.
    conf : float
        Confidence, 0 < conf < 1.

    Returns
    -------
    OrdinalGap
        Cliff's delta; nan within (-1, 1), p nan, with too few answers. For several questions pass the p-values
        to `comparisons.benjamini_hochberg`.

    Raises
    ------
    StatisticsError
        If a count is negative, NaN or not whole, or the lists differ in length.

    Notes
    -----
    delta = 2 AUC - 1 with limits mapped from `quality.auc`. p: two-sided permutation test of the sum of midranks,
    |W - E W| >= observed; exact for up to 60 answers, above that normal with the tie correction.

    References
    ----------
    Cliff N (1993), Psychol Bull 114:494-509; Lehmann EL (1975), Nonparametrics, section 1.4 (midranks).

    Examples
    --------
    >>> gap = ordinal_gap(marketing=[2, 3, 3, 1, 1], sales=[1, 1, 1, 2, 1])
    >>> gap.estimate, round(gap.p, 4)
    (-0.25, 0.4517)
    """
    m, s = counts(marketing=marketing, sales=sales)
    if np.any(m != np.floor(m)) or np.any(s != np.floor(s)):
        raise StatisticsError("marketing, sales: must be whole numbers of answers")
    area = auc(won=m, lost=s, conf=conf)
    estimate, low, high, p = 2 * area.estimate - 1, 2 * area.low - 1, 2 * area.high - 1, math.nan
    reason = "no answers on a side" if area.reason else ""
    if min(m.sum(), s.sum()) < number("min_answers", min_answers, low=0):
        estimate, low, high = math.nan, -1.0, 1.0
        reason = f"fewer than {min_answers} answers on a side: counts only"
    elif not reason:
        p = (_exact_p if m.sum() + s.sum() <= EXACT_ANSWERS else _normal_p)(m, s)
    return OrdinalGap(
        estimate=estimate,
        low=low,
        high=high,
        conf=conf,
        reason=reason,
        marketing=tuple(m.tolist()),
        sales=tuple(s.tolist()),
        p=p,
    )


def _doubled_midranks(tied: Floats) -> Floats:
    """Twice the midrank of each category: whole numbers, so that equal sums are equal."""
    return np.asarray(2 * np.cumsum(tied) - tied + 1)


def _exact_p(m: Floats, s: Floats) -> float:
    """Count the ways to choose marketing's answers among all, by their sum of doubled midranks."""
    tied = (m + s).astype(int)
    ranks = _doubled_midranks(m + s).astype(int)
    chosen, total = int(m.sum()), int(tied.sum())
    middle = chosen * (total + 1)
    ways = np.zeros((chosen + 1, int(tied @ ranks) + 1))
    ways[0, 0] = 1
    for size, rank in zip(tied, ranks, strict=True):
        grown = ways.copy()
        for taken in range(1, min(size, chosen) + 1):
            shift = taken * rank
            grown[taken:, shift:] += math.comb(int(size), taken) * ways[:-taken, :-shift]
        ways = grown
    sums = np.arange(ways.shape[1])
    far = np.abs(sums - middle) >= abs(int(m @ ranks) - middle)
    return float(min(1.0, ways[chosen, far].sum() / ways[chosen].sum()))


def _normal_p(m: Floats, s: Floats) -> float:
    tied = m + s
    total, n1, n2 = tied.sum(), m.sum(), s.sum()
    ties = (tied**3 - tied).sum() / (total * (total - 1))
    variance = n1 * n2 / 3 * (total + 1 - ties)  # of the doubled sum: four times n1 n2 (N + 1 - ties) / 12
    if variance <= 0:
        return 1.0
    distance = abs(float(m @ _doubled_midranks(tied)) - n1 * (total + 1))
    return math.erfc(distance / math.sqrt(2 * variance))
