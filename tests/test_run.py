"""Whole runs: what is published, what is kept of a failure, what a killed run leaves; exit codes 0, 2, 3, 4."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest

from alignment_lib.cli import main
from alignment_lib.errors import SourceError
from alignment_lib.report.session import open_report
from tests.company import Company, company
from tests.shared_runs import Ran

ROOT = Path(__file__).parents[1]
FILES = ["counted.csv", "export.json", "index.html", "manifest.json", "report.ipynb", "results.json", "set_aside.csv"]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def loaded(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def command(arguments: list[str], **more: Any) -> subprocess.Popen[str]:
    """The command line in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "alignment_lib.cli", *arguments],
        cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more,
    )  # fmt: skip


@pytest.fixture
def tiny(tmp_path: Path) -> Company:
    return company(tmp_path)


def cell(source: str, *tags: str) -> Any:
    return nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)})


def notebook(tiny: Company, *sections: Any, parameters: str = "", record: bool = True, bare: bool = False) -> str:
    """A short notebook of our own: head, checks, the cells given, record; bare: only the cells given."""
    names = ("source", "data", "week", "as_of", "slice", "params")
    setup = (
        "from alignment_lib.blocks import weekly as blocks\nfrom alignment_lib.report.session import open_report\n"
        "report = open_report(source=source, data=data, week=week, params=params)"
    )
    declared = cell(parameters or "\n".join(f'{n} = ""' for n in names), "parameters")
    opened = [cell(setup, "setup"), *(cell(f"report.show(blocks.{b})", "section") for b in ("head", "checks"))]
    last = [cell("report.record()", "section", "record")] if record else []
    kept = list(sections) if bare else [*opened, *sections, *last]
    cells = [nbformat.v4.new_markdown_cell("# Short"), declared, *kept]
    path = tiny.root / "short.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return str(path)


def tree(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): sha256(p) for p in sorted(folder.rglob("*")) if p.is_file()}


# The demo, as a newcomer runs it


@pytest.fixture(scope="module")
def demo(demo_week: Ran) -> tuple[Path, Any, str, str]:
    """The default run, in a process of its own: folder, results, standard output and error."""
    ran = demo_week
    return ran.folder, loaded(ran.folder / "results.json"), ran.said, ran.complained


def test_the_default_run_prints_the_pages_path_and_nothing_else(demo: tuple[Path, Any, str, str]) -> None:
    folder, results, said, _ = demo
    assert said == f"{folder / 'index.html'}\n"
    assert sorted(p.name for p in folder.iterdir()) == FILES
    assert folder.parts[-2:] == ("weekly", results["period"])


def test_progress_is_plain_lines_off_a_terminal(demo: tuple[Path, Any, str, str]) -> None:
    *lines, warned = demo[3].splitlines()
    assert all(re.fullmatch(r"\[\d+/\d+\] .+", line) for line in lines) and lines
    assert re.fullmatch(r"\d+ warnings?: .+", warned)
    assert "\r" not in demo[3] and "\x1b" not in demo[3]


def test_results_have_the_shape_that_mail_and_archive_rely_on(demo: tuple[Path, Any, str, str]) -> None:
    results = demo[1]  # DESIGN 8
    assert list(results) == [
        "report", "period", "slice", "as_of", "currency", "metrics", "sentences", "checks", "held", "tables",
        "issues", "company", "timezone", "blocks", "people"]  # fmt: skip
    assert results["report"] == "weekly" and results["slice"] is None and results["currency"] == "EUR"
    for record in results["metrics"]:
        assert {"name", "source", "segment", "period", "value", "low", "high", "n", "unit", "definition"} <= set(record)
        assert record["value"] is not None or record["reason"]
        assert record["unit"] and record["definition"]
        if record["low"] is not None and record["value"] is not None:
            assert record["low"] <= record["value"] <= record["high"]
    keys = [(m["name"], m["source"], m["segment"], m["period"]) for m in results["metrics"]]
    assert len(keys) == len(set(keys))
    assert all(s["text"].strip() and s["block"] for s in results["sentences"])
    assert {c["status"] for c in results["checks"]} <= {"PASS", "WARN"}


