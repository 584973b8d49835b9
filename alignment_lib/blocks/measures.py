"""A measure by week: its values, the last week that is complete, and what is usual (one method per measure)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import pandas as pd

from alignment_lib.blocks import attempts, follow_up, listing, loop
from alignment_lib.blocks.history import data_begins
from alignment_lib.facts import Facts, daily
from alignment_lib.facts.effort_frames import linked
from alignment_lib.facts.frames import DEAL_EVENTS, NEEDS, happened
from alignment_lib.facts.week_frames import decided_by_week, response_times_by_week
from alignment_lib.page.block import Cell, Side
from alignment_lib.params.period import month_start
from alignment_lib.source.tables import RESPONSE_HOURS
from alignment_lib.stats import incidences, limits, waiting
from alignment_lib.stats.days import epoch_day

HOUR = 3600
RHYTHM_DAYS = 91
"""Days before a month that its weekdays' weights are learnt from."""

Values = Sequence[float | None]
Parts = Sequence[tuple[int, int] | None]
"""Done and of how many, by week; None where the week is not complete yet or has no data."""


@dataclass(frozen=True, eq=False)
class ByWeek:
    """A measure over the weeks of `run.weeks`, the report's own last."""

    name: str
    values: tuple[float | None, ...]
    """None where undefined or not complete yet."""
    of: tuple[int, ...]
    """What a share is a share of; 0 for other measures."""
    judged: int | None
    """Which week can be judged: the last complete one; None where none is."""
    normal: limits.NormalRange
    """For the week that is judged, from the weeks before it."""

    @property
    def value(self) -> float | None:
        """Of the week that is judged."""
        return None if self.judged is None else self.values[self.judged]


@dataclass(frozen=True)
class Kind:
    """How a measure is read, what it needs, and its one method for the normal range."""

    method: str
    needs: tuple[str, ...]
    side: Side
    values: Callable[[Facts], Values] | None = None
    parts: Callable[[Facts], Parts] | None = None
    """Of a share, in place of values."""
    less_is_better: bool = False
    event: str = ""
    """The event of `metrics.daily` that it counts or sums."""


@lru_cache(maxsize=32)
def days(facts: Facts, event: str) -> pd.DataFrame:
    """An event by day, from far enough back to know the weekdays of each quarter that the last weeks touch."""
    weeks = facts.run.weeks
    quarter = epoch_day(month_start(weeks[-4].monday, 2)) - RHYTHM_DAYS
    first = min(epoch_day(weeks[0].monday), quarter)
    return daily(facts, event, first_day=first, last_day=facts.run.last_day)


def _counts(event: str, facts: Facts) -> Values:
    frame, begins = days(facts, event), data_begins(facts, NEEDS[event][0].partition(".")[0])
    sums = _by_week(facts, frame["day"], frame["n"])
    return [None if last < begins else n for n, last in zip(sums, _sundays(facts), strict=True)]


def _money(event: str, facts: Facts) -> Values:
    """Sums of amounts; undefined in a week whose deals all lack one."""
    frame = days(facts, event)
    sums = _by_week(facts, frame["day"], frame["amount"].fillna(0.0))
    priced = _by_week(facts, frame["day"], frame["n_amount"])
    return [
        None if n is None or (n and not p) else s for n, p, s in zip(_counts(event, facts), priced, sums, strict=True)
    ]


def _sundays(facts: Facts) -> list[int]:
    return [epoch_day(w.sunday) for w in facts.run.weeks]


def _by_week(facts: Facts, day: pd.Series, values: pd.Series) -> list[float]:
    week = (day.astype("int64") - epoch_day(facts.run.weeks[0].monday)) // 7
    sums = values.groupby(week).sum()
    return [float(sums.get(i, 0.0)) for i in range(len(facts.run.weeks))]


def _won_of_closed(facts: Facts) -> Parts:
    won, lost = _counts("won", facts), _counts("lost", facts)
    return [None if w is None or x is None else (int(w), int(w + x)) for w, x in zip(won, lost, strict=True)]


def _accepted(facts: Facts) -> Parts:
    run = facts.run
    frame = decided_by_week(facts, first_day=epoch_day(run.weeks[0].monday), last_day=run.last_day)
    rows = frame.set_index("week").reindex(range(len(run.weeks)), fill_value=0)
    return [(int(a), int(a + r)) for a, r in zip(rows["accepted"], rows["rejected"], strict=True)]


def _in_time(facts: Facts) -> Parts:
    weeks = follow_up.numbers(facts).weeks
    return [(int(met), int(met + missed)) for met, missed in zip(weeks["met"], weeks["missed"], strict=True)]


def _response(facts: Facts) -> Values:
    """Median hours, leads that still wait included (Kaplan-Meier)."""
    run = facts.run
    frame = response_times_by_week(facts, first_day=epoch_day(run.weeks[0].monday), last_day=run.last_day)
    medians: list[float | None] = [None] * len(run.weeks)
    for week, leads in frame.groupby("week"):
        times = incidences.follow_up(
            ages=leads["seconds"] / HOUR, converted=leads["touched"], censored=leads["waiting"]
        )
        median = waiting.km_quantile(times, share=0.5).estimate
        medians[int(str(week))] = None if math.isnan(median) else median
    return medians


