"""Metrics of the monthly deep dive: cohorts."""

from __future__ import annotations

from alignment_lib.measures.definition import Definition

TERMS: tuple[Definition, ...] = (
    Definition(
        "cohort_won",
        "Won by an age",
        "share",
        "of the leads created in a month, the share with a deal won within so many days; only where every lead of the"
        " month is old enough",
        "leads created in the month",
    ),
    Definition(
        "funnel_reached",
        "Reached a stage",
        "share",
        "of the leads created in a month, the share that reached the stage by the age at which leads are compared; a"
        " stage that was skipped is not inferred",
        "leads created in the month that are old enough",
    ),
    Definition(
        "funnel_skipped",
        "Skipped a stage",
        "leads",
        "leads that reached a later stage by the age at which leads are compared, but not this one",
    ),
    Definition(
        "conversion_curve",
        "Converted by an age",
        "share",
        "share of leads that converted by the age, those lost or rejected competing and open leads counted as far as"
        " they have been followed (Aalen-Johansen)",
        "leads created in the history's months",
    ),
    Definition(
        "source_conversion",
        "Conversion by source",
        "share",
        "of a source's leads that are old enough, the share that converted by the age at which leads are compared",
        "leads created in the history's months that are old enough",
    ),
    Definition(
        "source_difference",
        "Difference from the rest",
        "points",
        "a source's conversion minus that of all other sources together, in points",
        "leads created in the history's months that are old enough",
    ),
    Definition(
        "sources_told_apart",
        "Sources told apart",
        "sources",
        "sources that differ from the rest, of those with enough leads to be tested",
        "sources tested",
    ),
    Definition(
        "period_rate",
        "Rate of a span",
        "share",
        "share of the span's leads that converted by the age at which it is compared; only leads that are old enough",
        "leads of the span that are old enough",
    ),
    Definition(
        "rate_change", "Change of the rate", "points", "the later span's rate minus the earlier one's, in points"
    ),
    Definition(
        "mix_effect",
        "Change by the mix",
        "points",
        "the part of the change that comes from more or fewer leads of each source (Kitagawa's split)",
    ),
    Definition(
        "rate_effect",
        "Change within sources",
        "points",
        "the part of the change that comes from sources whose own rate changed (Kitagawa's split)",
    ),
    Definition(
        "usual_change",
        "Usual change",
        "points",
        "how far chance alone moves the rate from one span to the next, up or down: three standard errors of the"
        " change, widened where the months before the later span differ more than chance lets them",
        "those months",
    ),
    Definition(
        "credit",
        "Credit",
        "currency",
        "won value divided among the sources of the touches before the deal was won, by a convention",
        "deals won with an amount",
    ),
    Definition(
        "ranks_that_change",
        "Ranks that change",
        "sources",
        "sources whose rank by credit is not the same in every convention",
    ),
    Definition(
        "credit_of_largest",
        "Credit of the largest sources",
        "currency",
        "credit of the sources with the most by first touch, by first and by last touch",
        "deals won with an amount",
    ),
    Definition(
        "rate_as_told", "As told", "share", "the headline rate on its own window of days", "leads of the window"
    ),
    Definition(
        "rate_moved",
        "A week earlier",
        "share",
        "the same rate on as many days, beginning and ending a week earlier",
        "leads of the window",
    ),
    Definition("rate_moved_by", "Difference", "points", "a week earlier minus as told, in points"),
    Definition(
        "credit_changed_by", "Difference in credit", "currency", "credit by last touch minus credit by first touch"
    ),
)
