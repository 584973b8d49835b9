"""Canonical tables → small tidy frames of counts, sums and durations, worked out where the data is."""

from alignment_lib.metrics.definition import Definition
from alignment_lib.metrics.facts import Facts, build
from alignment_lib.metrics.frames import (
    closed_deals,
    daily,
    decisions,
    follow_up,
    handed_over,
    happened,
    response_times,
    routing_times,
)
from alignment_lib.metrics.promises import promised
from alignment_lib.metrics.registry import REGISTRY, definition

__all__ = [
    "REGISTRY",
    "Definition",
    "Facts",
    "build",
    "closed_deals",
    "daily",
    "decisions",
    "definition",
    "follow_up",
    "handed_over",
    "happened",
    "promised",
    "response_times",
    "routing_times",
]
