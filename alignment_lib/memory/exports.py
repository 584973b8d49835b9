"""The export that an earlier report was made of, kept small beside it, and what a new export is held against."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from alignment_lib.memory.runs import instant, read_json
from alignment_lib.params.mapping import SourceMapping, TableMapping
from alignment_lib.source.tables.export import EPOCH, STREAMS, Export, Value, monday

EXPORT_FILE = "export.json"
WEEKS = 26
"""Finished weeks whose rows are kept."""
LATEST, READ = 100, 20
"""Runs that are looked at, those that were published last; and of these, how many are read for their tables."""
OF_TABLE = ""
"""The digest of what holds for a whole table."""


@dataclass(frozen=True, eq=False)
class Then:
    """A table as the newest report knew it that read it."""

    report: str
    """`weekly 2026-W37`."""
    rows: int
    rules: Mapping[str, str]
    """Digests of the rules by which it was read: of each column, and `OF_TABLE`."""
    links: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    """By column: rows, those that found what they refer to, and those that did not."""
    sample: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    """By id and column."""
    recent: tuple[str, ...] = ()
    """Those of the sample that were the newest rows."""
    weeks: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    """Rows by stream and finished week (its Monday, days since 1970)."""
    worth: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    """What they added up to."""
    silent: Mapping[str, int] = field(default_factory=dict)
    """Streams that had ended, which a person let pass, and their last day."""


@dataclass(frozen=True, eq=False)
class Before:
    """What earlier reports knew, by table, and what they left that cannot be read."""

    tables: Mapping[str, Then] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()


def rules(mapping: SourceMapping) -> dict[str, dict[str, str]]:
    """Digests of how each column of each table is read."""
    whole = mapping.defaults.model_dump_json() + str(mapping.dialect)
    found = {}
    for name, table in mapping.tables.items():
        columns = {column: _digest(rule.model_dump_json() + whole) for column, rule in table.columns.items()}
        found[name] = {OF_TABLE: _digest(_of_table(table))} | columns
    return found


def _of_table(table: TableMapping) -> str:
    """Where a table's rows come from, and which; what its files are called is another thing each week."""
    return table.model_dump_json(exclude={"columns": True, "origin": {"files"}})


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def text(export: Export, *, mapping: SourceMapping, as_of: datetime, silent: Mapping[str, int]) -> str:
    """The text of export.json.

    Parameters
    ----------
    as_of
        Weeks that ended before it are finished.
    silent
        Streams that have ended and were let pass, now or before, and their last day.
    """
    over, of = (as_of.date() - EPOCH).days, rules(mapping)
    tables = {}
    for name, held in export.tables.items():
        mine = [stream for stream in export.days if STREAMS[stream].table == name]
        told: dict[str, Any] = {"rows": held.rows, "rules": of.get(name, {}), "links": held.links}
        told |= {"recent": held.recent, **_columns(held.sample)}
        told["weeks"] = {stream: _weeks(export.days[stream], over) for stream in mine}
        told["worth"] = {stream: _weeks(export.worth[stream], over) for stream in mine if stream in export.worth}
        told["silent"] = {stream: day for stream, day in silent.items() if stream in mine}
        tables[name] = {key: value for key, value in told.items() if value or key == "rows"}
    return json.dumps({"tables": tables}, ensure_ascii=False, separators=(",", ":")) + "\n"


def _columns(sample: Mapping[str, Mapping[str, Value]]) -> dict[str, Any]:
    names = list(next(iter(sample.values()), {}))
    return {"columns": names, "sample": {i: [row[c] for c in names] for i, row in sample.items()}}


def _weeks(days: Mapping[int, float], over: int) -> dict[int, float]:
    """Sums of the last finished weeks by their Monday."""
    weeks: dict[int, float] = {}
    for day, n in days.items():
        week = monday(day)
        if over - 7 * WEEKS <= week <= over - 7:
            weeks[week] = weeks.get(week, 0) + n
    return dict(sorted(weeks.items()))


def earlier(reports: Path, *, source: str, before: datetime, wanted: Collection[str]) -> Before:
    """Each table as the newest report of a source knew it that was not held, or was released; of whatever kind.

    Parameters
    ----------
    before
        Their as-of lies before this instant.
    wanted
        Tables that are looked for: a report of a day reads fewer than one of a week.
    """
    tables: dict[str, Then] = {}
    unreadable: list[str] = []
    for folder, manifest in _runs(reports, source, before)[:READ]:
        report = f"{manifest.get('report')} {manifest.get('period')}"
        told = _read(folder, report)
        if told is None:
            unreadable.append(report)
        else:
            tables = told | tables
        if set(wanted) <= set(tables):
            break
    return Before(tables, tuple(unreadable))


def _runs(reports: Path, source: str, before: datetime) -> list[tuple[Path, Mapping[str, Any]]]:
    """Published runs of a source that may be a measure, the newest as-of first."""
    found = []
    for file in sorted(_manifests(reports), key=lambda path: -path.stat().st_mtime_ns)[:LATEST]:
        manifest = read_json(file) or {}
        at, origin = instant(manifest.get("as_of")), manifest.get("source")
        mine = isinstance(origin, dict) and origin.get("name") == source
        if at is not None and at < before and manifest.get("held") is False and mine:
            found.append((at, str(manifest.get("generated_at")), file.parent, manifest))
    return [(folder, manifest) for *_, folder, manifest in sorted(found, key=lambda run: run[:2], reverse=True)]


def _manifests(reports: Path) -> Iterator[Path]:
    for file in reports.glob("*/**/manifest.json"):
        if not any(part.startswith(".") for part in file.relative_to(reports).parts) and file.is_file():
            yield file


def _read(folder: Path, report: str) -> dict[str, Then] | None:
    """What lies beside a report, by table; None where that is not whole."""
    told = read_json(folder / EXPORT_FILE)
    try:
        return None if told is None else {str(t): _then(of, report) for t, of in told["tables"].items()}
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _then(told: Mapping[str, Any], report: str) -> Then:
    names = [str(c) for c in told.get("columns", ())]
    sample = {str(i): dict(zip(names, map(_value, row), strict=True)) for i, row in told.get("sample", {}).items()}
    return Then(
        report=report,
        rows=int(told["rows"]),
        rules={str(c): str(d) for c, d in told.get("rules", {}).items()},
        links={str(c): (int(n), int(k), int(m)) for c, (n, k, m) in told.get("links", {}).items()},
        sample=sample,
        recent=tuple(i for i in map(str, told.get("recent", ())) if i in sample),
        weeks={str(s): {int(w): int(n) for w, n in of.items()} for s, of in told.get("weeks", {}).items()},
        worth={str(s): {int(w): float(n) for w, n in of.items()} for s, of in told.get("worth", {}).items()},
        silent={str(s): int(d) for s, d in told.get("silent", {}).items()},
    )


def _value(value: Any) -> Value:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise ValueError(value)
    return float(value)
