"""Presenting marketing's half."""

from __future__ import annotations

from dataclasses import replace

from alignment_lib.block import Block
from alignment_lib.blocks.agenda import agenda
from alignment_lib.metrics import Facts


@agenda(id="marketing-notes", title="Presenting marketing's half", question="What to show and say?", side="marketing")
def marketing_notes(facts: Facts, block: Block) -> Block:
    """STUB."""
    return replace(block, missing="Not part of this report yet.")


@agenda(id="sales-notes", title="Presenting sales's half", question="What to show and say?", side="sales")
def sales_notes(facts: Facts, block: Block) -> Block:
    """STUB."""
    return replace(block, missing="Not part of this report yet.")
