"""The blocks on cohorts of the monthly, on thirteen leads worked out by hand; curves against lifelines, Olist's files.

Berlin's wall; as-of is Friday 1 May 2020, 00:00, for the month of April; leads are compared at day 31, min_n is 4.

==== =========== ======== =============================================================================
lead created     source   what became of it (in brackets the least days within which)
==== =========== ======== =============================================================================
A1   1 Jan       Webinar  MQL, accepted, SQL, deal, won 20 Jan (19)
A2   5 Jan       Search   MQL, rejected 8 Jan (4)
A3   10 Jan      Search   accepted 12 Jan without an MQL
B1   1 Feb       Webinar  MQL 2 Feb, accepted 3 Feb, SQL, deal, won 20 Feb (19)
B2   3 Feb       Webinar  deal 5 Feb, won 10 Feb (7), never an MQL, accepted or SQL
B3   5 Feb       Search   MQL 6 Feb, accepted 8 Feb, deal 20 Feb without SQL, won 20 Mar: too late (44)
B4   10 Feb      Search   MQL 11 Feb, rejected 12 Feb (3)
B5   29 Feb      Search   nothing
B6   12 Feb      none     deal 1 Apr, won 15 Apr: too late (63)
C1   10 Mar      Webinar  MQL 11 Mar, accepted 12 Mar, deal 13 Mar without SQL, won 1 Apr (22)
C2   31 Mar      Search   MQL that day, won 20 Apr (20) without a known amount; too young at day 31
D1   20 Apr      Search   nothing
==== =========== ======== =============================================================================
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import lifelines
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignment_lib.blocks.monthly import mature
from alignment_lib.checks import build
from alignment_lib.facts import Facts
from alignment_lib.facts import build as build_facts
from alignment_lib.page.block import Block, Quiet
from alignment_lib.params import Request, load
from alignment_lib.params.period import Month
from alignment_lib.source import open_source
from alignment_lib.stats import limits
from tests.company import Company, Rows
from tests.fixture_numbers import plain, strangers

NAMES = ("triangle", "funnel", "curves", "forest", "mix_rate", "attribution_view", "sensitivity")
triangle, funnel, curves, forest, mix_rate, attribution_view, sensitivity = (
    import_module(f"alignment_lib.blocks.monthly.{name}")
    for name in NAMES  # the package's own names are functions
)

LEADS: Rows = [
    ["Lead ID", "Created", "Source", "Segment", "Owner", "MQL", "Assigned", "Accepted", "Rejected", "Reason", "SQL"],
    ["A1", "01.01.2020 10:00", "Webinar", "", "", "02.01.2020 10:00", "", "03.01.2020 10:00", "", "", "04.01.2020 10:00"],  # noqa: E501
    ["A2", "05.01.2020 10:00", "Search", "", "", "06.01.2020 10:00", "", "", "08.01.2020 11:00", "", ""],
    ["A3", "10.01.2020 10:00", "Search", "", "", "", "", "12.01.2020 10:00", "", "", ""],
    ["B1", "01.02.2020 10:00", "Webinar", "", "", "02.02.2020 10:00", "", "03.02.2020 10:00", "", "", "05.02.2020 10:00"],  # noqa: E501
    ["B2", "03.02.2020 10:00", "Webinar", "", "", "", "", "", "", "", ""],
    ["B3", "05.02.2020 10:00", "Search", "", "", "06.02.2020 10:00", "", "08.02.2020 10:00", "", "", ""],
    ["B4", "10.02.2020 10:00", "Search", "", "", "11.02.2020 10:00", "", "", "12.02.2020 11:00", "", ""],
    ["B5", "29.02.2020 23:30", "Search", "", "", "", "", "", "", "", ""],
    ["B6", "12.02.2020 10:00", "", "", "", "", "", "", "", "", ""],
    ["C1", "10.03.2020 10:00", "Webinar", "", "", "11.03.2020 10:00", "", "12.03.2020 10:00", "", "", ""],
    ["C2", "31.03.2020 12:00", "Search", "", "", "31.03.2020 13:00", "", "", "", "", ""],
    ["D1", "20.04.2020 10:00", "Search", "", "", "", "", "", "", "", ""],
]  # fmt: skip
DEALS: Rows = [
    ["Deal ID", "Lead ID", "Created", "Amount", "Closed", "Stage", "Owner"],
    ["dA1", "A1", "05.01.2020 10:00", "500", "20.01.2020", "Won", ""],
    ["dB1", "B1", "06.02.2020 10:00", "500", "20.02.2020", "Won", ""],
    ["dB2", "B2", "05.02.2020 10:00", "500", "10.02.2020", "Won", ""],
    ["dB3", "B3", "20.02.2020 10:00", "500", "20.03.2020", "Won", ""],
    ["dB6", "B6", "01.04.2020 10:00", "100,01", "15.04.2020", "Won", ""],
    ["dC1", "C1", "13.03.2020 10:00", "1.000", "01.04.2020", "Won", ""],
    ["dC2", "C2", "02.04.2020 10:00", "", "20.04.2020", "Won", ""],
]
TOUCHES: Rows = [
    ["Lead ID", "When", "Source"],
    ["C1", "2020-03-01T09:00:00Z", "Search"],
    ["C1", "2020-03-10T08:00:00Z", "Webinar"],  # the last before the lead, and before the deal
    ["C1", "2020-03-20T09:00:00Z", "Event"],
    ["C1", "2020-04-05T09:00:00Z", "Partner"],  # after the closing
]
SETTINGS = "horizon_days: 31\ntriangle_days: [10, 31]\n"
OLIST = Path(__file__).parents[1] / "../shared/data/olist"
NEEDS_OLIST = pytest.mark.skipif(not OLIST.is_dir(), reason="the real data sets are not beside this repository")


def made(root: Path) -> Company:
    """The company above, not written yet."""
    found = Company(root)
    for name in ("activities", "reps"):
        del found.mapping["tables"][name]
    found.rows |= {"leads": LEADS, "deals": DEALS, "touches": TOUCHES}
    found.mapping["tables"]["leads"]["columns"]["sql_at"] = {"column": "SQL", "format": "%d.%m.%Y %H:%M"}
    columns = {"lead_id": "Lead ID", "occurred_at": "When", "source": "Source"}
    found.mapping["tables"]["touches"] = {"from": "touches", "columns": columns}
    return found


def monthly(found: Company, month: str = "2020-04") -> Facts:
    """The facts of a month."""
    found.write()
    (found.params_folder / "weekly.yaml").write_text("min_n: 4\n", encoding="utf-8")
    (found.params_folder / "monthly.yaml").write_text(SETTINGS, encoding="utf-8")
    request = Request(
        source="tiny", data=str(found.data), params=str(found.params_folder / "monthly.yaml"), month=month,
        report="monthly",
    )  # fmt: skip
    params = load(request, now=datetime(2020, 6, 1, tzinfo=UTC))
    return build_facts(build(open_source(params), params))


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return monthly(made(tmp_path_factory.mktemp("cohorts")))


@pytest.fixture(scope="module")
def february(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """The same company in a report on February, where only January is old enough at day 14 and nothing at day 31."""
    return monthly(made(tmp_path_factory.mktemp("february")), "2020-02")


def told(block: Block) -> list[str]:
    return [plain(s) for s in block.sentences]


def cells(block: Block, place: int = 0) -> list[list[str]]:
    return [[plain(str(c)) for c in row] for row in block.tables[place].rows]


# --- triangle


def test_the_triangle_prints_no_rate_of_a_young_month(facts: Facts) -> None:
    """Won by day 10: B2. By day 31: A1, B1, B2. Wilson: 0/3 to 56 %, 1/3 6 to 79, 0/6 to 39, 1/6 3 to 56, 2/6 10 to 70.

    March ends on the 31st: its last lead has seen 31 days when 1 May is over, so it is told from the 2nd on, not today.
    """
    block = triangle.triangle(facts)
    assert cells(block) == [
        ["April 2020", "1", "from 11 May 2020", "from 1 Jun 2020"],
        ["March 2020", "2", "0 % (0 to 66 %)", "from 2 May 2020"],
        ["February 2020", "6", "17 % (3 to 56 %)", "33 % (10 to 70 %)"],
        ["January 2020", "3", "0 % (0 to 56 %)", "33 % (6 to 79 %)"],
    ]
    young = [c for row in block.tables[0].rows for c in row if isinstance(c, Quiet)]
    assert len(young) == 3
    assert told(block) == [
        "Of the leads of March 2020, 0 % (0 to 66 %) were won within 10 days.",
        "Of the leads of February 2020, 33 % (10 to 70 %) were won within 31 days.",
    ]
    assert strangers(block, 10, 31) == ["2020", "2020"]
    reasons = {(m.period, m.segment): m.reason for m in block.metrics if m.value is None}
    assert reasons == {
        ("2020-03", "day 31"): "too young until 2020-05-01",
        ("2020-04", "day 10"): "too young until 2020-05-10",
        ("2020-04", "day 31"): "too young until 2020-05-31",
    }


def test_what_nobody_recorded_is_not_0(tmp_path: Path) -> None:
    """Without A1's deal the first one on record is dB2, created on 5 February: of January's leads nothing is known."""
    found = made(tmp_path)
    found.rows["deals"] = [row for row in DEALS if row[0] != "dA1"]
    facts = monthly(found)
    block = triangle.triangle(facts)
    assert cells(block)[-1] == ["January 2020", "3", "not on record", "not on record"]
    assert cells(block)[-2] == ["February 2020", "6", "17 % (3 to 56 %)", "33 % (10 to 70 %)"]
    assert isinstance(block.tables[0].rows[-1][2], Quiet)
    assert "before the first deal on record, of 5 Feb 2020" in plain(block.tables[0].note)
    records = {(m.period, m.segment): m for m in block.metrics}
    assert records["2020-01", "day 31"].value is None
    assert records["2020-01", "day 31"].reason == "before the first deal on record, of 2020-02-05"
    assert forest.numbers(facts).overall.leads == 7 and curves.numbers(facts).everyone.leads == 9  # 3 of January
    for block in (forest.forest(facts), curves.curves(facts)):
        assert block.evidence and "before the first deal on record, of 5 Feb 2020" in plain(block.evidence.excluded)
    assert mature.known_months(facts)[0].month == 1 and mature.known_months(facts, "accepted")[0].month == 1


def test_before_any_deal_the_triangle_says_nothing_of_wins(tmp_path: Path) -> None:
    found = made(tmp_path)
    found.rows["deals"] = [row for row in DEALS if row[0] != "dA1"]
    block = triangle.triangle(monthly(found, "2020-01"))
    assert block.missing is not None and not block.tables and not block.metrics
    assert plain(block.missing).endswith("begin on 5 Feb 2020, after this month, of which they tell nothing.")


# --- funnel


def test_the_funnel_counts_stages_and_skips(facts: Facts) -> None:
    """February by day 31: MQL B1 B3 B4; accepted B1 B3; SQL B1; deal B1 B2 B3; won B1 B2.

    Skipped: MQL and accepted by B2, SQL by B2 and B3. Of the stage before: accepted 2/3, SQL 1/2, deal 1/1, won 2/3.
    """
    block = funnel.funnel(facts)
    assert cells(block) == [
        ["Created", "6", "", "", ""],
        ["MQL", "3", "50 % (19 to 81 %)", "", "1"],
        ["Accepted", "2", "33 % (10 to 70 %)", "67 % (21 to 94 %)", "1"],
        ["Sales-qualified", "1", "17 % (3 to 56 %)", "50 % (9 to 91 %)", "2"],
        ["Opportunity", "3", "50 % (19 to 81 %)", "100 % (21 to 100 %)", "0"],
        ["Won", "2", "33 % (10 to 70 %)", "67 % (21 to 94 %)", ""],
    ]
    assert told(block) == [
        "Of the 6 leads created in February 2020, 33 % (10 to 70 %) were won within 31 days.",
        "2 leads came further without a stage that stands before it: 1 without MQL, 1 without Accepted and 2 without"
        " Sales-qualified.",
    ]
    assert strangers(block, 31) == ["2020"]


def test_the_funnel_names_what_is_not_connected(tmp_path: Path) -> None:
    found = made(tmp_path)
    del found.mapping["tables"]["leads"]["columns"]["sql_at"]
    block = funnel.funnel(monthly(found))
    assert [row[0] for row in cells(block)] == ["Created", "MQL", "Accepted", "Opportunity", "Won"]
    assert block.evidence and "not in this data: Sales-qualified" in block.evidence.excluded


@given(st.lists(st.tuples(st.lists(st.booleans(), min_size=5, max_size=5), st.integers(1, 9)), min_size=1, max_size=20))
def test_reached_and_skipped_are_disjoint(patterns: list[tuple[list[bool], int]]) -> None:
    """Who reached a stage did not skip it, and nobody skips the last one."""
    names = ["mql", "accepted", "sql", "opportunity", "won"]
    frame = pd.DataFrame([[*marks, n] for marks, n in patterns], columns=[*names, "leads"])
    found = funnel.funnel_of(frame, Month(datetime(2020, 2, 1).date()), 0.95)
    assert all(s.share.converted + s.skipped <= found.leads for s in found.steps)
    assert found.steps[-1].skipped == 0 and max(s.skipped for s in found.steps) <= found.skippers


# --- curves


def test_curves_by_source(facts: Facts) -> None:
    """All twelve leads. Ends: A1 19 won, A2 4 lost, A3 111 open, B1 19, B2 7, B3 44, B4 3 lost, B5, B6 63 won, C1 22,
    C2 20 won, D1 10 open. By day 31 of Webinar 4 of 4."""
    found = curves.numbers(facts)
    assert [c.name for c in found.sources] == ["Search", "Webinar", "Other sources"]
    assert [c.leads for c in found.sources] == [7, 4, 1] and found.everyone.leads == 12
    webinar = found.sources[1]
    assert [(p.estimate, p.at_risk) for p in webinar.at] == [(0.25, 3), (1.0, 0)]
    assert found.everyone.last_age == 7  # B4 and A2 are gone by day 4: ten are still followed at the next end
    assert found.young == 1  # D1
    block = curves.curves(facts)
    assert plain(str(block.tables[0].total and block.tables[0].total[1])) == "12"
    assert block.evidence and "1 of them not followed to day 31 yet" in plain(block.evidence.n)


def test_a_curve_without_other_ends_equals_kaplan_meier() -> None:
    """lifelines 0.30, ties and all."""
    rng = np.random.default_rng(7)
    ages, won = rng.integers(0, 60, 300), rng.random(300) < 0.4
    frame = pd.DataFrame({"age": ages, "converted": won.astype(int), "competing": 0, "censored": (~won).astype(int)})
    found = curves.curve_of("x", frame, (30, 60), conf=0.95, min_at_risk=10)
    oracle = lifelines.KaplanMeierFitter().fit(ages, won)
    steps = [p.horizon for p in found.steps]
    expected = 1 - oracle.survival_function_at_times(steps).to_numpy()
    assert [p.estimate for p in found.steps] == pytest.approx(expected.tolist(), abs=1e-9)
    followed = [int((ages >= age).sum()) for age in (30, 60)]
    assert [p.at_risk for p in found.at] == followed
    assert max(steps) <= found.last_age == max(a for a in ages if (ages >= a).sum() >= 10)


def test_a_curve_with_lost_leads_equals_aalen_johansen() -> None:
    """lifelines 0.30 moves ties apart by chance: no two ages are equal here."""
    rng = np.random.default_rng(8)
    ages, ends = rng.permutation(200), rng.integers(0, 3, 200)  # 0 open, 1 won, 2 lost
    frame = pd.DataFrame(
        {"age": ages}
        | {n: (ends == e) * 1 for n, e in zip(("censored", "converted", "competing"), range(3), strict=True)}
    )
    found = curves.curve_of("x", frame, (199,), conf=0.95, min_at_risk=10)
    oracle = lifelines.AalenJohansenFitter(calculate_variance=False).fit(ages, ends, event_of_interest=1)
    table = oracle.cumulative_density_.iloc[:, 0]
    expected = [float(table[table.index <= p.horizon].iloc[-1]) for p in found.steps]
    assert len(expected) > 40 and [p.estimate for p in found.steps] == pytest.approx(expected, abs=1e-9)


def test_more_than_five_sources_stand_together() -> None:
    """Six sources of 6, 5, 4, 3, 2 and 1 leads and two leads without one: the sixth and the unknown are the others."""
    rows = [("abcdef"[i], 6 - i) for i in range(6)] + [("(unknown)", 2)]
    frame = pd.DataFrame([(s, 0, 0, n) for s, n in rows], columns=["source", "converted", "competing", "censored"])
    assert curves._named(frame) == [*"abcde", "Other sources"]
    assert frame.groupby("shown")["censored"].sum().to_dict() == {
        "a": 6, "b": 5, "c": 4, "d": 3, "e": 2, "Other sources": 3,
    }  # fmt: skip


# --- forest


def test_sources_against_the_rest(facts: Facts) -> None:
    """Older than 31 days: Webinar 4 of 4 (A1 B1 B2 C1), Search 0 of 5 (A2 A3 B3 B4 B5), none 0 of 1 (B6).

    Webinar: 4/4 - 0/6 = 1, Newcombe: 1 - √(.4899² + .3903²) = .374; mid-P ½/210. Search: 0/5 - 4/5 = -.8, upper
    -.8 + √(.4345² + .4246²) = -.193; mid-P (5 + 5)/2/210.
    """
    found = forest.numbers(facts)
    shown = {s.name: s for s in found.sources}
    assert found.sources[0].name == "Webinar"
    assert {n: s.verdict for n, s in shown.items()} == {
        "Webinar": "differs from the rest: higher",
        "Search": "differs from the rest: lower",
        "(unknown)": "too few",
    }
    assert shown["Webinar"].gap.low == pytest.approx(0.3736, abs=1e-4)
    assert shown["Search"].gap.high == pytest.approx(-0.1926, abs=1e-4)
    assert (shown["Webinar"].gap.p, shown["Search"].gap.p) == pytest.approx((0.5 / 210, 5 / 210))
    assert (shown["Webinar"].gap.q, shown["Search"].gap.q) == pytest.approx((1 / 210, 5 / 210))
    block = forest.forest(facts)
    assert told(block) == [
        "Of the 10 leads that are older than 31 days, 40 % (17 to 69 %) were won within 31 days; the curves count the"
        " younger ones too.",
        "Above the rest: Webinar with 100 %; below the rest: Search with 0 %.",
        "One source has fewer than 4 leads that are old enough, so nothing is said of them.",
    ]
    assert found.young == 2  # C2, D1
    leads, won = ([int(row[i]) for row in cells(block)] for i in (1, 2))
    assert block.tables[0].total and [sum(leads), sum(won)] == [int(str(c)) for c in block.tables[0].total[1:3]]
    assert len(block.metrics) == len({(m.name, m.source, m.segment, m.period) for m in block.metrics})


def test_nothing_is_judged_outside_its_minimum_n(facts: Facts) -> None:
    """Webinar's 4 of 4 and Search's 0 of 5 once ten leads are asked for."""
    found = forest.compared(["Webinar", "Search", "(unknown)"], [4, 0, 0], [4, 5, 1], conf=0.95, min_leads=10)
    few = forest.Forest("won", found, forest.numbers(facts).overall, 0)
    assert {s.verdict for s in found} == {"too few"} and not few.tested
    assert "There are no two sources with enough leads to compare." in forest.sentences(facts, few)
    assert not [m for m in forest._metrics(few) if m.name == "source_difference"]


def test_one_source_has_nothing_to_compare_with() -> None:
    [only] = forest.compared(["a"], [3], [40], conf=0.95, min_leads=10)
    assert only.verdict == "nothing to compare with"


def test_the_forests_title_claims_no_more_than_was_compared(facts: Facts) -> None:
    """One source: nothing to compare. Two alike, 4 of 40 each: none is shown, which is not none."""
    titles = []
    for names in (["a"], ["a", "b"]):
        found = forest.compared(names, [4] * len(names), [40] * len(names), conf=0.95, min_leads=10)
        titles.append(forest._picture(facts, forest.Forest("won", found, forest.numbers(facts).overall, 0)).title)
    assert [title.partition(" (")[0] for title in titles] == [
        "There are no two sources to compare",
        "No source is shown to differ from the rest",
    ]


# --- mix and rate


def test_mix_and_rate_add_up(facts: Facts) -> None:
    """MQLs, accepted within 14 days. February: Webinar 1 of 1, Search 1 of 2. March: Webinar 1 of 1, Search 0 of 1.

    Shares 1/3 to 1/2 and 2/3 to 1/2, middle 7/12: mix 1/6 x 5/12 + 1/6 x 1/3 = 1/8, rate -1/2 x 7/12 = -7/24.

    Wilson: 1/1 from .2065, 0/1 to .7935, 1/2 .0945 to .9055. Limits of the mix: the shares .1120 z² = .4302 both ways;
    rates (3 x .7935² + .4055²)/12² = .0143 below and .4055²/12² = .0011 above: 1/8 - .667 and + .657. Of the rates:
    shares .0124 z² = .0478; below (.7935 x 5/12)² + (.4055 x 7/12)² = .1653, above also (.7935 x 7/12)²: .3795.
    """
    split = mix_rate.numbers(facts).split
    assert (split.mix.estimate, split.rate_effect.estimate) == pytest.approx((1 / 8, -7 / 24))
    block = mix_rate.mix_rate(facts)
    assert told(block) == [
        "Of the MQLs of March 2020, 50 % (9 to 91 %) were accepted by sales within 14 days, after 67 % (21 to 94 %) in"
        " February 2020.",
        "It is a fall of 17 points (−65 to +45): the mix of sources added 12 points (−54 to +78) and the sources' own"
        " rates took away 29 points (−75 to +36).",
        "Too few months are known to say whether such a fall is usual; by its interval there may be none at all.",
    ]
    value = {(m.name, m.source): m for m in block.metrics}
    for part in ("mix_effect", "rate_effect"):
        assert sum(value[part, s].value for s in ("Webinar", "Search")) == pytest.approx(value[part, None].value)
        for m in (value[part, s] for s in (None, "Webinar", "Search")):
            assert m.low < m.value < m.high and m.n
    both = value["mix_effect", None].value + value["rate_effect", None].value
    assert both == pytest.approx(value["rate_change", None].value) == pytest.approx(-100 / 6)
    assert value["usual_change", None].value is None  # only January and February lie before


def test_a_change_that_chance_brings_is_no_news(facts: Facts) -> None:
    """Half of 600 MQLs accepted in each of six months, χ² 0: chance moves a month of 100 by 3 √(.25 x 2/100) = 21.2."""
    found = mix_rate.numbers(facts)
    usual = limits.change_chart(earlier_converted=[50] * 6, earlier_leads=[100] * 6, leads=100, baseline_leads=100)
    known = replace(found, usual=usual)
    moves = "chance alone moves this rate by up to 21 points from one month to the next, as the 6 months before show"
    assert plain(mix_rate.sentences(known)[2]) == f"The fall is no news: {moves}."
    few = limits.change_chart(earlier_converted=[50] * 6, earlier_leads=[100] * 6, leads=900, baseline_leads=900)
    news = plain(mix_rate.sentences(replace(found, usual=few))[2])
    assert news.startswith("The fall is news: chance alone moves this rate by up to 7.1 points")
    assert news.endswith("as the 6 months before show, and this is more.")


def test_one_month_is_no_change(february: Facts) -> None:
    """Only January is old enough at day 14."""
    assert told(mix_rate.mix_rate(february)) == [
        "Fewer than two whole months are old enough to be compared; the leads of February 2020 can be judged from"
        " 15 Mar 2020 on."
    ]


# --- attribution


def test_credit_by_three_conventions(facts: Facts) -> None:
    """April's quarter: C1 of 1,000 with three touches before 1 April, B6 of 100.01 without one, C2 without an amount.

    W: Search .3 (first), Webinar .3 + .3 (before lead and deal), the other touch .1.
    """
    found = attribution_view.numbers(facts)
    assert found.cents.to_dict("index") == {
        "Search": {"first": 100_000, "last": 0, "w": 30_000},
        "Event": {"first": 0, "last": 100_000, "w": 10_000},
        "Webinar": {"first": 0, "last": 0, "w": 60_000},
    }
    assert (found.deals, found.left_out, found.untouched, found.unattributed, found.total) == (2, 1, 1, 10_001, 110_001)
    block = attribution_view.attribution_view(facts)
    assert told(block) == [
        "Of € 1,100 won with 2 deals in 2020-Q2 so far, € 100 has no touch on record and stays unattributed.",
        "The rank of Search, Event and Webinar depends on the convention; none of the three is causal.",
    ]
    assert block.evidence and plain(block.evidence.excluded) == (
        "1 deal without a usable amount; 1 of 7 won deals has no amount and is in no sum, in the whole export"
    )
    assert strangers(block) == ["2020"]


DAYS = st.lists(st.tuples(st.integers(0, 40), st.sampled_from("abc")), max_size=5)
DEAL = st.tuples(st.integers(0, 9_999_99), DAYS, st.none() | st.integers(0, 40), st.none() | st.integers(0, 40))


@settings(max_examples=50)
@given(st.lists(DEAL, min_size=1, max_size=8))
def test_every_convention_adds_up_to_the_cent(deals: list[tuple[int, Any, Any, Any]]) -> None:
    """And each deal is divided as `attribution.attribute` divides it."""
    from alignment_lib.stats.attribution import attribute

    rows, expected = [], dict.fromkeys(attribution_view.MODELS, 0)
    for i, (cents, touches, lead, deal) in enumerate(deals):
        ordered = sorted(touches)
        common = {"opportunity_id": f"{i:02}", "amount": cents / 100, "lead_s": lead, "deal_s": deal, "close_s": 50}
        rows += [{**common, "touch_s": t, "touch_source": s} for t, s in ordered or [(None, None)]]
        for model in expected if ordered else ():
            divided = attribute(
                times=[t for t, _ in ordered], model=model, close=50, value=cents / 100, lead=lead, deal=deal
            )
            expected[model] += sum(c for c, (_, s) in zip(divided.cents, ordered, strict=True) if s == "a")
    frame = pd.DataFrame(rows)
    for name in ("lead_s", "deal_s", "touch_s"):
        frame[name] = frame[name].astype("Int64")
    found = attribution_view.credits_of(frame, "2020-Q2")
    whole = sum(cents for cents, *_ in deals)
    assert found.total == whole
    for model in attribution_view.MODELS:
        assert found.cents[model].sum() + found.unattributed == whole
        assert found.cents[model].get("a", 0) == expected[model]


# --- sensitivity


def test_windows_moved_by_a_week(facts: Facts) -> None:
    """Won: February 2 of 6; 25 January to 22 February without B5: 2 of 5. Accepted: March 1 of 2; 23 February to 24
    March only C1: 1 of 1. April's credit: Search 1,000 and 0, Event 0 and 1,000, Webinar nothing by either."""
    block = sensitivity.sensitivity(facts)
    assert cells(block) == [
        ["Accepted within 14 days, MQLs of March 2020", "a week earlier", "50 % (9 to 91 %)", "100 % (21 to 100 %)", "+50 points"],  # noqa: E501
        ["Won within 31 days, leads of February 2020", "a week earlier", "33 % (10 to 70 %)", "40 % (12 to 77 %)", "+6.7 points"],  # noqa: E501
        ["Credit to Search", "last for first touch", "€ 1,000", "€ 0", "−€ 1,000"],
        ["Credit to Event", "last for first touch", "€ 0", "€ 1,000", "+€ 1,000"],
        ["Credit to Webinar", "last for first touch", "€ 0", "€ 0", "+€ 0"],
    ]  # fmt: skip
    assert told(block) == [
        "A week earlier accepted within 14 days would read 100 % (21 to 100 %) instead of 50 % (9 to 91 %).",
        "Search gets € 1,000 of credit by first touch and € 0 by last touch.",
    ]
    assert strangers(block, 14) == []


