"""The whole report in weeks that are unlike others: it runs, leaves nothing blank, and says what is the case."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from alignment_lib.page import block_html
from alignment_lib.page.block import Block, Count, Metric
from alignment_lib.report.session import Report
from tests.fixture_sentences import plain
from tests.fixture_special_weeks import WEEKS, report_of_week


def texts(value: Any) -> Iterator[str]:
    """Every text of a block, whatever holds it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from texts(part)
    elif is_dataclass(value) and not isinstance(value, Metric):
        for field in fields(value):
            yield from texts(getattr(value, field.name))


def sentences(report: Report, block: str) -> list[str]:
    return [plain(s) for b in report.shown if b.id == block for s in b.sentences]


def block_of(report: Report, name: str) -> Block:
    [block] = [b for b in report.shown if b.id == name]
    return block


def recorded(report: Report, name: str, **where: str) -> Any:
    """One recorded number; the total of the report's period unless a source, segment or period is named."""
    key = {"source": None, "segment": None, "period": None} | where
    found = [m for m in report.results()["metrics"] if m["name"] == name and all(m[k] == v for k, v in key.items())]
    assert len(found) == 1, (name, where, found)
    return found[0]["value"]


def periods(report: Report, name: str) -> set[str]:
    return {m["period"] for m in report.results()["metrics"] if m["name"] == name and m["period"]}


def weeks_of(report: Report) -> set[str]:
    return {p for p in periods(report, "leads") if re.fullmatch(r"\d{4}-W\d\d", p)}


@pytest.mark.parametrize("name", WEEKS)
def test_no_text_betrays_an_undefined_number(name: str) -> None:
    for block in report_of_week(name).shown:
        for text in texts(block):
            found = re.search(r"\b(?:nan|NaN|NaT|inf|NaN|<NA>)\b|\bNone\b(?! of)", text)
            assert not found, (block.id, text[max(0, found.start() - 80) :][:200])


@pytest.mark.parametrize("name", WEEKS)
def test_no_block_is_blank(name: str) -> None:
    for block in report_of_week(name).shown:
        content = (block.sentences, block.stats, block.pictures, block.tables, block.terms, block.cards, block.notes)
        assert bool(block.missing) != any(content), block.id
        assert block_html(block)
        assert all(table.rows for table in block.tables), (block.id, "an empty table")
        assert all(
            len(row) == len(t.columns) for t in block.tables for row in (*t.rows, *([t.total] if t.total else []))
        )


@pytest.mark.parametrize("name", WEEKS)
def test_an_undefined_record_is_null_with_its_reason(name: str) -> None:
    for record in report_of_week(name).results()["metrics"]:
        if record["value"] is None:
            assert record["reason"], record
        assert all(math.isfinite(record[k]) for k in ("value", "low", "high") if record[k] is not None), record


@pytest.mark.parametrize("name", WEEKS)
def test_a_share_lies_within_its_interval_and_between_nothing_and_all(name: str) -> None:
    for record in report_of_week(name).results()["metrics"]:
        low, value, high = (record[k] for k in ("low", "value", "high"))
        if None not in (low, value, high):
            assert low <= value <= high, record
        if record["unit"] == "share" and value is not None and "pace" not in record["name"]:
            assert 0 <= value <= 1, record


@pytest.mark.parametrize("name", WEEKS)
def test_every_count_opens_a_list_of_as_many(name: str) -> None:
    tables = [t for b in report_of_week(name).shown for t in b.tables]
    cells = [cell for t in tables for row in (*t.rows, *((t.total,) if t.total else ())) for cell in row]
    for cell in (c for c in cells if isinstance(c, Count)):
        ids = [i for _, group in cell.listing.groups for i in group]
        assert len(ids) + cell.listing.left_out == int(re.sub(r"\D.*", "", cell.text.replace(",", "")))
        assert len(set(ids)) == len(ids)


def test_the_first_week_ever_has_no_history_and_says_so() -> None:
    """The 40 leads and the deals of three of them; nothing before. A week before is unknown, rather than empty."""
    report = report_of_week("first")
    assert recorded(report, "leads") == 40
    assert periods(report, "leads") == {"2021-06"}
    assert periods(report, "sla_met") == set()
    assert "There are too few earlier weeks to say what is usual." in sentences(report, "history")
    assert not any("in the weeks before" in s for s in sentences(report, "sources"))
    assert not any("first time" in s for s in sentences(report, "sources"))  # all are: that is no news
    assert all(stat.normal is None for block in report.shown for stat in block.stats)


def test_a_quiet_week_says_that_nothing_happened() -> None:
    """The week after the forty leads holds nothing; the forty are its history."""
    report = report_of_week("quiet")
    for name in ("leads", "mqls", "opportunities", "won", "lost"):
        assert recorded(report, name) == 0, name
    assert recorded(report, "leads", period="2021-W23") == 40
    for name in ("win_rate", "cycle_days", "sla_follow_up", "response_hours"):
        assert recorded(report, name) is None, name
    assert "No lead arrived this week." in sentences(report, "sources")
    assert "No deal closed this week." in sentences(report, "closed")
    assert "No lead was handed to sales this week." in sentences(report, "follow-up")


@pytest.mark.parametrize("name", ["spring forward", "fall back", "New York's clock"])
def test_a_change_of_clocks_moves_no_lead_into_another_week(name: str) -> None:
    """L40 came on Sunday at 23:59, before the 23 or 25 hours of that day were over; 18:00 to 19:00 is one hour."""
    report = report_of_week(name)
    assert recorded(report, "leads") == 40
    assert recorded(report, "mqls") == 25
    assert [recorded(report, f"sla_{part}") for part in ("met", "missed", "not_due")] == [14, 7, 4]


