"""Do the days make sense: causes before their effects, and an export that is young enough."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from alignment_lib.checks.check import on
from alignment_lib.params.period import local_day
from alignment_lib.params.run import Run
from alignment_lib.source.tables import DECISION_DAYS, RESPONSE_HOURS
from alignment_lib.source.tables.checks import Check, Status
from alignment_lib.source.tables.inspect import Inspected
from alignment_lib.stats import wording

AHEAD = {
    "leads": (("created_at", "lead", "created", "counted nowhere before that day"),),
    "opportunities": (
        ("created_at", "deal", "created", "counted nowhere before that day"),
        ("closed_at", "deal", "won or lost", "open until that day"),
    ),
}
"""What cannot lie after the present, by table: the column, its rows, what that day says of them, and how they count."""
EARLIEST = 1985
"""Years before it come of seconds read as milliseconds, of blanks read as 0, or of a slip."""
MANY, WHOLLY = 20, 0.95
"""Decisions from which on, and the share of them, that cannot all have been made in the second of a lead's creation."""


def checks(seen: Inspected, now: datetime) -> Iterator[Check]:
    """Instants that come before what must precede them, or that nobody can know yet, seen from the present."""
    present = now.astimezone(UTC).replace(tzinfo=None)
    ahead = seen.newest is not None and seen.newest > present
    if ahead:
        yield from _ahead(seen, present)
    for (earlier, later), n in seen.disorder.items():
        count = n - (_unborn(seen, earlier, later, present) if ahead else 0)
        if count <= 0:
            continue
        rows, they = ("1 row has", "it is") if count == 1 else (f"{count} rows have", "they are")
        text = f"{seen.account.file}: {rows} {later} before {earlier}; {they} counted but "
        yield on(seen, "order", "WARN", f"{text}{'leaves' if count == 1 else 'leave'} durations", count)
    if seen.contract.name == "leads":
        yield from _at_once(seen)
    if seen.oldest is not None and seen.oldest.year < EARLIEST:
        text = (
            f"{seen.account.file}: the first day is {wording.day(seen.oldest.date())}, before there were CRMs; see the"
        )
        yield on(seen, "dates", "WARN", f"{text} format of its times, in {seen.mapped.place}")


def _at_once(seen: Inspected) -> Iterator[Check]:
    """Leads that are accepted or rejected in the second in which they are created: nobody wrote down when they were."""
    pairs = [("created_at", column) for column in ("accepted_at", "rejected_at") if column in seen.mapped.columns]
    judged = sum(seen.filled.get(column, 0) for _, column in pairs)
    n = sum(seen.at_once.get(pair, 0) for pair in pairs)
    if n < MANY or n < WHOLLY * judged:
        return
    columns = wording.listing([column for _, column in pairs])
    text = f"{seen.account.file}: {wording.count(n)} of {wording.plural(judged, 'decision')} ({columns}) are of the"
    text += " very second in which their lead was created, so when sales decided, and how long that took, cannot be"
    text += " told; map the day of the decision, if the CRM has one"
    yield on(seen, "clock", "WARN", text, n, (DECISION_DAYS,))


def _ahead(seen: Inspected, present: datetime) -> Iterator[Check]:
    """Leads and deals created after the present, deals won or lost after it."""
    for column, row, what, then in AHEAD.get(seen.contract.name, ()):
        if column not in seen.mapped.columns:
            continue
        late = _ended(seen.used, column).filter(lambda t, c=column: t[c] > present)
        found = late.aggregate(n=late.count(), last=late[column].max()).to_pandas().iloc[0]
        if n := int(found["n"]):
            last = wording.day(local_day(found["last"].to_pydatetime().replace(tzinfo=UTC), seen.mapped.timezone))
            are = "is" if n == 1 else "are"
            text = f"{seen.account.file}: {wording.plural(n, row)} {are} {what} after the present, up to {last}, and"
            text += f" {then}; correct {column} in the CRM, or see {seen.mapped.place}.{column}"
            yield on(seen, "future", "WARN", text, n)


def _unborn(seen: Inspected, earlier: str, later: str, present: datetime) -> int:
    """Rows out of order that are created after the present, which no report counts."""
    if earlier != "created_at":
        return 0
    rows = _ended(seen.used, later)
    return int(rows.filter((rows[earlier] > present) & (rows[later] < rows[earlier])).count().to_pandas())


def _ended(used: Any, column: str) -> Any:
    """The rows, of deals by their closing day those that are won or lost: an open one has the day that is expected."""
    return used.filter(used.outcome.isin(["won", "lost"])) if column == "closed_at" else used


def begun(inspected: Mapping[str, Inspected], run: Run) -> Iterator[Check]:
    """Tables whose first row is later than the period: what it brought them is not known, rather than nothing."""
    for name in ("leads", "opportunities", "activities"):
        seen = inspected.get(name)
        if seen is None or seen.oldest is None or seen.oldest.replace(tzinfo=UTC) < run.ends:
            continue
        first = local_day(seen.oldest.replace(tzinfo=UTC), run.params.timezone)
        text = f"{seen.account.file}: {name} begin on {wording.day(first)}, after this {run.noun}, of which they tell"
        text += " nothing"
        cannot = (name, *(f"{name}.{column}" for column in seen.mapped.columns))
        yield replace(on(seen, "begun", "WARN", text), cannot=cannot)


def clock(inspected: Mapping[str, Inspected]) -> Iterator[Check]:
    """Whether the clock of follow-up can be told: not where its start, or the contact that ends it, is a day only."""
    if not {"leads", "activities"} <= set(inspected):
        return
    leads, activities = inspected["leads"], inspected["activities"]
    starts = [c for c in ("assigned_at", "mql_at") if c in leads.mapped.columns] or ["created_at"]
    ends = [(leads, c) for c in starts] + [(activities, "occurred_at")]
    for seen, column in ends:
        found = seen.mapped.columns[column]
        if found.day or found.midnights:
            but = f" (but for {wording.plural(found.timed, 'value')})" if found.timed else ""
            days = f"holds days without a time{but}" if found.day else f"holds {found.midnights} days among its times"
            text = f"{seen.account.file}: {column} {days}, so nothing can be said of hours between hand-over and first"
            text += " contact"
            text += ", only whether both were on the same day" if found.day else ""
            text += "; map a column with a time"
            yield replace(on(seen, "clock", "WARN", text, seen.account.used), cannot=(RESPONSE_HOURS,))
            return


def freshness(newest: datetime, run: Run) -> Check:
    """How old the newest row is, seen from as-of; rows after as-of prove that the export is younger."""
    rule = run.params.weekly.freshness
    age = (run.as_of - newest).total_seconds() / 86400
    last, as_of = (wording.instant(i, run.params.timezone) for i in (newest, run.as_of))
    if age <= rule.warn_days:
        return Check("fresh", "", "PASS", f"the newest row is of {last}, as-of is {as_of}")
    status: Status = "FAIL" if age > rule.fail_days else "WARN"
    return Check(
        "fresh",
        "",
        status,
        f"the newest row is of {last}, {age:.0f} days before as-of, {as_of}; export again, or choose an earlier"
        f" {run.noun}",
    )
