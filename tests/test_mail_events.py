"""What mail services tell: every shape, every line accounted for, and through to who clicked in the monthly.

The files are those of tests/fixture_mail_services.py, written here after the services' documentation.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from alignment_lib.blocks.monthly import readership
from alignment_lib.checks import build
from alignment_lib.facts import Facts
from alignment_lib.facts import build as build_facts
from alignment_lib.facts.plan_frames import mailings
from alignment_lib.mail.message import message_id
from alignment_lib.params import Request, load
from alignment_lib.params.kinds import KINDS, Kind
from alignment_lib.source import open_source
from alignment_lib.source.mail_files import masked
from alignment_lib.source.mail_shapes import instant, named, ours
from alignment_lib.source.tables import Tables, mail_events, to_csv
from alignment_lib.stats.days import epoch_day
from tests.company import Company
from tests.fixture_mail_services import (
    HUBSPOT_CSV,
    OURS,
    SENT_S,
    SHAPES,
    events,
    hubspot,
    lines,
    mailgun,
    sendgrid,
    ses,
    sns,
)
from tests.fixture_numbers import plain, strangers
from tests.verdicts import all_checks

NAMES = ("leads", "reps", "mail_events")
ADA, BEN = "ada@tiny.example", "ben@tiny.example"


@pytest.fixture
def firm(tmp_path: Path) -> Company:
    """The company with its reps' addresses, and an empty kept folder."""
    made = Company(tmp_path)
    made.mapping["defaults"]["timestamp"]["timezone"] = "UTC"  # another costs the engine seconds
    made.mapping["tables"]["reps"]["columns"]["email"] = "Mail"
    made.rows["reps"] = [
        [*row, mail]
        for row, mail in zip(made.rows["reps"], ("Mail", "ada@TINY.example ", "Ben@tiny.example"), strict=True)
    ]
    made.rows["leads"].append(["011", "31.03.2020 10:00", *[""] * 8])  # the data reaches to the end of the month
    made.write()
    (made.params_folder / "monthly.yaml").write_text("{}\n", encoding="utf-8")
    return made


def lay(firm: Company, name: str, content: str | bytes) -> Path:
    """One file of a mail service."""
    folder = firm.root / "kept" / "tiny" / "mail_events"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def opened(firm: Company, **request: str) -> Tables:
    given = {"source": "tiny", "data": str(firm.data), "params": str(firm.params_folder / "monthly.yaml")}
    params = load(
        Request(**(given | {"month": "2020-03", "report": "monthly"} | request)),
        now=datetime(2020, 4, 20, 12, tzinfo=UTC),
    )
    return build(open_source(params), params, names=NAMES)


def told(tables: Tables) -> list[tuple[Any, ...]]:
    """Rows as of the run: mailing, rep, and seconds after the story's mail; each line of each file accounted for."""
    mails = tables.mails
    assert mails is not None
    lost = [row for row in mails.aside if row.what == "row"]
    assert sum(a.set_aside for a in mails.accounts) == len(lost)
    for account in mails.accounts:
        assert account.read == account.used + account.set_aside
    assert all(c.status in ("PASS", "WARN") for c in mails.checks)
    return [
        (r["mailing"], r["rep_id"], *(after(r[c]) for c in ("sent_at", "opened_at", "clicked_at")))
        for r in mail_events.rows(tables)
    ]


def after(instant: datetime | None) -> int | None:
    return None if instant is None else int(instant.timestamp()) - SENT_S


def reasons(tables: Tables) -> dict[str, int]:
    assert tables.mails is not None
    found: dict[str, int] = {}
    for account in tables.mails.accounts:
        for reason, n in account.reasons.items():
            found[reason] = found.get(reason, 0) + n
    return found


def warnings(tables: Tables) -> list[str]:
    assert tables.mails is not None
    return [c.sentence for c in tables.mails.checks if c.status == "WARN"]


EXPECTED = [("news", "r1", 0, 600, 900), ("news", "r2", 0, None, None)]
"""The story: opened first after 10 minutes, clicked first after 15."""