# --- whatever the data


ALL = (
    triangle.triangle, funnel.funnel, curves.curves, forest.forest, mix_rate.mix_rate,
    attribution_view.attribution_view, sensitivity.sensitivity,
)  # fmt: skip


def test_young_data_says_when_it_is_ready(february: Facts) -> None:
    """January ends on the 31st, 31 days on it is 2 March: told when that day is over."""
    for function in ALL:
        block = function(february)
        assert block.sentences and block.missing is None, function.__name__
        assert not [s for s in block.sentences if "nan" in s]
    ready = "No month is old enough yet: the leads of January 2020 can be judged from 3 Mar 2020 on."
    assert told(funnel.funnel(february)) == [ready]


def test_a_month_without_a_won_deal(tmp_path: Path) -> None:
    found = made(tmp_path)
    open_ = [
        ["d0", "A2", "06.01.2020 10:00", "9", "", "Talks", ""],
        ["d1", "B6", "01.04.2020 10:00", "9", "", "Talks", ""],
    ]
    found.rows["deals"] = [DEALS[0], *open_]
    facts = monthly(found)
    told_all = {f.__name__: told(f(facts)) for f in ALL}
    assert told_all["attribution_view"] == ["No deal with an amount has been won in 2020-Q2 so far."]
    assert "0 % (0 to 39 %) were won" in told_all["funnel"][0]
    assert "No source can be told apart from the rest." in told_all["forest"]


