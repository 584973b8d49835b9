"""The month's follow-up in numbers (C13, C14): by seven days of the month, beside the months before."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from alignment_lib.blocks import attempts
from alignment_lib.blocks.follow_up_tables import HOUR
from alignment_lib.blocks.history import data_begins
from alignment_lib.facts import Facts, handed_over, response_times
from alignment_lib.facts.people_frames import handed_by_day
from alignment_lib.params.period import month_start
from alignment_lib.stats import cohorts, estimates, limits, waiting
from alignment_lib.stats.days import day_of, epoch_day

STATES = ["met", "missed", "not_due"]
ACTIVITIES = ("activities.occurred_at", "activities.direction")


@dataclass(frozen=True, eq=False)
class Sales:
    """How the leads handed over in the month stand to the agreed hours."""

    spans: pd.DataFrame
    """`STATES` by span of seven days of the month."""
    share: estimates.Proportion
    normal: limits.NormalRange
    p50: waiting.Quantile
    p95: waiting.Quantile
    parts: dict[str, pd.DataFrame]
    """The month's leads that are met, missed, untouched (of these) and not due, one row each."""
    worked: estimates.Proportion
    weeks: tuple[str, ...]
    """Labels of the weeks of which `worked` is told."""

    def n(self, part: str) -> int:
        return int(self.spans[part].sum())

    @property
    def due(self) -> int:
        return self.n("met") + self.n("missed")


def spans(facts: Facts) -> list[tuple[int, int]]:
    """First and last day of each seven days of the month: each has every weekday once; the last may be short."""
    run = facts.run
    return [(d, min(d + 6, run.last_day)) for d in range(run.first_day, run.last_day + 1, 7)]


@lru_cache(maxsize=8)
def numbers(facts: Facts) -> Sales | None:
    """Sales's side; None where no activities are connected."""
    if not facts.tables.has("leads.created_at", *ACTIVITIES):
        return None
    run, sla = facts.run, facts.run.params.sla.sales
    sla_s, conf = int(sla.follow_up_hours * HOUR), run.params.weekly.confidence
    begins = max(data_begins(facts, "leads"), data_begins(facts, "activities"))
    months = [m for m in run.months if epoch_day(m) >= begins] or [run.months[-1]]
    frame = handed_by_day(facts, sla_s=sla_s, first_day=epoch_day(months[0]), last_day=run.last_day)
    month = frame["day"].map(lambda d: month_start(day_of(d)))
    by_month = frame.groupby(month)[STATES].sum().reindex(months, fill_value=0)
    mine = frame[frame["day"] >= run.first_day]
    by_span = mine.groupby((mine["day"] - run.first_day) // 7)[STATES].sum()
    by_span = by_span.reindex(range(len(spans(facts))), fill_value=0)
    met, missed = int(by_span["met"].sum()), int(by_span["missed"].sum())
    waits = response_times(facts, first_day=run.first_day, last_day=run.last_day)
    times = cohorts.follow_up(ages=waits["seconds"] / HOUR, converted=waits["touched"], censored=waits["waiting"])
    worked, weeks = _worked(facts)
    return Sales(
        spans=by_span,
        share=estimates.proportion(converted=met, leads=met + missed, conf=conf),
        normal=limits.p_chart(
            earlier_converted=by_month["met"].iloc[:-1],
            earlier_leads=(by_month["met"] + by_month["missed"]).iloc[:-1],
            leads=met + missed,
        ),
        p50=waiting.km_quantile(times, share=0.5, conf=conf),
        p95=waiting.km_quantile(times, share=0.95, conf=conf),
        parts=_parts(handed_over(facts, first_day=run.first_day, last_day=run.last_day), sla_s),
        worked=worked,
        weeks=weeks,
    )


def _parts(leads: pd.DataFrame, sla_s: int) -> dict[str, pd.DataFrame]:
    late, on_time, touched = leads["seconds"] > sla_s, leads["seconds"] <= sla_s, leads["touched"].astype(bool)
    rows = {"met": on_time & touched, "missed": late, "untouched": late & ~touched, "not_due": on_time & ~touched}
    return {part: leads[mask.fillna(False).astype(bool)] for part, mask in rows.items()}


def _worked(facts: Facts) -> tuple[estimates.Proportion, tuple[str, ...]]:
    """Worked as agreed, over the whole weeks of the month that are old enough."""
    run = facts.run
    told = [
        (w.label, part)
        for w, part in zip(run.weeks, attempts.by_week(facts), strict=True)
        if part is not None and epoch_day(w.monday) >= run.first_day
    ]
    done, leads = (sum(part[i] for _, part in told) for i in (0, 1))
    share = estimates.proportion(converted=done, leads=leads, conf=run.params.weekly.confidence)
    return share, tuple(label for label, _ in told)
