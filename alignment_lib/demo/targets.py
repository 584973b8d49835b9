"""Targets by month, quarter and segment, set each December: near what comes true but for the missed quarter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from alignment_lib.demo import columns as col
from alignment_lib.demo import truth
from alignment_lib.demo.chance import Bools, Floats, Ints
from alignment_lib.demo.crm import World
from alignment_lib.demo.history import DAY_S, NEVER, epoch_day, to_local

LAST_YEAR = 2029
FACTORS = (0.97, 1.0, 0.95, 1.02, 0.98, 1.01, 0.96)
"""Target over what comes true, in turn by month."""
MISSED_FACTOR, RECENT_FACTOR = 1.25, 1.01
RATE_DAYS = 182
"""What comes after the history's end is expected at the rate of so many days before it."""
FOLLOW_UP_TARGET = 0.9
RAISED_BEFORE = 1.12
"""The won value of the quarter that holds the end was first set so much higher, then lowered in July."""
MILESTONES = (
    ("Win-back mailing to lost deals of last year is out", date(2026, 7, 31), "marketing", date(2026, 7, 30)),
    ("Every enterprise deal over 60 days has a next step and a date", date(2026, 8, 14), "sales", None),
    ("Partner pipeline reviewed with Tidemark and Kontor Cloud", date(2026, 9, 4), "joint", date(2026, 9, 4)),
    ("Autumn webinar series booked, speakers confirmed", date(2026, 9, 11), "marketing", date(2026, 9, 15)),
    ("Forecast call with all team leads", date(2026, 9, 25), "sales", None),
)
"""What is due by when, whose it is, and the day on which it was done."""
HEADINGS = ("Metric", "Period Start", "Period End", "Segment", "Source", "Owner", "Target", "Set On", "Milestone",
            "Due On", "Done On")  # fmt: skip
Row = tuple[str, date, date, str | None, str | None, str, float, date, str | None, date | None, date | None]


@dataclass(frozen=True)
class Series:
    """What came true per day up to the end, and how much a day is expected to bring after it."""

    first: int
    per_day: Floats

    def total(self, start: date, end: date) -> float:
        """Sum over the days from `start` to `end`, both included."""
        low, high = epoch_day(start) - self.first, epoch_day(end) + 1 - self.first
        known = self.per_day[max(low, 0) : max(high, 0)]
        return float(known.sum() + self.per_day[-RATE_DAYS:].mean() * (high - max(low, self.per_day.size))
                     if high > self.per_day.size else known.sum())  # fmt: skip


def targets(world: World, until: date) -> pa.Table:
    """All targets set by a date; `world` is the first block of the history."""
    rows = [_as_of(row, until) for row in _rows(world) if row[7] <= until]
    types = (pa.string(), pa.date32(), pa.date32(), pa.string(), pa.string(), pa.string(), pa.float64(), pa.date32(),
             pa.string(), pa.date32(), pa.date32())  # fmt: skip
    columns = zip(*rows, strict=True) if rows else [()] * len(HEADINGS)
    return col.table({
        name: col.text(list(values), kind) for name, values, kind in zip(HEADINGS, columns, types, strict=True)
    })  # fmt: skip


def _as_of(row: Row, until: date) -> Row:
    """The row as it read on that day: what was done later was not done yet."""
    done_on = row[-1]
    return row if done_on is None or done_on <= until else (*row[:-1], None)


def _rows(world: World) -> Iterator[Row]:
    first = date.fromordinal(date(1970, 1, 1).toordinal() + world.block.first)
    mqls = [_daily(world, world.leads.mql_s, world.leads.segment == k) for k in range(3)]
    sqls = _daily(world, world.followed.sql_s)
    won = _daily(world, world.deals.closed_s, world.deals.won)
    value = _daily(world, world.deals.closed_s, world.deals.won, world.deals.amount)
    for number, (start, end) in enumerate(_periods(first, months=1)):
        factor, set_on = _factor(number, start, end), _set_on(start)
        all_mqls = sum(series.total(start, end) for series in mqls)
        for segment, series in zip(truth.SEGMENTS, mqls, strict=True):
            target = _rounded(_share(series, mqls, start) * all_mqls * factor, 5)
            yield "mqls", start, end, segment, None, "marketing", target, set_on, None, None, None
        for metric, series, owner, step in (("sqls", sqls, "sales", 5), ("won", won, "sales", 1),
                                            ("won_value", value, "joint", 5_000)):  # fmt: skip
            yield (
                metric,
                start,
                end,
                None,
                None,
                owner,
                _rounded(series.total(start, end) * factor, step),
                set_on,
                None,
                None,
                None,
            )
        yield "sla_follow_up", start, end, None, None, "sales", FOLLOW_UP_TARGET, set_on, None, None, None
    yield from _quarters(first, value)


def _quarters(first: date, value: Series) -> Iterator[Row]:
    """Joint goals by quarter, with the change of the running one and its milestones."""
    for number, (start, end) in enumerate(_periods(first, months=3)):
        running = start <= truth.END.date() <= end
        target = _rounded(value.total(start, end) * _factor(number, start, end), 5_000)
        at_first = _rounded(target * RAISED_BEFORE, 5_000) if running else target
        yield "won_value", start, end, None, None, "joint", at_first, _set_on(start), None, None, None
        if running:
            yield "won_value", start, end, None, None, "joint", target, date(2026, 7, 6), None, None, None
            for milestone, due_on, owner, done_on in MILESTONES:
                yield "milestones", start, end, None, None, owner, 1.0, date(2026, 7, 6), milestone, due_on, done_on


def _share(series: Series, everything: list[Series], start: date) -> float:
    """A segment's share of the MQLs of the half-year around a month, so that plans do not follow chance."""
    around = start - timedelta(days=75), start + timedelta(days=105)
    return series.total(*around) / max(sum(each.total(*around) for each in everything), 1.0)


def _daily(world: World, instant_s: Ints, of: Bools | None = None, weight: Floats | None = None) -> Series:
    """Add up per local day what happened before the end of the block."""
    block = world.block
    happened = instant_s < NEVER if of is None else (instant_s < NEVER) & of
    day = to_local(instant_s[happened]) // DAY_S - block.first
    inside = (day >= 0) & (day < block.last - block.first)
    weights = None if weight is None else weight[happened][inside]
    return Series(block.first, np.bincount(day[inside], weights, minlength=block.last - block.first).astype(np.float64))


def _periods(first: date, *, months: int) -> Iterator[tuple[date, date]]:
    """Calendar months or quarters from the first whole one."""
    start = date(first.year, 1, 1)
    while start.year <= LAST_YEAR:
        following = date(start.year + (start.month + months > 12), (start.month + months - 1) % 12 + 1, 1)
        if start >= first:
            yield start, following - timedelta(days=1)
        start = following


def _factor(number: int, start: date, end: date) -> float:
    missed = truth.MISSED_QUARTER
    if missed[0] <= start and end <= missed[1]:
        return MISSED_FACTOR
    recent = 0 <= (truth.END.date() - end).days < 31 or start <= truth.END.date() <= end
    return RECENT_FACTOR if recent else FACTORS[number % len(FACTORS)]


def _set_on(start: date) -> date:
    """The December before; the first year's targets date from its July."""
    return date(start.year - 1, 12, 15) if start.year > 2024 else date(2024, 7, 15)


def _rounded(target: float, step: int) -> float:
    return float(max(round(target / step), 1) * step)
