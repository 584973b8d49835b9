"""Facts → counts of mature leads by what is known of them: criteria met, score, grade, and what sales made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from alignment_lib.facts.ages import old_enough, within
from alignment_lib.facts.cohort_frames import as_number, require, tidy
from alignment_lib.facts.facts import Facts
from alignment_lib.facts.profiles import with_profile

OUTCOMES = ("mql", "judged", "accepted", "rejected", "won")
"""What the leads of a row have in common besides: 1 or 0."""


def criteria_named(facts: Facts) -> tuple[str, ...]:
    """Every criterion that the data records, in alphabetical order."""
    require(facts, "criteria.criterion")
    frame = facts.tables["criteria"].select("criterion").distinct().to_pandas()
    return tuple(sorted(frame["criterion"].dropna().astype(str)))


def patterns(
    facts: Facts, names: Sequence[str], *, horizon: int, decided_days: int, first_day: int, last_day: int
) -> pd.DataFrame:
    """Leads created in the days given and old enough, by the criteria that they meet and by what became of them.

    Parameters
    ----------
    names
        Criteria, in the order of the columns.
    horizon
        Days from creation by which a won deal counts, and for which a lead is old enough.
    decided_days
        Days after it became an MQL (after creation, where MQLs are not connected) by which an acceptance counts.

    Returns
    -------
    DataFrame
        Columns `c0`, `c1`, … (1 the criterion is met, 0 it is not, -1 not recorded), `mql`, `judged` (an MQL for more
        than `decided_days`), `accepted`, `rejected` (judged, and so decided by then), `won` (by `horizon`), and
        `leads`; sorted. Each lead is in one row.
    """
    leads = mature(facts, horizon=horizon, decided_days=decided_days, first_day=first_day, last_day=last_day)
    told = facts.tables["criteria"].semi_join(leads.select("lead_id"), "lead_id")  # the others are most
    met = {f"c{i}": as_number(told.met).max(where=told.criterion == name) for i, name in enumerate(names)}
    answers = told.group_by(_id=told.lead_id).aggregate(**met)
    joined = leads.left_join(answers, [leads.lead_id == answers["_id"]])
    keys = {name: joined[name].fill_null(-1).cast("int64") for name in met}
    return _counted(joined, keys)


def scored(
    facts: Facts,
    columns: Sequence[str],
    *,
    width: float,
    horizon: int,
    decided_days: int,
    recent_day: int,
    first_day: int,
    last_day: int,
) -> pd.DataFrame:
    """Leads created in the days given by score band, grade and sales's rating, and by what became of them.

    Parameters
    ----------
    columns
        Those of `score`, `grade`, `sales_rating` that are connected.
    width
        Points per band of the score.
    recent_day
        Epoch day from which on a lead is recent.

    Returns
    -------
    DataFrame
        The columns asked for (`score`: number of the band from 0 on; null where unknown), `recent`, `old` (more than
        `horizon` days seen), the outcomes as in `patterns` (`won` only where old), and `leads`; sorted.
    """
    leads = _judged(facts, horizon=horizon, decided_days=decided_days, first_day=first_day, last_day=last_day)
    joined = with_profile(facts, leads, *columns)
    keys = {name: joined[name] for name in columns}
    if "score" in keys:
        keys["score"] = (keys["score"].cast("float64") / width + 1e-9).floor().cast("int64")
    keys |= {"recent": as_number(joined.created_day >= recent_day), "old": joined.old}
    return _counted(joined, keys)


def highest_score(facts: Facts) -> float:
    """The largest score of any lead, 0 without one."""
    found = facts.tables["leads"].score.max().execute()
    return 0.0 if found is None or pd.isna(found) else float(found)


def mature(facts: Facts, *, horizon: int, decided_days: int, first_day: int, last_day: int) -> Any:
    """Leads created in the days given that have been seen for more than `horizon` days, with their outcomes."""
    table = _judged(facts, horizon=horizon, decided_days=decided_days, first_day=first_day, last_day=last_day)
    return table.filter(table.old == 1)


def _judged(facts: Facts, *, horizon: int, decided_days: int, first_day: int, last_day: int) -> Any:
    """Leads with `old` and the outcomes as 1 and 0."""
    leads = facts.leads
    table = leads.filter(leads.created_day.between(first_day, last_day))
    start = table.mql_s if facts.tables.has("leads.mql_at") else table.created_s
    judged = old_enough(facts, start, days=decided_days)
    accepted = judged & within(facts, table.accepted_s, start, days=decided_days)
    old = old_enough(facts, table.created_s, days=horizon)
    flags = {
        "old": old,
        "mql": start.notnull(),
        "judged": judged,
        "accepted": accepted,
        "rejected": judged & ~accepted & within(facts, table.rejected_s, start, days=decided_days),
        "won": old & within(facts, table.won_s, table.created_s, days=horizon),
    }
    return table.mutate(**{name: as_number(flag) for name, flag in flags.items()})


def _counted(table: Any, keys: dict[str, Any]) -> pd.DataFrame:
    """Leads by keys and outcomes."""
    named = keys | {name: table[name] for name in OUTCOMES}
    frame = table.group_by(**named).aggregate(leads=table.count()).to_pandas()
    return tidy(frame, list(named))
