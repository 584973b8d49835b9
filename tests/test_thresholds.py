"""The MQL line: cuts, criteria, precision and recall."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import precision_score, recall_score

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.estimates import Estimate, Proportion, proportion
from alignment_lib.stats.thresholds import criterion_lifts, precision_recall, threshold_table

pytestmark = pytest.mark.filterwarnings("error")

ACCEPTED, REJECTED = [3, 2, 2, 11, 33], [33, 6, 6, 11, 2]
"""Hanley JA, McNeil BJ (1982), Radiology 143:29-36, table 1, read as leads per score level."""

levels = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=6)


def test_cuts_by_hand() -> None:
    """Utility 3·accepted - rejected of all levels from the cut upwards; ties go to the highest cut."""
    table = threshold_table(accepted=ACCEPTED, rejected=REJECTED, benefit=3, cost=1)
    assert [cut.volume for cut in table.cuts] == [109, 73, 65, 57, 35]
    assert [cut.utility for cut in table.cuts] == [95, 119, 119, 119, 97]
    assert (table.best, table.break_even) == (3, 0.25)
    assert table.cuts[4].precision == proportion(converted=33, leads=35)
    assert table.cuts[4].recall == proportion(converted=33, leads=51)


def test_the_agreed_cut_is_the_lowest_that_sales_can_work_off() -> None:
    def agreed(capacity: float, precision: float) -> int | None:
        return threshold_table(
            accepted=ACCEPTED, rejected=REJECTED, benefit=3, cost=1, capacity=capacity, agreed_precision=precision
        ).agreed

    assert agreed(1000, 0.3) == 0
    assert agreed(70, 0.3) == 2
    assert agreed(70, 0.6) == 3  # 44 of 57 are .77, at least .648
    assert agreed(10, 0.3) is None
    assert agreed(1000, 0.99) is None
    assert threshold_table(accepted=ACCEPTED, rejected=REJECTED, benefit=3, cost=1).agreed is None


def test_what_fits_capacity_exactly_fits() -> None:
    """From level 3 up there are 57 leads."""
    for capacity, cut in ((57, 3), (56, 4)):
        found = threshold_table(
            accepted=ACCEPTED, rejected=REJECTED, benefit=3, cost=1, capacity=capacity, agreed_precision=0.6
        )
        assert found.agreed == cut


@settings(deadline=None)
@given(levels)
def test_precision_and_recall_equal_sklearn(counts: list[tuple[int, int]]) -> None:
    accepted, rejected = np.array(counts).T
    score = np.concatenate([np.repeat(np.arange(len(counts)), side) for side in (accepted, rejected)])
    truth = np.repeat([1, 0], [accepted.sum(), rejected.sum()])
    for cut in threshold_table(accepted=accepted, rejected=rejected, benefit=1, cost=1).cuts:
        passed = (score >= cut.level).astype(int)
        assert math.isnan(cut.precision.estimate) == (cut.volume == 0)
        assert math.isnan(cut.recall.estimate) == (truth.sum() == 0)
        if cut.volume and truth.sum():
            assert cut.precision.estimate == pytest.approx(precision_score(truth, passed, zero_division=0))
            assert cut.recall.estimate == pytest.approx(recall_score(truth, passed))


def test_hostile_thresholds() -> None:
    for empty in (
        threshold_table(accepted=[], rejected=[], benefit=1, cost=1),
        threshold_table(accepted=[0], rejected=[0], benefit=1, cost=1),
    ):
        assert empty.best is None and empty.reason == "no leads"
    for name, value in (("benefit", -1.0), ("cost", math.nan)):
        with pytest.raises(StatisticsError, match=name):
            threshold_table(accepted=[1], rejected=[1], **{"benefit": 1.0, "cost": 1.0, name: value})
    with pytest.raises(StatisticsError, match="must not both be 0"):
        threshold_table(accepted=[1], rejected=[1], benefit=0, cost=0)
    with pytest.raises(StatisticsError, match="accepted"):
        threshold_table(accepted=[-1], rejected=[1], benefit=1, cost=1)


def test_lift_by_hand() -> None:
    """.3 with, 50/400 = .125 overall: 2.4 times; r = .0667/.3 and s = .25 give 1/(.25 + .75·.2222) = 2.4."""
    [budget, noise] = criterion_lifts(
        met_converted=[30, 25], met_leads=[100, 200], unmet_converted=[20, 25], unmet_leads=[300, 200]
    )
    assert budget.estimate == pytest.approx(2.4)
    assert 1 < budget.low < 2.4 < budget.high < 4
    assert budget.gap.estimate == pytest.approx(0.3 - 20 / 300)
    assert budget.q < 0.001
    assert noise.estimate == 1 and noise.low < 1 < noise.high and noise.q == 1


sides = st.integers(0, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(deadline=None)
@given(sides, sides)
def test_lift_is_the_rate_over_the_overall_rate(met: tuple[int, int], unmet: tuple[int, int]) -> None:
    [lift] = criterion_lifts(
        met_converted=[met[0]], met_leads=[met[1]], unmet_converted=[unmet[0]], unmet_leads=[unmet[1]]
    )
    assert math.isnan(lift.estimate) == bool(lift.reason)
    assert lift.low <= lift.high
    assert math.isnan(lift.q) == (not met[1] or not unmet[1])
    if not lift.reason:
        assert lift.estimate == pytest.approx(lift.met.estimate / lift.overall.estimate)
        assert lift.low - 1e-9 <= lift.estimate <= lift.high + 1e-9


def test_hostile_criteria() -> None:
    [unmet] = criterion_lifts(met_converted=[0], met_leads=[0], unmet_converted=[3], unmet_leads=[9])
    assert unmet.reason == "with: no leads" and (unmet.low, unmet.high) == (0, math.inf) and math.isnan(unmet.q)
    [nobody] = criterion_lifts(met_converted=[0], met_leads=[10], unmet_converted=[0], unmet_leads=[30])
    assert math.isnan(nobody.estimate) and nobody.reason == "both rates are 0" and nobody.high == 4
    assert criterion_lifts(met_converted=[], met_leads=[], unmet_converted=[], unmet_leads=[]) == ()
    with pytest.raises(StatisticsError, match="met_converted"):
        criterion_lifts(met_converted=[11], met_leads=[10], unmet_converted=[1], unmet_leads=[2])


def test_recall_by_hand() -> None:
    """30 won MQLs of 100 and 10 won of 400 others: 30/40."""
    mql, other = proportion(converted=30, leads=100), proportion(converted=10, leads=400)
    line = precision_recall(mql=mql, mql_leads=100, other=other, other_leads=400)
    assert line.precision is mql
    assert line.recall.estimate == pytest.approx(0.75)
    assert line.recall.low < 0.75 < line.recall.high


@settings(deadline=None)
@given(sides, sides)
def test_recall_in_finished_cohorts_is_the_share_of_all_won(mql: tuple[int, int], other: tuple[int, int]) -> None:
    rates = [proportion(converted=x, leads=n) for x, n in (mql, other)]
    line = precision_recall(mql=rates[0], mql_leads=mql[1], other=rates[1], other_leads=other[1])
    assert 0 <= line.recall.low <= line.recall.high <= 1
    assert math.isnan(line.recall.estimate) == bool(line.recall.reason)
    if not line.recall.reason:
        assert line.recall.estimate == pytest.approx(mql[0] / (mql[0] + other[0]))


def test_recall_of_unfinished_cohorts_needs_both_rates() -> None:
    unknown = Estimate(estimate=math.nan, low=0, high=1, reason="too young")
    half: Proportion = proportion(converted=5, leads=10)
    line = precision_recall(mql=half, mql_leads=10, other=unknown, other_leads=10)
    assert math.isnan(line.recall.estimate) and line.recall.reason == "others: too young"
    alone = precision_recall(mql=half, mql_leads=10, other=half, other_leads=0)
    assert alone.recall.reason == "no other leads: recall could only be 1"
    with pytest.raises(StatisticsError, match="mql_leads"):
        precision_recall(mql=half, mql_leads=-1, other=half, other_leads=5)
