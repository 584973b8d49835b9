"""Growth on the year before, quarter by quarter, beside how both sides kept the SLA; no causal claim (C33)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

import pandas as pd

from alignment_lib.blocks.agenda import agenda, evidence, metric, metric_of
from alignment_lib.blocks.history import data_begins
from alignment_lib.blocks.spans import goal
from alignment_lib.facts import Facts, daily
from alignment_lib.facts.revenue_frames import follow_up_by_day
from alignment_lib.page.block import Block, Column, Metric, Table
from alignment_lib.params.period import Month, month_start
from alignment_lib.source.tables import RESPONSE_HOURS
from alignment_lib.stats import estimates, rates, wording
from alignment_lib.stats.days import day_of, epoch_day

# Quarters beside the same days a year before, and how both sides kept the SLA meanwhile (C33).

QUARTERS = 5
"""Quarters that are shown, the running one last: a year and the quarter that it is compared with."""
ACTIVITY = (RESPONSE_HOURS,)


@dataclass(frozen=True, eq=False)
class Quarter:
    """One calendar quarter up to the report's last day; parts that nobody knows are None."""

    first: date
    months: int
    """Months of it that are counted."""
    begins: date | None
    """The day on which the data begins, where that lies within the quarter."""
    won: int | None
    won_before: int | None
    value: float
    value_before: float
    followed: estimates.Proportion | None
    mqls: int | None
    promised: float | None
    """Both of whole months alone: part of a month is not held against a whole month's promise."""
    kept_months: int
    conf: float

    @property
    def label(self) -> str:
        return f"{self.first.year}-Q{(self.first.month + 2) // 3}"

    @property
    def words(self) -> str:
        """`April to June 2026`; of a running quarter the months so far."""
        return spoken(self.first, self.months)

    @property
    def year_before(self) -> str:
        """The same months, a year before."""
        return spoken(month_start(self.first, 12), self.months)

    @property
    def ratio(self) -> float:
        return self.value / self.value_before if self.value_before > 0 else math.nan

    @property
    def counts(self) -> rates.RateRatio | None:
        """Deals won over those won a year before."""
        if self.won is None or self.won_before is None:
            return None
        return rates.rate_ratio(
            events=self.won, exposure=1, other_events=self.won_before, other_exposure=1, conf=self.conf
        )

    @property
    def kept(self) -> float:
        return self.mqls / self.promised if self.promised and self.mqls is not None else math.nan


def spoken(first: date, months: int) -> str:
    """`April 2026`, `April and May 2026`, `April to June 2026`."""
    last = wording.month(month_start(first, 1 - months))
    return last if months == 1 else f"{first:%B} {'to' if months == 3 else 'and'} {last}"


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> tuple[Quarter, ...]:
    """Quarters, oldest first."""
    run, tables = facts.run, facts.tables
    month = run.period.first
    running = month_start(month, (month.month - 1) % 3)
    starts = [month_start(running, 3 * back) for back in range(QUARTERS - 1, -1, -1)]
    days = {"first_day": epoch_day(starts[0]), "last_day": run.last_day}
    won = daily(facts, "won", first_day=epoch_day(month_start(starts[0], 12)), last_day=run.last_day)
    mqls = daily(facts, "mqls", **days) if tables.has("leads.mql_at") else None
    seconds = int(run.params.sla.sales.follow_up_hours * 3_600)
    followed = follow_up_by_day(facts, sla_s=seconds, **days) if tables.has(*ACTIVITY) else None
    return tuple(_quarter(facts, start, won, mqls, followed) for start in starts)


