"""The whole way: an order, the published run, the gate, files, sending, what is printed, the exit code, the owner."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml

from alignment_lib import cli
from alignment_lib.cli import main
from alignment_lib.errors import (
    AlignmentError,
    DataError,
    GateError,
    MailError,
    MappingError,
    ParamsError,
    ReportError,
)
from alignment_lib.mail import compose, mailing
from alignment_lib.mail.delivery import Patience
from alignment_lib.mail.failure import told
from alignment_lib.mail.ledger import Ledger, Mailing
from alignment_lib.mail.mailing import Order
from alignment_lib.params import Request
from alignment_lib.report.run import Job
from tests.company import Company, company
from tests.fixture_mail import NOW, PERIODS, SETTINGS, letter, publish, rep
from tests.fixture_smtp import Office, Place, free_port, secrets, serving

ROOT = Path(__file__).parents[1]
ADA, BEN, CAT = (f"rep{number}@nordlicht.example" for number in (1, 2, 3))
OWNER = "owner@nordlicht.example"
WEEK = Mailing("tiny", "weekly", "2020-W11")


@dataclass
class Desk:
    """The six-lead company, its reports and its recipients; `mail` is the command without its argument parser."""

    firm: Company
    environment: dict[str, str] = field(default_factory=dict)
    printed: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    @property
    def out(self) -> Path:
        return self.firm.root / "out"

    @property
    def recipients(self) -> Path:
        return self.firm.params_folder / "recipients.yaml"

    def settle(self, **changes: Any) -> None:
        self.recipients.write_text(yaml.safe_dump({**SETTINGS, **changes}), encoding="utf-8")

    def order(self, report: str = "weekly", **more: Any) -> Order:
        data = more.pop("data", self.firm.data)
        request = Request(
            str(self.firm.source_file), str(data), params=str(self.firm.params_folder / "weekly.yaml"),
            report=report, slice=more.pop("slice", ""),
        )  # fmt: skip
        notebook = more.pop("notebook", Path("none.ipynb"))
        job = Job(report, notebook, request, self.out, more.pop("now", NOW), self.said.append)
        patience = Patience(tries=2, sleep=self.slept.append)
        return Order(job, lambda: NOW, self.printed.append, str(self.recipients), environment=self.environment,
                     patience=patience, **more)  # fmt: skip

    def mail(self, report: str = "weekly", **more: Any) -> str:
        """What is printed."""
        self.printed.clear()
        mailing.mail(self.order(report, **more))
        return "\n".join(self.printed).replace("\u00a0", " ")

    def refused(self, error: type[AlignmentError], report: str = "weekly", **more: Any) -> str:
        with pytest.raises(error) as told:
            self.mail(report, **more)
        assert type(told.value).exit_code == error.exit_code
        return str(told.value)

    def rows(self, mailing_: Mailing = WEEK) -> dict[str, str]:
        ledger = Ledger(self.out, lambda: NOW)
        try:
            return {a: row.state for a, row in ledger.rows(mailing_).items()}
        finally:
            ledger.close()

    def files(self, report: str = "weekly") -> list[str]:
        folder = self.out / report / PERIODS[report] / "mail"
        return sorted(re.sub(r"-[0-9a-f]{8}\.eml$", "", p.name) for p in folder.iterdir())


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    found = Desk(company(tmp_path))
    found.settle()
    monkeypatch.setattr(compose, "BUILDERS", dict.fromkeys(PERIODS, letter))
    return found


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def line(desk: Desk, office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    with serving(office, tmp_path / "tls") as place:
        monkeypatch.setenv("SSL_CERT_FILE", str(place.authority))
        desk.environment = place.environment()
        yield place


def owners_file(desk: Desk) -> str:
    """What the mail to the owner says that lies beside the ledger."""
    found = message_from_bytes((desk.out / ".mail" / "owner.eml").read_bytes(), policy=default)
    return " ".join(found.get_content().split())  # type: ignore[attr-defined]


def three(*more: dict[str, str | None]) -> list[dict[str, str | None]]:
    return [rep(1, name="Ada"), rep(2, name="Ben"), rep(3, name="Cat"), *more]


# A dry run


def test_the_owner_hears_what_was_let_pass_also_in_a_dry_run(desk: Desk) -> None:
    """By the check's name, the person's words and the finding with its stage, but without anybody's address."""
    let = {"name": "outcomes", "table": "opportunities", "status": "WARN", "accepted": {"because": "it's 'new' to us"},
           "sentence": "deals.csv: the map does not know 'Closed Won (2026)', 9 ×, of 'ann@else.example'"}  # fmt: skip
    publish(desk.out, three(), data=desk.firm.data, results={"checks": [let]})
    desk.mail()
    assert owners_file(desk).startswith(
        "weekly 2020-W11 is let pass although its checks held it. Let pass: outcomes Because: it's 'new' to us It"
        " found: deals.csv: the map does not know 'Closed Won (2026)', 9 ×, of '…' The run is published in"
    )
    assert f"the mail to the owner is in {desk.out / '.mail' / 'owner.eml'}; it is sent with SEND=1" in desk.said


