"""The demo company's truth found again: what the generator was told, measured from the written files."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import holidays
import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest

from alignment_lib.demo import generate, truth
from alignment_lib.stats.clock import Calendar, business_seconds

DAY_S = 86_400
MATURE_LEADS = 120_000
TREATED = [arms.arm_b for arms in truth.ARMS]
STAGES = ("accepted", "sql", "won")


def parquet(folder: Path, name: str) -> pd.DataFrame:
    frame: pd.DataFrame = pyarrow.parquet.read_table(folder / f"{name}.parquet").to_pandas(date_as_object=False)
    return frame


@pytest.fixture(scope="module")
def mature(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export long after the history's end, when every outcome of its leads is known."""
    out = tmp_path_factory.mktemp("mature")
    generate(out, leads=MATURE_LEADS, until=datetime(2028, 3, 1, tzinfo=UTC), file_format="parquet")
    return out


@pytest.fixture(scope="module")
def leads(mature: Path) -> pd.DataFrame:
    """The leads of the history, created before its end."""
    contacts = parquet(mature, "contacts")
    return contacts[contacts["Create Date"] < pd.Timestamp(truth.END)]


@pytest.fixture(scope="module")
def deals(mature: Path) -> pd.DataFrame:
    rows = parquet(mature, "deals")
    return rows[rows["Create Date"] < pd.Timestamp("2026-06-01", tz="UTC")]


def deviations(frame: pd.DataFrame, passed: pd.Series, stage: str) -> pd.DataFrame:
    """Standard deviations between counts by source and segment and the truth (binomial)."""
    cells = frame.assign(passed=passed).groupby(["source", "Segment"], observed=True)["passed"].agg(["sum", "count"])
    cells["rate"] = [getattr(truth.source(s), stage)[truth.SEGMENTS.index(g)] for s, g in cells.index]
    expected, spread = cells["count"] * cells["rate"], np.sqrt(cells["count"] * cells["rate"] * (1 - cells["rate"]))
    cells["z"] = (cells["sum"] - expected) / spread
    cells["pooled"] = (cells["sum"] - expected).sum() / np.sqrt((spread**2).sum())
    return cells


def named(frame: pd.DataFrame) -> pd.DataFrame:
    """Leads or deals of real sources, a blank source by its name in the truth."""
    source = frame["Original Source"].astype(object).where(frame["Original Source"].notna(), "")
    return frame.assign(source=source)[~source.isin(["Test", truth.OUTBOUND])]


def decided(leads: pd.DataFrame) -> pd.DataFrame:
    rows = named(leads)
    untreated = ~rows["Latest Campaign"].astype(object).isin(TREATED)
    return rows[untreated & (rows["Sales Accepted Date"].notna() | rows["Sales Rejected Date"].notna())]


def test_mql_rates_by_source_are_found_again(leads: pd.DataFrame) -> None:
    cells = named(leads).groupby("source", observed=True)["Lifecycle: MQL Date"].agg(["count", "size"])
    for name, (mqls, n) in cells.iterrows():
        rate = truth.source(str(name)).mql
        assert abs(mqls - n * rate) < 4 * np.sqrt(n * rate * (1 - rate)), name
    assert len(cells) == len(truth.SOURCES) - 1
    assert leads[leads["Original Source"] == "Test"]["Lifecycle: MQL Date"].isna().all()


def test_rates_by_source_and_segment_are_found_again(leads: pd.DataFrame, deals: pd.DataFrame) -> None:
    accepted = named(leads)[named(leads)["Sales Accepted Date"].notna()]
    closed = named(deals)[named(deals)["Deal Stage"].isin(["Closed Won", "Closed Lost"])]
    found = (
        deviations(decided(leads), decided(leads)["Sales Accepted Date"].notna(), "accepted"),
        deviations(accepted, accepted["Lifecycle: SQL Date"].notna(), "sql"),
        deviations(closed, closed["Deal Stage"] == "Closed Won", "won"),
    )
    for stage, cells in zip(STAGES, found, strict=True):
        assert len(cells) == 24, stage
        assert cells["z"].abs().max() < 4, (stage, cells)
        assert cells["pooled"].abs().max() < 2.6, stage
    assert len(closed) / len(named(deals)) > 0.99


