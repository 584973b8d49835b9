"""What a measure is: its name, unit, words and denominator, declared once."""

from alignment_lib.measures.definition import Definition
from alignment_lib.measures.registry import REGISTRY, definition

__all__ = ["REGISTRY", "Definition", "definition"]
