"""What became of each message: SQLite, committed before each step, so that a death at any instant leaves it told.

A message that was `attempting` when its sender died was not handed over, and is tried again. One that was
`handing_over` may have arrived: it becomes `uncertain`, and only a person decides that it is sent again.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from alignment_lib.errors import MailError
from alignment_lib.mail.ledger_tables import settle
from alignment_lib.params.period import iso
from alignment_lib.report import folder as folders

State = Literal["prepared", "attempting", "handing_over", "sent", "deferred", "refused", "uncertain"]
PENDING: tuple[State, ...] = ("prepared", "attempting", "deferred")
"""What a run sends without being asked again."""
FOLDER = folders.LEDGER.parent.name
WAIT_S = 30
"""How long another program may hold the file."""
DIED = "the sender ended before the server had answered"
_KEY = "source = ? AND report = ? AND period = ? AND slice = ?"
_NAMES = "source, report, period, slice"


class LedgerError(MailError):
    """What becomes of the messages cannot be recorded, so none is sent."""


@dataclass(frozen=True)
class Mailing:
    """What a message is of; with its recipient it is sent once."""

    source: str
    """Whose report it is: the name of the source."""
    report: str
    period: str
    slice: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.source, self.report, self.period, self.slice

    @property
    def shown(self) -> str:
        return " ".join(filter(None, self.key[1:]))


@dataclass(frozen=True)
class Delivery:
    """Where one message stands."""

    recipient: str
    """Lower-cased address."""
    state: State
    tries: int
    again: int
    """How often somebody asked for it to be sent again."""
    message_id: str
    subject: str
    at: str
    """Of the last step."""
    answer: str
    """What the server said last, without secrets."""


@dataclass(frozen=True)
class Account:
    """What is on record of a mailing."""

    rows: Mapping[str, Delivery] = field(default_factory=dict)
    """Every message, by lower-cased address."""
    taken_at: str = ""
    """When somebody had it taken as sent, for its messages are not on record; empty where nobody did."""

    @property
    def is_known(self) -> bool:
        return bool(self.rows or self.taken_at)


@dataclass(frozen=True)
class Entry:
    """A message that is about to be sent."""

    recipient: str
    message_id: str
    subject: str


class Ledger:
    """The deliveries of a folder of reports; whoever writes holds the lock (`only_one`)."""

    def __init__(self, out: Path, clock: Callable[[], datetime], source: str = "") -> None:
        self.path = out / folders.LEDGER
        self._clock = clock
        with self._told():
            self._base = sqlite3.connect(self.path, isolation_level=None, timeout=WAIT_S)
            self._base.execute("PRAGMA journal_mode = WAL")
            self._base.execute("PRAGMA synchronous = FULL")  # a commit is on the disk when it returns
        with self._committed():
            settle(self._base, out, source, self._now())

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    def account(self, mailing: Mailing) -> Account:
        """What is known of a mailing."""
        with self._told():
            taken = self._base.execute(f"SELECT at FROM taken WHERE {_KEY}", mailing.key).fetchone()
        return Account(self.rows(mailing), taken[0] if taken else "")

    def take(self, mailings: Iterable[tuple[str, str, str, str]]) -> list[Mailing]:
        """Take mailings as sent of which nothing is known; which they were."""
        found = [mailing for key in set(mailings) if not self.account(mailing := Mailing(*key)).is_known]
        with self._committed():
            rows = [(*mailing.key, self._now()) for mailing in found]
            self._base.executemany("INSERT INTO taken VALUES (?, ?, ?, ?, ?)", rows)
        return sorted(found, key=lambda mailing: mailing.key)

    def rows(self, mailing: Mailing) -> dict[str, Delivery]:
        """Every message of a mailing, by lower-cased address."""
        with self._told():
            found = self._base.execute(
                "SELECT recipient, state, tries, again, message_id, subject, at, answer FROM deliveries"
                f" WHERE {_KEY} ORDER BY recipient",
                mailing.key,
            )
            return {row[0]: Delivery(*row) for row in found}

    def recover(self) -> None:
        """Settle what a sender that died left open; only with the lock held, when nobody else can be sending."""
        with self._committed():
            for before, after, answer in (("attempting", "prepared", ""), ("handing_over", "uncertain", DIED)):
                keys = self._keys("state = ?", (before,))
                self._move(keys, after, answer)

    def prepare(self, mailing: Mailing, entries: Sequence[Entry], again: int = 0) -> None:
        """Enter messages that are new, and renew what is pending of those that are there; others stay as they are.

        `again` is that of the new ones. What is taken as sent is so no longer: the messages are on record now.
        """
        with self._committed():
            if entries:
                self._base.execute(f"DELETE FROM taken WHERE {_KEY}", mailing.key)
            for entry in entries:
                key = (*mailing.key, entry.recipient.lower())
                self._base.execute(
                    "INSERT INTO deliveries VALUES (?, ?, ?, ?, ?, 'prepared', 0, ?, ?, ?, ?, '') ON CONFLICT DO UPDATE"
                    " SET message_id = excluded.message_id, subject = excluded.subject"
                    " WHERE state IN ('prepared', 'deferred')",
                    (*key, again, entry.message_id, entry.subject, self._now()),
                )

    def again(self, mailing: Mailing, states: Iterable[str], recipients: Iterable[str]) -> int:
        """Make what ended in one of these states pending once more; how many there were."""
        asked = {r.lower() for r in recipients}
        with self._committed():
            keys = [key for state in states for key in self._keys(f"{_KEY} AND state = ?", (*mailing.key, state))]
            keys = [key for key in keys if key[-1] in asked]
            self._base.executemany(f"UPDATE deliveries SET again = again + 1 WHERE {_KEY} AND recipient = ?", keys)
            self._move(keys, "prepared", "")
        return len(keys)

    def step(self, mailing: Mailing, recipient: str, state: State, answer: str = "") -> None:
        """Commit where a message stands now."""
        with self._committed():
            key = (*mailing.key, recipient.lower())
            if state == "attempting":
                self._base.execute(f"UPDATE deliveries SET tries = tries + 1 WHERE {_KEY} AND recipient = ?", key)
            self._move([key], state, answer)

    def _keys(self, where: str, given: tuple[str, ...]) -> list[tuple[str, ...]]:
        return self._base.execute(f"SELECT {_NAMES}, recipient FROM deliveries WHERE {where}", given).fetchall()

    def _move(self, keys: Iterable[tuple[str, ...]], state: str, answer: str) -> None:
        at = self._now()
        for key in keys:
            self._base.execute(
                f"UPDATE deliveries SET state = ?, at = ?, answer = ? WHERE {_KEY} AND recipient = ?",
                (state, at, answer, *key),
            )
            self._base.execute(
                f"INSERT INTO steps (at, {_NAMES}, recipient, state, message_id, answer)"
                f" SELECT at, {_NAMES}, recipient, state, message_id, answer FROM deliveries"
                f" WHERE {_KEY} AND recipient = ?",
                key,
            )

    def _now(self) -> str:
        return iso(self._clock())

    @contextlib.contextmanager
    def _committed(self) -> Iterator[None]:
        with self._told():
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._base.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._base.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as problem:
            raise LedgerError(
                f"{self.path}: the ledger of deliveries cannot be used ({problem}); nothing is sent that it cannot"
                f" record: {_remedy(problem)}"
            ) from None


def _remedy(problem: sqlite3.Error) -> str:
    if getattr(problem, "sqlite_errorname", "") in ("SQLITE_NOTADB", "SQLITE_CORRUPT"):
        return "bring it back from a backup, or move it away; what was mailed carries a mark, and is not sent again"
    return "see that the disk has room and the file may be written"


@contextlib.contextmanager
def opened(out: Path, clock: Callable[[], datetime], source: str) -> Iterator[Ledger]:
    """A folder's ledger for as long as it is used."""
    ledger = Ledger(out, clock, source)
    try:
        yield ledger
    finally:
        ledger.close()
