"""Decisions and reasons."""

from __future__ import annotations

from dataclasses import replace

from alignment_lib.block import Block
from alignment_lib.blocks.agenda import agenda
from alignment_lib.metrics import Facts


@agenda(
    id="judged",
    title="Decisions and reasons",
    question="Did sales tell marketing what became of its leads?",
    side="sales",
)
def judged(facts: Facts, block: Block) -> Block:
    """STUB."""
    return replace(block, missing="Not part of this report yet.")
