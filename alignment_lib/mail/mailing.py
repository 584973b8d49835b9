"""One mailing from the request to its end: a published run, the gate, letters, files, and, where asked for, sending."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from alignment_lib.errors import AlignmentError, MailError
from alignment_lib.mail import compose, delivery, gate, told
from alignment_lib.mail.delivery import Message, Outcome, Patience
from alignment_lib.mail.ledger import PENDING, Delivery, Ledger, Mailing, known
from alignment_lib.mail.lock import only_one
from alignment_lib.mail.owner import Failure, tell
from alignment_lib.mail.people import Readers, readers
from alignment_lib.mail.published import Published
from alignment_lib.mail.runs import about, failures, find
from alignment_lib.mail.server import Server
from alignment_lib.mail.smtp import Post
from alignment_lib.params.files import read
from alignment_lib.params.period import local_day
from alignment_lib.params.recipients import Recipients
from alignment_lib.params.run import find_root
from alignment_lib.report.run import Job

RECIPIENTS = "params/recipients.yaml"


@dataclass(frozen=True)
class Order:
    """What is to be mailed, and how."""

    job: Job
    """The report, its request, where reports are published; it is rendered where no such run is there."""
    clock: Callable[[], datetime]
    tell: Callable[[str], None]
    """Takes what was asked for; progress and remarks go to `job.say`."""
    recipients: str = ""
    """A file; empty: params/recipients.yaml."""
    send: bool = False
    resend: str = ""
    """A key of `delivery.RESEND`, or empty."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    patience: Patience = field(default_factory=Patience)


def mail(order: Order) -> None:
    """Write a report's mails beside its run, and send them where that was asked for.

    Raises
    ------
    AlignmentError
        Nothing was mailed, or not to everybody. Where the run, the gate or a letter failed, the owner was told.
    """
    settings = read(_file(order.recipients), Recipients)
    desk = _Desk(order, settings, Server.from_environment(order.environment) if order.send else None)
    before = failures(order.job.out)
    try:
        run = find(order.job, settings)
        meant = readers(run, settings, desk.today(run))
    except AlignmentError as problem:
        new = sorted(failures(order.job.out) - before)
        desk.tell_owner(problem, None, new[0] if new else None)
        raise
    desk.refuse_demo(run)
    try:
        desk.mail(run, meant)
    except compose.LetterError as problem:
        desk.tell_owner(problem, run, None)
        raise


