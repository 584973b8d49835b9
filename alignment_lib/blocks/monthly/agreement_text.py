"""The agreement itself (C38): its text, its version, when it was signed, and which segments it covers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from alignment_lib.blocks.agenda import agenda, evidence, metric
from alignment_lib.blocks.month import promises
from alignment_lib.facts import Facts, daily
from alignment_lib.page.block import Block, Cell, Column, Mark, Metric, Table
from alignment_lib.stats import wording
from alignment_lib.stats.days import day_of


@dataclass(frozen=True, eq=False)
class Cover:
    """What was promised for the month, beside the MQLs that came, by segment."""

    promised: dict[str | None, float]
    """None: the whole company."""
    where: str
    mqls: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.mqls.values())

    @property
    def uncovered(self) -> dict[str, int]:
        """MQLs of segments for which nothing is promised; none where the promise is for the whole company."""
        return {} if None in self.promised else {s: n for s, n in self.mqls.items() if s not in self.promised}


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Cover:
    """Promises and MQLs of the month."""
    promised, where = promises(facts)
    mqls: dict[str, int] = {}
    if facts.tables.has("leads.mql_at"):
        run = facts.run
        frame = daily(facts, "mqls", first_day=run.first_day, last_day=run.last_day, by=("segment",))
        sums = frame.groupby("segment")["n"].sum()
        mqls = {str(s): int(n) for s, n in sums.items()}
    return Cover(promised, where, mqls)


@agenda(
    id="agreement",
    title="The agreement",
    question="What did marketing and sales promise each other, in writing, and for which leads?",
)
def agreement_text(facts: Facts, block: Block) -> Block:
    """The text and its version; segments that nobody promised anything for."""
    sla, place = facts.run.params.sla, facts.run.params.file("sla.yaml")
    if not sla.text:
        text = f"There is no agreement in writing: put what both sides promise into {place} and sign it."
        return replace(block, missing=text)
    found = numbers(facts)
    return replace(
        block,
        sentences=tuple(s for s in (signed(facts), covers(facts)) if s),
        tables=(_table(found),) if found.mqls and found.promised else (),
        terms=((f"Version {sla.version}", sla.text), ("Sales promises", _sales(facts))),
        prompts=("What in this text is no longer what we do?",),
        evidence=evidence(
            facts,
            n=wording.plural(found.total, "MQL") if found.mqls else "the text",
            method=f"text, version and day from {place}; promised MQLs from {found.where}",
        ),
        metrics=_metrics(facts, found),
    )


def signed(facts: Facts) -> str:
    """Version and day of signing; a warning where it was signed after the month, or never."""
    sla, last = facts.run.params.sla, day_of(facts.run.last_day)
    told = f"The agreement stands in version {sla.version}"
    if sla.signed_on is None:
        return f"{told}, which nobody has signed."
    if sla.signed_on > last:
        return f"{told}, signed on {wording.day(sla.signed_on)}, after this month: it is applied here all the same."
    since = " in the course of this month" if sla.signed_on > _first(facts) else ""
    return f"{told}, signed on {wording.day(sla.signed_on)}{since}."


def _first(facts: Facts) -> date:
    return day_of(facts.run.first_day)


def covers(facts: Facts) -> str:
    """Which segments the promise covers."""
    found, month = numbers(facts), wording.month(_first(facts))
    if not found.promised:
        points = facts.run.params.sla.marketing.points_per_month
        return "Marketing promised points, of all segments together." if points else (
            f"It does not say how many MQLs marketing was to deliver in {month}."
        )  # fmt: skip
    if None in found.promised:
        return "Marketing's promise is for the whole company, whatever the segment."
    if not found.mqls:
        return ""
    if not found.uncovered:
        return f"Marketing's promise covers every segment that brought MQLs in {month}."
    named = wording.listing(sorted(found.uncovered))
    n = sum(found.uncovered.values())
    of = f"of the {wording.plural(found.total, 'MQL')} of {month}"
    return f"Nothing is promised for {wording.count(n)} {of}: {named}."


def _sales(facts: Facts) -> str:
    sales = facts.run.params.sla.sales
    return (
        f"A first contact within {sales.follow_up_hours:g} business hours for {wording.percent(sales.met_share)} of the"
        f" leads, {wording.plural(sales.attempts, 'attempt')} before a lead is given up, a decision within"
        f" {wording.plural(sales.decision_days, 'day')}."
    )


def _table(found: Cover) -> Table:
    names = sorted({*found.mqls, *(s for s in found.promised if s is not None)})
    whole = found.promised.get(None)
    rows = [_row(s, found.promised.get(s), found.mqls.get(s, 0), whole is not None) for s in names]
    total = whole if whole is not None else sum(v for v in found.promised.values())
    return Table(
        "Promised and delivered, by segment",
        (Column("Segment"), Column("Promised", "MQLs", numeric=True), Column("MQLs", numeric=True), Column("Covered")),
        tuple(rows),
        total=("All", wording.count(total), wording.count(found.total), ""),
        folded=True,
    )


def _row(segment: str, promised: float | None, mqls: int, whole: bool) -> tuple[Cell, ...]:
    covered = Mark("none", "by the whole") if whole else Mark("bad", "no promise")
    mark = covered if promised is None else Mark("good", "promised")
    return (segment, wording.count(promised), wording.count(mqls), mark)


def _metrics(facts: Facts, found: Cover) -> tuple[Metric, ...]:
    if not found.mqls:
        return ()
    period = facts.run.period.label
    records = [metric("mqls", n, n=n, segment=s, period=period) for s, n in sorted(found.mqls.items())]
    records.append(metric("mqls", found.total, n=found.total, period=period))
    if found.promised:
        records.append(metric("mqls_without_promise", sum(found.uncovered.values()), n=found.total))
    return tuple(records)
