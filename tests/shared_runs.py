"""What the command line makes of the demo, once in a whole run of the tests, for every worker."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Ran:
    """A run of the command line that ended well: the folder that it published, and what it printed."""

    folder: Path
    said: str
    complained: str


def once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder of the whole run of the tests, made by whichever worker is first; the others wait for it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / f"shared-{name}"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the system lets go of it when the worker ends, however it ends
        done = folder.with_suffix(".done")
        if not done.exists():
            folder.mkdir()
            make(folder)
            done.touch()
    return folder


def _ran(tmp_path_factory: pytest.TempPathFactory, name: str, *arguments: str) -> Ran:
    def make(folder: Path) -> None:
        command = [sys.executable, "-m", "alignment_lib.cli", *arguments, "--out", str(folder / "out")]
        done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False, timeout=600)
        assert done.returncode == 0, done.stderr
        printed = {"folder": str(Path(done.stdout.strip()).parent), "said": done.stdout, "complained": done.stderr}
        (folder / "ran.json").write_text(json.dumps(printed), encoding="utf-8")

    told = json.loads((once(tmp_path_factory, name, make) / "ran.json").read_text(encoding="utf-8"))
    return Ran(**told | {"folder": Path(told["folder"])})


@pytest.fixture(scope="session")
def demo_week(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The demo's last week, as a newcomer runs it; to be read, not to be written into."""
    return _ran(tmp_path_factory, "week", "weekly")


@pytest.fixture(scope="session")
def demo_month(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The demo's August 2026; to be read, not to be written into."""
    return _ran(tmp_path_factory, "month", "monthly", "--source", "demo", "--month", "2026-08")
