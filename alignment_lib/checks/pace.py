"""Does each table go on as long as the others, and all of them to as-of: one that ends early was not exported whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

from alignment_lib.params.run import Run
from alignment_lib.source.tables import Opened
from alignment_lib.source.tables.checks import Check
from alignment_lib.source.tables.export import EPOCH, STREAMS, Export
from alignment_lib.stats import wording

NAME = "pace"
YEAR, RECENT = 364, 56
"""Days over which a table's longest gap is looked for, and its usual number of rows."""
WEEKS = 8
"""Weeks with rows from which on a table has a pace."""
EXPECTED = 12
"""Rows that the silence lacks at the usual pace, at least."""
SHORTEST, REST = 2, 7
"""Business days of silence that are never odd; of a part of a table whose other part goes on, as a team may be away."""
QUIET = ((12, 20, 31), (1, 1, 7))
"""Month and days in which nobody need work: the turn of the year."""


def checks(opened: Opened, export: Export, run: Run, accepted: Mapping[str, int]) -> tuple[list[Check], dict[str, int]]:
    """Tables that fall silent while others go on, and an export that ends before its period does.

    Parameters
    ----------
    accepted
        Streams whose silence a person let pass, and the day since which it lasts.

    Returns
    -------
    list of Check, dict
        The checks, and the streams that are silent with their last days, those that were let pass included.
    """
    ends = {stream: max(days) for stream, days in export.days.items() if days}
    if not ends:
        return [], {}
    times, over = opened.params.weekly.export.silence, (run.as_of.date() - EPOCH).days - 1
    latest = max(ends, key=lambda stream: ends[stream])
    silent = {s: ends[s] for s in ends if accepted.get(s) == ends[s]}
    found: dict[str, str] = {}
    for stream in (s for s in ends if s not in silent):
        others = [ends[s] for s in ends if s != stream and _is_beside(s, stream)]
        rest = max([SHORTEST, *(REST for other in others if business(ends[stream], other) > SHORTEST)])
        if silence(export.days[stream], min(ends[latest], over), times, rest):
            silent[stream] = ends[stream]
            found.setdefault(STREAMS[stream].table, stream)
    told = [Check(NAME, table, "HOLD", _sentence(opened, export, stream, latest)) for table, stream in found.items()]
    every = dict.fromkeys(day for days in export.days.values() for day in days)
    rows = {day: sum(days.get(day, 0) for days in export.days.values()) for day in every}
    if not told and silence(rows, over, times, SHORTEST):
        told = [Check(NAME, "", "HOLD", _older(ends[latest], over, run))]
    if not told:
        last = wording.day(ends[latest])
        told = [Check(NAME, "", "PASS", f"every dated table goes on as its own pace allows; the newest day is {last}")]
    return told, silent


def _is_beside(one: str, other: str) -> bool:
    """Whether two streams are parts of one table: activities out and in."""
    a, b = STREAMS[one], STREAMS[other]
    return (a.table, a.column) == (b.table, b.column)


def silence(days: Mapping[int, int], until: int, times: float, rest: int = SHORTEST) -> int:
    """Business days without rows up to a day, where they are more than the history allows; else 0.

    Parameters
    ----------
    days
        Rows by day (since 1970).
    times
        How many times its longest gap a table may be silent.
    rest
        Business days of silence that are never odd.
    """
    newest = max(days)
    since = [day for day in sorted(days) if day > newest - YEAR]
    gap, lasts = longest(since), business(newest, until)
    recent = sum(n for day, n in days.items() if day > newest - RECENT)
    expected = recent / max(1, business(newest - RECENT, newest)) * lasts
    known = len({(day + 3) // 7 for day in since}) >= WEEKS
    odd = known and lasts > max(rest, times * gap + 1) and expected >= EXPECTED
    return lasts if odd else 0


def longest(days: Sequence[int]) -> int:
    """The most business days that lie between two days with rows."""
    return max((business(one, other - 1) for one, other in pairwise(days)), default=0)


def business(after: int, until: int) -> int:
    """Mondays to Fridays after a day and up to another, the turn of the year left out."""
    dates = (EPOCH + timedelta(days=d) for d in range(after + 1, until + 1))
    return sum(d.weekday() < 5 and not _is_quiet(d) for d in dates)


def _is_quiet(day: date) -> bool:
    return any(day.month == month and first <= day.day <= last for month, first, last in QUIET)


def _sentence(opened: Opened, export: Export, stream: str, latest: str) -> str:
    mine, other = (opened.inspected[STREAMS[s].table].account.file for s in (stream, latest))
    ends, on = (max(export.days[s]) for s in (stream, latest))
    goes_on = f"{other} goes on" if mine != other else f"{STREAMS[latest].what[1]} go on"
    gap = longest([d for d in sorted(export.days[stream]) if d > ends - YEAR])
    before = f"at most {wording.count(gap)} before" if gap else "never one before"
    columns = STREAMS[stream].column_is
    filled = " and ".join([STREAMS[stream].column, *([columns[0]] if columns else [])])
    return (
        f"{mine}: the last {STREAMS[stream].what[0]} is of {wording.day(ends)}, {goes_on} to {wording.day(on)}:"
        f" {wording.plural(business(ends, on), 'business day')} without one, {before}; the download may have broken"
        f" off, or {filled} be filled no more: export it again"
    )


def _older(ends: int, over: int, run: Run) -> str:
    """Of an export that ends before what it is to tell of."""
    days = wording.plural(business(ends, over), "business day")
    return (
        f"no table has a row after {wording.day(ends)}, {days} before the end of what this {run.noun} tells; the export"
        f" is older than its {run.noun}: export again, or choose an earlier {run.noun}"
    )
