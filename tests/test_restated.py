"""Restated numbers: each change of an earlier week is named, and the reasons add up to it."""

from __future__ import annotations

import copy
import csv
import html
import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment_lib.blocks.closed import closed
from alignment_lib.blocks.history import history
from alignment_lib.blocks.restated import CAUSES, reconcile, restated
from alignment_lib.cli import main
from alignment_lib.facts import build
from alignment_lib.memory import runs as memory
from alignment_lib.page.block import Block, Count
from alignment_lib.report.session import Report
from tests.company import Company, company

NEXT = "2020-W12"


# The arithmetic

IDS = st.dictionaries(st.sampled_from([f"{n}" for n in range(12)]), st.integers(-5, 5), max_size=12)


@given(then=IDS, now=IDS, causes=st.lists(st.sampled_from(CAUSES), min_size=12, max_size=12))
def test_reasons_always_add_up_to_the_change(
    then: Mapping[str, int], now: Mapping[str, int], causes: list[str]
) -> None:
    parts = reconcile(then, now, lambda identity: (causes[int(identity)], ""))
    assert sum(then.values()) + sum(p.amount for p in parts) == sum(now.values())
    told = [i for p in parts for i in p.ids]
    assert len(told) == len(set(told))  # nothing is told twice
    assert set(told) == {i for i in then | now if then.get(i, 0) != now.get(i, 0)}


# A week printed, the CRM changed, the next week: every kind of change once


def first_export(made: Company) -> Company:
    """Six more rows than the company has: a lead that will be excluded, a rule that excludes it, keys may repeat."""
    made.mapping["tables"]["leads"] |= {"where": "coalesce(\"Source\", '') <> 'Test'", "duplicates": "last"}
    made.rows["leads"].append(["012", "12.03.2020 09:00", "Webinar", "mid", "r2", "", "", "", "", ""])
    return made.write()


def second_export(made: Company) -> Company:
    """What the next week's export has.

    Leads of W11, five then (007 008 009 010 012), three now (008 010 011): 011 arrived late, 012 is excluded by where,
    007 is there twice and its last row was created in W12, 009 is deleted: 5 + 1 − 1 − 1 − 1 = 3.
    MQLs, two then (007 008), three now (007 010 011): 011 arrived late, 010 was known without an MQL date, 008's has
    moved to W12: 2 + 1 + 1 − 1 = 3.
    Opportunities, one then (d3), two now (d3 d4). Won, one then (d1), two now (d1 d4); their value, 3,500.00 then, is
    3,400.50 + 1,234.56 = 4,635.06 now: d4 arrived late, d1's amount fell by 99.50: 3,500 + 1,234.56 − 99.50.
    """
    leads = {row[0]: row for row in made.rows["leads"]}
    leads["008"][5] = leads["008"][6] = "17.03.2020 10:00"
    leads["010"][5] = "15.03.2020 23:59"
    leads["012"][2] = "Test"
    del leads["009"]
    again = [*leads["007"]]
    again[1] = "16.03.2020 08:00"
    late = ["011", "12.03.2020 10:00", "Webinar", "mid", "r1", "12.03.2020 11:00", "12.03.2020 12:00", "", "", ""]
    made.rows["leads"] = [*leads.values(), again, late]
    made.rows["deals"][1][3] = "€ 3.400,50"
    made.rows["deals"].append(["d4", "011", "12.03.2020 15:00", "€ 1.234,56", "14.03.2020", "Won", "r1"])
    return made.write()


EXPECTED = {
    ("2020-W11", "Leads"): ("5", "3", "−2", {
        "arrived late": ["011"], "set aside: excluded by where": ["012"],
        "merged into another row, 2020-W12": ["007"], "no longer in the export (merged or deleted)": ["009"]}),
    ("2020-W11", "MQLs"): ("2", "3", "+1", {
        "arrived late": ["011"], "stage or date changed, in this week now": ["010"], "moved to 2020-W12": ["008"]}),
    ("2020-W11", "Opportunities"): ("1", "2", "+1", {"arrived late": ["d4"]}),
    ("2020-W11", "Won"): ("1", "2", "+1", {"arrived late": ["d4"]}),
    ("2020-W11", "Won value, EUR"): ("3,500.00", "4,635.06", "+1,135.06", {
        "arrived late": ["d4"], "amount lowered": ["d1"]}),
}  # fmt: skip
SENTENCES = (
    "Last week's report said 5 leads; that week now reads 3: 1 arrived late, 1 is now set aside, 1 was merged into"
    " another row and 1 is no longer in the export.",
    "It also said 2 MQLs; that week now reads 3: 1 arrived late, 1 moved into that week as its stage or date changed"
    " and 1 left that week as its stage or date changed.",
    "It also said 1 deal won; that week now reads 2: 1 arrived late.",
    "In all, 5 of the 5 numbers that last week's report printed now read differently.",
)


