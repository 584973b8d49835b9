"""Invented but realistic blocks of a weekly, for the tests of display and for looking at a page by hand.

python -m tests.fixture_blocks PAGE.html    writes the page
"""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path

import nbformat

from alignment_lib import charts, display
from alignment_lib.block import Block, Column, Evidence, Stat, Table

WEEKS = tuple(f"W{week:02d}" for week in range(34, 47))
LEADS = (212, 198, 225, 240, 207, 219, 231, 188, 204, 226, 243, 236, 251)
MQLS = (61, 55, 66, 70, 58, 63, 71, 49, 57, 64, 72, 68, 74)
OPPORTUNITIES = (18, 15, 21, 19, 16, 17, 22, 14, None, 19, 20, 23, 13)
WON = (6, 5, 8, 7, 4, 6, 9, 5, 6, 7, 5, 8, 9)
HOSTILE = ("<script>alert(1)</script>", '=HYPERLINK("http://x")', "](javascript:alert(1))")

EVIDENCE = Evidence(
    n="251 leads",
    definition="leads created Monday to Sunday, by the day they were created in the CRM",
    excluded="4 rows without a readable date (set_aside.csv)",
    method="normal range: moving-range limits of the 12 weeks before",
    as_of="Mon 16 Nov 2026 00:00 (Berlin)",
)


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
            "Marketing delivered 118 of the 120 MQLs promised by 15 November; at this pace November ends between 214 and 252, promised are 240.",
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
                alt="Leads 251, normal 180 to 255. MQLs 74, goal 60. Opportunities 13, normal 13 to 24, goal 20. Won 9.",
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


def follow_up() -> Block:
    met = (52, 48, 55, 60, 51, 54, 57, 50, 53, 58, 60, 61, 62)
    missed = (34, 35, 28, 26, 30, 34, 32, 22, 27, 25, 28, 27, 25)
    breaches = (
        ("Dana Okafor", "31", "11", "20", "9", "64.5", "31.0"),
        ("Tomás Iglesias", "24", "15", "9", "2", "62.5", "18.2"),
        ("Mei-Ling Chen", "19", "17", "2", "0", "89.5", "6.4"),
        ("Priya Raman", "22", "19", "3", "1", "86.4", "7.9"),
    )
    return Block(
        id="sales_sla",
        title="71 % of due leads were answered in time; one desk holds most of the misses",
        question="Did sales follow up within eight business hours?",
        side="sales",
        sentences=("Of 25 missed leads, 20 belong to two reps; routing took 0.4 hours and is not the cause.",),
        stats=(
            Stat("In time", "62", "of 87 due", "sales", "bad", "Promised 80 %"),
            Stat("Missed", "25", "11 still untouched", "sales"),
            Stat("Not yet due", "9", "deadline after the as-of", "sales"),
            Stat("P95 response", "19 h", "untouched leads censored", "sales"),
        ),
        pictures=(
            charts.draw(
                charts.follow_up,
                weeks=WEEKS,
                met=met,
                missed=missed,
                not_due=(0,) * 12 + (9,),
                title="Leads due per week: answered in time, missed, not yet due",
                alt="W46: 62 in time, 25 missed, 9 not yet due; W45: 61 in time, 27 missed.",
                id="follow-up",
            ),
            charts.draw(
                charts.curve,
                times=(0, 1, 2, 3, 4, 6, 8, 12, 16, 20, 24),
                share=(0, 0.22, 0.38, 0.49, 0.56, 0.64, 0.71, 0.8, 0.86, 0.89, 0.9),
                low=(0, 0.15, 0.3, 0.4, 0.47, 0.55, 0.61, 0.71, 0.78, 0.81, 0.82),
                high=(0, 0.3, 0.47, 0.58, 0.65, 0.73, 0.8, 0.87, 0.92, 0.94, 0.95),
                marks=(("half within 3.2 h", 3.2), ("95 % not reached within 24 h", None)),
                note="11 untouched leads censored",
                title="Half of the leads hear from sales within 3.2 business hours",
                alt="22 % within 1 hour, 49 % within 3, 71 % within 8, 90 % within 24 hours.",
                id="curve",
            ),
        ),
        tables=(
            Table(
                caption="Missed leads by rep",
                columns=(
                    Column("Rep"),
                    Column("Due", "leads", True),
                    Column("In time", "leads", True),
                    Column("Missed", "leads", True),
                    Column("Untouched", "leads", True),
                    Column("In time", "%", True),
                    Column("P95", "hours", True),
                ),
                rows=breaches,
                total=("All reps", "96", "62", "34", "12", "71.3", "19.0"),
                note="Each lead counts for the rep who owned it at its deadline.",
                highlight=(0,),
            ),
            Table(
                caption="The missed leads",
                columns=(Column("Lead"), Column("Rep"), Column("Source"), Column("Late by", "hours", True)),
                rows=tuple((f"00Q{i:04d}", "Dana Okafor", "Webinar", f"{i * 1.5:.1f}") for i in range(1, 26)),
                folded=True,
            ),
        ),
        evidence=EVIDENCE,
    )


