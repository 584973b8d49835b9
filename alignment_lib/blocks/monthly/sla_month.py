"""The month against the agreement (C12, C13, C14): what marketing delivered, and how sales followed up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import pandas as pd

from alignment_lib.blocks import attempts
from alignment_lib.blocks.agenda import agenda, evidence, metric, metric_of
from alignment_lib.blocks.follow_up import HOUR, breaches, by_rep, same_day_sentence
from alignment_lib.blocks.history import data_begins
from alignment_lib.blocks.listing import counted
from alignment_lib.blocks.marketing_sla import sentence as on_the_way
from alignment_lib.blocks.month import MonthSoFar, month_so_far
from alignment_lib.facts import Facts, daily, handed_over, happened, response_times
from alignment_lib.facts.people_frames import handed_by_day
from alignment_lib.page import charts
from alignment_lib.page.block import Block, Cell, Column, Metric, Picture, Stat, Table
from alignment_lib.params.period import month_start
from alignment_lib.source.tables import RESPONSE_HOURS
from alignment_lib.stats import estimates, goals, incidences, limits, waiting, wording
from alignment_lib.stats.days import day_of, epoch_day

# The month's follow-up in numbers (C13, C14): by seven days of the month, beside the months before.

STATES = ["met", "missed", "not_due"]
ACTIVITIES = (RESPONSE_HOURS,)


@dataclass(frozen=True, eq=False)
class Sales:
    """How the leads handed over in the month stand to the agreed hours."""

    spans: pd.DataFrame
    """`STATES` by span of seven days of the month."""
    share: estimates.Proportion
    normal: limits.NormalRange
    p50: waiting.Quantile
    p95: waiting.Quantile
    parts: dict[str, pd.DataFrame]
    """The month's leads that are met, missed, untouched (of these) and not due, one row each."""
    worked: estimates.Proportion
    weeks: tuple[str, ...]
    """Labels of the weeks of which `worked` is told."""

    def n(self, part: str) -> int:
        return int(self.spans[part].sum())

    @property
    def due(self) -> int:
        return self.n("met") + self.n("missed")


