"""The whole monthly deep dive, of months like others and unlike them: it holds together, and its parts add up."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest

from alignment_lib.blocks.monthly import running_order
from alignment_lib.measures import REGISTRY
from alignment_lib.report.session import Report
from tests.fixture_demo_month import MONTHS, demo, report_of_month
from tests.fixture_report import running, texts
from tests.fixture_sentences import faults, plain, told

NO_VALUE = re.compile(r"\b(?:nan|NaN|NaT|None|inf)\b(?! of)|<NA>|\{|\}")

MEANS = {"deals_expected", "joint_value_expected"}
"""Means of whole numbers, or amounts of them, that may lie beyond what is likely."""
NO_PARTS = re.compile("_(?:kept|attainment)$")
"""What may be more than was promised or more than before."""
DIFFERENCES = re.compile("_(?:gap|change|difference(?:_raw)?|effect|fall|trend|moved_by)$")
NO_SHARES = {"interview_gap": "index", "ranks_that_change": "sources"}
"""What is named alike and is no difference of two shares, and its unit."""


@pytest.fixture(scope="module", params=list(MONTHS))
def report(request: pytest.FixtureRequest) -> Report:
    return report_of_month(request.param)


def test_the_notebook_shows_every_block_of_the_running_order_once() -> None:
    shown = running("monthly")
    assert sorted([*shown, "glossary", "record"]) == sorted(running_order.__all__)
    assert len(shown) == len(set(shown))


def test_no_number_has_two_values(report: Report) -> None:
    assert report.results()["metrics"]


def test_every_block_has_content_or_one_line_that_says_what_is_missing(report: Report) -> None:
    for block in report.shown:
        content = [*block.sentences, *block.tables, *block.terms, *block.stats, *block.cards, *block.pictures]
        assert bool(content) != bool(block.missing), block.id
        assert not block.missing or ("\n" not in block.missing and block.missing.endswith(".")), block.missing


def test_nothing_that_is_read_is_a_value_that_is_none(report: Report) -> None:
    found = [(b.id, text) for b in report.shown for text in texts(b) if NO_VALUE.search(text)]
    assert not found


def test_every_row_has_as_many_cells_as_there_are_columns(report: Report) -> None:
    for block in report.shown:
        for table in block.tables:
            for row in (*table.rows, *((table.total,) if table.total else ())):
                assert len(row) == len(table.columns), (block.id, table.caption)


def test_what_is_undefined_says_why_and_what_is_defined_is_a_number(report: Report) -> None:
    for record in report.results()["metrics"]:
        if record["value"] is None:
            assert record["reason"], record
        for field in ("value", "low", "high"):
            assert record[field] is None or math.isfinite(record[field]), record


def test_every_interval_holds_its_estimate_and_every_share_is_one(report: Report) -> None:
    for record in report.results()["metrics"]:
        value, low, high = record["value"], record["low"], record["high"]
        if low is not None and high is not None and value is not None and record["name"] not in MEANS:
            assert low - 1e-9 <= value <= high + 1e-9, record
        if record["unit"] == "share" and value is not None and not NO_PARTS.search(record["name"]):
            assert -1e-9 <= value <= 1 + 1e-9, record


def test_every_number_in_a_sentence_is_recorded_agreed_or_part_of_a_date(report: Report) -> None:
    unexplained = [f"{t.block}: {', '.join(t.unexplained)} in: {t.text}" for t in told(report) if t.unexplained]
    assert not unexplained, "\n".join(unexplained)


def test_every_sentence_is_plain_english(report: Report) -> None:
    faulty = [f"{t.block}: {', '.join(found)}: {t.text}" for t in told(report) if (found := faults(t.text))]
    assert not faulty, "\n".join(faulty)


def test_a_difference_of_shares_is_in_points() -> None:
    """By its name in the registry, and by its value: what can be negative is no share."""
    named = {name: known.unit for name, known in REGISTRY.items() if DIFFERENCES.search(name)}
    assert {n: u for n, u in named.items() if u != "points"} == NO_SHARES
    records = [m for m in demo().results()["metrics"] if m["name"] in named and m["name"] not in NO_SHARES]
    assert {m["unit"] for m in records} == {"points"}
    assert len({m["name"] for m in records}) > 10
    assert not [
        m for m in demo().results()["metrics"] if m["unit"] == "share" and min(m["low"] or 0, m["value"] or 0) < 0
    ]


def test_a_difference_is_recorded_as_its_two_shares_lie_apart() -> None:
    """New way less old way of each test; used in won less used in lost of each asset; MQLs less won of each persona."""
    tests = [("suggestion_gap", "segment"), ("asset_gap", "source"), ("persona_gap", "segment")]
    for name, key in tests:
        gaps = {m[key]: m for m in demo().results()["metrics"] if m["name"] == name and m["value"] is not None}
        assert gaps
        for of, gap in gaps.items():
            assert gap["low"] < gap["value"] < gap["high"]
            assert gap["value"] == pytest.approx(100 * apart(name, of)), (name, of)


def apart(name: str, of: str) -> float:
    """The difference of the two shares that are recorded of a test, an asset or a persona."""
    if name == "suggestion_gap":
        rates = [v for (_, segment, _), v in values("suggestion_rate").items() if segment == of]
        return float(rates[1] - rates[0])  # the old way is recorded first
    one, other = {"asset_gap": ("asset_use_won", "asset_use_lost"), "persona_gap": ("persona_mqls", "persona_won")}[
        name
    ]
    shares = [{s or g: v for (s, g, _), v in values(n).items()} for n in (one, other)]
    return float(shares[0][of] - shares[1][of])


def values(name: str) -> dict[tuple[str | None, str | None, str | None], Any]:
    """The demo month's records of a name, by source, segment and period."""
    records = [m for m in demo().results()["metrics"] if m["name"] == name]
    assert records, name
    return {(m["source"], m["segment"], m["period"]): m["value"] for m in records}


