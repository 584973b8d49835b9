"""Facts → counts by score level, grade or criterion of the leads that are old enough to be judged by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from alignment_lib.errors import ParamsError
from alignment_lib.facts.cohort_frames import as_number, ends, known, matured_counts, require, tidy
from alignment_lib.facts.facts import Facts

LEVELS = {name: f"leads.{name}" for name in ("score", "grade", "icp_tier", "sales_rating")}
"""What leads can be ranked by, and the column that needs, besides those of the stage (`cohort_frames.needs`)."""
NEEDS = {
    "criteria": ("criteria.criterion",),
    "ratings": ("leads.grade", "leads.sales_rating"),
}
"""The columns without which the other functions cannot count; `criteria` needs those of the stage as well."""


def levels(
    facts: Facts,
    stage: str,
    *,
    level: str = "score",
    horizon: int,
    start: str = "created",
    first_day: int,
    last_day: int,
    width: int | None = None,
    order: Sequence[str] = (),
) -> pd.DataFrame:
    """Leads that began in the days given and are old enough, by how marketing scored or graded them.

    Parameters
    ----------
    level
        `score`, `grade`, `icp_tier` or `sales_rating`.
    width
        Points per level of a score: 10 makes 0, 10, 20 … of it; None keeps every value apart.
    order
        Grades from the lowest to the highest; by default Z to A, so that A is the best.
    stage, horizon, start, first_day, last_day
        As in `cohort_frames.matured`.

    Returns
    -------
    DataFrame
        Columns `level`, `leads`, `converted` and `competing` by the horizon, `young`, from the lowest level to the
        highest. Leads without a level come last with a null one: they cannot be ranked, and should be counted.
        `converted` and `competing` are `won` and `lost` of `quality.auc`, `accepted` and `rejected` of
        `thresholds.threshold_table`; `converted` and `leads` go to `changes.trend`.

    Raises
    ------
    ParamsError
        A column is not connected, or `order` lacks a level that leads have.
    """
    require(facts, known("level", level, LEVELS))
    own = facts.tables["leads"]
    rated = own.select(_id=own.lead_id, level=_banded(own[level], width))
    table = ends(facts, stage, start=start, first_day=first_day, last_day=last_day)
    joined = table.left_join(rated, [table.lead_id == rated["_id"]])
    frame = matured_counts(joined, horizon=horizon, keys=["level"])
    return _ranked(frame, order) if level != "score" else frame


def _banded(points: Any, width: int | None) -> Any:
    return points if width is None else (points / width).floor() * width


def _ranked(frame: pd.DataFrame, order: Sequence[str]) -> pd.DataFrame:
    """Lowest level first, the unknown one last."""
    found = frame["level"].dropna().tolist()
    wanted = list(order) or sorted(found, reverse=True)
    if unknown := sorted(set(found) - set(wanted)):
        raise ParamsError(f"order: lacks the level {', '.join(map(repr, unknown))}; it has {', '.join(wanted)}")
    place = frame["level"].map({name: i for i, name in enumerate(wanted)}).fillna(len(wanted))
    return frame.iloc[place.argsort(kind="stable")].reset_index(drop=True)


def criteria(
    facts: Facts, stage: str, *, horizon: int, start: str = "created", first_day: int, last_day: int
) -> pd.DataFrame:
    """Leads old enough that meet each criterion of the MQL's definition and that do not, with their conversions.

    Returns
    -------
    DataFrame
        Columns `criterion`, `met_leads`, `met_converted`, `unmet_leads`, `unmet_converted`, as
        `thresholds.criterion_lifts` takes them; sorted. A lead of which a criterion is not recorded is on neither side;
        one of which it is recorded twice meets it if it ever did.
    """
    require(facts, *NEEDS["criteria"])
    table = ends(facts, stage, start=start, first_day=first_day, last_day=last_day)
    old = table.filter(table.seen >= horizon)
    leads = old.select("lead_id", reached=old.converted & (old.age <= horizon))
    told = facts.tables["criteria"]
    told = told.group_by(_id=told.lead_id, criterion=told.criterion)
    answers = told.aggregate(met=lambda t: as_number(t.met).max() == 1)
    joined = answers.inner_join(leads, [answers["_id"] == leads.lead_id])
    frame = joined.group_by("criterion").aggregate(
        met_leads=joined.met.sum(),
        met_converted=(joined.met & joined.reached).sum(),
        unmet_leads=(~joined.met).sum(),
        unmet_converted=(~joined.met & joined.reached).sum(),
    )
    return tidy(frame.to_pandas(), ["criterion"])


def ratings(facts: Facts, *, first_day: int, last_day: int) -> pd.DataFrame:
    """Leads created in the days given that both sides rated: columns `grade`, `sales_rating`, `leads`; sorted.

    Cross-tabulated they are the square of `agreement.agreement`; a lead that one side did not rate is not in it.
    """
    require(facts, *NEEDS["ratings"])
    own, leads = facts.tables["leads"], facts.leads
    graded = own.filter(own.grade.notnull() & own.sales_rating.notnull())
    graded = graded.select("grade", _id=graded.lead_id, _rating=graded.sales_rating)
    created = leads.filter(leads.created_day.between(first_day, last_day)).select("lead_id")
    both = created.inner_join(graded, [created.lead_id == graded["_id"]])
    keys = ["grade", "sales_rating"]
    frame = both.group_by(grade=both.grade, sales_rating=both["_rating"]).aggregate(leads=both.count())
    return tidy(frame.to_pandas(), keys)
