"""Groups of a data frame against the rest: published tables, other implementations, hostile groups."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from alignment_lib import stats
from alignment_lib.errors import StatisticsError
from alignment_lib.stats import GroupAnswer
from alignment_lib.stats.leagues import Group

pytestmark = pytest.mark.filterwarnings("error")

# Bickel PJ, Hammel EA, O'Connell JW (1975), Science 187:398-404: admitted men, men, admitted women, women.
BERKELEY = [
    (512, 825, 89, 108), (353, 560, 17, 25), (120, 325, 202, 593),
    (138, 417, 131, 375), (53, 191, 94, 393), (22, 373, 24, 341),
]  # fmt: skip


def leads(*groups: tuple[Any, int, int], **constant: Any) -> pd.DataFrame:
    """One row per lead of (source, won, rows)."""
    rows = [(name, won) for name, x, n in groups for won in [True] * x + [False] * (n - x)]
    return pd.DataFrame(rows, columns=["source", "won"]).assign(**constant)


def berkeley() -> pd.DataFrame:
    return pd.concat(
        leads(("men", *row[:2]), ("women", *row[2:]), segment=place) for place, row in enumerate(BERKELEY)
    ).sample(frac=1, random_state=1)


def by_name(answer: GroupAnswer) -> dict[str, Group]:
    return {group.name: group for group in answer.groups}


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


FIVE = leads(("a", 12, 120), ("b", 30, 200), ("c", 3, 8), ("d", 1, 1), ("e", 40, 800))


def test_berkeley_admissions() -> None:
    """R ?mantelhaen.test and metafor: crude .1416; at the same mix -.0184 (-.0475, .0106), p .217."""
    answer = stats.compare(berkeley(), by="source", converted="won", strata="segment")
    men = by_name(answer)["men"]
    assert men.adjusted is not None
    assert men.gap.estimate == pytest.approx(0.1416, abs=5e-5)
    assert (men.adjusted.estimate, men.adjusted.low, men.adjusted.high) == pytest.approx(
        (-0.0184, -0.0475, 0.0106), abs=5e-5
    )
    assert men.q == pytest.approx(0.2169, abs=5e-5)  # of two mirrored groups q is p
    assert men.simpson and men.verdict == "no difference shown"
    assert plain(answer.sentence) == (
        "Of 4,526 rows 38.8 % (37.4 to 40.2 %) are 'won'; "
        "none of 2 groups tested is shown to differ from the rest at the same mix of 'segment'; "
        "the mix of 'segment' moves men from +14 to −1.8 (−4.7 to +1.1) points."
    )


@pytest.mark.parametrize(("rows", "verdict"), [(28, "not tested"), (30, "above")])
def test_below_thirty_rows_a_side_nothing_is_said_at_the_same_mix(rows: int, verdict: str) -> None:
    half = leads(("a", 2 * rows // 5, rows // 2), ("b", 5, 50))
    frame = pd.concat([half.assign(segment="x"), half.assign(segment="y")])
    answer = stats.compare(frame, by="source", converted="won", strata="segment")
    few = by_name(answer)["a"]
    assert few.verdict == verdict and not few.simpson
    assert ("no group could be tested: fewer than 30 leads on a side" in answer.sentence) == (rows < 30)
    assert math.isnan(few.q) == (rows < 30)


def test_without_the_mix_men_are_above() -> None:
    answer = stats.compare(berkeley(), by="source", converted="won")
    assert {name: group.verdict for name, group in by_name(answer).items()} == {"men": "above", "women": "below"}
    assert plain(answer.sentence) == (
        "Of 4,526 rows 38.8 % (37.4 to 40.2 %) are 'won'; "
        "above the rest is men (45 % of 2,691, +14 points, +11 to +17)."
    )


def test_rates_differences_and_q_are_statsmodels() -> None:
    answer = stats.compare(FIVE, by="source", converted="won", min_rows=0)
    groups = by_name(answer)
    won, rows = FIVE.won.groupby(FIVE.source).sum(), FIVE.source.value_counts()
    for name, group in groups.items():
        x, n = int(won[name]), int(rows[name])
        assert (group.rate.low, group.rate.high) == pytest.approx(proportion_confint(x, n, method="wilson"))
        gap = confint_proportions_2indep(x, n, won.sum() - x, rows.sum() - n, method="newcomb")
        assert (group.gap.low, group.gap.high) == pytest.approx(gap, abs=1e-9)
    tested = [groups[name] for name in "abcde"]
    q = multipletests([group.gap.p for group in tested], method="fdr_bh")[1]
    assert [group.q for group in tested] == pytest.approx(list(q))
    # R contingencytables and p.adjust for these five (tests/test_comparisons.py)
    assert [group.q for group in tested] == pytest.approx([0.298198, 3.6132e-5, 0.0165, 0.047609, 1.1872e-6], rel=1e-4)


def test_how_many_false_alarms_are_accepted_decides() -> None:
    """q of c is .0165 and its interval excludes 0."""
    for max_q, verdict in ((0.1, "above"), (0.01, "borderline")):
        answer = stats.compare(FIVE, by="source", converted="won", min_rows=0, max_q=max_q)
        assert by_name(answer)["c"].verdict == verdict


def test_a_lucky_single_lead_is_shown_but_not_tested_and_not_the_best() -> None:
    answer = stats.compare(FIVE, by="source", converted="won")
    lucky = by_name(answer)["d"]
    assert (lucky.rate.estimate, lucky.verdict, lucky.reason) == (1, "not tested", "fewer than 10 leads: not tested")
    assert math.isnan(lucky.q)
    assert answer.groups[0].name == "b"
    assert lucky.shrunken.estimate < 0.5


def test_shrunken_rates_lie_between_their_own_and_the_others() -> None:
    for group in stats.compare(FIVE, by="source", converted="won").groups:
        low, high = sorted((group.rate.estimate, 0.12))
        assert low <= group.shrunken.estimate <= high or group.rate.leads > 100


def test_a_missing_group_is_a_group_and_a_missing_outcome_is_counted() -> None:
    """By hand: of 50 rows 5 have no source, 3 of the others no outcome."""
    frame = leads(("Web", 10, 30), ("Fair", 5, 15), (None, 1, 5))
    frame["won"] = frame.won.astype(object)
    frame.loc[:2, "won"] = [None, math.nan, pd.NA]
    answer = stats.compare(frame, by="source", converted="won", min_rows=0)
    assert {g.name: (g.rate.converted, g.rate.leads) for g in answer.groups} == {
        "Web": (7, 27), "Fair": (5, 15), "(unknown)": (1, 5),
    }  # fmt: skip
    assert plain(answer.sentence).endswith("; left out: 3 rows without 'won'.")
    assert answer.frame().query("measure == 'rate'").n.tolist()[0] == 47


def test_a_group_of_which_no_outcome_is_known_keeps_its_row() -> None:
    frame = leads(("Web", 10, 30), ("Fair", 5, 15)).astype({"won": "boolean"})
    frame.loc[frame.source == "Fair", "won"] = pd.NA
    answer = stats.compare(frame, by="source", converted="won")
    fair = answer.frame().query("group == 'Fair' and measure == 'rate'").iloc[0]
    assert (fair.n, fair.reason) == (0, "no leads")
    assert math.isnan(fair.value) and math.isnan(fair.low)
    assert "all are of one group, so there is nothing to compare" in answer.sentence


@pytest.mark.parametrize("kind", ["bool", "int64", "float64", "boolean", "Int8", "object"])
def test_an_outcome_may_be_of_any_kind(kind: str) -> None:
    expected = stats.compare(FIVE, by="source", converted="won")
    assert stats.compare(FIVE.astype({"won": kind}), by="source", converted="won").sentence == expected.sentence


def test_what_the_strata_cannot_tell_gets_no_verdict() -> None:
    """All of one group converted, none of the other: no interval, so no verdict, whatever the p-value."""
    answer = stats.compare(
        leads(("a", 40, 40), ("b", 0, 40), segment="x"), by="source", converted="won", strata="segment"
    )
    assert {(g.verdict, g.reason) for g in answer.groups} == {("not tested", "no interval: the strata do not vary")}
    assert "no group could be tested: no interval: the strata do not vary" in answer.sentence
    apart = pd.concat([leads(("a", 9, 40), segment="x"), leads(("b", 3, 40), segment="y")])
    answer = stats.compare(apart, by="source", converted="won", strata="segment")
    assert {(g.verdict, g.reason) for g in answer.groups} == {("not tested", "no stratum has leads on both sides")}


def test_a_group_with_too_few_rows_is_not_tested_at_the_same_mix_either() -> None:
    frame = leads(("a", 60, 200), ("b", 20, 200), ("c", 30, 40), segment="x")
    answer = stats.compare(frame, by="source", converted="won", strata="segment", min_rows=50)
    small = by_name(answer)["c"]
    assert (small.verdict, small.reason) == ("not tested", "fewer than 50 leads: not tested")
    assert {name: group.verdict for name, group in by_name(answer).items() if name != "c"} == {
        "a": "above", "b": "below",
    }  # fmt: skip


def test_a_missing_stratum_is_a_stratum() -> None:
    half = leads(("a", 20, 40), ("b", 4, 40))
    frame = pd.concat([half.assign(segment="x"), half.assign(segment=None)])
    answer = stats.compare(frame, by="source", converted="won", strata="segment")
    assert answer.strata_names == ("x", "(unknown)")
    assert answer.groups[0].adjusted is not None
    assert answer.groups[0].adjusted.leads == (40, 40)


def test_a_change_of_sign_near_nothing_is_no_news() -> None:
    """Simpson's flag is set, but the plain difference was none to be seen: the sentence keeps quiet."""
    small = leads(("a", 5, 25), ("b", 11, 50), segment="x")
    frame = pd.concat([small, leads(("a", 12, 25), ("b", 6, 12), segment="y")])
    answer = stats.compare(frame, by="source", converted="won", strata="segment")
    group = by_name(answer)["a"]
    assert group.gap.estimate > 0 > group.decides.estimate
    assert group.simpson and not group.moved
    assert "moves" not in answer.sentence


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([], "No row has an outcome: there is nothing to compare."),
        ([("Web", 0, 1)], "Of 1 row 0 % (0 to 79 %) are 'won'; all are of one group, so there is nothing to compare."),
        (
            [("Web", 9, 30)],
            "Of 30 rows 30 % (17 to 48 %) are 'won'; all are of one group, so there is nothing to compare.",
        ),
        (
            [("Web", 30, 30), ("Fair", 30, 30)],
            "Of 60 rows 100 % (94 to 100 %) are 'won'; none of 2 groups tested is shown to differ from the rest.",
        ),
        (
            [("Web", 0, 30), ("Fair", 0, 30)],
            "Of 60 rows 0 % (0 to 6 %) are 'won'; none of 2 groups tested is shown to differ from the rest.",
        ),
        (
            [("Web", 1, 3), ("Fair", 0, 3)],
            "Of 6 rows 17 % (3 to 56 %) are 'won'; no group could be tested: fewer than 10 leads: not tested.",
        ),
    ],
)
def test_little_to_tell(rows: list[tuple[str, int, int]], told: str) -> None:
    assert plain(stats.compare(leads(*rows), by="source", converted="won").sentence) == told


