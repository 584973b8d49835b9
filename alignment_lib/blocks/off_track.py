"""The issues that the scorecard opens: one for each measure off track, open until somebody closes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from alignment_lib.blocks.judgement import IN_A_ROW, Line, named, numbers, span, writer
from alignment_lib.facts import Facts
from alignment_lib.params.period import Week
from alignment_lib.stats import wording
from alignment_lib.stats.days import day_of

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
        "what": what(facts, line),
        "owner": line.measure.owner,
        "due_on": due.isoformat(),
    }


def _of_slice(facts: Facts) -> str:
    """What tells a slice's issue from the company's: `-small-business`."""
    return "" if facts.run.params.slice is None else "-" + "-".join(facts.run.params.slice[1].lower().split())


def what(facts: Facts, line: Line) -> str:
    """What is off track: the value of the week, and the goal or the range that it misses."""
    write = writer(facts, line.measure.metric)
    part = f" of {facts.run.params.slice[1]}" if facts.run.params.slice else ""
    told = f"{line.label}{part} was {write(line.series.value)} in {_week(facts, line).label}"
    if line.in_a_row:
        return f"{told}; the goal of {write(line.goal)} was missed {IN_A_ROW} weeks in a row."
    return f"{told}; {span(facts, line)} is normal."


def sentence(facts: Facts) -> str:
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