def test_the_owner_hears_what_was_let_pass_and_mailed(desk: Desk, office: Office, line: Place) -> None:
    let = {"name": "links", "table": "activities", "status": "WARN", "sentence": "3 are lost",
           "accepted": {"because": "known"}}  # fmt: skip
    publish(desk.out, three(), data=desk.firm.data, results={"checks": [let]})
    desk.mail(send=True)
    assert "was mailed although its checks held it. Let pass: links Because: known It found: 3 are lost" in owners_file(
        desk
    )
    assert "3 of 3 readers have theirs for sure." in owners_file(desk)


def test_a_dry_run_writes_files_lists_everybody_and_says_how_to_send(desk: Desk) -> None:
    folder = publish(desk.out, three(rep(4, name="Dan", email=None)))
    told = desk.mail().splitlines()
    assert told[0] == f"weekly 2020-W11: 3 messages in {os.path.relpath(folder / 'mail')}, nothing sent (dry run)"
    assert [re.sub(r" +\d+ KB", " KB", line) for line in told[1:4]] == [
        f"  {a} KB  W11: four leads" for a in (ADA, BEN, CAT)
    ]
    assert told[4:] == [
        "left out: 1", "  Dan: no address", "To send: the same command with SEND=1 (alignment mail … --send)",
    ]  # fmt: skip
    assert desk.files() == [ADA, BEN, CAT] and desk.said == []
    assert not (desk.out / ".mail" / "ledger.sqlite").exists()


def test_each_file_is_a_message_to_one_person(desk: Desk) -> None:
    folder = publish(desk.out, three())
    desk.mail()
    for path in (folder / "mail").iterdir():
        found = message_from_bytes(path.read_bytes(), policy=default)
        [to] = found["To"].addresses
        assert path.name.startswith(to.addr_spec) and not found["Cc"] and not found["Bcc"]
        assert found["Date"].datetime == NOW and path.read_bytes().isascii()


def test_the_same_order_writes_the_same_bytes(desk: Desk) -> None:
    folder = publish(desk.out, three())
    desk.mail()
    before = {p.name: p.read_bytes() for p in (folder / "mail").iterdir()}
    desk.mail()
    assert {p.name: p.read_bytes() for p in (folder / "mail").iterdir()} == before


def test_messages_of_an_earlier_time_are_removed_and_other_files_stay(desk: Desk) -> None:
    folder = publish(desk.out, three())
    (folder / "mail").mkdir()
    for name in ("gone@nordlicht.example-0011aabb.eml", "x-0011aabb.eml.12.tmp", "notes.txt"):
        (folder / "mail" / name).write_text("old")
    desk.mail()
    assert desk.files() == ["notes.txt", ADA, BEN, CAT]


def test_an_address_cannot_choose_its_file(desk: Desk) -> None:
    strange = ["/../x@nordlicht.example", "a/b@nordlicht.example", "|rm&*@nordlicht.example", "{a}@nordlicht.example"]
    folder = publish(desk.out, [rep(n, email=address) for n, address in enumerate(strange)])
    told = desk.mail()
    names = [p.name for p in (folder / "mail").iterdir()]
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9.@_-]*\.eml", name) for name in names)
    assert (
        len(names) == told.count("KB") == 3
        and told.count("invalid address") == 1
        and {p.name for p in folder.parent.iterdir()} == {"2020-W11"}
    )


