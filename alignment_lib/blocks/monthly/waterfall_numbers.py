"""How the open deals stood as the month began, what came and went, how they stand: in all and by segment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from alignment_lib.blocks.pipeline_week import Part, end_s, part
from alignment_lib.facts import Facts
from alignment_lib.facts.money_frames import pipeline_flow
from alignment_lib.facts.revenue_frames import reopenings

NOBODY = Part(0, 0, 0)


@dataclass(frozen=True)
class Flow:
    """Deals of one segment, or of all: start + created + reopened − won − lost + other = end."""

    start: Part
    created: Part
    reopened: Part
    won: Part
    lost: Part
    twice: Part
    """Taken out: closed in the month and reopened in it."""
    undated: Part
    disorder: Part
    end: Part

    @property
    def other(self) -> Part:
        """Put in: without a day of creation, closed before they were created; taken out: closed twice."""
        return minus(plus(self.undated, self.disorder), self.twice)

    @property
    def adds_up(self) -> bool:
        """Whether the parts make the end, in deals and to the cent."""
        left = plus(plus(self.start, self.created), plus(self.reopened, self.other))
        left = minus(minus(left, self.won), self.lost)
        return (left.deals, left.cents) == (self.end.deals, self.end.cents)


@dataclass(frozen=True, eq=False)
class Pipeline:
    """The whole and its segments."""

    whole: Flow
    segments: Mapping[str, Flow]
    back: pd.DataFrame | None
    """Deals reopened; None where nobody can tell."""


def plus(a: Part, b: Part) -> Part:
    """Both together."""
    return Part(a.deals + b.deals, a.cents + b.cents, a.priced + b.priced)


def minus(a: Part, b: Part) -> Part:
    """The first without the second."""
    return Part(a.deals - b.deals, a.cents - b.cents, a.priced - b.priced)


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Pipeline:
    """Everything the block prints."""
    begin = int(facts.run.begins.timestamp())
    flow = pipeline_flow(facts, begin_s=begin, end_s=end_s(facts), by=("segment",))
    back = _back(facts, begin)
    names = sorted(set(flow["segment"]))
    return Pipeline(
        whole=_flow(flow, back, begin),
        segments={s: _flow(flow[flow["segment"] == s], _of(back, s), begin) for s in names},
        back=back,
    )


def closing_stages(facts: Facts) -> dict[str, str]:
    """Stages that close a deal: what the mapping reads the outcome from, where that is the stage's column."""
    rules = facts.tables.inspected["opportunities"].mapped.mapping.columns
    outcome, stage = rules.get("outcome"), rules.get("stage")
    if outcome is None or stage is None or outcome.column is None or outcome.column != stage.column:
        return {}
    return {
        str(stage.map.get(name, name)): str(value) for name, value in outcome.map.items() if value in ("won", "lost")
    }


def _back(facts: Facts, begin: int) -> pd.DataFrame | None:
    closing = closing_stages(facts)
    if not closing or not facts.tables.has("stage_changes"):
        return None
    return reopenings(facts, closing=closing, begin_s=begin, end_s=end_s(facts))


def _of(back: pd.DataFrame | None, segment: str) -> pd.DataFrame | None:
    return None if back is None else back[back["segment"] == segment]


def _flow(flow: pd.DataFrame, back: pd.DataFrame | None, begin: int) -> Flow:
    """The CRM's latest word says that a reopened deal was open all along: it is taken out of where it was closed."""
    step = flow["open_after"].astype(int) - flow["open_before"].astype(int)
    moved = step - flow["created"].astype(int) + (flow["ended"] != "").astype(int)
    start, reopened, twice = part(flow, flow["open_before"]), NOBODY, NOBODY
    if back is not None:
        reopened, twice = _some(back), _some(back[back["closed_s"] >= begin])
        start = minus(start, _some(back[back["closed_s"] < begin].drop_duplicates("opportunity_id")))
    return Flow(
        start=start,
        created=part(flow, flow["created"]),
        reopened=reopened,
        won=part(flow, flow["ended"] == "won"),
        lost=part(flow, flow["ended"] == "lost"),
        twice=twice,
        undated=part(flow, moved * ~flow["dated"]),
        disorder=part(flow, moved * flow["dated"]),
        end=part(flow, flow["open_after"]),
    )


def _some(rows: pd.DataFrame) -> Part:
    return Part(len(rows), int(rows["cents"].sum()), int(rows["cents"].notna().sum()))