def test_every_row_is_accounted_for(demo: tuple[Path, Any, str, str]) -> None:
    folder, results, *_ = demo
    assert {"leads", "opportunities", "activities"} <= set(results["tables"])
    for table in results["tables"].values():
        assert table["read"] == table["used"] + table["set_aside"] and table["used"] > 0
    written = (folder / "set_aside.csv").read_text(encoding="utf-8").count('"row"')
    assert written == sum(t["set_aside"] for t in results["tables"].values()) > 0


def test_the_manifest_fits_the_files(demo: tuple[Path, Any, str, str]) -> None:
    folder, results, *_ = demo
    manifest = loaded(folder / "manifest.json")
    assert manifest["files"] == {name: sha256(folder / name) for name in FILES if name != "manifest.json"}
    assert manifest["tables"] == results["tables"] and manifest["checks"] == results["checks"]
    assert manifest["period"] == results["period"] and manifest["as_of"] == results["as_of"]
    inputs = {i["file"]: i for i in manifest["inputs"]}
    assert all(re.fullmatch("[0-9a-f]{64}", i["sha256"]) and i["bytes"] > 0 for i in inputs.values())
    for table, reasons in manifest["set_aside_reasons"].items():
        assert sum(reasons.values()) == manifest["tables"][table]["set_aside"]


def test_the_page_says_what_the_results_say(demo: tuple[Path, Any, str, str]) -> None:
    import html

    folder, results, *_ = demo
    page = html.unescape((folder / "index.html").read_text(encoding="utf-8"))
    for sentence in results["sentences"]:
        assert sentence["text"] in page
    assert len(page) < 1_000_000 and "<script" not in page


