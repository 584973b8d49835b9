"""The canonical tables of a run: what was read, what was used, the checks, and what is visible as of an instant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

from alignment_lib.contract import CONTRACT
from alignment_lib.errors import DataError, ParamsError
from alignment_lib.params import RunParams
from alignment_lib.params.period import iso, local_day, midnight
from alignment_lib.params.run import Run
from alignment_lib.source import Source
from alignment_lib.source.tables.account import Account, SetAside, to_csv
from alignment_lib.source.tables.checks import Check
from alignment_lib.source.tables.hand_kept import rows
from alignment_lib.source.tables.inspect import Inspected, inspect, set_aside_rows
from alignment_lib.source.tables.kept_tables import KeptTable, read_kept
from alignment_lib.source.tables.links import Linked, Reach, linked, reach
from alignment_lib.source.tables.mail_events import MailTable, read_mails
from alignment_lib.source.tables.money import Money, look
from alignment_lib.source.tables.visible import visible

__all__ = [
    "DATED_WINS",
    "DECISION_DAYS",
    "NEEDED_BY",
    "RESPONSE",
    "RESPONSE_HOURS",
    "Account",
    "Check",
    "Opened",
    "SetAside",
    "Tables",
    "read",
    "to_csv",
]

QUIET = timedelta(days=3)
"""A week whose last lead is of Friday is whole: nobody works at its end."""
DATED_WINS = "opportunities.dated_wins"
"""How many customers a period brought: of enough wins the day is known."""
WON_AMOUNTS = "opportunities.won_amounts"
"""What all wins are worth: enough of them have an amount."""
DECISION_DAYS = "leads.decision_days"
"""How long sales took to accept or reject a lead."""
RESPONSE_HOURS = "leads.response_hours"
"""How long a lead waited for its first contact, in business hours."""
NEEDED = (
    "leads", "opportunities", "activities", "reps", "targets", "calendar", "decisions", "issues", "feedback", "wins",
    "spend",
)  # fmt: skip
"""The tables that today's blocks read; the others are converted when a block asks for them."""
NEEDED_MONTHLY = (
    *NEEDED, "touches", "stage_changes", "criteria", "content", "content_uses", "content_requests", "mail_events",
    "product_updates", "suggestions", "interviews", "staffing", "compensation", "training", "shadowing",
)  # fmt: skip
"""What the monthly's blocks read besides."""
NEEDED_BY = {
    "weekly": NEEDED,
    "monthly": NEEDED_MONTHLY,
    "pulse": ("leads", "opportunities", "activities", "reps", "targets"),
    "reps": ("leads", "opportunities", "activities", "reps", "calendar"),
    "marketing-update": ("leads", "opportunities", "reps", "calendar"),
    "product-update": ("leads", "opportunities", "reps", "product_updates"),
}
"""Tables by report; `rates` are read for all of them."""

RESPONSE = ("activities.occurred_at", "activities.direction", "activities.lead_id")
"""What must be there to know sales's first response to a lead."""
DERIVED = {
    DATED_WINS: ("opportunities.closed_at",),
    WON_AMOUNTS: ("opportunities.closed_at", "opportunities.amount"),
    RESPONSE_HOURS: ("leads.created_at", *RESPONSE),
    DECISION_DAYS: ("leads.accepted_at", "leads.rejected_at"),
    "opportunities.open_amount": ("opportunities.amount",),
}
"""What is worked out of several columns and can be asked for like one; a check may say that it cannot be told."""


