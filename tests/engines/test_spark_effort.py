"""How leads were worked and judged, on PySpark (local mode) and on DuckDB, which must agree.

The oracle is the other engine, on the same rows under the same mapping.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from alignment_lib.facts import Facts, effort_frames
from alignment_lib.params import Request, load
from alignment_lib.stats.days import epoch_day
from tests.fixture_export import typed_export
from tests.fixture_report import ROOT, assert_same_frames, facts_on, with_dialect

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, connect: Callable[[Path], Any]) -> tuple[Facts, Facts]:
    """The same run on DuckDB and on Spark."""
    export = typed_export(tmp_path_factory.mktemp("demo"))
    asked = Request(source="demo", data=str(export), params=str(ROOT / "params/weekly.yaml"))
    params = load(asked, now=datetime(2026, 9, 22, tzinfo=UTC), root=ROOT)
    return facts_on(params), facts_on(with_dialect(params, "duckdb"), connect(export))


def _heard(facts: Facts) -> pd.DataFrame:
    remarks = [row | {"lead_id": None} if n % 2 else row for n, row in enumerate(facts.kept("feedback"))]
    return pd.DataFrame(sorted(effort_frames.last_heard(facts, remarks).items()), columns=["source", "day"])


FRAMES: dict[str, Callable[..., pd.DataFrame]] = {
    "efforts": lambda facts, **days: effort_frames.efforts(facts, listed=11, **days),
    "judgements": effort_frames.judgements,
    "decided": effort_frames.decided,
    "last_heard": lambda facts, **_: _heard(facts),
}


@pytest.mark.parametrize("name", FRAMES)
def test_frame(pair: tuple[Facts, Facts], name: str) -> None:
    run = pair[0].run
    days = {"first_day": epoch_day(run.weeks[0].monday), "last_day": run.last_day}
    here, there = (FRAMES[name](facts, **days) for facts in pair)
    assert [facts.tables.source.engine for facts in pair] == ["duckdb", "pyspark"]
    assert_same_frames(here, there)
    assert len(here) > 5
