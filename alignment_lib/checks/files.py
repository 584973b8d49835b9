"""Were the files read whole: rows accounted for, keys that are unique, values that could be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from alignment_lib.checks.check import on
from alignment_lib.errors import quoted
from alignment_lib.params import RunParams
from alignment_lib.params.mapping import ColumnMapping
from alignment_lib.source import Source, texts
from alignment_lib.source.files import REMARK
from alignment_lib.source.moments import abbreviation
from alignment_lib.source.profile.synonyms import table_named
from alignment_lib.source.tables.checks import Check
from alignment_lib.source.tables.inspect import (
    BLANK,
    DUPLICATE,
    EXCLUDED,
    Inspected,
    key_in_forms,
    repeated_key,
    set_aside_rows,
)  # fmt: skip
from alignment_lib.stats import wording

HELD = ("leads", "opportunities", "activities")
"""Tables that hold a run when many of their rows are lost: every count is of them."""
MAY_LACK = ("activities", "touches")
"""Tables whose rows may lack what they must have: a call that is planned has no time, a visitor is no lead yet."""
MANY_LOST, FEW = 0.2, 5
"""The share of a table's rows from which on their loss holds a run, and how many of them it takes."""
_TAKEN_FOR = {
    "instant": "a time of the years 1 to 9999 in UTC", "date": "a day of the years 1 to 9999",
    "money": "an amount of at most 16 digits before the point", "number": "a number", "integer": "a whole number",
}  # fmt: skip
"""What the values of typed storage must be."""


def checks(seen: Inspected, params: RunParams, *, of_leads: bool = False) -> Iterator[Check]:
    """Whether one table was read whole; `of_leads`: deals in the file of the leads, most of which never became one."""
    yield _rows(seen)
    if seen.account.read:
        yield _key(seen)
        yield from _complete(seen, params.weekly.max_unreadable, may_lack=of_leads)
        yield from _readable(seen, params.weekly.max_unreadable, params.mapping.defaults.timestamp.format)
        yield from _told(seen)


def beside(source: Source, params: RunParams) -> Iterator[Check]:
    """Files that no table reads and that are a head alone, as inspect leaves them out of a mapping."""
    for path in (*source.beside, *source.joined):
        if texts.only_head(path) or path.stat().st_size == 0:
            what = "empty (0 bytes)" if path.stat().st_size == 0 else "only the head, no rows"
            text = f"{path.name}: {what}"
            if path in source.beside:
                text += f", and no table of {params.mapping_file} reads it; export it again, with its rows, and map it"
            else:
                text += "; where the CRM has some, export it again"
            table = table_named(path.name) or ""
            cannot = (table,) if table and table not in params.mapping.tables else ()
            yield Check("rows", table, "WARN", text, cannot=cannot)


def _rows(seen: Inspected) -> Check:
    account, name = seen.account, seen.contract.name
    if account.used == 0:
        why = "only the head" if account.read == 0 else f"{account.read} rows, all of them set aside"
        needed = name in ("leads", "opportunities")
        remedy = "export it again, with its rows" if account.read == 0 else f"see the reasons: {_reasons(seen)}"
        check = on(seen, "rows", "FAIL" if needed else "WARN", f"{account.file} ({name}): {why}; {remedy}")
        return replace(check, cannot=(name, *(f"{name}.{column}" for column in seen.mapped.columns)))
    text = f"{account.file} ({name}): {account.read} read = {account.used} used + {account.set_aside} set aside"
    return on(seen, "rows", "PASS", text + (f" ({_reasons(seen)})" if account.set_aside else ""), account.set_aside)


def _reasons(seen: Inspected) -> str:
    return ", ".join(f"{n} × {reason}" for reason, n in seen.account.reasons.items())


