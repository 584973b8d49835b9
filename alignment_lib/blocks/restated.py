"""Restated numbers (D3): what earlier reports printed for their weeks, what those weeks read now, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from alignment_lib.blocks.agenda import agenda, evidence, metric
from alignment_lib.blocks.restatement import VALUE, Change, Ledger, Part, ledger
from alignment_lib.facts import Facts
from alignment_lib.measures import definition
from alignment_lib.memory.runs import OTHER_SOURCE, Memory
from alignment_lib.page.block import Block, Cell, Column, Count, Listing, Metric, Table
from alignment_lib.params.period import Week
from alignment_lib.stats import wording

TOLD = ("leads", "mqls", "won", "opportunities", VALUE)
"""The order in which changes of the newest report are told, as many as `SENTENCES`."""
SENTENCES = 3
LONG = 12
"""Rows from which the table is folded."""
WORDS = {
    "leads": ("lead", "leads"),
    "mqls": ("MQL", "MQLs"),
    "opportunities": ("opportunity", "opportunities"),
    "won": ("deal won", "deals won"),
}
NOT_ANY_MORE = {"leads": "no longer dated", "mqls": "no longer an MQL", "opportunities": "no longer dated",
                "won": "no longer won", VALUE: "no longer won"}  # fmt: skip
SAID = {
    "late": ("arrived late", "arrived late"),
    "after": ("came after that report was made", "came after that report was made"),
    "in": ("moved into that week as its stage or date changed", "moved into that week as their stage or date changed"),
    "out": ("left that week as its stage or date changed", "left that week as their stage or date changed"),
    "set_aside": ("is now set aside", "are now set aside"),
    "merged": ("was merged into another row", "were merged into other rows"),
    "gone": ("is no longer in the export", "are no longer in the export"),
    "outside": ("is no longer part of this report", "are no longer part of this report"),
}  # fmt: skip
"""Reasons in a sentence, of one and of several."""


@agenda(id="restated", title="Restated numbers", question="Do the numbers of earlier reports still hold?")
def restated(facts: Facts, block: Block) -> Block:
    """Numbers that read differently now, with reasons that add up; what could not be compared is counted."""
    if not facts.earlier:
        return replace(block, missing=_first(facts))
    found = ledger(facts)
    table = _table(facts, found)
    return replace(
        block,
        sentences=sentences(facts),
        tables=(table,) if table.rows else (),
        evidence=evidence(
            facts,
            "printed_then",
            "reads_now",
            n=f"{wording.plural(found.compared, 'number')} of {wording.plural(len(found.reports), 'earlier report')}:"
            f" {wording.count(len(found.changes))} changed, {wording.count(found.compared - len(found.changes))} as"
            " printed",
            excluded="; ".join(_excluded(facts, found)),
            method="reasons come from the lists of ids that each report keeps, and add up to the change"
            if table.rows
            else "",
        ),
        metrics=tuple(_metrics(facts, found)),
    )


def _first(facts: Facts) -> str:
    """The one line where there is nothing to compare with."""
    sliced = f" of {'='.join(facts.run.params.slice)}" if facts.run.params.slice else ""
    skipped = _skipped(facts)
    if any(why != OTHER_SOURCE for why in skipped):
        told = f"No earlier report of this source{sliced} can be compared"
    else:
        told = f"This is the first report of this source{sliced}"
    passed = f" Passed over: {_counted(skipped)}." if skipped else ""
    return f"{told}; restatements begin with the next.{passed}"


def _skipped(facts: Facts) -> Counter[str]:
    return Counter(facts.earlier.skipped if isinstance(facts.earlier, Memory) else ())


def _counted(skipped: Counter[str]) -> str:
    return wording.listing([f"{wording.plural(n, 'report')} {why}" for why, n in sorted(skipped.items())])


def _excluded(facts: Facts, found: Ledger) -> list[str]:
    skipped = _skipped(facts)
    without = [f"numbers not compared: {wording.listing(found.not_compared)}"] if found.not_compared else []
    return [*([_counted(skipped)] if skipped else []), *without]


# Sentences


def sentences(facts: Facts) -> tuple[str, ...]:
    """The newest report's changes, then how the rest stands."""
    found = ledger(facts)
    if not found.compared:
        return ("None of the numbers of earlier reports can be compared with this data.",)
    newest = [c for name in TOLD for c in found.changes if c.name == name and c.report is found.reports[0]]
    told = [c for c in newest if c.name != VALUE or _as_money(facts, c.then) != _as_money(facts, c.now)][:SENTENCES]
    said = [_sentence(facts, change, also=bool(i)) for i, change in enumerate(told)]
    return (*said, *_rest(facts, found, len(told)))


def _rest(facts: Facts, found: Ledger, told: int) -> tuple[str, ...]:
    """How the numbers stand that no sentence has told."""
    reports = len(found.reports)
    one = "last week's report" if _last_week(facts, found.reports[0].week) else "the one earlier report"
    of = one if reports == 1 else f"the {wording.count(reports)} earlier reports"
    if len(found.changes) > told:
        changed, numbers = wording.count(len(found.changes)), wording.count(found.compared)
        return (f"In all, {changed} of the {numbers} numbers that {of} printed now read differently.",)
    if told == found.compared:
        return ()
    return (f"All {'other ' if told else ''}numbers of {of} still hold.",)


