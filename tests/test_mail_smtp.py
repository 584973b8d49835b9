"""Each answer of a real server, over STARTTLS with a login: what becomes of the message, what the ledger says."""

from __future__ import annotations

import re
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from alignment_lib.errors import MailError, ParamsError
from alignment_lib.mail.delivery import Outcome, Patience
from alignment_lib.mail.ledger import Ledger
from alignment_lib.mail.server import Server
from alignment_lib.mail.smtp import Answer, Post, Unreachable, on_the_line
from tests.fixture_mail import NOW
from tests.fixture_mail_sender import SENDER, main, people, raw
from tests.fixture_smtp import PASSWORD, USER, Office, Place, free_port, secrets, serving

ADA, BEN, CAT = (f"rep{number}@nordlicht.example" for number in range(3))


@pytest.fixture
def office() -> Office:
    return Office()


@contextmanager
def exported(place: Place, monkeypatch: pytest.MonkeyPatch, **more: str) -> Iterator[None]:
    with monkeypatch.context() as inside:
        for name, value in {**place.environment(**more), "SSL_CERT_FILE": str(place.authority)}.items():
            inside.setenv(name, value)
        yield


class Slept:
    """Patience that takes no time, and what it would have taken."""

    def __init__(self, tries: int = 4) -> None:
        self.seconds: list[float] = []
        self.patience = Patience(tries=tries, sleep=self.seconds.append)


def sent(out: Path, how_many: int = 3, resend: str = "", tries: int = 4) -> tuple[Outcome, Slept]:
    slept = Slept(tries)
    return main(out, how_many, resend, slept.patience), slept


def states(outcome: Outcome) -> dict[str, str]:
    return {row.recipient: row.state for row in outcome.rows.values()}


@pytest.fixture
def place(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    with serving(office, tmp_path / "tls") as found, exported(found, monkeypatch):
        yield found


# What arrives


def test_each_gets_one_over_one_connection_and_one_login_byte_for_byte(
    office: Office, place: Place, tmp_path: Path
) -> None:
    outcome, slept = sent(tmp_path / "out")
    assert (outcome.sent, outcome.before, outcome.missed, slept.seconds) == ((ADA, BEN, CAT), (), 0, [])
    assert office.took == Counter({ADA: 1, BEN: 1, CAT: 1}) and office.logins == 1
    assert office.connections == 2  # EHLO before and after STARTTLS
    assert dict(office.messages)[ADA] == raw(people(1)[0])  # lines that begin with a dot are what they were
    assert {row.answer for row in outcome.rows.values()} == {"250 2.0.0 queued"}


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"a\r\n.\r\nb\r\n", b"a\r\n..\r\nb\r\n"),
        (b".a\n..b", b"..a\r\n...b\r\n"),
        (b"a\rb\r\n", b"a\r\nb\r\n"),  # a bare CR could smuggle a second message
        (b"", b"\r\n"),
    ],
)
def test_dots_are_doubled_and_lines_end_in_crlf(content: bytes, line: bytes) -> None:
    assert on_the_line(content) == line  # RFC 5321, 2.3.8 and 4.5.2


def test_what_was_sent_before_is_not_sent_again_and_what_is_new_is(
    office: Office, place: Place, tmp_path: Path
) -> None:
    sent(tmp_path / "out", 2)
    outcome, _ = sent(tmp_path / "out", 3)
    assert (outcome.before, outcome.sent) == ((ADA, BEN), (CAT,))
    assert set(office.took.values()) == {1}


# What goes wrong for one


def test_a_refused_recipient_is_recorded_and_stops_nobody_else(office: Office, place: Place, tmp_path: Path) -> None:
    office.refused.add(BEN)
    outcome, slept = sent(tmp_path / "out")
    assert states(outcome) == {ADA: "sent", BEN: "refused", CAT: "sent"}
    assert outcome.rows[BEN].answer == "550 5.1.1 no such user here" and outcome.missed == 1
    assert slept.seconds == [] and office.connections == 2  # for good: not tried again, and the connection is kept
    office.refused.clear()
    assert states(sent(tmp_path / "out")[0])[BEN] == "refused"  # nor by the next run
    assert states(sent(tmp_path / "out", resend="refused")[0])[BEN] == "sent"
    assert office.took == Counter({ADA: 1, BEN: 1, CAT: 1})


def test_a_message_refused_for_what_it_says_is_refused(office: Office, place: Place, tmp_path: Path) -> None:
    office.spam.add(BEN)
    outcome, _ = sent(tmp_path / "out")
    assert outcome.rows[BEN].state == "refused" and outcome.rows[BEN].answer == "554 5.7.1 looks like spam"


