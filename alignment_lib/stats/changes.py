"""How a rate changed: steadily along ordered groups, or because the mix of leads changed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.comparisons import chi2_tail
from alignment_lib.stats.counts import Floats, at_most, counts, numbers
from alignment_lib.stats.estimates import Difference, Estimate, difference, normal_quantile, proportion


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
    """The change of an overall rate and its two parts, in points, each with its interval."""

    mix: Estimate
    rate_effect: Estimate
    mix_by_segment: tuple[Estimate, ...]
    rate_effect_by_segment: tuple[Estimate, ...]


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
        Confidence of the intervals, 0 < conf < 1.

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

    Both rates and shares are from samples (Jann 2008, section 2.3): the shares add their variance by the delta method,
    the rates the way from the estimate to their Wilson limits (MOVER), each times the derivative of the part. With one
    segment the limits of `rate_effect` are those of Newcombe's method 10. A plain delta interval is far too narrow
    where few leads of a segment converted.

    References
    ----------
    Kitagawa EM (1955), JASA 50:1168-1194; Jann B (2008), Stata Journal 8:453-479; Zou GY, Huang W, Zhang X (2009),
    Comput Stat Data Anal 53:1080-1085.

    Examples
    --------
    >>> split = mix_and_rate(converted=[10, 40], leads=[100, 100], baseline_converted=[5, 60],
    ...                      baseline_leads=[50, 150])
    >>> round(split.estimate, 3), round(split.mix.estimate, 3), round(split.rate_effect.estimate, 3)
    (-0.075, -0.075, 0.0)
    >>> round(split.mix.low, 3), round(split.mix.high, 3)
    (-0.108, -0.039)
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
        nothing = Estimate(estimate=math.nan, low=math.nan, high=math.nan, conf=conf, reason=change.reason)
        parts = [(nothing, (nothing,) * len(n1))] * 2
    else:
        now, before = _period(x1, n1, x0, n0, conf), _period(x0, n0, x1, n1, conf)
        parts = [_with_limits(part, now, before, conf) for part in (_mix(now, before), _rate_effect(now, before))]
    (mix, mixes), (rate_effect, effects) = parts
    return MixAndRate(
        **vars(change), mix=mix, rate_effect=rate_effect, mix_by_segment=mixes, rate_effect_by_segment=effects
    )


@dataclass(frozen=True, eq=False)
class _Period:
    """Of each segment the rate with its limits, and its share of the period's leads."""

    rate: Floats
    low: Floats
    high: Floats
    share: Floats
    leads: float
    absent: npt.NDArray[np.bool_]
    """Segments without leads, whose rate is the other period's."""


@dataclass(frozen=True, eq=False)
class _Part:
    """A part of the change by segment, and its derivatives: a row for each segment, a column for what it depends on."""

    value: Floats
    by_share: tuple[Floats, Floats]
    """The shares of this period and of the earlier one; `by_rate` likewise the rates."""
    by_rate: tuple[Floats, Floats]


def _period(x: Floats, n: Floats, other_x: Floats, other_n: Floats, conf: float) -> _Period:
    top, bottom = np.where(n > 0, x, other_x), np.where(n > 0, n, other_n)
    rates = [proportion(converted=a, leads=b, conf=conf) for a, b in zip(top, bottom, strict=True)]
    rate = np.asarray(top / np.where(bottom > 0, bottom, 1.0))
    low, high = np.array([r.low for r in rates]), np.array([r.high for r in rates])
    return _Period(rate, low, high, n / n.sum(), float(n.sum()), n == 0)


def _mix(now: _Period, before: _Period) -> _Part:
    gap, middle = now.share - before.share, (now.rate + before.rate) / 2
    better = middle - (now.share @ now.rate + before.share @ before.rate) / 2
    by_share = (
        np.diag(better) - np.outer(gap, now.rate) / 2,
        -np.diag(better) - np.outer(gap, before.rate) / 2,
    )
    by_rate = (np.diag(gap) - np.outer(gap, now.share)) / 2, (np.diag(gap) - np.outer(gap, before.share)) / 2
    return _Part(gap * better, by_share, by_rate)


def _rate_effect(now: _Period, before: _Period) -> _Part:
    change, weight = now.rate - before.rate, (now.share + before.share) / 2
    half = np.diag(change) / 2
    return _Part(change * weight, (half, half), (np.diag(weight), -np.diag(weight)))


def _with_limits(part: _Part, now: _Period, before: _Period, conf: float) -> tuple[Estimate, tuple[Estimate, ...]]:
    """A part in total and by segment, each with its limits."""

    def total(rows: Floats) -> Floats:
        return np.vstack([rows.sum(axis=0), rows])

    values = [math.fsum(part.value), *part.value]
    below, above = np.zeros(len(values)), np.zeros(len(values))
    for period, slope in zip((now, before), part.by_share, strict=True):
        slopes = total(slope)
        spread = (slopes**2 @ period.share - (slopes @ period.share) ** 2) / period.leads * normal_quantile(conf) ** 2
        below, above = below + spread, above + spread
    for period, slope in zip((now, before), _own(part.by_rate, now, before), strict=True):
        slopes = total(slope)
        down, up = period.rate - period.low, period.high - period.rate
        below += (np.where(slopes > 0, slopes * down, slopes * up) ** 2).sum(axis=1)
        above += (np.where(slopes > 0, slopes * up, slopes * down) ** 2).sum(axis=1)
    low, high = values - np.sqrt(below.clip(0)), values + np.sqrt(above.clip(0))
    found = [
        Estimate(estimate=float(v), low=max(-1.0, float(a)), high=min(1.0, float(b)), conf=conf)
        for v, a, b in zip(values, low, high, strict=True)
    ]
    return found[0], tuple(found[1:])


def _own(slopes: tuple[Floats, Floats], now: _Period, before: _Period) -> tuple[Floats, Floats]:
    """A rate that stands for both periods counts once, where it was seen."""
    of_now, of_before = slopes
    both = of_now + of_before
    return (
        np.where(before.absent, both, np.where(now.absent, 0.0, of_now)),
        np.where(now.absent & ~before.absent, both, np.where(before.absent, 0.0, of_before)),
    )
