"""Headline rates by the day on which their leads began, so that any window of days can be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from alignment_lib.blocks.monthly.mature import TOLD, furthest, known_months, mature_months
from alignment_lib.facts import Facts
from alignment_lib.facts.cohort_frames import matured
from alignment_lib.params.period import Month
from alignment_lib.stats.days import epoch_day


@dataclass(frozen=True)
class Rate:
    """What a rate counts: the stage, by which age, of which leads."""

    stage: str
    horizon: int
    start: str

    @property
    def what(self) -> str:
        """Whose rate it is: `MQLs`, `leads`."""
        return "MQLs" if self.start == "mql" else "leads"

    @property
    def told(self) -> str:
        """`were accepted by sales within 14 days`."""
        return f"{TOLD[self.stage]} within {self.horizon} days"


def acceptance(facts: Facts) -> Rate | None:
    """Acceptance as the weekly counts it: of MQLs, else of leads; None where nothing says who was accepted."""
    if not facts.tables.has("leads.accepted_at"):
        return None
    start = "mql" if facts.tables.has("leads.mql_at") else "created"
    return Rate("accepted", facts.run.params.weekly.acceptance_days, start)


def conversion(facts: Facts) -> Rate | None:
    """Conversion to the furthest stage that the data can tell of."""
    stage = furthest(facts)
    return Rate(stage, facts.run.params.monthly.horizon_days, "created") if stage else None


@lru_cache(maxsize=8)
def counts(facts: Facts, rate: Rate) -> pd.DataFrame:
    """Leads that are old enough by source and day, of the known months: `source`, `day`, `leads`, `converted`."""
    day = f"{rate.start}_day"
    frame = matured(
        facts,
        rate.stage,
        horizon=rate.horizon,
        start=rate.start,
        first_day=epoch_day(known_months(facts, rate.stage)[0]),
        last_day=facts.run.last_day,
        by=("source", day),
    )
    return frame.rename(columns={day: "day"})


def within(frame: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    """The rows of the days given."""
    return frame[frame["day"].between(first, last)]


def of_months(frame: pd.DataFrame, months: tuple[Month, ...]) -> pd.DataFrame:
    """The rows of neighbouring months."""
    return within(frame, epoch_day(months[0].first), epoch_day(months[-1].last))


def newest(facts: Facts, rate: Rate) -> Month | None:
    """The newest month that is old enough for a rate."""
    months = mature_months(facts, rate.horizon, rate.stage)
    return months[-1] if months else None
