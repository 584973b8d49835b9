"""What it cost to win a customer: spend on media and spend with people and tools, matched by the time to win (C5)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import pandas as pd

from alignment_lib.blocks.agenda import agenda, evidence, metric
from alignment_lib.blocks.history import data_begins
from alignment_lib.facts import Facts, closed_deals
from alignment_lib.facts.money_frames import OTHER, spend_by_day
from alignment_lib.page.block import Block, Metric
from alignment_lib.source.tables import DATED_WINS
from alignment_lib.stats import money, rates, wording
from alignment_lib.stats.days import epoch_day

NEEDS = ("opportunities.closed_at", DATED_WINS, "spend")
"""Without the days of a share of the wins, each of the others would seem to have cost more."""
MEDIA = ("media", "program")
PEOPLE = "people"
PAUSE_DAYS = 7
"""A week without a booking at the end of the span is a pause; more of it is spend that is not known yet."""


@dataclass(frozen=True, eq=False)
class Spend:
    """Spend of a span of days; `amount` nan with the reason where it is not known for all of them."""

    amount: float
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Cost:
    """Deals won in the last full weeks, and the spend of as many weeks before."""

    won: int
    weeks: int
    lag: int
    """Whole weeks between spend and winning."""
    timed: str
    """What the lag is the median of; empty where no time is known."""
    n_timed: int
    first: date
    last: date
    """Of the spend."""
    since: str
    """The day on which the deals of this data begin, where that is later than those weeks; else empty."""
    media: Spend
    loaded: Spend
    conf: float

    def reason(self, spend: Spend) -> str:
        """Why there is no cost of a customer; empty where there is one."""
        if self.since:
            return f"deals are known only from {self.since} on"
        return spend.reason or ("" if self.won else "nobody was won")

    def of(self, spend: Spend) -> rates.Cac | None:
        """Cost of a customer; None where nobody was won, or deals or spend are not known."""
        if self.reason(spend):
            return None
        return rates.cac(spend=spend.amount, customers=self.won, conf=self.conf)


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Cost:
    """Everything the block prints."""
    run, weeks = facts.run, facts.run.params.weekly.history_weeks
    end = run.week.sunday if run.as_of >= run.ends else run.week.shifted(-1).sunday
    begin = end - timedelta(days=7 * weeks - 1)
    closed = closed_deals(facts, first_day=epoch_day(begin), last_day=epoch_day(end))
    won = closed[closed["outcome"] == "won"]
    lag, timed, n_timed = _lag(won)
    first, last = begin - timedelta(weeks=lag), end - timedelta(weeks=lag)
    begins = data_begins(facts, "opportunities")
    by, of = run.params.slice or ("", "")
    frame = spread(spend_by_day(facts, last_day=run.as_of_day, by=by, of=of))
    media = _media(facts, frame, first, last)
    return Cost(
        won=len(won),
        weeks=weeks,
        lag=lag,
        timed=timed,
        n_timed=n_timed,
        first=first,
        last=last,
        since=wording.day(begins) if begins > epoch_day(begin) else "",
        media=media,
        loaded=_loaded(facts, frame, first, last, media),
        conf=run.params.weekly.confidence,
    )


def _lag(won: pd.DataFrame) -> tuple[int, str, int]:
    """Whole weeks of the median time from lead to won, else from deal to won, and its n; 0 where none is known."""
    for name, said in (("lead_days", "lead to won"), ("deal_days", "deal to won")):
        days = won[name].dropna()
        if len(days):
            return int(money.median_ci(days.to_numpy()).estimate / 7 + 0.5), said, len(days)
    return 0, "", 0


def _media(facts: Facts, frame: pd.DataFrame, first: date, last: date) -> Spend:
    if len(frame) and not facts.tables.has("spend.kind"):
        return Spend(math.nan, "the spend does not say what it was spent on: map spend.kind")
    media = frame[frame["kind"].isin(MEDIA) & frame["team"].isin(["marketing", OTHER])]
    return _spend(media, first, last, "spend on media")


def _loaded(facts: Facts, frame: pd.DataFrame, first: date, last: date, media: Spend) -> Spend:
    """All spend of both teams; what people cost must be among it, and media, where there are any, must be known."""
    sliced = facts.run.params.slice
    if sliced is not None:
        return Spend(math.nan, f"what people and tools cost is not booked by {sliced[0]}")
    people = _spend(frame[frame["kind"] == PEOPLE], first, last, "what people and tools cost")
    if media.reason and frame["kind"].isin(MEDIA).any():
        return media
    return people if people.reason else _spend(frame, first, last, "all spend")


def _spend(frame: pd.DataFrame, first: date, last: date, what: str) -> Spend:
    """Spend of the days given; nan where it is not known for all of them."""
    if not len(frame):
        return Spend(math.nan, f"{what} is not in this data")
    begins, ends = int(frame["day"].min()), int(frame["day"].max())
    if begins > epoch_day(first):
        return Spend(math.nan, f"{what} is known only from {wording.day(begins)} on")
    if ends < epoch_day(last) - PAUSE_DAYS:
        return Spend(math.nan, f"{what} is known only up to {wording.day(ends)}")
    amount = math.fsum(frame.loc[frame["day"].between(epoch_day(first), epoch_day(last)), "amount"])
    return Spend(amount) if amount >= 0 else Spend(math.nan, f"credits are more than {what}")


def spread(frame: pd.DataFrame, *, keys: tuple[str, ...] = ("kind", "team")) -> pd.DataFrame:
    """Spend by day; what is booked for the same `keys` once a month is spread evenly over the days of the month."""
    month = (np.datetime64(0, "D") + frame["day"].to_numpy()).astype("datetime64[M]")
    first, after = (m.astype("datetime64[D]").astype("int64") for m in (month, month + 1))
    frame = frame.assign(first=first, length=after - first)
    names = list(keys)
    bookings = frame.groupby([*names, "first"]).size().groupby(names).median()
    monthly = (bookings[list(zip(*(frame[name] for name in names), strict=True))] <= 1).to_numpy()
    bills = frame[monthly]
    daily = bills.loc[bills.index.repeat(bills["length"])]
    daily = daily.assign(
        day=daily["first"] + daily.groupby(level=0).cumcount(), amount=daily["amount"] / daily["length"]
    )
    return pd.concat([frame[~monthly], daily], ignore_index=True)[["day", *names, "amount"]]


def unbooked(facts: Facts) -> str:
    """Why nobody can tell what a customer of this slice costs; empty where spend is booked by it."""
    sliced = facts.run.params.slice
    if sliced is None or facts.tables.has(f"spend.{sliced[0]}"):
        return ""
    name = sliced[0].replace("_id", "")
    return f"Spend is not booked by {name}: what a customer of one {name} costs is unknown."


@agenda(
    id="cost",
    title="What a customer costs",
    question="What did it truly cost to win a customer?",
    needs=NEEDS,
)
def cost(facts: Facts, block: Block) -> Block:
    """One sentence: cost of a customer in media, and with people and tools."""
    if unknown := unbooked(facts):
        return replace(block, missing=unknown)
    found = numbers(facts)
    known = [n for n, s in (("cac_media", found.media), ("cac_loaded", found.loaded)) if not s.reason]
    return replace(
        block,
        sentences=(sentence(facts),),
        evidence=evidence(
            facts,
            *known,
            n=f"{wording.plural(found.won, 'deal')} won in {found.weeks} full weeks; spend from"
            f" {wording.day(found.first)} to {wording.day(found.last)}",
            excluded=unsaid((found.media.reason, found.loaded.reason), sentence(facts)),
            method=f"spend ÷ deals, with Garwood's {wording.percent(found.conf)} limits of a count; what is booked once"
            " a month is spread over its days",
        ),
        metrics=_metrics(facts, found),
    )


def unsaid(reasons: Iterable[str], said: str) -> str:
    """The reasons, each once, that the block's sentence does not give."""
    return "; ".join(dict.fromkeys(r for r in reasons if r and r[1:] not in said))


