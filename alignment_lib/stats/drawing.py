"""Plain pictures of the answers: marks with their intervals, named where they stand. matplotlib is imported only here.

A name from a CRM may hold anything: every text is one printable line, and a dollar sign is no formula.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from alignment_lib.stats import wording
from alignment_lib.stats.estimates import Estimate
from alignment_lib.stats.phrases import tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, QUIET, RULE, PAPER = "#16191d", "#565d64", "#d3d7db", "#ffffff"
BLUE, PALE = "#0068a3", "#8fb8d4"
POINTS = 8.5
"""Size of the letters."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One group in a picture: its name and n, its value with the interval, and the value in words."""

    name: str
    n: float
    value: Estimate
    told: str
    strong: bool = False
    before: Estimate | None = None
    """Another value of the group, drawn in a paler colour: the difference without regard to the mix."""


def new(inches: tuple[float, float]) -> Axes:
    """Return the axes of a new figure, which a notebook shows by itself."""
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=inches, layout="constrained")[1]


def title(ax: Axes, sentence: str, *, alone: bool) -> None:
    """Write the finding above the picture, as wide as the figure, or as the axes where these do not stand alone."""
    wide = _points(ax.figure.bbox.width if alone else ax.get_window_extent().width, ax)
    text = "\n".join(textwrap.wrap(tidy(sentence, 400), max(30, int(wide / (POINTS * 0.62)))))
    style: dict[str, Any] = {"fontsize": POINTS + 1, "color": INK, "parse_math": False}
    if alone:
        ax.figure.suptitle(text, x=0.01, ha="left", **style)
    else:
        ax.set_title(text, loc="left", **style)


def _points(pixels: float, ax: Axes) -> float:
    return float(pixels / ax.figure.dpi * 72)


def note(ax: Axes, text: str) -> None:
    """Say below the picture how to read it."""
    ax.set_xlabel(tidy(text, 200), loc="left", fontsize=POINTS, color=QUIET, parse_math=False)


def quiet(ax: Axes) -> None:
    """No frame, no tick marks, quiet letters."""
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.tick_params(length=0, labelcolor=QUIET, labelsize=POINTS)
    ax.set_axisbelow(True)


def nothing(ax: Axes, reason: str) -> None:
    """Say why there is no picture."""
    ax.set_axis_off()
    ax.text(0.5, 0.5, reason, transform=ax.transAxes, ha="center", color=QUIET, parse_math=False)


def rows(ax: Axes, marks: Sequence[Mark], *, line: float, line_name: str, points: bool = False) -> None:
    """One row per group: name over n, dot with whisker, the value in words at its right end; one line for all.

    Parameters
    ----------
    line, line_name
        A value that all are compared with, and what it is.
    points
        Values are differences in points, on both sides of zero; else shares from zero on.
    """
    quiet(ax)
    ends = [end for mark in marks for end in _ends(mark)]
    low, high = min([0.0, *ends]), max([0.02, line, *ends])
    words = max((len(mark.told) for mark in marks), default=0) * POINTS * 0.58 + 7
    room = min(0.6, words / _points(ax.get_window_extent().width, ax))
    ax.set_xlim(low, low + (high - low) / (1 - room))
    ax.set_ylim(len(marks) - 0.5, -0.5)
    names(ax, [(mark.name, mark.n) for mark in marks], axis="y", folded=False)
    scale(ax, low, high, axis="x", points=points)
    ax.axvline(line, color=QUIET, linewidth=1, linestyle=(0, (4, 2)), zorder=1)
    ax.annotate(line_name, (line, 1), (0, 2), xycoords=("data", "axes fraction"), textcoords="offset points",
                ha="center", color=QUIET, fontsize=POINTS - 1, parse_math=False)  # fmt: skip
    for row, mark in enumerate(marks):
        if mark.before is not None:
            whisker(ax, mark.before, row + 0.17, colour=PALE, flat=True)
        whisker(ax, mark.value, row, colour=BLUE, flat=True)
        right = max(_ends(mark), default=0.0)
        write(ax, (right, row), (7, 0), mark.told, strong=mark.strong, across="left", up="center")


