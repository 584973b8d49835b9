"""What is coming (C18, C49): a brief card for each plan, and what marketing expects of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from alignment_lib.blocks.agenda import agenda, evidence, metric
from alignment_lib.blocks.looks import looks
from alignment_lib.blocks.typed import quoted, where_to_write
from alignment_lib.facts import Facts
from alignment_lib.facts.facts import UNKNOWN
from alignment_lib.page.block import Block, Card, Column, Metric, Table
from alignment_lib.stats import wording
from alignment_lib.stats.days import day_of, epoch_day

CARDS = 8
"""Plans with a card; the rest stands in a table."""
POINTS = (
    ("audience", "Audience"),
    ("soundbite", "Talk track"),
    ("prospect_action", "What the prospect does"),
    ("how_to_respond", "How to respond"),
    ("expected_leads", "Expected leads"),
    ("source", "Source"),
    ("owner", "Owner"),
)
Row = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Coming:
    """Plans that begin within the days ahead, and those that go on; each by the day on which it begins."""

    ahead: tuple[Row, ...]
    running: tuple[Row, ...]

    @property
    def expecting(self) -> tuple[Row, ...]:
        return tuple(r for r in self.ahead if r["expected_leads"] is not None)

    @property
    def leads(self) -> float | None:
        """None where no plan names a number."""
        return sum(r["expected_leads"] for r in self.expecting) if self.expecting else None

    @property
    def top(self) -> Row | None:
        """The plan that names most; None where none does, or two name as many."""
        ranked = sorted(self.expecting, key=lambda r: -r["expected_leads"])
        tied = len(ranked) > 1 and ranked[0]["expected_leads"] == ranked[1]["expected_leads"]
        return None if tied or not ranked else ranked[0]


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Coming:
    """The plans after the last visible day; a plan without an end ends on its first day."""
    last = facts.run.last_day
    until = last + facts.run.params.weekly.upcoming_days
    rows = plans(facts)
    return Coming(
        ahead=tuple(r for r in rows if last < epoch_day(r["starts_on"]) <= until),
        running=tuple(r for r in rows if epoch_day(r["starts_on"]) <= last < ends(r)),
    )


def plans(facts: Facts) -> list[Row]:
    """Every plan of the calendar that concerns this slice, by the day on which it begins, the largest first."""
    rows = [_plan(r) for r in facts.kept("calendar") if r["starts_on"] is not None and _in_slice(facts, r)]
    return sorted(rows, key=lambda r: (r["starts_on"], -(r["expected_leads"] or 0), str(r["title"]), str(r["item_id"])))


def _plan(row: Row) -> Row:
    """The row without an expectation that is no number of leads."""
    leads = row["expected_leads"]
    return row if leads is None or 0 <= leads < math.inf else {**row, "expected_leads": None}


def ends(row: Row) -> int:
    """Epoch day of a plan's last day; one without an end ends on its first."""
    first = epoch_day(row["starts_on"])
    return first if row["ends_on"] is None else max(first, epoch_day(row["ends_on"]))


def _in_slice(facts: Facts, row: Row) -> bool:
    """A plan of another source or campaign is not this slice's; one that names none is everybody's."""
    name, value = facts.run.params.slice or ("", "")
    return name not in ("source", "campaign") or row[name] in (value, None)


@agenda(
    id="coming",
    title="What is coming",
    question="What will prospects see, and how do we respond?",
    side="marketing",
)
def coming(facts: Facts, block: Block) -> Block:
    """Brief cards, what begins next first; then what is running."""
    if not facts.tables.has("calendar"):
        return replace(block, missing=where_to_write(facts, "calendar", "one row for each plan"))
    found = numbers(facts)
    rows = [*found.ahead, *found.running]
    return replace(
        block,
        sentences=(sentence(facts),),
        cards=_cards(facts, rows[:CARDS]),
        tables=(_rest(facts, rows[CARDS:]),) if rows[CARDS:] else (),
        prompts=("Who in sales has what they need to respond, and who does not?",) if rows else (),
        evidence=evidence(
            facts,
            *(("coming_leads",) if rows else ()),
            n=f"{wording.plural(len(rows), 'plan')} from {wording.day(facts.run.last_day + 1)} to"
            f" {wording.day(facts.run.last_day + facts.run.params.weekly.upcoming_days)}",
            excluded="expected leads of plans that are already running" if found.running else "",
        ),
        metrics=_metrics(found),
    )


def sentence(facts: Facts) -> str:
    """How many plans, how many leads, and which plan brings most."""
    found, days = numbers(facts), _days(facts)
    if not found.ahead:
        return _nothing(facts)
    count = len(found.ahead)
    plans = f"{wording.count(count)} {'thing is' if count == 1 else 'things are'} coming in the next {days}"
    running = f", and {_running(len(found.running))}" if found.running else ""
    return f"{plans}{running}; {_expected(found)}."


