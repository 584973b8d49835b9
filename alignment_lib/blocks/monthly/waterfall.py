"""The month's pipeline: start + created + reopened − won − lost = end, to the cent, by segment, and coverage (C6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import pandas as pd

from alignment_lib.blocks import coverage
from alignment_lib.blocks.agenda import agenda, evidence, metric, worth
from alignment_lib.blocks.closed import knows_losses, no_losses
from alignment_lib.blocks.history import data_begins
from alignment_lib.blocks.listing import counted
from alignment_lib.blocks.pipeline_week import Part, end_s, part, week
from alignment_lib.facts import Facts, deal_frames
from alignment_lib.facts.money_frames import pipeline_flow
from alignment_lib.facts.revenue_frames import reopenings
from alignment_lib.page import charts
from alignment_lib.page.block import Block, Cell, Column, Metric, Picture, Table
from alignment_lib.page.charts import steps
from alignment_lib.stats import wording

# How the open deals stood as the month began, what came and went, how they stand: in all and by segment.

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


@agenda(
    id="waterfall",
    title="Pipeline",
    question="What moved the open deals in the month, and do they cover the goal?",
    side="sales",
    needs=("opportunities.created_at", "opportunities.closed_at"),
)
def waterfall(facts: Facts, block: Block) -> Block:
    """The month's waterfall, by segment, and coverage."""
    if not knows_losses(facts):
        return replace(block, missing=no_losses(facts, "nobody can tell which deals are open"))
    found = numbers(facts)
    if not found.segments:
        return replace(block, sentences=("No deal was open, created or closed in this month.",))
    tables = (_table(facts, found), _by_segment(facts, found), coverage.table(facts))
    told = (sentence(facts), _reopened(facts), _open(facts), coverage.caveats(facts))
    amounts = facts.tables.has("opportunities.open_amount")
    return replace(
        block,
        sentences=tuple(s for s in told if s),
        pictures=(_picture(facts, found.whole),) if amounts else (),
        tables=tuple(t for t in tables if t is not None),
        evidence=evidence(
            facts,
            "coverage",
            n=f"{wording.plural(found.whole.created.deals, 'deal')} created,"
            f" {wording.count(found.whole.end.deals)} open",
            excluded="; ".join(_excluded(facts, found)),
            method="plain counts and sums, added up to the cent and shown in whole amounts",
        ),
        metrics=(*_metrics(facts, found), *coverage.metrics(facts)),
    )


def _worth(facts: Facts, some: Part) -> str:
    return f", worth {worth(facts, some.amount, some.deals - some.priced)}" if some.priced else ""


def _many(some: Part) -> str:
    return wording.count(some.deals) if some.deals else "none"


def sentence(facts: Facts) -> str:
    """From the start to the end, and what came and went."""
    flow, run = numbers(facts).whole, facts.run
    ended = "by its end" if run.as_of >= run.ends else "by now"
    start = wording.plural(flow.start.deals, "deal") if flow.start.deals else "No deal"
    began = f"{start} {'was' if flow.start.deals < 2 else 'were'} open as {wording.month(run.period.first)} began"
    if begins := begins_inside(facts):
        began = f"This data begins on {begins}, so that nobody knows what was open before"
    parts = f"{_many(flow.created)} created, {_many(flow.won)} won, {_many(flow.lost)} lost"
    return f"{began}{_worth(facts, flow.start)}; {ended} {_many(flow.end)}{_worth(facts, flow.end)}: {parts}."


def begins_inside(facts: Facts) -> str:
    """The day on which the data begins, where that lies within the month; else empty."""
    begins = data_begins(facts, "opportunities")
    return wording.day(begins) if begins > facts.run.first_day else ""


def _reopened(facts: Facts) -> str:
    """How many came back, where that can be told."""
    found = numbers(facts)
    some = found.whole.reopened
    if found.back is None or not some.deals:
        return ""
    many = wording.plural(some.deals, "closed deal")
    return f"{many} {'was' if some.deals == 1 else 'were'} reopened{_worth(facts, some)}."


def _open(facts: Facts) -> str:
    """How far the open deals cover the goal."""
    end = numbers(facts).whole.end
    if not end.deals or not wording.defined(end.amount):
        return ""
    return f"Open deals are worth {worth(facts, end.amount, end.deals - end.priced)}{coverage.clause(facts)}."


def _steps(facts: Facts, found: Pipeline) -> list[tuple[Cell, Part, Cell]]:
    """The rows of the waterfall, each with a cell that opens its list where its rows are at hand."""
    flow, lists = found.whole, week(facts)
    ended = lists.ended_rows
    won, lost = (counted(facts, ended[ended["outcome"] == outcome], "deals") for outcome in ("won", "lost"))
    rows: list[tuple[Cell, Part, Cell]] = [
        ("Open as the month began", flow.start, wording.count(flow.start.deals)),
        ("+ created", flow.created, counted(facts, lists.opened_rows, "deals")),
    ]
    if found.back is not None:
        rows.append(("+ reopened", flow.reopened, counted(facts, found.back, "deals")))
    rows += [("− won", flow.won, won), ("− lost", flow.lost, lost)]
    if flow.twice.deals:
        rows.append(("− closed, and reopened in the month", flow.twice, wording.count(flow.twice.deals)))
    if flow.undated.deals:
        rows.append(("+ closed without a day of creation", flow.undated, wording.count(flow.undated.deals)))
    if flow.disorder.deals or flow.disorder.cents:
        rows.append(
            (
                "+ closed before they were created, or on an unknown day",
                flow.disorder,
                wording.count(flow.disorder.deals),
            )
        )
    return rows