def _count(event: str, side: Side, method: str = "XmR chart", less_is_better: bool = False) -> Kind:
    return Kind(method, NEEDS[event], side, partial(_counts, event), less_is_better=less_is_better, event=event)


def _sum(event: str, amount: str) -> Kind:
    needs = (*NEEDS[event], f"opportunities.{amount}")
    return Kind("XmR chart", needs, "sales", partial(_money, event), event=event)


def _part(parts: Callable[[Facts], Parts], side: Side, *needs: str) -> Kind:
    return Kind("p-chart", needs, side, parts=parts)


_ACTIVITIES = (RESPONSE_HOURS,)
MEASURES: dict[str, Kind] = {
    "leads": _count("leads", "marketing"),
    "mqls": _count("mqls", "marketing"),
    "accepted": _count("accepted", "sales"),
    "rejected": _count("rejected", "sales", less_is_better=True),
    "sqls": _count("sqls", "sales"),
    "opportunities": _count("opportunities", "sales"),
    "won": _count("won", "sales", "c-chart"),
    "lost": _count("lost", "sales", "c-chart", less_is_better=True),
    "pipeline_created": _sum("opportunities", "open_amount"),
    "won_value": _sum("won", "amount"),
    "win_rate": _part(_won_of_closed, "sales", "opportunities.closed_at"),
    "acceptance_week": _part(_accepted, "marketing", "leads.accepted_at", "leads.rejected_at"),
    "sla_follow_up": _part(_in_time, "sales", *_ACTIVITIES),
    "worked": _part(attempts.by_week, "sales", *attempts.NEEDS),
    "loop_closure": _part(loop.by_week, "sales", *loop.NEEDS),
    "response_hours": Kind("XmR chart", _ACTIVITIES, "sales", _response, less_is_better=True),
}
"""What a scorecard can hold, by metric, with the method of its normal range: shares by p-chart; deals won and lost by
c-chart; counts that move with campaigns, sums of money and hours by XmR chart."""


def lacking(facts: Facts, name: str) -> tuple[str, ...]:
    """What a measure needs and this data does not hold."""
    needed = facts.tables.lacking(*MEASURES[name].needs)
    if not needed and name in ("lost", "win_rate") and not _knows_losses(facts):
        return ("lost deals",)
    if not needed and name == "worked" and not linked(facts):
        return ("activities.lead_id",)
    return needed


def _knows_losses(facts: Facts) -> bool:
    """Whether the source records lost deals at all; a file of won deals only must not print that none was lost."""
    return facts.tables.inspected["opportunities"].mapped.mapping.columns["outcome"].value is None


@lru_cache(maxsize=64)
def by_week(facts: Facts, name: str) -> ByWeek:
    """A measure of `MEASURES` whose columns are connected."""
    kind, last = MEASURES[name], len(facts.run.weeks) - 1
    over = last if facts.run.as_of >= facts.run.ends else last - 1
    if kind.parts:
        return _share(name, kind.parts(facts), over)
    values = tuple(kind.values(facts)) if kind.values else ()
    judged = over if any(v is not None for v in values[: over + 1]) else None
    earlier = [math.nan if v is None else float(v) for v in values[: judged or 0]]
    if kind.method == "c-chart":
        normal = limits.c_chart(earlier_counts=[v for v in earlier if not math.isnan(v)])
    else:
        normal = limits.xmr_chart(earlier_values=earlier, lowest=0.0)
    return ByWeek(name, values, (0,) * len(values), judged, normal)


def _share(name: str, parts: Parts, over: int) -> ByWeek:
    """A share with its p-chart; the last complete week that somebody is in the count of, or before it, is judged."""
    weeks = tuple(parts)
    values = tuple(None if p is None or not p[1] else p[0] / p[1] for p in weeks)
    complete = [i for i, p in enumerate(weeks) if p is not None and i <= over]
    judged = complete[-1] if complete and any(p and p[1] for p in weeks) else None
    earlier = [p for p in weeks[: judged or 0] if p is not None]
    normal = limits.p_chart(
        earlier_converted=[p[0] for p in earlier],
        earlier_leads=[p[1] for p in earlier],
        leads=(weeks[judged] or (0, 0))[1] if judged is not None else 0,
    )
    return ByWeek(name, values, tuple(p[1] if p else 0 for p in weeks), judged, normal)


def this_week(facts: Facts, name: str, text: str) -> Cell:
    """This week's value; a count opens its list."""
    event = MEASURES[name].event
    if name != event:
        return text
    rows = happened(facts, event, first_day=epoch_day(facts.run.week.monday), last_day=facts.run.last_day)
    return listing.counted(facts, rows, "deals" if event in DEAL_EVENTS else "leads")
