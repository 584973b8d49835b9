"""Made-up fixture, written by us: one small company as the exports of the CRMs it might use, and the true numbers.

`company()` is the truth, `write(kind, folder)` its files in the shape in which a vendor's export arrives, `truth(week)`
the numbers that any reading of any of them has to find. No row, name or text here stems from a real company.
"""

from __future__ import annotations

import csv
import io
import random
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
FIRST, WEEKS = date(2026, 7, 6), 10
EXPORTED = datetime(2026, 9, 14, 5, 0, tzinfo=UTC)
"""Monday after the tenth week, 7 o'clock in Berlin: nothing later has happened, only meetings are planned."""
SEED = 6
SEGMENTS = ("Small", "Mid-size", "Enterprise")
SOURCES = {  # the company's own name: HubSpot's label and its internal value, for HubSpot's sources cannot be chosen
    "Website": ("Organic Search", "ORGANIC_SEARCH"),
    "Google Ads": ("Paid Search", "PAID_SEARCH"),
    "Trade fair": ("Offline Sources", "OFFLINE"),
    "Referral": ("Referrals", "REFERRALS"),
    "Newsletter": ("Email Marketing", "EMAIL_MARKETING"),
}
OPEN_STAGES = ("Qualification", "Proposal", "Negotiation")
HIDDEN = {"zoho_export": {"email"}, "zoho_backup": {"email"}}
"""Kinds of activity that the export of a kind cannot hold: there `followed_up` is without them."""
Row = dict[str, Any]


@dataclass(frozen=True)
class Rep:
    n: int
    name: str
    active: bool = True
    queue: bool = False

    @property
    def email(self) -> str:
        return self.name.lower().replace(" ", ".").replace("ö", "oe") + "@example.com"


@dataclass
class Lead:
    created: datetime
    source: str | None
    segment: str
    first: str
    last: str
    firm: str
    owner: Rep
    n: int = 0
    queued: bool = False
    assigned: datetime | None = None
    mql: datetime | None = None
    accepted: datetime | None = None
    rejected: datetime | None = None
    converted: datetime | None = None
    deal: Deal | None = None
    deleted: bool = False
    master: Lead | None = None

    @property
    def email(self) -> str:
        return f"person{self.n}@firm{self.n}.example"

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def phone(self) -> str:
        return f"+49 30 5550{self.n:04}"


@dataclass
class Deal:
    created: datetime
    owner: Rep
    amount: Decimal | None
    segment: str
    pipeline: str
    stages: list[tuple[datetime, str]]
    expected: date
    n: int = 0
    lead: Lead | None = None
    reason: str = ""
    deleted: bool = False

    @property
    def name(self) -> str:
        return f"{self.lead.firm if self.lead else f'Customer {self.n} GmbH'} - offer {self.n}"

    @property
    def stage(self) -> str:
        return self.stages[-1][1]

    @property
    def closed(self) -> datetime | None:
        return self.stages[-1][0] if self.stage.startswith("Closed") else None

    @property
    def close_day(self) -> date:
        return berlin(self.closed) if self.closed else self.expected


@dataclass
class Activity:
    kind: str
    at: datetime
    rep: Rep
    lead: Lead | None = None
    deal: Deal | None = None
    outgoing: bool = True
    done: bool = True
    n: int = 0
    deleted: bool = False

    @property
    def touch(self) -> bool:
        """A human being of sales has reached out: not a call that came in, a to-do, a plan."""
        return self.kind != "task" and self.outgoing and self.done and not self.deleted


@dataclass(frozen=True)
class Campaign:
    n: int
    name: str
    start: date
    cost: int


@dataclass(frozen=True)
class CampaignMember:
    n: int
    campaign: Campaign
    lead: Lead
    at: datetime


@dataclass
class Company:
    reps: list[Rep]
    leads: list[Lead] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)
    activities: list[Activity] = field(default_factory=list)
    campaigns: list[Campaign] = field(default_factory=list)
    members: list[CampaignMember] = field(default_factory=list)


def berlin(at: datetime) -> date:
    return at.astimezone(BERLIN).date()


def work(rng: random.Random, after: datetime, least: float, most: float) -> datetime:
    """An instant some hours later, moved into working hours of Berlin."""
    at = (after + timedelta(hours=rng.uniform(least, most))).astimezone(BERLIN).replace(microsecond=0)
    if at.hour >= 18:
        at = (at + timedelta(days=1)).replace(hour=8)
    elif at.hour < 8:
        at = at.replace(hour=9)
    while at.weekday() > 4:
        at = (at + timedelta(days=1)).replace(hour=8)
    return at.astimezone(UTC)


def past(at: datetime) -> datetime | None:
    return at if at < EXPORTED else None


def new_deal(rng: random.Random, at: datetime, owner: Rep, segment: str, pipeline: str) -> Deal:
    stages, end = [(at, OPEN_STAGES[0])], rng.choices(["Closed Won", "Closed Lost", ""], [46, 30, 24])[0]
    for stage in (*OPEN_STAGES[1:], *([end] if end else [])):
        stages.append((work(rng, stages[-1][0], 30, 220), stage))
    stages = [s for s in stages if s[0] < EXPORTED]
    amount = Decimal(rng.randrange(1200, 48000, 50)) + (Decimal("0.50") if rng.random() < 0.2 else 0)
    deal = Deal(at, owner, amount, segment, pipeline, stages, berlin(at) + timedelta(days=rng.randint(30, 75)))
    deal.amount = None if not deal.closed and rng.random() < 0.2 else amount
    deal.reason = rng.choice(["Price", "No budget", "Competitor"]) if deal.stage == "Closed Lost" else ""
    return deal


def new_lead(rng: random.Random, at: datetime, reps: list[Rep]) -> Lead:
    source = rng.choice([*SOURCES] * 3 + [None] * 2)
    first = rng.choice(["Ada", "Jörg", "Mia", "Paul", "Lea", "Tom"])
    last = rng.choice(["Muster", "Beispiel", "Probe", "Größer"])
    x = Lead(at, source, rng.choice(SEGMENTS), first, last, "", rng.choice(reps[:4]), queued=rng.random() < 0.4)
    x.assigned = past(work(rng, at, 0.2, 20)) if x.queued else at
    if x.queued and rng.random() < 0.15:
        x.assigned = None
    if x.assigned is None:
        x.owner = reps[5]
    elif rng.random() < 0.04:
        x.owner = reps[4]
    if x.assigned and rng.random() < 0.75:
        x.mql = past(x.assigned + timedelta(minutes=rng.randint(5, 3000)))
    verdict = rng.random()
    if x.mql and verdict < 0.68:
        x.accepted = past(work(rng, x.mql, 1, 70))
    elif x.mql and verdict < 0.9:
        x.rejected = past(work(rng, x.mql, 1, 90))
    if x.accepted and rng.random() < 0.75 and (at := work(rng, x.accepted, 1, 100)) < EXPORTED:
        x.converted, x.deal = at, new_deal(rng, at, x.owner, x.segment, "New business")
        x.deal.lead = x
    return x


def follow_ups(rng: random.Random, x: Lead) -> Iterable[Activity]:
    start = x.assigned or x.created
    if rng.random() < 0.15:
        yield Activity(rng.choice(["call", "call", "email"]), start + timedelta(minutes=7), x.owner, x, outgoing=False)
    if x.assigned and rng.random() < 0.88:
        late = x.converted if x.converted and rng.random() < 0.2 else None
        at = work(rng, late or start, 0.3, 40)
        for _ in range(rng.choice([1, 1, 2, 3, 3])):
            yield Activity(rng.choice(["call", "call", "email", "email", "meeting"]), at, x.owner, x, x.deal)
            at = work(rng, at, 20, 120)
    if rng.random() < 0.15:
        yield Activity("task", work(rng, start, 1, 3), x.owner, x)
    if rng.random() < 0.15:
        yield Activity(rng.choice(["call", "task", "meeting"]), EXPORTED + timedelta(days=2), x.owner, x, done=False)


