"""From a reference case's inputs to the library and back, in the reference's own names.

A key that the library leaves out on purpose (DeLong's error, AC1, Cliff's variance) is absent from the result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from alignment_lib.stats import (
    agreements,
    attribution,
    changes,
    comparisons,
    estimates,
    journeys,
    money,
    pooling,
    quality,
    rates,
    reps,
    strata,
    thresholds,
)

Case = dict[str, Any]
MEANS = {"mean": "estimate", "lo": "low", "hi": "high"}


def conf_of(case: Case) -> float:
    return float(case.get("conf", 0.95))


def limits(result: Any) -> Case:
    return {"estimate": result.estimate, "lo": result.low, "hi": result.high}


def pair(case: Case) -> dict[str, estimates.Proportion]:
    conf = conf_of(case)
    return {
        "rate": estimates.proportion(converted=case["x1"], leads=case["n1"], conf=conf),
        "baseline": estimates.proportion(converted=case["x2"], leads=case["n2"], conf=conf),
    }


def proportion(case: Case) -> Case:
    return limits(estimates.proportion(converted=case["x"], leads=case["n"], conf=conf_of(case)))


def difference(case: Case) -> Case:
    return limits(estimates.difference(**pair(case)))


def ratio(case: Case) -> Case:
    return limits(estimates.ratio(**pair(case)))


def two_group_p(case: Case) -> Case:
    test = comparisons.two_group_p(
        converted=case["x1"], leads=case["n1"], other_converted=case["x2"], other_leads=case["n2"]
    )
    return {"p": test.p, "method": test.method}


def bh(case: Case) -> Case:
    p = [float("nan") if value is None else value for value in case["p"]]
    return {"q": comparisons.benjamini_hochberg(p).tolist()}


def compare_groups(case: Case) -> Case:
    rows = comparisons.compare_groups(
        converted=case["x"], leads=case["n"], reference=case.get("reference", "rest"),
        min_leads=case.get("min_n", 10), conf=conf_of(case),
    )  # fmt: skip
    names = {"diff": "estimate", "lo": "low", "hi": "high", "p": "p", "q": "q"}
    return {key: [getattr(row, name) for row in rows] for key, name in names.items()}


def shrink(case: Case) -> Case:
    rows = pooling.shrink(converted=case["x"], leads=case["n"], conf=conf_of(case)).rows
    rows = tuple(rows[unit] for unit in case.get("units", range(len(rows))))
    return {key: [getattr(row, name) for row in rows] for key, name in MEANS.items()}


def stratified(case: Case) -> Case:
    order = [case.get("columns", ["x1", "n1", "x2", "n2"]).index(name) for name in ("x1", "n1", "x2", "n2")]
    table = np.asarray(case["tables"], dtype=float).reshape(-1, 4)[:, order]
    result = strata.stratified(
        converted=table[:, 0], leads=table[:, 1], baseline_converted=table[:, 2], baseline_leads=table[:, 3],
        conf=conf_of(case),
    )  # fmt: skip
    odds, risk = result.odds_ratio, result.risk_ratio
    return {
        "rd": result.estimate, "rd_lo": result.low, "rd_hi": result.high, "cmh": result.chi2, "p": result.p,
        "or_": odds.estimate, "or_lo": odds.low, "or_hi": odds.high,
        "rr": risk.estimate, "rr_lo": risk.low, "rr_hi": risk.high, "crude_rd": result.crude.estimate,
    }  # fmt: skip


def trend(case: Case) -> Case:
    result = changes.trend(converted=case["x"], leads=case["n"], score=case.get("score"), conf=conf_of(case))
    return {"chi2": result.chi2, "p": result.p, "slope": result.estimate}


def funnel_limits(case: Case) -> Case:
    shares = tuple(case.get("probs", reps.FUNNEL_SHARES))
    return {"limits": list(reps.funnel_limits(leads=case["n"], target=case["target"], shares=shares))}


def rate(case: Case) -> Case:
    return limits(rates.rate(events=case["k"], exposure=case.get("exposure", 1), conf=conf_of(case)))


def rate_ratio(case: Case) -> Case:
    return limits(
        rates.rate_ratio(
            events=case["k1"], exposure=case["e1"], other_events=case["k2"], other_exposure=case["e2"],
            conf=conf_of(case),
        )
    )  # fmt: skip


def cac(case: Case) -> Case:
    return limits(rates.cac(spend=case["spend"], customers=case["customers"], conf=conf_of(case)))


def geo_ratio(case: Case) -> Case:
    result = money.geo_ratio(values=case["a"], other_values=case["b"], conf=conf_of(case))
    return {"ratio": result.estimate, "lo": result.low, "hi": result.high, "p": result.p}


def median_ci(case: Case) -> Case:
    result = money.median_ci(case["x"], conf=conf_of(case))
    return {"median": result.estimate, "lo": result.low, "hi": result.high}


def concentration(case: Case) -> Case:
    result = money.concentration(case["values"])
    return {
        "hhi": result.hhi, "effective_n": result.effective_number, "top1": result.top1, "top3": result.top3,
    }  # fmt: skip


def velocity(case: Case) -> Case:
    names = {"win_rate": "win_rate", "mean_value": "mean_won_value", "cycle_days": "cycle_days"}
    factors = {name: float("nan") if case[key] is None else case[key] for key, name in names.items()}
    return {"per_day": money.velocity(opportunities=case["opportunities"], **factors).value_per_day}


def agree(case: Case) -> Case:
    result = agreements.agreement(case["table"], conf=conf_of(case))
    k = len(result.table)
    apart = np.abs(np.subtract.outer(np.arange(k), np.arange(k))) / (k - 1)
    return {
        "po": result.estimate, "po_lo": result.low, "po_hi": result.high,
        "bp": result.adjusted.estimate, "bp_lo": result.adjusted.low, "bp_hi": result.adjusted.high,
        "kappa": result.kappa.estimate, "kappa_se": result.kappa.se,
        "kappa_l": agreements.kappa(case["table"], credit=1 - apart).estimate,
        "kappa_q": agreements.kappa(case["table"], credit=1 - apart**2).estimate,
    }  # fmt: skip


def auc(case: Case) -> Case:
    result = quality.auc(won=case["pos"], lost=case["neg"], conf=conf_of(case))
    return {"auc": result.estimate, "lo": result.low, "hi": result.high}


def ordinal_gap(case: Case) -> Case:
    result = agreements.ordinal_gap(marketing=case["a"], sales=case["b"], min_answers=0, conf=conf_of(case))
    pairs = sum(case["a"]) * sum(case["b"])
    return {
        "delta": result.estimate, "lo": result.low, "hi": result.high, "p_exact": result.p,
        "U": (result.estimate + 1) / 2 * pairs,
    }  # fmt: skip


def calibration(case: Case) -> Case:
    result = quality.calibration(
        forecast=case["forecast"], converted=case["events"], leads=case["n"], conf=conf_of(case)
    )
    return {
        "brier": result.brier, "rel": result.reliability, "res": result.resolution, "unc": result.uncertainty,
        "skill": result.skill, "ece": result.calibration_error,
    }  # fmt: skip


def threshold_table(case: Case) -> Case:
    result = thresholds.threshold_table(
        accepted=case["accepted"], rejected=case["rejected"], benefit=case["benefit"], cost=case["cost"],
        conf=conf_of(case),
    )  # fmt: skip
    return {
        "volume": [cut.volume for cut in result.cuts],
        "precision": [cut.precision.estimate for cut in result.cuts],
        "precision_lo": [cut.precision.low for cut in result.cuts],
        "precision_hi": [cut.precision.high for cut in result.cuts],
        "recall": [cut.recall.estimate for cut in result.cuts],
        "utility": [cut.utility for cut in result.cuts],
        "best_index": result.best,
    }


def attribute(case: Case) -> Case:
    known = ("times", "model", "close", "value", "lead", "deal", "lookback", "half_life")
    result = attribution.attribute(**{name: case[name] for name in known if name in case})
    return {"credit": list(result.credit), "unattributed": result.unattributed}


def markov(case: Case) -> Case:
    result = journeys.markov(case["paths"])
    return {"base": result.conversion, "removal": list(result.removal), "share": list(result.share)}


ADAPTERS: dict[str, Callable[[Case], Case]] = {
    "proportion": proportion,
    "difference": difference,
    "ratio": ratio,
    "two_group_p": two_group_p,
    "bh": bh,
    "compare_groups": compare_groups,
    "shrink": shrink,
    "shrink_units": shrink,
    "stratified": stratified,
    "trend": trend,
    "funnel_limits": funnel_limits,
    "rate": rate,
    "rate_ratio": rate_ratio,
    "cac": cac,
    "geo_ratio": geo_ratio,
    "median_ci": median_ci,
    "concentration": concentration,
    "velocity": velocity,
    "agreement": agree,
    "auc": auc,
    "ordinal_gap": ordinal_gap,
    "calibration": calibration,
    "threshold_table": threshold_table,
    "attribute": attribute,
    "markov": markov,
}
