"""The next month as a calendar (C18, C51): what begins and what runs, day by day, and a table of all items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from typing import Any

from alignment_lib.blocks.agenda import agenda, evidence, metric
from alignment_lib.blocks.coming import ends, plans
from alignment_lib.blocks.typed import where_to_write
from alignment_lib.facts import Facts
from alignment_lib.page.block import Block, Column, Metric, Table
from alignment_lib.params.period import Week
from alignment_lib.stats import wording
from alignment_lib.stats.days import day_of, epoch_day

LONGEST = 34
"""Characters of a title in the grid; the whole of it stands in the table."""
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
Row = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class MonthAhead:
    """Items that begin from `first` to `last` (epoch days), and those that began before and go on."""

    first: int
    last: int
    ahead: tuple[Row, ...]
    running: tuple[Row, ...]

    @property
    def expecting(self) -> list[Row]:
        return [r for r in self.ahead if r["expected_leads"] is not None]

    @property
    def leads(self) -> float | None:
        """None where no item names a number."""
        return sum(r["expected_leads"] for r in self.expecting) if self.expecting else None


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> MonthAhead:
    """The plans after the last visible day, as the weekly's cards read them."""
    first = facts.run.last_day + 1
    last = facts.run.last_day + facts.run.params.monthly.upcoming_days
    rows = sorted(plans(facts), key=lambda r: (r["starts_on"], str(r["title"]), str(r["item_id"])))
    return MonthAhead(
        first=first,
        last=last,
        ahead=tuple(r for r in rows if first <= epoch_day(r["starts_on"]) <= last),
        running=tuple(r for r in rows if epoch_day(r["starts_on"]) < first <= ends(r)),
    )


@agenda(
    id="month-grid",
    title="The next month, day by day",
    question="What happens on which day, for whom, and what do we expect of it?",
    side="marketing",
)
def month_grid(facts: Facts, block: Block) -> Block:
    """A calendar of weeks by weekdays, and the items with audience, owner and expected leads."""
    if not facts.tables.has("calendar"):
        return replace(block, missing=where_to_write(facts, "calendar", "one row for each plan"))
    found = numbers(facts)
    some = found.ahead or found.running
    return replace(
        block,
        sentences=(sentence(found),),
        tables=(_grid(found), _items(found)) if some else (),
        prompts=("Which days are too full, and which item has no owner?",) if some else (),
        evidence=evidence(
            facts,
            *(("plan_leads",) if found.expecting else ()),
            n=f"{wording.plural(len(found.ahead) + len(found.running), 'plan')} from {wording.day(found.first)} to"
            f" {wording.day(found.last)}",
            excluded="expected leads of plans that are already running" if found.running else "",
            method="as written in the calendar",
        ),
        metrics=_metrics(found),
    )


def sentence(found: MonthAhead) -> str:
    """How much begins, how much runs, and the leads expected."""
    span = f"between {wording.day(found.first)} and {wording.day(found.last)}"
    runs = len(found.running)
    also = f"; {wording.count(runs)} {'is' if runs == 1 else 'are'} already running" if runs else ""
    if not found.ahead:
        return f"No plan begins {span}{also}."
    n = len(found.ahead)
    begins = f"{wording.plural(n, 'plan')} {'begins' if n == 1 else 'begin'} {span}{also}"
    if found.leads is None:
        return f"{begins}; how many leads to expect is not written down."
    expected = wording.plural(found.leads, "lead") if found.leads else "no leads"
    return f"{begins}; marketing expects {expected} from {'it' if n == 1 else 'those that begin'}."


def _grid(found: MonthAhead) -> Table:
    week, weeks = Week.of(day_of(found.first)), []
    while epoch_day(week.monday) <= found.last:
        weeks.append(week)
        week = week.shifted(1)
    rows = tuple((w.label, *(_cell(found, epoch_day(w.monday) + i) for i in range(7))) for w in weeks)
    return Table(
        "Calendar",
        (Column("Week"), *(Column(d) for d in DAYS)),
        rows,
        note="An item that goes on is named again on each Monday as “on:”; the table below has the whole titles.",
    )


def _cell(found: MonthAhead, day: int) -> str:
    """The day of the month, what begins on it and, on the first day shown of a week, what goes on."""
    if not found.first <= day <= found.last:
        return ""
    again = day == found.first or day_of(day).weekday() == 0
    parts = [
        f"{'on: ' if epoch_day(r['starts_on']) < day else ''}{_named(r)}"
        for r in (*found.running, *found.ahead)
        if epoch_day(r["starts_on"]) == day or (again and epoch_day(r["starts_on"]) < day <= ends(r))
    ]
    _, shown = wording.short_day(day).split(" ", 1)
    return shown + (f": {'; '.join(parts)}" if parts else "")


def _named(row: Row) -> str:
    kind = f"{row['kind']} " if row["kind"] else ""
    return f"{kind}“{shortened(str(row['title']))}”"


def shortened(text: str, longest: int = LONGEST) -> str:
    """Cut at a word, with a mark that it was."""
    words = " ".join(text.split())
    if len(words) <= longest:
        return words
    cut = words[: longest - 1]
    head = cut.rsplit(" ", 1)[0] if " " in cut and words[longest - 1] != " " else cut
    return head.rstrip(" ,;:–-") + "…"


def _items(found: MonthAhead) -> Table:
    rows = tuple(
        (
            str(r["title"]),
            r["kind"] or wording.NOTHING,
            _when(r),
            r["audience"] or wording.NOTHING,
            r["owner"] or "nobody",
            wording.count(r["expected_leads"]),
        )
        for r in (*found.running, *found.ahead)
    )
    heads = (Column("What"), Column("Kind"), Column("When"), Column("Audience"), Column("Owner"))
    caption = f"{wording.plural(len(rows), 'plan')}: what, audience, owner, expected leads"
    return Table(caption, (*heads, Column("Expected leads", numeric=True)), rows, folded=True)


def _when(row: Row) -> str:
    first, end = row["starts_on"], day_of(ends(row))
    return wording.day(first) if end - first < timedelta(days=1) else f"{wording.day(first)} to {wording.day(end)}"


def _metrics(found: MonthAhead) -> tuple[Metric, ...]:
    n = len(found.ahead)
    reason = "" if found.expecting else "no plan names a number"
    return (
        metric("plan_items", n, n=n),
        metric("plan_running", len(found.running), n=len(found.running)),
        metric("plan_leads", found.leads, n=len(found.expecting), reason=reason),
    )
