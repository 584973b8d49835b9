"""Cohorts, lead sources and lead quality, asked of any data frame, with nothing else of this project.

Four questions take a pandas DataFrame and the names of its columns; each answer is frozen and has `.sentence`,
`.frame()`, `.plot()` and a table in Jupyter:

* `compare`: which lead sources convert better, on request at the same mix of leads?
* `cohorts`: what share has converted by day 30, 60, 90?
* `agreement`: do marketing and sales judge the same leads alike?
* `score_quality`: does the score tell the leads that convert, and where should the line be?

Whoever has counts instead of frames takes the statistics themselves, one per file: `README.md` beside this file has
the list.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alignment_lib.stats.conversions import CohortAnswer, cohorts
    from alignment_lib.stats.groups import GroupAnswer, compare
    from alignment_lib.stats.judgements import AgreementAnswer, agreement
    from alignment_lib.stats.scores import ScoreAnswer, score_quality

__all__ = [
    "AgreementAnswer",
    "CohortAnswer",
    "GroupAnswer",
    "ScoreAnswer",
    "agreement",
    "cohorts",
    "compare",
    "score_quality",
]
_FILES = {
    "compare": "groups",
    "GroupAnswer": "groups",
    "cohorts": "conversions",
    "CohortAnswer": "conversions",
    "agreement": "judgements",
    "AgreementAnswer": "judgements",
    "score_quality": "scores",
    "ScoreAnswer": "scores",
}


def __getattr__(name: str) -> Any:
    """Read a question's file when it is first asked, so that whoever wants one statistic does not wait for all."""
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_FILES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