@cache
def company() -> Company:
    """The truth; made anew it is the same."""
    rng = random.Random(SEED)
    names = ["Anna Albers", "Björn Brandt", "Clara Conrad", "Deniz Demir"]
    it = Company([Rep(i + 1, n) for i, n in enumerate(names)])
    it.reps += [Rep(5, "Uwe Ulrich", active=False), Rep(6, "Inbound Leads", queue=True)]
    times = [datetime(2026, 8, 30, 22, 30, tzinfo=UTC), datetime(2026, 9, 6, 22, 15, tzinfo=UTC)]
    for week in range(WEEKS):  # and two just after midnight on Monday in Berlin, when it is still Sunday in UTC
        for _ in range(rng.randint(10, 13)):
            day = datetime.combine(FIRST, datetime.min.time(), BERLIN) + timedelta(days=7 * week + rng.randrange(7))
            times.append((day + timedelta(seconds=rng.randrange(6 * 3600, 23 * 3600))).astimezone(UTC))
    it.leads = [new_lead(rng, at, it.reps) for at in sorted(times)]
    for n, x in enumerate(it.leads, 1):
        x.n, x.firm = n, f"Firma {n} GmbH"
    for gone, master in ((40, None), (107, 106)):  # a lead that was deleted, one that was merged into its twin
        x = it.leads[gone]
        x.deal, x.converted, x.deleted = None, None, True
        if master is not None:
            x.master, x.first, x.last, x.firm = (k := it.leads[master]), k.first, k.last, k.firm
    it.deals = [x.deal for x in it.leads if x.deal]
    for _ in range(12):
        at = work(rng, datetime(2026, 6, 15, tzinfo=UTC), 0, 24 * 85)
        it.deals.append(new_deal(rng, at, rng.choice(it.reps[:5]), rng.choice(SEGMENTS), "Expansion"))
    it.deals[-1].deleted = True
    it.deals.sort(key=lambda d: d.created)
    for n, d in enumerate(it.deals, 1):
        d.n = n
    done = [a for x in it.leads for a in follow_ups(rng, x)]
    done += [Activity(rng.choice(["call", "email", "meeting"]), work(rng, d.created, 5, 90), d.owner, None, d)
             for d in it.deals if not d.lead or rng.random() < 0.5]  # fmt: skip
    it.activities = sorted((a for a in done if a.at < EXPORTED or not a.done), key=lambda a: a.at)
    for n, a in enumerate(it.activities, 1):
        a.n, a.deleted = n, a.lead is it.leads[40]
        a.lead = a.lead.master or a.lead if a.lead else None
        a.deal = a.deal if a.deal and a.at >= a.deal.created else None
    next(a for a in it.activities if a.lead and a.touch).deleted = True
    plan = [("Autumn fair", 27, 8400), ("Search ads", 0, 6150), ("Newsletter July", 7, 300), ("Webinar", 41, 1200)]
    it.campaigns = [Campaign(i, n, FIRST + timedelta(days=d), c) for i, (n, d, c) in enumerate(plan, 1)]
    for x in it.leads:
        for c in it.campaigns:
            if berlin(x.created) >= c.start and rng.random() < 0.2:
                it.members.append(CampaignMember(len(it.members) + 1, c, x, x.created + timedelta(minutes=1)))
    return it


def bounds(week: str) -> tuple[datetime, datetime]:
    """The first instant of an ISO week in Berlin and the first one after it."""
    monday = datetime.combine(date.fromisoformat(f"{week}-1"), datetime.min.time())
    return monday.replace(tzinfo=BERLIN).astimezone(UTC), (monday + timedelta(7)).replace(tzinfo=BERLIN).astimezone(UTC)


def first_touch(lead: Lead, hidden: Iterable[str] = ()) -> datetime | None:
    return min(
        (a.at for a in company().activities if a.lead is lead and a.touch and a.kind not in hidden), default=None
    )


def truth(week: str = "2026-W36", kind: str = "") -> dict[str, Any]:
    """The true numbers of a week; by_source in a kind's own names, followed_up by the kind's own record id."""
    since, until = bounds(week)

    def within(at: datetime | None) -> bool:
        return at is not None and since <= at < until

    leads = [x for x in company().leads if not x.deleted]
    deals = [d for d in company().deals if not d.deleted]
    mine = [x for x in leads if within(x.created)]
    over = [d for d in deals if within(d.closed)]
    won = [d for d in over if d.stage == "Closed Won"]
    still = [d for d in deals if d.created < until and not (d.closed and d.closed < until)]
    return {
        "leads": len(mine),
        "mqls": sum(within(x.mql) for x in leads),
        "accepted": sum(within(x.accepted) for x in leads),
        "rejected": sum(within(x.rejected) for x in leads),
        "by_source": dict(Counter(source_name(x, kind) for x in mine)),
        "won": (len(won), sum((d.amount or Decimal(0) for d in won), Decimal(0))),
        "lost": len(over) - len(won),
        "open": (len(still), sum((d.amount or Decimal(0) for d in still), Decimal(0))),
        "deals_created": sum(within(d.created) for d in deals),
        "followed_up": {lead_id(x, kind): first_touch(x, HIDDEN.get(kind, ())) for x in mine},
    }


# --- how a vendor writes a value -------------------------------------------------------------------------------------


class Choice(NamedTuple):
    """A value of a list: its internal value, and its label where LABELS has none."""

    value: str
    label: str = ""


@dataclass(frozen=True)
class Style:
    instant: str = "%Y-%m-%dT%H:%M:%S.000Z"
    zone: tzinfo = UTC
    day: str = "%Y-%m-%d"
    truth: tuple[str, str] = ("false", "true")
    comma: bool = False
    delimiter: str = ","
    quoting: int = csv.QUOTE_MINIMAL
    encoding: str = "utf-8"
    language: int | None = None
    suffix: str = ""

    def text(self, value: Any) -> str:
        if isinstance(value, Choice):
            return value.value if self.language is None else value.label or label(value.value, self.language)
        if isinstance(value, datetime):
            return value.astimezone(self.zone).strftime(self.instant)
        if isinstance(value, bool):
            return self.truth[value]
        if isinstance(value, date):
            return value.strftime(self.day)
        if isinstance(value, Decimal) and self.comma:
            return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
        return "" if value is None else str(value)

    def table(self, rows: list[Row], footer: str = "") -> bytes:
        out = io.StringIO()
        writer = csv.writer(out, delimiter=self.delimiter, quoting=self.quoting, lineterminator="\n")
        writer.writerow(rows[0] if self.language is None else [label(name, self.language) for name in rows[0]])
        writer.writerows([[self.text(v) for v in row.values()] for row in rows])
        return (out.getvalue() + footer).encode(self.encoding)


# --- Salesforce ------------------------------------------------------------------------------------------------------

SF_IDS = {"Lead": "00Q", "Opportunity": "006", "Contact": "003", "Account": "001", "User": "005", "Group": "00G",
          "Task": "00T", "Event": "00U", "Campaign": "701", "CampaignMember": "00v", "RecordType": "012",
          "LeadHistory": "017", "OpportunityHistory": "008", "OpportunityContactRole": "00K",
          "EmailMessage": "02s"}  # fmt: skip
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SF_ADMIN = 90
PROBABILITY = {"Qualification": 10, "Proposal": 50, "Negotiation": 80, "Closed Won": 100, "Closed Lost": 0}


