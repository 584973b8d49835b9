"""What earlier reports said: their numbers, the ids they counted, the issues they opened, from their run folders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from alignment_lib.params.period import Week


@dataclass(frozen=True, eq=False)
class Earlier:
    """An earlier report of the same kind, source and slice."""

    week: Week
    as_of: datetime
    metrics: tuple[Mapping[str, Any], ...]
    """Records of its results.json."""
    counted: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    """By metric, the ids that its number was counted from, each with its amount (None for counts)."""
    issues: tuple[Mapping[str, Any], ...] = ()
    """Issues that were open when it was made: those that its scorecard opened, and those it carried on."""