def test_new_york_is_an_hour_nearer_between_the_two_changes() -> None:
    """Berlin's 2021-W12: New York changed on 14 March, Berlin on the 28th; Cal's office is open from 14 to 22 there.

    Of Cal's leads L18 takes 2 h, L19 3 (14 to 17) instead of 2, L20 6 (at 22 the office closes; Thursday 14 to 20), L22
    3 hours. So 1 h is met by 4 leads, 2 h by 4 instead of 5, 3 h by 5 instead of 4, 4 h by 1; 5 h by 1 and 6 h by 2.
    Waiting are 2 leads of 0 h, two of 2 h (L07, L21) and none of 3 h. At risk after 1 h: 25 - 2 - 4 = 19, after 2 h
    19 - 4 - 2 = 13, after 3 h 8: S = 19/23 · 15/19 · 8/13 = 0.40, so half had a first contact within 3 h as before.
    The list of breaches tells the other two: L23 has waited 4 + 8 = 12 h instead of 13.
    """
    spring, usual = report_of_week("spring forward"), report_of_week("New York's clock")
    assert recorded(spring, "response_hours") == recorded(usual, "response_hours") == 3
    assert waited(spring, "L23") == "12 h"
    assert waited(usual, "L23") == "13 h"


def waited(report: Report, lead: str) -> str:
    [cell] = [
        plain(str(cell))
        for table in block_of(report, "follow-up").tables
        for row in table.rows
        for cell in row
        if lead in map(str, row) and re.fullmatch(r"[\d.]+.(?:h|min)", str(cell))
    ]
    return cell


def test_week_53_is_named_and_its_months_belong_to_two_years() -> None:
    """28 December 2020 to 3 January 2021: L07, L16, L21, L24 (Friday), L08 and L17 came and were MQLs in January.

    L33 (Friday) and L40 (Sunday) came in January and were no MQLs: 8 leads, 6 MQLs.
    """
    report = report_of_week("week 53")
    assert report.results()["period"] == "2020-W53"
    assert recorded(report, "leads") == 40
    assert weeks_of(report) == {f"2020-W{n}" for n in range(45, 53)}
    assert recorded(report, "leads", period="2021-01") == 8
    assert recorded(report, "mqls", period="2021-01") == 6
    assert recorded(report, "mql_goal", period="2021-01") == 110
    assert sentences(report, "marketing-sla")[0].startswith(
        "Marketing has delivered 6 of the 110 MQLs promised for January 2021,"
    )


def test_week_53_is_among_the_earlier_weeks_of_the_next_year() -> None:
    report = report_of_week("after week 53")
    weeks = [f"2020-W{n}" for n in range(47, 54)] + ["2021-W01"]
    assert weeks_of(report) == set(weeks)
    assert [recorded(report, "leads", period=w) for w in weeks] == [3, 4, 5, 4, 3, 4, 5, 4]


def test_a_month_that_ends_within_the_week() -> None:
    """28 June to 4 July 2021; the month is that of the last day. The MQLs of Thursday to Sunday are July's.

    L06, L15, L22, L23 (Thursday 1 July), L07, L16, L21, L24 (Friday), L08, L17: 10. June has the other 15, 3 of each
    of the three weeks before, and the 2 of 1 and 2 June: 26.
    """
    report = report_of_week("two months")
    assert recorded(report, "mqls") == 25
    assert recorded(report, "mqls", period="2021-07") == 10
    assert recorded(report, "mqls", period="2021-06") == 26
    assert recorded(report, "mql_goal", period="2021-07") == 110
    assert sentences(report, "marketing-sla")[0].startswith(
        "Marketing has delivered 10 of the 110 MQLs promised for July 2021,"
    )


def test_a_rep_who_left_keeps_the_leads() -> None:
    """Cal left on 31 May; six of the leads handed over in the week are Cal's."""
    report = report_of_week("rep left")
    owners = [
        row for table in block_of(report, "follow-up").tables for row in table.rows if str(row[0]).startswith("Cal")
    ]
    assert owners
    assert [recorded(report, f"sla_{part}") for part in ("met", "missed", "not_due")] == [14, 7, 4]


def test_a_source_seen_for_the_first_time_is_new_and_has_no_rate() -> None:
    report = report_of_week("new source")
    assert recorded(report, "leads", source="Podcast") == 3
    assert recorded(report, "leads", source="(unknown)") == 2
    rows = [row for t in block_of(report, "sources").tables for row in t.rows if "Podcast" in str(row[0])]
    assert rows
    assert any("new" in str(cell) for cell in rows[0]), rows[0]
    assert not any("%" in str(cell) for cell in rows[0])
    assert any("first time" in s and "Podcast" in s for s in sentences(report, "sources"))


def test_a_week_that_is_not_over_knows_nothing_of_what_comes() -> None:
    """By Wednesday at noon: 10 leads of Monday, 9 of Tuesday, L05 L14 L28 of Wednesday; L31 came at noon: 22.

    Handed over X L01-03 L10 L11 L18, L04 L09 L12 L13 L19, L05 L14: 14. Late L04 L11; L05 has waited 2 h; 11 were met.
    """
    report = report_of_week("half")
    assert recorded(report, "leads") == 22
    assert recorded(report, "mqls") == 14
    assert [recorded(report, f"sla_{part}") for part in ("met", "missed", "not_due")] == [11, 2, 1]
    assert recorded(report, "won") == 2
    assert recorded(report, "won_value") == 20000
    assert recorded(report, "pipeline_open") == 76000 + 9000 - 20000 - 6000


def test_one_lead_and_nothing_else_is_a_report() -> None:
    report = report_of_week("alone")
    assert recorded(report, "leads") == 1
    assert not [m for m in report.results()["metrics"] if m["name"] in ("won", "sla_met")]