def sf_id(of: str, n: int | None) -> str | None:
    """18 characters: 15 in which case matters (…A and …a are two records), and three that hold where capitals are."""
    if n is None:
        return None
    short = f"{SF_IDS[of]}Qy00000{ALPHABET[n // 3844]}{ALPHABET[n // 62 % 62]}{ALPHABET[n % 62]}YA"
    chunks = (short[i : i + 5] for i in (0, 5, 10))
    return short + "".join(DIGITS[sum(1 << i for i, c in enumerate(part) if c.isupper())] for part in chunks)


def owner_id(rep: Rep) -> str | None:
    return sf_id("Group" if rep.queue else "User", rep.n)


def sf_system(created: datetime, by: Rep | None = None, changed: datetime | None = None, deleted: bool = False) -> Row:
    user = sf_id("User", by.n if by and not by.queue else SF_ADMIN)
    return {"IsDeleted": deleted, "CreatedDate": created, "CreatedById": user, "LastModifiedDate": changed or created,
            "LastModifiedById": user, "SystemModstamp": (changed or created) + timedelta(seconds=2)}  # fmt: skip


def sf_status(x: Lead) -> list[tuple[datetime, str]]:
    """The lead's statuses in order, each with the instant of its beginning."""
    steps = [(x.created, "Open - Not Contacted"), (x.accepted, "Working - Contacted"),
             (x.rejected, "Closed - Not Converted"), (x.converted, "Closed - Converted")]  # fmt: skip
    return [(at, status) for at, status in steps if at]


def sf_lead(x: Lead) -> Row:
    return {"Id": sf_id("Lead", x.n), "MasterRecordId": sf_id("Lead", x.master.n) if x.master else None,
            "LastName": x.last, "FirstName": x.first, "Name": x.name, "Company": x.firm,
            "Phone": x.phone, "Email": x.email, "LeadSource": x.source, "Status": sf_status(x)[-1][1],
            "OwnerId": owner_id(x.owner), "IsConverted": x.converted is not None,
            "ConvertedDate": berlin(x.converted) if x.converted else None,
            "ConvertedAccountId": sf_id("Account", x.n) if x.converted else None,
            "ConvertedContactId": sf_id("Contact", x.n) if x.converted else None,
            "ConvertedOpportunityId": sf_id("Opportunity", x.deal.n) if x.deal else None,
            **sf_system(x.created, None, sf_status(x)[-1][0], x.deleted),
            "MQL_Date__c": berlin(x.mql) if x.mql else None, "Sales_Accepted_Date__c": x.accepted,
            "Rejected_Date__c": x.rejected, "Segment__c": x.segment}  # fmt: skip


def sf_opportunity(d: Deal) -> Row:
    return {"Id": sf_id("Opportunity", d.n), "AccountId": account_id(d), "RecordTypeId": record_type(d),
            "Name": d.name, "StageName": d.stage, "Amount": d.amount, "Probability": PROBABILITY[d.stage],
            "CloseDate": d.close_day, "Type": d.pipeline, "LeadSource": d.lead.source if d.lead else None,
            "IsClosed": d.closed is not None, "IsWon": d.stage == "Closed Won", "OwnerId": owner_id(d.owner),
            **sf_system(d.created, d.owner, d.stages[-1][0], d.deleted), "Loss_Reason__c": d.reason,
            "Segment__c": d.segment}  # fmt: skip


def account_id(d: Deal) -> str | None:
    return sf_id("Account", d.lead.n if d.lead else 1000 + d.n)


def record_type(d: Deal) -> str | None:
    return sf_id("RecordType", 1 if d.pipeline == "New business" else 2)


def sf_lead_history(x: Lead) -> Iterable[Row]:
    """A change of owner is two rows, by names and by ids; a first value has no old one."""
    changes: list[tuple[datetime, str, str, Any, Any]] = [(x.created, "created", "Text", None, None)]
    if x.queued and x.assigned:
        queue = company().reps[5]
        changes.append((x.assigned, "Owner", "Text", queue.name, x.owner.name))
        changes.append((x.assigned, "Owner", "EntityId", owner_id(queue), owner_id(x.owner)))
    steps = sf_status(x)
    changes += [(at, "Status", "DynamicEnum", steps[i][1], new) for i, (at, new) in enumerate(steps[1:])]
    if x.converted:
        changes.append((x.converted, "leadConverted", "Text", None, None))
    for i, (at, name, of, old, new) in enumerate(changes):
        yield {"Id": sf_id("LeadHistory", x.n * 20 + i), "IsDeleted": x.deleted, "LeadId": sf_id("Lead", x.n),
               "CreatedById": sf_id("User", x.owner.n if at != x.created and not x.owner.queue else SF_ADMIN),
               "CreatedDate": at, "Field": name, "DataType": of, "OldValue": old, "NewValue": new}  # fmt: skip


def sf_opportunity_history(d: Deal) -> Iterable[Row]:
    for i, (at, stage) in enumerate(d.stages):
        yield {"Id": sf_id("OpportunityHistory", d.n * 8 + i), "OpportunityId": sf_id("Opportunity", d.n),
               "CreatedById": owner_id(d.owner), "CreatedDate": at, "StageName": stage, "Amount": d.amount,
               "CloseDate": d.close_day if stage.startswith("Closed") else d.expected,
               "Probability": PROBABILITY[stage], "SystemModstamp": at, "IsDeleted": d.deleted}  # fmt: skip


def who_id(a: Activity) -> str | None:
    """Converting a lead moves its activities to the contact; with shared activities some of before stay on the lead."""
    moved = a.lead and a.lead.converted and (a.at >= a.lead.converted or a.n % 2)
    return a.lead and sf_id("Contact" if moved else "Lead", a.lead.n)


def what_id(a: Activity) -> str | None:
    return sf_id("Opportunity", a.deal.n) if a.deal else None


def sf_task(a: Activity) -> Row:
    kind = {"call": "Call", "email": "Email", "task": "Task"}[a.kind]
    made = a.at + timedelta(minutes=2) if a.done and a.kind != "task" else a.at - timedelta(days=3)
    return {"Id": sf_id("Task", a.n), "WhoId": who_id(a), "WhatId": what_id(a), "Subject": f"{kind} {a.n}",
            "ActivityDate": berlin(a.at), "Status": "Completed" if a.done else "Not Started", "Priority": "Normal",
            "OwnerId": sf_id("User", a.rep.n if not a.rep.queue else SF_ADMIN), "IsClosed": a.done,
            "TaskSubtype": kind, "CallType": ("Outbound" if a.outgoing else "Inbound") if a.kind == "call" else None,
            "CallDurationInSeconds": 60 + a.n if a.kind == "call" and a.done else None,
            "CompletedDateTime": a.at if a.done else None,
            **sf_system(min(made, EXPORTED), a.rep, None, a.deleted)}  # fmt: skip


def sf_event(a: Activity) -> Row:
    return {"Id": sf_id("Event", a.n), "WhoId": who_id(a), "WhatId": what_id(a), "Subject": f"Meeting {a.n}",
            "ActivityDate": berlin(a.at), "ActivityDateTime": a.at, "StartDateTime": a.at,
            "EndDateTime": a.at + timedelta(minutes=30), "IsAllDayEvent": False, "EventSubtype": "Event",
            "OwnerId": sf_id("User", a.rep.n if not a.rep.queue else SF_ADMIN),
            **sf_system(min(a.at, EXPORTED) - timedelta(days=2), a.rep, None, a.deleted)}  # fmt: skip


