"""Canonical tables → small tidy frames of counts, sums and durations, worked out where the data is."""

from alignment_lib.metrics.definition import Definition
from alignment_lib.metrics.facts import Facts, build
from alignment_lib.metrics.frames import (
    breaches,
    closed_deals,
    daily,
    decisions,
    follow_up,
    response_times,
    routing_times,
    targets,
)
from alignment_lib.metrics.registry import REGISTRY, definition

__all__ = [
    "REGISTRY",
    "Definition",
    "Facts",
    "breaches",
    "build",
    "closed_deals",
    "daily",
    "decisions",
    "definition",
    "follow_up",
    "response_times",
    "routing_times",
    "targets",
]
