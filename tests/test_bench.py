"""The bench's own parts: its analyst agrees with the report, differences are found, memory is measured."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from alignment_lib.blocks import weekly as blocks
from alignment_lib.demo import generate
from alignment_lib.report.session import open_report
from tests.benchmarks import agreement, analyst, bench, process

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


@pytest.mark.parametrize("seed", [1, 2])
def test_the_analyst_and_the_report_print_the_same(tmp_path: Path, seed: int) -> None:
    """Plain pandas, lifelines and a day-by-day clock against the engine's numbers."""
    generate(tmp_path, leads=2_000, seed=seed, file_format="parquet")
    report = open_report(source="demo", data=str(tmp_path))
    for block in (blocks.history, blocks.marketing_sla, blocks.sources, blocks.follow_up, blocks.closed):
        report.show(block)
    results = report.results()
    found = analyst.numbers(tmp_path, results["period"], pd.Timestamp(results["as_of"]))
    verdict = agreement.compare(results["metrics"], found)
    assert not verdict.differences
    assert verdict.agreed > 150
    assert {m["name"] for m in results["metrics"]} >= set(agreement.NAMES)
    assert verdict.beyond > 50


def test_another_value_and_a_missing_number_are_differences() -> None:
    ours = [_number("won", 3), _number("lost", 4), _number("acceptance", None), _number("mqls", 10)]
    ours.append({**_number("won", 2), "source": "Event"})
    theirs = [_number("won", 3 + 1e-7), _number("lost", 5), _number("acceptance", 0.5), _number("leads", 7)]
    theirs += [{**_number("won", 1), "source": "Event", "period": "2026-09"}]
    verdict = agreement.compare(ours, theirs)
    assert (verdict.agreed, verdict.withheld, verdict.beyond) == (1, 1, 1)
    assert verdict.differences == (
        "leads: printed by the analyst only",
        "lost: the report has 4, the analyst 5",
        "won Event 2026-09: printed by the analyst only",
        "won Event: printed by the report only",
    )


def _number(name: str, value: float | None) -> analyst.Record:
    return {"name": name, "source": None, "segment": None, "period": None, "value": value}


@pytest.mark.parametrize(
    ("begin", "end", "zone", "hours"),
    [
        ("2026-04-02T15:00:00+00:00", "2026-04-07T08:00:00+00:00", BERLIN, 1.5),  # by hand: Easter, 17:00 to 10:00
        ("2026-09-07T12:00:00+00:00", "2026-09-08T14:00:00+00:00", NEW_YORK, 1.0),  # by hand: Labor Day
        ("2026-09-12T12:00:00+00:00", "2026-09-13T12:00:00+00:00", BERLIN, 0.0),
    ],
)
def test_the_analysts_business_hours(begin: str, end: str, zone: str, hours: float) -> None:
    assert analyst.business_hours(datetime.fromisoformat(begin), datetime.fromisoformat(end), zone) == hours


def test_peak_memory_is_of_the_whole_tree(tmp_path: Path) -> None:
    """A process of 60 MB that starts one of 120 MB."""
    if not process.measurable():
        pytest.skip("this system does not tell a process's children under /proc")
    hold = "import time; held = bytearray(b'x') * ({} * 10**6); time.sleep(0.5)"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {hold.format(120)!r}]); {hold.format(60)}"
    usage = process.run([sys.executable, "-c", child], cwd=tmp_path)
    assert usage.peak_bytes is not None
    assert 180e6 < usage.peak_bytes < 300e6
    assert 1.0 < usage.seconds < 60


def test_time_on_a_processor_is_of_the_whole_tree_and_of_no_other(tmp_path: Path) -> None:
    """Half a second of work in a child of the command; a command that sleeps after it has none of that."""
    work = "import time; begun = time.process_time()\nwhile time.process_time() < begun + 0.5: pass"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {work!r}])"
    assert 0.5 < process.run([sys.executable, "-c", child], cwd=tmp_path).busy_s < 5
    assert process.run([sys.executable, "-S", "-c", "import time; time.sleep(0.6)"], cwd=tmp_path).busy_s < 0.5


def test_a_report_is_judged_by_what_it_may_cost() -> None:
    """Twice an empty notebook of 2 s: within 2.0 F, not within 1.0 F, unless it takes more memory than it may."""
    usages = [process.Usage(s, 10**9, busy_s=s) for s in (3.0, 4.0, 9.0)]
    big = {m: bench._judged("weekly", "a million leads", [process.Usage(4.0, m)], 2.0, 2.0) for m in (10**9, 3 * 10**9)}
    row = bench._judged("monthly", "the demo", usages, 2.0, 1.0)
    assert (row.median, row.busy, row.ratio, row.reach, row.met) == (4.0, 4.0, "2.00 F", "1.0 F", False)
    assert [(r.met, r.reach) for r in big.values()] == [(True, "2.0 F, 2 GB"), (False, "2.0 F, 2 GB")]
    assert bench._judged("monthly", "the demo", usages, 2.0, None).met is None


def test_a_failing_and_an_endless_command_are_told(tmp_path: Path) -> None:
    with pytest.raises(process.BenchError, match=r"(?s)ended with 1: .*ZeroDivisionError"):
        process.run([sys.executable, "-c", "1/0"], cwd=tmp_path)
    with pytest.raises(process.CutError, match="cut after 1 s"):
        process.run([sys.executable, "-c", "import time; time.sleep(60)"], cwd=tmp_path, limit_s=1)