def salesforce() -> dict[str, list[Row]]:
    """The rows of each object; the direction of an email stands in EmailMessage alone."""
    it = company()
    people = [x for x in it.leads if x.converted]
    users = [(r.n, r.name, r.email, r.active) for r in it.reps if not r.queue]
    users.append((SF_ADMIN, "Integration User", "integration@example.com", True))
    since = datetime(2025, 1, 7, 8, tzinfo=UTC)
    others = [(sf_id("Account", 1000 + d.n), f"Customer {d.n} GmbH", since, d.owner) for d in it.deals if not d.lead]
    return {
        "Lead": [sf_lead(x) for x in it.leads],
        "Opportunity": [sf_opportunity(d) for d in it.deals],
        "OpportunityHistory": [row for d in it.deals for row in sf_opportunity_history(d)],
        "LeadHistory": [row for x in it.leads for row in sf_lead_history(x)],
        "Task": [sf_task(a) for a in it.activities if a.kind != "meeting"],
        "Event": [sf_event(a) for a in it.activities if a.kind == "meeting"],
        "EmailMessage": [{"Id": sf_id("EmailMessage", a.n), "ActivityId": sf_id("Task", a.n), "MessageDate": a.at,
                          "Incoming": not a.outgoing, "Status": 3 if a.outgoing else 1, "IsDeleted": a.deleted}
                         for a in it.activities if a.kind == "email"],
        "Campaign": [{"Id": sf_id("Campaign", c.n), "Name": c.name, "Type": "Other", "Status": "Completed",
                      "StartDate": c.start, "EndDate": c.start + timedelta(days=30), "BudgetedCost": c.cost + 500,
                      "ActualCost": c.cost, "IsActive": True, **sf_system(since)} for c in it.campaigns],
        "CampaignMember": [{"Id": sf_id("CampaignMember", m.n), "CampaignId": sf_id("Campaign", m.campaign.n),
                            "LeadId": sf_id("Lead", m.lead.n), "Status": "Responded", "HasResponded": True,
                            "ContactId": sf_id("Contact", m.lead.n) if m.lead.converted else None,
                            "FirstRespondedDate": berlin(m.at), **sf_system(m.at, deleted=m.lead.deleted)}
                           for m in it.members],
        "User": [{"Id": sf_id("User", n), "Username": mail, "Name": name, "Email": mail, "IsActive": active,
                  "UserType": "Standard", "TimeZoneSidKey": "Europe/Berlin", "CreatedDate": since}
                 for n, name, mail, active in users],
        "Group": [{"Id": owner_id(r), "Name": r.name, "DeveloperName": r.name.replace(" ", "_"), "Type": "Queue",
                   "CreatedDate": since} for r in it.reps if r.queue],
        "Account": [{"Id": i, "Name": name, "OwnerId": owner_id(r), **sf_system(at, r)} for i, name, at, r in
                    [*((sf_id("Account", x.n), x.firm, x.converted or since, x.owner) for x in people), *others]],
        "Contact": [{"Id": sf_id("Contact", x.n), "AccountId": sf_id("Account", x.n), "LastName": x.last,
                     "FirstName": x.first, "Email": x.email, "Phone": x.phone, "OwnerId": owner_id(x.owner),
                     "LeadSource": x.source, **sf_system(x.converted or since, x.owner)} for x in people],
        "RecordType": [{"Id": sf_id("RecordType", i), "Name": name, "DeveloperName": name.replace(" ", "_"),
                        "SobjectType": "Opportunity", "IsActive": True}
                       for i, name in enumerate(("New business", "Expansion"), 1)],
        "OpportunityContactRole": [{"Id": sf_id("OpportunityContactRole", x.n), "Role": "Decision Maker",
                                    "OpportunityId": sf_id("Opportunity", x.deal.n), "IsPrimary": True,
                                    "ContactId": sf_id("Contact", x.n), **sf_system(x.deal.created, x.owner)}
                                   for x in people if x.deal],
    }  # fmt: skip


def salesforce_csv(folder: Path, style: Style) -> None:
    for name, rows in salesforce().items():
        (folder / f"{name}.csv").write_bytes(style.table(rows))


def salesforce_zip(folder: Path, style: Style) -> None:
    """The weekly Data Export: one ZIP named after the organisation, everything quoted, 1 and 0 for true and false."""
    with zipfile.ZipFile(folder / "WE_00DQy00000FiXtUMAQ_1.ZIP", "w", zipfile.ZIP_DEFLATED) as pack:
        for name, rows in salesforce().items():
            pack.writestr(f"{name}.csv", style.table(rows))


def salesforce_fivetran(folder: Path, style: Style) -> None:
    """The same objects as a warehouse sync names them: MQL_Date__c is mql_date_c."""
    for name, rows in salesforce().items():
        synced = {"_fivetran_synced": SYNCED, "_fivetran_active": True}
        renamed = [{snake(k): v for k, v in row.items()} | synced for row in rows]
        (folder / f"{snake(name)}.csv").write_bytes(style.table(renamed))


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|__", "_", name).lower()


# fmt: off
def report_rows() -> Iterator[list[Row]]:
    """A leads, an opportunities and an activities report: labels, ids of 15 characters, nothing that was deleted."""
    it = company()
    yield [{"Lead ID": (sf_id("Lead", x.n) or "")[:15], "First Name": x.first, "Last Name": x.last,
            "Company / Account": x.firm, "Email": x.email, "Lead Owner": x.owner.name, "Lead Source": x.source,
            "Lead Status": sf_status(x)[-1][1], "Create Date": berlin(x.created), "Converted": x.converted is not None,
            "Converted Date": berlin(x.converted) if x.converted else None, "MQL Date": x.mql and berlin(x.mql),
            "Opportunity ID": x.deal and (sf_id("Opportunity", x.deal.n) or "")[:15],
            "Sales Accepted Date": x.accepted, "Rejected Date": x.rejected, "Segment": x.segment}
           for x in it.leads if not x.deleted]
    yield [{"Opportunity ID": (sf_id("Opportunity", d.n) or "")[:15], "Opportunity Name": d.name,
            "Account Name": d.lead.firm if d.lead else f"Customer {d.n} GmbH", "Opportunity Owner": d.owner.name,
            "Stage": d.stage, "Probability (%)": PROBABILITY[d.stage], "Amount Currency": "EUR", "Amount": d.amount,
            "Close Date": d.close_day, "Created Date": berlin(d.created), "Closed": d.closed is not None,
            "Won": d.stage == "Closed Won", "Type": d.pipeline, "Lead Source": d.lead and d.lead.source,
            "Segment": d.segment} for d in it.deals if not d.deleted]
    yield [{"Activity ID": (sf_id("Event" if a.kind == "meeting" else "Task", a.n) or "")[:15],
            "Date": berlin(a.at), "Subject": f"{a.kind.title()} {a.n}", "Assigned": a.rep.name,
            "Task": a.kind != "meeting", "Task Subtype": a.kind.title() if a.kind != "meeting" else None,
            "Call Type": ("Outbound" if a.outgoing else "Inbound") if a.kind == "call" else None,
            "Status": ("Completed" if a.done else "Not Started") if a.kind != "meeting" else None,
            "Start": a.at if a.kind == "meeting" else None,
            "Completed Date/Time": a.at if a.done and a.kind != "meeting" else None,
            "Lead": None if not a.lead or a.lead.converted else a.lead.name,
            "Contact": a.lead.name if a.lead and a.lead.converted else None,
            "Email": a.lead and a.lead.email, "Opportunity ID": a.deal and (what_id(a) or "")[:15]}
           for a in it.activities if not a.deleted and (a.outgoing or a.kind == "call")]


