"""Metrics of the monthly deep dive: process."""

from __future__ import annotations

from alignment_lib.measures.definition import Definition

_YEAR = "deals closed in the twelve months up to the last day"
TERMS: tuple[Definition, ...] = (
    Definition(
        "time_in_stage",
        "Time in stage",
        "days",
        "median days from a deal's entry into a stage to its next entry, else to its closing, of the entries of the"
        " period; deals still in the stage count with the time so far (Kaplan-Meier)",
        "entries into the stage",
    ),
    Definition("time_in_stage_p90", "Time in stage, 90 %", "days", "days within which 90 % left the stage, likewise"),
    Definition(
        "stuck_deals",
        "Stuck deals",
        "deals",
        "open deals that have been in their stage longer than the factor of the settings times the days within which"
        " 90 % of the entries of the year before the period left it",
    ),
    Definition("stuck_limit", "Stuck from", "days", "the days in a stage beyond which a deal counts as stuck"),
    Definition("longest_stuck", "Longest in its stage", "days", "days of the deal that has been stuck longest"),
    Definition(
        "step_days",
        "Days a step takes",
        "days",
        "median calendar days that a lead waited for routing and for the decision (from MQL on) or for the first"
        " contact (from the later of hand-over and MQL); leads still waiting count with the time so far (Kaplan-Meier)",
        "leads whose wait began in the period",
    ),
    Definition(
        "step_slower", "Slower by", "days", "median of the period minus median of the 13 weeks before, of one step"
    ),
    Definition("assets", "Assets", "assets", "assets of the library that were published by the last day"),
    Definition("asset_uses", "Uses of content", "uses", "times that an asset was used in the period"),
    Definition("assets_unused", "Unused assets", "assets", "assets that nobody used in the last 90 days"),
    Definition("requests_open", "Open requests", "requests", "requests for content that no asset answers yet"),
    Definition(
        "content_gaps", "Gaps", "gaps", "pairs of stage and persona that open deals are in, and for which no asset is"
    ),
    Definition(
        "ideal_share",
        "In the ideal profile",
        "share",
        "MQLs (else leads) of the best tier ÷ those whose tier is known",
        "MQLs of the period with a tier",
    ),
    Definition(
        "tier_win_rate",
        "Win rate by tier",
        "share",
        f"won ÷ (won + lost), {_YEAR}, by tier of their lead",
        "deals closed",
    ),
    Definition(
        "persona_mqls",
        "Persona's share of MQLs",
        "share",
        "of the MQLs of the period with a known persona",
        "MQLs with a known persona",
    ),
    Definition(
        "persona_won",
        "Persona's share of won",
        "share",
        f"of the {_YEAR} as won, with a known persona",
        "deals won with a known persona",
    ),
    Definition(
        "persona_gap",
        "MQLs minus won",
        "points",
        "the persona's share of MQLs minus its share of the deals won",
        "those of the two shares",
    ),
    Definition(
        "loop_month",
        "Loop closed in the month",
        "share",
        "share of the MQLs (else leads) on which a decision fell due in the period that had one in time, with a reason"
        " where it was no",
        "MQLs on which a decision fell due in the period",
    ),
    Definition(
        "loop_unexplained",
        "Rejected without a reason, of those due",
        "leads",
        "of the leads rejected in time, those without reason",
    ),
    Definition("loop_heard", "Last heard from sales", "days", "days since sales last decided or remarked on a source"),
    Definition(
        "mistake",
        "Proxy of a mistake",
        "share",
        "the measure that stands for each of the six mistakes, as the table says it",
        "as the table says it",
    ),
    Definition("mistakes_warned", "Warnings", "mistakes", "mistakes whose measure lies over its limit"),
    Definition(
        "positioning_assets",
        "Assets that carry the positioning",
        "share",
        "assets marked as supporting the positioning ÷ assets of which somebody said so or not",
        "assets of which somebody said so or not",
    ),
    Definition(
        "positioning_carrying", "Carry the positioning", "assets", "assets marked as supporting the positioning"
    ),
    Definition(
        "positioning_uses",
        "Uses that carry the positioning",
        "share",
        "uses of those assets in the period ÷ uses in the period of all assets of which somebody said so or not",
        "uses of assets of which somebody said so or not",
    ),
    Definition(
        "positioning_win_rate",
        "Win rate by content used",
        "share",
        f"won ÷ (won + lost), {_YEAR}, in which an asset that carries the positioning was used before the closing,"
        " or only others were",
        "deals closed in which content was used",
    ),
    Definition(
        "positioning_gap",
        "Difference in win rate",
        "points",
        "win rate with a carrying asset minus that with others",
        "those of the two rates",
    ),
    Definition("assets_without_origin", "Without an origin", "assets", "assets that name no sales conversation"),
    Definition("assets_never_used", "Never used", "assets", "assets that nobody has used yet"),
)
"""Metrics of the monthly deep dive, in the order of its agenda."""
