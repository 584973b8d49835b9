"""One sender at a time in a folder of reports; a second one is told who the first is."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from alignment_lib.errors import MailError
from alignment_lib.mail.ledger import FOLDER, Mailing
from alignment_lib.params.period import iso

LOCK = "lock"


def folder(out: Path) -> Path:
    """Where the ledger lies, made if need be; only its owner may look in."""
    place = out / FOLDER
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise MailError(f"{place}: cannot be made ({problem.strerror}); nothing is sent without its ledger") from None
    return place


@contextlib.contextmanager
def only_one(out: Path, mailing: Mailing, since: datetime) -> Iterator[None]:
    """Hold the lock of a folder of reports.

    Raises
    ------
    MailError
        Somebody else holds it; the sentence says who.
    """
    place = folder(out) / LOCK
    with _opened(place) as file:
        _take(file)
        _say(file, f"process {os.getpid()} on {socket.gethostname()}, {mailing.shown}, since {iso(since)}")
        yield
        _say(file, "")


def _opened(place: Path) -> Any:
    try:
        return place.open("a+b", buffering=0)  # what a full disk does not take must not come back when it is closed
    except OSError as problem:
        raise MailError(f"{place}: cannot be written ({problem.strerror}); nothing is sent without its lock") from None


def _say(file: Any, text: str) -> None:
    with contextlib.suppress(OSError):  # a full disk: the lock is held all the same
        file.truncate(0)
        file.write(text.encode())


def _take(file: Any) -> None:
    try:
        import fcntl
    except ImportError:
        raise MailError("this system has no file locks, so two senders could meet; send from Linux or macOS") from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        who = " ".join(file.read(300).decode("utf-8", "replace").split()) or "another process"
        raise MailError(
            f"mails are being sent from here already ({who}); wait until it has ended, then again"
        ) from None
    except OSError as problem:
        raise MailError(
            f"the folder of reports cannot be locked ({problem.strerror}), so two senders could meet"
        ) from None
