"""How often sales tried (C14): attempts per lead until it was reached or decided on, and who was given up early."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import pandas as pd

from alignment_lib.blocks.agenda import agenda, connect, evidence, metric, metric_of
from alignment_lib.blocks.history import data_begins
from alignment_lib.blocks.listing import counted, listing
from alignment_lib.facts import Facts
from alignment_lib.facts import effort_frames as frames
from alignment_lib.facts.effort_frames import ready_day
from alignment_lib.page.block import Block, Cell, Column, Evidence, Metric, Stat, Table
from alignment_lib.source.tables import RESPONSE
from alignment_lib.stats import estimates, limits, money, wording
from alignment_lib.stats.days import epoch_day

NEEDS = ("leads.created_at", *RESPONSE)
ROWS = 8
"""Numbers of attempts that have a row each; above that they share one up to the agreed number."""
Week = tuple[int, int]
"""How many of how many."""


@dataclass(frozen=True, eq=False)
class Attempts:
    """Leads handed over by week, and those of the newest week that is old enough one by one."""

    leads: tuple[int | None, ...]
    worked: tuple[Week | None, ...]
    """Per week of the run; None where it is too young or lies before the data."""
    newest: int | None
    rows: pd.DataFrame
    """`lead_id`, `owner_id`, `state`, `attempts`, `worked` of the newest week."""
    share: estimates.Proportion
    normal: limits.NormalRange
    tried: money.Median
    tried_now: money.Median
    """Attempts on the leads of the report's own week."""

    @property
    def given_up(self) -> pd.DataFrame:
        return self.rows[~self.rows["worked"]]


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Attempts:
    """Everything the block prints."""
    run = facts.run
    first, last = epoch_day(run.weeks[0].monday), len(run.weeks) - 1
    begins = max(data_begins(facts, "leads"), data_begins(facts, "activities"))
    known = [epoch_day(w.sunday) >= begins for w in run.weeks]
    ripe = [i for i, old in enumerate(frames.ripe(run)) if old and known[i]]
    newest = ripe[-1] if ripe else None
    frame = frames.efforts(facts, first_day=first, last_day=run.last_day, listed=-1 if newest is None else newest)
    frame["worked"] = (frame["state"] != frames.OPEN) | (frame["attempts"] >= run.params.sla.sales.attempts)
    weeks = pd.DataFrame({"leads": frame["n"], "worked": frame["n"] * frame["worked"]}).groupby(frame["week"]).sum()
    weeks = weeks.reindex(range(last + 1), fill_value=0)
    worked = tuple((int(weeks["worked"][i]), int(weeks["leads"][i])) if i in ripe else None for i in range(last + 1))
    done, leads = (worked[newest] if newest is not None else None) or (0, 0)
    conf = run.params.weekly.confidence
    return Attempts(
        leads=tuple(int(n) if k else None for n, k in zip(weeks["leads"], known, strict=True)),
        worked=worked,
        newest=newest,
        rows=frame[frame["week"] == newest].reset_index(drop=True),
        share=estimates.proportion(converted=done, leads=leads, conf=conf),
        normal=limits.p_chart(
            earlier_converted=[w[0] for w in worked[:newest] if w is not None],
            earlier_leads=[w[1] for w in worked[:newest] if w is not None],
            leads=leads,
        ),
        tried=_median(frame[frame["week"] == newest], conf),
        tried_now=_median(frame[frame["week"] == last], conf),
    )


def _median(frame: pd.DataFrame, conf: float) -> money.Median:
    found = money.median_ci(frame["attempts"].repeat(frame["n"]).to_numpy(dtype=float), conf=conf)
    return replace(
        found, reason=("too few leads for an interval" if found.n_deals else "no leads") if found.reason else ""
    )


def by_week(facts: Facts) -> tuple[Week | None, ...]:
    """Leads worked as agreed and leads handed over, per week of the run; None where that cannot be said (yet)."""
    if not facts.tables.has(*NEEDS) or not frames.linked(facts):
        return (None,) * len(facts.run.weeks)
    return numbers(facts).worked


