"""Is the outcome of each deal known: values that the mapping knows, closings with their day, what was known when."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alignment_lib.checks.check import on
from alignment_lib.errors import cut, quoted
from alignment_lib.params.run import Run
from alignment_lib.source.convert import folds
from alignment_lib.source.profile.outcomes import decided
from alignment_lib.source.tables import DATED_WINS, WON_AMOUNTS
from alignment_lib.source.tables.checks import Check
from alignment_lib.source.tables.inspect import FLAGGED, REASON, Inspected
from alignment_lib.source.tables.visible import ends
from alignment_lib.stats import wording

SOME = 5
"""Deals of a kind from which on their lack of something says anything."""
MANY = 20
"""Decided deals of one outcome from which on it is odd that there is none of the other."""
UNDATED = 0.05
"""The share of wins without a day from which on every rate that uses it says so."""
CONTRADICTED = 0.05
"""The share of decided deals of which map and flags may differ."""
UNPRICED = 0.05
"""The share of wins without an amount from which on every sum of what was won says so, and is held to no goal."""
EXPECTED = 0.5
"""The share of open deals with a closing date from which on it is the CRM's expectation, as in Salesforce."""
KNOWN = 0.5
"""The share of activities that must be out or in, and of deals decided that must have a day, to tell of them all."""
SHOWN = 6
OUTCOME = ("opportunities.closed_at",)


@dataclass(frozen=True)
class Read:
    """Deals of one text of the outcome, and what it is read as: `won`, `lost` or `open`."""

    value: str
    outcome: str
    n: int
    dated: int
    """Of them, those with a closing day; where no closing day is mapped, all."""


def checks(seen: Inspected) -> Iterator[Check]:
    """Values outside those that metrics know; of deals, what can and what cannot be told of their end."""
    yield from _allowed(seen)
    yield from _never(seen)
    if "direction" in seen.mapped.columns:
        yield from _one_way(seen)
    if seen.contract.name == "opportunities":
        row = _counts(seen.used)
        yield from _fallen(seen, row)
        yield from _contradicted(seen)
        yield from _dated(seen, row)
        yield from _late(seen, row)
        yield from _unpriced(seen, row)
        yield from _below_nothing(seen, row)
        yield from _one_sided(seen, row)


def undated(inspected: Mapping[str, Inspected], run: Run | None) -> Iterator[Check]:
    """Deals that are there by the run, decided or created on a day that nobody knows; without a run, all of them."""
    seen = inspected["opportunities"]
    has, deals = seen.mapped.columns, seen.used if run is None else _there(inspected, run)
    row = _counts(deals)
    if "closed_at" in has:
        lost = {kind: row[kind] - row[f"{kind}_closed_at"] for kind in ("won", "lost")}
        if any(lost.values()):
            yield _no_closing(seen, deals, row, lost)
    if "created_at" in has:
        yield from _unborn(seen, row, at_the_end=run is None or ends(seen, run))


def _there(inspected: Mapping[str, Inspected], run: Run) -> Any:
    """The deals created before as-of, or on a day that nobody knows; without such days, those of leads created before.

    Whether they are won or lost is as the export has it: of one decided on an unknown day nobody knows when.
    """
    deals, leads = inspected["opportunities"].used, inspected.get("leads")
    limit = run.as_of.replace(tzinfo=None)
    if "created_at" in deals.columns:
        return deals.filter((deals.created_at < limit).fill_null(True))
    key = "lead_id" if "lead_id" in deals.columns else "opportunity_id"
    if leads is None or key not in leads.mapped.columns:
        return deals
    born = leads.used.filter(lambda t: t.created_at < limit)
    return deals.filter(deals[key].isnull() | deals[key].isin(born[key]).fill_null(False))


def _unborn(seen: Inspected, row: Mapping[str, int], *, at_the_end: bool) -> Iterator[Check]:
    """Open deals without a day of creation: of an earlier day nobody knows whether they were there."""
    born = row["open"] - row["open_created_at"]
    if born:
        where = f" ({_stages(seen.used)})" if "stage" in seen.mapped.columns else ""
        text = f"{seen.account.file}: {wording.plural(born, 'open deal')} without a day of creation{where}"
        then = "counted as open, and in no week's new deals"
        then = then if at_the_end else "not counted, for nobody knows whether they were there by then"
        yield on(seen, "dates", "WARN", f"{text}; {then}", born)


