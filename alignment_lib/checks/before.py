"""Is the export that of before, grown: what an export alone explains when it is held against the report before."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from alignment_lib.checks.pace import business
from alignment_lib.contract import CONTRACT, LINKS
from alignment_lib.errors import quoted
from alignment_lib.memory.exports import Before
from alignment_lib.params.period import local_day
from alignment_lib.params.settings import Whole
from alignment_lib.source.tables import Opened
from alignment_lib.source.tables.checks import Check
from alignment_lib.source.tables.export import EPOCH, STREAMS, Export, Held, Value
from alignment_lib.stats import wording

FEW, SOME = 10, 30
"""Known rows from which on a share of a value, or of a table, says anything."""
MOST, SAME = 0.5, 0.9
"""The share of amounts, or of pairs, that must have changed, and of these the share that changed alike."""
MINUTE = 60
"""Seconds that two readings of one instant may differ."""
PURGED = 0.4
"""The share of the newest ids that somebody may have taken out, for they were no leads."""
CUT = 3
"""Business days by which an export may not end before that of the report before, and rows that are known of them."""
LAST = 4
"""Finished weeks that are looked at by themselves: of them rows may come late, and none may go."""
REMEDIES = {
    "gone": "a part of the export is missing, or it is an older one: export it again",
    "emptied": "the column may not be exported any more, or have another name: see the export",
    "reread": "a value may have been renamed in the CRM: see `map:` in the mapping",
    "moved": "see how the days are written in this export",
    "exchanged": "two columns may have changed places: see the head of the export",
    "rescaled": "the amounts may be in another unit or currency: see the export",
    "unlinked": "the ids may be written in another way: see the export",
    "restated": "a part of the export may be missing, or be there twice: export it again",
}
"""What to do, by check."""


@dataclass(frozen=True)
class Pairs:
    """A table then and now: the rows that the report before knew, with their values of both times."""

    table: str
    held: Held
    """Now."""
    then: Mapping[str, Mapping[str, Value]]
    recent: frozenset[str]
    """Those of them that were the newest then."""
    rows: int
    """Then."""
    limits: Whole
    zone: str

    def of(self, column: str, among: Collection[str] | None = None) -> list[tuple[Value, Value]]:
        """Then and now, of the known rows that are still there, or of some of them."""
        there = (i for i in self.then if i in self.held.known and (among is None or i in among))
        return [(self.then[i][column], self.held.known[i][column]) for i in there]

    def columns(self, *kinds: str) -> list[str]:
        """Columns that were mapped then and are now; of some kinds only, where they are given."""
        first = next(iter(self.then.values()), {})
        there = next(iter(self.held.known.values()), {})
        known = CONTRACT[self.table].columns
        return [c for c in first if c in there and c in known and (not kinds or known[c].kind in kinds)]


def checks(opened: Opened, export: Export, before: Before, *, mapping: str) -> Iterator[Check]:
    """What the report before knew and this export does not; of another mapping it is told and holds nothing.

    Parameters
    ----------
    mapping
        A digest of the mapping by which this export was read.
    """
    found = list(_found(opened, export, before))
    for name, table, text in found:
        file = opened.inspected[table].account.file if table in opened.inspected else table
        text = f"{file}: {text} (held against {before.report}); {REMEDIES[name]}"
        if mapping == before.mapping:
            yield Check(name, table, "HOLD", text)
        else:
            yield Check(name, table, "WARN", f"{text}; it holds nothing, for the mapping has changed since")
    if not found:
        n = wording.count(sum(map(len, before.sample.values())))
        text = f"held against {before.report}: {n} known rows are as they were, and so are the weeks that were over"
        yield Check("before", "", "PASS", text)


def _found(opened: Opened, export: Export, before: Before) -> Iterator[tuple[str, str, str]]:
    """Name, table and what is found; what follows of rows that are gone is not told again."""
    lost, told = set[str](), set[str]()
    limits, zone = opened.params.weekly.export, opened.params.timezone
    pairs = {
        table: Pairs(table, export.tables.get(table, Held(0)), before.sample.get(table, {}),
                     frozenset(before.recent.get(table, ())), rows, limits, zone)
        for table, rows in before.rows.items()
        if table in opened.asked
    }  # fmt: skip
    for table, mine in pairs.items():
        if text := _gone(mine) or _shorter(mine, export):
            lost.add(table)
            yield "gone", table, text
            continue
        for rule in RULES:
            for name, text in rule(mine):
                told.add(table)
                yield name, table, text
    target = {(link.table, link.column): link.target for link in LINKS}
    for table in pairs:
        for column, text in _unlinked(pairs[table], before.links.get(table, {})):
            if not {table, target[table, column]} & lost:
                yield "unlinked", table, text
    for table, text in _restated(export, before, limits):
        if table in pairs and table not in lost | told:
            told.add(table)
            yield "restated", table, text


def _gone(pairs: Pairs) -> str:
    """Ids that are not there any more; empty where too few are to tell."""
    rows = f"{wording.count(pairs.rows)} rows then, {wording.count(pairs.held.rows)} now"
    if pairs.rows >= SOME and not pairs.held.rows:
        return f"no row is left, {rows}"
    older, newest = ([i for i in pairs.then if (i in pairs.recent) is new] for new in (False, True))
    for which, among, limit in (("known", older, pairs.limits.gone), ("newest known", newest, PURGED)):
        lost = [i for i in among if i not in pairs.held.known]
        if len(among) >= SOME and len(lost) > limit * len(among):
            return f"{len(lost)} of {len(among)} {which} ids looked up are gone, {quoted(lost[-1])} is one; {rows}"
    return ""


def _shorter(pairs: Pairs, export: Export) -> str:
    """The newest known rows, where all of them are later than this export goes; empty where there are none."""
    born = CONTRACT[pairs.table].newest[:1]
    days = [max(export.days[name]) for name, stream in STREAMS.items()
            if (stream.table, stream.column) == (pairs.table, *born) and export.days.get(name)]  # fmt: skip
    if not days or born[0] not in pairs.columns():
        return ""
    ends = max(days)
    made = [at for i in pairs.recent if isinstance(at := pairs.then[i][born[0]], float)]
    days_of = [(local_day(datetime.fromtimestamp(at, UTC), pairs.zone) - EPOCH).days for at in made]
    later = [day for day in days_of if day > ends]
    if len(later) < CUT or business(ends, max(later)) < CUT:
        return ""
    then, now = (wording.day(EPOCH + timedelta(days=d)) for d in (max(later), ends))
    return f"it went on to {then} and ends on {now} now; {len(later)} known rows of later days are gone"


def _emptied(pairs: Pairs) -> Iterator[tuple[str, str]]:
    for column in pairs.columns():
        for which, among in (("known", None), ("newest known", pairs.recent)):
            filled = [now for then, now in pairs.of(column, among) if then is not None]
            blank = sum(now is None for now in filled)
            if len(filled) >= FEW and blank > pairs.limits.emptied * len(filled):
                yield "emptied", f"{column} is blank in {blank} of {len(filled)} {which} rows that had a value"
                break


def _reread(pairs: Pairs) -> Iterator[tuple[str, str]]:
    """Words of ours that are read as others now: won deals that are open again, calls that go nowhere."""
    for column in pairs.columns():
        for word in CONTRACT[pairs.table].columns[column].allowed:
            had = [now for then, now in pairs.of(column) if then == word and now is not None]
            other = sum(now != word for now in had)
            if word != "open" and len(had) >= FEW and other > pairs.limits.emptied * len(had):
                yield "reread", f"{column} is not '{word}' any more in {other} of {len(had)} known rows of which it was"


def _exchanged(pairs: Pairs) -> Iterator[tuple[str, str]]:
    texts = pairs.columns("text", "id")
    for place, one in enumerate(texts):
        for other in texts[place + 1 :]:
            both = [(a, b) for a, b in zip(pairs.of(one), pairs.of(other), strict=True) if a[0] != b[0]]
            n = sum(a[0] == b[1] and b[0] == a[1] for a, b in both)
            if n >= FEW and n > MOST * len(both):
                yield "exchanged", f"{one} and {other} have each other's values in {n} of {len(both)} known rows"


def _moved(pairs: Pairs) -> Iterator[tuple[str, str]]:
    for column in pairs.columns("instant"):
        both = [(a, b) for a, b in _settled(pairs, column) if isinstance(a, float) and isinstance(b, float)]
        moved = [(a, b) for a, b in both if abs(a - b) > MINUTE]
        if len(both) >= FEW and len(moved) > pairs.limits.moved * len(both):
            one, other = moved[-1]
            days = [wording.day(local_day(datetime.fromtimestamp(x, UTC), pairs.zone)) for x in (one, other)]
            apart = f"by {abs(one - other) / 3600:.3g} hours" if days[0] == days[1] else f"from {days[0]} to {days[1]}"
            yield "moved", f"{column} has moved in {len(moved)} of {len(both)} known rows, in one of them {apart}"


def _settled(pairs: Pairs, column: str) -> list[tuple[Value, Value]]:
    """Then and now; of a deal's closing only where it was over, for sales moves what it expects."""
    both = pairs.of(column)
    if column != "closed_at" or "outcome" not in pairs.columns():
        return both
    return [pair for pair, (was, _) in zip(both, pairs.of("outcome"), strict=True) if was in ("won", "lost")]


