"""The weekly report's numbers in plain pandas, as an analyst would write them in a notebook, without the library.

    python -m tests.benchmarks.analyst FOLDER --week 2026-W38 --as-of 2026-09-20T22:00:00Z [--every-lead] > numbers.json

It reads the demo's Parquet files and prints records of name, source, segment, period and value. What was chosen:

* `read_parquet` with the columns that are needed; ids stay text; the CRM's headings are renamed.
* One merge of leads and outgoing activities for the first touch, groupbys for all counts; weeks and months are periods.
* Business hours by a plain function over days, applied row by row with the calendar and the holidays of the rep's own
  time zone: of the leads of the 14 weeks shown or, with `--every-lead`, of all, as in a table for further questions.
* Kaplan-Meier by lifelines, with the usual median where the curve stays at one half for a while (lifelines takes the
  beginning of that while, R its middle). Aalen-Johansen by hand on whole days, as lifelines moves ties by chance. The
  pace by weekday means of 91 days, holidays left out.
* Leads by source are of the week, acceptance by source is of the MQLs of the 14 weeks.

Not computed: the range and the chance of the month's end (a model), intervals, normal ranges, checks, and the page.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import pandas as pd
from lifelines import KaplanMeierFitter

COMPANY_ZONE = "Europe/Berlin"
WEEKS, MONTHS, SLA_HOURS, ACCEPTANCE_DAYS = 14, 13, 8, 14
HOURS = {"Europe/Berlin": (time(9), time(17, 30)), "America/New_York": (time(9), time(17))}
YEARS = range(2023, 2028)
HOLIDAYS = {
    "Europe/Berlin": holidays.country_holidays("DE", subdiv="BE", years=YEARS),
    "America/New_York": holidays.country_holidays("US", years=YEARS),
}
LEADS = {
    "Record ID": "lead_id", "Create Date": "created", "Original Source": "source", "Segment": "segment",
    "Contact Owner ID": "owner", "Lifecycle: MQL Date": "mql", "Assigned Date": "assigned",
    "Sales Accepted Date": "accepted", "Sales Rejected Date": "rejected",
}  # fmt: skip
DEALS = {
    "Associated Contact ID": "lead_id", "Create Date": "created", "Original Source": "source", "Amount": "amount",
    "Deal Stage": "stage", "Close Date": "closed",
}  # fmt: skip
ACTIVITIES = {"Associated Contact ID": "lead_id", "Direction": "direction", "Activity Date": "occurred"}

Record = dict[str, Any]


def numbers(folder: Path, week: str, as_of: pd.Timestamp, *, every_lead: bool = False) -> list[Record]:
    """Every number of the list, as of an instant within the week or at its end."""
    leads = read_leads(folder, as_of)
    deals = read_deals(folder, leads, as_of)
    monday = date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
    weeks = pd.period_range(end=pd.Period(monday, "W-SUN"), periods=WEEKS, freq="W-SUN")
    last_day = (as_of - pd.Timedelta(1, "us")).tz_convert(COMPANY_ZONE).date()
    months = pd.period_range(end=pd.Period(last_day, "M"), periods=MONTHS, freq="M")
    with_response(folder, leads, as_of)
    started = leads[leads["start"].notna()]
    if not every_lead:
        started = started[week_of(started["start"]).isin(weeks)]
    return [
        *counts(leads, deals, weeks, months),
        *of_sources(leads, weeks),
        *closed(deals, weeks),
        *follow_up(started, as_of, weeks),
        *promise(folder, leads, last_day),
        *acceptance(leads, as_of, weeks),
    ]


def record(name: str, value: Any, *, period: Any = None, **of: Any) -> Record:
    """A number and what it is of; what is undefined is None."""
    if isinstance(period, pd.Period):
        period = period.start_time.strftime("%Y-%m" if period.freqstr.startswith("M") else "%G-W%V")
    value = float(value) if value is not None and math.isfinite(value) else None
    return {"name": name, "value": value, "source": None, "segment": None, "period": period, **of}


def read_leads(folder: Path, as_of: pd.Timestamp) -> pd.DataFrame:
    """Leads but the test ones; what happened at or after as-of has not happened."""
    leads = pd.read_parquet(folder / "contacts.parquet", columns=list(LEADS)).rename(columns=LEADS)
    leads = leads[(leads["source"] != "Test") & (leads["created"] < as_of)].copy()
    leads["owner"] = leads["owner"].astype(object).where(~(leads["assigned"] >= as_of))
    for name in ("mql", "assigned", "accepted", "rejected"):
        leads[name] = leads[name].where(leads[name] < as_of)
    leads["known_source"] = leads["source"].astype(object)
    leads["source"] = leads["known_source"].fillna("(unknown)")
    return leads


def read_deals(folder: Path, leads: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Deals with the source they have, else that of their lead; closed later is open."""
    deals = pd.read_parquet(folder / "deals.parquet", columns=list(DEALS)).rename(columns=DEALS)
    outcome = deals["stage"].astype(object).map({"Closed Won": "won", "Closed Lost": "lost"}).fillna("open")
    deals["closed"] = deals["closed"].where(deals["closed"] < as_of)
    deals["created"] = deals["created"].where(deals["created"] < as_of)
    deals["outcome"] = outcome.where(deals["closed"].notna(), "open")
    deals = deals[deals["created"].notna() | deals["closed"].notna()]
    of_lead = leads[["lead_id", "known_source", "created"]].rename(columns={"created": "lead_created"})
    deals = deals.merge(of_lead, on="lead_id", how="left")
    deals["source"] = deals["source"].astype(object).fillna(deals["known_source"]).fillna("(unknown)")
    return deals


