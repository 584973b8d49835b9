"""A whole report on one engine, and how two engines' numbers are compared."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd

from alignment_lib.blocks import marketing_update, product_update, pulse, rep_day, weekly
from alignment_lib.blocks.monthly import running_order
from alignment_lib.checks import build
from alignment_lib.facts import Facts
from alignment_lib.facts import build as build_facts
from alignment_lib.page.block import Block, Count
from alignment_lib.params import RunParams
from alignment_lib.report.session import Report
from alignment_lib.source import open_source

ROOT = Path(__file__).parents[1]
NOTEBOOKS: dict[str, tuple[str, ModuleType]] = {
    "weekly": ("weekly_smarketing.ipynb", weekly),
    "monthly": ("monthly_deep_dive.ipynb", running_order),
    "pulse": ("pulse.ipynb", pulse),
    "reps": ("rep_day.ipynb", rep_day),
    "marketing-update": ("marketing_update.ipynb", marketing_update),
    "product-update": ("product_update.ipynb", product_update),
}
"""Each report's notebook, and where it takes its blocks from."""
TOLERANCE = 1e-9
"""Of a number between two engines: a sum may be added up in another order, nothing else may differ."""


def facts_on(params: RunParams, backend: Any = None) -> Facts:
    """The fact tables of a run, on the engine of `params.data` or on the connection given."""
    return build_facts(build(open_source(params, backend=backend), params))


def report_of(facts: Facts) -> dict[str, Any]:
    """results.json of the weekly notebook's own running order."""
    return shown(facts).results()


def shown(facts: Facts, name: str = "weekly") -> Report:
    """The notebook's own running order, every block of it shown."""
    report = Report(facts, name)
    for block in running(name):
        report.show(getattr(NOTEBOOKS[name][1], block))
    report.glossary()
    return report


def running(name: str) -> list[str]:
    """The blocks that a notebook shows, in its order."""
    notebook = json.loads((ROOT / "notebooks" / NOTEBOOKS[name][0]).read_text(encoding="utf-8"))
    cells = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")
    return re.findall(r"report\.show\(blocks\.(\w+)\)", cells)


def texts(block: Block) -> Iterator[str]:
    """What readers see of a block, but for its pictures' drawing."""
    yield from (block.title, block.question, *block.sentences, *block.labels, *block.prompts, block.missing or "")
    yield from (part for pair in (*block.terms, *block.notes) for part in pair)
    for stat in block.stats:
        yield from (stat.label, stat.value, stat.note, stat.status_word)
    for table in block.tables:
        yield from (table.caption, table.note, *(c.label for c in table.columns), *(c.unit for c in table.columns))
        yield from (str(cell) for row in (*table.rows, *((table.total,) if table.total else ())) for cell in row)
    for card in block.cards:
        yield from (card.title, card.when, *(part for pair in card.points for part in pair))
    yield from (text for picture in block.pictures for text in (picture.title, picture.alt))
    if block.evidence:
        yield from (block.evidence.n, block.evidence.definition, block.evidence.excluded, block.evidence.method)


def assert_same_pages(one: Report, other: Report) -> None:
    """Every word that readers see, and what each count opens; but for the blocks that name the files that were read.

    Rows of a table may stand in another order: a database keeps none of the rows that people keep by hand.
    """
    assert [b.id for b in one.shown] == [b.id for b in other.shown]
    for mine, theirs in zip(one.shown, other.shown, strict=True):
        if mine.id not in ("checks", "method", "record"):
            for found in (_rows, lambda block: list(texts(replace(block, tables=())))):
                assert found(mine) == found(theirs), mine.id
            assert mine.handover == theirs.handover, mine.id


def _rows(block: Block) -> list[Any]:
    """Each table's words, and the rows sorted, with the lists that their counts open."""
    found: list[Any] = []
    for table in block.tables:
        found += [table.caption, table.note, table.columns]
        rows = [*table.rows, *((table.total,) if table.total else ())]
        found.append(sorted([(str(c), repr(c.listing) if isinstance(c, Count) else "") for c in row] for row in rows))
    return found


def with_dialect(params: RunParams, dialect: str) -> RunParams:
    """The parameters, with the mapping's SQL declared to be of a dialect."""
    return replace(params, mapping=params.mapping.model_copy(update={"dialect": dialect}))


def assert_same_results(one: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    """Every metric within the tolerance; everything else equal, but for the names of the files it was read from."""
    assert one.keys() == other.keys()
    for key in one.keys() - {"metrics", "checks"}:
        assert one[key] == other[key], key
    checks = [[{**check, "sentence": check["sentence"].replace(".parquet", "")} for check in r["checks"]]
              for r in (one, other)]  # fmt: skip
    assert checks[0] == checks[1]
    assert len(one["metrics"]) == len(other["metrics"])
    for mine, theirs in zip(one["metrics"], other["metrics"], strict=True):
        for field, value in mine.items():
            assert same(value, theirs[field]), (field, value, theirs[field], mine)


def assert_same_frames(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """The same columns, and row by row the same values."""
    assert list(one.columns) == list(other.columns)
    assert len(one) == len(other)
    for name in one.columns:
        for row, (mine, theirs) in enumerate(zip(one[name].tolist(), other[name].tolist(), strict=True)):
            assert same(mine, theirs), (name, row, mine, theirs)


def same(mine: Any, theirs: Any) -> bool:
    """Two values, nothing being equal to nothing, numbers within the tolerance, absolute or relative."""
    if _nothing(mine) or _nothing(theirs):
        return _nothing(mine) and _nothing(theirs)
    if isinstance(mine, str | bool) or isinstance(theirs, str | bool):
        return bool(mine == theirs)
    return math.isclose(mine, theirs, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def _nothing(value: Any) -> bool:
    return value is None or value is pd.NaT or value is pd.NA or value != value
