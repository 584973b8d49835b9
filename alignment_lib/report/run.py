"""One run, from the request to the published page: check, execute, gate, export, place."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from alignment_lib import __version__
from alignment_lib.errors import AlignmentError, GateError, ReportError, SourceError
from alignment_lib.params import Request, RunParams
from alignment_lib.params.home import find_root
from alignment_lib.params.period import iso
from alignment_lib.params.run import parse_release
from alignment_lib.report import kernel as kernels
from alignment_lib.source.choose import load

PACKAGES = ("duckdb", "ibis-framework", "matplotlib", "nbconvert", "numpy", "pandas", "papermill", "scipy")
SOCKETS = "alignment-run-"
MONTHLY_MINUTES = 60
"""How long the monthly meeting takes."""


@dataclass(frozen=True)
class Job:
    """What is to be run, and how to tell its progress."""

    report: str
    notebook: Path
    request: Request
    out: Path
    now: datetime
    say: Callable[[str], None]
    bar: bool = False
    base: Path | None = None
    """reports/, where nobody said where: the source has its place in it, and `out` does not count."""


def run(job: Job) -> Path:
    """Run a report and publish it.

    Returns
    -------
    Path
        The published page.

    Raises
    ------
    AlignmentError
        Its class says which exit code; the published page of before is untouched and the failed run is kept.
    """
    root = find_root()
    params = load(job.request, now=job.now, root=root)
    if not job.notebook.is_file():
        raise ReportError(f"{job.notebook}: no such notebook; run this in the project's folder")
    _reachable(params)
    from alignment_lib.report import publish
    from alignment_lib.report.folder import settled

    job = replace(job, out=settled(job.out, job.base, params))
    sockets = _sockets()
    folder = publish.scratch(job.out)
    kernel = kernels.start(sockets, _environment(job, params, folder, root), root)
    try:
        page = _in_folder(job, params, folder, kernel, root)
        publish.place(folder, job.out, job.report, page.period, page.slice_name)
        if job.base not in (None, job.out):
            publish.renew_archive(job.base)
        return page.path(job.out)
    except AlignmentError as problem:
        _keep(problem, folder, job)
        raise
    finally:
        kernel.stop()
        shutil.rmtree(Path(tempfile.gettempdir()) / f"{SOCKETS}{kernel.process.pid}-spill", ignore_errors=True)
        shutil.rmtree(sockets, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def _sockets() -> Path:
    """A private folder for the kernel's sockets (their paths must be short); those of killed runs are removed."""
    from alignment_lib.report.publish import alive

    for old in Path(tempfile.gettempdir()).glob(f"{SOCKETS}*"):
        if not alive(old.name, SOCKETS):
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{SOCKETS}{os.getpid()}-"))


@dataclass(frozen=True)
class Page:
    """What a verified run turned out to be."""

    report: str
    period: str
    slice_name: str | None

    def path(self, out: Path) -> Path:
        from alignment_lib.memory.runs import run_folder

        return run_folder(out, self.report, self.period, self.slice_name) / "index.html"


def _reachable(params: RunParams) -> None:
    """What can be told before a kernel starts: the folder is there, and what is packed in it can be unpacked."""
    from alignment_lib.source.database import is_url
    from alignment_lib.source.unpacked import folder_of

    if params.data and not is_url(params.data):
        folder_of(Path(params.data))
    if not params.data and params.mapping.name != "demo":
        raise SourceError(f"source '{params.mapping.name}' reads a folder: give it, for instance DATA=exports/2018-03")


def _environment(job: Job, params: RunParams, folder: Path, root: Path) -> dict[str, str]:
    from alignment_lib.report import session_names as names

    return {
        names.RUN_DIR: str(folder.resolve()),
        names.REPORTS: str(job.out.resolve()),
        names.NOW: job.now.isoformat(),
        names.DATA: _seen_from(root, params.data),
        names.ACCEPT: job.request.accept,
        names.BECAUSE: job.request.because,
    }


def _seen_from(root: Path, place: str) -> str:
    """A relative path given in the working directory, as it is told in the kernel's, which is the project's folder."""
    if not place or Path(place).is_absolute() or not Path(place).exists() or Path.cwd() == root:
        return place
    return os.path.relpath(place, root)


