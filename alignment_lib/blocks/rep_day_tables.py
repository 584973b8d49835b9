"""The tables of each rep's day, for the sales manager: by rep, leads that are nobody's, plans, and the leads."""

from __future__ import annotations

import pandas as pd

from alignment_lib.blocks.coming import Row
from alignment_lib.blocks.listing import counted
from alignment_lib.blocks.rep_day_numbers import (
    LEFT,
    NOBODY,
    NOT_YET,
    OLD_DAYS,
    STRANGER,
    Adrift,
    Days,
    RepDay,
    old_of,
)
from alignment_lib.blocks.rep_day_rows import handed_over, known, time_left, when
from alignment_lib.blocks.typed import one_line
from alignment_lib.facts import Facts
from alignment_lib.facts.rep_frames import OVERDUE, STATES, TODAY
from alignment_lib.page.block import Cell, Column, Table
from alignment_lib.stats import wording

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
        tuple(_adrift(facts, a) for a in found.adrift),
        note="None of them is in any rep's mail. Begin with those that have the least time; accept or reject what is"
        " too old to save.",
    )


def _adrift(facts: Facts, one: Adrift) -> tuple[Cell, ...]:
    day = one.rep and {LEFT: one.rep.ended, NOT_YET: one.rep.started}.get(one.reason)
    verb = {LEFT: "left on", NOT_YET: "begins on"}.get(one.reason, "")
    why = f"{verb} {wording.day(day)}" if day else "no owner" if one.reason == NOBODY else one.reason
    counts = (counted(facts, one.leads[one.leads["state"] == state]) for state in STATES)
    return (facts.rep(one.owner_id), why, *counts, TO_DO[one.reason])


def plans(facts: Facts, found: Days) -> Table:
    """The plans of the days ahead that touch anybody's leads, and whose."""
    days = wording.plural(facts.run.params.weekly.upcoming_days, "day")
    return Table(
        f"Plans of the next {days} that touch leads which are not decided on",
        (Column("Plan"), Column("When"), Column("Source or campaign"), Column("Leads", numeric=True), Column("Reps")),
        tuple(_plan(facts, found, row) for row in found.plans),
    )


def _plan(facts: Facts, found: Days, row: Row) -> tuple[Cell, ...]:
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
