"""Charts of the mails, drawn from the numbers of results.json; the title is the finding, `alt` carries its numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from alignment_lib.mail.letter import Picture
from alignment_lib.page import charts
from alignment_lib.page.charts.frame import Panel
from alignment_lib.stats import wording

Write = Callable[[float], str]


def history(
    name: str, stat: Mapping[str, Any], periods: Sequence[str], *, write: Write, goal: float | None = None
) -> Picture | None:
    """A number of the strip against its history and its normal range; None where it has no history.

    Parameters
    ----------
    name : str
        Of the picture, unique in its letter.
    stat : mapping
        As handed on by `report.handover`.
    periods : sequence of str
        Names of all periods that a history could have, the report's own last.
    write : callable
        Turns a value into text.
    """
    values = since(stat["history"])
    if sum(value is not None for value in values) < 2:
        return None
    shown = list(periods[-len(values) :])
    panel = {
        "periods": shown,
        "values": values,
        "side": stat["side"],
        "normal": tuple(stat["normal"]) if stat["normal"] else None,
        "goal": goal,
        "write": write,
        **({"axis": write} if write is wording.percent else {}),
    }
    title = f"{stat['label']}: {stat['value']}{', ' if stat['note'] else ''}{stat['note']}"
    return _picture(name, title, f"{title}. {_told(shown, values, write)}", [("", panel)])


def since(values: Sequence[float | None]) -> Sequence[float | None]:
    """A history from its first defined value on."""
    first = next((place for place, value in enumerate(values) if value is not None), len(values))
    return values[first:]


def counts(name: str, title: str, panels: Sequence[tuple[str, Mapping[str, Any]]]) -> Picture | None:
    """Several counts below each other over the same periods; None where there is none.

    Parameters
    ----------
    panels : sequence of (label, arguments)
        The arguments of `charts.history` besides `write`; periods that none of them knows yet are not drawn.
    """
    known = max((len(since(panel["values"])) for _, panel in panels), default=0)
    panels = [
        (label, {**panel, "periods": panel["periods"][-known:], "values": panel["values"][-known:]})
        for label, panel in panels
    ]
    drawn = [(label, {**panel, "write": wording.count}) for label, panel in panels]
    told = [f"{label}: {_told(panel['periods'], panel['values'], wording.count)}" for label, panel in drawn]
    return _picture(name, title, " ".join([title, *told]), drawn) if drawn else None


def _told(periods: Sequence[str], values: Sequence[float | None], write: Write) -> str:
    """The numbers of a history as a text."""
    numbers = ", ".join("none" if value is None else write(value) for value in values)
    return f"From {periods[0]} to {periods[-1]}: {numbers}."


def _picture(name: str, title: str, alt: str, panels: Sequence[Panel]) -> Picture:
    png, width, height = charts.png(charts.history, panels)
    return Picture(name, title, alt, png, width, height)
