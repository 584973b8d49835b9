"""SendGrid, Mailgun, Amazon SES and HubSpot: what each calls the fields of its events, after its own documentation."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alignment_lib.source.mail_shapes import MailEvent, Told, What, address, instant, named, ours

NO_SERVICE = "has the fields of no mail service known here"
OTHER = "tells of neither sending, delivery, open nor click"
NO_TIME = "its time cannot be read"
NO_ADDRESS = "has no address of a recipient"
SEVERAL = "the mail went to several people at once, and the event does not say whose it is"


@dataclass(frozen=True)
class Shape:
    """A service's events: how they are recognised, and how they are read; a text tells why one is not."""

    service: str
    fits: Callable[[Mapping[str, Any]], bool]
    read: Callable[[Mapping[str, Any], str], tuple[MailEvent, ...] | str]


def tell(line: int, record: Any, zone: str) -> Told:
    """A record of any service as events."""
    inner = _unwrapped(record) if isinstance(record, dict) else NO_SERVICE
    if isinstance(inner, str):
        return Told(line, reason=inner)
    shape = shape_of(inner)
    if shape is None:
        return Told(line, reason=NO_SERVICE)
    read = shape.read(inner, zone)
    return Told(line, shape.service, reason=read) if isinstance(read, str) else Told(line, shape.service, read)


def shape_of(record: Mapping[str, Any]) -> Shape | None:
    """The service whose fields these are."""
    return next((shape for shape in SHAPES if shape.fits(record)), None)


def _unwrapped(record: Mapping[str, Any]) -> Mapping[str, Any] | str:
    """The event within the envelope of Amazon SNS or of Mailgun's webhooks; else the record itself."""
    inner = record.get("event-data")
    if isinstance(inner, dict):
        return inner
    if not isinstance(record.get("Message"), str) or not {"TopicArn", "MessageId", "Signature"} & set(record):
        return record
    try:
        inner = json.loads(record["Message"])
    except (ValueError, RecursionError):  # how SNS asks whether one wants its messages
        return OTHER
    return inner if isinstance(inner, dict) else OTHER


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _one(
    service: str, what: What | None, to: Any, at: Any, zone: str, *, ids: Sequence[Any], **more: Any
) -> tuple[MailEvent, ...] | str:
    """One event; `ids` tell it from others, or are blank: then what happened when to which mail does."""
    at_s, who = instant(at, zone), address(to)
    if what is None:
        return OTHER
    if not who:
        return NO_ADDRESS
    if at_s is None:
        return NO_TIME
    told = [str(i) for i in ids if i]
    key = (service, *(told or (what, more["message"], who, str(at))))
    return (MailEvent(what, who, at_s, key=key, **more),)


# SendGrid: twilio.com/docs/sendgrid/for-developers/tracking-events/event. Opens and clicks carry no smtp-id.
_SENDGRID: dict[str, What] = {
    "processed": "sent", "delivered": "delivered", "open": "opened", "click": "clicked", "bounce": "failed",
    "dropped": "failed",
}  # fmt: skip

_SENDGRID_LABELS = ("category", "marketing_campaign_name", "singlesend_name")


def _is_sendgrid(record: Mapping[str, Any]) -> bool:
    return {"event", "email"} <= set(record) and bool({"sg_event_id", "sg_message_id", "smtp-id"} & set(record))


def _sendgrid(record: Mapping[str, Any], zone: str) -> tuple[MailEvent, ...] | str:
    message = str(record.get("sg_message_id") or record.get("smtp-id") or "")
    return _one(
        "SendGrid",
        _SENDGRID.get(str(record["event"]).lower()),
        record["email"],
        record.get("timestamp"),
        zone,
        ids=(record.get("sg_event_id"),),
        message=re.split(r"\.(?:filter|recvd)", message)[0],
        mailing=ours(record.get("smtp-id")),
        label=next((name for k in _SENDGRID_LABELS if (name := named(record.get(k)))), ""),
        subject=named(record.get("subject")),
        automated=record.get("sg_machine_open") is True,
    )


# Mailgun: documentation.mailgun.com, webhook payloads, events, "Open and Click Bot Detection".
_MAILGUN: dict[str, What] = {
    "accepted": "sent", "delivered": "delivered", "opened": "opened", "clicked": "clicked", "failed": "failed",
    "rejected": "failed",
}  # fmt: skip


def _is_mailgun(record: Mapping[str, Any]) -> bool:
    known = {"message", "log-level", "recipient-domain", "client-info", "id", "message-id"}
    return {"event", "recipient"} <= set(record) and bool(known & set(record))


def _mailgun(record: Mapping[str, Any], zone: str) -> tuple[MailEvent, ...] | str:
    headers = _map(_map(record.get("message")).get("headers"))
    what = _MAILGUN.get(str(record["event"]).lower())
    if record.get("severity") == "temporary":
        what = None
    at = record.get("timestamp") or record.get("@timestamp")
    return _one(
        "Mailgun",
        what,
        record["recipient"],
        at,
        zone,
        ids=(record["id"], str(at)) if record.get("id") else (),  # an id is unique within a day
        message=str(headers.get("message-id") or "").strip("<> "),
        mailing=ours(headers.get("message-id")),
        label=named(record.get("tags")),
        subject=named(headers.get("subject")),
        automated=bool(_map(record.get("client-info")).get("bot")),
    )


