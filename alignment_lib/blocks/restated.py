"""Restated numbers (D3): what earlier reports printed for their weeks, what those weeks read now, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import pandas as pd

from alignment_lib.blocks.agenda import agenda, evidence, metric
from alignment_lib.blocks.history import series
from alignment_lib.facts import Facts, daily
from alignment_lib.facts.restated_frames import occurrences, whereabouts
from alignment_lib.measures import definition
from alignment_lib.memory.runs import COUNTED, OTHER_SOURCE, Earlier, Memory, cents
from alignment_lib.page.block import Block, Cell, Column, Count, Listing, Metric, Table
from alignment_lib.params.period import Week
from alignment_lib.source.tables.inspect import DUPLICATE
from alignment_lib.stats import wording
from alignment_lib.stats.days import day_of, epoch_day

# Every number that earlier reports printed for their own weeks, against what it reads now, and why (D3).

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


TOLD = ("leads", "mqls", "won", "opportunities", VALUE)
"""The order in which changes of the newest report are told, as many as `SENTENCES`."""
SENTENCES = 3
LONG = 12
"""Rows from which the table is folded."""
WORDS = {
    "leads": ("lead", "leads"),
    "mqls": ("MQL", "MQLs"),
    "opportunities": ("opportunity", "opportunities"),
    "won": ("deal won", "deals won"),
}
NOT_ANY_MORE = {"leads": "no longer dated", "mqls": "no longer an MQL", "opportunities": "no longer dated",
                "won": "no longer won", VALUE: "no longer won"}  # fmt: skip
SAID = {
    "late": ("arrived late", "arrived late"),
    "after": ("came after that report was made", "came after that report was made"),
    "in": ("moved into that week as its stage or date changed", "moved into that week as their stage or date changed"),
    "out": ("left that week as its stage or date changed", "left that week as their stage or date changed"),
    "set_aside": ("is now set aside", "are now set aside"),
    "merged": ("was merged into another row", "were merged into other rows"),
    "gone": ("is no longer in the export", "are no longer in the export"),
    "outside": ("is no longer part of this report", "are no longer part of this report"),
}  # fmt: skip
"""Reasons in a sentence, of one and of several."""


@agenda(id="restated", title="Restated numbers", question="Do the numbers of earlier reports still hold?")
def restated(facts: Facts, block: Block) -> Block:
    """Numbers that read differently now, with reasons that add up; what could not be compared is counted."""
    if not facts.earlier:
        return replace(block, missing=_first(facts))
    found = ledger(facts)
    table = _table(facts, found)
    return replace(
        block,
        sentences=sentences(facts),
        tables=(table,) if table.rows else (),
        evidence=evidence(
            facts,
            "printed_then",
            "reads_now",
            n=f"{wording.plural(found.compared, 'number')} of {wording.plural(len(found.reports), 'earlier report')}:"
            f" {wording.count(len(found.changes))} changed, {wording.count(found.compared - len(found.changes))} as"
            " printed",
            excluded="; ".join(_excluded(facts, found)),
            method="reasons come from the lists of ids that each report keeps, and add up to the change"
            if table.rows
            else "",
        ),
        metrics=tuple(_metrics(facts, found)),
    )


def _first(facts: Facts) -> str:
    """The one line where there is nothing to compare with."""
    sliced = f" of {'='.join(facts.run.params.slice)}" if facts.run.params.slice else ""
    skipped = _skipped(facts)
    if any(why != OTHER_SOURCE for why in skipped):
        told = f"No earlier report of this source{sliced} can be compared"
    else:
        told = f"This is the first report of this source{sliced}"
    passed = f" Passed over: {_counted(skipped)}." if skipped else ""
    return f"{told}; restatements begin with the next.{passed}"


def _skipped(facts: Facts) -> Counter[str]:
    return Counter(facts.earlier.skipped if isinstance(facts.earlier, Memory) else ())


def _counted(skipped: Counter[str]) -> str:
    return wording.listing([f"{wording.plural(n, 'report')} {why}" for why, n in sorted(skipped.items())])


def _excluded(facts: Facts, found: Ledger) -> list[str]:
    skipped = _skipped(facts)
    without = [f"numbers not compared: {wording.listing(found.not_compared)}"] if found.not_compared else []
    return [*([_counted(skipped)] if skipped else []), *without]


# Sentences


def sentences(facts: Facts) -> tuple[str, ...]:
    """The newest report's changes, then how the rest stands."""
    found = ledger(facts)
    if not found.compared:
        return ("None of the numbers of earlier reports can be compared with this data.",)
    newest = [c for name in TOLD for c in found.changes if c.name == name and c.report is found.reports[0]]
    told = [c for c in newest if c.name != VALUE or _as_money(facts, c.then) != _as_money(facts, c.now)][:SENTENCES]
    said = [_sentence(facts, change, also=bool(i)) for i, change in enumerate(told)]
    return (*said, *_rest(facts, found, len(told)))


def _rest(facts: Facts, found: Ledger, told: int) -> tuple[str, ...]:
    """How the numbers stand that no sentence has told."""
    reports = len(found.reports)
    one = "last week's report" if _last_week(facts, found.reports[0].week) else "the one earlier report"
    of = one if reports == 1 else f"the {wording.count(reports)} earlier reports"
    if len(found.changes) > told:
        changed, numbers = wording.count(len(found.changes)), wording.count(found.compared)
        return (f"In all, {changed} of the {numbers} numbers that {of} printed now read differently.",)
    if told == found.compared:
        return ()
    return (f"All {'other ' if told else ''}numbers of {of} still hold.",)


