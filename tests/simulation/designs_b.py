"""Acceptance designs of time-lagged conversion, waiting times and goals; criteria from the specification."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, timedelta
from itertools import product

import numpy as np
from numpy.random import Generator

from alignment_lib.stats.estimates import difference, ratio
from alignment_lib.stats.goals import project, rhythm, working_weight
from alignment_lib.stats.triangles import FollowUp, follow_up, forecast, incidence
from alignment_lib.stats.waiting import kaplan_meier, km_quantile

HORIZON, DELAY_DAYS, LOST = 90, 30.0, 0.5
REACHED = 1 - math.exp(-(HORIZON + 1) / DELAY_DAYS)  # whole days: a delay of 90.9 days counts as day 90


def cohort(chance: Generator, *, leads: int, wins: float, cut: float) -> FollowUp:
    """Draw a cohort: exponential delays in whole days, half lost, a share `cut` censored uniformly before day 90."""
    fate = chance.choice(3, size=leads, p=[wins, LOST, 1 - wins - LOST])
    delay = np.where(fate == 2, np.inf, np.floor(chance.exponential(DELAY_DAYS, leads)))
    limit = np.where(chance.random(leads) < cut, np.floor(chance.uniform(0, HORIZON, leads)), HORIZON)
    open_still = delay > limit
    return follow_up(
        ages=np.minimum(delay, limit),
        converted=(fate == 0) & ~open_still,
        competing=(fate == 1) & ~open_still,
        censored=open_still,
    )


def a05(seed: int, scale: float) -> tuple[str, bool]:
    """Cover the true conversion with the interval of an incidence."""
    coverage = []
    for cell, (n, wins, cut) in enumerate(product((15, 30, 60, 200), (0.03, 0.1, 0.3), (0, 0.4, 0.8))):
        chance = np.random.default_rng([seed, cell])
        inside = 0
        for _ in range(replicates := int(2000 * scale)):
            share = incidence(cohort(chance, leads=n, wins=wins, cut=cut), horizon=HORIZON, min_at_risk=0)
            if math.isnan(share.low + share.high):  # 0 to 1 is an interval: it says that nobody was followed so far
                return f"no interval at n = {n}", False
            inside += share.low <= wins * REACHED <= share.high
        coverage.append(inside / replicates)
    return f"{min(coverage):.3f}-{max(coverage):.3f}, mean {np.mean(coverage):.3f}", bool(
        min(coverage) >= 0.915 and np.mean(coverage) >= 0.945
    )


PAIRS = (
    ((20, 0.1, 0.5), (100, 0.1, 0.3)),
    ((40, 0.3, 0.5), (60, 0.1, 0.5)),
    ((15, 0.05, 0.8), (300, 0.15, 0.2)),
    ((200, 0.2, 0.4), (200, 0.2, 0.4)),
    ((30, 0.02, 0.3), (30, 0.02, 0.3)),
)


def a06(seed: int, scale: float) -> tuple[str, bool]:
    """Cover the true difference of two cohorts at one horizon."""
    coverage = []
    for cell, (one, other) in enumerate(PAIRS):
        chance = np.random.default_rng([seed, cell])
        truth, inside = (one[1] - other[1]) * REACHED, 0
        for _ in range(replicates := int(2000 * scale)):
            rate, baseline = (
                incidence(cohort(chance, leads=n, wins=wins, cut=cut), horizon=HORIZON, min_at_risk=0)
                for n, wins, cut in (one, other)
            )
            gap = difference(rate=rate, baseline=baseline)
            inside += gap.low <= truth <= gap.high
        coverage.append(inside / replicates)
    return f"{min(coverage):.3f}-{max(coverage):.3f}", min(coverage) >= 0.935


def months(chance: Generator, *, per_month: float, wins: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw twelve months of leads: day of creation, days to the end (inf: never), whether the end is a win."""
    created = np.concatenate([chance.uniform(0, 30, chance.poisson(per_month)) + 30 * month for month in range(12)])
    fate = chance.choice(3, size=created.size, p=[wins, 0.6, 0.4 - wins])
    won, lost = 60 * chance.weibull(1.2, created.size), 45 * chance.weibull(0.9, created.size)
    delay = np.floor(np.choose(fate, [won, lost, np.inf]))
    return np.floor(created), delay, fate == 0


