"""The first screen of the month: one sentence for each item of the agenda that the data can speak to."""

from __future__ import annotations

from dataclasses import replace

from alignment_lib.blocks.agenda import BlockFunction, agenda
from alignment_lib.blocks.monthly.dispute import dispute
from alignment_lib.blocks.monthly.friction import friction
from alignment_lib.blocks.monthly.load import load
from alignment_lib.blocks.monthly.month_grid import month_grid
from alignment_lib.blocks.monthly.recap import recap
from alignment_lib.blocks.monthly.sla_month import sla_month
from alignment_lib.facts import Facts
from alignment_lib.page.block import Block

ITEMS: tuple[tuple[str, BlockFunction], ...] = (
    ("Revenue", recap),
    ("Friction", friction),
    ("Lead quality", dispute),
    ("SLA", sla_month),
    ("People", load),
    ("Next", month_grid),
)
"""The agenda, and the block that speaks first to each item."""


@agenda(id="headlines", title="The month in short", question="What did the month bring, item by item?")
def summary(facts: Facts, block: Block) -> Block:
    """The first sentence of each item's block; an item without data is left out here and says so further down."""
    said = [(label, made.sentences[0]) for label, function in ITEMS if (made := function(facts)).sentences]
    if not said:
        return replace(block, missing="Nothing can be said of this month: see each item for what to connect.")
    return replace(block, labels=tuple(label for label, _ in said), sentences=tuple(text for _, text in said))
