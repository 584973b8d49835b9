"""What sales does with MQLs: routing, first response, attempts, decision, sales-qualified leads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alignment_lib.demo import truth
from alignment_lib.demo.campaigns import effect_of
from alignment_lib.demo.chance import Bools, Floats, Ints, lognormal, passes, stream
from alignment_lib.demo.history import DAY_S, NEVER, after, is_early_monday
from alignment_lib.demo.leads import Leads
from alignment_lib.demo.people import ended_s, owner_at

REASONS = ("No budget", "Too small", "Wrong contact", "No project", "Student or consultant", "Chose a competitor")
REASON_SHARES = (0.20, 0.22, 0.18, 0.22, 0.08, 0.10)
RATINGS = ("A", "B", "C", "D")
MINUTE_S = 60
NOBODY = -1


@dataclass(frozen=True)
class FollowUp:
    """What happened to each lead of a block; instants are NEVER where it did not happen."""

    assigned_s: Ints
    owner: Ints
    """Index of the rep, or NOBODY."""
    luck: Floats
    """Finds the rep of the lead's deals."""
    attempt_s: Ints
    """Leads by attempts; NEVER beyond the last one."""
    attempts: Ints
    accepted_s: Ints
    rejected_s: Ints
    reason: Ints
    """Index into REASONS; -1 where none was given."""
    rating: Ints
    """Index into RATINGS; -1 where none was given."""
    sql_s: Ints

    @property
    def response_s(self) -> Ints:
        """Instant of the first outbound activity."""
        first: Ints = self.attempt_s[:, 0]
        return first


def follow_up(seed: int, leads: Leads) -> FollowUp:
    """Generate what sales did with the leads of a block."""
    rng = stream(seed, leads.block.number, "follow-up")
    assigned = _assigned(rng, leads)
    luck = rng.random(leads.n)
    owner = np.where(assigned < NEVER, owner_at(assigned, group=leads.group, luck=luck), NOBODY)
    response = _response(rng, assigned, owner)
    attempt_s, attempts = _attempts(rng, response, owner)
    accepted, rejected = _decision(rng, leads, attempt_s, attempts)
    return FollowUp(
        assigned_s=assigned,
        owner=owner,
        luck=luck,
        attempt_s=attempt_s,
        attempts=attempts,
        accepted_s=accepted,
        rejected_s=rejected,
        reason=_reason(rng, rejected, attempts),
        rating=_rating(rng, leads, decided=np.minimum(accepted, rejected) < NEVER),
        sql_s=_sql(rng, leads, accepted),
    )


def _assigned(rng: np.random.Generator, leads: Leads) -> Ints:
    """Route MQLs within business time, and not before they are on record."""
    routed = (leads.mql_s < NEVER) & (rng.random(leads.n) >= truth.NOT_ROUTED)
    lag = lognormal(rng, median=truth.ROUTING_MEDIAN_S, sigma=truth.ROUTING_SIGMA, size=leads.n)
    known = np.maximum(leads.mql_s, leads.recorded_s)
    return _at(leads.n, routed, after(known[routed], open_s=lag[routed]))


def _response(rng: np.random.Generator, assigned: Ints, owner: Ints) -> Ints:
    """Draw the first touch: lognormal business seconds of the rep's calendar, never for a share."""
    n = assigned.size
    median = np.array([rep.response_median_s for rep in truth.REPS])
    never = np.array([rep.never for rep in truth.REPS])
    worked = (owner != NOBODY) & (rng.random(n) >= never[owner])
    lag = lognormal(rng, median=median[owner], sigma=truth.RESPONSE_SIGMA, size=n)
    touch = after_by_rep(assigned, owner, open_s=lag, where=worked)
    on_weekend = worked & ~_american(owner) & (rng.random(n) < 0.9)
    on_weekend[on_weekend] = is_early_monday(touch[on_weekend])
    sunday = touch // DAY_S * DAY_S - DAY_S + 9 * 3600 + rng.integers(0, 8 * 3600, n)
    touch = np.where(on_weekend & (sunday > assigned), sunday, touch)
    return np.where(touch < ended_s()[owner], touch, NEVER)


