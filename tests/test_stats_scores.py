"""The quality of a score in a data frame: published tables, other implementations, brute force."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import norm
from sklearn.metrics import brier_score_loss, roc_auc_score
from statsmodels.stats.proportion import proportion_confint

from alignment_lib import stats
from alignment_lib.errors import StatisticsError
from alignment_lib.stats import ScoreAnswer

pytestmark = pytest.mark.filterwarnings("error")


def leads(won: list[int], lost: list[int], levels: list[Any] | None = None) -> pd.DataFrame:
    """One row per lead of counts by score."""
    names = levels or list(range(1, len(won) + 1))
    rows = [(name, True) for name, n in zip(names, won, strict=True) for _ in range(n)]
    rows += [(name, False) for name, n in zip(names, lost, strict=True) for _ in range(n)]
    return pd.DataFrame(rows, columns=["score", "won"])


# Hanley JA, McNeil BJ (1982), Radiology 143:29-36, table I: ratings of 51 abnormal and 58 normal CT images.
CT = leads([3, 2, 2, 11, 33], [33, 6, 6, 11, 2])


def ask(frame: pd.DataFrame, **more: Any) -> ScoreAnswer:
    return stats.score_quality(frame, score="score", converted="won", **more)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def random_leads(n: int, seed: int) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    p = chance.beta(2, 5, n)
    return pd.DataFrame({"score": p, "won": chance.random(n) < p})


def newcombe(area: float, m: int, n: int, edge: float) -> float:
    """Method 5 of Newcombe (2006), solved by Brent's method between the area and an end of the scale."""

    def gap(t: float) -> float:
        middle = 1 + ((m + n) / 2 - 1) * ((1 - t) / (2 - t) + t / (1 + t))
        return abs(area - t) - float(norm.ppf(0.975)) * math.sqrt(t * (1 - t) * middle / (m * n))

    return float(brentq(gap, area, edge + (1e-12 if edge == 0 else -1e-12)))


def test_ct_images() -> None:
    """Hanley and McNeil (1982): area .8932."""
    answer = ask(CT)
    assert answer.auc.estimate == pytest.approx(0.8932, abs=5e-5)
    assert (answer.auc.low, answer.auc.high) == pytest.approx(
        (newcombe(answer.auc.estimate, 51, 58, 0), newcombe(answer.auc.estimate, 51, 58, 1)), abs=1e-9
    )
    assert plain(answer.sentence) == (
        "A row that is 'won' has a higher 'score' than one that is not in 89 % (81 to 94 %) of all pairs of 51 and 58: "
        "it ranks them; from the lowest band to the highest the rate goes from 8 % (3 to 22 %) of 36 "
        "to 94 % (81 to 98 %) of 35."
    )


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 60), st.integers(1, 8), st.randoms())
def test_area_bands_and_trend_in_whatever_order(seed: int, n: int, bands: int, random: Any) -> None:
    frame = random_leads(n, seed).round({"score": 1})
    order = list(range(n))
    random.shuffle(order)
    answer = ask(frame.iloc[order], bands=bands)
    pd.testing.assert_frame_equal(answer.frame(), ask(frame, bands=bands).frame())
    assert sum(band.rate.leads for band in answer.bands) == n
    assert len(answer.bands) <= bands
    if frame.won.nunique() < 2:
        assert math.isnan(answer.auc.estimate)
        return
    assert answer.auc.estimate == pytest.approx(roc_auc_score(frame.won, frame.score))
    place = np.concatenate([np.full(int(band.rate.leads), i) for i, band in enumerate(answer.bands)])
    outcome = frame.sort_values("score", kind="stable").won.to_numpy(dtype=float)
    for i, band in enumerate(answer.bands):
        assert band.rate.converted == outcome[place == i].sum()
        expected = proportion_confint(int(band.rate.converted), int(band.rate.leads), method="wilson")
        assert (band.rate.low, band.rate.high) == pytest.approx(expected, abs=1e-12)
    if len(answer.bands) > 1:  # Cochran-Armitage's chi2 is n times the squared correlation
        assert answer.trend.chi2 == pytest.approx(n * np.corrcoef(place, outcome)[0, 1] ** 2)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=40), st.integers(1, 10))
def test_bands_hold_whole_scores_and_about_as_many_rows_each(rows: list[int], bands: int) -> None:
    answer = ask(leads(rows, [0] * len(rows)), bands=bands)
    sizes = [band.rate.leads for band in answer.bands]
    assert sum(sizes) == sum(rows)
    assert len(sizes) == len(rows) if len(rows) <= bands else len(sizes) <= bands
    if len(rows) > bands:
        assert max(sizes) <= sum(rows) / bands + max(rows)


def test_bands_given() -> None:
    answer = ask(leads([1] * 6, [2] * 6, [0, 19.5, 20, 39, 40, 100]), bands=[20, 40])
    assert [(band.name, band.rate.leads) for band in answer.bands] == [
        ("0 to 19.5", 6),
        ("20 to 39", 6),
        ("40 to 100", 6),
    ]
    with pytest.raises(StatisticsError, match=r"bands: must be rising numbers"):
        ask(CT, bands=[40, 20])
    with pytest.raises(StatisticsError, match="bands: must be at least 1, got 0"):
        ask(CT, bands=0)


