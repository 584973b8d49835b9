"""Exports as strangers have them reach their right values: ../shared/foreign, whose README says what is odd in each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.foreign import FOREIGN, cases, outcome, wrong

NOT_YET: dict[str, str] = {
    "03-ids-15-and-18": "ids of 15 and 18 characters are not joined",
    "06a-unique-amounts": "amounts that are all different are taken for ids",
    "06b-unique-amounts-euro": "amounts that are all different are taken for ids",
    "09b-dates-as-utc-instants": "the day of UTC is taken for that of the company",
    "10-utc-suffix": "UTC written behind a time is passed over",
    "11a-stage-renamed": "values outside `map:` are not named",
}
"""Cases that are not right yet, and why; one that becomes right must leave this list."""


def _parameters() -> list[object]:
    return [
        pytest.param(name, marks=pytest.mark.xfail(reason=NOT_YET[name], strict=True) if name in NOT_YET else ())
        for name in sorted(cases())
    ]


@pytest.mark.real_data
@pytest.mark.skipif(not FOREIGN.is_dir(), reason="needs the exports in ../shared/foreign, which are not here")
@pytest.mark.parametrize("name", _parameters())
def test_a_strangers_export_reaches_its_right_values(tmp_path: Path, name: str) -> None:
    assert wrong(cases()[name], outcome(FOREIGN / name, tmp_path)) == []
