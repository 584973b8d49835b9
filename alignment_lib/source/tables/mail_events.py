"""The events of mail services, folded into the rows of mail_events: who got which mail, opened it, clicked in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol

from alignment_lib.contract import CONTRACT
from alignment_lib.errors import AlignmentError, quoted
from alignment_lib.params import RunParams
from alignment_lib.params.run import Run
from alignment_lib.source import Source
from alignment_lib.source.mail_files import MailFile, look
from alignment_lib.source.mail_services import NO_SERVICE, OTHER
from alignment_lib.source.mail_shapes import MailEvent, Told
from alignment_lib.source.tables.account import Account, SetAside
from alignment_lib.source.tables.checks import Check
from alignment_lib.source.tables.inspect import Inspected

TABLE = "mail_events"
NAMELESS = "a mail without a name"
STRANGER = "the recipient is not in the reps table"
SHARED = "several reps have the recipient's address"
AGAIN = "the service told this event before"
AUTOMATED = "the service says that no person did it"
NOT_ARRIVED = "the mail did not arrive"
NOT_SENT = "nothing tells that the mail was sent or delivered; have the service tell that, too"
EXPECTED = (STRANGER, AGAIN, AUTOMATED, NOT_ARRIVED, OTHER)
"""Reasons that are no fault of the file."""
UNREAD = "{} cannot be read as a time; write it as 2026-09-14 10:00"
REMEDY = (
    "lay there what SendGrid, Mailgun, Amazon SES or HubSpot sent to your webhook, as JSON lines or an array, or the"
    " CSV that Mailgun or HubSpot exports"
)


@dataclass(frozen=True, eq=False)
class MailTable:
    """What mail services told: rows by mail and recipient, nothing taken out as of an instant yet."""

    columns: frozenset[str]
    rows: tuple[Mapping[str, Any], ...]
    """`mailing`, `rep_id`, and instants in UTC or None."""
    accounts: tuple[Account, ...]
    aside: tuple[SetAside, ...]
    checks: tuple[Check, ...]


@dataclass(eq=False)
class _Line:
    """A line of a file, and what becomes of it: a reason, or blank once one of its events is used."""

    told: Told
    reason: str
    value: str = ""


@dataclass(eq=False)
class _Mail:
    """One mail of one recipient, as far as its events tell."""

    rep_id: str
    names: dict[str, str] = field(default_factory=dict)
    at: dict[str, int] = field(default_factory=dict)
    """The first time of each thing that happened, in epoch seconds."""
    sent_s: int | None = None
    lines: list[_Line] = field(default_factory=list)

    def add(self, event: MailEvent, line: _Line) -> None:
        for name in ("mailing", "label", "subject", "campaign"):
            if text := getattr(event, name):
                self.names[name] = min(text, self.names.get(name, text))
        self.at[event.what] = min(event.at_s, self.at.get(event.what, event.at_s))
        if event.sent_s is not None:
            self.sent_s = min(event.sent_s, self.sent_s or event.sent_s)
        self.lines.append(line)

    @property
    def name(self) -> str:
        told = (self.names.get(n) for n in ("mailing", "label", "subject", "campaign"))
        return next((name for name in told if name), NAMELESS)

    @property
    def lost(self) -> str:
        """Why it is not counted; blank where it is."""
        if "failed" in self.at and not {"delivered", "opened", "clicked"} & set(self.at):
            return NOT_ARRIVED
        return "" if {"sent", "delivered"} & set(self.at) else NOT_SENT

    def row(self) -> dict[str, Any]:
        sent = [s for s in (self.sent_s, self.at.get("sent"), self.at.get("delivered")) if s is not None]
        times = {"sent_at": min(sent), "opened_at": self.at.get("opened"), "clicked_at": self.at.get("clicked")}
        told = {c: None if s is None else datetime.fromtimestamp(s, UTC) for c, s in times.items()}
        return {"mailing": self.name, "rep_id": self.rep_id, **told}


def read_mails(source: Source, params: RunParams, reps: Inspected | None) -> MailTable | None:
    """What the files of mail services tell of our people; None where there are no files.

    Parameters
    ----------
    reps
        The reps table, whose addresses tell who got a mail; None where it is not connected.
    """
    files = look(params.kept_folder, params.timezone)
    if not files:
        return None
    people, mails, seen = _addresses(reps), dict[tuple[str, ...], _Mail](), set[tuple[str, ...]]()
    read: list[tuple[MailFile, list[_Line], str]] = []
    for file in files:
        lines, problem = list[_Line](), file.unread and f"{file.name} {file.unread}"
        try:
            for told in () if problem else file.lines():
                lines.append(_take(told, people, mails, seen))
            if not problem:
                source.note(file.path, file.name)
        except AlignmentError as found:
            problem = str(found)
        read.append((file, lines, problem))
    rows = _rows(mails)
    checks = [c for file, lines, problem in read for c in _checks(file, lines, problem)]
    checks += _people_checks([line for _, lines, _ in read for line in lines], people, params)
    known = any(line.told.service for _, lines, _ in read for line in lines)
    return MailTable(
        frozenset(CONTRACT[TABLE].columns if known else ()),
        rows,
        tuple(_account(file, lines) for file, lines, problem in read if not problem),
        tuple(row for file, lines, _ in read for row in _aside(file, lines)),
        tuple(checks),
    )


def _addresses(reps: Inspected | None) -> dict[str, str]:
    """Rep by address; blank where several have the same."""
    if reps is None or "email" not in reps.mapped.columns:
        return {}
    found: dict[str, str] = {}
    for rep_id, email in reps.used.select("rep_id", "email").to_pandas().itertuples(index=False):
        if isinstance(email, str) and "@" in email:
            who = email.strip().casefold()
            found[who] = str(rep_id) if found.get(who, str(rep_id)) == str(rep_id) else ""
    return found


def _take(told: Told, people: Mapping[str, str], mails: dict[tuple[str, ...], _Mail], seen: set[Any]) -> _Line:
    """Sort a line's events to the mails that they are of."""
    line = _Line(told, told.reason, told.value)
    if not told.events and not told.reason:
        line.reason = OTHER
    for event in told.events:
        rep_id = people.get(event.address)
        if not rep_id:
            line.reason, line.value = SHARED if rep_id == "" else STRANGER, event.address.rpartition("@")[2]
        elif event.key in seen:
            line.reason, line.value = AGAIN, rep_id
        elif event.automated and event.what in ("opened", "clicked"):
            line.reason, line.value = AUTOMATED, rep_id
        else:
            key = (told.service, event.message or event.label or event.subject, rep_id)
            mails.setdefault(key, _Mail(rep_id)).add(event, line)
        if rep_id:
            seen.add(event.key)
    return line


