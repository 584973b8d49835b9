"""Tables that people keep by hand, as plain rows: those of the source and those of the kept folder, as of the run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol

from alignment_lib.contract import CONTRACT
from alignment_lib.params.run import Run
from alignment_lib.source.tables.kept_tables import KeptTable
from alignment_lib.stats.days import day_of

WRITTEN = {
    "decisions": "decided_on", "issues": "opened_on", "wins": "won_on", "feedback": "given_on", "targets": "set_on",
    "product_updates": "announced_on", "suggestions": "raised_on", "interviews": "held_on", "training": "held_on",
    "shadowing": "held_on", "content_requests": "requested_on",
}  # fmt: skip
"""The day from which a row is known; later ones are not visible. Tables that are not named here are plans."""
LATER: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "decisions": {"done_on": ()},
    "issues": {"closed_on": ()},
    "feedback": {"answered_on": ("answer",)},
    "suggestions": {"ended_on": ()},
    "targets": {"done_on": ()},
}
"""Days that come to pass later, and what is known only with them; blank before."""


class Held(Protocol):
    """What is asked of the tables of a run, which know this file and so are not known here."""

    @property
    def run(self) -> Run: ...
    @property
    def kept(self) -> Mapping[str, KeptTable]: ...


@lru_cache(maxsize=64)
def rows(tables: Held, name: str) -> tuple[Mapping[str, Any], ...]:
    """Rows of a hand-kept table as of the run, in the order of the file.

    Returns
    -------
    tuple of mapping
        Every column of the contract as a key: `str`, `date`, `float`, `bool`, or None where blank or not connected.
        Empty where the table is neither in the source nor in the kept folder.
    """
    if name not in tables.kept:
        return ()
    blank: dict[str, Any] = dict.fromkeys(CONTRACT[name].columns)
    return tuple(r for row in tables.kept[name].rows if (r := _as_of(tables, name, {**blank, **row})) is not None)


def _as_of(tables: Held, name: str, row: dict[str, Any]) -> dict[str, Any] | None:
    """The row as it was known on the last visible day; None where it was not known yet."""
    today = day_of(tables.run.as_of_day)
    written = row.get(WRITTEN.get(name, ""))
    if written is not None and written > today:
        return None
    for day, dependents in LATER.get(name, {}).items():
        if row[day] is not None and row[day] > today:
            row |= dict.fromkeys((day, *dependents))
    return row
