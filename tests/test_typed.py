"""Values that typed storage holds and no type of ours does: blank, or set aside with their place, never a traceback.

What each engine takes for NaN, infinity and the ends of its calendar: IEEE 754, and the manuals of PostgreSQL (8.1.2,
8.5.1), DuckDB (types numeric, date) and Parquet (logical types).
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from alignment_lib.errors import SourceError
from alignment_lib.source.database import connect
from alignment_lib.source.profile.reading import look
from alignment_lib.source.tables import SetAside, Tables
from tests import fixture_postgres as postgres
from tests.fixture_profile import Desk, frame
from tests.foreign import FOREIGN, outcome

NAN, INF = math.nan, math.inf
BORN = [datetime(2024, 4, 28, 9, tzinfo=UTC)] * 4
COLUMNS = {"opportunity_id": "id", "created_at": "born", "stage": "stage", "amount": "amount"}
MAPPING = """\
name: typed
tables:
  opportunities:
    from: {origin}
    columns:
      opportunity_id: id
      created_at: born
      outcome: {{column: stage, map: {{Won: won}}, otherwise: open}}
      {column}: {declared}
"""


def deals(
    root: Path,
    values: Mapping[str, Any] | None,
    column: str,
    *,
    data: str = "",
    declared: str = "x",
    zone: str = "Europe/Berlin",
) -> Tables:
    """The deals of a Parquet file (or a database), of which one column holds the values to be tried."""
    desk = Desk(root, zone).lay({})
    if values is not None:
        pq.write_table(
            pa.table({"id": list("abcd"), "born": BORN, "stage": ["Won"] * 4} | values), desk.data / "d.parquet"
        )
    desk.out.parent.mkdir(parents=True, exist_ok=True)
    text = MAPPING.format(origin="d" if data else "d.parquet", column=column, declared=declared)
    if column == "opportunity_id":
        text = text.replace("      opportunity_id: id\n", "")
    desk.out.write_text(text, encoding="utf-8")
    return desk.tables_of("opportunities", data=data)


def read(tables: Tables, column: str) -> list[str | None]:
    return [value for _, value in sorted(frame(tables, "opportunities", "opportunity_id", column))]


def aside(tables: Tables) -> list[tuple[int | None, str, str, str]]:
    return [(r.line, r.what, r.value, r.reason) for r in tables.set_aside() if isinstance(r, SetAside)]


UNREAD = {c: f"{c} cannot be read" for c in ("amount", "expected_close_on", "closed_at", "account_id", "created_at")}


@pytest.mark.parametrize(
    ("values", "expected", "lost"),
    [
        (pa.array([NAN, 12.5, None, 3.0]), [None, "12.50", None, "3.00"], []),
        (pa.array([INF, 12.5, -INF, 1e19]), [None, "12.50", None, None], [(2, "inf"), (4, "-inf"), (5, "1e+19")]),
        (pa.array([NAN, 1024.5, 0, 1], pa.float32()), [None, "1024.50", "0.00", "1.00"], []),
        (pa.array([2**62, 10**15, None, -1]), [None, "1000000000000000.00", None, "-1.00"], [(2, str(2**62))]),
        (pa.array([2**63, 1, 2, 3], pa.uint64()), [None, "1.00", "2.00", "3.00"], [(2, str(2**63))]),
        (
            pa.array([Decimal("1e20"), Decimal("1.255"), None, Decimal(7)], pa.decimal128(38, 10)),
            [None, "1.26", None, "7.00"],
            [(2, "100000000000000000000.0000000000")],
        ),
        (pa.array([[1], [2, 3], None, []]), [None] * 4, [(2, "[1]"), (3, "[2, 3]"), (5, "[]")]),
        (pa.array([{"v": 1}, None, None, None]), [None] * 4, [(2, "{'v': 1}")]),
        (pa.array([True, None, None, None]), [None] * 4, [(2, "true")]),
        (pa.array([BORN[0], None, None, None]), [None] * 4, [(2, "2024-04-28 09:00:00+00")]),
    ],
)
def test_amounts_of_every_type(tmp_path: Path, values: Any, expected: list[Any], lost: list[Any]) -> None:
    tables = deals(tmp_path, {"x": values}, "amount")
    assert read(tables, "amount") == expected
    assert aside(tables) == [(line, "value", value, UNREAD["amount"]) for line, value in lost]


@pytest.mark.parametrize(
    ("values", "expected", "lost"),
    [
        (pa.array([NAN, 12.0, 12.5, None]), [None, "12", "12.5", None], []),
        (pa.array([INF, 1e19, 3.0, 2.0**53 - 1]), [None, None, "3", str(2**53 - 1)], [(2, "inf"), (3, "1e+19")]),
        (
            pa.array([2.0**53, None, 3.0, -(2.0**53)]),
            [None, None, "3", None],
            [(2, "9007199254740992.0"), (5, "-9007199254740992.0")],
        ),
        (pa.array([2.0**24, 2.0**24 - 1, None, 1.0], pa.float32()), [None, "16777215", None, "1"], [(2, "16777216.0")]),
        (pa.array([2**53 + 1, None, 3, 2**62]), [str(2**53 + 1), None, "3", str(2**62)], []),
        (pa.array([Decimal(12), Decimal("1.5"), None, None], pa.decimal128(20, 3)), ["12", "1.500", None, None], []),
        (pa.array([b"\x00\xff", None, None, None]), [r"\x00\xFF", None, None, None], []),
        (pa.array([[1, 2], None, None, None]), ["[1, 2]", None, None, None], []),
    ],
)
def test_ids_of_every_type(tmp_path: Path, values: Any, expected: list[Any], lost: list[Any]) -> None:
    tables = deals(tmp_path, {"x": values}, "account_id")
    assert read(tables, "account_id") == expected
    assert aside(tables) == [(line, "value", value, UNREAD["account_id"]) for line, value in lost]


def test_a_key_that_is_no_number_is_no_key(tmp_path: Path) -> None:
    """pandas leaves a column of whole numbers with one blank as doubles."""
    tables = deals(tmp_path, {"x": pa.array([1.0, NAN, 12.0, INF])}, "opportunity_id")
    assert [one for one, _ in frame(tables, "opportunities", "opportunity_id", "outcome")] == ["1", "12"]
    assert aside(tables) == [
        (3, "row", "", "opportunity_id is missing"),
        (5, "row", "inf", "opportunity_id cannot be read"),
    ]


def test_a_map_over_numbers_knows_12_0_as_12(tmp_path: Path) -> None:
    tables = deals(
        tmp_path, {"x": pa.array([12.0, NAN, 7.0, 8.0])}, "segment", declared="{column: x, map: {'12': big}}"
    )
    assert read(tables, "segment") == ["big", None, "7", "8"]


YEAR_0 = -62_167_219_200  # seconds; 0000-01-01 of the proleptic calendar
ODD_TIMES = pa.array([YEAR_0 * 10**6, 253_402_300_800 * 10**6, None, 0]).cast(pa.timestamp("us"))


@pytest.mark.parametrize("zone", [None, "UTC"])
def test_times_beyond_the_calendar(tmp_path: Path, zone: str | None) -> None:
    """The year 0 and the year 10000; midnights alone are days of the company, Berlin's: 23:00 UTC."""
    tables = deals(tmp_path, {"x": ODD_TIMES.cast(pa.timestamp("us", zone))}, "closed_at")
    assert read(tables, "closed_at") == [None, None, None, "1969-12-31 23:00:00"]
    assert [(line, reason) for line, _, _, reason in aside(tables)] == [(n, UNREAD["closed_at"]) for n in (2, 3)]


