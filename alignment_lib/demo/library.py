"""The content library: which assets sales has, where they came from, and which requests wait for one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from alignment_lib.demo.kept import Kept


@dataclass(frozen=True)
class Asset:
    """An asset; `origin` is the sales conversation that led to it, `popularity` its use relative to the others."""

    asset_id: str
    title: str
    kind: str
    stage: str
    persona: str
    owner: str
    supports_positioning: bool
    origin: str | None
    published_on: date
    popularity: float


ASSETS = (
    Asset("A-01", "What a late close costs", "one-pager", "Discovery", "Finance lead", "Greta Molin", True,
          "Prospect asked Anke for a number to take to the board", date(2025, 2, 11), 6.0),
    Asset("A-02", "Closing in three days: a field guide", "guide", "Discovery", "Finance lead", "Greta Molin", True,
          None, date(2024, 11, 5), 5.0),
    Asset("A-03", "Product tour in four minutes", "video", "Discovery", "Managing director", "Yusuf Demir", False,
          None, date(2025, 5, 20), 7.0),
    Asset("A-04", "Integrations: what connects to what", "datasheet", "Evaluation", "IT lead", "Priya Raman", False,
          "IT leads kept asking Carla for one list", date(2025, 3, 3), 5.0),
    Asset("A-05", "Security questionnaire, answered", "datasheet", "Evaluation", "IT lead", "Priya Raman", False,
          "Three enterprise deals waited for the same sheet", date(2025, 6, 17), 4.0),
    Asset("A-06", "Audit trail explained to an auditor", "guide", "Evaluation", "Finance lead", "Greta Molin", True,
          "An auditor joined a call and stopped a deal", date(2025, 9, 9), 3.0),
    Asset("A-07", "Case study: Kestrel Foods closes in three days", "case study", "Evaluation", "Finance lead",
          "Yusuf Demir", True, "Kestrel's controller offered to talk", date(2025, 1, 21), 5.0),
    Asset("A-08", "Case study: Solvang Hotels, one ledger for four countries", "case study", "Evaluation",
          "Operations lead", "Yusuf Demir", True, None, date(2025, 10, 14), 3.5),
    Asset("A-09", "Cost calculator", "tool", "Proposal", "Managing director", "Priya Raman", True,
          "Meret built it in a spreadsheet first", date(2025, 4, 8), 4.0),
    Asset("A-10", "Go-live plan, six weeks", "template", "Proposal", "Operations lead", "Greta Molin", True,
          "Buyers feared a year of implementation", date(2025, 7, 1), 4.0),
    Asset("A-11", "Comparison with Bilanzio", "battlecard", "Proposal", "Finance lead", "Yusuf Demir", True,
          "Lost four deals to Bilanzio in spring", date(2026, 4, 22), 3.0),
    Asset("A-12", "Reference call kit", "template", "Negotiation", "Managing director", "Greta Molin", True,
          "Tomas asked for a way to prepare references", date(2025, 8, 19), 3.0),
    Asset("A-13", "Contract, explained clause by clause", "guide", "Negotiation", "Managing director", "Priya Raman",
          False, "Legal reviews took three weeks", date(2026, 1, 13), 2.0),
    Asset("A-14", "Comparison with LedgerLoft", "battlecard", "Evaluation", "IT lead", "Yusuf Demir", True,
          "Paul's first lost deal", date(2026, 8, 18), 1.5),
    Asset("A-15", "Webinar recording: audit without panic", "video", "Discovery", "Finance lead", "Yusuf Demir", True,
          None, date(2026, 3, 10), 3.0),
    Asset("A-16", "Glossary of group accounting", "guide", "Discovery", "Specialist", "Greta Molin", False, None,
          date(2024, 9, 17), 1.0),
    Asset("A-17", "Migration from spreadsheets, step by step", "guide", "Evaluation", "Operations lead", "Greta Molin",
          True, "Small businesses asked Aylin on every second call", date(2025, 11, 25), 3.0),
    Asset("A-18", "Poster: the closing calendar", "print", "Discovery", "Specialist", "Yusuf Demir", False, None,
          date(2025, 12, 2), 0.0),
    Asset("A-19", "Price list with volume steps", "datasheet", "Proposal", "Managing director", "Priya Raman", False,
          "Discounts were argued about deal by deal", date(2026, 2, 3), 4.0),
    Asset("A-20", "Podcast: a controller's Monday", "audio", "Discovery", "Finance lead", "Yusuf Demir", False, None,
          date(2026, 5, 12), 0.0),
)  # fmt: skip

_REQUESTS = (
    (date(2026, 6, 3), "0417", "Evaluation", "IT lead", "Data residency: where are servers and backups?", None),
    (date(2026, 6, 9), "0458", "Proposal", "Finance lead", "Comparison with Quorix, they come up every week", None),
    (date(2026, 6, 16), "0481", "Proposal", "Managing director", "US contract template with dollar prices", None),
    (date(2026, 6, 24), "0464", "Discovery", "Managing director", "Two-minute video for firms under 20 people", None),
    (date(2026, 7, 7), "0492", "Evaluation", "IT lead", "Why not LedgerLoft? I lost one on it", "A-14"),
    (date(2026, 7, 14), "0431", "Negotiation", "Managing director", "Reference in the water industry", None),
    (date(2026, 7, 21), "0470", "Evaluation", "Operations lead", "Screenshots of the mobile approval", None),
    (date(2026, 7, 28), "0423", "Negotiation", "Finance lead", "One page for the works council", None),
    (date(2026, 8, 4), "0442", "Proposal", "Finance lead", "Return on investment with our prices of this year", None),
    (date(2026, 8, 11), "0488", "Discovery", "Finance lead", "Guide about US GAAP closing, not HGB", None),
    (date(2026, 8, 13), "0477", "Discovery", "Specialist", "Short answer to 'we already have spreadsheets'", "A-17"),
    (date(2026, 8, 20), "0455", "Evaluation", "IT lead", "Single sign-on set-up, with pictures", None),
    (date(2026, 8, 25), "0436", "Evaluation", "IT lead", "Answers to the 2026 security questionnaire", None),
    (date(2026, 9, 1), "0417", "Negotiation", "Managing director", "What happens to our data if we leave?", None),
    (date(2026, 9, 3), "0464", "Proposal", "Managing director", "Offer on one page, without tables", None),
    (date(2026, 9, 8), "0492", "Discovery", "Operations lead", "Case study from logistics", None),
    (date(2026, 9, 10), "0481", "Evaluation", "IT lead", "Integration with a US payroll provider", None),
    (date(2026, 9, 15), "0442", "Evaluation", "Finance lead", "Audit trail, the short version for a call", "A-06"),
    (date(2026, 9, 17), "0423", "Proposal", "Finance lead", "Comparison with Quorix (second request)", None),
    (date(2026, 9, 24), "0470", "Discovery", "Managing director", "Answer to 'my tax adviser does this'", None),
)
CONTENT = Kept(
    ("Asset ID", "Asset Title", "Type", "Sales Stage", "Buyer Persona", "Owner", "Supports Positioning",
     "Origin Conversation", "Published On"),
    tuple((a.asset_id, a.title, a.kind, a.stage, a.persona, a.owner, a.supports_positioning, a.origin, a.published_on)
          for a in ASSETS),
    "Published On",
)  # fmt: skip
REQUESTS = Kept(
    ("Requested On", "Requested By", "Sales Stage", "Buyer Persona", "Note", "Answered With"), _REQUESTS, "Requested On"
)
