"""A league table of groups: rate, difference from the rest, the same at one mix of strata, and what may be said."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from alignment_lib.stats.comparisons import Comparison, Verdict, benjamini_hochberg, compare_groups
from alignment_lib.stats.counts import Floats
from alignment_lib.stats.estimates import Proportion, proportion
from alignment_lib.stats.pooling import shrink
from alignment_lib.stats.strata import Stratified, stratified


@dataclass(frozen=True, kw_only=True)
class Group:
    """One group.

    Attributes
    ----------
    rate : Proportion
        Its own rate.
    shrunken : Proportion
        Its rate drawn towards the others as far as its few rows require; its lower limit orders the league table.
    gap : Comparison
        Its rate minus that of the rest.
    adjusted : Stratified or None
        The same at the same mix of strata; None if no strata were given.
    q : float
        Of the difference that decides: `adjusted` if there is one, else `gap`; nan if it was not tested.
    verdict : str
        "above", "below", "borderline", "no difference shown" or "not tested".
    """

    name: str
    rate: Proportion
    shrunken: Proportion
    gap: Comparison
    adjusted: Stratified | None
    q: float
    verdict: Verdict

    @property
    def reason(self) -> str:
        """Why it was not tested; empty if it was."""
        return self.decides.reason or self.gap.reason

    @property
    def stands_out(self) -> bool:
        """Whether there is something to say of it."""
        return self.verdict in ("above", "below", "borderline")

    @property
    def simpson(self) -> bool:
        """Whether the plain difference comes of the mix of strata, and there are enough rows to say so."""
        return self.adjusted is not None and self.adjusted.simpson

    @property
    def moved(self) -> bool:
        """Whether that plain difference was one to be seen at all: near 0 a change of sign is no news."""
        return self.simpson and not self.gap.low <= 0 <= self.gap.high

    @property
    def decides(self) -> Comparison | Stratified:
        """The difference that the verdict is of."""
        return self.gap if self.adjusted is None else self.adjusted


def league(
    names: Sequence[str],
    *,
    converted: npt.ArrayLike,
    leads: npt.ArrayLike,
    mixed: bool,
    min_leads: int = 10,
    max_q: float = 0.1,
    conf: float = 0.95,
) -> tuple[Group, ...]:
    """Compare each group with all others together.

    Parameters
    ----------
    names : sequence of str
        The groups.
    converted, leads : array_like, shape (groups, strata)
        Whole counts.
    mixed : bool
        Whether groups are compared stratum by stratum; else their sums are.
    min_leads, max_q, conf : float
        As in `comparisons.compare_groups` and `Comparison.verdict`.

    Returns
    -------
    tuple of Group
        Best first, by the lower limit of the shrunken rate.

    Notes
    -----
    A difference at the same mix that has a `reason` (too few rows, no interval) is not in the family and gets no
    verdict.

    References
    ----------
    As in `comparisons`, `pooling` and `strata`.

    Examples
    --------
    >>> [(g.name, g.verdict) for g in league(["Web", "Fair"], converted=[[6], [20]], leads=[[60], [40]], mixed=False)]
    [('Fair', 'above'), ('Web', 'below')]
    """
    x, n = np.asarray(converted, dtype=np.float64), np.asarray(leads, dtype=np.float64)
    gaps = compare_groups(converted=x.sum(axis=1), leads=n.sum(axis=1), min_leads=min_leads, conf=conf)
    pooled = shrink(converted=x.sum(axis=1), leads=n.sum(axis=1), conf=conf)
    same_mix = [_at_same_mix(i, x, n, conf) if mixed else None for i in range(len(names))]
    family = benjamini_hochberg([_p(*pair) for pair in zip(gaps, same_mix, strict=True)])
    groups = []
    for i in pooled.order:
        gap, adjusted, q = gaps[i], same_mix[i], float(family[i])
        decided = gap if adjusted is None else _decided(gap, adjusted, q)
        groups.append(
            Group(
                name=names[i],
                rate=proportion(converted=x[i].sum(), leads=n[i].sum(), conf=conf),
                shrunken=pooled.rows[i],
                gap=gap,
                adjusted=adjusted,
                q=q,
                verdict=decided.verdict(max_q=max_q),
            )
        )
    return tuple(groups)


def _p(gap: Comparison, adjusted: Stratified | None) -> float:
    """The p-value of the difference that decides; nan, so not in the family, where too few rows can tell."""
    if adjusted is None:
        return gap.p
    return math.nan if adjusted.reason or math.isnan(gap.p) else adjusted.p


def _decided(gap: Comparison, adjusted: Stratified, q: float) -> Comparison:
    return replace(gap, estimate=adjusted.estimate, low=adjusted.low, high=adjusted.high, q=q)


def _at_same_mix(i: int, x: Floats, n: Floats, conf: float) -> Stratified:
    """Group i against all others, stratum by stratum."""
    return stratified(
        converted=x[i],
        leads=n[i],
        baseline_converted=x.sum(axis=0) - x[i],
        baseline_leads=n.sum(axis=0) - n[i],
        conf=conf,
    )
