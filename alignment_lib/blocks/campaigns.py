"""Campaigns, as sales sees them."""

from __future__ import annotations

from dataclasses import replace

from alignment_lib.block import Block
from alignment_lib.blocks.agenda import agenda
from alignment_lib.metrics import Facts


@agenda(
    id="campaigns",
    title="Campaigns, as sales sees them",
    question="Which campaigns work, and what did sales say?",
    side="marketing",
)
def campaigns(facts: Facts, block: Block) -> Block:
    """STUB."""
    return replace(block, missing="Not part of this report yet.")
