"""Sales's side of the SLA (C13): first response on the business clock, untouched leads included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import pandas as pd

from alignment_lib.blocks.agenda import agenda, evidence, metric, metric_of
from alignment_lib.blocks.history import data_begins
from alignment_lib.blocks.listing import counted, listing
from alignment_lib.facts import Facts, handed_over, response_times, routing_times, same_day
from alignment_lib.facts import follow_up as counts_by_week
from alignment_lib.facts.frames import not_covered
from alignment_lib.page import charts
from alignment_lib.page.block import Block, Cell, Column, Metric, Picture, Stat, Status, Table
from alignment_lib.source.tables import RESPONSE, RESPONSE_HOURS
from alignment_lib.stats import estimates, incidences, limits, waiting, wording
from alignment_lib.stats.days import epoch_day

# The tables of sales's promise: met and missed by rep, and every breach.

HOUR = 3600
PARTS = ("met", "missed", "untouched", "not_due")
"""What became of a lead; `untouched` is a part of `missed`."""


def by_rep(facts: Facts, parts: Mapping[str, pd.DataFrame]) -> Table:
    """Counts by rep, each of which opens its leads; most missed first."""
    owners = {part: frame.groupby("owner_id", dropna=False) for part, frame in parts.items()}
    groups = {part: {_owner(o): rows for o, rows in grouped} for part, grouped in owners.items()}
    names = sorted({o for found in groups.values() for o in found}, key=lambda o: (o is not None, o or ""))
    empty = parts["met"].iloc[:0]
    rows = [(owner, {part: groups[part].get(owner, empty) for part in PARTS}) for owner in names]
    rows.sort(key=lambda row: -len(row[1]["missed"]))
    heads = ("Met", "Missed", "of these untouched", "Not yet due", "In time")
    return Table(
        "By rep, most missed first; the intervals say why this is no ranking",
        (Column("Rep"), *(Column(h, numeric=True) for h in heads)),
        tuple(_rep(facts, owner, found) for owner, found in rows),
    )


def _owner(owner: Any) -> str | None:
    return owner if isinstance(owner, str) else None


def _rep(facts: Facts, owner: str | None, found: Mapping[str, pd.DataFrame]) -> tuple[Cell, ...]:
    met, due = len(found["met"]), len(found["met"]) + len(found["missed"])
    share = estimates.proportion(converted=met, leads=due, conf=facts.run.params.weekly.confidence)
    counts = (counted(facts, found[part]) for part in PARTS)
    return (facts.rep(owner), *counts, wording.estimate(share.estimate, share.low, share.high))


def breaches(facts: Facts, late: pd.DataFrame) -> Table:
    """Every lead that was not touched in time, by rep, the longest wait first."""
    shown, zone = facts.run.params.weekly.list_rows, facts.run.params.timezone
    frame = late.assign(rep=[facts.rep(_owner(o)) for o in late["owner_id"]])
    frame = frame.sort_values(["rep", "seconds"], ascending=[True, False], kind="stable")
    rows = [
        (
            r.rep,
            r.lead_id,
            r.source,
            wording.epoch(r.start_s, zone),
            wording.hours(r.seconds / HOUR),
            "late" if r.touched else "untouched",
        )
        for r in frame.head(shown).itertuples()
    ]
    left = len(frame) - len(rows)
    heads = (Column("Rep"), Column("Lead"), Column("Source"), Column("Handed over"))
    return Table(
        f"The {wording.plural(len(frame), 'breach', 'breaches')} of the week, by rep",
        (*heads, Column("Waited", "business hours", numeric=True), Column("State")),
        tuple(rows),
        note=f"{wording.count(left)} more are not listed." if left else "",
        folded=True,
    )


@dataclass(frozen=True, eq=False)
class FollowUp:
    """Leads by what became of the promise, by week (this one last)."""

    weeks: pd.DataFrame
    share: estimates.Proportion
    normal: limits.NormalRange
    p50: waiting.Quantile
    p95: waiting.Quantile
    survival: waiting.Survival
    routing: waiting.Quantile
    leads: pd.DataFrame
    """The week's leads, one row each; see `metrics.handed_over`."""
    sla_hours: float

    def now(self, part: str) -> int:
        return int(self.weeks[part].iloc[-1])

    def of(self, part: str) -> pd.DataFrame:
        """This week's leads that are `met`, `missed`, `not_due` or `untouched` (missed and still waiting)."""
        late, touched = self.leads["seconds"] > self.sla_hours * HOUR, self.leads["touched"]
        on_time = self.leads["seconds"] <= self.sla_hours * HOUR
        rows = {"met": on_time & touched, "missed": late, "not_due": on_time & ~touched, "untouched": late & ~touched}
        return self.leads[rows[part]]

    @property
    def parts(self) -> dict[str, pd.DataFrame]:
        return {part: self.of(part) for part in PARTS}

    @property
    def started(self) -> int:
        return self.now("met") + self.now("missed") + self.now("not_due")


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> FollowUp:
    """Everything the block prints."""
    run, sla = facts.run, facts.run.params.sla.sales
    monday, first = epoch_day(run.week.monday), epoch_day(run.weeks[0].monday)
    sla_s = int(sla.follow_up_hours * HOUR)
    frame = counts_by_week(facts, sla_s=sla_s, first_day=first, last_day=run.last_day)
    parts = ["met", "missed", "not_due", "untouched"]
    weeks = frame.groupby("week")[parts].sum().reindex(range(len(run.weeks)), fill_value=0)
    known = weeks[[first + 7 * i + 6 >= data_begins(facts, "leads") for i in weeks.index]]
    conf = run.params.weekly.confidence
    met, due = int(weeks["met"].iloc[-1]), int(weeks["met"].iloc[-1] + weeks["missed"].iloc[-1])
    times = _waits(response_times(facts, first_day=monday, last_day=run.last_day))
    routing = routing_times(facts, first_day=monday, last_day=run.last_day)
    return FollowUp(
        weeks=weeks,
        share=estimates.proportion(converted=met, leads=due, conf=conf),
        normal=limits.p_chart(
            earlier_converted=known["met"].iloc[:-1],
            earlier_leads=(known["met"] + known["missed"]).iloc[:-1],
            leads=due,
        ),
        p50=waiting.km_quantile(times, share=0.5, conf=conf),
        p95=waiting.km_quantile(times, share=0.95, conf=conf),
        survival=waiting.kaplan_meier(times, conf=conf),
        routing=waiting.km_quantile(
            _follow_up(routing["seconds"], routing["n"], routing["n"] * 0), share=0.5, conf=conf
        ),
        leads=handed_over(facts, first_day=monday, last_day=run.last_day),
        sla_hours=sla.follow_up_hours,
    )


