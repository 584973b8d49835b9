"""Tables kept by hand: every dialect of a spreadsheet, both places joined, every row accounted for, nothing fatal."""

from __future__ import annotations

import io
import json
import os
import time
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import openpyxl
import pytest

from alignment_lib.checks import build
from alignment_lib.cli import main
from alignment_lib.contract import CONTRACT, KEPT
from alignment_lib.params import RunParams
from alignment_lib.report.session import Report
from alignment_lib.source import kept_only, open_source
from alignment_lib.source.kept_files import parse
from alignment_lib.source.tables import Tables
from alignment_lib.source.tables.hand_kept import rows
from alignment_lib.source.tables.kept_tables import KeptTable, read_kept
from alignment_lib.source.tables.kept_values import Bad, day, number
from tests.company import Company, Rows, company, csv_text

HEAD = ["Decision ID", "Decided On", "Decision", "Owner", "Due On", "Done On"]
MAPPED: dict[str, Any] = {
    "from": "decisions",
    "columns": {
        "decision_id": "Decision ID",
        "decided_on": {"column": "Decided On", "format": "%d.%m.%Y"},
        "decision": "Decision",
        "owner": "Owner",
        "due_on": "Due On",
        "done_on": "Done On",
    },
}
ROWS: Rows = [
    HEAD,
    ["D-1", "02.03.2020", "Call within a day", "Ada", "2020-03-20", ""],
    ["D-2", "09.03.2020", "Café lists the same evening", "Ben", "2020-03-16", ""],
]


def lay(firm: Company, name: str, content: str | bytes) -> Path:
    """One file of the kept folder."""
    folder = firm.root / "kept" / "tiny"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(params: RunParams, name: str = "decisions") -> KeptTable:
    """A table of the kept folder alone; no engine is started."""
    found = read_kept(kept_only(params), params, name)
    assert found is not None
    return found


def opened(firm: Company, *, backend: Any = None, **request: str) -> Tables:
    """A few tables, which is quicker than all."""
    params = firm.params(**request)
    return build(open_source(params, backend=backend), params, names=("activities", *KEPT))


def warned(table: KeptTable) -> list[str]:
    assert all(c.status in ("PASS", "WARN") for c in table.checks)
    for account in table.accounts:
        assert account.read == account.used + account.set_aside
    lost = [a for a in table.aside if a.what == "row"]
    assert sum(a.set_aside for a in table.accounts) == len(lost)
    return [c.sentence for c in table.checks if c.status == "WARN"]


@pytest.fixture
def firm(tmp_path: Path) -> Company:
    written = company(tmp_path)
    written.mapping["defaults"]["timestamp"]["timezone"] = "UTC"  # another costs the engine seconds
    written.write_mapping()
    return written


# One cell


@pytest.mark.parametrize(
    "text",
    [
        "2026-09-21", "2026-9-21", "21.09.2026", "21.9.26", "2026-09-21 00:00:00", "2026-09-21T00:00:00", "46286",
        "46286.0", "46286,5", "2026/09/21", "21/09/2026", "09/21/2026", "9/21/26", "21-Sep-26", "21 Sep 2026",
        "Sep 21, 2026", "21.09.2026 00:00", "9/21/2026 12:00 AM",
    ],
)  # fmt: skip
def test_a_day_in_every_form_that_a_spreadsheet_gives_it(text: str) -> None:
    """46286: Excel counts days from 1899-12-30 (its 1900 calendar has a 29 February that never was)."""
    assert day(text) == date(2026, 9, 21)
    assert (date(2026, 9, 21) - date(1899, 12, 30)).days == 46286


def test_a_date_with_two_readings_is_read_only_once_the_company_says_which() -> None:
    for text in ("03/04/2026", "3/4/26", "03-04-2026"):
        unsure = day(text)
        assert isinstance(unsure, Bad)
        assert "slash_dates" in unsure.reason and "company.yaml" in unsure.reason
        assert day(text, (), "day first") == date(2026, 4, 3)
        assert day(text, (), "month first") == date(2026, 3, 4)
        assert isinstance(day(text, ("%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y")), date)
    for choice in (None, "day first", "month first"):
        assert day("13/04/2026", (), choice) == day("04/13/2026", (), choice) == date(2026, 4, 13)  # type: ignore[arg-type]
        assert day("04/04/2026", (), choice) == date(2026, 4, 4)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["31.02.2026", "2026-13-01", "soon", "4628", "123456", "1.1", "21 Sop 2026", "0.0.0"])
