"""The published run that a mailing is of: found where it is asked for, or rendered first, and opened by the gate."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from alignment_lib.errors import GateError
from alignment_lib.mail import gate
from alignment_lib.mail.published import Published
from alignment_lib.memory.runs import run_folder
from alignment_lib.params import RunParams
from alignment_lib.params.home import find_root
from alignment_lib.params.period import Period, local_day, parse_instant
from alignment_lib.params.recipients import Recipients
from alignment_lib.report.folder import DEMO
from alignment_lib.report.publish import FAILED
from alignment_lib.report.run import Job, run
from alignment_lib.source.database import is_url, redact


def find(job: Job, params: RunParams, settings: Recipients) -> Published:
    """The run that was asked for: the published one, or, where there is none of this source and data, a new one.

    Raises
    ------
    AlignmentError
        It cannot be rendered, or may not be mailed.
    """
    period = expected(params).label
    slice_ = "=".join(params.slice) if params.slice else None
    folder = run_folder(job.out, job.report, period, slice_)
    if not gate.exists(job.out, job.report, period, slice_) or not _is_asked_for(folder, job, params):
        period = _rendered(job)
    return gate.opened(job.out, job.report, period, slice_, settings, job.now)


def expected(params: RunParams) -> Period:
    """The period that a run settles on: the one asked for, the one under way, or the last complete one."""
    now = params.now
    if params.mapping.name == DEMO:
        from alignment_lib.demo.truth import END

        now = min(now, END)
    return params.settled(local_day(now, params.timezone))


def failures(out: Path) -> frozenset[Path]:
    """The failed runs that are kept."""
    try:
        return frozenset((out / FAILED).iterdir())
    except OSError:
        return frozenset()


def _rendered(job: Job) -> str:
    """Render and publish; the period it turned out to be of."""
    page = run(job)
    try:
        return str(json.loads((page.parent / "results.json").read_bytes())["period"])
    except (OSError, ValueError, KeyError):
        raise GateError(f"{page.parent}: the run that was just published cannot be read; render it again") from None


def _is_asked_for(folder: Path, job: Job, params: RunParams) -> bool:
    """Whether a published run is of the source, the data and the as-of that were asked for."""
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
        source = manifest["source"]
        if source["name"] != params.mapping.name:
            return False
        if params.release and (job.request.accept, params.release.because) != _released(manifest):
            return False
        asked = job.request.as_of
        if asked and datetime.fromisoformat(manifest["as_of"]) != parse_instant(asked, params.timezone):
            return False
        return not job.request.data or _place(source["place"], find_root()) == _place(params.data, Path.cwd())
    except (OSError, ValueError, KeyError, TypeError):
        return True  # not whole: the gate says so


def _released(manifest: dict[str, Any]) -> tuple[str, str]:
    return manifest["parameters"].get("accept", ""), manifest["parameters"].get("because", "")


def _place(data: str, seen_from: Path) -> str:
    """Where data lies, however it is written, without a login."""
    return redact(data) if is_url(data) else str((seen_from / data).resolve())
