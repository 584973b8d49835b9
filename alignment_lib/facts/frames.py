"""Facts → small tidy frames of counts, sums and durations; each is one aggregation in the engine.

Blocks ask for the same frames: `daily` and `happened` keep theirs, which nobody may change in place.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pandas as pd

from alignment_lib.errors import ParamsError
from alignment_lib.facts.cohort_frames import conversions
from alignment_lib.facts.facts import Facts, before_lead, covers, on_the_wall
from alignment_lib.params.files import nearest

LEAD_EVENTS = {"leads": "created", "mqls": "mql", "accepted": "accepted", "rejected": "rejected", "sqls": "sql"}
DEAL_EVENTS = ("opportunities", "won", "lost")
NEEDS = {
    "leads": ("leads.created_at",),
    "mqls": ("leads.mql_at",),
    "accepted": ("leads.accepted_at",),
    "rejected": ("leads.rejected_at",),
    "sqls": ("leads.sql_at",),
    "opportunities": ("opportunities.created_at",),
    "won": ("opportunities.closed_at",),
    "lost": ("opportunities.closed_at",),
}
"""The columns without which an event cannot be counted."""


@lru_cache(maxsize=64)
def daily(facts: Facts, event: str, *, first_day: int, last_day: int, by: tuple[str, ...] = ()) -> pd.DataFrame:
    """Count an event by local day.

    Parameters
    ----------
    event
        `leads`, `mqls`, `accepted`, `rejected`, `sqls`, `opportunities`, `won` or `lost`.
    first_day, last_day
        Epoch days, both included.
    by
        Further dimensions: `source`, `segment`, `campaign`, `region`, `owner_id`.

    Returns
    -------
    DataFrame
        Columns `day`, those of `by`, `n` and, for deals, `amount` (currency, null where no deal has one) and
        `n_amount`; sorted; a day without the event has no row.
    """
    table, day = _event(facts, event)
    if table is None:
        return pd.DataFrame(columns=["day", *by, "n", "amount", "n_amount"])
    parts: dict[str, Any] = {"n": table.count()}
    if event in DEAL_EVENTS:
        parts |= {"amount": table.amount.sum(), "n_amount": table.amount.count()}
    inside = table.mutate(day=table[day]).filter(lambda t: t.day.between(first_day, last_day))
    frame = inside.group_by(["day", *by]).aggregate(**{k: _on(inside, k) for k in parts}).to_pandas()
    return _tidy(frame, ["day", *by])


@lru_cache(maxsize=64)
def happened(facts: Facts, event: str, *, first_day: int, last_day: int) -> pd.DataFrame:
    """The leads or deals behind a count of `daily`, one row each.

    Returns
    -------
    DataFrame
        Columns `lead_id`, `owner_id`, `source`, `segment`, `campaign`, `day`; for deals also `opportunity_id` and
        `amount` (currency, null where unknown). Sorted by day and id.
    """
    table, day = _event(facts, event)
    columns = ["lead_id", "owner_id", "source", "segment", "campaign"]
    columns += ["opportunity_id", "amount"] if event in DEAL_EVENTS else []
    if table is None:
        return pd.DataFrame(columns=[*columns, "day"])
    chosen = {name: table[name] for name in columns} | {"day": table[day]}
    if "amount" in chosen:
        chosen["amount"] = table.amount.cast("float64")  # by the engine: a decimal is an object here, each one slow
    frame = table.filter(table[day].between(first_day, last_day)).select(**chosen).to_pandas()
    key = "opportunity_id" if event in DEAL_EVENTS else "lead_id"
    return frame.sort_values(["day", key], kind="stable").reset_index(drop=True)


def _on(table: Any, part: str) -> Any:
    return {"n": table.count, "amount": lambda: table.amount.sum(), "n_amount": lambda: table.amount.count()}[part]()


def _event(facts: Facts, event: str) -> tuple[Any, str]:
    if event in LEAD_EVENTS:
        return facts.leads, f"{LEAD_EVENTS[event]}_day"
    if event not in DEAL_EVENTS:
        raise ParamsError(f"unknown event '{event}' ({nearest(event, [*LEAD_EVENTS, *DEAL_EVENTS])})")
    if facts.deals is None or event == "opportunities":
        return facts.deals, "created_day"
    return facts.deals.filter(facts.deals.outcome == event), "closed_day"


def _tidy(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Sorted by its keys, decimals as floats, counts as integers."""
    for name in frame.columns.difference(keys):
        whole = name in ("n", "n_amount")
        frame[name] = frame[name].astype("int64") if whole else pd.to_numeric(frame[name].astype(object)).astype(float)
    return frame.sort_values(keys, kind="stable").reset_index(drop=True)


