"""Invented blocks with what a meeting needs: lists behind counts, trends, marks, cards, notes, room to write."""

from __future__ import annotations

from fixture_sales import EVIDENCE

from alignment_lib.page.block import Block, Card, Column, Count, Listing, Mark, Stat, Table, Trend

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJg"
    "gg=="
)
OWNERS = ("Aylin Korkmaz", "Dana Okafor", "Mei-Ling Chen", "Tomás Iglesias", "(nobody)")
SERIES = (61.0, 55.0, 66.0, 70.0, 58.0, 63.0, 71.0, 49.0, None, 64.0, 72.0, 68.0, 74.0)


def ids(first: int, n: int, what: str = "L") -> tuple[str, ...]:
    """Ids as a CRM writes them."""
    return tuple(f"{what}-{number:05d}" for number in range(first, first + n))


def leads(n: int, text: str = "", what: str = "leads") -> Count:
    """A count with its list, forty shown, shared among the owners."""
    shown, each = min(n, 40), max(1, -(-min(n, 40) // len(OWNERS)))
    groups = tuple(
        (owner, ids(at, min(each, shown - at))) for at, owner in zip(range(0, shown, each), OWNERS, strict=False)
    )
    return Count(text or f"{n:,}", Listing(what, groups, n - shown))


def headlines() -> Block:
    strip = (
        Stat(
            "Leads",
            "251",
            "normal 180 to 255",
            "marketing",
            history=SERIES,
            normal=(48, 78),
            listing=leads(251).listing,
        ),
        Stat("MQLs", "118", "of 120 promised by now", "marketing", "open", "near pace", SERIES, (48, 78)),
        Stat("In time", "71 %", "61 to 80 %; promised 80 %", "sales", "bad", "behind", SERIES, (48, 78)),
        Stat(
            "Opportunities", "13", "normal 13 to 24", "sales", history=SERIES, listing=leads(13, what="deals").listing
        ),
        Stat(
            "Won",
            "9",
            "normal 4 to 9",
            "sales",
            history=SERIES,
            normal=(48, 78),
            listing=leads(9, what="deals").listing,
        ),
    )
    return Block(
        id="headlines",
        title="Headlines",
        question="Where do both sides stand, what is planned, and what is news?",
        sentences=(
            "Marketing has delivered 118 of the 240 MQLs promised for November 2026, where 120 were due by now; it will"
            " likely end at 214 to 252, the chance of keeping the promise is about 40 %.",
            "Sales followed up 62 of 87 leads within 8 business hours, 71 % (61 to 80 %), where 80 % is promised; 9 are"
            " not yet due.",
            "Three things start in the next two weeks: a webinar on Tuesday, a trade fair, a new price list.",
            "Nine deals were won, worth € 118,400, normal is 4 to 9; opportunities fell from 23 to 13.",
        ),
        labels=("Status", "Status", "Plans", "Highlights"),
        stats=strip,
    )


def scorecard() -> Block:
    measures = (
        ("Leads", "Marketing", "200", "236", "251", Mark("good", "on track"), "marketing"),
        ("MQLs", "Marketing", "60", "68", "74", Mark("good", "on track"), "marketing"),
        ("Acceptance, %", "Marketing", "50", "47", "48", Mark("open", "watch"), "marketing"),
        ("Followed up in time, %", "Sales", "80", "69", "71", Mark("bad", "off track"), "sales"),
        ("First response, hours", "Sales", "8", "3.4", "3.2", Mark("good", "on track"), "sales"),
        ("Worked to the minimum, %", "Sales", "90", "84", "–", Mark("none", "no value"), "sales"),
        ("Closed loop, %", "Sales", "85", "79", "81", Mark("open", "watch"), "sales"),
        ("Pipeline created, € thousand", "Sales", "300", "322", "268", Mark("bad", "off track"), "sales"),
        ("Won deals", "Sales", "6", "8", "9", Mark("good", "on track"), "sales"),
        ("Won value, € thousand", "Both", "90", "102", "118", Mark("good", "on track"), "both"),
    )
    return Block(
        id="scorecard",
        title="Scorecard",
        question="Which measures are on track, and which are not?",
        sentences=("Five of ten measures are on track; two are off track: followed up in time and pipeline created.",),
        tables=(
            Table(
                "Ten measures, thirteen weeks",
                (
                    Column("Measure"), Column("Owner"), Column("Goal", numeric=True), Column("13 weeks"),
                    Column("Last week", numeric=True), Column("This week", numeric=True), Column("State"),
                ),
                tuple(
                    (name, owner, goal, Trend(SERIES, (48, 78), side), last, now, state)  # type: ignore[arg-type]
                    for name, owner, goal, last, now, state, side in measures
                ),
                note="On track: the goal is met. Off track: it was missed two weeks in a row.",
            ),
        ),
        evidence=EVIDENCE,
    )  # fmt: skip


def decisions() -> Block:
    columns = (Column("What"), Column("Who"), Column("Due"), Column("State"))
    return Block(
        id="decisions",
        title="Decisions and open issues",
        question="What did we decide last time, and what is still open?",
        sentences=("Two of the three decisions of last week are done; one issue is overdue.",),
        tables=(
            Table(
                "Decided last time",
                columns,
                (
                    ("Route webinar leads to the regional desk", "Dana Okafor", "13 Nov", Mark("good", "done")),
                    ("Call back every trade fair lead within a day", "Tomás Iglesias", "16 Nov", Mark("good", "done")),
                    ("Stop the paid search group 'free'", "Aylin Korkmaz", "20 Nov", Mark("open", "open")),
                ),
            ),
            Table(
                "Open issues",
                columns,
                (("Few leads get a second call, " * 4 + "so", "Mei-Ling Chen", "9 Nov", Mark("bad", "overdue")),),
            ),
        ),
        prompts=("Which open issue costs us most this week?", "What do we stop doing?"),
        space="Decisions of this meeting",
        evidence=EVIDENCE,
    )  # fmt: skip


def restated() -> Block:
    return Block(
        id="restated",
        title="Restated numbers",
        question="Which numbers that we printed read differently now?",
        sentences=("Last week we told you 236 leads; that week now reads 240: 5 arrived late and 1 was merged.",),
        tables=(
            Table(
                "What was printed and what it reads now",
                (Column("Week"), Column("Measure"), Column("Printed", numeric=True), Column("Now"), Column("Why")),
                (("2026-W45", "Leads", "236", leads(240), "5 arrived late, 1 was merged"),),
            ),
        ),
    )  # fmt: skip


def coming() -> Block:
    points = (
        ("Soundbite", "See in forty minutes what a plant manager saves in a year."),
        ("What it looks like", "A mail with a blue button, a page with three dates, a reminder on the day before."),
        ("What the prospect does", "Picks a date; the owner of the account sees it in the CRM within a minute."),
        ("How to respond", "Call before the webinar, ask which of the three questions brought them."),
    )
    return Block(
        id="coming",
        title="Three things prospects will see before the end of the month",
        question="What will prospects see, and how do we respond?",
        side="marketing",
        sentences=("Three items start before 30 November; they are expected to bring 95 leads.",),
        cards=(
            Card("Webinar: maintenance without paper", "Tue 17 to Thu 19 Nov 2026", points, PIXEL, "The invitation"),
            Card("Trade fair Hannover", "Thu 26 Nov 2026", points[:3]),
            Card("A title of " + "very " * 30 + "many", "from 30 Nov 2026", (("How to respond", "a " * 99 + "b"),)),
        ),
    )  # fmt: skip


def attempts() -> Block:
    columns = (Column("Rep"), Column("Leads", "", True), Column("Worked", "", True), Column("Given up", "", True))
    rows = tuple((owner, leads(11 + at), leads(7 + at), leads(at) if at else "0") for at, owner in enumerate(OWNERS))
    return Block(
        id="attempts",
        title="Attempts",
        question="Was every lead worked to the agreed minimum?",
        side="sales",
        sentences=("Of 65 leads 45 were worked to the agreed five attempts or reached before.",),
        stats=(
            Stat("Worked", "45", "of 65 leads", "sales", listing=leads(45).listing),
            Stat("Given up", "9", "before the fifth attempt", "sales"),
        ),
        tables=(Table("By rep", columns, rows, total=("All", leads(65), leads(45), leads(9))),),
        prompts=("What kept us from the fifth attempt?",),
        evidence=EVIDENCE,
    )  # fmt: skip


def notes(side: str = "marketing") -> Block:
    return Block(
        id=f"{side}-notes",
        title=f"Presenting {side}'s half",
        question="What to show and what to say?",
        side="marketing" if side == "marketing" else "sales",
        notes=(
            ("Two minutes", "Start with the promise: 118 of 120; say the range before anybody asks."),
            ("Five minutes", "Campaigns: read the two verdicts of sales aloud; ask who disagrees."),
        ),
    )
