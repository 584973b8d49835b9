"""One story as each mail service tells it. Every line was written for these tests, after the services' documentation;
none comes from a real mailbox.

The story: on Tuesday 10 March 2020 at 08:00 UTC a mail goes to Ada (r1) and Ben (r2), both delivered five seconds
later. Ada opens it after 10 and after 20 minutes, and clicks after 25 and after 15. Ben does nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from tests.company import csv_text

SENT_S = 1_583_827_200
STORY = (
    ("Ada@Tiny.example", "sent", 0),
    ("ben@tiny.example", "sent", 0),
    ("Ada@Tiny.example", "delivered", 5),
    ("ben@tiny.example", "delivered", 5),
    ("Ada@Tiny.example", "opened", 600),
    ("Ada@Tiny.example", "opened", 1200),
    ("Ada@Tiny.example", "clicked", 1500),
    ("Ada@Tiny.example", "clicked", 900),
)
OURS = "weekly.2020-W10.7f3a@tiny.example"


def iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def lines(records: Sequence[Any]) -> str:
    """JSON lines."""
    return "".join(json.dumps(r) + "\n" for r in records)


def sendgrid(
    what: str, to: str, at_s: int, *, message_id: str = "", label: Any = "news", **more: Any
) -> dict[str, Any]:
    """An event of SendGrid's webhook; opens and clicks come without `smtp-id`."""
    names = {"sent": "processed", "delivered": "delivered", "opened": "open", "clicked": "click", "failed": "bounce"}
    record = {
        "email": to,
        "timestamp": at_s,
        "event": names.get(what, what),
        "category": label,
        "sg_event_id": f"{what}-{at_s}-{to}-{message_id}",
        "sg_message_id": f"{message_id or 'm1'}-{to.lower()}.filter0{at_s % 7}.16648.5515E0B88.0",
    }
    if what in ("sent", "delivered"):
        record["smtp-id"] = f"<{message_id or '14c5d75ce93@tiny.example'}>"
    return record | more


def mailgun(
    what: str, to: str, at_s: int, *, message_id: str = "", label: Any = ("news",), **more: Any
) -> dict[str, Any]:
    """A body of Mailgun's webhook."""
    names = {"sent": "accepted", "delivered": "delivered", "opened": "opened", "clicked": "clicked", "failed": "failed"}
    about = {
        "event": names.get(what, what),
        "id": f"id-{what}-{at_s}-{to}",
        "timestamp": at_s + 0.25,
        "recipient": to,
        "recipient-domain": to.partition("@")[2],
        "log-level": "info",
        "tags": list(label),
        "message": {"headers": {"to": to, "message-id": message_id or "2020.1@tiny.example", "subject": "Subject 1"}},
    }
    return {"signature": {"timestamp": str(at_s), "token": "t", "signature": "s"}, "event-data": about | more}


def ses(what: str, to: str, at_s: int, *, message_id: str = "", label: str = "news", **more: Any) -> dict[str, Any]:
    """An event that Amazon SES publishes."""
    kind = {"sent": "Send", "delivered": "Delivery", "opened": "Open", "clicked": "Click", "failed": "Bounce"}[what]
    mail: dict[str, Any] = {
        "timestamp": iso(SENT_S),
        "messageId": f"0000-{message_id}{to.lower()}",
        "source": "Marketing <news@tiny.example>",
        "destination": [to],
        "headers": [{"name": "Subject", "value": "Subject 1"}, {"name": "Message-ID", "value": f"<{message_id}>"}],
        "commonHeaders": {"to": [to], "messageId": f"0000-{to}", "subject": "Subject 1"},
        "tags": {"ses:configuration-set": ["set"], "campaign": [label]} if label else {"ses:caller-identity": ["x"]},
    }
    about: dict[str, Any] = {} if what == "sent" else {"timestamp": iso(at_s)}
    if what == "clicked":
        about |= {"ipAddress": "192.0.2.1", "link": "https://tiny.example/a", "userAgent": "x"}
    return {"eventType": kind, "mail": mail | more, kind.lower(): about}


