"""The known truth of the demo company: what a report on its data should find, within its intervals.

Everything here is an input of the generator. Rates are probabilities, lags are medians of lognormal distributions,
money is in EUR. Orders of values: `SEGMENTS` within every triple; `SOURCES` by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from math import erf, log, sqrt

COMPANY = "Nordlicht Software"
TIMEZONE = "Europe/Berlin"
CURRENCY = "EUR"
END = datetime(2026, 9, 21, tzinfo=UTC)
"""The instant up to which the asked number of leads is created; a Monday."""
WEEKS = 112

SEGMENTS = ("enterprise", "mid-market", "small business")
REGIONS = ("DACH", "Nordics", "Benelux", "UK & Ireland", "North America")
REGION_MIX = (0.52, 0.12, 0.10, 0.12, 0.14)
PERSONAS = ("Finance lead", "Operations lead", "IT lead", "Managing director", "Specialist")
PERSONA_MIX = (0.24, 0.26, 0.18, 0.12, 0.20)
NORTH_AMERICA = REGIONS.index("North America")


@dataclass(frozen=True)
class Source:
    """One lead source: how much, of whom, and how good it truly is.

    `mix_start` and `mix_end` are its shares of all leads in the first and the last week, linear between.
    `segments` is the mix of its leads; `accepted` is the probability that sales accepts a lead given that it decides;
    `sql` that an accepted lead becomes sales-qualified; `won` that an opportunity is won in the end.
    `mql` is the probability that a lead ever becomes an MQL, `mql_median_days` how long that takes.
    """

    name: str
    mix_start: float
    mix_end: float
    segments: tuple[float, float, float]
    mql: float
    mql_median_days: float
    accepted: tuple[float, float, float]
    sql: tuple[float, float, float]
    won: tuple[float, float, float]
    cost_per_lead: float


SOURCES = (
    Source("Paid Search", 0.38, 0.12, (0.04, 0.20, 0.76), 0.42, 1.0,
           (0.36, 0.55, 0.76), (0.38, 0.48, 0.60), (0.12, 0.20, 0.30), 85.0),
    Source("Organic Search", 0.22, 0.20, (0.12, 0.36, 0.52), 0.42, 1.5,
           (0.44, 0.60, 0.74), (0.45, 0.54, 0.62), (0.15, 0.24, 0.33), 0.0),
    Source("Webinar", 0.07, 0.31, (0.60, 0.30, 0.10), 0.42, 2.0,
           (0.48, 0.66, 0.84), (0.46, 0.57, 0.68), (0.18, 0.28, 0.39), 60.0),
    Source("Event", 0.08, 0.08, (0.40, 0.40, 0.20), 0.50, 3.0,
           (0.46, 0.60, 0.72), (0.44, 0.52, 0.58), (0.17, 0.25, 0.31), 190.0),
    Source("Referral", 0.08, 0.08, (0.20, 0.42, 0.38), 0.62, 0.6,
           (0.66, 0.78, 0.86), (0.58, 0.66, 0.70), (0.27, 0.36, 0.44), 40.0),
    Source("Partner", 0.06, 0.07, (0.34, 0.44, 0.22), 0.54, 1.2,
           (0.58, 0.68, 0.76), (0.52, 0.60, 0.64), (0.23, 0.31, 0.38), 110.0),
    Source("Content Syndication", 0.09, 0.12, (0.14, 0.42, 0.44), 0.26, 4.0,
           (0.22, 0.34, 0.46), (0.30, 0.38, 0.46), (0.08, 0.14, 0.22), 48.0),
    Source("", 0.018, 0.018, (0.15, 0.37, 0.48), 0.30, 2.0,
           (0.40, 0.54, 0.68), (0.42, 0.50, 0.58), (0.13, 0.22, 0.30), 0.0),
    Source("Test", 0.002, 0.002, (0.34, 0.33, 0.33), 0.0, 1.0, (0.0, 0.0, 0.0),
           (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), 0.0),
)  # fmt: skip
SOURCE_NAMES = tuple(source.name for source in SOURCES)
"""The empty name is a source left blank; "Test" is set aside by the mapping's `where`."""
OUTBOUND = "Outbound"
OUTBOUND_PER_LEAD = 0.015
"""Opportunities that reps found themselves, per lead of the company; they have no lead."""
OUTBOUND_WON = (0.10, 0.18, 0.26)
OUTBOUND_SEGMENTS = (0.5, 0.35, 0.15)