@dataclass(frozen=True, eq=False)
class Tables:
    """What a report reads. Tables are Ibis expressions as of `run.as_of`; nothing later is visible in them."""

    run: Run
    source: Source
    inspected: Mapping[str, Inspected]
    checks: tuple[Check, ...] = ()
    kept: Mapping[str, KeptTable] = field(default_factory=dict)
    """Tables that people keep by hand, of the source and of the kept folder together."""
    mails: MailTable | None = None
    """What mail services told, beside the source's own mail_events; see `mail_events.rows`."""
    money: Money | None = None
    """In which currencies amounts are; None: all in one."""
    export: str = ""
    """What the export holds as a whole, small, for the next report: see `memory.exports`."""

    def has(self, *columns: str) -> bool:
        """Whether every `table` or `table.column` named is mapped and there."""
        return not self.lacking(*columns)

    def lacking(self, *columns: str) -> tuple[str, ...]:
        """Those of the named `table.column` that are not connected; of what is worked out, what it is made of."""
        found: dict[str, None] = {}
        for name in columns:
            parts = [part for part in DERIVED.get(name, (name,)) if not self._there(part)]
            found |= dict.fromkeys(parts or ([name] if name in self.cannot else []))
        return tuple(found)

    def days_only(self, *columns: str) -> bool:
        """Whether one of the named `table.column` is connected and holds days in place of instants."""
        parts = [name.partition(".") for name in columns if self._there(name)]
        return any(self.inspected[t].mapped.columns[c].day for t, _, c in parts if t in self.inspected)

    @cached_property
    def cannot(self) -> Mapping[str, str]:
        """`table.column` that is connected and cannot be told of this data, with the sentence that says why."""
        told = {name: check.sentence for check in reversed(self.checks) for name in check.cannot}  # the gravest last
        for name, sentence in list(told.items()):  # without a column that it must have, a table tells nothing
            table, _, column = name.partition(".")
            if column in CONTRACT[table].columns and CONTRACT[table].columns[column].required:
                told[table] = sentence
        return told

    def _there(self, name: str) -> bool:
        table, _, column = name.partition(".")
        if name in self.cannot or table in self.cannot:
            return False
        if name == "activities.lead_id" and self.has("activities.contact_id", "leads.contact_id"):
            return True  # the contact of an activity tells its lead
        if table in self.kept:
            return not column or column in self.kept[table].columns
        if table == "mail_events" and self.mails is not None and (column or "mailing") in self.mails.columns:
            return True
        return table in self.inspected and (not column or column in self.inspected[table].mapped.columns)

    def __getitem__(self, name: str) -> Any:
        """A canonical table as of the run; KeyError where it is not connected."""
        if name in self.kept:
            return self._held(name)
        return self._told(name, visible(self.inspected[name], self.run))

    def _told(self, name: str, table: Any) -> Any:
        """The table in one currency, without the columns that cannot be told."""
        table = table if self.money is None else self.money.converted(name, table, self.source, self.run.as_of)
        return table.drop(*(c for c in table.columns if f"{name}.{c}" in self.cannot))

    def since(self, name: str, column: str, instant: datetime) -> Any:
        """A canonical table of the source as of the run, its rows from an instant on."""
        import ibis

        seen = self.inspected[name]
        table = visible(seen.since(column, instant) if self.source.engine == "duckdb" else seen, self.run)
        table = self._told(name, table)
        return table.filter(table[column] >= ibis.literal(instant.astimezone(UTC).replace(tzinfo=None)))

    def _held(self, name: str) -> Any:
        """The rows of a hand-kept table as a small table beside the others; not to be joined with them."""
        import ibis
        import pyarrow as pa

        kept = self.kept[name]
        types = {"date": pa.date32(), "number": pa.float64()}
        columns = {
            c: pa.array([row[c] for row in rows(self, name)], types.get(column.kind, pa.string()))
            for c, column in kept.contract.columns.items()
            if c in kept.columns
        }
        if self.source.engine == "duckdb":
            return self.source.hold(columns, f"kept_{name}_as_of")
        return ibis.memtable(pa.table(columns))

    @property
    def accounts(self) -> tuple[Account, ...]:
        """Every table's rows accounted for; a hand-kept table has one for each of its places."""
        seen = [seen.account for seen in self.inspected.values()]
        seen += self.mails.accounts if self.mails is not None else ()
        return (*seen, *(a for table in self.kept.values() for a in table.accounts))

    @cached_property
    def newest(self) -> datetime:
        """The newest instant by which anything had happened, visible or not (UTC); no closing that is only expected."""
        return _latest(self.inspected)

    def set_aside(self) -> list[SetAside]:
        """Every row and value not used."""
        aside = [row for seen in self.inspected.values() for row in set_aside_rows(seen)]
        aside += self.mails.aside if self.mails is not None else ()
        return aside + [row for table in self.kept.values() for row in table.aside]