def salesforce_report(folder: Path, style: Style) -> None:
    """Named after the second in which it was made, with lines below the table that are no records."""
    for i, rows in enumerate(report_rows()):
        foot = ('\n\n"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."\n'
                '"Confidential Information - Do Not Distribute"\n')
        (folder / f"report{int(EXPORTED.timestamp()) + i}000.csv").write_bytes(style.table(rows, foot))


# --- HubSpot ---------------------------------------------------------------------------------------------------------

LANGUAGES = ("en", "de", "fr", "es")
LABEL_TABLE = """
hs_object_id|Record ID|Datensatz-ID|ID de fiche d'informations|ID de registro
firstname|First Name|Vorname|Prénom|Nombre
lastname|Last Name|Nachname|Nom|Apellidos
email|Email|E-Mail|E-mail|Correo
phone|Phone Number|Telefonnummer|Numéro de téléphone|Número de teléfono
company|Company Name|~Unternehmensname|Nom de l'entreprise|Nombre de la empresa
createdate|Create Date|Erstellungsdatum|Date de création|Fecha de creación
lifecyclestage|Lifecycle Stage|Lifecycle-Phase|Phase du cycle de vie|Etapa del ciclo de vida
hs_lifecyclestage_lead_date|Became a Lead Date|Datum der Konversion zum Lead|Date de conversion en Lead|
hs_lifecyclestage_marketingqualifiedlead_date|Became a Marketing Qualified Lead Date|Datum der Konversion zum Marketing-Qualified-Lead|~Date de conversion en Marketing Qualified Lead|
hs_lifecyclestage_salesqualifiedlead_date|Became a Sales Qualified Lead Date|Datum der Konversion zum Sales-Qualified-Lead|~Date de conversion en Sales Qualified Lead|
hs_lifecyclestage_opportunity_date|Became an Opportunity Date|Datum der Konversion zum Opportunity|~Date de conversion en Opportunité|
hs_lifecyclestage_customer_date|Became a Customer Date|Datum der Konversion zum Kunde|~Date de conversion en Client|
contact_owner|Contact owner|Für Kontakt zuständiger Mitarbeiter|Propriétaire du contact|Propietario del contacto
hubspot_owner_assigneddate|Owner Assigned Date|~Datum der Zuweisung des zuständigen Mitarbeiters|~Date d'attribution du propriétaire|~Fecha de asignación del propietario
hs_lead_status|Lead Status|Leadstatus|Statut du lead|Estado del lead
hs_analytics_source|Original Source|~Ursprüngliche Quelle|Source d'origine|~Fuente original
hs_analytics_source_data_1|Original Source Drill-Down 1|~Drilldown 1 für ursprüngliche Quelle||
segment|Segment|Segment|Segment|Segmento
sales_accepted_date|Sales Accepted Date|Vom Vertrieb akzeptiert am|Accepté par les ventes le|Aceptado por ventas el
sales_rejected_date|Sales Rejected Date|Vom Vertrieb abgelehnt am|Refusé par les ventes le|Rechazado por ventas el
dealname|Deal Name|~Deal-Name|Nom de la transaction|Nombre del negocio
pipeline|Pipeline|Pipeline|Pipeline|Pipeline
dealstage|Deal Stage|Deal-Phase|Phase de la transaction|Etapa del negocio
amount|Amount|Betrag|Montant|Valor
closedate|Close Date|Abschlussdatum|Date de fermeture|Fecha de cierre
deal_owner|Deal owner|~Für Deal zuständiger Mitarbeiter|Propriétaire de la transaction|Propietario del negocio
closed_lost_reason|Closed Lost Reason|~Grund für verlorenen Abschluss|~Raison de la perte|~Motivo de cierre perdido
hs_is_closed_won|Is Closed Won|~Ist Abgeschlossen und gewonnen||
hs_call_title|Call title|~Anruftitel|~Titre de l'appel|~Título de la llamada
hs_email_subject|Email subject|~E-Mail-Betreff|~Objet de l'e-mail|~Asunto del correo
hs_meeting_title|Meeting name|~Meeting-Name|~Nom de la réunion|~Nombre de la reunión
hs_task_subject|Task Title|~Aufgabentitel|~Titre de la tâche|~Título de la tarea
hs_timestamp|Activity date|~Aktivitätsdatum|~Date d'activité|~Fecha de actividad
activity_owner|Activity assigned to|~Aktivität zugewiesen an|~Activité attribuée à|~Actividad asignada a
hs_call_direction|Call direction|~Anrufrichtung|~Sens de l'appel|~Dirección de la llamada
hs_call_disposition|Call outcome|~Anrufergebnis|~Résultat de l'appel|~Resultado de la llamada
hs_email_direction|Email direction|~E-Mail-Richtung|~Sens de l'e-mail|~Dirección del correo
hs_meeting_outcome|Meeting outcome|~Meeting-Ergebnis|~Résultat de la réunion|~Resultado de la reunión
hs_task_status|Task Status|~Aufgabenstatus|~Statut de la tâche|~Estado de la tarea
lead|Lead|Lead|Lead|Lead
marketingqualifiedlead|Marketing Qualified Lead|Marketing-Qualified-Lead|~Marketing Qualified Lead|Lead calificado por marketing
salesqualifiedlead|Sales Qualified Lead|Sales-Qualified-Lead|~Sales Qualified Lead|~Lead calificado para ventas
opportunity|Opportunity|Opportunity|~Opportunité|~Oportunidad
customer|Customer|Kunde|~Client|~Cliente
"""  # noqa: E501 - one property a line; ~ marks a translation that no page or public code confirmed, none is English
LABELS = {line.split("|")[0]: line.split("|")[1:] for line in LABEL_TABLE.strip().split("\n")}
HUB_FILES = ("all-{}|contacts|deals|calls|emails|meetings|tasks",
             "alle-{}|kontakte|deals|anrufe|e-mails|meetings|aufgaben",
             "tous-les-{}|contacts|transactions|appels|e-mails|reunions|taches",
             "todos-{}|contactos|negocios|llamadas|correos|reuniones|tareas")
HUB_STAGES = {"New business": ("default", dict(zip(PROBABILITY, ("qualifiedtobuy", "presentationscheduled",
                               "contractsent", "closedwon", "closedlost"), strict=True))),
              "Expansion": ("71600384", {name: f"13909{i}55" for i, name in enumerate(PROBABILITY)})}
SYNCED = "2026-09-14 05:02:11.345000"


def label(name: str, language: int) -> str:
    """A property's or a list value's label in a language: HubSpot leaves some in English."""
    words = LABELS.get(name, [name])
    return (words[language] if language < len(words) else "").lstrip("~") or words[0]


def hub_id(x: Lead | Deal) -> int:
    return (150_000_000_000 if isinstance(x, Lead) else 410_000_000_000) + 1009 * x.n


def hub_owner(rep: Rep) -> Choice | None:
    return None if rep.queue else Choice(str(88_100_200 + rep.n), rep.name)


def hub_stages(x: Lead) -> list[tuple[datetime, str]]:
    won = x.deal.closed if x.deal and x.deal.stage == "Closed Won" else None
    steps = [(x.created, "lead"), (x.mql, "marketingqualifiedlead"), (x.accepted, "salesqualifiedlead"),
             (x.converted, "opportunity"), (won, "customer")]
    return [(at, stage) for at, stage in steps if at]


def hub_status(x: Lead) -> str:
    return "UNQUALIFIED" if x.rejected else "OPEN_DEAL" if x.deal else "IN_PROGRESS" if x.accepted else "NEW"


