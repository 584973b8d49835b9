"""The monthly on PySpark (local mode) and on DuckDB, which must agree: its frames, and every word of the report.

The oracle is the other engine, on the same rows under the same mapping.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from alignment_lib.checks import build
from alignment_lib.facts import (
    Facts,
    content_frames,
    due_frames,
    funnel_frames,
    people_frames,
    plan_frames,
    revenue_frames,
    stage_frames,
    whatif_frames,
)
from alignment_lib.params import Request, load
from alignment_lib.source import open_source
from tests import fixture_clock_change as clock_change
from tests.fixture_export import typed_export
from tests.fixture_report import (
    ROOT,
    assert_same_frames,
    assert_same_pages,
    assert_same_results,
    facts_on,
    shown,
    with_dialect,
)

pytestmark = pytest.mark.spark

YEAR = {"first_day": 20_270, "last_day": 20_696}
"""Up to 31 August 2026."""
SLA_S = 8 * 3_600
LEADS = {"horizon": 60, "decided_days": 14, **YEAR}
ASSETS = ("A-01", "A-02", "A-03", "A-07")
STAGES = ("Discovery", "Evaluation", "Proposal")


def _reopenings(facts: Facts) -> pd.DataFrame:
    """As if Discovery were an end, for nobody comes back from the demo's own."""
    closing, now = {"Discovery": "lost"}, facts.run.as_of_s
    return revenue_frames.reopenings(facts, closing=closing, begin_s=now - 365 * 86_400, end_s=now)


def _arm_days(facts: Facts) -> pd.DataFrame:
    names = ["Webinar", "Paid Search", *(str(r["arm_a"]) for r in facts.kept("suggestions") if r["arm_a"])]
    return plan_frames.arm_days(facts, sorted(set(names)), horizons={"accepted": 14, "won": 60}, **YEAR)


def _scored(facts: Facts) -> pd.DataFrame:
    columns = ("score", "grade", "sales_rating")
    return whatif_frames.scored(facts, columns, width=10.0, recent_day=20_600, **LEADS)


FRAMES: dict[str, Callable[[Facts], Any]] = {
    "content library": content_frames.library,
    "content asset_uses": lambda facts: content_frames.asset_uses(facts).reset_index(),
    "content deals_by_content": lambda facts: content_frames.deals_by_content(facts, ASSETS),
    "content profile": lambda facts: content_frames.profile(facts, start="mql"),
    "content closed_by_profile": content_frames.closed_by_profile,
    "due due": lambda facts: due_frames.due(facts, sla_s=SLA_S, **YEAR),
    "funnel stages": lambda facts: pd.DataFrame({"stage": funnel_frames.stages(facts)}),
    "funnel stage_patterns": lambda facts: funnel_frames.stage_patterns(facts, horizon=60, **YEAR),
    "funnel follow_up_by_day": lambda facts: funnel_frames.follow_up_by_day(facts, sla_s=SLA_S, **YEAR),
    "people handed_by_day": lambda facts: people_frames.handed_by_day(facts, sla_s=SLA_S, **YEAR),
    "people open_deals": people_frames.open_deals,
    "people closed_by_owner": lambda facts: people_frames.closed_by_owner(facts, **YEAR),
    "people reps": lambda facts: pd.DataFrame([str(rep) for rep in people_frames.reps(facts)]),
    "people addressed": lambda facts: pd.DataFrame(people_frames.addressed(facts)),
    "plan arm_days": _arm_days,
    "plan mailings": lambda facts: plan_frames.mailings(facts, **YEAR),
    "plan deal_stages": lambda facts: pd.DataFrame({"stage": plan_frames.deal_stages(facts)}),
    "revenue open_deals": lambda facts: revenue_frames.open_deals(facts, at_s=facts.run.as_of_s),
    "revenue reasons": lambda facts: revenue_frames.reasons(facts, recent_day=20_600, **YEAR),
    "revenue stage_reach": lambda facts: revenue_frames.stage_reach(facts, **YEAR),
    "revenue asset_uses": lambda facts: revenue_frames.asset_uses(facts, stages=STAGES, **YEAR),
    "revenue assets": lambda facts: revenue_frames.assets(facts, stages=STAGES),
    "revenue spend_by_source": lambda facts: revenue_frames.spend_by_source(facts, last_day=YEAR["last_day"]),
    "revenue follow_up_by_day": lambda facts: revenue_frames.follow_up_by_day(facts, sla_s=SLA_S, **YEAR),
    "revenue reopenings": _reopenings,
    "stage stage_times": stage_frames.stage_times,
    "stage open_deals": stage_frames.open_deals,
    "stage lead_steps": stage_frames.lead_steps,
    "stage lost_deals": lambda facts: pd.DataFrame([stage_frames.lost_deals(facts)]),
    "whatif criteria_named": lambda facts: pd.DataFrame({"name": whatif_frames.criteria_named(facts)}),
    "whatif patterns": lambda facts: whatif_frames.patterns(facts, whatif_frames.criteria_named(facts), **LEADS),
    "whatif scored": _scored,
    "whatif highest_score": lambda facts: pd.DataFrame([{"score": whatif_frames.highest_score(facts)}]),
}
"""Frames that no other test of engines asks for, by module and function."""
MODULES: tuple[ModuleType, ...] = (
    content_frames, due_frames, funnel_frames, people_frames, plan_frames, revenue_frames, stage_frames, whatif_frames,
)  # fmt: skip
INNER = {"stage endings", "whatif mature"}
"""No frames: one reads a frame, the other is asked by those above."""


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, connect: Callable[[Path], Any]) -> tuple[Facts, Facts]:
    """The same month on DuckDB and on Spark."""
    export = typed_export(tmp_path_factory.mktemp("demo"))
    asked = Request(
        source="demo", data=str(export), params=str(ROOT / "params/monthly.yaml"), month="2026-08", report="monthly"
    )
    params = load(asked, now=datetime(2026, 9, 22, tzinfo=UTC), root=ROOT)
    return facts_on(params), facts_on(with_dialect(params, "duckdb"), connect(export))


