"""Is the lead score right? How well the scores of a data frame told wins from losses, and where to draw a line."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from alignment_lib.errors import StatisticsError
from alignment_lib.stats import wording
from alignment_lib.stats.answer import Answer, LeftOut, record
from alignment_lib.stats.bands import Band, Levels, by_level, cut, levels, rated_band, unscored
from alignment_lib.stats.changes import Trend, trend
from alignment_lib.stats.columns import UNKNOWN, flags
from alignment_lib.stats.counts import Floats
from alignment_lib.stats.estimates import Estimate
from alignment_lib.stats.phrases import share, tidy
from alignment_lib.stats.quality import Auc, Calibration, auc, calibration
from alignment_lib.stats.thresholds import Thresholds, threshold_table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, kw_only=True, repr=False)
class ScoreAnswer(Answer):
    """How well a score ranks, and what was asked. Made by `score_quality`.

    Attributes
    ----------
    levels : tuple of str
        The scores found, ascending; `auc`, `calibration` and `line` count by these.
    bands : tuple of Band
        From the lowest scores to the highest; rows without a score are the last, "(unknown)", in no other number.
    auc : Auc
        Chance that a row that converted has a higher score than one that did not.
    trend : Trend
        Change of the rate from band to band.
    calibration : Calibration or None
        Only of a score that is a probability.
    line : Thresholds or None
        What each line to draw is worth; only where `benefit` and `cost` were given.
    """

    columns: ClassVar = ("measure", "band", "value", "low", "high", "n", "converted", "forecast", "reason")
    score: Hashable
    converted: Hashable
    probability: bool
    benefit: float | None
    cost: float | None
    levels: tuple[str, ...]
    bands: tuple[Band, ...]
    auc: Auc
    trend: Trend
    calibration: Calibration | None
    line: Thresholds | None
    left_out: tuple[LeftOut, ...]

    @property
    def rows(self) -> int:
        """Rows with a score and an outcome."""
        return int(sum(self.auc.won) + sum(self.auc.lost))

    @property
    def best(self) -> str | None:
        """The score from which on passing rows on is worth the most; None where nothing was given to weigh."""
        return None if self.line is None or self.line.best is None else self.levels[self.line.best]

    @property
    def _question(self) -> str:
        more = f", benefit={self.benefit:g}, cost={self.cost:g}" if self.line is not None else ""
        more += ", probability=True" if self.probability else ""
        asked = f"score_quality(score={self.score!r}, converted={self.converted!r}{more})"
        return f"{asked}: {wording.plural(len(self.levels), 'level')}, {wording.plural(self.rows, 'row')}"

    @property
    def _finding(self) -> str:
        if not self.rows:
            return "No row has a score and an outcome: how good the score is cannot be told"
        if self.auc.reason:
            done = "none" if not sum(self.auc.won) else "all"
            rows = f"{done} of {wording.plural(self.rows, 'row')} are '{tidy(str(self.converted))}'"
            return f"How well '{tidy(str(self.score))}' ranks cannot be told: {rows}"
        return "; ".join([self._ranks(), *self._rises(), *self._calibrated(), *self._line()])

    def _ranks(self) -> str:
        won, lost = (wording.count(sum(part)) for part in (self.auc.won, self.auc.lost))
        pairs = f"in {share(self.auc)} of all pairs of {won} and {lost}"
        verdict = "whether it ranks them at all is not shown"
        if self.auc.low > 0.5 or self.auc.high < 0.5:
            verdict = "it ranks them" if self.auc.low > 0.5 else "it ranks them the wrong way round"
        score, what = tidy(str(self.score)), tidy(str(self.converted))
        return f"A row that is '{what}' has a higher '{score}' than one that is not {pairs}: {verdict}"

    def _rises(self) -> list[str]:
        if self.trend.reason:
            return []
        scored = [band for band in self.bands if band.name != UNKNOWN and band.rate.leads]
        first, last = (f"{share(band.rate)} of {wording.count(band.rate.leads)}" for band in (scored[0], scored[-1]))
        return [f"from the lowest band to the highest the rate goes from {first} to {last}"]

    def _calibrated(self) -> list[str]:
        if self.calibration is None or math.isnan(self.calibration.skill):
            return []
        skill = self.calibration.skill
        told = f"{wording.percent(skill)} less" if skill > 0 else "no less"
        return [f"as a forecast it errs {told} than one rate for all (Brier)"]

    def _line(self) -> list[str]:
        if self.best is None:
            return []
        cut = self.line.cuts[self.line.best]  # type: ignore[union-attr, index]
        if cut.utility <= 0:
            return ["no line is worth its cost"]
        passed = f"{wording.plural(cut.volume, 'row')}, {share(cut.precision)} of them '{tidy(str(self.converted))}'"
        return [f"a line at {tidy(self.best)} is worth the most: {passed}"]

    def _records(self) -> list[dict[str, Any]]:
        everyone: dict[str, Any] = {"n": self.rows, "band": "", "converted": int(sum(self.auc.won))}
        rows = [record("auc", self.auc, **everyone), record("change per band", self.trend, **everyone)]
        if self.calibration is not None:
            for measure, value in (("Brier score", self.calibration.brier), ("Brier skill", self.calibration.skill)):
                rows.append(record(measure, _plain(value, self.calibration.reason), **everyone))
        for band in self.bands:
            more: dict[str, Any] = {"band": band.name, "converted": int(band.rate.converted)}
            rows.append(record("rate", band.rate, n=band.rate.leads, forecast=band.forecast, **more))
        for each in self.line.cuts if self.line is not None else ():
            more = {"n": each.volume, "band": self.levels[each.level], "converted": int(each.precision.converted)}
            rows.append(record("precision from here on", each.precision, **more))
            rows.append(record("worth from here on", _plain(each.utility), **more))
        return rows

    def _table(self) -> tuple[Sequence[str], list[Sequence[str]]]:
        forecast = ["mean forecast"] if self.probability else []
        heads = [str(self.score), "n", str(self.converted), "rate", *forecast]
        rows: list[Sequence[str]] = [
            [
                band.name, wording.count(band.rate.leads), wording.count(band.rate.converted), share(band.rate),
                *([wording.percent(band.forecast)] if self.probability else []),
            ]
            for band in self.bands
        ]  # fmt: skip
        return heads, rows

    @property
    def _inches(self) -> tuple[float, float]:
        return 1.5 + 1.2 * max(4, len(self.bands)), 4.0

    def _draw(self, ax: Axes) -> None:
        from alignment_lib.stats import drawing

        if not self.bands:
            return drawing.nothing(ax, "no row has an outcome")
        marks = [
            drawing.Mark(
                name=band.name,
                n=band.rate.leads,
                value=band.rate,
                told=share(band.rate).replace(" (", "\n").rstrip(")") if band.rate.leads else "no rows",
                before=None if math.isnan(band.forecast) else _plain(band.forecast),
            )
            for band in self.bands
        ]
        drawing.bars(ax, marks, line_name="forecast" if self.probability else "")
        drawing.note(ax, f"{self.score}, from the lowest scores to the highest; share that are '{self.converted}'")


def score_quality(
    frame: pd.DataFrame,
    *,
    score: Hashable,
    converted: Hashable,
    bands: int | Sequence[float] = 5,
    probability: bool = False,
    benefit: float | None = None,
    cost: float | None = None,
    conf: float = 0.95,
) -> ScoreAnswer:
    """Measure how well a score, known before, tells the rows that convert.

    Parameters
    ----------
    frame : DataFrame
        One row per lead whose outcome is known.
    score : column name
        Numbers, or an ordered pandas category (grades), higher is better. Rows without one are the band "(unknown)".
    converted : column name
        True or False (or 1 and 0). Rows without a value are left out, and counted in the answer.
    bands : int or sequence of float
        Into how many bands of about as many rows to cut the scores (a score is never cut in two, and as few scores as
        bands are each their own), or the lower ends of all bands but the first.
    probability : bool
        Whether the score is meant as the chance of converting, 0 to 1; it is then compared with what happened.
    benefit, cost : float, optional
        Worth of passing on a row that converts and cost of one that does not, in one unit: both or none.
    conf : float
        Confidence of the intervals, 0 < conf < 1.

    Returns
    -------
    ScoreAnswer
        With `.sentence`, `.frame()`, `.plot()`.

    Raises
    ------
    StatisticsError
        If a column is not there or does not hold what it must, or only one of `benefit` and `cost` is given.

    Notes
    -----
    AUC with Newcombe's interval (method 5); rates with Wilson's; trend: Cochran-Armitage over the bands, 0, 1, 2, …;
    calibration: Brier score and skill over the scores; line: `thresholds.threshold_table`. Rows that were never passed
    on have no outcome: no number here says anything about them.

    References
    ----------
    As in `quality`, `changes` and `thresholds`.

    Examples
    --------
    >>> import pandas as pd
    >>> leads = pd.DataFrame({"score": [1] * 36 + [2] * 8 + [3] * 8 + [4] * 22 + [5] * 35,
    ...     "won": [1] * 3 + [0] * 33 + ([1] * 2 + [0] * 6) * 2 + [1] * 11 + [0] * 11 + [1] * 33 + [0] * 2})
    >>> answer = score_quality(leads, score="score", converted="won", benefit=3, cost=1)
    >>> round(answer.auc.estimate, 4), round(answer.auc.low, 4), answer.best
    (0.8932, 0.8117, '4')
    """
    if (benefit is None) != (cost is None):
        raise StatisticsError("benefit, cost: must both be given or neither: a line weighs one against the other")
    found, outcome = levels(frame, "score", score), flags(frame, "converted", converted)
    if probability:
        _must_be_chances(found, score)
    scored = (found.codes >= 0) & ~np.isnan(outcome)
    won, lost = (by_level(found, scored & (outcome == kind)) for kind in (1, 0))
    place = cut(found, rows=won + lost, bands=bands)
    rated = [rated_band(found, won, lost, place == band, probability, conf) for band in np.unique(place)]
    return ScoreAnswer(
        score=score,
        converted=converted,
        probability=probability,
        benefit=benefit,
        cost=cost,
        levels=found.names,
        bands=(*rated, *unscored(found, outcome, conf)),
        auc=auc(won=won, lost=lost, conf=conf),
        trend=trend(converted=[b.rate.converted for b in rated], leads=[b.rate.leads for b in rated], conf=conf),
        calibration=_calibration(found, won, lost, conf) if probability else None,
        line=None
        if benefit is None or cost is None
        else threshold_table(accepted=won, rejected=lost, benefit=benefit, cost=cost, conf=conf),
        left_out=(LeftOut(rows=int(np.isnan(outcome).sum()), what=f"without '{tidy(str(converted))}'"),),
    )


def _must_be_chances(found: Levels, score: Hashable) -> None:
    if found.values is None or np.any((found.values < 0) | (found.values > 1)):
        ends = f"{found.names[0]} to {found.names[-1]}" if found.names else "categories"
        raise StatisticsError(f"probability: column {score!r} must lie between 0 and 1 to be a chance, it has {ends}")


def _calibration(found: Levels, won: Floats, lost: Floats, conf: float) -> Calibration:
    forecast = np.zeros(0) if found.values is None else found.values
    return calibration(forecast=forecast, converted=won, leads=won + lost, conf=conf)


def _plain(value: float, reason: str = "") -> Estimate:
    """A number without an interval."""
    return Estimate(estimate=value, low=math.nan, high=math.nan, reason=reason)
