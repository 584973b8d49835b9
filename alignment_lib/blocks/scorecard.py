"""The scorecard (C37): few measures, each week, with an owner, a goal, and one rule that says what is off track."""

from __future__ import annotations

import math
from dataclasses import replace

from alignment_lib.blocks import off_track
from alignment_lib.blocks.agenda import agenda, connect, evidence, metric
from alignment_lib.blocks.judgement import RULE, Judgement, Line, beside, numbers, span, writer
from alignment_lib.blocks.measures import MEASURES, ByWeek, this_week
from alignment_lib.blocks.off_track import open_issues
from alignment_lib.facts import Facts
from alignment_lib.facts.effort_frames import ready_day
from alignment_lib.page.block import Block, Cell, Column, Mark, Metric, Quiet, Status, Table, Trend
from alignment_lib.stats import wording

__all__ = ["open_issues", "scorecard"]

WORDS: dict[Status, str] = {"good": "on track", "open": "watch", "bad": "off track", "none": "not judged"}
RIPENING = ("worked", "loop_closure")
"""Measures of leads that need the days agreed for a decision before their week can be judged."""
SHOWN = 13
"""Weeks that are drawn: a quarter, this one included."""
WIDE = 8
"""Measures in one table of numbers by week."""


@agenda(id="scorecard", title="The numbers at a glance", question="Which measures are on track, and which are not?")
def scorecard(facts: Facts, block: Block) -> Block:
    """The measures of the settings over a quarter, each judged by one rule."""
    named, facts = facts.run.noun != "week", facts.on_week()
    card = numbers(facts)
    if not card.lines:
        return replace(block, missing=connect(facts, tuple(sorted({n for _, needed in card.absent for n in needed}))))
    absent = [f"{label} ({wording.listing(needed)})" for label, needed in card.absent]
    return replace(
        block,
        sentences=tuple(s for s in (sentence(card), off_track.sentence(facts)) if s),
        tables=(_table(facts, card, named), *_by_week(facts, card), _how(facts, card)),
        prompts=tuple(f"What do we change about {line.inside}, and who does it by when?" for line in card.are("bad")),
        evidence=evidence(
            facts,
            n=f"{wording.plural(len(card.lines), 'measure')} over {wording.plural(len(facts.run.weeks), 'week')}",
            excluded=f"not in this data: {wording.listing(absent)}" if absent else "",
            method="normal range from up to 13 weeks before: p-chart for shares, c-chart for deals won and lost, XmR"
            " chart for the rest; the method of each measure stands in the last table",
        ),
        metrics=_metrics(facts, card),
    )


def sentence(card: Judgement) -> str:
    """How many measures are where, and which are off track."""
    good, watch, bad, rest = (card.are(s) for s in ("good", "open", "bad", "none"))
    n = len(card.lines)
    if len(good) == n:
        return "The one measure is on track." if n == 1 else f"All {wording.count(n)} measures are on track."
    if len(rest) == n:
        return "No measure can be judged yet."
    parts = [_are(good, "on track"), _are(watch, "to watch"), _are(bad, "off track")]
    parts += [_are(rest, "not judged")] if rest else []
    named = f": {wording.listing([line.inside for line in bad])}" if bad else ""
    if rest and named:
        parts = [*parts[:2], parts[3], parts[2]]
    return f"Of {wording.plural(n, 'measure')} {wording.listing(parts)}{named}."


def _are(lines: list[Line], what: str) -> str:
    n = len(lines)
    return f"{wording.count(n) if n else 'none'} {'is' if n < 2 else 'are'} {what}"


def _table(facts: Facts, card: Judgement, named: bool) -> Table:
    """`named`: the report is not of a week, so that weeks have their labels."""
    over = "" if facts.run.as_of >= facts.run.ends else " so far"
    last, this = (w.label for w in facts.run.weeks[-2:]) if named else ("Last week", "This week")
    heads = (last, f"{this}{over}")
    columns = (Column("Measure"), Column("Owner"), Column("Goal", numeric=True), Column(f"{SHOWN} weeks"),
               *(Column(h, numeric=True) for h in heads), Column("State"))  # fmt: skip
    lines = card.lines
    marked = tuple(i for i, line in enumerate(lines) if line.status == "bad")
    return Table(
        "Each measure, its goal for the week and its last quarter",
        columns,
        tuple(_row(facts, line) for line in lines),
        note=" ".join([RULE, *_not_yet(facts, lines)]),
        highlight=marked,
    )