def test_the_largest_difference_is_named_first() -> None:
    answer = stats.compare(leads(("b", 45, 100), ("a", 60, 90), ("c", 5, 300)), by="source", converted="won")
    assert plain(answer.sentence).split("above the rest are ")[1].startswith("a (67 % of 90, +54 points, ")
    assert "; below the rest is c (2 % of 300, " in plain(answer.sentence)


def test_names_that_are_equal_to_python_are_two_groups() -> None:
    """1, True and 1.0 are equal; as names 1 and 1.0 are one, True is another, in whatever order they come."""
    for names in ([1, True, 1.0], [True, 1, 1.0], [1.0, True, "1"]):
        frame = pd.DataFrame({"source": pd.Series(names, dtype=object), "won": True})
        answer = stats.compare(frame, by="source", converted="won")
        assert {group.name: group.rate.leads for group in answer.groups} == {"1": 2, "True": 1}


def test_a_group_too_small_to_test_does_not_hide_the_other() -> None:
    """Of two groups only the larger is tested; what is found of it is said."""
    answer = stats.compare(leads(("Web", 10, 400), ("Fair", 8, 9)), by="source", converted="won")
    assert "below the rest is Web" in answer.sentence


hostile = st.one_of(st.none(), st.just(math.nan), st.text(max_size=6), st.integers(-3, 3), st.booleans())
cases = st.lists(st.tuples(hostile, st.sampled_from([True, False, None])), max_size=12)


