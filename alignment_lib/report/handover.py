"""What results.json hands to the mails besides numbers and sentences: stats, cards, rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alignment_lib.page.block import Block, Card, Stat

ABOUT = ("method", "glossary", "record")
"""Blocks about the page itself, which no mail needs."""


def handed_on(block: Block) -> Mapping[str, Any]:
    """A block as a mail can use it: no charts, no tables, no lists of ids."""
    return {
        "id": block.id,
        "title": block.title,
        "side": block.side,
        "missing": block.missing,
        "sentences": [
            {"label": label, "text": text}
            for label, text in zip(block.labels or ("",) * len(block.sentences), block.sentences, strict=True)
        ],
        "stats": [_stat(s) for s in block.stats],
        "cards": [_card(c) for c in block.cards],
        "rows": [dict(row) for row in block.handover],
    }


def _stat(stat: Stat) -> Mapping[str, Any]:
    return {
        "label": stat.label,
        "value": stat.value,
        "note": stat.note,
        "side": stat.side,
        "status": stat.status,
        "status_word": stat.status_word,
        "history": [_plain(v) for v in stat.history],
        "normal": list(stat.normal) if stat.normal else None,
    }


def _card(card: Card) -> Mapping[str, Any]:
    points = [{"label": label, "text": text} for label, text in card.points]
    return {"title": card.title, "when": card.when, "points": points, "side": card.side}


def _plain(value: float | None) -> float | None:
    return None if value is None or value != value else value