def follow_up(facts: Facts, *, sla_s: int, first_day: int, last_day: int) -> pd.DataFrame:
    """Leads by the week in which their clock started, their owner, and how they stand to the agreed hours.

    Parameters
    ----------
    sla_s
        Agreed business seconds.
    first_day
        A Monday; `week` 0 begins there.

    Returns
    -------
    DataFrame
        Columns `week`, `owner_id`, `met`, `missed`, `not_due`, `untouched` (missed and still waiting).
    """
    table = _started(facts, first_day, last_day)
    met = table.response_s <= sla_s
    late = (table.response_s > sla_s) | (table.waited_s > sla_s)
    grouped = table.mutate(week=((table.start_day - first_day) / 7).floor().cast("int64")).group_by(
        ["week", "owner_id"]
    )
    frame = grouped.aggregate(
        met=met.fill_null(False).sum(),
        missed=late.fill_null(False).sum(),
        not_due=(table.waited_s <= sla_s).fill_null(False).sum(),
        untouched=(table.waited_s > sla_s).fill_null(False).sum(),
    ).to_pandas()
    counts = ["met", "missed", "not_due", "untouched"]
    frame[counts] = frame[counts].fillna(0).astype("int64")
    return frame.sort_values(["week", "owner_id"], na_position="last").reset_index(drop=True)


def _started(facts: Facts, first_day: int, last_day: int) -> Any:
    leads = facts.leads
    return leads.filter(leads.start_day.between(first_day, last_day))


def same_day(facts: Facts, *, first_day: int, last_day: int) -> pd.DataFrame:
    """Leads whose clock started in the days given, by whether they had their first contact on that very day.

    Returns
    -------
    DataFrame
        Columns `lead_id`, `owner_id`, `state`: `met`, `missed`, or `not_due` where the day is not over yet; sorted.
    """
    import ibis

    table = _started(facts, first_day, last_day)
    met = (table.touch_day == table.start_day).fill_null(False)
    state = ibis.cases((met, "met"), (table.start_day < facts.run.as_of_day, "missed"), else_="not_due")
    frame = table.select("lead_id", "owner_id", state=state).to_pandas()
    return frame.sort_values("lead_id").reset_index(drop=True)


def response_times(facts: Facts, *, first_day: int, last_day: int) -> pd.DataFrame:
    """Leads whose clock started in the days given, by business seconds.

    Returns
    -------
    DataFrame
        Columns `seconds`, `touched` (answered after so many), `waiting` (still untouched after so many); sorted.
    """
    import ibis

    table = _started(facts, first_day, last_day)
    table = table.select(seconds=ibis.coalesce(table.response_s, table.waited_s), touched=table.response_s.notnull())
    table = table.filter(table.seconds.notnull())
    frame = table.group_by("seconds").aggregate(touched=table.touched.sum(), n=table.count()).to_pandas()
    frame = frame.astype("int64").sort_values("seconds").reset_index(drop=True)
    return frame.assign(waiting=frame["n"] - frame["touched"])[["seconds", "touched", "waiting"]]


def routing_times(facts: Facts, *, first_day: int, last_day: int) -> pd.DataFrame:
    """Leads assigned in the days given, by business seconds since MQL: columns `seconds`, `n`; sorted."""
    leads = facts.leads
    table = leads.filter(leads.assigned_day.between(first_day, last_day) & leads.routing_s.notnull())
    frame = table.group_by(seconds=table.routing_s).aggregate(n=table.count()).to_pandas()
    return frame.astype("int64").sort_values("seconds").reset_index(drop=True)


def not_covered(facts: Facts, *, first_day: int, last_day: int) -> int:
    """Leads handed over in the days given that sales's promise leaves out, for they are no MQL."""
    if covers(facts.tables) != "mqls" or not facts.tables.has("leads.assigned_at"):
        return 0
    leads = facts.leads
    left = leads.assigned_day.between(first_day, last_day) & leads.mql_s.isnull()
    return int(leads.aggregate(n=left.sum()).to_pandas()["n"].fillna(0).iloc[0])


