"""Bad input through the command line: one sentence, the right exit code, and the last good report untouched."""

from __future__ import annotations

import csv
import html.parser
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alignment_lib.cli import main
from alignment_lib.report.session import open_report
from tests.company import LEADS, Company, company, csv_text

ROOT = Path(__file__).parents[1]


@pytest.fixture
def tiny(tmp_path: Path) -> Company:
    """The company with a report that was published before."""
    written = company(tmp_path)
    good = tmp_path / "out" / "weekly" / "2020-W11"
    good.mkdir(parents=True)
    for name in ("index.html", "results.json"):
        (good / name).write_text(f"the last good {name}")
    return written


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def told(tiny: Company, capsys: pytest.CaptureFixture[str], code: int, command: str = "weekly", **options: str) -> str:
    """Run, expect the exit code, and return the one sentence on standard error."""
    out = tiny.root / "out"
    before = contents(out)
    more = {"out": str(out)} if command == "weekly" else {}
    assert main(tiny.arguments(command, **(more | options))) == code
    assert contents(out) == before
    said = capsys.readouterr()
    assert said.err.startswith("alignment: ") and said.err.count("\n") == 1 and "Traceback" not in said.err
    assert command == "check" or said.out == ""
    return said.err.removeprefix("alignment: ").rstrip("\n")


# Before anything is read: exit code 2


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"data": "/no/such"}, "/no/such: no such folder; give the folder that holds the export, or its ZIP, as DATA"),
        ({"data": ""}, "source 'tiny' reads a folder: give it, for instance DATA=exports/2018-03"),
        ({"week": "2018-W60"}, "week '2018-W60' is no ISO week; write it as 2018-W12 (weeks 1 to 52 or 53)"),
        ({"week": "2019-W53"}, "week '2019-W53' is no ISO week; write it as 2018-W12 (weeks 1 to 52 or 53)"),
        ({"as_of": "soon"}, "as-of 'soon' is no ISO 8601 instant; write it as 2018-03-26T00:00:00Z"),
        ({"slice": "segment"}, "slice 'segment' has no value; write it as segment=enterprise"),
        ({"slice": "segmnt=mid"}, "slice 'segmnt=mid': unknown dimension 'segmnt' (did you mean 'segment'?)"),
        ({"source": "tini"}, "unknown source 'tini' (did you mean 'tiny'?); or give a file that ends in .yaml"),
        ({"source": "/no/x.yaml"}, "/no/x.yaml: no such file (nothing is known here)"),
        ({"params": "/no/weekly.yaml"}, "/no/weekly.yaml: no such file (nothing is known here)"),
    ],
)
def test_what_was_asked_for_is_checked_before_anything_runs(
    tiny: Company, capsys: pytest.CaptureFixture[str], options: dict[str, str], sentence: str
) -> None:
    assert told(tiny, capsys, 2, **options) == sentence


@pytest.mark.parametrize(
    ("file", "text", "sentence"),
    [
        ("weekly.yaml", "min_n: 10\nhistory_week: 13\n", "line 2: unknown key 'history_week' (did you mean"),
        ("weekly.yaml", "min_n: 10\nmin_n: 11\n", "line 2: key 'min_n' is given twice; keep one of them"),
        ("weekly.yaml", "confidence: 1.5\n", "line 1: 'confidence' must be less than 1 (found 1.5)"),
        ("company.yaml", "name: X\ntimezone: Berlin\n", "line 2: 'timezone' is not an IANA time zone; "),
        ("sla.yaml", "sales:\n  met_share: 90\n", "line 2: 'sales.met_share' must be less than 1 (found 90)"),
        ("definitions.yaml", "mql:\n  - version: '1'\n", "line 2: key 'mql.0.effective' is missing; add it"),
        ("sources/tiny.yaml", "name: tiny\ntables: {leeds: {from: x, columns: {lead_id: y}}}\n",
         "line 2: unknown table 'leeds' (did you mean 'leads'?)"),
        ("sources/tiny.yaml", "name: tiny\ntables:\n  leads:\n    from: x\n    columns: {lead_idd: y}\n",
         "line 5: leads: unknown column 'lead_idd' (did you mean 'lead_id'?)"),
    ],
)  # fmt: skip
def test_a_file_of_params_names_line_key_and_remedy(
    tiny: Company, capsys: pytest.CaptureFixture[str], file: str, text: str, sentence: str
) -> None:
    path = tiny.params_folder / file
    path.write_text(text)
    assert told(tiny, capsys, 2).startswith(f"{path} {sentence}")


