"""Pipeline."""

from __future__ import annotations

from dataclasses import replace

from alignment_lib.block import Block
from alignment_lib.blocks.agenda import agenda
from alignment_lib.metrics import Facts


@agenda(
    id="pipeline",
    title="Pipeline",
    question="What was added to the pipeline, and does it cover the goal?",
    side="sales",
)
def pipeline(facts: Facts, block: Block) -> Block:
    """STUB."""
    return replace(block, missing="Not part of this report yet.")
