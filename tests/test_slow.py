"""The list of what is slow names what is there, and nothing is named twice."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.slow import APART, SLOW, TOGETHER, unit

TESTS = Path(__file__).parent


@pytest.mark.parametrize("row", [*SLOW, *TOGETHER, *APART])
def test_each_row_names_a_file_and_the_beginning_of_a_test(row: str) -> None:
    file, *names = row.split("::")
    text = (TESTS / file).read_text(encoding="utf-8")
    for name in names:
        assert f"def {name}" in text or f"class {name}" in text, name


@pytest.mark.parametrize(("one", "other", "same"), [
    ("test_sentences.py::test_a", "test_special_weeks.py::test_b[x]", True),
    ("test_clock.py::test_a", "test_clock.py::test_b", True),
    ("test_clock.py::test_a", "test_rooms.py::test_a", False),
    ("test_weekly_page.py::test_pages_of[a]", "test_weekly_page.py::test_pages_of[b]", False),
])  # fmt: skip
def test_what_shares_something_is_of_one_unit(one: str, other: str, same: bool) -> None:
    assert (unit(f"tests/{one}") == unit(f"tests/{other}")) == same


def test_one_worker_takes_a_whole_unit() -> None:
    """Run in two workers, and asked which took what; each of two files goes to one."""
    asked = [f"tests/{name}.py" for name in ("test_wording", "test_estimates")]
    command = [sys.executable, "-m", "pytest", "-n", "2", "-v", "-p", "no:cacheprovider", *asked]
    told = subprocess.run(
        [*command, "-o", "addopts="], cwd=TESTS.parent, text=True, capture_output=True, check=True,
        env={name: value for name, value in os.environ.items() if "XDIST" not in name},
    ).stdout  # fmt: skip
    took = set(re.findall(r"^\[(gw\d)\] .* PASSED (tests/\w+\.py)", told, re.MULTILINE))
    assert {file for _, file in took} == set(asked)
    assert len(took) == len(asked)
