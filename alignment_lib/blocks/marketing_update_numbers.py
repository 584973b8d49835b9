"""The promotions around the report's week, and the leads expected of them beside what each source usually brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from alignment_lib.blocks.coming import ends, plans
from alignment_lib.blocks.history import data_begins, normal_range
from alignment_lib.blocks.typed import one_line
from alignment_lib.facts import Facts, daily
from alignment_lib.params.period import local_day
from alignment_lib.stats import limits
from alignment_lib.stats.days import epoch_day

Row = Mapping[str, Any]
NO_SOURCE = "(no source named)"
"""Promotions that name no source; these are not the leads whose source nobody knows."""


@dataclass(frozen=True, eq=False)
class Promotions:
    """Plans that begin in what is left of the week, that began before and go on, and that begin in the days after."""

    begin: tuple[Row, ...]
    running: tuple[Row, ...]
    later: tuple[Row, ...]

    @property
    def expecting(self) -> tuple[Row, ...]:
        return tuple(r for r in self.begin if r["expected_leads"] is not None)


@lru_cache(maxsize=8)
def promotions(facts: Facts) -> Promotions:
    """The calendar around the report's instant; a plan of today counts, whatever the hour."""
    today, sunday = this_day(facts), epoch_day(facts.run.week.sunday)
    until = sunday + facts.run.params.weekly.upcoming_days
    rows = plans(facts)
    return Promotions(
        begin=tuple(r for r in rows if today <= epoch_day(r["starts_on"]) <= sunday),
        running=tuple(r for r in rows if epoch_day(r["starts_on"]) < today <= ends(r)),
        later=tuple(r for r in rows if sunday < epoch_day(r["starts_on"]) <= until),
    )


def this_day(facts: Facts) -> int:
    """Epoch day of the report's instant; of a week that has not begun yet, its Monday."""
    return max(_today(facts), epoch_day(facts.run.week.monday))


def _today(facts: Facts) -> int:
    return epoch_day(local_day(facts.run.as_of, facts.run.params.timezone))


@dataclass(frozen=True, eq=False)
class Expected:
    """One source, or all of them: what is expected of it, and what is normal."""

    name: str
    plans: Sequence[Row]
    """That begin this week and name a number."""
    running: Sequence[Row]
    """That go on and name a number, of all their days."""
    normal: limits.NormalRange | None
    """None where a normal week cannot be told."""
    sunday: int

    @property
    def leads(self) -> float | None:
        """None where nothing is written down."""
        return _sum(self.plans)

    @property
    def leads_running(self) -> float | None:
        return _sum(self.running)

    @cached_property
    def beyond(self) -> Sequence[Row]:
        """Those that go on after the week."""
        return [r for r in self.plans if ends(r) > self.sunday]

    @property
    def leads_beyond(self) -> float | None:
        return _sum(self.beyond)


def _sum(rows: Sequence[Row]) -> float | None:
    return float(sum(r["expected_leads"] for r in rows)) if rows else None


@lru_cache(maxsize=8)
def expectations(facts: Facts) -> tuple[tuple[Expected, ...], Expected]:
    """Every source that should bring leads or brought some in the weeks before, most expected first; and all."""
    found = promotions(facts)
    weeks = facts.run.weeks[:-1]
    first, last = epoch_day(weeks[0].monday), epoch_day(weeks[-1].sunday)
    frame = daily(facts, "leads", first_day=first, last_day=last, by=("source",))
    begin = [(source_of(r), r) for r in found.expecting]
    running = [(source_of(r), r) for r in found.running if r["expected_leads"] is not None]
    names = sorted({*frame["source"], *(name for name, _ in (*begin, *running))})
    sunday = epoch_day(facts.run.week.sunday)
    rows = [
        Expected(
            name,
            plans=[r for source, r in begin if source == name],
            running=[r for source, r in running if source == name],
            normal=None if name == NO_SOURCE else _normal(facts, frame[frame["source"] == name], first),
            sunday=sunday,
        )
        for name in names
    ]
    rows.sort(key=lambda e: (e.leads is None, -(e.leads or 0), -(e.normal.centre if e.normal else 0), e.name))
    everything = Expected("All", [r for _, r in begin], [r for _, r in running], _normal(facts, frame, first), sunday)
    return tuple(rows), everything


def source_of(row: Row) -> str:
    """The source that a plan names."""
    return one_line(row["source"] or "") or NO_SOURCE


def _normal(facts: Facts, frame: Any, first: int) -> limits.NormalRange | None:
    """The leads of a normal week, from the whole weeks before that the data reaches back to; None without any."""
    begins, today = data_begins(facts, "leads"), _today(facts)
    weeks = [w for w in range(len(facts.run.weeks) - 1) if begins <= first + 7 * w + 6 < today]
    by_week = frame.groupby((frame["day"].astype("int64") - first) // 7)["n"].sum()
    return normal_range("leads", tuple(int(by_week.get(w, 0)) for w in weeks)) if weeks else None
