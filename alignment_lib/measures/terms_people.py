"""Metrics of the monthly deep dive: load, pay, conversion by rep."""

from __future__ import annotations

from alignment_lib.measures.definition import Definition

TERMS: tuple[Definition, ...] = (
    Definition("reps_loaded", "Reps with leads", "reps", "reps with a capacity to whom leads were handed in the month"),
    Definition(
        "reps_over",
        "Reps over capacity",
        "reps",
        "reps who were handed more leads a week than their capacity",
        "reps with a capacity to whom leads were handed in the month",
    ),
    Definition("handed_over", "Handed over", "leads", "leads whose clock started in the month"),
    Definition("lead_load", "Load", "share", "leads handed over ÷ capacity, over the days of the month", "capacity"),
    Definition(
        "in_time_over",
        "In time, over capacity",
        "share",
        "followed up in time, of the leads of reps over their capacity",
        "leads that are due",
    ),
    Definition(
        "in_time_within",
        "In time, within capacity",
        "share",
        "followed up in time, of the leads of reps within their capacity",
        "leads that are due",
    ),
    Definition("seats_planned", "Seats planned", "seats", "planned headcount, all roles of the table of staffing"),
    Definition("seats_filled", "Seats filled", "seats", "headcount, all roles of the table of staffing"),
    Definition("seats_open", "Open seats", "seats", "planned headcount less headcount, of roles that lack somebody"),
    Definition("pay_metrics", "Metrics that pay", "metrics", "metrics of the table of compensation"),
    Definition("pay_metrics_shared", "Shared metrics", "metrics", "metrics that more than one team is paid on"),
    Definition(
        "pay_shared_weight",
        "Pay on shared metrics",
        "share",
        "weight on metrics that more than one team is paid on ÷ all weight; each role counts once",
        "roles",
    ),
    Definition("reps_judged", "Reps judged", "reps", "reps with as many leads or deals as anybody is judged by"),
    Definition(
        "reps_outside",
        "Reps outside the limits",
        "reps",
        "reps whose share lies farther from what their segments lead to expect than chance carries one rep in twenty",
    ),
    Definition(
        "rep_accepted",
        "Accepted, by rep",
        "share",
        "of the leads of twelve months that are old enough, accepted ÷ (accepted + rejected) within the horizon of"
        " acceptance",
        "leads decided",
    ),
    Definition(
        "rep_win_rate", "Won, by rep", "share", "won ÷ (won + lost), deals closed in twelve months", "deals closed"
    ),
    Definition("trainings", "Trainings", "trainings", "trainings held in the last ninety days, by day and topic"),
)
