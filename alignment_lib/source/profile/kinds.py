"""What kind of values a column holds, and which of them may be shown as an example."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from alignment_lib.source.profile import amounts, moments
from alignment_lib.source.profile.amounts import Amount
from alignment_lib.source.profile.moments import Moment
from alignment_lib.source.profile.reading import Column, Export
from alignment_lib.source.profile.synonyms import key

Kind = Literal["empty", "id", "text", "timestamp", "date", "amount", "number", "yes/no", "other"]
_YES_NO = frozenset(["true", "false", "yes", "no", "y", "n", "t", "f"])
_TYPED: dict[str, Kind] = {
    "instant": "timestamp", "wall": "timestamp", "date": "date", "number": "number", "bool": "yes/no", "id": "id",
    "other": "other",
}  # fmt: skip
_PERSONAL = re.compile(r"name|mail|phone|mobil|\bfax|birth|geburt|street|address|owner|agent|contact|note|comment|text")
_SHOWN = re.compile(
    r"stage|status|source|origin|type|channel|medium|quality|rating|grade|reason|segment|region|country|product"
    r"|industry|pipeline|currency|direction|priority|tier|outcome|result|kind|phase|sector|series"
)
_MONEY = re.compile(r"amount|value|price|cost|spend|revenue|budget|paid|quota|betrag|umsatz")
_UNREADABLE = 0.02
"""A run fails where more than this share of a table's rows hold a value that cannot be read."""


@dataclass(frozen=True)
class Seen:
    """A column that was looked at: its kind, and how its timestamps or amounts are written."""

    column: Column
    kind: Kind
    moment: Moment | None = None
    amount: Amount | None = None

    @property
    def name(self) -> str:
        return self.column.name

    @property
    def unread(self) -> float:
        """Share of the rows whose value cannot be read as it would be declared."""
        fits = self.moment.fits if self.moment else self.amount.fits if self.amount else 1.0
        return (1 - fits) * self.column.filled / self.column.rows

    @property
    def readable(self) -> bool:
        """Whether a run would take the column so."""
        return self.unread <= _UNREADABLE

    @property
    def examples(self) -> tuple[str, ...]:
        """Two values, shortened; none where they may be of a person."""
        return tuple(v[:40] for v in self.column.values[:2] if not re.search(r"@|\d{7}", v)) if self._shown() else ()

    def _shown(self) -> bool:
        name = re.sub(r"[^a-z]+", " ", self.name.lower())
        if _PERSONAL.search(name):
            return False
        if self.kind in ("timestamp", "date", "amount", "yes/no"):
            return True
        return self.kind == "text" and self.column.distinct <= 50 and bool(_SHOWN.search(name))


def see(export: Export) -> dict[str, Seen]:
    """Every column of an export by heading."""
    first = {c.name: _seen(c, day_first=False) for c in export.columns}
    if not _commas(first.values()):
        return first
    return {
        c.name: _seen(c, day_first=True) if (m := first[c.name].moment) and m.other else first[c.name]
        for c in export.columns
    }


def _commas(columns: Iterable[Seen]) -> bool:
    """Whether amounts here have a decimal comma, as in countries that write the day first."""
    return any(s.amount and s.amount.decimal == "," and not s.amount.ambiguous for s in columns)


def _seen(column: Column, *, day_first: bool) -> Seen:
    if not column.filled:
        return Seen(column, "empty")
    if column.typed:
        return Seen(column, _TYPED[column.typed])
    if {v.lower() for v in column.values[:10]} <= _YES_NO:
        return Seen(column, "yes/no")
    if _called_id(column.name):
        return Seen(column, "id")
    moment = moments.guess(column.values, column.counts, day_first=day_first)
    if moment is not None and moment.fits >= 0.8 and (_called_time(column.name) or "epoch" not in moment.format):
        return Seen(column, "timestamp" if moment.has_time else "date", moment)
    return _number(column, amounts.guess(column.values[:5000], column.counts[:5000]))


def _number(column: Column, amount: Amount | None) -> Seen:
    if amount is None or amount.fits < 0.8:
        return Seen(column, "text")
    if column.unique and column.filled > 1 and min(len(v) for v in column.values) >= 9:
        return Seen(column, "id")
    money = bool(amount.strip) or bool(_MONEY.search(column.name.lower()))
    return Seen(column, "amount" if money else "number", amount=amount)


def _called_id(name: str) -> bool:
    last = re.split(r"[ _.\-]+", re.sub("_+c$", "", name))[-1]
    camel = re.search(r"[a-z]I[dD]s?$", name) or re.fullmatch("[A-Z]+(?<!PA)(?<!VAL)ID", name)
    return last.lower() in {"id", "ids", "uuid", "guid"} or bool(camel)


def _called_time(name: str) -> bool:
    return bool(re.search(r"date|time|created|modified|closed|at$|on$|stamp", key(name)))