@agenda(
    id="attempts",
    title="Attempts",
    question="Was every lead tried as often as agreed before it was given up?",
    side="sales",
    needs=NEEDS,
)
def attempts(facts: Facts, block: Block) -> Block:
    """Leads worked as agreed, of the newest week that is old enough; attempts so far of this week's leads."""
    if not frames.linked(facts):
        return replace(block, missing=connect(facts, ("activities.lead_id",)))
    found = numbers(facts)
    again = ("Which of the leads given up early should be tried again, and by whom?",) if len(found.given_up) else ()
    tables = (_by_attempts(facts, found), _by_rep(facts, found)) if len(found.rows) else ()
    return replace(
        block,
        sentences=(sentence(facts), so_far_sentence(found)),
        stats=_stats(facts, found) if any(found.leads) else (),
        tables=(*tables, _by_week(facts, found)) if any(found.leads) else (),
        prompts=again,
        evidence=_evidence(facts, found),
        metrics=_metrics(facts, found),
    )


def sentence(facts: Facts) -> str:
    """Worked of handed over, and what that means."""
    found, run = numbers(facts), facts.run
    if found.newest is None:
        ready = wording.short_day(ready_day(run, len(run.weeks) - 1))
        return f"No week is old enough yet to say how its leads were worked; this week's can be told after {ready}."
    week, n, left = run.weeks[found.newest].label, len(found.rows), len(found.given_up)
    if not n:
        return f"No lead was handed over in {week}."
    how = f"reached, decided on, or tried {_times(run.params.sla.sales.attempts)}"
    if n == 1:
        return f"The one lead handed over in {week} was " + ("given up early." if left else f"worked as agreed: {how}.")
    share = (
        f"({wording.percent(found.share.estimate, width=found.share.high - found.share.low)},"
        f" {wording.percent_range(found.share.low, found.share.high)})"
    )
    done = {0: "none was", 1: "1 was", n: "all were"}.get(n - left, f"{wording.count(n - left)} were")
    rest = f"; {wording.count(left)} {'was' if left == 1 else 'were'} given up early" if 0 < left < n else ""
    return f"Of the {wording.plural(n, 'lead')} handed over in {week}, {done} worked as agreed {share}: {how}{rest}."


def _times(n: int) -> str:
    return {1: "once", 2: "twice"}.get(n, f"{n} times")


def so_far_sentence(found: Attempts) -> str:
    """Attempts on the leads of this week, whose count goes on."""
    n, middle = found.leads[-1] or 0, found.tried_now.estimate
    tries = f"{_number(middle)} {'attempt' if middle == 1 else 'attempts'}" if middle else "no attempt"
    if not n:
        return "No lead was handed over this week."
    if n == 1:
        return f"The one lead handed over this week has had {tries} so far."
    if not middle:
        return f"At least half of the {wording.plural(n, 'lead')} handed over this week have had no attempt so far."
    return f"In the median, the {wording.plural(n, 'lead')} handed over this week have had {tries} so far."


def _number(value: float) -> str:
    """A median of whole numbers: whole, or halfway between two."""
    return f"{value:g}" if wording.defined(value) else wording.NOTHING


def _stats(facts: Facts, found: Attempts) -> tuple[Stat, ...]:
    now = Stat("Attempts so far", _number(found.tried_now.estimate), "median of this week's leads", "sales")
    if found.newest is None or not len(found.rows):
        return (now,)
    week, given_up = facts.run.weeks[found.newest].label, found.given_up
    shares = tuple(w[0] / w[1] if w and w[1] else None for w in found.worked)
    band = (found.normal.low, found.normal.high) if wording.defined(found.normal.low) else None
    return (
        Stat(
            "Worked as agreed", wording.percent(found.share.estimate, width=found.share.high - found.share.low),
            f"{wording.percent_range(found.share.low, found.share.high)}; leads of {week}", "sales",
            history=shares[: found.newest + 1][-13:], normal=band,
        ),
        Stat(
            "Given up early", wording.count(len(given_up)), f"leads of {week}", "sales",
            listing=listing(facts, given_up) if len(given_up) else None,
        ),
        now,
    )  # fmt: skip


def _bands(agreed: int) -> list[tuple[str, int, int]]:
    """Label, lowest and highest number of attempts of each row; the last is as many as agreed, or more."""
    single = [(str(i), i, i) for i in range(min(agreed, ROWS))]
    shared = [(f"{ROWS} to {agreed - 1}", ROWS, agreed - 1)] if agreed > ROWS else []
    return [*single, *shared, (f"{agreed} or more", agreed, 10**9)]


