"""Eight leads and six deals whose ages were worked out by hand. None of them comes from a real CRM.

Berlin's wall; as-of is Monday 16 March 2020, 00:00. In brackets the least days within which it happened, from creation;
of what nothing has become, the most days for which the lead is old enough.

==== ================ ============ ============ ====== =========================================================
lead created          source       segment      score  what became of it
==== ================ ============ ============ ====== =========================================================
L1   1 Feb 10:00      Webinar      enterprise   82 A   accepted the same day (1), SQL on 4 Feb (3), rejected after
                                                       all on 12 Feb, yet d1 was won on 20 Feb, a midnight (19)
L2   3 Feb 10:00      Webinar      mid          40 C   rejected 5 Feb 09:00, 47 hours later (2)
L3   3 Feb 10:00      Search       enterprise   75 B   rejected 4 Feb (1), yet accepted 10 Feb 10:00 (7); d2 lost
                                                       20 Feb, d3 lost 10 Mar (36): only then is it over
L4   29 Feb 23:30     Search       mid          none   nothing until as-of (15)
L5   1 Mar 00:30      Webinar      mid          82 A   accepted 3 Mar 00:30 (2); d5 lost 5 Mar, d4 still open (14);
                                                       in UTC it was created in February
L6   2 Mar 10:00      (unknown)    enterprise   40 C   accepted 2 Mar 08:00, before it was there (0); d6 won that
                                                       day's midnight (0), seen for 13 days
L7   15 Mar 10:00     Search       enterprise   90 B   accepted the day after, which is not visible (0)
L8   16 Mar 10:00     Search       enterprise   90 A   not there yet
==== ================ ============ ============ ====== =========================================================
"""

from __future__ import annotations

from pathlib import Path

from alignment_lib.checks import build
from alignment_lib.facts import Facts
from alignment_lib.facts import build as build_facts
from alignment_lib.source import open_source
from alignment_lib.source.tables import NEEDED
from tests.company import Company, Rows

LEADS: Rows = [
    ["Lead ID", "Created", "Source", "Segment", "Owner", "MQL", "Assigned", "Accepted", "Rejected", "Reason", "Score", "Grade", "Rating", "SQL"],  # noqa: E501
    ["L1", "01.02.2020 10:00", "Webinar", "enterprise", "r1", "02.02.2020 10:00", "", "01.02.2020 18:00", "12.02.2020 10:00", "too small", "82", "A", "A", "04.02.2020 10:00"],  # noqa: E501
    ["L2", "03.02.2020 10:00", "Webinar", "mid", "r1", "", "", "", "05.02.2020 09:00", "no budget", "40", "C", "D", ""],
    ["L3", "03.02.2020 10:00", "Search", "enterprise", "r2", "04.02.2020 10:00", "", "10.02.2020 10:00", "04.02.2020 09:00", "", "75", "B", "A", ""],  # noqa: E501
    ["L4", "29.02.2020 23:30", "Search", "mid", "r2", "", "", "", "", "", "", "", "", ""],
    ["L5", "01.03.2020 00:30", "Webinar", "mid", "r1", "", "", "03.03.2020 00:30", "", "", "82", "A", "A", ""],
    ["L6", "02.03.2020 10:00", "", "enterprise", "r2", "", "", "02.03.2020 08:00", "", "", "40", "C", "", ""],
    ["L7", "15.03.2020 10:00", "Search", "enterprise", "r1", "", "", "16.03.2020 09:00", "", "", "90", "B", "", ""],
    ["L8", "16.03.2020 10:00", "Search", "enterprise", "r1", "", "", "16.03.2020 11:00", "", "", "90", "A", "A", ""],
]  # fmt: skip
DEALS: Rows = [
    ["Deal ID", "Lead ID", "Created", "Amount", "Closed", "Stage", "Owner"],
    ["d1", "L1", "05.02.2020 10:00", "3.500", "20.02.2020", "Won", "r1"],
    ["d2", "L3", "12.02.2020 10:00", "700", "20.02.2020", "Lost", "r1"],
    ["d3", "L3", "21.02.2020 10:00", "800", "10.03.2020", "Lost", "r2"],
    ["d4", "L5", "04.03.2020 10:00", "900", "", "Talks", "r3"],
    ["d5", "L5", "04.03.2020 10:00", "900", "05.03.2020", "Lost", "r1"],
    ["d6", "L6", "02.03.2020 11:00", "", "02.03.2020", "Won", "r2"],
]
TOUCHES: Rows = [
    ["Lead ID", "When", "Source"],
    ["L1", "2020-01-20T09:00:00Z", "Search"],
    ["L1", "2020-02-01T09:00:00Z", "Webinar"],  # the instant of its creation
    ["L1", "2020-02-19T23:00:00Z", ""],  # the instant of its closing
    ["L1", "2020-02-21T09:00:00Z", "Event"],  # after it
    ["L2", "2020-02-02T09:00:00Z", "Event"],  # not won
]
CRITERIA: Rows = [
    ["Lead ID", "Criterion", "Met"],
    ["L1", "budget", "true"],
    ["L2", "budget", "false"],
    ["L3", "budget", "false"],
    ["L3", "budget", "true"],  # recorded twice
    ["L5", "budget", "false"],
    ["L7", "budget", "true"],  # too young
    ["L8", "budget", "true"],  # not there yet
    ["L1", "fit", "false"],
    ["L2", "fit", "false"],
]
COLUMNS = {
    "score": "Score",
    "grade": "Grade",
    "sales_rating": "Rating",
    "sql_at": {"column": "SQL", "format": "%d.%m.%Y %H:%M"},
}


def cohorts_company(root: Path) -> Company:
    """The leads above as the company of `tests.company`."""
    made = Company(root)
    for name in ("activities", "reps"):
        del made.mapping["tables"][name]
    made.rows |= {"leads": LEADS, "deals": DEALS, "touches": TOUCHES, "criteria": CRITERIA}
    made.mapping["tables"]["leads"]["columns"] |= COLUMNS
    made.mapping["tables"]["touches"] = {
        "from": "touches",
        "columns": {"lead_id": "Lead ID", "occurred_at": "When", "source": "Source"},
    }
    made.mapping["tables"]["criteria"] = {
        "from": "criteria",
        "columns": {"lead_id": "Lead ID", "criterion": "Criterion", "met": "Met"},
    }
    return made.write()


def all_facts(made: Company, **request: str) -> Facts:
    """The fact tables, with the touches and criteria that the weekly report does not read."""
    params = made.params(**request)
    return build_facts(build(open_source(params), params, names=(*NEEDED, "touches", "criteria")))
