"""Each rep's day (C28): what is overdue, what is due today and what is coming, by rep; and leads that nobody has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from alignment_lib.blocks.agenda import agenda, connect, evidence, metric, metric_of
from alignment_lib.blocks.closing import checks, method
from alignment_lib.blocks.coming import Row, ends
from alignment_lib.blocks.coming import plans as plans_of
from alignment_lib.blocks.follow_up import HOUR
from alignment_lib.blocks.listing import counted, listing
from alignment_lib.blocks.looks import looks
from alignment_lib.blocks.typed import one_line
from alignment_lib.facts import Facts
from alignment_lib.facts.effort_frames import linked
from alignment_lib.facts.facts import UNKNOWN
from alignment_lib.facts.people_frames import Rep, handed_by_day, reps
from alignment_lib.facts.rep_frames import (
    LATER,
    OVERDUE,
    STATES,
    TODAY,
    Workday,
    open_leads,
    undecided,
    workdays,
    zones_of_reps,
)
from alignment_lib.page.block import Block, Cell, Column, Metric, Stat, Table
from alignment_lib.params.period import midnight
from alignment_lib.source.tables import RESPONSE_HOURS
from alignment_lib.stats import estimates, wording
from alignment_lib.stats.days import day_of, epoch_day

# What each rep's day is made of: their open leads, the plans that touch their leads, their share in time.

SHARE_DAYS = 28
OLD_DAYS = 30
NOBODY, LEFT, NOT_YET, STRANGER = REASONS = "nobody", "left", "not here yet", "not in the table of reps"
"""Why nobody who is here owns a lead."""


@dataclass(frozen=True, eq=False)
class Plan:
    """A plan that runs or begins in the days ahead, and how many undecided leads of one person it touches."""

    row: Row
    leads: int
    by_source: bool
    """Whether they share its source; else its campaign only."""


@dataclass(frozen=True, eq=False)
class RepDay:
    """One person who is here."""

    rep_id: str
    name: str
    workday: Workday
    leads: pd.DataFrame
    """Open ones; see `open_leads`."""
    plans: Sequence[Plan]
    share: estimates.Proportion
    """Followed up in time; `share.leads` are those that are due."""
    met: int

    def of(self, state: str) -> pd.DataFrame:
        return self.leads[self.leads["state"] == state]


@dataclass(frozen=True, eq=False)
class Adrift:
    """Open leads of somebody who is not here, or of nobody."""

    owner_id: str | None
    reason: str
    rep: Rep | None
    leads: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Days:
    """Everybody's day."""

    reps: Sequence[RepDay]
    """Everybody here with an open lead, a plan that touches a lead, or a lead due in the four weeks; most overdue
    first."""
    adrift: Sequence[Adrift]
    plans: Sequence[Row]
    """Those of the days ahead that touch anybody's leads, in order."""
    share: estimates.Proportion
    """Of everybody here."""
    met: int
    known: bool
    """Whether the table of reps says who is here."""
    old_s: int
    """Epoch seconds; what was handed over before is old."""

    @cached_property
    def leads(self) -> pd.DataFrame:
        """Open leads of everybody here."""
        return pd.concat([r.leads for r in self.reps], ignore_index=True) if self.reps else pd.DataFrame()

    def of(self, state: str) -> pd.DataFrame:
        return self.leads[self.leads["state"] == state] if len(self.leads) else self.leads

    @property
    def old(self) -> pd.DataFrame:
        """Overdue leads handed over long before the day."""
        return old_of(self.of(OVERDUE), self.old_s)

    @property
    def behind(self) -> list[RepDay]:
        return [r for r in self.reps if len(r.of(OVERDUE))]

    @property
    def owners(self) -> list[RepDay]:
        return [r for r in self.reps if len(r.leads)]

    @property
    def touched(self) -> list[RepDay]:
        return [r for r in self.reps if r.plans]


