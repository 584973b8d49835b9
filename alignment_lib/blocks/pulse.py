"""The daily pulse: one line of marketing, one of sales, one of results (C52), by the definitions of the weekly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

import pandas as pd

from alignment_lib.blocks.agenda import agenda, evidence, metric, untold
from alignment_lib.blocks.closed import knows_losses
from alignment_lib.blocks.closing import checks, method
from alignment_lib.blocks.follow_up import HOUR
from alignment_lib.blocks.history import data_begins, normal_range
from alignment_lib.blocks.month import MonthSoFar, month_so_far
from alignment_lib.blocks.opening import head
from alignment_lib.facts import Facts, daily, follow_up, promised
from alignment_lib.facts.due_frames import due
from alignment_lib.facts.frames import NEEDS
from alignment_lib.page.block import Block, Metric
from alignment_lib.params.period import local_day, month_start
from alignment_lib.source.tables import RESPONSE_HOURS
from alignment_lib.stats import limits, wording
from alignment_lib.stats.days import day_of, epoch_day

# What the pulse says of a day: counts beside the same weekday before, deadlines passed, deals, the month so far.

LATELY = 30
"""Days within which an overdue lead is still warm."""
ACTIVITIES = (RESPONSE_HOURS,)
COUNTS = ("leads", "mqls", "opportunities", "won")


@dataclass(frozen=True, eq=False)
class Counted:
    """An event of the day, and of its month so far."""

    now: int
    month: int
    normal: limits.NormalRange
    """Of the same weekday in the weeks before."""
    value: float
    """Amount of the day's deals; nan where none has one."""
    month_value: float
    priced: int
    month_priced: int


@dataclass(frozen=True, eq=False)
class FollowUp:
    """Leads whose deadline passed on the day; and all that are overdue at its end, as the weekly counts them."""

    due: int
    met: int
    overdue: int
    lately: int

    @property
    def missed(self) -> int:
        return self.due - self.met


@dataclass(frozen=True, eq=False)
class Pulse:
    """One day."""

    day: date
    working: bool
    """Whether the company works on it."""
    newest: date
    """The day of the newest row."""
    known: bool
    """Whether the data reaches the day."""
    counts: Mapping[str, Counted]
    """By event; only those whose columns are connected and whose table has begun."""
    month: MonthSoFar | None
    follow_up: FollowUp | None
    targets: Mapping[str, float]
    """Of the month: `won`, `won_value`."""

    @property
    def silent(self) -> bool:
        """Whether there is nothing to tell: no data, or a day off on which nothing happened."""
        happened = any(c.now for c in self.counts.values()) or bool(self.follow_up and self.follow_up.due)
        return not self.known or not (self.working or happened)


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Pulse:
    """Everything the pulse prints."""
    run, tables = facts.run, facts.tables
    day = run.period.first
    newest = local_day(tables.newest, run.params.timezone)
    known = newest >= day
    counts = {name: found for name in COUNTS if known and (found := _counted(facts, name)) is not None}
    return Pulse(
        day=day,
        working=_working(facts, day),
        newest=newest,
        known=known,
        counts=counts,
        month=month_so_far(facts) if "mqls" in counts else None,
        follow_up=_follow_up(facts) if known and tables.has(*ACTIVITIES) else None,
        targets={name: t for name in ("won", "won_value") if (t := _target(facts, name)) is not None},
    )


def _working(facts: Facts, day: date) -> bool:
    calendar = facts.run.params.company.calendar
    if calendar.always_open:
        return True
    return bool(calendar.windows().get(day.weekday())) and day not in calendar.holidays.days(day.year, day.year)


def _counted(facts: Facts, name: str) -> Counted | None:
    """None where it is not connected, or begins after the day."""
    if not facts.tables.has(*NEEDS[name]):
        return None
    day, weeks = facts.run.last_day, facts.run.params.weekly.history_weeks
    begins = data_begins(facts, NEEDS[name][0].partition(".")[0])
    if begins > day:
        return None
    month = epoch_day(month_start(day_of(day)))
    frame = daily(facts, name, first_day=min(month, day - 7 * weeks), last_day=day)
    by_day = frame.groupby("day")["n"].sum()
    earlier = [int(by_day.get(d, 0)) if d >= begins else None for d in range(day - 7 * weeks, day, 7)]
    today, so_far = frame[frame["day"] == day], frame[frame["day"] >= month]
    return Counted(
        now=int(today["n"].sum()),
        month=int(so_far["n"].sum()),
        normal=normal_range(name, tuple(earlier)),
        value=_value(today),
        month_value=_value(so_far),
        priced=_priced(today),
        month_priced=_priced(so_far),
    )


def _priced(frame: pd.DataFrame) -> int:
    return int(frame["n_amount"].sum()) if "n_amount" in frame else 0


def _value(frame: pd.DataFrame) -> float:
    return float(frame["amount"].sum()) if _priced(frame) else float("nan")