Printed = Callable[..., Path]


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Printed:
    """A copy of what a run of the company as it stands left; made once."""
    made: dict[tuple[Any, ...], Path] = {}

    def run(out: Path, prepare: Callable[[Path], Company] = company, **request: str) -> Path:
        key = (prepare, *sorted(request.items()))
        if key not in made:
            root = tmp_path_factory.mktemp("then")
            published(prepare(root), root / "out", **request)
            made[key] = root / "out"
        shutil.copytree(made[key], out, dirs_exist_ok=True)
        return memory.run_folder(out, "weekly", request.get("week", "2020-W11"), request.get("slice"))

    return run


def first_company(root: Path) -> Company:
    return first_export(company(root))


def published(made: Company, out: Path, **request: str) -> tuple[Block, dict[str, Any]]:
    """A run without a kernel: what it reads of earlier ones, what it shows, the files that the next one reads."""
    tables = made.tables(**request)
    run = tables.run
    where: dict[str, Any] = {"report": "weekly", "slice": request.get("slice"), "source": "tiny"}
    earlier = memory.earlier(out, before=run.week, as_of=run.as_of, **where)
    report = Report(build(tables, earlier=earlier), "weekly")
    for block in (history, closed, restated):
        report.show(block)
    folder = memory.run_folder(out, "weekly", run.week.label, request.get("slice"))
    folder.mkdir(parents=True, exist_ok=True)
    results = report.results()
    report._write(folder, results)
    (folder / "manifest.json").write_text(json.dumps({"source": {"name": "tiny"}}), encoding="utf-8")
    return report.shown[-1], results


def table(block: Block) -> dict[tuple[str, str], tuple[str, str, str, dict[str, list[str]]]]:
    """Rows by week and number: then, now, change, and the ids that the change opens, by reason."""
    rows = {}
    for row in block.tables[0].rows if block.tables else ():
        change = row[4]
        groups = {what: list(ids) for what, ids in change.listing.groups} if isinstance(change, Count) else {}
        rows[str(row[0]), str(row[1])] = (str(row[2]), str(row[3]), str(change), groups)
    return rows