def old_of(leads: pd.DataFrame, before_s: int) -> pd.DataFrame:
    """Those of the leads that were handed over before an instant."""
    return leads[leads["start_s"] < before_s] if len(leads) else leads


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Days:
    """Everything the block prints and hands on."""
    sla_s = int(facts.run.params.sla.sales.follow_up_hours * HOUR)
    leads, origins = open_leads(facts, sla_s=sla_s), undecided(facts)
    people, plans = _people(facts), _ahead(facts)
    known = facts.tables.has("reps.rep_id")
    day = facts.run.period.first
    by_owner = _grouped(leads)
    origins_of = _grouped(origins)
    counts = _met_and_due(facts, sla_s)
    owners = list(dict.fromkeys([*by_owner, *origins_of, *counts]))

    def is_here(owner: str | None) -> bool:
        return owner is not None and (not known or (owner in people and people[owner].there(day, day)))

    here = [o for o in owners if o is not None and is_here(o)]
    days = [
        _rep_day(facts, o, by_owner.get(o, leads.iloc[:0]), _touching(plans, origins_of.get(o)), counts.get(o, (0, 0)))
        for o in here
    ]
    days = sorted((d for d in days if len(d.leads) or d.plans or d.share.leads), key=_rank)
    adrift = [_one_adrift(o, people.get(o or ""), rows, facts) for o, rows in by_owner.items() if o not in here]
    met, due = (sum(n[i] for o, n in counts.items() if is_here(o)) for i in (0, 1))
    touched = {id(p.row) for d in days for p in d.plans}
    return Days(
        reps=days,
        adrift=sorted(adrift, key=lambda a: (REASONS.index(a.reason), facts.rep(a.owner_id), a.owner_id or "")),
        plans=[p for p in plans if id(p) in touched],
        share=estimates.proportion(converted=met, leads=due, conf=facts.run.params.weekly.confidence),
        met=met,
        known=known,
        old_s=int(midnight(day - timedelta(days=OLD_DAYS), facts.run.params.timezone).timestamp()),
    )


def _rank(day: RepDay) -> tuple[int, int, str, str]:
    return -len(day.of(OVERDUE)), -len(day.of(TODAY)), day.name, day.rep_id


def _people(facts: Facts) -> dict[str, Rep]:
    return {r.rep_id: r for r in reps(facts)}


def _grouped(frame: pd.DataFrame) -> dict[str | None, pd.DataFrame]:
    return {o if isinstance(o, str) else None: rows for o, rows in frame.groupby("owner_id", dropna=False)}


def _met_and_due(facts: Facts, sla_s: int) -> dict[str, tuple[int, int]]:
    """Met and due by owner, of the leads handed over in the four weeks before the day."""
    day = facts.run.first_day
    frame = handed_by_day(facts, sla_s=sla_s, first_day=day - SHARE_DAYS, last_day=day - 1)
    sums = frame.groupby("owner_id")[["met", "missed"]].sum()
    return {str(o): (int(m), int(m + late)) for o, m, late in zip(sums.index, sums["met"], sums["missed"], strict=True)}


def _rep_day(facts: Facts, owner: str, leads: pd.DataFrame, plans: Sequence[Plan], counts: tuple[int, int]) -> RepDay:
    met, due = counts
    return RepDay(
        rep_id=owner,
        name=facts.rep(owner),
        workday=workdays(facts)[zones_of_reps(facts).get(owner, 0)],
        leads=leads,
        plans=plans,
        share=estimates.proportion(converted=met, leads=due, conf=facts.run.params.weekly.confidence),
        met=met,
    )


def _one_adrift(owner: str | None, rep: Rep | None, leads: pd.DataFrame, facts: Facts) -> Adrift:
    day = facts.run.period.first
    gone = rep is not None and rep.ended is not None and rep.ended < day
    reason = NOBODY if owner is None else STRANGER if rep is None else LEFT if gone else NOT_YET
    return Adrift(owner, reason, rep, leads)


def _ahead(facts: Facts) -> list[Row]:
    """Plans of the slice with a day in the days ahead, the report's own among them; by their first day."""
    first = facts.run.first_day
    last = first + facts.run.params.weekly.upcoming_days - 1
    return [r for r in plans_of(facts) if epoch_day(r["starts_on"]) <= last and ends(r) >= first]


def _touching(plans: Sequence[Row], origins: pd.DataFrame | None) -> list[Plan]:
    """The plans whose source or campaign is that of one of these leads; an unknown one is nothing in common."""
    if origins is None:
        return []
    found = []
    for plan in plans:
        source, campaign = (origins[name] == _known(plan[name]) for name in ("source", "campaign"))
        leads = int(origins.loc[source | campaign, "n"].sum())
        if leads:
            found.append(Plan(plan, leads, bool(source.any())))
    return found


