"""Exports as strangers have them reach their right values: ../shared/foreign, whose README says what is odd in each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.foreign import FOREIGN, cases, outcome, wrong


@pytest.mark.real_data
@pytest.mark.skipif(not FOREIGN.is_dir(), reason="needs the exports in ../shared/foreign, which are not here")
@pytest.mark.parametrize("name", sorted(cases()))
def test_a_strangers_export_reaches_its_right_values(tmp_path: Path, name: str) -> None:
    assert wrong(cases()[name], outcome(FOREIGN / name, tmp_path)) == []
