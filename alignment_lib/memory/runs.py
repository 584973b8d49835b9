"""What earlier reports said: their numbers, the ids they counted, the issues they opened, from their run folders."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from alignment_lib.params.period import Week

COUNTED = ("leads", "mqls", "opportunities", "won")
"""The totals whose ids a run keeps."""
COUNTED_FILE, HEAD = "counted.csv", ["metric", "id", "amount"]
LARGEST = 50_000_000
"""Bytes of a file; a larger one was not written by a report."""
OTHER_SOURCE, LATER = "of another source", "that looked further ahead than this one"
UNREADABLE, OLDER = "that cannot be read", "made by an older version"

Ids = Mapping[str, float | None]
"""Ids with their amounts; None for leads, and for deals without an amount."""


@dataclass(frozen=True, eq=False)
class Earlier:
    """An earlier report of the same kind, source and slice."""

    week: Week
    as_of: datetime
    metrics: tuple[Mapping[str, Any], ...]
    """Records of its results.json."""
    counted: Mapping[str, Ids] = field(default_factory=dict)
    """By metric, the ids that its number was counted from, each with its amount; empty where it kept none."""
    issues: tuple[Mapping[str, Any], ...] = ()
    """Issues that were open when it was made: those that its scorecard opened, and those it carried on."""

    def total(self, name: str) -> Mapping[str, Any] | None:
        """Its record of a metric for the whole of its week; None where it did not print one."""
        return total(self.metrics, name)


class Memory(tuple[Earlier, ...]):
    """Earlier reports, oldest first."""

    skipped: tuple[str, ...] = ()
    """Why other folders of earlier weeks do not count: one of the phrases above for each."""


def remember(reports: list[Earlier], skipped: list[str]) -> Memory:
    """The reports, oldest first, and what was skipped."""
    found = Memory(sorted(reports, key=lambda e: e.week))
    found.skipped = tuple(skipped)
    return found


def total(metrics: Any, name: str) -> Mapping[str, Any] | None:
    """The record of a metric that has neither source, segment nor period."""
    whole = (m for m in metrics if m["name"] == name and not (m["source"] or m["segment"] or m["period"]))
    return next(whole, None)


def cents(amount: float | None) -> int:
    """An amount of currency in whole cents, nothing as 0; floats of cents do not add up exactly, these do."""
    return 0 if amount is None or amount != amount else int((Decimal(str(amount)) * 100).to_integral_value())


def earlier(
    folder: Path,
    *,
    report: str,
    source: str,
    slice: str | None,
    before: Week,
    as_of: datetime | None = None,
    limit: int = 13,
) -> Memory:
    """Reports of the weeks before, from `folder`/report/week[/slice].

    Parameters
    ----------
    source, slice
        Only reports of the same ones count.
    before
        The week of the report that asks; its own folder is not looked at.
    as_of
        A report that looked further ahead than this does not count: what it said cannot be compared.
    limit
        How many weeks back.
    """
    found: list[Earlier] = []
    skipped: list[str] = []
    for week in before.history(limit + 1)[:-1]:
        place = run_folder(folder, report, week.label, slice)
        if not _holds_a_run(place):
            continue
        one = _read(place, (report, week.label, slice), source)
        if isinstance(one, Earlier) and as_of is not None and one.as_of > as_of:
            one = LATER
        if isinstance(one, Earlier):
            found.append(one)
        else:
            skipped.append(one)
    return remember(found, skipped)


def run_folder(out: Path, report: str, period: str, slice_name: str | None) -> Path:
    """Where a run is published."""
    return out.joinpath(report, period, *([safe_name(slice_name)] if slice_name else []))


def safe_name(text: str) -> str:
    """A folder's name from CRM text: letters, digits and a few marks; anything else makes it carry a hash."""
    import hashlib

    plain = re.sub(r"[^\w=.-]+", "-", text, flags=re.ASCII).strip(".-")[:80]
    return plain if plain == text else f"{plain or 'slice'}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _holds_a_run(place: Path) -> bool:
    """Whether there is anything to read: a week's folder may hold slices only."""
    try:
        return bool({"results.json", "manifest.json"} & set(os.listdir(place)))
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _read(place: Path, identity: tuple[str, str, str | None], source: str) -> Earlier | str:
    """A report, or why it does not count."""
    manifest = read_json(place / "manifest.json")
    if manifest is None:
        return UNREADABLE
    origin = manifest.get("source")
    if not isinstance(origin, dict) or "name" not in origin:
        return OLDER
    if origin["name"] != source:
        return OTHER_SOURCE
    results = read_json(place / "results.json")
    if results is None or tuple(results.get(k) for k in ("report", "period", "slice")) != identity:
        return UNREADABLE
    as_of, metrics = instant(results.get("as_of")), results.get("metrics")
    if as_of is None or not isinstance(metrics, list):
        return UNREADABLE
    if not all(_is_record(m) for m in metrics):
        return OLDER
    counted = read_counted(place / COUNTED_FILE) or {}
    return Earlier(Week.parse(identity[1]), as_of, tuple(metrics), counted, _issues(results.get("issues")))