def test_a_rep_to_whom_there_is_nothing_to_say_gets_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def only_ada(run: Any, settings: Any, person: Any = None) -> Any:
        return letter(run, settings, person) if person.rep_id == "1" else None

    monkeypatch.setattr(compose, "BUILDERS", {"reps": only_ada})
    publish(desk.out, three(), report="reps")
    told = desk.mail("reps")
    assert desk.files("reps") == [ADA]
    assert told.splitlines()[2:5] == ["nothing to say to: 2", f"  {BEN}", f"  {CAT}"]
    assert "W11: four leads for Ada" in told


def test_everybody_reads_the_same_letter_but_reps_their_own(desk: Desk) -> None:
    publish(desk.out, three())
    publish(desk.out, three(), report="reps")
    assert "for Ada" not in desk.mail()
    assert all(f"for {name}" in desk.mail("reps") for name in ("Ada", "Ben", "Cat"))


# Sending


def test_what_was_shown_is_sent_once_and_the_second_time_nothing_is(desk: Desk, office: Office, line: Place) -> None:
    folder = publish(desk.out, three())
    assert desk.mail(send=True) == "weekly 2020-W11: 3 sent now, 0 sent before"
    written = {p.read_bytes() for p in (folder / "mail").iterdir()}
    assert {data for _, data in office.messages} == written
    assert desk.mail(send=True) == "weekly 2020-W11: 0 sent now, 3 sent before"
    assert {p.read_bytes() for p in (folder / "mail").iterdir()} == written  # the files are what was sent
    assert desk.mail().splitlines()[:2] == [
        f"weekly 2020-W11: 0 messages in {os.path.relpath(folder / 'mail')}, nothing sent (dry run)", "sent before: 3",
    ]  # fmt: skip
    assert set(office.took.values()) == {1}


def test_a_run_that_is_rendered_anew_is_not_mailed_anew(desk: Desk, office: Office, line: Place) -> None:
    publish(desk.out, three())
    desk.mail(send=True)
    publish(desk.out, three(rep(4)), results={"sentences": [{"block": "head", "text": "Five leads came."}]})
    assert desk.mail(send=True) == "weekly 2020-W11: 1 sent now, 3 sent before"


def test_another_period_slice_or_report_is_another_mailing(desk: Desk, office: Office, line: Place) -> None:
    publish(desk.out, three())
    publish(desk.out, three(), report="reps")
    publish(desk.out, three(), slice="segment=mid")
    for more in ({}, {"slice": "segment=mid"}):
        desk.mail(send=True, **more)
    desk.mail("reps", send=True)
    assert set(office.took.values()) == {3}


