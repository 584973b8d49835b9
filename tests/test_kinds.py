"""Kinds of reports and their periods: days, reports that look ahead, what a run hands on to the mails."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from company import NOW, company

from alignment_lib.checks import build
from alignment_lib.errors import ParamsError
from alignment_lib.facts.people_frames import addressed
from alignment_lib.page.block import Block, Card, Metric, Stat
from alignment_lib.params.kinds import KINDS, kind
from alignment_lib.params.period import Day
from alignment_lib.params.run import Request, RunParams, load
from alignment_lib.report.handover import handed_on
from alignment_lib.source import open_source
from alignment_lib.source.tables import NEEDED_BY

ROOT = Path(__file__).parents[1]


def params(report: str, *, now: datetime = NOW, **asked: str) -> RunParams:
    return load(Request(source="demo", params=kind(report).settings, report=report, **asked), now=now, root=ROOT)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_a_day_is_read_shifted_and_named() -> None:
    day = Day.parse("2020-02-28")
    assert (day.first, day.last, day.label) == (date(2020, 2, 28), date(2020, 2, 28), "2020-02-28")
    assert day.shifted(1).label == "2020-02-29" and Day.of(date(2020, 3, 1)).shifted(-1).label == "2020-02-29"


@pytest.mark.parametrize("text", ["2020-02-30", "20200228", "2020-W09", "yesterday", ""])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ParamsError, match="write it as 2018-03-21"):
        Day.parse(text)


def test_a_report_that_looks_back_is_as_of_the_end_of_its_day() -> None:
    run = params("pulse").at(Day.parse("2020-03-18"))  # Berlin is an hour ahead of UTC in winter
    assert (run.as_of, run.noun) == (at("2020-03-18T23:00:00+00:00"), "day")
    assert run.first_day == run.last_day == (date(2020, 3, 18) - date(1970, 1, 1)).days
    assert run.week.label == "2020-W12"


@pytest.mark.parametrize(
    ("day", "as_of"),
    [
        ("2020-03-20", "2020-03-20T12:00:00+00:00"),  # under way: now
        ("2020-03-19", "2020-03-18T23:00:00+00:00"),  # over: the morning of it
        ("2020-03-23", "2020-03-20T12:00:00+00:00"),  # prepared before it begins
    ],
)
def test_a_report_that_looks_ahead_is_as_of_now_or_of_its_beginning(day: str, as_of: str) -> None:
    assert params("reps").at(Day.parse(day)).as_of == at(as_of)


def test_a_report_that_looks_ahead_cannot_be_as_of_its_end() -> None:
    with pytest.raises(ParamsError, match="this report looks ahead; choose an earlier as-of or a later day"):
        params("reps", as_of="2020-03-21").at(Day.parse("2020-03-20"))
    assert params("reps", as_of="2020-03-20T23:59").at(Day.parse("2020-03-20")).as_of == at("2020-03-20T22:59+00:00")


def test_the_clock_change_makes_a_day_of_23_hours() -> None:
    run = params("pulse", now=at("2020-04-02T00:00+00:00")).at(Day.parse("2020-03-29"))
    assert (run.ends - run.begins).total_seconds() == 23 * 3600


@pytest.mark.parametrize(
    ("report", "label"),
    [("pulse", "2020-03-19"), ("reps", "2020-03-20"), ("marketing-update", "2020-W12"), ("weekly", "2020-W11")],
)  # fmt: skip
def test_each_report_settles_its_own_period(report: str, label: str, tmp_path: Path) -> None:
    """NOW is Friday 20 March 2020: yesterday, today, this week, last week."""
    made = company(tmp_path)
    settings = str(made.params_folder / Path(kind(report).settings).name)
    assert made.tables(report=report, week="", params=settings).run.period.label == label


def test_the_demo_goes_on_where_its_data_ends() -> None:
    from alignment_lib.report.session import with_demo

    later = at("2026-11-22T00:00+00:00")
    found = {}
    for report in ("pulse", "reps", "product-update"):
        given = with_demo(params(report, now=later))
        found[report] = build(open_source(given), given).run
    assert found["pulse"].period.label == "2026-09-20" and found["reps"].period.label == "2026-09-21"
    assert found["product-update"].period.label == "2026-W39"
    assert found["pulse"].as_of == at("2026-09-20T22:00+00:00")  # Sunday's end in Berlin
    assert found["reps"].as_of == found["product-update"].as_of == at("2026-09-21T06:00+00:00")  # Monday morning


def test_every_kind_has_a_notebook_and_its_tables() -> None:
    assert [k.name for k in KINDS if not (ROOT / "notebooks" / k.notebook).is_file()] == []
    assert set(NEEDED_BY) == {k.name for k in KINDS}
    with pytest.raises(ParamsError, match=r"unknown report 'puls' \(did you mean 'pulse'\?\)"):
        kind("puls")


def test_what_is_handed_on_of_a_block_holds_no_pictures_tables_or_ids() -> None:
    block = Block(
        "b", "Title", "Question?", "sales", ("One.", "Two."), ("Status", "Plans"),
        stats=(Stat("MQLs", "41", "of 155", history=(1.0, None, float("nan")), normal=(0.5, 2.0)),),
        cards=(Card("Fair", "Mon", (("Owner", "Ada"),), image="data:image/png;base64,AA"),),
        handover=({"lead_id": "007"},),
        metrics=(Metric("mqls", 41, "leads", "d"),),
    )  # fmt: skip
    told = handed_on(block)
    assert told["sentences"] == [{"label": "Status", "text": "One."}, {"label": "Plans", "text": "Two."}]
    assert told["stats"][0]["history"] == [1.0, None, None] and told["stats"][0]["normal"] == [0.5, 2.0]
    assert told["cards"] == [
        {"title": "Fair", "when": "Mon", "points": [{"label": "Owner", "text": "Ada"}], "side": "marketing"}
    ]
    assert told["rows"] == [{"lead_id": "007"}] and set(told) == {
        "id", "title", "side", "missing", "sentences", "stats", "cards", "rows"}  # fmt: skip
    assert handed_on(replace(block, labels=()))["sentences"][0]["label"] == ""


def test_people_are_the_table_of_reps_as_text(tmp_path: Path) -> None:
    made = company(tmp_path)
    made.rows["reps"] = [
        ["Rep ID", "Name", "Mail", "Left"],
        ["r2", "Ben", "", "2020-02-01"],
        ["r1", "Ada", "ada@example.com", ""],
    ]
    made.mapping["tables"]["reps"]["columns"] = {
        "rep_id": "Rep ID", "name": "Name", "email": "Mail",
        "ended_on": {"column": "Left", "format": "%Y-%m-%d"}}  # fmt: skip
    made.write()
    found = addressed(made.facts())
    assert [(p["rep_id"], p["email"], p["ended_on"], p["team"]) for p in found] == [
        ("r1", "ada@example.com", None, None),
        ("r2", None, "2020-02-01", None),
    ]
