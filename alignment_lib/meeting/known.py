"""What is on record: decisions and issues of the source and of the kept folder, and issues that a scorecard opened."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from alignment_lib.errors import AlignmentError, ParamsError
from alignment_lib.params import RunParams
from alignment_lib.source import Source, kept_only, open_source
from alignment_lib.source.tables.kept_tables import KeptTable, read_kept
from alignment_lib.source.tables.kept_values import Bad, day, written

TABLES = ("decisions", "issues")
KEYS = {"decisions": "decision_id", "issues": "issue_id"}
ENDED = {"decisions": "done_on", "issues": "closed_on"}
BEGAN = {"decisions": "decided_on", "issues": "opened_on"}
TEXT = {"decisions": "decision", "issues": "what"}
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Known:
    """What is on record, by table and id."""

    rows: Mapping[str, Mapping[str, Row]]
    scorecard: Mapping[str, Row]
    """Issues of the newest report's scorecard that no table holds yet."""
    taken: frozenset[str]
    """Every id that is written anywhere, of rows set aside, too."""
    source_told: str = ""
    """Why the source could not be asked; empty where it was, or has no such table."""

    def table_of(self, id: str) -> str | None:
        """The table that an id belongs to."""
        found = [t for t in TABLES if id in self.rows[t]] or (["issues"] if id in self.scorecard else [])
        if len(found) > 1:
            raise ParamsError(f"{id} is both a decision and an issue; give one of them another id in its file")
        return found[0] if found else None

    def row(self, table: str, id: str) -> Row:
        return self.rows[table].get(id) or self.scorecard[id]

    def still_open(self, table: str) -> list[Row]:
        """Rows not done or closed, those due first at the top."""
        more = self.scorecard.values() if table == "issues" else ()
        rows = [r for r in (*self.rows[table].values(), *more) if r.get(ENDED[table]) is None]
        return sorted(rows, key=lambda r: (r.get("due_on") or date.max, r[KEYS[table]]))


def open_tables(params: RunParams) -> tuple[Source, str]:
    """The source where it has decisions or issues, else the kept folder; and why the source could not be asked."""
    if not set(TABLES) & set(params.mapping.tables):
        return kept_only(params), ""
    try:
        return open_source(params), ""
    except AlignmentError as problem:
        return kept_only(params), str(problem)


def look_up(source: Source, params: RunParams, reports: Path, source_told: str) -> Known:
    """Read both tables anew, and the newest report's scorecard."""
    source.forget_folder()
    tables = {name: read_kept(source, params, name) for name in TABLES}
    rows = {name: _by_id(table, KEYS[name]) for name, table in tables.items()}
    keys = {k for table in tables.values() if table for k in table.keys}
    scorecard = {i: r for i, r in scorecard_issues(reports, params.mapping.name).items() if i not in keys}
    return Known(rows, scorecard, frozenset(keys | set(scorecard)), source_told)


def _by_id(table: KeptTable | None, key: str) -> dict[str, Row]:
    return {row[key]: row for row in table.rows} if table else {}


def scorecard_issues(reports: Path, source: str) -> dict[str, Row]:
    """The issues that the newest weekly report of a source says are open; none where nothing tells."""
    newest: tuple[str, list[Any]] = ("", [])
    for file in sorted((reports / "weekly").glob("*/results.json")):
        results = _json(file)
        issues, as_of = results.get("issues"), str(results.get("as_of") or "")
        made_of = _json(file.with_name("manifest.json")).get("source")
        if isinstance(made_of, dict) and made_of.get("name") != source:
            continue
        if isinstance(issues, list) and as_of > newest[0]:
            newest = (as_of, issues)
    found = (_issue(i) for i in newest[1] if isinstance(i, dict))
    return {row["issue_id"]: row for row in found if row["issue_id"] and row["opened_on"] and row["what"]}


def _issue(told: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {k: written(told.get(k)) for k in ("issue_id", "metric", "what", "owner", "team", "action")}
    for column in ("opened_on", "due_on"):
        found = day(str(told.get(column) or ""))
        row[column] = None if isinstance(found, Bad) else found
    return row


def _json(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
