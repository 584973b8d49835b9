"""The sales team as the CRM's users: two managers and the reps who had joined by an instant."""

from __future__ import annotations

from datetime import date

import pyarrow as pa

from alignment_lib.demo import columns as col
from alignment_lib.demo import truth

VP, LEAD = "0401", "0409"
MANAGERS = (
    (VP, "Henrike Voss", "VP Sales", None, date(2019, 2, 1)),
    (LEAD, "Oskar Brandt", "Team lead", VP, date(2020, 9, 1)),
)
REGION = {truth.AMERICAS: "North America"}
CAPACITY = {"Enterprise": 8, "Mid-market": 11, "Small business": 14, truth.AMERICAS: 9}
"""Leads a week that a rep can follow up at the usual size of the company."""
HEADINGS = ("User ID", "Full Name", "Email", "Team", "Role", "Region", "Manager ID", "Time Zone", "Start Date",
            "End Date", "Annual Quota", "Weekly Lead Capacity")  # fmt: skip
TYPES = (*(pa.string(),) * 8, pa.date32(), pa.date32(), pa.float64(), pa.float64())


def users(until: date) -> pa.Table:
    """All who had joined by a date; an end is known once it has come."""
    rows: list[tuple[object, ...]] = [
        (number, name, _email(name), "sales", role, "Europe", manager, truth.TIMEZONE, start, None, None, None)
        for number, name, role, manager, start in MANAGERS
    ]
    rows += [_row(rep, until) for rep in truth.REPS if rep.started_on <= until]
    return col.table({
        heading: col.text(values, kind)
        for heading, values, kind in zip(HEADINGS, map(list, zip(*rows, strict=True)), TYPES, strict=True)
    })  # fmt: skip


def _row(rep: truth.Rep, until: date) -> tuple[object, ...]:
    ended = rep.ended_on if rep.ended_on and rep.ended_on <= until else None
    role, manager = f"{rep.group} rep", VP if rep.group in ("Enterprise", truth.AMERICAS) else LEAD
    return (rep.rep_id, rep.name, rep.email, "sales", role, REGION.get(rep.group, "Europe"), manager, rep.timezone,
            rep.started_on, ended, rep.quota, float(CAPACITY[rep.group]))  # fmt: skip


def _email(name: str) -> str:
    return name.lower().replace(" ", ".") + "@nordlicht.example"
