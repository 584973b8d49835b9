"""Is the export that of before, grown: what an export alone explains when it is held against the reports before."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from alignment_lib.checks.pace import business
from alignment_lib.contract import CONTRACT, LINKS
from alignment_lib.errors import quoted
from alignment_lib.memory.exports import OF_TABLE, Before, Then
from alignment_lib.params.period import local_day
from alignment_lib.params.settings import Whole
from alignment_lib.source.tables import Opened
from alignment_lib.source.tables.checks import Check
from alignment_lib.source.tables.export import EPOCH, STREAMS, Export, Held, Value, monday
from alignment_lib.stats import wording

FEW, SOME, LEAST = 10, 30, 5
"""Known rows from which on a share of a value, of a table, or that none is left says anything."""
MOST, SAME = 0.5, 0.9
"""The share of values that must have changed, and of these the share that changed alike."""
LOST = 0.1
"""The share of references that may newly refer to what is not there."""
MINUTE = 60
"""Seconds that two readings of one instant may differ."""
PURGED = 0.4
"""The share of the newest ids that somebody may have taken out, for they were no leads."""
CUT = 3
"""Business days by which an export may not end before that of the report before, and rows that are known of them."""
LAST = 4
"""Finished weeks that are looked at by themselves."""
RECYCLED = {"rejected_at", "reject_reason"}
"""Columns that a process may empty by the hundred: leads that get another chance."""
VOLATILE = {"owner_id", "score", "grade", "sales_rating", "icp_tier", "stage", "loss_reason", "competitor"}
"""Columns of leads and deals that may change in most rows within a week: territories are dealt anew, leads scored."""
REMEDIES = {
    "gone": "a part of the export is missing, or it is an older one: export it again",
    "emptied": "the column may not be exported any more, or have another name: see the export",
    "reread": "a value may have been renamed in the CRM: see `map:` in the mapping",
    "changed": "columns may have changed places, or a value have another name in all rows: see the export",
    "moved": "see how the days are written in this export",
    "exchanged": "two columns may have changed places: see the head of the export",
    "rescaled": "the amounts may be in another unit or currency: see the export",
    "unlinked": "the ids may be written in another way, or rows of the other table be missing: see the export",
    "restated": "a part of the export may be missing, or be there twice: export it again",
}
"""What to do, by check."""


@dataclass(frozen=True)
class Finding:
    """What is found of a table, and the columns by whose rules it is read; none: by those of the whole table."""

    name: str
    table: str
    text: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pairs:
    """A table then and now: the rows that a report before knew, with their values of both times."""

    table: str
    held: Held
    """Now."""
    then: Then
    limits: Whole
    zone: str

    def of(self, column: str, among: Collection[str] | None = None) -> list[tuple[Value, Value]]:
        """Then and now, of the known rows that are still there, or of some of them."""
        then, now = self.then.sample, self.held.known
        return [(then[i][column], now[i][column]) for i in then if i in now and (among is None or i in among)]

    def columns(self, *kinds: str) -> list[str]:
        """Columns that were mapped then and are now; of some kinds only, where they are given."""
        first = next(iter(self.then.sample.values()), {})
        there = next(iter(self.held.known.values()), {})
        known = CONTRACT[self.table].columns
        return [c for c in first if c in there and c in known and (not kinds or known[c].kind in kinds)]

    def found(self, name: str, column: str, text: str, *more: str) -> Finding:
        return Finding(name, self.table, f"{column} {text}", (column, *more))


def checks(opened: Opened, export: Export, before: Before, rules: Mapping[str, Mapping[str, str]]) -> Iterator[Check]:
    """What the reports before knew and this export does not; what a change of the mapping may explain holds nothing.

    Parameters
    ----------
    rules
        Digests of the rules by which this export was read, by table and column.
    """
    for report in before.unreadable:
        text = (
            f"{report} left a record of its export that cannot be read, so nothing is held against it; render it again"
        )
        yield Check("before", "", "WARN", text)
    found = list(_found(opened, export, before))
    for one in found:
        yield _check(opened, before.tables[one.table], one, rules.get(one.table, {}))
    if not found and before.tables:
        n = wording.count(sum(len(then.sample) for then in before.tables.values()))
        reports = wording.listing(sorted({then.report for then in before.tables.values()}))
        text = f"held against {reports}: {n} known rows are as they were, and so are the weeks that were over"
        yield Check("before", "", "PASS", text)
    elif not before.tables:
        text = "there is no report of this source to hold this export against; it is judged by its own history alone"
        yield Check("before", "", "PASS", text)


def _check(opened: Opened, then: Then, one: Finding, rules: Mapping[str, str]) -> Check:
    file = opened.inspected[one.table].account.file if one.table in opened.inspected else one.table
    asked = [OF_TABLE, *(one.columns or [c for c in then.rules if c in _keys(one.table)])]
    edited = [c for c in asked if then.rules.get(c) != rules.get(c)]
    text = f"{file}: {one.text} (held against {then.report}); "
    if not edited:
        kept = CONTRACT[one.table].kept  # people write it: it is theirs to clear
        return Check(one.name, one.table, "WARN" if kept else "HOLD", text + REMEDIES[one.name])
    what = wording.listing([f"{one.table}.{c}" if c else one.table for c in edited])
    return Check(one.name, one.table, "WARN", f"{text}the mapping of {what} has changed since, which may explain it")


def _keys(table: str) -> tuple[str, ...]:
    """Columns that make a row what it is: its key and its day."""
    return (CONTRACT[table].key or "", *CONTRACT[table].newest[:1])


def _found(opened: Opened, export: Export, before: Before) -> Iterator[Finding]:
    """What is found; what follows of rows that are gone is not told again."""
    lost, told = set[str](), set[str]()
    limits, zone = opened.params.weekly.export, opened.params.timezone
    asked = {*opened.asked, *opened.kept}
    pairs = {
        table: Pairs(table, export.tables.get(table, Held(0)), then, limits, zone)
        for table, then in before.tables.items()
        if table in asked
    }
    for table, mine in pairs.items():
        if text := _gone(mine) or _shorter(mine):
            lost.add(table)
            yield Finding("gone", table, text)
            continue
        for rule in RULES:
            for one in rule(mine):
                if not told & {f"{table}.{c}" for c in one.columns}:
                    told |= {f"{table}.{c}" for c in one.columns}
                    yield one
    target = {(link.table, link.column): link.target for link in LINKS}
    for table, mine in pairs.items():
        for one in _unlinked(mine):
            if not {table, *(target[table, c] for c in one.columns)} & lost:
                yield one
    for table, mine in pairs.items():
        if table not in lost and not any(name.startswith(f"{table}.") for name in told):
            yield from _restated(mine, export)


def _gone(pairs: Pairs) -> str:
    """Ids that are not there any more; empty where too few are to tell."""
    then, now = pairs.then, pairs.held
    rows = f"{wording.count(then.rows)} rows then, {wording.count(now.rows)} now"
    if then.rows >= LEAST and not now.rows:
        return f"no row is left, {rows}"
    recent = frozenset(then.recent)
    older, newest = ([i for i in then.sample if (i in recent) is new] for new in (False, True))
    for which, among, limit in (("known", older, pairs.limits.gone), ("newest known", newest, PURGED)):
        lost = [i for i in among if i not in now.known]
        if len(among) >= SOME and len(lost) > limit * len(among):
            return f"{len(lost)} of {len(among)} {which} ids looked up are gone, {quoted(lost[-1])} is one; {rows}"
    return ""


def _shorter(pairs: Pairs) -> str:
    """The newest known rows, where they are later than this export goes; empty where there are none."""
    born, ends = CONTRACT[pairs.table].newest[:1], pairs.held.ends
    if ends is None or not born or born[0] not in pairs.columns():
        return ""
    made = [at for i in pairs.then.recent if isinstance(at := pairs.then.sample[i][born[0]], float) and at > ends]
    then, now = (
        (local_day(datetime.fromtimestamp(at, UTC), pairs.zone) - EPOCH).days for at in (max(made, default=ends), ends)
    )
    if len(made) < CUT or business(now, then) < CUT:
        return ""
    days = [wording.day(local_day(datetime.fromtimestamp(at, UTC), pairs.zone)) for at in (max(made), ends)]
    return f"it went on to {days[0]} and ends on {days[1]} now; {len(made)} known rows of later days are gone"


def _emptied(pairs: Pairs) -> Iterator[Finding]:
    for column in pairs.columns():
        limit = SAME if column in RECYCLED else pairs.limits.emptied
        newest = () if column in RECYCLED else (("newest known", frozenset(pairs.then.recent)),)
        for which, among in (("known", None), *newest):
            filled = [now for then, now in pairs.of(column, among) if then is not None]
            blank = sum(now is None for now in filled)
            if len(filled) >= FEW and blank > limit * len(filled):
                yield pairs.found(
                    "emptied", column, f"is blank in {blank} of {len(filled)} {which} rows that had a value"
                )
                break


def _reread(pairs: Pairs) -> Iterator[Finding]:
    """Words of ours that are read as others now: won deals that are open again, calls that go nowhere."""
    for column in pairs.columns():
        for word in CONTRACT[pairs.table].columns[column].allowed:
            had = [now for then, now in pairs.of(column) if then == word and now is not None]
            other = sum(now != word for now in had)
            if word != "open" and len(had) >= FEW and other > pairs.limits.emptied * len(had):
                yield pairs.found(
                    "reread", column, f"is not '{word}' any more in {other} of {len(had)} known rows of which it was"
                )


def _exchanged(pairs: Pairs) -> Iterator[Finding]:
    texts = pairs.columns("text", "id")
    for place, one in enumerate(texts):
        for other in texts[place + 1 :]:
            both = [(a, b) for a, b in zip(pairs.of(one), pairs.of(other), strict=True) if a[0] != b[0]]
            n = sum(a[0] == b[1] and b[0] == a[1] for a, b in both)
            if n >= FEW and n > MOST * len(both):
                text = f"and {other} have each other's values in {n} of {len(both)} known rows"
                yield pairs.found("exchanged", one, text, other)


def _changed(pairs: Pairs) -> Iterator[Finding]:
    """Texts and references that are others in most of the known rows."""
    activities = pairs.table == "activities"  # what happened is over: nobody deals it out anew
    for column in pairs.columns("text", "id"):
        if column in VOLATILE and not activities:
            continue
        both = [(a, b) for a, b in pairs.of(column) if a is not None and b is not None]
        n = sum(a != b for a, b in both)
        if len(both) >= SOME and n > MOST * len(both):
            yield pairs.found("changed", column, f"is another than before in {n} of {len(both)} known rows")


def _moved(pairs: Pairs) -> Iterator[Finding]:
    for column in pairs.columns("instant"):
        both = [(a, b) for a, b in _settled(pairs, column) if isinstance(a, float) and isinstance(b, float)]
        moved = [(a, b) for a, b in both if abs(a - b) > MINUTE]
        if len(both) >= FEW and len(moved) > pairs.limits.moved * len(both):
            one, other = moved[-1]
            days = [wording.day(local_day(datetime.fromtimestamp(x, UTC), pairs.zone)) for x in (one, other)]
            apart = f"by {abs(one - other) / 3600:.3g} hours" if days[0] == days[1] else f"from {days[0]} to {days[1]}"
            yield pairs.found(
                "moved", column, f"has moved in {len(moved)} of {len(both)} known rows, in one of them {apart}"
            )


def _settled(pairs: Pairs, column: str) -> list[tuple[Value, Value]]:
    """Then and now; of a deal's closing only where it was over, for sales moves what it expects."""
    both = pairs.of(column)
    return both if column != "closed_at" else [pair for pair, over in _over(pairs, both) if over]


