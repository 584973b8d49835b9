"""The blocks of the weekly report, by the name a notebook asks for them."""

from alignment_lib.blocks.closed import closed
from alignment_lib.blocks.closing import checks, glossary, method, record
from alignment_lib.blocks.follow_up import follow_up
from alignment_lib.blocks.history import history
from alignment_lib.blocks.marketing_sla import marketing_sla
from alignment_lib.blocks.opening import head, headlines
from alignment_lib.blocks.sources import sources

__all__ = [
    "checks",
    "closed",
    "follow_up",
    "glossary",
    "head",
    "headlines",
    "history",
    "marketing_sla",
    "method",
    "record",
    "sources",
]
