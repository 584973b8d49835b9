"""Which format the timestamps of a column have: ISO, a pattern in day-first or month-first order, or numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from alignment_lib.source import local_engine
from alignment_lib.source.moments import BESIDE, abbreviation
from alignment_lib.source.month_names import MONTH, MONTHS

_NUMBERS = re.compile(
    r"(?P<a>\d{1,4})(?P<s>[./-])(?P<b>\d{1,2})(?P=s)(?P<c>\d{4}|\d{2})"
    r"(?:(?P<gap>T|,? (?:um |at |à |a las |alle )?)(?P<time>\d{1,2}:\d{2}.*))?"
)
_TIME = re.compile(
    r"(?P<hour>\d{1,2}):\d{2}(?P<second>:\d{2})?(?P<part>\.\d+)?(?P<half> ?[AaPp][Mm])?(?P<word> Uhr| h)?"
)
_WORDS = {"um", "at", "à", "a", "las", "de", "del", "le", "el", "der", "den", "uhr", "h", "of"}
"""What may stand between the parts of a date in words."""
_WEEKDAY = re.compile(r"(?P<word>[^\W\d_]+)(?P<rest>[.,]*) (?=\S)")
_NUMERALS = r"(\d{1,2})(?:er|st|nd|rd|th)\b"
_COMPACT = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?P<gap>[T ]?)(?P<time>\d{4}|\d{6})?")
_EPOCH = {10: ("epoch_s", 1), 13: ("epoch_ms", 1000)}
_FIRST_S, _LAST_S = 946_684_800, 2_208_988_800  # the years 2000 to 2039
_FIRST_SERIAL, _LAST_SERIAL = 36_526, 51_136
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
    abbreviated: bool = False
    """A zone is written as an abbreviation, which tells nothing without the zone that it belongs to."""
    bare: bool = False
    """Numbers without any mark, which may as well be something else."""

    @property
    def day_first(self) -> bool | None:
        """The order of day and month in numbers with slashes or dashes, where it is known; None elsewhere."""
        if self.other or not re.match("%[dm][/-]%[dm]", self.format):
            return None
        return self.format.startswith("%d")


def guess(values: Sequence[str], counts: Sequence[int]) -> Moment | None:
    """The format that fits most values; None where they are no timestamps.

    Parameters
    ----------
    values
        Different values of one column, blanks left out.
    counts
        How many rows hold each of them.
    """
    plain = [_without_zone(v) for v in values]
    shaped = [(shape, n) for v, n in zip(plain[:200], counts, strict=False) if (shape := _patterns(v))]
    if not shaped or sum(n for _, n in shaped) < 0.8 * sum(counts[:200]):
        return _bare(values, counts)
    iso = bool(re.match(r"\d{4}-\d{2}-\d{2}", plain[0]))
    names = [v for v in values[:200] if abbreviation(v)]
    zones = sum(n for v, p, n in zip(values, plain, counts, strict=True) if v != p)
    wall = bool(names) or 2 * zones < sum(counts)
    timed = any(re.search(r"\d:\d\d", v) for v in plain)
    found = [Moment("iso", _share_iso(plain, counts), wall, timed)] if iso else []
    wanted = dict.fromkeys(pattern for patterns, _ in shaped for pattern in patterns)
    found += [Moment(p, _share_read(plain, counts, p), wall, _with_time(p)) for p in list(wanted)[:24]]
    best = max(found, key=lambda m: m.fits)
    return replace(_in_order(best, found), abbreviated=bool(names)) if best.fits > 0 else None


def settled(moment: Moment, *, day_first: bool) -> Moment:
    """The reading in one order of day and month, of a column that may be read in both."""
    chosen = next(f for f in (moment.format, moment.other) if f.startswith("%d") == day_first)
    return replace(moment, format=chosen, other="")


def _without_zone(value: str) -> str:
    return re.sub(BESIDE, lambda m: m[1] + (m[3] or ""), value)


def _patterns(value: str) -> list[str]:
    """The strptime patterns that a value without a zone may have been written in; none: it is no timestamp."""
    shape = _NUMBERS.fullmatch(value)
    if shape is None:
        return _in_words(value)
    time = _time(shape["time"]) if shape["time"] else ""
    if time is None:
        return []
    s, gap = shape["s"], shape["gap"] or ""
    if len(shape["a"]) > 2:
        dates = [f"%Y{s}%m{s}%d", f"%Y{s}%d{s}%m"]
    else:
        year = "%Y" if len(shape["c"]) > 2 else "%y"
        dates = [f"%d{s}%m{s}{year}", f"%m{s}%d{s}{year}"]
    return [date + gap + time for date in dates]


def _time(text: str) -> str | None:
    """The pattern of a time of day; None where it is none."""
    part = _TIME.fullmatch(text)
    if part is None:
        return None
    seconds = (":%S" if not part["part"] else ":%S.%f") if part["second"] else ""
    half = (" %p" if part["half"].startswith(" ") else "%p") if part["half"] else ""
    return f"{'%I' if half else '%H'}:%M{seconds}{half}{part['word'] or ''}"


def _in_words(value: str) -> list[str]:
    """The pattern of a date with the month's name: its parts found one after the other, the marks between them kept."""
    first = _WEEKDAY.match(value)
    head = ""
    if first is not None and not re.fullmatch(MONTH, first["word"]):
        head, value = f"%a{first['rest']} ", value[first.end() :]
    month = re.search(MONTH, value)
    if month is None or len(value) > 60:
        return []
    name = "%b" if len(month[0].strip(".")) == _MONTHS_ABBREVIATED else "%B"
    value = value[: month.start()] + name + value[month.end() :]
    time = _TIME.search(value)
    if time is not None:
        value = value.replace(time[0], _time(time[0]) or "")
    value, years = re.subn(r"(?<!\d)\d{4}(?!\d)", "%Y", value, count=1)
    value, days = re.subn(rf"{_NUMERALS}|(?<![\d%])\d{{1,2}}(?!\d)", "%d", value, count=1)
    if not years:
        value, years = re.subn(r"(?<![\d%])\d{2}(?!\d)", "%y", value, count=1)
    words = {w.lower() for w in re.findall(r"[^\W\d_]+", re.sub("%.", "", value))}
    fits = years and days and words <= _WORDS and not re.search(r"\d", value)
    return [head + value] if fits else []


