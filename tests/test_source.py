"""Files in every form an export takes give the same rows; what cannot be read is told, counted and written out."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from alignment_lib.checks import build
from alignment_lib.errors import AlignmentError, DataError, MappingError, SourceError
from alignment_lib.source import open_source
from alignment_lib.source.tables import Tables
from alignment_lib.source.zones import changes
from tests.company import LEADS, Company, Rows, company, csv_text

IDS = [row[0] for row in LEADS[1:]]
SOURCES = [row[2] or None for row in LEADS[1:]]


@pytest.fixture
def tiny(tmp_path: Path) -> Company:
    return company(tmp_path)


def leads(tiny: Company, **request: str) -> Tables:
    """The table of leads alone: the other files of the company are not read."""
    params = tiny.params(**request)
    return build(open_source(params), params, names=("leads",))


def refused(tiny: Company) -> str:
    with pytest.raises(AlignmentError) as caught:
        leads(tiny)
    assert type(caught.value).__name__ in ("DataError", "MappingError", "SourceError")
    return str(caught.value)


def seen(tables: Tables) -> list[tuple[Any, ...]]:
    """Id, source and creation of every lead, by id."""
    frame = tables["leads"].to_pandas()
    texts = frame[["lead_id", "source"]].astype(object).where(frame[["lead_id", "source"]].notna(), None)
    return sorted(zip(texts["lead_id"], texts["source"], frame["created_at"], strict=True))


def expected() -> list[tuple[Any, ...]]:
    """The same by another road: Python's own calendar and time zones on the rows as they were written."""
    zone = ZoneInfo("Europe/Berlin")
    born = [datetime.strptime(r[1], "%d.%m.%Y %H:%M").replace(tzinfo=zone).astimezone(UTC) for r in LEADS[1:]]
    return sorted(zip(IDS, SOURCES, (b.replace(tzinfo=None) for b in born), strict=True))


def objects() -> list[dict[str, str]]:
    return [dict(zip(LEADS[0], row, strict=True)) for row in LEADS[1:]]


