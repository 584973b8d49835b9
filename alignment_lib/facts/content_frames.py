"""Facts → the content library, how often its assets are used, and how the deals ended in which they were."""

from __future__ import annotations

from typing import Any

import pandas as pd

from alignment_lib.facts.ages import DAY_S
from alignment_lib.facts.cohort_frames import as_number, tidy
from alignment_lib.facts.facts import UNKNOWN, Facts
from alignment_lib.facts.profiles import with_profile
from alignment_lib.params.period import midnight
from alignment_lib.stats.days import day_of

RECENT_DAYS, YEAR_DAYS = 90, 365
TEXTS = ("title", "kind", "stage", "persona", "owner", "origin_conversation")
COUNTS = ["month", "recent", "ever", "deals", "won", "lost", "open"]


def library(facts: Facts) -> pd.DataFrame:
    """Every asset published by the last visible day, sorted by id.

    Returns
    -------
    DataFrame
        Columns `asset_id`, `TEXTS` (empty where not given), `carries` (whether it supports the positioning; None where
        nobody said).
    """
    frame = facts.tables["content"].to_pandas()
    if "published_on" in frame:
        published = pd.to_datetime(frame["published_on"])
        frame = frame[published.isna() | (published <= pd.Timestamp(day_of(facts.run.as_of_day)))]
    found = pd.DataFrame({"asset_id": frame["asset_id"].astype(str)})
    for name in TEXTS:
        texts = frame[name] if name in frame else [None] * len(frame)
        found[name] = [t.strip() if isinstance(t, str) else "" for t in texts]
    carries = frame["supports_positioning"] if "supports_positioning" in frame else [None] * len(frame)
    found["carries"] = pd.Series([None if pd.isna(c) else bool(c) for c in carries], found.index, dtype=object)
    return found.sort_values("asset_id", kind="stable").reset_index(drop=True)


def asset_uses(facts: Facts) -> pd.DataFrame:
    """How often each asset was used by as-of, indexed by `asset_id`.

    Returns
    -------
    DataFrame
        Columns `month` (uses in the period), `recent` (in the last 90 days), `ever`, and deals in which it was used:
        `deals`, and of these `won`, `lost`, `open`. A use after the deal's closing counts as a use, not for the deal.
    """
    if not facts.tables.has("content_uses"):
        return pd.DataFrame(columns=COUNTS, dtype="int64")
    table = _uses(facts)
    recent = _instant(facts, facts.run.as_of_day + 1 - RECENT_DAYS)
    month = table.used_s >= _instant(facts, facts.run.first_day)
    within = table.used_s < _instant(facts, facts.run.last_day + 1)
    deal = table.in_time.ifelse(table.opportunity_id, None)
    counts: dict[str, Any] = {
        "month": (month & within).sum(),
        "recent": (table.used_s >= recent).sum(),
        "ever": table.count(),
        "deals": deal.nunique(),
    }
    counts |= {o: (table.outcome == o).ifelse(deal, None).nunique() for o in ("won", "lost", "open")}
    return tidy(table.group_by("asset_id").aggregate(**counts).to_pandas(), ["asset_id"]).set_index("asset_id")


def deals_by_content(facts: Facts, carrying: tuple[str, ...]) -> pd.DataFrame:
    """Deals closed in the year up to the last visible day, by whether an asset of `carrying` was used before.

    Returns
    -------
    DataFrame
        Columns `used` (`carrying`, `others` only), `won`, `lost`; sorted. Deals without any use are not in it.
    """
    table = _uses(facts)
    year = facts.run.last_day - YEAR_DAYS
    table = table.filter(table.in_time & (table.closed_day > year) & (table.closed_day <= facts.run.last_day))
    mine = table.asset_id.isin(carrying) if carrying else table.asset_id.isnull()
    deals = table.mutate(mine=as_number(mine)).group_by("opportunity_id")
    each = deals.aggregate(carries=lambda t: t.mine.max(), won=lambda t: as_number(t.outcome == "won").max())
    grouped = each.mutate(used=(each.carries == 1).ifelse("carrying", "others")).group_by("used")
    frame = grouped.aggregate(won=lambda t: t.won.sum(), lost=lambda t: (1 - t.won).sum())
    return tidy(frame.to_pandas(), ["used"])


def _uses(facts: Facts) -> Any:
    """Uses by as-of with the outcome of their deal; `in_time`: before the deal closed. In a slice, its deals' only."""
    import ibis

    uses, deals = facts.tables["content_uses"], facts.deals
    uses = uses.filter(uses.used_at.notnull())
    linked = deals is not None and "opportunity_id" in uses.columns
    nothing = {"outcome": ibis.null("string"), "closed_day": ibis.null("int64"), "in_time": ibis.literal(False)}
    own = uses.select(
        "asset_id",
        opportunity_id=uses.opportunity_id if linked else ibis.null("string"),
        used_s=uses.used_at.epoch_seconds().cast("int64"),
    )
    if not linked:
        return own.mutate(**nothing)
    known = deals.select(
        _id=deals.opportunity_id, outcome=deals.outcome, end_s=deals.closed_s, closed_day=deals.closed_day
    )
    joined = own.left_join(known, [own.opportunity_id == known["_id"]])
    if facts.run.params.slice is not None:
        joined = joined.filter(joined["_id"].notnull())
    # a closing known by its day only is its midnight
    before = (joined.outcome == "open") | (joined.used_s < joined.end_s + DAY_S)
    return joined.mutate(in_time=before.fill_null(False))


def _instant(facts: Facts, day: int) -> Any:
    import ibis

    return ibis.literal(int(midnight(day_of(day), facts.run.params.timezone).timestamp()), "int64")


def profile(facts: Facts, *, start: str) -> pd.DataFrame:
    """Leads that became MQL (else were created) in the period: `source`, `tier`, `persona` and `n`; sorted."""
    table = _profiled(
        facts, facts.leads.filter(facts.leads[f"{start}_day"].between(facts.run.first_day, facts.run.last_day))
    )
    keys = ["source", "tier", "persona"]
    return tidy(table.group_by(keys).aggregate(n=table.count()).to_pandas(), keys)


def closed_by_profile(facts: Facts) -> pd.DataFrame:
    """Deals closed in the year up to the last visible day by their lead's `tier` and `persona`: `won`, `lost`."""
    deals, last = facts.deals, facts.run.last_day
    closed = deals.filter(deals.closed_day.between(last - YEAR_DAYS + 1, last) & deals.outcome.isin(["won", "lost"]))
    table = _profiled(facts, closed)
    keys = ["tier", "persona"]
    frame = table.group_by(keys).aggregate(won=(table.outcome == "won").sum(), lost=(table.outcome == "lost").sum())
    return tidy(frame.to_pandas(), keys)


def _profiled(facts: Facts, table: Any) -> Any:
    """Rows that name a lead, with its tier and persona; `UNKNOWN` where neither is known."""
    known = with_profile(facts, table, "icp_tier", "persona")
    return known.mutate(tier=known.icp_tier.fill_null(UNKNOWN), persona=known.persona.fill_null(UNKNOWN))
