"""Days are not instants, a written zone counts, formats of strangers: each expected value is worked out by hand.

The company is in Berlin unless a test says otherwise: UTC+2 from late March to late October, else UTC+1.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from alignment_lib.blocks import measures, weekly
from alignment_lib.blocks.agenda import connect
from alignment_lib.blocks.follow_up import follow_up
from alignment_lib.blocks.opening import headlines
from alignment_lib.errors import MappingError
from alignment_lib.facts import Facts
from alignment_lib.params import Request, load
from alignment_lib.source.profile import moments
from alignment_lib.source.tables import RESPONSE_HOURS
from alignment_lib.source.zones import midnight
from tests import fixture_postgres as postgres
from tests.fixture_profile import Desk, frame
from tests.fixture_report import facts_on, report_of
from tests.fixture_stranger import column, stranger

FOREIGN = Path(__file__).parents[1] / ".." / "shared" / "foreign"
BERLIN = "timezone: Europe/Berlin"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def facts_of(desk: Desk, data: str = "", mapping: str = "", week: str = "2026-W36") -> Facts:
    settings = str(desk.root / "params" / "weekly.yaml")
    request = Request(mapping or str(desk.out), data or str(desk.data), week, "", "", settings)
    return facts_on(load(request, now=datetime(2026, 9, 28, tzinfo=UTC)))


def quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def read(desk: Desk, values: list[str], rule: str, kind: str = "mql_at") -> list[Any]:
    """Values of one column under a declaration, in their order."""
    lines = [f"{i:03},{quoted(v)}" for i, v in enumerate(values)]
    desk.lay({"leads.csv": "\n".join(["id,t", *lines]), "deals.csv": "\n".join(["id,t", *lines])})
    name = desk.root / "params" / "given.yaml"
    name.write_text(
        "name: given\ntables:\n  leads:\n    from: leads.csv\n    columns:\n      lead_id: id\n"
        f"      created_at: {{value: '2020-01-01T09:30:00Z'}}\n      mql_at: {{column: t, {rule}}}\n"
        "  opportunities:\n    from: deals.csv\n    columns:\n      opportunity_id: id\n      outcome: {value: open}\n"
        f"      expected_close_on: {{column: t, {rule}}}\n",
        encoding="utf-8",
    )
    table, key = ("leads", "lead_id") if kind == "mql_at" else ("opportunities", "opportunity_id")
    return [v for _, v in frame(desk.tables_of(table, source=str(name)), table, key, kind)]


# The exports of strangers


@pytest.mark.real_data
@pytest.mark.skipif(not FOREIGN.is_dir(), reason="the exports of strangers are not beside this repository")
@pytest.mark.parametrize(
    ("folder", "right"),
    [
        ("06a-unique-amounts", {"leads": 10, "won": 2, "won_value": 236208}),
        ("06b-unique-amounts-euro", {"leads": 10, "won": 2, "won_value": 2128}),
        ("09b-dates-as-utc-instants", {"leads": 10, "won": 2, "won_value": 2128}),
        ("10-utc-suffix", {"leads": 13}),
    ],
)
def test_a_strangers_week(desk: Desk, folder: str, right: dict[str, float]) -> None:
    # from cases.json and README.md of the exports
    desk.lay({})
    given = FOREIGN / folder / "mapping.yaml"
    if not given.exists():
        desk.inspect(str(FOREIGN / folder))
    results = report_of(facts_of(desk, str(FOREIGN / folder), str(given) if given.exists() else ""))
    totals = {m["name"]: m["value"] for m in results["metrics"] if not (m["period"] or m["source"] or m["segment"])}
    assert {name: totals[name] for name in right} == right
    # its deals are expected on 1 October, stored as 30 September, 22:00 UTC; or on 30 September in the other exports
    soon = "5,398 of it is expected to close by" in "\n".join(s["text"] for s in results["sentences"])
    assert soon != folder.startswith(("09b", "06a"))
    assert [c["sentence"] for c in results["checks"] if c["status"] == "FAIL"] == []


# A written zone


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-08-30 22:30:00 UTC", "2026-08-30 22:30:00"),
        ("2026-08-30 22:30:00 GMT", "2026-08-30 22:30:00"),
        ("2026-08-30T22:30:00Z", "2026-08-30 22:30:00"),
        ("2026-08-30 22:30:00 +00:00", "2026-08-30 22:30:00"),
        ("2026-08-30T22:30:00.500-0430", "2026-08-31 03:00:00.5"),
        ("2026-08-30 22:30+02", "2026-08-30 20:30:00"),
        ("2026-08-30 22:30:00 GMT+2", "2026-08-30 20:30:00"),
        ("2026-08-30 22:30:00 CEST", "2026-08-30 20:30:00"),
        ("2026-08-30 22:30:00 MESZ", "2026-08-30 20:30:00"),
        ("2026-08-30 22:30:00", "2026-08-30 20:30:00"),
        ("2026-10-25 02:30:00 CEST", "2026-10-25 00:30:00"),
        ("2026-10-25 02:30:00 CET", "2026-10-25 01:30:00"),
        ("2026-08-30 22:30:00 CET", None),  # the clocks of Berlin are on summer time
        ("2026-08-30 22:30:00 EDT", None),
    ],
)
def test_a_written_zone_counts_and_an_abbreviation_only_where_the_declared_zone_has_it(
    desk: Desk, written: str, utc: str | None
) -> None:
    assert read(desk, ["2026-08-30 10:15:00", written], BERLIN)[1] == utc


def test_an_abbreviation_that_another_zone_has_is_named(desk: Desk) -> None:
    desk.lay({"leads.csv": "Lead ID,Created Date\n" + "".join(f"{i},2026-07-06 09:08:00 CEST\n" for i in range(60))})
    desk.inspect()
    rows_ = (desk.data / "leads.csv").read_text(encoding="utf-8") + "60,2026-07-06 09:08:00 EDT\n"
    (desk.data / "leads.csv").write_text(rows_, encoding="utf-8")
    told = [c["sentence"] for c in report_of(facts_of(desk, week="2026-W28"))["checks"] if c["name"] == "readable"]
    assert len(told) == 1
    assert "leads.csv line 62" in told[0]
    assert "EDT is not what the clocks of Europe/Berlin are called then" in told[0]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        (["2026-09-29T22:00:00.000Z", "2026-12-01T23:00:00.000Z"], ["2026-09-30", "2026-12-02"]),  # local midnight
        (["2026-09-29 22:00:00 UTC", "2026-09-30 08:00:00 +0200"], ["2026-09-30", "2026-09-30"]),
        (["2026-09-30 00:00:00 GMT", "2026-10-01 00:00:00 GMT"], ["2026-09-30", "2026-10-01"]),  # midnight as written
        (["2026-09-30 21:59:00", "2026-09-30 23:30:00"], ["2026-09-30", "2026-09-30"]),
    ],
)
def test_a_written_zone_counts_in_dates_too(desk: Desk, written: list[str], day: list[str]) -> None:
    assert read(desk, written, "format: iso", "expected_close_on") == day


def test_dates_at_midnight_of_new_york_stay_its_days(desk: Desk) -> None:
    desk.timezone = "America/New_York"  # UTC-4 in summer, UTC-5 in winter
    assert read(desk, ["2026-09-30T04:00:00Z", "2026-12-01T05:00:00Z"], "format: iso", "expected_close_on") == [
        "2026-09-30",
        "2026-12-01",
    ]
    assert read(desk, ["2026-09-30T00:00:00Z"], "format: iso", "expected_close_on") == ["2026-09-30"]


# Days


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        (["2026-08-31", "2026-12-01"], "timezone: UTC"),
        (["2026-08-31 00:00:00", "2026-12-01 00:00"], "timezone: America/New_York"),
        (["2026-08-31T00:00:00.000Z", "2026-12-01T00:00:00.000Z"], "timezone: UTC"),
        (["2026-08-30T22:00:00Z", "2026-11-30T23:00:00Z"], "timezone: UTC"),
        (["31.08.2026", "01.12.2026"], 'format: "%d.%m.%Y", timezone: Asia/Tokyo'),
        (["46265", "46357"], "format: excel, timezone: UTC"),  # 46266 is 1 September 2026 in a spreadsheet
        (["1788134400000", "1796083200000"], "format: epoch_ms"),
    ],
)
def test_days_only_are_days_of_the_company_whatever_zone_is_mapped(desk: Desk, values: list[str], rule: str) -> None:
    assert read(desk, values, rule) == ["2026-08-30 22:00:00", "2026-11-30 23:00:00"]


@pytest.mark.parametrize(
    ("day", "timed", "utc"),
    [
        ("2026-08-31", "2026-08-31 08:00", "2026-08-30 22:00:00"),
        ("2026-08-31", "2026-08-31 23:30", "2026-08-31 22:00:00"),  # half past one of the next day in Berlin
        ("2026-08-31T00:00:00Z", "2026-08-31T23:30:00Z", "2026-08-31 22:00:00"),
        ("2026-08-30T22:00:00Z", "2026-08-31T21:59:00Z", "2026-08-30 22:00:00"),  # midnights of Berlin
        ("2026-08-30T22:00:00Z", "2026-10-25T20:00:00Z", "2026-10-24 22:00:00"),  # of a day of 25 hours
    ],
)
def test_a_time_of_day_among_days_is_its_day(desk: Desk, day: str, timed: str, utc: str) -> None:
    """One of 20 may have a time; one of 19 makes the column one of instants, as written."""
    assert read(desk, [day] * 19 + [timed], "timezone: UTC") == ["2026-08-30 22:00:00"] * 19 + [utc]
    assert read(desk, [day] * 18 + [timed], "timezone: UTC")[-1] == timed[:10] + " " + timed[11:16] + ":00"


def test_a_time_of_day_among_dates_is_its_day(desk: Desk) -> None:
    desk.timezone = "America/New_York"  # half past one in the night in UTC is the evening before
    values = ["2026-08-31T00:00:00Z"] * 19 + ["2026-08-31T01:30:00Z"]
    assert read(desk, values, "format: iso", "expected_close_on") == ["2026-08-31"] * 19 + ["2026-08-30"]


def test_midnights_among_instants_stay_instants(desk: Desk) -> None:
    # beyond the rows that come first, too: 40 of 741 have a time, 5.4 in a hundred
    values = ["2026-08-31"] * 701 + ["2026-08-31 08:00"] * 40
    assert set(read(desk, values, "timezone: UTC")) == {"2026-08-31 00:00:00", "2026-08-31 08:00:00"}


@pytest.mark.parametrize("zone", ["UTC", None])
def test_typed_midnights_with_a_few_times_are_days(desk: Desk, zone: str | None) -> None:
    """700 calls on a day, the last of them at half past eleven: in UTC that is the next day in Berlin."""

    def parquet(path: Path) -> None:
        calls = [datetime(2026, 8, 31)] * 699 + [datetime(2026, 8, 31, 23, 30)]
        when = pa.array(calls, pa.timestamp("us", tz=zone))
        pq.write_table(pa.table({"Call ID": [str(i) for i in range(700)], "Activity Date": when}), path)

    desk.lay({"calls.parquet": parquet, "leads.csv": "Lead ID,Created Date\n1,2026-08-30 10:00:00\n"}).inspect()
    tables = desk.tables_of("activities")
    found = dict(frame(tables, "activities", "activity_id", "occurred_at"))
    assert (found["0"], found["699"]) == ("2026-08-30 22:00:00", f"2026-08-{31 if zone else 30} 22:00:00")
    assert tables.inspected["activities"].mapped.columns["occurred_at"].day


def test_typed_days_from_a_day_on_begin_with_that_day(desk: Desk) -> None:
    """Midnight in UTC stands for a day that begins four hours later in New York."""
    desk.timezone = "America/New_York"

    def parquet(path: Path) -> None:
        days = pa.array([datetime(2026, 8, day) for day in (30, 31)], pa.timestamp("us", tz="UTC"))
        pq.write_table(pa.table({"Call ID": ["1", "2"], "Activity Date": days}), path)

    desk.lay({"calls.parquet": parquet, "leads.csv": "Lead ID,Created Date\n1,2026-08-30 10:00:00\n"}).inspect()
    calls = desk.tables_of("activities").inspected["activities"]
    found = calls.since("occurred_at", datetime(2026, 8, 31, 4, tzinfo=UTC)).used
    assert "2" in found.activity_id.to_pandas().tolist()


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Sao_Paulo", "America/Havana", "Australia/Lord_Howe", "UTC"])
@pytest.mark.parametrize("engine", ["duckdb", "postgres"])
def test_the_instant_at_which_a_day_began(zone: str, engine: str) -> None:
    """By Python's own zones: every 20 minutes of days on which clocks were changed, at midnight too, and others."""
    there = ZoneInfo(zone)
    instants = [
        datetime(year, month, day, 12) + timedelta(minutes=20 * step)
        for year, month, day in ((2018, 11, 3), (2018, 2, 17), (2026, 3, 7), (2026, 3, 28), (2026, 10, 31))
        for step in range(110)
    ]
    wanted = []
    for instant in instants:
        day = instant.replace(tzinfo=UTC).astimezone(there).date()
        wanted.append(datetime.combine(day, time(), there).astimezone(UTC).replace(tzinfo=None))
    if engine == "duckdb":
        assert begun(ibis.duckdb.connect(), instants, zone) == wanted
    else:
        with postgres.running() as server:
            assert (
                begun(ibis.connect(server.url(postgres.SUPERUSER, postgres.SUPERUSER_PASSWORD)), instants, zone)
                == wanted
            )


