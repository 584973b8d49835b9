"""The rules of the house for notebooks, as tests: what a cell may hold, in which order."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
LIBRARY = ROOT / "alignment_lib"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MODULES = sorted(LIBRARY.rglob("*.py"))

TAGS = {"parameters", "setup", "section", "reading", "record"}
BANNED = re.compile(r"\b(plot|plt|SELECT|execute|raw_sql|read_csv|DataFrame)\b|\.sql\(")


def cells(notebook: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return found


def complaints(found: list[dict[str, Any]]) -> list[str]:
    """Everything about a notebook's cells that STYLE, "A notebook", does not allow."""
    told = []
    headings = [
        line
        for cell in found
        if cell["cell_type"] == "markdown"
        for line in "".join(cell["source"]).splitlines()
        if line.startswith("# ")
    ]
    if len(headings) != 1 or found[0]["cell_type"] != "markdown":
        told.append("it begins with the only H1")
    for number, cell in enumerate(found, start=1):
        if cell["cell_type"] == "code":
            told += [f"cell {number}: {text}" for text in _code_complaints(cell)]
        elif cell["metadata"].get("tags"):
            told.append(f"cell {number}: prose has no tags")
    order = [tags[-1] for c in found if (tags := c["metadata"].get("tags"))]
    if order[:2] != ["parameters", "setup"] or order[-1:] != ["record"] or {"parameters", "setup", "record"} & set(
        order[2:-1]
    ):  # fmt: skip
        told.append("order: parameters, setup, sections, record")
    return told


def _code_complaints(cell: dict[str, Any]) -> list[str]:
    source, told, tags = "".join(cell["source"]), [], cell["metadata"].get("tags", [])
    if cell["outputs"] or cell["execution_count"] is not None:
        told.append("it is committed with outputs")
    if not tags or set(tags) - TAGS:
        told.append(f"its tags are {tags}")
    lines = [line for line in source.splitlines() if line.strip() and not line.strip().startswith("#")]
    if len(lines) > 6:
        told.append(f"it has {len(lines)} lines of code")
    if BANNED.search(source):
        told.append("it queries or plots")
    tree = ast.parse(source)
    loops = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.comprehension, ast.BinOp, ast.If)
    if any(isinstance(node, loops) for node in ast.walk(tree)):
        told.append("it defines, loops, decides or calculates")
    numbers = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, int | float)]
    if numbers and "parameters" not in tags:
        told.append("it holds a number")
    if "section" in tags and len(tree.body) != 1:
        told.append("a section is one call")
    return told


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_is_a_running_order_and_nothing_else(notebook: Path) -> None:
    assert complaints(cells(notebook)) == []


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_says_first_who_reads_it_what_it_decides_and_what_it_cannot_tell(notebook: Path) -> None:
    first = "".join(cells(notebook)[0]["source"])
    assert all(re.search(word, first) for word in ("For ", "decides", "cannot tell"))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_ends_with_method_glossary_and_record(notebook: Path) -> None:
    last = ["".join(c["source"]) for c in cells(notebook) if c["cell_type"] == "code"][-3:]
    assert [re.sub(r".*[.(](\w+)\)?\W*$", r"\1", text) for text in last] == ["method", "glossary", "record"]


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("def f(): pass", "defines"),
        ("x = [i for i in y]", "defines, loops"),
        ("report.show(blocks.head, 0.9)", "holds a number"),
        ("a\nb\nc\nd\ne\nf\ng", "7 lines"),
        ("table.sql('x')", "queries"),
        ("a = b / c", "calculates"),
        ("a\nb", "one call"),
    ],
)
def test_the_rules_catch_what_they_forbid(source: str, complaint: str) -> None:
    bad = {"cell_type": "code", "metadata": {"tags": ["section"]}, "source": source, "outputs": [],
           "execution_count": None}  # fmt: skip
    told = complaints([*cells(NOTEBOOKS[0])[:3], bad, cells(NOTEBOOKS[0])[-1]])
    assert any(complaint in text for text in told)
    assert complaints([*cells(NOTEBOOKS[0])[:3], cells(NOTEBOOKS[0])[-1]]) == []


def test_the_rules_catch_outputs_tags_and_order() -> None:
    good = cells(NOTEBOOKS[0])
    assert any("outputs" in t for t in complaints([*good[:3], good[3] | {"execution_count": 1}, good[-1]]))
    assert any("tags" in t for t in complaints([*good[:3], good[3] | {"metadata": {"tags": ["mine"]}}, good[-1]]))
    assert any("order" in t for t in complaints([good[0], good[2], good[1], *good[3:]]))
    assert any("H1" in t for t in complaints([good[0], *good]))
