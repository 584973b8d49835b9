"""A sender in a process of its own, which a test may kill: the real lock, ledger, files and SMTP, short messages.

`python -m tests.fixture_mail_sender OUT HOW_MANY [RESEND]`; the server is in the environment.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from alignment_lib.mail import delivery
from alignment_lib.mail.delivery import Message, Outcome, Patience
from alignment_lib.mail.ledger import PENDING, Ledger, Mailing
from alignment_lib.mail.lock import only_one
from alignment_lib.mail.people import Person
from alignment_lib.mail.server import Server
from alignment_lib.mail.smtp import Post

MAILING = Mailing("tiny", "weekly", "2020-W11")
SENDER = "reports@nordlicht.example"


def people(how_many: int) -> list[Person]:
    return [Person(f"rep{number}@nordlicht.example", f"Rep {number}", str(number)) for number in range(how_many)]


def raw(person: Person, resent: bool = False) -> bytes:
    """A short message to somebody."""
    again = "again" if resent else "first"
    subject = f"{'Sent again: ' if resent else ''}Four leads"
    head = f"From: {SENDER}\r\nTo: {person.address}\r\nSubject: {subject}\r\nMessage-ID: <{again}.{person.address}>\r\n"
    return f"{head}\r\nFour leads came.\r\n.\r\n..two\r\n".encode()


def written(out: Path, meant: Sequence[Person], ledger: Ledger) -> list[Message]:
    """The messages of all that is pending, as files."""
    rows = ledger.rows(MAILING)
    waiting = [p for p in meant if p.address not in rows or rows[p.address].state in PENDING]
    again = {a for a, row in rows.items() if row.again}
    folder = out / "weekly" / "2020-W11"
    folder.mkdir(parents=True, exist_ok=True)
    return delivery.write(folder, [(p, raw(p, p.address in again)) for p in waiting])


def main(out: Path, how_many: int, resend: str = "", patience: Patience | None = None) -> Outcome:
    """Resume, and send what is pending."""

    def clock() -> datetime:
        return datetime.now(UTC)

    meant = people(how_many)
    with only_one(out, MAILING, clock()):
        ledger = Ledger(out, clock)
        ledger.recover()
        if resend:
            ledger.again(MAILING, delivery.RESEND[resend], [p.address for p in meant])
        messages = written(out, meant, ledger)
        outcome = delivery.send(
            MAILING,
            messages,
            readers=[p.address for p in meant],
            sender=SENDER,
            post=Post(Server.from_environment(os.environ)),
            ledger=ledger,
            patience=patience or Patience(),
            say=lambda text: print(text, file=sys.stderr, flush=True),
        )
        ledger.close()
    return outcome


if __name__ == "__main__":
    ended = main(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:4])
    for row in ended.standing("uncertain"):
        print(row.recipient)
    sys.exit(1 if ended.problem else 0)
