"""A whole report on one engine, and how two engines' numbers are compared."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd

from alignment_lib import metrics
from alignment_lib.blocks import weekly
from alignment_lib.blocks.monthly import running_order
from alignment_lib.params import RunParams
from alignment_lib.report.session import Report
from alignment_lib.source import open_source
from alignment_lib.tables import build

ROOT = Path(__file__).parents[1]
NOTEBOOKS: dict[str, tuple[str, ModuleType]] = {
    "weekly": ("weekly_smarketing.ipynb", weekly),
    "monthly": ("monthly_deep_dive.ipynb", running_order),
}
"""Each report's notebook, and where it takes its blocks from."""
TOLERANCE = 1e-9
"""Of a number between two engines: a sum may be added up in another order, nothing else may differ."""


def facts_on(params: RunParams, backend: Any = None) -> metrics.Facts:
    """The fact tables of a run, on the engine of `params.data` or on the connection given."""
    return metrics.build(build(open_source(params, backend=backend), params))


def report_of(facts: metrics.Facts) -> dict[str, Any]:
    """results.json of the weekly notebook's own running order."""
    return shown(facts).results()


def shown(facts: metrics.Facts, name: str = "weekly") -> Report:
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
