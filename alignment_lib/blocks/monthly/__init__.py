"""The blocks of the monthly deep dive, by the name a notebook asks for them: one file per agenda topic."""

from alignment_lib.blocks.closing import checks, glossary, method, record
from alignment_lib.blocks.opening import head

__all__ = ["checks", "glossary", "head", "method", "record"]
