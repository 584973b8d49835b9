"""Facts → the month's revenue: open deals, why deals were decided, use of assets, spend by source, deals reopened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from alignment_lib.facts.ages import DAY_S
from alignment_lib.facts.cohort_frames import tidy
from alignment_lib.facts.facts import ENDED, Facts
from alignment_lib.facts.money_frames import OTHER, in_cents
from alignment_lib.facts.stage_entries import entries
from alignment_lib.stats.days import EPOCH

UNASSIGNED = ""
"""The source of spend that is booked to none."""
ANY = ""
"""The stage of an asset that is for no stage, or for one that no deal entered."""
LONG_AGO = -1_000_000
"""The day from which an asset of unknown age was there."""


def open_deals(facts: Facts, *, at_s: int) -> pd.DataFrame:
    """Deals open at an instant, one row each.

    Returns
    -------
    DataFrame
        Columns `opportunity_id`, `owner_id`, `source`, `segment`, `lead_days` and `deal_days` (days since lead and
        deal began; null where unknown); sorted by id.
    """
    deals = facts.deals
    table = deals.filter((deals.born_s < at_s) & (deals.over_s.isnull() | (deals.over_s >= at_s)))
    columns = ("opportunity_id", "owner_id", "source", "segment")
    frame = table.select(*columns, lead_s=at_s - table.lead_created_s, deal_s=at_s - table.created_s).to_pandas()
    for name in ("lead", "deal"):
        days = pd.to_numeric(frame.pop(f"{name}_s")).astype(float) / DAY_S
        frame[f"{name}_days"] = days.where(days >= 0)
    return frame.sort_values("opportunity_id", kind="stable").reset_index(drop=True)


def reasons(facts: Facts, *, first_day: int, recent_day: int, last_day: int) -> pd.DataFrame:
    """Deals closed in the days given by what decided them.

    Parameters
    ----------
    recent_day
        `recent` is true from this epoch day on.

    Returns
    -------
    DataFrame
        Columns `recent`, `outcome`, `driver`, `loss_reason`, `competitor` (empty where left blank) and `n`; sorted.
    """
    deals = facts.deals
    table = deals.filter(deals.closed_day.between(first_day, last_day) & deals.outcome.isin(ENDED))
    columns = {"driver": "decision_driver", "loss_reason": "loss_reason", "competitor": "competitor"}
    texts = {name: table[column].fill_null("").strip() for name, column in columns.items()}
    table = table.select(recent=table.closed_day >= recent_day, outcome=table.outcome, **texts)
    keys = ["recent", "outcome", *columns]
    return tidy(table.group_by(keys).aggregate(n=table.count()).to_pandas(), keys)


def stage_reach(facts: Facts, *, first_day: int, last_day: int) -> pd.DataFrame:
    """Deals closed in the days given by the stages they had entered.

    Returns
    -------
    DataFrame
        Columns `stage` (`ANY`: every deal), `closed_day`, `outcome`, `n`; sorted. Without a history of stages only
        `ANY`.
    """
    closed = _closed(facts, first_day, last_day)
    keys = ["closed_day", "outcome"]
    frames = [closed.group_by(keys).aggregate(n=closed.count()).to_pandas().assign(stage=ANY)]
    if facts.tables.has("stage_changes"):
        reached = closed.inner_join(_entered(facts), "opportunity_id")
        frames.append(reached.group_by(["stage", *keys]).aggregate(n=reached.count()).to_pandas())
    frame = pd.concat(frames, ignore_index=True)[["stage", *keys, "n"]]
    return tidy(frame.astype({"closed_day": "int64"}), ["stage", *keys])


def asset_uses(facts: Facts, *, first_day: int, last_day: int, stages: Sequence[str]) -> pd.DataFrame:
    """Deals closed in the days given in which an asset was used, up to the day of closing, a deal once.

    Parameters
    ----------
    stages
        Stages that deals are known to have entered: an asset for one of them counts in the deals that entered it.

    Returns
    -------
    DataFrame
        Columns `asset_id`, `won`, `lost`; sorted. Deals that closed before the asset was published do not count.
    """
    uses = facts.tables["content_uses"]
    uses = uses.filter(uses.opportunity_id.notnull() & uses.used_at.notnull())
    first_use = uses.group_by(["asset_id", "opportunity_id"]).aggregate(used_s=uses.used_at.min().epoch_seconds())
    table = first_use.inner_join(_closed(facts, first_day, last_day), "opportunity_id")
    table = table.filter(table.used_s.cast("int64") < table.closed_s + DAY_S)
    assets = _assets(facts, stages)
    table = table.inner_join(assets, table.asset_id == assets["_asset"])
    table = table.filter(table.closed_day >= table.from_day)
    if facts.tables.has("stage_changes"):
        entered = _entered(facts).rename(_deal="opportunity_id", _entered="stage")
        same = [table.opportunity_id == entered["_deal"], table.asset_stage == entered["_entered"]]
        table = table.left_join(entered, same)
        table = table.filter((table.asset_stage == ANY) | table["_entered"].notnull())
    counts = {outcome: (table.outcome == outcome).sum() for outcome in ENDED}
    return tidy(table.group_by("asset_id").aggregate(**counts).to_pandas(), ["asset_id"])


def assets(facts: Facts, *, stages: Sequence[str]) -> pd.DataFrame:
    """The library: columns `asset_id`, `title`, `stage` (`ANY` where it is none of `stages`), `from_day`; sorted."""
    table = _assets(facts, stages)
    frame = table.select(asset_id=table["_asset"], title=table.title, stage=table.asset_stage, from_day=table.from_day)
    return frame.to_pandas().sort_values("asset_id", kind="stable").reset_index(drop=True)


def _closed(facts: Facts, first_day: int, last_day: int) -> Any:
    deals = facts.deals
    table = deals.filter(deals.closed_day.between(first_day, last_day) & deals.outcome.isin(ENDED))
    return table.select("opportunity_id", "outcome", "closed_day", "closed_s")


def _entered(facts: Facts) -> Any:
    """Each stage that a deal entered, once."""
    told = entries(facts)
    return told.filter(told.initial).select("opportunity_id", "stage")


def _assets(facts: Facts, stages: Sequence[str]) -> Any:
    import ibis

    content = facts.tables["content"]
    title = content.title if "title" in content.columns else ibis.null("string")
    stage = content.stage if "stage" in content.columns else ibis.null("string")
    known = stage.isin(list(stages)).fill_null(False) if stages else ibis.literal(False)
    begins = ibis.literal(LONG_AGO, "int64")
    if "published_on" in content.columns:
        day = content.published_on.delta(ibis.literal(EPOCH), unit="day").cast("int64")
        begins = day.fill_null(LONG_AGO)
    return content.select(
        _asset=content.asset_id,
        title=title.fill_null(content.asset_id),
        asset_stage=known.ifelse(stage, ibis.literal(ANY)),
        from_day=begins,
    )


def spend_by_source(facts: Facts, *, last_day: int, by: str = "", of: str = "") -> pd.DataFrame:
    """Spend up to a day, by day, source, kind and team; as `money_frames.spend_by_day`.

    Returns
    -------
    DataFrame
        Columns `day` (epoch day), `source` (`UNASSIGNED` where it is booked to none), `kind`, `team` (`OTHER` where
        unknown), `amount` (currency); sorted.
    """
    import ibis

    spend = facts.tables["spend"]
    if by:
        spend = spend.filter(spend[by] == of)
    blank = {"source": UNASSIGNED, "kind": OTHER, "team": OTHER}
    texts = {
        n: (spend[n] if n in spend.columns else ibis.null("string")).fill_null(other) for n, other in blank.items()
    }
    day = spend.spent_on.delta(ibis.literal(EPOCH), unit="day").cast("int64")
    table = spend.select(day=day, amount=spend.amount, **texts)
    table = table.filter(table.day <= last_day)
    keys = ["day", "source", "kind", "team"]
    frame = table.group_by(keys).aggregate(amount=table.amount.sum()).to_pandas()
    frame["amount"] = pd.to_numeric(frame["amount"].astype(object)).astype(float)
    return frame.sort_values(keys, kind="stable").reset_index(drop=True)


def reopenings(facts: Facts, *, closing: Mapping[str, str], begin_s: int, end_s: int) -> pd.DataFrame:
    """Deals that came back in a period from a stage that closes deals to one that does not.

    Parameters
    ----------
    closing
        The stages that close a deal, and the outcome each stands for.
    begin_s, end_s
        Epoch seconds; what happens at `end_s` comes after the period.

    Returns
    -------
    DataFrame
        One row per time a deal came back: columns `opportunity_id`, `owner_id`, `segment`, `outcome` (what it had
        been), `closed_s`, `reopened_s`, `cents` (null where unknown); sorted.
    """
    table, names = entries(facts), sorted(closing)
    table = table.filter(table.stage.isin(names) & table.next_stage.notin(names))
    table = table.filter((table.next_s >= begin_s) & (table.next_s < end_s) & (table.next_s > table.entered_s))
    deals = facts.deals
    cents = in_cents(deals.open_amount)
    deals = deals.select("opportunity_id", "owner_id", "segment", "born_s", "over_s", cents=cents)
    joined = table.inner_join(deals, "opportunity_id")
    joined = joined.filter(
        (joined.born_s <= joined.entered_s) & (joined.over_s.isnull() | (joined.over_s >= joined.next_s))
    )
    columns = ("opportunity_id", "owner_id", "segment", "stage", "cents")
    frame = joined.select(*columns, closed_s=joined.entered_s, reopened_s=joined.next_s).to_pandas()
    frame["outcome"] = frame.pop("stage").map(dict(closing))
    frame["cents"] = frame["cents"].astype("Int64")
    return frame.sort_values(["opportunity_id", "closed_s"], kind="stable").reset_index(drop=True)


def follow_up_by_day(facts: Facts, *, sla_s: int, first_day: int, last_day: int) -> pd.DataFrame:
    """Leads by the day on which their clock started: columns `day`, `met`, `missed` of the agreed seconds; sorted."""
    leads = facts.leads
    table = leads.filter(leads.start_day.between(first_day, last_day))
    met = (table.response_s <= sla_s).fill_null(False)
    late = ((table.response_s > sla_s) | (table.waited_s > sla_s)).fill_null(False)
    frame = table.group_by(day=table.start_day).aggregate(met=met.sum(), missed=late.sum()).to_pandas()
    return tidy(frame.astype({"day": "int64"}), ["day"])
