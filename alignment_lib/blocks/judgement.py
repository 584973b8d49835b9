"""The scorecard's judgement: each measure of the settings against its goal and its normal range, by one rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from alignment_lib.blocks.measures import MEASURES, ByWeek, by_week, lacking
from alignment_lib.blocks.week_goals import goal
from alignment_lib.errors import ParamsError
from alignment_lib.facts import Facts
from alignment_lib.measures import REGISTRY, definition
from alignment_lib.page.block import Status
from alignment_lib.params.files import nearest
from alignment_lib.params.settings import Measure
from alignment_lib.stats import wording

RULE = (
    "A measure is on track when its week reaches the goal. It is off track when the goal was missed in the week and in"
    " both weeks before it, or when the week lies on the bad side of its normal range. Anything else is to watch."
    " Without a goal only the normal range speaks."
)
IN_A_ROW = 3
"""Weeks that must miss the goal before the measure is off track."""
MISSED = "misses its goal for the third week in a row"


@dataclass(frozen=True, eq=False)
class Line:
    """A measure, judged."""

    measure: Measure
    series: ByWeek
    goals: tuple[float | None, ...]
    """Of the judged week and those before it, oldest first."""
    goal_from: str
    status: Status
    why: str
    part: str = ""
    """Of which deals it counts the amounts, where those in other currencies or without an amount are in no sum."""

    @property
    def goal(self) -> float | None:
        return self.goals[-1] if self.goals else None

    @property
    def in_a_row(self) -> bool:
        """Whether it is off track for missing its goal again and again, rather than for one unusual week."""
        return self.why == MISSED

    @property
    def label(self) -> str:
        return definition(self.measure.metric).label

    @property
    def inside(self) -> str:
        """The label within a sentence."""
        return named(self.measure.metric)


@dataclass(frozen=True, eq=False)
class Judgement:
    """The scorecard of a week, and the measures that this data does not hold."""

    lines: tuple[Line, ...]
    absent: tuple[tuple[str, tuple[str, ...]], ...]

    def are(self, status: Status) -> list[Line]:
        return [line for line in self.lines if line.status == status]


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Judgement:
    """Every measure of the settings, judged.

    Raises
    ------
    ParamsError
        A measure nobody can count, one that is named twice, or the goal of a share above 1.
    """
    measures = facts.run.params.weekly.scorecard.measures
    _known(measures)
    absent = {m.metric: needed for m in measures if (needed := lacking(facts, m.metric))}
    lines = tuple(_line(facts, m) for m in measures if m.metric not in absent)
    return Judgement(lines, tuple((definition(name).label, needed) for name, needed in absent.items()))


def _known(measures: Sequence[Measure]) -> None:
    where = "weekly.yaml: scorecard.measures"
    names = [m.metric for m in measures]
    for position, measure in enumerate(measures):
        place = f"{where}[{position}]"
        if measure.metric not in MEASURES:
            raise ParamsError(f"{place}: unknown metric '{measure.metric}' ({nearest(measure.metric, list(MEASURES))})")
        if measure.metric in names[:position]:
            raise ParamsError(f"{place}: metric '{measure.metric}' is named twice; keep one of them")
        if measure.goal is not None and measure.goal > 1 and definition(measure.metric).unit == "share":
            raise ParamsError(f"{place}: goal {measure.goal:g} of a share is above 1; write 90 % as 0.9")


def _line(facts: Facts, measure: Measure) -> Line:
    series = by_week(facts, measure.metric)
    if series.judged is None:
        return Line(measure, series, (), "", "none", "no complete week yet")
    weeks = facts.run.weeks[max(0, series.judged - IN_A_ROW + 1) : series.judged + 1]
    found = [goal(facts, measure, week) for week in weeks]
    goals = tuple(g for g, _ in found)
    if part := _part(facts, measure):
        return Line(measure, series, goals, found[-1][1], "none", f"{part}: a part is not held to a goal", part)
    values = series.values[series.judged - len(goals) + 1 : series.judged + 1]
    status, why = judge(values, goals, series, less_is_better=MEASURES[measure.metric].less_is_better)
    return Line(measure, series, goals, found[-1][1], status, why)


def _part(facts: Facts, measure: Measure) -> str:
    """Of which deals a measure in money is, where a part of them is in no sum."""
    if definition(measure.metric).unit != "currency":
        return ""
    if facts.in_currency:
        return f"of deals{facts.in_currency} only"
    return "of deals with an amount only" if measure.metric == "won_value" and facts.unpriced_wins else ""


def judge(
    values: Sequence[float | None], goals: Sequence[float | None], series: ByWeek, *, less_is_better: bool
) -> tuple[Status, str]:
    """The rule that is printed on the page; `values` and `goals` of up to three weeks, the judged one last."""
    value, wanted = values[-1], goals[-1]
    if value is None:
        return "none", "no value in the week"
    verdict = series.normal.verdict(value)
    outside = verdict == ("above" if less_is_better else "below")
    missed = [v is not None and g is not None and (v > g if less_is_better else v < g)
              for v, g in zip(values, goals, strict=True)]  # fmt: skip
    if wanted is not None and not missed[-1]:
        return "good", "reaches its goal"
    if wanted is not None and len(missed) == IN_A_ROW and all(missed):
        return "bad", MISSED
    if outside:
        return "bad", f"{verdict} its normal range"
    if wanted is not None:
        return "open", "misses its goal"
    if verdict == "unknown":
        return "none", "neither goal nor normal range"
    return "good", "as usual" if verdict == "within" else f"{verdict} its normal range, on the good side"


def named(name: str) -> str:
    """A metric within a sentence: `followed up in time`, `MQLs`."""
    label = REGISTRY[name].label if name in REGISTRY else name
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def writer(facts: Facts, name: str) -> Callable[[float | None], str]:
    """How a measure is written."""
    unit = definition(name).unit
    if unit == "currency":
        return partial(wording.money, currency=facts.run.params.company.currency)
    if unit == "share":
        return wording.percent
    return wording.hours if unit == "business hours" else wording.count


def span(facts: Facts, line: Line) -> str:
    """The normal range of a measure: `35 to 82 %`; why there is none."""
    normal, write = line.series.normal, writer(facts, line.measure.metric)
    if not wording.defined(normal.low):
        return normal.reason or "none yet"
    if definition(line.measure.metric).unit == "share":
        return wording.percent_range(normal.low, normal.high)
    return f"{write(normal.low)} to {write(normal.high)}"


def beside(write: Callable[[float | None], str], value: float | None, goal: float | None) -> str:
    """A value beside its goal: a share that only seems to equal it, once rounded, gets a decimal."""
    alike = value is not None and goal is not None and value != goal and write(value) == write(goal)
    return wording.percent(value, width=0.0) if alike and write is wording.percent else write(value)
