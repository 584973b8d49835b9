"""The published monthly page as its readers open it: in Chromium, wide and phone, light and dark, printed."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest

from alignment_lib import cli
from tests.browser import browser_check, faults
from tests.shared_runs import Ran

REAL = Path(__file__).parents[2] / "shared" / "data"
PAGES = 14
"""Sides of paper that the deep dive may take."""


def published(out: Path, *arguments: str) -> Path:
    """The folder of a run made by the command line."""
    assert cli.main(["monthly", "--out", str(out), *arguments]) == 0
    [page] = (out / "monthly").glob("*/index.html")
    return page.parent


@pytest.fixture(scope="module")
def demo(demo_month: Ran) -> Path:
    return demo_month.folder


@pytest.mark.browser
def test_the_demo_page_has_no_fault_in_any_view_and_prints_on_few_pages(demo: Path) -> None:
    report = browser_check(demo / "index.html")
    assert faults(report) == {}
    assert report["pdf_pages"] <= PAGES


def test_the_page_is_self_contained_and_small(demo: Path) -> None:
    page = (demo / "index.html").read_text(encoding="utf-8")
    assert len(page.encode()) < 2_000_000
    assert "default-src 'none'" in page
    assert not re.search(r"<script|https?://(?!www\.w3\.org)", page)


def test_every_sentence_of_the_record_is_on_the_page(demo: Path) -> None:
    page = unescape(re.sub(r"<[^>]+>", "", (demo / "index.html").read_text(encoding="utf-8")))
    results = json.loads((demo / "results.json").read_text(encoding="utf-8"))
    assert results["period"] == demo.name == "2026-08"
    assert len(results["sentences"]) > 50
    for sentence in results["sentences"]:
        assert sentence["text"] in page


@pytest.mark.browser
@pytest.mark.real_data
@pytest.mark.skipif(not REAL.is_dir(), reason="the real data sets are not beside this repository")
@pytest.mark.parametrize(("source", "month"), [("olist", "2018-03"), ("itschool", "2023-11")])
def test_pages_of_real_data_have_no_fault(tmp_path: Path, source: str, month: str) -> None:
    folder = published(tmp_path, "--source", source, "--data", str(REAL / source), "--month", month)
    assert folder.name == month
    report = browser_check(folder / "index.html")
    assert faults(report) == {}
    assert report["pdf_pages"] <= PAGES