def _allowed(seen: Inspected) -> Iterator[Check]:
    for column, count in seen.outside.items():
        known = seen.contract.columns[column].allowed
        allowed, values = ", ".join(known), _listed({v: n for v, n in _groups(seen, column).items() if v not in known})
        rows = "1 row has" if count == 1 else f"{count} rows have"
        a = "an" if column[0] in "aeiou" else "a"
        text = f"{seen.account.file}: {rows} {a} {column} other than {allowed} ({values}); add them to `map:`"
        yield on(seen, "values", "WARN", text, count)


def _never(seen: Inspected) -> Iterator[Check]:
    """Columns in which nobody ever wrote anything: what they would count is not known, rather than none."""
    judged = {"accepted_at", "rejected_at"} & set(seen.mapped.columns)
    # nobody may have been rejected yet; of closings the outcomes tell more
    spared = {"closed_at"} | (set() if judged <= set(seen.blank) else judged)
    never = [column for column in seen.blank if column not in spared]
    if never and seen.account.used >= MANY:
        are = "is" if len(never) == 1 else "are"
        text = (
            f"{seen.account.file}: {wording.listing(never)} {are} blank in all {wording.count(seen.account.read)} rows;"
        )
        text += f" nothing is counted by {'it' if len(never) == 1 else 'them'}: see whether other columns hold it"
        cannot = tuple(f"{seen.contract.name}.{column}" for column in never)
        yield on(seen, "never filled", "WARN", text, seen.account.read, cannot)


def _one_way(seen: Inspected) -> Iterator[Check]:
    """Activities of which nobody knows whether they went out: what sales did cannot be told of the others alone."""
    if seen.mapped.mapping.columns["direction"].value is not None or seen.account.used < MANY:
        return
    ways, n = _groups(seen, "direction"), seen.account.used
    known = ways.get("out", 0) + ways.get("in", 0)
    if ways.get("out") and known >= KNOWN * n:
        return
    said = (
        f"{wording.count(ways.get('out', 0))} of {wording.count(n)} activities go out, {wording.count(n - known)} are"
    )
    text = f"{seen.account.file}: {said} neither out nor in; what sales did for a lead cannot be told: see whether the"
    text += f" values that mean out are in {seen.mapped.place}.direction"
    yield on(seen, "outcomes", "WARN", text, n - known, ("activities.direction",))


def _groups(seen: Inspected, column: str) -> dict[str, int]:
    """Rows that are used, by the text of a column, the most common first."""
    used = seen.full.filter(seen.full[REASON].isnull())
    frame = used.group_by(value=used[column]).aggregate(n=used.count()).to_pandas().dropna()
    frame = frame.sort_values(["n", "value"], ascending=[False, True], kind="stable")
    return {str(v): int(n) for v, n in zip(frame["value"], frame["n"], strict=True)}


def _listed(values: Mapping[str, int]) -> str:
    """`'Closed Won (2026)', 9 ×`, the first few."""
    told = [f"{quoted(v)}, {n} ×" for v, n in list(values.items())[:SHOWN]]
    return "; ".join([*told, f"{len(values) - SHOWN} more"] if len(values) > SHOWN else told)


def _counts(used: Any) -> dict[str, int]:
    """How many deals are won, lost and open, and what each kind has."""
    kinds = {o: (used.outcome == o).fill_null(False) for o in ("won", "lost")}
    kinds["open"] = ~(kinds["won"] | kinds["lost"])
    parts = {}
    for kind, rows in kinds.items():
        parts[kind] = rows.sum()
        for column in ("amount", "expected_close_on", "closed_at", "created_at"):
            if column in used.columns:
                parts[f"{kind}_{column}"] = (rows & used[column].notnull()).sum()
    if "amount" in used.columns:
        parts["won_negative"] = (kinds["won"] & (used.amount < 0)).sum()
    row = used.aggregate(**parts).to_pandas().iloc[0].to_dict()
    return {name: 0 if value != value or value is None else int(value) for name, value in row.items()}