def plain(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(t.replace("\u00a0", " ") for t in texts)


def test_every_kind_of_change_is_named_and_adds_up(tmp_path: Path, printed: Printed) -> None:
    made, out = first_company(tmp_path), tmp_path / "out"
    printed(out, first_company)
    block, results = published(second_export(made), out, week=NEXT)
    assert table(block) == EXPECTED
    assert plain(block.sentences) == SENTENCES
    why = {str(row[1]): str(row[5]) for row in block.tables[0].rows}
    assert why["Won value, EUR"] == "+1,234.56 arrived late; −99.50 amount lowered"
    assert why["MQLs"] == "+1 arrived late; +1 stage or date changed, in this week now; −1 moved to 2020-W12"
    records = {(m["name"], m["segment"]): m["value"] for m in results["metrics"] if m["period"] == "2020-W11"}
    for name in (*memory.COUNTED, "won_value"):
        change = records["reads_now", name] - records["printed_then", name]
        assert change == pytest.approx(records["restated", name], abs=1e-9)
        parts = [v for (n, s), v in records.items() if s == name and n.removeprefix("restated_") in CAUSES]
        assert sum(parts) == pytest.approx(change, abs=1e-9)
    assert block.evidence is not None
    assert block.evidence.n.replace("\u00a0", " ") == "5 numbers of 1 earlier report: 5 changed, 0 as printed"


def test_the_first_report_of_a_source_says_so(tmp_path: Path) -> None:
    block, _ = published(company(tmp_path), tmp_path / "out")
    assert block.missing == "This is the first report of this source; restatements begin with the next."


def test_the_same_week_again_ignores_itself_and_gives_the_same_bytes(tmp_path: Path, printed: Printed) -> None:
    made, out = first_company(tmp_path), tmp_path / "out"
    printed(out, first_company)
    second_export(made)
    published(made, out, week=NEXT)
    folder = out / "weekly" / NEXT
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    published(made, out, week=NEXT)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before


def test_unchanged_numbers_still_hold(tmp_path: Path, printed: Printed) -> None:
    made, out = company(tmp_path), tmp_path / "out"
    printed(out, week="2020-W10")
    printed(out)
    block, _ = published(made, out, week=NEXT)
    assert block.sentences == ("All numbers of the 2 earlier reports still hold.",) and not block.tables
    assert {m.name: (m.value, m.n) for m in block.metrics} == {
        "reports_compared": (2, None), "numbers_restated": (0, 10)}  # fmt: skip


def test_a_lead_moves_between_two_reported_weeks(tmp_path: Path, printed: Printed) -> None:
    """Lead …929 was created and became MQL in W10; now both dates are in W11: each week says where it went."""
    made, out = company(tmp_path), tmp_path / "out"
    printed(out, week="2020-W10")
    printed(out)
    for column in (1, 5, 6):
        made.rows["leads"][2][column] = made.rows["leads"][2][column].replace("03.03", "13.03")
    block, _ = published(made.write(), out, week=NEXT)
    ids = [made.rows["leads"][2][0]]
    assert table(block) == {
        ("2020-W11", "Leads"): ("4", "5", "+1", {"moved here from 2020-W10": ids}),
        ("2020-W11", "MQLs"): ("2", "3", "+1", {"moved here from 2020-W10": ids}),
        ("2020-W10", "Leads"): ("2", "1", "−1", {"moved to 2020-W11": ids}),
        ("2020-W10", "MQLs"): ("2", "1", "−1", {"moved to 2020-W11": ids}),
    }
    assert block.sentences[-1] == "In all, 4 of the 10 numbers that the 2 earlier reports printed now read differently."


def test_a_win_taken_back_leaves_a_week_without_an_amount(tmp_path: Path, printed: Printed) -> None:
    made, out = company(tmp_path), tmp_path / "out"
    printed(out)
    made.rows["deals"][1][5] = "Talks"
    block, results = published(made.write(), out, week=NEXT)
    assert table(block) == {
        ("2020-W11", "Won"): ("1", "0", "−1", {"stage changed, no longer won": ["d1"]}),
        ("2020-W11", "Won value, EUR"): ("3,500", "–", "−3,500", {"stage changed, no longer won": ["d1"]}),
    }
    assert plain(block.sentences) == (
        "Last week's report said 1 deal won; that week now reads none: 1 left that week as its stage or date changed.",
        "It also put the deals won at € 3,500; they now have no amount.",
        "All other numbers of last week's report still hold.",
    )
    [now] = [m for m in results["metrics"] if (m["name"], m["segment"]) == ("reads_now", "won_value")]
    assert (now["value"], now["reason"], now["unit"]) == (None, "no won deal had an amount", "EUR")


def test_a_report_made_within_its_week_is_no_reproach(tmp_path: Path, printed: Printed) -> None:
    """On Wednesday noon W11 had 007 and 008, both MQL; 009 and 010 came after that."""
    made, out = company(tmp_path), tmp_path / "out"
    printed(out, as_of="2020-03-11T12:00:00+01:00")
    block, _ = published(made, out, week=NEXT)
    expected = ("2", "4", "+2", {"came after that report was made": ["009", "010"]})
    assert table(block)["2020-W11", "Leads"] == expected
    assert ("2020-W11", "MQLs") not in table(block)
    assert block.sentences[0].endswith("that week now reads 4: 2 came after that report was made.")


def test_an_older_report_without_ids_says_so(tmp_path: Path, printed: Printed) -> None:
    made, out = first_company(tmp_path), tmp_path / "out"
    printed(out, first_company)
    (out / "weekly" / "2020-W11" / "counted.csv").unlink()
    block, _ = published(second_export(made), out, week=NEXT)
    assert table(block)["2020-W11", "MQLs"] == ("2", "3", "+1", {})
    assert block.tables[0].rows[1][5] == "not known: that report kept no ids"
    assert plain(block.sentences)[1] == (
        "It also said 2 MQLs; that week now reads 3; why is not known, as that report kept no ids."
    )


def test_ids_that_do_not_add_up_to_what_was_printed_explain_nothing(tmp_path: Path, printed: Printed) -> None:
    made, out = first_company(tmp_path), tmp_path / "out"
    printed(out, first_company)
    path = out / "weekly" / "2020-W11" / "counted.csv"
    path.write_text(path.read_text().replace('"mqls","008",""\n', ""))
    block, _ = published(second_export(made), out, week=NEXT)
    assert block.tables[0].rows[1][5] == "not known: its list of ids does not add up to what it printed"
    assert table(block)["2020-W11", "Leads"] == EXPECTED["2020-W11", "Leads"]


def test_a_slice_is_compared_with_its_own_reports(tmp_path: Path, printed: Printed) -> None:
    """In W11 enterprise had 007 and 010; then 010 turns out to be mid, and 013 arrives late."""
    made, out = company(tmp_path), tmp_path / "out"
    printed(out)
    printed(out, slice="segment=enterprise")
    made.rows["leads"][6][3] = "mid"
    made.rows["leads"].append(["013", "12.03.2020 10:00", "Search", "enterprise", "r1", "", "", "", "", ""])
    made.rows["leads"].append(["014", "13.03.2020 10:00", "Search", "enterprise", "r1", "", "", "", "", ""])
    block, _ = published(made.write(), out, week=NEXT, slice="segment=enterprise")
    assert table(block) == {
        ("2020-W11", "Leads"): ("2", "3", "+1", {
            "arrived late or came into this slice": ["013", "014"], "no longer part of this report": ["010"]}),
    }  # fmt: skip
    mid, _ = published(made, out, week=NEXT, slice="segment=mid")
    assert mid.missing == "This is the first report of this source of segment=mid; restatements begin with the next."


def test_what_cannot_be_compared_is_told(tmp_path: Path, printed: Printed) -> None:
    """W09 lies before the data, and the deals are no longer connected; the other folders are not reports of ours."""
    made, out = company(tmp_path), tmp_path / "out"
    printed(out)
    for week in ("2020-W09", "2020-W08", "2020-W07"):
        folder = out / "weekly" / week
        folder.mkdir()
        for file in (out / "weekly" / "2020-W11").iterdir():
            (folder / file.name).write_text(file.read_text().replace("2020-W11", week))
    (out / "weekly" / "2020-W08" / "manifest.json").write_text(json.dumps({"source": {"name": "other"}}))
    (out / "weekly" / "2020-W07" / "results.json").write_text("{")
    del made.mapping["tables"]["opportunities"]
    block, _ = published(made.write(), out, week=NEXT)
    assert block.evidence is not None
    assert block.evidence.excluded.replace("\u00a0", " ") == (
        "1 report of another source and 1 report that cannot be read; numbers not compared: 2 before this data begins"
        " and 6 whose columns this data does not have any more"
    )


def test_only_broken_reports_are_no_first_report(tmp_path: Path, printed: Printed) -> None:
    made, out = company(tmp_path), tmp_path / "out"
    printed(out)
    (out / "weekly" / "2020-W11" / "manifest.json").write_text("[]")
    block, _ = published(made, out, week=NEXT)
    assert (block.missing or "").replace("\u00a0", " ") == (
        "No earlier report of this source can be compared; restatements begin with the next. Passed over: 1 report that"
        " cannot be read."
    )


def test_a_long_list_is_cut_and_says_so(tmp_path: Path, printed: Printed) -> None:
    made, out = company(tmp_path), tmp_path / "out"
    printed(out)
    made.rows["leads"] += [[f"1{n:02}", "12.03.2020 10:00", *[""] * 8] for n in range(45)]
    block, _ = published(made.write(), out, week=NEXT)
    change = block.tables[0].rows[0][4]
    assert isinstance(change, Count) and str(change) == "+45"
    shown = made.params().weekly.list_rows
    assert sum(len(ids) for _, ids in change.listing.groups) == shown < 45 == shown + change.listing.left_out


# As a user runs it


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Company]:
    """Two weeks on the command line, the export changed in between."""
    made = first_export(company(tmp_path_factory.mktemp("tiny")))
    out = made.root / "out"
    options = {"out": str(out), "notebook": str(short(made.root)), "source": str(made.source_file)}
    assert main(made.arguments("weekly", **options)) == 0
    second_export(made)
    assert main(made.arguments("weekly", **options | {"week": NEXT})) == 0
    return out, made