def handed_over(facts: Facts, *, first_day: int, last_day: int) -> pd.DataFrame:
    """Leads whose clock started in the days given, one row each, the longest wait first.

    Returns
    -------
    DataFrame
        Columns `lead_id`, `owner_id`, `source`, `segment`, `start_s` (epoch seconds), `seconds` (business seconds to
        the first response, or waited so far; null where the order of instants is impossible), `touched`.
    """
    import ibis

    table = _started(facts, first_day, last_day)
    table = table.mutate(seconds=ibis.coalesce(table.response_s, table.waited_s), touched=table.response_s.notnull())
    columns = ("lead_id", "owner_id", "source", "segment", "start_s", "seconds", "touched")
    frame = table.select(*columns).to_pandas()
    return frame.sort_values(["seconds", "lead_id"], ascending=[False, True], kind="stable").reset_index(drop=True)


def closed_deals(facts: Facts, *, first_day: int, last_day: int) -> pd.DataFrame:
    """Deals won and lost in the days given.

    Returns
    -------
    DataFrame
        Columns `opportunity_id`, `lead_id`, `owner_id`, `source`, `segment`, `outcome`, `reason` (decision driver of a
        won deal, loss reason of a lost one), `amount`, `closed_day`, `lead_days` and `deal_days` (days since lead and
        deal began) and `cycle_days` (since the lead began, of a deal without one since the deal did; all null where
        unknown or impossible); won first, largest first.
    """
    import ibis

    deals = facts.deals
    if all(map(facts.tables.days_only, ("opportunities.created_at", "opportunities.closed_at"))):
        # of days only, the hour by which the clocks were changed is no time that passed
        walls = {name: on_the_wall(deals[name], facts.tables) for name in ("created_s", "closed_s", "lead_created_s")}
        deals = deals.mutate(**walls)
    table = deals.filter(deals.closed_day.between(first_day, last_day) & deals.outcome.isin(["won", "lost"]))
    frame = table.select(
        "opportunity_id", "lead_id", "owner_id", "source", "segment", "outcome",
        table.amount.cast("float64").name("amount"), "closed_day",
        reason=(table.outcome == "won").ifelse(table.decision_driver, table.loss_reason),
        lead_s=_timed(table, table.lead_created_s),
        deal_s=_timed(table, table.created_s),
        cycle_s=_timed(table, ibis.coalesce(table.lead_created_s, table.created_s)),
    ).to_pandas()  # fmt: skip
    for name in ("lead", "deal", "cycle"):
        days = pd.to_numeric(frame.pop(f"{name}_s")).astype(float) / 86_400
        # a closing known by its day only is its midnight: on the day of creation that is no time, not an impossible one
        frame[f"{name}_days"] = days.mask((days < 0) & (days > -1), 0.0).where(days > -1)
    order = frame.assign(_lost=frame["outcome"] == "lost", _small=-frame["amount"].fillna(-1))
    order = order.sort_values(["_lost", "_small", "opportunity_id"], kind="stable")
    return order.drop(columns=["_lost", "_small"]).reset_index(drop=True)


def _timed(deals: Any, begun_s: Any) -> Any:
    """Seconds from then to the closing; null for a deal that came before its own lead."""
    return before_lead(deals).ifelse(None, deals.closed_s - begun_s)


def decisions(facts: Facts, *, first_day: int, last_day: int, by: str = "source") -> pd.DataFrame:
    """Sales's judgement of the leads that became MQL (else were created) in the days given, by age as in `ages`.

    Returns
    -------
    DataFrame
        Columns `by`, `age`, `accepted`, `rejected`, `undecided` (neither yet at that age); sorted. A judgement dated
        before its MQL has age 0.
    """
    start = "mql" if facts.tables.has("leads.mql_at") else "created"
    frame = conversions(facts, "accepted", start=start, first_day=first_day, last_day=last_day, by=(by,))
    names = {"converted": "accepted", "competing": "rejected", "censored": "undecided"}
    return frame.drop(columns="cohort").rename(columns=names)
