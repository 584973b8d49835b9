"""Decisions and open issues."""

from __future__ import annotations

from dataclasses import replace

from alignment_lib.block import Block
from alignment_lib.blocks.agenda import agenda
from alignment_lib.metrics import Facts


@agenda(
    id="decisions",
    title="Decisions and open issues",
    question="What did we decide last time, and what is still open?",
    side="both",
)
def decisions(facts: Facts, block: Block) -> Block:
    """STUB."""
    return replace(block, missing="Not part of this report yet.")
