"""How many convert, and by when? Cohorts of a data frame side by side at equal ages, none before it is old enough."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from alignment_lib.errors import StatisticsError
from alignment_lib.stats import wording
from alignment_lib.stats.answer import Answer, LeftOut, record
from alignment_lib.stats.columns import in_order, label, labels, places
from alignment_lib.stats.counts import whole
from alignment_lib.stats.estimates import Estimate, normal_quantile
from alignment_lib.stats.incidences import FollowUp, Incidence, incidence
from alignment_lib.stats.lifetimes import Lifetimes, lifetimes
from alignment_lib.stats.phrases import named, share, tidy

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

COHORTS_DRAWN = 18
"""Cohorts in a picture: of more, the last ones."""

LONGEST = 36_500
"""Days of the longest horizon; pandas tells no day after the year 2262."""


@dataclass(frozen=True, kw_only=True)
class Cell(Estimate):
    """One cohort at one age; nan, with the day on which it will be ready, until every lead has reached the age.

    Attributes
    ----------
    so_far : Incidence
        What follows from the leads that are old enough and the part that is known of the others (Aalen-Johansen);
        the same as the estimate where the cell is matured.
    ready_on : date
        With this day, or a later one, as as-of the cell is matured. Of a cohort that is not a month: if it gains no
        more leads.
    """

    cohort: str
    day: int
    so_far: Incidence
    matured: bool
    ready_on: date


@dataclass(frozen=True, kw_only=True, repr=False)
class CohortAnswer(Answer):
    """Cohorts in order, and what was asked; `cells` has one row per cohort, one cell per age. Made by `cohorts`."""

    columns: ClassVar = (
        "measure", "cohort", "day", "value", "low", "high", "n", "converted", "matured", "ready_on", "so_far",
        "so_far_low", "so_far_high", "reason",
    )  # fmt: skip
    start: Hashable
    event: Hashable
    end: Hashable | None
    as_of: pd.Timestamp
    by: Hashable | None
    horizons: tuple[int, ...]
    conf: float
    cells: tuple[tuple[Cell, ...], ...]
    left_out: tuple[LeftOut, ...]

    @property
    def _question(self) -> str:
        other = "".join(f", {k}={v!r}" for k, v in (("end", self.end), ("by", self.by)) if v is not None)
        asked = f"cohorts(start={self.start!r}, event={self.event!r}{other}, as_of={label(self.as_of)!r})"
        n = sum(row[0].so_far.leads for row in self.cells)
        return f"{asked}: {wording.plural(len(self.cells), 'cohort')}, {wording.plural(n, 'row')}"

    @property
    def _finding(self) -> str:
        if not self.cells:
            return f"No rows began before {label(self.as_of)}: there are no cohorts"
        for column, day in reversed(list(enumerate(self.horizons))):
            ready = [row[column] for row in self.cells if row[column].matured]
            if ready:
                return f"By day {day} '{tidy(str(self.event))}' came for {self._rates(ready)}{self._waiting(column)}"
        told = [row[-1] for row in self.cells if not math.isnan(row[-1].so_far.estimate)]
        partly = f"; partly observed, by day {self.horizons[-1]}: {self._rates(told)}" if told else ""
        return f"No cohort is old enough for day {self.horizons[0]}{self._waiting(0)}{partly}"

    def _rates(self, cells: list[Cell]) -> str:
        """The newest month and the one before; of other cohorts all, the highest first."""
        if self.by is not None:
            return named([_rate(cell) for cell in sorted(cells, key=lambda cell: -cell.so_far.estimate)])
        return ", after ".join(_rate(cell) for cell in cells[:-3:-1])

    def _waiting(self, column: int) -> str:
        young = [row[column] for row in self.cells if not row[column].matured]
        if not young:
            return ""
        first = min(young, key=lambda cell: cell.ready_on)
        others = f" and {wording.plural(len(young) - 1, 'other')} later" if len(young) > 1 else ""
        return f"; {tidy(first.cohort)} is ready for day {first.day} on {wording.day(first.ready_on)}{others}"

    def _records(self) -> list[dict[str, Any]]:
        return [
            record(
                f"converted by day {cell.day}",
                cell,
                n=cell.so_far.leads,
                cohort=cell.cohort,
                day=cell.day,
                converted=int(cell.so_far.converted),
                matured=cell.matured,
                ready_on=cell.ready_on,
                so_far=cell.so_far.estimate,
                so_far_low=math.nan if cell.so_far.reason else cell.so_far.low,
                so_far_high=math.nan if cell.so_far.reason else cell.so_far.high,
            )
            for row in self.cells
            for cell in row
        ]

    def _table(self) -> tuple[Sequence[str], list[Sequence[str]]]:
        heads = [
            "month of start" if self.by is None else str(self.by),
            "n",
            *(f"by day {day}" for day in self.horizons),
        ]
        rows: list[Sequence[str]] = [
            [row[0].cohort, wording.count(row[0].so_far.leads), *(_told(cell) for cell in row)] for row in self.cells
        ]
        return heads, rows

    @property
    def _inches(self) -> tuple[float, float]:
        return 2.5 + 0.75 * max(5, min(len(self.cells), COHORTS_DRAWN)), 4.0

    def _draw(self, ax: Axes) -> None:
        from alignment_lib.stats import drawing

        shown = self.cells[-COHORTS_DRAWN:]
        if not shown:
            return drawing.nothing(ax, "no cohorts")
        lines = [
            drawing.Line(
                name=f"day {day}",
                marks=tuple(
                    drawing.Mark(name=c.cohort, n=c.so_far.leads, value=c.so_far, told="", strong=c.matured)
                    for c in (row[column] for row in shown)
                ),
            )
            for column, day in enumerate(self.horizons)
        ]
        drawing.lines(ax, lines, joined=self.by is None)
        cut = f"the last {len(shown)} of {len(self.cells)} cohorts; " if len(shown) < len(self.cells) else ""
        drawing.note(ax, f"{cut}hollow and dotted: partly observed, not all leads are so old yet")


def _told(cell: Cell) -> str:
    if cell.matured:
        return share(cell)
    young = math.isnan(cell.so_far.estimate)
    return f"ready on {wording.day(cell.ready_on)}" if young else f"partly: {share(cell.so_far)}"


def _rate(cell: Cell) -> str:
    return f"{share(cell.so_far)} of the {wording.count(cell.so_far.leads)} of {tidy(cell.cohort)}"


def cohorts(
    frame: pd.DataFrame,
    *,
    start: Hashable,
    event: Hashable,
    as_of: date | str,
    end: Hashable | None = None,
    by: Hashable | None = None,
    horizons: Sequence[int] = (30, 60, 90),
    conf: float = 0.95,
) -> CohortAnswer:
    """Say what share of each cohort has converted by so many days after its start.

    Parameters
    ----------
    frame : DataFrame
        One row per lead (or deal).
    start, event : column name
        When a lead began, and when it converted: dates or instants; without a value it has not converted.
    as_of : date, datetime or ISO text
        The day (its midnight) or instant that it is told as of. What happened then or later is not seen; a start then
        or later is left out. Without a time zone it is on the wall of `start`'s.
    end : column name, optional
        When a lead was closed otherwise: lost, rejected. It then cannot convert any more, unless its `event` came:
        that counts even after an end. A closing date of won and lost alike will do.
    by : column name, optional
        What makes a cohort, the campaign or the quarter; by default the month of `start`, on the wall of its zone.
    horizons : sequence of int
        Ages in days.
    conf : float
        Confidence of the intervals, 0 < conf < 1.

    Returns
    -------
    CohortAnswer
        With `.sentence`, `.frame()`, `.plot()`. A cell is nan until every lead of the cohort has reached the age;
        its `so_far` is what can be said before.

    Raises
    ------
    StatisticsError
        If a column is not there or holds no instants, if only some have a time zone, or an age is no whole number.

    Notes
    -----
    "By day 30" is no later than 30 days on at the start's time of day, on its wall and to the microsecond: 30 × 24
    hours, an hour more or less only where the clocks were changed in between. An event earlier on the day of its start
    counts as of age 0 (many a CRM keeps the day only); one on an earlier day is impossible: the row is left out and
    counted. As-of is exclusive, so a lead has reached an age when that ends before as-of. Estimate: Aalen-Johansen with
    Wilson's interval, `incidences.incidence`; of a matured cell that is the plain share.

    References
    ----------
    As in `incidences`.

    Examples
    --------
    >>> import pandas as pd
    >>> leads = pd.DataFrame({
    ...     "created_at": pd.to_datetime(["2025-01-10"] * 40 + ["2025-02-10"] * 30),
    ...     "won_at": pd.to_datetime(["2025-02-01"] * 10 + [None] * 30 + ["2025-02-20"] * 6 + [None] * 24)})
    >>> answer = cohorts(leads, start="created_at", event="won_at", as_of="2025-02-25", horizons=[30])
    >>> print(answer.sentence.replace("\\u00a0", " "))
    By day 30 'won_at' came for 25 % (14 to 40 %) of the 40 of 2025-01; 2025-02 is ready for day 30 on 31 Mar 2025.
    """
    days, _ = _ages(horizons), normal_quantile(conf)
    lives = lifetimes(frame, start=start, event=event, end=end, as_of=as_of)
    cohort = lives.months if by is None else labels(frame, "by", by)
    names = in_order(cohort[lives.used])
    place = np.where(lives.used, places(cohort, names), -1)
    rows = []
    for i, name in enumerate(names):
        own = place == i
        last = lives.last_start(own, month=name if by is None else None)
        rows.append(tuple(_cell(name, lives.follow_up(own), day, last, lives, conf) for day in days))
    return CohortAnswer(
        start=start,
        event=event,
        end=end,
        as_of=lives.as_of,
        by=by,
        horizons=days,
        conf=conf,
        cells=tuple(rows),
        left_out=lives.left_out,
    )


def _cell(name: str, leads: FollowUp, day: int, last: np.datetime64, lives: Lifetimes, conf: float) -> Cell:
    """One cohort at one age; its last lead must have lived through the last instant that still counts."""
    so_far = incidence(leads, horizon=day, conf=conf)
    complete = last + np.timedelta64(day, "D")
    ready_on: date = (complete.astype("datetime64[D]") + 1).astype(object)
    matured = bool(lives.now > complete)
    if matured:
        shown = Estimate(estimate=so_far.estimate, low=so_far.low, high=so_far.high, conf=conf, reason=so_far.reason)
    else:
        reason = f"too young: ready on {wording.day(ready_on)}"
        shown = Estimate(estimate=math.nan, low=math.nan, high=math.nan, conf=conf, reason=reason)
    return Cell(**vars(shown), cohort=name, day=day, so_far=so_far, matured=matured, ready_on=ready_on)


def _ages(horizons: Sequence[int]) -> tuple[int, ...]:
    if isinstance(horizons, str) or not isinstance(horizons, Sequence | np.ndarray) or not len(horizons):
        raise StatisticsError(f"horizons: must be a list of days such as (30, 60, 90), got {horizons!r}")
    days = tuple(sorted({whole("horizons", day) for day in horizons}))
    if days[-1] > LONGEST:
        raise StatisticsError(f"horizons: must be at most {LONGEST} days, got {days[-1]}")
    return days