def test_without_outcomes_each_block_is_one_line(tmp_path: Path) -> None:
    found = made(tmp_path)
    for name in ("opportunities", "touches"):
        del found.mapping["tables"][name]
    for column in ("accepted_at", "rejected_at", "reject_reason", "sql_at"):
        del found.mapping["tables"]["leads"]["columns"][column]
    facts = monthly(found)
    for function in (funnel.funnel, curves.curves, forest.forest, mix_rate.mix_rate):
        assert function(facts).missing == mature.NO_STAGE
    assert attribution_view.attribution_view(facts).missing
    assert told(sensitivity.sensitivity(facts)) == ["There is no headline yet whose window could be moved by a week."]


def test_without_deals_acceptance_is_the_furthest(tmp_path: Path) -> None:
    found = made(tmp_path)
    for name in ("opportunities", "touches"):
        del found.mapping["tables"][name]
    del found.mapping["tables"]["leads"]["columns"]["sql_at"]
    facts = monthly(found)
    assert curves.numbers(facts).stage == "accepted"
    assert "were accepted by sales within 31 days" in told(forest.forest(facts))[0]


# --- Olist


@pytest.fixture(scope="module")
def olist() -> Facts:
    root = Path(__file__).parents[1]
    request = Request(source="olist", data=str(OLIST), params=str(root / "params/monthly.yaml"), month="2018-04",
                      report="monthly")  # fmt: skip
    params = load(request, now=datetime(2026, 9, 22, tzinfo=UTC), root=root)
    return build_facts(build(open_source(params), params))


