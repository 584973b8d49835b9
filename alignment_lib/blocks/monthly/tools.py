"""Which sales tools go with winning: use of each asset in won against lost deals that reached the same stage (C4)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import pandas as pd

from alignment_lib.blocks.agenda import agenda, evidence, metric, metric_of, points_of
from alignment_lib.blocks.closed import knows_losses, no_losses
from alignment_lib.blocks.monthly.drivers import BACK
from alignment_lib.facts import Facts
from alignment_lib.facts.revenue_frames import ANY, asset_uses, assets, stage_reach
from alignment_lib.page.block import Block, Cell, Column, Mark, Metric, Status, Table
from alignment_lib.params.period import month_start
from alignment_lib.stats import estimates, wording
from alignment_lib.stats.comparisons import Comparison, benjamini_hochberg, two_group_p
from alignment_lib.stats.days import epoch_day

MAX_Q = 0.1
"""Of the differences called shown, at most about this share is expected to be chance."""
VERDICTS: dict[str, tuple[Status, str]] = {
    "above": ("good", "more in won deals"),
    "below": ("bad", "more in lost deals"),
    "borderline": ("open", "borderline"),
    "no difference shown": ("none", "no difference shown"),
    "not tested": ("none", "too few to compare"),
}


@dataclass(frozen=True, eq=False)
class Asset:
    """An asset and its use: of `gap`, `rate` is the use in won deals and `baseline` that in lost ones."""

    id: str
    title: str
    stage: str
    gap: Comparison

    @property
    def used(self) -> int:
        return self.gap.converted + self.gap.baseline_converted

    @property
    def verdict(self) -> str:
        return self.gap.verdict(max_q=MAX_Q)


@dataclass(frozen=True, eq=False)
class Tools:
    """Every asset, the largest tested difference first."""

    assets: tuple[Asset, ...]
    closed: int
    staged: bool
    """Whether stages are known at all."""

    @property
    def tested(self) -> list[Asset]:
        return [a for a in self.assets if a.verdict != "not tested"]


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Tools:
    """Everything the block prints."""
    run = facts.run
    days = {"first_day": epoch_day(month_start(run.period.first, BACK)), "last_day": run.last_day}
    reach = stage_reach(facts, **days)
    stages = tuple(sorted(set(reach["stage"]) - {ANY}))
    library = assets(facts, stages=stages)
    uses = asset_uses(facts, stages=stages, **days).set_index("asset_id")
    rows = [_asset(facts, row, uses, reach) for row in library.to_dict("records")]
    family = benjamini_hochberg([row.gap.p for row in rows])
    rows = [replace(row, gap=replace(row.gap, q=float(q))) for row, q in zip(rows, family, strict=True)]
    rows.sort(
        key=lambda a: (a.verdict == "not tested", -a.gap.estimate if wording.defined(a.gap.estimate) else 0, a.id)
    )
    return Tools(tuple(rows), int(reach.loc[reach["stage"] == ANY, "n"].sum()), bool(stages))


def _asset(facts: Facts, row: dict[str, object], uses: pd.DataFrame, reach: pd.DataFrame) -> Asset:
    """One asset's use in the won and the lost deals that could have used it."""
    key, stage, settings = str(row["asset_id"]), str(row["stage"]), facts.run.params.weekly
    able = reach[(reach["stage"] == stage) & (reach["closed_day"] >= row["from_day"])].groupby("outcome")["n"].sum()
    used = {o: int(uses.loc[key, o]) if key in uses.index else 0 for o in ("won", "lost")}
    n = {o: int(able.get(o, 0)) for o in ("won", "lost")}
    rates = {o: estimates.proportion(converted=used[o], leads=n[o], conf=settings.confidence) for o in n}
    gap = estimates.difference(rate=rates["won"], baseline=rates["lost"])
    reason = gap.reason
    if min(*n.values(), sum(used.values())) < settings.min_n:
        reason = reason or f"fewer than {settings.min_n} won deals, lost deals or uses: not compared"
    test = two_group_p(converted=used["won"], leads=n["won"], other_converted=used["lost"], other_leads=n["lost"])
    found = Comparison(
        **{**vars(gap), "reason": reason},
        converted=used["won"],
        leads=n["won"],
        baseline_converted=used["lost"],
        baseline_leads=n["lost"],
        p=math.nan if reason else test.p,
        method="none" if reason else test.method,
    )
    return Asset(key, str(row["title"]), stage, found)


