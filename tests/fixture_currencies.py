"""Deals and spend in several currencies, amounts in odd forms; what must come out was worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from alignment_lib.params import RunParams
from alignment_lib.params.settings import Freshness
from alignment_lib.source.tables import Tables
from tests import fixture_clock_change as clock_change


def _at(month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


DEALS: list[tuple[str, datetime, datetime | None, Decimal | None, str | None, str]] = [
    # id, created, closed, amount, currency, outcome
    ("d1", _at(7, 10), _at(8, 15), Decimal("1000.00"), "EUR", "won"),
    (
        "d2",
        _at(7, 10),
        _at(8, 31, 22, 30),
        Decimal("100.10"),
        "USD",
        "won",
    ),  # half past midnight of 1 September in Berlin
    ("d3", _at(7, 10), _at(8, 31, 21, 30), Decimal("100.00"), "US Dollar (USD)", "won"),  # before midnight, 31 August
    ("d4", _at(8, 1), None, Decimal("10001.00"), "JPY", "open"),
    ("d5", _at(7, 1), None, Decimal("500.00"), "JPY", "open"),
    ("d6", _at(7, 10), _at(9, 2), Decimal("2.50"), " usd ", "lost"),
    ("d7", _at(8, 1), None, Decimal("7.00"), None, "open"),
    ("d8", _at(8, 1), None, None, "CHF", "open"),
    ("d9", _at(9, 1), None, Decimal("1.00"), "¥", "open"),
    ("e1", _at(7, 1), _at(7, 9), Decimal("300.00"), "JPY", "won"),
    ("e2", _at(8, 1), _at(12, 9), Decimal("10.00"), "USD", "open"),  # expected to close in December
]
RATES = {
    "USD": {"2026-07": Decimal("0.85"), "2026-08": Decimal("0.855"), "2026-09": Decimal("0.90")},
    "JPY": {"2026-08": Decimal("0.00605"), "2026-09": Decimal("0.005")},
}
EUROS = {
    deal: Decimal(euros) if euros else None
    for deal, euros in zip(
        ("d1", "d2", "d3", "d4", "d5", "d6", "d7", "d8", "d9", "e1", "e2"),
        ("1000.00", "90.09", "85.50", "50.01", "2.50", "2.25", "7.00", "", "0.01", "", "9.00"),
        strict=True,
    )
}
"""Decided: 100.10 × 0.90; 100 × 0.855; 2.50 × 0.90; July has no rate of the yen. Open, at September's rates: 10,001,
500 and 1 × 0.005 (50.005 and 0.005 are rounded away from zero); 10 × 0.90. No currency is the company's.
"""
ODD: list[tuple[str, str | None, str | None]] = [
    # text, amount, currency
    ("€ 1,234.50", "1234.50", "EUR"),
    ("(US$ 1,234.50)", "-1234.50", "USD"),
    ("1.2E+06", "1200000.00", None),
    ("141.56K EUR", "141560.00", "EUR"),
    ("2.3M", "2300000.00", None),
    ("12.5 Mio. EUR", "12500000.00", "EUR"),
    ("1,234.50-", "-1234.50", None),
    ("1\u2009234.5", "1234.50", None),
    ("\u22125", "-5.00", None),
    ("4.5", "4.50", None),
    ("1,2E+06", None, None),
    ("1\u00a02", None, None),
    ("9E+20", None, None),
]
"""A comma is the thousands mark: 1,2E+06 is no number. A blank before one digit parts no thousands."""
_DEAL = {
    "opportunity_id": "id",
    "created_at": "created",
    "closed_at": "closed",
    "amount": "amount",
    "outcome": "outcome",
}
LENIENT = {"max_unreadable": 0.9, "freshness": Freshness(warn_days=3650, fail_days=3650)}
MAPPING: dict[str, Any] = {
    "name": "currencies",
    "tables": {
        "opportunities": {"from": "deals", "columns": _DEAL | {"currency": "currency"}},
        "spend": {
            "from": "odd",
            "columns": {
                "spent_on": {"value": "2026-09-01"},
                "campaign": "amount",
                "amount": {"column": "amount", "thousands": ",", "strip": ["€", "EUR", "US$"]},
            },
        },
    },
}


def export(folder: Path) -> Path:
    """Both tables as Parquet: typed deals, and spend as text."""
    ids, created, closed, amounts, currencies, outcomes = (list(column) for column in zip(*DEALS, strict=True))
    instant = pa.timestamp("us", "UTC")
    deals = {
        "id": pa.array(ids),
        "created": pa.array(created, instant),
        "closed": pa.array(closed, instant),
        "amount": pa.array(amounts, pa.decimal128(18, 2)),
        "currency": pa.array(currencies),
        "outcome": pa.array(outcomes),
    }
    pyarrow.parquet.write_table(pa.table(deals), folder / "deals.parquet")
    pyarrow.parquet.write_table(pa.table({"amount": [text for text, _, _ in ODD]}), folder / "odd.parquet")
    return folder


def params(data: str, rates: Any = RATES, **more: Any) -> RunParams:
    """A run in euros with these rates; unreadable values warn."""
    given = clock_change.params(data, **(MAPPING | more))
    company = given.company.model_copy(update={"currency": "EUR", "rates": rates, "timezone": "Europe/Berlin"})
    return replace(given, company=company, weekly=given.weekly.model_copy(update=LENIENT))


def amounts(tables: Tables) -> dict[str, Decimal | None]:
    """Amounts of deals in the report's currency."""
    frame = tables["opportunities"].select("opportunity_id", "amount").order_by("opportunity_id").to_pandas()
    return {i: None if a is None or a != a else Decimal(str(a)) for i, a in frame.itertuples(index=False)}


def assert_by_hand(tables: Tables) -> None:
    """Deals in euros, what is in no sum, and how odd amounts are read."""
    assert amounts(tables) == EUROS
    assert tables.money is not None
    assert tables.money.tables["opportunities"].left == {"JPY": 1}
    read = tables.inspected["spend"].full.select("campaign", "amount", "currency").to_pandas()
    found = {t: (None if a is None or a != a else str(a), c if isinstance(c, str) else None) for t, a, c in
             read.itertuples(index=False)}  # fmt: skip
    assert found == {text: (amount, currency) for text, amount, currency in ODD}
