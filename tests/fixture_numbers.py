"""Numbers that a block's sentences print and that neither its records nor the settings hold."""

from __future__ import annotations

import re

from alignment_lib.page.block import Block

_TYPED = re.compile(r"“[^”]*”")
_DATES = re.compile(r"(\w{3} )?\d{1,2} [A-Z][a-z]{2}( \d{4})?|\d{4}-W\d\d")


def plain(text: str) -> str:
    """With ordinary blanks."""
    return text.replace("\u00a0", " ")


def strangers(block: Block, *settings: float, sentences: tuple[str, ...] = ()) -> list[str]:
    """Numbers of the sentences (typed text and dates apart) that are no record's value or limit, and no setting."""
    known = {f"{s:,.0f}" for s in settings}
    for m in block.metrics:
        for value in (m.value, m.low, m.high, m.n):
            known |= set() if value is None else {f"{value:,.0f}", f"{value * 100:.0f}"}
    told = [_DATES.sub("", _TYPED.sub("", plain(s))) for s in (sentences or block.sentences)]
    return [n for s in told for n in re.findall(r"\d[\d,.]*\d|\d", s) if n not in known]
