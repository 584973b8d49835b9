"""Pace and projection against published probabilities, hand calculations and brute-force simulation."""

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.goals import Rhythm, predictive_pmf, project, project_from, rhythm, working_weight

pytestmark = pytest.mark.filterwarnings("error")

MONDAY = date(2025, 3, 3)
QUARTER = [MONDAY + timedelta(days=n) for n in range(91)]


def projection(**changes: float):
    given = {"done": 40, "target": 80, "weight_done": 12, "weight_left": 10, "prior_shape": 0.5, "prior_rate": 0}
    return project_from(**{**given, **changes})


def test_hoff() -> None:
    # Hoff (2009), section 3.2.2, women without college: printed to seven figures
    chances = predictive_pmf(events=[0, 1, 2, 3, 4], shape=219, rate=112, weight_left=1)
    printed = [1.427473e-01, 2.766518e-01, 2.693071e-01, 1.755660e-01, 8.622930e-02]
    assert chances == pytest.approx(printed, rel=5e-7)


@pytest.mark.parametrize(
    ("changes", "mean", "low", "high", "probability", "to_date"),
    [  # the statistical specification, section 7: two implementations agree
        ({}, 73.75, 64, 84, 0.223999843246242, 43.63636363636363),
        (
            {"done": 52, "weight_done": 9.5, "weight_left": 12.5, "target": 120}
            | {"prior_shape": 43.75, "prior_rate": 14, "overdispersion": 1.6},
            *(116.893617021277, 101.6, 133.6, 0.386961623713581, 51.81818181818182),
        ),
        ({"done": 0, "weight_done": 3, "weight_left": 19, "target": 60}, 19 / 6, 0, 9, 2.84276767019698e-05, 180 / 22),
        (
            {"done": 130, "weight_done": 20, "weight_left": 2, "target": 120, "overdispersion": 2},
            *(143.1, 136, 150, 1, 109.0909090909091),
        ),
    ],
)
def test_specified_values(changes, mean, low, high, probability, to_date) -> None:
    outlook = projection(**changes)
    assert (outlook.estimate, outlook.low, outlook.high) == pytest.approx((mean, low, high), abs=1e-8)
    assert (outlook.probability, outlook.target_to_date) == pytest.approx((probability, to_date), abs=1e-8)


def test_chance_equals_drawing_the_month() -> None:
    # second implementation: draw the rate, then the days to come, and count (standard error .001)
    chance = np.random.default_rng(20250301)
    to_come = chance.poisson(10 * chance.gamma(40.5, 1 / 12, size=200_000))
    assert projection().probability == pytest.approx(np.mean(to_come >= 40), abs=0.004)
    assert projection().estimate == pytest.approx(40 + to_come.mean(), abs=0.1)


def test_pace_by_hand() -> None:
    outlook = projection()
    assert outlook.attainment == pytest.approx(40 / (80 * 12 / 22))
    assert outlook.per_day_so_far == pytest.approx(40 / 12)
    assert outlook.per_day_needed == 4.0
    assert projection(done=90).per_day_needed == 0


def test_the_last_day_leaves_nothing_to_chance() -> None:
    for done, reached in ((79, 0), (80, 1)):
        outlook = projection(done=done, weight_left=0)
        assert (outlook.estimate, outlook.low, outlook.high, outlook.probability) == (done, done, done, reached)
    assert math.isnan(projection(weight_left=0).per_day_needed)


def test_before_the_first_working_day() -> None:
    outlook = projection(done=0, weight_done=0)
    assert math.isnan(outlook.estimate)
    assert math.isnan(outlook.probability)
    assert (outlook.low, outlook.high, outlook.reason) == (0, math.inf, "no working day yet")
    assert math.isnan(outlook.attainment)
    assert math.isnan(outlook.per_day_so_far)
    assert outlook.target_to_date == 0
    # with history the first morning has a projection: 14 days at 4 a day
    usual = Rhythm(weights=(1.0,) * 7, mean_per_day=4, overdispersion=1, days=91)
    assert project(done=0, target=80, weight_done=0, weight_left=22, usual=usual).estimate == 88


def test_a_period_without_any_working_day() -> None:
    outlook = projection(done=0, weight_done=0, weight_left=0)
    assert outlook.estimate == 0
    assert math.isnan(outlook.target_to_date)


def test_division_just_above_a_whole_number() -> None:
    # by hand: 21 more at an overdispersion of 1.4 are 15 units, although 21/1.4 computes as 15.000000000000002
    stats = pytest.importorskip("scipy.stats")
    assert 21 / 1.4 > 15
    outlook = projection(done=0, target=21, overdispersion=1.4)
    assert outlook.probability == pytest.approx(stats.nbinom.sf(14, 0.5, 12 / 22), abs=1e-12)


