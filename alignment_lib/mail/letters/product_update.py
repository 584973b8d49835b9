"""The mail of the weekly product update (C30): what is new, who cares, and where to read more."""

from __future__ import annotations

from alignment_lib.mail import safe
from alignment_lib.mail.letter import Letter, Section
from alignment_lib.mail.letters import briefs, parts
from alignment_lib.mail.people import Person
from alignment_lib.mail.published import Published
from alignment_lib.params.recipients import Recipients
from alignment_lib.stats import wording

CARDS = 12
SUBJECT = 78


def letter(run: Published, settings: Recipients, person: Person | None = None) -> Letter | None:
    """The same for everybody; None where nothing was announced."""
    block = run.block("product-news")
    if block is None or not block["rows"]:
        return None
    cards = briefs.fitting(block["cards"][:CARDS])
    cards = tuple(briefs.linked(card, row["link"]) for card, row in zip(cards, block["rows"], strict=False))
    lines = parts.lines(block)
    return Letter(
        subject=subject(run, block),
        preheader=lines[0].text.replace("\u00a0", " "),
        title=f"{run.kind.title}, {run.period}",
        header=run.header,
        sections=(
            Section(
                block["title"],
                block["side"],
                lines,
                cards=cards,
                note=parts.left_out(_announced(run) - len(cards), "product update"),
            ),
        ),
        link=parts.page(run, settings),
        link_text="Open the whole update",
    )


def _announced(run: Published) -> int:
    found = parts.record(run, "product_updates_new", None)
    return int(found["value"]) if found else 0


def subject(run: Published, block: parts.Handed) -> str:
    """`New in the product: Data centre in Stockholm, and 1 more`."""
    others = _announced(run) - 1
    more = f", and {wording.count(others)} more" if others > 0 else ""
    told = "New in the product: "
    return told + safe.line(block["rows"][0]["title"], SUBJECT - len(told) - len(more)) + more