def test_grades_are_an_ordered_category() -> None:
    grades = CT.assign(score=pd.Categorical(CT.score.map(dict(enumerate("-EDCBA"))), list("EDCBA"), ordered=True))
    answer = ask(grades)
    assert answer.levels == tuple("EDCBA")
    assert answer.auc == ask(CT).auc
    with pytest.raises(
        StatisticsError, match=r"must hold numbers or an ordered category, got 'E' in row 0; for grades: pd"
    ):
        ask(grades.astype({"score": str}))


def test_a_row_without_a_score_is_a_band_and_in_no_other_number() -> None:
    more = pd.DataFrame({"score": [None, None, math.nan, 3, None], "won": [True, False, False, None, None]})
    answer = ask(pd.concat([CT, more.astype({"score": float})]))
    assert answer.bands[-1].name == "(unknown)"
    assert (answer.bands[-1].rate.converted, answer.bands[-1].rate.leads) == (1, 3)
    assert answer.auc == ask(CT).auc and answer.trend == ask(CT).trend
    assert plain(answer.sentence).endswith("; left out: 2 rows without 'won'.")


def test_a_probability_is_held_against_what_happened() -> None:
    frame = random_leads(300, 8)
    answer = ask(frame, probability=True)
    brier = brier_score_loss(frame.won, frame.score)
    base = frame.won.mean() * (1 - frame.won.mean())
    measures = answer.frame().set_index("measure")
    assert measures.value["Brier score"] == pytest.approx(brier)
    assert measures.value["Brier skill"] == pytest.approx(1 - brier / base)
    cuts = np.array_split(np.sort(frame.score), 5)
    assert [band.forecast for band in answer.bands] == pytest.approx([part.mean() for part in cuts])
    assert "as a forecast it errs " in answer.sentence


def test_points_are_no_probability() -> None:
    assert ask(CT).calibration is None
    assert ask(CT).frame().forecast.isna().all()
    with pytest.raises(
        StatisticsError, match="probability: column 'score' must lie between 0 and 1 to be a chance, it has 1 to 5"
    ):
        ask(CT, probability=True)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 9), st.integers(1, 9))
def test_the_line_worth_the_most_is_found_by_trying_all(seed: int, benefit: int, cost: int) -> None:
    frame = random_leads(40, seed).round({"score": 1})
    answer = ask(frame, benefit=benefit, cost=cost)
    worth = {
        line: benefit * int(frame.won[frame.score >= line].sum()) - cost * int((~frame.won[frame.score >= line]).sum())
        for line in sorted(frame.score.unique())
    }
    assert float(answer.best or "nan") == max(line for line, value in worth.items() if value == max(worth.values()))
    found = answer.frame().query("measure == 'worth from here on'")
    assert found.value.tolist() == list(worth.values())
    if max(worth.values()) <= 0 and frame.won.nunique() == 2:
        assert "no line is worth its cost" in answer.sentence


def test_the_line_in_the_sentence() -> None:
    """By hand (STATS, CT): worth of 3 a hit and 1 a miss is 95, 119, 119, 119, 97; of equals the highest line."""
    told = plain(ask(CT, benefit=3, cost=1).sentence)
    assert told.endswith("; a line at 4 is worth the most: 57 rows, 77 % (65 to 86 %) of them 'won'.")
    with pytest.raises(StatisticsError, match="benefit, cost: must both be given or neither"):
        ask(CT, benefit=3)
    with pytest.raises(StatisticsError, match="benefit, cost: must not both be 0"):
        ask(CT, benefit=0, cost=0)


def test_which_way_it_ranks() -> None:
    assert "it ranks them the wrong way round" in ask(CT.assign(score=-CT.score)).sentence
    assert "whether it ranks them at all is not shown" in ask(leads([5, 6, 5], [5, 5, 5])).sentence


@pytest.mark.parametrize(
    ("won", "lost", "told"),
    [
        ([], [], "No row has a score and an outcome: how good the score is cannot be told."),
        ([0], [1], "How well 'score' ranks cannot be told: none of 1 row are 'won'."),
        ([9, 9], [0, 0], "How well 'score' ranks cannot be told: all of 18 rows are 'won'."),
        (
            [6], [4],
            "A row that is 'won' has a higher 'score' than one that is not in 50 % (20 to 80 %) of all pairs of 6 and "
            "4: whether it ranks them at all is not shown.",
        ),
    ],
)  # fmt: skip
def test_little_to_tell(won: list[int], lost: list[int], told: str) -> None:
    answer = ask(leads(won, lost).astype({"score": float, "won": bool}), benefit=1, cost=1)
    assert plain(answer.sentence).split("; a line")[0].rstrip(".") + "." == told
    assert (answer.frame().query("value != value").reason != "").all()


def test_numbers_of_a_database_are_numbers() -> None:
    assert ask(CT.assign(score=[Decimal(score) for score in CT.score])).auc == ask(CT).auc


@pytest.mark.parametrize("bad", [math.inf, -math.inf])
def test_infinite_scores_are_refused(bad: float) -> None:
    with pytest.raises(StatisticsError, match=f"score: column 'score' must hold finite numbers, got {bad}"):
        ask(CT.assign(score=bad))
