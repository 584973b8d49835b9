"""CSV exports of mail services: an event a row, or a recipient a row.

No service documents the columns of its CSV; what is looked for are the names that its webhooks use.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from alignment_lib.source.kept_files import Record, Sheet
from alignment_lib.source.mail_services import NO_ADDRESS, tell
from alignment_lib.source.mail_shapes import MailEvent, Told, What, address, instant, named

ADDRESS = ("recipient", "email", "email address", "to")
NAME = ("email name", "campaign name", "campaign", "mailing", "category", "tag", "tags", "subject")
TIMES: Mapping[What, tuple[str, ...]] = {
    "sent": ("sent", "sent at", "sent date"),
    "delivered": ("delivered", "delivered at"),
    "opened": ("opened", "open", "first opened", "opened at"),
    "clicked": ("clicked", "click", "first clicked", "clicked at"),
    "failed": ("bounced", "bounce", "hard bounced", "dropped"),
}
"""A recipient's columns of times."""
_COLUMN: Mapping[What, str] = {
    "sent": "sent_at", "delivered": "sent_at", "opened": "opened_at", "clicked": "clicked_at", "failed": "sent_at",
}  # fmt: skip
_FIELDS = {
    "event": "event", "recipient": "recipient", "email": "email", "timestamp": "timestamp", "@timestamp": "timestamp",
    "processed": "timestamp", "sg_event_id": "sg_event_id", "sg_message_id": "sg_message_id", "smtp-id": "smtp-id",
    "message_id": "sg_message_id", "category": "category", "categories": "category", "type": "type",
    "sg_machine_open": "sg_machine_open", "created": "created", "emailCampaignId": "emailCampaignId",
    "portalId": "portalId", "smtpId": "smtpId", "filteredEvent": "filteredEvent", "id": "id", "severity": "severity",
    "log-level": "log-level", "recipient-domain": "recipient-domain", "tags": "tags", "subject": "subject",
    "message-id": "message.message-id", "message.headers.message-id": "message.message-id",
    "message.headers.subject": "message.subject", "client-info.bot": "client-info.bot", "bot": "client-info.bot",
    "sentBy.id": "sentBy.id", "sentBy.created": "sentBy.created",
}  # fmt: skip
"""Headings of an event a row, and the field of the webhook that each is."""
KNOWN = tuple(dict.fromkeys((*_FIELDS, *ADDRESS, *NAME, *(name for names in TIMES.values() for name in names))))
"""Headings that are looked for."""


def rows_of(sheet: Sheet, title: str, zone: str) -> Iterator[Told]:
    """A sheet's rows; `title` is the name of a mail of which only its recipients are told."""
    heads = {name: place for name in KNOWN if (place := sheet.place(name)) is not None}
    of_people = _is_recipients(heads)
    for row in sheet.records:
        cells = {name: row.cells[place] for name, place in heads.items() if place < len(row.cells)}
        yield _recipient(row, cells, title, zone) if of_people else tell(row.line, _fields(cells), zone)


def _is_recipients(heads: Mapping[str, int]) -> bool:
    had = {what for what, names in TIMES.items() if set(names) & set(heads)}
    whom = "event" not in heads and bool(set(ADDRESS) & set(heads))
    return whom and bool(had & {"sent", "delivered"}) and bool(had & {"opened", "clicked"})


def _fields(cells: Mapping[str, str]) -> dict[str, Any]:
    """A row as the service's webhook would have told it."""
    flat = {_FIELDS[name]: cell for name, cell in cells.items() if cell and name in _FIELDS}
    record: dict[str, Any] = {name: cell for name, cell in flat.items() if "." not in name}
    for name in ("tags", "category"):
        if name in flat:
            record[name] = _several(flat[name])
    for name in ("sg_machine_open", "filteredEvent"):
        record[name] = flat.get(name, "").lower() == "true"
    headers = {
        "message-id": flat.get("message.message-id"),
        "subject": flat.get("message.subject") or flat.get("subject"),
    }
    if headers["message-id"]:
        record["message"] = {"headers": headers}
    record["client-info"] = {"bot": flat.get("client-info.bot")}
    if flat.get("sentBy.id"):
        record["sentBy"] = {"id": flat["sentBy.id"], "created": flat.get("sentBy.created")}
    return record


def _several(text: str) -> list[str]:
    """`["a", "b"]` or `a, b`."""
    if text.startswith("["):
        with suppress(ValueError, TypeError):
            return [str(one) for one in json.loads(text)]
    return [part.strip(" '\"") for part in text.strip("[]").split(",")]


def _recipient(row: Record, cells: Mapping[str, str], title: str, zone: str) -> Told:
    """A recipient's events, and the times that cannot be read."""

    def cell(names: tuple[str, ...]) -> str:
        return next((cells[n] for n in names if cells.get(n)), "")

    who, name = address(cell(ADDRESS)), named(cell(NAME)) or title
    if not who:
        return Told(row.line, "HubSpot", reason=NO_ADDRESS)
    found, unread = [], []
    for what, names in TIMES.items():
        if text := cell(names):
            at_s = instant(text, zone)
            if at_s is None:
                unread.append((_COLUMN[what], text))
            else:
                found.append(MailEvent(what, who, at_s, message=name, key=("HubSpot", name, who, what), label=name))
    return Told(row.line, "HubSpot", tuple(found), unread=tuple(unread))
