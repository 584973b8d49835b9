"""What the blocks on cohorts share: how far leads can be followed, and which month is old enough to be told of."""

from __future__ import annotations

from datetime import date

from alignment_lib.blocks.history import data_begins
from alignment_lib.facts import Facts
from alignment_lib.facts.ages import newest_old_day, ready_day
from alignment_lib.facts.funnel_frames import stages
from alignment_lib.params.period import Month, month_start
from alignment_lib.stats import wording
from alignment_lib.stats.days import day_of, epoch_day

NO_STAGE = "Not in this data: nothing says what became of the leads. Map when leads were accepted or deals closed."
TOLD = {
    "won": "were won",
    "opportunity": "became opportunities",
    "sql": "became sales-qualified",
    "accepted": "were accepted by sales",
}
"""What happened to leads that reached a stage, in a sentence."""
SHORT = {"mql": "MQL", "accepted": "Accepted", "sql": "Sales-qualified", "opportunity": "Opportunity", "won": "Won"}
"""Names of stages in tables."""


def furthest(facts: Facts) -> str | None:
    """The last stage that the data can tell of; an MQL alone is no outcome."""
    found = [stage for stage in stages(facts) if stage in TOLD]
    return found[-1] if found else None


def first_deal(facts: Facts, stage: str) -> int:
    """Epoch day of the first deal on record, where deals are what tells of a stage; else 0.

    What became of leads of the months before it is not known: the deals of those months are not in the data.
    """
    return data_begins(facts, "opportunities") if stage in ("opportunity", "won") else 0


def told_from(facts: Facts, stage: str) -> int:
    """Epoch day from which on leads began of whom the data can tell whether they came to a stage: the first day of the
    month of the first deal.
    """
    return epoch_day(month_start(day_of(first_deal(facts, stage))))


def is_known(facts: Facts, month: date, stage: str) -> bool:
    """Whether the data can tell how many of a month's leads came to a stage."""
    return epoch_day(month) >= told_from(facts, stage)


def known_months(facts: Facts, stage: str = "") -> tuple[date, ...]:
    """Months of the history whose every day the data holds, oldest first, and of which it can tell who came to a
    stage; the report's own where there is none.
    """
    begins = data_begins(facts, "leads")
    found = (m for m in facts.run.months if epoch_day(m) >= begins and is_known(facts, m, stage))
    return tuple(found) or facts.run.months[-1:]


def untold(facts: Facts, stage: str) -> str:
    """The leads that are left out since the data cannot tell what became of them; empty where there are none."""
    if known_months(facts, stage) == known_months(facts):
        return ""
    return f"leads of the months before the first deal on record, of {wording.day(first_deal(facts, stage))}"


def mature_months(facts: Facts, horizon: int, stage: str = "") -> tuple[Month, ...]:
    """Those of the known months whose every lead is older than the horizon, oldest first."""
    limit = newest_old_day(facts.run, days=horizon)
    return tuple(Month(m) for m in known_months(facts, stage) if epoch_day(Month(m).last) <= limit)


def ready(facts: Facts, horizon: int, stage: str = "") -> str:
    """When the oldest of the months that are too young can be told."""
    young = [m for m in known_months(facts, stage) if Month(m) not in mature_months(facts, horizon, stage)]
    first = Month(young[0])
    day = wording.day(day_of(ready_day(epoch_day(first.last), days=horizon)))
    return f"the leads of {wording.month(first.first)} can be judged from {day} on"


def span(months: tuple[Month, ...]) -> str:
    """`May 2026`, or `March to May 2026`, or `November 2025 to January 2026`."""
    first, last = months[0].first, months[-1].first
    if first == last:
        return wording.month(last)
    begins = f"{first:%B}" if first.year == last.year else wording.month(first)
    return f"{begins} to {wording.month(last)}"


def label(months: tuple[Month, ...]) -> str:
    """The period of a record that is of several months: `2026-06 to 2026-08`."""
    first, last = months[0].label, months[-1].label
    return first if first == last else f"{first} to {last}"


points = wording.points
signed = wording.signed_points
signed_range = wording.signed_points_range
