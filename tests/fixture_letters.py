"""Letters to render and to send: the demo's week and month, and one that holds everything a letter can hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from alignment_lib.mail.letter import Card, Figure, Grid, Letter, Line, Picture, Section
from alignment_lib.mail.letters import BUILDERS
from alignment_lib.mail.message import message
from alignment_lib.mail.people import Person
from alignment_lib.mail.published import Published
from alignment_lib.page import charts
from alignment_lib.params import Request, load
from alignment_lib.report.session import with_demo
from alignment_lib.stats import wording
from tests.fixture_demo_month import demo as demo_month
from tests.fixture_mail import settings
from tests.fixture_report import facts_on, shown

NOW = datetime(2026, 9, 21, 6, tzinfo=UTC)
ADA = Person("ada@nordlicht.example", "Ada Lovelace", None)
PAGES = "https://intranet.nordlicht.example/reports"
JAPANESE, ARABIC = "月末締めを三日で終える" * 9, "أغلق دفاترك في ثلاثة أيام فقط"
HOSTILE = (
    "<script>alert(1)</script>",
    "](javascript:alert(1))",
    '"><img src=https://evil.example/x.png onerror=alert(2)>',
    "\u202eevil\u2066\x00\x1b[31m",
    "{{ 7 * 7 }}",
)
_NUMBER = re.compile(r"\d(?:[\d,.]*\d)?")


@cache
def run(report: str) -> Published:
    """The demo's last week or month as it is published."""
    if report == "monthly":
        made = demo_month()
    else:
        asked = Request(source="demo", report="weekly", week="2026-W38")
        made = shown(facts_on(with_demo(load(asked, now=NOW))))
    results = json.loads(json.dumps(made.results(), allow_nan=False))
    return Published(Path("nowhere"), results, {"sla": made.facts.run.params.sla.model_dump(mode="json")})


def changed(found: Published, **changes: Any) -> Published:
    """The run with other results."""
    return Published(found.folder, {**found.results, **changes}, found.manifest)


@cache
def letter(report: str) -> Letter:
    made = BUILDERS[report](run(report), settings(pages=PAGES), None)
    assert made is not None
    return made


def sent(one: Letter, **changes: Any) -> EmailMessage:
    """The letter as a message to Ada."""
    known: dict[str, Any] = {"settings": settings(), "to": ADA, "report": "weekly", "period": "2026-W38"}
    return message(one, **{**known, "slice": None, "now": NOW, **changes})


def received(made: EmailMessage) -> EmailMessage:
    """The message as it is read from its bytes by the standard library."""
    got = message_from_bytes(bytes(made), policy=policy.default)
    assert isinstance(got, EmailMessage)
    return got


def chart() -> Picture:
    panel = {"periods": ["W1", "W2"], "values": [3, 5], "side": "sales", "normal": None, "goal": None}
    png, width, height = charts.png(charts.history, [("", panel)])
    return Picture("deals", "5 deals", "5 deals. From W1 to W2: 3, 5.", png, width, height)


def everything(text: str = "An ordinary text", rows: int = 3) -> Letter:
    """A letter with every part, and with this text wherever somebody may have typed one."""
    grid = Grid(
        text, ("Lead", "Owner", "Due", "Hours left", "State"),
        tuple((f"L-{i}", text, "Tue 22 Sep", f"{i}.5", "overdue 3 days") for i in range(rows)),
        numeric=(3,), links=("javascript:alert(1)", *[f"https://crm.example/{i}" for i in range(1, rows)])[:rows],
        statuses=("bad",) * rows, note=text,
    )  # fmt: skip
    narrow = Grid("Two columns", ("What", "Count"), ((text, "3"), ("B", "12")), numeric=(1,))
    cards = (
        Card(
            text, text, (Line(text, "Soundbite"), Line(text, "How to respond"), Line(text)), "marketing", "http://x.y"
        ),
        Card("Safe", points=(Line("Call", "How to respond"),), link="https://crm.example/card"),
    )
    figures = (
        Figure("Leads", "88", text, "marketing", "good", "kept"),
        Figure(text, "85\u00a0%", "", "sales", "bad", "missed"),
        Figure("Won", "3", "", "both", "open", text),
    )
    sections = (
        Section(
            text, "marketing", (Line(text, text), Line("Said", "")), figures, (chart(),), (grid, narrow), cards, text
        ),
        Section("Plain", "sales", (Line(text), Line("Second"))),
        Section("Nothing in it"),
    )
    return Letter(text, text, text, text, sections, "https://intranet.nordlicht.example/x", text)


class Seen(HTMLParser):
    """A mail's HTML as a list of tags, and the text that its reader sees."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._hidden = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        if tag == "img":
            self.texts.append(str(found["alt"]))
        if tag in ("style", "title") or "preheader" in str(found.get("class")):
            self._hidden += 1

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and tag in ("style", "title", "div"):
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def numbers(text: str) -> set[str]:
    """The numbers that a text prints; addresses of pages are none."""
    return set(_NUMBER.findall(re.sub(r"https://\S+", "", text)))


def printed(results: Mapping[str, Any]) -> set[str]:
    """Every number that stands in a text of results.json, or in a record or history as `wording` writes it."""
    found = set()
    for value in _leaves({k: v for k, v in results.items() if k != "metrics"}):
        found |= numbers(value) if isinstance(value, str) else _written(value)
    for record in results["metrics"]:
        found |= _written(record["value"]) | numbers(record["period"] or "")
    return found


def _written(value: float) -> set[str]:
    shown = (wording.count(value), wording.percent(value), wording.percent(value, width=0.01))
    return {number for text in shown for number in numbers(text)}


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _leaves(inner)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield value
