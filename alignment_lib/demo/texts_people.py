"""What teams say about each other and how they are set up: interviews, seats, pay, training, shadowing."""

from __future__ import annotations

from datetime import date

from alignment_lib.demo.kept import Kept

QUESTIONS = (
    "How well do marketing's leads fit what you can sell?",
    "How quickly are new leads followed up?",
    "Do you hear what became of your work?",
    "Do both teams mean the same by a qualified lead?",
    "How useful is the content in a deal?",
)
_ANSWERS = (
    # round, held on, team, respondent, then (rating, theme, answer) per question
    ("2026-Q1", date(2026, 2, 17), "sales", "Enterprise rep", (
        (5, "lead quality", "Webinar names are right, the project often is not"),
        (7, "follow-up", "I call on the same day when I am not travelling"),
        (4, "closed loop", "I mark a lead and never hear again"),
        (5, "definition", "Marketing counts downloads, I count budgets"),
        (6, "content", "The case studies work, the rest I rewrite"))),
    ("2026-Q1", date(2026, 2, 18), "sales", "Small business rep", (
        (7, "lead quality", "Search leads want to buy, some are too small"),
        (8, "follow-up", "Within two hours, mostly"),
        (5, "closed loop", "The Monday list helps"),
        (6, "definition", "Mostly, except for consultants"),
        (5, "content", "Too long for my customers"))),
    ("2026-Q1", date(2026, 2, 19), "marketing", "Campaign manager", (
        (8, "lead quality", "We hand over what was agreed"),
        (5, "follow-up", "Some leads wait for days and then the source is blamed"),
        (3, "closed loop", "A rejection without a reason teaches nothing"),
        (7, "definition", "It is written down, few read it"),
        (7, "content", "Used a lot, I am told"))),
    ("2026-Q1", date(2026, 2, 20), "marketing", "Content lead", (
        (7, "lead quality", "Better since the guide asks for the team size"),
        (5, "follow-up", "I see no numbers, only stories"),
        (4, "closed loop", "I learn about lost deals by chance"),
        (6, "definition", "Persona yes, timing no"),
        (6, "content", "Requests reach me too late"))),
    ("2026-Q3", date(2026, 8, 25), "sales", "Enterprise rep", (
        (6, "lead quality", "More enterprises, fewer accepted, that is the trade"),
        (6, "follow-up", "Two of us are fast, one is swamped"),
        (6, "closed loop", "Feedback is answered within the week now"),
        (6, "definition", "Better, now that budget is a criterion"),
        (7, "content", "The audit guide ends a discussion"))),
    ("2026-Q3", date(2026, 8, 26), "sales", "Mid-market rep", (
        (6, "lead quality", "Referrals are gold, syndicated lists are sand"),
        (7, "follow-up", "Good, since Paul joined"),
        (5, "closed loop", "I get answers, not changes"),
        (6, "definition", "Except for project within six months"),
        (6, "content", "Nothing against Quorix"))),
    ("2026-Q3", date(2026, 8, 27), "sales", "Americas rep", (
        (5, "lead quality", "Half of it was written for Germany"),
        (6, "follow-up", "Leads reach me after lunch"),
        (5, "closed loop", "The mail helps, the call is at my six in the morning"),
        (5, "definition", "Company size means something else here"),
        (4, "content", "Two assets in dollars would do"))),
    ("2026-Q3", date(2026, 8, 25), "marketing", "Campaign manager", (
        (7, "lead quality", "We moved to enterprises and the total looks worse for it"),
        (6, "follow-up", "Clearer since the clock counts business hours"),
        (5, "closed loop", "Reasons come with most rejections"),
        (7, "definition", "Both sides quote the same page"),
        (7, "content", "Uses are counted at last"))),
    ("2026-Q3", date(2026, 8, 26), "marketing", "Content lead", (
        (7, "lead quality", "Webinar guests ask harder questions"),
        (6, "follow-up", "I see who waits"),
        (6, "closed loop", "Requests arrive with the deal they are for"),
        (6, "definition", "We still differ on timing"),
        (6, "content", "Three assets do most of the work"))),
)  # fmt: skip
INTERVIEWS = Kept(
    ("Round", "Held On", "Team", "Respondent", "Question", "Answer", "Theme", "Rating"),
    tuple(
        (round_, held_on, team, respondent, question, answer, theme, rating)
        for round_, held_on, team, respondent, answers in _ANSWERS
        for question, (rating, theme, answer) in zip(QUESTIONS, answers, strict=True)
    ),
    "Held On",
)

STAFFING = Kept(
    ("Team", "Role", "Headcount", "Planned", "Open Since", "Note"),
    (
        ("sales", "Enterprise rep", 4, 4, None, None),
        ("sales", "Mid-market rep", 4, 5, date(2026, 6, 1), "Nils Overbeck's second territory; two interviews held"),
        ("sales", "Small business rep", 3, 4, date(2026, 8, 3), "Needed for the spreadsheet escape campaign"),
        ("sales", "Americas rep", 2, 3, date(2026, 4, 13), "Boston or Toronto"),
        ("sales", "Team lead", 1, 1, None, None),
        ("sales", "VP Sales", 1, 1, None, None),
        ("marketing", "Campaign manager", 1, 2, date(2026, 7, 1), "Paid and partner programmes are one person today"),
        ("marketing", "Content lead", 1, 1, None, None),
        ("marketing", "Content editor", 1, 1, None, None),
        ("marketing", "Product marketer", 1, 1, None, None),
        ("marketing", "Event manager", 1, 1, None, None),
        ("marketing", "CMO", 1, 1, None, None),
    ),
    None,
)  # fmt: skip

