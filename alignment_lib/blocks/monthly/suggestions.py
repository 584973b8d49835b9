"""Suggestions put to the test (C47): suggestion, test, result with interval, leads until it can tell, status."""

from __future__ import annotations

import math
from dataclasses import replace

from alignment_lib.blocks.agenda import agenda, evidence, metric, metric_of, points_of
from alignment_lib.blocks.monthly.suggestion_numbers import Arm, Trial, enough, horizon, numbers, points
from alignment_lib.blocks.typed import quoted, where_to_write
from alignment_lib.facts import Facts
from alignment_lib.page.block import Block, Cell, Column, Mark, Metric, Table
from alignment_lib.stats import wording
from alignment_lib.stats.days import day_of

TOO_MANY = 100_000
"""Leads beyond which a test is said to be unable to tell."""


@agenda(
    id="suggestions",
    title="Suggestions put to the test",
    question="What did sales suggest, what was tested, and what do the tests say?",
)
def suggestions(facts: Facts, block: Block) -> Block:
    """The register, with the result of each test."""
    if not facts.tables.has("suggestions"):
        return replace(block, missing=where_to_write(facts, "suggestions", "one row for each idea"))
    found = numbers(facts)
    tested = [t for t in found if t.gap is not None]
    return replace(
        block,
        sentences=sentences(found),
        tables=tuple(t for t in (_tests(facts, tested), _others(found)) if t.rows),
        prompts=("Which suggestion is tested next, and which one is adopted or dropped today?",) if found else (),
        evidence=evidence(
            facts,
            *(("suggestion_rate", "suggestion_more") if tested else ()),
            n=f"{wording.plural(len(found), 'suggestion')}, {wording.plural(len(tested), 'test')}",
            excluded="leads that are too young" if any(_young(t) for t in tested) else "",
            method="leads created in the test's days, counted by the same age on both sides; Wilson and MOVER-D"
            " intervals; tests that are over are one family (Benjamini-Hochberg); leads needed after Fleiss, Levin and"
            " Paik (2003), section 4.3, with the shares seen so far, a rough guide"
            if tested
            else "as written",
        ),
        metrics=_metrics(facts, found),
    )


def _young(trial: Trial) -> int:
    return sum(arm.young for arm in (trial.a, trial.b) if arm)


def sentences(found: tuple[Trial, ...]) -> tuple[str, ...]:
    """How many were tested, and what those that can tell say."""
    if not found:
        return ("Nobody has written down a suggestion yet.",)
    tested, told = [t for t in found if t.gap is not None], [t for t in found if t.tells]
    n = len(found)
    if not tested:
        return (f"None of the {wording.plural(n, 'suggestion')} has been put to a test yet." if n > 1
                else "The one suggestion has not been put to a test yet.",)  # fmt: skip
    was = "was" if len(tested) == 1 else "were"
    first = f"Of {wording.plural(n, 'suggestion')}, {wording.count(len(tested))} {was} put to a test; "
    first += f"{wording.count(len(told)) if told else 'none'} can tell by now."
    return (first, *(_told(t) for t in told[:3]))


def _told(trial: Trial) -> str:
    if trial.a is None or trial.b is None or trial.gap is None:
        return ""
    better = "better" if trial.gap.estimate > 0 else "worse"
    b, a = (wording.estimate(s.estimate, s.low, s.high) for s in (trial.b.share, trial.a.share))
    return f"{quoted(trial.row['idea'])} did {better} than the old way: {b} were {_reached(trial)}, against {a}."


def _reached(trial: Trial) -> str:
    words = {"sql": "taken on by sales as qualified", "opportunity": "turned into a deal"}
    return words.get(trial.stage, trial.stage)


