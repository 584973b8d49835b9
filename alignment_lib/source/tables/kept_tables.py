"""A hand-kept table: its rows from all places joined, each accounted for, and checks that warn but never end a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from alignment_lib.contract import CONTRACT, TableContract
from alignment_lib.errors import quoted
from alignment_lib.params import RunParams
from alignment_lib.source import Place, Source
from alignment_lib.source.tables.account import Account, SetAside
from alignment_lib.source.tables.checks import Check
from alignment_lib.source.tables.inspect import EXCLUDED
from alignment_lib.source.tables.kept_values import Bad, Hand, read_cell, written

Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class KeptTable:
    """The rows that count, in the order of the places; nothing is taken out as of an instant yet."""

    contract: TableContract
    columns: frozenset[str]
    """Canonical columns that some place has."""
    rows: tuple[Mapping[str, Any], ...]
    accounts: tuple[Account, ...]
    aside: tuple[SetAside, ...]
    checks: tuple[Check, ...]
    keys: frozenset[str] = frozenset()
    """Every key that is written anywhere, of rows set aside, too."""


@dataclass(eq=False)
class _Read:
    """One place while it is read: rows by number, and what was set aside."""

    place: Place
    rows: dict[int, Row] = field(default_factory=dict)
    lost: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    """By row, column, value and reason."""
    blanked: list[tuple[int, str, str, str]] = field(default_factory=list)
    """Row, column, value and reason of values that are left blank."""


def read_kept(source: Source, params: RunParams, name: str) -> KeptTable | None:
    """A hand-kept table; None where no place has it, which `source.missing` then explains where anything was tried."""
    absent = source.missing.get(name, "")
    places = source.kept(name)
    if not places:
        return None
    source.missing.pop(name, None)
    contract = CONTRACT[name]
    read = [_read(place, contract, params) for place in places]
    for one in read:
        _drop_repeats(one, contract)
    joined = _joined(read, contract)
    checks = [c for one in read for c in _checks(one, contract)]
    alone = f"{places[0].file} is read alone"
    if absent:
        checks.append(Check("present", name, "PASS", f"{absent}; {alone}"))
    checks += [Check("present", name, "WARN", f"{text}; {alone}") for text in source.remarks.get(name, ())]
    return KeptTable(
        contract,
        frozenset(c for place in places for c in place.cells),
        tuple(joined),
        tuple(_account(one) for one in read),
        tuple(row for one in read for row in _aside(one)),
        tuple(checks),
        frozenset(k for p in places for cell in p.cells.get(contract.key or "", ()) if (k := written(cell))),
    )


def _read(place: Place, contract: TableContract, params: RunParams) -> _Read:
    """Convert every cell; a required one that is blank or unreadable costs its row, any other only itself."""
    read = _Read(place)
    default = "iso" if place.in_folder else params.mapping.defaults.timestamp.format
    hands = {
        column: Hand(
            contract.columns[column],
            place.rules[column],
            params.timezone,
            params.company.slash_dates,
            default,
            place.dotted,
        )
        for column in place.cells
    }
    for number in range(len(place.lines)):
        if place.excluded and place.excluded[number]:
            read.lost[number] = ("", "", EXCLUDED)
            continue
        _read_row(read, number, hands)
    return read


def _read_row(read: _Read, number: int, hands: Mapping[str, Hand]) -> None:
    row: Row = {}
    for column, hand in hands.items():
        raw = read.place.cells[column][number]
        value = read_cell(raw, hand)
        if isinstance(value, Bad):
            found = (column, (written(raw) or "")[:500], f"{column} {value.reason}")
            if hand.column.required:
                read.lost.setdefault(number, found)
            else:
                read.blanked.append((number, *found))
            value = None
        elif value is None and hand.column.required:
            read.lost.setdefault(number, (column, "", f"{column} is missing"))
        row[column] = value
    if number in read.lost:
        read.blanked = [b for b in read.blanked if b[0] != number]
    else:
        read.rows[number] = row


def _drop_repeats(read: _Read, contract: TableContract) -> None:
    """Of several rows of a key one counts: the first, or the last where the mapping says so."""
    key = contract.key
    if key is None:
        return
    seen: set[str] = set()
    for number in sorted(read.rows, reverse=read.place.keep_last):
        value = read.rows[number][key]
        if value in seen:
            which = "a later" if read.place.keep_last else "an earlier"
            _lose(read, number, key, f"{which} row has the same {key}")
        seen.add(value)


def _lose(read: _Read, number: int, key: str, reason: str) -> None:
    read.lost[number] = (key, read.rows.pop(number)[key], reason)
    read.blanked = [b for b in read.blanked if b[0] != number]


def _joined(read: list[_Read], contract: TableContract) -> list[Row]:
    """Rows of the source, then of the kept folder; with a key, the folder's row takes the place of the source's."""
    first, *others = read
    rows = [first.rows[n] for n in sorted(first.rows)]
    if first.place.lines and first.place.lines[0] is None:  # a database has no order of its own
        rows.sort(key=lambda row: [str(row.get(c) or "") for c in contract.columns])
    more = [one.rows[n] for one in others for n in sorted(one.rows)]
    key = contract.key
    if key is None:
        return rows + more
    ours, theirs = {row[key]: row for row in more}, {row[key] for row in rows}
    joined = [row | ours.get(row[key], {}) for row in rows]
    for number in [n for n, row in first.rows.items() if others and row[key] in ours]:
        _lose(first, number, key, f"{others[0].place.file} has a row of this {key}, {STANDS_IN}")
    return joined + [row for row in more if row[key] not in theirs]


STANDS_IN = "which stands in for it"
"""How a reason ends that is no fault of the row."""


def _account(read: _Read) -> Account:
    reasons = Counter(reason for _, _, reason in read.lost.values())
    reasons.update(r.reason for r in read.place.rejected)
    unreadable = Counter(column for _, column, _, _ in read.blanked)
    n_read = len(read.place.lines) + len(read.place.rejected)
    return Account(read.place.table, read.place.file, n_read, dict(reasons), dict(unreadable))


def _aside(read: _Read) -> list[SetAside]:
    table, file, lines = read.place.table, read.place.file, read.place.lines
    rows = [SetAside(table, file, r.line, "row", "", r.value, r.reason) for r in read.place.rejected]
    rows += [SetAside(table, file, lines[n], "row", *found) for n, found in read.lost.items()]
    rows += [SetAside(table, file, lines[n], "value", *found) for n, *found in read.blanked]
    return sorted(rows, key=lambda r: (r.line or 0, r.what, r.column, r.value, r.reason))


def _checks(read: _Read, contract: TableContract) -> Iterator[Check]:
    """What a reader should know of one place; the worst is a warning."""
    account, file, name = _account(read), read.place.file, contract.name
    said = ", ".join(f"{n} × {reason}" for reason, n in account.reasons.items())
    said = f" ({said})" if said else ""
    counts = f"{account.read} read = {account.used} used + {account.set_aside} set aside{said}"
    faults = [r for r in account.reasons if r != EXCLUDED and not r.endswith(STANDS_IN)]
    text = f"{file} ({name}): {counts if account.read else 'no rows yet'}"
    yield Check("rows", name, "WARN" if faults else "PASS", text, account.set_aside, account.read)
    yield from _faults(read, name, account.read)
    for remark in read.place.remarks:
        yield Check("columns", name, "WARN", remark)
    if read.place.short:
        lines = ", ".join(map(str, read.place.short[:5]))
        text = f"{file}: {len(read.place.short)} rows have fewer cells than the head (line {lines}); the last ones are"
        yield Check("cells", name, "WARN", f"{text} taken as blank", len(read.place.short), account.read)
    yield from _odd_values(read, contract, account.read)


def _faults(read: _Read, name: str, n_read: int) -> Iterator[Check]:
    """One warning a reason, with its first line and value."""
    by_reason: dict[str, list[SetAside]] = {}
    for row in _aside(read):
        if row.reason != EXCLUDED and not row.reason.endswith(STANDS_IN):
            by_reason.setdefault(row.reason, []).append(row)
    for reason, rows in by_reason.items():
        first = rows[0]
        line = f" line {first.line}" if first.line else ""
        value = f" ({quoted(first.value)})" if first.value else ""
        what = "row" if first.what == "row" else "value"
        told = f"this {what} is set aside" if len(rows) == 1 else f"{len(rows)} such {what}s are set aside"
        text = f"{read.place.file}{line}{value}: {reason}; {told}"
        yield Check("readable", name, "WARN", text, len(rows), n_read)


def _odd_values(read: _Read, contract: TableContract, n_read: int) -> Iterator[Check]:
    rows, file = list(read.rows.values()), read.place.file
    for column, rule in contract.columns.items():
        odd = [r[column] for r in rows if rule.allowed and r.get(column) and r[column] not in rule.allowed]
        if odd:
            text = f"{file}: {len(odd)} rows have a {column} other than {', '.join(rule.allowed)} ({quoted(odd[0])})"
            yield Check("values", contract.name, "WARN", text, len(odd), n_read)
    for earlier, later in contract.orders:
        count = sum(1 for r in rows if r.get(earlier) and r.get(later) and r[later] < r[earlier])
        if count:
            text = f"{file}: {count} rows have {later} before {earlier}; correct them"
            yield Check("order", contract.name, "WARN", text, count, n_read)