@agenda(
    id="tools",
    title="Which sales tools go with winning",
    question="Which assets were used more in won deals than in lost ones?",
    side="sales",
    needs=("opportunities.closed_at", "content", "content_uses.opportunity_id"),
)
def tools(facts: Facts, block: Block) -> Block:
    """Use of each asset in won less use in lost deals."""
    if not knows_losses(facts):
        return replace(block, missing=no_losses(facts, "use in lost deals is unknown"))
    found = numbers(facts)
    if not found.assets:
        return replace(block, sentences=("The library of sales tools is empty.",))
    tested, settings = found.tested, facts.run.params.weekly
    return replace(
        block,
        sentences=sentences(facts),
        tables=(_table(found),),
        evidence=evidence(
            facts,
            "asset_gap",
            n=f"{wording.plural(found.closed, 'deal')} closed in the month and the twelve months before;"
            f" {wording.count(len(tested))} of {wording.plural(len(found.assets), 'asset')} compared",
            excluded="" if found.staged else "stages: without a history of stages all closed deals are compared",
            method=f"difference with MOVER interval from two Wilson intervals ({wording.percent(settings.confidence)});"
            f" one family of {wording.plural(len(tested), 'comparison')}, Benjamini-Hochberg at"
            f" {wording.percent(MAX_Q)}; at least {settings.min_n} won deals, lost deals and uses",
        ),
        metrics=_metrics(facts, found),
    )


def sentences(facts: Facts) -> tuple[str, ...]:
    """Which assets differ, of how many compared, and that this is no cause."""
    found = numbers(facts)
    n, all_n = len(found.tested), len(found.assets)
    few = facts.run.params.weekly.min_n
    if not n:
        return (f"No asset has {few} won deals, {few} lost deals and {few} uses yet, so that none is compared.",)
    same = "deals that reached the asset's stage" if found.staged else "deals"
    told = [
        f"Of {wording.plural(all_n, 'asset')}, {wording.count(n)}"
        f" {'has' if n == 1 else 'have'} enough {same} to compare."
    ]
    for verdict, words in (("above", "won"), ("below", "lost")):
        rows = [a for a in found.tested if a.verdict == verdict]
        if verdict == "below":
            rows = rows[::-1]
        if rows:
            named = [f"“{a.title}”{_of(a)}" for a in rows[:3]]
            more = f" and {wording.count(len(rows) - 3)} more" if len(rows) > 3 else ""
            told.append(
                f"Used more often in {words} deals: {wording.listing(named) if not more else ', '.join(named)}{more}."
            )
    if len(told) == 1:
        told.append("None of them shows a difference between won and lost deals.")
    told.append("This is an association, not a cause: a tool may be used because a deal goes well already.")
    return tuple(told)


def _of(asset: Asset) -> str:
    """` (48 % of won, 21 % of lost)`."""
    won, lost = (wording.percent(r.estimate) for r in (asset.gap.rate, asset.gap.baseline))
    return f" ({won} of won, {lost} of lost)"


def _table(found: Tools) -> Table:
    rows = tuple(_row(a) for a in found.assets)
    return Table(
        "Use of each asset in won and lost deals",
        (
            Column("Asset"),
            Column("For stage"),
            Column("Used in won", "deals", numeric=True),
            Column("Used in lost", "deals", numeric=True),
            Column("Won − lost", "points", numeric=True),
            Column("Beside chance"),
        ),
        rows,
        note="Association, not cause. “points”: share of the won deals that used it less share of the lost ones, with"
        " its interval. Only deals that closed after the asset was published and reached its stage count.",
        folded=len(rows) > 12,
    )


def _row(asset: Asset) -> tuple[Cell, ...]:
    gap = asset.gap
    points = wording.NOTHING
    if asset.verdict != "not tested":
        points = wording.signed_points_range(gap.estimate, gap.low, gap.high, whole=True)
    return (
        asset.title,
        asset.stage or "any",
        f"{wording.count(gap.converted)} of {wording.count(gap.leads)}",
        f"{wording.count(gap.baseline_converted)} of {wording.count(gap.baseline_leads)}",
        points,
        Mark(*VERDICTS[asset.verdict]),
    )


def _metrics(facts: Facts, found: Tools) -> tuple[Metric, ...]:
    period = facts.run.period.label
    records = [
        metric("assets_known", len(found.assets), n=len(found.assets), period=period),
        metric("assets_compared", len(found.tested), n=len(found.assets), period=period),
    ]
    for asset in found.assets:
        gap = asset.gap
        where: dict[str, Any] = {"source": asset.id, "period": period}
        if asset.verdict == "not tested":
            records.append(metric("asset_gap", None, n=gap.leads + gap.baseline_leads, reason=gap.reason, **where))
            continue
        records.append(points_of("asset_gap", gap, n=gap.leads + gap.baseline_leads, **where))
        records.append(metric_of("asset_use_won", gap.rate, n=gap.leads, **where))
        records.append(metric_of("asset_use_lost", gap.baseline, n=gap.baseline_leads, **where))
    return tuple(records)
