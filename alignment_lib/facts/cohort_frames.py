"""Facts → what became of the leads that began in some days: day tables by cohort, and counts of the leads old enough.

Ages are those of `ages`. A lead is told of as it stood when its last whole day was over: what happened since counts
once that day is over too, for until then nothing says how many of the others will do the same in it.
Reaching the stage counts even after a rejection or a loss. A rejection that an acceptance followed is no end; on the
way to SQL or won, a lead that has deals ends with the last of them. A stage that was skipped is not inferred.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from alignment_lib.errors import ParamsError
from alignment_lib.facts.ages import event_age, lead_age
from alignment_lib.facts.facts import Facts
from alignment_lib.params.files import nearest
from alignment_lib.params.period import month_start
from alignment_lib.stats.days import day_of, epoch_day


@dataclass(frozen=True)
class Stage:
    """The instant at which a lead reaches a stage, whether a lost deal ends the way there, and the columns it needs."""

    reached: str
    may_be_lost: bool
    needs: tuple[str, ...]


STAGES = {
    "accepted": Stage("accepted_s", False, ("leads.accepted_at",)),
    "sql": Stage("sql_s", True, ("leads.sql_at",)),
    "opportunity": Stage("opportunity_s", False, ("opportunities.created_at", "opportunities.lead_id")),
    "won": Stage("won_s", True, ("opportunities.closed_at", "opportunities.lead_id")),
}
"""What a lead can come to, by name. An end whose column is not connected never happens."""
STARTS = {"created": "leads.created_at", "mql": "leads.mql_at"}
"""From when its age counts, and the column that needs."""
SPANS = ("all", "month", "week")


def needs(facts: Facts, stage: str, *, start: str = "created") -> tuple[str, ...]:
    """The columns without which a stage cannot be followed; a lead's own deal will do for the deal's lead."""
    linked = facts.tables.has("leads.opportunity_id")
    columns = known("stage", stage, STAGES).needs
    own = ("leads.opportunity_id" if linked and c == "opportunities.lead_id" else c for c in columns)
    return (known("start", start, STARTS), *own)


def require(facts: Facts, *columns: str) -> None:
    """Raise where a column is not connected: counting it would print zeros that nobody measured."""
    lacking = facts.tables.lacking(*columns)
    if lacking:
        raise ParamsError(f"{', '.join(lacking)}: not connected; map it in {facts.run.params.mapping_file}")


def conversions(
    facts: Facts,
    stage: str,
    *,
    start: str = "created",
    first_day: int,
    last_day: int,
    span: str = "all",
    by: tuple[str, ...] = (),
) -> pd.DataFrame:
    """Leads that began in the days given, by cohort and by the age at which they were last seen.

    Parameters
    ----------
    stage
        `accepted`, `sql`, `opportunity` or `won`.
    start
        `created` or `mql`: the instant from which age counts, and whose local day says which cohort a lead is of.
    first_day, last_day
        Epoch days on the company's wall, both included.
    span
        `month` or (ISO) `week` of the start, or `all` for one cohort.
    by
        Further dimensions: `source`, `segment`, `campaign`, `region`, `owner_id`.

    Returns
    -------
    DataFrame
        Columns `cohort` (epoch day on which it begins), those of `by`, `age` (days), and leads: `converted` and
        `competing` (rejected or lost) at that age, `censored` (neither yet at that age, as of the run); sorted. As
        `cohorts.follow_up` takes them.
    """
    table = ends(facts, stage, start=start, first_day=first_day, last_day=last_day)
    begins = _cohort(table[f"{start}_day"], span, first_day=first_day, last_day=last_day)
    table = table.mutate(cohort=begins.cast("int64"))
    keys = ["cohort", *by, "age"]
    counts = {"converted": table.converted.sum(), "competing": table.competing.sum(), "censored": table.censored.sum()}
    return tidy(table.group_by(keys).aggregate(**counts).to_pandas(), keys)


def matured(
    facts: Facts,
    stage: str,
    *,
    horizon: int,
    start: str = "created",
    first_day: int,
    last_day: int,
    by: tuple[str, ...] = (),
) -> pd.DataFrame:
    """Leads that began in the days given and are old enough, and how many reached the stage by the horizon.

    Parameters
    ----------
    horizon
        Age in days by which it counts. Leads that are old enough for it have done what they do, so counts are final.
    stage, start, first_day, last_day, by
        As in `conversions`; `by` of a source and a segment gives the strata of `strata.stratified`.

    Returns
    -------
    DataFrame
        Columns of `by`, `leads` (old enough), `converted` and `competing` by the horizon, and `young` (leads left out
        as too young); sorted. One row if `by` is empty.
    """
    table = ends(facts, stage, start=start, first_day=first_day, last_day=last_day)
    return matured_counts(table, horizon=horizon, keys=list(by))


def matured_counts(table: Any, *, horizon: int, keys: list[str]) -> pd.DataFrame:
    """`matured` of the leads of `ends`, which may have gained columns to group by."""
    old, in_time = table.seen >= horizon, table.age <= horizon
    grouped = table.group_by(keys) if keys else table
    frame = grouped.aggregate(
        leads=old.sum(),
        converted=(old & in_time & table.converted).sum(),
        competing=(old & in_time & table.competing).sum(),
        young=(~old).sum(),
    )
    return tidy(frame.to_pandas(), keys)


def side_by_side(frame: pd.DataFrame, baseline: pd.DataFrame, *, on: tuple[str, ...]) -> pd.DataFrame:
    """Two groups' or two periods' counts of `matured` with their strata in one order, none left out.

    Returns
    -------
    DataFrame
        Columns of `on`, `converted`, `leads`, `baseline_converted`, `baseline_leads`, as `strata.stratified` and
        `changes.mix_and_rate` take them; sorted by `on`.
    """
    counts, keys = ["converted", "leads"], list(on)
    now, before = (part.groupby(keys, dropna=False)[counts].sum() for part in (frame, baseline))
    joined = now.join(before.add_prefix("baseline_"), how="outer").fillna(0).astype("int64")
    return joined.sort_index().reset_index()


def ends(facts: Facts, stage: str, *, start: str, first_day: int, last_day: int) -> Any:
    """Leads that began in the days given, with what became of them, in the engine.

    Returns
    -------
    Ibis table
        `facts.leads` and: `seen` (whole days followed), `age` (at which the stage was reached, else the way there
        ended otherwise, else `seen`), `converted`, `competing`, `censored` (exactly one is true).
    """
    chosen = known("stage", stage, STAGES)
    require(facts, *needs(facts, stage, start=start))
    leads = facts.leads
    table = leads.filter(leads[f"{start}_day"].between(first_day, last_day))
    begun, reached, over = table[f"{start}_s"], table[chosen.reached], _over(table, lost=chosen.may_be_lost)
    table = table.mutate(
        seen=lead_age(facts, begun),
        ended=event_age(facts, reached.coalesce(over), begun),
        converted=reached.notnull(),
        competing=reached.isnull() & over.notnull(),
    )
    told = table.ended <= table.seen
    return table.mutate(
        age=((table.converted | table.competing) & told).ifelse(table.ended, table.seen),
        converted=table.converted & told,
        competing=table.competing & told,
        censored=~((table.converted | table.competing) & told),
    ).drop("ended")


def tidy(frame: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Sorted by its keys, with whole counts; unknown keys last."""
    counts = [c for c in frame.columns if c not in keys]
    frame[counts] = frame[counts].astype("float64").fillna(0).astype("int64")
    if keys:
        frame = frame.sort_values(list(keys), kind="stable", na_position="last")
    return frame.reset_index(drop=True)


