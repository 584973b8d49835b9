"""Leads, MQLs, opportunities and won over the last weeks and months (C46)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta
from functools import lru_cache
from typing import Any

import pandas as pd

from alignment_lib.blocks.agenda import agenda, evidence, metric
from alignment_lib.facts import Facts, daily, promised
from alignment_lib.facts.frames import NEEDS
from alignment_lib.measures import definition
from alignment_lib.page import charts
from alignment_lib.page.block import Block, Column, Metric, Side, Table
from alignment_lib.params.period import local_day, midnight, month_start
from alignment_lib.stats import limits, wording
from alignment_lib.stats.days import epoch_day

COUNTS: dict[str, Side] = {"leads": "marketing", "mqls": "marketing", "opportunities": "sales", "won": "sales"}
"""The four counts, and whose half of the meeting they belong to."""
SUBJECTS = {"leads": "new leads", "mqls": "MQLs", "opportunities": "new opportunities", "won": "deals won"}
"""In a sentence, after a number."""
METHODS = {"leads": "XmR chart", "mqls": "XmR chart", "opportunities": "XmR chart", "won": "c-chart"}
"""How a week's normal range is made: leads come in waves of campaigns, deals are won one by one."""


@dataclass(frozen=True, eq=False)
class Series:
    """A count by week and by month, oldest first, the report's own last; None before the data begins."""

    name: str
    side: Side
    weeks: tuple[int | None, ...]
    months: tuple[int | None, ...]
    year_before: tuple[int | None, ...]
    """The same months a year earlier."""
    goals: tuple[float | None, ...]
    """What was promised for each month, in total; None where nothing was."""
    normal: limits.NormalRange

    @property
    def now(self) -> int:
        return self.weeks[-1] or 0

    @property
    def band(self) -> tuple[float, float] | None:
        return None if math.isnan(self.normal.low) else (self.normal.low, self.normal.high)


@lru_cache(maxsize=32)
def series(facts: Facts, name: str) -> Series | None:
    """A count's history; None where its columns are not connected."""
    if not facts.tables.has(*NEEDS[name]):
        return None
    run = facts.run
    before = [month_start(m, 12) for m in run.months]
    first = min(epoch_day(run.weeks[0].monday), epoch_day(before[0]))
    frame = daily(facts, name, first_day=first, last_day=run.last_day)
    begins = data_begins(facts, NEEDS[name][0].partition(".")[0])
    weeks = tuple(_between(frame, epoch_day(w.monday), epoch_day(w.sunday), begins) for w in run.weeks)
    return Series(
        name,
        COUNTS[name],
        weeks,
        months=tuple(_month(frame, m, begins) for m in run.months),
        year_before=tuple(_month(frame, m, begins, whole=True) for m in before),
        goals=tuple(_goal(facts, name, m) for m in run.months),
        normal=normal_range(name, weeks[:-1]),
    )


def normal_range(name: str, earlier: tuple[int | None, ...]) -> limits.NormalRange:
    """The normal range of a week's count: one method for each count, named beside it."""
    known = [w for w in earlier if w is not None]
    if METHODS[name] == "c-chart":
        return limits.c_chart(earlier_counts=known)
    return limits.xmr_chart(earlier_values=known, lowest=0.0)


def _month(frame: pd.DataFrame, first: date, begins: int, *, whole: bool = False) -> int | None:
    """A month's count; with `whole`, only where the data reaches back to its first day."""
    start, end = epoch_day(first), epoch_day(month_start(first, -1)) - 1
    return None if whole and start < begins else _between(frame, start, end, begins)


def _goal(facts: Facts, name: str, month: date) -> float | None:
    """The month's promise: of the whole company, else the sum of its segments; a slice has none here."""
    last = month_start(month, -1) - timedelta(days=1)
    found = {} if facts.run.params.slice else promised(facts, name, first=month, last=last)
    return found.get(None, sum(found.values())) if found else None


def data_begins(facts: Facts, table: str) -> int:
    """Epoch day of a table's first row; weeks and months that begin earlier are not known, rather than empty."""
    oldest = facts.tables.inspected[table].oldest
    begins = epoch_day(local_day(oldest.replace(tzinfo=UTC), facts.run.params.timezone)) if oldest else 0
    undated = table == "opportunities" and not facts.tables.has("opportunities.created_at")
    if undated and facts.tables.has("opportunities.lead_id", "leads.created_at"):
        return max(begins, data_begins(facts, "leads"))  # no deal closes before its lead: an earlier day is a slip
    return begins


def _between(frame: pd.DataFrame, first: int, last: int, begins: int) -> int | None:
    return int(frame.loc[frame["day"].between(first, last), "n"].sum()) if last >= begins else None


