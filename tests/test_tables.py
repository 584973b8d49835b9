"""Every row accounted for, every check told, nothing after as-of visible; counts by hand from tests/company.py."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alignment_lib.blocks import weekly as blocks
from alignment_lib.checks import build
from alignment_lib.errors import AlignmentError, DataError, ParamsError
from alignment_lib.facts import Facts, closed_deals, daily, response_times, routing_times
from alignment_lib.params import Request, load
from alignment_lib.source import open_source
from alignment_lib.source.tables import SetAside, Tables, to_csv
from alignment_lib.source.tables.account import spreadsheet_safe
from alignment_lib.stats.days import epoch_day
from tests.company import LEADS, Company, company, csv_text
from tests.verdicts import all_checks

MONDAY, SUNDAY = epoch_day(date(2020, 3, 9)), epoch_day(date(2020, 3, 15))


@pytest.fixture
def tiny(tmp_path: Path) -> Company:
    return company(tmp_path)


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """The company as it stands, for tests that change nothing."""
    return company(tmp_path_factory.mktemp("company")).facts()


def only(tiny: Company, *names: str, **request: str) -> Tables:
    params = tiny.params(**request)
    return build(open_source(params), params, names=names)


def counted(facts: Facts, event: str) -> int:
    return int(daily(facts, event, first_day=MONDAY, last_day=SUNDAY)["n"].sum())


def warned(tables: Tables) -> list[str]:
    return [c.sentence for c in tables.checks if c.status == "WARN"]


def tolerant(tiny: Company) -> None:
    (tiny.params_folder / "weekly.yaml").write_text("max_unreadable: 0.9\n")


def test_the_week_by_hand(facts: Facts) -> None:
    events = ("leads", "mqls", "accepted", "rejected", "opportunities", "won", "lost")
    assert {e: counted(facts, e) for e in events} == {
        "leads": 4, "mqls": 2, "accepted": 1, "rejected": 0, "opportunities": 1, "won": 1, "lost": 1}  # fmt: skip
    won = daily(facts, "won", first_day=MONDAY, last_day=SUNDAY)
    assert won["amount"].tolist() == [3500.0]


def test_response_times_by_hand(facts: Facts) -> None:
    # 007: assigned Monday 11:00 Berlin, called 12:00 = 1 h. 008: assigned Tuesday 11:00 Berlin = 06:00 New York, where
    # its owner works 9 to 17: four days of 8 h until Sunday's midnight
    week = response_times(facts, first_day=MONDAY, last_day=SUNDAY)
    assert week.values.tolist() == [[3600, 1, 0], [4 * 8 * 3600, 0, 1]]


def test_a_closed_deal_by_hand(facts: Facts) -> None:
    closed = closed_deals(facts, first_day=MONDAY, last_day=SUNDAY)
    assert closed["opportunity_id"].tolist() == ["d1", "d2"]
    assert closed["source"].tolist() == ["Webinar", "Webinar"]  # of the deal's lead
    # lead 2 March 10:00, deal 4 March 10:00, closed on 12 March: its midnight
    assert closed["lead_days"].tolist()[0] == pytest.approx(10 - 10 / 24)
    assert closed["deal_days"].tolist()[0] == pytest.approx(8 - 10 / 24)


# As of


def test_what_happens_at_as_of_or_later_is_not_visible(tiny: Company) -> None:
    facts = tiny.facts(as_of="2020-03-12T00:00:00+01:00")  # d1 closes at this very midnight
    assert (counted(facts, "won"), counted(facts, "lost"), counted(facts, "leads")) == (0, 0, 3)
    deals = facts.deals.to_pandas().set_index("opportunity_id")
    assert set(deals["outcome"]) == {"open"} and deals["closed_s"].isna().all()
    later = tiny.facts(as_of="2020-03-12T00:00:01+01:00")
    assert (counted(later, "won"), counted(later, "lost")) == (1, 0)


def test_reasons_are_unknown_until_the_decision(tiny: Company) -> None:
    before = only(tiny, "leads", week="2020-W10", as_of="2020-03-06T09:00:00+01:00")["leads"].to_pandas()
    after = only(tiny, "leads", week="2020-W10", as_of="2020-03-06T09:00:01+01:00")["leads"].to_pandas()
    assert before["reject_reason"].isna().all() and before["rejected_at"].isna().all()
    assert after["reject_reason"].dropna().tolist() == ["no budget"]


def test_a_later_export_gives_the_same_earlier_week(tiny: Company) -> None:
    early = tiny.facts(week="2020-W10")
    frames = [daily(early, e, first_day=0, last_day=99_999) for e in ("leads", "mqls", "won", "opportunities")]
    tiny.rows["leads"] += [["011", "20.03.2020 10:00", "Search", "mid", "r1", *[""] * 5]]
    tiny.rows["deals"][3][4:6] = ["18.03.2020", "Won"]
    tiny.rows["calls"] += [["c9", "3458764513820540929", "2020-03-19T10:00:00Z", "out", "r2"]]
    tiny.write()
    late = tiny.facts(week="2020-W10")
    for event, frame in zip(("leads", "mqls", "won", "opportunities"), frames, strict=True):
        assert daily(late, event, first_day=0, last_day=99_999).equals(frame)
    days = {"first_day": 0, "last_day": 99_999}
    assert response_times(late, **days).equals(response_times(early, **days))


def test_as_of_before_all_data_is_refused(tiny: Company) -> None:
    with pytest.raises(ParamsError) as caught:
        only(tiny, "leads", week="2019-W10")
    assert str(caught.value) == (
        "as-of 2019-03-10T23:00:00Z is before all data (the first row is of 2020-03-02T09:00:00Z); choose a later week"
        " or as-of"
    )


def test_data_that_is_old_is_told_and_then_refused(tiny: Company) -> None:
    tables = only(tiny, "leads", as_of="2020-03-19T23:59:00Z")
    told = "the newest row is of 15 Mar 2020, 23:59 (Europe/Berlin), 4 days before as-of, 20 Mar 2020, 00:59"
    assert told in warned(tables)[0].replace("\u00a0", " ")
    (tiny.params_folder / "weekly.yaml").write_text("freshness: {warn_days: 0.5, fail_days: 1}\n")
    with pytest.raises(DataError, match=r"days before as-of, .*; export again, or choose an earlier week"):
        only(tiny, "leads", as_of="2020-03-19T23:59:00Z")


# Keys


def test_a_repeated_key_names_value_lines_and_remedy_and_the_remedy_works(tiny: Company) -> None:
    again = [*tiny.rows["leads"][1][:2], "Other", *tiny.rows["leads"][1][3:]]
    tiny.rows["leads"].append(again)
    tiny.write()
    with pytest.raises(DataError) as caught:
        only(tiny, "leads")
    assert str(caught.value) == (
        "leads.csv: lead_id '3458764513820540928' in lines 2, 8 is there more than once (1 such keys); remove the"
        " repeats, or write `duplicates: last` (or first) under leads in the mapping"
    )
    for keep, source, line in (("first", "Webinar", 8), ("last", "Other", 2)):
        tiny.mapping["tables"]["leads"]["duplicates"] = keep
        tiny.write_mapping()
        tables = only(tiny, "leads")
        frame = tables["leads"].to_pandas().set_index("lead_id")
        assert len(frame) == 6 and frame.loc["3458764513820540928", "source"] == source
        assert [(r.line, r.value) for r in tables.set_aside()] == [(line, "3458764513820540928")]


def test_rows_set_aside_are_no_duplicates(tiny: Company) -> None:
    for _ in range(2):
        tiny.rows["leads"].append(["x1", "unreadable", "", "", "", "", "", "", "", ""])
    tiny.write()
    tolerant(tiny)
    (account,) = only(tiny, "leads").accounts
    assert (account.read, account.used, dict(account.reasons)) == (8, 6, {"created_at cannot be read": 2})


# Values


def test_unreadable_values_are_counted_exemplified_and_written_out(tiny: Company) -> None:
    tiny.rows["leads"][3][5] = "9 March"
    tiny.rows["leads"][4][5] = "=1+1"
    tiny.write()
    with pytest.raises(DataError, match=r"leads.csv line 4: mql_at '9 March' cannot be read as .*; 2 such values"):
        only(tiny, "leads")
    tolerant(tiny)
    tables = only(tiny, "leads")
    (account,) = tables.accounts
    assert (account.used, dict(account.unreadable)) == (6, {"mql_at": 2})  # the rows count, their value is blank
    assert "leads.csv line 4: mql_at '9 March' cannot be read" in warned(tables)[0]
    written = list(csv.reader(io.StringIO(to_csv(tables.set_aside()))))
    reason = "mql_at cannot be read"
    assert written == [
        ["table", "file", "line", "what", "column", "value", "reason"],
        ["leads", "leads.csv", "4", "value", "mql_at", "9 March", reason],
        ["leads", "leads.csv", "5", "value", "mql_at", "'=1+1", reason],
    ]


def test_a_row_without_what_is_required_is_set_aside(tiny: Company) -> None:
    tiny.rows["leads"] += [["", "09.03.2020 10:00", "Search", *[""] * 7], ["x2", "", "Search", *[""] * 7]]
    tiny.write()
    tables = only(tiny, "leads")
    assert [(r.line, r.column, r.value, r.reason) for r in tables.set_aside()] == [
        (8, "", "", "lead_id is missing"), (9, "lead_id", "x2", "created_at is missing")]  # fmt: skip


def test_where_sets_rows_aside_and_says_so(tiny: Company) -> None:
    tiny.mapping["tables"]["leads"]["where"] = "\"Source\" <> 'Webinar'"
    tiny.write_mapping()
    (account,) = only(tiny, "leads").accounts
    # SQL: a blank source is not known to differ
    assert (account.used, dict(account.reasons)) == (3, {"excluded by where": 3})


def test_no_row_left_is_a_failure_for_leads_and_a_warning_for_reps(tiny: Company) -> None:
    tiny.mapping["tables"]["leads"]["where"] = "1 = 2"
    tiny.mapping["tables"]["reps"]["where"] = "1 = 2"
    tiny.write_mapping()
    with pytest.raises(
        DataError, match=r"leads.csv \(leads\): 6 rows, all of them set aside; see the reasons: 6 × exc"
    ):
        only(tiny, "leads")
    assert "reps.csv (reps): 2 rows, all of them set aside" in warned(only(tiny, "opportunities", "reps"))[0]


def test_outcomes_nobody_knows_are_a_warning(tiny: Company) -> None:
    tiny.mapping["tables"]["opportunities"]["columns"]["outcome"].pop("otherwise")
    tiny.write_mapping()
    text = "deals.csv: 1 row has an outcome other than open, won, lost ('Talks', 1 ×); add them to `map:`"
    assert text in warned(only(tiny, "opportunities"))


def test_impossible_orders_warn_and_leave_durations_but_not_counts(tiny: Company) -> None:
    tiny.rows["deals"][1][2] = "14.03.2020 10:00"  # created two days after its closing
    tiny.rows["leads"][1][1] = "13.03.2020 10:00"  # and its lead after that
    tiny.rows["leads"][3][6] = "09.03.2020 09:45"  # assigned before it was MQL
    tiny.write()
    facts = tiny.facts()
    told = warned(facts.tables)
    assert "deals.csv: 1 row has closed_at before created_at; it is counted but leaves durations" in told
    closed = closed_deals(facts, first_day=MONDAY, last_day=SUNDAY).set_index("opportunity_id")
    assert counted(facts, "won") == 1 and closed["lead_days"].isna()["d1"] and closed["deal_days"].isna()["d1"]
    routed = routing_times(facts, first_day=MONDAY, last_day=SUNDAY)
    assert routed["n"].sum() == 1  # of two assigned in the week


def test_a_won_deal_without_a_day_is_in_no_week_and_not_open(tiny: Company) -> None:
    tiny.rows["deals"][1][4] = ""
    tiny.write()
    facts = tiny.facts()
    assert counted(facts, "won") == 0
    assert facts.deals.filter(facts.deals.outcome == "open").count().to_pandas() == len(tiny.rows["deals"]) - 3
    assert any("1 deal without a closing date (1 won)" in text.replace("\u00a0", " ") for text in warned(facts.tables))


# What is not connected


@pytest.mark.parametrize(
    ("take", "block", "told"),
    [
        ("calls", blocks.follow_up, "activities.occurred_at"),
        ("deals", blocks.closed, "opportunities.closed_at"),
    ],
)
def test_a_file_that_is_not_there_switches_off_its_blocks(
    tiny: Company, take: str, block: Callable[[Facts], Any], told: str
) -> None:
    (tiny.data / f"{take}.csv").unlink()
    facts = tiny.facts()
    missing = block(facts).missing
    assert missing is not None and missing.startswith("Not in this data. To see it, map ")
    assert told in missing and f"data holds no file '{take}'" in missing and "\n" not in missing
    assert any(f"no file '{take}'" in text for text in warned(facts.tables))
    assert blocks.history(facts).missing is None


def test_a_column_that_is_not_mapped_switches_off_what_needs_it(tiny: Company) -> None:
    del tiny.mapping["tables"]["activities"]["columns"]["direction"]
    tiny.write_mapping()
    missing = blocks.follow_up(tiny.facts()).missing
    assert missing is not None and "activities.direction (whether each activity went out or came in)" in missing


def test_deals_alone_are_enough(tiny: Company) -> None:
    tiny.mapping["tables"] = {"opportunities": tiny.mapping["tables"]["opportunities"]}
    tiny.write_mapping()
    facts = tiny.facts()
    assert facts.leads is None and counted(facts, "won") == 1
    assert blocks.closed(facts).missing is None
    assert blocks.follow_up(facts).missing is not None


def test_every_block_can_be_shown_of_a_lone_table(tiny: Company) -> None:
    tiny.mapping["tables"] = {"leads": {"from": "leads", "columns": {
        "lead_id": "Lead ID", "created_at": {"column": "Created", "format": "%d.%m.%Y %H:%M"}}}}  # fmt: skip
    tiny.write_mapping()
    facts = tiny.facts()
    names = ("head", "headlines", "history", "marketing_sla", "sources", "follow_up", "closed", "checks", "method")
    for name in names:
        block = getattr(blocks, name)(facts)
        assert block.missing or block.sentences or block.tables or block.terms or block.stats, name
        assert "<" not in (block.missing or "")


def test_a_slice_that_nothing_falls_into_is_a_misspelling(tiny: Company) -> None:
    with pytest.raises(ParamsError, match=r"no lead or deal by .* has that segment \(did you mean 'enterprise'\?\)"):
        tiny.facts(slice="segment=enterprice")
    assert counted(tiny.facts(slice="segment=enterprise"), "leads") == 2


def test_checks_alone_look_at_every_table(tiny: Company) -> None:
    params = tiny.params()
    found = all_checks(open_source(params), params)
    assert {c.table for c in found} == {"", "leads", "opportunities", "activities", "reps"}
    assert {c.status for c in found} == {"PASS"}


# Text of a CRM in a spreadsheet


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(1)", "\t=1", "\r=1"])
def test_no_text_is_a_formula_in_the_file_of_rows_set_aside(text: str) -> None:
    # OWASP, CSV Injection: cells that begin with = + - @ tab or carriage return
    assert spreadsheet_safe(text) == "'" + text
    row = SetAside("leads", text, 4, "row", text, text, text)
    (_, cells) = csv.reader(io.StringIO(to_csv([row]), newline=""))
    assert all(not c.startswith(("=", "+", "-", "@", "\t", "\r")) for c in cells)


def test_lines_and_harmless_text_stay_as_they_are() -> None:
    assert spreadsheet_safe("3.500,00") == "3.500,00"
    row = SetAside("leads", "leads.csv", None, "value", "x", 'a "b",\nc', "")
    assert list(csv.reader(io.StringIO(to_csv([row]), newline="")))[1] == [
        "leads", "leads.csv", "", "value", "x", 'a "b",\nc', ""]  # fmt: skip


# Anything at all

CELL = st.one_of(
    st.sampled_from(
        ["", " ", "007", "09.03.2020 10:00", "31.02.2020 10:00", "NULL", '"', "'", "a,b", "x\ny", "=1", "é"]
    ),
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=8),
)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(rows=st.lists(st.lists(CELL, min_size=0, max_size=5), max_size=8), raw=st.booleans())
def test_read_is_used_and_set_aside_whatever_is_in_the_file(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], raw: bool
) -> None:
    tiny = Company(tmp_path_factory.mktemp("garbage"))
    tiny.mapping["tables"] = {"leads": tiny.mapping["tables"]["leads"] | {"duplicates": "last"}}
    columns = tiny.mapping["tables"]["leads"]["columns"]
    tiny.mapping["tables"]["leads"]["columns"] = {n: columns[n] for n in ("lead_id", "created_at", "source", "mql_at")}
    tiny.rows = {"leads": [["Lead ID", "Created", "Source", "MQL"], ["1", "09.03.2020 10:00", "x", ""]]}
    tiny.write()
    (tiny.params_folder / "weekly.yaml").write_text("max_unreadable: 0.999\n")
    garbage = "\n".join(",".join(r) for r in rows) if raw else csv_text(rows)
    with (tiny.data / "leads.csv").open("a", encoding="utf-8", newline="") as file:
        file.write(garbage)
    try:
        tables = only(tiny, "leads")
    except AlignmentError as problem:
        if str(problem).startswith("leads.csv"):
            return
        raise
    (account,) = tables.accounts
    aside = [r for r in tables.set_aside() if r.what == "row"]
    values = [r for r in tables.set_aside() if r.what == "value"]
    assert account.read == account.used + account.set_aside
    assert len(aside) == account.set_aside and len(values) == sum(account.unreadable.values())
    assert len(tables.inspected["leads"].used.to_pandas()) == account.used
    assert all(r.reason for r in [*aside, *values])


def test_the_company_is_written_as_it_stands(tiny: Company) -> None:
    assert (tiny.data / "leads.csv").read_text(encoding="utf-8") == csv_text(LEADS)


def test_a_blank_optional_key_is_no_repeated_one(tmp_path: Path) -> None:
    """Two calls without an id are two calls; only an id that is there twice is a repeated key."""
    made = Company(tmp_path)
    made.rows["calls"] = [made.rows["calls"][0], *(["", *row[1:]] for row in made.rows["calls"][1:])]
    checks = {c.name: c for c in made.write().tables().checks if c.table == "activities"}
    assert checks["key"].status == "PASS"


@pytest.mark.parametrize("odd", ["a closing that sales expects", "a lead of 2041", "nothing"])
def test_a_day_that_has_not_come_makes_no_export_young(tiny: Company, odd: str) -> None:
    """The last that happened is the lead of 15 March 2020, 23:59 in Berlin; W30 ends on 26 July: 133 days."""
    if odd == "a closing that sales expects":
        tiny.rows["deals"][-1][4] = "30.09.2020"
    elif odd == "a lead of 2041":
        tiny.rows["leads"].append(["011", "01.01.2041 10:00", *[""] * 8])
    tiny.write()
    asked = Request("tiny", str(tiny.data), "2020-W30", params=str(tiny.params_folder / "weekly.yaml"))
    params = load(asked, now=datetime(2020, 7, 28, tzinfo=UTC))
    with pytest.raises(DataError, match=r"the newest row is of 15.Mar.2020.*, 133 days before as-of"):
        build(open_source(params), params)
