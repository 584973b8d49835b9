"""What the mails get of each rep's day: one plain row for each person, with nothing of anybody else's in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from alignment_lib.blocks.coming import ends
from alignment_lib.blocks.looks import looks
from alignment_lib.blocks.rep_day_numbers import Days, Plan, RepDay
from alignment_lib.blocks.typed import one_line
from alignment_lib.facts import Facts
from alignment_lib.facts.facts import UNKNOWN
from alignment_lib.facts.rep_frames import LATER, OVERDUE, TODAY, Workday
from alignment_lib.stats import wording
from alignment_lib.stats.days import day_of, epoch_day

MOST = 200
"""Leads of one state in a row; no list of a mail is longer."""
Row = Mapping[str, Any]


def handover(facts: Facts, found: Days) -> tuple[Row, ...]:
    """One row for each person in the table of reps who is here and has an open lead or something coming."""
    if not found.known:
        return ()
    seen = _looks(facts, found)
    mailed = [rep for rep in found.reps if len(rep.leads) or rep.plans]
    return tuple(_row(facts, rep, seen) for rep in sorted(mailed, key=lambda r: r.rep_id))


def _row(facts: Facts, rep: RepDay, seen: Mapping[str, str | None]) -> Row:
    listed = pd.concat([rep.of(state).head(MOST) for state in (OVERDUE, TODAY)])
    return {
        "rep_id": rep.rep_id,
        "overdue": len(rep.of(OVERDUE)),
        "due_today": len(rep.of(TODAY)),
        "due_later": len(rep.of(LATER)),
        "day": rep.workday.day.isoformat(),
        "sentence": sentence(rep),
        "note": _note(rep.workday),
        "leads": [_lead(rep.workday, lead) for lead in listed.itertuples()],
        "coming": [_plan(facts, plan, seen) for plan in rep.plans],
        "number": number(facts, rep),
    }


def sentence(rep: RepDay) -> str:
    """`2 leads of yours are overdue, and 3 are due today.`"""
    late, today, later = (len(rep.of(state)) for state in (OVERDUE, TODAY, LATER))
    parts = [(late, "overdue"), (today, "due today"), (later, "due later")]
    told = [f"{wording.count(n)} {'is' if n == 1 else 'are'} {what}" for n, what in parts if n]
    if not late + today:
        return f"No lead of yours is overdue or due today{f'; {told[0]}' if told else ''}."
    first = late or today
    told[0] = told[0].replace(" ", f" {'lead' if first == 1 else 'leads'} of yours ", 1)
    return f"{wording.listing(told)}."


def _note(workday: Workday) -> str:
    """What the times are of."""
    full = wording.open_time(workday.full_s, 0)
    day = f"; a day is a working day of {full}" if workday.full_s else ""
    return f"Time left is in business hours of your calendar{day}. Clock times are those of {workday.zone}."


def _lead(workday: Workday, lead: Any) -> Row:
    return {
        "lead_id": str(lead.lead_id),
        **{name: known(getattr(lead, name)) for name in ("source", "campaign", "segment")},
        "handed_over": handed_over(workday, lead.start_s),
        "state": lead.state,
        "hours": time_left(workday, lead.left_s),
        "left_s": int(lead.left_s),
    }


def known(name: str | None) -> str | None:
    """A source, campaign or segment as one line; None where there is none."""
    return None if not isinstance(name, str) or name == UNKNOWN else one_line(name)


def handed_over(workday: Workday, start_s: float) -> str:
    """`Mon 14 Sep, 09:31` on the rep's wall; of another year `14 Sep 2025, 09:31`."""
    local = datetime.fromtimestamp(start_s, ZoneInfo(workday.zone))
    if local.year == workday.day.year:
        return wording.epoch(start_s, workday.zone)
    return f"{wording.day(local.date())}, {local:%H:%M}"


def time_left(workday: Workday, left_s: float) -> str:
    """`2 h 15 min left`, `overdue by 1 day 3 h`, in business hours; a day is a usual working day of that calendar."""
    if left_s < 0:
        return f"overdue by {wording.open_time(-left_s, workday.full_s)}"
    return f"{wording.open_time(left_s, workday.full_s)} left" if left_s else "due now"


def number(facts: Facts, rep: RepDay) -> Row:
    """The one number: the share in time with its interval; below the smallest number of leads, counts only."""
    least, due = facts.run.params.monthly.min_rep_n, int(rep.share.leads)
    label, span = "Followed up in time", "handed over to you in the last four weeks"
    if not due:
        return {"label": label, "value": wording.NOTHING, "note": f"no lead {span} is due yet"}
    counts = f"{wording.count(rep.met)} of {wording.plural(due, 'lead')}"
    if due < least:
        told = f"{span}; a share is told from {wording.plural(least, 'lead')} on"
        return {"label": label, "value": counts, "note": told}
    width, conf = rep.share.high - rep.share.low, wording.percent(facts.run.params.weekly.confidence)
    limits = wording.percent_range(rep.share.low, rep.share.high)
    promised = wording.percent(facts.run.params.sla.sales.met_share)
    told = f"{counts} {span} ({conf} interval {limits}); {promised} is promised"
    return {"label": label, "value": wording.percent(rep.share.estimate, width=width), "note": told}


def _plan(facts: Facts, plan: Plan, seen: Mapping[str, str | None]) -> Row:
    row = plan.row
    origin = one_line(row["source"]) if plan.by_source else "this campaign"
    came = f"{wording.plural(plan.leads, 'lead')} of yours came from {origin}"
    return {
        "title": one_line(row["title"] or "Plan"),
        "when": when(facts, row),
        "soundbite": _text(row["soundbite"]),
        "looks_like": seen[str(row["looks_like"])] if row["looks_like"] else None,
        "prospect_action": _text(row["prospect_action"]),
        "how_to_respond": _text(row["how_to_respond"]),
        "why": came,
    }


def _text(typed: object) -> str | None:
    return one_line(typed) or None if typed is not None else None


def _looks(facts: Facts, found: Days) -> dict[str, str | None]:
    """What each plan looks like, in words; a picture stands on marketing's pages, not in a rep's mail."""
    written = sorted({str(p["looks_like"]) for p in found.plans if p["looks_like"]})
    shown = looks(facts, written)
    return {text: _text(look.text) for text, look in zip(written, shown, strict=True)}


def when(facts: Facts, plan: Row) -> str:
    """`today`, `running until 16 Oct 2026`, `22 Sep 2026`, `24 Sep 2026 to 8 Oct 2026`."""
    first, last, today = epoch_day(plan["starts_on"]), ends(plan), facts.run.first_day
    if last == today:
        return "today" if first == today else "until today"
    if first <= today:
        return f"{'from today' if first == today else 'running'} until {wording.day(last)}"
    if first == last:
        return f"{day_of(first):%a} {wording.day(first)}"
    return f"{wording.day(first)} to {wording.day(last)}"