def _with_time(pattern: str) -> bool:
    return "%H" in pattern or "%I" in pattern


def _in_order(best: Moment, found: list[Moment]) -> Moment:
    """Day and month in the order that the values tell; where they tell none, both."""
    other = next((m for m in found if m.format == _swapped(best.format) and m.format != best.format), None)
    if other is None or other.fits < best.fits or best.format.startswith("%Y") or best.format == "iso":
        return best
    day, month = sorted((best, other), key=lambda m: not m.format.startswith("%d"))
    if "." in day.format[:6]:
        return day
    return replace(month, other=day.format)


def _swapped(pattern: str) -> str:
    return pattern.translate(str.maketrans("dm", "md")) if re.match(r"%[dm].%[dm]", pattern) else pattern


def _share_iso(values: Sequence[str], counts: Sequence[int]) -> float:
    """Read as the reader of files does it."""
    shape = r"regexp_matches(v, '^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?$')"
    return _share(values, counts, f"sum(n) FILTER ({shape} AND try_cast(v AS TIMESTAMP) IS NOT NULL)")


def _share_read(values: Sequence[str], counts: Sequence[int], pattern: str) -> float:
    question = "sum(n) FILTER (year(try_strptime(v, $pattern)) BETWEEN 1900 AND 9999)"
    if pattern.startswith("%a"):
        values, pattern = [_WEEKDAY.sub("", v, count=1) for v in values], re.sub("^%a[.,]* ", "", pattern)
    if "%b" in pattern or "%B" in pattern:
        values, pattern = [_numbered(v) for v in values], re.sub("%[bB]", "%m", pattern)
    return _share(values, counts, question, pattern=pattern)


def _numbered(value: str) -> str:
    """A date with its month as a number."""
    value = re.sub(_NUMERALS, r"\1", value)
    return re.sub(MONTH, lambda m: f"{MONTHS[m[0].lower().strip('.')]:02}", value, count=1)


def _share(values: Sequence[str], counts: Sequence[int], question: str, **more: str) -> float:
    """The share of rows for which the question, a sum over `n`, holds."""
    rows = "SELECT unnest($values) AS v, unnest($counts) AS n"
    given = {"values": list(values), "counts": list(counts), **more}
    row: tuple[Any, ...] = _engine().con.execute(f"SELECT {question} FROM ({rows})", given).fetchone()
    return float((row[0] or 0) / sum(counts))


@cache
def _engine() -> Any:
    return local_engine()


def _bare(values: Sequence[str], counts: Sequence[int]) -> Moment | None:
    """Numbers: seconds since 1970, a date without marks, a spreadsheet's days."""
    if not values:
        return None
    compact = [_COMPACT.fullmatch(v) for v in values]
    if all(compact):
        [shape, *others] = {(m["gap"], len(m["time"] or "")) for m in compact if m}
        time = {0: "", 4: "%H%M", 6: "%H%M%S"}[shape[1]]
        pattern = f"%Y%m%d{shape[0]}{time}"
        read = 0.0 if others else _share_read(values, counts, pattern)
        return Moment(pattern, read, has_time=bool(time), bare=True) if read == 1 else None
    if all(re.fullmatch(r"\d{5}(\.\d+)?", v) and _FIRST_SERIAL <= float(v) < _LAST_SERIAL for v in values):
        timed = any(not float(v).is_integer() for v in values)
        return Moment("excel", 1.0, has_time=timed, bare=True)
    return _epoch(values)


def _epoch(values: Sequence[str]) -> Moment | None:
    lengths = {len(v) for v in values[:200]}
    if len(lengths) != 1 or not all(v.isascii() and v.isdigit() for v in values):
        return None
    name, per_s = _EPOCH.get(lengths.pop(), ("", 1))
    inside = [v for v in values if name and _FIRST_S * per_s <= int(v) < _LAST_S * per_s]
    return Moment(name, 1.0, wall=False, bare=True) if name and len(inside) == len(values) else None
