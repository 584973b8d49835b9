"""Place a verified run by one rename, and rebuild the archive; a reader sees the old page or the new one, whole."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from itertools import chain, count
from pathlib import Path
from typing import Any

from alignment_lib.errors import GateError
from alignment_lib.memory.exports import EXPORT_FILE
from alignment_lib.memory.runs import COUNTED_FILE, run_folder
from alignment_lib.params.kinds import KINDS
from alignment_lib.report import folder as folders

FAILED, SCRATCH = ".failed", ".run-"
MANIFEST, MAIL, LETTER = "manifest.json", "mail", re.compile(r"-[0-9a-f]{8}\.eml(\.\d+\.tmp)?$")
FILES = ("index.html", "results.json", "report.ipynb", "set_aside.csv", COUNTED_FILE, EXPORT_FILE)
"""What a run writes besides its manifest, which names them."""
MARK = "mailed.json"
"""In a run's folder from the moment on in which its mails are sent; it outlives a new rendering and the ledger."""
HEADLINES = {
    "leads": "marketing",
    "mqls": "marketing",
    "opportunities": "sales",
    "won": "sales",
    "sla_follow_up": "sales",
}
"""Metrics whose trend the archive shows, and the side they belong to."""


def scratch(out: Path) -> Path:
    """A new folder for one run, on the same file system as the reports; leftovers of killed runs are removed."""
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob(f"{SCRATCH}*"):
        if not alive(old.name, SCRATCH):
            shutil.rmtree(old, ignore_errors=True)
    folder = out / f"{SCRATCH}{os.getpid()}-{time.time_ns():x}"
    folder.mkdir(mode=0o755)
    return folder


def alive(name: str, prefix: str) -> bool:
    """Whether the process whose number follows the prefix in a folder's name still runs."""
    pid = name.removeprefix(prefix).partition("-")[0]
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def place(run: Path, out: Path, report: str, period: str, slice_name: str | None) -> Path:
    """Put a run's folder at reports/<report>/<period>[/<slice>] and rebuild the archive.

    Returns
    -------
    Path
        The published folder.

    Raises
    ------
    ParamsError
        The folder has become another source's while the run was made, or the run of another would be replaced.
    """
    target, source = run_folder(out, report, period, slice_name), folders.source_of(run)
    with locked(out):
        _recover(target)
        if source:
            folders.refuse(out, source, target)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            _keep_mark(run, target, source)
            _carry_over(target, run)
            exchange(run, target)
            _carry_over(run, target)  # what was put in while the two changed places
            shutil.rmtree(run, ignore_errors=True)
        else:
            os.rename(run, target)
        write_archive(out)
    return target


def _carry_over(old: Path, new: Path) -> None:
    """Give what others put into the old folder, and the slices inside it, a second name in the new one."""
    try:
        for theirs in _of_others(old):
            place = new / theirs.relative_to(old)
            place.parent.mkdir(exist_ok=True)
            _link(theirs, place)
    except OSError as problem:
        raise GateError(
            f"{problem.filename}: lies in the folder of the published run and cannot be taken over into the new one"
            f" ({problem.strerror}); allow this user to read it, or move it away"
        ) from None


def _of_others(folder: Path) -> Iterator[Path]:
    """Whatever no run wrote, hidden or not, and what a run wrote and somebody changed; in mail/ all but letters."""
    written = _written(folder)
    for inner in folder.iterdir():
        if inner.name == MAIL and inner.is_dir():
            yield from (p for p in inner.iterdir() if not LETTER.search(p.name))
        elif inner.name == MARK:
            continue  # ours, and kept where it may be
        elif inner.name not in written or written[inner.name] not in ("", _digest(inner)):
            yield inner


def _written(folder: Path) -> dict[str, str]:
    """The files that a run wrote, with their hashes where its manifest tells them."""
    try:
        told = json.loads((folder / MANIFEST).read_bytes())["files"]
        return {str(name): str(digest) for name, digest in told.items()} | {MANIFEST: ""}
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return dict.fromkeys((MANIFEST, *FILES), "")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "no file"


def _link(theirs: Path, place: Path) -> None:
    """A second name for a file, or for each file of a folder; one beside it where something else has that name."""
    if theirs.is_dir() and not theirs.is_symlink():
        place = next(p for p in _names(place) if p.is_dir() or not os.path.lexists(p))
        place.mkdir(exist_ok=True)
        for inner in theirs.iterdir():
            _link(inner, place / inner.name)
        shutil.copystat(theirs, place)
        return
    place = next(p for p in _names(place) if not os.path.lexists(p) or _is_same(theirs, p))
    if os.path.lexists(place):
        return
    try:
        os.link(theirs, place, follow_symlinks=False)
    except (OSError, NotImplementedError):  # a file system without links, or a file that its owner lets nobody link
        shutil.copy2(theirs, place, follow_symlinks=False)