def test_who_was_not_reached_is_listed_with_the_reason_and_the_exit_code_says_so(
    desk: Desk, office: Office, line: Place
) -> None:
    publish(desk.out, [*three(), rep(4), rep(5, name="Eve", ended_on="2020-01-31")])
    office.refused.add(ADA)
    office.dropped.add(BEN)
    office.busy[CAT] = 2
    problem = desk.refused(MailError, send=True)
    assert MailError.exit_code == 4 and problem == (
        "3 of 4 were not reached, or not for sure (1 deferred, 1 refused, 1 uncertain);"
        " what the command printed says who"
    )
    told = desk.printed[0].replace("\u00a0", " ").splitlines()
    assert told[0] == "weekly 2020-W11: 1 sent now, 0 sent before"
    assert told[1:3] == ["deferred, tried again by the next run: 1", f"  {CAT}  451 4.7.1 greylisted, come back later"]
    assert told[3:5] == [
        "refused; correct the address, then --resend refused: 1",
        f"  {ADA}  550 5.1.1 no such user here",
    ]
    assert told[5] == "uncertain, may have arrived; sent again only with --resend: 1"
    assert told[6].startswith(f"  {BEN}  no answer after the message was handed over")
    assert told[7:] == ["left out: 1", "  Eve: left on 31 Jan 2020"]
    assert len(desk.slept) == 1 and any("1 could not be handed over now; trying again in " in s for s in desk.said)
    [mail] = office.read(OWNER)
    assert str(mail["Subject"]) == "Not mailed to everybody: weekly 2020-W11"
    text = " ".join(mail.get_content().split())
    assert "1 of 4 readers have theirs for sure." in text and "nothing" not in text and ADA not in text

    desk.refused(MailError, send=True)  # the next run: who was busy gets theirs, the others are only listed
    assert desk.rows() == {ADA: "refused", BEN: "uncertain", CAT: "sent", "rep4@nordlicht.example": "sent"}
    office.refused.clear()
    desk.refused(MailError, send=True, resend="uncertain")
    assert desk.mail(send=True, resend="refused") == (
        "weekly 2020-W11: 1 sent now, 3 sent before\nleft out: 1\n  Eve: left on 31 Jan 2020"
    )
    assert (office.took[ADA], office.took[BEN], office.took[CAT]) == (1, 2, 1)
    assert [str(m["Subject"]) for m in office.read(BEN)] == ["W11: four leads", "Sent again: W11: four leads"]
    assert len({m["Message-ID"] for m in office.read(BEN)}) == 2


def test_a_resend_that_was_interrupted_is_resumed_and_still_says_so(
    desk: Desk, office: Office, line: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(desk.out, three())
    desk.mail(send=True)
    office.sender_refused = True
    desk.refused(MailError, send=True, resend="all")
    office.sender_refused = False
    desk.mail(send=True)
    assert [str(m["Subject"])[:11] for who in (ADA, BEN, CAT) for m in office.read(who)] == [
        "W11: four l",
        "Sent again:",
    ] * 3


def test_a_dry_run_shows_what_would_be_sent_again(desk: Desk, office: Office, line: Place) -> None:
    publish(desk.out, three())
    desk.mail(send=True)
    assert desk.mail(resend="all").count("Sent again: W11: four leads") == 3
    assert set(office.took.values()) == {1}


def test_a_refused_login_ends_it_in_one_sentence(desk: Desk, office: Office, line: Place) -> None:
    publish(desk.out, three())
    desk.environment["SMTP_PASSWORD"] = "wrong"
    assert "refuses the login (535 " in desk.refused(MailError, send=True)
    assert office.logins == 1 and not office.took and desk.slept == []  # a second login could lock the account
    assert "refuses the login" in owners_file(desk) and "is not asked to send it" in desk.said[-1]


def test_without_a_server_nothing_begins(desk: Desk) -> None:
    publish(desk.out, three())
    assert "SMTP_HOST is not set" in desk.refused(ParamsError, send=True)
    assert not (desk.out / "weekly" / "2020-W11" / "mail").exists() and "SMTP_HOST" in owners_file(desk)


def test_the_demo_is_sent_to_nobody_elsewhere(desk: Desk, office: Office, line: Place) -> None:
    import shutil

    shutil.copy(desk.firm.source_file, desk.firm.source_file.with_name("demo.yaml"))
    text = desk.firm.source_file.read_text().replace("name: tiny", "name: demo")
    desk.firm.source_file.write_text(text)
    publish(desk.out, three(), source="demo")
    desk.environment["SMTP_HOST"] = "mail.example.com"
    told = desk.refused(MailError, send=True)
    assert told.startswith("the demo's people do not exist: its mails go to a server on this machine only")
    desk.environment["SMTP_HOST"] = "localhost"
    desk.mail(send=True, now=NOW + timedelta(days=3))
    assert len(office.took) == 3


# Letters that cannot be made


def test_one_letter_that_cannot_be_made_keeps_all_back_and_tells_the_owner_without_data(
    desk: Desk, office: Office, line: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def odd(run: Any, settings: Any, person: Any = None) -> Any:
        raise KeyError("lead of Mr Secretive")

    monkeypatch.setattr(compose, "BUILDERS", {"weekly": odd})
    publish(desk.out, three())
    told = desk.refused(compose.LetterError, send=True)
    assert (
        told
        == "the mail of weekly 2020-W11 cannot be made: KeyError in mail/compose.py, line " + told.rpartition(" ")[2]
    )
    [mail] = office.read(OWNER)
    assert "KeyError" in mail.get_content() and "Secretive" not in mail.get_content()
    assert set(office.took) == {OWNER} and not (desk.out / "weekly" / "2020-W11" / "mail").exists()


# The run is found, or rendered


def cell(source: str, *tags: str) -> Any:
    return nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)})