def hub_contact(x: Lead) -> Row:
    stages = {stage: at for at, stage in hub_stages(x)}
    source = SOURCES[x.source] if x.source else None
    return {"hs_object_id": hub_id(x), "firstname": x.first, "lastname": x.last, "email": x.email, "phone": x.phone,
            "company": x.firm, "contact_owner": hub_owner(x.owner), "createdate": x.created,
            "hubspot_owner_assigneddate": x.assigned, "hs_lead_status": Choice(hub_status(x), hub_status(x).title()),
            "lifecyclestage": Choice([*stages][-1]),
            **{f"hs_lifecyclestage_{s}_date": stages.get(s) for s in ("lead", "marketingqualifiedlead",
               "salesqualifiedlead", "opportunity", "customer")},
            "hs_analytics_source": Choice(source[1], source[0]) if source else None,
            "hs_analytics_source_data_1": x.source, "segment": x.segment,
            "sales_accepted_date": x.accepted, "sales_rejected_date": x.rejected}


def hub_customer(d: Deal) -> Row:
    """The contact of a customer of long ago, whom a deal without a lead belongs to."""
    since = datetime(2025, 1, 7, 8, tzinfo=UTC) + timedelta(days=d.n)
    x = Lead(since, None, d.segment, "Kim", "Kunde", f"Customer {d.n} GmbH", d.owner, 1000 + d.n, assigned=since)
    return hub_contact(x) | {"lifecyclestage": Choice("customer"), "hs_lifecyclestage_customer_date": since}


def hub_people(d: Deal) -> list[int]:
    """The contacts of a deal; every seventh has two, every fourth without a lead none."""
    first = [hub_id(d.lead)] if d.lead else [] if d.n % 4 == 0 else [150_000_000_000 + 1009 * (1000 + d.n)]
    return first + [next(hub_customer(o)["hs_object_id"] for o in company().deals if not o.lead)] * (d.n % 7 == 0)


def hub_deal(d: Deal) -> Row:
    pipeline, ids = HUB_STAGES[d.pipeline]
    entered = {stage: at for at, stage in d.stages}
    row = {"hs_object_id": hub_id(d), "dealname": d.name, "pipeline": Choice(pipeline, d.pipeline),
           "dealstage": Choice(ids[d.stage], d.stage), "amount": d.amount, "createdate": d.created,
           "closedate": d.closed or datetime(d.expected.year, d.expected.month, d.expected.day, 12, tzinfo=UTC),
           "deal_owner": hub_owner(d.owner), "closed_lost_reason": d.reason,
           "hs_is_closed_won": d.stage == "Closed Won", "segment": d.segment}
    for name in HUB_STAGES:
        for stage in PROBABILITY:
            row[f'Date entered "{stage} ({name})"'] = entered.get(stage) if name == d.pipeline else None
    return row


def hub_activity(a: Activity) -> Row:
    way, did = "OUTBOUND" if a.outgoing else "INBOUND", "COMPLETED" if a.done else "SCHEDULED"
    mail = ("EMAIL", "Sent") if a.outgoing else ("INCOMING_EMAIL", "Incoming")
    more: dict[str, Row] = {
        "call": {"hs_call_title": f"Call {a.n}", "hs_call_direction": Choice(way, way.title()), "hs_call_disposition":
                 Choice("f240bbac-87c9-4f6e-bf70-924b57d47db7", "Connected") if a.done else None},
        "email": {"hs_email_subject": f"Email {a.n}", "hs_email_direction": Choice(*mail)},
        "meeting": {"hs_meeting_title": f"Meeting {a.n}", "hs_meeting_outcome": Choice(did, did.title())},
        "task": {"hs_task_subject": f"Task {a.n}", "hs_task_status": Choice(*(("COMPLETED", "Completed") if a.done
                 else ("NOT_STARTED", "Not started")))}}
    return {"hs_object_id": 590_000_000_000 + 1013 * a.n, **more[a.kind], "hs_timestamp": a.at,
            "activity_owner": hub_owner(a.rep)}


def hubspot_export(folder: Path, style: Style) -> None:
    """One file per list, named after the view; labels of the account's language, times of its zone to the minute."""
    it, made = company(), f"{EXPORTED:%Y-%m-%d}"
    view, *names = HUB_FILES[style.language or 0].split("|")
    deals = [d for d in it.deals if not d.deleted]
    people = [hub_contact(x) | {"Associated Deal IDs": hub_id(x.deal) if x.deal else None}
              for x in it.leads if not x.deleted]
    people += [hub_customer(d) | {"Associated Deal IDs": hub_id(d)} for d in deals if not d.lead]
    tables = [people, [hub_deal(d) | {"Associated Contact IDs": ";".join(map(str, hub_people(d)))} for d in deals]]
    for kind in ("call", "email", "meeting", "task"):
        tables.append([hub_activity(a) | {"Associated Contact IDs": a.lead and hub_id(a.lead),
                       "Associated Deal IDs": a.deal and hub_id(a.deal)}
                       for a in it.activities if a.kind == kind and not a.deleted])
    for name, rows in zip(names, tables, strict=True):
        (folder / f"hubspot-crm-exports-{view.format(name)}-{made}.csv").write_bytes(style.table(rows))


def prefixed(row: Row, owner: str, drop: Iterable[str] = ()) -> Row:
    """A record's properties as Fivetran names their columns."""
    names = {owner: "hubspot_owner_id"}
    return {f"property_{names.get(k, k)}": v for k, v in row.items() if k not in drop and not k.startswith("Date ")}


