"""Write a mailing's messages beside its run, and send each of them once; what became of each stands in the ledger."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from email.policy import default
from pathlib import Path
from random import Random

from alignment_lib.errors import MailError
from alignment_lib.mail.ledger import PENDING, Delivery, Entry, Ledger, Mailing
from alignment_lib.mail.people import Person
from alignment_lib.mail.smtp import Answer, Post, Unreachable
from alignment_lib.report.publish import LETTER

FOLDER = "mail"
RESEND: Mapping[str, tuple[str, ...]] = {
    "uncertain": ("uncertain",),
    "refused": ("refused",),
    "none": (),
    "all": ("sent", "uncertain", "refused"),
}
"""What may be asked to be sent again, and the states it stands for."""


@dataclass(frozen=True)
class Message:
    """A message that is written, and whom it is for."""

    person: Person
    path: Path
    size: int
    message_id: str
    subject: str


@dataclass(frozen=True)
class Patience:
    """How often and when a message is tried again that could not be taken now."""

    tries: int = 4
    first_s: float = 15
    """Before the second try; each later one waits four times as long, give or take half."""
    seed: int = 1
    sleep: Callable[[float], None] = time.sleep

    def waits(self) -> Sequence[float]:
        """Seconds before each try after the first."""
        chance = Random(self.seed)  # noqa: S311 - spreads tries over time, hides nothing
        return [self.first_s * 4**number * chance.uniform(0.5, 1.5) for number in range(self.tries - 1)]


@dataclass(frozen=True)
class Outcome:
    """What a sending came to."""

    sent: tuple[str, ...]
    """Addresses, of those sent now."""
    before: tuple[str, ...]
    """Sent by an earlier run."""
    rows: Mapping[str, Delivery]
    """Where every message of the mailing stands now."""
    problem: MailError | None = field(default=None)
    """What ended the sending before its end; the rest is pending."""
    unreachable: bool = False
    """Whether there was no server at the end of it."""

    def standing(self, *states: str) -> list[Delivery]:
        """Messages in one of these states."""
        return [row for row in self.rows.values() if row.state in states]

    @property
    def missed(self) -> int:
        """How many were not reached, or perhaps not."""
        return len(self.rows) - len(self.standing("sent"))


def write(folder: Path, messages: Iterable[tuple[Person, bytes]], keep: Iterable[str] = ()) -> list[Message]:
    """Write each message as a file of its own into `folder`/mail; others are removed.

    Parameters
    ----------
    keep
        Addresses whose files stay as they are: what was sent to them.

    Raises
    ------
    MailError
        A file cannot be written, or a message could not go over every line as it is.
    """
    place = folder / FOLDER
    try:
        place.mkdir(exist_ok=True)
        written = [_written(place, person, data) for person, data in messages]
        kept = {message.path.name for message in written} | {file_name(address) for address in keep}
        for old in place.iterdir():
            if old.name not in kept and LETTER.search(old.name):
                old.unlink(missing_ok=True)
    except OSError as problem:
        raise MailError(f"{place}: cannot be written ({problem.strerror}); nothing is sent, run it again") from None
    return written


def file_name(address: str) -> str:
    """The file of a person's message: their address where it holds letters and digits, and what makes it unique."""
    plain = re.sub(r"[^a-z0-9.@_-]+", "-", address.lower()).strip(".-")[:80]
    return f"{plain}-{hashlib.sha256(address.lower().encode()).hexdigest()[:8]}.eml"


def _written(place: Path, person: Person, data: bytes) -> Message:
    if not data.isascii() or max(map(len, data.splitlines()), default=0) > 998:
        raise MailError(f"the message to {person.address} is not of plain short lines, and would not arrive whole")
    path = place / file_name(person.address)
    new = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    new.write_bytes(data)
    os.replace(new, path)
    head = BytesHeaderParser(policy=default).parsebytes(data)
    return Message(person, path, len(data), str(head["Message-ID"]), str(head["Subject"]))


def send(
    mailing: Mailing,
    messages: Sequence[Message],
    *,
    readers: Iterable[str],
    sender: str,
    post: Post,
    ledger: Ledger,
    patience: Patience,
    say: Callable[[str], None],
    begin: Callable[[], None] = lambda: None,
    again: int = 0,
) -> Outcome:
    """Send what is pending of a mailing; whoever calls holds the lock and has recovered the ledger.

    `readers` are the addresses of everybody who is meant, also of those who have theirs.
    Each message is tried up to `patience.tries` times, in rounds, so that one that has to wait keeps nobody waiting.
    `begin` is called when the messages are on record and none is sent yet; `again` says of those that are new on
    record how often they were sent before.
    """
    ledger.prepare(mailing, [Entry(m.person.address, m.message_id, m.subject) for m in messages], again)
    rows = ledger.rows(mailing)
    if rows:
        begin()
    addresses = {address.lower() for address in readers}
    before = tuple(a for a, row in rows.items() if a in addresses and row.state == "sent")
    waiting = [m for m in messages if rows[m.person.address.lower()].state in PENDING]
    line, problem = _Line(mailing, sender, post, ledger), None
    try:
        waiting = line.hand_over(waiting)
        for wait in patience.waits():
            if not waiting:
                break
            why = f" ({line.why})" if line.why else ""
            say(f"{len(waiting)} could not be handed over now{why}; trying again in {wait:.0f} seconds")
            patience.sleep(wait)
            waiting = line.hand_over(waiting)
        line.give_up(waiting)
    except MailError as told:
        problem = told
    finally:
        post.close()
    now = {a: row for a, row in ledger.rows(mailing).items() if a in addresses}
    sent = tuple(a for a, row in now.items() if row.state == "sent" and a not in before)
    return Outcome(sent, before, now, problem, unreachable=bool(line.why))


@dataclass
class _Line:
    """Messages on their way, one after another."""

    mailing: Mailing
    sender: str
    post: Post
    ledger: Ledger
    why: str = ""
    """Why nobody can be reached, where that is so."""

    def hand_over(self, messages: Sequence[Message]) -> list[Message]:
        """Try each once; those are returned that are to be tried again. Without a server the others are not tried."""
        again: list[Message] = []
        self.why = ""
        for number, message in enumerate(messages):
            try:
                answer = self._one(message)
            except Unreachable as problem:
                self._step(message, Answer("deferred", str(problem)))
                self.why = str(problem)
                return [*again, *messages[number:]]
            if answer.state == "deferred":
                again.append(message)
        return again

    def give_up(self, messages: Iterable[Message]) -> None:
        """Those that were not even tried, for want of a server, are deferred as well."""
        rows = self.ledger.rows(self.mailing) if self.why else {}
        for message in messages:
            if self.why and rows[message.person.address.lower()].state == "prepared":
                self._step(message, Answer("deferred", self.why))

    def _one(self, message: Message) -> Answer:
        address = message.person.address
        try:
            data = message.path.read_bytes()
        except OSError:
            raise MailError(
                f"{message.path}: is gone, for the run was rendered anew meanwhile; run this again"
            ) from None
        self.ledger.step(self.mailing, address, "attempting")

        def handing_over() -> None:
            self.ledger.step(self.mailing, address, "handing_over")

        answer = self.post.deliver(self.sender, address, data, handing_over)
        self._step(message, answer)
        return answer

    def _step(self, message: Message, answer: Answer) -> None:
        self.ledger.step(self.mailing, message.person.address, answer.state, answer.text)
