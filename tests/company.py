"""A small company for tests. Every row here was written by hand by this project; none comes from a real CRM."""

from __future__ import annotations

import copy
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from alignment_lib.checks import build
from alignment_lib.facts import Facts
from alignment_lib.facts import build as build_facts
from alignment_lib.params import Request, RunParams, load
from alignment_lib.source import open_source
from alignment_lib.source.tables import Tables

NOW = datetime(2020, 3, 20, 12, tzinfo=UTC)
WEEK = "2020-W11"  # Monday 9 to Sunday 15 March 2020

Rows = list[list[str]]

LEADS: Rows = [
    ["Lead ID", "Created", "Source", "Segment", "Owner", "MQL", "Assigned", "Accepted", "Rejected", "Reason"],
    ["3458764513820540928", "02.03.2020 10:00", "Webinar", "enterprise", "r1", "02.03.2020 11:00", "02.03.2020 12:00", "04.03.2020 09:00", "", ""],  # noqa: E501
    ["3458764513820540929", "03.03.2020 10:00", "Webinar", "mid", "r2", "03.03.2020 11:00", "03.03.2020 12:00", "", "06.03.2020 09:00", "no budget"],  # noqa: E501
    ["007", "09.03.2020 09:30", "Search", "enterprise", "r1", "09.03.2020 10:00", "09.03.2020 11:00", "10.03.2020 09:00", "", ""],  # noqa: E501
    ["008", "10.03.2020 09:30", "Search", "mid", "r2", "10.03.2020 10:00", "10.03.2020 11:00", "", "", ""],
    ["009", "11.03.2020 23:30", "Café", "mid", "r1", "", "", "", "", ""],
    ["010", "15.03.2020 23:59", "", "enterprise", "", "", "", "", "", ""],
]  # fmt: skip
"""Ids of 19 digits, ids with leading zeros, an accent, a lead without a source; 4 leads and 2 MQLs in the week."""

DEALS: Rows = [
    ["Deal ID", "Lead ID", "Created", "Amount", "Closed", "Stage", "Owner"],
    ["d1", "3458764513820540928", "04.03.2020 10:00", "€ 3.500,00", "12.03.2020", "Won", "r1"],
    ["d2", "3458764513820540929", "05.03.2020 10:00", "€ 900,50", "13.03.2020", "Lost", "r2"],
    ["d3", "007", "11.03.2020 10:00", "1.000", "", "Talks", "r1"],
]
"""One deal won in the week (3500), one lost (900.50), one opened in it (1000)."""

CALLS: Rows = [
    ["Call ID", "Lead ID", "When", "Direction", "Rep"],
    ["c1", "3458764513820540928", "2020-03-02T12:30:00Z", "out", "r1"],
    ["c2", "007", "2020-03-09T11:00:00Z", "out", "r1"],  # 12:00 in Berlin, an hour after assignment
    ["c3", "007", "2020-03-09T15:00:00Z", "in", "r1"],
]

REPS: Rows = [["Rep ID", "Name", "Zone"], ["r1", "Ada", "Europe/Berlin"], ["r2", "Ben", "America/New_York"]]

_MINUTES = "%d.%m.%Y %H:%M"
MAPPING: dict[str, Any] = {
    "name": "tiny",
    "description": "a company of six leads",
    "defaults": {"timestamp": {"format": "iso", "timezone": "Europe/Berlin"}},
    "tables": {
        "leads": {
            "from": "leads",
            "columns": {
                "lead_id": "Lead ID",
                "created_at": {"column": "Created", "format": _MINUTES},
                "source": "Source",
                "segment": "Segment",
                "owner_id": "Owner",
                "mql_at": {"column": "MQL", "format": _MINUTES},
                "assigned_at": {"column": "Assigned", "format": _MINUTES},
                "accepted_at": {"column": "Accepted", "format": _MINUTES},
                "rejected_at": {"column": "Rejected", "format": _MINUTES},
                "reject_reason": "Reason",
            },
        },
        "opportunities": {
            "from": "deals",
            "columns": {
                "opportunity_id": "Deal ID",
                "lead_id": "Lead ID",
                "created_at": {"column": "Created", "format": _MINUTES},
                "amount": {"column": "Amount", "decimal": ",", "thousands": ".", "strip": "€"},
                "closed_at": {"column": "Closed", "format": "%d.%m.%Y"},
                "stage": "Stage",
                "outcome": {"column": "Stage", "map": {"Won": "won", "Lost": "lost"}, "otherwise": "open"},
                "owner_id": "Owner",
            },
        },
        "activities": {
            "from": "calls",
            "columns": {
                "activity_id": "Call ID",
                "lead_id": "Lead ID",
                "occurred_at": "When",
                "direction": "Direction",
                "rep_id": "Rep",
            },
        },
        "reps": {"from": "reps", "columns": {"rep_id": "Rep ID", "name": "Name", "timezone": "Zone"}},
    },
}

