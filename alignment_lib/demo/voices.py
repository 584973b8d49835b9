"""Words about generated rows: wins, feedback on campaigns, and who read which mail."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from alignment_lib.demo import columns as col
from alignment_lib.demo import truth
from alignment_lib.demo.campaigns import NAMES
from alignment_lib.demo.chance import Bools, Ints, stream
from alignment_lib.demo.crm import REP_IDS, REP_NAMES, World
from alignment_lib.demo.deals import SOURCE_NAMES
from alignment_lib.demo.history import (
    DAY_S,
    NEVER,
    after,
    calendar_date,
    epoch_day,
    to_local,
    to_utc,
)
from alignment_lib.demo.names import company_names

WEEKS_BEFORE, WEEKS_AFTER = 16, 8
"""The hand-kept rows about generated ones reach from so many weeks before the history's end to so many after it."""
HEADLINES = (
    "{company} closes its books in three days from January",
    "{company} replaces eleven spreadsheets with one ledger",
    "{company} picks us after the auditor tried the export",
    "{company} signs for all its subsidiaries",
    "{company} goes live before the year-end",
    "{company} leaves {competitor} after four years",
)
QUOTES = (
    "We stopped comparing when we saw our own numbers on your screen.",
    "The reference call settled it: they answered what we had not dared to ask.",
    "You were the only ones who called back on the same day.",
    "Your calculator was kinder to us than our own.",
    "I want my Fridays back.",
    "The auditor asked for your number.",
    "Nobody had to explain accruals to your people.",
    "We expected a project and got a plan of six weeks.",
)
PRAISE = (
    "They had read the guide and quoted it",
    "Right person, right size, asked for a date",
    "Came with a list of questions from the webinar",
    "Knew the price and still wanted the call",
    "Had our calculator's result open",
)
COMPLAINTS = (
    "A student writing a thesis",
    "Wanted the checklist, nothing else",
    "Consultant who collects brochures",
    "Number does not exist, mail bounces",
    "Signed last month with somebody else",
    "Ten people and a shoe box of receipts",
)
ANSWERS = (
    "Good to hear; we keep it as it is",
    "Passed on to the speaker, who was pleased",
    "The budget of this campaign stays until October",
    "Thanks: the form now asks for the role",
    "The publisher has been told and replaces the lead",
    "The landing page names the minimum size from Monday",
    "Passed on to content, new page next week",
)
"""The first three answer praise."""
FEEDBACK_PER_WEEK = 5
MAILINGS = ("marketing update", "product update")


def wins(world: World, until_s: int) -> pa.Table:
    """The largest won deal of each of the last weeks, in one sentence."""
    row = _largest_won(world)
    deals = world.deals
    known = deals.close_recorded_s[row] <= until_s
    row, turn = row[known], np.flatnonzero(known)
    day = to_local(deals.closed_s[row]) // DAY_S
    return col.table({
        "Won On": col.day(day),
        "Deal ID": world.deal_ids(row),
        "Headline": col.text([_headline(world, int(r)) for r in row]),
        "Quote": col.text([QUOTES[t % len(QUOTES)] for t in turn.tolist()]),
        "Credit": col.text([_credit(world, int(r)) for r in row]),
    })  # fmt: skip


