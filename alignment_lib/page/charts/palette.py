"""The colours of the product: a name, its value on white, its value on a dark page.

Charts are drawn in the light values and then rewritten to CSS variables of the same name, so one SVG follows light
and dark; a chart without that rewriting (a PNG in a mail) is right on white. Blue and vermillion are those of Okabe
and Ito, "Color Universal Design" (2008), darkened until text in them reads at 4.5:1 on every surface used.
"""

from __future__ import annotations

from alignment_lib.page.block import Side

INK = "#16191d"
QUIET = "#565d64"
PAST = "#848b92"
RULE = "#d3d7db"
BAND = "#e9ecef"
GOAL = "#3d4247"
PAPER = "#ffffff"
WASH = "#f4f5f6"
MARKETING = "#0068a3"
SALES = "#b34b00"

LIGHT: dict[str, str] = {
    "ink": INK,
    "quiet": QUIET,
    "past": PAST,
    "rule": RULE,
    "band": BAND,
    "goal": GOAL,
    "paper": PAPER,
    "wash": WASH,
    "marketing": MARKETING,
    "sales": SALES,
}
DARK: dict[str, str] = {
    "ink": "#eceef0",
    "quiet": "#a3abb3",
    "past": "#7c858e",
    "rule": "#3a4149",
    "band": "#2a3037",
    "goal": "#cfd4d9",
    "paper": "#15181c",
    "wash": "#1d2126",
    "marketing": "#56b4e9",
    "sales": "#f2945a",
}
VARIABLE: dict[str, str] = {value: f"var(--{name})" for name, value in LIGHT.items()}
"""The CSS variable that takes the place of a light value."""


def of_side(side: Side) -> str:
    """The colour of a half of the meeting; ink where both halves own the number."""
    return {"marketing": MARKETING, "sales": SALES, "both": INK}[side]


def css(values: dict[str, str]) -> str:
    """Custom properties of one theme, ready to stand inside a CSS rule."""
    return "".join(f"--{name}:{value};" for name, value in values.items())
