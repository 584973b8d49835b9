"""What the four questions of this library answer with: one sentence, a tidy frame, a picture, a table in Jupyter."""

from __future__ import annotations

import html
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from alignment_lib.stats import wording
from alignment_lib.stats.estimates import Estimate
from alignment_lib.stats.phrases import tidy

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

ROWS_SHOWN = 60
"""Rows of a table in Jupyter; `frame()` has them all."""
_NUMBER = frozenset("0123456789+−–")
"""What the text of a number begins with."""


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """Rows that an answer does not rest on: how many, and what they are ("without 'won'")."""

    rows: int
    what: str


class Answer(ABC):
    """An answer; what it rests on are the fields of the dataclass that inherits this."""

    columns: ClassVar[tuple[str, ...]]
    """Of `frame()`: `measure`, what the row is of, `value`, `low`, `high`, `n`, `reason`, and what else there is."""
    left_out: tuple[LeftOut, ...]

    @property
    @abstractmethod
    def _question(self) -> str:
        """The call that asked, and what it found to count."""

    @property
    @abstractmethod
    def _finding(self) -> str:
        """The sentence without the rows left out, and without its full stop."""

    @abstractmethod
    def _records(self) -> list[dict[str, Any]]:
        """The rows of `frame()`."""

    @abstractmethod
    def _table(self) -> tuple[Sequence[str], list[Sequence[str]]]:
        """Heads and rows to read, as text."""

    @abstractmethod
    def _draw(self, ax: Axes) -> None:
        """Draw what the sentence says."""

    @property
    @abstractmethod
    def _inches(self) -> tuple[float, float]:
        """Width and height that the picture needs."""

    @property
    def sentence(self) -> str:
        """The finding with n and interval, or why there is none; and the rows that it does not rest on."""
        rest = [f"{wording.plural(part.rows, 'row')} {part.what}" for part in self.left_out if part.rows]
        return self._finding + (f"; left out: {wording.listing(rest)}" if rest else "") + "."

    def frame(self) -> pd.DataFrame:
        """Return every number: one row per measure and group, an undefined value as nan beside its reason."""
        import pandas as pd

        return pd.DataFrame(self._records(), columns=list(self.columns))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the answer into `ax`, or into a new figure, and return the axes."""
        from alignment_lib.stats import drawing

        axes = drawing.new(self._inches) if ax is None else ax
        self._draw(axes)
        drawing.title(axes, self.sentence, alone=ax is None)
        return axes

    def __repr__(self) -> str:
        told = self.sentence
        return f"{self._question}\n{told if len(told) <= 240 else told[:239] + '…'}"

    def _repr_html_(self) -> str:
        heads, rows = self._table()
        more = len(rows) - ROWS_SHOWN
        note = f"<p>{wording.plural(more, 'more row')}: .frame() has them all.</p>" if more > 0 else ""
        return f"<p>{html.escape(self.sentence)}</p>{_html(heads, rows[:ROWS_SHOWN])}{note}"


def _html(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table as HTML: names and words at the left, numbers at the right."""
    columns = list(zip(*rows, strict=True)) or [()] * len(heads)
    sides = ["left", *("right" if any(text[:1] in _NUMBER for text in texts) else "left" for texts in columns[1:])]
    styles = [f"text-align:{side};padding:.2em .7em;{'white-space:nowrap' * (side == 'right')}" for side in sides]

    def line(tag: str, texts: Sequence[str]) -> str:
        cells = zip(styles, (html.escape(tidy(text, 80)) for text in texts), strict=True)
        return "<tr>" + "".join(f'<{tag} style="{style}">{text}</{tag}>' for style, text in cells) + "</tr>"

    body = "".join(line("td", row) for row in rows)
    return f"<table><thead>{line('th', heads)}</thead><tbody>{body}</tbody></table>"


def record(measure: str, estimate: Estimate, *, n: float, **more: Any) -> dict[str, Any]:
    """Return a row of `frame()`; where there is no value there are no limits."""
    known = not math.isnan(estimate.estimate)
    return {
        "measure": measure,
        "value": estimate.estimate,
        "low": estimate.low if known else math.nan,
        "high": estimate.high if known else math.nan,
        "n": int(n),
        "reason": estimate.reason,
        **more,
    }