def test_lags_and_amounts_are_found_again(leads: pd.DataFrame, deals: pd.DataFrame) -> None:
    for chosen in (truth.source("Organic Search"), truth.source("Referral")):
        mqls = leads[(leads["Original Source"] == chosen.name) & leads["Lifecycle: MQL Date"].notna()]
        days = (mqls["Lifecycle: MQL Date"] - mqls["Create Date"]).dt.total_seconds() / DAY_S
        assert_median(days, chosen.mql_median_days, sigma=truth.MQL_SIGMA)
    for k, segment in enumerate(truth.SEGMENTS):
        rows = deals[deals["Segment"] == segment]
        days = (rows["Close Date"] - rows["Create Date"]).dt.total_seconds() / DAY_S
        won, lost = rows["Deal Stage"] == "Closed Won", rows["Deal Stage"] == "Closed Lost"
        # A closing date is a midnight: half a day early on average, rolled to the next working day.
        assert_median(days[won & (days > 0)], truth.WON_MEDIAN_DAYS[k], sigma=truth.CLOSE_SIGMA, rounding=1.0)
        assert_median(days[lost], truth.LOST_MEDIAN_DAYS[k], sigma=truth.CLOSE_SIGMA, rounding=1.0)
        assert_median(rows["Amount"].dropna(), truth.AMOUNT_MEDIAN[k], sigma=truth.AMOUNT_SIGMA[k], rounding=25.0)


def assert_median(values: Any, median: float, *, sigma: float, rounding: float = 0.0) -> None:
    """Within four standard errors: that of n lognormal values' median is 1.2533 sigma / sqrt(n) on the log scale."""
    assert len(values) > 150
    assert np.median(values) == pytest.approx(median, abs=rounding + 4 * 1.2533 * sigma * median / np.sqrt(len(values)))


def test_webinar_is_better_in_every_segment_and_worse_in_total(leads: pd.DataFrame, deals: pd.DataFrame) -> None:
    worse, better = truth.SIMPSON_WORSE, truth.SIMPSON_BETTER
    for stage in STAGES:
        pairs = zip(getattr(truth.source(worse), stage), getattr(truth.source(better), stage), strict=True)
        assert all(low < high for low, high in pairs), stage
    assert truth.accepted_rate(better) < truth.accepted_rate(worse) - 0.1
    assert truth.won_rate(better) < truth.won_rate(worse)
    judged, closed = decided(leads), named(deals)[named(deals)["Deal Stage"].isin(["Closed Won", "Closed Lost"])]
    for rows, passed, total in (
        (judged, judged["Sales Accepted Date"].notna(), truth.accepted_rate),
        (closed, closed["Deal Stage"] == "Closed Won", truth.won_rate),
    ):
        rates = passed.groupby(rows["source"]).mean()
        cells = passed.groupby([rows["source"], rows["Segment"]], observed=True).mean()
        assert rates[better] < rates[worse]
        assert all(cells[better, segment] > cells[worse, segment] for segment in truth.SEGMENTS)
        for name in (worse, better):
            assert rates[name] == pytest.approx(total(name), abs=0.03)


def test_the_mix_of_sources_moves_as_the_truth_says(leads: pd.DataFrame) -> None:
    rows = named(leads)
    age = (rows["Create Date"] - rows["Create Date"].min()) / (truth.WEEKS * pd.Timedelta(weeks=1))
    for low, high in ((0.0, 0.2), (0.8, 1.0)):
        part = rows[(age >= low) & (age < high)]
        for name in (truth.SIMPSON_WORSE, truth.SIMPSON_BETTER):
            share = truth.mix(truth.source(name), share_of_history=(low + high) / 2)
            assert (part["source"] == name).mean() == pytest.approx(share, abs=0.012), (name, low)
        judged = decided(part)["Sales Accepted Date"].notna()
        expected = truth.total_accepted_rate(share_of_history=(low + high) / 2)
        assert abs(judged.mean() - expected) < 4 * np.sqrt(0.24 / len(judged)), low
    assert truth.total_accepted_rate(share_of_history=0) - truth.total_accepted_rate(share_of_history=1) > 0.03


