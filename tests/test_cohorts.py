"""Time-lagged conversion against published tables, a lead-by-lead second implementation and identities."""

import math
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment_lib.errors import StatisticsError
from alignment_lib.stats import clock, goals, incidences, triangles, waiting
from alignment_lib.stats.estimates import difference, proportion, ratio, wilson
from alignment_lib.stats.triangles import Cohort, FollowUp, Forecast, curve, follow_up, forecast, incidence, triangle

pytestmark = pytest.mark.filterwarnings("error")

# Klein & Moeschberger (2003), table 1.3, marrow transplants, group ALL: days to relapse, to death in remission, and
# of follow-up without either.
RELAPSED = [55, 74, 104, 109, 110, 122, 129, 192, 230, 383, 609, 662]
DIED = [1, 86, 107, 122, 172, 194, 276, 332, 418, 466, 487, 526]
FOLLOWED = [226, 530, 996, 1111, 1167, 1182, 1199, 1330, 1377, 1433, 1462, 1496, 1602, 2081]


def of_leads(converted: list, competing: list, censored: list) -> FollowUp:
    """One row per lead."""
    lots = (converted, competing, censored)
    columns = [[float(lot is own) for own in lots for _ in own] for lot in lots]
    ages = [age for own in lots for age in own]
    return follow_up(ages=ages, converted=columns[0], competing=columns[1], censored=columns[2])


MARROW = of_leads(RELAPSED, DIED, FOLLOWED)

tables = st.lists(
    st.tuples(st.integers(0, 40), *[st.integers(0, 6)] * 3).filter(lambda row: sum(row[1:]) > 0),
    min_size=1,
    max_size=25,
)


def table(rows: list, times: float = 1) -> FollowUp:
    columns = np.array(rows, dtype=float).reshape(-1, 4).T
    won, lost, still_open = columns[1:] * times
    return follow_up(ages=columns[0], converted=won, competing=lost, censored=still_open)


def share_by_states(rows: list, weights: list, horizon: float) -> float:
    """Second implementation: leads one by one, a state vector moved through the transitions of each day."""
    leads = [(age, kind, w) for (age, *lots), w in zip(rows, weights, strict=True) for kind, n in enumerate(lots) if n]
    counts = [n for _, *lots in rows for n in lots if n]
    waiting, won = 1.0, 0.0
    for day in sorted({age for age, _, _ in leads if age <= horizon}):
        at_risk = sum(n * w for (age, _, w), n in zip(leads, counts, strict=True) if age >= day)
        moved = [
            sum(n * w for (age, kind, w), n in zip(leads, counts, strict=True) if (age, kind) == (day, cause))
            for cause in (0, 1)
        ]
        won += waiting * moved[0] / at_risk
        waiting *= 1 - sum(moved) / at_risk
    return won


# --- published and hand-worked values


def test_marrow_transplants() -> None:
    # R survival (multi-state survfit) on Klein & Moeschberger's table, cited in the statistical specification
    year = incidence(MARROW, horizon=365.25)
    assert year.estimate == pytest.approx(0.2379862700229, abs=2e-7)
    assert math.sqrt(year.variance) == pytest.approx(0.06929927606155, abs=2e-7)
    assert (year.leads, year.converted, year.censored, year.at_risk) == (38, 9, 1, 20)
    deaths = incidence(of_leads(DIED, RELAPSED, FOLLOWED), horizon=365.25)
    assert deaths.estimate == pytest.approx(0.2128146453089, abs=2e-7)
    assert math.sqrt(deaths.variance) == pytest.approx(0.06682749935335, abs=2e-7)


def test_ties_on_one_day() -> None:
    # STYLE, defects: ten leads aged 30 days of which five convert on day 30 read 50 %, in whatever order they come
    for ages, converted, censored in (([30], [5], [5]), ([30, 30], [0, 5], [5, 0]), ([30, 30], [5, 0], [0, 5])):
        half = incidence(follow_up(ages=ages, converted=converted, censored=censored), horizon=30)
        assert half.estimate == 0.5
        assert (half.low, half.high) == (proportion(converted=5, leads=10).low, proportion(converted=5, leads=10).high)
        assert half.at_risk == 10


