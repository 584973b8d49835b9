"""The CRM's own tables as exported at an instant: what was recorded by then, and nothing later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from alignment_lib.demo import activities as acts
from alignment_lib.demo import columns as col
from alignment_lib.demo import deals as dealing
from alignment_lib.demo import followup, truth
from alignment_lib.demo.activities import Activities
from alignment_lib.demo.campaigns import NAMES
from alignment_lib.demo.chance import Bools, Ints
from alignment_lib.demo.deals import BLANK, Deals
from alignment_lib.demo.followup import FollowUp
from alignment_lib.demo.history import DAY_S, NEVER, Block, to_local, to_utc
from alignment_lib.demo.leads import CRITERIA, GRADES, Leads
from alignment_lib.demo.names import company_names

LEAD_BASE, DEAL_BASE, ACTIVITY_BASE, ACCOUNT_BASE = 51_000_000_000, 19_000_000_000, 82_000_000_000, 70_000_000_000
PER_BLOCK, ACTIVITIES_PER_BLOCK = 100_000_000, 1_000_000_000
REP_IDS = tuple(rep.rep_id for rep in truth.REPS)
REP_NAMES = tuple(rep.name for rep in truth.REPS)
TIERS = ("Tier 1", "Tier 2", "Tier 3")
REASONS = (*followup.REASONS, "Not reached")


@dataclass(frozen=True)
class World:
    """All that happens in a block of history."""

    seed: int
    block: Block
    leads: Leads
    followed: FollowUp
    deals: Deals
    activities: Activities

    def lead_ids(self, row: Ints, *, known: Bools | None = None) -> col.Column:
        return col.record_id(LEAD_BASE + self.block.number * PER_BLOCK, row, known=known)

    def deal_ids(self, row: Ints, *, known: Bools | None = None) -> col.Column:
        return col.record_id(DEAL_BASE + self.block.number * PER_BLOCK, row, known=known)


def contacts(world: World, until_s: int) -> pa.Table:
    """Leads under the headings of the CRM."""
    leads, followed = world.leads, world.followed
    row = np.flatnonzero(leads.recorded_s <= until_s)
    deal = _deal_of_lead(world, until_s)[row]

    def moment(epoch_s: Ints) -> col.Column:
        return col.instant(epoch_s[row], known=epoch_s[row] <= until_s)

    routed = followed.assigned_s[row] <= until_s
    decided = np.minimum(followed.accepted_s, followed.rejected_s)[row] <= until_s
    owner = followed.owner[row]
    return col.table({
        "Record ID": world.lead_ids(row),
        "Create Date": col.instant(leads.created_s[row], how="wall"),
        "Original Source": col.category(leads.source[row], truth.SOURCE_NAMES),
        "Latest Campaign": col.category(leads.campaign[row], NAMES),
        "Segment": col.category(leads.segment[row], truth.SEGMENTS),
        "Region": col.category(leads.region[row], truth.REGIONS),
        "Buyer Persona": col.category(leads.persona[row], truth.PERSONAS),
        "ICP Tier": col.category(leads.tier[row], TIERS),
        "Associated Company ID": col.record_id(ACCOUNT_BASE, leads.account[row]),
        "Contact Owner ID": col.category(owner, REP_IDS, known=routed),
        "Contact Owner": col.category(owner, REP_NAMES, known=routed),
        "Lead Score": col.number(leads.score[row]),
        "Lead Grade": col.category(leads.grade[row], GRADES),
        "Sales Rating": col.category(followed.rating[row], followup.RATINGS, known=decided),
        "Lifecycle: MQL Date": moment(leads.mql_s),
        "Assigned Date": moment(followed.assigned_s),
        "Sales Accepted Date": moment(followed.accepted_s),
        "Sales Rejected Date": moment(followed.rejected_s),
        "Rejection Reason": col.category(followed.reason[row], REASONS, known=decided),
        "Lifecycle: SQL Date": moment(followed.sql_s),
        "Associated Deal ID": world.deal_ids(deal, known=deal != BLANK),
    })  # fmt: skip


def _deal_of_lead(world: World, until_s: int) -> Ints:
    """Row of each lead's deal that is on record, or BLANK."""
    deals = world.deals
    of_lead = np.full(world.leads.n, BLANK)
    row = np.flatnonzero((deals.lead != BLANK) & (deals.recorded_s <= until_s))
    of_lead[deals.lead[row]] = row
    return of_lead


