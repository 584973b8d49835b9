"""Which marks the amounts of a column are written with: decimal, thousands, and signs to take out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from alignment_lib.source import currencies, numerals

_MARKS = ((".", None), (",", None), (".", ","), (",", "."), (".", " "), (",", " "), (".", "'"), (",", "'"))
_MOST = 0.8
"""The share of rows that are numbers in a column of numbers."""
_SIZE = re.compile(rf"({numerals.SIZES}|E)\.?", re.IGNORECASE)
"""What may stand behind a number and belongs to it."""


@dataclass(frozen=True)
class Amount:
    """How a column's numbers are read. `fits`: share of its filled rows that can be read so."""

    decimal: str
    thousands: str | None
    strip: str | tuple[str, ...]
    fits: float
    ambiguous: bool = False
    """Every mark has three digits after it: 1.000 may be a thousand or one."""


def guess(values: Sequence[str], counts: Sequence[int]) -> Amount | None:
    """The marks under which most values are numbers; None where they are none.

    Parameters
    ----------
    values
        Different values of one column, blanks left out.
    counts
        How many rows hold each of them.
    """
    with_digits = sum(n for v, n in zip(values, counts, strict=True) if any(c.isdigit() for c in v))
    strip = _signs(values, counts) if with_digits and with_digits >= _MOST * sum(counts) else None
    if strip is None:
        return None
    texts = [numerals.without(v, strip).strip() for v in values]
    weighed = list(zip(texts, counts, strict=True))
    fits = {marks: sum(n for t, n in weighed if _fits(t, *marks)) for marks in _MARKS}
    most = max(fits.values())
    alike = [marks for marks in _MARKS if fits[marks] == most]
    ambiguous = any("." in t or "," in t for t in texts) and alike[0][1] is None and _as_groups(alike) is not None
    decimal, thousands = (_as_groups(alike) or alike[0]) if ambiguous else alike[0]
    return Amount(decimal, thousands, strip, most / sum(counts), ambiguous) if most else None


def _as_groups(alike: Sequence[tuple[str, str | None]]) -> tuple[str, str | None] | None:
    """The reading in which the one mark there is stands between thousands."""
    point, comma = (",", ".") in alike and (".", None) in alike, (".", ",") in alike and (",", None) in alike
    return (",", ".") if point else (".", ",") if comma else None


def _signs(values: Sequence[str], counts: Sequence[int]) -> str | tuple[str, ...] | None:
    """Currencies to take out; None where something else stands among the digits of too many values."""
    marks: dict[str, None] = {}
    odd = 0
    for value, n in zip(values, counts, strict=True):
        for word in re.findall(r"[^\d.,'()+\-\s" + numerals.APOSTROPHES + numerals.MINUS + "]+", value):
            mark = _mark(word)
            odd += n * (mark is None)
            marks |= {mark: None} if mark else {}
    if odd > (1 - _MOST) * sum(counts):  # a stray word among many numbers is an unreadable value
        return None
    together = "".join(marks)
    return together if len(marks) < 2 or len(together) == len(marks) else tuple(marks)


def _mark(word: str) -> str | None:
    """The currency in what stands beside digits; empty: a letter of the number, None: another word."""
    if _SIZE.fullmatch(word):
        return ""
    known = (m for m in (*currencies.MARKS, *filter(_is_sign, word)) if m in word and len(m) + 3 >= len(word))
    for mark in known:
        rest = word.replace(mark, "", 1)
        if not rest or _SIZE.fullmatch(rest):
            return mark
    return None


def _is_sign(character: str) -> bool:
    return unicodedata.category(character) == "Sc"


def _fits(text: str, decimal: str, thousands: str | None) -> bool:
    """Whether the reader accepts it under these marks."""
    text = text.replace(" ", numerals.BLANK) if thousands == " " else text
    shapes = ((numerals.plain, text), (numerals.odd, numerals.folded(text)))
    return any(re.search(shape(decimal, thousands), t) for shape, t in shapes)
