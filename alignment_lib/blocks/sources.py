"""Where leads come from, and how sales judged them: volume and acceptance with interval, by source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import pandas as pd

from alignment_lib.blocks.agenda import agenda, connect, evidence, metric, metric_of
from alignment_lib.blocks.history import data_begins
from alignment_lib.blocks.listing import counted
from alignment_lib.facts import Facts, daily, decisions, happened
from alignment_lib.facts.facts import UNKNOWN
from alignment_lib.page import charts
from alignment_lib.page.block import Block, Cell, Column, Metric, Picture, Table
from alignment_lib.stats import incidences, wording
from alignment_lib.stats.days import epoch_day

SHOWN = 12
"""Sources in the chart; the table has all of them."""


@dataclass(frozen=True, eq=False)
class Source:
    """One source: leads and MQLs of the week, the leads of an average week before, and acceptance over the history."""

    name: str
    rows: pd.DataFrame
    """The week's leads; see `metrics.happened`."""
    mql_rows: pd.DataFrame | None
    usual: float | None
    """None where no earlier week is known."""
    acceptance: incidences.Incidence | None
    new: bool
    """Whether its first lead ever came this week."""

    @property
    def leads(self) -> int:
        return len(self.rows)

    @property
    def mqls(self) -> int | None:
        return None if self.mql_rows is None else len(self.mql_rows)


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> tuple[tuple[Source, ...], incidences.Incidence | None]:
    """Every source, most leads first, and the acceptance of all of them together."""
    run = facts.run
    monday, first = epoch_day(run.week.monday), epoch_day(run.weeks[0].monday)
    week = {"first_day": monday, "last_day": run.last_day}
    leads = happened(facts, "leads", **week)
    mqls = happened(facts, "mqls", **week) if facts.tables.has("leads.mql_at") else None
    earlier = daily(facts, "leads", first_day=first, last_day=monday - 1, by=("source",))
    judged = decisions(facts, first_day=first, last_day=run.last_day) if facts.tables.has("leads.accepted_at") else None
    weeks = _known_weeks(facts)
    usual = earlier.groupby("source")["n"].sum() / max(weeks, 1)
    now = set(leads["source"])
    born = _newborn(facts, now - set(earlier["source"]), monday)
    found = now | set(earlier["source"]) | set(judged["source"] if judged is not None else ())
    rows = [
        Source(
            name=name,
            rows=leads[leads["source"] == name],
            mql_rows=None if mqls is None else mqls[mqls["source"] == name],
            usual=float(usual.get(name, 0.0)) if weeks else None,
            acceptance=None if judged is None else _acceptance(facts, judged[judged["source"] == name]),
            new=name in born,
        )
        for name in sorted(found | set(mqls["source"] if mqls is not None else ()))
    ]
    rows.sort(key=lambda s: (-s.leads, -(s.usual or 0.0), s.name))
    return tuple(rows), None if judged is None else _acceptance(facts, judged)


def _known_weeks(facts: Facts) -> int:
    """Weeks of the history that the data reaches back to."""
    begins = data_begins(facts, "leads")
    return sum(epoch_day(week.sunday) >= begins for week in facts.run.weeks[:-1])


def _newborn(facts: Facts, candidates: set[str], monday: int) -> set[str]:
    """Of the sources without a lead in the history's weeks, those that had none at any time before."""
    begins = data_begins(facts, "leads")
    if not candidates or begins >= monday:
        return set()  # in the first week of all data every source is new, and none is news
    known = daily(facts, "leads", first_day=begins, last_day=monday - 1, by=("source",))
    return candidates - set(known["source"]) - {UNKNOWN}


