"""Shadowing and ride-alongs (C48): what marketers heard in calls, by stage, and stages that nobody has seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from alignment_lib.blocks.agenda import agenda, evidence, metric
from alignment_lib.blocks.typed import where_to_write
from alignment_lib.facts import Facts
from alignment_lib.facts.plan_frames import deal_stages
from alignment_lib.page.block import Block, Column, Table
from alignment_lib.stats import wording
from alignment_lib.stats.days import epoch_day

DAYS = 90
"""How far the log reaches back."""


@dataclass(frozen=True, eq=False)
class Shadowing:
    """Entries of the last days, newest first; stages that deals pass through, and those that no entry names."""

    log: tuple[Mapping[str, Any], ...]
    stages: tuple[str, ...]
    unseen: tuple[str, ...]

    @property
    def people(self) -> int:
        return len({r["marketer"] for r in self.log if r["marketer"]})


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Shadowing:
    """The log, and the deals' stages beside it."""
    last = facts.run.last_day
    rows = [r for r in facts.kept("shadowing") if r["held_on"] and last - DAYS < epoch_day(r["held_on"]) <= last]
    known = facts.tables.has("stage_changes") or facts.tables.has("opportunities.stage")
    stages = deal_stages(facts) if known else ()
    seen = {str(r["stage"]).strip().casefold() for r in rows if r["stage"]}
    return Shadowing(
        log=tuple(sorted(rows, key=lambda r: (r["held_on"], str(r["marketer"])), reverse=True)),
        stages=stages,
        unseen=tuple(s for s in stages if s.strip().casefold() not in seen),
    )


@agenda(
    id="shadowing",
    title="Marketers in sales's calls",
    question="What did marketers hear when they went along, and where has nobody been?",
)
def shadowing(facts: Facts, block: Block) -> Block:
    """The log of the last 90 days and the stages it leaves out."""
    if not facts.tables.has("shadowing"):
        return replace(block, missing=where_to_write(facts, "shadowing", "one row for each call or visit"))
    found = numbers(facts)
    return replace(
        block,
        sentences=sentences(found),
        tables=(_table(facts, found),) if found.log else (),
        prompts=("Who goes along to which stage next?",),
        evidence=evidence(
            facts,
            n=f"{wording.plural(len(found.log), 'entry', 'entries')} of {DAYS} days",
            excluded="; ".join(_excluded(facts, found)),
            method="as written; stages that no deal has left are ends and need nobody",
        ),
        metrics=(
            metric("shadowing", len(found.log), n=len(found.log), period=f"{DAYS} days"),
            metric("shadowing_people", found.people, n=len(found.log), period=f"{DAYS} days"),
            *((metric("shadowing_stages", len(found.unseen), n=len(found.stages)),) if found.stages else ()),
        ),
    )


def _excluded(facts: Facts, found: Shadowing) -> list[str]:
    stages = [] if found.stages else ["stages that nobody has seen: this data does not hold the deals' stages"]
    return stages + (["the filter: the log is the whole company's"] if facts.run.params.slice else [])


def sentences(found: Shadowing) -> tuple[str, ...]:
    """How often who went along, and where nobody was."""
    if not found.log:
        return ("No marketer went along to a call or visit in the last three months.",)
    times = "once" if len(found.log) == 1 else f"{wording.count(len(found.log))} times"
    who = wording.plural(found.people, "marketer") if found.people else "Marketers"
    first = f"{who} went along to sales's calls and visits {times} in the last three months."
    if not found.stages:
        return (first,)
    if not found.unseen:
        return (first, "They have been in every stage of the deals.")
    return (first, f"Nobody has seen deals in {wording.listing([f'“{s}”' for s in found.unseen])}.")


def _table(facts: Facts, found: Shadowing) -> Table:
    shown = facts.run.params.weekly.list_rows
    rows = tuple(
        (
            wording.short_day(r["held_on"]),
            r["marketer"] or wording.NOTHING,
            (r["kind"] or wording.NOTHING).replace("_", " "),
            *(r[c] or wording.NOTHING for c in ("stage", "insight", "action")),
        )
        for r in found.log[:shown]
    )
    left = len(found.log) - len(rows)
    heads = ("Day", "Marketer", "Kind", "Stage", "What was heard", "What follows")
    return Table(
        "Log, newest first",
        tuple(Column(h) for h in heads),
        rows,
        note=f"{wording.count(left)} more are not listed." if left else "",
        folded=True,
    )