@agenda(
    id="history",
    title="Leads, MQLs, opportunities and won",
    question="Is this week's inflow and outcome usual?",
)
def history(facts: Facts, block: Block) -> Block:
    """The four counts by week as small multiples, and by month as a table."""
    known = [s for name in COUNTS if (s := series(facts, name)) is not None]
    if not known:
        return replace(block, missing="Not in this data: neither leads nor deals have a date.")
    weeks = [w.label for w in facts.run.weeks]
    panels = [(definition(s.name).label, _panel(s, weeks)) for s in known]
    picture = charts.draw_many(charts.history, panels, title=_finding(known), alt=_alt(known, facts), id="history")
    absent = [definition(name).label for name in COUNTS if series(facts, name) is None]
    return replace(
        block,
        sentences=(news(facts),),
        pictures=(picture,),
        tables=(by_month(facts, known), _by_week(facts, known)),
        evidence=evidence(
            facts,
            n=", ".join(f"{wording.count(s.now)} {definition(s.name).label}" for s in known) + " in this week",
            excluded=f"not told by this data: {wording.listing(absent)}" if absent else "",
            method="normal range from the weeks before: XmR chart (mean ± 2.66 × mean moving range), for deals won a"
            " c-chart (mean ± 3 × its square root)",
        ),
        metrics=_metrics(facts, known),
    )


def _panel(s: Series, weeks: list[str]) -> dict[str, Any]:
    return {"periods": weeks, "values": s.weeks, "side": s.side, "normal": s.band, "goal": None, "write": wording.count}


def sentence(s: Series, facts: Facts) -> str:
    """How this week's count stands to its normal range."""
    news = wording.against_normal(s.now, s.normal.low, s.normal.high)
    return f"{facts.run.week.label} brought {wording.count(s.now) if s.now else 'no'} {SUBJECTS[s.name]}, {news}."


def news(facts: Facts) -> str:
    """What lies outside its normal range; said once, for all counts."""
    known = [s for name in COUNTS if (s := series(facts, name)) and s.band]
    odd = [s for s in known if s.normal.verdict(s.now) in ("above", "below")]
    if not known:
        return "There are too few earlier weeks to say what is usual."
    if not odd:
        told = wording.listing([SUBJECTS[s.name] for s in known])
        return f"{told[0].upper()}{told[1:]} are within their normal range: no news."
    return " ".join(sentence(s, facts) for s in odd)


def _finding(known: list[Series]) -> str:
    news = [definition(s.name).label for s in known if s.normal.verdict(s.now) in ("above", "below")]
    if not news:
        banded = [s for s in known if s.band]
        if banded and len(banded) < len(known):
            return "Counts that have a normal range are within it"
        return "Every count is within its normal range" if banded else "Counts by week"
    return f"{wording.listing(news)} outside the normal range"


def _alt(known: list[Series], facts: Facts) -> str:
    parts = [
        f"{definition(s.name).label} by week from {facts.run.weeks[0].label}: "
        + ", ".join(wording.count(w) for w in s.weeks)
        for s in known
    ]
    return ". ".join(parts) + "."


def by_month(facts: Facts, known: list[Series]) -> Table:
    """Each count beside the same month a year before, and its goal where there is one."""
    rows = []
    for i, month in enumerate(facts.run.months):
        cells = (c for s in known for c in (_of_goal(s.months[i], s.goals[i]), wording.count(s.year_before[i])))
        rows.append((wording.month(month) + ("" if month_over(facts, month) else " so far"), *cells))
    heads = [
        c
        for s in known
        for c in (Column(definition(s.name).label, numeric=True), Column("a year before", numeric=True))
    ]
    return Table(
        f"By month, {wording.month(facts.run.months[0])} to now, beside the year before",
        (Column("Month"), *heads),
        tuple(rows[::-1]),
        note="“of”: what was promised for the month. The year before is shown for whole months.",
        folded=True,
    )


def month_over(facts: Facts, month: date) -> bool:
    """Whether the month has ended by the last visible instant."""
    return facts.run.as_of >= midnight(month_start(month, -1), facts.run.params.timezone)


def _of_goal(count: int | None, goal: float | None) -> str:
    return f"{wording.count(count)} of {wording.count(goal)}" if goal else wording.count(count)


def _by_week(facts: Facts, known: list[Series]) -> Table:
    rows = [(w.label, *(wording.count(s.weeks[i]) for s in known)) for i, w in enumerate(facts.run.weeks)]
    heads = (Column("Week"), *(Column(definition(s.name).label, numeric=True) for s in known))
    return Table("By week", heads, tuple(rows[::-1]), folded=True)


def _metrics(facts: Facts, known: list[Series]) -> tuple[Metric, ...]:
    records = []
    for s in known:
        records.append(metric(s.name, s.now, n=s.now))
        if s.band:
            low, high = s.band
            records.append(metric(f"{s.name}_usual", s.normal.centre, low=low, high=high, n=s.normal.weeks))
        records += [
            metric(s.name, n, n=n, period=w.label)
            for w, n in zip(facts.run.weeks[:-1], s.weeks[:-1], strict=True)
            if n is not None
        ]
        records += of_months(facts, s)
    return tuple(records)


def of_months(facts: Facts, s: Series) -> list[Metric]:
    """The counts of the months, and of those a year earlier that the history itself does not hold."""
    before = [(month_start(m, 12), n) for m, n in zip(facts.run.months, s.year_before, strict=True)]
    older = [(m, n) for m, n in before if m not in facts.run.months]
    months = (*zip(facts.run.months, s.months, strict=True), *older)
    return [metric(s.name, n, n=n, period=f"{m:%Y-%m}") for m, n in months if n is not None]