def _waits(frame: pd.DataFrame) -> incidences.FollowUp:
    return _follow_up(frame["seconds"], frame["touched"], frame["waiting"])


def _follow_up(seconds: Any, touched: Any, waiting_: Any) -> incidences.FollowUp:
    return incidences.follow_up(ages=seconds / HOUR, converted=touched, censored=waiting_)


@agenda(
    id="follow-up",
    title="Sales's promise",
    question="Was every lead followed up in the agreed time?",
    side="sales",
    needs=("leads.created_at", *RESPONSE),
)
def follow_up(facts: Facts, block: Block) -> Block:
    """Met, missed and not yet due by week; response time with untouched leads censored; breaches by rep."""
    if RESPONSE_HOURS in facts.tables.cannot:
        return _by_day(facts, block)
    found = numbers(facts)
    return replace(
        block,
        stats=_stats(facts, found),
        sentences=(sentence(facts), response_sentence(found)),
        pictures=_pictures(facts, found),
        prompts=("What kept us from the leads that are still untouched, and who takes them today?",)
        if found.now("untouched")
        else (),
        tables=tuple(t for t in (by_rep(facts, found.parts), breaches(facts, found.of("missed"))) if t.rows),
        evidence=evidence(
            facts,
            "sla_follow_up",
            n=f"{wording.plural(found.started, 'lead')} whose clock started in the week"
            f" ({found.now('met')} met, {found.now('missed')} missed, {found.now('not_due')} not yet due)",
            excluded=_left_out(facts),
            method=f"business hours of each rep's calendar; Kaplan-Meier; Wilson interval; p-chart of the weeks before;"
            f" agreed time {found.sla_hours:g} business hours",
        ),
        metrics=_metrics(facts, found),
    )


