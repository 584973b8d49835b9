"""The mail of one rep (C28): their own leads due today and overdue, what is coming for them, and one number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import quote

from alignment_lib.mail.letter import Card, Figure, Grid, Letter, Line, Section
from alignment_lib.mail.people import Person
from alignment_lib.mail.published import Published
from alignment_lib.page.block import Status
from alignment_lib.params.recipients import Recipients
from alignment_lib.stats import wording

Row = Mapping[str, Any]
STATES: tuple[tuple[str, str, str, Status], ...] = (
    ("due today", "due_today", "Due today, the least time first", "open"),
    ("overdue", "overdue", "Overdue, the latest first", "bad"),
)
"""State of a lead, the row's count of them, caption, status: first what can still be kept."""
AT_LEAST = 5
"""Overdue leads that a list keeps room for, however many are due today."""
CARDS = 8
"""Plans in a mail; their cards are the largest part of it."""
POINTS = (
    ("why", "Why you"),
    ("soundbite", "Talk track"),
    ("looks_like", "What it looks like"),
    ("prospect_action", "What the prospect does"),
    ("how_to_respond", "How to respond"),
)


def letter(run: Published, settings: Recipients, person: Person | None = None) -> Letter | None:
    """The day of one rep; None for anybody else, and for a rep with nothing due and nothing coming.

    The page is the sales manager's and shows everybody's leads: no mail of a rep links to it.
    """
    row = _own(run, person)
    if row is None:
        return None
    subject = _subject(run, row)
    if not subject:
        return None
    listed = _grids(row, settings)
    day = wording.short_day(date.fromisoformat(row["day"]))
    return Letter(
        subject=_plain(subject),
        preheader=_plain(_first(row)),
        title=f"Your day, {day}",
        header=run.header,
        sections=(
            Section(side="sales", lines=(Line(row["sentence"]),), grids=listed, note=row["note"] if listed else ""),
            *_coming(row),
            Section(title="Your number", side="sales", figures=(Figure(side="sales", **row["number"]),)),
        ),
    )


def _own(run: Published, person: Person | None) -> Row | None:
    """The row of this person, and of nobody else."""
    block = run.block("rep-day")
    if block is None or person is None or person.rep_id is None:
        return None
    return next((row for row in block["rows"] if row["rep_id"] == person.rep_id), None)


def _subject(run: Published, row: Row) -> str:
    """`2 leads overdue, 3 due today`; empty where there is nothing to say."""
    late, today, plans = (_value(run, name, row) for name in ("rep_overdue", "rep_due_today", "rep_plans"))
    if late:
        return f"{wording.plural(late, 'lead')} overdue" + (f", {wording.count(today)} due today" if today else "")
    if today:
        return f"{wording.plural(today, 'lead')} due today"
    return f"Nothing due today, {wording.plural(plans, 'thing')} coming" if plans else ""


def _value(run: Published, name: str, row: Row) -> float:
    """The record of this rep."""
    records = (m for m in run.results["metrics"] if m["name"] == name and m["segment"] == row["rep_id"])
    return next((m["value"] or 0 for m in records), 0)


def _first(row: Row) -> str:
    """What a mailbox shows beside the subject: the lead to begin with, else what is coming first."""
    for state, *_ in STATES:
        lead = next((lead for lead in row["leads"] if lead["state"] == state), None)
        if lead is not None:
            origin = _origin(lead)
            return f"Begin with lead {lead['lead_id']}{f' ({origin})' if origin else ''}: {lead['hours']}."
    plan = row["coming"][0]
    return f"{plan['title']}, {plan['when']}."


def _grids(row: Row, settings: Recipients) -> tuple[Grid, ...]:
    """The leads by state, as many together as a list may have; and how many more there are of each."""
    room, grids = settings.list_rows, []
    kept = min(AT_LEAST, row["overdue"], room)
    for state, count, caption, status in STATES:
        leads = [lead for lead in row["leads"] if lead["state"] == state]
        leads = leads[: room - kept if state == "due today" else room]
        room -= len(leads)
        if row[count]:
            grids.append(_grid(settings, leads, caption, status, row[count] - len(leads)))
    return tuple(grids)


def _grid(settings: Recipients, leads: Sequence[Row], caption: str, status: Status, left: int) -> Grid:
    links = tuple(_link(settings, lead["lead_id"]) for lead in leads)
    return Grid(
        caption=caption,
        heads=("Lead", "From", "Handed over", "Time left"),
        rows=tuple((lead["lead_id"], _origin(lead), lead["handed_over"], lead["hours"]) for lead in leads),
        links=links if any(links) else (),
        statuses=(status,) * len(leads),
        note=_left_out(left),
    )


def _origin(lead: Row) -> str:
    """`Paid Search, Brand search, enterprise`; a campaign that begins with its source needs no source before it."""
    source, campaign, segment = (lead[name] or "" for name in ("source", "campaign", "segment"))
    repeated = campaign.casefold().startswith(source.casefold())
    return ", ".join(part for part in ("" if repeated else source, campaign, segment) if part)


def _link(settings: Recipients, lead_id: str) -> str:
    """Where the CRM shows the lead; an id is one part of an address, whatever is in it."""
    shape = settings.lead_link
    if not shape.startswith("https://") or "{lead_id}" not in shape:
        return ""
    return shape.replace("{lead_id}", quote(lead_id, safe="", errors="replace"))


def _coming(row: Row) -> Sequence[Section]:
    """What marketing does next that concerns leads of this rep."""
    plans = row["coming"][:CARDS]
    if not plans:
        return ()
    cards = tuple(_card(plan) for plan in plans)
    left = _left_out(len(row["coming"]) - len(plans))
    return (Section(title="Coming, and how to respond", side="marketing", cards=cards, note=left),)


def _card(plan: Row) -> Card:
    points = tuple(Line(plan[name], label) for name, label in POINTS if plan[name])
    return Card(plan["title"], plan["when"], points, "marketing")


def _left_out(count: int) -> str:
    return f"{wording.count(count)} more {'is' if count == 1 else 'are'} not listed." if count > 0 else ""


def _plain(text: str) -> str:
    """With ordinary blanks, for what stands outside of the page."""
    return text.replace("\u00a0", " ")
