"""The right prospects and people (C9): MQLs in the ideal profile, win rate by tier, personas of MQLs and customers."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

import pandas as pd

from alignment_lib.blocks.agenda import agenda, evidence, metric_of, points_of
from alignment_lib.blocks.closed import knows_losses
from alignment_lib.facts import Facts
from alignment_lib.facts import content_frames as frames
from alignment_lib.facts.effort_frames import start_of
from alignment_lib.facts.facts import UNKNOWN
from alignment_lib.page.block import Block, Column, Metric, Table
from alignment_lib.stats import comparisons, estimates, wording

BEST = ("yes", "true", "ideal", "icp", "high", "best")
"""Names of a tier that say themselves that it is the best; else the first by name is."""
Persona = tuple[str, estimates.Proportion, estimates.Proportion, estimates.Difference]
"""Its name, its share of MQLs, its share of deals won, and the difference."""


@dataclass(frozen=True, eq=False)
class Prospects:
    """Leads of the period by source, tier and persona, and deals of the year by tier and persona."""

    leads: pd.DataFrame
    deals: pd.DataFrame
    tiers: tuple[str, ...]
    """Known tiers, the best first."""
    conf: float

    @property
    def best(self) -> str:
        return self.tiers[0] if self.tiers else ""

    def ideal(self, rows: pd.DataFrame) -> estimates.Proportion:
        """Leads in the ideal profile, of those whose tier is known."""
        known = rows[rows["tier"] != UNKNOWN]
        inside = int(known.loc[known["tier"] == self.best, "n"].sum())
        return self.share(inside, int(known["n"].sum()))

    def share(self, part: int, whole: int) -> estimates.Proportion:
        return estimates.proportion(converted=part, leads=whole, conf=self.conf)

    def win(self, rows: pd.DataFrame) -> estimates.Proportion:
        won, lost = int(rows["won"].sum()), int(rows["lost"].sum())
        return self.share(won, won + lost)

    @property
    def sources(self) -> list[tuple[str, pd.DataFrame]]:
        """Sources with their rows, most leads first."""
        groups = [(str(s), rows) for s, rows in self.leads.groupby("source")]
        return sorted(groups, key=lambda g: (-int(g[1]["n"].sum()), g[0]))

    @property
    def personas(self) -> list[Persona]:
        """Share of MQLs and of deals won, and the difference, the largest share of deals won first."""
        asked = self.leads[self.leads["persona"] != UNKNOWN].groupby("persona")["n"].sum()
        won = self.deals[self.deals["persona"] != UNKNOWN].groupby("persona")["won"].sum()
        found = []
        for name in sorted({*asked.index, *won[won > 0].index}):
            mine = self.share(int(asked.get(name, 0)), int(asked.sum()))
            theirs = self.share(int(won.get(name, 0)), int(won.sum()))
            found.append((str(name), mine, theirs, estimates.difference(rate=mine, baseline=theirs)))
        return sorted(found, key=lambda p: (-p[2].converted, -p[1].converted, p[0]))


@lru_cache(maxsize=4)
def numbers(facts: Facts) -> Prospects:
    """Everything the block prints."""
    leads = frames.profile(facts, start=start_of(facts))
    linked = facts.tables.has("opportunities.closed_at") and knows_losses(facts)
    deals = frames.closed_by_profile(facts) if linked else pd.DataFrame(columns=["tier", "persona", "won", "lost"])
    known = {str(t) for t in (*leads["tier"], *deals["tier"])} - {UNKNOWN}
    return Prospects(leads, deals, tuple(sorted(known, key=_rank)), facts.run.params.weekly.confidence)


def _rank(tier: str) -> tuple[int, list[tuple[int, int, str]], str]:
    """By name, numbers by their size: `Tier 2` before `Tier 10`; a name that says it is the best comes first."""
    parts = re.findall(r"\d+|\D+", tier.casefold().strip())
    order = [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts]
    return (int(tier.casefold().strip() not in BEST), order, tier)


@agenda(
    id="prospects",
    title="The right prospects and people",
    question="Does marketing bring the companies and people whom sales wins?",
    needs=("leads.created_at", "leads.icp_tier"),
)
def prospects(facts: Facts, block: Block) -> Block:
    """Ideal profile by source, win rate by tier, personas."""
    found, what = numbers(facts), _what(facts)
    n, closed = int(found.leads["n"].sum()), int(found.deals[["won", "lost"]].to_numpy().sum())
    if not n and not closed:
        return replace(block, sentences=(f"There was no {what} this month, and no deal closed in the year.",))
    tables = (_by_source(found, what), _by_tier(found), _by_persona(found, what))
    return replace(
        block,
        sentences=tuple(s for s in (sentence(facts), win_sentence(facts), persona_sentence(facts)) if s),
        tables=tuple(t for t in tables if t.rows),
        evidence=evidence(
            facts,
            "ideal_share",
            "tier_win_rate",
            n=f"{wording.plural(n, what)} of the month, {wording.plural(closed, 'deal')} closed in twelve months",
            excluded="leads without a tier or persona from the shares; deals without a lead",
            method="Wilson intervals; the difference of shares by Newcombe's method, personas as"
            " one family by Benjamini-Hochberg; the ideal profile is the first"
            f" tier by name: {wording.listing(found.tiers) or 'none is known'}",
        ),
        metrics=_metrics(facts, found),
    )


def _what(facts: Facts) -> str:
    return "MQL" if start_of(facts) == "mql" else "lead"


def sentence(facts: Facts) -> str:
    """The share in the ideal profile."""
    found, what = numbers(facts), _what(facts)
    share = found.ideal(found.leads)
    if not share.leads:
        return f"No {what} of the month has a known tier."
    shown = wording.estimate(share.estimate, share.low, share.high)
    of = f"the {wording.plural(int(share.leads), what)}" if share.leads > 1 else f"the one {what}"
    return f"Of {of} of the month with a known tier, {shown} fit the ideal profile, which is “{found.best}”."


def win_sentence(facts: Facts) -> str:
    """The win rate of the best tier beside the others'."""
    found = numbers(facts)
    known = found.deals[found.deals["tier"] != UNKNOWN]
    best, others = (found.win(known[(known["tier"] == found.best) == is_best]) for is_best in (True, False))
    if min(best.leads, others.leads) < facts.run.params.weekly.min_n:
        return "Too few deals with a known tier closed in twelve months to compare win rates." if found.tiers else ""
    shown = [wording.estimate(s.estimate, s.low, s.high) for s in (best, others)]
    return (
        f"In twelve months, {shown[0]} of the closed deals in the ideal profile were won, and {shown[1]} of the others."
    )


