"""Small exports in the shapes of well-known CRMs. Every row here was written by hand by this project."""

# ruff: noqa: E501 - the rows of an export are as long as they are

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alignment_lib.checks import build
from alignment_lib.params import Request, RunParams, Week, load
from alignment_lib.source import open_source
from alignment_lib.source.profile import Inquiry, inspect
from alignment_lib.source.tables import Tables
from alignment_lib.source.tables.inspect import inspect as inspect_table

Files = Mapping[str, str | bytes | Callable[[Path], None]]

HUBSPOT: Files = {
    "hubspot-crm-exports-all-contacts-2024-05-06.csv": """\
Record ID,First Name,Last Name,Email,Contact owner,Create Date,Original Source,Lifecycle Stage,Became a Marketing Qualified Lead Date,Owner Assigned Date,HubSpot Score,Associated Deal IDs
501,Ada,Nord,ada@nord.example,Rita Reps,2024-04-02 09:15,Organic Search,lead,2024-04-03 10:00,2024-04-03 11:30,40,9001
502,Bo,Sund,bo@sund.example,Rita Reps,2024-04-13 10:20,Paid Search,opportunity,2024-04-14 08:00,2024-04-14 09:00,71,9002;9003
503,Cy,Vest,cy@vest.example,Theo Talk,2024-04-20 16:45,Paid Search,lead,,,12,
504,Di,Oest,di@oest.example,,2024-04-29 08:05,,subscriber,,,3,
""",
    "hubspot-crm-exports-all-deals-2024-05-06.csv": """\
Record ID,Deal Name,Deal Stage,Amount,Create Date,Close Date,Deal owner,Associated Contact IDs,Closed Lost Reason
9001,Nord starter,Closed Won (Sales Pipeline),3500.5,2024-04-05 10:00,2024-04-25 17:00,Rita Reps,501,
9002,Sund first,Closed Lost (Sales Pipeline),900,2024-04-15 10:00,2024-04-28 12:00,Rita Reps,502;503,Price
9003,Sund second,Contract Sent,1200,2024-04-16 10:00,2024-05-30 12:00,Theo Talk,502,
""",
}  # fmt: skip

SALESFORCE: Files = {
    "Lead.csv": """\
Id,FirstName,LastName,Email,Phone,LeadSource,Status,OwnerId,CreatedDate,ConvertedContactId,ConvertedOpportunityId,MQL_Date__c,IsDeleted
00Q1G00000AAAAAUA1,Ada,Nord,ada@nord.example,+49 30 5550001,Web,Open,0051G000001AAAAQA1,2024-04-02T09:15:00.000+0000,,,2024-04-03T10:00:00.000+0000,false
00Q1G00000AAAAAUA2,Bo,Sund,bo@sund.example,+49 30 5550002,Event,Qualified,0051G000001AAAAQA2,2024-04-13T10:20:00.000+0000,0031G00000AAAAAQA1,0061G00000AAAAAQA1,,false
00Q1G00000AAAAAUA3,Cy,Vest,cy@vest.example,+49 30 5550003,Web,Open,0051G000001AAAAQA1,2024-04-20T16:45:00.000+0000,,,,true
""",
    "Opportunity.csv": """\
Id,AccountId,Name,StageName,Amount,CloseDate,CreatedDate,IsClosed,IsWon,OwnerId,LeadSource
0061G00000AAAAAQA1,0011G00000AAAAAQA1,Sund first,Signature,1500,2024-04-28,2024-04-15T10:00:00.000+0000,true,true,0051G000001AAAAQA2,Event
0061G00000AAAAAQA2,0011G00000AAAAAQA2,Vest first,Gone quiet,800,2024-04-30,2024-04-16T10:00:00.000+0000,true,false,0051G000001AAAAQA1,Web
0061G00000AAAAAQA3,0011G00000AAAAAQA3,Oest first,Scoping,700,2024-06-30,2024-04-17T10:00:00.000+0000,false,false,0051G000001AAAAQA1,Web
""",
    "Task.csv": """\
Id,WhoId,WhatId,OwnerId,Subject,ActivityDate,CallType,Type,CreatedDate
00T1G00000AAAAAUA1,00Q1G00000AAAAAUA1,,0051G000001AAAAQA1,Call,2024-04-04,Outbound,Call,2024-04-04T09:00:00.000+0000
00T1G00000AAAAAUA2,00Q1G00000AAAAAUA2,0061G00000AAAAAQA1,0051G000001AAAAQA2,Call,2024-04-15,Inbound,Call,2024-04-15T09:00:00.000+0000
""",
    "User.csv": """\
Id,Name,Email,ManagerId,TimeZoneSidKey
0051G000001AAAAQA1,Rita Reps,rita@own.example,,Europe/Berlin
0051G000001AAAAQA2,Theo Talk,theo@own.example,0051G000001AAAAQA1,America/New_York
""",
}  # fmt: skip

