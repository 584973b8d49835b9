"""The rules of the house as tests: what a notebook may hold, which room may import which, how long things may get."""

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


# Rooms

ORDER: tuple[tuple[str, ...], ...] = (
    ("errors", "report.session_names", "__init__", "py"),
    ("contract",),
    ("statistics",),
    ("params",),
    ("source",),
    ("memory",),
    ("facts",),
    ("measures",),
    ("page",),
    ("blocks",),
    ("demo",),
    ("report",),
    ("mail",),
    ("meeting",),
    ("cli",),
)
"""From left to right; a module imports from its own room and from those to its left (DESIGN 2)."""

STATISTICS = {
    "agreement", "attribution", "changes", "clock", "cohorts", "comparisons", "counts", "estimates", "goals",
    "incidences", "journeys", "limits", "money", "office_hours", "pooling", "quality", "rates", "reps", "rhythms",
    "sizes", "strata", "thresholds", "waiting",
}  # fmt: skip
"""The statistics modules: numbers in, frozen results out; numpy, scipy, errors and each other are all they know."""

EXCEPTIONS = {
    ("report", "publish"),  # the last step of a run is to be placed
}
"""Imports that go backwards and may; each with its reason."""


def room(module: str) -> str:
    """The room of a dotted module below alignment_lib; `` is the package itself."""
    if module in ("report.session_names", "stats.days"):
        return "errors"
    name = module.partition(".")[0]
    return {"stats": "statistics"}.get(name, name) or "errors"


def rank(name: str) -> int:
    found = [i for i, names in enumerate(ORDER) if name in names]
    assert found, f"room {name} has no place in ORDER yet: give it one (DESIGN 2)"
    return found[0]


def imported(file: Path) -> set[str]:
    """Modules of this library that a file imports, lazily or not, dotted and below alignment_lib."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {a.name for a in node.names if a.name.partition(".")[0] == "alignment_lib"}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "alignment_lib":
            # `from alignment_lib import money` and `from alignment_lib.report import session` name modules
            found |= {f"{node.module}.{a.name}" if _is_module(node.module, a.name) else node.module for a in node.names}
        assert not (isinstance(node, ast.ImportFrom) and node.level), f"{file}: import by the full name"
    return {name.removeprefix("alignment_lib").removeprefix(".") for name in found if name}


def _is_module(package: str | None, name: str) -> bool:
    place = ROOT.joinpath(*str(package).split("."), name)
    return place.is_dir() or place.with_suffix(".py").is_file()


def own_name(file: Path) -> str:
    parts = file.relative_to(LIBRARY).with_suffix("").parts
    return ".".join(p for p in parts if p != "__init__")


def backward(file: Path) -> list[str]:
    mine = room(own_name(file))
    return [
        f"{own_name(file)} imports {name}"
        for name in sorted(imported(file))
        if rank(room(name)) > rank(mine) and (mine, room(name)) not in EXCEPTIONS
    ]


@pytest.mark.parametrize("file", MODULES, ids=lambda p: own_name(p) or "alignment_lib")
def test_a_room_imports_only_from_rooms_to_its_left(file: Path) -> None:
    assert backward(file) == []


def test_a_backward_import_is_found_wherever_it_hides(tmp_path: Path) -> None:
    lazy = "def f():\n    from alignment_lib import page\n    import alignment_lib.cli\n"
    (tmp_path / "x.py").write_text(lazy)
    assert imported(tmp_path / "x.py") == {"page", "cli"}
    assert rank(room("page")) > rank(room("facts.facts")) > rank(room("stats.money"))


@pytest.mark.parametrize("name", sorted(STATISTICS))
def test_statistics_know_numbers_only(name: str) -> None:
    tree = ast.parse((LIBRARY / "stats" / f"{name}.py").read_text(encoding="utf-8"))
    outside = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            outside |= {a.name.partition(".")[0] for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            outside.add(str(node.module).partition(".")[0])
    standard = {"__future__", "bisect", "collections", "dataclasses", "datetime", "enum", "functools", "heapq",
                "itertools", "math", "statistics", "types", "typing", "warnings", "zoneinfo"}  # fmt: skip
    assert outside - standard <= {"numpy", "scipy", "alignment_lib"}
    assert imported(LIBRARY / "stats" / f"{name}.py") <= {f"stats.{s}" for s in STATISTICS} | {"errors"}


def test_every_module_of_the_package_has_its_room() -> None:
    plain = {p.stem for p in LIBRARY.glob("*.py")} | {p.name for p in LIBRARY.iterdir() if (p / "__init__.py").exists()}
    known = {name for names in ORDER for name in names} | {"stats"}
    assert plain - known == set()
    assert {s for s in STATISTICS if not (LIBRARY / "stats" / f"{s}.py").exists()} == set()


def test_nothing_but_the_command_line_reads_the_clock() -> None:
    clock = re.compile(r"datetime\.now\(|date\.today\(|time\.time\(\)|utcnow\(")
    found = {own_name(f) for f in MODULES if clock.search(f.read_text(encoding="utf-8"))}
    assert found <= {"cli", "report.session"}  # a notebook opened by hand has no command line


# Size


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    first, has_text = function.body[0], ast.get_docstring(function) is not None
    docstring = (first.end_lineno or first.lineno) - first.lineno + 1 if has_text else 0
    return (function.end_lineno or function.lineno) - function.lineno + 1 - docstring


@pytest.mark.parametrize("file", MODULES, ids=lambda p: own_name(p) or "alignment_lib")
def test_a_file_is_read_in_five_minutes(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300 or own_name(file) in TOO_LONG
    functions = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert [f.name for f in functions if lines_of(f) > 50] == []
    assert file.stem not in ("utils", "helpers")


TOO_LONG = {"stats.estimates"}
"""Files still to be split."""


def test_errors_are_classes_of_our_own() -> None:
    """Never `assert`, bare Exception or print in the library (STYLE rule 10)."""
    for file in MODULES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            assert not isinstance(node, ast.Assert), file
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
                assert node.exc.func.id not in ("Exception", "RuntimeError"), file


def test_rounding_happens_in_wording_alone() -> None:
    """STYLE rule 7; statistics may round where their formula does, and charts where they draw."""
    found = {own_name(f) for f in MODULES if re.search(r"\bround\(|\.round\(", f.read_text(encoding="utf-8"))}
    assert {name for name in found if room(name) not in ("demo", "page", "statistics")} <= {"stats.wording"}
