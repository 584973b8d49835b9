"""Facts → frames with a row per week: response times, and what sales decided."""

from __future__ import annotations

from typing import Any

import pandas as pd

from alignment_lib.facts.cohort_frames import tidy
from alignment_lib.facts.facts import Facts


def response_times_by_week(facts: Facts, *, first_day: int, last_day: int) -> pd.DataFrame:
    """Leads by the week in which their clock started and by business seconds.

    Parameters
    ----------
    first_day
        A Monday, as an epoch day; `week` 0 begins there.

    Returns
    -------
    DataFrame
        Columns `week`, `seconds`, `touched` (answered after so many), `waiting` (still untouched after so many);
        sorted.
    """
    import ibis

    leads = facts.leads
    table = leads.mutate(seconds=ibis.coalesce(leads.response_s, leads.waited_s), touched=leads.response_s.notnull())
    table = table.filter(table.start_day.between(first_day, last_day) & table.seconds.notnull())
    table = table.mutate(week=_week(table.start_day, first_day))
    grouped = table.group_by(["week", "seconds"])
    frame = grouped.aggregate(touched=table.touched.sum(), waiting=(~table.touched).sum()).to_pandas()
    return tidy(frame, ["week", "seconds"])


def decided_by_week(facts: Facts, *, first_day: int, last_day: int) -> pd.DataFrame:
    """Leads by the week in which sales accepted them, else rejected them; an acceptance after a rejection counts.

    Parameters
    ----------
    first_day
        A Monday, as an epoch day; `week` 0 begins there.

    Returns
    -------
    DataFrame
        Columns `week`, `accepted`, `rejected`; sorted. A week without a decision has no row.
    """
    import ibis

    leads = facts.leads
    table = leads.mutate(day=ibis.coalesce(leads.accepted_day, leads.rejected_day), yes=leads.accepted_day.notnull())
    table = table.filter(table.day.between(first_day, last_day))
    table = table.mutate(week=_week(table.day, first_day))
    frame = table.group_by("week").aggregate(accepted=table.yes.sum(), rejected=(~table.yes).sum()).to_pandas()
    return tidy(frame, ["week"])


def _week(day: Any, first_day: int) -> Any:
    return ((day - first_day) / 7).floor().cast("int64")
