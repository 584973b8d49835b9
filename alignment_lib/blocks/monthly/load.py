"""Load and seats (C15): leads and open deals per rep against capacity, headcount against plan; nobody is ranked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from alignment_lib.blocks.agenda import agenda, connect, evidence, metric, metric_of
from alignment_lib.blocks.follow_up import HOUR
from alignment_lib.blocks.monthly.sla_month import ACTIVITIES
from alignment_lib.facts import Facts
from alignment_lib.facts.people_frames import PARTS, Rep, handed_by_day, open_deals, reps
from alignment_lib.page.block import Block, Cell, Column, Mark, Metric, Table
from alignment_lib.stats import estimates, wording
from alignment_lib.stats.days import day_of

NEEDS = ("leads.created_at", "leads.owner_id", "reps.lead_capacity")
LEAST = 0.005
"""The least share of a capacity that is told in percent."""


@dataclass(frozen=True)
class Loaded:
    """A rep with a capacity, and what was handed to them in the month."""

    rep: Rep
    leads: int
    met: int
    missed: int
    open_deals: int
    a_week: float
    """Leads a week of the month in which the rep was here."""

    @property
    def load(self) -> float:
        return self.a_week / (self.rep.capacity or 1.0)


@dataclass(frozen=True, eq=False)
class Load:
    """Reps by name, leads of everybody else, and what over and within capacity did with theirs."""

    loaded: Sequence[Loaded]
    others: int
    """Leads handed to nobody or to somebody without a capacity."""
    others_open: int

    @property
    def over(self) -> list[Loaded]:
        return [x for x in self.loaded if x.load > 1]

    @property
    def within(self) -> list[Loaded]:
        return [x for x in self.loaded if x.load <= 1]

    @property
    def leads(self) -> int:
        return sum(x.leads for x in self.loaded)

    @property
    def used(self) -> float:
        """Leads a week ÷ capacity of all together."""
        return sum(x.a_week for x in self.loaded) / sum(x.rep.capacity or 0.0 for x in self.loaded)


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Load | None:
    """None where leads have no owner or reps no capacity."""
    if not facts.tables.has(*NEEDS):
        return None
    run = facts.run
    sla_s = int(run.params.sla.sales.follow_up_hours * HOUR)
    frame = handed_by_day(facts, sla_s=sla_s, first_day=run.first_day, last_day=run.last_day)
    sums = {str(o): row for o, row in frame.groupby("owner_id")[PARTS].sum().iterrows()}
    deals: dict[str, int] = {}
    nobodys = 0
    if facts.tables.has("opportunities.closed_at", "opportunities.owner_id"):
        table = open_deals(facts)
        deals = {str(o): int(n) for o, n in zip(table["owner_id"], table["open"], strict=True) if isinstance(o, str)}
        nobodys = int(table["open"].sum())
    first, last = day_of(run.first_day), day_of(run.last_day)
    here = [r for r in reps(facts) if r.capacity and (r.there(first, last) or r.rep_id in sums)]
    loaded = [_loaded(facts, r, sums.get(r.rep_id, {}), deals.get(r.rep_id, 0)) for r in here]
    everybody, mine = int(frame["leads"].sum()), sum(x.leads for x in loaded)
    return Load(loaded, everybody - mine, nobodys - sum(x.open_deals for x in loaded))


def _loaded(facts: Facts, rep: Rep, row: Mapping[str, Any], open_: int) -> Loaded:
    run = facts.run
    first, last = day_of(run.first_day), day_of(run.last_day)
    begins, ends = max(first, rep.started or first), min(last, rep.ended or last)
    days = (ends - begins).days + 1
    weeks = (days if days > 0 else (last - first).days + 1) / 7
    leads, met, missed = (int(row[p]) if p in row else 0 for p in ("leads", "met", "missed"))
    return Loaded(rep, leads, met, missed, open_, leads / weeks)


@agenda(
    id="load",
    title="The right people in the right seats",
    question="Can the people we have take the leads we bring, and which seats are empty?",
    side="sales",
)
def load(facts: Facts, block: Block) -> Block:
    """Load by rep in the order of their names, and seats by role."""
    found, staff = numbers(facts), facts.kept("staffing")
    if found is None and not staff:
        return replace(block, missing=connect(facts, facts.tables.lacking(*NEEDS)))
    told = [*(_load_sentences(facts, found) if found else ()), *(_seat_sentences(facts) if staff else ())]
    tables = [*([_by_rep(facts, found)] if found and found.loaded else []), *([_seats(facts)] if staff else [])]
    n = f"{wording.plural(found.leads + found.others, 'lead')} handed over in the month" if found else ""
    seats = f"{wording.plural(len(staff), 'line')} in the table of staffing" if staff else ""
    return replace(
        block,
        sentences=tuple(told),
        tables=tuple(tables),
        prompts=("Where would one more person help both sides most?",),
        evidence=evidence(
            facts,
            *(("lead_load", "sla_follow_up") if found else ()),
            n="; ".join(x for x in (n, seats) if x),
            excluded="reps without a capacity" if found else "",
            method="leads ÷ days of the month up to as-of × 7, against the capacity a week, holidays not taken out;"
            f" Wilson interval; no share under {facts.run.params.monthly.min_rep_n} leads that are due",
        ),
        metrics=(*(_metrics(facts, found) if found else ()), *(_seat_metrics(facts) if staff else ())),
    )


def _load_sentences(facts: Facts, found: Load) -> tuple[str, ...]:
    busy = [x for x in found.loaded if x.leads]
    if not busy:
        return ("No lead was handed to anybody with a capacity this month.",)
    n, over = len(busy), found.over
    told = f"{wording.plural(found.leads, 'lead')} were handed to {wording.plural(n, 'rep')}" if found.leads != 1 else (
        "One lead was handed to one rep"
    )  # fmt: skip
    used = wording.percent(found.used) if found.used >= LEAST else "hardly any"
    told = f"{told}, {used} of what they {_have(facts)}"
    if not over:
        return (f"{told}; nobody got more than they can take.",)
    many = "one" if len(over) == 1 else wording.count(len(over))
    told = f"{told}; {many} of them got more than they can take."
    shares = [_in_time(facts, part) for part in (over, found.within)]
    least = facts.run.params.monthly.min_rep_n
    if not facts.tables.has(*ACTIVITIES) or any(s.leads < least for s in shares):
        return (told,)
    a, b = (wording.estimate(s.estimate, s.low, s.high) for s in shares)
    return told, f"Reps over their capacity followed up {a} of their leads in time, those within it {b}."


def _have(facts: Facts) -> str:
    """Leads of a month that goes on are held against its days so far."""
    return "have capacity for" if facts.run.as_of >= facts.run.ends else "had capacity for in the days so far"


def _in_time(facts: Facts, part: Sequence[Loaded]) -> estimates.Proportion:
    met, missed = sum(x.met for x in part), sum(x.missed for x in part)
    return estimates.proportion(converted=met, leads=met + missed, conf=facts.run.params.weekly.confidence)


def _by_rep(facts: Facts, found: Load) -> Table:
    heads = ("Leads", "Leads a week", "Capacity a week", "Load", "Open deals", "In time")
    other = ("(nobody, or no capacity)", wording.count(found.others), "", "", "", wording.count(found.others_open), "")
    rows = [_row(facts, x) for x in found.loaded]
    return Table(
        "Load by rep, in the order of their names",
        (Column("Rep"), *(Column(h, numeric=True) for h in heads)),
        (*rows, *([other] if found.others or found.others_open else [])),
        total=("All", wording.count(found.leads + found.others), "", "", "",
               wording.count(sum(x.open_deals for x in found.loaded) + found.others_open), ""),
        note=f"In time is told from {facts.run.params.monthly.min_rep_n} leads on; nobody is ranked.",
        folded=True,
    )  # fmt: skip


def _row(facts: Facts, x: Loaded) -> tuple[Cell, ...]:
    share, least = _in_time(facts, [x]), facts.run.params.monthly.min_rep_n
    known = facts.tables.has(*ACTIVITIES)
    told = wording.estimate(share.estimate, share.low, share.high) if share.leads >= least else "too few to say"
    return (
        x.rep.name,
        wording.count(x.leads),
        wording.pace(x.a_week),
        wording.pace(x.rep.capacity),
        wording.percent(x.load),
        wording.count(x.open_deals),
        told if known else wording.NOTHING,
    )


def _gaps(facts: Facts) -> list[Mapping[str, Any]]:
    """Roles that lack somebody, open the longest first."""
    rows = [r for r in facts.kept("staffing") if (r["planned"] or 0) > (r["headcount"] or 0)]
    today = day_of(facts.run.as_of_day)
    return sorted(rows, key=lambda r: (r["open_since"] or today, r["role"]))


def _sums(facts: Facts) -> tuple[float, float, float]:
    """Planned, filled, open."""
    rows = facts.kept("staffing")
    gaps = sum((r["planned"] or 0) - (r["headcount"] or 0) for r in _gaps(facts))
    return sum(r["planned"] or 0 for r in rows), sum(r["headcount"] or 0 for r in rows), gaps


def _seat_sentences(facts: Facts) -> tuple[str, ...]:
    planned, _, open_ = _sums(facts)
    if not open_:
        return (f"All {wording.plural(planned, 'planned seat')} are filled.",)
    first = _gaps(facts)[0]
    since = ""
    if first["open_since"]:
        since = f"; open the longest: {first['role']}, since {wording.day(first['open_since'])}"
        if first["open_since"] > day_of(facts.run.as_of_day):
            since = "; the table of staffing is of a later day than this report"
    verb = "is" if open_ == 1 else "are"
    return (f"Of {wording.plural(planned, 'planned seat')}, {wording.count(open_)} {verb} empty{since}.",)


def _seats(facts: Facts) -> Table:
    rows = []
    for r in facts.kept("staffing"):
        lacking = (r["planned"] or 0) - (r["headcount"] or 0)
        since = f" since {wording.day(r['open_since'])}" if r["open_since"] else ""
        mark = Mark("open", f"{wording.count(lacking)} open{since}") if lacking > 0 else Mark("good", "filled")
        rows.append((r["role"], r["team"], wording.count(r["headcount"]), wording.count(r["planned"]), mark,
                     r["note"] or ""))  # fmt: skip
    planned, filled, open_ = _sums(facts)
    heads = (Column("Here", numeric=True), Column("Planned", numeric=True), Column("State"), Column("Note"))
    return Table(
        "Seats by role",
        (Column("Role"), Column("Team"), *heads),
        tuple(rows),
        total=("All", "", wording.count(filled), wording.count(planned), f"{wording.count(open_)} open", ""),
        folded=True,
    )


def _metrics(facts: Facts, found: Load) -> list[Metric]:
    busy = [x for x in found.loaded if x.leads]
    records = [
        metric("reps_loaded", len(busy), n=found.leads),
        metric("reps_over", len(found.over), n=len(busy)),
        *([metric("lead_load", found.used, n=found.leads)] if found.loaded else []),
        metric("handed_over", found.leads, n=found.leads, segment="reps with a capacity"),
        metric("handed_over", found.leads + found.others, n=found.leads + found.others),
    ]
    if facts.tables.has(*ACTIVITIES):
        over, within = (_in_time(facts, part) for part in (found.over, found.within))
        records.append(metric_of("in_time_over", over, n=over.leads))
        records.append(metric_of("in_time_within", within, n=within.leads))
    records += [metric("lead_load", x.load, n=x.leads, segment=x.rep.rep_id) for x in found.loaded]
    return records


def _seat_metrics(facts: Facts) -> list[Metric]:
    planned, filled, open_ = _sums(facts)
    n = len(facts.kept("staffing"))
    return [
        metric("seats_planned", planned, n=n),
        metric("seats_filled", filled, n=n),
        metric("seats_open", open_, n=n),
    ]
