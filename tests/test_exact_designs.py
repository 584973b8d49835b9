"""The acceptance designs that are enumerated rather than simulated; seconds, no chance."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.simulation.designs_a import DESIGNS, EXACT

pytestmark = pytest.mark.filterwarnings("error")


@pytest.mark.parametrize(
    ("name", "criterion", "run"), [design for design in DESIGNS if design[0] in EXACT], ids=lambda x: str(x)[:3]
)
def test_exact_design(name: str, criterion: str, run: Callable[[int, float], tuple[str, bool]]) -> None:
    observed, passed = run(0, 1.0)
    assert passed, f"{name}: {criterion}; observed {observed}"
