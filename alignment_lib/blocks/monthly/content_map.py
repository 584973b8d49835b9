"""The content map (C8): what the library holds for each stage and persona, what is used, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import pandas as pd

from alignment_lib.blocks.agenda import agenda, evidence, metric
from alignment_lib.blocks.closed import knows_losses
from alignment_lib.blocks.monthly.friction import numbers as waits
from alignment_lib.blocks.monthly.friction import open_deals
from alignment_lib.blocks.typed import quoted
from alignment_lib.facts import Facts
from alignment_lib.facts import content_frames as frames
from alignment_lib.facts.facts import UNKNOWN
from alignment_lib.page.block import Block, Cell, Column, Mark, Metric, Table
from alignment_lib.stats import wording

ANY = "(any)"
"""The stage or persona of an asset or request that names none."""


@dataclass(frozen=True, eq=False)
class ContentMap:
    """The library, its uses, what sales asked for, and the open deals by stage and persona."""

    library: pd.DataFrame
    """`content_frames.library` and `asset_uses`: one row per asset."""
    requests: tuple[Any, ...]
    """Rows of content_requests that no asset answers yet, oldest first."""
    deals: pd.DataFrame | None
    """`stage`, `persona`, `n` of open deals; None where nobody knows both."""
    stages: tuple[str, ...]
    personas: tuple[str, ...]
    uses_known: bool

    @property
    def unused(self) -> pd.DataFrame:
        """Assets that nobody used in the last 90 days."""
        return self.library[self.library["recent"] == 0]

    @property
    def top(self) -> Any:
        """The asset used most in the period."""
        return self.library.sort_values(["month", "asset_id"], ascending=[False, True], kind="stable").iloc[0]

    @property
    def gaps(self) -> list[tuple[str, str, int]]:
        """Stage, persona and open deals of the cells without an asset, most deals first."""
        if self.deals is None:
            return []
        bare = [
            (str(d.stage), str(d.persona), int(d.n))
            for d in self.deals.itertuples()
            if d.persona != UNKNOWN and not self._served(str(d.stage), str(d.persona))
        ]
        return sorted(bare, key=lambda g: (-g[2], g[0], g[1]))

    def _served(self, stage: str, persona: str) -> bool:
        lib = self.library
        return bool((lib["stage"].isin([stage, ANY]) & lib["persona"].isin([persona, ANY])).any())


@lru_cache(maxsize=4)
def numbers(facts: Facts) -> ContentMap:
    """Everything the block prints."""
    library, known = with_uses(facts).copy(), facts.tables.has("content_uses")
    spelt = _Spelling()
    for name in ("stage", "persona"):
        library[name] = [spelt(name, text) for text in library[name]]
    rows = [
        {**r, "stage": spelt("stage", r["stage"]), "persona": spelt("persona", r["persona"])}
        for r in facts.kept("content_requests")
    ]
    waiting = [r for r in rows if not r["asset_id"]]
    deals = _deals(facts, spelt)
    return ContentMap(
        library=library,
        requests=tuple(sorted(waiting, key=lambda r: str(r["requested_on"]))),
        deals=deals,
        stages=_order(facts, library, waiting, deals, "stage"),
        personas=_order(facts, library, waiting, deals, "persona"),
        uses_known=known,
    )


class _Spelling:
    """Names that differ by capitals only are one, spelt as they were first met."""

    def __init__(self) -> None:
        self.met: dict[tuple[str, str], str] = {}

    def __call__(self, kind: str, text: object) -> str:
        words = text.strip() if isinstance(text, str) else ""
        return self.met.setdefault((kind, words.casefold()), words) or ANY


@lru_cache(maxsize=4)
def with_uses(facts: Facts) -> pd.DataFrame:
    """The library with the uses of each asset, which nobody may change in place."""
    library, uses = frames.library(facts), frames.asset_uses(facts)
    counts = uses.reindex(library["asset_id"], fill_value=0).reset_index(drop=True)
    return pd.concat([library, counts.astype("int64")], axis=1)


def _deals(facts: Facts, spelt: _Spelling) -> pd.DataFrame | None:
    tables = facts.tables
    if not tables.has("opportunities.stage") and not tables.has("stage_changes", "opportunities"):
        return None
    if not tables.has("leads.persona") or not knows_losses(facts):
        return None
    frame = open_deals(facts)
    for name in ("stage", "persona"):
        frame = frame.assign(**{name: [spelt(name, text) for text in frame[name]]})
    return frame.groupby(["stage", "persona"]).size().rename("n").reset_index()


def _order(
    facts: Facts, library: pd.DataFrame, waiting: list[Any], deals: pd.DataFrame | None, by: str
) -> tuple[str, ...]:
    """Stages in the order in which deals pass them, personas by name."""
    seen = {*library[by], *(r[by] for r in waiting), *(deals[by] if deals is not None else [])} - {UNKNOWN}
    staged = facts.tables.has("stage_changes.entered_at", "opportunities.closed_at") and knows_losses(facts)
    first = [s.name for s in waits(facts).stages if s.name in seen] if by == "stage" and staged else []
    return (*first, *sorted(seen - {*first, ANY}), *([ANY] if ANY in seen else []))


@agenda(
    id="content-map",
    title="Content: what we have, what works, what is missing",
    question="Which content is there for whom, is it used, and what did sales ask for in vain?",
    side="marketing",
    needs=("content",),
)
def content_map(facts: Facts, block: Block) -> Block:
    """Stage × persona, and the lists of open requests, gaps and unused assets."""
    found = numbers(facts)
    if not len(found.library) and not found.requests:
        return replace(block, sentences=("The content library holds no asset yet.",))
    return replace(
        block,
        sentences=(sentence(found), gap_sentence(facts, found), *unused_sentence(found)),
        tables=(_matrix(found), *_requests(facts, found), *_unused(facts, found)),
        prompts=("Which open request would help most deals, and who answers it?",) if found.requests else (),
        evidence=evidence(
            facts,
            "content_gaps",
            n=f"{wording.plural(len(found.library), 'asset')}, {wording.plural(_uses(found), 'use')} in the month",
            excluded="assets published later" + ("" if found.deals is not None else "; deals by persona are not known"),
            method="counts; nobody knows from them which asset made a difference",
        ),
        metrics=_metrics(facts, found),
    )


def _uses(found: ContentMap) -> int | None:
    return int(found.library["month"].sum()) if found.uses_known else None


def sentence(found: ContentMap) -> str:
    """How many assets were used how often, and the one used most."""
    n, uses = len(found.library), _uses(found)
    told = f"The library holds {wording.plural(n, 'asset') if n else 'no asset'}"
    if uses is None:
        return f"{told}; how often they are used is not in this data."
    if not uses:
        return f"{told}; none was used this month."
    top = found.top
    used = int((found.library["month"] > 0).sum())
    most = f"; {quoted(top['title'] or top['asset_id'])} was used most, {_times(int(top['month']))}"
    return (
        f"{told}; {wording.count(used)} of them {'was' if used == 1 else 'were'} used {_times(uses)} this month{most}."
    )


def _times(n: int) -> str:
    return {1: "once", 2: "twice"}.get(n, f"{wording.count(n)} times")


def gap_sentence(facts: Facts, found: ContentMap) -> str:
    """Requests that nothing answers, and where deals are but no content."""
    if not facts.tables.has("content_requests"):
        told = "What sales asked for is not in this data"
    else:
        n = len(found.requests)
        told = f"{wording.plural(n, 'request') if n else 'No request'} of sales {'is' if n < 2 else 'are'} still open"
    if found.deals is None:
        return f"{told}."
    gaps = found.gaps
    if not gaps:
        return f"{told}; every stage and persona with an open deal has an asset."
    stage, persona, deals = gaps[0]
    rest = (
        f"{wording.count(len(gaps))} pairs of stage and persona" if len(gaps) > 1 else "one pair of stage and persona"
    )
    has = "have" if len(gaps) > 1 else "has"
    first = f"{stage} for the {persona} with {wording.plural(deals, 'deal')}"
    return f"{told}; {rest} {has} open deals but no asset, {'first ' if len(gaps) > 1 else ''}{first}."


def unused_sentence(found: ContentMap) -> tuple[str, ...]:
    """Assets that nobody used lately."""
    n = len(found.unused)
    if not found.uses_known or not len(found.library):
        return ()
    if not n:
        return (f"Every asset was used in the last {frames.RECENT_DAYS} days.",)
    return (
        f"{wording.plural(n, 'asset')} {'was' if n == 1 else 'were'} not used in the last {frames.RECENT_DAYS} days.",
    )


def _matrix(found: ContentMap) -> Table:
    stage_rows = tuple(
        (stage, *(_cell(found, [stage], [p]) for p in found.personas), _cell(found, [stage], None))
        for stage in found.stages
    )
    total = ("All", *(_cell(found, None, [p]) for p in found.personas), _cell(found, None, None))
    columns = (Column("Stage"), *(Column(p) for p in found.personas), Column("All"))
    note = "Assets, their uses in the month, and open requests (asked)."
    if found.deals is not None:
        note += " “no asset”: open deals are there, but no asset."
    return Table("Stage by persona", columns, stage_rows, total=total, note=note)


def _cell(found: ContentMap, stage: list[str] | None, persona: list[str] | None) -> Cell:
    lib = found.library
    here = lib[_in(lib["stage"], stage) & _in(lib["persona"], persona)]
    asked = sum(
        (stage is None or r["stage"] in stage) and (persona is None or r["persona"] in persona) for r in found.requests
    )
    parts = [wording.plural(len(here), "asset")] if len(here) else []
    parts += [wording.plural(int(here["month"].sum()), "use")] if found.uses_known and len(here) else []
    parts += [f"{wording.count(asked)} asked"] if asked else []
    if stage and persona:
        deals = next((n for s, p, n in found.gaps if s in stage and p in persona), 0)
        if deals:
            return Mark("open", ", ".join(["no asset", wording.plural(deals, "deal"), *parts]))
    return ", ".join(parts) or wording.NOTHING


def _in(column: pd.Series, wanted: list[str] | None) -> Any:
    return column.isin(wanted) if wanted is not None else column.notna()


def _requests(facts: Facts, found: ContentMap) -> tuple[Table, ...]:
    cap = facts.run.params.weekly.list_rows
    rows = tuple(
        (
            wording.day(r["requested_on"]) if r["requested_on"] else wording.NOTHING, r["stage"], r["persona"],
            str(r["note"] or wording.NOTHING), facts.rep(r["requested_by"]) if r["requested_by"] else wording.NOTHING,
        )
        for r in found.requests[:cap]
    )  # fmt: skip
    columns = tuple(Column(c) for c in ("Asked on", "Stage", "Persona", "What for", "By"))
    return _folded("Open requests, the oldest first", columns, rows, len(found.requests))


def _unused(facts: Facts, found: ContentMap) -> tuple[Table, ...]:
    if not found.uses_known:
        return ()
    rows = tuple(
        (
            str(a["title"] or a["asset_id"]),
            a["stage"],
            a["persona"],
            a["owner"] or wording.NOTHING,
            wording.count(a["ever"]),
        )
        for _, a in found.unused.head(facts.run.params.weekly.list_rows).iterrows()
    )
    columns = (*(Column(c) for c in ("Asset", "Stage", "Persona", "Owner")), Column("Uses ever", numeric=True))
    return _folded(f"Not used in the last {frames.RECENT_DAYS} days", columns, rows, len(found.unused))


def _folded(caption: str, columns: tuple[Column, ...], rows: tuple[Any, ...], n: int) -> tuple[Table, ...]:
    left = n - len(rows)
    note = f"{wording.plural(left, 'more row')} not listed." if left else ""
    return (Table(caption, columns, rows, note=note, folded=True),) if rows else ()


def _metrics(facts: Facts, found: ContentMap) -> tuple[Metric, ...]:
    records = [metric("assets", len(found.library), n=len(found.library))]
    if facts.tables.has("content_requests"):
        records.append(metric("requests_open", len(found.requests), n=len(found.requests)))
    if found.uses_known and len(found.library):
        uses = _uses(found)
        records.append(metric("asset_uses", uses, n=int((found.library["month"] > 0).sum())))
        top = found.top
        records.append(metric("asset_uses", int(top["month"]), n=int(top["month"]), segment=str(top["asset_id"])))
        records.append(metric("assets_unused", len(found.unused), n=frames.RECENT_DAYS))
    if found.deals is not None:
        gaps = found.gaps
        records.append(metric("content_gaps", len(gaps), n=gaps[0][2] if gaps else 0))
    return tuple(records)
