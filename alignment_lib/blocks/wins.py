"""Wins of the week (C19), and won deals that are worth a case study by a rule that the page prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import pandas as pd

from alignment_lib.blocks.agenda import agenda, connect, evidence, metric
from alignment_lib.blocks.typed import quoted, where_to_write
from alignment_lib.facts import Facts, closed_deals
from alignment_lib.facts.facts import UNKNOWN
from alignment_lib.page.block import Block, Card, Column, Metric, Table
from alignment_lib.stats import wording
from alignment_lib.stats.days import epoch_day

CARDS, CANDIDATES = 6, 5
"""Wins with a card; candidates in the table."""
YEAR_WEEKS = 52
ENOUGH = 8
"""Won deals of a year below which none is called large or fast; a default chosen here, not a result."""
Row = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Wins:
    """What was told as a win, in this week or the last time before; deals won in the week; candidates by the rule."""

    week: tuple[Row, ...]
    before: tuple[Row, ...]
    won: pd.DataFrame
    year: pd.DataFrame
    candidates: pd.DataFrame
    """`large` and `fast` say why."""
    days: str
    """`lead_days`, or `deal_days` where no lead is dated."""

    @property
    def largest(self) -> Any:
        """The largest deal won in the week; None where no amount is known."""
        priced = self.won[self.won["amount"].notna()]
        return next(priced.itertuples(), None)


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Wins:
    """Everything the block prints."""
    run, rule = facts.run, facts.run.params.weekly.case_studies
    last, monday = run.last_day, epoch_day(run.week.monday)
    year = _won(facts, last)
    told = [r for r in facts.kept("wins") if r["won_on"] is not None and epoch_day(r["won_on"]) <= last]
    told = [r for r in told if _in_slice(facts, r, year)]
    week = tuple(sorted((r for r in told if epoch_day(r["won_on"]) >= monday), key=_order(year)))
    latest = max((r["won_on"] for r in told), default=None)
    days = "lead_days" if year["lead_days"].notna().any() or not year["deal_days"].notna().any() else "deal_days"
    lately = last - 7 * rule.weeks + 1
    ranked = year.assign(
        large=_among(year["amount"], rule.top_share, largest=True),
        fast=_among(year[days], rule.faster_share, largest=False),
    )
    known = {str(r["opportunity_id"]) for r in told if r["opportunity_id"]}
    new = ranked[(ranked["closed_day"] >= lately) & ~ranked["opportunity_id"].isin(known)]
    return Wins(
        week=week,
        before=() if week else tuple(r for r in told if r["won_on"] == latest),
        won=year[year["closed_day"] >= monday],
        year=ranked,
        candidates=_best(new[new["large"] | new["fast"]], days) if len(year) >= ENOUGH else new.head(0),
        days=days,
    )


def _won(facts: Facts, last: int) -> pd.DataFrame:
    """Deals won in the 52 weeks that end now, largest first."""
    if not facts.tables.has("opportunities.closed_at"):
        columns = "opportunity_id lead_id owner_id source segment outcome reason amount closed_day lead_days deal_days"
        return pd.DataFrame({name: pd.Series(dtype="float64") for name in columns.split()})
    deals = closed_deals(facts, first_day=last - 7 * YEAR_WEEKS + 1, last_day=last)
    return deals[deals["outcome"] == "won"].reset_index(drop=True)


def _in_slice(facts: Facts, row: Row, year: pd.DataFrame) -> bool:
    """A win of a deal that the slice does not hold is told elsewhere; one that names no deal is everybody's."""
    deal = row["opportunity_id"]
    return facts.run.params.slice is None or deal is None or deal in set(year["opportunity_id"])


def _order(year: pd.DataFrame) -> Any:
    """Wins of larger deals first, then the later ones."""
    amounts = dict(zip(year["opportunity_id"], year["amount"].fillna(-1.0), strict=True))
    return lambda r: (-amounts.get(r["opportunity_id"], -1.0), -epoch_day(r["won_on"]), str(r["headline"]))


def _among(values: pd.Series, share: float, *, largest: bool) -> pd.Series:
    """Whether no more than this share of all known values are as large (as small) or more so; False if unknown."""
    ranks = values.rank(method="max", ascending=not largest)
    return (ranks <= share * int(values.notna().sum())).fillna(False)


