"""Goals that both sides share (C39, C36): won value of the quarter and the year, what it takes, and milestones."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import pandas as pd

from alignment_lib.blocks import goals_shared
from alignment_lib.blocks.agenda import agenda, evidence, metric
from alignment_lib.blocks.history import data_begins
from alignment_lib.blocks.month import HISTORY_DAYS
from alignment_lib.facts import Facts, daily, promised
from alignment_lib.page import charts
from alignment_lib.page.block import Block, Column, Metric, Picture, Table
from alignment_lib.params.period import month_start
from alignment_lib.stats import goals, wording
from alignment_lib.stats.days import day_of, epoch_day

# Won value of the quarter and the year against the goals that both sides share: what is left, and the chance (C39).

YEAR = 365
NEEDS = ("opportunities.closed_at", "opportunities.amount")


@dataclass(frozen=True, eq=False)
class Goal:
    """A goal of won value for a period, and how far it is."""

    what: str
    """`quarter`, `year`."""
    label: str
    days: Sequence[date]
    target: float
    summed: str
    """What the target is the sum of; empty where it was written itself."""
    won: float
    work_passed: int
    work_left: int
    mean: float
    """Mean amount of a deal won in twelve months; nan where none was."""
    outlook: goals.Projection | None
    """Deals of the period; its target is what the goal takes at the mean amount."""
    done: Sequence[float] = ()
    """Won value by the end of each day that has passed."""
    line: Sequence[float] = ()
    """The goal spread over the working days, by the end of each day of the period."""

    @property
    def missing(self) -> float:
        return max(0.0, self.target - self.won)

    @property
    def needed(self) -> float:
        """Deals of the mean amount that are missing."""
        return math.ceil(self.missing / self.mean - 1e-9) if wording.defined(self.mean) and self.mean else math.nan

    @property
    def expected(self) -> tuple[float, float, float]:
        """Deals still to come: mean, low, high."""
        o = self.outlook
        return (o.estimate - o.done, o.low - o.done, o.high - o.done) if o else (math.nan,) * 3

    @property
    def ends(self) -> tuple[float, float, float]:
        """Won value at the end, if deals stay as large as they were: mean, low, high; nan where nobody can tell."""
        mean, low, high = (self.won + deals * self.mean for deals in self.expected)
        return mean, low, high


def periods(day: date) -> list[tuple[str, str, date, date]]:
    """The quarter and the year of a day: what, label, first and last day."""
    quarter = month_start(day, (day.month - 1) % 3)
    ends = month_start(quarter, -3) - timedelta(days=1)
    label = f"{quarter:%Y}-Q{(quarter.month + 2) // 3}"
    return [("quarter", label, quarter, ends), ("year", f"{day:%Y}", date(day.year, 1, 1), date(day.year, 12, 31))]


def target(facts: Facts, first: date, last: date) -> tuple[float, str] | None:
    """What was written for the period, else the sum of its quarters or months where each has a target."""
    found = promised(facts, "won_value", first=first, last=last)
    if found:
        return found.get(None, sum(found.values())), ""
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    for size, name in ((3, "quarters"), (1, "months")):
        if size < months:
            starts = [month_start(first, -i) for i in range(0, months, size)]
            ends = [month_start(s, -size) - timedelta(days=1) for s in starts]
            parts = [promised(facts, "won_value", first=a, last=b) for a, b in zip(starts, ends, strict=True)]
            if all(parts):
                return sum(p.get(None, sum(p.values())) for p in parts), name
    return None


def works(facts: Facts, day: date, closed: frozenset[date]) -> bool:
    """Whether the company works on a day."""
    calendar = facts.run.params.company.calendar
    return day not in closed and (calendar.always_open or bool(calendar.windows().get(day.weekday())))


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> tuple[Goal, ...]:
    """The goals of the quarter and the year; none where deals have no amount, or under a slice."""
    if not facts.tables.has(*NEEDS) or facts.run.params.slice is not None:
        return ()
    run = facts.run
    today, spans = day_of(run.last_day), periods(day_of(run.last_day))
    first = min(epoch_day(spans[1][2]) - HISTORY_DAYS, run.last_day - YEAR + 1)
    frame = daily(facts, "won", first_day=first, last_day=run.last_day)
    recent = frame[frame["day"] > run.last_day - YEAR]
    priced = recent["n_amount"].sum()
    mean = float(recent["amount"].sum() / priced) if priced else math.nan
    found = []
    for what, label, begins, ends in spans:
        wanted = target(facts, begins, ends)
        if wanted is not None:
            days = [begins + timedelta(days=i) for i in range((ends - begins).days + 1)]
            found.append(_goal(facts, frame, (what, label, days, today), wanted, mean))
    return tuple(found)


def _goal(
    facts: Facts, frame: pd.DataFrame, period: tuple[str, str, list[date], date], wanted: tuple[float, str], mean: float
) -> Goal:
    what, label, days, today = period
    closed = facts.run.params.company.calendar.holidays.days(days[0].year - 1, days[-1].year)
    mine = frame[frame["day"] >= epoch_day(days[0])]
    passed = [d for d in days if d <= today]
    open_ = [works(facts, d, closed) for d in days]
    a_day = mine.groupby("day")["amount"].sum()
    done = list(itertools.accumulate(float(a_day.get(epoch_day(d), 0.0)) for d in passed))
    working = list(itertools.accumulate(open_))
    goal = Goal(
        what, label, days, wanted[0], wanted[1], math.fsum(mine["amount"].dropna()),
        sum(open_[: len(passed)]), sum(open_[len(passed) :]), mean, None,
        done, [wanted[0] * n / (working[-1] or 1) for n in working],
    )  # fmt: skip
    if not wording.defined(goal.needed):
        return goal
    usual = _rhythm(facts, frame, epoch_day(days[0]), closed)
    deals = float(mine["n"].sum())
    outlook = goals.project(
        done=deals,
        target=deals + goal.needed,
        weight_done=goals.working_weight(usual, days=passed, closed=closed),
        weight_left=goals.working_weight(usual, days=[d for d in days if d > today], closed=closed),
        usual=usual,
        conf=facts.run.params.weekly.range,
    )
    return replace(goal, outlook=outlook)


def _rhythm(facts: Facts, frame: pd.DataFrame, first: int, closed: frozenset[date]) -> goals.Rhythm:
    """Deals won by weekday in the 13 weeks before the period, as far as the data goes back."""
    history = range(max(first - HISTORY_DAYS, data_begins(facts, "opportunities")), first)
    counts = frame.groupby("day")["n"].sum()
    return goals.rhythm(
        days=[day_of(d) for d in history], daily=[float(counts.get(d, 0)) for d in history], closed=closed
    )


@agenda(
    id="joint-goals",
    title="Goals we share",
    question="Will we reach together what we promised together, and what does it take from here?",
)
def joint_goals(facts: Facts, block: Block) -> Block:
    """Won value of the quarter and the year, milestones of the month and ahead, and what was changed."""
    if not facts.kept("targets"):
        return replace(block, missing="No goals are written down: connect the table of targets to see them here.")
    found, stones, log = numbers(facts), milestones(facts), _log(facts)
    none = () if found else ("No goal of won value is written for this quarter or year.",)
    return replace(
        block,
        sentences=(*none, *(s for g in found for s in sentences(facts, g)), others(facts, stones)),
        pictures=tuple(_picture(facts, g) for g in found),
        tables=tuple(t for t in (*_table(facts, found), _milestones(facts, stones), *log) if t.rows),
        prompts=("What do we stop, start or move so that the goal is met, or do we change the goal?",),
        evidence=evidence(
            facts,
            *(("joint_probability", "joint_value_expected") if found else ()),
            n=f"{wording.plural(len(facts.kept('targets')), 'line')} in the table of targets"
            + "".join(f"; {wording.count(g.outlook.done)} deals won this {g.what}" for g in found if g.outlook),
            excluded=f"deals won without an amount{facts.in_currency}" if found else "",
            method="goals as written; working days of the company's calendar; deals projected by a gamma-Poisson model,"
            f" {wording.percent(facts.run.params.weekly.range)} prediction range; the spread of amounts is not in the"
            " chance: one large deal may change it",
        ),
        metrics=(*(m for g in found for m in _metrics(facts, g)), *_other_metrics(facts, stones)),
    )


def sentences(facts: Facts, goal: Goal) -> tuple[str, ...]:
    """Won of the goal, the rate it takes, and the chance."""
    money = _money(facts)
    share = wording.percent(goal.won / goal.target)
    summed = f", the sum of its {goal.summed}" if goal.summed else ""
    won = f"{money(goal.won)} is won, {share}" if goal.won else "nothing is won"
    told = f"This {goal.what}'s goal is {money(goal.target)}{summed}: {won}."
    if not goal.missing:
        return (f"{told[:-1]}, so that it is reached.",)
    if not goal.work_left:
        return (f"{told[:-1]}, and no working day is left.",)
    pace = f" It takes {money(goal.missing / goal.work_left)} a working day from here"
    so_far = f"; so far it was {money(goal.won / goal.work_passed)}" if goal.work_passed and goal.won else ""
    first = f"{told}{pace}{so_far}."
    if goal.outlook is None or not wording.defined(goal.outlook.probability):
        return first, "No chance can be given: there are no deals to learn the usual amount and pace from."
    _, low, high = goal.expected
    deals = wording.plural(goal.needed, "more deal")
    likely = f"{wording.between(low, high)} are likely" if high else "none is likely"
    return first, (
        f"At the usual {money(goal.mean)} a deal that is {deals}, where {likely}: the"
        f" chance is {wording.chance(goal.outlook.probability)}."
    )


def _money(facts: Facts) -> Any:
    return lambda value: wording.money(value, facts.run.params.company.currency)


def _picture(facts: Facts, goal: Goal) -> Picture:
    """Won so far, the goal spread over the working days, the way that is left, and where the period may end."""
    money, (mean, low, high) = _money(facts), goal.ends
    left = bool(goal.missing and goal.work_left)
    needed = f"{money(goal.missing / goal.work_left)} a working day from here" if left else ""
    end = f"; it may end at {money(low)} to {money(high)}" if wording.defined(mean) else ""
    told = f"{money(goal.won)} of {money(goal.target)}"
    return charts.draw(
        charts.burn_up,
        days=goal.days,
        done=goal.done,
        goal=goal.line,
        target=goal.target,
        low=low,
        mean=mean,
        high=high,
        as_of_day=goal.days[len(goal.done) - 1],
        side="both",
        write=money,
        promised="goal",
        ending="likely",
        needed=f"dotted: {needed}" if needed else "",
        title=_finding(goal),
        alt=f"Won value of {goal.label}, added up by day: {told} after {len(goal.done)} of {len(goal.days)} days"
        f"{f', {needed}' if needed else ''}{end}.",
        id=f"joint-{goal.what}",
        height_in=2.2,
    )


def _finding(goal: Goal) -> str:
    """The title of the chart: reached, or the chance."""
    if not goal.missing:
        return f"This {goal.what}'s goal is reached"
    if not goal.work_left:
        return f"This {goal.what}'s goal was missed"
    chance = wording.chance(goal.outlook.probability) if goal.outlook else wording.NOTHING
    if chance == wording.NOTHING:
        won = wording.percent(goal.won / goal.target) if goal.won else "Nothing"
        return f"{won} of this {goal.what}'s goal is won"
    return f"The chance of this {goal.what}'s goal is {chance}"


def _table(facts: Facts, found: Sequence[Goal]) -> list[Table]:
    currency = facts.run.params.company.currency
    heads = [
        Column("Period"),
        Column("Goal", currency, numeric=True),
        Column("Won", f"{currency}, share", numeric=True),
    ]
    heads += [Column("Working days left", numeric=True)]
    heads += [Column(h, f"{currency} a working day", numeric=True) for h in ("So far", "Needed")]
    heads += [Column("Still needed", "deals; likely", numeric=True), Column("Likely end", currency, numeric=True)]
    heads.append(Column("Chance", numeric=True))
    rows = []
    for g in found:
        likely = f"; {wording.between(*g.expected[1:])}" if wording.defined(g.expected[0]) else ""
        rows.append((
            g.label, wording.count(g.target), f"{wording.count(g.won)}, {wording.percent(g.won / g.target)}",
            wording.count(g.work_left),
            wording.count(g.won / g.work_passed) if g.work_passed else wording.NOTHING,
            wording.count(g.missing / g.work_left) if g.work_left else wording.NOTHING,
            f"{wording.count(g.needed)}{likely}", wording.between(*g.ends[1:]),
            wording.chance(g.outlook.probability) if g.outlook else wording.NOTHING,
        ))  # fmt: skip
    note = "Likely: of ten such periods about eight, if deals come as before and stay as large as they were."
    return [Table("Won value against the joint goals", tuple(heads), tuple(rows), note=note)] if rows else []


def milestones(facts: Facts) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Milestones due in the month up to as-of, and those ahead, by day."""
    run, today = facts.run, day_of(facts.run.as_of_day)
    begins, until = day_of(run.first_day), today + timedelta(days=run.params.monthly.upcoming_days)
    rows = [r for r in facts.kept("targets") if r["milestone"] and r["due_on"] and begins <= r["due_on"] <= until]
    rows.sort(key=lambda r: (r["due_on"], r["milestone"]))
    return [r for r in rows if r["due_on"] <= today], [r for r in rows if r["due_on"] > today]


