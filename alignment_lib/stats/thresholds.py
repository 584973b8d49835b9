"""Where to draw the line of an MQL, and which criteria earn their place in it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy.typing as npt

from alignment_lib.errors import StatisticsError
from alignment_lib.stats.comparisons import benjamini_hochberg, two_group_p
from alignment_lib.stats.counts import at_most, counts, number
from alignment_lib.stats.estimates import Difference, Estimate, Proportion, difference, proportion, ratio


@dataclass(frozen=True, kw_only=True)
class Cut:
    """The line drawn at one score level: all leads of this level and above are passed on."""

    level: int
    volume: float
    precision: Proportion
    recall: Proportion
    utility: float


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """All cuts, lowest first.

    Attributes
    ----------
    best : int or None
        Level with the largest utility, the highest of several; None without leads.
    agreed : int or None
        Lowest level that sales can work off and whose lower limit of precision keeps the agreement; None if no
        cut does, or if capacity or agreed precision was not given.
    break_even : float
        Precision from which passing a lead on pays.
    """

    cuts: tuple[Cut, ...]
    best: int | None
    agreed: int | None
    break_even: float
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class CriterionLift(Estimate):
    """How many times the overall rate leads that meet a criterion convert; `gap` is with minus without."""

    met: Proportion
    unmet: Proportion
    overall: Proportion
    gap: Difference
    p: float
    q: float


@dataclass(frozen=True, kw_only=True)
class PrecisionRecall:
    """Precision and recall of the MQL line, from rates that may be of unfinished cohorts."""

    precision: Estimate
    recall: Estimate
    mql_leads: float
    other_leads: float


def threshold_table(
    *,
    accepted: npt.ArrayLike,
    rejected: npt.ArrayLike,
    benefit: float,
    cost: float,
    capacity: float | None = None,
    agreed_precision: float | None = None,
    conf: float = 0.95,
) -> Thresholds:
    """Show what each possible MQL line would have done.

    Parameters
    ----------
    accepted, rejected : array_like
        Leads that sales accepted or rejected, per score level from the lowest to the highest.
    benefit, cost : float
        Worth of an accepted lead and cost of a rejected one, in one unit, >= 0 and not both 0.
    capacity : float, optional
        Number of leads that sales can work on.
    agreed_precision : float, optional
        Share of accepted leads that was agreed on, 0 to 1.
    conf : float
        Confidence, 0 < conf < 1.

    Returns
    -------
    Thresholds
        Precision is nan where a cut passes nobody, recall where nobody was accepted.

    Raises
    ------
    StatisticsError
        If a count, benefit or cost is negative or NaN.

    Notes
    -----
    Utility = benefit × accepted - cost × rejected above the cut; break-even precision = cost/(benefit + cost).
    Leads that were never passed on have no outcome and are not in the table: it says nothing below the old line.

    References
    ----------
    Pauker SG, Kassirer JP (1980), N Engl J Med 302:1109-1117 (the threshold from benefit and cost).

    Examples
    --------
    >>> table = threshold_table(accepted=[3, 2, 2, 11, 33], rejected=[33, 6, 6, 11, 2], benefit=3, cost=1)
    >>> table.best, [cut.utility for cut in table.cuts], table.break_even
    (3, [95.0, 119.0, 119.0, 119.0, 97.0], 0.25)
    """
    won, lost = counts(accepted=accepted, rejected=rejected)
    number("benefit", benefit, low=0)
    number("cost", cost, low=0)
    if benefit + cost == 0:
        raise StatisticsError("benefit, cost: must not both be 0")
    all_accepted = won.sum()
    cuts = []
    for level in range(len(won)):
        a, r = float(won[level:].sum()), float(lost[level:].sum())
        precision = proportion(converted=a, leads=a + r, conf=conf)
        recall = proportion(converted=min(a, all_accepted), leads=all_accepted, conf=conf)
        utility = benefit * a - cost * r
        cuts.append(Cut(level=level, volume=a + r, precision=precision, recall=recall, utility=utility))
    empty = not (won + lost).any()
    return Thresholds(
        cuts=tuple(cuts),
        best=None if empty else max(cuts, key=lambda cut: (cut.utility, cut.level)).level,
        agreed=_agreed_cut(cuts, capacity, agreed_precision),
        break_even=cost / (benefit + cost),
        reason="no leads" if empty else "",
    )


def _agreed_cut(cuts: list[Cut], capacity: float | None, precision: float | None) -> int | None:
    if capacity is None or precision is None:
        return None
    number("capacity", capacity, low=0)
    number("agreed_precision", precision, low=0, high=1)
    kept = [cut.level for cut in cuts if cut.volume <= capacity and cut.precision.low >= precision and cut.volume]
    return kept[0] if kept else None


def criterion_lifts(
    *,
    met_converted: npt.ArrayLike,
    met_leads: npt.ArrayLike,
    unmet_converted: npt.ArrayLike,
    unmet_leads: npt.ArrayLike,
    conf: float = 0.95,
) -> tuple[CriterionLift, ...]:
    """Say for each criterion of the definition how much better the leads that meet it convert.

    Parameters
    ----------
    met_converted, met_leads : array_like
        Whole counts of the leads that meet each criterion.
    unmet_converted, unmet_leads : array_like
        Whole counts of those that do not.
    conf : float
        Confidence, 0 < conf < 1.

    Returns
    -------
    tuple of CriterionLift
        One per criterion. nan if a side is empty or nobody converted; q over the criteria with leads on both sides.

    Raises
    ------
    StatisticsError
        If a count is negative, NaN or not whole, or converted > leads.

    Notes
    -----
    lift = rate with / overall rate = 1/(s + (1 - s) r), s the share that meets it and r the ratio of the rates
    without and with; the limits map those of r (MOVER-R).

    References
    ----------
    Definition of lift; Donner A, Zou GY (2012), Stat Methods Med Res 21:347-359, for the limits of r.

    Examples
    --------
    >>> [budget] = criterion_lifts(met_converted=[30], met_leads=[100], unmet_converted=[20], unmet_leads=[300])
    >>> round(budget.estimate, 2), round(budget.gap.estimate, 3)
    (2.4, 0.233)
    """
    x1, n1, x2, n2 = counts(
        met_converted=met_converted, met_leads=met_leads, unmet_converted=unmet_converted, unmet_leads=unmet_leads
    )
    at_most("met_converted", x1, "met_leads", n1)
    at_most("unmet_converted", x2, "unmet_leads", n2)
    rows = list(zip(x1.tolist(), n1.tolist(), x2.tolist(), n2.tolist(), strict=True))
    p = [
        two_group_p(converted=a, leads=b, other_converted=c, other_leads=d).p if b and d else math.nan
        for a, b, c, d in rows
    ]
    q = benjamini_hochberg(p)
    return tuple(_lift(*row, p[i], float(q[i]), conf) for i, row in enumerate(rows))


def _lift(x1: float, n1: float, x2: float, n2: float, p: float, q: float, conf: float) -> CriterionLift:
    met, unmet = proportion(converted=x1, leads=n1, conf=conf), proportion(converted=x2, leads=n2, conf=conf)
    overall = proportion(converted=x1 + x2, leads=n1 + n2, conf=conf)
    times = ratio(rate=unmet, baseline=met)
    share = n1 / (n1 + n2) if n1 + n2 else math.nan
    if times.reason:
        lifts = [math.nan, 0.0, 1 / share if n1 else math.inf]
    else:
        lifts = [_over_all(share, value) for value in (times.estimate, times.high, times.low)]
    return CriterionLift(
        estimate=lifts[0],
        low=lifts[1],
        high=lifts[2],
        conf=conf,
        reason=times.reason.replace("baseline", "with").replace("rate:", "without:"),
        met=met,
        unmet=unmet,
        overall=overall,
        gap=difference(rate=met, baseline=unmet),
        p=p,
        q=q,
    )


def _over_all(share: float, times: float) -> float:
    return 0.0 if math.isinf(times) else 1 / (share + (1 - share) * times)


def precision_recall(*, mql: Estimate, mql_leads: float, other: Estimate, other_leads: float) -> PrecisionRecall:
    """Return precision and recall of the MQL line where cohorts are still running.

    Parameters
    ----------
    mql, other : Estimate
        Conversion of MQLs and of all other leads by the same age, e.g. Aalen-Johansen incidences.
    mql_leads, other_leads : float
        Number of leads that each stands for, >= 0.

    Returns
    -------
    PrecisionRecall
        Recall is nan within (0, 1) if a rate is undefined, both are 0, or there are no other leads at all.

    Raises
    ------
    StatisticsError
        If a number of leads is negative or NaN, or the confidences differ.

    Notes
    -----
    precision = p_M; recall = 1/(1 + r), r = n_N p_N/(n_M p_M), its limits those of p_N/p_M (MOVER-R) mapped.
    In finished cohorts use `proportion(converted=won MQLs, leads=all won)` instead.

    References
    ----------
    Definition; Donner A, Zou GY (2012), Stat Methods Med Res 21:347-359, for the limits of p_N/p_M.

    Examples
    --------
    >>> line = precision_recall(
    ...     mql=proportion(converted=30, leads=100), mql_leads=100,
    ...     other=proportion(converted=10, leads=400), other_leads=400)
    >>> round(line.recall.estimate, 2), round(line.recall.low, 2), round(line.recall.high, 2)
    (0.75, 0.6, 0.85)
    """
    number("mql_leads", mql_leads, low=0)
    number("other_leads", other_leads, low=0)
    times = ratio(rate=other, baseline=mql)
    reason = times.reason.replace("baseline", "MQLs").replace("rate:", "others:")
    if mql_leads == 0 or other_leads == 0:
        reason = "no MQLs" if mql_leads == 0 else "no other leads: recall could only be 1"
    estimate, low, high = math.nan, 0.0, 1.0
    if not reason:
        size = other_leads / mql_leads
        estimate, low, high = (1 / (1 + size * value) for value in (times.estimate, times.high, times.low))
    recall = Estimate(estimate=estimate, low=low, high=high, conf=mql.conf, reason=reason)
    return PrecisionRecall(precision=mql, recall=recall, mql_leads=float(mql_leads), other_leads=float(other_leads))
