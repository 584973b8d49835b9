"""Facts → the leads whose deadline for the first contact passed on a day, and which were followed up in time."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from alignment_lib.facts.calendars import DAY_S, Clocks
from alignment_lib.facts.facts import Facts
from alignment_lib.facts.frames import handed_over
from alignment_lib.facts.rep_frames import zones_of_reps
from alignment_lib.params.period import midnight
from alignment_lib.stats import clock
from alignment_lib.stats.days import day_of


@lru_cache(maxsize=8)
def due(facts: Facts, *, sla_s: int, first_day: int, last_day: int) -> pd.DataFrame:
    """Leads whose agreed business hours, on their owner's calendar, ran out in the days given, as far as is visible.

    Parameters
    ----------
    sla_s
        Agreed business seconds.
    first_day, last_day
        Epoch days, both included.

    Returns
    -------
    DataFrame
        The columns of `metrics.handed_over` and `met` (touched in time). Where it is false the lead was touched later
        or not at all. A lead whose instants are in an impossible order is left out, as in every count of the promise.
    """
    run = facts.run
    zone = run.params.timezone
    begins_s = int(midnight(day_of(first_day), zone).timestamp())
    ends_s = min(int(midnight(day_of(last_day + 1), zone).timestamp()), run.as_of_s)
    back = _days_back(facts.clocks, begins_s, sla_s)
    rows = handed_over(facts, first_day=first_day - back, last_day=last_day)
    rows = rows[rows["seconds"].notna()]
    places = rows["owner_id"].map(zones_of_reps(facts)).fillna(0).astype("int64").to_numpy()
    starts = rows["start_s"].to_numpy(dtype=np.float64)
    before, after = _waited(facts.clocks, places, starts, begins_s), _waited(facts.clocks, places, starts, ends_s)
    found = rows[(before <= sla_s) & (after > sla_s)]
    # one that nobody touched has waited longer than agreed by now, so its seconds are more
    return found.assign(met=found["seconds"] <= sla_s).reset_index(drop=True)


def _waited(clocks: Clocks, places: np.ndarray, starts: np.ndarray, until_s: int) -> np.ndarray:
    """Business seconds from each start to an instant, on each row's own calendar; below 0 where it starts later."""
    waited = np.zeros(len(starts))
    for place, table in enumerate(clocks.tables):
        mine = places == place
        waited[mine] = clocks.open_seconds(place, until_s) - clock.open_seconds_at(table, starts[mine])
    return waited


def _days_back(clocks: Clocks, from_s: int, sla_s: int) -> int:
    """Days before an instant within which every lead started that is not overdue at it, whatever its calendar."""
    oldest = max(int(table.epoch_day[0]) * DAY_S for table in clocks.tables)
    days = 7
    while from_s - days * DAY_S > oldest and any(
        clocks.open_seconds(place, from_s) - clocks.open_seconds(place, from_s - days * DAY_S) <= sla_s
        for place in range(len(clocks.tables))
    ):
        days *= 2
    return days + 1