def as_number(flag: Any) -> Any:
    """1, 0 or null; PostgreSQL casts no boolean to a wide integer."""
    return flag.cast("int32").cast("int64")


def _over(table: Any, *, lost: bool) -> Any:
    """When a lead ended otherwise, by rejection or, on the way to a deal, by loss; null while it goes on."""
    import ibis

    undone = (table.accepted_s >= table.rejected_s).fill_null(False)
    if not lost:
        return undone.ifelse(None, table.rejected_s)
    rejected = (undone | table.opportunity_s.notnull()).ifelse(None, table.rejected_s)
    return ibis.coalesce(table.lost_s, rejected)


def _cohort(day: Any, span: str, *, first_day: int, last_day: int) -> Any:
    """The epoch day on which a day's cohort begins, of the days `first_day` to `last_day`."""
    import ibis

    if span == "week":
        return day - (day + 3) % 7  # day 0 was a Thursday
    starts = [first_day]
    if span == "month":
        months = (month_start(day_of(last_day), back) for back in range((last_day - first_day) // 28 + 2))
        starts = [epoch_day(month) for month in months if month >= month_start(day_of(first_day))]
    elif span != "all":
        raise ParamsError(f"unknown span '{span}' ({nearest(span, SPANS)})")
    later = [(day >= begins, ibis.literal(begins, "int64")) for begins in starts[:-1]]
    first = ibis.literal(starts[-1], "int64")
    return ibis.cases(*later, else_=first) if later else first


def known(what: str, name: str, of: Mapping[str, Any]) -> Any:
    """What a name stands for; an unknown one is an error that suggests the nearest."""
    if name not in of:
        raise ParamsError(f"unknown {what} '{name}' ({nearest(name, list(of))})")
    return of[name]