def test_two_runs_at_once_both_end_well_and_say_the_same_to_the_byte(demo_week: Ran, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(demo_week.folder.parents[1], out)
    folder = out / demo_week.folder.relative_to(demo_week.folder.parents[1])
    before = {name: (folder / name).read_bytes() for name in ("results.json", "set_aside.csv", "export.json")}
    both = [command(["weekly", "--out", str(out)]) for _ in range(2)]
    for process in both:
        _, complained = process.communicate(timeout=600)
        assert process.returncode == 0, complained
    assert {name: (folder / name).read_bytes() for name in before} == before
    manifest = loaded(folder / "manifest.json")
    assert manifest["files"] == {name: sha256(folder / name) for name in FILES if name != "manifest.json"}
    assert sorted(p.name for p in out.iterdir()) == [".lock", "index.html", "weekly"]


def shown(**request: str) -> Any:
    """The results of the weekly notebook's cells, run here and now: the same calls without a kernel."""
    from alignment_lib.blocks import weekly as blocks

    names = {"report": open_report(**request), "blocks": blocks}
    for one in nbformat.read(ROOT / "notebooks" / "weekly_smarketing.ipynb", as_version=4).cells:
        if "section" in one.metadata.get("tags", []):
            exec(one.source, names)  # our own notebook
    return names["report"].results()


def test_last_months_week_gives_on_a_later_export_what_was_printed_then(tmp_path: Path) -> None:
    """DESIGN 6: with that week's as-of nothing later is visible, whenever the export was made."""
    from alignment_lib.demo import generate
    from alignment_lib.demo.truth import END

    week, then = "2025-W46", datetime(2025, 11, 17, tzinfo=UTC)
    assert then < END
    generate(tmp_path / "then", leads=4000, until=then, late=False)
    generate(tmp_path / "later", leads=4000, until=END, late=False)
    as_of = then.isoformat()
    first = shown(source="demo", data=str(tmp_path / "then"), week=week, as_of=as_of)
    later = shown(source="demo", data=str(tmp_path / "later"), week=week, as_of=as_of)
    assert len(first["metrics"]) > 100
    assert later["metrics"] == first["metrics"]
    told = ("head", "checks")  # how many rows there are to check is of the export, not of the week
    assert [s for s in later["sentences"] if s["block"] not in told] == [
        s for s in first["sentences"] if s["block"] not in told
    ]


# What keeps a run from being published


def test_a_slice_gets_its_folder_and_its_place_in_the_archive(tiny: Company, capsys: Any) -> None:
    out, file = tiny.root / "out", Path(notebook(tiny))
    file.write_text(file.read_text().replace("params=params)", "params=params, slice=slice)"))
    assert main(tiny.arguments("weekly", out=str(out), notebook=str(file), slice="segment=enterprise")) == 0
    inner = out / "weekly" / "2020-W11" / "segment=enterprise"
    assert capsys.readouterr().out == f"{inner / 'index.html'}\n"
    assert loaded(inner / "results.json")["slice"] == "segment=enterprise"
    assert sorted(p.name for p in inner.iterdir()) == FILES
    assert "segment=enterprise" in (out / "index.html").read_text()


BARE = {"bare": True}
FAILURES: dict[str, tuple[list[Any], dict[str, Any], int, str]] = {
    "a cell that raises": ([cell("1 / 0", "section")], BARE, 4, "cell 4: ZeroDivisionError: division by zero"),
    "a cell that exits with success": ([cell("import sys\nsys.exit(0)", "section")], BARE, 4, "cell 4: SystemExit"),
    "a kernel that ends": ([cell("import os\nos._exit(0)", "section")], BARE, 4, "cell 4: DeadKernel: the kernel"),
    "no record": ([cell("'nothing'", "reading")], BARE, 4, "the notebook ended without its record (report.record())"),
    "a section without a block": ([cell("'nothing'", "section")], BARE, 4, "cell 4 is a section but shows no block"),
    "a block shown behind the record's back": (
        [cell("blocks.method(report.facts)", "section")], {}, 4, "differ in the blocks method"),
    "a parameter nobody declared": ([], {"parameters": 'source = ""\ndata = ""\nweeek = ""\nparams = ""'}, 2,
                                    "unknown parameter 'week' (did you mean 'weeek'?)"),
}  # fmt: skip


@pytest.mark.parametrize("what", FAILURES)
def test_a_run_that_fails_publishes_nothing_and_is_kept(
    tiny: Company, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sections, more, code, complaint = FAILURES[what]
    out = tiny.root / "out"
    good = out / "weekly" / "2020-W11"
    good.mkdir(parents=True)
    (good / "index.html").write_text("the last good page")
    before = tree(out)
    assert main(tiny.arguments("weekly", out=str(out), notebook=notebook(tiny, *sections, **more))) == code
    said = capsys.readouterr()
    assert said.out == ""
    sentence = [line for line in said.err.splitlines() if line.startswith("alignment: ")]
    assert len(sentence) == 1 and complaint in sentence[0] and "Traceback" not in said.err
    after = tree(out)
    assert {name: h for name, h in after.items() if not name.startswith((".failed", ".lock"))} == before
    assert not list(out.glob(".run-*"))
    kept = sorted((out / ".failed").iterdir()) if code == 4 else []
    assert len(kept) == (code == 4)
    for folder in kept:
        assert complaint in (folder / "error.txt").read_text()
        text = (folder / "report.ipynb").read_text()
        assert ("ZeroDivisionError" in text) == (what == "a cell that raises")
        assert f"the failed run is kept in {os.path.relpath(folder)}" in said.err


@pytest.mark.parametrize(
    ("change", "request_more", "code", "complaint"),
    [
        (lambda rows: rows["leads"].append(rows["leads"][1]), {}, 3, "is there more than once (1 such keys); remove"),
        (lambda rows: None, {"week": "2019-W10"}, 2, "is before all data (the first row is of 2020-03-02T09:00:00Z)"),
    ],
    ids=["a repeated key", "as-of before all data"],
)
def test_what_the_data_refuses_reaches_the_command_line_as_one_sentence(
    tiny: Company, change: Any, request_more: dict[str, str], code: int, complaint: str, capfd: Any
) -> None:
    change(tiny.rows)
    tiny.write()
    out = tiny.root / "out"
    (out / "weekly" / "2020-W11").mkdir(parents=True)
    (out / "weekly" / "2020-W11" / "index.html").write_text("the last good page")
    assert main(tiny.arguments("weekly", out=str(out), **request_more)) == code
    said = capfd.readouterr()
    (sentence,) = [line for line in said.err.splitlines() if not re.match(r"\[\d+/\d+\] ", line)]
    assert sentence.startswith("alignment: ") and complaint in sentence
    assert said.out == "" and (out / "weekly" / "2020-W11" / "index.html").read_text() == "the last good page"


def test_a_relative_folder_is_found_from_wherever_the_command_is_given(
    tiny: Company, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tiny.root / "below").mkdir()
    short = notebook(tiny)
    monkeypatch.chdir(tiny.root / "below")
    given = {"data": "../data", "params": "../params/weekly.yaml", "source": "../params/sources/tiny.yaml"}
    assert main(tiny.arguments("weekly", **given, notebook=short)) == 0
    # the home's reports, wherever one stands in it; its company.yaml names no source, so reports/ is not this one's own
    place = tiny.root / "reports" / "tiny"
    assert capsys.readouterr().out == f"{place}/weekly/2020-W11/index.html\n"
    assert 'href="weekly/2020-W11/index.html"' in (place / "index.html").read_text()
    above = (tiny.root / "reports" / "index.html").read_text()
    assert 'href="tiny/index.html"' in above and "2020-W11" not in above


def test_the_environment_tells_where_the_data_is_unless_the_command_does(
    tiny: Company, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every user of a machine reads a command's arguments; a password in a URL is told by the environment."""
    settings = ["--source", "tiny", "--params", str(tiny.params_folder / "weekly.yaml")]
    monkeypatch.setenv("ALIGNMENT_DATA", str(tiny.data))
    assert main(["check", *settings]) == 0, capsys.readouterr().err
    assert main(["inspect", "--name", "tiny"]) == 0, capsys.readouterr().err
    assert "from: leads.csv" in capsys.readouterr().out
    assert main(["check", *settings, "--data", "/no/such/folder"]) == 2
    assert main(["inspect", "/no/such/folder"]) == 2
    assert capsys.readouterr().err.count("/no/such/folder: ") == 2


def test_a_notebook_says_where_the_data_is_unless_a_run_does(tiny: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(data: str) -> str:
        with pytest.raises(SourceError) as caught:
            open_report(source="tiny", data=data, params=str(tiny.params_folder / "weekly.yaml"))
        return str(caught.value).partition(":")[0]

    monkeypatch.setenv("ALIGNMENT_DATA", "/of/the/environment")
    assert (opened("/of/the/notebook"), opened("")) == ("/of/the/notebook", "/of/the/environment")
    monkeypatch.setenv("ALIGNMENT_RUN_DIR", str(tiny.root))
    assert opened("/of/the/notebook") == "/of/the/environment"


def test_a_url_with_secrets_leaves_no_trace(tiny: Company, tmp_path: Path, capfd: Any) -> None:
    import duckdb

    secret = "s3cr3t%2Fw0rd"
    with duckdb.connect(str(tmp_path / "crm.duckdb")) as connection:
        for name in tiny.rows:
            connection.execute(f"CREATE TABLE {name} AS FROM read_csv('{tiny.data / name}.csv', all_varchar=true)")
    out = tiny.root / "out"
    url = f"duckdb://{tmp_path / 'crm.duckdb'}?custom_user_agent={secret}"
    secrets = cell("import os\nprint(os.environ['ALIGNMENT_DATA'])\nreport.show(blocks.method)", "section")
    assert main(tiny.arguments("weekly", out=str(out), data=url, notebook=notebook(tiny, secrets))) == 0
    broken = cell("import os\nraise ValueError(os.environ['ALIGNMENT_DATA'])", "section")
    assert main(tiny.arguments("weekly", out=str(out), data=url, notebook=notebook(tiny, broken, bare=True))) == 4
    said = capfd.readouterr()
    files = [p for p in out.rglob("*") if p.is_file()]
    assert {p.name for p in files} >= set(FILES)
    for text in (said.out, said.err, *(p.read_text(encoding="utf-8", errors="replace") for p in files)):
        assert "s3cr3t" not in text and "w0rd" not in text


# Kill -9


def processes_of(folder: Path) -> list[int]:
    """Processes that were told to write their record below a folder (Linux)."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
        except OSError:
            continue
        if f"ALIGNMENT_RUN_DIR={folder.resolve()}".encode() in environment:
            found.append(int(process.name))
    return found


RECORDED = """
import json, os, pathlib
from alignment_lib.page.block import Block

folder, block = pathlib.Path(os.environ["ALIGNMENT_RUN_DIR"]), Block("head", "Head", "What?", sentences=("Yes.",))
results = {"report": "weekly", "period": week, "slice": None, "as_of": "2020-03-15T23:00:00Z", "currency": "EUR",
           "metrics": [], "sentences": [{"block": "head", "text": "Yes."}], "checks": [], "tables": {}}
record = {"blocks": [{"id": "head", "missing": None}], "source": {"place": ""}, "inputs": [], "set_aside_reasons": {}}
(folder / "results.json").write_text(json.dumps(results))
(folder / "record.json").write_text(json.dumps(record))
(folder / "set_aside.csv").write_text("")
(folder / "export.json").write_text("{}")
(folder / "counted.csv").write_text('"metric","id","amount"\\n')
block
"""
"""A notebook that reads no data: the shortest run that is published."""


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_killed_at_any_moment_the_page_is_the_old_one_or_the_new_one_whole(tiny: Company) -> None:
    chance = random.Random(11)
    out = tiny.root / "out"
    short = notebook(tiny, cell(RECORDED, "section", "record"), bare=True)
    arguments = tiny.arguments("weekly", out=str(out), notebook=short)
    page = out / "weekly" / "2020-W11" / "index.html"
    scratch = tempfile.mkdtemp()
    environment = os.environ | {"TMPDIR": scratch}
    started = time.monotonic()
    first = command(arguments, env=environment)
    assert first.wait(timeout=600) == 0
    lasts = time.monotonic() - started
    moments = [chance.uniform(0, 1) for _ in range(5)] + [chance.uniform(0.75, 1.05) for _ in range(6)]
    for moment in moments:
        run = command(arguments, env=environment, start_new_session=True)
        time.sleep(moment * lasts)
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate()
        manifest = loaded(page.parent / "manifest.json")
        assert manifest["files"] == {name: sha256(page.parent / name) for name in FILES if name != "manifest.json"}
        assert page.read_text(encoding="utf-8").rstrip().endswith("</html>")
        assert "</html>" in (out / "index.html").read_text(encoding="utf-8")
    limit = time.monotonic() + 60
    while processes_of(out) and time.monotonic() < limit:
        time.sleep(0.2)
    assert processes_of(out) == []  # a kernel ends when its parent is gone
    last = command(arguments, env=environment)
    assert last.wait(timeout=600) == 0
    shutil.rmtree(scratch)
    assert sorted(p.name for p in out.iterdir()) == [".lock", "index.html", "weekly"]
    assert sorted(p.name for p in page.parent.iterdir()) == FILES
