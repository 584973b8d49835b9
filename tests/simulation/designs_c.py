"""Acceptance designs of whole exports: honest ones are not held, wrong ones are; other companies than the tests'."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from alignment_lib.params.period import Week
from tests.fixture_exports import WRONG, demo, graver, judged, keep, wrong
from tests.fixture_real_weeks import FILES, REAL, as_it_was, weeks

SEASONS = ("2025-W48", "2025-W51", "2026-W10", "2026-W13", "2026-W20", "2026-W29", "2026-W32")
"""Weeks that a run of eight begins with: before and over Christmas and the turn of the year, Easter, May, August."""
RUNS, WEEKS = 25, 8


def a21(seed: int, scale: float) -> tuple[str, bool]:
    """Eight weeks in a row of many companies, of 3,000 and 12,000 leads."""
    chance, held = random.Random(seed), list[str]()
    runs = round(RUNS * scale)
    for number in range(runs):
        company, first = chance.randrange(10**6), Week.parse(SEASONS[number % len(SEASONS)])
        leads = 12_000 if number % 4 == 3 else 3_000
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for week in (first.shifted(n) for n in range(WEEKS + 1)):
                data = demo(root / week.label, week.shifted(1).monday, seed=company, leads=leads)
                found = judged(data, week, root / "reports")
                held += [f"{company} {week.label}: {c.name}" for c in graver(found)]
                keep(found, root / "reports")
                shutil.rmtree(data)
    return f"{len(held)} of {runs * WEEKS} held {'; '.join(held[:3])}".strip(), not held


def a22(seed: int, scale: float) -> tuple[str, bool]:
    """Every wrong export, of another company in another week."""
    chance, missed = random.Random(seed), list[str]()
    rounds = max(1, round(scale))
    for _ in range(rounds):
        company, week = chance.randrange(10**6), Week.parse("2026-W10").shifted(chance.randrange(25))
        made = week.shifted(1).monday
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            keep(judged(demo(root / "before", week.monday, seed=company), week.shifted(-1), root / "r"), root / "r")
            demo(root / "honest", made, seed=company)
            for number in WRONG:
                found = graver(judged(wrong(number, root / "honest", root / str(number), made), week, root / "r"))
                missed += [] if found else [f"{number} ({company}, {week.label})"]
                shutil.rmtree(root / str(number))
    told = f"{len(missed)} of {rounds * len(WRONG)} missed {', '.join(missed)}".strip()
    return told, len(missed) <= rounds


def a23(seed: int, scale: float) -> tuple[str, bool]:
    """Every week of two real CRMs, as the export was then and of the export as it is."""
    if not REAL.is_dir():
        return "skipped: needs the data in ../shared/data, which is not here", True
    held, n = list[str](), 0
    for source in FILES:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for week in weeks(source):
                data = as_it_was(source, week, root / week.label)
                for place, reports in ((data, root / "grown"), (REAL / source, root / "same")):
                    found = judged(place, week, reports, source=source)
                    held += [f"{source} {week.label}: {c.name}" for c in graver(found)]
                    keep(found, reports)
                    n += 1
                shutil.rmtree(data)
    return f"{len(held)} of {n} held {'; '.join(held[:3])}".strip(), not held


DESIGNS: list[tuple[str, str, Callable[[int, float], tuple[str, bool]]]] = [
    ("A21", "200 honest exports: none held", a21),
    ("A22", "29 wrong exports: at most one missed", a22),
    ("A23", "every week of olist and itschool: none held", a23),
]
