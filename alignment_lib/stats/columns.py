"""The columns of a data frame as the statistics take them, each checked once; an error says what to write instead.

What is missing is never dropped here: a group without a name is "(unknown)", an outcome without a value is nan, an
instant without a value is NaT. pandas is imported only where it is used, so that importing this library stays quick.
"""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.counts import Floats

if TYPE_CHECKING:
    import pandas as pd

UNKNOWN = "(unknown)"
"""The group of the rows that have none: missing, or text without a letter."""
Texts = npt.NDArray[np.object_]
Flags = npt.NDArray[np.bool_]


def column(frame: pd.DataFrame, argument: str, name: Hashable) -> pd.Series[Any]:
    """Return the column that an argument names.

    Raises
    ------
    StatisticsError
        If there is no such column (with the nearest name), or more than one.

    Examples
    --------
    >>> import pandas as pd
    >>> column(pd.DataFrame({"source": ["Web"]}), "by", "sorce")
    Traceback (most recent call last):
    alignment_lib.errors.StatisticsError: by: there is no column 'sorce'; did you mean 'source'?
    """
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        raise StatisticsError(f"frame: must be a pandas DataFrame, got {type(frame).__name__}")
    known = list(frame.columns)
    try:
        found = known.count(name)
    except (TypeError, ValueError):  # an array compares with each name element by element
        found = 0
    if found > 1:
        raise StatisticsError(f"{argument}: {found} columns are called {name!r}; rename all but one")
    if not found:
        raise StatisticsError(f"{argument}: there is no column {short(name)}; {_nearest(name, known)}")
    return frame[name]


def _nearest(name: object, known: list[Hashable]) -> str:
    names = {str(each).lower(): each for each in known}
    close = difflib.get_close_matches(str(name).lower(), list(names), n=1)
    if close:
        return f"did you mean {names[close[0]]!r}?"
    shown = ", ".join(short(each) for each in known[:12]) + (" …" if len(known) > 12 else "")
    return f"the frame has {shown}" if known else "the frame has no columns"


def short(value: object) -> str:
    told = repr(value.item() if isinstance(value, np.generic) else value)
    return told if len(told) <= 60 else told[:59] + "…"


def labels(frame: pd.DataFrame, argument: str, name: Hashable) -> Texts:
    """Return the group of each row as text; "(unknown)" where there is none.

    Examples
    --------
    >>> import pandas as pd
    >>> labels(pd.DataFrame({"source": ["Web", None, " "]}), "by", "source").tolist()
    ['Web', '(unknown)', '(unknown)']
    """
    import pandas as pd

    values = column(frame, argument, name)
    if values.dtype == object and pd.api.types.infer_dtype(values) not in ("string", "empty"):
        # One by one, for 1 and True are equal but not the same name; of plain texts many are the same.
        values = pd.Series(
            [None if missing else label(each) for each, missing in zip(values, values.isna(), strict=True)]
        )
    codes, found = pd.factorize(values)
    names = np.array([*map(label, found), UNKNOWN], dtype=object)
    named: Texts = names[codes]  # -1, a missing value, is the last
    return named


