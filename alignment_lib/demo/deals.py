"""Opportunities: from sales-qualified leads and from the reps' own search, through the stages to won or lost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alignment_lib.demo import truth
from alignment_lib.demo.chance import (
    Bools,
    Floats,
    Ints,
    lognormal,
    passes,
    pick,
    stream,
)
from alignment_lib.demo.followup import FollowUp, after_by_rep
from alignment_lib.demo.history import (
    DAY_S,
    NEVER,
    after,
    to_local,
    to_utc,
    workday_from,
)
from alignment_lib.demo.leads import Leads, delay_s
from alignment_lib.demo.people import group_of, owner_at

STAGES = ("Discovery", "Evaluation", "Proposal", "Negotiation")
WON, LOST = "Closed Won", "Closed Lost"
DRIVERS = ("Total cost", "Audit trail", "Time to go live", "Integrations", "Reference customer", "Support in German")
DRIVER_SHARES_WON = (0.12, 0.24, 0.22, 0.16, 0.16, 0.10)
DRIVER_SHARES_LOST = (0.34, 0.10, 0.18, 0.22, 0.06, 0.10)
LOSS_REASONS = ("Price", "No decision", "Chose a competitor", "Missing feature", "Project stopped")
LOSS_SHARES = (0.24, 0.30, 0.22, 0.13, 0.11)
COMPETITORS = ("Bilanzio", "LedgerLoft", "Quorix", "Spreadsheets")
BLANK = -1
OUTBOUND = len(truth.SOURCES)
"""Index of the reps' own search in `SOURCE_NAMES` of deals, after those of leads."""
SOURCE_NAMES = (*truth.SOURCE_NAMES, truth.OUTBOUND)


@dataclass(frozen=True)
class Deals:
    """The opportunities of a block in order of creation; `lead` is a row of the block's leads, or BLANK."""

    lead: Ints
    source: Ints
    segment: Ints
    region: Ints
    group: Ints
    account: Ints
    luck: Floats
    owner: Ints
    created_s: Ints
    recorded_s: Ints
    amount: Floats
    won: Bools
    entered_s: Ints
    """Deals by stages; NEVER for a stage that was not reached."""
    closed_s: Ints
    close_recorded_s: Ints
    expected_day: Ints
    reason: Ints
    driver: Ints
    competitor: Ints

    @property
    def n(self) -> int:
        return self.created_s.size


def negotiate(seed: int, leads: Leads, followed: FollowUp, *, late: bool) -> Deals:
    """Generate the opportunities of a block, whatever of them is known yet."""
    rng = stream(seed, leads.block.number, "deals")
    lead, created = _opened(rng, leads, followed)
    of_lead, n = lead != BLANK, lead.size
    segment = np.where(of_lead, leads.segment[lead], pick(rng, truth.OUTBOUND_SEGMENTS, size=n))
    region = np.where(of_lead, leads.region[lead], pick(rng, truth.REGION_MIX, size=n))
    source = np.where(of_lead, leads.source[lead], OUTBOUND)
    group = group_of(segment, region)
    luck = np.where(of_lead, followed.luck[lead], rng.random(n))
    won = passes(np.where(of_lead, leads.need[lead], rng.standard_normal(n)), _won_rates()[source, segment])
    days, closed = _closing(rng, created, segment, won)
    tardy = stream(seed, leads.block.number, "late deals")
    recorded = created + delay_s(tardy, n, share=truth.LATE_DEALS, days=truth.LATE_DEAL_DAYS, late=late)
    close_delay = delay_s(tardy, n, share=truth.LATE_CLOSES, days=truth.LATE_CLOSE_DAYS, late=late)
    guess = days * np.exp(0.35 * rng.standard_normal(n)) * 0.9
    return Deals(
        lead=lead,
        source=source,
        segment=segment,
        region=region,
        group=group,
        account=np.where(of_lead, leads.account[lead], 300_000_000 + leads.block.number * 10_000_000 + np.arange(n)),
        luck=luck,
        owner=owner_at(created, group=group, luck=luck),
        created_s=created,
        recorded_s=recorded,
        amount=_amount(rng, segment),
        won=won,
        entered_s=_stages(rng, created, closed, won),
        closed_s=closed,
        close_recorded_s=np.maximum(closed, recorded) + close_delay,
        expected_day=to_local(created) // DAY_S + np.maximum(np.rint(guess), 3).astype(np.int64),
        reason=np.where(~won & (rng.random(n) < 0.9), pick(rng, LOSS_SHARES, size=n), BLANK),
        driver=_driver(rng, won),
        competitor=np.where(rng.random(n) < 0.45, rng.integers(0, len(COMPETITORS), n), BLANK),
    )


