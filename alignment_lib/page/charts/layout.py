"""Where things go in a chart: margins, quiet axes, labels beside the data that do not overlap."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alignment_lib.page.charts import palette

if TYPE_CHECKING:
    from matplotlib.axes import Axes

POINTS_PER_INCH = 72
GAP = 6
"""Points between the data and the label beside it."""


@dataclass(frozen=True)
class Label:
    """A text beside the data at the height of the value that it names."""

    at: float
    text: str
    colour: str = palette.QUIET
    bold: bool = False


def plain(value: float) -> str:
    """All digits of a number with thousands set apart; rounding belongs to `wording`."""
    return f"{int(value):,}" if float(value).is_integer() else f"{value:,}"


def compact(value: float) -> str:
    """A number on an axis: 250, 2.5k, 1.2M; ticks are round numbers already."""
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1e3 if letter == 'k' else size):g}{letter}"
    return f"{value:,g}"


def tidy(text: str, limit: int = 40) -> str:
    """One printable line of at most `limit` characters; the whole text is in the table beside the chart."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _figure_size(axes: Axes) -> tuple[float, float]:
    """Width and height of the whole drawing in points."""
    box, points = axes.figure.bbox, POINTS_PER_INCH / axes.figure.dpi
    return box.width * points, box.height * points


def size(axes: Axes) -> tuple[float, float]:
    """Width and height of the plot itself in points."""
    width, height = _figure_size(axes)
    place = axes.get_position()
    return width * place.width, height * place.height


def margins(axes: Axes, *, left: float, right: float, top: float = 10, bottom: float = 22) -> None:
    """Leave so many points free around the plot, whatever the figure's size."""
    width, height = _figure_size(axes)
    axes.set_position((left / width, bottom / height, (width - left - right) / width, (height - top - bottom) / height))


def at_least(axes: Axes, points: float) -> None:
    """Make the whole drawing so many points tall, where it is not yet."""
    from matplotlib.figure import Figure

    figure, height = axes.figure, _figure_size(axes)[1]
    if isinstance(figure, Figure) and height < points:
        figure.set_size_inches(figure.get_figwidth(), points / POINTS_PER_INCH)


def width_of(texts: Iterable[str]) -> float:
    """Points that the longest of the texts needs at the chart's size of letters (a system font is narrower)."""
    from matplotlib import rcParams

    return max((len(text) for text in texts), default=0) * float(rcParams["font.size"]) * 0.56


def quiet(axes: Axes) -> None:
    """No frame, no tick marks, quiet letters."""

    for edge in ("top", "right", "left", "bottom"):
        axes.spines[edge].set_visible(False)
    axes.tick_params(left=False, bottom=False, labelcolor=palette.QUIET, pad=4)
    axes.set_axisbelow(True)


def from_zero(axes: Axes, values: Iterable[float | None], *, ticks: int = 3, axis: Callable[[float], str]) -> None:
    """A scale from zero to a little above the largest value, with about so many hairlines across."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    largest = max((value for value in values if value is not None), default=0.0)
    axes.set_ylim(0, largest * 1.08 if largest > 0 else 1)
    axes.yaxis.set_major_locator(MaxNLocator(ticks, integer=largest >= ticks, min_n_ticks=2))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: axis(value)))
    axes.grid(axis="y", color=palette.RULE, linewidth=0.6)


def along(axes: Axes, labels: Sequence[str], shown: Iterable[int]) -> None:
    """Write the labels at these positions of the time axis; the first and last stay within the plot."""
    places = sorted(set(shown))
    axes.set_xticks(places, [tidy(labels[place], 12) for place in places])
    for place, tick in zip(places, axes.get_xticklabels(), strict=True):
        tick.set_horizontalalignment("left" if place == 0 else "right" if place == len(labels) - 1 else "center")


def spread(heights: Sequence[float], gap: float, top: float) -> list[float]:
    """Heights moved apart until neighbours are `gap` apart, in the same order, within 0 and `top` where they fit."""
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    placed = list(heights)
    for below, above in itertools.pairwise(order):
        placed[above] = max(placed[above], placed[below] + gap)
    ceiling = top
    for index in reversed(order):
        placed[index] = min(placed[index], ceiling)
        ceiling = placed[index] - gap
    return placed


def room(axes: Axes, labels: Sequence[Label], least: float = 0) -> float:
    """The margin that these labels need right of the plot."""
    return max(least, width_of(tidy(label.text) for label in labels) + 2 * GAP)


def beside(axes: Axes, labels: Sequence[Label]) -> None:
    """Write labels right of the plot, each at its value, moved apart where they would overlap."""
    from matplotlib import rcParams

    width, height = size(axes)
    low, high = axes.get_ylim()
    heights = [(label.at - low) / (high - low) * height for label in labels]
    places = spread(heights, float(rcParams["font.size"]) * 1.3, height)
    for label, place in zip(labels, places, strict=True):
        write(axes, 1 + GAP / width, place / height, label.text, colour=label.colour, bold=label.bold)


def write(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    *,
    colour: str,
    bold: bool = False,
    align: str = "left",
    on_paper: bool = False,
) -> None:
    """Write a text at a place given as a share of the plot's width and height; `on_paper` hides the lines behind it."""
    box = {"facecolor": palette.PAPER, "edgecolor": "none", "pad": 1.0} if on_paper else None
    axes.text(
        x, y, tidy(text), color=colour, fontweight=_weight(bold), ha=align, va="center", transform=axes.transAxes,
        bbox=box, zorder=1.5 if on_paper else None,
    )  # fmt: skip


def at(
    axes: Axes, point: tuple[float, float], shift: tuple[float, float], label: str, *, colour: str, align: str
) -> None:
    """Write a bold label at a point of the data, moved by so many points."""
    axes.annotate(
        tidy(label), point, shift, textcoords="offset points", ha=align, va="center", color=colour, fontweight="bold"
    )


def _weight(bold: bool) -> str:
    return "bold" if bold else "normal"


def numbers(values: Iterable[float | None]) -> list[float]:
    """The values as matplotlib takes them: undefined is a gap, not a zero."""
    return [float("nan") if value is None else float(value) for value in values]


Write = Callable[[float], str]
"""Turns a number into the text of a label; `wording` has one for counts, shares and money."""
