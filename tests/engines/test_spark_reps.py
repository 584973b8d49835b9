"""Each rep's open leads on PySpark (local mode) and on DuckDB, which must agree: rows, states, time left, the mails."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from alignment_lib.blocks.rep_day import rep_day
from alignment_lib.facts import Facts
from alignment_lib.facts.rep_frames import open_leads, undecided
from alignment_lib.params import Request, load
from tests.fixture_export import typed_export
from tests.fixture_report import ROOT, assert_same_frames, facts_on, with_dialect

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, connect: Callable[[Path], Any]) -> tuple[Facts, Facts]:
    """The same run on DuckDB and on Spark: Friday morning, when some leads are due that day."""
    export = typed_export(tmp_path_factory.mktemp("demo"))
    asked = Request(source="demo", data=str(export), params=str(ROOT / "params/weekly.yaml"), report="reps",
                    day="2026-09-18", as_of="2026-09-18T09:30")  # fmt: skip
    params = load(asked, now=datetime(2026, 9, 22, tzinfo=UTC), root=ROOT)
    return facts_on(params), facts_on(with_dialect(params, "duckdb"), connect(export))


def test_rows(pair: tuple[Facts, Facts]) -> None:
    assert [facts.tables.source.engine for facts in pair] == ["duckdb", "pyspark"]
    here, there = (open_leads(facts, sla_s=8 * 3600) for facts in pair)
    assert_same_frames(here, there)
    assert {"overdue", "due today"} <= set(here["state"]) and len(here) > 100
    assert_same_frames(*(undecided(facts) for facts in pair))


def test_what_the_mails_get(pair: tuple[Facts, Facts]) -> None:
    here, there = (rep_day(facts) for facts in pair)
    assert here.sentences == there.sentences and here.metrics == there.metrics
    assert json.dumps(here.handover) == json.dumps(there.handover) and len(here.handover) > 5
