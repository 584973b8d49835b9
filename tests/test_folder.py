"""Where the reports of a source lie: each in a folder of its own, and none is moved away from what it has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from alignment_lib.cli import main
from alignment_lib.errors import MappingError, ParamsError
from alignment_lib.params import Request, load
from alignment_lib.report import publish
from alignment_lib.report.folder import settled
from alignment_lib.report.session import reports_folder
from tests.company import COMPANY, NOW, Company, company
from tests.fixture_mail import publish as lay
from tests.test_publish import run_folder

BASE = Path("reports")


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.chdir(tmp_path)
    return company(tmp_path)


def own(tiny: Company, source: str) -> None:
    """Make a source the company's own."""
    settings = yaml.safe_dump({**COMPANY, "source": source})
    (tiny.params_folder / "company.yaml").write_text(settings, encoding="utf-8")


def place(tiny: Company, source: str, out: str = "", asked: str = "") -> str:
    """The folder of a source of that name; `asked`: how SOURCE names it."""
    tiny.mapping["name"] = source
    file = tiny.source_file.with_name(f"{source}.yaml")
    file.write_text(yaml.safe_dump(tiny.mapping, allow_unicode=True, sort_keys=False), encoding="utf-8")
    request = Request(asked or source, params=str(tiny.params_folder / "weekly.yaml"))
    return str(settled(Path(out), None if out else BASE, load(request, now=NOW)))


@pytest.mark.parametrize(
    ("there", "companys", "folders"),
    [
        # nothing is published: the company's own has reports/, any other a folder in it
        ({}, "tiny", {"tiny": ".", "other": "other", "demo": "demo"}),
        ({}, "demo", {"tiny": "tiny", "demo": "."}),
        # reports/ of before: who is there stays, whatever company.yaml says, and the demo gives way
        ({".": ["tiny"]}, "demo", {"tiny": ".", "demo": "demo", "other": "other"}),
        ({".": ["demo", "tiny"]}, "demo", {"tiny": ".", "demo": "demo"}),
        ({".": ["other", "tiny"]}, "demo", {"tiny": ".", "other": ".", "demo": "demo"}),
        # the demo is no obstacle to the company's own, and stays until that has come
        ({".": ["demo"]}, "tiny", {"tiny": ".", "demo": ".", "other": "other"}),
        # a source that has begun in its own folder stays there when it becomes the company's own
        ({"tiny": ["tiny"]}, "tiny", {"tiny": "tiny", "other": "other"}),
        ({".": ["other"]}, "tiny", {"tiny": "tiny", "other": "."}),
    ],
)
def test_without_out_each_source_has_its_place(
    tiny: Company, there: Mapping[str, list[str]], companys: str, folders: Mapping[str, str]
) -> None:
    own(tiny, companys)
    reports = ("weekly", "pulse", "monthly")
    for folder, sources in there.items():
        for report, source in zip(reports, sources, strict=False):
            lay(BASE / folder, [], report=report, source=source, slice="segment=mid" if report == "pulse" else None)
    assert {source: place(tiny, source) for source in folders} == {s: str(BASE / f) for s, f in folders.items()}


def test_the_companys_own_is_known_by_name_and_by_file(tiny: Company) -> None:
    own(tiny, "tiny")
    assert place(tiny, "tiny", asked=str(tiny.source_file)) == "reports"
    own(tiny, str(tiny.source_file))
    assert place(tiny, "tiny", asked=str(tiny.source_file)) == "reports"
    tiny.source_file.rename(tiny.params_folder / "sources" / "crm.yaml")
    own(tiny, "crm")
    request = Request(params=str(tiny.params_folder / "weekly.yaml"))
    assert settled(BASE, BASE, load(request, now=NOW)) == BASE  # its name is tiny, its file is crm.yaml


