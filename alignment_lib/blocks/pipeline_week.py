"""What moved the pipeline in the week or month of the report: how it stood before, what came and went, and after."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from alignment_lib.blocks import measures
from alignment_lib.facts import Facts
from alignment_lib.facts.frames import happened
from alignment_lib.facts.money_frames import closings, pipeline_flow
from alignment_lib.params.period import Week


@dataclass(frozen=True)
class Part:
    """Some deals: how many, their amounts in hundredths of the currency, and how many of them have one."""

    deals: int
    cents: int
    priced: int

    @property
    def amount(self) -> float:
        """In the currency; nan where there are deals but no amounts."""
        return self.cents / 100 if self.priced or not self.deals else float("nan")


@dataclass(frozen=True, eq=False)
class PipelineWeek:
    """Deals from the period's begin to its end (or as-of): before + opened - won - lost + moved = after."""

    before: Part
    opened: Part
    won: Part
    lost: Part
    undated: Part
    """Moved: closed without a day of creation, so that they were never seen open."""
    disorder: Part
    """Moved: closed before they were created; more came in than went out, or less."""
    after: Part
    unexpected: Part
    """Those of `after` that have no expected day of closing."""
    opened_rows: pd.DataFrame
    ended_rows: pd.DataFrame
    usual: measures.ByWeek | None
    """Pipeline created by week; None without amounts, and where the period is no week."""


@lru_cache(maxsize=8)
def week(facts: Facts) -> PipelineWeek:
    """The pipeline of the report's period."""
    run = facts.run
    usual = isinstance(run.period, Week) and facts.tables.has("opportunities.open_amount")
    flow = pipeline_flow(facts, begin_s=int(run.begins.timestamp()), end_s=end_s(facts))
    ended = flow["ended"] != ""
    step = flow["open_after"].astype(int) - flow["open_before"].astype(int)
    moved = step - flow["created"].astype(int) + ended.astype(int)
    days = {"first_day": run.first_day, "last_day": run.last_day}
    return PipelineWeek(
        before=part(flow, flow["open_before"]),
        opened=part(flow, flow["created"]),
        won=part(flow, flow["ended"] == "won"),
        lost=part(flow, flow["ended"] == "lost"),
        undated=part(flow, moved * ~flow["dated"]),
        disorder=part(flow, moved * flow["dated"]),
        after=part(flow, flow["open_after"]),
        unexpected=part(flow, flow["open_after"] & ~flow["expected"]),
        opened_rows=happened(facts, "opportunities", **days),
        ended_rows=closings(facts, **days),
        usual=measures.by_week(facts, "pipeline_created") if usual else None,
    )


def end_s(facts: Facts) -> int:
    """The instant, in epoch seconds, at which the period ends, or as-of where that is earlier."""
    return int(min(facts.run.as_of, facts.run.ends).timestamp())


def part(flow: pd.DataFrame, times: pd.Series) -> Part:
    """The rows, each counted so many times (true: once; -1: taken out)."""
    sums = flow[["n", "cents", "priced"]].mul(times.astype(int), axis=0).sum()
    return Part(int(sums["n"]), int(sums["cents"]), int(sums["priced"]))
