"""One row per lead and one per deal, built once per run in the engine: instants, days, durations, first response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from functools import lru_cache
from typing import Any

from alignment_lib.facts.calendars import Clocks, clocks, with_open_seconds
from alignment_lib.facts.slices import known_slice, sliced
from alignment_lib.memory.runs import Earlier
from alignment_lib.params.run import Run
from alignment_lib.source.tables import RESPONSE, RESPONSE_HOURS, WON_AMOUNTS, Tables, hand_kept
from alignment_lib.source.zones import local_day, local_seconds
from alignment_lib.stats.days import EPOCH

UNKNOWN = "(unknown)"
ENDED = ["won", "lost"]
LONG_AGO_S = 0
INSTANTS = ("created", "mql", "assigned", "accepted", "rejected", "sql")
TEXTS = ("source", "campaign", "segment", "region", "owner_id")
PROFILE = {"persona": "string", "icp_tier": "string", "score": "float64", "grade": "string", "sales_rating": "string"}
"""What the facts hold of a lead besides, where the report asks for it often; see `profiles`."""
OF_DEALS = ("persona", "icp_tier")
"""What they hold of a deal's lead then."""
PROFILED = ("monthly",)


@dataclass(frozen=True, eq=False)
class Facts:
    """What metrics are computed from. Times are integer epoch seconds, days are epoch days on the company's wall.

    leads : lead_id, contact_id, source, campaign, segment, region, owner_id, reject_reason, sales_rating, <instant>_s
        and <instant>_day for created, mql, assigned, accepted, rejected, sql, start (when sales's clock starts) and
        touch (the first contact); from_s (from when on a contact counts); attempts;
        response_s, waited_s, routing_s (business seconds); opportunity_s (first deal created), won_s (first
        deal won), lost_s (last deal lost; null while another is open).
    deals : opportunity_id, lead_id, source, campaign, segment, region, owner_id, outcome, loss_reason,
        decision_driver, competitor, amount, open_amount (null where amounts are known of decided deals only),
        created_s/_day, closed_s/_day, born_s (created_s; long ago for an open deal without one), over_s (closed_s of a
        deal won or lost; where that is unknown it was never open), expected_day (of closing, as sales expects it; null
        where not connected), lead_created_s.
    Either is None where its table is not connected.
    """

    tables: Tables
    clocks: Clocks
    leads: Any
    deals: Any
    reps: Mapping[str, str]
    """Names of reps by id."""
    earlier: tuple[Earlier, ...] = ()
    """Earlier reports of the same kind, source and slice, oldest first."""

    @property
    def run(self) -> Run:
        return self.tables.run

    @lru_cache(maxsize=8)  # noqa: B019 - a run has one of these
    def on_week(self) -> Facts:
        """The same rows, reported on the last full week; of a weekly report, itself."""
        week = self.run.on_week()
        return self if week is self.run else replace(self, tables=replace(self.tables, run=week))

    @property
    def in_currency(self) -> str:
        """What is said behind `an amount`: ` in EUR` where late ones in others are in no sum, else nothing."""
        money = self.tables.money
        left = money is not None and money.left_lately("opportunities", self.run.as_of)
        return f" in {self.run.params.company.currency}" if left else ""

    @property
    def unpriced_wins(self) -> bool:
        """Whether so many won deals have no amount that the sum of the others is a part and no whole."""
        return any(WON_AMOUNTS in check.about for check in self.tables.checks)

    def kept(self, table: str) -> tuple[Mapping[str, Any], ...]:
        """The rows of a table kept by hand, as of the run; see `tables.hand_kept.rows`."""
        return hand_kept.rows(self.tables, table)

    def rep(self, owner_id: str | None) -> str:
        """A rep's name, else the id, else that nobody owns it."""
        return self.reps.get(owner_id or "", owner_id or "(nobody)")


def build(tables: Tables, *, earlier: tuple[Earlier, ...] = ()) -> Facts:
    """Build both fact tables and keep them in the engine."""
    zones, reps = _zones(tables)
    oldest = min((s.oldest for s in tables.inspected.values() if s.oldest), default=tables.run.begins)
    clock_set = clocks(
        tables.run.params,
        tuple(sorted(set(zones.values()))),
        first=oldest.replace(tzinfo=UTC),
        last=tables.run.as_of,
    )
    deals = tables.source.keep(_deals(tables), "fact_deals") if tables.has("opportunities") else None
    leads = None
    if tables.has("leads"):
        leads = tables.source.keep(_leads(tables, deals, clock_set, zones), "fact_leads")
    known_slice(tables.run, [table for table in (leads, deals) if table is not None])
    return Facts(tables, clock_set, sliced(leads, tables.run), sliced(deals, tables.run), reps, earlier)


