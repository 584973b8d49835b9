"""Which format the timestamps of a column have: ISO, a pattern in day-first or month-first order, or epoch numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from alignment_lib.source import local_engine

_NUMBERS = re.compile(
    r"(?P<a>\d{1,4})(?P<s>[./-])(?P<b>\d{1,2})(?P=s)(?P<c>\d{4}|\d{2})"
    r"(?:(?P<gap>T|, | )(?P<hour>\d{1,2}):\d{2}(?P<second>:\d{2})?(?P<part>\.\d+)?(?P<half> ?[AaPp][Mm])?"
    r"(?P<zone>Z| UTC|[+-]\d{2}:?(\d{2})?)?)?"
)
_NAMED = re.compile(
    r"(?:(?P<day>\d{1,2})(?P<s>[ -])(?P<month>[A-Za-z]{3,9})(?P=s)|(?P<first>[A-Za-z]{3,9}) \d{1,2}, )(?P<year>\d{4})"
    r"(?:(?P<gap>, | )(?P<hour>\d{1,2}):\d{2}(?P<second>:\d{2})?(?P<part>\.\d+)?(?P<half> ?[AaPp][Mm])?)?"
)
_EPOCH = {10: ("epoch_s", 1), 13: ("epoch_ms", 1000)}
_FIRST_S, _LAST_S = 946_684_800, 2_208_988_800  # the years 2000 to 2039
_MONTHS_ABBREVIATED = 3


@dataclass(frozen=True)
class Moment:
    """How a column's timestamps are read. `fits`: share of its filled rows that can be read so."""

    format: str
    fits: float
    wall: bool = True
    """No zone is written in the values: it is a wall clock's."""
    has_time: bool = True
    other: str = ""
    """The format in the other order of day and month that fits all values just as well."""


def guess(values: Sequence[str], counts: Sequence[int], *, day_first: bool = False) -> Moment | None:
    """The format that fits most values; None where they are no timestamps.

    Parameters
    ----------
    values
        Different values of one column, blanks left out.
    counts
        How many rows hold each of them.
    day_first
        Which order to take when day and month cannot be told apart and no dots stand between them.
    """
    shaped = [(shape, n) for v, n in zip(values[:200], counts, strict=False) if (shape := _shape(v))]
    if not shaped or sum(n for _, n in shaped) < 0.8 * sum(counts[:200]):
        return _epoch(values)
    shapes = [shape for shape, _ in shaped]
    found = [_iso(values, counts)] if re.match(r"\d{4}-\d{2}-\d{2}", shapes[0][0]) else []
    wanted = dict.fromkeys(pattern for s in shapes for pattern in _patterns(s))
    found += [Moment(p, _share_read(values, counts, p), has_time=_with_time(p)) for p in list(wanted)[:24]]
    best = max((m for m in found), key=lambda m: m.fits)
    return _in_order(best, found, day_first) if best.fits > 0 else None


def _shape(value: str) -> re.Match[str] | None:
    return _NUMBERS.fullmatch(value) or _NAMED.fullmatch(value)


def _patterns(shape: re.Match[str]) -> list[str]:
    """The strptime patterns that a value may have been written in."""
    part, s = shape.groupdict(), shape["s"] or ""
    time = _time(part)
    if "a" not in part:
        month = "%b" if len(part["month"] or part["first"]) == _MONTHS_ABBREVIATED else "%B"
        dates = [f"%d{s}{month}{s}%Y" if part["day"] else f"{month} %d, %Y"]
    elif len(part["a"]) > 2:
        dates = [f"%Y{s}%m{s}%d", f"%Y{s}%d{s}%m"]
    else:
        year = "%Y" if len(part["c"]) > 2 else "%y"
        dates = [f"%d{s}%m{s}{year}", f"%m{s}%d{s}{year}"]
    return [] if part.get("zone") else [date + time for date in dates]


def _time(part: dict[str, str | None]) -> str:
    if not part["hour"]:
        return ""
    seconds = ("%S" if not part["part"] else "%S.%f") if part["second"] else ""
    half = (" %p" if part["half"].startswith(" ") else "%p") if part["half"] else ""
    return f"{part['gap']}{'%I' if half else '%H'}:%M{':' + seconds if seconds else ''}{half}"


def _with_time(pattern: str) -> bool:
    return "%H" in pattern or "%I" in pattern


def _in_order(best: Moment, found: list[Moment], day_first: bool) -> Moment:
    """Day and month in the order that the values tell; where they tell none, in the order of the rest of the data."""
    other = next((m for m in found if m.format == _swapped(best.format) and m.format != best.format), None)
    if other is None or other.fits < best.fits or best.format.startswith("%Y") or best.format == "iso":
        return best
    day, month = sorted((best, other), key=lambda m: not m.format.startswith("%d"))
    if "." in day.format[:6]:
        return day
    chosen, left = (day, month) if day_first else (month, day)
    return Moment(chosen.format, chosen.fits, has_time=chosen.has_time, other=left.format)


def _swapped(pattern: str) -> str:
    return pattern.translate(str.maketrans("dm", "md")) if re.match(r"%[dm].%[dm]", pattern) else pattern


def _iso(values: Sequence[str], counts: Sequence[int]) -> Moment:
    """Read as the reader of files does it."""
    shape = r"regexp_matches(v, '^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}|$)')"
    read = "(try_cast(v AS TIMESTAMP) IS NOT NULL OR try_cast(v AS TIMESTAMPTZ) IS NOT NULL)"
    zoned = r"regexp_matches(v, '(Z| UTC|:\d{2}(\.\d+)?[+-]\d{2}(:?\d{2})?)$')"
    n, n_zoned, longest = _asked(
        values, counts, f"sum(n) FILTER ({shape} AND {read}), sum(n) FILTER ({zoned}), max(length(v))"
    )
    return Moment(
        "iso", (n or 0) / sum(counts), wall=2 * (n_zoned or 0) < sum(counts), has_time=longest > len("2024-01-31")
    )


def _share_read(values: Sequence[str], counts: Sequence[int], pattern: str) -> float:
    question = "sum(n) FILTER (year(try_strptime(v, $pattern)) BETWEEN 1900 AND 9999)"
    [n] = _asked(values, counts, question, pattern=pattern)
    return float((n or 0) / sum(counts))


def _asked(values: Sequence[str], counts: Sequence[int], question: str, **more: str) -> tuple[Any, ...]:
    rows = "SELECT unnest($values) AS v, unnest($counts) AS n"
    given = {"values": list(values), "counts": list(counts), **more}
    row: tuple[Any, ...] = _engine().con.execute(f"SELECT {question} FROM ({rows})", given).fetchone()
    return row


@cache
def _engine() -> Any:
    return local_engine()


def _epoch(values: Sequence[str]) -> Moment | None:
    lengths = {len(v) for v in values[:200]}
    if len(lengths) != 1 or not all(v.isascii() and v.isdigit() for v in values):
        return None
    name, per_s = _EPOCH.get(lengths.pop(), ("", 1))
    inside = [v for v in values if name and _FIRST_S * per_s <= int(v) < _LAST_S * per_s]
    return Moment(name, 1.0, wall=False) if name and len(inside) == len(values) else None
