"""The spans of time that have begun, the same point of those before, and the goals set for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from alignment_lib.facts import Facts, promised
from alignment_lib.params.period import midnight, month_start
from alignment_lib.stats import wording
from alignment_lib.stats.days import day_of

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """A day, week, month or quarter that has begun, and the same point of the one before."""

    name: str
    period: str | None
    """As the record writes it; None is the week of the report."""
    first: date
    last: date
    """Its last day, passed or not: goals are set for whole spans."""
    before_first: date
    before_last: date
    shorter: bool = False
    """The one before has no such day; it is taken to its end."""


def goal(facts: Facts, name: str, *, first: date, last: date) -> float | None:
    """What was promised of a metric for exactly these days: in total, else the sum of the segments; None: nothing."""
    found, sliced = promised(facts, name, first=first, last=last), facts.run.params.slice
    if sliced is not None:
        return found.get(sliced[1]) if sliced[0] == "segment" else None
    return found.get(None, sum(found.values())) or None


def quarter(facts: Facts) -> tuple[date, date] | None:
    """First and last day of the quarter (any three months) that a goal of deals or of won value is set for."""
    today = day_of(facts.run.last_day)
    for back in sorted(range(3), key=lambda back: (month_start(today, back).month % 3 != 1, back)):
        first, last = month_start(today, back), month_start(today, back - 3) - DAY
        if any(goal(facts, name, first=first, last=last) for name in ("won", "won_value")):
            return first, last
    return None


def spans(facts: Facts) -> dict[str, Span]:
    """The `day`, `week` and `month` of the last visible day and, where it has a goal, its `quarter`."""
    run = facts.run
    today, monday = day_of(run.last_day), run.week.monday
    month = month_start(today)
    begun = {
        "day": Span(wording.short_day(today), today.isoformat(), today, today, today - DAY, today - DAY),
        "week": Span(f"Week {run.week.label}", None, monday, run.week.sunday, monday - 7 * DAY, today - 7 * DAY),
        "month": _months(today, month, month_start(today, -1) - DAY, f"{month:%B} so far", f"{month:%Y-%m}"),
    }
    found = quarter(facts)
    if found is not None:
        number, beyond = divmod(found[0].month + 2, 3)
        period = f"{found[0]:%Y-%m} to {found[1]:%Y-%m}" if beyond else f"{found[0].year}-Q{number}"
        begun["quarter"] = _months(today, *found, "Quarter so far", period)
    return begun


def _months(today: date, first: date, last: date, name: str, period: str) -> Span:
    """A span of whole months; the same point before is the same day of the month, as many months earlier."""
    back = (last.year - first.year) * 12 + last.month - first.month + 1
    end = month_start(today, back - 1) - DAY
    shorter = end.day < today.day
    same = end if shorter else end.replace(day=today.day)
    return Span(name, period, first, last, month_start(first, back), same, shorter)


def same_point(facts: Facts, span: Span) -> float:
    """Epoch seconds up to which the span before is counted: of a last day that is not over, the same time of day."""
    run, zone = facts.run, ZoneInfo(facts.run.params.timezone)
    seen = min(run.as_of, run.ends).astimezone(zone)
    if seen.date() > day_of(run.last_day) or span.shorter:
        return midnight(span.before_last + DAY, zone.key).timestamp()
    return datetime.combine(span.before_last, seen.time(), tzinfo=zone).timestamp()
