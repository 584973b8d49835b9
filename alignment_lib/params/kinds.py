"""The reports there are: what each is called, the notebook that runs it, and the period it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alignment_lib.errors import ParamsError
from alignment_lib.params.files import nearest
from alignment_lib.params.period import Day, Month, Week


@dataclass(frozen=True)
class Kind:
    """A kind of report."""

    name: str
    """As on the command line and in reports/."""
    title: str
    notebook: str
    """File in notebooks/."""
    period: type[Day] | type[Week] | type[Month]
    ahead: bool = False
    """Whether it looks ahead: its period is the one that is under way, as of now; else the last complete one."""
    settings: str = "params/weekly.yaml"

    @property
    def noun(self) -> str:
        """`day`, `week` or `month`: the option that asks for a period."""
        return self.period.__name__.lower()


KINDS: tuple[Kind, ...] = (
    Kind("weekly", "Weekly Smarketing report", "weekly_smarketing.ipynb", Week),
    Kind("monthly", "Monthly deep dive", "monthly_deep_dive.ipynb", Month, settings="params/monthly.yaml"),
    Kind("pulse", "Daily pulse", "pulse.ipynb", Day),
    Kind("reps", "Each rep's day", "rep_day.ipynb", Day, ahead=True),
    Kind("marketing-update", "Weekly marketing update", "marketing_update.ipynb", Week, ahead=True),
    Kind("product-update", "Weekly product update", "product_update.ipynb", Week, ahead=True),
)


def kind(name: str) -> Kind:
    """The kind of that name; ParamsError with the nearest one where there is none."""
    names: Sequence[str] = [k.name for k in KINDS]
    if name not in names:
        raise ParamsError(f"unknown report '{name}' ({nearest(name, names)})")
    return KINDS[names.index(name)]
