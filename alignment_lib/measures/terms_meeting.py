"""The meeting's own metrics: scorecard, decisions, issues."""

from __future__ import annotations

from alignment_lib.measures.definition import Definition

_RULE = "by the rule printed under the scorecard"

TERMS: tuple[Definition, ...] = (
    Definition(
        "acceptance_week",
        "Acceptance in the week",
        "share",
        "of the leads that sales decided on in the week, the share accepted; a lead rejected first and accepted later"
        " counts as accepted, on the day of the acceptance",
        "leads accepted or rejected in the week",
    ),
    Definition("scorecard_measures", "Measures", "measures", "measures of the scorecard that this data holds"),
    Definition("scorecard_on_track", "On track", "measures", f"measures on track, {_RULE}"),
    Definition("scorecard_watch", "To watch", "measures", f"measures to watch, {_RULE}"),
    Definition("scorecard_off_track", "Off track", "measures", f"measures off track, {_RULE}"),
    Definition(
        "scorecard_unjudged",
        "Not judged",
        "measures",
        "measures of the scorecard without a value in the week, or with neither a goal nor a normal range",
    ),
    Definition("decisions_open", "Open decisions", "decisions", "decisions of the meetings that are not done"),
    Definition(
        "decisions_overdue",
        "Overdue decisions",
        "decisions",
        "open decisions whose due day was before the report's day",
    ),
    Definition("decisions_done", "Decisions done", "decisions", "decisions done since the week began"),
    Definition(
        "decisions_made",
        "New decisions",
        "decisions",
        "decisions taken since the report before this one, else since the week began",
    ),
    Definition("issues_open", "Open issues", "issues", "what is not working and not closed, with what is off track"),
    Definition("issues_overdue", "Overdue issues", "issues", "open issues whose due day was before the report's day"),
    Definition("issues_closed", "Closed issues", "issues", "issues closed since the week began"),
    Definition("issue_oldest_days", "Oldest open issue", "days", "days since the oldest open issue was opened"),
)