def _best(frame: pd.DataFrame, days: str) -> pd.DataFrame:
    """Those that are both first, then the largest, then the fastest."""
    order = frame.assign(
        _both=~(frame["large"] & frame["fast"]),
        _small=-frame["amount"].fillna(-1.0),
        _slow=frame[days].fillna(float("inf")),
    )
    order = order.sort_values(["_both", "_small", "_slow", "opportunity_id"], kind="stable")
    return order.drop(columns=["_both", "_small", "_slow"]).reset_index(drop=True)


@agenda(
    id="wins", title="What went well", question="Which wins do we name, and which story is worth telling?", side="both"
)
def wins(facts: Facts, block: Block) -> Block:
    """The week's wins as cards, and the candidates for case studies."""
    deals = facts.tables.has("opportunities.closed_at")
    if not deals and not facts.tables.has("wins"):
        return replace(block, missing=where_to_write(facts, "wins", "one row for each win"))
    found = numbers(facts)
    told = found.week or found.before
    tables = (*([_rest(found, told[CARDS:])] if told[CARDS:] else []), *([_table(facts, found)] if deals else []))
    return replace(
        block,
        sentences=(told_sentence(facts), candidates_sentence(facts)),
        cards=tuple(_card(facts, found, r) for r in told[:CARDS]),
        tables=tuple(t for t in tables if t.rows),
        prompts=("Which of these stories should marketing write down, and who asks the customer?",),
        evidence=evidence(
            facts,
            *(("case_candidates",) if deals else ()),
            n=f"{wording.plural(len(found.week), 'win')} told for the week"
            + (f"; {wording.plural(len(found.year), 'deal')} won in {YEAR_WEEKS} weeks" if deals else ""),
            excluded="; ".join(_excluded(facts, found)) if deals else "deals, which are not in this data",
            method="large or fast: no more than that share of the deals whose amount or days are known are as large or"
            " as fast, so that equal deals do not count as large"
            if deals
            else "",
        ),
        metrics=_metrics(facts, found),
    )


def told_sentence(facts: Facts) -> str:
    """The wins of the week, or the last one before it."""
    found = numbers(facts)
    if not facts.tables.has("wins"):
        return f"Wins in people's own words: {where_to_write(facts, 'wins', 'one row for each win')}"
    if len(found.week) > 1:
        return f"{wording.count(len(found.week))} wins were told this week, the first is {_headline(found.week[0])}."
    if found.week:
        return f"This week's win is {_headline(found.week[0])}."
    if found.before:
        last = found.before[0]
        return f"No win was told this week; the last, of {wording.day(last['won_on'])}, was {_headline(last)}."
    return "No win has been written down yet."


def _headline(row: Row) -> str:
    """The typed headline in quotation marks, and whom it thanks."""
    return quoted(row["headline"]) + (f", with credit to {quoted(row['credit'])}" if row["credit"] else "")


def highlight(facts: Facts) -> str:
    """One sentence for the first screen: the week's win, else its largest deal."""
    found = numbers(facts)
    if found.week:
        return f"This week's win is {_headline(found.week[0])}."
    if not facts.tables.has("opportunities.closed_at"):
        return "No win was written down for this week, and this data does not say which deals were won."
    if not len(found.won):
        return "Nothing was won this week."
    deal = found.largest
    if deal is None:
        return f"Deals were won this week, but no amount{facts.in_currency} is known of any of them."
    worth = wording.money(float(deal.amount), facts.run.params.company.currency)
    only = len(found.won) == 1
    part = f" with an amount{facts.in_currency}" if facts.in_currency and found.won["amount"].isna().any() else ""
    name = facts.reps.get(deal.owner_id) if isinstance(deal.owner_id, str) else None
    by = f", won by {name}" if name else ""
    source = "" if deal.source == UNKNOWN else f" and came from {deal.source}"
    return f"The {'only' if only else 'largest'} deal{part} won this week is worth {worth}{source}{by}."


def candidates_sentence(facts: Facts) -> str:
    """How many deals the rule names, or why it names none."""
    found, rule = numbers(facts), facts.run.params.weekly.case_studies
    if not facts.tables.has("opportunities.closed_at"):
        return f"Candidates for case studies: {connect(facts, ('opportunities.closed_at',))}"
    if len(found.year) < ENOUGH:
        return "Too few deals were won within a year to say which of them stand out enough for a case study."
    lately = f"the last {wording.plural(rule.weeks, 'week')}"
    count = len(found.candidates)
    if not count:
        return f"No deal won in {lately} stands out enough for a new case study."
    stand = "deal won in {0} stands" if count == 1 else "deals won in {0} stand"
    return f"{wording.count(count)} {stand.format(lately)} out enough for a case study, by size or by speed."


