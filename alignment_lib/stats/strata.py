"""Comparisons between groups with a different mix of leads: like with like, then averaged.

A source with many leads from an easy region looks good without being good; the flag says where that happened. On few
leads the interval promises more than it holds, and nothing is flagged.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from alignment_lib.stats.comparisons import chi2_tail
from alignment_lib.stats.counts import Floats, at_most, counts
from alignment_lib.stats.estimates import (
    Difference,
    Estimate,
    Proportion,
    difference,
    effective_n,
    normal_quantile,
    proportion,
    wilson,
)

LEAST = 30
"""Leads a side, in strata that both have, below which no verdict is given: a 95 % interval holds 89 % with 10."""


@dataclass(frozen=True, kw_only=True)
class Stratified(Estimate):
    """A difference in points between two groups of leads of the same mix.

    Attributes
    ----------
    reason : str
        Why the estimate or its interval is undefined, or why no verdict may be given on it; then nothing is flagged.
    crude : Difference
        The difference without regard to the mix.
    chi2, p : float
        Cochran-Mantel-Haenszel test; chi2 is nan and p is 1 if no stratum can tell.
    odds_ratio, risk_ratio : Estimate
        Mantel-Haenszel ratios, for checking against other tables; not for headlines.
    simpson : bool
        Crude and adjusted differ in sign, or the adjusted interval excludes the crude difference; never with a reason.
    opposite : tuple of int
        Strata whose own difference has the other sign and an interval without 0; none with a reason.
    dropped : tuple of int
        Strata with leads on one side only; they cannot be compared.
    dropped_leads : float
        Number of leads in these.
    """

    converted: tuple[float, ...]
    leads: tuple[float, ...]
    baseline_converted: tuple[float, ...]
    baseline_leads: tuple[float, ...]
    crude: Difference
    chi2: float
    p: float
    odds_ratio: Estimate
    risk_ratio: Estimate
    simpson: bool
    opposite: tuple[int, ...]
    dropped: tuple[int, ...]
    dropped_leads: float


@dataclass(frozen=True, kw_only=True)
class StandardisedRate(Estimate):
    """The rate that a source would have with the common mix of leads.

    `dropped` lists the strata in which it has no leads, `dropped_share` how much of the mix they are.
    """

    converted: tuple[float, ...]
    leads: tuple[float, ...]
    mix: tuple[float, ...]
    effective_n: float
    crude: Proportion
    dropped: tuple[int, ...]
    dropped_share: float


def stratified(
    *,
    converted: npt.ArrayLike,
    leads: npt.ArrayLike,
    baseline_converted: npt.ArrayLike,
    baseline_leads: npt.ArrayLike,
    conf: float = 0.95,
) -> Stratified:
    """Compare two groups stratum by stratum and average the differences.

    Parameters
    ----------
    converted, leads : array_like
        Counts of the group, one per stratum.
    baseline_converted, baseline_leads : array_like
        Counts of the group that it is compared with, strata in the same order.
    conf : float
        Confidence, 0 < conf < 1.

    Returns
    -------
    Stratified
        nan within (-1, 1) if no stratum has leads on both sides. If in every stratum each side is all or nothing
        in a way that leaves no variance, the estimate stands and its limits are nan. With fewer than 30 leads on a
        side, in strata that both have, the numbers stand with a reason: they allow no verdict.

    Raises
    ------
    StatisticsError
        If a count is negative or NaN, or converted > leads.

    Notes
    -----
    w = n₁n₂/N, RD = Σ w(p₁ - p₂)/Σw; its variance as in Sato,
    (RD Σ[(n₁²x₂ - n₂²x₁ + n₁n₂(n₂ - n₁)/2)/N²] + Σ[(x₁(n₂ - x₂) + x₂(n₁ - x₁))/2N]) / (Σw)².
    CMH = (Σ(x₁ - n₁m/N))² / Σ n₁n₂m(N - m)/(N²(N - 1)), no continuity correction.

    References
    ----------
    Sato T, Greenland S, Robins JM (1989), Biometrics 45:1323-1324; Mantel N, Haenszel W (1959), JNCI 22:719-748.

    Examples
    --------
    >>> ugdp = stratified(converted=[8, 22], leads=[106, 98], baseline_converted=[5, 16], baseline_leads=[120, 85])
    >>> round(ugdp.estimate, 4), round(ugdp.low, 4), round(ugdp.high, 4)
    (0.0349, -0.0276, 0.0974)
    """
    given = counts(
        converted=converted, leads=leads, baseline_converted=baseline_converted, baseline_leads=baseline_leads
    )
    at_most("converted", given[0], "leads", given[1])
    at_most("baseline_converted", given[2], "baseline_leads", given[3])
    one_sided = (given[1] == 0) | (given[3] == 0)
    x1, n1, x2, n2 = (values[~one_sided] for values in given)
    adjusted = _with_caution(_risk_difference(x1, n1, x2, n2, conf), n1, n2)
    crude = _gap([float(values.sum()) for values in given], conf)
    odds_ratio, risk_ratio = _ratios(x1, n1, x2, n2, conf)
    chi2, p = _cmh(x1, n1, x2, n2)
    keep = np.flatnonzero(~one_sided)
    own = [_gap([float(values[i]) for values in given], conf) for i in keep]
    flags = not adjusted.reason
    against = [int(i) for i, gap in zip(keep, own, strict=True) if flags and _opposes(gap, adjusted.estimate)]
    return Stratified(
        **vars(adjusted),
        converted=tuple(given[0].tolist()),
        leads=tuple(given[1].tolist()),
        baseline_converted=tuple(given[2].tolist()),
        baseline_leads=tuple(given[3].tolist()),
        crude=crude,
        chi2=chi2,
        p=p,
        odds_ratio=odds_ratio,
        risk_ratio=risk_ratio,
        simpson=flags and (adjusted.estimate * crude.estimate < 0 or _excludes(adjusted, crude.estimate)),
        opposite=tuple(against),
        dropped=tuple(np.flatnonzero(one_sided).tolist()),
        dropped_leads=float((given[1] + given[3])[one_sided].sum()),
    )


def _gap(row: list[float], conf: float) -> Difference:
    x1, n1, x2, n2 = row
    return difference(
        rate=proportion(converted=x1, leads=n1, conf=conf), baseline=proportion(converted=x2, leads=n2, conf=conf)
    )


def _with_caution(adjusted: Estimate, n1: Floats, n2: Floats) -> Estimate:
    """Give a reason where there are too few leads on a side for a verdict, unless there is a better one."""
    if adjusted.reason or min(n1.sum(), n2.sum()) >= LEAST:
        return adjusted
    return replace(adjusted, reason=f"fewer than {LEAST} leads on a side that can be compared")


def _excludes(interval: Estimate, value: float) -> bool:
    return value < interval.low or value > interval.high


def _opposes(gap: Difference, overall: float) -> bool:
    """Tell whether a stratum's own difference has the other sign and excludes 0."""
    return (gap.high < 0 < overall) or (gap.low > 0 > overall)