def _complete(seen: Inspected, tolerance: float, *, may_lack: bool) -> Iterator[Check]:
    """Rows that lack what every row must have, or that were cut off; not those that are left out on purpose."""
    account = seen.account
    cut = {reject.reason for reject in seen.mapped.raw.rejected} - {REMARK}
    wanted = seen.contract.name not in MAY_LACK and not may_lack
    lost = {r: n for r, n in account.reasons.items() if r in cut or (wanted and r.endswith(" is missing"))}
    left_out = sum(account.reasons.get(reason, 0) for reason in (BLANK, EXCLUDED, DUPLICATE, REMARK))
    n, of = sum(lost.values()), account.read - left_out
    if not account.used or n <= tolerance * of:
        return
    many = seen.contract.name in HELD and n >= max(FEW, MANY_LOST * of)
    told = ", ".join(f"{wording.count(k)} × {reason}" for reason, k in lost.items())
    are = "is" if n == 1 else "are"
    text = f"{account.file}: {wording.count(n)} of {wording.plural(of, 'row')} {are} set aside ({told}) and counted"
    text += f" nowhere; see set_aside.csv, correct the export, or leave them out by `where:` in {seen.mapped.place}"
    yield on(seen, "complete", "HOLD" if many else "WARN", text, n)


def _key(seen: Inspected) -> Check:
    key = seen.contract.key
    if key is None or key not in seen.mapped.columns:
        return on(seen, "key", "PASS", f"{seen.account.file} ({seen.contract.name}): no key is expected")
    value, lines, repeated = repeated_key(seen) if seen.repeated_keys else ("", [], 0)
    what = f"{quoted(value)}{_lines(lines)} is there more than once"
    if not repeated and seen.forms:
        (one, other), lines, repeated = key_in_forms(seen)
        what = f"{quoted(one)} and {quoted(other)}{_lines(lines)} are one id in two forms"
        what += ", one with blanks that nobody sees" if quoted(one) == quoted(other) else ""
    if not repeated:
        return on(seen, "key", "PASS", f"{seen.account.file}: {key} is unique")
    text = f"{seen.account.file}: {key} {what} ({repeated} such keys); remove the repeats, or write `duplicates: last`"
    return on(seen, "key", "FAIL", f"{text} (or first) under {seen.contract.name} in the mapping", repeated)


def _lines(lines: Sequence[int]) -> str:
    return f" in lines {', '.join(map(str, lines))}" if lines else ""


def _readable(seen: Inspected, tolerance: float, default: str) -> Iterator[Check]:
    account = seen.account
    for column in seen.mapped.columns:
        unread = account.unreadable.get(column, 0) + account.reasons.get(f"{column} cannot be read", 0)
        if not unread:
            continue
        first = next(r for r in set_aside_rows(seen) if r.column == column and r.reason.endswith("cannot be read"))
        line = f" line {first.line}" if first.line else ""
        rule = seen.mapped.mapping.columns[column]
        yield on(
            seen,
            "readable",
            "FAIL" if unread > tolerance * account.read else "WARN",
            f"{account.file}{line}: {column} {quoted(first.value)} cannot be read{_how(rule, seen, column, default)}"
            f"{_zone(first.value, seen, column)}; {unread} such values; correct the export, or the declaration in"
            f" {seen.mapped.place}.{column}",
            unread,
        )


def _told(seen: Inspected) -> Iterator[Check]:
    """What was guessed or mended when the table was read."""
    of_columns = (text for column in seen.mapped.columns.values() for text in column.told)
    for text in (*seen.mapped.raw.told, *of_columns):
        yield on(seen, "reading", "WARN", text)


def _zone(value: str, seen: Inspected, column: str) -> str:
    """That the zone beside a value is none that the declared one goes by at that instant."""
    name, zone = abbreviation(value), seen.mapped.columns[column].zone
    return f": {name} is not what the clocks of {zone} are called then" if name and zone else ""


def _how(rule: ColumnMapping, seen: Inspected, column: str, default: str) -> str:
    """What a value was taken for: by the declaration where it is text, else by the kind of the column."""
    kind = seen.contract.columns[column].kind
    if kind == "id":
        return ": the file holds this id as a decimal number, whose last digits are lost; export it as text"
    if not seen.mapped.columns[column].raw.type().is_string():
        return f" as {_TAKEN_FOR[kind]}" if kind in _TAKEN_FOR else ""
    if kind in ("instant", "date"):
        return f" as format '{rule.format or default}'"
    if kind in ("money", "number", "integer"):
        return f" with decimal mark '{rule.decimal or '.'}' and thousands mark '{rule.thousands or 'none'}'"
    return ""
