"""Is the export whole by itself: its newest week as well linked as ever, no table twice over, no file cut in a line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from alignment_lib.contract import Link
from alignment_lib.source.tables import Opened
from alignment_lib.source.tables.checks import Check
from alignment_lib.source.tables.export import EPOCH, LEAST, STREAMS, found_by_week, lost_lately, weekly_links
from alignment_lib.stats import wording

NAMES = ("unlinked", "doubled", "torn")
WEEKS, FEW, LOST = 8, 10, 3
"""Weeks before the newest that must have references, how many each, and how many of the newest must be lost."""
CHANCE = 1e-4
"""How improbable so few found must be, where each is as likely to be found as ever."""


def checks(opened: Opened) -> Iterator[Check]:
    """Tables of which the newest rows refer to what is not there, that are there twice, or that end in mid-line."""
    for link in weekly_links(opened.inspected):
        if all(told.missing == 0 for told in opened.links if told.link == link):
            continue
        if (text := _newest_week(opened, link)) is not None:
            yield Check("unlinked", link.table, "HOLD", text)
    for name in dict.fromkeys(stream.table for stream in STREAMS.values()):
        if name not in opened.source.names or opened.source.is_keyed(name):
            continue
        n, file = opened.source.twice(name)
        if n >= LEAST:
            text = f"{file}: all {wording.count(n)} rows are there twice over; it was exported twice, or put together"
            yield Check("doubled", name, "HOLD", f"{text} of two downloads: export it again", n, n)
    for name, seen in opened.inspected.items():
        if (line := opened.source.torn(name)) is not None:
            text = f"{seen.account.file}: ends in the middle of line {line}; the download broke off: export it again"
            yield Check("torn", name, "HOLD", text)


def _newest_week(opened: Opened, link: Link) -> str | None:
    from scipy import stats

    if lost_lately(link, opened.inspected) < LOST:
        return None
    weeks = found_by_week(link, opened.inspected, opened.source.now, opened.params.timezone)
    weeks = weeks[weeks["n"] >= FEW]
    if len(weeks) <= WEEKS:
        return None
    last, rest = weeks.iloc[-1], weeks.iloc[:-1]
    share, least = rest["found"].sum() / rest["n"].sum(), (rest["found"] / rest["n"]).min()
    n, found = int(last["n"]), int(last["found"])
    if found / n >= least or stats.binom.cdf(found, n, min(share, 1 - 1 / (rest["n"].sum() + 1))) >= CHANCE:
        return None
    file, other = (opened.inspected[t].account.file for t in (link.table, link.target))
    monday = wording.day(EPOCH + timedelta(days=int(last["week"])))
    return (
        f"{file}: in the week of {monday} {n - found} of {wording.plural(n, 'row')} refer by {link.column} to"
        f" {link.target} that {other} does not hold ({wording.percent(found / n)} found, never under"
        f" {wording.percent(least)} in a week before); the newest rows of {other} may be missing: export it again"
    )
