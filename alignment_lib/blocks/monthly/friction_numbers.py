"""Time in stage and waits of leads (C7), of the month and of the thirteen weeks before, and the stuck deals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from alignment_lib.facts import Facts
from alignment_lib.facts import stage_frames as frames
from alignment_lib.page.block import Side
from alignment_lib.stats import cohorts, waiting, wording

OWNERS: dict[str, Side] = {"routing": "marketing", "first contact": "sales", "decision": "sales"}
"""Whose step it is; stages of deals are sales's."""
DAY = 24
MOST = 3
LEAST = 0.05
"""Days under which nothing has slowed."""


@dataclass(frozen=True, eq=False)
class Step:
    """The days a stage or a wait takes, of this period and of the 13 weeks before."""

    name: str
    side: Side
    p50: waiting.Quantile
    p90: waiting.Quantile
    before: waiting.Quantile
    before_p90: waiting.Quantile
    enough: int

    @property
    def slower(self) -> float | None:
        """Days by which the median grew; None where it is not known or either side has too few."""
        known = wording.defined(self.p50.estimate) and wording.defined(self.before.estimate)
        few = min(self.p50.leads, self.before.leads) < self.enough
        return None if few or not known else self.p50.estimate - self.before.estimate

    @property
    def settled(self) -> bool:
        """Whether the interval of the period lies above that of the weeks before."""
        return self.p50.low > self.before.high


@dataclass(frozen=True, eq=False)
class Friction:
    """Stages by the number of deals that entered them, steps of leads, and the stuck deals."""

    stages: tuple[Step, ...]
    steps: tuple[Step, ...]
    limits: dict[str, waiting.Quantile]
    """By stage, the 90th percentile of the year before the period."""
    stuck: pd.DataFrame
    open_deals: int

    @property
    def by_growth(self) -> tuple[Step, ...]:
        """All of them, the one that slowed most first; last those that nobody can compare."""
        return tuple(
            sorted((*self.stages, *self.steps), key=lambda s: -s.slower if s.slower is not None else float("inf"))
        )

    @property
    def slowest(self) -> tuple[Step, ...]:
        """Up to three whose median grew, the largest first."""
        grown = [(s.slower, s) for s in (*self.stages, *self.steps) if s.slower is not None and s.slower >= LEAST]
        return tuple(s for _, s in sorted(grown, key=lambda g: (-g[0], g[1].name))[:MOST])


@lru_cache(maxsize=4)
def open_deals(facts: Facts) -> pd.DataFrame:
    """Every open deal with its stage, which other blocks ask for as well."""
    return frames.open_deals(facts)


@lru_cache(maxsize=4)
def numbers(facts: Facts) -> Friction:
    """Everything the block prints."""
    times, waits = frames.stage_times(facts), frames.lead_steps(facts)
    entered = times.assign(n=times["left"] + times["still"]).groupby("stage")["n"].sum()
    order = sorted(entered.index, key=lambda s: (-entered[s], s))
    year = times[times["window"] != frames.MONTH]
    limits = {str(s): _quantile(facts, year[year["stage"] == s], 0.9) for s in order}
    deals = open_deals(facts)
    factor = facts.run.params.monthly.stuck_factor
    allowed = deals["stage"].map({s: q.estimate * factor for s, q in limits.items() if enough(facts, q)})
    return Friction(
        stages=tuple(_step(facts, str(s), "sales", times[times["stage"] == s]) for s in order),
        steps=tuple(
            _step(facts, n, side, waits[waits["step"] == n]) for n, side in OWNERS.items() if (waits["step"] == n).any()
        ),
        limits=limits,
        stuck=deals.assign(days=deals["hours"] / DAY, limit=allowed)[deals["hours"] / DAY > allowed],
        open_deals=len(deals),
    )


def enough(facts: Facts, quantile: waiting.Quantile) -> bool:
    return wording.defined(quantile.estimate) and quantile.leads >= facts.run.params.weekly.min_n


def _step(facts: Facts, name: str, side: Side, rows: pd.DataFrame) -> Step:
    now, before = (rows[rows["window"] == w] for w in (frames.MONTH, frames.QUARTER))
    p50, p90, was50, was90 = (_quantile(facts, part, share) for part in (now, before) for share in (0.5, 0.9))
    return Step(name, side, p50, p90, was50, was90, facts.run.params.weekly.min_n)


def _quantile(facts: Facts, rows: pd.DataFrame, share: float) -> waiting.Quantile:
    sums = rows.groupby("hours")[["left", "still"]].sum()
    table = cohorts.follow_up(ages=sums.index / DAY, converted=sums["left"], censored=sums["still"])
    return waiting.km_quantile(table, share=share, conf=facts.run.params.weekly.confidence)
