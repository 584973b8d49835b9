"""Money's metrics: progress against goals, pipeline, coverage, cost of a customer."""

from __future__ import annotations

from alignment_lib.measures.definition import Definition

_BEFORE = (
    "in the day, week, month or quarter before, up to the same point of it: as many days, or the same day of the month,"
    " its last where it is shorter"
)
_END = "when the week ended, or as of the report where it has not"

TERMS: tuple[Definition, ...] = (
    Definition("won_before", "Won before", "deals", f"deals won {_BEFORE}"),
    Definition("lost_before", "Lost before", "deals", f"deals lost {_BEFORE}"),
    Definition("won_value_before", "Won value before", "currency", f"amount of the deals won {_BEFORE}"),
    Definition("won_goal", "Goal of deals won", "deals", "the targets of metric won for exactly this period"),
    Definition(
        "won_value_goal", "Goal of won value", "currency", "the targets of metric won_value for exactly this period"
    ),
    Definition("won_goal_reached", "Goal of deals reached", "share", "deals won so far ÷ the goal", "the goal"),
    Definition("goal_reached", "Goal reached", "share", "won value so far ÷ the goal", "the goal"),
    Definition("pipeline_open", "Open pipeline", "currency", f"amount of the deals that were open {_END}"),
    Definition("pipeline_open_deals", "Open deals", "deals", f"deals that were open {_END}"),
    Definition(
        "pipeline_open_before", "Open at the start", "currency", "amount of the deals that were open as the week began"
    ),
    Definition(
        "pipeline_open_deals_before", "Deals open at the start", "deals", "deals that were open as the week began"
    ),
    Definition("pipeline_won", "Won out of the pipeline", "currency", "amount of the deals won in the week"),
    Definition("pipeline_lost", "Lost out of the pipeline", "currency", "amount of the deals lost in the week"),
    Definition(
        "pipeline_moved",
        "Other changes of the pipeline",
        "currency",
        "amount of the deals whose dates do not say when they were opened: closed without a day of creation, or closed"
        " before they were created",
    ),
    Definition(
        "pipeline_usual",
        "Usual pipeline created",
        "currency",
        "amount of the deals created in an average week before, with its normal range (XmR chart)",
    ),
    Definition(
        "pipeline_expected",
        "Expected to close",
        "currency",
        "amount of the open deals expected to close from now to the end of the period",
    ),
    Definition(
        "pipeline_overdue",
        "Past their expected day",
        "currency",
        "amount of the open deals whose expected day of closing has passed",
    ),
    Definition(
        "pipeline_overdue_deals", "Deals past their day", "deals", "open deals whose expected day of closing has passed"
    ),
    Definition("goal_missing", "Missing to the goal", "currency", "goal of won value − won value so far, not below 0"),
    Definition(
        "coverage",
        "Coverage",
        "times",
        "amount of the open deals expected to close from now to the end of the period ÷ what is missing to the goal of"
        " won value; a plain ratio, no forecast",
        "what is missing to the goal",
    ),
    Definition(
        "cac_media",
        "Cost of a customer, media",
        "currency",
        "marketing's spend on media and programmes ÷ deals won; the spend is of earlier days, by the median time from"
        " lead to won",
        "deals won in the last full weeks",
    ),
    Definition(
        "cac_loaded",
        "Cost of a customer, loaded",
        "currency",
        "all spend of both teams, people and tools included, ÷ deals won; the spend is of earlier days, by the median"
        " time from lead to won",
        "deals won in the last full weeks",
    ),
    Definition("spend_media", "Spend on media", "currency", "marketing's spend on media and programmes in those days"),
    Definition("spend_loaded", "Spend, loaded", "currency", "all spend of both teams in those days"),
    Definition(
        "spend_lag",
        "Lag of the spend",
        "weeks",
        "whole weeks by which the spend lies before the deals won from it: their median time from lead to won",
    ),
)
