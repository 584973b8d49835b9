"""Metrics of the monthly deep dive: revenue."""

from __future__ import annotations

from alignment_lib.measures.definition import Definition

_YEAR = "of the deals closed in the month and the twelve months before"
_LAG = "the spend lies before the deals by the median days from lead to won of the source, else of all sources"

TERMS: tuple[Definition, ...] = (
    Definition("open_deals", "Deals open", "deals", "deals open when the period ended, or as of the report"),
    Definition(
        "open_age_days",
        "Age of open deals",
        "days",
        "median days since the lead's creation (else the deal's) of the deals that are open; how long they will take is"
        " not known yet",
        "open deals with a date",
    ),
    Definition(
        "deal_days",
        "Days from deal to won",
        "days",
        "median days from the deal's creation to the closing, of the deals won in the period",
        "deals won in the period with both dates",
    ),
    Definition("mean_won_value", "Mean won value", "currency", "mean amount of the deals won in the period"),
    Definition(
        "velocity",
        "Velocity",
        "currency",
        "open deals × win rate × mean won value ÷ median days from deal to won: won value a day at the period's rates;"
        " a product of four noisy factors, without an interval and no forecast",
    ),
    Definition(
        "top_three_share",
        "Share of the three largest",
        "share",
        "amounts of the three largest deals won ÷ amounts of all deals won in the period",
        "deals won in the period with an amount",
    ),
    Definition(
        "decided_deals", "Deals by what decided them", "deals", f"deals {_YEAR}, by what sales gave as decisive"
    ),
    Definition(
        "decided_deals_month", "Deals by what decided them, month", "deals", "the same of the deals closed in the month"
    ),
    Definition(
        "reason_blank",
        "Left blank",
        "share",
        f"{_YEAR}, the share for which nothing was given (won: decision driver; lost: loss reason; competitor)",
        "deals closed",
    ),
    Definition(
        "reason_blank_month", "Left blank, month", "share", "the same of the deals closed in the month", "deals closed"
    ),
    Definition(
        "asset_gap",
        "Use in won less use in lost deals",
        "points",
        f"{_YEAR} and that had entered the asset's stage after it was published: share of the won deals in which the"
        " asset was used by the day of closing − share of the lost deals; an association, not a cause",
        "won and lost deals that had entered the stage",
    ),
    Definition(
        "asset_use_won",
        "Used in won deals",
        "share",
        "share of those won deals in which the asset was used",
        "won deals",
    ),
    Definition(
        "asset_use_lost",
        "Used in lost deals",
        "share",
        "share of those lost deals in which the asset was used",
        "lost deals",
    ),
    Definition(
        "assets_compared", "Assets compared", "assets", "assets with enough deals on both sides and enough uses"
    ),
    Definition("assets_known", "Assets in the library", "assets", "assets in the table content"),
    Definition(
        "customer_cost_media",
        "Cost of a customer by source, media",
        "currency",
        f"marketing's spend on media and programmes ÷ deals won in the three months to the end of the month; {_LAG}",
        "deals won in the three months",
    ),
    Definition(
        "customer_cost_loaded",
        "Cost of a customer by source, loaded",
        "currency",
        "all spend of both teams ÷ deals won in the three months to the end of the month; by source only what is booked"
        f" to the source, people and tools stand in a row of their own; {_LAG}",
        "deals won in the three months",
    ),
    Definition(
        "customers_won", "Customers won", "deals", "deals won in the three months to the end of the month, by source"
    ),
    Definition("spend_matched_media", "Media spend, matched", "currency", f"marketing's spend on media; {_LAG}"),
    Definition("spend_matched", "Spend, matched", "currency", f"all spend of both teams; {_LAG}"),
    Definition(
        "spend_lag_days",
        "Lag of the spend by source",
        "days",
        "median days from lead to won of the deals won in the month and the twelve months before; of the source where"
        " it has enough of them, else of all",
        "deals won with both dates",
    ),
    Definition(
        "payback_base", "First year of a customer", "currency", "mean amount of the deals won in the three months"
    ),
    Definition(
        "payback_months",
        "Months until a customer has paid",
        "months",
        "cost of a customer, loaded ÷ (mean amount × gross margin ÷ 12); the amount is taken as the first year's value",
        "deals won in the three months",
    ),
    Definition("gross_margin", "Gross margin", "share", "gross margin as set in monthly.yaml", "the deal's amount"),
    Definition("flow_start", "Open as the month began", "currency", "amount of the deals open as the month began"),
    Definition("flow_created", "Created", "currency", "amount of the deals created in the month"),
    Definition(
        "flow_reopened",
        "Reopened",
        "currency",
        "amount of the deals that came back in the month to an open stage from a stage that closes deals",
    ),
    Definition("flow_won", "Won, out of the pipeline", "currency", "amount of the deals won in the month"),
    Definition("flow_lost", "Lost, out of the pipeline", "currency", "amount of the deals lost in the month"),
    Definition(
        "flow_other",
        "Other changes",
        "currency",
        "amount of the deals closed in the month and open again since (taken out), closed without a day of creation, or"
        " closed before they were created",
    ),
    Definition("flow_end", "Open at the end", "currency", "amount of the deals open as the month ended, or now"),
    *(
        Definition(f"flow_{name}_deals", f"{label}, deals", "deals", f"deals {text}")
        for name, label, text in (
            ("start", "Open at the start", "open as the month began"),
            ("created", "Created", "created in the month"),
            ("reopened", "Reopened", "that came back in the month to an open stage from a stage that closes deals"),
            ("won", "Won", "won in the month"),
            ("lost", "Lost", "lost in the month"),
            (
                "other",
                "Other changes",
                "whose dates or stages do not say when they were opened, less those closed twice",
            ),
            ("end", "Open at the end", "open as the month ended, or now"),
        )
    ),
    Definition(
        "won_value_growth",
        "Growth of won value",
        "times",
        "won value of the quarter ÷ won value of the same days of the quarter a year before; a ratio of sums, without"
        " an interval",
        "deals won in both",
    ),
    Definition(
        "won_growth",
        "Growth of deals won",
        "times",
        "deals won in the quarter ÷ deals won in the same days a year before, with the exact interval of a ratio of"
        " counts",
        "deals won in both",
    ),
    Definition(
        "mqls_promised",
        "MQLs promised in the period",
        "leads",
        "targets of metric mqls of the months of the quarter, added up",
    ),
    Definition(
        "mqls_kept",
        "MQLs of the promise",
        "share",
        "MQLs of the quarter ÷ MQLs promised for its months",
        "MQLs promised",
    ),
)
