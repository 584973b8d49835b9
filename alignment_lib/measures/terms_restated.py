"""What earlier reports said of their weeks against what those weeks read now."""

from __future__ import annotations

from alignment_lib.measures.definition import Definition

_COUNT = "leads or deals"

TERMS: tuple[Definition, ...] = (
    Definition("reports_compared", "Reports compared", "reports", "earlier reports whose own weeks were counted again"),
    Definition(
        "numbers_restated",
        "Numbers restated",
        "numbers",
        "leads, MQLs, opportunities, won and won value that earlier reports printed for their own weeks and that read"
        " differently now",
        "numbers that were compared",
    ),
    Definition("printed_then", "Printed then", _COUNT, "what the report of a week printed for it"),
    Definition("reads_now", "Reads now", _COUNT, "the same count of the same week with today's data"),
    Definition("restated", "Change", _COUNT, "reads now − printed then"),
    Definition(
        "restated_late", "Arrived late", _COUNT, "counted in a week now, not then, and no earlier report knew it"
    ),
    Definition(
        "restated_after", "Came later", _COUNT, "happened in the week, but only after its report had been made"
    ),
    Definition(
        "restated_in", "Moved in", _COUNT, "known to an earlier report; in the week since its stage or date changed"
    ),
    Definition(
        "restated_out", "Moved out", _COUNT, "counted in the week then, and out of it since its stage or date changed"
    ),
    Definition(
        "restated_set_aside", "Set aside", _COUNT, "counted then; its row is still there but is set aside with a reason"
    ),
    Definition(
        "restated_merged", "Merged", _COUNT, "counted then; its row is now one of several with the same id, of which"
        " another counts"
    ),
    Definition("restated_gone", "Gone", _COUNT, "counted then; its id is no longer in the export: merged or deleted"),
    Definition("restated_outside", "Outside", _COUNT, "counted then; no longer part of what this report counts"),
    Definition("restated_amount", "Amount changed", "currency", "won then and now, with another amount"),
)  # fmt: skip
