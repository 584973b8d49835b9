"""Facts → counts of a cohort's way through the stages, and of follow-up by the day on which the clock started."""

from __future__ import annotations

import pandas as pd

from alignment_lib.facts.ages import old_enough, within
from alignment_lib.facts.cohort_frames import require, tidy
from alignment_lib.facts.facts import Facts

FUNNEL = {
    "mql": ("leads.mql_at",),
    "accepted": ("leads.accepted_at",),
    "sql": ("leads.sql_at",),
    "opportunity": ("opportunities.created_at",),
    "won": ("opportunities.closed_at",),
}
"""The stages after a lead's creation, in their order, and the columns without which none of them can be counted."""
DEALS = ("opportunity", "won")
"""Stages that need deals linked to leads."""


def stages(facts: Facts) -> tuple[str, ...]:
    """The stages that this data can tell of."""
    linked = facts.tables.has("opportunities.lead_id") or facts.tables.has("leads.opportunity_id")
    return tuple(s for s, needs in FUNNEL.items() if facts.tables.has(*needs) and (linked or s not in DEALS))


def stage_patterns(facts: Facts, *, horizon: int, first_day: int, last_day: int) -> pd.DataFrame:
    """Leads created in the days given and old enough, by which stages they had reached at an age.

    Returns
    -------
    DataFrame
        A column of booleans per stage of `stages`, and `leads`; at most 2^5 rows, sorted. A stage counts within
        `horizon` days, whatever order the stages came in.
    """
    require(facts, "leads.created_at")
    leads, names = facts.leads, stages(facts)
    old = leads.filter(
        leads.created_day.between(first_day, last_day) & old_enough(facts, leads.created_s, days=horizon)
    )
    if not names:
        return pd.DataFrame({"leads": [int(old.count().to_pandas())]})
    marks = {s: within(facts, old[f"{s}_s"], old.created_s, days=horizon) for s in names}
    frame = old.select(**marks).group_by(list(names)).aggregate(lambda t: t.count().name("leads")).to_pandas()
    return tidy(frame, list(names))


def follow_up_by_day(facts: Facts, *, sla_s: int, first_day: int, last_day: int) -> pd.DataFrame:
    """Leads whose clock started in the days given, by that day: columns `day`, `met`, `missed` (as in `follow_up`)."""
    leads = facts.leads
    table = leads.filter(leads.start_day.between(first_day, last_day))
    late = (table.response_s > sla_s) | (table.waited_s > sla_s)
    frame = table.group_by(day=table.start_day).aggregate(
        met=(table.response_s <= sla_s).fill_null(False).sum(), missed=late.fill_null(False).sum()
    )
    return tidy(frame.to_pandas(), ["day"])