def _known(name: str | None) -> str:
    """What never equals the source or campaign of a lead where the plan names none."""
    return "" if name in (None, UNKNOWN) else str(name)


# What the mails get of each rep's day: one plain row for each person, with nothing of anybody else's in it.

MOST = 200
"""Leads of one state in a row; no list of a mail is longer."""


def handover(facts: Facts, found: Days) -> tuple[Row, ...]:
    """One row for each person in the table of reps who is here and has an open lead or something coming."""
    if not found.known:
        return ()
    seen = _looks(facts, found)
    mailed = [rep for rep in found.reps if len(rep.leads) or rep.plans]
    return tuple(_row(facts, rep, seen) for rep in sorted(mailed, key=lambda r: r.rep_id))


def _row(facts: Facts, rep: RepDay, seen: Mapping[str, str | None]) -> Row:
    listed = pd.concat([rep.of(state).head(MOST) for state in (OVERDUE, TODAY)])
    return {
        "rep_id": rep.rep_id,
        "overdue": len(rep.of(OVERDUE)),
        "due_today": len(rep.of(TODAY)),
        "due_later": len(rep.of(LATER)),
        "day": rep.workday.day.isoformat(),
        "sentence": sentence(rep),
        "note": _note(rep.workday),
        "leads": [_lead(rep.workday, lead) for lead in listed.itertuples()],
        "coming": [_plan_row(facts, plan, seen) for plan in rep.plans],
        "number": number(facts, rep),
    }


def sentence(rep: RepDay) -> str:
    """`2 leads of yours are overdue, and 3 are due today.`"""
    late, today, later = (len(rep.of(state)) for state in (OVERDUE, TODAY, LATER))
    parts = [(late, "overdue"), (today, "due today"), (later, "due later")]
    told = [f"{wording.count(n)} {'is' if n == 1 else 'are'} {what}" for n, what in parts if n]
    if not late + today:
        return f"No lead of yours is overdue or due today{f'; {told[0]}' if told else ''}."
    first = late or today
    told[0] = told[0].replace(" ", f" {'lead' if first == 1 else 'leads'} of yours ", 1)
    return f"{wording.listing(told)}."


def _note(workday: Workday) -> str:
    """What the times are of."""
    full = wording.open_time(workday.full_s, 0)
    day = f"; a day is a working day of {full}" if workday.full_s else ""
    return f"Time left is in business hours of your calendar{day}. Clock times are those of {workday.zone}."


def _lead(workday: Workday, lead: Any) -> Row:
    return {
        "lead_id": str(lead.lead_id),
        **{name: known(getattr(lead, name)) for name in ("source", "campaign", "segment")},
        "handed_over": handed_over(workday, lead.start_s),
        "state": lead.state,
        "hours": time_left(workday, lead.left_s),
        "left_s": int(lead.left_s),
    }


def known(name: str | None) -> str | None:
    """A source, campaign or segment as one line; None where there is none."""
    return None if not isinstance(name, str) or name == UNKNOWN else one_line(name)


def handed_over(workday: Workday, start_s: float) -> str:
    """`Mon 14 Sep, 09:31` on the rep's wall; of another year `14 Sep 2025, 09:31`."""
    local = datetime.fromtimestamp(start_s, ZoneInfo(workday.zone))
    if local.year == workday.day.year:
        return wording.epoch(start_s, workday.zone)
    return f"{wording.day(local.date())}, {local:%H:%M}"


def time_left(workday: Workday, left_s: float) -> str:
    """`2 h 15 min left`, `overdue by 1 day 3 h`, in business hours; a day is a usual working day of that calendar."""
    if left_s < 0:
        return f"overdue by {wording.open_time(-left_s, workday.full_s)}"
    return f"{wording.open_time(left_s, workday.full_s)} left" if left_s else "due now"