@pytest.fixture(scope="module")
def rows(olist: Facts) -> pd.DataFrame:
    """Leads of the whole months, read with pandas alone: origin, least days to the win, else whole days followed; those
    days; whether won by then."""
    people, deals = (
        pd.read_csv(OLIST / f"olist_{n}_dataset.csv") for n in ("marketing_qualified_leads", "closed_deals")
    )
    found = people.merge(deals[["mql_id", "won_date"]], on="mql_id", how="left")
    contact = pd.to_datetime(found["first_contact_date"])
    found = found[(contact >= "2017-12-01") & (contact < "2018-05-01")]  # the first deal is of 5 December 2017
    start, now, day = pd.to_datetime(found["first_contact_date"]), pd.Timestamp("2018-05-01"), pd.Timedelta(days=1)
    won = pd.to_datetime(found["won_date"], utc=True).dt.tz_convert("America/Sao_Paulo").dt.tz_localize(None)
    seen = (now - pd.Timedelta(seconds=1) - start) // day
    won = won.where(won >= start)  # one was won two days before its first contact, and is in no cohort
    age = np.ceil((won - start) / day).clip(lower=0)
    return pd.DataFrame(
        {
            "origin": found["origin"].fillna("(unknown)"),
            "age": age.where(age <= seen, seen),
            "seen": seen,
            "won": age <= seen,
        }
    )


