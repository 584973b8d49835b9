"""What each rep's day is made of: their open leads, the plans that touch their leads, their share in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, lru_cache
from typing import Any

import pandas as pd

from alignment_lib.blocks.coming import ends
from alignment_lib.blocks.coming import plans as plans_of
from alignment_lib.blocks.follow_up_tables import HOUR
from alignment_lib.facts import Facts
from alignment_lib.facts.facts import UNKNOWN
from alignment_lib.facts.people_frames import Rep, handed_by_day, reps
from alignment_lib.facts.rep_frames import OVERDUE, TODAY, Workday, open_leads, undecided, workdays, zones_of_reps
from alignment_lib.params.period import midnight
from alignment_lib.stats import estimates
from alignment_lib.stats.days import epoch_day

SHARE_DAYS = 28
OLD_DAYS = 30
NOBODY, LEFT, NOT_YET, STRANGER = REASONS = "nobody", "left", "not here yet", "not in the table of reps"
"""Why nobody who is here owns a lead."""
Row = Mapping[str, Any]


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
    people, plans = _people(facts), _plans(facts)
    known = facts.tables.has("reps.rep_id")
    day = facts.run.period.first
    by_owner = _grouped(leads)
    origins_of = _grouped(origins)
    counts = _in_time(facts, sla_s)
    owners = list(dict.fromkeys([*by_owner, *origins_of, *counts]))

    def is_here(owner: str | None) -> bool:
        return owner is not None and (not known or (owner in people and people[owner].there(day, day)))

    here = [o for o in owners if o is not None and is_here(o)]
    days = [
        _rep_day(facts, o, by_owner.get(o, leads.iloc[:0]), _touching(plans, origins_of.get(o)), counts.get(o, (0, 0)))
        for o in here
    ]
    days = sorted((d for d in days if len(d.leads) or d.plans or d.share.leads), key=_rank)
    adrift = [_adrift(o, people.get(o or ""), rows, facts) for o, rows in by_owner.items() if o not in here]
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


def _in_time(facts: Facts, sla_s: int) -> dict[str, tuple[int, int]]:
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


def _adrift(owner: str | None, rep: Rep | None, leads: pd.DataFrame, facts: Facts) -> Adrift:
    day = facts.run.period.first
    gone = rep is not None and rep.ended is not None and rep.ended < day
    reason = NOBODY if owner is None else STRANGER if rep is None else LEFT if gone else NOT_YET
    return Adrift(owner, reason, rep, leads)


def _plans(facts: Facts) -> list[Row]:
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
