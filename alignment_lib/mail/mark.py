"""The mark in a run's folder that the sending of its mails has begun: a ledger that was lost does not hide it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from alignment_lib.errors import MailError
from alignment_lib.report import folder as folders
from alignment_lib.report.publish import MARK, locked, synced


def begin(run: Path, out: Path, at: str) -> None:
    """Mark a run; the mark is on the disk when this returns. One that is there stays as it is.

    Raises
    ------
    MailError
        It cannot be written.
    """
    text = json.dumps({"sending_began": at}) + "\n"
    try:
        with locked(out):  # else the run could be exchanged for a new one meanwhile, and the mark be lost with the old
            if not is_begun(run):
                _write(run / MARK, text, out / folders.LEDGER.parent)
    except OSError as problem:
        raise MailError(
            f"{run / MARK}: cannot be written ({problem.strerror}); nothing is sent, run it again"
        ) from None


def is_begun(run: Path) -> bool:
    """Whether the sending of a run's mails has begun, ever."""
    return (run / MARK).exists()


def begun(out: Path) -> list[tuple[str, str, str, str]]:
    """Source, report, period and slice of every marked run of a folder of reports."""
    marked = [manifest for run, manifest in folders.runs(out) if is_begun(run)]
    return [(m["source"]["name"], m["report"], m["period"], m["slice"] or "") for m in marked if "slice" in m]


def _write(path: Path, text: str, beside: Path) -> None:
    """Whole or not at all; nothing half is left in the run's folder."""
    new = beside / f"{MARK}.tmp"
    new.write_text(text, encoding="utf-8")
    synced(new)
    os.replace(new, path)
    synced(path.parent)