def test_an_option_nobody_knows_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["weekly", "--weak", "2018-W12"]) == 2
    assert main([]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2 and "--weak" in lines[0] and all(line.endswith("--help") for line in lines)


# The data


def _file(name: str, content: str | bytes) -> Callable[[Company], object]:
    return lambda tiny: tiny.file(name, content)


def _column(tiny: Company) -> None:
    tiny.mapping["tables"]["leads"]["columns"]["source"] = "Sorce"
    tiny.write_mapping()


@pytest.mark.parametrize(
    ("change", "code", "sentence"),
    [
        (_file("leads.csv", ""), 3, "leads.csv: the file is empty (0 bytes); export it again"),
        (_file("leads.csv", "\n"), 3, "leads.csv line 1: there are no column names; the first line must"),
        (_file("leads.csv", csv_text(LEADS[:2]) + 'x,"open\nLost,1\n'), 3, "leads.csv line 3: a quote is opened"),
        (_file("leads.json", "[1]"), 3, "leads.json: holds no objects; export a list of objects, or one"),
        (_file("leads.xlsx", "no workbook"), 2, "leads.xlsx: cannot be read as XLSX ("),
        (_column, 2, "{mapping}, leads.source: leads.csv has no column 'Sorce' (did you mean 'Source'"),
        (lambda tiny: (tiny.data / "leads.csv").unlink(), 2, "source 'tiny', table leads: data holds no file 'leads'"),
    ],
    ids=["empty", "no head", "open quote", "json", "xlsx", "column", "no file"],
)  # fmt: skip
def test_a_file_that_cannot_be_read_names_itself_and_the_remedy(
    tiny: Company, capsys: pytest.CaptureFixture[str], change: Callable[[Company], object], code: int, sentence: str
) -> None:
    change(tiny)
    assert told(tiny, capsys, code, "check").startswith(
        sentence.replace("{mapping}", f"{tiny.known_as}/sources/tiny.yaml")
    )


@pytest.mark.parametrize(
    ("row", "column", "text", "sentence"),
    [
        (
            1,
            1,
            "2020-03-02 10:00",
            "leads.csv line 2: created_at '2020-03-02 10:00' cannot be read as format '%d.%m.%Y",
        ),
        (2, 0, "3458764513820540928", "leads.csv: lead_id '3458764513820540928' in lines 2, 3 is there more than once"),
    ],
)
def test_the_check_lists_what_fails_and_ends_with_code_3(
    tiny: Company, capsys: pytest.CaptureFixture[str], row: int, column: int, text: str, sentence: str
) -> None:
    tiny.rows["leads"][row][column] = text
    tiny.write()
    assert main(tiny.arguments("check")) == 3
    said = capsys.readouterr()
    assert said.err == "alignment: 1 check fails; see the lines that begin with FAIL\n"
    (failed,) = [line for line in said.out.splitlines() if line.startswith("FAIL")]
    assert f"leads: {sentence}" in failed
    tiny.rows["leads"][row][column] = LEADS[row][column]
    tiny.write()
    assert main(tiny.arguments("check")) == 0


def test_only_the_head_is_a_failure_that_says_so(tiny: Company, capsys: pytest.CaptureFixture[str]) -> None:
    tiny.file("leads.csv", csv_text(LEADS[:1]))
    assert main(tiny.arguments("check")) == 3
    assert "FAIL  leads: leads.csv (leads): only the head; export it again, with its rows\n" in capsys.readouterr().out


def test_the_exit_code_is_the_processs_own(tiny: Company) -> None:
    arguments = tiny.arguments("weekly", week="2018-W60", out=str(tiny.root / "out"))
    run = subprocess.run(
        [sys.executable, "-m", "alignment_lib.cli", *arguments], cwd=ROOT, capture_output=True, text=True
    )
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (2, "", 1)


# A week without any lead is a report


def test_a_week_without_any_lead_is_a_report_that_says_so(tiny: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    from alignment_lib.blocks import weekly as blocks

    monkeypatch.setenv("ALIGNMENT_NOW", "2020-03-24T00:00:00+00:00")
    request = {"source": "tiny", "data": str(tiny.data), "params": str(tiny.params_folder / "weekly.yaml")}
    report = open_report(**request, week="2020-W12")
    names = ("head", "headlines", "history", "marketing_sla", "sources", "follow_up", "closed", "checks", "method")
    shown = [report.show(getattr(blocks, name)) for name in names]
    results = report.results()
    totals = {m["name"]: m for m in results["metrics"] if not (m["source"] or m["segment"] or m["period"])}
    assert totals["leads"]["value"] == 0 and totals["won"]["value"] == 0
    assert totals["response_hours"]["value"] is None and totals["response_hours"]["reason"]
    assert [s.value for s in shown[1].stats if s.label == "Leads"] == ["0"]
    text = " ".join(s["text"] for s in results["sentences"])
    assert "No lead" in text and "nan" not in text.lower().split()


# Text of a CRM is data: one whole run with names that attack the page and the spreadsheet

EVIL = ("<script>alert(1)</script>", '=HYPERLINK("http://x")', "](javascript:alert(1))")


class Page(html.parser.HTMLParser):
    """Elements, attributes that load or link, and visible text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.handlers: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        self.links += [str(value) for name, value in attrs if name in ("href", "src", "action", "xlink:href")]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published folder of a company whose sources, owners, deals and ids are attacks."""
    tiny = Company(tmp_path_factory.mktemp("attacked"))
    leads, deals = tiny.rows["leads"], tiny.rows["deals"]
    for row, name in zip(leads[3:6], EVIL, strict=True):
        row[2] = name
    leads[3][4] = leads[4][4] = deals[1][6] = EVIL[0]  # owners whom nobody knows, one with a breach
    tiny.rows["reps"][1][1] = "<img src=x onerror=alert(1)>"
    deals[1][0], deals[2][0] = EVIL[0], EVIL[1]
    leads += [["=cmd|' /C calc'!A0", "=1+1", *[""] * 8], ["@SUM(1)", "", *[""] * 8], ["x\r=1+1", "", *[""] * 8]]
    tiny.write()
    tiny.file("leads.csv", csv_text(leads, newline="\r\n"))
    (tiny.params_folder / "weekly.yaml").write_text("max_unreadable: 0.5\n")
    assert main(tiny.arguments("weekly", out=str(tiny.root / "out"))) == 0
    return tiny.root / "out" / "weekly" / "2020-W11"


def test_names_of_a_crm_are_text_on_the_page(attacked: Path) -> None:
    for file in (attacked / "index.html", attacked.parents[1] / "index.html"):
        page = Page(file.read_text(encoding="utf-8"))
        assert page.elements & {"script", "img", "iframe", "object", "embed"} == set()
        assert page.handlers == []
        assert [link for link in page.links if not link.startswith(("#", "data:", "weekly/"))] == []
    page = Page((attacked / "index.html").read_text(encoding="utf-8"))
    assert all(name in page.text for name in EVIL)


def test_names_of_a_crm_are_text_in_the_notebook(attacked: Path) -> None:
    notebook = json.loads((attacked / "report.ipynb").read_text(encoding="utf-8"))
    outputs = [o for c in notebook["cells"] for o in c.get("outputs", [])]
    shown = ["".join(o["data"]["text/html"]) for o in outputs if "text/html" in o.get("data", {})]
    assert shown and all(Page(text).elements & {"script", "img"} == set() for text in shown)
    assert not any("text/markdown" in o.get("data", {}) for o in outputs)


def test_no_cell_of_the_rows_set_aside_is_a_formula(attacked: Path) -> None:
    with (attacked / "set_aside.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == 1 + 3 and len({len(r) for r in rows}) == 1
    cells = [cell for row in rows for cell in row]
    assert not [c for c in cells if re.match(r"[=+\-@\t\r]", c)]
    assert "'=1+1" in cells and "'@SUM(1)" in cells


def test_names_of_a_crm_stay_as_they_are_in_the_results(attacked: Path) -> None:
    results = json.loads((attacked / "results.json").read_text(encoding="utf-8"))
    assert set(EVIL) <= {m["source"] for m in results["metrics"]}


# Real exports; skipped where they are not there

DATA = ROOT.parent / "shared" / "data"
real = pytest.mark.skipif(not DATA.is_dir(), reason="needs the real exports in ../shared/data, which are not here")


def count_by(facts: Any) -> dict[str, tuple[int, int]]:
    """Won and all leads by source, from the fact table."""
    frame = facts.leads.select("source", "won_s").to_pandas()
    groups = frame.groupby("source")["won_s"]
    return {name: (int(group.notna().sum()), len(group)) for name, group in groups}


@pytest.mark.real_data
@real
def test_olist_is_published_and_says_what_it_lacks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["weekly", "--source", "olist", "--data", str(DATA / "olist"), "--week", "2018-W23", "--out", str(tmp_path)]
    assert main(given) == 0, capsys.readouterr().err
    folder = tmp_path / "weekly" / "2018-W23"
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    months = {m["period"]: m["value"] for m in results["metrics"] if m["name"] == "mqls" and not m["source"]}
    # ../shared/data/README.md
    told = {"2018-01": 1141, "2018-02": 1028, "2018-03": 1174, "2018-04": 1352, "2018-05": 1303}
    assert {month: months[month] for month in told} == told
    assert results["tables"]["leads"] == {"read": 8000, "used": 8000, "set_aside": 0}
    blocks = {b["id"]: b["missing"] for b in json.loads((folder / "manifest.json").read_text())["blocks"]}
    assert "activities" in blocks["follow-up"] and "params/sources/olist.yaml" in blocks["follow-up"]
    assert blocks["closed"] is None and blocks["history"] is None
    assert blocks["follow-up"] in Page((folder / "index.html").read_text(encoding="utf-8")).text


@pytest.mark.real_data
@real
def test_olist_in_week_12_counts_what_was_known_then() -> None:
    import pandas as pd

    facts = open_report(source="olist", data=str(DATA / "olist"), week="2018-W12").facts
    folder = DATA / "olist"
    raw = pd.read_csv(folder / "olist_closed_deals_dataset.csv", parse_dates=["won_date"])
    as_of = pd.Timestamp("2018-03-26T03:00:00")  # midnight in Sao Paulo, UTC-3 since 18 February 2018
    deals = facts.deals.to_pandas()
    assert (deals["outcome"] == "won").sum() == (raw["won_date"] < as_of).sum() < len(raw)
    born = pd.read_csv(folder / "olist_marketing_qualified_leads_dataset.csv")["first_contact_date"]
    assert int(facts.leads.count().to_pandas()) == (born <= "2018-03-25").sum()


@pytest.mark.real_data
@real
def test_olists_leads_ever_won_by_origin() -> None:
    facts = open_report(source="olist", data=str(DATA / "olist"), week="2018-W46", as_of="2018-11-20T00:00:00Z").facts
    found = {name.replace("_", " "): counts for name, counts in count_by(facts).items()}
    told = {  # ../shared/data/README.md, less the one that was won two days before its first contact
        "organic search": (270, 2296), "paid search": (195, 1586), "social": (75, 1350), "direct traffic": (56, 499),
        "email": (15, 493), "referral": (24, 284), "display": (6, 118), "unknown": (179, 1099), "(unknown)": (14, 60),
    }  # fmt: skip
    assert {name: found[name] for name in told} == told
    assert sum(n for _, n in found.values()) == 8000


@pytest.fixture(scope="module")
def school() -> Any:
    """A week of November 2023 of the school's CRM."""
    return open_report(source="itschool", data=str(DATA / "itschool"), week="2023-W46").facts


@pytest.mark.real_data
@real
def test_the_schools_rows_are_all_accounted_for(school: Any) -> None:
    accounts = {a.table: a for a in school.tables.accounts}
    for table in ("leads", "opportunities"):
        account = accounts[table]
        assert account.read == account.used + account.set_aside == 8274
        assert account.reasons["blank line"] == 100
    lines = {r.line for r in school.tables.set_aside() if r.table == "leads" and r.reason == "blank line"}
    assert lines == set(range(8176, 8276))  # the last hundred below the head and 8,174 deals


@pytest.mark.real_data
@real
def test_the_schools_amounts_and_ids_are_read_whole(school: Any) -> None:
    import pandas as pd

    raw = pd.read_csv(DATA / "itschool" / "deals.csv", dtype=str).dropna(subset=["Id"])
    deals = school.tables.inspected["opportunities"].used.to_pandas().set_index("opportunity_id")
    wanted = raw[raw["Source"] != "Test"].set_index("Id")["Offer Total Amount"].dropna()
    euros = wanted[wanted.str.contains("€")].str.replace(r"[€. \u00a0]", "", regex=True).str.replace(",", ".")
    assert len(euros) > 0
    assert (deals.loc[euros.index, "amount"].astype(float) == euros.astype(float)).all()
    assert set(deals.index) == set(raw[raw["Source"] != "Test"]["Id"])
    assert set(raw["Id"].str.len()) == {19}


@pytest.mark.real_data
@real
def test_the_schools_response_times_are_those_of_its_crm() -> None:
    """The CRM's SLA column is its own response time, h:mm:ss; hours may exceed 24."""
    import pandas as pd

    facts = open_report(source="itschool", data=str(DATA / "itschool"), week="2024-W24",
                        as_of="2024-06-22T00:00:00Z").facts  # fmt: skip
    raw = pd.read_csv(DATA / "itschool" / "deals.csv", dtype=str).dropna(subset=["Id", "SLA"])
    parts = raw["SLA"].str.extract(r"^(\d+):(\d\d):(\d\d)$").dropna().astype(int)
    told = pd.Series(parts[0] * 3600 + parts[1] * 60 + parts[2], name="told").set_axis(raw.loc[parts.index, "Id"])
    ours = facts.leads.select("lead_id", "response_s").to_pandas().dropna().set_index("lead_id")["response_s"]
    both = pd.concat([told, ours], axis=1, join="inner")
    assert len(both) > 5500
    assert ((both["told"] - both["response_s"]).abs() <= 180).mean() >= 0.97


@pytest.mark.real_data
@real
def test_nothing_of_the_school_after_as_of_is_visible(school: Any) -> None:
    as_of = school.run.as_of.replace(tzinfo=None)
    leads, deals = school.tables["leads"].to_pandas(), school.tables["opportunities"].to_pandas()
    calls = school.tables["activities"].to_pandas()
    assert leads["created_at"].max() < as_of and calls["occurred_at"].max() < as_of
    assert not (deals["closed_at"] >= as_of).any()
    full = school.tables.inspected["opportunities"].used.to_pandas().set_index("opportunity_id")
    shown = deals.set_index("opportunity_id")
    undated = full.index[full["closed_at"].isna() & full["outcome"].isin(["won", "lost"])]
    assert "open" not in set(shown.loc[shown.index.intersection(undated), "outcome"])
    later = school.tables.inspected["leads"].used.to_pandas()["created_at"]
    assert (later >= as_of).sum() > 0  # they are in the file
    assert os.fspath(DATA) not in str(school.run.params.mapping)