def test_nothing_converted() -> None:
    # STATS 4: three lost and ten followed give Wilson's interval of 0/13
    none = follow_up(ages=[3, 10, 20, 40], converted=[0] * 4, competing=[2, 1, 0, 0], censored=[1, 2, 4, 10])
    share = incidence(none, horizon=30)
    assert (share.estimate, share.low, share.effective_n) == (0, 0, 13)
    assert share.high == proportion(converted=0, leads=13).high


def test_a_lead_last_seen_on_the_day_of_the_horizon_was_followed_to_it() -> None:
    # by hand: events precede censoring at equal day, so all ten leads got through day 30
    share = incidence(follow_up(ages=[30], converted=[0], censored=[10]), horizon=30)
    assert (share.effective_n, share.at_risk, share.censored) == (10, 10, 0)
    assert share.high == proportion(converted=0, leads=10).high


def test_everything_converted_on_the_day_of_creation() -> None:
    share = incidence(follow_up(ages=[0], converted=[7], censored=[0]), horizon=0)
    assert (share.estimate, share.high, share.effective_n) == (1, 1, 7)
    assert share.low == proportion(converted=7, leads=7).low


def test_a_cohort_that_is_too_young_has_no_rate() -> None:
    # by hand: nobody was followed for 60 days; the rule is 10 leads or 5 %
    young = follow_up(ages=[10, 30], converted=[50, 0], censored=[0, 50])
    assert incidence(young, horizon=30).estimate == 0.5
    share = incidence(young, horizon=60)
    assert math.isnan(share.estimate)
    assert (share.low, share.high) == (0, 1)
    assert share.reason == "0 of 100 leads were followed to 60, at least 5 must be"
    assert incidence(young, horizon=60, min_at_risk=0).estimate == 0.5
    gap = difference(rate=share, baseline=incidence(young, horizon=30))
    assert math.isnan(gap.estimate)
    assert "followed to 60" in gap.reason


@pytest.mark.parametrize(("followed", "defined"), [(9, False), (10, True)])
def test_ten_leads_suffice_in_a_large_cohort(followed: int, defined: bool) -> None:
    large = follow_up(ages=[10, 20, 90], converted=[100, 0, 0], censored=[0, 900, followed])
    assert math.isnan(incidence(large, horizon=60).estimate) is not defined


def test_a_complete_cohort_is_exact_at_any_horizon() -> None:
    # identity: without censoring the interval is Wilson's of 3/6 (STATS 1), although nobody is left at risk
    done = follow_up(ages=[5, 10], converted=[2, 1], competing=[0, 3], censored=[0, 0])
    share = incidence(done, horizon=90)
    plain = proportion(converted=3, leads=6)
    assert (share.estimate, share.at_risk) == (0.5, 0)
    assert (share.low, share.high) == pytest.approx((plain.low, plain.high), abs=1e-12)


def test_complement_of_kaplan_meier_is_not_the_rate() -> None:
    # by hand: 10 leads, 5 lost on day 1, 5 won on day 2: half convert; 1 - KM with lost leads censored says all do
    leads = follow_up(ages=[1, 2], converted=[0, 5], competing=[5, 0], censored=[0, 0])
    assert incidence(leads, horizon=2).estimate == 0.5
    with pytest.raises(StatisticsError, match=r"5 that ended otherwise.*incidence"):
        waiting.kaplan_meier(leads)


# --- a second implementation and identities


