"""Scorecard."""

from __future__ import annotations

from dataclasses import replace

from alignment_lib.block import Block
from alignment_lib.blocks.agenda import agenda
from alignment_lib.metrics import Facts


@agenda(id="scorecard", title="Scorecard", question="Which measures are on track, and which are not?", side="both")
def scorecard(facts: Facts, block: Block) -> Block:
    """STUB."""
    return replace(block, missing="Not part of this report yet.")