def _zones(tables: Tables) -> tuple[dict[str, str], dict[str, str]]:
    """Time zone and name of each rep."""
    if not tables.has("reps"):
        return {}, {}
    reps = tables["reps"]
    wanted = [c for c in ("rep_id", "name", "timezone") if c in reps.columns]
    rows = reps.select(*wanted).to_pandas().to_dict("records")
    zones = {r["rep_id"]: r["timezone"] for r in rows if isinstance(r.get("timezone"), str)}
    return zones, {r["rep_id"]: r["name"] for r in rows if isinstance(r.get("name"), str)}


def _text(table: Any, name: str) -> Any:
    import ibis

    known = table[name] if name in table.columns else ibis.null("string")
    return known if name == "owner_id" else known.fill_null(UNKNOWN)


def _seconds(table: Any, name: str) -> Any:
    import ibis

    return table[name].epoch_seconds().cast("int64") if name in table.columns else ibis.null("int64")


def _days_since_1970(table: Any, name: str) -> Any:
    """A calendar date as an epoch day."""
    import ibis

    if name not in table.columns:
        return ibis.null("int64")
    return table[name].delta(ibis.literal(EPOCH), unit="day").cast("int64")


def _day(table: Any, seconds: str, tables: Tables) -> Any:
    """Epoch day on the company's wall."""
    return local_day(table[seconds], tables.run.params.timezone, **_span(tables))


def on_the_wall(seconds: Any, tables: Tables) -> Any:
    """Epoch seconds as seconds on the company's wall; see `zones.local_seconds`."""
    return local_seconds(seconds, tables.run.params.timezone, **_span(tables))


def _span(tables: Tables) -> dict[str, int]:
    """The instants between which all of the data lies."""
    first = min((s.oldest for s in tables.inspected.values() if s.oldest), default=tables.run.begins)
    return {"first_s": int(first.replace(tzinfo=UTC).timestamp()), "last_s": tables.run.as_of_s}


def _deals(tables: Tables) -> Any:
    """Deals as of the run, with what is known of their lead."""
    import ibis

    deals = tables["opportunities"]
    columns = {name: deals[name] if name in deals.columns else ibis.null("string") for name in TEXTS}
    for name in ("opportunity_id", "lead_id", "outcome", "loss_reason", "decision_driver", "competitor", "stage"):
        columns[name] = deals[name] if name in deals.columns else ibis.null("string")
    columns["amount"] = deals["amount"] if "amount" in deals.columns else ibis.null("decimal(18, 2)")
    columns["open_amount"] = (
        columns["amount"] if tables.has("opportunities.open_amount") else ibis.null("decimal(18, 2)")
    )
    columns["expected_day"] = _days_since_1970(deals, "expected_close_on")
    table = deals.select(**columns, created_s=_seconds(deals, "created_at"), closed_s=_seconds(deals, "closed_at"))
    table = _with_lead(tables, table)
    table = table.mutate(**{name: table[name].fill_null(UNKNOWN) for name in TEXTS if name != "owner_id"})
    ended = table.outcome.isin(ENDED).fill_null(False)
    table = table.mutate(
        born_s=table.created_s.fill_null(ended.ifelse(None, ibis.literal(LONG_AGO_S, "int64"))),
        over_s=ended.ifelse(ibis.coalesce(table.closed_s, table.created_s), None),
    )
    return table.mutate(
        created_day=_day(table, "created_s", tables),
        closed_day=_day(table, "closed_s", tables),
        lead_created_day=_day(table, "lead_created_s", tables),
    )


def _with_lead(tables: Tables, deals: Any) -> Any:
    """Source, segment and so on of the deal, else of its lead; deals of leads not born yet are not there."""
    import ibis

    link = _link(tables)
    if link is None:
        return deals.mutate(lead_created_s=ibis.null("int64"))
    leads = tables["leads"]
    own = {f"lead_{n}": leads[n] if n in leads.columns else ibis.null("string") for n in TEXTS}
    key = leads.lead_id if link == "lead_id" else leads.opportunity_id
    profile = {name: column for name, column in _profile(tables).items() if name in OF_DEALS}
    created = _seconds(leads, "created_at")
    lead = leads.select(_key=key, _lead_id=leads.lead_id, lead_created_s=created, **own, **profile)
    if link == "opportunity_id":
        lead = lead.filter(lead["_key"].notnull()).distinct(on="_key", keep="first")
    joined = deals.left_join(lead, [(link, "_key")])
    if not tables.has("opportunities.created_at"):
        joined = joined.filter(joined["_lead_id"].notnull() | joined[link].isnull())
    columns: dict[str, Any] = {c: joined[c] for c in deals.columns}
    columns |= {name: ibis.coalesce(joined[name], joined[f"lead_{name}"]) for name in TEXTS}
    columns["lead_id"] = ibis.coalesce(joined["lead_id"], joined["_lead_id"])
    return joined.select(**columns, lead_created_s=joined["lead_created_s"], **{n: joined[n] for n in profile})


