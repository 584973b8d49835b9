"""Who gets the credit for a won deal: eight conventions, none of them causal; print several side by side.

Credits always add up to the value; what no touch can claim is "unattributed".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.counts import Floats, number, numbers

ANCHORED: dict[str, dict[str, float]] = {
    "first": {"first": 1.0},
    "last": {"last": 1.0},
    "linear": {"rest": 1.0},
    "position": {"first": 0.4, "last": 0.4, "rest": 0.2},
    "u": {"first": 0.4, "lead": 0.4, "rest": 0.2},
    "w": {"first": 0.3, "lead": 0.3, "deal": 0.3, "rest": 0.1},
    "full": {"first": 0.225, "lead": 0.225, "deal": 0.225, "last": 0.225, "rest": 0.1},
}
"""Share of each anchor touch, and of all other touches together, by model."""

MODELS = (*ANCHORED, "time_decay")


@dataclass(frozen=True, kw_only=True)
class Attribution:
    """The credit of each touch of one deal.

    Attributes
    ----------
    shares : tuple of float
        Share per touch, in the order given; they add up to 1, or are all 0 if no touch is eligible.
    credit : tuple of float
        Share times value.
    cents : tuple of int
        Credit in whole cents; with `unattributed_cents` they add up to the value to the cent.
    unattributed : float
        The whole value if no touch is eligible, else 0.
    """

    model: str
    times: tuple[float, ...]
    value: float
    shares: tuple[float, ...]
    credit: tuple[float, ...]
    unattributed: float
    cents: tuple[int, ...]
    unattributed_cents: int


def attribute(
    *,
    times: npt.ArrayLike,
    model: str,
    close: float,
    value: float,
    lead: float | None = None,
    deal: float | None = None,
    lookback: float | None = None,
    half_life: float = 7.0,
) -> Attribution:
    """Divide the value of a won deal among the touches that led to it.

    Parameters
    ----------
    times : array_like
        Days of the touches, in any order; equal days count in the given order.
    model : {"first", "last", "linear", "position", "u", "w", "full", "time_decay"}
        The convention.
    close, lead, deal : float
        Days on which the deal was won, the contact and the deal were created; None where unknown.
    value : float
        Value of the deal, >= 0.
    lookback : float, optional
        Touches longer than this many days before the close are not eligible; nor are those after it.
    half_life : float
        Days in which a touch loses half of its weight ("time_decay" only), > 0.

    Returns
    -------
    Attribution
        Without an eligible touch the whole value is unattributed.

    Raises
    ------
    StatisticsError
        If the model is unknown, a time is NaN or the value is negative.

    Notes
    -----
    Anchors: the first eligible touch, the last one, and the last one at or before the creation of the contact
    (lead) and of the deal. Shares: position first .4, last .4, rest .2; u first .4, lead .4, rest .2; w first .3,
    lead .3, deal .3, rest .1; full first, lead, deal, last .225 each, rest .1; time_decay 2^(-days before the
    close / half-life). Anchors on one touch add; the rest is split equally over the other touches; a missing
    anchor or an empty rest is dropped, and the shares are stretched to 1 (so two touches get half each).

    References
    ----------
    HubSpot's U-, W- and full-path conventions; Google Ads' time decay with a half-life of one week.

    Examples
    --------
    >>> attribute(times=[0, 3, 10, 20, 40], model="w", lead=10, deal=25, close=45, value=300).credit
    (90.0, 15.0, 90.0, 90.0, 15.0)
    """
    if model not in MODELS:
        raise StatisticsError(f"model: must be one of {', '.join(MODELS)}, got {model!r}")
    day, money = numbers("times", times), number("value", value, low=0)
    end = number("close", close)
    span = math.inf if lookback is None else number("lookback", lookback, low=0)
    number("half_life", half_life, low=1e-9)
    eligible = np.flatnonzero((day <= end) & (day >= end - span))
    eligible = eligible[np.argsort(day[eligible], kind="stable")]
    if model == "time_decay":
        weights = _decaying(day[eligible], half_life)
    else:
        weights = _anchored(day[eligible], ANCHORED[model], {"lead": lead, "deal": deal})
    shares = np.zeros(len(day))
    shares[eligible] = weights
    unattributed = 0.0 if eligible.size else money
    *cents, left = to_cents([*shares, 0.0 if eligible.size else 1.0], money)
    return Attribution(
        model=model,
        times=tuple(day.tolist()),
        value=money,
        shares=tuple(shares.tolist()),
        credit=tuple((shares * money).tolist()),
        unattributed=unattributed,
        cents=tuple(cents),
        unattributed_cents=left,
    )


def _decaying(days: Floats, half_life: float) -> Floats:
    if not days.size:
        return days
    # Relative to the latest touch, whose weight is then 1: nothing can underflow to "no touch at all".
    weight = np.exp2((days - days[-1]) / half_life)
    return np.asarray(weight / weight.sum())


def _anchored(days: Floats, shares: Mapping[str, float], created: Mapping[str, float | None]) -> Floats:
    """Shares of touches sorted by day."""
    weight = np.zeros(len(days))
    if not days.size:
        return weight
    places = {"first": 0, "last": len(days) - 1}
    for name, moment in created.items():
        if moment is not None:
            before = int(np.searchsorted(days, number(name, moment), side="right"))
            places |= {name: before - 1} if before else {}
    anchors = [name for name in shares if name in places]
    for name in anchors:
        weight[places[name]] += shares[name]
    others = np.ones(len(days), dtype=bool)
    others[[places[name] for name in anchors]] = False
    if others.any():
        weight[others] += shares.get("rest", 0.0) / others.sum()
    return np.asarray(weight / weight.sum())


def to_cents(shares: Sequence[float], value: float) -> list[int]:
    """Divide a value in whole cents: the largest remainders get the cents that rounding down leaves.

    Parameters
    ----------
    shares : sequence of float
        Shares that add up to 1.
    value : float
        Amount, >= 0; rounded to the cent first.

    Returns
    -------
    list of int
        Cents, adding up to the value; ties go to the earlier share.

    Raises
    ------
    StatisticsError
        If a share or the value is negative or NaN, or the shares do not add up to 1.

    Notes
    -----
    Hamilton's method: floor each quota, then one cent each by falling remainder.

    References
    ----------
    Balinski ML, Young HP (2001), Fair Representation, 2nd ed., appendix A.

    Examples
    --------
    >>> to_cents([1 / 3, 1 / 3, 1 / 3], 100)
    [3334, 3333, 3333]
    """
    total = round(number("value", value, low=0) * 100)
    # Rounded, so that 0.1 + 0.2 style noise neither takes a cent away nor breaks a tie.
    parts = numbers("shares", shares, low=0)
    if abs(parts.sum() - 1) > 1e-9:
        raise StatisticsError(f"shares: must add up to 1, got {parts.sum():g}")
    quotas = np.round(parts * total, 6)
    cents = np.floor(quotas).astype(np.int64)
    missing = total - int(cents.sum())
    cents[np.argsort(cents - quotas, kind="stable")[:missing]] += 1
    return [int(cent) for cent in cents]


def rank_changes(credits: Mapping[str, Sequence[float]]) -> tuple[int, ...]:
    """Return the sources whose rank depends on the model.

    Parameters
    ----------
    credits : mapping of str to sequence of float
        Credit per source, in one order, by model.

    Returns
    -------
    tuple of int
        Positions of the sources whose rank (1 = most credit, ties share the best) is not the same in every model.

    Raises
    ------
    StatisticsError
        If the lists are not equally long.

    Notes
    -----
    rank = 1 + number of sources with more credit.

    References
    ----------
    Definition; hand calculation.

    Examples
    --------
    >>> rank_changes({"first": [50, 30, 20], "last": [50, 20, 30]})
    (1, 2)
    """
    table = [numbers(f"credits of {model}", credit) for model, credit in credits.items()]
    if len({len(credit) for credit in table}) > 1:
        raise StatisticsError("credits: every model must have one value per source")
    ranks = [(credit[:, None] < credit).sum(axis=1) for credit in table]
    return tuple(np.flatnonzero(np.ptp(ranks, axis=0)).tolist()) if table else ()
