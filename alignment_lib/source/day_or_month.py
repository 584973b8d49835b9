"""Whether day or month stands first, where a format leaves both: settled by the whole table, or the run stops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from alignment_lib.contract import CONTRACT
from alignment_lib.errors import MappingError, quoted
from alignment_lib.params.mapping import alternatives
from alignment_lib.source.convert import prepared
from alignment_lib.source.days import Asked
from alignment_lib.source.moments import said


def in_order(asked: Mapping[str, Asked], table: Any, name: str) -> dict[str, Asked]:
    """The columns of a table, each with one format; what settled it is told.

    A value that can be read in one way only settles its column, and the others that are declared alike; else the
    reading does that puts fewer events before their cause, by `orders` of the contract.

    Raises
    ------
    MappingError
        Both readings stay possible.
    """
    open_ = {
        c: a for c, a in asked.items() if a.kind in ("instant", "date") and len(alternatives(a.reading.format)) > 1
    }
    if not open_:
        return dict(asked)
    counts = _counts(asked, open_, table, name)
    chosen = {c: best for c in open_ if (best := _more(counts[f"read_{c}_0"], counts[f"read_{c}_1"])) is not None}
    why = dict.fromkeys(chosen, "some of its values can be read in no other way")
    for column in open_.keys() - chosen.keys():
        alike = [c for c in why if open_[c].reading.format == open_[column].reading.format]
        if not counts[f"apart_{column}"]:
            chosen[column] = 0  # no value says another day in the other order
        elif alike:
            chosen[column], why[column] = chosen[alike[0]], f"{alike[0]} is written so"
    left = [c for c in open_ if c not in chosen]
    if left:
        best = _more(counts["disorder_1"], counts["disorder_0"])
        if best is None:
            raise MappingError(_both(open_[left[0]], table))
        chosen |= dict.fromkeys(left, best)
        more = int(counts[f"disorder_{1 - best}"] - counts[f"disorder_{best}"])
        why |= dict.fromkeys(left, f"the other order puts {more} more events before their cause")
    return {c: _settled(a, chosen[c], why.get(c, "")) if c in chosen else a for c, a in asked.items()}


def _more(first: Any, second: Any) -> int | None:
    """Which of two counts is larger; None: neither."""
    first, second = (0 if x is None or x != x else int(x) for x in (first, second))
    return None if first == second else int(second > first)


def _with(one: Asked, choice: int) -> Asked:
    formats = alternatives(one.reading.format)
    mapping = one.reading.mapping.model_copy(update={"format": formats[min(choice, len(formats) - 1)]})
    return replace(one, reading=replace(one.reading, mapping=mapping))


def _wall(one: Asked, choice: int) -> Any:
    chosen = _with(one, choice)
    return said(prepared(chosen.raw, chosen.kind, chosen.reading), chosen.reading).wall


def _counts(asked: Mapping[str, Asked], open_: Mapping[str, Asked], table: Any, name: str) -> Mapping[str, Any]:
    """How many values each order reads, how many it reads otherwise, and how many events it puts before their cause."""
    pairs = [p for p in CONTRACT[name].orders if set(p) <= set(asked) and set(p) & set(open_)]
    of_time = {*open_, *(column for pair in pairs for column in pair)}
    walls = table.select(**{f"{c}_{i}": _wall(asked[c], i) for c in of_time for i in (0, 1)})
    parts = {f"read_{c}_{i}": walls[f"{c}_{i}"].count() for c in open_ for i in (0, 1)}
    parts |= {f"apart_{c}": (walls[f"{c}_0"] != walls[f"{c}_1"]).sum() for c in open_}
    for i in (0, 1):
        late = [(walls[f"{b}_{i}"].date() < walls[f"{a}_{i}"].date()).fill_null(False).sum() for a, b in pairs]
        parts[f"disorder_{i}"] = sum(late[1:], late[0]) if late else walls.count() * 0
    row: dict[str, Any] = walls.aggregate(**parts).to_pandas().iloc[0].to_dict()
    return row


def _both(one: Asked, table: Any) -> str:
    """Two readings of one value, and how to declare the right one."""
    walls = table.select(text=one.raw.cast("string"), first=_wall(one, 0), second=_wall(one, 1))
    row = walls.filter(walls.first != walls.second).limit(1).to_pandas().iloc[0]
    days = [f"{row[c]:%d %B %Y}".lstrip("0") for c in ("first", "second")]
    first, second = alternatives(one.reading.format)
    return (
        f"{one.reading.place}: {quoted(row['text'])} is {days[0]} or {days[1]}, and nothing in the data tells which;"
        f' declare format: "{first}" for the one or "{second}" for the other'
    )


def _settled(one: Asked, choice: int, why: str) -> Asked:
    chosen = _with(one, choice)
    order = "day" if chosen.reading.format.startswith("%d") else "month"
    told = f"{one.reading.place} is read with the {order} first ({chosen.reading.format}): {why}"
    return replace(chosen, told=(told,) if why else ())
