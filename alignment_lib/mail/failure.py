"""What failed when a report was to be mailed, or was let pass though it was held, as the mail to its owner.

Of a failure it holds what the command line printed, less what may come from the data, and never a traceback; of a check
that was let pass what the page says of it, for its owner must know which stage or column that was about.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from alignment_lib.errors import AlignmentError, DataError, ReportError
from alignment_lib.mail import safe
from alignment_lib.mail.ledger import Mailing
from alignment_lib.params.recipients import Recipients

NOTHING = "The readers got nothing, and were told nothing."
_QUOTED = re.compile(r"(?<![\w])(['\"]).*?\1(?=[\s;,.:)]|$)")
_ADDRESS = re.compile(r"[^\s@<>()'\"]+@[^\s@<>()'\"]+\.[^\s@<>()'\"]+")


@dataclass(frozen=True)
class Released:
    """A check that held a run until a person let it pass, in their words; its finding names stages and columns."""

    check: str
    because: str
    finding: str

    @property
    def text(self) -> str:
        """Three lines; addresses of people are taken out."""
        finding = safe.line(_ADDRESS.sub("…", self.finding), 900)
        return f"Let pass: {safe.line(self.check, 60)}\nBecause: {safe.line(self.because, 300)}\nIt found: {finding}"


@dataclass(frozen=True)
class Failure:
    """What failed, as the owner is told."""

    source: str
    """Empty where that could not be told."""
    report: str
    period: str
    """Empty: the newest one was asked for."""
    slice: str
    problem: AlignmentError | None
    """None: nothing failed, and the owner is told what a person let pass."""
    kept: Path | None
    """Where the failed run is kept; None where there is nothing of it."""
    published: Path | None = None
    """The run that was to be mailed, where there is one."""
    readers: str = NOTHING
    """What became of the readers' mails."""
    released: tuple[Released, ...] = ()
    """Checks that held the run and that a person let pass."""

    @property
    def text(self) -> str:
        """What failed, in one sentence without data; what was let pass, with the words that the page shows."""
        if self.problem is None:
            return "\n\n".join(one.text for one in self.released)
        block = failing_block(self.kept)
        return (f"block '{block}': " if block else "") + told(self.problem)

    @property
    def place(self) -> str:
        """Where the run is, in one sentence."""
        if self.kept:
            return f"The failed run is kept in {self.kept}."
        return f"The run is published in {self.published}." if self.published else "Nothing of the run is kept."

    @property
    def mailing(self) -> Mailing:
        """Of the mail to the owner: one for the same failure of the same period."""
        digest = hashlib.sha256(self.text.encode()).hexdigest()[:16]
        slice_ = f"{self.slice} {digest}".strip()
        return Mailing(self.source, f"owner of {self.report}", self.period or "latest", slice_)


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
    which = _which(failure)
    found = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    found["From"] = f'"{_quotable(settings.sender.name)}" <{settings.sender.address}>'
    found["To"] = settings.owner
    found["Subject"] = safe.line(subject(failure), 120)
    found["Date"] = format_datetime(now)
    found["Message-ID"] = message_id(failure, settings)
    found["Auto-Submitted"] = "auto-generated"
    begun = "" if failure.readers == NOTHING else " to everybody"
    if failure.problem is None:
        was = "is let pass" if failure.readers == NOTHING else "was mailed"
        found.set_content(
            f"{which} {was} although its checks held it.\n\n{failure.text}\n\n{failure.place}\n"
            f"{failure.readers}\nThe reason stands on the page, too.\n",
            cte="quoted-printable",
        )
        return found.as_bytes()
    found.set_content(
        f"{which} was not mailed{begun}.\n\nWhat failed: {failure.text}\n\n{failure.place}\n{failure.readers}\n"
        "Once it is put right, the same command goes on; this message comes once for the same failure, where that can"
        " be recorded.\n",
        cte="quoted-printable",
    )
    return found.as_bytes()


def subject(failure: Failure) -> str:
    """Of the mail to the owner."""
    if failure.problem is None:
        return f"{'Let pass' if failure.readers == NOTHING else 'Mailed'} although held: {_which(failure)}"
    begun = "" if failure.readers == NOTHING else " to everybody"
    return f"Not mailed{begun}: {_which(failure)}"


def message_id(failure: Failure, settings: Recipients) -> str:
    digest = hashlib.sha256("\n".join(failure.mailing.key).encode()).hexdigest()[:32]
    return f"<owner.{digest}@{settings.sender.address.rpartition('@')[2]}>"


def _which(failure: Failure) -> str:
    return " ".join(filter(None, (failure.report, failure.period or "(latest)", failure.slice)))


def _quotable(name: str) -> str:
    return re.sub(r"[\"\\]", "", safe.line(name, 80))
