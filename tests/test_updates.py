"""The weekly marketing and product update of Monday 16 March 2020, in the company of tests/company.py, by hand."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from alignment_lib.blocks.marketing_update import expected, promotions
from alignment_lib.blocks.product_update import link_of, product_news
from alignment_lib.blocks.typed import one_line
from alignment_lib.page.block import Block
from tests.fixture_numbers import plain, strangers
from tests.fixture_sentences import faults
from tests.fixture_updates import HOSTILE, facts_of, made, news, plan

PLANS = [
    plan("Fair", "2020-03-22", "2020-03-24", "24"),
    plan("Audit 101", "2020-03-16", leads="10", source="Webinar", campaign="Spring", audience="CFOs", owner="Ada",
         soundbite="Be calm.", prospect_action="Comes", how_to_respond="Call", looks_like="45 minutes, no slides"),
    plan("Page", "2020-03-20"),
    plan("Ads", "2020-03-01", "2020-03-20", "99", source="Search"),
    plan("Over", "2020-03-01", "2020-03-15", "99", source="Search"),
    plan("Soon", "2020-03-23", "2020-03-27", "5"),
    plan("On the last day", "2020-04-05"),
    plan("Too late", "2020-04-06", leads="1000"),
]  # fmt: skip
"""The week is 16 to 22 March; fourteen days after it end on 5 April."""


def values(block: Block, name: str) -> dict[str | None, float | None]:
    return {m.source: m.value for m in block.metrics if m.name == name}


def said(block: Block) -> list[str]:
    return [plain(s) for s in block.sentences]


def test_what_begins_goes_on_and_comes_later(tmp_path: Path) -> None:
    block = promotions(facts_of(made(tmp_path, PLANS), "marketing-update"))
    assert said(block) == [
        "3 promotions begin this week, first “Audit 101” on Mon 16 Mar, and 1 that began before goes on.",
        "In the 14 days after this week 2 more begin, first “Soon” on Mon 23 Mar.",
    ]
    assert [(c.title, plain(c.when)) for c in block.cards] == [
        ("Audit 101", "Mon 16 Mar 2020"),
        ("Page", "Fri 20 Mar 2020"),
        ("Fair", "Sun 22 Mar 2020 to 24 Mar 2020"),
        ("Ads", "goes on until 20 Mar 2020"),
        ("Soon", "later: Mon 23 Mar 2020 to 27 Mar 2020"),
        ("On the last day", "later: Sun 5 Apr 2020"),
    ]
    counts = [values(block, f"promotions_{name}")[None] for name in ("week", "running", "later")]
    assert counts == [3, 1, 2]
    assert strangers(block, 14) == []
    assert [row["group"] for row in block.handover] == ["begins"] * 3 + ["goes on"] + ["later"] * 2
    assert (block.handover[0]["weekday"], plain(block.handover[0]["day"])) == ("Monday", "Mon 16 Mar")


def test_a_card_holds_all_that_was_written_and_what_was_not(tmp_path: Path) -> None:
    cards = promotions(facts_of(made(tmp_path, PLANS), "marketing-update")).cards
    assert cards[0].points == (
        ("Soundbite", "Be calm."), ("What it looks like", "45 minutes, no slides"), ("What the prospect does", "Comes"),
        ("How to respond", "Call"), ("Audience", "CFOs"), ("Owner", "Ada"), ("Source", "Webinar, campaign Spring"),
        ("Expected leads", "10"),
    )  # fmt: skip
    assert cards[1].points == (("Source", "not named"), ("Expected leads", "not written down"))


def test_in_the_middle_of_the_week_what_is_over_is_gone_and_today_still_counts(tmp_path: Path) -> None:
    """Friday 20 March, noon: the audit of Monday is over, page and ads are of today."""
    facts = facts_of(made(tmp_path, PLANS), "marketing-update", as_of="2020-03-20T12:00:00")
    assert said(promotions(facts))[0] == (
        "2 promotions begin in the rest of this week, first “Page” on Fri 20 Mar, and 1 that began before goes on."
    )
    assert values(expected(facts), "promotion_leads") == {None: 24, "(unknown)": 24}


def test_prepared_before_its_week_begins_it_is_of_that_week_alone(tmp_path: Path) -> None:
    """On Sunday 15 March the audit of Monday is ahead, the plan of this Sunday is not of the week; of the weeks before
    only that of the 2nd is over: 2 leads of Webinar."""
    plans = [*PLANS, plan("This Sunday", "2020-03-15")]
    facts = facts_of(made(tmp_path, plans), "marketing-update", as_of="2020-03-15T12:00:00")
    assert said(promotions(facts))[0].startswith("3 promotions begin this week, first “Audit 101” on Mon 16 Mar, and 1")
    assert values(expected(facts), "leads_usual") == {None: 2, "Webinar": 2, "Search": 0, "Café": 0}
    assert [str(row[-1]) for row in expected(facts).tables[0].rows][-2:] == ["none so far", "none so far"]


@pytest.mark.parametrize(
    ("plans", "sentences"),
    [
        ([], ["No promotion begins or goes on this week.",
              "For the 14 days after this week nothing is written down yet."]),
        (PLANS[3:4], ["No promotion begins this week; 1 that began before goes on.",
                      "For the 14 days after this week nothing is written down yet."]),
        (PLANS[2:3], ["1 promotion begins this week: “Page” on Fri 20 Mar.",
                      "For the 14 days after this week nothing is written down yet."]),
        (PLANS[5:6], ["No promotion begins or goes on this week.",
                      "In the 14 days after this week 1 more begins: “Soon” on Mon 23 Mar."]),
    ],
)  # fmt: skip
def test_few_or_no_promotions(tmp_path: Path, plans: list[list[str]], sentences: list[str]) -> None:
    block = promotions(facts_of(made(tmp_path, plans), "marketing-update"))
    assert said(block) == sentences
    assert [faults(s) for s in said(block)] == [[], []]


def test_without_a_calendar_it_says_which_file_to_write(tmp_path: Path) -> None:
    facts = facts_of(made(tmp_path), "marketing-update")
    assert f"write one row for each promotion into {tmp_path.name}/kept/tiny/calendar.csv" in str(
        promotions(facts).missing
    )
    assert said(expected(facts))[0] == (
        "No calendar of promotions is connected, so nobody can say what is expected of this week."
    )


def test_expected_leads_by_source_beside_a_normal_week(tmp_path: Path) -> None:
    """Two weeks before are known, of 6 leads: 2 of Webinar, 2 of Search, 1 of Café, 1 unknown; too few for a range."""
    block = expected(facts_of(made(tmp_path, PLANS), "marketing-update"))
    assert said(block) == [
        "Marketing expects 34 leads from the promotions that begin this week: 24 from no source that is named and 10"
        " from Webinar; 1 names no number.",
        "Of these, 24 leads are of promotions that go on after Sun 22 Mar, and may come later.",
        "There are too few earlier weeks to say what a normal week brings.",
    ]
    assert [[plain(str(cell)) for cell in row] for row in block.tables[0].rows] == [
        ["(no source named)", "24", "24, until 24 Mar 2020", "–", "–"],
        ["Webinar", "10", "–", "–", "1.0 on average"],
        ["Search", "–", "–", "99", "1.0 on average"],
        ["(unknown)", "–", "–", "–", "0.5 on average"],
        ["Café", "–", "–", "–", "0.5 on average"],
    ]
    assert values(block, "promotion_leads") == {None: 34, "(unknown)": 24, "Webinar": 10}
    assert values(block, "promotion_leads_beyond") == {None: 24, "(unknown)": 24}
    assert values(block, "leads_usual") == {None: 3, "Webinar": 1, "Search": 1, "(unknown)": 0.5, "Café": 0.5}
    assert values(block, "promotions_silent") == {None: 1}
    assert strangers(block) == []


def test_nothing_written_down_is_never_nothing(tmp_path: Path) -> None:
    block = expected(facts_of(made(tmp_path, [plan("Page", "2020-03-20"), plan("Odd", "2020-03-20", leads="-3")]),
                              "marketing-update"))  # fmt: skip
    assert said(block)[0] == "No promotion that begins this week names a number of leads."
    assert values(block, "promotion_leads") == {None: None}
    assert [c.label for c in block.tables[0].columns] == ["Source", "Normal week"]
    assert all(row["expected"] == row["told"] == "–" for row in block.handover)


def test_the_normal_week_of_a_source_is_that_of_the_weeks_before(tmp_path: Path) -> None:
    """Eight weeks of 4, 6, 4, 6 ... leads: mean 5, mean move 2, so 5 ± 5.32: 0 to 10; of all sources the same."""
    company = made(tmp_path, [plan("Ads", "2020-03-17", leads="7", source="Search")])
    monday, leads = date(2020, 1, 20), []
    for week in range(8):
        for i in range(4 + 2 * (week % 2)):
            day = monday + timedelta(days=7 * week + i % 5)
            leads.append([f"x{week}{i}", f"{day:%d.%m.%Y} 10:00", "Search", "mid", "r1", "", "", "", "", ""])
    company.rows["leads"] = [company.rows["leads"][0], *leads]
    block = expected(facts_of(company.write(), "marketing-update"))
    assert said(block) == [
        "Marketing expects 7 leads from the promotions that begin this week, all from Search.",
        "In a normal week Search brings 0 to 10 leads.",
    ]
    [record] = [m for m in block.metrics if (m.name, m.source) == ("leads_usual", "Search")]
    assert (record.value, record.low, record.n) == (5, 0, 8)
    assert record.high == pytest.approx(5 + 2.66 * 2)


def test_many_sources_and_many_promotions(tmp_path: Path) -> None:
    """25 promotions of five sources, 1 to 5 leads each: 20 cards, the rest in a table; 5 × (1+…+5) = 75 leads."""
    plans = [plan(f"p{i:02}", "2020-03-17", leads=str(1 + i % 5), source=f"s{i % 5}") for i in range(25)]
    facts = facts_of(made(tmp_path, plans), "marketing-update")
    block = promotions(facts)
    assert (len(block.cards), len(block.handover), len(block.tables[0].rows)) == (20, 20, 5)
    assert said(expected(facts))[0] == (
        "Marketing expects 75 leads from the promotions that begin this week, most from s4 (25)."
    )


# The product update

UPDATES = [
    news("2020-03-08", "Too old"),
    news(
        "2020-03-09", "Dark mode", soundbite="Easy on the eyes.", who_cares="Night owls", link="https://example.com/d"
    ),
    news("2020-03-15", "Undo", link="javascript:alert(1)"),
    news("2020-03-16", "Announced today"),
]
"""As of the first instant of Monday 16 March: the seven days before it begin on the 9th; today is not visible yet."""


def test_what_was_announced_in_the_week_before(tmp_path: Path) -> None:
    block = product_news(facts_of(made(tmp_path, updates=UPDATES), "product-update"))
    assert said(block) == [
        "2 product updates were announced in the last 7 days: “Undo” and “Dark mode”.",
        "A link that is no http or https address is not shown.",
    ]
    assert [(c.title, plain(c.when), c.points) for c in block.cards] == [
        ("Undo", "announced Sun 15 Mar 2020", (("Link", "not shown: no http or https address"),)),
        (
            "Dark mode",
            "announced Mon 9 Mar 2020",
            (("Soundbite", "Easy on the eyes."), ("Who cares", "Night owls"), ("Link", "https://example.com/d")),
        ),
    ]
    assert block.metrics[0].value == 2
    assert strangers(block, 7) == []
    assert [faults(s) for s in said(block)] == [[], []]


def test_news_of_the_day_counts_once_it_is_visible(tmp_path: Path) -> None:
    facts = facts_of(made(tmp_path, updates=UPDATES), "product-update", as_of="2020-03-16T08:00:00")
    assert [c.title for c in product_news(facts).cards] == ["Announced today", "Undo", "Dark mode"]


def test_nothing_announced_is_a_sentence_and_no_table_says_what_to_write(tmp_path: Path) -> None:
    block = product_news(facts_of(made(tmp_path / "a", updates=[]), "product-update"))
    assert said(block) == ["No product update was announced in the last 7 days."]
    assert (block.cards, block.metrics[0].value) == ((), 0)
    missing = product_news(facts_of(made(tmp_path / "b"), "product-update")).missing
    assert "write one row for each announcement into b/kept/tiny/product_updates.csv" in str(missing)


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("https://example.com/a?b=1&c=%20#d", True),
        ("HTTP://example.com", True),
        ("javascript:alert(1)", False),
        ("data:text/html,<b>", False),
        ("ftp://example.com", False),
        ("javascript://example.com/%0aalert(1)", False),
        ("//example.com", False),
        ("https://", False),
        ("https:///path", False),
        ("https://exa mple.com", False),
        ("https://example.com/\r\nBcc: eve@example.com", False),
        ("https://[half", False),
        ("https://example.com/" + "a" * 2000, False),
        ("", False),
    ],
)
def test_only_an_address_of_the_web_is_a_link(link: str, kept: bool) -> None:
    assert link_of({"link": link}) == (link if kept else "")


def test_more_updates_than_cards_stand_in_a_table(tmp_path: Path) -> None:
    rows = [news("2020-03-10", f"u{i:02}") for i in range(23)]
    block = product_news(facts_of(made(tmp_path, updates=rows), "product-update"))
    assert (len(block.cards), [r[0] for r in block.tables[0].rows]) == (20, ["u20", "u21", "u22"])
    assert said(block)[0].endswith("the newest of them “u00”, “u01” and “u02”.")


# What people type


def test_typed_text_becomes_one_line_in_every_script() -> None:
    assert one_line("one\r\ntwo\x00three\x1b[31m\u2028four\ud800") == "one two three [31m four"
    assert one_line("日本語　だ") == "日本語 だ"
    assert one_line("أهلا وسهلا") == "أهلا وسهلا"
    assert one_line("می\u200cخواهم 👩\u200d💻") == "می\u200cخواهم 👩\u200d💻"
    assert one_line("\u202egpj.exe\u202c") == "gpj.exe"


def test_hostile_text_stays_text_on_the_page(tmp_path: Path) -> None:
    """Whatever is typed is one line of text: nothing runs, nothing leads anywhere, no script is lost."""
    names = ("title", "soundbite", "how_to_respond", "owner", "source", "looks_like")
    company = made(
        tmp_path,
        [plan(f"x{i}", "2020-03-17", leads="3", **dict.fromkeys(names, text)) for i, text in enumerate(HOSTILE)],
        [news("2020-03-10", text, soundbite=text, who_cares=text, link=text) for text in HOSTILE],
    )
    facts = facts_of(company, "marketing-update")
    blocks = (promotions(facts), expected(facts), product_news(facts_of(company, "product-update")))
    for block in blocks:
        page = block._repr_html_()
        assert not re.search(r"<script|href|src=", page)
        typed = [t for c in block.cards for t in (c.title, *(p[1] for p in c.points))]
        assert not [t for t in (*typed, *block.sentences) if re.search(r"[\x00-\x1f\x7f\u202a-\u202e]", t)]
        assert all(len(s) < 900 for s in block.sentences)
    for block in (blocks[0], blocks[2]):
        assert {c.title for c in block.cards} == {c.points[0][1] for c in block.cards} == set(map(one_line, HOSTILE))


def test_a_slice_sees_its_own_sources_plans(tmp_path: Path) -> None:
    """Of source Search the running ads; fair, page and what comes later name no source and stay."""
    company = made(tmp_path, PLANS)
    block = promotions(facts_of(company, "marketing-update", slice="source=Search"))
    assert [c.title for c in block.cards] == ["Page", "Fair", "Ads", "Soon", "On the last day"]