def notebook(desk: Desk, *sections: str) -> Path:
    """A short notebook that renders, but for the sections given."""
    declared = "\n".join(f'{n} = ""' for n in ("source", "data", "week", "as_of", "slice", "params"))
    opened = (
        "from alignment_lib.blocks import weekly as blocks\nfrom alignment_lib.report.session import open_report\n"
        "report = open_report(source=source, data=data, week=week, params=params)"
    )
    shown = ["report.show(blocks.head)", "report.show(blocks.checks)", *sections, "report.record()"]
    cells = [nbformat.v4.new_markdown_cell("# Short"), cell(declared, "parameters"), cell(opened, "setup"),
             *(cell(text, "section") for text in shown)]  # fmt: skip
    path = desk.firm.root / "short.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def with_addresses(desk: Desk) -> None:
    """The company's reps get addresses."""
    head, *rows = desk.firm.rows["reps"]
    desk.firm.rows["reps"] = [[*head, "Mail"], *([*row, f"{row[1].lower()}@nordlicht.example"] for row in rows)]
    desk.firm.mapping["tables"]["reps"]["columns"]["email"] = "Mail"
    desk.firm.write()


def test_without_a_published_run_it_is_rendered_and_then_it_is_found(desk: Desk) -> None:
    with_addresses(desk)
    book = notebook(desk)
    assert "2 messages in " in desk.mail(notebook=book)
    assert any("head" in text for text in desk.said)
    desk.said.clear()
    assert "2 messages in " in desk.mail(notebook=Path("none.ipynb")) and desk.said == []
    # of other data: rendered anew; here it has no notebook
    desk.firm.data.rename(desk.firm.data.with_name("other"))
    assert "no such notebook" in desk.refused(AlignmentError, data=desk.firm.data.with_name("other"))


def test_a_run_that_fails_is_told_to_the_owner_with_its_block_and_place_and_to_nobody_else(
    desk: Desk, office: Office, line: Place
) -> None:
    book = notebook(desk, "report.show(blocks.follow_up)['Mr Secretive']")
    told = desk.refused(AlignmentError, send=True, notebook=book)
    assert "cell " in told
    [kept] = (desk.out / ".failed").iterdir()
    [mail] = office.read(OWNER)
    text = " ".join(mail.get_content().split())
    assert str(mail["Subject"]) == "Not mailed: weekly 2020-W11" and str(mail["To"]) == OWNER
    assert "What failed: block 'follow_up': short.ipynb, cell " in text and ": TypeError" in text
    assert f"The failed run is kept in {kept}." in text.replace("- ", "-")
    assert "The readers got nothing" in text
    assert "Secretive" not in text and "Traceback" not in text and set(office.took) == {OWNER}
    assert any(said == f"the owner {OWNER} was told" for said in desk.said)


def test_without_send_the_mail_to_the_owner_is_a_file(desk: Desk) -> None:
    (publish(desk.out, three()) / "index.html").write_text("changed")
    desk.refused(GateError)
    path = desk.out / ".mail" / "owner.eml"
    assert desk.said == [f"the mail to the owner is in {path}; it is sent with SEND=1"]
    assert "index.html was changed" in message_from_bytes(path.read_bytes(), policy=default).get_content()  # type: ignore[attr-defined]


def test_what_the_gate_refuses_is_told_to_the_owner(desk: Desk, office: Office, line: Place) -> None:
    folder = publish(desk.out, three())
    (folder / "index.html").write_text("changed")
    assert "was changed after it was published" in desk.refused(GateError, send=True)
    [mail] = office.read(OWNER)
    assert "index.html was changed after it was published" in " ".join(mail.get_content().split())
    desk.refused(GateError, send=True)  # the same again, an hour later: they know
    assert office.took == {OWNER: 1} and desk.said[-1] == f"the owner {OWNER} was told before"
    (folder / "index.html").unlink()
    desk.refused(GateError, send=True)  # something else
    assert office.took == {OWNER: 2}