def test_arms_of_suggestions_differ_by_their_true_effect(leads: pd.DataFrame) -> None:
    rows = leads[leads["Sales Accepted Date"].notna() | leads["Sales Rejected Date"].notna()]
    for arms in truth.ARMS[:2]:
        a, b = (
            rows[rows["Latest Campaign"] == name]["Sales Accepted Date"].notna() for name in (arms.arm_a, arms.arm_b)
        )
        assert 0.8 < len(a) / len(b) < 1.25
        spread = np.sqrt(a.var() / len(a) + b.var() / len(b))
        assert abs(b.mean() - a.mean() - arms.effect) < 3.5 * spread < 0.12, arms.suggestion_id


def test_shares_that_hold_for_every_source_are_found_again(mature: Path, leads: pd.DataFrame) -> None:
    mqls = leads[leads["Lifecycle: MQL Date"].notna()]
    acts = parquet(mature, "engagements")
    tried = acts[(acts["Direction"] == "Outgoing") & acts["Associated Deal ID"].isna()]
    attempts = tried[tried["Activity Type"] != "Meeting"].groupby("Associated Contact ID").size()
    touched = mqls[mqls["Record ID"].isin(attempts.index)]
    decisions = touched["Sales Accepted Date"].notna() | touched["Sales Rejected Date"].notna()
    sqls = leads[leads["Lifecycle: SQL Date"].notna()]
    for share, of in (
        (truth.NOT_ROUTED, mqls["Assigned Date"].isna()),
        (truth.DECIDED, decisions),
        (truth.OPPORTUNITY, sqls["Associated Deal ID"].notna()),
    ):
        assert abs(of.mean() - share) < 4 * np.sqrt(share * (1 - share) / len(of))
    # Attempts are geometric, cut at the most: E = (1 - (1 - p)^m) / p.
    expected = (1 - (1 - truth.CONNECT) ** truth.MAX_ATTEMPTS) / truth.CONNECT
    assert attempts.mean() == pytest.approx(expected, rel=0.02)
    assert attempts.max() == truth.MAX_ATTEMPTS


def test_score_and_tier_know_something_and_not_everything(leads: pd.DataFrame, deals: pd.DataFrame) -> None:
    judged = decided(leads)
    accepted = judged["Sales Accepted Date"].notna()
    # Area under the ROC curve by the rank sum (Mann-Whitney).
    rank_sum = judged["Lead Score"].rank()[accepted].sum()
    n, m = accepted.sum(), (~accepted).sum()
    assert 0.65 < (rank_sum - n * (n + 1) / 2) / (n * m) < 0.85
    closed = deals.merge(leads[["Record ID", "ICP Tier"]], left_on="Associated Contact ID", right_on="Record ID")
    won = (closed["Deal Stage"] == "Closed Won").groupby(closed["ICP Tier"], observed=True).mean()
    assert won["Tier 1"] > won["Tier 2"] + 0.05 > won["Tier 3"] + 0.1
    both = leads[leads["Sales Rating"].notna()]
    same = both["Sales Rating"].astype(str) == both["Lead Grade"].astype(str)
    assert 0.3 < same.mean() < 0.6


def test_routing_in_business_time_is_found_again(tmp_path: Path) -> None:
    generate(tmp_path, leads=20_000, file_format="parquet", late=False)
    routed = parquet(tmp_path, "contacts").dropna(subset=["Assigned Date"])
    waited = business_seconds(
        office(truth.TIMEZONE),
        start_s=seconds(routed["Lifecycle: MQL Date"]),
        end_s=seconds(routed["Assigned Date"]),
    )
    assert_median(waited, truth.ROUTING_MEDIAN_S, sigma=truth.ROUTING_SIGMA)