def local(instants: pd.Series) -> pd.Series:
    """The company's wall clock."""
    return instants.dt.tz_convert(COMPANY_ZONE).dt.tz_localize(None)


def week_of(instants: pd.Series) -> pd.Series:
    """Monday to Sunday on the company's wall clock."""
    return local(instants).dt.to_period("W-SUN")


def counts(leads: pd.DataFrame, deals: pd.DataFrame, weeks: pd.PeriodIndex, months: pd.PeriodIndex) -> list[Record]:
    """Leads, MQLs, opportunities and won by week and by month; the week itself carries no period."""
    won = deals[deals["outcome"] == "won"]
    events = {"leads": leads["created"], "mqls": leads["mql"], "opportunities": deals["created"], "won": won["closed"]}
    records = []
    for name, instants in events.items():
        by_week, by_month = week_of(instants).value_counts(), local(instants).dt.to_period("M").value_counts()
        records.append(record(name, by_week.get(weeks[-1], 0)))
        records += [record(name, by_week.get(w, 0), period=w) for w in weeks[:-1]]
        records += [record(name, by_month.get(m, 0), period=m) for m in months]
    return records


def of_sources(leads: pd.DataFrame, weeks: pd.PeriodIndex) -> list[Record]:
    """Leads and MQLs of the week, of every source that the 14 weeks know."""
    created, mql = week_of(leads["created"]), week_of(leads["mql"])
    known = sorted(leads.loc[created.isin(weeks) | mql.isin(weeks), "source"].unique())
    now = leads[created == weeks[-1]].groupby("source").size()
    mqls = leads[mql == weeks[-1]].groupby("source").size()
    records = [record("leads", now.get(source, 0), source=source) for source in known]
    return records + [record("mqls", mqls.get(source, 0), source=source) for source in known]


def closed(deals: pd.DataFrame, weeks: pd.PeriodIndex) -> list[Record]:
    """Won, lost, value and days of the week; a closing on the day of the lead's creation took no time."""
    week = deals[week_of(deals["closed"]) == weeks[-1]]
    won, lost = week[week["outcome"] == "won"], week[week["outcome"] == "lost"]
    days = (won["closed"] - won["lead_created"].fillna(won["created"])) / pd.Timedelta(days=1)
    days = days[days > -1].clip(lower=0)
    records = [record("won_value", won["amount"].sum(min_count=1)), record("lost", len(lost))]
    records.append(record("win_rate", len(won) / (len(won) + len(lost)) if len(won) + len(lost) else None))
    records.append(record("cycle_days", days.median()))
    for source, rows in won.groupby("source"):
        records.append(record("won", len(rows), source=source))
        if rows["amount"].notna().any():
            records.append(record("won_value", rows["amount"].sum(), source=source))
    return records


