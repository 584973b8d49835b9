"""Metrics of the monthly deep dive: definition."""

from __future__ import annotations

from alignment_lib.measures.definition import Definition

_CLAIM = "leads of the last months that are older than the claim's age; of MQLs, where the claim is about acceptance"
_REPLAY = "leads created in the last months that are older than the monthly's age"
_JUDGED = "leads created in the last history_months that have been MQLs (leads, without MQLs) for over acceptance_days"
_BOTH = "leads created in the last history_months that have a grade and a rating of sales, MQLs or not, of any age"
_AS_IT_STANDS = "as the export has them, for neither carries a day"
TERMS: tuple[Definition, ...] = (
    Definition("criteria", "Criteria", "criteria", "criteria of the definition that the data records"),
    Definition("criteria_sure", "Criteria that tell", "criteria", "criteria with which the outcome is shown to be more"
               " frequent", "criteria"),
    Definition("criterion_accepted", "Accepted, by criterion", "share", "MQLs with, or without, a criterion of the"
               " definition that sales accepted in time", f"MQLs among the {_REPLAY}, where the criterion is recorded"),
    Definition("criterion_won", "Won, by criterion", "share", "leads with, or without, a criterion of the definition"
               " that led to a deal won in time", f"{_REPLAY}, where the criterion is recorded"),
    Definition("criterion_gap", "With minus without", "points", "rate of the leads that meet a criterion minus that of"
               " those that do not"),
    Definition("whatif_leads", "Leads, replayed", "leads", f"{_REPLAY}, by whether the definition that was used, and"
               " the proposed one, makes them MQLs"),
    Definition("whatif_judged", "MQLs that sales could judge", "leads", "of the leads replayed, those that were handed"
               " over long enough ago"),
    Definition("whatif_accepted", "Accepted, replayed", "share", "leads that sales accepted in time ÷ leads handed over"
               " long enough ago, by definition; a lead never handed over has no acceptance", "MQLs judged"),
    Definition("whatif_won", "Won, replayed", "deals", "leads that led to a deal won in time, by definition"),
    Definition("whatif_kept", "MQLs kept", "share", "MQLs that the proposed definition makes too ÷ MQLs", "MQLs"),
    Definition("whatif_wins_kept", "Wins kept", "share", "won MQLs that the proposed definition makes too ÷ won MQLs",
               "won MQLs"),
    Definition("whatif_gap", "Kept minus dropped", "points", "acceptance of the MQLs that the proposed definition makes"
               " too, minus that of those it does not"),
    Definition("score_accepted", "Accepted, by score", "share", "MQLs of a band of the score that sales accepted within"
               f" acceptance_days; of the {_JUDGED} and have a score", "MQLs old enough"),
    Definition("score_auc", "Ranking by the score", "share", "chance that an accepted MQL had a higher score than a"
               f" rejected one, ties counting half; 50 % is a coin's; of the {_JUDGED}, have a score and were accepted"
               " or rejected within these days", "pairs of an accepted and a rejected MQL"),
    Definition("score_auc_change", "Change of the ranking", "points", "ranking by the score of the last three months"
               " minus that of the months before"),
    Definition("score_lift", "Lift of the highest band", "times", "acceptance in the highest band of the score ÷ that"
               " of all MQLs"),
    Definition("score_top", "Highest band", "points", "score from which on leads are in the highest band that has"
               " enough leads for a rate"),
    Definition("score_coin", "A coin's ranking", "share", "what a score that knows nothing would reach",
               "pairs of an accepted and a rejected MQL"),
    Definition("grade_chance", "Same grade by chance", "share", "1 ÷ number of grades", "grades"),
    Definition("grade_agreement", "Same grade", "share", "leads that marketing graded as sales rated them; of the"
               f" {_BOTH}; both {_AS_IT_STANDS}", "leads that both judged"),
    Definition("grade_agreement_adjusted", "Same grade, corrected for chance", "index", "share of the same grade,"
               " corrected for the number of grades: 0 as by chance, 1 always", "leads that both judged"),
    Definition("grade_kappa", "Cohen's kappa of the grades", "index", "share of the same grade beyond what the sizes of"
               f" the grades would give by chance; of the {_BOTH}; both {_AS_IT_STANDS}", "leads that both judged"),
    Definition("grade_accepted", "Accepted, by grade", "share", "MQLs of a grade that sales accepted within"
               f" acceptance_days; of the {_JUDGED} and have a grade", "MQLs old enough"),
    Definition("grade_trend", "Acceptance per grade", "points", "rise of the acceptance, by grade, from one grade to"
               " the next higher one", "MQLs old enough"),
    Definition("claim_rate", "Rate in the dispute", "share", "leads that reached the claim's stage by the claim's age",
               _CLAIM),
    Definition("claim_difference_raw", "Raw difference", "points", "rate of the claim's source minus that of the other,"
               " without regard to the mix"),
    Definition("claim_difference", "Difference of the same mix", "points", "rate of the claim's source minus that of"
               " the other among leads that have in common what the claim names, averaged", _CLAIM),
    Definition("claim_mix", "Share of the mix", "share", "leads of a kind ÷ leads of the source", _CLAIM),
    Definition("claim_left_out", "Without a counterpart", "leads", "leads of kinds that only one of the two has"),
    Definition("claim_too_young", "Too young", "leads", "leads of the two that are not older than the claim's age"),
    Definition("claim_matters", "What matters", "points", "the difference from which on the claim matters"),
    Definition("claim_more", "More leads", "leads", "leads of the two that would settle the claim at the present rates"
               " and mix; 0 where it is settled"),
    Definition("claim_comparisons", "Comparisons made", "comparisons", "comparisons behind the verdict; n says how many"
               " could have been chosen"),
)  # fmt: skip