def number(facts: Facts, rep: RepDay) -> Row:
    """The one number: the share in time with its interval; below the smallest number of leads, counts only."""
    least, due = facts.run.params.monthly.min_rep_n, int(rep.share.leads)
    label, span = "Followed up in time", "handed over to you in the last four weeks"
    if not due:
        return {"label": label, "value": wording.NOTHING, "note": f"no lead {span} is due yet"}
    counts = f"{wording.count(rep.met)} of {wording.plural(due, 'lead')}"
    if due < least:
        told = f"{span}; a share is told from {wording.plural(least, 'lead')} on"
        return {"label": label, "value": counts, "note": told}
    width, conf = rep.share.high - rep.share.low, wording.percent(facts.run.params.weekly.confidence)
    limits = wording.percent_range(rep.share.low, rep.share.high)
    promised = wording.percent(facts.run.params.sla.sales.met_share)
    told = f"{counts} {span} ({conf} interval {limits}); {promised} is promised"
    return {"label": label, "value": wording.percent(rep.share.estimate, width=width), "note": told}


def _plan_row(facts: Facts, plan: Plan, seen: Mapping[str, str | None]) -> Row:
    row = plan.row
    origin = one_line(row["source"]) if plan.by_source else "this campaign"
    came = f"{wording.plural(plan.leads, 'lead')} of yours came from {origin}"
    return {
        "title": one_line(row["title"] or "Plan"),
        "when": when(facts, row),
        "soundbite": _text(row["soundbite"]),
        "looks_like": seen[str(row["looks_like"])] if row["looks_like"] else None,
        "prospect_action": _text(row["prospect_action"]),
        "how_to_respond": _text(row["how_to_respond"]),
        "why": came,
    }


def _text(typed: object) -> str | None:
    return one_line(typed) or None if typed is not None else None


def _looks(facts: Facts, found: Days) -> dict[str, str | None]:
    """What each plan looks like, in words; a picture stands on marketing's pages, not in a rep's mail."""
    written = sorted({str(p["looks_like"]) for p in found.plans if p["looks_like"]})
    shown = looks(facts, written)
    return {text: _text(look.text) for text, look in zip(written, shown, strict=True)}


def when(facts: Facts, plan: Row) -> str:
    """`today`, `running until 16 Oct 2026`, `22 Sep 2026`, `24 Sep 2026 to 8 Oct 2026`."""
    first, last, today = epoch_day(plan["starts_on"]), ends(plan), facts.run.first_day
    if last == today:
        return "today" if first == today else "until today"
    if first <= today:
        return f"{'from today' if first == today else 'running'} until {wording.day(last)}"
    if first == last:
        return f"{day_of(first):%a} {wording.day(first)}"
    return f"{wording.day(first)} to {wording.day(last)}"


# The tables of each rep's day, for the sales manager: by rep, leads that are nobody's, plans, and the leads.

TO_DO = {
    NOBODY: "assign each",
    LEFT: "hand over",
    NOT_YET: "hand over what is due before",
    STRANGER: "add to the table of reps, or hand over",
}
NAMES = 3
"""Reps that a cell names; more are counted."""


def by_rep(facts: Facts, found: Days) -> Table:
    """Counts that open their lists, the next deadline, the share in time, and how many plans touch leads."""
    heads = ("Overdue", f"of these over {OLD_DAYS} days old", "Due today", "Due later")
    late, *others = [counted(facts, found.of(state)) for state in STATES]
    everybody = (late, counted(facts, found.old), *others)
    least = facts.run.params.monthly.min_rep_n
    return Table(
        "By rep, most overdue first",
        (
            Column("Rep"),
            *(Column(h, numeric=True) for h in heads),
            Column("Runs out next"),
            Column("In time, four weeks", numeric=True),
            Column("Plans", numeric=True),
        ),
        tuple(_rep(facts, found, rep) for rep in found.reps),
        total=("All", *everybody, "", _share(facts, found), wording.count(len(found.plans))),
        note=f"In time is a share from {least} leads on that are due, counts below; the intervals say why this is no"
        " ranking. Plans: those that touch leads which are not decided on.",
    )


def _rep(facts: Facts, found: Days, rep: RepDay) -> tuple[Cell, ...]:
    ahead = rep.leads[rep.leads["state"] != OVERDUE]
    following = time_left(rep.workday, ahead["left_s"].iloc[0]) if len(ahead) else wording.NOTHING
    late, *others = [counted(facts, rep.of(state)) for state in STATES]
    old = counted(facts, old_of(rep.of(OVERDUE), found.old_s))
    return (rep.name, late, old, *others, following, _share(facts, rep), wording.count(len(rep.plans)))


