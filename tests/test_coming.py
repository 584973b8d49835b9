"""What is coming after Sunday 15 March 2020, in the company of tests/company.py; expectations worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from alignment_lib.blocks.coming import coming, plans_sentence, sentence
from alignment_lib.blocks.looks import inside, looks
from alignment_lib.facts import Facts
from alignment_lib.page.block import Block, Card
from tests.company import Company
from tests.fixture_numbers import plain, strangers

HEAD = [
    "item_id", "starts_on", "ends_on", "title", "audience", "soundbite", "looks_like", "prospect_action",
    "how_to_respond", "source", "campaign", "expected_leads", "owner",
]  # fmt: skip
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def plan(item: str, starts: str, ends: str = "", leads: str = "", **more: str) -> list[str]:
    """A row of the calendar."""
    row = {"item_id": item, "starts_on": starts, "ends_on": ends, "title": item, "expected_leads": leads} | more
    return [row.get(name, "") for name in HEAD]


PLANS = [
    plan("Audit 101", "2020-03-16", leads="10", source="Webinar", audience="CFOs", soundbite="Be calm.", owner="Ada",
         prospect_action="Comes", how_to_respond="Call", looks_like="45 minutes, no slides"),
    plan("Fair", "2020-03-29", "2020-03-30", "24"),
    plan("Too late", "2020-03-30", leads="1000"),
    plan("Ads", "2020-03-01", "2020-03-20", "99", source="Search"),
    plan("On the last day", "2020-03-15", leads="500"),
    plan("Over", "2020-03-01", "2020-03-15", "99"),
    plan("Ended before it began", "2020-03-10", "2020-03-09", "99"),
    plan("New page", "2020-03-20"),
]  # fmt: skip
"""Fourteen days: 16 to 29 March. Three plans begin in them, two of which name 10 and 24 leads; the ads are running."""


def made(tmp_path: Path, plans: Any = PLANS) -> Company:
    built = Company(tmp_path)
    built.rows["plans"] = [HEAD, *plans]
    built.mapping["tables"]["calendar"] = {"from": "plans", "columns": {name: name for name in HEAD}}
    return built.write()


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return made(tmp_path_factory.mktemp("coming")).facts()


def value(block: Block, name: str, source: str | None = None) -> float | None:
    [record] = [m for m in block.metrics if (m.name, m.source) == (name, source)]
    return record.value


def test_sentences_count_what_begins_and_what_runs(facts: Facts) -> None:
    block = coming(facts)
    assert [plain(s) for s in block.sentences] == [
        "3 things are coming in the next 14 days, and 1 is already running; marketing expects 34 leads from those to"
        " come, most from “Fair” (24); 1 names no expectation."
    ]
    assert plain(plans_sentence(facts)) == (
        "Coming up in the next 14 days: 3 things, first “Audit 101” on Mon 16 Mar; 34 leads are expected."
    )
    assert strangers(block, 14, sentences=(sentence(facts), plans_sentence(facts))) == []


def test_records_are_those_worked_out_by_hand(facts: Facts) -> None:
    block = coming(facts)
    found = {name: value(block, name) for name in ("coming_items", "coming_running", "coming_leads", "coming_silent")}
    assert found == {"coming_items": 3, "coming_running": 1, "coming_leads": 34, "coming_silent": 1}
    assert value(block, "coming_leads", "Webinar") == 10
    assert value(block, "coming_leads", "(unknown)") == 24


def test_cards_say_what_to_know_and_leave_out_what_nobody_wrote(facts: Facts) -> None:
    cards = [(c.title, plain(c.when)) for c in coming(facts).cards]
    assert cards == [
        ("Audit 101", "Mon 16 Mar 2020"),
        ("New page", "Fri 20 Mar 2020"),
        ("Fair", "29 Mar 2020 to 30 Mar 2020"),
        ("Ads", "running until 20 Mar 2020"),
    ]
    assert coming(facts).cards[0].points == (
        ("Audience", "CFOs"), ("What it looks like", "45 minutes, no slides"), ("Talk track", "Be calm."),
        ("What the prospect does", "Comes"), ("How to respond", "Call"), ("Expected leads", "10"),
        ("Source", "Webinar"), ("Owner", "Ada"),
    )  # fmt: skip
    assert coming(facts).cards[1].points == ()


def test_nothing_planned_is_a_sentence(tmp_path: Path) -> None:
    facts = made(tmp_path, []).facts()
    assert [plain(s) for s in coming(facts).sentences] == ["No plans are written down for the next 14 days."]
    assert coming(facts).cards == ()
    assert value(coming(facts), "coming_leads") is None


def test_without_a_calendar_it_says_which_file_to_write(tmp_path: Path) -> None:
    firm = Company(tmp_path).write()
    facts = firm.facts()
    assert coming(facts).missing == (
        f"Not in this data. To see it, write one row for each plan into {tmp_path.name}/kept/tiny/calendar.csv, or map"
        f" calendar in {firm.known_as}/sources/tiny.yaml."
    )
    assert plain(plans_sentence(facts)) == "No plans are written down for the next 14 days."


def test_one_plan_without_an_expectation(tmp_path: Path) -> None:
    facts = made(tmp_path, [plan("Fair", "2020-03-20")]).facts()
    assert plain(sentence(facts)) == (
        "1 thing is coming in the next 14 days; how many leads to expect is not written down."
    )
    assert plain(plans_sentence(facts)) == "Coming up in the next 14 days: “Fair” on Fri 20 Mar."


def test_more_plans_than_cards_stand_in_a_table(tmp_path: Path) -> None:
    """Ten plans: eight cards and a table of two; two name as many leads, so none is called the largest."""
    block = coming(made(tmp_path, [plan(f"p{i}", f"2020-03-{16 + i}", leads="5") for i in range(10)]).facts())
    assert len(block.cards) == 8
    assert [row[0] for row in block.tables[0].rows] == ["p8", "p9"]
    assert (plain(block.tables[0].caption), block.tables[0].folded) == ("2 more plans", True)
    assert plain(block.sentences[0]).endswith("marketing expects 50 leads from them.")


def test_another_sources_plans_are_not_this_slices(tmp_path: Path) -> None:
    """Of source Search only the running ads; the fair and the page name no source and stay."""
    facts = made(tmp_path).facts(slice="source=Search")
    assert [c.title for c in coming(facts).cards] == ["New page", "Fair", "Ads"]


def shown(tmp_path: Path, names: list[str]) -> list[Card]:
    """Cards of plans that look like these files; `kept/` and `data/` are filled before."""
    plans = [plan(f"p{i}", f"2020-03-{16 + i}", looks_like=name) for i, name in enumerate(names)]
    return list(coming(made(tmp_path, plans).facts()).cards)


def test_a_picture_beside_the_tables_is_shown(tmp_path: Path) -> None:
    kept, data = tmp_path / "kept" / "tiny", tmp_path / "data"
    (kept / "pictures").mkdir(parents=True)
    data.mkdir()
    (kept / "pictures" / "a b.PNG").write_bytes(PNG)
    (data / "b.jpg").write_bytes(b"\xff\xd8\xff\xe0" + b"\0" * 9)
    (data / "c.gif").write_bytes(b"GIF89a" + b"\0" * 9)
    (data / "d.webp").write_bytes(b"RIFF\x01\x02\x03\x0aWEBP")
    cards = shown(tmp_path, ["pictures/a b.PNG", "b.jpg", "c.gif", "d.webp"])
    assert [c.image.partition(",")[0] for c in cards] == [
        f"data:image/{kind};base64" for kind in ("png", "jpeg", "gif", "webp")
    ]
    assert [(c.image_alt, c.points) for c in cards] == [(f"p{i}", ()) for i in range(4)]


def test_a_picture_that_is_none_or_lies_elsewhere_is_told(tmp_path: Path) -> None:
    kept = tmp_path / "kept" / "tiny"
    (kept / "pictures").mkdir(parents=True)
    (tmp_path / "secret.png").write_bytes(PNG)
    (tmp_path / "kept" / "secret.png").write_bytes(PNG)
    (kept / "link.png").symlink_to(tmp_path / "secret.png")
    (kept / "away").symlink_to(tmp_path)
    (kept / "folder.png").mkdir()
    (kept / "page.png").write_bytes(b"<svg onload=alert(1)>")
    (kept / "large.png").write_bytes(PNG + b"\0" * 150 * 1024)
    absent = "(no such picture beside the tables)"
    said = {
        "../secret.png": absent,
        "pictures/../../secret.png": absent,
        f"{tmp_path}/secret.png": absent,
        "file:///secret.png": absent,
        "..\\secret.png": absent,
        "link.png": absent,
        "away/secret.png": absent,
        "folder.png": absent,
        "absent.png": absent,
        "page.png": "(not shown: the file is no PNG, JPEG, WebP or GIF picture)",
        "large.png": "(not shown: a picture may have 150 KB)",
    }
    found = looks(made(tmp_path, []).facts(), list(said))
    assert [(look.image, look.text) for look in found] == [("", f"{name} {why}") for name, why in said.items()]


def test_pictures_together_stay_under_their_limit(tmp_path: Path) -> None:
    """Three of 149 KB are 447; a fourth would be 596, a small one of 1 KB still fits: 448."""
    kept = tmp_path / "kept" / "tiny"
    kept.mkdir(parents=True)
    (kept / "big.png").write_bytes(PNG.ljust(149 * 1024, b"\0"))
    (kept / "small.png").write_bytes(PNG.ljust(1024, b"\0"))
    cards = shown(tmp_path, ["big.png"] * 4 + ["small.png"])
    assert [bool(c.image) for c in cards] == [True, True, True, False, True]
    assert cards[3].points[0][1] == "big.png (not shown: the pictures of this page may have 450 KB together)"


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert inside(tmp_path / "absent", "a.png") is None
    assert inside(Path("postgres://host/db"), "a.png") is None
