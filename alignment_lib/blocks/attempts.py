"""Attempts."""

from __future__ import annotations

from dataclasses import replace

from alignment_lib.block import Block
from alignment_lib.blocks.agenda import agenda
from alignment_lib.metrics import Facts


@agenda(id="attempts", title="Attempts", question="Was every lead worked as often as agreed?", side="sales")
def attempts(facts: Facts, block: Block) -> Block:
    """STUB."""
    return replace(block, missing="Not part of this report yet.")
