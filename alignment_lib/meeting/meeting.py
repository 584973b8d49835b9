"""Record a decision or an issue, close one, or list what is open; everything lands in the kept folder's CSV."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from alignment_lib.contract import CONTRACT
from alignment_lib.errors import ParamsError, quoted
from alignment_lib.meeting import ledger
from alignment_lib.meeting.known import BEGAN, ENDED, KEYS, TEXT, Known, Row, look_up, open_tables
from alignment_lib.meeting.said import Said, checked, day_said, metric_said
from alignment_lib.params import RunParams, Week
from alignment_lib.params.files import nearest
from alignment_lib.source import Source

__all__ = ["Said", "decide"]

LETTERS = {"decisions": "D", "issues": "I"}


@dataclass(frozen=True)
class _Desk:
    """Where one record is made."""

    params: RunParams
    source: Source
    source_told: str
    reports: Path
    say: Callable[[str], None]

    def known(self) -> Known:
        return look_up(self.source, self.params, self.reports, self.source_told)

    def path(self, table: str) -> Path:
        """The file that holds a table, or is to hold it."""
        return self.source.folder.files.get(table) or Path(self.params.kept_folder) / f"{table}.csv"


def decide(
    said: Said, params: RunParams, *, reports: Path, today: date, say: Callable[[str], None] = lambda text: None
) -> str:
    """Do what was said.

    Parameters
    ----------
    params
        Their `kept_folder` is written; the source is only read.
    reports
        Folder of the published reports, whose newest scorecard may have opened issues.
    today
        The day on the company's wall, where none is given.
    say
        Tells what is not an error.

    Returns
    -------
    str
        What was recorded, where, and which report brings it back; or what is open.

    Raises
    ------
    ParamsError
        One sentence: what is wrong, and what to do. Nothing was written then.
    """
    said = checked(said)
    on = day_said(said.on, "on") if said.on else today
    row = _row(said, on) if said.kind in ("decision", "issue") else {}
    desk = _Desk(params, *open_tables(params), reports, say)
    if said.kind == "list":
        return _listed(desk, today)
    if desk.source_told:
        raise ParamsError(
            f"source '{params.mapping.name}' has decisions or issues of its own: give its data as for a report, so that"
            f" no id is used twice ({desk.source_told})"
        )
    with ledger.locked(Path(params.kept_folder), params.file("company.yaml")):
        return _closed(desk, said.close, on) if said.kind == "close" else _added(desk, said, row, on)


def _row(said: Said, on: date) -> dict[str, str]:
    """The new row without its id."""
    due = day_said(said.due, "due")
    if due < on:
        raise ParamsError(f"--due {due} is before {on}, the day of it; give a later day, or --on with an earlier one")
    if said.kind == "decision":
        return {"meeting": said.meeting, "decided_on": str(on), "decision": said.what, "owner": said.owner,
                "due_on": str(due), "measure": said.measure}  # fmt: skip
    return {"opened_on": str(on), "raised_by": said.raised_by, "team": said.team, "what": said.issue,
            "metric": metric_said(said.metric), "action": said.action, "owner": said.owner,
            "due_on": str(due)}  # fmt: skip


def _added(desk: _Desk, said: Said, row: Mapping[str, str], on: date) -> str:
    table, known = f"{said.kind}s", desk.known()
    if said.id in known.taken:
        raise ParamsError(f"--id {said.id} is taken; leave it out, and the next free one is used")
    id = said.id or _next(LETTERS[table], known)
    return _write(
        desk,
        table,
        id,
        {KEYS[table]: id, **row},
        f"{id} recorded: {row[TEXT[table]]} ({row['owner']}, due {row['due_on']})",
        on,
    )


def _next(letter: str, known: Known) -> str:
    """One more than the highest number that is taken, so that no id ever means two things."""
    numbers = [int(found[1]) for id in known.taken if (found := re.fullmatch(rf"{letter}-(\d{{1,9}})", id))]
    return f"{letter}-{max(numbers, default=0) + 1}"


def _closed(desk: _Desk, id: str, on: date) -> str:
    known = desk.known()
    table = known.table_of(id)
    if table is None:
        raise ParamsError(_unknown(desk, known, id))
    row, ended, began = known.row(table, id), ENDED[table], BEGAN[table]
    if row.get(ended) is not None:
        raise ParamsError(f"{id} was {_word(table)} on {row[ended]} already; nothing was changed")
    if on < row[began]:
        raise ParamsError(f"--on {on} is before {row[began]}, the day {id} began; give a later day")
    cells = {column: _cell(row.get(column)) for column in CONTRACT[table].columns}
    told = f"{id} {_word(table)} on {on}: {' '.join(str(row[TEXT[table]]).split())}"
    return _write(desk, table, id, {**cells, ended: str(on)}, told, on, only={ended: str(on)})


def _unknown(desk: _Desk, known: Known, id: str) -> str:
    if id in known.taken:
        return f"{id} is in a row that is set aside and cannot be closed; correct the row in its file first"
    ids = [r[KEYS[t]] for t in KEYS for r in known.still_open(t)]
    return f"nothing on record has the id {quoted(id)} ({nearest(id, ids) if ids else 'nothing is open'})"


def _word(table: str) -> str:
    return "done" if table == "decisions" else "closed"


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def _write(
    desk: _Desk, table: str, id: str, row: Mapping[str, str], told: str, on: date, only: Mapping[str, str] | None = None
) -> str:
    """Add the row, or change `only` some cells of it where the file has it, and make sure that it will be read back."""
    path = desk.path(table)
    shown = os.path.relpath(path) if Path.cwd() in path.parents else str(path)
    before = ledger.open_ledger(path, table, shown)
    after = before.changed(id, only) if only is not None and before.find(id) else before.added(row)
    found = after.find(id)
    if found is None or len(after.sheet.records) < len(before.sheet.records):
        raise ParamsError(f"{shown}: a row added there would not be read back; save the file anew as CSV, then again")
    ledger.write(path, after.data)
    if (path.parent / f".~lock.{path.name}#").exists():
        desk.say(f"{shown} is open in a spreadsheet: load it anew there before it is saved, or this is overwritten")
    verb = "shows it" if only is not None else "brings it back"
    return f"{told}\nWritten to {shown}, line {found.line}. The report of {Week.of(on).label} {verb}."


def _listed(desk: _Desk, today: date) -> str:
    known, lines = desk.known(), list[str]()
    if desk.source_told:
        desk.say(f"only the kept folder is listed: {desk.source_told}")
    for table in KEYS:
        rows = known.still_open(table)
        lines.append(f"Open {table}: {len(rows) or 'none'}")
        lines += [_line(table, row, today) for row in rows]
    return "\n".join(lines)


def _line(table: str, row: Row, today: date) -> str:
    due = row.get("due_on")
    when = "no day   " if due is None else f"due {due}" + (", overdue" if due < today else "")
    text = " ".join(str(row[TEXT[table]]).split())
    return f"  {row[KEYS[table]]}  {when}  {row.get('owner') or 'nobody'}: {text}"
