"""The gate before any mail: a run is opened only when it is whole, passed its checks, says something and is fresh."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from alignment_lib.errors import GateError
from alignment_lib.mail.published import Published
from alignment_lib.memory.runs import run_folder
from alignment_lib.params.kinds import Kind, kind
from alignment_lib.params.recipients import Recipients
from alignment_lib.report.folder import DEMO
from alignment_lib.report.publish import FAILED
from alignment_lib.report.verdict import letting_pass
from alignment_lib.stats import wording

SAID = 3
"""Sentences of checks that hold, which a refusal repeats."""
SKEW = timedelta(minutes=5)
"""How far two clocks may differ."""
NEEDED = ("report", "period", "as_of", "metrics", "sentences", "checks", "company", "timezone", "blocks", "people")


def opened(out: Path, report: str, period: str, slice: str | None, settings: Recipients, now: datetime) -> Published:
    """A published run that may be mailed.

    Parameters
    ----------
    out
        Where reports are published.
    slice
        `segment=enterprise`, or None for the whole company.
    now
        From when its age counts; the demo, whose data ends, has none (and is sent to nobody, see `delivery`).

    Raises
    ------
    GateError
        There is none, it is not whole, a check failed, it says nothing, or it is too old; in one sentence.
    """
    about = kind(report)
    folder = run_folder(out, report, period, slice)
    verb = "render it again" if _holds_a_run(folder) else "render it"
    again = f"{verb}: make {target(about)} {about.noun.upper()}={period}" + (f" SLICE={slice}" if slice else "")
    what = f"{report} {period}" + (f" {slice}" if slice else "")
    try:
        return _opened(folder, about, (report, period, slice), settings, now)
    except _RefusalError as refusal:
        failed = failed_since(out, report, period, folder)
        more = f"; a later attempt failed: {failed}" if failed else ""
        raise GateError(f"{what} is not mailed: {refusal}{more}; {refusal.remedy or again}") from None


def exists(out: Path, report: str, period: str, slice: str | None) -> bool:
    """Whether something is published there, whatever it is worth."""
    return _holds_a_run(run_folder(out, report, period, slice))


def target(about: Kind) -> str:
    """The make target that renders a report."""
    return f"{about.name}-report" if about.name in ("weekly", "monthly") else about.name


def is_demo(run: Published) -> bool:
    """Whether a run is of the embedded company, whose people do not exist."""
    return run.source == DEMO


def failed_since(out: Path, report: str, period: str, folder: Path) -> str:
    """Where a failed run of the same period is kept that is newer than the published one; empty where none is."""
    made = _changed(folder / "manifest.json")
    names = (f"{report}-{period}-", f"{report}-latest-")
    try:
        kept = [p for p in (out / FAILED).iterdir() if p.name.startswith(names) and _changed(p) > made]
    except OSError:
        return ""
    return str(max(kept, key=_changed)) if kept else ""


class _RefusalError(Exception):
    """Why a run is not mailed, and what to do where rendering it would not help."""

    def __init__(self, why: str, remedy: str = "") -> None:
        super().__init__(why)
        self.remedy = remedy


def _holds_a_run(folder: Path) -> bool:
    return any((folder / name).exists() for name in ("results.json", "manifest.json", "index.html"))


def _opened(
    folder: Path, about: Kind, identity: tuple[str, str, str | None], settings: Recipients, now: datetime
) -> Published:
    if not _holds_a_run(folder):
        raise _RefusalError(f"no such run is published in {folder.parent}")
    manifest = _json("manifest.json", _bytes(folder, "manifest.json"))
    results = _json("results.json", _same_files(folder, manifest))
    _is_the_run(results, manifest, identity)
    run = Published(folder, results, manifest)
    _passed(results)
    if not is_demo(run):
        _fresh(run, about, settings, now)
    return run


def _bytes(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError:
        raise _RefusalError(f"its {name} is missing") from None


def _json(name: str, data: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise _RefusalError(f"its {name} is not whole")
    return found


def _same_files(folder: Path, manifest: Mapping[str, Any]) -> bytes:
    """The bytes of results.json, once every file is known to be the one that was published."""
    files = manifest.get("files")
    if not isinstance(files, dict) or not {"results.json", "index.html"} <= set(files):
        raise _RefusalError("its manifest.json is not whole")
    found = {str(name): _bytes(folder, Path(name).name) for name in files}
    for name, data in found.items():
        if hashlib.sha256(data).hexdigest() != files[name]:
            raise _RefusalError(f"its {name} was changed after it was published (its hash is not the manifest's)")
    return found["results.json"]


def _is_the_run(results: Mapping[str, Any], manifest: Mapping[str, Any], identity: tuple[str, str, str | None]) -> None:
    if (
        not set(NEEDED) <= set(results)
        or not isinstance(manifest.get("source"), dict)
        or "name" not in manifest["source"]
    ):
        raise _RefusalError("it was made by an older version, without what a mail needs")
    for name, told in (("results.json", results), ("manifest.json", manifest)):
        if tuple(told.get(key) for key in ("report", "period", "slice")) != identity:
            raise _RefusalError(f"its {name} is that of another run")
    try:
        instants = {datetime.fromisoformat(str(told["as_of"])) for told in (results, manifest)}
    except (KeyError, ValueError):
        raise _RefusalError("its as-of cannot be read") from None
    if len(instants) != 1 or any(instant.tzinfo is None for instant in instants):
        raise _RefusalError("its results.json and its manifest.json differ in their as-of")


def _passed(results: Mapping[str, Any]) -> None:
    failed = [str(check["sentence"]) for check in results["checks"] if check["status"] == "FAIL"]
    if failed:
        raise _RefusalError(f"{len(failed)} of its checks failed ({failed[0]})")
    held = [check for check in results["checks"] if check["status"] == "HOLD"]
    if held:
        [remedy] = letting_pass(held)
        raise _RefusalError(
            f"it is held: {' And: '.join(str(check['sentence']) for check in held[:SAID])}",
            f"put that right and render it again; {remedy}",
        )
    if not any(_said(results)):
        raise _RefusalError("it says nothing: no sentence stands in its results.json")


def _said(results: Mapping[str, Any]) -> Iterator[bool]:
    for sentence in results["sentences"]:
        yield bool(str(sentence["text"]).strip())


def _fresh(run: Published, about: Kind, settings: Recipients, now: datetime) -> None:
    key = "max_age_hours_daily" if about.noun == "day" else "max_age_hours"
    most, age = timedelta(hours=getattr(settings, key)), now - run.as_of
    as_of = wording.instant(run.as_of, str(run.results["timezone"]))
    if age > most:
        shown = wording.plural(age.days, "day") if age > 2 * most else wording.hours(age / timedelta(hours=1))
        raise _RefusalError(
            f"its as-of, {as_of}, is {shown} ago, more than the {wording.hours(most / timedelta(hours=1))} of {key}",
            f"mail a newer one, or set {key} in the recipients' file",
        )
    if age < -SKEW:
        raise _RefusalError(f"its as-of, {as_of}, lies in the future", "set the clock of this machine right")


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
