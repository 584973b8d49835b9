"""One mailing from the request to its end: a published run, the gate, letters, files, and, where asked for, sending."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from alignment_lib.errors import AlignmentError, MailError, ParamsError
from alignment_lib.mail import compose, delivery, gate, mark, told
from alignment_lib.mail.delivery import Message, Outcome, Patience
from alignment_lib.mail.failure import NOTHING, Failure, Released
from alignment_lib.mail.ledger import PENDING, Account, Delivery, Ledger, Mailing, opened
from alignment_lib.mail.lock import only_one
from alignment_lib.mail.owner import Owner
from alignment_lib.mail.people import Readers, readers
from alignment_lib.mail.published import Published
from alignment_lib.mail.runs import expected, failures, find
from alignment_lib.mail.server import Server
from alignment_lib.mail.smtp import Post, ServerError
from alignment_lib.memory.runs import run_folder
from alignment_lib.params import RunParams
from alignment_lib.params.files import read
from alignment_lib.params.home import find_root
from alignment_lib.params.period import iso, local_day
from alignment_lib.params.recipients import Recipients, for_owner
from alignment_lib.report import folder as folders
from alignment_lib.report.folder import DEMO, settled
from alignment_lib.report.publish import MARK
from alignment_lib.report.run import Job
from alignment_lib.report.verdict import idle
from alignment_lib.source.choose import load

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
        Nothing was mailed, or not to everybody.

    Notes
    -----
    Whatever it ends with, the owner is told before it is raised; but for a stop by hand.
    """
    desk = _Desk(order, for_owner(_file(order.recipients)), order.job)
    try:
        desk.serve()
    except Exception as problem:
        shown = _as_told(problem, desk.out)
        desk.tell_owner(shown)
        if isinstance(problem, OSError):
            raise shown from None
        raise


def _as_told(problem: Exception, out: Path) -> AlignmentError:
    """An error as one sentence; of a bug its kind and its place, but nothing of the data."""
    if isinstance(problem, AlignmentError):
        return problem
    if isinstance(problem, OSError):
        what = ": ".join(str(part) for part in (problem.filename, problem.strerror or problem) if part)
        return MailError(
            f"mailing from {out} ended with: {what}; see that every disk has room and may be written, then run it again"
        )
    return MailError(f"this is a fault of the tool: {compose.place(problem)}")


