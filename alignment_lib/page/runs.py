"""The archive: every run with its link, and how the headline numbers moved."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from alignment_lib.page.block import Side, Stat
from alignment_lib.page.pages import shell
from alignment_lib.page.sections import render

HISTORY = 13
"""Runs in a trend of the archive: a quarter of weeks."""


@dataclass(frozen=True)
class Run:
    """A line of the archive."""

    period: str
    report: str
    slice: str
    origin: str
    headline: str
    as_of: str
    instant: str
    href: str


@dataclass(frozen=True)
class Trend:
    """The headline numbers of one report, slice and source over its runs."""

    title: str
    stats: tuple[Stat, ...]


def archive(
    entries: Sequence[Mapping[str, Any]], *, beside: Sequence[str] = (), title: str = "Reports", lang: str = "en"
) -> str:
    """The archive page: every run, newest first, and how the headline numbers moved.

    Parameters
    ----------
    entries : sequence of mapping
        One per run: `report`, `period`, `as_of` (ISO text), and optionally `slice`, `origin` (the source it was made
        of; told where there are several), `headline`, `link` (relative to the archive) and `numbers`: a sequence of
        ``{"label", "value", "text", "note", "side"}``, where `value` is drawn (None: undefined) and `text`, made by
        `wording`, is printed.
    beside : sequence of str
        Folders of other sources inside the archive's, each with an archive of its own, to which a link leads.

    Returns
    -------
    str
        A page of the same kind as a report, without contents.
    """
    newest = sorted(entries, key=lambda entry: (str(entry["as_of"]), str(entry["period"])), reverse=True)
    runs = [_run(entry) for entry in newest]
    mixed = len({run.origin for run in runs}) > 1
    body = render("archive.html.j2", runs=runs, trends=_trends(newest, mixed), mixed=mixed, beside=beside)
    return shell(body, title=title, lang=lang)


def _run(entry: Mapping[str, Any]) -> Run:
    """An entry as text; a link that would leave the archive's folder is no link."""
    link = str(entry.get("link") or "")
    inside = not re.match(r"[a-zA-Z][\w+.-]*:|/|\\", link) and ".." not in link
    return Run(
        period=str(entry["period"]),
        report=str(entry["report"]).capitalize(),
        slice=str(entry.get("slice") or ""),
        origin=_origin(entry),
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


def _origin(entry: Mapping[str, Any]) -> str:
    return str(entry.get("origin") or "")


def _trends(newest: Sequence[Mapping[str, Any]], mixed: bool) -> list[Trend]:
    """Per report, slice and source: the latest run's numbers with those of the runs before."""
    groups: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for entry in newest:
        key = (str(entry["report"]).capitalize(), str(entry.get("slice") or ""), _origin(entry))
        groups.setdefault(key, []).append(entry)
    found = [
        Trend(", ".join(filter(None, key if mixed else key[:2])), _trend_stats(group[:HISTORY]))
        for key, group in groups.items()
    ]
    return [trend for trend in found if trend.stats]


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