def workbook(rows: list[list[Any]]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def parquet(columns: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def columns() -> dict[str, list[str]]:
    return {name: [row[i] for row in LEADS[1:]] for i, name in enumerate(LEADS[0])}


FORMS: dict[str, tuple[str, Callable[[], str | bytes]]] = {
    "csv": ("leads.csv", lambda: csv_text(LEADS)),
    "byte order mark": ("leads.csv", lambda: b"\xef\xbb\xbf" + csv_text(LEADS).encode()),
    "CRLF": ("leads.csv", lambda: csv_text(LEADS, newline="\r\n")),
    "CR": ("leads.csv", lambda: csv_text(LEADS, newline="\r")),
    "semicolons": ("leads.csv", lambda: csv_text(LEADS, delimiter=";")),
    "tabs": ("leads.csv", lambda: csv_text(LEADS, delimiter="\t")),
    "pipes": ("leads.txt", lambda: csv_text(LEADS, delimiter="|")),
    "tsv": ("leads.tsv", lambda: csv_text(LEADS, delimiter="\t")),
    "no end of line at the end": ("leads.csv", lambda: csv_text(LEADS).rstrip("\n")),
    "blanks around cells": ("leads.csv", lambda: csv_text(LEADS).replace(",", " , ")),
    "a comma after every line": ("leads.csv", lambda: csv_text(LEADS).replace("\n", ",\n")),
    "utf-16": ("leads.csv", lambda: csv_text(LEADS).encode("utf-16")),
    "utf-16, semicolons": ("leads.csv", lambda: csv_text(LEADS, delimiter=";").encode("utf-16")),
    "json list": ("leads.json", lambda: json.dumps(objects())),
    "json lines": ("leads.jsonl", lambda: "\n".join(map(json.dumps, objects()))),
    "json without blanks": ("leads.json", lambda: json.dumps([{k: v for k, v in o.items() if v} for o in objects()])),
    "json with a mark": ("leads.json", lambda: b"\xef\xbb\xbf" + json.dumps(objects(), ensure_ascii=False).encode()),
    "json nulls": ("leads.ndjson", lambda: "\n".join(json.dumps(o).replace('""', "null") for o in objects())),
    "json of Salesforce": ("leads.json", lambda: json.dumps({"totalSize": 6, "done": True, "records": objects()})),
    "json of Zoho": ("leads.json", lambda: json.dumps({"data": objects(), "info": {"more_records": False}}, indent=1)),
    "xlsx": ("leads.xlsx", lambda: workbook(LEADS)),  # type: ignore[arg-type]
    "parquet": ("leads.parquet", lambda: parquet(columns())),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_same_rows_reads_the_same(tiny: Company, form: str) -> None:
    name, content = FORMS[form]
    tiny.file(name, content())
    tables = leads(tiny)
    assert seen(tables) == expected()
    (account,) = tables.accounts
    assert (account.read, account.used, account.set_aside, dict(account.unreadable)) == (6, 6, 0, {})


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16-le"])
def test_a_declared_encoding_is_read_and_any_other_guessed_and_said(tiny: Company, encoding: str) -> None:
    tiny.file("leads.csv", csv_text(LEADS).encode(encoding))
    guessed = leads(tiny)
    tiny.mapping["tables"]["leads"]["encoding"] = encoding
    tiny.write_mapping()
    declared = leads(tiny)
    assert seen(guessed) == seen(declared) == expected()
    told = "leads.csv: is not in UTF-8 and was read as"
    assert [c.sentence.startswith(told) for c in guessed.checks if c.name == "reading"] == [True]
    assert [c for c in declared.checks if c.name == "reading"] == []


def test_a_wrong_declaration_of_the_encoding_names_the_byte(tiny: Company) -> None:
    tiny.mapping["tables"]["leads"]["encoding"] = "ascii"
    tiny.write_mapping()
    assert "is not ascii as the mapping declares; correct `encoding:`" in refused(tiny)


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("leads.csv", "", "leads.csv: the file is empty (0 bytes); export it again"),
        ("leads.csv", csv_text(LEADS[:1]), "leads.csv (leads): only the head; export it again, with its rows"),
        ("leads.csv", "\n\n\n", "leads.csv line 1: there are no column names; the first line must name the columns"),
        ("leads.csv", b"\xef\xbb\xbf", "leads.csv line 1: there are no column names"),
        ("leads.csv", b"PK\x03\x04" + bytes(range(256)), "leads.csv line 1: this is no text in UTF-8"),
        ("leads.csv", "<html>Login</html>\n", "leads.lead_id: leads.csv has no column 'Lead ID'"),
        ("leads.json", "[]", "leads.json: holds no objects; export a list of objects, or one object a line"),
        ("leads.json", "[1, 2]", "leads.json: holds no objects"),
        ("leads.json", '[{"a": 1,', "leads.json: cannot be read as JSON"),
        ("leads.json", '{"records": [{"Lead": "1"}]}', "leads.json has no column 'Lead ID' (did you mean 'Lead'?)"),
        ("leads.json", '{"page": [{"Lead ID": "1"}]}', "leads.json has no column 'Lead ID' (known: page)"),
        ("leads.xlsx", b"PK\x03\x04", "leads.xlsx: cannot be read as XLSX"),
        ("leads.xlsx", workbook([]), "leads.xlsx line 1: there are no column names"),
        ("leads.parquet", b"PAR1", "leads.parquet: cannot be read as Parquet"),
        ("leads.parquet", parquet({n: pa.array([], pa.string()) for n in LEADS[0]}), "leads.parquet (leads): only the"),
    ],
)
def test_a_file_without_rows_is_told_in_one_sentence(
    tiny: Company, name: str, content: str | bytes, complaint: str
) -> None:
    tiny.file(name, content)
    told = refused(tiny)
    assert complaint in told and "\n" not in told and str(tiny.data) not in told


def test_embedded_line_ends_and_quotes_stay_in_their_cell(tiny: Company) -> None:
    tiny.rows["leads"][2][9] = 'no\nbudget, "really"\r\nnone; \\'
    tiny.file("leads.csv", csv_text(tiny.rows["leads"]))
    tables = leads(tiny)
    assert seen(tables) == expected()
    reasons = tables["leads"].to_pandas().set_index("lead_id")["reject_reason"]
    assert reasons[tiny.rows["leads"][2][0]] == tiny.rows["leads"][2][9]


def test_ten_megabytes_in_a_cell_are_read(tiny: Company) -> None:
    tiny.rows["leads"][2][9] = "x\n" * 5_000_000
    tiny.file("leads.csv", csv_text(tiny.rows["leads"]))
    assert seen(leads(tiny)) == expected()


def test_a_record_beyond_all_measure_is_told_with_its_line(tiny: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alignment_lib.source.files._LONGEST", 3 << 20)
    tiny.rows["leads"][2][9] = "x" * (4 << 20)
    tiny.file("leads.csv", csv_text(tiny.rows["leads"]))
    assert refused(tiny).startswith("leads.csv line 3: Maximum line size")


def test_a_file_of_many_megabytes_needs_no_gigabyte(tiny: Company) -> None:
    # DuckDB's buffer is sixteen of the longest record unless it is told; 16 x 64 MB is more than the engine may take
    text = csv_text([["x" * 3000 if i == 9 else cell for i, cell in enumerate(row)] for row in LEADS[1:]])
    head = csv_text(LEADS[:1])
    tiny.file("leads.csv", head + text + text.replace("34587", "X") * 4000)
    assert (tiny.data / "leads.csv").stat().st_size > 64 << 20
    tiny.mapping["tables"]["leads"]["duplicates"] = "first"
    tiny.write_mapping()
    (account,) = leads(tiny).accounts
    assert (account.read, account.used) == (6 + 6 * 4000, 8)


def test_ragged_rows_are_set_aside_with_line_and_reason(tiny: Company) -> None:
    lines = csv_text(LEADS).splitlines()
    lines.insert(3, "x1,short")
    lines.insert(5, lines[1].replace("3458764513820540928", "x2") + ",too,many")
    tiny.file("leads.csv", "\n".join(lines) + "\n")
    tables = leads(tiny)
    assert seen(tables) == expected()
    (account,) = tables.accounts
    assert (account.read, account.used) == (8, 6)
    told = [(row.line, row.what, row.value[:3], row.reason) for row in tables.set_aside()]
    assert told == [(4, "row", "x1,", "fewer cells than the head"), (6, "row", "x2,", "more cells than the head")]


def test_lines_keep_their_numbers_behind_a_ragged_row(tiny: Company) -> None:
    lines = csv_text(LEADS).splitlines()
    lines.insert(2, "short")
    lines.append("x9,32.13.2020 99:99,Search,mid,r1,,,,,")
    tiny.file("leads.csv", "\n".join(lines) + "\n")
    (tiny.params_folder / "weekly.yaml").write_text("max_unreadable: 0.5\n")
    assert [(row.line, row.value) for row in leads(tiny).set_aside()] == [(3, "short"), (9, "32.13.2020 99:99")]


def test_padding_lines_are_read_and_set_aside(tiny: Company) -> None:
    tiny.file("leads.csv", csv_text(LEADS) + "," * (len(LEADS[0]) - 1) + "\n" + " , " * (len(LEADS[0]) - 1) + "\n")
    tables = leads(tiny)
    (account,) = tables.accounts
    assert (account.read, account.used, dict(account.reasons)) == (8, 6, {"blank line": 2})
    assert [(row.line, row.reason) for row in tables.set_aside()] == [(8, "blank line"), (9, "blank line")]


def test_a_quote_that_swallows_lines_stops_the_run(tiny: Company) -> None:
    lines = csv_text(LEADS).splitlines()
    lines.insert(3, 'x1,"09.03.2020 10:00,Search')
    tiny.file("leads.csv", "\n".join(lines) + "\n")
    told = refused(tiny)
    assert told.startswith("leads.csv line 4: a quote is opened and not closed ('x1,\"09.03.2020 10:00,Search")
    assert told.endswith("close it in the export")


def test_a_quote_in_the_wrong_place_costs_its_row_alone(tiny: Company) -> None:
    lines = csv_text(LEADS).splitlines()
    lines.insert(3, 'x1,09.03.2020 10:00,"Search"x,mid,r1,,,,,')
    tiny.file("leads.csv", "\n".join(lines) + "\n")
    tables = leads(tiny)
    assert seen(tables) == expected()
    assert [(r.line, r.reason) for r in tables.set_aside()] == [(4, "a quote in the wrong place")]


def test_repeated_headings_are_told_apart(tiny: Company) -> None:
    tiny.file("leads.csv", csv_text([[*row, "Source" if i == 0 else "second"] for i, row in enumerate(LEADS)]))
    assert seen(leads(tiny)) == expected()
    tiny.mapping["tables"]["leads"]["columns"]["source"] = "Source_2"
    tiny.write_mapping()
    assert set(leads(tiny)["leads"].to_pandas()["source"]) == {"second"}


@pytest.mark.parametrize("heading", ["_line", "_kept", "_reason", "_bad_created_at", 'it\'s "x"', "", "line"])
def test_no_heading_collides_with_our_own_names(tiny: Company, heading: str) -> None:
    tiny.file("leads.csv", csv_text([[heading if i == 0 else "z", *row] for i, row in enumerate(LEADS)]))
    assert seen(leads(tiny)) == expected()


def test_a_column_that_is_not_there_gets_the_nearest_name(tiny: Company) -> None:
    tiny.mapping["tables"]["leads"]["columns"]["source"] = "Sorce"
    tiny.write_mapping()
    assert refused(tiny) == (
        f"{tiny.known_as}/sources/tiny.yaml, leads.source: leads.csv has no column 'Sorce' (did you mean 'Source'?)"
    )
    with pytest.raises(MappingError, match=rf"^{tiny.source_file}, leads.source"):
        leads(tiny, source=str(tiny.source_file))


@pytest.mark.parametrize(
    ("part", "given", "value"),
    [
        ("lead_id", {"sql": "cast(\"Lead ID\" || 'x' as integer)"}, "3458764513820540928x"),
        ("mql_at", {"sql": 'cast("Source" as timestamp)'}, "Webinar"),
        ("where", 'cast("Source" as integer) > 0', "Webinar"),
    ],
)
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_sql_that_fails_on_a_value_is_told_where_it_stands(
    tiny: Company, part: str, given: Any, value: str, form: str
) -> None:
    if form == "parquet":
        tiny.file("leads.parquet", parquet(columns()))
    leads_of = tiny.mapping["tables"]["leads"]
    (leads_of if part == "where" else leads_of["columns"])[part] = given
    tiny.write_mapping()
    told = refused(tiny)
    place = f"{tiny.known_as}/sources/tiny.yaml, leads: the SQL of {part} fails on a value of leads.{form} ("
    assert told.startswith(place) and value in told and told.endswith("null where it has no answer")
    assert "SELECT" not in told and "LINE 1" not in told and len(told) < 600


@pytest.mark.parametrize("where", ["nonsense(", '"Sorce" = 1'])
def test_sql_that_does_not_run_is_told_where_it_stands(tiny: Company, where: str) -> None:
    tiny.mapping["tables"]["leads"]["where"] = where
    tiny.write_mapping()
    told = refused(tiny)
    assert told.startswith(f"{tiny.known_as}/sources/tiny.yaml, leads: the SQL of where: or sql: does not run (")
    assert "\x1b" not in told and "\n" not in told


def test_no_such_folder_and_no_such_file(tiny: Company) -> None:
    with pytest.raises(SourceError, match=r"/nope: no such folder; give the folder that holds the export, or its ZIP"):
        leads(tiny, data="/nope")
    with pytest.raises(SourceError, match="source 'tiny' reads a folder: give it"):
        leads(tiny, data="")
    (tiny.data / "leads.csv").rename(tiny.data / "lead.csv")
    assert refused(tiny) == "source 'tiny', table leads: data holds no file 'leads' (did you mean 'lead.csv'?)"


def test_two_files_of_one_name_must_be_told_apart(tiny: Company) -> None:
    (tiny.data / "leads.json").write_text("[]")
    assert "'leads' may be any of leads.csv, leads.json; write the ending in the mapping" in refused(tiny)


# Identifiers


def big_ids(form: str) -> tuple[str, str | bytes]:
    """A 19-digit id and one with leading zeros, as texts, in a file of each form that can hold them."""
    return FORMS[form][0], FORMS[form][1]()


@pytest.mark.parametrize("form", ["csv", "tsv", "json list", "json lines", "xlsx", "parquet"])
def test_an_id_keeps_its_digits_and_zeros(tiny: Company, form: str) -> None:
    tiny.file(*big_ids(form))
    assert {"3458764513820540928", "3458764513820540929", "007"} <= set(leads(tiny)["leads"].to_pandas()["lead_id"])


def test_numbers_of_nineteen_digits_stay_whole_where_they_are_numbers(tiny: Company) -> None:
    numbers = [int(i) for i in IDS]
    for content in (
        ("leads.json", json.dumps([o | {"Lead ID": int(o["Lead ID"])} for o in objects()])),
        ("leads.parquet", parquet(columns() | {"Lead ID": pa.array(numbers, pa.int64())})),
    ):
        tiny.file(*content)
        assert sorted(leads(tiny)["leads"].to_pandas()["lead_id"]) == sorted(map(str, numbers))


def test_ids_that_a_tool_made_floats_lose_their_point_and_cannot_pass_as_one(tiny: Company) -> None:
    small = [float(i) for i in range(len(IDS))]
    tiny.file("leads.parquet", parquet(columns() | {"Lead ID": pa.array(small, pa.float64())}))
    assert sorted(leads(tiny)["leads"].to_pandas()["lead_id"]) == [str(i) for i in range(len(IDS))]
    tiny.file("leads.parquet", parquet(columns() | {"Lead ID": pa.array([float(i) for i in IDS], pa.float64())}))
    assert "lead_id '3.458764513820541e+18' cannot be read: the file holds this id as a decimal number" in refused(tiny)


def test_dates_that_a_workbook_holds_as_dates_are_read_as_iso(tiny: Company) -> None:
    def cell(text: str) -> Any:
        try:
            return datetime.strptime(text, "%d.%m.%Y %H:%M")
        except ValueError:
            return text

    tiny.file("leads.xlsx", workbook([LEADS[0], *[[cell(c) for c in row] for row in LEADS[1:]]]))
    assert "created_at '2020-03-02T10:00:00' cannot be read as format '%d.%m.%Y %H:%M'" in refused(tiny)
    for rule in tiny.mapping["tables"]["leads"]["columns"].values():
        if isinstance(rule, dict):
            rule.pop("format")
    tiny.write_mapping()
    assert seen(leads(tiny)) == expected()


# Amounts


def amounts(tiny: Company, texts: list[str], **declared: str) -> list[float | None]:
    head: Rows = [["Deal ID", "Lead ID", "Created", "Amount", "Closed", "Stage", "Owner"]]
    tiny.rows["deals"] = head + [
        [f"d{i:02}", "", "05.03.2020 10:00", t, "12.03.2020", "Won", "r1"] for i, t in enumerate(texts)
    ]
    tiny.mapping["tables"]["opportunities"]["columns"]["amount"] = {"column": "Amount", **declared}
    tiny.write()
    (tiny.params_folder / "weekly.yaml").write_text("max_unreadable: 0.999\n")
    params = tiny.params()
    tables = build(open_source(params), params, names=("opportunities",))
    found = tables["opportunities"].order_by("opportunity_id").to_pandas()["amount"]
    values = [None if a is None or a != a else float(a) for a in found]
    unread = [row.value for row in tables.set_aside()]
    assert unread == [t.strip() and t for t, v in zip(texts, values, strict=True) if v is None]
    return values


def test_amounts_are_read_as_declared_and_never_otherwise(tiny: Company) -> None:
    read = {"€ 3.500,00": 3500.0, "3.500,00 €": 3500.0, "1.234.567,89": 1234567.89, "4.500": 4500.0, "1,5": 1.5,
            "-12,30": -12.3, "  7 ": 7.0, "\u00a03\u202f": 3.0, "(100,00)": -100.0, "1e5": 100000.0}  # fmt: skip
    unread = [
        "4.5",
        "1.2.3",
        "12.34.567",
        "(100",
        "-(5)",
        "1.2e5",
        "NaN",
        "inf",
        "EUR 5",
        "5,",
        "€",
        "3,500.00",
        "9" * 20,
    ]
    declared = {"decimal": ",", "thousands": ".", "strip": "€"}
    assert amounts(tiny, [*read, *unread], **declared) == [*read.values(), *[None] * len(unread)]


def test_amounts_without_a_declaration_have_a_point_and_no_thousands(tiny: Company) -> None:
    assert amounts(tiny, ["3500.00", "4.5", "3,500", "3.500,00", "1'000"]) == [3500.0, 4.5, None, None, None]
    assert amounts(tiny, ["$3,500.00", "4,5"], thousands=",", strip="$") == [3500.0, None]
    assert amounts(tiny, ["1'000.5", "1 000"], thousands="'") == [1000.5, None]


# Time


def instants(tiny: Company, texts: list[str], rule: dict[str, str], **request: str) -> list[str]:
    tiny.rows["leads"] = [LEADS[0], *[[f"{i:02}", text, "s", "mid", "", "", "", "", "", ""] for i, text in
                                     enumerate(texts)]]  # fmt: skip
    tiny.mapping["tables"]["leads"]["columns"]["created_at"] = {"column": "Created", **rule}
    tiny.write()
    (tiny.params_folder / "weekly.yaml").write_text("freshness: {fail_days: 3650, warn_days: 3650}\n")
    frame = leads(tiny, **request)["leads"].order_by("lead_id").to_pandas()
    return [f"{t:%Y-%m-%d %H:%M}" for t in frame["created_at"]]


def test_walls_that_come_twice_are_the_first_and_skipped_ones_move_on(tiny: Company) -> None:
    # tz database: Europe/Berlin goes from 02:00 to 03:00 on 2019-03-31 and from 03:00 back to 02:00 on 2019-10-27
    walls = ["31.03.2019 01:59", "31.03.2019 02:00", "31.03.2019 02:30", "31.03.2019 03:00",
             "27.10.2019 01:59", "27.10.2019 02:00", "27.10.2019 02:59", "27.10.2019 03:00"]  # fmt: skip
    utc = ["2019-03-31 00:59", "2019-03-31 01:00", "2019-03-31 01:30", "2019-03-31 01:00",
           "2019-10-26 23:59", "2019-10-27 00:00", "2019-10-27 00:59", "2019-10-27 02:00"]  # fmt: skip
    assert instants(tiny, walls, {"format": "%d.%m.%Y %H:%M"}) == utc
    # the standard library reads fold=0 and gaps the same way (PEP 495)
    zone = ZoneInfo("Europe/Berlin")
    read = [datetime.strptime(w, "%d.%m.%Y %H:%M").replace(tzinfo=zone).astimezone(UTC) for w in walls]
    assert [f"{t:%Y-%m-%d %H:%M}" for t in read] == utc


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_an_offset_in_the_text_goes_before_the_declared_zone(tiny: Company, zone: str) -> None:
    told = {"2020-03-09T10:00:00Z": "10:00", "2020-03-09T10:00:00+02:00": "08:00", "2020-03-09 10:00:00-0800": "18:00",
            "2020-03-09 10:00:00+02": "08:00", "2020-03-09T10:00:00.123+05:30": "04:30"}  # fmt: skip
    assert instants(tiny, list(told), {"timezone": zone}) == [f"2020-03-09 {t}" for t in told.values()]


def test_a_text_without_an_offset_is_the_wall_of_the_declared_zone(tiny: Company) -> None:
    texts = ["2020-03-09 10:00", "2020-03-09T10:00:00", "2020-03-09 10:00:00.123", "2020-03-09"]
    assert instants(tiny, texts, {"timezone": "UTC"}) == ["2020-03-09 10:00"] * 3 + ["2020-03-09 00:00"]
    assert instants(tiny, texts, {"timezone": "Europe/Berlin"}) == ["2020-03-09 09:00"] * 3 + ["2020-03-08 23:00"]


@pytest.mark.parametrize(("form", "text"), [("epoch_s", "1583748000"), ("epoch_ms", "1583748000000")])
def test_epoch_numbers_are_instants(tiny: Company, form: str, text: str) -> None:
    assert instants(tiny, [text], {"format": form}) == ["2020-03-09 10:00"]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])
