"""What a process writes down while it reads: files unpacked or rewritten, and what the engine spills; gone with it."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path


def spill_folder(pid: int) -> Path:
    """Where a process has it; the parent of a kernel that was killed removes it, else the next run."""
    return Path(tempfile.gettempdir()) / f"alignment-run-{pid}-spill"


def made() -> Path:
    """This process's, made for its owner alone and removed at its end."""
    return _made(os.getpid())


@cache
def _made(pid: int) -> Path:
    place = spill_folder(pid)
    place.mkdir(mode=0o700, exist_ok=True)
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return place


def folder() -> tempfile.TemporaryDirectory[str]:
    """A folder for a file that is rewritten, where the engine may read it."""
    return tempfile.TemporaryDirectory(dir=made())
