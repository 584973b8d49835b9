"""The whole monthly of a real PostgreSQL: the numbers and words of DuckDB on the same rows, and nothing written.

The server runs in a time zone of its own (Los Angeles), so that a clock read in the session's zone would show.
"""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import pytest

from alignment_lib.page.block import Block, Cell, Column, Count, Listing, Table
from alignment_lib.params import Request, RunParams, load
from alignment_lib.report.session import Report
from tests.fixture_report import ROOT, assert_same_pages, assert_same_results, facts_on, shown
from tests.shared_postgres import Crm

NOW = datetime(2026, 9, 22, tzinfo=UTC)


def params(data: str, **asked: str) -> RunParams:
    request = Request(source="demo", data=data, params=str(ROOT / "params/monthly.yaml"), report="monthly", **asked)
    return load(request, now=NOW, root=ROOT)


@pytest.mark.parametrize(
    ("role", "asked"),
    [
        ("reader", {"month": "2026-08"}),
        ("reader", {"month": "2026-07", "slice": "segment=mid-market"}),
        ("bare", {"month": "2025-10", "as_of": "2025-10-30T12:00:00Z"}),  # no temporary tables; the clocks have changed
    ],
)
def test_the_same_month_as_duckdb_and_nothing_written(crm: Crm, role: str, asked: dict[str, str]) -> None:
    before = crm.state()
    facts = facts_on(params(str(crm.export), **asked)), facts_on(params(crm.url(role), **asked))
    assert [f.tables.source.engine for f in facts] == ["duckdb", "postgres"]
    here, there = (shown(f, "monthly") for f in facts)
    assert_same_results(here.results(), there.results())
    assert_same_pages(here, there)
    assert told(here) > 400
    assert crm.state() == before


def told(report: Report) -> int:
    """Records that have a value."""
    return sum(m["value"] is not None for m in report.results()["metrics"])


def test_pages_are_compared_word_by_word() -> None:
    """Rows in another order are the same page; another word, and another list behind a count, are not."""

    def page(*rows: tuple[Cell, ...], note: str = "") -> Report:
        table = Table("Leads", (Column("Source"), Column("n")), rows, note=note)
        return cast("Report", SimpleNamespace(shown=[Block("x", "X", "?", tables=(table,))]))

    opens = [Count("1", Listing("leads", (("Ida", (one,)),))) for one in ("L1", "L2")]
    assert_same_pages(page(("a", "1"), ("b", "2")), page(("b", "2"), ("a", "1")))
    for other in (page(("b", "1"), ("a", "2")), page(("a", "1"), ("b", "2"), note="so far")):
        with pytest.raises(AssertionError):
            assert_same_pages(page(("a", "1"), ("b", "2")), other)
    with pytest.raises(AssertionError):
        assert_same_pages(page(("a", opens[0])), page(("a", opens[1])))