def _share(facts: Facts, of: RepDay | Days) -> str:
    due = int(of.share.leads)
    if due >= facts.run.params.monthly.min_rep_n:
        return wording.estimate(of.share.estimate, of.share.low, of.share.high)
    return f"{wording.count(of.met)} of {wording.count(due)}" if due else wording.NOTHING


def adrift(facts: Facts, found: Days) -> Table:
    """Leads whose owner is not here, and what to do with them."""
    heads = (Column("Owner"), Column("Why"), *(Column(h, numeric=True) for h in ("Overdue", "Due today", "Due later")))
    return Table(
        "Leads that belong to nobody, or to somebody who is not here",
        (*heads, Column("What to do")),
        tuple(_adrift_row(facts, a) for a in found.adrift),
        note="None of them is in any rep's mail. Begin with those that have the least time; accept or reject what is"
        " too old to save.",
    )


def _adrift_row(facts: Facts, one: Adrift) -> tuple[Cell, ...]:
    day = one.rep and {LEFT: one.rep.ended, NOT_YET: one.rep.started}.get(one.reason)
    verb = {LEFT: "left on", NOT_YET: "begins on"}.get(one.reason, "")
    why = f"{verb} {wording.day(day)}" if day else "no owner" if one.reason == NOBODY else one.reason
    counts = (counted(facts, one.leads[one.leads["state"] == state]) for state in STATES)
    return (facts.rep(one.owner_id), why, *counts, TO_DO[one.reason])


def _plans_table(facts: Facts, found: Days) -> Table:
    """The plans of the days ahead that touch anybody's leads, and whose."""
    days = wording.plural(facts.run.params.weekly.upcoming_days, "day")
    return Table(
        f"Plans of the next {days} that touch leads which are not decided on",
        (Column("Plan"), Column("When"), Column("Source or campaign"), Column("Leads", numeric=True), Column("Reps")),
        tuple(_plan_cells(facts, found, row) for row in found.plans),
    )


def _plan_cells(facts: Facts, found: Days, row: Row) -> tuple[Cell, ...]:
    owners = [(rep.name, plan.leads) for rep in found.reps for plan in rep.plans if plan.row is row]
    names = sorted(name for name, _ in owners)
    origin = ", ".join(dict.fromkeys(one_line(row[n]) for n in ("source", "campaign") if row[n]))
    who = wording.plural(len(names), "rep") if len(names) > NAMES else wording.listing(names)
    leads = wording.count(sum(n for _, n in owners))
    return (one_line(row["title"] or "Plan"), when(facts, row), origin, leads, who)


def leads(facts: Facts, found: Days) -> Table:
    """Due today by the time left, then overdue, the nearest to its time first; in each owner's own time zone."""
    rows = pd.concat([found.of(TODAY).sort_values("left_s", kind="stable"),
                      found.of(OVERDUE).sort_values("left_s", ascending=False, kind="stable")])  # fmt: skip
    shown = rows.head(facts.run.params.weekly.list_rows)
    days = {rep.rep_id: rep.workday for rep in found.reps}
    cells = [
        (
            str(r.lead_id),
            facts.rep(r.owner_id),
            known(r.source) or wording.NOTHING,
            handed_over(days[r.owner_id], r.start_s),
            time_left(days[r.owner_id], r.left_s),
        )
        for r in shown.itertuples()
    ]
    left = len(rows) - len(cells)
    return Table(
        "Leads due today, then overdue ones, the latest first",
        (Column("Lead"), Column("Rep"), Column("Source"), Column("Handed over"), Column("Time left")),
        tuple(cells),
        note=f"{wording.count(left)} more are not listed." if left else "",
        folded=True,
    )


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
    needs=("leads.owner_id", RESPONSE_HOURS),
)
def rep_day(facts: Facts, block: Block) -> Block:
    """Open leads by rep, leads without anybody who is here, plans that touch leads; a row for each rep's mail."""
    if not linked(facts):
        return replace(block, missing=connect(facts, ("activities.lead_id",)))
    found = numbers(facts)
    shown = (
        *((by_rep(facts, found),) if found.reps else ()),
        *((adrift(facts, found),) if found.adrift else ()),
        *((_plans_table(facts, found),) if found.plans else ()),
        *((leads(facts, found),) if len(found.of(TODAY)) + len(found.of(OVERDUE)) else ()),
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