def persona_sentence(facts: Facts) -> str:
    """The persona whose share of MQLs is farthest from its share of the deals won, where the interval leaves out 0."""
    found, what = numbers(facts), _what(facts)
    apart = _apart(found)
    enough = facts.run.params.weekly.min_n
    if not found.personas or min(found.personas[0][1].leads, found.personas[0][2].leads) < enough:
        return ""
    if not apart:
        return (
            f"The personas of the {what}s are about those of the customers won: no difference stands out from chance."
        )
    name, mine, theirs, _ = max(apart, key=lambda p: abs(p[3].estimate))
    return (
        f"The {name} makes up {wording.percent(mine.estimate)} of the {what}s but {wording.percent(theirs.estimate)} of"
        " the customers won in twelve months, more than chance explains."
    )


def _apart(found: Prospects) -> list[Persona]:
    """Personas whose two shares differ beyond chance: one family, and the interval has to leave out 0 as well."""
    tests = [
        comparisons.two_group_p(
            converted=p[1].converted, leads=p[1].leads, other_converted=p[2].converted, other_leads=p[2].leads
        ).p
        for p in found.personas
    ]
    q = comparisons.benjamini_hochberg(tests)
    both = zip(found.personas, q, strict=True)
    return [p for p, value in both if value <= 1 - found.conf and (p[3].low > 0 or p[3].high < 0)]


def _by_source(found: Prospects, what: str) -> Table:
    def cells(rows: pd.DataFrame) -> tuple[str, ...]:
        n, share = int(rows["n"].sum()), found.ideal(rows)
        shown = wording.estimate(share.estimate, share.low, share.high)
        return (wording.count(n), wording.count(share.leads), wording.count(share.converted), shown)

    rows = tuple((name, *cells(part)) for name, part in found.sources)
    heads = (f"{what}s", "with a tier", "in the ideal profile", "Share")
    columns = (Column("Source"), *(Column(h, numeric=True) for h in heads))
    note = f"Ideal profile: {found.best}, the first of {wording.listing(found.tiers)} by name." if found.tiers else ""
    return Table(
        f"{what}s of the month in the ideal profile", columns, rows, total=("All", *cells(found.leads)), note=note
    )


def _by_tier(found: Prospects) -> Table:
    def cells(leads: pd.DataFrame, deals: pd.DataFrame) -> tuple[str, ...]:
        win = found.win(deals)
        counts = (int(leads["n"].sum()), win.leads, win.converted)
        return (*(wording.count(c) for c in counts), wording.estimate(win.estimate, win.low, win.high))

    leads, deals = found.leads, found.deals
    names = [*found.tiers, *([UNKNOWN] if UNKNOWN in {*leads["tier"], *deals["tier"]} else [])]
    rows = tuple((t, *cells(leads[leads["tier"] == t], deals[deals["tier"] == t])) for t in names)
    heads = ("Leads of the month", "Deals closed in 12 months", "won", "Win rate")
    columns = (Column("Tier"), *(Column(h, numeric=True) for h in heads))
    return Table("Win rate by tier", columns, rows if len(deals) else (), total=("All", *cells(leads, deals)))


def _by_persona(found: Prospects, what: str) -> Table:
    rows = tuple(
        (
            name,
            wording.count(mine.converted), wording.percent(mine.estimate),
            wording.count(theirs.converted), wording.percent(theirs.estimate),
            wording.signed_points_range(gap.estimate, gap.low, gap.high, whole=True),
        )
        for name, mine, theirs, gap in found.personas
    )  # fmt: skip
    heads = (f"{what}s", "share", "Customers won in 12 months", "share", "Difference")
    columns = (Column("Persona"), *(Column(h, "points" if h == "Difference" else "", numeric=True) for h in heads))
    return Table(f"Who the {what}s are and who the customers are", columns, rows, folded=True)


def _metrics(facts: Facts, found: Prospects) -> tuple[Metric, ...]:
    everything = found.ideal(found.leads)
    records = [metric_of("ideal_share", everything, n=everything.leads)]
    for source, rows in found.sources:
        share = found.ideal(rows)
        records.append(metric_of("ideal_share", share, n=share.leads, source=source))
    if len(found.deals):
        known = found.deals[found.deals["tier"] != UNKNOWN]
        others = found.win(known[known["tier"] != found.best])
        records.append(metric_of("tier_win_rate", others, n=others.leads, segment="all but the ideal profile"))
        for tier in found.tiers:
            win = found.win(known[known["tier"] == tier])
            records.append(metric_of("tier_win_rate", win, n=win.leads, segment=tier))
    for name, mine, theirs, gap in found.personas:
        records.append(metric_of("persona_mqls", mine, n=mine.leads, segment=name))
        records.append(metric_of("persona_won", theirs, n=theirs.leads, segment=name))
        records.append(points_of("persona_gap", gap, n=mine.leads, segment=name))
    return tuple(records)