ENDS = [datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59), datetime(9999, 12, 31, 12), None]
NIGHT = "9999-12-31"


@pytest.mark.parametrize(
    ("zone", "written", "expected"),
    [
        ("America/New_York", None, [None, None, f"{NIGHT} 17:00:00", None]),  # five hours behind UTC
        ("Europe/Berlin", None, [None, f"{NIGHT} 22:59:59", f"{NIGHT} 11:00:00", None]),  # an hour ahead, in winter
        ("Europe/Berlin", "UTC", [None, None, f"{NIGHT} 12:00:00", None]),  # the next year has begun in Berlin
        ("Europe/Berlin", "America/New_York", [None, None, f"{NIGHT} 17:00:00", None]),
    ],
)
def test_times_that_a_zone_moves_beyond_the_calendar(
    tmp_path: Path, zone: str, written: str | None, expected: list[str | None]
) -> None:
    """The first and last instants of the calendar, as programs write them for none: no traceback, but a sentence."""
    declared = f"{{column: x, timezone: {written or zone}}}" if written != "UTC" else "x"
    values = {"x": pa.array(ENDS, pa.timestamp("us", "UTC" if written == "UTC" else None))}
    tables = deals(tmp_path, values, "closed_at", declared=declared, zone=zone)
    found = [text and text[:19] for text in read(tables, "closed_at")]
    assert found == expected
    lost = [n for n in (2, 3, 4) if expected[n - 2] is None]
    assert [(line, reason) for line, _, _, reason in aside(tables)] == [(n, UNREAD["closed_at"]) for n in lost]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([YEAR_0 // 86400, 2**31 - 2, None, 0], pa.int32()).cast(pa.date32()),
        ODD_TIMES,
        pa.array(["0000-01-01", "10000-01-01", None, "1970-01-01"]),
    ],
)
def test_days_beyond_the_calendar(tmp_path: Path, values: Any) -> None:
    tables = deals(tmp_path, {"x": values}, "expected_close_on")
    assert read(tables, "expected_close_on") == [None, None, None, "1970-01-01"]
    assert [(n, why) for n, _, _, why in aside(tables)] == [(n, UNREAD["expected_close_on"]) for n in (2, 3)]


