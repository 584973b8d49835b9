"""Every reference between tables: its share found, blank and not found; ids that differ only in form are joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from alignment_lib.contract import LINKS, Link
from alignment_lib.source import Source
from alignment_lib.source.forms import form
from alignment_lib.source.tables.inspect import EXCLUDED, REASON, Inspected
from alignment_lib.source.zones import local_day


@dataclass(frozen=True)
class Linked:
    """How the rows of a table refer to another: `n` = found + blank + not found."""

    link: Link
    n: int
    blank: int
    found: int
    mended: int = 0
    """How many of those found differ from the other side in form only."""
    lost: str = ""
    """An id that is not found."""
    known: str = ""
    """An id of the other side."""
    aside: int = 0
    """How many refer to a row that the mapping's `where` sets aside."""
    example: tuple[str, str] = ("", "")
    """Two forms of one id that were joined, the other side's last."""

    @property
    def missing(self) -> int:
        """Not blank, and nowhere in the other table."""
        return self.n - self.blank - self.found - self.aside


def linked(source: Source, inspected: Mapping[str, Inspected]) -> tuple[dict[str, Inspected], tuple[Linked, ...]]:
    """The tables with their references mended, and what was found of each."""
    tables, found = dict(inspected), list[Linked]()
    counted = {told.link: told for table in inspected for told in _counted(table, inspected)}
    for link, told in ((link, counted[link]) for link in LINKS if link in counted):
        if told.missing:
            tables, told = _mended(source, link, tables, told)
        if told.missing and (link.table, link.column) == ("activities", "lead_id"):
            tables = _known_only(source, link, tables)
        found.append(told)
    return tables, tuple(found)


def _is_there(link: Link, tables: Mapping[str, Inspected]) -> bool:
    sides = ((link.table, link.column), (link.target, link.key))
    return all(t in tables and c in tables[t].mapped.columns and tables[t].account.used for t, c in sides)


def _counted(table: str, tables: Mapping[str, Inspected]) -> list[Linked]:
    """How the rows of a table refer to others, each of its links, in one pass."""
    links = [link for link in LINKS if link.table == table and _is_there(link, tables)]
    if not links:
        return []
    used, parts = _used(tables[table]), dict[str, Any]()
    for i, link in enumerate(links):
        ref, keys = used[link.column], _keys(link, tables)
        known = ref.isin(keys.key).fill_null(False)
        parts |= {f"blank_{i}": ref.isnull().sum(), f"found_{i}": known.sum()}
        left_out = _left_out(ref, link, tables) & ~known
        parts[f"aside_{i}"] = left_out.sum()
        parts[f"lost_{i}"] = ref.max(where=ref.notnull() & ~known & ~left_out)
    row = used.aggregate(n=used.count(), **parts).to_pandas().iloc[0]
    whole = {name: _whole(row[name]) for name in ("n", *parts) if not name.startswith("lost")}
    return [
        Linked(
            link,
            whole["n"],
            whole[f"blank_{i}"],
            whole[f"found_{i}"],
            aside=whole[f"aside_{i}"],
            lost=_text(row[f"lost_{i}"]),
        )
        for i, link in enumerate(links)
    ]


def _left_out(ref: Any, link: Link, tables: Mapping[str, Inspected]) -> Any:
    """Whether a row refers to one that the mapping's `where` sets aside."""
    import ibis

    target = tables[link.target]
    if EXCLUDED not in target.account.reasons:
        return ibis.literal(False)
    rows = target.full.filter(target.full[REASON] == EXCLUDED)
    return ref.isin(rows.select(key=rows[link.key]).filter(lambda t: t.key.notnull()).distinct().key).fill_null(False)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _lost(link: Link, tables: Mapping[str, Inspected]) -> str:
    """An id that is not found."""
    return next(told.lost for told in _counted(link.table, tables) if told.link == link)


def _refs(link: Link, tables: Mapping[str, Inspected]) -> Any:
    """Each id that is referred to, `ref`, and how many rows do, `n`."""
    used = _used(tables[link.table])
    return used.select(ref=used[link.column]).group_by("ref").aggregate(n=lambda t: t.count())