def begun(backend: Any, instants: list[datetime], zone: str) -> list[datetime]:
    table = backend.create_table("moments", pa.table({"i": range(len(instants)), "t": instants}), temp=True)
    frame_ = table.select("i", day=midnight(table.t, zone)).order_by("i").to_pandas()
    return [day.to_pydatetime() for day in frame_["day"]]


def test_hours_are_not_told_where_one_hand_over_in_twenty_has_a_time(desk: Desk) -> None:
    leads = [f"L{i},2026-09-01 0{i % 6}:30:00,2026-09-01 00:00:00,Web" for i in range(19)]
    leads.append("L19,2026-09-01 09:30:00,2026-09-01 10:30:00,Web")
    calls = [f"A{i},L{i},Call,Outgoing,2026-09-0{1 + i % 2} 15:30:00" for i in range(20)]
    desk.lay(
        {
            "leads.csv": "\n".join(["Lead ID,Created Date,Assigned Date,Lead Source", *leads]),
            "calls.csv": "\n".join(["Activity ID,Lead ID,Activity Type,Direction,Activity Date", *calls]),
        }
    ).inspect()
    facts = facts_of(desk)
    assert follow_up(facts).sentences[0].startswith("The same day: 10 of 20\u00a0leads")
    assert measures.lacking(facts, "sla_follow_up") == ("leads.response_hours",)
    told = {c.name: c.sentence for c in facts.tables.checks if c.name in ("clock", "reading")}
    assert (
        "assigned_at holds days without a time (but for 1\u00a0value), so nothing can be said of hours" in told["clock"]
    )
    assert "leads.assigned_at: 1 of 20 values has a time of day, the others are days;" in told["reading"]


