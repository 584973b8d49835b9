"""Write the tables of an export: CSV the way a CRM prints it, or Parquet with native types."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from alignment_lib.demo.columns import PRINT, printed

Format = Literal["csv", "parquet"]
ROWS = 122_880
"""Rows of a group in a Parquet file, as DuckDB writes them: an engine reads groups side by side."""


def write(table: pa.Table, path: Path, *, file_format: Format, padding_lines: int = 0) -> None:
    """Write one table; `padding_lines` lines of delimiters only end a CSV, as spreadsheets leave them."""
    if file_format == "parquet":
        plain, place = _without_notes(table), path.with_suffix(".parquet")
        pa.parquet.write_table(plain, place, compression="zstd", row_group_size=ROWS)
        return
    with path.with_suffix(".csv").open("wb") as file:
        pa.csv.write_csv(_as_printed(table), file)
        file.write((b"," * (table.num_columns - 1) + b"\n") * padding_lines)


def _as_printed(table: pa.Table) -> pa.Table:
    notes = [field.metadata[PRINT].decode() for field in table.schema]
    columns = [printed(column, how) for column, how in zip(table.columns, notes, strict=True)]
    return pa.Table.from_arrays(columns, names=table.column_names)


def _without_notes(table: pa.Table) -> pa.Table:
    return table.cast(pa.schema([field.remove_metadata() for field in table.schema]))
