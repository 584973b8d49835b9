"""From the inputs of a reference case to the library's calls: time-lagged conversion, goals, the business clock."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from alignment_lib.stats.clock import Calendar, business_seconds
from alignment_lib.stats.goals import predictive_pmf, project_from
from alignment_lib.stats.triangles import FollowUp, Incidence, curve, follow_up, forecast
from alignment_lib.stats.waiting import kaplan_meier, km_quantile, log_log_limits


def causes(inputs: dict[str, Any]) -> FollowUp:
    """Build the follow-up of one cause, all others competing; `events` has one column per cause."""
    cause = inputs.get("cause", 0)
    return follow_up(
        ages=inputs["t"],
        converted=[row[cause] for row in inputs["events"]],
        competing=[sum(row) - row[cause] for row in inputs["events"]],
        censored=inputs["censored"],
    )


def points(inputs: dict[str, Any]) -> tuple[Incidence, ...]:
    """Estimate at the case's horizons; the oracles know no rule on the number at risk."""
    return curve(causes(inputs), horizons=inputs["horizons"], conf=inputs["conf"], min_at_risk=0)


def incidence_estimates(inputs: dict[str, Any]) -> dict[str, Any]:
    """Aalen-Johansen estimate, standard error, log-log limits."""
    found = points(inputs)
    shares, variances = [point.estimate for point in found], [point.variance for point in found]
    low, high = log_log_limits(estimate=shares, variance=variances, conf=inputs["conf"])
    return {"p": shares, "se": [math.sqrt(v) for v in variances], "loglog_lo": low, "loglog_hi": high}


def incidence_interval(inputs: dict[str, Any]) -> dict[str, Any]:
    """Wilson's limits on the effective n."""
    found = points(inputs)
    return {"lo": [point.low for point in found], "hi": [point.high for point in found]}


def touched(inputs: dict[str, Any]) -> FollowUp:
    """Build the follow-up of a single end point."""
    return follow_up(ages=inputs["t"], converted=inputs["d"], censored=inputs["censored"])


def km(inputs: dict[str, Any]) -> dict[str, Any]:
    """Kaplan-Meier where 0 < S < 1."""
    waiting = kaplan_meier(touched(inputs), conf=inputs["conf"])
    inside = (waiting.surviving > 0) & (waiting.surviving < 1)
    return {
        "time": waiting.ages[inside],
        "surv": waiting.surviving[inside],
        "se": waiting.variance[inside] ** 0.5,
        "lo": waiting.low[inside],
        "hi": waiting.high[inside],
    }


def quantiles(inputs: dict[str, Any]) -> dict[str, Any]:
    """Time quantiles with their limits."""
    found = [km_quantile(touched(inputs), share=share, conf=inputs["conf"]) for share in inputs["q"]]
    return {"est": [q.estimate for q in found], "lo": [q.low for q in found], "hi": [q.high for q in found]}


def forecast_of_open_leads(inputs: dict[str, Any]) -> dict[str, Any]:
    """Conversions done plus expected."""
    found = forecast(
        causes(inputs),
        open_ages=inputs["open_age"],
        open_leads=inputs["open_n"],
        done=inputs["done"],
        horizon=inputs["horizon"],
        conf=inputs["level"],
        min_at_risk=0,
    )
    return {"q": found.rate, "mean": found.estimate, "lo": found.low, "hi": found.high}


def goal(inputs: dict[str, Any]) -> dict[str, Any]:
    """Projection from an explicit prior."""
    found = project_from(
        done=inputs["done"],
        target=inputs["target"],
        weight_done=inputs["w_done"],
        weight_left=inputs["w_left"],
        prior_shape=inputs["prior_a"],
        prior_rate=inputs["prior_b"],
        overdispersion=inputs["phi"],
        conf=inputs["level"],
    )
    return {
        "mean": found.estimate,
        "lo": found.low,
        "hi": found.high,
        "prob": found.probability,
        "pro_rata": found.target_to_date,
    }


def pmf(inputs: dict[str, Any]) -> dict[str, Any]:
    """Negative binomial behind the goal."""
    chances = predictive_pmf(events=inputs["k"], shape=inputs["a"], rate=inputs["b"], weight_left=inputs["w_left"])
    return {"pmf": chances}


def open_seconds(inputs: dict[str, Any]) -> dict[str, Any]:
    """Open seconds between two ISO timestamps."""
    calendar = inputs["calendar"]
    hours = {int(weekday): windows for weekday, windows in calendar["hours"].items()}
    holidays = frozenset(date.fromisoformat(day) for day in calendar.get("holidays", ()))
    start, end = (datetime.fromisoformat(inputs[name]).timestamp() for name in ("start", "end"))
    return {"seconds": float(business_seconds(Calendar(calendar["tz"], hours, holidays), start_s=start, end_s=end))}


ADAPTERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "business_seconds": open_seconds,
    "forecast": forecast_of_open_leads,
    "goal": goal,
    "incidence": incidence_estimates,
    "incidence_interval": incidence_interval,
    "km": km,
    "km_quantile": quantiles,
    "predictive_pmf": pmf,
}
