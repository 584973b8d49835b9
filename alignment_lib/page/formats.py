"""Two ways to hold the same meeting: discussed by a small team, presented to a large one (C20, C22)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from alignment_lib.page.block import Block, Table, Trend

Format = Literal["interactive", "overview"]
SHORT = 8
"""Rows of the one table that an overview leaves open; one that shows histories may have more."""


def formatted(block: Block, format: Format) -> Block:
    """The block as this format shows it; its numbers, sentences and notes stay as they are.

    Parameters
    ----------
    format : {"interactive", "overview"}
        `interactive`: the block itself. `overview`: without questions for the room and space for decisions, with one
        picture at most and one short table open at most; every other table is folded, none is left out.
    """
    if format == "interactive":
        return block
    return replace(block, prompts=(), space="", pictures=block.pictures[:1], tables=tuple(_folded(block.tables)))


def _folded(tables: tuple[Table, ...]) -> Iterator[Table]:
    """The first short table as it is, the others folded."""
    left_open = False
    for table in tables:
        stays = not left_open and not table.folded and (len(table.rows) <= SHORT or _has_histories(table))
        left_open = left_open or stays
        yield table if stays else replace(table, folded=True)


def _has_histories(table: Table) -> bool:
    """The scorecard is what a large meeting looks at together."""
    return any(isinstance(cell, Trend) for row in table.rows for cell in row)
