"""What closed this week: won and lost, with source, value and days (C1, C2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import pandas as pd

from alignment_lib.blocks.agenda import agenda, evidence, metric, metric_of, worth
from alignment_lib.blocks.history import series
from alignment_lib.blocks.listing import counted, listing
from alignment_lib.facts import Facts, closed_deals, deal_frames
from alignment_lib.facts.money_frames import closings
from alignment_lib.page.block import Block, Cell, Column, Metric, Stat, Table
from alignment_lib.stats import estimates, money, wording
from alignment_lib.stats.days import epoch_day


@dataclass(frozen=True, eq=False)
class Closed:
    """The week's closed deals."""

    deals: pd.DataFrame
    won: pd.DataFrame
    lost: pd.DataFrame
    days: money.Median
    days_label: str
    """From where the days count; see `timed_from`."""
    rate: estimates.Proportion
    value: float
    unpriced: int


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Closed:
    """Everything the block prints."""
    run = facts.run
    week = {"first_day": epoch_day(run.week.monday), "last_day": run.last_day}
    deals = closed_deals(facts, **week)
    if facts.tables.has("opportunities.competitor"):
        rivals = closings(facts, **week).set_index("opportunity_id")["competitor"]
        deals = deals.assign(competitor=deals["opportunity_id"].map(rivals))
    won, lost = deals[deals["outcome"] == "won"], deals[deals["outcome"] == "lost"]
    conf = run.params.weekly.confidence
    priced = won["amount"].dropna()
    return Closed(
        deals=deals,
        won=won,
        lost=lost,
        days=days_to_win(won, conf=conf),
        days_label=timed_from(won),
        rate=estimates.proportion(converted=len(won), leads=len(won) + len(lost), conf=conf),
        value=float(priced.sum()) if len(priced) else float("nan"),
        unpriced=len(won) - len(priced),
    )


def days_to_win(won: pd.DataFrame, *, conf: float) -> money.Median:
    """The median of `cycle_days`, for every page that prints it."""
    return money.median_ci(won["cycle_days"].dropna().to_numpy(), conf=conf)


def timed_from(won: pd.DataFrame) -> str:
    """`lead to won`, `deal to won` where no deal with days has a lead, `lead (else deal) to won` where some have."""
    led = won.loc[won["cycle_days"].notna(), "lead_days"].notna()
    return "lead to won" if led.all() else "lead (else deal) to won" if led.any() else "deal to won"


@agenda(
    id="closed",
    title="What closed this week",
    question="Which deals were won and lost, where did they come from, what are they worth, how long did they take?",
    side="sales",
    needs=("opportunities.closed_at",),
)
def closed(facts: Facts, block: Block) -> Block:
    """Won and lost deals of the week, and by source."""
    found = numbers(facts)
    tables = tuple(t for t in (_deals(facts, found), _by_source(facts, found)) if t.rows)
    return replace(
        block,
        stats=_stats(facts, found),
        sentences=(sentence(facts),),
        tables=tables,
        evidence=evidence(
            facts,
            "cycle_days",
            n=f"{wording.plural(len(found.deals), 'deal')} closed",
            excluded="; ".join(_excluded(facts, found)),
            method="median with exact binomial limits",
        ),
        metrics=_metrics(facts, found),
    )


def sentence(facts: Facts) -> str:
    """Won, their value, lost, days."""
    found = numbers(facts)
    if not len(found.deals):
        return "No deal closed this week."
    value = len(found.won) and wording.defined(found.value)
    worth_it = f" worth {worth(facts, found.value, found.unpriced)}" if value else ""
    won = f"{wording.plural(len(found.won), 'deal')} {'was' if len(found.won) == 1 else 'were'} won"
    took = (
        f"; from {found.days_label} they took {_took(found.days.estimate)} in the median"
        if wording.defined(found.days.estimate)
        else ""
    )
    return f"{won if len(found.won) else 'No deal was won'}{worth_it}{_lost(facts, found)}{took}."


def _took(days: float) -> str:
    return "less than a day" if days < 1 else wording.days(days)


def _lost(facts: Facts, found: Closed) -> str:
    if not knows_losses(facts):
        return ""
    lost = wording.plural(len(found.lost), "deal") if len(found.lost) else "none was"
    return f" and {lost} lost" if len(found.won) else f", {lost} lost"


def knows_losses(facts: Facts) -> bool:
    """Whether the source records lost deals at all; a file of won deals only must not print "0 lost"."""
    rule = facts.tables.inspected["opportunities"].mapped.mapping.columns["outcome"]
    return rule.value is None and "opportunities.lost" not in facts.tables.cannot


def lacks_losses(facts: Facts) -> str:
    """Why nothing is said of lost deals, in a few words."""
    known = "opportunities.lost" in facts.tables.cannot
    return "lost deals cannot be told" if known else "this data holds won deals only"


def no_losses(facts: Facts, so: str) -> str:
    """Why a block that needs lost deals is left out."""
    told = facts.tables.cannot.get("opportunities.lost")
    return f"This data cannot tell. {told.rstrip('.')}." if told else f"This data holds won deals only, so that {so}."


def undated(facts: Facts) -> list[str]:
    """How many deals ended on a day that nobody knows, so that no week or month counts them; empty: none."""
    n = deal_frames.undated(facts)
    return [f"{wording.plural(n, 'deal')} of any age won or lost without a closing date"] if n else []


def untimed(won: pd.DataFrame) -> list[str]:
    """How many of the won deals the days cannot count; empty: none."""
    n = int(won["cycle_days"].isna().sum())
    return [f"from the days, {wording.plural(n, 'won deal')} without a usable date of its beginning"] if n else []


