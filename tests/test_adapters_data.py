"""The adapters on whole companies: equal to a plain count of the files in pandas; what is known of them comes out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import lifelines
import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest

from alignment_lib.checks import build as build_tables
from alignment_lib.demo import generate, truth
from alignment_lib.facts import Facts, build, cohort_frames, deal_frames, quality_frames
from alignment_lib.params import Request, load
from alignment_lib.source import open_source
from alignment_lib.source.tables import NEEDED
from alignment_lib.stats import changes, incidences, quality, strata, waiting
from alignment_lib.stats.estimates import proportion

ROOT = Path(__file__).parents[1]
OLIST = ROOT / "../shared/data/olist"
DAY_S = 86_400
EVER = {"first_day": 0, "last_day": 40_000}


def facts_of(name: str, folder: Path, **request: str) -> Facts:
    asked = Request(source=name, data=str(folder), params=str(ROOT / "params/weekly.yaml"), **request)
    params = load(asked, now=datetime(2026, 9, 22, tzinfo=UTC), root=ROOT)
    return build(build_tables(open_source(params), params, names=(*NEEDED, "touches", "criteria")))


def followed(frame: pd.DataFrame) -> incidences.FollowUp:
    return incidences.follow_up(
        ages=frame["age"], **{name: frame[name] for name in ("converted", "competing", "censored")}
    )


def counts(frame: pd.DataFrame) -> dict[str, pd.Series]:
    """The columns that a function of two groups takes."""
    return {name: frame[name] for name in ("converted", "leads", "baseline_converted", "baseline_leads")}


def days(later: pd.Series, earlier: pd.Series, *, zone: str = "Europe/Berlin") -> pd.Series:
    """Days on a wall, with their parts, none of them negative."""
    walls = (at.dt.tz_convert(zone).dt.tz_localize(None) for at in (later, earlier))
    return (next(walls) - next(walls)).dt.total_seconds().clip(lower=0) / DAY_S


# --- the demo company


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    generate(folder, file_format="parquet")
    return folder


@pytest.fixture(scope="module")
def demo(export: Path) -> Facts:
    return facts_of("demo", export)


@pytest.fixture(scope="module")
def leads(export: Path, demo: Facts) -> pd.DataFrame:
    """The leads and what became of them, read from the files with nothing of this library."""
    now = pd.Timestamp(demo.run.as_of)
    people, deals = (
        pyarrow.parquet.read_table(export / f"{name}.parquet").to_pandas() for name in ("contacts", "deals")
    )
    people = people[people["Original Source"].astype(object).ne("Test") & (people["Create Date"] < now)]
    for column in ("Lifecycle: MQL Date", "Sales Accepted Date", "Sales Rejected Date", "Lifecycle: SQL Date"):
        people[column] = people[column].where(people[column] < now)
    closed = deals["Deal Stage"].isin(["Closed Won", "Closed Lost"]) & (deals["Close Date"] < now)
    deals = deals.assign(ended=deals["Close Date"].where(closed))[(deals["Create Date"] < now) | closed]
    assert not deals["Associated Contact ID"].dropna().duplicated().any()  # so that a lead has one deal at most
    own = deals.dropna(subset="Associated Contact ID").set_index("Associated Contact ID")
    own = own.reindex(people["Record ID"]).set_axis(people.index)
    begun, *ends = (
        at.dt.tz_convert("Europe/Berlin").dt.date for at in (people["Create Date"], own["Create Date"], own["ended"])
    )
    early = sum((day.notna() & (day.fillna(begun) < begun)) for day in ends) > 0  # before its lead: in no cohort
    assert early.sum() == 1
    own = own.mask(early)
    return pd.DataFrame(
        {
            "source": people["Original Source"].astype(object).fillna("(unknown)"),
            "segment": people["Segment"].astype(object).fillna("(unknown)"),
            "score": people["Lead Score"],
            "grade": people["Lead Grade"].astype(object),
            "id": people["Record ID"],
            "created": people["Create Date"],
            "mql": people["Lifecycle: MQL Date"],
            "accepted": people["Sales Accepted Date"],
            "rejected": people["Sales Rejected Date"],
            "sql": people["Lifecycle: SQL Date"],
            "opportunity": own["Create Date"].where(own["Create Date"] < now),
            "won": own["ended"].where(own["Deal Stage"] == "Closed Won"),
            "lost": own["ended"].where(own["Deal Stage"] == "Closed Lost"),
            "now": now,
        }
    )


def outcomes(leads: pd.DataFrame, stage: str, start: str) -> pd.DataFrame:
    """One row per lead that began: when, its age at the end, which end it was."""
    rows = leads[leads[start].notna()]
    over = rows["rejected"].fillna(rows["lost"]) if stage in ("sql", "won") else rows["rejected"]
    ended = rows[stage].fillna(over)
    seen = np.floor(days(rows["now"] - pd.Timedelta(seconds=1), rows[start]))
    age = np.ceil(days(ended, rows[start]))
    told = age <= seen
    return rows.assign(
        age=age.where(told, seen).astype("int64"),
        seen=seen,
        converted=told & rows[stage].notna(),
        competing=told & rows[stage].isna(),
        censored=~told,
        month=rows[start].dt.tz_convert("Europe/Berlin").dt.strftime("%Y-%m"),
    )


@pytest.mark.parametrize("start", ["created", "mql"])
@pytest.mark.parametrize("stage", ["accepted", "sql", "opportunity", "won"])
def test_day_tables_equal_a_plain_count(demo: Facts, leads: pd.DataFrame, stage: str, start: str) -> None:
    found = cohort_frames.conversions(demo, stage, start=start, span="month", by=("source",), **EVER)
    found["cohort"] = pd.to_datetime(found["cohort"], unit="D").dt.strftime("%Y-%m")
    plain = outcomes(leads, stage, start).groupby(["month", "source", "age"])
    expected = plain[["converted", "competing", "censored"]].sum().reset_index().rename(columns={"month": "cohort"})
    pd.testing.assert_frame_equal(found, expected.astype(found.dtypes))
    assert (found[["converted", "competing", "censored"]].sum() > 100).all()


@pytest.mark.parametrize(("stage", "horizon"), [("accepted", 14), ("won", 180)])
def test_counts_of_leads_old_enough_equal_a_plain_count(
    demo: Facts, leads: pd.DataFrame, stage: str, horizon: int
) -> None:
    rows = outcomes(leads, stage, "mql")
    old = rows["seen"] >= horizon
    in_time = rows[old & (rows["age"] <= horizon)]
    keys = ["source", "segment"]
    found = cohort_frames.matured(demo, stage, horizon=horizon, start="mql", by=tuple(keys), **EVER).set_index(keys)
    for name, expected in (
        ("leads", rows[old].groupby(keys).size()),
        ("converted", in_time[in_time["converted"]].groupby(keys).size()),
        ("competing", in_time[in_time["competing"]].groupby(keys).size()),
        ("young", rows[~old].groupby(keys).size()),
    ):
        assert found[name].to_dict() == expected.reindex(found.index, fill_value=0).to_dict(), name
        assert found[name].sum() > 50
    for level in ("score", "grade"):
        levels = quality_frames.levels(demo, stage, level=level, horizon=horizon, start="mql", **EVER)
        plain = in_time[in_time["converted"]].groupby(level).size()
        assert (
            levels.set_index("level")["converted"].to_dict() == plain.reindex(levels["level"], fill_value=0).to_dict()
        )


def test_criteria_and_ratings_equal_a_plain_count(demo: Facts, export: Path, leads: pd.DataFrame) -> None:
    rows = outcomes(leads, "accepted", "mql")
    rows = rows[rows["seen"] >= 30].set_index("id")
    told = pyarrow.parquet.read_table(export / "qualification.parquet").to_pandas()
    told = told[told["Contact ID"].isin(rows.index)]
    met = told["Met"].astype(str).str.lower().isin(["true", "yes", "1"])
    won = told["Contact ID"].map(rows["converted"] & (rows["age"] <= 30))
    expected = pd.DataFrame(
        {"met_leads": met, "met_converted": met & won, "unmet_leads": ~met, "unmet_converted": ~met & won}
    )
    found = quality_frames.criteria(demo, "accepted", horizon=30, start="mql", **EVER).set_index("criterion")
    assert found.to_dict() == expected.groupby(told["Criterion"].astype(str)).sum().to_dict()
    people = pyarrow.parquet.read_table(export / "contacts.parquet").to_pandas()
    people = people[people["Record ID"].isin(leads["id"])]
    crossed = people.groupby(["Lead Grade", "Sales Rating"], observed=True).size()
    ratings = quality_frames.ratings(demo, **EVER).set_index(["grade", "sales_rating"])["leads"]
    assert ratings.to_dict() == crossed.to_dict()


def test_deals_equal_a_plain_count(demo: Facts, export: Path) -> None:
    now = pd.Timestamp(demo.run.as_of)
    deals = pyarrow.parquet.read_table(export / "deals.parquet").to_pandas()
    won = deals[(deals["Deal Stage"] == "Closed Won") & (deals["Close Date"] < now)]
    owners = deal_frames.rep_counts(demo, **EVER).set_index("owner_id")["won"]
    assert owners[owners > 0].to_dict() == won.groupby(won["Deal Owner ID"].astype(str)).size().to_dict()
    amounts = deal_frames.won_amounts(demo, **EVER)["amount"]
    assert sorted(amounts.dropna()) == sorted(won["Amount"].dropna())
    assert amounts.isna().sum() == won["Amount"].isna().sum()
    touches = pyarrow.parquet.read_table(export / "campaign_touches.parquet").to_pandas()
    pairs = won.merge(touches, left_on="Associated Contact ID", right_on="Contact ID")
    pairs = pairs[pairs["Touch Date"] <= pairs["Close Date"]]
    journeys = deal_frames.journeys(demo, **EVER)
    assert journeys["touch_s"].notna().sum() == len(pairs) > 200
    assert set(journeys["opportunity_id"]) == set(won["Record ID"])
    by_source = pairs["Touch Source"].astype(str).value_counts()
    assert journeys["touch_source"].value_counts().to_dict() == by_source.to_dict()


def test_a_matured_cohort_has_the_share_and_interval_of_a_proportion(demo: Facts) -> None:
    """STATS 1, the identity of the one interval engine: no censoring, no difference."""
    asked = {"start": "mql", "first_day": 0, "last_day": demo.run.as_of_day - 100}
    for by in ("source", "segment"):
        table = cohort_frames.conversions(demo, "accepted", by=(by,), **asked)
        plain = cohort_frames.matured(demo, "accepted", horizon=90, by=(by,), **asked).set_index(by)
        assert plain["young"].sum() == 0
        for name, part in table.groupby(by):
            share = incidences.incidence(followed(part), horizon=90)
            simple = proportion(converted=plain.loc[name, "converted"], leads=plain.loc[name, "leads"])
            assert (share.leads, share.converted) == (simple.leads, simple.converted)
            for one in ("estimate", "low", "high"):
                assert getattr(share, one) == pytest.approx(getattr(simple, one), abs=1e-12), name


def test_webinar_is_worse_in_total_and_better_like_with_like(demo: Facts) -> None:
    """The demo's truth (SIMPSON_BETTER): webinars reach enterprises, which sales accepts less often."""
    frame = cohort_frames.matured(demo, "accepted", horizon=30, start="mql", by=("source", "segment"), **EVER)
    webinar, search = (frame[frame["source"] == s] for s in (truth.SIMPSON_BETTER, truth.SIMPSON_WORSE))
    pair = cohort_frames.side_by_side(webinar, search, on=("segment",))
    assert pair["segment"].tolist() == sorted(truth.SEGMENTS)
    gap = strata.stratified(**counts(pair))
    assert gap.crude.high < 0 < gap.low
    assert gap.simpson and not gap.opposite and not gap.dropped
    mix = frame.groupby("segment")["leads"].sum()
    better, worse = (
        strata.standardised_rate(converted=part["converted"], leads=part["leads"], mix=mix[part["segment"]])
        for part in (webinar, search)
    )
    assert better.estimate > worse.estimate and better.crude.estimate < worse.crude.estimate