def deals(world: World, until_s: int) -> pa.Table:
    """Opportunities under the headings of the CRM."""
    made = world.deals
    row = np.flatnonzero(made.recorded_s <= until_s)
    closed = made.close_recorded_s[row] <= until_s
    lost = closed & ~made.won[row]
    odd = _odd_rows(world)
    stage = (made.entered_s[row] <= until_s).sum(axis=1) - 1
    stage = np.where(closed & ~np.isin(row, odd.without_outcome), np.where(made.won[row], 4, 5), stage)
    return col.table({
        "Record ID": world.deal_ids(row),
        "Deal Name": col.category(made.account[row] % len(company_names()), company_names()),
        "Associated Contact ID": world.lead_ids(made.lead[row], known=made.lead[row] != BLANK),
        "Associated Company ID": col.record_id(ACCOUNT_BASE, made.account[row]),
        "Create Date": col.instant(made.created_s[row]),
        "Original Source": col.category(made.source[row], dealing.SOURCE_NAMES),
        "Segment": col.category(made.segment[row], truth.SEGMENTS),
        "Region": col.category(made.region[row], truth.REGIONS),
        "Deal Owner ID": col.category(made.owner[row], REP_IDS),
        "Amount": col.amount(made.amount[row], readable=~np.isin(row, odd.amount), instead=truth.UNREADABLE_AMOUNTS),
        "Deal Stage": col.category(stage, (*dealing.STAGES, dealing.WON, dealing.LOST)),
        "Expected Close Date": col.day(made.expected_day[row]),
        "Close Date": col.instant(_close_date(made, odd)[row], known=closed, how="wall day"),
        "Closed Lost Reason": col.category(made.reason[row], dealing.LOSS_REASONS, known=lost),
        "Decision Driver": col.category(made.driver[row], dealing.DRIVERS, known=closed),
        "Main Competitor": col.category(made.competitor[row], dealing.COMPETITORS),
    })  # fmt: skip


@dataclass(frozen=True)
class OddRows:
    """Rows of deals that are wrong on purpose."""

    amount: Ints
    before_created: Ints
    without_outcome: Ints


def _odd_rows(world: World) -> OddRows:
    """Choose the wrong rows of the first block, spread over its deals."""
    if world.block.number:
        nothing = np.array([], dtype=np.int64)
        return OddRows(nothing, nothing, nothing)
    won, lost = np.flatnonzero(world.deals.won), np.flatnonzero(~world.deals.won)
    return OddRows(
        _spread(np.arange(world.deals.n), len(truth.UNREADABLE_AMOUNTS)),
        _spread(won, truth.WON_BEFORE_CREATED),
        _spread(lost, truth.CLOSED_WITHOUT_OUTCOME),
    )


def _spread(rows: Ints, count: int) -> Ints:
    """Rows at even distances within the first four fifths."""
    return rows[(np.arange(1, count + 1) * 0.8 / count * (rows.size - 1)).astype(np.int64)] if rows.size else rows


def _close_date(made: Deals, odd: OddRows) -> Ints:
    """Local midnight of the closing day; for the odd ones nine days before their creation."""
    moment = made.closed_s.copy()
    moment[odd.before_created] = made.created_s[odd.before_created] - 9 * DAY_S
    return to_utc(to_local(moment) // DAY_S * DAY_S)


def stage_history(world: World, until_s: int) -> pa.Table:
    """One row per deal and stage entered."""
    made = world.deals
    closed = np.where(made.close_recorded_s <= until_s, made.closed_s, NEVER)
    closed[_odd_rows(world).without_outcome] = NEVER
    entered = np.column_stack([made.entered_s, closed])
    row, stage = np.nonzero((entered <= until_s) & (made.recorded_s <= until_s)[:, np.newaxis])
    shown = np.where(stage < 4, stage, np.where(made.won[row], 4, 5))
    return col.table({
        "Deal ID": world.deal_ids(row),
        "Deal Stage": col.category(shown, (*dealing.STAGES, dealing.WON, dealing.LOST)),
        "Date Entered": col.instant(entered[row, stage]),
    })  # fmt: skip


def engagements(world: World, until_s: int) -> pa.Table:
    """Activities; those on a deal not yet on record are not on record either."""
    done = world.activities
    known = done.occurred_s <= until_s
    late = world.deals.recorded_s > until_s
    known &= ~((done.deal != BLANK) & late[done.deal])
    row = np.flatnonzero(known)
    lead, deal = done.lead[row], done.deal[row]
    base = ACTIVITY_BASE + world.block.number * ACTIVITIES_PER_BLOCK
    return col.table({
        "Engagement ID": col.record_id(base, row),
        "Associated Contact ID": world.lead_ids(lead, known=lead != BLANK),
        "Associated Deal ID": world.deal_ids(deal, known=deal != BLANK),
        "Activity Assigned To": col.category(done.rep[row], REP_IDS),
        "Activity Type": col.category(done.kind[row], acts.KINDS),
        "Direction": col.category(done.direction[row], acts.DIRECTIONS),
        "Call or Meeting Outcome": col.category(done.outcome[row], acts.OUTCOMES),
        "Activity Date": col.instant(done.occurred_s[row]),
    })  # fmt: skip


def qualification(world: World, until_s: int) -> pa.Table:
    """Which criteria of a qualified lead are met: a row per lead and criterion."""
    row = np.flatnonzero(world.leads.recorded_s <= until_s)
    count = len(CRITERIA)
    return col.table({
        "Contact ID": world.lead_ids(np.repeat(row, count)),
        "Criterion": col.category(np.tile(np.arange(count), row.size), CRITERIA),
        "Met": col.category(np.where(world.leads.met[row].ravel(), 0, 1), ("yes", "no")),
    })  # fmt: skip
