"""Facts of a month of the small company, for the tests of agenda items 4 and 5 of the monthly."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alignment_lib.checks import build
from alignment_lib.facts import Facts
from alignment_lib.facts import build as build_facts
from alignment_lib.page.block import Block
from alignment_lib.params import Request, load
from alignment_lib.source import open_source
from tests.company import Company, Rows
from tests.fixture_sentences import plain

LATER = datetime(2020, 4, 20, 12, tzinfo=UTC)


def month_of(
    root: Path,
    tables: dict[str, Rows] | None = None,
    *,
    settings: dict[str, str] | None = None,
    month: str = "2020-03",
    now: datetime = LATER,
    **rows: Rows,
) -> Facts:
    """`tables`: more tables, whose heads are the contract's columns; `settings`: files of params/; `rows`: in place of
    the company's."""
    built = Company(root)
    built.rows |= rows
    for name, found in (tables or {}).items():
        built.rows[name] = found
        built.mapping["tables"][name] = {"from": name, "columns": {c: c for c in found[0]}}
    if "reps" in (tables or {}):
        built.mapping["tables"]["reps"]["from"] = "reps"
    if "deals" in rows and "Segment" in rows["deals"][0]:
        built.mapping["tables"]["opportunities"]["columns"]["segment"] = "Segment"
    built.write()
    weekly = "freshness: {warn_days: 400, fail_days: 800}\n"
    for name, text in {"weekly": weekly, "monthly": "upcoming_days: 31\n", **(settings or {})}.items():
        (built.params_folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    request = Request(
        source="tiny", data=str(built.data), params=str(built.params_folder / "monthly.yaml"), month=month,
        report="monthly",
    )  # fmt: skip
    params = load(request, now=now)
    return build_facts(build(open_source(params), params))


def said(block: Block) -> list[str]:
    """Its sentences, with ordinary blanks."""
    return [plain(s) for s in block.sentences]


def record(block: Block, name: str, **where: Any) -> Any:
    """The one record of that name, source, segment and period."""
    keys = {"source": None, "segment": None, **where}
    [found] = [m for m in block.metrics if m.name == name and all(getattr(m, k) == v for k, v in keys.items())]
    return found


def cells(block: Block, caption: str) -> list[list[str]]:
    """A table's rows and total as text."""
    [table] = [t for t in block.tables if plain(t.caption).startswith(caption)]
    return [[plain(str(c)) for c in row] for row in (*table.rows, *([table.total] if table.total else []))]