def test_what_is_no_day_says_how_to_write_one(text: str) -> None:
    found = day(text)
    assert isinstance(found, Bad) and "2026-04-13" in found.reason


def test_marks_of_a_number_are_read_where_they_can_mean_one_thing() -> None:
    known = {"1200": 1200, "0,5": 0.5, "0.5": 0.5, "1.200,50": 1200.5, "1,200.50": 1200.5, "-3": -3, "12,75": 12.75,
             "1.200.000": 1_200_000, "0.125": 0.125}  # fmt: skip
    for text, value in known.items():
        assert number(text, dotted=False) == value
    assert isinstance(number("1.200", dotted=False), Bad) and isinstance(number("1,200", dotted=False), Bad)
    assert number("1.250", dotted=True) == 1.25  # cells parted by commas: the point is the decimal mark
    assert isinstance(number("twelve"), Bad) and isinstance(number("1.2.3"), Bad)


# One file


def dialects() -> dict[str, bytes]:
    """The same two rows as spreadsheets save them."""
    comma, semicolon = csv_text(ROWS), csv_text(ROWS, delimiter=";", newline="\r\n")
    wide = [[*row, "", ""] for row in ROWS] + [[""] * 8] * 2
    return {
        "plain": comma.encode(),
        "Excel's CSV UTF-8": b"\xef\xbb\xbf" + semicolon.encode(),
        "Excel's plain CSV": semicolon.encode("cp1252"),
        "Excel's Unicode text": csv_text(ROWS, delimiter="\t", newline="\r\n").encode("utf-16"),
        "the same without its mark": csv_text(ROWS, delimiter="\t").encode("utf-16-le"),
        "all quoted": "\n".join(",".join(f'"{c}"' for c in row) for row in ROWS).encode(),
        "trailing empty cells, blank lines": csv_text(wide, delimiter=";").replace("\n", "\n\n").encode(),
        "Excel's sep=": b"sep=;\r\n" + semicolon.encode(),
        "lone carriage returns": comma.replace("\n", "\r").encode(),
        "one line of another alphabet": comma.replace("D-1", "Ü-1").encode("cp1252").replace(b"\xdc-1", b"D-1")
        + "D-3,10.03.2020,Müller,Ada,,\n".encode(),
    }


@pytest.mark.parametrize("name", dialects())
def test_a_file_is_read_however_a_spreadsheet_saved_it(firm: Company, name: str) -> None:
    lay(firm, "decisions.csv", dialects()[name])
    table = read(firm.params())
    assert [(r["decision_id"], r["decided_on"], r["decision"], r["due_on"], r["done_on"]) for r in table.rows[:2]] == [
        ("D-1", date(2020, 3, 2), "Call within a day", date(2020, 3, 20), None),
        ("D-2", date(2020, 3, 9), "Café lists the same evening", date(2020, 3, 16), None),
    ]
    assert warned(table) == []
    assert [r["decision"] for r in table.rows[2:]] == (["Müller"] if "another" in name else [])


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", b" \r\n;;\r\n", b"decision_id,decided_on,decision"])
def test_a_table_without_rows_is_there_and_empty(firm: Company, content: bytes) -> None:
    if content.strip(b" \r\n;") or b";" not in content:
        lay(firm, "decisions.csv", content)
        table = read(firm.params())
        assert table.rows == () and warned(table) == []
        assert [(a.file, a.read) for a in table.accounts] == [("kept/tiny/decisions.csv", 0)]