# Every shape


@pytest.mark.parametrize("shape", SHAPES)
def test_each_service_tells_the_same_story(firm: Company, shape: str) -> None:
    name, content = SHAPES[shape]
    lay(firm, name, content)
    tables = opened(firm)
    assert told(tables) == EXPECTED
    assert not reasons(tables) and not warnings(tables)
    [account] = tables.mails.accounts  # type: ignore[union-attr]
    assert account.read == account.used == (2 if "recipients" in shape else 8)
    [check] = tables.mails.checks  # type: ignore[union-attr]
    assert check.sentence.startswith(f"kept/tiny/mail_events/{name} ({shape.partition(',')[0]}): ")
    assert [i.name for i in tables.source.inputs if "mail_events" in i.name] == [f"kept/tiny/mail_events/{name}"]


@pytest.mark.parametrize("make", [sendgrid, mailgun, ses, hubspot])
def test_the_order_of_the_events_and_events_told_again_change_nothing(firm: Company, make: Any) -> None:
    story = events(make)
    for seed in range(3):
        mixed = random.Random(seed).sample(story + story, 16)
        lay(firm, "a.jsonl", lines(mixed))
        tables = opened(firm)
        assert told(tables) == EXPECTED
        assert reasons(tables) == {mail_events.AGAIN: 8}  # each of the eight is there twice
        assert not warnings(tables)
    lay(firm, "b.jsonl", lines(story))
    assert told(opened(firm)) == EXPECTED  # an export that overlaps


@pytest.mark.parametrize(
    ("make", "more"),
    [
        (sendgrid, {"message_id": OURS}),
        (mailgun, {"message_id": OURS}),
        (ses, {"message_id": OURS}),
        (hubspot, {"smtp_id": f"<{OURS}>"}),
    ],
)
def test_a_mail_of_ours_has_the_name_of_its_report(firm: Company, make: Any, more: dict[str, str]) -> None:
    """Also in events that do not carry the Message-ID themselves: they are of the same mail."""
    lay(firm, "a.jsonl", lines(events(make, **more)))
    assert told(opened(firm)) == [("weekly 2020-W10", *row[1:]) for row in EXPECTED]


def test_a_mail_of_ours_that_was_sent_again_is_one_row_and_a_newsletter_of_every_week_is_many(firm: Company) -> None:
    again = "weekly.2020-W10.again@tiny.example"
    lay(firm, "a.jsonl", lines([
        sendgrid("sent", ADA, SENT_S, message_id=OURS), sendgrid("sent", ADA, SENT_S + 60, message_id=again),
        sendgrid("clicked", ADA, SENT_S + 99, message_id=again),
        sendgrid("sent", BEN, SENT_S, message_id="1@x"), sendgrid("sent", BEN, SENT_S + 604_800, message_id="2@x"),
        sendgrid("clicked", BEN, SENT_S + 604_900, message_id="2@x"),
    ]))  # fmt: skip
    assert told(opened(firm)) == [
        ("news", "r2", 0, None, None),
        ("weekly 2020-W10", "r1", 0, None, 99),
        ("news", "r2", 604_800, None, 604_900),
    ]


