"""What a metric is: its name, unit, meaning and denominator."""

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