def read_json(path: Path) -> dict[str, Any] | None:
    """An object of JSON; None where it is anything else, however it may be broken."""
    try:
        found = json.loads(_text(path))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _text(path: Path) -> str:
    if not path.is_file() or path.stat().st_size > LARGEST:
        raise OSError(f"{path} is no file that a report wrote")
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()


def instant(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo is not None else None


def _is_record(value: Any) -> bool:
    """Whether it has what is read of a metric."""
    if not isinstance(value, dict) or not {"name", "unit", "value", "source", "segment", "period"} <= value.keys():
        return False
    texts = [value[k] for k in ("source", "segment", "period")]
    named = isinstance(value["name"], str) and isinstance(value["unit"], str)
    return named and all(t is None or isinstance(t, str) for t in texts) and _is_number(value["value"])


def _is_number(value: Any) -> bool:
    if value is None:
        return True
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 1e15  # not so for nan and infinity; beyond it cents are no longer exact


def _issues(value: Any) -> tuple[Mapping[str, Any], ...]:
    """Open issues as they were written: flat records of text."""
    found = value if isinstance(value, list) else []
    return tuple(i for i in found if isinstance(i, dict) and all(isinstance(v, str | None) for v in i.values()))


def counted_csv(counted: Mapping[str, Ids]) -> str:
    """The text of counted.csv: sorted, no cell a formula for any spreadsheet, every id restorable."""
    from alignment_lib.source.tables.account import spreadsheet_safe

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(HEAD)
    for metric in sorted(counted):
        for identity, amount in sorted(counted[metric].items()):
            safe = f"'{identity}" if identity.startswith("'") else spreadsheet_safe(identity)
            writer.writerow([metric, safe, "" if amount is None else f"{amount:.2f}"])
    return out.getvalue()


def read_counted(path: Path) -> dict[str, dict[str, float | None]] | None:
    """What `counted_csv` wrote, every metric of COUNTED a key; None where the file is not there or not whole."""
    try:
        rows = list(csv.reader(io.StringIO(_text(path), newline=""), strict=True))
    except (OSError, ValueError, csv.Error):
        return None
    counted: dict[str, dict[str, float | None]] = {name: {} for name in COUNTED}
    if not rows or rows[0] != HEAD:
        return None
    for row in rows[1:]:
        amount = _amount(row[2]) if len(row) == 3 and row[0] in counted else math.nan
        if amount != amount or row[1].removeprefix("'") in counted[row[0]]:
            return None
        counted[row[0]][row[1].removeprefix("'")] = amount
    return counted


def _amount(text: str) -> float | None:
    """None for an empty cell, nan for what is no amount."""
    if not text:
        return None
    return float(text) if re.fullmatch(r"-?\d{1,16}\.\d\d", text, re.ASCII) else math.nan
