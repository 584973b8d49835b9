"""What a report costs on this machine, beside what a do-it-yourself report pays at least.

    python -m tests.benchmarks.bench [--quick]

F is an empty notebook through the papermill and the nbconvert command, one after the other. Rounds of F and of the
two reports on the demo alternate, so that whatever else the machine does hits all; so do those of F and the reports on
a million leads. Then come the weekly's numbers in plain pandas (`analyst.py`, where it says how they are written). No
time is a test: the exit code is 1 only where something fails to run or the two sets of numbers differ.
"""

from __future__ import annotations

import argparse
import compileall
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from alignment_lib.demo.folder import demo_folder
from tests.benchmarks import agreement, stats_bench
from tests.benchmarks.process import BenchError, CutError, Usage, run

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
LEADS = 1_000_000
ROUNDS, BIG_ROUNDS, QUICK_ROUNDS = 5, 3, 2
REPORTS = ("weekly", "monthly")
SMALL_REACH = {"weekly": 1.0}
BIG_REACH = {"weekly": 2.0, "monthly": 3.0}
"""How many F a report may cost."""
BIG_BYTES = {"weekly": 2e9}
ANALYST_LIMIT_S = 900
GB = 1e9


@dataclass(frozen=True)
class Row:
    """A line of the table. `met` is None for a figure without a reach."""

    name: str
    seconds: Sequence[float]
    peak_bytes: int | None = None
    ratio: str = ""
    reach: str = ""
    met: bool | None = None
    remark: str = ""
    in_process: bool = False
    busy: float | None = None

    def cells(self) -> tuple[str, ...]:
        """As printed."""
        met = {None: self.remark, True: "reached", False: "not reached"}[self.met]
        if not self.seconds:
            return (self.name, "", "", "", self.ratio, "", self.reach, met)
        spread = f"{min(self.seconds):.1f}-{max(self.seconds):.1f}" if len(self.seconds) > 1 else self.remark or "once"
        memory = "not measured" if self.peak_bytes is None else f"{self.peak_bytes / GB:.2f} GB"
        busy = "" if self.busy is None else _time(self.busy)
        memory = "" if self.in_process else memory
        return (self.name, _time(self.median), spread, busy, self.ratio, memory, self.reach, met)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bench and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds, and not the million leads")
    quick = parser.parse_args(arguments).quick
    scratch = Path(tempfile.mkdtemp(prefix="alignment-bench-"))
    compileall.compile_dir(ROOT / "alignment_lib", quiet=1)  # as pip did with what F loads; Python may be told not to
    try:
        rows, verdict = _rows(scratch, quick)
    except BenchError as problem:
        print(f"bench: {problem}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print(_table(rows))
    print(
        "Medians; busy: seconds of processor; F: the empty notebook, of the rounds that the report took turns with;\n"
        "peak memory: sum of the processes' peak resident sets."
    )
    if verdict is None:
        return 0
    print(f"The weekly report on a million leads and plain pandas: {verdict}.")
    print("\n".join(verdict.differences))
    return 1 if verdict.differences else 0


def _rows(scratch: Path, quick: bool) -> tuple[list[Row], agreement.Agreement | None]:
    """Everything, in the order in which it is run."""
    league, incidence = stats_bench.times()
    rows = _small(scratch, QUICK_ROUNDS if quick else ROUNDS)
    verdict = None
    if not quick:
        folder = _million()
        big = _in_turns(scratch, BIG_ROUNDS, "a million leads", BIG_REACH, "--data", folder)
        file = next((scratch / "weekly" / "weekly").glob("*/results.json"))
        theirs, verdict = _analyst(folder, big[1], json.loads(file.read_text(encoding="utf-8")))
        rows += [*big, *theirs]
    how: Any = {"in_process": True, "remark": f"best of {stats_bench.ROUNDS}"}
    rows += [
        Row("league table of 500 sources", [league], reach="under 1 s", met=league < 1, **how),
        Row("incidence of 10,000 days", [incidence], reach="under 10 ms", met=incidence < 0.01, **how),
    ]
    return rows, verdict


def _small(scratch: Path, rounds: int) -> list[Row]:
    """The floor and the reports on the demo, in turns."""
    demo_folder(ROOT)  # generated before, not timed
    return _in_turns(scratch, rounds, "the demo", SMALL_REACH)


def _in_turns(scratch: Path, rounds: int, on: str, reach: dict[str, float], *options: str | Path) -> list[Row]:
    """F, the weekly and the monthly one after the other, as often as there are rounds; a row each."""
    floors, usages = list[Usage](), dict[str, list[Usage]]()
    for number in range(rounds):
        _tell(f"round {number + 1} of {rounds}: the empty notebook, the reports on {on}")
        floors.append(_floor(scratch))
        for name in REPORTS:
            usages.setdefault(name, []).append(_report(name, scratch / name, *options))
    floor = statistics.median(u.seconds for u in floors)
    rows = [_row(f"empty notebook, beside {on}", floors, ratio="1.00 F")]
    return rows + [_judged(name, on, usages[name], floor, reach.get(name)) for name in REPORTS]


def _judged(name: str, on: str, usages: Sequence[Usage], floor: float, reach: float | None) -> Row:
    """A report's row, with its ratio to the floor and what it may cost."""
    row = _row(f"{name} report, {on}", usages)
    ratio = row.median / floor
    if reach is None:
        return replace(row, ratio=f"{ratio:.2f} F")
    limit = BIG_BYTES.get(name) if on != "the demo" else None
    met = ratio <= reach and (limit is None or row.peak_bytes is None or row.peak_bytes < limit)
    text = f"{reach:.1f} F" + (f", {limit / GB:.0f} GB" if limit else "")
    return replace(row, ratio=f"{ratio:.2f} F", reach=text, met=met)


def _row(name: str, usages: Sequence[Usage], **more: Any) -> Row:
    peaks = [u.peak_bytes for u in usages if u.peak_bytes is not None]
    busy = statistics.median(u.busy_s for u in usages)
    return Row(name, [u.seconds for u in usages], int(statistics.median(peaks)) if peaks else None, busy=busy, **more)


def _floor(scratch: Path) -> Usage:
    """An empty notebook through both commands; the larger of their peaks."""
    import nbformat

    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    nbformat.write(notebook, scratch / "empty.ipynb")
    ran = run([BIN / "papermill", "empty.ipynb", "ran.ipynb"], cwd=scratch)
    shown = run([BIN / "jupyter", "nbconvert", "--to", "html", "ran.ipynb"], cwd=scratch)
    peaks = [u.peak_bytes for u in (ran, shown) if u.peak_bytes is not None]
    return Usage(ran.seconds + shown.seconds, max(peaks, default=None), busy_s=ran.busy_s + shown.busy_s)


def _report(name: str, out: Path, *options: str | Path) -> Usage:
    shutil.rmtree(out, ignore_errors=True)
    return run([BIN / "alignment", name, "--source", "demo", "--out", out, *options], cwd=ROOT)


def _million() -> Path:
    """The folder of a million leads; generated once per version of the demo, and whole or not there."""
    demo = demo_folder(ROOT)
    folder = demo.with_name(demo.name.replace("demo", f"bench-{LEADS}", 1))
    if not folder.is_dir():
        _tell(f"generating {LEADS:,} leads, once")
        half_done = folder.with_name(f".{folder.name}")
        shutil.rmtree(half_done, ignore_errors=True)
        run([BIN / "alignment", "demo", "--leads", str(LEADS), "--format", "parquet", "--out", half_done], cwd=ROOT)
        half_done.rename(folder)
    return folder


def _analyst(folder: Path, big: Row, results: dict[str, Any]) -> tuple[list[Row], agreement.Agreement | None]:
    """The same numbers in plain pandas, business hours for the weeks shown only and for every lead."""
    verdicts, rows = [], []
    for name, options in (("hours of 14 weeks", ()), ("hours of every lead", ("--every-lead",))):
        _tell(f"plain pandas, {name}")
        command = [sys.executable, "-m", "tests.benchmarks.analyst", folder, "--week", results["period"]]
        title = f"plain pandas, {name}"
        try:
            usage = run([*command, "--as-of", results["as_of"], *options], cwd=ROOT, limit_s=ANALYST_LIMIT_S)
        except CutError as cut:
            rows.append(Row(title, [], reach="10 times that", remark=f"{cut}; not compared"))
            continue
        verdicts.append(agreement.compare(results["metrics"], json.loads(usage.output)))
        slower = usage.seconds / big.median
        larger = (usage.peak_bytes or 0) / big.peak_bytes if big.peak_bytes else 0.0
        ratio = f"{slower:.1f}, memory {larger:.1f}"
        rows.append(_row(title, [usage], ratio=ratio, reach="10 times that", met=max(slower, larger) >= 10))
    return rows, max(verdicts, key=lambda v: len(v.differences), default=None)


def _table(rows: Sequence[Row]) -> str:
    """Columns under their heads; text to the left, numbers to the right."""
    cells = [("", "median", "range, s", "busy", "ratio", "peak memory", "reach", ""), *(row.cells() for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))]
    lines = []
    for line in cells:
        sides = (
            text.ljust(w) if i in (0, 6, 7) else text.rjust(w)
            for i, (text, w) in enumerate(zip(line, widths, strict=True))
        )
        lines.append("  ".join(sides).rstrip())
    return "\n".join(lines)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
