"""The month's won and lost deals beside the month before, the same month a year before, and the goal."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import pandas as pd

from alignment_lib.blocks.closed import knows_losses
from alignment_lib.blocks.history import data_begins
from alignment_lib.blocks.progress import Line
from alignment_lib.blocks.progress import numbers as won_so_far
from alignment_lib.blocks.spans import goal
from alignment_lib.facts import Facts, closed_deals
from alignment_lib.facts.revenue_frames import open_deals
from alignment_lib.params.period import Month, month_start
from alignment_lib.stats import estimates, money, wording
from alignment_lib.stats.days import epoch_day


@dataclass(frozen=True, eq=False)
class Point:
    """The deals closed in a month."""

    month: Month
    rows: pd.DataFrame
    priced: bool
    """Whether the data knows amounts at all."""

    @property
    def won(self) -> pd.DataFrame:
        return self.rows[self.rows["outcome"] == "won"]

    @property
    def lost(self) -> pd.DataFrame:
        return self.rows[self.rows["outcome"] == "lost"]

    @property
    def value(self) -> float:
        return total(self.won) if self.priced else math.nan

    @property
    def words(self) -> str:
        return wording.month(self.month.first)

    @property
    def label(self) -> str:
        return self.month.label


@dataclass(frozen=True, eq=False)
class Recap:
    """What the block prints; months that the data does not reach back to are None."""

    now: Point
    before: Point | None
    year: Point | None
    goal: float | None
    value_goal: float | None
    quarter: Line | None
    open: pd.DataFrame
    """Deals open when the month ended; `days` is their age."""
    days_name: str
    """`lead_days`, or `deal_days` where no deal knows its lead."""
    rate: estimates.Proportion
    shares: money.Concentration
    velocity: money.Velocity
    cycle: money.Median
    """Days from deal to won."""
    conf: float

    @property
    def timed(self) -> str:
        return "lead to won" if self.days_name == "lead_days" else "deal to won"


def total(rows: pd.DataFrame) -> float:
    """The amounts of some deals; nan where there are deals but none has an amount."""
    priced = rows["amount"].dropna()
    return math.fsum(priced) if len(priced) or not len(rows) else math.nan


def knows_open(facts: Facts) -> bool:
    """Whether the data tells which deals are open: those that are not won are in it, with the day of their creation."""
    return knows_losses(facts) and facts.tables.has("opportunities.created_at")


def end_of(facts: Facts) -> int:
    """The instant, in epoch seconds, at which the period ends, or as-of where that is earlier."""
    return int(min(facts.run.as_of, facts.run.ends).timestamp())


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Recap:
    """Everything the block prints."""
    run, conf = facts.run, facts.run.params.weekly.confidence
    month = Month(run.period.first)
    now = _point(facts, month, run.last_day)
    rate = estimates.proportion(converted=len(now.won), leads=len(now.rows), conf=conf)
    timed = "lead_days" if now.rows["lead_days"].notna().any() else "deal_days"
    still = open_deals(facts, at_s=end_of(facts))
    cycle = money.median_ci(now.won["deal_days"].dropna().to_numpy(), conf=conf)
    priced = now.won["amount"].dropna() if now.priced else pd.Series(dtype=float)
    return Recap(
        now=now,
        before=_known(facts, month.shifted(-1)),
        year=_known(facts, month.shifted(-12)),
        goal=goal(facts, "won", first=month.first, last=month.last),
        value_goal=goal(facts, "won_value", first=month.first, last=month.last),
        quarter=won_so_far(facts).get("quarter"),
        open=still.assign(days=still[timed].fillna(still["deal_days"])),
        days_name=timed,
        rate=rate,
        shares=money.concentration(priced[priced >= 0]),
        velocity=money.velocity(
            opportunities=len(still),
            win_rate=rate.estimate,
            mean_won_value=max(float(priced.mean()), 0.0) if len(priced) else math.nan,
            cycle_days=cycle.estimate,
        ),
        cycle=cycle,
        conf=conf,
    )


def _point(facts: Facts, month: Month, last_day: int) -> Point:
    rows = closed_deals(facts, first_day=epoch_day(month.first), last_day=last_day)
    return Point(month, rows, facts.tables.has("opportunities.amount"))


def _known(facts: Facts, month: Month) -> Point | None:
    """A whole month before; None where the data begins later."""
    if epoch_day(month.first) < data_begins(facts, "opportunities"):
        return None
    return _point(facts, month, epoch_day(month.last))


def year_before(facts: Facts) -> date:
    """The first day of the month a year before the report's."""
    return month_start(facts.run.period.first, 12)
