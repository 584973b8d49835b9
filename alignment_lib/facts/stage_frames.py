"""Facts → time in stage, open deals in their stage, and the days that leads wait for routing, contact and decision.

A deal leaves a stage with its next entry, else with its closing; else it is followed to as-of. A stage that at least
half of its deals enter no more than a day before they close, or later, and that no entry follows, is an ending
("Closed won"): nobody waits in it.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from alignment_lib.facts.ages import DAY_S
from alignment_lib.facts.cohort_frames import require, tidy
from alignment_lib.facts.facts import OF_DEALS, UNKNOWN, Facts
from alignment_lib.facts.profiles import with_profile
from alignment_lib.facts.stage_entries import entries
from alignment_lib.params.period import midnight
from alignment_lib.source.tables import DECISION_DAYS, RESPONSE
from alignment_lib.stats.days import day_of

HOUR_S = 3_600
QUARTER_DAYS, YEAR_DAYS = 91, 365
MONTH, QUARTER, YEAR = WINDOWS = "month", "quarter", "year"
"""When something began: in the report's period, in the 13 weeks before it, or in the rest of the year before it."""
STEPS = {
    "routing": ("leads.mql_at", "leads.assigned_at"),
    "first contact": RESPONSE,
    "decision": ("leads.accepted_at", "leads.rejected_at", DECISION_DAYS),
}
"""What a lead waits for, and the columns that needs."""


def stage_times(facts: Facts) -> pd.DataFrame:
    """Stages that deals entered in the period or the year before it, by how long they stayed.

    Returns
    -------
    DataFrame
        Columns `stage`, `window` (of `WINDOWS`), `hours`, `left` and `still` (deals that left the stage at that age,
        and that were still in it); sorted. Endings are left out.
    """
    table = _entries(facts)
    table = table.mutate(window=_window(facts, table.entered_s), hours=_hours(table.over_s - table.entered_s))
    ending = (table.final & table.closes).sum()
    keys = ["stage", "window", "hours"]
    frame = table.group_by(keys).aggregate(
        left=(~table.open).sum(), still=table.open.sum(), ending=ending, n=table.count()
    )
    frame = tidy(frame.to_pandas(), keys)
    ends = endings(frame)
    return frame[frame["window"].notna() & ~frame["stage"].isin(ends)][[*keys, "left", "still"]].reset_index(drop=True)


def endings(frame: pd.DataFrame) -> frozenset[str]:
    """Stages in which a deal is over, from counts of `ending` among `n` by stage."""
    sums = frame.groupby("stage")[["ending", "n"]].sum()
    return frozenset(str(s) for s in sums[sums["ending"] * 2 >= sums["n"]].index)


def open_deals(facts: Facts) -> pd.DataFrame:
    """Every open deal with a stage: `opportunity_id`, `stage`, `persona`, `owner_id`, `amount`, `hours` in it.

    From the stage's history, else the deal's own stage with unknown hours; the longest first.
    """
    columns = ["opportunity_id", "stage", "persona", "owner_id", "amount"]
    if facts.tables.has("stage_changes"):
        table = _entries(facts, only_open=True)
        table = table.filter(table.open).mutate(hours=_hours(table.over_s - table.entered_s))
        frame = _with_persona(facts, table).select(*columns, "hours").to_pandas()
    else:
        deals = facts.deals.filter((facts.deals.outcome == "open") & facts.deals.stage.notnull())
        joined = _with_persona(facts, deals.mutate(amount=deals.amount.cast("float64")))
        frame = joined.select(*columns).to_pandas().assign(hours=float("nan"))
    frame["hours"] = frame["hours"].astype(float)
    order = ["hours", "opportunity_id"]
    return frame.sort_values(order, ascending=[False, True], kind="stable").reset_index(drop=True)


def _with_persona(facts: Facts, deals: Any) -> Any:
    """Deals with their lead's persona; `UNKNOWN` where nobody knows it."""
    known = with_profile(facts, deals, "persona")
    return known.mutate(persona=known.persona.fill_null(UNKNOWN))


