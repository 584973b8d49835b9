"""The warehouse's shapes of CRMs as typed tables: Parquet in a folder, and a PostgreSQL; the numbers are the same."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests import fixture_postgres as postgres
from tests.fixture_crms import truth, write
from tests.foreign import Outcome, outcome
from tests.shared_postgres import database

KINDS = ("salesforce_fivetran", "hubspot_fivetran")
WEEK = "2026-W36"


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exports as Parquet, each column of the type that its texts have."""
    folder = tmp_path_factory.mktemp("typed")
    for kind in KINDS:
        write(kind, folder / "csv" / kind)
        (folder / kind).mkdir()
        for file in (folder / "csv" / kind).iterdir():
            duckdb.sql(f"SELECT * FROM read_csv('{file}')").write_parquet(str(folder / kind / f"{file.stem}.parquet"))
    return folder


def right(found: Outcome) -> bool:
    true = truth(WEEK)
    told = {name: found.value(name) for name in ("leads", "mqls", "accepted", "rejected", "won", "lost")}
    wanted = {name: true[name] for name in ("leads", "mqls", "accepted", "rejected", "lost")} | {"won": true["won"][0]}
    money = (found.value("won_value"), found.value("pipeline_open"))
    return told == wanted and money == (float(true["won"][1]), float(true["open"][1]))


@pytest.mark.parametrize("kind", KINDS)
def test_typed_files_have_the_true_numbers(typed: Path, tmp_path: Path, kind: str) -> None:
    found = outcome(typed / kind, tmp_path, week=WEEK, chosen=True)
    assert not found.refused
    assert right(found)


@pytest.mark.parametrize("kind", KINDS)
def test_a_database_has_the_true_numbers(typed: Path, tmp_path: Path, server: postgres.Server, kind: str) -> None:
    database(server, kind)
    postgres.load(server, typed / kind, kind)
    core = "lead" if kind == "salesforce_fivetran" else "contact"
    with server.connect(kind) as connection:  # somebody's copy is no part of it
        connection.execute(f"CREATE TABLE {core}_2 AS SELECT * FROM {core}")
    url = server.url(postgres.SUPERUSER, postgres.SUPERUSER_PASSWORD, kind)
    found = outcome(url, tmp_path, week=WEEK, chosen=True)
    assert not found.refused
    assert right(found)
