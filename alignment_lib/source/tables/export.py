"""What an export holds, small enough to be kept beside a report: rows by day, references found, a sample of rows."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from alignment_lib.contract import CONTRACT, LINKS, Link
from alignment_lib.source.convert import key_hash
from alignment_lib.source.tables.inspect import Inspected
from alignment_lib.source.tables.links import Linked

if TYPE_CHECKING:  # the command line, which only knows the name of a file from here, needs no frames
    import pandas as pd

SAMPLE = 200
"""Rows of a table whose values are kept, about."""
RECENT = 100
"""The newest rows, whose values are kept besides."""
LEAST = 60
"""Rows of a table from which on its pace and its sample say anything."""
EPOCH = date(1970, 1, 1)
HISTORY, NEWEST = 27, 2
"""Weeks of references that are looked at, and of those that are looked at first."""
Value = str | float | None


@dataclass(frozen=True)
class Stream:
    """What happens day by day, and in which column it is dated."""

    table: str
    column: str
    what: tuple[str, str]
    """Of one row and of many."""
    column_is: tuple[str, tuple[str, ...]] | None = None
    """Another column and its values in the rows that count."""


STREAMS = {
    "leads": Stream("leads", "created_at", ("lead", "leads")),
    "mqls": Stream("leads", "mql_at", ("MQL", "MQLs")),
    "deals": Stream("opportunities", "created_at", ("deal", "deals")),
    "closings": Stream(
        "opportunities", "closed_at", ("deal won or lost", "deals won or lost"), ("outcome", ("won", "lost"))
    ),
    "out": Stream("activities", "occurred_at", ("outgoing activity", "outgoing activities"), ("direction", ("out",))),
    "in": Stream("activities", "occurred_at", ("incoming activity", "incoming activities"), ("direction", ("in",))),
    "touches": Stream("touches", "occurred_at", ("touch", "touches")),
    "stage_changes": Stream("stage_changes", "entered_at", ("change of stage", "changes of stage")),
    "spend": Stream("spend", "spent_on", ("row of spend", "rows of spend")),
}
"""Every dated table by name of its stream."""
DATED = {"activities": "occurred_at", "opportunities": "created_at", "touches": "occurred_at",
         "stage_changes": "entered_at"}  # fmt: skip
"""The column that dates a reference, by table."""


@dataclass(frozen=True)
class Held:
    """A table: `links` are rows, those found and those not found by column, `sample` some rows by id and column."""

    rows: int
    links: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    sample: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    recent: tuple[str, ...] = ()
    """Those of the sample that are the newest rows."""
    known: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    """Of ids that were asked for, those that are there, with their values."""
    ends: float | None = None
    """When its newest row was made (epoch seconds)."""


@dataclass(frozen=True, eq=False)
class Export:
    """What the tables of a run hold as a whole, whatever its as-of."""

    tables: Mapping[str, Held]
    days: Mapping[str, Mapping[int, int]]
    """Rows by stream and day (since 1970, as the company's clock shows it), up to the present."""
    worth: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    """What they add up to, of streams that have amounts."""


def taken(
    inspected: Mapping[str, Inspected],
    links: Collection[Linked],
    *,
    now: datetime,
    timezone: str,
    known: Mapping[str, Collection[str]],
) -> Export:
    """Look at the tables once more.

    Parameters
    ----------
    now
        What is dated later counts for nothing.
    timezone
        The company's.
    known
        Ids by table that an earlier export had, whose rows are asked for.
    """
    found = {(told.link.table, told.link.column): (told.n, told.found, told.missing) for told in links}
    tables = {}
    for name, seen in inspected.items():
        mine = {column: pair for (table, column), pair in found.items() if table == name}
        tables[name] = Held(seen.account.used, mine, **_rows(seen, known.get(name, ()), now))
    days, worth = dict[str, Mapping[int, int]](), dict[str, Mapping[int, float]]()
    for name, stream in STREAMS.items():
        if has(inspected, stream):
            days[name], sums = by_day(inspected[stream.table], stream, now, timezone)
            worth |= {name: sums} if sums else {}
    return Export(tables, days, worth)


def has(inspected: Mapping[str, Inspected], stream: Stream) -> bool:
    """Whether a stream's columns are mapped, and enough rows there."""
    seen = inspected.get(stream.table)
    wanted = {stream.column, *([stream.column_is[0]] if stream.column_is else [])}
    return seen is not None and wanted <= set(seen.mapped.columns) and seen.account.used >= LEAST


def by_day(seen: Inspected, stream: Stream, now: datetime, timezone: str) -> tuple[dict[int, int], dict[int, float]]:
    """Rows by day of the company's clock, as it is set now, up to the present; and of spend what they add up to."""
    rows = seen.used_with()
    if stream.column_is is not None:
        rows = rows.filter(rows[stream.column_is[0]].isin(stream.column_is[1]))
    day = _day(rows[stream.column], now, timezone)
    priced = stream.table == "spend" and "amount" in rows.columns
    amount = {"amount": rows.amount} if priced else {}
    kept = rows.select(day=day, **amount)
    sums = {"sum": kept.amount.sum()} if priced else {}
    frame = kept.group_by("day").aggregate(n=kept.count(), **sums).to_pandas().dropna(subset=["day"])
    frame = frame[frame["day"] <= _today(now, timezone)].astype({"day": "int64"})
    frame = frame.sort_values("day")
    counts = {int(d): int(n) for d, n in zip(frame["day"], frame["n"], strict=True)}
    worth = (
        {d: float(x) for d, x in zip(counts, frame["sum"], strict=True) if x == x and x is not None} if priced else {}
    )
    return counts, worth


def monday(day: int) -> int:
    """The Monday of a day's week, both in days since 1970.

    >>> monday(0), monday(4)
    (-3, 4)
    """
    return day - (day + 3) % 7


def lost_lately(link: Link, inspected: Mapping[str, Inspected]) -> int:
    """How many ids the newest rows of a table refer to that are not there; few are asked for, so it costs little."""
    refs = _lately(link, inspected, NEWEST).select(ref=lambda t: t[link.column]).filter(lambda t: t.ref.notnull())
    refs, target = refs.distinct(), inspected[link.target].used
    there = target.filter(target[link.key].isin(refs.ref)).select(link.key).distinct()
    return int(refs.count().to_pandas()) - int(there.count().to_pandas())


def _lately(link: Link, inspected: Mapping[str, Inspected], weeks: int) -> Any:
    """The rows of a table of the last weeks that it has."""
    rows, latest = inspected[link.table].used, inspected[link.table].latest
    return rows if latest is None else rows.filter(rows[DATED[link.table]] >= latest - timedelta(weeks=weeks))


def found_by_week(link: Link, inspected: Mapping[str, Inspected], now: datetime, timezone: str) -> pd.DataFrame:
    """Of a table's references by week (`week`: Mondays, days since 1970): `n` given and `found`; the last weeks."""
    rows, target = _lately(link, inspected, HISTORY), inspected[link.target].used
    keys = target.filter(target[link.key].notnull())[link.key]
    day = _day(rows[DATED[link.table]], now, timezone)
    rows = rows.select(week=(day + 3) // 7, ref=rows[link.column]).filter(lambda t: t.ref.notnull() & t.week.notnull())
    frame = rows.group_by("week").aggregate(n=rows.count(), found=rows.ref.isin(keys).sum()).to_pandas()
    frame = frame.fillna({"found": 0}).astype({"week": "int64", "n": "int64", "found": "int64"})
    frame["week"] = frame["week"] * 7 - 3
    return frame[frame["week"] <= _today(now, timezone)].sort_values("week").reset_index(drop=True)


def weekly_links(inspected: Mapping[str, Inspected]) -> list[Link]:
    """References of dated tables whose two sides are mapped and large enough."""
    return [link for link in LINKS if link.table in DATED and _is_large(link, inspected)]


def _is_large(link: Link, inspected: Mapping[str, Inspected]) -> bool:
    sides = {link.table: (link.column, DATED[link.table]), link.target: (link.key,)}
    return link.target != "reps" and all(
        t in inspected and set(columns) <= set(inspected[t].mapped.columns) and inspected[t].account.used >= LEAST
        for t, columns in sides.items()
    )


def _day(column: Any, now: datetime, timezone: str) -> Any:
    """Days since 1970; of instants by the company's clock as it is set now, an hour off in the other half of a year."""
    import ibis

    if column.type().is_date():
        return column.delta(ibis.literal(EPOCH), unit="day").cast("int64")
    return (column.epoch_seconds().cast("int64") + _offset(now, timezone)) // 86400


def _offset(now: datetime, timezone: str) -> int:
    moved = now.astimezone(ZoneInfo(timezone)).utcoffset()
    return int(moved.total_seconds()) if moved else 0


def _today(now: datetime, timezone: str) -> int:
    return (int(now.timestamp()) + _offset(now, timezone)) // 86400


def _rows(seen: Inspected, known: Collection[str], now: datetime) -> dict[str, Any]:
    """Some rows of a table that has a key, the newest, and those of the ids that are asked for."""
    key = seen.contract.key
    if key is None or key not in seen.mapped.columns or (seen.account.used < LEAST and not known):
        return {}
    rows = seen.used
    recent, ends = _newest(seen, rows, now)
    mine = key_hash(rows[key], _engine(rows)) % max(1, seen.account.used // SAMPLE) == 0
    asked = [*dict.fromkeys((*recent, *known))]
    columns = {c: _plain(rows[c]) for c in seen.mapped.columns if c != key}
    some = rows.select(_key=rows[key], _mine=mine, **columns)
    frame = some.filter(some["_mine"] | some["_key"].isin(asked) if asked else some["_mine"]).to_pandas()
    told = {str(row.pop("_key")): row for row in frame.sort_values("_key", kind="stable").to_dict("records")}
    own = [i for i, row in told.items() if row.pop("_mine")][: 2 * SAMPLE]
    values = {i: {c: _value(v) for c, v in row.items()} for i, row in told.items()}
    sample = {i: values[i] for i in dict.fromkeys((*own, *recent))}
    return {"sample": sample, "recent": recent, "known": {i: values[i] for i in known if i in values}, "ends": ends}


def _newest(seen: Inspected, rows: Any, now: datetime) -> tuple[tuple[str, ...], float | None]:
    """The ids of the rows that were made last, and when the very last was."""
    born = next((c for c in seen.contract.newest if c in seen.mapped.columns), None)
    if born is None:
        return (), None
    made = rows.filter(rows[born] <= now.astimezone(UTC).replace(tzinfo=None)).select(
        _key=rows[seen.contract.key], _at=rows[born]
    )
    frame = made.order_by([made["_at"].desc(), made["_key"]]).limit(RECENT).to_pandas()
    ends = None if frame.empty else frame["_at"].iloc[0].replace(tzinfo=UTC).timestamp()
    return tuple(map(str, frame["_key"])), ends


def _engine(rows: Any) -> str:
    return str(rows.get_backend().name)


def _plain(column: Any) -> Any:
    kind = column.type()
    if kind.is_timestamp():
        return column.epoch_seconds().cast("float64")
    return column.cast("float64") if kind.is_numeric() or kind.is_boolean() else column.cast("string")


def _value(value: Any) -> Value:
    """Numbers as they are, texts as a digest: nothing of a person lies beside a report for their sake."""
    if value is None or value != value:
        return None
    if isinstance(value, str):
        return value if value in PLAIN else hashlib.sha256(value.encode()).hexdigest()[:10]
    return float(value)


PLAIN = frozenset(v for table in CONTRACT.values() for c in table.columns.values() for v in c.allowed)
"""Words of ours."""
