"""A company with a week of forty leads, written by hand by this project; none of its rows comes from a real CRM.

The week is 2021-W23, Monday 7 to Sunday 13 June 2021 in Berlin, without any holiday; reports are made at its end.
Offices are open from 9 to 17, Cal's in New York (15 to 23 in Berlin). tests/test_forty_leads.py works the week out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from alignment_lib.params import Request, RunParams, load
from tests.company import Company, Rows

WEEK = "2021-W23"
MONDAY = date(2021, 6, 7)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
NOW = datetime(2021, 6, 14, 6, tzinfo=UTC)

# Two blanks or more stand between columns, "-" for nothing; a day is one of the week's.
THE_WEEK = """
L01  Mon 09:00  Webinar  enterprise  ada  Mon 09:30  Mon 10:00  Tue 10:00  -          -
L02  Mon 09:30  Webinar  mid         ada  Mon 10:00  Mon 11:00  -          -          -
L03  Mon 13:00  Webinar  enterprise  ada  Mon 14:00  Mon 15:00  -          Wed 14:00  no budget
L04  Tue 08:00  Search   mid         ada  Tue 09:00  Tue 10:00  Wed 12:00  -          -
L05  Wed 08:30  Search   mid         ada  Wed 09:00  Wed 10:00  -          -          -
L06  Thu 09:00  Webinar  enterprise  ada  Thu 09:30  Thu 10:00  -          -          -
L07  Fri 13:00  Partner  mid         ada  Fri 14:00  Fri 15:00  -          -          -
L08  Sat 11:00  Webinar  mid         ada  Sat 11:30  Sat 12:00  -          -          -
L09  Tue 10:00  Webinar  enterprise  ada  Tue 11:00  Tue 12:00  Fri 11:00  -          -
L10  Mon 09:00  Search   mid         ben  Mon 09:30  Mon 10:00  Tue 10:00  -          -
L11  Mon 10:00  Search   enterprise  ben  Mon 10:30  Mon 11:00  -          Thu 11:00  wrong contact
L12  Tue 09:00  Webinar  mid         ben  Tue 09:30  Tue 10:00  -          -          -
L13  Tue 13:00  Partner  enterprise  ben  Tue 14:00  Tue 16:00  -          Fri 14:00  no budget
L14  Wed 09:00  Partner  mid         ben  Wed 09:30  Wed 10:00  Thu 10:00  -          -
L15  Thu 09:00  -        mid         ben  Thu 10:00  Thu 11:00  -          -          -
L16  Fri 09:00  Webinar  mid         ben  Fri 09:30  Fri 10:00  -          -          -
L17  Sun 18:00  Search   mid         ben  Sun 18:30  Sun 19:00  -          -          -
L18  Mon 12:00  Webinar  enterprise  cal  Mon 14:00  Mon 16:00  Tue 16:00  -          -
L19  Tue 08:00  Partner  enterprise  cal  Tue 09:00  Tue 10:00  -          -          -
L20  Wed 18:00  Search   enterprise  cal  Wed 20:00  Wed 22:00  Fri 21:00  -          -
L21  Fri 18:00  Webinar  mid         cal  Fri 19:00  Fri 20:00  -          -          -
L22  Thu 15:00  Search   mid         cal  Thu 15:30  Thu 16:00  -          Fri 16:00  -
L23  Thu 16:00  -        enterprise  cal  Thu 17:00  Thu 18:00  -          -          -
L24  Fri 10:00  Partner  mid         -    Fri 12:00  -          -          -          -
L25  Mon 10:00  Webinar  mid         -    -          -          -          -          -
L26  Mon 11:00  Webinar  enterprise  -    -          -          -          -          -
L27  Tue 11:00  Webinar  mid         -    -          -          -          -          -
L28  Wed 11:00  Webinar  mid         -    -          -          -          -          -
L29  Mon 12:00  Search   mid         -    -          -          -          -          -
L30  Tue 12:00  Search   mid         -    -          -          -          -          -
L31  Wed 12:00  Search   enterprise  -    -          -          -          -          -
L32  Thu 12:00  Search   mid         -    -          -          -          -          -
L33  Fri 12:00  Search   mid         -    -          -          -          -          -
L34  Mon 14:00  Partner  mid         -    -          -          -          -          -
L35  Tue 14:00  Partner  enterprise  -    -          -          -          -          -
L36  Wed 14:00  Partner  mid         -    -          -          -          -          -
L37  Thu 14:00  Partner  mid         -    -          -          -          -          -
L38  Tue 15:00  -        mid         -    -          -          -          -          -
L39  Wed 15:00  -        mid         -    -          -          -          -          -
L40  Sun 23:59  -        enterprise  -    -          -          -          -          -
"""
"""Lead, created, source, segment, owner, MQL, assigned, accepted, rejected, reason."""

THE_WEEKS_CALLS = """
L01  Mon 11:00  out  connected
L02  Mon 14:00  out  no answer
L02  Tue 10:00  out  no answer
L02  Wed 10:00  out  no answer
L03  Tue 10:00  out  connected
L04  Tue 15:00  out  connected
L05  Wed 12:00  in   connected
L06  Thu 12:00  out  no answer
L09  Tue 13:00  out  connected
L10  Mon 12:00  out  no answer
L10  Mon 16:00  out  connected
L11  Tue 09:00  out  connected
L12  Tue 14:00  out  no answer
L13  Wed 11:00  out  connected
L14  Wed 11:00  out  connected
L15  Thu 10:30  out  no answer
L16  Fri 12:00  out  no answer
L18  Mon 18:00  out  connected
L19  Tue 17:00  out  no answer
L19  Wed 17:00  out  no answer
L20  Thu 20:00  out  connected
L22  Thu 19:00  out  connected
W22-Thu  Mon 13:00  out  connected
"""
"""L05 was called by nobody: the prospect called. L15 was called before the lead was handed over."""

CAMPAIGNS = {"Webinar": "Spring", "Search": "Brand", "Partner": "Alliance"}
EARLIER = {15: 3, 16: 4, 17: 5, 18: 4, 19: 3, 20: 4, 21: 5, 22: 4}
"""Leads of each week before: one a weekday from Monday on, at 10:00 (see `earlier`)."""

DEALS = """
P01  W15-Mon  2021-04-19 10:00  10000  open  -                 2021-06-30  -
P02  W16-Mon  2021-04-26 10:00  20000  open  -                 2021-07-15  -
P03  W17-Mon  2021-05-03 10:00  8000   won   2021-06-08 10:00  2021-06-10  price
P04  W18-Mon  2021-05-10 10:00  12000  won   2021-06-09 10:00  2021-06-30  integration
P05  W19-Wed  2021-05-17 10:00  5000   lost  2021-06-10 10:00  2021-06-30  competitor
P06  W20-Mon  2021-05-24 10:00  -      won   2021-06-11 10:00  2021-06-30  -
P07  W21-Wed  2021-05-31 10:00  6000   lost  2021-06-07 10:00  2021-06-30  no decision
P08  W22-Mon  2021-06-03 10:00  15000  open  -                 2021-06-25  -
P09  L01      2021-06-09 10:00  9000   open  -                 2021-07-30  -
P10  L10      2021-06-10 10:00  4000   won   2021-06-11 09:00  2021-06-30  price
P11  L14      2021-06-11 10:00  7000   open  -                 2021-08-31  -
Q01  W15-Wed  2021-04-21 10:00  3000   won   2021-05-05 10:00  2021-05-31  price
Q02  W17-Wed  2021-05-05 10:00  4000   lost  2021-05-20 10:00  2021-05-31  price
Q03  W19-Mon  2021-05-17 10:00  11000  won   2021-06-02 10:00  2021-06-30  integration
R01  -        2021-04-12 10:00  1000   won   2021-04-15 10:00  2021-04-30  price
R02  -        2021-04-13 10:00  2000   won   2021-04-16 10:00  2021-04-30  price
"""
"""Deal, lead, created, amount, outcome, closed, expected to close, reason (driver of a won deal, loss reason)."""

KEPT: dict[str, Rows] = {
    "targets": [
        ["metric", "period_start", "period_end", "segment", "target", "set_on", "milestone", "due_on"],
        ["mqls", "2021-06-01", "2021-06-30", "enterprise", "40", "2021-01-04", "a second webinar", "2021-06-18"],
        ["mqls", "2021-06-01", "2021-06-30", "mid", "50", "2021-01-04", "", ""],
        ["mqls", "2021-06-01", "2021-06-30", "mid", "60", "2021-05-17", "", ""],
        ["won_value", "2021-06-01", "2021-06-30", "", "60000", "2021-01-04", "", ""],
        ["won_value", "2021-04-01", "2021-06-30", "", "90000", "2021-01-04", "", ""],
    ],
    "spend": [
        ["spent_on", "source", "campaign", "kind", "team", "amount"],
        *([f"{date(2021, 3, 29) + timedelta(weeks=w)}", *row] for w in range(11) for row in (
            ["Webinar", "Spring", "media", "marketing", "100" if w < 8 else "1000"],
            ["Search", "Brand", "media", "marketing", "200"],
        )),
        *([f"2021-{month:02d}-01", "", "", "people", team, str(days * a_day)]
          for month, days in ((3, 31), (4, 30), (5, 31), (6, 30))
          for team, a_day in (("marketing", 200), ("sales", 300))),
    ],
    "calendar": [
        ["item_id", "starts_on", "ends_on", "kind", "title", "audience", "soundbite", "looks_like", "prospect_action",
         "how_to_respond", "source", "campaign", "expected_leads", "owner"],
        ["c1", "2021-06-16", "2021-06-16", "event", "Summer webinar", "heads of sales", "an hour that saves a day", "",
         "registers", "ask which hour it was", "Webinar", "Summer", "25", "Mia"],
        ["c2", "2021-06-21", "2021-07-02", "campaign", "Partner mailing", "partners", "", "", "", "", "Partner",
         "Alliance", "10", "Mia"],
        ["c3", "2021-09-15", "", "event", "Autumn fair", "", "", "", "", "", "", "", "80", "Mia"],
        ["c4", "2021-06-02", "2021-06-02", "promo", "June offer", "", "", "", "", "", "", "", "5", "Mia"],
    ],
    "decisions": [
        ["decision_id", "meeting", "decided_on", "decision", "owner", "due_on", "done_on"],
        ["t1", "2021-W21", "2021-05-31", "Call within the hour", "Ada", "2021-06-07", "2021-06-09"],
        ["t2", "2021-W21", "2021-05-31", "Exclude students", "Mia", "2021-06-11", ""],
        ["t3", "2021-W22", "2021-06-07", "Write a new script", "Ben", "2021-06-21", ""],
    ],
    "issues": [
        ["issue_id", "opened_on", "raised_by", "team", "what", "metric", "action", "owner", "due_on", "closed_on"],
        ["i1", "2021-05-24", "Ben", "marketing", "Forms lose the source", "leads", "mend", "Mia", "2021-06-04", ""],
        ["i2", "2021-05-31", "Mia", "sales", "No calls on Fridays", "", "a rota", "Ada", "2021-06-10", "2021-06-10"],
        ["i3", "2021-06-08", "Ada", "marketing", "Wrong phone numbers", "", "ask for them", "Mia", "2021-06-22", ""],
    ],
    "feedback": [
        ["given_on", "rep_id", "campaign", "lead_id", "verdict", "note", "answer", "answered_on"],
        ["2021-06-08", "ada", "Spring", "L01", "working", "the right people", "", ""],
        ["2021-06-09", "ben", "Brand", "L11", "not_working", "students", "students are excluded now", "2021-06-11"],
        ["2021-06-10", "cal", "Spring", "L18", "working", "", "", ""],
        ["2021-05-25", "ben", "Alliance", "", "not_working", "nobody knows us", "", ""],
        ["2021-05-10", "ben", "Brand", "", "not_working", "too early", "agreed", "2021-05-12"],
    ],
    "wins": [
        ["won_on", "opportunity_id", "headline", "quote", "credit"],
        ["2021-06-09", "P04", "The largest deal of the month", "It just fits.", "Ada"],
        ["2021-06-11", "", "A partner who sends a lead a day", "", "Ben"],
    ],
}  # fmt: skip
"""Tables that people keep."""

REPS: Rows = [
    ["rep_id", "name", "team", "timezone", "started_on", "ended_on"],
    ["ada", "Ada", "sales", "Europe/Berlin", "2019-01-01", ""],
    ["ben", "Ben", "sales", "Europe/Berlin", "2019-01-01", ""],
    ["cal", "Cal", "sales", "America/New_York", "2020-01-01", ""],
]

COMPANY = {
    "name": "Forty",
    "timezone": "Europe/Berlin",
    "currency": "EUR",
    "calendar": {"hours": {"mon-fri": ["09:00-17:00"]}, "zones": {"America/New_York": {}}},
}
SLA: dict[str, Any] = {
    "version": "1",
    "text": "Four hours, three attempts, seven days.",
    "sales": {"follow_up_hours": 4, "met_share": 0.9, "attempts": 3, "decision_days": 7},
}
LEADS = ["lead_id", "created_at", "source", "segment", "owner_id", "mql_at", "assigned_at", "accepted_at",
         "rejected_at", "reject_reason", "campaign"]  # fmt: skip
OPPORTUNITIES = ["opportunity_id", "lead_id", "created_at", "amount", "outcome", "closed_at", "expected_close_on",
                 "loss_reason", "decision_driver"]  # fmt: skip


def rows_of(text: str) -> Iterator[list[str]]:
    """The rows of a table written above; a day of the week as its date."""
    for line in text.strip().splitlines():
        cells = [c.strip() for c in line.split("  ") if c.strip()]
        yield ["" if c == "-" else _dated(c) for c in cells]


def _dated(cell: str) -> str:
    name, _, time = cell.partition(" ")
    return f"{MONDAY + timedelta(days=DAYS.index(name))} {time}" if name in DAYS and time else cell


def earlier() -> tuple[Rows, Rows]:
    """Leads and calls of the weeks before, by rule.

    Monday's lead (Webinar, enterprise, Ada) is an MQL at 11:00, handed over at 12:00, reached at 13:00 and accepted
    the next day at 13:00. Tuesday's (Search, mid, Ben) is called at 13:00 in vain and reached the next day at 13:00,
    and rejected three days after it became an MQL: no budget. Wednesday's (Webinar, enterprise, Cal) is reached at
    17:00, 11:00 in New York, and accepted after two days in weeks of odd number; in even ones it is called on
    Thursday at 21:00, in vain, and nobody decides. Thursday's (Partner, mid) and Friday's (no source, enterprise)
    become no MQL; only that of Thursday in week 22 does, in week 23.
    """
    leads: Rows = []
    calls: Rows = []
    for week, n in EARLIER.items():
        for i in range(n):
            day = date.fromisocalendar(2021, week, i + 1)
            lead = [f"W{week}-{DAYS[i]}", f"{day} 10:00", ("Webinar", "Search", "Webinar", "Partner", "")[i]]
            lead += [("enterprise", "mid")[i % 2], "", "", "", "", "", ""]
            if i < 3:
                lead[4:7] = [("ada", "ben", "cal")[i], f"{day} 11:00", f"{day} 12:00"]
            if i == 0:
                lead[7] = f"{day + timedelta(days=1)} 13:00"
                calls.append([lead[0], f"{day} 13:00", "out", "connected"])
            if i == 1:
                lead[8:10] = [f"{day + timedelta(days=3)} 11:00", "no budget"]
                calls.append([lead[0], f"{day} 13:00", "out", "no answer"])
                calls.append([lead[0], f"{day + timedelta(days=1)} 13:00", "out", "connected"])
            if i == 2 and week % 2:
                lead[7] = f"{day + timedelta(days=2)} 11:00"
                calls.append([lead[0], f"{day} 17:00", "out", "connected"])
            if i == 2 and not week % 2:
                calls.append([lead[0], f"{day + timedelta(days=1)} 21:00", "out", "no answer"])
            if lead[0] == "W22-Thu":
                lead[4:8] = ["ada", "2021-06-07 11:00", "2021-06-07 12:00", "2021-06-08 12:00"]
            leads.append(lead)
    return leads, calls


def leads() -> Rows:
    """All leads, with the campaign of their source."""
    rows = [*earlier()[0], *([*r, *[""] * (10 - len(r))] for r in rows_of(THE_WEEK))]
    return [LEADS, *([*r, CAMPAIGNS.get(r[2], "")] for r in rows)]


def calls() -> Rows:
    """All activities: each by the lead's owner."""
    owner = {r[0]: r[4] for r in leads()}
    rows = [*earlier()[1], *rows_of(THE_WEEKS_CALLS)]
    head = ["activity_id", "lead_id", "occurred_at", "direction", "outcome", "rep_id", "kind"]
    return [head, *([f"a{i:03d}", *r, owner[r[0]], "call"] for i, r in enumerate(rows, 1))]


