"""Is the outcome of each deal known: values that the mapping knows, closings that have their day."""

from __future__ import annotations

from collections.abc import Iterator

from alignment_lib.checks.check import on
from alignment_lib.source.tables.checks import Check
from alignment_lib.source.tables.inspect import Inspected


def checks(seen: Inspected) -> Iterator[Check]:
    """Values outside those that metrics know, outcomes without a day, days without an outcome."""
    yield from _allowed(seen)
    if seen.undated_outcomes:
        text = (
            f"{seen.account.file}: {seen.undated_outcomes} deals are won or lost without a closing date; no week can"
            " count them, they stay open here"
        )
        yield on(seen, "dated outcome", "WARN", text, seen.undated_outcomes)
    if seen.undecided_closings:
        text = f"{seen.account.file}: {seen.undecided_closings} deals have a closing date but are neither won nor lost"
        yield on(seen, "outcome", "WARN", f"{text}; they stay open here", seen.undecided_closings)


def _allowed(seen: Inspected) -> Iterator[Check]:
    for column, count in seen.outside.items():
        allowed = ", ".join(seen.contract.columns[column].allowed)
        text = f"{seen.account.file}: {count} rows have a {column} other than {allowed}; add them to `map:`"
        yield on(seen, "values", "WARN", text, count)
