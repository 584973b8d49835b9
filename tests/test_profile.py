"""A first mapping is guessed well enough that a run reads it; hostile data stays data; what is unsure is said."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import ibis
import openpyxl
import pytest
import yaml

from alignment_lib import cli
from alignment_lib.errors import MappingError, ParamsError, SourceError
from alignment_lib.params.files import read
from alignment_lib.params.mapping import SourceMapping
from alignment_lib.source import open_source
from alignment_lib.source.profile import Inquiry, amounts, inspect, moments
from alignment_lib.source.profile.summary import BLOCKS
from alignment_lib.source.profile.writing import comment, scalar
from alignment_lib.source.tables import RESPONSE
from tests import fixture_postgres as postgres
from tests.fixture_profile import HUBSPOT, PIPEDRIVE, SALESFORCE, ZOHO, Desk, Files, frame, rows
from tests.verdicts import all_checks

ROOT = Path(__file__).parents[1]
REAL = ROOT.parent / "shared" / "data"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def columns(written: str, table: str) -> dict[str, Any]:
    """The columns of a table as the YAML has them."""
    found: dict[str, Any] = yaml.safe_load(written)["tables"][table]["columns"]
    return found


# CRMs


def test_a_hubspot_export_with_human_headings(desk: Desk) -> None:
    written = desk.lay(HUBSPOT).inspect()
    tables = desk.tables()
    assert rows(tables) == {"leads": (4, 4), "opportunities": (3, 3)}
    leads = columns(written, "leads")
    assert leads["lead_id"] == "Record ID"
    assert leads["mql_at"] == {"column": "Became a Marketing Qualified Lead Date", "timezone": "Europe/Berlin"}
    assert leads["assigned_at"]["column"] == "Owner Assigned Date"
    assert (leads["source"], leads["score"]) == ("Original Source", "HubSpot Score")
    assert frame(tables, "leads", "lead_id", "created_at")[0] == ("501", "2024-04-02 07:15:00")  # Berlin in summer
    assert frame(tables, "opportunities", "opportunity_id", "lead_id", "outcome", "amount") == [
        ("9001", "501", "won", "3500.50"),
        ("9002", "502", "lost", "900.00"),  # two contacts in one cell: the first
        ("9003", "502", "open", "1200.00"),
    ]
    assert "several ids in one cell" in written
    assert "read as open: Contract Sent" in written


def test_a_salesforce_export_with_api_names(desk: Desk) -> None:
    written = desk.lay(SALESFORCE).inspect()
    tables = desk.tables()
    assert rows(tables) == {"leads": (3, 2), "opportunities": (3, 3), "activities": (2, 2), "reps": (2, 2)}
    assert frame(tables, "opportunities", "opportunity_id", "outcome") == [
        ("0061G00000AAAAAQA1", "won"), ("0061G00000AAAAAQA2", "lost"), ("0061G00000AAAAAQA3", "open"),
    ]  # fmt: skip
    assert columns(written, "leads")["mql_at"] == "MQL_Date__c"  # the zone is in the values
    assert columns(written, "leads")["opportunity_id"] == "ConvertedOpportunityId"
    assert columns(written, "opportunities")["expected_close_on"] == "CloseDate"
    assert [d[1] for d in frame(tables, "activities", "activity_id", "direction")] == ["out", "in"]
    assert columns(written, "activities")["lead_id"] == "WhoId"
    assert "Rita" not in written


def test_a_zoho_export_with_semicolons_in_cp1252(desk: Desk) -> None:
    written = desk.lay(ZOHO).inspect()
    assert re.findall(r"encoding: (\S+)", written) == ["cp1252", "cp1252"]
    tables = desk.tables()
    assert rows(tables) == {"leads": (2, 2), "opportunities": (3, 3)}
    assert frame(tables, "leads", "source", "region") == [("Anzeige", "Nord"), ("Straßenfest", "Süd")]
    assert frame(tables, "opportunities", "amount", "outcome") == [
        ("12000.00", "open"), ("3500.00", "won"), ("900.50", "lost"),
    ]  # fmt: skip
    created = columns(written, "leads")["created_at"]
    assert created == {"column": "Created Time", "format": "%d.%m.%Y %H:%M", "timezone": "Europe/Berlin"}


def test_pipedrive_headings_lose_the_name_of_their_object(desk: Desk) -> None:
    written = desk.lay(PIPEDRIVE).inspect()
    assert columns(written, "opportunities")["outcome"] == {
        "column": "Deal - Status", "map": {"Won": "won", "Lost": "lost"}, "otherwise": "open",
    }  # fmt: skip
    tables = desk.tables()
    assert frame(tables, "opportunities", "opportunity_id", "amount", "outcome", "closed_at")[0] == (
        "1", "3500.00", "won", "2024-04-25 07:00:00",
    )  # fmt: skip


def test_a_workbook_is_read_like_a_csv(desk: Desk) -> None:
    def book(path: Path) -> None:
        sheet = openpyxl.Workbook()
        for line in str(HUBSPOT["hubspot-crm-exports-all-contacts-2024-05-06.csv"]).splitlines():
            sheet.active.append(line.split(","))  # type: ignore[union-attr]
        sheet.save(path)

    written = desk.lay({"contacts.xlsx": book}).inspect()
    assert rows(desk.tables()) == {"leads": (4, 4)}
    assert columns(written, "leads")["mql_at"]["column"] == "Became a Marketing Qualified Lead Date"


def test_a_database_is_inspected_by_its_tables(desk: Desk) -> None:
    desk.lay({}).week = "2024-W16"
    url = f"duckdb://{desk.root / 'crm.db'}"
    backend = ibis.duckdb.connect(desk.root / "crm.db")
    backend.raw_sql(
        "CREATE TABLE contacts AS SELECT i AS contact_id, TIMESTAMP '2024-04-02 09:00' + to_days(i::INT) AS created_at,"
        " 'Web' AS lead_source, i = 3 AS is_deleted FROM range(1, 6) t(i);"
        "CREATE TABLE deals AS SELECT i + 90 AS deal_id, i AS contact_id, 'Closed Won' AS deal_stage,"
        " 10.5 * i AS amount, DATE '2024-04-20' AS close_date FROM range(1, 4) t(i);"
        "CREATE TABLE tags AS SELECT [1, 2] AS list"
    )
    backend.disconnect()
    written = desk.inspect(url)
    assert "where" in yaml.safe_load(written)["tables"]["leads"]
    tables = desk.tables(url)
    assert rows(tables) == {"leads": (5, 4), "opportunities": (3, 3)}
    assert columns(written, "leads")["created_at"] == {"column": "created_at", "timezone": "Europe/Berlin"}
    assert columns(written, "opportunities")["lead_id"] == "contact_id"
    assert "crm.db" not in written


def test_a_server_is_read_with_no_right_but_to_read(desk: Desk) -> None:
    desk.lay({}).week = "2024-W16"
    with postgres.running() as server:
        with server.connect() as connection:
            connection.execute(
                "CREATE TABLE leads (id text, created_at timestamptz, lead_source text, is_deleted boolean);"
                "INSERT INTO leads VALUES ('1', '2024-04-15 09:00+00', 'Web', false), ('2', '2024-04-16', 'Ad', true);"
                "CREATE TABLE deals (id bigint, contact_ids text, amount numeric, iswon boolean, isclosed boolean);"
                "INSERT INTO deals VALUES (1, '1;2', 5.5, true, true), (2, '1', 6, false, true);"
                "CREATE TABLE odd (a jsonb, b bytea); CREATE ROLE reader LOGIN PASSWORD 'open-5esame';"
                "GRANT SELECT ON leads, deals, odd TO reader; ALTER ROLE reader SET default_transaction_read_only = on"
            )
        url = server.url("reader", "open-5esame")
        written = desk.inspect(url)
        tables = desk.tables(url)
        assert rows(tables) == {"leads": (2, 1), "opportunities": (2, 2)}
        assert frame(tables, "opportunities", "opportunity_id", "outcome") == [("1", "won"), ("2", "lost")]
    assert yaml.safe_load(written)["dialect"] == "duckdb"
    assert "open-5esame" not in written + "".join(desk.said)


def test_a_password_is_never_told(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["inspect", "postgres://u:s3cr3t@127.0.0.1:1/x"]) == 2
    told = capsys.readouterr()
    assert "s3cr3t" not in told.out + told.err


# Values


def test_month_first_is_taken_where_a_day_is_over_twelve(desk: Desk) -> None:
    leads = "Lead ID,Created Date,Lead Source\n1,3/14/2024 9:05 AM,Web\n2,4/2/2024 11:30 PM,Event\n"
    written = desk.lay({"leads.csv": leads}).inspect()
    assert columns(written, "leads")["created_at"]["format"] == "%m/%d/%Y %I:%M %p"
    assert "ambiguous:" not in written
    assert frame(desk.tables_of("leads"), "leads", "created_at") == [("2024-03-14 08:05:00",), ("2024-04-02 21:30:00",)]


AMBIGUOUS = "Lead ID,Created Date,Lead Source\n1,03/04/2024,Web\n2,04/02/2024,Event\n"
EITHER = "%m/%d/%Y or %d/%m/%Y"


def test_an_order_that_cannot_be_told_is_said_to_be(desk: Desk) -> None:
    written = desk.lay({"leads.csv": AMBIGUOUS}).inspect()
    assert columns(written, "leads")["created_at"]["format"] == EITHER
    assert "ambiguous: day or month first?" in written
    assert any("check created_at" in line for line in desk.said)


@pytest.mark.parametrize(
    ("values", "format_", "wall"),
    [
        (["2024-04-02T09:15:00.000+0000"], "iso", False),
        (["2024-04-02 09:15:00 UTC"], "iso", False),
        (["2024-04-02 9:15:00"], "%Y-%m-%d %H:%M:%S", True),
        (["31-12-24"], "%d-%m-%y", True),
        (["02.04.2024 09:15:30", "01.02.2024 10:00:00"], "%d.%m.%Y %H:%M:%S", True),
        (["Mar 3, 2024 9:05 PM"], "%b %d, %Y %I:%M %p", True),
        (["3 March 2024"], "%d %B %Y", True),
        (["1712042100000"], "epoch_ms", False),
    ],
)
def test_formats_of_timestamps(values: list[str], format_: str, wall: bool) -> None:
    found = moments.guess(values, [1] * len(values))
    assert found is not None
    assert (found.format, found.wall, found.fits) == (format_, wall, 1.0)


@pytest.mark.parametrize("values", [["Alpha", "Beta"], ["12.5", "7"], ["5805028000023883360"], []])
def test_what_is_no_timestamp(values: list[str]) -> None:
    assert moments.guess(values, [1] * len(values)) is None


@pytest.mark.parametrize(
    ("values", "marks"),
    [
        (["1000", "€ 3.500,00"], (",", ".", "€", False)),
        (["$1,234.50", "12"], (".", ",", "$", False)),
        (["1 234,50 EUR"], (",", " ", " EUR".strip(), False)),
        (["0.01", "6"], (".", None, "", False)),
        (["1.000", "2.500"], (",", ".", "", True)),
        (["1000", "2500"], (".", None, "", False)),
        (["12,5"], (",", None, "", False)),
    ],
)
def test_marks_of_amounts(values: list[str], marks: tuple[Any, ...]) -> None:
    found = amounts.guess(values, [1] * len(values))
    assert found is not None
    assert (found.decimal, found.thousands, "".join(dict.fromkeys(found.strip)), found.ambiguous)[:2] == marks[:2]
    assert set(found.strip) == set(marks[2])
    assert (found.ambiguous, found.fits) == (marks[3], 1.0)


@pytest.mark.parametrize("values", [["Alpha"], ["v1.2", "v1.3"], ["a@b.example 7"], []])
def test_what_is_no_amount(values: list[str]) -> None:
    assert amounts.guess(values, [1] * len(values)) is None


# Which file, which key


def test_of_two_files_of_the_same_stem_and_kind_the_larger_is_read(desk: Desk) -> None:
    small = "Deal ID,Deal Stage,Amount,Pipeline\nd1,Closed Won,5,Sales\n"
    large = "Deal ID\tDeal Stage\tAmount\n" + "".join(f"d{i}\tTalks\t{i}\n" for i in range(40))
    written = desk.lay({"deals.csv": small, "deals.tsv": large}).inspect()
    assert yaml.safe_load(written)["tables"]["opportunities"]["from"] == "deals.tsv"
    assert "# deals.csv (1 row) looks like opportunities, too" in written
    assert rows(desk.tables_of("opportunities")) == {"opportunities": (40, 40)}


def test_leads_come_before_contacts(desk: Desk) -> None:
    contacts = "Contact ID,Created Date,Email,First Name\n" + "".join(f"c{i},2024-04-01,x,y\n" for i in range(9))
    leads = "Lead ID,Created Date\nl1,2024-04-01\n"
    written = desk.lay({"Contacts.csv": contacts, "Leads.csv": leads}).inspect()
    assert yaml.safe_load(written)["tables"]["leads"]["from"] == "Leads.csv"


def test_a_reference_is_found_by_its_values(desk: Desk) -> None:
    leads = "Lead ID,Created Date,Lead Source\n" + "".join(f"L{i},2024-04-0{i},Web\n" for i in range(1, 8))
    deals = "Deal ID,Deal Stage,Amount,Prospect Code\n" + "".join(f"D{i},Talks,5,L{i}\n" for i in range(1, 8))
    written = desk.lay({"leads.csv": leads, "deals.csv": deals}).inspect()
    assert columns(written, "opportunities")["lead_id"] == "Prospect Code"
    assert "guessed: its values are keys of leads.csv: check" in written


def test_a_file_of_qualified_leads_says_so_by_its_name(desk: Desk) -> None:
    leads = "id,first_contact_date,origin\n1,2024-04-01,Web\n2,2024-04-02,Ad\n"
    written = desk.lay({"marketing_qualified_leads.csv": leads}).inspect()
    assert columns(written, "leads")["mql_at"] == {"column": "first_contact_date", "timezone": "Europe/Berlin"}
    assert "is every row a qualified lead" in written


def test_keys_of_which_a_part_was_looked_at_are_no_reason_to_doubt(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alignment_lib.source.profile.reading.KEPT", 10)
    leads = "Lead ID,Created Date,Lead Source\n" + "".join(f"L{i:02},2024-04-01,Web\n" for i in range(40))
    deals = "Deal ID,Deal Stage,Amount,Lead ID\n" + "".join(f"D{i:02},Talks,5,L{i * 4:02}\n" for i in range(10))
    written = desk.lay({"leads.csv": leads, "deals.csv": deals}).inspect()
    assert "lead_id: Lead ID\n" in written.partition("opportunities:")[2]


def test_a_reference_to_nothing_is_left_out_and_said(desk: Desk) -> None:
    leads = "Lead ID,Created Date,Lead Source\nL1,2024-04-01,Web\n"
    deals = "Deal ID,Deal Stage,Amount,Contact Name\nD1,Talks,5,Ada Nord\n"
    written = desk.lay({"leads.csv": leads, "deals.csv": deals}).inspect()
    assert "lead_id" not in columns(written, "opportunities")
    assert "none of its values is a key of leads.csv" in written
    assert "Ada" not in written


def test_a_file_without_a_telling_name_is_known_by_its_headings(desk: Desk) -> None:
    written = desk.lay({"report1714990000.csv": SALESFORCE["Opportunity.csv"]}).inspect()
    assert rows(desk.tables()) == {"opportunities": (3, 3)}
    assert list(yaml.safe_load(written)["tables"]) == ["opportunities"]


def test_a_repeated_key_and_an_empty_column(desk: Desk) -> None:
    lines = ["Lead ID,Created Date,Lead Source,MQL Date,Segment", "L1,2024-04-01,Web,,", "L1,2024-04-02,Web,,",
             "L2,2024-04-03,Ad,,"]  # fmt: skip
    leads = "\n".join(lines)
    written = desk.lay({"leads.csv": leads}).inspect()
    assert rows(desk.tables_of("leads")) == {"leads": (3, 2)}
    assert not {"mql_at", "segment"} & set(columns(written, "leads"))
    assert "# empty in this export: mql_at: MQL Date" in written
    assert any("marketing's promise will say what to connect: leads.mql_at" in line for line in desk.said)


@pytest.mark.parametrize(
    ("stages", "outcomes"),
    [
        (["Closed Won", "Closed Lost", "Talks"], ["won", "lost", "open"]),
        (["Payment Done", "Lost", "Call Delayed"], ["won", "lost", "open"]),
        (["Closed Won", "Paid", "Unqualified"], ["won", "open", "open"]),  # one that says won needs no guess beside it
        (["closedwon", "closedlost", "contractsent"], ["won", "lost", "open"]),
        (["No", "won", "1"], ["open", "won", "open"]),
        (["One", "Two", "Three"], ["open", "open", "open"]),
    ],
)
def test_stages_tell_outcomes(desk: Desk, stages: list[str], outcomes: list[str]) -> None:
    deals = "Deal ID,Deal Stage,Amount\n" + "".join(f"D{i},{stage},5\n" for i, stage in enumerate(stages))
    desk.lay({"deals.csv": deals}).inspect()
    assert [
        o for _, o in frame(desk.tables_of("opportunities"), "opportunities", "opportunity_id", "outcome")
    ] == outcomes


def test_a_column_that_a_run_would_refuse_is_left_out_and_said(desk: Desk) -> None:
    amounts_ = ["5", "6,5", "tbd", *(["7"] * 17)]
    deals = "Deal ID;Deal Stage;Amount\n" + "".join(f"D{i};Talks;{a}\n" for i, a in enumerate(amounts_))
    written = desk.lay({"deals.csv": deals}).inspect()
    assert "amount" not in columns(written, "opportunities")
    assert "amount: 'Amount' is left out: in 5 % of the rows it cannot be read" in written
    desk.lay({"deals.csv": deals + "".join(f"E{i};Talks;7\n" for i in range(40))})
    assert columns(desk.inspect(), "opportunities")["amount"] == {"column": "Amount", "decimal": ","}


# Hostile data


NASTY = ['a: "b" #c', "- x", "<script>alert(1)</script>", "{{x}}", "two\nlines", "&anchor", "*x",
         "!!python/object:x", "No", "~", "1e3", "2024-01-01", "<<", "x: y", "'", '"', "\\", "é\u2028ü", "\ufeffx",
         "=HYPERLINK(1)", "a #b", "#", "%d", "@x", "`x`", "|", ">", "\x7f",
         "\U0001f600", "a\tb", "null", "name:\n  evil: 1"]  # fmt: skip


@pytest.mark.parametrize("text", NASTY)
def test_any_text_means_itself_in_yaml(text: str) -> None:
    assert yaml.safe_load(f"{{{scalar(text)}: {scalar(text)}}}") == {text: text}
    assert yaml.safe_load(f"x: 1  {comment(text)}\ny: 2") == {"x": 1, "y": 2}


def csv_cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def test_hostile_headings_and_values_stay_data(desk: Desk) -> None:
    nasty = [t for t in NASTY if t.strip() == t and "\ufeff" not in t]
    head = ",".join(["Deal ID", "Amount", csv_cell('Stage (x: "y" #z\n- {a}: <script>)'), *map(csv_cell, nasty)])
    values = [*nasty, "Closed Won"]
    lines = [",".join([f"D{i}", "5", csv_cell(v), *(csv_cell(v) for _ in nasty)]) for i, v in enumerate(values)]
    written = desk.lay({'deals "x": #1.csv': "\n".join([head, *lines])}).inspect()
    mapping = read(desk.out, SourceMapping, MappingError).tables["opportunities"]
    assert mapping.origin.file == 'deals "x": #1.csv'
    assert mapping.columns["outcome"].column == 'Stage (x: "y" #z\n- {a}: <script>)'
    assert set(yaml.safe_load(written)) == {"name", "tables"}
    tables = desk.tables_of("opportunities")
    assert rows(tables) == {"opportunities": (len(values), len(values))}
    assert [o for (o,) in frame(tables, "opportunities", "outcome")].count("won") == 1


def test_nothing_of_a_person_is_in_the_mapping(desk: Desk) -> None:
    people = ("Ada", "Nord", "@", "Rita", "Theo", "5550001")
    for files in (HUBSPOT, SALESFORCE):
        told = Desk(desk.root).lay(files)
        assert [p for p in people if p in told.inspect() + "\n".join(told.said)] == []


def test_examples_are_shown_of_columns_that_cannot_be_personal(desk: Desk) -> None:
    leads = (
        "Lead ID,Created Date,Lead Source,Date of Birth,Account Name Type,Remark,Lead Status,Mobile Number,"
        "Last Activity Date\n"
        "1,2024-04-01,Web,1987-06-05,Sund & Sons,rude,Working,01705550001,2024-04-09\n"
    )
    written = desk.lay({"leads.csv": leads}).inspect()
    assert "Lead Status: text, 100 % filled, 1 value, e.g. Working" in written
    assert "Last Activity Date: date, 100 % filled, 1 value, e.g. 2024-04-09" in written
    assert [p for p in ("1987", "Sund", "rude", "0170") if p in written] == []


# The command


NOTHING: Files = {
    "products.csv": "product,series\nA,B\n",
    "accounts.csv": "account,sector\nA,B\n",
    "spend.csv": "Date,Cost\n2024-04-01,5\n",
}


def test_nothing_recognisable_is_one_sentence_and_exit_code_2(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.lay(NOTHING)
    assert cli.main(["inspect", str(desk.data), "--out", str(desk.out)]) == 2
    told = capsys.readouterr().err.strip()
    assert "\n" not in told
    assert "looks like leads" in told
    assert "deals" in told
    assert "accounts.csv, products.csv, spend.csv; rename" in told
    assert not desk.out.exists()


def test_a_file_is_never_overwritten(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.lay(PIPEDRIVE).inspect()
    desk.out.write_text("mine", encoding="utf-8")
    assert cli.main(["inspect", str(desk.data), "--out", str(desk.out)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert desk.out.read_text(encoding="utf-8") == "mine"


def test_without_out_it_is_printed_and_the_summary_is_not(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.lay(PIPEDRIVE)
    assert cli.main(["inspect", str(desk.data), "--name", "pipe"]) == 0
    told = capsys.readouterr()
    assert yaml.safe_load(told.out)["name"] == "pipe"
    assert "this is a Pipedrive export; 1 of 1 files used" in told.err
    assert "opportunities: deals-12345-17.csv, 3\u00a0rows; 6 of its 6\u00a0filled columns used" in told.err
    assert "make check SOURCE=params/sources/pipe.yaml DATA=" in told.out


@pytest.mark.parametrize(
    ("data", "out", "name", "error"),
    [
        ("", "", "", ParamsError),
        ("nowhere", "", "", SourceError),
        (".", "x.txt", "", ParamsError),
        (".", "", "Mine!", ParamsError),
        (".", "a/Mine.yaml", "", ParamsError),
    ],
)
def test_bad_arguments(desk: Desk, data: str, out: str, name: str, error: type[Exception]) -> None:
    desk.lay(PIPEDRIVE)
    with pytest.raises(error):
        inspect(Inquiry(str(desk.data) if data == "." else data, out, name), say=print, root=desk.root)


def test_a_file_that_cannot_be_read_is_said_and_the_others_are_used(desk: Desk) -> None:
    desk.lay({**PIPEDRIVE, "leads.csv": b"", "broken.xlsx": b"no workbook"}).inspect()
    assert any(line.startswith("leads.csv: the file is empty") for line in desk.said)
    assert any(line.startswith("broken.xlsx:") for line in desk.said)


def test_all_rows_are_counted_and_few_are_looked_at(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alignment_lib.source.profile.reading.ROWS", 10)
    leads = "Lead ID,Created Date,Note\n" + "".join(f"L{i},2024-04-01,{'' if i < 5 else 'x'}\n" for i in range(40))
    written = desk.lay({"leads.csv": leads}).inspect()
    assert "leads.csv: 40 rows" in written
    assert "Note: text, 50 % filled" in written


def test_the_summary_knows_what_the_blocks_need() -> None:
    source = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "alignment_lib" / "blocks").glob("*.py"))
    source = source.replace("*RESPONSE", str(RESPONSE)[1:-1].replace("'", '"'))
    needs = [set(re.findall(r'"([a-z_.]+)"', n)) for n in re.findall(r"needs=\(([^)]*)\)", source)]
    for name, needed in BLOCKS.items():
        assert set(needed) in needs, name


# The demo and the real data


def test_the_demo_is_read_as_its_own_mapping_reads_it(desk: Desk) -> None:
    """All but one thing: that leads of the source `Test` are nobody's is written in no column."""
    desk.lay({})
    data, names = str(desk.root / "export"), ("leads", "opportunities", "activities", "reps")
    assert cli.main(["demo", "--leads", "2000", "--out", data]) == 0
    desk.inspect(data)
    ours = desk.tables_of(*names, data=data)
    theirs = desk.tables_of(*names, data=data, source=str(ROOT / "params" / "sources" / "demo.yaml"))
    for name in names:
        known = theirs.inspected[name].used.columns
        assert set(ours.inspected[name].used.columns) == set(known), name
        kept = {key for (key,) in frame(theirs, name, known[0])}
        found = [row for row in frame(ours, name, *known) if row[0] in kept]
        assert found == frame(theirs, name, *known), name
    tests = [source for (source,) in frame(ours, "leads", "source")].count("Test")
    assert rows(ours)["leads"][1] == rows(theirs)["leads"][1] + tests


