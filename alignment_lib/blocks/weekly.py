"""The blocks of the weekly report, by the name a notebook asks for them."""

from alignment_lib.blocks.attempts import attempts
from alignment_lib.blocks.campaigns import campaigns
from alignment_lib.blocks.closed import closed
from alignment_lib.blocks.closing import checks, glossary, method, record
from alignment_lib.blocks.coming import coming
from alignment_lib.blocks.cost import cost
from alignment_lib.blocks.follow_up import follow_up
from alignment_lib.blocks.goals_shared import goals
from alignment_lib.blocks.history import history
from alignment_lib.blocks.judged import judged
from alignment_lib.blocks.marketing_sla import marketing_sla
from alignment_lib.blocks.meeting import decisions
from alignment_lib.blocks.notes import marketing_notes, sales_notes
from alignment_lib.blocks.opening import head, headlines
from alignment_lib.blocks.pipeline import pipeline
from alignment_lib.blocks.progress import progress
from alignment_lib.blocks.restated import restated
from alignment_lib.blocks.scorecard import scorecard
from alignment_lib.blocks.sources import sources
from alignment_lib.blocks.wins import wins

__all__ = [
    "attempts",
    "campaigns",
    "checks",
    "closed",
    "coming",
    "cost",
    "decisions",
    "follow_up",
    "glossary",
    "goals",
    "head",
    "headlines",
    "history",
    "judged",
    "marketing_notes",
    "marketing_sla",
    "method",
    "pipeline",
    "progress",
    "record",
    "restated",
    "sales_notes",
    "scorecard",
    "sources",
    "wins",
]
