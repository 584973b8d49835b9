"""What a metric is: its name, unit, meaning and denominator; and the words that several definitions share."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Definition:
    """What a metric means. `label` is its name in tables and sentences."""

    name: str
    label: str
    unit: str
    text: str
    denominator: str = ""


@dataclass(frozen=True)
class Word:
    """A word of the definitions, and the metrics that it says something of."""

    term: str
    text: str
    metrics: tuple[str, ...]
