"""Three reps in three time zones, one who left, one who has not begun, and their leads; all made up by hand.

Everybody works Monday to Friday 09:00 to 17:00 on their own wall; four business hours are agreed. In March 2020 Berlin
is at UTC+1 until the 29th, New York at UTC-4 from the 8th, Tokyo at UTC+9. Walls in the leads are Berlin's.
"""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from alignment_lib.checks import build
from alignment_lib.facts import Facts
from alignment_lib.facts import build as build_facts
from alignment_lib.params import Request, load
from alignment_lib.source import open_source
from tests.company import COMPANY, MAPPING, Company, Rows

NOW = datetime(2020, 3, 10, 9, tzinfo=UTC)
"""Tuesday 10 March, 10:00 in Berlin, 05:00 in New York, 18:00 in Tokyo."""
HEAD = [
    "lead_id", "created_at", "source", "campaign", "segment", "owner_id", "mql_at", "assigned_at", "accepted_at",
    "rejected_at",
]  # fmt: skip
REPS: Rows = [
    ["rep_id", "name", "email", "team", "timezone", "started_on", "ended_on"],
    ["r1", "Ada", "ada@tiny.example", "sales", "Europe/Berlin", "2019-01-01", ""],
    ["r2", "Ben", "ben@tiny.example", "sales", "America/New_York", "2019-01-01", ""],
    ["r3", "Cy", "cy@tiny.example", "sales", "Europe/Berlin", "2019-01-01", "2020-03-09"],
    ["r4", "Di", "di@tiny.example", "sales", "", "2020-03-16", ""],
    ["r5", "Eve", "eve@tiny.example", "sales", "Asia/Tokyo", "", "2020-03-10"],
]
"""Cy left the day before; Eve leaves today, so she is here; nobody knows Di's zone, so it is the company's."""
PLANS: Rows = [
    ["item_id", "starts_on", "ends_on", "title", "soundbite", "looks_like", "prospect_action", "how_to_respond",
     "source", "campaign"],
    ["p1", "2020-03-23", "", "Audit 101", "Be calm.", "45 minutes", "Comes", "Call", "Webinar", "Audit"],
    ["p2", "2020-03-01", "2020-03-10", "Ads", "", "", "", "", "", "Brand"],
    ["p3", "2020-03-24", "", "Too late", "", "", "", "", "Webinar", ""],
    ["p4", "2020-03-01", "2020-03-09", "Over", "", "", "", "", "Webinar", ""],
    ["p5", "2020-03-10", "", "Fair", "", "", "", "", "Fair", ""],
    ["p6", "2020-03-11", "", "For everybody", "", "", "", "", "", ""],
]  # fmt: skip
"""Fourteen days are 10 to 23 March: p1 and p2 touch leads, p5 is of a source that no lead has, p6 names none."""


def lead(lead_id: str, assigned: str, owner: str, source: str = "Webinar", **more: str) -> list[str]:
    """A lead handed over at a Berlin wall clock such as `2020-03-09 14:00`."""
    row = {"lead_id": lead_id, "created_at": "2020-02-03 09:00", "assigned_at": assigned, "owner_id": owner}
    row |= {"source": source, "campaign": "", "segment": "", "mql_at": "", "accepted_at": "", "rejected_at": ""} | more
    return [row[name] for name in HEAD]


LEADS: Rows = [
    lead("now", "2020-03-09 14:00", "r1", campaign="Audit", segment="mid"),  # Monday 3 h and Tuesday 1 h: 0 left
    lead("minute", "2020-03-09 13:59", "r1", source=""),  # 4 h 1 min: overdue by 1 min
    lead("today", "2020-03-10 09:30", "r1", source="Search", campaign="Brand"),  # 30 min: 3 h 30 min left of 4
    lead("late", "2020-03-06 12:00", "r1"),  # Friday 5 h, Monday 8 h, Tuesday 1 h: overdue by 10 h, 1 day 2 h
    lead("old", "2020-01-31 12:00", "r1", created_at="2020-01-30 09:00"),  # before 9 February: old
    lead("evening", "2020-03-09 20:00", "r2"),  # 15:00 in New York: 2 h on Monday, 2 h left
    lead("night", "2020-03-10 09:00", "r2", source="Search", campaign="Brand"),  # 04:00 there: 4 h left
    lead("tokyo", "2020-03-10 02:00", "r5", source="Search"),  # 10:00 there: 7 h until 17:00, overdue by 3 h
    lead("gone", "2020-03-09 12:00", "r3"),  # 5 h and 1 h: overdue
    lead("begins", "2020-03-10 09:00", "r4"),  # 1 h of 4
    lead("stranger", "2020-03-10 09:00", "x9"),
    lead("nobody", "", "", mql_at="2020-03-10 09:00"),
    lead("touched", "2020-03-09 12:00", "r1"),
    lead("called before", "2020-03-10 09:00", "r5", source="Search"),  # 17:00 in Tokyo: nothing of it counted yet
    lead("accepted", "2020-03-09 12:00", "r1", accepted_at="2020-03-09 13:00"),
    lead("rejected", "2020-03-09 12:00", "r1", rejected_at="2020-03-09 13:00"),
    lead("not handed over", "", "r1"),
]
CALLS: Rows = [
    ["activity_id", "lead_id", "occurred_at", "direction"],
    ["c1", "touched", "2020-03-09 13:00", "out"],
    ["c2", "called before", "2020-03-09 13:00", "out"],
    ["c3", "late", "2020-03-09 13:00", "in"],
]
TABLES = {"leads": [HEAD, *LEADS], "calls": CALLS, "reps": REPS, "calendar": PLANS}


def made(root: Path, *, without: tuple[str, ...] = (), settings: dict[str, Any] | None = None, **rows: Rows) -> Company:
    """The company in a folder; `rows` in place of its tables, `without` tables or `table.column`."""
    built = Company(root)
    built.mapping = copy.deepcopy(MAPPING)
    built.rows = copy.deepcopy(TABLES) | rows
    names = {"leads": "leads", "calls": "activities", "reps": "reps", "calendar": "calendar"}
    built.mapping["tables"] = {
        table: {"from": file, "columns": {c: c for c in built.rows[file][0] if f"{table}.{c}" not in without}}
        for file, table in names.items()
        if table not in without
    }
    built.write()
    company = COMPANY | {"calendar": {"hours": {"mon-fri": ["09:00-17:00"]}}}
    written = {
        "company": company,
        "sla": {"sales": {"follow_up_hours": 4, "covers": "handed_over"}},
        "weekly": {"freshness": {"warn_days": 400, "fail_days": 800}},
        "monthly": {},
    } | (settings or {})
    for name, values in written.items():
        (built.params_folder / f"{name}.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    return built


def facts_of(built: Company, day: str = "", as_of: str = "", *, slice: str = "", now: datetime = NOW) -> Facts:
    """The facts of a report `reps`."""
    request = Request(
        source="tiny", data=str(built.data), params=str(built.params_folder / "weekly.yaml"), day=day, as_of=as_of,
        slice=slice, report="reps",
    )  # fmt: skip
    params = load(request, now=now)
    return build_facts(build(open_source(params), params))
