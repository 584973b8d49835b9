"""Mails in the system's Chromium as mail programs show them: narrow and wide, light and dark, images on and off."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from alignment_lib.mail import render
from alignment_lib.mail.letter import Letter
from tests.browser import browser_check, faults
from tests.fixture_letters import ARABIC, HOSTILE, JAPANESE, everything, letter

pytestmark = pytest.mark.browser

PANE = 700
"""Pixels of a mail program's pane."""
OF_A_PAGE = {"landmark-one-main", "region"}
"""Rules for a whole page; a mail is a part of one, the mail program's, which has its own landmarks."""


def shown(one: Letter, path: Path, images: bool) -> dict[str, Any]:
    """What a reader would suffer from, with the pictures that the message carries or without them."""
    html = render.html(one)
    for picture in one.pictures:
        address = f"data:image/png;base64,{base64.b64encode(picture.png).decode()}" if images else "data:,"
        html = html.replace(f"cid:{render.cid(picture)}", address)
    assert "cid:" not in html
    path.write_text(html, encoding="utf-8")
    report = browser_check(path, wide=PANE)
    report["axe"] = [violation for violation in report["axe"] if violation["rule"] not in OF_A_PAGE]
    return report


@pytest.mark.parametrize("images", [True, False], ids=["images", "no-images"])
@pytest.mark.parametrize("name", ["weekly", "monthly"])
def test_a_letter_of_the_demo_is_sound_in_every_view(tmp_path: Path, name: str, images: bool) -> None:
    report = shown(letter(name), tmp_path / f"{name}.html", images)
    assert faults(report) == {}
    assert {v: size["clientWidth"] for v, size in report["views"].items()} == {
        "wide-light": PANE, "wide-dark": PANE, "phone-light": 375, "phone-dark": 375,
    }  # fmt: skip


@pytest.mark.parametrize(
    "text", ["W" * 300, JAPANESE * 3, ARABIC * 5, *HOSTILE[:3], "https://example.org/" + "x" * 200],
    ids=["long", "japanese", "arabic", "script", "markdown", "markup", "address"],
)  # fmt: skip
def test_no_typed_text_widens_a_phone_or_runs(tmp_path: Path, text: str) -> None:
    assert faults(shown(everything(text), tmp_path / "typed.html", images=False)) == {}


def test_a_table_that_scrolls_would_be_seen(tmp_path: Path) -> None:
    """The check itself: a cell that cannot break is wider than a phone."""
    path = tmp_path / "wide.html"
    path.write_text(
        render.html(everything()).replace("An ordinary text", "x" * 300 + "<br>", 1).replace("anywhere", "normal")
    )
    path.write_text(path.read_text().replace("break-word", "normal").replace("An ordinary text", "y" * 300))
    assert set(browser_check(path, wide=PANE)["scrolls"]) >= {"phone-light", "phone-dark"}