ZOHO: Files = {
    "Leads.csv": """\
Record Id;Lead Owner;Lead Source;Lead Name;Created Time;Region
zcrm_111;Jörg Groß;Straßenfest;Änne Ohm;02.04.2024 09:15;Süd
zcrm_112;Jörg Groß;Anzeige;Bo Sund;13.04.2024 10:20;Nord
""".encode("cp1252"),
    "Potentials.csv": """\
Record Id;Deal Name;Stage;Amount;Closing Date;Created Time;Deal Owner;Reason For Loss
zp_1;Fest;Closed Won;€ 3.500,00;25.04.2024;05.04.2024 10:00;Jörg Groß;
zp_2;Anzeige;Verloren;€ 900,50;28.04.2024;15.04.2024 10:00;Jörg Groß;Preis
zp_3;Halle;Angebot;€ 12.000,00;;16.04.2024 10:00;Jörg Groß;
""".encode("cp1252"),
}

PIPEDRIVE: Files = {
    "deals-12345-17.csv": """\
Deal - ID,Deal - Title,Deal - Value,Deal - Stage,Deal - Status,Deal - Owner,Deal - Deal created,Deal - Deal closed on,Deal - Lost reason
1,Nord,3500,Negotiation,Won,Rita Reps,2024-04-02 09:15:00,2024-04-25 09:00:00,
2,Sund,900,Contact made,Lost,Rita Reps,2024-04-13 10:20:00,2024-04-28 10:00:00,Price
3,Vest,700,Contact made,Open,Theo Talk,2024-04-20 16:45:00,,
""",
}  # fmt: skip


@dataclass
class Desk:
    """A folder with the company's parameters, an export, and the mapping that is guessed for it."""

    root: Path
    timezone: str = "Europe/Berlin"
    week: str = "2024-W18"
    said: list[str] = field(default_factory=list)

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def out(self) -> Path:
        return self.root / "params" / "sources" / "guess.yaml"

    def lay(self, files: Files) -> Desk:
        """Put the files of an export there."""
        self.data.mkdir(exist_ok=True)
        (self.root / "params").mkdir(exist_ok=True)
        company = f"name: Mine\ntimezone: {self.timezone}\n"
        (self.root / "params" / "company.yaml").write_text(company, encoding="utf-8")
        (self.root / "params" / "weekly.yaml").write_text("history_weeks: 13\n", encoding="utf-8")
        for name, content in files.items():
            if callable(content):
                content(self.data / name)
            else:
                (self.data / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return self

    def inspect(self, data: str = "", *, guess: bool = True) -> str:
        """The mapping as it was written to the file, guessed though the kind of export may be known."""
        self.out.unlink(missing_ok=True)
        written = inspect(
            Inquiry(data or str(self.data), str(self.out), guess=guess), say=self.said.append, root=self.root
        )
        assert self.out.read_text(encoding="utf-8") == written
        return written

    def params(self, data: str = "", source: str = "") -> RunParams:
        """The parameters of a run on it."""
        settings = str(self.root / "params" / "weekly.yaml")
        request = Request(source or str(self.out), data or str(self.data), self.week, "", "", settings)
        return load(request, now=datetime(2024, 5, 8, tzinfo=UTC))

    def tables(self, data: str = "") -> Tables:
        """What a run reads with it."""
        params = self.params(data)
        return build(open_source(params), params)

    def tables_of(self, *names: str, data: str = "", source: str = "") -> Tables:
        """Some tables, whether a week can be made of them or not: nothing in them need have a date."""
        params = self.params(data, source)
        opened = open_source(params)
        seen = {name: inspect_table(opened, name) for name in names}
        return Tables(params.at(Week.parse(self.week)), opened, seen, ())


def rows(tables: Tables) -> dict[str, tuple[int, int]]:
    """Rows read and used by table."""
    return {a.table: (a.read, a.used) for a in tables.accounts}


def frame(tables: Tables, table: str, *columns: str) -> list[tuple[Any, ...]]:
    """Some columns of all rows of a table that are used, as text; None where they are null."""
    used = tables.inspected[table].used.select(*(tables.inspected[table].used[c].cast("string") for c in columns))
    found = used.to_pyarrow().to_pydict().values()
    return sorted(zip(*found, strict=True), key=str)