def _follow_up(facts: Facts) -> FollowUp:
    run = facts.run
    sla_s = int(run.params.sla.sales.follow_up_hours * HOUR)
    frame = due(facts, sla_s=sla_s, first_day=run.first_day, last_day=run.last_day)
    overdue, lately = (
        int(follow_up(facts, sla_s=sla_s, first_day=first, last_day=run.last_day)["untouched"].sum())
        for first in (data_begins(facts, "leads"), run.last_day + 1 - LATELY)
    )
    return FollowUp(due=len(frame), met=int(frame["met"].sum()), overdue=overdue, lately=lately)


def _target(facts: Facts, name: str) -> float | None:
    """The month's target: of the whole company, else the sum of its segments; of a segment's slice its own."""
    first = month_start(day_of(facts.run.last_day))
    found = promised(facts, name, first=first, last=month_start(first, -1) - timedelta(days=1))
    dimension, value = facts.run.params.slice or ("", "")
    if dimension:
        return found.get(value) if dimension == "segment" else None
    return found.get(None, sum(found.values())) if found else None


__all__ = ["checks", "head", "method", "pulse"]

_PROMISES = {"MQLs": ("mqls", "mql_goal"), "points": ("mql_points", "mql_points_goal")}


@agenda(id="pulse", title="The day", question="Did the day go as such days go, and where does the month stand?")
def pulse(facts: Facts, block: Block) -> Block:
    """Three lines, whatever the day."""
    found = numbers(facts)
    lines = (("Marketing", _marketing(found)), ("Sales", _sales(facts, found)), ("Results", _results(facts, found)))
    return replace(
        block,
        labels=tuple(label for label, _ in lines),
        sentences=tuple(text for _, text in lines),
        evidence=evidence(
            facts,
            *(("due_leads", "still_overdue") if found.follow_up else ()),
            n=_n(found),
            excluded="lost deals: this data holds won ones only" if _won_only(facts, found) else "",
            method="normal range from the same weekday in the weeks before: XmR chart (mean ± 2.66 × mean moving"
            f" range); agreed time {facts.run.params.sla.sales.follow_up_hours:g} business hours of each rep's"
            " calendar; what was due by now is weighted by weekday and holidays",
        ),
        metrics=tuple(_metrics(facts, found)),
        handover=({"day": wording.short_day(found.day), "silent": found.silent},),
    )


def _won_only(facts: Facts, found: Pulse) -> bool:
    return "won" in found.counts and not knows_losses(facts)


def _n(found: Pulse) -> str:
    day, weekday = wording.day(found.day), f"{found.day:%A}"
    off = "" if found.working else ", a day off by the company's calendar"
    weeks = max((c.normal.weeks for c in found.counts.values()), default=0)
    return f"{weekday} {day}{off}; {wording.plural(weeks, weekday)} before it"


def _marketing(found: Pulse) -> str:
    """Leads and MQLs beside the weekday's normal range, and the month against the promise."""
    if not found.known:
        return f"{_unknown(found)}; its leads and MQLs are not known."
    leads, mqls = found.counts.get("leads"), found.counts.get("mqls")
    parts = [_beside(leads, "lead")] if leads else []
    parts += [_beside(mqls, "MQL")] if mqls else []
    if not parts:
        return "Neither leads nor MQLs of this day are in the data."
    lacking = "" if mqls else "; this data does not say when a lead became an MQL"
    usual = any(c and wording.defined(c.normal.low) for c in (leads, mqls))
    beside = f" beside the {found.day:%A}s before" if usual else ""
    return f"{_on(found)} brought {wording.listing(parts)}{beside}{lacking}{_promise(found)}."


def _unknown(found: Pulse) -> str:
    return f"The data ends on {wording.short_day(found.newest)}, before this day"


def _on(found: Pulse) -> str:
    """`Fri 18 Sep`, `Sun 20 Sep, a day off,`."""
    return wording.short_day(found.day) + ("" if found.working else ", a day off,")


def _beside(counted: Counted, thing: str) -> str:
    told = wording.plural(counted.now, thing) if counted.now else f"no {thing}s"
    normal = counted.normal
    if wording.defined(normal.low):
        return f"{told} ({wording.beside_normal(counted.now, normal.low, normal.high)})"
    never = normal.centre == 0 and normal.weeks
    return f"{told} ({'usually none' if never else 'no normal range yet'})"


def _promise(found: Pulse) -> str:
    """MQLs (or points) of the month, what is promised, what was due by now."""
    so_far, mqls = found.month, found.counts.get("mqls")
    if so_far is None:
        return f"; {_month(found)} has {_some(mqls.month, 'MQL')}, and nobody promised a number" if mqls else ""
    total = so_far.total
    due = wording.count(total.target_to_date)
    by_now = f", where {due} {'was' if due == '1' else 'were'} due by now" if wording.defined(total.attainment) else ""
    done = f"{wording.count(total.done) if total.done else 'none'} of {wording.count(total.target)} promised"
    return f"; {_month(found)} has {done} {so_far.unit}{by_now}"


def _month(found: Pulse) -> str:
    return f"{found.day:%B}"


def _some(n: int, thing: str) -> str:
    return wording.plural(n, thing) if n else f"no {thing}s"


