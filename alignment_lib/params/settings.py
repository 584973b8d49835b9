"""The agreement and the report's own settings: sla.yaml, definitions.yaml, weekly.yaml."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from alignment_lib.params.files import Strict

Share = Annotated[float, Field(gt=0, lt=1)]


class MarketingSla(Strict):
    """Marketing's promise: MQLs a calendar month, by segment; the `targets` table, where there is one, goes first."""

    mqls_per_month: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    points_per_mql: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    """What an MQL of a segment counts, where the promise is made in points; a segment not named counts 1."""
    points_per_month: Annotated[float, Field(gt=0)] | None = None


class SalesSla(Strict):
    """Sales's promise: how soon, how often and how surely a lead is followed up."""

    covers: Literal["mqls", "handed_over"] | None = None
    """Which leads the promise is of: those that became MQL (default where their day is mapped), or all handed over."""
    follow_up_hours: Annotated[float, Field(gt=0, le=400)] = 8
    """Business hours from the later of hand-over and MQL to the first outbound activity."""
    met_share: Share = 0.9
    """The share of leads for which that is promised."""
    attempts: Annotated[int, Field(ge=1, le=50)] = 5
    """Outbound activities after which a lead that never answered counts as worked."""
    connected: tuple[str, ...] = ("connected", "replied", "completed", "answered", "held", "attended")
    """Outcomes of an activity, in lower case, that mean that somebody was reached."""
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


class Whole(Strict):
    """From when on an export is held as wrong as a whole; each a share, but for `silence`."""

    gone: Annotated[float, Field(gt=0, le=1)] = 0.2
    """Of the ids that the report before knew, those that are not there any more."""
    emptied: Annotated[float, Field(gt=0, le=1)] = 0.2
    """Of a column's values, those of known rows that are blank now, or that the mapping knows no more."""
    moved: Annotated[float, Field(gt=0, le=1)] = 0.1
    """Of a column's days, those of known rows that are other days now."""
    restated: Annotated[float, Field(gt=0, le=1)] = 0.2
    """Of the rows of finished weeks, those that are there no more, or that are new."""
    links: Annotated[float, Field(gt=0, le=1)] = 0.5
    """Of the references that were found, those that must be found again."""
    silence: Annotated[float, Field(ge=1, le=100)] = 2
    """How many times its longest gap a table may be silent while others go on."""


class Measure(Strict):
    """A row of the scorecard: a metric, who answers for it, and its goal where nobody promised one elsewhere."""

    metric: str
    owner: str = Field(min_length=1, max_length=80)
    goal: float | None = None


class Scorecard(Strict):
    """The measures that are looked at every week (C37)."""

    measures: Annotated[tuple[Measure, ...], Field(min_length=1, max_length=15)] = (
        Measure(metric="leads", owner="Marketing"),
        Measure(metric="mqls", owner="Marketing"),
        Measure(metric="acceptance_week", owner="Marketing"),
        Measure(metric="sla_follow_up", owner="Sales"),
        Measure(metric="response_hours", owner="Sales"),
        Measure(metric="worked", owner="Sales"),
        Measure(metric="loop_closure", owner="Sales"),
        Measure(metric="pipeline_created", owner="Sales"),
        Measure(metric="won", owner="Sales"),
        Measure(metric="won_value", owner="Both"),
    )
    issue_days: Annotated[int, Field(ge=1, le=90)] = 14
    """When the action on a measure that turned red is due."""


class Meeting(Strict):
    """The weekly all-hands: how long it takes and who presents."""

    minutes: Annotated[int, Field(ge=10, le=120)] = 30
    marketing: str = ""
    sales: str = ""


class CaseStudies(Strict):
    """The rule by which a won deal is a candidate for a case study (C19)."""

    weeks: Annotated[int, Field(ge=1, le=52)] = 4
    """Won within so many weeks."""
    top_share: Share = 0.25
    """Among the largest share of the deals won in the last 52 weeks."""
    faster_share: Share = 0.25
    """Among the fastest."""


class Weekly(Strict):
    """Settings of the weekly report: params/weekly.yaml."""

    format: Literal["interactive", "overview"] = "interactive"
    """`interactive`: with questions and space for decisions; `overview`: a page per half, for a large team."""
    meeting: Meeting = Meeting()
    scorecard: Scorecard = Scorecard()
    case_studies: CaseStudies = CaseStudies()
    upcoming_days: Annotated[int, Field(ge=1, le=90)] = 14
    """How far ahead the plans reach."""
    feedback_weeks: Annotated[int, Field(ge=1, le=26)] = 4
    """Weeks of the feedback by campaign."""

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
    export: Whole = Whole()
