"""The list of faults cannot rot: each still has its place and its tests; and a run tells a caught one from another."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.mutations.mutations import MUTATIONS, Mutation
from tests.mutations.run import ROOT, main

NAMES = [m.name for m in MUTATIONS]


def test_there_are_enough_of_them_and_each_has_a_name_of_its_own() -> None:
    assert len(set(NAMES)) == len(NAMES) >= 40


@pytest.mark.parametrize("mutation", MUTATIONS, ids=NAMES)
def test_a_fault_has_its_place_and_its_tests(mutation: Mutation) -> None:
    text = (ROOT / mutation.file).read_text(encoding="utf-8")
    assert ast.dump(ast.parse(mutation.applied(text))) != ast.dump(ast.parse(text))
    for test in mutation.tests.split():
        path, _, function = test.partition("::")
        assert not function or f"\ndef {function}(" in (ROOT / path).read_text(encoding="utf-8"), test


def test_a_place_that_is_gone_or_there_twice_is_an_error() -> None:
    for text in ("a > b", "a < b < c"):
        with pytest.raises(ValueError, match=r"^x: ' < ' occurs [02] times in f\.py, not once$"):
            Mutation("x", "f.py", " < ", " <= ", "").applied(text)


def test_a_run_tells_which_test_caught_a_fault_and_leaves_the_tree_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of 17 and 18 years the tests know the second alone."""
    code, tests = tmp_path / "age.py", tmp_path / "test_age.py"
    code.write_text("def adult(years):\n    return years >= 18\n", encoding="utf-8")
    tests.write_text("import age\n\n\ndef test_just():\n    assert age.adult(18)\n", encoding="utf-8")
    caught = Mutation("caught", "age.py", ">= 18", "> 18", "test_age.py::test_just")
    missed = Mutation("missed", "age.py", ">= 18", ">= 17", "test_age.py")
    assert main(["other"], mutations=[caught, missed], root=tmp_path) == 2
    assert main(["age.py"], mutations=[caught, missed], root=tmp_path) == 1
    assert capsys.readouterr().out.splitlines()[1:] == [
        "caught  killed by test_age.py::test_just", "missed  SURVIVED", "1 of 2 killed",
    ]  # fmt: skip
    tests.write_text("def test_just():\n    assert False\n", encoding="utf-8")
    assert main(mutations=[caught], root=tmp_path) == 2
    assert "do not pass as they are" in capsys.readouterr().out
    assert code.read_text(encoding="utf-8").endswith(">= 18\n") and not list(tmp_path.glob("__pycache__"))
