"""Metrics of the monthly deep dive: the agreement, the month against it, joint goals, the planner."""

from __future__ import annotations

from alignment_lib.measures.definition import Definition

TERMS: tuple[Definition, ...] = (
    Definition(
        "mqls_without_promise",
        "MQLs without a promise",
        "leads",
        "MQLs of the month in segments for which the agreement promises none",
        "MQLs of the month",
    ),
    Definition(
        "mql_attainment",
        "Promise kept",
        "share",
        "MQLs (or points) of the month so far ÷ what is promised for the whole month",
        "the promise",
    ),
    Definition(
        "sla_follow_up_usual",
        "Followed up in time in a usual month",
        "share",
        "share followed up in time of the months of history before this one together, with the normal range of a month",
        "leads that were due in the months before",
    ),
    Definition(
        "worked_month",
        "Worked as agreed, of the month",
        "share",
        "worked as agreed, of the leads handed over in the whole weeks of the month that are old enough",
        "leads handed over in those weeks",
    ),
    Definition(
        "joint_goal",
        "Joint goal",
        "currency",
        "what both sides want to win in the period: the target of won value for"
        " it, else the sum of the targets of the months or quarters that make it up",
    ),
    Definition(
        "joint_missing", "Missing to the joint goal", "currency", "the joint goal less the value won in the period"
    ),
    Definition(
        "joint_attainment", "Share of the goal", "share", "value won in the period ÷ the joint goal", "the goal"
    ),
    Definition(
        "workdays_left", "Working days left", "days", "days of the period after as-of on which the company works"
    ),
    Definition(
        "value_needed_per_day",
        "Needed a working day",
        "currency",
        "missing to the goal ÷ working days left",
    ),
    Definition("value_per_day", "So far a working day", "currency", "value won in the period ÷ working days passed"),
    Definition(
        "deals_needed",
        "Deals still needed",
        "deals",
        "missing to the goal ÷ mean amount of the deals won in the twelve months before as-of, rounded up",
    ),
    Definition(
        "deals_expected",
        "Deals still to come",
        "deals",
        "deals won in the rest of the period, projected by a gamma-Poisson model from the period so far and the 13"
        " weeks before it",
    ),
    Definition(
        "joint_value_expected",
        "Likely end of the joint goal",
        "currency",
        "value won in the period + deals still to come × mean amount of the deals won in the year before as-of;"
        " the spread of amounts is not in it",
    ),
    Definition(
        "joint_probability",
        "Chance of the goal",
        "share",
        "probability, under the projection, that at least the deals still needed are won in time, if deals stay as"
        " large as the mean of the last twelve months",
        "all ways in which the period may end",
    ),
    Definition(
        "milestones_month",
        "Milestones of the month",
        "milestones",
        "milestones of the targets due in the month",
    ),
    Definition(
        "milestones_done",
        "Milestones of the month done",
        "milestones",
        "of the milestones due in the month, those that were reached by as-of",
        "milestones of the month",
    ),
    Definition(
        "milestones_ahead",
        "Milestones ahead",
        "milestones",
        "milestones of the targets due after as-of, within the days that the report looks ahead",
    ),
    Definition(
        "amount_mean_year",
        "Usual amount of a deal",
        "currency",
        "value won ÷ deals won with an amount, in the 365 days up to the report's last",
        "deals won with an amount",
    ),
    Definition(
        "plan_goal",
        "Revenue goal",
        "currency",
        "planner.goal of monthly.yaml for the next quarter, else the target of won"
        " value for the next quarter, else for the next month",
    ),
    Definition(
        "plan_amount",
        "Mean amount won",
        "currency",
        "value won ÷ deals won with an amount, twelve months before as-of; range: as many deals as the Garwood interval"
        " of their number allows for the same value",
        "deals won with an amount",
    ),
    Definition(
        "plan_largest",
        "Largest deal",
        "share",
        "share of the largest deal in the value won in the twelve months",
        "value won",
    ),
    Definition("plan_customers", "Customers needed", "customers", "revenue goal ÷ mean amount won"),
    Definition(
        "plan_conversion",
        "Leads that become customers",
        "share",
        "leads won by the horizon, of those created in the 365 days up to the last one whose leads are all old enough,"
        " each source weighted by its share in the leads of the last three months",
        "leads that are old enough",
    ),
    Definition(
        "plan_source_conversion",
        "Won by the horizon",
        "share",
        "leads won by the horizon ÷ leads that are old enough, by source",
        "leads that are old enough",
    ),
    Definition("plan_leads", "Leads needed", "leads", "customers needed ÷ share of leads that become customers"),
    Definition(
        "plan_leads_now",
        "Leads at today's pace",
        "leads",
        "leads of the last three months, for a period as long as the goal's",
    ),
    Definition(
        "plan_mql_conversion",
        "Handed-over leads that become customers",
        "share",
        "leads won by the horizon after MQL (else creation) ÷ those that are old enough, all sources together",
        "leads that are old enough",
    ),
    Definition(
        "plan_rep_leads",
        "Leads of the extra reps",
        "leads",
        "mean lead capacity of today's reps × weeks of the period × extra reps",
    ),
    Definition(
        "plan_rep_customers",
        "Customers of the extra reps",
        "customers",
        "leads of the extra reps × handed-over leads that become customers",
    ),
    Definition(
        "plan_rep_value", "Value of the extra reps", "currency", "customers of the extra reps × mean amount won"
    ),
    Definition(
        "plan_point_customers",
        "Customers of the extra points",
        "customers",
        "leads at today's pace × the extra points of conversion",
    ),
    Definition(
        "plan_point_value",
        "Value of the extra points",
        "currency",
        "customers of the extra points × mean amount won",
    ),
)
