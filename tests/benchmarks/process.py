"""One command: how long it took, and the peak memory of it and of everything it started."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

EVERY_S = 0.05


class BenchError(Exception):
    """A command of the bench failed."""


class CutError(BenchError):
    """A command was ended because its time was up."""


@dataclass(frozen=True)
class Usage:
    """What a command cost. `peak_bytes` is None where the system has no /proc; `busy_s` is time on a processor."""

    seconds: float
    peak_bytes: int | None
    output: str = ""
    busy_s: float = 0.0


def run(command: Sequence[str | Path], *, cwd: Path, limit_s: float = 1800) -> Usage:
    """Run a command to its end.

    Peak memory is the sum, over the processes of the tree, of each one's peak resident set (VmHWM), polled every
    50 ms; pages that processes share are counted in each, so it is an upper bound.

    Raises
    ------
    BenchError
        It fails, with the end of what it said.
    CutError
        It is not done in time.
    """
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as told:
        begun, busy = time.perf_counter(), _busy()
        process = subprocess.Popen(
            [str(part) for part in command], cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=told,
            start_new_session=True,
        )  # fmt: skip
        watch = _Watch(process.pid)
        try:
            process.wait(timeout=limit_s)
        except subprocess.TimeoutExpired:
            raise CutError(f"cut after {limit_s:.0f} s") from None
        finally:
            seconds = time.perf_counter() - begun
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            peak = watch.stop()
        out.seek(0)
        told.seek(0)
        if process.returncode:
            raise BenchError(f"{Path(command[0]).name} ended with {process.returncode}: {told.read()[-2000:]}")
        return Usage(seconds, peak, out.read(), _busy() - busy)


def _busy() -> float:
    """Seconds that the processes which have ended, children and theirs, were on a processor."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class _Watch:
    """Polls a process and its descendants from a thread, so that waiting for the end stays exact."""

    def __init__(self, pid: int) -> None:
        self.root = pid
        self.peaks: dict[int, int] = {}
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._poll, daemon=True)
        if measurable():
            self.thread.start()

    def _poll(self) -> None:
        while not self.over.is_set():
            for pid in tree(self.root):
                peak = peak_of(pid)
                if peak:  # the latest, not the largest: between fork and exec a child shows its parent's
                    self.peaks[pid] = peak
            self.over.wait(EVERY_S)

    def stop(self) -> int | None:
        """The sum of the peaks."""
        self.over.set()
        if not measurable():
            return None
        self.thread.join()
        return sum(self.peaks.values())


def measurable() -> bool:
    """Whether this system tells children and peaks under /proc."""
    return Path(f"/proc/self/task/{threading.get_native_id()}/children").exists()


def tree(pid: int) -> list[int]:
    """A process and its descendants, as far as they are alive."""
    found, seen = [pid], 0
    while seen < len(found):
        try:
            for task in os.listdir(f"/proc/{found[seen]}/task"):
                text = Path(f"/proc/{found[seen]}/task/{task}/children").read_text()
                found += [int(child) for child in text.split()]
        except OSError:
            pass
        seen += 1
    return found


def peak_of(pid: int) -> int:
    """Peak resident set of a process in bytes; 0 once it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)
