"""What it cost to win a customer, in media and with people and tools, by source, matched by the time to win (C5)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import pandas as pd

from alignment_lib.blocks.agenda import agenda, evidence, metric
from alignment_lib.blocks.cost import MEDIA, NEEDS, PAUSE_DAYS, PEOPLE, spread, unbooked, unsaid
from alignment_lib.blocks.history import data_begins
from alignment_lib.blocks.listing import counted
from alignment_lib.blocks.monthly.drivers import BACK
from alignment_lib.blocks.monthly.mature import label, span
from alignment_lib.facts import Facts, closed_deals
from alignment_lib.facts.money_frames import OTHER
from alignment_lib.facts.revenue_frames import UNASSIGNED, spend_by_source
from alignment_lib.page.block import Block, Cell, Column, Metric, Table
from alignment_lib.params.period import Month, month_start
from alignment_lib.stats import money, rates, wording
from alignment_lib.stats.days import epoch_day

# Customers won in three months and the spend that lies before them, source by source; the parts add to the total.

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


WHATS = {"media": "in media", "spend": "with people and tools"}
NAMES = {"media": "customer_cost_media", "spend": "customer_cost_loaded"}
NO_SOURCE = "booked to no source"


@agenda(
    id="cac",
    title="What a customer cost",
    question="What did it truly cost to win a customer, and from which source?",
    needs=NEEDS,
)
def cac(facts: Facts, block: Block) -> Block:
    """Cost of a customer by source, and how soon it is earned."""
    if unknown := unbooked(facts):
        return replace(block, missing=unknown)
    found = numbers(facts)
    told = (sentence(facts), _when(found) if _any(found) else "", _dearest(facts, found), _payback(facts, found))
    return replace(
        block,
        sentences=tuple(s for s in told if s),
        tables=(_table(facts, found),) if _any(found) and found.parts else (),
        evidence=evidence(
            facts,
            *(NAMES[what] for what in WHATS if found.cost(what)),
            n=f"{wording.plural(len(found.won), 'deal')} won from {wording.day(found.first)} to"
            f" {wording.day(found.last)}, {MONTHS} months and not one; {wording.plural(found.n_timed, 'deal')} of"
            f" {span(found.timed_in)} for the days to win",
            excluded=unsaid((found.media_reason, found.loaded_reason), told[0]),
            method=f"spend ÷ deals, with Garwood's {wording.percent(found.conf)} limits of a count; what is booked once"
            " a month is spread over its days, what is booked to no source over none",
        ),
        metrics=tuple(_metrics(facts, found)),
    )


def _any(found: Costs) -> bool:
    return bool(found.cost("media") or found.cost("spend"))


def sentence(facts: Facts) -> str:
    """What a customer cost; else why nobody can tell."""
    found, currency = numbers(facts), facts.run.params.company.currency
    over = facts.run.as_of >= facts.run.ends
    last = f"the end of {wording.month(facts.run.period.first)}" if over else wording.day(facts.run.last_day)
    span = f"in the three months to {last}"
    if not len(found.won) and not found.media_reason:
        return f"Nobody was won {span}, so that a cost of a customer cannot be told."
    parts = [f"{_money(c, currency)} {how}" for what, how in WHATS.items() if (c := found.cost(what)) is not None]
    if not parts:
        return (
            f"What a customer cost cannot be told: {found.media_reason or found.loaded_reason or 'nothing is booked'}."
        )
    n = len(found.won)
    who = f"Each of the {wording.count(n)} customers won {span} cost" if n > 1 else f"The one customer won {span} cost"
    rest = next((r for r in (found.media_reason, found.loaded_reason) if r), "")
    return f"{who} {wording.listing(parts)}." + (f" {rest[0].upper()}{rest[1:]}." if rest else "")


def _money(cost: rates.Cac, currency: str) -> str:
    low, high = wording.money(cost.low, currency), wording.money(cost.high, currency)
    if not cost.customers:
        return f"at least {low}"
    return f"{wording.money(cost.estimate, currency)} ({low} to {high})"


def _when(found: Costs) -> str:
    if not found.n_timed:
        return "Spend is of the same days, as nothing says how long it takes to win a deal."
    days = wording.plural(found.lag, "day")
    return f"Spend is taken from as many days earlier as a deal of the source takes to be won, {days} over all sources."


def _tested(found: Costs) -> list[Part]:
    return [p for p in found.parts if not found.media_reason and len(p.won) and p.of(p.media) is not None]


def _dearest(facts: Facts, found: Costs) -> str:
    """The dearest and the cheapest source in media where their intervals are apart; else that they are not."""
    currency, min_n = facts.run.params.company.currency, facts.run.params.weekly.min_n
    large = [(p, c) for p in _tested(found) if len(p.won) >= min_n and (c := p.of(p.media)) is not None]
    if len(large) < 2:
        return ""
    large.sort(key=lambda r: r[1].estimate)
    (cheap, low), (dear, high) = large[0], large[-1]
    if low.high < high.low:
        dearest = f"{dear.source} was dearest at {_money(high, currency)}"
        return f"In media, {dearest}, {cheap.source} cheapest at {_money(low, currency)}."
    return (
        f"Among the sources with at least {min_n} customers, none is clearly dearer in media: their intervals overlap."
    )


def _payback(facts: Facts, found: Costs) -> str:
    """Months until the margin of the first year's value has paid for the customer."""
    margin, cost = facts.run.params.monthly.margin, found.cost("spend")
    if margin is None or cost is None:
        return ""
    months = payback(facts, cost)
    if not wording.defined(months):
        return f"How soon a customer has paid cannot be told, as no won deal has an amount{facts.in_currency}."
    value = wording.money(found.mean_amount, facts.run.params.company.currency)
    return (
        f"With a gross margin of {wording.percent(margin)} and {value} as the first year's value, a customer has paid"
        f" for people, tools and media after {wording.whole(months, 'month')}."
    )


