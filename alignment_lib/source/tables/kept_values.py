"""What people write into a cell: days in every form that a spreadsheet has, numbers with their marks, plain text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from alignment_lib.contract import Column
from alignment_lib.params.mapping import ColumnMapping
from alignment_lib.source.kept_files import plain

SlashDates = Literal["day first", "month first"] | None
NO_DAY = "cannot be read as a day; write it as 2026-04-13"
UNSURE_DAY = (
    "may be day first or month first; write it as 2026-04-13, or set `slash_dates: day first` (or month first) in"
    " company.yaml"
)
NO_NUMBER = "cannot be read as a number; write it as 1200 or 0.5"
UNSURE_NUMBER = "may have a decimal or a thousands mark; write it as 1200 or as 1.20"
_SERIAL = re.compile(r"(\d{5})([.,]\d+)?")
_TIME = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[AaPp][Mm])?(?:Z|[+-]\d{2}:?\d{2})?)?"
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})\.?" + _TIME)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.]) ?(\d{1,2})\2 ?(\d{4}|\d{2})" + _TIME)
_NAMED = re.compile(r"(\d{1,2})[- .]+([A-Za-z]{3,9})\.?[- ,]+(\d{4}|\d{2})" + _TIME)
_NAMED_FIRST = re.compile(r"([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})" + _TIME)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_BLANKS = str.maketrans("", "", " \u00a0\u202f\u2009€$£")


@dataclass(frozen=True)
class Bad:
    """A value that is set aside, and why, with the remedy."""

    reason: str


@dataclass(frozen=True)
class Hand:
    """How a column's cells are read."""

    column: Column
    rule: ColumnMapping
    timezone: str
    slash_dates: SlashDates = None
    default_format: str = "iso"
    dotted: bool = True
    """Whether a decimal point is known to be one."""


def read_cell(raw: Any, hand: Hand) -> Any:
    """A cell as the contract wants it: `str`, `date` or `float`, None where blank, `Bad` where it cannot be read."""
    text = _mapped(written(raw), hand.rule) if isinstance(raw, str) or hand.rule.map else raw
    if text is None or text == "" or text != text:
        return None
    if hand.column.kind == "date":
        return _day(text, hand)
    if hand.column.kind == "number":
        return _number(text, hand)
    return _known(written(text) or "", hand.column.allowed) or None


def written(raw: Any) -> str | None:
    """The text of a cell without blanks around it, and without the mark that keeps it from being a formula."""
    if raw is None or raw != raw:
        return None
    if isinstance(raw, float) and raw.is_integer():  # an id that some tool turned into 123.0
        raw = int(raw)
    text = str(raw).strip(" \t\r\n\u00a0\ufeff")
    if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@", "\t"):
        text = text[1:]
    return text.replace("\r\n", "\n").replace("\r", "\n") or None


def _mapped(text: str | None, rule: ColumnMapping) -> str | None:
    """The mapping's `map:`, then its `otherwise`."""
    if not rule.map:
        return text
    if (text or "") in rule.map:
        value = rule.map[text or ""]
        return None if value is None else str(value)
    return text if rule.otherwise == "keep" or text is None else rule.otherwise


def _known(text: str, allowed: tuple[str, ...]) -> str:
    """An allowed value however it is written: `Not working` is `not_working`."""
    return next((value for value in allowed if plain(value) == plain(text)), text)


def _day(raw: Any, hand: Hand) -> date | Bad:
    if isinstance(raw, datetime):
        return (raw.astimezone(ZoneInfo(hand.timezone)) if raw.tzinfo else raw).date()
    if isinstance(raw, date):
        return raw
    formats = tuple(f for f in (hand.rule.format, hand.default_format) if f and "%" in f and " or " not in f)
    return day(str(written(raw)), formats, hand.slash_dates)


@lru_cache(maxsize=4096)
def day(text: str, formats: tuple[str, ...] = (), slash_dates: SlashDates = None) -> date | Bad:
    """A day as declared, as ISO, as a spreadsheet shows or counts it.

    Examples
    --------
    >>> day("21.9.26"), day("46286"), day("13/04/2026")
    (datetime.date(2026, 9, 21), datetime.date(2026, 9, 21), datetime.date(2026, 4, 13))
    >>> day("03/04/2026").reason[:35]
    'may be day first or month first; wr'
    """
    for pattern in formats:
        try:
            return datetime.strptime(text, pattern).date()
        except ValueError:
            continue
    try:
        if serial := _SERIAL.fullmatch(text):
            return date(1899, 12, 30) + timedelta(days=int(serial[1]))
        if found := _YEAR_FIRST.fullmatch(text):
            return date(int(found[1]), int(found[3]), int(found[4]))
        if found := _YEAR_LAST.fullmatch(text):
            return _year_last(int(found[1]), int(found[3]), _year(found[4]), found[2], slash_dates)
        if found := _NAMED.fullmatch(text):
            return date(_year(found[3]), _MONTHS.index(found[2][:3].lower()) + 1, int(found[1]))
        if found := _NAMED_FIRST.fullmatch(text):
            return date(int(found[3]), _MONTHS.index(found[1][:3].lower()) + 1, int(found[2]))
    except ValueError:  # 31.02.2026, or no month
        pass
    return Bad(NO_DAY)


def _year(text: str) -> int:
    return int(text) + (2000 if len(text) == 2 else 0)


def _year_last(first: int, second: int, year: int, mark: str, slash_dates: SlashDates) -> date | Bad:
    """Dots are day first; of slashes and dashes a number above 12 tells which is the day, else the company does."""
    if mark == "." or first > 12 or first == second:
        return date(year, second, first)
    if second > 12:
        return date(year, first, second)
    if slash_dates is None:
        return Bad(UNSURE_DAY)
    return date(year, second, first) if slash_dates == "day first" else date(year, first, second)


def _number(raw: Any, hand: Hand) -> float | Bad:
    if isinstance(raw, bool):
        return Bad(NO_NUMBER)
    if not isinstance(raw, str):
        return float(raw)
    text = (written(raw) or "").translate(_BLANKS)
    for character in hand.rule.strip:
        text = text.replace(character, "")
    if hand.rule.decimal or hand.rule.thousands:
        return _declared(text, hand.rule.decimal or ".", hand.rule.thousands or "")
    return number(text, dotted=hand.dotted)


def _declared(text: str, decimal: str, thousands: str) -> float | Bad:
    group, point = re.escape(thousands.strip()), re.escape(decimal)
    shape = rf"[+-]?(\d+|\d{{1,3}}({group}\d{{3}})+)({point}\d+)?" if group else rf"[+-]?\d+({point}\d+)?"
    if not re.fullmatch(shape, text):
        return Bad(NO_NUMBER)
    return float((text.replace(thousands.strip(), "") if group else text).replace(decimal, "."))


def number(text: str, *, dotted: bool = True) -> float | Bad:
    """A number whose marks nobody declared.

    Examples
    --------
    >>> number("1200"), number("0,5", dotted=False), number("1.200,50"), number("1,200.50")
    (1200.0, 0.5, 1200.5, 1200.5)
    >>> number("1.200", dotted=False).reason[:30]
    'may have a decimal or a thousa'
    """
    if re.fullmatch(r"[+-]?\d+", text):
        return float(text)
    if re.fullmatch(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", text) and not (dotted and "." in text):
        return Bad(UNSURE_NUMBER)
    for decimal, thousands in ((".", ","), (",", ".")):
        found = _declared(text, decimal, thousands)
        if not isinstance(found, Bad):
            return found
    return Bad(NO_NUMBER)
