"""Every number that earlier reports printed for their own weeks, against what it reads now, and why (D3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from alignment_lib.blocks.history import series
from alignment_lib.facts import Facts, daily
from alignment_lib.facts.restated_frames import occurrences, whereabouts
from alignment_lib.memory.runs import COUNTED, Earlier, cents
from alignment_lib.params.period import Week
from alignment_lib.source.tables.inspect import DUPLICATE
from alignment_lib.stats.days import day_of, epoch_day

VALUE = "won_value"
NUMBERS = (*COUNTED, VALUE)
CAUSES = ("late", "after", "in", "out", "set_aside", "merged", "gone", "outside", "amount")
"""Why a number changed, in the order in which reasons are told; `restated_<cause>` is the metric."""
KINDS = {"leads": "leads", "mqls": "leads", "opportunities": "opportunities", "won": "opportunities"}
NO_IDS, NO_SUM = "that report kept no ids", "its list of ids does not add up to what it printed"

Cause = tuple[str, str]
"""One of CAUSES, and a detail: a week, a reason, or nothing."""


@dataclass(frozen=True)
class Part:
    """What one reason contributes to a change: signed, in leads, deals or cents."""

    cause: str
    detail: str
    ids: tuple[str, ...]
    amount: int


@dataclass(frozen=True, eq=False)
class Change:
    """A number that reads differently now; leads, deals or, for the won value, cents; None: no deal had an amount."""

    report: Earlier
    name: str
    then: int | None
    now: int | None
    parts: tuple[Part, ...] = ()
    unknown: str = ""
    """Why there are no reasons."""

    @property
    def week(self) -> Week:
        return self.report.week

    @property
    def amount(self) -> int:
        return (self.now or 0) - (self.then or 0)


@dataclass(frozen=True, eq=False)
class Ledger:
    """All comparisons; the changes newest week first."""

    reports: tuple[Earlier, ...]
    compared: int
    changes: tuple[Change, ...]
    not_compared: tuple[str, ...]
    """Numbers that could not be compared, and why."""


@lru_cache(maxsize=8)
def ledger(facts: Facts) -> Ledger:
    """Compare every earlier report within the history with its week as it reads now."""
    weeks = {w.label: i for i, w in enumerate(facts.run.weeks)}
    reports = tuple(e for e in facts.earlier if e.week.label in weeks)[::-1]
    compared, without, changes = 0, Counter[str](), []
    for report in reports:
        for name in NUMBERS:
            printed = report.total(name)
            if printed is None or (name != VALUE and printed["value"] is None):
                continue
            now = _reads_now(facts, name, weeks[report.week.label])
            if isinstance(now, str) or (name == VALUE and printed["unit"] != facts.run.params.company.currency):
                without[now if isinstance(now, str) else "in another currency"] += 1
                continue
            compared += 1
            then = _whole(name, printed["value"])
            if then != now:
                changes.append(Change(report, name, then, now))
    told = tuple(f"{n} {why}" for why, n in sorted(without.items()))
    return Ledger(reports, compared, _explained(facts, changes), told)


def _whole(name: str, value: float | None) -> int | None:
    """Leads, deals or cents."""
    return None if value is None else cents(value) if name == VALUE else int(value)


def _reads_now(facts: Facts, name: str, index: int) -> int | str | None:
    """A week's number with today's data (None: no deal of it has an amount), or why it cannot be told."""
    event = "won" if name == VALUE else name
    found = series(facts, event)
    if found is None:
        return "whose columns this data does not have any more"
    if found.weeks[index] is None:
        return "before this data begins"
    return found.weeks[index] if name != VALUE else _cents(facts)[index]


@lru_cache(maxsize=8)
def _cents(facts: Facts) -> tuple[int | None, ...]:
    """The won value of each week; None where no won deal has an amount."""
    mondays = [epoch_day(w.monday) for w in facts.run.weeks]
    frame = daily(facts, "won", first_day=mondays[0], last_day=facts.run.last_day)
    frame = frame[frame["n_amount"] > 0]
    weeks = [frame.loc[frame["day"].between(d, d + 6), "amount"] for d in mondays]
    return tuple(sum(map(cents, amounts)) if len(amounts) else None for amounts in weeks)


def _explained(facts: Facts, changes: list[Change]) -> tuple[Change, ...]:
    """The changes with their reasons: one look at the rows of each count concerned, one at those that have left it."""
    if not changes:
        return ()
    rows = {event: _rows(facts, event, changes) for event in COUNTED if any(_event(c) == event for c in changes)}
    pairs = [_sides(c, rows[_event(c)]) for c in changes]
    gone = {"leads": set[str](), "opportunities": set[str]()}
    for change, (then, now, _) in zip(changes, pairs, strict=True):
        gone[KINDS[_event(change)]] |= then.keys() - now.keys()
    found = {kind: _traces(facts, kind, ids) for kind, ids in gone.items()}
    known = _Known(facts.earlier)
    return tuple(
        _explain(change, sides, found[KINDS[_event(change)]], known)
        for change, sides in zip(changes, pairs, strict=True)
    )


def _event(change: Change) -> str:
    return "won" if change.name == VALUE else change.name


def _rows(facts: Facts, event: str, changes: list[Change]) -> pd.DataFrame:
    days = [epoch_day(c.week.monday) for c in changes if _event(c) == event]
    return occurrences(facts, event, first_day=min(days), last_day=max(days) + 6)


Sides = tuple[Mapping[str, int], Mapping[str, int], Mapping[str, int]]
"""Ids counted then and now, each with what it counts for, and the seconds of what happened to those of now."""


def _sides(change: Change, rows: pd.DataFrame) -> Sides:
    monday = epoch_day(change.week.monday)
    mine = rows[rows["day"].between(monday, monday + 6)]
    counted = change.report.counted.get(_event(change), {})
    ids = [str(i) for i in mine["id"]]
    seconds = dict(zip(ids, (int(s) for s in mine["seconds"]), strict=True))
    if change.name != VALUE:
        return dict.fromkeys(counted, 1), dict.fromkeys(ids, 1), seconds
    return {i: cents(a) for i, a in counted.items()}, dict(zip(ids, map(cents, mine["amount"]), strict=True)), seconds


def _traces(facts: Facts, kind: str, ids: Iterable[str]) -> Mapping[str, list[Mapping[str, Any]]]:
    """By id, the rows of the source that it has now."""
    wanted, found = sorted(ids), dict[str, list[Mapping[str, Any]]]()
    for row in whereabouts(facts, kind, wanted).to_dict("records") if wanted else ():
        found.setdefault(str(row["id"]), []).append({str(k): v for k, v in row.items()})
    return found


class _Known:
    """What the lists of ids of earlier reports knew."""

    def __init__(self, reports: Iterable[Earlier]) -> None:
        self.weeks: dict[tuple[str, str], list[Week]] = {}
        """Weeks whose report counted an id, by metric and id, oldest first."""
        self.first: dict[tuple[str, str], Week] = {}
        """The first week whose report counted an id at all, by kind and id."""
        for report in reports:
            for event, ids in report.counted.items():
                for identity in ids:
                    self.weeks.setdefault((event, identity), []).append(report.week)
                    self.first.setdefault((KINDS[event], identity), report.week)

    def arrival(self, report: Earlier, event: str, identity: str, seconds: int) -> Cause:
        """Why an id is counted now that was not counted then."""
        elsewhere = [w for w in self.weeks.get((event, identity), ()) if w != report.week]
        if elsewhere:
            return "in", elsewhere[-1].label
        if seconds >= report.as_of.timestamp():
            return "after", ""
        first = self.first.get((KINDS[event], identity))
        return ("in" if first is not None and first <= report.week else "late"), ""


def _departure(event: str, rows: list[Mapping[str, Any]]) -> Cause:
    """Why an id is not counted any more that was counted then."""
    if not rows:
        return "gone", ""
    used = [r for r in rows if not isinstance(r["reason"], str)]
    if not used:
        return "set_aside", str(rows[0]["reason"])
    at = used[0][event]
    week = "" if at is None or at != at else Week.of(day_of(int(at))).label
    if any(r["reason"] == DUPLICATE for r in rows):
        return "merged", week
    return ("out", week) if used[0]["inside"] else ("outside", "")


def _explain(change: Change, sides: Sides, traces: Mapping[str, list[Mapping[str, Any]]], known: _Known) -> Change:
    """The change with its reasons, which add up to it; without where that report's ids are not known."""
    then, now, seconds = sides
    event = _event(change)
    report, name = change.report, change.name
    if event not in report.counted:
        return Change(report, name, change.then, change.now, unknown=NO_IDS)
    if sum(then.values()) != (change.then or 0):
        return Change(report, name, change.then, change.now, unknown=NO_SUM)

    def why(identity: str) -> Cause:
        if identity in then:
            return _departure(event, traces.get(identity, []))
        return known.arrival(report, event, identity, seconds[identity])

    return Change(report, name, change.then, change.now, reconcile(then, now, why))


def reconcile(then: Mapping[str, int], now: Mapping[str, int], why: Callable[[str], Cause]) -> tuple[Part, ...]:
    """Reasons that add up to the sum of `now` − the sum of `then`.

    Parameters
    ----------
    then, now
        What each id counted for.
    why
        The cause of an id that is on one side only.

    Returns
    -------
    tuple of Part
        By cause and detail; an id that counts for nothing is in none.
    """
    parts: dict[Cause, dict[str, int]] = {}
    for identity in sorted(then.keys() | now.keys()):
        amount = now.get(identity, 0) - then.get(identity, 0)
        if amount:
            both = identity in then and identity in now
            cause = ("amount", "raised" if amount > 0 else "lowered") if both else why(identity)
            parts.setdefault(cause, {})[identity] = amount
    ordered = sorted(parts, key=lambda c: (CAUSES.index(c[0]), c[1]))
    return tuple(Part(*cause, tuple(parts[cause]), sum(parts[cause].values())) for cause in ordered)