def payback(facts: Facts, cost: rates.Cac) -> float:
    """Cost over a month's margin; nan where the amounts or the margin are unknown."""
    margin, amount = facts.run.params.monthly.margin, numbers(facts).mean_amount
    return cost.estimate / (amount * margin / 12) if margin and amount > 0 else math.nan


def _table(facts: Facts, found: Costs) -> Table:
    """By source; customers and spend add up to the total."""
    currency = facts.run.params.company.currency
    money = [what for what, reason in (("media", found.media_reason), ("spend", found.loaded_reason)) if not reason]
    heads = {"media": ("Media", "Cost in media"), "spend": ("All spend", "Cost with all spend")}
    columns = [Column("Source"), Column("Customers", numeric=True), Column("Spend earlier by", "days", numeric=True)]
    columns += [Column(head, currency, numeric=True) for what in money for head in heads[what]]
    rows = [_row(facts, part, money) for part in found.parts]
    if found.rest is not None:
        rows.append(_row(facts, found.rest, money))
    cells = [c for what in money for c in (wording.count(found.total(what)), _cell(found.cost(what)))]
    return Table(
        f"Customers won in {MONTHS} months, {span(found.months)}, and the spend before them",
        tuple(columns),
        tuple(rows),
        total=("All", counted(facts, found.won, "deals"), wording.NOTHING, *cells),
        note=f"“Spend earlier by”: median days to win of the deals won in {span(found.timed_in)}; “(all)”: of all"
        " sources, where the source has too few. All spend of a source is what is booked to it; people and tools that"
        " are booked to no source stand in a row of their own and count only in the total. “–”: nothing is booked.",
    )


def _row(facts: Facts, part: Part, money: list[str]) -> tuple[Cell, ...]:
    cells = [c for what in money for c in (wording.count(getattr(part, what)), _cell(part.of(getattr(part, what))))]
    unassigned = not part.source
    customers: Cell = wording.NOTHING if unassigned else counted(facts, part.won, "deals")
    own = "" if part.timed or unassigned else " (all)"
    return (NO_SOURCE if unassigned else part.source, customers, f"{wording.count(part.lag)}{own}", *cells)


def _cell(cost: rates.Cac | None) -> str:
    if cost is None:
        return wording.NOTHING
    if not cost.customers:
        return f"at least {wording.count(cost.low)}"
    return f"{wording.count(cost.estimate)} ({wording.between(cost.low, cost.high)})"


def _metrics(facts: Facts, found: Costs) -> list[Metric]:
    currency, n = facts.run.params.company.currency, len(found.won)
    where: dict[str, Any] = {"period": label(found.months)}
    timed = label(found.timed_in)
    records = [
        metric("customers_won", n, n=n, **where),
        metric("spend_lag_days", found.lag, n=found.n_timed, period=timed),
    ]
    for what, reason in (("media", found.media_reason), ("spend", found.loaded_reason)):
        why = reason or ("" if n else "nobody was won")
        amount = math.nan if reason else found.total(what)
        records.append(metric(_spent(what), amount, reason=reason, currency=currency, **where))
        records.append(_cost(NAMES[what], found.cost(what), n, why or "nothing is booked", currency, **where))
        for part in (*found.parts, *((found.rest,) if found.rest else ())):
            source = part.source or NO_SOURCE
            if not reason:
                amount = getattr(part, what)
                records.append(metric(_spent(what), amount, source=source, currency=currency, **where))
                if part.source:
                    told = _cost(NAMES[what], part.of(amount), len(part.won), "nothing is booked", currency,
                                 source=source, **where)  # fmt: skip
                    records.append(told)
    for part in found.parts:
        records.append(metric("customers_won", len(part.won), n=len(part.won), source=part.source, **where))
        records.append(metric("spend_lag_days", part.lag, n=part.timed, source=part.source, period=timed))
    return records + _payback_metrics(facts, found)


def _spent(what: str) -> str:
    return "spend_matched_media" if what == "media" else "spend_matched"


def _cost(name: str, cost: rates.Cac | None, n: int, why: str, currency: str, **where: Any) -> Metric:
    if cost is None:
        return metric(name, None, n=n, reason=why, currency=currency, **where)
    reason = "" if n else "nobody was won; at least the lower limit"
    return metric(name, cost.estimate, low=cost.low, high=cost.high, n=n, reason=reason, currency=currency, **where)


def _payback_metrics(facts: Facts, found: Costs) -> list[Metric]:
    margin, cost, period = facts.run.params.monthly.margin, found.cost("spend"), label(found.months)
    if margin is None or cost is None:
        return []
    currency, n, months = facts.run.params.company.currency, len(found.won), payback(facts, cost)
    return [
        metric("gross_margin", margin, period=facts.run.period.label),
        metric("payback_base", found.mean_amount, n=n, currency=currency, period=period,
               reason="" if wording.defined(found.mean_amount) else f"no won deal has an amount{facts.in_currency}"),
        metric("payback_months", months, n=n, period=period,
               reason="" if wording.defined(months) else f"no won deal has an amount{facts.in_currency}"),
    ]  # fmt: skip
