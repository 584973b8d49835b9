"""Sales's metrics beyond the first: attempts, decisions, reasons."""

from __future__ import annotations

from alignment_lib.metrics.definition import Definition

TERMS: tuple[Definition, ...] = ()