def _tests(facts: Facts, tested: list[Trial]) -> Table:
    heads = (Column("Suggestion"), Column("Test"), Column("Old way"), Column("New way"), Column("Difference"))
    return Table(
        "Tests, oldest suggestion first",
        (*heads, Column("What it can tell"), Column("Status")),
        tuple(_test(facts, t) for t in tested),
        note="Old way and new way: of the leads that are old enough, those that came so far. Difference: new less old,"
        " in points.",
    )


def _test(facts: Facts, trial: Trial) -> tuple[Cell, ...]:
    row = trial.row
    last = "today" if trial.running else wording.day(row["ended_on"])
    days = wording.plural(horizon(facts, trial.stage), "day")
    test = f"{row['arm_a']} → {row['arm_b']}; {trial.stage} within {days}; {wording.day(row['started_on'])} to {last}"
    shown = [_share(facts, arm) for arm in (trial.a, trial.b) if arm]
    gap = points(trial.gap) if trial.gap and enough(facts, trial) else "too few"
    return (str(row["idea"]), test, *shown, gap, _verdict(facts, trial), row["status"] or wording.NOTHING)


def _share(facts: Facts, arm: Arm) -> str:
    if arm.share.leads < facts.run.params.weekly.min_n:
        return f"{wording.count(arm.share.leads)} of {wording.plural(arm.leads, 'lead')} old enough"
    of = f"{wording.count(arm.share.converted)} of {wording.count(arm.share.leads)}"
    return f"{of}, {wording.percent(arm.share.estimate, width=arm.share.high - arm.share.low)}"


def _verdict(facts: Facts, trial: Trial) -> Mark:
    """Only whether it can tell, and what that would take."""
    if trial.tells:
        return Mark("good", "can tell")
    if not trial.running and _young(trial):
        return Mark("open", f"open until {wording.day(day_of(trial.ready_day))}")
    if not enough(facts, trial):
        return Mark("open", "cannot tell yet: too few leads old enough")
    if math.isinf(trial.more) or trial.more > TOO_MANY:
        return Mark("open", "cannot tell: both ways do alike")
    if trial.more:
        return Mark("open", f"cannot tell yet: about {wording.plural(trial.more, 'more lead')}")
    return Mark("open", "cannot tell yet: still running" if trial.running else "cannot tell")


def _others(found: tuple[Trial, ...]) -> Table:
    rows = tuple(
        (
            str(t.row["idea"]),
            wording.day(t.row["raised_on"]) if t.row["raised_on"] else wording.NOTHING,
            t.lacking,
            t.row["status"] or wording.NOTHING,
        )
        for t in found
        if t.gap is None
    )
    heads = (Column("Suggestion"), Column("Raised"), Column("Test"), Column("Status"))
    return Table("Suggestions without a test that can be counted", heads, rows, folded=True)


def _metrics(facts: Facts, found: tuple[Trial, ...]) -> tuple[Metric, ...]:
    n, tested = len(found), [t for t in found if t.gap is not None]
    records = [
        metric("suggestions", n, n=n),
        metric("suggestions_tested", len(tested), n=n),
        metric("suggestions_told", sum(t.tells for t in tested), n=len(tested)),
    ]
    for t in tested:
        if t.a is None or t.b is None or t.gap is None:
            continue
        name, both = str(t.row["suggestion_id"]), t.a.share.leads + t.b.share.leads
        for arm in (t.a, t.b):
            records.append(_rate(facts, name, arm))
        if enough(facts, t):
            records.append(points_of("suggestion_gap", t.gap, n=both, segment=name))
            records.append(metric("suggestion_more", t.more, n=both, segment=name, reason="both ways do alike"))
    return tuple(records)


def _rate(facts: Facts, name: str, arm: Arm) -> Metric:
    if arm.share.leads >= facts.run.params.weekly.min_n:
        return metric_of("suggestion_rate", arm.share, n=arm.share.leads, segment=name, source=arm.name)
    few = "too few leads are old enough"
    return metric("suggestion_rate", None, n=arm.share.leads, segment=name, source=arm.name, reason=few)