def test_a_mail_is_named_by_what_says_most(firm: Company) -> None:
    """Message-ID, else category, tag or campaign, else subject; a campaign's number only where nothing else is told."""
    lay(firm, "a.jsonl", lines([
        ses("sent", ADA, SENT_S, label=""),
        hubspot("sent", BEN, SENT_S, subject=None), hubspot("delivered", BEN, SENT_S + 5),
        mailgun("delivered", BEN, SENT_S, message_id="3@x", label=[]),
        sendgrid("sent", ADA, SENT_S, message_id="4@x", label=["first", "second"]),
        sendgrid("sent", BEN, SENT_S, message_id="5@x", label=None, marketing_campaign_name="Spring"),
        sendgrid("sent", BEN, SENT_S, message_id="6@x", label=None),
        ses("sent", BEN, SENT_S, label="", tags={"z": ["no"], "a": ["yes"], "ses:x": ["no"]}),
    ]))  # fmt: skip
    assert sorted(row[0] for row in told(opened(firm))) == [
        "Spring", "Subject 1", "Subject 1", "a mail without a name", "campaign 8220001", "first", "yes",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("message_id", "name"),
    [
        ("<weekly.2026-W38.5f@x.example>", "weekly 2026-W38"),
        ("monthly.2026-08.5f@x.example", "monthly 2026-08"),
        (" <pulse.2026-09-18.5f@x.example>", "pulse 2026-09-18"),
        ("<product-update.2026-W38.5f@x.example>", "product update 2026-W38"),
        ("<yearly.2026-W38.5f@x.example>", ""),
        ("<weekly.5f@x.example>", ""),
        ("<weekly.2026-W38>", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_our_message_ids(message_id: Any, name: str) -> None:
    assert ours(message_id) == name


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.name)
def test_the_message_ids_that_are_written_lead_back_to_their_mailing(kind: Kind) -> None:
    period = kind.period.of(date(2026, 9, 14)).label
    settings: Any = SimpleNamespace(sender=SimpleNamespace(address="news@tiny.example"))
    for more in ({"slice": None}, {"slice": "region=north", "resent": True}):
        written = message_id(settings, report=kind.name, period=period, address=ADA, **more)  # type: ignore[arg-type]
        assert ours(written) == f"{kind.name.replace('-', ' ')} {period}"
        assert readership.kind_of(ours(written)) == kind.name.replace("-", " ")


# Lines that are not used


def test_a_broken_line_costs_itself_and_shows_no_address(firm: Company) -> None:
    story = lines(events(sendgrid)).splitlines(keepends=True)
    broken = '{"email": "secret.person@tiny.example", "event": "open", \n'
    lay(firm, "a.jsonl", "".join([*story[:4], broken, "\n", "null\n", '["x"]\n', "{}\n", *story[4:]]))
    tables = opened(firm)
    assert told(tables) == EXPECTED
    found = [(r.line, r.reason) for r in tables.mails.aside]  # type: ignore[union-attr]
    nothing = "has the fields of no mail service known here"
    assert found == [(5, "is no JSON object"), (7, "is no JSON object"), (8, "is no JSON object"), (9, nothing)]
    assert "secret" not in to_csv(tables.set_aside()) + str(warnings(tables))
    assert any("mail_events/a.jsonl line 5" in text for text in warnings(tables))


def test_a_document_that_breaks_off_keeps_what_came_before(firm: Company) -> None:
    text = json.dumps(events(sendgrid), indent=2)
    lay(firm, "a.json", text[: text.rindex('"sg_event_id"')])
    tables = opened(firm)
    assert told(tables) == [("news", "r1", 0, 600, 1500), EXPECTED[1]]  # the last event, the first click, is lost
    assert reasons(tables) == {"is no JSON object": 1}
    inside = text.replace('"timestamp": 1583827200,', '"timestamp" 1583827200,', 1)
    lay(firm, "a.json", inside)
    tables = opened(firm)
    assert reasons(tables) == {"is no JSON object": 1}  # the first event, Ada's sending: the delivery tells of it
    assert told(tables) == [EXPECTED[1], ("news", "r1", 5, 600, 900)]


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, '{"a": ' + "9" * 5000 + "}", "﻿[]", "[]", ""])
def test_hostile_and_empty_files(firm: Company, text: str) -> None:
    lay(firm, "a.json", text)
    tables = opened(firm)
    assert told(tables) == []
    assert sum(a.read for a in tables.mails.accounts) <= 1  # type: ignore[union-attr]


