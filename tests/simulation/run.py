"""Run the acceptance designs and print what was observed beside each criterion.

    python -m tests.simulation.run [--only A07 ...]

A design is (id, criterion, function(seed, scale) -> (observed, met)); `designs_a`, `designs_b` and `designs_c` list
them. Seeds are fixed. A design that misses its criterion is run once more with another seed and four times the
replicates before it counts as failed, as a nightly run over some hundred cells would otherwise fail by chance.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass

from tqdm import tqdm

from tests.simulation import designs_a, designs_b, designs_c

Design = tuple[str, str, Callable[[int, float], tuple[str, bool]]]

DESIGNS: dict[str, Design] = {
    design[0]: design for design in (*designs_a.DESIGNS, *designs_b.DESIGNS, *designs_c.DESIGNS)
}
SEED, SECOND_SEED, MORE = 20250301, 20260907, 4.0


@dataclass(frozen=True)
class Outcome:
    """What one design came to."""

    name: str
    criterion: str
    observed: str
    met: bool
    rerun: bool
    seconds: float

    def line(self) -> str:
        """Return the line printed for it."""
        verdict = "pass" if self.met else "FAIL"
        again = ", second run" if self.rerun else ""
        return f"{self.name}  {verdict}  observed {self.observed}  |  {self.criterion}  ({self.seconds:.0f} s{again})"


def run_design(design: Design) -> Outcome:
    """Run a design, and once more with more replicates if it misses; an exception is a failure, not a crash."""
    name, criterion, function = design
    started = time.monotonic()
    observed, met, rerun = "", False, False
    try:
        observed, met = function(SEED, 1.0)
        if not met:
            first, rerun = observed, True
            again, met = function(SECOND_SEED, MORE)
            observed = f"{again} (first run: {first})"
    except Exception as error:  # the other designs still run, and the last line counts this one
        observed, met = f"raised {type(error).__name__}: {error}", False
    return Outcome(name, criterion, observed, met, rerun, time.monotonic() - started)


def run_named(name: str) -> Outcome:
    """Run a design by id: what travels to the other process is its name."""
    return run_design(DESIGNS[name])


def outcomes(names: Sequence[str], processes: int) -> Iterator[Outcome]:
    """Yield outcomes as they come in."""
    if processes == 1 or len(names) == 1:
        yield from map(run_named, names)
        return
    with ProcessPoolExecutor(processes) as pool:
        for future in as_completed([pool.submit(run_named, name) for name in names]):
            yield future.result()


def main(arguments: list[str] | None = None) -> int:
    """Run the designs asked for; exit 1 if one fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.run", description="Acceptance by simulation.")
    parser.add_argument("--only", nargs="+", metavar="ID", choices=sorted(DESIGNS), help="for example A07")
    names = sorted(parser.parse_args(arguments).only or DESIGNS)
    on_terminal = sys.stderr.isatty()
    passed = 0
    with tqdm(total=len(names), unit="design", disable=not on_terminal, file=sys.stderr) as bar:
        for done, outcome in enumerate(outcomes(names, processes=min(2, os.cpu_count() or 1)), start=1):
            passed += outcome.met
            prefix = "" if on_terminal else f"[{done}/{len(names)}] "
            bar.write(prefix + outcome.line(), file=sys.stdout)
            sys.stdout.flush()
            bar.update()
    print(f"{passed} passed, {len(names) - passed} failed")
    return 0 if passed == len(names) else 1


if __name__ == "__main__":
    sys.exit(main())