def _profile(tables: Tables) -> dict[str, Any]:
    """Those columns of `PROFILE` that are connected; none where the report has little use for them."""
    if tables.run.params.report not in PROFILED:
        return {}
    leads = tables["leads"]
    return {name: leads[name] for name in PROFILE if name in leads.columns}


def _link(tables: Tables) -> str | None:
    """How deals and leads find each other: by the deal's lead, or by the lead's deal."""
    if not tables.has("leads", "opportunities"):
        return None
    if tables.has("opportunities.lead_id"):
        return "lead_id"
    return "opportunity_id" if tables.has("leads.opportunity_id") else None


def _leads(tables: Tables, deals: Any, clock_set: Clocks, zones: Mapping[str, str]) -> Any:
    """Leads as of the run: instants, first response on the business clock of the lead's owner, outcome."""
    import ibis

    leads = tables["leads"]
    columns = {name: _text(leads, name) for name in TEXTS}
    columns |= {f"{name}_s": _seconds(leads, f"{name}_at") for name in INSTANTS} | _profile(tables)
    for name in ("contact_id", "reject_reason", "sales_rating"):
        columns[name] = leads[name] if name in leads.columns else ibis.null("string")
    table = leads.select(lead_id=leads.lead_id, **columns)
    table = table.mutate(start_s=_start(tables, table))
    table = _with_touch(tables, table.mutate(from_s=_from(table, tables)))
    table = table.mutate(zone=_zone_number(table, clock_set, zones))
    table = with_open_seconds(
        table, tables.source.hold(clock_set.columns(), "business_clock"), "start_s", "touch_s", "mql_s"
    )
    table = _durations(table, clock_set, tables)
    table = _with_outcome(table, deals)
    days = {f"{name}_day": _day(table, f"{name}_s", tables) for name in (*INSTANTS, "start", "touch")}
    return table.mutate(**days).drop("zone", "b_start_s", "b_touch_s", "b_mql_s")


def covers(tables: Tables) -> str:
    """Which leads sales's promise is of: `mqls`, `handed_over`, or `leads` where the CRM knows neither day."""
    mql = tables.has("leads.mql_at") and "mql_at" not in tables.inspected["leads"].blank  # a column that nobody fills
    known = {"mqls": mql, "handed_over": tables.has("leads.assigned_at")}
    asked = tables.run.params.sla.sales.covers
    if asked and (known["mqls"] or known["handed_over"]):
        return asked if known[asked] else next(name for name, there in known.items() if there)
    return next((name for name, there in known.items() if there), "leads")


def _start(tables: Tables, leads: Any) -> Any:
    """When sales's clock starts: at the later of hand-over and MQL; never for a lead that the promise is not of.

    An MQL that nobody was given yet waits since it became one.
    """
    import ibis

    of = covers(tables)
    if of == "leads":
        return leads.created_s
    begun = ibis.coalesce(ibis.greatest(leads.assigned_s, leads.mql_s), leads.assigned_s, leads.mql_s)
    return begun if of == "handed_over" else leads.mql_s.notnull().ifelse(begun, None)


def _from(leads: Any, tables: Tables) -> Any:
    """From when on an activity answers a lead: the clock's start, or its day where activities are known by day."""
    if not tables.days_only("activities.occurred_at"):
        return leads.start_s
    # an hour to spare for a day on which the clocks are changed: no other day's midnight is that near
    return leads.start_s - on_the_wall(leads.start_s, tables) % 86_400 - 3_600


def _zone_number(table: Any, clock_set: Clocks, zones: Mapping[str, str]) -> Any:
    """Which calendar a lead's owner works by; the company's where the owner or their zone is unknown."""
    import ibis

    branches = []
    for number, zone in enumerate(clock_set.zones[1:], start=1):
        owners = sorted(rep for rep, theirs in zones.items() if theirs == zone)
        branches.append((table.owner_id.isin(owners), ibis.literal(number, "int64")))
    company = ibis.literal(0, "int64")
    return ibis.cases(*branches, else_=company) if branches else company


