"""The demo company in one PostgreSQL for all tests of a worker; the logins that people give to a report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import fixture_postgres as postgres
from tests.fixture_export import typed_export

PASSWORD = "Zebra/7 qu@rtz:9%+ü"
"""Distinctive, and in need of encoding within a URL."""
CATALOGUE = (
    "SELECT n.nspname, c.relname, c.relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname !~ '^pg_(toast_)?temp_' AND n.nspname !~ '^pg_toast' ORDER BY 1, 2, 3",
    "SELECT n.nspname, p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace ORDER BY 1, 2, p.oid",
    "SELECT rolname, rolconfig::text FROM pg_roles ORDER BY 1",
    "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp_' ORDER BY 1",
)


@dataclass(frozen=True)
class Crm:
    """The demo company in a database, and the same rows as Parquet."""

    server: postgres.Server
    export: Path

    def url(self, user: str = "reader") -> str:
        return self.server.url(user, PASSWORD, "crm")

    def state(self) -> list[Any]:
        """Everything the catalogue knows, and a digest of every table's rows."""
        with self.server.connect("crm") as connection:
            found: list[Any] = [connection.execute(query).fetchall() for query in CATALOGUE]  # type: ignore[call-overload]
            tables = [name for schema, name, kind in found[0] if schema == "public" and kind == "r"]
            digest = 'SELECT count(*), sum(hashtextextended(t::text, 0)) FROM "{}" t'
            return found + [connection.execute(digest.format(name)).fetchone() for name in tables]


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    with postgres.running() as server:
        yield server


@pytest.fixture(scope="session")
def crm(server: postgres.Server, tmp_path_factory: pytest.TempPathFactory) -> Crm:
    """To be read, not to be written into."""
    export = typed_export(tmp_path_factory.mktemp("demo"))
    database(server, "crm")
    postgres.load(server, export, "crm")
    with server.connect("crm") as connection:
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader, bare, strict")
    return Crm(server, export)


def database(server: postgres.Server, name: str) -> None:
    """A database into which nobody but its owner may write, and three logins: `reader` may make temporary tables,
    `bare` may not, `strict` is in read-only transactions for good.
    """
    with server.connect() as connection:
        connection.execute(f"CREATE DATABASE {name}")
        connection.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
        for role in ("reader", "bare", "strict"):
            if connection.execute(f"SELECT FROM pg_roles WHERE rolname = '{role}'").fetchone() is None:
                connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
        connection.execute("ALTER ROLE strict SET default_transaction_read_only = on")
        connection.execute(f"GRANT CONNECT ON DATABASE {name} TO reader, bare, strict")
        connection.execute(f"GRANT TEMPORARY ON DATABASE {name} TO reader, strict")
