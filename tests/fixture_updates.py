"""The calendar and the announcements of a small company, and runs of its updates as the mails see them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alignment_lib.blocks import marketing_update, product_update, pulse
from alignment_lib.facts import Facts
from alignment_lib.mail.published import Published
from alignment_lib.params.recipients import Recipients, Sender
from alignment_lib.report.session import Report
from tests.company import Company

CALENDAR = [
    "item_id", "starts_on", "ends_on", "title", "audience", "soundbite", "looks_like", "prospect_action",
    "how_to_respond", "source", "campaign", "expected_leads", "owner",
]  # fmt: skip
NEWS = ["announced_on", "title", "soundbite", "who_cares", "link"]
HOSTILE = (
    "<script>alert(1)</script>",
    "[more](javascript:alert(1))",
    "one\r\nBcc: eve@example.com\x1b[31m\x07two",
    "日本語の一言と絵文字 🎉",
    "أهلا وسهلا بكم",
    "\u202egpj.exe\u202c & “quoted” 'words'",
    "long " * 2000,
    "https://example.com/" + "w" * 400,
)
"""What somebody may type, or paste, into a cell."""
SETTINGS = Recipients(
    sender=Sender(address="reports@example.com"),
    owner="ops@example.com",
    allowed_domains=("example.com",),
    pages="https://pages.example.com/reports",
)
BLOCKS = {
    "marketing-update": (marketing_update.promotions, marketing_update.expected),
    "product-update": (product_update.product_news,),
    "pulse": (pulse.pulse,),
}


def plan(item: str, starts: str, ends: str = "", leads: str = "", **more: str) -> list[str]:
    """A row of the calendar."""
    row = {"item_id": item, "starts_on": starts, "ends_on": ends, "title": item, "expected_leads": leads} | more
    return [row.get(name, "") for name in CALENDAR]


def news(day: str, title: str, **more: str) -> list[str]:
    """A row of the announcements."""
    return [{"announced_on": day, "title": title, **more}.get(name, "") for name in NEWS]


def made(tmp_path: Path, plans: Any = None, updates: Any = None) -> Company:
    """The company of tests/company.py with these tables kept by hand; None: not connected."""
    built = Company(tmp_path)
    for table, head, rows in (("calendar", CALENDAR, plans), ("product_updates", NEWS, updates)):
        if rows is not None:
            built.rows[table] = [head, *rows]
            built.mapping["tables"][table] = {"from": table, "columns": {name: name for name in head}}
    return built.write()


def facts_of(company: Company, report: str, **asked: str) -> Facts:
    """The facts of an update, of 2020-W12 as of its first instant; of the pulse, of the day asked for."""
    default = {} if report == "pulse" else {"week": "2020-W12", "as_of": "2020-03-16T00:00:00"}
    return company.facts(**({"report": report, "week": ""} | default | asked))


def run_of(facts: Facts, report: str) -> Published:
    """The run as it is handed to the mails."""
    made_report = Report(facts, report)
    for block in BLOCKS[report]:
        made_report.show(block)
    return Published(Path("."), made_report.results(), {})