def test_seconds_since_1970_as_doubles(tmp_path: Path) -> None:
    """Midnights alone are days of the company: 2 January begins in Berlin an hour before it does in UTC."""
    values = {"x": pa.array([NAN, 1e19, 86400.0, INF])}
    tables = deals(tmp_path, values, "closed_at", declared="{column: x, format: epoch_s}")
    assert [text and text[:19] for text in read(tables, "closed_at")] == [None, None, "1970-01-01 23:00:00", None]
    assert [(line, value) for line, _, value, _ in aside(tables)] == [(3, "1e+19"), (5, "inf")]


@pytest.mark.parametrize(
    ("column", "values", "shown"),
    [
        ("amount", pa.array([INF, 1.0, 1.0, 1.0]), "amount 'inf' cannot be read as an amount of at most 16 digits"),
        ("closed_at", ODD_TIMES, "cannot be read as a time of the years 1 to 9999 in UTC; 2 such values"),
        (
            "account_id",
            pa.array([2.0**53, 1.0, 1.0, 1.0]),
            "account_id '9007199254740992.0' cannot be read: the file holds this id as a decimal number, whose last"
            " digits are lost; export it as text; 1 such values",
        ),
        ("closed_at", pa.array(["soon", None, None, None]), "closed_at 'soon' cannot be read as format 'iso'"),
    ],
)
def test_the_check_names_what_was_wanted(tmp_path: Path, column: str, values: Any, shown: str) -> None:
    from alignment_lib.checks.files import checks

    tables = deals(tmp_path, {"x": values}, column)
    found = [c.sentence for c in checks(tables.inspected["opportunities"], tables.run.params) if c.name == "readable"]
    assert len(found) == 1 and shown in found[0] and found[0].startswith("d.parquet line 2: ")


# Columns that nobody maps


def test_columns_of_other_kinds_cost_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path).lay({})
    odd = {"tags": [["a"]] * 4, "of": [{"v": 1}] * 4, "photo": [b"\xff"] * 4, "until": ODD_TIMES, "n": [NAN] * 4}
    table = {"Deal ID": list("abcd"), "Create Date": BORN, "Stage": ["Closed Won"] * 4, "Amount": [NAN, 1.0, 2.0, 3.0]}
    pq.write_table(pa.table(table | odd), desk.data / "deals.parquet")
    written = desk.inspect()
    assert "amount: Amount" in written and "until: timestamp, 25 % filled" in written
    assert read(desk.tables(), "amount") == [None, "1.00", "2.00", "3.00"]


