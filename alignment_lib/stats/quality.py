"""Is the score right, and where should the line be? How well scores and criteria tell later wins from losses."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from alignment_lib.stats.counts import at_most, counts
from alignment_lib.stats.estimates import Estimate, Proportion, normal_quantile, proportion


@dataclass(frozen=True, kw_only=True)
class Auc(Estimate):
    """Chance that a won lead scored higher than a lost one, ties counting half."""

    won: tuple[float, ...]
    lost: tuple[float, ...]


def auc(*, won: npt.ArrayLike, lost: npt.ArrayLike, conf: float = 0.95) -> Auc:
    """Measure how well a score ranks won leads above lost ones.

    Parameters
    ----------
    won, lost : array_like
        Number of leads per score level, from the lowest to the highest.
    conf : float
        Confidence, 0 < conf < 1.

    Returns
    -------
    Auc
        nan within (0, 1) if nothing was won or nothing lost.

    Raises
    ------
    StatisticsError
        If a count is negative or NaN, or the lists differ in length.

    Notes
    -----
    θ = Σ wonᵢ(lost below i + ½ lostᵢ)/(mn). Limits solve |θ̂ - θ| = z √V(θ),
    V = θ(1 - θ)[1 + N*((1 - θ)/(2 - θ) + θ/(1 + θ))]/(mn), N* = (m + n)/2 - 1.

    References
    ----------
    Newcombe RG (2006), Stat Med 25:559-573, method 5.

    Examples
    --------
    >>> scan = auc(won=[3, 2, 2, 11, 33], lost=[33, 6, 6, 11, 2])
    >>> round(scan.estimate, 4), round(scan.low, 4), round(scan.high, 4)
    (0.8932, 0.8117, 0.94)
    """
    a, b = counts(won=won, lost=lost)
    z, m, n = normal_quantile(conf), float(a.sum()), float(b.sum())
    estimate, low, high, reason = math.nan, 0.0, 1.0, ""
    if not m or not n:
        reason = "nothing was won" if not m else "nothing was lost"
    else:
        estimate = min(1.0, float((a * (np.cumsum(b) - b / 2)).sum()) / (m * n))
        low = _lower_area(estimate, m, n, z)
        high = 1 - _lower_area(1 - estimate, m, n, z)  # V is symmetric about one half
    return Auc(
        estimate=estimate, low=low, high=high, conf=conf, reason=reason, won=tuple(a.tolist()), lost=tuple(b.tolist())
    )


def _lower_area(estimate: float, m: float, n: float, z: float) -> float:
    """Solve estimate - θ = z √V(θ) below the estimate, by halving.

    The estimate itself is never tried: at 1, where V = 0, it is a false root that would collapse the interval.
    """
    low, high = 0.0, estimate
    for _ in range(60):
        t = (low + high) / 2
        variance = t * (1 - t) * (1 + ((m + n) / 2 - 1) * ((1 - t) / (2 - t) + t / (1 + t))) / (m * n)
        low, high = (t, high) if estimate - t > z * math.sqrt(variance) else (low, t)
    return low


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """How well forecast chances were met.

    Attributes
    ----------
    bands : tuple of Proportion
        Observed rate per band of forecasts.
    brier, reliability, resolution, uncertainty : float
        brier = reliability - resolution + uncertainty; nan, with a `reason`, without leads.
    skill : float
        1 - brier/uncertainty: 1 is perfect, 0 as good as the overall rate; nan if all leads ended alike.
    calibration_error : float
        Mean distance of forecast and outcome; too large in small samples, not for headlines.
    """

    forecast: tuple[float, ...]
    bands: tuple[Proportion, ...]
    brier: float
    reliability: float
    resolution: float
    uncertainty: float
    skill: float
    calibration_error: float
    reason: str = ""


def calibration(
    *, forecast: npt.ArrayLike, converted: npt.ArrayLike, leads: npt.ArrayLike, conf: float = 0.95
) -> Calibration:
    """Compare forecast chances with what happened, band by band.

    Parameters
    ----------
    forecast : array_like
        Chance forecast for every lead of the band, 0 to 1. Points from 0 to 100 are no chances: use `trend`.
    converted, leads : array_like
        Counts per band; an empty band contributes nothing.
    conf : float
        Confidence of the bands' intervals, 0 < conf < 1.

    Returns
    -------
    Calibration
        All scores nan without leads.

    Raises
    ------
    StatisticsError
        If a forecast lies outside 0 to 1, a count is negative or NaN, or converted > leads.

    Notes
    -----
    Brier = mean (f - y)²; reliability = Σ n(f - ȳ)²/N; resolution = Σ n(ȳ - Ȳ)²/N; uncertainty = Ȳ(1 - Ȳ).

    References
    ----------
    Brier GW (1950), Mon Weather Rev 78:1-3; Murphy AH (1973), J Appl Meteorol 12:595-600.

    Examples
    --------
    >>> bands = calibration(forecast=[0.1, 0.5], converted=[2, 6], leads=[20, 10])
    >>> round(bands.brier, 4), round(bands.skill, 4)
    (0.1433, 0.267)
    """
    f, x, n = counts(forecast=forecast, converted=converted, leads=leads)
    at_most("forecast", f, "1", np.ones(len(f)))
    at_most("converted", x, "leads", n)
    bands = tuple(proportion(converted=won, leads=size, conf=conf) for won, size in zip(x, n, strict=True))
    total = n.sum()
    if not total:
        nan = math.nan
        return Calibration(
            forecast=tuple(f.tolist()),
            bands=bands,
            brier=nan,
            reliability=nan,
            resolution=nan,
            uncertainty=nan,
            skill=nan,
            calibration_error=nan,
            reason="no leads",
        )
    seen = x / np.where(n > 0, n, 1)
    overall = x.sum() / total
    brier = float((x * (f - 1) ** 2 + (n - x) * f**2).sum() / total)
    uncertainty = float(overall * (1 - overall))
    return Calibration(
        forecast=tuple(f.tolist()),
        bands=bands,
        brier=brier,
        reliability=float((n * (f - seen) ** 2).sum() / total),
        resolution=float((n * (seen - overall) ** 2).sum() / total),
        uncertainty=uncertainty,
        skill=1 - brier / uncertainty if uncertainty else math.nan,
        calibration_error=float((n * np.abs(f - seen)).sum() / total),
        reason="" if uncertainty else "no skill: all leads ended alike",
    )