def test_a_bad_row_costs_itself_and_says_why(firm: Company) -> None:
    """Six rows: D-1 counts; D-1 again, one without a decision, one without a real day, one with a cell too many and one
    with a quote that never closes are set aside; D-7 counts but for its due day. Lines are those of the file."""
    text = (
        "decision_id,decided_on,decision,due_on\n"
        'D-1,2026-09-01,"Two\nlines",\n'  # lines 2 and 3
        "D-1,2026-09-02,Again,\n"
        "D-3,2026-09-03,,\n"
        "D-4,31.02.2026,No such day,\n"
        "D-5,2026-09-05,One,2026-09-06,too many\n"
        'D-6,2026-09-06,"Never closed,\n'
        "D-7,2026-09-07,Fine,03/04/2026\n"
    )
    lay(firm, "decisions.csv", text)
    table = read(firm.params())
    assert [(r["decision_id"], r["decision"], r["due_on"]) for r in table.rows] == [
        ("D-1", "Two\nlines", None),
        ("D-7", "Fine", None),
    ]
    assert [(a.line, a.what, a.column, a.value, a.reason.partition(";")[0]) for a in table.aside] == [
        (4, "row", "decision_id", "D-1", "an earlier row has the same decision_id"),
        (5, "row", "decision", "", "decision is missing"),
        (6, "row", "decided_on", "31.02.2026", "decided_on cannot be read as a day"),
        (7, "row", "", "D-5,2026-09-05,One,2026-09-06,too many", "more cells than the head"),
        (8, "row", "", 'D-6,2026-09-06,"Never closed,', "a quote is opened and not closed"),
        (9, "value", "due_on", "03/04/2026", "due_on may be day first or month first"),
    ]
    [account] = table.accounts
    assert (account.read, account.used, account.set_aside, account.unreadable) == (7, 2, 5, {"due_on": 1})
    told = warned(table)
    for line in range(4, 10):
        assert any(f"kept/tiny/decisions.csv line {line}" in t for t in told), line
    assert any("slash_dates" in t for t in told)


def test_slash_dates_of_the_company_are_used(firm: Company) -> None:
    file = firm.params_folder / "company.yaml"
    lay(firm, "decisions.csv", "decision_id,decided_on,decision\nD-1,03/04/2026,x\n")
    for choice, expected in (("day first", date(2026, 4, 3)), ("month first", date(2026, 3, 4))):
        file.write_text(f"name: Tiny\ntimezone: Europe/Berlin\nslash_dates: {choice}\n")
        table = read(firm.params())
        assert table.rows[0]["decided_on"] == expected and warned(table) == []


def test_marks_against_formulas_go_and_text_stays(firm: Company) -> None:
    lay(
        firm,
        "decisions.csv",
        "decision_id,decided_on,decision,owner\nD-1,2026-09-01,'=1+1,'@ada\nD-2,2026-09-01,'tis,a\n",
    )
    assert [(r["decision"], r["owner"]) for r in read(firm.params()).rows] == [("=1+1", "@ada"), ("'tis", "a")]


def test_rows_whose_last_cells_a_spreadsheet_left_out_are_read_and_told(firm: Company) -> None:
    lay(firm, "decisions.csv", "decision_id,decided_on,decision,owner,done_on\nD-1,2026-09-01,x\nD-2,2026-09-01\n")
    table = read(firm.params())
    assert [r["decision_id"] for r in table.rows] == ["D-1"]
    told = warned(table)
    assert any("2 rows have fewer cells than the head (line 2, 3)" in t for t in told)
    assert any("decision is missing" in t for t in told)


def test_headings_differ_in_case_and_blanks_and_a_misspelt_one_is_told(firm: Company) -> None:
    lay(firm, "decisions.csv", "DECISION-ID,decided on,Decision,Ownner,Colour\nD-1,2026-09-01,x,Ada,red\n")
    table = read(firm.params())
    assert table.rows == ({"decision_id": "D-1", "decided_on": date(2026, 9, 1), "decision": "x"},)
    assert warned(table) == ["kept/tiny/decisions.csv: column 'Ownner' is not read (did you mean 'owner'?)"]


def test_an_unclosed_quote_far_from_the_next_one_costs_one_line() -> None:
    """And a file of nothing but such lines is read in a moment."""
    head = "decision_id,decided_on,decision\n"
    plain = "".join(f"D-{n},2026-09-01,fine\n" for n in range(500))
    sheet = parse(
        (head + 'X,2026-09-01,"open\n' + plain + 'Y,2026-09-01,"closed"\n').encode(), "d.csv", ("decision_id",)
    )
    assert [r.line for r in sheet.rejected] == [2] and len(sheet.records) == 501
    began = time.perf_counter()
    sheet = parse((head + 'X,2026-09-01,"open\n' * 500).encode(), "d.csv", ("decision_id",))
    assert len(sheet.rejected) == 500 and time.perf_counter() - began < 2


