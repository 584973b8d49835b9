"""A ledger that is lost or of before: nobody is written to twice; and the owner hears of whatever fails."""

from __future__ import annotations

import json
import resource
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from alignment_lib.errors import AlignmentError, MailError, ParamsError
from alignment_lib.mail import compose, delivery, ledger, mailing, mark
from alignment_lib.mail.delivery import Message
from alignment_lib.mail.ledger import Ledger
from alignment_lib.mail.letter import Letter
from alignment_lib.mail.letters import parts
from alignment_lib.mail.lock import only_one
from alignment_lib.mail.people import Person
from alignment_lib.mail.published import Published
from alignment_lib.params.recipients import Recipients
from alignment_lib.report import publish as placing
from tests.fixture_first_ledger import lay
from tests.fixture_mail import NOW, letter, publish
from tests.fixture_smtp import Office, Place
from tests.test_mail_delivery import ADA, BEN, CAT, OWNER, WEEK, Desk, desk, line, office, three

__all__ = ["desk", "line", "office"]


def run_of(desk: Desk) -> Path:
    return desk.out / "weekly" / "2020-W11"


def forget(desk: Desk, how: str) -> None:
    """Lose the ledger."""
    file = desk.out / ".mail" / "ledger.sqlite"
    if how == "deleted":
        shutil.rmtree(desk.out / ".mail")
    elif how == "empty":
        file.write_bytes(b"")
    else:
        with closing(sqlite3.connect(file)) as base, base:
            base.execute("DELETE FROM deliveries")


# The mark


def test_a_run_is_marked_before_the_first_message_and_by_no_dry_run(desk: Desk, office: Office, line: Place) -> None:
    run, seen = publish(desk.out, three()), list[bool]()
    desk.mail()
    assert not (run / "mailed.json").exists()
    office.on_content = lambda: seen.append((run / "mailed.json").exists())
    desk.mail(send=True)
    assert seen == [True] * 3 and json.loads((run / "mailed.json").read_text()) == {
        "sending_began": "2020-03-17T08:00:00Z"
    }


def test_a_mark_that_cannot_be_written_keeps_all_back_and_loses_nobody(desk: Desk, office: Office, line: Place) -> None:
    run, blocked = publish(desk.out, three()), desk.out / ".mail" / "mailed.json.tmp"
    blocked.mkdir(parents=True)
    assert f"{run / 'mailed.json'}: cannot be written (Is a directory)" in desk.refused(MailError, send=True)
    assert set(office.took) == {OWNER}
    blocked.rmdir()
    assert desk.mail(send=True) == "weekly 2020-W11: 3 sent now, 0 sent before"