def test_assets_that_win_are_used_more_in_won_deals(mature: Path, deals: pd.DataFrame) -> None:
    uses = parquet(mature, "content_uses").merge(
        deals[["Record ID", "Deal Stage"]], left_on="Deal ID", right_on="Record ID"
    )
    size = deals["Deal Stage"].value_counts()
    per_deal = uses.groupby(["Asset ID", "Deal Stage"], observed=True).size().unstack()
    lift = (per_deal["Closed Won"] / size["Closed Won"]) / (per_deal["Closed Lost"] / size["Closed Lost"])
    for asset, expected in truth.ASSET_LIFT.items():
        assert lift[asset] == pytest.approx(expected, rel=0.25), asset
    others = lift.drop(list(truth.ASSET_LIFT))
    assert others[per_deal["Closed Won"] > 150].between(0.75, 1.3).all()


def office(timezone: str) -> Calendar:
    """The declared working hours, built here from the mapping's words."""
    berlin = timezone == "Europe/Berlin"
    country = ("DE", "BE") if berlin else ("US", None)
    days = frozenset(holidays.country_holidays(country[0], subdiv=country[1], years=range(2024, 2029)))
    closes = time(17, 30) if berlin else time(17)
    return Calendar(timezone, {day: ((time(9), closes),) for day in range(5)}, days)


def first_touches(mature: Path, leads: pd.DataFrame) -> pd.DataFrame:
    """Assigned leads with the first outbound activity of each, NaT without one, and the rep's truth."""
    acts = parquet(mature, "engagements")
    first = acts[acts["Direction"] == "Outgoing"].groupby("Associated Contact ID")["Activity Date"].min()
    rows = leads[leads["Assigned Date"].notna()].set_index("Record ID")
    rows = rows.assign(touched=first.reindex(rows.index))
    return rows[rows["Assigned Date"] < pd.Timestamp("2026-05-01", tz="UTC")]


def seconds(instants: pd.Series) -> Any:
    return (instants - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy(dtype=np.float64)


def test_response_in_business_time_and_untouched_shares_are_found_again(mature: Path, leads: pd.DataFrame) -> None:
    rows = first_touches(mature, leads)
    reps = [rep for rep in truth.REPS if rep.started_on < truth.MISSED_QUARTER[0]]
    assert set(rows["Contact Owner ID"].dropna()) == {rep.rep_id for rep in reps}
    for rep in reps:
        mine = rows[rows["Contact Owner ID"] == rep.rep_id]
        assert len(mine) > 500, rep.name
        untouched = mine["touched"].isna().mean()
        assert abs(untouched - rep.never) < 4 * np.sqrt(rep.never * (1 - rep.never) / len(mine)), rep.name
        done = mine[mine["touched"].notna()]
        waited = business_seconds(
            office(rep.timezone), start_s=seconds(done["Assigned Date"]), end_s=seconds(done["touched"])
        )
        assert_median(waited, rep.response_median_s, sigma=truth.RESPONSE_SIGMA, rounding=0.02 * rep.response_median_s)


def test_touches_keep_to_the_rep_s_own_office_but_for_some_weekends_in_berlin(
    mature: Path, leads: pd.DataFrame
) -> None:
    rows = first_touches(mature, leads).dropna(subset=["touched"])
    american = rows["Contact Owner ID"].isin([rep.rep_id for rep in truth.REPS if rep.group == truth.AMERICAS])
    new_york = rows[american]["touched"].dt.tz_convert("America/New_York")
    assert new_york.dt.hour.between(9, 17).all()
    assert (new_york.dt.dayofweek < 5).all()
    berlin = rows[~american]["touched"].dt.tz_convert("Europe/Berlin")
    on_weekend = berlin.dt.dayofweek >= 5
    assert 0.003 < on_weekend.mean() < 0.03
    assert berlin[~on_weekend].dt.hour.between(9, 17).all()
    assert (rows[american]["Region"] == "North America").all()


def test_a_rep_who_left_does_nothing_more_and_a_new_one_nothing_before(mature: Path) -> None:
    acts = parquet(mature, "engagements")
    for rep in truth.REPS:
        mine = acts[acts["Activity Assigned To"] == rep.rep_id]["Activity Date"]
        assert mine.min() >= pd.Timestamp(rep.started_on, tz="UTC"), rep.name
        if rep.ended_on:
            assert mine.max() < pd.Timestamp(rep.ended_on, tz="UTC") + timedelta(days=1), rep.name
    assert [rep.rep_id for rep in truth.REPS if rep.ended_on] == ["0461"]