# Never fatal


def broken(firm: Company, case: str) -> None:
    """A kept folder of which decisions.csv cannot be read."""
    if case == "a workbook":
        out = io.BytesIO()
        openpyxl.Workbook().save(out)
        lay(firm, "decisions.csv", out.getvalue())
    elif case == "no text":
        lay(firm, "decisions.csv", bytes(range(256)) * 20)
    elif case == "a folder":
        (firm.root / "kept" / "tiny" / "decisions.csv").mkdir(parents=True)
    elif case == "no required column":
        lay(firm, "decisions.csv", "decision_id,decision\nD-1,x\n")
    elif case == "no head":
        lay(firm, "decisions.csv", "D-1,2026-09-01,x\n")


@pytest.mark.parametrize("case", ["a workbook", "no text", "a folder", "no required column", "no head"])
def test_a_file_that_cannot_be_read_is_a_warning_and_the_table_is_not_there(firm: Company, case: str) -> None:
    broken(firm, case)
    tables = opened(firm)
    assert not tables.has("decisions") and rows(tables, "decisions") == ()
    assert "kept/tiny/decisions.csv" in tables.source.missing["decisions"]
    [check] = [c for c in tables.checks if c.table == "decisions"]
    assert check.status == "WARN" and check.sentence.endswith("its blocks are left out")


def test_no_table_at_all_is_no_news(firm: Company) -> None:
    tables = opened(firm)
    assert not tables.has("decisions") and rows(tables, "decisions") == ()
    assert not tables.source.missing and not [c for c in tables.checks if c.table in KEPT]


def test_other_files_of_the_folder_are_told_and_hidden_ones_are_not(firm: Company) -> None:
    for name in (
        "decision.csv",
        "leads.csv",
        "notes.md",
        ".~lock.decisions.csv#",
        "issues.xlsx",
        "Product Updates.csv",
    ):
        lay(firm, name, "announced_on,title\n2020-03-01,New\n")
    source = open_source(firm.params())
    told = sorted(source.folder.remarks.values())
    assert len(told) == 3
    assert "kept/tiny/decision.csv is no table kept by hand (did you mean 'decisions'?)" in told[0]
    assert "save it as CSV, under the name issues.csv" in told[1]
    assert "kept/tiny/leads.csv is no table kept by hand" in told[2]
    assert set(source.folder.files) == {"product_updates"}
    tables = opened(firm)
    assert {c.sentence for c in tables.checks if c.name == "folder"} == set(told)
    assert main(firm.arguments("check")) == 0


# Both places


@pytest.fixture
def both(firm: Company) -> Company:
    """The source has D-1, D-2; the kept folder D-2 (done) and D-3, and feedback of its own, which has no key."""
    firm.mapping["tables"] |= {
        "decisions": MAPPED,
        "feedback": {"from": "feedback", "columns": {"given_on": "Given", "note": "Note", "verdict": "Verdict"}},
    }
    firm.rows |= {"decisions": ROWS, "feedback": [["Given", "Note", "Verdict"], ["2020-03-10", "Good", "working"]]}
    firm.write()
    lay(firm, "decisions.csv", "decision_id;decided_on;decision;done_on\nD-2;9.3.20;Same;12.3.20\nD-3;10.3.20;New;\n")
    lay(firm, "feedback.csv", "given_on,note,verdict\n2020-03-11,Bad,Not working\n2020-04-01,Later,working\n")
    return firm