def short(folder: Path) -> Path:
    """A notebook of the blocks concerned."""
    names = ("source", "data", "week", "as_of", "slice", "params")
    setup = (
        "from alignment_lib.blocks.closed import closed\nfrom alignment_lib.blocks.history import history\n"
        "from alignment_lib.blocks.restated import restated\nfrom alignment_lib.report.session import open_report\n"
        "report = open_report(source=source, data=data, week=week, params=params)"
    )
    sources = [("\n".join(f'{n} = ""' for n in names), "parameters"), (setup, "setup")]
    sources += [(f"report.show({b})", "section") for b in ("history", "closed", "restated")]
    sources += [("report.record()", "section")]
    cells = [nbformat.v4.new_code_cell(text, metadata={"tags": [tag]}) for text, tag in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "short.ipynb")
    return folder / "short.ipynb"


def test_the_next_weeks_page_names_every_change(story: tuple[Path, Company]) -> None:
    folder = story[0] / "weekly" / NEXT
    page = html.unescape((folder / "index.html").read_text(encoding="utf-8")).replace("\u00a0", " ")
    for sentence in SENTENCES:
        assert sentence in page
    assert "Leads by reason" in page and "Deals by reason" in page
    for *_, reasons in EXPECTED.values():
        for reason, ids in reasons.items():
            assert f"<dt>{reason}</dt>" in page and all(i in page for i in ids)