def _keys(link: Link, tables: Mapping[str, Inspected]) -> Any:
    used = _used(tables[link.target])
    return used.select(key=used[link.key]).filter(lambda t: t.key.notnull()).distinct()


def _used(seen: Inspected) -> Any:
    return seen.full.filter(seen.full[REASON].isnull())


def _mended(
    source: Source, link: Link, tables: Mapping[str, Inspected], told: Linked
) -> tuple[dict[str, Inspected], Linked]:
    """Ids joined that are one id in two forms, where only one id of the other side can be meant."""
    import ibis

    keys = _keys(link, tables)
    forms = (
        keys.mutate(form=form(keys.key)).group_by("form").aggregate(key=lambda t: t.key.max(), n=lambda t: t.count())
    )
    refs = _refs(link, tables)
    lost = refs.filter(refs.ref.notnull()).anti_join(keys, refs.ref == keys.key)
    lost = lost.mutate(form=form(lost.ref))
    pairs = lost.inner_join(forms.filter(forms.n == 1), "form")
    pair = source.keep(pairs.select(_ref=pairs.ref, _key=pairs.key, _n=pairs.n), f"forms_{link.table}_{link.column}")
    said = pair.aggregate(mended=pair["_n"].sum(), ref=pair["_ref"].max(), key=pair["_key"].argmax(pair["_ref"]))
    first, known = said.to_pandas().iloc[0], keys.aggregate(known=keys.key.max()).to_pandas()["known"].iloc[0]
    told, mended, seen = replace(told, known=str(known)), _whole(first["mended"]), tables[link.table]
    if not mended:
        return dict(tables), told
    joined = seen.full.left_join(pair, seen.full[link.column] == pair["_ref"])
    columns = {c: joined[c] for c in seen.full.columns}
    columns[link.column] = ibis.coalesce(joined["_key"], joined[link.column])
    full = source.keep(joined.select(**columns), f"linked_{link.table}_{link.column}")
    example = (str(first["ref"]), str(first["key"]))
    told = replace(told, found=told.found + mended, mended=mended, example=example)
    if told.missing:
        told = replace(told, lost=_lost(link, {**tables, link.table: replace(seen, full=full)}))
    return {**tables, link.table: replace(seen, full=full, mended=True)}, told


def _known_only(source: Source, link: Link, tables: Mapping[str, Inspected]) -> dict[str, Inspected]:
    """Activities without the id of a lead that is not there, where a contact may tell whose they are."""

    seen = tables[link.table]
    if "contact_id" not in seen.mapped.columns:
        return dict(tables)
    keys = _keys(link, tables).rename(_key="key")
    joined = seen.full.left_join(keys, seen.full[link.column] == keys["_key"])
    columns = {c: joined[c] for c in seen.full.columns} | {link.column: joined["_key"]}
    full = source.keep(joined.select(**columns), f"known_{link.table}_{link.column}")
    return {**tables, link.table: replace(seen, full=full, mended=True)}


def _whole(value: Any) -> int:
    return 0 if value is None or value != value else int(value)


@dataclass(frozen=True)
class Sides:
    """How deals agree with their own leads."""

    n: int
    """Deals whose lead is there."""
    early: int
    """Of these that are created by now, those created or closed on a day before their lead was."""
    differ: Mapping[str, tuple[int, int]]
    """By column, how many differ, of how many that have it on both sides: what the two sides quarrel over."""


