"""What every answer shares: a tidy frame, a table and a picture that survive hostile names, nothing undefined is 0."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from html.parser import HTMLParser

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.cbook import is_math_text

from alignment_lib import stats
from alignment_lib.stats.answer import Answer

mpl.use("Agg")
pytestmark = [pytest.mark.filterwarnings("error"), pytest.mark.filterwarnings("ignore:Glyph")]

HOSTILE = [
    "<script>alert(1)</script>",
    "$x^2$ & \\frac",
    "two\nlines\r\tand\x00more\u202e",
    "=1+1",
    "{name} %s",
    "Ünï 漢字 🙂",
    "a" * 300,
]
SIZES = [0, 1, 3, 60]


def leads(n: int, *, won: bool | None = None) -> pd.DataFrame:
    chance = np.random.default_rng(n)
    frame = pd.DataFrame({"source": chance.choice([*HOSTILE, None], n) if n else [], "score": chance.integers(0, 9, n)})
    frame["created_at"] = pd.Timestamp("2025-01-01") + pd.to_timedelta(chance.integers(0, 150, n), unit="D")
    frame["won"] = (chance.random(n) < 0.4) if won is None else won
    frame["won_at"] = (frame.created_at + pd.Timedelta(days=9)).where(frame.won.astype(bool))
    frame["grade"], frame["rating"] = frame.source, frame.source.shift(fill_value=HOSTILE[0])
    return frame.rename(columns={"won": "<b>won</b>", "created_at": "created_at"})


ASK: dict[str, Callable[[pd.DataFrame], Answer]] = {
    "compare": lambda f: stats.compare(f, by="source", converted="<b>won</b>"),
    "compare at the same mix": lambda f: stats.compare(f, by="score", converted="<b>won</b>", strata="source"),
    "cohorts": lambda f: stats.cohorts(f, start="created_at", event="won_at", as_of="2025-05-15"),
    "cohorts by": lambda f: stats.cohorts(f, start="created_at", event="won_at", as_of="2025-05-15", by="source"),
    "agreement": lambda f: stats.agreement(f, marketing="grade", sales="rating", categories=HOSTILE),
    "score_quality": lambda f: stats.score_quality(f, score="score", converted="<b>won</b>", benefit=2, cost=1),
}
every = pytest.mark.parametrize("asked", ASK)
sizes = pytest.mark.parametrize("n", SIZES)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@every
@sizes
@pytest.mark.parametrize("won", [None, True, False])
def test_the_frame_is_tidy_and_what_is_undefined_says_why(asked: str, n: int, won: bool | None) -> None:
    frame = ASK[asked](leads(n, won=won)).frame()
    assert {"measure", "value", "low", "high", "n", "reason"} <= set(frame.columns)
    undefined = frame.value.isna()
    assert (frame.reason[undefined] != "").all()
    assert frame[["low", "high"]][undefined].isna().all(axis=None)
    bounded = frame[frame.low.notna() & frame.high.notna()]
    assert ((bounded.low <= bounded.value) & (bounded.value <= bounded.high)).all()


@every
@sizes
def test_the_table_escapes_what_came_from_a_crm(asked: str, n: int) -> None:
    answer, page = ASK[asked](leads(n)), Tags()
    page.feed(answer._repr_html_())
    assert page.found <= {"p", "table", "thead", "tbody", "tr", "th", "td"}
    assert {"p", "table", "th"} <= page.found
    assert answer.sentence in page.text
    assert not {"\n", "\r", "\x00", "\u202e"} & set(page.text)


@every
@sizes
def test_repr_is_two_printable_lines(asked: str, n: int) -> None:
    lines = repr(ASK[asked](leads(n))).splitlines()
    assert len(lines) == 2
    assert all(c.isprintable() or c == "\u00a0" for line in lines for c in line)
    assert lines[0].startswith(f"{asked.split(' ')[0]}(")
    assert len(lines[1]) <= 240


@every
@sizes
def test_the_sentence_is_one(asked: str, n: int) -> None:
    told = ASK[asked](leads(n)).sentence
    assert told.endswith(".") and "nan" not in told and ". " not in told
    assert all(c.isprintable() or c == "\u00a0" for c in told)


@every
def test_an_answer_cannot_be_changed(asked: str) -> None:
    answer = ASK[asked](leads(60))
    with pytest.raises(dataclasses.FrozenInstanceError):
        answer.conf = 0.5  # type: ignore[attr-defined]
    pd.testing.assert_frame_equal(answer.frame(), ASK[asked](leads(60)).frame())


@every
@sizes
def test_a_picture_can_be_drawn_of_everything(asked: str, n: int) -> None:
    """Every name and its n stand in the picture, and a dollar sign is no formula."""
    answer = ASK[asked](leads(n))
    ax = answer.plot()
    ax.figure.canvas.draw()
    texts = [text.get_text() for text in ax.figure.findobj(mpl.text.Text)]
    assert not any(t.get_parse_math() and is_math_text(t.get_text()) for t in ax.figure.findobj(mpl.text.Text))
    assert any("".join(answer.sentence.split())[:40] in "".join(text.split()) for text in texts)
    counts = {f"n = {row.n:,}" for row in answer.frame().itertuples() if row.measure == "rate" and row.n}
    named = {text.rsplit("\n", 1)[-1] for text in texts}
    assert counts - {f"n = {n}"} <= named
    plt.close(ax.figure)


def test_a_picture_goes_where_it_is_told() -> None:
    plt.close("all")
    figure, axes = plt.subplots(2, 2)
    for ax, asked in zip(axes.flat, ASK, strict=False):
        assert ASK[asked](leads(60)).plot(ax) is ax
        assert ax.get_title(loc="left") and figure.get_suptitle() == ""
    assert plt.get_fignums() == [figure.number]
    figure.canvas.draw()
    plt.close(figure)


def test_bars_and_shares_begin_at_zero() -> None:
    ax = ASK["score_quality"](leads(60)).plot()
    assert ax.get_ylim()[0] == 0 and all(bar.get_y() == 0 for bar in ax.patches)
    assert ASK["compare"](leads(60)).plot().get_xlim()[0] == 0
    assert ASK["cohorts"](leads(60)).plot().get_ylim()[0] == 0
    low, high = ASK["compare at the same mix"](leads(60)).plot().get_xlim()
    assert low < 0 < high
    plt.close("all")


def test_a_long_table_is_cut_and_says_so() -> None:
    many = pd.DataFrame({"source": [f"s{i}" for i in range(70)] * 2, "won": [True] * 70 + [False] * 70})
    answer = stats.compare(many, by="source", converted="won")
    assert answer._repr_html_().count("<tr>") == 61
    assert "10\u00a0more rows: .frame() has them all." in answer._repr_html_()
    assert answer.frame().group.nunique() == 71
    ax = answer.plot()
    assert len(ax.get_yticks()) == 24
    plt.close(ax.figure)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(max_size=12), min_size=1, max_size=4, unique=True))
def test_any_name_is_one_line(names: list[str]) -> None:
    frame = pd.DataFrame({"source": names * 12, "won": [True, *[False] * (len(names) * 12 - 1)]})
    answer = stats.compare(frame, by="source", converted="won")
    assert len(repr(answer).splitlines()) == 2
    page = Tags()
    page.feed(answer._repr_html_())
    assert page.found <= {"p", "table", "thead", "tbody", "tr", "th", "td"}
