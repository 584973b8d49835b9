"""What two writings of one id have in common: no blanks or braces, 12.0 as 12, 007 as 7, one case.

The case of an id of Salesforce counts; its 18 characters are its 15 with a check of their case.
"""

from __future__ import annotations

import re
from typing import Any

SALESFORCE = r"^([0-9a-zA-Z]{15}|[0-9a-zA-Z]*[A-Z][0-9a-zA-Z]*[A-Z0-5]{3}|[0-9a-z]{15}AAA)$"
"""The last three characters are A where none of the others is a capital."""
NUMBER = r"^\d+(\.0+)?$"


_CHECKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
"""Each of Salesforce's three check characters says which of five others are capitals, the first being worth 1."""


def same(text: Any) -> Any:
    """Of a column of ids, in the engine, what only one id can be: that of Salesforce with its check, 12.0 as 12.

    Beside it `form` is a guess, that needs a look at which ids there are: 007 and 7 may be two.
    """
    import ibis

    bare = text.re_replace(r"^(\d+)\.0+$", r"\1")
    check = ibis.literal("").concat(*(_check(bare, start) for start in (0, 5, 10)))
    is_record = bare.re_search("^[0-9a-zA-Z]{18}$") & (bare.substr(15, 3) == check)
    return ibis.cases((bare.length() != 18, bare), (is_record, bare.substr(0, 15)), else_=bare)


def _check(text: Any, start: int) -> Any:
    import ibis

    letters = [text.substr(start + i, 1) for i in range(5)]
    capitals = [(letter != letter.lower()).ifelse(2**i, 0) for i, letter in enumerate(letters)]
    return ibis.literal(_CHECKS).substr(sum(capitals[1:], capitals[0]), 1)


def form(text: Any) -> Any:
    """Of a column of ids, in the engine."""
    bare = text.replace("\u00a0", "").re_replace(r"[\s{}]", "")
    whole = bare.re_replace(r"^(\d+)\.0+$", r"\1").re_replace(r"^0+(\d)", r"\1")
    is_record = bare.re_search(SALESFORCE) & bare.length().isin([15, 18])
    other = is_record.ifelse(bare.substr(0, 15), bare.lower())
    return bare.re_search(NUMBER).ifelse(whole, other)


def form_of(text: str) -> str:
    """The same of one id."""
    bare = re.sub(r"[\s{}]", "", text)
    if re.search(NUMBER, bare):
        return re.sub(r"^0+(\d)", r"\1", re.sub(r"^(\d+)\.0+$", r"\1", bare))
    return bare[:15] if len(bare) in (15, 18) and re.search(SALESFORCE, bare) else bare.lower()
