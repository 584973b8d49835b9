"""The canonical tables as data: columns with kind, what is required, and which order of instants is possible."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["id", "text", "instant", "date", "money", "number", "integer", "bool"]


@dataclass(frozen=True)
class Column:
    """A canonical column. `allowed`: the only values its metrics know; others are counted as a warning."""

    kind: Kind
    required: bool = False
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableContract:
    """A canonical table: its key (first columns named), its columns, and instants that must follow each other."""

    name: str
    columns: dict[str, Column]
    key: str | None = None
    orders: tuple[tuple[str, str], ...] = ()
    """Pairs (earlier, later): a row in which the later comes first keeps its counts and leaves durations."""
    newest: tuple[str, ...] = field(default=())
    """Columns whose latest visible value tells how fresh the data is."""

    @property
    def kept(self) -> bool:
        """Whether people keep it by hand: optional, read leniently, and never a reason to end a run."""
        return self.name in KEPT


KEPT = (
    "targets", "calendar", "product_updates", "wins", "decisions", "issues", "feedback", "suggestions", "interviews",
    "staffing", "compensation", "training", "shadowing", "content_requests", "rates",
)  # fmt: skip
"""Tables that people write, often in a spreadsheet."""

_KINDS: dict[str, Kind] = {"_id": "id", "_at": "instant", "_on": "date", "_s": "integer"}
_OTHER: dict[str, Kind] = {
    "score": "number",
    "sales_rating": "text",
    "amount": "money",
    "met": "bool",
    "quota": "money",
    "rate": "number",
    "lead_capacity": "number",
    "target": "number",
    "rating": "number",
    "headcount": "number",
    "planned": "number",
    "weight": "number",
    "expected_leads": "number",
    "supports_positioning": "bool",
    "period_start": "date",
    "period_end": "date",
    "open_since": "date",
}


def _columns(text: str, required: str = "", **allowed: tuple[str, ...]) -> dict[str, Column]:
    needed = required.split()
    return {name: Column(_kind(name), name in needed, allowed.get(name, ())) for name in text.split()}


def _kind(name: str) -> Kind:
    if name in _OTHER:
        return _OTHER[name]
    return next((kind for ending, kind in _KINDS.items() if name.endswith(ending)), "text")


def _table(name: str, columns: str, required: str = "", **more: object) -> TableContract:
    allowed = more.pop("allowed", {})
    return TableContract(name, _columns(columns, required, **allowed), **more)  # type: ignore[arg-type]


_ALL = (
    _table(
        "leads",
        "lead_id contact_id created_at source campaign segment region persona icp_tier account_id company_name owner_id"
        " score grade sales_rating mql_at assigned_at accepted_at rejected_at reject_reason sql_at opportunity_id",
        "lead_id created_at",
        key="lead_id",
        orders=(
            ("created_at", "mql_at"),
            ("created_at", "assigned_at"),
            ("created_at", "accepted_at"),
            ("created_at", "rejected_at"),
            ("created_at", "sql_at"),
        ),
        newest=("created_at", "mql_at"),
    ),
    _table(
        "opportunities",
        "opportunity_id lead_id account_id deal_name created_at source segment region owner_id amount currency stage"
        " expected_close_on closed_at outcome loss_reason decision_driver competitor",
        "opportunity_id outcome",
        key="opportunity_id",
        allowed={"outcome": ("open", "won", "lost")},
        orders=(("created_at", "closed_at"),),
        newest=("created_at", "closed_at"),
    ),
    _table(
        "stage_changes", "opportunity_id stage entered_at", "opportunity_id stage entered_at", newest=("entered_at",)
    ),
    _table(
        "activities",
        "activity_id lead_id contact_id opportunity_id rep_id kind direction outcome occurred_at",
        "occurred_at",
        key="activity_id",
        allowed={"direction": ("in", "out")},
        newest=("occurred_at",),
    ),
    _table("touches", "lead_id occurred_at source campaign", "lead_id occurred_at", newest=("occurred_at",)),
    _table(
        "spend",
        "spent_on source campaign kind team amount currency",
        "spent_on amount",
        allowed={"kind": ("media", "program", "people", "tools"), "team": ("marketing", "sales")},
    ),
    _table("rates", "month currency rate", "month currency rate"),
    _table(
        "reps",
        "rep_id name email team role region manager_id timezone started_on ended_on quota lead_capacity",
        "rep_id",
        key="rep_id",
        orders=(("started_on", "ended_on"),),
    ),
    _table("criteria", "lead_id criterion met", "lead_id criterion met"),
    _table(
        "content",
        "asset_id title kind stage persona owner supports_positioning origin_conversation published_on",
        "asset_id",
        key="asset_id",
    ),
    _table("content_uses", "asset_id opportunity_id rep_id used_at", "asset_id used_at"),
    _table("content_requests", "requested_on requested_by stage persona note asset_id", "requested_on"),
    _table(
        "targets",
        "metric period_start period_end segment source owner target currency set_on milestone due_on done_on",
        "metric period_start period_end target",
        allowed={"owner": ("joint", "marketing", "sales")},
        orders=(("period_start", "period_end"),),
    ),
    _table(
        "calendar",
        "item_id starts_on ends_on kind title audience soundbite looks_like prospect_action how_to_respond source"
        " campaign expected_leads owner",
        "item_id starts_on title",
        key="item_id",
        allowed={"kind": ("campaign", "event", "promo", "social", "creative")},
    ),
    _table("product_updates", "announced_on title soundbite who_cares link", "announced_on title"),
    _table("wins", "won_on opportunity_id headline quote credit", "won_on headline"),
    _table(
        "decisions",
        "decision_id meeting decided_on decision owner due_on measure done_on",
        "decision_id decided_on decision",
        key="decision_id",
    ),
    _table(
        "issues",
        "issue_id opened_on raised_by team what metric action owner due_on closed_on",
        "issue_id opened_on what",
        key="issue_id",
    ),
    _table(
        "feedback",
        "given_on rep_id campaign lead_id verdict note answer answered_on",
        "given_on",
        allowed={"verdict": ("working", "not_working")},
    ),
    _table(
        "suggestions",
        "suggestion_id raised_by raised_on idea status metric arm_a arm_b started_on ended_on",
        "suggestion_id idea",
        key="suggestion_id",
    ),
    _table("interviews", "round held_on team respondent question answer theme rating", "round team question"),
    _table("staffing", "team role headcount planned open_since note", "team role"),
    _table("compensation", "team role metric weight", "team metric"),
    _table("training", "held_on rep_id team topic", "held_on topic"),
    _table("shadowing", "held_on marketer rep_id kind stage insight action", "held_on"),
    _table("mail_events", "mailing sent_at rep_id opened_at clicked_at", "mailing sent_at rep_id"),
)


@dataclass(frozen=True)
class Link:
    """A reference: ids of `column` in `table` that stand as `key` in `target`."""

    table: str
    column: str
    target: str
    key: str
    sparse: bool = False
    """Whether most rows may well name nobody: a lead without a deal, an activity that is marketing's."""


LINKS = tuple(
    Link(table, column, target, key, bool(sparse))
    for table, column, target, key, *sparse in (
        ("activities", "lead_id", "leads", "lead_id"),
        ("activities", "contact_id", "leads", "contact_id"),
        ("activities", "opportunity_id", "opportunities", "opportunity_id", "sparse"),
        ("activities", "rep_id", "reps", "rep_id", "sparse"),
        ("opportunities", "lead_id", "leads", "lead_id"),
        ("leads", "opportunity_id", "opportunities", "opportunity_id", "sparse"),
        ("leads", "owner_id", "reps", "rep_id", "sparse"),
        ("opportunities", "owner_id", "reps", "rep_id"),
        ("stage_changes", "opportunity_id", "opportunities", "opportunity_id"),
        ("touches", "lead_id", "leads", "lead_id"),
        ("criteria", "lead_id", "leads", "lead_id"),
        ("content_uses", "asset_id", "content", "asset_id"),
        ("content_uses", "opportunity_id", "opportunities", "opportunity_id"),
        ("content_uses", "rep_id", "reps", "rep_id"),
    )
)
"""Every reference between the tables of a CRM."""

CONTRACT: dict[str, TableContract] = {table.name: table for table in _ALL}
"""Every canonical table by name."""