def _fallen(seen: Inspected, row: Mapping[str, int]) -> Iterator[Check]:
    """Stages that the map does not know, and that say won or lost in plain words where they are read as another end."""
    rule = seen.mapped.mapping.columns["outcome"]
    if not rule.map:
        return
    raw = "_raw_outcome" if "_raw_outcome" in seen.full.columns else "outcome"
    read = _read(seen, raw)
    said = [one for one in read if not _is_known(one.value, rule.map) and decided(one.value)]
    fallen = [one for one in said if decided(one.value) != one.outcome]
    running = [one for one in fallen if _is_running(one, row)]
    rest = [one for one in fallen if one not in running]
    look = _look_decided(seen, read, [one.value for one in fallen])
    if rest or look:
        yield _unknown(seen, row, rest, look)
    if running:
        n = sum(one.n for one in running)
        text = f"{seen.account.file}: the map of the outcome does not know {_listed(_by_value(running))}, which sound"
        text += (
            " decided, but no such deal has a closing day as decided ones have, so they are read as open; if they are"
        )
        yield on(seen, "outcomes", "WARN", f"{text} decided, add them to `map:` in {seen.mapped.place}.outcome", n)


def _unknown(seen: Inspected, row: Mapping[str, int], fallen: Sequence[Read], look: Mapping[str, int]) -> Check:
    """Of stages that sound decided and are read as something else, and of those that look so; many hold the run."""
    values = {**_by_value(fallen), **look}
    n, ended = sum(values.values()), row["won"] + row["lost"]
    others = n + ended - sum(one.n for one in fallen if one.outcome != "open")
    many = n > UNDATED * others
    read = wording.listing(sorted({one.outcome for one in fallen} | ({"open"} if look else set())))
    text = (
        f"{seen.account.file}: the map of the outcome does not know {_listed(values)}, which sound or look decided and"
        f" are read as {read}; add them to `map:` in {seen.mapped.place}.outcome"
    )
    return on(seen, "outcomes", "HOLD" if many else "WARN", text, n, OUTCOME if many else ())


def _read(seen: Inspected, raw: str) -> list[Read]:
    """Each text of the outcome with what it is read as, the most common first."""
    used = seen.used_with(raw)
    read = used.outcome.isin(["won", "lost"]).fill_null(False).ifelse(used.outcome, "open")
    dated = used.closed_at.count() if "closed_at" in seen.mapped.columns else used.count()
    frame = used.group_by(value=used[raw], outcome=read).aggregate(n=used.count(), dated=dated).to_pandas().dropna()
    frame = frame.sort_values(["n", "value", "outcome"], ascending=[False, True, True], kind="stable")
    return [Read(str(r.value), str(r.outcome), int(r.n), int(r.dated)) for r in frame.itertuples()]


def _contradicted(seen: Inspected) -> Iterator[Check]:
    """Deals of which the flags of the CRM say another end than the map."""
    if FLAGGED not in seen.full.columns:
        return
    rule, used = seen.mapped.mapping.columns["outcome"], seen.used_with(FLAGGED, *_stage(seen))
    read = used.outcome.isin(["won", "lost"]).fill_null(False).ifelse(used.outcome, "open")
    value = used[_stage(seen)[0]] if _stage(seen) else read
    frame = used.group_by(value=value, read=read, said=used[FLAGGED]).aggregate(n=used.count()).to_pandas()
    frame = frame.dropna(subset=["said"]).fillna({"value": "no stage"})
    frame = frame[(frame["read"] != "open") | (frame["said"] != "open")]
    other = frame[frame["read"] != frame["said"]].sort_values(["n", "value"], ascending=[False, True], kind="stable")
    n, ended = int(other["n"].sum()), int(frame["n"].sum())
    if n <= CONTRADICTED * ended:
        return
    told = "; ".join(
        f"{quoted(r.value)} is read as {r.read} and flagged {r.said}, {r.n} ×" for r in other[:SHOWN].itertuples()
    )
    text = f"{seen.account.file}: of {wording.plural(ended, 'decided deal')} {wording.count(n)} end otherwise by"
    text += f" {rule.won} and {rule.closed} than by the map, which counts ({told}); see `map:` in {seen.mapped.place}"
    yield on(seen, "flags", "WARN", f"{text}.outcome", n)


