"""What mail services tell of a mail, each in its own fields, as events of one form."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.utils import parseaddr, parsedate_to_datetime
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from alignment_lib.params.kinds import KINDS

What = Literal["sent", "delivered", "opened", "clicked", "failed"]
_OURS = re.compile(rf"<?({'|'.join(k.name for k in KINDS)})\.(\d{{4}}-(?:W\d\d|\d\d(?:-\d\d)?))\.[^@\s]+@")
_FIRST_S, _LAST_S = 946_684_800, 4_102_444_800
"""The years 2000 to 2099."""
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class MailEvent:
    """One thing that happened to one mail of one recipient."""

    what: What
    address: str
    """Without a name, in lower case."""
    at_s: int
    """Epoch seconds."""
    message: str
    """The service's own id of the mail, the same in all its events."""
    key: tuple[str, ...]
    """The same where the service delivers the same event again."""
    mailing: str = ""
    """From the Message-ID of a mail of ours."""
    label: str = ""
    """The service's category, tag or campaign."""
    subject: str = ""
    campaign: str = ""
    """A campaign that has no more than a number: the mail's name where it has no other."""
    sent_s: int | None = None
    """When the mail was sent, where the event tells that, too."""
    automated: bool = False
    """Whether the service itself says that no person did it."""


@dataclass(frozen=True, slots=True)
class Told:
    """A line of a service's file: its events, or why it has none."""

    line: int
    service: str = ""
    events: tuple[MailEvent, ...] = ()
    reason: str = ""
    value: str = ""
    """What stands there, without addresses."""
    unread: tuple[tuple[str, str], ...] = ()
    """Column and text of times that cannot be read."""


def instant(value: Any, zone: str) -> int | None:
    """Epoch seconds of a number (seconds or milliseconds) or a text; without an offset it is that zone's wall clock.

    Examples
    --------
    >>> instant(1_789_372_800_123, "UTC") == instant("2026-09-14T10:00:00+02:00", "UTC") == 1_789_372_800
    True
    """
    if isinstance(value, str) and re.fullmatch(r"\d{9,14}(\.\d*)?", value.strip()):
        value = float(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value / 1000 if value > _LAST_S else value
        return int(seconds) if _FIRST_S <= seconds < _LAST_S else None
    found = _moment(value.strip()) if isinstance(value, str) else None
    if found is None:
        return None
    found = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
    return int(found.timestamp()) if 2000 <= found.year < 2100 else None


def _moment(text: str) -> datetime | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return read(text)
        except (ValueError, TypeError, OverflowError):
            continue
    return None


def address(value: Any) -> str:
    """`Ada <Ada@example.com>` → `ada@example.com`; what follows a plus is part of an address."""
    return _address(value) if isinstance(value, str) else ""


@lru_cache(maxsize=4096)
def _address(text: str) -> str:
    found = parseaddr(text)[1].strip().casefold()
    return found if "@" in found.strip("@") else ""


def ours(message_id: Any) -> str:
    """The mailing of a Message-ID that this library wrote.

    Examples
    --------
    >>> ours("<marketing-update.2026-W38.5f2c@news.example.com>"), ours("<5f2c@example.com>")
    ('marketing update 2026-W38', '')
    """
    found = _OURS.match(message_id.strip()) if isinstance(message_id, str) else None
    return f"{found[1].replace('-', ' ')} {found[2]}" if found else ""


def named(value: Any) -> str:
    """A name or a subject on one line; of several the first."""
    if isinstance(value, list | tuple):
        return next((name for v in value if (name := named(v))), "")
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return _line(str(value))


@lru_cache(maxsize=4096)
def _line(text: str) -> str:
    if "=?" in text:
        with suppress(HeaderParseError, ValueError, LookupError):
            text = str(make_header(decode_header(text)))
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
