"""Display: every text arrives as text, every part of a block is shown, a page is whole and the same every time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import ClassVar

import fixture_blocks
import fixture_meeting
import nbformat
import pytest
from fixture_sales import HOSTILE
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment_lib.page import (
    VERDICTS,
    archive,
    block_html,
    export,
    formatted,
    notebook_css,
    reading_minutes,
    sections,
)
from alignment_lib.page import (
    page as page_of,
)
from alignment_lib.page.block import Block, Card, Column, Count, Evidence, Listing, Mark, Stat, Table, Trend


class Page(HTMLParser):
    """The elements, attributes and texts of a page, as the standard library reads them."""

    VOID = frozenset({"meta", "link", "br", "img", "hr"})

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.said: list[tuple[str, str]] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said.append((self.open[-1] if self.open else "", data))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return " ".join("".join(data for place, data in self.said if place != "style").split())


@pytest.fixture(scope="module")
def page() -> str:
    return fixture_blocks.page()


def block_of(text: str) -> Block:
    """A block with the same text in every field that may carry a CRM's words."""
    return Block(
        id="x",
        title=text,
        question=text,
        sentences=(text,),
        labels=(text,),
        stats=(Stat(text, text, text, "sales", "bad", text, (1, 2), (1, 2), listing_of(text)),),
        tables=(
            Table(
                text, (Column(text, text), Column(text, text, True)), ((text, text),), (text, text), text, False, (0,)
            ),
            Table(f"More {text}", (Column(text),), ((text,),), folded=True),
            Table(
                f"Third {text}",
                (Column(text),) * 4,
                ((text, Count(text, listing_of(text)), Trend((1, 2)), Mark("bad", text)),),
                (text, Count(text, listing_of(text)), "", ""),
            ),
        ),
        terms=((text, text),),
        cards=(Card(text, text, ((text, text), ("Soundbite", text)), fixture_meeting.PIXEL, text),),
        prompts=(text,),
        notes=((text, text),),
        space=text,
        evidence=Evidence(text, text, text, text, text),
    )


def listing_of(text: str) -> Listing:
    """A list whose owner and ids are this text."""
    return Listing(text, ((text, (text, text)),), 3)


def texts_of(block: Block) -> Iterator[str]:
    yield from (block.title, block.question, *block.sentences)
    for stat in block.stats:
        yield from (stat.label, stat.value, stat.note, stat.status_word)
    for table in block.tables:
        yield from (table.caption, table.note, *(str(cell) for row in table.rows for cell in row))
        yield from (str(cell) for cell in table.total or ())
        yield from (text for column in table.columns for text in (column.label, column.unit))
    yield from (text for pair in (*block.terms, *block.notes) for text in pair)
    yield from (*block.labels, *block.prompts, block.space)
    for card in block.cards:
        yield from (card.title, card.when, *(text for label, text in card.points))


class TestBlock:
    def test_every_text_of_a_block_is_on_the_page(self) -> None:
        for block in [*fixture_blocks.weekly(), *fixture_blocks.whole()]:
            if block.missing:
                continue
            shown = Page(block_html(block)).text
            assert [text for text in texts_of(block) if text not in shown] == []

    @pytest.mark.parametrize("hostile", [*HOSTILE, '" onmouseover="alert(1)', "<!--", "]]>", "{{ 7*7 }}", "&lt;b&gt;"])
    def test_hostile_text_is_text_everywhere(self, hostile: str) -> None:
        harmless, tried = Page(block_html(block_of("x"))), Page(block_html(block_of(hostile)))
        assert [tag for tag, _ in tried.elements] == [tag for tag, _ in harmless.elements]
        assert [sorted(a) for _, a in tried.elements] == [sorted(a) for _, a in harmless.elements]
        assert tried.text.count(hostile) >= 50

    @settings(max_examples=60, deadline=None)
    @given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Zs", "Zl", "Zp")), min_size=1))
    def test_any_text_at_all_leaves_the_structure_as_it_is(self, text: str) -> None:
        tags = [tag for tag, _ in Page(block_html(block_of("x"))).elements]
        tried = Page(block_html(block_of(text)))
        assert (
            [tag for tag, _ in tried.elements] == tags
            or text in VERDICTS
            or "-" in text
            or text.lower() in ("soundbite", "talk track")
        )
        assert text in tried.text

    def test_a_block_without_data_is_its_title_and_one_line(self) -> None:
        block = replace(block_of("x"), title="Coverage", missing="Connect targets to see coverage.")
        shown = Page(block_html(block))
        assert {tag for tag, _ in shown.elements} == {"section", "h2", "p"}
        assert shown.text == "Coverage Connect targets to see coverage."

    def test_a_section_carries_its_id_and_its_name(self) -> None:
        (section,) = Page(block_html(fixture_blocks.burn_up())).all("section")
        assert section["id"] == "block-marketing_sla" and section["data-block"] == "marketing_sla"
        assert section["aria-labelledby"] == "title-marketing_sla"
        assert "block--marketing" in section["class"]

    def test_a_status_is_a_word_and_a_shape(self) -> None:
        shapes = []
        for status in ("good", "bad", "open"):
            stat = Stat("MQLs", "1", status=status, status_word=f"it is {status}")  # type: ignore[arg-type]
            markup = block_html(Block(id="x", title="t", question="q", stats=(stat,)))
            assert f"it is {status}" in Page(markup).text
            shapes.append(re.findall(r'<svg class="mark.*?</svg>', markup)[0])
        assert len(set(shapes)) == 3

    def test_verdicts_of_checks_are_marked_in_tables(self) -> None:
        markup = block_html(fixture_blocks.checks())
        for verdict, status in VERDICTS.items():
            assert re.search(rf'status--{status}"><svg[^>]*>.*?</svg>\s*{verdict}</span>', markup)

    def test_a_block_shows_itself_in_a_notebook(self) -> None:
        block = fixture_blocks.closed()
        assert block._repr_html_() == block_html(block)


