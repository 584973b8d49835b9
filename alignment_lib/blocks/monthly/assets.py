"""The three leadership questions per piece (C43): where it came from, what it backs, and what followed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from alignment_lib.blocks.agenda import agenda, evidence, metric
from alignment_lib.blocks.monthly.content_map import with_uses
from alignment_lib.facts import Facts
from alignment_lib.page.block import Block, Column, Metric, Table
from alignment_lib.stats import wording


@agenda(
    id="assets",
    title="Every piece and its three questions",
    question="Which sales conversation led to it, does it back the positioning, and which conversations followed?",
    side="marketing",
    needs=("content",),
)
def assets(facts: Facts, block: Block) -> Block:
    """The register of the library."""
    library = with_uses(facts)
    if not len(library):
        return replace(block, sentences=("The content library holds no asset yet.",))
    return replace(
        block,
        sentences=(sentence(facts),),
        tables=(_register(facts, library),),
        evidence=evidence(
            facts,
            n=wording.plural(len(library), "asset"),
            excluded="for deals, uses after the closing",
            method="counts; a deal in which several assets were used counts with each of them",
        ),
        metrics=_metrics(facts, library),
    )


def sentence(facts: Facts) -> str:
    """Pieces without an origin, and without use."""
    library = with_uses(facts)
    n, blank, idle = len(library), int((library["origin_conversation"] == "").sum()), int((library["ever"] == 0).sum())
    parts = []
    if facts.tables.has("content.origin_conversation"):
        parts.append(f"{_some(blank)} {'names' if blank < 2 else 'name'} no sales conversation as the origin")
    if facts.tables.has("content_uses"):
        parts.append(f"{_some(idle)} {'was' if idle < 2 else 'were'} never used")
    if not parts:
        return f"The library holds {wording.plural(n, 'asset')}; neither their origin nor their use is in this data."
    return f"Of {wording.plural(n, 'asset') if n > 1 else 'the one asset'}, {' and '.join(parts)}."


def _some(n: int) -> str:
    return wording.count(n) if n else "none"


def _register(facts: Facts, library: pd.DataFrame) -> Table:
    cap, used = facts.run.params.weekly.list_rows, facts.tables.has("content_uses")
    order = library.sort_values(["ever", "asset_id"], ascending=[False, True], kind="stable")
    rows = tuple(_row(a, used) for a in order.head(cap).to_dict("records"))
    columns = [Column("Asset"), Column("Led to it"), Column("Backs the positioning")]
    columns += [Column(h, numeric=True) for h in ("Uses", "Deals", "won", "lost", "open")] if used else []
    left = len(library) - len(rows)
    note = "Deals in which it was used before the closing, and how they stand; they do not say that it was the cause."
    note += f" {wording.plural(left, 'more asset')} not listed." if left else ""
    return Table("The register, most used first", tuple(columns), rows, note=note, folded=True)


def _row(asset: dict[Any, Any], used: bool) -> tuple[str, ...]:
    backs = {True: "yes", False: "no"}.get(asset["carries"], "nobody said")
    counts = ("ever", "deals", "won", "lost", "open") if used else ()
    origin = asset["origin_conversation"] or "not recorded"
    return (str(asset["title"] or asset["asset_id"]), origin, backs, *(wording.count(asset[c]) for c in counts))


def _metrics(facts: Facts, library: pd.DataFrame) -> tuple[Metric, ...]:
    n = len(library)
    records = [metric("assets", n, n=n)]
    if facts.tables.has("content.origin_conversation"):
        records.append(metric("assets_without_origin", int((library["origin_conversation"] == "").sum()), n=n))
    if facts.tables.has("content_uses"):
        records.append(metric("assets_never_used", int((library["ever"] == 0).sum()), n=n))
    return tuple(records)