def others(facts: Facts, stones: tuple[Sequence[Any], Sequence[Any]]) -> str:
    """Milestones and changed goals."""
    past, due = (len(s) for s in stones)
    told = f"{wording.plural(past, 'milestone')} fell due this month" if past else "No milestone fell due this month"
    if past and goals_shared.records_done(facts):
        done = sum(r["done_on"] is not None for r in stones[0])
        many = "none" if not done else "all" if done == past > 1 else wording.count(done)
        told += f", {many} of them {'are' if done > 1 else 'is'} done" if past > 1 else (
            " and is done" if done else " and is not done"
        )  # fmt: skip
    verb = "is" if due == 1 else "are"
    ahead = f"{wording.count(due)} more {verb} ahead" if due else "none is ahead"
    n = len(goals_shared.numbers(facts).changes)
    changed = f"{wording.plural(n, 'goal')} {'was' if n == 1 else 'were'}" if n else "no goal was"
    return f"{told}, {ahead}; {changed} changed in the last {goals_shared.CHANGES_WEEKS} weeks."


def _milestones(facts: Facts, stones: tuple[Sequence[Mapping[str, Any]], Sequence[Mapping[str, Any]]]) -> Table:
    return goals_shared.milestone_table(facts, "Milestones of the month and ahead", (*stones[0], *stones[1]))


