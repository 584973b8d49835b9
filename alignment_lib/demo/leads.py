"""Leads as they arrive: when, from where, of which kind, how promising, and when they become MQLs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alignment_lib.demo import truth
from alignment_lib.demo.campaigns import campaign_of
from alignment_lib.demo.chance import (
    Bools,
    Floats,
    Ints,
    lognormal,
    pick,
    pick_by_row,
    stream,
)
from alignment_lib.demo.history import (
    DAY_S,
    NEVER,
    Block,
    day_weights,
    epoch_day,
    to_utc,
)
from alignment_lib.demo.people import group_of

HOURS = (0, 0, 0, 0, 0, 1, 2, 4, 7, 10, 11, 10, 7, 9, 10, 10, 8, 6, 4, 3, 3, 2, 1, 0)
"""Leads by hour of the local day, relative; none at night, when clocks change."""
EVENT_EVERY_DAYS, EVENT_WEEKDAY, EVENT_IMPORT_S = 14, 2, 18 * 3600
SYNDICATION_WEEKDAY, SYNDICATION_IMPORT_S = 1, 6 * 3600
GRADES = ("A", "B", "C", "D")
CRITERIA = ("company size fits", "decision maker", "budget named", "project within 6 months")


@dataclass(frozen=True)
class Leads:
    """The leads of a block in order of creation; categories are indices into the truth's tuples."""

    block: Block
    created_s: Ints
    recorded_s: Ints
    source: Ints
    segment: Ints
    region: Ints
    persona: Ints
    campaign: Ints
    group: Ints
    account: Ints
    mql_s: Ints
    fit: Floats
    """Quality that decides on acceptance; standard normal, lower is better."""
    need: Floats
    """Quality that decides on winning; standard normal, lower is better."""
    score: Ints
    tier: Ints
    grade: Ints
    met: Bools
    """Leads by criteria."""

    @property
    def n(self) -> int:
        return self.created_s.size


def arrive(seed: int, block: Block, *, late: bool) -> Leads:
    """Generate the leads of a block."""
    rng = stream(seed, block.number, "arrival")
    created, source = _arrivals(rng, block)
    n = block.leads
    segment = pick_by_row(rng, np.array([s.segments for s in truth.SOURCES])[source])
    region, persona = pick(rng, truth.REGION_MIX, size=n), pick(rng, truth.PERSONA_MIX, size=n)
    fit, need = rng.standard_normal(n), rng.standard_normal(n)
    mql = _mql(rng, created, source)
    tier = np.digitize(-0.45 * fit - 0.45 * need + 0.77 * rng.standard_normal(n), (0.6, -0.6))
    score, grade, met = _judged(rng, mql=mql < NEVER, fit=fit, need=need)
    return Leads(
        block=block,
        created_s=created,
        recorded_s=created
        + delay_s(
            stream(seed, block.number, "late leads"), n, share=truth.LATE_LEADS, days=truth.LATE_LEAD_DAYS, late=late
        ),
        source=source,
        segment=segment,
        region=region,
        persona=persona,
        campaign=campaign_of(created, source=source, luck=rng.random(n)),
        group=group_of(segment, region),
        account=segment * 100_000_000 + block.number * 10_000_000 + rng.integers(0, max(int(n * 0.3), 1), n),
        mql_s=mql,
        fit=fit,
        need=need,
        score=score,
        tier=tier,
        grade=grade,
        met=met,
    )


def delay_s(rng: np.random.Generator, n: int, *, share: float, days: tuple[float, float], late: bool) -> Ints:
    """Draw the seconds between an occurrence and its record: zero for most rows, and for all unless `late`."""
    is_late, length = rng.random(n) < share, days[0] + (days[1] - days[0]) * rng.random(n) ** 2
    return np.where(is_late & late, length * DAY_S, 0).astype(np.int64)


def _arrivals(rng: np.random.Generator, block: Block) -> tuple[Ints, Ints]:
    """Draw instants of creation, whole minutes, in order, and the source of each."""
    cumulative = np.cumsum(day_weights(block))
    day = block.first + np.searchsorted(cumulative / cumulative[-1], rng.random(block.leads), side="right")
    start = epoch_day(truth.END.date()) - 7 * truth.WEEKS
    age = np.clip((day - start) / (7 * truth.WEEKS), 0, 1)[:, np.newaxis]
    mixes = np.array([(s.mix_start, s.mix_end) for s in truth.SOURCES]).T
    source = pick_by_row(rng, (1 - age) * mixes[0] + age * mixes[1])
    minute = _minute(rng, block.leads)
    day, minute = _in_batches(day, minute, source=source, block=block)
    created = to_utc(day * DAY_S + minute * 60)
    order = np.argsort(created, kind="stable")
    return created[order], source[order]


def _minute(rng: np.random.Generator, n: int) -> Ints:
    share = np.cumsum(HOURS) / sum(HOURS)
    hour = np.searchsorted(share, rng.random(n), side="right")
    return (hour * 60 + rng.integers(0, 60, n)).astype(np.int64)


def _in_batches(day: Ints, minute: Ints, *, source: Ints, block: Block) -> tuple[Ints, Ints]:
    """Give event leads the evening of their event and syndicated leads the import of their week: whole-day ties."""
    event = source == truth.SOURCE_NAMES.index("Event")
    syndicated = source == truth.SOURCE_NAMES.index("Content Syndication")
    since = day - block.first
    event_day = block.first + since // EVENT_EVERY_DAYS * EVENT_EVERY_DAYS + EVENT_WEEKDAY
    import_day = block.first + since // 7 * 7 + SYNDICATION_WEEKDAY
    batch_day = np.where(event, event_day, np.where(syndicated, import_day, day))
    batch_minute = np.where(event, EVENT_IMPORT_S // 60, np.where(syndicated, SYNDICATION_IMPORT_S // 60, minute))
    return batch_day, batch_minute


def _mql(rng: np.random.Generator, created: Ints, source: Ints) -> Ints:
    """Draw the instant at which a lead becomes an MQL, or NEVER."""
    rate = np.array([s.mql for s in truth.SOURCES])[source]
    median = np.array([s.mql_median_days for s in truth.SOURCES])[source]
    becomes = rng.random(created.size) < rate
    lag = lognormal(rng, median=median * DAY_S, sigma=truth.MQL_SIGMA, size=created.size)
    return np.where(becomes, created + np.rint(lag).astype(np.int64), NEVER)


def _judged(rng: np.random.Generator, *, mql: Bools, fit: Floats, need: Floats) -> tuple[Ints, Ints, Bools]:
    """Draw score, grade and criteria: each knows something of the true qualities, none knows all."""
    n = fit.size
    signal = -0.5 * fit - 0.35 * need
    score = np.clip(np.rint(np.where(mql, 64, 36) + 14 * (signal + 0.75 * rng.standard_normal(n))), 0, 100)
    known = 1.1 * mql - 0.6 * fit - 0.2 * need + 0.7 * rng.standard_normal(n)
    grade = np.digitize(known, (1.9, 0.9, -0.1))
    latent = np.array([0.5, 0.2, -0.4, -0.3]) + 0.6 * mql[:, np.newaxis] + 0.45 * signal[:, np.newaxis]
    return score.astype(np.int64), grade, latent + rng.standard_normal((n, len(CRITERIA))) > 0
