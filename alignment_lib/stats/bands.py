"""A score as the statistics take it: its levels, and the bands into which neighbouring levels are put."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.columns import UNKNOWN, Flags, column, label, short
from alignment_lib.stats.counts import Floats, number, whole
from alignment_lib.stats.estimates import Proportion, proportion

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, eq=False)
class Levels:
    """A score's levels from the lowest to the highest; a row's `code` is its level's place, -1 where it has none."""

    names: tuple[str, ...]
    values: Floats | None
    """The levels as numbers; None for ordered categories."""
    codes: npt.NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Band:
    """Neighbouring scores: their rate, and the mean of what they forecast (nan if the score is no probability)."""

    name: str
    rate: Proportion
    forecast: float


def levels(frame: pd.DataFrame, argument: str, name: Hashable) -> Levels:
    """Return a score's levels: distinct numbers, or the categories of an ordered category.

    Raises
    ------
    StatisticsError
        If the column holds text, or a number that is infinite.

    Examples
    --------
    >>> import pandas as pd
    >>> levels(pd.DataFrame({"score": [40, 7.5, None]}), "score", "score").names
    ('7.5', '40')
    """
    import pandas as pd

    values = column(frame, argument, name)
    if isinstance(values.dtype, pd.CategoricalDtype) and values.cat.ordered:
        used = values.cat.remove_unused_categories().cat
        codes = used.codes.to_numpy().astype(np.intp)
        return Levels(names=tuple(label(each) for each in used.categories), values=None, codes=codes)
    missing = values.isna().to_numpy()
    known = values[~missing]
    if not pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_complex_dtype(values.dtype):
        _only_numbers(known, argument, name)
    read = known.astype("float64").to_numpy()
    if not np.isfinite(read).all():
        raise StatisticsError(
            f"{argument}: column {name!r} must hold finite numbers, got {read[~np.isfinite(read)][0]}"
        )
    found, place = np.unique(read, return_inverse=True)
    codes = np.full(len(values), -1, dtype=np.intp)
    codes[~missing] = place
    return Levels(names=tuple(f"{each:g}" for each in found), values=found, codes=codes)


def _only_numbers(known: pd.Series[Any], argument: str, name: Hashable) -> None:
    for row, value in known.items():
        if not isinstance(value, Real | Decimal):
            raise StatisticsError(
                f"{argument}: column {name!r} must hold numbers or an ordered category, got {short(value)} in row "
                f"{short(row)}; for grades: pd.Categorical(frame[{name!r}], categories=[worst, …, best], ordered=True)"
            )


def cut(found: Levels, *, rows: Floats, bands: int | Sequence[float]) -> npt.NDArray[np.intp]:
    """The band of each level: neighbours together, never part of a level."""
    if isinstance(bands, int):
        if whole("bands", bands) < 1:
            raise StatisticsError(f"bands: must be at least 1, got {bands}")
        if len(found.names) <= bands:
            return np.arange(len(found.names))
        middle = np.cumsum(rows) - rows / 2  # where the middle row of each level stands
        return np.asarray(np.minimum(middle / max(1.0, rows.sum()) * bands, bands - 1), dtype=np.intp)
    ends = [number("bands", end) for end in bands]
    if found.values is None or ends != sorted(set(ends)):
        raise StatisticsError(f"bands: must be rising numbers, and the score numbers too, got {list(bands)!r}")
    return np.searchsorted(ends, found.values, side="right")


def span(found: Levels, own: npt.NDArray[np.intp]) -> str:
    """The name of a band; between scores with many digits no more of them than their range needs."""
    ends = [found.names[own[0]], *([found.names[own[-1]]] if len(own) > 1 else [])]
    if found.values is not None and len(own) > 1:
        digits = max(0, 3 - math.floor(math.log10(found.values[-1] - found.values[0])))
        ends = [
            min(name, f"{value:.{digits}f}", key=len)
            for name, value in zip(ends, found.values[own[[0, -1]]], strict=True)
        ]
    return " to ".join(ends)


def by_level(found: Levels, chosen: Flags) -> Floats:
    """Count the chosen rows by level."""
    return np.bincount(found.codes[chosen], minlength=len(found.names)).astype(np.float64)


def rated_band(found: Levels, won: Floats, lost: Floats, own: Flags, probability: bool, conf: float) -> Band:
    """The rate of the levels chosen, and the mean of what they forecast."""
    rows = (won + lost)[own]
    forecast = math.nan
    if probability and found.values is not None and rows.sum():
        forecast = float(np.average(found.values[own], weights=rows))
    rate = proportion(converted=won[own].sum(), leads=rows.sum(), conf=conf)
    return Band(name=span(found, np.flatnonzero(own)), rate=rate, forecast=forecast)


def unscored(found: Levels, outcome: Floats, conf: float) -> list[Band]:
    """The band of the rows without a score, where there are any."""
    known = outcome[(found.codes < 0) & ~np.isnan(outcome)]
    rate = proportion(converted=known.sum(), leads=len(known), conf=conf)
    return [Band(name=UNKNOWN, rate=rate, forecast=math.nan)] if (found.codes < 0).any() else []
