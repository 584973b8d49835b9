"""The demo company's month, and months of it that are unlike others: rows of its export left out."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from alignment_lib.demo import generate
from alignment_lib.facts import Facts
from alignment_lib.params import Request, load
from alignment_lib.report.session import Report, with_demo
from tests.fixture_month import month_of
from tests.fixture_report import facts_on, shown

NOW = datetime(2026, 9, 20, 12, tzinfo=UTC)
MONTH = "2026-08"
LEADS = 2400
_UNREADABLE = re.compile("[a-z]")
"""Amounts of the small demo that nobody can read; among so few deals they would stop the report."""

Row = dict[str, str]
Keep = Callable[[str, Row], bool]


def demo_facts(data: str = "", **request: str) -> Facts:
    """Facts of a month of the demo, or of an export like it."""
    asked = {"month": MONTH, "params": "params/monthly.yaml"} | request
    return facts_on(with_demo(load(Request(source="demo", data=data, report="monthly", **asked), now=NOW)))


@cache
def demo() -> Report:
    """The whole monthly of the demo, made once for all tests."""
    return shown(demo_facts(), "monthly")


@cache
def _generated() -> TemporaryDirectory[str]:
    folder = TemporaryDirectory(prefix="alignment-month-")
    generate(Path(folder.name) / "all", leads=LEADS, seed=1)
    return folder


def _with(name: str, keep: Keep, without: tuple[str, ...] = ()) -> str:
    """A folder with the rows to keep of the small demo; each file's head stays."""
    root = Path(_generated().name)
    made = root / name.replace(" ", "-")
    made.mkdir()
    for file in sorted((root / "all").glob("*.csv")):
        if file.stem in without:
            continue
        with file.open(encoding="utf-8-sig", newline="") as text:
            read = csv.DictReader(text)
            rows = [row for row in read if keep(file.stem, row) and not _UNREADABLE.search(row.get("Amount", ""))]
        with (made / file.name).open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, read.fieldnames or [])
            writer.writeheader()
            writer.writerows(rows)
    return str(made)


def no_win() -> Facts:
    """Nobody ever bought: the deals that were won never were."""
    return demo_facts(_with("no win", lambda file, row: file != "wins" and row.get("Deal Stage") != "Closed Won"))


def one_source() -> Facts:
    """Every lead came by the same way."""
    return demo_facts(_with("one source", lambda _, row: row.get("Original Source", "Webinar") == "Webinar"))


def no_spend() -> Facts:
    """The file of spend is there and empty."""
    return demo_facts(_with("no spend", lambda file, _: file != "ad_spend"))


def one_rep() -> Facts:
    """Only one rep's leads and deals."""
    owners = ("Contact Owner ID", "Deal Owner ID")
    return demo_facts(_with("one rep", lambda _, row: all(row.get(o, "0417") == "0417" for o in owners)))


def first_month() -> Facts:
    """Leads, deals and what was done for them begin with the month that is reported."""
    return demo_facts(month="2024-08")


def inside() -> Facts:
    """The report is made when the month is half over."""
    return demo_facts(as_of="2026-08-13T12:00:00+02:00")


def six_leads() -> Facts:
    """The six leads of tests/company.py: leads, deals, calls and reps are connected, nothing else."""
    with TemporaryDirectory() as root:
        return month_of(Path(root))


MONTHS: dict[str, Callable[[], Facts]] = {
    "demo": lambda: demo().facts,
    "six leads": six_leads,
    "no win": no_win,
    "one source": one_source,
    "no spend": no_spend,
    "one rep": one_rep,
    "first month": first_month,
    "inside": inside,
}
"""How the facts of each month are made."""


@cache
def report_of_month(name: str) -> Report:
    """The whole report of a month, made once for all tests."""
    return demo() if name == "demo" else shown(MONTHS[name](), "monthly")