def _quarter(
    facts: Facts, start: date, won: pd.DataFrame, mqls: pd.DataFrame | None, followed: pd.DataFrame | None
) -> Quarter:
    run, conf = facts.run, facts.run.params.weekly.confidence
    first, end = epoch_day(start), min(epoch_day(month_start(start, -3)) - 1, run.last_day)
    months = [m for m in (month_start(start, -i) for i in range(3)) if epoch_day(m) <= end]
    before = epoch_day(month_start(start, 12))
    before_end = epoch_day(month_start(months[-1], 11)) - 1
    if run.as_of < run.ends and end == run.last_day:
        before_end = min(before_end, epoch_day(month_start(months[-1], 12)) + end - epoch_day(months[-1]))
    deals_from = data_begins(facts, "opportunities")
    now, then = _between(won, first, end), _between(won, before, before_end)
    amounts = facts.tables.has("opportunities.amount")
    whole = [m for m in months if epoch_day(Month(m).last) < run.last_day or run.as_of >= run.ends]
    promises = [goal(facts, "mqls", first=m, last=Month(m).last) for m in whole]
    known = mqls is not None and first >= data_begins(facts, "leads") and whole
    return Quarter(
        first=start,
        months=len(months),
        begins=day_of(deals_from) if first < deals_from <= end else None,
        won=int(now["n"].sum()) if end >= deals_from else None,
        won_before=int(then["n"].sum()) if before >= deals_from else None,
        value=_value(now) if amounts and end >= deals_from else math.nan,
        value_before=_value(then) if amounts and before >= deals_from else math.nan,
        followed=_share(_between(followed, first, end), conf) if followed is not None else None,
        mqls=int(_between(mqls, first, epoch_day(Month(whole[-1]).last))["n"].sum())
        if mqls is not None and known
        else None,
        promised=math.fsum(p for p in promises if p) if promises and all(promises) else None,
        kept_months=len(whole),
        conf=conf,
    )