def _excluded(facts: Facts, found: Closed) -> list[str]:
    parts = (
        [f"{wording.plural(found.unpriced, 'won deal')} without an amount{facts.in_currency}"] if found.unpriced else []
    )
    parts += untimed(found.won)
    parts += undated(facts)
    if not knows_losses(facts):
        parts.append(lacks_losses(facts))
    return parts


def _stats(facts: Facts, found: Closed) -> tuple[Stat, ...]:
    history, currency = series(facts, "won"), facts.run.params.company.currency
    stats = [
        Stat(
            "Won",
            wording.count(len(found.won)),
            wording.beside_normal(len(found.won), history.normal.low, history.normal.high) if history else "",
            "sales",
            history=tuple(history.weeks[-13:]) if history else (),
            normal=history.band if history else None,
            listing=listing(facts, found.won, "deals") if len(found.won) else None,
        )
    ]
    if wording.defined(found.value):
        note = f"{wording.count(found.unpriced)} without an amount{facts.in_currency}" if found.unpriced else ""
        stats.append(Stat("Won value", wording.money(found.value, currency), note, "sales"))
    if knows_losses(facts):
        opened = listing(facts, found.lost, "deals") if len(found.lost) else None
        stats.append(Stat("Lost", wording.count(len(found.lost)), "deals", "sales", listing=opened))
    if wording.defined(found.days.estimate):
        limits = (
            f"{wording.count(found.days.low)} to {wording.count(found.days.high)} days"
            if wording.defined(found.days.low)
            else f"median of {wording.count(found.days.n_deals)}, too few for an interval"
        )
        stats.append(Stat("Days to win", wording.days(found.days.estimate), limits, "sales"))
    return tuple(stats)


def _deals(facts: Facts, found: Closed) -> Table:
    shown, currency = facts.run.params.weekly.list_rows, facts.run.params.company.currency
    rows = [_deal(facts, d, currency) for d in found.deals.head(shown).itertuples()]
    left = len(found.deals) - len(rows)
    heads = ("Outcome", "Source", "Owner", "Why")
    numeric = (
        Column("Amount", currency, numeric=True),
        Column("Since lead", "days", numeric=True),
        Column("Since deal", "days", numeric=True),
    )
    return Table(
        "Deals closed this week, won first",
        (Column("Deal"), *(Column(h) for h in heads), *numeric, Column("Closed")),
        tuple(rows),
        note=f"{wording.count(left)} more are not listed." if left else "",
        folded=len(rows) > 12,
    )


def _deal(facts: Facts, deal: Any, currency: str) -> tuple[str, ...]:
    return (
        deal.opportunity_id,
        deal.outcome,
        deal.source,
        facts.rep(deal.owner_id if isinstance(deal.owner_id, str) else None),
        _why(deal),
        wording.count(deal.amount),
        wording.count(deal.lead_days),
        wording.count(deal.deal_days),
        wording.short_day(int(deal.closed_day)),
    )


def _why(deal: Any) -> str:
    """The decision driver or loss reason and, where it is known, the main competitor."""
    reason = deal.reason if isinstance(deal.reason, str) else "not given"
    competitor = getattr(deal, "competitor", None)
    return f"{reason}; against {competitor}" if isinstance(competitor, str) else reason


def _by_source(facts: Facts, found: Closed) -> Table:
    currency, losses = facts.run.params.company.currency, knows_losses(facts)
    priced = found.unpriced < len(found.won)
    groups = [(str(source), group) for source, group in found.deals.groupby("source", sort=True)]
    groups.sort(key=lambda g: (-int((g[1]["outcome"] == "won").sum()), g[0]))
    rows = tuple((source, *_source_cells(facts, group, losses, priced)) for source, group in groups)
    columns = [Column("Source"), Column("Won", numeric=True)]
    columns += [Column("Won value", currency, numeric=True)] if priced else []
    columns += [Column("Lost", numeric=True)] if losses else []
    columns.append(Column("Days to win", "median", numeric=True))
    return Table(
        "By source of the lead",
        tuple(columns),
        rows,
        total=("All", *_source_cells(facts, found.deals, losses, priced)),
    )


def _source_cells(facts: Facts, group: pd.DataFrame, losses: bool, priced: bool) -> tuple[Cell, ...]:
    won = group[group["outcome"] == "won"]
    amounts = won["amount"].dropna()
    value = [wording.count(float(amounts.sum()) if len(amounts) else None)] if priced else []
    lost = [counted(facts, group[group["outcome"] == "lost"], "deals")] if losses else []
    return (
        counted(facts, won, "deals"),
        *value,
        *lost,
        wording.count(days_to_win(won, conf=facts.run.params.weekly.confidence).estimate),
    )


def _metrics(facts: Facts, found: Closed) -> tuple[Metric, ...]:
    """`won` itself is recorded by the history."""
    currency, n = facts.run.params.company.currency, len(found.deals)
    priced = len(found.won) - found.unpriced
    reason = f"no won deal has an amount{facts.in_currency}" if not priced else ""
    records = [
        metric("won_value", found.value, n=priced, reason=reason, currency=currency),
        metric_of("cycle_days", found.days, n=found.days.n_deals),
    ]
    if knows_losses(facts):
        records += [metric("lost", len(found.lost), n=len(found.lost)), metric_of("win_rate", found.rate, n=n)]
    for source, group in found.won.groupby("source", sort=True):
        records.append(metric("won", len(group), n=len(group), source=str(source)))
        if group["amount"].notna().any():
            value = float(group["amount"].sum())
            records.append(
                metric("won_value", value, n=int(group["amount"].notna().sum()), source=str(source), currency=currency)
            )
    return tuple(records)
