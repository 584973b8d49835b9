"""The first screen: status toward both sides of the SLA, plans, highlights; and what this report covers."""

from __future__ import annotations

from dataclasses import replace

from alignment_lib.blocks import coming as coming_block
from alignment_lib.blocks import follow_up as follow_up_block
from alignment_lib.blocks import history as history_block
from alignment_lib.blocks import marketing_sla as marketing_block
from alignment_lib.blocks import wins as wins_block
from alignment_lib.blocks.agenda import agenda, untold
from alignment_lib.blocks.listing import listing
from alignment_lib.facts import Facts, happened
from alignment_lib.measures import definition
from alignment_lib.page.block import Block, Side, Stat
from alignment_lib.source.tables import RESPONSE, RESPONSE_HOURS
from alignment_lib.stats import wording
from alignment_lib.stats.days import epoch_day


@agenda(id="head", title="This report", question="What does it cover, and as of when?")
def head(facts: Facts, block: Block) -> Block:
    """Period, as-of, freshness, filters, definition versions."""
    run, params = facts.run, facts.run.params
    zone, period = params.timezone, run.period
    partial = "" if run.as_of >= run.ends else " (not over yet)"
    days = " to ".join(wording.day(day) for day in sorted({period.first, period.last}))
    terms = [
        (type(period).__name__, f"{period.label}, {days}{partial}"),
        ("As of", f"{wording.instant(run.as_of, zone)}; nothing later is counted"),
        ("Newest row", wording.instant(facts.tables.newest, zone)),
        ("Filter", "=".join(params.slice) if params.slice else "none, the whole company"),
        ("Definitions", _versions(facts)),
        ("Source", ": ".join(filter(None, (params.mapping.name, params.mapping.description)))),
    ]
    return replace(block, terms=tuple(terms))


def _versions(facts: Facts) -> str:
    params, day = facts.run.params, facts.run.period.last
    parts = [
        f"{name.upper()} version {found.version}"
        for name in ("mql", "sql")
        if (found := params.definitions.at(name, day))
    ]
    agreement = "no SLA" if params.sla.version == "none" else f"SLA {params.sla.version}"
    on = params.sla.signed_on
    signed = f", signed {wording.day(on)}{f', after this {facts.run.noun}' if on > day else ''}" if on else ""
    return ", ".join([*parts, agreement + signed])


@agenda(
    id="headlines",
    title="Status, plans, highlights",
    question="Where do both sides stand toward the SLA, what is coming, and what went well?",
)
def headlines(facts: Facts, block: Block) -> Block:
    """Exactly these three (C21), in four sentences and one strip of numbers with their normal range."""
    said = (
        ("Marketing's status", _marketing(facts)),
        ("Sales's status", _sales(facts)),
        ("Plans", coming_block.plans_sentence(facts)),
        ("Highlights", wins_block.highlight(facts)),
    )
    return replace(
        block,
        stats=tuple(_strip(facts)),
        labels=tuple(label for label, _ in said),
        sentences=tuple(text for _, text in said),
    )


def _marketing(facts: Facts) -> str:
    if not facts.tables.has("leads.mql_at"):
        return "Marketing's side cannot be told: this data does not say when a lead became an MQL."
    so_far = marketing_block.month_so_far(facts)
    return marketing_block.sentence(so_far) if so_far else "Nobody has promised a number of MQLs for this month."


def _sales(facts: Facts) -> str:
    if not facts.tables.has("leads", *RESPONSE):
        return f"Sales's side cannot be told: {untold(facts, ('leads', *RESPONSE))}."
    return follow_up_block.sentence(facts)


def _strip(facts: Facts) -> list[Stat]:
    """The four counts with their history, and follow-up in time."""
    strip = [stat for name, side in history_block.COUNTS.items() if (stat := _count(facts, name, side))]
    if facts.tables.has(RESPONSE_HOURS):
        strip.append(follow_up_block.in_time(facts))
    return strip


def _count(facts: Facts, name: str, side: Side) -> Stat | None:
    found = history_block.series(facts, name)
    if found is None:
        return None
    run = facts.run
    rows = happened(facts, name, first_day=epoch_day(run.week.monday), last_day=run.last_day)
    what = "deals" if name in ("opportunities", "won") else "leads"
    return Stat(
        definition(name).label,
        wording.count(found.now),
        wording.beside_normal(found.now, found.normal.low, found.normal.high),
        side,
        history=found.weeks[-13:],
        normal=found.band,
        listing=listing(facts, rows, what) if len(rows) else None,
    )
