"""Real exports as they were on a day: rows of later are not there yet, nor is what happened to them later."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from alignment_lib.params.period import Week

REAL = Path(__file__).parents[1] / ".." / "shared" / "data"
Later = tuple[str, str, Mapping[str, str]]
"""A column, its format, and what a row looked like before that day."""
FILES: dict[str, dict[str, tuple[str, str, Sequence[Later]]]] = {
    "olist": {
        "olist_marketing_qualified_leads_dataset.csv": ("first_contact_date", "%Y-%m-%d", ()),
        "olist_closed_deals_dataset.csv": ("won_date", "%Y-%m-%d %H:%M:%S", ()),
    },
    "itschool": {
        "deals.csv": ("Created Time", "%d.%m.%Y %H:%M", [
            ("Closing Date", "%d.%m.%Y", {"Closing Date": "", "Stage": "Qualificated", "Lost Reason": "",
                                          "Offer Total Amount": ""})]),
        "calls.csv": ("Call Start Time", "%Y-%m-%d %H:%M:%S", ()),
        "spend.csv": ("Date", "%Y-%m-%d", ()),
    },
}  # fmt: skip
"""By source and file: the column in which a row is born, its format, and what came later."""
WEEKS = {"olist": ("2017-W49", "2018-W21"), "itschool": ("2023-W35", "2023-W52")}
"""First and last week that have eight weeks, and rows of each table, before them."""


def weeks(source: str) -> Iterator[Week]:
    """Every week that can be judged."""
    first, last = map(Week.parse, WEEKS[source])
    while first <= last:
        yield first
        first = first.shifted(1)


def as_it_was(source: str, week: Week, target: Path) -> Path:
    """The export on the morning after a week."""
    until = datetime.combine(week.shifted(1).monday, datetime.min.time()) + timedelta(hours=6)
    target.mkdir(parents=True)
    for name, (born, pattern, later) in FILES[source].items():
        with (REAL / source / name).open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row[born] and datetime.strptime(row[born], pattern) < until]
        for row in rows:
            for column, form, before in later:
                if row[column] and datetime.strptime(row[column], form) >= until:
                    row.update(before)
        with (target / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return target