class TestTable:
    def shown(self, **changed: object) -> Page:
        table = Table("Won by source", (Column("Source"), Column("Value", "EUR", True)), (("Fair", "1,200"),))
        table = replace(table, **changed)  # type: ignore[arg-type]
        return Page(block_html(Block(id="x", title="Closed", question="q", tables=(table,))))

    def test_heads_are_heads_and_numbers_are_numbers(self) -> None:
        page = self.shown(total=("All", "1,200"))
        assert [head["scope"] for head in page.all("th")] == ["col", "col", "row", "row"]
        assert [cell.get("class") for cell in page.all("td")] == ["num", "num"]
        assert "tfoot" in dict(page.elements)

    def test_a_wide_table_scrolls_in_a_region_of_its_own(self) -> None:
        (region,) = self.shown().all("div")
        assert region == {"class": "scroll", "role": "region", "aria-label": "Closed: Won by source", "tabindex": "0"}

    @pytest.mark.parametrize(("rows", "folded", "folds"), [(1, False, False), (1, True, True), (26, False, True)])
    def test_long_and_folded_tables_open_on_demand(self, rows: int, folded: bool, folds: bool) -> None:
        page = self.shown(rows=(("Fair", "1"),) * rows, folded=folded)
        assert bool(page.all("details")) == folds
        assert not folds or f"{rows} row" in page.text

    def test_a_table_without_rows_says_so(self) -> None:
        page = self.shown(rows=())
        assert not page.all("table") and "Won by source: none." in page.text


class TestDrill:
    """C32: every count opens its list in place."""

    def shown(self, listing: Listing) -> str:
        columns = (Column("Source"), Column("Leads", numeric=True))
        table = Table("By source", columns, (("Fair", Count("118", listing)),))
        return block_html(Block(id="x", title="t", question="q", tables=(table,)))

    def test_the_number_is_the_control_and_the_list_is_in_place(self) -> None:
        markup = self.shown(Listing("leads", (("Ana", ("L-1", "L-2")), ("(nobody)", ("L-3",))), 115))
        page = Page(markup)
        assert page.all("details") == [{"class": "drill", "name": "drill-x"}]
        assert "<summary>118" in markup and "118, open the list" in page.text
        owners = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", markup)
        assert owners == [("Ana", "L-1, L-2"), ("(nobody)", "L-3")]
        assert "and 115 more are not listed" in page.text

    def test_nothing_is_left_out_silently_nor_told_in_vain(self) -> None:
        assert "not listed" not in self.shown(Listing("leads", (("Ana", ("L-1",)),)))
        assert "and 1 more is not listed" in self.shown(Listing("leads", (("Ana", ("L-1",)),), 1))

    def test_a_list_is_cut_at_a_thousand_and_says_so(self) -> None:
        """2 x 2,500 ids, of which 1,000 are listed; 4,000 and the 7 left out before are not."""
        ids = fixture_meeting.ids(1, 5000)
        markup = self.shown(Listing("leads", (("Ana", ids[:2500]), ("Ben", ids[2500:])), 7))
        assert markup.count("L-") == sections.LISTED == 1000
        assert "and 4,007 more are not listed" in Page(markup).text and "Ben" not in markup

    def test_a_number_of_the_strip_opens_its_list_too(self) -> None:
        stat = Stat("Leads", "118", listing=Listing("leads", (("Ana", ("L-1",)),)))
        markup = block_html(Block(id="x", title="t", question="q", stats=(stat,)))
        assert re.search(r'<dd class="value"><details class="drill" name="drill-x"><summary>118', markup)


