"""The daily pulse: one line of marketing, one of sales, one of results (C52), by the definitions of the weekly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from alignment_lib.blocks.agenda import agenda, evidence, metric
from alignment_lib.blocks.closed import knows_losses
from alignment_lib.blocks.closing import checks, method
from alignment_lib.blocks.opening import head
from alignment_lib.blocks.pulse_numbers import LATELY, Counted, FollowUp, Pulse, numbers
from alignment_lib.facts import Facts
from alignment_lib.page.block import Block, Metric
from alignment_lib.stats import wording

__all__ = ["checks", "head", "method", "pulse"]

_PROMISES = {"MQLs": ("mqls", "mql_goal"), "points": ("mql_points", "mql_points_goal")}


@agenda(id="pulse", title="The day", question="Did the day go as such days go, and where does the month stand?")
def pulse(facts: Facts, block: Block) -> Block:
    """Three lines, whatever the day."""
    found = numbers(facts)
    lines = (("Marketing", _marketing(found)), ("Sales", _sales(found)), ("Results", _results(facts, found)))
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


def _sales(found: Pulse) -> str:
    """Deadlines that passed: met and missed; what is still overdue."""
    if not found.known:
        return f"{_unknown(found)}; whether leads were followed up in time is not known."
    told = found.follow_up
    if told is None:
        return "Follow-up cannot be told: this data holds no calls, mails or meetings."
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
    worth = f"worth {value}" if wording.defined(won.value) else "without an amount"
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
        reason = "no deal won has an amount"
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
