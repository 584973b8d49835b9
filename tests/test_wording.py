"""Number → text: what a reader sees is rounded here and nowhere else."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime

import pytest

from alignment_lib.stats import wording

NB = "\u00a0"


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (wording.count(1234), "1,234"),
        (wording.count(math.nan), "–"),
        (wording.count(None), "–"),
        (wording.plural(1, "lead"), f"1{NB}lead"),
        (wording.plural(2, "breach", "breaches"), f"2{NB}breaches"),
        (wording.percent(0.618), f"62{NB}%"),
        (wording.percent(0.618, width=0.03), f"61.8{NB}%"),
        (wording.percent(None), "–"),
        (wording.estimate(0.62, 0.52, 0.71), f"62{NB}% (52 to 71{NB}%)"),
        (wording.estimate(0.6184, 0.61, 0.63), f"61.8{NB}% (61.0 to 63.0{NB}%)"),
        (wording.estimate(math.nan, 0, 1), "–"),
        (wording.points(-0.032), f"3.2{NB}points"),
        (wording.signed_points(-0.0004), "0.0"),
        (wording.signed_points_range(0.032, -0.001, 0.0651), "+3.2 (−0.1 to +6.5)"),
        (wording.signed_points_range(0.16, 0.004, 0.24, whole=True), "+16 (0 to +24)"),
        (wording.signed_points_range(math.nan, 0, 1), "–"),
        (wording.money(46_800, "EUR"), f"€{NB}46,800"),
        (wording.money(1_254_000, "BRL"), f"R${NB}1.25{NB}m"),
        (wording.money(5, "SEK"), f"SEK{NB}5"),
        (wording.hours(0.25), f"15{NB}min"),
        (wording.hours(3.24), f"3.2{NB}h"),
        (wording.hours(41.6), f"42{NB}h"),
        (wording.days(0.4), "same day"),
        (wording.days(31.2), f"31{NB}days"),
        (wording.chance(0.03), f"under 5{NB}%"),
        (wording.chance(0.07), f"about 10{NB}%"),
        (wording.chance(0.224), f"about 20{NB}%"),
        (wording.chance(0.94), f"about 90{NB}%"),
        (wording.chance(0.99), f"over 95{NB}%"),
        (wording.between(64.2, 84), "64 to 84"),
        (wording.between(math.nan, 84), "–"),
        (wording.day(date(2026, 9, 14)), f"14{NB}Sep{NB}2026"),
        (wording.month(date(2026, 9, 1)), f"September{NB}2026"),
        (wording.short_day(date(2026, 9, 14)), f"Mon 14{NB}Sep"),
        (wording.listing(["a"]), "a"),
        (wording.listing(["a", "b", "c"]), "a, b and c"),
        (wording.listing([]), ""),
        (wording.against_normal(5, 6, 9), "below the normal range of 6 to 9"),
        (wording.against_normal(9, 6, 9), "within the normal range of 6 to 9"),
        (wording.against_normal(10, 6, 9), "above the normal range of 6 to 9"),
        (wording.against_normal(10, math.nan, 9), "no normal range yet"),
        (wording.beside_normal(88, 65, 171), "normal 65 to 171"),
        (wording.beside_normal(5, 6, 9), "below normal, 6 to 9"),
        (wording.beside_normal(0.99, 0.73, 0.98, wording.percent_range), f"above normal, 73 to 98{NB}%"),
        (wording.beside_normal(None, 6, 9), "no normal range yet"),
    ],
)
def test_text(made: str, expected: str) -> None:
    assert made == expected


def test_an_instant_is_told_on_the_companys_wall() -> None:
    shown = wording.instant(datetime(2026, 9, 20, 22, tzinfo=UTC), "Europe/Berlin")
    assert shown == f"21{NB}Sep{NB}2026, 00:00 (Europe/Berlin)"
    assert (
        wording.epoch(datetime(2026, 9, 14, 7, 31, tzinfo=UTC).timestamp(), "Europe/Berlin") == f"Mon 14{NB}Sep, 09:31"
    )