# Amazon SES: docs.aws.amazon.com/ses, "Contents of event data that Amazon SES publishes to Amazon SNS".
_SES: dict[str, What] = {
    "Send": "sent", "Delivery": "delivered", "Open": "opened", "Click": "clicked", "Bounce": "failed",
    "Reject": "failed", "Rendering Failure": "failed",
}  # fmt: skip
_SES_LABELS = ("mailing", "campaign", "category")


def _is_ses(record: Mapping[str, Any]) -> bool:
    return isinstance(record.get("mail"), dict) and bool({"eventType", "notificationType"} & set(record))


def _ses(record: Mapping[str, Any], zone: str) -> tuple[MailEvent, ...] | str:
    said, mail = str(record.get("eventType") or record.get("notificationType")), record["mail"]
    about, what = _map(record.get(said.lower())), _SES.get(said)
    if what == "failed" and about.get("bounceType", "Permanent") != "Permanent":
        what = None
    to = _ses_recipients(mail, about)
    if what in ("opened", "clicked") and len(to) > 1:
        return SEVERAL
    common, at = _map(mail.get("commonHeaders")), about.get("timestamp") or mail.get("timestamp")
    message = str(mail.get("messageId") or "")
    read = [
        _one(
            "Amazon SES",
            what,
            who,
            at,
            zone,
            ids=(message, said, address(who), str(at), about.get("link")) if message else (),
            message=message,
            mailing=_ses_mailing(mail, common),
            label=_ses_label(_map(mail.get("tags"))),
            subject=named(common.get("subject")),
            sent_s=instant(mail.get("timestamp"), zone),
        )
        for who in to or [""]
    ]
    found = tuple(event for events in read if not isinstance(events, str) for event in events)
    return found or next(events for events in read if isinstance(events, str))


def _ses_recipients(mail: Mapping[str, Any], about: Mapping[str, Any]) -> list[Any]:
    """Whom it is about: those named by the delivery or the bounce, else all whom the mail went to."""
    bounced = about.get("bouncedRecipients")
    if isinstance(bounced, list):
        return [_map(one).get("emailAddress") for one in bounced]
    for told in (about.get("recipients"), mail.get("destination")):
        if isinstance(told, list) and told:
            return told
    return []


def _ses_mailing(mail: Mapping[str, Any], common: Mapping[str, Any]) -> str:
    """From the Message-ID as it was handed in, which SES replaces by its own on the way."""
    headers = mail.get("headers")
    told = [_map(h) for h in headers] if isinstance(headers, list) else []
    ids = [h.get("value") for h in told if str(h.get("name")).lower() == "message-id"]
    return next((name for i in (*ids, common.get("messageId")) if (name := ours(i))), "")


def _ses_label(tags: Mapping[str, Any]) -> str:
    own = sorted((t for t in tags if not t.startswith("ses:")), key=lambda t: (t.lower() not in _SES_LABELS, t))
    return named(tags[own[0]]) if own else ""


# HubSpot: developers.hubspot.com, email events API v1. Only SENT carries the subject; the others point to it.
_HUBSPOT: dict[str, What] = {
    "SENT": "sent", "PROCESSED": "sent", "DELIVERED": "delivered", "OPEN": "opened", "CLICK": "clicked",
    "BOUNCE": "failed", "DROPPED": "failed", "MTA_DROPPED": "failed",
}  # fmt: skip


def _is_hubspot(record: Mapping[str, Any]) -> bool:
    known = {"emailCampaignId", "portalId", "appId", "sentBy"}
    return {"type", "recipient", "created"} <= set(record) and bool(known & set(record))


def _hubspot(record: Mapping[str, Any], zone: str) -> tuple[MailEvent, ...] | str:
    kind, sending, campaign = str(record["type"]).upper(), _map(record.get("sentBy")), record.get("emailCampaignId")
    sending_id = sending.get("id") or (record.get("id") if kind == "SENT" else "")
    return _one(
        "HubSpot",
        _HUBSPOT.get(kind),
        record["recipient"],
        record["created"],
        zone,
        ids=(record["id"], str(record["created"])) if record.get("id") else (),
        message=str(sending_id or campaign or ""),
        mailing=ours(record.get("smtpId")),
        subject=named(record.get("subject")),
        campaign=f"campaign {campaign}" if campaign else "",
        sent_s=instant(sending.get("created"), zone),
        automated=record.get("filteredEvent") is True,
    )


SHAPES = (
    Shape("Amazon SES", _is_ses, _ses),
    Shape("SendGrid", _is_sendgrid, _sendgrid),
    Shape("Mailgun", _is_mailgun, _mailgun),
    Shape("HubSpot", _is_hubspot, _hubspot),
)