def _sentence(facts: Facts, change: Change, *, also: bool) -> str:
    newest = "Last week's report" if _last_week(facts, change.week) else f"The report of {change.week.label}"
    who = "It also" if also else newest
    if change.name == VALUE:
        return f"{who} {_worth(facts, change)}."
    words = WORDS[change.name]
    then = wording.plural(change.then, *words) if change.then else f"no {words[1]}"
    now = wording.count(change.now) if change.now else "none"
    return f"{who} said {then}; that week now reads {now}{_because(change)}."


def _last_week(facts: Facts, week: Week) -> bool:
    return week == facts.run.week.shifted(-1)


def _worth(facts: Facts, change: Change) -> str:
    then, now = _as_money(facts, change.then), _as_money(facts, change.now)
    said = "gave no amount for the deals won" if change.then is None else f"put the deals won at {then}"
    return (
        f"{said}; {f'they now have no amount{facts.in_currency}' if change.now is None else f'they now come to {now}'}"
    )


def _as_money(facts: Facts, cents: int | None) -> str:
    return (
        f"no amount{facts.in_currency}"
        if cents is None
        else wording.money(cents / 100, facts.run.params.company.currency)
    )


def _because(change: Change) -> str:
    if change.unknown:
        return f"; why is not known, as {change.unknown}"
    sums = _by_cause(change)
    told = [f"{wording.count(n)} {SAID[cause][n != 1]}" for cause, (n, _) in sums.items()]
    return f": {wording.listing(told)}"


def _by_cause(change: Change) -> dict[str, tuple[int, int]]:
    """Ids and their signed sum by cause."""
    sums: dict[str, tuple[int, int]] = {}
    for part in change.parts:
        n, amount = sums.get(part.cause, (0, 0))
        sums[part.cause] = (n + len(part.ids), amount + part.amount)
    return sums


# The table


def _table(facts: Facts, found: Ledger) -> Table:
    numeric = [Column(label, numeric=True) for label in ("Printed then", "Reads now", "Change")]
    return Table(
        "Numbers that read differently now; a change opens its list",
        (Column("Week"), Column("What"), *numeric, Column("Why")),
        tuple(_row(facts, change) for change in found.changes),
        folded=len(found.changes) > LONG,
    )


def _row(facts: Facts, change: Change) -> tuple[Cell, ...]:
    name = definition(change.name).label
    label = f"{name}, {facts.run.params.company.currency}" if change.name == VALUE else name
    write = _writer(change)
    why = f"not known: {change.unknown}" if change.unknown else ""
    return (
        change.week.label,
        label,
        wording.NOTHING if change.then is None else write(change.then),
        wording.NOTHING if change.now is None else write(change.now),
        _change(facts, change, _signed(change.amount, write)),
        why or "; ".join(f"{_signed(p.amount, write)} {_reason(facts, change, p)}" for p in change.parts),
    )


def _writer(change: Change) -> Callable[[int], str]:
    """How a row's numbers are written: amounts to the cent, where any of them has cents."""
    if change.name != VALUE:
        return wording.count
    whole = not any(a % 100 for a in (change.then or 0, change.now or 0, *(p.amount for p in change.parts)))
    return lambda cents: wording.count(cents // 100) + ("" if whole else f".{cents % 100:02d}")


def _signed(amount: int, write: Callable[[int], str]) -> str:
    sign = "−" if amount < 0 else "+" if amount else "±"
    return f"{sign}{write(abs(amount))}"


def _change(facts: Facts, change: Change, text: str) -> Cell:
    """The change as a cell that opens the ids by reason."""
    left, groups = facts.run.params.weekly.list_rows, []
    for part in change.parts:
        if left > 0:
            groups.append((_reason(facts, change, part), part.ids[:left]))
        left -= len(part.ids)
    what = "leads" if change.name in ("leads", "mqls") else "deals"
    return Count(text, Listing(what, tuple(groups), max(0, -left), by="reason")) if groups else text


def _reason(facts: Facts, change: Change, part: Part) -> str:
    """A reason with its detail, as a table says it."""
    detail = part.detail
    texts = {
        "late": "arrived late or came into this slice" if facts.run.params.slice else "arrived late",
        "after": "came after that report was made",
        "in": f"moved here from {detail}" if detail else "stage or date changed, in this week now",
        "out": f"moved to {detail}" if detail else f"stage changed, {NOT_ANY_MORE[change.name]}",
        "set_aside": f"set aside: {detail}",
        "merged": f"merged into another row, {detail}" if detail else "merged into another row",
        "gone": "no longer in the export (merged or deleted)",
        "outside": "no longer part of this report",
        "amount": f"amount {detail}",
    }
    return texts[part.cause]


# Metrics


def _metrics(facts: Facts, found: Ledger) -> Iterator[Metric]:
    yield metric("reports_compared", len(found.reports))
    yield metric("numbers_restated", len(found.changes), n=found.compared)
    for change in found.changes:
        money, known = change.name == VALUE, definition(change.name)
        unit = facts.run.params.company.currency if money else known.unit
        values: list[tuple[str, int | None, int | None]] = [
            ("printed_then", change.then, None),
            ("reads_now", change.now, None),
            ("restated", change.amount, None),
            *((f"restated_{cause}", amount, n) for cause, (n, amount) in _by_cause(change).items()),
        ]
        for name, value, n in values:
            shown = None if value is None else value / 100 if money else value
            reason = f"no won deal had an amount{facts.in_currency}" if value is None else ""
            record = metric(name, shown, n=n, segment=change.name, period=change.week.label, reason=reason)
            yield replace(record, unit=unit)