def test_each_run_keeps_the_ids_of_its_week_with_their_hash(story: tuple[Path, Company]) -> None:
    import hashlib

    folder = story[0] / "weekly" / "2020-W11"
    text = (folder / "counted.csv").read_text(encoding="utf-8")
    assert [tuple(row) for row in csv.reader(text.splitlines())] == [
        ("metric", "id", "amount"), ("leads", "007", ""), ("leads", "008", ""), ("leads", "009", ""),
        ("leads", "010", ""), ("leads", "012", ""), ("mqls", "007", ""), ("mqls", "008", ""),
        ("opportunities", "d3", "1000.00"), ("won", "d1", "3500.00")]  # fmt: skip
    hashes = json.loads((folder / "manifest.json").read_text())["files"]
    assert hashes["counted.csv"] == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (None, "counted.csv is missing or not whole"),
        (('"mqls","008",""\n', ""), "the page prints 2 for mqls, counted.csv keeps 1"),
        (('"3500.00"', '"3500.01"'), "the page prints 3500 for won_value, counted.csv keeps 3500.01"),
    ],
)
def test_the_gate_holds_for_the_ids(story: tuple[Path, Company], tmp_path: Path, spoil: Any, complaint: str) -> None:
    from alignment_lib.errors import GateError
    from alignment_lib.report.verify import verify_notebook

    folder = story[0] / "weekly" / "2020-W11"
    node = nbformat.read(folder / "report.ipynb", as_version=4)
    blocks = [
        {"id": b} for b in dict.fromkeys(re.findall(r'data-block="([\w-]+)"', json.dumps(node).replace("\\", "")))
    ]
    (tmp_path / "record.json").write_text(json.dumps({"blocks": blocks}))
    (tmp_path / "results.json").write_bytes((folder / "results.json").read_bytes())
    text = (folder / "counted.csv").read_text()
    (tmp_path / "counted.csv").write_text(text)
    verify_notebook(copy.deepcopy(node), tmp_path)
    (tmp_path / "counted.csv").write_text(text.replace(*spoil) if spoil else "")
    with pytest.raises(GateError, match=re.escape(complaint)):
        verify_notebook(node, tmp_path)
