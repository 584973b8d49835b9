"""The parts of an answer's sentence: values with their intervals, lists, and names that came from a CRM."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from alignment_lib.stats import wording
from alignment_lib.stats.estimates import Estimate

MOST_NAMED = 3
"""Groups that a sentence names before it counts the rest."""


def tidy(text: str, limit: int = 40) -> str:
    """Return one printable line of at most `limit` characters: a name from a CRM may hold anything.

    Examples
    --------
    >>> tidy("Web\\nfair")
    'Web fair'
    """
    line = re.sub(" +", " ", "".join(c if c.isprintable() or c == "\u00a0" else " " for c in text)).strip(" ")
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def share(estimate: Estimate) -> str:
    """Return a share with its interval: `12 % (9 to 15 %)`."""
    return wording.estimate(estimate.estimate, estimate.low, estimate.high)


def points(gap: Estimate) -> str:
    """Return a difference of shares with its interval in points: `+9 (+3 to +15)`."""
    if math.isnan(gap.low):
        return wording.signed_points(gap.estimate)
    return wording.signed_points_range(gap.estimate, gap.low, gap.high)


def index(value: Estimate) -> str:
    """Return a coefficient with its interval, where it has one: `0.70 (0.56 to 0.84)`."""
    if math.isnan(value.estimate):
        return wording.NOTHING
    told = f"{value.estimate:.2f}"
    told += "" if math.isnan(value.low) else f" ({value.low:.2f} to {value.high:.2f})"
    return told.replace("-", "−")


def named(texts: Sequence[str]) -> str:
    """Return the first few texts and the number of the others as a list.

    Examples
    --------
    >>> named(["a", "b", "c", "d", "e"]).replace("\u00a0", " ")
    'a, b, c and 2 others'
    """
    more = [wording.plural(len(texts) - MOST_NAMED, "other")] if len(texts) > MOST_NAMED else []
    return wording.listing([*texts[:MOST_NAMED], *more])