def sns(event: dict[str, Any]) -> dict[str, Any]:
    """The same in the envelope of Amazon SNS."""
    return {
        "Type": "Notification",
        "MessageId": "19ba",
        "TopicArn": "arn:aws:sns:eu-1:1:x",
        "Message": json.dumps(event),
    }


def hubspot(what: str, to: str, at_s: int, *, smtp_id: str = "", **more: Any) -> dict[str, Any]:
    """An event of HubSpot's email events API: all but SENT point to it, and it alone has the subject."""
    kind = {"sent": "SENT", "delivered": "DELIVERED", "opened": "OPEN", "clicked": "CLICK", "failed": "BOUNCE"}[what]
    sending = f"sent-{to.lower()}"
    record = {
        "appId": 113, "appName": "Batch", "created": at_s * 1000, "emailCampaignId": 8_220_001,
        "id": sending if what == "sent" else f"{what}-{at_s}-{to}", "portalId": 62515, "recipient": to, "type": kind,
    }  # fmt: skip
    if what == "sent":
        record["subject"] = "news"
    else:
        record["sentBy"] = {"id": sending, "created": SENT_S * 1000}
    return record | ({"smtpId": smtp_id} if smtp_id else {}) | more


def events(make: Any, **more: Any) -> list[dict[str, Any]]:
    """The story."""
    return [make(what, to, SENT_S + after, **more) for to, what, after in STORY]


def mailgun_csv() -> str:
    head = ["@timestamp", "id", "event", "recipient", "message.headers.message-id", "message.headers.subject", "tags"]
    rows = [r["event-data"] for r in events(mailgun)]
    return csv_text([head, *(
        [iso(SENT_S + after), r["id"], r["event"], r["recipient"], "2020.1@tiny.example", "Subject 1", '["news"]']
        for r, (_, _, after) in zip(rows, STORY, strict=True)
    )])  # fmt: skip


def sendgrid_csv() -> str:
    head = ["processed", "message_id", "event", "subject", "email", "categories"]
    return csv_text([head, *(
        [iso(r["timestamp"]), r["sg_message_id"], r["event"], "Subject 1", r["email"], "news, more"]
        for r in events(sendgrid)
    )])  # fmt: skip


HUBSPOT_CSV = (
    "Email Name;Recipient;Sent;Delivered;Opened;Clicked\r\n"
    "news;Ada@Tiny.example;2020-03-10 09:00;2020-03-10 09:00:05;2020-03-10 09:10;2020-03-10 09:15\r\n"
    "news;ben@tiny.example;2020-03-10 09:00;2020-03-10 09:00:05;;\r\n"
)
"""A row a recipient, on the wall clock of Berlin, as a spreadsheet saves it there."""
SHAPES = {
    "SendGrid, JSON lines": ("s.jsonl", lines(events(sendgrid))),
    "SendGrid, an array a webhook call": ("s.log", lines([events(sendgrid)[:3], events(sendgrid)[3:]])),
    "SendGrid, CSV": ("s.csv", sendgrid_csv()),
    "Mailgun, webhook": ("m.json", json.dumps(events(mailgun), indent=2)),
    "Mailgun, answer of its interface": ("m.json", json.dumps({"items": [r["event-data"] for r in events(mailgun)]})),
    "Mailgun, CSV": ("m.csv", mailgun_csv()),
    "Amazon SES, from SNS": ("a.jsonl", lines([sns(r) for r in events(ses)])),
    "Amazon SES, bare": ("a.json", "\n".join(json.dumps(r, indent=1) for r in events(ses))),
    "HubSpot, answer of its interface": ("h.json", json.dumps({"hasMore": False, "events": events(hubspot)})),
    "HubSpot, CSV of recipients": ("h.csv", HUBSPOT_CSV),
}
"""The story in every form, by file name and content."""