@dataclass
class _Desk:
    """An order on its way."""

    order: Order
    settings: Recipients
    """At first no more than it takes to tell the owner."""
    job: Job
    """With the folder in which the source's reports lie, once that is settled."""
    params: RunParams | None = None
    before: frozenset[Path] | None = None
    """Failed runs that were kept earlier; None before a run is looked for."""
    run: Published | None = None
    got: str = NOTHING
    """What the readers got, as the owner is told."""
    unreachable: bool = False

    @property
    def out(self) -> Path:
        return self.job.out

    @property
    def server(self) -> Server | None:
        """The server where something is sent."""
        return Server.from_environment(self.order.environment) if self.order.send else None

    def serve(self) -> None:
        """The whole way."""
        params = self._settle()
        self.settings = self._settings(params)
        server = self.server
        self.before = failures(self.out)
        run = self.run = find(self.job, params, self.settings)
        for line in idle(run.results["checks"], params.release):
            self.job.say(line)
        self.refuse_demo(run, server)
        self.mail(run, readers(run, self.settings, self.today(run)), server)

    def _settle(self) -> RunParams:
        params = self.params = load(self.job.request, now=self.job.now, root=find_root())
        self.job = replace(self.job, out=settled(self.job.out, self.job.base, params))
        return params

    def _settings(self, params: RunParams) -> Recipients:
        found = read(_file(self.order.recipients), Recipients)
        if not found.pages or self.job.base in (None, self.out):
            return found
        return found.model_copy(update={"pages": f"{found.pages.rstrip('/')}/{params.mapping.name}"})

    def today(self, run: Published) -> date | None:
        """The day of the sending; the demo has none."""
        return None if gate.is_demo(run) else local_day(self.job.now, str(run.results["timezone"]))

    def refuse_demo(self, run: Published, server: Server | None) -> None:
        """The demo's people do not exist, and somebody may own their domain."""
        if server is not None and not server.is_loopback and gate.is_demo(run):
            raise MailError(
                "the demo's people do not exist: its mails go to a server on this machine only (SMTP_HOST=localhost);"
                " without SEND they are written beside the run"
            )

    def mail(self, run: Published, meant: Readers, server: Server | None) -> None:
        """Write the messages, and send them where that was asked for."""
        mailing = Mailing(run.source, run.kind.name, run.period, run.slice or "")
        failed = gate.failed_since(self.out, run.kind.name, run.period, run.folder)
        if failed:
            self.job.say(f"a later attempt of {mailing.shown} failed, and is kept in {failed}")
        with self._ledger(mailing, server) as ledger:
            account = self._account(run, mailing, ledger)
            if account.taken_at and self.order.resend != "all":
                self.order.tell(told.standing(run, account))
                return
            again = int(not account.rows and (bool(account.taken_at) or mark.is_begun(run.folder)))
            batch = self._batch(run, meant, account.rows, again)
            if ledger is None or server is None:
                self.order.tell(told.dry(run, meant, batch.messages, batch.settled, batch.silent))
                self.tell_released(run)
                return
            asked = [message.person.address for message in batch.messages]
            ledger.again(mailing, delivery.RESEND.get(self.order.resend, ()), asked)
            outcome = self._send(run, mailing, ledger, server, batch, again)
        self.order.tell(told.summary(run, meant, outcome, batch.silent))
        self.tell_released(run)
        if outcome.problem is not None:
            raise outcome.problem
        if outcome.missed:
            raise MailError(told.missed(outcome))

    @contextlib.contextmanager
    def _ledger(self, mailing: Mailing, server: Server | None) -> Iterator[Ledger | None]:
        """The lock, and the ledger: a dry run makes none, and settles nothing that a dead sender left open."""
        with only_one(self.out, mailing, self.order.clock()), contextlib.ExitStack() as stack:
            wanted = server is not None or self.order.resend == "none" or (self.out / folders.LEDGER).exists()
            ledger = stack.enter_context(opened(self.out, self.order.clock, mailing.source)) if wanted else None
            if ledger is not None and server is not None:
                ledger.recover()
            yield ledger

    def _account(self, run: Published, mailing: Mailing, ledger: Ledger | None) -> Account:
        """What the ledger knows; MailError where it lost what it knew, and nobody says what is to be done."""
        if ledger is not None and self.order.resend == "none":
            taken = ledger.take(mark.begun(self.out))
            if taken:
                self.order.tell(told.taken(taken))
        account = ledger.account(mailing) if ledger is not None else Account()
        if not account.is_known and mark.is_begun(run.folder) and self.order.resend != "all":
            raise MailError(
                f"{mailing.shown} was mailed before ({run.folder / MARK}), but to whom is lost with the ledger"
                f" ({self.out / folders.LEDGER} does not know of it), so nothing is sent: RESEND=none takes every such"
                " run as sent, RESEND=all sends this one again to everybody"
            )
        return account

    def _batch(self, run: Published, meant: Readers, rows: Mapping[str, Delivery], again: int) -> _Batch:
        """The messages of those who are to get one now, written beside the run; `again`: of those without a row."""
        states = (*PENDING, *delivery.RESEND.get(self.order.resend, ()))
        settled = [row for p in meant.people if (row := rows.get(p.address.lower())) and row.state not in states]
        ended = {row.recipient for row in settled}
        waiting = [p for p in meant.people if p.address.lower() not in ended]
        letters = compose.letters(run, self.settings, waiting)
        known = {a: row.again + (row.state not in PENDING) for a, row in rows.items()}
        resent = {p.address.lower(): again for p in waiting} | known
        made = compose.messages(run, self.settings, letters, resent, self.job.now)
        messages = delivery.write(run.folder, made, keep=ended)
        said = {person.address for person, _ in letters}
        return _Batch(tuple(messages), tuple(settled), tuple(p.address for p in waiting if p.address not in said))

    def _send(
        self, run: Published, mailing: Mailing, ledger: Ledger, server: Server, batch: _Batch, again: int
    ) -> Outcome:
        self.got = "Some readers may have theirs; what was sent is on record."
        outcome = delivery.send(
            mailing,
            batch.messages,
            readers=batch.readers,
            sender=self.settings.sender.address,
            post=Post(server),
            ledger=ledger,
            patience=self.order.patience,
            say=self.job.say,
            begin=lambda: mark.begin(run.folder, self.out, iso(self.order.clock())),
            again=again,
        )
        self.got, self.unreachable = told.reached(outcome), outcome.unreachable
        return outcome

    def tell_owner(self, problem: AlignmentError) -> None:
        """Tell the owner; that they could not be told must not hide what happened."""
        job, run = self.job, self.run
        new = sorted(failures(self.out) - self.before) if run is None and self.before is not None else []
        source, period = (run.source, run.period) if run else self._asked()
        kept, published = new[0] if new else None, run.folder if run else self._published(period)
        failure = Failure(source, job.report, period, job.request.slice, problem, kept, published, self.got)
        with contextlib.suppress(OSError):  # what is printed may lie on the disk that is full
            try:
                job.say(self._owner(problem, source).tell(failure))
            except Exception as other:
                job.say(f"the owner could not be told: {_as_told(other, self.out)}")

    def _published(self, period: str) -> Path | None:
        """The run that lies where the one that was asked for would, whatever it is worth."""
        slice_ = "=".join(self.params.slice) if self.params and self.params.slice else None
        if not period or not gate.exists(self.out, self.job.report, period, slice_):
            return None
        return run_folder(self.out, self.job.report, period, slice_)

    def tell_released(self, run: Published) -> None:
        """Tell the owner what a person let pass though it held the run."""
        let = [c for c in run.results["checks"] if c.get("accepted")]
        if not let:
            return
        text = tuple(Released(c["name"], c["accepted"]["because"], c["sentence"]) for c in let)
        notice = Failure(
            run.source, run.kind.name, run.period, run.slice or "", None, None, run.folder, self.got, released=text
        )
        self.job.say(self._owner(None, run.source).tell(notice))

    def _asked(self) -> tuple[str, str]:
        """The source and the period that were asked for, as far as they can be told."""
        with contextlib.suppress(AlignmentError):
            if self.params is not None:
                return self.params.mapping.name, expected(self.params).label
        return "", self.job.request.period

    def _owner(self, problem: AlignmentError | None, source: str) -> Owner:
        """The owner, and the server by which they are told where there is one that takes anything."""
        patience = replace(self.order.patience, tries=1) if self.unreachable else self.order.patience
        owner = Owner(self.settings, self.out, self.order.clock, self.job.say, patience, None)
        try:
            server = self.server
        except ParamsError:
            return replace(owner, silent="there is no mail server to send it")
        if server is None:
            return owner
        if isinstance(problem, ServerError):
            return replace(owner, silent=f"{server.shown} is not asked to send it")
        if source == DEMO and not server.is_loopback:
            return replace(owner, silent="the demo's are sent to a server on this machine only")
        return replace(owner, server=server)


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