def test_rows_of_both_places_are_joined_and_accounted_for(both: Company) -> None:
    """decisions: 2 + 2 read; the source's D-2 is set aside for the folder's, which has no column of owners."""
    tables = opened(both)
    assert [(r["decision_id"], r["decision"], r["owner"], r["done_on"]) for r in rows(tables, "decisions")] == [
        ("D-1", "Call within a day", "Ada", None),
        ("D-2", "Same", "Ben", date(2020, 3, 12)),
        ("D-3", "New", None, None),
    ]
    # one of April is not known yet in W11; verdicts are ours however they are written
    assert [(r["note"], r["verdict"]) for r in rows(tables, "feedback")] == [
        ("Good", "working"),
        ("Bad", "not_working"),
    ]
    accounts = {(a.table, a.file): (a.read, a.used, a.set_aside) for a in tables.accounts}
    assert accounts["decisions", "decisions.csv"] == (2, 1, 1)
    assert accounts["decisions", "kept/tiny/decisions.csv"] == (2, 2, 0)
    assert [(a.file, a.line, a.value) for a in tables.set_aside() if a.table == "decisions"] == [
        ("decisions.csv", 3, "D-2")
    ]
    assert not [c for c in tables.checks if c.status == "WARN" and c.table in KEPT]
    read = {i.name for i in tables.source.inputs}
    assert read >= {"decisions.csv", "kept/tiny/decisions.csv", "kept/tiny/feedback.csv"}
    results = Report(both.facts(), "weekly").results()
    assert results["tables"]["decisions"] == {"read": 4, "used": 3, "set_aside": 1}


def test_a_later_day_is_not_known_before_it(both: Company) -> None:
    tables = opened(both, as_of="2020-03-12")
    assert rows(tables, "decisions")[1]["done_on"] is None
    assert len(rows(opened(both, week="2020-W10", as_of="2020-03-09"), "decisions")) == 1


def test_one_place_broken_leaves_the_other(both: Company) -> None:
    lay(both, "decisions.csv", b"PK\x03\x04")
    tables = opened(both)
    assert [r["decision_id"] for r in rows(tables, "decisions")] == ["D-1", "D-2"]
    assert any("workbook" in c.sentence and c.status == "WARN" for c in tables.checks)
    (both.data / "decisions.csv").write_text("Decision ID,Decided On\nD-1,02.03.2020\n")  # a required column is gone
    lay(both, "decisions.csv", "decision_id,decided_on,decision\nD-3,2020-03-10,x\n")
    tables = opened(both)
    assert [r["decision_id"] for r in rows(tables, "decisions")] == ["D-3"] and not tables.source.missing
    assert any("has no column 'Decision'" in c.sentence and c.status == "WARN" for c in tables.checks)
    (both.data / "decisions.csv").unlink()
    [absent] = [c for c in opened(both).checks if c.name == "present"]
    assert absent.status == "PASS" and absent.sentence.endswith("kept/tiny/decisions.csv is read alone")


def test_faults_in_a_table_of_the_source_never_end_the_run(both: Company) -> None:
    """A repeated key, a share of unreadable days far above `max_unreadable`, and an optional column that is gone."""
    bad = [
        ["D-1", "02.03.2020", "x", "Ada", "soon"],
        ["D-1", "03.03.2020", "y", "Ada", "soon"],
        ["D-9", "never", "z", "Ada", ""],
    ]
    (both.data / "decisions.csv").write_text(csv_text([HEAD[:5], *bad]))
    (both.root / "kept" / "tiny" / "decisions.csv").unlink()
    tables = opened(both)
    assert [(r["decision"], r["due_on"], r["done_on"]) for r in rows(tables, "decisions")] == [("x", None, None)]
    assert not tables.has("decisions.done_on") and tables.has("decisions.due_on")
    told = [c.sentence for c in tables.checks if c.table == "decisions" and c.status == "WARN"]
    for part in ("same decision_id", "'soon'", "'never'", "no column 'Done On'"):
        assert any(part in t for t in told), part


def test_sql_and_maps_of_the_mapping_hold_for_a_kept_table(both: Company) -> None:
    both.mapping["tables"]["decisions"] = MAPPED | {
        "where": "\"Owner\" <> 'Ben'",
        "columns": MAPPED["columns"]
        | {"owner": {"column": "Owner", "map": {"Ada": "Ada L."}}, "meeting": {"sql": "'weekly ' || \"Owner\""},
           "measure": {"value": 5}},
    }  # fmt: skip
    both.write_mapping()
    (both.root / "kept" / "tiny" / "decisions.csv").unlink()
    tables = opened(both)
    [row] = rows(tables, "decisions")
    assert (row["owner"], row["meeting"], row["measure"]) == ("Ada L.", "weekly Ada", "5")
    [account] = [a for a in tables.accounts if a.table == "decisions"]
    assert account.reasons == {"excluded by where": 1}