def _left_out(facts: Facts) -> str:
    run = facts.run
    n = not_covered(facts, first_day=epoch_day(run.week.monday), last_day=run.last_day)
    others = f"; {wording.plural(n, 'lead')} handed over that {'is' if n == 1 else 'are'} no MQL" if n else ""
    return f"leads that were never handed to sales{others}"


def _by_day(facts: Facts, block: Block) -> Block:
    """What days can tell: no hours, no share of a promise that is made in hours."""
    run = facts.run
    frame = same_day(facts, first_day=epoch_day(run.week.monday), last_day=run.last_day)
    share = share_same_day(facts, frame)
    return replace(
        block,
        sentences=(sentence(facts), facts.tables.cannot[RESPONSE_HOURS]),
        evidence=evidence(
            facts,
            "same_day",
            n=f"{wording.plural(len(frame), 'lead')} whose clock started in the week",
            excluded=_left_out(facts),
            method="days of the company; Wilson interval",
        ),
        metrics=(metric_of("same_day", share, n=share.leads),),
    )


def share_same_day(facts: Facts, frame: pd.DataFrame) -> estimates.Proportion:
    """Of the leads whose day is over, or that were contacted on it, the share that was."""
    met, due = int((frame["state"] == "met").sum()), int((frame["state"] != "not_due").sum())
    return estimates.proportion(converted=met, leads=due, conf=facts.run.params.weekly.confidence)


def same_day_sentence(facts: Facts, *, first_day: int, last_day: int) -> str:
    """How many had their first contact on the day of their hand-over."""
    frame = same_day(facts, first_day=first_day, last_day=last_day)
    share = share_same_day(facts, frame)
    if not len(frame):
        return "No lead was handed to sales."
    rest = len(frame) - int(share.leads)
    later = f"; the day of {wording.plural(rest, 'more lead')} is not over yet" if rest else ""
    if not share.leads:
        return f"The day of all {wording.plural(rest, 'lead')} is not over yet."
    told = f"The same day: {wording.count(share.converted)} of {wording.plural(int(share.leads), 'lead')}"
    return f"{told}, {wording.estimate(share.estimate, share.low, share.high)}, had a first contact{later}."


def status(facts: Facts) -> tuple[Status, str]:
    """Good or bad only where the interval settles it."""
    if RESPONSE_HOURS in facts.tables.cannot:
        return "none", ""
    found, promised = numbers(facts), facts.run.params.sla.sales.met_share
    if not wording.defined(found.share.estimate):
        return "none", ""
    if found.share.low >= promised:
        return "good", "kept"
    if found.share.high < promised:
        return "bad", "missed"
    return "open", "too close to tell"


def sentence(facts: Facts) -> str:
    """Met of due, the interval, the promise, and what is not yet due."""
    if RESPONSE_HOURS in facts.tables.cannot:
        return same_day_sentence(facts, first_day=epoch_day(facts.run.week.monday), last_day=facts.run.last_day)
    found, promised = numbers(facts), facts.run.params.sla.sales.met_share
    if not found.started:
        others = not_covered(facts, first_day=epoch_day(facts.run.week.monday), last_day=facts.run.last_day)
        was = "was" if others == 1 else "were"
        told = (
            f"; {wording.plural(others, 'lead')} {was} that {'is' if others == 1 else 'are'} no MQL" if others else ""
        )
        return f"No {'MQL' if others else 'lead'} was handed to sales this week{told}."
    due = found.now("met") + found.now("missed")
    rest = found.now("not_due")
    later = f"; {wording.plural(rest, 'lead')} {'is' if rest == 1 else 'are'} not yet due" if rest else ""
    if not due:
        return f"None of this week's {wording.plural(found.started, 'lead')} is due yet."
    share = wording.estimate(found.share.estimate, found.share.low, found.share.high)
    return (
        f"Sales followed up {wording.count(found.now('met'))} of {wording.plural(due, 'lead')} within"
        f" {found.sla_hours:g} business hours, {share}, where {wording.percent(promised)} is promised{later}."
    )