@NEEDS_OLIST
@pytest.mark.real_data
def test_olist_conversion_by_origin_equals_a_plain_count(olist: Facts, rows: pd.DataFrame) -> None:
    old = rows[rows["seen"] >= 90]
    expected = (old["won"] & (old["age"] <= 90)).groupby(old["origin"]).agg(["size", "sum"])
    found = {s.name: s for s in forest.numbers(olist).sources}
    assert {n: s.leads for n, s in found.items()} == expected["size"].to_dict()
    assert {n: s.gap.converted for n, s in found.items()} == expected["sum"].to_dict()
    assert len(old) > 1_000 and expected["sum"].sum() > 100
    assert {s.verdict for s in found.values() if s.leads < 10} <= {"too few"}


@NEEDS_OLIST
@pytest.mark.real_data
def test_olist_curves_equal_lifelines(olist: Facts, rows: pd.DataFrame) -> None:
    """Nobody is known to be lost, so that Kaplan-Meier is the oracle, of each source and of all."""
    found = curves.numbers(olist)
    own = {c.name for c in found.sources} - {curves.OTHERS}
    names = rows["origin"].where(rows["origin"].isin(own), curves.OTHERS)
    for c in (found.everyone, *found.sources):
        part = rows if c is found.everyone else rows[names == c.name]
        oracle = lifelines.KaplanMeierFitter().fit(part["age"], part["won"])
        known = [p for p in (*c.steps, *c.at) if p.at_risk]  # nobody has been followed for 180 days
        expected = 1 - oracle.survival_function_at_times([p.horizon for p in known]).to_numpy()
        assert c.leads == len(part) and len(c.steps) > 10 and len(known) == len(c.steps) + 3
        assert [p.estimate for p in known] == pytest.approx(expected.tolist(), abs=1e-9), c.name
        assert [p.at_risk for p in c.at] == [(part["age"] >= a).sum() for a in found.ages]


@NEEDS_OLIST
@pytest.mark.real_data
def test_olist_recent_months_say_when_they_are_ready(olist: Facts) -> None:
    """At day 90 of a report as of 1 May 2018: January ends on 31 January, 90 days on it is 1 May."""
    shown = {row[0]: row[4] for row in cells(triangle.triangle(olist))}
    assert shown["January 2018"] == "from 2 May 2018" and shown["April 2018"] == "from 30 Jul 2018"
    assert "%" in shown["December 2017"]
    before = {name for name, cell in shown.items() if cell == "not on record"}
    assert before == {f"{month} 2017" for month in ("July", "August", "September", "October", "November")}
