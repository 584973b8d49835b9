"""When nothing can be mailed: one mail to the owner that says what failed and where; readers get nothing.

It holds what the command line printed, less what may come from the data, and never a traceback.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from alignment_lib.errors import AlignmentError, DataError, MailError, ReportError
from alignment_lib.mail import safe
from alignment_lib.mail.delivery import Message, Outcome
from alignment_lib.mail.ledger import Mailing
from alignment_lib.mail.lock import folder
from alignment_lib.mail.people import Person
from alignment_lib.params.recipients import Recipients

FILE = "owner.eml"
_QUOTED = re.compile(r"(?<![\w])(['\"]).*?\1(?=[\s;,.:)]|$)")
_ADDRESS = re.compile(r"[^\s@<>()'\"]+@[^\s@<>()'\"]+\.[^\s@<>()'\"]+")


@dataclass(frozen=True)
class Failure:
    """What failed, as the owner is told."""

    report: str
    period: str
    """Empty: the newest one was asked for."""
    slice: str
    problem: AlignmentError
    kept: Path | None
    """Where the failed run is kept; None where there is nothing of it."""

    @property
    def text(self) -> str:
        """What failed, in one sentence without data."""
        block = failing_block(self.kept)
        return (f"block '{block}': " if block else "") + told(self.problem)

    @property
    def mailing(self) -> Mailing:
        """Of the mail to the owner: one for the same failure of the same period."""
        digest = hashlib.sha256(self.text.encode()).hexdigest()[:16]
        return Mailing(f"owner of {self.report}", self.period or "latest", f"{self.slice} {digest}".strip())


def told(problem: AlignmentError) -> str:
    """An error as its own sentence, without values of the data: they may be names, notes, addresses."""
    text = " ".join(str(problem).split())
    if type(problem) is ReportError:  # a bug: its message may hold anything
        text = re.sub(r"(cell \d+: \w+).*", r"\1", text)
    if isinstance(problem, DataError):
        text = _QUOTED.sub("'…'", text)
    return safe.line(_ADDRESS.sub("…", text), 900)


def failing_block(kept: Path | None) -> str:
    """The block that was being shown when a kept notebook ended; empty where none was."""
    try:
        node = json.loads((kept / "report.ipynb").read_text(encoding="utf-8")) if kept else {}
        ended = [c for c in node.get("cells", []) if any(o["output_type"] == "error" for o in c.get("outputs", []))]
        named = [re.search(r"blocks\.(\w+)", "".join(cell["source"])) for cell in ended]
        return next((match[1] for match in named if match), "")
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def mail(failure: Failure, settings: Recipients, now: datetime) -> bytes:
    """The message to the owner."""
    which = " ".join(filter(None, (failure.report, failure.period or "(latest)", failure.slice)))
    found = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    found["From"] = f'"{_quotable(settings.sender.name)}" <{settings.sender.address}>'
    found["To"] = settings.owner
    found["Subject"] = safe.line(f"Not mailed: {which}", 120)
    found["Date"] = format_datetime(now)
    found["Message-ID"] = _message_id(failure, settings)
    found["Auto-Submitted"] = "auto-generated"
    kept = f"The failed run is kept in {failure.kept}." if failure.kept else "Nothing of the run is kept."
    found.set_content(
        f"{which} was not mailed.\n\nWhat failed: {failure.text}\n\n{kept}\n"
        "The readers got nothing, and were told nothing.\n"
        "Once it is put right, the same command mails it; this message comes once for the same failure.\n",
        cte="quoted-printable",
    )
    return found.as_bytes()


def _message_id(failure: Failure, settings: Recipients) -> str:
    digest = hashlib.sha256("\n".join(failure.mailing.key).encode()).hexdigest()[:32]
    return f"<owner.{digest}@{settings.sender.address.rpartition('@')[2]}>"


def _quotable(name: str) -> str:
    return re.sub(r"[\"\\]", "", safe.line(name, 80))


def tell(
    failure: Failure,
    settings: Recipients,
    out: Path,
    now: datetime,
    post: Callable[[Mailing, Message], Outcome] | None,
) -> str:
    """Write the mail to the owner, and send it where `post` is given; what was done, in one sentence.

    Raises
    ------
    MailError
        It can be neither written nor sent.
    """
    path = folder(out) / FILE
    data = mail(failure, settings, now)
    try:
        new = path.with_name(f"{FILE}.{os.getpid()}.tmp")
        new.write_bytes(data)
        os.replace(new, path)
    except OSError as problem:
        raise MailError(f"{path}: cannot be written ({problem.strerror}); the owner was not told") from None
    if settings.owner.rpartition("@")[2].lower() not in settings.allowed_domains:
        return f"the owner {settings.owner} is outside the allowed domains; the mail to them stays in {path}"
    if post is None:
        return f"the mail to the owner is in {path}; it is sent with SEND=1"
    subject = f"Not mailed: {failure.report} {failure.period}".strip()
    message = Message(Person(settings.owner, "", None), path, len(data), _message_id(failure, settings), subject)
    outcome = post(failure.mailing, message)
    [row] = outcome.rows.values()
    if outcome.problem is not None:
        return f"the owner could not be told: {outcome.problem}"
    if row.state != "sent":
        return f"the owner {settings.owner} could not be told for sure ({row.state}: {row.answer})"
    return f"the owner {settings.owner} was told" + (" before" if outcome.before else "")
