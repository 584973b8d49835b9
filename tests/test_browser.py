"""Pages in the system's Chromium: nothing leaves them, complains or scrolls sideways, and axe finds nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from alignment_lib.page import Format, archive, export, page
from alignment_lib.page.block import Block, Column, Table
from tests import fixture_blocks, fixture_sales, test_display
from tests.browser import browser_check, faults

pytestmark = pytest.mark.browser


def test_the_weekly_page_is_sound_in_every_view(tmp_path: Path) -> None:
    path = tmp_path / "weekly page.html"
    path.write_text(fixture_blocks.page(), encoding="utf-8")
    report = browser_check(path)
    assert faults(report) == {}
    assert set(report["views"]) == {"wide-light", "wide-dark", "phone-light", "phone-dark"}
    assert 1 <= report["pdf_pages"] <= 5


PAPER = {"interactive": 10.0, "overview": 8 / 0.75}
"""Size of a sentence on paper in px: 7.5 and 8 pt."""


@pytest.mark.parametrize("format", ["interactive", "overview"])
def test_the_page_of_a_whole_meeting_is_sound_and_prints_on_four_pages(tmp_path: Path, format: Format) -> None:
    path = tmp_path / "meeting.html"
    path.write_text(fixture_blocks.meeting_page(format), encoding="utf-8")
    report = browser_check(path)
    assert faults(report) == {}
    assert 3 <= report["pdf_pages"] <= 4
    last = ["How these numbers are made"] if format == "overview" else []
    assert report["paper"]["begins"] == ["Marketing's half", "Sales's half", *last]
    assert report["paper"]["text"] == pytest.approx(PAPER[format], abs=0.05)


def test_a_crowded_first_page_is_still_one(tmp_path: Path) -> None:
    """Eight numbers read differently and twelve decisions are open."""
    path = tmp_path / "crowded.html"
    path.write_text(fixture_blocks.meeting_page(restated=8, decided=12), encoding="utf-8")
    report = browser_check(path)
    assert faults(report) == {}
    assert report["pdf_pages"] <= 4


def test_the_archive_is_sound_in_every_view(tmp_path: Path) -> None:
    path = tmp_path / "index.html"
    path.write_text(archive([{**test_display.TestArchive.ENTRY, "headline": "word " * 60}]), encoding="utf-8")
    assert faults(browser_check(path)) == {}


def test_long_words_wide_tables_and_hostile_text_stay_within_a_phone(tmp_path: Path) -> None:
    texts = ["W" * 300, "日本語" * 40, "العربية " * 30, *fixture_sales.HOSTILE]
    blocks = [replace(test_display.block_of(text), id=f"b{i}", title=f"{i} {text}") for i, text in enumerate(texts)]
    columns = tuple(Column(f"Column {i}", "leads", True) for i in range(9))
    wide = Table("Nine columns", columns, tuple(("1,000,000",) * 9 for _ in range(3)))
    blocks.append(Block(id="wide", title="Wide", question="q", tables=(wide,)))
    path = tmp_path / "long.html"
    path.write_text(export(fixture_blocks.notebook(blocks), title="W" * 200), encoding="utf-8")
    assert faults(browser_check(path)) == {}


def test_the_check_itself_sees_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "bad.html"
    path.write_text(
        "<title>bad</title><img src='http://127.0.0.1:9/x.png'><div style='width:2000px'>wide</div>"
        "<p style='color:#ccc'>pale</p><script>console.error('oops')</script>"
        "<section class='block' id='b' style='width:90px'><table><td>wider_than_this_column</table>"
        "<details class='drill' name='d'><summary>7</summary><p class='list' style='width:999px'>L-1</p></details>",
        encoding="utf-8",
    )
    report = browser_check(path)
    assert set(report["requests"]) == {"http://127.0.0.1:9/x.png"}
    assert any("oops" in message for message in report["console"])
    assert {"phone-light", "phone-dark"} <= set(report["scrolls"])
    assert report["drills"] and report["cut"]
    assert {"image-alt", "color-contrast", "html-has-lang"} <= {violation["rule"] for violation in report["axe"]}


IN_DARK = {"wide-dark", "phone-dark"}
DARK, PHONE, SEVENTH = "@media (prefers-color-scheme:dark)", "@media (max-width:600px)", "p:nth-of-type(7)"


@pytest.mark.parametrize(("style", "views"), [
    (f"{SEVENTH}{{color:#767676}}", IN_DARK),  # 4.54:1 on #fff, 4.15:1 on #111
    (f"{PHONE}{{{SEVENTH}{{color:#ccc}}}}", {"phone-light"}),  # 1.6:1 on #fff, 11.8:1 on #111
    (f"{DARK}{{{SEVENTH}{{background-color:#ccc}}}}", IN_DARK),  # #eee on it: 1.4:1
    (f"{DARK}{{summary{{font-size:1px}}}}", IN_DARK),  # not a colour: all is asked again in dark
    (f"{PHONE}{{summary{{font-size:1px}}}}", {"phone-light"}),  # holds in dark, where it is not asked again
], ids=["a text in dark", "a text on a phone", "behind a text", "a size in dark", "a size on a phone"])  # fmt: skip
def test_what_is_wrong_in_some_views_is_seen_in_those(tmp_path: Path, style: str, views: set[str]) -> None:
    """Nine texts that look the same but for what `style` says of one of them; contrasts as WCAG 2.2 has them."""
    path = tmp_path / "some.html"
    path.write_text(
        "<!doctype html><html lang='en'><title>t</title><style>body{background:#fff;color:#111}"
        f"{DARK}{{body{{background-color:#111;color:#eee}}}}summary{{font-size:30px}}{style}</style><main><h1>Some</h1>"
        f"{'<p>A text</p>' * 9}"
        "<section class='block'><details class='drill' name='d'><summary>12345</summary>"
        "<p class='list' style='position:absolute'>L-1</p></details></section></main>",
        encoding="utf-8",
    )
    report = browser_check(path)
    seen = {violation["view"] for violation in report["axe"] if violation["rule"] == "color-contrast"}
    assert seen | {fault.split()[0] for fault in report["drills"] if "target" in fault} == views


def test_a_script_in_prose_is_stopped_by_the_policy(tmp_path: Path) -> None:
    path = tmp_path / "script.html"
    path.write_text(page("<script>alert(1)</script><img src=x onerror=alert(2)>", title="t"), encoding="utf-8")
    report = browser_check(path)
    assert any("Content Security Policy" in message for message in report["console"])
    assert not any(message.startswith("dialog") for message in report["console"])