def export(desk: Desk, **change: Callable[[str], str]) -> Desk:
    """Three leads handed over on Tuesday, 1 September 2026, called that day, the next day, and never."""
    leads = [f"L{i},2026-09-01 0{i}:30:00,2026-09-01 10:0{i}:00,Web" for i in (1, 2, 3)]
    calls = ["A1,L1,Call,Outgoing,2026-09-01 15:30:00", "A2,L2,Call,Outgoing,2026-09-02 09:30:00"]
    deals = ["D1,L1,2026-09-01 11:00:00,Closed Won,2026-09-01,5", "D2,L2,2026-09-03 11:00:00,Closed Lost,2026-09-02,6"]
    rows_ = {"leads": leads, "calls": calls, "deals": deals}
    heads = {
        "leads": "Lead ID,Created Date,Assigned Date,Lead Source",
        "calls": "Activity ID,Lead ID,Activity Type,Direction,Activity Date",
        "deals": "Deal ID,Lead ID,Create Date,Stage,Close Date,Amount",
    }
    made = {name: [change.get(name, str)(row) for row in rows_[name]] for name in rows_}
    desk.lay({f"{name}.csv": "\n".join([heads[name], *made[name]]) for name in rows_}).inspect()
    return desk


@pytest.mark.parametrize(
    "change",
    [
        {"calls": lambda row: row[:-9]},  # a day
        {"calls": lambda row: row[:-8] + "00:00:00"},
        {"leads": lambda row: row[:33] + row[42:]},  # the day of hand-over
    ],
)
def test_days_tell_the_same_day_and_no_hours(desk: Desk, change: dict[str, Callable[[str], str]]) -> None:
    facts = facts_of(export(desk, **change))
    told = follow_up(facts)
    assert told.sentences[0].startswith("The same day: 1 of 3\u00a0leads")
    assert "days without a time" in told.sentences[1]
    assert [(m.name, m.value, m.n) for m in told.metrics] == [("same_day", pytest.approx(1 / 3), 3)]
    assert measures.lacking(facts, "sla_follow_up") == measures.lacking(facts, "response_hours")
    assert measures.lacking(facts, "sla_follow_up") == ("leads.response_hours",)
    assert connect(facts, (RESPONSE_HOURS,)).startswith("This data cannot tell.")
    page = report_of(facts)
    assert not {"sla_follow_up", "response_hours", "sla_missed", "routing_hours"} & {m["name"] for m in page["metrics"]}
    sentences = "\n".join(s["text"] for s in page["sentences"])
    assert not re.search(r"\d business hours", sentences)
    assert any("The same day: 1 of 3" in s for s in headlines(facts).sentences)
    assert facts.leads.response_s.count().to_pandas() == facts.leads.waited_s.count().to_pandas() == 0