def _log(facts: Facts) -> list[Table]:
    """The change log, as the weekly shows it."""
    if not goals_shared.numbers(facts).changes:
        return []
    return [goals_shared.goals(facts).tables[-1]]


def _metrics(facts: Facts, goal: Goal) -> list[Metric]:
    currency = facts.run.params.company.currency
    where: dict[str, Any] = {"period": goal.label}
    o, (mean, low, high) = goal.outlook, goal.expected
    deals = o.done if o else 0
    none = "" if o else "no deals to learn the usual amount from"
    a_day = goal.won / goal.work_passed if goal.work_passed else math.nan
    needed = goal.missing / goal.work_left if goal.work_left else math.nan
    return [
        metric("joint_goal", goal.target, currency=currency, **where),
        metric("won_value", goal.won, n=deals, currency=currency, **where),
        metric("joint_attainment", goal.won / goal.target, n=deals, **where),
        metric("joint_missing", goal.missing, currency=currency, **where),
        metric("workdays_left", goal.work_left, **where),
        metric("value_per_day", a_day, n=deals, currency=currency, reason="no working day has passed yet"
               if math.isnan(a_day) else "", **where),
        metric("value_needed_per_day", needed, currency=currency, reason="no working day is left"
               if math.isnan(needed) else "", **where),
        metric("amount_mean_year", goal.mean, currency=currency, reason=none, **where),
        metric("deals_needed", goal.needed, reason=none, **where),
        metric("deals_expected", mean, low=low, high=high, n=deals, reason=none or (o.reason if o else ""), **where),
        metric("joint_value_expected", goal.ends[0], low=goal.ends[1], high=goal.ends[2], n=deals, currency=currency,
               reason=none or (o.reason if o else ""), **where),
        metric("joint_probability", o.probability if o else math.nan, n=deals,
               reason=none or (o.reason if o else ""), **where),
    ]  # fmt: skip


def _other_metrics(facts: Facts, stones: tuple[Sequence[Any], Sequence[Any]]) -> list[Metric]:
    past, due, n = len(stones[0]), len(stones[1]), len(goals_shared.numbers(facts).changes)
    done = sum(r["done_on"] is not None for r in stones[0])
    return [
        metric("milestones_month", past, n=past),
        *([metric("milestones_done", done, n=past)] if goals_shared.records_done(facts) else []),
        metric("milestones_ahead", due, n=due),
        metric("goals_changed", n, n=n),
    ]
