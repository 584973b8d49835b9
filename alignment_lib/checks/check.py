"""A check on one canonical table, made of what the pass over it found."""

from __future__ import annotations

from typing import Any

from alignment_lib.source.tables.checks import Check, Status
from alignment_lib.source.tables.inspect import Inspected


def on(
    seen: Inspected,
    name: str,
    status: Status,
    sentence: str,
    count: int = 0,
    cannot: tuple[str, ...] = (),
    **more: Any,
) -> Check:
    """A check on that table; `count` of its rows are concerned."""
    return Check(name, seen.contract.name, status, sentence, count, seen.account.read, cannot, **more)
