"""The scorecard (C37): few measures, each week, with an owner, a goal, and one rule that says what is off track."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from alignment_lib.blocks.agenda import agenda, connect, evidence, metric
from alignment_lib.blocks.judgement import IN_A_ROW, RULE, Judgement, Line, beside, named, numbers, span, writer
from alignment_lib.blocks.measures import MEASURES, ByWeek, this_week
from alignment_lib.facts import Facts
from alignment_lib.facts.effort_frames import ready_day
from alignment_lib.page.block import Block, Cell, Column, Mark, Metric, Quiet, Status, Table, Trend
from alignment_lib.params.period import Week
from alignment_lib.stats import wording
from alignment_lib.stats.days import day_of

# The issues that the scorecard opens: one for each measure off track, open until somebody closes it.

KEYS = ("issue_id", "opened_on", "metric", "what", "owner", "due_on")
Issue = dict[str, str | None]
"""`issue_id`, `opened_on` (ISO), `metric`, `what`, `owner`, `due_on` (ISO), as results.json holds it."""


@lru_cache(maxsize=8)
def open_issues(facts: Facts) -> tuple[Issue, ...]:
    """The scorecard's open issues: those that earlier reports opened, and those of this one; oldest first.

    Notes
    -----
    The table of issues has the last word: an issue closed there is closed, one open there has the owner, the day and
    the words that people gave it, and while the table holds an open issue of a measure no second one is opened. Once
    closed, a measure opens a new one only when it is off track in a later week than that of the closing.
    """
    facts = facts.on_week()
    table = {row["issue_id"]: row for row in facts.kept("issues")}
    carried = [_as_kept(i, table.get(i["issue_id"])) for i in _earlier(facts) if not _closed(table.get(i["issue_id"]))]
    busy = {i["metric"] for i in carried} | {r["metric"] for r in table.values() if not _closed(r)}
    opened = [_opened(facts, line) for line in numbers(facts).are("bad") if line.measure.metric not in busy]
    fresh = [i for i in opened if i["issue_id"] not in table and _after_closing(facts, i["metric"])]
    return tuple(sorted([*carried, *fresh], key=lambda i: (i["opened_on"] or "", i["issue_id"] or "")))


def _earlier(facts: Facts) -> list[Issue]:
    """What the newest report before this week had open."""
    before = [e for e in facts.earlier if e.week < facts.run.week]
    rows = before[-1].issues if before else ()
    return [{k: row.get(k) for k in KEYS} for row in rows if row.get("issue_id") and row.get("opened_on")]


def _closed(row: Mapping[str, Any] | None) -> bool:
    return row is not None and row["closed_on"] is not None


def _as_kept(issue: Issue, row: Mapping[str, Any] | None) -> Issue:
    """The issue with what people wrote of it since."""
    told = {} if row is None else {k: row[k] for k in ("what", "owner", "due_on") if row[k] is not None}
    return issue | {k: v.isoformat() if isinstance(v, date) else v for k, v in told.items()}


def _after_closing(facts: Facts, name: str | None) -> bool:
    """Whether the judged week of the measure is later than that in which its last issue was closed."""
    closed = [r["closed_on"] for r in facts.kept("issues") if r["metric"] == name and _closed(r)]
    [line] = [line for line in numbers(facts).lines if line.measure.metric == name]
    return not closed or _week(facts, line) > Week.of(max(closed))


def _week(facts: Facts, line: Line) -> Week:
    return facts.run.weeks[-1 if line.series.judged is None else line.series.judged]


def _opened(facts: Facts, line: Line) -> Issue:
    today = day_of(facts.run.as_of_day)
    due = today + timedelta(days=facts.run.params.weekly.scorecard.issue_days)
    return {
        "issue_id": f"S-{facts.run.week.label}-{line.measure.metric}{_of_slice(facts)}",
        "opened_on": today.isoformat(),
        "metric": line.measure.metric,
        "what": what_is_off(facts, line),
        "owner": line.measure.owner,
        "due_on": due.isoformat(),
    }


def _of_slice(facts: Facts) -> str:
    """What tells a slice's issue from the company's: `-small-business`."""
    return "" if facts.run.params.slice is None else "-" + "-".join(facts.run.params.slice[1].lower().split())


def what_is_off(facts: Facts, line: Line) -> str:
    """What is off track: the value of the week, and the goal or the range that it misses."""
    write = writer(facts, line.measure.metric)
    part = f" of {facts.run.params.slice[1]}" if facts.run.params.slice else ""
    told = f"{line.label}{part} was {write(line.series.value)} in {_week(facts, line).label}"
    if line.in_a_row:
        return f"{told}; the goal of {write(line.goal)} was missed {IN_A_ROW} weeks in a row."
    return f"{told}; {span(facts, line)} is normal."


def off_track_sentence(facts: Facts) -> str:
    """The open issues of what is or was off track, their owners and days; empty without any."""
    told = wording.listing([_told(i) for i in (*_of_people(facts), *open_issues(facts))])
    return f"What went off track is an open issue until somebody closes it: {told}." if told else ""


def _of_people(facts: Facts) -> list[Issue]:
    """Open issues of the table that stand for a measure off track."""
    bad = {line.measure.metric for line in numbers(facts).are("bad")}
    bad -= {i["metric"] for i in open_issues(facts)}
    return [dict(_as_kept({**dict.fromkeys(KEYS), "metric": r["metric"]}, r))
            for r in facts.kept("issues") if r["metric"] in bad and not _closed(r)]  # fmt: skip


def _told(issue: Issue) -> str:
    due = f", due {wording.day(date.fromisoformat(issue['due_on']))}" if issue["due_on"] else ""
    return f"{named(issue['metric'] or '')} ({issue['owner'] or 'nobody'}{due})"


__all__ = ["open_issues", "scorecard"]

WORDS: dict[Status, str] = {"good": "on track", "open": "watch", "bad": "off track", "none": "not judged"}
RIPENING = ("worked", "loop_closure")
"""Measures of leads that need the days agreed for a decision before their week can be judged."""
SHOWN = 13
"""Weeks that are drawn: a quarter, this one included."""
WIDE = 8
"""Measures in one table of numbers by week."""


def _named(need: str) -> str:
    """What a measure needs, as the mapping names it."""
    return "opportunities.amount of open deals" if need == "opportunities.open_amount" else need


@agenda(id="scorecard", title="The numbers at a glance", question="Which measures are on track, and which are not?")
def scorecard(facts: Facts, block: Block) -> Block:
    """The measures of the settings over a quarter, each judged by one rule."""
    named, facts = facts.run.noun != "week", facts.on_week()
    card = numbers(facts)
    if not card.lines:
        return replace(block, missing=connect(facts, tuple(sorted({n for _, needed in card.absent for n in needed}))))
    absent = [f"{label} ({wording.listing([_named(n) for n in needed])})" for label, needed in card.absent]
    return replace(
        block,
        sentences=tuple(s for s in (sentence(card), off_track_sentence(facts)) if s),
        tables=(_table(facts, card, named), *_by_week(facts, card), _how(facts, card)),
        prompts=tuple(f"What do we change about {line.inside}, and who does it by when?" for line in card.are("bad")),
        evidence=evidence(
            facts,
            n=f"{wording.plural(len(card.lines), 'measure')} over {wording.plural(len(facts.run.weeks), 'week')}",
            excluded=f"not told by this data: {wording.listing(absent)}" if absent else "",
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
        f"{line.label} {line.part}".rstrip(),
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
