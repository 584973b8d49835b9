"""The published weekly page as its readers open it: in Chromium, wide and phone, light and dark, printed."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from alignment_lib import cli
from tests.browser import browser_check, faults
from tests.shared_runs import Ran

ROOT = Path(__file__).parents[1]
REAL = ROOT.parent / "shared" / "data"


def published(out: Path, *arguments: str) -> Path:
    """The folder of a run made by the command line."""
    assert cli.main(["weekly", "--out", str(out), *arguments]) == 0
    [page] = (out / "weekly").glob("*/index.html")
    return page.parent


@pytest.fixture(scope="module")
def demo(demo_week: Ran) -> Path:
    return demo_week.folder


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings of the weekly, to be presented to a large team."""
    folder = tmp_path_factory.mktemp("company") / "params"
    shutil.copytree(ROOT / "params", folder)
    path, text = folder / "weekly.yaml", (ROOT / "params" / "weekly.yaml").read_text(encoding="utf-8")
    path.write_text(text.replace("format: interactive", "format: overview"), encoding="utf-8")
    return path


@pytest.mark.browser
def test_the_demo_page_has_no_fault_in_any_view_and_prints_on_four_pages(demo: Path) -> None:
    report = browser_check(demo / "index.html")
    assert faults(report) == {}
    assert report["pdf_pages"] <= 4


@pytest.mark.browser
def test_an_overview_of_the_demo_prints_one_page_per_half(tmp_path: Path, settings: Path) -> None:
    folder = published(tmp_path, "--source", "demo", "--params", str(settings))
    report = browser_check(folder / "index.html")
    assert faults(report) == {}
    assert report["pdf_pages"] == 4
    assert report["paper"]["begins"] == ["Marketing's half", "Sales's half", "Wins"]
    assert '<body class="overview">' in (folder / "index.html").read_text(encoding="utf-8")


@pytest.mark.browser
def test_the_archive_has_no_fault_and_leads_to_the_page(demo: Path) -> None:
    archive = demo.parents[1] / "index.html"
    assert faults(browser_check(archive)) == {}
    [link] = re.findall(r'href="(weekly/[^"]+)"', archive.read_text(encoding="utf-8"))
    assert (archive.parent / link).is_file()


def test_the_page_is_self_contained_and_small(demo: Path) -> None:
    page = (demo / "index.html").read_text(encoding="utf-8")
    assert len(page.encode()) < 1_000_000
    assert "default-src 'none'" in page
    assert not re.search(r"<script|https?://(?!www\.w3\.org)", page)


def test_every_sentence_of_the_record_is_on_the_page(demo: Path) -> None:
    from html import unescape

    page = unescape(re.sub(r"<[^>]+>", "", (demo / "index.html").read_text(encoding="utf-8")))
    results = json.loads((demo / "results.json").read_text(encoding="utf-8"))
    assert len(results["sentences"]) > 10
    for sentence in results["sentences"]:
        assert sentence["text"] in page


def test_every_total_of_the_record_is_on_the_page(demo: Path) -> None:
    from alignment_lib.stats import wording

    page = (demo / "index.html").read_text(encoding="utf-8")
    results = json.loads((demo / "results.json").read_text(encoding="utf-8"))
    totals = [m for m in results["metrics"] if not (m["source"] or m["segment"] or m["period"])]
    counts = [m for m in totals if m["unit"] in ("leads", "deals") and m["value"] is not None]
    assert len(counts) > 6
    for record in counts:
        assert re.search(rf"\b{wording.count(record['value'])}\b", page), record["name"]


@pytest.mark.browser
@pytest.mark.real_data
@pytest.mark.skipif(not REAL.is_dir(), reason="the real data sets are not beside this repository")
@pytest.mark.parametrize(("source", "week"), [("olist", "2018-W12"), ("itschool", "2023-W46")])
def test_pages_of_real_data_have_no_fault(tmp_path: Path, source: str, week: str) -> None:
    folder = published(tmp_path, "--source", source, "--data", str(REAL / source), "--week", week)
    assert folder.name == week
    assert faults(browser_check(folder / "index.html")) == {}
