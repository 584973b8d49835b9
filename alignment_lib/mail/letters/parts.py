"""What the letters of the weekly and the monthly have in common: parts of a block as parts of a letter."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from alignment_lib.mail.letter import Card, Figure, Grid, Line, Section
from alignment_lib.mail.published import Published
from alignment_lib.memory.runs import run_folder
from alignment_lib.params.period import Period, midnight
from alignment_lib.params.recipients import Recipients
from alignment_lib.stats import wording

Handed = Mapping[str, Any]
"""A block, stat, card or record as results.json has it."""
CONNECT = "Not in this data."
"""Stands in a sentence that says what to connect; the page is where that is read."""


def period(run: Published) -> Period:
    return run.kind.period.parse(run.period)


def so_far(run: Published) -> str:
    """` so far` where the period was not over yet."""
    over = run.as_of >= midnight(period(run).last + timedelta(days=1), str(run.results["timezone"]))
    return "" if over else " so far"


def record(run: Published, name: str, period: str | None) -> Handed | None:
    """The record of a metric for a period, over all sources and segments; None where it is not there or undefined."""
    found = (
        m
        for m in run.results["metrics"]
        if m["name"] == name and m["period"] == period and not m["source"] and not m["segment"]
    )
    return next((m for m in found if wording.defined(m["value"])), None)


def page(run: Published, settings: Recipients) -> str:
    """Where the page is; empty where the reports are not published anywhere."""
    if not settings.pages:
        return ""
    folder = run_folder(Path(), run.kind.name, run.period, run.slice).as_posix()
    return f"{settings.pages.rstrip('/')}/{quote(folder)}/index.html"


def lines(block: Handed | None, skip: Collection[str] = ()) -> tuple[Line, ...]:
    """The sentences of a block, without those that were said already or that tell the analyst what to connect."""
    told = block["sentences"] if block else ()
    return tuple(Line(s["text"], s["label"]) for s in told if s["text"] not in skip and CONNECT not in s["text"])


def figures(block: Handed | None, only: Collection[str] = ()) -> tuple[Figure, ...]:
    """The numbers of a block's strip: all, or those with these labels."""
    stats = [s for s in (block["stats"] if block else ()) if not only or s["label"] in only]
    return tuple(Figure(s["label"], s["value"], s["note"], s["side"], s["status"], s["status_word"]) for s in stats)


def stat(block: Handed | None, label: str) -> Handed | None:
    return next((s for s in (block["stats"] if block else ()) if s["label"] == label), None)


def cards(block: Handed | None, keep: Sequence[str], limit: int) -> tuple[Card, ...]:
    """The first cards of a block, each with the points that are kept, in their order."""
    return tuple(_card(card, keep) for card in (block["cards"][:limit] if block else ()))


def _card(card: Handed, keep: Sequence[str]) -> Card:
    points = (Line(p["text"], p["label"]) for label in keep for p in card["points"] if p["label"] == label)
    return Card(card["title"], card["when"], tuple(points), card["side"])


def left_out(n: int, what: str, many: str = "") -> str:
    """`3 more plans are on the page.`, nothing where none is left out."""
    return (
        f"{wording.count(n)} more {what if n == 1 else many or what + 's'} {'is' if n == 1 else 'are'} on the page."
        if n > 0
        else ""
    )


def to_settle(run: Published, limit: int) -> Section | None:
    """Open decisions and issues, what is overdue or due next first."""
    block = run.block("decisions")
    if block is None:
        return None
    rows = sorted(block["rows"], key=lambda row: (row["status"] != "bad", row["due_on"] or "9999"))
    shown = rows[:limit]
    grid = Grid(
        "Overdue first" if any(row["status"] == "bad" for row in shown) else "Due first",
        ("What", "Owner", "Due", "State"),
        tuple((f"{row['kind']}: {row['what']}", row["owner"], row["due"], row["state"]) for row in shown),
        statuses=tuple(row["status"] for row in shown),
        note=left_out(len(rows) - len(shown), "open one"),
    )
    return Section(block["title"], lines=lines(block), grids=(grid,) if shown else ())