def _ends(mark: Mark) -> list[float]:
    """All numbers that are drawn of a mark."""
    drawn = [value for value in (mark.value, mark.before) if value is not None and not math.isnan(value.estimate)]
    return [end for value in drawn for end in (value.low, value.estimate, value.high) if not math.isnan(end)]


def bars(ax: Axes, marks: Sequence[Mark], *, line_name: str = "") -> None:
    """One bar from zero per group: name over n below, interval on it, the value in words above.

    `before` of a mark is drawn as a short line across its bar, called `line_name`.
    """
    quiet(ax)
    known = [mark.value for mark in marks if not math.isnan(mark.value.estimate)]
    ax.set_xlim(-0.5, len(marks) - 0.5)
    top = max([0.02, *[value.high for value in known]])
    ax.set_ylim(0, top * (1.4 if line_name else 1.25))
    names(ax, [(mark.name, mark.n) for mark in marks], axis="x", folded=True)
    scale(ax, 0, top, axis="y", points=False)
    for place, mark in enumerate(marks):
        if math.isnan(mark.value.estimate):
            write(ax, (place, 0), (0, 6), mark.told, across="center", up="bottom")
            continue
        ax.bar(place, mark.value.estimate, width=0.6, color=PALE)
        whisker(ax, mark.value, place, colour=INK, flat=False, dot="")
        write(ax, (place, mark.value.high), (0, 5), mark.told, across="center", up="bottom", strong=mark.strong)
        if mark.before is not None:
            ax.plot([place - 0.36, place + 0.36], [mark.before.estimate] * 2, color=BLUE, linewidth=2)
            told = f"{line_name} {wording.percent(mark.before.estimate)}"
            above = (0, 6 + 2.6 * POINTS)
            write(ax, (place, mark.value.high), above, told, across="center", up="bottom", colour=BLUE)


def whisker(
    ax: Axes, value: Estimate, place: float, *, colour: str, flat: bool, dot: str = "o", partly: bool = False
) -> None:
    """An interval and its dot, lying or standing; hollow and dotted where it is partly observed."""
    if math.isnan(value.estimate):
        return
    line = ([value.low, value.high], [place, place])
    ax.plot(*(line if flat else line[::-1]), color=colour, linewidth=1.6, linestyle=":" if partly else "-", zorder=2)
    if dot:
        point = ([value.estimate], [place])
        inside = PAPER if partly else colour
        ax.plot(*(point if flat else point[::-1]), dot, color=colour, markersize=6, markerfacecolor=inside, zorder=3)


def names(ax: Axes, groups: Sequence[tuple[str, float]], *, axis: Literal["x", "y"], folded: bool) -> None:
    """The groups' names, each over its n; in a row of groups a long name takes two lines."""
    texts = []
    for group, n in groups:
        lines = textwrap.wrap(tidy(group, 26), 13)[:2] if folded else [tidy(group, 28)]
        texts.append("\n".join([*lines, f"n = {wording.count(n)}"]).replace("$", r"\$"))  # no formula
    (ax.set_yticks if axis == "y" else ax.set_xticks)(range(len(texts)), texts)
    ax.tick_params(axis=axis, labelcolor=INK)


