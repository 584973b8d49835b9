"""Amounts in several currencies: never one sum, converted by rates where there are any, told where there are none."""

from __future__ import annotations

from pathlib import Path

from alignment_lib.checks import build
from alignment_lib.source import open_source
from tests import fixture_currencies as money


def test_amounts_by_hand_from_parquet(tmp_path: Path) -> None:
    given = money.params(str(money.export(tmp_path)))
    money.assert_by_hand(build(open_source(given), given))
