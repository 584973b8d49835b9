"""The data's own trial: each check a verdict with a sentence and a consequence; one file a family."""

from __future__ import annotations

from collections.abc import Sequence

from alignment_lib.checks import dates, files, outcomes
from alignment_lib.contract import CONTRACT
from alignment_lib.params import RunParams
from alignment_lib.source import Source
from alignment_lib.source.tables import NEEDED_BY, Check, Opened, Tables, read
from alignment_lib.source.tables.checks import raise_for_failures

__all__ = ["all_checks", "build"]


def build(source: Source, params: RunParams, *, names: Sequence[str] | None = None) -> Tables:
    """Convert and judge the tables, and settle period and as-of.

    Parameters
    ----------
    names
        Which tables to read; by default those that the report's blocks need.

    Raises
    ------
    DataError
        A check marked FAIL fails.
    ParamsError
        as-of lies before all data.
    """
    opened = read(source, params, NEEDED_BY[params.report] if names is None else names)
    found = _found(opened)
    raise_for_failures(found)  # before a period is settled: data that cannot be read has none
    run = opened.settled()
    found.append(dates.freshness(opened.newest, run))
    raise_for_failures(found)
    return Tables(run, source, opened.inspected, tuple(sorted(found, key=_rank)), opened.kept, opened.mails)


def all_checks(source: Source, params: RunParams) -> list[Check]:
    """Convert and check every mapped table, whether a block reads it or not; failures are told, not raised."""
    return sorted(_found(read(source, params, (*source.names, *CONTRACT))), key=_rank)


def _found(opened: Opened) -> list[Check]:
    found: list[Check] = []
    for seen in opened.inspected.values():
        found += files.checks(seen, opened.params)
        if seen.account.read:
            found += [*outcomes.checks(seen), *dates.checks(seen)]
    return found + opened.found


def _rank(check: Check) -> tuple[int, int]:
    return ("FAIL", "HOLD", "WARN", "PASS").index(check.status), list(CONTRACT).index(
        check.table
    ) if check.table else -1
