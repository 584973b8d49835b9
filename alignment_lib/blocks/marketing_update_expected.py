"""Where the week's leads are expected from: the calendar's numbers by source, beside what a source usually brings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from alignment_lib.blocks.agenda import agenda, evidence, metric
from alignment_lib.blocks.coming import ends
from alignment_lib.blocks.marketing_update_numbers import NO_SOURCE, Expected, expectations, promotions
from alignment_lib.blocks.typed import one_line
from alignment_lib.facts import Facts
from alignment_lib.facts.facts import UNKNOWN
from alignment_lib.page.block import Block, Column, Metric, Table
from alignment_lib.stats import limits, wording

NAMED, LONG = 3, 60
"""Sources that a sentence names, and characters of such a name."""


@agenda(
    id="expected",
    title="Where leads are expected from",
    question="Which sources should bring leads this week, and what is normal for them?",
    side="marketing",
    needs=("leads.created_at", "leads.source"),
)
def expected(facts: Facts, block: Block) -> Block:
    """Expected of the promotions that begin, beside the normal week of each source."""
    rows, everything = expectations(facts)
    n = len(promotions(facts).expecting)
    weeks = everything.normal.weeks if everything.normal else 0
    return replace(
        block,
        sentences=tuple(_sentences(facts, rows, everything)),
        tables=(_table(rows, everything),) if rows else (),
        evidence=evidence(
            facts,
            n=f"{wording.plural(n, 'promotion') if n else 'no promotion'} with a number;"
            f" {wording.plural(weeks, 'week')} before this one",
            excluded="expected leads of promotions that began before: they stand in a column of their own"
            if everything.running
            else "",
            method="expected: as written in the calendar; normal range of a week: XmR chart (mean ± 2.66 × mean moving"
            " range) of the weeks before",
        ),
        metrics=tuple(_metrics(facts, rows, everything)),
        handover=tuple(_row(e) for e in rows),
    )


def _sentences(facts: Facts, rows: Sequence[Expected], everything: Expected) -> Iterator[str]:
    if not facts.tables.has("calendar"):
        yield "No calendar of promotions is connected, so nobody can say what is expected of this week."
    elif everything.leads is None:
        yield "No promotion that begins this week names a number of leads."
    else:
        yield _total(facts, rows, everything.leads)
    if everything.leads_beyond:
        n = wording.plural(everything.leads_beyond, "lead")
        last = wording.short_day(facts.run.week.sunday)
        are = "is" if everything.leads_beyond == 1 else "are"
        yield f"Of these, {n} {are} of promotions that go on after {last}, and may come later."
    yield _normal_sentence(rows, everything)


def _total(facts: Facts, rows: Sequence[Expected], leads: float) -> str:
    """How many leads, from which sources, and how many promotions say nothing."""
    some = wording.plural(leads, "lead") if leads else "no leads"
    told = f"Marketing expects {some} from the promotions that begin this week"
    named = [e for e in rows if e.leads]
    if len(named) == 1 and named[0].name != NO_SOURCE:
        told += f", all from {_source(named[0])}"
    elif len(named) > NAMED:
        told += f", most from {_source(named[0])} ({wording.count(named[0].leads)})"
    elif len(named) > 1:
        told += ": " + wording.listing([f"{wording.count(e.leads)} from {_source(e)}" for e in named])
    silent = len(promotions(facts).begin) - len(promotions(facts).expecting)
    return told + (f"; {wording.count(silent)} {'names' if silent == 1 else 'name'} no number." if silent else ".")


def _source(one: Expected) -> str:
    name = one_line(one.name)
    return "no source that is named" if one.name == NO_SOURCE else name if len(name) <= LONG else name[:LONG] + "…"


def _normal_sentence(rows: Sequence[Expected], everything: Expected) -> str:
    """The normal week of the sources that are expected to bring leads; of all of them together where none is."""
    told = [e for e in rows if e.leads and _band(e)][:NAMED]
    if told:
        first, *others = (f"{wording.between(*_band(e))}" for e in told)
        parts = [f"{_source(told[0])} brings {first} leads"]
        parts += [f"{_source(e)} {band}" for e, band in zip(told[1:], others, strict=True)]
        return f"In a normal week {wording.listing(parts)}."
    if _band(everything):
        return f"A normal week brings {wording.between(*_band(everything))} leads from all sources together."
    return "There are too few earlier weeks to say what a normal week brings."


def _band(one: Expected) -> tuple[float, ...]:
    return (one.normal.low, one.normal.high) if one.normal and wording.defined(one.normal.low) else ()


def _table(rows: Sequence[Expected], everything: Expected) -> Table:
    told = bool(everything.plans or everything.running)
    heads = ("Expected, begins this week", "of it beyond the week", "Expected, goes on", "Normal week")
    shown = [0, 1, 2, 3, 4] if told else [0, 4]
    columns = (Column("Source"), *(Column(h, "leads", numeric=True) for h in heads))
    written = "A promotion's number is of all its days. “–”: nothing is written down, or no normal week is known. "
    return Table(
        "By source, most expected first" if told else "By source",
        tuple(columns[i] for i in shown),
        tuple(tuple(_cells(e)[i] for i in shown) for e in rows),
        total=tuple(_cells(everything)[i] for i in shown),
        note=(written if told else "")
        + "The normal weeks of the sources do not add up to that of all: they do not rise and fall together.",
    )


def _cells(one: Expected) -> tuple[str, ...]:
    beyond = wording.count(one.leads_beyond)
    if one.beyond:
        beyond += f", until {_until(one)}"
    return (
        one_line(one.name),
        wording.count(one.leads),
        beyond,
        wording.count(one.leads_running),
        normal_text(one.normal),
    )


def _until(one: Expected) -> str:
    """When the last of the promotions beyond the week ends."""
    return wording.day(max(ends(r) for r in one.beyond))


def normal_text(normal: limits.NormalRange | None) -> str:
    """The range of a normal week; its mean where there is no range."""
    if normal is None:
        return wording.NOTHING
    if wording.defined(normal.low):
        return wording.between(normal.low, normal.high)
    return f"{wording.pace(normal.centre)} on average" if normal.centre else "none so far"


def _row(one: Expected) -> Mapping[str, str]:
    source, expected_leads, beyond, running, normal = _cells(one)
    part = "" if len(one.beyond) == len(one.plans) else f"{wording.count(one.leads_beyond)} of them "
    told = f"{expected_leads} ({part}until {_until(one)})" if one.beyond else expected_leads
    return {"source": source, "expected": expected_leads, "told": told, "beyond": beyond, "running": running,
            "normal": normal}  # fmt: skip


def _metrics(facts: Facts, rows: Sequence[Expected], everything: Expected) -> Iterator[Metric]:
    found = promotions(facts)
    silent = len(found.begin) - len(found.expecting)
    yield metric("promotions_silent", silent, n=len(found.begin))
    for one in (everything, *rows):
        source = None if one is everything else UNKNOWN if one.name == NO_SOURCE else one.name
        if one.plans or one is everything:
            reason = "no promotion that begins this week names a number"
            n = len(one.plans)
            yield metric("promotion_leads", one.leads, n=n, source=source, reason="" if n else reason)
        if one.beyond:
            yield metric("promotion_leads_beyond", one.leads_beyond, n=len(one.beyond), source=source)
        if one.normal:
            low, high, weeks = one.normal.low, one.normal.high, one.normal.weeks
            yield metric(
                "leads_usual", one.normal.centre, low=low, high=high, n=weeks, source=source, reason=one.normal.reason
            )