class TestParts:
    def test_labels_stand_once_before_their_sentences(self) -> None:
        markup = block_html(fixture_meeting.headlines())
        terms = re.findall(r"<(dt|dd class=\"sentence\")>", markup.split("</dl>")[0])
        assert [t[:2] for t in terms] == ["dt", "dd", "dd", "dt", "dd", "dt", "dd"]
        assert markup.count("<dt>Status</dt>") == 1

    def test_a_trend_is_a_drawing_in_its_colour_and_a_mark_a_word_and_a_shape(self) -> None:
        markup = block_html(fixture_meeting.scorecard())
        assert markup.count('class="trend trend--marketing"><svg class="spark"') == 3
        assert re.search(r'status--bad"><svg class="mark mark--solid"[^>]*>.*?</svg>\s*off track</span>', markup)

    def test_a_table_with_trends_stays_a_table_for_those_who_listen(self) -> None:
        """On a phone its rows are laid out as lines, which takes the meaning of the elements away."""
        page = Page(block_html(fixture_meeting.scorecard()))
        roles = {"table": "table", "thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "td": "cell"}
        for tag, role in roles.items():
            assert {a.get("role") for a in page.all(tag)} == {role}
        assert {a["role"] for a in page.all("th")} == {"columnheader", "rowheader"}

    @pytest.mark.parametrize(
        ("address", "shown"),
        [
            (fixture_meeting.PIXEL, True),
            ("data:image/jpeg;base64,AAAA", True),
            ("", False),
            ("http://x/y.png", False),
            ("javascript:alert(1)", False),
            ("data:image/svg+xml;base64,AAAA", False),
            ("data:text/html;base64,AAAA", False),
            ("data:image/png;base64,AA AA", False),
            ('data:image/png;base64,AAAA" onerror="alert(1)', False),
            ("data:image/png;base64,AAAA\n", False),
            (" data:image/png;base64,AAAA", False),
        ],
    )
    def test_a_card_shows_a_picture_of_its_own_and_no_other(self, address: str, shown: bool) -> None:
        card = Card("Webinar", "Tue", (), address, "The invitation")
        images = Page(block_html(Block(id="x", title="t", question="q", cards=(card,)))).all("img")
        assert images == ([{"src": address, "alt": "The invitation"}] if shown else [])

    def test_a_picture_without_words_of_its_own_is_named_after_the_card(self) -> None:
        card = Card("Webinar", "Tue", (), fixture_meeting.PIXEL)
        (image,) = Page(block_html(Block(id="x", title="t", question="q", cards=(card,)))).all("img")
        assert image["alt"] == "Webinar"

    def test_notes_are_folded_and_a_long_glossary_too(self) -> None:
        notes = Page(block_html(fixture_meeting.notes()))
        assert [a["class"] for a in notes.all("details")] == ["fold notes"]
        terms = tuple((f"Term {i}", "meaning") for i in range(sections.GLOSSARY + 1))
        assert "25 words" in Page(block_html(Block(id="x", title="t", question="q", terms=terms))).text
        few = Page(block_html(Block(id="x", title="t", question="q", terms=terms[1:])))
        assert not few.all("details")


class TestFormats:
    BLOCK = Block(
        id="x",
        title="t",
        question="q",
        sentences=("One of two.",),
        pictures=(fixture_blocks.burn_up().pictures[0],) * 2,
        tables=(
            Table("Long", (Column("Rep"),), (("Ana",),) * 9),
            Table("Folded", (Column("Rep"),), (("Ana",),), folded=True),
            Table("Short", (Column("Rep"),), (("Ana",),) * 8),
            Table("Second", (Column("Rep"),), (("Ana",),)),
        ),
        prompts=("Why?",),
        notes=(("Say", "this"),),
        space="Decisions",
    )

    def test_a_small_team_sees_the_block_as_it_is(self) -> None:
        assert formatted(self.BLOCK, "interactive") is self.BLOCK

    def test_a_large_team_sees_one_picture_and_one_short_table(self) -> None:
        """Nine rows are folded, eight are not: the first open table of at most eight stays."""
        shown = formatted(self.BLOCK, "overview")
        assert [table.folded for table in shown.tables] == [True, True, False, True]
        assert (len(shown.pictures), shown.prompts, shown.space) == (1, (), "")
        assert (shown.notes, shown.sentences) == (self.BLOCK.notes, self.BLOCK.sentences)
        assert formatted(shown, "overview") == shown

    def test_the_page_is_of_its_format(self) -> None:
        for format, asked in (("interactive", True), ("overview", False)):
            page = fixture_blocks.meeting_page(format)  # type: ignore[arg-type]
            assert f'<body class="{format}">' in page
            assert ("For the room" in page) == ("alignment decide" in page) == asked


class TestReading:
    def test_words_are_read_and_pictures_and_tables_looked_at(self) -> None:
        """440 words are 120 s, one figure and one table 12 s: 132 s are begun minutes 3."""
        looked_at = "<figure><svg><text>x</text></svg></figure><table><tr><td>1 2 3</td></tr></table>"
        assert reading_minutes(f"<p>{'word ' * 440}</p>{looked_at}") == 3
        assert reading_minutes(f"<p>{'word ' * 440}</p>") == 2
        assert reading_minutes(f"<p>{'word ' * 441}</p>") == 3

    def test_what_is_folded_is_not_read(self) -> None:
        inner = (
            f"<details><summary>word</summary><p>{'word ' * 999}<br></p><table><tr><td>1</td></tr></table></details>"
        )
        folded = f"<details><summary>word</summary>{inner}{'word ' * 999}</details>"
        assert reading_minutes(f"{folded}<p>{'word ' * 220}</p>") == 1

    def test_the_page_tells_it_beside_the_meeting(self) -> None:
        assert "About 1 minute to read, 30 in the meeting" in page_of("<p>x</p>", title="t", meeting_minutes=30)
        told = Page(page_of("<p>x</p>", title="t")).text
        assert "About 1 minute to read" in told and "meeting" not in told

    def test_the_archive_has_nothing_to_tell(self) -> None:
        assert "to read" not in archive([])


class TestHalves:
    def test_each_half_begins_a_page_on_paper(self) -> None:
        parts = [a["class"] for a in Page(fixture_blocks.meeting_page()).all("div") if "part" in a.get("class", "")]
        assert parts == ["part part--both", "part part--marketing part--page", "part part--sales part--page",
                         "part part--both"]  # fmt: skip

    def test_a_page_without_parts_is_one_part(self) -> None:
        assert page_of(block_html(fixture_blocks.head()), title="t").count('class="part') == 1


class TestExport:
    def test_the_page_is_the_same_every_time(self, page: str) -> None:
        notebook = fixture_blocks.notebook(fixture_blocks.weekly())
        for number, cell in enumerate(notebook.cells):
            cell["id"] = f"other-{number}"
        assert export(notebook, title="Weekly Smarketing, week 46 of 2026") == page

    def test_code_streams_and_plain_text_stay_in_the_notebook(self, page: str) -> None:
        for hidden in ("show(block)", "setup()", "a warning", "Block(secret)"):
            assert hidden not in page

    def test_there_is_one_style_sheet_and_no_script(self, page: str) -> None:
        shown = Page(page)
        assert len(shown.all("style")) == 1 and not shown.all("script")
        assert not [a for _, a in shown.elements if any(name.startswith("on") for name in a)]

    def test_every_address_stays_within_the_page(self, page: str) -> None:
        for tag, attributes in Page(page).elements:
            for name in ("href", "src", "srcset", "action", "data"):
                assert attributes.get(name, "#").startswith(("#", "data:")), (tag, attributes)
        assert "url(http" not in page and "@import" not in page

    def test_the_policy_forbids_script_and_requests(self, page: str) -> None:
        (policy,) = [m["content"] for m in Page(page).all("meta") if m.get("http-equiv") == "Content-Security-Policy"]
        assert {"default-src 'none'", "style-src 'unsafe-inline'", "img-src data:"} <= set(policy.split("; "))
        assert "script-src" not in policy

    def test_ids_are_unique_and_every_link_arrives(self, page: str) -> None:
        shown = Page(page)
        ids = [attributes["id"] for _, attributes in shown.elements if "id" in attributes]
        assert len(ids) == len(set(ids))
        assert {a["href"][1:] for a in shown.all("a")} <= set(ids)

    def test_contents_list_every_part_and_block_in_order(self, page: str) -> None:
        links = [a["href"] for a in Page(page).all("a")][1:]
        blocks = [f"#block-{block.id}" for block in fixture_blocks.weekly()]
        assert [link for link in links if link.startswith("#block-")] == blocks
        assert [link for link in links if not link.startswith("#block-")] == [
            "#part-1",
            "#part-2",
            "#part-3",
            "#part-4",
        ]

    def test_there_is_one_first_heading_the_title(self, page: str) -> None:
        assert re.findall(r"<h1>(.*?)</h1>", page) == ["Weekly Smarketing, week 46 of 2026"]

    def test_title_and_language_are_escaped(self) -> None:
        page = export(nbformat.v4.new_notebook(), title=HOSTILE[0], lang='"><script>')
        assert "<script" not in page

    def test_prose_cannot_carry_a_javascript_link(self) -> None:
        cell = nbformat.v4.new_markdown_cell("[click](javascript:alert(1))")
        page = export(nbformat.v4.new_notebook(cells=[cell]), title="t")
        assert 'href="javascript' not in page

    def test_a_notebook_without_cells_is_a_page(self) -> None:
        assert "<nav" not in export(nbformat.v4.new_notebook(), title="t")

    def test_the_shell_is_small_and_the_page_is_not_large(self, page: str) -> None:
        assert len(page_of("", title="t").encode()) < 30_000
        assert len(page.encode()) < 200_000


class TestNotebookStyle:
    def test_it_follows_the_theme_of_the_notebook(self) -> None:
        style = notebook_css()._repr_html_()
        assert '[data-jp-theme-light="false"] .block' in style and "prefers-color-scheme" not in style

    def test_it_touches_nothing_but_blocks(self) -> None:
        rules = re.sub(r"@media[^{]*\{", "", notebook_css().css)
        selectors = [s.strip() for rule in re.findall(r"([^{}]+)\{", rules) for s in re.split(r",(?![^(]*\))", rule)]
        assert selectors and all(".block" in selector for selector in selectors)


class TestArchive:
    ENTRY: ClassVar[dict[str, object]] = {
        "report": "weekly",
        "period": "2026-W46",
        "slice": None,
        "as_of": "2026-11-16T00:00:00+00:00",
        "headline": "118 of 120 MQLs",
        "link": "weekly/2026-W46/index.html",
        "numbers": [{"label": "MQLs", "value": 118, "text": "118", "side": "marketing"}],
    }

    def older(self, **changed: object) -> dict[str, object]:
        return {**self.ENTRY, "period": "2026-W45", "as_of": "2026-11-09T00:00:00+00:00", **changed}

    def test_runs_are_listed_newest_first(self) -> None:
        page = archive([self.older(), self.ENTRY])
        assert page.index("2026-W46</a>") < page.index("2026-W45</a>")
        assert "2026-11-16 00:00 UTC" in page

    def test_headline_numbers_become_a_trend(self) -> None:
        runs = [self.ENTRY, self.older(), self.older(numbers=None, as_of="2026-11-02T00:00:00+00:00")]
        page = archive(runs)
        assert page.count('class="spark"') == 1 and page.count("<polyline") == 1

    def test_slices_have_trends_of_their_own(self) -> None:
        page = Page(archive([self.ENTRY, self.older(slice="segment=enterprise")]))
        assert "Weekly, segment=enterprise" in page.text and len(page.all("section")) == 3

    @pytest.mark.parametrize("link", ["javascript:alert(1)", "http://x/y", "//x/y", "../secret.html", "\\\\x\\y", ""])
    def test_a_link_out_of_the_archive_is_no_link(self, link: str) -> None:
        hrefs = [a["href"] for a in Page(archive([{**self.ENTRY, "link": link}])).all("a")]
        assert hrefs == ["#main"]

    def test_hostile_headlines_are_text(self) -> None:
        page = Page(archive([{**self.ENTRY, "headline": HOSTILE[0], "period": HOSTILE[2]}]))
        assert not page.all("script") and HOSTILE[0] in page.text

    def test_an_empty_archive_says_what_to_do(self) -> None:
        assert "make weekly-report" in Page(archive([])).text