def test_an_out_belongs_to_whom_was_first_published_there_but_the_demo(tiny: Company) -> None:
    lay(Path("out"), [], source="demo")
    assert place(tiny, "tiny", "out") == place(tiny, "demo", "out") == "out"
    lay(Path("out"), [], source="tiny", report="monthly")
    assert place(tiny, "tiny", "out") == "out"
    for source in ("other", "demo"):
        with pytest.raises(ParamsError) as told:
            place(tiny, source, "out")
        assert str(told.value) == (
            f"out belongs to source 'tiny', whose reports lie there; give '{source}' a folder of its own:"
            f" OUT=out/{source}"
        )
        assert told.value.exit_code == 2 and place(tiny, source, f"out/{source}") == f"out/{source}"
    Path("out").rename("tiny")
    with pytest.raises(ParamsError, match=r"give 'other' a folder of its own: OUT=other$"):
        place(tiny, "other", "tiny")


def test_a_source_is_not_called_like_a_report(tiny: Company, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(
        MappingError, match=r"line 1: 'name' must not be that of a report .*found 'product-update'"
    ) as told:
        place(tiny, "product-update")
    assert told.value.exit_code == 2
    assert main(["inspect", str(tiny.data), "--name", "pulse"]) == 2
    assert "'pulse' is the name of a report, and its folder" in capsys.readouterr().err


# While it is placed


def finished(out: Path, source: str, **where: Any) -> Path:
    """A run that is made and not yet placed."""
    folder = run_folder(out, source, **where)
    (folder / "manifest.json").write_text(json.dumps({"source": {"name": source}}))
    return folder


def test_of_two_first_runs_at_once_one_gets_the_folder(tmp_path: Path) -> None:
    runs = {source: finished(tmp_path, source) for source in ("tiny", "other")}
    publish.place(runs["tiny"], tmp_path, "weekly", "2020-W11", None)
    with pytest.raises(ParamsError, match="belongs to source 'tiny'"):
        publish.place(runs["other"], tmp_path, "weekly", "2020-W12", None)
    assert [p.name for p in (tmp_path / "weekly").iterdir()] == ["2020-W11"]


def test_a_run_never_takes_the_place_of_another_sources_but_of_the_demos(tmp_path: Path) -> None:
    lay(tmp_path, [], source="demo")
    page = publish.place(finished(tmp_path, "tiny"), tmp_path, "weekly", "2020-W11", None) / "index.html"
    assert page.read_text() == "<html>tiny</html>"
    lay(tmp_path, [], source="other", report="monthly")  # a folder that two share since before
    with pytest.raises(ParamsError, match=r"2020-W11 holds the run of source 'tiny', which would be overwritten; give"):
        publish.place(finished(tmp_path, "other"), tmp_path, "weekly", "2020-W11", None)
    assert page.read_text() == "<html>tiny</html>"


def test_the_archive_tells_two_sources_apart_and_leads_to_the_folders_beside(tmp_path: Path) -> None:
    for number, source in enumerate(("demo", "tiny")):
        run = finished(tmp_path, source, period=f"2020-W1{number}")
        publish.place(run, tmp_path, "weekly", f"2020-W1{number}", None)
    page = (tmp_path / "index.html").read_text()
    assert ">Weekly, demo<" in page and ">Weekly, tiny<" in page and "<td>tiny</td>" in page
    inner = tmp_path / "other"
    publish.place(finished(inner, "other", period="2020-W12"), inner, "weekly", "2020-W12", None)
    publish.renew_archive(tmp_path)
    page = (tmp_path / "index.html").read_text()
    assert 'href="other/index.html"' in page and "2020-W12" not in page


# What reads them


def test_what_is_open_and_what_was_said_is_looked_for_in_the_same_place(
    tiny: Company, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ALIGNMENT_REPORTS")
    issue = {"issue_id": "S-1", "opened_on": "2020-03-09", "due_on": "2020-03-20", "what": "Leads lie untouched"}
    results = {"issues": [issue], "period": "2020-W10", "as_of": "2020-03-08T23:00:00Z"}
    folder = lay(BASE / "tiny", [], results=results)
    folder.rename(folder.with_name("2020-W10"))
    command = ["decide", "--list", "--source", "tiny", "--params", "params/weekly.yaml"]
    assert main(command) == 0
    assert "S-1" in capsys.readouterr().out
    lay(Path("out"), [], source="other")
    assert main([*command, "--out", "out"]) == 2
    assert "out belongs to source 'other'" in capsys.readouterr().err
    notebook = load(Request("tiny", params="params/weekly.yaml"), now=NOW)
    assert reports_folder(notebook) == tiny.root / "reports" / "tiny"
