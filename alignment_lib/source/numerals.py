"""How numbers are written: marks of decimals and thousands, blanks, thousands and millions by a letter, negatives."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from alignment_lib.source import currencies

BLANK = "\u00a0"
ODD_BLANKS = "\u2007\u2009\u202f"
"""Figure, thin and narrow blanks, which stand for the no-break one."""
APOSTROPHES, MINUS = "\u2019\u02bc\u00b4`", "\u2212\u2013"
_GAP = f"[ {BLANK}]*"
_POWERS = {3: "K", 6: "MIO|MLN|MM|M", 9: "MRD|BN|B"}
SIZES = "|".join(_POWERS.values())
"""Letters after a number that say thousands, millions, billions, in capitals."""
_KEPT = frozenset("EKMBekmb")
"""Letters that say how large a number is; alone they are never taken for a part of a currency."""


@cache
def plain(decimal: str, thousands: str | None) -> str:
    """The usual form, as a regular expression of every engine: sign, digits with or without groups, decimals.

    A no-break blank stands between thousands whatever the marks are: between digits it can mean nothing else.
    """
    return rf"^{BLANK}*[+-]?{BLANK}*{_number(decimal, thousands)}{BLANK}*$"


@cache
def odd(decimal: str, thousands: str | None) -> str:
    """Every form that is read, of text that `folded` has made: `1.2E+06`, `141.56K`, `(5)`, `5-`, `- 5`.

    The mantissa before an exponent has no groups: 1.234E+06 is not 1234E+06.
    """
    size = rf"{_number(decimal, thousands)}({_GAP}({SIZES})\.?)?"
    one = rf"({size}|\d+({re.escape(decimal)}\d+)?E[+-]?\d\d?)"
    return rf"^{_GAP}(\({_GAP}{one}{_GAP}\)|{one}{_GAP}-|[+-]?{_GAP}{one}){_GAP}$"


def _number(decimal: str, thousands: str | None) -> str:
    group = f"[{BLANK}{re.escape(thousands) if thousands and thousands != ' ' else ''}]"
    return rf"(\d+|\d{{1,3}}({group}\d{{3}})+)({re.escape(decimal)}\d+)?"


def taken_out(strip: str | Sequence[str]) -> tuple[str, ...]:
    """What is taken out of a number before it is read, the longest first.

    A text is currencies spelled by its characters, then each of them alone, but for letters that may belong to the
    number.

    >>> taken_out("€"), taken_out("SEK"), taken_out(["EUR", "$"])
    (('€',), ('SEK', 'KES', 'S'), ('EUR', '$'))
    """
    if not isinstance(strip, str):
        return tuple(sorted(strip, key=lambda text: -len(text)))
    alone = [c for c in strip if c not in _KEPT]
    return tuple(dict.fromkeys((*([strip] if strip else []), *currencies.written(strip), *alone)))


def without(text: Any, strip: str | Sequence[str]) -> Any:
    """The text, Python's or a column, without what is taken out and with one kind of unusual blank."""
    for part in taken_out(strip):
        text = text.replace(part, "")
    return _translated(text, ODD_BLANKS, BLANK * len(ODD_BLANKS))


def folded(text: Any) -> Any:
    """The same in capitals, with one kind of apostrophe and minus; Python's text or a column."""
    return _translated(text, APOSTROPHES + MINUS, "'" * len(APOSTROPHES) + "-" * len(MINUS)).upper()


def _translated(text: Any, old: str, new: str) -> Any:
    return text.translate(str.maketrans(old, new)) if isinstance(text, str) else text.translate(old, new)


def digits(text: Any, decimal: str, thousands: str | None, *, plainly: bool = False) -> Any:
    """`3.500,00` → `3500.00`, an Ibis column that every engine's cast reads exactly; null where nothing fits.

    Parameters
    ----------
    text
        Of which `without` has taken the currency.
    plainly
        Only the usual form is read.
    """
    import ibis

    text = text.replace(" ", BLANK) if thousands == " " else text
    usual = (text.re_search(plain(decimal, thousands)), _pointed(text, decimal, thousands))
    if plainly:
        return usual[0].ifelse(usual[1], None)
    other = folded(text)
    return ibis.cases(
        usual,
        (other.re_search(odd(decimal, thousands)), _unfolded(other, decimal, thousands)),
        else_=ibis.null("string"),
    )


def _unfolded(text: Any, decimal: str, thousands: str | None) -> Any:
    """A text of an odd form as sign, digits and exponent."""
    import ibis

    signed = text.re_replace(rf"[) {BLANK}]", "")
    bare = signed.re_replace(r"^[(+-]|-$", "")
    for power, letters in _POWERS.items():
        bare = bare.re_replace(rf"({letters})\.?$", f"E{power}")
    sign = signed.re_search(r"^[(-]|-$").ifelse(ibis.literal("-"), ibis.literal(""))
    return sign + _pointed(bare, decimal, thousands)


def _pointed(text: Any, decimal: str, thousands: str | None) -> Any:
    """Without groups, and with a decimal point."""
    for mark in dict.fromkeys((BLANK, thousands if thousands != " " else None)):
        text = text.replace(mark, "") if mark else text
    return text.replace(decimal, ".") if decimal != "." else text
