"""Made-up fixture, written by us: one small company as the exports of the CRMs it might use, and the true numbers.

`company()` is the truth, `write(kind, folder)` its files in the shape in which a vendor's export arrives, `truth(week)`
the numbers that any reading of any of them has to find. No row, name or text here stems from a real company.
"""

from __future__ import annotations

import csv
import io
import random
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
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
HIDDEN = {"zoho_export": {"email"}}
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

    def text(self, value: Any) -> str:
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
        writer.writerow(rows[0])
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
            "LastName": x.last, "FirstName": x.first, "Name": f"{x.first} {x.last}", "Company": x.firm,
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
    """Converting a lead moves its activities, also those of before, to the contact."""
    return a.lead and sf_id("Contact" if a.lead.converted else "Lead", a.lead.n)


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


# --- the kinds -------------------------------------------------------------------------------------------------------

DATA_EXPORT = Style("%Y-%m-%d %H:%M:%S", truth=("0", "1"), quoting=csv.QUOTE_ALL, encoding="iso-8859-1")
KINDS: dict[str, tuple[Callable[[Path, Style], None], Style]] = {
    "salesforce_export": (salesforce_csv, Style(quoting=csv.QUOTE_ALL)),
    "salesforce_query": (salesforce_csv, Style("%Y-%m-%dT%H:%M:%S.000+0000")),
    "salesforce_export_zip": (salesforce_zip, DATA_EXPORT),
}


def source_name(x: Lead, kind: str) -> str | None:
    return x.source


def lead_id(x: Lead, kind: str) -> str | int | None:
    """What a kind calls this lead: its id there."""
    if kind.startswith("salesforce"):
        return sf_id("Lead", x.n)
    return x.n


def write(kind: str, folder: Path) -> None:
    """The files of a kind into a folder, as the vendor names them."""
    folder.mkdir(parents=True, exist_ok=True)
    make, style = KINDS[kind]
    make(folder, style)