def test_with_times_hours_are_told(desk: Desk) -> None:
    facts = facts_of(export(desk))
    assert "within 8 business hours" in follow_up(facts).sentences[0]
    assert "clock" not in {c.name for c in facts.tables.checks}


def test_a_day_and_an_instant_are_ordered_as_days(desk: Desk) -> None:
    # D1 closed on the day it was created, D2 on the day before
    order = [c for c in facts_of(export(desk)).tables.checks if c.name == "order"]
    assert [(c.count, c.table) for c in order] == [(1, "opportunities")]


# Formats


@pytest.mark.parametrize(
    ("values", "utc"),
    [
        (["15 Apr, 2021 00:03:00"], "2021-04-14 22:03:00"),
        (["06.07.2026 um 09:08 Uhr"], "2026-07-06 07:08:00"),
        (["July 6, 2026 at 9:08 AM"], "2026-07-06 07:08:00"),
        (["Mon Jul 06 09:08:00 CEST 2026"], "2026-07-06 07:08:00"),
        (["20260706"], "2026-07-05 22:00:00"),
        (["20260706T090800"], "2026-07-06 07:08:00"),
        (["46209.38"], "2026-07-06 07:07:12"),  # 0.38 of a day is 9:07:12
        (["1783321680"], "2026-07-06 07:08:00"),
        (["1783321680000"], "2026-07-06 07:08:00"),
        (["6. Juli 2026, 09:08"], "2026-07-06 07:08:00"),
        (["Mo., 6. März 2026 09:08 Uhr"], "2026-03-06 08:08:00"),
        (["1er août 2026 à 09:08", "15 févr. 2026 à 10:00"], "2026-08-01 07:08:00"),
        (["6 de septiembre de 2026 9:08"], "2026-09-06 07:08:00"),
        (["07/13/2026 9:08 PM"], "2026-07-13 19:08:00"),
        (["13/07/2026 09:08 +0000"], "2026-07-13 09:08:00"),
        (["6-Jul-26"], "2026-07-05 22:00:00"),
    ],
)
def test_formats_that_strangers_write_are_proposed_and_read(desk: Desk, values: list[str], utc: str) -> None:
    lines = "\n".join(f"{i},{quoted(v)},Web" for i, v in enumerate(values))
    written = desk.lay({"leads.csv": f"Lead ID,Created Date,Lead Source\n{lines}"}).inspect()
    assert "format guessed" in written
    tables = desk.tables_of("leads")
    assert frame(tables, "leads", "lead_id", "created_at")[0] == ("0", utc)
    assert tables.inspected["leads"].account.used == len(values)


