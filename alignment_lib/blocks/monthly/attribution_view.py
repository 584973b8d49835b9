"""Whose customers they are, by three conventions side by side (C23): first touch, last touch, W-shaped."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from typing import Any

import pandas as pd

from alignment_lib.blocks.agenda import agenda, evidence, metric
from alignment_lib.facts import Facts
from alignment_lib.facts.deal_frames import journeys
from alignment_lib.page.block import Block, Cell, Column, Mark, Metric, Table
from alignment_lib.params.period import month_start
from alignment_lib.stats import attribution, wording
from alignment_lib.stats.days import day_of, epoch_day

MODELS = {"first": "First touch", "last": "Last touch", "w": "W-shaped"}
"""The conventions shown, and their names."""
NOBODY = "No touch"
COLUMNS = ["opportunity_id", "amount", "lead_s", "deal_s", "close_s", "touch_s", "touch_source"]


@dataclass(frozen=True, eq=False)
class Credits:
    """Cents by source and convention; every convention adds up to the won value."""

    quarter: str
    deals: int
    left_out: int
    """Deals won without an amount that could be divided."""
    cents: pd.DataFrame
    """Index `source`, most by first touch first; one column per convention."""
    unattributed: int
    untouched: int
    """Deals without any touch."""
    moves: tuple[str, ...]
    """Sources whose rank depends on the convention."""

    @property
    def total(self) -> int:
        """Won value in cents."""
        return int(self.cents["first"].sum()) + self.unattributed if len(self.cents) else self.unattributed


@lru_cache(maxsize=4)
def numbers(facts: Facts) -> Credits:
    """The deals won in the quarter so far."""
    last = day_of(facts.run.last_day)
    first = month_start(last, (last.month - 1) % 3)
    frame = journeys(facts, first_day=epoch_day(first), last_day=facts.run.last_day)
    return credits_of(frame, f"{first:%Y}-Q{(first.month + 2) // 3}")


def credits_of(frame: pd.DataFrame, quarter: str) -> Credits:
    """Divide each deal's amount among its touches by every convention."""
    usable = frame["amount"] >= 0
    left_out = int(frame.loc[~usable, "opportunity_id"].nunique())
    found: list[tuple[str, tuple[int, ...]]] = []
    unattributed = untouched = deals = 0
    for _, rows in groupby(frame.loc[usable, COLUMNS].itertuples(index=False), key=lambda row: row.opportunity_id):
        touches, deals = list(rows), deals + 1
        if pd.isna(touches[0].touch_s):
            untouched += 1
            unattributed += attribution.to_cents([1.0], touches[0].amount)[0]
        else:
            found += zip((t.touch_source for t in touches), _divided(touches), strict=True)
    cents = pd.DataFrame([c for _, c in found], columns=list(MODELS), index=[s for s, _ in found], dtype="int64")
    cents = cents.groupby(level=0).sum().rename_axis("source").reset_index()
    cents = cents.sort_values(["first", "last", "source"], ascending=[False, False, True]).set_index("source")
    moved = attribution.rank_changes({m: [float(c) for c in cents[m]] for m in MODELS})
    return Credits(quarter, deals, left_out, cents, unattributed, untouched, tuple(cents.index[i] for i in moved))


def _divided(touches: list[Any]) -> list[tuple[int, ...]]:
    """Cents of each touch of one deal, by convention."""
    deal = touches[0]
    lead, begun = (0 if pd.isna(s) else sum(t.touch_s <= s for t in touches) for s in (deal.lead_s, deal.deal_s))
    split = [attribution.to_cents(_shares(len(touches), lead, begun, m), deal.amount) for m in MODELS]
    return list(zip(*split, strict=True))


@lru_cache(maxsize=4096)
def _shares(touches: int, before_lead: int, before_deal: int, model: str) -> tuple[float, ...]:
    """Shares of so many touches in their order, so many of them before the lead and before the deal began.

    Only the order counts, so that deals with journeys of one shape are divided once.
    """
    return attribution.attribute(
        times=range(touches), model=model, close=touches, value=0, lead=before_lead - 1, deal=before_deal - 1
    ).shares


