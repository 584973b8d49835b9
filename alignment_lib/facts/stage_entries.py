"""Facts → every entry of a deal into a stage, with the one after it; kept by the engine, as many frames ask for it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from alignment_lib.facts.cohort_frames import require
from alignment_lib.facts.facts import Facts


@lru_cache(maxsize=8)
def entries(facts: Facts) -> Any:
    """The history of stages as of the run, of all deals that have one.

    Returns
    -------
    Ibis table
        Columns `opportunity_id`, `stage`, `entered_s` (epoch seconds), `next_s` and `next_stage` (of the entry after
        it, in the order of time and name; null for the last), `followed` (whether the deal entered anything later),
        `initial` (true for one entry of each deal into each stage).
    """
    import ibis

    require(facts, "stage_changes.entered_at")
    changes = facts.tables["stage_changes"]
    table = changes.select(
        "opportunity_id", "stage", "entered_at", entered_s=changes.entered_at.epoch_seconds().cast("int64")
    )
    order = {"group_by": "opportunity_id", "order_by": ["entered_s", "stage"]}
    after, whole = ibis.window(**order), ibis.window(**order, preceding=None, following=None)
    again = ibis.window(group_by=["opportunity_id", "stage"], order_by="entered_s")
    table = table.mutate(
        next_s=table.entered_s.lead().over(after),
        next_stage=table.stage.lead().over(after),
        followed=table.entered_at < table.entered_at.max().over(whole),
        initial=ibis.row_number().over(again) == 0,
    )
    return facts.tables.source.keep(table.drop("entered_at"), f"stage_entries_{facts.run.as_of_s}")
