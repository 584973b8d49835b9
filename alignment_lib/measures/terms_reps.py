"""Metrics of each rep's day. Of one rep they carry the rep's id as their segment."""

from __future__ import annotations

from alignment_lib.measures.definition import Definition

_OPEN = (
    "leads handed over that nobody has touched (no outbound activity since) and that sales has neither accepted,"
    " rejected nor closed"
)
_HERE = "of people who are here on the day of the report"

TERMS: tuple[Definition, ...] = (
    Definition(
        "rep_overdue",
        "Overdue",
        "leads",
        f"{_OPEN}, {_HERE}, and that have waited longer than agreed on the calendar of their owner",
        "open leads",
    ),
    Definition(
        "rep_due_today",
        "Due today",
        "leads",
        f"{_OPEN}, {_HERE}, and whose agreed hours run out before their owner's working hours of the report's day end"
        " (of the next day where the owner's own date is already later)",
        "open leads",
    ),
    Definition(
        "rep_due_later", "Due later", "leads", f"{_OPEN}, {_HERE}, and that have time beyond that day", "open leads"
    ),
    Definition(
        "reps_behind", "Reps with overdue leads", "reps", f"people {_HERE} who own an overdue lead", "reps with leads"
    ),
    Definition(
        "rep_overdue_old",
        "Overdue for long",
        "leads",
        "overdue leads that were handed over more than thirty days before the day of the report",
        "overdue leads",
    ),
    Definition(
        "leads_adrift",
        "To be given to somebody",
        "leads",
        f"{_OPEN}, and that belong to nobody or to somebody who is not here on the day of the report: gone, not begun"
        " yet, or not in the table of reps",
        "open leads",
    ),
    Definition(
        "rep_in_time",
        "Followed up in time, four weeks",
        "share",
        "of the leads handed over in the twenty-eight days before the report's day that are due, the share whose first"
        " outbound activity came within the agreed business hours; by the owner of today",
        "leads due",
    ),
    Definition("rep_in_time_met", "Leads in time, four weeks", "leads", "the leads of that share that were in time"),
    Definition(
        "rep_plans",
        "Plans that touch leads",
        "plans",
        "plans of marketing that run or begin in the days ahead and whose source or campaign is that of a lead handed"
        " over and not decided on yet, touched or not",
    ),
    Definition("reps_touched", "Reps whose leads are touched", "reps", "people with such a lead of such a plan"),
)