def test_history_weighs_two_weeks() -> None:
    usual = Rhythm(weights=(1.0,) * 7, mean_per_day=5, overdispersion=1.6, days=91)
    explicit = projection(prior_shape=43.75, prior_rate=14, overdispersion=1.6)
    assert project(done=40, target=80, weight_done=12, weight_left=10, usual=usual) == explicit


@settings(max_examples=60, deadline=None)
@given(
    done=st.integers(0, 3000),
    target=st.integers(0, 6000),
    weight_done=st.floats(0.01, 30),
    weight_left=st.floats(0.01, 30),
    shape=st.floats(0.01, 1e4),
    conf=st.floats(0.5, 0.99),
)
def test_equals_scipy(done, target, weight_done, weight_left, shape, conf) -> None:
    stats = pytest.importorskip("scipy.stats")
    outlook = projection(
        done=done,
        target=target,
        weight_done=weight_done,
        weight_left=weight_left,
        prior_shape=shape,
        prior_rate=3,
        conf=conf,
    )
    oracle = stats.nbinom(shape + done, (3 + weight_done) / (3 + weight_done + weight_left))
    assert (outlook.low, outlook.high) == tuple(done + oracle.ppf([(1 - conf) / 2, (1 + conf) / 2]))
    assert outlook.probability == pytest.approx(oracle.sf(target - done - 1), rel=1e-9, abs=1e-12)
    counts = [0, 1, 7, 100]
    chances = predictive_pmf(events=counts, shape=shape, rate=3, weight_left=weight_left)
    assert chances == pytest.approx(stats.nbinom(shape, 3 / (3 + weight_left)).pmf(counts), rel=1e-8, abs=1e-12)


@settings(max_examples=50, deadline=None)
@given(
    done=st.integers(0, 200),
    target=st.integers(0, 300),
    weight_done=st.floats(0.1, 30),
    weight_left=st.floats(0.1, 30),
    phi=st.floats(1, 5),
)
def test_more_done_never_lowers_the_outlook(done, target, weight_done, weight_left, phi) -> None:
    given = {"target": target, "weight_done": weight_done, "weight_left": weight_left, "overdispersion": phi}
    less, more = projection(done=done, **given), projection(done=done + 1, **given)
    assert less.low <= less.high
    assert done <= less.low
    assert 0 <= less.probability <= more.probability + 1e-12 <= 1 + 1e-9
    assert less.estimate < more.estimate


# --- rhythm


def test_weights_of_a_steady_quarter() -> None:
    # by hand: 13 weeks of 6 on workdays and none at the weekend
    daily = [6 if day.weekday() < 5 else 0 for day in QUARTER]
    usual = rhythm(days=QUARTER, daily=daily)
    assert usual.weights[0] == pytest.approx((78.5 / 13) / (393.5 / 91))
    assert usual.weights[6] == pytest.approx((0.5 / 13) / (393.5 / 91))
    assert sum(usual.weights) == pytest.approx(7)
    assert (usual.mean_per_day, usual.overdispersion, usual.days) == (pytest.approx(390.5 / 91), 1, 91)


def test_overdispersion_by_hand() -> None:
    # by hand: Mondays 0, 8 around 4 and Tuesdays 4, 4: chi-square 4 + 4 = 8 on 4 days less 2 means
    days = [MONDAY, MONDAY + timedelta(1), MONDAY + timedelta(7), MONDAY + timedelta(8)]
    assert rhythm(days=days, daily=[0, 4, 8, 4]).overdispersion == pytest.approx(4)


def test_overdispersion_is_that_of_a_poisson_fit() -> None:
    # statsmodels: Pearson chi-square over residual degrees of freedom of a Poisson model with a mean per weekday
    sm = pytest.importorskip("statsmodels.api")
    daily = np.random.default_rng(7).negative_binomial(4, 0.4, size=91)
    design = np.eye(7)[[day.weekday() for day in QUARTER]]
    fit = sm.GLM(daily, design, family=sm.families.Poisson()).fit()
    usual = rhythm(days=QUARTER, daily=daily)
    assert usual.overdispersion == pytest.approx(fit.pearson_chi2 / fit.df_resid, rel=1e-6)


