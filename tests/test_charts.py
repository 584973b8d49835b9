"""Charts: what is drawn is what was given, the SVG is safe to stand inside a page, and two of them do not collide."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from datetime import date, timedelta
from itertools import pairwise
from xml.etree import ElementTree

import fixture_blocks
import pytest
from fixture_sales import HOSTILE, WEEKS
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from alignment_lib.page import charts
from alignment_lib.page.charts import layout, palette, rows
from alignment_lib.page.charts.delays import delays
from alignment_lib.page.charts.differences import differences

DAYS = [date(2026, 11, 1) + timedelta(days=i) for i in range(30)]
SVG = "{http://www.w3.org/2000/svg}"


def axes() -> Axes:
    return Figure(figsize=(7.2, 2.6)).add_axes((0.1, 0.1, 0.8, 0.8))


def burn_up_arguments(**changed: object) -> dict[str, object]:
    promise = [8.0 * (i + 1) for i in range(30)]
    given_ = {"days": DAYS, "done": [3.0, 9.0, 18.0], "goal": promise, "target": 240, "low": 200, "mean": 230}
    return {**given_, "high": 260, "as_of_day": DAYS[2], **changed}


def interval_arguments(**changed: object) -> dict[str, object]:
    rows = {"labels": ["a", "b"], "estimates": [0.5, None], "lows": [0.3, None], "highs": [0.7, None], "n": [20, 0]}
    return {**rows, "overall": 0.5, **changed}


def pictures() -> list[tuple[str, str]]:
    return [(block.id, picture.svg) for block in fixture_blocks.weekly() for picture in block.pictures]


def texts(svg: str) -> list[str]:
    """The texts of an inline drawing, read by an XML parser of its own."""
    root = ElementTree.fromstring(f'<root xmlns="http://www.w3.org/2000/svg">{svg}</root>')
    return [element.text or "" for element in root.iter(f"{SVG}text")]


class TestDrawing:
    def test_a_chart_is_the_same_bytes_every_time(self) -> None:
        assert pictures() == pictures()

    def test_every_chart_is_well_formed_and_names_itself(self) -> None:
        for _, svg in pictures():
            root = ElementTree.fromstring(f'<root xmlns="http://www.w3.org/2000/svg">{svg}</root>')
            assert [e for e in root.iter() if e.get("role") == "img"]
            for image in root.findall(f"{SVG}svg[@role='img']"):
                title = image.find(f"{SVG}title")
                assert title is not None and title.text
                assert image.get("aria-labelledby") == title.get("id")

    def test_ids_are_unique_on_a_page_with_every_chart(self) -> None:
        ids = re.findall(r'\bid="([^"]+)"', "".join(svg for _, svg in pictures()))
        assert ids and len(ids) == len(set(ids))

    def test_every_reference_inside_a_chart_points_at_an_id_of_it(self) -> None:
        for _, svg in pictures():
            ids = set(re.findall(r'\bid="([^"]+)"', svg))
            assert set(re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', svg)) <= {(i, "") for i in ids} | {
                ("", i) for i in ids
            }

    def test_nothing_of_a_document_of_its_own_is_left(self) -> None:
        for _, svg in pictures():
            for part in (
                "<?xml",
                "<!DOCTYPE",
                "<style",
                "<metadata",
                "http://www.w3.org",
                "xmlns",
                "font-family",
                "dc:date",
            ):
                assert part not in svg

    def test_every_colour_follows_the_page(self) -> None:
        for name, svg in pictures():
            assert not re.search(r"#[0-9a-f]{6}\b", re.sub(r">[^<]*<", "><", svg)), name

    def test_a_label_that_looks_like_a_colour_an_id_or_a_formula_stays_as_it_is(self) -> None:
        labels = [palette.MARKETING, 'id="x"', "$\\frac{1}{0}$", "a_$b", "日本語 العربية"]
        ones = [1.0] * len(labels)
        rows = interval_arguments(labels=labels, estimates=ones, lows=ones, highs=ones, n=[1] * len(labels))
        svg = charts.draw(charts.intervals, title="t", alt="a", id="x", narrow_in=None, **rows).svg
        assert set(labels) <= set(texts(svg))

    def test_hostile_text_is_text(self) -> None:
        ones = [1.0] * len(HOSTILE)
        rows = interval_arguments(labels=list(HOSTILE), estimates=ones, lows=ones, highs=ones, n=[1] * len(HOSTILE))
        svg = charts.draw(charts.intervals, title="t", alt=HOSTILE[0], id=HOSTILE[0], **rows).svg
        assert "<script" not in svg
        assert set(HOSTILE) <= set(texts(svg))

    def test_control_characters_and_length_do_not_break_a_chart(self) -> None:
        assert layout.tidy("a\x00b\n\tc\u202e") == "a b c"
        assert len(layout.tidy("x" * 10_000_000)) == 40

    def test_importing_the_library_imports_neither_matplotlib_nor_nbconvert(self) -> None:
        code = "import sys, alignment_lib.page; print(*(name in sys.modules for name in ('matplotlib', 'nbconvert')))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.split() == ["False", "False"]

    def test_drawing_needs_no_pyplot(self) -> None:
        code = (
            "import sys; from alignment_lib.page import charts; "
            "charts.draw(charts.follow_up, weeks=['a'], met=[1], missed=[1], not_due=[0], title='', alt='', id='i');"
            "print('matplotlib.pyplot' in sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "False"


class TestHistory:
    def draw(self, values: list[float | None], **changed: object) -> Axes:
        arguments = {"periods": WEEKS[: len(values)], "side": "marketing", "normal": (1, 3), "goal": 2, **changed}
        return charts.history(axes(), values=values, **arguments)  # type: ignore[arg-type]

    def test_draws_the_values_it_was_given_and_a_gap_where_there_is_none(self) -> None:
        line = self.draw([1.0, None, 3.0]).lines[0].get_ydata()
        assert [float(v) for v in line][::2] == [1.0, 3.0]
        assert math.isnan(float(line[1]))  # type: ignore[index]

    def test_labels_the_last_value_the_goal_and_the_normal_range(self) -> None:
        shown = {text.get_text() for text in self.draw([1.0, 2.5], unit="MQLs").texts}
        assert {"2.5 MQLs", "goal 2", "normal 1 to 3"} <= shown

    @pytest.mark.parametrize("values", [[], [None], [None, None], [0.0], [0.0, 0.0]])
    def test_survives_weeks_without_anything(self, values: list[float | None]) -> None:
        assert self.draw(values, normal=None, goal=None).get_ylim()[0] == 0

    def test_small_multiples_share_their_time_axis(self) -> None:
        panels = [
            (name, {"periods": WEEKS[:2], "values": [1, v], "side": "sales", "normal": (0, v), "goal": None})
            for name, v in (("Won", 7), ("Value", 1_234_567))
        ]
        svg = charts.draw_many(charts.history, panels, title="t", alt="a", id="x").svg
        firsts = re.findall(r'<text [^>]*x="([\d.]+)"[^>]*>W34<', svg)
        lasts = re.findall(r'<text [^>]*x="([\d.]+)"[^>]*>W35<', svg)
        assert len(firsts) == len(lasts) == 2
        assert len(set(firsts)) == len(set(lasts)) == 1


class TestBurnUp:
    def test_draws_done_and_promise_as_given(self) -> None:
        drawn = charts.burn_up(axes(), **burn_up_arguments())  # type: ignore[arg-type]
        heights = [[float(v) for v in line.get_ydata()] for line in drawn.lines]
        assert [8.0 * (i + 1) for i in range(30)] in heights
        assert [3.0, 9.0, 18.0] in heights
        assert [200.0, 260.0] in heights

    def test_a_month_that_has_not_begun_shows_the_promise_alone(self) -> None:
        drawn = charts.burn_up(axes(), **burn_up_arguments(done=[], as_of_day=date(2026, 10, 31)))  # type: ignore[arg-type]
        assert not any(" by " in text.get_text() for text in drawn.texts)

    def test_a_month_that_is_over_can_be_drawn(self) -> None:
        over = burn_up_arguments(done=[1.0] * 30, low=1, mean=1, high=1, as_of_day=DAYS[-1])
        assert charts.burn_up(axes(), **over).get_ylim()[0] == 0  # type: ignore[arg-type]

    def test_a_quarter_has_its_own_words_and_the_way_that_is_left(self) -> None:
        words = {"promised": "goal", "ending": "likely", "needed": "8.5 a day from here"}
        drawn = charts.burn_up(axes(), **burn_up_arguments(**words))  # type: ignore[arg-type]
        assert {"goal 240", "likely 200 to 260", "8.5 a day from here"} <= {text.get_text() for text in drawn.texts}
        lines = [[[float(v) for v in values] for values in (x.get_xdata(), x.get_ydata())] for x in drawn.lines]
        assert [[2, 29], [18, 240]] in lines  # from the third day's 18 to the target on the last

    def test_an_end_that_nobody_can_tell_is_not_drawn(self) -> None:
        unknown = burn_up_arguments(low=math.nan, mean=math.nan, high=math.nan)
        drawn = charts.burn_up(axes(), **unknown)  # type: ignore[arg-type]
        assert {text.get_text() for text in drawn.texts} == {"promised 240", "18 by 3 Nov"}


class TestFollowUp:
    def draw(self) -> Axes:
        return charts.follow_up(axes(), weeks=["W1", "W2"], met=[5, 6], missed=[2, 1], not_due=[0, 3])

    def test_bars_start_at_zero_and_stack_to_the_counts(self) -> None:
        bars = [(bar.get_y(), bar.get_height()) for bar in self.draw().patches]  # type: ignore[attr-defined]
        assert bars == [(0, 5), (0, 6), (5, 2), (6, 1), (7, 0), (7, 3)]

    def test_what_is_not_yet_due_is_hatched_and_named(self) -> None:
        drawn = self.draw()
        assert [bool(bar.get_hatch()) for bar in drawn.patches] == [False] * 4 + [True] * 2
        assert {"6 in time", "1 missed", "3 not yet due"} <= {text.get_text() for text in drawn.texts}

    def test_no_weeks_draw_an_empty_scale(self) -> None:
        assert charts.follow_up(axes(), weeks=[], met=[], missed=[], not_due=[]).get_ylim() == (0, 1)


class TestIntervals:
    def test_draws_every_whisker_from_low_to_high_and_skips_the_undefined(self) -> None:
        drawn = charts.intervals(axes(), **interval_arguments())  # type: ignore[arg-type]
        spans = [[float(v) for v in line.get_xdata()] for line in drawn.lines]
        assert [0.3, 0.7] in spans and [0.5] in spans
        assert {"n = 20", "n = 0", "undefined"} <= {text.get_text() for text in drawn.texts}

    def test_a_narrow_chart_names_its_rows_above_them(self) -> None:
        long = interval_arguments(labels=["Trade fair in Hannover, May", "b"])
        narrow = Figure(figsize=(4.2, 2.6)).add_axes((0.1, 0.1, 0.8, 0.8))
        shown = {text.get_text() for text in charts.intervals(narrow, **long).texts}  # type: ignore[arg-type]
        assert "Trade fair in Hannover, M…, n = 20" in shown

    def test_no_rows_and_no_overall_can_be_drawn(self) -> None:
        nothing = {"labels": [], "estimates": [], "lows": [], "highs": [], "n": [], "overall": None}
        assert charts.draw(charts.intervals, title="", alt="", id="x", **nothing).svg

    def test_a_narrow_chart_is_tall_enough_for_its_names(self) -> None:
        six = interval_arguments(labels=["Trade fair in Hannover, May"] * 6)
        six |= {name: [0.5] * 6 for name in ("estimates", "lows", "highs")} | {"n": [20] * 6}
        narrow = Figure(figsize=(4.2, 1.0)).add_axes((0.1, 0.1, 0.8, 0.8))
        charts.intervals(narrow, **six)  # type: ignore[arg-type]
        assert layout.size(narrow)[1] / 6 >= rows.PITCH - 1e-9


class TestDelays:
    def draw(self, **changed: object) -> Axes:
        now = {"labels": ["Proposal", "routing"], "now": [(9.0, 7.0, None), (0.5, 0.4, 0.6)]}
        before = {"before": [(6.0, 5.0, 7.0), (0.5, 0.4, 0.6)], "texts": ["9.0, was 6.0", "0.5, was 0.5"]}
        arguments = {**now, **before, "marked": [True, False], "sides": ["sales", "marketing"], **changed}
        return delays(axes(), **arguments)  # type: ignore[arg-type]

    def test_draws_now_and_before_as_given_and_an_open_limit_to_the_edge(self) -> None:
        drawn = self.draw()
        spans = [[float(v) for v in line.get_xdata()] for line in drawn.lines]
        edge = drawn.get_xlim()[1]
        assert [7.0, edge] in spans and [5.0, 7.0] in spans and [9.0] in spans and [6.0] in spans
        assert [line.get_marker() for line in drawn.lines].count(">") == 1

    def test_only_what_the_finding_names_has_the_colour_of_its_side(self) -> None:
        colours = {str(line.get_color()) for line in self.draw().lines}
        assert palette.SALES in colours and palette.MARKETING not in colours

    def test_a_step_that_is_undefined_has_its_name_and_no_dot(self) -> None:
        nothing = (None, None, None)
        drawn = self.draw(now=[nothing, nothing], before=[nothing, nothing])
        assert not drawn.lines and {"Proposal", "routing"} <= {text.get_text() for text in drawn.texts}


class TestDifferences:
    def test_the_scale_has_true_signs_and_the_rows_their_words(self) -> None:
        ones = {"labels": ["raw"], "estimates": [-0.1], "lows": [-0.2], "highs": [0.1], "n": [30]}
        drawn = differences(axes(), **ones, texts=["−10 (−20 to +10)"], matters=-0.05, matters_label="points")  # type: ignore[arg-type]
        write = drawn.xaxis.get_major_formatter()
        assert [write(x) for x in (-0.2, 0.0, 0.1)] == ["−20", "0", "+10"]
        assert {"worse", "better", "n = 30", "−10 (−20 to +10)"} <= {text.get_text() for text in drawn.texts}


class TestCurve:
    def test_draws_a_step_through_the_shares_and_names_the_marks(self) -> None:
        drawn = charts.curve(
            axes(),
            times=[0, 1, 4],
            share=[0, 0.4, 0.6],
            low=[0, 0.3, 0.5],
            high=[0, 0.5, 0.7],
            marks=(("half within 4 h", 4.0), ("95 % not reached", None)),
            note="3 leads censored",
        )
        assert drawn.lines[0].get_drawstyle() == "steps-post"
        shown = {text.get_text() for text in drawn.texts}
        assert {"half within 4 h", "95 % not reached", "3 leads censored"} <= shown


class TestSparkline:
    def test_an_undefined_week_is_a_gap(self) -> None:
        assert charts.sparkline((1, 2, None, 3, 4)).count("<polyline") == 2

    def test_a_last_week_without_a_value_has_no_dot(self) -> None:
        assert "<circle" in charts.sparkline((1, 2)) and "<circle" not in charts.sparkline((1, 2, None))

    @pytest.mark.parametrize("history", [(), (1.0,), (None, None), (None, 3.0)])
    def test_fewer_than_two_values_are_no_history(self, history: tuple[float | None, ...]) -> None:
        assert charts.sparkline(history) == ""

    def test_a_constant_history_can_be_drawn(self) -> None:
        assert "nan" not in charts.sparkline((2, 2, 2), (2, 2))


class TestLayout:
    @given(st.lists(st.floats(0, 100), min_size=1, max_size=5))
    def test_labels_keep_their_order_and_their_distance(self, heights: list[float]) -> None:
        placed = layout.spread(heights, 12, 100)
        order = sorted(range(len(heights)), key=lambda i: heights[i])
        steps = [placed[b] - placed[a] for a, b in pairwise(order)]
        assert all(step > 12 - 1e-9 for step in steps)
        assert max(placed) <= 100

    @pytest.mark.parametrize(
        ("value", "text"), [(0, "0"), (250, "250"), (2500, "2,500"), (25_000, "25k"), (1.5e6, "1.5M"), (0.25, "0.25")]
    )
    def test_ticks_are_short(self, value: float, text: str) -> None:
        assert layout.compact(value) == text


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio as WCAG 2.2 defines it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [palette.LIGHT, palette.DARK], ids=["light", "dark"])
class TestPalette:
    def test_text_can_be_read_on_every_surface(self, theme: dict[str, str]) -> None:
        for text in ("ink", "quiet", "goal", "marketing", "sales"):
            for surface in ("paper", "wash", "band"):
                assert contrast(theme[text], theme[surface]) >= 4.5, (text, surface)

    def test_graphics_can_be_seen_on_the_page(self, theme: dict[str, str]) -> None:
        assert contrast(theme["past"], theme["paper"]) >= 3

    def test_both_themes_name_the_same_colours(self, theme: dict[str, str]) -> None:
        assert set(theme) == set(palette.LIGHT)