@dataclass(frozen=True)
class _Desk:
    """An order, its settings, and the server where something is sent."""

    order: Order
    settings: Recipients
    server: Server | None

    @property
    def out(self) -> Path:
        return self.order.job.out

    def today(self, run: Published) -> date | None:
        """The day of the sending; the demo has none."""
        return None if gate.is_demo(run) else local_day(self.order.job.now, str(run.results["timezone"]))

    def refuse_demo(self, run: Published) -> None:
        """The demo's people do not exist, and somebody may own their domain."""
        if self.server is not None and not self.server.is_loopback and gate.is_demo(run):
            raise MailError(
                "the demo's people do not exist: its mails go to a server on this machine only (SMTP_HOST=localhost);"
                " without SEND they are written beside the run"
            )

    def mail(self, run: Published, meant: Readers) -> None:
        """Write the messages, and send them where that was asked for."""
        mailing = Mailing(run.kind.name, run.period, run.slice or "")
        failed = gate.failed_since(self.out, run.kind.name, run.period, run.folder)
        if failed:
            self.order.job.say(f"a later attempt of {mailing.shown} failed, and is kept in {failed}")
        with self._ledger(mailing) as ledger:
            rows = ledger.rows(mailing) if ledger else known(self.out, mailing, self.order.clock)
            states = (*PENDING, *delivery.RESEND.get(self.order.resend, ()))
            batch = self._batch(run, meant, rows, states)
            if ledger is None or self.server is None:
                self.order.tell(told.dry(run, meant, batch.messages, batch.settled, batch.silent))
                return
            if self.order.resend:
                asked = [message.person.address for message in batch.messages]
                ledger.again(mailing, delivery.RESEND[self.order.resend], asked)
            outcome = self._send(mailing, ledger, self.server, batch.messages, batch.readers)
        self.order.tell(told.summary(run, meant, outcome, batch.silent))
        if outcome.problem is not None:
            raise outcome.problem
        if outcome.missed:
            were = "was" if outcome.missed == 1 else "were"
            raise MailError(
                f"{outcome.missed} of {len(outcome.rows)} {were} not reached, or not for sure; the lines above say who"
            )

    def _batch(self, run: Published, meant: Readers, rows: Mapping[str, Delivery], states: Collection[str]) -> _Batch:
        """The messages of those whose state, if they have one, is among those given, written beside the run."""
        settled = [row for p in meant.people if (row := rows.get(p.address.lower())) and row.state not in states]
        ended = {row.recipient for row in settled}
        waiting = [p for p in meant.people if p.address.lower() not in ended]
        letters = compose.letters(run, self.settings, waiting)
        again = {a: row.again + (row.state not in PENDING) for a, row in rows.items()}
        made = compose.messages(run, self.settings, letters, again, self.order.job.now)
        messages = delivery.write(run.folder, made, keep=ended)
        said = {person.address for person, _ in letters}
        return _Batch(tuple(messages), tuple(settled), tuple(p.address for p in waiting if p.address not in said))

    def _send(
        self, mailing: Mailing, ledger: Ledger, server: Server, messages: Sequence[Message], addresses: Iterable[str]
    ) -> Outcome:
        return delivery.send(
            mailing,
            messages,
            readers=addresses,
            sender=self.settings.sender.address,
            post=Post(server),
            ledger=ledger,
            patience=self.order.patience,
            say=self.order.job.say,
        )

    @contextlib.contextmanager
    def _ledger(self, mailing: Mailing) -> Iterator[Ledger | None]:
        """The lock, and the ledger where something is sent, with what a dead sender left open settled."""
        with only_one(self.out, mailing, self.order.clock()):
            ledger = Ledger(self.out, self.order.clock) if self.server else None
            try:
                if ledger is not None:
                    ledger.recover()
                yield ledger
            finally:
                if ledger is not None:
                    ledger.close()

    def tell_owner(self, problem: AlignmentError, run: Published | None, kept: Path | None) -> None:
        """Tell the owner; that they could not be told must not hide what happened."""
        job = self.order.job
        period, is_demo = (run.period, gate.is_demo(run)) if run else about(job)
        failure = Failure(job.report, period, job.request.slice, problem, kept)
        sends = self.server is not None and (self.server.is_loopback or not is_demo)
        try:
            job.say(tell(failure, self.settings, self.out, self.order.clock(), self._to_owner if sends else None))
        except AlignmentError as other:
            job.say(f"the owner could not be told: {other}")

    def _to_owner(self, mailing: Mailing, message: Message) -> Outcome:
        with self._ledger(mailing) as ledger:
            if ledger is None or self.server is None:
                raise MailError("nothing is sent without SEND")
            return self._send(mailing, ledger, self.server, [message], [message.person.address])


@dataclass(frozen=True)
class _Batch:
    """A mailing's messages, and the readers that have none in it."""

    messages: Sequence[Message]
    settled: Sequence[Delivery]
    """What an earlier run ended with."""
    silent: Sequence[str]
    """Addresses of those to whom there is nothing to say."""

    @property
    def readers(self) -> list[str]:
        return [*(m.person.address for m in self.messages), *(row.recipient for row in self.settled)]


def _file(name: str) -> Path:
    """The recipients' file, in the working directory or in the project's folder."""
    path = Path(name or RECIPIENTS)
    return path if path.is_absolute() or path.exists() else find_root() / path
