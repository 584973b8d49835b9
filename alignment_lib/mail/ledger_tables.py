"""The ledger's tables, and how a ledger that knows no sources yet is brought into their form."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from alignment_lib.mail import mark
from alignment_lib.memory.runs import run_folder
from alignment_lib.report import folder as folders

FORM = 2
"""Stands in the file as its user_version; the first form, which had no source, left 0 there."""
_TABLES = (
    """CREATE TABLE deliveries (
  source TEXT NOT NULL, report TEXT NOT NULL, period TEXT NOT NULL, slice TEXT NOT NULL, recipient TEXT NOT NULL,
  state TEXT NOT NULL, tries INTEGER NOT NULL, again INTEGER NOT NULL,
  message_id TEXT NOT NULL, subject TEXT NOT NULL, at TEXT NOT NULL, answer TEXT NOT NULL,
  PRIMARY KEY (source, report, period, slice, recipient)) WITHOUT ROWID""",
    """CREATE TABLE steps (
  step INTEGER PRIMARY KEY, at TEXT NOT NULL, source TEXT NOT NULL, report TEXT NOT NULL, period TEXT NOT NULL,
  slice TEXT NOT NULL, recipient TEXT NOT NULL, state TEXT NOT NULL, message_id TEXT NOT NULL, answer TEXT NOT NULL)""",
    """CREATE TABLE taken (
  source TEXT NOT NULL, report TEXT NOT NULL, period TEXT NOT NULL, slice TEXT NOT NULL, at TEXT NOT NULL,
  PRIMARY KEY (source, report, period, slice)) WITHOUT ROWID""",
)
_KEY = "report, period, slice"
_REST = "recipient, state, tries, again, message_id, subject, at, answer"


def settle(base: sqlite3.Connection, out: Path, asked: str, now: str) -> None:
    """Make the tables where there are none, or of those of before; whoever calls commits, all or nothing.

    Parameters
    ----------
    out
        The folder of reports: the manifests of its runs tell which source a mailing was of.
    asked
        The source whose mails are sent now; a mailing is taken as of it where nothing else tells.
    """
    [form] = base.execute("PRAGMA user_version").fetchone()
    if form == FORM:
        return
    if form > FORM:
        raise sqlite3.DatabaseError(f"it was written by a newer version of this tool, in form {form}")
    before = base.execute("SELECT name FROM sqlite_master WHERE name = 'deliveries'").fetchone()
    if before:
        for table in ("deliveries", "steps"):
            base.execute(f"ALTER TABLE {table} RENAME TO old_{table}")
    for table in _TABLES:
        base.execute(table)
    if before:
        _carry_over(base, out, asked, now)
    base.execute(f"PRAGMA user_version = {FORM}")


def _carry_over(base: sqlite3.Connection, out: Path, asked: str, now: str) -> None:
    """Every message keeps its state, under its source; runs whose sending had begun are marked."""
    here = sorted(folders.sources(out)) or [asked]
    for mailing in base.execute(f"SELECT DISTINCT {_KEY} FROM old_deliveries").fetchall():
        run = run_folder(out, *mailing)
        named = folders.source_of(run)
        _copy(base, mailing, [named] if named else here)
        if named and _had_begun(base, mailing):
            mark.begin(run, out, now)
    known = f"SELECT min(source) AS source, {_KEY} FROM deliveries GROUP BY {_KEY}"
    base.execute(
        f"INSERT INTO steps SELECT step, at, coalesce(source, ''), {_KEY}, recipient, state, message_id, answer"
        f" FROM old_steps LEFT JOIN ({known}) USING ({_KEY})"
    )
    for table in ("deliveries", "steps"):
        base.execute(f"DROP TABLE old_{table}")


def _copy(base: sqlite3.Connection, mailing: Sequence[str], sources: Sequence[str]) -> None:
    """A mailing whose run is gone counts for each source that is there: nobody is written to twice."""
    for source in sources:
        base.execute(
            f"INSERT INTO deliveries SELECT ?, {_KEY}, {_REST} FROM old_deliveries WHERE ({_KEY}) = (?, ?, ?)",
            (source, *mailing),
        )


def _had_begun(base: sqlite3.Connection, mailing: Sequence[str]) -> bool:
    tried = f"SELECT 1 FROM old_deliveries WHERE ({_KEY}) = (?, ?, ?) AND (tries > 0 OR state <> 'prepared') LIMIT 1"
    return base.execute(tried, tuple(mailing)).fetchone() is not None
