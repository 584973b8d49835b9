"""Five leads, two reps in two time zones, two clock changes; every expected number was worked out by hand.

Office hours are Monday to Friday 09:00 to 17:00 on the rep's own wall, without holidays. In 2026 Berlin leaves summer
time on Sunday 25 October (UTC+2 to UTC+1), New York on Sunday 1 November (UTC-4 to UTC-5); Berlin's summer began on
29 March at 02:00.

* berlin: Friday 23 October 16:00 to Monday 26 October 09:30 in Berlin, 1 h + 0.5 h = 5,400 s.
* before: the same wall clocks in New York, whose clocks have not changed yet: 5,400 s.
* after: Friday 30 October 16:00 to Monday 2 November 09:30 in New York: 5,400 s.
* waiting: assigned Monday 26 October 10:00 in Berlin, untouched at as-of, Tuesday 3 November 13:00 in Berlin:
  7 + 4 × 8 + 8 + 4 = 51 h = 183,600 s.
* skipped: nobody's, created at a wall clock that never was.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from alignment_lib.params import Company, RunParams, Week
from alignment_lib.params.mapping import SourceMapping
from alignment_lib.params.settings import Definitions, Sla, Weekly

HOURS = {"mon-fri": ("09:00-17:00",)}
COMPANY = {
    "name": "Clock change",
    "timezone": "Europe/Berlin",
    "calendar": {"hours": HOURS, "zones": {"America/New_York": {"hours": HOURS}}},
}
MAPPING: dict[str, Any] = {
    "name": "clockchange",
    "tables": {
        "leads": {
            "from": "leads",
            "columns": {
                "lead_id": "id",
                "created_at": {"column": "created on the wall", "timezone": "Europe/Berlin"},
                "mql_at": "qualified",
                "assigned_at": "assigned",
                "owner_id": "owner",
            },
        },
        "activities": {
            "from": "calls",
            "columns": {"lead_id": "lead", "occurred_at": "at", "direction": {"value": "out"}},
        },
        "reps": {"from": "reps", "columns": {"rep_id": "id", "timezone": "zone"}},
    },
}

RESPONSE_S = {"berlin": 5_400, "before": 5_400, "after": 5_400, "waiting": None, "skipped": None}
WAITED_S = {"berlin": None, "before": None, "after": None, "waiting": 183_600, "skipped": None}
CREATED = {
    "berlin": "2026-10-23T12:00:00+00:00",  # 14:00, UTC+2
    "before": "2026-10-25T00:30:00+00:00",  # 02:30 came twice that night; the first one is meant
    "after": "2026-10-25T02:30:00+00:00",  # 03:30, UTC+1
    "waiting": "2026-10-25T22:30:00+00:00",  # 23:30, UTC+1: still Sunday
    "skipped": "2026-03-29T01:30:00+00:00",  # 02:30 never was; it moves on to 03:30, UTC+2
}
CREATED_DAY = {
    "berlin": "2026-10-23",
    "before": "2026-10-25",
    "after": "2026-10-25",
    "waiting": "2026-10-25",
    "skipped": "2026-03-29",
}


def export(folder: Path) -> Path:
    """The three tables as Parquet: creation as a wall clock without zone, everything else as instants."""
    leads = [
        ("berlin", _wall("2026-10-23 14:00"), _at("2026-10-23T14:00"), "b"),
        ("before", _wall("2026-10-25 02:30"), _at("2026-10-23T20:00"), "n"),
        ("after", _wall("2026-10-25 03:30"), _at("2026-10-30T20:00"), "n"),
        ("waiting", _wall("2026-10-25 23:30"), _at("2026-10-26T09:00"), "b"),
        ("skipped", _wall("2026-03-29 02:30"), None, None),
    ]
    calls = [("berlin", _at("2026-10-26T08:30")), ("before", _at("2026-10-26T13:30")),
             ("after", _at("2026-11-02T14:30"))]  # fmt: skip
    instant, wall, text = pa.timestamp("us", "UTC"), pa.timestamp("us"), pa.string()
    names = {"id": text, "created on the wall": wall, "qualified": instant, "assigned": instant, "owner": text}
    _write(folder / "leads.parquet", names, [(i, created, at, at, owner) for i, created, at, owner in leads])
    _write(folder / "calls.parquet", {"lead": text, "at": instant}, calls)
    _write(folder / "reps.parquet", {"id": text, "zone": text}, [("b", "Europe/Berlin"), ("n", "America/New_York")])
    return folder


def params(data: str, **mapping: Any) -> RunParams:
    """A run on these tables, as of Tuesday 3 November 2026, 13:00 in Berlin."""
    as_of = datetime(2026, 11, 3, 12, tzinfo=UTC)
    return RunParams(
        company=Company.model_validate(COMPANY), sla=Sla(), definitions=Definitions(), weekly=Weekly(),
        mapping=SourceMapping.model_validate(MAPPING | mapping), data=data, slice=None, now=as_of,
        asked_week=Week.parse("2026-W45"), asked_as_of=as_of,
    )  # fmt: skip


def assert_by_hand(facts: Any) -> None:
    """The fact table against the numbers above."""
    rows = facts.leads.to_pandas().set_index("lead_id")
    assert _known(rows.response_s) == RESPONSE_S
    assert _known(rows.waited_s) == WAITED_S
    seconds = {lead: int(datetime.fromisoformat(text).timestamp()) for lead, text in CREATED.items()}
    assert _known(rows.created_s) == seconds
    days = {lead: (datetime.fromisoformat(text) - datetime(1970, 1, 1)).days for lead, text in CREATED_DAY.items()}
    assert _known(rows.created_day) == days


def _known(column: Any) -> dict[str, int | None]:
    return {str(lead): None if value != value or value is None else int(value) for lead, value in column.items()}


def _wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _write(path: Path, types: dict[str, pa.DataType], rows: list[tuple[Any, ...]]) -> None:
    columns = zip(*rows, strict=True)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, types.values(), strict=True)]
    pyarrow.parquet.write_table(pa.table(arrays, names=list(types)), path)
