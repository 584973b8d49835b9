"""A sender that is killed at any instant and resumed: nobody is missed, nobody is written to twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alignment_lib.errors import MailError
from alignment_lib.mail.ledger import Ledger
from tests.fixture_mail import NOW
from tests.fixture_mail_sender import MAILING, main, people
from tests.fixture_smtp import Office, Place, secrets, serving

ROOT = Path(__file__).parents[1]
EVERYBODY, FEW = 1000, 60
KILLS = 14


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: a kill loses nothing there either, and to sync is free."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as name:
        yield Path(name)


def child(out: Path, place: Place, *more: str, everybody: int = EVERYBODY) -> subprocess.Popen[str]:
    environment = {**os.environ, **place.environment(), "SSL_CERT_FILE": str(place.authority)}
    command = [sys.executable, "-m", "tests.fixture_mail_sender", str(out), str(everybody), *more]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def uncertain(out: Path) -> set[str]:
    ledger = Ledger(out, lambda: NOW)
    ledger.recover()
    found = {a for a, row in ledger.rows(MAILING).items() if row.state == "uncertain"}
    ledger.close()
    return found


def test_killed_at_random_and_resumed_nobody_is_missed_and_nobody_gets_it_twice(tmp_path: Path, quick: Path) -> None:
    office, chance, out = Office(), random.Random(6), quick / "out"
    everybody = {p.address for p in people(EVERYBODY)}
    with serving(office, tmp_path / "tls") as place:
        for kill in range(KILLS):
            before = len(office.messages)
            sender = child(out, place)
            after = before + chance.randrange(1, EVERYBODY // KILLS)
            while len(office.messages) < after and sender.poll() is None:
                time.sleep(0.0005)
            time.sleep(chance.uniform(0, 0.02))  # a message takes about as long: the kill falls anywhere within one
            sender.send_signal(signal.SIGKILL)
            sender.communicate()
            assert sender.returncode == -signal.SIGKILL, "it was to be killed before its end"
            assert len(uncertain(out)) <= kill + 1  # one at a time is handed over, so a kill leaves one at most
        last = child(out, place)
        said, complained = last.communicate(timeout=120)
        assert last.returncode == 0, complained
        listed = set(said.split())
        assert listed == uncertain(out)
        assert not [who for who in everybody if office.took[who] > 1]
        assert {who for who in everybody if not office.took[who]} <= listed

        again = child(out, place, "uncertain")
        said, complained = again.communicate(timeout=120)
        assert again.returncode == 0 and said == "", complained
    assert not [who for who in everybody if not office.took[who]]
    assert {who for who in everybody if office.took[who] > 1} <= listed
    assert sum(office.took.values()) == len(office.messages) <= EVERYBODY + len(listed)
    for who in listed:
        assert str(office.read(who)[-1]["Subject"]).startswith("Sent again: ")
    assert not any(secret in text for text in (said, complained) for secret in secrets())


def test_a_kill_in_the_instant_of_handing_over_is_uncertain_and_never_sent_again_by_itself(tmp_path: Path) -> None:
    """The server has the whole message and has not answered yet: only it knows."""
    office, out, senders = Office(), tmp_path / "out", list[Any]()
    with serving(office, tmp_path / "tls") as place:
        office.on_content = lambda: senders[0].send_signal(signal.SIGKILL) if len(senders) == 1 else None
        senders.append(child(out, place, everybody=FEW))
        senders[0].communicate(timeout=60)
        [listed] = uncertain(out)
        senders.append(child(out, place, everybody=FEW))
        said, _ = senders[1].communicate(timeout=120)
    assert said.split() == [listed]
    assert office.took[listed] == 1 and len(office.messages) == FEW


def test_a_second_sender_is_told_who_the_first_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office, out = Office(), tmp_path / "out"
    with serving(office, tmp_path / "tls") as place:
        for name, value in {**place.environment(), "SSL_CERT_FILE": str(place.authority)}.items():
            monkeypatch.setenv(name, value)
        first = child(out, place, everybody=FEW)
        while not office.messages and first.poll() is None:
            time.sleep(0.001)
        with pytest.raises(MailError) as told:
            main(out, FEW)
        said, complained = first.communicate(timeout=120)
    assert f"already (process {first.pid} on " in str(told.value) and "weekly 2020-W11, since 20" in str(told.value)
    assert first.returncode == 0 and said == "", complained
    assert set(office.took.values()) == {1} and len(office.took) == FEW
