"""The verdicts of a report without the report: the same conversions, the same queries, nothing published."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from alignment_lib.checks import Trial, reconciled, trial
from alignment_lib.contract import CONTRACT
from alignment_lib.errors import AlignmentError, DataError, ReportError
from alignment_lib.facts import build as build_facts
from alignment_lib.params import RunParams
from alignment_lib.params.home import find_root
from alignment_lib.report.folder import settled
from alignment_lib.report.run import Job
from alignment_lib.report.session import Report, memory_of, with_demo
from alignment_lib.report.verdict import HELD, idle, letting_pass
from alignment_lib.source import open_source
from alignment_lib.source.choose import load, resolved
from alignment_lib.source.tables import Check, Tables
from alignment_lib.stats import wording


def check(job: Job, tell: Callable[[str], None]) -> int:
    """Judge the data for a report; the exit code, 5 where it would be held.

    Parameters
    ----------
    job
        As for a run. Without a period it is the last complete one that the data has, and every table that is mapped is
        looked at; with one, the tables that this report reads.
    tell
        Takes the lines: the checks, the gravest first, and what to hold beside the CRM.

    Raises
    ------
    AlignmentError
        As the run would: a check fails, the parameters or the mapping cannot be used, a block cannot be made.
    """
    params = resolved(with_demo(load(job.request, now=job.now, root=find_root())))
    asked = params.asked is not None
    source = open_source(params)
    names = None if asked else (*source.names, *CONTRACT)
    out = settled(job.out, job.base, params)
    found = trial(source, params, names=names, of_data=True, reports=out)
    if found.tables is not None:
        _shown(replace(job, out=out), found.tables)
    for line in _lines(found, params):
        tell(line)
    failed = sum(c.status == "FAIL" for c in found.checks)
    if failed:
        what = "check fails" if failed == 1 else "checks fail"
        raise DataError(f"{failed} {what}; see the lines that begin with FAIL")
    return HELD if any(c.status == "HOLD" for c in found.checks) else 0


def _lines(found: Trial, params: RunParams) -> Sequence[str]:
    lines = [f"{c.status}  {c.table or 'all'}: {c.sentence}{_how(c)}" for c in found.checks]
    lines += ["", *reconciled.lines(found.opened)]
    if found.tables is not None:
        run, zone = found.tables.run, params.timezone
        lines += ["", f"Judged for {run.noun} {run.period.label}, as of {wording.instant(run.as_of, zone)}."]
        lines += [reconciled.weeks(found.opened)]
    told = [asdict(c) for c in found.checks]
    return [*lines, *idle(told, params.release), *letting_pass(told)]


def _how(check: Check) -> str:
    """The name by which a check that holds is let pass, and the reason where it was."""
    if check.accepted:
        return f" (check: {check.name}) Let pass because: {check.accepted['because']}"
    return f" (check: {check.name})" if check.status == "HOLD" else ""


def _shown(job: Job, tables: Tables) -> None:
    """Make every block that the notebook shows, and its record; nothing is written."""
    report = Report(build_facts(tables, earlier=memory_of(tables.run, job.report, job.out)), job.report)
    for function in blocks(job.notebook):
        try:
            report.show(function)
        except AlignmentError:
            raise
        except Exception as problem:
            told = str(problem).strip().splitlines() or ["no message"]
            raise ReportError(
                f"block '{function.__name__}' cannot be made: {type(problem).__name__}: {told[0][:200]}"
            ) from None
    report.results()


def blocks(notebook: Path) -> list[Callable[..., Any]]:
    """The functions that a notebook shows, in its order."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    named = re.search(r"from (alignment_lib\.blocks(?:\.\w+)*) import (\w+) as blocks", text)
    if named is None:
        return []
    module = importlib.import_module(f"{named[1]}.{named[2]}")
    return [getattr(module, name) for name in re.findall(r"report\.show\(blocks\.(\w+)\)", text)]
