"""A letter as HTML for mail programs and as plain text: the same sentences and numbers in both.

HTML for mail programs is HTML of its own kind: tables hold the layout, every element carries its style (they drop
style sheets), widths stand in attributes (Outlook keeps these), and what needs a media query is an improvement only.
"""

from __future__ import annotations

import functools
import hashlib
import re
from pathlib import Path
from typing import Any

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from alignment_lib.mail import plain, safe
from alignment_lib.mail.letter import Grid, Letter, Picture, Section
from alignment_lib.page.charts import palette
from alignment_lib.page.sections import SPOKEN

TEMPLATES = Path(__file__).parent / "templates"
WIDTH = 600
"""Pixels of the column that holds everything; mail programs show more or less that beside their lists."""
NARROW_GRID = 2
"""Columns that a table keeps on a phone; with more, each row becomes a few labelled lines."""
LONG_WORDS = 60
"""Letters that the longest words of a row may have together; a longer one may be broken anywhere."""
SHORT_STATUS = 24
"""Letters of a status that stays on one line."""
_MARKS = {"good": "\u2713", "bad": "\u25b2", "open": "\u25cb"}
"""A shape for each status; the word stands beside it."""


def render(letter: Letter) -> tuple[str, str]:
    """The letter as HTML, pictures by Content-ID (see `cid`), and as plain text.

    Returns
    -------
    tuple of str
        HTML and text; the same letters for the same letter.
    """
    return html(letter), text(letter)


def html(letter: Letter) -> str:
    """The HTML part: styles inlined, media queries kept in its head."""
    made = _environment().get_template("letter.html.j2").render(**_values(letter))
    inliner = css_inline.CSSInliner(
        inline_style_tags=False,
        keep_style_tags=True,
        minify_css=True,
        load_remote_stylesheets=False,
        extra_css=_style("mail.css", palette.LIGHT),
    )
    return inliner.inline(re.sub(r"\n\s*\n+", "\n", made).strip()) + "\n"


def text(letter: Letter) -> str:
    """The plain part: complete, lines of at most `plain.WIDTH` columns."""
    made = _environment().get_template("letter.txt.j2").render(**_values(letter))
    return plain.tidy(made)


def cid(picture: Picture) -> str:
    """The Content-ID of a picture, without its brackets: another picture has another one."""
    return f"{picture.name}.{hashlib.sha256(picture.png).hexdigest()[:12]}@pictures.alignment-reports"


@functools.cache
def _environment() -> Environment:
    """The templates: HTML is escaped, a misspelt name is an error, what cannot be mailed is taken out of every text."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        undefined=StrictUndefined,
        finalize=_mailable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(wrap=plain.wrap, heading=plain.heading, table=plain.table, aside=plain.aside, https=safe.link)
    made.globals.update(cid=cid, marks=_MARKS, spoken=SPOKEN, width=WIDTH, short=SHORT_STATUS)
    made.globals.update(stacked=_stacked, pairs=_pairs, long=_long)
    return made


def _mailable(value: Any) -> Any:
    """Text as a mail can hold it; markup made by the templates passes."""
    return safe.body(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _values(letter: Letter) -> dict[str, Any]:
    sections = [section for section in letter.sections if _says_something(section)]
    medias = (_style("phone.css", palette.LIGHT), _style("dark.css", palette.DARK))
    return {"letter": letter, "sections": sections, "medias": medias}


def _says_something(section: Section) -> bool:
    """Whether there is more to a section than its heading."""
    parts = (section.lines, section.figures, section.pictures, section.cards, section.note)
    return any(parts) or any(grid.rows for grid in section.grids)


def _stacked(grid: Grid) -> bool:
    return len(grid.heads) > NARROW_GRID


def _long(cell: str, grid: Grid) -> bool:
    """Whether a cell holds a word that its column may have no room for."""
    return any(len(word) > LONG_WORDS // len(grid.heads) for word in cell.split(" "))


def _pairs(items: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Two to a row."""
    return [items[i : i + 2] for i in range(0, len(items), 2)]


def _style(name: str, colours: dict[str, str]) -> str:
    """A style sheet with the palette's values in place of its variables, which mail programs do not know."""
    written = (TEMPLATES / name).read_text(encoding="utf-8")
    return re.sub(r"var\(--(\w+)\)", lambda found: colours[found[1]], written)
