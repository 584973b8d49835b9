"""How decisions were made: driver, loss reason and competitor of the deals closed, and what was left blank (C3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import pandas as pd

from alignment_lib.blocks.agenda import agenda, connect, evidence, metric, metric_of
from alignment_lib.blocks.closed import knows_losses
from alignment_lib.facts import Facts
from alignment_lib.facts.revenue_frames import reasons
from alignment_lib.page.block import Block, Column, Metric, Table
from alignment_lib.params.period import month_start
from alignment_lib.stats import estimates, wording
from alignment_lib.stats.days import epoch_day

BACK = 12
"""Months before the report's that count as well."""
OUTCOMES = ("won", "lost")


@dataclass(frozen=True)
class Kind:
    """One of the three things that sales can say of a decision."""

    column: str
    label: str
    told: str
    """In a sentence, after "a"."""
    of: tuple[str, ...]
    """Outcomes of which it should be given; elsewhere a blank is none."""


KINDS = {
    "opportunities.decision_driver": Kind("driver", "Decision driver", "decision driver", ("won",)),
    "opportunities.loss_reason": Kind("loss_reason", "Loss reason", "loss reason", ("lost",)),
    "opportunities.competitor": Kind("competitor", "Competitor", "competitor", ("lost",)),
}


@dataclass(frozen=True, eq=False)
class Drivers:
    """Closed deals by what decided them; `recent` rows are those of the month."""

    frame: pd.DataFrame
    kinds: tuple[Kind, ...]
    lacking: tuple[str, ...]
    conf: float

    def n(self, *, recent: bool, outcome: str = "") -> int:
        """Deals closed in the month, or in it and the months before."""
        return int(self._rows(recent=recent, outcome=outcome)["n"].sum())

    def counts(self, kind: Kind, *, recent: bool, outcome: str) -> pd.Series:
        """Deals by what was given, blanks left out."""
        rows = self._rows(recent=recent, outcome=outcome)
        found: pd.Series = rows[rows[kind.column] != ""].groupby(kind.column)["n"].sum()
        return found

    def blank(self, kind: Kind, *, recent: bool) -> estimates.Proportion:
        """The share left blank of the deals of which it should be given."""
        rows = self._rows(recent=recent, outcome="")
        rows = rows[rows["outcome"].isin(kind.of)]
        empty = int(rows.loc[rows[kind.column] == "", "n"].sum())
        return estimates.proportion(converted=empty, leads=int(rows["n"].sum()), conf=self.conf)

    def _rows(self, *, recent: bool, outcome: str) -> pd.DataFrame:
        rows = self.frame[self.frame["recent"]] if recent else self.frame
        return rows[rows["outcome"] == outcome] if outcome else rows


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Drivers:
    """Everything the block prints."""
    run = facts.run
    frame = reasons(
        facts,
        first_day=epoch_day(month_start(run.period.first, BACK)),
        recent_day=run.first_day,
        last_day=run.last_day,
    )
    kinds = tuple(kind for name, kind in KINDS.items() if facts.tables.has(name))
    if not knows_losses(facts):
        kinds = tuple(kind for kind in kinds if "won" in kind.of)
    return Drivers(frame, kinds, facts.tables.lacking(*KINDS), run.params.weekly.confidence)


@agenda(
    id="drivers",
    title="How the decisions were made",
    question="What decided the deals that were won and lost, and how often does nobody say?",
    side="sales",
    needs=("opportunities.closed_at",),
)
def drivers(facts: Facts, block: Block) -> Block:
    """What was given as decisive, by outcome, in the month and over the year before."""
    found = numbers(facts)
    if not found.kinds:
        return replace(block, missing=connect(facts, found.lacking))
    if not found.n(recent=False):
        return replace(block, sentences=("No deal closed in this month or in the twelve before.",))
    lacking = f"not in this data: {wording.listing(found.lacking)}" if found.lacking else ""
    return replace(
        block,
        sentences=tuple(s for kind in found.kinds if (s := sentence(facts, kind))),
        tables=tuple(t for kind in found.kinds if (t := _table(facts, found, kind)) is not None),
        evidence=evidence(
            facts,
            "reason_blank",
            n=f"{wording.plural(found.n(recent=True), 'deal')} closed in the month,"
            f" {wording.count(found.n(recent=False))} with the twelve months before",
            excluded=lacking,
            method="plain counts of what sales typed; blanks with Wilson's interval",
        ),
        metrics=_metrics(facts, found),
    )


