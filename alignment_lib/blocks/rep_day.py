"""Each rep's day (C28): what is overdue, what is due today and what is coming, by rep; and leads that nobody has."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pandas as pd

from alignment_lib.blocks import rep_day_tables as tables
from alignment_lib.blocks.agenda import agenda, connect, evidence, metric, metric_of
from alignment_lib.blocks.closing import checks, method
from alignment_lib.blocks.listing import listing
from alignment_lib.blocks.rep_day_numbers import LEFT, NOBODY, NOT_YET, OLD_DAYS, REASONS, STRANGER, Days, numbers
from alignment_lib.blocks.rep_day_rows import handover
from alignment_lib.facts import Facts
from alignment_lib.facts.effort_frames import linked
from alignment_lib.facts.rep_frames import LATER, OVERDUE, TODAY
from alignment_lib.page.block import Block, Metric, Stat
from alignment_lib.stats import wording

__all__ = ["checks", "method", "rep_day"]

WHOSE = {
    NOBODY: "to nobody",
    LEFT: "to people who have left",
    NOT_YET: "to people who have not begun yet",
    STRANGER: "to people who are not in the table of reps",
}


@agenda(
    id="rep-day",
    title="Each rep's day",
    question="Which leads have to be touched today, and which are nobody's?",
    side="sales",
    needs=("leads.created_at", "leads.owner_id", "activities.occurred_at", "activities.direction"),
)
def rep_day(facts: Facts, block: Block) -> Block:
    """Open leads by rep, leads without anybody who is here, plans that touch leads; a row for each rep's mail."""
    if not linked(facts):
        return replace(block, missing=connect(facts, ("activities.lead_id",)))
    found = numbers(facts)
    shown = (
        *((tables.by_rep(facts, found),) if found.reps else ()),
        *((tables.adrift(facts, found),) if found.adrift else ()),
        *((tables.plans(facts, found),) if found.plans else ()),
        *((tables.leads(facts, found),) if len(found.of(TODAY)) + len(found.of(OVERDUE)) else ()),
    )
    return replace(
        block,
        sentences=sentences(facts, found),
        stats=_stats(facts, found),
        tables=shown,
        evidence=evidence(
            facts,
            "rep_overdue",
            "rep_due_today",
            "leads_adrift",
            "rep_in_time",
            n=f"{wording.plural(len(found.leads) + len(_adrift(found)), 'open lead')}; of the last four weeks"
            f" {wording.plural(found.share.leads, 'lead')} that {'is' if found.share.leads == 1 else 'are'} due",
            method=f"business hours of each rep's calendar, {facts.run.params.sla.sales.follow_up_hours:g} agreed; a"
            " day of them is a usual working day of that calendar; Wilson interval",
        ),
        metrics=_metrics(facts, found),
        handover=handover(facts, found),
    )


def sentences(facts: Facts, found: Days) -> tuple[str, ...]:
    """What is due, what lies too long, what is nobody's, what is coming, what was in time."""
    told = (
        due_sentence(found),
        _old(found),
        _adrift_sentence(found),
        _plans(facts, found),
        _in_time(facts, found),
        "" if found.known else "Who is here is not known without a table of reps: each owner has a row, nobody a mail.",
    )
    return tuple(text for text in told if text)


def due_sentence(found: Days) -> str:
    """Overdue and due today, of people who are here."""
    late, today, later = (len(found.of(state)) for state in (OVERDUE, TODAY, LATER))
    if not late + today + later:
        return "No lead of anybody who is here waits for a first contact."
    first = f"{wording.plural(late, 'lead')} of {wording.plural(len(found.behind), 'rep')} {_are(late)} overdue"
    parts = [first if late else "No lead is overdue", f"{_many(today)} {_are(today)} due today"]
    if later:
        parts.append(f"{wording.count(later)} {_are(later)} due later")
    return f"{wording.listing(parts)}."


def _many(count: int) -> str:
    return wording.count(count) if count else "none"


def _are(count: int) -> str:
    return "are" if count > 1 else "is"


def _old(found: Days) -> str:
    old, late = len(found.old), len(found.of(OVERDUE))
    if not old:
        return ""
    them = "It was" if late == old == 1 else "All of them were" if late == old else (
        f"Of the overdue ones, {wording.count(old)} {'was' if old == 1 else 'were'}"
    )  # fmt: skip
    which = "it no longer hides those" if old == 1 else "they no longer hide those"
    return (
        f"{them} handed over more than {OLD_DAYS} days ago: accept or reject {'it' if old == 1 else 'them'}, so that"
        f" {which} that can still be saved."
    )


def _adrift(found: Days) -> pd.DataFrame:
    return pd.concat([a.leads for a in found.adrift]) if found.adrift else pd.DataFrame()


def _counts(found: Days) -> Counter[str]:
    counts: Counter[str] = Counter()
    for one in found.adrift:
        counts[one.reason] += len(one.leads)
    return counts


