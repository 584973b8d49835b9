"""Suggestions put to the test (C47): suggestion, test, result with interval, leads until it can tell, status."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import pandas as pd

from alignment_lib.blocks.agenda import agenda, evidence, metric, metric_of, points_of
from alignment_lib.blocks.typed import quoted, where_to_write
from alignment_lib.facts import Facts
from alignment_lib.facts.ages import ready_day
from alignment_lib.facts.cohort_frames import needs
from alignment_lib.facts.plan_frames import arm_days
from alignment_lib.page.block import Block, Cell, Column, Mark, Metric, Table
from alignment_lib.stats import comparisons, estimates, sizes, wording
from alignment_lib.stats.days import day_of, epoch_day

# Tests of suggestions in numbers (C47): leads of either way, the difference, and the leads that it still needs.

STAGES = {
    "accepted": "accepted", "acceptance": "accepted", "sql": "sql", "sqls": "sql", "opportunity": "opportunity",
    "opportunities": "opportunity", "won": "won", "win_rate": "won",
}  # fmt: skip
"""What a suggestion may name as its metric, and the stage by which its leads are compared."""
MAX_Q = 0.1
"""Of the family of all tests that are over."""
Row = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Arm:
    """Leads of one way in the test's days: all, those old enough, and of these those that reached the stage."""

    name: str
    leads: int
    share: estimates.Proportion

    @property
    def young(self) -> int:
        return self.leads - int(self.share.leads)


@dataclass(frozen=True, eq=False)
class Trial:
    """A suggestion and its test. `lacking` says why there is none; `q` is nan where it is not over."""

    row: Row
    stage: str
    lacking: str
    a: Arm | None = None
    b: Arm | None = None
    gap: estimates.Difference | None = None
    ready_day: int = -1
    """The epoch day from which all its leads are old enough; -1 where it is not known."""
    q: float = math.nan
    more: float = math.nan
    """Leads that both ways still need together."""

    @property
    def running(self) -> bool:
        return self.row["ended_on"] is None

    @property
    def tells(self) -> bool:
        """Over, of one mind by interval and by the family of tests."""
        return self.gap is not None and self.q <= MAX_Q and (self.gap.low > 0 or self.gap.high < 0)


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> tuple[Trial, ...]:
    """Every suggestion, those with a test first, each by the day on which it was raised."""
    rows = sorted(facts.kept("suggestions"), key=lambda r: (str(r["raised_on"] or ""), str(r["suggestion_id"])))
    found = [Trial(r, STAGES.get(str(r["metric"]).strip().casefold(), ""), _lacking(facts, r)) for r in rows]
    tested = [t for t in found if not t.lacking]
    if not tested:
        return tuple(found)
    frame = _frame(facts, tested)
    judged = _family(facts, [_trial(facts, t, frame) for t in tested])
    return (*judged, *(t for t in found if t.lacking))


def horizon(facts: Facts, stage: str) -> int:
    """The age at which leads are compared on their way to a stage."""
    params = facts.run.params
    return params.weekly.acceptance_days if stage == "accepted" else params.monthly.horizon_days


def _lacking(facts: Facts, row: Row) -> str:
    stage = STAGES.get(str(row["metric"]).strip().casefold(), "")
    if not row["arm_a"] or not row["arm_b"] or row["started_on"] is None:
        return "no test"
    if not stage:
        return "its metric is no stage of a lead"
    if epoch_day(row["started_on"]) > facts.run.last_day:
        return "not begun"
    return "not in this data" if facts.leads is None or facts.tables.lacking(*needs(facts, stage)) else ""


def _span(facts: Facts, row: Row) -> tuple[int, int]:
    end = facts.run.last_day if row["ended_on"] is None else epoch_day(row["ended_on"])
    return epoch_day(row["started_on"]), end


def _frame(facts: Facts, tested: list[Trial]) -> pd.DataFrame:
    spans = [_span(facts, t.row) for t in tested]
    return arm_days(
        facts,
        sorted({str(t.row[arm]).strip() for t in tested for arm in ("arm_a", "arm_b")}),
        horizons={stage: horizon(facts, stage) for stage in sorted({t.stage for t in tested})},
        first_day=min(s[0] for s in spans),
        last_day=max(s[1] for s in spans),
    )


def _trial(facts: Facts, trial: Trial, frame: pd.DataFrame) -> Trial:
    first, last = _span(facts, trial.row)
    rows = frame[frame["day"].between(first, last)]
    name_a, name_b = (str(trial.row[arm]).strip() for arm in ("arm_a", "arm_b"))
    # a lead is of the way that its campaign names, else of the one that its source names
    known = rows["campaign"].isin([name_a, name_b])
    way = rows["campaign"].where(known, rows["source"])
    a, b = (_arm(facts, trial.stage, name, rows[way == name]) for name in (name_a, name_b))
    gap = estimates.difference(rate=b.share, baseline=a.share)
    conf = facts.run.params.weekly.confidence
    each = sizes.leads_per_arm(rate=b.share.estimate, baseline=a.share.estimate, conf=conf)
    more = sum(max(0.0, each - arm.share.leads) for arm in (a, b)) if wording.defined(each) else math.nan
    ready = ready_day(last, days=horizon(facts, trial.stage))
    return replace(trial, a=a, b=b, gap=gap, more=_rough(more), ready_day=ready)


def _rough(leads: float) -> float:
    """Rounded up to two digits."""
    if not math.isfinite(leads) or leads <= 0:
        return leads
    step = 10.0 ** max(0, math.floor(math.log10(leads)) - 1)
    return math.ceil(leads / step) * step


def _arm(facts: Facts, stage: str, name: str, rows: pd.DataFrame) -> Arm:
    share = estimates.proportion(
        converted=int(rows[f"{stage}_done"].sum()),
        leads=int(rows[f"{stage}_old"].sum()),
        conf=facts.run.params.weekly.confidence,
    )
    return Arm(name, int(rows["leads"].sum()), share)


def _family(facts: Facts, tested: list[Trial]) -> list[Trial]:
    """q-values over the tests that are over, whose leads are all old enough and not too few."""
    least = facts.run.params.weekly.min_n
    p = [
        comparisons.two_group_p(
            converted=t.b.share.converted,
            leads=t.b.share.leads,
            other_converted=t.a.share.converted,
            other_leads=t.a.share.leads,
        ).p
        if t.a and t.b and not t.running and not t.a.young + t.b.young
        and min(t.a.share.leads, t.b.share.leads) >= least
        else math.nan
        for t in tested
    ]  # fmt: skip
    return [replace(t, q=float(q)) for t, q in zip(tested, comparisons.benjamini_hochberg(p), strict=True)]


def enough(facts: Facts, trial: Trial) -> bool:
    """Whether both ways have as many leads as a rate needs."""
    arms = [arm for arm in (trial.a, trial.b) if arm]
    return min(a.share.leads for a in arms) >= facts.run.params.weekly.min_n


def points(gap: estimates.Estimate, *, scale: float = 1.0) -> str:
    """`+16 (+8 to +24)`, in points."""
    low, high = sorted((gap.low * scale, gap.high * scale))
    return wording.signed_points_range(gap.estimate * scale, low, high, whole=True)


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
