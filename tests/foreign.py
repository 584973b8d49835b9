"""An export as a stranger has it, all the way: inspected, mapped, judged, and the weekly page's numbers made of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alignment_lib.errors import AlignmentError
from alignment_lib.params import Request
from alignment_lib.report.session import Report
from alignment_lib.source.choose import load, resolved
from alignment_lib.source.profile import Inquiry, inspect
from tests.fixture_report import facts_on, shown

FOREIGN = Path(__file__).parents[1] / ".." / "shared" / "foreign"
NOW = datetime(2026, 9, 28, 6, tzinfo=UTC)
WEEK = "2026-W36"


@dataclass(frozen=True)
class Outcome:
    """What a stranger gets to see.

    `inspected` are the lines of `alignment inspect`, `mapping` is what it wrote (or the mapping that was given);
    `report` is the page, None where it was refused, and then `refused` says why.
    """

    inspected: tuple[str, ...]
    mapping: str
    report: Report | None
    refused: str = ""
    results: Mapping[str, Any] = field(default_factory=dict)
    """results.json; empty where the page was refused."""

    def value(self, metric: str, period: str | None = None) -> float | None:
        """The total of a measure, by default of the report's own period; None: it was not told."""
        totals = (m for m in self.results.get("metrics", ()) if m["name"] == metric and m["period"] == period)
        return next((m["value"] for m in totals if m["source"] is None and m["segment"] is None), None)

    @property
    def told(self) -> str:
        """Everything that was said of the data: by inspect, by checks that are not PASS, by the refusal, by blocks."""
        checks = [c["sentence"] for c in self.results.get("checks", ()) if c["status"] != "PASS"]
        missing = [b.missing for b in self.report.shown if b.missing] if self.report else []
        return "\n".join([*self.inspected, *checks, self.refused, *missing])

    @property
    def said(self) -> str:
        """Every sentence of the page."""
        return "\n".join(s["text"] for s in self.results.get("sentences", ()))


def outcome(
    data: Path | str,
    root: Path,
    *,
    week: str = WEEK,
    month: str = "",
    timezone: str = "Europe/Berlin",
    mapping: str = "",
    chosen: bool = False,
    guess: bool = False,
) -> Outcome:
    """Inspect an export and make the weekly page's numbers of it, or the monthly's where a month is given.

    Parameters
    ----------
    data
        A folder, whose own `mapping.yaml` is used where it has one, or a database's URL.
    root
        An empty folder, for the parameters and the mapping.
    week, timezone
        The ISO week to tell, and the zone of the company.
    mapping
        A mapping written by hand, in place of one that the export has or that inspect writes.
    chosen
        Whether nothing is inspected and no source is named: the export chooses a mapping that ships.
    guess
        Whether inspect guesses every column, though the kind of export is known.
    """
    place, params = root / "params" / "sources" / "stranger.yaml", root / "params"
    place.parent.mkdir(parents=True, exist_ok=True)
    (params / "company.yaml").write_text(f"name: Mine\ntimezone: {timezone}\n", encoding="utf-8")
    given, lines = Path(data) / "mapping.yaml", list[str]()
    mapping = mapping or (given.read_text(encoding="utf-8") if given.is_file() else "")
    report = "monthly" if month else "weekly"
    try:
        if mapping:
            place.write_text(mapping, encoding="utf-8")
        elif not chosen:
            mapping = inspect(Inquiry(str(data), str(place), guess=guess), say=lines.append, root=root)
        settings = str(params / f"{report}.yaml")
        Path(settings).write_text("history_months: 12\n" if month else "history_weeks: 8\n", encoding="utf-8")
        source = "" if chosen and not mapping else str(place)
        request = Request(source, str(data), "" if month else week, "", "", settings, month, report)
        page = shown(facts_on(resolved(load(request, now=NOW, root=root))), report)
    except AlignmentError as problem:
        return Outcome(tuple(lines), mapping, None, str(problem))
    return Outcome(tuple(lines), mapping, page, results=page.results())


def cases() -> dict[str, dict[str, Any]]:
    """The cases of ../shared/foreign/cases.json by name of their folder; none where it is missing."""
    path = FOREIGN / "cases.json"
    found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found


def wrong(case: Mapping[str, Any], found: Outcome) -> list[str]:
    """What a case wants and the outcome does not have; nothing: it is right."""
    faults = [] if not found.refused or case.get("may_refuse") else [f"refused: {found.refused}"]
    if not found.refused:
        faults += [f"{n} is {found.value(n)}, not {v}" for n, v in case.get("right", {}).items() if found.value(n) != v]
    for name, value in case.get("never", {}).items():
        faults += [f"{name} is {v}" for v in _each(value) if found.value(name) == v]
    if found.results.get("held") and not case.get("may_hold"):
        faults.append("the page is held")
    if "told" in case and not re.search(case["told"], found.told):
        faults.append(f"nobody is told {case['told']!r}")
    if case.get("not_said") and case["not_said"] in found.said:
        faults.append(f"the page says {case['not_said']!r}")
    return faults


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
