"""The demo company as a database holds it: amounts as decimals, and instants of three kinds."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from alignment_lib.demo import generate, truth


def typed_export(folder: Path, *, leads: int = 3_000) -> Path:
    """Parquet of the demo, in which `Create Date` of contacts is a wall clock of the company (its mapping says so) and
    `Activity Date` of engagements one of UTC (the mapping's default); all others are instants.
    """
    generate(folder, leads=leads, file_format="parquet")
    _change(folder / "contacts.parquet", "Create Date", lambda c: pc.local_timestamp(_zoned(c, truth.TIMEZONE)))
    _change(folder / "engagements.parquet", "Activity Date", lambda c: pc.local_timestamp(_zoned(c, "UTC")))
    _change(folder / "deals.parquet", "Amount", lambda c: c.cast(pa.decimal128(12, 2)))
    return folder


def _zoned(column: pa.ChunkedArray, timezone: str) -> pa.ChunkedArray:
    return column.cast(pa.timestamp("us", str(ZoneInfo(timezone))))


def _change(path: Path, name: str, function) -> None:  # type: ignore[no-untyped-def]
    table = pyarrow.parquet.read_table(path)
    table = table.set_column(table.column_names.index(name), name, function(table[name]))
    pyarrow.parquet.write_table(table, path)
