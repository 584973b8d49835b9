"""Facts → leads by campaign and week, and how sales judged those that are old enough; one aggregation."""

from __future__ import annotations

import pandas as pd

from alignment_lib.facts.ages import old_enough
from alignment_lib.facts.facts import Facts

COUNTS = ("leads", "accepted", "rejected")


def campaign_weeks(facts: Facts, *, first_day: int, last_day: int, horizon: int) -> pd.DataFrame:
    """Leads created in the days given, by campaign, source and week.

    Parameters
    ----------
    first_day, last_day
        Epoch days, both included; `first_day` is a Monday, and `week` 0 begins there.
    horizon
        Days from MQL (else creation) for which a lead must be old enough to be judged.

    Returns
    -------
    DataFrame
        Columns `campaign`, `source`, `week`, `leads`, `accepted` and `rejected` (decided so far, of the leads that are
        old enough; a rejection that an acceptance goes with is none), and `young_day` (the last epoch day on which one
        of the leads that are too young began; -1 where there is none). Sorted; a week without leads has no row.
    """
    import ibis

    leads = facts.leads
    table = leads.filter(leads.created_day.between(first_day, last_day))
    begun_s, begun_day = ibis.coalesce(table.mql_s, table.created_s), ibis.coalesce(table.mql_day, table.created_day)
    table = table.select(
        "campaign",
        "source",
        week=((table.created_day - first_day) / 7).floor().cast("int64"),
        old=old_enough(facts, begun_s, days=horizon),
        begun_day=begun_day,
        yes=table.accepted_s.notnull(),
        no=table.accepted_s.isnull() & table.rejected_s.notnull(),
    )
    keys = ["campaign", "source", "week"]
    frame = (
        table.group_by(keys)
        .aggregate(
            leads=table.count(),
            accepted=(table.old & table.yes).sum(),
            rejected=(table.old & table.no).sum(),
            young_day=table.begun_day.max(where=~table.old).fill_null(-1),
        )
        .to_pandas()
    )
    frame[["week", *COUNTS, "young_day"]] = frame[["week", *COUNTS, "young_day"]].astype("int64")
    return frame.sort_values(keys, kind="stable").reset_index(drop=True)
