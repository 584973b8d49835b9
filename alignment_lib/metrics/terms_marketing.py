"""Marketing's metrics beyond the first: points, campaigns, feedback, plans."""

from __future__ import annotations

from alignment_lib.metrics.definition import Definition

TERMS: tuple[Definition, ...] = ()