def test_busy_is_tried_again_with_growing_pauses_after_everybody_else(
    office: Office, place: Place, tmp_path: Path
) -> None:
    office.busy[ADA], office.late[BEN] = 2, 1
    outcome, slept = sent(tmp_path / "out")
    assert states(outcome) == {ADA: "sent", BEN: "sent", CAT: "sent"}
    assert [who for who, _ in office.messages] == [CAT, BEN, ADA]
    assert [outcome.rows[who].tries for who in (ADA, BEN, CAT)] == [3, 2, 1]
    assert len(slept.seconds) == 2
    first, second = slept.seconds  # 15 s and 60 s, give or take half
    assert 7.5 <= first <= 22.5 and 30 <= second <= 90
    assert list(Patience().waits()) == list(Patience().waits()) != list(Patience(seed=2).waits())


def test_tries_are_bounded_and_the_next_run_goes_on(office: Office, place: Place, tmp_path: Path) -> None:
    office.busy[BEN] = 3
    outcome, slept = sent(tmp_path / "out", tries=2)
    assert states(outcome) == {ADA: "sent", BEN: "deferred", CAT: "sent"} and len(slept.seconds) == 1
    assert outcome.rows[BEN].answer == "451 4.7.1 greylisted, come back later"
    outcome, _ = sent(tmp_path / "out", tries=2)
    assert states(outcome)[BEN] == "sent" and outcome.rows[BEN].tries == 4
    assert set(office.took.values()) == {1}


def test_a_connection_lost_before_the_content_is_opened_again_and_loses_nothing(
    office: Office, place: Place, tmp_path: Path
) -> None:
    office.cut[BEN] = 1
    outcome, slept = sent(tmp_path / "out")
    assert states(outcome) == {ADA: "sent", BEN: "sent", CAT: "sent"} and set(office.took.values()) == {1}
    assert len(slept.seconds) == 1 and office.logins == 2


def test_a_connection_lost_after_the_content_is_uncertain_and_only_sent_again_when_asked(
    office: Office, place: Place, tmp_path: Path
) -> None:
    office.dropped.add(BEN)
    outcome, slept = sent(tmp_path / "out")
    assert states(outcome) == {ADA: "sent", BEN: "uncertain", CAT: "sent"} and outcome.missed == 1
    assert "no answer after the message was handed over" in outcome.rows[BEN].answer and slept.seconds == []
    assert office.took[BEN] == 1
    outcome, _ = sent(tmp_path / "out")
    assert states(outcome)[BEN] == "uncertain" and office.took[BEN] == 1
    outcome, _ = sent(tmp_path / "out", resend="uncertain")
    assert states(outcome)[BEN] == "sent" and office.took == Counter({ADA: 1, BEN: 2, CAT: 1})
    assert [str(m["Subject"]) for m in office.read(BEN)] == ["Four leads", "Sent again: Four leads"]


def test_resending_all_says_so_to_all(office: Office, place: Place, tmp_path: Path) -> None:
    sent(tmp_path / "out")
    outcome, _ = sent(tmp_path / "out", resend="all")
    assert outcome.sent == (ADA, BEN, CAT) and set(office.took.values()) == {2}
    assert all(str(office.read(who)[1]["Subject"]) == "Sent again: Four leads" for who in (ADA, BEN, CAT))
    assert set(sent(tmp_path / "out")[0].before) == {ADA, BEN, CAT} and set(office.took.values()) == {2}


def test_a_server_that_closes_after_each_message_is_called_again_without_a_pause(
    office: Office, place: Place, tmp_path: Path
) -> None:
    office.per_connection = 1
    outcome, slept = sent(tmp_path / "out")
    assert set(states(outcome).values()) == {"sent"} and set(office.took.values()) == {1}
    assert (slept.seconds, office.logins) == ([], 3)


