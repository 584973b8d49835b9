"""Every row accounted for: read = used + set aside, with table, line, column, value and reason."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

HEAD = ("table", "file", "line", "what", "column", "value", "reason")


@dataclass(frozen=True)
class SetAside:
    """One line of set_aside.csv. `what`: `row` (not used at all) or `value` (the row is used, the value is blank)."""

    table: str
    file: str
    line: int | None
    what: str
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Account:
    """The rows of one canonical table."""

    table: str
    file: str
    read: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    unreadable: Mapping[str, int] = field(default_factory=dict)
    """Values blanked because their text could not be read, by column; their rows are used."""

    @property
    def set_aside(self) -> int:
        return sum(self.reasons.values())

    @property
    def used(self) -> int:
        return self.read - self.set_aside


def spreadsheet_safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def to_csv(rows: Iterable[SetAside]) -> str:
    """The file's text, in the order given; formulas of CRM text are made harmless."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)  # a lone \r would end an unquoted line
    writer.writerow(HEAD)
    for row in rows:
        cells = (row.table, row.file, row.line or "", row.what, row.column, row.value, row.reason)
        writer.writerow([spreadsheet_safe(c) if isinstance(c, str) else c for c in cells])
    return out.getvalue()


def totals(accounts: Iterable[Account]) -> dict[str, dict[str, int]]:
    """Rows read, used and set aside by table, all its places together."""
    found: dict[str, dict[str, int]] = {}
    for a in accounts:
        sums = found.setdefault(a.table, {"read": 0, "used": 0, "set_aside": 0})
        for name, n in (("read", a.read), ("used", a.used), ("set_aside", a.set_aside)):
            sums[name] += n
    return found


def reasons(accounts: Iterable[Account]) -> dict[str, dict[str, int]]:
    """Why rows were set aside, by table, all its places together."""
    found: dict[str, dict[str, int]] = {}
    for a in accounts:
        sums = found.setdefault(a.table, {})
        for reason, n in a.reasons.items():
            sums[reason] = sums.get(reason, 0) + n
    return found
