"""Marketing's own tables: the touches before and after a lead was created, spend by day, use of content."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from alignment_lib.demo import columns as col
from alignment_lib.demo import truth
from alignment_lib.demo.campaigns import NAMES, UNNAMED, campaign_of
from alignment_lib.demo.chance import Floats, Ints, pick, stream
from alignment_lib.demo.crm import REP_IDS, World
from alignment_lib.demo.deals import worked_by
from alignment_lib.demo.history import DAY_S, day_weights
from alignment_lib.demo.library import ASSETS

FIRST_TOUCHES = (0.30, 0.34, 0.10, 0.05, 0.04, 0.03, 0.14, 0.0, 0.0)
"""Sources of the touches before the last one: search and content open doors that webinars and events walk through."""
EARLIER_TOUCHES, LATER_TOUCHES = 1.2, 0.4
USES_PER_DEAL = 1.4
KINDS, TEAMS = ("media", "program", "people", "tools"), ("marketing", "sales")
DAILY_SOURCES = ("Paid Search", "Webinar", "Content Syndication", "Partner")
MONTHLY = (
    ("Event", "program", "marketing", 4_800.0),
    ("Organic Search", "program", "marketing", 3_900.0),
    ("Referral", "program", "marketing", 1_200.0),
    ("Partner", "program", "marketing", 1_500.0),
    ("", "people", "marketing", 31_000.0),
    ("", "people", "sales", 74_000.0),
    ("", "tools", "marketing", 3_400.0),
    ("", "tools", "sales", 2_900.0),
)
"""Source, kind, team and EUR a month at the usual size; a blank source is spent for all of them."""
USUAL_LEADS_PER_WEEK = 107.0


@dataclass(frozen=True)
class Touches:
    """Touches of a block, in order of time; `lead` is a row of the block's leads."""

    lead: Ints
    occurred_s: Ints
    source: Ints
    campaign: Ints


def touched(world: World) -> Touches:
    """Generate the touches of a block's leads: the last one before creation is the lead's own source and campaign."""
    leads, rng = world.leads, stream(world.seed, world.block.number, "touches")
    everyone = np.arange(leads.n)
    before = np.repeat(everyone, rng.poisson(EARLIER_TOUCHES, leads.n))
    later = np.repeat(everyone, rng.poisson(LATER_TOUCHES, leads.n))
    back = -(rng.exponential(24 * DAY_S, before.size).astype(np.int64) + 3_600)
    ahead = rng.exponential(30 * DAY_S, later.size).astype(np.int64) + 3_600
    other = np.concatenate([before, later])
    moment = leads.created_s[other] + np.concatenate([back, ahead])
    source = pick(rng, FIRST_TOUCHES, size=other.size)
    campaign = campaign_of(moment, source=source, luck=rng.random(other.size))
    lead = np.concatenate([everyone, other])
    occurred = np.concatenate([leads.created_s, moment])
    order = np.argsort(occurred, kind="stable")
    return Touches(
        lead[order],
        occurred[order],
        np.concatenate([leads.source, source])[order],
        np.concatenate([leads.campaign, campaign])[order],
    )


def touches(world: World, until_s: int) -> pa.Table:
    """Touches of the leads on record."""
    made = touched(world)
    row = np.flatnonzero((made.occurred_s <= until_s) & (world.leads.recorded_s[made.lead] <= until_s))
    return col.table({
        "Contact ID": world.lead_ids(made.lead[row]),
        "Touch Date": col.instant(made.occurred_s[row]),
        "Touch Source": col.category(made.source[row], truth.SOURCE_NAMES),
        "Touch Campaign": col.category(made.campaign[row], NAMES),
    })  # fmt: skip


