"""Sales's decisions and reasons as numbers: those of this week, and what became in time of the MQLs of each week."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from alignment_lib.blocks.history import data_begins
from alignment_lib.facts import Facts
from alignment_lib.facts import effort_frames as frames
from alignment_lib.source.tables import DECISION_DAYS
from alignment_lib.stats import estimates, limits
from alignment_lib.stats.days import epoch_day

NEEDS = ("leads.created_at", "leads.accepted_at", "leads.rejected_at", DECISION_DAYS)
PARTS = ["leads", "decided", "rejected", "with_reason", "closed"]
Week = tuple[int, int]
"""How many of how many."""


@dataclass(frozen=True, eq=False)
class Judged:
    """The decisions of this week one by one, and what became in time of the MQLs of each week."""

    made: pd.DataFrame
    """`lead_id`, `owner_id`, `source`, `accepted`, `rejected`, `reason` of this week's decisions."""
    counts: pd.DataFrame
    """`week`, `owner_id`, `source` and `PARTS` of the weeks that are old enough."""
    leads: tuple[int | None, ...]
    closed: tuple[Week | None, ...]
    """Per week of the run; None where it is too young or lies before the data."""
    newest: int | None
    share: estimates.Proportion
    normal: limits.NormalRange
    heard: dict[str, int]
    """Days since sales last decided or remarked, by source."""

    @property
    def accepted(self) -> pd.DataFrame:
        return self.made[self.made["accepted"]]

    @property
    def rejected(self) -> pd.DataFrame:
        return self.made[self.made["rejected"]]

    @property
    def unexplained(self) -> pd.DataFrame:
        return self.rejected[self.rejected["reason"] == ""]

    @property
    def by_source(self) -> pd.DataFrame:
        """Sums of `PARTS` over the weeks that are old enough, most leads first."""
        return sums(self.counts, "source")

    @property
    def reasons(self) -> pd.Series[int]:
        """Rejections of this week by the reason given, most frequent first."""
        given = self.rejected[self.rejected["reason"] != ""].groupby("reason").size()
        return given.sort_index().sort_values(ascending=False, kind="stable")


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Judged:
    """Everything the block prints."""
    run = facts.run
    first, last = epoch_day(run.weeks[0].monday), len(run.weeks) - 1
    known = [epoch_day(w.sunday) >= data_begins(facts, "leads") for w in run.weeks]
    ripe = [i for i, old in enumerate(frames.ripe(run)) if old and known[i]]
    frame = frames.judgements(facts, first_day=first, last_day=run.last_day)
    frame["closed"] = frame["decided"] - frame["rejected"] + frame["with_reason"]
    weeks = frame.groupby("week")[PARTS].sum().reindex(range(last + 1), fill_value=0)
    closed = tuple((int(weeks["closed"][i]), int(weeks["leads"][i])) if i in ripe else None for i in range(last + 1))
    newest = ripe[-1] if ripe else None
    done, leads = (closed[newest] if newest is not None else None) or (0, 0)
    heard = frames.last_heard(facts, facts.kept("feedback"))
    return Judged(
        made=_one_spelling(frames.decided(facts, first_day=epoch_day(run.week.monday), last_day=run.last_day)),
        counts=frame[frame["week"].isin(ripe)],
        leads=tuple(int(n) if k else None for n, k in zip(weeks["leads"], known, strict=True)),
        closed=closed,
        newest=newest,
        share=share_of(facts, done, leads),
        normal=limits.p_chart(
            earlier_converted=[w[0] for w in closed[:newest] if w is not None],
            earlier_leads=[w[1] for w in closed[:newest] if w is not None],
            leads=leads,
        ),
        heard={source: max(0, run.as_of_day - day) for source, day in heard.items()},
    )


def sums(counts: pd.DataFrame, by: str) -> pd.DataFrame:
    """`PARTS` by a dimension, most leads first; nobody's under the empty name."""
    found = counts.assign(**{by: counts[by].fillna("")}).groupby(by)[PARTS].sum()
    return found.sort_index().sort_values("leads", ascending=False, kind="stable")


def _one_spelling(made: pd.DataFrame) -> pd.DataFrame:
    """Reasons that differ by capitals only are one, spelt as most people spell it."""
    key = made["reason"].str.casefold()
    spelt = made["reason"].groupby(key).agg(lambda reasons: reasons.mode().iloc[0])
    return made.assign(reason=key.map(spelt))


def share_of(facts: Facts, closed: int, leads: int) -> estimates.Proportion:
    """Decided in time, with reasons, as a share with its interval."""
    return estimates.proportion(converted=closed, leads=leads, conf=facts.run.params.weekly.confidence)


def by_week(facts: Facts) -> tuple[Week | None, ...]:
    """MQLs (else leads) decided in time and with a reason, and all of them, per week; None where unknown (yet)."""
    return numbers(facts).closed if facts.tables.has(*NEEDS) else (None,) * len(facts.run.weeks)


def reasons_known(facts: Facts) -> bool:
    """Whether the CRM holds why leads were rejected."""
    return facts.tables.has("leads.reject_reason")


def what(facts: Facts) -> str:
    """What sales decides on: `MQL`, or `lead` where the CRM knows no MQLs."""
    return "MQL" if frames.start_of(facts) == "mql" else "lead"


def span(facts: Facts, found: Judged) -> str:
    """`2026-W25 to 2026-W36`: the weeks that are old enough."""
    labels = [w.label for w, c in zip(facts.run.weeks, found.closed, strict=True) if c is not None]
    return labels[0] if len(labels) == 1 else f"{labels[0]} to {labels[-1]}"
