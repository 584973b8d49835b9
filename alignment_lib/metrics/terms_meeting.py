"""The meeting's own metrics: decisions, issues, restatements, scorecard, wins."""

from __future__ import annotations

from alignment_lib.metrics.definition import Definition

TERMS: tuple[Definition, ...] = ()