@settings(max_examples=60, deadline=None)
@given(rows=tables, horizon=st.integers(0, 45))
def test_equals_the_second_implementation(rows: list, horizon: int) -> None:
    share = incidence(table(rows), horizon=horizon, min_at_risk=0)
    if share.reason:
        assert all(still_open and age < horizon for age, _, _, still_open in rows)
    else:
        assert share.estimate == pytest.approx(share_by_states(rows, [1] * len(rows), horizon), abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(rows=tables, horizon=st.integers(0, 45))
def test_variance_is_the_infinitesimal_jackknife(rows: list, horizon: int) -> None:
    """The Greenwood type is the sum over leads of squared influence (Efron 1981): derivatives taken numerically."""
    single = [(age, *(float(kind == own) for own in range(3)), n) for age, *lots in rows for kind, n in enumerate(lots)]
    kept = [row for row in single if row[4]]
    rows_of = [row[:4] for row in kept]
    total, step = 0.0, 1e-6
    for place, (*_, n) in enumerate(kept):
        shares = []
        for sign in (1, -1):
            weights = [row[4] + sign * step * (row is kept[place]) for row in kept]
            shares.append(share_by_states(rows_of, weights, horizon))
        total += n * ((shares[0] - shares[1]) / (2 * step)) ** 2
    variance = incidence(table(rows), horizon=horizon, min_at_risk=0).variance
    assert variance == pytest.approx(total, abs=1e-7)


@settings(max_examples=60, deadline=None)
@given(rows=tables, horizon=st.integers(0, 45))
def test_without_censoring_it_is_wilson(rows: list, horizon: int) -> None:
    rows = [(age, won, lost + still_open, 0) for age, won, lost, still_open in rows]
    won = sum(row[1] for row in rows if row[0] <= horizon)
    share, plain = incidence(table(rows), horizon=horizon), proportion(converted=won, leads=table(rows).leads)
    assert (share.estimate, share.low, share.high) == pytest.approx((plain.estimate, plain.low, plain.high), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(rows=tables, horizon=st.integers(0, 45), data=st.data())
def test_order_empty_rows_and_split_rows_change_nothing(rows: list, horizon: int, data: st.DataObject) -> None:
    mixed = [*data.draw(st.permutations(rows)), (7, 0, 0, 0)]
    age, won, lost, still_open = mixed[0]
    mixed[:1] = [(age, 0, lost, 0), (age, won, 0, still_open)]
    one, other = (vars(incidence(table(each), horizon=horizon)) for each in (rows, mixed))
    assert one == pytest.approx(other, abs=1e-12, nan_ok=True) or one["reason"] == other["reason"] != ""


@settings(max_examples=60, deadline=None)
@given(rows=tables, horizon=st.integers(0, 45), times=st.integers(2, 1000))
def test_scaling_keeps_the_share_and_divides_the_variance(rows: list, horizon: int, times: int) -> None:
    one, many = (incidence(table(rows, k), horizon=horizon, min_at_risk=0) for k in (1, times))
    assert many.estimate == pytest.approx(one.estimate, abs=1e-9, nan_ok=True)
    assert many.variance * times == pytest.approx(one.variance, abs=1e-9)
    assert many.high - many.low <= one.high - one.low + 1e-12


@settings(max_examples=60, deadline=None)
@given(rows=tables, horizon=st.integers(0, 45))
def test_the_parts_add_to_the_whole(rows: list, horizon: int) -> None:
    """Converted, otherwise ended and still waiting make 1."""
    won = incidence(table(rows), horizon=horizon, min_at_risk=0).estimate
    lost = incidence(table([(t, b, a, c) for t, a, b, c in rows]), horizon=horizon, min_at_risk=0).estimate
    ended = waiting.kaplan_meier(table([(t, a + b, 0, c) for t, a, b, c in rows]))
    seen = ended.ages <= horizon
    still = float(ended.surviving[seen][-1]) if seen.any() else 1.0
    if not math.isnan(won):
        assert won + lost + still == pytest.approx(1, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(rows=tables, others=tables, horizon=st.integers(0, 45))
def test_swapping_groups_negates_the_difference(rows: list, others: list, horizon: int) -> None:
    a, b = (incidence(table(each), horizon=horizon, min_at_risk=0) for each in (rows, others))
    ab, ba = difference(rate=a, baseline=b), difference(rate=b, baseline=a)
    assert (ab.estimate, ab.low, ab.high) == pytest.approx((-ba.estimate, -ba.high, -ba.low), abs=1e-12, nan_ok=True)
    if a.low > 0 and b.low > 0:
        assert ratio(rate=a, baseline=b).low == pytest.approx(1 / ratio(rate=b, baseline=a).high, rel=1e-9)


def test_difference_of_complete_cohorts_is_newcombe() -> None:
    # Newcombe (1998b), method 10: 56/70 - 48/80 gives .0524 to .3339
    first = incidence(follow_up(ages=[9], converted=[56], competing=[14], censored=[0]), horizon=30)
    second = incidence(follow_up(ages=[9], converted=[48], competing=[32], censored=[0]), horizon=30)
    gap = difference(rate=first, baseline=second)
    assert (round(gap.low, 4), round(gap.high, 4)) == (0.0524, 0.3339)


# --- triangle


def test_triangle_prints_only_what_every_lead_has_reached() -> None:
    march = Cohort(
        name="March",
        last_created=date(2025, 3, 31),
        follow_up=follow_up(
            ages=[12, 20, 40, 61], converted=[3, 0, 1, 0], competing=[0, 2, 0, 0], censored=[0, 0, 20, 20]
        ),
    )
    row = triangle([march], ages=[30, 60, 90], as_of=date(2025, 5, 10))[0]
    assert [cell.matured for cell in row] == [True, False, False]
    assert [cell.matures_on for cell in row] == [date(2025, 4, 30), date(2025, 5, 30), date(2025, 6, 29)]
    assert row[0].incidence.estimate == pytest.approx(3 / 46, abs=1e-12)
    # by hand: 43 of 46 at risk after three early conversions, two lost; on day 40 one of 41 converts
    assert row[1].incidence.estimate == pytest.approx(3 / 46 + 41 / 46 / 41, abs=1e-12)
    assert math.isnan(row[2].incidence.estimate)
    assert "followed to 90" in row[2].incidence.reason
    assert {cell.cohort for cell in row} == {"March"}


def test_triangle_matures_on_the_day_and_not_before() -> None:
    cohort = Cohort(
        name="a", last_created=date(2025, 3, 1), follow_up=follow_up(ages=[30], converted=[1], censored=[9])
    )
    for day, matured in ((30, False), (31, True)):
        (cell,) = triangle([cohort], ages=[30], as_of=date(2025, 3, day))[0]
        assert cell.matured is matured


def test_triangle_without_cohorts_or_leads() -> None:
    assert triangle([], as_of=date(2025, 1, 1)) == ()
    empty = Cohort(name="a", last_created=date(2024, 1, 1), follow_up=follow_up(ages=[], converted=[], censored=[]))
    (cell, *_rest) = triangle([empty], as_of=date(2025, 1, 1))[0]
    assert math.isnan(cell.incidence.estimate)
    assert cell.incidence.reason == "no leads"


def test_nothing_asks_for_the_time_or_for_chance() -> None:
    # STYLE, defects: datetime.now() inside a statistic changes an old week when it is run again
    for module in (clock, triangles, incidences, goals, waiting):
        source = Path(module.__file__).read_text(encoding="utf-8")
        assert not any(word in source for word in ("now(", "today(", "time.time", "random"))


# --- forecast


def test_forecast_with_nothing_open_is_what_is_done() -> None:
    pool = follow_up(ages=[1, 2], converted=[1, 1], censored=[0, 3])
    for ages, leads in (([], []), ([5], [0]), ([90, 200], [4, 4])):
        outlook = forecast(pool, open_ages=ages, open_leads=leads, done=5, horizon=90)
        assert (outlook.estimate, outlook.low, outlook.high, outlook.open_leads) == (5, 5, 5, 0)
        assert outlook.reason == ""


@settings(max_examples=40, deadline=None)
@given(rows=tables, age=st.integers(0, 40), horizon=st.integers(1, 45))
def test_chance_of_an_open_lead_is_the_rest_of_the_curve(rows: list, age: int, horizon: int) -> None:
    """STATS 4: incidence in the pool restricted to t > a equals (I(H) - I(a))/S(a)."""
    outlook = forecast(table(rows), open_ages=[age], open_leads=[3], done=0, horizon=horizon, min_at_risk=0)
    ended = waiting.kaplan_meier(table([(t, a + b, 0, c) for t, a, b, c in rows]))
    still = (
        float(np.append(ended.surviving, 1.0)[np.flatnonzero(ended.ages <= age)[-1]])
        if (ended.ages <= age).any()
        else 1
    )
    if age >= horizon:
        assert outlook.estimate == 0
    elif still > 1e-9 and max(row[0] for row in rows) > age:
        points = curve(table(rows), horizons=[age, horizon], min_at_risk=0)
        if not any(point.reason for point in points):
            assert outlook.rate == pytest.approx((points[1].estimate - points[0].estimate) / still, abs=1e-9)
            assert 0 <= outlook.low <= outlook.high <= 3


def test_forecast_of_one_open_lead() -> None:
    # by hand: after day 15 the pool has 170 leads, 10 convert on day 20: q = 10/170; uncensored, so n = 170 and the
    # chance that the one lead converts is (10 + ½)/(170 + 1) < 10 %, which the upper 90 % limit rounds to none
    pool = follow_up(ages=[10, 20, 90], converted=[30, 10, 0], censored=[0, 0, 160])
    outlook = forecast(pool, open_ages=[15], open_leads=[1], done=2, horizon=60)
    assert outlook.rate == pytest.approx(10 / 170)
    assert outlook.effective_n == pytest.approx(170)
    assert (outlook.low, outlook.high) == (2, 2)
    assert outlook.estimate == pytest.approx(2 + 10 / 170)


def test_conversions_of_the_day_are_past_for_a_lead_still_open_on_it() -> None:
    # by hand: the 30 conversions on day 10 no longer count for a lead open at age 10: 10 of 170 remain
    pool = follow_up(ages=[10, 20, 90], converted=[30, 10, 0], censored=[0, 0, 160])
    assert forecast(pool, open_ages=[10], open_leads=[1], done=0, horizon=60).rate == pytest.approx(10 / 170)
    assert forecast(pool, open_ages=[9], open_leads=[1], done=0, horizon=60).rate == pytest.approx(40 / 200)


def test_forecast_from_a_pool_without_conversions() -> None:
    # by hand: 0 of 50 leads; beta(½, 50½) for 100 leads, upper 90 % limit from scipy's beta-binomial
    stats = pytest.importorskip("scipy.stats")
    pool = follow_up(ages=[100], converted=[0], censored=[50])
    outlook = forecast(pool, open_ages=[0], open_leads=[100], done=0, horizon=60)
    assert (outlook.rate, outlook.effective_n, outlook.low) == (0, 50, 0)
    assert outlook.high == stats.betabinom.ppf(0.9, 100, 0.5, 50.5) > 0


@settings(max_examples=60, deadline=None)
@given(won=st.integers(0, 300), lost=st.integers(1, 300), open_leads=st.integers(1, 2000), conf=st.floats(0.5, 0.99))
def test_forecast_equals_scipy(won: int, lost: int, open_leads: int, conf: float) -> None:
    # by hand: an uncensored pool makes the beta (won + ½, lost + ½); scipy's beta-binomial gives the limits
    stats = pytest.importorskip("scipy.stats")
    pool = follow_up(ages=[5, 9], converted=[won, 0], competing=[0, lost], censored=[0, 0])
    ahead = forecast(pool, open_ages=[0], open_leads=[open_leads], done=0, horizon=20, conf=conf)
    oracle = stats.betabinom(open_leads, won + 0.5, lost + 0.5)
    for limit, chance in ((ahead.low, (1 - conf) / 2), (ahead.high, (1 + conf) / 2)):
        assert limit == oracle.ppf(chance) or min(abs(oracle.cdf([limit, limit - 1]) - chance)) < 1e-9


def test_forecast_from_an_endless_pool_is_binomial() -> None:
    stats = pytest.importorskip("scipy.stats")
    pool = follow_up(ages=[1, 30], converted=[1e12, 0], competing=[0, 1e12], censored=[0, 0])
    ahead = forecast(pool, open_ages=[0], open_leads=[10], done=0, horizon=20)
    assert (ahead.low, ahead.high) == tuple(stats.binom.ppf([0.1, 0.9], 10, 0.5))


def test_forecast_needs_a_pool_that_reaches_the_horizon() -> None:
    pool = follow_up(ages=[10, 30], converted=[50, 0], censored=[0, 50])
    for pooled, age, words in (
        (pool, 5, "followed to 60"),
        (follow_up(ages=[3], converted=[9], censored=[0]), 5, "open"),
    ):
        outlook = forecast(pooled, open_ages=[age], open_leads=[8], done=3, horizon=60)
        assert math.isnan(outlook.estimate)
        assert (outlook.low, outlook.high) == (3, 11)
        assert words in outlook.reason


# --- hostile input


def bare(**changes: object) -> dict[str, object]:
    return {"ages": [1, 2], "converted": [1, 1], "censored": [1, 1], **changes}


def outlook(**changes: object) -> Forecast:
    given = {"open_ages": [1], "open_leads": [4], "done": 2, "horizon": 30, **changes}
    return forecast(MARROW, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda: follow_up(**bare(ages=[-1, 2])), r"ages\[0\].*at least 0.*-1"),
        (lambda: follow_up(**bare(ages=[1, math.nan])), r"ages\[1\].*nan"),
        (lambda: follow_up(**bare(converted=[1, -2])), r"converted\[1\].*-2"),
        (lambda: follow_up(**bare(censored=[math.nan, 2])), r"censored\[0\].*nan"),
        (lambda: follow_up(**bare(competing=[math.inf, 2])), r"competing\[0\].*inf"),
        (lambda: follow_up(**bare(competing=[1])), "equally long"),
        (lambda: follow_up(**bare(converted="ab")), "converted"),
        (lambda: incidence(MARROW, horizon=-1), "horizon.*-1"),
        (lambda: incidence(MARROW, horizon=math.nan), "horizon.*nan"),
        (lambda: incidence(MARROW, horizon=30, conf=1), "conf"),
        (lambda: incidence(MARROW, horizon=30, min_at_risk=-1), "min_at_risk.*-1"),
        (lambda: outlook(done=-1), "done.*-1"),
        (lambda: outlook(open_ages=[-1]), "open_ages.*-1"),
        (lambda: outlook(open_leads=[math.nan]), "open_leads.*nan"),
        (lambda: outlook(open_leads=[0.5]), "open_leads.*whole.*0.5"),
        (lambda: outlook(open_leads=[1, 2]), "equally long"),
        (lambda: outlook(horizon=math.nan), "horizon.*nan"),
        (lambda: outlook(conf=0), "conf"),
    ],
)
def test_bad_input_is_one_clear_error(make, names: str) -> None:
    with pytest.raises(StatisticsError, match=names):
        make()


@pytest.mark.parametrize(
    ("leads", "share"),
    [
        (follow_up(ages=[], converted=[], censored=[]), math.nan),
        (follow_up(ages=[5, 9], converted=[0, 0], censored=[0, 0]), math.nan),
        (follow_up(ages=[90], converted=[0], censored=[40]), 0),
        (follow_up(ages=[90], converted=[0], censored=[1]), 0),
        (follow_up(ages=[3], converted=[1], censored=[0]), 1),
        (follow_up(ages=[3], converted=[0], competing=[1], censored=[0]), 0),
        (follow_up(ages=[3], converted=[10**6], competing=[10**6], censored=[2 * 10**6]), 0.25),
        (follow_up(ages=[0, 30], converted=[10**9, 1], censored=[0, 0]), 1),
    ],
    ids=["empty", "no counts", "all open", "one open", "one won", "one lost", "a million", "all won"],
)
def test_extremes_are_defined(leads: FollowUp, share: float) -> None:
    result = incidence(leads, horizon=30, min_at_risk=0)
    assert result.estimate == pytest.approx(share, nan_ok=True)
    assert 0 <= result.low <= result.high <= 1
    assert bool(result.reason) == math.isnan(share)
    ahead = forecast(leads, open_ages=[2], open_leads=[3], done=0, horizon=30)
    assert 0 <= ahead.low <= ahead.high <= 3


def test_interval_is_wilson_on_the_effective_n() -> None:
    year = incidence(MARROW, horizon=365.25, conf=0.8)
    direct = wilson(estimate=year.estimate, effective_n=year.effective_n, conf=0.8)
    assert (year.low, year.high, year.conf) == (direct.low, direct.high, 0.8)
    assert year.effective_n == pytest.approx(year.estimate * (1 - year.estimate) / year.variance)
