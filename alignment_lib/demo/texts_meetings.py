"""What meetings leave behind: decisions, open issues, and sales's suggestions that are put to the test."""

from __future__ import annotations

from datetime import date

from alignment_lib.demo import truth
from alignment_lib.demo.kept import Kept

DECISIONS = Kept(
    ("Decision ID", "Meeting", "Decided On", "Decision", "Owner", "Due On", "Measure", "Done On"),
    (
        ("E-31", "monthly 2026-05", date(2026, 6, 8), ("Give leads of Nils Overbeck to Marek and Lea until the seat is"
         " filled"), "Oskar Brandt", date(2026, 6, 12), "no lead older than a day without an owner", date(2026, 6, 11)),
        ("E-32", "monthly 2026-05", date(2026, 6, 8), ("Lower the won value goal of the third quarter after the missed"
         " second one"), "Henrike Voss", date(2026, 7, 6), "goal agreed by both sides", date(2026, 7, 6)),
        ("E-33", "weekly 2026-W26", date(2026, 6, 29), "Move 6,000 EUR a month from search ads to webinars",
         "Clara Winther", date(2026, 7, 10), "enterprise MQLs a month", date(2026, 7, 9)),
        ("E-34", "weekly 2026-W28", date(2026, 7, 13), "Pair Paul Renner with Lea for his first four weeks",
         "Oskar Brandt", date(2026, 8, 7), "Paul's response within eight hours", date(2026, 8, 6)),
        ("E-35", "monthly 2026-06", date(2026, 7, 14), "Ask for a reason with every rejection; blank ones come back",
         "Henrike Voss", date(2026, 8, 31), "share of rejections with a reason", None),
        ("E-36", "weekly 2026-W30", date(2026, 7, 27), ("Keep the search ad with the price first; the test showed no"
         " difference"), "Ben Osei", date(2026, 8, 3), "acceptance of paid search", date(2026, 8, 3)),
        ("E-37", "weekly 2026-W31", date(2026, 8, 3), "Phone check for syndicated leads, tested until December",
         "Ben Osei", date(2026, 8, 4), "acceptance of content syndication", date(2026, 8, 3)),
        ("E-38", "monthly 2026-07", date(2026, 8, 11), "Count webinar leads against enterprises, not against all",
         "Clara Winther", date(2026, 9, 7), "acceptance by source and segment", date(2026, 9, 4)),
        ("E-39", "weekly 2026-W34", date(2026, 8, 24), "Jonas hands leads older than two days to Meret",
         "Henrike Voss", date(2026, 9, 4), "follow-up in time, enterprise", None),
        ("E-40", "weekly 2026-W35", date(2026, 8, 31), "Event lists are imported on the evening of the event",
         "Sofia Lindgren", date(2026, 9, 16), "days between event and record", date(2026, 9, 16)),
        ("E-41", "weekly 2026-W36", date(2026, 9, 7), "Comparison with Quorix is written before the year-end kit",
         "Priya Raman", date(2026, 9, 30), "lost deals against Quorix", None),
        ("E-42", "monthly 2026-08", date(2026, 9, 8), "Every deal over 60 days without a date is closed or dated",
         "Henrike Voss", date(2026, 9, 25), "open deals past their expected close", None),
        ("E-43", "monthly 2026-08", date(2026, 9, 8), "Interview both teams again in the last week of September",
         "Clara Winther", date(2026, 10, 2), "round 2026-Q4 held", None),
        ("E-44", "weekly 2026-W37", date(2026, 9, 14), ("New York gets its own routing between 15 and 23 hours Berlin"
         " time"), "Oskar Brandt", date(2026, 9, 28), "routing hours, North America", None),
        ("E-45", "weekly 2026-W38", date(2026, 9, 21), "Offer the October start only in Proposal or later",
         "Henrike Voss", date(2026, 9, 24), "deals won with the offer", date(2026, 9, 24)),
        ("E-46", "weekly 2026-W39", date(2026, 9, 28), "Send the recording of the CFO panel within two hours",
         "Greta Molin", date(2026, 9, 29), "clicks on the recording", None),
    ),
    "Decided On",
    {"Done On": ()},
)  # fmt: skip