def sentence(facts: Facts, kind: Kind) -> str:
    """What was given most often in the month, and how much is blank over the year."""
    found, outcome = numbers(facts), kind.of[0]
    n, blank = found.n(recent=True, outcome=outcome), found.blank(kind, recent=False)
    if not blank.leads:
        return ""
    left = _left(facts, outcome, blank)
    if not n:
        return f"No deal was {outcome} this month, so that no {kind.told} is new.{left}"
    given = {str(name): int(count) for name, count in found.counts(kind, recent=True, outcome=outcome).items()}
    if not given:
        of = "deals of this month names a" if n > 1 else "deal of this month names no"
        return f"{'None of the' if n > 1 else 'The one'} {outcome} {of} {kind.told}.{left}"
    return f"{_given(n, outcome, kind, given)}.{left}"


def _left(facts: Facts, outcome: str, blank: estimates.Proportion) -> str:
    """How often nothing is given, over the year; a few deals have no share."""
    if blank.leads < facts.run.params.weekly.min_n:
        return ""
    over = f" Over this month and the twelve before, {{}} {outcome} deal"
    if not blank.converted:
        return over.format("every") + " names one."
    if blank.converted == blank.leads:
        return over.format("no") + " names one."
    share = wording.estimate(blank.estimate, blank.low, blank.high)
    return over.format(f"{share} of the") + "s name none."


def _given(n: int, outcome: str, kind: Kind, given: Mapping[str, int]) -> str:
    """What was given most often: `Of 22 won deals of this month, 17 name a decision driver, most often “Price” (4)`."""
    most, total = max(given.values()), sum(given.values())
    best = sorted(f"“{name}”" for name, count in given.items() if count == most)
    named = wording.listing(best[:3] if len(best) <= 3 else [*best[:2], "others"])
    if n == 1:
        return f"The one {outcome} deal of this month names {named} as its {kind.told}"
    deals = wording.plural(n, f"{outcome} deal")
    told = f"Of {deals} of this month, {wording.count(total)} {'names' if total == 1 else 'name'} a {kind.told}"
    if total == n:
        told = f"All {deals} of this month name a {kind.told}"
    if len(given) == 1:
        return f"{told}: {named}" if total == 1 else f"{told}, each time {named}"
    return f"{told}, most often {named} ({wording.count(most)}{' each' if len(best) > 1 else ''})"


def _table(facts: Facts, found: Drivers, kind: Kind) -> Table | None:
    """Each thing given: won and lost in the month, and with the months before; the blank ones last."""
    counts = {
        (recent, outcome): found.counts(kind, recent=recent, outcome=outcome)
        for recent in (True, False)
        for outcome in OUTCOMES
    }
    names = sorted({str(name) for series in counts.values() for name in series.index})
    if not names:
        return None
    shown = [key for key in counts if key[1] in kind.of or len(counts[key[0], key[1]]) or len(counts[False, key[1]])]
    places = {name: sum(int(counts[key].get(name, 0)) for key in counts if not key[0]) for name in names}
    names.sort(key=lambda name: (-places[name], name))
    body = [(name, *(wording.count(int(counts[key].get(name, 0))) for key in shown)) for name in names]
    blanks = [found.n(recent=r, outcome=o) - int(counts[r, o].sum()) for r, o in shown]
    body.append(("left blank", *(wording.count(n) for n in blanks)))
    heads = [
        Column(f"{o.capitalize()}, {'month' if r else 'with the year before'}", "deals", numeric=True) for r, o in shown
    ]
    return Table(
        f"{kind.label} of the deals closed",
        (Column(kind.label), *heads),
        tuple(body),
        total=("All", *(wording.count(found.n(recent=r, outcome=o)) for r, o in shown)),
        folded=len(body) > 10,
    )


def _metrics(facts: Facts, found: Drivers) -> tuple[Metric, ...]:
    """Counts by what was given: `source` is what kind of thing and the outcome, `segment` what was given."""
    records = []
    for recent, ending in ((True, "_month"), (False, "")):
        for outcome in OUTCOMES:
            n, period = found.n(recent=recent, outcome=outcome), facts.run.period.label
            records.append(metric(f"decided_deals{ending}", n, n=n, segment=outcome, period=period))
        for kind in found.kinds:
            blank = found.blank(kind, recent=recent)
            where: dict[str, Any] = {"period": facts.run.period.label}
            records.append(metric_of(f"reason_blank{ending}", blank, n=blank.leads, source=kind.told, **where))
            for outcome in OUTCOMES:
                given = found.counts(kind, recent=recent, outcome=outcome)
                total = found.n(recent=recent, outcome=outcome)
                if recent and outcome == kind.of[0]:
                    records.append(
                        metric(
                            "decided_deals_month", int(given.sum()), n=total, source=kind.told, segment=outcome, **where
                        )
                    )
                records += [
                    metric(f"decided_deals{ending}", int(count), n=total, source=f"{kind.told}, {outcome}",
                           segment=str(name), **where)
                    for name, count in given.items()
                ]  # fmt: skip
    return tuple(records)
