"""Which marks the amounts of a column are written with: decimal, thousands, and signs to take out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_CODES = frozenset(
    ("EUR", "USD", "GBP", "CHF", "BRL", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "CAD", "AUD", "JPY", "INR", "ZAR")
)
_MARKS = ((".", None), (",", None), (".", ","), (",", "."), (".", " "), (",", " "), (".", "'"), (",", "'"))
_MOST = 0.8
"""The share of rows that are numbers in a column of numbers."""
_BLANKS = "\u00a0\u202f"


@dataclass(frozen=True)
class Amount:
    """How a column's numbers are read. `fits`: share of its filled rows that can be read so."""

    decimal: str
    thousands: str | None
    strip: str
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
    texts = [_without(v, strip) for v in values]
    weighed = list(zip(texts, counts, strict=True))
    fits = {marks: sum(n for t, n in weighed if _pattern(*marks).fullmatch(t)) for marks in _MARKS}
    most = max(fits.values())
    alike = [marks for marks in _MARKS if fits[marks] == most]
    ambiguous = any("." in t or "," in t for t in texts) and alike[0][1] is None and _as_groups(alike) is not None
    decimal, thousands = (_as_groups(alike) or alike[0]) if ambiguous else alike[0]
    return Amount(decimal, thousands, strip, most / sum(counts), ambiguous) if most else None


def _as_groups(alike: Sequence[tuple[str, str | None]]) -> tuple[str, str | None] | None:
    """The reading in which the one mark there is stands between thousands."""
    point, comma = (",", ".") in alike and (".", None) in alike, (".", ",") in alike and (",", None) in alike
    return (",", ".") if point else (".", ",") if comma else None


def _signs(values: Sequence[str], counts: Sequence[int]) -> str | None:
    """Currency signs to take out; None where something else stands among the digits."""
    left = dict.fromkeys(c for v in values[:2000] for c in re.sub(r"[\d.,' +\-" + _BLANKS + "]", "", v))
    words = {w for v in values[:2000] for w in re.findall(r"[^\W\d_]+", v)}
    signs = [c for c in left if unicodedata.category(c) == "Sc"]
    if words <= _CODES and all(c.isalpha() or c in signs for c in left):
        return "".join(left)
    return "".join(signs) if _readable_anyway(values, counts, signs) else None


def _readable_anyway(values: Sequence[str], counts: Sequence[int], signs: Sequence[str]) -> bool:
    """A stray word among many numbers is an unreadable value, not a reason to think of text."""
    weighed = zip(values, counts, strict=True)
    return sum(n for v, n in weighed if re.fullmatch(r"[\d.,' +\-]+", _without(v, signs))) >= _MOST * sum(counts)


def _without(text: str, characters: Sequence[str]) -> str:
    for character in (*characters, *_BLANKS):
        text = text.replace(character, "")
    return text.strip()


def _pattern(decimal: str, thousands: str | None) -> re.Pattern[str]:
    """What the reader accepts under these marks."""
    whole = rf"\d+|\d{{1,3}}({re.escape(thousands)}\d{{3}})+" if thousands else r"\d+"
    return re.compile(rf"[+-]?({whole})({re.escape(decimal)}\d+)?")
