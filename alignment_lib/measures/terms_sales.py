"""Sales's metrics beyond the first: attempts, decisions, reasons."""

from __future__ import annotations

from alignment_lib.measures.definition import Definition

TERMS: tuple[Definition, ...] = (
    Definition(
        "worked",
        "Worked as agreed",
        "share",
        "of the leads handed over in the period (the later of hand-over and MQL; creation where the CRM has neither),"
        " the share that was reached, that sales decided on, or that was tried as often as agreed; known once all of"
        " them are as old as the days agreed for a decision",
        "leads handed over in the period",
    ),
    Definition("leads_worked", "Leads worked", "leads", "leads handed over in the period and worked as agreed"),
    Definition(
        "leads_unworked",
        "Given up early",
        "leads",
        "leads handed over in the period that were neither reached nor decided on, nor tried as often as agreed, though"
        " the days agreed for a decision have passed",
    ),
    Definition(
        "attempts_median",
        "Attempts",
        "attempts",
        "outbound activities per lead from the hand-over until the lead was reached or sales decided, else so far;"
        " median",
        "leads handed over in the period",
    ),
    Definition("decided", "Decided", "leads", "leads that sales accepted or rejected in the period, each counted once"),
    Definition(
        "decided_twice", "Decided twice", "leads", "leads that sales both accepted and rejected within the period"
    ),
    Definition(
        "rejected_without_reason",
        "Rejected without a reason",
        "leads",
        "leads that sales rejected in the period with the reason left blank",
    ),
    Definition(
        "top_reason",
        "Most frequent reason",
        "leads",
        "leads rejected in the period for the reason that was given most often",
        "leads rejected in the period",
    ),
    Definition(
        "loop_closure",
        "Loop closed",
        "share",
        "of the leads that became MQL in the period (creation where the CRM has no MQLs), the share that sales accepted"
        " or rejected within the days agreed for a decision, with a reason where rejected",
        "MQLs (else leads) of the period",
    ),
    Definition(
        "loop_closed",
        "Decided in time, with reasons",
        "leads",
        "MQLs (else leads) of the period that sales accepted or rejected within the days agreed for a decision, with a"
        " reason where rejected",
    ),
    Definition(
        "feedback_age",
        "Last feedback",
        "days",
        "days from the newest decision or remark of sales on a lead or campaign of the source to the report's last day",
    ),
)
