"""Where leads come from, and how sales judged them: volume and acceptance with interval, by source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import pandas as pd

from alignment_lib import charts, cohorts, wording
from alignment_lib.block import Block, Column, Metric, Picture, Table
from alignment_lib.blocks.agenda import agenda, connect, evidence, metric, metric_of
from alignment_lib.metrics import Facts, daily, decisions
from alignment_lib.params.period import epoch_day

SHOWN = 12
"""Sources in the chart; the table has all of them."""


@dataclass(frozen=True, eq=False)
class Source:
    """One source: leads and MQLs of the week, the leads of an average week before, and acceptance over the history."""

    name: str
    leads: int
    mqls: int | None
    usual: float
    acceptance: cohorts.Incidence | None


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> tuple[tuple[Source, ...], cohorts.Incidence | None]:
    """Every source, most leads first, and the acceptance of all of them together."""
    run = facts.run
    monday, first = epoch_day(run.week.monday), epoch_day(run.weeks[0].monday)
    leads = daily(facts, "leads", first_day=first, last_day=run.last_day, by=("source",))
    mqls = (
        daily(facts, "mqls", first_day=monday, last_day=run.last_day, by=("source",))
        if facts.tables.has("leads.mql_at")
        else None
    )
    judged = decisions(facts, first_day=first, last_day=run.last_day) if facts.tables.has("leads.accepted_at") else None
    now = leads[leads["day"] >= monday].groupby("source")["n"].sum()
    before = leads[leads["day"] < monday].groupby("source")["n"].sum() / (len(run.weeks) - 1)
    names = sorted(set(leads["source"]) | set(judged["source"] if judged is not None else ()))
    rows = [
        Source(
            name=name,
            leads=int(now.get(name, 0)),
            mqls=None if mqls is None else int(mqls.loc[mqls["source"] == name, "n"].sum()),
            usual=float(before.get(name, 0.0)),
            acceptance=None if judged is None else _acceptance(facts, judged[judged["source"] == name]),
        )
        for name in names
    ]
    rows.sort(key=lambda s: (-s.leads, -s.usual, s.name))
    return tuple(rows), None if judged is None else _acceptance(facts, judged)


def _acceptance(facts: Facts, frame: pd.DataFrame) -> cohorts.Incidence:
    settings = facts.run.params.weekly
    table = cohorts.follow_up(
        ages=frame["age"], converted=frame["accepted"], competing=frame["rejected"], censored=frame["undecided"]
    )
    return cohorts.incidence(
        table, horizon=settings.acceptance_days, conf=settings.confidence, min_at_risk=settings.min_n
    )


@agenda(
    id="sources",
    title="Where leads come from",
    question="Which sources brought leads, and which of them did sales accept?",
    side="marketing",
    needs=("leads.created_at", "leads.source"),
)
def sources(facts: Facts, block: Block) -> Block:
    """Volume and acceptance by source."""
    rows, overall = numbers(facts)
    lacking = facts.tables.lacking("leads.accepted_at")
    judged = sum(s.acceptance.leads for s in rows if s.acceptance is not None)
    weeks = len(facts.run.weeks)
    sentences = (sentence(facts), *([f"Acceptance: {connect(facts, lacking)}"] if lacking else []))
    return replace(
        block,
        sentences=sentences,
        pictures=_pictures(facts, rows, overall),
        tables=(_table(facts, rows, overall),) if rows else (),
        evidence=evidence(
            facts,
            *(("acceptance",) if overall is not None else ()),
            n=f"{wording.plural(sum(s.leads for s in rows), 'lead')} this week"
            + (f"; acceptance: {wording.plural(judged, 'lead')} of {weeks} weeks" if overall is not None else ""),
            method=f"Aalen-Johansen at {facts.run.params.weekly.acceptance_days} days with Wilson interval on the"
            " effective n; intervals describe each source, they are no test of one against another"
            if overall is not None
            else "",
        ),
        metrics=_metrics(rows, overall),
    )


def sentence(facts: Facts) -> str:
    """The largest source, its share, and what is usual."""
    rows, _ = numbers(facts)
    total = sum(s.leads for s in rows)
    if not total:
        return "No lead arrived this week."
    first = rows[0]
    return (
        f"{first.name} brought most leads this week, {wording.count(first.leads)} of {wording.count(total)}"
        f" ({wording.percent(first.leads / total)}); in the weeks before it brought {wording.count(first.usual)} a"
        " week."
    )


def _pictures(facts: Facts, rows: tuple[Source, ...], overall: cohorts.Incidence | None) -> tuple[Picture, ...]:
    judged = [s for s in rows if s.acceptance is not None and s.acceptance.leads]
    shown = sorted(judged, key=lambda s: -s.acceptance.leads if s.acceptance else 0)[:SHOWN]
    if overall is None or not shown:
        return ()
    rates = [s.acceptance for s in shown if s.acceptance is not None]
    texts = [_shown(r, facts) for r in rates]
    alt = "; ".join(f"{s.name}: {t}, n {wording.count(r.leads)}" for s, r, t in zip(shown, rates, texts, strict=True))
    return (
        charts.draw(
            charts.intervals,
            labels=[s.name for s in shown],
            estimates=[r.estimate if wording.defined(r.estimate) else None for r in rates],
            lows=[r.low if wording.defined(r.estimate) else None for r in rates],
            highs=[r.high if wording.defined(r.estimate) else None for r in rates],
            n=[int(r.leads) for r in rates],
            overall=overall.estimate if wording.defined(overall.estimate) else None,
            overall_label=f"all {wording.percent(overall.estimate)}",
            side="marketing",
            texts=texts,
            write=wording.count,
            title=f"Accepted by sales within {facts.run.params.weekly.acceptance_days} days, by source",
            alt=alt + ".",
            id="sources",
            height_in=0.5 + 0.3 * len(shown),
        ),
    )


def _shown(rate: cohorts.Incidence | None, facts: Facts) -> str:
    """A rate with its interval, or why there is none yet."""
    if rate is None:
        return wording.NOTHING
    if not wording.defined(rate.estimate):
        return "open" if rate.leads >= facts.run.params.weekly.min_n else "too few"
    return wording.estimate(rate.estimate, rate.low, rate.high)


def _table(facts: Facts, rows: tuple[Source, ...], overall: cohorts.Incidence | None) -> Table:
    cells = [
        (
            s.name,
            wording.count(s.leads),
            wording.count(s.usual),
            *([wording.count(s.mqls)] if s.mqls is not None else []),
            *([_shown(s.acceptance, facts), wording.count(s.acceptance.leads)] if s.acceptance is not None else []),
        )
        for s in rows
    ]
    has_mqls = bool(rows) and rows[0].mqls is not None
    columns = [Column("Source"), Column("Leads", numeric=True), Column("usual week", numeric=True)]
    columns += [Column("MQLs", numeric=True)] if has_mqls else []
    columns += [Column("Acceptance", numeric=True), Column("of leads", numeric=True)] if overall is not None else []
    total: tuple[str, ...] = (
        "All",
        wording.count(sum(s.leads for s in rows)),
        wording.count(sum(s.usual for s in rows)),
    )
    total += (wording.count(sum(s.mqls or 0 for s in rows)),) if has_mqls else ()
    total += (_shown(overall, facts), wording.count(overall.leads)) if overall is not None else ()
    note = (
        "“open”: too few leads have been followed to that age yet; “too few”: fewer leads than a rate needs."
        if overall is not None
        else ""
    )
    return Table("Every source, most leads first", tuple(columns), tuple(cells), total=total, note=note)


def _metrics(rows: tuple[Source, ...], overall: cohorts.Incidence | None) -> tuple[Metric, ...]:
    records: list[Metric] = []
    for s in rows:
        records.append(metric("leads", s.leads, n=s.leads, source=s.name))
        if s.mqls is not None:
            records.append(metric("mqls", s.mqls, n=s.mqls, source=s.name))
        if s.acceptance is not None:
            records.append(metric_of("acceptance", s.acceptance, n=s.acceptance.leads, source=s.name))
    if overall is not None:
        records.append(metric_of("acceptance", overall, n=overall.leads))
    return tuple(records)