def a07(seed: int, scale: float) -> tuple[str, bool]:
    """Predict the conversions by day 180 of cohorts that are one, two and four months old."""
    as_of, horizon = 360, 180
    coverage, bias, sound = [], [], True
    for cell, (per_month, wins) in enumerate(((60, 0.2), (200, 0.1), (25, 0.15))):
        chance = np.random.default_rng([seed, cell])
        inside, errors, truths = np.zeros(3), np.zeros(3), np.zeros(3)
        for _ in range(replicates := int(400 * scale)):
            created, delay, is_win = months(chance, per_month=per_month, wins=wins)
            limit = as_of - created
            seen = delay <= limit
            pool = follow_up(
                ages=np.minimum(delay, limit), converted=is_win & seen, competing=~is_win & seen, censored=~seen
            )
            for place, age_months in enumerate((1, 2, 4)):
                own = created // 30 == 12 - age_months
                done = int(np.sum(own & seen & is_win))
                open_ages = limit[own & ~seen]
                outlook = forecast(
                    pool, open_ages=open_ages, open_leads=np.ones(open_ages.size), done=done, horizon=horizon
                )
                truth = int(np.sum(own & is_win & (delay <= horizon)))
                inside[place] += outlook.low <= truth <= outlook.high
                errors[place] += outlook.estimate - truth
                truths[place] += truth
                sound &= done <= outlook.low and outlook.high <= done + open_ages.size
        coverage.extend(inside / replicates)
        bias.extend(np.abs(errors) / np.maximum(0.03 * truths, 0.3 * replicates))
    text = f"{min(coverage):.3f}-{max(coverage):.3f}, mean error at most {max(bias):.2f} of what is allowed"
    return text, bool(min(coverage) >= 0.77 and max(coverage) <= 0.98 and max(bias) <= 1 and sound)


def a10(seed: int, scale: float) -> tuple[str, bool]:
    """Project a month from day 5, 12 and 22 with weekdays and overdispersion learnt from 13 weeks."""
    history = [date(2025, 1, 1) + timedelta(days=n) for n in range(91)]
    month = [history[-1] + timedelta(days=n + 1) for n in range(30)]
    weekly = np.array([1.4, 1.3, 1.2, 1.2, 1.0, 0.5, 0.4])
    coverage, promised, kept = [], [], []
    for cell, (phi, drift) in enumerate(((1.0, 0.0), (1.6, 0.15), (2.5, 0.2))):
        chance = np.random.default_rng([seed, cell])
        inside = np.zeros(3)
        for _ in range(replicates := int(1500 * scale)):
            past = _counts(chance, 5 * weekly[[day.weekday() for day in history]], phi)
            level = 5 * math.exp(chance.normal(-(drift**2) / 2, drift))
            daily = _counts(chance, level * weekly[[day.weekday() for day in month]], phi)
            usual = rhythm(days=history, daily=past)
            target = round(150 * chance.uniform(0.75, 1.25))
            for place, day in enumerate((5, 12, 22)):
                outlook = project(
                    done=float(daily[:day].sum()),
                    target=target,
                    weight_done=working_weight(usual, days=month[:day]),
                    weight_left=working_weight(usual, days=month[day:]),
                    usual=usual,
                )
                inside[place] += outlook.low <= daily.sum() <= outlook.high
                promised.append(outlook.probability)
                kept.append(daily.sum() >= target)
        coverage.extend(inside / replicates)
    gap = _largest_gap(np.array(promised), np.array(kept))
    text = f"{min(coverage):.3f}-{max(coverage):.3f}, largest gap of a probability {gap:.3f}"
    return text, min(coverage) >= 0.75 and max(coverage) <= 0.92 and gap <= 0.10


def _counts(chance: Generator, mean: np.ndarray, phi: float) -> np.ndarray:
    """Draw counts whose variance is phi times their mean."""
    if phi == 1:
        return chance.poisson(mean)
    return chance.negative_binomial(mean / (phi - 1), 1 / phi)


def _largest_gap(promised: np.ndarray, kept: np.ndarray) -> float:
    """Return the largest distance between promised and kept in a tenth of the scale with at least 100 months."""
    tenth = np.minimum((promised * 10).astype(int), 9)
    return max(
        abs(promised[tenth == k].mean() - kept[tenth == k].mean()) for k in range(10) if np.sum(tenth == k) >= 100
    )