def _with_touch(tables: Tables, leads: Any) -> Any:
    """First outbound activity at or after the clock's start, and how many there were."""
    import ibis

    if not tables.has(*RESPONSE):
        return leads.mutate(touch_s=ibis.null("int64"), attempts=ibis.null("int64"))
    activities = tables["activities"]
    touched = touches(leads, activities.filter(activities.direction == "out"))
    if touched is None:
        return leads.mutate(touch_s=ibis.null("int64"), attempts=ibis.null("int64"))
    first = touched.group_by("lead_id").aggregate(touch_s=touched.at_s.min(), attempts=touched.count())
    joined = leads.left_join(first, "lead_id")
    keep = {c: joined[c] for c in leads.columns}
    return joined.select(**keep, touch_s=joined.touch_s, attempts=joined.attempts.fill_null(0).cast("int64"))


def touches(leads: Any, activities: Any, *, of_lead: tuple[str, ...] = (), of_activity: tuple[str, ...] = ()) -> Any:
    """Each activity at or after a lead's start that names the lead, or only its contact.

    Returns
    -------
    Ibis table
        `lead_id`, `at_s` and the columns asked for of either side; None where activities name neither.
    """
    import ibis

    named = [key for key in ("lead_id", "contact_id") if key in activities.columns]
    found = [_touches(leads, activities, key, of_lead, of_activity) for key in named]
    return None if not found else found[0] if len(found) == 1 else ibis.union(*found)


def _touches(leads: Any, activities: Any, key: str, of_lead: tuple[str, ...], of_activity: tuple[str, ...]) -> Any:
    chosen = activities.filter(activities[key].notnull())
    if key == "contact_id" and "lead_id" in activities.columns:
        chosen = chosen.filter(chosen.lead_id.isnull())
    acts = chosen.select(*of_activity, _key=chosen[key], at_s=chosen.occurred_at.epoch_seconds().cast("int64"))
    own = leads.select(*of_lead, lead_id=leads.lead_id, _own=leads[key], _from_s=leads.from_s)
    joined = own.inner_join(acts, [own["_own"] == acts["_key"], acts["at_s"] >= own["_from_s"]])
    return joined.select("lead_id", "at_s", *of_lead, *of_activity)


def _durations(table: Any, clock_set: Clocks, tables: Tables) -> Any:
    """Business seconds of response, of waiting (untouched, up to as-of) and of routing; null where impossible."""
    import ibis

    now = [clock_set.open_seconds(zone, tables.run.as_of_s) for zone in range(len(clock_set.zones))]
    branches = [(table.zone == z, ibis.literal(b, "int64")) for z, b in enumerate(now[1:], start=1)]
    company = ibis.literal(now[0], "int64")
    b_now = ibis.cases(*branches, else_=company) if branches else company
    routed = table.assigned_s.notnull() & (table.assigned_s >= table.mql_s)
    if RESPONSE_HOURS in tables.cannot:
        nothing = ibis.null("int64")
        return table.mutate(response_s=nothing, waited_s=nothing, routing_s=nothing)
    return table.mutate(
        response_s=table.b_touch_s - table.b_start_s,
        waited_s=table.touch_s.isnull().ifelse(b_now - table.b_start_s, None),
        routing_s=routed.ifelse(table.b_start_s - table.b_mql_s, None),
    )


def before_lead(deals: Any) -> Any:
    """Whether a deal was created or closed on a day before its own lead's: no cohort and no duration holds it."""
    closed = deals.outcome.isin(ENDED) & (deals.closed_day < deals.lead_created_day)
    return (deals.created_day < deals.lead_created_day).fill_null(False) | closed.fill_null(False)


def _with_outcome(leads: Any, deals: Any) -> Any:
    """When the lead's first deal began, its first was won, and its last was lost, if none of them is still open."""
    import ibis

    if deals is None:
        nothing = ibis.null("int64")
        return leads.mutate(opportunity_s=nothing, won_s=nothing, lost_s=nothing)
    mine = deals.filter(deals.lead_id.notnull() & ~before_lead(deals)).group_by("lead_id")
    first = mine.aggregate(
        opportunity_s=deals.created_s.min(),
        won_s=deals.closed_s.min(where=deals.outcome == "won"),
        lost_s=deals.closed_s.max(where=deals.outcome == "lost"),
        open_deals=(deals.outcome == "open").sum(),
    )
    joined = leads.left_join(first, "lead_id")
    kept = {c: joined[c] for c in (*leads.columns, "opportunity_s", "won_s")}
    return joined.select(**kept, lost_s=(joined.open_deals == 0).ifelse(joined.lost_s, None))
