"""Each rep's open leads in a real PostgreSQL and in DuckDB, which must agree."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from alignment_lib.blocks.rep_day import rep_day
from alignment_lib.facts.rep_frames import open_leads, undecided
from alignment_lib.params import Request, load
from tests import fixture_postgres as postgres
from tests.fixture_export import typed_export
from tests.fixture_report import ROOT, assert_same_frames, facts_on
from tests.test_postgres import PASSWORD, database


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    with postgres.running() as server:
        yield server


def params(data: str) -> Any:
    asked = Request(source="demo", data=data, params=str(ROOT / "params/weekly.yaml"), report="reps",
                    day="2026-09-18", as_of="2026-09-18T09:30")  # fmt: skip
    return load(asked, now=datetime(2026, 9, 22, tzinfo=UTC), root=ROOT)


def test_the_same_day_as_on_duckdb(server: postgres.Server, tmp_path: Path) -> None:
    """Friday morning, when some leads are due that day; the server's own time zone is Los Angeles."""
    export = typed_export(tmp_path)
    database(server, "reps")
    postgres.load(server, export, "reps")
    with server.connect("reps") as connection:
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    pair = facts_on(params(str(export))), facts_on(params(server.url("reader", PASSWORD, "reps")))
    assert [facts.tables.source.engine for facts in pair] == ["duckdb", "postgres"]
    here, there = (open_leads(facts, sla_s=8 * 3600) for facts in pair)
    assert_same_frames(here, there)
    assert {"overdue", "due today"} <= set(here["state"]) and len(here) > 100
    assert_same_frames(*(undecided(facts) for facts in pair))
    blocks = [rep_day(facts) for facts in pair]
    assert blocks[0].sentences == blocks[1].sentences and blocks[0].metrics == blocks[1].metrics
    assert json.dumps(blocks[0].handover) == json.dumps(blocks[1].handover)
