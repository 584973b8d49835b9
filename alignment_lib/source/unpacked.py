"""An export that comes packed: a ZIP as a CRM hands it out, files with .gz; laid out beside the run as plain files."""

from __future__ import annotations

import gzip
import shutil
import tempfile
import zipfile
import zlib
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from alignment_lib.errors import SourceError, quoted
from alignment_lib.source import scratch
from alignment_lib.source.files import ENDINGS

_LONGEST = 250
"""Bytes of a file's name; what is called longer is no export."""
_PACKED = (".zip", ".gz")


def folder_of(data: Path) -> Path:
    """The folder in which the files of an export lie as they are read.

    That is DATA itself where nothing in it is packed; else a folder of this process in which what was packed lies
    unpacked beside what was not.

    Raises
    ------
    SourceError
        There is no such folder or ZIP, a ZIP is broken or has a password, or two files are called the same.
    """
    if data.is_file() and data.suffix.lower() == ".zip":
        return _laid_out(data, (_stamp(data),))
    if not data.is_dir():
        raise SourceError(f"{data}: no such folder; give the folder that holds the export, or its ZIP, as DATA")
    packed = sorted(p for p in data.iterdir() if p.suffix.lower() in _PACKED and p.is_file())
    return _laid_out(data, tuple(map(_stamp, packed))) if packed else data


def _stamp(path: Path) -> tuple[Path, int, int]:
    seen = path.stat()
    return path, seen.st_mtime_ns, seen.st_size


@cache
def _laid_out(data: Path, packed: tuple[tuple[Path, int, int], ...]) -> Path:
    place = Path(tempfile.mkdtemp(prefix="unpacked-", dir=scratch.made()))
    for path in data.iterdir() if data.is_dir() else ():
        if path.is_file() and path.suffix.lower() in ENDINGS:
            (place / path.name).symlink_to(path.resolve())
    for number, (path, _, _) in enumerate(packed, start=1):
        try:
            _unpack(path, place, number)
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError) as problem:
            cause = str(problem).partition("\n")[0][:200] or "broken"
            raise SourceError(f"{path.name}: cannot be unpacked ({cause}); export it again, or unpack it") from None
    return place


def _unpack(path: Path, place: Path, number: int) -> None:
    if path.suffix.lower() == ".gz":
        with gzip.open(path) as content:
            _put(content, place, path.stem, path)
        return
    own = set[str]()
    with zipfile.ZipFile(path) as archive:
        for one in archive.infolist():
            inside = PurePosixPath(one.filename.replace("\\", "/"))
            is_ours = not inside.name.startswith((".", "__")) and "__MACOSX" not in inside.parts
            if is_ours and not one.is_dir() and inside.suffix.lower() in (*ENDINGS, ".gz"):
                is_gz = inside.suffix.lower() == ".gz"
                with archive.open(one) as content:
                    plain: Any = gzip.GzipFile(fileobj=content) if is_gz else content
                    name = inside.stem if is_gz else inside.name
                    _put(plain, place, name, path, "" if name in own else f"_{number}")
                    own.add(name)


def _put(content: Any, place: Path, name: str, of: Path, apart: str = "") -> None:
    """One file, under its own name and nowhere else; a further part of an object that is split over ZIPs by `apart`."""
    if Path(name).suffix.lower() not in ENDINGS or len(name.encode()) > _LONGEST:
        return
    try:
        with (place / name).open("xb") as file:
            shutil.copyfileobj(content, file, 1 << 20)
    except FileExistsError:
        if apart:
            return _put(content, place, f"{Path(name).stem}{apart}{Path(name).suffix}", of)
        raise SourceError(f"{of.name}: {quoted(name)} is there a second time; keep one of them") from None
