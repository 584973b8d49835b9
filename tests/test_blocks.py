"""What the blocks say, on the six leads of tests/company.py (worked out by hand in tests/test_metrics.py)."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest

from alignment_lib.blocks import history
from alignment_lib.blocks import weekly as blocks
from alignment_lib.blocks.sources import sentence as sources_said
from alignment_lib.errors import GateError
from alignment_lib.facts import Facts
from alignment_lib.measures import REGISTRY
from alignment_lib.measures.registry import WORDS
from alignment_lib.page.block import Block, Metric
from alignment_lib.report.session import Report, unique
from alignment_lib.stats import limits
from tests.company import Company, company

ALL = tuple(getattr(blocks, name) for name in blocks.__all__ if name not in ("glossary", "record"))
"""Every block of the weekly."""


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return company(tmp_path_factory.mktemp("tiny")).facts()


def results(facts: Facts) -> dict[str, Any]:
    """Every block shown once, and what is recorded of it."""
    report = Report(facts, "weekly")
    for function in ALL:
        report.show(function)
    return report.results()


def value(found: dict[str, Any], name: str, **where: str) -> Any:
    """One recorded number; the total of the report's period unless a source, segment or period is named."""
    key = {"source": None, "segment": None, "period": None} | where
    [record] = [m for m in found["metrics"] if m["name"] == name and all(m[k] == v for k, v in key.items())]
    return record["value"]


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_recorded_numbers_are_those_worked_out_by_hand(facts: Facts) -> None:
    found = results(facts)
    expected = {
        "leads": 4, "mqls": 2, "opportunities": 1, "won": 1, "lost": 1, "won_value": 3500, "win_rate": 0.5,
        "sla_met": 1, "sla_missed": 1, "sla_not_due": 0, "sla_follow_up": 0.5,
    }  # fmt: skip
    assert {name: value(found, name) for name in expected} == expected
    assert value(found, "leads", source="(unknown)") == 1
    assert value(found, "leads", period="2020-W10") == 2
    assert value(found, "won_value", source="Webinar") == 3500
    assert value(found, "cycle_days") == pytest.approx(9 + 14 / 24)


def test_each_estimate_has_its_interval_and_n(facts: Facts) -> None:
    """1 of 2 in time: Wilson's interval is 0.0945 to 0.9055 (Newcombe 1998, method 3)."""
    [share] = [m for m in results(facts)["metrics"] if m["name"] == "sla_follow_up" and m["period"] is None]
    assert (share["n"], round(share["low"], 4), round(share["high"], 4)) == (2, 0.0945, 0.9055)


def test_an_undefined_number_is_null_with_its_reason_never_zero(tmp_path: Path) -> None:
    made = Company(tmp_path)
    made.rows["deals"] = made.rows["deals"][:1] + made.rows["deals"][3:]
    found = results(made.write().facts())
    [rate] = [m for m in found["metrics"] if m["name"] == "win_rate"]
    assert rate["value"] is None
    assert rate["reason"]
    assert "NaN" not in json.dumps(found)


def test_sentences_read_as_worked_out_by_hand(facts: Facts) -> None:
    told = [plain(s["text"]) for s in results(facts)["sentences"] if s["block"] == "headlines"]
    assert told == [
        "Nobody has promised a number of MQLs for this month.",
        "Sales followed up 1 of 2 leads within 8 business hours, 50 % (9 to 91 %), where 90 % is promised.",
        "No plans are written down for the next 14 days.",
        "The only deal won this week is worth € 3,500 and came from Webinar, won by Ada.",
    ]


def test_weeks_before_the_data_are_not_told_as_empty(facts: Facts) -> None:
    found = results(facts)
    periods = {m["period"] for m in found["metrics"] if m["name"] == "leads" and m["period"]}
    assert "2020-W10" in periods
    assert "2020-W09" not in periods
    assert "2020-02" not in periods


def test_a_promise_makes_the_months_burn_up(tmp_path: Path) -> None:
    made = Company(tmp_path).write()
    (made.params_folder / "sla.yaml").write_text("marketing: {mqls_per_month: {enterprise: 4, mid: 6}}\n")
    facts = made.facts()
    block, found = blocks.marketing_sla(facts), results(facts)
    assert value(found, "mql_goal", period="2020-03") == 10
    assert value(found, "mqls", period="2020-03") == 4
    assert value(found, "mqls", period="2020-03", segment="enterprise") == 2
    assert plain(block.sentences[0]).startswith(
        "Marketing has delivered 4 of the 10 MQLs promised for March 2020, where"
    )
    assert block.tables[0].total is not None
    assert sum(int(str(row[3])) for row in block.tables[0].rows) == int(str(block.tables[0].total[3]))


NOT_THERE = {"campaigns", "coming", "cost", "decisions", "goals", "marketing-sla", "restated"}
"""Blocks that this company has nothing for: no plans, no spend, no promise, no earlier report."""


def test_a_company_without_plans_and_spend_says_so_in_one_line_each(facts: Facts) -> None:
    silent = {b.id: b.missing or "" for b in (function(facts) for function in ALL) if b.missing}
    assert set(silent) == NOT_THERE
    assert all(text.endswith(".") and "\n" not in text for text in silent.values())


