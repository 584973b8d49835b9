"""Marketing's metrics beyond the first: points, campaigns, feedback, plans."""

from __future__ import annotations

from alignment_lib.measures.definition import Definition

TERMS: tuple[Definition, ...] = (
    Definition(
        "campaign_leads",
        "Leads of a campaign",
        "leads",
        "leads created in the last weeks, this one included (feedback_weeks in weekly.yaml), by campaign",
    ),
    Definition(
        "campaign_acceptance",
        "Accepted of decided",
        "share",
        "of the leads created in these weeks whose MQL (else creation) is older than acceptance_days and which sales"
        " has decided on, the share accepted; younger leads are left out",
        "leads old enough and decided",
    ),
    Definition(
        "feedback_remarks", "Remarks", "remarks", "remarks of sales on campaigns, given in the last feedback_weeks"
    ),
    Definition(
        "feedback_working", "Works", "remarks", "remarks of the last feedback_weeks that say that a campaign works"
    ),
    Definition(
        "feedback_not_working",
        "Does not work",
        "remarks",
        "remarks of the last feedback_weeks that say that a campaign does not work",
    ),
    Definition(
        "feedback_unanswered", "Waiting for an answer", "remarks", "remarks of any age that nobody has answered yet"
    ),
    Definition(
        "feedback_oldest_days", "Oldest without an answer", "days", "days since the oldest unanswered remark was given"
    ),
    Definition(
        "feedback_answer_days",
        "Days to an answer",
        "days",
        "days from a remark to its answer, median; remarks that still wait count with the days they have waited"
        " (Kaplan-Meier), they are not left out",
        "remarks of any age",
    ),
    Definition("coming_items", "Plans to come", "plans", "plans that begin in the next upcoming_days"),
    Definition("coming_running", "Plans running", "plans", "plans that began before and go on"),
    Definition(
        "coming_leads", "Leads expected", "leads", "leads that marketing expects from the plans to come, as written"
    ),
    Definition("coming_silent", "No expectation", "plans", "plans to come that name no number of leads"),
    Definition(
        "coming_top_leads", "Leads of the largest plan", "leads", "leads expected from the plan to come that names most"
    ),
    Definition("wins_told", "Wins told", "wins", "wins that were written down for the week"),
    Definition("won_largest", "Largest deal won", "currency", "amount of the largest deal won in the week"),
    Definition(
        "case_candidates",
        "Candidates for a case study",
        "deals",
        "deals won lately (case_studies in weekly.yaml) that are among the largest or the fastest of the deals"
        " won in the last 52 weeks, and not told as a win yet",
        "deals won in the last 52 weeks",
    ),
    Definition(
        "presenting_minutes", "Minutes a half", "minutes", "half of the meeting (meeting.minutes in weekly.yaml)"
    ),
)
