"""Agreement of two columns: published tables, other implementations, words that do not match."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import proportion_confint

from alignment_lib import stats
from alignment_lib.errors import StatisticsError
from alignment_lib.stats import AgreementAnswer

pytestmark = pytest.mark.filterwarnings("error")


def leads(table: list[list[int]], words: str | list[Any] = "ABCDEF") -> pd.DataFrame:
    """One row per lead of a table, marketing down, sales across."""
    rows = [(words[i], words[j]) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]
    return pd.DataFrame(rows, columns=["grade", "rating"])


def ask(frame: pd.DataFrame, **more: Any) -> AgreementAnswer:
    return stats.agreement(frame, marketing="grade", sales="rating", **more)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(("table", "kappa"), [([[40, 9], [6, 45]], 0.70), ([[80, 10], [5, 5]], 0.32)])
def test_the_paradox_of_equal_agreement(table: list[list[int]], kappa: float) -> None:
    """Feinstein AR, Cicchetti DV (1990), J Clin Epidemiol 43:543-549: 85 % twice, kappa .70 and .32; PABAK .70."""
    agreed = ask(leads(table)).agreed
    assert (agreed.estimate, round(agreed.kappa.estimate, 2)) == (0.85, kappa)
    assert agreed.adjusted.estimate == pytest.approx(0.7)
    assert (agreed.low, agreed.high) == pytest.approx(proportion_confint(85, 100, method="wilson"))


def test_the_sentence() -> None:
    assert plain(ask(leads([[40, 9], [6, 45]])).sentence) == (
        "85 % (77 to 91 %) of 100 rows have the same 'grade' and 'rating'; "
        "corrected for chance 0.70 (0.53 to 0.81) by PABAK and 0.70 (0.56 to 0.84) by Cohen's kappa; "
        "most often they differ as A and B, 9 rows."
    )


def test_few_leads_have_no_interval_of_kappa() -> None:
    answer = ask(leads([[8, 2], [1, 9]]))
    assert "0.70 by Cohen's kappa, no interval: fewer than 50 leads; most often" in answer.sentence
    kappa = answer.frame().set_index("measure").loc["kappa"]
    assert math.isnan(kappa.low) and kappa.reason == "no interval: fewer than 50 leads"
    assert kappa.value == pytest.approx(0.7)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=3, max_size=3), st.randoms())
def test_kappa_is_that_of_sklearn_and_statsmodels_in_whatever_order(table: list[list[int]], random: Any) -> None:
    frame = leads(table)
    order = list(range(len(frame)))
    random.shuffle(order)
    if not set(frame.grade) & set(frame.rating) or len(set(frame.grade) | set(frame.rating)) < 2:
        return
    answer = ask(frame.iloc[order])
    pd.testing.assert_frame_equal(answer.frame(), ask(frame).frame())
    kappa = answer.agreed.kappa
    if not math.isnan(kappa.estimate):
        assert kappa.estimate == pytest.approx(cohen_kappa_score(frame.grade, frame.rating), abs=1e-12)
    if not math.isnan(kappa.low):
        oracle = cohens_kappa(np.array(table))
        assert (kappa.low, min(1, oracle.kappa_upp)) == pytest.approx((oracle.kappa_low, kappa.high), abs=1e-9)
    assert answer.frame().query("measure == 'share of rows'")["count"].sum() == len(frame)


def test_what_only_one_side_judged_is_counted_not_compared() -> None:
    frame = leads([[40, 9], [6, 45]])
    more = pd.DataFrame({"grade": ["A"] * 7 + [None, " "], "rating": [None] * 6 + [math.nan, "B", None]})
    answer = ask(pd.concat([frame, more]))
    assert answer.agreed == ask(frame).agreed
    told = "; left out: 7 rows only with 'grade', 1 row only with 'rating' and 1 row with neither."
    assert plain(answer.sentence).endswith(told)


def test_numbers_and_yes_or_no_are_words_too() -> None:
    scores = leads([[40, 9], [6, 45]], [1, 2]).astype({"grade": float, "rating": str})
    assert ask(scores).categories == ("1", "2")
    assert ask(leads([[40, 9], [6, 45]], [True, False])).agreed.estimate == 0.85


def test_the_order_of_the_words() -> None:
    frame = leads([[4, 0, 1], [1, 5, 0], [0, 0, 3]], ["hot", "warm", "cold"])
    assert ask(frame).categories == ("cold", "hot", "warm")
    kind = pd.CategoricalDtype(["cold", "warm", "hot", "boiling"], ordered=True)
    assert ask(frame.astype({"grade": kind})).categories == ("cold", "warm", "hot", "boiling")
    answer = ask(frame, categories=["hot", "warm", "cold"])
    assert answer.agreed.table == ((4, 0, 1), (1, 5, 0), (0, 0, 3))
    with pytest.raises(StatisticsError, match="categories: must name every word used, 'cold' is missing"):
        ask(frame, categories=["hot", "warm"])


def test_different_words_are_no_disagreement() -> None:
    frame = pd.DataFrame({"grade": ["A", "B", "A"], "rating": ["accepted", "rejected", "accepted"]})
    with pytest.raises(StatisticsError, match=r"must use the same words; 'grade' has A, B and 'rating' has accepted"):
        ask(frame)
    never = pd.DataFrame({"grade": ["A"] * 20, "rating": ["B"] * 20})
    assert ask(never, categories="AB").agreed.estimate == 0


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ([[0]], "No row has both 'grade' and 'rating': whether they agree cannot be told."),
        (
            [[30]],
            "100 % (89 to 100 %) of 30 rows have the same 'grade' and 'rating'; "
            "whether beyond chance cannot be told: both sides use one and the same category.",
        ),
        (
            [[1]],
            "100 % (21 to 100 %) of 1 row have the same 'grade' and 'rating'; "
            "whether beyond chance cannot be told: both sides use one and the same category.",
        ),
        (
            [[20, 0], [0, 30]],
            "100 % (93 to 100 %) of 50 rows have the same 'grade' and 'rating'; corrected for chance "
            "1.00 (0.86 to 1.00) by PABAK and 1.00 by Cohen's kappa, no interval: both sides agree on every lead.",
        ),
    ],
)
def test_little_to_tell(table: list[list[int]], told: str) -> None:
    answer = ask(leads(table))
    assert plain(answer.sentence) == told
    unknown = answer.frame().query("value != value")
    assert (unknown.reason != "").all()


def test_what_cannot_be_asked() -> None:
    with pytest.raises(StatisticsError, match=r"sales: there is no column 'ratings'; did you mean 'rating'\?"):
        stats.agreement(leads([[1]]), marketing="grade", sales="ratings")
    with pytest.raises(StatisticsError, match="conf: must lie strictly between 0 and 1"):
        ask(leads([[1]]), conf=1)