def closed() -> Block:
    return Block(
        id="closed",
        title="Nine deals won, worth 118,400 EUR; referrals close twice as fast",
        question="What closed this week, and where did it come from?",
        side="both",
        tables=(
            Table(
                caption="Won this week by source",
                columns=(
                    Column("Source"),
                    Column("Won", "deals", True),
                    Column("Value", "EUR", True),
                    Column("Created to won", "days, median", True),
                ),
                rows=(
                    ("Referral", "3", "52,000", "31"),
                    ("Webinar", "2", "24,400", "64"),
                    ("Paid search", "2", "21,000", "58"),
                    ("(unknown)", "1", "12,500", "45"),
                    (HOSTILE[0], "1", "8,500", "77"),
                ),
                total=("All sources", "9", "118,400", "52"),
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


def missing() -> Block:
    return Block(
        id="pipeline",
        title="Pipeline created and coverage",
        question="Is there enough pipeline for the quarter?",
        side="sales",
        missing="No data: connect opportunities.expected_close_on and targets to see coverage.",
    )


def checks() -> Block:
    return Block(
        id="checks",
        title="One warning: 4 leads have no readable date",
        question="Can the numbers above be trusted?",
        tables=(
            Table(
                caption="Checks on the data",
                columns=(Column("Check"), Column("Verdict"), Column("Rows", "", True), Column("What it means")),
                rows=(
                    ("Every lead has an id", "PASS", "0", "No duplicates among 3,118 leads"),
                    ("Dates can be read", "WARN", "4", "Set aside, listed in set_aside.csv"),
                    ("Won after created", "PASS", "0", "No impossible order"),
                    ("Data is fresh", "FAIL", "1", "Newest activity is older than 24 hours"),
                ),
            ),
        ),
        evidence=EVIDENCE,
    )


def glossary() -> Block:
    return Block(
        id="glossary",
        title="Glossary",
        question="What does each word mean?",
        terms=(
            (
                "MQL",
                "A lead that meets the marketing-qualified definition, version 3, counted on the day it first did.",
            ),
            (
                "Followed up in time",
                "Of the leads whose deadline has passed, the share with an outbound activity before it.",
            ),
            ("Normal range", "What the 12 weeks before make likely when nothing changes."),
        ),
    )


def weekly() -> list[Block]:
    """The blocks of the fixture page in order."""
    return [head(), headline(), history(), burn_up(), sources(), follow_up(), closed(), missing(), checks(), glossary()]


PROSE = {
    0: "# Weekly Smarketing\n\nFor the whole sales and marketing team. It decides what to change next week; it cannot tell why a single deal was lost.",
    2: "## Both halves",
    3: "## Marketing's half",
    5: "## Sales's half",
    8: "## How these numbers are made\n\n1. Rows are read from the CRM export.\n2. Every row is used or set aside.",
}


def notebook(blocks: list[Block]) -> nbformat.NotebookNode:
    """An executed notebook that shows these blocks, with all that a page must leave out."""
    new = nbformat.v4
    cells = []
    for place, block in enumerate(blocks):
        if place in PROSE:
            cells.append(new.new_markdown_cell(PROSE[place]))
        shown = new.new_output(
            "execute_result", data={"text/html": display.block_html(block), "text/plain": "Block(secret)"}
        )
        noise = new.new_output("stream", name="stderr", text="a warning")
        cells.append(new.new_code_cell("show(block)", outputs=[noise, shown]))
    style = new.new_output("display_data", data={"text/html": display.notebook_css()._repr_html_()})
    cells.insert(1, new.new_code_cell("setup()", outputs=[style]))
    return new.new_notebook(cells=cells)


def page() -> str:
    """The fixture page."""
    return display.export(notebook(weekly()), title="Weekly Smarketing, week 46 of 2026")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