def _attempts(rng: np.random.Generator, response: Ints, owner: Ints) -> tuple[Ints, Ints]:
    """Draw further attempts until the lead is reached or given up, working days apart."""
    n, further = response.size, truth.MAX_ATTEMPTS - 1
    touched = response < NEVER
    count = np.where(touched, np.minimum(rng.geometric(truth.CONNECT, n), truth.MAX_ATTEMPTS), 0)
    gaps = truth.ATTEMPT_GAP_MEDIAN_S * np.exp(0.5 * rng.standard_normal((n, further)))
    made = np.arange(1, truth.MAX_ATTEMPTS) < count[:, np.newaxis]
    row, column = np.nonzero(made)
    later = after_by_rep(response[row], owner[row], open_s=np.cumsum(gaps, axis=1)[made])
    kept = later < ended_s()[owner[row]]
    times = np.full((n, truth.MAX_ATTEMPTS), NEVER)
    times[:, 0] = response
    times[row[kept], column[kept] + 1] = later[kept]
    return times, (times < NEVER).sum(axis=1)


def _decision(rng: np.random.Generator, leads: Leads, attempt_s: Ints, attempts: Ints) -> tuple[Ints, Ints]:
    """Accept or reject some business hours after the last attempt."""
    decides = (attempts > 0) & (rng.random(leads.n) < truth.DECIDED)
    last = attempt_s[np.arange(leads.n), np.maximum(attempts - 1, 0)]
    lag = MINUTE_S + lognormal(rng, median=9_000.0, sigma=1.0, size=leads.n)
    moment = _at(leads.n, decides, after(last[decides], open_s=lag[decides]))
    rate = np.array([s.accepted for s in truth.SOURCES])[leads.source, leads.segment] + effect_of(leads.campaign)
    accepts = passes(leads.fit, rate)
    return np.where(accepts, moment, NEVER), np.where(accepts, NEVER, moment)


def _reason(rng: np.random.Generator, rejected: Ints, attempts: Ints) -> Ints:
    """Give a reason for most rejections: a lead never reached says so."""
    shares = np.cumsum(REASON_SHARES)[:-1]
    drawn = np.searchsorted(shares, rng.random(rejected.size), side="right")
    given = (rejected < NEVER) & (rng.random(rejected.size) < 0.88)
    return np.where(given, np.where(attempts >= 6, len(REASONS), drawn), -1)


def _rating(rng: np.random.Generator, leads: Leads, *, decided: Bools) -> Ints:
    """Draw sales's own rating of a decided lead: it knows the fit better than marketing's grade does."""
    seen = np.digitize(-0.9 * leads.fit - 0.4 * leads.need + 0.5 * rng.standard_normal(leads.n), (0.8, 0.0, -0.8))
    return np.where(decided & (rng.random(leads.n) < 0.8), seen, -1)


def _sql(rng: np.random.Generator, leads: Leads, accepted: Ints) -> Ints:
    """Qualify a share of the accepted leads, days later, in office hours."""
    rate = np.array([s.sql for s in truth.SOURCES])[leads.source, leads.segment]
    qualifies = (accepted < NEVER) & (rng.random(leads.n) < rate)
    lag = lognormal(rng, median=truth.SQL_MEDIAN_DAYS * DAY_S, sigma=truth.SQL_SIGMA, size=leads.n)
    start = accepted[qualifies] + np.rint(lag[qualifies]).astype(np.int64)
    return _at(leads.n, qualifies, after(start, open_s=rng.random(leads.n)[qualifies] * 3 * 3600))


def after_by_rep(start_s: Ints, owner: Ints, *, open_s: Floats, where: Bools | None = None) -> Ints:
    """Add business seconds on each rep's own calendar; NEVER elsewhere than `where`."""
    asked = np.ones(start_s.size, dtype=np.bool_) if where is None else where
    result = np.full(start_s.size, NEVER)
    for timezone in sorted({rep.timezone for rep in truth.REPS}):
        here = asked & (_timezones()[owner] == timezone)
        result[here] = after(start_s[here], open_s=open_s[here], timezone=timezone)
    return result


def _american(owner: Ints) -> Bools:
    abroad: Bools = _timezones()[owner] != truth.TIMEZONE
    return abroad


def _timezones() -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    return np.array([rep.timezone for rep in truth.REPS])


def _at(n: int, where: Bools, instants: Ints) -> Ints:
    """Lay instants out over all n rows; NEVER elsewhere."""
    times = np.full(n, NEVER)
    times[where] = instants
    return times
