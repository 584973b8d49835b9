"""Amounts in several currencies: what a table holds, and their conversion into the report's by the rates of a month."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from alignment_lib.params import RunParams
from alignment_lib.params.company import Rates
from alignment_lib.params.period import local_day, midnight
from alignment_lib.source import Source, currencies
from alignment_lib.source.convert import MONEY
from alignment_lib.source.tables.inspect import Inspected
from alignment_lib.source.zones import to_wall

DAYS = {"opportunities": ("closed_at", "created_at"), "spend": ("spent_on",)}
"""By table with amounts, whose month's rate converts them: the first day that is known. Of deals, those decided."""
IN_MONEY = ("won_value", "pipeline_created", "pipeline_open")
"""Metrics of which a goal is an amount."""
RATE = "decimal(19, 10)"
_UNIT, _LARGEST = Decimal("1e-10"), 10**16
"""Rates count in these, so that they are whole numbers; amounts of more have no place in a column of money."""
LATELY = 13
"""Months over which amounts are compared: what is in no sum before them makes no sum of now a part."""
OLDEST = 12
"""Months after which a rate says nothing of what is open."""
_LOW, _HIGH = Decimal("1e-8"), 10**8
"""Between them lies every rate."""
Months = Mapping[tuple[str, int], Decimal]
"""A rate by currency and month (`year * 12 + month`)."""