def rule_text(facts: Facts) -> str:
    """The rule as it is printed."""
    rule = facts.run.params.weekly.case_studies
    return (
        f"A candidate is a deal won in the last {wording.plural(rule.weeks, 'week')} that is among the largest"
        f" {wording.percent(rule.top_share)} or the fastest {wording.percent(rule.faster_share)} of the deals won in"
        f" the last {YEAR_WEEKS} weeks and is not told as a win yet; with fewer than {ENOUGH} won deals there is none."
    )


def _excluded(facts: Facts, found: Wins) -> list[str]:
    unpriced, undated = int(found.year["amount"].isna().sum()), int(found.year[found.days].isna().sum())
    one = f"an amount{facts.in_currency}"
    parts = [f"from the largest, {wording.plural(unpriced, 'deal')} without {one}"] if unpriced else []
    return parts + ([f"from the fastest, {wording.plural(undated, 'deal')} without usable dates"] if undated else [])


def _card(facts: Facts, found: Wins, row: Row) -> Card:
    """A win: its quote, whom to thank, and its deal."""
    points = [(label, str(row[name])) for name, label in (("quote", "Quote"), ("credit", "Credit")) if row[name]]
    if row["opportunity_id"]:
        deal = found.year[found.year["opportunity_id"] == row["opportunity_id"]]
        amount = float(deal["amount"].iloc[0]) if len(deal) else None
        worth = f", {wording.money(amount, facts.run.params.company.currency)}" if wording.defined(amount) else ""
        points.append(("Deal", f"{row['opportunity_id']}{worth}"))
    return Card(str(row["headline"]), wording.day(row["won_on"]), tuple(points), side="both")


def _rest(found: Wins, rows: tuple[Row, ...]) -> Table:
    cells = tuple(
        (str(r["headline"]), wording.day(r["won_on"]), *(str(r[n] or wording.NOTHING) for n in ("quote", "credit")))
        for r in rows
    )
    heads = ("Win", "Won on", "Quote", "Credit")
    caption = wording.plural(len(rows), "more win")
    return Table(caption, tuple(Column(h) for h in heads), cells, folded=True)


def _table(facts: Facts, found: Wins) -> Table:
    priced = bool(found.year["amount"].notna().any())
    rows = [_row(facts, found, d, priced) for d in found.candidates.head(CANDIDATES).itertuples()]
    left = len(found.candidates) - len(rows)
    more = f"{wording.plural(left, 'more candidate is', 'more candidates are')} not listed. " if left else ""
    columns = (
        *(Column(h) for h in ("Deal", "Source", "Segment", "Owner")),
        *([Column("Amount", facts.run.params.company.currency, numeric=True)] if priced else []),
        Column("Days", "lead to won" if found.days == "lead_days" else "deal to won", numeric=True),
        Column("What decided it"),
        Column("Why it qualifies"),
    )
    return Table("Candidates for a case study", columns, tuple(rows), note=f"{more}{rule_text(facts)}")


def _row(facts: Facts, found: Wins, deal: Any, priced: bool) -> tuple[str, ...]:
    why = [word for word, true in (("large", deal.large), ("fast", deal.fast)) if true]
    return (
        deal.opportunity_id,
        deal.source,
        deal.segment,
        facts.rep(deal.owner_id if isinstance(deal.owner_id, str) else None),
        *([wording.count(deal.amount)] if priced else []),
        wording.count(getattr(deal, found.days)),
        deal.reason if isinstance(deal.reason, str) else "not given",
        wording.listing(why),
    )


def _metrics(facts: Facts, found: Wins) -> tuple[Metric, ...]:
    records = [metric("wins_told", len(found.week), n=len(found.week))] if facts.tables.has("wins") else []
    if not facts.tables.has("opportunities.closed_at"):
        return tuple(records)
    enough, currency = len(found.year) >= ENOUGH, facts.run.params.company.currency
    records.append(
        metric(
            "case_candidates",
            len(found.candidates) if enough else None,
            n=len(found.year),
            reason="" if enough else f"fewer than {ENOUGH} deals won in {YEAR_WEEKS} weeks",
        )
    )
    largest = found.largest
    amount = None if largest is None else float(largest.amount)
    reason = "" if largest is not None else f"no deal with an amount{facts.in_currency} was won"
    records.append(metric("won_largest", amount, n=len(found.won), reason=reason, currency=currency))
    return tuple(records)