def _sentence(facts: Facts, change: Change, *, also: bool) -> str:
    newest = "Last week's report" if _last_week(facts, change.week) else f"The report of {change.week.label}"
    who = "It also" if also else newest
    if change.name == VALUE:
        return f"{who} {_worth(facts, change)}."
    words = WORDS[change.name]
    then = wording.plural(change.then, *words) if change.then else f"no {words[1]}"
    now = wording.count(change.now) if change.now else "none"
    return f"{who} said {then}; that week now reads {now}{_because(change)}."


def _last_week(facts: Facts, week: Week) -> bool:
    return week == facts.run.week.shifted(-1)


def _worth(facts: Facts, change: Change) -> str:
    then, now = _as_money(facts, change.then), _as_money(facts, change.now)
    said = "gave no amount for the deals won" if change.then is None else f"put the deals won at {then}"
    return f"{said}; {'they now have no amount' if change.now is None else f'they now come to {now}'}"


def _as_money(facts: Facts, cents: int | None) -> str:
    return "no amount" if cents is None else wording.money(cents / 100, facts.run.params.company.currency)


def _because(change: Change) -> str:
    if change.unknown:
        return f"; why is not known, as {change.unknown}"
    sums = _by_cause(change)
    told = [f"{wording.count(n)} {SAID[cause][n != 1]}" for cause, (n, _) in sums.items()]
    return f": {wording.listing(told)}"


def _by_cause(change: Change) -> dict[str, tuple[int, int]]:
    """Ids and their signed sum by cause."""
    sums: dict[str, tuple[int, int]] = {}
    for part in change.parts:
        n, amount = sums.get(part.cause, (0, 0))
        sums[part.cause] = (n + len(part.ids), amount + part.amount)
    return sums


# The table


def _table(facts: Facts, found: Ledger) -> Table:
    numeric = [Column(label, numeric=True) for label in ("Printed then", "Reads now", "Change")]
    return Table(
        "Numbers that read differently now; a change opens its list",
        (Column("Week"), Column("What"), *numeric, Column("Why")),
        tuple(_row(facts, change) for change in found.changes),
        folded=len(found.changes) > LONG,
    )


def _row(facts: Facts, change: Change) -> tuple[Cell, ...]:
    name = definition(change.name).label
    label = f"{name}, {facts.run.params.company.currency}" if change.name == VALUE else name
    write = _writer(change)
    why = f"not known: {change.unknown}" if change.unknown else ""
    return (
        change.week.label,
        label,
        wording.NOTHING if change.then is None else write(change.then),
        wording.NOTHING if change.now is None else write(change.now),
        _change(facts, change, _signed(change.amount, write)),
        why or "; ".join(f"{_signed(p.amount, write)} {_reason(facts, change, p)}" for p in change.parts),
    )


def _writer(change: Change) -> Callable[[int], str]:
    """How a row's numbers are written: amounts to the cent, where any of them has cents."""
    if change.name != VALUE:
        return wording.count
    whole = not any(a % 100 for a in (change.then or 0, change.now or 0, *(p.amount for p in change.parts)))
    return lambda cents: wording.count(cents // 100) + ("" if whole else f".{cents % 100:02d}")


def _signed(amount: int, write: Callable[[int], str]) -> str:
    sign = "−" if amount < 0 else "+" if amount else "±"
    return f"{sign}{write(abs(amount))}"


def _change(facts: Facts, change: Change, text: str) -> Cell:
    """The change as a cell that opens the ids by reason."""
    left, groups = facts.run.params.weekly.list_rows, []
    for part in change.parts:
        if left > 0:
            groups.append((_reason(facts, change, part), part.ids[:left]))
        left -= len(part.ids)
    what = "leads" if change.name in ("leads", "mqls") else "deals"
    return Count(text, Listing(what, tuple(groups), max(0, -left), by="reason")) if groups else text


def _reason(facts: Facts, change: Change, part: Part) -> str:
    """A reason with its detail, as a table says it."""
    detail = part.detail
    texts = {
        "late": "arrived late or came into this slice" if facts.run.params.slice else "arrived late",
        "after": "came after that report was made",
        "in": f"moved here from {detail}" if detail else "stage or date changed, in this week now",
        "out": f"moved to {detail}" if detail else f"stage changed, {NOT_ANY_MORE[change.name]}",
        "set_aside": f"set aside: {detail}",
        "merged": f"merged into another row, {detail}" if detail else "merged into another row",
        "gone": "no longer in the export (merged or deleted)",
        "outside": "no longer part of this report",
        "amount": f"amount {detail}",
    }
    return texts[part.cause]


# Metrics


def _metrics(facts: Facts, found: Ledger) -> Iterator[Metric]:
    yield metric("reports_compared", len(found.reports))
    yield metric("numbers_restated", len(found.changes), n=found.compared)
    for change in found.changes:
        money, known = change.name == VALUE, definition(change.name)
        unit = facts.run.params.company.currency if money else known.unit
        values: list[tuple[str, int | None, int | None]] = [
            ("printed_then", change.then, None),
            ("reads_now", change.now, None),
            ("restated", change.amount, None),
            *((f"restated_{cause}", amount, n) for cause, (n, amount) in _by_cause(change).items()),
        ]
        for name, value, n in values:
            shown = None if value is None else value / 100 if money else value
            reason = "no won deal had an amount" if value is None else ""
            record = metric(name, shown, n=n, segment=change.name, period=change.week.label, reason=reason)
            yield replace(record, unit=unit)
