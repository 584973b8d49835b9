"""The what-if of a proposed definition (C11, D4): who would have been an MQL, whom sales accepted, which wins stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from alignment_lib.blocks.agenda import metric, metric_of, points_of
from alignment_lib.errors import ParamsError
from alignment_lib.facts import Facts
from alignment_lib.page.block import Column, Metric, Table
from alignment_lib.params.files import nearest
from alignment_lib.params.period import month_start
from alignment_lib.stats import estimates, wording
from alignment_lib.stats.days import epoch_day

__all__ = ["Group", "Replay", "metrics", "replayed", "sentences", "tables", "window"]
BOTH, DROPPED, NEW, NEITHER = "both", "only today's", "only the proposed one", "neither"


@dataclass(frozen=True, eq=False)
class Group:
    """Leads that the two definitions treat alike; `judged` of them were handed over long enough ago."""

    leads: int
    judged: int
    accepted: estimates.Proportion
    won: int


@dataclass(frozen=True, eq=False)
class Replay:
    """Today's definition beside the proposed one on the same leads; every lead is in one of the four groups."""

    groups: dict[str, Group]
    today: Group
    proposed: Group
    kept: estimates.Proportion
    """MQLs that stay MQLs."""
    wins_kept: estimates.Proportion
    gap: estimates.Difference
    """Acceptance of the MQLs that stay minus that of those that would fall away."""
    unrecorded: int
    """Leads of which no criterion is recorded: neither here nor there."""
    decides: bool
    """Whether acceptance is connected."""


def window(facts: Facts) -> int:
    """Epoch day on which the months that are looked at begin."""
    return epoch_day(month_start(facts.run.months[-1], facts.run.params.monthly.history_months - 1))


def replayed(facts: Facts, names: tuple[str, ...], frame: pd.DataFrame) -> Replay | None:
    """The proposal of the settings on the counts of `whatif_frames.patterns`; None without MQLs to compare with."""
    proposal = facts.run.params.monthly.proposal
    for name in (*proposal.criteria, *proposal.must):
        if name not in names:
            raise ParamsError(f"proposal: unknown criterion '{name}' ({nearest(name, list(names))})")
    if not facts.tables.has("leads.mql_at") or not names or frame.empty:
        return None
    told = [f"c{names.index(name)}" for name in proposal.criteria or names]
    must = [f"c{names.index(name)}" for name in proposal.must]
    known = (frame[[f"c{i}" for i in range(len(names))]] >= 0).any(axis=1)
    rows = frame[known]
    chosen = ((rows[told] == 1).sum(axis=1) >= proposal.at_least) & (rows[must] == 1).all(axis=1)
    was, conf = rows["mql"] == 1, facts.run.params.weekly.confidence
    parts = {BOTH: was & chosen, DROPPED: was & ~chosen, NEW: ~was & chosen, NEITHER: ~was & ~chosen}
    groups = {name: _group(rows[part], conf) for name, part in parts.items()}
    today, kept = _group(rows[was], conf), groups[BOTH]
    return Replay(
        groups=groups,
        today=today,
        proposed=_group(rows[chosen], conf),
        kept=estimates.proportion(converted=kept.leads, leads=today.leads, conf=conf),
        wins_kept=estimates.proportion(converted=kept.won, leads=today.won, conf=conf),
        gap=estimates.difference(rate=kept.accepted, baseline=groups[DROPPED].accepted),
        unrecorded=int(frame.loc[~known, "leads"].sum()),
        decides=facts.tables.has("leads.accepted_at"),
    )


def _group(rows: pd.DataFrame, conf: float) -> Group:
    def total(name: str) -> int:
        return int((rows["leads"] * rows[name]).sum())

    judged = total("judged")
    rate = estimates.proportion(converted=total("accepted"), leads=judged, conf=conf)
    return Group(leads=int(rows["leads"].sum()), judged=judged, accepted=rate, won=total("won"))


def sentences(facts: Facts, found: Replay | None) -> tuple[str, ...]:
    """Volume, acceptance and wins of the proposal beside today's, and what a replay cannot know."""
    if found is None:
        return ("When each lead became an MQL is not connected, so no other definition can be set beside today's.",)
    return (
        _volume(facts, found),
        *_acceptance(facts, found),
        *_wins(facts, found),
        "This is replayed on what sales saw: leads that were never handed over have no acceptance, and hardly a chance"
        " to be won.",
    )