def _acceptance(facts: Facts, frame: pd.DataFrame) -> incidences.Incidence:
    settings = facts.run.params.weekly
    table = incidences.follow_up(
        ages=frame["age"], converted=frame["accepted"], competing=frame["rejected"], censored=frame["undecided"]
    )
    return incidences.incidence(
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
    new = _new_sentence(rows)
    sentences = (
        sentence(facts),
        *new,
        *_judgement(facts, overall),
        *([f"Acceptance: {connect(facts, lacking)}"] if lacking else []),
    )
    return replace(
        block,
        sentences=sentences,
        pictures=_pictures(facts, rows, overall),
        tables=(_table(facts, rows, overall),) if rows else (),
        evidence=evidence(
            facts,
            *(("acceptance",) if overall is not None else ()),
            n=f"{wording.plural(sum(s.leads for s in rows), 'lead')} this week"
            + (
                f"; acceptance: {wording.count(judged)} {_judged(facts)} of {weeks} weeks"
                if overall is not None
                else ""
            ),
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
    told = f"{wording.count(first.leads)} of {wording.count(total)} ({wording.percent(first.leads / total)})"
    if first.name == UNKNOWN:
        return (
            f"Nobody knows the source of most leads this week, {told}."
            if 2 * first.leads > total
            else (f"Of this week's leads, {told} have no source that anybody knows, more than any source brought.")
        )
    if len(rows) > 1 and rows[1].leads == first.leads:
        return f"No source brought more leads this week than {wording.count(first.leads)} of {wording.count(total)}."
    before = "; it is new" if first.new else ""
    if first.usual is not None and not first.new:
        before = f"; in the weeks before it brought {wording.count(first.usual)} a week"
    return f"{first.name} brought the most leads this week, {told}{before}."


def _judgement(facts: Facts, overall: incidences.Incidence | None) -> tuple[str, ...]:
    """How sales judged all leads of the history, where these are old enough."""
    if overall is None or not wording.defined(overall.estimate):
        return ()
    rate = wording.estimate(overall.estimate, overall.low, overall.high)
    days = facts.run.params.weekly.acceptance_days
    what = _judged(facts)
    return (f"Of the {what} of the last {len(facts.run.weeks)} weeks, sales accepted {rate} within {days} days.",)


def _judged(facts: Facts) -> str:
    """What sales judges: MQLs, else all leads."""
    return "MQLs" if facts.tables.has("leads.mql_at") else "leads"


def _new_sentence(rows: tuple[Source, ...]) -> tuple[str, ...]:
    new = [f"{s.name} ({wording.plural(s.leads, 'lead')})" for s in rows if s.new]
    if not new:
        return ()
    return (f"Seen for the first time: {wording.listing(new)}.",)


def _pictures(facts: Facts, rows: tuple[Source, ...], overall: incidences.Incidence | None) -> tuple[Picture, ...]:
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


def _shown(rate: incidences.Incidence | None, facts: Facts) -> str:
    """A rate with its interval, or why there is none yet."""
    if rate is None:
        return wording.NOTHING
    if not wording.defined(rate.estimate):
        return "open" if rate.leads >= facts.run.params.weekly.min_n else "too few"
    return wording.estimate(rate.estimate, rate.low, rate.high)


def _table(facts: Facts, rows: tuple[Source, ...], overall: incidences.Incidence | None) -> Table:
    cells: list[tuple[Cell, ...]] = [
        (
            s.name,
            counted(facts, s.rows),
            "new" if s.new else wording.count(s.usual),
            *([counted(facts, s.mql_rows)] if s.mql_rows is not None else []),
            *([_shown(s.acceptance, facts), wording.count(s.acceptance.leads)] if s.acceptance is not None else []),
        )
        for s in rows
    ]
    has_mqls = bool(rows) and rows[0].mqls is not None
    columns = [Column("Source"), Column("Leads", numeric=True), Column("usual week", numeric=True)]
    columns += [Column("MQLs", numeric=True)] if has_mqls else []
    columns += (
        [Column("Acceptance", numeric=True), Column(f"of {_judged(facts)}", numeric=True)]
        if overall is not None
        else []
    )
    total: tuple[Cell, ...] = (
        "All",
        counted(facts, _all(s.rows for s in rows)),
        wording.count(sum(s.usual or 0.0 for s in rows) if _known_weeks(facts) else None),
    )
    total += (counted(facts, _all(s.mql_rows for s in rows)),) if has_mqls else ()
    total += (_shown(overall, facts), wording.count(overall.leads)) if overall is not None else ()
    note = (
        "“open”: too few leads have been followed to that age yet; “too few”: fewer leads than a rate needs."
        if overall is not None
        else ""
    )
    return Table("Every source, most leads first", tuple(columns), tuple(cells), total=total, note=note)


def _all(parts: Iterable[pd.DataFrame | None]) -> pd.DataFrame:
    return pd.concat([part for part in parts if part is not None])


def _metrics(rows: tuple[Source, ...], overall: incidences.Incidence | None) -> tuple[Metric, ...]:
    records: list[Metric] = []
    total = sum(s.leads for s in rows)
    for s in rows:
        if total:
            records.append(metric("lead_share", s.leads / total, n=total, source=s.name))
        records.append(metric("leads", s.leads, n=s.leads, source=s.name))
        if s.usual is not None:
            records.append(metric("leads_usual", s.usual, source=s.name))
        if s.mqls is not None:
            records.append(metric("mqls", s.mqls, n=s.mqls, source=s.name))
        if s.acceptance is not None:
            records.append(metric_of("acceptance", s.acceptance, n=s.acceptance.leads, source=s.name))
    if overall is not None:
        records.append(metric_of("acceptance", overall, n=overall.leads))
    return tuple(records)
