"""Conversion curves as small multiples: one source before all leads together, drawn as far as enough are followed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from alignment_lib.page.block import Side
from alignment_lib.page.charts import layout, palette

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def conversion(
    axes: Axes,
    *,
    ages: Sequence[float],
    shares: Sequence[float],
    all_ages: Sequence[float],
    all_shares: Sequence[float],
    horizon: float,
    whisker: tuple[float, float, float] | None,
    text: str,
    ends: tuple[float, float],
    label: str = "",
    note: str = "",
    side: Side = "marketing",
) -> Axes:
    """Share of a source's leads that converted as days pass, a step curve before that of all leads in grey.

    Parameters
    ----------
    ages, shares, all_ages, all_shares : sequence of float
        Steps of the two curves, shares between 0 and 1.
    horizon : float
        The age at which sources are compared, a hairline.
    whisker : (estimate, low, high) or None
        The interval at the horizon.
    text, label, note : str
        The reading at the horizon, written above its interval; name of the source, above the plot; what cannot be
        read from this curve.
    ends : (age, share)
        The ends of both scales, one for all panels.
    """
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    layout.margins(axes, left=30, right=16, top=24, bottom=20)
    layout.quiet(axes)
    colour, (oldest, top) = palette.of_side(side), ends
    axes.set_xlim(0, oldest)
    axes.set_ylim(0, top)
    axes.yaxis.set_major_locator(MaxNLocator(2))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=None if top < 0.05 else 0, symbol=" %"))
    axes.grid(axis="y", color=palette.RULE, linewidth=0.6)
    axes.set_xticks([0, horizon, oldest], ["0", f"day {horizon:g}", "" if oldest < horizon * 1.4 else f"{oldest:g}"])
    axes.axvline(horizon, color=palette.RULE, linewidth=0.8)
    axes.step(all_ages, all_shares, where="post", color=palette.PAST, linewidth=1.2)
    axes.step(ages, shares, where="post", color=colour, linewidth=2)
    width, height = layout.size(axes)
    if whisker is not None:
        estimate, low, high = whisker
        axes.plot([horizon, horizon], [low, high], color=colour, linewidth=1.4, solid_capstyle="butt")
        axes.plot([horizon], [estimate], color=colour, marker="o", markersize=5)
        grey = [share for age, share in zip(all_ages, all_shares, strict=True) if age <= horizon]
        layout.at(axes, (horizon, max([high, *grey])), (0, 7), text, colour=colour, align="center")
    layout.write(axes, -30 / width, 1 + 14 / height, label, colour=palette.INK, bold=True)
    if note:
        layout.write(axes, 1, 0.9, note, colour=palette.QUIET, align="right")
    return axes
