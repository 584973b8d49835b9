"""The first screen: what this report covers, and its headlines."""

from __future__ import annotations

from dataclasses import replace

from alignment_lib import wording
from alignment_lib.block import Block, Stat
from alignment_lib.blocks import closed as closed_block
from alignment_lib.blocks import follow_up as follow_up_block
from alignment_lib.blocks import history as history_block
from alignment_lib.blocks import marketing_sla as marketing_block
from alignment_lib.blocks.agenda import agenda
from alignment_lib.metrics import Facts, definition


@agenda(id="head", title="This report", question="What does it cover, and as of when?")
def head(facts: Facts, block: Block) -> Block:
    """Period, as-of, freshness, filters, definition versions."""
    run, params = facts.run, facts.run.params
    zone = params.timezone
    partial = "" if run.as_of >= run.ends else " (not over yet)"
    terms = [
        ("Week", f"{run.week.label}, {wording.day(run.week.monday)} to {wording.day(run.week.sunday)}{partial}"),
        ("As of", f"{wording.instant(run.as_of, zone)}; nothing later is counted"),
        ("Newest row", wording.instant(facts.tables.newest, zone)),
        ("Filter", "=".join(params.slice) if params.slice else "none, the whole company"),
        ("Definitions", _versions(facts)),
        ("Source", f"{params.mapping.name}: {params.mapping.description}"),
    ]
    return replace(block, terms=tuple(terms))


def _versions(facts: Facts) -> str:
    params, day = facts.run.params, facts.run.week.sunday
    parts = [
        f"{name.upper()} version {found.version}"
        for name in ("mql", "sql")
        if (found := params.definitions.at(name, day))
    ]
    agreement = "no SLA" if params.sla.version == "none" else f"SLA {params.sla.version}"
    on = params.sla.signed_on
    signed = f", signed {wording.day(on)}{', after this week' if on > day else ''}" if on else ""
    return ", ".join([*parts, agreement + signed])


@agenda(id="headlines", title="Headlines", question="Where do both sides stand, and what is news?")
def headlines(facts: Facts, block: Block) -> Block:
    """One sentence for each side's promise, one for what closed, one for what is unusual."""
    sentences = [s for s in (_marketing(facts), _sales(facts), _closed(facts), history_block.news(facts)) if s]
    return replace(block, stats=tuple(_strip(facts)), sentences=tuple(sentences), metrics=())


def _marketing(facts: Facts) -> str:
    if not facts.tables.has("leads.mql_at"):
        return ""
    so_far = marketing_block.month_so_far(facts)
    return marketing_block.sentence(so_far) if so_far else "Nobody has promised a number of MQLs for this month."


def _sales(facts: Facts) -> str:
    if not facts.tables.has("leads", "activities.occurred_at", "activities.direction"):
        return ""
    return follow_up_block.sentence(facts)


def _closed(facts: Facts) -> str:
    return closed_block.sentence(facts) if facts.tables.has("opportunities.closed_at") else ""


def _strip(facts: Facts) -> list[Stat]:
    """The four counts with their history."""
    strip = []
    for name, side in history_block.COUNTS.items():
        found = history_block.series(facts, name)
        if found is not None:
            note = wording.against_normal(found.now, found.normal.low, found.normal.high)
            strip.append(
                Stat(
                    definition(name).label,
                    wording.count(found.now),
                    note,
                    side,
                    history=found.weeks[-13:],
                    normal=found.band,
                )
            )
    if facts.tables.has("leads", "activities.occurred_at", "activities.direction"):
        strip.append(follow_up_block._stats(facts, follow_up_block.numbers(facts))[0])
    return strip
