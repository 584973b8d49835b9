"""Metrics of the monthly deep dive: plans."""

from __future__ import annotations

from alignment_lib.measures.definition import Definition

_SAID = "a round of interviews: every answer that is written down"
TERMS: tuple[Definition, ...] = (
    Definition("plan_items", "Plans that begin", "plans", "items of the calendar that begin in the days ahead"),
    Definition("plan_running", "Plans already running", "plans", "items that began before and go on after the month"),
    Definition(
        "plan_leads", "Leads expected of plans", "leads", "what the calendar expects of the items that begin, summed"
    ),
    Definition("practice_updates", "Product updates", "updates", "product updates announced in the month"),
    Definition(
        "practice_rules", "New definitions", "versions", "definitions and agreements whose first day lies in the month"
    ),
    Definition("practice_goals", "Goals changed in the month", "goals", "goals that were set anew in the month"),
    Definition("interview_answers", "Interview answers", "answers", _SAID, "of the side, to the question"),
    Definition("interview_people", "People interviewed", "people", "respondents of the side in the round"),
    Definition(
        "interview_rating", "Median rating", "points", "the middle one of the side's ratings in the round", "ratings"
    ),
    Definition(
        "interview_gap",
        "Rating gap",
        "index",
        "chance that a marketer rates higher than a seller less the chance of the opposite, -1 to 1",
        "ratings of both sides",
    ),
    Definition("beliefs", "Beliefs about a number", "beliefs", "ideas that name a metric which this report measures"),
    Definition("beliefs_measured", "Beliefs measured", "beliefs", "of them, those with two groups of leads to compare"),
    Definition("suggestions", "Suggestions", "suggestions", "ideas in the register as of the report"),
    Definition("suggestions_tested", "Suggestions tested", "suggestions", "those with two groups of leads named"),
    Definition("suggestions_told", "Tests that can tell", "tests", "tests that are over and whose difference shows"),
    Definition(
        "suggestion_rate",
        "Rate of an arm",
        "share",
        "of all leads created in the test's days that are old enough, MQLs or not, the share that reached the test's"
        " stage in time",
        "leads of the arm, old enough",
    ),
    Definition(
        "suggestion_gap", "Difference of a test", "points", "rate of the new way less rate of the old way", "both arms"
    ),
    Definition(
        "suggestion_more",
        "Leads until a test can tell",
        "leads",
        "leads that both ways still need for four chances in five to show a difference as large as the one seen so far;"
        " rounded up to two digits",
    ),
    Definition("shadowing", "Calls and visits shadowed", "visits", "calls and visits that a marketer went along to"),
    Definition("shadowing_people", "Marketers who shadowed", "people", "marketers in the log of the last 90 days"),
    Definition(
        "shadowing_stages", "Stages nobody has seen", "stages", "stages of deals that no entry of the log names"
    ),
    Definition(
        "mail_clicks",
        "Mail clicks",
        "share",
        "recipients who clicked ÷ recipients of the mailing, per week; a click counts up to the as-of",
        "recipients",
    ),
    Definition(
        "mail_fall",
        "Fall of mail clicks",
        "points",
        "by how much the share that clicks fell from the first to the last of the weeks, along a straight line;"
        " negative where it rose",
        "recipients",
    ),
)
