"""Every metric the reports print: name, unit, definition, denominator; one name in code, table and glossary."""

from __future__ import annotations

from alignment_lib.errors import ParamsError
from alignment_lib.measures import (
    terms_marketing,
    terms_meeting,
    terms_monthly,
    terms_pipeline,
    terms_pulse,
    terms_reps,
    terms_restated,
    terms_sales,
)
from alignment_lib.measures.definition import Definition, Word
from alignment_lib.params.files import nearest

_USUAL = "mean of the weeks of history before this one, with the normal range of a week where one is printed"
_ALL = (
    Definition("leads", "Leads", "leads", "leads created in the period"),
    Definition("leads_usual", "Leads in a usual week", "leads", f"leads: {_USUAL}"),
    Definition("mqls_usual", "MQLs in a usual week", "leads", f"MQLs: {_USUAL}"),
    Definition("opportunities_usual", "Opportunities in a usual week", "deals", f"opportunities: {_USUAL}"),
    Definition("won_usual", "Won in a usual week", "deals", f"deals won: {_USUAL}"),
    Definition("lead_share", "Share of the leads", "share", "leads of the source ÷ all leads of the period", "leads"),
    Definition("mqls", "MQLs", "leads", "leads that became marketing-qualified in the period"),
    Definition("accepted", "Accepted", "leads", "leads that sales accepted in the period"),
    Definition("rejected", "Rejected", "leads", "leads that sales rejected in the period"),
    Definition("sqls", "SQLs", "leads", "leads that became sales-qualified in the period"),
    Definition("opportunities", "Opportunities", "deals", "deals created in the period"),
    Definition("pipeline_created", "Pipeline created", "currency", "amount of the deals created in the period"),
    Definition("won", "Won", "deals", "deals closed in the period as won"),
    Definition("lost", "Lost", "deals", "deals closed in the period as lost"),
    Definition("won_value", "Won value", "currency", "amount of the deals won in the period"),
    Definition(
        "win_rate", "Win rate", "share", "won ÷ (won + lost), deals closed in the period, by count", "deals closed"
    ),
    Definition(
        "cycle_days",
        "Days to win",
        "days",
        "median days from the lead's creation (else the deal's) to the closing, of the deals won in the period; deals"
        " that close before they begin are left out",
        "deals won in the period with both dates",
    ),
    Definition(
        "mql_goal",
        "MQLs promised",
        "leads",
        "what marketing promised for the month: the targets of metric mqls whose period covers it, else sla.yaml",
    ),
    Definition(
        "mql_pace",
        "MQL pace",
        "share",
        "MQLs of the month so far ÷ the promise for this point of the month, weighted by weekday and holidays",
        "the promise so far",
    ),
    Definition(
        "mql_month_end",
        "MQLs by month end",
        "leads",
        "MQLs so far and the rest of the month projected by a gamma-Poisson model from this month and the 13 weeks"
        " before",
    ),
    Definition(
        "mql_goal_probability",
        "Chance of keeping the promise",
        "share",
        "probability, under the projection, that the month ends at the promise or above",
    ),
    Definition(
        "response_hours",
        "Response time",
        "business hours",
        "business hours from the later of hand-over and MQL (creation where the CRM has neither) to the first outbound"
        " sales activity at or after it, of MQLs or of all leads handed over, as the SLA covers them; leads that nobody"
        " has touched yet count with the time they have waited (Kaplan-Meier), they are not left out; median",
        "leads whose clock started in the period",
    ),
    Definition(
        "response_hours_p95",
        "Response time, 95 %",
        "business hours",
        "the business hours within which 95 % of the leads had their first outbound sales activity (Kaplan-Meier)",
        "leads whose clock started in the period",
    ),
    Definition(
        "routing_hours",
        "Routing time",
        "business hours",
        "business hours from MQL to assignment to a rep, median of those assigned in the period",
        "leads assigned in the period",
    ),
    Definition(
        "sla_follow_up",
        "Followed up in time",
        "share",
        "of the leads whose clock started in the period and whose deadline has passed, the share touched in time; met,"
        " missed and not yet due are three counts",
        "leads whose deadline has passed, or which were touched before it",
    ),
    Definition(
        "same_day",
        "Followed up the same day",
        "share",
        "of the leads handed over in the period, the share whose first outbound sales activity was on that very day;"
        " told in place of hours where the data holds days without a time",
        "leads whose day of hand-over is over, or which were touched on it",
    ),
    Definition("sla_met", "Met", "leads", "leads touched within the agreed business hours"),
    Definition("sla_missed", "Missed", "leads", "leads not touched within the agreed business hours"),
    Definition("sla_not_due", "Not yet due", "leads", "leads not touched whose agreed hours have not passed yet"),
    Definition(
        "sla_untouched", "Overdue, untouched", "leads", "leads past the agreed hours that nobody has touched yet"
    ),
    Definition(
        "acceptance",
        "Acceptance",
        "share",
        "share of leads that sales accepted within the horizon after MQL (else creation), rejection competing and"
        " undecided leads censored (Aalen-Johansen)",
        "MQLs (else leads) of the history's weeks",
    ),
    Definition(
        "mql_per_day",
        "MQLs a day so far",
        "leads a day",
        "MQLs of the month so far ÷ the working days passed, weighted by weekday and holidays",
    ),
    Definition(
        "mql_needed_per_day",
        "MQLs a day needed",
        "leads a day",
        "what is missing to the promise ÷ the working days left, weighted by weekday and holidays",
    ),
    Definition(
        "mql_points_per_day",
        "Points a day so far",
        "points a day",
        "points of the month so far ÷ the working days passed, weighted by weekday and holidays",
    ),
    Definition(
        "mql_points_needed_per_day",
        "Points a day needed",
        "points a day",
        "what is missing to the promised points ÷ the working days left, weighted by weekday and holidays",
    ),
    Definition("mql_points", "MQL points", "points", "MQLs of the month, each counting what the SLA gives its segment"),
    Definition("mql_points_goal", "Points promised", "points", "what marketing promised for the month, in points"),
    Definition(
        "mql_points_month_end",
        "Points by month end",
        "points",
        "points so far and the rest of the month projected as for MQLs",
    ),
    Definition(
        "mql_points_probability",
        "Chance of the points",
        "share",
        "probability, under the projection, that the month ends at the promised points or above",
        "all ways in which the month may end",
    ),
    Definition(
        "mql_points_pace",
        "Pace of the points",
        "share",
        "points of the month so far ÷ the promise for this point of the month, weighted by weekday and holidays",
        "the promise so far",
    ),
    Definition("milestones_due", "Milestones due", "milestones", "milestones of the targets due within four weeks"),
    Definition(
        "milestones_past", "Milestones past", "milestones", "milestones of the targets due in the last four weeks"
    ),
    Definition("goals_changed", "Goals changed", "goals", "goals that were set anew in the last thirteen weeks"),
    *terms_marketing.TERMS,
    *terms_sales.TERMS,
    *terms_pipeline.TERMS,
    *terms_meeting.TERMS,
    *terms_restated.TERMS,
    *terms_monthly.TERMS,
    *terms_pulse.TERMS,
    *terms_reps.TERMS,
)