@pytest.mark.parametrize(
    ("table", "column", "off", "said"),
    [
        (
            "activities",
            "direction",
            {"follow-up", "attempts"},
            "activities.direction (whether each activity went out or came in)",
        ),
        ("leads", "mql_at", set(), "leads.mql_at (when each lead became marketing-qualified)"),
        (
            "opportunities",
            "closed_at",
            {"closed", "pipeline", "progress", "wins"},
            "opportunities.closed_at (when each deal closed)",
        ),
        ("leads", "source", {"sources", "marketing-notes"}, "leads.source"),
    ],
)
def test_a_missing_column_switches_off_exactly_its_blocks(
    tmp_path: Path, table: str, column: str, off: set[str], said: str
) -> None:
    made = Company(tmp_path)
    del made.mapping["tables"][table]["columns"][column]
    facts = made.write().facts()
    silent = {b.id: b.missing or "" for b in (function(facts) for function in ALL) if b.missing}
    assert set(silent) - NOT_THERE == off
    assert any(said in text for text in silent.values())


def test_deals_without_leads_are_a_report_too(tmp_path: Path) -> None:
    made = Company(tmp_path)
    for name in ("leads", "activities", "reps"):
        del made.mapping["tables"][name]
    facts = made.write().facts()
    found = results(facts)
    assert value(found, "won") == 1
    assert value(found, "won_value") == 3500
    assert not [m for m in found["metrics"] if m["name"] in ("leads", "mqls", "sla_met")]


def test_leads_without_deals_are_a_report_too(tmp_path: Path) -> None:
    made = Company(tmp_path)
    del made.mapping["tables"]["opportunities"]
    found = results(made.write().facts())
    assert value(found, "leads") == 4
    assert not [m for m in found["metrics"] if m["name"] in ("won", "won_value", "lost")]


def test_a_week_without_any_lead_says_zero(tmp_path: Path) -> None:
    made = company(tmp_path)
    facts = made.facts(week="2020-W12", as_of="2020-03-19T00:00:00Z")
    found = results(facts)
    assert value(found, "leads") == 0
    assert "No lead was handed to sales this week." in [s["text"] for s in found["sentences"]]
    assert "No lead arrived this week." in [s["text"] for s in found["sentences"]]
    assert "No deal closed this week." in [s["text"] for s in found["sentences"]]


def test_the_glossary_holds_exactly_the_metrics_shown(facts: Facts) -> None:
    report = Report(facts, "weekly")
    report.show(blocks.closed)
    shown = {REGISTRY[m["name"]].label for m in report.results()["metrics"]}
    assert {term for term, _ in report.glossary().terms} == shown


@pytest.mark.parametrize(
    ("block", "word", "says"),
    [
        (blocks.sources, "Within N days, by day N", "no later than N days on at the start's time of day"),
        (blocks.follow_up, "Owner of a lead", "by rep under (nobody)"),
    ],
)
def test_the_glossary_has_the_words_that_numbers_hang_on(facts: Facts, block: Any, word: str, says: str) -> None:
    report = Report(facts, "weekly")
    report.show(block)
    shown = {REGISTRY[m["name"]].label for m in report.results()["metrics"]}
    terms = dict(report.glossary().terms)
    assert set(terms) - shown == {word} and says in terms[word]


def test_the_words_of_the_glossary_are_said_of_metrics_that_there_are() -> None:
    assert {name for word in WORDS for name in word.metrics} <= set(REGISTRY)


def test_one_number_cannot_have_two_values() -> None:
    one, other = (Metric("leads", v, "leads", "") for v in (1, 2))
    assert unique([one, one]) == [one]
    with pytest.raises(GateError, match="printed as 1 and as 2"):
        unique([one, other])


def test_every_table_has_as_many_cells_as_columns(facts: Facts) -> None:
    for function in ALL:
        for table in function(facts).tables:
            rows = [*table.rows, *([table.total] if table.total else [])]
            assert {len(row) for row in rows} <= {len(table.columns)}, table.caption


def test_sentences_hold_only_numbers_that_are_recorded(facts: Facts) -> None:
    """Each count in a sentence of closed and follow-up stands in results.json, in the params or in a table."""
    found = results(facts)
    known = {round(m["value"], 0) for m in found["metrics"] if m["value"] is not None}
    known |= {round(m[k] * 100) for m in found["metrics"] for k in ("value", "low", "high") if m[k] is not None}
    known |= {round(m["value"] * 60) for m in found["metrics"] if m["name"] == "routing_hours"}  # told in minutes
    known |= {8, 90}  # the agreed hours and share
    due = value(found, "sla_met") + value(found, "sla_missed")
    for sentence in found["sentences"]:
        if sentence["block"] in ("follow-up", "closed"):
            for number in re.findall(r"\d[\d,]*", sentence["text"].replace("95 %", "").replace("95\u00a0%", "")):
                assert float(number.replace(",", "")) in known | {due, 16}, sentence["text"]


def test_blocks_are_values(facts: Facts) -> None:
    assert blocks.closed(facts) == blocks.closed(facts)
    assert isinstance(blocks.closed(facts), Block)


def test_two_sources_that_brought_as_many_leads_are_no_first_and_second(tmp_path: Path) -> None:
    """Of the four leads of the week two came by search, one by the café, one from nowhere that is known."""
    tiny = company(tmp_path)
    assert (
        sources_said(tiny.facts())
        .replace("\u00a0", " ")
        .startswith("Search brought the most leads this week, 2 of 4 (50 %)")
    )
    tiny.rows["leads"][-1][2] = "Café"
    assert sources_said(tiny.write().facts()) == "No source brought more leads this week than 2 of 4."


def test_counts_without_a_normal_range_are_not_said_to_be_within_one() -> None:
    def one(low: float) -> history.Series:
        normal = limits.NormalRange(centre=9.0, low=low, high=low + 6, weeks=8, method="c-chart")
        return history.Series("leads", "marketing", (9,), (), (), (), normal)

    assert history._finding([one(6.0), one(5.0)]) == "Every count is within its normal range"
    assert history._finding([one(6.0), one(math.nan)]) == "Counts that have a normal range are within it"
    assert history._finding([one(math.nan)]) == "Counts by week"