def with_response(folder: Path, leads: pd.DataFrame, as_of: pd.Timestamp) -> None:
    """Add when sales's clock started, the first outgoing activity from then on, and the time zone of the owner."""
    leads["start"] = leads["assigned"].fillna(leads["mql"])
    activities = pd.read_parquet(folder / "engagements.parquet", columns=list(ACTIVITIES)).rename(columns=ACTIVITIES)
    out = activities[(activities["direction"] == "Outgoing") & (activities["occurred"] < as_of)]
    touches = leads[["lead_id", "start"]].merge(out[["lead_id", "occurred"]], on="lead_id")
    touches = touches[touches["occurred"] >= touches["start"]]
    leads["touch"] = leads["lead_id"].map(touches.groupby("lead_id")["occurred"].min())
    reps = pd.read_parquet(folder / "users.parquet").set_index("User ID")["Time Zone"]
    leads["zone"] = leads["owner"].map(reps).fillna(COMPANY_ZONE)


def business_hours(begin: datetime, end: datetime, zone: str) -> float:
    """Hours between two instants that are working time in a zone, day by day."""
    clock, (opens, closes) = ZoneInfo(zone), HOURS[zone]
    begin, end = begin.astimezone(clock), end.astimezone(clock)
    day, last, total = begin.date(), end.date(), 0.0
    while day <= last:
        if day.weekday() < 5 and day not in HOLIDAYS[zone]:
            start = max(begin, datetime.combine(day, opens, clock))
            stop = min(end, datetime.combine(day, closes, clock))
            if stop > start:
                total += (stop - start).total_seconds()
        day += timedelta(days=1)
    return total / 3600


def follow_up(started: pd.DataFrame, as_of: pd.Timestamp, weeks: pd.PeriodIndex) -> list[Record]:
    """Met, missed and not yet due by week; response and routing of this week."""
    started = started.assign(week=week_of(started["start"]), until=started["touch"].fillna(as_of))
    started["hours"] = started.apply(lambda row: business_hours(row["start"], row["until"], row["zone"]), axis=1)
    started["touched"] = started["touch"].notna()
    started["met"] = started["touched"] & (started["hours"] <= SLA_HOURS)
    started["missed"] = started["hours"] > SLA_HOURS
    started["not_due"] = ~started["touched"] & (started["hours"] <= SLA_HOURS)
    by_week = started.groupby("week")[["met", "missed", "not_due"]].sum().reindex(weeks, fill_value=0)
    records = []
    for week, row in by_week.iterrows():
        period, due = (None if week == weeks[-1] else week), row["met"] + row["missed"]
        records += [record("sla_met", row["met"], period=period), record("sla_missed", row["missed"], period=period)]
        records.append(record("sla_follow_up", row["met"] / due if due else None, period=period))
    now = started[started["week"] == weeks[-1]]
    routed = now[now["assigned"].notna() & (now["assigned"] >= now["mql"])]
    routing = routed.apply(lambda row: business_hours(row["mql"], row["assigned"], row["zone"]), axis=1)
    return [
        *records,
        record("sla_not_due", by_week["not_due"].iloc[-1]),
        record("response_hours", waited(now, 0.5)),
        record("response_hours_p95", waited(now, 0.95)),
        record("routing_hours", routing.median() if len(routed) else None),
    ]


def waited(rows: pd.DataFrame, share: float) -> float | None:
    """Business hours within which a share of the leads was touched; None where that has not happened."""
    if rows.empty:
        return None
    curve = KaplanMeierFitter().fit(rows["hours"], rows["touched"]).survival_function_["KM_estimate"]
    level = 1 - share
    reached = curve.index[curve <= level + 1e-9]
    if not len(reached):
        return None
    past = curve.index[curve < level - 1e-9]
    flat = math.isclose(curve[reached[0]], level, abs_tol=1e-9)
    return (reached[0] + (past[0] if len(past) else curve.index[-1])) / 2 if flat else reached[0]


