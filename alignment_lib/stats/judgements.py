"""Do marketing and sales judge the same leads alike? Two columns of a data frame, category by category."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from alignment_lib.errors import StatisticsError
from alignment_lib.stats import wording
from alignment_lib.stats.agreements import Agreement
from alignment_lib.stats.agreements import agreement as of_counts
from alignment_lib.stats.answer import Answer, LeftOut, record
from alignment_lib.stats.columns import UNKNOWN, Flags, Texts, column, crossed, in_order, label, labels
from alignment_lib.stats.estimates import Estimate, proportion
from alignment_lib.stats.phrases import index, share, tidy

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

ONE_CATEGORY = "both sides use one and the same category"


@dataclass(frozen=True, kw_only=True, repr=False)
class AgreementAnswer(Answer):
    """How far two columns agree, and what was asked. Made by `agreement`.

    Attributes
    ----------
    marketing, sales : column name
        The columns compared.
    categories : tuple of str
        Rows (marketing) and columns (sales) of `agreed.table`.
    agreed : Agreement
        The share of rows in which both say the same, with `adjusted` (PABAK, of Brennan and Prediger) and
        `kappa` (Cohen).
    """

    columns: ClassVar = ("measure", "marketing", "sales", "value", "low", "high", "n", "count", "reason")
    marketing: Hashable
    sales: Hashable
    categories: tuple[str, ...]
    agreed: Agreement
    left_out: tuple[LeftOut, ...]

    @property
    def _question(self) -> str:
        size = f"{len(self.categories)} categories, {wording.plural(self.agreed.leads, 'row')}"
        return f"agreement(marketing={self.marketing!r}, sales={self.sales!r}): {size}"

    @property
    def _finding(self) -> str:
        both = f"'{tidy(str(self.marketing))}' and '{tidy(str(self.sales))}'"
        if not self.agreed.leads:
            return f"No row has both {both}: whether they agree cannot be told"
        told = f"{share(self.agreed)} of {wording.plural(self.agreed.leads, 'row')} have the same {both}"
        return f"{told}; {self._beyond_chance()}{self._most_often()}"

    def _beyond_chance(self) -> str:
        adjusted, kappa = self.agreed.adjusted, self.agreed.kappa
        if math.isnan(adjusted.estimate):
            return f"whether beyond chance cannot be told: {adjusted.reason}"
        why = f", {kappa.reason}" if kappa.reason else ""
        return f"corrected for chance {index(adjusted)} by PABAK and {index(kappa)} by Cohen's kappa{why}"

    def _most_often(self) -> str:
        """The cell off the diagonal with the most rows."""
        off = np.array(self.agreed.table) * (1 - np.eye(len(self.agreed.table)))
        if not off.any():
            return ""
        row, place = np.unravel_index(int(off.argmax()), off.shape)
        mine, theirs = (tidy(self.categories[int(i)]) for i in (row, place))
        return f"; most often they differ as {mine} and {theirs}, {wording.plural(float(off.max()), 'row')}"

    def _records(self) -> list[dict[str, Any]]:
        a = self.agreed
        more: dict[str, Any] = {"n": a.leads, "marketing": "", "sales": "", "count": int(a.converted)}
        both = (("agreement", a), ("PABAK", a.adjusted), ("kappa", a.kappa))
        rows = [record(measure, value, **more) for measure, value in both]
        for mine, counts in zip(self.categories, a.table, strict=False):
            for theirs, count in zip(self.categories, counts, strict=False):
                part = proportion(converted=count, leads=a.leads, conf=a.conf)
                keys: dict[str, Any] = {"marketing": mine, "sales": theirs, "count": int(count)}
                rows.append(record("share of rows", part, n=a.leads, **keys))
        return rows

    def _table(self) -> tuple[Sequence[str], list[Sequence[str]]]:
        cells = np.array(self.agreed.table)[: len(self.categories), : len(self.categories)]
        heads = [f"{self.marketing} ↓ {self.sales} →", *self.categories, "all"]
        sums = [*cells.sum(axis=0), cells.sum()]
        rows: list[Sequence[str]] = [
            [name, *map(wording.count, [*row, row.sum()])] for name, row in zip(self.categories, cells, strict=True)
        ]
        return heads, [*rows, ["all", *map(wording.count, sums)]]

    @property
    def _inches(self) -> tuple[float, float]:
        side = 0.7 * max(3, len(self.categories))
        return side + 3.0, side + 1.4

    def _draw(self, ax: Axes) -> None:
        from alignment_lib.stats import drawing

        if not self.agreed.leads:
            return drawing.nothing(ax, f"no row has both '{self.marketing}' and '{self.sales}'")
        drawing.squares(
            ax, self.agreed.table, self.categories, down=f"marketing: {self.marketing}", across=f"sales: {self.sales}"
        )


def agreement(
    frame: pd.DataFrame,
    *,
    marketing: Hashable,
    sales: Hashable,
    categories: Sequence[object] | None = None,
    conf: float = 0.95,
) -> AgreementAnswer:
    """Measure how far two columns of the same leads say the same.

    Parameters
    ----------
    frame : DataFrame
        One row per lead.
    marketing, sales : column name
        Each side's judgement in the same words (marketing's grade, sales's rating). A row that only one side judged
        is left out, and counted in the answer.
    categories : sequence, optional
        All words in their order, those included that nobody used; by default those of a pandas category, else those
        found, sorted.
    conf : float
        Confidence of the intervals, 0 < conf < 1.

    Returns
    -------
    AgreementAnswer
        With `.sentence`, `.frame()`, `.plot()`.

    Raises
    ------
    StatisticsError
        If a column is not there, if the two have no word in common, or one is not among `categories`.

    Notes
    -----
    Agreement with Wilson's interval; PABAK (k p - 1)/(k - 1); Cohen's kappa, its interval only from 50 rows and 10
    of each category on. Where sales judges only what marketing passed on, this is agreement on those leads, not on all.

    References
    ----------
    As in the agreement of counts: Cohen (1960); Brennan, Prediger (1981); Byrt, Bishop, Carlin (1993).

    Examples
    --------
    >>> import pandas as pd
    >>> grade, rating = ["A"] * 49 + ["B"] * 51, ["A"] * 40 + ["B"] * 9 + ["A"] * 6 + ["B"] * 45
    >>> leads = pd.DataFrame({"grade": grade, "rating": rating})
    >>> answer = agreement(leads, marketing="grade", sales="rating")
    >>> answer.agreed.estimate, round(answer.agreed.kappa.estimate, 2)
    (0.85, 0.7)
    """
    mine, theirs = labels(frame, "marketing", marketing), labels(frame, "sales", sales)
    graded, rated = mine != UNKNOWN, theirs != UNKNOWN
    both = np.asarray(graded & rated, dtype=bool)
    names = _categories(frame, (marketing, sales), mine[both], theirs[both], categories)
    told = [
        (graded & ~rated, f"only with '{tidy(str(marketing))}'"),
        (~graded & rated, f"only with '{tidy(str(sales))}'"),
        (~graded & ~rated, "with neither"),
    ]
    return AgreementAnswer(
        marketing=marketing,
        sales=sales,
        categories=names,
        agreed=_agreed(mine, theirs, names, both, conf),
        left_out=tuple(LeftOut(rows=int(np.sum(rows)), what=what) for rows, what in told),
    )


def _agreed(mine: Texts, theirs: Texts, names: Sequence[str], both: Flags, conf: float) -> Agreement:
    """The agreement; of a single category only the plain share says anything."""
    padded = [*names, "", " "][: max(2, len(names))]
    agreed = of_counts(crossed(mine, theirs, padded, padded, of=both), conf=conf)
    if len(names) >= 2:
        return agreed
    reason = ONE_CATEGORY if names else "no leads"
    return replace(agreed, adjusted=Estimate(estimate=math.nan, low=math.nan, high=math.nan, conf=conf, reason=reason))


def _categories(
    frame: pd.DataFrame, names: tuple[Hashable, Hashable], mine: Texts, theirs: Texts, given: Sequence[object] | None
) -> tuple[str, ...]:
    """The words of both sides in their order."""
    import pandas as pd

    found = in_order([*mine, *theirs])
    if given is not None:
        order = [label(word) for word in given]
        unheard = [word for word in found if word not in order]
        if unheard:
            raise StatisticsError(f"categories: must name every word used, {unheard[0]!r} is missing; got {order}")
        return tuple(dict.fromkeys(order))
    if found and not set(mine) & set(theirs):
        raise StatisticsError(
            f"marketing, sales: must use the same words; {names[0]!r} has {', '.join(in_order(mine)[:5])} and "
            f"{names[1]!r} has {', '.join(in_order(theirs)[:5])}; map one to the other's words, "
            f"e.g. frame[{names[0]!r}].map({{…}}), or name all words: categories=[…]"
        )
    dtypes = [column(frame, "marketing", name).dtype for name in names]
    ordered = [list(map(label, d.categories)) for d in dtypes if isinstance(d, pd.CategoricalDtype)]
    known = dict.fromkeys(word for words in ordered for word in words)
    return (*known, *(word for word in found if word not in known))
