"""One pass over a canonical table in the engine: rows, reasons, unreadable values, keys, orders, newest instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from alignment_lib.contract import CONTRACT, TableContract
from alignment_lib.source import LINE, Mapped, Source
from alignment_lib.source.convert import flagged, key_hash
from alignment_lib.source.files import broken
from alignment_lib.source.forms import GUID_LENGTHS, NO_BREAK, NO_WIDTH, same
from alignment_lib.source.tables.account import Account, SetAside
from alignment_lib.source.zones import to_wall

REASON = "_reason"
FLAGGED = "_flagged_outcome"
"""What the flags of the CRM say of a deal, where the map and they can differ."""
_DATED = ("instant", "date", "money")
BLANK, EXCLUDED, DUPLICATE = "blank line", "excluded by where", "a later or earlier row has the same key"


@dataclass(frozen=True)
class Inspected:
    """A canonical table after its pass. `full` has the rows set aside too, with `_reason` and `_bad_*`."""

    contract: TableContract
    mapped: Mapped
    full: Any
    account: Account
    repeated_keys: int
    outside: Mapping[str, int]
    disorder: Mapping[tuple[str, str], int]
    at_once: Mapping[tuple[str, str], int]
    """How many rows have the later of two instants in the very second of the earlier."""
    oldest: datetime | None
    newest: datetime | None
    latest: datetime | None = None
    """The newest of what had happened by the clock: a closing day that is expected, or of 2099, says no freshness."""
    filled: Mapping[str, int] = field(default_factory=dict)
    """Rows with a value, used or not, of the columns of days, instants or money."""
    blank: tuple[str, ...] = ()
    """Columns of days, instants or money that are mapped and hold no value in any row."""
    forms: bool = False
    """Whether keys are written in several forms, so that one may be there in two."""
    mended: bool = False
    """Whether ids were brought into the form that the table they refer to has."""

    @property
    def used(self) -> Any:
        """The rows that count, canonical columns only."""
        return self.full.filter(self.full[REASON].isnull()).select(*self.mapped.columns)

    def used_with(self, *more: str) -> Any:
        """The same with further columns of `full`."""
        return self.full.filter(self.full[REASON].isnull()).select(*dict.fromkeys((*self.mapped.columns, *more)))

    def since(self, column: str, instant: datetime) -> Inspected:
        """The same table from an instant on, where the storage can tell by itself which parts of it lie before.

        Its own column is compared, before anything is converted: a file of columns then reads only the parts it must.
        Else the table itself, with all rows.
        """
        import ibis

        mapped, raw = self.mapped, self.mapped.columns[column].raw
        kind = raw.type()
        # what is written as midnight of a day may lie before that day's beginning at the company's
        typed = kind.is_timestamp() and kind.timezone is not None and not mapped.columns[column].day
        if self.mended or _is_kept(mapped) or not typed or mapped.mapping.duplicates != "fail":
            return self
        rows = mapped.raw.table.filter(raw >= ibis.literal(instant.astimezone(UTC), kind))
        return replace(self, full=_full(replace(mapped, raw=replace(mapped.raw, table=rows)), self.contract))


def _is_kept(mapped: Mapped) -> bool:
    """Whether the engine keeps the converted rows."""
    return mapped.raw.text or any(
        c.unreadable is not None and not _is_typed(c.raw.type()) for c in mapped.columns.values()
    )


def _is_typed(kind: Any) -> bool:
    """Whether the engine reads values of that type by itself, at the cost of a comparison."""
    return bool(kind.is_numeric() or kind.is_timestamp() or kind.is_date())


def inspect(source: Source, name: str) -> Inspected:
    """Convert and look at one table; where text is read, the engine keeps its converted form: it is read once."""
    mapped, contract = source[name], CONTRACT[name]
    full = _full(mapped, contract)
    try:
        if _is_kept(mapped):
            full = source.keep(full, f"canonical_{name}")
        row = (
            full.aggregate(
                **_aggregates(full, mapped, contract, source.engine), **_latest(full, mapped, contract, source.now)
            )
            .to_pandas()
            .iloc[0]
            .to_dict()
        )
    except Exception as problem:
        if (told := source.failed(mapped, problem)) is not None:
            raise told from None
        if not mapped.raw.name.lower().endswith(".parquet"):
            raise
        raise broken(mapped.raw.name, problem) from None
    seen = _result(row, full, mapped, contract)
    return replace(seen, disorder={pair: n for pair, n in {**seen.disorder, **_of_days(seen)}.items() if n})


def _full(mapped: Mapped, contract: TableContract) -> Any:
    import ibis

    raw = mapped.raw.table
    columns = {name: c.value for name, c in mapped.columns.items()}
    for name, c in mapped.columns.items():
        if c.unreadable is not None:  # the text itself, so that it can be shown; null where it was read
            columns[f"_bad_{name}"] = c.unreadable.ifelse(c.raw.cast("string").substr(0, 500), None)
    for name, rule in mapped.mapping.columns.items():
        if rule.won and rule.closed and rule.map:
            columns[FLAGGED] = flagged(raw[rule.won], raw[rule.closed])
        if contract.columns[name].allowed and rule.map and rule.otherwise != "keep":
            columns[f"_raw_{name}"] = mapped.columns[name].raw.cast("string")  # what the map did not know is lost else
    columns |= {LINE: raw[LINE], REASON: _reason(mapped, contract)}
    full = raw.select(**columns)
    if contract.key is not None and contract.key in mapped.columns and mapped.mapping.duplicates != "fail":
        full = full.mutate(**{REASON: _with_duplicates(full, contract.key, mapped.mapping.duplicates, ibis)})
    return full


def _reason(mapped: Mapped, contract: TableContract) -> Any:
    """Why a row is set aside, as one CASE; null: it is used."""
    import ibis

    raw = mapped.raw.table
    read = [c.raw for c in mapped.columns.values() if c.raw is not None and c.raw.get_name() in raw.columns]
    branches = []
    if read and mapped.raw.text:
        blank = [c.isnull() | (c.strip() == "") if c.type().is_string() else c.isnull() for c in read]
        branches.append((ibis.and_(*blank), ibis.literal(BLANK)))
    if "_kept" in raw.columns:
        branches.append((~raw["_kept"], ibis.literal(EXCLUDED)))
    for name, converted in mapped.columns.items():
        if not contract.columns[name].required:
            continue
        why = ibis.literal(f"{name} is missing")
        if converted.unreadable is not None:  # asked only where there is no value: what cannot be read has none
            why = converted.unreadable.ifelse(ibis.literal(f"{name} cannot be read"), why)
        branches.append((converted.value.isnull(), why))
    return ibis.cases(*branches, else_=ibis.null("string")) if branches else ibis.null("string")


def _with_duplicates(full: Any, key: str, keep: str, ibis: Any) -> Any:
    order = ibis.asc(LINE) if keep == "first" else ibis.desc(LINE)
    place = ibis.row_number().over(group_by=[same(full[key]), full[REASON].isnull()], order_by=order)
    return ibis.cases((full[REASON].isnull() & (place > 0), ibis.literal(DUPLICATE)), else_=full[REASON])


def _aggregates(full: Any, mapped: Mapped, contract: TableContract, engine: str) -> dict[str, Any]:
    used = full[REASON].isnull()
    parts = {"n": full.count(), "n_used": used.sum()}
    for position, reason in enumerate(_reasons(mapped, contract)):
        parts[f"reason_{position}"] = (full[REASON] == reason).sum()
    for name in mapped.columns:
        broken_later = engine == "duckdb" and not _is_kept(
            mapped
        )  # a broken page is found now, not when a block reads it
        if broken_later or contract.columns[name].kind in _DATED:
            parts[f"filled_{name}"] = full[name].count()
        if f"_bad_{name}" in full.columns:
            parts[f"bad_{name}"] = (used & full[f"_bad_{name}"].notnull()).sum()
        if contract.columns[name].allowed:
            known = full[name].isin(contract.columns[name].allowed)
            parts[f"outside_{name}"] = (used & full[name].notnull() & ~known).sum()
    if contract.key in mapped.columns:
        # 8-byte hashes take a tenth of the memory of the keys; what they cannot tell apart is looked at again
        parts["n_keys"] = used.ifelse(key_hash(full[contract.key], engine), None).nunique()
        parts["n_keyless"] = (used & full[contract.key].isnull()).sum()
        parts |= {f"forms_{name}": (used & mark).sum() for name, mark in _marks(full[contract.key]).items()}
    for earlier, later in _orders(mapped, contract):
        parts[f"order_{earlier}_{later}"] = (used & _out_of_order(full, earlier, later)).sum()
        parts[f"once_{earlier}_{later}"] = (used & (full[earlier] == full[later])).sum()
    for column in (c for c in contract.newest if c in mapped.columns):
        parts[f"min_{column}"], parts[f"max_{column}"] = full[column].min(where=used), full[column].max(where=used)
    return {name: part.name(name) for name, part in parts.items()}


def _marks(key: Any) -> dict[str, Any]:
    """What tells that a key may be there in another form, too: see `_in_forms`."""
    import ibis

    is_guid = key.length().isin(GUID_LENGTHS)
    return {
        "plain": key.length() == 15,
        "checked": key.length() == 18,
        # one search after the other takes a third of the time of a pattern
        "odd": ibis.or_(key.endswith(".0"), key.startswith("{"), *map(key.contains, NO_BREAK + NO_WIDTH)),
        "guid": is_guid,
        "bare_guid": key.length() == min(GUID_LENGTHS),
        "capital_guid": is_guid & (key != key.lower()),
    }


def _in_forms(row: Mapping[str, Any]) -> bool:
    """Whether keys are Salesforce's with their check and without, GUIDs of two kinds, or have something around them."""
    n = {name.removeprefix("forms_"): _count(value) for name, value in row.items() if name.startswith("forms_")}
    if not n:
        return False
    mixed = any(0 < n[kind] < n["guid"] for kind in ("bare_guid", "capital_guid"))
    return bool(n["odd"] or mixed or (n["plain"] and n["checked"]))