def test_people_who_are_no_reps_are_counted_and_not_named(firm: Company) -> None:
    """What follows a plus is part of the address: Ada's with one is not hers."""
    others = ["Customer.One@else.example", "two@else.example", "ada+news@tiny.example"]
    strange = [sendgrid("sent", to, SENT_S) for to in others]
    lay(firm, "a.jsonl", lines(events(sendgrid) + strange))
    tables = opened(firm)
    assert told(tables) == EXPECTED
    assert reasons(tables) == {mail_events.STRANGER: 3}
    assert [r.value for r in tables.mails.aside] == ["else.example", "else.example", "tiny.example"]  # type: ignore[union-attr]
    shown = to_csv(tables.set_aside()) + str(tables.checks)
    assert "customer" not in shown.lower() and "two@" not in shown and "ada" not in shown.lower()
    # only those of the company's own domain are worth a warning
    assert warnings(tables) == [
        "1 event is of people at tiny.example who are not in the reps table; add them, or correct their address there"
    ]


def test_without_addresses_in_the_reps_table_the_remedy_is_told(firm: Company) -> None:
    del firm.mapping["tables"]["reps"]["columns"]["email"]
    firm.write_mapping()
    lay(firm, "a.jsonl", lines(events(sendgrid)))
    tables = opened(firm)
    assert told(tables) == []
    [text] = warnings(tables)
    assert f"map reps.email in {firm.known_as}/sources/tiny.yaml" in text


def test_an_address_of_two_reps_is_nobodys(firm: Company) -> None:
    firm.rows["reps"][2][3] = "ADA@tiny.example"
    firm.write()
    lay(firm, "a.jsonl", lines(events(sendgrid)))
    tables = opened(firm)
    assert told(tables) == []
    assert reasons(tables) == {mail_events.SHARED: 6, mail_events.STRANGER: 2}


@pytest.mark.parametrize(
    ("make", "mark"),
    [
        (sendgrid, {"sg_machine_open": True}),
        (mailgun, {"client-info": {"bot": "generic", "client-type": "unknown"}}),
        (hubspot, {"filteredEvent": True}),
    ],
)
def test_what_the_service_marks_as_automated_does_not_count(firm: Company, make: Any, mark: dict[str, Any]) -> None:
    lay(firm, "a.jsonl", lines([
        make("delivered", ADA, SENT_S), make("opened", ADA, SENT_S + 1, **mark),
        make("clicked", ADA, SENT_S + 1, **mark), make("clicked", ADA, SENT_S + 300),
    ]))  # fmt: skip
    tables = opened(firm)
    assert [row[2:] for row in told(tables)] == [(0, None, 300)]
    assert reasons(tables) == {mail_events.AUTOMATED: 2}


def test_no_rule_of_our_own_tells_a_machine(firm: Company) -> None:
    """Amazon SES marks none, and a click a second after delivery stays a click."""
    lay(firm, "a.jsonl", lines([ses("delivered", ADA, SENT_S), ses("clicked", ADA, SENT_S + 1)]))
    assert [row[2:] for row in told(opened(firm))] == [(0, None, 1)]


@pytest.mark.parametrize(
    ("make", "more", "arrived"),
    [
        (sendgrid, {}, False),
        (mailgun, {"severity": "permanent"}, False),
        (mailgun, {"severity": "temporary"}, True),
        (hubspot, {}, False),
    ],
)
def test_a_mail_that_bounced_was_not_got(firm: Company, make: Any, more: dict[str, str], arrived: bool) -> None:
    lay(firm, "a.jsonl", lines([make("sent", ADA, SENT_S), make("failed", ADA, SENT_S + 3, **more)]))
    tables = opened(firm)
    assert bool(told(tables)) == arrived
    assert reasons(tables) == ({mail_events.OTHER: 1} if arrived else {mail_events.NOT_ARRIVED: 2})


@pytest.mark.parametrize(("kind", "arrived"), [("Permanent", False), ("Transient", True)])
def test_bounces_of_amazon_ses(firm: Company, kind: str, arrived: bool) -> None:
    """Of three recipients one bounced: a bounce names whom it is of."""
    sent = ses("sent", ADA, SENT_S, destination=[ADA, BEN, "x@else.example"])
    bounce = ses("failed", ADA, SENT_S + 2)
    bounce["mail"]["messageId"] = sent["mail"]["messageId"]
    bounce["bounce"] = {"bounceType": kind, "bouncedRecipients": [{"emailAddress": BEN}], "timestamp": "2020-03-10"}
    which = ses("opened", ADA, SENT_S + 9, destination=[ADA, BEN])
    lay(firm, "a.jsonl", lines([sns(sent), sns(bounce), sns(which)]))
    tables = opened(firm)
    assert [row[1] for row in told(tables)] == (["r1", "r2"] if arrived else ["r1"])
    several = {"the mail went to several people at once, and the event does not say whose it is": 1}
    assert reasons(tables) == several | ({mail_events.OTHER: 1} if arrived else {mail_events.NOT_ARRIVED: 1})


