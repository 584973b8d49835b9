"""Canonical tables → small tidy frames of counts, sums and durations, worked out where the data is."""

from alignment_lib.facts.facts import Facts, build
from alignment_lib.facts.frames import (
    closed_deals,
    daily,
    decisions,
    follow_up,
    handed_over,
    happened,
    response_times,
    routing_times,
    same_day,
)
from alignment_lib.facts.promises import promised

__all__ = [
    "Facts",
    "build",
    "closed_deals",
    "daily",
    "decisions",
    "follow_up",
    "handed_over",
    "happened",
    "promised",
    "response_times",
    "routing_times",
    "same_day",
]
