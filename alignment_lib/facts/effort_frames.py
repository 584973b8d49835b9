"""Facts → how leads were worked after their hand-over, and how sales judged them; one aggregation in the engine each.

A lead is reached by an answer of its own (anything inbound but what a visitor does with a page or a mailing, see
`NO_ANSWER`) or by an outbound activity whose outcome the agreement names. Attempts are the outbound activities from
the hand-over on, up to and with the one that reached the lead, up to sales's decision, else up to as-of. A decision
dated at or before the hand-over decides the lead, but says nothing of when the attempts ended, so it ends none.

Of judgements the rules are those of `cohort_frames` and `ages`: acceptance counts even after a rejection, a rejection
that an acceptance followed is none, and a decision dated before its MQL came at once; leads without owner or source
count under none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import pandas as pd

from alignment_lib.facts import ages
from alignment_lib.facts.ages import newest_old_day, old_enough, within
from alignment_lib.facts.cohort_frames import require, tidy
from alignment_lib.facts.facts import Facts, touches
from alignment_lib.params.period import midnight
from alignment_lib.params.run import Run
from alignment_lib.source.tables import RESPONSE
from alignment_lib.stats.days import day_of, epoch_day

NO_ANSWER = ("form", "download", "visit", "view", "click", "open")
"""Kinds of inbound activities that answer nobody. An activity of an unknown kind is an answer."""
REACHED, DECIDED, OPEN = STATES = "reached", "decided", "open"
"""What ended the attempts of a lead; `decided`: without being reached before."""
_DECISIONS = ("accepted", "rejected")


def ripe(run: Run) -> tuple[bool, ...]:
    """Of each week of the run, whether each of its leads is older than sales has days to decide (D2)."""
    limit = newest_old_day(run, days=run.params.sla.sales.decision_days)
    return tuple(epoch_day(week.sunday) <= limit for week in run.weeks)


def ready_day(run: Run, week: int) -> int:
    """Epoch day with whose end a week of the run is old enough."""
    return ages.ready_day(epoch_day(run.weeks[week].sunday), days=run.params.sla.sales.decision_days) - 1


def efforts(facts: Facts, *, first_day: int, last_day: int, listed: int) -> pd.DataFrame:
    """Leads handed over in the days given, by week, by what ended their attempts, and by how many there were.

    Parameters
    ----------
    first_day
        Epoch day of a Monday; `week` 0 begins there.
    last_day
        Epoch day, included.
    listed
        The week whose leads come one by one; those of the other weeks come as counts.

    Returns
    -------
    DataFrame
        Columns `week`, `state` (of `STATES`), `attempts`, `lead_id` and `owner_id` (null outside the listed week) and
        `n`; sorted.
    """
    begins = epoch_day(facts.on_week().run.weeks[0].monday)
    if facts.run.params.report == "weekly" or first_day < begins:
        table = _efforts(facts, first_day, last_day)
    else:  # the month and its last week ask for nearly the same: activities are read once
        table = _lately(facts.on_week(), begins)
        table = table.filter(table.start_day.between(first_day, last_day))
    table = table.mutate(week=_week(table.start_day, first_day))
    one = table.week == listed
    table = table.mutate(lead_id=one.ifelse(table.lead_id, None), owner_id=one.ifelse(table.owner_id, None))
    keys = ["week", "state", "attempts", "lead_id", "owner_id"]
    return tidy(table.group_by(keys).aggregate(n=table.count()).to_pandas(), keys)


@lru_cache(maxsize=8)
def _lately(facts: Facts, first_day: int) -> Any:
    """All leads handed over from a day on, kept by the engine."""
    name = f"efforts_{first_day}_{facts.run.as_of_s}"
    return facts.tables.source.keep(_efforts(facts, first_day, facts.run.as_of_day), name)


def _efforts(facts: Facts, first_day: int, last_day: int) -> Any:
    """Leads handed over in the days given with `state` and `attempts`; the activities of others are not looked at."""
    import ibis

    require(facts, *RESPONSE)
    leads, now = facts.leads, ibis.literal(facts.run.as_of_s, "int64")
    table = leads.filter(leads.start_day.between(first_day, last_day))
    known = ibis.least(ibis.coalesce(table.accepted_s, now), ibis.coalesce(table.rejected_s, now))
    table = table.select(
        "lead_id", "contact_id", "owner_id", "start_s", "from_s", "start_day",
        over_s=(known > table.start_s).ifelse(known, now),
        judged=table.accepted_s.notnull() | table.rejected_s.notnull(),
    )  # fmt: skip
    acts = touches(table, _activities(facts, first_day), of_lead=("over_s",), of_activity=("out", "reaches"))
    if acts is None:
        raise_for_link(facts)
    acts = acts.filter(acts.at_s <= acts.over_s)
    reached = (acts.reaches).ifelse(acts.at_s, None).min().over(ibis.window(group_by="lead_id"))
    acts = acts.mutate(reached_s=reached)
    tried = acts.out & (acts.at_s <= ibis.coalesce(acts.reached_s, acts.over_s))
    done = acts.mutate(tried=tried).group_by("lead_id").aggregate(
        attempts=lambda t: t.tried.sum(), reached=lambda t: t.reached_s.notnull().any()
    )  # fmt: skip
    joined = table.left_join(done, "lead_id")
    return joined.select(
        *(joined[c] for c in ("lead_id", "owner_id", "start_day")),
        attempts=joined.attempts.fill_null(0).cast("int64"),
        state=ibis.cases(
            (joined.reached.fill_null(False), REACHED), (joined.judged, DECIDED), else_=ibis.literal(OPEN)
        ),
    )


def linked(facts: Facts) -> bool:
    """Whether activities can be told to their leads."""
    return facts.tables.has("activities.lead_id") or facts.tables.has("activities.contact_id", "leads.contact_id")


def raise_for_link(facts: Facts) -> None:
    """Raise where activities name neither their lead nor its contact."""
    require(facts, "activities.lead_id")


def _activities(facts: Facts, first_day: int) -> Any:
    """Activities from a day on with `out`, and `reaches`: whether the activity means that the lead was reached."""
    import ibis

    begins = midnight(day_of(first_day), facts.run.params.timezone)
    acts = facts.tables.since("activities", "occurred_at", begins)
    acts = acts.filter(acts.direction.isin(["in", "out"]))
    out = acts.direction == "out"
    told, nothing = facts.run.params.sla.sales.connected, ibis.null("string")
    outcome, kind = (acts[c] if c in acts.columns else nothing for c in ("outcome", "kind"))
    return acts.mutate(out=out, reaches=out.ifelse(_is_one(outcome, told), ~_is_one(kind, NO_ANSWER)))


def _is_one(text: Any, words: Sequence[str]) -> Any:
    """Whether a text is one of some words, in whatever case; compared in turn, as an engine may join a list of them."""
    import ibis

    branches = [(word.lower(), True) for word in words]
    return text.lower().cases(*branches, else_=False) if branches else ibis.literal(False)


def _week(day: Any, first_day: int) -> Any:
    return ((day - first_day) / 7).floor().cast("int64")


def judgements(facts: Facts, *, first_day: int, last_day: int) -> pd.DataFrame:
    """How sales judged the leads that became MQL (else were created) in the days given, within the days agreed.

    Parameters
    ----------
    first_day, last_day
        As in `efforts`.

    Returns
    -------
    DataFrame
        Columns `week`, `owner_id`, `source`; `leads`, `decided` (accepted or rejected in time), `rejected` (of these)
        and `with_reason` (of these; all of them where no reason is connected); sorted.
    """
    leads, day = facts.leads, f"{start_of(facts)}_day"
    table = leads.filter(leads[day].between(first_day, last_day))
    return _in_time(facts, table.mutate(week=_week(table[day], first_day)), ["week", "owner_id", "source"])


def judgements_due(facts: Facts) -> pd.DataFrame:
    """The same of the leads whose days for a decision ended in the report's period, as far as that is visible.

    Returns
    -------
    DataFrame
        The columns of `judgements` but `week`.
    """
    run, leads, start = facts.run, facts.leads, start_of(facts)
    days = run.params.sla.sales.decision_days
    due_day = leads[f"{start}_day"] + days
    over = old_enough(facts, leads[f"{start}_s"], days=days)
    return _in_time(facts, leads.filter(due_day.between(run.first_day, run.last_day) & over), ["owner_id", "source"])


def _in_time(facts: Facts, table: Any, keys: list[str]) -> pd.DataFrame:
    require(facts, "leads.accepted_at", "leads.rejected_at")
    decision, days = table.accepted_s.coalesce(table.rejected_s), facts.run.params.sla.sales.decision_days
    decided = within(facts, decision, table[f"{start_of(facts)}_s"], days=days)
    rejected = decided & table.accepted_s.isnull()
    reasoned = rejected & _given(table.reject_reason) if facts.tables.has("leads.reject_reason") else rejected
    table = table.mutate(in_time=decided, no=rejected, why=reasoned)
    frame = table.group_by(keys).aggregate(
        leads=table.count(), decided=table.in_time.sum(), rejected=table.no.sum(), with_reason=table.why.sum()
    )
    return tidy(frame.to_pandas(), keys)


def start_of(facts: Facts) -> str:
    """From when a decision is due: `mql`, or `created` where the CRM knows no MQLs."""
    return "mql" if facts.tables.has("leads.mql_at") else "created"


def _given(reason: Any) -> Any:
    return (reason != "").fill_null(False)


def decided(facts: Facts, *, first_day: int, last_day: int) -> pd.DataFrame:
    """The leads that sales accepted or rejected in the days given, one row each, whenever they began.

    Returns
    -------
    DataFrame
        Columns `lead_id`, `owner_id`, `source`, `accepted`, `rejected` (whether in these days) and `reason` (empty
        where not given or not rejected in these days); sorted by id.
    """
    table = facts.leads
    accepted, rejected = (table[f"{x}_day"].between(first_day, last_day).fill_null(False) for x in _DECISIONS)
    table = table.filter(accepted | rejected).select(
        "lead_id", "owner_id", "source", accepted=accepted, rejected=rejected,
        reason=rejected.ifelse(table.reject_reason, "").fill_null(""),
    )  # fmt: skip
    frame = table.to_pandas().astype({"accepted": bool, "rejected": bool, "reason": object})
    return frame.sort_values("lead_id", kind="stable").reset_index(drop=True)


def last_heard(facts: Facts, remarks: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Epoch day on which sales last decided on a lead of each source, or remarked on one or on its campaign.

    Parameters
    ----------
    remarks
        Rows of the table `feedback`.
    """
    import ibis

    table = facts.leads
    day = ibis.greatest(*(ibis.coalesce(table[f"{x}_day"], ibis.literal(-1, "int64")) for x in _DECISIONS))
    frame = table.mutate(day=day).group_by("source").aggregate(day=lambda t: t.day.max()).to_pandas()
    days = {source: int(day) for source, day in zip(frame["source"], frame["day"], strict=True) if day >= 0}
    for source, day in _remarked(facts, remarks):
        days[source] = max(day, days.get(source, day))
    return days


def _remarked(facts: Facts, remarks: Sequence[Mapping[str, Any]]) -> list[tuple[str, int]]:
    """Source and day of each remark; of one that names no lead, every source that its campaign brought leads from."""
    newest: dict[tuple[str, str], int] = {}
    for row in remarks:
        named = next(((key, row[key]) for key in ("lead_id", "campaign") if row.get(key)), None)
        if named and row["given_on"] is not None:
            newest[named] = max(epoch_day(row["given_on"]), newest.get(named, 0))
    found = []
    for key in sorted({key for key, _ in newest}):
        values = sorted(value for k, value in newest if k == key)
        pairs = facts.leads.filter(facts.leads[key].isin(values)).select(key, "source").distinct().to_pandas()
        found += [(s, newest[key, v]) for v, s in zip(pairs[key], pairs["source"], strict=True)]
    return found