def _opened(rng: np.random.Generator, leads: Leads, followed: FollowUp) -> tuple[Ints, Ints]:
    """Open deals for most sales-qualified leads and some of the reps' own; in order of creation."""
    lead = np.flatnonzero((followed.sql_s < NEVER) & (rng.random(leads.n) < truth.OPPORTUNITY))
    lag = lognormal(rng, median=12_000.0, sigma=0.9, size=lead.size)
    opened = after(followed.sql_s[lead], open_s=lag)
    own = max(round(leads.n * truth.OUTBOUND_PER_LEAD), 1)
    start = np.array([leads.block.first, leads.block.last]) * DAY_S
    found = after(rng.integers(start[0], start[1], own), open_s=rng.integers(0, 7 * 3600, own))
    created = np.concatenate([opened, found])
    order = np.argsort(created, kind="stable")
    return np.concatenate([lead, np.full(own, BLANK)])[order], created[order]


def _won_rates() -> Floats:
    return np.array([*(source.won for source in truth.SOURCES), truth.OUTBOUND_WON])


def _closing(rng: np.random.Generator, created: Ints, segment: Ints, won: Bools) -> tuple[Floats, Ints]:
    """Draw days to the outcome and the instant of it, on a working day after the day of creation."""
    median = np.where(won, np.array(truth.WON_MEDIAN_DAYS)[segment], np.array(truth.LOST_MEDIAN_DAYS)[segment])
    days = lognormal(rng, median=median, sigma=truth.CLOSE_SIGMA, size=created.size)
    start_day = to_local(created) // DAY_S
    day = workday_from(np.maximum(np.rint(to_local(created) / DAY_S + days - 0.5).astype(np.int64), start_day + 1))
    return days, to_utc(day * DAY_S + 9 * 3600 + rng.integers(3_600, 8 * 3_600, created.size))


def _stages(rng: np.random.Generator, created: Ints, closed: Ints, won: Bools) -> Ints:
    """Enter the stages one after the other; lost deals end in any of them, won ones passed all."""
    n = created.size
    share = np.cumsum(rng.dirichlet((2.0, 3.0, 3.0, 2.0), n), axis=1)[:, :-1]
    entered = created[:, np.newaxis] + (share * (closed - created)[:, np.newaxis]).astype(np.int64)
    reached = np.where(won, len(STAGES), pick(rng, (0.3, 0.3, 0.25, 0.15), size=n) + 1)
    skipped = np.arange(1, len(STAGES)) >= reached[:, np.newaxis]
    return np.column_stack([created, np.where(skipped, NEVER, entered)])


def _amount(rng: np.random.Generator, segment: Ints) -> Floats:
    """Draw the amount in EUR, in steps of 50."""
    median, sigma = np.array(truth.AMOUNT_MEDIAN)[segment], np.array(truth.AMOUNT_SIGMA)[segment]
    drawn = np.rint(median * np.exp(sigma * rng.standard_normal(segment.size)) / 50) * 50
    return np.asarray(np.clip(drawn, 500.0, 950_000.0))


def _driver(rng: np.random.Generator, won: Bools) -> Ints:
    """Draw what decided the deal; blank for a fifth."""
    n = won.size
    drawn = np.where(won, pick(rng, DRIVER_SHARES_WON, size=n), pick(rng, DRIVER_SHARES_LOST, size=n))
    return np.where(rng.random(n) < 0.8, drawn, BLANK)


def worked_by(deals: Deals, instant_s: Ints, *, deal: Ints, open_s: Floats) -> tuple[Ints, Ints]:
    """Find who works on deals at given instants, and the moment in their office hours."""
    rep = owner_at(instant_s, group=deals.group[deal], luck=deals.luck[deal])
    return rep, after_by_rep(instant_s, rep, open_s=open_s)
