"""The tables of the week of forty leads, cell by cell, worked out by hand as test_forty_leads tells.

What the tables add to it, by rep: Ada was handed L01 to L09 and X, Ben L10 to L17, Cal L18 to L23, nobody L24. Weeks
before: Monday's MQL is Ada's, Tuesday's Ben's, Wednesday's Cal's.
"""

from __future__ import annotations

import re

import pytest

from alignment_lib.page.block import Count
from alignment_lib.report.session import Report
from tests.fixture_forty import forty
from tests.fixture_report import shown
from tests.fixture_sentences import plain

TABLES = {
    ("scorecard", "Each measure"): """
        Leads | Marketing | – | | 4 | 40 | on track
        MQLs | Marketing | 22 | | 3 | 25 | on track
        Acceptance in the week | Marketing | – | | 50 % | 67 % | on track
        Followed up in time | Sales | 90 % | | 67 % | 67 % | watch
        Response time | Sales | – | | 1.0 h | 3.0 h | not judged
        Worked as agreed | Sales | – | | 67 % | – | on track
        Loop closed | Sales | – | | 67 % | – | on track
        Pipeline created | Sales | – | | € 21,000 | € 20,000 | on track
        Won | Sales | – | | 1 | 4 | on track
        Won value of deals with an amount only | Both | € 13,919 | | € 11,000 | € 24,000 | not judged
    """,
    ("decisions", "Decisions"): """
        t2 | Exclude students | Mia | 11 Jun 2021 | overdue 2 days | –
        t3 | Write a new script | Ben | 21 Jun 2021 | open | –
        t1 | Call within the hour | Ada | 7 Jun 2021 | done | –
    """,
    ("decisions", "Not working"): """
        i1 | Forms lose the source | 20 | marketing: Leads | mend | Mia | 4 Jun 2021 | overdue 9 days
        i3 | Wrong phone numbers | 5 | marketing | ask for them | Mia | 22 Jun 2021 | open
        i2 | No calls on Fridays | 10 | sales | a rota | Ada | 10 Jun 2021 | closed
    """,
    ("sources", "Every source"): """
        Webinar | 14 | 2 | 10 | 61 % (41 to 78 %) | 26
        Search | 12 | 1 | 7 | open | 15
        Partner | 9 | 1 | 6 | too few | 6
        (unknown) | 5 | 0 | 2 | too few | 2
        All | 40 | 4 | 25 | 43 % (30 to 58 %) | 49
    """,
    ("campaigns", "By campaign"): """
        Spring | Webinar | 2, 2, 2 | 14 | 20 | open until 27 Jun 2021 | 2 | 0 | the right people
        Brand | Search | 1, 1, 1 | 12 | 15 | open until 28 Jun 2021 | 0 | 1 | students
        Alliance | Partner | 1, 1, 1 | 9 | 12 | open until 26 Jun 2021 | 0 | 1 | nobody knows us
        (unknown) | (unknown) | 0, 1, 0 | 5 | 6 | too few | – | – | –
    """,
    ("follow-up", "By rep"): """
        Ada | 6 | 2 | 1 | 2 | 75 % (41 to 93 %)
        Ben | 5 | 2 | 1 | 1 | 71 % (36 to 92 %)
        Cal | 3 | 2 | 1 | 1 | 60 % (23 to 88 %)
        (nobody) | 0 | 1 | 1 | 0 | 0 % (0 to 79 %)
    """,
    ("follow-up", "The 7 breaches"): """
        (nobody) | L24 | Partner | Fri 11 Jun, 12:00 | 5.0 h | untouched
        Ada | L05 | Search | Wed 9 Jun, 10:00 | 23 h | untouched
        Ada | L04 | Search | Tue 8 Jun, 10:00 | 5.0 h | late
        Ben | L15 | (unknown) | Thu 10 Jun, 11:00 | 14 h | untouched
        Ben | L11 | Search | Mon 7 Jun, 11:00 | 6.0 h | late
        Cal | L23 | (unknown) | Thu 10 Jun, 18:00 | 13 h | untouched
        Cal | L20 | Search | Wed 9 Jun, 22:00 | 6.0 h | late
    """,
    ("attempts", "Attempts on the leads"): """
        0 | 0 | 0 | 0 | 0
        1 | 1 | 0 | 1 | 2
        2 | 1 | 0 | 0 | 1
        3 or more | 0 | 0 | 0 | 0
        All | 2 | 0 | 1 | 3
    """,
    ("attempts", "By rep"): """
        Ada | 1 | 1 | 100 % (21 to 100 %) | 0
        Ben | 1 | 2 | 100 % (21 to 100 %) | 0
        Cal | 1 | 1 | 0 % (0 to 79 %) | 1
    """,
    ("judged", "Rejected this week"): """
        no budget | 0 | 1 | 1 | 2
        wrong contact | 1 | 0 | 0 | 1
        no reason given | 1 | 0 | 0 | 1
        All | 2 | 1 | 1 | 4
    """,
    ("judged", "By source"): """
        Webinar | 16 | 12 | 0 | 0 | 75 % (51 to 90 %) | 2
        Search | 8 | 8 | 8 | 8 | 100 % (68 to 100 %) | 2
        All | 24 | 20 | 8 | 8 | 83 % (64 to 93 %) |
    """,
    ("judged", "By rep"): """
        Ada | 8 | 8 | 0 | 0 | 100 % (68 to 100 %)
        Ben | 8 | 8 | 8 | 8 | 100 % (68 to 100 %)
        Cal | 8 | 4 | 0 | 0 | 50 % (22 to 78 %)
        All | 24 | 20 | 8 | 8 | 83 % (64 to 93 %)
    """,
    ("closed", "Deals closed"): """
        P04 | won | Webinar | Ada | integration | 12,000 | 37 | 30 | Wed 9 Jun
        P03 | won | Webinar | Ada | price | 8,000 | 43 | 36 | Tue 8 Jun
        P10 | won | Search | Ben | price | 4,000 | 4 | 1 | Fri 11 Jun
        P06 | won | Webinar | Ada | not given | – | 25 | 18 | Fri 11 Jun
        P07 | lost | Webinar | Cal | no decision | 6,000 | 12 | 7 | Mon 7 Jun
        P05 | lost | Webinar | Cal | competitor | 5,000 | 29 | 24 | Thu 10 Jun
    """,
    ("closed", "By source"): """
        Webinar | 3 | 20,000 | 2 | 37
        Search | 1 | 4,000 | 0 | 4
        All | 4 | 24,000 | 2 | 31
    """,
    ("progress", "Won so far"): """
        Sun 13 Jun | 0 | 0 | 0 | 0 | – | 0 | 0
        Week 2021-W23 | 4 | 1 | 24,000 | 11,000 | – | 2 | 0
        June so far | 5 | 1 | 35,000 | 3,000 | 58 % of 60,000 | 2 | 0
        Quarter so far | 8 | – | 41,000 | – | 46 % of 90,000 | 3 | –
    """,
    ("pipeline", "What moved"): """
        Open as the week began | 8 | 76,000 | 1
        + opened | 3 | 20,000 | 0
        − won | 4 | 24,000 | 1
        − lost | 2 | 11,000 | 0
        Open as the week ended | 5 | 61,000 | 0
    """,
    ("pipeline", "Opened this week"): """
        Partner | 1 | 7,000 | 7,000
        Search | 1 | 4,000 | 4,000
        Webinar | 1 | 9,000 | 9,000
        All | 3 | 20,000 | 7,000
    """,
    ("pipeline", "Open deals by the day"): """
        On a day that has passed | 0 | 0
        By Wed 30 Jun | 2 | 25,000
        Later | 3 | 36,000
        No day given | 0 | 0
        Open | 5 | 61,000
    """,
    ("wins", "Candidates"): """
        P10 | Search | mid | Ben | 4,000 | 4 | price | fast
    """,
    ("checks", "Every row"): """
        leads | leads.csv | 72 | 72 | 0 | 0
        opportunities | opportunities.csv | 16 | 16 | 0 | 0
        activities | activities.csv | 55 | 55 | 0 | 0
        reps | reps.csv | 3 | 3 | 0 | 0
        spend | spend.csv | 30 | 30 | 0 | 0
        targets | targets.csv | 5 | 5 | 0 | 0
        calendar | calendar.csv | 4 | 4 | 0 | 0
        decisions | decisions.csv | 3 | 3 | 0 | 0
        issues | issues.csv | 3 | 3 | 0 | 0
        feedback | feedback.csv | 5 | 5 | 0 | 0
        wins | wins.csv | 2 | 2 | 0 | 0
    """,
}  # fmt: skip
"""By block and the beginning of the caption.

The week's parts of the goals: a day weighs (events + ½) ÷ days of its weekday, from 12 April to 31 May. MQLs: Monday
8.5/8, Tuesday and Wednesday 7.5/7, the others 0.5/7; a week 3.491, June four weeks, a Tuesday and a Wednesday, 16.107:
100 · 0.2167 = 22. Deals won: Wednesday to Friday 1.5/7, Monday 0.5/8, others 0.5/7: 60,000 · 0.9196/3.9643 = 13,919.
Rows: 23 + 8 · 4 calls, 11 · 2 + 8 bills.
"""
TEXTS = ("scorecard", "decisions")
"""Tables of more text than numbers."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return shown(forty(tmp_path_factory.mktemp("forty")).facts())


@pytest.mark.parametrize(("block", "caption"), TABLES)
def test_every_cell_of_a_table_was_worked_out_by_hand(report: Report, block: str, caption: str) -> None:
    [table] = [
        t for b in report.shown if b.id == block for t in b.tables if plain(t.caption).startswith(caption)
    ]  # fmt: skip
    rows = [[plain(str(c)) for c in row] for row in (*table.rows, *([table.total] if table.total else []))]
    worked_out = [[c.strip() for c in line.split("|")] for line in TABLES[block, caption].strip().splitlines()]
    if block in TEXTS:
        assert len(rows) == len(worked_out)
        assert all(re.search(in_order(cells), " | ".join(row)) for row, cells in zip(rows, worked_out, strict=True))
    else:
        assert rows == worked_out


def in_order(cells: list[str]) -> str:
    """Each cell in its place; two may stand in one column, or a remark beside them."""
    return ".*".join(rf"(?<!\w){re.escape(c)}(?!\w)" for c in cells if c not in ("", "–"))


def test_a_count_opens_the_leads_that_were_counted(report: Report) -> None:
    """The MQLs of Partner: X, of the week before, and L07 L13 L14 L19 L24, by the names of their owners."""
    [table] = [t for b in report.shown if b.id == "sources" for t in b.tables]
    [cell] = [row[3] for row in table.rows if row[0] == "Partner"]
    assert isinstance(cell, Count)
    assert cell.listing.groups == (
        ("(nobody)", ("L24",)), ("Ada", ("L07", "W22-Thu")), ("Ben", ("L13", "L14")), ("Cal", ("L19",))
    )  # fmt: skip