def spans(facts: Facts) -> list[tuple[int, int]]:
    """First and last day of each seven days of the month: each has every weekday once; the last may be short."""
    run = facts.run
    return [(d, min(d + 6, run.last_day)) for d in range(run.first_day, run.last_day + 1, 7)]


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Sales | None:
    """Sales's side; None where no activities are connected."""
    if not facts.tables.has("leads.created_at", *ACTIVITIES):
        return None
    run, sla = facts.run, facts.run.params.sla.sales
    sla_s, conf = int(sla.follow_up_hours * HOUR), run.params.weekly.confidence
    begins = max(data_begins(facts, "leads"), data_begins(facts, "activities"))
    months = [m for m in run.months if epoch_day(m) >= begins] or [run.months[-1]]
    frame = handed_by_day(facts, sla_s=sla_s, first_day=epoch_day(months[0]), last_day=run.last_day)
    month = frame["day"].map(lambda d: month_start(day_of(d)))
    by_month = frame.groupby(month)[STATES].sum().reindex(months, fill_value=0)
    mine = frame[frame["day"] >= run.first_day]
    by_span = mine.groupby((mine["day"] - run.first_day) // 7)[STATES].sum()
    by_span = by_span.reindex(range(len(spans(facts))), fill_value=0)
    met, missed = int(by_span["met"].sum()), int(by_span["missed"].sum())
    waits = response_times(facts, first_day=run.first_day, last_day=run.last_day)
    times = incidences.follow_up(ages=waits["seconds"] / HOUR, converted=waits["touched"], censored=waits["waiting"])
    worked, weeks = _worked(facts)
    return Sales(
        spans=by_span,
        share=estimates.proportion(converted=met, leads=met + missed, conf=conf),
        normal=limits.p_chart(
            earlier_converted=by_month["met"].iloc[:-1],
            earlier_leads=(by_month["met"] + by_month["missed"]).iloc[:-1],
            leads=met + missed,
        ),
        p50=waiting.km_quantile(times, share=0.5, conf=conf),
        p95=waiting.km_quantile(times, share=0.95, conf=conf),
        parts=_parts(handed_over(facts, first_day=run.first_day, last_day=run.last_day), sla_s),
        worked=worked,
        weeks=weeks,
    )


def _parts(leads: pd.DataFrame, sla_s: int) -> dict[str, pd.DataFrame]:
    late, on_time, touched = leads["seconds"] > sla_s, leads["seconds"] <= sla_s, leads["touched"].astype(bool)
    rows = {"met": on_time & touched, "missed": late, "untouched": late & ~touched, "not_due": on_time & ~touched}
    return {part: leads[mask.fillna(False).astype(bool)] for part, mask in rows.items()}


def _worked(facts: Facts) -> tuple[estimates.Proportion, tuple[str, ...]]:
    """Worked as agreed, over the whole weeks of the month that are old enough."""
    run = facts.run
    told = [
        (w.label, part)
        for w, part in zip(run.weeks, attempts.by_week(facts), strict=True)
        if part is not None and epoch_day(w.monday) >= run.first_day
    ]
    done, leads = (sum(part[i] for _, part in told) for i in (0, 1))
    share = estimates.proportion(converted=done, leads=leads, conf=run.params.weekly.confidence)
    return share, tuple(label for label, _ in told)


@agenda(
    id="sla-month",
    title="The month against the agreement",
    question="Did each side keep what it promised this month?",
    needs=("leads.created_at",),
)
def sla_month(facts: Facts, block: Block) -> Block:
    """Both sides over the month and by week."""
    so_far = month_so_far(facts) if facts.tables.has("leads.mql_at") else None
    found = numbers(facts)
    by_day = _by_day(facts)
    if so_far is None and found is None and not by_day:
        text = (
            "Neither MQLs with a promise nor activities are in this data, so that neither side can be held to its word."
        )
        return replace(block, missing=text)
    return replace(
        block,
        sentences=(*_marketing(so_far), *(_sales(facts, found) if found else by_day)),
        stats=_stats(facts, so_far, found),
        pictures=_picture(facts, found) if found else (),
        tables=tuple(_tables(facts, so_far, found)),
        prompts=("Which of the two promises should we change for next month, and why?",),
        evidence=_evidence(facts, so_far, found),
        metrics=(*_promise_metrics(so_far), *(_metrics(facts, found) if found else ())),
    )


def _by_day(facts: Facts) -> tuple[str, ...]:
    """What is said of sales where hours cannot be told."""
    if RESPONSE_HOURS not in facts.tables.cannot or not facts.tables.has("activities.direction"):
        return ()
    told = same_day_sentence(facts, first_day=facts.run.first_day, last_day=facts.run.last_day)
    return told, facts.tables.cannot[RESPONSE_HOURS]


def _over(so_far: MonthSoFar) -> bool:
    return so_far.done_days == len(so_far.days)


def _kept(part: goals.Projection) -> float:
    return part.done / part.target


def _marketing(so_far: MonthSoFar | None) -> tuple[str, ...]:
    if so_far is None:
        return ("No promise of marketing's is written down for this month.",)
    if not _over(so_far):
        return (on_the_way(so_far),)
    total, month = so_far.total, wording.month(so_far.days[0])
    done, target = wording.count(total.done), wording.count(total.target)
    share = wording.percent(_kept(total))
    told = f"Marketing delivered {done} of the {target} {so_far.unit} promised for {month}, {share} of its promise."
    short = [n for n, p in so_far.parts.items() if p.done < p.target]
    if not so_far.parts:
        return (told,)
    if not short:
        return told, "It kept its promise in every segment."
    missed = [f"{wording.count(so_far.parts[n].done)} of {wording.count(so_far.parts[n].target)} in {n}" for n in short]
    return told, f"It fell short with {wording.listing(missed)}."


def _sales(facts: Facts, found: Sales) -> tuple[str, ...]:
    if not (found.due or found.n("not_due")):
        return ("No lead was handed to sales this month.",)
    return (in_time(facts, found), *_response(found), worked_sentence(found))


def in_time(facts: Facts, found: Sales) -> str:
    """Met of due, the promise, and what is usual."""
    sales, rest = facts.run.params.sla.sales, found.n("not_due")
    if not found.due:
        return f"None of the {wording.plural(rest, 'lead')} handed to sales is due yet."
    share = wording.estimate(found.share.estimate, found.share.low, found.share.high)
    later = f"; {wording.plural(rest, 'lead')} {'is' if rest == 1 else 'are'} not yet due" if rest else ""
    usual = ""
    if wording.defined(found.normal.low) and (found.normal.low > 0 or found.normal.high < 1):
        told = wording.against_normal(found.share.estimate, found.normal.low, found.normal.high, wording.percent)
        usual = f" That is {told} for a month."
    if found.due == 1:
        kept = "" if found.n("met") else "not "
        return f"The one lead that is due was {kept}followed up within {sales.follow_up_hours:g} business hours{later}."
    return (
        f"Sales followed up {wording.count(found.n('met'))} of {wording.plural(found.due, 'lead')} within"
        f" {sales.follow_up_hours:g} business hours, {share}, where {wording.percent(sales.met_share)} is"
        f" promised{later}.{usual}"
    )


def _response(found: Sales) -> tuple[str, ...]:
    if not wording.defined(found.p50.estimate):
        return ("Fewer than half of the leads have had a first contact so far.",)
    told = f"Half of the leads had a first contact within {wording.hours(found.p50.estimate)}"
    if wording.defined(found.p95.estimate):
        return (f"{told}, 95 % within {wording.hours(found.p95.estimate)} (business hours).",)
    return (f"{told} (business hours), but fewer than 95 % have had one so far.",)


def worked_sentence(found: Sales) -> str:
    """Worked as agreed, over the weeks that are old enough."""
    if not found.worked.leads:
        return "No whole week of the month is old enough yet to say how its leads were worked."
    span = found.weeks[0] if len(found.weeks) == 1 else f"{found.weeks[0]} to {found.weeks[-1]}"
    share = wording.estimate(found.worked.estimate, found.worked.low, found.worked.high)
    n = wording.plural(found.worked.leads, "lead")
    return f"Of the {n} handed over in {span}, {share} were worked as agreed; later weeks are too young to say."


def _stats(facts: Facts, so_far: MonthSoFar | None, found: Sales | None) -> tuple[Stat, ...]:
    stats = []
    if so_far is not None:
        note = f"{wording.count(so_far.total.done)} of {wording.count(so_far.total.target)} {so_far.unit}"
        stats.append(Stat("Marketing's promise", wording.percent(_kept(so_far.total)), note, "marketing"))
    if found is not None and found.due:
        promised = wording.percent(facts.run.params.sla.sales.met_share)
        interval = wording.percent_range(found.share.low, found.share.high)
        width = found.share.high - found.share.low
        value = wording.percent(found.share.estimate, width=width)
        stats.append(Stat("Followed up in time", value, f"{interval}; promised {promised}", "sales"))
        stats.append(Stat("Half answered within", wording.hours(found.p50.estimate), "business hours", "sales"))
        worked = wording.percent(found.worked.estimate)
        stats.append(Stat("Worked as agreed", worked, f"of {wording.plural(found.worked.leads, 'lead')}", "sales"))
    return tuple(stats)


def _label(first: int, last: int) -> str:
    a, b = day_of(first), day_of(last)
    return f"{a.day} to {b.day} {b:%b}" if a != b else f"{a.day} {b:%b}"


def _picture(facts: Facts, found: Sales) -> tuple[Picture, ...]:
    if not (found.due or found.n("not_due")):
        return ()
    labels = [_label(*s) for s in spans(facts)]
    parts = {p: [int(x) for x in found.spans[p]] for p in STATES}
    told = ", ".join(
        f"{w} {a}/{b}/{c}" for w, a, b, c in zip(labels, parts["met"], parts["missed"], parts["not_due"], strict=True)
    )
    missed = found.n("missed")
    title = f"{wording.count(missed)} of {wording.count(found.due)} due leads {'was' if missed == 1 else 'were'} missed"
    if found.due < 2:
        kept = "missed" if missed else "followed up in time"
        title = f"The one due lead was {kept}" if found.due else "No lead is due yet"
    picture = charts.draw(
        charts.follow_up,
        weeks=labels,
        met=parts["met"],
        missed=parts["missed"],
        not_due=parts["not_due"],
        write=wording.count,
        title=title,
        alt=f"Leads by days of the month, met / missed / not yet due: {told}.",
        id="sla-month",
    )
    return (picture,)


def _tables(facts: Facts, so_far: MonthSoFar | None, found: Sales | None) -> list[Table]:
    tables = []
    if so_far is not None and so_far.parts:
        tables.append(_segments(facts, so_far))
    tables.append(_by_span(facts, so_far, found))
    if found is not None:
        tables.append(replace(by_rep(facts, found.parts), folded=True))
        late = breaches(facts, found.parts["missed"])
        n = len(found.parts["missed"])
        tables.append(replace(late, caption=f"The {wording.plural(n, 'breach', 'breaches')} of the month, by rep"))
    return [t for t in tables if t.rows]


def _segments(facts: Facts, so_far: MonthSoFar) -> Table:
    mqls = happened(facts, "mqls", first_day=facts.run.first_day, last_day=facts.run.last_day)
    rows: list[tuple[Cell, ...]] = [
        _segment(facts, name, part, mqls[mqls["segment"] == name]) for name, part in so_far.parts.items()
    ]
    other = mqls[~mqls["segment"].isin(list(so_far.parts))]
    if len(other):
        rows.append(("(no promise)", wording.NOTHING, counted(facts, other), wording.NOTHING))
    heads = ("Promised", "MQLs", "Share of the promise")
    return Table(
        "Marketing's promise, by segment",
        (Column("Segment"), *(Column(h, numeric=True) for h in heads)),
        tuple(rows),
        total=_segment(facts, "All", so_far.total, mqls),
    )


def _segment(facts: Facts, name: str, part: goals.Projection, mqls: pd.DataFrame) -> tuple[Cell, ...]:
    return (name, wording.count(part.target), counted(facts, mqls), wording.percent(_kept(part)))


def _by_span(facts: Facts, so_far: MonthSoFar | None, found: Sales | None) -> Table:
    """Seven days a row; the rows add up to the month."""
    heads = [Column("Days")]
    heads += [Column(c, numeric=True) for c in ("Promised", "MQLs")] if so_far else []
    heads += [Column(c, numeric=True) for c in ("Met", "Missed", "Not yet due", "In time")] if found else []
    mqls = daily(facts, "mqls", first_day=facts.run.first_day, last_day=facts.run.last_day) if so_far else None
    rows = []
    for i, (first, last) in enumerate(spans(facts)):
        cells: list[Cell] = [_label(first, last)]
        if so_far is not None and mqls is not None:
            line, offset = so_far.promise_line, facts.run.first_day
            due = line[last - offset] - (line[first - offset - 1] if first > offset else 0.0)
            n = mqls.loc[mqls["day"].between(first, last), "n"].sum()
            cells += [wording.count(due), wording.count(n)]
        if found is not None:
            cells += _states(facts, *(int(found.spans[s].iloc[i]) for s in STATES))
        rows.append(tuple(cells))
    total: list[Cell] = ["The month"]
    if so_far is not None and mqls is not None:
        total += [wording.count(so_far.promise_line[so_far.done_days - 1]), wording.count(mqls["n"].sum())]
    if found is not None:
        total += _states(facts, *(found.n(s) for s in STATES))
    unit = so_far.unit if so_far else "MQLs"
    note = f"Promised: the month's {unit}, spread over its working days; parts are rounded." if so_far else ""
    return Table("By seven days of the month", tuple(heads), tuple(rows), total=tuple(total), note=note, folded=True)


def _states(facts: Facts, met: int, missed: int, not_due: int) -> list[Cell]:
    share = estimates.proportion(converted=met, leads=met + missed, conf=facts.run.params.weekly.confidence)
    told = wording.estimate(share.estimate, share.low, share.high)
    return [wording.count(met), wording.count(missed), wording.count(not_due), told]


def _evidence(facts: Facts, so_far: MonthSoFar | None, found: Sales | None) -> Any:
    parts = [f"{wording.count(so_far.total.done)} {so_far.unit}"] if so_far else []
    if found is not None:
        n = found.due + found.n("not_due")
        parts.append(f"{wording.plural(n, 'lead')} handed over in the month")
    where = f"promise from {so_far.promised_in}; " if so_far else ""
    names = ("mql_attainment",) if found is None else ("mql_attainment", "sla_follow_up", "worked_month")
    return evidence(
        facts,
        *names,
        n=", ".join(parts),
        excluded="leads that were never handed to sales" if found else "",
        method=f"{where}business hours of each rep's calendar; Kaplan-Meier with untouched leads censored; Wilson"
        " interval; p-chart of the months before (three standard errors)",
    )


def _promise_metrics(so_far: MonthSoFar | None) -> list[Metric]:
    if so_far is None:
        return []
    done, goal = ("mqls", "mql_goal") if so_far.unit == "MQLs" else ("mql_points", "mql_points_goal")
    records = []
    for segment, part in ((None, so_far.total), *so_far.parts.items()):
        where: dict[str, Any] = {"segment": segment, "period": so_far.period}
        records += [
            metric(done, part.done, n=part.done, **where),
            metric(goal, part.target, **where),
            metric("mql_attainment", _kept(part), n=part.done, **where),
        ]
        if not _over(so_far):
            end = "mql_month_end" if so_far.unit == "MQLs" else "mql_points_month_end"
            chance = "mql_goal_probability" if so_far.unit == "MQLs" else "mql_points_probability"
            records += [
                metric(end, part.estimate, low=part.low, high=part.high, n=part.done, reason=part.reason, **where),
                metric(chance, part.probability, n=part.done, reason=part.reason, **where),
                metric(goal, part.target_to_date, **where | {"period": f"{so_far.period} to date"}),
            ]
    return records


def _metrics(facts: Facts, found: Sales) -> list[Metric]:
    started = found.due + found.n("not_due")
    records = [
        metric_of("sla_follow_up", found.share, n=found.due),
        metric("sla_met", found.n("met"), n=started),
        metric("sla_missed", found.n("missed"), n=started),
        metric("sla_not_due", found.n("not_due"), n=started),
        metric_of("response_hours", found.p50, n=found.p50.leads),
        metric_of("response_hours_p95", found.p95, n=found.p95.leads),
        metric_of("worked_month", found.worked, n=found.worked.leads),
        metric("sla_follow_up_usual", found.normal.centre, low=found.normal.low, high=found.normal.high,
               n=found.normal.weeks, reason=found.normal.reason),
    ]  # fmt: skip
    for i, (first, last) in enumerate(spans(facts)):
        met, missed = (int(found.spans[s].iloc[i]) for s in ("met", "missed"))
        share = estimates.proportion(converted=met, leads=met + missed, conf=facts.run.params.weekly.confidence)
        period = f"{day_of(first).isoformat()} to {day_of(last).isoformat()}"
        records.append(metric_of("sla_follow_up", share, n=met + missed, period=period))
    return records
