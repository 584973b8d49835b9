"""Which runs are guarded: of each source seven weeks or eight, four months, and one report of each other kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

MOST = "=the most common"
"""Ends a slice whose value is looked up, so that no value of the real data stands here."""


@dataclass(frozen=True)
class Asked:
    """One run, as it would be asked for on the command line."""

    report: str
    period: str
    slice: str = ""
    as_of: str = ""
    small: bool = False
    """Of the demo: the company of `SMALL_LEADS` leads, which is read sooner."""
    after: str = ""
    """A week whose report stands in the same place, made of the small demo's export at its end, or of the same data."""
    until: str = ""
    """Of the small demo: the week at whose end it was exported."""

    @property
    def name(self) -> str:
        as_of, after = self.as_of and f"as of {self.as_of}", self.after and f"after {self.after}"
        parts = (self.report, self.period, self.slice, as_of, after, "small" if self.small else "")
        return " ".join(part for part in parts if part)


SMALL_LEADS = 3000
NOW = {
    "demo": datetime(2026, 9, 21, 6, tzinfo=UTC),
    "olist": datetime(2018, 12, 1, tzinfo=UTC),
    "itschool": datetime(2024, 2, 1, tzinfo=UTC),
}
"""The present of each source's runs, after its last row."""
DEMO = (
    Asked("weekly", "2026-W38"),
    Asked("weekly", "2024-W32"),  # the second week there is
    Asked("weekly", "2025-W52", small=True),  # hardly anybody at work
    Asked("weekly", "2026-W38", "segment=enterprise", small=True),
    Asked("weekly", "2026-W20", "source=Webinar", small=True),
    Asked("weekly", "2026-W30", f"owner_id{MOST}", small=True),
    Asked("weekly", "2026-W34", as_of="2026-08-19T12:00", small=True),
    Asked("weekly", "2026-W37", after="2026-W36", small=True),  # four leads arrived late
    Asked("monthly", "2026-08"),
    Asked("monthly", "2024-08", small=True),  # the first
    Asked("monthly", "2026-03", "segment=mid-market", small=True),
    Asked("monthly", "2026-06", as_of="2026-06-17T12:00", small=True),
    Asked("reps", "2026-09-16", as_of="2026-09-16T08:30"),
    Asked("pulse", "2026-09-17", small=True),
    Asked("marketing-update", "2026-W38", as_of="2026-09-14T09:00"),
    Asked("product-update", "2026-W38", as_of="2026-09-14T09:00", small=True),
)
OLIST = (
    Asked("weekly", "2018-W12"),
    Asked("weekly", "2017-W26"),  # a single lead
    Asked("weekly", "2017-W52"),  # between the years
    Asked("weekly", "2018-W22"),  # the newest
    Asked("weekly", "2018-W12", f"source{MOST}"),
    Asked("weekly", "2018-W16", f"owner_id{MOST}"),
    Asked("weekly", "2018-W15", as_of="2018-04-11T15:00"),
    Asked("weekly", "2018-W13", after="2018-W12"),
    Asked("monthly", "2018-03"),
    Asked("monthly", "2017-07"),  # the first whole one
    Asked("monthly", "2018-05", f"source{MOST}"),
    Asked("monthly", "2018-04", as_of="2018-04-17T12:00"),
    Asked("reps", "2018-03-21", as_of="2018-03-21T08:30"),
    Asked("pulse", "2018-03-21"),
    Asked("marketing-update", "2018-W12", as_of="2018-03-19T09:00"),
    Asked("product-update", "2018-W12", as_of="2018-03-19T09:00"),
)
ITSCHOOL = (
    Asked("weekly", "2023-W52"),  # the newest
    Asked("weekly", "2023-W27"),  # the first, which begins on a Monday
    Asked("weekly", "2023-W35"),  # a thin one
    Asked("weekly", "2023-W46", f"segment{MOST}"),
    Asked("weekly", "2023-W46", f"source{MOST}"),
    Asked("weekly", "2023-W46", f"owner_id{MOST}"),
    Asked("weekly", "2023-W47", as_of="2023-11-22T12:00"),
    Asked("monthly", "2023-11"),
    Asked("monthly", "2023-07"),  # the first
    Asked("monthly", "2023-10", f"segment{MOST}"),
    Asked("monthly", "2023-12", as_of="2023-12-13T12:00"),
    Asked("reps", "2023-11-15", as_of="2023-11-15T08:30"),
    Asked("pulse", "2023-11-15"),
    Asked("marketing-update", "2023-W46", as_of="2023-11-13T09:00"),
    Asked("product-update", "2023-W46", as_of="2023-11-13T09:00"),
)
ASKED = {"demo": DEMO, "olist": OLIST, "itschool": ITSCHOOL}
