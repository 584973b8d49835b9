"""Metrics of the monthly deep dive, in the order of its agenda."""

from __future__ import annotations

from alignment_lib.measures import (
    terms_cohorts,
    terms_definition,
    terms_people,
    terms_plans,
    terms_process,
    terms_revenue,
    terms_sla,
)

TERMS = (
    *terms_revenue.TERMS,
    *terms_process.TERMS,
    *terms_definition.TERMS,
    *terms_sla.TERMS,
    *terms_people.TERMS,
    *terms_plans.TERMS,
    *terms_cohorts.TERMS,
)