def _adrift_sentence(found: Days) -> str:
    counts = _counts(found)
    parts = [f"{wording.count(counts[r])} {WHOSE[r]}" for r in REASONS if counts[r]]
    if not parts:
        return ""
    first = next(counts[r] for r in REASONS if counts[r])
    parts[0] = parts[0].replace(" to ", f" {'lead belongs' if first == 1 else 'leads belong'} to ", 1)
    return f"{wording.listing(parts)}: give {'it' if counts.total() == 1 else 'them'} to somebody who is here."


def _plans(facts: Facts, found: Days) -> str:
    if not facts.tables.has("calendar"):
        return "What is coming is left out: no calendar of plans is connected."
    days = wording.plural(facts.run.params.weekly.upcoming_days, "day")
    if not found.plans:
        return f"No plan of the next {days} touches a lead of anybody who is here."
    n = len(found.plans)
    touch = f"{wording.plural(n, 'plan')} of the next {days} {'touches' if n == 1 else 'touch'} leads"
    return f"{touch} of {wording.plural(len(found.touched), 'rep')}."


def _in_time(facts: Facts, found: Days) -> str:
    due = found.share.leads
    if not due:
        return "No lead handed over in the last four weeks is due yet."
    promised = wording.percent(facts.run.params.sla.sales.met_share)
    if due < facts.run.params.monthly.min_rep_n:
        return (
            f"In the last four weeks {wording.count(found.met)} of {wording.plural(due, 'lead')} that"
            f" {'was' if due == 1 else 'were'} due {'was' if found.met == 1 else 'were'} followed up in time."
        )
    share = wording.estimate(found.share.estimate, found.share.low, found.share.high)
    return (
        f"Of the {wording.plural(due, 'lead')} handed over in the last four weeks that are due, {share} were followed"
        f" up in time, where {promised} is promised."
    )


def _stats(facts: Facts, found: Days) -> tuple[Stat, ...]:
    late, today, nobodys = found.of(OVERDUE), found.of(TODAY), _adrift(found)
    later, due = len(found.of(LATER)), int(found.share.leads)
    behind = f"at {wording.count(len(found.behind))} of {wording.plural(len(found.owners), 'rep')} with open leads"
    width = found.share.high - found.share.low
    in_time = f"{wording.percent_range(found.share.low, found.share.high)}, of {wording.plural(due, 'lead')}"
    return (
        Stat("Overdue", wording.count(len(late)), behind if found.owners else "", "sales",
             listing=listing(facts, late) if len(late) else None),
        Stat("Due today", wording.count(len(today)), f"{wording.count(later)} more due later" if later else "", "sales",
             listing=listing(facts, today) if len(today) else None),
        Stat("To be given to somebody", wording.count(len(nobodys)), "owner gone, or none", "sales",
             listing=listing(facts, nobodys) if len(nobodys) else None),
        Stat("In time, four weeks", wording.percent(found.share.estimate, width=width),
             in_time if due else "none is due yet", "sales"),
    )  # fmt: skip


def _metrics(facts: Facts, found: Days) -> tuple[Metric, ...]:
    opened, counts = len(found.leads), _counts(found)
    late, today, later = (len(found.of(state)) for state in (OVERDUE, TODAY, LATER))
    nobodys, due, plans = counts.total(), int(found.share.leads), len(found.plans)
    records = [
        metric("rep_overdue", late, n=opened),
        metric("rep_due_today", today, n=opened),
        metric("rep_due_later", later, n=opened),
        metric("reps_behind", len(found.behind), n=len(found.owners)),
        metric("rep_overdue_old", len(found.old), n=late),
        metric("leads_adrift", nobodys, n=opened + nobodys),
        *(metric("leads_adrift", counts[r], n=nobodys, segment=r) for r in REASONS if counts[r]),
        metric("rep_plans", plans, n=plans),
        metric("reps_touched", len(found.touched), n=len(found.reps)),
        metric("rep_in_time_met", found.met, n=due),
        metric_of("rep_in_time", found.share, n=due),
    ]
    for rep in found.reps:
        n, whose = len(rep.leads), rep.rep_id
        records += [
            metric("rep_overdue", len(rep.of(OVERDUE)), n=n, segment=whose),
            metric("rep_due_today", len(rep.of(TODAY)), n=n, segment=whose),
            metric("rep_due_later", len(rep.of(LATER)), n=n, segment=whose),
            metric("rep_plans", len(rep.plans), n=len(rep.plans), segment=whose),
            metric("rep_in_time_met", rep.met, n=rep.share.leads, segment=whose),
        ]
        if rep.share.leads >= facts.run.params.monthly.min_rep_n:
            records.append(metric_of("rep_in_time", rep.share, n=rep.share.leads, segment=whose))
    return tuple(records)
