"""Generate the demo company's data as its CRM would export them at an instant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa

from alignment_lib.demo import crm, marketing, truth, voices
from alignment_lib.demo.activities import act
from alignment_lib.demo.crm import World
from alignment_lib.demo.deals import negotiate
from alignment_lib.demo.followup import follow_up
from alignment_lib.demo.history import Block, blocks, instant
from alignment_lib.demo.kept import Kept, kept_table
from alignment_lib.demo.leads import arrive
from alignment_lib.demo.library import CONTENT, REQUESTS
from alignment_lib.demo.targets import targets
from alignment_lib.demo.team import users
from alignment_lib.demo.texts_meetings import DECISIONS, ISSUES, SUGGESTIONS
from alignment_lib.demo.texts_people import (
    COMPENSATION,
    INTERVIEWS,
    SHADOWING,
    STAFFING,
    TRAINING,
)
from alignment_lib.demo.texts_plans import CALENDAR, PRODUCT_UPDATES
from alignment_lib.demo.write import Format, write
from alignment_lib.errors import ParamsError

MOST_LEADS = 20_000_000
MOST_WEEKS = 260
LATEST = datetime(2030, 1, 1, tzinfo=UTC)

PER_BLOCK: dict[str, Callable[[World, int], pa.Table]] = {
    "contacts": crm.contacts,
    "deals": crm.deals,
    "deal_stage_history": crm.stage_history,
    "engagements": crm.engagements,
    "qualification": crm.qualification,
    "campaign_touches": marketing.touches,
    "content_uses": marketing.content_uses,
}
"""Tables that grow with the number of leads, by file name."""
KEPT: dict[str, Kept] = {
    "content_library": CONTENT,
    "content_requests": REQUESTS,
    "marketing_calendar": CALENDAR,
    "product_updates": PRODUCT_UPDATES,
    "decisions": DECISIONS,
    "issues": ISSUES,
    "suggestions": SUGGESTIONS,
    "interviews": INTERVIEWS,
    "staffing": STAFFING,
    "compensation": COMPENSATION,
    "training": TRAINING,
    "shadowing": SHADOWING,
}
"""Tables that people keep by hand, by file name."""


def generate(
    out: Path,
    *,
    leads: int = 12_000,
    seed: int = 1,
    until: datetime = truth.END,
    weeks: int = truth.WEEKS,
    file_format: Format = "csv",
    late: bool = True,
) -> None:
    """Write all tables of the demo company as exported at an instant.

    Parameters
    ----------
    out : Path
        Folder for the files; made if missing, files of the same names are replaced.
    leads : int
        Leads created in the `weeks` before the fixed end (`truth.END`); other tables scale with it.
    seed : int
        Not negative; the same arguments give the same bytes.
    until : datetime
        Aware instant of the export: nothing recorded after it is in it. A later one contains everything an earlier
        one has, with what has become known since.
    weeks : int
        Length of the history before the fixed end, in weeks.
    file_format : {"csv", "parquet"}
    late : bool
        Whether a small share of rows reaches the CRM days after it occurred.

    Raises
    ------
    ParamsError
        For an argument out of its range.
    """
    _check(leads=leads, seed=seed, until=until, weeks=weeks, file_format=file_format)
    out.mkdir(parents=True, exist_ok=True)
    worlds = [world(seed, block, late=late) for block in blocks(leads=leads, weeks=weeks, until=until)]
    for name, export in PER_BLOCK.items():
        parts = [export(block, instant(until)) for block in worlds]
        padding = truth.PADDING_LINES if name == "deals" else 0
        write(pa.concat_tables(parts).unify_dictionaries(), out / name, file_format=file_format, padding_lines=padding)
    for name, rows in _whole(worlds, until).items():
        write(rows, out / name, file_format=file_format)


def _whole(worlds: list[World], until: datetime) -> dict[str, pa.Table]:
    """Tables that do not grow with the number of leads, by file name."""
    first, until_s = worlds[0], instant(until)
    today = until.astimezone(ZoneInfo(truth.TIMEZONE)).date()
    return {
        "users": users(today),
        "targets": targets(first, today),
        "ad_spend": pa.concat_tables([marketing.spend(block, today) for block in worlds]).unify_dictionaries(),
        "wins": voices.wins(first, until_s),
        "feedback": voices.feedback(first, until_s),
        "mail_events": voices.mail_events(first.seed, until_s),
        **{name: kept_table(kept, today) for name, kept in KEPT.items()},
    }


def world(seed: int, block: Block, *, late: bool) -> World:
    """Generate all that happens in a block of history, known or not."""
    leads = arrive(seed, block, late=late)
    followed = follow_up(seed, leads)
    deals = negotiate(seed, leads, followed, late=late)
    return World(seed, block, leads, followed, deals, act(seed, leads, followed, deals))


def _check(*, leads: int, seed: int, until: datetime, weeks: int, file_format: str) -> None:
    """Raise ParamsError for an argument that cannot be used."""
    if not 1 <= leads <= MOST_LEADS:
        raise ParamsError(f"leads must be 1 to {MOST_LEADS}, got {leads}; the demo's usual size is 12000")
    if seed < 0:
        raise ParamsError(f"seed must not be negative, got {seed}; take 1 for the documented company")
    if not 1 <= weeks <= MOST_WEEKS:
        raise ParamsError(f"weeks must be 1 to {MOST_WEEKS}, got {weeks}; the documented company has {truth.WEEKS}")
    if file_format not in ("csv", "parquet"):
        raise ParamsError(f"file_format must be csv or parquet, got {file_format!r}")
    if until.tzinfo is None:
        raise ParamsError(f"until must carry a time zone, got {until.isoformat()}; add Z or an offset")
    start = truth.END - timedelta(weeks=weeks)
    if not start < until < LATEST:
        raise ParamsError(
            f"until must lie after the history's start {start.isoformat()} and before {LATEST.isoformat()}, "
            f"got {until.isoformat()}"
        )