@pytest.mark.parametrize(
    ("heading", "values"),
    [
        ("Call Duration", ["46209", "46210"]),
        ("Amount Closed", ["46209.38", "46209.5"]),
        ("Employees", ["20260706", "20260707"]),
    ],
)
def test_numbers_are_a_time_only_where_the_heading_says_so(desk: Desk, heading: str, values: list[str]) -> None:
    lines = "\n".join(f"{i},{v},2026-07-06" for i, v in enumerate(values))
    written = desk.lay({"leads.csv": f"Lead ID,{heading},Created Date\n{lines}"}).inspect()
    assert f"{heading}: timestamp" not in written
    assert f"{heading}: date" not in written


@pytest.mark.parametrize("kind", ["mql_at", "expected_close_on"])
def test_a_year_of_two_digits_is_none_of_the_first_century(desk: Desk, kind: str) -> None:
    found = read(desk, ["31.12.2026", "31.12.26", "01.01.0001"], 'format: "%d.%m.%Y"', kind)
    assert found[0] is not None and found[1:] == [None, None]


def test_a_year_of_two_digits_is_told_where_all_others_are_plain(tmp_path: Path) -> None:
    """It is unreadable, and no blank."""
    odd = stranger(tmp_path)
    odd.rows["leads"][1][column(odd.rows["leads"], "MQL")] = "02.03.20 11:00"
    [told] = [t for t in odd.told("readable", "leads") if "mql_at" in t]
    assert told.startswith("leads.csv line 2: mql_at '02.03.20 11:00' cannot be read")