@pytest.mark.parametrize("name", FRAMES)
def test_frame(pair: tuple[Facts, Facts], name: str) -> None:
    here, there = (FRAMES[name](facts) for facts in pair)
    assert [facts.tables.source.engine for facts in pair] == ["duckdb", "pyspark"]
    assert_same_frames(here, there)
    assert len(here)


def test_no_frame_is_left_out() -> None:
    public = {
        f"{module.__name__.rpartition('.')[2].removesuffix('_frames')} {name}"
        for module in MODULES
        for name, thing in vars(module).items()
        if callable(thing) and getattr(thing, "__module__", "") == module.__name__ and name[0].islower()
    }
    assert public - INNER == set(FRAMES)


def test_the_whole_report(pair: tuple[Facts, Facts]) -> None:
    """Every record and sentence, and every word of the page."""
    here, there = (shown(facts, "monthly") for facts in pair)
    assert_same_results(here.results(), there.results())
    assert_same_pages(here, there)
    assert sum(m["value"] is not None for m in here.results()["metrics"]) > 500
    assert sum(not block.missing for block in here.shown) > 40


TYPED = ["felix", " video\t", "\x0c off\x0b", "v", "f ", "  ", "\n"]
"""Of a letter that Spark's SQL takes for a form feed, and blanks of every kind."""


@pytest.mark.parametrize("engine", ["duckdb", "pyspark"])
def test_blanks_around_a_text_are_left_out_and_no_letter_is(
    engine: str, tmp_path: Path, connect: Callable[[Path], Any]
) -> None:
    frame = pd.DataFrame({"id": [str(i) for i in range(len(TYPED))], "created": "2026-11-02", "source": TYPED})
    frame.to_parquet(tmp_path / "typed.parquet")
    columns = {"lead_id": "id", "created_at": "created", "source": "source"}
    tables = {"leads": {"from": "typed", "columns": columns}}
    params = clock_change.params(str(tmp_path), name="typed", tables=tables)
    read = build(open_source(params, backend=connect(tmp_path) if engine == "pyspark" else None), params)
    found = read.inspected["leads"].used.to_pandas().sort_values("lead_id")["source"]
    assert [None if pd.isna(s) else s for s in found] == ["felix", "video", "off", "v", "f", None, None]