def _risk_difference(x1: Floats, n1: Floats, x2: Floats, n2: Floats, conf: float) -> Estimate:
    z = normal_quantile(conf)
    if not n1.size:
        return Estimate(estimate=math.nan, low=-1.0, high=1.0, conf=conf, reason="no stratum has leads on both sides")
    n = n1 + n2
    total = float((n1 * n2 / n).sum())
    gap = float(((x1 * n2 - x2 * n1) / n).sum()) / total
    slope = ((n1**2 * x2 - n2**2 * x1 + n1 * n2 * (n2 - n1) / 2) / n**2).sum()
    level = ((x1 * (n2 - x2) + x2 * (n1 - x1)) / (2 * n)).sum()
    variance = float(gap * slope + level) / total**2
    if (
        gap * slope + level <= 1e-12 * level
    ):  # exactly 0 but for rounding: an interval of no width would claim certainty
        return Estimate(
            estimate=gap, low=math.nan, high=math.nan, conf=conf, reason="no interval: the strata do not vary"
        )
    half = z * math.sqrt(variance)
    return Estimate(estimate=gap, low=max(-1.0, gap - half), high=min(1.0, gap + half), conf=conf)


def _cmh(x1: Floats, n1: Floats, x2: Floats, n2: Floats) -> tuple[float, float]:
    n, won = n1 + n2, x1 + x2
    single = n > 1
    spread = (n1 * n2 * won * (n - won))[single] / (n**2 * (n - 1))[single]
    if not spread.sum() > 0:
        return math.nan, 1.0
    chi2 = float((x1 - n1 * won / n)[single].sum() ** 2 / spread.sum())
    return chi2, chi2_tail(chi2)


