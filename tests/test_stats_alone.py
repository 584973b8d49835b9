"""`alignment_lib.stats` stands alone: without engine, notebook or drawing, quickly imported, its README true."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

mpl.use("Agg")
ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "alignment_lib" / "stats"
README = (FOLDER / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", README, re.DOTALL)

ALONE = """
import sys

ENGINES = ("ibis", "duckdb", "sqlglot")
NOTEBOOKS = ("jupyter", "IPython", "ipykernel", "nbformat", "nbconvert", "papermill", "matplotlib")
BLOCKED = (*ENGINES, *NOTEBOOKS, "pydantic", "yaml", "jinja2", "alignment_lib.params", "alignment_lib.page")

class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.startswith(BLOCKED):
            raise ModuleNotFoundError(f"No module named {name!r}: blocked", name=name)

sys.meta_path.insert(0, Nothing())
from alignment_lib import stats
print("heavy:", sorted({"pandas", "scipy"} & set(sys.modules)))

import pandas as pd
frame = pd.DataFrame({"source": ["Web", "Fair", None] * 20, "won": [True, False] * 30, "score": range(60)})
frame["created_at"] = pd.Timestamp("2025-01-01")
frame["won_at"] = pd.Timestamp("2025-01-20")
for answer in (
    stats.compare(frame, by="source", converted="won", strata="source"),
    stats.cohorts(frame, start="created_at", event="won_at", as_of="2025-06-01"),
    stats.agreement(frame, marketing="source", sales="source"),
    stats.score_quality(frame, score="score", converted="won", benefit=1, cost=1),
):
    print(len(answer.frame()) > 0, len(answer._repr_html_()) > 0, answer.sentence)
try:
    answer.plot()
except ModuleNotFoundError as error:
    print("only a picture needs", error.name)
"""


def test_it_runs_without_engine_notebook_and_drawing_and_imports_little() -> None:
    """In a fresh interpreter; pandas and scipy come with the first question, so that the import takes no second."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    heavy, *answers, picture = done.stdout.splitlines()
    assert heavy == "heavy: []"
    assert [line.startswith("True True ") for line in answers] == [True] * 4
    assert picture == "only a picture needs matplotlib"


@pytest.fixture(scope="module")
def printed() -> list[tuple[str, str]]:
    """What the README's blocks print, beside what it says they do."""
    names: dict[str, Any] = {}
    pairs = []
    for code, told in BLOCKS:
        shown = io.StringIO()
        with contextlib.redirect_stdout(shown):
            exec(code, names)
        pairs.append((shown.getvalue(), told))
    plt.close("all")
    return pairs


def test_the_readme_prints_what_it_says(printed: list[tuple[str, str]]) -> None:
    assert len(printed) == 4
    for shown, told in printed:
        assert shown.split() == told.split()


def test_an_answer_takes_twenty_lines() -> None:
    assert all(len(code.splitlines()) <= 20 for code, _ in BLOCKS)


def test_the_readme_lists_the_files() -> None:
    """Every file of the folder, and none that is not there."""
    listed = set(re.findall(r"`(\w+)\.py`", README))
    assert listed == {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}
