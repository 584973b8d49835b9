"""A block as one section of a page, and the style that goes with it."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from alignment_lib.page.block import Block, Cell, Count, Listing, Mark, Quiet, Table, Trend
from alignment_lib.page.charts import palette
from alignment_lib.page.charts.spark import sparkline
from alignment_lib.stats import wording

TEMPLATES = Path(__file__).parent / "templates"
VERDICTS = {"PASS": "good", "WARN": "open", "FAIL": "bad"}
"""Cells that are the verdict of a check, and the status that they are shown as."""
LONG = 25
"""Rows above which a table is shown folded."""
SPOKEN = ("Soundbite", "Talk track", "Quote")
"""Points of a card that are said aloud."""
CARD_FACTS = ("Owner", "Source", "Expected leads", "Deal")
"""Points of a card that share one small line."""
GLOSSARY = 24
"""Terms above which a description list is shown folded."""
LISTED = 1000
"""Ids above which a list is cut whatever it was given; it says how many it leaves out."""
LONG_WORD = 28
"""Letters above which a word in a table may be broken anywhere."""
SHORT_ID = 12
"""Letters up to which an id with a hyphen stays on one line."""
LONG_NUMBER = 40
"""Letters above which a column of numbers may break its lines."""
PAPER = 6
"""Rows of a table that are printed where it has two more or still longer; the page has them all."""
FEWER = {"decisions": 4, "restated": 2}
"""The same for blocks that share the first page."""
BROAD = 7
"""Columns above which a table needs the whole width of a printed page."""

_ID = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)+")
_PICTURE = re.compile(r"data:image/(?:png|jpeg|webp|gif);base64,[A-Za-z0-9+/]+={0,2}")


@functools.cache
def environment() -> Environment:
    """The templates: everything is escaped, a misspelt name is an error."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(sparkline=sparkline, verdicts=VERDICTS, long=LONG, glossary=GLOSSARY, number=wording.count)
    made.globals.update(
        kind=_kind,
        css_class=_css_class,
        beyond_paper=_beyond_paper,
        capped=_capped,
        picture_address=_picture_address,
        labelled=_labelled,
        broad=_broad,
        has_trends=_has_trends,
        spoken=SPOKEN,
        card_facts=CARD_FACTS,
    )
    return made


def render(template: str, **values: Any) -> str:
    """One template, without the blank lines that its tags leave behind."""
    return re.sub(r"\n\s*\n+", "\n", environment().get_template(template).render(**values)).strip()


def block_html(block: Block) -> str:
    """A block as one section of a page, the same in a report and in JupyterLab.

    Parameters
    ----------
    block : Block
        With `missing` set, the section is its title and that one line.

    Returns
    -------
    str
        ``<section class="block …" id="block-<id>" data-block="<id>">``. Its style is `notebook_css` or the page's own.
    """
    return render("block.html.j2", block=block)


Block.html = block_html


def _kind(cell: Cell) -> str:
    """Which value a cell is: `count`, `trend`, `mark`, `quiet` or `text`."""
    return {Count: "count", Trend: "trend", Mark: "mark", Quiet: "quiet"}.get(type(cell), "text")


def _css_class(cell: Cell, numeric: bool) -> str:
    """How a cell is set: numbers to the right, what no column holds broken where need be, nothing quietly."""
    text = str(cell)
    how = {
        "num": numeric,
        "long": any(len(word) > LONG_WORD for word in text.split()) or (numeric and len(text) > LONG_NUMBER),
        "short": len(text) <= SHORT_ID and _ID.fullmatch(text) is not None,
        "quiet": text == wording.NOTHING or isinstance(cell, Quiet),
    }
    return " ".join(name for name, holds in how.items() if holds)


def _has_trends(table: Table) -> bool:
    """Whether a row of the table shows a history."""
    return any(isinstance(cell, Trend) for row in table.rows for cell in row)


def _beyond_paper(table: Table, block_id: str = "") -> int:
    """Rows that are not printed; a scorecard is printed whole, and of checks all that did not pass."""
    left = len(table.rows) - FEWER.get(block_id, PAPER)
    whole = _has_trends(table) or any(str(row[0]) in VERDICTS for row in table.rows)
    return left if left > 1 and not whole else 0


def _capped(listing: Listing) -> Listing:
    """The list, cut at `LISTED` ids."""
    groups, room = [], LISTED
    for owner, ids in listing.groups:
        groups += [(owner, ids[:room])] if room else []
        room -= min(room, len(ids))
    cut = sum(len(ids) for _, ids in listing.groups) - (LISTED - room)
    return Listing(listing.what, tuple(groups), listing.left_out + cut, listing.by)


def _picture_address(address: str) -> str:
    """A picture that the page carries itself; any other address is dropped."""
    return address if _PICTURE.fullmatch(address) else ""


def _labelled(block: Block) -> list[tuple[str, list[str]]]:
    """The sentences under their labels; neighbours of one label share it."""
    labels = block.labels or ("",) * len(block.sentences)
    pairs = zip(labels, block.sentences, strict=True)
    return [(label, [sentence for _, sentence in group]) for label, group in groupby(pairs, key=lambda pair: pair[0])]


def _broad(block: Block) -> bool:
    """Whether the block shows a table that a half of a printed page cannot hold."""
    shown = [table for table in block.tables if table.rows and not table.folded and len(table.rows) <= LONG]
    return block.id in ("head", "decisions") or any(len(table.columns) > BROAD or _has_trends(table) for table in shown)


def css(*names: str) -> str:
    """Style sheets of the templates folder, one after the other."""
    return "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in names)


@functools.cache
def page_css() -> str:
    """The style of a page: colours that follow the reader's system, paper always light."""
    light, dark = palette.css(palette.LIGHT), palette.css(palette.DARK)
    colours = f":root{{{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
    return colours + css("page.css", "block.css", "print.css")


@dataclass(frozen=True)
class Style:
    """A style sheet as the value of a notebook cell; a page leaves it out, having its own."""

    css: str

    def _repr_html_(self) -> str:
        return f"<style data-alignment>{self.css}</style>"


def notebook_css() -> Style:
    """The style of blocks for JupyterLab, following its theme; shown once, by the setup cell."""
    light, dark = palette.css(palette.LIGHT), palette.css(palette.DARK)
    return Style(f'.block{{{light}}}\n[data-jp-theme-light="false"] .block{{{dark}}}\n{css("block.css")}')
