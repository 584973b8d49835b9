"""Whether the report and the analyst print the same numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

NAMES = (
    "leads",
    "mqls",
    "opportunities",
    "won",
    "lost",
    "won_value",
    "win_rate",
    "cycle_days",
    "sla_met",
    "sla_missed",
    "sla_not_due",
    "sla_follow_up",
    "response_hours",
    "response_hours_p95",
    "routing_hours",
    "acceptance",
    "mql_goal",
    "mql_pace",
)
"""The metrics that the analyst works out; what else the report prints is counted, not compared."""
TOLERANCE = 1e-6

Key = tuple[str, str | None, str | None, str | None]


@dataclass(frozen=True)
class Agreement:
    """Numbers that agree, that the report withholds because its leads are too young or few, and that differ.

    `beyond` are those that only the report prints.
    """

    agreed: int
    withheld: int
    differences: tuple[str, ...]
    beyond: int = 0

    def __str__(self) -> str:
        total = self.agreed + self.withheld + len(self.differences)
        withheld = f", {self.withheld} withheld by the report as too young or too few" if self.withheld else ""
        return f"{self.agreed} of {total} numbers agree to {TOLERANCE:g}{withheld}; {self.beyond} more in the report"


def compare(report: Iterable[Mapping[str, Any]], analyst: Iterable[Mapping[str, Any]]) -> Agreement:
    """Compare the metrics of a results.json with the analyst's records."""
    ours = {_key(m): m["value"] for m in report}
    theirs = {_key(m): m["value"] for m in analyst}
    agreed, withheld, differences = 0, 0, []
    for key in sorted(theirs, key=str):
        if key not in ours or key[0] not in NAMES:
            differences.append(f"{_words(key)}: printed by the analyst only")
        elif _same(ours[key], theirs[key]):
            agreed += 1
        elif ours[key] is None and key[0] == "acceptance":
            withheld += 1
        else:
            differences.append(f"{_words(key)}: the report has {ours[key]}, the analyst {theirs[key]}")
    beyond = ours.keys() - theirs.keys()
    missed = {key for key in beyond if _asked(key, theirs)}
    differences += [f"{_words(key)}: printed by the report only" for key in sorted(missed, key=str)]
    return Agreement(agreed, withheld, tuple(differences), len(beyond - missed))


def _asked(key: Key, theirs: Iterable[Key]) -> bool:
    """Whether the analyst works that metric out for that source, segment and period, each by itself."""
    same = [k for k in theirs if k[0] == key[0]]
    return all(part in {k[place] for k in same} for place, part in enumerate(key))


def _key(record: Mapping[str, Any]) -> Key:
    return (record["name"], record["source"], record["segment"], record["period"])


def _words(key: Key) -> str:
    return " ".join(part for part in key if part)


def _same(ours: float | None, theirs: float | None) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    return math.isclose(ours, theirs, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
