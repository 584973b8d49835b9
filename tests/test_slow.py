"""The list of what is slow names what is there, and nothing is named twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.slow import APART, SLOW, TOGETHER

TESTS = Path(__file__).parent


@pytest.mark.parametrize("row", [*SLOW, *TOGETHER, *APART])
def test_each_row_names_a_file_and_the_beginning_of_a_test(row: str) -> None:
    file, *names = row.split("::")
    text = (TESTS / file).read_text(encoding="utf-8")
    for name in names:
        assert f"def {name}" in text or f"class {name}" in text, name
