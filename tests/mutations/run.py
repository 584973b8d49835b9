"""Put each fault of `mutations` into a copy of the repository and run the tests that are expected to catch it.

    python -m tests.mutations.run [WORD …]          default: all; a WORD stands for the faults that have it in their
                                                    name or file

First the tests must pass as they are. Then a line for each fault: killed by which test, or survived. Two run at a
time. Exit 1 if one survives, 2 if the tests cannot tell.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.mutations.mutations import MUTATIONS, Mutation

ROOT = Path(__file__).parents[2]
AT_ONCE = 2
TIMEOUT_S = 1200
LEFT_OUT = shutil.ignore_patterns(".*", "node_modules", "reports")
PASSED, FAILED = 0, 1
"""Exit codes of pytest; any other means that it could not run the tests."""
KILLED, SURVIVED, UNTOLD = "killed by", "SURVIVED", "UNTOLD:"


@dataclass(frozen=True)
class Outcome:
    """What the tests made of a fault; `told` is the test that failed, or why the tests cannot tell."""

    name: str
    verdict: str
    told: str = ""


@contextmanager
def copied(root: Path) -> Iterator[Path]:
    """The repository without its environment, history and published reports, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(shutil.copytree(root, Path(folder) / "copy", ignore=LEFT_OUT, symlinks=True))


def tested(copy: Path, tests: Sequence[str], *options: str, timeout: float | None) -> tuple[int, str]:
    """Run tests on the copy's own code, an editable installation naming another; exit code and what was printed."""
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    # with CI set property tests try the same examples each time; byte code in the copy would be written for one run
    surroundings |= {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1", "CI": "1"}
    surroundings["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=--doctest-modules"]
    command += ["--rootdir", str(copy), *options, *tests]
    try:
        run = subprocess.run(
            command, cwd=copy, env=surroundings, capture_output=True, text=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        return -1, f"not over after {timeout:.0f} s"
    return run.returncode, run.stdout + run.stderr


def outcome(mutation: Mutation, root: Path) -> Outcome:
    """Apply one fault and run its tests."""
    with copied(root) as copy:
        place = copy / mutation.file
        place.write_text(mutation.applied(place.read_text(encoding="utf-8")), encoding="utf-8")
        code, printed = tested(copy, mutation.tests.split(), "-x", timeout=TIMEOUT_S)
    if code == PASSED:
        return Outcome(mutation.name, SURVIVED)
    failed = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", printed, re.M)
    if code == FAILED and failed:
        return Outcome(mutation.name, KILLED, failed[1])
    return Outcome(mutation.name, UNTOLD, printed[-2000:])


def outcomes(mutations: Sequence[Mutation], root: Path) -> Iterator[Outcome]:
    """Yield outcomes in the order of the list; one alone where the tests do not pass without any fault."""
    with copied(root) as copy:
        code, printed = tested(copy, sorted({test for m in mutations for test in m.tests.split()}), timeout=None)
    if code != PASSED:  # a test that fails anyway kills nothing
        yield Outcome("none", UNTOLD, f"the tests do not pass as they are\n{printed[-3000:]}")
        return
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(lambda mutation: outcome(mutation, root), mutations)


def main(words: Sequence[str] = (), *, mutations: Sequence[Mutation] = MUTATIONS, root: Path = ROOT) -> int:
    """Print the table; return the exit code."""
    chosen = [m for m in mutations if not words or any(word in f"{m.name} {m.file}" for word in words)]
    if not chosen:
        print(f"no fault has {' or '.join(words)} in its name or file")
        return 2
    width, verdicts = max(len(m.name) for m in chosen), []
    for found in outcomes(chosen, root):
        print(f"{found.name:<{width}}  {found.verdict} {found.told}".rstrip(), flush=True)
        verdicts.append(found.verdict)
    print(f"{verdicts.count(KILLED)} of {len(chosen)} killed")
    return 2 if UNTOLD in verdicts else 1 if SURVIVED in verdicts else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