def _between(frame: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    return frame[frame["day"].between(first, last)]


def _value(frame: pd.DataFrame) -> float:
    """The amounts; nan where deals were won and none has one."""
    return math.nan if len(frame) and not frame["n_amount"].sum() else math.fsum(frame["amount"].dropna())


def _share(frame: pd.DataFrame, conf: float) -> estimates.Proportion:
    met, missed = int(frame["met"].sum()), int(frame["missed"].sum())
    return estimates.proportion(converted=met, leads=met + missed, conf=conf)


@agenda(
    id="growth",
    title="Growth and the promises kept",
    question="Do we grow on the year before, and how well did both sides keep the SLA meanwhile?",
    needs=("opportunities.closed_at",),
)
def growth(facts: Facts, block: Block) -> Block:
    """Won value year on year by quarter, beside follow-up and MQLs."""
    found = numbers(facts)
    found = found[next((i for i, q in enumerate(found) if q.won is not None), len(found)) :]
    if not found:
        return replace(block, sentences=("This data begins after this quarter.",))
    n = sum(q.won or 0 for q in found)
    return replace(
        block,
        sentences=tuple(s for s in (sentence(facts), _kept(found[-1]), _unknown(facts, found), CLAIM) if s),
        tables=(_table(facts, found),),
        evidence=evidence(
            facts,
            "won_growth",
            *(("sla_follow_up",) if found[-1].followed else ()),
            n=f"{wording.plural(n, 'deal')} won in {wording.plural(len(found), 'quarter')}",
            method="ratio of deals won: exact interval of a ratio of counts; followed up: Wilson's interval; won value"
            " has no interval, as few large deals make it",
        ),
        metrics=tuple(_metrics(facts, found)),
    )


CLAIM = "That both stand side by side is no claim that one causes the other."


def sentence(facts: Facts) -> str:
    """The running quarter beside the same days a year before."""
    last, currency = numbers(facts)[-1], facts.run.params.company.currency
    won = last.won or 0
    deals = wording.plural(won, "deal") if won else "no deal"
    worth = f", worth {wording.money(last.value, currency)}," if won and wording.defined(last.value) else ""
    told = f"In {last.words}, {deals}{worth} {'was' if won < 2 else 'were'} won"
    if last.won_before is None:
        return f"{told}; of {last.year_before} nothing is known."
    then = wording.count(last.won_before) if last.won_before else "none"
    value = (
        f", worth {wording.money(last.value_before, currency)}"
        if last.won_before and wording.defined(last.value_before)
        else ""
    )
    ratio = (
        f": {wording.times(last.ratio)} the value"
        if won and wording.defined(last.ratio) and wording.defined(last.value)
        else ""
    )
    return f"{told}; a year before it was {then}{value}{ratio}."


def _kept(last: Quarter) -> str:
    """Both promises in the running quarter."""
    parts = []
    if last.followed is not None and last.followed.leads:
        share = wording.estimate(last.followed.estimate, last.followed.low, last.followed.high)
        parts.append(f"sales followed up {share} of the leads in time")
    if wording.defined(last.kept):
        of = "" if last.kept_months == last.months else f" for {spoken(last.first, last.kept_months)}"
        parts.append(f"marketing brought {wording.percent(last.kept)} of the MQLs promised{of}")
    if not parts:
        return "How both sides kept the SLA meanwhile is not in this data."
    return f"Meanwhile {wording.listing(parts)}."


def _unknown(facts: Facts, found: tuple[Quarter, ...]) -> str:
    """Which quarters have no year before, and from which day on this data knows deals."""
    names = [q.words for q in found[:-1] if q.won_before is None]
    if not names and found[-1].won_before is not None:
        return ""
    since = f"this data begins on {wording.day(data_begins(facts, 'opportunities'))}"
    return f"Of {wording.listing(names)} no growth can be told: {since}." if names else f"T{since[1:]}."


def _table(facts: Facts, found: tuple[Quarter, ...]) -> Table:
    currency = facts.run.params.company.currency
    columns = (
        Column("Quarter"),
        Column("Won", "deals", numeric=True),
        Column("a year before", numeric=True),
        Column("Times as many", numeric=True),
        Column("Won value", currency, numeric=True),
        Column("a year before", currency, numeric=True),
        Column("Times the value", numeric=True),
        Column("Followed up in time", numeric=True),
        Column("MQLs of those promised", numeric=True),
    )
    return Table(
        "Quarter by quarter",
        columns,
        tuple(_row(q) for q in reversed(found)),
        note="A quarter that is not over is compared with the same days a year before; MQLs and their promise are those"
        " of whole months. “–”: not known.",
    )


def _row(q: Quarter) -> tuple[str, ...]:
    counts, share = q.counts, q.followed
    ratio = wording.NOTHING
    if counts is not None and wording.defined(counts.estimate):
        high = f"{counts.high:.1f}" if math.isfinite(counts.high) else "any"
        ratio = f"{_one(counts.estimate)} ({counts.low:.1f} to {high})"
    of = f"{wording.count(q.mqls)} of {wording.count(q.promised)}, {wording.percent(q.kept)}" if q.promised else ""
    since = f", from {wording.day(q.begins)}" if q.begins else ""
    return (
        f"{q.words}{since}",
        wording.count(q.won),
        wording.count(q.won_before),
        ratio,
        wording.count(q.value),
        wording.count(q.value_before),
        _one(q.ratio),
        wording.estimate(share.estimate, share.low, share.high) if share is not None else wording.NOTHING,
        of if wording.defined(q.kept) else wording.NOTHING,
    )


def _one(value: float) -> str:
    """`1.8`."""
    return f"{value:.1f}" if wording.defined(value) and math.isfinite(value) else wording.NOTHING


def _metrics(facts: Facts, found: tuple[Quarter, ...]) -> list[Metric]:
    records = []
    for q in found:
        period = q.label if q.months == 3 else f"{q.label} to date"
        records += _growth(facts, q, period)
        if q.followed is not None:
            records.append(metric_of("sla_follow_up", q.followed, n=q.followed.leads, period=period))
        whole = period if q.kept_months == q.months else f"{q.label}, whole months to date"
        if q.mqls is not None:
            records.append(metric("mqls", q.mqls, n=q.mqls, period=whole))
        if q.promised:
            records.append(metric("mqls_promised", q.promised, period=whole))
            records.append(metric("mqls_kept", q.kept, n=q.mqls, period=whole,
                                  reason="" if q.mqls is not None else "MQLs are not known"))  # fmt: skip
    return list({(m.name, m.period): m for m in records}.values())  # a quarter is also the year before of another


def _growth(facts: Facts, q: Quarter, period: str) -> list[Metric]:
    currency, why = facts.run.params.company.currency, "this data does not reach back so far"
    year = f"{q.first.year - 1}{period[4:]}"
    n = None if q.won is None or q.won_before is None else q.won + q.won_before
    records = []
    for won, value, when in ((q.won, q.value, period), (q.won_before, q.value_before, year)):
        if won is not None:
            records.append(metric("won", won, n=won, period=when))
            if facts.tables.has("opportunities.amount"):
                told = "" if wording.defined(value) else f"no won deal has an amount{facts.in_currency}"
                records.append(metric("won_value", value, n=won, reason=told, period=when, currency=currency))
    none = why if n is None else "nothing was won a year before"
    reason = "" if wording.defined(q.ratio) else none
    records.append(metric("won_value_growth", q.ratio, n=n, reason=reason, period=period))
    if q.counts is not None:
        grown = metric_of("won_growth", q.counts, n=n, period=period)
        records.append(grown if grown.value is not None else replace(grown, reason=grown.reason or none))
    return records
