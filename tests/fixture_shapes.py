"""Exports in the shapes of Zoho and Pipedrive in which hardly anything joins. Every row is made up here, by rule.

Fifteen weeks from Monday 4 March 2024, four leads and two deals a weekday. Deals run three weeks: of four, two are
lost, one is won and one stays open. As these CRMs have it, converted leads are gone from the leads, deals and calls
name contacts, a deal that is open has the day on which it shall close, and names stand where ids would join.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from tests.company import Rows, csv_text

FIRST, WEEKS = date(2024, 3, 4), 15
ENDS = FIRST + timedelta(weeks=WEEKS)
WEEK = "2024-W24"
"""The last whole week: Monday 10 to Sunday 16 June 2024."""


@dataclass(frozen=True)
class Deal:
    """A deal by its number; `closes` is a day that may lie ahead."""

    number: int
    created: datetime
    closes: date
    outcome: str

    @property
    def amount(self) -> int:
        return 1_000 + 10 * self.number

    @property
    def ended(self) -> bool:
        return self.outcome != "open"


def moments(a_day: int) -> Iterator[datetime]:
    """Instants of creation, so many a weekday, the first at 9:30 of the wall clock and the others an hour apart."""
    for n in range(7 * WEEKS):
        day = FIRST + timedelta(days=n)
        if day.weekday() < 5:
            yield from (datetime(day.year, day.month, day.day, 9 + hour, 30) for hour in range(a_day))


def deals() -> list[Deal]:
    found = []
    for number, created in enumerate(moments(2)):
        closes = (created + timedelta(weeks=3)).date()
        outcome = ("won", "lost", "open", "lost")[number % 4] if closes < ENDS else "open"
        found.append(Deal(number, created, closes, outcome))
    return found


def _zoho(moment: datetime) -> str:
    return moment.strftime("%d.%m.%Y %H:%M")


def zoho(folder: Path) -> Path:
    """Leads, Deals and Calls as Zoho exports them."""
    heads = "Record Id,Lead Owner.id,Lead Owner,Company,Last Name,Lead Source,Lead Status,Created Time"
    leads: Rows = [heads.split(",")]
    for n, at in enumerate(moments(4)):
        source = ("Web", "Trade Show", "Partner", "")[n % 4]
        leads.append([f"zcrm_90{n:05}", "zcrm_1", "Ada", f"Company {n}", f"Lead {n}", source, "New", _zoho(at)])
    heads = "Record Id,Deal Owner.id,Deal Owner,Deal Name,Contact Name.id,Amount,Closing Date,Stage,Lead Source"
    rows: Rows = [[*heads.split(","), "Created Time"]]
    stages = {"won": "Closed Won", "lost": "Closed Lost", "open": "Negotiation"}
    for deal in deals():
        money = f"€ {deal.amount:,}.00".replace(",", "'").replace(".", ",").replace("'", ".")
        ids = f"zcrm_70{deal.number:05}", f"zcrm_80{deal.number:05}"
        rest = [money, deal.closes.strftime("%d.%m.%Y"), stages[deal.outcome], "Web", _zoho(deal.created)]
        rows.append([ids[0], "zcrm_1", "Ada", f"Deal {deal.number}", ids[1], *rest])
    heads = "Record Id,Call Owner.id,Call Owner,Subject,Call Type,Call Start Time,Who Id,What Id"
    calls: Rows = [heads.split(",")]
    for n, at in enumerate(moments(4)):
        kind = "Outbound" if n % 5 else "Inbound"
        calls.append([f"zcrm_60{n:05}", "zcrm_1", "Ada", "Call", kind, _zoho(at + timedelta(hours=1)),
                      f"zcrm_80{n % 150:05}", f"zcrm_50{n:05}"])  # fmt: skip
    return _write(folder, {"Leads": leads, "Deals": rows, "Calls": calls})


def pipedrive(folder: Path) -> Path:
    """Deals, people and activities as Pipedrive exports them, each heading with the name of its table before it."""
    people: Rows = [["Person - ID", "Person - Name", "Person - Label", "Person - Owner", "Person - Person created"]]
    for n, at in enumerate(moments(4)):
        people.append(
            [str(n + 1), f"Person {n}", ("Hot lead", "Cold lead", "")[n % 3], "Ada", f"{at:%Y-%m-%d %H:%M:%S}"]
        )
    heads = "ID,Title,Label,Status,Value,Currency of Value,Owner,Contact person,Stage,Deal created,Won time,Lost time"
    rows: Rows = [[f"Deal - {head}" for head in (*heads.split(","), "Expected close date")]]
    for deal in deals():
        over = f"{deal.closes} 16:00:00"
        ends = [over if deal.outcome == kind else "" for kind in ("won", "lost")]
        label, person = "Warm" if deal.number % 3 else "", f"Contact {deal.number}"
        told = [
            str(deal.number + 1),
            f"Deal {deal.number}",
            label,
            deal.outcome.title(),
            str(deal.amount),
            "EUR",
            "Ada",
        ]
        rows.append([*told, person, "Proposal", str(deal.created), *ends, "" if deal.ended else str(deal.closes)])
    heads = "ID,Subject,Type,Done,Due date,Marked as done time,Assigned to user,Deal,Contact person"
    activities: Rows = [[f"Activity - {head}" for head in heads.split(",")]]
    for n, at in enumerate(moments(4)):
        done = ["Done", f"{at + timedelta(hours=3)}"] if n % 10 != 9 else ["To do", ""]
        due = f"{at.date() + timedelta(days=2)}"
        activities.append(
            [str(n + 1), "Call", "Call", done[0], due, done[1], "Ada", f"Renewal {n}", f"Contact {n % 150}"]
        )
    return _write(folder, {"people": people, "deals": rows, "activities": activities})


def _write(folder: Path, files: dict[str, Rows]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in files.items():
        (folder / f"{name}.csv").write_text(csv_text(rows), encoding="utf-8")
    return folder
