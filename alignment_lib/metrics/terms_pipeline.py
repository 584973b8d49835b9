"""Money's metrics: progress against goals, pipeline, coverage, cost of a customer."""

from __future__ import annotations

from alignment_lib.metrics.definition import Definition

TERMS: tuple[Definition, ...] = ()