ISSUES = Kept(
    ("Issue ID", "Opened On", "Raised By", "Team", "What Is Not Working", "Metric", "Corrective Action", "Owner",
     "Due On", "Closed On"),
    (
        ("P-11", date(2026, 5, 4), "Henrike Voss", "marketing", "Second quarter is behind on MQLs in every segment",
         "mqls", "Three more webinars, ads to small businesses restarted", "Clara Winther", date(2026, 6, 30),
         date(2026, 7, 7)),
        ("P-12", date(2026, 6, 1), "Clara Winther", "sales", "Leads of a leaving rep lay untouched for two weeks",
         "response_hours", "Leads are handed over on the day of notice", "Oskar Brandt", date(2026, 6, 12),
         date(2026, 6, 15)),
        ("P-13", date(2026, 6, 22), "Lea Sommerfeld", "marketing", "Syndicated lists hold students and consultants",
         "rejected", "Publisher filters by company size; phone check tested", "Ben Osei", date(2026, 8, 28), None),
        ("P-14", date(2026, 7, 6), "Tomas Lindqvist", "sales", "Security questionnaires stop enterprise deals",
         "cycle_days", "Answers kept as an asset and updated each quarter", "Priya Raman", date(2026, 9, 30), None),
        ("P-15", date(2026, 7, 20), "Clara Winther", "sales", "A tenth of the worked leads gets no decision",
         "loop_closure", "List of undecided leads in every rep's Monday mail", "Oskar Brandt", date(2026, 9, 18), None),
        ("P-16", date(2026, 8, 3), "Dana Whitfield", "marketing", "Leads from North America are routed after noon",
         "routing_hours", "Own routing for New York hours", "Oskar Brandt", date(2026, 9, 28), None),
        ("P-17", date(2026, 8, 10), "Ben Osei", "sales", "Reasons are missing on an eighth of the rejections",
         "rejected", "Reason becomes a required field", "Henrike Voss", date(2026, 8, 31), None),
        ("P-18", date(2026, 8, 17), "Meret Aydin", "marketing", "Event lists arrive days late", "leads",
         "Import on the evening of the event", "Sofia Lindgren", date(2026, 9, 16), date(2026, 9, 17)),
        ("P-19", date(2026, 8, 24), "Clara Winther", "sales", "Enterprise leads wait for one rep", "sla_follow_up",
         "Leads older than two days move to a colleague", "Henrike Voss", date(2026, 9, 11), None),
        ("P-20", date(2026, 8, 31), "Felix Harms", "marketing", "Price page shows last year's prices", "accepted",
         "Page corrected, prices come from one list", "Priya Raman", date(2026, 9, 2), date(2026, 9, 2)),
        ("P-21", date(2026, 9, 7), "Carla Montes", "marketing", "Quorix comes up and there is nothing to send",
         "lost", "Comparison sheet with two customers' words", "Priya Raman", date(2026, 9, 30), None),
        ("P-22", date(2026, 9, 7), "Henrike Voss", "sales", "Deals stay open long after their expected close",
         "coverage", "Every deal over 60 days is dated or closed", "Henrike Voss", date(2026, 9, 25), None),
        ("P-23", date(2026, 9, 14), "Yusuf Demir", "marketing", "Reps no longer click the product mail", "clicks",
         "One update per mail, sent on Tuesday", "Priya Raman", date(2026, 10, 5), None),
        ("P-24", date(2026, 9, 22), "Aylin Korkmaz", "marketing", "Calculator shows no result on old phones", "leads",
         "Fallback without animation", "Yusuf Demir", date(2026, 9, 29), None),
    ),
    "Opened On",
    {"Closed On": ()},
)  # fmt: skip


def _arms(number: int) -> tuple[str, str, date, date]:
    arms = truth.ARMS[number]
    return arms.arm_a, arms.arm_b, arms.first, arms.last


SUGGESTIONS = Kept(
    ("Suggestion ID", "Raised By", "Raised On", "Idea", "Status", "Metric", "Arm A", "Arm B", "Started On",
     "Ended On"),
    (
        ("S-01", "0431", date(2025, 10, 7), "Ask for the auditor's name in the demo form", "dropped", "accepted",
         None, None, None, None),
        ("S-02", "0470", date(2025, 11, 4), "Send prices before the first call", "not tested", "won", None, None, None,
         None),
        ("S-03", "0442", date(2025, 12, 9), "Ask for the team size before the guide can be downloaded", "tested",
         "accepted", *_arms(0)),
        ("S-04", "0423", date(2026, 1, 13), "Bring an engineer to every second enterprise call", "not tested", "won",
         None, None, None, None),
        ("S-05", "0464", date(2026, 1, 20), "Search ads should promise an outcome, not a price", "tested", "accepted",
         *_arms(1)),
        ("S-06", "0458", date(2026, 4, 14), "Call webinar guests before the webinar", "planned", "accepted", None,
         None, None, None),
        ("S-07", "0481", date(2026, 5, 19), "US page with dollar prices", "planned", "leads", None, None, None, None),
        ("S-08", "0455", date(2026, 6, 23), "Have the publisher phone syndicated leads first", "running", "accepted",
         *_arms(2)),
        ("S-09", "0477", date(2026, 8, 25), "Offer the calculator in the first mail", "planned", "accepted", None,
         None, None, None),
        ("S-10", "0417", date(2026, 9, 15), "Breakfasts instead of booths", "raised", "sqls", None, None, None, None),
        ("S-11", "0492", date(2026, 9, 22), "Text message after the second missed call", "raised", "accepted", None,
         None, None, None),
    ),
    "Raised On",
    {"Ended On": ()},
)  # fmt: skip
