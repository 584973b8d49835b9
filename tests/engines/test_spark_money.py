"""The frames of money on PySpark (local mode) and on DuckDB, which must agree; the oracle is the other engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from alignment_lib.checks import build as build_tables
from alignment_lib.facts import Facts, build, money_frames
from alignment_lib.params import Request, RunParams, load
from alignment_lib.source import open_source
from tests.fixture_export import typed_export
from tests.fixture_report import ROOT, assert_same_frames, with_dialect

pytestmark = pytest.mark.spark

EVER = {"first_day": 20_000, "last_day": 20_750}
WEEK_S = 7 * 86_400
FRAMES: dict[str, Callable[[Facts], pd.DataFrame]] = {
    "closings": lambda facts: money_frames.closings(facts, **EVER),
    "pipeline_flow": lambda facts: money_frames.pipeline_flow(
        facts, begin_s=facts.run.as_of_s - WEEK_S, end_s=facts.run.as_of_s
    ),
    "expected_to_close": lambda facts: money_frames.expected_to_close(
        facts, open_at_s=facts.run.as_of_s, last_day=20_750
    ),
    "spend_by_day": lambda facts: money_frames.spend_by_day(facts, last_day=20_750),
    "spend_by_day of a source": lambda facts: money_frames.spend_by_day(
        facts, last_day=20_750, by="source", of="Webinar"
    ),
}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, connect: Callable[[Path], object]) -> tuple[Facts, Facts]:
    """The same run on DuckDB and on Spark."""
    export = typed_export(tmp_path_factory.mktemp("demo"))
    asked = Request(source="demo", data=str(export), params=str(ROOT / "params/weekly.yaml"))
    params = load(asked, now=datetime(2026, 9, 22, tzinfo=UTC), root=ROOT)
    return facts_of(params), facts_of(with_dialect(params, "duckdb"), connect(export))


def facts_of(params: RunParams, backend: object = None) -> Facts:
    return build(build_tables(open_source(params, backend=backend), params))


@pytest.mark.parametrize("name", FRAMES)
def test_frame(pair: tuple[Facts, Facts], name: str) -> None:
    here, there = (FRAMES[name](facts) for facts in pair)
    assert [facts.tables.source.engine for facts in pair] == ["duckdb", "pyspark"]
    assert_same_frames(here, there)
    assert list(here.dtypes.astype(str)) == list(there.dtypes.astype(str))
    assert len(here) > 2


def test_no_frame_is_left_out() -> None:
    public = {n for n, f in vars(money_frames).items() if getattr(f, "__module__", "") == money_frames.__name__}
    inner = {"in_cents"}  # a column of the frames, and none itself
    assert {n for n in public - inner if n[0] != "_"} == {name.partition(" ")[0] for name in FRAMES}