def _rescaled(pairs: Pairs) -> Iterator[tuple[str, str]]:
    for column in pairs.columns("money"):
        both = [(a, b) for a, b in pairs.of(column) if isinstance(a, float) and isinstance(b, float) and a and b]
        factors = sorted(b / a for a, b in both if a != b)
        if len(factors) < FEW or len(factors) <= MOST * len(both):
            continue
        middle = factors[len(factors) // 2]
        n = sum(abs(f - middle) <= 0.01 * abs(middle) for f in factors)
        if n >= SAME * len(factors):
            by = "has another sign" if abs(middle + 1) <= 0.01 else f"is {middle:.4g} times as much"
            yield "rescaled", f"{column} {by} in {n} of {len(both)} known rows"


def _unlinked(pairs: Pairs, then: Mapping[str, tuple[int, int]]) -> Iterator[tuple[str, str]]:
    for column, (n, found) in pairs.held.links.items():
        of, had = then.get(column, (0, 0))
        if min(n, had) >= SOME and found / n < pairs.limits.links * had / of:
            was, now = wording.percent(had / of), wording.percent(found / n)
            yield column, f"{column} finds what it refers to in {now} of {wording.count(n)} rows, and did in {was}"


def _restated(export: Export, before: Before, limits: Whole) -> Iterator[tuple[str, str]]:
    """Tables and what became of their finished weeks: rows that went or came, of the last weeks those that went."""
    for stream, weeks in before.weeks.items():
        if stream not in export.days:
            continue
        now = dict.fromkeys(weeks, 0)
        for day, n in export.days[stream].items():
            monday = day - (day + 3) % 7
            if monday in now:
                now[monday] += n
        for some in (list(weeks), sorted(weeks)[-LAST:]):
            had = sum(weeks[w] for w in some)
            lost = sum(max(0, weeks[w] - now[w]) for w in some)
            new = sum(max(0, now[w] - weeks[w]) for w in some) if len(some) > LAST else 0
            if had >= SOME and max(lost, new) > limits.restated * had:
                what = wording.plural(had, *STREAMS[stream].what)
                text = f"the {len(some)} {'last ' if len(some) == LAST else ''}finished weeks had {what}, of which"
                more = f", and {wording.count(new)} more are there now" if new else ""
                yield STREAMS[stream].table, f"{text} {wording.count(lost)} are gone{more}"
                break


RULES: Sequence[Callable[[Pairs], Iterator[tuple[str, str]]]] = (_exchanged, _emptied, _reread, _moved, _rescaled)
"""What is asked of the known rows of a table that are still there."""
