"""How what a run shows becomes digests, and the commands that write and show them."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alignment_lib.page.block import Block, Count, Listing, Metric, Picture, Stat, Table
from alignment_lib.page.block import Column as Head
from alignment_lib.stats import wording
from tests.guard import renew, seen, show, stored
from tests.guard.asked import ASKED

SHARE = Metric("sla_follow_up", 0.125, "share", "in time ÷ due", 0.04, 0.31, 24)
LEADS = Count("12", Listing("leads", (("Ada", ("007", "008")),)))
STAT = Stat("In time", "12 %", status="bad", status_word="missed", history=(0.5, None, 0.125))
SVG = '<svg><g id="f-n-p0a1b2c3d4e"><path d="M-1.5 2L30 4"/></g><text>3 late</text></svg>'
BLOCK = Block(
    "follow-up", "Follow-up", "In time?", sentences=("3 of 24 leads by 14 Sep 2026.",), metrics=(SHARE,),
    stats=(STAT,),
    tables=(Table("Leads", (Head("Owner"), Head("Leads", numeric=True)), (("Ada", LEADS),)),),
    pictures=(Picture("Finding", SVG, "3"),),
)  # fmt: skip
QUIET = "product-update 2026-W38 as of 2026-09-14T09:00 small"


def parts(**changes: Any) -> set[str]:
    """The parts whose digest differs when this is changed about the block."""
    old, new = (
        {part: seen.digest(lines) for part, lines in seen.of_block(block).items()}
        for block in (BLOCK, replace(BLOCK, **changes))
    )
    return {part for part in old | new if old.get(part) != new.get(part)}


def picture(svg: str, alt: str = "3") -> dict[str, Any]:
    return {"pictures": (Picture("Finding", svg, alt),)}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, set()),
        ({"metrics": (replace(SHARE, value=0.125 + 1e-15),)}, set()),
        ({"metrics": (replace(SHARE, high=0.32),)}, {"metrics"}),
        ({"metrics": (replace(SHARE, definition="in time ÷ known"),)}, {"words"}),
        ({"sentences": ("3 of 1,024 leads by 4 Sep 2025.",)}, {"figures"}),
        ({"sentences": ("3 of the 24 leads by 14 Sep 2026.",)}, {"words"}),
        ({"stats": (replace(STAT, status_word="kept"),)}, {"words"}),
        ({"stats": (replace(STAT, value="9 %", history=(0.5, 1.0, 0.125)),)}, {"figures"}),
        ({"tables": (Table("Leads", BLOCK.tables[0].columns, (("Ben", LEADS),)),)}, {"tables"}),
        (
            {"tables": (Table("Leads", BLOCK.tables[0].columns, (("Ada", Count("12", Listing("leads", ()))),)),)},
            {"figures"},
        ),
        (picture(SVG.replace("-1.5", "3").replace("a1b2", "ffff").replace("3 late", "12 late")), set()),
        (picture(SVG.replace("3 late", "3 missed")), {"pictures"}),
        (picture(SVG, "none"), {"alts", "figures"}),
    ],
)  # fmt: skip
def test_each_part_answers_for_what_it_holds(changes: dict[str, Any], told: set[str]) -> None:
    assert parts(**changes) == told


def test_numbers_are_masked_alike_however_they_are_written() -> None:
    for write in (wording.count, lambda v: wording.percent(v, width=0.0), lambda v: wording.money(v, "EUR")):
        assert len({seen.mask(write(value)) for value in (0.04, 12, 1234, 5e6)}) == 1
    assert seen.mask("2018-W12, 14 Sep 2026, 09:31") == "#-W#, # Sep #, #:#"


@pytest.mark.parametrize(
    ("number", "text"),
    [(1 / 3, "0.333333333"), (-1e-17, "0"), (7, "7"), (1234567890.4, "1.23456789e+09"), (None, "None"),
     (True, "True"), (math.inf, "inf")],
)  # fmt: skip
def test_a_value_has_nine_digits(number: float | None, text: str) -> None:
    assert seen.value(number) == text


def test_what_is_kept_holds_digests_and_nothing_of_the_data() -> None:
    for source in ASKED:
        for line in stored.written(stored.kept(source)).splitlines():
            assert re.fullmatch(r'[{}]| "[^"]+": \{| \},?|  "[\w .-]+": \{("\w+": "[0-9a-f]{12}"(, )?)+\},?', line), (
                line
            )


def test_a_change_is_told_by_block_and_part() -> None:
    old = {"head": {"words": "a"}, "wins": {"words": "b", "metrics": "c"}}
    assert list(stored.changes(old, old)) == []
    assert list(stored.changes({}, old)) == [("every block", ["is new"])]
    assert list(stored.changes(old, {**old, "wins": {"words": "b", "metrics": "d"}})) == [("wins", ["metrics"])]
    assert list(stored.changes(old, {"head": {"words": "a"}, "cost": {"words": "e"}})) == [
        ("wins", ["is gone"]),
        ("cost", ["is new"]),
    ]
    assert list(stored.changes(old, dict(reversed(old.items())))) == [("all blocks", ["their order"])]


def test_renew_writes_what_is_shown_and_says_what_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    quiet = [asked for asked in ASKED["demo"] if asked.name == QUIET]
    monkeypatch.setitem(ASKED, "demo", tuple(quiet))
    monkeypatch.setattr(stored, "FOLDER", tmp_path)
    assert renew.main(["demo"]) == 0 and "demo: written" in capsys.readouterr().out
    kept = json.loads((tmp_path / "demo.json").read_text(encoding="utf-8"))
    kept[QUIET]["product-news"]["words"] = "0" * 12
    stored.keep("demo", kept)
    assert renew.main(["demo"]) == 0
    out = capsys.readouterr().out
    assert f"demo, {QUIET}, product-news: words\n" in out and "For the reader: ..." in out
    assert renew.main(["demo"]) == 0 and capsys.readouterr().out == "demo: as before\n"
    assert renew.main(["dmeo"]) == 2 and "unknown source 'dmeo'" in capsys.readouterr().err


def test_show_prints_the_parts_of_a_block_or_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert show.main(["demo", QUIET, "product-news"]) == 0
    out = capsys.readouterr().out
    assert "== product-news: words\ntitle: " in out and "== head" not in out
    for arguments, told in (
        (["demo"], "SOURCE RUN [BLOCK]"),
        (["demo", "weekly"], "demo has no run 'weekly'; it has: weekly 2026-W38, "),
        (["demo", QUIET, "news"], "has no block 'news'; it has: product-news, "),
    ):
        assert show.main(arguments) == 2 and told in capsys.readouterr().err
