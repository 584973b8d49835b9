"""An executed notebook as a page: head, style, contents, the halves of the meeting, footer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING

from alignment_lib.page.formats import Format
from alignment_lib.page.reading import reading_minutes
from alignment_lib.page.sections import TEMPLATES, page_css, render

if TYPE_CHECKING:
    from nbformat import NotebookNode

FOOTER = "This page is whole in itself: it runs no script and loads nothing from elsewhere."

_HEADING = re.compile(
    r"<h2>(?P<part>.*?)</h2>|"
    r'<section class="block[^"]*" id="(?P<id>[^"]*)" data-block="[^"]*".*?<h2[^>]*>(?P<title>.*?)</h2>',
    re.DOTALL,
)
_PART = re.compile(r'(?=<div class="prose">\s*<h2)')
_SIDE = re.compile(r'<section class="block block--(marketing|sales|both)\b')


def export(
    notebook_node: NotebookNode,
    *,
    title: str,
    lang: str = "en",
    format: Format = "interactive",
    meeting_minutes: int | None = None,
    banner: Sequence[tuple[str, str]] = (),
) -> str:
    """An executed notebook as a self-contained page.

    Parameters
    ----------
    notebook_node : NotebookNode
        Read by nbformat; shown are its markdown cells and its HTML outputs, nothing else.
    title : str
        Title and first heading of the page; it stands in for the notebook's own first heading.
    lang : str
        Language tag of the page.
    format : {"interactive", "overview"}
        How it is read and printed; `formatted` makes the blocks fit.
    meeting_minutes : int, optional
        How long the meeting takes, told beside the time to read.
    banner : sequence of (word, text)
        What stands before everything else.

    Returns
    -------
    str
        The same bytes for the same notebook.
    """
    from nbconvert.exporters import TemplateExporter
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    renderer = IPythonRenderer(escape=False, allow_harmful_protocols=False, exclude_anchor_links=True)
    exporter = TemplateExporter(  # type: ignore[no-untyped-call]
        template_name="smarketing",
        template_file="index.html.j2",
        extra_template_basedirs=[str(TEMPLATES / "nbconvert")],
        filters={"markdown2html": MarkdownWithMath(renderer=renderer).render},
    )
    body, _ = exporter.from_notebook_node(notebook_node)
    body = re.sub(r"<h1>.*?</h1>\s*", "", body, count=1, flags=re.DOTALL)
    return page(body, title=title, lang=lang, format=format, meeting_minutes=meeting_minutes, banner=banner)


@dataclass(frozen=True)
class Entry:
    """A line of the table of contents."""

    id: str
    text: str
    part: bool


def page(
    body: str,
    *,
    title: str,
    lang: str = "en",
    format: Format = "interactive",
    meeting_minutes: int | None = None,
    banner: Sequence[tuple[str, str]] = (),
) -> str:
    """The shell around finished HTML: head, style, contents, footer.

    Parameters
    ----------
    body : str
        Trusted markup: sections made by `block_html`, prose made from markdown.
    """
    numbered, contents = _contents(body)
    told = reading(reading_minutes(body), meeting_minutes)
    above = render("banner.html.j2", banner=banner) if banner else ""
    more = {"title": title, "lang": lang, "reading": told, "above": above}
    return shell(_parts(numbered), contents=contents, format=format, **more)


def reading(minutes: int, meeting_minutes: int | None) -> str:
    """How long it takes: About 8 minutes to read, 30 in the meeting."""
    told = f"About {minutes} {'minute' if minutes == 1 else 'minutes'} to read"
    return f"{told}, {meeting_minutes} in the meeting" if meeting_minutes else told


def shell(
    body: str,
    *,
    title: str,
    lang: str,
    contents: Sequence[Entry] = (),
    format: Format = "interactive",
    reading: str = "",
    above: str = "",
) -> str:
    """A whole page around its body; `above` is markup that stands right below the title, before the contents."""
    return render(
        "page.html.j2",
        body=body,
        above=above,
        css=page_css(),
        title=title,
        lang=lang,
        contents=contents,
        format=format,
        reading=reading,
        footer=FOOTER,
    )


def _contents(body: str) -> tuple[str, list[Entry]]:
    """The body with an id at each part's heading, and the lines that lead to parts and blocks."""
    entries: list[Entry] = []

    def enter(match: re.Match[str]) -> str:
        if match["part"] is None:
            entries.append(Entry(unescape(match["id"]), _text(match["title"]), part=False))
            return match[0]
        name = f"part-{sum(entry.part for entry in entries) + 1}"
        entries.append(Entry(name, _text(match["part"]), part=True))
        return f'<h2 id="{name}">{match["part"]}</h2>'

    return _HEADING.sub(enter, body), entries


def _text(markup: str) -> str:
    """The text of a heading."""
    return unescape(re.sub(r"<[^>]+>", "", markup)).strip()


def _parts(body: str) -> str:
    """Each part of the meeting in an element of its own; on paper a half begins a page."""
    wrapped, before = [], "both"
    for part in _PART.split(body):
        found = _SIDE.search(part)
        side = found[1] if found else "both"
        begins = " part--page" if side not in ("both", before) else ""
        wrapped.append(f'<div class="part part--{side}{begins}">\n{part.strip()}\n</div>')
        before = side
    return "\n".join(wrapped)