def test_a_broken_page_names_the_file_and_no_path(tmp_path: Path) -> None:
    rows = 50_000
    table = pa.table({"id": [str(n) for n in range(rows)], "born": [BORN[0]] * rows, "stage": ["Won"] * rows,
                      "x": [f"{n * 7919 % 100_003}" for n in range(rows)]})  # fmt: skip
    desk = Desk(tmp_path).lay({})
    path = desk.data / "d.parquet"
    pq.write_table(table, path, use_dictionary=False, compression="zstd")
    place = pq.ParquetFile(path).metadata.row_group(0).column(3).data_page_offset
    data = bytearray(path.read_bytes())
    data[place + 40 : place + 90] = bytes(50)
    path.write_bytes(bytes(data))
    for run in (lambda: deals(tmp_path, None, "segment"), lambda: desk.inspect()):
        with pytest.raises(Exception, match=r"d\.parquet: cannot be read as Parquet \(") as caught:
            run()
        assert type(caught.value).__name__ in ("SourceError", "MappingError")
        assert str(tmp_path) not in str(caught.value)


# JSON


def test_nan_of_json_is_blank(tmp_path: Path) -> None:
    """`json.dumps` of Python writes NaN and Infinity, which JSON (RFC 8259, 6) does not have."""
    born = {"born": "2024-04-28T09:00:00Z", "stage": "Won"}
    rows = [{"id": i, **born, "x": x} for i, x in {"a": NAN, "b": 1, "c": INF, "d": 2}.items()]
    desk = Desk(tmp_path).lay({"d.json": json.dumps(rows)})
    desk.out.parent.mkdir(parents=True, exist_ok=True)
    desk.out.write_text(MAPPING.format(origin="d.json", column="amount", declared="x"), encoding="utf-8")
    tables = desk.tables_of("opportunities")
    assert read(tables, "amount") == [None, "1.00", None, "2.00"]
    assert [(line, value) for line, _, value, _ in aside(tables)] == [(3, "Infinity")]


# DuckDB


def test_a_duckdb_file_with_every_type(tmp_path: Path) -> None:
    import duckdb

    file = tmp_path / "crm.duckdb"
    with closing(duckdb.connect(str(file))) as base:
        base.execute("CREATE TYPE stages AS ENUM ('Won', 'Open')")
        base.execute(
            "CREATE TABLE d (id HUGEINT, born TIMESTAMPTZ, stage stages, x DOUBLE, big HUGEINT, u UNION(a INT, b TEXT),"
            " i INTERVAL, b BIT, l INT[], m MAP(TEXT, INT), g UUID, n DECIMAL(38, 0), until TIMESTAMP, day DATE)"
        )
        base.execute(
            "INSERT INTO d VALUES (1, '2024-04-28 09:00:00+00', 'Won', 'NaN', 1e30, 1, INTERVAL 1 DAY, '1', [1],"
            " MAP {}, gen_random_uuid(), 1e30, 'infinity', 'infinity'), (2, 'infinity', 'Open', 5, 7, NULL, NULL,"
            " NULL, NULL, NULL, NULL, 7, '2024-01-01', '2024-01-01')"
        )
    url = f"duckdb://{file}"
    (found,) = look(url).exports
    assert (found.rows, {c.name for c in found.columns if c.typed == "other"}) == (2, {"i", "l", "m"})
    for column, raw, expected in [
        ("amount", "x", [None, "5.00"]), ("amount", "big", [None, "7.00"]), ("amount", "n", [None, "7.00"]),
        ("closed_at", "until", [None, "2023-12-31 23:00:00"]), ("expected_close_on", "day", [None, "2024-01-01"]),
    ]:  # fmt: skip
        tables = deals(tmp_path, None, column, data=url, declared=raw)
        used = frame(tables, "opportunities", "opportunity_id", column)
        assert used == [("1", expected[0])] + ([("2", expected[1])] if len(used) > 1 else [])


# PostgreSQL


@pytest.fixture(scope="module")
def typed_server(server: postgres.Server) -> postgres.Server:
    with server.connect() as connection:
        for name in ("typed", "typed_23"):
            connection.execute(f"CREATE DATABASE {name}")
    return server