def test_targets_of_the_folder_are_a_table_like_any_other(firm: Company) -> None:
    lay(
        firm,
        "targets.csv",
        "metric,period_start,period_end,target,set_on\nmqls,2020-03-01,2020-03-31,10,\nmqls,2020-04-01,2020-04-30,12,2020-03-18\n",
    )
    tables = opened(firm)
    assert tables.has("targets", "targets.metric") and tables.lacking("targets.segment") == ("targets.segment",)
    frame = tables["targets"].to_pandas()
    assert list(frame["target"]) == [10.0]  # the second was set after the week


def test_a_kept_table_of_a_database_keeps_its_types_and_is_joined(both: Company) -> None:
    """A day of a time stamp with a zone is the company's: 23:30 UTC on 8 March is 9 March in Berlin."""
    db = ibis.duckdb.connect()
    for name in ("leads", "calls"):
        db.create_table(name, db.read_csv(str(both.data / f"{name}.csv"), all_varchar=True))
    db.raw_sql(
        "CREATE TABLE decisions (id INTEGER, begun TIMESTAMPTZ, text VARCHAR, due DATE, done VARCHAR);"
        " INSERT INTO decisions VALUES (7, '2020-03-08T23:30:00Z', 'Seven', '2020-03-20', '21.3.2020'),"
        " (7, '2020-03-08T23:30:00Z', 'Twice', NULL, NULL), (8, NULL, 'No day', NULL, NULL)"
    )
    columns = {"decision_id": "id", "decided_on": "begun", "decision": "text", "due_on": "due", "done_on": "done"}
    both.mapping["tables"]["decisions"] = {"from": {"table": "decisions"}, "columns": columns}
    both.mapping["tables"]["feedback"] = {"from": {"sql": "SELECT * FROM nothing"}, "columns": {"given_on": "x"}}
    both.write_mapping()
    tables = opened(both, backend=db)
    found = {r["decision_id"]: r for r in rows(tables, "decisions")}
    assert set(found) == {"7", "D-2", "D-3"}
    assert (found["7"]["decided_on"], found["7"]["due_on"], found["7"]["done_on"]) == (
        date(2020, 3, 9),
        date(2020, 3, 20),
        None,
    )
    assert [r["note"] for r in rows(tables, "feedback")] == ["Bad"]
    assert all(c.status != "FAIL" for c in tables.checks)


def test_every_kept_table_of_a_folder_is_read_and_quickly(firm: Company) -> None:
    """All fourteen with fifty rows each: ten small tables are to cost less than a quarter of a second."""
    values = {"date": "2020-03-10", "number": "3", "id": "x{}", "text": "text {}"}
    for name in KEPT:
        columns = CONTRACT[name].columns
        cells = [[values[c.kind].format(n) for c in columns.values()] for n in range(50)]
        lay(firm, f"{name}.csv", csv_text([list(columns), *cells], delimiter=";"))
    params = firm.params()
    source = kept_only(params)
    began = time.perf_counter()
    found = {name: read_kept(source, params, name) for name in KEPT}
    assert time.perf_counter() - began < 1  # 0.05 s on a machine with nothing else to do
    assert all(table is not None and len(table.rows) == 50 for table in found.values())


def test_the_page_lists_the_folders_rows_and_what_was_set_aside(
    both: Company, tmp_path: Path, monkeypatch: Any
) -> None:
    lay(both, "decisions.csv", "decision_id,decided_on,decision\nD-3,10.3.20,New\n=D-4,03/04/2020,Which\n")
    run = tmp_path / "run"
    run.mkdir()
    monkeypatch.setenv("ALIGNMENT_RUN_DIR", str(run))
    report = Report(both.facts(), "weekly")
    report._write(run, report.results())
    aside = (run / "set_aside.csv").read_text()
    place = '"decisions","kept/tiny/decisions.csv","3","row","decided_on","03/04/2020"'
    assert f'{place},"decided_on may be day first' in aside
    assert json.loads((run / "results.json").read_text())["tables"]["decisions"] == {
        "read": 4,
        "used": 3,
        "set_aside": 1,
    }


def test_a_file_that_nobody_may_read_is_a_warning(firm: Company) -> None:
    path = lay(firm, "decisions.csv", csv_text(ROWS))
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    assert "cannot be opened" in opened(firm).source.missing["decisions"]
