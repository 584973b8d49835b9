"""Metrics of the monthly deep dive: people."""

from __future__ import annotations

from alignment_lib.metrics.definition import Definition

TERMS: tuple[Definition, ...] = ()
