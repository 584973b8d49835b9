"""What a reader sees: a block as HTML, an executed notebook as a page, the archive of all runs.

Values come from `blocks`, words from `wording`; here they are only put in place. Everything that is not made by
`charts` is escaped, since any text may have been typed into a CRM by a stranger. Pages are whole: no script, no
outside request.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from alignment_lib.block import Block, Side, Stat
from alignment_lib.charts import palette
from alignment_lib.charts.spark import sparkline

if TYPE_CHECKING:
    from nbformat import NotebookNode

TEMPLATES = Path(__file__).parent / "templates"
VERDICTS = {"PASS": "good", "WARN": "open", "FAIL": "bad"}
"""Cells that are the verdict of a check, and the status that they are shown as."""
LONG = 25
"""Rows above which a table is shown folded."""
HISTORY = 13
"""Runs in a trend of the archive: a quarter of weeks."""
FOOTER = "This page is whole in itself: it runs no script and loads nothing from elsewhere."

_HEADING = re.compile(
    r"<h2>(?P<part>.*?)</h2>|"
    r'<section class="block[^"]*" id="(?P<id>[^"]*)" data-block="[^"]*".*?<h2[^>]*>(?P<title>.*?)</h2>',
    re.DOTALL,
)


@functools.cache
def _environment() -> Environment:
    """The templates: everything is escaped, a misspelt name is an error."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(sparkline=sparkline, verdicts=VERDICTS, long=LONG)
    return environment


def _render(template: str, **values: Any) -> str:
    """One template, without the blank lines that its tags leave behind."""
    return re.sub(r"\n\s*\n+", "\n", _environment().get_template(template).render(**values)).strip()


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
    return _render("block.html.j2", block=block)


def _css(*names: str) -> str:
    """Style sheets of the templates folder, one after the other."""
    return "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in names)


@functools.cache
def _page_css() -> str:
    """The style of a page: colours that follow the reader's system, paper always light."""
    light, dark = palette.css(palette.LIGHT), palette.css(palette.DARK)
    colours = f":root{{{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
    return colours + _css("page.css", "block.css")


@dataclass(frozen=True)
class Style:
    """A style sheet as the value of a notebook cell; a page leaves it out, having its own."""

    css: str

    def _repr_html_(self) -> str:
        return f"<style data-alignment>{self.css}</style>"


def notebook_css() -> Style:
    """The style of blocks for JupyterLab, following its theme; shown once, by the setup cell."""
    light, dark = palette.css(palette.LIGHT), palette.css(palette.DARK)
    return Style(f'.block{{{light}}}\n[data-jp-theme-light="false"] .block{{{dark}}}\n{_css("block.css")}')


def export(notebook_node: NotebookNode, *, title: str, lang: str = "en") -> str:
    """An executed notebook as a self-contained page.

    Parameters
    ----------
    notebook_node : NotebookNode
        Read by nbformat; shown are its markdown cells and its HTML outputs, nothing else.
    title : str
        Title and first heading of the page; it stands in for the notebook's own first heading.
    lang : str
        Language tag of the page.

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
    return page(body, title=title, lang=lang)


@dataclass(frozen=True)
class Entry:
    """A line of the table of contents."""

    id: str
    text: str
    part: bool


def page(body: str, *, title: str, lang: str = "en") -> str:
    """The shell around finished HTML: head, style, contents, footer.

    Parameters
    ----------
    body : str
        Trusted markup: sections made by `block_html`, prose made from markdown.
    """
    numbered, contents = _contents(body)
    return _page(numbered, title=title, lang=lang, contents=contents)


def _page(body: str, *, title: str, lang: str, contents: Sequence[Entry]) -> str:
    return _render(
        "page.html.j2",
        body=body,
        css=_page_css(),
        title=title,
        lang=lang,
        contents=contents,
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


@dataclass(frozen=True)
class Run:
    """A line of the archive."""

    period: str
    report: str
    slice: str
    headline: str
    as_of: str
    instant: str
    href: str


@dataclass(frozen=True)
class Trend:
    """The headline numbers of one report and slice over its runs."""

    title: str
    stats: tuple[Stat, ...]


def archive(entries: Sequence[Mapping[str, Any]], *, title: str = "Reports", lang: str = "en") -> str:
    """The archive page: every run, newest first, and how the headline numbers moved.

    Parameters
    ----------
    entries : sequence of mapping
        One per run: `report`, `period`, `as_of` (ISO text), and optionally `slice`, `headline`, `link` (relative to
        the archive) and `numbers`: a sequence of ``{"label", "value", "text", "note", "side"}``, where `value` is drawn
        (None: undefined) and `text`, made by `wording`, is printed.

    Returns
    -------
    str
        A page of the same kind as a report, without contents.
    """
    newest = sorted(entries, key=lambda entry: (str(entry["as_of"]), str(entry["period"])), reverse=True)
    body = _render("archive.html.j2", runs=[_run(entry) for entry in newest], trends=_trends(newest))
    return _page(body, title=title, lang=lang, contents=())


def _run(entry: Mapping[str, Any]) -> Run:
    """An entry as text; a link that would leave the archive's folder is no link."""
    link = str(entry.get("link") or "")
    inside = not re.match(r"[a-zA-Z][\w+.-]*:|/|\\", link) and ".." not in link
    return Run(
        period=str(entry["period"]),
        report=str(entry["report"]).capitalize(),
        slice=str(entry.get("slice") or ""),
        headline=str(entry.get("headline") or ""),
        as_of=_moment(str(entry["as_of"])),
        instant=str(entry["as_of"]),
        href=quote(link) if inside else "",
    )


def _moment(as_of: str) -> str:
    """An ISO instant for reading: 2026-11-16 00:00 UTC; any other text as it is."""
    try:
        moment = datetime.fromisoformat(as_of)
    except ValueError:
        return as_of
    return f"{moment:%Y-%m-%d %H:%M} {moment:%Z}".strip()


def _trends(newest: Sequence[Mapping[str, Any]]) -> list[Trend]:
    """Per report and slice: the latest run's numbers with those of the runs before."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for entry in newest:
        groups.setdefault((str(entry["report"]), str(entry.get("slice") or "")), []).append(entry)
    found = [Trend(_group_title(*key), _trend_stats(group[:HISTORY])) for key, group in groups.items()]
    return [trend for trend in found if trend.stats]


def _group_title(report: str, slice_name: str) -> str:
    return f"{report.capitalize()}, {slice_name}" if slice_name else report.capitalize()


def _trend_stats(group: Sequence[Mapping[str, Any]]) -> tuple[Stat, ...]:
    """One number of the latest run each, with its values oldest first; a run without it leaves a gap."""
    oldest_first = [{str(n["label"]): n for n in entry.get("numbers") or ()} for entry in reversed(group)]
    return tuple(
        Stat(
            label=label,
            value=str(number["text"]),
            note=str(number.get("note") or ""),
            side=_side(number.get("side")),
            history=tuple(run.get(label, {}).get("value") for run in oldest_first),
        )
        for label, number in oldest_first[-1].items()
    )


def _side(value: object) -> Side:
    """A side read from JSON."""
    return "marketing" if value == "marketing" else "sales" if value == "sales" else "both"