def label(value: object) -> str:
    """Return a group's name as text: 3 for 3.0, so that a missing value elsewhere does not rename a group."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return f"{value:.0f}"
    if isinstance(value, datetime) and value == datetime.combine(value, datetime.min.time(), value.tzinfo):
        return value.date().isoformat()
    text = str(value)
    return text if text.strip() else UNKNOWN


def in_order(names: npt.ArrayLike) -> list[str]:
    """Return the distinct names, sorted, the unknown last.

    Examples
    --------
    >>> in_order(["Web", "(unknown)", "Fair", "Web"])
    ['Fair', 'Web', '(unknown)']
    """
    found: set[str] = set(np.asarray(names, dtype=object).tolist())
    return sorted(found, key=lambda name: (name == UNKNOWN, name))


def crossed(rows: Texts, columns: Texts, row_names: Sequence[str], column_names: Sequence[str], *, of: Flags) -> Floats:
    """Count the chosen rows of a frame by two labels: one line per row name, one column per column name.

    Examples
    --------
    >>> web, won = np.array(["Web", "Fair"], dtype=object), np.array([True, False])
    >>> crossed(web, web, ["Fair", "Web"], ["Web"], of=won).tolist()
    [[0.0], [1.0]]
    """
    counted = np.zeros((len(row_names), len(column_names)))
    np.add.at(counted, (places(rows[of], row_names), places(columns[of], column_names)), 1)
    return counted


def places(texts: Texts, names: Sequence[str]) -> npt.NDArray[np.intp]:
    """Return where each text stands among the distinct names, -1 where it does not.

    Examples
    --------
    >>> places(np.array(["Web", "Fair"], dtype=object), ["Fair", "Web"]).tolist()
    [1, 0]
    """
    import pandas as pd

    found: npt.NDArray[np.intp] = pd.Index(names, dtype=object).get_indexer(texts)
    return found


def flags(frame: pd.DataFrame, argument: str, name: Hashable) -> Floats:
    """Return a yes-or-no column as 1, 0 and, where it is not known, nan.

    Raises
    ------
    StatisticsError
        If a value is anything but True, False, 1, 0 or missing.

    Examples
    --------
    >>> import pandas as pd
    >>> flags(pd.DataFrame({"won": [True, None, 0]}), "converted", "won").tolist()
    [1.0, nan, 0.0]
    """
    values = column(frame, argument, name)
    missing = values.isna().to_numpy()
    known = values[~missing]
    try:
        fits = known.isin([0, 1]).to_numpy(dtype=bool)
    except TypeError:  # lists and the like
        fits = np.zeros(len(known), dtype=bool)
    if not fits.all():
        wrong = known[~fits].iloc[0]
        remedy = ".notna()" if isinstance(wrong, date | np.datetime64) else f" == {short(wrong)}"
        raise StatisticsError(
            f"{argument}: column {name!r} must hold True and False (or 1 and 0), got {short(wrong)} "
            f"in row {short(known[~fits].index[0])}; a column that does: frame[{name!r}]{remedy}"
        )
    result = np.full(len(values), np.nan)
    result[~missing] = known.astype("float64").to_numpy()
    return result


def instants(frame: pd.DataFrame, argument: str, name: Hashable) -> pd.Series[Any]:
    """Return a column of dates or instants to the microsecond, with its time zone if it has one.

    Raises
    ------
    StatisticsError
        If it holds text, numbers, or instants with and without a time zone.

    Examples
    --------
    >>> import pandas as pd
    >>> from datetime import date
    >>> instants(pd.DataFrame({"created_at": [date(2025, 3, 1), None]}), "start", "created_at").tolist()
    [Timestamp('2025-03-01 00:00:00'), NaT]
    """
    import pandas as pd

    values = column(frame, argument, name)
    if values.dtype.kind != "M" or isinstance(values.dtype, pd.ArrowDtype):
        for row, value in values[values.notna()].items():
            if not isinstance(value, date | np.datetime64):
                raise StatisticsError(
                    f"{argument}: column {name!r} must hold dates or instants, got {short(value)} in row {short(row)}; "
                    f"read them first, e.g. pd.to_datetime(frame[{name!r}], format=…)"
                )
        try:
            values = pd.to_datetime(values.astype(object))
        except (ValueError, TypeError) as error:
            told = f"{argument}: column {name!r} must hold instants of one time zone, or all without; {error}"
            raise StatisticsError(told) from error
    return values.dt.as_unit("us")


def instant(argument: str, value: object, zone: Any) -> pd.Timestamp:
    """Return an instant given by hand; one without a time zone is on the wall of `zone`.

    Examples
    --------
    >>> instant("as_of", "2025-06-30", None)
    Timestamp('2025-06-30 00:00:00')
    """
    import pandas as pd

    told = f"{argument}: must be a date or an instant such as '2025-06-30', got {short(value)}"
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError as error:
        raise StatisticsError(told) from error
    if not isinstance(read, date | np.datetime64) or pd.isna(read):
        raise StatisticsError(told)
    moment = pd.Timestamp(read)
    if zone is None and moment.tzinfo is not None:
        raise StatisticsError(f"{argument}: must have no time zone where the columns have none, got {short(value)}")
    if zone is None:
        return moment.as_unit("us")
    if moment.tzinfo is not None:
        return moment.tz_convert(zone).as_unit("us")
    # Of an hour that a changed clock shows twice the first, for one that it leaves out the next that there is.
    return moment.tz_localize(zone, ambiguous=True, nonexistent="shift_forward").as_unit("us")
