"""Whose data it is, as far as the data tells: time zone and currency, each with what it was guessed from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from zoneinfo import available_timezones

from alignment_lib.source.currencies import CODES, SIGNS
from alignment_lib.source.profile.kinds import Seen
from alignment_lib.source.profile.table_draft import TableDraft
from alignment_lib.stats import wording


@dataclass(frozen=True)
class Guess:
    """A setting of the company and what it was guessed from; no value: nothing tells it."""

    value: str | None
    why: str


def zone(tables: Sequence[TableDraft]) -> Guess:
    """The zone that most of its people have."""
    for one in tables:
        rule = one.rules.get("timezone") if one.table == "reps" else None
        seen = one.seen.get(rule.raw or "") if rule is not None else None
        if seen is not None:
            return _most(one, seen, available_timezones(), "have it")
    return Guess(None, "no file of users says where they are")


def currency(tables: Sequence[TableDraft]) -> Guess:
    """The currency that most amounts are in, by their column or by the sign beside them."""
    for one in (t for name in ("opportunities", "spend") for t in tables if t.table == name):
        rule, amount = one.rules.get("currency"), one.rules.get("amount")
        seen = one.seen.get(rule.raw or "") if rule is not None else None
        if seen is not None:
            return _most(one, seen, CODES, "are in it")
        if rule is not None and "value" in rule.declared:
            return Guess(str(rule.declared["value"]), f"by a heading of {one.export.name}")
        sign = amount.declared.get("strip") if amount is not None else None
        if isinstance(sign, str) and (code := SIGNS.get(sign, sign if sign in CODES else None)):
            return Guess(code, f"amounts of {one.export.name} are written with {sign}")
    return Guess(None, "no amount says its currency")


def _most(one: TableDraft, seen: Seen, known: Collection[str], what: str) -> Guess:
    counted = Counter({v: n for v, n in zip(seen.column.values, seen.column.counts, strict=True) if v in known})
    if not counted:
        return Guess(None, f"{seen.name} of {one.export.name} holds none that is known")
    value, n = counted.most_common(1)[0]
    return Guess(
        value, f"{wording.count(n)} of {wording.plural(seen.column.filled, 'row')} of {one.export.name} {what}"
    )
