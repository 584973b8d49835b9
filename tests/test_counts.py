"""Counts at the door: every refusal names the argument, the rule and the value."""

from __future__ import annotations

import math

import pytest

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.counts import at_most, counts, number, numbers, whole

pytestmark = pytest.mark.filterwarnings("error")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "12", None, [1, 2], object()])
def test_a_number_must_be_finite(value: object) -> None:
    with pytest.raises(StatisticsError, match="leads: must be a finite number"):
        number("leads", value)  # type: ignore[arg-type]


def test_refusals_name_argument_rule_and_value() -> None:
    with pytest.raises(StatisticsError, match=r"leads: must be at least 0, got -3"):
        number("leads", -3, low=0)
    with pytest.raises(StatisticsError, match=r"target: must be between 0 and 1, got 20"):
        number("target", 20, low=0, high=1)
    with pytest.raises(StatisticsError, match=r"leads\[1\]: must be at least 0, got -1"):
        numbers("leads", [4, -1], low=0)
    with pytest.raises(StatisticsError, match=r"leads\[2\]: must be a finite number, got .*nan"):
        numbers("leads", [4, 1, math.nan])
    with pytest.raises(StatisticsError, match="converted: must be at most leads, got 81 of 80 at position 1"):
        at_most("converted", [1, 81], "leads", [2, 80])
    with pytest.raises(StatisticsError, match="won, lost: must be equally long, got 1, 2"):
        counts(won=[1], lost=[1, 2])
    with pytest.raises(StatisticsError, match=r"leads: must be a whole number, got 1.5"):
        whole("leads", 1.5)


@pytest.mark.parametrize("values", [["a"], [[1, 2], [3, 4]], 3, [[1], [1, 2]]])
def test_a_list_must_be_a_list_of_numbers(values: object) -> None:
    with pytest.raises(StatisticsError, match="leads: must be"):
        numbers("leads", values)  # type: ignore[arg-type]
