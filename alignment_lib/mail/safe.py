"""Text that somebody typed, made fit for a mail: for its header lines and for its parts."""

from __future__ import annotations

import re
import unicodedata

_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Marks that turn the direction of all that follows."""
_BROKEN = re.compile("[\ud800-\udfff]")
"""Halves of a letter; no mail can be written with them."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_JOINERS = "\u200c\u200d"
"""Marks without a width that scripts and emoji need."""
_HTTPS = re.compile(r"https://[!-~]+")


def body(text: str) -> str:
    """A text of the message: no control characters, nothing that turns the reading direction of its surroundings."""
    return _CONTROL.sub(" ", _BROKEN.sub("\ufffd", _TURNS.sub("", text)))


def line(text: str, limit: int) -> str:
    """One printable line of at most `limit` characters: no line breaks, nothing unseen."""
    kept = (" " if _is_gap(c) else c for c in body(text) if unicodedata.category(c) != "Cf" or c in _JOINERS)
    told = " ".join("".join(kept).split())
    return told if len(told) <= limit else told[: limit - 1].rstrip() + "…"


def _is_gap(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Zl", "Zp", "Zs")


def link(address: str) -> str:
    """An https address as it is; any other is dropped."""
    return address if _HTTPS.fullmatch(address) else ""
