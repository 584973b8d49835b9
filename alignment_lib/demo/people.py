"""Who owns what: leads go to the reps of a group that are with the company at the time, in equal shares."""

from __future__ import annotations

from functools import cache

import numpy as np

from alignment_lib.demo import truth
from alignment_lib.demo.chance import Floats, Ints
from alignment_lib.demo.history import DAY_S, NEVER, epoch_day

HANDOVER_S = 14 * DAY_S
"""So long before the last day a rep gets no new leads."""


@cache
def ended_s() -> Ints:
    """The end of each rep's last day."""
    return np.array([(epoch_day(rep.ended_on) + 1) * DAY_S if rep.ended_on else NEVER for rep in truth.REPS])


def group_of(segment: Ints, region: Ints) -> Ints:
    """The group of reps that is responsible: North America is one, elsewhere the segment decides."""
    return np.where(region == truth.NORTH_AMERICA, truth.GROUPS.index(truth.AMERICAS), segment)


def owner_at(instant_s: Ints, *, group: Ints, luck: Floats) -> Ints:
    """Index of the rep who takes what arrives at an instant; the same luck finds the same rep while the team stays."""
    bounds, cumulative = _rota()
    period = np.searchsorted(bounds, instant_s, side="right")
    owner: Ints = (luck[:, np.newaxis] >= cumulative[period, group]).sum(axis=1)
    return owner


@cache
def _rota() -> tuple[Ints, Floats]:
    """Instants at which a team changes, and by period and group the cumulative share of each rep."""
    starts = np.array([epoch_day(rep.started_on) * DAY_S for rep in truth.REPS])
    leaves = np.where(ended_s() == NEVER, NEVER, ended_s() - HANDOVER_S)
    bounds = np.unique(np.concatenate([starts, leaves[leaves != NEVER]]))
    moments = np.concatenate([[bounds[0]], bounds])
    active = (starts <= moments[:, np.newaxis]) & (moments[:, np.newaxis] < leaves)
    member = np.array([[rep.group == group for rep in truth.REPS] for group in truth.GROUPS])
    weight = (active[:, np.newaxis, :] & member[np.newaxis]).astype(np.float64)
    cumulative = np.cumsum(weight, axis=2) / weight.sum(axis=2, keepdims=True)
    return bounds, np.where(cumulative >= 1 - 1e-12, 2.0, cumulative)