@pytest.mark.real_data
@pytest.mark.skipif(not REAL.is_dir(), reason="the real data sets are not beside this repository")
@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("olist", {"leads": (8000, 8000), "opportunities": (842, 842)}),
        ("itschool", {"leads": (7224, 7224), "opportunities": (8274, 8174), "activities": (32720, 32720)}),
        ("maven", {"opportunities": (8800, 8800), "reps": (35, 35)}),
        ("hubspot_fivetran", {"leads": (22, 22), "opportunities": (44, 44)}),
        ("salesforce_fivetran", {"leads": (1, 1), "opportunities": (10, 10), "activities": (10, 10)}),
    ],
)
def test_real_exports_pass_the_checks(desk: Desk, folder: str, expected: dict[str, tuple[int, int]]) -> None:
    desk.lay({}).inspect(str(REAL / folder))
    params = desk.params(str(REAL / folder))
    source = open_source(params)
    assert [c.sentence for c in all_checks(source, params) if c.status == "FAIL"] == []
    accounts = {c.table: c.sentence for c in all_checks(source, params) if c.name == "rows"}
    for table, (read_, used) in expected.items():
        assert f"{read_} read = {used} used" in accounts[table]


def test_objects_that_hold_no_list_are_no_table(desk: Desk) -> None:
    with pytest.raises(MappingError, match="nothing here looks like leads"):
        desk.lay({"Lead.json": '{"total": 2, "page": {"next": null}}'}).inspect()


