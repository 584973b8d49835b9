"""What kind of values a column holds, and which of them may be shown as an example."""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass, replace
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
_OF_PERSON = re.compile(
    r"^(name|nom|nombre)$|(first|last|middle|full|sur|given|contact|person)name|vorname|nachname|prénom|apellid"
    r"|e?mail|correo|phone|telefon|teléfono|mobil|handy|\bfax|salutation|anrede|birth|geburt|linkedin|street|address"
)
_SHOWN = re.compile(
    r"stage|status|source|origin|type|channel|medium|quality|rating|grade|reason|segment|region|country|product"
    r"|industry|pipeline|currency|direction|priority|tier|outcome|result|kind|phase|sector|series"
)
_MONEY = re.compile(
    r"amount|value|price|cost|spend|revenue|budget|paid|quota|betrag|umsatz|preis|wert|summe|montant|prix|importe|valor"
)
_LASTS = re.compile(r"duration|respon|seconds|minutes|hours")
_MIDNIGHT = re.compile(r"(\b00:00(:00(\.0+)?)?|\b12:00(:00)? ?[Aa][Mm])( ?(Z|UTC|GMT|[+-]00:?00))?$")
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
    def is_personal(self) -> bool:
        """Whether it holds what belongs to a person: a name, an address, a number."""
        return bool(_OF_PERSON.search(key(self.name)))

    @property
    def unread(self) -> float:
        """Share of the rows whose value cannot be read as it would be declared."""
        fits = self.moment.fits if self.moment else self.amount.fits if self.amount else 1.0
        return (1 - fits) * self.column.filled / self.column.rows if self.column.rows else 0.0

    @property
    def day(self) -> bool:
        """Whether a column of time holds days only: dates, or all at midnight."""
        if self.kind == "timestamp":
            return all(_MIDNIGHT.search(v) for v in self.column.values)
        return self.kind == "date"

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
    seen = {c.name: _seen(c) for c in export.columns}
    orders = {s.moment.day_first for s in seen.values() if s.moment is not None} - {None}
    return {name: _in_order(one, orders) for name, one in seen.items()}


def _in_order(one: Seen, orders: Set[bool | None]) -> Seen:
    """A column that may be read day or month first, in the order that the others of its file are written in."""
    if one.moment is None or not one.moment.other or len(orders) != 1:
        return one
    return replace(one, moment=moments.settled(one.moment, day_first=True in orders))


def _seen(column: Column) -> Seen:
    if not column.filled:
        return Seen(column, "empty")
    if column.typed:
        found = moments.guess(column.values, column.counts) if column.typed == "number" else None
        if found is not None and found.bare and _may_be_time(column.name):
            return Seen(column, "timestamp" if found.has_time else "date", found)
        return Seen(column, _TYPED[column.typed])
    if {v.lower() for v in column.values[:10]} <= _YES_NO:
        return Seen(column, "yes/no")
    if _called_id(column.name):
        return Seen(column, "id")
    moment = moments.guess(column.values, column.counts)
    if moment is not None and moment.fits >= 0.8 and (not moment.bare or _may_be_time(column.name)):
        return Seen(column, "timestamp" if moment.has_time else "date", moment)
    return _number(column, amounts.guess(column.values[:5000], column.counts[:5000]))


def _number(column: Column, amount: Amount | None) -> Seen:
    if amount is None or amount.fits < 0.8:
        return Seen(column, "text")
    money = bool(amount.strip) or bool(_MONEY.search(column.name.lower()))
    long = column.unique and column.filled > 1 and min(len(v) for v in column.values) >= 9
    if long and not money and not _with_decimals(column.values, amount):
        return Seen(column, "id")
    return Seen(column, "amount" if money else "number", amount=amount)


def _with_decimals(values: tuple[str, ...], amount: Amount) -> bool:
    """Whether any has decimals as money has them: two, or others than the nought of an id that became 123.0."""
    return any(re.search(rf"{re.escape(amount.decimal)}(\d\d|\d*[1-9]\d*)$", v) for v in values)


def _called_id(name: str) -> bool:
    last = re.split(r"[ _.\-]+", re.sub("_+c$", "", name))[-1]
    camel = re.search(r"[a-z]I[dD]s?$", name) or re.fullmatch("[A-Z]+(?<!PA)(?<!VAL)ID", name)
    return last.lower() in {"id", "ids", "uuid", "guid"} or bool(camel)


def _may_be_time(name: str) -> bool:
    """Whether numbers under this heading may be a time: not where it names money or how long something took."""
    return _called_time(name) and not (_LASTS.search(name.lower()) or _MONEY.search(name.lower()))


def _called_time(name: str) -> bool:
    return bool(re.search(r"date|time|created|modified|closed|at$|on$|stamp", key(name)))