def _latest(full: Any, mapped: Mapped, contract: TableContract, now: datetime) -> dict[str, Any]:
    """The last instants by which something happened: not after now, and no closing that is only expected."""
    import ibis

    used, parts = full[REASON].isnull(), dict[str, Any]()
    for column in (c for c in contract.newest if c in mapped.columns):
        clock = now.astimezone(UTC).replace(tzinfo=None)
        known = used & (full[column] <= ibis.literal(clock if full[column].type().is_timestamp() else clock.date()))
        known = known & _ended(full) if column == "closed_at" else known
        parts[f"latest_{column}"] = full[column].max(where=known).name(f"latest_{column}")
    return parts


def _ended(full: Any) -> Any:
    return full["outcome"].isin(["won", "lost"]).fill_null(False)


def _out_of_order(full: Any, earlier: str, later: str) -> Any:
    """Whether the later comes first; what a deal that is open has for a closing day is what sales expects."""
    before = full[later] < full[earlier]
    return before & _ended(full) if later == "closed_at" else before


def _of_days(seen: Inspected) -> dict[tuple[str, str], int]:
    """Of what is out of order, a day and an instant: ordered as days; where the earlier is the day, it begins it."""
    days, has = {}, seen.mapped.columns
    for earlier, later in seen.disorder:
        if has[later].day and not has[earlier].day:
            wall = {c: to_wall(seen.full[c], seen.mapped.timezone).date() for c in (earlier, later)}
            days[earlier, later] = _out_of_order(seen.full, earlier, later) & (wall[later] < wall[earlier])
    if not days:
        return {}
    used = seen.full[REASON].isnull()
    parts = {f"{e}_{at}": (used & rows).sum() for (e, at), rows in days.items()}
    row = seen.full.aggregate(**parts).to_pandas().iloc[0]
    return {pair: _count(row["_".join(pair)]) for pair in days}


