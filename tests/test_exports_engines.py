"""Ten exports that are wrong as a whole, of another company and another week, as Parquet and in PostgreSQL."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from alignment_lib.params.period import Week
from tests import fixture_postgres as postgres
from tests.fixture_exports import demo, graver, judged, keep, rows_of, typed, wrong
from tests.shared_postgres import database

BEFORE, WEEK, SEED = Week.parse("2026-W21"), Week.parse("2026-W22"), 5
MADE = WEEK.shifted(1).monday
TOLD = {
    1: ("pace", "leads"), 3: ("pace", "activities"), 11: ("gone", "leads"), 12: ("unlinked", "activities"),
    15: ("emptied", "leads"), 16: ("rescaled", "opportunities"), 18: ("reread", "activities"),
    20: ("unlinked", "activities"), 22: ("doubled", "touches"), 26: ("exchanged", "leads"),
}  # fmt: skip
CHANGED = {1: ("contacts",), 3: ("engagements",), 11: ("contacts", "deals", "engagements"), 12: ("contacts",),
           15: ("contacts",), 16: ("deals",), 18: ("engagements",), 20: ("engagements",), 22: ("campaign_touches",),
           26: ("contacts",)}  # fmt: skip
"""Which tables of the export a number changes."""
READ = ("contacts", "deals", "engagements", "users", "ad_spend", "campaign_touches", "deal_stage_history")


@dataclass(frozen=True)
class Place:
    root: Path
    reports: Path
    """What the report of the week before left, of the same engine."""


def small(folder: Path) -> Path:
    """Without the tables that are not judged here."""
    for file in folder.glob("*.csv"):
        if file.stem not in READ:
            file.unlink()
    return folder


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("exports")
    typed(small(demo(root / "csv before", WEEK.monday, seed=SEED)), root / "before")
    typed(small(demo(root / "csv honest", MADE, seed=SEED)), root / "honest")
    return root


@pytest.fixture(scope="module")
def parquet(exports: Path) -> Place:
    found = judged(exports / "before", BEFORE, exports / "of parquet")
    assert not graver(found)
    keep(found, exports / "of parquet")
    return Place(exports, exports / "of parquet")


@pytest.fixture(scope="module")
def database_of(exports: Path, server: postgres.Server) -> Place:
    for name in ("before", "honest"):
        database(server, f"exports_{name}")
        postgres.load(server, exports / name, f"exports_{name}")
    found = judged(url(server, "exports_before"), BEFORE, exports / "of postgres")
    assert not graver(found)
    keep(found, exports / "of postgres")
    return Place(exports, exports / "of postgres")


def url(server: postgres.Server, name: str) -> str:
    return server.url(postgres.SUPERUSER, postgres.SUPERUSER_PASSWORD, name)


def test_an_honest_export_is_not_held(parquet: Place, database_of: Place, server: postgres.Server) -> None:
    assert graver(judged(parquet.root / "honest", WEEK, parquet.reports)) == []
    assert graver(judged(url(server, "exports_honest"), WEEK, database_of.reports)) == []


@pytest.mark.parametrize("number", TOLD)
def test_ten_in_parquet(parquet: Place, tmp_path: Path, number: int) -> None:
    export = changed(parquet, tmp_path, number)
    rest = set(READ) - set(CHANGED[number])
    for name in rest:
        shutil.copy(parquet.root / "honest" / f"{name}.parquet", export)
    assert TOLD[number] in [(c.name, c.table) for c in graver(judged(export, WEEK, parquet.reports))]


@pytest.mark.parametrize("number", TOLD)
def test_ten_in_postgres(database_of: Place, tmp_path: Path, server: postgres.Server, number: int) -> None:
    name = f"exports_{number}"
    with server.connect() as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE exports_honest")
    with server.connect(name) as connection:
        for table in CHANGED[number]:
            connection.execute(f'DROP TABLE "{table}"')
    postgres.load(server, changed(database_of, tmp_path, number), name)
    found = graver(judged(url(server, name), WEEK, database_of.reports))
    assert TOLD[number] in [(c.name, c.table) for c in found]


def changed(place: Place, tmp_path: Path, number: int) -> Path:
    """Only the tables that a number changes, in Parquet."""
    export = wrong(number, place.root / "csv honest", tmp_path / "csv", MADE)
    for file in export.glob("*.csv"):
        if file.stem in CHANGED[number]:
            assert rows_of(export, file.stem) != rows_of(place.root / "csv honest", file.stem)
        else:
            file.unlink()
    return typed(export, tmp_path / "wrong")