def scale(ax: Axes, low: float, high: float, *, axis: Literal["x", "y"], points: bool) -> None:
    """A scale of few round shares, in per cent or points, as far as there are values, with hairlines across."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

    lines = ax.xaxis if axis == "x" else ax.yaxis
    ticks = MaxNLocator(4).tick_values(low, high)
    step = ticks[1] - ticks[0]
    lines.set_major_locator(FixedLocator([tick for tick in ticks if low - step / 2 <= tick <= high + step / 2]))
    fine = high - low < 0.08

    def told(value: float, _: object) -> str:
        if points:
            return wording.signed_points(value, whole=not fine)
        return wording.percent(value, width=0.01 if fine else 1.0)

    lines.set_major_formatter(FuncFormatter(told))
    ax.grid(axis=axis, color=RULE, linewidth=0.6)


def write(
    ax: Axes,
    point: tuple[float, float],
    shift: tuple[float, float],
    text: str,
    *,
    across: str,
    up: str,
    strong: bool = False,
    colour: str = INK,
) -> None:
    """Write beside a point of the data, so many points away."""
    ax.annotate(
        text, point, shift, textcoords="offset points", ha=across, va=up, color=colour, fontsize=POINTS,
        fontweight="bold" if strong else "normal", parse_math=False,
        bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.5},  # so that no line runs through the letters
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Line:
    """One series of a picture of cohorts; a mark that is not `strong` is partly observed."""

    name: str
    marks: tuple[Mark, ...]


def lines(ax: Axes, series: Sequence[Line], *, joined: bool) -> None:
    """One place per cohort, its name over its n, and a dot with its interval per series; each named at the right."""
    quiet(ax)
    cohorts = len(series[0].marks)
    values = [mark.value for line in series for mark in line.marks if not math.isnan(mark.value.estimate)]
    ax.set_xlim(-0.5, cohorts - 0.5)
    top = max([0.02, *[value.high for value in values]])
    ax.set_ylim(0, top * 1.05)
    names(ax, [(mark.name, mark.n) for mark in series[0].marks], axis="x", folded=True)
    scale(ax, 0, top, axis="y", points=False)
    ends = []
    for order, (line, colour) in enumerate(zip(series, shades(len(series)), strict=True)):
        shift = 0.44 * ((order + 0.5) / len(series) - 0.5)
        known = [(place + shift, mark) for place, mark in enumerate(line.marks) if not math.isnan(mark.value.estimate)]
        for place, mark in known:
            whisker(ax, mark.value, place, colour=colour, flat=False, partly=not mark.strong)
        ready = [(place, mark.value.estimate) for place, mark in known if mark.strong]
        if joined and ready:
            ax.plot(*zip(*ready, strict=True), color=colour, linewidth=1.2)
        if known:
            ends.append((known[-1][1].value.estimate, line.name, colour))
    beside(ax, ends)
    for place, marks in enumerate(zip(*(line.marks for line in series), strict=True)):
        if all(math.isnan(mark.value.estimate) for mark in marks):
            write(ax, (place, 0), (0, 4), "too young", across="center", up="bottom", colour=QUIET)


def beside(ax: Axes, labels: Sequence[tuple[float, str, str]]) -> None:
    """Name each series right of the picture at its value, moved up where it would cover the one below."""
    least = POINTS * 1.4 / _points(ax.get_window_extent().height, ax) * ax.get_ylim()[1]
    height = -math.inf
    for value, text, colour in sorted(labels):
        height = max(value, height + least)
        ax.annotate(text, (1, height), (4, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
                    va="center", color=colour, fontsize=POINTS, fontweight="bold", parse_math=False)  # fmt: skip


def shades(many: int) -> list[str]:
    """Colours from pale to dark."""
    from matplotlib.colors import LinearSegmentedColormap, to_hex

    blues = LinearSegmentedColormap.from_list("blues", [PALE, BLUE, INK])
    return [to_hex(blues((order + 1) / (many + 1))) for order in range(many)]


def squares(ax: Axes, cells: Sequence[Sequence[float]], texts: Sequence[str], *, down: str, across: str) -> None:
    """A square table of counts, darker where there are more; what both sides call the same stands in a frame."""
    from matplotlib.patches import Rectangle

    quiet(ax)
    size = len(texts)
    most = max((count for row in cells for count in row), default=0) or 1
    for row in range(size):
        for place in range(size):
            corner, same = (place - 0.46, row - 0.46), row == place
            ax.add_patch(Rectangle(corner, 0.92, 0.92, facecolor=PALE, alpha=cells[row][place] / most, linewidth=0))
            ax.add_patch(
                Rectangle(corner, 0.92, 0.92, fill=False, edgecolor=INK if same else RULE, linewidth=1.4 * same + 0.4)
            )
            ax.text(
                place, row, wording.count(cells[row][place]), ha="center", va="center", color=INK, fontsize=POINTS + 1
            )
    ax.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5), aspect="equal")
    down_n, across_n = ([sum(line) for line in lines] for lines in (cells, zip(*cells, strict=True)))
    names(ax, list(zip(texts, across_n, strict=False)), axis="x", folded=True)
    names(ax, list(zip(texts, down_n, strict=False)), axis="y", folded=True)
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    ax.set_xlabel(tidy(across), color=QUIET, fontsize=POINTS, parse_math=False)
    ax.set_ylabel(tidy(down), color=QUIET, fontsize=POINTS, parse_math=False)
