"""Letters of the weekly updates and of the pulse, of the company of tests/company.py: what they say, and when not."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from html import unescape
from pathlib import Path

import pytest

from alignment_lib import cli
from alignment_lib.blocks.typed import one_line
from alignment_lib.mail.letter import Letter
from alignment_lib.mail.letters import briefs, marketing_update, product_update, pulse
from alignment_lib.mail.message import message
from alignment_lib.mail.people import Person
from alignment_lib.mail.published import Published
from alignment_lib.mail.render import render
from tests.browser import browser_check, faults
from tests.company import Company, company
from tests.fixture_numbers import plain
from tests.fixture_updates import HOSTILE, SETTINGS, facts_of, made, news, plan, run_of

BUILDERS = {"marketing-update": marketing_update, "product-update": product_update, "pulse": pulse}
PLANS = [
    plan("Audit 101", "2020-03-16", leads="10", source="Webinar", soundbite="Be calm.", owner="Ada"),
    plan("Fair", "2020-03-22", "2020-03-24", "24"),
    plan("Ads", "2020-03-01", "2020-03-20", "99", source="Search"),
    plan("Soon", "2020-03-23", soundbite="Wait for it."),
]


def run(built: Company, report: str, **asked: str) -> Published:
    return run_of(facts_of(built, report, **asked), report)


def letter(built: Company, report: str, **asked: str) -> Letter | None:
    return BUILDERS[report].letter(run(built, report, **asked), SETTINGS)  # type: ignore[attr-defined, no-any-return]


def written(built: Company, report: str, **asked: str) -> Letter:
    found = letter(built, report, **asked)
    assert found is not None
    return found


def test_the_marketing_update_in_a_mail(tmp_path: Path) -> None:
    found = written(made(tmp_path, PLANS), "marketing-update")
    assert found.subject == "This week: 2 promotions, first Audit 101 on Monday"
    assert found.preheader.startswith("Marketing expects 34 leads from the promotions that begin this week: 24 from")
    assert found.title == "Weekly marketing update, 2020-W12"
    assert found.link == "https://pages.example.com/reports/marketing-update/2020-W12/index.html"
    this_week, expected, later = found.sections
    assert [c.title for c in this_week.cards] == ["Audit 101", "Fair", "Ads"]
    assert [(p.label, p.text) for p in this_week.cards[0].points] == [
        ("Soundbite", "Be calm."), ("Owner", "Ada"), ("Source", "Webinar"), ("Expected leads", "10")]  # fmt: skip
    assert [tuple(map(plain, row)) for row in expected.grids[0].rows][:3] == [
        ("(no source named)", "24 (until 24 Mar 2020)", "–", "–"),
        ("Webinar", "10", "–", "1.0 on average"),
        ("Search", "–", "99", "1.0 on average"),
    ]
    assert [tuple(map(plain, row)) for row in later.grids[0].rows] == [("Soon", "Mon 23 Mar 2020", "Wait for it.")]
    assert plain(later.lines[0].text).startswith("In the 14 days after this week 1 more begins")


@pytest.mark.parametrize(
    ("plans", "subject"),
    [
        (PLANS[:1], "This week: 1 promotion, Audit 101 on Monday"),
        (PLANS[2:3], "Goes on this week: Ads"),
        (PLANS[3:], "Coming: Soon on Mon 23 Mar"),
        ([plan("Long " * 40, "2020-03-18")], "This week: 1 promotion," + " Long" * 8 + "… on Wednesday"),
        ([plan("Bcc: x@example.com\r\nX: y", "2020-03-18")],
         "This week: 1 promotion, Bcc: x@example.com X: y on Wednesday"),
    ],
)  # fmt: skip
def test_the_subject_is_the_finding(tmp_path: Path, plans: list[list[str]], subject: str) -> None:
    found = written(made(tmp_path, plans), "marketing-update").subject
    assert found == subject
    assert len(found) < 80


def test_nobody_is_bothered_with_nothing(tmp_path: Path) -> None:
    """No plan, none connected, nothing announced, none connected; a Saturday off, a day beyond the data."""
    empty, bare = made(tmp_path / "a", [], []), company(tmp_path / "b")
    for report in ("marketing-update", "product-update"):
        assert letter(empty, report) is None
        assert letter(bare, report) is None
    assert letter(bare, "pulse", day="2020-03-14") is None
    assert letter(bare, "pulse", day="2020-03-17") is None


def test_many_promotions_are_counted_where_they_are_left_out(tmp_path: Path) -> None:
    plans = [plan(f"p{i:02}", "2020-03-17", source=f"s{i:02}", leads="1") for i in range(30)]
    plans += [plan(f"q{i:02}", "2020-03-24") for i in range(4)]
    this_week, expected, *later = written(made(tmp_path, plans), "marketing-update").sections
    assert (len(this_week.cards), plain(this_week.note)) == (12, "18 more promotions of this week are on the page.")
    assert len(expected.grids[0].rows) == 8
    assert plain(expected.grids[0].note) == "26 more sources are on the page."  # 30, and the four of the data
    assert later == []  # they have no card on the page either; its table has them


def test_the_product_update_in_a_mail(tmp_path: Path) -> None:
    rows = [
        news("2020-03-15", "Undo", soundbite="Try it.", who_cares="Everybody", link="https://example.com/undo"),
        news("2020-03-14", "Plain", link="http://example.com/plain"),
        news("2020-03-13", "Odd", link="javascript:alert(1)"),
    ]
    found = written(made(tmp_path, updates=rows), "product-update")
    assert found.subject == "New in the product: Undo, and 2 more"
    [section] = found.sections
    assert [(c.title, c.link) for c in section.cards] == [
        ("Undo", "https://example.com/undo"),
        ("Plain", ""),
        ("Odd", ""),
    ]
    assert [p.label for p in section.cards[0].points] == ["Soundbite", "Who cares"]
    assert section.cards[1].points[-1].text == "http://example.com/plain"
    html, text = render(found)
    assert re.findall(r'href="([^"]*)"', html) == ["https://example.com/undo", found.link]
    assert "javascript" not in html + text
    assert "https://example.com/undo" in text
    assert written(made(tmp_path / "b", updates=rows[:1]), "product-update").subject == "New in the product: Undo"


def test_the_pulse_in_a_mail(tmp_path: Path) -> None:
    """Thursday 12 March: no lead, one deal won; Tuesday 10 March: one lead, no deal won."""
    built = company(tmp_path)
    found = written(built, "pulse", day="2020-03-12")
    assert found.subject == "Pulse Thu 12 Mar: no leads, 1 deal won"
    assert plain(found.title) == "Daily pulse, Thu 12 Mar"
    assert [line.label for s in found.sections for line in s.lines] == ["Marketing", "Sales", "Results"]
    assert found.link.endswith("/pulse/2020-03-12/index.html")
    assert written(built, "pulse", day="2020-03-10").subject == "Pulse Tue 10 Mar: 1 lead, no deal won"
    half = written(built, "pulse", day="2020-03-10", as_of="2020-03-10T09:00:00")
    assert half.subject == "Pulse Tue 10 Mar so far: no leads, no deal won"
    sliced = written(built, "pulse", day="2020-03-12", slice="segment=enterprise")
    assert sliced.subject == "Pulse Thu 12 Mar, segment=enterprise: no leads, 1 deal won"


def test_every_sentence_and_number_of_a_letter_stands_in_the_record(tmp_path: Path) -> None:
    built = made(tmp_path, PLANS, [news("2020-03-15", "Undo")])
    for report, asked in (("marketing-update", {}), ("product-update", {}), ("pulse", {"day": "2020-03-12"})):
        published = run(built, report, **asked)
        found = BUILDERS[report].letter(published, SETTINGS)  # type: ignore[attr-defined]
        recorded = {s["text"] for s in published.results["sentences"]}
        assert {line.text for s in found.sections for line in s.lines} <= recorded
        told = {str(v) for b in published.results["blocks"] for row in b["rows"] for v in row.values()}
        told |= {c["when"].removeprefix("later: ") for b in published.results["blocks"] for c in b["cards"]}
        told |= {p["text"] for b in published.results["blocks"] for c in b["cards"] for p in c["points"]}
        assert {cell for s in found.sections for g in s.grids for row in g.rows for cell in row} <= told


# What people type


def test_hostile_text_stays_text_in_the_mail(tmp_path: Path) -> None:
    names = ("title", "soundbite", "how_to_respond", "owner", "source", "looks_like")
    built = made(
        tmp_path,
        [plan(f"x{i}", "2020-03-17", leads="3", **dict.fromkeys(names, text)) for i, text in enumerate(HOSTILE)],
        [news("2020-03-10", t, soundbite=t, who_cares=t, link="[x](javascript:alert(1))") for t in HOSTILE],
    )
    for report in ("marketing-update", "product-update"):
        found = written(built, report)
        received = message_from_bytes(_bytes(found, report), policy=default)
        assert received["Bcc"] is None and received["To"] == "Ada <ada@example.com>"
        assert len(found.subject) < 80 and one_line(found.subject) == found.subject
        parts = {p.get_content_type(): p.get_content() for p in received.walk() if not p.is_multipart()}
        assert not re.search(r'<script|(href|src)="(?!https://pages)', parts["text/html"])
        texts = (unescape(re.sub(r"<[^>]+>", "", parts["text/html"])), parts["text/plain"])
        spoken = {card.points[0].text for card in found.sections[0].cards}
        for shown in map(one_line, HOSTILE):
            assert (shown if len(shown) <= briefs.TEXT else briefs.shortened(shown)) in spoken
            assert all(shown[:12].split()[0] in text for text in texts)
        assert any(text.endswith(briefs.SHORTENED) for text in spoken)


def _bytes(found: Letter, report: str) -> bytes:
    """The message as it is sent; MailError where it is too large."""
    ada, now = Person("ada@example.com", "Ada", None), datetime(2020, 3, 16, 8, tzinfo=UTC)
    return bytes(message(found, settings=SETTINGS, to=ada, report=report, period="2020-W12", slice=None, now=now))


def test_a_letter_full_of_long_texts_fits_into_a_mail(tmp_path: Path) -> None:
    """Thirty promotions whose every cell has 3,000 letters of three bytes, or 3,000 that HTML writes as five."""
    names = ("title", "soundbite", "how_to_respond", "owner", "source", "looks_like", "audience", "prospect_action")
    for number, letters in enumerate(("日本", '"<')):
        cells = dict.fromkeys(names, letters * 1500)
        plans = [plan(f"x{i}", f"2020-03-{17 + i % 10}", leads="3", **cells) for i in range(30)]
        updates = [news("2020-03-10", f"{i}{letters * 1500}", soundbite=letters * 1500, who_cares=letters * 1500)
                   for i in range(30)]  # fmt: skip
        built = made(tmp_path / str(number), plans, updates)
        for report in ("marketing-update", "product-update"):
            found = written(built, report)
            assert _bytes(found, report)
            assert 0 < len(found.sections[0].cards) < 12
            assert found.sections[0].note


# The notebooks, through the gate


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folders of the three runs, of a company that was told hostile things."""
    root = tmp_path_factory.mktemp("updates")
    names = ("soundbite", "how_to_respond", "owner", "source", "looks_like")
    plans = [plan(f"x{i}", "2020-03-17", title=t, **dict.fromkeys(names, t)) for i, t in enumerate(HOSTILE)]
    built = made(root, plans, [news("2020-03-10", t, soundbite=t, who_cares=t, link=t) for t in HOSTILE])
    week = {"week": "2020-W12", "as_of": "2020-03-16T00:00:00"}
    asked = {"marketing-update": week, "product-update": week, "pulse": {"day": "2020-03-12"}}
    folders = {}
    for report, given in asked.items():
        options = built.arguments(report, out=str(root / "reports"), **given)
        if "day" in given:
            at = options.index("--week")
            del options[at : at + 2]
        assert cli.main(options) == 0
        [page] = (root / "reports" / report).glob("*/index.html")
        folders[report] = page.parent
    return folders


def test_the_notebooks_pass_the_gate(published: dict[str, Path]) -> None:
    assert {report: folder.name for report, folder in published.items()} == {
        "marketing-update": "2020-W12",
        "product-update": "2020-W12",
        "pulse": "2020-03-12",
    }
    for folder in published.values():
        page = (folder / "index.html").read_text(encoding="utf-8")
        assert not re.search(r"<script|(href|src)=.?javascript", page)


@pytest.mark.browser
def test_pages_of_hostile_texts_have_no_fault_in_any_view(published: dict[str, Path]) -> None:
    for folder in published.values():
        assert faults(browser_check(folder / "index.html")) == {}
