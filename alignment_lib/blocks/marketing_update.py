"""The weekly marketing update (C29): the promotions of the week, a card each, and where its leads are expected from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from alignment_lib.blocks.agenda import agenda, evidence, metric
from alignment_lib.blocks.closing import checks, method
from alignment_lib.blocks.coming import ends, plans
from alignment_lib.blocks.history import data_begins, normal_range
from alignment_lib.blocks.looks import Look, looks
from alignment_lib.blocks.opening import head
from alignment_lib.blocks.typed import one_line, quoted, where_to_write
from alignment_lib.facts import Facts, daily
from alignment_lib.facts.facts import UNKNOWN
from alignment_lib.page.block import Block, Card, Column, Metric, Table
from alignment_lib.params.period import local_day
from alignment_lib.stats import limits, wording
from alignment_lib.stats.days import day_of, epoch_day

# The promotions around the report's week, and the leads expected of them beside what each source usually brings.

Row = Mapping[str, Any]
NO_SOURCE = "(no source named)"
"""Promotions that name no source; these are not the leads whose source nobody knows."""


@dataclass(frozen=True, eq=False)
class Promotions:
    """Plans that begin in what is left of the week, that began before and go on, and that begin in the days after."""

    begin: tuple[Row, ...]
    running: tuple[Row, ...]
    later: tuple[Row, ...]

    @property
    def expecting(self) -> tuple[Row, ...]:
        return tuple(r for r in self.begin if r["expected_leads"] is not None)


@lru_cache(maxsize=8)
def planned(facts: Facts) -> Promotions:
    """The calendar around the report's instant; a plan of today counts, whatever the hour."""
    today, sunday = this_day(facts), epoch_day(facts.run.week.sunday)
    until = sunday + facts.run.params.weekly.upcoming_days
    rows = plans(facts)
    return Promotions(
        begin=tuple(r for r in rows if today <= epoch_day(r["starts_on"]) <= sunday),
        running=tuple(r for r in rows if epoch_day(r["starts_on"]) < today <= ends(r)),
        later=tuple(r for r in rows if sunday < epoch_day(r["starts_on"]) <= until),
    )


def this_day(facts: Facts) -> int:
    """Epoch day of the report's instant; of a week that has not begun yet, its Monday."""
    return max(_today(facts), epoch_day(facts.run.week.monday))


def _today(facts: Facts) -> int:
    return epoch_day(local_day(facts.run.as_of, facts.run.params.timezone))


@dataclass(frozen=True, eq=False)
class Expected:
    """One source, or all of them: what is expected of it, and what is normal."""

    name: str
    plans: Sequence[Row]
    """That begin this week and name a number."""
    running: Sequence[Row]
    """That go on and name a number, of all their days."""
    normal: limits.NormalRange | None
    """None where a normal week cannot be told."""
    sunday: int

    @property
    def leads(self) -> float | None:
        """None where nothing is written down."""
        return _sum(self.plans)

    @property
    def leads_running(self) -> float | None:
        return _sum(self.running)

    @cached_property
    def beyond(self) -> Sequence[Row]:
        """Those that go on after the week."""
        return [r for r in self.plans if ends(r) > self.sunday]

    @property
    def leads_beyond(self) -> float | None:
        return _sum(self.beyond)


def _sum(rows: Sequence[Row]) -> float | None:
    return float(sum(r["expected_leads"] for r in rows)) if rows else None


@lru_cache(maxsize=8)
def expectations(facts: Facts) -> tuple[tuple[Expected, ...], Expected]:
    """Every source that should bring leads or brought some in the weeks before, most expected first; and all."""
    found = planned(facts)
    weeks = facts.run.weeks[:-1]
    first, last = epoch_day(weeks[0].monday), epoch_day(weeks[-1].sunday)
    frame = daily(facts, "leads", first_day=first, last_day=last, by=("source",))
    begin = [(source_of(r), r) for r in found.expecting]
    running = [(source_of(r), r) for r in found.running if r["expected_leads"] is not None]
    names = sorted({*frame["source"], *(name for name, _ in (*begin, *running))})
    sunday = epoch_day(facts.run.week.sunday)
    rows = [
        Expected(
            name,
            plans=[r for source, r in begin if source == name],
            running=[r for source, r in running if source == name],
            normal=None if name == NO_SOURCE else _normal(facts, frame[frame["source"] == name], first),
            sunday=sunday,
        )
        for name in names
    ]
    rows.sort(key=lambda e: (e.leads is None, -(e.leads or 0), -(e.normal.centre if e.normal else 0), e.name))
    everything = Expected("All", [r for _, r in begin], [r for _, r in running], _normal(facts, frame, first), sunday)
    return tuple(rows), everything


def source_of(row: Row) -> str:
    """The source that a plan names."""
    return one_line(row["source"] or "") or NO_SOURCE


def _normal(facts: Facts, frame: Any, first: int) -> limits.NormalRange | None:
    """The leads of a normal week, from the whole weeks before that the data reaches back to; None without any."""
    begins, today = data_begins(facts, "leads"), _today(facts)
    weeks = [w for w in range(len(facts.run.weeks) - 1) if begins <= first + 7 * w + 6 < today]
    by_week = frame.groupby((frame["day"].astype("int64") - first) // 7)["n"].sum()
    return normal_range("leads", tuple(int(by_week.get(w, 0)) for w in weeks)) if weeks else None


# Where the week's leads are expected from: the calendar's numbers by source, beside what a source usually brings.

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
    n = len(planned(facts).expecting)
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
        metrics=tuple(_metrics_expected(facts, rows, everything)),
        handover=tuple(_row_expected(e) for e in rows),
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
    silent = len(planned(facts).begin) - len(planned(facts).expecting)
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


def _row_expected(one: Expected) -> Mapping[str, str]:
    source, expected_leads, beyond, running, normal = _cells(one)
    part = "" if len(one.beyond) == len(one.plans) else f"{wording.count(one.leads_beyond)} of them "
    told = f"{expected_leads} ({part}until {_until(one)})" if one.beyond else expected_leads
    return {"source": source, "expected": expected_leads, "told": told, "beyond": beyond, "running": running,
            "normal": normal}  # fmt: skip


def _metrics_expected(facts: Facts, rows: Sequence[Expected], everything: Expected) -> Iterator[Metric]:
    found = planned(facts)
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
    found = planned(facts)
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
    found, week = planned(facts), _week(facts)
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
    later = planned(facts).later
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
