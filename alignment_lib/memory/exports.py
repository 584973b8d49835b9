"""The export that an earlier report was made of, kept small beside it, and which one a new export is held against."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from alignment_lib.memory.runs import instant, read_json
from alignment_lib.source.tables.export import EPOCH, Export, Value

EXPORT_FILE = "export.json"
WEEKS = 26
"""Finished weeks whose rows are kept."""
LATEST = 100
"""Runs that are looked at, those that were published last."""


@dataclass(frozen=True, eq=False)
class Before:
    """What a report before knew of its export."""

    report: str
    """`weekly 2026-W37`."""
    as_of: datetime
    mapping: str
    """A digest of the mapping by which it was read."""
    rows: Mapping[str, int]
    """By table."""
    links: Mapping[str, Mapping[str, tuple[int, int]]]
    """By table and column: rows, and those that found what they refer to."""
    sample: Mapping[str, Mapping[str, Mapping[str, Value]]]
    """By table, id and column."""
    recent: Mapping[str, tuple[str, ...]]
    """By table, those of the sample that were the newest rows."""
    weeks: Mapping[str, Mapping[int, int]]
    """Rows by stream and finished week (its Monday, days since 1970)."""
    newest: Mapping[str, int]
    """The last day with rows, by stream."""
    released: tuple[str, ...]
    """Checks that a person let pass in that report."""


def text(export: Export, *, mapping: str, as_of: datetime) -> str:
    """The text of export.json.

    Parameters
    ----------
    mapping
        A digest of the mapping by which it was read.
    as_of
        Weeks that ended before it are finished.
    """
    over = (as_of.date() - EPOCH).days
    told = {
        "mapping": mapping,
        "rows": {name: held.rows for name, held in export.tables.items()},
        "links": {name: held.links for name, held in export.tables.items() if held.links},
        "sample": {name: _columns(held.sample) for name, held in export.tables.items() if held.sample},
        "recent": {name: held.recent for name, held in export.tables.items() if held.recent},
        "weeks": {name: _weeks(days, over) for name, days in export.days.items()},
        "newest": {name: max(days) for name, days in export.days.items() if days},
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n"


def _columns(sample: Mapping[str, Mapping[str, Value]]) -> dict[str, Any]:
    names = list(next(iter(sample.values())))
    return {"columns": names, "rows": {i: [row[c] for c in names] for i, row in sample.items()}}


def _weeks(days: Mapping[int, int], over: int) -> dict[int, int]:
    """Rows of the last finished weeks by their Monday."""
    weeks: dict[int, int] = {}
    for day, n in days.items():
        monday = day - (day + 3) % 7
        if over - 7 * WEEKS <= monday <= over - 7:
            weeks[monday] = weeks.get(monday, 0) + n
    return dict(sorted(weeks.items()))


def newest(reports: Path, *, source: str, before: datetime) -> Before | None:
    """The newest report of a source that was not held, or was released, of whatever kind or slice.

    Parameters
    ----------
    before
        Its as-of lies before this instant.
    """
    found: tuple[datetime, str, Path, Mapping[str, Any]] | None = None
    for file in heapq.nlargest(LATEST, _manifests(reports), key=lambda path: path.stat().st_mtime_ns):
        manifest = read_json(file) or {}
        at = instant(manifest.get("as_of"))
        if at is None or at >= before or manifest.get("held") is not False or _source(manifest) != source:
            continue
        rank = (at, str(manifest.get("generated_at")), file.parent, manifest)
        if (found is None or rank[:2] > found[:2]) and (file.parent / EXPORT_FILE).is_file():
            found = rank
    return None if found is None else _read(found[2], found[3], found[0])


def _manifests(reports: Path) -> Iterator[Path]:
    for file in reports.glob("*/**/manifest.json"):
        if not any(part.startswith(".") for part in file.relative_to(reports).parts):
            yield file


def _read(folder: Path, manifest: Mapping[str, Any], as_of: datetime) -> Before | None:
    """What lies beside a report; None where that is not whole."""
    told = read_json(folder / EXPORT_FILE) or {}
    try:
        return Before(
            report=f"{manifest['report']} {manifest['period']}",
            as_of=as_of,
            mapping=str(told["mapping"]),
            rows={str(t): int(n) for t, n in told["rows"].items()},
            links={t: {c: (int(n), int(k)) for c, (n, k) in of.items()} for t, of in told["links"].items()},
            sample={t: _sample(of) for t, of in told["sample"].items()},
            recent={str(t): tuple(map(str, ids)) for t, ids in told["recent"].items()},
            weeks={s: {int(w): int(n) for w, n in of.items()} for s, of in told["weeks"].items()},
            newest={str(s): int(d) for s, d in told["newest"].items()},
            released=tuple(c["name"] for c in manifest["checks"] if c.get("accepted")),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _sample(told: Mapping[str, Any]) -> dict[str, dict[str, Value]]:
    names = [str(c) for c in told["columns"]]
    return {str(i): dict(zip(names, map(_value, row), strict=True)) for i, row in told["rows"].items()}


def _value(value: Any) -> Value:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise ValueError(value)
    return float(value)


def _source(manifest: Mapping[str, Any]) -> str:
    origin = manifest.get("source")
    return str(origin.get("name")) if isinstance(origin, dict) else ""


def monday(day: int) -> date:
    """A day since 1970 as a date."""
    return EPOCH + timedelta(days=day)
