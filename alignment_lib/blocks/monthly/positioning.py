"""One positioning statement (C42): how much of the content carries it, and how deals ended in which it was used."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from alignment_lib.blocks.agenda import agenda, evidence, metric, metric_of, points_of
from alignment_lib.blocks.closed import knows_losses
from alignment_lib.blocks.monthly.content_map import with_uses
from alignment_lib.facts import Facts
from alignment_lib.facts import content_frames as frames
from alignment_lib.page.block import Block, Column, Metric, Table
from alignment_lib.stats import estimates, wording


@dataclass(frozen=True, eq=False)
class Positioning:
    """Shares of assets and uses that carry the statement, and win rates with and without."""

    assets: estimates.Proportion
    uses: estimates.Proportion | None
    unmarked: int
    """Assets of which nobody said whether they carry it."""
    carrying: estimates.Proportion | None
    others: estimates.Proportion | None

    @property
    def gap(self) -> estimates.Difference | None:
        if self.carrying is None or self.others is None:
            return None
        return estimates.difference(rate=self.carrying, baseline=self.others)


@lru_cache(maxsize=4)
def numbers(facts: Facts) -> Positioning:
    """Everything the block prints."""
    library, conf = with_uses(facts), facts.run.params.weekly.confidence
    marked = library[library["carries"].notna()]
    yes = marked[marked["carries"].astype(bool)]

    def share(part: float, whole: float) -> estimates.Proportion:
        return estimates.proportion(converted=int(part), leads=int(whole), conf=conf)

    used = facts.tables.has("content_uses")
    linked = used and facts.tables.has("content_uses.opportunity_id", "opportunities.closed_at") and knows_losses(facts)
    rates: dict[str, estimates.Proportion | None] = {"carrying": None, "others": None}
    if linked:
        deals = frames.deals_by_content(facts, tuple(yes["asset_id"])).set_index("used")
        won = deals["won"].reindex(list(rates), fill_value=0)
        lost = deals["lost"].reindex(list(rates), fill_value=0)
        rates = {used: share(won[used], won[used] + lost[used]) for used in rates}
    return Positioning(
        assets=share(len(yes), len(marked)),
        uses=share(yes["month"].sum(), marked["month"].sum()) if used else None,
        unmarked=len(library) - len(marked),
        carrying=rates["carrying"],
        others=rates["others"],
    )


@agenda(
    id="positioning",
    title="One positioning",
    question="Does our content say one thing, and how do deals end in which it is used?",
    side="marketing",
    needs=("content.supports_positioning",),
)
def positioning(facts: Facts, block: Block) -> Block:
    """The statement, its share of assets and uses, and win rates with and without."""
    found = numbers(facts)
    return replace(
        block,
        sentences=(statement(facts), *share_sentence(found), *rate_sentence(facts, found)),
        tables=_tables(facts, found),
        evidence=evidence(
            facts,
            "positioning_assets",
            "positioning_win_rate",
            n=f"{wording.plural(int(found.assets.leads), 'asset')} of which somebody said whether they carry it",
            excluded=f"{wording.plural(found.unmarked, 'asset')} of which nobody said it; deals without any content"
            if found.unmarked
            else "deals without any content",
            method="Wilson intervals; Newcombe's difference; an association, not a cause: sales chooses what it uses",
        ),
        metrics=_metrics(found),
    )


def statement(facts: Facts) -> str:
    """The statement as it was agreed."""
    settings = facts.run.params.monthly.positioning
    if not settings.statement.strip():
        place = facts.run.params.file("monthly.yaml")
        return f"No positioning statement is written down yet: write it into {place} under positioning."
    since = f", since {wording.day(settings.since)}" if settings.since else ""
    return f"Our positioning{since}: “{' '.join(settings.statement.split()).rstrip('.')}”."


def share_sentence(found: Positioning) -> tuple[str, ...]:
    """Assets and uses that carry it."""
    n, yes = int(found.assets.leads), int(found.assets.converted)
    if not n:
        return ("Nobody has said of any asset whether it carries the positioning.",)
    some = f"{wording.count(yes) if yes else 'none'} {'carries' if yes < 2 else 'carry'}"
    told = f"Of {wording.plural(n, 'asset') if n > 1 else 'the one asset'}, {some} it"
    if found.uses is None:
        return (f"{told}.",)
    if not found.uses.leads:
        return (f"{told}; none was used this month.",)
    return (f"{told}; so did {wording.percent(found.uses.estimate)} of the month's uses of content.",)


def rate_sentence(facts: Facts, found: Positioning) -> tuple[str, ...]:
    """Win rates with a carrying asset and with others only."""
    one, other, gap = found.carrying, found.others, found.gap
    if one is None or other is None or gap is None:
        return ()
    if min(one.leads, other.leads) < facts.run.params.weekly.min_n:
        return ("Too few deals with content closed in twelve months to compare their win rates.",)
    shown = [wording.estimate(s.estimate, s.low, s.high) for s in (one, other)]
    settled = gap.low > 0 or gap.high < 0
    end = "an association, not a cause" if settled else "the difference may be chance"
    return (
        f"In twelve months, {shown[0]} of the closed deals in which such an asset was used were won, and {shown[1]}"
        f" where only others were: {end}.",
    )


def _tables(facts: Facts, found: Positioning) -> tuple[Table, ...]:
    one, other, gap = found.carrying, found.others, found.gap
    if one is None or other is None or gap is None:
        return ()
    rows = tuple(
        (name, wording.count(s.leads), wording.count(s.converted), wording.estimate(s.estimate, s.low, s.high))
        for name, s in (("an asset that carries the positioning", one), ("only other assets", other))
    )
    few = min(one.leads, other.leads) < facts.run.params.weekly.min_n
    note = "Too few deals for a difference."
    if wording.defined(gap.estimate) and not few:
        told = wording.signed_points_range(gap.estimate, gap.low, gap.high, whole=True)
        note = f"Difference in points: {told}; association, not cause."
    columns = (
        Column("Used before the closing"),
        *(Column(h, numeric=True) for h in ("Deals closed", "won", "Win rate")),
    )
    return (Table("Deals closed in 12 months by the content used", columns, rows, note=note),)


def _metrics(found: Positioning) -> tuple[Metric, ...]:
    records = [metric_of("positioning_assets", found.assets, n=found.assets.leads)]
    records.append(metric("positioning_carrying", found.assets.converted, n=found.assets.leads))
    if found.uses is not None:
        records.append(metric_of("positioning_uses", found.uses, n=found.uses.leads))
    for name, share in (("carrying", found.carrying), ("others only", found.others)):
        if share is not None:
            records.append(metric_of("positioning_win_rate", share, n=share.leads, segment=name))
    if found.gap is not None and found.carrying is not None and found.others is not None:
        records.append(points_of("positioning_gap", found.gap, n=found.carrying.leads + found.others.leads))
    return tuple(records)