SIMPSON_WORSE, SIMPSON_BETTER = "Paid Search", "Webinar"
"""Webinar is better than paid search in every segment at every stage, and looks worse in total: it reaches enterprises.

The mix of leads moves from paid search to webinars while every rate of a source in a segment stays as it is, so the
company's total acceptance falls although nothing got worse (`total_accepted_rate`).
"""

NOT_ROUTED = 0.01
ROUTING_MEDIAN_S = 1_500.0
ROUTING_SIGMA = 1.0
"""MQL to assignment in business seconds of the company's calendar; a late lead is routed once it is on record."""
RESPONSE_SIGMA = 0.8
WEEKEND_SHIFT_S = 3_600.0
"""Most touches due within so long of a Monday are made on the Sunday before: shorter by at most this."""
DECIDED = 0.90
"""Of the touched leads, the share that sales accepts or rejects; the rest stays without a decision."""
CONNECT = 0.40
MAX_ATTEMPTS = 8
ATTEMPT_GAP_MEDIAN_S = 26_000.0
"""Business seconds between two attempts; each attempt reaches the lead with probability `CONNECT`."""
MQL_SIGMA = 1.1
SQL_MEDIAN_DAYS, SQL_SIGMA = 5.0, 0.7
OPPORTUNITY = 0.92
"""Of the sales-qualified leads, the share that becomes an opportunity, within a few working days."""
WON_MEDIAN_DAYS, LOST_MEDIAN_DAYS, CLOSE_SIGMA = (88.0, 52.0, 23.0), (76.0, 58.0, 34.0), 0.55
AMOUNT_MEDIAN, AMOUNT_SIGMA = (46_000.0, 15_000.0, 3_400.0), (0.55, 0.5, 0.5)

LATE_LEADS, LATE_LEAD_DAYS = 0.08, (1.0, 12.0)
LATE_DEALS, LATE_DEAL_DAYS = 0.08, (1.0, 8.0)
LATE_CLOSES, LATE_CLOSE_DAYS = 0.06, (1.0, 6.0)
"""Shares of rows that reach the CRM days after they occurred, and the range of the delay."""

GROWTH_PER_YEAR = 0.10
UNREADABLE_AMOUNTS = ("on request", "tbd", "see order form", "t.b.c.", "12k or 15k", "?")
PADDING_LINES = 40
WON_BEFORE_CREATED = 3
CLOSED_WITHOUT_OUTCOME = 2
MISSED_QUARTER = (date(2026, 4, 1), date(2026, 6, 30))
"""The quarter in which both the MQLs and the won value stayed clearly below their targets."""


@dataclass(frozen=True)
class Rep:
    """A salesperson: `response_median_s` in business seconds of their own calendar, `never` touched share."""

    rep_id: str
    name: str
    group: str
    response_median_s: float
    never: float
    quota: float
    timezone: str = TIMEZONE
    started_on: date = date(2022, 3, 1)
    ended_on: date | None = None

    @property
    def email(self) -> str:
        return self.name.lower().replace(" ", ".") + "@nordlicht.example"


AMERICAS = "Americas"
GROUPS = ("Enterprise", "Mid-market", "Small business", AMERICAS)
REPS = (
    Rep("0417", "Anke Brodersen", "Enterprise", 6_500.0, 0.06, 620_000.0),
    Rep("0423", "Tomas Lindqvist", "Enterprise", 9_800.0, 0.08, 620_000.0),
    Rep("0431", "Meret Aydin", "Enterprise", 5_400.0, 0.05, 580_000.0),
    Rep("0436", "Jonas Petersen", "Enterprise", 15_500.0, 0.11, 580_000.0),
    Rep("0442", "Lea Sommerfeld", "Mid-market", 4_300.0, 0.05, 420_000.0),
    Rep("0455", "Marek Zielony", "Mid-market", 7_200.0, 0.07, 420_000.0),
    Rep("0458", "Carla Montes", "Mid-market", 11_800.0, 0.09, 400_000.0),
    Rep("0461", "Nils Overbeck", "Mid-market", 6_100.0, 0.06, 400_000.0, ended_on=date(2026, 5, 29)),
    Rep("0464", "Aylin Korkmaz", "Small business", 2_600.0, 0.04, 180_000.0),
    Rep("0470", "Felix Harms", "Small business", 3_900.0, 0.06, 180_000.0),
    Rep("0477", "Ida Thomsen", "Small business", 5_800.0, 0.08, 170_000.0),
    Rep("0492", "Paul Renner", "Mid-market", 8_400.0, 0.08, 300_000.0, started_on=date(2026, 7, 6)),
    Rep("0481", "Dana Whitfield", AMERICAS, 4_900.0, 0.06, 460_000.0, "America/New_York"),
    Rep("0488", "Miguel Santoro", AMERICAS, 12_600.0, 0.10, 430_000.0, "America/New_York"),
)


