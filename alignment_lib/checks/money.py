"""In which currency are the amounts: never one sum over several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from alignment_lib.checks.check import on
from alignment_lib.errors import cut, quoted
from alignment_lib.source.tables import Opened
from alignment_lib.source.tables.checks import Check
from alignment_lib.source.tables.inspect import Inspected
from alignment_lib.source.tables.money import Amounts, Money
from alignment_lib.stats import wording

ROWS = {"opportunities": "deal", "spend": "row"}
"""What a row of a table with amounts is called."""
CANNOT = {"opportunities": ("opportunities.amount",), "spend": ("spend", "spend.amount")}
"""What a table without amounts cannot tell."""
RATE = {
    "opportunities": "the rate of the month in which they were decided, open ones at the latest",
    "spend": "the rate of their month",
}
"""Which rate converts the amounts of a table."""


def checks(opened: Opened) -> Iterator[Check]:
    """Which currencies the tables with amounts hold, what is converted, and what is in no sum."""
    money = opened.money
    for name, amounts in money.tables.items():
        yield from _of_table(opened.inspected[name], amounts, money)
    if money.assumed:
        text = f"amounts are taken as {money.currency}, the default; set `currency` in {money.settings}"
        yield Check("currency", "", "PASS", text)
    yield from _goals(opened)
    if money.unread:
        text = f"rates: {wording.plural(len(money.unread), 'row')} without a month such as 2026-07 or a rate above 0"
        yield Check("currency", "rates", "WARN", f"{text} ({quoted(money.unread[0])}); left out", len(money.unread))


def _of_table(seen: Inspected, amounts: Amounts, money: Money) -> Iterator[Check]:
    name, file, foreign = seen.contract.name, seen.account.file, money.foreign(seen.contract.name)
    if amounts.counts and not foreign and money.currency != money.stated:
        yield on(seen, "currency", "WARN", f"{file}: {_single(money)}")
    told = {c: n - amounts.left.get(c, 0) for c, n in foreign.items() if n > amounts.left.get(c, 0)}
    if told:
        text = f"{file}: {counted(name, told)} are converted to {money.currency} at {RATE[name]}"
        yield on(seen, "currency", "PASS", text, sum(told.values()))
    if amounts.unsaid and foreign and not amounts.left:
        yield on(seen, "currency", "WARN", f"{file}: {_unsaid(seen, amounts, money)}", amounts.unsaid)
    if amounts.left:
        text = f"{file}: {_left_out(name, amounts, money)}"
        cannot = CANNOT[name] if _all_left(name, amounts) else ()
        yield on(seen, "currency", "WARN", text, sum(amounts.left.values()), cannot)


def _goals(opened: Opened) -> Iterator[Check]:
    """Goals in a currency that no rate converts."""
    if "targets" not in opened.kept:
        return
    rows = opened.kept["targets"].rows
    lost = [cut(row["currency"]) for row in rows if opened.money.goal(row) is None]
    if lost:
        text = f"targets: {wording.plural(len(lost), 'goal')} in {wording.listing(sorted(set(lost)))} left out"
        text += f", for no rate to {opened.money.stated} is given of the month in which they begin"
        yield Check("currency", "targets", "WARN", text, len(lost), len(rows))


def _all_left(name: str, amounts: Amounts) -> bool:
    """Whether nothing can be told: no deal is in a sum; spend of which a part is lacking would make customers cheap."""
    return name == "spend" or sum(amounts.left.values()) == sum(amounts.counts.values()) + amounts.unsaid


def _single(money: Money) -> str:
    return (
        f"all amounts are in {money.currency}, so this source is reported in {money.currency} and not in"
        f" {money.stated} as the settings say; goals are read as {money.currency}, and rates as to {money.stated}"
    )


def _left_out(name: str, amounts: Amounts, money: Money) -> str:
    others = [c for c in amounts.counts if c not in amounts.left]
    known = f" beside {wording.listing([cut(c) for c in sorted(others)])}" if others else ""
    held = f"amounts are in {wording.count(len(amounts.counts))} currencies; " if len(amounts.counts) > 1 else ""
    blank = f"; {_blank(name, amounts, money)}"
    return (
        f"{held}{counted(name, amounts.left)} are in no sum{known}; give rates to {money.stated}"
        f" ({_months(amounts, money)}) under `rates:` in {money.settings}, or in a table `rates` (month, currency,"
        f" rate){blank if amounts.unsaid else ''}"
    )


def _blank(name: str, amounts: Amounts, money: Money) -> str:
    """How many amounts without a currency are taken as in the report's."""
    count = "counts" if amounts.unsaid == 1 else "count"
    return f"{wording.plural(amounts.unsaid, ROWS[name])} without a currency {count} as {money.currency}"


def _unsaid(seen: Inspected, amounts: Amounts, money: Money) -> str:
    name = seen.contract.name
    others = counted(name, dict(amounts.counts))
    return (
        f"{_blank(name, amounts, money)} beside {others}; fill in their currency, or see {seen.mapped.place}.currency"
    )


def _months(amounts: Amounts, money: Money) -> str:
    """Which rates are lacking: of the currency itself too, where the report is in another one than the settings."""
    parts = [f"{cut(c)} of {_span(months)}" for c, months in sorted(amounts.lacking.items()) if months]
    return "; ".join(parts) or "and map the day of closing or of creation"


def _span(months: tuple[str, ...]) -> str:
    """Up to three months, else the first and the last."""
    return wording.listing(list(months)) if len(months) <= 3 else f"{len(months)} months, {months[0]} to {months[-1]}"


def counted(name: str, by_currency: Mapping[str, int]) -> str:
    """`7 deals in USD and 9 in JPY`."""
    first, *others = sorted(by_currency.items())
    told = [f"{wording.plural(first[1], ROWS[name])} in {cut(first[0])}"]
    return wording.listing([*told, *(f"{wording.count(n)} in {cut(c)}" for c, n in others)])