def test_a_click_alone_makes_no_recipient(firm: Company) -> None:
    """Else those who did not click would be missing, and everybody would seem to have clicked."""
    lay(firm, "a.jsonl", lines([ses("clicked", ADA, SENT_S + 9), sendgrid("opened", BEN, SENT_S)]))
    tables = opened(firm)
    assert told(tables) == []
    assert reasons(tables) == {mail_events.NOT_SENT: 2}
    assert any("have the service tell that, too" in text for text in warnings(tables))


def test_what_is_neither_sending_nor_click_is_set_aside_without_a_warning(firm: Company) -> None:
    confirm = {"Type": "SubscriptionConfirmation", "MessageId": "1", "TopicArn": "arn", "Message": "You have chosen …"}
    records = [*events(sendgrid), sendgrid("spamreport", ADA, SENT_S), mailgun("complained", ADA, SENT_S), confirm]
    lay(firm, "a.jsonl", lines(records))
    tables = opened(firm)
    assert told(tables) == EXPECTED
    assert reasons(tables) == {mail_events.OTHER: 3} and not warnings(tables)


@pytest.mark.parametrize("at", [None, "soon", "", True, -1, 1e300, float("nan"), float("inf"), {}, "9" * 400])
def test_times_that_are_none(firm: Company, at: Any) -> None:
    lay(firm, "a.jsonl", lines([*events(sendgrid), sendgrid("opened", ADA, SENT_S) | {"timestamp": at}]))
    tables = opened(firm)
    assert told(tables) == EXPECTED and reasons(tables) == {"its time cannot be read": 1}


@pytest.mark.parametrize("to", [None, "", "ada", "@", 7, [], {}, "a@"])
def test_addresses_that_are_none(firm: Company, to: Any) -> None:
    lay(firm, "a.jsonl", lines([*events(sendgrid), sendgrid("opened", ADA, SENT_S) | {"email": to}]))
    tables = opened(firm)
    assert told(tables) == EXPECTED
    assert set(reasons(tables)) <= {"has no address of a recipient", mail_events.STRANGER}


def test_cells_of_a_csv_that_cannot_be_read(firm: Company) -> None:
    rows = HUBSPOT_CSV + "news;ben@tiny.example;yes;;;\r\nnews;;2020-03-10 09:00;;;\r\nnews;a;b;c;d;e;f;g\r\n"
    lay(firm, "h.csv", rows.replace("2020-03-10 09:10", "10/03/2020"))
    tables = opened(firm)
    assert told(tables) == [("news", "r1", 0, None, 900), EXPECTED[1]]
    assert reasons(tables) == {
        mail_events.OTHER: 1, "has no address of a recipient": 1, "more cells than the head": 1,
    }  # fmt: skip
    [value] = [r for r in tables.mails.aside if r.what == "value"]  # type: ignore[union-attr]
    assert (value.line, value.column, value.value) == (2, "opened_at", "10/03/2020")
    assert "write it as 2026-09-14 10:00" in value.reason
    assert tables.mails.accounts[0].unreadable == {"opened_at": 1}  # type: ignore[union-attr]


def test_a_recipients_file_without_a_name_is_named_after_the_file(firm: Company) -> None:
    lay(firm, "Spring_news.csv", "Email address,Delivered,Clicked\nada@tiny.example,2020-03-10T08:00:00Z,\n")
    assert told(opened(firm)) == [("Spring news", "r1", 0, None, None)]


# The folder


