"""The weekly marketing update (C29): the promotions of the week, a card each, and where its leads are expected from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from alignment_lib.blocks.agenda import agenda, evidence, metric
from alignment_lib.blocks.closing import checks, method
from alignment_lib.blocks.coming import ends
from alignment_lib.blocks.looks import Look, looks
from alignment_lib.blocks.marketing_update_expected import expected
from alignment_lib.blocks.marketing_update_numbers import NO_SOURCE, Promotions, Row, source_of, this_day
from alignment_lib.blocks.marketing_update_numbers import promotions as numbers
from alignment_lib.blocks.opening import head
from alignment_lib.blocks.typed import one_line, quoted, where_to_write
from alignment_lib.facts import Facts
from alignment_lib.page.block import Block, Card, Column, Metric, Table
from alignment_lib.stats import wording
from alignment_lib.stats.days import day_of, epoch_day

__all__ = ["checks", "expected", "head", "method", "promotions"]

CARDS = 20
"""Promotions with a card; the rest stands in a table."""
POINTS = (
    ("soundbite", "Soundbite"),
    ("looks_like", "What it looks like"),
    ("prospect_action", "What the prospect does"),
    ("how_to_respond", "How to respond"),
    ("audience", "Audience"),
    ("owner", "Owner"),
)
BEGINS, GOES_ON, LATER = "begins", "goes on", "later"
Group = tuple[str, Row]


@agenda(
    id="promotions",
    title="Promotions of the week",
    question="What will prospects see this week, and how do we respond?",
    side="marketing",
)
def promotions(facts: Facts, block: Block) -> Block:
    """A card for each: what begins, what goes on, what comes later."""
    if not facts.tables.has("calendar"):
        return replace(block, missing=where_to_write(facts, "calendar", "one row for each promotion"))
    found = numbers(facts)
    rows: list[Group] = [
        *((BEGINS, r) for r in found.begin),
        *((GOES_ON, r) for r in found.running),
        *((LATER, r) for r in found.later),
    ]
    n = len(found.begin) + len(found.running)
    return replace(
        block,
        sentences=(sentence(facts), later_sentence(facts)),
        cards=_cards(facts, rows[:CARDS]),
        tables=(_rest(facts, rows[CARDS:]),) if rows[CARDS:] else (),
        evidence=evidence(
            facts,
            n=f"{wording.plural(n, 'promotion')} from {wording.day(this_day(facts))} to"
            f" {wording.day(facts.run.week.sunday)}, and {wording.count(len(found.later))} in the"
            f" {_days(facts)} after",
            method="as written in the calendar; a promotion without an end ends on its first day",
        ),
        metrics=tuple(_metrics(found)),
        handover=tuple(_row(group, row) for group, row in rows[:CARDS]),
    )


def sentence(facts: Facts) -> str:
    """What begins this week, first what, and what goes on."""
    found, week = numbers(facts), _week(facts)
    n, on = len(found.begin), len(found.running)
    goes_on = f"{wording.count(on)} that began before {'goes' if on == 1 else 'go'} on"
    if not n:
        return f"No promotion begins {week}; {goes_on}." if on else f"No promotion begins or goes on {week}."
    first = found.begin[0]
    begins = f"{wording.plural(n, 'promotion')} {'begins' if n == 1 else 'begin'} {week}"
    which = f"{quoted(first['title'])} on {wording.short_day(first['starts_on'])}"
    return f"{begins}{': ' if n == 1 else ', first '}{which}{f', and {goes_on}' if on else ''}."


def _week(facts: Facts) -> str:
    return "in the rest of this week" if this_day(facts) > epoch_day(facts.run.week.monday) else "this week"


def later_sentence(facts: Facts) -> str:
    """What begins in the days after the week."""
    later = numbers(facts).later
    if not later:
        return f"For the {_days(facts)} after this week nothing is written down yet."
    n, first = len(later), later[0]
    which = f"{quoted(first['title'])} on {wording.short_day(first['starts_on'])}"
    more = f"{wording.count(n)} more {'begins' if n == 1 else 'begin'}"
    return f"In the {_days(facts)} after this week {more}{': ' if n == 1 else ', first '}{which}."


def _days(facts: Facts) -> str:
    return wording.plural(facts.run.params.weekly.upcoming_days, "day")


def _cards(facts: Facts, rows: Sequence[Group]) -> tuple[Card, ...]:
    shown = looks(facts, [r["looks_like"] for _, r in rows])
    cards = []
    for (group, row), look in zip(rows, shown, strict=True):
        title = one_line(row["title"])
        cards.append(Card(title, _when(group, row), _points(row, look), look.image, title if look.image else ""))
    return tuple(cards)


def _points(row: Row, look: Look) -> tuple[tuple[str, str], ...]:
    """Label and text of all that was written, each on one line; what is expected is told even where nobody wrote it."""
    told = {**row, "looks_like": "the picture on the report's page" if look.image else look.text}
    points = [(label, text) for name, label in POINTS if (text := one_line(told[name] or ""))]
    return (*points, ("Source", _origin(row)), ("Expected leads", _leads(row)))


def _origin(row: Row) -> str:
    """The source, and the campaign where it has another name than the promotion."""
    source, campaign = source_of(row), one_line(row["campaign"] or "")
    named = "not named" if source == NO_SOURCE else source
    return f"{named}, campaign {campaign}" if campaign and campaign != one_line(row["title"]) else named


def _leads(row: Row) -> str:
    return "not written down" if row["expected_leads"] is None else wording.count(row["expected_leads"])


def _when(group: str, row: Row) -> str:
    first, end = epoch_day(row["starts_on"]), ends(row)
    if group == GOES_ON:
        return f"goes on until {wording.day(end)}"
    days = f"{day_of(first):%a} {wording.day(first)}" + (f" to {wording.day(end)}" if end > first else "")
    return f"later: {days}" if group == LATER else days


def _rest(facts: Facts, rows: Sequence[Group]) -> Table:
    shown = facts.run.params.weekly.list_rows
    cells = [
        (
            one_line(row["title"]),
            _when(group, row),
            *(one_line(row[name] or "") or wording.NOTHING for name in ("soundbite", "how_to_respond")),
            wording.count(row["expected_leads"]),
            one_line(row["owner"] or "") or wording.NOTHING,
        )
        for group, row in rows[:shown]
    ]
    left = len(rows) - len(cells)
    heads = (Column("Promotion"), Column("When"), Column("Soundbite"), Column("How to respond"))
    return Table(
        f"{wording.plural(len(rows), 'more promotion')}",
        (*heads, Column("Expected leads", numeric=True), Column("Owner")),
        tuple(cells),
        note=f"{wording.count(left)} more are not listed." if left else "",
        folded=True,
    )


def _row(group: str, row: Row) -> Mapping[str, str]:
    """What a mail needs to know of a card besides its text."""
    day = row["starts_on"]
    return {"title": one_line(row["title"]), "group": group, "weekday": f"{day:%A}", "day": wording.short_day(day)}


def _metrics(found: Promotions) -> Iterator[Metric]:
    counts = (("week", found.begin), ("running", found.running), ("later", found.later))
    for name, rows in counts:
        yield metric(f"promotions_{name}", len(rows), n=len(rows))