def _not_yet(facts: Facts, lines: tuple[Line, ...]) -> list[str]:
    """Which older week is judged, and on which day the next one can be (D2)."""
    run, last = facts.run, len(facts.run.weeks) - 1
    told = [] if run.as_of >= run.ends else [f"This week is not over: {run.weeks[-2].label} is judged."]
    slow = [line for line in lines if line.measure.metric in RIPENING]
    for week in sorted({w for line in slow if (w := line.series.judged) is not None} - {last}):
        names = [line.inside for line in slow if line.series.judged == week]
        told.append(
            f"Sales has {wording.plural(run.params.sla.sales.decision_days, 'day')} to decide:"
            f" {run.weeks[week].label} is judged for {wording.listing(names)}, and the week after it once"
            f" {wording.day(ready_day(run, week + 1))} is over."
        )
    return told


def _row(facts: Facts, line: Line) -> tuple[Cell, ...]:
    name, series, write = line.measure.metric, line.series, writer(facts, line.measure.metric)
    now, before = (beside(write, v, line.goal) for v in series.values[:-3:-1])
    return (
        line.label,
        line.measure.owner,
        goal_text(facts, line),
        Trend(series.values[-SHOWN:], _band(series), MEASURES[name].side),
        before,
        _judged_instead(facts, line) or this_week(facts, name, now),
        Mark(line.status, WORDS[line.status]),
    )


def _judged_instead(facts: Facts, line: Line) -> Cell | None:
    """The value that is judged where this week has none yet and the column of last week does not show it."""
    judged, last = line.series.judged, len(facts.run.weeks) - 1
    if judged is None or judged >= last - 1 or line.series.values[-1] is not None:
        return None
    return Quiet(f"{_value(facts, line, judged)} ({facts.run.weeks[judged].label.partition('-')[2]})")


def goal_text(facts: Facts, line: Line) -> str:
    """`at most 4.0 h`, `90 %`."""
    if line.goal is None:
        return wording.NOTHING
    less = "at most " if MEASURES[line.measure.metric].less_is_better else ""
    return less + writer(facts, line.measure.metric)(line.goal)


def _band(series: ByWeek) -> tuple[float, float] | None:
    return None if math.isnan(series.normal.low) else (series.normal.low, series.normal.high)


def _by_week(facts: Facts, card: Judgement) -> tuple[Table, ...]:
    """The weeks in numbers, newest first."""
    tables = []
    parts = math.ceil(len(card.lines) / WIDE)
    each = math.ceil(len(card.lines) / parts)
    for first in range(0, len(card.lines), each):
        lines = card.lines[first : first + each]
        rows = [(week.label, *(_value(facts, line, i) for line in lines)) for i, week in enumerate(facts.run.weeks)]
        part = f", {'continued' if first else 'first part'}" if parts > 1 else ""
        columns = (Column("Week"), *(Column(line.label, numeric=True) for line in lines))
        tables.append(Table(f"The weeks in numbers{part}", columns, tuple(rows[::-1]), folded=True))
    return tuple(tables)


def _value(facts: Facts, line: Line, week: int) -> str:
    return beside(writer(facts, line.measure.metric), line.series.values[week], line.goal)


def _how(facts: Facts, card: Judgement) -> Table:
    """Why each measure is where it is."""
    heads = ("Goal from", "Normal range", "Method", "Week judged", "Why")
    return Table(
        "How each measure is judged",
        (Column("Measure"), *(Column(h) for h in heads)),
        tuple(_judged(facts, line) for line in card.lines),
        folded=True,
    )


def _judged(facts: Facts, line: Line) -> tuple[str, ...]:
    judged = line.series.judged
    week = wording.NOTHING if judged is None else facts.run.weeks[judged].label
    return (
        line.label,
        line.goal_from or "no goal",
        span(facts, line),
        MEASURES[line.measure.metric].method,
        week,
        line.why,
    )


def _metrics(facts: Facts, card: Judgement) -> tuple[Metric, ...]:
    n = len(card.lines)
    counted: dict[str, Status] = {"on_track": "good", "watch": "open", "off_track": "bad", "unjudged": "none"}
    records = [metric("scorecard_measures", n, n=n)]
    records += [metric(f"scorecard_{name}", len(card.are(status)), n=n) for name, status in counted.items()]
    for line in card.lines:
        if line.measure.metric == "acceptance_week":
            records += _weekly(facts, line.series)
    return tuple(records)


def _weekly(facts: Facts, series: ByWeek) -> list[Metric]:
    periods = [*(w.label for w in facts.run.weeks[:-1]), None]
    weeks = zip(periods, series.values, series.of, strict=True)
    reason = "sales decided on no lead"
    return [metric(series.name, v, n=n, period=p, reason="" if n else reason) for p, v, n in weeks if n or p is None]
