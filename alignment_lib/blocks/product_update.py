"""The weekly product update (C30): what was announced, who cares, and where to read more."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from alignment_lib.blocks.agenda import agenda, evidence, metric
from alignment_lib.blocks.closing import checks, method
from alignment_lib.blocks.opening import head
from alignment_lib.blocks.typed import one_line, quoted, where_to_write
from alignment_lib.facts import Facts
from alignment_lib.page.block import Block, Card, Column, Table
from alignment_lib.params.period import local_day
from alignment_lib.stats import wording
from alignment_lib.stats.days import epoch_day

__all__ = ["checks", "head", "method", "product_news"]

DAYS = 7
"""How far back an announcement is news."""
CARDS = 20
LONGEST_LINK = 2000
NAMED = 3
"""Updates that the sentence names."""
Row = Mapping[str, Any]


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> tuple[Row, ...]:
    """What was announced in the seven days before the report's day, or on it and is visible; newest first."""
    first = epoch_day(local_day(facts.run.as_of, facts.run.params.timezone)) - DAYS
    rows = [r for r in facts.kept("product_updates") if first <= epoch_day(r["announced_on"]) <= facts.run.as_of_day]
    return tuple(sorted(rows, key=lambda r: (-epoch_day(r["announced_on"]), one_line(r["title"]))))


@agenda(
    id="product-news",
    title="New in the product",
    question="What was announced, and who among our prospects cares?",
)
def product_news(facts: Facts, block: Block) -> Block:
    """A card for each announcement."""
    if not facts.tables.has("product_updates"):
        return replace(block, missing=where_to_write(facts, "product_updates", "one row for each announcement"))
    rows = numbers(facts)
    cards = tuple(_card(r) for r in rows[:CARDS])
    return replace(
        block,
        sentences=(sentence(rows), *_unshown(rows)),
        cards=cards,
        tables=(_rest(facts, rows[CARDS:]),) if rows[CARDS:] else (),
        evidence=evidence(
            facts,
            "product_updates_new",
            n=wording.plural(len(rows), "product update"),
            method="as written; an announcement of a later day is not told before it",
        ),
        metrics=(metric("product_updates_new", len(rows), n=len(rows)),),
        handover=tuple({"title": one_line(r["title"]), "link": link_of(r)} for r in rows[:CARDS]),
    )


def sentence(rows: tuple[Row, ...]) -> str:
    """How many, and which."""
    if not rows:
        return f"No product update was announced in the last {DAYS} days."
    n = len(rows)
    told = f"{wording.plural(n, 'product update')} {'was' if n == 1 else 'were'} announced in the last {DAYS} days"
    named = wording.listing([quoted(r["title"]) for r in rows[:NAMED]])
    return f"{told}: {named}." if n <= NAMED else f"{told}, the newest of them {named}."


def _unshown(rows: tuple[Row, ...]) -> tuple[str, ...]:
    """Why a link is not shown."""
    bad = any(r["link"] and not link_of(r) for r in rows[:CARDS])
    return ("A link that is no http or https address is not shown.",) if bad else ()


def _rest(facts: Facts, rows: tuple[Row, ...]) -> Table:
    shown = facts.run.params.weekly.list_rows
    cells = tuple(
        (
            one_line(r["title"]),
            wording.short_day(r["announced_on"]),
            *(one_line(r[name] or "") or wording.NOTHING for name in ("soundbite", "who_cares")),
        )
        for r in rows[:shown]
    )
    left = len(rows) - len(cells)
    heads = tuple(Column(h) for h in ("Product update", "Announced", "Soundbite", "Who cares"))
    note = f"{wording.count(left)} more are not listed." if left else ""
    return Table(f"{wording.plural(len(rows), 'more update')}", heads, cells, note=note, folded=True)


def link_of(row: Row) -> str:
    """The address, where it is one of the web and nothing else; else nothing."""
    text = (row["link"] or "").strip()
    if len(text) > LONGEST_LINK or not re.fullmatch(r"https?://[!-~]+", text, re.IGNORECASE):
        return ""
    try:
        return text if urlsplit(text).hostname else ""
    except ValueError:
        return ""


def _card(row: Row) -> Card:
    points = [(label, one_line(row[name])) for name, label in (("soundbite", "Soundbite"), ("who_cares", "Who cares"))
              if row[name]]  # fmt: skip
    if row["link"]:
        points.append(("Link", link_of(row) or "not shown: no http or https address"))
    day = row["announced_on"]
    return Card(one_line(row["title"]), f"announced {day:%a} {wording.day(day)}", tuple(points), side="both")
