"""Invented but realistic blocks of a weekly, for the tests of display and for looking at a page by hand.

python tests/fixture_blocks.py PAGE.html    writes the page
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import fixture_meeting as meeting
import nbformat
from fixture_sales import EVIDENCE, HOSTILE, WEEKS, checks, closed, follow_up, glossary, missing

from alignment_lib.page import Format, block_html, charts, export, formatted, notebook_css
from alignment_lib.page.block import Block, Column, Stat, Table

LEADS = (212, 198, 225, 240, 207, 219, 231, 188, 204, 226, 243, 236, 251)
MQLS = (61, 55, 66, 70, 58, 63, 71, 49, 57, 64, 72, 68, 74)
OPPORTUNITIES = (18, 15, 21, 19, 16, 17, 22, 14, None, 19, 20, 23, 13)
WON = (6, 5, 8, 7, 4, 6, 9, 5, 6, 7, 5, 8, 9)


def head() -> Block:
    return Block(
        id="head",
        title="What this page covers",
        question="Which week, as of when, from which data?",
        terms=(
            ("Period", "2026-W46, Monday 9 to Sunday 15 November 2026"),
            ("As of", "Monday 16 November 2026, 00:00 Berlin; nothing later is counted"),
            ("Freshness", "newest lead 3 hours before the as-of, newest activity 2 hours"),
            ("Filters", "none: all segments and sources"),
            ("Definitions", "MQL version 3 (since 1 July 2026), SQL version 2 (since 1 January 2026)"),
        ),
    )


def headline() -> Block:
    return Block(
        id="headline",
        title="Marketing is two MQLs short of pace, sales answers faster",
        question="Did each side keep its promise this week?",
        sentences=(
            "Marketing delivered 118 of the 120 MQLs promised by now; November may end between 214 and 252.",
            "Sales followed up 62 of 87 due leads in time (71 %, interval 61 to 80 %); 9 leads are not yet due.",
            "Nine deals were won, worth 118,400 EUR, within the normal range of 4 to 9 a week.",
        ),
        stats=(
            Stat("MQLs this month", "118", "of 120 promised by now", "marketing", "open", "Near pace", MQLS, (48, 78)),
            Stat("Leads", "251", "normal 180 to 255", "marketing", "none", "", LEADS, (180, 255)),
            Stat(
                "Followed up in time",
                "71 %",
                "62 of 87 due; promised 80 %",
                "sales",
                "bad",
                "Behind",
                (0.6, 0.58, 0.66, 0.7, 0.63, 0.61, 0.64, 0.69, 0.66, 0.7, 0.68, 0.69, 0.71),
                (0.57, 0.74),
            ),
            Stat(
                "First response",
                "3.2 h",
                "half of the leads; business hours",
                "sales",
                "good",
                "On track",
                (5.1, 4.8, 4.4, 4.9, 4.6, 4.2, 4.0, 4.1, 3.9, 3.6, 3.7, 3.4, 3.2),
                (3.3, 5.3),
            ),
            Stat("Opportunities", "13", "normal 13 to 24", "both", "none", "", OPPORTUNITIES, (13, 24)),
            Stat("Won", "9", "118,400 EUR", "both", "none", "", WON, (4, 9)),
        ),
        evidence=EVIDENCE,
    )


def history() -> Block:
    panels = [
        (
            "Leads",
            {"periods": WEEKS, "values": LEADS, "side": "marketing", "normal": (180, 255), "goal": None, "unit": ""},
        ),
        ("MQLs", {"periods": WEEKS, "values": MQLS, "side": "marketing", "normal": (48, 78), "goal": 60, "unit": ""}),
        (
            "Opportunities",
            {"periods": WEEKS, "values": OPPORTUNITIES, "side": "both", "normal": (13, 24), "goal": 20, "unit": ""},
        ),
        ("Won", {"periods": WEEKS, "values": WON, "side": "sales", "normal": (4, 9), "goal": None, "unit": ""}),
    ]
    return Block(
        id="history",
        title="Leads and MQLs keep rising; opportunities fell to the edge of normal",
        question="Is this week different from the quarter before it?",
        sentences=("Opportunities fell from 23 to 13, the low end of their normal range.",),
        pictures=(
            charts.draw_many(
                charts.history,
                panels,
                title="Thirteen weeks, this week in colour",
                alt="Leads 251, normal 180 to 255. MQLs 74, goal 60. Opportunities 13, normal 13 to 24. Won 9.",
                id="history",
            ),
        ),
        evidence=EVIDENCE,
    )


def burn_up() -> Block:
    days = [date(2026, 11, 1) + timedelta(days=i) for i in range(30)]
    done = [3, 9, 18, 27, 36, 44, 48, 51, 59, 70, 82, 93, 104, 112, 118]
    return Block(
        id="marketing_sla",
        title="118 of 120 MQLs promised by mid-month; the promise of 240 is within reach",
        question="Is marketing on pace for what it promised?",
        side="marketing",
        sentences=("At the pace of the last 28 days November ends between 214 and 252 MQLs, most likely 233.",),
        pictures=(
            charts.draw(
                charts.burn_up,
                days=days,
                done=done,
                goal=[8.0 * (i + 1) for i in range(30)],
                target=240,
                low=214,
                mean=233,
                high=252,
                as_of_day=date(2026, 11, 15),
                title="Cumulative MQLs in November against the promise",
                alt="118 MQLs by 15 November, 120 promised by then; month end 214 to 252, promised 240.",
                id="burn-up",
            ),
        ),
        evidence=EVIDENCE,
    )


def sources() -> Block:
    labels = ("Referral", "Webinar", "Organic search", "Paid search", "Trade fair", *HOSTILE)
    n = (41, 58, 77, 64, 11, 2, 1, 0)
    shares = (0.71, 0.52, 0.47, 0.31, 0.36, 0.5, 0.0, None)
    lows = (0.56, 0.39, 0.36, 0.21, 0.15, 0.09, 0.0, None)
    highs = (0.82, 0.64, 0.58, 0.43, 0.65, 0.91, 0.79, None)
    texts = (
        "71 % (56–82)",
        "52 % (39–64)",
        "47 % (36–58)",
        "31 % (21–43)",
        "36 % (15–65)",
        "50 % (9–91)",
        "0 % (0–79)",
        "undefined",
    )
    return Block(
        id="sources",
        title="Sales accepts referrals far more often than paid search",
        question="Where do leads come from, and how does sales judge them?",
        side="marketing",
        sentences=(
            "Of the sources with 30 leads or more, referrals are accepted most (71 %) and paid search least (31 %).",
        ),
        pictures=(
            charts.draw(
                charts.intervals,
                labels=labels,
                estimates=shares,
                lows=lows,
                highs=highs,
                n=n,
                overall=0.48,
                overall_label="all sources 48 %",
                texts=texts,
                side="marketing",
                height_in=3.0,
                narrow_height_in=4.0,
                title="Share of MQLs that sales accepted, by source, with 95 % interval",
                alt="Referral 71 % of 41, webinar 52 % of 58, organic search 47 % of 77, paid search 31 % of 64.",
                id="sources",
            ),
        ),
        tables=(
            Table(
                caption="Leads and acceptance by source",
                columns=(
                    Column("Source"),
                    Column("Leads", "", True),
                    Column("MQLs", "", True),
                    Column("Decided", "", True),
                    Column("Accepted", "", True),
                    Column("Acceptance", "%", True),
                    Column("95 % interval", "%", True),
                ),
                rows=tuple(
                    (label, "60", "20", str(k), "12", text.split(" ")[0], text)
                    for label, k, text in zip(labels, n, texts, strict=True)
                ),
                folded=True,
            ),
        ),
        evidence=EVIDENCE,
    )


def weekly() -> list[Block]:
    """The blocks of the fixture page in order."""
    return [head(), headline(), history(), burn_up(), sources(), follow_up(), closed(), missing(), checks(), glossary()]


PROSE = {
    0: "# Weekly Smarketing\n\nFor sales and marketing. It decides what to change; it cannot tell why a deal was lost.",
    2: "## Both halves",
    3: "## Marketing's half",
    5: "## Sales's half",
    8: "## How these numbers are made\n\n1. Rows are read from the CRM export.\n2. Every row is used or set aside.",
}


def whole() -> list[Block]:
    """The blocks of a whole meeting: everything that a page can show, in the order of a weekly."""
    first = [meeting.headlines(), head(), meeting.scorecard(), history(), meeting.decisions(), meeting.restated()]
    marketing = [meeting.notes("marketing"), burn_up(), sources(), meeting.coming()]
    sales = [meeting.notes("sales"), follow_up(), meeting.attempts(), closed(), missing()]
    return [*first, *marketing, *sales, checks(), glossary()]


HALVES = {0: PROSE[0], 6: PROSE[3], 10: PROSE[5], 15: PROSE[8]}


def notebook(blocks: list[Block], prose: dict[int, str] = PROSE) -> nbformat.NotebookNode:
    """An executed notebook that shows these blocks, with all that a page must leave out."""
    new = nbformat.v4
    cells = []
    for place, block in enumerate(blocks):
        if place in prose:
            cells.append(new.new_markdown_cell(prose[place]))
        shown = new.new_output("execute_result", data={"text/html": block_html(block), "text/plain": "Block(secret)"})
        noise = new.new_output("stream", name="stderr", text="a warning")
        cells.append(new.new_code_cell("show(block)", outputs=[noise, shown]))
    style = new.new_output("display_data", data={"text/html": notebook_css()._repr_html_()})
    cells.insert(1, new.new_code_cell("setup()", outputs=[style]))
    return new.new_notebook(cells=cells)


def _grown(block: Block, rows: int) -> Block:
    """The block with so many rows in its first table."""
    if not rows:
        return block
    first = block.tables[0]
    return replace(block, tables=(replace(first, rows=(first.rows * rows)[:rows]), *block.tables[1:]))


def page() -> str:
    """The fixture page."""
    return export(notebook(weekly()), title="Weekly Smarketing, week 46 of 2026")


def meeting_page(format: Format = "interactive", *, restated: int = 1, decided: int = 3) -> str:
    """The page of a whole meeting, with as many restated numbers and decisions."""
    rows = {"restated": restated, "decisions": decided}
    blocks = [formatted(_grown(block, rows.get(block.id, 0)), format) for block in whole()]
    title = "Weekly Smarketing report 2026-W46: Nordlicht Software"
    return export(notebook(blocks, HALVES), title=title, format=format, meeting_minutes=30)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(meeting_page(), encoding="utf-8")
