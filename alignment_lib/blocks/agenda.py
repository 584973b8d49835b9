"""What every block has in common: its heading, the columns it needs, its evidence line, and its metric records."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, wraps
from typing import Any

from alignment_lib.facts import Facts
from alignment_lib.measures import definition
from alignment_lib.page.block import Block, Evidence, Metric, Side
from alignment_lib.source.tables import WON_AMOUNTS
from alignment_lib.stats import wording
from alignment_lib.stats.estimates import Estimate

BlockFunction = Callable[[Facts], Block]

OF_AMOUNTS = {
    "won_value", "won_value_before", "won_largest", "pipeline_won", "flow_won", "goal_missing", "mean_won_value",
    "payback_base", "amount_mean_year", "value_per_day",
}  # fmt: skip
"""Measures that are sums or means of the amounts of won deals."""
WHAT = {
    "leads": "the leads (contacts or deals of the CRM)",
    "leads.created_at": "when each lead was created",
    "leads.mql_at": "when each lead became marketing-qualified",
    "leads.accepted_at": "when sales accepted each lead",
    "leads.rejected_at": "when sales rejected each lead",
    "opportunities.created_at": "when each deal was created",
    "opportunities.closed_at": "when each deal closed",
    "opportunities.expected_close_on": "when each deal is expected to close",
    "spend": "what was spent, by day, source and kind",
    "mail_events.clicked_at": "who clicked in which mail; a file of the mail service in the kept folder tells it, too",
    "activities.lead_id": "which lead each activity was with",
    "activities.occurred_at": "when each call, mail or meeting took place",
    "activities.direction": "whether each activity went out or came in",
}
"""Columns in a user's words, for the line that says what to connect."""


def agenda(
    *, id: str, title: str, question: str, side: Side = "both", needs: tuple[str, ...] = ()
) -> Callable[[Callable[[Facts, Block], Block]], BlockFunction]:
    """Make a block of a function that fills a blank one.

    Parameters
    ----------
    needs
        `table` or `table.column`; where one is not connected the block is one line that says what to connect.
    """

    def make(function: Callable[[Facts, Block], Block]) -> BlockFunction:
        @lru_cache(maxsize=4)  # the first screen and the notes quote blocks that are shown further down
        @wraps(function)
        def block(facts: Facts) -> Block:
            blank = Block(id=id, title=title, question=question, side=side)
            lacking = facts.tables.lacking(*needs)
            if lacking:
                return replace(blank, missing=connect(facts, lacking))
            return _with_caveats(facts, function(facts, blank), needs)

        return block

    return make


def _with_caveats(facts: Facts, block: Block, needs: tuple[str, ...]) -> Block:
    """What the checks say of the columns that a block rests on, in its evidence line."""
    in_money = "opportunities.amount" in needs or any(m.name in OF_AMOUNTS for m in block.metrics)
    rests = {*needs, WON_AMOUNTS} if in_money else set(needs)
    told = [c.caveat for c in facts.tables.checks if c.caveat and set(c.about) & rests]
    if block.evidence is None or not told:
        return block
    return replace(
        block, evidence=replace(block.evidence, excluded="; ".join(filter(None, [block.evidence.excluded, *told])))
    )


def why_not(facts: Facts, lacking: tuple[str, ...]) -> tuple[str, ...]:
    """What the checks say of columns that cannot be told, or of their tables, each sentence once."""
    known = facts.tables.cannot
    named = (n for name in lacking for n in (name, name.partition(".")[0]))
    return tuple(dict.fromkeys(f"{known[n].rstrip('.')}." for n in named if n in known))


def untold(facts: Facts, needs: tuple[str, ...]) -> str:
    """Why what sales did cannot be told, as the end of a sentence without its full stop."""
    lacking = facts.tables.lacking(*needs)
    if cannot := why_not(facts, lacking):
        return cannot[0].rstrip(".")
    if "activities" not in facts.tables.inspected:
        return "this data holds no calls, mails or meetings"
    return f"this data does not say {wording.listing([WHAT.get(name, name) for name in lacking])}"


def connect(facts: Facts, lacking: tuple[str, ...]) -> str:
    """What to connect, and where; or why connected data cannot tell."""
    if cannot := why_not(facts, lacking):
        return f"This data cannot tell. {' '.join(cannot)}"
    named = wording.listing([f"{n} ({WHAT[n]})" if n in WHAT else n for n in lacking])
    absent = [
        facts.tables.source.missing[t]
        for t in {n.partition(".")[0] for n in lacking}
        if t in facts.tables.source.missing
    ]
    why = f" ({'; '.join(absent)})" if absent else ""
    return f"Not in this data. To see it, map {named} in {facts.run.params.mapping_file}{why}."


def metric(
    name: str,
    value: float | None,
    *,
    low: float | None = None,
    high: float | None = None,
    n: float | None = None,
    source: str | None = None,
    segment: str | None = None,
    period: str | None = None,
    reason: str = "",
    currency: str = "",
) -> Metric:
    """A record of a number that the page prints; nan becomes None, with the reason."""
    known = definition(name)
    return Metric(
        name=name,
        value=_plain(value),
        unit=currency if known.unit == "currency" else known.unit,
        definition=known.text,
        low=_plain(low),
        high=_plain(high),
        n=None if n is None else int(n),
        source=source,
        segment=segment,
        period=period,
        reason=reason or None,
    )


def metric_of(name: str, estimate: Estimate, *, scale: float = 1.0, n: float | None = None, **where: Any) -> Metric:
    """A record of an estimate with its interval."""
    parts = (estimate.estimate * scale, estimate.low * scale, estimate.high * scale)
    return metric(name, parts[0], low=parts[1], high=parts[2], n=n, reason=estimate.reason, **where)


def points_of(name: str, difference: Estimate, *, n: float | None = None, **where: Any) -> Metric:
    """A record of a difference of shares with its interval, in points."""
    return metric_of(name, difference, scale=100, n=n, **where)


def worth(facts: Facts, amount: float, unpriced: int = 0) -> str:
    """`€ 1,082`; where many are left out, how many: `(2 of them without an amount in EUR)`."""
    left = f" ({wording.count(unpriced)} of them without an amount{facts.in_currency})"
    told = wording.money(amount, facts.run.params.company.currency)
    return told + (left if unpriced and (facts.in_currency or facts.unpriced_wins) else "")


def _plain(value: float | None) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    return int(value) if float(value).is_integer() else float(value)


def evidence(facts: Facts, *names: str, n: str, excluded: str = "", method: str = "") -> Evidence:
    """The line under a chart or table (D7): its definitions are the registry's."""
    told = [f"{definition(name).label}: {definition(name).text}" for name in names]
    text = "; ".join([*told, "all other words as in the glossary" if told else "all words as in the glossary"])
    run = facts.run
    return Evidence(
        n=n, definition=text, as_of=wording.instant(run.as_of, run.params.timezone), excluded=excluded, method=method
    )