def sides(tables: Mapping[str, Inspected], zone: str, now: datetime) -> Sides | None:
    """Deals beside their leads, as of the present; None where deals name none."""
    link = next(k for k in LINKS if (k.table, k.column) == ("opportunities", "lead_id"))
    if not _is_there(link, tables):
        return None
    deals, leads = _used(tables["opportunities"]), _used(tables["leads"])
    has, theirs = tables["opportunities"].mapped.columns, tables["leads"].mapped.columns
    both = [c for c in ("source", "segment", "owner_id") if c in has and c in theirs]
    days = [c for c in ("created_at", "closed_at") if c in has]
    lead = leads.select(_key=leads.lead_id, _began=leads.created_at, **{f"_{c}": leads[c] for c in both})
    # what a deal that is open has for a closing day is what sales expects
    ended = deals.outcome.isin(["won", "lost"]).fill_null(False)
    of_days = {c: deals[c] if c == "created_at" else ended.ifelse(deals[c], None) for c in days}
    mine = deals.select(*both, "lead_id", **of_days)
    joined = mine.inner_join(lead, mine.lead_id == lead["_key"])
    early = joined.lead_id.isnull()  # never: a deal without a day of its own is not early
    early = _any([early, *((joined[c] < joined["_began"]).fill_null(False) for c in days)])
    if "created_at" in days:  # a deal of a day to come is counted nowhere yet
        early = early & (joined.created_at <= now.astimezone(UTC).replace(tzinfo=None)).fill_null(True)
    parts = {"n": joined.count(), "early": early.sum()}
    for c in both:
        parts[f"of_{c}"] = (joined[c].notnull() & joined[f"_{c}"].notnull()).sum()
        parts[f"not_{c}"] = (joined[c] != joined[f"_{c}"]).fill_null(False).sum()
    row = joined.aggregate(**parts).to_pandas().iloc[0]
    differ = {c: (_whole(row[f"not_{c}"]), _whole(row[f"of_{c}"])) for c in both}
    if not _whole(row["early"]):
        return Sides(_whole(row["n"]), 0, differ)
    some = joined.filter(early)
    on = {c: _day(some[c], zone, tables) for c in (*days, "_began")}
    rows = some.select(**on).filter(lambda t: _any([(t[c] < t["_began"]).fill_null(False) for c in days]))
    return Sides(_whole(row["n"]), _whole(rows.count().to_pandas()), differ)


def _day(instant: Any, zone: str, tables: Mapping[str, Inspected]) -> Any:
    """The company's day; all instants lie between the ends of the two tables."""
    ends = [e for name in ("leads", "opportunities") for e in (tables[name].oldest, tables[name].newest) if e]
    first, last = (int(end.replace(tzinfo=UTC).timestamp()) for end in (min(ends), max(ends)))
    return local_day(instant.epoch_seconds().cast("int64"), zone, first_s=first, last_s=last)


def _any(conditions: Sequence[Any]) -> Any:
    import ibis

    return ibis.or_(ibis.literal(False), *conditions)


@dataclass(frozen=True)
class Reach:
    """How far activities tell what was done for leads."""

    n: int
    """Activities that are of no deal that is there."""
    found: int
    """Of these, how many name a lead that is there, by its id or its contact's."""
    leads: int
    touched: int
    """Leads that an activity names."""


def reach(tables: Mapping[str, Inspected]) -> Reach | None:
    """Activities and leads as far as they name each other; None where neither an id nor a contact's is mapped."""
    import ibis

    routes = [
        link for link in LINKS if (link.table, link.target) == ("activities", "leads") and _is_there(link, tables)
    ]
    if not routes:
        return None
    acts, leads = _used(tables["activities"]), _used(tables["leads"])
    columns = [link.column for link in routes]
    of_deal = next(link for link in LINKS if (link.table, link.target) == ("activities", "opportunities"))
    if _is_there(of_deal, tables):
        deals = _keys(of_deal, tables)
        acts = acts.select(*columns, _deal=acts.opportunity_id)
        acts = acts.anti_join(deals, acts["_deal"] == deals.key)
    groups = acts.select(*columns).group_by(columns).aggregate(n=lambda t: t.count())
    named = groups
    for link in routes:
        keys = _keys(link, tables).rename({f"_{link.column}": "key"})
        named = named.left_join(keys, named[link.column] == keys[f"_{link.column}"])
    known = ibis.or_(*(named[f"_{c}"].notnull() for c in columns))
    counts = named.aggregate(n=named.n.sum(), found=named.n.sum(where=known)).to_pandas().iloc[0]
    hit = leads.select(**{c: leads[c] for c in columns})
    touched = ibis.or_(*(hit[c].isin(groups[c]) for c in columns))
    sides = hit.aggregate(leads=hit.count(), touched=touched.sum()).to_pandas().iloc[0]
    return Reach(_whole(counts["n"]), _whole(counts["found"]), _whole(sides["leads"]), _whole(sides["touched"]))
