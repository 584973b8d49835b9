"""Facts → money: deals closed, what moved the week's pipeline, what is expected to close, and spend by day."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pandas as pd

from alignment_lib.facts.facts import ENDED, Facts
from alignment_lib.stats.days import EPOCH

OTHER = "(other)"
"""The kind or team of spend that has none."""


@lru_cache(maxsize=16)
def closings(facts: Facts, *, first_day: int, last_day: int) -> pd.DataFrame:
    """Deals won and lost in the days given, one row each.

    Returns
    -------
    DataFrame
        Columns `opportunity_id`, `owner_id`, `outcome`, `competitor`, `amount` (currency, null where unknown),
        `closed_day` (epoch day), `closed_s` (epoch seconds); sorted by day and id.
    """
    deals = facts.deals
    table = deals.filter(deals.closed_day.between(first_day, last_day) & deals.outcome.isin(ENDED))
    columns = ("opportunity_id", "owner_id", "outcome", "competitor", "amount", "closed_day", "closed_s")
    frame = table.mutate(amount=table.amount.cast("float64")).select(*columns).to_pandas()
    frame[["closed_day", "closed_s"]] = frame[["closed_day", "closed_s"]].astype("int64")
    return frame.sort_values(["closed_day", "opportunity_id"], kind="stable").reset_index(drop=True)


def pipeline_flow(facts: Facts, *, begin_s: int, end_s: int, by: tuple[str, ...] = ()) -> pd.DataFrame:
    """Deals by how they stood when a period began, what happened in it, and how they stood when it ended.

    Parameters
    ----------
    begin_s, end_s
        Epoch seconds; what happens at `end_s` comes after the period.
    by
        Further dimensions: `source`, `segment`, `region`, `owner_id`.

    Returns
    -------
    DataFrame
        Columns those of `by`, `open_before`, `created` (in the period), `ended` (`won` or `lost` in the period, else
        empty), `open_after`, `dated` (the day of its creation is known), `expected` (so is that of its closing), `n`
        (deals), `cents` (their amounts in hundredths of the currency, as a whole number, so that sums are exact) and
        `priced` (deals with an amount); sorted. Deals that no part of the period touches are left out.

    Notes
    -----
    A deal is open at an instant at or after its creation and before its closing, if it was won or lost since; one
    without a day of creation as long as it is open, one that ended on an unknown day never.
    """
    import ibis

    deals = facts.deals
    over, born, created, closed = deals.over_s, deals.born_s, deals.created_s, deals.closed_s
    in_time = deals.outcome.isin(ENDED) & (closed >= begin_s) & (closed < end_s)
    states = {
        "open_before": _open_at(born, over, begin_s),
        "created": ((created >= begin_s) & (created < end_s)).fill_null(False),
        "ended": in_time.fill_null(False).ifelse(deals.outcome, ibis.literal("")),
        "open_after": _open_at(born, over, end_s),
        "dated": created.notnull(),
        "expected": deals.expected_day.notnull(),
    }
    table = deals.select(*by, **states, cents=in_cents(deals.open_amount))
    table = table.filter(table.open_before | table.created | table.open_after | (table.ended != ""))
    parts = {"n": table.count(), "cents": table.cents.sum().fill_null(0), "priced": table.cents.count()}
    keys = [*by, *states]
    frame = table.group_by(keys).aggregate(**parts).to_pandas()
    frame = frame.astype(dict.fromkeys(parts, "int64"))
    return frame.sort_values(keys, kind="stable").reset_index(drop=True)


def in_cents(amount: Any) -> Any:
    """An amount in hundredths, a whole number: 18 digits, which its own type cannot multiply."""
    return (amount.cast("decimal(20, 2)") * 100).cast("int64")


def _open_at(born: Any, over: Any, at_s: int) -> Any:
    return ((born < at_s) & (over.isnull() | (over >= at_s))).fill_null(False)


def expected_to_close(facts: Facts, *, open_at_s: int, last_day: int) -> pd.DataFrame:
    """Deals open at an instant whose closing is expected by a day, those whose day has passed included.

    Returns
    -------
    DataFrame
        Columns `opportunity_id`, `owner_id`, `cents` (the amount in hundredths of the currency, null where unknown),
        `expected_day` (epoch day); sorted by day and id.
    """
    deals = facts.deals
    table = deals.filter(_open_at(deals.born_s, deals.over_s, open_at_s) & (deals.expected_day <= last_day))
    cents = in_cents(table.open_amount)
    frame = table.select("opportunity_id", "owner_id", "expected_day", cents=cents).to_pandas()
    frame["cents"] = frame["cents"].astype("Int64")
    frame["expected_day"] = frame["expected_day"].astype("int64")
    frame = frame[["opportunity_id", "owner_id", "cents", "expected_day"]]
    return frame.sort_values(["expected_day", "opportunity_id"], kind="stable").reset_index(drop=True)


def spend_by_day(facts: Facts, *, last_day: int, by: str = "", of: str = "") -> pd.DataFrame:
    """Spend up to a day, by day, kind and team.

    Parameters
    ----------
    by, of
        Only the spend with this value `of` a column (`source` or `campaign`); default everything.

    Returns
    -------
    DataFrame
        Columns `day` (epoch day), `kind`, `team` (`(other)` where unknown), `amount` (currency); sorted.
    """
    import ibis

    spend = facts.tables["spend"]
    if by:
        spend = spend.filter(spend[by] == of)
    texts = {n: spend[n] if n in spend.columns else ibis.null("string") for n in ("kind", "team")}
    day = spend.spent_on.delta(ibis.literal(EPOCH), unit="day").cast("int64")
    table = spend.select(day=day, amount=spend.amount, **{n: t.fill_null(OTHER) for n, t in texts.items()})
    table = table.filter(table.day <= last_day)
    keys = ["day", "kind", "team"]
    frame = table.group_by(keys).aggregate(amount=table.amount.sum()).to_pandas()
    frame["amount"] = _floats(frame["amount"])
    return frame.sort_values(keys, kind="stable").reset_index(drop=True)


def _floats(amounts: pd.Series) -> pd.Series:
    """Decimals, which engines hand over as objects, as floats."""
    return pd.to_numeric(amounts.astype(object)).astype(float)
