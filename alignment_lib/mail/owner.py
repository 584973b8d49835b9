"""Tell the owner what failed: in a file, and by mail where a server is there, whatever else cannot be written."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from alignment_lib.errors import MailError
from alignment_lib.mail import delivery, failure
from alignment_lib.mail.delivery import Message, Outcome, Patience
from alignment_lib.mail.failure import Failure
from alignment_lib.mail.ledger import FOLDER, PENDING, LedgerError, opened
from alignment_lib.mail.lock import folder, only_one
from alignment_lib.mail.people import Person
from alignment_lib.mail.server import Server
from alignment_lib.mail.smtp import Post
from alignment_lib.params.recipients import Recipients

FILE = "owner.eml"


@dataclass(frozen=True)
class Owner:
    """The owner of a folder of reports, and the way to them."""

    settings: Recipients
    out: Path
    clock: Callable[[], datetime]
    say: Callable[[str], None]
    patience: Patience
    server: Server | None
    """None: they are told in a file only."""
    silent: str = "it is sent with SEND=1"
    """Why nothing is sent to them where there is no server."""

    def tell(self, what: Failure) -> str:
        """Tell them; what was done, in one sentence.

        Raises
        ------
        MailError
            They could be told neither way.
        """
        data = failure.mail(what, self.settings, self.clock())
        path, unwritten = self._written(data)
        address = self.settings.owner
        allowed = address.rpartition("@")[2].lower() in self.settings.allowed_domains
        if self.server is None or not allowed:
            if unwritten:
                raise MailError(f"{unwritten}; the owner was not told")
            outside = f"the owner {address} is outside the allowed domains; the mail to them stays in {path}"
            return f"the mail to the owner is in {path}; {self.silent}" if allowed else outside
        return self._unrecorded(self.server, data) if unwritten else self._recorded(self.server, what, path, data)

    def _written(self, data: bytes) -> tuple[Path, str]:
        """The file, and why it could not be written; empty where it was."""
        path = self.out / FOLDER / FILE
        new = path.with_name(f"{FILE}.{os.getpid()}.tmp")
        try:
            folder(self.out)
            new.write_bytes(data)
            os.replace(new, path)
        except MailError as problem:
            return path, str(problem)
        except OSError as problem:
            with contextlib.suppress(OSError):
                new.unlink(missing_ok=True)
            return path, f"{path}: cannot be written ({problem.strerror})"
        return path, ""

    def _recorded(self, server: Server, what: Failure, path: Path, data: bytes) -> str:
        """Send it once for the same failure; where that cannot be recorded, rather twice than not at all."""
        person = Person(self.settings.owner, "", None)
        written = failure.message_id(what, self.settings)
        message = Message(person, path, len(data), written, failure.subject(what))
        try:
            outcome = self._sent(server, what, message)
        except MailError:
            return self._unrecorded(server, data)
        [row] = outcome.rows.values()
        if isinstance(outcome.problem, LedgerError) and row.state in PENDING:
            return self._unrecorded(server, data)
        if outcome.problem is not None and row.state in PENDING:
            return f"the owner could not be told: {outcome.problem}"
        return self._told(row.state, row.answer) + (" before" if outcome.before else "")

    def _sent(self, server: Server, what: Failure, message: Message) -> Outcome:
        with only_one(self.out, what.mailing, self.clock()), opened(self.out, self.clock, what.source) as ledger:
            ledger.recover()
            return delivery.send(
                what.mailing,
                [message],
                readers=[self.settings.owner],
                sender=self.settings.sender.address,
                post=Post(server),
                ledger=ledger,
                patience=self.patience,
                say=self.say,
            )

    def _unrecorded(self, server: Server, data: bytes) -> str:
        """Send it without the ledger."""
        post = Post(server)
        try:
            answer = post.deliver(self.settings.sender.address, self.settings.owner, data, lambda: None)
        except MailError as problem:
            return f"the owner could not be told: {problem}"
        finally:
            post.close()
        return self._told(answer.state, answer.text)

    def _told(self, state: str, answer: str) -> str:
        if state == "sent":
            return f"the owner {self.settings.owner} was told"
        return f"the owner {self.settings.owner} could not be told for sure ({state}: {answer})"