COMPANY = {
    "name": "Tiny",
    "timezone": "Europe/Berlin",
    "calendar": {"hours": {"mon-fri": ["09:00-17:00"]}, "zones": {"America/New_York": {}}},
}


def csv_text(rows: Sequence[Sequence[str]], *, delimiter: str = ",", newline: str = "\n") -> str:
    """The rows as CSV."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=newline).writerows(rows)
    return out.getvalue()


@dataclass
class Company:
    """The company in a folder of its own: `data/` holds the export, `params/` the settings; change either and write."""

    root: Path
    mapping: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(MAPPING))
    rows: dict[str, Rows] = field(
        default_factory=lambda: copy.deepcopy({"leads": LEADS, "deals": DEALS, "calls": CALLS, "reps": REPS})
    )

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def params_folder(self) -> Path:
        return self.root / "params"

    @property
    def source_file(self) -> Path:
        return self.params_folder / "sources" / "tiny.yaml"

    @property
    def known_as(self) -> str:
        """The folder of the settings as messages name it."""
        return f"{self.root.name}/params"

    def write(self) -> Company:
        """Write all files, the export as CSV."""
        self.data.mkdir(parents=True, exist_ok=True)
        self.source_file.parent.mkdir(parents=True, exist_ok=True)
        for name, rows in self.rows.items():
            (self.data / f"{name}.csv").write_text(csv_text(rows), encoding="utf-8")
        (self.params_folder / "company.yaml").write_text(yaml.safe_dump(COMPANY), encoding="utf-8")
        (self.params_folder / "weekly.yaml").write_text("history_weeks: 13\n", encoding="utf-8")
        self.write_mapping()
        return self

    def write_mapping(self) -> None:
        """Only the source's YAML."""
        text = yaml.safe_dump(self.mapping, allow_unicode=True, sort_keys=False)
        self.source_file.write_text(text, encoding="utf-8")

    def file(self, name: str, content: str | bytes) -> Path:
        """One file of the export in place of the rows; files of the same stem go."""
        for old in self.data.glob(f"{Path(name).stem}.*"):
            old.unlink()
        path = self.data / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def arguments(self, command: str, **options: str) -> list[str]:
        """The command line: options as keywords, `as_of="…"` for `--as-of`."""
        given = {"source": "tiny", "data": str(self.data), "params": str(self.params_folder / "weekly.yaml")}
        given |= {"week": WEEK} | options
        return [command, *(part for name, value in given.items() for part in (f"--{name.replace('_', '-')}", value))]

    def params(self, **request: str) -> RunParams:
        """Frozen parameters, as the notebook has them."""
        given = {"source": "tiny", "data": str(self.data), "params": str(self.params_folder / "weekly.yaml")}
        return load(Request(**(given | {"week": WEEK} | request)), now=NOW)

    def tables(self, **request: str) -> Tables:
        """The checked tables."""
        params = self.params(**request)
        return build(open_source(params), params)

    def facts(self, **request: str) -> Facts:
        """The fact tables."""
        return build_facts(self.tables(**request))


def company(root: Path) -> Company:
    """The company as it stands above, written to a folder."""
    return Company(root).write()