def _table(facts: Facts, found: Pipeline) -> Table:
    end = "Open as the month ended" if facts.run.as_of >= facts.run.ends else "Open now"
    rows = _steps(facts, found)
    last: tuple[Cell, Part, Cell] = (end, found.whole.end, wording.count(found.whole.end.deals))
    columns = [Column("Pipeline"), Column("Deals", numeric=True)]
    if facts.tables.has("opportunities.open_amount"):
        columns.append(Column("Amount", facts.run.params.company.currency, numeric=True))
        if any(some.deals != some.priced for _, some, _ in (*rows, last)):
            columns.append(Column("without an amount", "deals", numeric=True))
    *shown, total = (
        (name, n, wording.count(some.amount), wording.count(some.deals - some.priced))[: len(columns)]
        for name, some, n in (*rows, last)
    )
    return Table("What moved the open deals in the month", tuple(columns), tuple(shown), total=total)


def _by_segment(facts: Facts, found: Pipeline) -> Table | None:
    """The same by segment; the columns add up across, the rows down."""
    if len(found.segments) < 2:
        return None
    names = ["start", "created", "reopened", "won", "lost", "other", "end"]
    flows = [*found.segments.values(), found.whole]
    if all(not (f.other.deals or f.other.cents) for f in flows):
        names.remove("other")
    if not found.whole.reopened.deals:
        names.remove("reopened")
    labels = {"start": "At start", "created": "+ created", "reopened": "+ reopened", "won": "− won", "lost": "− lost",
              "other": "+ other", "end": "At end"}  # fmt: skip
    amounts = facts.tables.has("opportunities.open_amount")
    unit = f"deals, {facts.run.params.company.currency}" if amounts else "deals"
    rows = [
        (segment, *(_both(getattr(flow, name), amounts) for name in names))
        for segment, flow in (*found.segments.items(), ("All", found.whole))
    ]
    columns = (Column("Segment"), *(Column(labels[name], unit, numeric=True) for name in names))
    return Table("By segment", columns, tuple(rows[:-1]), total=rows[-1])


def _both(some: Part, amounts: bool) -> str:
    """`12: 46,800`."""
    return f"{wording.count(some.deals)}: {wording.count(some.amount)}" if amounts else wording.count(some.deals)


def _picture(facts: Facts, flow: Flow) -> Picture:
    """The waterfall in amounts."""
    parts = [("Start", flow.start, 1), ("Created", flow.created, 1), ("Reopened", flow.reopened, 1),
             ("Won", flow.won, -1), ("Lost", flow.lost, -1), ("Other", flow.other, 1)]  # fmt: skip
    parts = [p for p in parts if p[0] not in ("Reopened", "Other") or p[1].cents]
    currency, bars, level = facts.run.params.company.currency, [], 0
    for label, some, sign in parts:
        ends = (level, level + sign * some.cents)
        shown = wording.money(abs(some.cents) / 100, currency)
        way = "" if label == "Start" else "+ " if ends[1] >= level else "− "
        bars.append((label, min(ends) / 100, max(ends) / 100, f"{way}{shown}"))
        level = ends[1]
    bars.append(("End", 0.0, level / 100, wording.money(level / 100, currency)))
    labels, lows, highs, texts = (list(column) for column in zip(*bars, strict=True))
    more = flow.end.cents - flow.start.cents
    moved = "as much as" if not more else "more than" if more > 0 else "less than"
    began = "a month before" if facts.run.as_of >= facts.run.ends else "when the month began"
    title = f"The open deals are worth {moved} {began}"
    return charts.draw(
        steps.waterfall,
        labels=labels,
        lows=lows,
        highs=highs,
        texts=texts,
        totals=(0, len(bars) - 1),
        title="What moved the open deals since this data began" if begins_inside(facts) else title,
        alt="Pipeline: " + ", ".join(f"{label} {text}" for label, text in zip(labels, texts, strict=True)) + ".",
        id="waterfall",
        height_in=2.2,
    )


def _excluded(facts: Facts, found: Pipeline) -> list[str]:
    end, parts = found.whole.end, []
    if end.deals > end.priced and facts.tables.has("opportunities.open_amount"):
        parts.append(
            f"from the amounts, {wording.plural(end.deals - end.priced, 'open deal')} without one{facts.in_currency}"
        )
    undated = deal_frames.undated(facts)
    if undated:
        parts.append(
            f"{wording.plural(undated, 'deal')} won or lost without a closing date are in no week, and not open"
        )
    if found.back is None:
        why = "map stage_changes" if not facts.tables.has("stage_changes") else "the outcome is not read from the stage"
        parts.append(f"deals that were closed and reopened cannot be told ({why}); they count as open all along")
    return parts


def _metrics(facts: Facts, found: Pipeline) -> list[Metric]:
    currency, period = facts.run.params.company.currency, facts.run.period.label
    records = []
    for segment, flow in ((None, found.whole), *found.segments.items()):
        for name in ("start", "created", "reopened", "won", "lost", "other", "end"):
            some: Part = getattr(flow, name)
            if name == "reopened" and found.back is None:
                continue
            n = abs(some.deals)
            records.append(metric(f"flow_{name}_deals", some.deals, n=n, segment=segment, period=period))
            if facts.tables.has("opportunities.open_amount"):
                why = "" if wording.defined(some.amount) else f"none of these deals has an amount{facts.in_currency}"
                records.append(
                    metric(f"flow_{name}", some.amount, n=abs(some.priced), reason=why, segment=segment, period=period,
                           currency=currency)
                )  # fmt: skip
    return records
