"""What is new since the last month (C27): product updates, definitions and agreements in force, goals set anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from alignment_lib.blocks import goals_shared
from alignment_lib.blocks.agenda import agenda, evidence, metric
from alignment_lib.blocks.typed import where_to_write
from alignment_lib.facts import Facts
from alignment_lib.measures import REGISTRY
from alignment_lib.page.block import Block, Column, Table
from alignment_lib.stats import wording
from alignment_lib.stats.days import day_of


@dataclass(frozen=True, eq=False)
class Practices:
    """What took effect in the month; `rules` are name, day and text of definitions and agreements."""

    updates: tuple[Mapping[str, Any], ...]
    rules: tuple[tuple[str, date, str], ...]
    goals: tuple[goals_shared.Change, ...]


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Practices:
    """Everything dated within the days of the report that are visible."""
    first, last = day_of(facts.run.first_day), day_of(facts.run.last_day)
    params = facts.run.params
    updates = [r for r in facts.kept("product_updates") if r["announced_on"] and first <= r["announced_on"] <= last]
    rules = [
        (f"{name.upper()} version {d.version}", d.effective, d.text)
        for name in ("mql", "sql")
        for d in getattr(params.definitions, name)
        if first <= d.effective <= last
    ]
    if params.sla.signed_on and first <= params.sla.signed_on <= last:
        rules.append((f"SLA {params.sla.version}", params.sla.signed_on, params.sla.text or "no text"))
    changed = [c for c in goals_shared.numbers(facts).changes if first <= c.set_on <= last]
    return Practices(
        updates=tuple(sorted(updates, key=lambda r: (r["announced_on"], str(r["title"])))),
        rules=tuple(sorted(rules, key=lambda r: (r[1], r[0]))),
        goals=tuple(changed),
    )


@agenda(
    id="practices",
    title="New in product, words and goals",
    question="What changed since the last month that everybody must know?",
)
def practices(facts: Facts, block: Block) -> Block:
    """The product's news, the words' new meanings, the goals' new numbers."""
    found, connected = numbers(facts), facts.tables.has("product_updates")
    absent = where_to_write(facts, "product_updates", "one row for each announcement")
    tables = (_updates(found), _rules(found), _goals(facts, found))
    counts = {"practice_rules": len(found.rules), "practice_goals": len(found.goals)}
    counts |= {"practice_updates": len(found.updates)} if connected else {}
    changes = wording.plural(sum(counts.values()), "change") if any(counts.values()) else "no change"
    return replace(
        block,
        sentences=(sentence(found, connected), *(() if connected else (f"Product updates: {absent}",))),
        tables=tuple(t for t in tables if t.rows),
        evidence=evidence(
            facts,
            n=f"{changes} from {wording.day(facts.run.first_day)} to {wording.day(facts.run.last_day)}",
            excluded="" if facts.tables.has("targets") else "changed goals: no table of targets is connected",
            method="as written; every word of this report stands in its glossary",
        ),
        metrics=tuple(metric(name, n, n=n) for name, n in counts.items()),
    )


def sentence(found: Practices, connected: bool) -> str:
    """The three counts."""
    updates, rules, goals = len(found.updates), len(found.rules), len(found.goals)
    news = f"{wording.plural(updates, 'product update')} {_was(updates)} announced" if updates else ""
    silent = "No product update was announced" if connected else ""
    words = f"{wording.plural(rules, 'definition or agreement', 'definitions or agreements')} took effect"
    set_anew = f"{wording.plural(goals, 'goal')} {_was(goals)} changed"
    parts = [news or silent, words if rules else "no definition changed", set_anew if goals else "no goal was changed"]
    told = [p for p in parts if p]
    joined = wording.listing(told)
    return joined[0].upper() + joined[1:] + "."


def _was(n: int) -> str:
    return "was" if n == 1 else "were"


def _updates(found: Practices) -> Table:
    rows = tuple(
        (
            str(r["title"]),
            wording.day(r["announced_on"]),
            *(r[c] or wording.NOTHING for c in ("soundbite", "who_cares")),
        )
        for r in found.updates
    )
    heads = (Column("Product update"), Column("Announced"), Column("In a sentence"), Column("Who cares"))
    return Table("Product updates of the month", heads, rows)


def _rules(found: Practices) -> Table:
    rows = tuple((name, wording.day(day), text) for name, day, text in found.rules)
    return Table("Definitions and agreements that took effect", (Column("What"), Column("Since"), Column("Text")), rows)


def _goals(facts: Facts, found: Practices) -> Table:
    heads = (Column("Goal"), Column("For"), Column("Segment"))
    numeric = (Column("Before", numeric=True), Column("Now", numeric=True))
    rows = tuple(_goal(facts, c) for c in found.goals)
    return Table("Goals changed in the month", (*heads, *numeric, Column("Set on")), rows, folded=len(rows) > 4)


def _goal(facts: Facts, change: goals_shared.Change) -> tuple[str, ...]:
    known = REGISTRY.get(change.metric)
    unit, currency = known.unit if known else "", facts.run.params.company.currency

    def show(value: float) -> str:
        if unit == "currency":
            return wording.money(value, currency)
        return wording.percent(value) if unit == "share" else wording.count(value)

    label = known.label if known else change.metric.replace("_", " ")
    days = " to ".join(wording.day(d) for d in change.period if d)
    return (label, days, change.segment or "all", show(change.before), show(change.now), wording.day(change.set_on))