def _reasons(mapped: Mapped, contract: TableContract) -> list[str]:
    required = [n for n in mapped.columns if contract.columns[n].required]
    reasons = [BLANK, EXCLUDED, DUPLICATE]
    return reasons + [f"{n} {what}" for n in required for what in ("cannot be read", "is missing")]


def _orders(mapped: Mapped, contract: TableContract) -> list[tuple[str, str]]:
    return [pair for pair in contract.orders if set(pair) <= set(mapped.columns)]


def _result(row: dict[str, Any], full: Any, mapped: Mapped, contract: TableContract) -> Inspected:
    reasons = {r: _count(row[f"reason_{i}"]) for i, r in enumerate(_reasons(mapped, contract))}
    for reject in mapped.raw.rejected:
        reasons[reject.reason] = reasons.get(reject.reason, 0) + 1
    account = Account(
        contract.name,
        mapped.raw.name,
        _count(row["n"]) + len(mapped.raw.rejected),
        {r: n for r, n in reasons.items() if n},
        {c: n for c in mapped.columns if (n := _count(row.get(f"bad_{c}")))},
    )
    instants = [row[f"{end}_{c}"] for c in contract.newest if c in mapped.columns for end in ("min", "max")]
    seen = [i.to_pydatetime() for i in instants if _is_there(i)]
    latest: list[Any] = [row.get(f"latest_{c}") for c in contract.newest]
    return Inspected(
        contract,
        mapped,
        full,
        account,
        repeated_keys=account.used - _count(row["n_keys"]) - _count(row["n_keyless"]) if "n_keys" in row else 0,
        outside={c: n for c in mapped.columns if (n := _count(row.get(f"outside_{c}")))},
        disorder={p: n for p in _orders(mapped, contract) if (n := _count(row[f"order_{p[0]}_{p[1]}"]))},
        at_once={p: n for p in _orders(mapped, contract) if (n := _count(row[f"once_{p[0]}_{p[1]}"]))},
        filled={c: _count(row[f"filled_{c}"]) for c in mapped.columns if contract.columns[c].kind in _DATED},
        blank=tuple(c for c in mapped.columns if contract.columns[c].kind in _DATED and not _count(row[f"filled_{c}"])),
        oldest=min(seen, default=None),
        newest=max(seen, default=None),
        latest=max((i.to_pydatetime() for i in latest if _is_there(i)), default=None),
        forms=_in_forms(row),
    )