def test_offset_changes_are_those_of_the_tz_database(zone: str) -> None:
    offset, found = changes(zone, 2015, 2026)
    for year in range(2015, 2027):
        for month in range(1, 13):
            instant = datetime(year, month, 15, 12, tzinfo=UTC)
            for change in found:
                offset = change.after_s if change.at_s <= instant.timestamp() else offset
            told = instant.astimezone(ZoneInfo(zone)).utcoffset()
            assert told is not None and offset == told.total_seconds()


@pytest.mark.parametrize(
    "text", ["2020-03-09 10:00", "03/09/2020 10:00", "09.03.2020", "31.02.2020 10:00", "1583748000", "soon"]
)
def test_a_timestamp_of_another_format_names_line_value_and_remedy(tiny: Company, text: str) -> None:
    tiny.rows["leads"][1][1] = text
    tiny.write()
    assert refused(tiny) == (
        f"leads.csv line 2: created_at '{text}' cannot be read as format '%d.%m.%Y %H:%M'; 1 such values;"
        f" correct the export, or the declaration in {tiny.known_as}/sources/tiny.yaml, leads.created_at"
    )


def test_the_first_unreadable_value_is_told_when_no_row_is_left(tiny: Company) -> None:
    for row in tiny.rows["leads"][1:]:
        row[1] = "2020-03-09T10:00"
    tiny.write()
    assert refused(tiny).startswith("leads.csv line 2: created_at '2020-03-09T10:00' cannot be read as format")