def test_without_the_folder_nothing_is_told(firm: Company) -> None:
    tables = opened(firm)
    assert tables.mails is None and mail_events.rows(tables) == ()
    assert not tables.has("mail_events") and not [c for c in tables.checks if c.table == "mail_events"]
    (firm.root / "kept" / "tiny" / "mail_events").mkdir(parents=True)
    assert opened(firm).mails is None


def test_a_file_that_nobody_knows_is_told_with_the_remedy_and_costs_no_other(firm: Company) -> None:
    lay(firm, "a.jsonl", lines(events(sendgrid)))
    lay(firm, "b.csv", "Who,Wann\nsecret@tiny.example,heute\n")
    lay(firm, "c.jsonl", '{"RecordType": "Open", "Recipient": "secret@tiny.example"}\n')
    lay(firm, "d.xlsx", b"PK\x03\x04")
    lay(firm, "e.csv", b"PK\x03\x04 a workbook by another name")
    lay(firm, "f.jsonl", b"\x00\x01\x02\xff")
    (firm.root / "kept" / "tiny" / "mail_events" / "old").mkdir()
    tables = opened(firm)
    assert told(tables) == EXPECTED
    found = warnings(tables)
    for name in ("b.csv", "c.jsonl"):
        [text] = [t for t in found if f"mail_events/{name}:" in t]
        assert "fields of no mail service" in text and "as JSON lines or an array" in text
    assert any("d.xlsx is not read; save it as CSV" in t for t in found)
    assert any("e.csv" in t and "workbook" in t for t in found) and any("f.jsonl" in t for t in found)
    assert any("old is a folder" in t for t in found)
    assert "secret" not in to_csv(tables.set_aside()) + str(found)


def test_a_file_beside_the_folder_is_pointed_to_it(firm: Company) -> None:
    lay(firm, "a.jsonl", "")
    (firm.root / "kept" / "tiny" / "mail_events.csv").write_text(HUBSPOT_CSV)
    [text] = [c.sentence for c in opened(firm).checks if c.name == "folder"]
    assert text == "kept/tiny/mail_events.csv is not read; lay what a mail service told into the folder" \
        " kept/tiny/mail_events"  # fmt: skip


def test_the_check_without_a_report_reads_it_and_the_weekly_does_not(
    firm: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(firm, "a.jsonl", lines(events(sendgrid)))
    params = opened(firm).run.params
    assert any("a.jsonl (SendGrid)" in c.sentence for c in all_checks(open_source(params), params))
    monkeypatch.setattr(mail_events, "look", lambda *_: pytest.fail("read"))
    assert firm.tables().mails is None


def test_nothing_after_as_of_is_seen(firm: Company) -> None:
    lay(firm, "a.jsonl", lines([*events(sendgrid), sendgrid("sent", BEN, SENT_S + 600, message_id="later@x")]))
    at = datetime.fromtimestamp(SENT_S + 600, UTC)
    tables = opened(firm, as_of=at.isoformat())
    assert told(tables) == [("news", "r1", 0, None, None), ("news", "r2", 0, None, None)]
    tables = opened(firm, as_of=(at + timedelta(seconds=1)).isoformat())
    assert told(tables) == [("news", "r1", 0, 600, None), EXPECTED[1], ("news", "r2", 600, None, None)]


# Values


@pytest.mark.parametrize(
    ("value", "zone"),
    [
        (SENT_S, "UTC"), (SENT_S + 0.9, "UTC"), (SENT_S * 1000 + 999, "UTC"), (str(SENT_S), "UTC"),
        ("2020-03-10T08:00:00Z", "Europe/Berlin"), ("2020-03-10T09:00:00.123+01:00", "UTC"),
        ("2020-03-10 09:00", "Europe/Berlin"), (" Tue, 10 Mar 2020 08:00:00 +0000 ", "Europe/Berlin"),
    ],
)  # fmt: skip
def test_an_instant_in_every_form(value: Any, zone: str) -> None:
    assert instant(value, zone) == SENT_S


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a\r\nBcc: x@y", "a Bcc: x@y"),
        ("=?UTF-8?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?nonsense?Q?x?=", "=?nonsense?Q?x?="),
        ("a\u202eb\x00c", "a b c"),
        (["", "second"], "second"),
        (12, "12"),
        (True, ""),
        ({}, ""),
        ("x" * 500, "x" * 119 + "…"),
    ],
)
def test_names_are_one_short_line(text: Any, name: str) -> None:
    assert named(text) == name


