"""What two writings of one id have in common: no blanks or braces, 12.0 as 12, 007 as 7, one case.

The case of an id of Salesforce counts; its 18 characters are its 15 with a check of their case. That of a GUID, of 32
digits with hyphens or without, does not (RFC 9562, section 4).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

NUMBER = r"^\d+(\.0+)?$"
_GUID = r"^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}$"
GUID_LENGTHS = 32, 36
NO_BREAK, NO_WIDTH = "\u00a0\u2007\u202f", "\u200b\u200c\u200d\u2060\ufeff"
"""Blanks that look like plain ones, and those that nobody sees."""
_CHECKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
"""Each of Salesforce's three check characters says which of five others are capitals, the first being worth 1."""


def same(text: Any) -> Any:
    """Of a column of ids, in the engine, what only one id can be: no brace or blank around it, a GUID in one case.

    So is that of Salesforce with its check, and 12.0 as 12. Beside it `form` is a guess, that needs a look at which ids
    there are: 007 and 7 may be two.
    """
    seen = text.re_replace(f"[{NO_WIDTH}]", "").re_replace(f"[{NO_BREAK}]", " ")
    return _known(seen.re_replace(r"^[ {]+|[ }]+$", ""), lambda bare: bare)


def form(text: Any) -> Any:
    """Of a column of ids, in the engine."""
    import ibis

    def guessed(bare: Any) -> Any:
        whole, is_cased = bare.re_replace(r"^0+(\d)", r"\1"), bare.re_search("^[0-9a-zA-Z]{15}$")
        return ibis.cases((bare.re_search(r"^\d+$"), whole), (is_cased, bare), else_=bare.lower())

    return _known(text.re_replace(rf"[\s{{}}{NO_WIDTH}{NO_BREAK}]", ""), guessed)


def _known(text: Any, other: Callable[[Any], Any]) -> Any:
    """Of ids without what stands around them, the one form of those of which it is known; `other` of the others."""
    import ibis

    bare = text.re_replace(r"^(\d+)\.0+$", r"\1")
    check = ibis.literal("").concat(*(_check(bare, start) for start in (0, 5, 10)))
    is_record = bare.re_search("^[0-9a-zA-Z]{18}$") & (bare.substr(15, 3) == check)
    return ibis.cases(
        ((bare.length() == 18) & is_record, bare.substr(0, 15)),
        (bare.length().isin(GUID_LENGTHS) & bare.re_search(_GUID), bare.lower().replace("-", "")),
        else_=other(bare),
    )


def _check(text: Any, start: int) -> Any:
    import ibis

    letters = [text.substr(start + i, 1) for i in range(5)]
    capitals = [(letter != letter.lower()).ifelse(2**i, 0) for i, letter in enumerate(letters)]
    return ibis.literal(_CHECKS).substr(sum(capitals[1:], capitals[0]), 1)


def form_of(text: str) -> str:
    """The same as `form`, of one id."""
    bare = re.sub(rf"[\s{{}}{NO_WIDTH}{NO_BREAK}]", "", text)
    if re.search(NUMBER, bare):
        return re.sub(r"^0+(\d)", r"\1", re.sub(r"^(\d+)\.0+$", r"\1", bare))
    if re.search(_GUID, bare):
        return bare.lower().replace("-", "")
    if re.search("^[0-9a-zA-Z]{18}$", bare) and bare[15:] == "".join(_check_of(bare[i : i + 5]) for i in (0, 5, 10)):
        return bare[:15]
    return bare if re.search("^[0-9a-zA-Z]{15}$", bare) else bare.lower()


def _check_of(five: str) -> str:
    return _CHECKS[sum(2**i for i, letter in enumerate(five) if letter != letter.lower())]