def _volume(facts: Facts, found: Replay) -> str:
    total = sum(group.leads for group in found.groups.values())
    text = facts.run.params.monthly.proposal.text.rstrip(". ")
    made = wording.plural(found.proposed.leads, "MQL") if found.proposed.leads else "no MQL"
    of = f"{wording.plural(total, 'lead')} that {'is' if total == 1 else 'are'} old enough"
    told = f"The proposed definition, “{text}”, makes {made} of the {of}"
    if not found.today.leads:
        return f"{told}, where there was none."
    kept = wording.estimate(found.kept.estimate, found.kept.low, found.kept.high)
    return f"{told}, where there were {wording.count(found.today.leads)}; of those it keeps {kept}."


def _acceptance(facts: Facts, found: Replay) -> tuple[str, ...]:
    """The MQLs that stay beside those that fall away; they share no lead, so their rates can be compared."""
    stay, fall, least = found.groups[BOTH], found.groups[DROPPED], facts.run.params.weekly.min_n
    if not found.decides or not found.today.judged:
        return ()
    if min(stay.judged, fall.judged) < least:
        return (f"Fewer than {wording.count(least)} MQLs stay or fall away, too few to compare their acceptance.",)
    rates = [wording.estimate(g.accepted.estimate, g.accepted.low, g.accepted.high) for g in (stay, fall)]
    return (f"Of the MQLs that stay, sales accepted {rates[0]}; of those that fall away, {rates[1]}.",)


def _wins(facts: Facts, found: Replay) -> tuple[str, ...]:
    if not found.today.won:
        return ("None of the MQLs led to a deal won in time, so no win can be kept or lost.",)
    kept, lost, new = (found.groups[name].won for name in (BOTH, DROPPED, NEW))
    share = wording.percent_range(found.wins_kept.low, found.wins_kept.high)
    told = (
        f"Of {wording.plural(found.today.won, 'win')} it keeps {wording.count(kept) if kept else 'none'} ({share}) and"
        f" loses {wording.count(lost) if lost else 'none'}"
    )
    return (f"{told}; it finds {wording.plural(new, 'win') if new else 'no win'} that today's definition missed.",)


def tables(facts: Facts, found: Replay | None) -> tuple[Table, ...]:
    """The four groups, and the two definitions as their sums."""
    if found is None:
        return ()
    days, groups = facts.run.params, found.groups
    told = [
        ("MQL by today's definition", found.today),
        ("MQL by the proposed one", found.proposed),
        ("by both", groups[BOTH]),
        ("by today's only", groups[DROPPED]),
        ("by the proposed one only", groups[NEW]),
        ("by neither", groups[NEITHER]),
    ]
    rows = tuple(
        (
            name,
            wording.count(group.leads),
            *((wording.count(group.judged), _rate(group.accepted)) if found.decides else ()),
            wording.count(group.won),
        )
        for name, group in told
    )
    heads = [Column("Leads", numeric=True)]
    if found.decides:
        heads += [Column("judged by sales", numeric=True)]
        heads += [Column(f"accepted in {days.weekly.acceptance_days} days", numeric=True)]
    heads += [Column(f"won in {days.monthly.horizon_days} days", numeric=True)]
    note = "The last four rows share no lead and add to all; the first two are sums of them."
    if found.unrecorded:
        note += f" {wording.plural(found.unrecorded, 'lead')} without any criterion recorded cannot be replayed."
    return (
        Table("Today's definition and the proposed one, replayed", (Column("A lead is an"), *heads), rows, note=note),
    )


def _rate(rate: estimates.Proportion) -> str:
    return wording.estimate(rate.estimate, rate.low, rate.high)


def metrics(found: Replay | None) -> tuple[Metric, ...]:
    """Every number of the replay."""
    if found is None:
        return ()
    records = [
        metric_of("whatif_kept", found.kept, n=found.today.leads),
        metric_of("whatif_wins_kept", found.wins_kept, n=found.today.won),
        points_of("whatif_gap", found.gap, n=found.today.judged),
        metric("whatif_leads", sum(g.leads for g in found.groups.values()), n=found.unrecorded),
    ]
    everything: dict[str, Group] = {"today's": found.today, "the proposed one": found.proposed, **found.groups}
    for name, group in everything.items():
        where: dict[str, Any] = {"segment": name}
        records.append(metric("whatif_leads", group.leads, n=group.leads, **where))
        records.append(metric("whatif_judged", group.judged, n=group.leads, **where))
        records.append(metric("whatif_won", group.won, n=group.leads, **where))
        if found.decides:
            records.append(metric_of("whatif_accepted", group.accepted, n=group.judged, **where))
    return tuple(records)