REGISTRY: dict[str, Definition] = {definition.name: definition for definition in _ALL}
"""Definitions by name."""
WORDS = (
    Word(
        "Within N days, by day N",
        "no later than N days on at the start's time of day, on the company's clock and to the second: N × 24 hours, an"
        " hour more or less only where the clocks were changed in between. Old enough, older than N days: these days"
        " were over before as-of; a younger lead is followed for the whole days that it is old enough for",
        (
            "acceptance", "campaign_acceptance", "claim_difference", "claim_difference_raw", "claim_rate", "cohort_won",
            "conversion_curve", "criterion_accepted", "criterion_won", "funnel_reached", "grade_accepted",
            "leads_unworked", "loop_closed", "loop_closure", "loop_month", "period_rate", "plan_conversion",
            "plan_mql_conversion", "plan_source_conversion", "rep_accepted", "score_accepted", "score_auc",
            "source_conversion", "suggestion_rate", "whatif_accepted", "whatif_judged", "whatif_won", "worked",
            "worked_month",
        ),
    ),
    Word(
        "Owner of a lead",
        "whom the lead is assigned to as of the report. Who gets it at or after as-of does not own it yet: the lead"
        " counts in every total, by rep under (nobody), no rep is judged by it, and it waits from its MQL on, by the"
        " company's own hours. An owner without a day of assignment is taken as the CRM has it",
        (
            "handed_over", "lead_load", "loop_closure", "loop_month", "rep_accepted", "rep_in_time", "response_hours",
            "sla_follow_up", "worked", "worked_month",
        ),
    ),
)  # fmt: skip
"""What definitions have in common."""


def definition(name: str) -> Definition:
    """The metric of that name; an unknown one is an error that suggests the nearest."""
    if name not in REGISTRY:
        raise ParamsError(f"unknown metric '{name}' ({nearest(name, list(REGISTRY))})")
    return REGISTRY[name]