def test_tables_between_others_are_proposed_as_queries_that_run(desk: Desk) -> None:
    """An association and the names of stages, each in a table of its own, in a warehouse that nobody knows."""
    people = "id,created_at,source\n" + "".join(f"90000{n:03},2024-05-0{n % 7 + 1},fair\n" for n in range(20))
    deals = "deal_id,created_at,stage,amount,closed_at\n"
    deals += "".join(f"80000{n:03},2024-05-0{n % 6 + 1},st{n % 3},{n}00,\n" for n in range(20))
    pairs = "person_id,deal_id\n" + "".join(f"90000{n:03},80000{n:03}\n" for n in range(20))
    stages = "stage_id,label\nst0,New\nst1,Closed Won\nst2,Closed Lost\n"
    desk.lay({"leads.csv": people, "deals.csv": deals, "link_table.csv": pairs, "steps.csv": stages}).inspect()
    told = "\n".join(desk.said)
    assert "link_table.csv: not used; its rows pair leads with opportunities; to use it, leads: from: {sql: '" in told
    assert (
        "steps.csv: not used; it names the stages that deals have by id; to use it, opportunities: from: {sql: '"
        in told
    )
    [query] = re.findall(r"steps\.csv: not used.*\{sql: '(.*)'\}", told)
    mapping = yaml.safe_load(desk.out.read_text())
    mapping["tables"]["opportunities"] |= {"from": {"sql": query}}
    mapping["tables"]["opportunities"]["columns"]["outcome"] = {
        "column": "label", "map": {"Closed Won": "won", "Closed Lost": "lost"}, "otherwise": "open",
    }  # fmt: skip
    desk.out.write_text(yaml.safe_dump(mapping))
    outcomes = [outcome for (outcome,) in frame(desk.tables(), "opportunities", "outcome")]
    assert (outcomes.count("won"), outcomes.count("lost"), outcomes.count("open")) == (7, 6, 7)