def _rows(mails: Mapping[tuple[str, ...], _Mail]) -> tuple[Mapping[str, Any], ...]:
    """One row a mail and recipient; a mail of ours that was sent again is the same mail."""
    kept: dict[tuple[str, ...], _Mail] = {}
    for key, mail in sorted(mails.items(), key=lambda found: not found[1].lost):  # a line is used where one mail is
        lost = mail.lost
        for line in mail.lines:
            line.reason, line.value = lost, mail.rep_id if lost else ""
        if lost:
            continue
        ours = (mail.name, mail.rep_id) if "mailing" in mail.names else key
        same = kept.setdefault(ours, _Mail(mail.rep_id, mail.names))
        same.at = {w: min(x.at[w] for x in (same, mail) if w in x.at) for w in {*same.at, *mail.at}}
        same.sent_s = min((s for s in (same.sent_s, mail.sent_s) if s is not None), default=None)
    rows = [mail.row() for mail in kept.values()]
    return tuple(sorted(rows, key=lambda r: (r["sent_at"], r["mailing"], r["rep_id"])))


def _account(file: MailFile, lines: Sequence[_Line]) -> Account:
    unread = Counter(column for line in lines for column, _ in line.told.unread if not line.reason)
    return Account(TABLE, file.name, len(lines), dict(Counter(x.reason for x in lines if x.reason)), dict(unread))