def test_a_kill_between_the_mark_and_the_first_message_loses_nobody(
    desk: Desk, office: Office, line: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(run: Path, out: Path, at: str) -> None:
        begin(run, out, at)
        raise KeyboardInterrupt

    begin, run = mark.begin, publish(desk.out, three())
    monkeypatch.setattr(mark, "begin", killed)
    with pytest.raises(KeyboardInterrupt):
        desk.mail(send=True)
    monkeypatch.setattr(mark, "begin", begin)
    assert (run / "mailed.json").exists() and not office.took
    assert desk.mail(send=True) == "weekly 2020-W11: 3 sent now, 0 sent before"


def test_the_mark_stays_when_the_run_is_rendered_anew_but_not_for_another_source(tmp_path: Path) -> None:
    def rendered(source: str) -> Path:
        scratch = placing.scratch(tmp_path)
        made = publish(scratch, [], source=source)
        made.rename(scratch.with_name(f"{scratch.name}-made"))
        return placing.place(scratch.with_name(f"{scratch.name}-made"), tmp_path, "weekly", "2020-W11", None)

    mark = rendered("demo") / "mailed.json"
    mark.write_text("{}")
    rendered("demo")
    assert mark.exists()
    rendered("tiny")
    assert not mark.exists()
    mark.write_text("{}")
    rendered("tiny")
    assert mark.exists()


# A ledger that is lost


@pytest.mark.parametrize("how", ["deleted", "empty", "without rows"])
def test_a_lost_ledger_sends_nothing_until_somebody_says_what_is_true(
    desk: Desk, office: Office, line: Place, how: str
) -> None:
    run = publish(desk.out, three())
    desk.mail(send=True)
    forget(desk, how)
    for more in ({"send": True}, {"send": True, "resend": "uncertain"}, {}):
        assert desk.refused(MailError, **more) == (
            f"weekly 2020-W11 was mailed before ({run / 'mailed.json'}), but to whom is lost with the ledger"
            f" ({desk.out}/.mail/ledger.sqlite does not know of it), so nothing is sent: RESEND=none takes every"
            " such run as sent, RESEND=all sends this one again to everybody"
        )
    assert office.took == {ADA: 1, BEN: 1, CAT: 1, OWNER: 1}
    assert "RESEND=3Dnone" in str(office.read(OWNER)[0]) or "RESEND=none" in office.read(OWNER)[0].get_content()


def test_runs_may_be_taken_as_sent_and_stay_so(desk: Desk, office: Office, line: Place) -> None:
    publish(desk.out, three())
    publish(desk.out, three(), report="reps", slice="segment=mid")
    desk.mail(send=True)
    desk.mail("reps", slice="segment=mid", send=True)
    shutil.rmtree(desk.out / ".mail")
    standing = "weekly 2020-W11: taken as sent on 2020-03-17, nothing sent; --resend all sends it again"
    taken = "taken as sent, for they were mailed before: 2\n  reps 2020-03-17 segment=mid\n  weekly 2020-W11\n"
    assert desk.mail(resend="none") == taken + standing
    assert desk.mail(send=True, resend="none") == desk.mail(send=True) == desk.mail() == standing
    assert "taken as sent" in desk.mail("reps", slice="segment=mid", send=True)
    assert set(office.took.values()) == {2}
    assert desk.mail(send=True, resend="all") == "weekly 2020-W11: 3 sent now, 0 sent before"
    assert desk.mail(send=True) == "weekly 2020-W11: 0 sent now, 3 sent before"


def test_sending_a_lost_run_again_says_so_also_when_it_was_interrupted(desk: Desk, office: Office, line: Place) -> None:
    publish(desk.out, three())
    desk.mail(send=True)
    shutil.rmtree(desk.out / ".mail")
    assert desk.mail(resend="all").count("Sent again: ") == 3
    office.sender_refused = True
    desk.refused(MailError, send=True, resend="all")
    office.sender_refused = False
    assert desk.mail(send=True) == "weekly 2020-W11: 3 sent now, 0 sent before"
    assert [str(m["Subject"])[:11] for m in office.read(ADA)] == ["W11: four l", "Sent again:"]
    assert len({m["Message-ID"] for m in office.read(ADA)}) == 2


def test_a_new_run_is_mailed_though_the_ledger_of_earlier_ones_is_lost(desk: Desk, office: Office, line: Place) -> None:
    publish(desk.out, three())
    desk.mail(send=True)
    shutil.rmtree(desk.out / ".mail")
    publish(desk.out, three(), report="reps")
    assert desk.mail("reps", send=True) == "reps 2020-03-17: 3 sent now, 0 sent before"


# Two sources


def test_two_sources_in_one_folder_do_not_silence_each_other(desk: Desk, office: Office, line: Place) -> None:
    publish(desk.out, three())
    desk.mail(send=True)
    shutil.rmtree(run_of(desk))
    publish(desk.out, three(), source="other")
    desk.firm.mapping["name"] = "other"
    desk.firm.write_mapping()
    assert desk.mail(send=True) == "weekly 2020-W11: 3 sent now, 0 sent before"
    assert desk.rows() == desk.rows(replace(WEEK, source="other")) == dict.fromkeys((ADA, BEN, CAT), "sent")
    assert len({m["Message-ID"] for m in office.read(ADA)}) == 2  # a mailbox would keep one of the same id only


def test_a_source_beside_another_has_its_own_ledger_and_link_and_stays_with_them(
    desk: Desk, office: Office, line: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mailed() -> None:
        order = desk.order(send=True)
        mailing.mail(replace(order, job=replace(order.job, out=Path(), base=Path("reports"))))

    def linked(run: Published, settings: Recipients, person: Person | None) -> Letter | None:
        links.append(parts.page(run, settings))
        return letter(run, settings, person)

    links = list[str]()
    monkeypatch.setattr(compose, "BUILDERS", {"weekly": linked})
    monkeypatch.chdir(desk.firm.root)
    desk.settle(pages="https://pages.nordlicht.example/reports")
    publish(Path("reports/tiny"), three(), data=desk.firm.data)  # company.yaml names the demo
    mailed()
    assert links == ["https://pages.nordlicht.example/reports/tiny/weekly/2020-W11/index.html"]
    shutil.rmtree("reports/tiny/weekly")
    (desk.firm.params_folder / "company.yaml").write_text("{name: Tiny, timezone: Europe/Berlin, source: tiny}")
    with pytest.raises(AlignmentError, match="no such notebook"):  # it is rendered anew, in the same place
        mailed()
    assert Path("reports/tiny/.mail/owner.eml").exists() and not Path("reports/.mail").exists()


# A ledger of before


def test_a_ledger_of_before_is_carried_over_and_nobody_is_mailed_again(
    desk: Desk, office: Office, line: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """reports/ of revision 803d957: its source mailed, company.yaml untouched (it names the demo), then cron's line."""
    monkeypatch.chdir(desk.firm.root)
    reports = Path("reports")
    publish(reports, three(), source="demo", report="monthly")  # tried first
    run = publish(reports, three())
    publish(reports, three(), report="reps")
    lay(reports, {
        ("weekly", "2020-W11", ""): {ADA: "sent", BEN: "sent", CAT: "uncertain"},
        ("weekly", "2020-W10", ""): {ADA: "sent"},  # its run is gone
        ("reps", "2020-03-17", ""): {ADA: "prepared"},
        ("owner of weekly", "2020-W11", "0a1b"): {OWNER: "sent"},
    })  # fmt: skip
    order = desk.order(send=True)
    with pytest.raises(MailError, match="1 of 3 was not reached, or not for sure"):
        mailing.mail(replace(order, job=replace(order.job, out=Path(), base=reports)))
    assert set(office.took) == {OWNER}
    assert (run / "mailed.json").exists()
    assert not list(reports.glob("reps/*/mailed.json")) and not list(reports.glob("monthly/*/mailed.json"))
    with closing(sqlite3.connect(reports / ".mail" / "ledger.sqlite")) as base:
        rows = base.execute("SELECT source, report, period, recipient, state FROM deliveries").fetchall()
        steps = base.execute("SELECT source, report, period FROM steps ORDER BY step LIMIT 3").fetchall()
    assert ("tiny", "weekly", "2020-W11", CAT, "uncertain") in rows
    assert {row[0] for row in rows if row[2] == "2020-W10"} == {"demo", "tiny"}
    assert steps == [("tiny", "weekly", "2020-W11")] * 3


def test_a_ledger_is_carried_over_whole_or_not_at_all(tmp_path: Path) -> None:
    publish(tmp_path, three())
    file = lay(tmp_path, {("weekly", "2020-W11", ""): {ADA: "sent"}})
    blocked = file.with_name("mailed.json.tmp")
    blocked.mkdir()
    with pytest.raises(MailError, match="cannot be written"):
        Ledger(tmp_path, lambda: NOW)
    with closing(sqlite3.connect(file)) as base:
        assert base.execute("SELECT report, recipient, state FROM deliveries").fetchall() == [("weekly", ADA, "sent")]
        assert base.execute("SELECT name FROM sqlite_master WHERE name LIKE 'old%' OR name = 'taken'").fetchall() == []
    blocked.rmdir()
    with closing(Ledger(tmp_path, lambda: NOW)) as known:
        assert known.rows(WEEK)[ADA].state == "sent"


def test_a_ledger_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".mail").mkdir()
    with closing(sqlite3.connect(tmp_path / ".mail" / "ledger.sqlite")) as base:
        base.execute("PRAGMA user_version = 3")
    with pytest.raises(MailError, match="was written by a newer version of this tool"):
        Ledger(tmp_path, lambda: NOW)


# The owner hears of it


@contextmanager
def full_disk() -> Iterator[None]:
    """No file can grow, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def heard(office: Office) -> str:
    """What the owner got, and nobody else anything."""
    assert set(office.took) == {OWNER}
    [mail] = office.read(OWNER)
    return " ".join(mail.get_content().split())


def test_a_full_disk_is_told_by_mail_though_nothing_can_be_written(desk: Desk, office: Office, line: Place) -> None:
    publish(desk.out, three())
    with full_disk():
        told = desk.refused(MailError, send=True)
    assert "the ledger of deliveries cannot be used" in told and "see that the disk has room" in told
    assert "the ledger of deliveries cannot be used" in heard(office) and not (desk.out / ".mail/owner.eml").exists()
    assert desk.said[-1] == f"the owner {OWNER} was told"
    assert desk.mail(send=True) == "weekly 2020-W11: 3 sent now, 0 sent before"


def test_a_full_disk_under_what_is_printed_is_told_as_well(desk: Desk, office: Office, line: Place) -> None:
    publish(desk.out, three())
    order = replace(desk.order(send=True), tell=lambda text: Path("/dev/full").write_text(text) and None)
    with pytest.raises(MailError, match=r"out ended with: No space left on device; see that every disk has room"):
        mailing.mail(order)
    assert office.took == {ADA: 1, BEN: 1, CAT: 1, OWNER: 1}
    assert "3 of 3 readers have theirs for sure." in office.read(OWNER)[0].get_content()


def test_a_ledger_that_is_none_is_told(desk: Desk, office: Office, line: Place) -> None:
    publish(desk.out, three())
    (desk.out / ".mail").mkdir()
    (desk.out / ".mail" / "ledger.sqlite").write_text("no database, but a text of some length")
    assert "bring it back from a backup, or move it away" in desk.refused(MailError, send=True)
    assert "file is not a database" in heard(office)


def test_a_ledger_that_another_program_holds_is_told(
    desk: Desk, office: Office, line: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(desk.out, three())
    monkeypatch.setattr(ledger, "WAIT_S", 0.05)
    (desk.out / ".mail").mkdir()
    Ledger(desk.out, lambda: NOW).close()
    with closing(sqlite3.connect(desk.out / ".mail" / "ledger.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "database is locked" in desk.refused(MailError, send=True)
    assert "database is locked" in heard(office)


def test_a_second_sender_is_told(desk: Desk, office: Office, line: Place) -> None:
    publish(desk.out, three())
    with only_one(desk.out, WEEK, NOW):
        assert "mails are being sent from here already (process" in desk.refused(MailError, send=True)
    assert "mails are being sent from here already" in heard(office)


def test_a_fault_of_the_tool_is_told_without_data_and_stays_a_fault(
    desk: Desk, office: Office, line: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def odd(folder: Path, messages: object, keep: object) -> list[Message]:
        raise KeyError("lead of Mr Secretive")

    publish(desk.out, three())
    monkeypatch.setattr(delivery, "write", odd)
    with pytest.raises(KeyError):
        desk.mail(send=True)
    text = heard(office)
    assert "this is a fault of the tool: KeyError in mail/mailing.py, line" in text and "Secretive" not in text
    assert f"The run is published in {run_of(desk)}." in text.replace("= ", "")


def test_a_file_of_recipients_that_is_wrong_is_told_while_it_names_the_owner(
    desk: Desk, office: Office, line: Place
) -> None:
    publish(desk.out, three())
    desk.settle(max_age="soon")
    assert "unknown key 'max_age'" in desk.refused(ParamsError, send=True)
    assert "unknown key" in heard(office)
    desk.settle(owner="nobody")
    assert "'owner' is no plain mail address" in desk.refused(ParamsError, send=True)


def test_a_stop_by_hand_is_told_to_nobody(
    desk: Desk, office: Office, line: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*given: object) -> object:
        raise KeyboardInterrupt

    publish(desk.out, three())
    monkeypatch.setattr(compose, "BUILDERS", {"weekly": stopped})
    with pytest.raises(KeyboardInterrupt):
        desk.mail(send=True)
    assert not office.took and not (desk.out / ".mail" / "owner.eml").exists()