def hubspot_fivetran(folder: Path, style: Style) -> None:
    """Properties with property_ before their names, ids for labels, deleted and merged records as flags and rows."""
    it, synced = company(), {"_fivetran_synced": SYNCED}
    stay, whole = {"_fivetran_deleted": False, **synced}, ("hs_object_id",)
    contacts = [(x, hub_contact(x)) for x in it.leads]
    happened = [(a, 590_000_000_000 + 1013 * a.n) for a in it.activities]
    tables: dict[str, list[Row]] = {
        "contact": [{"id": hub_id(x), "_fivetran_deleted": x.deleted, **synced, **prefixed(row, "contact_owner", whole)}
                    for x, row in contacts]
                   + [{"id": (row := hub_customer(d))["hs_object_id"], **stay, **prefixed(row, "contact_owner", whole)}
                      for d in it.deals if not d.lead],
        "contact_merge_audit": [{"canonical_vid": hub_id(x.master), "contact_id": hub_id(x.master), "vid_to_merge":
                                 hub_id(x), **synced, "entity_id": None, "first_name": None, "last_name": None,
                                 "num_properties_moved": 2, "timestamp": x.created + timedelta(days=1), "user_id": None}
                                for x in it.leads if x.master],
        "contact_property_history": [{"contact_id": hub_id(x), "name": name, "timestamp": at, "value": value,
                                      "source": "CRM_UI", "source_id": "userId:1", **synced}
                                     for x in it.leads for name, at, value in
                                     [*(("lifecyclestage", at, stage) for at, stage in hub_stages(x)),
                                      ("hubspot_owner_id", x.assigned, hub_owner(x.owner))] if at],
        "deal": [{"deal_id": hub_id(d), "is_deleted": d.deleted, **synced, "portal_id": 4700001,
                  "deal_pipeline_id": HUB_STAGES[d.pipeline][0],
                  "deal_pipeline_stage_id": HUB_STAGES[d.pipeline][1][d.stage], "owner_id": hub_owner(d.owner),
                  **prefixed(hub_deal(d), "deal_owner", ("hs_object_id", "pipeline", "dealstage"))} for d in it.deals],
        "deal_contact": [{"contact_id": c, "deal_id": hub_id(d), **synced, "type_id": 3, "category": "HUBSPOT_DEFINED"}
                         for d in it.deals for c in hub_people(d)],
        "deal_stage": [{"_fivetran_start": at, "deal_id": hub_id(d), "_fivetran_active": i == len(d.stages) - 1,
                        "_fivetran_end": d.stages[i + 1][0] if i + 1 < len(d.stages) else "9999-12-31 23:59:59",
                        **synced, "date_entered": at, "source": "CRM_UI", "source_id": "userId:1",
                        "value": HUB_STAGES[d.pipeline][1][stage]}
                       for d in it.deals for i, (at, stage) in enumerate(d.stages)],
        "deal_property_history": [{"deal_id": hub_id(d), "timestamp": at, **synced, "source": "CRM_UI", "name":
                                   "dealstage", "source_id": "userId:1", "value": HUB_STAGES[d.pipeline][1][stage]}
                                  for d in it.deals for at, stage in d.stages],
        "deal_pipeline": [{"pipeline_id": i, **stay, "active": True, "display_order": n, "label": name}
                          for n, (name, (i, _)) in enumerate(HUB_STAGES.items())],
        "deal_pipeline_stage": [{"stage_id": i, **stay, "active": True, "closed_won": stage == "Closed Won",
                                 "is_closed": stage.startswith("Closed"), "display_order": n, "label": stage,
                                 "probability": PROBABILITY[stage] / 100, "pipeline_id": pipeline}
                                for pipeline, ids in HUB_STAGES.values() for n, (stage, i) in enumerate(ids.items())],
        "merged_deal": [{"deal_id": hub_id(it.deals[0]), "merged_deal_id": 410_999_999_999, **synced}],
        "owner": [{"owner_id": hub_owner(r), **synced, "email": r.email, "first_name": r.name.split()[0], "last_name":
                   r.name.split()[1], "portal_id": 4700001, "type": "PERSON", "is_active": r.active,
                   "active_user_id": r.n if r.active else None} for r in it.reps if not r.queue],
        "engagement": [{"id": i, "type": a.kind.upper(), **synced, "portal_id": 4700001} for a, i in happened],
        "engagement_contact": [{"contact_id": hub_id(a.lead), "engagement_id": i, "engagement_type": a.kind.upper(),
                                "type_id": 194, **synced, "category": "HUBSPOT_DEFINED"}
                               for a, i in happened if a.lead],
        "engagement_deal": [{"deal_id": hub_id(a.deal), "engagement_id": i, "engagement_type": a.kind.upper(),
                             "type_id": 206, **synced, "category": "HUBSPOT_DEFINED"} for a, i in happened if a.deal]}
    for kind in ("call", "email", "meeting", "task"):
        tables[f"engagement_{kind}"] = [
            {"engagement_id": i, "_fivetran_deleted": a.deleted, **synced, "type": kind.upper(),
             "property_hs_createdate": min(a.at, EXPORTED), **prefixed(hub_activity(a), "activity_owner", whole)}
            for a, i in happened if a.kind == kind]
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_bytes(style.table(rows))


# --- Pipedrive and Zoho ----------------------------------------------------------------------------------------------


def pipedrive_export(folder: Path, style: Style) -> None:
    """A converted lead is gone from the leads; a person stays. The direction of a call only stands in its type."""
    it = company()
    leads, deals = [x for x in it.leads if not x.deleted], [d for d in it.deals if not d.deleted]
    uuid = "{:08x}-7d01-11f1-8e5a-0242ac120002"
    types = {("call", True): "Call", ("call", False): "Inbound call", ("email", True): "Email",
             ("email", False): "Incoming email", ("meeting", True): "Meeting", ("task", True): "Task"}
    tables = {
        "deals": [{"Deal - ID": d.n, "Deal - Title": d.name, "Deal - Value": d.amount or 0, "Deal - Currency": "EUR",
                   "Deal - Organization": d.lead.firm if d.lead else f"Customer {d.n} GmbH",
                   "Deal - Contact person": d.lead and d.lead.name,
                   "Deal - Contact person ID": d.lead and d.lead.n, "Deal - Owner": d.owner.name,
                   "Deal - Pipeline": d.pipeline, "Deal - Deal closed on": d.closed,
                   "Deal - Stage": next(s for _, s in reversed(d.stages) if s in OPEN_STAGES),
                   "Deal - Status": d.stage.removeprefix("Closed ") if d.closed else "Open",
                   "Deal - Deal created": d.created, "Deal - Expected close date": d.expected,
                   "Deal - Won time": d.closed if d.stage == "Closed Won" else None,
                   "Deal - Lost time": d.closed if d.stage == "Closed Lost" else None, "Deal - Lost reason": d.reason,
                   "Deal - Segment": d.segment,
                   "Deal - Lead source": d.lead and d.lead.source} for d in deals],
        "people": [{"Person - ID": x.n, "Person - Name": x.name, "Person - Organization": x.firm,
                    "Person - Email - Work": x.email, "Person - Phone - Work": x.phone,
                    "Person - Owner": x.owner.name, "Person - Person created": x.created,
                    "Person - Lead source": x.source, "Person - Segment": x.segment, "Person - MQL on": x.mql,
                    "Person - Accepted on": x.accepted, "Person - Rejected on": x.rejected} for x in leads],
        "leads": [{"Lead - ID": uuid.format(x.n), "Lead - Title": f"{x.firm} lead", "Lead - Owner": x.owner.name,
                   "Lead - Contact person": x.name, "Lead - Contact person ID": x.n,
                   "Lead - Organization": x.firm, "Lead - Lead created": x.created, "Lead - Source": x.source,
                   "Lead - Archive time": x.rejected} for x in leads if not x.converted],
        "activities": [{"Activity - ID": a.n, "Activity - Subject": f"{a.kind.title()} {a.n}",
                        "Activity - Type": types[a.kind, a.outgoing], "Activity - Due date": berlin(a.at),
                        "Activity - Due time": f"{a.at:%H:%M}", "Activity - Done": "Done" if a.done else "To do",
                        "Activity - Marked as done time": a.at if a.done else None,
                        "Activity - Add time": min(a.at, EXPORTED), "Activity - Assigned to user": a.rep.name,
                        "Activity - Contact person": a.lead and a.lead.name,
                        "Activity - Contact person ID": a.lead and a.lead.n, "Activity - Deal": a.deal and a.deal.name,
                        "Activity - Deal ID": a.deal and a.deal.n} for a in it.activities if not a.deleted]}
    for i, (name, rows) in enumerate(tables.items()):
        (folder / f"{name}-7471100-{20 + i}.csv").write_bytes(style.table(rows))


def zoho_id(of: str, n: int | None) -> str | None:
    return None if n is None else f"zcrm_5805028000{('Leads', 'Contacts', 'Deals', 'Users', 'Acts').index(of)}{n:08}"


def zoho_lookup(name: str, of: str, n: int | None, text: str | None) -> Row:
    """A lookup is two columns, the id and the name."""
    return {f"{name}.id": zoho_id(of, n), name: text if n is not None else None}


