"""What to hold beside the CRM: rows and days of each table, deals won, lost and open with their sums, by year."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd

from alignment_lib.params.period import Week, local_day
from alignment_lib.source.tables import QUIET, Opened
from alignment_lib.source.tables.inspect import Inspected
from alignment_lib.source.zones import to_wall
from alignment_lib.stats import wording

HEAD = ("table", "from", "read", "used", "set aside", "first day", "last day")
RULE = "leads and deals have rows from the first of them on, and on the Friday of the last or later"
"""Two quiet days, a weekend, end no week early: see `QUIET`."""
DEALS = ("deals", "won", "worth", "lost", "worth", "open", "worth")


def lines(opened: Opened) -> Iterator[str]:
    """The tables as text, the company's days and money, everything in the export whenever it happened."""
    zone = opened.params.timezone
    rows = [HEAD]
    for name, seen in opened.inspected.items():
        told = seen.account
        counts = (wording.count(told.read), wording.count(told.used), wording.count(told.set_aside))
        rows.append((name, told.file, *counts, *_days(seen, zone)))
    yield from _aligned(rows, left=2)
    deals = opened.inspected.get("opportunities")
    if deals is not None and deals.account.used:
        for currency, some in _by_currency(opened, deals):
            yield ""
            yield from _aligned([DEALS, *by_year(some, deals, zone)], left=1)
            yield f"Won and lost by the day of closing, open by that of creation; worth in {currency}."


def _by_currency(opened: Opened, deals: Inspected) -> Iterator[tuple[str, Any]]:
    """The deals of each currency apart, as the CRM has them; where none is said it is the report's."""
    money, used = opened.money, deals.used
    if not money.foreign("opportunities"):
        yield money.currency, used
        return
    said = used.currency.fill_null(money.currency)
    for currency in sorted({money.currency, *money.tables["opportunities"].counts}):
        yield currency, used.filter(said == currency)


def weeks(opened: Opened) -> str:
    """The weeks that can be reported, and by which rule: from the first whole one to the last."""
    first, last = (local_day(instant, opened.params.timezone) for instant in opened.whole)
    begins, ends = Week.of(first), Week.of(last + QUIET).shifted(-1)
    if ends.monday < begins.monday:
        return "No whole week lies in this data: leads and deals have no week with rows on its Friday or later."
    return f"Weeks that can be reported: {begins.label} to {ends.label}; {RULE}."


def by_year(used: Any, deals: Inspected, zone: str) -> list[tuple[str, ...]]:
    """Deals won and lost by the year of closing, open ones by that of creation; the last row is the sum."""
    import ibis

    columns = deals.mapped.columns
    closed = used.outcome.isin(["won", "lost"]).fill_null(False)
    when = {c: used[c] if c in columns else ibis.null("timestamp") for c in ("closed_at", "created_at")}
    day = to_wall(closed.ifelse(when["closed_at"], when["created_at"]), zone)
    amount = used.amount if "amount" in columns else ibis.null("decimal(18, 2)")
    kept = used.select(year=day.year(), outcome=closed.ifelse(used.outcome, "open"), amount=amount)
    frame = kept.group_by("year", "outcome").aggregate(n=kept.count(), worth=kept.amount.sum()).to_pandas()
    frame["worth"] = pd.to_numeric(frame["worth"].astype(object)).astype(float)
    years = sorted({int(y) for y in frame["year"].dropna()})
    rows = [_row(str(y), frame[frame["year"] == y]) for y in years]
    if frame["year"].isna().any():
        rows.append(_row("no day", frame[frame["year"].isna()]))
    return [*rows, _row("all", frame)] if len(rows) > 1 else rows


def _row(label: str, frame: pd.DataFrame) -> tuple[str, ...]:
    cells = [label]
    for outcome in ("won", "lost", "open"):
        mine = frame[frame["outcome"] == outcome]
        worth = mine["worth"].sum(min_count=1)
        cells += [wording.count(int(mine["n"].sum())), "–" if worth != worth else f"{worth:,.2f}"]
    return tuple(cells)


def _days(seen: Inspected, zone: str) -> tuple[str, str]:
    newest = seen.latest or seen.newest
    if seen.oldest is None or newest is None:
        return _dates(seen)
    return str(_day(seen.oldest, zone)), str(_day(newest, zone))


def _dates(seen: Inspected) -> tuple[str, str]:
    """First and last of the dates of a table that has no instants, as those of spend; a dash where it has none."""
    dates = [c for c in seen.mapped.columns if seen.contract.columns[c].kind == "date"]
    if not dates or not seen.account.used:
        return "–", "–"
    used = seen.used
    ends = used.aggregate(first=used[dates[0]].min(), last=used[dates[0]].max()).to_pandas().iloc[0]
    first, last = ("–" if end != end or end is None else str(end)[:10] for end in (ends["first"], ends["last"]))
    return first, last


def _day(utc: datetime, zone: str) -> date:
    return local_day(utc.replace(tzinfo=UTC), zone)


def _aligned(rows: Sequence[Sequence[Any]], *, left: int) -> Iterator[str]:
    """Columns of text, the first `left` of them aligned left."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = (c.ljust(w) if i < left else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True)))
        yield "  ".join(cells).rstrip()
