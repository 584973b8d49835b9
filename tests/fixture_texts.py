"""A table whose columns nobody gave a type, some of it unreadable; what must come out was worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from alignment_lib.params import RunParams
from alignment_lib.source.tables import Tables
from tests import fixture_clock_change as clock_change

ROWS: list[tuple[str, str | None, str | None, str | None, str | None, str | None]] = [
    # id, created, qualified, score, amount, closed on
    ("a", "2026-11-02T08:00:00Z", "2026-11-02T09:30:15.250Z", "1.5", "€ 3.500,00", "2026-11-30"),
    ("b", "2026-11-02 09:00", "", " 2 ", "12,5", "2026-02-29"),
    ("c", "2026-11-02", " ", "1.5.3", "4.5", "2028-02-29"),
    ("d", "2026-11-02T10:00:00+02:00", "2026-02-30 10:00:00", "n/a", "-1.000", "2026-11-31"),
    ("e", "2026-11-02T10:00:00.5+0200", "soon", None, "99999999999999999999", "2026-13-01"),
    ("f", "2.11.2026", None, "1", "1", "2026-11-02"),
    ("g", "2026-11-02 24:10:00", None, "1", "1", "2026-11-02"),
]
CREATED = ["2026-11-02 08:00", "2026-11-02 08:00", "2026-11-01 23:00", "2026-11-02 08:00", "2026-11-02 08:00"]
"""Berlin is at UTC+1 in November. Rows f and g are set aside."""
UNREADABLE = {"mql_at": 2, "score": 2, "amount": 2, "expected_close_on": 3}
"""mql_at: d (no 30 February), e. score: c, d. amount: c (a thousands mark before one digit), e (no 18 digits).
expected_close_on: b (2026 is no leap year), d, e.
"""
MAPPING: dict[str, Any] = {
    "name": "texts",
    "defaults": {"timestamp": {"timezone": "Europe/Berlin"}},
    "tables": {
        "leads": {
            "from": "texts",
            "columns": {"lead_id": "id", "created_at": "created", "mql_at": "qualified", "score": "score"},
        },
        "opportunities": {
            "from": "texts",
            "columns": {
                "opportunity_id": "id",
                "outcome": {"value": "open"},
                "amount": {"column": "amount", "decimal": ",", "thousands": ".", "strip": "€"},
                "expected_close_on": "closes",
            },
        },
    },
}
SPOKEN: dict[str, Any] = {
    "name": "spoken",
    "tables": {
        "leads": {
            "from": "spoken",
            "columns": {"lead_id": "id", "created_at": {"column": "created", "format": "%d.%m.%Y"}},
        }
    },
}


def export(folder: Path) -> Path:
    """The table as Parquet; every column is text."""
    frame = pd.DataFrame(ROWS, columns=["id", "created", "qualified", "score", "amount", "closes"])
    frame.to_parquet(folder / "texts.parquet")
    return folder


def params(data: str) -> RunParams:
    """A run that takes unreadable values as a warning, however many there are."""
    given = clock_change.params(data, **MAPPING)
    return replace(given, weekly=given.weekly.model_copy(update={"max_unreadable": 0.9}))


def assert_by_hand(tables: Tables) -> None:
    """What was read against the values above."""
    leads, deals = tables.inspected["leads"], tables.inspected["opportunities"]
    assert leads.account.reasons == {"created_at cannot be read": 2}
    assert {**leads.account.unreadable, **deals.account.unreadable} == UNREADABLE
    read = leads.used.to_pandas().sort_values("lead_id")
    assert [f"{at:%Y-%m-%d %H:%M}" for at in read["created_at"]] == CREATED
    assert read["score"].dropna().tolist() == [1.5, 2.0]
    sold = deals.used.to_pandas().sort_values("opportunity_id")
    assert [float(a) for a in sold["amount"].dropna()] == [3500.0, 12.5, -1000.0, 1.0, 1.0]
    told = [str(day)[:10] for day in sold["expected_close_on"].dropna()]
    assert told == ["2026-11-30", "2028-02-29", "2026-11-02", "2026-11-02"]
