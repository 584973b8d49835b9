"""Exports of the CRMs that people have reach their right numbers without a mapping; the truth: fixture_crms.py."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.fixture_crms import KINDS, bounds, truth, write
from tests.foreign import Outcome, outcome

WEEKS = ("2026-W30", "2026-W36")
NAMES = {"leads": "leads", "mqls": "mqls", "accepted": "accepted", "rejected": "rejected", "lost": "lost"}
MINUTES = {"hubspot_export_en", "hubspot_export_de", "hubspot_export_fr", "hubspot_export_es", "zoho_export",
           "salesforce_report", "salesforce_report_de"}  # fmt: skip
"""Kinds whose files hold no seconds."""


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crms")
    for kind in KINDS:
        write(kind, folder / kind)
    return folder


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_page_has_the_true_numbers_and_nobody_wrote_a_mapping(exports: Path, tmp_path: Path, kind: str) -> None:
    for week in WEEKS:
        found, true = outcome(exports / kind, tmp_path / week, week=week, chosen=True), truth(week, kind)
        assert not found.refused
        assert not found.results["held"]
        told = {name: found.value(metric) for name, metric in NAMES.items()}
        assert told == {name: true[name] for name in NAMES}
        assert (found.value("won"), found.value("won_value")) == (true["won"][0], float(true["won"][1]))
        open_ = (found.value("pipeline_open_deals"), found.value("pipeline_open"))
        assert open_ == (true["open"][0], float(true["open"][1]))
        by_source = {m["source"]: m["value"] for m in found.results["metrics"] if _is_source(m, "leads")}
        assert {s: n for s, n in by_source.items() if n} == {s or "(unknown)": n for s, n in true["by_source"].items()}
        touched = {
            str(lead): _written(at.astimezone(UTC), kind) for lead, at in true["followed_up"].items() if _seen(at, week)
        }
        assert _first_touches(found, kind) == touched


def _seen(at: datetime | None, week: str) -> bool:
    """Whether it had happened when the week was over: a page of the week sees nothing later."""
    return at is not None and at < bounds(week)[1]


def _is_source(metric: dict[str, Any], name: str) -> bool:
    return metric["name"] == name and metric["source"] is not None and metric["segment"] is None


def _first_touches(found: Outcome, kind: str) -> dict[str, str]:
    """By lead of the week, when somebody of the team first turned to it, of the tables that the page was made of."""
    assert found.report is not None
    run, tables = found.report.facts.run, found.report.facts.tables
    begins, ends = (t.astimezone(UTC).replace(tzinfo=None) for t in (run.begins, run.ends))
    leads, done = tables["leads"].to_pandas(), tables["activities"].to_pandas()
    done = done[done.direction == "out"]
    touches = []
    for lead in leads[(leads.created_at >= begins) & (leads.created_at < ends)].itertuples():
        mine = done.lead_id == lead.lead_id
        if {"contact_id"} <= set(done.columns) and isinstance(lead.contact_id, str):
            mine |= done.contact_id == lead.contact_id
        touches.append((lead.lead_id, done[mine].occurred_at.min()))
    return {lead: _written(at, kind) for lead, at in touches if at == at and at is not None}


def _written(at: datetime, kind: str) -> str:
    """An instant as exactly as a kind's files have it."""
    return f"{at:%Y-%m-%d %H:%M}" + ("" if kind in MINUTES else f":{at:%S}")
