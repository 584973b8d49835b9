"""Do the tables find each other: the share of references found, blank and not found, and what cannot be told of it."""

from __future__ import annotations

from collections.abc import Iterator

from alignment_lib.errors import quoted
from alignment_lib.source.tables import Opened
from alignment_lib.source.tables.checks import Check
from alignment_lib.source.tables.links import Linked, sides
from alignment_lib.stats import wording

ENOUGH = 0.5
"""The share of rows that must find what they refer to for a block to rest on them."""
LEAST = 20
"""Rows of a table from which on a share of them says anything."""
FEW = 0.02
"""Ids that are not found, of those that are given: fewer are told, and no warning."""
QUARREL = 0.2
"""The share of deals with another source or owner than their lead from which it is a warning."""
MOST = 0.9
"""The share of leads that an activity names from which it does not matter whom the other activities were with."""


def checks(opened: Opened) -> Iterator[Check]:
    """One check a reference; of activities, which may name a lead or its contact, both together decide."""
    for told in opened.links:
        yield _check(opened, told)
    yield from _activities(opened)
    yield from _sides(opened)


def _check(opened: Opened, told: Linked) -> Check:
    link, given = told.link, told.n - told.blank
    name, file = f"{link.table}.{link.column}", opened.inspected[link.table].account.file
    text = f"{file}: {link.column} of {wording.count(told.n)} rows: {_shares(told)}{_forms(told)}"
    if told.missing:
        text += f"; {quoted(told.lost)} is not among them"
        text += f", where ids look like {quoted(told.known)}" if told.known else ""
    decides = _decides(told)
    if decides:
        text += f"; too few to tell whose they are: see which column of {file} holds the id, and map it as {name}"
    wrong = told.missing > FEW * given or decides or bool(told.mended)
    return Check(
        "links", link.table, "WARN" if wrong else "PASS", f"{text}.", told.missing, told.n, (name,) if decides else ()
    )


def _sides(opened: Opened) -> Iterator[Check]:
    """Deals and their own leads: causes before effects, and what the two sides write differently."""
    told = (
        sides(opened.inspected, opened.params.timezone, opened.params.now)
        if "opportunities" in opened.inspected
        else None
    )
    if told is None or not told.n:
        return
    file = opened.inspected["opportunities"].account.file
    if told.early:
        text = f"{file}: {wording.plural(told.early, 'deal')} created or closed on a day before their own lead was"
        text += " created; counted, and in no cohort, lead-to-deal rate or duration"
        yield Check("order", "opportunities", "WARN", text, told.early, told.n)
    for column, (n, of) in told.differ.items():
        what = column.removesuffix("_id")
        text = f"{file}: {wording.count(n)} of {wording.count(of)} deals have another {what} than their lead; each"
        text += " counts under its own"
        yield Check("sides", "opportunities", "WARN" if n > QUARREL * of else "PASS", text, n, of)


def _decides(told: Linked) -> bool:
    """Whether so few find what they refer to that nothing may rest on it.

    A rep that is not in the list of reps is shown by their id; whose activities they are is told by lead and contact
    together.
    """
    link = told.link
    if told.n < LEAST or link.target == "reps" or (link.table, link.target) == ("activities", "leads"):
        return False
    return told.found < ENOUGH * (told.n - told.blank if link.sparse else told.n) or not told.found


def _shares(told: Linked) -> str:
    parts = [f"{wording.count(told.found)} found in {told.link.target}"]
    parts += [f"{wording.count(told.blank)} blank"] if told.blank else []
    parts += [f"{wording.count(told.aside)} set aside by where"] if told.aside else []
    parts += [f"{wording.count(told.missing)} not found"] if told.missing else []
    return " + ".join(parts)


def _forms(told: Linked) -> str:
    if not told.mended:
        return ""
    one, other = map(quoted, told.example)
    return f"; {wording.count(told.mended)} of them are written in another form ({one} for {other}) and are joined"


def _activities(opened: Opened) -> Iterator[Check]:
    """Activities with nobody known: what sales did for a lead cannot be told of them."""
    if not any(told.link.table == "activities" and told.link.target == "leads" for told in opened.links):
        return
    reach = opened.reach
    if reach is None or reach.n < LEAST or reach.found >= ENOUGH * reach.n or reach.touched >= MOST * reach.leads:
        return
    file = opened.inspected["activities"].account.file
    yield Check(
        "links",
        "activities",
        "WARN",
        f"{file}: {wording.count(reach.found)} of the {wording.count(reach.n)} activities that are of no deal name a"
        " lead that is there, by its id or its contact's; what sales did for a lead cannot be told: see which column"
        " holds the id, and map it as activities.lead_id or activities.contact_id.",
        reach.n - reach.found,
        reach.n,
        ("activities.lead_id", "activities.contact_id"),
    )