def test_mix_and_rate_add_to_the_change_in_all_and_source_by_source() -> None:
    """Of every period, in the month's `rate_change = mix_effect + rate_effect`, and each part over the sources."""
    parts = {name: values(name) for name in ("mix_effect", "rate_effect")}
    for (source, segment, period), change in values("rate_change").items():
        assert (source, segment) == (None, None)
        assert parts["mix_effect"][None, None, period] + parts["rate_effect"][None, None, period] == pytest.approx(
            change
        )
        for found in parts.values():
            of_sources = [v for (s, _, p), v in found.items() if s is not None and p == period]
            assert len(of_sources) > 2
            assert sum(of_sources) == pytest.approx(found[None, None, period])


@pytest.mark.parametrize("unit", ["_deals", ""])
def test_the_waterfall_adds_to_its_end_and_its_segments_to_the_whole(unit: str) -> None:
    """start + created + reopened − won − lost + other = end, in deals and in cents."""
    flows = {n: cents(f"flow_{n}{unit}") for n in ("start", "created", "reopened", "won", "lost", "other", "end")}
    assert len(flows["start"]) > 2
    for segment in flows["start"]:
        flow = {name: found[segment] for name, found in flows.items()}
        came = flow["start"] + flow["created"] + flow["reopened"] + flow["other"]
        assert came - flow["won"] - flow["lost"] == flow["end"], segment
    for name, found in flows.items():
        assert sum(v for segment, v in found.items() if segment) == found[None], name


def cents(name: str) -> dict[str | None, int]:
    """By segment, in hundredths."""
    return {segment: round((value or 0) * 100) for (_, segment, _), value in values(name).items()}


def test_the_cost_of_a_customer_times_the_customers_is_the_spend() -> None:
    """In all and of each source; the sources' parts, and what is booked to none of them, add to the whole. Each is
    recorded under the three months that it is of.
    """
    customers = values("customers_won")
    assert {period for _, _, period in customers} == {"2026-06 to 2026-08"}
    for cost, spend in (("customer_cost_media", "spend_matched_media"), ("customer_cost_loaded", "spend_matched")):
        booked = values(spend)
        for key, each in values(cost).items():
            if each is not None:
                assert each * customers[key] == pytest.approx(booked[key])
        [whole] = [v for (source, _, _), v in booked.items() if source is None]
        assert sum(v for (source, _, _), v in booked.items() if source is not None) == pytest.approx(whole)
    [everybody] = [v for (source, _, _), v in customers.items() if source is None]
    assert sum(v for (source, _, _), v in customers.items() if source is not None) == everybody


def test_the_records_sentences_are_those_of_the_blocks() -> None:
    results = demo().results()
    assert results["report"] == "monthly"
    assert results["period"] == "2026-08"
    assert {s["block"] for s in results["sentences"]} == {b.id for b in demo().shown if b.sentences}
    assert all(plain(s["text"]).strip() == plain(s["text"]) for s in results["sentences"])


def said(name: str, block: str) -> list[str]:
    """What a block of a month says."""
    [found] = [b for b in report_of_month(name).shown if b.id == block]
    return [plain(s) for s in found.sentences]


def test_a_month_that_is_not_over_is_not_told_as_a_whole_one() -> None:
    [counts] = said("inside", "three-counts")
    assert counts.startswith("August 2026 has so far brought ")
    assert "in the whole month a year before it was" in counts
    assert "won in the three months to 13 Aug 2026 cost" in said("inside", "cac")[0]
    assert "so far" not in said("demo", "three-counts")[0]


def test_too_few_are_not_compared() -> None:
    """One rep's few MQLs; in the first month one of Webinar's is old enough, that of its first day."""
    assert not [s for s in said("one rep", "score-quality") if "In the last three months" in s]
    assert "Not settled: 1 Webinar MQL and 6 " in said("first month", "dispute")[0]


def test_the_method_is_that_of_a_month() -> None:
    texts = said("demo", "method")
    assert "One month is a small sample" in texts[0]
    assert any("Counts of the month are what happened in it" in s for s in texts)
