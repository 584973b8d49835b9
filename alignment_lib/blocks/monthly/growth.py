"""Growth on the year before, quarter by quarter, beside how both sides kept the SLA; no causal claim (C33)."""

from __future__ import annotations

import math
from dataclasses import replace

from alignment_lib.blocks.agenda import agenda, evidence, metric, metric_of
from alignment_lib.blocks.history import data_begins
from alignment_lib.blocks.monthly.growth_numbers import Quarter, numbers, spoken
from alignment_lib.facts import Facts
from alignment_lib.page.block import Block, Column, Metric, Table
from alignment_lib.stats import wording


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
                told = "" if wording.defined(value) else "no won deal has an amount"
                records.append(metric("won_value", value, n=won, reason=told, period=when, currency=currency))
    none = why if n is None else "nothing was won a year before"
    reason = "" if wording.defined(q.ratio) else none
    records.append(metric("won_value_growth", q.ratio, n=n, reason=reason, period=period))
    if q.counts is not None:
        grown = metric_of("won_growth", q.counts, n=n, period=period)
        records.append(grown if grown.value is not None else replace(grown, reason=grown.reason or none))
    return records
