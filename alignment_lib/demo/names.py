"""Invented companies."""

from __future__ import annotations

from functools import cache

FIRST = (
    "Aldersund", "Bergwald", "Corvin", "Delmark", "Elbtor", "Falkenau", "Grevelin", "Hollstein", "Isarfeld", "Juvena",
    "Kestrel", "Lindmoor", "Mirabeck", "Norvik", "Oderin", "Pellworm", "Quintera", "Rabenau", "Solvang", "Tarnow",
    "Ullrich", "Veldkamp", "Wendlin", "Xanten", "Yarrow", "Zellbach", "Ostrava", "Mornington", "Havelock", "Brightmere",
)  # fmt: skip
LAST = (
    "Logistics", "Maschinenbau", "Foods", "Medical", "Textiles", "Optics", "Packaging", "Energy", "Retail", "Kliniken",
    "Bau", "Chemicals", "Software", "Transport", "Hotels", "Print", "Instruments", "Water", "Furniture", "Aviation",
)  # fmt: skip


@cache
def company_names() -> tuple[str, ...]:
    """Six hundred names; an account has the one at its number modulo their count."""
    return tuple(f"{first} {last}" for last in LAST for first in FIRST)