def content_uses(world: World, until_s: int) -> pa.Table:
    """Which asset a rep used in which deal; the truth says which ones won deals use more."""
    deals, rng = world.deals, stream(world.seed, world.block.number, "content")
    base = np.array([asset.popularity for asset in ASSETS])
    lift = np.array([truth.ASSET_LIFT.get(asset.asset_id, 1.0) for asset in ASSETS])
    mean = USES_PER_DEAL * base / base.sum() * np.where(deals.won[:, np.newaxis], lift, 1.0)
    deal, asset = np.nonzero(rng.random(mean.shape) < mean)
    life = (deals.closed_s - deals.created_s)[deal]
    moment = deals.created_s[deal] + (rng.random(deal.size) * life).astype(np.int64)
    rep, used = worked_by(deals, moment, deal=deal, open_s=rng.random(deal.size) * 2 * 3600)
    published = np.array([(a.published_on - date(1970, 1, 1)).days for a in ASSETS])[asset] * DAY_S
    known = (used <= until_s) & (deals.recorded_s[deal] <= until_s) & (used >= published)
    row = np.flatnonzero(known)[np.argsort(used[known], kind="stable")]
    return col.table({
        "Asset ID": col.category(asset[row], [a.asset_id for a in ASSETS]),
        "Deal ID": world.deal_ids(deal[row]),
        "Used By": col.category(rep[row], REP_IDS),
        "Used At": col.instant(used[row]),
    })  # fmt: skip


def spend(world: World, until: date) -> pa.Table:
    """Spend by day, source and campaign before a date: media by the day, programmes, people and tools by the month."""
    block, rng = world.block, stream(world.seed, world.block.number, "spend")
    days = np.arange(block.first, block.last)
    parts = [*_media(rng, world, days), *_monthly(world, days)]
    day, source, campaign, kind, team, amount = (np.concatenate(part) for part in zip(*parts, strict=True))
    row = np.flatnonzero(day < (until - date(1970, 1, 1)).days)
    row = row[np.argsort(day[row], kind="stable")]
    return col.table({
        "Date": col.day(day[row]),
        "Source": col.category(source[row], truth.SOURCE_NAMES),
        "Campaign": col.category(campaign[row], NAMES),
        "Kind": col.category(kind[row], KINDS),
        "Team": col.category(team[row], TEAMS),
        "Cost": col.number(amount[row]),
    })  # fmt: skip


def _media(rng: np.random.Generator, world: World, days: Ints) -> list[tuple[Ints | Floats, ...]]:
    """Media of a day: cost per lead of the source times the leads it may expect that day, two campaigns half each."""
    weight = day_weights(world.block)
    age = np.clip((days - days[0]) / (7 * truth.WEEKS), 0, 1) if world.block.number == 0 else np.ones(days.size)
    parts: list[tuple[Ints | Floats, ...]] = []
    for name in DAILY_SOURCES:
        source = truth.source(name)
        share = source.mix_start + (source.mix_end - source.mix_start) * age
        expected = world.block.leads * weight / weight.sum() * share
        for half in (0.25, 0.75):
            cost = np.round(0.5 * expected * source.cost_per_lead * np.exp(0.2 * rng.standard_normal(days.size)), 2)
            index = np.full(days.size, truth.SOURCE_NAMES.index(name))
            campaign = campaign_of(days * DAY_S, source=index, luck=np.full(days.size, half))
            parts.append((days, index, campaign, *_kinds(days.size, "media", "marketing"), cost))
    return parts


def _monthly(world: World, days: Ints) -> list[tuple[Ints | Floats, ...]]:
    """Bills of the first of each month; programmes grow with the number of leads, people and tools do not."""
    first = days[days.astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) == days]
    scale = world.block.leads / ((world.block.last - world.block.first) / 7) / USUAL_LEADS_PER_WEEK
    parts: list[tuple[Ints | Floats, ...]] = []
    for name, kind, team, amount in MONTHLY:
        index = np.full(first.size, truth.SOURCE_NAMES.index(name))
        cost = np.full(first.size, round(amount * (scale if kind == "program" else 1.0), 2))
        parts.append((first, index, np.full(first.size, UNNAMED), *_kinds(first.size, kind, team), cost))
    return parts


def _kinds(n: int, kind: str, team: str) -> tuple[Ints, Ints]:
    return np.full(n, KINDS.index(kind)), np.full(n, TEAMS.index(team))