@dataclass(frozen=True, eq=False)
class Opened:
    """Tables that were converted and looked at, before anybody judged them or settled a period."""

    source: Source
    params: RunParams
    inspected: Mapping[str, Inspected]
    kept: Mapping[str, KeptTable]
    mails: MailTable | None
    links: tuple[Linked, ...] = ()
    """How the tables refer to each other."""
    asked: tuple[str, ...] = ()
    """Tables of the CRM that were asked for and are mapped, whether they are there or not."""

    @property
    def found(self) -> list[Check]:
        """What reading found: tables that are not there, and what is wrong in tables kept by hand and in mail files."""
        checks = [c for table in self.kept.values() for c in table.checks]
        checks += self.mails.checks if self.mails is not None else ()
        checks += [Check("folder", "", "WARN", text) for text in self.source.folder.remarks.values()]
        told = self.source.missing.items()
        return checks + [Check("present", name, "WARN", f"{text}; its blocks are left out") for name, text in told]

    @cached_property
    def reach(self) -> Reach | None:
        """How far activities tell what was done for leads."""
        return reach(self.inspected)

    @cached_property
    def money(self) -> Money:
        """In which currencies amounts are, and the one that the report is in."""
        return look(self.params, self.inspected, self.kept["rates"].rows if "rates" in self.kept else ())

    @property
    def in_one_currency(self) -> Mapping[str, KeptTable]:
        """The tables kept by hand, their goals in the report's currency; without those that no rate converts."""
        goals = self.kept.get("targets")
        if goals is None or "currency" not in goals.columns:
            return self.kept
        own = tuple(row for row in map(self.money.goal, goals.rows) if row is not None)
        return {**self.kept, "targets": replace(goals, rows=own)}

    @cached_property
    def newest(self) -> datetime:
        """The newest instant in the data, visible or not (UTC); DataError where there is none."""
        return _newest(self.inspected)

    @cached_property
    def latest(self) -> datetime:
        """The newest instant by which anything had happened (UTC): how old the export is."""
        return _latest(self.inspected)

    @cached_property
    def whole(self) -> tuple[datetime, datetime]:
        """From when until when (UTC) leads and deals are both in the data, as far as both are mapped."""
        asked = (self.inspected.get(name) for name in ("leads", "opportunities"))
        dated = [(s.oldest, s.newest) for s in asked if s and s.oldest and s.newest]
        if not dated:
            return self.newest, self.newest
        begin, end = max(first for first, _ in dated), min(last for _, last in dated)
        return begin.replace(tzinfo=UTC), min(end.replace(tzinfo=UTC), self.params.now)

    def settled(self, *, of_data: bool = False) -> Run:
        """The run with its period and its as-of; ParamsError where as-of lies before all data.

        Parameters
        ----------
        of_data
            Where no period was asked for: the last complete one that the data has, not that before today.
        """
        return _settle(self.params.in_currency(self.money.currency), self.inspected, self.whole[1] if of_data else None)


def read(source: Source, params: RunParams, names: Sequence[str]) -> Opened:
    """Convert the tables named and look at each once."""
    inspected = {name: inspect(source, name) for name in names if name in source.names and not CONTRACT[name].kept}
    inspected, links = linked(source, inspected)
    mails = read_mails(source, params, inspected.get("reps")) if "mail_events" in names else None
    asked = tuple(n for n in names if n in params.mapping.tables and not CONTRACT[n].kept)
    return Opened(source, params, inspected, _kept(source, params, names), mails, links, asked)


def _kept(source: Source, params: RunParams, names: Sequence[str]) -> dict[str, KeptTable]:
    wanted = dict.fromkeys((*(name for name in names if CONTRACT[name].kept), "rates"))
    found = {name: read_kept(source, params, name) for name in wanted}
    return {name: table for name, table in found.items() if table is not None}


def _settle(params: RunParams, inspected: Mapping[str, Inspected], ends: datetime | None) -> Run:
    """The run with its period: as asked, else the last complete one, else (looking ahead) the one under way."""
    newest = _newest(inspected)
    if ends is not None:
        day = local_day(ends, params.timezone)
        whole = params.settled(day + QUIET)
        first = min(s.oldest for s in inspected.values() if s.oldest).replace(tzinfo=UTC)
        begun = midnight(whole.shifted(1).first, params.timezone) <= first  # nothing is of a whole period
        run = params.at(params.kind.period.of(day) if begun and params.asked is None else whole, ends)
    else:
        run = params.at(params.settled(_today(params, newest)), _present(params, newest))
    oldest = min((s.oldest for s in inspected.values() if s.oldest), default=None)
    if oldest is not None and run.as_of <= oldest.replace(tzinfo=UTC):
        raise ParamsError(
            f"as-of {iso(run.as_of)} is before all data (the first row is of {iso(oldest.replace(tzinfo=UTC))});"
            f" choose a later {run.noun} or as-of"
        )
    return run


def _today(params: RunParams, newest: datetime) -> date:
    """The day of now; for the demo, whose last day may lack its evening, weeks and months end with that day."""
    if _is_over(params, newest) and not params.kind.ahead and params.kind.noun != "day":
        return local_day(newest, params.timezone) + timedelta(days=1)
    return local_day(_present(params, newest), params.timezone)


def _present(params: RunParams, newest: datetime) -> datetime:
    """Now; for the demo, when its data ends, or the morning after where it ends in the afternoon."""
    if not _is_over(params, newest):
        return params.now
    ends = newest + timedelta(seconds=1)
    morning = midnight(local_day(newest + timedelta(hours=12), params.timezone), params.timezone) + timedelta(hours=8)
    return max(morning, ends)


def _is_over(params: RunParams, newest: datetime) -> bool:
    """Whether this is the demo, whose data ends before now."""
    return params.mapping.name == "demo" and newest < params.now


def _latest(inspected: Mapping[str, Inspected]) -> datetime:
    seen = [s.latest for s in inspected.values() if s.latest]
    return max(seen).replace(tzinfo=UTC) if seen else _newest(inspected)


def _newest(inspected: Mapping[str, Inspected]) -> datetime:
    seen = [s.newest for s in inspected.values() if s.newest]
    if not seen:
        raise DataError("no table holds a date that could be read; check the timestamp formats in the mapping")
    return max(seen).replace(tzinfo=UTC)
