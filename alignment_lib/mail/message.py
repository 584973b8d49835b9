"""A letter as a MIME message to one person; the same input makes the same bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any
from urllib.parse import quote

from alignment_lib.errors import MailError
from alignment_lib.mail import render, safe
from alignment_lib.mail.letter import Letter
from alignment_lib.mail.people import Person
from alignment_lib.params.kinds import kind
from alignment_lib.params.recipients import Recipients, check_address

LARGEST = 90_000
"""Bytes that both text parts may take as they are sent. Gmail clips a message at 102 KB and hides the rest, the way to
the report included; pictures do not count there."""
SUBJECT, NAME = 190, 60
"""Characters of a subject and of a name; longer ones are shortened."""
AGAIN = "Sent again: "


class _AsWritten:
    """A header of addresses in angle brackets, folded between these only: encoding a long one would destroy it."""

    max_count = 1

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        kwds.update(decoded=" ".join(value.split()), parse_tree=None, defects=[])

    def fold(self, *, policy: Any) -> str:
        entries = str(self).replace(">, <", f">,{policy.linesep} <")
        return f"{self.name}: {entries}{policy.linesep}"  # type: ignore[attr-defined]


def _policy() -> Any:
    headers = HeaderRegistry()
    for name in ("list-unsubscribe", "list-id", "content-id"):
        headers.map_to_type(name, _AsWritten)  # type: ignore[arg-type]
    return SMTP.clone(header_factory=headers, cte_type="7bit")


POLICY = _policy()
"""CRLF, seven bits, lines of at most 78 characters: what every mail server takes."""


def message(
    letter: Letter,
    *,
    settings: Recipients,
    to: Person,
    report: str,
    period: str,
    slice: str | None,
    now: datetime,
    resent: int = 0,
    source: str = "",
) -> EmailMessage:
    """The message of one person: text and HTML with its pictures.

    Parameters
    ----------
    now : datetime
        Its Date, with a time zone.
    resent : int
        How often it was asked to be sent again; the subject says so, and each time it has an id of its own.
    source : str
        Whose report it is: the mails of two sources to the same person have two ids, else a mailbox keeps only one.

    Returns
    -------
    EmailMessage
        Write and send ``bytes(message)`` as it is: parsing and folding it once more may break long addresses.

    Raises
    ------
    MailError
        Too large for mail programs, or an address that is none.
    """
    made = EmailMessage(policy=POLICY)
    written = message_id(
        settings, report=report, period=period, slice=slice, address=to.address, resent=resent, source=source
    )
    headers = {
        "From": _address(settings.sender.address, settings.sender.name),
        "To": _address(to.address, to.name),
        "Subject": safe.line((AGAIN if resent else "") + letter.subject, SUBJECT),
        "Date": now,
        "Message-ID": written,
        **({"Reply-To": _address(settings.sender.reply_to, "")} if settings.sender.reply_to else {}),
        **_list_headers(settings, report, to.address),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    for name, value in headers.items():
        made[name] = value
    _fill(made, replace(letter, leave=next(iter(_ways_out(settings, report, to.address)), "")))
    made["Content-Language"] = safe.line(letter.language, 35)  # after the content, which would take it away
    _bound(made, written)
    _check_size(made, letter)
    return made


def message_id(
    settings: Recipients,
    *,
    report: str,
    period: str,
    slice: str | None,
    address: str,
    resent: int = 0,
    source: str = "",
) -> str:
    """`<report.period.hash@domain>`: the same for the same mailing to the same address: nobody counts twice.

    A mail service tells it with each event; report and period lead back to the mailing.
    """
    parts = [report, period, slice, address.lower(), f"again {int(resent)}" if resent else "first", source]
    return f"<{report}.{period}.{_hash(*parts)}@{_domain(settings)}>"


def reader_id(report: str, address: str) -> str:
    """Somebody on a report's list, without their address: what stands in the link to leave it."""
    return _hash("reader", report, address.lower())


def _hash(*parts: str | None) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:20]


def _domain(settings: Recipients) -> str:
    return settings.sender.address.rpartition("@")[2].lower()


def _address(address: str, name: str) -> Address:
    try:
        return Address(safe.line(name, NAME), addr_spec=check_address(address))
    except ValueError as problem:
        raise MailError(
            f"the address of {safe.line(name, NAME) or 'a reader'} {problem}; nothing is sent to it"
        ) from None


def _list_headers(settings: Recipients, report: str, address: str) -> Mapping[str, str]:
    """How a mail program files the list and leaves it (RFC 2919, 2369, 8058)."""
    found = {"List-Id": f"{kind(report).title} <{report}.alignment-reports.{_domain(settings)}>"}
    ways = _ways_out(settings, report, address)
    if ways:
        found["List-Unsubscribe"] = ", ".join(f"<{way}>" for way in ways)
    if settings.unsubscribe.https:
        found["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return found


def _ways_out(settings: Recipients, report: str, address: str) -> list[str]:
    """Addresses at which a reader leaves the list, the easier one first."""
    ways, leave, reader = [], settings.unsubscribe, reader_id(report, address)
    if leave.https:
        ways.append(leave.https.replace("{list}", quote(report, safe="")).replace("{id}", reader))
    if leave.mailto:
        ways.append(f"mailto:{leave.mailto}?subject={quote(f'leave {report} {reader}')}")
    return ways


def _fill(made: EmailMessage, letter: Letter) -> None:
    """The parts: text, and HTML with the pictures that it names."""
    html, text = render.render(letter)
    made.set_content(text)
    made.add_alternative(html, subtype="html")
    if not letter.pictures:
        return
    page = made.get_payload()[1]  # type: ignore[index]
    for picture in letter.pictures:
        page.add_related(  # type: ignore[union-attr]
            picture.png,
            maintype="image",
            subtype="png",
            cid=f"<{render.cid(picture)}>",
            disposition="inline",
            filename=f"{picture.name}.png",
        )
    page.set_param("type", "text/html")  # type: ignore[union-attr]


def _bound(made: EmailMessage, written: str) -> None:
    """Boundaries from the message's id; no encoded part can hold one, for `=_` stands in none."""
    for number, part in enumerate(part for part in made.walk() if part.is_multipart()):
        part.set_boundary(f"=_{number}_{_hash(written, str(number))}")


def _check_size(made: EmailMessage, letter: Letter) -> None:
    size = sum(len(part.as_bytes()) for part in made.walk() if part.get_content_maintype() == "text")
    if size > LARGEST:
        raise MailError(
            f"the mail “{safe.line(letter.title, SUBJECT)}” takes {size} bytes without its pictures, {LARGEST} at most:"
            " mail programs hide what is beyond; lower list_rows in the recipients' file"
        )