def test_a_ledger_that_cannot_be_written_keeps_the_message_back(
    office: Office, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The instant before the end of the content: without its commit nobody could know later."""
    step = Ledger.step

    def full(self: Ledger, mailing: Any, recipient: str, state: Any, answer: str = "") -> None:
        if state == "handing_over" and recipient == BEN:
            raise MailError("the disk is full")
        step(self, mailing, recipient, state, answer)

    monkeypatch.setattr(Ledger, "step", full)
    outcome, _ = sent(tmp_path / "out")
    assert str(outcome.problem) == "the disk is full" and office.took == Counter({ADA: 1})
    monkeypatch.undo()
    with exported(place, monkeypatch):
        assert set(states(sent(tmp_path / "out")[0]).values()) == {"sent"}
    assert set(office.took.values()) == {1}


# What goes wrong for all


def refused(out: Path) -> str:
    """The sentence that ended a sending; nobody got anything, and nothing was tried twice."""
    outcome, slept = sent(out)
    assert isinstance(outcome.problem, MailError) and not outcome.sent and slept.seconds == []
    assert set(states(outcome).values()) <= {"prepared", "attempting"}
    return str(outcome.problem)


def test_a_wrong_password_ends_it_after_one_try(
    office: Office, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with exported(place, monkeypatch, SMTP_PASSWORD="wrong and secret"):
        text = refused(tmp_path / "out")
    assert text == (
        f"localhost:{place.port} refuses the login (535 5.7.8 Authentication credentials invalid); check SMTP_USER and"
        " SMTP_PASSWORD"
    )
    assert office.logins == 1 and not office.took
    assert set(states(sent(tmp_path / "out")[0]).values()) == {"sent"}


def test_a_certificate_of_another_host_is_refused(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(office, tmp_path / "tls", host="mail.example.com") as place, exported(place, monkeypatch):
        text = refused(tmp_path / "out")
    assert "certificate is not to be trusted (Hostname mismatch" in text and "so nothing is sent" in text
    assert not office.took and not office.logins


def test_a_certificate_of_nobody_known_is_refused(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(office, tmp_path / "tls") as place, exported(place, monkeypatch), monkeypatch.context() as inside:
        inside.delenv("SSL_CERT_FILE")
        assert "certificate is not to be trusted" in refused(tmp_path / "out")
    assert not office.logins


def test_no_starttls_no_mail(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(office, tmp_path / "tls", security="none") as place, exported(place, monkeypatch):
        assert "offers no STARTTLS, and nothing is sent unencrypted" in refused(tmp_path / "out")
    assert not office.took


def test_tls_from_the_first_byte(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(office, tmp_path / "tls", security="tls") as place, exported(place, monkeypatch, SMTP_SECURITY="tls"):
        assert set(states(sent(tmp_path / "out")[0]).values()) == {"sent"}
    assert office.logins == 1


def test_tls_to_a_port_that_speaks_none_says_what_to_change(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(office, tmp_path / "tls") as place, exported(place, monkeypatch, SMTP_SECURITY="tls"):
        assert "does not speak TLS (wrong version number); see SMTP_SECURITY, SMTP_PORT" in refused(tmp_path / "out")


def test_an_open_relay_on_this_machine_needs_neither(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = {"SMTP_SECURITY": "none", "SMTP_USER": "", "SMTP_PASSWORD": ""}
    with serving(office, tmp_path / "tls", security="none") as place, exported(place, monkeypatch, **bare):
        assert set(states(sent(tmp_path / "out")[0]).values()) == {"sent"}


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_a_login_by_plain_or_by_login(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mechanism: str
) -> None:
    with serving(office, tmp_path / "tls", only=mechanism) as place, exported(place, monkeypatch):
        assert set(states(sent(tmp_path / "out")[0]).values()) == {"sent"}
    assert office.logins == 1


def test_a_server_without_a_login_we_know_is_told(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(office, tmp_path / "tls", only="GSSAPI") as place, exported(place, monkeypatch):
        assert "offers no login by PLAIN or LOGIN" in refused(tmp_path / "out")


def test_a_server_that_wants_a_login_is_told_from_one_that_refuses_a_reader(
    office: Office, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with exported(place, monkeypatch, SMTP_USER="", SMTP_PASSWORD=""):
        assert "takes no mail from" in refused(tmp_path / "out")


def test_a_sender_that_may_not_send_ends_it_before_anybody_is_marked_as_refused(
    office: Office, place: Place, tmp_path: Path
) -> None:
    office.sender_refused = True
    text = refused(tmp_path / "out")
    assert f"takes no mail from {SENDER} (550 5.7.1 not from here)" in text
    office.sender_refused = False
    assert set(states(sent(tmp_path / "out")[0]).values()) == {"sent"}


def test_a_server_that_is_not_there_defers_all_and_is_called_once_a_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with exported(Place(free_port(), tmp_path / "none.pem"), monkeypatch):
        outcome, slept = sent(tmp_path / "out")
    assert set(states(outcome).values()) == {"deferred"} and len(slept.seconds) == 3
    assert [outcome.rows[who].tries for who in (ADA, BEN, CAT)] == [4, 0, 0]
    assert {re.sub(r":\d+", "", row.answer) for row in outcome.rows.values()} == {
        "localhost cannot be reached (Connection refused)"
    }


def test_a_server_that_never_answers_is_waited_for_no_longer_than_allowed(tmp_path: Path) -> None:
    import socket

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        post = Post(Server("127.0.0.1", silent.getsockname()[1], connect_s=0.05))
        with pytest.raises(Unreachable, match=r"cannot be reached \(no answer in time\)"):
            post.deliver(SENDER, ADA, b"x", lambda: None)


def test_an_answer_that_takes_too_long_is_uncertain(office: Office, tmp_path: Path) -> None:
    import asyncio

    async def slow(server: Any, session: Any, envelope: Any) -> str:
        await asyncio.sleep(0.5)
        return "250 OK"

    office.handle_DATA = slow  # type: ignore[method-assign]
    with serving(office, tmp_path / "tls", security="none") as place:
        post = Post(Server("127.0.0.1", place.port, "none", final_s=0.05))
        told: list[str] = []
        answer = post.deliver(SENDER, ADA, b"x", lambda: told.append("handing over"))
        post.close()
    assert answer == Answer("uncertain", "no answer after the message was handed over (no answer in time)")
    assert told == ["handing over"]


# The environment


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({}, "SMTP_HOST is not set"),
        ({"SMTP_HOST": "a b"}, "SMTP_HOST is no name of a host"),
        ({"SMTP_HOST": "h", "SMTP_PORT": "70000"}, "SMTP_PORT is no port"),
        ({"SMTP_HOST": "h", "SMTP_USER": "u"}, "SMTP_PASSWORD is not set; a login needs user and password"),
        ({"SMTP_HOST": "h", "SMTP_PASSWORD": "hidden"}, "SMTP_USER is not set"),
        ({"SMTP_HOST": "h", "SMTP_SECURITY": "ssl"}, "SMTP_SECURITY must be starttls or tls"),
        ({"SMTP_HOST": "h", "SMTP_SECURITY": "none"}, "would show everything on the way to h; use starttls or tls"),
        ({"SMTP_HOST": "127.0.0.1.example.com", "SMTP_SECURITY": "none"}, "would show everything"),
    ],
)
def test_a_server_that_cannot_be_used_is_told_before_anything_runs(environment: dict[str, str], sentence: str) -> None:
    with pytest.raises(ParamsError, match=re.escape(sentence)) as told:
        Server.from_environment(environment)
    assert "hidden" not in str(told.value)


@pytest.mark.parametrize(("security", "port"), [("", 587), ("starttls", 587), ("TLS", 465)])
def test_the_usual_ports(security: str, port: int) -> None:
    assert Server.from_environment({"SMTP_HOST": "h", "SMTP_SECURITY": security}).port == port  # RFC 8314, 3.3


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_this_machine_is_known_by_its_names(host: str) -> None:
    assert Server(host, 25).is_loopback and not Server(f"{host}.example.com", 25).is_loopback


# Secrets


def test_the_password_is_in_no_repr_and_in_no_answer_that_echoes_it() -> None:
    server = Server("h", 25, "starttls", USER, PASSWORD)
    assert not any(secret in repr(server) for secret in (*secrets(), "Boxk"))
    for secret in secrets():
        assert server.scrub(f"535 you said {secret}=") in ("535 you said ***", "535 you said ***=")


def test_a_server_that_repeats_what_it_was_told_teaches_nobody_the_password(
    office: Office, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    async def parrot(*_: Any) -> str:
        return "550 " + " ".join(text.encode("ascii", "replace").decode() for text in secrets())

    office.handle_RCPT = parrot  # type: ignore[method-assign]
    outcome, _ = sent(tmp_path / "out")
    assert set(states(outcome).values()) == {"refused"} and "***" in outcome.rows[ADA].answer
    everything = [path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file()]
    everything += [*capfd.readouterr(), repr(outcome)]
    encoded = [s for s in secrets() if s != PASSWORD]
    assert not any(secret in text for text in everything for secret in encoded)


def test_a_traceback_shows_no_secret(tmp_path: Path) -> None:
    post = Post(Server("127.0.0.1", free_port(), "none", USER, PASSWORD))
    with pytest.raises(Unreachable) as told:
        post.deliver(SENDER, ADA, b"x", lambda: None)
    shown = "".join(traceback.format_exception(told.value))
    assert not any(secret in shown for secret in secrets()) and told.value.__cause__ is None


def test_the_ledger_holds_neither_body_nor_secret(office: Office, place: Place, tmp_path: Path) -> None:
    sent(tmp_path / "out")
    for path in (tmp_path / "out" / ".mail").iterdir():
        data = path.read_bytes()
        assert b"Four leads came" not in data
        assert not any(secret.encode() in data for secret in secrets())
    assert (tmp_path / "out" / ".mail").stat().st_mode & 0o077 == 0


def test_every_step_stands_in_the_ledger(office: Office, place: Place, tmp_path: Path) -> None:
    office.busy[ADA] = 1
    sent(tmp_path / "out", 1)
    ledger = Ledger(tmp_path / "out", lambda: NOW)
    steps = ledger._base.execute("SELECT recipient, state, answer FROM steps ORDER BY step").fetchall()
    ledger.close()
    assert [state for _, state, _ in steps] == ["attempting", "deferred", "attempting", "handing_over", "sent"]
    assert steps[1][2].startswith("451 ")