def _sales(facts: Facts, found: Pulse) -> str:
    """Deadlines that passed: met and missed; what is still overdue."""
    if not found.known:
        return f"{_unknown(found)}; whether leads were followed up in time is not known."
    told = found.follow_up
    if told is None:
        in_time = " in time" if RESPONSE_HOURS in facts.tables.cannot else ""
        return f"Follow-up{in_time} cannot be told: {untold(facts, ACTIVITIES)}."
    late = _overdue(told)
    if not told.due:
        return f"No lead's deadline passed on {_on(found).rstrip(',')}; {late}."
    if told.due == 1:
        was = "was" if told.met else "was not"
        return f"1\u00a0lead's deadline passed, and it {was} followed up in time; {late}."
    leads = wording.plural(told.due, "lead")
    if not told.missed:
        return f"All {leads} whose deadline passed were followed up in time; {late}."
    met = wording.count(told.met) if told.met else "none"
    missed = "were missed" if told.missed > 1 else "was missed"
    return (
        f"Of {leads} whose deadline passed, {met} {'was' if told.met == 1 else 'were'} followed up in time and"
        f" {wording.count(told.missed)} {missed}; {late}."
    )


def _overdue(told: FollowUp) -> str:
    if not told.overdue:
        return "no lead is overdue"
    are = "is" if told.overdue == 1 else "are"
    lately = wording.count(told.lately) if told.lately else "none"
    if told.overdue == told.lately:
        return f"{wording.plural(told.overdue, 'lead')} {are} still overdue, handed over in the last {LATELY} days"
    return f"{wording.plural(told.overdue, 'lead')} {are} still overdue, {lately} of them from the last {LATELY} days"


def _results(facts: Facts, found: Pulse) -> str:
    """Deals won, their value, new opportunities; the month so far against its targets."""
    if not found.known:
        return f"{_unknown(found)}; its deals are not known."
    won, begun = found.counts.get("won"), found.counts.get("opportunities")
    if won is None and begun is None:
        return "Deals of this day are not in the data."
    parts = []
    if won is not None:
        parts.append(_won(facts, won))
    if begun is not None:
        some = wording.plural(begun.now, "opportunity", "opportunities") if begun.now else "no opportunity"
        parts.append(f"{some} began")
    told = wording.listing(parts)
    return f"{told[0].upper()}{told[1:]}{_month_results(facts, found, won)}."


def _won(facts: Facts, won: Counted) -> str:
    if not won.now:
        return "no deal was won"
    value = wording.money(won.value, facts.run.params.company.currency)
    worth = f"worth {value}" if wording.defined(won.value) else f"without an amount{facts.in_currency}"
    return f"{wording.plural(won.now, 'deal')} {worth} {'was' if won.now == 1 else 'were'} won"


def _month_results(facts: Facts, found: Pulse, won: Counted | None) -> str:
    if won is None:
        return ""
    goal = found.targets.get("won")
    deals = f"{wording.count(won.month) if won.month else 'none'} of {wording.plural(goal, 'deal')}" if goal else ""
    deals = deals or _some(won.month, "deal")
    return f"; {_month(found)} has {deals} won{_month_value(facts, found, won)}"


def _month_value(facts: Facts, found: Pulse, won: Counted) -> str:
    currency, goal = facts.run.params.company.currency, found.targets.get("won_value")
    if not wording.defined(won.month_value):
        return ""
    value = wording.money(won.month_value, currency)
    return f" and {value} of {wording.money(goal, currency)}" if goal else f", worth {value}"


def _metrics(facts: Facts, found: Pulse) -> Iterator[Metric]:
    month, currency = f"{found.day:%Y-%m}", facts.run.params.company.currency
    for name, counted in found.counts.items():
        yield metric(name, counted.now, n=counted.now)
        if name != "opportunities":
            yield metric(name, counted.month, n=counted.month, period=month)
        if name in ("leads", "mqls"):
            normal = counted.normal
            yield metric(f"{name}_weekday", normal.centre, low=normal.low, high=normal.high, n=normal.weeks,
                         reason=normal.reason)  # fmt: skip
    if won := found.counts.get("won"):
        reason = f"no deal won has an amount{facts.in_currency}"
        for value, n, period in ((won.value, won.priced, None), (won.month_value, won.month_priced, month)):
            yield metric("won_value", value, n=n, period=period, reason="" if n else reason, currency=currency)
    for name, target in found.targets.items():
        yield metric(f"{name}_goal", target, period=month, currency=currency)
    if found.month:
        done, goal = _PROMISES[found.month.unit]
        total = found.month.total
        if done != "mqls":
            yield metric(done, total.done, n=total.done, period=month)
        yield metric(goal, total.target, period=month)
        yield metric(goal, total.target_to_date, period=f"{month} to date", reason=total.reason)
    if told := found.follow_up:
        yield metric("due_leads", told.due, n=told.due)
        yield metric("due_met", told.met, n=told.due)
        yield metric("due_missed", told.missed, n=told.due)
        yield metric("still_overdue", told.overdue, n=told.overdue)
        yield metric("still_overdue_lately", told.lately, n=told.overdue)
