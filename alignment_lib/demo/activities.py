"""Activities: forms and downloads of leads, attempts and answers, meetings, the work on deals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alignment_lib.demo import truth
from alignment_lib.demo.chance import Floats, Ints, lognormal, pick, stream
from alignment_lib.demo.deals import BLANK, Deals, worked_by
from alignment_lib.demo.followup import NOBODY, FollowUp, after_by_rep
from alignment_lib.demo.history import DAY_S, NEVER
from alignment_lib.demo.leads import Leads
from alignment_lib.demo.people import owner_at

KINDS = ("Call", "Email", "LinkedIn Message", "Meeting", "Form Submission", "Content Download")
CALL, EMAIL, LINKEDIN, MEETING, FORM, DOWNLOAD = range(len(KINDS))
DIRECTIONS = ("Outgoing", "Incoming")
OUT, IN = range(len(DIRECTIONS))
OUTCOMES = ("No answer", "Left voicemail", "Sent", "Connected", "Replied", "Completed")
NO_ANSWER, VOICEMAIL, SENT, CONNECTED, REPLIED, COMPLETED = range(len(OUTCOMES))
PER_DEAL = (15.0, 12.0, 9.0)
"""Activities on a deal, by segment, on average."""
DOWNLOADS_PER_LEAD = 1.1
LATEST_MEETING_S = 180_000.0
"""Business seconds after acceptance: within a rep's last two weeks, when no new leads come."""


@dataclass(frozen=True)
class Activities:
    """The activities of a block in order of time; `lead` and `deal` are rows of the block, or BLANK."""

    occurred_s: Ints
    lead: Ints
    deal: Ints
    rep: Ints
    kind: Ints
    direction: Ints
    outcome: Ints

    @property
    def n(self) -> int:
        return self.occurred_s.size


def act(seed: int, leads: Leads, followed: FollowUp, deals: Deals) -> Activities:
    """Generate the activities of a block."""
    rng = stream(seed, leads.block.number, "activities")
    parts = [
        _forms(leads),
        _downloads(rng, leads),
        *_attempted(rng, followed),
        _first_meetings(rng, leads, followed),
        _on_deals(rng, deals),
    ]
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.argsort(columns[0], kind="stable")
    return Activities(*(column[order] for column in columns))


def _rows(occurred: Ints, *, lead: Ints | int, deal: Ints | int, rep: Ints | int, kind: Ints | int,
          direction: Ints | int, outcome: Ints | int) -> tuple[Ints, ...]:  # fmt: skip
    """Lay one kind of activity out as columns, in the order of `Activities`."""
    n = occurred.size
    rest = (np.broadcast_to(np.asarray(column), n) for column in (lead, deal, rep, kind, direction, outcome))
    return (occurred, *rest)


def _forms(leads: Leads) -> tuple[Ints, ...]:
    lead = np.arange(leads.n)
    return _rows(leads.recorded_s, lead=lead, deal=BLANK, rep=NOBODY, kind=FORM, direction=IN, outcome=BLANK)


def _downloads(rng: np.random.Generator, leads: Leads) -> tuple[Ints, ...]:
    lead = np.repeat(np.arange(leads.n), rng.poisson(DOWNLOADS_PER_LEAD, leads.n))
    moment = leads.recorded_s[lead] + rng.exponential(9 * DAY_S, lead.size).astype(np.int64)
    return _rows(moment, lead=lead, deal=BLANK, rep=NOBODY, kind=DOWNLOAD, direction=IN, outcome=BLANK)


def _attempted(rng: np.random.Generator, followed: FollowUp) -> list[tuple[Ints, ...]]:
    """Every attempt of a rep, and the answers that some of them got by mail."""
    made = followed.attempt_s < NEVER
    lead, number = np.nonzero(made)
    moment, rep = followed.attempt_s[made], followed.owner[lead]
    kind = pick(rng, (0.55, 0.37, 0.08), size=lead.size)
    missed = np.where(kind == CALL, np.where(rng.random(lead.size) < 0.6, NO_ANSWER, VOICEMAIL), SENT)
    decided = np.minimum(followed.accepted_s, followed.rejected_s)[lead] < NEVER
    reached = decided & (number == followed.attempts[lead] - 1) & (number < truth.MAX_ATTEMPTS - 1)
    outcome = np.where(reached, np.where(kind == CALL, CONNECTED, REPLIED), missed)
    attempts = _rows(moment, lead=lead, deal=BLANK, rep=rep, kind=kind, direction=OUT, outcome=outcome)
    answered = np.flatnonzero(reached & (kind == EMAIL))
    later = moment[answered] + rng.integers(5, 60, answered.size)
    answers = _rows(later, lead=lead[answered], deal=BLANK, rep=rep[answered], kind=EMAIL, direction=IN,
                    outcome=BLANK)  # fmt: skip
    return [attempts, answers]


def _first_meetings(rng: np.random.Generator, leads: Leads, followed: FollowUp) -> tuple[Ints, ...]:
    """A meeting after each acceptance, with whoever is responsible by then."""
    lead = np.flatnonzero(followed.accepted_s < NEVER)
    lag = np.minimum(lognormal(rng, median=60_000.0, sigma=0.6, size=lead.size), LATEST_MEETING_S)
    rep = owner_at(followed.accepted_s[lead], group=leads.group[lead], luck=followed.luck[lead])
    moment = after_by_rep(followed.accepted_s[lead], rep, open_s=lag)
    return _rows(moment, lead=lead, deal=BLANK, rep=rep, kind=MEETING, direction=OUT, outcome=COMPLETED)


def _on_deals(rng: np.random.Generator, deals: Deals) -> tuple[Ints, ...]:
    """Spread the work on a deal over its life, in the office hours of whoever is responsible at the time."""
    deal = np.repeat(np.arange(deals.n), rng.poisson(np.array(PER_DEAL)[deals.segment]))
    life = np.minimum(deals.closed_s - deals.created_s, 240 * DAY_S)[deal]
    moment = deals.created_s[deal] + (rng.random(deal.size) * life).astype(np.int64)
    open_s: Floats = rng.random(deal.size) * 3 * 3600
    rep, occurred = worked_by(deals, moment, deal=deal, open_s=open_s)
    kind = pick(rng, (0.3, 0.5, 0.02, 0.18), size=deal.size)
    direction = np.where((kind <= EMAIL) & (rng.random(deal.size) < 0.4), IN, OUT)
    done = np.array((CONNECTED, SENT, SENT, COMPLETED))[kind]
    outcome = np.where(direction == IN, BLANK, done)
    return _rows(occurred, lead=deals.lead[deal], deal=deal, rep=rep, kind=kind, direction=direction, outcome=outcome)