def _is_there(value: Any) -> bool:
    return value is not None and value == value


def _count(value: Any) -> int:
    return 0 if value is None or value != value else int(value)


def set_aside_rows(seen: Inspected) -> list[SetAside]:
    """Every row and value that is not used, in the order of the file."""
    table, file = seen.contract.name, seen.mapped.raw.name
    rows = [SetAside(table, file, r.line, "row", "", r.value, r.reason) for r in seen.mapped.raw.rejected]
    if seen.account.set_aside > len(seen.mapped.raw.rejected):
        rows += _lost_rows(seen, table, file)
    for column in seen.account.unreadable:
        rows += _lost_values(seen, column, table, file)
    return sorted(rows, key=lambda r: (r.line or 0, r.what, r.column, r.value, r.reason))


def _lost_rows(seen: Inspected, table: str, file: str) -> list[SetAside]:
    key = seen.contract.key or next(iter(seen.mapped.columns))
    lost = seen.full.filter(seen.full[REASON].notnull()).select(
        LINE, REASON, _key=seen.full[key].cast("string"), **_texts(seen)
    )
    rows = []
    for row in lost.to_pandas().to_dict("records"):
        column = row[REASON].removesuffix(" cannot be read")
        if f"_bad_{column}" not in row:
            column = key if isinstance(row["_key"], str) else ""
        bad = row.get(f"_bad_{column}")
        value = bad if isinstance(bad, str) else row["_key"]
        rows.append(
            SetAside(table, file, _line(row[LINE]), "row", column, value if isinstance(value, str) else "", row[REASON])
        )
    return rows


def _texts(seen: Inspected) -> dict[str, Any]:
    """The unreadable texts of required columns."""
    required = [n for n in seen.mapped.columns if seen.contract.columns[n].required]
    return {f"_bad_{n}": seen.full[f"_bad_{n}"] for n in required if f"_bad_{n}" in seen.full.columns}


def _lost_values(seen: Inspected, column: str, table: str, file: str) -> list[SetAside]:
    text = seen.full[f"_bad_{column}"]
    frame = seen.full.filter(seen.full[REASON].isnull() & text.notnull()).select(LINE, value=text).to_pandas()
    reason = f"{column} cannot be read"
    return [
        SetAside(table, file, _line(line), "value", column, value, reason)
        for line, value in zip(frame[LINE], frame["value"], strict=True)
    ]


def _line(value: Any) -> int | None:
    return None if value is None or value != value else int(value)


def repeated_key(seen: Inspected) -> tuple[str, list[int], int]:
    """A key that is there more than once, its lines, and the number of such keys."""
    full, key = seen.full, seen.contract.key
    used = full.filter(full[REASON].isnull() & full[key].notnull())
    groups = used.group_by(key).aggregate(n=used.count()).filter(lambda t: t.n > 1).order_by(key)
    frame = groups.limit(1).to_pandas()
    if frame.empty:
        return "", [], 0
    value = str(frame[key].iloc[0])
    lines = used.filter(used[key] == value).select(LINE).limit(5).to_pandas()[LINE]
    return value, sorted(int(x) for x in lines if x == x and x is not None), int(groups.count().to_pandas())


def key_in_forms(seen: Inspected) -> tuple[tuple[str, str], list[int], int]:
    """Two forms in which one key is there, their lines, and the number of such keys."""
    full, key = seen.full, seen.contract.key
    used = full.filter(full[REASON].isnull() & full[key].notnull())
    used = used.select(LINE, _key=used[key], _same=same(used[key]))
    groups = used.group_by("_same").aggregate(one=used["_key"].min(), other=used["_key"].max())
    groups = groups.filter(groups.one != groups.other).order_by("one")
    frame = groups.limit(1).to_pandas()
    if frame.empty:
        return ("", ""), [], 0
    lines = used.filter(used["_same"] == frame["_same"].iloc[0]).select(LINE).limit(5).to_pandas()[LINE]
    pair = str(frame["one"].iloc[0]), str(frame["other"].iloc[0])
    return pair, sorted(int(x) for x in lines if x == x and x is not None), int(groups.count().to_pandas())