@settings(max_examples=15, deadline=None)
@given(cases, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter_and_none_is_lost(rows: list[tuple[Any, bool | None]], random: Any) -> None:
    frame = pd.DataFrame(
        {"by": pd.Series([r[0] for r in rows], dtype=object), "won": pd.Series([r[1] for r in rows], dtype=object)}
    )
    answer = stats.compare(frame, by="by", converted="won", min_rows=0)
    order = list(range(len(rows)))
    random.shuffle(order)
    again = stats.compare(frame.iloc[order].set_axis(np.zeros(len(rows))), by="by", converted="won", min_rows=0)
    pd.testing.assert_frame_equal(answer.frame(), again.frame())
    assert answer.sentence == again.sentence
    known = sum(outcome is not None for _, outcome in rows)
    assert sum(group.rate.leads for group in answer.groups) == known == answer.overall.leads
    assert answer.left_out[0].rows == len(rows) - known
    assert len(repr(answer).splitlines()) <= 2


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"converted": "count"}, r"converted: column 'count' must hold True and False \(or 1 and 0\), got 2 in row 0"),
        ({"by": "sorce"}, "by: there is no column 'sorce'; did you mean 'source'?"),
        ({"strata": "x"}, "strata: there is no column 'x'; the frame has 'source', 'won', 'count', 'when'"),
        (
            {"converted": "source"},
            r"converted: column 'source' must hold True and False \(or 1 and 0\), got 'Web' in row 0",
        ),
        ({"converted": "when"}, r"got Timestamp.* a column that does: frame\['when'\].notna\(\)"),
        ({"min_rows": -1}, "min_rows: must be at least 0, got -1"),
        ({"max_q": 2}, "max_q: must be between 0 and 1, got 2"),
        ({"conf": 95}, "conf: must lie strictly between 0 and 1, got 95"),
    ],
)
def test_what_cannot_be_asked(asked: dict[str, Any], told: str) -> None:
    frame = pd.DataFrame({"source": ["Web"] * 3, "won": [1, 0, 1], "count": 2, "when": pd.Timestamp("2025-01-01")})
    with pytest.raises(StatisticsError, match=told):
        stats.compare(frame, **{"by": "source", "converted": "won", **asked})


def test_columns_and_frames_that_are_none() -> None:
    twice = pd.DataFrame([[1, 0, 1]], columns=["won", "source", "source"])
    with pytest.raises(StatisticsError, match="by: 2 columns are called 'source'; rename all but one"):
        stats.compare(twice, by="source", converted="won")
    with pytest.raises(StatisticsError, match="frame: must be a pandas DataFrame, got list"):
        stats.compare([1], by="source", converted="won")  # type: ignore[arg-type]
    with pytest.raises(StatisticsError, match="by: there is no column 'source'; the frame has no columns"):
        stats.compare(pd.DataFrame(), by="source", converted="won")
