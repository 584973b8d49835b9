"""Invented blocks of sales's half and of the end of a weekly; see `fixture_blocks`."""

from __future__ import annotations

from alignment_lib.page import charts
from alignment_lib.page.block import Block, Column, Evidence, Stat, Table

WEEKS = tuple(f"W{week:02d}" for week in range(34, 47))
HOSTILE = ("<script>alert(1)</script>", '=HYPERLINK("http://x")', "](javascript:alert(1))")

EVIDENCE = Evidence(
    n="251 leads",
    definition="leads created Monday to Sunday, by the day they were created in the CRM",
    excluded="4 rows without a readable date (set_aside.csv)",
    method="normal range: moving-range limits of the 12 weeks before",
    as_of="Mon 16 Nov 2026 00:00 (Berlin)",
)


def follow_up() -> Block:
    met = (52, 48, 55, 60, 51, 54, 57, 50, 53, 58, 60, 61, 62)
    missed = (34, 35, 28, 26, 30, 34, 32, 22, 27, 25, 28, 27, 25)
    breaches = (
        ("Dana Okafor", "25", "11", "14", "8", "44.0", "31.0"),
        ("Tomás Iglesias", "21", "15", "6", "2", "71.4", "18.2"),
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
                total=("All reps", "87", "62", "25", "11", "71.3", "19.0"),
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
