"""A ledger in its first form, which knew no sources, as revision 803d957 wrote it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

_TABLES = """
CREATE TABLE IF NOT EXISTS deliveries (
  report TEXT NOT NULL, period TEXT NOT NULL, slice TEXT NOT NULL, recipient TEXT NOT NULL,
  state TEXT NOT NULL, tries INTEGER NOT NULL, again INTEGER NOT NULL,
  message_id TEXT NOT NULL, subject TEXT NOT NULL, at TEXT NOT NULL, answer TEXT NOT NULL,
  PRIMARY KEY (report, period, slice, recipient)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS steps (
  step INTEGER PRIMARY KEY, at TEXT NOT NULL, report TEXT NOT NULL, period TEXT NOT NULL, slice TEXT NOT NULL,
  recipient TEXT NOT NULL, state TEXT NOT NULL, message_id TEXT NOT NULL, answer TEXT NOT NULL);
"""
AT = "2020-03-16T08:00:00Z"


def lay(out: Path, mailings: Mapping[tuple[str, str, str], Mapping[str, str]]) -> Path:
    """Write the ledger of a folder of reports: by report, period and slice the state of each address."""
    file = out / ".mail" / "ledger.sqlite"
    file.parent.mkdir(parents=True)
    with closing(sqlite3.connect(file, isolation_level=None)) as base:
        base.execute("PRAGMA journal_mode = WAL")
        base.executescript(_TABLES)
        for key, states in mailings.items():
            for address, state in states.items():
                row = (*key, address, state, int(state != "prepared"), 0, f"<first.{address}>", "W11", AT, "")
                base.execute("INSERT INTO deliveries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
                step = (AT, *key, address, state, f"<first.{address}>", "")
                base.execute("INSERT INTO steps VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)", step)
    return file