def test_words_that_are_no_date_are_none() -> None:
    for value in ("March campaign 2026", "May 5 people come", "Decker 12, 2024", "6 July"):
        assert moments.guess([value], [1]) is None


def test_typed_columns_hold_times_as_numbers(desk: Desk) -> None:
    def parquet(path: Path) -> None:
        table = {
            "Lead ID": ["1", "2"],
            "Created Time": pa.array([1783321680, 1783325280], pa.int64()),
            "MQL Date": pa.array([46209.38, 46209.5], pa.float64()),
        }
        pq.write_table(pa.table(table), path)

    desk.lay({"leads.parquet": parquet}).inspect()
    found = frame(desk.tables_of("leads"), "leads", "created_at", "mql_at")
    assert found[0] == ("2026-07-06 07:08:00", "2026-07-06 07:07:12")


def test_an_activity_takes_place_when_it_was_done_not_when_it_was_due(desk: Desk) -> None:
    head = "Id,WhoId,ActivityDate,CallType,{},CreatedDate\n"
    row = "1,L1,2026-09-03,Outbound,{},2026-09-01T07:00:00.000+0000\n"
    leads = "Lead ID,Created Date\nL1,2026-08-31 09:00:00\n"
    for other, value, taken in (
        ("CompletedDateTime", "2026-09-02T08:00:00.000+0000", "CompletedDateTime"),
        ("Subject", "Call", "CreatedDate"),
    ):
        written = desk.lay({"Lead.csv": leads, "Task.csv": head.format(other) + row.format(value)}).inspect()
        assert f"occurred_at: {taken}" in written.replace("{column: ", "")
    assert "occurred_at: Due" in desk.lay(
        {"Task.csv": "Id,WhoId,Due Date,CallType\n1,L1,2026-09-03,Outbound\n"}
    ).inspect().replace("{column: ", "")