def _by_attempts(facts: Facts, found: Attempts) -> Table:
    def cells(rows: pd.DataFrame) -> tuple[Cell, ...]:
        return (*(counted(facts, rows[rows["state"] == s]) for s in frames.STATES), counted(facts, rows))

    week = facts.run.weeks[found.newest or 0].label
    rows = tuple(
        (label, *cells(found.rows[found.rows["attempts"].between(low, high)]))
        for label, low, high in _bands(facts.run.params.sla.sales.attempts)
    )
    heads = ("Reached", "Decided on, not reached", "Neither", "All leads")
    return Table(
        f"Attempts on the leads of {week}, and how they ended",
        (Column("Attempts"), *(Column(h, numeric=True) for h in heads)),
        rows,
        total=("All", *cells(found.rows)),
        note=f"Given up early: the leads under “Neither” above the row of {rows[-1][0]}.",
    )


def _by_rep(facts: Facts, found: Attempts) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for owner, mine in found.rows.groupby("owner_id", dropna=False):
        done = estimates.proportion(
            converted=int(mine["worked"].sum()), leads=len(mine), conf=facts.run.params.weekly.confidence
        )
        rows.append(
            (
                facts.rep(owner if isinstance(owner, str) else None),
                counted(facts, mine),
                _number(float(mine["attempts"].median())),
                wording.estimate(done.estimate, done.low, done.high),
                counted(facts, mine[~mine["worked"]]),
            )
        )
    heads = (("Leads", ""), ("Attempts", "median"), ("Worked as agreed", ""), ("Given up early", ""))
    return Table(
        "By rep, by name; the intervals say why this is no ranking",
        (Column("Rep"), *(Column(h, unit, numeric=True) for h, unit in heads)),
        tuple(sorted(rows, key=lambda r: str(r[0]))),
        folded=True,
    )


def _by_week(facts: Facts, found: Attempts) -> Table:
    run, rows = facts.run, []
    for i, (week, leads, done) in enumerate(zip(run.weeks, found.leads, found.worked, strict=True)):
        if leads is None:
            continue
        shown = f"open until {wording.short_day(ready_day(run, i))}"
        if done is not None:
            share = estimates.proportion(converted=done[0], leads=done[1], conf=run.params.weekly.confidence)
            shown = wording.estimate(share.estimate, share.low, share.high)
        rows.append((week.label, wording.count(leads), wording.count(done[0] if done else None), shown))
    heads = ("Leads handed over", "Worked as agreed", "Share")
    columns = (Column("Week"), *(Column(h, numeric=True) for h in heads))
    return Table("By week of the hand-over", columns, tuple(rows[::-1]), folded=True)


def _evidence(facts: Facts, found: Attempts) -> Evidence:
    sla, tables = facts.run.params.sla.sales, facts.tables
    heard = " (outcomes of activities are not connected)" if not tables.has("activities.outcome") else ""
    undecided = not (tables.has("leads.accepted_at") or tables.has("leads.rejected_at"))
    return evidence(
        facts,
        "worked",
        "attempts_median",
        n=f"{wording.plural(len(found.rows), 'lead')} of the newest week that is old enough;"
        f" {wording.plural(found.leads[-1] or 0, 'lead')} of this week",
        excluded="leads that were never handed to sales"
        + ("; decisions of sales are not connected" if undecided else ""),
        method=f"agreed: {_times(sla.attempts)}, judged {sla.decision_days} days after the week; Wilson interval;"
        " p-chart of the weeks before; reached: something inbound other than a"
        f" {', '.join(frames.NO_ANSWER[:-1])} or {frames.NO_ANSWER[-1]}, or an outbound activity with outcome"
        f" {', '.join(sla.connected)}{heard}; a decision dated before the hand-over ends no attempts",
    )


def _metrics(facts: Facts, found: Attempts) -> tuple[Metric, ...]:
    run, n, left = facts.run, len(found.rows), len(found.given_up)
    period = [w.label if w != run.week else None for w in run.weeks]
    records = [metric_of("attempts_median", found.tried_now, n=found.leads[-1] or 0)]
    for week, done in zip(period, found.worked, strict=True):
        if done is not None:
            share = estimates.proportion(converted=done[0], leads=done[1], conf=run.params.weekly.confidence)
            records.append(metric_of("worked", share, n=done[1], period=week))
    if found.newest is not None:
        records += [
            metric("leads_worked", n - left, n=n, period=period[found.newest]),
            metric("leads_unworked", left, n=n, period=period[found.newest]),
            metric_of("attempts_median", found.tried, n=n, period=period[found.newest]),
        ]
    return tuple(records)