def acceptance(leads: pd.DataFrame, as_of: pd.Timestamp, weeks: pd.PeriodIndex) -> list[Record]:
    """Share of MQLs that sales accepted within 14 days, by source and of all; days end at the MQL's time of day."""
    mqls, day = leads[week_of(leads["mql"]).isin(weeks)].copy(), pd.Timedelta(days=1)
    decided, began = mqls[["accepted", "rejected"]].min(axis=1), local(mqls["mql"])
    whole = (as_of.tz_convert(COMPANY_ZONE).tz_localize(None) - pd.Timedelta(seconds=1) - began) // day
    least = (-((began - local(decided)) // day)).clip(lower=0)
    mqls["ended"] = least <= whole
    mqls["age"] = least.where(mqls["ended"], whole)
    mqls["yes"] = mqls["ended"] & (mqls["accepted"] == decided)
    records = [record("acceptance", accepted_share(rows), source=source) for source, rows in mqls.groupby("source")]
    return [*records, record("acceptance", accepted_share(mqls))]


def accepted_share(rows: pd.DataFrame) -> float:
    """Aalen-Johansen: at equal age events come before leads that are merely no older yet."""
    at_risk, undecided, share = len(rows), 1.0, 0.0
    for age, same in rows.groupby("age"):
        if age > ACCEPTANCE_DAYS:
            break
        share += undecided * same["yes"].sum() / at_risk
        undecided *= 1 - same["ended"].sum() / at_risk
        at_risk -= len(same)
    return share


def promise(folder: Path, leads: pd.DataFrame, last_day: date) -> list[Record]:
    """MQLs of the month against the promise of the targets, all and by segment."""
    month = pd.Period(last_day, "M")
    targets = pd.read_parquet(folder / "targets.parquet")
    first, last = (str(end.date()) for end in (month.start_time, month.end_time))
    targets = targets[(targets["Metric"] == "mqls") & targets["Source"].isna()]
    whole = (targets["Period Start"].astype(str) == first) & (targets["Period End"].astype(str) == last)
    goals = targets[whole].groupby("Segment", dropna=False)["Target"].sum()
    day = local(leads["mql"]).dt.normalize()
    goal = goals[goals.index.isna()].sum() or goals.sum()
    records = [
        record("mql_goal", goal, period=month),
        record("mql_pace", pace(day, goal, month, last_day), period=month),
    ]
    for segment, part in goals[goals.index.notna()].items():
        mine = day[leads["segment"] == segment]
        records.append(record("mqls", (mine.dt.to_period("M") == month).sum(), segment=segment, period=month))
        records.append(record("mql_goal", part, segment=segment, period=month))
        records.append(record("mql_pace", pace(mine, part, month, last_day), segment=segment, period=month))
    return records


def pace(day: pd.Series, goal: float, month: pd.Period, last_day: date) -> float:
    """MQLs so far over the promise so far, which is spread by what each weekday brought in the 91 days before."""
    closed_days = HOLIDAYS[COMPANY_ZONE]
    before = pd.date_range(end=month.start_time - pd.Timedelta(days=1), periods=91)
    daily = day.value_counts().reindex(before, fill_value=0)
    daily = daily[[d.date() not in closed_days for d in before]]
    by_weekday = daily.groupby(daily.index.weekday)
    usual = (by_weekday.sum() + 0.5) / by_weekday.size()  # half an MQL, so that no weekday is impossible
    days = [d.date() for d in pd.date_range(month.start_time, month.end_time)]
    weights = pd.Series({d: 0.0 if d in closed_days else usual[d.weekday()] for d in days})
    promised = goal * weights[weights.index <= last_day].sum() / weights.sum()
    return (day.dt.to_period("M") == month).sum() / promised


def main() -> None:
    """Print the numbers as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split(".")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--week", required=True)
    parser.add_argument("--as-of", required=True, type=pd.Timestamp)
    parser.add_argument("--every-lead", action="store_true")
    given = parser.parse_args()
    json.dump(numbers(given.folder, given.week, given.as_of, every_lead=given.every_lead), sys.stdout, indent=0)


if __name__ == "__main__":
    main()