def test_masks() -> None:
    for text in ("a: ada.b+c@x.example,", '"ada@x.example"', "to=ada%40x.example", "<ada@x.example> x", r"ada\u0040x"):
        assert "ada" not in masked(text)


# Through to the monthly


def weeks_of_mails(clicks: tuple[int, ...], people: int) -> list[dict[str, Any]]:
    """The product update of 2020-W06 on, each Tuesday at 09:00 in Berlin, to p0, p1 …; the first so many click."""
    records = []
    for place, n in enumerate(clicks):
        at = int(datetime(2020, 2, 4, 8, tzinfo=UTC).timestamp()) + place * 7 * 86_400
        for who in range(people):
            mail = {"message_id": f"product-update.2020-W{6 + place:02d}.x{who}@tiny.example"}
            records.append(sendgrid("delivered", f"p{who}@tiny.example", at, **mail))
            if who < n:
                records.append(sendgrid("clicked", f"p{who}@tiny.example", at + 3600, **mail))
            else:
                records.append(sendgrid("opened", f"p{who}@tiny.example", at + 1, sg_machine_open=who % 2 == 0, **mail))
    return records


@pytest.fixture
def readers(firm: Company) -> Company:
    firm.rows["reps"] += [[f"p{i}", f"Person {i}", "Europe/Berlin", f"P{i}@tiny.example"] for i in range(5)]
    return firm.write()


def facts_of(firm: Company) -> Facts:
    return build_facts(opened(firm))


def test_who_clicked_and_when_to_refresh_from_a_service_alone(readers: Company) -> None:
    """Slope: sum of x times clicks, x from -3.5 to 3.5, is -35; over 5 people times 42 it is -1/6 a week."""
    lay(readers, "a.jsonl", lines(weeks_of_mails((5, 5, 4, 3, 2, 1, 0, 0), 5)))
    facts = facts_of(readers)
    [kind] = readership.numbers(facts)
    assert kind.name == "product update"
    shares = [(s.converted, s.leads) for s in kind.shares if s is not None]
    assert shares == [(n, 5) for n in (5, 5, 4, 3, 2, 1, 0, 0)]
    assert kind.trend.estimate == pytest.approx(-1 / 6)
    assert readership.verdict(facts, kind).word == "refresh it"
    block = readership.readership(facts)
    [sentence] = block.sentences
    assert plain(sentence).startswith(
        "In 2020-W13, 0 % of the recipients clicked in the mail “product update”, after 100 % in 2020-W06: over these"
        " weeks the share fell by 100 points"
    )
    assert strangers(block) == []
    trends, grid = block.tables
    rows = [[str(cell) for cell in row] for row in grid.rows]
    assert rows[0] == ["Person 0", *["clicked"] * 6, "no", "no"]  # an open that a machine made is none
    assert rows[1] == ["Person 1", *["clicked"] * 5, "opened", "opened", "opened"]
    assert rows[4] == ["Person 4", "clicked", "clicked", *["no"] * 6]
    assert "managers only" in grid.caption and "mail clients open mails by themselves" in plain(grid.note)
    assert plain(trends.note) == (
        "The change is that of a straight line through the weeks of 2020-W01 to 2020-W13 in which at least 5 people got"
        " the mail; no share is shown of the others. Refresh a mail when there are at least 8 such weeks, the share"
        " that clicks fell by 10 points or more from the first of them to the last, and the whole interval is a fall."
    )
    assert block.evidence is not None and "marks as done by no person" in block.evidence.excluded


