"""Every adapter on PySpark (local mode) and on DuckDB, which must agree; and the business clock across clock changes.

The oracle is the other engine, on the same rows under the same mapping; of the clock, `clock.business_seconds`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest

from alignment_lib.checks import build as build_tables
from alignment_lib.facts import Facts, build, cohort_frames, deal_frames, quality_frames
from alignment_lib.params import Request, RunParams, load
from alignment_lib.source import open_source
from alignment_lib.source.tables import NEEDED
from tests import fixture_clocks as clocks
from tests.fixture_export import typed_export
from tests.fixture_report import ROOT, assert_same_frames, with_dialect

pytestmark = pytest.mark.spark

SCENARIOS: dict[str, dict[str, str]] = {
    "last week": {},
    "a slice between two clock changes": {
        "week": "2025-W44",
        "as_of": "2025-10-30T12:00:00Z",
        "slice": "segment=mid-market",
    },
}
EVER = {"first_day": 20_000, "last_day": 20_750}
DIMENSIONS = ("source", "segment", "owner_id")
ADAPTERS: dict[str, Callable[[Facts], pd.DataFrame]] = {
    **{
        f"conversions {stage}": lambda facts, stage=stage: cohort_frames.conversions(
            facts, stage, start="mql", span="month", by=DIMENSIONS, **EVER
        )
        for stage in cohort_frames.STAGES
    },
    "conversions by week": lambda facts: cohort_frames.conversions(facts, "won", span="week", **EVER),
    "matured": lambda facts: cohort_frames.matured(facts, "won", horizon=60, by=DIMENSIONS, **EVER),
    "matured in all": lambda facts: cohort_frames.matured(facts, "won", horizon=60, **EVER),
    "levels score": lambda facts: quality_frames.levels(facts, "accepted", horizon=30, width=10, **EVER),
    "levels grade": lambda facts: quality_frames.levels(facts, "accepted", level="grade", horizon=30, **EVER),
    "criteria": lambda facts: quality_frames.criteria(facts, "accepted", horizon=30, **EVER),
    "ratings": lambda facts: quality_frames.ratings(facts, **EVER),
    "rep_counts": lambda facts: deal_frames.rep_counts(facts, **EVER),
    "won_amounts": lambda facts: deal_frames.won_amounts(facts, **EVER),
    "undated": lambda facts: pd.DataFrame({"undated": [deal_frames.undated(facts)], "deals": [1]}),
    "journeys": lambda facts: deal_frames.journeys(facts, **EVER),
    "journeys of 30 days": lambda facts: deal_frames.journeys(facts, lookback_days=30, **EVER),
}


def facts_of(params: RunParams, backend: Any = None) -> Facts:
    return build(build_tables(open_source(params, backend=backend), params, names=(*NEEDED, "touches", "criteria")))


@pytest.fixture(scope="module", params=SCENARIOS.values(), ids=SCENARIOS)
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, connect: Callable[[Path], Any]
) -> tuple[Facts, Facts]:
    """The same run on DuckDB and on Spark."""
    export = typed_export(tmp_path_factory.mktemp("demo"))
    asked = Request(source="demo", data=str(export), params=str(ROOT / "params/weekly.yaml"), **request.param)
    params = load(asked, now=datetime(2026, 9, 22, tzinfo=UTC), root=ROOT)
    return facts_of(params), facts_of(with_dialect(params, "duckdb"), connect(export))


@pytest.mark.parametrize("name", ADAPTERS)
def test_adapter(pair: tuple[Facts, Facts], name: str) -> None:
    here, there = (ADAPTERS[name](facts) for facts in pair)
    assert [facts.tables.source.engine for facts in pair] == ["duckdb", "pyspark"]
    assert_same_frames(here, there)
    assert here.select_dtypes("number").sum().sum() > 0


def test_no_adapter_is_left_out() -> None:
    public = {
        name
        for module in (cohort_frames, quality_frames, deal_frames)
        for name, thing in vars(module).items()
        if callable(thing)
        and getattr(thing, "__module__", "") == module.__name__
        and name[0].islower()
        and name[0] != "_"
    }
    inner = {"needs", "require", "matured_counts", "side_by_side", "ends", "tidy", "known", "as_number"}
    assert public - inner == {name.partition(" ")[0] for name in ADAPTERS}


def test_the_business_clock_across_clock_changes(spark: Any) -> None:
    engine = ibis.pyspark.connect(spark)
    frame = clocks.instants(seed=4, per_zone=200)
    tables = {"instants": frame.astype({"end_s": object}), "open_days": pd.DataFrame(clocks.clocks().columns())}
    for name, rows in tables.items():
        schema = ", ".join(f"{column} bigint" for column in rows.columns)
        values = [tuple(None if v is pd.NA else int(v) for v in row) for row in rows.itertuples(index=False)]
        spark.createDataFrame(values, schema).createOrReplaceTempView(name)
    found = clocks.in_the_engine(engine.table("instants"), engine.table("open_days"))["seconds"]
    np.testing.assert_array_equal(found.to_numpy(dtype=float, na_value=np.nan), clocks.plain(frame))
