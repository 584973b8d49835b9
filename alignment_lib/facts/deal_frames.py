"""Facts → deals: counts by rep, amounts won, and the touches that led to each deal won."""

from __future__ import annotations

from typing import Any

import pandas as pd

from alignment_lib.facts.ages import DAY_S
from alignment_lib.facts.cohort_frames import require, tidy
from alignment_lib.facts.facts import ENDED, UNKNOWN, Facts

NEEDS = {
    "rep_counts": ("opportunities.closed_at", "opportunities.owner_id"),
    "won_amounts": ("opportunities.closed_at", "opportunities.amount"),
    "journeys": ("opportunities.closed_at", "opportunities.amount", "touches.occurred_at"),
}
"""The columns without which each function cannot count."""


def undated(facts: Facts) -> int:
    """Deals, as known at the run, that were won or lost on a day that nobody wrote down; 0 where no day is told."""
    if not facts.tables.has("opportunities.closed_at"):
        return 0
    deals = facts.deals
    lost = deals.outcome.isin(ENDED) & deals.closed_day.isnull()
    return int(deals.filter(lost).count().to_pandas())


def rep_counts(facts: Facts, *, first_day: int, last_day: int) -> pd.DataFrame:
    """Deals closed in the days given, by owner, of everybody who owns a deal.

    Returns
    -------
    DataFrame
        Columns `owner_id` (null: nobody), `won`, `lost`, `open` (deals, as of the run); sorted. Whoever closed nothing
        has a row with 0 and 0: their rate is undefined, not 0 %. `won` of `won + lost` goes to `reps.funnel_point`.
    """
    require(facts, *NEEDS["rep_counts"])
    deals = facts.deals
    closed = deals.closed_day.between(first_day, last_day).fill_null(False)
    frame = deals.group_by("owner_id").aggregate(
        won=(closed & (deals.outcome == "won")).sum(),
        lost=(closed & (deals.outcome == "lost")).sum(),
        open=(deals.outcome == "open").sum(),
    )
    return tidy(frame.to_pandas(), ["owner_id"])


def won_amounts(facts: Facts, *, first_day: int, last_day: int) -> pd.DataFrame:
    """Amounts of the deals won in the days given, for `money`: columns `source`, `segment`, `amount` (currency).

    One row per deal, sorted; a deal whose amount is not known has a null one, to be counted and left out.
    """
    require(facts, *NEEDS["won_amounts"])
    won = _won(facts, first_day, last_day)
    frame = won.select("source", "segment", amount=won.amount.cast("float64")).to_pandas()
    return frame.sort_values(["source", "segment", "amount"], kind="stable").reset_index(drop=True)


def journeys(facts: Facts, *, first_day: int, last_day: int, lookback_days: float | None = None) -> pd.DataFrame:
    """The touches before each deal won in the days given: those of the deal's lead, up to the closing.

    Parameters
    ----------
    lookback_days
        Touches longer before the closing than so many days are left out; None keeps all.

    Returns
    -------
    DataFrame
        One row per touch; a deal without any has one row with a null touch, so that its value stays unattributed.
        Columns `opportunity_id`, `amount` (currency), `lead_s`, `deal_s`, `close_s` (lead created, deal created, deal
        won), `touch_s` (all epoch seconds, null where unknown), `touch_source`, `touch_campaign`; sorted by deal and
        touch. `attribution.attribute` takes days: divide by 86,400. A closing known by its day only is its midnight:
        touches of that day come after it.
    """
    require(facts, *NEEDS["journeys"])
    won = _won(facts, first_day, last_day)
    won = won.select("opportunity_id", "lead_id", amount=won.amount.cast("float64"), lead_s=won.lead_created_s,
                     deal_s=won.created_s, close_s=won.closed_s)  # fmt: skip
    touch = _touch(facts)
    touch = touch.semi_join(won, touch["_lead"] == won.lead_id)  # an engine would hash every touch for the outer join
    apart = [won.lead_id == touch["_lead"], touch.touch_s <= won.close_s]
    if lookback_days is not None:
        apart.append(touch.touch_s >= won.close_s - int(lookback_days * DAY_S))
    frame = won.left_join(touch, apart).drop("lead_id", "_lead").to_pandas()
    for name in ("lead_s", "deal_s", "close_s", "touch_s"):
        frame[name] = frame[name].astype("Int64")
    order = ["opportunity_id", "touch_s", "touch_source", "touch_campaign"]
    return frame.sort_values(order, kind="stable").reset_index(drop=True)


def _won(facts: Facts, first_day: int, last_day: int) -> Any:
    deals = facts.deals
    return deals.filter(deals.closed_day.between(first_day, last_day) & (deals.outcome == "won"))


def _touch(facts: Facts) -> Any:
    import ibis

    touches = facts.tables["touches"]
    texts = {
        f"touch_{name}": (touches[name] if name in touches.columns else ibis.null("string")).fill_null(UNKNOWN)
        for name in ("source", "campaign")
    }
    return touches.select(_lead=touches.lead_id, touch_s=touches.occurred_at.epoch_seconds().cast("int64"), **texts)