def response_sentence(found: FollowUp) -> str:
    """Half and 95 % of the leads, in business hours."""
    if not found.started:
        return "There is no response time to report."
    routed = (
        f"; routing to a rep took {wording.hours(found.routing.estimate)} in the median" if found.routing.leads else ""
    )
    if not wording.defined(found.p50.estimate):
        return f"Fewer than half of the leads have had a first contact so far{routed}."
    told = f"Half of the leads had a first contact within {wording.hours(found.p50.estimate)}"
    if wording.defined(found.p95.estimate):
        return f"{told}, 95 % within {wording.hours(found.p95.estimate)} (business hours){routed}."
    return f"{told} (business hours), but fewer than 95 % have had one so far{routed}."


def in_time(facts: Facts) -> Stat:
    """The share followed up in time, with its normal range."""
    found, (mark, word) = numbers(facts), status(facts)
    due = (found.weeks["met"] + found.weeks["missed"]).tolist()
    shares = tuple(m / d if d else None for m, d in zip(found.weeks["met"], due, strict=True))
    band = (found.normal.low, found.normal.high) if wording.defined(found.normal.low) else None
    promised = wording.percent(facts.run.params.sla.sales.met_share)
    value = wording.percent(found.share.estimate, width=found.share.high - found.share.low)
    usual = wording.beside_normal(found.share.estimate, found.normal.low, found.normal.high, wording.percent_range)
    return Stat("Followed up in time", value, f"{usual}; promised {promised}", "sales", mark, word, shares[-13:], band)


def _stats(facts: Facts, found: FollowUp) -> tuple[Stat, ...]:
    waiting_now = found.now("untouched")
    reached = "business hours" if wording.defined(found.p95.estimate) else "not reached yet"
    return (
        in_time(facts),
        Stat("Half answered within", wording.hours(found.p50.estimate), "business hours", "sales"),
        Stat("95 % answered within", wording.hours(found.p95.estimate), reached, "sales"),
        Stat(
            "Overdue, untouched",
            wording.count(waiting_now),
            f"{wording.count(found.now('not_due'))} not yet due",
            "sales",
            listing=listing(facts, found.of("untouched")) if waiting_now else None,
        ),
    )


def _pictures(facts: Facts, found: FollowUp) -> tuple[Picture, ...]:
    if not int(found.weeks[["met", "missed", "not_due"]].to_numpy().sum()):
        return ()
    weeks = [w.label for w in facts.run.weeks]
    parts = {p: [int(x) for x in found.weeks[p]] for p in ("met", "missed", "not_due")}
    due = found.now("met") + found.now("missed")
    title = (
        f"{wording.count(found.now('missed'))} of {wording.count(due)} due leads were missed"
        if due
        else "Nothing is due yet"
    )
    alt = "Leads by week, met / missed / not yet due: " + ", ".join(
        f"{w} {a}/{b}/{c}" for w, a, b, c in zip(weeks, parts["met"], parts["missed"], parts["not_due"], strict=True)
    )
    return (
        charts.draw(
            charts.follow_up,
            weeks=weeks,
            met=parts["met"],
            missed=parts["missed"],
            not_due=parts["not_due"],
            write=wording.count,
            title=title,
            alt=alt + ".",
            id="follow-up",
        ),
    )


def _metrics(facts: Facts, found: FollowUp) -> tuple[Metric, ...]:
    due = found.now("met") + found.now("missed")
    records = [
        metric_of("sla_follow_up", found.share, n=due),
        metric("sla_met", found.now("met"), n=found.started),
        metric("sla_missed", found.now("missed"), n=found.started),
        metric("sla_not_due", found.now("not_due"), n=found.started),
        metric("sla_untouched", found.now("untouched"), n=found.started),
        metric_of("response_hours", found.p50, n=found.p50.leads),
        metric_of("response_hours_p95", found.p95, n=found.p95.leads),
        metric_of("routing_hours", found.routing, n=found.routing.leads),
    ]
    begins = data_begins(facts, "leads")
    for week, (met, missed, not_due, _) in zip(
        facts.run.weeks[:-1], found.weeks.iloc[:-1].itertuples(index=False), strict=True
    ):
        if epoch_day(week.sunday) < begins:
            continue
        share = estimates.proportion(converted=met, leads=met + missed, conf=facts.run.params.weekly.confidence)
        records += [
            metric_of("sla_follow_up", share, n=met + missed, period=week.label),
            metric("sla_met", met, n=met + missed + not_due, period=week.label),
            metric("sla_missed", missed, n=met + missed + not_due, period=week.label),
        ]
    return tuple(records)