# Databases: a file of the embedded engine stands for them here


def database(tiny: Company, tmp_path: Path) -> str:
    import duckdb

    path = tmp_path / "crm.duckdb"
    with duckdb.connect(str(path)) as connection:
        for name in tiny.rows:
            connection.execute(f"CREATE TABLE {name} AS FROM read_csv('{tiny.data / name}.csv', all_varchar=true)")
        connection.execute("ALTER TABLE leads ALTER Created TYPE TIMESTAMP USING strptime(Created, '%d.%m.%Y %H:%M')")
    columns = tiny.mapping["tables"]["leads"]["columns"]
    columns["created_at"] = {"column": "Created", "timezone": "Europe/Berlin"}
    for name in ("mql_at", "assigned_at", "accepted_at", "rejected_at"):
        pattern = f"try_strptime(\"{columns[name]['column']}\", '%d.%m.%Y %H:%M')"
        columns[name] = {"sql": pattern, "timezone": "Europe/Berlin"}
    tiny.write_mapping()
    return f"duckdb://{path}"


def test_tables_of_a_database_read_as_the_files_do(tiny: Company, tmp_path: Path) -> None:
    url = database(tiny, tmp_path)
    assert seen(leads(tiny, data=url)) == expected()


def test_a_database_without_the_table_is_told(tiny: Company, tmp_path: Path) -> None:
    url = database(tiny, tmp_path)
    tiny.mapping["tables"]["leads"]["from"] = "leadz"
    tiny.write_mapping()
    with pytest.raises(MappingError, match=r"source 'tiny', table leads: .*crm.duckdb has no table 'leadz'"):
        leads(tiny, data=url)


def test_a_database_that_cannot_be_reached_keeps_its_secrets(tiny: Company) -> None:
    url = "duckdb:///nowhere/crm.duckdb?custom_user_agent=s3cr3t-word"
    with pytest.raises(SourceError) as caught:
        leads(tiny, data=url)
    told = str(caught.value)
    assert "duckdb:///nowhere/crm.duckdb: the database cannot be reached" in told and "check that it is up" in told
    assert "s3cr3t" not in told and "\n" not in told


def test_a_file_that_is_empty_is_data_and_not_a_bug(tiny: Company) -> None:
    tiny.file("leads.csv", "")
    with pytest.raises(DataError) as caught:
        leads(tiny)
    assert caught.value.exit_code == 3
