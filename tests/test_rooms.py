"""The structure as a test: which room may import which, that nothing goes round, how long files and functions get."""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

LIBRARY = Path(__file__).parents[1] / "alignment_lib"
MODULES = sorted(LIBRARY.rglob("*.py"))

ROOMS: dict[str, str] = {
    "errors": "",
    "contract": "",
    "stats": "errors",
    "params": "errors contract stats",
    "page": "stats",
    "demo": "errors stats",
    "source": "errors contract stats params",
    "memory": "params source",
    "checks": "contract errors stats params source memory",
    "facts": "errors stats params source memory",
    "measures": "errors params",
    "meeting": "errors contract params source measures",
    "blocks": "errors stats params page source memory facts measures",
    "report": "contract errors stats params page demo source memory checks facts measures blocks",
    "mail": "errors stats params page demo source memory report",
    "cli": "errors params demo source meeting report mail",
}
"""From the first to the last, each with the rooms that it imports besides itself: always such that stand before it."""

FLAT = {"__init__", "errors", "contract", "cli"}
"""All that lies in alignment_lib itself."""


def name_of(file: Path) -> str:
    """`stats.money` of its file; a package by its own name; `` for the library itself."""
    parts = file.relative_to(LIBRARY).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def room_of(module: str) -> str:
    """The room in which a module lies; the library's own `__init__` knows nothing and may be known by all."""
    return module.partition(".")[0] or "errors"


@cache
def imported(file: Path) -> frozenset[str]:
    """Modules of this library that a file imports, lazily or not, dotted and below alignment_lib."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {a.name for a in node.names if a.name.partition(".")[0] == "alignment_lib"}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "alignment_lib":
            # `from alignment_lib.stats import money` names a module
            found |= {f"{node.module}.{a.name}" if _is_module(node.module, a.name) else node.module for a in node.names}
        assert not (isinstance(node, ast.ImportFrom) and node.level), f"{file}: import by the full name"
    return frozenset(name.removeprefix("alignment_lib").removeprefix(".") for name in found if name)


def _is_module(package: str | None, name: str) -> bool:
    place = LIBRARY.parent.joinpath(*str(package).split("."), name)
    return place.is_dir() or place.with_suffix(".py").is_file()


def forbidden(file: Path) -> list[str]:
    """What a file imports and its room may not."""
    mine = room_of(name_of(file))
    return [
        f"{name_of(file)} imports {name}"
        for name in sorted(imported(file))
        if room_of(name) not in {mine, *ROOMS[mine].split()}
    ]


def test_each_room_knows_only_rooms_that_stand_before_it() -> None:
    names = list(ROOMS)
    for place, known in enumerate(ROOMS.values()):
        assert set(known.split()) <= set(names[:place]), names[place]
    assert {room_of(name_of(file)) for file in MODULES} == set(names)


def test_files_import_only_what_their_room_may() -> None:
    assert [line for file in MODULES for line in forbidden(file)] == []


def test_no_permission_is_left_over() -> None:
    """What a room no longer needs is no longer allowed, so that the next import is noticed."""
    used: dict[str, set[str]] = {room: set() for room in ROOMS}
    for file in MODULES:
        used[room_of(name_of(file))] |= {room_of(name) for name in imported(file)}
    for room, may in ROOMS.items():
        assert set(may.split()) == used[room] - {room}, room


def test_no_files_import_each_other_in_a_circle() -> None:
    """Also not lazily; a package's face stands for the files whose names it hands on."""
    names = {name_of(file) for file in MODULES}
    graph = {name_of(file): {n for n in imported(file) if n in names and n != name_of(file)} for file in MODULES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(f"these import each other: {' <- '.join(circle.args[1])}")


def test_a_forbidden_import_is_found_wherever_it_hides(tmp_path: Path) -> None:
    lazy = "def f():\n    from alignment_lib import page\n    import alignment_lib.cli\n"
    (tmp_path / "x.py").write_text(lazy)
    assert imported(tmp_path / "x.py") == {"page", "cli"}


def test_nothing_else_lies_flat() -> None:
    assert {file.stem for file in LIBRARY.glob("*.py")} == FLAT


FRAMES = {
    "answer", "bands", "columns", "conversions", "drawing", "groups", "judgements", "leagues", "lifetimes", "phrases",
    "scores",
}  # fmt: skip
"""The files of stats that answer questions about a data frame; the others take counts."""


@pytest.mark.parametrize("file", sorted((LIBRARY / "stats").glob("*.py")), ids=lambda p: p.stem)
def test_a_statistic_takes_numbers_and_only_a_question_takes_a_frame(file: Path) -> None:
    standard = sys.stdlib_module_names - {"sqlite3", "socket", "subprocess", "urllib", "os", "pathlib", "time"}
    outside = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            outside |= {a.name.partition(".")[0] for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            outside.add(str(node.module).partition(".")[0])
    may = {"numpy", "scipy", "alignment_lib"} | ({"pandas", "matplotlib"} if file.stem in FRAMES else set())
    assert outside - standard <= may


def test_nothing_but_the_command_line_reads_the_clock() -> None:
    clock = re.compile(r"datetime\.now\(|date\.today\(|time\.time\(\)|utcnow\(")
    found = {name_of(f) for f in MODULES if clock.search(f.read_text(encoding="utf-8"))}
    assert found <= {"cli", "report.session"}  # a notebook opened by hand has no command line


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    first, has_text = function.body[0], ast.get_docstring(function) is not None
    docstring = (first.end_lineno or first.lineno) - first.lineno + 1 if has_text else 0
    return (function.end_lineno or function.lineno) - function.lineno + 1 - docstring


@pytest.mark.parametrize("file", MODULES, ids=lambda p: name_of(p) or "alignment_lib")
def test_a_file_is_read_in_five_minutes(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= (300 if room_of(name_of(file)) == "stats" else 700) or name_of(file) in TOO_LONG
    functions = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert [f.name for f in functions if lines_of(f) > 50] == []
    assert file.stem not in ("utils", "helpers")


TOO_LONG = {"stats.estimates", "stats.strata"}
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
    found = {name_of(f) for f in MODULES if re.search(r"\bround\(|\.round\(", f.read_text(encoding="utf-8"))}
    free = ("demo", "page.charts", "stats")
    assert [name for name in found if not name.startswith(free)] == []
