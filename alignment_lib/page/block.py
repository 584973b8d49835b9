"""What a report is made of: frozen values, handed from `blocks` to `page` and to the record.

Cells and sentences are text already (made by `wording`); nothing here is HTML. `page.sections` escapes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

Side = Literal["marketing", "sales", "both"]
"""Whose half of the meeting a block, number or series belongs to; it chooses the colour."""

Status = Literal["good", "bad", "open", "none"]
"""Shown as a word and a shape, never by colour alone."""


@dataclass(frozen=True)
class Metric:
    """One printed number as it goes to results.json. `value` None: undefined, and `reason` says why."""

    name: str
    value: float | None
    unit: str
    definition: str
    low: float | None = None
    high: float | None = None
    n: int | None = None
    source: str | None = None
    segment: str | None = None
    period: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Listing:
    """What a count was counted from: ids by owner (or reason), no personal data beyond the rep's own name."""

    what: str
    """`leads`, `deals`."""
    groups: tuple[tuple[str, tuple[str, ...]], ...]
    """Owner and ids; nobody's under `(nobody)`."""
    left_out: int = 0
    """How many ids more there are than are listed."""
    by: str = "owner"
    """What the groups are: `owner`, or `reason` where a count changed."""


@dataclass(frozen=True)
class Count:
    """A cell that opens its list in place (C32)."""

    text: str
    listing: Listing

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Trend:
    """A cell with a word-sized history: oldest first, this week last, None where undefined."""

    history: tuple[float | None, ...]
    normal: tuple[float, float] | None = None
    side: Side = "both"

    def __str__(self) -> str:
        return ""


@dataclass(frozen=True)
class Mark:
    """A cell with a status: a shape and a word."""

    status: Status
    word: str

    def __str__(self) -> str:
        return self.word


@dataclass(frozen=True)
class Quiet:
    """A cell that steps back: what is not known yet, or is of another week than its column."""

    text: str

    def __str__(self) -> str:
        return self.text


Cell = str | Count | Trend | Mark | Quiet


@dataclass(frozen=True)
class Card:
    """A brief card (C49): what it is, when, and label and text of what to know; a picture only as a data: address."""

    title: str
    when: str
    points: tuple[tuple[str, str], ...]
    image: str = ""
    image_alt: str = ""
    side: Side = "marketing"


@dataclass(frozen=True)
class Stat:
    """One cell of the strip of numbers: `118` `MQLs` `of 120 promised by now`, with its history."""

    label: str
    value: str
    note: str = ""
    side: Side = "both"
    status: Status = "none"
    status_word: str = ""
    history: tuple[float | None, ...] = ()
    """Up to 13 weeks, oldest first, this period last; None where undefined. Drawn as a sparkline."""
    normal: tuple[float, float] | None = None
    """The normal range of the weeks before, drawn as a quiet band."""
    listing: Listing | None = None
    """What the value was counted from; the value opens it."""


@dataclass(frozen=True)
class Column:
    """A column of a table: its head, its unit (shown in the head) and how its cells align."""

    label: str
    unit: str = ""
    numeric: bool = False


@dataclass(frozen=True)
class Table:
    """A real table. Every row has as many cells as there are columns; the first cell heads its row."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None = None
    note: str = ""
    folded: bool = False
    """True: shown closed, the caption opens it."""
    highlight: tuple[int, ...] = ()
    """Indices of rows set apart, e.g. breaches."""


@dataclass(frozen=True)
class Picture:
    """A chart: inline SVG made by `charts.draw`, the finding as its title, and a text that replaces it."""

    title: str
    svg: str
    alt: str


@dataclass(frozen=True)
class Evidence:
    """The line under every chart and table (D7): what it rests on."""

    n: str
    definition: str
    as_of: str
    excluded: str = ""
    method: str = ""


@dataclass(frozen=True)
class Block:
    """One agenda topic, ready to show. `missing` set: the block has no data and says what to connect."""

    id: str
    title: str
    question: str
    side: Side = "both"
    sentences: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    """One word before each sentence (`Status`, `Plans`, `Highlights`); empty, or as many as sentences."""
    stats: tuple[Stat, ...] = ()
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    terms: tuple[tuple[str, str], ...] = ()
    """Term and description pairs, shown as a description list (glossary, record)."""
    cards: tuple[Card, ...] = ()
    prompts: tuple[str, ...] = ()
    """Questions for the room, shown where the report's format is `interactive`."""
    notes: tuple[tuple[str, str], ...] = ()
    """A presenter's notes: what to show and what to say; folded, never printed."""
    space: str = ""
    """Heading of an empty space for decisions, shown where the format is `interactive`."""
    evidence: Evidence | None = None
    metrics: tuple[Metric, ...] = ()
    handover: tuple[Mapping[str, Any], ...] = ()
    """Plain rows (text, numbers, None) for the mails that are not sentences, stats or cards: one rep's leads, say."""
    missing: str | None = None

    html: ClassVar[Callable[[Block], str]]
    """How a block is shown: `page.sections` sets it, for it knows blocks while a block knows no page."""

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return type(self).html(self)
