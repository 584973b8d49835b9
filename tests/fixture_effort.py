"""Leads that were tried and judged, for the tests of effort_frames and of the blocks made of them. Written by hand.

All were handed over in 2020-W11 (9 to 15 March); as-of is the end of 2020-W13, Sunday 29 March (the clock change).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from alignment_lib.facts import Facts
from alignment_lib.stats.days import epoch_day
from tests.company import CALLS, LEADS, Company, Rows

MONDAY = epoch_day(date(2020, 3, 9))
AS_OF = "2020-03-30T00:00:00"
HANDED = "09.03.2020 11:00"  # 10:00 in UTC

WORKED: Rows = [
    # id, created, source, segment, owner, MQL, assigned, accepted, rejected, reason
    ["a", "07.03.2020 10:00", "Search", "mid", "r1", HANDED, HANDED, "", "", ""],
    ["b", "09.03.2020 10:00", "Search", "mid", "r1", HANDED, HANDED, "", "", ""],
    ["c", "09.03.2020 10:00", "Search", "mid", "r1", HANDED, HANDED, "", "", ""],
    ["d", "09.03.2020 10:00", "Search", "mid", "r1", HANDED, HANDED, "", "12.03.2020 09:00", "Too small"],
    ["e", "09.03.2020 10:00", "Search", "mid", "r2", HANDED, HANDED, "", "", ""],
    ["f", "09.03.2020 10:00", "Search", "mid", "", HANDED, HANDED, "", "", ""],
    ["g", "08.03.2020 10:00", "Search", "mid", "r2", HANDED, HANDED, "", "08.03.2020 12:00", ""],
    ["h", "09.03.2020 10:00", "Search", "mid", "r2", HANDED, HANDED, "", "10.03.2020 12:00", "Too small"],
    ["i", "09.03.2020 10:00", "Search", "mid", "r2", HANDED, HANDED, "", "", ""],
    ["j", "09.03.2020 10:00", "Search", "mid", "r2", HANDED, HANDED, "", "", ""],
    ["k", "15.03.2020 10:00", "Search", "mid", "r2", "15.03.2020 23:59", "15.03.2020 23:59", "", "", ""],
    ["z", "16.03.2020 00:00", "Search", "mid", "r2", "16.03.2020 00:00", "16.03.2020 00:00", "", "", ""],  # W12
]
ACTS = [
    # lead, instant (UTC), direction, kind, outcome
    ("a", "2020-03-09T12:00:00Z", "out", "call", "No answer"),
    ("a", "2020-03-10T12:00:00Z", "out", "call", " CONNECTED "),  # reached: attempts end with this one, the second
    ("a", "2020-03-11T12:00:00Z", "out", "call", "No answer"),
    ("b", "2020-03-09T12:00:00Z", "out", "email", "Sent"),
    ("b", "2020-03-09T13:00:00Z", "in", "email", ""),  # reached by its own answer, after one attempt
    ("b", "2020-03-10T13:00:00Z", "out", "email", "Sent"),
    ("c", "2020-03-09T12:00:00Z", "in", "Form", ""),  # a form answers nobody
    ("c", "2020-03-10T12:00:00Z", "out", "call", "No answer"),
    ("c", "2020-03-11T12:00:00Z", "out", "call", "No answer"),
    ("d", "2020-03-09T12:00:00Z", "out", "call", "No answer"),
    ("d", "2020-03-10T12:00:00Z", "out", "call", "No answer"),
    ("d", "2020-03-12T08:00:00Z", "out", "call", "No answer"),  # the very minute of the rejection: still the third
    ("d", "2020-03-12T08:00:01Z", "out", "call", "No answer"),
    *(("e", f"2020-03-{day}T12:00:00Z", "out", "call", "") for day in (10, 11, 12, 13, 14)),
    ("g", "2020-03-09T12:00:00Z", "out", "call", "No answer"),  # decided before the hand-over, tried twice after it
    ("g", "2020-03-10T12:00:00Z", "out", "call", "No answer"),
    ("h", "2020-03-10T10:00:00Z", "out", "call", "No answer"),
    ("h", "2020-03-11T10:00:00Z", "out", "call", "Connected"),  # after the rejection: neither attempt nor reached
    ("i", "2020-03-09T09:59:59Z", "out", "call", "Connected"),  # before the hand-over
    ("i", "2020-03-10T12:00:00Z", "out", "call", "No answer"),
    ("j", "2020-03-09T10:00:00Z", "out", "call", "Connected"),  # at the hand-over
    ("z", "2020-03-16T12:00:00Z", "out", "call", "No answer"),
]
ENDS = {
    "a": ("reached", 2), "b": ("reached", 1), "c": ("open", 2), "d": ("decided", 3), "e": ("open", 5),
    "f": ("open", 0), "g": ("decided", 2), "h": ("decided", 1), "i": ("open", 1), "j": ("reached", 1),
    "k": ("open", 0),
}  # fmt: skip


def eleven(root: Path) -> Company:
    """The eleven leads, not written yet."""
    made = Company(root)
    made.rows["leads"] = [LEADS[0], *map(list, WORKED)]
    made.rows["calls"] = [[*CALLS[0], "Kind", "Outcome"]]
    for n, (lead, instant, direction, kind, outcome) in enumerate(ACTS):
        made.rows["calls"].append([str(n), lead, instant, direction, "r1", kind, outcome])
    made.mapping["tables"]["activities"]["columns"] |= {"kind": "Kind", "outcome": "Outcome"}
    return made


def facts_of(made: Company) -> Facts:
    return made.write().facts(week="2020-W13", as_of=AS_OF)


DECIDED: Rows = [
    ["a", HANDED, "Search", "mid", "r1", HANDED, HANDED, "23.03.2020 11:00", "", ""],  # 14 days to the second: in time
    ["b", HANDED, "Search", "mid", "r1", HANDED, HANDED, "23.03.2020 11:01", "", ""],  # a minute more: late
    ["c", "09.03.2020 10:00", "Search", "mid", "r1", HANDED, HANDED, "", "10.03.2020 09:00", " too small "],
    ["d", "09.03.2020 10:00", "Search", "mid", "r1", HANDED, HANDED, "", "10.03.2020 09:00", "  "],  # no reason
    ["e", "08.03.2020 10:00", "", "mid", "", HANDED, HANDED, "", "08.03.2020 12:00", "Too small"],  # before the MQL
    ["f", "09.03.2020 10:00", "", "mid", "", HANDED, HANDED, "24.03.2020 09:00", "10.03.2020 09:00", "x"],  # undone
    ["g", "09.03.2020 10:00", "", "mid", "", HANDED, HANDED, "", "", ""],
    ["h", "09.03.2020 10:00", "", "mid", "", "", "", "10.03.2020 09:00", "", ""],  # never an MQL
]


def eight(root: Path) -> Company:
    """The eight leads, not written yet, and a call that keeps the data fresh."""
    made = Company(root)
    made.rows["leads"] = [LEADS[0], *map(list, DECIDED)]
    made.rows["calls"].append(["c9", "a", "2020-03-28T12:00:00Z", "out", "r1"])
    return made