def _in_folder(job: Job, params: RunParams, folder: Path, kernel: kernels.Kernel, root: Path) -> Page:
    """Execute, check and export inside the scratch folder."""
    from alignment_lib.report import execute, verify
    from alignment_lib.source.database import redact, scrub, secrets_in

    loading = threading.Thread(target=_load_exporter, daemon=True)  # while the kernel works, this process waits
    parameters = _parameters(job, redact(_seen_from(root, job.request.data)))
    for name in ("source", "params"):
        if name in parameters:
            parameters[name] = _seen_from(root, parameters[name])

    tell = _bar() if job.bar else lambda number, of, about: job.say(f"[{number}/{of}] {about}")

    def progress(number: int, of: int, about: str) -> None:
        if loading.ident is None:
            loading.start()
        tell(number, of, about)

    node = execute.execute(job.notebook, kernel, parameters=parameters, progress=progress, cwd=root)
    text = scrub(json.dumps(node, ensure_ascii=False, indent=1), secrets_in(params.data))
    (folder / "report.ipynb").write_text(text + "\n", encoding="utf-8")
    import nbformat

    node = nbformat.from_dict(json.loads(text))  # type: ignore[no-untyped-call]
    problem = execute.failure(node, job.notebook)
    if problem is not None:
        raise problem
    results = verify.verify_notebook(node, folder)
    _write_page(job, params, folder, node, results)
    _write_manifest(job, params, folder, results)
    return Page(job.report, results["period"], results["slice"])


def _bar() -> Callable[[int, int, str], None]:
    """A progress bar on the terminal, gone when the last cell has begun."""
    from tqdm import tqdm

    bars: list[Any] = []

    def tell(number: int, of: int, about: str) -> None:
        if not bars:
            bars.append(tqdm(total=of, leave=False, bar_format="{bar:30} {n_fmt}/{total_fmt} {desc}"))
        bars[0].set_description_str(about, refresh=False)
        bars[0].update(number - bars[0].n)
        if number == of:
            bars[0].close()

    return tell


def _parameters(job: Job, data: str) -> dict[str, str]:
    request = job.request
    given = {
        "source": request.source,
        "data": data,
        "week": request.week,
        "month": request.month,
        "day": request.day,
        "as_of": request.as_of,
        "slice": request.slice,
        "params": request.params,
    }
    return {name: value for name, value in given.items() if value}


def _released(job: Job) -> dict[str, str]:
    release = parse_release(job.request.accept, job.request.because)
    return {"accept": ",".join(release.checks), "because": release.because} if release else {}


def _load_exporter() -> None:
    """What this process needs at the end, loaded while the kernel works."""
    import nbconvert.exporters  # noqa: F401

    from alignment_lib.measures import registry  # noqa: F401
    from alignment_lib.page import archive

    archive([])


def _write_page(job: Job, params: RunParams, folder: Path, node: Any, results: dict[str, Any]) -> None:
    from alignment_lib.page import export
    from alignment_lib.report import verify
    from alignment_lib.report.verdict import banner

    sliced = f", {results['slice']}" if results["slice"] else ""
    title = f"{params.kind.title} {results['period']}{sliced}: {params.company.name}"
    weekly = params.weekly
    minutes = {"weekly": weekly.meeting.minutes, "monthly": MONTHLY_MINUTES}.get(job.report)  # the others have none
    page = export(
        node, title=title, format=weekly.format, meeting_minutes=minutes, banner=banner(results.get("checks", ()))
    )
    verify.verify_page(page, folder)
    (folder / "index.html").write_text(page, encoding="utf-8")


def _write_manifest(job: Job, params: RunParams, folder: Path, results: dict[str, Any]) -> None:
    """What the run rested on; the files' hashes come last."""
    record = json.loads((folder / "record.json").read_text(encoding="utf-8"))
    (folder / "record.json").unlink()
    versions = {name: metadata.version(name) for name in PACKAGES}
    manifest = {
        "report": results["report"],
        "period": results["period"],
        "slice": results["slice"],
        "as_of": results["as_of"],
        "generated_at": iso(job.now),
        "parameters": _parameters(job, record["source"]["place"] if job.request.data else "") | _released(job),
        "source": record["source"],
        "company": params.company.model_dump(mode="json"),
        "sla": params.sla.model_dump(mode="json"),
        "definitions": params.definitions.model_dump(mode="json"),
        "settings": params.weekly.model_dump(mode="json"),
        **({"monthly": params.monthly.model_dump(mode="json")} if params.report == "monthly" else {}),
        "versions": {"alignment": __version__, "python": sys.version.split()[0], **versions},
        "inputs": record["inputs"],
        "tables": results["tables"],
        "set_aside_reasons": record["set_aside_reasons"],
        "checks": results["checks"],
        "held": results.get("held", False),
        "blocks": record["blocks"],
        "files": {p.name: _sha256(p) for p in sorted(folder.iterdir()) if p.is_file()},
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=False)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _keep(problem: AlignmentError, folder: Path, job: Job) -> None:
    """Keep what there is of a failed run, with the reason; a run that has not begun leaves nothing."""
    from alignment_lib.report import publish

    if not (folder / "report.ipynb").exists():
        return
    (folder / "error.txt").write_text(f"{type(problem).__name__}: {problem}\n", encoding="utf-8")
    kept = publish.set_failed(folder, job.out, f"{job.report}-{job.request.period or 'latest'}")
    if isinstance(problem, ReportError | GateError):
        job.say(f"the failed run is kept in {os.path.relpath(kept)}")