def test_an_empty_list_is_exit_code_2_and_the_owner_knows(desk: Desk, office: Office, line: Place) -> None:
    publish(desk.out, [rep(1, email="ada@elsewhere.example")])
    told = desk.refused(ParamsError, send=True)
    assert "everybody on its list is left out (Rep 1: outside the allowed domains)" in told
    assert set(office.took) == {OWNER}


def test_an_owner_outside_of_the_allowed_domains_gets_a_file_only(desk: Desk, office: Office, line: Place) -> None:
    desk.settle(owner="me@elsewhere.example")
    publish(desk.out, [])
    desk.refused(ParamsError, send=True)
    assert not office.took and "outside the allowed domains; the mail to them stays in" in desk.said[-1]


def test_an_owner_who_cannot_be_told_does_not_hide_the_failure(desk: Desk) -> None:
    desk.environment = {"SMTP_HOST": "localhost", "SMTP_PORT": str(free_port())}
    publish(desk.out, [])
    assert "nobody gets" in desk.refused(ParamsError, send=True)
    assert f"the owner {OWNER} could not be told for sure (deferred: localhost:" in desk.said[-1]


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (DataError("leads.csv: lead_id 'O'Hara 7' in lines 2, 8 is there more than once; remove it"),
         "leads.csv: lead_id '…' in lines 2, 8 is there more than once; remove it"),
        (DataError("leads.csv line 2: amount \"it's 5\" cannot be read as format '%d'; 3 such values"),
         "leads.csv line 2: amount '…' cannot be read as format '…'; 3 such values"),
        (ReportError("x.ipynb, cell 4: KeyError: 'Mr Secretive'"), "x.ipynb, cell 4: KeyError"),
        (GateError("metric leads (None, None, None) is printed as 4 and as 5"),
         "metric leads (None, None, None) is printed as 4 and as 5"),
        (MappingError("params/sources/x.yaml line 3: unknown key 'form' (did you mean 'from'?)"),
         "params/sources/x.yaml line 3: unknown key 'form' (did you mean 'from'?)"),
        (GateError("block 'a' of ann@customer.example\nis there\ttwice"), "block 'a' of … is there twice"),
    ],
)  # fmt: skip
def test_values_of_the_data_and_addresses_are_kept_from_the_owner(problem: AlignmentError, text: str) -> None:
    assert told(problem) == text


def test_a_later_attempt_that_failed_is_mentioned(desk: Desk) -> None:
    manifest = publish(desk.out, three()) / "manifest.json"
    failed = desk.out / ".failed" / "weekly-2020-W11-18ea2b"
    failed.mkdir(parents=True)
    os.utime(failed, (manifest.stat().st_mtime + 60,) * 2)
    desk.mail()
    assert desk.said == [f"a later attempt of weekly 2020-W11 failed, and is kept in {failed}"]


# Secrets


def test_the_password_is_nowhere(desk: Desk, office: Office, line: Place, capfd: pytest.CaptureFixture[str]) -> None:
    publish(desk.out, three())
    office.refused.add(ADA)
    desk.refused(MailError, send=True)
    desk.refused(AlignmentError, report="pulse", send=True)
    texts = [p.read_bytes().decode("latin-1") for p in desk.out.rglob("*") if p.is_file()]
    texts += [*capfd.readouterr(), *desk.printed, *desk.said, repr(desk.order(send=True))]
    hidden = [*secrets(), secrets()[0].encode().decode("latin-1")]
    assert len(texts) > 10 and not [secret for secret in hidden for text in texts if secret in text]


# The command line and make


def arguments(desk: Desk, *more: str) -> list[str]:
    return [
        "mail",
        "weekly",
        *desk.firm.arguments("weekly", out=str(desk.out))[1:],
        "--recipients",
        str(desk.recipients),
        *more,
    ]