def sentence(facts: Facts) -> str:
    """What a customer cost, and from when the spend is; else why nobody can tell."""
    found, currency = numbers(facts), facts.run.params.company.currency
    media, loaded = found.of(found.media), found.of(found.loaded)
    if not found.won and not found.since:
        return f"Nobody was won in the last {found.weeks} full weeks, so that a cost of a customer cannot be told."
    if media is None and loaded is None:
        return f"What a customer costs cannot be told: {found.reason(found.media)}."
    parts = [_told(c, how, currency) for c, how in ((media, "in media"), (loaded, "with people and tools")) if c]
    missing = [s.reason for s in (found.media, found.loaded) if s.reason]
    rest = f" {missing[0][0].upper()}{missing[0][1:]}." if missing else ""
    told = f"A customer won in the last {found.weeks} full weeks cost {wording.listing(parts)}."
    return f"{told} Spend is {_when(found)}.{rest}"


def _told(found: rates.Cac, how: str, currency: str) -> str:
    value, low, high = (wording.money(v, currency) for v in (found.estimate, found.low, found.high))
    return f"{value} {how} ({low} to {high})"


def _when(found: Cost) -> str:
    if not found.timed:
        return "of the same weeks, as nothing says how long it takes to win a deal"
    if not found.lag:
        return f"of the same weeks, as the median time from {found.timed} is under half a week"
    return f"taken from {wording.plural(found.lag, 'week')} earlier, the median time from {found.timed}"


def _metrics(facts: Facts, found: Cost) -> tuple[Metric, ...]:
    currency = facts.run.params.company.currency
    records = [metric("spend_lag", found.lag, n=found.n_timed)] if found.timed else []
    for name, spend in (("media", found.media), ("loaded", found.loaded)):
        records.append(metric(f"spend_{name}", spend.amount, reason=spend.reason, currency=currency))
        of = found.of(spend)
        values = (of.estimate, of.low, of.high) if of else (math.nan, None, None)
        reason = found.reason(spend)
        records.append(
            metric(
                f"cac_{name}", values[0], low=values[1], high=values[2], n=found.won, reason=reason, currency=currency
            )
        )
    return tuple(records)
