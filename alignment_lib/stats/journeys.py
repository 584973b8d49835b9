"""Which channels the conversions would miss: removal effects in a Markov chain of journeys, won and lost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alignment_lib.stats.counts import Floats, whole


@dataclass(frozen=True, kw_only=True)
class Removal:
    """What happens to conversions without a channel; nan, with a `reason`, if no path converts."""

    channels: tuple[str, ...]
    conversion: float
    removal: tuple[float, ...]
    share: tuple[float, ...]
    reason: str = ""


def markov(paths: Sequence[tuple[Sequence[str], float, float]]) -> Removal:
    """Return by how much conversions would fall without each channel, in a first-order Markov chain.

    Parameters
    ----------
    paths : sequence of (channels, conversions, non-conversions)
        Each distinct journey with its counts. Journeys that did not convert are needed.

    Returns
    -------
    Removal
        Channels in alphabetical order. nan if no path converts; below some 200 wins the shares are noise.

    Raises
    ------
    StatisticsError
        If a count is negative, NaN or not whole.

    Notes
    -----
    P = [(I - Q)⁻¹R] at the start; a channel that follows itself changes nothing. Removing a channel sends its
    traffic to "no conversion"; share = effect / Σ effects.

    References
    ----------
    Anderl E, Becker I, von Wangenheim F, Schumann JH (2016), Int J Res Mark 33:457-474.

    Examples
    --------
    >>> removal = markov([(["Ads"], 2, 1), (["Mail"], 1, 0), (["Ads", "Mail"], 1, 0)])
    >>> round(removal.conversion, 3), [round(share, 3) for share in removal.share]
    (0.8, [0.6, 0.4])
    """
    channels = sorted({channel for path, _, _ in paths for channel in path})
    place = {channel: i + 1 for i, channel in enumerate(channels)}  # 0 is the start
    steps = np.zeros((len(channels) + 1, len(channels) + 3))
    for path, won, lost in paths:
        visited = [0, *(place[channel] for channel in path)]
        ends = np.array([whole("conversions", won), whole("non-conversions", lost)])
        np.add.at(steps, (visited[:-1], visited[1:]), ends.sum())
        steps[visited[-1], -2:] += ends
    totals = steps.sum(axis=1, keepdims=True)
    chances = np.divide(steps, totals, out=np.zeros_like(steps), where=totals > 0)
    base = _conversion(chances) if steps.any() else math.nan
    if not base > 0:
        nothing = (math.nan,) * len(channels)
        return Removal(
            channels=tuple(channels), conversion=base, removal=nothing, share=nothing, reason="no path converts"
        )
    effect = np.array([1 - _conversion(chances, without=i) / base for i in place.values()])
    total = effect.sum()
    share = effect / total if total > 0 else np.full(len(channels), math.nan)
    return Removal(
        channels=tuple(channels),
        conversion=base,
        removal=tuple(effect.tolist()),
        share=tuple(share.tolist()),
        reason="" if total > 0 else "no path has a channel",
    )


def _conversion(chances: Floats, without: int | None = None) -> float:
    """Chance that a journey from the start converts."""
    onward, won = chances[:, :-2].copy(), chances[:, -2].copy()
    if without is not None:
        onward[without] = won[without] = 0.0
    return float(np.linalg.solve(np.eye(len(won)) - onward, won)[0])