def test_seven_weeks_are_too_few_and_four_people_give_no_share(readers: Company) -> None:
    lay(readers, "a.jsonl", lines(weeks_of_mails((5, 5, 4, 3, 2, 1, 0), 5)))
    facts = facts_of(readers)
    assert readership.verdict(facts, readership.numbers(facts)[0]).word == "too early to say"
    lay(readers, "a.jsonl", lines(weeks_of_mails((4, 4, 4, 3, 2, 1, 0, 0), 4)))
    facts = facts_of(readers)
    block = readership.readership(facts)
    assert block.sentences == ("Too few people got the mail “product update” in any week to show how many clicked.",)
    assert not [m for m in block.metrics if m.name == "mail_clicks"]
    [fall] = [m for m in block.metrics if m.name == "mail_fall"]
    assert fall.value is None and fall.reason
    assert [str(c) for c in block.tables[0].rows[0][1:3]] == ["–", "too few"]


def test_a_service_and_a_table_of_the_source_are_joined(firm: Company) -> None:
    """Ada's mail is told by both, Ben's by the service alone, another of Ada's by the source alone."""
    firm.rows["mails"] = [
        ["mailing", "sent_at", "rep_id", "clicked_at"],
        ["news", "2020-03-10T08:30:00Z", "r1", ""],
        ["old news", "2020-03-03T08:00:00Z", "r1", "2020-03-03T09:00:00Z"],
    ]
    firm.mapping["tables"]["mail_events"] = {"from": "mails", "columns": {c: c for c in firm.rows["mails"][0]}}
    firm.write()
    span = {"first_day": epoch_day(date(2020, 3, 1)), "last_day": epoch_day(date(2020, 3, 31))}
    alone = mailings(facts_of(firm), **span)
    assert alone[["mailing", "rep_id", "opened", "clicked"]].values.tolist() == [
        ["news", "r1", 0, 0], ["old news", "r1", 1, 1],
    ]  # fmt: skip
    lay(firm, "a.jsonl", lines(events(sendgrid)))
    facts = facts_of(firm)
    frame = mailings(facts, **span)
    assert frame.values.tolist() == [
        ["news", "r1", epoch_day(date(2020, 3, 10)), 1, 1],
        ["news", "r2", epoch_day(date(2020, 3, 10)), 0, 0],
        ["old news", "r1", epoch_day(date(2020, 3, 3)), 1, 1],
    ]
    assert frame.dtypes.tolist() == alone.dtypes.tolist()
    accounts = [(a.file, a.read, a.used) for a in facts.tables.accounts if a.table == "mail_events"]
    assert accounts == [("mails.csv", 2, 2), ("kept/tiny/mail_events/a.jsonl", 8, 8)]


def test_the_day_of_a_mail_is_the_companys(firm: Company) -> None:
    """23:30 UTC on Sunday is Monday in Berlin."""
    sunday = int(datetime(2020, 3, 8, 23, 30, tzinfo=UTC).timestamp())
    lay(firm, "a.jsonl", lines([sendgrid("sent", ADA, sunday)]))
    frame = mailings(facts_of(firm), first_day=0, last_day=epoch_day(date(2020, 3, 31)))
    assert frame["day"].tolist() == [epoch_day(date(2020, 3, 9))]


def test_hostile_text_stays_text(readers: Company) -> None:
    """In a subject that becomes the name of a kind of mail, and in set_aside.csv."""
    nasty = '=HYPERLINK("x") <script>alert(1)</script> ](javascript:alert(1)) \r\nBcc: a@b {{ 7 * 7 }}'
    records = [r | {"category": nasty, "smtp-id": ""} for r in weeks_of_mails((5, 5, 4, 3, 2, 1, 0, 0), 5)]
    lay(readers, "a.jsonl", lines([*records, {"=cmd": nasty}, sendgrid("sent", "x@=cmd|x", SENT_S)]))
    facts = facts_of(readers)
    page = readership.readership(facts)._repr_html_()
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{ 7 * 7 }}" in page and 'href="javascript' not in page
    aside = to_csv(facts.tables.set_aside())
    assert '"\'=cmd|x"' in aside
