"""What follows of the checks: a run that ends, one that is published and held back, one that a person let pass."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from alignment_lib.checks import before, pace, torn
from alignment_lib.errors import DataError, ParamsError
from alignment_lib.params.run import Release
from alignment_lib.source.tables.checks import Check

HOLDS = ("outcomes", "complete", pace.NAME, *torn.NAMES, *before.REMEDIES)
"""Checks that may hold a run: one that has nothing to hold today is let pass all the same."""


def failure(checks: Iterable[Check]) -> DataError:
    """What ends a run of which a check fails: the first one's sentence, and how many more there are."""
    # that no row is left says less than why
    failed = sorted((c for c in checks if c.status == "FAIL"), key=lambda c: c.name == "rows")
    more = f" ({len(failed) - 1} more checks fail)" if len(failed) > 1 else ""
    return DataError(failed[0].sentence + more)


def released(checks: Sequence[Check], release: Release | None) -> list[Check]:
    """The checks, those that a person lets pass told as warnings with their reason.

    Raises
    ------
    ParamsError
        A name that no check of this run has.
    """
    if release is None:
        return list(checks)
    known = {*HOLDS, *(check.name for check in checks)}
    for name in release.checks:
        if name not in known:
            held = ", ".join(sorted({c.name for c in checks if c.status == "HOLD"}))
            told = f"held: {held}" if held else "none is held: leave ACCEPT out"
            raise ParamsError(f"ACCEPT={name[:60]}: no check of this run has that name ({told})")
    return [_released(check, release) for check in checks]


def _released(check: Check, release: Release) -> Check:
    if check.status != "HOLD" or check.name not in release.checks:
        return check
    return replace(check, status="WARN", accepted={"because": release.because})
