"""Which lead sources convert better? Groups of a data frame against the rest, on request at the same mix of leads."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from alignment_lib.stats import wording
from alignment_lib.stats.answer import Answer, LeftOut, record
from alignment_lib.stats.columns import crossed, flags, in_order, labels
from alignment_lib.stats.counts import number
from alignment_lib.stats.estimates import Proportion, proportion
from alignment_lib.stats.leagues import Group, league
from alignment_lib.stats.phrases import named, points, share, tidy

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

ROWS_DRAWN = 24
"""Groups in a picture: of more, those with the most rows."""
OVERALL = "(all)"
"""What stands in `group` for all groups together."""


@dataclass(frozen=True, kw_only=True, repr=False)
class GroupAnswer(Answer):
    """The groups, best first, and what was asked. Made by `compare`."""

    columns: ClassVar = (
        "measure", "group", "value", "low", "high", "n", "converted", "q", "verdict", "simpson", "reason",
    )  # fmt: skip
    by: Hashable
    converted: Hashable
    strata: Hashable | None
    strata_names: tuple[str, ...]
    min_rows: int
    max_q: float
    conf: float
    overall: Proportion
    groups: tuple[Group, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def _question(self) -> str:
        mix = "" if self.strata is None else f", strata={self.strata!r}"
        size = f"{wording.plural(len(self.groups), 'group')}, {wording.plural(self.overall.leads, 'row')}"
        return f"compare(by={self.by!r}, converted={self.converted!r}{mix}): {size}"

    @property
    def _finding(self) -> str:
        if not self.overall.leads:
            return "No row has an outcome: there is nothing to compare"
        what = f"{share(self.overall)} are '{tidy(str(self.converted))}'"
        told = [*(self._stand_out() or [self._none_stands_out()]), *self._moved()]
        return f"Of {wording.plural(self.overall.leads, 'row')} {what}; {'; '.join(told)}"

    def _stand_out(self) -> list[str]:
        """One clause for the groups above the rest, one for those below, one for the borderline ones."""
        told = []
        for verdict, where in (("above", "above the rest"), ("below", "below the rest"), ("borderline", "borderline")):
            found = [g for g in self._once(g for g in self.groups if g.stands_out) if g.verdict == verdict]
            found.sort(key=lambda g: -abs(g.decides.estimate))
            if found:
                are = "is" if len(found) == 1 else "are"
                told.append(f"{where}{self._mix} {are} {named([_told(g) for g in found])}")
        return told

    def _once(self, groups: Iterable[Group]) -> list[Group]:
        """Of two groups one is the rest of the other: what is said of both is said of the first."""
        return list(groups)[: 1 if len(self.groups) == 2 else None]

    @property
    def _mix(self) -> str:
        return "" if self.strata is None else f" at the same mix of '{tidy(str(self.strata))}'"

    def _moved(self) -> list[str]:
        """Whose plain difference comes of the mix."""
        texts = [
            f"{tidy(g.name)} from {wording.signed_points(g.gap.estimate)} to {points(g.decides)} points"
            for g in self._once(g for g in self.groups if g.moved)
        ]
        return [f"the mix of '{tidy(str(self.strata))}' moves {named(texts)}"] if texts else []

    def _none_stands_out(self) -> str:
        if sum(g.rate.leads > 0 for g in self.groups) == 1:
            return "all are of one group, so there is nothing to compare"
        tested = sum(not math.isnan(g.q) for g in self.groups)
        if tested:
            return f"none of {wording.plural(tested, 'group')} tested is shown to differ from the rest{self._mix}"
        return f"no group could be tested: {max(g.reason for g in self.groups)}"

    def _records(self) -> list[dict[str, Any]]:
        untold: dict[str, Any] = {"q": math.nan, "verdict": "", "simpson": False}
        everyone: dict[str, Any] = {"n": self.overall.leads, "group": OVERALL, "converted": int(self.overall.converted)}
        rows = [record("rate", self.overall, **everyone, **untold)]
        for g in self.groups:
            more: dict[str, Any] = {"n": g.rate.leads, "group": g.name, "converted": int(g.rate.converted)}
            told: dict[str, Any] = {"q": g.q, "verdict": g.verdict, "simpson": g.simpson}
            rows.append(record("rate", g.rate, **more, **untold))
            rows.append(record("shrunken rate", g.shrunken, **more, **untold))
            plain = told if g.adjusted is None else {**untold, "q": g.gap.q}
            rows.append(record("difference from the rest", g.gap, **more, **plain))
            if g.adjusted is not None:
                rows.append(record("difference at the same mix", g.adjusted, **more, **told))
        return rows

    def _table(self) -> tuple[Sequence[str], list[Sequence[str]]]:
        mixed = ["same mix, in points"] if self.strata is not None else []
        heads = [str(self.by), "n", "rate", "drawn to the others", "from the rest, in points", *mixed, "verdict"]
        rows: list[Sequence[str]] = [
            [
                g.name, wording.count(g.rate.leads), share(g.rate), share(g.shrunken), points(g.gap),
                *([points(g.adjusted)] if g.adjusted else []), self._verdict(g),
            ]
            for g in self.groups
        ]  # fmt: skip
        return heads, rows

    def _verdict(self, group: Group) -> str:
        told = group.reason or group.verdict
        return f"{told}; moved by the mix" if group.moved else told

    @property
    def _inches(self) -> tuple[float, float]:
        return 8.0, 1.4 + 0.5 * max(1, min(len(self.groups), ROWS_DRAWN))

    def _draw(self, ax: Axes) -> None:
        from alignment_lib.stats import drawing

        largest = sorted(self.groups, key=lambda g: -g.rate.leads)[:ROWS_DRAWN]
        shown = [g for g in self.groups if g in largest]
        if not self.overall.leads:
            return drawing.nothing(ax, "no rows with an outcome")
        if self.strata is None:
            marks = [self._mark(g, g.rate, share(g.rate)) for g in shown]
            return drawing.rows(ax, marks, line=self.overall.estimate, line_name="all")
        marks = [replace(self._mark(g, g.decides, points(g.decides)), before=g.gap) for g in shown]
        drawing.rows(ax, marks, line=0.0, line_name="the rest", points=True)
        drawing.note(ax, f"points from the rest, at the same mix of '{self.strata}'; paler: without regard to the mix")

    def _mark(self, group: Group, value: Any, told: str) -> Any:
        from alignment_lib.stats import drawing

        told = group.reason if math.isnan(value.estimate) else f"{told}, {group.verdict}" if group.stands_out else told
        return drawing.Mark(name=group.name, n=group.rate.leads, value=value, told=told, strong=group.stands_out)


def _told(group: Group) -> str:
    rate = f"{wording.percent(group.rate.estimate)} of {wording.count(group.rate.leads)}"
    gap, low, high = (wording.signed_points(getattr(group.decides, each)) for each in ("estimate", "low", "high"))
    return f"{tidy(group.name)} ({rate}, {gap} points, {low} to {high})"


def compare(
    frame: pd.DataFrame,
    *,
    by: Hashable,
    converted: Hashable,
    strata: Hashable | None = None,
    min_rows: int = 10,
    max_q: float = 0.1,
    conf: float = 0.95,
) -> GroupAnswer:
    """Compare the conversion of each group with that of all others together.

    Parameters
    ----------
    frame : DataFrame
        One row per lead (or deal).
    by : column name
        The group: the lead source. Rows without one are the group "(unknown)".
    converted : column name
        True or False (or 1 and 0). Rows without a value are left out, and counted in the answer: an open deal has
        not been lost. If conversions take time, ask `cohorts`.
    strata : column name, optional
        Something that groups have in different mixes and that makes conversion easier: the segment, the region. Each
        group is then compared with the rest stratum by stratum, and that difference decides.
    min_rows : int
        Smaller groups are shown but not tested.
    max_q : float
        Share of false alarms accepted among the groups called different.
    conf : float
        Confidence of the intervals, 0 < conf < 1.

    Returns
    -------
    GroupAnswer
        With `.sentence`, `.frame()`, `.plot()`; `groups` best first, by the lower limit of the shrunken rate.

    Raises
    ------
    StatisticsError
        If a column is not there, or `converted` holds anything but yes, no and missing.

    Notes
    -----
    Rate: Wilson. Difference: Newcombe's method 10. q: Benjamini-Hochberg over the groups tested, from the two-group
    test, or with strata from Cochran-Mantel-Haenszel. Shrunken rate: `pooling.shrink`. Same mix: Mantel-Haenszel risk
    difference with Sato's variance; `simpson` where the mix makes the plain difference. A verdict is of the difference
    between records, not of what would happen if a lead came from elsewhere.

    References
    ----------
    As in `estimates`, `comparisons`, `pooling` and `strata`.

    Examples
    --------
    >>> import pandas as pd
    >>> leads = pd.DataFrame({"source": ["Fair"] * 40 + ["Web"] * 60, "won": [1] * 20 + [0] * 20 + [1] * 6 + [0] * 54})
    >>> print(compare(leads, by="source", converted="won").sentence.replace("\\u00a0", " "))
    Of 100 rows 26 % (18 to 35 %) are 'won'; above the rest is Fair (50 % of 40, +40 points, +22 to +56).
    """
    number("min_rows", min_rows, low=0)
    number("max_q", max_q, low=0, high=1)
    group, outcome = labels(frame, "by", by), flags(frame, "converted", converted)
    stratum = np.full(len(frame), OVERALL, dtype=object) if strata is None else labels(frame, "strata", strata)
    names, kinds = in_order(group), in_order(stratum)
    x, n = (crossed(group, stratum, names, kinds, of=chosen) for chosen in (outcome == 1, ~np.isnan(outcome)))
    return GroupAnswer(
        by=by,
        converted=converted,
        strata=strata,
        strata_names=() if strata is None else tuple(kinds),
        min_rows=min_rows,
        max_q=max_q,
        conf=conf,
        overall=proportion(converted=x.sum(), leads=n.sum(), conf=conf),
        groups=league(
            names, converted=x, leads=n, mixed=strata is not None, min_leads=min_rows, max_q=max_q, conf=conf
        ),
        left_out=(LeftOut(rows=int(np.isnan(outcome).sum()), what=f"without '{tidy(str(converted))}'"),),
    )
