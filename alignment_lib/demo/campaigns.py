"""The campaigns of each source: two at a time, changing every eight weeks, and the arms of tests in their days."""

from __future__ import annotations

from functools import cache

import numpy as np

from alignment_lib.demo import truth
from alignment_lib.demo.chance import Floats, Ints
from alignment_lib.demo.history import DAY_S, epoch_day

BY_SOURCE: dict[str, tuple[str, ...]] = {
    "Paid Search": ("Brand search DACH", "Month-end close ads", "Spreadsheet escape ads", "Competitor comparison ads"),
    "Organic Search": ("Blog: closing faster", "Glossary pages", "Template library", "Pricing page"),
    "Webinar": (
        "Webinar: close in three days",
        "Webinar: audit without panic",
        "Webinar: one ledger, four countries",
        "Webinar: what the CFO asks on Monday",
    ),
    "Event": ("Finance Forum Hamburg", "Ledger Days Cologne", "Nordic CFO Summit", "Mid-market Meetup Munich"),
    "Referral": ("Customer referral programme", "Advisory circle"),
    "Partner": ("Partner: Tidemark Consulting", "Partner: Kontor Cloud", "Partner: Fjordal Advisory"),
    "Content Syndication": ("Syndicated buyer's guide", "Syndicated benchmark report"),
    "": (),
    "Test": ("Test",),
    truth.OUTBOUND: ("Account list spring", "Account list autumn"),
}
PERIOD_DAYS = 56
ARM_NAMES = tuple(name for arms in truth.ARMS for name in (arms.arm_a, arms.arm_b))
NAMES = (*(name for names in BY_SOURCE.values() for name in names), *ARM_NAMES)
UNNAMED = -1


def campaign_of(instant_s: Ints, *, source: Ints, luck: Floats) -> Ints:
    """Index into `NAMES` of the campaign that a lead of a source answered, or UNNAMED."""
    first, count = _layout()
    turn = instant_s // (PERIOD_DAYS * DAY_S) + (luck * 2).astype(np.int64)
    campaign = np.where(count[source] > 0, first[source] + turn % np.maximum(count[source], 1), UNNAMED)
    for number, arms in enumerate(truth.ARMS):
        tested = source == truth.SOURCE_NAMES.index(arms.source)
        tested &= (instant_s >= epoch_day(arms.first) * DAY_S) & (instant_s < (epoch_day(arms.last) + 1) * DAY_S)
        arm = NAMES.index(ARM_NAMES[2 * number]) + (luck >= 0.5)
        campaign = np.where(tested, arm, campaign)
    return campaign


def effect_of(campaign: Ints) -> Floats:
    """What the true effect of a test adds to the acceptance of a campaign's leads."""
    effect = np.zeros(len(NAMES) + 1)
    for arms in truth.ARMS:
        effect[NAMES.index(arms.arm_b)] = arms.effect
    return effect[campaign]


@cache
def _layout() -> tuple[Ints, Ints]:
    """First place in `NAMES` and number of campaigns, by source."""
    names = [BY_SOURCE[source] for source in truth.SOURCE_NAMES]
    count = np.array([len(of_source) for of_source in names])
    return np.cumsum(count) - count, count