ODD = """
CREATE TYPE stages AS ENUM ('Won', 'Open');
CREATE DOMAIN euro AS numeric(12, 2);
CREATE TABLE d (id char(6), born timestamptz, stage stages, cash money, net euro, n numeric, f float8, big bigint,
  g uuid, until timestamp, day date, tags text[], doc jsonb, v tsvector, photo bytea, place point, x xml,
  span int4range, wait interval, "we""ird" bit(3), whole numeric);
INSERT INTO d VALUES ('a', '2024-04-28 09:00+00', 'Won', 12.5, 7, 'NaN', 'NaN', 9e18, NULL, 'infinity', 'infinity',
  '{p,q}', '{"k": 1}', 'w', '\\xff', point(1, 2), '<a/>', '[1,2)', '1 day', '101', 12.0);
INSERT INTO d VALUES ('b', '2024-04-28 09:00+00', 'Open', 1, NULL, 'Infinity', '-Infinity', 5, NULL, '0044-03-15 BC',
  '-infinity'), ('c', '2024-04-28 09:00+00', 'Open', NULL, NULL, 1e400, 1e300, NULL, NULL, '294276-01-01',
  '5874897-01-01'), ('d', '2024-04-28 09:00+00', 'Open', NULL, NULL, 8.255, 2, 3, NULL, '2024-01-01', '2024-01-01');
"""


def test_postgres_with_every_type(tmp_path: Path, typed_server: postgres.Server) -> None:
    with typed_server.connect("typed") as connection:
        connection.execute(ODD)
    url = typed_server.url(postgres.SUPERUSER, postgres.SUPERUSER_PASSWORD, "typed")
    (found,) = look(url).exports
    assert (found.rows, found.looked_at, found.column("stage").values) == (4, 4, ("Open", "Won"))
    wanted: list[tuple[str, str, list[str | None], int]] = [
        ("amount", "cash", ["12.50", "1.00", None, None], 0),
        ("amount", "net", ["7.00", None, None, None], 0),
        ("amount", "n", [None, None, None, "8.26"], 2),  # NaN is blank
        ("amount", "f", [None, None, None, "2.00"], 2),
        ("amount", "big", [None, "5.00", None, "3.00"], 1),
        ("closed_at", "until", [None, None, None, "2023-12-31 23:00:00"], 3),  # a day of the company
        ("expected_close_on", "day", [None, None, None, "2024-01-01"], 3),
        ("account_id", "tags", ["{p,q}", None, None, None], 0),
        ("account_id", "whole", ["12", None, None, None], 0),
        ("account_id", "stage", ["Won", "Open", "Open", "Open"], 0),
        ("closed_at", "place", [None] * 4, 1),
    ]
    for column, raw, expected, lost in wanted:
        tables = deals(tmp_path, None, column, data=url, declared=raw)
        assert (raw, read(tables, column), len(aside(tables))) == (raw, expected, lost)
    assert [one for one, _ in frame(tables, "opportunities", "opportunity_id", "outcome")] == list("abcd")  # no padding


@pytest.mark.skipif(not FOREIGN.is_dir(), reason="needs the exports in ../shared/foreign, which are not here")
@pytest.mark.real_data
def test_a_strangers_postgres(tmp_path: Path, typed_server: postgres.Server) -> None:
    """By hand, of make.sql: a lead a day from 7 July on; deal n closes on 20 July + n, odd ones are won for 1000 + n,
    the third for NaN: so in the week of 20 to 26 July leads 14 to 20, and deals 1 to 6.
    """
    with typed_server.connect("typed_23") as connection:
        connection.execute((FOREIGN / "23-postgres-types" / "make.sql").read_text(encoding="utf-8"))
    url = typed_server.url(postgres.SUPERUSER, postgres.SUPERUSER_PASSWORD, "typed_23")
    found = outcome(url, tmp_path, week="2026-W30")
    assert [found.value(m) for m in ("leads", "mqls", "won", "lost", "won_value")] == [7, 7, 3, 3, 1001 + 1005]
    assert found.results["tables"]["leads"] == {"read": 60, "used": 60, "set_aside": 0}


def test_an_engine_that_lacks_what_we_need_is_refused(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "crm.sqlite").close()
    with pytest.raises(
        SourceError, match=r"the engine sqlite cannot be used, it lacks .*; tried are DuckDB, PostgreSQL"
    ):
        connect(f"sqlite://{tmp_path}/crm.sqlite")