def a15(seed: int, scale: float) -> tuple[str, bool]:
    """Cover the true median of exponential response times; a limit that is not reached is no limit."""
    coverage = []
    for cell, (n, cut) in enumerate(product((10, 20, 40, 100), (0, 0.3, 0.6))):
        chance = np.random.default_rng([seed, cell])
        inside = 0
        for _ in range(replicates := int(1500 * scale)):
            response = chance.exponential(1.0, n)
            limit = chance.exponential((1 - cut) / cut, n) if cut else np.full(n, np.inf)
            happened = response <= limit
            median = km_quantile(follow_up(ages=np.minimum(response, limit), converted=happened, censored=~happened))
            inside += not (median.low > math.log(2) or median.high < math.log(2))
        coverage.append(inside / replicates)
    return f"{min(coverage):.3f}-{max(coverage):.3f}", min(coverage) >= 0.93


def a19(seed: int, scale: float) -> tuple[str, bool]:
    """Change what must not matter, and swap what must mirror, in random tables."""
    chance = np.random.default_rng(seed)
    broken: list[str] = []
    for number in range(int(200 * scale)):
        rows, other = (_random_rows(chance, chance.choice([12, 60, 400])) for _ in range(2))
        one, same = _results(rows), _results(_disguised(chance, rows))
        if not np.allclose(one, same, rtol=0, atol=1e-9, equal_nan=True):
            broken.append(f"table {number}: order, empty or split rows")
        a, b, double = (
            incidence(_table(each), horizon=HORIZON, min_at_risk=0) for each in (rows, other, rows * [1, 2, 2, 2])
        )
        if a.leads >= 200 and abs((double.high - double.low) / (a.high - a.low) * math.sqrt(2) - 1) > 0.1:
            broken.append(f"table {number}: width at twice the counts")
        ab, ba = difference(rate=a, baseline=b), difference(rate=b, baseline=a)
        if not np.allclose([ab.estimate, ab.low, ab.high], [-ba.estimate, -ba.high, -ba.low], atol=1e-9):
            broken.append(f"table {number}: swapped difference")
        if a.low > 0 and b.low > 0:
            times, inverse = ratio(rate=a, baseline=b), ratio(rate=b, baseline=a)
            if not np.allclose([times.low, times.high], [1 / inverse.high, 1 / inverse.low], rtol=1e-9):
                broken.append(f"table {number}: swapped ratio")
    return (broken[0] if broken else "nothing changed"), not broken


def _random_rows(chance: Generator, leads: int) -> np.ndarray:
    """Draw rows of age, converted, competing, censored."""
    ages = np.append(chance.choice(120, size=20, replace=False), 130)
    lots = chance.multinomial(leads, chance.dirichlet(np.ones(3 * ages.size))).reshape(-1, 3)
    return np.column_stack([ages, lots + np.array([0, 0, 1])])


def _disguised(chance: Generator, rows: np.ndarray) -> np.ndarray:
    """Return the same leads in another order, with an empty row and every row split in two."""
    part = chance.binomial(rows[:, 1:], 0.5)
    halves = [np.column_stack([rows[:, 0], lot]) for lot in (part, rows[:, 1:] - part)]
    return chance.permutation(np.vstack([*halves, [[17, 0, 0, 0]]]))


def _table(rows: np.ndarray) -> FollowUp:
    return follow_up(ages=rows[:, 0], converted=rows[:, 1], competing=rows[:, 2], censored=rows[:, 3])


def _results(rows: np.ndarray) -> list[float]:
    """Return what every table function says about the rows."""
    touched = follow_up(ages=rows[:, 0], converted=rows[:, 1], censored=rows[:, 2] + rows[:, 3])
    share, median = incidence(_table(rows), horizon=HORIZON), km_quantile(touched)
    ahead = forecast(_table(rows), open_ages=[3, 20], open_leads=[10, 5], done=1, horizon=HORIZON)
    waiting = kaplan_meier(touched)
    numbers = [
        *(share.estimate, share.low, share.high, share.variance, share.effective_n, share.at_risk),
        *(median.estimate, median.low, median.high, ahead.estimate, ahead.low, ahead.high),
    ]
    return [*numbers, *waiting.surviving, *waiting.variance, *waiting.low, *waiting.high]


DESIGNS: list[tuple[str, str, Callable[[int, float], tuple[str, bool]]]] = [
    ("A05", "incidence: each cell >= .915, mean >= .945, always an interval", a05),
    ("A06", "difference of incidences: each cell >= .935", a06),
    ("A07", "forecast, 80 %: in .77-.98, mean error <= 3 % or .3 lead, within done and done + open", a07),
    ("A10", "goal, 80 %: in .75-.92, every tenth of probability within .10", a10),
    ("A15", "median waiting time: each cell >= .93", a15),
    ("A19", "order, empty and split rows change nothing; twice the counts, swapped groups", a19),
]
