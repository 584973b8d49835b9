"""What it cost to win a customer, in media and with people and tools, by source, matched by the time to win (C5)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from alignment_lib.blocks.agenda import agenda, evidence, metric
from alignment_lib.blocks.cost import unbooked
from alignment_lib.blocks.listing import counted
from alignment_lib.blocks.monthly.cac_numbers import MONTHS, Costs, Part, numbers
from alignment_lib.blocks.monthly.mature import label, span
from alignment_lib.facts import Facts
from alignment_lib.page.block import Block, Cell, Column, Metric, Table
from alignment_lib.stats import rates, wording

WHATS = {"media": "in media", "spend": "with people and tools"}
NAMES = {"media": "customer_cost_media", "spend": "customer_cost_loaded"}
NO_SOURCE = "booked to no source"


@agenda(
    id="cac",
    title="What a customer cost",
    question="What did it truly cost to win a customer, and from which source?",
    needs=("opportunities.closed_at", "spend"),
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
            excluded="; ".join(dict.fromkeys(r for r in (found.media_reason, found.loaded_reason) if r)),
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
        return "How soon a customer has paid cannot be told, as no won deal has an amount."
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
               reason="" if wording.defined(found.mean_amount) else "no won deal has an amount"),
        metric("payback_months", months, n=n, period=period,
               reason="" if wording.defined(months) else "no won deal has an amount"),
    ]  # fmt: skip