COMPENSATION = Kept(
    ("Team", "Role", "Metric", "Weight"),
    (
        ("sales", "Enterprise rep", "won_value", 0.85), ("sales", "Enterprise rep", "sla_follow_up", 0.15),
        ("sales", "Mid-market rep", "won_value", 0.80), ("sales", "Mid-market rep", "sla_follow_up", 0.20),
        ("sales", "Small business rep", "won", 0.70), ("sales", "Small business rep", "sla_follow_up", 0.30),
        ("sales", "Americas rep", "won_value", 0.85), ("sales", "Americas rep", "sla_follow_up", 0.15),
        ("sales", "VP Sales", "won_value", 0.80), ("sales", "VP Sales", "win_rate", 0.20),
        ("marketing", "CMO", "pipeline_created", 0.60), ("marketing", "CMO", "won_value", 0.40),
        ("marketing", "Campaign manager", "mqls", 0.60), ("marketing", "Campaign manager", "accepted", 0.40),
        ("marketing", "Content lead", "content_uses", 1.0),
        ("marketing", "Event manager", "leads", 0.70), ("marketing", "Event manager", "sqls", 0.30),
    ),
    None,
)  # fmt: skip

_SESSIONS = (
    (date(2026, 3, 12), "Qualifying budget without asking for a number", ("0442", "0455", "0458", "0461")),
    (date(2026, 4, 23), "Audit trail, the technical story", ("0417", "0423", "0431", "0436")),
    (date(2026, 5, 21), "Calls of twenty minutes", ("0464", "0470", "0477")),
    (date(2026, 6, 18), "Negotiating with procurement", ("0417", "0431", "0436", "0481")),
    (date(2026, 7, 9), "Product basics for new reps", ("0492",)),
    (date(2026, 7, 16), "Product basics for new reps, part two", ("0492",)),
    (date(2026, 8, 20), "Dollar ledgers and US closing", ("0481", "0488")),
    (date(2026, 9, 3), "What webinar guests expect from the first call", ("0417", "0423", "0431", "0442", "0492")),
    (date(2026, 9, 17), "Selling against Bilanzio and LedgerLoft", ("0442", "0455", "0458", "0464", "0470")),
    (date(2026, 10, 1), "Year-end questions of small businesses", ("0464", "0470", "0477")),
)  # fmt: skip
TRAINING = Kept(
    ("Held On", "Rep ID", "Team", "Topic"),
    tuple((held_on, rep, "sales", topic) for held_on, topic, reps in _SESSIONS for rep in reps),
    "Held On",
)

SHADOWING = Kept(
    ("Held On", "Marketer", "Rep ID", "Kind", "Stage", "Insight", "Action"),
    (
        (date(2026, 5, 6), "Greta Molin", "0417", "call", "Discovery", "Nobody asked about features for half an hour",
         "Guide starts with the cost of a late close"),
        (date(2026, 5, 13), "Yusuf Demir", "0464", "call", "Discovery", "They decide while still on the phone",
         "Offer on one page"),
        (date(2026, 5, 27), "Ben Osei", "0442", "call", "Evaluation", "The IT lead joins late and restarts everything",
         "Integration sheet goes out before the call"),
        (date(2026, 6, 10), "Priya Raman", "0423", "ride_along", "Evaluation", "The auditor has a veto",
         "Audit guide for auditors"),
        (date(2026, 6, 17), "Sofia Lindgren", "0431", "ride_along", "Discovery", "Event guests remember the person",
         "The rep from the booth makes the call"),
        (date(2026, 7, 1), "Greta Molin", "0458", "call", "Discovery", "'Group accounting' means nothing to them",
         "Glossary linked in the first mail"),
        (date(2026, 7, 15), "Ben Osei", "0470", "call", "Discovery", "They came for a template, not for software",
         "Template page says what comes next"),
        (date(2026, 7, 22), "Yusuf Demir", "0455", "call", "Evaluation", "Screenshots convince more than slides",
         "Library of screenshots"),
        (date(2026, 8, 5), "Priya Raman", "0481", "call", "Evaluation", "Prices in euros end the conversation",
         "Price sheet in dollars"),
        (date(2026, 8, 12), "Clara Winther", "0417", "ride_along", "Evaluation", ("Three people, three definitions of"
         " done"), "One-page summary per persona"),
        (date(2026, 8, 19), "Greta Molin", "0492", "call", "Discovery", "New reps use the oldest deck",
         "Old decks removed"),
        (date(2026, 8, 26), "Ben Osei", "0477", "call", "Discovery", "Syndicated leads do not remember the checklist",
         "Phone check by the publisher"),
        (date(2026, 9, 2), "Sofia Lindgren", "0442", "ride_along", "Discovery", ("The coffee queue sells better than"
         " the booth"), "Smaller booth, better coffee"),
        (date(2026, 9, 9), "Yusuf Demir", "0423", "call", "Proposal", "The board reads page one only",
         "Cost calculator result on page one"),
        (date(2026, 9, 16), "Priya Raman", "0436", "call", "Proposal", "Procurement asks for references first",
         "Reference kit offered earlier"),
        (date(2026, 9, 23), "Greta Molin", "0464", "call", "Discovery", "Tax advisers are the real competitor",
         "Answer sheet about advisers"),
    ),
    "Held On",
)  # fmt: skip