def test_acceptance_fell_because_the_mix_moved(demo: Facts) -> None:
    """The demo's truth: no rate of a source in a segment changed, webinars took the place of paid search."""
    asked = {"horizon": 30, "start": "mql", "by": ("source", "segment")}
    last = demo.run.as_of_day
    first, later = (
        cohort_frames.matured(demo, "accepted", first_day=a, last_day=b, **asked)
        for a, b in ((last - 112 * 7, last - 76 * 7), (last - 40 * 7, last))
    )
    split = changes.mix_and_rate(**counts(cohort_frames.side_by_side(later, first, on=("source", "segment"))))
    assert split.mix.estimate + split.rate_effect.estimate == pytest.approx(split.estimate, abs=1e-12)
    assert split.mix.high < -0.01
    assert split.rate_effect.low < 0 < split.rate_effect.high


def test_the_score_knows_something(demo: Facts, leads: pd.DataFrame) -> None:
    """Area under the curve by the rank sum of the leads themselves (Mann-Whitney)."""
    frame = quality_frames.levels(demo, "accepted", horizon=30, start="mql", **EVER).dropna()
    rows = outcomes(leads, "accepted", "mql")
    rows = rows[(rows["seen"] >= 30) & (rows["age"] <= 30) & ~rows["censored"] & rows["score"].notna()]
    n, m = rows["converted"].sum(), rows["competing"].sum()
    ranks = rows["score"].rank()[rows["converted"]].sum()
    found = quality.auc(won=frame["converted"], lost=frame["competing"])
    assert found.estimate == pytest.approx((ranks - n * (n + 1) / 2) / (n * m), abs=1e-12)
    assert found.low > 0.6


