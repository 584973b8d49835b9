"""Metrics of the monthly deep dive: cohorts."""

from __future__ import annotations

from alignment_lib.metrics.definition import Definition

TERMS: tuple[Definition, ...] = (
    Definition(
        "cohort_won",
        "Won by an age",
        "share",
        "of the leads created in a month, the share with a deal won within so many days of 24 hours; only where every"
        " lead of the month is old enough",
        "leads created in the month",
    ),
)
