"""Metrics of the monthly deep dive: plans."""

from __future__ import annotations

from alignment_lib.metrics.definition import Definition

TERMS: tuple[Definition, ...] = ()
