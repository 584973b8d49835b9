"""Settings of the monthly deep dive: params/monthly.yaml. What both reports share stands in weekly.yaml."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from alignment_lib.params.files import Strict
from alignment_lib.params.settings import Share

Stage = Literal["accepted", "sql", "opportunity", "won"]


class Claim(Strict):
    """A claim about lead quality that somebody made, to be settled on the dispute page (C25)."""

    text: str = "Webinar leads are worse than paid search leads."
    """As it was said."""
    source: str = "Webinar"
    versus: str = "Paid Search"
    """The other source; `rest` for all others together."""
    says: Literal["worse", "better"] = "worse"
    """What the claim says of `source` beside `versus`."""
    stage: Stage = "accepted"
    horizon_days: Annotated[int, Field(ge=1, le=730)] = 30
    adjust: tuple[str, ...] = ("segment",)
    """What leads must have in common to be compared: segment, region, campaign."""
    matters: Share = 0.05
    """A difference under so many points does not matter to anybody."""


class Proposal(Strict):
    """A proposed definition of the MQL, replayed on leads that are old enough (C11)."""

    text: str = "A lead is an MQL when at least three of the criteria are met."
    criteria: tuple[str, ...] = ()
    """Criteria that count; none: all that the data knows."""
    at_least: Annotated[int, Field(ge=1, le=50)] = 3
    must: tuple[str, ...] = ()
    """Criteria without which nothing else counts."""


class Positioning(Strict):
    """The one positioning statement (C42)."""

    statement: str = ""
    since: date | None = None


class Planner(Strict):
    """From a revenue goal back to leads (C24)."""

    goal: Annotated[float, Field(gt=0)] | None = None
    """In the company's currency, for the next quarter that begins after the report's month; without it the won_value
    target of that quarter, else of the month after the report's."""
    extra_reps: Annotated[int, Field(ge=0, le=100)] = 1
    extra_points: Annotated[float, Field(ge=0, lt=1)] = 0.01


class Refresh(Strict):
    """When a mail must be refreshed (C30): its weeks are those of `history_weeks` (weekly.yaml) before the report in
    which at least `min_answers` people got it."""

    weeks: Annotated[int, Field(ge=4, le=52)] = 8
    """With fewer such weeks it is too early to say; the trend is that of all there are."""
    fall: Share = 0.10
    """Refresh where the share that clicks fell by so much from the first of these weeks to the last, as a straight line
    through them has it, and the whole interval is a fall."""


class Mistakes(Strict):
    """Where each of the six mistakes is a warning (C41)."""

    outside_profile: Share = 0.30
    """Share of MQLs outside the ideal profile."""
    unreached: Share = 0.20
    """Share of rejections because nobody or the wrong person was reached."""
    unreadable: Share = 0.02
    """Share of rows set aside."""
    blank_reason: Share = 0.20
    """Share of lost deals without a loss reason or competitor."""
    open_loop: Share = 0.20
    """Share of MQLs without a decision in time."""
    one_sided: Share = 0.50
    """Share of paid weight on metrics that only one team owns."""


class Monthly(Strict):
    """Settings of the monthly deep dive."""

    history_months: Annotated[int, Field(ge=3, le=36)] = 12
    horizon_days: Annotated[int, Field(ge=7, le=730)] = 90
    """The age at which leads are compared on their way to a won deal."""
    triangle_days: tuple[int, ...] = (30, 60, 90, 180)
    stuck_factor: Annotated[float, Field(ge=1, le=20)] = 1.0
    """A deal is stuck when it has been in its stage longer than so many times the stage's 90th percentile."""
    margin: Share | None = None
    """Gross margin, for the time after which a customer has paid for itself."""
    min_rep_n: Annotated[int, Field(ge=1, le=1000)] = 10
    """Below this many leads or deals nobody is judged."""
    min_answers: Annotated[int, Field(ge=2, le=100)] = 5
    """Below this many answers on a side interviews show counts only."""
    upcoming_days: Annotated[int, Field(ge=7, le=120)] = 31
    claim: Claim = Claim()
    proposal: Proposal = Proposal()
    positioning: Positioning = Positioning()
    planner: Planner = Planner()
    refresh: Refresh = Refresh()
    mistakes: Mistakes = Mistakes()
