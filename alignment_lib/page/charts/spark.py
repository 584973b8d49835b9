"""Sparklines for the strip of numbers: a word-sized history with its normal range, as a few lines of SVG."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH, HEIGHT, EDGE = 132, 30, 4


def sparkline(history: Sequence[float | None], normal: tuple[float, float] | None = None) -> str:
    """Inline SVG of a history, or nothing where fewer than two values are defined.

    The last value is a dot in the colour of its side (`currentColor`); an undefined week is a gap. A screen reader is
    not told of it: the numbers stand in the text and in the charts below.
    """
    defined = [value for value in history if value is not None]
    if len(defined) < 2:
        return ""
    scale = _Scale([*defined, *(normal or ())], len(history))
    parts = [scale.band(normal) if normal else "", *(scale.line(run) for run in _runs(history))]
    if history[-1] is not None:
        x, y = scale.point(len(history) - 1, history[-1])
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="currentColor"/>')
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    return f'<svg class="spark" {box} aria-hidden="true">{"".join(parts)}</svg>'


class _Scale:
    """From a week and a value to a place in the drawing."""

    def __init__(self, values: Sequence[float], weeks: int) -> None:
        self.low, high = min(values), max(values)
        self.span = (high - self.low) or 1.0
        self.step = (WIDTH - 2 * EDGE) / max(weeks - 1, 1)

    def y(self, value: float) -> float:
        return HEIGHT - EDGE - (value - self.low) / self.span * (HEIGHT - 2 * EDGE)

    def point(self, week: int, value: float) -> tuple[float, float]:
        return EDGE + week * self.step, self.y(value)

    def band(self, normal: tuple[float, float]) -> str:
        top, bottom = self.y(max(normal)), self.y(min(normal))
        return f'<rect x="0" y="{top:.1f}" width="{WIDTH}" height="{max(bottom - top, 1):.1f}" fill="var(--band)"/>'

    def line(self, run: Sequence[tuple[int, float]]) -> str:
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (self.point(*place) for place in run))
        return (
            f'<polyline points="{points}" fill="none" stroke="var(--past)" stroke-width="1.5" stroke-linecap="round"/>'
        )


def _runs(history: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """The stretches of weeks without a gap."""
    runs: list[list[tuple[int, float]]] = [[]]
    for week, value in enumerate(history):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((week, value))
    return [run for run in runs if run]