@dataclass(frozen=True)
class Amounts:
    """How many amounts of a table are in which currency; those where none is said count as the report's."""

    counts: Mapping[str, int]
    left: Mapping[str, int] = field(default_factory=dict)
    """Of them, those without a rate: they are in no sum."""
    lacking: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By currency, the months whose rate is lacking, `2026-07`, in order; none where amounts have no month."""
    unsaid: int = 0


@dataclass(frozen=True, eq=False)
class Money:
    """The report's currency, and what is to be done to have all amounts in it."""

    currency: str
    stated: str
    """As the settings say, which goals and rates go by."""
    timezone: str = "UTC"
    tables: Mapping[str, Amounts] = field(default_factory=dict)
    rates: Months = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    """Months of the table `rates` that cannot be read, or whose rate cannot be one."""
    settings: str = "params/company.yaml"
    """Where currency and rates are set, as the user knows it."""
    assumed: bool = False
    """Whether nobody said in which currency any amount is: neither the data nor the settings."""

    def foreign(self, name: str) -> dict[str, int]:
        """How many amounts of a table are in which other currency."""
        found = self.tables[name].counts if name in self.tables else {}
        return {currency: n for currency, n in found.items() if currency != self.currency}

    def left(self, name: str) -> Mapping[str, int]:
        """How many amounts of a table are in which currency and in no sum."""
        return self.tables[name].left if name in self.tables else {}

    def left_lately(self, name: str, until: datetime) -> bool:
        """Whether amounts of the last `LATELY` months, or of months that nobody knows, are in no sum."""
        since = _label(_number(until, self.timezone) - LATELY)
        told = self.tables[name] if name in self.tables else Amounts({})
        months = [month for of in told.lacking.values() for month in of]
        return any(month >= since for month in months) or any(not told.lacking.get(c) for c in told.left)

    def goal(self, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """A row of the targets in the report's currency, by the rate of the month in which it begins; None: no rate."""
        currency = currencies.code(str(row.get("currency") or self.currency).strip(), self.stated)
        if currency == self.currency or row["metric"] not in IN_MONEY:
            return row
        begins = row["period_start"]
        rate = self.rates.get((currency, begins.year * 12 + begins.month))
        return None if rate is None else {**row, "target": float(Decimal(str(row["target"])) * rate)}

    def latest(self, until: datetime) -> dict[str, int]:
        """By currency, the newest month with a rate that had begun before an instant: the rate of what is open then.

        A rate that is older than `OLDEST` months converts nothing.
        """
        bound = _number(until - timedelta(microseconds=1), self.timezone)
        return {c: m for c, m in sorted(self.rates) if bound - OLDEST <= m <= bound}

    def converted(self, name: str, table: Any, source: Source, as_of: datetime) -> Any:
        """The table as of an instant with its amounts in the report's currency; null where there is no rate."""
        import ibis

        foreign = sorted(self.foreign(name))
        if not foreign:
            return table
        own = table.currency.fill_null(self.currency) == self.currency
        known = [(c, m, rate) for (c, m), rate in sorted(self.rates.items()) if c in foreign]
        if not known:
            return table.mutate(amount=own.ifelse(table.amount, ibis.null(MONEY)))
        numbers = [(table.currency == c, ibis.literal(i, "int64")) for i, c in enumerate(foreign)]
        keyed = table.mutate(
            _of=ibis.cases(*numbers, else_=ibis.null("int64")),
            _month=month(table, name, self.timezone, self.latest(as_of)),
        )
        held = source.hold(
            {
                "_rate_of": [foreign.index(c) for c, _, _ in known],
                "_rate_month": [m for _, m, _ in known],
                "_rate": [int(rate / _UNIT) for _, _, rate in known],
            },
            f"rates_of_{name}",
        )
        joined = keyed.left_join(held, [keyed["_of"] == held["_rate_of"], keyed["_month"] == held["_rate_month"]])
        amount = own.ifelse(joined.amount, _times(joined.amount, joined["_rate"]))
        return joined.select(**{c: amount if c == "amount" else joined[c] for c in table.columns})


def _times(amount: Any, units: Any) -> Any:
    """An amount × a rate in units, exact and rounded once, half away from zero; null where no column could hold it."""
    import ibis

    rate = (units * ibis.literal(_UNIT, "decimal(10, 10)")).cast(RATE)
    product = amount * rate
    return (product.abs() < _LARGEST).ifelse(product, None).cast(MONEY)


def month(table: Any, name: str, timezone: str, latest: Mapping[str, int]) -> Any:
    """The month on the company's wall whose rate counts, as `year * 12 + month`; null where none is known.

    That of an amount that is settled is the month in which it was; that of an open deal the `latest` of its currency.
    """
    import ibis

    days = [
        to_wall(table[c], timezone) if table[c].type().is_timestamp() else table[c]
        for c in DAYS[name]
        if c in table.columns
    ]
    known = [day.year().cast("int64") * 12 + day.month().cast("int64") for day in days]
    settled = ibis.coalesce(*known) if known else ibis.null("int64")
    if "outcome" not in table.columns:
        return settled
    branches = [(table.currency == c, ibis.literal(m, "int64")) for c, m in latest.items()]
    newest = ibis.cases(*branches, else_=ibis.null("int64")) if branches else ibis.null("int64")
    return table.outcome.isin(["won", "lost"]).fill_null(False).ifelse(settled, newest)


def _number(instant: datetime, timezone: str) -> int:
    day = local_day(instant, timezone)
    return day.year * 12 + day.month


def look(params: RunParams, inspected: Mapping[str, Inspected], kept: Sequence[Mapping[str, Any]]) -> Money:
    """Which currencies the deals and the spend of a source are in, and which of them can be converted.

    Parameters
    ----------
    kept
        Rows of the table `rates`; they stand in for those of the settings.
    """
    named = any("currency" in inspected[name].mapped.columns for name in DAYS if name in inspected)
    counts = {name: _counts(inspected[name]) for name in DAYS if name in inspected and named}
    stated = params.company.currency
    currency = _own(counts, stated)
    rates = crossed(all_rates(params.company.rates, kept), stated, currency)
    amounts, place = {n: _amounts(c) for n, c in counts.items()}, params.file("company.yaml")
    until, assumed = _until(params, inspected), _assumed(params, inspected, amounts)
    money = Money(currency, stated, params.timezone, amounts, rates, (), place, assumed)
    tables = {n: _left(money, n, a, inspected[n], until) if money.foreign(n) else a for n, a in money.tables.items()}
    return replace(money, tables=tables, unread=tuple(str(row["month"]) for row in kept if _rate(row) is None))


def _assumed(params: RunParams, inspected: Mapping[str, Inspected], amounts: Mapping[str, Amounts]) -> bool:
    """Whether there are amounts and nobody said in which currency."""
    priced = any("amount" in inspected[name].mapped.columns for name in DAYS if name in inspected)
    said = "currency" in params.company.model_fields_set or any(a.counts for a in amounts.values())
    return priced and not said


def _counts(seen: Inspected) -> dict[str | None, int]:
    """Amounts by currency; None: none is said."""
    table = seen.used
    if "amount" not in table.columns:
        return {}
    table = table.filter(table.amount.notnull())
    if "currency" not in table.columns:
        n = int(table.count().to_pandas())
        return {None: n} if n else {}
    frame = table.group_by("currency").aggregate(n=table.count()).to_pandas()
    return {c if isinstance(c, str) else None: int(n) for c, n in zip(frame["currency"], frame["n"], strict=True)}


def _own(counts: Mapping[str, Mapping[str | None, int]], stated: str) -> str:
    """The one currency of the deals, else of the spend where deals have no amounts; else as stated."""
    found = next((c for c in counts.values() if c), {})
    if len(found) != 1:  # amounts without a currency are in the one that is stated
        return stated
    [named] = found
    return named if named is not None and len(named) == 3 and named.isalpha() else stated


def _amounts(counts: Mapping[str | None, int]) -> Amounts:
    return Amounts({c: n for c, n in counts.items() if c is not None}, unsaid=counts.get(None, 0))


def _until(params: RunParams, inspected: Mapping[str, Inspected]) -> datetime:
    """Until when rates count for what is open, before as-of is settled: the end of the period, or of the data."""
    ends = [s.newest.replace(tzinfo=UTC) + timedelta(seconds=1) for s in inspected.values() if s.newest]
    if params.asked is not None:
        ends = [midnight(params.asked.shifted(1).first, params.timezone)]
    return params.asked_as_of or min(params.now, max(ends, default=params.now))


def _left(money: Money, name: str, amounts: Amounts, seen: Inspected, until: datetime) -> Amounts:
    """The amounts with those counted that no rate converts; an open deal lacks that of the month that ends then."""
    table = seen.used
    table = table.filter(table.amount.notnull() & table.currency.isin(sorted(money.foreign(name))))
    latest = {c: _number(until - timedelta(microseconds=1), money.timezone) for c in money.foreign(name)}
    latest |= money.latest(until)
    keyed = table.select(currency=table.currency, month=month(table, name, money.timezone, latest))
    rows = keyed.group_by(["currency", "month"]).aggregate(n=keyed.count()).to_pandas()
    left: dict[str, int] = {}
    lacking: dict[str, set[str]] = {}
    for currency, number, n in rows.itertuples(index=False):
        at = None if number != number or number is None else int(number)
        if at is None or (currency, at) not in money.rates:
            left[currency] = left.get(currency, 0) + int(n)
            lacking.setdefault(currency, set()).update(() if at is None else (_label(at),))
    named = {c: tuple(sorted(months)) for c, months in lacking.items()}
    return Amounts(amounts.counts, left, named, amounts.unsaid)


def _label(number: int) -> str:
    return f"{(number - 1) // 12}-{(number - 1) % 12 + 1:02}"


def all_rates(settings: Rates, kept: Iterable[Mapping[str, Any]]) -> dict[tuple[str, int], Decimal]:
    """Rates to the stated currency by currency and month."""
    found = {(c, _month(m)): rate for c, months in settings.items() for m, rate in months.items()}
    return found | dict(filter(None, map(_rate, kept)))


def _rate(row: Mapping[str, Any]) -> tuple[tuple[str, int], Decimal] | None:
    """A row of the table `rates`; None where it is none."""
    number, rate = _month(str(row["month"])), Decimal(str(row["rate"]))
    return ((str(row["currency"]).strip().upper(), number), rate) if number and _LOW <= rate < _HIGH else None


def _month(text: str) -> int:
    """`2026-07` or a day of it, as `year * 12 + month`; 0 where it is neither."""
    found = re.match(r"(\d{4})-(0?[1-9]|1[0-2])\b", text)
    return int(found[1]) * 12 + int(found[2]) if found else 0


def crossed(rates: Mapping[tuple[str, int], Decimal], stated: str, currency: str) -> Months:
    """The rates to another currency than the stated one; ten decimals.

    >>> crossed({("USD", 1): Decimal("0.8")}, "EUR", "USD")
    {('EUR', 1): Decimal('1.2500000000')}
    """
    if currency == stated:
        return {key: rate.quantize(_UNIT) for key, rate in rates.items() if key[0] != currency}
    own = {number: rate for (c, number), rate in rates.items() if c == currency}
    all_of = {**rates, **{(stated, number): Decimal(1) for number in own}}
    return {(c, m): (rate / own[m]).quantize(_UNIT) for (c, m), rate in all_of.items() if m in own and c != currency}
