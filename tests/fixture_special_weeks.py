"""The company of tests/fixture_forty.py in weeks that are unlike others; every row is ours."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from alignment_lib.facts import Facts
from alignment_lib.params import Week
from alignment_lib.report.session import Report
from tests.company import Rows
from tests.fixture_forty import WEEK, Forty
from tests.fixture_report import shown

QUIET = "2021-W24"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def first(root: Path) -> Forty:
    """The first week ever: nothing happened before it."""
    made = Forty(root)
    made.weekly = {"history_weeks": 13}
    for name, key in (("leads", 0), ("activities", 1), ("opportunities", 1)):
        head, *rows = made.rows[name]
        made.rows[name] = [head, *(r for r in rows if r[key].startswith("L"))]
    return made


def moved(root: Path, week: str) -> Forty:
    """The forty leads, and all that came before them, so many weeks earlier or later, at the same hours."""
    made = Forty(root)
    away = Week.parse(week).monday - Week.parse(WEEK).monday
    made.rows = {name: [[_moved(c, away) for c in row] for row in rows] for name, rows in made.rows.items()}
    made.rows["targets"] = _targets(week)
    made.now += away
    return made


def _moved(cell: str, away: timedelta) -> str:
    return _DAY.sub(lambda day: str(date.fromisoformat(day[0]) + away), cell)


def _targets(week: str) -> Rows:
    """MQLs promised for the months in which the week begins and ends: 88 for the first, 110 for the other."""
    begins, ends = Week.parse(week).monday, Week.parse(week).sunday
    months = {begins.replace(day=1): "88", ends.replace(day=1): "110"}
    rows = [["mqls", str(m), str(_last(m)), "", target, "2019-01-01"] for m, target in months.items()]
    return [["metric", "period_start", "period_end", "segment", "target", "set_on"], *rows]


def _last(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def rep_left(root: Path) -> Forty:
    """Cal left at the end of May; the leads are still Cal's."""
    made = Forty(root)
    made.rows["reps"] = [[*r[:-1], "2021-05-31"] if r[0] == "cal" else r for r in made.rows["reps"]]
    return made


def new_source(root: Path) -> Forty:
    """Three leads without a source are of one that nobody has seen before."""
    made = Forty(root)
    made.rows["leads"] = [
        [*r[:2], "Podcast", *r[3:]] if r[0] in ("L38", "L39", "L40") else r for r in made.rows["leads"]
    ]
    return made


def half(root: Path) -> Forty:
    """The report is made on Wednesday at noon, when the week is not over."""
    made = Forty(root)
    made.now = datetime(2021, 6, 9, 10, tzinfo=UTC)
    return made


def alone(root: Path) -> Forty:
    """One lead, in the week, of nobody and from nowhere, nothing else is connected."""
    made = Forty(root)
    made.rows = {"leads": [r for r in made.rows["leads"] if r[0] in ("lead_id", "L40")]}
    made.mapping["tables"] = {"leads": made.mapping["tables"]["leads"]}
    return made


WEEKS: dict[str, tuple[Callable[[Path], Forty], str]] = {
    "first": (first, WEEK),
    "quiet": (Forty, QUIET),
    "spring forward": (lambda root: moved(root, "2021-W12"), "2021-W12"),
    "fall back": (lambda root: moved(root, "2021-W43"), "2021-W43"),
    "New York's clock": (lambda root: moved(root, "2021-W10"), "2021-W10"),
    "week 53": (lambda root: moved(root, "2020-W53"), "2020-W53"),
    "after week 53": (lambda root: moved(root, "2021-W02"), "2021-W02"),
    "two months": (lambda root: moved(root, "2021-W26"), "2021-W26"),
    "rep left": (rep_left, WEEK),
    "new source": (new_source, WEEK),
    "half": (half, WEEK),
    "alone": (alone, WEEK),
}
"""How each company is made, and the week that is reported."""


def facts_of(name: str, root: Path) -> Facts:
    """The fact tables of a special week; that of the quiet one is made a week later."""
    make, week = WEEKS[name]
    made = make(root)
    made.now += timedelta(weeks=week == QUIET)
    return made.write().facts(week=week)


@cache
def report_of_week(name: str) -> Report:
    """The whole report of a special week, made once for all tests."""
    return shown(facts_of(name, Path(_folder(name).name)))


@cache
def _folder(name: str) -> TemporaryDirectory[str]:
    """Gone when the tests are."""
    return TemporaryDirectory(prefix="alignment-week-")
