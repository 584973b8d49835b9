"""Metrics of the weekly updates and of the daily pulse."""

from __future__ import annotations

from alignment_lib.measures.definition import Definition

_AHEAD = "between the report's instant and the end of its week"
_WEEKDAY = "mean of the same weekday in the weeks of history before, with its normal range where there is one"

TERMS: tuple[Definition, ...] = (
    Definition("promotions_week", "Promotions of the week", "promotions", f"plans of the calendar that begin {_AHEAD}"),
    Definition(
        "promotions_running",
        "Promotions that go on",
        "promotions",
        "plans of the calendar that began before the day of the report and end on it or later",
    ),
    Definition(
        "promotions_later",
        "Promotions later",
        "promotions",
        "plans of the calendar that begin in the upcoming_days (weekly.yaml) after the report's week",
    ),
    Definition(
        "promotion_leads",
        "Leads expected of the promotions",
        "leads",
        f"leads that marketing expects from the plans that begin {_AHEAD}, as written, over all days of each plan",
    ),
    Definition(
        "promotion_leads_beyond",
        "Expected beyond the week",
        "leads",
        "those leads expected that are of plans which go on after the week",
    ),
    Definition(
        "promotions_silent",
        "Promotions without a number",
        "promotions",
        f"plans that begin {_AHEAD} and name no number of leads",
    ),
    Definition(
        "product_updates_new",
        "Product updates of the week",
        "updates",
        "product updates announced in the seven days before the day of the report, or on it before its instant",
    ),
    Definition("leads_weekday", "Leads on a usual weekday", "leads", f"leads: {_WEEKDAY}"),
    Definition("mqls_weekday", "MQLs on a usual weekday", "leads", f"MQLs: {_WEEKDAY}"),
    Definition(
        "due_leads",
        "Deadlines passed",
        "leads",
        "leads handed to sales whose agreed business hours ran out in the period, on the calendar of their owner",
    ),
    Definition("due_met", "Followed up by then", "leads", "the leads among them that were touched in time"),
    Definition(
        "due_missed",
        "Missed that day",
        "leads",
        "the leads among them that were touched later than agreed, or not at all",
    ),
    Definition(
        "still_overdue",
        "Still overdue",
        "leads",
        "leads handed over at any time that were past the agreed hours at the report's instant and that nobody had"
        " touched by then",
    ),
    Definition(
        "still_overdue_lately",
        "Still overdue, of the last thirty days",
        "leads",
        "those still overdue that were handed over in the thirty days up to the report's day",
        "leads still overdue",
    ),
)