def _entries(facts: Facts, *, only_open: bool = False) -> Any:
    """Every entry into a stage with its deal: `final`, `open` (still in it), `closes` (an ending), `over_s`."""
    import ibis

    require(facts, "stage_changes.entered_at", "opportunities.outcome")
    deals, told = facts.deals, entries(facts)
    told = told.select("stage", "entered_s", "next_s", _id=told.opportunity_id)
    known = deals.filter(deals.outcome == "open") if only_open else deals
    profiled = [name for name in OF_DEALS if name in known.columns]
    known = known.select(
        "opportunity_id", "lead_id", "owner_id", "outcome", *profiled, amount=known.amount.cast("float64"),
        end_s=(known.outcome == "open").ifelse(None, known.closed_s),
    )  # fmt: skip
    table = told.inner_join(known, [told["_id"] == known.opportunity_id])
    final, now = table.next_s.isnull(), ibis.literal(facts.run.as_of_s, "int64")
    return table.mutate(
        final=final,
        open=final & (table.outcome == "open"),
        closes=(final & (table.entered_s >= table.end_s - DAY_S)).fill_null(False),
        over_s=ibis.coalesce(table.next_s, table.end_s, now),
    )


def _hours(seconds: Any) -> Any:
    import ibis

    return ibis.greatest((seconds / HOUR_S).floor().cast("int64"), ibis.literal(0, "int64"))


def _window(facts: Facts, seconds: Any) -> Any:
    """Of which window an instant is; null outside all of them."""
    import ibis

    run, begins = facts.run, facts.run.first_day

    def at(day: int) -> Any:
        return ibis.literal(int(midnight(day_of(day), run.params.timezone).timestamp()), "int64")

    return ibis.cases(
        (seconds >= at(run.last_day + 1), ibis.null("string")),
        (seconds >= at(begins), MONTH),
        (seconds >= at(begins - QUARTER_DAYS), QUARTER),
        (seconds >= at(begins - YEAR_DAYS), YEAR),
        else_=ibis.null("string"),
    )


def lead_steps(facts: Facts) -> pd.DataFrame:
    """What leads waited for in the period and in the 13 weeks before, by how long, on the calendar.

    Returns
    -------
    DataFrame
        Columns `step` (of `STEPS`, those whose columns are connected), `window`, `hours`, `left` (had it at that age),
        `still` (waiting, as of the run); sorted. Routing that is dated before its MQL is left out; a decision dated
        before its MQL has 0 hours.
    """
    import ibis

    keys, leads = ["step", "window", "hours"], facts.leads
    spans = {
        "routing": (leads.mql_s, leads.assigned_s),
        "first contact": (leads.start_s, leads.touch_s),
        "decision": (leads.mql_s, ibis.least(*_either(leads.accepted_s, leads.rejected_s))),
    }
    parts = [_step(facts, name, *spans[name]) for name, needs in STEPS.items() if facts.tables.has(*needs)]
    if not parts:
        return pd.DataFrame(columns=[*keys, "left", "still"])
    table = ibis.union(*parts) if len(parts) > 1 else parts[0]
    frame = table.group_by(keys).aggregate(left=table.done.sum(), still=(~table.done).sum())
    return tidy(frame.to_pandas(), keys)


def _either(first: Any, second: Any) -> tuple[Any, Any]:
    """Two instants, each filled by the other, for their smaller one."""
    return first.coalesce(second), second.coalesce(first)


def _step(facts: Facts, name: str, begins: Any, ends: Any) -> Any:
    import ibis

    now = ibis.literal(facts.run.as_of_s, "int64")
    table = facts.leads.select(begins_s=begins, ends_s=ends).filter(lambda t: t.begins_s.notnull())
    if name == "routing":
        table = table.filter((table.ends_s >= table.begins_s).fill_null(True))
    table = table.select(
        step=ibis.literal(name),
        window=_window(facts, table.begins_s),
        hours=_hours(table.ends_s.coalesce(now) - table.begins_s),
        done=table.ends_s.notnull(),
    )
    return table.filter(table.window.isin([MONTH, QUARTER]))


def lost_deals(facts: Facts) -> tuple[int, int]:
    """Deals lost in the period, and those of which neither the reason nor the competitor is known."""
    deals, run = facts.deals, facts.run
    lost = deals.filter((deals.outcome == "lost") & deals.closed_day.between(run.first_day, run.last_day))
    known = [(lost[c].strip() != "").fill_null(False) for c in ("loss_reason", "competitor")]
    frame = tidy(lost.aggregate(n=lost.count(), blank=(~(known[0] | known[1])).sum()).to_pandas(), [])
    return int(frame["n"].iloc[0]), int(frame["blank"].iloc[0])