# Day or month first


def slashes(desk: Desk, rows_: list[tuple[str, str]]) -> Desk:
    lines = "\n".join(f"{i},{created},{mql},Web" for i, (created, mql) in enumerate(rows_))
    desk.lay({"leads.csv": f"Lead ID,Created Date,MQL Date,Lead Source\n{lines}\n"}).inspect()
    return desk


def test_where_day_and_month_stay_open_the_run_stops_with_both_readings(desk: Desk) -> None:
    slashes(desk, [("06/07/2026", "06/07/2026"), ("05/05/2026", "")])
    with pytest.raises(MappingError) as stopped:
        desk.tables_of("leads")
    told = str(stopped.value)
    assert "'06/07/2026' is 7 June 2026 or 6 July 2026" in told.replace("\u00a0", " ")
    assert 'declare format: "%m/%d/%Y" for the one or "%d/%m/%Y" for the other' in told
    assert "leads.created_at" in told


def test_causes_before_their_effects_settle_day_and_month(desk: Desk) -> None:
    # 6 July to 3 August day first; month first it would be 7 June and 8 March, the effect before its cause
    slashes(desk, [("06/07/2026", "03/08/2026")])
    tables = desk.tables_of("leads")
    assert frame(tables, "leads", "created_at", "mql_at") == [("2026-07-05 22:00:00", "2026-08-02 22:00:00")]
    told = tables.inspected["leads"].mapped.columns["mql_at"].told
    assert len(told) == 1
    assert "day first" in told[0]
    assert "1 more events before their cause" in told[0]


def test_a_value_that_only_one_order_can_read_settles_its_file(desk: Desk) -> None:
    slashes(desk, [("06/07/2026", "06/07/2026"), ("05/05/2026", "13/07/2026")])
    assert "%m/%d" not in desk.out.read_text(encoding="utf-8")
    assert frame(desk.tables_of("leads"), "leads", "created_at")[0] == ("2026-05-04 22:00:00",)


def test_the_whole_column_settles_it_in_the_run(desk: Desk) -> None:
    slashes(desk, [("06/07/2026", "")])  # what inspect saw; the next export holds more
    path = desk.data / "leads.csv"
    path.write_text(path.read_text(encoding="utf-8") + "9,25/07/2026,,Web\n", encoding="utf-8")
    tables = desk.tables_of("leads")
    assert frame(tables, "leads", "created_at") == [("2026-07-05 22:00:00",), ("2026-07-24 22:00:00",)]
    assert "in no other way" in tables.inspected["leads"].mapped.columns["created_at"].told[0]


def test_values_that_say_the_same_in_both_orders_need_no_decision(desk: Desk) -> None:
    slashes(desk, [("05/05/2026", "06/06/2026")])
    assert frame(desk.tables_of("leads"), "leads", "created_at") == [("2026-05-04 22:00:00",)]


# Amounts that are all different


@pytest.mark.parametrize(
    ("heading", "values", "is_money"),
    [
        ("Amount", ["111111111", "111222222"], True),  # by its heading
        ("Betrag", ["111.111.111,50", "111.222.222,00"], True),
        ("Size", ["€100,111.00", "€100,222.00"], True),  # by its sign
        ("Size", ["111111.50", "1222222.25"], True),  # by its decimals
        ("Ref", ["111111111", "111222222"], False),
        ("Ref", ["1111111.0", "1112222.0"], False),  # ids that became floats
        ("Deal ID", ["111111111.25", "111222222.25"], False),
    ],
)
def test_unique_amounts_are_money_where_something_says_so(
    desk: Desk, heading: str, values: list[str], is_money: bool
) -> None:
    lines = "\n".join(f"{i},{quoted(v)},2026-07-06" for i, v in enumerate(values))
    written = desk.lay({"leads.csv": f"Lead ID,{heading},Created Date\n{lines}"}).inspect()
    said = [line for line in written.splitlines() if heading in line]
    assert any(": amount" in line or ": number" in line for line in said) == is_money