def zoho_export(folder: Path, style: Style) -> None:
    """One file per module; emails are in none. Times are the user's, without their zone."""
    it = company()
    leads, deals = [x for x in it.leads if not x.deleted], [d for d in it.deals if not d.deleted]

    def base(i: str | None, owner: str, rep: Rep, created: datetime) -> Row:
        return {"Record Id": i, **zoho_lookup(owner, "Users", rep.n, rep.name), "Created Time": created,
                "Modified Time": created}

    def about(a: Activity) -> Row:
        x = a.lead
        contact = zoho_lookup("Contact Name", "Contacts", x.n if x and x.converted else None, x and x.last)
        of, n = ("Leads", x.n) if x and not x.converted else ("Deals", a.deal.n if a.deal else None)
        return contact | zoho_lookup("Related To", of, n, x.last if x and of == "Leads" else a.deal and a.deal.name)

    tables = {
        "Leads": [base(zoho_id("Leads", x.n), "Lead Owner", x.owner, x.created) | {
            "Company": x.firm, "First Name": x.first, "Last Name": x.last, "Email": x.email, "Phone": x.phone,
            "Lead Source": x.source, "Lead Status": hub_status(x).replace("_", " ").title(), "Segment": x.segment,
            "Is Converted": x.converted is not None, "Converted Date Time": x.converted,
            "Converted Contact.id": zoho_id("Contacts", x.n if x.converted else None),
            "Converted Deal.id": zoho_id("Deals", x.deal.n if x.deal else None), "MQL Date": x.mql,
            "Sales Accepted Date": x.accepted, "Rejected Date": x.rejected} for x in leads],
        "Contacts": [base(zoho_id("Contacts", x.n), "Contact Owner", x.owner, x.converted) | {
            "First Name": x.first, "Last Name": x.last, "Account Name": x.firm, "Email": x.email,
            "Lead Source": x.source} for x in leads if x.converted],
        "Deals": [base(zoho_id("Deals", d.n), "Deal Owner", d.owner, d.created) | {
            "Deal Name": d.name, "Amount": d.amount, "Currency": "EUR", "Stage": d.stage, "Pipeline": d.pipeline,
            "Closing Date": d.close_day, "Probability (%)": PROBABILITY[d.stage], "Reason For Loss": d.reason,
            "Lead Source": d.lead and d.lead.source, "Segment": d.segment, "Stage Modified Time": d.stages[-1][0],
            **zoho_lookup("Contact Name", "Contacts", d.lead and d.lead.n, d.lead and d.lead.last)} for d in deals]}
    own: dict[str, tuple[str, str, Callable[[Activity], Row]]] = {
        "call": ("Calls", "Call Owner", lambda a: {"Call Start Time": a.at, "Call Type": "Outbound" if a.outgoing else
                 "Inbound", "Call Duration (in seconds)": 60 + a.n if a.done else None,
                 "Call Status": "Completed" if a.done else "Scheduled"}),
        "meeting": ("Meetings", "Host", lambda a: {"From": a.at, "To": a.at + timedelta(minutes=30)}),
        "task": ("Tasks", "Task Owner", lambda a: {"Due Date": berlin(a.at), "Closed Time": a.at if a.done else None,
                 "Status": "Completed" if a.done else "Not Started"})}
    for kind, (name, owner, more) in own.items():
        tables[name] = [base(zoho_id("Acts", a.n), owner, a.rep, min(a.at, EXPORTED)) |
                        {"Subject": f"{kind.title()} {a.n}"} | about(a) | more(a)
                        for a in it.activities if a.kind == kind and not a.deleted]
    for name, rows in tables.items():
        (folder / f"{name}_{style.suffix}.csv").write_bytes(style.table(rows))


# --- the kinds -------------------------------------------------------------------------------------------------------

DATA_EXPORT = Style("%Y-%m-%d %H:%M:%S", truth=("0", "1"), quoting=csv.QUOTE_ALL, encoding="iso-8859-1")
WAREHOUSE = Style("%Y-%m-%d %H:%M:%S")
GERMAN = {"Lead ID": "Lead-ID", "First Name": "Vorname", "Last Name": "Nachname", "Company / Account": "Firma/Account",
          "Email": "E-Mail", "Lead Owner": "Lead-Inhaber", "Lead Source": "Lead-Quelle", "Lead Status": "Lead-Status",
          "Create Date": "Erstelldatum", "Created Date": "Erstelldatum", "Converted": "Konvertiert",
          "Converted Date": "Konvertierungsdatum", "Opportunity ID": "Opportunity-ID", "Stage": "Phase",
          "Opportunity Name": "Opportunity-Name", "Opportunity Owner": "Opportunity-Inhaber", "Closed": "Geschlossen",
          "Account Name": "Accountname", "Probability (%)": "Wahrscheinlichkeit (%)", "Amount": "Betrag",
          "Amount Currency": "Betrag Währung", "Close Date": "Schlusstermin", "Won": "Gewonnen", "Type": "Typ",
          "Date": "Datum", "Subject": "Betreff", "Assigned": "Zugewiesen", "Task": "Aufgabe", "Start": "Beginn",
          "Call Type": "Anruftyp", "Contact": "Kontakt", "Activity ID": "Aktivitäts-ID",
          "Completed Date/Time": "Abgeschlossen Datum/Uhrzeit", "Task Subtype": "Untertyp der Aufgabe",
          "MQL Date": "MQL-Datum", "Sales Accepted Date": "Vom Vertrieb akzeptiert am",
          "Rejected Date": "Vom Vertrieb abgelehnt am"}
LABELS |= {english: [english, german] for english, german in GERMAN.items()}
REPORT = Style("%d/%m/%Y, %H:%M", BERLIN, "%-d/%-m/%Y", ("0", "1"), quoting=csv.QUOTE_ALL)
REPORT_DE = Style("%d.%m.%Y, %H:%M", BERLIN, "%d.%m.%Y", ("0", "1"), True, ";", csv.QUOTE_ALL, "iso-8859-1", 1)
ZOHO = Style("%d/%m/%Y %H:%M", BERLIN, "%d/%m/%Y", suffix=f"{EXPORTED:%Y_%m_%d}")
KINDS: dict[str, tuple[Callable[[Path, Style], None], Style]] = {
    "salesforce_export": (salesforce_csv, Style(quoting=csv.QUOTE_ALL)),
    "salesforce_query": (salesforce_csv, Style("%Y-%m-%dT%H:%M:%S.000+0000")),
    "salesforce_export_zip": (salesforce_zip, DATA_EXPORT),
    "salesforce_fivetran": (salesforce_fivetran, Style("%Y-%m-%d %H:%M:%S", truth=("FALSE", "TRUE"))),
    "salesforce_report": (salesforce_report, REPORT),
    "salesforce_report_de": (salesforce_report, REPORT_DE),
    **{f"hubspot_export_{code}": (hubspot_export, Style("%Y-%m-%d %H:%M", BERLIN, quoting=csv.QUOTE_ALL, language=i))
       for i, code in enumerate(LANGUAGES)},
    "hubspot_fivetran": (hubspot_fivetran, WAREHOUSE),
    "pipedrive_export": (pipedrive_export, WAREHOUSE),
    "zoho_export": (zoho_export, ZOHO),
    "zoho_backup": (zoho_export, Style("%Y-%m-%d %H:%M:%S", BERLIN, suffix="001")),
}


def source_name(x: Lead, kind: str) -> str | None:
    if kind.startswith("hubspot") and x.source:
        return SOURCES[x.source][kind == "hubspot_fivetran"]
    return x.source


def lead_id(x: Lead, kind: str) -> str | int | None:
    """What a kind calls this lead: its id there, a person's in Pipedrive."""
    if kind.startswith("salesforce"):
        return (sf_id("Lead", x.n) or "")[: 15 if "report" in kind else 18]
    return hub_id(x) if kind.startswith("hubspot") else zoho_id("Leads", x.n) if kind.startswith("zoho") else x.n


def write(kind: str, folder: Path) -> None:
    """The files of a kind into a folder, as the vendor names them."""
    folder.mkdir(parents=True, exist_ok=True)
    make, style = KINDS[kind]
    make(folder, style)
