"""Each rep's open leads in a real PostgreSQL and in DuckDB, which must agree."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from alignment_lib.blocks.rep_day import rep_day
from alignment_lib.facts.rep_frames import open_leads, undecided
from alignment_lib.params import Request, load
from tests.fixture_report import ROOT, assert_same_frames, facts_on
from tests.shared_postgres import Crm


def params(data: str) -> Any:
    asked = Request(source="demo", data=data, params=str(ROOT / "params/weekly.yaml"), report="reps",
                    day="2026-09-18", as_of="2026-09-18T09:30")  # fmt: skip
    return load(asked, now=datetime(2026, 9, 22, tzinfo=UTC), root=ROOT)


def test_the_same_day_as_on_duckdb(crm: Crm) -> None:
    """Friday morning, when some leads are due that day; the server's own time zone is Los Angeles."""
    pair = facts_on(params(str(crm.export))), facts_on(params(crm.url("reader")))
    assert [facts.tables.source.engine for facts in pair] == ["duckdb", "postgres"]
    here, there = (open_leads(facts, sla_s=8 * 3600) for facts in pair)
    assert_same_frames(here, there)
    assert {"overdue", "due today"} <= set(here["state"]) and len(here) > 100
    assert_same_frames(*(undecided(facts) for facts in pair))
    blocks = [rep_day(facts) for facts in pair]
    assert blocks[0].sentences == blocks[1].sentences and blocks[0].metrics == blocks[1].metrics
    assert json.dumps(blocks[0].handover) == json.dumps(blocks[1].handover)