@agenda(
    id="attribution_view",
    title="Who gets the credit",
    question="Which sources would get the credit for the quarter's revenue, and does that depend on how it is given?",
    side="marketing",
    needs=("opportunities.closed_at", "opportunities.amount", "touches.occurred_at"),
)
def attribution_view(facts: Facts, block: Block) -> Block:
    """Three conventions side by side."""
    found, currency = numbers(facts), facts.run.params.company.currency
    if not found.deals:
        none = f"No deal with an amount{facts.in_currency} has been won in {found.quarter} so far."
        return replace(block, sentences=(none,), metrics=_metrics(found, currency))
    left_out = wording.plural(found.left_out, "deal")
    return replace(
        block,
        sentences=sentences(found, currency),
        tables=(_table(found, currency),),
        evidence=evidence(
            facts,
            "credit",
            n=f"{wording.plural(found.deals, 'deal')} won in {found.quarter} so far",
            excluded=f"{left_out} without a usable amount{facts.in_currency}" if found.left_out else "",
            method="all touches of the lead up to the closing; first touch and last touch: all of it to one touch;"
            " W-shaped: 30 % each to the first touch and to the last before the lead and before the deal began, 10 % to"
            " the others; to the cent. None of these is causal: they share out revenue, they do not say what made it",
        ),
        metrics=_metrics(found, currency),
    )


def sentences(found: Credits, currency: str) -> tuple[str, ...]:
    """How much is shared out, and whether the order of sources depends on the convention."""
    won = f"{wording.money(found.total / 100, currency)} won with {wording.plural(found.deals, 'deal')} in"
    told = f"{won} {found.quarter} so far"
    if not len(found.cents):
        return (f"None of the {told} has a touch on record, so no source gets credit.",)
    lost = wording.money(found.unattributed / 100, currency)
    rest = f", {lost} has no touch on record and stays unattributed" if found.untouched else ", all of it has a touch"
    if not found.moves:
        same = "The order of sources is the same by first touch, last touch and W-shaped credit"
        return (f"Of {told}{rest}.", f"{same}; none of these is causal.")
    named = wording.listing(found.moves[:5])
    if len(found.moves) > 5:
        named = f"{wording.count(len(found.moves))} sources"
    return (f"Of {told}{rest}.", f"The rank of {named} depends on the convention; none of the three is causal.")


def _table(found: Credits, currency: str) -> Table:
    def row(name: str, values: list[int], last: Cell) -> tuple[Cell, ...]:
        return (name, *(wording.money(v / 100, currency) for v in values), last)

    rows = [
        row(str(s), [int(v) for v in r], Mark("open", "rank changes") if s in found.moves else "same rank")
        for s, r in zip(found.cents.index, found.cents[list(MODELS)].to_numpy(), strict=True)
    ]
    if found.untouched:
        rows.append(row(NOBODY, [found.unattributed] * len(MODELS), "unattributed"))
    return Table(
        f"Value won in {found.quarter} so far, by source and convention",
        (Column("Source of the touch"), *(Column(m, numeric=True) for m in MODELS.values()), Column("Rank")),
        tuple(rows),
        total=row("Won value", [found.total] * len(MODELS), ""),
    )


def _metrics(found: Credits, currency: str) -> tuple[Metric, ...]:
    def record(value: int, source: str | None, model: str | None) -> Metric:
        amount = value / 100
        return metric("credit", amount, n=found.deals, source=source, segment=model, period=found.quarter,
                      currency=currency)  # fmt: skip

    records = [record(found.total, None, None), record(found.unattributed, NOBODY, None)]
    for source, row in found.cents.iterrows():
        records += [record(int(row[model]), str(source), model) for model in MODELS]
    moved = metric("ranks_that_change", len(found.moves), n=len(found.cents), period=found.quarter)
    return (*records, moved)