def test_quiet_weekends_do_not_dilute_the_spread() -> None:
    daily = np.random.default_rng(8).negative_binomial(4, 0.4, size=91) * [day.weekday() < 5 for day in QUARTER]
    workdays = [day.weekday() < 5 for day in QUARTER]
    only = rhythm(days=[d for d, w in zip(QUARTER, workdays, strict=True) if w], daily=daily[workdays])
    assert rhythm(days=QUARTER, daily=daily).overdispersion == pytest.approx(only.overdispersion)


def test_holidays_weigh_nothing_and_teach_nothing() -> None:
    daily = [6 if day.weekday() < 5 else 0 for day in QUARTER]
    holiday = QUARTER[7]
    spoilt = [0 if day == holiday else count for day, count in zip(QUARTER, daily, strict=True)]
    usual = rhythm(days=QUARTER, daily=spoilt, closed={holiday})
    assert usual.days == 90
    assert usual.weights[0] > 1.3
    assert usual.overdispersion == 1
    week = [MONDAY + timedelta(days=n) for n in range(7)]
    assert working_weight(usual, days=week) == pytest.approx(sum(usual.weights))
    assert working_weight(usual, days=week, closed={MONDAY}) == pytest.approx(sum(usual.weights[1:]))


@settings(max_examples=30, deadline=None)
@given(data=st.data(), daily=st.lists(st.integers(0, 50), min_size=1, max_size=60))
def test_order_of_days_changes_nothing(data: st.DataObject, daily: list[int]) -> None:
    pairs = list(zip(QUARTER, daily, strict=False))
    mixed = data.draw(st.permutations(pairs))
    one, other = (rhythm(days=[d for d, _ in each], daily=[n for _, n in each]) for each in (pairs, mixed))
    assert one.weights == pytest.approx(other.weights)
    assert one.overdispersion == pytest.approx(other.overdispersion)


def test_without_history_all_days_are_average() -> None:
    usual = rhythm(days=[], daily=[])
    assert usual.weights == (1.0,) * 7
    assert math.isnan(usual.mean_per_day)
    assert project(done=40, target=80, weight_done=12, weight_left=10, usual=usual) == projection()
    one_day = rhythm(days=[MONDAY], daily=[3])
    assert one_day.weights == (1.0,) * 7
    assert one_day.overdispersion == 1


def test_an_empty_quarter_does_not_promise_nothing_for_ever() -> None:
    usual = rhythm(days=QUARTER, daily=[0] * 91)
    outlook = project(done=0, target=5, weight_done=0, weight_left=20, usual=usual)
    assert 0 < outlook.estimate < 1
    assert 0 < outlook.probability < 0.05


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda: projection(done=-1), "done.*-1"),
        (lambda: projection(done=math.nan), "done.*nan"),
        (lambda: projection(target=math.inf), "target.*inf"),
        (lambda: projection(weight_done=-1), "weight_done.*-1"),
        (lambda: projection(weight_left=math.nan), "weight_left.*nan"),
        (lambda: projection(prior_shape=0), "prior_shape.*above 0"),
        (lambda: projection(prior_rate=-1), "prior_rate.*-1"),
        (lambda: projection(overdispersion=0.9), "overdispersion.*0.9"),
        (lambda: projection(conf=1), "conf.*between 0 and 1"),
        (lambda: predictive_pmf(events=[-1], shape=1, rate=1, weight_left=1), r"events\[0\].*-1"),
        (lambda: predictive_pmf(events=[1], shape=1, rate=0, weight_left=1), "rate.*above 0"),
        (lambda: rhythm(days=[MONDAY], daily=[1, 2]), "days.*2 different"),
        (lambda: rhythm(days=[MONDAY, MONDAY], daily=[1, 2]), "days.*2 different"),
        (lambda: rhythm(days=[MONDAY], daily=[-1]), r"daily\[0\].*-1"),
        (lambda: rhythm(days=[MONDAY], daily=[math.nan]), r"daily\[0\].*nan"),
    ],
)
def test_bad_input_is_one_clear_error(make, names: str) -> None:
    with pytest.raises(StatisticsError, match=names):
        make()


def test_a_day_that_weighs_next_to_nothing_projects_nothing() -> None:
    outlook = projection(done=3000, weight_done=1e-9)
    assert math.isnan(outlook.estimate)
    assert (outlook.low, outlook.high, outlook.probability) == (3000, math.inf, 1)
    assert outlook.reason == "too little of the period is done to project it"


def test_a_million_leads() -> None:
    outlook = projection(done=10**6, target=2 * 10**6)
    assert outlook.low < outlook.estimate < outlook.high
    assert 0 <= outlook.probability <= 1