def deals() -> Rows:
    """All deals; the reason is a driver where the deal was won."""
    rows = [[*r[:7], "" if r[4] == "won" else r[7], r[7] if r[4] == "won" else ""] for r in rows_of(DEALS)]
    return [OPPORTUNITIES, *rows]


def _mapping(rows: dict[str, Rows]) -> dict[str, Any]:
    tables = {name: {"from": name, "columns": {c: c for c in table[0]}} for name, table in rows.items()}
    for table in tables.values():
        for column in table["columns"]:  # type: ignore[attr-defined]
            if column.endswith("_at"):
                table["columns"][column] = {"column": column, "format": "%Y-%m-%d %H:%M"}  # type: ignore[index]
    zone = {"timestamp": {"format": "%Y-%m-%d", "timezone": "Europe/Berlin"}}
    return {"name": "tiny", "description": "a company with a week of forty leads", "defaults": zone, "tables": tables}


def _rows() -> dict[str, Rows]:
    return {"leads": leads(), "opportunities": deals(), "activities": calls(), "reps": REPS, **KEPT}


@dataclass
class Forty(Company):
    """The company in a folder of its own; change rows or settings, then write."""

    mapping: dict[str, Any] = field(default_factory=lambda: _mapping(_rows()))
    rows: dict[str, Rows] = field(default_factory=lambda: {n: [list(r) for r in t] for n, t in _rows().items()})
    sla: dict[str, Any] = field(default_factory=lambda: dict(SLA))
    weekly: dict[str, Any] = field(default_factory=lambda: {"history_weeks": 8})
    now: datetime = NOW

    def write(self) -> Forty:
        """Write all files."""
        super().write()
        settings = {"company": COMPANY, "sla": self.sla, "weekly": self.weekly}
        for name, content in settings.items():
            (self.params_folder / f"{name}.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
        return self

    def params(self, **request: str) -> RunParams:
        """Frozen parameters of the week of forty leads, or of another."""
        given = {"source": "tiny", "data": str(self.data), "params": str(self.params_folder / "weekly.yaml")}
        return load(Request(**(given | {"week": WEEK} | request)), now=self.now)


def forty(root: Path) -> Forty:
    """The company as it stands above, written to a folder."""
    return Forty(root).write()