def test_the_command_line_prints_and_ends_with_the_right_code(
    desk: Desk, office: Office, line: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in desk.environment.items():
        monkeypatch.setenv(name, value)
    desk.settle(max_age_hours=24 * 366)
    folder = publish(desk.out, three())
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["source"]["name"] == "tiny"
    command = arguments(desk, "--send")
    assert main(command) == 4  # 2020 is long ago
    assert "more than the 8,784 h of max_age_hours" in capsys.readouterr().err.replace("\u00a0", " ")
    assert set(office.took) == {OWNER}


def test_a_run_that_is_stopped_by_hand_says_that_it_goes_on(
    desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(order: Order) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(mailing, "mail", stop)
    assert main(arguments(desk)) == 130
    assert capsys.readouterr().err == "alignment: stopped; what was sent is on record, and the same command goes on\n"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--resend", "some"], "argument --resend: invalid choice: 'some'"),
        (["--recipients", "/no/recipients.yaml"], "/no/recipients.yaml: no such file"),
        (["--sned"], "unrecognized arguments: --sned"),
    ],
)
def test_a_command_that_cannot_be_meant(
    desk: Desk, capsys: pytest.CaptureFixture[str], more: list[str], sentence: str
) -> None:
    assert main(arguments(desk, *more)) == 2
    assert sentence in capsys.readouterr().err


def fake(folder: Path, script: str) -> None:
    (folder / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    program = folder / ".venv" / "bin" / "alignment"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    for name in ("requirements.lock", "pyproject.toml", ".venv/.run"):
        (folder / name).write_text("")


def make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(["make", *words], cwd=folder, env=surroundings, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["email-weekly"], "mail weekly --week  "),
        (["email-weekly", "WEEK=2020-W11", "SEND=1"], "mail weekly --week 2020-W11 … --send=1"),
        (["email-monthly", "MONTH=2020-02", "SEND=0"], "mail monthly --month 2020-02 … --send=0"),
        (
            ["email-reps", "DAY=2020-03-17", "SEND=1", "RESEND=1"],
            "mail reps --day 2020-03-17 … --send=1 --resend=1",
        ),
        (["email-pulse", "RESEND=re fused"], "mail pulse --day  … --resend=re fused"),
        (["email-marketing-update", "SEND=yes"], "mail marketing-update --week  … --send=yes"),
        (["email-product-update"], "mail product-update --week  …"),
        (["reps", "DAY=2020-03-17"], "reps --day 2020-03-17"),
        (["pulse"], "pulse --day"),
        (["marketing-update"], "marketing-update --week"),
        (["product-update"], "product-update --week"),
    ],
)
def test_each_target_is_its_command(tmp_path: Path, words: Sequence[str], command: str) -> None:
    fake(tmp_path, 'echo "$@"')
    done = make(tmp_path, *words)
    begin, _, end = command.partition("…")
    assert done.returncode == 0 and done.stdout.startswith(begin.strip()), done
    assert done.stdout.strip().endswith(end.strip()) and ("--send" in done.stdout) == ("--send" in command)


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("--send", True),
        ("--send=1", True),
        ("--send=TRUE", True),
        ("--send=0", False),
        ("--send=no", False),
        ("", False),
    ],
)
def test_a_word_for_yes_sends_and_one_for_no_does_not(said: str, means: bool) -> None:
    assert cli._parser().parse_args(["mail", "weekly", *said.split()]).send is means


@pytest.mark.parametrize("said", ["--send=no 1", "--send=ja", "--resend=1 none"])
def test_a_word_that_is_neither_is_refused(said: str) -> None:
    with pytest.raises(ParamsError):
        cli._parser().parse_args(["mail", "weekly", said])


def test_both_updates_are_mailed_and_one_failure_fails_both(tmp_path: Path) -> None:
    fake(tmp_path, 'echo "$2 $6"; [ "$2" != marketing-update ] || exit 4')
    done = make(tmp_path, "email-updates", "SOURCE=mycrm")
    assert done.stdout.splitlines() == ["marketing-update mycrm", "product-update mycrm"] and done.returncode == 2
    assert "Error 4" in done.stderr
