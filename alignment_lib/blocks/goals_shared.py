"""Goals that both sides share (C39): milestones with their day and owner, and every goal that was changed."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from alignment_lib.blocks.agenda import agenda, evidence, metric
from alignment_lib.facts import Facts
from alignment_lib.measures import REGISTRY
from alignment_lib.page.block import Block, Cell, Column, Mark, Table
from alignment_lib.stats import wording
from alignment_lib.stats.days import day_of

WEEKS = 4
"""How far milestones are shown, back and ahead."""
CHANGES_WEEKS = 13


@dataclass(frozen=True)
class Change:
    """A goal that was set anew."""

    metric: str
    period: tuple[date, date]
    segment: str | None
    before: float
    now: float
    set_on: date


@dataclass(frozen=True, eq=False)
class Goals:
    """Milestones by due day, and goals by the day of their change, newest first."""

    due: Sequence[Mapping[str, Any]]
    past: Sequence[Mapping[str, Any]]
    changes: Sequence[Change]


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Goals:
    """Everything the block prints."""
    today, rows = day_of(facts.run.as_of_day), facts.kept("targets")
    span = timedelta(weeks=WEEKS)
    stones = sorted((r for r in rows if r["milestone"] and r["due_on"]), key=lambda r: (r["due_on"], r["milestone"]))
    changes = [c for c in _changes(rows) if c.set_on > today - timedelta(weeks=CHANGES_WEEKS)]
    return Goals(
        due=[r for r in stones if today < r["due_on"] <= today + span],
        past=[r for r in stones if today - span < r["due_on"] <= today],
        changes=sorted(changes, key=lambda c: (c.set_on, c.metric), reverse=True),
    )


def _changes(rows: Sequence[Mapping[str, Any]]) -> list[Change]:
    """Every second and later word on the same goal."""
    words: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        if not row["milestone"]:
            key = (row["metric"], row["period_start"], row["period_end"], row["segment"], row["source"])
            words.setdefault(key, []).append(row)
    found = []
    for (name, start, end, segment, _), said in words.items():
        ordered = sorted((r for r in said if r["set_on"]), key=lambda r: r["set_on"])
        for before, after in itertools.pairwise(ordered):
            if before["target"] != after["target"]:
                found.append(Change(name, (start, end), segment, before["target"], after["target"], after["set_on"]))
    return found


@agenda(
    id="goals",
    title="Milestones and changed goals",
    question="What did both sides promise to reach by when, and which goals were changed?",
)
def goals(facts: Facts, block: Block) -> Block:
    """Milestones around today, and the change log of the goals."""
    if not facts.kept("targets"):
        return replace(block, missing="No goals are written down: connect the table of targets to see milestones here.")
    found = numbers(facts)
    stones = milestone_table(facts, "Milestones of these weeks", (*found.past, *found.due))
    tables = (stones, _log(facts, found))
    return replace(
        block,
        sentences=(sentence(found),),
        tables=tuple(t for t in tables if t.rows),
        evidence=evidence(
            facts,
            n=f"{wording.plural(len(facts.kept('targets')), 'line')} in the table of targets",
            method="as written",
        ),
        metrics=(
            metric("milestones_due", len(found.due), n=len(found.due)),
            metric("milestones_past", len(found.past), n=len(found.past)),
            metric("goals_changed", len(found.changes), n=len(found.changes)),
        ),
    )


def sentence(found: Goals) -> str:
    """What is due, what should be done by now, what was changed."""
    due = (
        f"{wording.plural(len(found.due), 'milestone')} {'is' if len(found.due) == 1 else 'are'}"
        if found.due
        else "No milestone is"
    )
    past = f", {wording.count(len(found.past))} should be done by now" if found.past else ""
    n = len(found.changes)
    changed = f"{wording.plural(n, 'goal')} {'was' if n == 1 else 'were'}" if n else "no goal was"
    return f"{due} due within {WEEKS} weeks{past}; {changed} changed in the last {CHANGES_WEEKS} weeks."


def records_done(facts: Facts) -> bool:
    """Whether the table of targets says on which day a milestone was reached."""
    return facts.tables.has("targets.done_on")


def milestone_table(facts: Facts, caption: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    """Milestones with their owner, day and state."""
    today, recorded = day_of(facts.run.as_of_day), records_done(facts)
    cells = tuple(
        (r["milestone"], r["owner"] or "nobody", wording.day(r["due_on"]), _state(r, today, recorded)) for r in rows
    )
    heads = (Column("Milestone"), Column("Owner"), Column("Due"), Column("State"))
    note = "" if recorded else "Whether a milestone was reached is not recorded: give the table of targets a done_on."
    return Table(caption, heads, cells, note=note)


def _state(row: Mapping[str, Any], today: date, recorded: bool) -> Mark:
    """Done, ahead, due today, overdue; where nobody records what is done, how long ago it was due."""
    if row["done_on"] is not None:
        return Mark("good", f"done {wording.day(row['done_on'])}")
    days = (row["due_on"] - today).days
    if days > 0:
        return Mark("open", f"in {wording.plural(days, 'day')}")
    if days == 0:
        return Mark("open", "due today")
    late = wording.plural(-days, "day")
    return Mark("bad", f"overdue {late}") if recorded else Mark("none", f"due {late} ago")


def _log(facts: Facts, found: Goals) -> Table:
    heads = (Column("Goal"), Column("From"), Column("To"), Column("Segment"))
    numeric = (Column("Before", numeric=True), Column("Now", numeric=True))
    rows = tuple(_change(facts, c) for c in found.changes)
    return Table("Goals that were changed", (*heads, *numeric, Column("Set on")), rows, folded=True)


def _change(facts: Facts, change: Change) -> tuple[Cell, ...]:
    known = REGISTRY.get(change.metric)
    unit = known.unit if known else ""
    show = _writer(unit, facts.run.params.company.currency)
    start, end = (wording.day(d) for d in change.period)
    label = known.label if known else change.metric
    segment = change.segment or "all"
    return (label, start, end, segment, show(change.before), show(change.now), wording.day(change.set_on))


def _writer(unit: str, currency: str) -> Any:
    if unit == "currency":
        return lambda value: wording.money(value, currency)
    return wording.percent if unit == "share" else wording.count
