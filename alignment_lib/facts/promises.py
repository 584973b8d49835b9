"""What was promised for a period: the targets that people keep by hand, the latest word on each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from alignment_lib.facts.facts import Facts


def promised(facts: Facts, metric: str, *, first: date, last: date) -> dict[str | None, float]:
    """Targets of a metric for exactly the days from `first` to `last`.

    Returns
    -------
    dict
        Target by segment; None is the whole company. A target that was set anew counts as it was set last by the run's
        day; targets of a single source are left out. Empty where nothing is promised.
    """
    rows = [
        r
        for r in facts.kept("targets")
        if (r["metric"], r["period_start"], r["period_end"]) == (metric, first, last) and r["source"] is None
    ]
    return {r["segment"]: float(r["target"]) for r in sorted(rows, key=_set_on)}


def _set_on(row: Mapping[str, Any]) -> date:
    day: date = row["set_on"] or date.min
    return day