def test_small_numbers_that_meet_by_chance_are_no_key(desk: Desk) -> None:
    people = "id,created_at,source\n" + "".join(f"{n},2024-05-0{n % 7 + 1},fair\n" for n in range(1, 20))
    deals = "deal_id,created_at,stage,amount,priority\n"
    deals += "".join(f"{n},2024-05-0{n % 6 + 1},New,{n}00,{n}\n" for n in range(1, 15))
    written = desk.lay({"leads.csv": people, "deals.csv": deals}).inspect()
    assert "lead_id" not in columns(written, "opportunities")


def test_an_id_alone_gets_a_mapping_to_be_filled_in(desk: Desk) -> None:
    written = desk.lay({"leads.csv": "Key,Colour\nk1,red\nk2,blue\nk3,red\n"}).inspect()
    assert columns(written, "leads")["created_at"] == "FILL IN"
    assert "name the column that holds a day of creation" in written
    with pytest.raises(MappingError, match=r"leads\.csv has no column 'FILL IN'"):
        desk.tables()


def test_what_is_blank_while_a_deal_is_open_is_no_expected_day(desk: Desk) -> None:
    rows = [f"{n:04}x,2024-04-{n:02},{'Closed Won' if n % 2 else 'New'},{'2024-05-02' if n % 2 else ''},"
            f"{'900' if n % 2 else ''}" for n in range(1, 20)]  # fmt: skip
    written = desk.lay({"deals.csv": "\n".join(["deal_id,create_date,stage,close_date,amount", *rows])}).inspect()
    assert "expected_close_on" not in columns(written, "opportunities")
    assert "no expected_close_on: close_date is blank in every open deal" in written
    assert "blank in every open deal: it tells what was won, and no pipeline" in written


def test_a_table_with_an_id_that_nobody_knows_is_held_to_be_leads(desk: Desk) -> None:
    written = desk.lay({"things.csv": "thing_id,colour\nT-1,red\nT-2,blue\n"}).inspect()
    assert columns(written, "leads") == {"lead_id": "thing_id", "created_at": "FILL IN"}