@dataclass(frozen=True)
class Arms:
    """A test of a suggestion: leads of `source` in the days `first` to `last` go to one of two campaigns by lot.

    `effect` is added to the probability that sales accepts a lead of arm b, in every segment.
    """

    suggestion_id: str
    source: str
    arm_a: str
    arm_b: str
    first: date
    last: date
    effect: float


ARMS = (
    Arms("S-03", "Organic Search", "Guide download, short form", "Guide download, asks for team size",
         date(2026, 1, 12), date(2026, 6, 26), 0.18),
    Arms("S-05", "Paid Search", "Search ad, price first", "Search ad, outcome first",
         date(2026, 2, 2), date(2026, 7, 31), 0.0),
    Arms("S-08", "Content Syndication", "Syndicated checklist", "Syndicated checklist with phone check",
         date(2026, 8, 3), date(2026, 12, 18), 0.15),
)  # fmt: skip
"""S-03 truly helps, S-05 truly changes nothing, S-08 truly helps and is too young to tell."""

MARKETING_CLICKS, PRODUCT_CLICKS = 0.5, (0.6, 0.15)
"""Probability that a rep clicks a marketing update, and a product update 16 weeks ago and now."""

ASSET_LIFT = {"A-07": 2.0, "A-12": 1.6}
"""Assets that won deals use so many times as often as lost ones; the others make no difference."""


def mix(source: Source, *, share_of_history: float) -> float:
    """Share of the leads that come from a source, at 0 (first week) to 1 (last week and after)."""
    return source.mix_start + (source.mix_end - source.mix_start) * min(max(share_of_history, 0.0), 1.0)


def source(name: str) -> Source:
    """The source of that name."""
    return SOURCES[SOURCE_NAMES.index(name)]


def accepted_rate(name: str) -> float:
    """Acceptance of a source's decided MQLs in total: its rates by segment, weighted by its mix of segments.

    Examples
    --------
    >>> [round(accepted_rate(name), 3) for name in (SIMPSON_WORSE, SIMPSON_BETTER)]
    [0.702, 0.57]
    """
    chosen = source(name)
    return sum(share * rate for share, rate in zip(chosen.segments, chosen.accepted, strict=True))


def total_accepted_rate(*, share_of_history: float) -> float:
    """Acceptance of the company's decided MQLs, at 0 (first week) to 1 (last week): moved by the mix alone."""
    mqls = [mix(each, share_of_history=share_of_history) * each.mql for each in SOURCES]
    return sum(n * accepted_rate(each.name) for n, each in zip(mqls, SOURCES, strict=True)) / sum(mqls)


def won_rate(name: str) -> float:
    """Win rate of a source's opportunities in total, weighted by the segments that get as far as an opportunity."""
    chosen = source(name)
    reach = [m * a * s for m, a, s in zip(chosen.segments, chosen.accepted, chosen.sql, strict=True)]
    return sum(r * w for r, w in zip(reach, chosen.won, strict=True)) / sum(reach)


def won_by_day(name: str, *, segment: str, days: float) -> float:
    """Probability that an opportunity is won within so many days: the win rate times the lag's distribution.

    Examples
    --------
    >>> won_by_day("Webinar", segment="mid-market", days=52)  # half of 28 % by the median lag
    0.14
    """
    k = SEGMENTS.index(segment)
    z = log(days / WON_MEDIAN_DAYS[k]) / CLOSE_SIGMA if days > 0 else float("-inf")
    return source(name).won[k] * 0.5 * (1 + erf(z / sqrt(2)))
