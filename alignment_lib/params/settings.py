"""The agreement and the report's own settings: sla.yaml, definitions.yaml, weekly.yaml."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from alignment_lib.params.files import Strict

Share = Annotated[float, Field(gt=0, lt=1)]


class MarketingSla(Strict):
    """Marketing's promise: MQLs a calendar month, by segment; the `targets` table, where there is one, goes first."""

    mqls_per_month: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)


class SalesSla(Strict):
    """Sales's promise: how soon, how often and how surely a lead is followed up."""

    follow_up_hours: Annotated[float, Field(gt=0, le=400)] = 8
    """Business hours from assignment to the first outbound activity."""
    met_share: Share = 0.9
    """The share of leads for which that is promised."""
    attempts: Annotated[int, Field(ge=1, le=50)] = 5
    decision_days: Annotated[int, Field(ge=1, le=365)] = 14


class Sla(Strict):
    """The service level agreement of sales and marketing."""

    version: str = "none"
    signed_on: date | None = None
    text: str = ""
    marketing: MarketingSla = MarketingSla()
    sales: SalesSla = SalesSla()


class Definition(Strict):
    """One version of what a word means, and the day from which it holds."""

    version: str
    effective: date
    text: str = Field(min_length=1)


class Definitions(Strict):
    """What an MQL and an SQL are, versioned."""

    mql: tuple[Definition, ...] = ()
    sql: tuple[Definition, ...] = ()

    @model_validator(mode="after")
    def _ordered(self) -> Definitions:
        for name in ("mql", "sql"):
            days = [d.effective for d in getattr(self, name)]
            if days != sorted(set(days)):
                raise ValueError(f"{name}: versions must be listed by effective day, oldest first, no day twice")
        return self

    def at(self, name: str, day: date) -> Definition | None:
        """The version of `mql` or `sql` in force on a day."""
        held = [d for d in getattr(self, name) if d.effective <= day]
        return held[-1] if held else None


class Freshness(Strict):
    """How old the newest row may be, in days before as-of."""

    warn_days: Annotated[float, Field(gt=0, le=3650)] = 4
    fail_days: Annotated[float, Field(gt=0, le=3650)] = 14


class Weekly(Strict):
    """Settings of the weekly report: params/weekly.yaml."""

    history_weeks: Annotated[int, Field(ge=4, le=52)] = 13
    history_months: Annotated[int, Field(ge=1, le=36)] = 12
    confidence: Annotated[float, Field(ge=0.5, lt=1)] = 0.95
    """Of intervals of estimates."""
    range: Annotated[float, Field(ge=0.5, lt=1)] = 0.80
    """Of forecasts."""
    min_n: Annotated[int, Field(ge=1, le=1000)] = 10
    """Below this many leads a rate is printed without comparison."""
    acceptance_days: Annotated[int, Field(ge=1, le=365)] = 14
    """Horizon of the acceptance rate by source."""
    list_rows: Annotated[int, Field(ge=5, le=1000)] = 40
    """A list on the page stops here and says how many more there are."""
    max_unreadable: Annotated[float, Field(ge=0, lt=1)] = 0.02
    """Above this share of unreadable values a column fails its check."""
    freshness: Freshness = Freshness()
