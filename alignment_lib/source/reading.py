"""How a raw column is to be read, and what every conversion of text shares."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

from alignment_lib.params.mapping import ColumnMapping, Timestamp
from alignment_lib.source.zones import Macros, Years

Form = Literal["", "plain", "utc"]
"""Unknown; without anything beside it; with a Z."""


class Days(Enum):
    """Why an instant column is held to hold days only."""

    AS_WRITTEN = "hardly a value has a time of day but midnight"
    LOCAL_MIDNIGHT = "hardly a value is no instant at which a day begins at the company's"


@dataclass(frozen=True)
class Reading:
    """How a column is to be read: its mapping, the source's defaults, and where to say so."""

    mapping: ColumnMapping
    default: Timestamp
    company_zone: str
    engine: str
    place: str
    macros: Macros | None = None
    text: bool = True
    """Whether the source holds nothing but text."""
    flags: tuple[Any, Any] | None = None
    """Of an outcome: raw columns that say that a deal is won, and that it is closed."""
    form: Form = ""
    """How all values of the column are written, where that was looked at: then nothing else needs to be tried."""
    years: Years | None = None
    """Of all values of the columns of time that were looked at together."""
    days: Days | None = None
    """Set where the whole column was looked at and holds days."""
    midnights: int = 0
    """Of a column of instants, how many values stand at midnight, where they are more than chance brings."""
    timed: int = 0
    """Of a column of days, how many values have a time of day all the same: each is the company's day of it."""

    @property
    def zone(self) -> str:
        return self.mapping.timezone or self.default.timezone

    @property
    def format(self) -> str:
        return self.mapping.format or self.default.format


def stripped(text: Any, reading: Reading) -> Any:
    """Without blanks around it; Spark takes the form feed among those that Ibis names for a letter, and strips an f."""
    return text.re_replace(r"^\s+|\s+$", "") if reading.engine == "pyspark" else text.strip()


def castable(text: Any, pattern: str, reading: Reading) -> Any:
    """Only texts that a cast can read where the engine has no cast that gives null; elsewhere all of them."""
    return text.re_search(pattern).ifelse(text, None) if reading.engine == "postgres" else text