# --- Olist


@pytest.fixture(scope="module")
def olist_rows() -> pd.DataFrame:
    """Leads with their origin, first contact and win on São Paulo's wall, read with pandas alone."""
    people, deals = (
        pd.read_csv(OLIST / f"olist_{n}_dataset.csv") for n in ("marketing_qualified_leads", "closed_deals")
    )
    rows = people.merge(deals[["mql_id", "won_date"]], on="mql_id", how="left")
    won = pd.to_datetime(rows["won_date"], utc=True).dt.tz_convert("America/Sao_Paulo").dt.tz_localize(None)
    contact = pd.to_datetime(rows["first_contact_date"])
    won = won.where(won >= contact)  # one was won two days before its first contact, and is in no cohort
    return pd.DataFrame({"origin": rows["origin"].fillna("(unknown)"), "contact": contact, "won": won})


OLIST_NOW = pd.Timestamp("2018-05-21")
"""The end of 2018-W20 on that wall."""


needs_olist = pytest.mark.skipif(not OLIST.is_dir(), reason="the real data sets are not beside this repository")


@needs_olist
@pytest.mark.real_data
def test_olist_conversion_by_day_90_equals_a_plain_count(olist_rows: pd.DataFrame) -> None:
    facts = facts_of("olist", OLIST, week="2018-W20")
    now, horizon = OLIST_NOW, pd.Timedelta(days=90)
    old = olist_rows[now - olist_rows["contact"] > horizon]
    won = (old["won"] < now) & (old["won"] - old["contact"] <= horizon)
    expected = won.groupby(old["origin"]).agg(["size", "sum"])
    found = cohort_frames.matured(facts, "won", horizon=90, by=("source",), **EVER).set_index("source")
    assert found["leads"].to_dict() == expected["size"].to_dict()
    assert found["converted"].to_dict() == expected["sum"].to_dict()
    assert found["leads"].sum() > 3_000 and found["converted"].sum() > 200 and found["young"].sum() > 1_000
    asked = {"first_day": 0, "last_day": facts.run.as_of_day - 92}
    for origin, part in cohort_frames.conversions(facts, "won", by=("source",), **asked).groupby("source"):
        share = incidences.incidence(followed(part), horizon=90)
        own = won[(old["origin"] == origin) & (old["contact"] < now - pd.Timedelta(days=92))]
        assert share.estimate == pytest.approx(own.mean(), abs=1e-12), origin


@needs_olist
@pytest.mark.real_data
def test_olist_curve_equals_lifelines(olist_rows: pd.DataFrame) -> None:
    """Of lead-by-lead ages (lifelines 0.30) and of the day table: the same Kaplan-Meier curve, ties and all."""
    facts = facts_of("olist", OLIST, week="2018-W20")
    rows, day = olist_rows[olist_rows["contact"] < OLIST_NOW], pd.Timedelta(days=1)
    whole = (OLIST_NOW - pd.Timedelta(seconds=1) - rows["contact"]) // day
    age = np.ceil((rows["won"] - rows["contact"]) / day).clip(lower=0)
    oracle = lifelines.KaplanMeierFitter().fit(age.where(age <= whole, whole), age <= whole)
    found = waiting.kaplan_meier(followed(cohort_frames.conversions(facts, "won", **EVER)))
    assert len(found.ages) > 50 and found.leads == len(rows) > 7_000
    assert found.surviving == pytest.approx(oracle.survival_function_at_times(found.ages).to_numpy(), abs=1e-9)
