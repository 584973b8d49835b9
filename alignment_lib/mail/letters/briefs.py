"""Cards that people wrote, as a mail can carry them: long texts shortened, no more of them than there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape

from alignment_lib.mail import safe
from alignment_lib.mail.letter import Card, Line
from alignment_lib.mail.letters.parts import Handed

TITLE, TEXT = 120, 400
"""Characters of a title and of a point."""
ROOM = 12_000
"""Bytes of all cards together; a mail holds each text twice and encoded, and its frame takes as much again."""
SHORTENED = " … (shortened)"


def fitting(cards: Sequence[Handed]) -> tuple[Card, ...]:
    """The first cards, as many as there is room for; one in any case."""
    found: list[Card] = []
    room = ROOM
    for handed in cards:
        card = brief(handed)
        room -= sum(len(escape(text).encode()) for text in (card.title, card.when, *(p.text for p in card.points)))
        if room < 0 and found:
            break
        found.append(card)
    return tuple(found)


def brief(handed: Handed) -> Card:
    """A card with its points, each at most so long."""
    points = tuple(Line(shortened(p["text"]), p["label"]) for p in handed["points"])
    return Card(safe.line(handed["title"], TITLE), handed["when"], points, handed["side"])


def shortened(text: str) -> str:
    """The text, cut where it is too long, which it then says."""
    return text if len(text) <= TEXT else text[: TEXT - len(SHORTENED)].rstrip() + SHORTENED


def linked(card: Card, address: str) -> Card:
    """The card with its title leading to an https address, which then needs no point of its own; else as it is."""
    link = safe.link(address)
    return replace(card, link=link, points=tuple(p for p in card.points if p.label != "Link")) if link else card