def _largest_won(world: World) -> Ints:
    """Row of the won deal with the largest amount, by week of closing."""
    deals = world.deals
    week = (to_local(deals.closed_s) // DAY_S - world.block.last) // 7
    row = np.flatnonzero(deals.won & (week >= -WEEKS_BEFORE) & (week < WEEKS_AFTER))
    row = row[np.lexsort((row, -deals.amount[row], week[row]))]
    return row[np.unique(week[row], return_index=True)[1]]


def _headline(world: World, row: int) -> str:
    names, account = company_names(), int(world.deals.account[row])
    return HEADLINES[account % len(HEADLINES)].format(company=names[account % len(names)], competitor="Bilanzio")


def _credit(world: World, row: int) -> str:
    rep, source = REP_NAMES[int(world.deals.owner[row])], SOURCE_NAMES[int(world.deals.source[row])]
    if source == truth.OUTBOUND:
        return f"{rep} (sales), who found the account"
    return f"{rep} (sales), {source.lower() or 'source unknown'} (marketing)"


def feedback(world: World, until_s: int) -> pa.Table:
    """What reps said about leads of campaigns: thumbs up mostly for accepted ones, and marketing's answers."""
    rng = stream(world.seed, world.block.number, "feedback")
    followed, leads = world.followed, world.leads
    row = _heard_of(rng, world)
    n = row.size
    decided = np.minimum(followed.accepted_s, followed.rejected_s)[row]
    given = to_local(decided) // DAY_S + rng.integers(0, 3, n)
    working = (followed.accepted_s[row] < NEVER) ^ (rng.random(n) < 0.12)
    answered = np.where(rng.random(n) < 0.75, given + rng.integers(1, 10, n), NEVER)
    notes, replies = rng.integers(0, 30, n), np.where(working, rng.integers(0, 3, n), rng.integers(3, len(ANSWERS), n))
    today = int(to_local(np.array([until_s]))[0]) // DAY_S
    kept = np.flatnonzero((given <= today) & (decided <= until_s))
    kept = kept[np.argsort(given[kept], kind="stable")]
    known = answered[kept] <= today
    return col.table({
        "Given On": col.day(given[kept]),
        "Rep ID": col.category(followed.owner[row][kept], REP_IDS),
        "Campaign": col.category(leads.campaign[row][kept], NAMES),
        "Contact ID": world.lead_ids(row[kept]),
        "Verdict": col.category(np.where(working[kept], 0, 1), ("working", "not working")),
        "Note": col.text([_note(bool(w), int(k)) for w, k in zip(working[kept], notes[kept], strict=True)]),
        "Answer": col.category(replies[kept], ANSWERS, known=known),
        "Answered On": col.day(np.where(known, answered[kept], 0), known=known),
    })  # fmt: skip


def _heard_of(rng: np.random.Generator, world: World) -> Ints:
    """A few decided leads of each of the last weeks."""
    decided = np.minimum(world.followed.accepted_s, world.followed.rejected_s)
    week = np.where(decided < NEVER, decided // DAY_S - world.block.last, -(10**6)) // 7
    inside = np.flatnonzero((week >= -WEEKS_BEFORE) & (week < WEEKS_AFTER) & (world.leads.campaign >= 0))
    inside = rng.permutation(inside)
    chosen = [inside[week[inside] == w][:FEEDBACK_PER_WEEK] for w in range(-WEEKS_BEFORE, WEEKS_AFTER)]
    return np.concatenate(chosen)


def _note(working: bool, number: int) -> str:
    notes = PRAISE if working else COMPLAINTS
    return notes[number % len(notes)]


def mail_events(seed: int, until_s: int) -> pa.Table:
    """Opens and clicks of two mailings a week by rep; clicks on the product update fall week by week."""
    rng = stream(seed, 0, "mail")
    end, weeks, reps = epoch_day(truth.END.date()), WEEKS_BEFORE + WEEKS_AFTER, len(truth.REPS)
    week, mailing, rep = (a.ravel() for a in np.meshgrid(*map(np.arange, (weeks, 2, reps)), indexing="ij"))
    day = end + 7 * (week - WEEKS_BEFORE) + np.where(mailing == 0, 0, 3)
    sent = to_utc(day * DAY_S + 8 * 3600)
    clicks = rng.random(week.size) < _click_share(week, mailing)
    opens = clicks | (rng.random(week.size) < 0.7)
    opened = np.where(opens, after(sent, open_s=rng.exponential(9_000, week.size)), NEVER)
    clicked = np.where(clicks, opened + rng.integers(5, 240, week.size), NEVER)
    row = np.flatnonzero((sent <= until_s) & _employed(day, rep))
    labels = [f"{MAILINGS[m]} {_week_label(int(d))}" for m, d in zip(mailing[row], day[row], strict=True)]
    return col.table({
        "Mailing": col.text(labels),
        "Sent At": col.instant(sent[row]),
        "Recipient ID": col.category(rep[row], REP_IDS),
        "Opened At": col.instant(opened[row], known=opened[row] <= until_s),
        "Clicked At": col.instant(clicked[row], known=clicked[row] <= until_s),
    })  # fmt: skip


def _click_share(week: Ints, mailing: Ints) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    first, last = truth.PRODUCT_CLICKS
    falling = first + (last - first) * np.minimum(week / (WEEKS_BEFORE - 1), 1.0)
    return np.where(mailing == 0, truth.MARKETING_CLICKS, falling)


def _employed(day: Ints, rep: Ints) -> Bools:
    start = np.array([epoch_day(r.started_on) for r in truth.REPS])[rep]
    end = np.array([epoch_day(r.ended_on or date(2100, 1, 1)) for r in truth.REPS])[rep]
    employed: Bools = (start <= day) & (day <= end)
    return employed


def _week_label(day: int) -> str:
    year, week, _ = calendar_date(day).isocalendar()
    return f"{year}-W{week:02d}"
