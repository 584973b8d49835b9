"""How well marketing's score and grade tell what sales will accept (C26), in numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from alignment_lib.blocks.monthly.whatif import window
from alignment_lib.facts import Facts
from alignment_lib.facts.whatif_frames import highest_score, scored
from alignment_lib.stats import agreement, changes, estimates, quality, thresholds
from alignment_lib.stats.days import epoch_day

RECENT = 3
"""Months that are held against those before."""
STEPS = 10
"""Steps of a band; the ranking is by these, so that a score of 0 to 100 points is ranked by the point."""


@dataclass(frozen=True, eq=False)
class Level:
    """A band of the score, or a grade: its MQLs, how many sales accepted and rejected in time, and its wins."""

    name: str
    accepted: estimates.Proportion
    rejected: int
    leads: int
    """Leads old enough to have been won."""
    won: int

    @property
    def judged(self) -> int:
        return int(self.accepted.leads)


@dataclass(frozen=True, eq=False)
class Score:
    """The score's bands, lowest first; its ranking in all, in the months before and in the recent ones."""

    bands: tuple[Level, ...]
    unscored: int
    """MQLs judged without a score."""
    auc: quality.Auc
    before: quality.Auc
    recent: quality.Auc
    change: estimates.Difference
    top: thresholds.CriterionLift | None
    """The highest band with enough leads against all others; None where there are not two bands."""
    top_from: float
    """The score from which on."""

    @property
    def top_name(self) -> str:
        return f"{self.top_from:g} and more"


@dataclass(frozen=True, eq=False)
class Grades:
    """Marketing's grades, lowest first: acceptance, and agreement where sales rates by the same grades."""

    levels: tuple[Level, ...]
    trend: changes.Trend
    both: agreement.Agreement | None
    names: tuple[str, ...]
    """Grades of the square, best first."""


@dataclass(frozen=True, eq=False)
class Quality:
    """Either is None where it is not connected, or nothing is old enough."""

    score: Score | None
    grades: Grades | None
    leads: int
    """MQLs judged."""


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Quality:
    """Counts of the last months by score, grade and rating, from one aggregation."""
    run, settings = facts.run, facts.run.params
    columns = [c for c in ("score", "grade", "sales_rating") if facts.tables.has(f"leads.{c}")]
    highest = highest_score(facts) if "score" in columns else 0.0
    width = band_width(highest)
    frame = scored(
        facts,
        columns,
        width=width / STEPS,
        horizon=settings.monthly.horizon_days,
        decided_days=settings.weekly.acceptance_days,
        recent_day=epoch_day(run.months[-RECENT:][0]),
        first_day=window(facts),
        last_day=run.last_day,
    )
    judged = int((frame["leads"] * frame["judged"]).sum())
    conf, least = settings.weekly.confidence, settings.weekly.min_n
    score = _score(_in_bands(frame, width, highest), width, conf, least) if "score" in columns and judged else None
    grades = _grades(frame, conf, rated="sales_rating" in columns) if "grade" in columns and judged else None
    return Quality(score, grades, judged)


def band_width(highest: float) -> float:
    """Points per band, so that there are some ten of them: 10 for a score up to 100, 0.1 for one up to 1."""
    if highest <= 0:
        return 10.0
    size = 10.0 ** math.floor(math.log10(highest / 10) + 1e-9)
    return next(step * size for step in (1.0, 2.0, 5.0, 10.0) if step * size * 10 >= highest * (1 - 1e-9))


def _score(frame: pd.DataFrame, width: float, conf: float, least: int) -> Score | None:
    known = frame[frame["score"].notna()]
    if known.empty:
        return None
    found = sorted({int(n) for n in known["band"]})
    bands = tuple(_level(known[known["band"] == n], band_name(n, width), conf) for n in found)
    before, recent = (_auc(known[known["recent"] == now], conf) for now in (0, 1))
    unscored = frame[frame["score"].isna()]
    top, place = _top(bands, least, conf)
    return Score(
        bands=bands,
        unscored=int((unscored["leads"] * unscored["judged"]).sum()),
        auc=_auc(known, conf),
        before=before,
        recent=recent,
        change=estimates.difference(rate=recent, baseline=before),
        top=top,
        top_from=found[place] * width,
    )


def _in_bands(frame: pd.DataFrame, width: float, highest: float) -> pd.DataFrame:
    """With the band of each step; a highest score that begins a band of its own belongs to the one below."""
    last = max(math.ceil(highest / width - 1e-9) - 1, 0)
    return frame.assign(band=(frame["score"] // STEPS).clip(upper=last))


def band_name(number: int, width: float) -> str:
    """`70 to 80`: from its lower limit up to, not including, its upper one."""
    return f"{number * width:g} to {(number + 1) * width:g}"


def _level(rows: pd.DataFrame, name: str, conf: float) -> Level:
    def total(of: str) -> int:
        return int((rows["leads"] * rows[of]).sum())

    rate = estimates.proportion(converted=total("accepted"), leads=total("judged"), conf=conf)
    return Level(name=name, accepted=rate, rejected=total("rejected"), leads=total("old"), won=total("won"))


def _auc(rows: pd.DataFrame, conf: float) -> quality.Auc:
    """Accepted against rejected MQLs, by step of the score."""
    yes, no = ((rows["leads"] * rows[of]).groupby(rows["score"]).sum().sort_index() for of in ("accepted", "rejected"))
    return quality.auc(won=yes.to_numpy(), lost=no.to_numpy(), conf=conf)


def _top(bands: Sequence[Level], least: int, conf: float) -> tuple[thresholds.CriterionLift | None, int]:
    """The highest bands, together where the highest alone have too few MQLs, against all below."""
    for i in range(len(bands) - 1, 0, -1):
        high, low = bands[i:], bands[:i]
        if sum(b.judged for b in high) >= least and sum(b.judged for b in low) >= least:
            counts: dict[str, Any] = {
                "met_converted": [sum(b.accepted.converted for b in high)],
                "met_leads": [sum(b.judged for b in high)],
                "unmet_converted": [sum(b.accepted.converted for b in low)],
                "unmet_leads": [sum(b.judged for b in low)],
            }
            return thresholds.criterion_lifts(**counts, conf=conf)[0], i
    return None, 0


def _grades(frame: pd.DataFrame, conf: float, *, rated: bool) -> Grades | None:
    """Grades in the order Z to A, so that A is the best."""
    known = frame[frame["grade"].notna()]
    names = sorted({str(n) for n in known["grade"]}, reverse=True)
    if not names:
        return None
    levels = tuple(_level(known[known["grade"] == n], n, conf) for n in names)
    trend = changes.trend(
        converted=[level.accepted.converted for level in levels], leads=[level.judged for level in levels], conf=conf
    )
    best_first = tuple(names[::-1])
    return Grades(levels, trend, _square(known, best_first, conf) if rated else None, best_first)


def _square(known: pd.DataFrame, names: tuple[str, ...], conf: float) -> agreement.Agreement | None:
    """Grade by rating, where both sides use the same grades; None where sales rates by another scale or not at all."""
    both = known[known["sales_rating"].notna()]
    if both.empty or len(names) < 2 or not set(both["sales_rating"]) <= set(names):
        return None
    cells = both.groupby(["grade", "sales_rating"])["leads"].sum()
    return agreement.agreement([[int(cells.get((mine, theirs), 0)) for theirs in names] for mine in names], conf=conf)
