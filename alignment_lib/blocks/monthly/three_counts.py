"""Leads, MQLs, opportunities and won every month (C46): twelve months, the year before, the goal."""

from __future__ import annotations

from dataclasses import replace

from alignment_lib.blocks.agenda import agenda, connect, evidence
from alignment_lib.blocks.history import COUNTS, Series, by_month, month_over, of_months, series
from alignment_lib.facts import Facts
from alignment_lib.facts.frames import NEEDS
from alignment_lib.measures import definition
from alignment_lib.page import charts
from alignment_lib.page.block import Block, Picture
from alignment_lib.stats import wording

WORDS = {"leads": "lead", "mqls": "MQL", "opportunities": "opportunity", "won": "deal won"}
MANY = {"opportunities": "opportunities", "won": "deals won"}


@agenda(
    id="three-counts",
    title="Leads, MQLs, opportunities and deals won by month",
    question="Does the whole chain grow, or only a part of it?",
)
def three_counts(facts: Facts, block: Block) -> Block:
    """The counts of the month beside the year before and the goal."""
    known = [s for name in COUNTS if (s := series(facts, name)) is not None]
    if not known:
        return replace(block, missing=connect(facts, tuple(NEEDS["leads"])))
    return replace(
        block,
        sentences=(sentence(facts, known),),
        pictures=(_picture(facts, known),),
        tables=(by_month(facts, known),),
        evidence=evidence(
            facts,
            n=wording.listing([_count(s.name, s.months[-1]) for s in known]),
            method="counts; goals are those of the month",
        ),
        metrics=tuple(m for s in known for m in of_months(facts, s)),
    )


def _picture(facts: Facts, known: list[Series]) -> Picture:
    """The counts of leads, MQLs, opportunities and won by month."""
    months = [f"{m:%b}\u00a0{m:%y}" for m in facts.run.months]
    panels = [
        (
            definition(s.name).label,
            {"periods": months, "values": s.months, "side": s.side, "normal": None, "goal": s.goals[-1],
             "write": wording.count},
        )
        for s in known
    ]  # fmt: skip
    parts = [
        f"{definition(s.name).label} by month from {wording.month(facts.run.months[0])}: "
        + ", ".join(wording.count(v) for v in s.months)
        for s in known
    ]
    return charts.draw_many(
        charts.history, panels, title=_finding(facts, known), alt=". ".join(parts) + ".", id="three-counts"
    )


def _finding(facts: Facts, known: list[Series]) -> str:
    """Which counts are higher than a year before."""
    pairs = [(s, s.months[-1], s.year_before[-1]) for s in known]
    both = [(definition(s.name).label, a, b) for s, a, b in pairs if a is not None and b is not None]
    if not _over(facts):
        return f"The counts by month, {wording.month(facts.run.months[-1])} so far"
    if not both:
        return "The counts by month"
    parts = (
        ([label for label, a, b in both if a > b], "above"),
        ([label for label, a, b in both if a < b], "below"),
        ([label for label, a, b in both if a == b], "at the level of"),
    )
    told = [f"{wording.listing(names)} {where}" for names, where in parts if names]
    return f"{'; '.join(told)} the same month a year before"


def _over(facts: Facts) -> bool:
    return month_over(facts, facts.run.months[-1])


def sentence(facts: Facts, known: list[Series]) -> str:
    """The month's counts, and those of the year before."""
    now = wording.listing([_count(s.name, s.months[-1]) for s in known])
    over = _over(facts)
    told = f"{wording.month(facts.run.months[-1])} {'brought' if over else 'has so far brought'} {now}"
    if any(s.year_before[-1] is None for s in known):
        return f"{told}; the data does not reach back a whole year before."
    when = "a year before" if over else "in the whole month a year before"
    return f"{told}; {when} it was {wording.listing([wording.count(s.year_before[-1]) for s in known])}."


def _count(name: str, n: int | None) -> str:
    return wording.plural(n, WORDS[name], MANY.get(name, "")) if n else f"no {WORDS[name]}"