def _ratios(x1: Floats, n1: Floats, x2: Floats, n2: Floats, conf: float) -> tuple[Estimate, Estimate]:
    """Mantel-Haenszel odds ratio (Robins-Breslow-Greenland variance) and risk ratio (Greenland-Robins)."""
    n = n1 + n2
    for_, against = x1 * (n2 - x2) / n, x2 * (n1 - x1) / n
    alike = (x1 + n2 - x2) / n
    r, s = float(for_.sum()), float(against.sum())
    rising, falling = x1 * n2 / n, x2 * n1 / n
    u, v = float(rising.sum()), float(falling.sum())
    odds_variance = risk_variance = math.nan
    if r and s:
        mixed = (alike * against + (1 - alike) * for_).sum()
        odds_variance = float(
            (alike * for_).sum() / (2 * r * r) + mixed / (2 * r * s) + ((1 - alike) * against).sum() / (2 * s * s)
        )
    if u and v:
        risk_variance = float((((x1 + x2) * n1 * n2 - x1 * x2 * n) / n**2).sum() / (u * v))
    return _log_ratio(r, s, odds_variance, conf), _log_ratio(u, v, risk_variance, conf)


def _log_ratio(top: float, bottom: float, variance: float, conf: float) -> Estimate:
    if top == bottom == 0:
        return Estimate(estimate=math.nan, low=0.0, high=math.inf, conf=conf, reason="no stratum can tell")
    if not variance > 0:
        # One side is 0 (or all converted everywhere): the ratio is known, its variance on the log scale is not.
        return Estimate(
            estimate=top / bottom if bottom else math.inf, low=0.0, high=math.inf, conf=conf, reason="no interval"
        )
    value, factor = top / bottom, math.exp(normal_quantile(conf) * math.sqrt(variance))
    return Estimate(estimate=value, low=value / factor, high=value * factor, conf=conf)


def standardised_rate(
    *, converted: npt.ArrayLike, leads: npt.ArrayLike, mix: npt.ArrayLike, conf: float = 0.95
) -> StandardisedRate:
    """Return the rate that a source would have if its leads had the common mix.

    Parameters
    ----------
    converted, leads : array_like
        Counts of the source, one per stratum.
    mix : array_like
        Weight of each stratum, >= 0 and in any unit: usually the leads of all sources together.
    conf : float
        Confidence, 0 < conf < 1.

    Returns
    -------
    StandardisedRate
        Strata in which the source has no leads are dropped and the weights of the others stretched to 1.
        nan within (0, 1) if none is left.

    Raises
    ------
    StatisticsError
        If a count is negative or NaN, or converted > leads.

    Notes
    -----
    p = Σ wp, var = Σ w²p(1 - p)/n, then Wilson on n_eff = p(1 - p)/var. Where the variance is 0 (every stratum
    all or nothing) n_eff = 1/Σ(w²/n), which it is for equal rates.

    References
    ----------
    Fleiss JL, Levin B, Paik MC (2003), Statistical Methods for Rates and Proportions, 3rd ed., chapter 19.

    Examples
    --------
    >>> rate = standardised_rate(converted=[10, 2], leads=[100, 10], mix=[1, 1])
    >>> round(rate.estimate, 3), round(rate.crude.estimate, 3)
    (0.15, 0.109)
    """
    x, n, weight = counts(converted=converted, leads=leads, mix=mix)
    at_most("converted", x, "leads", n)
    used = n > 0
    w, p, size = weight[used], x[used] / n[used], n[used]
    total = w.sum()
    rate = n_eff = 0.0
    if total:
        w = w / total
        rate = min(1.0, float((w * p).sum()))
        variance = float((w**2 * p * (1 - p) / size).sum())
        n_eff = effective_n(estimate=rate, variance=variance) if variance else 1 / float((w**2 / size).sum())
    share = wilson(estimate=rate, effective_n=n_eff, conf=conf)
    return StandardisedRate(
        **vars(share),
        converted=tuple(x.tolist()),
        leads=tuple(n.tolist()),
        mix=tuple(weight.tolist()),
        effective_n=n_eff,
        crude=proportion(converted=x.sum(), leads=n.sum(), conf=conf),
        dropped=tuple(np.flatnonzero(~used).tolist()),
        dropped_share=float(weight[~used].sum() / weight.sum()) if weight.sum() else 0.0,
    )
