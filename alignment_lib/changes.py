"""How a rate changed: steadily along ordered groups, or because the mix of leads changed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from alignment_lib.comparisons import chi2_tail
from alignment_lib.counts import Floats, at_most, counts, numbers
from alignment_lib.errors import StatisticsError
from alignment_lib.estimates import Difference, Estimate, difference, normal_quantile, proportion


@dataclass(frozen=True, kw_only=True)
class Trend(Estimate):
    """Change of a rate per step of the score, with its test and the fall from the first to the last period."""

    converted: tuple[float, ...]
    leads: tuple[float, ...]
    score: tuple[float, ...]
    chi2: float
    p: float
    last_minus_first: Difference


@dataclass(frozen=True, kw_only=True)
class MixAndRate(Difference):
    """The change of an overall rate and its two parts, in points."""

    mix: float
    rate_effect: float
    mix_by_segment: tuple[float, ...]
    rate_effect_by_segment: tuple[float, ...]


def trend(
    *, converted: npt.ArrayLike, leads: npt.ArrayLike, score: npt.ArrayLike | None = None, conf: float = 0.95
) -> Trend:
    """Test whether a rate rises or falls steadily along ordered groups (weeks, grades).

    Parameters
    ----------
    converted, leads : array_like
        Counts, one per group.
    score : array_like, optional
        Place of each group on the axis, not decreasing; 0, 1, 2, … by default.
    conf : float
        Confidence, 0 < conf < 1.

    Returns
    -------
    Trend
        `estimate` is the change of the rate per unit of score. nan with p = 1 if fewer than two scores have leads,
        or if nobody or everybody converted.

    Raises
    ------
    StatisticsError
        If counts are negative, NaN or converted > leads, or the scores decrease.

    Notes
    -----
    Cochran-Armitage: T = Σ x(s - s̄), S = Σ n(s - s̄)², slope T/S, chi² = T²/(p(1 - p)S); the limits use the same
    variance. With large sends p is always tiny: show `last_minus_first`.

    References
    ----------
    Armitage P (1955), Biometrics 11:375-386; Fleiss JL (1981), Statistical Methods for Rates and Proportions, 9.3.

    Examples
    --------
    >>> fall = trend(converted=[210, 190, 160, 120], leads=[1000, 1000, 1000, 1000])
    >>> round(fall.estimate, 3), round(fall.chi2, 2)
    (-0.03, 31.89)
    """
    x, n = counts(converted=converted, leads=leads)
    at_most("converted", x, "leads", n)
    s = numbers("score", np.arange(len(n)) if score is None else score)
    if len(s) != len(n) or np.any(np.diff(s) < 0):
        raise StatisticsError(f"score: must not decrease and have one value per group ({len(n)}), got {s.tolist()}")
    z = normal_quantile(conf)
    total, used = n.sum(), np.flatnonzero(n > 0)
    rate = x.sum() / total if total else math.nan
    centred = s - ((n * s).sum() / total if total else 0.0)
    spread = float((n * centred**2).sum())
    slope = low = high = chi2 = math.nan
    p, reason = 1.0, ""
    if len(set(s[used])) < 2:
        reason = "fewer than two periods with leads"
    elif rate in (0.0, 1.0):
        reason = "nobody converted" if rate == 0 else "everybody converted"
    else:
        slope = float((x * centred).sum() / spread)
        se = math.sqrt(rate * (1 - rate) / spread)
        low, high, chi2 = slope - z * se, slope + z * se, (slope / se) ** 2
        p = chi2_tail(chi2)
    ends = [proportion(converted=x[i], leads=n[i], conf=conf) for i in (used[[0, -1]] if used.size else ())]
    first, last = ends or [proportion(converted=0, leads=0, conf=conf)] * 2
    return Trend(
        estimate=slope,
        low=low,
        high=high,
        conf=conf,
        reason=reason,
        converted=tuple(x.tolist()),
        leads=tuple(n.tolist()),
        score=tuple(s.tolist()),
        chi2=chi2,
        p=p,
        last_minus_first=difference(rate=last, baseline=first),
    )


def mix_and_rate(
    *,
    converted: npt.ArrayLike,
    leads: npt.ArrayLike,
    baseline_converted: npt.ArrayLike,
    baseline_leads: npt.ArrayLike,
    conf: float = 0.95,
) -> MixAndRate:
    """Split the change of an overall rate: other leads came in, or the same kinds of leads converted differently.

    Parameters
    ----------
    converted, leads : array_like
        Counts of this period, one per segment (source, region).
    baseline_converted, baseline_leads : array_like
        Counts of the earlier period, segments in the same order.
    conf : float
        Confidence of the interval of the whole change, 0 < conf < 1.

    Returns
    -------
    MixAndRate
        `mix` + `rate_effect` is the change, segment by segment and in total. All nan if a period has no leads.

    Raises
    ------
    StatisticsError
        If a count is negative or NaN, or converted > leads.

    Notes
    -----
    With shares s, rates r and overall rates R of the periods 0 and 1, for each segment
    mix = (s₁ - s₀)((r₀ + r₁)/2 - (R₀ + R₁)/2) and rate = (r₁ - r₀)(s₀ + s₁)/2.
    Subtracting the overall rate changes no total and makes a growing segment count as good only if it converts
    better than the rest. A segment that is new or gone has no change of its rate: all of it is mix.

    References
    ----------
    Kitagawa EM (1955), JASA 50:1168-1194.

    Examples
    --------
    >>> split = mix_and_rate(converted=[10, 40], leads=[100, 100], baseline_converted=[5, 60],
    ...                      baseline_leads=[50, 150])
    >>> round(split.estimate, 3), round(split.mix, 3), round(split.rate_effect, 3)
    (-0.075, -0.075, 0.0)
    """
    x1, n1, x0, n0 = counts(
        converted=converted, leads=leads, baseline_converted=baseline_converted, baseline_leads=baseline_leads
    )
    at_most("converted", x1, "leads", n1)
    at_most("baseline_converted", x0, "baseline_leads", n0)
    change = difference(
        rate=proportion(converted=x1.sum(), leads=n1.sum(), conf=conf),
        baseline=proportion(converted=x0.sum(), leads=n0.sum(), conf=conf),
    )
    if change.reason:
        mix = rate_effect = np.full(len(n1), math.nan)
    else:
        r1, r0 = _rates(x1, n1, x0, n0), _rates(x0, n0, x1, n1)
        s1, s0 = n1 / n1.sum(), n0 / n0.sum()
        middle = (change.rate.estimate + change.baseline.estimate) / 2
        mix = (s1 - s0) * ((r0 + r1) / 2 - middle)
        rate_effect = (r1 - r0) * (s0 + s1) / 2
    return MixAndRate(
        **vars(change),
        mix=math.fsum(mix),
        rate_effect=math.fsum(rate_effect),
        mix_by_segment=tuple(mix.tolist()),
        rate_effect_by_segment=tuple(rate_effect.tolist()),
    )


def _rates(x: Floats, n: Floats, other_x: Floats, other_n: Floats) -> Floats:
    """Rate per segment; the other period's where this one has no leads."""
    top, bottom = np.where(n > 0, x, other_x), np.where(n > 0, n, other_n)
    return np.asarray(top / np.where(bottom > 0, bottom, 1.0))
