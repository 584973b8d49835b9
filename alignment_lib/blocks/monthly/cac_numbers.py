"""Customers won in three months and the spend that lies before them, source by source; the parts add to the total."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from alignment_lib.blocks.cost import MEDIA, PAUSE_DAYS, PEOPLE, spread
from alignment_lib.blocks.history import data_begins
from alignment_lib.blocks.monthly.drivers import BACK
from alignment_lib.facts import Facts, closed_deals
from alignment_lib.facts.money_frames import OTHER
from alignment_lib.facts.revenue_frames import UNASSIGNED, spend_by_source
from alignment_lib.params.period import Month, month_start
from alignment_lib.stats import money, rates, wording
from alignment_lib.stats.days import epoch_day

MONTHS = 3
"""Months of deals won that the cost is of: one month has too few customers by source."""


@dataclass(frozen=True, eq=False)
class Part:
    """The customers of a source and the spend before them; the spend of no source has no customers of its own."""

    source: str
    won: pd.DataFrame
    lag: int
    """Days between spend and winning."""
    timed: int
    """Deals won that the lag is the median of, where it is the source's own; else 0."""
    media: float
    spend: float
    """All of it; either is nan where it is not known for all of the days."""
    conf: float

    def of(self, amount: float) -> rates.Cac | None:
        """Cost of a customer; None where nothing is booked, nothing is known, or there is nobody to divide by."""
        if not wording.defined(amount) or amount <= 0 or self.source == UNASSIGNED:
            return None
        return rates.cac(spend=amount, customers=len(self.won), conf=self.conf)


@dataclass(frozen=True, eq=False)
class Costs:
    """By source, most customers first; `rest` is spend that is booked to no source."""

    parts: tuple[Part, ...]
    rest: Part | None
    won: pd.DataFrame
    first: int
    last: int
    """Epoch days of the deals."""
    months: tuple[Month, ...]
    """Those the deals were won in."""
    timed_in: tuple[Month, ...]
    """Those whose deals say how long it takes to win one."""
    lag: int
    n_timed: int
    timed: str
    media_reason: str
    loaded_reason: str
    """Why it cannot be told; else empty."""
    conf: float

    def total(self, what: str) -> float:
        """`media` or `spend`, of all parts together."""
        rows = (*self.parts, *((self.rest,) if self.rest else ()))
        return math.fsum(getattr(part, what) for part in rows)

    def cost(self, what: str) -> rates.Cac | None:
        """Cost of a customer of all sources together."""
        reason = self.media_reason if what == "media" else self.loaded_reason
        if reason or not len(self.won) or self.total(what) <= 0:
            return None
        return rates.cac(spend=self.total(what), customers=len(self.won), conf=self.conf)

    @property
    def mean_amount(self) -> float:
        """Of the deals won; taken as the first year's value."""
        priced = self.won["amount"].dropna()
        return float(priced.mean()) if len(priced) else math.nan


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Costs:
    """Everything the block prints."""
    run, settings = facts.run, facts.run.params.weekly
    first, last = epoch_day(month_start(run.period.first, MONTHS - 1)), run.last_day
    year = closed_deals(facts, first_day=epoch_day(month_start(run.period.first, BACK)), last_day=last)
    year = year[year["outcome"] == "won"]
    won = year[year["closed_day"] >= first]
    name = "lead_days" if year["lead_days"].notna().any() else "deal_days"
    lag, n_timed = _lag(year[name])
    by, of = run.params.slice or ("", "")
    raw = spend_by_source(facts, last_day=run.as_of_day, by=by, of=of)
    frame = spread(raw, keys=("source", "kind", "team"))
    sources = sorted((set(won["source"]) | set(_during(frame, first - lag, last - lag)["source"])) - {UNASSIGNED})
    lags = {source: _lag(year.loc[year["source"] == source, name]) for source in sources}
    own = {s: found if found[1] >= settings.min_n else (lag, 0) for s, found in lags.items()}
    parts = [_part(frame, s, won[won["source"] == s], (first, last), own[s], settings.confidence) for s in sources]
    parts.sort(key=lambda p: (-len(p.won), -p.spend, p.source))
    rest = _part(frame, UNASSIGNED, won[:0], (first, last), (lag, 0), settings.confidence)
    earliest = first - max([lag, *(days for days, _ in own.values())])
    media, loaded = _reasons(facts, frame, earliest, last - min([lag, *(d for d, _ in own.values())]), first)
    return Costs(
        parts=tuple(parts),
        rest=rest if rest.spend else None,
        won=won,
        first=first,
        last=last,
        months=Month(run.period.first).history(MONTHS),
        timed_in=Month(run.period.first).history(BACK + 1),
        lag=lag,
        n_timed=n_timed,
        timed="lead to won" if name == "lead_days" else "deal to won",
        media_reason=media,
        loaded_reason=loaded,
        conf=settings.confidence,
    )


def _lag(days: pd.Series) -> tuple[int, int]:
    """The median in whole days, and its n."""
    known = days.dropna()
    return (int(money.median_ci(known.to_numpy()).estimate + 0.5), len(known)) if len(known) else (0, 0)


def _during(frame: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    return frame[frame["day"].between(first, last)]


def _is_media(frame: pd.DataFrame) -> pd.Series:
    found: pd.Series = frame["kind"].isin(MEDIA) & frame["team"].isin(["marketing", OTHER])
    return found


def _part(
    frame: pd.DataFrame, source: str, won: pd.DataFrame, days: tuple[int, int], lag: tuple[int, int], conf: float
) -> Part:
    mine = _during(frame[frame["source"] == source], days[0] - lag[0], days[1] - lag[0])
    media = math.fsum(mine.loc[_is_media(mine), "amount"])
    return Part(source, won, lag[0], lag[1], media, math.fsum(mine["amount"]), conf)


def _reasons(facts: Facts, frame: pd.DataFrame, first: int, last: int, deals_from: int) -> tuple[str, str]:
    """Why the cost in media, and the loaded cost, cannot be told."""
    begins = data_begins(facts, "opportunities")
    if begins > deals_from:
        return (f"deals are known only from {wording.day(begins)} on",) * 2
    media = _known(frame[_is_media(frame)], first, last, "spend on media")
    if len(frame) and not facts.tables.has("spend.kind"):
        media = "the spend does not say what it was spent on: map spend.kind"
    sliced = facts.run.params.slice
    if sliced is not None:
        return media, f"what people and tools cost is not booked by {sliced[0]}"
    people = _known(frame[frame["kind"] == PEOPLE], first, last, "what people and tools cost")
    some_media = bool(_is_media(frame).any())
    return media, (media if media and some_media else people)


def _known(frame: pd.DataFrame, first: int, last: int, what: str) -> str:
    """Why spend is not known for all of the days; else empty."""
    if not len(frame):
        return f"{what} is not in this data"
    begins, ends = int(frame["day"].min()), int(frame["day"].max())
    if begins > first:
        return f"{what} is known only from {wording.day(begins)} on"
    if ends < last - PAUSE_DAYS:
        return f"{what} is known only up to {wording.day(ends)}"
    inside = math.fsum(_during(frame, first, last)["amount"])
    return "" if inside >= 0 else f"credits are more than {what}"