def _days(facts: Facts) -> str:
    return wording.plural(facts.run.params.weekly.upcoming_days, "day")


def _running(count: int) -> str:
    return f"{wording.count(count)} {'is' if count == 1 else 'are'} already running"


def _nothing(facts: Facts) -> str:
    running = numbers(facts).running
    also = f"; {_running(len(running))}" if running else ""
    return f"No plans are written down for the next {_days(facts)}{also}."


def _expected(found: Coming) -> str:
    """Leads of the plans to come, the largest of them, and how many name none."""
    if found.leads is None:
        return "how many leads to expect is not written down"
    them = "it" if len(found.ahead) == 1 else "those to come" if found.running else "them"
    told = f"marketing expects {_leads(found.leads)} from {them}"
    if found.leads and found.top is not None and len(found.expecting) > 1:
        told += f", most from {quoted(found.top['title'])} ({wording.count(found.top['expected_leads'])})"
    silent = len(found.ahead) - len(found.expecting)
    return told + (f"; {wording.count(silent)} {'names' if silent == 1 else 'name'} no expectation" if silent else "")


def plans_sentence(facts: Facts) -> str:
    """The plans in one line, for the first screen: how many, the next of them, the leads."""
    found = numbers(facts)
    if not found.ahead:
        return _nothing(facts)
    first = found.ahead[0]
    begins = f"{quoted(first['title'])} on {wording.short_day(first['starts_on'])}"
    count = len(found.ahead)
    plans = begins if count == 1 else f"{wording.count(count)} things, first {begins}"
    leads = "" if found.leads is None else f"; {_will_come(found.leads)}"
    return f"Coming up in the next {_days(facts)}: {plans}{leads}."


def _will_come(leads: float) -> str:
    return f"{_leads(leads)} {'is' if leads == 1 else 'are'} expected"


def _leads(leads: float) -> str:
    return wording.plural(leads, "lead") if leads else "no leads"


def _cards(facts: Facts, rows: list[Row]) -> tuple[Card, ...]:
    shown = looks(facts, [r["looks_like"] for r in rows])
    cards = []
    for row, look in zip(rows, shown, strict=True):
        points = [(label, _text(row[name])) for name, label in POINTS if row[name] not in (None, "")]
        if look.text:
            points.insert(1 if row["audience"] else 0, ("What it looks like", look.text))
        alt = str(row["title"]) if look.image else ""
        cards.append(Card(str(row["title"]), _when(facts, row), tuple(points), look.image, alt))
    return tuple(cards)


def _text(value: object) -> str:
    return wording.count(value) if isinstance(value, float | int) else str(value)


def _when(facts: Facts, row: Row) -> str:
    first, end = epoch_day(row["starts_on"]), ends(row)
    if first <= facts.run.last_day:
        return f"running until {wording.day(end)}"
    if end == first:
        return f"{day_of(first):%a} {wording.day(first)}"
    return f"{wording.day(first)} to {wording.day(end)}"


def _rest(facts: Facts, rows: list[Row]) -> Table:
    shown = facts.run.params.weekly.list_rows
    cells = [
        (
            str(r["title"]),
            _when(facts, r),
            *(r[name] or wording.NOTHING for name in ("audience", "soundbite", "how_to_respond")),
            wording.count(r["expected_leads"]),
            r["owner"] or wording.NOTHING,
        )
        for r in rows[:shown]
    ]
    left = len(rows) - len(cells)
    heads = (Column("Plan"), Column("When"), Column("Audience"), Column("Talk track"), Column("How to respond"))
    return Table(
        f"{wording.plural(len(rows), 'more plan')}",
        (*heads, Column("Expected leads", numeric=True), Column("Owner")),
        tuple(cells),
        note=f"{wording.count(left)} more are not listed." if left else "",
        folded=True,
    )


def _metrics(found: Coming) -> tuple[Metric, ...]:
    n, expecting = len(found.ahead), len(found.expecting)
    reason = "" if expecting else "no plan names a number"
    records = [
        metric("coming_items", n, n=n),
        metric("coming_running", len(found.running), n=len(found.running)),
        metric("coming_leads", found.leads, n=expecting, reason=reason),
        metric("coming_silent", n - expecting, n=n),
    ]
    if found.top is not None:
        records.append(metric("coming_top_leads", found.top["expected_leads"], n=expecting))
    for source in sorted({r["source"] or UNKNOWN for r in found.expecting}):
        part = [r["expected_leads"] for r in found.expecting if (r["source"] or UNKNOWN) == source]
        records.append(metric("coming_leads", sum(part), n=len(part), source=source))
    return tuple(records)
