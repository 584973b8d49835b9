"""The mail of the weekly marketing update (C29): what begins this week, how to respond, whence leads should come."""

from __future__ import annotations

from collections.abc import Sequence

from alignment_lib.mail import safe
from alignment_lib.mail.letter import Grid, Letter, Section
from alignment_lib.mail.letters import briefs, parts
from alignment_lib.mail.people import Person
from alignment_lib.mail.published import Published
from alignment_lib.params.recipients import Recipients
from alignment_lib.stats import wording

CARDS, SOURCES, LATER = 12, 8, 8
"""Promotions with a card, and rows of the two tables."""
SUBJECT = 78
CELL = 120
"""Characters of a text in a table."""


def letter(run: Published, settings: Recipients, person: Person | None = None) -> Letter | None:
    """The same for everybody; None where nothing begins, goes on or comes in the days after the week."""
    block = run.block("promotions")
    if block is None or not block["rows"]:
        return None
    expected = run.block("expected")
    return Letter(
        subject=subject(run, block),
        preheader=_plain((parts.lines(expected) or parts.lines(block))[0].text),
        title=f"{run.kind.title}, {run.period}",
        header=run.header,
        sections=(_this_week(run, block), *_expected(expected), *_later(run, block)),
        link=parts.page(run, settings),
        link_text="Open the whole update",
    )


def subject(run: Published, block: parts.Handed) -> str:
    """`This week: 3 promotions, first Spreadsheet escape ads on Monday`."""
    first, of = block["rows"][0], f", {run.slice}" if run.slice else ""
    if begin := _count(run, "promotions_week"):
        told = f"This week{of}: {wording.plural(begin, 'promotion')},{' first' if begin > 1 else ''}"
        after = f" on {first['weekday']}"
    else:
        goes_on = first["group"] == "goes on"
        told, after = (f"Goes on this week{of}:", "") if goes_on else (f"Coming{of}:", f" on {first['day']}")
    room = max(SUBJECT - len(told) - len(after) - 1, 20)
    return _plain(f"{told} {safe.line(first['title'], room)}{after}")


def _plain(text: str) -> str:
    """With ordinary blanks."""
    return text.replace("\u00a0", " ")


def _groups(block: parts.Handed, later: bool) -> list[parts.Handed]:
    """The cards of what comes later, or of what does not."""
    both = zip(block["cards"], block["rows"], strict=True)
    return [card for card, row in both if (row["group"] == "later") == later]


def _this_week(run: Published, block: parts.Handed) -> Section:
    found = _groups(block, later=False)
    cards = briefs.fitting(found[:CARDS])
    everything = _count(run, "promotions_week") + _count(run, "promotions_running")
    left = parts.left_out(everything - len(cards), "promotion of this week", "promotions of this week")
    return Section(block["title"], block["side"], parts.lines(block)[:1], cards=cards, note=left)


def _count(run: Published, name: str) -> int:
    found = parts.record(run, name, None)
    return int(found["value"]) if found else 0


def _expected(block: parts.Handed | None) -> tuple[Section, ...]:
    """The sources, those that should bring most first."""
    if block is None:
        return ()
    rows = block["rows"][:SOURCES]
    grid = Grid(
        "By source, most expected first",
        ("Source", "Leads expected", "Of what goes on", "Normal week"),
        tuple((_cell(r["source"]), r["told"], r["running"], r["normal"]) for r in rows),
        numeric=(1, 2, 3),
        note=parts.left_out(len(block["rows"]) - len(rows), "source"),
    )
    return (Section(block["title"], block["side"], parts.lines(block), grids=(grid,) if rows else ()),)


def _later(run: Published, block: parts.Handed) -> tuple[Section, ...]:
    found = _groups(block, later=True)
    if not found:
        return ()
    rows = tuple((_cell(c["title"]), c["when"].removeprefix("later: "), _soundbite(c)) for c in found[:LATER])
    left = parts.left_out(_count(run, "promotions_later") - len(rows), "promotion")
    grid = Grid("", ("Promotion", "When", "Soundbite"), rows, note=left)
    return (Section("Later", block["side"], parts.lines(block)[1:], grids=(grid,)),)


def _soundbite(card: parts.Handed) -> str:
    points: Sequence[parts.Handed] = card["points"]
    return next((_cell(p["text"]) for p in points if p["label"] == "Soundbite"), "")


def _cell(text: str) -> str:
    return safe.line(text, CELL)
