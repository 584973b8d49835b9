"""What a mail says, before it is a mail: frozen text and pictures. Nothing here is HTML; `render` escapes."""

from __future__ import annotations

from dataclasses import dataclass

from alignment_lib.page.block import Side, Status


@dataclass(frozen=True)
class Line:
    """A sentence, with a word before it (`Status`, `Plans`) or none."""

    text: str
    label: str = ""


@dataclass(frozen=True)
class Figure:
    """A number of the strip: `41` `MQLs` `of 155 due by now`."""

    label: str
    value: str
    note: str = ""
    side: Side = "both"
    status: Status = "none"
    status_word: str = ""


@dataclass(frozen=True)
class Picture:
    """A chart as PNG, at twice the size it is shown in. `alt` says the finding and its numbers."""

    name: str
    """Letters, digits and hyphens; unique in the letter."""
    title: str
    """The finding."""
    alt: str
    png: bytes
    width: int
    """CSS pixels; `height` likewise."""
    height: int


@dataclass(frozen=True)
class Card:
    """Something to know: what it is, when, label and text of each point; `link` only https."""

    title: str
    when: str = ""
    points: tuple[Line, ...] = ()
    side: Side = "both"
    link: str = ""


@dataclass(frozen=True)
class Grid:
    """A table. Every row has as many cells as there are heads; the first cell heads its row."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()
    """Places of the columns that hold numbers."""
    links: tuple[str, ...] = ()
    """By row, where its first cell leads; empty, or as many as rows."""
    statuses: tuple[Status, ...] = ()
    """By row; empty, or as many as rows. The status stands in words in a cell as well."""
    note: str = ""
    """How many more there are, for instance."""


@dataclass(frozen=True)
class Section:
    """A part of a letter under its own heading; what is empty is left out."""

    title: str = ""
    side: Side = "both"
    lines: tuple[Line, ...] = ()
    figures: tuple[Figure, ...] = ()
    pictures: tuple[Picture, ...] = ()
    grids: tuple[Grid, ...] = ()
    cards: tuple[Card, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Letter:
    """A mail's content, the same for all readers or for one."""

    subject: str
    """The finding, under 80 characters."""
    preheader: str
    """What a client shows beside the subject."""
    title: str
    header: str
    """Period, as-of and filter in one line."""
    sections: tuple[Section, ...]
    link: str = ""
    """Where the whole page is, https; empty: not published anywhere."""
    link_text: str = ""
    leave: str = ""
    """Where its reader leaves the list, https or mailto; filled in for each person."""
    language: str = "en"

    @property
    def pictures(self) -> tuple[Picture, ...]:
        return tuple(p for s in self.sections for p in s.pictures)
