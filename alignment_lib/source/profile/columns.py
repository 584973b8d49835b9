"""Which raw column is which canonical one, by heading and by kind of value; and how it is then declared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any
from zoneinfo import available_timezones

from alignment_lib.contract import CONTRACT
from alignment_lib.source.profile.kinds import Seen
from alignment_lib.source.profile.synonyms import headings, keys
from alignment_lib.stats import wording

CHECK = "guessed: check"
_FORMATS = {
    "epoch_s": "format guessed: numbers read as seconds since 1970: check",
    "epoch_ms": "format guessed: numbers read as milliseconds since 1970: check",
    "excel": "format guessed: numbers read as a spreadsheet's days: check",
}
MANY = 60
"""A column with more different values than this is no stage and no kind."""
_SHARED = ({"expected_close_on", "closed_at"}, {"rep_id", "name"})
"""CRMs with one closing date keep in it what is expected while the deal is open; a rep may be known by name alone."""
_VALUES: dict[str, dict[str, str]] = {
    "direction": {
        "outbound": "out", "outgoing": "out", "out": "out", "outward": "out", "sent": "out", "ausgehend": "out",
        "inbound": "in", "incoming": "in", "in": "in", "inward": "in", "received": "in", "missed": "in",
        "eingehend": "in",
    },
    "kind": {
        "call": "call", "calls": "call", "phone call": "call", "anruf": "call", "email": "email", "e-mail": "email",
        "incoming_email": "email", "meeting": "meeting", "event": "meeting", "demo": "meeting", "note": "note",
        "task": "task", "linkedin message": "message", "form submission": "form", "content download": "download",
    },
}  # fmt: skip
"""Values that CRMs use for the few that a canonical column knows."""


@dataclass(frozen=True)
class Rule:
    """One canonical column as it will be written, and what to say beside it."""

    declared: Mapping[str, Any]
    notes: tuple[str, ...] = ()

    @property
    def raw(self) -> str | None:
        """The raw column, where it is one."""
        return self.declared.get("column")


@dataclass(frozen=True)
class World:
    """What holds for the whole source."""

    timezone: str
    engine: str = "duckdb"


@dataclass(frozen=True)
class Chosen:
    """The columns of a table, and the raw columns that mean one but are empty: canonical → raw."""

    rules: Mapping[str, Rule]
    empty: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def candidates(table: str, column: str, seen: Mapping[str, Seen]) -> Iterator[tuple[Seen, bool]]:
    """The raw columns that a canonical one may be, the most telling first, and whether that is weak evidence."""
    own = column.replace("_", "")
    strong, _, weak = headings().columns.get(table, {}).get(column, own).partition("|")
    for word, is_weak in [*((w, False) for w in strong.split()), *((w, True) for w in weak.split()), (own, False)]:
        for one in seen.values():
            if any(fnmatchcase(k, word) for k in keys(one.name)):
                yield one, is_weak


def choose(table: str, seen: Mapping[str, Seen], world: World) -> Chosen:
    """The rules of a table by heading and kind; keys of other tables and outcomes are looked at later."""
    rules: dict[str, Rule] = {}
    empty: dict[str, str] = {}
    notes: list[str] = []
    for column in CONTRACT[table].columns:
        taken = {r.raw for c, r in rules.items() if {c, column} not in _SHARED}
        options = [(s, weak) for s, weak in candidates(table, column, seen) if s.name not in taken]
        fitting = [(s, weak) for s, weak in options if fits(table, column, s, world)]
        if fitting:
            one, weak = _best(table, column, fitting)
            rules[column] = declare(table, column, one, world, (CHECK,) if weak else ())
        elif options and options[0][0].kind == "empty" and not options[0][1]:
            empty[column] = options[0][0].name
        notes += [] if fitting else _left_out(column, [s for s, _ in options])
    return Chosen(rules, empty, tuple(notes))


def _left_out(column: str, options: list[Seen]) -> list[str]:
    """Columns that are called so and hold too much that cannot be read."""
    said = "{column}: '{name}' is left out: in {share} of the rows it cannot be read"
    lost = [s for s in options[:1] if not s.readable]
    return [said.format(column=column, name=s.name, share=wording.percent(s.unread)) for s in lost]


def _best(table: str, column: str, fitting: list[tuple[Seen, bool]]) -> tuple[Seen, bool]:
    """The first; of a key, the first whose values are all different; of an activity, an instant before a due day."""
    if (table, column) == ("activities", "occurred_at"):
        return next(((s, weak) for s, weak in fitting if not s.day), fitting[0])
    if column != CONTRACT[table].key:
        return fitting[0]
    return next(((s, weak) for s, weak in fitting if s.column.unique), fitting[0])


def fits(table: str, column: str, one: Seen, world: World) -> bool:
    """Whether the values can be what the canonical column wants."""
    kind, rule = CONTRACT[table].columns[column].kind, one.moment
    if one.kind in ("empty", "other"):
        return False
    if kind in ("instant", "date"):
        if one.column.typed and rule is None:
            return one.column.typed in ("instant", "wall", "date")
        if rule is None:
            return False
        readable = "%" not in rule.format or world.engine == "duckdb"
        return readable and (one.readable or CONTRACT[table].columns[column].required)
    if kind in ("money", "number", "integer"):
        return one.column.typed == "number" or (one.amount is not None and one.readable)
    if kind == "bool":
        return one.kind == "yes/no" or set(one.column.values) <= {"0", "1"}
    return _text_fits(column, one)


def _text_fits(column: str, one: Seen) -> bool:
    if column == "timezone":
        return set(one.column.values) <= available_timezones()
    if column == "currency":
        return one.kind == "text" and one.column.distinct <= MANY
    if column == "direction":
        known = [v for v in one.column.values if v.lower() in _VALUES[column]]
        return 2 * len(known) > one.column.distinct
    return one.kind not in ("timestamp", "date") and not (column == "source" and one.kind == "yes/no")


def declare(table: str, column: str, one: Seen, world: World, notes: tuple[str, ...] = ()) -> Rule:
    """How the raw column is read as the canonical one."""
    kind = CONTRACT[table].columns[column].kind
    if kind in ("instant", "date"):
        return _moment(kind, one, world, notes)
    if kind in ("money", "number", "integer"):
        return _amount(one, notes)
    return _mapped(table, column, one, notes)


def _moment(kind: str, one: Seen, world: World, notes: tuple[str, ...]) -> Rule:
    said: dict[str, Any] = {"column": one.name}
    found = one.moment
    if found is not None and found.format != "iso":
        said["format"] = f"{found.format} or {found.other}" if found.other else found.format
        notes += (_FORMATS.get(found.format, "format guessed from the values"),)
    if found is not None and found.other:
        notes += ("ambiguous: day or month first? a run looks for what settles it, and stops where nothing does",)
    if found is not None and found.fits < 1:
        notes += ("some of its values cannot be read so",)
    wall = found.wall if found else one.column.typed == "wall"
    if kind == "instant" and wall:
        said["timezone"] = world.timezone
        day = found is not None and not found.has_time
        short = found is not None and found.abbreviated
        zone = "its zone is written short: check this one" if short else "no zone is written: check this one"
        notes += ("a day without a time, in the company's zone whatever stands here" if day else zone,)
    return Rule(said, notes)


def _amount(one: Seen, notes: tuple[str, ...]) -> Rule:
    said: dict[str, Any] = {"column": one.name}
    found = one.amount
    if found is None:
        return Rule(said, notes)
    marks = {"decimal": found.decimal if found.decimal != "." else None, "thousands": found.thousands}
    said |= {name: mark for name, mark in marks.items() if mark}
    said |= {"strip": found.strip} if found.strip else {}
    if found.ambiguous:
        notes += ("ambiguous: three digits follow every mark, so it is read as one between thousands",)
    return Rule(said, notes)


def _mapped(table: str, column: str, one: Seen, notes: tuple[str, ...]) -> Rule:
    """Values as they are; of a column that knows a few values only, those that say the same in other words."""
    allowed = CONTRACT[table].columns[column].allowed
    if table == "activities" and column == "kind" and one.column.distinct <= MANY:
        known = {v: _VALUES[column][v.lower()] for v in one.column.values if v.lower() in _VALUES[column]}
        return Rule({"column": one.name} | ({"map": known} if known else {}), notes)
    if not allowed:
        return Rule({"column": one.name}, notes)
    words = {a.replace("_", " "): a for a in allowed} | (_VALUES.get(column, {}) if column == "direction" else {})
    known = {v: words[v.lower()] for v in one.column.values[:100] if v.lower() in words and v not in allowed}
    left = [v for v in one.column.values[:20] if v not in known and v not in allowed]
    if left:
        notes += (f"other values: {', '.join(v[:30] for v in left)}" if not _personal(left) else CHECK,)
    if "missed" in (v.lower() for v in known):
        notes += ("a missed call is read as one that came in",)
    return Rule({"column": one.name} | ({"map": known} if known else {}), notes)


def _personal(values: list[str]) -> bool:
    return any(re.search(r"@|\d{7}", v) for v in values)