def _stage(seen: Inspected) -> tuple[str, ...]:
    """The column that holds the text that the map was given."""
    return next(((c,) for c in ("_raw_outcome", "stage") if c in seen.full.columns), ())


def _is_known(value: str, mapped: Mapping[str, object]) -> bool:
    return next(iter(folds({value: ""})), "") in {*folds(mapped), "won", "lost", "open"}


def _is_running(one: Read, row: Mapping[str, int]) -> bool:
    """Whether words alone call it decided: none of its deals has a closing day, and those that are decided have one."""
    ended, dated = row["won"] + row["lost"], row.get("won_closed_at", 0) + row.get("lost_closed_at", 0)
    return one.outcome == "open" and not one.dated and bool(dated) and dated >= KNOWN * ended


def _by_value(read: Sequence[Read]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in read:
        found[one.value] = found.get(one.value, 0) + one.n
    return found


def _look_decided(seen: Inspected, read: Sequence[Read], fallen: Collection[str]) -> dict[str, int]:
    """Stages of which all deals have a closing day, where other open deals have none: those are decided."""
    if "closed_at" not in seen.mapped.columns or _is_expected(seen):
        return {}
    rows = {one.value: (one.n, one.dated) for one in read if one.outcome == "open" and one.value not in fallen}
    full = {v: n for v, (n, dated) in rows.items() if n >= SOME and dated == n}
    rest = [pair for v, pair in rows.items() if v not in full]
    others, dated = sum(n for n, _ in rest), sum(d for _, d in rest)
    return full if others and dated <= UNDATED * others else {}


def _dated(seen: Inspected, row: Mapping[str, int]) -> Iterator[Check]:
    """Deals with a day of closing that are not closed."""
    dated = row.get("open_closed_at", 0)
    if 0 < dated < EXPECTED * row["open"] and not _is_expected(seen):
        text = f"{dated} deals have a closing date but are neither won nor lost; they stay open here"
        one = "1 deal has a closing date but is neither won nor lost; it stays open here"
        yield on(seen, "outcome", "WARN", f"{seen.account.file}: {one if dated == 1 else text}", dated)


def _is_expected(seen: Inspected) -> bool:
    """Whether the day of closing stands in the column of the day on which it is expected."""
    rules = seen.mapped.mapping.columns
    expected = rules.get("expected_close_on")
    return expected is not None and expected.column is not None and expected.column == rules["closed_at"].column


def _no_closing(seen: Inspected, deals: Any, row: Mapping[str, int], lost: Mapping[str, int]) -> Check:
    """Deals that were decided on a day that nobody knows."""
    n, share = sum(lost.values()), lost["won"] / max(row["won"], 1)
    told = " and ".join(f"{wording.count(k)} {kind}" for kind, k in lost.items() if k)
    text = f"{seen.account.file}: {wording.plural(n, 'deal')} without a closing date ({told}); no week can count them,"
    text += " and they are not open"
    cannot = tuple(
        need
        for kind, need in (("won", "opportunities.closed_at"), ("lost", "opportunities.lost"))
        if row[kind] >= SOME and lost[kind] > KNOWN * row[kind]
    )
    if share <= UNDATED:
        return on(seen, "dated outcome", "WARN", text, n, cannot)
    of_wins = f"{wording.percent(share)} of all wins"
    caveat = f"{of_wins} have no closing day and are in no rate{_by_source(deals)}"
    text += f"; {of_wins} lack their day, so that what a customer costs, in money or in leads, cannot be told"
    cannot = (*cannot, DATED_WINS)
    return on(seen, "dated outcome", "WARN", text, n, cannot, about=("opportunities.closed_at",), caveat=caveat)


def _by_source(used: Any) -> str:
    if "source" not in used.columns:
        return ""
    won = used.filter((used.outcome == "won") & used.closed_at.isnull())
    frame = won.group_by(source=won.source.fill_null("(unknown)")).aggregate(n=won.count()).to_pandas()
    frame = frame.sort_values(["n", "source"], ascending=[False, True], kind="stable").head(SHOWN)
    return " (" + ", ".join(f"{cut(s)} {n}" for s, n in zip(frame["source"], frame["n"], strict=True)) + ")"


def _stages(used: Any) -> str:
    table = used.filter(used.created_at.isnull() & ~used.outcome.isin(["won", "lost"]).fill_null(False))
    frame = table.group_by(stage=table.stage.fill_null("no stage")).aggregate(n=table.count()).to_pandas()
    frame = frame.sort_values(["n", "stage"], ascending=[False, True], kind="stable").head(SHOWN)
    return ", ".join(f"{cut(stage)} {n}" for stage, n in zip(frame["stage"], frame["n"], strict=True))


def _late(seen: Inspected, row: Mapping[str, int]) -> Iterator[Check]:
    """What is written down only when a deal is decided was not known while it was open."""
    ended = row["won"] + row["lost"]
    for column, need, what in (
        ("amount", "open_amount", "open pipeline, coverage or forecast has a value"),
        ("expected_close_on", "expected_close_on", "coverage or forecast can be told"),
    ):
        if column not in seen.mapped.columns or row["open"] < SOME or ended < SOME:
            continue
        early, late = row[f"open_{column}"] / row["open"], row[f"won_{column}"] / max(row["won"], 1)
        if early < 0.5 and late > 2 * early:
            text = (
                f"{seen.account.file}: {wording.percent(late)} of won deals have {column}, of open ones"
                f" {wording.percent(early)}: it is written down when a deal is decided, so no {what}"
            )
            yield on(seen, "known late", "WARN", text, row["open"] - row[f"open_{column}"], (f"opportunities.{need}",))


def _unpriced(seen: Inspected, row: Mapping[str, int]) -> Iterator[Check]:
    """Won deals without an amount: what was won is worth more than the sum of the others."""
    if not row["won"] or "amount" not in seen.mapped.columns or "amount" in seen.blank:
        return
    lacking = row["won"] - row["won_amount"]
    if not lacking:
        return
    have, are = ("has", "is") if lacking == 1 else ("have", "are")
    some = f"{wording.count(lacking)} of {wording.plural(row['won'], 'won deal')} {have} no amount and {are} in no sum"
    text = f"{seen.account.file}: {some}"
    if lacking <= UNPRICED * row["won"]:
        yield on(seen, "amounts", "PASS", text, lacking)
        return
    text += f"; write them into the CRM, or see {seen.mapped.place}.amount"
    yield on(seen, "amounts", "WARN", text, lacking, about=(WON_AMOUNTS,), caveat=f"{some}, in the whole export")


def _below_nothing(seen: Inspected, row: Mapping[str, int]) -> Iterator[Check]:
    """Won deals with an amount below 0, which make what was won less."""
    n = row.get("won_negative", 0)
    if n:
        are, lower = ("is", "lowers") if n == 1 else ("are", "lower")
        text = f"{seen.account.file}: {wording.plural(n, 'won deal')} {are} worth less than 0 and {lower} every sum of"
        text += f" what was won; if they are no credits, correct them in the CRM, or see {seen.mapped.place}.amount"
        yield on(seen, "amounts", "WARN", text, n)


def dayless(seen: Inspected) -> str:
    """What can be told of deals that have no day at all: how many are won, lost and open."""
    row = _counts(seen.used)
    told = ", ".join(f"{wording.count(row[kind])} {kind}" for kind in ("won", "lost", "open"))
    return f"{seen.account.file} can tell no more than that of {wording.count(seen.account.used)} deals {told}"


def _one_sided(seen: Inspected, row: Mapping[str, int]) -> Iterator[Check]:
    """Nobody ever won, or ever lost."""
    if seen.mapped.mapping.columns["outcome"].value is not None:
        return  # the source records one outcome only, and says so
    for none, other in (("won", "lost"), ("lost", "won")):
        if not row[none] and row[other] >= MANY:
            text = f"{seen.account.file}: {wording.count(row[other])} deals are {other} and none is {none}; see whether"
            text += f" the values that mean {none} are in {seen.mapped.place}.outcome"
            yield on(seen, "outcomes", "WARN", text, 0, OUTCOME if none == "won" else ("opportunities.lost",))
    if not row["won"] and not row["lost"] and row["open"] >= MANY:
        text = f"{seen.account.file}: none of {wording.count(row['open'])} deals was ever won or lost; see whether the"
        text += f" outcome is mapped, in {seen.mapped.place}.outcome"
        yield on(seen, "outcomes", "WARN", text, 0, OUTCOME)