def _names(place: Path) -> Iterator[Path]:
    """minutes.docx, minutes (2).docx, minutes (3).docx …"""
    return chain([place], (place.with_name(f"{place.stem} ({number}){place.suffix}") for number in count(2)))


def _is_same(one: Path, other: Path) -> bool:
    """Whether one is a link to the other, or a copy that nobody has touched."""
    a, b = one.lstat(), other.lstat()
    return os.path.samestat(a, b) or (a.st_mode, a.st_size, a.st_mtime_ns) == (b.st_mode, b.st_size, b.st_mtime_ns)


def _keep_mark(run: Path, target: Path, source: str) -> None:
    """A run that is rendered anew was mailed as before; one that takes the place of another source's was not."""
    if (target / MARK).exists() and folders.source_of(target) in ("", source):
        os.link(target / MARK, run / MARK)
        synced(run)


def synced(path: Path) -> None:
    """Have a file's content, or what a folder holds, on the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def exchange(a: Path, b: Path) -> None:
    """Swap two folders in one step where the system can; else in two, the old one kept until the new is there."""
    if _swap(os.fsencode(a), os.fsencode(b)):
        return
    aside = _aside(b)
    shutil.rmtree(aside, ignore_errors=True)
    os.rename(b, aside)
    os.rename(a, b)
    os.rename(aside, a)


def _aside(place: Path) -> Path:
    return place.with_name(f".{place.name}.old")


def _recover(target: Path) -> None:
    """Put back what a run moved aside that was killed before its own folder was there."""
    if not target.exists() and _aside(target).exists():
        os.rename(_aside(target), target)


def _swap(a: bytes, b: bytes) -> bool:
    """renameat2(RENAME_EXCHANGE) on Linux, renamex_np(RENAME_SWAP) on macOS; False where there is neither."""
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            done = libc.renamex_np(a, b, 2)
        else:
            done = libc.renameat2(-100, a, -100, b, 2)
        if done == 0:
            return True
        if ctypes.get_errno() not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), os.fsdecode(b))
    return False


@contextlib.contextmanager
def locked(out: Path) -> Iterator[None]:
    """One run at a time places its folder, and is marked as mailed."""
    with (out / ".lock").open("w") as file:
        with contextlib.suppress(ImportError):
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def set_failed(run: Path, out: Path, name: str) -> Path:
    """Keep a failed run under reports/.failed; the newest twenty stay."""
    folder = out / FAILED
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name}-{run.name.rpartition('-')[2]}"
    os.rename(run, target)
    for old in sorted(folder.iterdir(), key=lambda p: p.stat().st_mtime)[:-20]:
        shutil.rmtree(old, ignore_errors=True)
    return target


def renew_archive(out: Path) -> None:
    """Rebuild the archive of a folder when no run of its own was placed: a folder beside them is new."""
    with locked(out):
        write_archive(out)


def write_archive(out: Path) -> None:
    """Rebuild reports/index.html from the results of all runs published there; other folders are named, no more."""
    from alignment_lib.page import archive

    files = sorted(path for kind in KINDS for path in (out / kind.name).glob("**/results.json"))
    entries = [e for path in files if (e := _entry(path, out)) is not None]
    page = archive(entries, beside=folders.beside(out))
    temporary = out / ".index.html"
    temporary.write_text(page, encoding="utf-8")
    os.replace(temporary, out / "index.html")


def _entry(path: Path, out: Path) -> dict[str, Any] | None:
    parts = path.relative_to(out).parts
    if any(p.startswith(".") for p in parts):
        return None
    try:
        results = json.loads(path.read_text(encoding="utf-8"))
        return {**_told(results, "/".join([*parts[:-1], "index.html"])), "origin": folders.source_of(path.parent)}
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return None  # whatever lies there, no report of ours wrote it


def _told(results: dict[str, Any], link: str) -> dict[str, Any]:
    """What the archive shows of a run."""
    totals = [m for m in results["metrics"] if not (m["source"] or m["segment"] or m["period"])]
    headlines = [s["text"] for s in results["sentences"] if s["block"] == "headlines"]
    return {
        **{key: str(results[key]) for key in ("report", "period", "as_of")},
        "slice": results["slice"] and str(results["slice"]),
        "headline": ("Held, not mailed. " if results.get("held") else "") + (str(headlines[0]) if headlines else ""),
        "link": link,
        "numbers": [_number(m) for m in totals if m["name"] in HEADLINES],
    }


def _number(record: dict[str, Any]) -> dict[str, Any]:
    from alignment_lib.measures.registry import definition
    from alignment_lib.stats import wording

    value, write = record["value"], wording.percent if record["unit"] == "share" else wording.count
    return {
        "label": definition(record["name"]).label,
        "value": value,
        "text": write(value),
        "side": HEADLINES[record["name"]],
    }
