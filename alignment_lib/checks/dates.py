"""Do the days make sense: causes before their effects, and an export that is young enough."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from alignment_lib.checks.check import on
from alignment_lib.params.period import local_day
from alignment_lib.params.run import Run
from alignment_lib.source.tables import RESPONSE_HOURS
from alignment_lib.source.tables.checks import Check, Status
from alignment_lib.source.tables.inspect import Inspected
from alignment_lib.stats import wording

EARLIEST = 1985
"""Years before it come of seconds read as milliseconds, of blanks read as 0, or of a slip."""


def checks(seen: Inspected) -> Iterator[Check]:
    """Instants that come before what must precede them."""
    for (earlier, later), count in seen.disorder.items():
        rows, they = ("1 row has", "it is") if count == 1 else (f"{count} rows have", "they are")
        text = f"{seen.account.file}: {rows} {later} before {earlier}; {they} counted but "
        yield on(seen, "order", "WARN", f"{text}{'leaves' if count == 1 else 'leave'} durations", count)
    if seen.oldest is not None and seen.oldest.year < EARLIEST:
        text = (
            f"{seen.account.file}: the first day is {wording.day(seen.oldest.date())}, before there were CRMs; see the"
        )
        yield on(seen, "dates", "WARN", f"{text} format of its times, in {seen.mapped.place}")


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
