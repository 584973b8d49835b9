"""Counts and other numbers as they come in: checked once, at the door, with a message that says what to do."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from alignment_lib.errors import StatisticsError

Floats = npt.NDArray[np.float64]


def number(name: str, value: float, *, low: float = -math.inf, high: float = math.inf) -> float:
    """Return `value` as a float after checking that it is finite and within [low, high].

    Raises
    ------
    StatisticsError
        Naming the argument, the rule and the value.

    Examples
    --------
    >>> number("target", 0.2, low=0, high=1)
    0.2
    """
    try:
        checked = float("nan") if isinstance(value, str) else float(value)
    except (TypeError, ValueError):
        checked = math.nan
    if not math.isfinite(checked):
        raise StatisticsError(f"{name}: must be a finite number, got {value!r}; leave the row out or fix the source")
    if not low <= checked <= high:
        rule = f"at least {low:g}" if high == math.inf else f"between {low:g} and {high:g}"
        raise StatisticsError(f"{name}: must be {rule}, got {checked:g}")
    return checked


def numbers(name: str, values: npt.ArrayLike, *, low: float = -math.inf, high: float = math.inf) -> Floats:
    """Return `values` as a one-dimensional array of floats, each checked like `number`.

    Raises
    ------
    StatisticsError
        If it is not a list of numbers; for a bad element, naming its position.

    Examples
    --------
    >>> numbers("leads", [3, 0, 12], low=0)
    array([ 3.,  0., 12.])
    """
    try:
        checked = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise StatisticsError(f"{name}: must be a list of numbers, got {values!r}") from error
    if checked.ndim != 1:
        raise StatisticsError(f"{name}: must be a list with one dimension, got {checked.ndim}")
    bad = np.flatnonzero(~(np.isfinite(checked) & (checked >= low) & (checked <= high)))
    if bad.size:
        number(f"{name}[{bad[0]}]", checked[bad[0]], low=low, high=high)
    return checked


def counts(**pairs: npt.ArrayLike) -> tuple[Floats, ...]:
    """Check named lists of counts: no NaN, none negative, all of one length.

    Examples
    --------
    >>> counts(won=[1, 2], lost=[3, 4])
    (array([1., 2.]), array([3., 4.]))
    """
    checked = {name: numbers(name, values, low=0) for name, values in pairs.items()}
    sizes = {name: len(values) for name, values in checked.items()}
    if len(set(sizes.values())) > 1:
        raise StatisticsError(f"{', '.join(sizes)}: must be equally long, got {', '.join(map(str, sizes.values()))}")
    return tuple(checked.values())


def at_most(part_name: str, part: npt.ArrayLike, whole_name: str, whole: npt.ArrayLike) -> None:
    """Raise unless every part is at most its whole (`converted` <= `leads`)."""
    parts, wholes = np.atleast_1d(np.asarray(part)), np.atleast_1d(np.asarray(whole))
    bad = np.flatnonzero(parts > wholes)
    if bad.size:
        raise StatisticsError(
            f"{part_name}: must be at most {whole_name}, got {parts[bad[0]]:g} of {wholes[bad[0]]:g}"
            + (f" at position {bad[0]}" if parts.size > 1 else "")
        )


def whole(name: str, value: float) -> int:
    """Return `value` as an int after checking that it is a whole number >= 0.

    Examples
    --------
    >>> whole("leads", 12.0)
    12
    """
    if number(name, value, low=0) != int(value):
        raise StatisticsError(f"{name}: must be a whole number, got {value:g}; this method counts leads one by one")
    return int(value)