# A database


def test_the_same_in_postgres(desk: Desk) -> None:
    desk.lay({})
    with postgres.running() as server:
        with server.connect() as connection:
            connection.execute(
                "CREATE TABLE leads (lead_id text, created_at text, mql_at timestamptz, assigned_at timestamp,"
                " accepted_at double precision, rejected_at bigint, sql_at date);"
                "INSERT INTO leads VALUES"
                " ('1', '2026-08-30 22:30:00 UTC', '2026-08-30 22:00+00', '2026-08-31', 46209.38, 1783321680,"
                " '2026-08-31'),"
                " ('2', '2026-08-30 22:30:00 +00:00', '2026-11-30 23:00+00', '2026-12-01', 46209.5, 1783325280,"
                " '2026-12-01'),"
                " ('3', '2026-08-30 22:30:00', NULL, NULL, NULL, NULL, NULL);"
                "CREATE ROLE reader LOGIN PASSWORD 'open-5esame'; GRANT SELECT ON leads TO reader"
            )
        mapping = desk.root / "params" / "pg.yaml"
        mapping.write_text(
            "name: pg\ndefaults: {timestamp: {timezone: Europe/Berlin}}\ntables:\n  leads:\n    from: leads\n"
            "    columns: {lead_id: lead_id, created_at: created_at, mql_at: mql_at, assigned_at: assigned_at,"
            " accepted_at: {column: accepted_at, format: excel}, rejected_at: {column: rejected_at, format: epoch_s},"
            " sql_at: {column: sql_at, timezone: UTC}}\n",
            encoding="utf-8",
        )
        tables = desk.tables_of("leads", data=server.url("reader", "open-5esame"), source=str(mapping))
        columns = ("created_at", "mql_at", "assigned_at", "accepted_at", "rejected_at", "sql_at")
        found = frame(tables, "leads", *columns)
        assert {c: tables.inspected["leads"].mapped.columns[c].day for c in columns} == {
            "created_at": False,
            "mql_at": True,
            "assigned_at": True,
            "accepted_at": False,
            "rejected_at": False,
            "sql_at": True,
        }
    midnight = "2026-08-30 22:00:00"
    assert found[1] == (
        "2026-08-30 22:30:00", midnight, midnight, "2026-07-06 07:07:12", "2026-07-06 07:08:00", midnight,
    )  # fmt: skip
    assert found[0][0] == "2026-08-30 20:30:00"


def test_decisions_in_the_second_of_a_leads_creation_tell_no_duration(tmp_path: Path) -> None:
    """Nobody wrote down when sales decided: how many were accepted is known, how soon is not."""
    odd = stranger(tmp_path)
    created = column(odd.rows["leads"], "Created")
    for row in odd.rows["leads"][1:]:
        for heading in ("Accepted", "Rejected"):
            cell = column(odd.rows["leads"], heading)
            row[cell] = row[created] if row[cell] else ""
    [told] = odd.told("clock")
    assert told.startswith("leads.csv: 100 of 100 decisions (accepted_at and rejected_at) are of the very second in")
    facts = odd.known()
    assert told in (weekly.judged(facts).missing or "").replace("\u00a0", " ")
    assert facts.tables.has("leads.accepted_at", "leads.rejected_at")
    [_, *rows] = odd.rows["leads"]
    for row in rows[:10]:  # a day later, ten of a hundred: some CRM writes its decisions down
        row[column(odd.rows["leads"], "Accepted")] = row[created].replace("2020 10:00", "2020 16:00")
        row[column(odd.rows["leads"], "Rejected")] = ""
    assert odd.told("clock") == []


def test_a_hand_over_before_the_lead_is_out_of_order(tmp_path: Path) -> None:
    odd = stranger(tmp_path)
    row = odd.rows["leads"][1]
    row[column(odd.rows["leads"], "Assigned")] = "01.01.2020 10:00"
    assert odd.told("order") == [
        "leads.csv: 1 row has assigned_at before created_at; it is counted but leaves durations"
    ]