def _over(pairs: Pairs, both: Sequence[tuple[Value, Value]]) -> list[tuple[tuple[Value, Value], bool]]:
    """Each pair, and whether its deal was won or lost then; without outcomes all were."""
    if "outcome" not in pairs.columns():
        return [(pair, True) for pair in both]
    return [(pair, was in ("won", "lost")) for pair, (was, _) in zip(both, pairs.of("outcome"), strict=True)]


def _rescaled(pairs: Pairs) -> Iterator[Finding]:
    """Amounts: those of decided deals stay, and those of open ones do not change all at once."""
    for column in pairs.columns("money"):
        split = _over(pairs, pairs.of(column))
        for which, over, limit in (("decided", True, pairs.limits.emptied), ("open", False, SAME)):
            both = [(a, b) for (a, b), mine in split if mine is over and isinstance(a, float) and isinstance(b, float)]
            n = sum(a != b for a, b in both)
            if len(both) >= FEW and n > limit * len(both):
                text = f"{_factor(both)} in {n} of {len(both)} known rows of {which} deals"
                yield pairs.found("rescaled", column, text)
                break


def _factor(both: Sequence[tuple[float, float]]) -> str:
    """How amounts have changed: by one factor, in their sign, or in no one way."""
    factors = sorted(b / a for a, b in both if a and a != b)
    middle = factors[len(factors) // 2] if factors else 0.0
    alike = sum(abs(f - middle) <= 0.01 * abs(middle) for f in factors)
    if not factors or alike < SAME * len(factors):
        return "is another than before"
    return "has another sign" if abs(middle + 1) <= 0.01 else f"is {middle:.4g} times as much"


def _unlinked(pairs: Pairs) -> Iterator[Finding]:
    for column, (n, found, missing) in pairs.held.links.items():
        of, had, lacked = pairs.then.links.get(column, (0, 0, 0))
        if min(n, had) < SOME:
            continue
        was, now = wording.percent(had / of), wording.percent(found / n)
        if found / n < pairs.limits.links * had / of:
            text = f"finds what it refers to in {now} of {wording.count(n)} rows, and did in {was}"
            yield pairs.found("unlinked", column, text)
        elif missing >= SOME and missing / n > lacked / of + LOST:
            text = f"refers to what is not there in {wording.count(missing)} of {wording.count(n)} rows, and did in"
            yield pairs.found("unlinked", column, f"{text} {wording.count(lacked)} of {wording.count(of)}")


def _restated(pairs: Pairs, export: Export) -> Iterator[Finding]:
    """What became of finished weeks: rows that went or came, and what they add up to."""
    for stream, weeks in pairs.then.weeks.items():
        if stream not in export.days:
            continue
        now = _by_week(weeks, export.days[stream])
        for some, late in ((list(weeks), pairs.limits.restated), (sorted(weeks)[-LAST:], MOST)):
            had = sum(weeks[w] for w in some)
            lost, new = (sum(max(0, way * (weeks[w] - now[w])) for w in some) for way in (1, -1))
            if had >= SOME and (lost > pairs.limits.restated * had or new > late * had):
                what = wording.plural(had, *STREAMS[stream].what)
                text = f"the {'last ' if len(some) == LAST else ''}{len(some)} finished weeks had {what}, of which"
                more = f", and {wording.count(new)} more are there now" if new else ""
                gone = f"{text} {wording.count(lost)} are gone{more}"
                yield Finding("restated", pairs.table, gone, (STREAMS[stream].column,))
                return
        if (worth := pairs.then.worth.get(stream)) and stream in export.worth:
            then, is_now = sum(worth.values()), sum(_by_week(worth, export.worth[stream]).values())
            if abs(is_now - then) > pairs.limits.restated * abs(then):
                text = f"the {len(worth)} finished weeks added up to {then:,.0f}, and add up to {is_now:,.0f} now"
                yield Finding("rescaled", pairs.table, text, ("amount",))


def _by_week(weeks: Mapping[int, float], days: Mapping[int, float]) -> dict[int, float]:
    """Sums by those weeks."""
    now = dict.fromkeys(weeks, 0.0)
    for day, n in days.items():
        if (week := monday(day)) in now:
            now[week] += n
    return now


RULES: Sequence[Callable[[Pairs], Iterator[Finding]]] = (_exchanged, _emptied, _reread, _changed, _moved, _rescaled)
"""What is asked of the known rows of a table that are still there; of a column the first that finds something."""