def _aside(file: MailFile, lines: Sequence[_Line]) -> Iterator[SetAside]:
    for line in lines:
        if line.reason:
            yield SetAside(TABLE, file.name, line.told.line, "row", "", line.value, line.reason)
        else:
            for column, text in line.told.unread:
                yield SetAside(TABLE, file.name, line.told.line, "value", column, text[:200], UNREAD.format(column))


def _checks(file: MailFile, lines: Sequence[_Line], problem: str) -> Iterator[Check]:
    """What a reader should know of one file; the worst is a warning."""
    if problem:
        yield Check("readable", TABLE, "WARN", problem)
        return
    account = _account(file, lines)
    if lines and all(line.reason == NO_SERVICE for line in lines):
        text = f"{file.name}: its {account.read} rows have the fields of no mail service known here; {REMEDY}"
        yield Check("shape", TABLE, "WARN", text, account.read, account.read)
        return
    services = ", ".join(sorted({line.told.service for line in lines if line.told.service}))
    said = ", ".join(f"{n} × {reason}" for reason, n in account.reasons.items())
    counts = f"{account.read} read = {account.used} used + {account.set_aside} set aside" + (
        f" ({said})" if said else ""
    )
    faults = [r for r in account.reasons if r not in EXPECTED]
    text = f"{file.name}{f' ({services})' if services else ''}: {counts if lines else 'no events yet'}"
    yield Check("rows", TABLE, "WARN" if faults else "PASS", text, account.set_aside, account.read)
    for row in _first_of_each(_aside(file, lines)):
        place = f"{file.name} line {row.line}" + (f" ({quoted(row.value)})" if row.value else "")
        yield Check("readable", TABLE, "WARN", f"{place}: {row.reason}; it is set aside", 1, account.read)


def _first_of_each(rows: Iterator[SetAside]) -> list[SetAside]:
    """The first of each reason that is a fault."""
    found: dict[str, SetAside] = {}
    for row in rows:
        if row.reason not in EXPECTED:
            found.setdefault(row.reason, row)
    return list(found.values())


def _people_checks(lines: Sequence[_Line], people: Mapping[str, str], params: RunParams) -> Iterator[Check]:
    """Whether people of the company's own domains are missing from the reps table."""
    strangers = Counter(line.value for line in lines if line.reason == STRANGER)
    n = strangers.total()
    if n and not people:
        text = "no address of a rep is known, so nobody can be told by it; map reps.email in"
        yield Check("recipients", TABLE, "WARN", f"{text} {params.mapping_file}", n, len(lines))
        return
    own = {who.rpartition("@")[2] for who in people}
    for domain in sorted(own & set(strangers)):
        what = "1 event is" if strangers[domain] == 1 else f"{strangers[domain]} events are"
        text = f"{what} of people at {domain} who are not in the reps table; add them, or correct their address there"
        yield Check("recipients", TABLE, "WARN", text, strangers[domain], len(lines))


class Mailed(Protocol):
    """What is asked of the tables of a run, which know this file and so are not known here."""

    @property
    def run(self) -> Run: ...
    @property
    def mails(self) -> MailTable | None: ...


@lru_cache(maxsize=8)
def rows(tables: Mailed) -> tuple[Mapping[str, Any], ...]:
    """The services' rows as of the run: what happened at or after it has not happened yet."""
    if tables.mails is None:
        return ()
    now = tables.run.as_of
    told = (r for r in tables.mails.rows if r["sent_at"] < now)
    later = ("opened_at", "clicked_at")
    return tuple({**r, **{c: r[c] if r[c] is not None and r[c] < now else None for c in later}} for r in told)
